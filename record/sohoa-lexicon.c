#include "sohoa-lexicon.h"

#include "sohoa-text.h"

#include <string.h>

#define ROW_TYPE "a(ssas)" /* value, beside it, ids of the documents that taught it */
#define ROW_MAX_BYTES (256u * 1024)
/* A signer's name that was read with so few wrong letters is a known one, when it is long enough to tell. */
#define NAME_SLIPS 2u
#define NAME_MIN_CHARS 8
#define UNIT_MIN_DOCUMENTS 2u /* one paper is no custom */

typedef struct {
  char  *value, *beside; /* (owned) */
  char **ids;            /* (owned) */
} Entry;

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  g_free (entry->value);
  g_free (entry->beside);
  g_strfreev (entry->ids);
  g_free (entry);
}

/* ---- rows ---- */

/* A text that is no row of ours is an empty row: the lexicon is a help, not a record. */
static GPtrArray *
load_row (const SohoaLexiconRows *rows, const char *name)
{
  GPtrArray *out = g_ptr_array_new_with_free_func (entry_free);
  g_autofree char *text = rows->get (rows->data, name);
  g_autoptr(GVariant) row = text != NULL && strlen (text) <= ROW_MAX_BYTES
                              ? g_variant_parse (G_VARIANT_TYPE (ROW_TYPE), text, NULL, NULL, NULL)
                              : NULL;
  GVariantIter iter;
  const char *value, *beside;
  char **ids;

  if (row == NULL)
    return out;
  g_variant_iter_init (&iter, row);
  while (g_variant_iter_next (&iter, "(&s&s^as)", &value, &beside, &ids)) {
    Entry *entry = g_new0 (Entry, 1);

    entry->value = g_strdup (value);
    entry->beside = g_strdup (beside);
    entry->ids = ids;
    g_ptr_array_add (out, entry);
  }
  return out;
}

static gboolean
save_row (const SohoaLexiconRows *rows, const char *name, const GPtrArray *entries, GError **error)
{
  g_autoptr(GVariant) row = NULL;
  g_autofree char *text = NULL;
  GVariantBuilder b;

  if (entries->len == 0)
    return rows->set (rows->data, name, NULL, error);
  g_variant_builder_init (&b, G_VARIANT_TYPE (ROW_TYPE));
  for (guint i = 0; i < entries->len; i++) {
    const Entry *entry = g_ptr_array_index (entries, i);

    g_variant_builder_add (&b, "(ss^as)", entry->value, entry->beside, entry->ids);
  }
  row = g_variant_ref_sink (g_variant_builder_end (&b));
  text = g_variant_print (row, FALSE);
  return rows->set (rows->data, name, text, error);
}

static Entry *
find_entry (const GPtrArray *entries, const char *value, const char *beside, guint *at)
{
  for (guint i = 0; i < entries->len; i++) {
    Entry *entry = g_ptr_array_index (entries, i);

    *at = i;
    if (g_str_equal (entry->value, value) && g_str_equal (entry->beside, beside))
      return entry;
  }
  return NULL;
}

static void
drop_least_used (GPtrArray *entries)
{
  guint least = 0;

  for (guint i = 1; i < entries->len; i++)
    if (g_strv_length (((Entry *) g_ptr_array_index (entries, i))->ids)
        < g_strv_length (((Entry *) g_ptr_array_index (entries, least))->ids))
      least = i;
  g_ptr_array_remove_index (entries, least);
}

/* ---- learning ---- */

typedef struct {
  const SohoaLexiconRows *rows;
  const char *id;
  gboolean    in; /* learn, else forget */
} Lesson;

static void
add_id (Entry *entry, const char *id)
{
  guint n = g_strv_length (entry->ids);

  if (n >= SOHOA_LEXICON_IDS_MAX || g_strv_contains ((const char *const *) entry->ids, id))
    return;
  entry->ids = g_renew (char *, entry->ids, n + 2);
  entry->ids[n] = g_strdup (id);
  entry->ids[n + 1] = NULL;
}

static void
remove_id (Entry *entry, const char *id)
{
  guint kept = 0;

  for (guint i = 0; entry->ids[i] != NULL; i++) {
    char *other = entry->ids[i];

    if (g_str_equal (other, id))
      g_free (other);
    else
      entry->ids[kept++] = other;
  }
  entry->ids[kept] = NULL;
}

static gboolean
note (const Lesson *lesson, const char *name, const char *value, const char *beside, GError **error)
{
  g_autoptr(GPtrArray) entries = load_row (lesson->rows, name);
  guint at = 0;
  Entry *entry = find_entry (entries, value, beside, &at);

  if (entry == NULL && !lesson->in)
    return TRUE;
  if (entry == NULL) {
    if (entries->len >= SOHOA_LEXICON_ROW_MAX)
      drop_least_used (entries);
    entry = g_new0 (Entry, 1);
    entry->value = g_strdup (value);
    entry->beside = g_strdup (beside);
    entry->ids = g_new0 (char *, 1);
    at = entries->len;
    g_ptr_array_add (entries, entry);
  }
  if (lesson->in)
    add_id (entry, lesson->id);
  else
    remove_id (entry, lesson->id);
  if (entry->ids[0] == NULL)
    g_ptr_array_remove_index (entries, at);
  return save_row (lesson->rows, name, entries, error);
}

/* What the machine had read where a person's value stands now; NULL when there was nothing. */
static const char *
reading_of (const SohoaField *field)
{
  for (guint i = 0; field->history != NULL && i < field->history->len; i++) {
    const SohoaFieldChange *change = g_ptr_array_index (field->history, i);

    if (g_strcmp0 (change->source, "ocr") == 0 && change->value[0] != '\0')
      return change->value;
  }
  return NULL;
}

static char *
alias_row (const char *reading)
{
  g_autofree char *folded = sohoa_text_fold (reading);

  return g_strconcat ("organ\n", folded, NULL);
}

static char *
signer_row (const SohoaRecord *record)
{
  g_autofree char *organ = sohoa_text_fold (sohoa_record_value (record, "OrganName"));

  return organ[0] != '\0' ? g_strconcat ("signer\n", organ, NULL) : NULL;
}

static char *
unit_row (const SohoaRecord *record)
{
  g_autofree char *organ = sohoa_text_fold (sohoa_record_value (record, "OrganName"));
  g_autofree char *type = sohoa_text_fold (sohoa_record_value (record, "TypeName"));

  return organ[0] != '\0' && type[0] != '\0' ? g_strconcat ("unit\n", organ, "\n", type, NULL) : NULL;
}

static gboolean
is_of_person (const SohoaField *field)
{
  return field != NULL && field->value[0] != '\0' && g_strcmp0 (field->source, "person") == 0;
}

static gboolean
teach (const Lesson *lesson, const SohoaRecord *record, GError **error)
{
  const SohoaField *organ = sohoa_record_peek_field (record, "OrganName");
  const SohoaField *places = sohoa_record_peek_field (record, "ToPlaces");
  const char *reading = is_of_person (organ) ? reading_of (organ) : NULL, *name = sohoa_record_value (record, "FullName");
  g_autofree char *alias = reading != NULL && !g_str_equal (reading, organ->value) ? alias_row (reading) : NULL;
  g_autofree char *signer = name[0] != '\0' ? signer_row (record) : NULL;
  g_autofree char *unit = is_of_person (places) ? unit_row (record) : NULL;

  if (sohoa_type_is_petition (sohoa_record_value (record, "TypeName")))
    return TRUE;
  return (alias == NULL || note (lesson, alias, organ->value, "", error))
         && (signer == NULL || note (lesson, signer, name, sohoa_record_value (record, "Position"), error))
         && (unit == NULL || note (lesson, unit, places->value, "", error));
}

gboolean
sohoa_lexicon_learn (const SohoaLexiconRows *rows, const SohoaRecord *record, const char *id, GError **error)
{
  Lesson lesson = { rows, id, TRUE };

  return teach (&lesson, record, error);
}

gboolean
sohoa_lexicon_forget (const SohoaLexiconRows *rows, const SohoaRecord *record, const char *id, GError **error)
{
  Lesson lesson = { rows, id, FALSE };

  return teach (&lesson, record, error);
}

/* ---- proposing ---- */

/* The entry that most documents taught; NULL when there is none or two share that place. */
static const Entry *
most_used (const GPtrArray *entries)
{
  const Entry *best = NULL;
  guint most = 0;
  gboolean alone = FALSE;

  for (guint i = 0; i < entries->len; i++) {
    const Entry *entry = g_ptr_array_index (entries, i);
    guint n = g_strv_length (entry->ids);

    if (n >= most) {
      alone = n > most;
      most = n;
      best = entry;
    }
  }
  return alone ? best : NULL;
}

static gboolean
is_open (const SohoaField *field)
{
  return field == NULL || field->value[0] == '\0'
         || (field->confidence < SOHOA_CONFIDENCE_CLAIMED && g_strcmp0 (field->source, "ocr") == 0);
}

static void
put (SohoaRecord *record, const char *key, const char *value, const char *rule)
{
  SohoaField *field = sohoa_record_peek_field (record, key);

  if (field != NULL && g_str_equal (field->value, value))
    return; /* a person reads it all the same: that others were right before does not make it surer */
  if (field != NULL && field->value[0] != '\0')
    sohoa_field_remember (field, field->value, field->confidence, field->source, field->by, field->at);
  field = sohoa_record_set_field (record, key, value, SOHOA_LEXICON_CONFIDENCE, SOHOA_LEXICON_SOURCE);
  g_free (field->rule);
  field->rule = g_strdup (rule);
}

static void
propose_organ (const SohoaLexiconRows *rows, SohoaRecord *record)
{
  const SohoaField *organ = sohoa_record_peek_field (record, "OrganName");
  g_autofree char *row = organ != NULL && organ->value[0] != '\0' && is_open (organ) ? alias_row (organ->value) : NULL;
  g_autoptr(GPtrArray) entries = row != NULL ? load_row (rows, row) : NULL;
  const Entry *entry = entries != NULL ? most_used (entries) : NULL;

  if (entry != NULL)
    put (record, "OrganName", entry->value, "lexicon.alias");
}

/* The known signer whose name was read nearly so; NULL when none or several are as near. */
static const Entry *
nearest_signer (const GPtrArray *entries, const char *read)
{
  g_autofree char *folded = sohoa_text_fold (read);
  const Entry *best = NULL;
  guint least = G_MAXUINT;
  gboolean alone = FALSE;

  for (guint i = 0; i < entries->len; i++) {
    const Entry *entry = g_ptr_array_index (entries, i);
    g_autofree char *known = sohoa_text_fold (entry->value);
    guint away = sohoa_text_distance (folded, known);

    if (away > NAME_SLIPS || (away > 0 && g_utf8_strlen (known, -1) < NAME_MIN_CHARS))
      continue;
    /* one person with two positions is one person */
    if (away < least || (away == least && best != NULL && g_str_equal (best->value, entry->value))) {
      alone = TRUE;
      if (away < least || g_strv_length (entry->ids) > g_strv_length (best->ids))
        best = entry;
    } else if (away == least) {
      alone = FALSE;
    }
    least = MIN (least, away);
  }
  return alone ? best : NULL;
}

static void
propose_signer (const SohoaLexiconRows *rows, SohoaRecord *record)
{
  const SohoaField *name = sohoa_record_peek_field (record, "FullName");
  g_autofree char *row = name != NULL && name->value[0] != '\0' ? signer_row (record) : NULL;
  g_autoptr(GPtrArray) entries = row != NULL ? load_row (rows, row) : NULL;
  const Entry *entry = entries != NULL ? nearest_signer (entries, name->value) : NULL;

  if (entry == NULL)
    return;
  if (is_open (name))
    put (record, "FullName", entry->value, "lexicon.signer");
  if (entry->beside[0] != '\0' && *sohoa_record_value (record, "Position") == '\0')
    put (record, "Position", entry->beside, "lexicon.signer");
}

static void
propose_unit (const SohoaLexiconRows *rows, SohoaRecord *record)
{
  g_autofree char *row = is_open (sohoa_record_peek_field (record, "ToPlaces")) ? unit_row (record) : NULL;
  g_autoptr(GPtrArray) entries = row != NULL ? load_row (rows, row) : NULL;
  const Entry *entry = entries != NULL ? most_used (entries) : NULL;

  if (entry != NULL && g_strv_length (entry->ids) >= UNIT_MIN_DOCUMENTS)
    put (record, "ToPlaces", entry->value, "lexicon.unit");
}

void
sohoa_lexicon_propose (const SohoaLexiconRows *rows, SohoaRecord *record)
{
  if (sohoa_type_is_petition (sohoa_record_value (record, "TypeName")))
    return;
  propose_organ (rows, record);
  propose_signer (rows, record);
  propose_unit (rows, record);
}
