/* Framed and red marks at four turns; what is no mark is not read as one. */
#include "ocr-page.h"
#include "sohoa-errors.h"
#include "sohoa-marks.h"

#include <math.h>
#include <string.h>

#define DPI 200.0

static SohoaRecogniser *recogniser;

static SohoaMarks *
find_marks (PIX *pix, gboolean first)
{
  g_autoptr(GError) error = NULL;
  SohoaMarks *marks = NULL;

  g_assert_true (sohoa_marks_find (recogniser, pix, DPI, first, &marks, &error));
  g_assert_no_error (error);
  pixDestroy (&pix);
  return marks;
}

static const SohoaMark *
find_text (const SohoaMarks *marks, const char *text)
{
  for (guint i = 0; i < marks->items->len; i++) {
    const SohoaMark *mark = g_ptr_array_index (marks->items, i);

    if (g_str_equal (mark->text, text))
      return mark;
  }
  return NULL;
}

static void
test_framed (gconstpointer data)
{
  guint turn = GPOINTER_TO_UINT (data);
  g_autoptr(SohoaMarks) marks = NULL;
  const SohoaMark *mark;
  OcrPage page;

  ocr_page_init (&page, DPI);
  ocr_page_letter (&page);
  ocr_page_red (&page);
  ocr_page_frame (&page, 32, 60, 20, 8);
  ocr_page_text (&page, 36, 66, 13, TRUE, "MẬT");
  ocr_page_frame (&page, 120, 60, 20, 8);
  ocr_page_text (&page, 122, 66, 13, TRUE, "KHẨN");
  marks = find_marks (ocr_page_finish (&page, turn, 0), TRUE);
  mark = find_text (marks, "MẬT");
  g_assert_nonnull (mark);
  g_assert_true (mark->framed);
  g_assert_true (mark->red);
  g_assert_cmpuint (mark->turn, ==, (360 - turn) % 360);
  /* the frame in the upright page: 32…52 of 210 mm, 60…68 of 297 mm */
  g_assert_cmpfloat (fabs (mark->x + mark->w / 2 - 42.0 / 210), <, 0.015);
  g_assert_cmpfloat (fabs (mark->y + mark->h / 2 - 64.0 / 297), <, 0.01);
  g_assert_nonnull (find_text (marks, "KHẨN"));
  g_assert_true (marks->header_asked);
  g_assert_true (marks->header_readable);
}

/* The mark across the lie of the page: read at its own turn. */
static void
test_across (void)
{
  g_autoptr(SohoaMarks) marks = NULL;
  const SohoaMark *mark;
  OcrPage page;

  ocr_page_init (&page, DPI);
  ocr_page_letter (&page);
  cairo_save (page.cr);
  ocr_page_red (&page);
  cairo_translate (page.cr, 190, 200);
  cairo_rotate (page.cr, -G_PI / 2);
  ocr_page_frame (&page, 0, 0, 30, 8);
  ocr_page_text (&page, 4, 6, 13, TRUE, "TỐI MẬT");
  cairo_restore (page.cr);
  marks = find_marks (ocr_page_finish (&page, 0, 0), FALSE);
  mark = find_text (marks, "TỐI MẬT");
  g_assert_nonnull (mark);
  g_assert_cmpuint (mark->turn, ==, 90);
  g_assert_true (mark->framed);
}

static void
test_black_frame (void)
{
  g_autoptr(SohoaMarks) marks = NULL;
  const SohoaMark *mark;
  OcrPage page;
  PIX *pix, *one;

  ocr_page_init (&page, DPI);
  ocr_page_letter (&page);
  ocr_page_frame (&page, 32, 50, 32, 8);
  ocr_page_text (&page, 33.5, 56, 13, TRUE, "TUYỆT MẬT");
  pix = ocr_page_finish (&page, 0, 1.2);
  one = pixConvertTo1 (pix, 160);
  pixDestroy (&pix);
  marks = find_marks (one, TRUE);
  mark = find_text (marks, "TUYỆT MẬT");
  g_assert_nonnull (mark);
  g_assert_false (mark->red);
}

/* No frame: a red word alone, and a black word in the place of ô 10a. */
static void
test_unframed (void)
{
  g_autoptr(SohoaMarks) marks = NULL;
  const SohoaMark *mark;
  gboolean red = FALSE, header = FALSE;
  OcrPage page;

  ocr_page_init (&page, DPI);
  ocr_page_letter (&page);
  ocr_page_text (&page, 36, 62, 14, TRUE, "MẬT");
  ocr_page_red (&page);
  ocr_page_text (&page, 150, 220, 16, TRUE, "MẬT");
  marks = find_marks (ocr_page_finish (&page, 0, 0), TRUE);
  for (guint i = 0; i < marks->items->len; i++) {
    mark = g_ptr_array_index (marks->items, i);
    if (!g_str_equal (mark->text, "MẬT"))
      continue;
    red |= mark->red && !mark->framed && mark->y > 0.6;
    header |= mark->header && !mark->red && mark->y < 0.3;
  }
  g_assert_true (red);
  g_assert_true (header);
}

static void
test_nothing (void)
{
  g_autoptr(SohoaMarks) marks = NULL;
  g_autoptr(GError) error = NULL;
  OcrPage page;
  PIX *pix;

  ocr_page_init (&page, DPI);
  ocr_page_letter (&page);
  ocr_page_text (&page, 30, 175, 14, FALSE, "Mọi mật khẩu phải được bảo mật theo quy chế.");
  ocr_page_seal (&page, 140, 220);
  marks = find_marks (ocr_page_finish (&page, 0, 0), TRUE);
  for (guint i = 0; i < marks->items->len; i++) {
    const SohoaMark *mark = g_ptr_array_index (marks->items, i);

    g_assert_null (strstr (mark->text, "MẬT"));
    g_assert_false (mark->red && mark->framed);
  }
  g_assert_true (marks->header_readable);

  g_clear_pointer (&marks, sohoa_marks_free);
  pix = pixCreate (SOHOA_OCR_MAX_SIDE_PX + 1, 1, 1);
  g_assert_false (sohoa_marks_find (recogniser, pix, DPI, TRUE, &marks, &error));
  g_assert_error (error, SOHOA_OCR_ERROR, SOHOA_OCR_ERROR_TOO_LARGE);
  g_assert_null (marks);
  pixDestroy (&pix);
}

/* A header zone full of scribble is not readable, and said so. */
static void
test_unreadable (void)
{
  g_autoptr(SohoaMarks) marks = NULL;
  g_autoptr(GRand) rand = g_rand_new_with_seed (7);
  OcrPage page;

  ocr_page_init (&page, DPI);
  cairo_set_line_width (page.cr, 0.5);
  for (guint i = 0; i < 900; i++)
    cairo_line_to (page.cr, g_rand_double_range (rand, 10, 110), g_rand_double_range (rand, 10, 120));
  cairo_stroke (page.cr);
  marks = find_marks (ocr_page_finish (&page, 0, 0), TRUE);
  g_assert_false (marks->header_readable);
}

int
main (int argc, char **argv)
{
  g_autoptr(GError) error = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  recogniser = sohoa_recogniser_new (&error);
  g_assert_no_error (error);
  for (guint turn = 0; turn < 360; turn += 90) {
    g_autofree char *name = g_strdup_printf ("/ocr/marks/framed-%u", turn);

    g_test_add_data_func (name, GUINT_TO_POINTER (turn), test_framed);
  }
  g_test_add_func ("/ocr/marks/across", test_across);
  g_test_add_func ("/ocr/marks/black-frame", test_black_frame);
  g_test_add_func ("/ocr/marks/unframed", test_unframed);
  g_test_add_func ("/ocr/marks/nothing", test_nothing);
  g_test_add_func ("/ocr/marks/unreadable", test_unreadable);
  status = g_test_run ();
  sohoa_recogniser_free (recogniser);
  return status;
}
