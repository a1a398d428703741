/* about: what a PDF says of itself beside its signatures, for a person who verifies it. */
#include "sohoa-worker.h"

#include "sohoa-pdf-about.h"

#include <json-glib/json-glib.h>

static void
put_text (JsonBuilder *b, const char *key, const char *value)
{
  json_builder_set_member_name (b, key);
  json_builder_add_string_value (b, value);
}

static void
put_number (JsonBuilder *b, const char *key, guint64 value)
{
  json_builder_set_member_name (b, key);
  json_builder_add_int_value (b, (gint64) value);
}

static void
put_facts (JsonBuilder *b, const GPtrArray *record)
{
  json_builder_set_member_name (b, "record");
  json_builder_begin_object (b);
  for (guint i = 0; i < record->len; i++) {
    const SohoaPdfFact *fact = record->pdata[i];

    put_text (b, fact->key, fact->value);
  }
  json_builder_end_object (b);
}

static void
put_shown (JsonBuilder *b, const GPtrArray *all)
{
  json_builder_set_member_name (b, "shown");
  json_builder_begin_array (b);
  for (guint i = 0; i < all->len; i++) {
    const SohoaPdfShown *shown = all->pdata[i];

    json_builder_begin_object (b);
    put_text (b, "field", shown->field);
    put_text (b, "text", shown->text);
    json_builder_end_object (b);
  }
  json_builder_end_array (b);
}

GVariant *
sohoa_op_about (SohoaWorker *self, const SohoaRequest *request, GError **error)
{
  g_autoptr(SohoaPdfAbout) about = NULL;
  g_autoptr(JsonBuilder) b = json_builder_new ();
  g_autoptr(JsonNode) root = NULL;
  g_autofree char *json = NULL;
  GVariantDict reply;

  (void) self;
  if (!sohoa_request_check (request, 1, error) || (about = sohoa_pdf_about_new (request->fds[0], error)) == NULL)
    return NULL;
  json_builder_begin_object (b);
  put_text (b, "pdfa", about->claim);
  put_text (b, "title", about->title);
  put_number (b, "pages", about->n_pages);
  put_number (b, "pages_looked_at", about->n_looked);
  put_number (b, "pages_with_text", about->n_with_text);
  put_number (b, "words", about->n_words);
  put_facts (b, about->record);
  put_shown (b, about->shown);
  json_builder_set_member_name (b, "attached");
  json_builder_begin_array (b);
  for (guint i = 0; i < about->attached->len; i++)
    json_builder_add_string_value (b, about->attached->pdata[i]);
  json_builder_end_array (b);
  json_builder_end_object (b);
  root = json_builder_get_root (b);
  json = json_to_string (root, FALSE);
  g_variant_dict_init (&reply, NULL);
  g_variant_dict_insert (&reply, "about", "s", json);
  return g_variant_dict_end (&reply);
}
