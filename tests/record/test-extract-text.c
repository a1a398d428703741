/* What the body says, what is missing on the paper, letters of persons, stamps beside the subject. */
#include "sheet.h"
#include "sohoa-syllable.h"
#include "sohoa-urgency.h"

static void
letter_head (SohoaTextLayer *layer, const char *number)
{
  sheet_line (layer, sheet_centre (62, 12, "SỞ NỘI VỤ"), 22, 12, "SỞ NỘI VỤ", 0.96);
  sheet_title (layer);
  sheet_line (layer, 45, 36, 13, number, 0.95);
  sheet_line (layer, 118, 36, 13, "An Lạc, ngày 20 tháng 5 năm 2025", 0.95);
  sheet_line (layer, 38, 43, 12, "V/v góp ý dự thảo quy chế", 0.96);
}

static void
test_text (Sheet *s, gconstpointer data)
{
  SohoaTextLayer *layer = sheet_page (s);

  letter_head (layer, "Số: 245/SNV-VTLT");
  sheet_line (layer, 42, 70, 13, "Trả lời Công văn số 88/STC-NS ngày 12/4/2025 của Sở Tài chính về việc góp ý, cơ", 0.96);
  sheet_line (layer, 30, 78, 13, "quan có ý kiến như sau: Nghị định số 30/2020/NĐ-CP ngày 05 tháng 3 năm 2020 quy", 0.96);
  sheet_line (layer, 30, 86, 13, "định rõ việc này. Đề nghị gửi báo cáo trước ngày 15 tháng 6 năm 2025 để tổng hợp.", 0.96);
  sheet_line (layer, 30, 94, 13, "(Chi tiết tại Phụ lục kèm theo)", 0.96);
  sheet_read (s);
  assert_value (s, "ResponseFor", "88/STC-NS");
  assert_value (s, "DueDate", "2025-06-15");
  g_assert_cmpfloat (sheet_confidence (s, "DueDate"), >=, SOHOA_CONFIDENCE_CLAIMED);
  assert_value (s, "IssuedDate", "2025-05-20");
  g_assert_cmpuint (s->record->findings->len, ==, 1);
  g_assert_cmpstr (g_ptr_array_index (s->record->findings, 0), ==, "annex-missing (page 1)");
}

/* Two deadlines: a person chooses. A day before the paper's own is none. */
static void
test_two_deadlines (Sheet *s, gconstpointer data)
{
  SohoaTextLayer *layer = sheet_page (s);

  letter_head (layer, "Số: 245/SNV-VTLT");
  sheet_line (layer, 30, 70, 13, "đã giao hoàn thành trước ngày 01/02/2025 nhưng chưa xong. Đề nghị gửi trước ngày", 0.96);
  sheet_line (layer, 30, 78, 13, "15/6/2025, riêng các xã gửi trước ngày 20/6/2025 để tổng hợp, báo cáo cấp trên.", 0.96);
  sheet_read (s);
  assert_value (s, "DueDate", "2025-06-15");
  g_assert_cmpfloat (sheet_confidence (s, "DueDate"), <, SOHOA_CONFIDENCE_CLAIMED);
}

static void
test_no_number (Sheet *s, gconstpointer data)
{
  SohoaTextLayer *layer = sheet_page (s);

  letter_head (layer, "Số:       /SNV-VTLT");
  sheet_body (layer, 70, 6);
  sheet_read (s);
  assert_value (s, "CodeNumber", "");
  g_assert_true (sheet_needs (s, "CodeNumber"));
  g_assert_cmpuint (s->record->findings->len, ==, 1);
  g_assert_cmpstr (g_ptr_array_index (s->record->findings, 0), ==, "no-number");
}

static void
test_page_gap (Sheet *s, gconstpointer data)
{
  SohoaTextLayer *layer = sheet_page (s);

  letter_head (layer, "Số: 245/SNV-VTLT");
  sheet_body (layer, 70, 20);
  for (int i = 0; i < 2; i++) {
    layer = sheet_page (s);
    sheet_line (layer, 104, 12, 13, i == 0 ? "2" : "4", 0.95);
    sheet_body (layer, 25, 20);
  }
  sheet_read (s);
  g_assert_cmpuint (s->record->findings->len, ==, 1);
  g_assert_cmpstr (g_ptr_array_index (s->record->findings, 0), ==, "page-gap: 2, 4 (page 3)");
}

/* Colours were seen and none of them is red: the seal is missed; without colours, or signed on a screen, it is not. */
static void
test_no_seal (Sheet *s, gconstpointer data)
{
  SohoaTextLayer *layer = sheet_page (s);

  letter_head (layer, "Số: 245/SNV-VTLT");
  sheet_body (layer, 70, 20);
  sheet_read (s);
  g_assert_cmpuint (s->record->findings->len, ==, 0);
  sohoa_page_info_add_flag (sohoa_record_peek_page (s->record, 0), SOHOA_PAGE_COLOUR_INK);
  sheet_read (s);
  g_assert_cmpuint (s->record->findings->len, ==, 1);
  g_assert_cmpstr (g_ptr_array_index (s->record->findings, 0), ==, "no-seal (page 1)");
  sheet_line (layer, 9, 5, 6, "Người ký: Sở Nội vụ", 0.95);
  sheet_read (s);
  g_assert_cmpuint (s->record->findings->len, ==, 0);
}

static void
test_seal (Sheet *s, gconstpointer data)
{
  SohoaTextLayer *layer = sheet_page (s);

  letter_head (layer, "Số: 245/SNV-VTLT");
  sheet_body (layer, 70, 20);
  sohoa_page_info_add_flag (sohoa_record_peek_page (s->record, 0), SOHOA_PAGE_COLOUR_INK);
  sohoa_page_info_add_flag (sohoa_record_peek_page (s->record, 0), SOHOA_PAGE_RED_INK);
  sheet_read (s);
  g_assert_cmpuint (s->record->findings->len, ==, 0);
}

/* A citizen's letter has no body and no number; place, date and name stand at its end. */
static void
test_person (Sheet *s, gconstpointer data)
{
  static const char title[] = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", motto[] = "Độc lập - Tự do - Hạnh phúc";
  SohoaTextLayer *layer = sheet_page (s);

  sheet_line (layer, sheet_centre (111, 13, title), 22, 13, title, 0.96);
  sheet_line (layer, sheet_centre (111, 13, motto), 28, 13, motto, 0.96);
  sheet_line (layer, sheet_centre (111, 14, "ĐƠN KIẾN NGHỊ"), 40, 14, "ĐƠN KIẾN NGHỊ", 0.96);
  sheet_line (layer, sheet_centre (111, 13, "Về thu gom rác thải sinh hoạt"), 46, 13, "Về thu gom rác thải sinh hoạt", 0.96);
  sheet_line (layer, sheet_centre (111, 14, "Kính gửi: Ủy ban nhân dân xã Phú Vinh Đông"), 58, 14,
              "Kính gửi: Ủy ban nhân dân xã Phú Vinh Đông", 0.96);
  sheet_body (layer, 70, 6);
  sheet_line (layer, 118, 130, 13, "Phú Vinh Đông, ngày 16 tháng 9 năm 2025", 0.96);
  sheet_line (layer, 135, 137, 13, "NGƯỜI LÀM ĐƠN", 0.96);
  sheet_line (layer, 136, 165, 13, "Trần Quốc Duyên", 0.96);
  sheet_read (s);
  assert_value (s, "TypeName", "Đơn");
  assert_value (s, "Subject", "Về thu gom rác thải sinh hoạt");
  assert_value (s, "IssuedDate", "2025-09-16");
  assert_value (s, "Place", "Phú Vinh Đông");
  assert_value (s, "FullName", "Trần Quốc Duyên");
  assert_value (s, "CodeNumber", "");
  assert_value (s, "Position", "");
  g_assert_cmpstr (g_ptr_array_index (s->record->findings, 0), ==, "no-number: a letter of a person");
}

/* "QĐ" was read "Qb"; the type line tells what it must be. An unread first letter of the body's code is not made up. */
static void
test_symbol (Sheet *s, gconstpointer data)
{
  SohoaTextLayer *layer = sheet_page (s);

  sheet_line (layer, 44, 22, 12, "SỞ Y TẾ", 0.96);
  sheet_title (layer);
  sheet_line (layer, 45, 36, 13, "Số: 245/Qb-SYT", 0.95);
  sheet_line (layer, 118, 36, 13, "An Lạc, ngày 20 tháng 5 năm 2025", 0.95);
  sheet_line (layer, sheet_centre (111, 14, "QUYẾT ĐỊNH"), 50, 14, "QUYẾT ĐỊNH", 0.96);
  sheet_line (layer, sheet_centre (111, 14, "Về việc ban hành quy chế"), 56, 14, "Về việc ban hành quy chế", 0.96);
  sheet_body (layer, 75, 6);
  sheet_read (s);
  assert_value (s, "CodeNotation", "QĐ-SYT");
  assert_value (s, "TypeName", "Quyết định");
  assert_value (s, "Subject", "Về việc ban hành quy chế");
}

/* Words that are words are never changed into others. */
static void
test_names_stay (Sheet *s, gconstpointer data)
{
  SohoaTextLayer *layer = sheet_page (s);

  sheet_line (layer, 34, 22, 12, "TRƯỜNG TIỂU HỌC HOA PHƯỢNG", 0.95);
  sheet_title (layer);
  sheet_line (layer, 45, 36, 13, "Số: 24/TB-THHP", 0.95);
  sheet_line (layer, 118, 36, 13, "An Lạc, ngày 20 tháng 5 năm 2025", 0.95);
  sheet_body (layer, 75, 6);
  sheet_read (s);
  assert_value (s, "OrganName", "TRƯỜNG TIỂU HỌC HOA PHƯỢNG");
}

static void
test_syllables (void)
{
  static const char *const good[] = { "Nguyễn", "Quốc", "gì", "Ủy", "nghiêm", "khuỷu", "thuở", "ĐẮK", "giếng", "xoong" };
  static const char *const bad[] = { "Ouốc", "Nguvễn", "ĐÔCC", "bịp9", "ngha", "cấch", "Tnị", "" };

  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    if (!g_str_equal (good[i], "ĐẮK")) /* a name of another people is none */
      g_assert_true (sohoa_syllable_is_valid (good[i]));
  g_assert_false (sohoa_syllable_is_valid ("ĐẮK"));
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (sohoa_syllable_is_valid (bad[i]));
  g_autofree char *right = sohoa_syllable_repair ("Ouốc");
  g_assert_cmpstr (right, ==, "Quốc");
  g_assert_null (sohoa_syllable_repair ("Xzyq"));
}

static void
test_urgency (void)
{
  static const struct { const char *text; guint level; } rows[] = {
    { "HỎA TỐC", 3 }, { "|HOA TÔC|", 3 }, { "THƯỢNG KHẨN", 2 }, { "KHẨN", 1 }, { "KHẤN", 1 }, { "Khẩn", 0 }, { "KHẢO", 0 },
    { "HỎA TỐC HẸN GIỜ", 4 }, { "LƯU HÀNH NỘI BỘ", 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    g_assert_cmpuint (sohoa_urgency_of_text (rows[i].text), ==, rows[i].level);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) g_test_add ("/extract-text/" name, Sheet, NULL, sheet_setup, function, sheet_teardown)
  ADD ("clauses", test_text);
  ADD ("two-deadlines", test_two_deadlines);
  ADD ("no-number", test_no_number);
  ADD ("page-gap", test_page_gap);
  ADD ("no-seal", test_no_seal);
  ADD ("seal", test_seal);
  ADD ("person", test_person);
  ADD ("symbol", test_symbol);
  ADD ("names-stay", test_names_stay);
  g_test_add_func ("/extract-text/syllables", test_syllables);
  g_test_add_func ("/extract-text/urgency", test_urgency);
  return g_test_run ();
}
