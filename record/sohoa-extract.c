#include "sohoa-extract-private.h"

#include "sohoa-copy.h"
#include "sohoa-text.h"

#include <string.h>

#define EDGE_PAGES 200 /* of a longer document only so many first and last pages are looked at */
#define VIETNAMESE_SHARE 0.05 /* of the letters bear Vietnamese marks */

void
sohoa_record_update_needs_person (SohoaRecord *record, const SohoaProfile *profile)
{
  static const char *const usual[] = { "TypeName", "CodeNumber", "CodeNotation", "IssuedDate", "OrganName",
                                       "Subject", "FullName", NULL };
  const char *const *keys = profile != NULL ? (const char *const *) profile->mandatory : usual;
  double claim = profile != NULL ? profile->claim : SOHOA_CONFIDENCE_CLAIMED;

  g_ptr_array_set_size (record->needs_person, 0);
  for (guint i = 0; keys[i] != NULL; i++) {
    const SohoaField *field = sohoa_record_peek_field (record, keys[i]);

    if (field == NULL || field->value[0] == '\0' || field->confidence < claim)
      g_ptr_array_add (record->needs_person, g_strdup (keys[i]));
  }
}

/* What was read or set by a rule may be read again; what a person or another system said stays. */
static gboolean
is_ours (const SohoaField *field)
{
  static const char *const ours[] = { "", "ocr", "file", "profile", NULL };

  return field == NULL || field->source == NULL || g_strv_contains (ours, field->source);
}

static void
set_box (SohoaField *field, const SohoaView *view, GPtrArray *tokens)
{
  double dpi = view->layer->dpi > 0 ? view->layer->dpi : view->layer->width_px * 25.4 / SOHOA_PAGE_WIDTH_MM;
  double x0 = G_MAXDOUBLE, y0 = G_MAXDOUBLE, x1 = 0, y1 = 0;
  g_autoptr(GString) raw = g_string_new (NULL);

  for (guint i = 0; i < tokens->len; i++) {
    const SohoaToken *t = g_ptr_array_index (tokens, i);

    x0 = MIN (x0, t->box.x);
    y0 = MIN (y0, t->box.y);
    x1 = MAX (x1, t->box.x + t->box.w);
    y1 = MAX (y1, t->box.y + t->box.h);
    g_string_append_printf (raw, "%s%s", i > 0 ? " " : "", t->text);
  }
  field->page = view->page;
  field->box_mm[0] = x0 * 25.4 / dpi;
  field->box_mm[1] = y0 * 25.4 / dpi;
  field->box_mm[2] = (x1 - x0) * 25.4 / dpi;
  field->box_mm[3] = (y1 - y0) * 25.4 / dpi;
  g_free (field->raw);
  field->raw = g_string_free (g_steal_pointer (&raw), FALSE);
}

SohoaField *
sohoa_sheet_set (SohoaSheet *self, const char *key, const char *value, double confidence, const SohoaView *view,
                 GPtrArray *tokens, const char *rule)
{
  SohoaField *field = sohoa_record_peek_field (self->record, key);
  g_autofree char *clean = NULL;

  if (!is_ours (field))
    return NULL;
  clean = sohoa_text_nfc (value);
  field = sohoa_record_set_field (self->record, key, clean, CLAMP (confidence, 0, 1), "ocr");
  field->handwritten = FALSE;
  g_free (field->rule);
  field->rule = g_strdup (rule);
  if (view != NULL && tokens != NULL && tokens->len > 0)
    set_box (field, view, tokens);
  return field;
}

/* Fields of an earlier reading go, so that what is not found any more does not stay. */
static void
forget_reading (SohoaRecord *record)
{
  for (guint i = 0; i < record->fields->len;) {
    const SohoaField *field = g_ptr_array_index (record->fields, i);

    if (g_strcmp0 (field->source, "ocr") == 0)
      (void) g_ptr_array_remove_index (record->fields, i);
    else
      i++;
  }
}

static void
set_language (SohoaSheet *self)
{
  guint letters = 0, marked = 0;

  for (guint i = self->main_first; i <= self->main_last && i < self->views->len; i++) {
    const SohoaView *view = g_ptr_array_index (self->views, i);

    for (guint k = 0; view != NULL && k < view->tokens->len; k++)
      for (const char *p = ((SohoaToken *) view->tokens->pdata[k])->text; *p != '\0'; p = g_utf8_next_char (p)) {
        gunichar c = g_utf8_get_char (p);

        letters += g_unichar_isalpha (c) ? 1 : 0;
        marked += g_unichar_isalpha (c) && c > 127 ? 1 : 0;
      }
  }
  if (letters > 0)
    (void) sohoa_sheet_set (self, "Language", "Tiếng Việt", marked > letters * VIETNAMESE_SHARE ? 0.99 : 0.3, NULL,
                            NULL, "text.marks");
}

/* What is counted, not read. */
static void
set_page_amount (SohoaSheet *self)
{
  g_autofree char *value = NULL;
  guint pages = 0;
  SohoaField *field;

  for (guint i = 0; i < self->record->pages->len; i++)
    pages += sohoa_record_peek_page (self->record, i)->blank ? 0 : 1;
  if (pages == 0)
    pages = self->views->len;
  value = g_strdup_printf ("%u", pages);
  field = sohoa_sheet_set (self, "PageAmount", value, 1, NULL, NULL, "count");
  if (field != NULL) {
    g_free (field->source);
    field->source = g_strdup ("file");
  }
}

static int
compare_fields (gconstpointer a, gconstpointer b)
{
  const SohoaField *s = *(SohoaField *const *) a, *t = *(SohoaField *const *) b;
  const char *const *keys = sohoa_field_keys ();
  int i = 0, k = 0;

  while (keys[i] != NULL && !g_str_equal (keys[i], s->key))
    i++;
  while (keys[k] != NULL && !g_str_equal (keys[k], t->key))
    k++;
  return i - k;
}

static void
sheet_clear (SohoaSheet *self)
{
  g_clear_pointer (&self->head.left, g_ptr_array_unref);
  g_clear_pointer (&self->head.right, g_ptr_array_unref);
  g_clear_pointer (&self->head.below, g_ptr_array_unref);
  g_clear_pointer (&self->type_abbreviation, g_free);
  g_ptr_array_unref (self->views);
}

void
sohoa_extract_fields (GPtrArray *layers, SohoaRecord *record, const SohoaExtractOptions *options)
{
  SohoaSheet sheet = { .record = record, .options = options };

  forget_reading (record);
  sheet.views = g_ptr_array_new_with_free_func ((GDestroyNotify) sohoa_view_free);
  for (guint i = 0; i < layers->len; i++) {
    const SohoaTextLayer *layer = g_ptr_array_index (layers, i);
    gboolean edge = i < EDGE_PAGES || i + EDGE_PAGES >= layers->len;

    g_ptr_array_add (sheet.views, layer != NULL && edge ? sohoa_view_new (layer, i + 1) : NULL);
  }
  sohoa_sheet_read_head (&sheet);
  sohoa_sheet_find_stamp (&sheet);
  sohoa_sheet_find_type (&sheet);
  sohoa_sheet_read_number (&sheet);
  sohoa_sheet_read_subject (&sheet);
  sohoa_sheet_read_signer (&sheet);
  sohoa_sheet_read_stamps (&sheet);
  sohoa_sheet_read_text (&sheet);
  sohoa_sheet_find_gaps (&sheet);
  set_language (&sheet);
  set_page_amount (&sheet);
  sohoa_copy_form_update (record);
  g_ptr_array_sort (record->fields, compare_fields);
  sohoa_record_update_needs_person (record, options->profile);
  sheet_clear (&sheet);
}
