#include "sohoa-pdf-image.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-pdf-font.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* PNG filter Up or Sub per row, whichever gives the smaller sum (PNG 12.8). */
static GBytes *
predict (const guint8 *samples, gsize stride, gsize rows, gsize bpp)
{
  guint8 *out = g_malloc ((stride + 1) * rows), *to = out;

  for (gsize y = 0; y < rows; y++) {
    const guint8 *row = samples + y * stride, *above = y > 0 ? row - stride : NULL;
    guint64 up = 0, sub = 0;
    gboolean use_up;

    for (gsize x = 0; x < stride; x++) {
      up += (guint) abs ((gint8) (row[x] - (above != NULL ? above[x] : 0)));
      sub += (guint) abs ((gint8) (row[x] - (x >= bpp ? row[x - bpp] : 0)));
    }
    use_up = up < sub;
    *to++ = use_up ? 2 : 1;
    for (gsize x = 0; x < stride; x++)
      *to++ = (guint8) (row[x] - (use_up ? (above != NULL ? above[x] : 0) : x >= bpp ? row[x - bpp] : 0));
  }
  return g_bytes_new_take (out, (stride + 1) * rows);
}

static guint8 *
samples_of (PIX *pix, guint components)
{
  guint width = (guint) pixGetWidth (pix), height = (guint) pixGetHeight (pix);
  const l_uint32 *data = pixGetData (pix);
  gsize wpl = (gsize) pixGetWpl (pix);
  guint8 *out = g_malloc ((gsize) width * height * components), *to = out;

  for (guint y = 0; y < height; y++) {
    l_uint32 *line = (l_uint32 *) data + y * wpl;

    for (guint x = 0; x < width; x++) {
      if (components == 1) {
        *to++ = (guint8) GET_DATA_BYTE (line, x);
      } else {
        *to++ = (guint8) (line[x] >> L_RED_SHIFT);
        *to++ = (guint8) (line[x] >> L_GREEN_SHIFT);
        *to++ = (guint8) (line[x] >> L_BLUE_SHIFT);
      }
    }
  }
  return out;
}

static gboolean
finish (SohoaImageStream *stream, GBytes *bytes, int out_fd, GError **error)
{
  gsize size;
  const void *data = g_bytes_get_data (bytes, &size);
  off_t at = lseek (out_fd, 0, SEEK_CUR);

  stream->offset = at > 0 ? (guint64) at : 0;
  stream->length = size;
  stream->sha256 = sohoa_bytes_sha256 (data, size);
  return sohoa_fd_write_all (out_fd, data, size, error);
}

static GBytes *
encode_bilevel (PIX *pix, GError **error)
{
  g_autoptr(GBytes) bytes = sohoa_jbig2_encode (pix);
  PIX *back = sohoa_jbig2_decode (bytes, error);
  l_int32 same = 0;

  if (back == NULL)
    return NULL;
  pixEqual (pix, back, &same);
  pixDestroy (&back);
  if (!same) {
    g_set_error_literal (error, SOHOA_PDF_ERROR, SOHOA_PDF_ERROR_BAD_IMAGE,
                         "JBIG2: decoded picture differs: report this, nothing was written");
    return NULL;
  }
  return g_steal_pointer (&bytes);
}

gboolean
sohoa_image_stream_from_pix (PIX *pix, int out_fd, SohoaImageStream **stream_out, GError **error)
{
  g_autoptr(SohoaImageStream) stream = sohoa_image_stream_new ();
  g_autoptr(GBytes) bytes = NULL, predicted = NULL;
  PIX *plain = pixGetColormap (pix) != NULL ? pixRemoveColormap (pix, REMOVE_CMAP_BASED_ON_SRC) : pixClone (pix);
  PIX *use = NULL;

  *stream_out = NULL;
  if (plain != NULL)
    use = pixGetDepth (plain) == 1 || pixGetDepth (plain) == 8 || pixGetDepth (plain) == 32
            ? pixClone (plain) : pixConvertTo8 (plain, 0);
  pixDestroy (&plain);
  if (use == NULL) {
    g_set_error_literal (error, SOHOA_PDF_ERROR, SOHOA_PDF_ERROR_BAD_IMAGE, "image: pixel format not known: convert it");
    return FALSE;
  }
  stream->width_px = (guint) pixGetWidth (use);
  stream->height_px = (guint) pixGetHeight (use);
  stream->components = pixGetDepth (use) == 32 ? 3 : 1;
  stream->colorspace = stream->components == 3 ? SOHOA_CS_RGB : SOHOA_CS_GRAY;
  if (pixGetDepth (use) == 1) {
    stream->bits = 1;
    stream->filter = g_strdup ("/JBIG2Decode");
    bytes = encode_bilevel (use, error);
  } else {
    g_autofree guint8 *samples = samples_of (use, stream->components);
    gsize stride = (gsize) stream->width_px * stream->components;

    stream->bits = 8;
    stream->filter = g_strdup ("/FlateDecode");
    stream->decode_parms = g_strdup_printf ("<< /Predictor 15 /Colors %u /BitsPerComponent 8 /Columns %u >>",
                                            stream->components, stream->width_px);
    predicted = predict (samples, stride, stream->height_px, stream->components);
    bytes = sohoa_pdf_deflate (g_bytes_get_data (predicted, NULL), g_bytes_get_size (predicted));
  }
  pixDestroy (&use);
  if (bytes == NULL || !finish (stream, bytes, out_fd, error))
    return FALSE;
  *stream_out = g_steal_pointer (&stream);
  return TRUE;
}
