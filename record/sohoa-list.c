#include "sohoa-list.h"

#include "sohoa-conf.h"
#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-text.h"

#define LIST_FOLDER "lists"
#define TYPES_FILE "document-types.conf"
#define WORDS_FILE "words.conf"
#define FAMILIES_FILE "families.conf"
#define CODES_FILE "codes.conf"
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
sohoa_phrase_free (SohoaPhrase *phrase)
{
  g_free (phrase->name);
  g_free (phrase->text);
  g_free (phrase->fold);
  g_strfreev (phrase->words);
  g_strfreev (phrase->folds);
  g_free (phrase);
}

SohoaPhrase *
sohoa_phrase_new (const char *name)
{
  SohoaPhrase *phrase = g_new0 (SohoaPhrase, 1);

  phrase->name = sohoa_text_squeeze (name);
  phrase->text = g_utf8_strdown (phrase->name, -1);
  phrase->fold = sohoa_text_fold (phrase->name);
  phrase->words = g_strsplit (phrase->text, " ", -1);
  phrase->folds = g_strsplit (phrase->fold, " ", -1);
  phrase->n = g_strv_length (phrase->words);
  return phrase;
}

static GPtrArray *
phrases_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) sohoa_phrase_free);
}

static void
family_free (gpointer data)
{
  SohoaFamily *family = data;

  g_free (family->name);
  g_ptr_array_unref (family->titles);
  g_ptr_array_unref (family->bodies);
  g_ptr_array_unref (family->types);
  g_ptr_array_unref (family->type_starts);
  g_free (family);
}

static void
code_free (gpointer data)
{
  SohoaCode *code = data;

  g_free (code->code);
  g_free (code->name);
  g_free (code);
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
  g_ptr_array_unref (self->safe_words);
  g_ptr_array_unref (self->titles);
  g_ptr_array_unref (self->surnames);
  g_ptr_array_unref (self->middle_names);
  g_ptr_array_unref (self->given_names);
  g_ptr_array_unref (self->symbols);
  g_ptr_array_unref (self->families);
  g_hash_table_unref (self->codes);
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
  type->edxml_type = sohoa_conf_take_int (conf, name, "edxml-type", 0, 0, 99);
  type->administrative = sohoa_conf_take_bool (conf, name, "administrative", FALSE);
  g_ptr_array_add (lists->types, type);
}

/* Every data file says what it is and where it comes from. */
static void
take_heading (SohoaConf *conf)
{
  (void) sohoa_conf_take_int (conf, LIST_SECTION, "version", 1, 1, 1);
  g_free (sohoa_conf_take_string (conf, LIST_SECTION, "source", ""));
  g_free (sohoa_conf_take_string (conf, LIST_SECTION, "date", ""));
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
    phrase = sohoa_phrase_new (clean);
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
  take_heading (conf);
  take_phrases (conf, "bodies", "starts", self->body_starts);
  take_phrases (conf, "bodies", "open", self->body_open);
  take_phrases (conf, "bodies", "phrases", self->phrases);
  take_phrases (conf, "bodies", "safe", self->safe_words);
  take_phrases (conf, "places", "names", self->phrases);
  take_phrases (conf, "titles", "names", self->titles);
  take_phrases (conf, "surnames", "names", self->surnames);
  take_phrases (conf, "surnames", "middle", self->middle_names);
  take_phrases (conf, "surnames", "given", self->given_names);
  take_phrases (conf, "symbols", "names", self->symbols);
  g_ptr_array_sort (self->phrases, longer_first);
  g_ptr_array_sort (self->titles, longer_first);
  return sohoa_conf_finish (conf, error);
}

/* "Đơn|giấy đề nghị" → the type's name and the words it begins with. */
static void
take_type_starts (SohoaConf *conf, SohoaFamily *family)
{
  g_auto(GStrv) names = sohoa_conf_take_list (conf, family->name, "types");

  for (guint i = 0; names[i] != NULL; i++) {
    g_auto(GStrv) pair = g_strsplit (names[i], "|", 2);

    if (g_strv_length (pair) != 2 || pair[0][0] == '\0' || pair[1][0] == '\0') {
      sohoa_conf_refuse (conf, family->name, "types", "\"Name|first words\" is wanted, not the word alone");
      return;
    }
    g_ptr_array_add (family->types, g_strdup (g_strstrip (pair[0])));
    g_ptr_array_add (family->type_starts, sohoa_phrase_new (pair[1]));
  }
}

static gboolean
load_families (SohoaLists *self, const char *folder, GError **error)
{
  static const char *const numbers[] = { "slash", "dash", "none", NULL };
  g_autofree char *path = g_build_filename (folder, FAMILIES_FILE, NULL);
  g_autoptr(SohoaConf) conf = sohoa_conf_load (path, FALSE, error);
  g_auto(GStrv) sections = NULL;

  if (conf == NULL)
    return FALSE;
  take_heading (conf);
  sections = sohoa_conf_get_sections (conf);
  for (guint i = 0; sections[i] != NULL; i++) {
    SohoaFamily *family;

    if (g_str_equal (sections[i], LIST_SECTION))
      continue;
    family = g_new0 (SohoaFamily, 1);
    family->name = g_strdup (sections[i]);
    family->titles = phrases_new ();
    family->bodies = phrases_new ();
    family->types = g_ptr_array_new_with_free_func (g_free);
    family->type_starts = phrases_new ();
    g_ptr_array_add (self->families, family);
    take_phrases (conf, family->name, "titles", family->titles);
    take_phrases (conf, family->name, "bodies", family->bodies);
    take_type_starts (conf, family);
    family->numbers = (SohoaNumbers) sohoa_conf_take_word (conf, family->name, "numbers", numbers, 0);
    family->offset_mm = sohoa_conf_take_int (conf, family->name, "offset-mm", 0, 0, 50);
    if (family->titles->len == 0)
      sohoa_conf_refuse (conf, family->name, "titles", "a family needs the title its header shows");
  }
  return sohoa_conf_finish (conf, error);
}

static gboolean
load_codes (SohoaLists *self, const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, CODES_FILE, NULL);
  g_autoptr(SohoaConf) conf = sohoa_conf_load (path, FALSE, error);
  g_auto(GStrv) sections = NULL;

  if (conf == NULL)
    return FALSE;
  take_heading (conf);
  sections = sohoa_conf_get_sections (conf);
  for (guint i = 0; sections[i] != NULL; i++) {
    GPtrArray *codes;
    g_auto(GStrv) rows = NULL;

    if (g_str_equal (sections[i], LIST_SECTION))
      continue;
    codes = g_ptr_array_new_with_free_func (code_free);
    g_hash_table_insert (self->codes, g_strdup (sections[i]), codes);
    g_free (sohoa_conf_take_string (conf, sections[i], "source", ""));
    rows = sohoa_conf_take_list (conf, sections[i], "codes");
    for (guint k = 0; rows[k] != NULL; k++) {
      g_auto(GStrv) pair = g_strsplit (rows[k], "|", 2);
      SohoaCode *code;

      if (g_strv_length (pair) != 2 || pair[0][0] == '\0' || pair[1][0] == '\0') {
        sohoa_conf_refuse (conf, sections[i], "codes", "\"code|name\" is wanted in every row");
        break;
      }
      code = g_new0 (SohoaCode, 1);
      code->code = g_strdup (pair[0]);
      code->name = g_strdup (pair[1]);
      g_ptr_array_add (codes, code);
    }
    if (codes->len == 0)
      sohoa_conf_refuse (conf, sections[i], "codes", "the list is empty");
  }
  return sohoa_conf_finish (conf, error);
}

SohoaLists *
sohoa_lists_load_folder (const char *folder, GError **error)
{
  g_autoptr(SohoaLists) self = g_new0 (SohoaLists, 1);

  self->types = g_ptr_array_new_with_free_func (type_free);
  self->body_starts = phrases_new ();
  self->body_open = phrases_new ();
  self->phrases = phrases_new ();
  self->safe_words = phrases_new ();
  self->titles = phrases_new ();
  self->symbols = phrases_new ();
  self->surnames = phrases_new ();
  self->middle_names = phrases_new ();
  self->given_names = phrases_new ();
  self->families = g_ptr_array_new_with_free_func (family_free);
  self->codes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
  if (!load_types (self, folder, error) || !load_words (self, folder, error) || !load_families (self, folder, error)
      || !load_codes (self, folder, error))
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

GPtrArray *
sohoa_lists_peek_codes (const SohoaLists *self, const char *list)
{
  return g_hash_table_lookup (self->codes, list);
}

const char *
sohoa_lists_peek_code_name (const SohoaLists *self, const char *list, const char *code)
{
  GPtrArray *codes = sohoa_lists_peek_codes (self, list);

  for (guint i = 0; codes != NULL && i < codes->len; i++)
    if (g_str_equal (((SohoaCode *) codes->pdata[i])->code, code))
      return ((SohoaCode *) codes->pdata[i])->name;
  return NULL;
}

const char *
sohoa_lists_peek_code (const SohoaLists *self, const char *list, const char *name)
{
  GPtrArray *codes = sohoa_lists_peek_codes (self, list);
  g_autofree char *wanted = sohoa_text_fold (name);

  for (guint i = 0; codes != NULL && i < codes->len; i++) {
    g_autofree char *have = sohoa_text_fold (((SohoaCode *) codes->pdata[i])->name);

    if (g_str_equal (have, wanted))
      return ((SohoaCode *) codes->pdata[i])->code;
  }
  return NULL;
}
