/* capture: a page as the scanner gave it. A raster is encoded here, once; a JPEG stays as it is. */
#include "sohoa-worker.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-image-source.h"
#include "sohoa-page-analysis.h"
#include "sohoa-page-quality.h"
#include "sohoa-separator.h"

#include <stdlib.h>

#define QUALITY_DEFAULT 90u

/* One bit: lossless. Else JPEG at the profile's quality: the one time this picture is coded with loss. */
static gboolean
encode (PIX *pix, guint quality, int out_fd, GError **error)
{
  l_uint8 *data = NULL;
  size_t length = 0;
  gboolean ok = pixGetDepth (pix) == 1 ? pixWriteMem (&data, &length, pix, IFF_TIFF_G4) == 0
                                       : pixWriteMemJpeg (&data, &length, pix, (l_int32) quality, 0) == 0;

  if (!ok)
    g_set_error (error, SOHOA_PDF_ERROR, SOHOA_PDF_ERROR_BAD_IMAGE, "picture of the scanner: cannot be encoded");
  else
    ok = sohoa_fd_write_all (out_fd, data, length, error);
  free (data);
  return ok;
}

static PIX *
read_file (const SohoaRequest *request, double *dpi_out, GError **error)
{
  g_autoptr(SohoaImageSource) source = sohoa_image_source_new (request->fds[0], error);
  SohoaImagePage info;

  if (source == NULL || !sohoa_image_source_get_page (source, 1, &info, error))
    return NULL;
  *dpi_out = info.dpi;
  return sohoa_image_source_decode (source, 1, 1, NULL, error);
}

static void
add_findings (PIX *pix, double dpi, const SohoaSeparator *separator, GVariantDict *reply)
{
  g_autoptr(GError) local = NULL;
  SohoaPageAnalysis analysis = { 0 };
  g_auto(GStrv) quality = NULL;

  if (!sohoa_page_analyse (NULL, pix, dpi, &analysis, &local))
    analysis = (SohoaPageAnalysis) { 0 };
  quality = sohoa_quality_to_strv (sohoa_page_quality (pix, dpi, &analysis));
  g_variant_dict_insert (reply, "blank", "b", analysis.blank);
  g_variant_dict_insert (reply, "skew", "d", analysis.skew_deg);
  g_variant_dict_insert (reply, "quality", "^as", quality);
  g_variant_dict_insert (reply, "patch-t", "b", separator->patch_t);
  g_variant_dict_insert_value (reply, "codes", g_variant_new_strv ((const char *const *) separator->codes->pdata,
                                                                   separator->codes->len));
  g_variant_dict_insert (reply, "width", "u", (guint32) pixGetWidth (pix));
  g_variant_dict_insert (reply, "height", "u", (guint32) pixGetHeight (pix));
  g_variant_dict_insert (reply, "dpi", "d", dpi);
}

GVariant *
sohoa_op_capture (SohoaWorker *self, const SohoaRequest *request, GError **error)
{
  gboolean raster = sohoa_request_bool (request, "raster", FALSE);
  g_autoptr(PIX) pix = NULL;
  g_auto(SohoaSeparator) separator = { 0 };
  GVariantDict reply;
  double dpi = 0;

  if (!sohoa_request_check (request, 2, error) || !sohoa_request_rewind (request->fds[1], error)
      || (pix = read_file (request, &dpi, error)) == NULL)
    return NULL;
  pixSetResolution (pix, (l_int32) (dpi + 0.5), (l_int32) (dpi + 0.5));
  if (raster
      && !encode (pix, CLAMP (sohoa_request_uint (request, "quality", QUALITY_DEFAULT), 50, 100), request->fds[1], error))
    return NULL;
  if (!sohoa_separator_find (pix, dpi, &separator)) {
    g_set_error (error, SOHOA_OCR_ERROR, SOHOA_OCR_ERROR_TOO_LARGE, "picture of the scanner: no memory for it");
    return NULL;
  }
  g_variant_dict_init (&reply, NULL);
  g_variant_dict_insert (&reply, "encoded", "b", raster);
  add_findings (pix, dpi, &separator, &reply);
  return g_variant_dict_end (&reply);
}
