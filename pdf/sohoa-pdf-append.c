/* A signature field added by incremental update (ISO 32000-1, 7.5.6; 12.7.4.5). */
#include "sohoa-pdf-update.h"

#include "sohoa-errors.h"
#include "sohoa-pdf-fields.h"
#include "sohoa-time.h"

#include <string.h>

#define BYTE_RANGE_ROOM "[0 0000000000 0000000000 0000000000]"
#define FIELD_NAME "SohoaSignature"

static gboolean
check_signatures (int fd, GError **error)
{
  g_autoptr(GPtrArray) list = sohoa_pdf_signatures (fd, NULL, error);

  if (list == NULL)
    return FALSE;
  for (guint i = 0; i < list->len; i++)
    if (((SohoaPdfSignature *) g_ptr_array_index (list, i))->docmdp == 1)
      return sohoa_pdf_update_refuse (error, "its certifying signature allows no change (DocMDP P=1): submit it as it is");
  return TRUE;
}

/* ---- the field ---- */

static gboolean
on_name (SohoaPdfFile *file, qpdf_oh field, const char *type, const char *name, gpointer data)
{
  g_hash_table_add (data, g_strdup (name));
  return TRUE;
}

/* A field name that no other field has: a later signature never overwrites an earlier one. */
static char *
unique_field_name (SohoaPdfUpdate *u, const char *prefix)
{
  g_autoptr(GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  sohoa_pdf_fields_visit (&u->file, on_name, names);
  for (guint i = 1;; i++) {
    g_autofree char *name = g_strdup_printf ("%s%u", prefix, i);

    if (!g_hash_table_contains (names, name))
      return g_steal_pointer (&name);
  }
}

/* PDF/A-1 6.9: also a field that shows nothing has an appearance. */
static qpdf_oh
write_look (SohoaPdfUpdate *u)
{
  qpdf_data q = u->file.qpdf;
  qpdf_oh look = qpdf_make_indirect_object (q, qpdf_oh_new_dictionary (q)), by_kind = qpdf_oh_new_dictionary (q);

  sohoa_pdf_update_object (u, qpdf_oh_get_object_id (q, look), 0,
                           "<< /Type /XObject /Subtype /Form /BBox [0 0 0 0] /Length 0 >>\nstream\n\nendstream");
  qpdf_oh_replace_key (q, by_kind, "/N", look);
  return by_kind;
}

static qpdf_oh
make_widget (SohoaPdfUpdate *u, const char *prefix, qpdf_oh value)
{
  qpdf_data q = u->file.qpdf;
  g_autofree char *name = unique_field_name (u, prefix);
  qpdf_oh widget = qpdf_oh_parse (q, "<< /Type /Annot /Subtype /Widget /FT /Sig /Rect [0 0 0 0] /F 132 >>");

  qpdf_oh_replace_key (q, widget, "/T", qpdf_oh_new_unicode_string (q, name));
  qpdf_oh_replace_key (q, widget, "/V", value);
  qpdf_oh_replace_key (q, widget, "/P", u->page);
  qpdf_oh_replace_key (q, widget, "/AP", write_look (u));
  return qpdf_make_indirect_object (q, widget);
}

static void
write_value (SohoaPdfUpdate *u, qpdf_oh value, const char *head, guint room, SohoaPdfPlaceholder *placeholder)
{
  sohoa_pdf_update_begin (u, qpdf_oh_get_object_id (u->file.qpdf, value));
  g_string_append_printf (u->out, "%s /ByteRange ", head);
  placeholder->byte_range_offset = u->base + u->out->len;
  placeholder->byte_range_length = strlen (BYTE_RANGE_ROOM);
  g_string_append (u->out, BYTE_RANGE_ROOM "\n/Contents ");
  placeholder->contents_offset = u->base + u->out->len;
  placeholder->contents_length = 2 + 2 * (guint64) room;
  g_string_append_c (u->out, '<');
  for (guint i = 0; i < room; i++)
    g_string_append (u->out, "00");
  g_string_append (u->out, ">\n>>\nendobj\n");
}

gboolean
sohoa_pdf_update_field (SohoaPdfUpdate *u, const char *name, const char *head, guint room,
                        SohoaPdfPlaceholder *placeholder, GError **error)
{
  qpdf_data q = u->file.qpdf;
  qpdf_oh value = qpdf_make_indirect_object (q, qpdf_oh_new_dictionary (q));
  qpdf_oh widget = make_widget (u, name, value);
  qpdf_oh form = qpdf_oh_get_key (q, u->root, "/AcroForm");
  qpdf_oh fields, annots;

  if (!qpdf_oh_is_dictionary (q, form)) {
    qpdf_oh_replace_key (q, u->root, "/AcroForm", qpdf_oh_new_dictionary (q));
    form = qpdf_oh_get_key (q, u->root, "/AcroForm");
  }
  qpdf_oh_replace_key (q, form, "/SigFlags", qpdf_oh_new_integer (q, 3));
  fields = sohoa_pdf_update_append (q, form, "/Fields", widget);
  annots = sohoa_pdf_update_append (q, u->page, "/Annots", widget);
  if (qpdf_has_error (q))
    return sohoa_pdf_update_refuse (error, "the file's form is damaged");
  sohoa_pdf_update_changed (u, qpdf_oh_get_object_id (q, form) == 0 ? u->root : form);
  if (fields != 0)
    sohoa_pdf_update_changed (u, fields);
  sohoa_pdf_update_changed (u, annots != 0 ? annots : u->page);
  sohoa_pdf_update_changed (u, widget);
  write_value (u, value, head, room, placeholder);
  return TRUE;
}

/* ---- our signature ---- */

static void
add_text (GString *body, qpdf_data q, const char *key, const char *text)
{
  if (text != NULL && text[0] != '\0')
    g_string_append_printf (body, "%s %s ", key, qpdf_oh_unparse (q, qpdf_oh_new_unicode_string (q, text)));
}

gboolean
sohoa_pdf_append_signature (int in_fd, int out_fd, const SohoaPdfJob *job, SohoaPdfPlaceholder *placeholder_out,
                            guint64 *size_out, GError **error)
{
  g_auto(SohoaPdfUpdate) u = { 0 };
  g_autoptr(GString) head = g_string_new ("<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached ");
  g_autofree char *m = sohoa_time_to_pdf (job->time_us);

  memset (placeholder_out, 0, sizeof *placeholder_out);
  if (job->block != NULL && job->block[0] != NULL) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT,
                 "a visible text on a file that is kept as it is: not supported: sign it without");
    return FALSE;
  }
  if (!sohoa_pdf_update_open (&u, in_fd, job->time_us, error) || !check_signatures (in_fd, error))
    return FALSE;
  add_text (head, u.file.qpdf, "/Name", job->name);
  add_text (head, u.file.qpdf, "/Reason", job->reason);
  add_text (head, u.file.qpdf, "/Location", job->location);
  g_string_append_printf (head, "/M (%s)", m);
  return sohoa_pdf_update_field (&u, FIELD_NAME, head->str, SOHOA_PDF_CMS_ROOM_BYTES, placeholder_out, error)
         && sohoa_pdf_update_finish (&u, out_fd, size_out, error);
}
