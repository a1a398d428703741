#include "sheet.h"

#include <time.h>

/* All names, numbers and texts here are made up. */

static void
decision_head (SohoaTextLayer *p)
{
  sheet_title (p);
  sheet_line (p, 38, 22, 12, "ỦY BAN NHÂN DÂN", 0.96);
  sheet_line (p, 40, 28, 12, "TỈNH HƯNG YÊN", 0.95);
  sheet_line (p, 40, 38, 13, "Số: 152/QĐ-UBND", 0.9);
  sheet_line (p, 112, 38, 13, "Hưng Yên, ngày 20 tháng 11 năm 2026", 0.96);
  sheet_line (p, sheet_centre (105, 14, "QUYẾT ĐỊNH"), 52, 14, "QUYẾT ĐỊNH", 0.95);
  sheet_line (p, sheet_centre (105, 14, "Về việc ban hành Quy chế số 12 ngày 01/02/2025 của cơ quan"), 60, 14,
              "Về việc ban hành Quy chế số 12 ngày 01/02/2025 của cơ quan", 0.95);
  sheet_line (p, sheet_centre (105, 14, "và các đơn vị trực thuộc"), 67, 14, "và các đơn vị trực thuộc", 0.95);
}

static void
signature (SohoaTextLayer *p, double y)
{
  sheet_line (p, 30, y, 12, "Nơi nhận:", 0.95);
  sheet_line (p, 30, y + 7, 11, "- Như Điều 3;", 0.95);
  sheet_line (p, 30, y + 12, 11, "- Các sở, ban, ngành", 0.95);
  sheet_line (p, 34, y + 17, 11, "của tỉnh;", 0.95);
  sheet_line (p, 30, y + 22, 11, "- Lưu: VT, TH.", 0.95);
  sheet_line (p, 125, y, 13, "TM. ỦY BAN NHÂN DÂN", 0.95);
  sheet_line (p, 132, y + 7, 13, "KT. CHỦ TỊCH", 0.95);
  sheet_line (p, 130, y + 14, 13, "PHÓ CHỦ TỊCH", 0.95);
  sheet_line (p, 130, y + 40, 13, "Nguyễn Văn Mẫu", 0.95);
}

static void
test_decision (Sheet *s, gconstpointer data)
{
  SohoaTextLayer *p = sheet_page (s);
  const SohoaField *number;

  decision_head (p);
  sheet_body (p, 84, 14);
  signature (p, 215);
  sheet_read (s);
  assert_value (s, "TypeName", "Quyết định");
  assert_value (s, "CodeNumber", "152");
  assert_value (s, "CodeNotation", "QĐ-UBND");
  assert_value (s, "IssuedDate", "2026-11-20");
  assert_value (s, "OrganName", "ỦY BAN NHÂN DÂN TỈNH HƯNG YÊN");
  assert_value (s, "OrganSuperior", "");
  assert_value (s, "Place", "Hưng Yên");
  assert_value (s, "Subject", "Về việc ban hành Quy chế số 12 ngày 01/02/2025 của cơ quan và các đơn vị trực thuộc");
  assert_value (s, "Competence", "TM. ỦY BAN NHÂN DÂN KT. CHỦ TỊCH");
  assert_value (s, "Position", "PHÓ CHỦ TỊCH");
  assert_value (s, "FullName", "Nguyễn Văn Mẫu");
  assert_value (s, "ToPlaces", "Như Điều 3\nCác sở, ban, ngành của tỉnh");
  assert_value (s, "Priority", "0");
  assert_value (s, "PageAmount", "1");
  assert_value (s, "SourceCopy", "Bản chính");
  assert_value (s, "CopyForm", "Sao y");
  assert_value (s, "Language", "Tiếng Việt");
  g_assert_cmpuint (s->record->needs_person->len, ==, 0);
  number = sohoa_record_peek_field (s->record, "CodeNumber");
  g_assert_cmpstr (number->rule, ==, "zone3.number");
  g_assert_cmpstr (number->raw, ==, "Số: 152/QĐ-UBND");
  g_assert_cmpuint (number->page, ==, 1);
  g_assert_cmpfloat_with_epsilon (number->box_mm[0], 40, 0.2);
  g_assert_cmpfloat_with_epsilon (number->box_mm[1] + number->box_mm[3] / 2, 38, 0.2);
  g_assert_cmpuint (s->record->parts->len, ==, 1);
}

static void
test_letter (Sheet *s, gconstpointer data)
{
  SohoaTextLayer *p = sheet_page (s);

  sheet_title (p);
  sheet_line (p, 36, 22, 12, "UBND TỈNH HƯNG YÊN", 0.95);
  sheet_line (p, 44, 28, 12, "SỞ TÀI CHÍNH", 0.95);
  sheet_line (p, 40, 38, 13, "Số: 05/STC-NS", 0.92);
  sheet_line (p, 112, 38, 13, "Hưng Yên, ngày 09 tháng 02 năm 2026", 0.96);
  sheet_line (p, 36, 45, 12, "V/v rà soát dự toán", 0.95);
  sheet_line (p, 36, 51, 12, "năm 2026 của các xã", 0.95);
  sheet_line (p, 70, 66, 13, "Kính gửi: Ủy ban nhân dân các xã, phường", 0.95);
  sheet_body (p, 80, 10);
  sheet_read (s);
  assert_value (s, "TypeName", "Công văn");
  g_assert_cmpfloat (sheet_confidence (s, "TypeName"), >=, 0.9);
  assert_value (s, "OrganSuperior", "UBND TỈNH HƯNG YÊN");
  assert_value (s, "OrganName", "SỞ TÀI CHÍNH");
  assert_value (s, "CodeNumber", "05");
  assert_value (s, "CodeNotation", "STC-NS");
  assert_value (s, "Subject", "V/v rà soát dự toán năm 2026 của các xã");
  assert_value (s, "FullName", "");
  g_assert_true (sheet_needs (s, "FullName"));
  g_assert_false (sheet_needs (s, "TypeName"));
}

static void
test_party (Sheet *s, gconstpointer data)
{
  SohoaTextLayer *p = sheet_page (s);

  sheet_line (p, 30, 22, 13, "ĐẢNG BỘ TỈNH HƯNG YÊN", 0.95);
  sheet_line (p, 44, 28, 13, "TỈNH ỦY", 0.95);
  sheet_line (p, 52, 33, 13, "*", 0.6);
  sheet_line (p, 40, 39, 13, "Số 139-TB/TU", 0.93);
  sheet_line (p, 118, 22, 14, "ĐẢNG CỘNG SẢN VIỆT NAM", 0.95);
  sheet_line (p, 115, 39, 13, "Hưng Yên, ngày 15 tháng 10 năm 2026", 0.95);
  sheet_line (p, sheet_centre (105, 15, "THÔNG BÁO"), 54, 15, "THÔNG BÁO", 0.95);
  sheet_line (p, sheet_centre (105, 14, "kết luận của Ban Thường vụ về công tác văn thư"), 62, 14,
              "kết luận của Ban Thường vụ về công tác văn thư", 0.95);
  sheet_body (p, 80, 10);
  sheet_line (p, 30, 210, 12, "Nơi nhận:", 0.95);
  sheet_line (p, 30, 217, 11, "- Lưu Văn phòng.", 0.95);
  sheet_line (p, 125, 210, 13, "T/M BAN THƯỜNG VỤ", 0.95);
  sheet_line (p, 132, 217, 13, "PHÓ BÍ THƯ", 0.95);
  sheet_line (p, 130, 245, 13, "Trần Thị Thử", 0.95);
  sheet_read (s);
  assert_value (s, "TypeName", "Thông báo");
  assert_value (s, "CodeNumber", "139");
  assert_value (s, "CodeNotation", "TB/TU");
  assert_value (s, "IssuedDate", "2026-10-15");
  assert_value (s, "OrganName", "TỈNH ỦY");
  assert_value (s, "OrganSuperior", "ĐẢNG BỘ TỈNH HƯNG YÊN");
  assert_value (s, "Competence", "T/M BAN THƯỜNG VỤ");
  assert_value (s, "FullName", "Trần Thị Thử");
}

static void
test_firm (Sheet *s, gconstpointer data)
{
  SohoaTextLayer *p = sheet_page (s);

  sheet_title (p);
  sheet_line (p, 26, 22, 12, "CÔNG TY CỔ PHẦN MẪU THỬ", 0.95);
  sheet_line (p, 40, 38, 13, "Số: 27/2026/CV-MT", 0.93);
  sheet_line (p, 112, 38, 13, "Hà Nội, ngày 03 tháng 12 năm 2026", 0.95);
  sheet_line (p, 36, 46, 12, "V/v báo giá thiết bị", 0.95);
  sheet_line (p, 70, 62, 13, "Kính gửi: Sở Tài chính", 0.95);
  sheet_body (p, 78, 8);
  sheet_read (s);
  assert_value (s, "OrganName", "CÔNG TY CỔ PHẦN MẪU THỬ");
  assert_value (s, "CodeNumber", "27");
  assert_value (s, "CodeNotation", "2026/CV-MT");
  assert_value (s, "TypeName", "Công văn");
  assert_value (s, "IssuedDate", "2026-12-03");
}

/* The recogniser ran both columns together in every line. */
static void
test_merged_columns (Sheet *s, gconstpointer data)
{
  SohoaTextLayer *p = sheet_page (s);
  static const struct { double y; const char *left, *right; double rx; } rows[] = {
    { 22, "BỘ GIÁO DỤC VÀ ĐÀO TẠO", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 103 },
    { 28, "TRƯỜNG ĐẠI HỌC MẪU", "Độc lập - Tự do - Hạnh phúc", 118 },
    { 38, "Số: 88/TB-ĐHM", "Hà Nội, ngày 17 tháng 9 năm 2026", 112 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    SohoaLine *line;

    sheet_line (p, 34, rows[i].y, 12, rows[i].left, 0.95);
    line = sohoa_text_layer_peek_line (p, p->lines->len - 1);
    sheet_line (p, rows[i].rx, rows[i].y, 12, rows[i].right, 0.95);
    {
      SohoaLine *right = sohoa_text_layer_peek_line (p, p->lines->len - 1);

      for (guint k = 0; k < right->words->len; k++) {
        const SohoaWord *w = sohoa_line_peek_word (right, k);

        sohoa_line_add_word (line, w->text, w->box, w->confidence);
      }
      g_ptr_array_remove_index (p->lines, p->lines->len - 1);
    }
  }
  sheet_line (p, sheet_centre (105, 14, "THÔNG BÁO"), 52, 14, "THÔNG BÁO", 0.95);
  sheet_line (p, sheet_centre (105, 14, "Về lịch học năm 2026"), 60, 14, "Về lịch học năm 2026", 0.95);
  sheet_body (p, 78, 8);
  sheet_read (s);
  assert_value (s, "OrganSuperior", "BỘ GIÁO DỤC VÀ ĐÀO TẠO");
  assert_value (s, "OrganName", "TRƯỜNG ĐẠI HỌC MẪU");
  assert_value (s, "CodeNumber", "88");
  assert_value (s, "CodeNotation", "TB-ĐHM");
  assert_value (s, "IssuedDate", "2026-09-17");
  assert_value (s, "Subject", "Về lịch học năm 2026");
}

/* Number and day by hand: right or wrong, they are never claimed, however sure the recogniser is. */
static void
test_handwritten (Sheet *s, gconstpointer data)
{
  SohoaTextLayer *p = sheet_page (s);
  const SohoaField *number, *date;

  sheet_title (p);
  sheet_line (p, 36, 22, 12, "UBND TỈNH HƯNG YÊN", 0.95);
  sheet_line (p, 44, 28, 12, "SỞ Y TẾ", 0.95);
  sheet_line (p, 36, 38, 13, "Số:", 0.96);
  sheet_hand (p, 45, 38, 5.6, "1942", 0.97);
  sheet_line (p, 56, 38, 13, "/KH-SYT", 0.95);
  sheet_line (p, 108, 38, 13, "Hưng Yên, ngày", 0.96);
  sheet_hand (p, 143, 38, 5.4, "10", 0.97);
  sheet_line (p, 153, 38, 13, "tháng 10 năm 2026", 0.96);
  sheet_line (p, sheet_centre (105, 14, "KẾ HOẠCH"), 52, 14, "KẾ HOẠCH", 0.95);
  sheet_line (p, sheet_centre (105, 14, "Tổ chức xét sáng kiến năm 2026"), 60, 14, "Tổ chức xét sáng kiến năm 2026",
              0.95);
  sheet_body (p, 78, 8);
  sheet_read (s);
  number = sohoa_record_peek_field (s->record, "CodeNumber");
  date = sohoa_record_peek_field (s->record, "IssuedDate");
  g_assert_nonnull (number);
  g_assert_nonnull (date);
  g_assert_true (number->handwritten);
  g_assert_true (date->handwritten);
  g_assert_cmpfloat (number->confidence, <, 0.5);
  g_assert_cmpfloat (date->confidence, <, 0.5);
  g_assert_true (sheet_needs (s, "CodeNumber"));
  g_assert_true (sheet_needs (s, "IssuedDate"));
  assert_value (s, "CodeNotation", "KH-SYT");
  assert_value (s, "TypeName", "Kế hoạch");
  g_assert_false (sheet_needs (s, "TypeName"));
}

/* Numbers and dates that are not the document's: ĐẾN stamp, printed signature block, an impossible date. */
static void
test_other_numbers (Sheet *s, gconstpointer data)
{
  SohoaTextLayer *p = sheet_page (s);

  sheet_line (p, 140, 5, 8, "Ký bởi: Ủy ban nhân dân tỉnh", 0.95);
  sheet_line (p, 140, 9, 8, "Ngày ký: 25-11-2026 16:42:22 +07:00", 0.95);
  decision_head (p);
  sheet_line (p, 32, 92, 13, "CÔNG VĂN ĐẾN", 0.9);
  sheet_line (p, 32, 100, 11, "Số: 2352", 0.8);
  sheet_line (p, 32, 106, 11, "Ngày: 27/11/2026", 0.8);
  sheet_body (p, 120, 8);
  sheet_read (s);
  assert_value (s, "CodeNumber", "152");
  assert_value (s, "IssuedDate", "2026-11-20");
  assert_value (s, "TypeName", "Quyết định");
  assert_value (s, "ArrivalNumber", "2352");
  assert_value (s, "ArrivalDate", "2026-11-27");
  g_assert_cmpfloat (sheet_confidence (s, "ArrivalNumber"), <, 0.9);
}

static void
test_impossible_date (Sheet *s, gconstpointer data)
{
  SohoaTextLayer *p = sheet_page (s);

  sheet_title (p);
  sheet_line (p, 38, 22, 12, "ỦY BAN NHÂN DÂN", 0.96);
  sheet_line (p, 40, 28, 12, "TỈNH HƯNG YÊN", 0.95);
  sheet_line (p, 40, 38, 13, "Số: 07/CT-UBND", 0.9);
  sheet_line (p, 112, 38, 13, "Hưng Yên, ngày 31 tháng 02 năm 2026", 0.96);
  sheet_body (p, 84, 10);
  sheet_read (s);
  assert_value (s, "IssuedDate", "");
  g_assert_true (sheet_needs (s, "IssuedDate"));
  assert_value (s, "TypeName", "Chỉ thị"); /* from the symbol, therefore not claimed */
  g_assert_true (sheet_needs (s, "TypeName"));
}

/* An annex of another body follows: its header, number and signer are not the document's. */
/* Under the superior stands a line that cannot be read: what is left is not claimed as the issuing body. */
static void
test_lost_body (Sheet *s, gconstpointer data)
{
  SohoaTextLayer *p = sheet_page (s);

  sheet_title (p);
  sheet_line (p, 36, 22, 12, "UBND TỈNH HƯNG YÊN", 0.95);
  sheet_line (p, 44, 28, 12, "SỚYTÊÉ", 0.12);
  sheet_line (p, 40, 38, 13, "Số: 05/STC-NS", 0.92);
  sheet_line (p, 112, 38, 13, "Hưng Yên, ngày 09 tháng 02 năm 2026", 0.96);
  sheet_body (p, 80, 10);
  sheet_read (s);
  g_assert_cmpfloat (sheet_confidence (s, "OrganName"), <, 0.9);
  g_assert_true (sheet_needs (s, "OrganName"));
}

/* Strokes of a hand that look like slashes do not become part of the symbol; digits that were letters for the
 * recogniser, a year that it half read and a name without its surname are not claimed. */
static void
test_doubts (Sheet *s, gconstpointer data)
{
  SohoaTextLayer *p = sheet_page (s);

  sheet_title (p);
  sheet_line (p, 36, 22, 12, "UBND TỈNH HƯNG YÊN", 0.95);
  sheet_line (p, 44, 28, 12, "SỞ Y TẾ", 0.95);
  sheet_line (p, 40, 38, 13, "Số: /Z2/TB-SYT", 0.9);
  sheet_line (p, 112, 38, 13, "Hưng Yên, ngày l1 tháng 10 năm 2026", 0.96);
  sheet_line (p, sheet_centre (105, 14, "THÔNG BÁO"), 52, 14, "THÔNG BÁO", 0.95);
  sheet_body (p, 84, 10);
  sheet_line (p, 30, 215, 12, "Nơi nhận:", 0.95);
  sheet_line (p, 130, 215, 13, "GIÁM ĐỐC", 0.95);
  sheet_line (p, 130, 245, 13, "Hoàng Anh", 0.95);
  sheet_read (s);
  assert_value (s, "CodeNotation", "TB-SYT");
  g_assert_cmpfloat (sheet_confidence (s, "CodeNumber"), <, 0.9);
  assert_value (s, "IssuedDate", "2026-10-11");
  g_assert_cmpfloat (sheet_confidence (s, "IssuedDate"), <, 0.9);
  assert_value (s, "FullName", "Hoàng Anh");
  g_assert_cmpfloat (sheet_confidence (s, "FullName"), <, 0.9);
}

static void
test_annex (Sheet *s, gconstpointer data)
{
  SohoaTextLayer *p = sheet_page (s), *q = sheet_page (s), *r = sheet_page (s);
  const SohoaPart *main_part, *annex, *enclosure;

  decision_head (p);
  sheet_body (p, 84, 14);
  signature (p, 215);
  sheet_line (q, sheet_centre (105, 14, "PHỤ LỤC"), 25, 14, "PHỤ LỤC", 0.95);
  sheet_line (q, 60, 33, 13, "(Kèm theo Quyết định số 152/QĐ-UBND)", 0.95);
  sheet_body (q, 50, 12);
  sheet_title (r);
  sheet_line (r, 44, 22, 12, "SỞ XÂY DỰNG", 0.96);
  sheet_line (r, 40, 38, 13, "Số: 999/TTr-SXD", 0.9);
  sheet_line (r, 112, 38, 13, "Hưng Yên, ngày 01 tháng 10 năm 2026", 0.96);
  sheet_line (r, 130, 200, 13, "GIÁM ĐỐC", 0.95);
  sheet_line (r, 130, 230, 13, "Lê Văn Khác", 0.95);
  sheet_read (s);
  assert_value (s, "FullName", "Nguyễn Văn Mẫu");
  assert_value (s, "CodeNumber", "152");
  assert_value (s, "PageAmount", "3");
  g_assert_cmpuint (s->record->parts->len, ==, 3);
  main_part = g_ptr_array_index (s->record->parts, 0);
  annex = g_ptr_array_index (s->record->parts, 1);
  enclosure = g_ptr_array_index (s->record->parts, 2);
  g_assert_cmpstr (main_part->role, ==, "main");
  g_assert_cmpuint (main_part->pages, ==, 1);
  g_assert_cmpstr (annex->role, ==, "annex");
  g_assert_cmpuint (annex->first_page, ==, 2);
  g_assert_cmpstr (enclosure->role, ==, "enclosure");
  g_assert_cmpuint (enclosure->first_page, ==, 3);
}

static void
test_copy_and_urgency (Sheet *s, gconstpointer data)
{
  SohoaTextLayer *p = sheet_page (s);

  decision_head (p);
  sheet_line (p, 32, 75, 13, "HỎA TỐC", 0.9);
  sheet_body (p, 84, 12);
  sheet_line (p, 34, 190, 13, "SAO Y BẢN CHÍNH", 0.9);
  sheet_read (s);
  assert_value (s, "SourceCopy", "Bản sao y");
  assert_value (s, "CopyForm", "Sao lục");
  assert_value (s, "Priority", "3");
}

/* Marks lost in capitals are put right from the lists; look-alike Ð too. */
static void
test_marks (Sheet *s, gconstpointer data)
{
  SohoaTextLayer *p = sheet_page (s);

  sheet_title (p);
  sheet_line (p, 38, 22, 12, "UY BAN NHAN DÂN", 0.8);
  sheet_line (p, 40, 28, 12, "TĨNH HUNG YÊN", 0.8);
  sheet_line (p, 40, 38, 13, "Số: 152/QÐ-UBND", 0.9);
  sheet_line (p, 112, 38, 13, "Hưng Yên, ngày 20 tháng 11 năm 2026", 0.96);
  sheet_line (p, sheet_centre (105, 14, "QUYÉT ĐỊNH"), 52, 14, "QUYÉT ĐỊNH", 0.8);
  sheet_body (p, 84, 8);
  sheet_read (s);
  assert_value (s, "OrganName", "ỦY BAN NHÂN DÂN TỈNH HƯNG YÊN");
  assert_value (s, "CodeNotation", "QĐ-UBND");
  assert_value (s, "TypeName", "Quyết định");
}

static void
test_nothing (Sheet *s, gconstpointer data)
{
  static const char *const mandatory[] = { "TypeName", "CodeNumber", "CodeNotation", "IssuedDate", "OrganName",
                                           "Subject", "FullName" };

  (void) sheet_page (s);
  g_ptr_array_add (s->layers, NULL); /* a page that failed */
  (void) sohoa_record_add_page (s->record);
  sheet_read (s);
  for (guint i = 0; i < G_N_ELEMENTS (mandatory); i++)
    g_assert_true (sheet_needs (s, mandatory[i]));
  assert_value (s, "PageAmount", "2");
  g_ptr_array_set_size (s->layers, 0);
  sheet_read (s); /* no page at all */
  g_ptr_array_add (s->layers, NULL);
  sheet_read (s); /* only a failed one */
  g_assert_true (sheet_needs (s, "TypeName"));
}

/* As many words as a text layer may have, all on one line and all alone: bounded work. */
static void
test_crowd (Sheet *s, gconstpointer data)
{
  SohoaTextLayer *p = sheet_page (s);
  gint64 start;

  for (guint i = 0; i < SOHOA_TEXT_MAX_WORDS; i++)
    sohoa_line_add_word (sohoa_text_layer_add_line (p, i, SOHOA_PLANE_BLACK), "Số:",
                         (SohoaBox) { i % 2400, (i / 2400) * 40, 30, 30 }, 0.9);
  start = clock (); /* CPU: other programs may have the machine */
  sheet_read (s);
  g_assert_cmpint (clock () - start, <, 30 * (gint64) CLOCKS_PER_SEC);
}

/* What a person said stays; what was read before and is not there any more goes. */
static void
test_person_wins (Sheet *s, gconstpointer data)
{
  SohoaTextLayer *p = sheet_page (s);

  (void) sohoa_record_set_field (s->record, "CodeNumber", "1520", 1, "person");
  (void) sohoa_record_set_field (s->record, "DueDate", "2026-12-01", 0.5, "ocr");
  decision_head (p);
  sheet_read (s);
  assert_value (s, "CodeNumber", "1520");
  assert_value (s, "DueDate", "");
  assert_value (s, "IssuedDate", "2026-11-20");
}

int
main (int argc, char **argv)
{
  static const struct { const char *name; void (*run) (Sheet *, gconstpointer); } tests[] = {
    { "/extract/decision", test_decision }, { "/extract/letter", test_letter },
    { "/extract/party", test_party }, { "/extract/firm", test_firm },
    { "/extract/merged-columns", test_merged_columns }, { "/extract/handwritten", test_handwritten },
    { "/extract/other-numbers", test_other_numbers }, { "/extract/impossible-date", test_impossible_date },
    { "/extract/lost-body", test_lost_body }, { "/extract/doubts", test_doubts },
    { "/extract/annex", test_annex }, { "/extract/copy-and-urgency", test_copy_and_urgency },
    { "/extract/marks", test_marks }, { "/extract/nothing", test_nothing },
    { "/extract/crowd", test_crowd },
    { "/extract/person-wins", test_person_wins },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].name, Sheet, NULL, sheet_setup, tests[i].run, sheet_teardown);
  return g_test_run ();
}
