#include "sohoa-list.h"

#include "sohoa-conf.h"
#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-text.h"

#define LIST_FILE "lists/document-types.conf"
#define LIST_SECTION "list"

static void
type_free (gpointer data)
{
  SohoaDocumentType *type = data;

  g_free (type->name);
  g_free (type->abbreviation);
  g_free (type->folded);
  g_free (type->file_code);
  g_free (type->archive_code);
  g_free (type);
}

void
sohoa_lists_free (SohoaLists *self)
{
  if (self == NULL)
    return;
  g_free (self->version);
  g_ptr_array_unref (self->types);
  g_free (self);
}

static void
take_type (SohoaConf *conf, const char *name, SohoaLists *lists)
{
  SohoaDocumentType *type = g_new0 (SohoaDocumentType, 1);

  type->name = sohoa_text_squeeze (name);
  type->folded = sohoa_text_fold (name);
  type->abbreviation = sohoa_conf_take_string (conf, name, "abbreviation", "");
  type->file_code = sohoa_conf_take_string (conf, name, "file-code", "");
  type->archive_code = sohoa_conf_take_string (conf, name, "archive-code", "");
  type->administrative = sohoa_conf_take_bool (conf, name, "administrative", FALSE);
  g_ptr_array_add (lists->types, type);
}

SohoaLists *
sohoa_lists_load_file (const char *path, GError **error)
{
  g_autoptr(SohoaConf) conf = sohoa_conf_load (path, FALSE, error);
  g_autoptr(SohoaLists) self = NULL;
  g_autofree char *source = NULL, *date = NULL;
  g_auto(GStrv) sections = NULL;

  if (conf == NULL)
    return NULL;
  self = g_new0 (SohoaLists, 1);
  self->types = g_ptr_array_new_with_free_func (type_free);
  (void) sohoa_conf_take_int (conf, LIST_SECTION, "version", 1, 1, 1);
  source = sohoa_conf_take_string (conf, LIST_SECTION, "source", "");
  date = sohoa_conf_take_string (conf, LIST_SECTION, "date", "");
  self->version = g_strdup_printf ("%s, %s", source, date);
  sections = sohoa_conf_get_sections (conf);
  for (guint i = 0; sections[i] != NULL; i++)
    if (!g_str_equal (sections[i], LIST_SECTION))
      take_type (conf, sections[i], self);
  if (!sohoa_conf_finish (conf, error))
    return NULL;
  if (self->types->len == 0) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_CONFIG,
                 "%s: no document type in it: put back the installed file", path);
    return NULL;
  }
  return g_steal_pointer (&self);
}

SohoaLists *
sohoa_lists_load (GError **error)
{
  g_autofree char *path = sohoa_path_data (LIST_FILE);

  return sohoa_lists_load_file (path, error);
}

const SohoaDocumentType *
sohoa_lists_peek_by_name (const SohoaLists *self, const char *name)
{
  g_autofree char *folded = sohoa_text_fold (name);

  for (guint i = 0; i < self->types->len; i++) {
    const SohoaDocumentType *type = g_ptr_array_index (self->types, i);

    if (g_str_equal (type->folded, folded))
      return type;
  }
  return NULL;
}

/* "Đ" and its look-alikes are told from "D" first (ĐA is not DA), then forgiven. */
static gboolean
abbreviation_matches (const char *wanted, const char *have, gboolean exact)
{
  g_autofree char *a = NULL, *b = NULL;

  if (exact) {
    g_auto(GStrv) parts = g_strsplit (wanted, "Ð", -1);
    g_autofree char *same_d = g_strjoinv ("Đ", parts);

    return g_str_equal (same_d, have);
  }
  a = sohoa_text_fold (wanted);
  b = sohoa_text_fold (have);
  return g_str_equal (a, b);
}

const SohoaDocumentType *
sohoa_lists_peek_by_abbreviation (const SohoaLists *self, const char *abbreviation)
{
  if (abbreviation[0] == '\0')
    return NULL;
  for (int exact = 1; exact >= 0; exact--)
    for (guint i = 0; i < self->types->len; i++) {
      const SohoaDocumentType *type = g_ptr_array_index (self->types, i);

      if (type->abbreviation[0] != '\0' && abbreviation_matches (abbreviation, type->abbreviation, exact))
        return type;
    }
  return NULL;
}
