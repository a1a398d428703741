#include "sohoa-mark-shapes.h"

#include <math.h>

/* domain.md 4.3 gives 20–40 × 8 mm; agencies carve 12–62 × 4.5–16. */
#define FRAME_LONG_MIN_MM 11.0
#define FRAME_LONG_MAX_MM 64.0
#define FRAME_SHORT_MIN_MM 4.5
#define FRAME_SHORT_MAX_MM 16.0
/* A piece of a frame's long side; shorter strokes are letters. */
#define SIDE_PIECE_MM 6.0
#define SIDE_SKEW_MM 3.5
/* Stamps are put on by hand: frames are looked for straight and at these tilts. */
#define FRAME_TILT_DEG 5.5
/* Red text: joined to clusters over this distance. */
#define RED_JOIN_MM 2.2
#define RED_LONG_MIN_MM 6.0
#define RED_LONG_MAX_MM 75.0
#define RED_SHORT_MIN_MM 2.2
#define RED_SHORT_MAX_MM 20.0
#define RED_MIN_INK_MM2 1.5
/* A round seal of an agency has 28–45 mm across. */
#define SEAL_MIN_MM 24.0
#define SEAL_MAX_MM 50.0

static gboolean
overlaps (const SohoaShape *a, const SohoaShape *b)
{
  l_int32 w = MIN (a->x + a->w, b->x + b->w) - MAX (a->x, b->x);
  l_int32 h = MIN (a->y + a->h, b->y + b->h) - MAX (a->y, b->y);

  return w > 0 && h > 0 && w * h > 0.75 * MAX (a->w * a->h, b->w * b->h);
}

static void
add_shape (GArray *shapes, SohoaShape shape)
{
  guint same = 0;

  for (guint i = 0; i < shapes->len; i++) {
    SohoaShape *other = &g_array_index (shapes, SohoaShape, i);

    same += other->red == shape.red;
    if (other->red == shape.red && overlaps (other, &shape)) {
      other->framed |= shape.framed;
      return;
    }
  }
  if (same < SOHOA_SHAPES_MAX)
    g_array_append_val (shapes, shape);
}

static gboolean
between (double value, double low, double high)
{
  return value >= low && value <= high;
}

/* Do these two pieces make the long sides of one frame? */
static gboolean
is_pair (const l_int32 *a, const l_int32 *b, double mm)
{
  double top = a[1] + a[3] / 2.0, bottom = b[1] + b[3] / 2.0;
  double left = MAX (a[0], b[0]), right = MIN (a[0] + a[2], b[0] + b[2]);
  double span = MAX (a[0] + a[2], b[0] + b[2]) - MIN (a[0], b[0]);

  return between ((bottom - top) / mm, FRAME_SHORT_MIN_MM, FRAME_SHORT_MAX_MM)
         && span <= FRAME_LONG_MAX_MM * mm && right - left > 0.7 * span;
}

/* Back to the picture that was not sheared. */
static void
unshear (SohoaShape *shape, double rise, double middle)
{
  double more = fabs (rise) * shape->w;

  if (rise == 0)
    return;
  shape->y = MAX (0, (l_int32) (shape->y - (shape->x + shape->w / 2.0 - middle) * rise - more / 2));
  shape->h += (l_int32) more;
}

/* The long sides of lying frames; @turned: the picture was turned clockwise, the shapes turn back. */
static void
add_lying_frames (PIX *picture, double dpi, gboolean red, gboolean turned, double tilt_deg, GArray *shapes)
{
  double rise = tan (tilt_deg * G_PI / 180), middle = pixGetWidth (picture) / 2;
  PIX *ink = tilt_deg == 0 ? pixClone (picture)
                           : pixVShear (NULL, picture, middle, tilt_deg * G_PI / 180, L_BRING_IN_WHITE);
  double mm = dpi / 25.4;
  PIX *sides = pixOpenBrick (NULL, ink, MAX (8, SIDE_PIECE_MM * mm), 1);
  PIX *joined = pixCloseBrick (NULL, sides, MAX (3, 4 * mm), 3);
  BOXA *boxes = pixConnCompBB (joined, 8);
  l_int32 n = boxaGetCount (boxes), v[2][4];

  for (l_int32 i = 0; i < n; i++) {
    boxaGetBoxGeometry (boxes, i, &v[0][0], &v[0][1], &v[0][2], &v[0][3]);
    if (!between (v[0][2] / mm, FRAME_LONG_MIN_MM, FRAME_LONG_MAX_MM) || v[0][3] > SIDE_SKEW_MM * mm)
      continue;
    for (l_int32 k = 0; k < n; k++) {
      SohoaShape shape = { .red = red, .framed = TRUE };

      boxaGetBoxGeometry (boxes, k, &v[1][0], &v[1][1], &v[1][2], &v[1][3]);
      if (k == i || !between (v[1][2] / mm, FRAME_LONG_MIN_MM, FRAME_LONG_MAX_MM)
          || v[1][3] > SIDE_SKEW_MM * mm || !is_pair (v[0], v[1], mm))
        continue;
      shape.x = MIN (v[0][0], v[1][0]);
      shape.y = v[0][1];
      shape.w = MAX (v[0][0] + v[0][2], v[1][0] + v[1][2]) - shape.x;
      shape.h = v[1][1] + v[1][3] - shape.y;
      if (shape.w < shape.h)
        continue;
      unshear (&shape, rise, middle);
      if (turned)
        shape = (SohoaShape) { shape.y, pixGetWidth (ink) - shape.x - shape.w, shape.h, shape.w,
                                red, TRUE, FALSE, FALSE };
      add_shape (shapes, shape);
    }
  }
  boxaDestroy (&boxes);
  pixDestroy (&sides);
  pixDestroy (&joined);
  pixDestroy (&ink);
}

/* A frame that stands alone is one connected piece of the right size with a hollow inside. */
static void
add_closed_frames (PIX *ink, double dpi, gboolean red, GArray *shapes)
{
  double mm = dpi / 25.4;
  PIXA *pieces = NULL;
  BOXA *boxes = pixConnComp (ink, &pieces, 8);

  for (l_int32 i = 0; i < boxaGetCount (boxes); i++) {
    SohoaShape s = { .red = red, .framed = TRUE };
    l_int32 on = 0;

    boxaGetBoxGeometry (boxes, i, &s.x, &s.y, &s.w, &s.h);
    if (!between (MAX (s.w, s.h) / mm, FRAME_LONG_MIN_MM, FRAME_LONG_MAX_MM)
        || !between (MIN (s.w, s.h) / mm, FRAME_SHORT_MIN_MM, FRAME_SHORT_MAX_MM))
      continue;
    pixCountPixels (pieces->pix[i], &on, NULL);
    if (on < 0.5 * s.w * s.h)
      add_shape (shapes, s);
  }
  boxaDestroy (&boxes);
  pixaDestroy (&pieces);
}

void
sohoa_shapes_add_frames (PIX *ink, double dpi, gboolean red, GArray *shapes)
{
  PIX *turned = pixRotateOrth (ink, 1);

  /* red stamps are found as clusters too, at any tilt */
  for (gint tilt = 0; tilt < (red ? 1 : 3); tilt++) {
    double deg = tilt == 0 ? 0 : tilt == 1 ? FRAME_TILT_DEG : -FRAME_TILT_DEG;

    add_lying_frames (ink, dpi, red, FALSE, deg, shapes);
    add_lying_frames (turned, dpi, red, TRUE, deg, shapes);
  }
  add_closed_frames (ink, dpi, red, shapes);
  pixDestroy (&turned);
}

static gboolean
is_seal (const SohoaShape *s, PIX *piece, double mm)
{
  double ratio = (double) s->w / s->h;
  l_int32 corner = MIN (s->w, s->h) / 8, on = 0;
  BOX *box;
  PIX *cut;

  if (!between (s->w / mm, SEAL_MIN_MM, SEAL_MAX_MM) || !between (s->h / mm, SEAL_MIN_MM, SEAL_MAX_MM)
      || !between (ratio, 0.8, 1.25))
    return FALSE;
  /* corners of a circle's box are empty */
  for (guint i = 0; i < 4; i++) {
    l_int32 part = 0;

    box = boxCreate (i % 2 ? s->w - corner : 0, i / 2 ? s->h - corner : 0, corner, corner);
    cut = pixClipRectangle (piece, box, NULL);
    pixCountPixels (cut, &part, NULL);
    on += part;
    pixDestroy (&cut);
    boxDestroy (&box);
  }
  return on < corner * corner * 4 / 5;
}

static void
mark_inside (GArray *shapes, const SohoaShape *seal)
{
  for (guint i = 0; i < shapes->len; i++) {
    SohoaShape *s = &g_array_index (shapes, SohoaShape, i);

    s->in_seal |= s->x >= seal->x && s->y >= seal->y && s->x + s->w <= seal->x + seal->w
                  && s->y + s->h <= seal->y + seal->h;
  }
}

void
sohoa_shapes_add_red (PIX *red_mask, double dpi, GArray *shapes)
{
  double mm = dpi / 25.4;
  l_int32 join = MAX (3, RED_JOIN_MM * mm);
  PIX *joined = pixCloseSafeBrick (NULL, red_mask, join, join);
  PIXA *pieces = NULL;
  BOXA *boxes = pixConnComp (joined, &pieces, 8);
  g_autoptr(GArray) seals = g_array_new (FALSE, FALSE, sizeof (SohoaShape));

  for (l_int32 i = 0; i < boxaGetCount (boxes); i++) {
    SohoaShape s = { .red = TRUE };
    double longer, shorter;
    l_int32 on = 0;

    boxaGetBoxGeometry (boxes, i, &s.x, &s.y, &s.w, &s.h);
    longer = MAX (s.w, s.h) / mm;
    shorter = MIN (s.w, s.h) / mm;
    pixCountPixels (pieces->pix[i], &on, NULL);
    if (is_seal (&s, pieces->pix[i], mm)) {
      g_array_append_val (seals, s);
      continue;
    }
    if (longer < RED_LONG_MIN_MM || shorter < RED_SHORT_MIN_MM || on < RED_MIN_INK_MM2 * mm * mm)
      continue;
    s.cluster = longer > RED_LONG_MAX_MM || shorter > RED_SHORT_MAX_MM;
    add_shape (shapes, s);
  }
  for (guint i = 0; i < seals->len; i++)
    mark_inside (shapes, &g_array_index (seals, SohoaShape, i));
  boxaDestroy (&boxes);
  pixaDestroy (&pieces);
  pixDestroy (&joined);
}
