/* The page worker's insides: everything it read before the lock, and one function per operation of
 * lib/sohoa-protocol.h. For worker/ only; one thread. */
#pragma once

#include "sohoa-extract.h"
#include "sohoa-list.h"
#include "sohoa-profile.h"
#include "sohoa-recogniser.h"
#include "sohoa-wire.h"

G_BEGIN_DECLS

typedef struct {
  SohoaRecogniser *recogniser; /* (owned) */
  SohoaLists      *lists;      /* (owned) */
  GHashTable      *profiles;   /* (owned) name → SohoaProfile */
} SohoaWorker;

/* Reads every file the operations need, and makes the libraries open theirs. Before the lock. */
gboolean sohoa_worker_init (SohoaWorker *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void     sohoa_worker_clear (SohoaWorker *self);

typedef struct {
  GVariant  *args;  /* (unowned) a{sv} */
  const int *fds;   /* (unowned) */
  guint      n_fds;
} SohoaRequest;

/* One operation. Gives a{sv} (floating) or NULL with @error. */
typedef GVariant *(*SohoaOperation) (SohoaWorker *self, const SohoaRequest *request, GError **error);

GVariant *sohoa_op_probe (SohoaWorker *self, const SohoaRequest *request, GError **error);
GVariant *sohoa_op_capture (SohoaWorker *self, const SohoaRequest *request, GError **error);
GVariant *sohoa_op_gate (SohoaWorker *self, const SohoaRequest *request, GError **error);
GVariant *sohoa_op_page (SohoaWorker *self, const SohoaRequest *request, GError **error);
GVariant *sohoa_op_fields (SohoaWorker *self, const SohoaRequest *request, GError **error);
GVariant *sohoa_op_write_pdf (SohoaWorker *self, const SohoaRequest *request, GError **error);
GVariant *sohoa_op_read_back (SohoaWorker *self, const SohoaRequest *request, GError **error);
GVariant *sohoa_op_append (SohoaWorker *self, const SohoaRequest *request, GError **error);
GVariant *sohoa_op_evidence (SohoaWorker *self, const SohoaRequest *request, GError **error);
GVariant *sohoa_op_verify (SohoaWorker *self, const SohoaRequest *request, GError **error);
GVariant *sohoa_op_about (SohoaWorker *self, const SohoaRequest *request, GError **error);
GVariant *sohoa_op_preview (SohoaWorker *self, const SohoaRequest *request, GError **error);

/* The profile of that name, the default one for NULL and ""; NULL when it is not installed. Borrowed. */
const SohoaProfile *sohoa_worker_peek_profile (SohoaWorker *self, const char *name);

/* SOHOA_ERROR_INVALID_ARGUMENT unless there are @n descriptors. */
gboolean sohoa_request_check (const SohoaRequest *request, guint n, GError **error) G_GNUC_WARN_UNUSED_RESULT;
guint    sohoa_request_uint (const SohoaRequest *request, const char *key, guint fallback);
gboolean sohoa_request_bool (const SohoaRequest *request, const char *key, gboolean fallback);
/* Empties an output and goes to its start. */
gboolean sohoa_request_rewind (int fd, GError **error) G_GNUC_WARN_UNUSED_RESULT;

static inline void
sohoa_worker_pix_unref (PIX *pix)
{
  pixDestroy (&pix);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PIX, sohoa_worker_pix_unref)

static inline void
sohoa_worker_box_unref (BOX *box)
{
  boxDestroy (&box);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BOX, sohoa_worker_box_unref)

G_END_DECLS
