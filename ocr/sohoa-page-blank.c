#include "sohoa-page-analysis-private.h"

#include "sohoa-ocr-image.h"

#include <math.h>

/* Ink on the whole page, mm². A page number of one digit has 0.7 at 10 pt. */
#define BLANK_MAX_INK_MM2 0.45
/* Red ink: a lone stamp, however faded. */
#define BLANK_MAX_RED_MM2 3.0
/* Coloured pen, however pale: what shines through has the paper's colour. */
#define BLANK_MAX_BLUE_MM2 1.5
#define BLUE_MIN_EXCESS 28 /* of blue over red, against the paper's; */
#define BLUE_MIN 8         /* and by itself: grey on yellow paper is not blue */
/* Where shadows of the sheet's own edge lie. */
#define BORDER_MM 4.0
/* Pale ink that stays within this share of the page is a pencil's; what shines through covers more. */
#define PALE_THRESHOLD 178
#define PALE_MIN_MM2 4.0
#define PALE_MAX_SHARE 0.20
/* A dark edge: joined to the border over this length at least; so deep at most. */
#define EDGE_MIN_LENGTH_MM 25.0
#define EDGE_MAX_DEPTH_MM 9.0
/* Holes of a binder are 5.5 to 8 mm across, round, full, and lie in the margin. */
#define HOLE_MIN_MM 4.0
#define HOLE_MAX_MM 9.0
#define HOLE_MAX_RATIO 1.25
#define HOLE_MARGIN_MM 22.0
#define HOLE_MIN_FILL 0.72
#define HOLE_MAX_FILL 0.88 /* a square has 1 */
#define DUST_PX 4          /* at 150 dpi */
#define MM_PER_INCH 25.4

/* Pixels of @piece that lie on the border of a picture of @width x @height. */
static l_int32
touch_length (PIX *piece, const l_int32 *b, l_int32 width, l_int32 height)
{
  l_int32 total = 0;

  for (guint side = 0; side < 4; side++) {
    gboolean upright = side < 2; /* left, right, top, bottom */
    l_int32 at = side == 0 || side == 2 ? 0 : upright ? b[2] - 1 : b[3] - 1, on = 0;
    gboolean touches = side == 0 ? b[0] == 0 : side == 1 ? b[0] + b[2] == width : side == 2 ? b[1] == 0 : b[1] + b[3] == height;
    BOX *box = upright ? boxCreate (at, 0, 1, b[3]) : boxCreate (0, at, b[2], 1);
    PIX *strip = touches ? pixClipRectangle (piece, box, NULL) : NULL;

    if (strip != NULL)
      pixCountPixels (strip, &on, NULL);
    total = MAX (total, on);
    pixDestroy (&strip);
    boxDestroy (&box);
  }
  return total;
}

/* Everything outside of the margin band becomes white. */
static void
keep_margin (PIX *pix, l_int32 depth)
{
  l_int32 w = pixGetWidth (pix), h = pixGetHeight (pix);

  if (w > 2 * depth && h > 2 * depth)
    pixRasterop (pix, depth, depth, w - 2 * depth, h - 2 * depth, PIX_CLR, NULL, 0, 0);
}

static gboolean
remove_dark_edges (PIX *ink, double mm)
{
  l_int32 width = pixGetWidth (ink), height = pixGetHeight (ink);
  PIX *touching = pixExtractBorderConnComps (ink, 8), *edges = pixCreate (width, height, 1);
  PIXA *pieces = NULL;
  BOXA *boxes = touching != NULL ? pixConnComp (touching, &pieces, 8) : NULL;
  gboolean any = FALSE;

  for (l_int32 i = 0; boxes != NULL && i < boxaGetCount (boxes); i++) {
    l_int32 b[4];

    boxaGetBoxGeometry (boxes, i, &b[0], &b[1], &b[2], &b[3]);
    if (touch_length (pieces->pix[i], b, width, height) < EDGE_MIN_LENGTH_MM * mm)
      continue;
    pixRasterop (edges, b[0], b[1], b[2], b[3], PIX_PAINT, pieces->pix[i], 0, 0);
    any = TRUE;
  }
  if (any) {
    keep_margin (edges, EDGE_MAX_DEPTH_MM * mm);
    pixSubtract (ink, ink, edges);
  }
  boxaDestroy (&boxes);
  pixaDestroy (&pieces);
  pixDestroy (&touching);
  pixDestroy (&edges);
  return any;
}

static gboolean
is_hole (PIX *piece, const l_int32 *b, l_int32 width, l_int32 height, double mm)
{
  double longer = MAX (b[2], b[3]) / mm, shorter = MIN (b[2], b[3]) / mm;
  double margin = MIN (MIN (b[0], b[1]), MIN (width - b[0] - b[2], height - b[1] - b[3])) / mm;
  l_int32 on = 0;

  if (longer > HOLE_MAX_MM || shorter < HOLE_MIN_MM || longer > HOLE_MAX_RATIO * shorter || margin > HOLE_MARGIN_MM)
    return FALSE;
  pixCountPixels (piece, &on, NULL);
  return on >= HOLE_MIN_FILL * b[2] * b[3] && on <= HOLE_MAX_FILL * b[2] * b[3];
}

static void
remove_holes (PIX *ink, double mm)
{
  l_int32 width = pixGetWidth (ink), height = pixGetHeight (ink);
  PIXA *pieces = NULL;
  BOXA *boxes = pixConnComp (ink, &pieces, 8);

  for (l_int32 i = 0; boxes != NULL && i < boxaGetCount (boxes); i++) {
    l_int32 b[4];

    boxaGetBoxGeometry (boxes, i, &b[0], &b[1], &b[2], &b[3]);
    if (is_hole (pieces->pix[i], b, width, height, mm))
      pixRasterop (ink, b[0], b[1], b[2], b[3], PIX_DST & PIX_NOT (PIX_SRC), pieces->pix[i], 0, 0);
  }
  boxaDestroy (&boxes);
  pixaDestroy (&pieces);
}

gboolean
sohoa_page_remove_edges (PIX *ink, double dpi)
{
  gboolean dark = remove_dark_edges (ink, dpi / MM_PER_INCH);

  remove_holes (ink, dpi / MM_PER_INCH);
  return dark;
}

/* Area of the pieces that are no dust within the border; *@box_share (nullable): of the page, of the box round them. */
static double
area_mm2 (PIX *ink, double dpi, double *box_share)
{
  l_int32 w = pixGetWidth (ink), h = pixGetHeight (ink), edge = BORDER_MM / MM_PER_INCH * dpi, on = 0, bw = 0, bh = 0;
  PIX *clean, *pieces;
  BOX *inside, *box = NULL;

  if (w <= 3 * edge || h <= 3 * edge)
    edge = 0;
  inside = boxCreate (edge, edge, w - 2 * edge, h - 2 * edge);
  clean = pixClipRectangle (ink, inside, NULL);
  pieces = pixSelectBySize (clean, DUST_PX, DUST_PX, 8, L_SELECT_IF_EITHER, L_SELECT_IF_GTE, NULL);
  if (pieces != NULL)
    pixCountPixels (pieces, &on, NULL);
  if (box_share != NULL) {
    *box_share = 0;
    if (on > 0 && pixClipToForeground (pieces, NULL, &box) == 0 && box != NULL) {
      boxGetGeometry (box, NULL, NULL, &bw, &bh);
      *box_share = (double) bw * bh / ((double) w * h);
    }
    boxDestroy (&box);
  }
  boxDestroy (&inside);
  pixDestroy (&clean);
  pixDestroy (&pieces);
  return on / pow (dpi / MM_PER_INCH, 2);
}

/* Blue pen of any paleness, against the paper's own tint. */
static double
blue_mm2 (PIX *plain, double dpi)
{
  l_int32 width = pixGetWidth (plain), height = pixGetHeight (plain), paper = 0;
  double area;
  PIX *mask;

  if (pixGetDepth (plain) != 32 || (mask = pixCreate (width, height, 1)) == NULL)
    return 0;
  for (guint pass = 0; pass < 2; pass++) { /* the paper's mean first */
    double sum = 0;

    for (l_int32 y = 0; y < height; y += pass == 0 ? 8 : 1) {
      const l_uint32 *from = pixGetData (plain) + (gsize) y * pixGetWpl (plain);
      l_uint32 *to = pixGetData (mask) + (gsize) y * pixGetWpl (mask);

      for (l_int32 x = 0; x < width; x++) {
        l_int32 excess = (l_int32) ((from[x] >> 8) & 0xff) - (l_int32) (from[x] >> 24);

        if (pass == 0)
          sum += excess;
        else if (excess > BLUE_MIN && excess - paper > BLUE_MIN_EXCESS)
          SET_DATA_BIT (to, x);
      }
    }
    if (pass == 0)
      paper = (l_int32) (sum / ((double) width * ((height + 7) / 8)));
  }
  area = area_mm2 (mask, dpi, NULL);
  pixDestroy (&mask);
  return area;
}

/* A pencil's or a pale stamp's line: little of it, in one place. What shines through covers the page. */
static gboolean
has_pale_writing (const SohoaReduced *r)
{
  PIX *even = pixBackgroundNorm (r->grey, NULL, NULL, 16, 24, 60, 40, 220, 2, 2), *pale;
  double share = 0, area;

  if (even == NULL)
    return FALSE;
  pale = pixThresholdToBinary (even, PALE_THRESHOLD);
  pixDestroy (&even);
  (void) sohoa_page_remove_edges (pale, r->dpi);
  area = area_mm2 (pale, r->dpi, &share);
  pixDestroy (&pale);
  g_debug ("blank: pale %.1f mm2 on %.2f of the page", area, share);
  return area >= PALE_MIN_MM2 && share <= PALE_MAX_SHARE;
}

void
sohoa_page_decide_blank (const SohoaReduced *r, SohoaPageAnalysis *a)
{
  double ink = area_mm2 (r->ink, r->dpi, NULL);

  g_debug ("blank: ink %.2f mm2, red %.1f mm2", ink, a->red_mm2);
  a->blank_confidence = CLAMP (0.5 + ink / 20, 0, 0.99);
  if (ink >= BLANK_MAX_INK_MM2)
    a->blank_reason = "there is ink";
  else if (a->red_mm2 >= BLANK_MAX_RED_MM2)
    a->blank_reason = "there is red ink";
  else if (blue_mm2 (r->plain, r->dpi) >= BLANK_MAX_BLUE_MM2)
    a->blank_reason = "there is blue ink";
  else if (has_pale_writing (r))
    a->blank_reason = "there is pale writing in one place";
  else
    a->blank = TRUE;
  if (!a->blank)
    return;
  a->blank_reason = "no ink but what shines through, edges, holes and dust";
  a->blank_confidence = 0.95;
}
