#include "sohoa-list.h"

#include "sohoa-conf.h"
#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-text.h"

#define LIST_FOLDER "lists"
#define TYPES_FILE "document-types.conf"
#define WORDS_FILE "words.conf"
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

static void
phrase_free (gpointer data)
{
  SohoaPhrase *phrase = data;

  g_free (phrase->name);
  g_free (phrase->text);
  g_free (phrase->fold);
  g_strfreev (phrase->words);
  g_strfreev (phrase->folds);
  g_free (phrase);
}

void
sohoa_lists_free (SohoaLists *self)
{
  if (self == NULL)
    return;
  g_free (self->version);
  g_ptr_array_unref (self->types);
  g_ptr_array_unref (self->body_starts);
  g_ptr_array_unref (self->body_open);
  g_ptr_array_unref (self->phrases);
  g_ptr_array_unref (self->titles);
  g_ptr_array_unref (self->surnames);
  g_ptr_array_unref (self->symbols);
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

static gboolean
load_types (SohoaLists *self, const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, TYPES_FILE, NULL);
  g_autoptr(SohoaConf) conf = sohoa_conf_load (path, FALSE, error);
  g_autofree char *source = NULL, *date = NULL;
  g_auto(GStrv) sections = NULL;

  if (conf == NULL)
    return FALSE;
  (void) sohoa_conf_take_int (conf, LIST_SECTION, "version", 1, 1, 1);
  source = sohoa_conf_take_string (conf, LIST_SECTION, "source", "");
  date = sohoa_conf_take_string (conf, LIST_SECTION, "date", "");
  self->version = g_strdup_printf ("%s, %s", source, date);
  sections = sohoa_conf_get_sections (conf);
  for (guint i = 0; sections[i] != NULL; i++)
    if (!g_str_equal (sections[i], LIST_SECTION))
      take_type (conf, sections[i], self);
  if (!sohoa_conf_finish (conf, error))
    return FALSE;
  if (self->types->len > 0)
    return TRUE;
  g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_CONFIG,
               TYPES_FILE ": no document type in it: put back the installed file");
  return FALSE;
}

static void
take_phrases (SohoaConf *conf, const char *section, const char *key, GPtrArray *out)
{
  g_auto(GStrv) names = sohoa_conf_take_list (conf, section, key);

  for (guint i = 0; names[i] != NULL; i++) {
    g_autofree char *clean = sohoa_text_squeeze (names[i]);
    SohoaPhrase *phrase;

    if (clean[0] == '\0')
      continue;
    phrase = g_new0 (SohoaPhrase, 1);
    phrase->name = g_strdup (clean);
    phrase->text = g_utf8_strdown (clean, -1);
    phrase->fold = sohoa_text_fold (clean);
    phrase->words = g_strsplit (phrase->text, " ", -1);
    phrase->folds = g_strsplit (phrase->fold, " ", -1);
    phrase->n = g_strv_length (phrase->words);
    phrase->place = g_str_equal (section, "places");
    g_ptr_array_add (out, phrase);
  }
}

static int
longer_first (gconstpointer a, gconstpointer b)
{
  const SohoaPhrase *s = *(SohoaPhrase *const *) a, *t = *(SohoaPhrase *const *) b;

  return (int) t->n - (int) s->n;
}

static gboolean
load_words (SohoaLists *self, const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, WORDS_FILE, NULL);
  g_autoptr(SohoaConf) conf = sohoa_conf_load (path, FALSE, error);

  if (conf == NULL)
    return FALSE;
  (void) sohoa_conf_take_int (conf, LIST_SECTION, "version", 1, 1, 1);
  g_free (sohoa_conf_take_string (conf, LIST_SECTION, "source", ""));
  g_free (sohoa_conf_take_string (conf, LIST_SECTION, "date", ""));
  take_phrases (conf, "bodies", "starts", self->body_starts);
  take_phrases (conf, "bodies", "open", self->body_open);
  take_phrases (conf, "bodies", "phrases", self->phrases);
  take_phrases (conf, "places", "names", self->phrases);
  take_phrases (conf, "titles", "names", self->titles);
  take_phrases (conf, "surnames", "names", self->surnames);
  take_phrases (conf, "symbols", "names", self->symbols);
  g_ptr_array_sort (self->phrases, longer_first);
  g_ptr_array_sort (self->titles, longer_first);
  return sohoa_conf_finish (conf, error);
}

SohoaLists *
sohoa_lists_load_folder (const char *folder, GError **error)
{
  g_autoptr(SohoaLists) self = g_new0 (SohoaLists, 1);

  self->types = g_ptr_array_new_with_free_func (type_free);
  self->body_starts = g_ptr_array_new_with_free_func (phrase_free);
  self->body_open = g_ptr_array_new_with_free_func (phrase_free);
  self->phrases = g_ptr_array_new_with_free_func (phrase_free);
  self->titles = g_ptr_array_new_with_free_func (phrase_free);
  self->symbols = g_ptr_array_new_with_free_func (phrase_free);
  self->surnames = g_ptr_array_new_with_free_func (phrase_free);
  if (!load_types (self, folder, error) || !load_words (self, folder, error))
    return NULL;
  return g_steal_pointer (&self);
}

SohoaLists *
sohoa_lists_load (GError **error)
{
  g_autofree char *folder = sohoa_path_data (LIST_FOLDER);

  return sohoa_lists_load_folder (folder, error);
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
