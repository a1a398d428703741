/* Pictures that a clerk would scan again, drawn here; and a good one, which must stay without a word. */
#include "ocr-page.h"
#include "sohoa-page-quality.h"

#define LOW_DPI 150.0

static PIX *
letter (double skew_deg)
{
  OcrPage page;

  ocr_page_init (&page, 300.0);
  ocr_page_letter (&page);
  return ocr_page_finish (&page, 0, skew_deg);
}

static guint
quality (PIX *pix, double dpi)
{
  SohoaPageAnalysis analysis = { 0 };
  g_autoptr(GError) error = NULL;

  g_assert_true (sohoa_page_analyse (NULL, pix, dpi, &analysis, &error));
  return sohoa_page_quality (pix, dpi, &analysis);
}

/* Every level moved: a dark exposure (@mul small) or a pale one (@add large). */
static PIX *
exposed (double mul, int add)
{
  PIX *pix = letter (0), *grey = pixConvertTo8 (pix, 0);

  for (l_int32 y = 0; y < (l_int32) pixGetHeight (grey); y++)
    for (l_int32 x = 0; x < (l_int32) pixGetWidth (grey); x++) {
      l_uint32 v;

      pixGetPixel (grey, x, y, &v);
      pixSetPixel (grey, x, y, (l_uint32) CLAMP (v * mul + add, 0, 255));
    }
  pixDestroy (&pix);
  return grey;
}

static void
test_good (void)
{
  PIX *pix = letter (0.3);
  guint flags = quality (pix, 300.0);

  g_assert_cmpuint (flags, ==, 0);
  pixDestroy (&pix);
}

static void
test_light (void)
{
  PIX *dark = exposed (0.35, 0), *pale = exposed (0.3, 175);
  guint of_dark = quality (dark, 300.0), of_pale = quality (pale, 300.0);

  g_assert_true (of_dark & SOHOA_QUALITY_DARK);
  g_assert_false (of_dark & SOHOA_QUALITY_LIGHT);
  g_assert_true (of_pale & SOHOA_QUALITY_LIGHT);
  g_assert_false (of_pale & SOHOA_QUALITY_DARK);
  pixDestroy (&dark);
  pixDestroy (&pale);
}

static void
test_streak (void)
{
  PIX *pix = letter (0);
  l_int32 w = pixGetWidth (pix), h = pixGetHeight (pix);

  for (l_int32 y = 0; y < h; y++) /* as dirt on the glass draws it; 300 dpi: a third of a millimetre */
    for (l_int32 x = w / 3; x < w / 3 + 4; x++)
      pixSetPixel (pix, x, y, 0x70707000);
  g_assert_true (quality (pix, 300.0) & SOHOA_QUALITY_STREAK);
  pixDestroy (&pix);
  /* a ruled line of a table, half the page high, is none */
  pix = letter (0);
  for (l_int32 y = h / 4; y < 3 * h / 4; y++)
    for (l_int32 x = w / 3; x < w / 3 + 4; x++)
      pixSetPixel (pix, x, y, 0);
  g_assert_false (quality (pix, 300.0) & SOHOA_QUALITY_STREAK);
  pixDestroy (&pix);
}

static void
test_corner (void)
{
  PIX *pix = letter (0);
  l_int32 side = (l_int32) (14 / 25.4 * 300.0), w = pixGetWidth (pix);

  for (l_int32 y = 0; y < side; y++)
    for (l_int32 x = 0; x + y < side; x++)
      pixSetPixel (pix, w - 1 - x, y, 0x20202000);
  g_assert_true (quality (pix, 300.0) & SOHOA_QUALITY_FOLDED_CORNER);
  pixDestroy (&pix);
}

static void
test_resolution_and_skew (void)
{
  PIX *pix = letter (3.0);
  guint flags = quality (pix, LOW_DPI);
  g_auto(GStrv) words = sohoa_quality_to_strv (SOHOA_QUALITY_SKEWED | SOHOA_QUALITY_LOW_RESOLUTION);

  g_assert_true (flags & SOHOA_QUALITY_LOW_RESOLUTION); /* 150 < 200 */
  g_assert_true (flags & SOHOA_QUALITY_SKEWED);
  g_assert_cmpuint (g_strv_length (words), ==, 2);
  g_assert_true (g_strv_contains ((const char *const *) words, "skewed"));
  pixDestroy (&pix);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/quality/good", test_good);
  g_test_add_func ("/quality/light", test_light);
  g_test_add_func ("/quality/streak", test_streak);
  g_test_add_func ("/quality/corner", test_corner);
  g_test_add_func ("/quality/resolution-and-skew", test_resolution_and_skew);
  return g_test_run ();
}
