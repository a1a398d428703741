/* The agency's seal as a picture (TT01/2019; domain.md 2.2): a PNG shown in its real size. */
#pragma once

#include <leptonica/allheaders.h>

#include "sohoa-pdf-font.h"

G_BEGIN_DECLS

#define SOHOA_PDF_SEAL_MIN_MM 10.0
#define SOHOA_PDF_SEAL_MAX_MM 60.0

/* @mm: width on paper, 0 = as the PNG's own resolution says. Gives the size in points. pixDestroy.
 * SOHOA_PDF_ERROR_BAD_IMAGE: no PNG, too many pixels, or a size no seal has. */
PIX *sohoa_pdf_seal_decode (GBytes *png, double mm, double *width_pt, double *height_pt, GError **error);

/* Adds it as an image, without loss; what is transparent stays so unless @opaque (PDF/A-1 knows none): then it is white. */
guint sohoa_pdf_seal_add (SohoaPdfAdd add, gpointer sink, PIX *seal, gboolean opaque);

G_END_DECLS
