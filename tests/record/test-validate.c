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

/* Each message of the record is provoked by a record that deserves it, and by nothing else. */
static const char *
messages_of (const SohoaRecord *record, const SohoaProfile *profile, GString *texts)
{
  g_autoptr(GPtrArray) findings = sohoa_record_validate (record, profile, "2026-11-22");

  for (guint i = 0; i < findings->len; i++) {
    const SohoaFinding *f = g_ptr_array_index (findings, i);

    g_string_append_printf (texts, "%s %s\n", f->code, f->message);
  }
  return texts->str;
}

static void
test_provoked (void)
{
  static const struct { const char *finding, *key, *value, *says; } rows[] = {
    { "page-gap: 3, 5 (page 4)", NULL, NULL, "M5 Có thể thiếu trang: sau trang 3 là trang 5. Kiểm tra bản giấy.\n" },
    { "annex-missing (page 1)", NULL, NULL,
      "M6 Văn bản ghi \"kèm theo Phụ lục\" nhưng chưa thấy phụ lục trong lô quét.\n" },
    { NULL, "CodeNumber", "", "M7 Văn bản chưa ghi số. Nếu bản giấy cũng không có, nên trả lại nơi gửi.\n" },
    { "no-seal (page 2)", NULL, NULL, "M8 Không thấy dấu của cơ quan ban hành ở trang cuối. Kiểm tra bản giấy.\n" },
    { NULL, "IssuedDate", "2026-02-31", "M9 Ngày 31/02/2026 không có. Nhập lại ngày văn bản.\n" },
    { NULL, "IssuedDate", "2026-11-25", "M10 Ngày văn bản (25/11/2026) sau ngày đến (22/11/2026). Kiểm tra lại.\n" },
    { NULL, "SourceCopy", "Bản phô tô",
      "M14 Bản nhận là bản phô tô nên không lập bản Sao y được. Chọn Không lập bản sao, hoặc đổi Loại bản nhận.\n" },
    { NULL, "Priority", "3", "M17 Hỏa tốc: đăng ký và chuyển ngay. Giờ đến chưa ghi.\n" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr(SohoaRecord) record = good_record ();
    g_autoptr(GString) texts = g_string_new (NULL);

    if (rows[i].finding != NULL)
      sohoa_record_add_finding (record, rows[i].finding);
    if (rows[i].key != NULL)
      (void) sohoa_record_set_field (record, rows[i].key, rows[i].value, 1, "person");
    g_assert_cmpstr (messages_of (record, NULL, texts), ==, rows[i].says);
  }
}

static void
test_provoked_pages (void)
{
  g_autoptr(SohoaProfile) profile = sohoa_profile_load (NULL, NULL);
  g_autoptr(SohoaRecord) record = good_record ();
  g_autoptr(GString) texts = g_string_new (NULL);
  SohoaPageInfo *page;

  g_assert_nonnull (profile);
  page = sohoa_record_add_page (record);
  page->dpi = 150;
  page = sohoa_record_add_page (record);
  page->dpi = 300;
  sohoa_page_info_add_flag (page, "gray");
  page = sohoa_record_add_page (record);
  page->dpi = 300;
  g_free (page->ocr_status);
  page->ocr_status = g_strdup ("timeout");
  g_ptr_array_add (record->needs_person, g_strdup ("CodeNumber"));
  g_ptr_array_add (record->needs_person, g_strdup ("IssuedDate"));
  (void) sohoa_record_set_field (record, "Priority", "1", 1, "person");
  (void) sohoa_record_set_field (record, "ArrivalTime", "09:15", 1, "person");
  g_assert_cmpstr (messages_of (record, profile, texts), ==,
                   "M29 Ảnh 150 dpi, thấp hơn mức 200 dpi phải có. Quét lại, hoặc chuyển nhưng không lập bản sao.\n"
                   "M29 Trang 2 không phải ảnh màu. Quét lại, hoặc chuyển nhưng không lập bản sao.\n"
                   "M31 Trang 3 chưa nhận dạng được chữ; ảnh vẫn được giữ đủ. Thử lại, hoặc chuyển với ghi chú.\n"
                   "M17 Khẩn: đăng ký và chuyển ngay. Giờ đến 09:15.\n"
                   "M11 Còn 2 mục cần kiểm tra: Số, Ngày văn bản. Bấm F8 để đến từng mục.\n");
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
  g_test_add_func ("/validate/provoked", test_provoked);
  g_test_add_func ("/validate/provoked-pages", test_provoked_pages);
  return g_test_run ();
}
