/* The archive's record of a document: names and codes by hand from domain.md 3.5; what the desk does not know stays empty
 * and is named; there and back. */
#include "sohoa-archive.h"
#include "sohoa-errors.h"
#include "sohoa-json.h"

static SohoaRecord *
record_new (const char *type)
{
  static const char *const fields[][2] = {
    { "CodeNumber", "152" }, { "CodeNotation", "QĐ-UBND" }, { "IssuedDate", "2026-11-20" }, { "OrganName", "UBND xã Ví Dụ" },
    { "Subject", "Về việc <thử> & \"dấu\"" }, { "Language", "Tiếng Việt" }, { "PageAmount", "3" }, { "Description", "bản giấy" },
  };
  SohoaRecord *record = sohoa_record_new ();

  g_free (record->id);
  record->id = g_strdup ("d1");
  (void) sohoa_record_set_field (record, "TypeName", type, 1, "person");
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    (void) sohoa_record_set_field (record, fields[i][0], fields[i][1], 1, "person");
  return record;
}

static void
test_codes (void)
{
  static const char *const want[][2] = {
    { "docId", "d1" }, { "docCode", "H31.98.01_QD_000021_V1" }, { "typeName", "02" }, { "codeNumber", "152" },
    { "codeNotation", "QĐ-UBND" }, { "issuedDate", "2026-11-20" }, { "organName", "UBND xã Ví Dụ" }, { "language", "01" },
    { "numberOfPage", "3" }, { "confidenceLevel", "02" }, { "riskRecovery", "0" }, { "maintenance", "" }, { "mode", "" },
    { "format", "" }, { "description", "bản giấy" },
  };
  g_autoptr(SohoaRecord) record = record_new ("Quyết định");
  g_auto(GStrv) missing = NULL;
  g_autofree char *json = sohoa_archive_to_json (record, "H31.98.01_QD_000021_V1", &missing, NULL);
  g_autoptr(JsonObject) object = sohoa_json_parse (json, -1);
  const char *const lacks[] = { "maintenance", "mode", NULL };

  g_assert_nonnull (object);
  for (guint i = 0; i < G_N_ELEMENTS (want); i++)
    g_assert_cmpstr (sohoa_json_string (object, want[i][0]), ==, want[i][1]);
  g_assert_cmpstrv (missing, lacks);
}

static void
test_round_trip (void)
{
  static const char *const types[] = { "Quyết định", "Công văn", "Giấy mời", "Thư công", "Nghị quyết" };
  for (guint i = 0; i < G_N_ELEMENTS (types); i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(SohoaRecord) record = record_new (types[i]);
    g_autofree char *json = sohoa_archive_to_json (record, NULL, NULL, NULL);
    g_autoptr(SohoaRecord) back = sohoa_archive_from_json (json, &error);

    g_assert_no_error (error);
    for (guint k = 0; k < record->fields->len; k++) {
      const SohoaField *field = g_ptr_array_index (record->fields, k);

      g_assert_cmpstr (sohoa_record_value (back, field->key), ==, field->value);
    }
    g_assert_cmpuint (back->fields->len, ==, record->fields->len);
  }
}

/* A type that TT05 has no code for is "Khác", and does not come back as another one. */
static void
test_other (void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(SohoaRecord) record = record_new ("Đơn");
  g_autofree char *json = sohoa_archive_to_json (record, NULL, NULL, NULL);
  g_autoptr(JsonObject) object = sohoa_json_parse (json, -1);
  g_autoptr(SohoaRecord) back = sohoa_archive_from_json (json, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (sohoa_json_string (object, "typeName"), ==, "32");
  g_assert_cmpstr (sohoa_record_value (back, "TypeName"), ==, "");
}

static void
test_refused (void)
{
  static const char *const bad[] = { "", "[]", "{", "{\"typeName\":\"77\"}", "{\"language\":\"99\"}" };
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr(GError) error = NULL;

    g_assert_null (sohoa_archive_from_json (bad[i], &error));
    g_assert_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/archive/codes", test_codes);
  g_test_add_func ("/archive/round-trip", test_round_trip);
  g_test_add_func ("/archive/other", test_other);
  g_test_add_func ("/archive/refused", test_refused);
  return g_test_run ();
}
