#include "sohoa-mark-match.h"

#include <math.h>
#include <string.h>

#include "sohoa-mark-glyphs.h"

/* Stamps are carved with capitals of 12 to 19 pt (domain.md 4.3: 13–14); 2.75 to 4.5 mm high. */
#define CAP_MIN_MM 2.7
#define CAP_STEP 1.085
#define N_SIZES 7
#define TILT_STEP_DEG 3.6
#define N_TILTS 7 /* ±10.8° */
#define N_FACES 2
#define N_TEMPLATES (N_SIZES * N_TILTS * N_FACES)
#define MAX_ROWS 48
#define MAX_COLUMNS 62
/* Of the word's strokes so much must be inked, of its gaps so much may be (seal, pen, frame). */
#define MIN_COVER 0.90
#define MAX_SPILL 0.46
#define MIN_SCORE 0.84
#define SPILL_WEIGHT 0.25
#define TILT_ROWS 9
/* Steps of the fine search. */
#define FINE_SIZE 0.02
#define FINE_TILT_DEG 0.9
/* Pixels the first rows may lack; they may be where a seal's pad was dry. */
#define SLACK 0.12

typedef struct {
  l_int32 w, h;
  guint   face;
  double  cap; /* px */
  guint64 ink[MAX_ROWS], gap[MAX_ROWS]; /* leftmost column in the highest bit */
  guint8  order[MAX_ROWS];              /* rows, those with most ink first */
  guint16 least[MAX_ROWS];              /* so many hits are needed after each row of that order */
  guint   n_ink, n_gap;
  double  tilt_deg;
} Template;

typedef struct {
  Template items[N_TEMPLATES];
  guint    n;
  l_int32  min_w, min_h;
  PIX     *faces[N_FACES]; /* (owned) as carved, grey */
} Templates;

static const double face_caps[N_FACES] = { SERIF_CAP, SANS_CAP };

/* ---- templates ---- */

static PIX *
glyph (const l_uint32 *bits, l_int32 w, l_int32 h)
{
  PIX *pix = pixCreate (w, h, 1), *grey, *out;

  memcpy (pixGetData (pix), bits, sizeof (l_uint32) * (gsize) pixGetWpl (pix) * (gsize) h);
  grey = pixConvert1To8 (NULL, pix, 255, 0);
  out = pixAddBorder (grey, 24, 255);
  pixDestroy (&pix);
  pixDestroy (&grey);
  return out;
}

static void
take_rows (PIX *pix, guint64 *rows, guint *count)
{
  *count = 0;
  for (l_int32 y = 0; y < pixGetHeight (pix); y++) {
    rows[y] = 0;
    for (l_int32 x = 0; x < pixGetWidth (pix); x++) {
      l_uint32 on = 0;

      pixGetPixel (pix, x, y, &on);
      if (on != 0)
        rows[y] |= G_GUINT64_CONSTANT (1) << (63 - x);
    }
    *count += (guint) __builtin_popcountll (rows[y]);
  }
}

static void
order_rows (Template *t)
{
  for (gint i = 0; i < t->h; i++) {
    gint at = i;

    for (; at > 0 && __builtin_popcountll (t->ink[t->order[at - 1]]) < __builtin_popcountll (t->ink[i]); at--)
      t->order[at] = t->order[at - 1];
    t->order[at] = (guint8) i;
  }
  for (guint i = 0, sum = 0; i < (guint) t->h; i++) {
    sum += (guint) __builtin_popcountll (t->ink[t->order[i]]);
    /* MIN_COVER must stay in reach, and be nearly held on the way */
    t->least[i] = (guint16) MAX (0, MAX (MIN_COVER * t->n_ink - (double) (t->n_ink - sum), sum * (MIN_COVER - SLACK)));
  }
}

/* FALSE when the word is too large for a row of bits. */
static gboolean
make_template (const Templates *all, guint face, double cap, double tilt_deg, Template *t)
{
  float scale = (float) (cap / face_caps[face]);
  PIX *turned = pixRotate (all->faces[face], (l_float32) (tilt_deg * G_PI / 180), L_ROTATE_AREA_MAP, L_BRING_IN_WHITE, 0, 0);
  PIX *small = pixScaleAreaMap (turned, scale, scale);
  PIX *ink = pixThresholdToBinary (small, 140), *tight = NULL, *fat, *gap;
  gboolean fits;

  memset (t, 0, sizeof *t);
  pixClipToForeground (ink, &tight, NULL);
  fits = tight != NULL && pixGetWidth (tight) <= MAX_COLUMNS && pixGetHeight (tight) <= MAX_ROWS;
  if (fits) {
    fat = pixDilateBrick (NULL, tight, 3, 3);
    gap = pixInvert (NULL, fat);
    t->w = pixGetWidth (tight);
    t->h = pixGetHeight (tight);
    t->face = face;
    t->cap = cap;
    t->tilt_deg = tilt_deg;
    take_rows (tight, t->ink, &t->n_ink);
    take_rows (gap, t->gap, &t->n_gap);
    order_rows (t);
    pixDestroy (&fat);
    pixDestroy (&gap);
  }
  pixDestroy (&tight);
  pixDestroy (&ink);
  pixDestroy (&small);
  pixDestroy (&turned);
  return fits;
}

/* Made once, kept for the life of the process. */
static const Templates *
peek_templates (void)
{
  static gsize once = 0;
  static Templates all;

  if (g_once_init_enter (&once)) {
    all.faces[0] = glyph (serif_bits, SERIF_WIDTH, SERIF_HEIGHT);
    all.faces[1] = glyph (sans_bits, SANS_WIDTH, SANS_HEIGHT);
    all.min_w = all.min_h = G_MAXINT32;
    for (guint i = 0; i < N_TEMPLATES; i++) {
      double cap = CAP_MIN_MM * pow (CAP_STEP, i / N_FACES / N_TILTS) / 25.4 * SOHOA_MATCH_DPI;
      Template *t = &all.items[all.n];

      if (!make_template (&all, i % N_FACES, cap, ((gint) (i / N_FACES % N_TILTS) - N_TILTS / 2) * TILT_STEP_DEG, t))
        continue;
      all.min_w = MIN (all.min_w, t->w);
      all.min_h = MIN (all.min_h, t->h);
      all.n++;
    }
    g_once_init_leave (&once, 1);
  }
  return &all;
}

/* ---- matching ---- */

/* 64 pixels of a row from @x on. The picture has a border of a word on the right. */
static inline guint64
bits_at (const l_uint32 *row, l_int32 x)
{
  const l_uint32 *at = row + x / 32;
  guint shift = (guint) x % 32;
  guint64 bits = (guint64) at[0] << 32 | at[1];

  return shift == 0 ? bits : bits << shift | at[2] >> (32 - shift);
}

typedef struct {
  const l_uint32 *thin, *fat; /* ink, and ink grown by a pixel */
  l_int32 wpl, w, h;
} Plane;

/* -1 when it is no match; *@exact: the part of the strokes that is inked without a pixel's grace. The rows with most ink
 * come first, so most places are left after one or two. */
static double
score_at (const Plane *p, const Template *t, l_int32 x, l_int32 y, double *exact)
{
  guint hit = 0, sharp = 0, spill = 0;
  double cover;

  for (l_int32 i = 0; i < t->h; i++) {
    l_int32 row = t->order[i];

    hit += (guint) __builtin_popcountll (bits_at (p->fat + (gsize) (y + row) * (gsize) p->wpl, x) & t->ink[row]);
    if (hit < t->least[i])
      return -1;
  }
  cover = (double) hit / t->n_ink;
  for (l_int32 row = 0; row < t->h; row++) {
    guint64 bits = bits_at (p->thin + (gsize) (y + row) * (gsize) p->wpl, x);

    spill += (guint) __builtin_popcountll (bits & t->gap[row]);
    sharp += (guint) __builtin_popcountll (bits & t->ink[row]);
  }
  if (spill > t->n_gap * MAX_SPILL)
    return -1;
  *exact = (double) sharp / t->n_ink;
  return (cover + *exact) / 2 - SPILL_WEIGHT * spill / t->n_gap;
}

static void
keep (GArray *matches, guint first, const Template *t, l_int32 x, l_int32 y, double score, double exact)
{
  SohoaMatch match = { x, y, t->w, t->h, score, exact, t->tilt_deg, t->face, t->cap };
  guint worst = first;

  for (guint i = first; i < matches->len; i++) {
    SohoaMatch *m = &g_array_index (matches, SohoaMatch, i);

    if (abs (m->x - x) < t->w * 2 / 3 && abs (m->y - y) < t->h * 2 / 3) {
      if (score > m->score)
        *m = match;
      return;
    }
    if (m->score < g_array_index (matches, SohoaMatch, worst).score)
      worst = i;
  }
  if (matches->len - first < SOHOA_MATCH_MAX)
    g_array_append_val (matches, match);
  else if (score > g_array_index (matches, SohoaMatch, worst).score)
    g_array_index (matches, SohoaMatch, worst) = match;
}

/* Where the corner of a word may lie: everywhere near ink (found on a picture four times coarser), or above and left
 * of what may be its M. */
static PIX *
corners_everywhere (PIX *ink, const Templates *all)
{
  PIX *coarse = pixReduceRankBinaryCascade (ink, 1, 1, 0, 0), *wide, *runs, *out;

  /* M's stem, Ậ and T: ink over the whole length, so a closing joins them and an opening keeps only such runs */
  wide = pixCloseSafeBrick (NULL, coarse, 3, 3);
  runs = pixOpenBrick (NULL, wide, 6, 2);
  pixDestroy (&coarse);
  coarse = pixExpandBinaryPower2 (runs, 4);
  out = pixCreate (pixGetWidth (ink), pixGetHeight (ink), 1);
  pixRasterop (out, -all->min_w / 2, -all->min_h * 5 / 8, pixGetWidth (out) + all->min_w, pixGetHeight (out) + all->min_h,
               PIX_SRC, coarse, 0, 0);
  pixDestroy (&wide);
  pixDestroy (&runs);
  pixDestroy (&coarse);
  return out;
}

static PIX *
corners_of_letters (PIX *ink, BOXA *letters)
{
  PIX *out = pixCreate (pixGetWidth (ink), pixGetHeight (ink), 1);

  for (l_int32 i = 0; i < boxaGetCount (letters); i++) {
    l_int32 x, y, w, h;

    boxaGetBoxGeometry (letters, i, &x, &y, &w, &h);
    /* the circumflex stands above the capitals, and a tilt lifts the other end */
    pixRasterop (out, x - 2, y - h / 2 - TILT_ROWS, 5, h / 2 + TILT_ROWS + 3, PIX_SET, NULL, 0, 0);
  }
  return out;
}

static void
match_row (const Plane *p, const Templates *all, PIX *corners, l_int32 y, guint first, GArray *matches)
{
  const l_uint32 *row = pixGetData (corners) + (gsize) y * (gsize) pixGetWpl (corners);

  for (l_int32 x = 0; x + all->min_w <= p->w; x++) {
    if (!GET_DATA_BIT (row, x))
      continue;
    for (guint i = 0; i < all->n; i++) {
      const Template *t = &all->items[i];
      double exact = 0, score = x + t->w <= p->w && y + t->h <= p->h ? score_at (p, t, x, y, &exact) : -1;

      if (score >= MIN_SCORE)
        keep (matches, first, t, x, y, score, exact);
    }
  }
}

/* The grid of sizes and tilts is coarse: what is the word fits better still between its points, what only looks like
 * it does not. */
static void
refine (const Plane *p, const Templates *all, SohoaMatch *match)
{
  SohoaMatch best = *match;

  for (gint k = 0; k < 25; k++) {
    Template t;

    if (!make_template (all, match->face, match->cap * (1 + (k % 5 - 2) * FINE_SIZE), match->tilt_deg + (k / 5 - 2) * FINE_TILT_DEG, &t))
      continue;
    for (gint at = 0; at < 25; at++) {
      l_int32 x = match->x + (match->w - t.w) / 2 + at % 5 - 2, y = match->y + (match->h - t.h) / 2 + at / 5 - 2;
      gboolean inside = x >= 0 && y >= 0 && x + t.w <= p->w && y + t.h <= p->h;
      double exact = 0, score = inside ? score_at (p, &t, x, y, &exact) : -1;

      if (score > best.score)
        best = (SohoaMatch) { x, y, t.w, t.h, score, exact, t.tilt_deg, t.face, t.cap };
    }
  }
  *match = best;
}

void
sohoa_mark_match (PIX *ink, BOXA *letters, GArray *matches)
{
  const Templates *all = peek_templates ();
  PIX *thin = pixAddBorderGeneral (ink, 0, 96, 0, 0, 0); /* room for reading whole words of the row */
  PIX *fat = thin != NULL ? pixDilateBrick (NULL, thin, 3, 3) : NULL;
  PIX *corners = letters != NULL ? corners_of_letters (ink, letters) : corners_everywhere (ink, all);
  guint first = matches->len;

  if (fat != NULL && corners != NULL) {
    Plane p = { pixGetData (thin), pixGetData (fat), pixGetWpl (thin), pixGetWidth (ink), pixGetHeight (ink) };

    for (l_int32 y = 0; y + all->min_h <= p.h; y++)
      match_row (&p, all, corners, y, first, matches);
    for (guint i = first; i < matches->len; i++)
      refine (&p, all, &g_array_index (matches, SohoaMatch, i));
  }
  pixDestroy (&thin);
  pixDestroy (&fat);
  pixDestroy (&corners);
}
