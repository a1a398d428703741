/* A batch: one stack of paper on its way from the feeder to documents, page by page.
 *
 *   scanning ─▶ working ─▶ done            the stack came as a whole
 *      │           │
 *      ▼           ▼
 *   waiting ◀──────┘   a person must act: jam, cover, sheets to put back, count, quality, or the batch was kept
 *      │               open on purpose; then more sheets (scanning), or it is finished (working)
 *      ▼
 *   held               the gate stopped it: released (working) or purged (gone)
 *
 * Folder of a batch: state-dir/batches/ID/ (0700): `batch` (this struct, replaced whole with every change), page-N.sealed
 * (AES-256-GCM under the batch's key, before clearing), page-N (cleared: the very bytes that were scanned, or their one
 * encoding), page-N.image and .reply (read ahead). A page is announced only when its plain file is on the disk.
 *
 * Count, checked before the last document leaves the batch (design.md 4):
 *   images fed = sheets × sides = kept + blank (left out) + separators + rejected (replaced by another picture) */
#pragma once

#include <gio/gio.h>

#include "sohoa-scan-profile.h"

G_BEGIN_DECLS

#define SOHOA_BATCH_MAX_PAGES 5000u

typedef enum {
  SOHOA_BATCH_SCANNING,
  SOHOA_BATCH_WORKING,
  SOHOA_BATCH_WAITING,
  SOHOA_BATCH_HELD,
  SOHOA_BATCH_DONE,
  SOHOA_BATCH_PURGED,
} SohoaBatchState;
const char *sohoa_batch_state_to_string (SohoaBatchState state); /* "scanning" … static */

typedef enum {
  SOHOA_BATCH_PAGE_SEALED,    /* not yet cleared */
  SOHOA_BATCH_PAGE_KEPT,      /* cleared, announced, part of a document */
  SOHOA_BATCH_PAGE_BLANK,     /* cleared, left out of its document by the profile */
  SOHOA_BATCH_PAGE_SEPARATOR, /* side of a separator sheet */
  SOHOA_BATCH_PAGE_REJECTED,  /* another picture took its place */
} SohoaBatchPageState;
const char *sohoa_batch_page_state_to_string (SohoaBatchPageState state); /* "sealed" … static */

typedef struct {
  guint   number;          /* identity in the batch, from 1; names its files */
  guint   sheet;           /* of the whole batch, from 1 */
  gboolean back;
  gboolean single;         /* scanned for itself (again, or inserted): not one of sheets × sides */
  guint   replaces;        /* number of the page it stands for, 0 = none */
  SohoaBatchPageState state;
  gboolean raster;         /* the scanner gave plain pixels */
  gboolean blank;
  gboolean break_before;   /* a separator, or its replacement, stood before it */
  gboolean accepted;       /* a person took it as it is */
  gboolean read;           /* read ahead, or that failed and the document's own step does it */
  guint   document;        /* 1…n once its document left the batch, 0 before */
  guint64 bytes;
  char   *sha256;          /* (owned) "" before clearing */
  char   *clearance;       /* (owned) "" before clearing */
  char  **flags;           /* (owned) never NULL: quality and the scanner's own, "dark" … */
  /* not stored: what the look found, made again after a restart */
  gboolean sealed;         /* its sealed file is on the disk */
  gboolean looked, looking, gated_first;
  gboolean separator;      /* carries a separator mark of the profile's kind */
} SohoaBatchPage;

typedef struct {
  char  *id;               /* (owned) sohoa_id_new() of the document */
  guint  pages;
} SohoaBatchDocument;

typedef struct {
  char              *id;            /* (owned) */
  char              *device, *actor, *token; /* (owned) */
  SohoaScanProfile  *profile;       /* (owned) as it was at the start; only what the batch needs is stored */
  char             **options;       /* (owned) raw device options */
  GPtrArray         *fields;        /* (owned) (element-type utf8) "Field=value" */
  gint64             created_us;
  SohoaBatchState    state;
  char              *error_name, *message; /* (owned) "" or why it waits: "Scan.Jam" …, one line */
  guint              expected;      /* sheets the clerk counted, 0 = not said */
  gboolean           open;          /* documents stay until FinishBatch */
  gboolean           feed_over;     /* nothing more comes unless a person says so */
  gboolean           count_accepted; /* a person took a wrong count, with a reason */
  char              *released_by;   /* (owned) "" or who released it from the gate */
  guint              sheets, sides; /* fed so far; sides of each: 1, 2 */
  guint              singles;       /* images scanned for themselves */
  guint              put_back;      /* first sheet to put back, 0 = none */
  guint              last_number;
  GPtrArray         *pages;         /* (owned) (element-type SohoaBatchPage) in the order of the paper */
  GPtrArray         *documents;     /* (owned) (element-type SohoaBatchDocument) that left */
} SohoaBatch;

typedef struct { guint images, kept, blank, separators, rejected, sealed; } SohoaBatchCount;

SohoaBatch     *sohoa_batch_new (void);
void            sohoa_batch_free (SohoaBatch *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaBatch, sohoa_batch_free)
SohoaBatchPage *sohoa_batch_insert_page (SohoaBatch *self, guint index); /* borrowed; number given */
SohoaBatchPage *sohoa_batch_find_page (SohoaBatch *self, guint number);  /* borrowed, NULL = none */
guint           sohoa_batch_index_of (const SohoaBatch *self, guint number); /* pages->len = none */

/* Durable when TRUE. @folder: state-dir/batches/ID. */
gboolean    sohoa_batch_save (const SohoaBatch *self, const char *folder, GError **error) G_GNUC_WARN_UNUSED_RESULT;
SohoaBatch *sohoa_batch_load (const char *folder, GError **error);

void     sohoa_batch_count (const SohoaBatch *self, SohoaBatchCount *out);
/* Whether the books balance; @text_out: (nullable) "3 sheets × 2 sides = …"; g_free. */
gboolean sohoa_batch_check_count (const SohoaBatch *self, char **text_out);

/* The pages of the next document that has not left: [first, end) in pages. @complete_out: a boundary follows, or
 * nothing more comes. FALSE: there is none. */
gboolean sohoa_batch_next_document (const SohoaBatch *self, guint *first_out, guint *end_out, gboolean *complete_out);
/* Whether a document begins with the page at @index. */
gboolean sohoa_batch_starts_document (const SohoaBatch *self, guint index);
/* A flag that the profile wants asked about. */
gboolean sohoa_batch_page_asks (const SohoaBatch *self, const SohoaBatchPage *page);
void     sohoa_batch_page_add_flag (SohoaBatchPage *page, const char *flag);
/* "sheet-0003-front.jpg"; g_free. */
char    *sohoa_batch_page_name (const SohoaBatchPage *page);

G_END_DECLS
