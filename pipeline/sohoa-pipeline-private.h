/* For friends inside pipeline/ only: the plan's insides, work on many pages, the spool folder. */
#pragma once

#include "sohoa-pipeline.h"

#include "sohoa-text-layer.h"

G_BEGIN_DECLS

#define SOHOA_SPOOL_IMAGES "images"
#define SOHOA_SPOOL_TEXTS "texts"
#define SOHOA_SPOOL_INDEX "pages.index"

struct _SohoaPlan {
  GPtrArray *names;   /* (owned) (element-type utf8) of the inputs */
  GArray    *fds;     /* (owned) (element-type int, owned) copies of the inputs' descriptors */
  GArray    *pages;   /* (owned) (element-type SohoaPlanPage) */
  gboolean   original;
  char      *reason;  /* (owned) */
  GMutex     lock;    /* of digest */
  char      *digest;  /* (owned) (nullable) made on first use */
};

/* Hex SHA-256 over the inputs' SHA-256, in order; borrowed. */
const char *sohoa_plan_peek_digest (const SohoaPlan *self, GError **error);
int         sohoa_plan_get_fd (const SohoaPlan *self, guint input); /* borrowed */
const char *sohoa_plan_get_name (const SohoaPlan *self, guint input);

/* SOHOA_GATE_ERROR_NOT_CLEARED unless @self was made for exactly these bytes. */
gboolean sohoa_clearance_check (const SohoaClearance *self, const char *digest, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
guint    sohoa_clearance_get_urgency (const SohoaClearance *self); /* 0-4: what the gate saw on the first page */
gboolean sohoa_clearance_is_released (const SohoaClearance *self);

/* Runs @each for 0 … n-1 on as many threads as the pool has workers. The first failure cancels the rest; a
 * secrecy mark is reported before any other failure. */
typedef gboolean (*SohoaEachFunc) (guint i, gpointer data, GCancellable *cancellable, GError **error);
gboolean sohoa_run_each (SohoaWorkerPool *pool, guint n, SohoaEachFunc each, gpointer data,
                         GCancellable *cancellable, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A request about input bytes that killed or outlasted the worker says something about the input. */
void sohoa_blame_input (GError **error);

/* The reply that read_ahead kept under @prefix for the input @sha256, its picture copied to @image_fd; NULL when there is
 * none. Yours. */
GVariant *sohoa_ahead_take (const char *prefix, const char *sha256, int image_fd);

/* One page from the worker, its picture in @image_fd. The picture must survive a recogniser that dies or hangs: then it
 * is taken once more without reading, and *@lost (static) is "timeout" or "failed". @hint: degrees, -1 = none. */
gboolean sohoa_ask_page_safely (SohoaWorkerPool *pool, const SohoaPlan *plan, guint i, int hint, int image_fd,
                                GCancellable *cancellable, GVariant **reply, const char **lost, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
/* Waits for page @i (from 0) of @self (nullable) and gives its reply (yours) and picture (*@image_fd, yours); NULL when
 * it was not read, or for another plan. */
GVariant *sohoa_read_early_take (SohoaReadEarly *self, const SohoaPlan *plan, guint i, int *image_fd);

/* ---- spool ---- */

typedef struct {
  SohoaImageStream *stream; /* (owned) (nullable) NULL for an original */
  guint64           text_offset, text_length;
  guint             rotation; /* degrees clockwise */
} SohoaSpoolPage;

typedef struct {
  char      *digest;   /* (owned) of the inputs */
  gboolean   original;
  GPtrArray *pages;    /* (owned) (element-type SohoaSpoolPage) */
} SohoaSpoolIndex;

void             sohoa_spool_index_free (SohoaSpoolIndex *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaSpoolIndex, sohoa_spool_index_free)
SohoaSpoolIndex *sohoa_spool_index_new (const char *digest, gboolean original, guint n_pages);
gboolean         sohoa_spool_index_save (const SohoaSpoolIndex *self, const char *spool_dir, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
SohoaSpoolIndex *sohoa_spool_index_load (const char *spool_dir, GError **error);
/* a(tt) and aa{sv} for the worker, of at most @n pages from page @first (from 0) on; floating. */
GVariant        *sohoa_spool_index_texts (const SohoaSpoolIndex *self, guint first, guint n);
GVariant        *sohoa_spool_index_images (const SohoaSpoolIndex *self, guint first, guint n);
int              sohoa_spool_open (const char *spool_dir, const char *name, GError **error);
void             sohoa_spool_clear (const char *spool_dir);

/* fields of the worker, for read_pages and read_fields. */
gboolean sohoa_spool_fields (SohoaWorkerPool *pool, const SohoaSpoolIndex *index, int texts_fd,
                             const SohoaRecord *record, const SohoaReadOptions *options, guint urgency,
                             GCancellable *cancellable, SohoaRecord **record_out, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
