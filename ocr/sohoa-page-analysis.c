#include "sohoa-page-analysis.h"

#include "sohoa-errors.h"
#include "sohoa-ocr-image.h"
#include "sohoa-recogniser-private.h"

#include <math.h>
#include <string.h>

#define ANALYSIS_DPI 150.0
#define MIN_SIDE_PX 16
/* Skew is looked for up to this; a page lying more askew is left to a person. */
#define SKEW_MAX_DEG 7.0
#define SKEW_MIN_CONFIDENCE 2.0
#define SKEW_FLAG_DEG 1.0
/* Letters of the reduced copy, px at 150 dpi: 5 pt capitals to 30 pt. */
#define LETTER_MIN_PX 6
#define LETTER_MAX_PX 60
/* Fewer letters prove no direction. */
#define DIRECTION_MIN_LETTERS 30
/* Row structure of one direction against the other (domain: text lines stand out across). */
#define QUARTER_RATIO 1.6
/* Blank: ink of letter size, mm² on the whole page. A page number of one digit has about 1.5. */
#define BLANK_MAX_INK_MM2 0.8
#define EDGE_MM 0.6

typedef struct {
  PIX   *plain; /* (owned) reduced, 8 or 32 bit */
  PIX   *grey;  /* (owned) */
  PIX   *ink;   /* (owned) 1 bit */
  double scale, dpi;
} Reduced;

static void
reduced_clear (Reduced *r)
{
  pixDestroy (&r->plain);
  pixDestroy (&r->grey);
  pixDestroy (&r->ink);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Reduced, reduced_clear)

static gboolean
reduce (PIX *pix, double dpi, Reduced *r, GError **error)
{
  r->plain = sohoa_ocr_image_reduced (pix, dpi, ANALYSIS_DPI, &r->scale);
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

/* A picture of letters only (no frames, pictures, dust) and their median height. */
static PIX *
letters_only (PIX *ink, double dpi, guint *count, double *median_w, double *median_h, double *area_px)
{
  double k = dpi / ANALYSIS_DPI;
  g_autoptr(GArray) heights = g_array_new (FALSE, FALSE, sizeof (gint));
  g_autoptr(GArray) widths = g_array_new (FALSE, FALSE, sizeof (gint));
  PIXA *pieces = NULL;
  BOXA *boxes = pixConnComp (ink, &pieces, 8);
  PIX *out = pixCreate (pixGetWidth (ink), pixGetHeight (ink), 1);
  l_int32 n = boxes != NULL ? boxaGetCount (boxes) : 0;

  *area_px = 0;
  for (l_int32 i = 0; i < n; i++) {
    l_int32 x, y, w, h, on;

    boxaGetBoxGeometry (boxes, i, &x, &y, &w, &h);
    if (MAX (w, h) < LETTER_MIN_PX * k || MAX (w, h) > LETTER_MAX_PX * k || MIN (w, h) < 2)
      continue;
    pixCountPixels (pieces->pix[i], &on, NULL);
    *area_px += on;
    pixRasterop (out, x, y, w, h, PIX_PAINT, pieces->pix[i], 0, 0);
    g_array_append_val (heights, h);
    g_array_append_val (widths, w);
  }
  g_array_sort (heights, compare_ints);
  g_array_sort (widths, compare_ints);
  *count = heights->len;
  *median_h = heights->len > 0 ? g_array_index (heights, gint, heights->len / 2) : 0;
  *median_w = widths->len > 0 ? g_array_index (widths, gint, widths->len / 2) : 0;
  boxaDestroy (&boxes);
  pixaDestroy (&pieces);
  return out;
}

/* How strongly rows alternate between ink and paper, at the best skew. */
static double
row_structure (PIX *letters, double *skew, double *confidence)
{
  l_float32 angle = 0, conf = 0, score = 0;

  *skew = *confidence = 0;
  if (pixFindSkewSweepAndSearchScorePivot (letters, &angle, &conf, &score, 4, 2, 0, SKEW_MAX_DEG, 1.0, 0.02,
                                           L_SHEAR_ABOUT_CENTER)
      != 0)
    return 0;
  *skew = angle;
  *confidence = conf;
  return score;
}

/* Reads one strip of the page both ways up; positive when it stands as it is. */
static double
trial_reading (SohoaRecogniser *recogniser, PIX *grey, double dpi, double *best)
{
  double confidence[2] = { 0, 0 };
  l_int32 w = pixGetWidth (grey), h = pixGetHeight (grey);
  BOX *box = boxCreate (0, h * 30 / 100, w, h * 22 / 100);

  for (guint i = 0; i < 2; i++) {
    g_autoptr(SohoaTextLayer) layer = sohoa_text_layer_new (w, h, dpi);
    PIX *strip = pixClipRectangle (grey, box, NULL);
    PIX *turned = i == 1 ? pixRotate180 (NULL, strip) : pixClone (strip);

    if (sohoa_recogniser_read_copy (recogniser, turned, dpi, SOHOA_READ_BLOCK, 4000, SOHOA_PLANE_BLACK,
                                    layer, NULL)
        && sohoa_text_layer_count_words (layer) >= 5)
      confidence[i] = sohoa_text_layer_mean_confidence (layer);
    pixDestroy (&strip);
    pixDestroy (&turned);
  }
  boxDestroy (&box);
  *best = MAX (confidence[0], confidence[1]);
  return confidence[0] - confidence[1];
}

/* From here on ascenders and Vietnamese marks prove up or down without reading. */
#define UP_SURE 6.0
/* Difference of mean confidence between both ways up that decides to leave a page; to turn it takes
 * more, and words that were really read (a wrong turn is the worst outcome). */
#define TRIAL_SURE 0.12
#define TRIAL_TURN 0.25
#define TRIAL_TURN_CONFIDENCE 0.75

/* Confidence that lines of @letters (rows across) stand upright; negative = upside down. */
static double
up_down (PIX *letters)
{
  l_float32 conf = 0;

  if (pixUpDownDetect (letters, &conf, DIRECTION_MIN_LETTERS, 0, 0) != 0)
    return 0;
  return conf;
}

/* Up or down for a page whose rows run across in @grey: 0, 180, or -1 when nothing proves it. */
static int
decide_up (SohoaRecogniser *recogniser, PIX *grey, PIX *letters, double dpi, gboolean must_try,
           SohoaPageAnalysis *a)
{
  double up = up_down (letters), trial, best = 0;

  if (up >= UP_SURE && !must_try) {
    a->rotation_reason = "ascenders and marks point up";
    a->rotation_confidence = 0.95;
    return 0;
  }
  if (recogniser == NULL) {
    a->rotation_reason = "direction not proven without reading";
    return -1;
  }
  trial = trial_reading (recogniser, grey, dpi, &best);
  g_debug ("direction: letters %.1f, trial %.2f", up, trial);
  a->rotation_confidence = CLAMP (0.5 + fabs (trial) * 1.5, 0, 0.99);
  a->rotation_reason = "trial reading of a strip both ways up";
  if (fabs (trial) < TRIAL_SURE || ((trial < 0 || must_try) && best < TRIAL_TURN_CONFIDENCE)
      || (trial < 0 && trial > -TRIAL_TURN))
    return -1;
  return trial > 0 ? 0 : 180;
}

static void
decide_rotation (SohoaRecogniser *recogniser, Reduced *r, PIX *letters, SohoaPageAnalysis *a)
{
  double skew_0, skew_90, conf_0, conf_90, score_0, score_90;
  PIX *side = pixRotateOrth (letters, 1);
  int up;

  score_0 = row_structure (letters, &skew_0, &conf_0);
  score_90 = row_structure (side, &skew_90, &conf_90);
  g_debug ("rows: across %.3g (conf %.1f), down %.3g (conf %.1f)", score_0, conf_0, score_90, conf_90);
  if (score_90 > QUARTER_RATIO * score_0 && conf_90 > SKEW_MIN_CONFIDENCE) {
    PIX *grey = pixRotateOrth (r->grey, 1);

    up = decide_up (recogniser, grey, side, r->dpi, TRUE, a);
    pixDestroy (&grey);
    a->rotation = up == 0 ? 90 : up == 180 ? 270 : 0;
    if (up < 0)
      a->flags |= SOHOA_PAGE_FLAG_TURN_UNSURE;
    a->skew_deg = up < 0 || conf_90 < SKEW_MIN_CONFIDENCE ? 0 : skew_90;
  } else {
    up = decide_up (recogniser, r->grey, letters, r->dpi, score_0 < QUARTER_RATIO * score_90, a);
    a->rotation = up == 180 ? 180 : 0;
    if (up < 0)
      a->flags |= SOHOA_PAGE_FLAG_TURN_UNSURE;
    a->skew_deg = conf_0 < SKEW_MIN_CONFIDENCE ? 0 : skew_0;
  }
  pixDestroy (&side);
}

static void
decide_colour (Reduced *r, SohoaPageAnalysis *a)
{
  double px_per_mm2 = pow (r->dpi / 25.4, 2);
  l_int32 on = 0;
  PIX *mask = sohoa_ocr_image_red_mask (r->plain);

  if (mask != NULL)
    pixCountPixels (mask, &on, NULL);
  pixDestroy (&mask);
  a->red_mm2 = on / px_per_mm2;
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

/* Ink of the page without its outermost 4 mm, where shadows and punch holes lie; mm². */
static double
ink_area_mm2 (PIX *ink, double dpi)
{
  l_int32 w = pixGetWidth (ink), h = pixGetHeight (ink), edge = 4 / 25.4 * dpi, on = 0;
  PIX *clean = NULL, *opened = NULL;
  BOX *box;

  if (w <= 3 * edge || h <= 3 * edge)
    edge = 0;
  box = boxCreate (edge, edge, w - 2 * edge, h - 2 * edge);
  clean = pixClipRectangle (ink, box, NULL);
  /* dust: pieces of less than 4 px at 150 dpi */
  opened = pixSelectBySize (clean, 4, 4, 8, L_SELECT_IF_EITHER, L_SELECT_IF_GTE, NULL);
  if (opened != NULL)
    pixCountPixels (opened, &on, NULL);
  boxDestroy (&box);
  pixDestroy (&clean);
  pixDestroy (&opened);
  return on / pow (dpi / 25.4, 2);
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

gboolean
sohoa_page_analyse (SohoaRecogniser *recogniser, PIX *pix, double dpi, SohoaPageAnalysis *analysis,
                    GError **error)
{
  g_auto(Reduced) r = { 0 };
  double width = 0, height = 0, area = 0, ink;
  guint letters_n;
  PIX *letters;

  memset (analysis, 0, sizeof *analysis);
  analysis->rotation_reason = "too few letters to tell";
  analysis->blank_reason = "";
  if (!sohoa_ocr_check_size (pix, error))
    return FALSE;
  dpi = isfinite (dpi) && dpi >= 30 && dpi <= 4800 ? dpi : 200;
  if (MIN (pixGetWidth (pix), pixGetHeight (pix)) < MIN_SIDE_PX) {
    analysis->blank = TRUE;
    analysis->blank_reason = "too small to hold text";
    return TRUE;
  }
  if (!reduce (pix, dpi, &r, error))
    return FALSE;
  simple_flags (pix, dpi, analysis);
  decide_colour (&r, analysis);
  letters = letters_only (r.ink, r.dpi, &letters_n, &width, &height, &area);
  ink = ink_area_mm2 (r.ink, r.dpi);
  g_debug ("page: %u letters, median %.0fx%.0f px, ink %.2f mm2, red %.1f mm2", letters_n, width, height, ink,
           analysis->red_mm2);
  if (ink < BLANK_MAX_INK_MM2 && analysis->red_mm2 < 3) {
    analysis->blank = TRUE;
    analysis->blank_reason = "no ink of letter size";
  } else if (letters_n >= DIRECTION_MIN_LETTERS) {
    decide_rotation (recogniser, &r, letters, analysis);
    analysis->text_height_px = (analysis->rotation % 180 == 90 ? width : height) / r.scale;
    if (fabs (analysis->skew_deg) > SKEW_FLAG_DEG)
      analysis->flags |= SOHOA_PAGE_FLAG_SKEWED;
    if (is_clipped (letters, r.dpi))
      analysis->flags |= SOHOA_PAGE_FLAG_CLIPPED;
  }
  pixDestroy (&letters);
  return TRUE;
}

char **
sohoa_page_flags_to_strv (guint flags)
{
  static const char *const names[] = { "low-resolution", "gray", "bitonal", "skewed", "clipped",
                                       "turn-unsure" };
  GPtrArray *out = g_ptr_array_new ();

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (flags & (1u << i))
      g_ptr_array_add (out, g_strdup (names[i]));
  g_ptr_array_add (out, NULL);
  return (char **) g_ptr_array_free (out, FALSE);
}
