#include "sohoa-page-analysis-private.h"

#include "sohoa-errors.h"
#include "sohoa-ocr-image.h"
#include "sohoa-sheet-print.h"

#include <math.h>
#include <string.h>

#define MIN_SIDE_PX 16
#define SKEW_FLAG_DEG 1.0
/* Letters of the reduced copy, px at 150 dpi: 5 pt capitals to 30 pt. */
/* Ink has a colour when it is neither dark nor light and its channels differ by so much. */
#define COLOUR_DARK 25
#define COLOUR_LIGHT 230
#define COLOUR_SPREAD 60
#define LETTER_MIN_PX 6
#define LETTER_MAX_PX 60
#define EDGE_MM 0.6

static void
reduced_clear (SohoaReduced *r)
{
  pixDestroy (&r->plain);
  pixDestroy (&r->grey);
  pixDestroy (&r->ink);
  pixDestroy (&r->letters);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SohoaReduced, reduced_clear)

static gboolean
reduce (PIX *pix, double dpi, SohoaReduced *r, GError **error)
{
  r->plain = sohoa_ocr_image_reduced (pix, dpi, SOHOA_ANALYSIS_DPI, &r->scale);
  r->dpi = dpi * r->scale;
  if (r->plain != NULL)
    r->grey = sohoa_ocr_image_black_plane (r->plain);
  if (r->grey != NULL)
    r->ink = sohoa_ocr_image_ink (r->grey);
  if (r->ink != NULL)
    return TRUE;
  g_set_error (error, SOHOA_OCR_ERROR, SOHOA_OCR_ERROR_TOO_LARGE, "page picture: out of memory");
  return FALSE;
}

static int
compare_ints (gconstpointer a, gconstpointer b)
{
  return *(const gint *) a - *(const gint *) b;
}

/* Fills @r->letters: a picture of letters only (no frames, pictures, dust), and their median size. */
static void
find_letters (SohoaReduced *r, double *median_w, double *median_h)
{
  double k = r->dpi / SOHOA_ANALYSIS_DPI;
  g_autoptr(GArray) heights = g_array_new (FALSE, FALSE, sizeof (gint));
  g_autoptr(GArray) widths = g_array_new (FALSE, FALSE, sizeof (gint));
  PIXA *pieces = NULL;
  BOXA *boxes = pixConnComp (r->ink, &pieces, 8);
  l_int32 n = boxes != NULL ? boxaGetCount (boxes) : 0;

  r->letters = pixCreate (pixGetWidth (r->ink), pixGetHeight (r->ink), 1);
  for (l_int32 i = 0; i < n; i++) {
    l_int32 x, y, w, h;

    boxaGetBoxGeometry (boxes, i, &x, &y, &w, &h);
    if (MAX (w, h) < LETTER_MIN_PX * k || MAX (w, h) > LETTER_MAX_PX * k || MIN (w, h) < 2)
      continue;
    pixRasterop (r->letters, x, y, w, h, PIX_PAINT, pieces->pix[i], 0, 0);
    g_array_append_val (heights, h);
    g_array_append_val (widths, w);
  }
  g_array_sort (heights, compare_ints);
  g_array_sort (widths, compare_ints);
  r->n_letters = heights->len;
  *median_h = heights->len > 0 ? g_array_index (heights, gint, heights->len / 2) : 0;
  *median_w = widths->len > 0 ? g_array_index (widths, gint, widths->len / 2) : 0;
  boxaDestroy (&boxes);
  pixaDestroy (&pieces);
}

static void
decide_colour (const SohoaReduced *r, SohoaPageAnalysis *a)
{
  double px_per_mm2 = pow (r->dpi / 25.4, 2);
  l_int32 on = 0;
  l_float32 middle = 0, share = 0;
  PIX *mask = sohoa_ocr_image_red_mask (r->plain);

  if (mask != NULL)
    pixCountPixels (mask, &on, NULL);
  pixDestroy (&mask);
  a->red_mm2 = on / px_per_mm2;
  if (pixGetDepth (r->plain) == 32
      && pixColorFraction (r->plain, COLOUR_DARK, COLOUR_LIGHT, COLOUR_SPREAD, 1, &middle, &share) == 0)
    a->colour_mm2 = (double) middle * share * pixGetWidth (r->plain) * pixGetHeight (r->plain) / px_per_mm2;
}

/* Letters that touch the outermost strip of the picture were cut off by the scanner. */
static gboolean
is_clipped (PIX *letters, double dpi)
{
  l_int32 w = pixGetWidth (letters), h = pixGetHeight (letters), strip = MAX (2, EDGE_MM / 25.4 * dpi);
  BOX *boxes[] = { boxCreate (0, 0, strip, h), boxCreate (w - strip, 0, strip, h),
                   boxCreate (0, 0, w, strip), boxCreate (0, h - strip, w, strip) };
  gboolean clipped = FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (boxes); i++) {
    PIX *part = pixClipRectangle (letters, boxes[i], NULL);
    l_int32 on = 0;

    pixCountPixels (part, &on, NULL);
    clipped |= on > strip * strip * 12;
    pixDestroy (&part);
    boxDestroy (&boxes[i]);
  }
  return clipped;
}

static void
simple_flags (PIX *pix, double dpi, SohoaPageAnalysis *a)
{
  if (dpi < 199)
    a->flags |= SOHOA_PAGE_FLAG_LOW_RESOLUTION;
  if (pixGetDepth (pix) == 1)
    a->flags |= SOHOA_PAGE_FLAG_BITONAL;
  else if (pixGetDepth (pix) <= 8 && pixGetColormap (pix) == NULL)
    a->flags |= SOHOA_PAGE_FLAG_GRAY;
}

/* Turn, skew, size of letters, clipping: of a page that is not blank. */
static void
look_at_letters (SohoaRecogniser *recogniser, SohoaReduced *r, int hint, SohoaPageAnalysis *a)
{
  double width = 0, height = 0;

  find_letters (r, &width, &height);
  g_debug ("page: %u letters, median %.0fx%.0f px", r->n_letters, width, height);
  sohoa_page_decide_turn (recogniser, r, hint, a);
  a->has_print = sohoa_sheet_print_make (r, a->rotation, a->skew_deg, a->print);
  if (r->n_letters < SOHOA_ANALYSIS_MIN_LETTERS)
    return;
  a->text_height_px = (a->rotation % 180 == 90 ? width : height) / r->scale;
  if (fabs (a->skew_deg) > SKEW_FLAG_DEG)
    a->flags |= SOHOA_PAGE_FLAG_SKEWED;
  if (is_clipped (r->letters, r->dpi))
    a->flags |= SOHOA_PAGE_FLAG_CLIPPED;
}

gboolean
sohoa_page_analyse_with_hint (SohoaRecogniser *recogniser, PIX *pix, double dpi, int hint,
                              SohoaPageAnalysis *analysis, GError **error)
{
  g_auto(SohoaReduced) r = { 0 };

  memset (analysis, 0, sizeof *analysis);
  analysis->rotation_reason = "nothing to tell by";
  analysis->blank_reason = "";
  if (!sohoa_ocr_check_size (pix, error))
    return FALSE;
  dpi = isfinite (dpi) && dpi >= 30 && dpi <= 4800 ? dpi : 200;
  if (MIN (pixGetWidth (pix), pixGetHeight (pix)) < MIN_SIDE_PX) {
    analysis->blank = TRUE;
    analysis->blank_confidence = 0.95;
    analysis->blank_reason = "too small to hold text";
    return TRUE;
  }
  if (!reduce (pix, dpi, &r, error))
    return FALSE;
  simple_flags (pix, dpi, analysis);
  decide_colour (&r, analysis);
  if (sohoa_page_remove_edges (r.ink, r.dpi))
    analysis->flags |= SOHOA_PAGE_FLAG_DARK_EDGES;
  sohoa_page_decide_blank (&r, analysis);
  if (!analysis->blank)
    look_at_letters (recogniser, &r, hint, analysis);
  return TRUE;
}

gboolean
sohoa_page_analyse (SohoaRecogniser *recogniser, PIX *pix, double dpi, SohoaPageAnalysis *analysis,
                    GError **error)
{
  return sohoa_page_analyse_with_hint (recogniser, pix, dpi, SOHOA_TURN_NO_HINT, analysis, error);
}

const char *
sohoa_turn_to_string (SohoaTurn turn)
{
  static const char *const names[] = { "leave", "upright", "auto", "ask" };

  return names[turn];
}

char **
sohoa_page_flags_to_strv (guint flags)
{
  static const char *const names[] = { "low-resolution", "gray", "bitonal", "skewed", "clipped",
                                       "turn-unsure", "dark-edges" };
  GPtrArray *out = g_ptr_array_new ();

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (flags & (1u << i))
      g_ptr_array_add (out, g_strdup (names[i]));
  g_ptr_array_add (out, NULL);
  return (char **) g_ptr_array_free (out, FALSE);
}
