/* preview: looking at finished or delivered files. */
#include "sohoa-worker.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-image-source.h"
#include "sohoa-pdf-image.h"
#include "sohoa-pdf-source.h"

#include <string.h>

#define PREVIEW_MAX_SIDE_PX 8000u
#define PREVIEW_MAX_PIXELS (20u * 1000 * 1000)
#define PREVIEW_DEFAULT_PX 1000u
#define RENDER_MAX_DPI 300.0
#define POINTS_PER_INCH 72.0

/* ---- preview ---- */

typedef struct {
  guint  rotation; /* degrees clockwise */
  double x, y, w, h;
  guint  size_px;
} View;

static gboolean
take_view (const SohoaRequest *request, View *v, GError **error)
{
  *v = (View) { .w = 1, .h = 1 };
  v->rotation = sohoa_request_uint (request, "rotation", 0);
  v->size_px = CLAMP (sohoa_request_uint (request, "size", PREVIEW_DEFAULT_PX), 16, PREVIEW_MAX_SIDE_PX);
  (void) g_variant_lookup (request->args, "box", "(dddd)", &v->x, &v->y, &v->w, &v->h);
  if (v->rotation % 90 == 0 && v->rotation < 360 && v->x >= 0 && v->y >= 0 && v->w > 0 && v->h > 0 && v->x + v->w <= 1.0001
      && v->y + v->h <= 1.0001)
    return TRUE;
  g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "preview: the box lies outside the page");
  return FALSE;
}

static guint
reduction_for (guint width, guint height, const View *v)
{
  double want = v->size_px / MAX (v->w, v->h);
  double ratio = MAX (width, height) / want;

  return ratio >= 8 ? 8 : ratio >= 4 ? 4 : ratio >= 2 ? 2 : 1;
}

static PIX *
picture_of_file (const SohoaRequest *request, const View *v, GError **error)
{
  guint page = sohoa_request_uint (request, "page", 1);
  g_autoptr(SohoaPdfSource) pdf = NULL;
  const SohoaPdfPage *info;
  double want = v->size_px / MAX (v->w, v->h), side;

  pdf = sohoa_pdf_source_new (request->fds[0], error);
  if (pdf == NULL || (info = sohoa_pdf_source_peek_page (pdf, page, error)) == NULL)
    return NULL;
  side = MAX (MAX (info->width_pt, info->height_pt), 1);
  return sohoa_pdf_source_render (pdf, page, MIN (want * POINTS_PER_INCH / side, RENDER_MAX_DPI), PREVIEW_MAX_PIXELS,
                                  NULL, error);
}

static PIX *
picture (const SohoaRequest *request, const View *v, GError **error)
{
  g_autoptr(GVariant) image = g_variant_lookup_value (request->args, "image", G_VARIANT_TYPE_VARDICT);
  g_autoptr(SohoaImageStream) stream = NULL;

  if (image == NULL)
    return picture_of_file (request, v, error);
  stream = sohoa_image_stream_from_variant (image, error);
  if (stream == NULL)
    return NULL;
  return sohoa_image_stream_decode (stream, request->fds[0], reduction_for (stream->width_px, stream->height_px, v),
                                    error);
}

/* Turned, cut and scaled; consumes @pix. 32 bpp. */
static PIX *
arrange (PIX *pix, const View *v)
{
  g_autoptr(PIX) owned = pix;
  g_autoptr(PIX) turned = pixRotateOrth (pix, (l_int32) (v->rotation / 90));
  g_autoptr(PIX) cut = NULL;
  g_autoptr(PIX) grey = NULL;
  g_autoptr(PIX) scaled = NULL;
  g_autoptr(BOX) box = NULL;
  double w, h, scale;

  if (turned == NULL)
    return NULL;
  w = pixGetWidth (turned);
  h = pixGetHeight (turned);
  box = boxCreate ((l_int32) (v->x * w), (l_int32) (v->y * h), MAX ((l_int32) (v->w * w), 1), MAX ((l_int32) (v->h * h), 1));
  cut = pixClipRectangle (turned, box, NULL);
  if (cut == NULL)
    return NULL;
  scale = MIN (1.0, (double) v->size_px / MAX (pixGetWidth (cut), pixGetHeight (cut)));
  if (scale >= 1.0)
    return pixConvertTo32 (cut);
  grey = pixGetDepth (cut) == 1 ? pixConvert1To8 (NULL, cut, 255, 0) : pixClone (cut);
  scaled = grey != NULL ? pixScaleAreaMap (grey, (l_float32) scale, (l_float32) scale) : NULL;
  return scaled != NULL ? pixConvertTo32 (scaled) : NULL;
}

static gboolean
write_rows (PIX *pix, int fd, GError **error)
{
  guint w = pixGetWidth (pix), h = pixGetHeight (pix);
  g_autofree guint8 *row = g_malloc ((gsize) w * 3);

  for (guint y = 0; y < h; y++) {
    const l_uint32 *line = pixGetData (pix) + (gsize) y * pixGetWpl (pix);

    for (guint x = 0; x < w; x++) {
      row[3 * x] = line[x] >> 24;
      row[3 * x + 1] = line[x] >> 16 & 0xff;
      row[3 * x + 2] = line[x] >> 8 & 0xff;
    }
    if (!sohoa_fd_write_all (fd, row, (gsize) w * 3, error))
      return FALSE;
  }
  return TRUE;
}

GVariant *
sohoa_op_preview (SohoaWorker *self, const SohoaRequest *request, GError **error)
{
  g_autoptr(PIX) pix = NULL;
  GVariantDict reply;
  View view;

  if (!sohoa_request_check (request, 2, error) || !take_view (request, &view, error)
      || !sohoa_request_rewind (request->fds[1], error))
    return NULL;
  pix = picture (request, &view, error);
  if (pix == NULL)
    return NULL;
  pix = arrange (pix, &view);
  if (pix == NULL) {
    g_set_error (error, SOHOA_PDF_ERROR, SOHOA_PDF_ERROR_BAD_IMAGE, "preview: picture cannot be scaled");
    return NULL;
  }
  if (!write_rows (pix, request->fds[1], error))
    return NULL;
  g_variant_dict_init (&reply, NULL);
  g_variant_dict_insert (&reply, "width", "u", (guint32) pixGetWidth (pix));
  g_variant_dict_insert (&reply, "height", "u", (guint32) pixGetHeight (pix));
  g_variant_dict_insert (&reply, "stride", "u", (guint32) pixGetWidth (pix) * 3);
  return g_variant_dict_end (&reply);
}
