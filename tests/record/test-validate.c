#include "sohoa-copy.h"
#include "sohoa-validate.h"

#include "sohoa-errors.h"

#include <string.h>

static SohoaRecord *
good_record (void)
{
  static const char *const fields[][2] = {
    { "TypeName", "Công văn" }, { "CodeNumber", "152" }, { "CodeNotation", "UBND-VP" }, { "IssuedDate", "2026-11-20" },
    { "OrganName", "UBND xã Ví Dụ" }, { "Subject", "V/v thử" }, { "FullName", "Nguyễn Văn Mẫu" }, { "Priority", "0" },
    { "SourceCopy", "Bản chính" }, { "CopyForm", "Sao y" }, { "ArrivalDate", "2026-11-22" },
  };
  SohoaRecord *record = sohoa_record_new ();

  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    (void) sohoa_record_set_field (record, fields[i][0], fields[i][1], 1, "person");
  return record;
}

static const struct {
  const char *key, *value, *says; /* a part of the message */
} bad[] = {
  { "IssuedDate", "2026-02-31", "Ngày 31/02/2026 không có. Nhập lại ngày văn bản." },
  { "IssuedDate", "2026-11-25", "Ngày văn bản (25/11/2026) sau ngày đến (22/11/2026). Kiểm tra lại." },
  { "CodeNumber", "", "Văn bản chưa ghi số." },
  { "CodeNumber", "abc", "Số ghi chưa đúng" },
  { "CodeNotation", "QĐ;DROP", "Ký hiệu ghi chưa đúng" },
  { "Priority", "5", "Độ khẩn ghi chưa đúng" },
  { "FullName", "", "Chưa có Người ký" },
  { "FullName", "NNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNN", "Người ký dài quá 50 ký tự" },
  { "SourceCopy", "Bản phô tô",
    "Bản nhận là bản phô tô nên không lập bản Sao y được. Chọn Không lập bản sao, hoặc đổi Loại bản nhận." },
  { "SourceCopy", "Bản lạ", "Loại bản nhận ghi chưa đúng" },
  { "CopyForm", "Sao lục", "không lập bản Sao lục được" },
};

static void
test_bad (void)
{
  g_autoptr(SohoaRecord) good = good_record ();
  g_autoptr(GPtrArray) none = sohoa_record_validate (good, NULL, "2026-11-22");

  g_assert_cmpuint (none->len, ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr(SohoaRecord) record = good_record ();
    g_autoptr(GPtrArray) findings = NULL;
    gboolean found = FALSE;

    (void) sohoa_record_set_field (record, bad[i].key, bad[i].value, 1, "person");
    findings = sohoa_record_validate (record, NULL, "2026-11-22");
    for (guint k = 0; k < findings->len; k++) {
      const SohoaFinding *finding = g_ptr_array_index (findings, k);

      g_test_message ("row %u: %s", i, finding->message);
      found = found || strstr (finding->message, bad[i].says) != NULL;
    }
    g_assert_true (found);
  }
}

static void
test_field_check (void)
{
  static const struct { const char *key, *value; gboolean ok; } rows[] = {
    { "CodeNumber", "05", TRUE }, { "CodeNumber", "152a", TRUE }, { "CodeNumber", "15-2", FALSE },
    { "CodeNotation", "QĐ-UBND", TRUE }, { "CodeNotation", "2026/CV-MT", TRUE }, { "IssuedDate", "20/11/2026", FALSE },
    { "IssuedDate", "2026-11-20", TRUE }, { "Priority", "4", TRUE }, { "Priority", "x", FALSE },
    { "ArrivalTime", "09:15", TRUE }, { "ArrivalTime", "24:00", FALSE }, { "Nothing", "1", FALSE },
    { "Subject", "", TRUE }, { "CopyForm", "Không lập bản sao", TRUE }, { "CopyForm", "Sao", FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr(GError) error = NULL;

    g_test_message ("row %u", i);
    g_assert_true (sohoa_field_check (rows[i].key, rows[i].value, &error) == rows[i].ok);
    if (!rows[i].ok)
      g_assert_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT);
  }
}

static void
test_forms (void)
{
  static const struct { const char *source; gboolean deviates, original; const char *form; } rows[] = {
    { "Bản chính", FALSE, FALSE, "Sao y" }, { "Bản gốc", FALSE, FALSE, "Sao y" },
    { "Bản chính", TRUE, FALSE, "Không lập bản sao" }, { "Bản chính", FALSE, TRUE, "Không lập bản sao" },
    { "Bản sao y", FALSE, FALSE, "Sao lục" }, { "Bản sao y", TRUE, FALSE, "Không lập bản sao" },
    { "Bản sao lục", FALSE, FALSE, "Không lập bản sao" }, { "Bản phô tô", FALSE, FALSE, "Không lập bản sao" },
    { "Bản fax", FALSE, FALSE, "Không lập bản sao" }, { "", FALSE, FALSE, "Không lập bản sao" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr(SohoaRecord) record = sohoa_record_new ();

    (void) sohoa_record_set_field (record, "SourceCopy", rows[i].source, 1, "person");
    record->original = rows[i].original;
    if (rows[i].deviates)
      sohoa_record_add_deviation (record, "dpi: 150 < 200 (page 1)");
    sohoa_copy_form_update (record);
    g_test_message ("row %u", i);
    g_assert_cmpstr (sohoa_record_value (record, "CopyForm"), ==, rows[i].form);
    g_assert_true (sohoa_copy_form_is_lawful (record, rows[i].form, NULL));
    if (!g_str_equal (rows[i].form, "Sao y"))
      g_assert_false (sohoa_copy_form_is_lawful (record, "Sao y", NULL));
  }
}

static void
test_block (void)
{
  static const char *const three[] = { "Sao y", "UBND xã Ví Dụ", "2026-11-20T09:15:30+07:00", NULL };
  static const char *const two[] = { "UBND xã Ví Dụ", "2026-11-20T09:15:30+07:00", NULL };
  g_autoptr(SohoaRecord) record = good_record ();
  g_autoptr(SohoaProfile) old = sohoa_profile_load ("VN-TT01-2019", NULL);
  const gint64 time_us = G_GINT64_CONSTANT (1795140930) * G_USEC_PER_SEC; /* date -d 2026-11-20T02:15:30Z +%s */
  g_auto(GStrv) block = sohoa_signature_block (record, NULL, "UBND xã Ví Dụ", time_us);
  g_auto(GStrv) block2 = sohoa_signature_block (record, old, "UBND xã Ví Dụ", time_us);
  g_auto(GStrv) none = NULL;

  g_assert_true (g_strv_equal ((const char *const *) block, three));
  g_assert_true (g_strv_equal ((const char *const *) block2, two));
  (void) sohoa_record_set_field (record, "CopyForm", SOHOA_COPY_NONE, 1, "person");
  none = sohoa_signature_block (record, NULL, "UBND xã Ví Dụ", time_us);
  g_assert_nonnull (none);
  g_assert_null (none[0]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/validate/bad", test_bad);
  g_test_add_func ("/validate/field", test_field_check);
  g_test_add_func ("/copy/forms", test_forms);
  g_test_add_func ("/copy/block", test_block);
  return g_test_run ();
}
