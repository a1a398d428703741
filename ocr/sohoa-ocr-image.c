#include "sohoa-ocr-image.h"

#include "sohoa-errors.h"

#include <math.h>

/* Ink is red when R stands this far above both others ... */
#define RED_PLANE_FLOOR 12 /* of red over the other channels: paper's own tint */
#define RED_PLANE_GAIN 2   /* makes faded stamp ink dark enough to read */
#define RED_MIN_EXCESS 40
/* ... and G and B lie together: not orange paper, not magenta. */
#define RED_MAX_SPREAD 70
/* Colour noise of JPEG around black strokes: an excess below this leaves grey as it is. */
#define CHROMA_NOISE 24

gboolean
sohoa_ocr_check_size (PIX *pix, GError **error)
{
  guint64 bytes;

  if (pix == NULL || pixGetWidth (pix) <= 0 || pixGetHeight (pix) <= 0) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "page picture: it has no pixels");
    return FALSE;
  }
  bytes = (guint64) pixGetWpl (pix) * 4 * pixGetHeight (pix);
  if (pixGetWidth (pix) > SOHOA_OCR_MAX_SIDE_PX || pixGetHeight (pix) > SOHOA_OCR_MAX_SIDE_PX
      || bytes > SOHOA_OCR_MAX_RASTER_BYTES) {
    g_set_error (error, SOHOA_OCR_ERROR, SOHOA_OCR_ERROR_TOO_LARGE,
                 "page picture: %d x %d pixels are too many: scan with fewer dots per inch",
                 pixGetWidth (pix), pixGetHeight (pix));
    return FALSE;
  }
  return TRUE;
}

static PIX *
without_alpha (PIX *pix)
{
  if (pixGetDepth (pix) == 32 && pixGetSpp (pix) == 4)
    return pixAlphaBlendUniform (pix, 0xffffff00);
  return pixClone (pix);
}

PIX *
sohoa_ocr_image_plain (PIX *pix)
{
  PIX *flat = NULL, *plain = NULL;

  if (pixGetColormap (pix) != NULL)
    flat = pixRemoveColormap (pix, REMOVE_CMAP_BASED_ON_SRC);
  else
    flat = pixClone (pix);
  if (flat == NULL)
    return NULL;
  if (pixGetDepth (flat) == 32)
    plain = without_alpha (flat);
  else
    plain = pixConvertTo8 (flat, FALSE);
  pixDestroy (&flat);
  return plain;
}

PIX *
sohoa_ocr_image_reduced (PIX *pix, double dpi, double dpi_max, double *scale)
{
  double longest = MAX (pixGetWidth (pix), pixGetHeight (pix));
  PIX *small = NULL, *plain = NULL;

  *scale = dpi > dpi_max ? dpi_max / dpi : 1.0;
  /* A wrong or missing dpi must not make the copy huge: 24 inches are enough. */
  if (longest * *scale > 24 * dpi_max)
    *scale = 24 * dpi_max / longest;
  if (*scale >= 1.0)
    return sohoa_ocr_image_plain (pix);
  if (pixGetDepth (pix) == 1 && pixGetColormap (pix) == NULL)
    return pixScaleToGray (pix, *scale);
  plain = sohoa_ocr_image_plain (pix);
  if (plain == NULL)
    return NULL;
  small = pixScaleAreaMap (plain, *scale, *scale);
  pixDestroy (&plain);
  return small;
}

PIX *
sohoa_ocr_image_black_plane (PIX *plain)
{
  l_int32 width = pixGetWidth (plain), height = pixGetHeight (plain);
  PIX *grey;

  if (pixGetDepth (plain) == 8)
    return pixClone (plain);
  grey = pixCreate (width, height, 8);
  if (grey == NULL)
    return NULL;
  for (l_int32 y = 0; y < height; y++) {
    const l_uint32 *from = pixGetData (plain) + (gsize) y * pixGetWpl (plain);
    l_uint32 *to = pixGetData (grey) + (gsize) y * pixGetWpl (grey);

    for (l_int32 x = 0; x < width; x++) {
      l_int32 r = from[x] >> 24, g = (from[x] >> 16) & 0xff, b = (from[x] >> 8) & 0xff;
      l_int32 value = (r * 77 + g * 151 + b * 28) >> 8;
      l_int32 excess = r - MAX (g, b);

      if (excess > CHROMA_NOISE)
        value = MIN (255, MAX (value, r) + (excess - CHROMA_NOISE));
      SET_DATA_BYTE (to, x, value);
    }
  }
  return grey;
}

PIX *
sohoa_ocr_image_red_plane (PIX *plain)
{
  l_int32 width = pixGetWidth (plain), height = pixGetHeight (plain);
  PIX *grey;

  if (pixGetDepth (plain) != 32)
    return NULL;
  grey = pixCreate (width, height, 8);
  if (grey == NULL)
    return NULL;
  for (l_int32 y = 0; y < height; y++) {
    const l_uint32 *from = pixGetData (plain) + (gsize) y * pixGetWpl (plain);
    l_uint32 *to = pixGetData (grey) + (gsize) y * pixGetWpl (grey);

    for (l_int32 x = 0; x < width; x++) {
      l_int32 r = from[x] >> 24, g = (from[x] >> 16) & 0xff, b = (from[x] >> 8) & 0xff;
      l_int32 excess = MIN (r - g, r - b);

      SET_DATA_BYTE (to, x, 255 - CLAMP ((excess - RED_PLANE_FLOOR) * RED_PLANE_GAIN, 0, 255));
    }
  }
  return grey;
}

PIX *
sohoa_ocr_image_red_mask (PIX *plain)
{
  l_int32 width = pixGetWidth (plain), height = pixGetHeight (plain);
  PIX *mask;

  if (pixGetDepth (plain) != 32)
    return NULL;
  mask = pixCreate (width, height, 1);
  if (mask == NULL)
    return NULL;
  for (l_int32 y = 0; y < height; y++) {
    const l_uint32 *from = pixGetData (plain) + (gsize) y * pixGetWpl (plain);
    l_uint32 *to = pixGetData (mask) + (gsize) y * pixGetWpl (mask);

    for (l_int32 x = 0; x < width; x++) {
      l_int32 r = from[x] >> 24, g = (from[x] >> 16) & 0xff, b = (from[x] >> 8) & 0xff;

      if (MIN (r - g, r - b) > RED_MIN_EXCESS && ABS (g - b) < RED_MAX_SPREAD)
        SET_DATA_BIT (to, x);
    }
  }
  return mask;
}

PIX *
sohoa_ocr_image_ink (PIX *grey)
{
  /* Paper is levelled first; then a fixed step below white is ink, so that what shines through from
   * the back (pale) stays paper. */
  PIX *even = pixBackgroundNorm (grey, NULL, NULL, 16, 24, 60, 40, 220, 2, 2);
  PIX *ink;

  if (even == NULL)
    even = pixClone (grey);
  ink = pixThresholdToBinary (even, 145);
  pixDestroy (&even);
  return ink;
}

PIX *
sohoa_ocr_image_turn (PIX *pix, guint rotation)
{
  return rotation == 0 ? pixClone (pix) : pixRotateOrth (pix, rotation / 90);
}

PIX *
sohoa_ocr_image_scale (PIX *pix, double scale)
{
  if (fabs (scale - 1.0) < 0.02)
    return pixClone (pix);
  if (pixGetDepth (pix) == 1)
    return scale < 1.0 ? pixScaleToGray (pix, scale) : pixScale (pix, scale, scale);
  if (scale < 1.0)
    return pixScaleAreaMap (pix, scale, scale);
  return pixScaleLI (pix, scale, scale);
}

void
sohoa_ocr_frame_back (const SohoaOcrFrame *frame, double *x, double *y)
{
  double dx = *x - frame->cx, dy = *y - frame->cy;
  double c = cos (frame->angle), s = sin (frame->angle);

  *x = (frame->cx + dx * c + dy * s) / frame->scale;
  *y = (frame->cy - dx * s + dy * c) / frame->scale;
}
