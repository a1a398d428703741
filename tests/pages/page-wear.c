#include "page-wear.h"

#include <math.h>

#define FAX_BLACK 150 /* grey below this is black */

typedef struct {
  double paper[3];   /* colour of the paper, 0-255 */
  double ink;        /* 1: full contrast, less: faded */
  double noise;      /* amplitude in grey levels */
  double skew_deg;   /* at most */
  double through;    /* share of the other side that shines through */
  double shade;      /* how dark the left edge gets */
  int    stains;
  gboolean holes;
} Wear;

static const Wear wears[PAGE_N_KINDS] = {
  [PAGE_KIND_CLEAN] = { { 255, 255, 255 }, 1.0, 1, 0.0, 0, 0, 0, FALSE },
  [PAGE_KIND_OFFICE] = { { 251, 250, 245 }, 0.97, 5, 0.7, 0, 0.04, 0, FALSE },
  [PAGE_KIND_BLEED] = { { 248, 246, 238 }, 0.95, 6, 0.6, 0.16, 0.04, 0, FALSE },
  [PAGE_KIND_OLD] = { { 234, 219, 185 }, 0.80, 9, 1.0, 0.06, 0.08, 7, TRUE },
  [PAGE_KIND_SHADOW] = { { 246, 245, 242 }, 0.93, 6, 0.8, 0, 0.48, 0, TRUE },
  [PAGE_KIND_ROT] = { { 251, 250, 246 }, 0.97, 5, 1.2, 0, 0.03, 0, FALSE },
  [PAGE_KIND_FAX] = { { 255, 255, 255 }, 1.0, 40, 0.8, 0, 0, 0, FALSE },
};

typedef struct {
  double x, y, radius, depth;
} Stain;

static guint32
next_random (guint32 *state)
{
  *state ^= *state << 13;
  *state ^= *state >> 17;
  *state ^= *state << 5;
  return *state;
}

/* -1 … 1, thick in the middle */
static double
noise (guint32 *state)
{
  guint32 r = next_random (state);

  return ((double) (r & 0xffff) + (double) (r >> 16)) / 65535.0 - 1.0;
}

static double
stain_factor (const Stain *stains, int n, double x, double y)
{
  double factor = 1;

  for (int i = 0; i < n; i++) {
    double d = hypot ((x - stains[i].x) * 210 / 297, y - stains[i].y) / stains[i].radius;

    if (d < 1)
      factor *= 1 - stains[i].depth * (1 - d * d) - (d > 0.9 ? stains[i].depth * 0.5 : 0);
  }
  return factor;
}

/* Darkness at the spine and a soft fold, as a book-like pile throws it. */
static double
shade_factor (double share, double x, double y)
{
  double edge = exp (-x * 9);
  double fold = exp (-pow ((y - 0.5) * 30, 2)) * 0.25;

  return 1 - share * (edge + fold);
}

static guint8
clamp (double value)
{
  return (guint8) CLAMP (value, 0, 255);
}

static const guint8 *
surface_row (cairo_surface_t *surface, int y)
{
  return cairo_image_surface_get_data (surface) + (gsize) y * (gsize) cairo_image_surface_get_stride (surface);
}

static void
wear_row (const Wear *wear, const guint8 *front, const guint8 *back, l_uint32 *out, int width, double y,
          const Stain *stains, guint32 *state)
{
  for (int x = 0; x < width; x++) {
    double fx = (double) x / width;
    double factor = shade_factor (wear->shade, fx, y) * stain_factor (stains, wear->stains, fx, y);
    double grain = noise (state) * wear->noise;
    guint8 rgb[3];

    for (int c = 0; c < 3; c++) {
      double ink = 1 - front[4 * x + 2 - c] / 255.0; /* ARGB32 is B, G, R, A in memory */
      double through = back != NULL ? (1 - back[4 * (width - 1 - x) + 2 - c] / 255.0) * wear->through : 0;
      double light = (1 - ink * wear->ink) * (1 - through);

      rgb[c] = clamp (wear->paper[c] * light * factor + grain);
    }
    composeRGBPixel (rgb[0], rgb[1], rgb[2], &out[x]);
  }
}

static PIX *
wear_surface (const Wear *wear, cairo_surface_t *front, cairo_surface_t *back, GRand *rand)
{
  int width = cairo_image_surface_get_width (front), height = cairo_image_surface_get_height (front);
  PIX *pix = pixCreate (width, height, 32);
  guint32 state = g_rand_int (rand) | 1;
  Stain stains[8];

  for (int i = 0; i < wear->stains; i++) {
    stains[i].x = g_rand_double (rand);
    stains[i].y = g_rand_double (rand);
    stains[i].radius = g_rand_double_range (rand, 0.01, 0.08);
    stains[i].depth = g_rand_double_range (rand, 0.03, 0.14);
  }
  cairo_surface_flush (front);
  for (int y = 0; y < height; y++)
    wear_row (wear, surface_row (front, y), back != NULL ? surface_row (back, y) : NULL,
              pixGetData (pix) + (gsize) y * (gsize) pixGetWpl (pix), width, (double) y / height, stains, &state);
  return pix;
}

/* Two holes of the binder, 80 mm apart: the dark lid of the scanner is seen through them. */
static void
punch_holes (cairo_surface_t *surface, double dpi)
{
  cairo_t *cr = cairo_create (surface);

  cairo_scale (cr, dpi / 25.4, dpi / 25.4);
  cairo_set_source_rgb (cr, 0.22, 0.21, 0.20);
  for (int i = 0; i < 2; i++) {
    cairo_arc (cr, 12, 297.0 / 2 - 40 + 80 * i, 2.9, 0, 2 * G_PI);
    cairo_fill (cr);
  }
  cairo_destroy (cr);
}

/* A thermal copy: black or white, with specks and a dropped line. */
static PIX *
make_fax (PIX *colour, GRand *rand)
{
  PIX *grey = pixConvertRGBToLuminance (colour);
  PIX *bits = pixThresholdToBinary (grey, FAX_BLACK);
  int width = pixGetWidth (bits), height = pixGetHeight (bits);

  for (int i = 0; i < 900; i++)
    pixSetPixel (bits, g_rand_int_range (rand, 0, width), g_rand_int_range (rand, 0, height), 1);
  for (int i = 0; i < 2; i++)
    pixRasterop (bits, 0, g_rand_int_range (rand, height / 2, height), width, 1, PIX_CLR, NULL, 0, 0);
  pixDestroy (&grey);
  return bits;
}

static void
replace (PIX **pix, PIX *with)
{
  pixDestroy (pix);
  *pix = with;
}

WornPage
page_wear (cairo_surface_t *front, cairo_surface_t *back, PageKind kind, GRand *rand, double dpi)
{
  const Wear *wear = &wears[kind];
  WornPage worn = { NULL, 0 };
  double skew = wear->skew_deg > 0 ? g_rand_double_range (rand, -wear->skew_deg, wear->skew_deg) : 0;

  if (wear->holes)
    punch_holes (front, dpi);
  worn.pix = wear_surface (wear, front, wear->through > 0 ? back : NULL, rand);
  if (fabs (skew) > 0.05)
    replace (&worn.pix, pixRotate (worn.pix, (l_float32) (skew * G_PI / 180), L_ROTATE_AREA_MAP, L_BRING_IN_WHITE, 0, 0));
  if (kind == PAGE_KIND_FAX)
    replace (&worn.pix, make_fax (worn.pix, rand));
  if (kind == PAGE_KIND_ROT) {
    int quarters = g_rand_int_range (rand, 1, 4);

    worn.rotation = 90 * quarters;
    replace (&worn.pix, pixRotateOrth (worn.pix, quarters));
  }
  pixSetResolution (worn.pix, (l_int32) (dpi + 0.5), (l_int32) (dpi + 0.5));
  return worn;
}
