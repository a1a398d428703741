#include "sohoa-record.h"

#include "sohoa-text.h"

#include "sohoa-errors.h"
#include "sohoa-time.h"

#include <string.h>

#define SHORT_NUMBER_CHARS 12

static const char *const field_keys[] = {
  "OrganSuperior", "OrganName", "OrganId", "CodeNumber", "CodeNotation", "Place", "IssuedDate", "TypeName",
  "Subject", "Priority", "Competence", "Position", "FullName", "ToPlaces", "Language", "PageAmount",
  "SourceCopy", "CopyForm", "ArrivalBook", "ArrivalNumber", "ArrivalDate", "ArrivalTime", "DueDate",
  "ResponseFor", "MeetingTime", "MeetingPlace", "SphereOfPromulgation", "Description", "FileCode", "FileCatalog", "FileNotation", "DocOrdinal", "TraceHeaderList", NULL
};

const char *const *
sohoa_field_keys (void)
{
  return field_keys;
}

gboolean
sohoa_field_key_is_known (const char *key)
{
  return g_strv_contains (field_keys, key);
}

static void
change_free (gpointer data)
{
  SohoaFieldChange *c = data;

  g_free (c->value);
  g_free (c->source);
  g_free (c->by);
  g_free (c->at);
  g_free (c);
}

static void
field_free (gpointer data)
{
  SohoaField *f = data;

  g_free (f->key);
  g_free (f->value);
  g_free (f->source);
  g_free (f->raw);
  g_free (f->rule);
  g_free (f->by);
  g_free (f->at);
  g_clear_pointer (&f->history, g_ptr_array_unref);
  g_free (f);
}

static void
finding_free (gpointer data)
{
  SohoaPageFinding *f = data;

  g_free (f->what);
  g_free (f->reason);
  g_free (f);
}

static void
page_free (gpointer data)
{
  SohoaPageInfo *p = data;

  g_free (p->source);
  g_free (p->sha256);
  g_free (p->ocr_status);
  g_ptr_array_unref (p->flags);
  g_ptr_array_unref (p->findings);
  g_free (p);
}

static void
part_free (gpointer data)
{
  g_free (((SohoaPart *) data)->role);
  g_free (data);
}

SohoaRecord *
sohoa_record_new (void)
{
  SohoaRecord *self = g_new0 (SohoaRecord, 1);

  self->id = g_strdup ("");
  self->state = g_strdup ("");
  self->profile = g_strdup ("");
  self->secrecy = g_strdup ("");
  self->deviations = g_ptr_array_new_with_free_func (g_free);
  self->findings = g_ptr_array_new_with_free_func (g_free);
  self->parts = g_ptr_array_new_with_free_func (part_free);
  self->pages = g_ptr_array_new_with_free_func (page_free);
  self->fields = g_ptr_array_new_with_free_func (field_free);
  self->needs_person = g_ptr_array_new_with_free_func (g_free);
  return self;
}

void
sohoa_record_free (SohoaRecord *self)
{
  if (self == NULL)
    return;
  g_free (self->id);
  g_free (self->state);
  g_free (self->profile);
  g_free (self->secrecy);
  g_ptr_array_unref (self->deviations);
  g_ptr_array_unref (self->findings);
  g_ptr_array_unref (self->parts);
  g_ptr_array_unref (self->pages);
  g_ptr_array_unref (self->fields);
  g_ptr_array_unref (self->needs_person);
  g_free (self);
}

SohoaPageInfo *
sohoa_record_add_page (SohoaRecord *self)
{
  SohoaPageInfo *page = g_new0 (SohoaPageInfo, 1);

  page->index = self->pages->len + 1;
  page->source = g_strdup ("");
  page->source_page = 1;
  page->sha256 = g_strdup ("");
  page->ocr_status = g_strdup ("none");
  page->flags = g_ptr_array_new_with_free_func (g_free);
  page->findings = g_ptr_array_new_with_free_func (finding_free);
  g_ptr_array_add (self->pages, page);
  return page;
}

SohoaPart *
sohoa_record_add_part (SohoaRecord *self, const char *role, guint first_page, guint pages)
{
  SohoaPart *part = g_new0 (SohoaPart, 1);

  part->role = g_strdup (role);
  part->first_page = first_page;
  part->pages = pages;
  g_ptr_array_add (self->parts, part);
  return part;
}

SohoaPageInfo *
sohoa_record_peek_page (const SohoaRecord *self, guint i)
{
  return g_ptr_array_index (self->pages, i);
}

static void
add_once (GPtrArray *list, const char *text)
{
  if (!g_ptr_array_find_with_equal_func (list, text, g_str_equal, NULL))
    g_ptr_array_add (list, g_strdup (text));
}

void
sohoa_page_info_add_flag (SohoaPageInfo *self, const char *flag)
{
  add_once (self->flags, flag);
}

void
sohoa_page_info_add_finding (SohoaPageInfo *self, const char *what, double confidence, const char *reason)
{
  SohoaPageFinding *f = g_new0 (SohoaPageFinding, 1);

  f->what = g_strdup (what);
  f->confidence = CLAMP (confidence, 0, 1);
  f->reason = g_strdup (reason);
  g_ptr_array_add (self->findings, f);
}

void
sohoa_record_add_deviation (SohoaRecord *self, const char *text)
{
  add_once (self->deviations, text);
}

void
sohoa_record_drop_deviations (SohoaRecord *self, const char *prefix)
{
  for (guint i = self->deviations->len; i > 0; i--)
    if (g_str_has_prefix (g_ptr_array_index (self->deviations, i - 1), prefix))
      g_ptr_array_remove_index (self->deviations, i - 1);
}

void
sohoa_record_add_finding (SohoaRecord *self, const char *text)
{
  add_once (self->findings, text);
}

SohoaField *
sohoa_record_peek_field (const SohoaRecord *self, const char *key)
{
  for (guint i = 0; i < self->fields->len; i++) {
    SohoaField *field = g_ptr_array_index (self->fields, i);

    if (g_str_equal (field->key, key))
      return field;
  }
  return NULL;
}

const char *
sohoa_record_value (const SohoaRecord *self, const char *key)
{
  const SohoaField *field = sohoa_record_peek_field (self, key);

  return field != NULL ? field->value : "";
}

SohoaField *
sohoa_record_set_field (SohoaRecord *self, const char *key, const char *value, double confidence,
                        const char *source)
{
  SohoaField *field = sohoa_record_peek_field (self, key);

  if (field == NULL) {
    field = g_new0 (SohoaField, 1);
    field->key = g_strdup (key);
    field->raw = g_strdup ("");
    field->rule = g_strdup ("");
    g_ptr_array_add (self->fields, field);
  }
  g_free (field->value);
  g_free (field->source);
  field->value = g_strdup (value);
  field->confidence = confidence;
  field->source = g_strdup (source);
  return field;
}

void
sohoa_field_remember (SohoaField *field, const char *value, double confidence, const char *source, const char *by,
                      const char *at)
{
  SohoaFieldChange *change = g_new0 (SohoaFieldChange, 1);

  if (field->history == NULL)
    field->history = g_ptr_array_new_with_free_func (change_free);
  else if (field->history->len >= SOHOA_FIELD_HISTORY_MAX)
    g_ptr_array_remove_index (field->history, 1);
  change->value = g_strdup (value);
  change->confidence = confidence;
  change->source = g_strdup (source);
  change->by = g_strdup (by);
  change->at = g_strdup (at);
  g_ptr_array_add (field->history, change);
}

SohoaField *
sohoa_record_correct_field (SohoaRecord *self, const char *key, const char *value, const char *by, gint64 at_us)
{
  SohoaField *field = sohoa_record_peek_field (self, key);

  if (field != NULL && field->source[0] != '\0')
    sohoa_field_remember (field, field->value, field->confidence, field->source, field->by, field->at);
  field = sohoa_record_set_field (self, key, value, 1.0, "person");
  g_free (field->by);
  g_free (field->at);
  field->by = g_strdup (by);
  field->at = sohoa_time_to_iso (at_us);
  return field;
}

void
sohoa_field_copy_history (SohoaField *to, const SohoaField *from)
{
  g_free (to->by);
  g_free (to->at);
  to->by = g_strdup (from->by);
  to->at = g_strdup (from->at);
  for (guint i = 0; from->history != NULL && i < from->history->len; i++) {
    const SohoaFieldChange *c = g_ptr_array_index (from->history, i);

    sohoa_field_remember (to, c->value, c->confidence, c->source, c->by, c->at);
  }
}

/* ---- to JSON ---- */

static void
add_strings (JsonBuilder *b, const char *name, GPtrArray *list)
{
  json_builder_set_member_name (b, name);
  json_builder_begin_array (b);
  for (guint i = 0; i < list->len; i++)
    json_builder_add_string_value (b, g_ptr_array_index (list, i));
  json_builder_end_array (b);
}

static void
add_string (JsonBuilder *b, const char *name, const char *value)
{
  json_builder_set_member_name (b, name);
  json_builder_add_string_value (b, value);
}

static void
add_int (JsonBuilder *b, const char *name, gint64 value)
{
  json_builder_set_member_name (b, name);
  json_builder_add_int_value (b, value);
}

static void
add_bool (JsonBuilder *b, const char *name, gboolean value)
{
  json_builder_set_member_name (b, name);
  json_builder_add_boolean_value (b, value);
}

/* Decimals that mean something, so that 0.98 is not printed as 0.97999999999999998. */
static double
rounded (double value, int decimals)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];
  char format[8];

  g_snprintf (format, sizeof format, "%%.%df", decimals);
  g_ascii_formatd (text, sizeof text, format, value);
  return g_ascii_strtod (text, NULL);
}

static void
add_number (JsonBuilder *b, const char *name, double value, int decimals)
{
  double r = rounded (value, decimals);

  json_builder_set_member_name (b, name);
  if (r == (gint64) r)
    json_builder_add_int_value (b, (gint64) r);
  else
    json_builder_add_double_value (b, r);
}

/* Absent when there are none, as in records of earlier versions. */
static void
add_findings (JsonBuilder *b, const SohoaPageInfo *p)
{
  if (p->findings->len == 0)
    return;
  json_builder_set_member_name (b, "findings");
  json_builder_begin_array (b);
  for (guint i = 0; i < p->findings->len; i++) {
    const SohoaPageFinding *f = g_ptr_array_index (p->findings, i);

    json_builder_begin_object (b);
    add_string (b, "what", f->what);
    add_number (b, "confidence", f->confidence, 2);
    add_string (b, "reason", f->reason);
    json_builder_end_object (b);
  }
  json_builder_end_array (b);
}

static void
add_page (JsonBuilder *b, const SohoaPageInfo *p)
{
  json_builder_begin_object (b);
  add_int (b, "index", p->index);
  add_string (b, "source", p->source);
  add_int (b, "source_page", p->source_page);
  add_string (b, "sha256", p->sha256);
  add_int (b, "width_px", p->width_px);
  add_int (b, "height_px", p->height_px);
  add_number (b, "dpi", p->dpi, 1);
  add_int (b, "rotation", p->rotation);
  add_number (b, "skew_deg", p->skew_deg, 2);
  add_bool (b, "blank", p->blank);
  json_builder_set_member_name (b, "ocr");
  json_builder_begin_object (b);
  add_string (b, "status", p->ocr_status);
  add_int (b, "words", p->ocr_words);
  add_number (b, "confidence", p->ocr_confidence, 3);
  json_builder_end_object (b);
  add_strings (b, "flags", p->flags);
  add_findings (b, p);
  json_builder_end_object (b);
}

/* Priority is a number and ToPlaces an array (design.md 5); everything else is a string. */
static void
add_value (JsonBuilder *b, const SohoaField *f)
{
  json_builder_set_member_name (b, "value");
  if (g_str_equal (f->key, "Priority") && g_ascii_isdigit (f->value[0]) && f->value[1] == '\0') {
    json_builder_add_int_value (b, f->value[0] - '0');
    return;
  }
  if (g_str_equal (f->key, "ToPlaces")) {
    g_auto(GStrv) places = g_strsplit (f->value, "\n", -1);

    json_builder_begin_array (b);
    for (guint i = 0; places[i] != NULL; i++)
      if (places[i][0] != '\0')
        json_builder_add_string_value (b, places[i]);
    json_builder_end_array (b);
    return;
  }
  json_builder_add_string_value (b, f->value);
}

/* Absent when no person had a hand in it. */
static void
add_history (JsonBuilder *b, const SohoaField *f)
{
  if (f->by != NULL)
    add_string (b, "by", f->by);
  if (f->at != NULL)
    add_string (b, "at", f->at);
  if (f->history == NULL)
    return;
  json_builder_set_member_name (b, "history");
  json_builder_begin_array (b);
  for (guint i = 0; i < f->history->len; i++) {
    const SohoaFieldChange *c = g_ptr_array_index (f->history, i);

    json_builder_begin_object (b);
    add_string (b, "value", c->value);
    add_number (b, "confidence", c->confidence, 3);
    add_string (b, "source", c->source);
    if (c->by != NULL)
      add_string (b, "by", c->by);
    if (c->at != NULL)
      add_string (b, "at", c->at);
    json_builder_end_object (b);
  }
  json_builder_end_array (b);
}

static void
add_field (JsonBuilder *b, const SohoaField *f)
{
  json_builder_set_member_name (b, f->key);
  json_builder_begin_object (b);
  add_value (b, f);
  add_number (b, "confidence", f->confidence, 3);
  add_string (b, "source", f->source);
  add_bool (b, "handwritten", f->handwritten);
  add_int (b, "page", f->page);
  json_builder_set_member_name (b, "box_mm");
  json_builder_begin_array (b);
  for (int i = 0; i < 4; i++)
    json_builder_add_double_value (b, rounded (f->box_mm[i], 1));
  json_builder_end_array (b);
  add_string (b, "raw", f->raw);
  add_string (b, "rule", f->rule);
  add_history (b, f);
  json_builder_end_object (b);
}

static void
add_part (JsonBuilder *b, const SohoaPart *part)
{
  json_builder_begin_object (b);
  add_string (b, "role", part->role);
  add_int (b, "first_page", part->first_page);
  add_int (b, "pages", part->pages);
  json_builder_end_object (b);
}

JsonNode *
sohoa_record_to_node (const SohoaRecord *self)
{
  g_autoptr(JsonBuilder) b = json_builder_new ();

  json_builder_begin_object (b);
  add_string (b, "schema", SOHOA_RECORD_SCHEMA);
  add_string (b, "id", self->id);
  add_int (b, "revision", self->revision);
  add_string (b, "state", self->state);
  add_string (b, "profile", self->profile);
  add_bool (b, "original", self->original);
  add_strings (b, "deviations", self->deviations);
  json_builder_set_member_name (b, "parts");
  json_builder_begin_array (b);
  for (guint i = 0; i < self->parts->len; i++)
    add_part (b, g_ptr_array_index (self->parts, i));
  json_builder_end_array (b);
  json_builder_set_member_name (b, "pages");
  json_builder_begin_array (b);
  for (guint i = 0; i < self->pages->len; i++)
    add_page (b, sohoa_record_peek_page (self, i));
  json_builder_end_array (b);
  json_builder_set_member_name (b, "fields");
  json_builder_begin_object (b);
  for (guint i = 0; i < self->fields->len; i++)
    add_field (b, g_ptr_array_index (self->fields, i));
  json_builder_end_object (b);
  add_strings (b, "needs_person", self->needs_person);
  add_string (b, "secrecy", self->secrecy);
  add_strings (b, "findings", self->findings);
  json_builder_end_object (b);
  return json_builder_get_root (b);
}

/* json-glib prints 0.98 as 0.97999999999999998; every number of a record was rounded before, so that the
 * short form is the number that was meant. Strings are passed over. */
static char *
shorten_numbers (const char *json)
{
  GString *out = g_string_sized_new (strlen (json));
  gboolean in_string = FALSE;

  for (const char *p = json; *p != '\0';) {
    gsize n = in_string ? 0 : strspn (p, "-0123456789.");

    if (n > SHORT_NUMBER_CHARS && memchr (p, '.', n) != NULL) {
      char text[G_ASCII_DTOSTR_BUF_SIZE];

      g_string_append (out, g_ascii_formatd (text, sizeof text, "%.12g", g_ascii_strtod (p, NULL)));
    } else if (n > 0) {
      g_string_append_len (out, p, n);
    } else {
      if (*p == '"')
        in_string = !in_string;
      else if (in_string && *p == '\\')
        g_string_append_c (out, *p++);
      g_string_append_c (out, *p);
      n = 1;
    }
    p += n;
  }
  return g_string_free (out, FALSE);
}

char *
sohoa_record_to_json (const SohoaRecord *self, gboolean pretty)
{
  g_autoptr(JsonNode) root = sohoa_record_to_node (self);
  g_autofree char *json = json_to_string (root, pretty);

  return shorten_numbers (json);
}

gboolean
sohoa_type_is_petition (const char *type_name)
{
  static const char *const starts[] = { "don ", "thu khieu nai", "thu to cao", "thu kien nghi", "thu phan anh",
                                        "thu gop y", "don, thu" };
  g_autofree char *folded = type_name != NULL ? sohoa_text_fold (type_name) : g_strdup ("");

  if (g_str_equal (folded, "don") || g_str_equal (folded, "thu"))
    return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (starts); i++)
    if (g_str_has_prefix (folded, starts[i]))
      return TRUE;
  return FALSE;
}
