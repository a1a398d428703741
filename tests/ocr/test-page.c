/* Turn, skew, blank, boxes, seals, limits of sohoa_page_analyse() and sohoa_recogniser_read_page(). */
#include "ocr-page.h"
#include "sohoa-errors.h"
#include "sohoa-page-analysis.h"

#include <math.h>
#include <string.h>

#define DPI 200.0

static SohoaRecogniser *recogniser;

static SohoaTextLayer *
read_pix (PIX *pix, double dpi, SohoaPageAnalysis *a)
{
  g_autoptr(GError) error = NULL;
  SohoaTextLayer *layer = NULL;

  g_assert_true (sohoa_page_analyse (recogniser, pix, dpi, a, &error));
  g_assert_no_error (error);
  g_assert_true (sohoa_recogniser_read_page (recogniser, pix, dpi, a, 0, &layer, &error));
  g_assert_no_error (error);
  pixDestroy (&pix);
  return layer;
}

static const SohoaWord *
find_word (const SohoaTextLayer *layer, const char *text)
{
  for (guint i = 0; i < layer->lines->len; i++) {
    const SohoaLine *line = sohoa_text_layer_peek_line (layer, i);

    for (guint k = 0; k < line->words->len; k++)
      if (g_str_equal (sohoa_line_peek_word (line, k)->text, text))
        return sohoa_line_peek_word (line, k);
  }
  return NULL;
}

/* Share of the letter's words that were read. */
static double
recall (const SohoaTextLayer *layer)
{
  guint all = 0, found = 0;

  for (guint i = 0; i < G_N_ELEMENTS (ocr_page_paragraph); i++) {
    g_auto(GStrv) words = g_strsplit (ocr_page_paragraph[i], " ", -1);

    for (guint k = 0; words[k] != NULL; k++, all++)
      found += find_word (layer, words[k]) != NULL;
  }
  return (double) found / all;
}

static void
test_turns (gconstpointer data)
{
  guint turn = GPOINTER_TO_UINT (data);
  SohoaPageAnalysis a;
  g_autoptr(SohoaTextLayer) layer = NULL;
  const SohoaWord *word;
  OcrPage page;

  ocr_page_init (&page, DPI);
  ocr_page_letter (&page);
  layer = read_pix (ocr_page_finish (&page, turn, 0), DPI, &a);
  g_assert_cmpuint (a.rotation, ==, (360 - turn) % 360);
  g_assert_cmpfloat (a.rotation_confidence, >, 0.8);
  g_assert_cmpuint (layer->rotation, ==, a.rotation);
  g_assert_cmpuint (layer->width_px, ==, lround (210 / 25.4 * DPI));
  g_assert_cmpuint (layer->height_px, ==, lround (297 / 25.4 * DPI));
  g_assert_cmpfloat (recall (layer), >, 0.97);
  /* "Trong" starts at x 30 mm, baseline y 119 mm, 14 pt capitals are 3.3 mm high */
  word = find_word (layer, "Trong");
  g_assert_nonnull (word);
  g_assert_cmpfloat (fabs (word->box.x - 30 / 25.4 * DPI), <, 6);
  g_assert_cmpfloat (fabs (word->box.y - 115.7 / 25.4 * DPI), <, 8);
  g_assert_cmpfloat (word->box.x + word->box.w, <, 46 / 25.4 * DPI);
}

static void
test_columns (void)
{
  SohoaPageAnalysis a;
  g_autoptr(SohoaTextLayer) layer = NULL;
  g_autofree char *text = NULL;
  const char *body, *nation;
  OcrPage page;

  ocr_page_init (&page, DPI);
  ocr_page_letter (&page);
  layer = read_pix (ocr_page_finish (&page, 0, 0), DPI, &a);
  text = sohoa_text_layer_to_text (layer);
  body = strstr (text, "TRƯỜNG THỬ NGHIỆM\n");
  nation = strstr (text, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc\n");
  g_assert_nonnull (body);
  g_assert_nonnull (nation);
  g_assert_true (body < nation);
  g_assert_nonnull (strstr (text, "Số: 45/TTN-VP\n"));
  g_assert_true (g_utf8_validate (text, -1, NULL));
}

static void
test_skew (void)
{
  static const double skews[] = { -2.4, 0.6, 1.5 };

  for (guint i = 0; i < G_N_ELEMENTS (skews); i++) {
    SohoaPageAnalysis a;
    g_autoptr(SohoaTextLayer) layer = NULL;
    const SohoaWord *word;
    double cx = 105 / 25.4 * DPI, cy = 148.5 / 25.4 * DPI, r = skews[i] * G_PI / 180, x, y;
    OcrPage page;

    ocr_page_init (&page, DPI);
    ocr_page_letter (&page);
    layer = read_pix (ocr_page_finish (&page, 0, skews[i]), DPI, &a);
    g_assert_cmpfloat (fabs (a.skew_deg - skews[i]), <, 0.15);
    g_assert_cmpuint (a.rotation, ==, 0);
    g_assert_true (!(a.flags & SOHOA_PAGE_FLAG_SKEWED) == (fabs (skews[i]) < 1));
    g_assert_cmpfloat (recall (layer), >, 0.95);
    /* where the rotation about the middle takes the start of the fourth line */
    x = cx + (30 / 25.4 * DPI - cx) * cos (r) + (117.5 / 25.4 * DPI - cy) * sin (r);
    y = cy - (30 / 25.4 * DPI - cx) * sin (r) + (117.5 / 25.4 * DPI - cy) * cos (r);
    word = find_word (layer, "Trong");
    g_assert_nonnull (word);
    g_assert_cmpfloat (fabs (word->box.x - x), <, 8);
    g_assert_cmpfloat (fabs (word->box.y + word->box.h / 2 - y), <, 10);
  }
}

static void
test_blank (void)
{
  SohoaPageAnalysis a;
  g_autoptr(GError) error = NULL;
  g_autoptr(SohoaTextLayer) layer = NULL;
  OcrPage page;
  PIX *pix;

  /* only what shines through from the back */
  ocr_page_init (&page, DPI);
  ocr_page_grey (&page, 0.86);
  ocr_page_letter (&page);
  pix = ocr_page_finish (&page, 0, 0);
  pixFlipLR (pix, pix);
  layer = read_pix (pix, DPI, &a);
  g_assert_true (a.blank);
  g_assert_cmpuint (layer->lines->len, ==, 0);

  ocr_page_init (&page, DPI);
  ocr_page_text (&page, 104, 20, 13, FALSE, "2");
  pix = ocr_page_finish (&page, 0, 0);
  g_assert_true (sohoa_page_analyse (NULL, pix, DPI, &a, &error));
  pixDestroy (&pix);
  g_assert_false (a.blank);
  g_assert_cmpuint (a.rotation, ==, 0);

  ocr_page_init (&page, DPI);
  ocr_page_seal (&page, 140, 200);
  pix = ocr_page_finish (&page, 0, 0);
  g_assert_true (sohoa_page_analyse (NULL, pix, DPI, &a, &error));
  pixDestroy (&pix);
  g_assert_false (a.blank);
}

static void
test_seal (void)
{
  SohoaPageAnalysis a;
  g_autoptr(SohoaTextLayer) layer = NULL;
  const SohoaWord *word;
  OcrPage page;

  ocr_page_init (&page, DPI);
  ocr_page_letter (&page);
  ocr_page_text (&page, 130, 190, 14, TRUE, "Phạm Thử Nghiệm");
  ocr_page_seal (&page, 133, 188);
  layer = read_pix (ocr_page_finish (&page, 0, 0), DPI, &a);
  g_assert_cmpfloat (a.red_mm2, >, 50);
  g_assert_nonnull (find_word (layer, "Phạm"));
  word = find_word (layer, "Nghiệm");
  g_assert_nonnull (word);
}

static void
test_limits (void)
{
  SohoaPageAnalysis a;
  g_autoptr(GError) error = NULL;
  g_autoptr(SohoaTextLayer) layer = NULL;
  const SohoaWord *word;
  PIX *tall = pixCreate (1, SOHOA_OCR_MAX_SIDE_PX + 1, 1), *tiny = pixCreate (1, 1, 1), *pix;
  OcrPage page;

  g_assert_false (sohoa_page_analyse (recogniser, tall, DPI, &a, &error));
  g_assert_error (error, SOHOA_OCR_ERROR, SOHOA_OCR_ERROR_TOO_LARGE);
  g_clear_error (&error);
  g_assert_false (sohoa_recogniser_read_page (recogniser, NULL, DPI, &a, 0, &layer, &error));
  g_assert_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  g_assert_true (sohoa_page_analyse (recogniser, tiny, NAN, &a, &error));
  g_assert_true (a.blank);
  pixDestroy (&tall);
  pixDestroy (&tiny);

  ocr_page_init (&page, DPI);
  ocr_page_letter (&page);
  pix = ocr_page_finish (&page, 0, 0);
  g_assert_true (sohoa_page_analyse (NULL, pix, DPI, &a, &error));
  g_assert_false (sohoa_recogniser_read_page (recogniser, pix, DPI, &a, 1, &layer, &error));
  g_assert_error (error, SOHOA_OCR_ERROR, SOHOA_OCR_ERROR_TIMEOUT);
  g_assert_null (layer);
  g_clear_error (&error);
  g_assert_false (sohoa_recogniser_read_page_small (recogniser, pix, DPI, &a, 1, &layer, &error));
  g_assert_error (error, SOHOA_OCR_ERROR, SOHOA_OCR_ERROR_TIMEOUT);
  g_assert_null (layer);
  g_clear_error (&error);
  g_assert_true (sohoa_recogniser_read_page_small (recogniser, pix, DPI, &a, 0, &layer, &error));
  g_assert_no_error (error);
  g_test_message ("recall of the smaller copy: %.2f", recall (layer));
  g_assert_cmpfloat (recall (layer), >, 0.8);
  g_assert_cmpuint (layer->width_px, ==, pixGetWidth (pix)); /* the frame is the page's, not the copy's */
  word = find_word (layer, "Trong");
  g_assert_nonnull (word);
  g_assert_cmpfloat (fabs (word->box.x - 30 / 25.4 * DPI), <, 8);
  pixDestroy (&pix);
}

static void
test_flags (void)
{
  SohoaPageAnalysis a;
  g_autoptr(GError) error = NULL;
  g_auto(GStrv) names = NULL;
  OcrPage page;
  PIX *pix, *one;

  ocr_page_init (&page, 150);
  ocr_page_letter (&page);
  pix = ocr_page_finish (&page, 0, 0);
  one = pixConvertTo1 (pix, 160);
  g_assert_true (sohoa_page_analyse (NULL, one, 150, &a, &error));
  names = sohoa_page_flags_to_strv (a.flags);
  g_assert_true (g_strv_contains ((const char *const *) names, "bitonal"));
  g_assert_true (g_strv_contains ((const char *const *) names, "low-resolution"));
  pixDestroy (&pix);
  pixDestroy (&one);
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
    g_autofree char *name = g_strdup_printf ("/ocr/page/turned-%u", turn);

    g_test_add_data_func (name, GUINT_TO_POINTER (turn), test_turns);
  }
  g_test_add_func ("/ocr/page/columns", test_columns);
  g_test_add_func ("/ocr/page/skew", test_skew);
  g_test_add_func ("/ocr/page/blank", test_blank);
  g_test_add_func ("/ocr/page/seal", test_seal);
  g_test_add_func ("/ocr/page/limits", test_limits);
  g_test_add_func ("/ocr/page/flags", test_flags);
  status = g_test_run ();
  sohoa_recogniser_free (recogniser);
  return status;
}
