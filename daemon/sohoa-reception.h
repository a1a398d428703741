/* How files become documents: hot folders and AddFiles. A file is sealed into the spool, then gets its row
 * in the store; what lies in `.sohoa-claimed/` is ended when its document is registered, refused or purged.
 * A crash in between loses nothing: every claimed file is looked at again at start. */
#pragma once

#include "sohoa-delivery.h"

G_BEGIN_DECLS

typedef struct _SohoaReception SohoaReception;

/* Tidies the spool after a crash, then watches every configured folder, one thread each.
 * Errors: SOHOA_ERROR_CONFIG (a folder cannot be used). */
SohoaReception *sohoa_reception_new (SohoaDesk *desk, GError **error);
void            sohoa_reception_free (SohoaReception *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaReception, sohoa_reception_free)

/* (name, path, "watched" | "missing", files waiting, seconds the oldest waits) of each folder as a(sssuu); floating. */
GVariant *sohoa_reception_describe (SohoaReception *self);

/* AddFiles. @fds, @delivery->names: one per file. @together: one document. Gives the ids. g_strfreev. */
char **sohoa_reception_add (SohoaDesk *desk, const SohoaDelivery *delivery, const int *fds, gboolean together,
                            const char *token, const char *actor, GError **error);

/* An empty desk->sources. */
GHashTable *sohoa_reception_sources_new (void);

/* What became of a document's source; harmless when it came from no hot folder. Any thread. */
void sohoa_reception_registered (SohoaDesk *desk, const char *id);
void sohoa_reception_refused (SohoaDesk *desk, const char *id, const char *reason);
void sohoa_reception_purged (SohoaDesk *desk, const char *id);

/* Unlinks everything of @id that is not sealed. */
void sohoa_reception_wipe_open (SohoaDesk *desk, const char *id);

G_END_DECLS
