#include "sohoa-ink.h"

#include <string.h>

/* Colour noise of JPEG and of the lamp: an excess up to this is grey. */
#define NOISE 12
/* A pixel whose colour stands out by this much is ink of that colour, and tells how dark it is. */
#define SURE_EXCESS 48
#define RED_MAX_SPREAD 70 /* of G and B: not orange, not magenta */
/* Every so many-th pixel both ways is measured. */
#define SAMPLE_STEP 3
/* Less coloured ink than this share of the samples is noise. */
#define MIN_SHARE 0.00004
/* Darkness by excess, in steps of 1/16, up to 8. */
#define RATIO_STEPS 128
#define RATIO_STEP 16.0
/* Half of the ink pixels are no darker than the median; black under it is far darker. */
#define RATIO_RANK 0.6
#define RATIO_MARGIN 1.1
#define RED_RATIO_MAX 2.2
#define BLUE_RATIO_MAX 4.5
/* The darkest ink alone leaves this much light: what is darker is print. */
#define FILM_MIN 40
/* Paper: the commonest value of a channel, not darker than this. */
#define PAPER_MIN 110

typedef struct {
  gint r, g, b;
} Rgb;

static inline Rgb
levelled (l_uint32 pixel, const SohoaInk *ink)
{
  return (Rgb) { ink->level[0][pixel >> 24], ink->level[1][(pixel >> 16) & 0xff],
                 ink->level[2][(pixel >> 8) & 0xff] };
}

static inline gint
grey_of (Rgb c)
{
  return (c.r * 77 + c.g * 151 + c.b * 28) >> 8;
}

static inline gint
red_excess (Rgb c)
{
  return c.r - MAX (c.g, c.b);
}

static inline gint
blue_excess (Rgb c)
{
  return c.b - MAX (c.r, c.g);
}

/* The value of a channel that most of the light half of the samples have. */
static guint
paper_value (const guint *histogram)
{
  guint best = 255, best_n = 0;

  for (guint v = PAPER_MIN; v < 256; v++)
    if (histogram[v] >= best_n) {
      best = v;
      best_n = histogram[v];
    }
  return best;
}

static void
measure_paper (PIX *rgb, SohoaInk *ink)
{
  guint histogram[3][256] = { { 0 } };

  for (l_int32 y = 0; y < pixGetHeight (rgb); y += SAMPLE_STEP) {
    const l_uint32 *line = pixGetData (rgb) + (gsize) y * pixGetWpl (rgb);

    for (l_int32 x = 0; x < pixGetWidth (rgb); x += SAMPLE_STEP)
      for (guint c = 0; c < 3; c++)
        histogram[c][(line[x] >> (24 - 8 * c)) & 0xff]++;
  }
  for (guint c = 0; c < 3; c++) {
    guint paper = paper_value (histogram[c]);

    for (guint v = 0; v < 256; v++)
      ink->level[c][v] = MIN (255, v * 255 / paper);
  }
}

static double
ratio_at_rank (const guint *histogram, guint total)
{
  guint sum = 0, i = 0;

  while (i < RATIO_STEPS && sum < total * RATIO_RANK)
    sum += histogram[i++];
  return i / RATIO_STEP;
}

static void
measure_inks (PIX *rgb, SohoaInk *ink)
{
  guint red[RATIO_STEPS] = { 0 }, blue[RATIO_STEPS] = { 0 }, reds = 0, blues = 0, n = 0;

  for (l_int32 y = 0; y < pixGetHeight (rgb); y += SAMPLE_STEP) {
    const l_uint32 *line = pixGetData (rgb) + (gsize) y * pixGetWpl (rgb);

    for (l_int32 x = 0; x < pixGetWidth (rgb); x += SAMPLE_STEP, n++) {
      Rgb c = levelled (line[x], ink);
      gint re = red_excess (c), be = blue_excess (c), dark = 255 - grey_of (c);

      if (re > SURE_EXCESS && ABS (c.g - c.b) < RED_MAX_SPREAD) {
        red[MIN (RATIO_STEPS - 1, (guint) (dark * RATIO_STEP / re))]++;
        reds++;
      } else if (be > SURE_EXCESS) {
        blue[MIN (RATIO_STEPS - 1, (guint) (dark * RATIO_STEP / be))]++;
        blues++;
      }
    }
  }
  if (reds > MIN_SHARE * n)
    ink->red = MIN (RED_RATIO_MAX, ratio_at_rank (red, reds) * RATIO_MARGIN);
  if (blues > MIN_SHARE * n)
    ink->blue = MIN (BLUE_RATIO_MAX, ratio_at_rank (blue, blues) * RATIO_MARGIN);
}

gboolean
sohoa_ink_measure (PIX *plain, SohoaInk *ink)
{
  memset (ink, 0, sizeof *ink);
  if (pixGetDepth (plain) != 32)
    return FALSE;
  measure_paper (plain, ink);
  measure_inks (plain, ink);
  return TRUE;
}

typedef guint8 (*PixelFunc) (Rgb c, const SohoaInk *ink);

/* What the ink alone would have left of the light is divided out: a film over the print. */
static guint8
black_pixel (Rgb c, const SohoaInk *ink)
{
  gint value = grey_of (c), red = red_excess (c) - NOISE, blue = blue_excess (c) - NOISE;
  double film = red > 0 ? ink->red * red : blue > 0 ? ink->blue * blue : 0;

  if (film > 0)
    value = value * 255 / (gint) MAX (255 - film, FILM_MIN);
  return MIN (value, 255);
}

static guint8
red_pixel (Rgb c, const SohoaInk *ink)
{
  gint excess = MIN (c.r - c.g, c.r - c.b) - NOISE;

  return excess <= 0 ? 255 : MAX (0, 255 - 2 * excess);
}

static PIX *
map_pixels (PIX *rgb, const SohoaInk *ink, PixelFunc func)
{
  PIX *out = pixCreate (pixGetWidth (rgb), pixGetHeight (rgb), 8);

  if (out == NULL)
    return NULL;
  for (l_int32 y = 0; y < pixGetHeight (rgb); y++) {
    const l_uint32 *from = pixGetData (rgb) + (gsize) y * pixGetWpl (rgb);
    l_uint32 *to = pixGetData (out) + (gsize) y * pixGetWpl (out);

    for (l_int32 x = 0; x < pixGetWidth (rgb); x++)
      SET_DATA_BYTE (to, x, func (levelled (from[x], ink), ink));
  }
  return out;
}

PIX *
sohoa_ink_black_plane (PIX *rgb, const SohoaInk *ink)
{
  return map_pixels (rgb, ink, black_pixel);
}

PIX *
sohoa_ink_mended_plane (PIX *rgb, const SohoaInk *ink, l_int32 gap_px)
{
  PIX *plane = sohoa_ink_black_plane (rgb, ink), *down, *across;
  l_int32 size = MAX (3, gap_px | 1);

  if (plane == NULL)
    return NULL;
  down = pixOpenGray (plane, 1, size);
  across = pixOpenGray (plane, size, 1);
  for (l_int32 y = 0; down != NULL && across != NULL && y < pixGetHeight (plane); y++) {
    const l_uint32 *from = pixGetData (rgb) + (gsize) y * pixGetWpl (rgb);
    l_uint32 *to = pixGetData (plane) + (gsize) y * pixGetWpl (plane);
    const l_uint32 *a = pixGetData (down) + (gsize) y * pixGetWpl (down);
    const l_uint32 *b = pixGetData (across) + (gsize) y * pixGetWpl (across);

    for (l_int32 x = 0; x < pixGetWidth (plane); x++)
      if (red_excess (levelled (from[x], ink)) > SURE_EXCESS)
        SET_DATA_BYTE (to, x, MIN (GET_DATA_BYTE (a, x), GET_DATA_BYTE (b, x)));
  }
  pixDestroy (&down);
  pixDestroy (&across);
  return plane;
}

PIX *
sohoa_ink_red_plane (PIX *rgb, const SohoaInk *ink)
{
  return map_pixels (rgb, ink, red_pixel);
}
