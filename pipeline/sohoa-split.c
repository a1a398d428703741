#include "sohoa-split.h"

#include "sohoa-errors.h"

#include <string.h>

#define PAGE_BYTES 4096u /* dictionaries, table rows and a palette of one page */
#define MIB (1024 * 1024)
#define PDF_SUFFIX ".pdf"

/* As much as the writer can need for it. */
static guint64
page_bytes (const SohoaSpoolPage *page)
{
  guint64 bytes = PAGE_BYTES + page->text_length;

  if (page->stream == NULL)
    return bytes;
  bytes += page->stream->length;
  if (page->stream->icc != NULL)
    bytes += g_bytes_get_size (page->stream->icc);
  if (page->stream->jbig2_globals != NULL)
    bytes += g_bytes_get_size (page->stream->jbig2_globals);
  return bytes;
}

GArray *
sohoa_split_plan (const SohoaSpoolIndex *index, guint64 fixed, guint64 limit, GError **error)
{
  g_autoptr(GArray) parts = g_array_new (FALSE, TRUE, sizeof (SohoaSplitPart));
  guint64 used = 0;

  for (guint i = 0; i < index->pages->len; i++) {
    guint64 bytes = page_bytes (g_ptr_array_index (index->pages, i));
    SohoaSplitPart next = { i, 0 };

    if (bytes + fixed > limit) {
      g_set_error (error, SOHOA_SUBMIT_ERROR, SOHOA_SUBMIT_ERROR_TOO_LARGE,
                   "page %u has %" G_GUINT64_FORMAT " MiB, and a file may have %" G_GUINT64_FORMAT
                   ": scan it again at 200 dpi", i + 1, (bytes + MIB - 1) / MIB, limit / MIB);
      return NULL;
    }
    if (parts->len == 0 || used + bytes > limit) {
      g_array_append_val (parts, next);
      used = fixed;
    }
    g_array_index (parts, SohoaSplitPart, parts->len - 1).count++;
    used += bytes;
  }
  return g_steal_pointer (&parts);
}

char *
sohoa_split_path (const char *path, guint part, guint n_parts)
{
  gsize stem = strlen (path) - (g_str_has_suffix (path, PDF_SUFFIX) ? strlen (PDF_SUFFIX) : 0);

  return g_strdup_printf ("%.*s-%u-of-%u" PDF_SUFFIX, (int) stem, path, part, n_parts);
}
