/* Archived picture streams: making them from pixels and reading them back. */
#pragma once

#include <gio/gio.h>
#include <leptonica/allheaders.h>

#include "sohoa-image-stream.h"

G_BEGIN_DECLS

/* Lossless JBIG2 (T.88, one generic region, template 0) in PDF's embedded organisation: page information
 * and region segment, no file header. @pix: 1 bpp, 1 = black. Never fails on a valid @pix. */
GBytes *sohoa_jbig2_encode (PIX *pix);

/* Decodes what sohoa_jbig2_encode() writes (nothing else of JBIG2): the independent half of
 * "decoded and compared before use". NULL with SOHOA_PDF_ERROR_BAD_IMAGE. */
PIX *sohoa_jbig2_decode (GBytes *data, GError **error);

/* Appends @pix losslessly to @out_fd (at its position) and describes it: 1 bpp → JBIG2 (decoded and
 * compared first), 8 bpp and palettes → Flate with PNG predictor, 32 bpp → RGB, alpha dropped. */
gboolean sohoa_image_stream_from_pix (PIX *pix, int out_fd, SohoaImageStream **stream_out, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/* The pixels of an archived stream whose bytes lie in @fd: 1, 8 or 32 bpp, not turned. Decode arrays and
 * palettes are honoured, ICC only by its number of components. @reduction: 1, 2, 4 or 8; the result
 * may be that much smaller (never smaller than asked for; JPEG does it while decoding).
 * Errors: SOHOA_PDF_ERROR_BAD_IMAGE. */
PIX *sohoa_image_stream_decode (const SohoaImageStream *stream, int fd, guint reduction, GError **error);
/* At least the first @rows of the picture as stored, where that is quicker in grey; else as above. @reduction as above. */
PIX *sohoa_image_stream_decode_top (const SohoaImageStream *stream, int fd, guint reduction, guint rows, GError **error);

G_END_DECLS
