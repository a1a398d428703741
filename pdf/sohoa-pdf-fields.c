#include "sohoa-pdf-fields.h"

typedef struct {
  SohoaPdfFile   *file;
  SohoaFieldVisit visit;
  gpointer        data;
  guint           left;
  gboolean        stopped;
} Walk;

static void
walk_fields (Walk *walk, qpdf_oh list, const char *parent_name, const char *parent_type, guint depth)
{
  qpdf_data q = walk->file->qpdf;
  int n = qpdf_oh_is_array (q, list) ? qpdf_oh_get_array_n_items (q, list) : 0;

  for (int i = 0; i < n && !walk->stopped && depth < SOHOA_PDF_MAX_FIELD_DEPTH; i++) {
    qpdf_oh field = qpdf_oh_get_array_item (q, list, i);
    g_autofree char *own = NULL;
    g_autofree char *name = NULL;
    g_autofree char *type = NULL;
    qpdf_oh ft;

    if (!qpdf_oh_is_dictionary (q, field) || walk->left == 0)
      continue;
    walk->left--;
    own = sohoa_pdf_file_text (walk->file, qpdf_oh_get_key (q, field, "/T"));
    if (own == NULL || parent_name[0] == '\0')
      name = g_strdup (own != NULL ? own : parent_name);
    else
      name = g_strdup_printf ("%s.%s", parent_name, own);
    ft = qpdf_oh_get_key (q, field, "/FT");
    type = g_strdup (qpdf_oh_is_name (q, ft) ? qpdf_oh_get_name (q, ft) : parent_type);
    if (!walk->visit (walk->file, field, type, name, walk->data))
      walk->stopped = TRUE;
    else
      walk_fields (walk, qpdf_oh_get_key (q, field, "/Kids"), name, type, depth + 1);
  }
}

void
sohoa_pdf_fields_visit (SohoaPdfFile *self, SohoaFieldVisit visit, gpointer data)
{
  Walk walk = { self, visit, data, SOHOA_PDF_MAX_FIELDS, FALSE };
  qpdf_oh form = qpdf_oh_get_key_if_dict (self->qpdf, qpdf_get_root (self->qpdf), "/AcroForm");

  if (qpdf_oh_is_dictionary (self->qpdf, form))
    walk_fields (&walk, qpdf_oh_get_key (self->qpdf, form, "/Fields"), "", "", 0);
}
