/* Between reception and its watches: documents from files, and what becomes of the files. */
#pragma once

#include "sohoa-delivery.h"
#include "sohoa-hot-folder.h"
#include "sohoa-reception.h"

G_BEGIN_DECLS

/* Seals files and what came with them under @id; nothing is left behind on failure. */
gboolean sohoa_reception_seal (SohoaDesk *desk, const SohoaDelivery *delivery, const int *fds, const char *id, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/* One document from files, sealed. @token, @intakes: (nullable). Gives the id that has them now. g_free. */
char *sohoa_reception_add_document (SohoaDesk *desk, const SohoaDelivery *delivery, const int *fds, const char *token,
                                    const char *actor, const SohoaStoreIntake *intakes, guint n_intakes, GError **error);

/* The files of document @id are @claim of hot folder @key. */
void sohoa_reception_remember (SohoaDesk *desk, const char *id, const char *key, const char *claim);

/* A claim whose document has come to an end. */
typedef struct {
  char           *claim;  /* (owned) */
  SohoaHotOutcome outcome;
  char           *reason; /* (owned) (nullable) */
} SohoaReceptionEnd;

/* Takes the ended claims of folder @key (element-type SohoaReceptionEnd); *@open += those that are not. Any thread. */
GPtrArray *sohoa_reception_take_ended (SohoaDesk *desk, const char *key, guint *open);

G_END_DECLS
