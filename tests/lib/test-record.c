#include "sohoa-errors.h"
#include "sohoa-record.h"

#include <string.h>

static SohoaRecord *
make_record (void)
{
  SohoaRecord *record = sohoa_record_new ();
  SohoaPageInfo *page = sohoa_record_add_page (record);
  SohoaField *field;

  g_free (record->profile);
  record->profile = g_strdup ("VN-ND30-2020");
  record->revision = 3;
  sohoa_record_add_deviation (record, "dpi: 150 < 200 (page 2)");
  sohoa_record_add_deviation (record, "dpi: 150 < 200 (page 2)");
  sohoa_record_add_part (record, "main", 1, 2);
  page->width_px = 2480;
  page->skew_deg = -0.4;
  page->dpi = 300;
  sohoa_page_info_add_flag (page, "gray");
  field = sohoa_record_set_field (record, "CodeNumber", "152", 0.98, "ocr");
  field->page = 1;
  field->box_mm[0] = 33.1;
  sohoa_record_set_field (record, "Priority", "4", 0.99, "ocr");
  sohoa_record_set_field (record, "ToPlaces", "Như trên\nLưu: VT", 0.9, "ocr");
  g_ptr_array_add (record->needs_person, g_strdup ("IssuedDate"));
  return record;
}

static JsonObject *
field_of (JsonNode *root, const char *key)
{
  return json_object_get_object_member (json_object_get_object_member (json_node_get_object (root), "fields"), key);
}

/* The shape is a contract: design.md 5. */
static void
test_shape (void)
{
  static const char *const order[] = { "schema", "id", "revision", "state", "profile", "original", "deviations",
                                       "parts", "pages", "fields", "needs_person", "secrecy", "findings", NULL };
  g_autoptr(SohoaRecord) record = make_record ();
  g_autoptr(JsonNode) root = sohoa_record_to_node (record);
  g_autoptr(GList) members = json_object_get_members (json_node_get_object (root));
  guint i = 0;

  for (GList *m = members; m != NULL; m = m->next, i++)
    g_assert_cmpstr (m->data, ==, order[i]);
  g_assert_null (order[i]);
  g_assert_cmpint (json_object_get_int_member (field_of (root, "Priority"), "value"), ==, 4);
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (field_of (root, "ToPlaces"), "value")), ==, 2);
  g_assert_cmpstr (json_object_get_string_member (field_of (root, "CodeNumber"), "value"), ==, "152");
  g_assert_cmpfloat (json_object_get_double_member (field_of (root, "CodeNumber"), "confidence"), ==, 0.98);
}

static void
test_round_trip (void)
{
  g_autoptr(SohoaRecord) record = make_record ();
  g_autoptr(GError) error = NULL;
  g_autofree char *json = sohoa_record_to_json (record, TRUE);
  g_autoptr(SohoaRecord) back = sohoa_record_from_json (json, -1, &error);
  g_autofree char *again = NULL;

  g_assert_no_error (error);
  again = sohoa_record_to_json (back, TRUE);
  g_assert_cmpstr (json, ==, again);
  g_assert_cmpuint (back->deviations->len, ==, 1);
  g_assert_cmpstr (sohoa_record_value (back, "ToPlaces"), ==, "Như trên\nLưu: VT");
  g_assert_cmpstr (sohoa_record_value (back, "Subject"), ==, "");
  g_assert_cmpfloat (sohoa_record_peek_page (back, 0)->skew_deg, ==, -0.4);
}

/* People and diffs read the JSON: 0.98 is 0.98, and a string of digits stays what it is. */
static void
test_numbers (void)
{
  g_autoptr(SohoaRecord) record = make_record ();
  g_autofree char *json = NULL;

  sohoa_record_set_field (record, "Subject", "\\\"0.97999999999999998", 0.98, "ocr");
  sohoa_record_peek_page (record, 0)->dpi = 200.1;
  json = sohoa_record_to_json (record, FALSE);
  g_assert_nonnull (strstr (json, "\"confidence\":0.98,"));
  g_assert_nonnull (strstr (json, "\"dpi\":200.1,"));
  g_assert_nonnull (strstr (json, "\"value\":\"\\\\\\\"0.97999999999999998\""));
}

static void
test_hostile (void)
{
  static const char *const rows[] = {
    "", "[]", "{}", "nonsense", "{\"schema\":\"sohoa.document/2\"}",
    "{\"schema\":\"sohoa.document/1\",\"revision\":-1}",
    "{\"schema\":\"sohoa.document/1\",\"revision\":1e300}",
    "{\"schema\":\"sohoa.document/1\",\"revision\":\"3\"}",
    "{\"schema\":\"sohoa.document/1\",\"pages\":{}}",
    "{\"schema\":\"sohoa.document/1\",\"pages\":[1]}",
    "{\"schema\":\"sohoa.document/1\",\"fields\":{\"Subject\":\"x\"}}",
    "{\"schema\":\"sohoa.document/1\",\"fields\":{\"Subject\":{}}}",
    "{\"schema\":\"sohoa.document/1\",\"fields\":{\"Subject\":{\"value\":\"x\",\"box_mm\":[1]}}}",
    "{\"schema\":\"sohoa.document/1\",\"deviations\":[1]}",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr(GError) error = NULL;

    g_assert_null (sohoa_record_from_json (rows[i], -1, &error));
    g_assert_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT);
  }
}

static void
test_keys (void)
{
  g_assert_true (sohoa_field_key_is_known ("OrganSuperior"));
  g_assert_false (sohoa_field_key_is_known ("organname"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/record/shape", test_shape);
  g_test_add_func ("/record/round-trip", test_round_trip);
  g_test_add_func ("/record/numbers", test_numbers);
  g_test_add_func ("/record/hostile", test_hostile);
  g_test_add_func ("/record/keys", test_keys);
  return g_test_run ();
}
