#include "sohoa-separator.h"

#include <math.h>
#include <string.h>
#include <zbar.h>

#define PATCH_DPI 100.0            /* 8 pixels to the narrow bar */
#define CODE_DPI 150.0
#define UNIT_INCH 0.08             /* narrow bar and every space */
#define MIN_SCALE 0.75             /* printed smaller or larger than the standard */
#define MAX_SCALE 1.35
#define TOLERANCE 0.40             /* of a unit, for each bar and space */
#define MIN_BAR_INCH 0.75          /* A-61599: shortest bars */
#define LINE_STEP_PX 3             /* between two lines looked at */
#define MAX_SLANT 0.12             /* how far the pattern may move from line to line: 7 degrees of skew */
#define INK_LEVEL 128

/* bar, space, bar, space, bar, space, bar in units: narrow 1, wide 2.5 (0.20 inch) */
static const double patch_t[7] = { 1, 1, 2.5, 1, 1, 1, 2.5 };
#define PATCH_UNITS 10.0

void
sohoa_separator_clear (SohoaSeparator *self)
{
  g_clear_pointer (&self->codes, g_ptr_array_unref);
}

/* ---- transfer patch ---- */

/* Seven runs from @runs, black first. Gives the unit in pixels, 0 when they are no patch. */
static double
match_runs (const int *runs, double dpi, gboolean backwards)
{
  double total = 0, unit;

  for (int i = 0; i < 7; i++)
    total += runs[i];
  unit = total / PATCH_UNITS;
  if (unit < UNIT_INCH * dpi * MIN_SCALE || unit > UNIT_INCH * dpi * MAX_SCALE)
    return 0;
  for (int i = 0; i < 7; i++)
    if (fabs (runs[i] / unit - patch_t[backwards ? 6 - i : i]) > TOLERANCE)
      return 0;
  return unit;
}

/* Position of a patch in one line of the 1-bit picture, or -1. */
static int
find_in_line (const guint8 *line, int n, double dpi)
{
  int runs[7], n_runs = 0, start = 0;

  for (int x = 1; x <= n; x++) {
    if (x < n && (line[x] != 0) == (line[x - 1] != 0))
      continue;
    if (n_runs == 7)
      memmove (runs, runs + 1, 6 * sizeof *runs);
    else
      n_runs++;
    runs[n_runs - 1] = x - start;
    start = x;
    /* the run just ended is black, so the seven start with black */
    if (n_runs == 7 && line[x - 1] != 0 && (match_runs (runs, dpi, FALSE) > 0 || match_runs (runs, dpi, TRUE) > 0))
      return x;
  }
  return -1;
}

/* Bars that stand across the rows of @ink, long enough. */
static gboolean
find_patch (PIX *ink, double dpi)
{
  int w = pixGetWidth (ink), h = pixGetHeight (ink), hits = 0, misses = 0, last = -1;
  int wanted = (int) (MIN_BAR_INCH * dpi / LINE_STEP_PX);
  g_autofree guint8 *line = g_malloc ((gsize) w);

  for (int y = 0; y < h; y += LINE_STEP_PX) {
    const l_uint32 *row = pixGetData (ink) + (gsize) y * pixGetWpl (ink);
    int at;

    for (int x = 0; x < w; x++)
      line[x] = GET_DATA_BIT (row, x);
    at = find_in_line (line, w, dpi);
    if (at < 0 && ++misses > 2)
      hits = 0;
    else if (at >= 0) {
      hits = last >= 0 && hits > 0 && abs (at - last) <= (1 + misses) * LINE_STEP_PX * (1 + MAX_SLANT) ? hits + 1 : 1;
      misses = 0;
      last = at;
      if (hits >= wanted)
        return TRUE;
    }
  }
  return FALSE;
}

static PIX *
grey_at (PIX *pix, double dpi, double want)
{
  PIX *grey = pixGetDepth (pix) == 1 ? pixConvert1To8 (NULL, pix, 255, 0) : pixConvertTo8 (pix, 0);
  PIX *scaled;

  if (grey == NULL || dpi <= want * 1.05)
    return grey;
  scaled = pixScaleAreaMap (grey, (l_float32) (want / dpi), (l_float32) (want / dpi));
  pixDestroy (&grey);
  return scaled;
}

static gboolean
has_patch (PIX *pix, double dpi)
{
  PIX *grey = grey_at (pix, dpi, PATCH_DPI);
  PIX *ink = grey != NULL ? pixThresholdToBinary (grey, INK_LEVEL) : NULL;
  PIX *turned = ink != NULL ? pixRotate90 (ink, 1) : NULL;
  double real = MIN (dpi, PATCH_DPI);
  gboolean found = turned != NULL && (find_patch (ink, real) || find_patch (turned, real));

  pixDestroy (&grey);
  pixDestroy (&ink);
  pixDestroy (&turned);
  return found;
}

/* ---- bar codes ---- */

static const char *
name_of (zbar_symbol_type_t type)
{
  switch ((int) type) {
  case ZBAR_QRCODE:
    return "qr";
  case ZBAR_CODE128:
    return "code128";
  case ZBAR_CODE39:
    return "code39";
  default:
    return NULL;
  }
}

static void
take_symbol (const zbar_symbol_t *symbol, GPtrArray *codes)
{
  const char *name = name_of (zbar_symbol_get_type (symbol)), *data = zbar_symbol_get_data (symbol);
  guint length = zbar_symbol_get_data_length (symbol);

  if (name == NULL || length == 0 || length > SOHOA_SEPARATOR_MAX_TEXT || codes->len >= SOHOA_SEPARATOR_MAX_CODES)
    return;
  for (guint i = 0; i < length; i++)
    if (!g_ascii_isprint (data[i]))
      return;
  g_ptr_array_add (codes, g_strdup_printf ("%s:%.*s", name, (int) length, data));
}

static gboolean
read_codes (PIX *pix, double dpi, GPtrArray *codes)
{
  PIX *grey = grey_at (pix, dpi, CODE_DPI);
  guint w = grey != NULL ? pixGetWidth (grey) : 0, h = grey != NULL ? pixGetHeight (grey) : 0;
  g_autofree guint8 *bytes = g_try_malloc ((gsize) w * h);
  zbar_image_scanner_t *scanner = zbar_image_scanner_create ();
  zbar_image_t *image = zbar_image_create ();
  gboolean ok = bytes != NULL && scanner != NULL && image != NULL;

  for (guint y = 0; ok && y < h; y++)
    for (guint x = 0; x < w; x++)
      bytes[(gsize) y * w + x] = GET_DATA_BYTE (pixGetData (grey) + (gsize) y * pixGetWpl (grey), x);
  if (ok) {
    zbar_image_scanner_set_config (scanner, ZBAR_NONE, ZBAR_CFG_ENABLE, 0);
    zbar_image_scanner_set_config (scanner, ZBAR_QRCODE, ZBAR_CFG_ENABLE, 1);
    zbar_image_scanner_set_config (scanner, ZBAR_CODE128, ZBAR_CFG_ENABLE, 1);
    zbar_image_scanner_set_config (scanner, ZBAR_CODE39, ZBAR_CFG_ENABLE, 1);
    zbar_image_set_format (image, *(const guint32 *) "Y800");
    zbar_image_set_size (image, w, h);
    zbar_image_set_data (image, bytes, (gulong) w * h, NULL);
    if (zbar_scan_image (scanner, image) > 0)
      for (const zbar_symbol_t *s = zbar_image_first_symbol (image); s != NULL; s = zbar_symbol_next (s))
        take_symbol (s, codes);
  }
  zbar_image_destroy (image);
  zbar_image_scanner_destroy (scanner);
  pixDestroy (&grey);
  return ok;
}

gboolean
sohoa_separator_find (PIX *pix, double dpi, SohoaSeparator *out)
{
  out->codes = g_ptr_array_new_with_free_func (g_free);
  out->patch_t = has_patch (pix, dpi);
  return read_codes (pix, dpi, out->codes);
}
