/* Archived streams back to pixels. Quick ways for what scanners write; everything else goes through a
 * one-image PDF in memory and qpdf or poppler. */
#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-pdf-image.h"
#include "sohoa-pdf-poppler.h"
#include "sohoa-pdf-file.h"


#include <stdlib.h>
#include <string.h>

#define STREAM_MAX_BYTES (512u * 1024 * 1024)
#define TIFF_ENTRIES 9u

static PIX *
fail (GError **error, const char *what)
{
  g_set_error (error, SOHOA_PDF_ERROR, SOHOA_PDF_ERROR_BAD_IMAGE, "image: %s: scan the page again", what);
  return NULL;
}

/* 1 = colours inverted, 0 = as they are, -1 = something else. */
static int
decode_inverts (const SohoaImageStream *s)
{
  double first = 0, second = 1;
  char *end;

  if (s->decode == NULL || s->decode[0] != '[')
    return s->decode == NULL ? 0 : -1;
  first = g_ascii_strtod (s->decode + 1, &end);
  second = g_ascii_strtod (end, NULL);
  if (s->palette != NULL)
    return first < second ? 0 : -1;
  return first < second ? 0 : 1;
}

static PIX *
decode_jpeg (const SohoaImageStream *s, GBytes *bytes, guint reduction, GError **error)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  l_int32 width = 0, height = 0, components = 0;
  PIX *pix;

  if (readHeaderMemJpeg (data, size, &width, &height, &components, NULL, NULL) != 0 || width <= 0 || height <= 0
      || (guint64) width * (guint64) height > SOHOA_IMAGE_MAX_PIXELS)
    return fail (error, "JPEG header");
  pix = pixReadMemJpeg (data, size, 0, (l_int32) reduction, NULL, 0);
  if (pix == NULL)
    return fail (error, "JPEG data");
  if (decode_inverts (s) == 1 && components != 4)
    pixInvert (pix, pix);
  return pix;
}

static gint64
parm (const SohoaImageStream *s, const char *key, gint64 fallback)
{
  const char *at = s->decode_parms != NULL ? strstr (s->decode_parms, key) : NULL;

  if (at == NULL)
    return fallback;
  at += strlen (key);
  while (*at == ' ')
    at++;
  return g_str_has_prefix (at, "true") ? 1 : g_str_has_prefix (at, "false") ? 0 : g_ascii_strtoll (at, NULL, 10);
}

static void
put_entry (guint8 *at, guint tag, guint type, guint32 value)
{
  const guint32 count = 1;
  const guint16 short_value = (guint16) value;

  memcpy (at, &(guint16){ (guint16) tag }, 2);
  memcpy (at + 2, &(guint16){ (guint16) type }, 2);
  memcpy (at + 4, &count, 4);
  memset (at + 8, 0, 4);
  if (type == 3)
    memcpy (at + 8, &short_value, 2);
  else
    memcpy (at + 8, &value, 4);
}

/* Whether a sample of 1 is dark: what the palette, Decode and the colour space say of 1-bit samples. */
static gboolean
one_is_dark (const SohoaImageStream *s)
{
  gboolean inverted = decode_inverts (s) == 1;

  if (s->palette != NULL && g_bytes_get_size (s->palette) >= 2 * s->components) {
    const guint8 *p = g_bytes_get_data (s->palette, NULL);
    guint zero = 0, one = 0;

    for (guint i = 0; i < s->components; i++) {
      zero += p[i];
      one += p[s->components + i];
    }
    return s->components == 4 ? one > zero : one < zero;
  }
  return s->components == 4 ? !inverted : inverted;
}

/* A TIFF around the bytes, in the machine's byte order. */
static PIX *
decode_fax (const SohoaImageStream *s, GBytes *bytes, GError **error)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  gint64 k = parm (s, "/K ", 0), columns = parm (s, "/Columns ", 1728), black_is_1 = parm (s, "/BlackIs1 ", 0);
  gsize head = 8 + 2 + TIFF_ENTRIES * 12 + 4;
  g_autofree guint8 *tiff = g_malloc0 (head + size);
  guint8 *e = tiff + 10;
  PIX *pix;

  if (columns != s->width_px || parm (s, "/EncodedByteAlign ", 0) != 0)
    return NULL;
  memcpy (tiff, G_BYTE_ORDER == G_LITTLE_ENDIAN ? "II" : "MM", 2);
  memcpy (tiff + 2, &(guint16){ 42 }, 2);
  memcpy (tiff + 4, &(guint32){ 8 }, 4);
  memcpy (tiff + 8, &(guint16){ TIFF_ENTRIES }, 2);
  put_entry (e, 256, 4, s->width_px);
  put_entry (e + 12, 257, 4, s->height_px);
  put_entry (e + 24, 258, 3, 1);
  put_entry (e + 36, 259, 3, k < 0 ? 4 : 3);
  put_entry (e + 48, 262, 3, 0); /* white is 0: coded black runs are 1 in the PIX */
  put_entry (e + 60, 273, 4, (guint32) head);
  put_entry (e + 72, 278, 4, s->height_px);
  put_entry (e + 84, 279, 4, (guint32) size);
  put_entry (e + 96, k < 0 ? 293 : 292, 4, k > 0 ? 1 : 0);
  memcpy (tiff + head, data, size);
  pix = pixReadMemTiff (tiff, head + size, 0);
  if (pix == NULL || pixGetDepth (pix) != 1) {
    pixDestroy (&pix);
    return NULL;
  }
  /* A black run is sample 0 without BlackIs1, sample 1 with it. */
  if (one_is_dark (s) != (black_is_1 != 0))
    pixInvert (pix, pix);
  return pix;
}

/* ---- everything else ---- */

static GBytes *
wrap_as_pdf (const SohoaImageStream *s, GBytes *bytes)
{
  GString *out = g_string_new ("%PDF-1.7\n");
  gsize at[7] = { 0 }, size, xref;
  const char *data = g_bytes_get_data (bytes, &size);
  const char *device = s->components == 1 ? "/DeviceGray" : s->components == 3 ? "/DeviceRGB" : "/DeviceCMYK";

  at[1] = out->len;
  g_string_append (out, "1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n");
  at[2] = out->len;
  g_string_append (out, "2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n");
  at[3] = out->len;
  g_string_append (out, "3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] /Contents 5 0 R /Resources "
                        "<< /XObject << /I 4 0 R >> >> >>\nendobj\n");
  at[4] = out->len;
  g_string_append_printf (out, "4 0 obj\n<< /Type /XObject /Subtype /Image /Width %u /Height %u /BitsPerComponent %u "
                               "/Filter %s", s->width_px, s->height_px, s->bits, s->filter);
  if (s->palette != NULL) {
    const guint8 *p = g_bytes_get_data (s->palette, NULL);

    g_string_append_printf (out, " /ColorSpace [/Indexed %s %u <", device,
                            (guint) (g_bytes_get_size (s->palette) / s->components - 1));
    for (gsize i = 0; i < g_bytes_get_size (s->palette); i++)
      g_string_append_printf (out, "%02X", p[i]);
    g_string_append (out, ">]");
  } else {
    g_string_append_printf (out, " /ColorSpace %s", device);
  }
  if (s->jbig2_globals != NULL)
    g_string_append (out, s->filter[0] == '[' ? " /DecodeParms [null << /JBIG2Globals 6 0 R >>]"
                                              : " /DecodeParms << /JBIG2Globals 6 0 R >>");
  else if (s->decode_parms != NULL)
    g_string_append_printf (out, " /DecodeParms %s", s->decode_parms);
  if (s->decode != NULL)
    g_string_append_printf (out, " /Decode %s", s->decode);
  g_string_append_printf (out, " /Length %" G_GSIZE_FORMAT " >>\nstream\n", size);
  g_string_append_len (out, data, (gssize) size);
  g_string_append (out, "\nendstream\nendobj\n");
  at[5] = out->len;
  g_string_append (out, "5 0 obj\n<< /Length 25 >>\nstream\n100 0 0 100 0 0 cm /I Do\n\n\nendstream\nendobj\n");
  at[6] = out->len;
  size = 0;
  if (s->jbig2_globals != NULL)
    data = g_bytes_get_data (s->jbig2_globals, &size);
  g_string_append_printf (out, "6 0 obj\n<< /Length %" G_GSIZE_FORMAT " >>\nstream\n", size);
  g_string_append_len (out, data, (gssize) size);
  g_string_append (out, "\nendstream\nendobj\n");
  xref = out->len;
  g_string_append (out, "xref\n0 7\n0000000000 65535 f \n");
  for (guint i = 1; i < 7; i++)
    g_string_append_printf (out, "%010" G_GSIZE_FORMAT " 00000 n \n", at[i]);
  g_string_append_printf (out, "trailer\n<< /Size 7 /Root 1 0 R >>\nstartxref\n%" G_GSIZE_FORMAT "\n%%%%EOF\n", xref);
  return g_string_free_to_bytes (out);
}

/* poppler gives the image itself, in its own pixels and right colours. */
static PIX *
decode_by_poppler (GBytes *pdf, GError **error)
{
  g_autoptr(PopplerDocument) document = poppler_document_new_from_bytes (pdf, NULL, NULL);
  g_autoptr(PopplerPage) page = document != NULL ? poppler_document_get_page (document, 0) : NULL;
  GList *images = page != NULL ? poppler_page_get_image_mapping (page) : NULL;
  cairo_surface_t *surface = NULL;
  PIX *pix = NULL;

  if (images != NULL)
    surface = poppler_page_get_image (page, ((PopplerImageMapping *) images->data)->image_id);
  if (images != NULL)
    poppler_page_free_image_mapping (images);
  if (surface == NULL)
    return fail (error, "cannot be decoded");
  if (cairo_image_surface_get_format (surface) == CAIRO_FORMAT_RGB24
      || cairo_image_surface_get_format (surface) == CAIRO_FORMAT_ARGB32) {
    int width = cairo_image_surface_get_width (surface), height = cairo_image_surface_get_height (surface);
    int stride = cairo_image_surface_get_stride (surface);
    const guint8 *data;

    cairo_surface_flush (surface);
    data = cairo_image_surface_get_data (surface);
    pix = data != NULL ? pixCreate (width, height, 32) : NULL;
    for (int y = 0; pix != NULL && y < height; y++)
      for (int x = 0; x < width; x++)
        pixGetData (pix)[(gsize) y * (gsize) pixGetWpl (pix) + (gsize) x]
          = ((const guint32 *) (const void *) (data + (gsize) y * (gsize) stride))[x] << 8;
  }
  cairo_surface_destroy (surface);
  return pix != NULL ? pix : fail (error, "cannot be decoded");
}

static PIX *
pix_from_samples (const SohoaImageStream *s, GBytes *samples)
{
  gsize size, n = s->palette != NULL ? 1 : s->components, stride;
  const guint8 *data = g_bytes_get_data (samples, &size);
  PIX *pix;

  stride = ((gsize) s->width_px * n * s->bits + 7) / 8;
  if (s->palette != NULL || (n != 1 && n != 3) || (s->bits != 8 && !(s->bits == 1 && n == 1))
      || decode_inverts (s) < 0 || size < stride * s->height_px)
    return NULL;
  pix = pixCreate ((int) s->width_px, (int) s->height_px, s->bits == 1 ? 1 : n == 1 ? 8 : 32);
  for (guint y = 0; pix != NULL && y < s->height_px; y++) {
    const guint8 *row = data + y * stride;
    l_uint32 *line = pixGetData (pix) + (gsize) y * (gsize) pixGetWpl (pix);

    if (n == 3)
      for (guint x = 0; x < s->width_px; x++)
        line[x] = (l_uint32) row[3 * x] << 24 | (l_uint32) row[3 * x + 1] << 16 | (l_uint32) row[3 * x + 2] << 8;
    else
      for (gsize x = 0; x < stride; x++)
        SET_DATA_BYTE (line, x, row[x]);
  }
  if (pix != NULL && s->bits == 1)
    pixInvert (pix, pix); /* PDF 0 = black, Leptonica 1 = black */
  if (pix != NULL && decode_inverts (s) == 1)
    pixInvert (pix, pix);
  if (pix != NULL && s->bits == 1)
    pixSetPadBits (pix, 0);
  return pix;
}

static PIX *
decode_by_pdf (const SohoaImageStream *s, GBytes *bytes, GError **error)
{
  g_autoptr(GBytes) pdf = wrap_as_pdf (s, bytes), samples = NULL;
  PIX *pix = NULL;

  if (strstr (s->filter, "DCT") == NULL && strstr (s->filter, "JBIG2") == NULL && strstr (s->filter, "CCITT") == NULL) {
    gsize size;
    const char *data = g_bytes_get_data (pdf, &size);
    g_auto(SohoaPdfFile) q = { .qpdf = qpdf_init () };

    qpdf_silence_errors (q.qpdf);
    qpdf_set_suppress_warnings (q.qpdf, QPDF_TRUE);
    if (!(qpdf_read_memory (q.qpdf, "image", data, size, NULL) & QPDF_ERRORS))
      samples = sohoa_pdf_file_stream (&q, qpdf_get_object_by_id (q.qpdf, 4, 0), TRUE);
    if (samples != NULL)
      pix = pix_from_samples (s, samples);
  }
  return pix != NULL ? pix : decode_by_poppler (pdf, error);
}

PIX *
sohoa_image_stream_decode (const SohoaImageStream *s, int fd, guint reduction, GError **error)
{
  g_autoptr(GBytes) bytes = NULL;
  guint8 *data;
  PIX *pix = NULL;

  if (s->length == 0 || s->length > STREAM_MAX_BYTES || s->width_px == 0 || s->height_px == 0
      || (guint64) s->width_px * s->height_px > SOHOA_IMAGE_MAX_PIXELS || s->filter == NULL
      || (s->components != 1 && s->components != 3 && s->components != 4))
    return fail (error, "description out of range");
  data = g_malloc (s->length);
  if (!sohoa_fd_pread_all (fd, data, s->length, (goffset) s->offset, error)) {
    g_free (data);
    return NULL;
  }
  bytes = g_bytes_new_take (data, s->length);
  if (strcmp (s->filter, "/DCTDecode") == 0 && s->components != 4)
    return decode_jpeg (s, bytes, reduction == 2 || reduction == 4 || reduction == 8 ? reduction : 1, error);
  if (strcmp (s->filter, "/CCITTFaxDecode") == 0)
    pix = decode_fax (s, bytes, error);
  else if (strcmp (s->filter, "/JBIG2Decode") == 0 && s->jbig2_globals == NULL && s->palette == NULL
           && s->decode == NULL)
    pix = sohoa_jbig2_decode (bytes, NULL);
  return pix != NULL ? pix : decode_by_pdf (s, bytes, error);
}
