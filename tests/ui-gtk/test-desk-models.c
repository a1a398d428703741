/* The desk's models without a display: words, doubts and Xác nhận, search, the register's CSV, M4, a batch of 1,000 pages. */
#include "sohoa-batch-model.h"
#include "sohoa-document-model.h"
#include "sohoa-list-model.h"
#include "sohoa-register-model.h"

#include <string.h>

#define MANY_PAGES 1000u
#define FRAME_US 50000        /* issue 8: no frame over 50 ms */
#define FRAME_BOUND_US (20 * FRAME_US) /* what fails the test: no test is decided by a busy machine */

/* ---- words ---- */

static void
test_days (void)
{
  static const struct { const char *typed, *iso; } days[] = {
    { "16082020", "2020-08-16" }, { "160820", "2020-08-16" },   { "16/8/2020", "2020-08-16" }, { "2-1-26", "2026-01-02" },
    { " 29022024 ", "2024-02-29" }, { "31022026", NULL }, { "29022025", NULL }, { "1608", NULL }, { "ngày", NULL }, { "00002020", NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (days); i++) {
    g_autofree char *iso = sohoa_words_parse_day (days[i].typed);

    g_test_message ("%s", days[i].typed);
    g_assert_cmpstr (iso, ==, days[i].iso);
  }
}

static void
test_values (void)
{
  g_autofree char *shown = sohoa_words_show ("IssuedDate", "2020-08-16");
  g_autofree char *places = sohoa_words_show ("ToPlaces", "Như Điều 3\nLưu: VT");
  g_autofree char *back = sohoa_words_read ("ToPlaces", places);
  g_autofree char *urgent = sohoa_words_read ("Priority", "Hỏa tốc");
  g_autofree char *wrong = sohoa_words_read ("Priority", "Gấp");
  g_autofree char *jam = sohoa_words_fault ("Scan.Jam", 4);

  g_assert_cmpstr (shown, ==, "16/08/2020");
  g_assert_cmpstr (places, ==, "Như Điều 3; Lưu: VT");
  g_assert_cmpstr (back, ==, "Như Điều 3\nLưu: VT");
  g_assert_cmpstr (urgent, ==, "3");
  g_assert_null (wrong);
  g_assert_nonnull (strstr (jam, "từ tờ thứ 4"));
}

/* ---- a document ---- */

static SohoaDocumentModel *
open_letter (void)
{
  g_autoptr(SohoaRecord) record = sohoa_record_new ();
  g_autoptr(GError) error = NULL;
  g_autofree char *json = NULL;
  SohoaDocumentModel *model = sohoa_document_model_new (NULL);

  (void) sohoa_record_set_field (record, "OrganName", "UBND xã Ví Dụ", 0.99, "ocr");
  (void) sohoa_record_set_field (record, "CodeNumber", "1820", 0.40, "ocr");
  (void) sohoa_record_set_field (record, "IssuedDate", "2020-08-15", 0.99, "ocr");
  (void) sohoa_record_set_field (record, "Place", "An Lạc", 0.50, "ocr");
  g_ptr_array_add (record->needs_person, g_strdup ("CodeNumber"));
  g_ptr_array_add (record->needs_person, g_strdup ("FullName"));
  json = sohoa_record_to_json (record, FALSE);
  g_assert_true (sohoa_document_model_take (model, "doc", json, "review", 7, NULL, &error));
  g_assert_no_error (error);
  return model;
}

static void
test_doubts (void)
{
  g_autoptr(SohoaDocumentModel) model = open_letter ();
  SohoaFieldItem *first = sohoa_document_model_next_doubt (model, NULL, FALSE), *second, *third;
  g_autofree char *reason = NULL;

  g_assert_cmpstr (first->key, ==, "CodeNumber"); /* paper's order */
  g_assert_false (sohoa_document_model_may_confirm (model, &reason));
  g_assert_nonnull (strstr (reason, "2 mục cần kiểm tra: Số, Người ký"));
  second = sohoa_document_model_next_doubt (model, first, FALSE);
  g_assert_cmpstr (second->key, ==, "Place");
  third = sohoa_document_model_next_doubt (model, second, FALSE);
  g_assert_cmpstr (third->key, ==, "FullName");
  g_assert_true (sohoa_document_model_next_doubt (model, third, FALSE) == first);
  g_assert_true (sohoa_document_model_next_doubt (model, first, TRUE) == third);
  sohoa_document_model_see (model, first);
  g_clear_pointer (&reason, g_free);
  g_assert_false (sohoa_document_model_may_confirm (model, &reason)); /* an unseen mandatory field blocks */
  sohoa_document_model_see (model, third);
  g_assert_true (sohoa_document_model_may_confirm (model, NULL)); /* Place is doubtful, not mandatory */
  g_assert_cmpuint (sohoa_document_model_count_doubts (model), ==, 1);
}

static void
test_typing (void)
{
  g_autoptr(SohoaDocumentModel) model = open_letter ();
  SohoaFieldItem *number = sohoa_document_model_find (model, "CodeNumber");
  g_autofree char *reason = NULL;

  g_assert_cmpint (number->reading, ==, SOHOA_READING_CHECK);
  g_assert_false (sohoa_document_model_set (model, "IssuedDate", "31022026", &reason));
  g_assert_nonnull (strstr (reason, "không có"));
  g_assert_cmpstr (sohoa_document_model_find (model, "IssuedDate")->value, ==, "2020-08-15");
  g_assert_true (sohoa_document_model_set (model, "CodeNumber", " 1821 ", &reason));
  g_assert_cmpstr (number->value, ==, "1821");
  g_assert_cmpint (number->reading, ==, SOHOA_READING_PERSON);
  g_assert_true (number->seen);
}

/* ---- lists ---- */

static GVariant *
make_list (const char *state)
{
  return g_variant_new_parsed ("[('a', uint32 3, %s, {'number': <'1820/QĐ-THPTHS'>, 'subject': <'Kế hoạch vệ sinh môi trường'>,"
                               " 'issuer': <'Trường Hoa Sen'>, 'arrival-number': <'12'>, 'updated': <int64 0>, 'priority': <uint32 0>})]", state);
}

static void
on_settled (SohoaListModel *list, SohoaRowItem *row, guint *count)
{
  (*count)++;
}

static void
test_list (void)
{
  g_autoptr(SohoaListModel) list = sohoa_list_model_new (NULL);
  g_autoptr(GVariant) waiting = g_variant_ref_sink (make_list ("review")), settled = g_variant_ref_sink (make_list ("done"));
  guint count = 0;
  SohoaRowItem *row;

  g_signal_connect (list, "settled", G_CALLBACK (on_settled), &count);
  sohoa_list_model_take (list, waiting);
  row = sohoa_list_model_find (list, "a");
  g_assert_true (sohoa_row_item_matches (row, "moi truong 1820"));
  g_assert_true (sohoa_row_item_matches (row, "qd-thpths HOA SEN"));
  g_assert_false (sohoa_row_item_matches (row, "moi truong 1821"));
  g_assert_true (sohoa_row_item_is (row, SOHOA_LIST_REVIEW));
  g_assert_true (sohoa_list_model_next_review (list, "") == row);
  g_assert_null (sohoa_list_model_next_review (list, "a"));
  sohoa_list_model_take (list, settled);
  sohoa_list_model_take (list, settled);
  g_assert_cmpuint (count, ==, 1); /* told once */
}

static void
test_register (void)
{
  g_autoptr(SohoaRegisterModel) model = sohoa_register_model_new (NULL);
  g_autoptr(GVariant) columns = g_variant_ref_sink (g_variant_new_parsed ("['Số đến', 'Trích yếu']"));
  g_autoptr(GVariant) rows = g_variant_ref_sink (g_variant_new_parsed ("[(uint64 1, 'a', false, false, false, ['1', '=Về \"đất đai\"'])]"));
  g_autofree char *csv = NULL;
  g_autoptr(SohoaRegisterRow) row = NULL;

  sohoa_register_model_take (model, columns, rows);
  row = g_list_model_get_item (sohoa_register_model_peek_rows (model), 0);
  g_assert_true (sohoa_register_row_matches (row, "dat dai"));
  g_assert_false (sohoa_register_row_matches (row, "dat rung"));
  csv = sohoa_register_model_dup_csv (model, sohoa_register_model_peek_rows (model));
  g_assert_cmpstr (csv, ==, "\xef\xbb\xbf\"Số đến\",\"Trích yếu\"\r\n\"1\",\"'=Về \"\"đất đai\"\"\"\r\n");
}

/* ---- a stack ---- */

static GVariant *
make_pages (guint n, guint blank_every)
{
  GVariantBuilder pages;

  g_variant_builder_init (&pages, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 1; i <= n; i++) {
    g_variant_builder_open (&pages, G_VARIANT_TYPE_VARDICT);
    g_variant_builder_add (&pages, "{sv}", "page", g_variant_new_uint32 (i));
    g_variant_builder_add (&pages, "{sv}", "sheet", g_variant_new_uint32 ((i + 1) / 2));
    g_variant_builder_add (&pages, "{sv}", "side", g_variant_new_string (i % 2 == 1 ? "front" : "back"));
    g_variant_builder_add (&pages, "{sv}", "state", g_variant_new_string ("kept"));
    g_variant_builder_add (&pages, "{sv}", "blank", g_variant_new_boolean (i % blank_every == 0));
    g_variant_builder_close (&pages);
  }
  return g_variant_ref_sink (g_variant_builder_end (&pages));
}

static void
test_count (void)
{
  g_autoptr(SohoaBatchModel) batch = sohoa_batch_model_new (NULL);
  g_autoptr(GVariant) pages = make_pages (20, 6);
  g_autofree char *text = NULL;

  sohoa_batch_model_take (batch, "b", g_variant_new_parsed ("{'state': <'done'>, 'sheets': <uint32 10>, 'images': <uint32 20>, 'kept': <uint32 20>,"
                                                            " 'blank': <uint32 0>, 'sealed': <uint32 0>}"));
  sohoa_batch_model_take_pages (batch, pages);
  text = sohoa_batch_model_dup_count (batch);
  g_assert_cmpstr (text, ==, "Đủ giấy: 10 tờ, 20 mặt = 17 trang giữ + 3 trang trắng");
}

static void
on_items_changed (GListModel *list, guint position, guint removed, guint added, guint *touched)
{
  *touched += removed + added;
}

/* One page more in a stack of 1,000 touches one row, and quickly. */
static void
test_many (void)
{
  g_autoptr(SohoaBatchModel) batch = sohoa_batch_model_new (NULL);
  g_autoptr(GVariant) first = make_pages (MANY_PAGES, 7), then = make_pages (MANY_PAGES + 1, 7);
  guint touched = 0;
  gint64 started, took;

  sohoa_batch_model_take_pages (batch, first);
  g_signal_connect (sohoa_batch_model_peek_pages (batch), "items-changed", G_CALLBACK (on_items_changed), &touched);
  started = g_get_monotonic_time ();
  sohoa_batch_model_take_pages (batch, then);
  took = g_get_monotonic_time () - started;
  g_test_message ("one more page in %u: %.1f ms (wanted: under %d ms)", MANY_PAGES, (double) took / 1000, FRAME_US / 1000);
  g_assert_cmpuint (touched, ==, 1);
  g_assert_cmpint (took, <, FRAME_BOUND_US);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/desk/words/days", test_days);
  g_test_add_func ("/desk/words/values", test_values);
  g_test_add_func ("/desk/document/doubts", test_doubts);
  g_test_add_func ("/desk/document/typing", test_typing);
  g_test_add_func ("/desk/list/search", test_list);
  g_test_add_func ("/desk/register/csv", test_register);
  g_test_add_func ("/desk/batch/count", test_count);
  g_test_add_func ("/desk/batch/many", test_many);
  return g_test_run ();
}
