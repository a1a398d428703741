/* Writes an incremental update (ISO 32000-1, 7.5.6): qpdf gives the changed objects; the new section is a classic
 * table or a cross-reference stream, whichever the last section is. */
#define _GNU_SOURCE
#include "sohoa-pdf-update.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"

#include <stdlib.h>
#include <string.h>

#define TAIL_SEARCH_BYTES 2048

typedef struct {
  int     id, generation;
  guint64 offset;
} XrefRow;

gboolean
sohoa_pdf_update_refuse (GError **error, const char *why)
{
  g_set_error (error, SOHOA_PDF_ERROR, SOHOA_PDF_ERROR_NOT_APPENDABLE, "no signature can be added: %s", why);
  return FALSE;
}

void
sohoa_pdf_update_clear (SohoaPdfUpdate *self)
{
  sohoa_pdf_file_close (&self->file);
  if (self->out != NULL)
    g_string_free (self->out, TRUE);
  if (self->rows != NULL)
    g_array_unref (self->rows);
}

/* ---- what must hold before ---- */

static gboolean
find_last_section (SohoaPdfUpdate *u, GError **error)
{
  gsize size;
  const guint8 *bytes = g_bytes_get_data (u->file.bytes, &size), *end = bytes + size, *at = NULL;
  char digits[24] = "";

  for (const guint8 *p = end - MIN (size, TAIL_SEARCH_BYTES); (p = memmem (p, end - p, "startxref", 9)) != NULL; p++)
    at = p + 9;
  if (at != NULL)
    memcpy (digits, at, MIN ((gsize) (end - at), sizeof digits - 1));
  if (at == NULL)
    return sohoa_pdf_update_refuse (error, "the file has no readable end");
  u->previous = g_ascii_strtoull (digits, NULL, 10);
  if (u->previous == 0 || u->previous + 4 >= size)
    return sohoa_pdf_update_refuse (error, "the file's cross-reference is not where it says");
  u->stream = memcmp (bytes + u->previous, "xref", 4) != 0;
  if (u->stream && !g_ascii_isdigit (bytes[u->previous]))
    return sohoa_pdf_update_refuse (error, "the file's cross-reference is not where it says");
  return TRUE;
}

gboolean
sohoa_pdf_update_open (SohoaPdfUpdate *u, int fd, gint64 time_us, GError **error)
{
  const guint8 *bytes;
  qpdf_data q;
  gsize size;

  *u = (SohoaPdfUpdate) { .time_us = time_us };
  if (!sohoa_pdf_file_open (&u->file, fd, error))
    return FALSE;
  q = u->file.qpdf;
  if (u->file.repaired)
    return sohoa_pdf_update_refuse (error, "the file is damaged and had to be repaired to be read");
  if (u->file.encrypted)
    return sohoa_pdf_update_refuse (error, "the file is encrypted");
  if (!find_last_section (u, error))
    return FALSE;
  u->root = qpdf_get_root (q);
  if (qpdf_get_num_pages (q) < 1)
    return sohoa_pdf_update_refuse (error, "the file has no pages");
  u->page = qpdf_get_page_n (q, 0);
  if (qpdf_has_error (q) || qpdf_more_warnings (q) || qpdf_oh_get_object_id (q, u->root) == 0
      || qpdf_oh_get_object_id (q, u->page) == 0)
    return sohoa_pdf_update_refuse (error, "the file's page tree is damaged");
  bytes = g_bytes_get_data (u->file.bytes, &size);
  u->out = g_string_new (bytes[size - 1] == '\n' ? NULL : "\n");
  u->base = size;
  u->rows = g_array_new (FALSE, FALSE, sizeof (XrefRow));
  return TRUE;
}

/* ---- the changed objects ---- */

void
sohoa_pdf_update_begin (SohoaPdfUpdate *u, int id)
{
  XrefRow row = { id, 0, u->base + u->out->len };

  g_array_append_val (u->rows, row);
  g_string_append_printf (u->out, "%d 0 obj\n", id);
}

qpdf_oh
sohoa_pdf_update_append (qpdf_data q, qpdf_oh owner, const char *key, qpdf_oh item)
{
  qpdf_oh array = qpdf_oh_get_key (q, owner, key);

  if (!qpdf_oh_is_array (q, array)) {
    qpdf_oh_replace_key (q, owner, key, qpdf_oh_new_array (q));
    array = qpdf_oh_get_key (q, owner, key);
  }
  qpdf_oh_append_item (q, array, item);
  return qpdf_oh_get_object_id (q, array) != 0 ? array : 0;
}

void
sohoa_pdf_update_object (SohoaPdfUpdate *u, int id, int generation, const char *body)
{
  XrefRow row = { id, generation, u->base + u->out->len };

  g_array_append_val (u->rows, row);
  g_string_append_printf (u->out, "%d %d obj\n%s\nendobj\n", id, generation, body);
}

void
sohoa_pdf_update_changed (SohoaPdfUpdate *u, qpdf_oh object)
{
  qpdf_data q = u->file.qpdf;
  int id = qpdf_oh_get_object_id (q, object);

  for (guint i = 0; i < u->rows->len; i++)
    if (g_array_index (u->rows, XrefRow, i).id == id)
      return;
  sohoa_pdf_update_object (u, id, qpdf_oh_get_generation (q, object), qpdf_oh_unparse_resolved (q, object));
}

/* ---- the new section ---- */

static int
by_id (gconstpointer a, gconstpointer b)
{
  return ((const XrefRow *) a)->id - ((const XrefRow *) b)->id;
}

/* "/Root … /Info … /ID […] /Prev …": what both kinds of section say. The file's first id is kept, the
 * second is made from content and time. */
static void
append_trailer_keys (SohoaPdfUpdate *u, int size)
{
  qpdf_data q = u->file.qpdf;
  qpdf_oh trailer = qpdf_get_trailer (q);
  qpdf_oh info = qpdf_oh_get_key (q, trailer, "/Info");
  qpdf_oh id = qpdf_oh_get_key (q, trailer, "/ID");

  g_string_append_printf (u->out, "/Size %d /Root %d %d R /Prev %" G_GUINT64_FORMAT " ", size, qpdf_oh_get_object_id (q, u->root),
                          qpdf_oh_get_generation (q, u->root), u->previous);
  if (qpdf_oh_get_object_id (q, info) != 0)
    g_string_append_printf (u->out, "/Info %s ", qpdf_oh_unparse (q, info));
  if (qpdf_oh_is_array (q, id) && qpdf_oh_get_array_n_items (q, id) == 2) {
    g_autofree char *seed = g_strdup_printf ("%" G_GSIZE_FORMAT " %" G_GUINT64_FORMAT " %" G_GINT64_FORMAT " %s", g_bytes_get_size (u->file.bytes),
                                             u->previous, u->time_us, qpdf_oh_unparse (q, id));
    g_autofree char *digest = sohoa_bytes_sha256 (seed, strlen (seed));

    g_string_append_printf (u->out, "/ID [%s <%.32s>] ", qpdf_oh_unparse (q, qpdf_oh_get_array_item (q, id, 0)), digest);
  }
}

static void
write_table (SohoaPdfUpdate *u, int size)
{
  const XrefRow *rows = (const XrefRow *) u->rows->data;

  g_string_append (u->out, "xref\n");
  for (guint i = 0, end; i < u->rows->len; i = end) {
    for (end = i + 1; end < u->rows->len && rows[end].id == rows[end - 1].id + 1; end++)
      ;
    g_string_append_printf (u->out, "%d %u\n", rows[i].id, end - i);
    for (guint k = i; k < end; k++)
      g_string_append_printf (u->out, "%010" G_GUINT64_FORMAT " %05d n \n", rows[k].offset, rows[k].generation);
  }
  g_string_append (u->out, "trailer\n<< ");
  append_trailer_keys (u, size);
  g_string_append (u->out, ">>\n");
}

/* W [1 4 2]: type 1, offset, generation. The stream lists itself. */
static void
write_stream (SohoaPdfUpdate *u, int id)
{
  const XrefRow *rows = (const XrefRow *) u->rows->data;

  g_string_append_printf (u->out, "%d 0 obj\n<< /Type /XRef /W [1 4 2] /Index [", id);
  for (guint i = 0, end; i < u->rows->len; i = end) {
    for (end = i + 1; end < u->rows->len && rows[end].id == rows[end - 1].id + 1; end++)
      ;
    g_string_append_printf (u->out, "%d %u ", rows[i].id, end - i);
  }
  g_string_append (u->out, "] ");
  append_trailer_keys (u, id + 1);
  g_string_append_printf (u->out, "/Length %u >>\nstream\n", u->rows->len * 7);
  for (guint i = 0; i < u->rows->len; i++) {
    guint8 row[7] = { 1, rows[i].offset >> 24, rows[i].offset >> 16, rows[i].offset >> 8, rows[i].offset,
                      rows[i].generation >> 8, rows[i].generation };

    g_string_append_len (u->out, (const char *) row, sizeof row);
  }
  g_string_append (u->out, "\nendstream\nendobj\n");
}

static void
write_section (SohoaPdfUpdate *u)
{
  qpdf_data q = u->file.qpdf;
  int size = qpdf_oh_get_int_value_as_int (q, qpdf_oh_get_key (q, qpdf_get_trailer (q), "/Size"));
  guint64 at = u->base + u->out->len;

  for (guint i = 0; i < u->rows->len; i++)
    size = MAX (size, g_array_index (u->rows, XrefRow, i).id + 1);
  if (u->stream) {
    XrefRow self = { size, 0, at };

    g_array_append_val (u->rows, self);
  }
  g_array_sort (u->rows, by_id);
  if (u->stream)
    write_stream (u, size);
  else
    write_table (u, size);
  g_string_append_printf (u->out, "startxref\n%" G_GUINT64_FORMAT "\n%%%%EOF\n", at);
}

gboolean
sohoa_pdf_update_finish (SohoaPdfUpdate *u, int out_fd, guint64 *size_out, GError **error)
{
  gsize size;
  const guint8 *bytes = g_bytes_get_data (u->file.bytes, &size);

  write_section (u);
  if (u->base + u->out->len > SOHOA_PDF_MAX_BYTES) {
    g_set_error (error, SOHOA_PDF_ERROR, SOHOA_PDF_ERROR_TOO_LARGE, "the signed file would pass 2 GiB: split it");
    return FALSE;
  }
  if (!sohoa_fd_write_all (out_fd, bytes, size, error)
      || !sohoa_fd_write_all (out_fd, u->out->str, u->out->len, error))
    return FALSE;
  if (size_out != NULL)
    *size_out = u->base + u->out->len;
  return TRUE;
}
