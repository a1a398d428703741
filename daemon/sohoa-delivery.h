/* What came with a document's files: names, profile, known values. Sealed beside them until the gate has
 * cleared the document (a file's name can be as telling as its page). */
#pragma once

#include "sohoa-desk.h"

G_BEGIN_DECLS

typedef struct {
  char      *profile; /* (owned) (nullable) */
  GPtrArray *names;   /* (owned) (element-type utf8) one per file */
  GPtrArray *set;     /* (owned) (element-type utf8) "Field=value" by a person */
  GPtrArray *said;    /* (owned) (element-type utf8) "Field=value" by a ticket: a proposal */
} SohoaDelivery;

SohoaDelivery *sohoa_delivery_new (void);
void           sohoa_delivery_free (SohoaDelivery *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaDelivery, sohoa_delivery_free)

/* File 0 of the vault. */
gboolean       sohoa_delivery_seal (const SohoaDelivery *self, SohoaVault *vault, const char *id, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
SohoaDelivery *sohoa_delivery_open (SohoaVault *vault, const char *id, GError **error);

G_END_DECLS
