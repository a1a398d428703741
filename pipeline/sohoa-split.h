/* Where a document is cut so that no file of it passes a limit (issue: libharu's 2 GiB, a receiver's size). */
#pragma once

#include "sohoa-pipeline-private.h"

G_BEGIN_DECLS

#define SOHOA_FILE_MAX_BYTES (G_GUINT64_CONSTANT (2) * 1024 * 1024 * 1024 - 1) /* pdf/ writes no larger file */

/* Consecutive pages of one file. */
typedef struct {
  guint first, count; /* from 0 */
} SohoaSplitPart;

/* The fewest files that surely stay within @limit bytes each, from the sizes in @index: what a file holds besides its pages
 * (@fixed bytes), each page's picture and its text layer uncompressed. One part when all fits.
 * SOHOA_SUBMIT_ERROR_TOO_LARGE: a page alone is larger. (element-type SohoaSplitPart) */
GArray *sohoa_split_plan (const SohoaSpoolIndex *index, guint64 fixed, guint64 limit, GError **error);

/* "DIR/NAME.pdf" → "DIR/NAME-2-of-3.pdf". g_free. */
char *sohoa_split_path (const char *path, guint part, guint n_parts);

G_END_DECLS
