#include "sohoa-pdf-seal.h"

#include "sohoa-errors.h"

#include <string.h>

#define MAX_SIDE_PX 4000
#define MM_PER_INCH 25.4
#define PT_PER_INCH 72.0

static PIX *
refuse (GError **error, PIX *pix, const char *why)
{
  pixDestroy (&pix);
  g_set_error (error, SOHOA_PDF_ERROR, SOHOA_PDF_ERROR_BAD_IMAGE, "picture of the seal: %s", why);
  return NULL;
}

PIX *
sohoa_pdf_seal_decode (GBytes *png, double mm, double *width_pt, double *height_pt, GError **error)
{
  gsize size;
  const l_uint8 *data = g_bytes_get_data (png, &size);
  l_int32 width = 0, height = 0, bits = 0, samples = 0, palette = 0;
  PIX *pix, *colour;

  if (size < 8 || memcmp (data, "\x89PNG\r\n\x1a\n", 8) != 0
      || readHeaderMemPng (data, size, &width, &height, &bits, &samples, &palette) != 0)
    return refuse (error, NULL, "not a PNG: save it as one");
  if (width < 16 || height < 16 || width > MAX_SIDE_PX || height > MAX_SIDE_PX)
    return refuse (error, NULL, "must have 16 to 4000 pixels a side");
  pix = pixReadMemPng (data, size);
  if (pix == NULL)
    return refuse (error, NULL, "damaged: save it again");
  if (mm <= 0)
    mm = pixGetXRes (pix) > 0 ? width * MM_PER_INCH / pixGetXRes (pix) : 0;
  if (mm < SOHOA_PDF_SEAL_MIN_MM || mm > SOHOA_PDF_SEAL_MAX_MM || mm * height / width > SOHOA_PDF_SEAL_MAX_MM)
    return refuse (error, pix, "its real size must be 10 to 60 mm: say the width (--seal-mm, [signing] seal-mm)");
  *width_pt = mm / MM_PER_INCH * PT_PER_INCH;
  *height_pt = *width_pt * height / width;
  colour = pixConvertTo32 (pix);
  if (colour != NULL && pixGetSpp (pix) == 4)
    pixSetSpp (colour, 4);
  pixDestroy (&pix);
  return colour != NULL ? colour : refuse (error, NULL, "no memory");
}

guint
sohoa_pdf_seal_add (SohoaPdfAdd add, gpointer sink, PIX *seal, gboolean opaque)
{
  guint width = (guint) pixGetWidth (seal), height = (guint) pixGetHeight (seal), n = width * height, mask = 0;
  gboolean alpha = pixGetSpp (seal) == 4;
  g_autofree guint8 *rgb = g_malloc (3 * (gsize) n), *clear = g_malloc (n);
  g_autofree char *inner = NULL;

  for (guint y = 0, i = 0; y < height; y++) {
    const l_uint32 *row = pixGetData (seal) + (gsize) y * (gsize) pixGetWpl (seal);

    for (guint x = 0; x < width; x++, i++) {
      guint a = alpha ? row[x] & 0xFF : 255;

      for (guint k = 0; k < 3; k++) {
        guint c = row[x] >> (24 - 8 * k) & 0xFF;

        rgb[3 * i + k] = (guint8) (opaque ? (c * a + 255 * (255 - a) + 127) / 255 : c);
      }
      clear[i] = (guint8) a;
    }
  }
  inner = g_strdup_printf ("/Type /XObject /Subtype /Image /Width %u /Height %u /BitsPerComponent 8 /ColorSpace /DeviceGray",
                           width, height);
  if (alpha && !opaque)
    mask = sohoa_pdf_add_flate (add, sink, inner, clear, n);
  g_free (inner);
  inner = mask != 0
            ? g_strdup_printf ("/Type /XObject /Subtype /Image /Width %u /Height %u /BitsPerComponent 8 /ColorSpace /DeviceRGB "
                               "/SMask %u 0 R", width, height, mask)
            : g_strdup_printf ("/Type /XObject /Subtype /Image /Width %u /Height %u /BitsPerComponent 8 /ColorSpace /DeviceRGB",
                               width, height);
  return sohoa_pdf_add_flate (add, sink, inner, rgb, 3 * (gsize) n);
}
