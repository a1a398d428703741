/* A signature field added by incremental update (ISO 32000-1, 7.5.6): the bytes that are there stay the
 * first bytes of the file. qpdf gives the changed objects; the new section is written here, as a classic
 * table or as a cross-reference stream, whichever the last section is. */
#define _GNU_SOURCE
#include "sohoa-pdf.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-pdf-fields.h"
#include "sohoa-time.h"

#include <stdlib.h>
#include <string.h>

#define TAIL_SEARCH_BYTES 2048
#define BYTE_RANGE_ROOM "[0 0000000000 0000000000 0000000000]"
#define FIELD_NAME "SohoaSignature"

typedef struct {
  int     id, generation;
  guint64 offset;
} XrefRow;

typedef struct {
  SohoaPdfFile         file;    /* (owned) */
  const SohoaPdfJob   *job;
  GString             *out;     /* (owned) the update */
  guint64              base;    /* where it begins in the new file */
  GArray              *rows;    /* (owned) (element-type XrefRow) */
  guint64              previous; /* last startxref */
  gboolean             stream;  /* the last section is a cross-reference stream */
  qpdf_oh              root, page, form;
  qpdf_oh              signature, widget; /* new indirect objects */
  SohoaPdfPlaceholder *placeholder;
} Update;

static gboolean
refuse (GError **error, const char *why)
{
  g_set_error (error, SOHOA_PDF_ERROR, SOHOA_PDF_ERROR_NOT_APPENDABLE, "no signature can be added: %s", why);
  return FALSE;
}

static void
update_clear (Update *u)
{
  sohoa_pdf_file_close (&u->file);
  if (u->out != NULL)
    g_string_free (u->out, TRUE);
  if (u->rows != NULL)
    g_array_unref (u->rows);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Update, update_clear)

/* ---- what must hold before ---- */

static gboolean
find_last_section (Update *u, GError **error)
{
  gsize size;
  const guint8 *bytes = g_bytes_get_data (u->file.bytes, &size), *end = bytes + size, *at = NULL;
  char digits[24] = "";

  for (const guint8 *p = end - MIN (size, TAIL_SEARCH_BYTES); (p = memmem (p, end - p, "startxref", 9)) != NULL; p++)
    at = p + 9;
  if (at != NULL)
    memcpy (digits, at, MIN ((gsize) (end - at), sizeof digits - 1));
  if (at == NULL)
    return refuse (error, "the file has no readable end");
  u->previous = g_ascii_strtoull (digits, NULL, 10);
  if (u->previous == 0 || u->previous + 4 >= size)
    return refuse (error, "the file's cross-reference is not where it says");
  u->stream = memcmp (bytes + u->previous, "xref", 4) != 0;
  if (u->stream && !g_ascii_isdigit (bytes[u->previous]))
    return refuse (error, "the file's cross-reference is not where it says");
  return TRUE;
}

static gboolean
check_signatures (int fd, GError **error)
{
  g_autoptr(GPtrArray) list = sohoa_pdf_signatures (fd, NULL, error);

  if (list == NULL)
    return FALSE;
  for (guint i = 0; i < list->len; i++)
    if (((SohoaPdfSignature *) g_ptr_array_index (list, i))->docmdp == 1)
      return refuse (error, "its certifying signature allows no change (DocMDP P=1): submit it as it is");
  return TRUE;
}

static gboolean
check_file (Update *u, int fd, GError **error)
{
  qpdf_data q;

  if (!sohoa_pdf_file_open (&u->file, fd, error))
    return FALSE;
  q = u->file.qpdf;
  if (u->file.repaired)
    return refuse (error, "the file is damaged and had to be repaired to be read");
  if (u->file.encrypted)
    return refuse (error, "the file is encrypted");
  if (!find_last_section (u, error) || !check_signatures (fd, error))
    return FALSE;
  u->root = qpdf_get_root (q);
  if (qpdf_get_num_pages (q) < 1)
    return refuse (error, "the file has no pages");
  u->page = qpdf_get_page_n (q, 0);
  if (qpdf_has_error (q) || qpdf_more_warnings (q) || qpdf_oh_get_object_id (q, u->root) == 0
      || qpdf_oh_get_object_id (q, u->page) == 0)
    return refuse (error, "the file's page tree is damaged");
  return TRUE;
}

/* ---- the changed objects ---- */

static gboolean
on_name (SohoaPdfFile *file, qpdf_oh field, const char *type, const char *name, gpointer data)
{
  g_hash_table_add (data, g_strdup (name));
  return TRUE;
}

/* A field name that no other field has: a later signature never overwrites an earlier one. */
static char *
unique_field_name (Update *u)
{
  g_autoptr(GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  sohoa_pdf_fields_visit (&u->file, on_name, names);
  for (guint i = 1;; i++) {
    g_autofree char *name = g_strdup_printf (FIELD_NAME "%u", i);

    if (!g_hash_table_contains (names, name))
      return g_steal_pointer (&name);
  }
}

/* @owner's array @key with @item at its end; a missing one is made. The array that has to be written
 * again when it is an object of its own, else 0. */
static qpdf_oh
append_to_array (qpdf_data q, qpdf_oh owner, const char *key, qpdf_oh item)
{
  qpdf_oh array = qpdf_oh_get_key (q, owner, key);

  if (!qpdf_oh_is_array (q, array)) {
    qpdf_oh_replace_key (q, owner, key, qpdf_oh_new_array (q));
    array = qpdf_oh_get_key (q, owner, key);
  }
  qpdf_oh_append_item (q, array, item);
  return qpdf_oh_get_object_id (q, array) != 0 ? array : 0;
}

static void
write_object (Update *u, int id, int generation, const char *body)
{
  XrefRow row = { id, generation, u->base + u->out->len };

  g_array_append_val (u->rows, row);
  g_string_append_printf (u->out, "%d %d obj\n%s\nendobj\n", id, generation, body);
}

static void
write_changed (Update *u, qpdf_oh object)
{
  qpdf_data q = u->file.qpdf;
  int id = qpdf_oh_get_object_id (q, object);

  for (guint i = 0; i < u->rows->len; i++)
    if (g_array_index (u->rows, XrefRow, i).id == id)
      return;
  write_object (u, id, qpdf_oh_get_generation (q, object), qpdf_oh_unparse_resolved (q, object));
}

static void
make_field (Update *u)
{
  qpdf_data q = u->file.qpdf;
  g_autofree char *name = unique_field_name (u);
  qpdf_oh widget = qpdf_oh_parse (q, "<< /Type /Annot /Subtype /Widget /FT /Sig /Rect [0 0 0 0] /F 132 >>");

  u->signature = qpdf_make_indirect_object (q, qpdf_oh_new_dictionary (q));
  qpdf_oh_replace_key (q, widget, "/T", qpdf_oh_new_unicode_string (q, name));
  qpdf_oh_replace_key (q, widget, "/V", u->signature);
  qpdf_oh_replace_key (q, widget, "/P", u->page);
  u->widget = qpdf_make_indirect_object (q, widget);
}

static void
add_text (GString *body, qpdf_data q, const char *key, const char *text)
{
  if (text != NULL && text[0] != '\0')
    g_string_append_printf (body, "%s %s ", key, qpdf_oh_unparse (q, qpdf_oh_new_unicode_string (q, text)));
}

static void
write_signature (Update *u)
{
  qpdf_data q = u->file.qpdf;
  g_autoptr(GString) body = g_string_new ("<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached ");
  g_autofree char *m = sohoa_time_to_pdf (u->job->time_us);
  int id = qpdf_oh_get_object_id (q, u->signature);
  XrefRow row = { id, 0, u->base + u->out->len };

  g_array_append_val (u->rows, row);
  add_text (body, q, "/Name", u->job->name);
  add_text (body, q, "/Reason", u->job->reason);
  add_text (body, q, "/Location", u->job->location);
  g_string_append_printf (u->out, "%d 0 obj\n%s/M (%s) /ByteRange ", id, body->str, m);
  u->placeholder->byte_range_offset = u->base + u->out->len;
  u->placeholder->byte_range_length = strlen (BYTE_RANGE_ROOM);
  g_string_append (u->out, BYTE_RANGE_ROOM "\n/Contents ");
  u->placeholder->contents_offset = u->base + u->out->len;
  u->placeholder->contents_length = 2 + 2 * SOHOA_PDF_CMS_ROOM_BYTES;
  g_string_append_c (u->out, '<');
  for (guint i = 0; i < SOHOA_PDF_CMS_ROOM_BYTES; i++)
    g_string_append (u->out, "00");
  g_string_append (u->out, ">\n>>\nendobj\n");
}

static gboolean
write_objects (Update *u, GError **error)
{
  qpdf_data q = u->file.qpdf;
  qpdf_oh fields, annots;

  u->form = qpdf_oh_get_key (q, u->root, "/AcroForm");
  if (!qpdf_oh_is_dictionary (q, u->form)) {
    qpdf_oh_replace_key (q, u->root, "/AcroForm", qpdf_oh_new_dictionary (q));
    u->form = qpdf_oh_get_key (q, u->root, "/AcroForm");
  }
  make_field (u);
  qpdf_oh_replace_key (q, u->form, "/SigFlags", qpdf_oh_new_integer (q, 3));
  fields = append_to_array (q, u->form, "/Fields", u->widget);
  annots = append_to_array (q, u->page, "/Annots", u->widget);
  if (qpdf_has_error (q))
    return refuse (error, "the file's form is damaged");
  if (qpdf_oh_get_object_id (q, u->form) == 0)
    write_changed (u, u->root);
  else
    write_changed (u, u->form);
  if (fields != 0)
    write_changed (u, fields);
  if (annots != 0)
    write_changed (u, annots);
  else
    write_changed (u, u->page);
  write_changed (u, u->widget);
  write_signature (u);
  return TRUE;
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
append_trailer_keys (Update *u, int size)
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
                                             u->previous, u->job->time_us, qpdf_oh_unparse (q, id));
    g_autofree char *digest = sohoa_bytes_sha256 (seed, strlen (seed));

    g_string_append_printf (u->out, "/ID [%s <%.32s>] ", qpdf_oh_unparse (q, qpdf_oh_get_array_item (q, id, 0)), digest);
  }
}

static void
write_table (Update *u, int size)
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
write_stream (Update *u, int id)
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
write_section (Update *u)
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
sohoa_pdf_append_signature (int in_fd, int out_fd, const SohoaPdfJob *job, SohoaPdfPlaceholder *placeholder_out,
                            guint64 *size_out, GError **error)
{
  g_auto(Update) u = { .job = job, .placeholder = placeholder_out };
  const guint8 *bytes;
  gsize size;

  memset (placeholder_out, 0, sizeof *placeholder_out);
  if (job->block != NULL && job->block[0] != NULL) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT,
                 "a visible text on a file that is kept as it is: not supported: sign it without");
    return FALSE;
  }
  if (!check_file (&u, in_fd, error))
    return FALSE;
  bytes = g_bytes_get_data (u.file.bytes, &size);
  u.out = g_string_new (bytes[size - 1] == '\n' ? NULL : "\n");
  u.base = size;
  u.rows = g_array_new (FALSE, FALSE, sizeof (XrefRow));
  if (!write_objects (&u, error))
    return FALSE;
  write_section (&u);
  if (u.base + u.out->len > SOHOA_PDF_MAX_BYTES) {
    g_set_error (error, SOHOA_PDF_ERROR, SOHOA_PDF_ERROR_TOO_LARGE, "the signed file would pass 2 GiB: split it");
    return FALSE;
  }
  if (!sohoa_fd_write_all (out_fd, bytes, size, error)
      || !sohoa_fd_write_all (out_fd, u.out->str, u.out->len, error))
    return FALSE;
  if (size_out != NULL)
    *size_out = u.base + u.out->len;
  return TRUE;
}
