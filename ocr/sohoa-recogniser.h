/* The recogniser: Tesseract 5, Vietnamese, LSTM. One per process; not thread-safe. All files are opened
 * by sohoa_recogniser_new(), none afterwards, so it works inside the worker's sandbox. The process
 * must have been started with OMP_THREAD_LIMIT=1 (findings.md 4). */
#pragma once

#include "sohoa-text-layer.h"

#include <leptonica/allheaders.h>

G_BEGIN_DECLS

#define SOHOA_OCR_MAX_SIDE_PX 60000           /* of a picture; more is TOO_LARGE */
#define SOHOA_OCR_MAX_RASTER_BYTES (480u << 20) /* of a picture in memory */
#define SOHOA_OCR_PAGE_LIMIT_MS (25 * 1000)   /* reading one page, default */
#define SOHOA_OCR_AGAIN_LIMIT_MS (15 * 1000)  /* ... and once more, smaller, default; both fit the worker's time */

typedef struct _SohoaRecogniser SohoaRecogniser;
typedef struct _SohoaPageAnalysis SohoaPageAnalysis;

/* SOHOA_OCR_ERROR_LANGUAGE_MISSING when the model is not installed. */
SohoaRecogniser *sohoa_recogniser_new (GError **error);
void             sohoa_recogniser_free (SohoaRecogniser *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaRecogniser, sohoa_recogniser_free)

/* Reads @pix (archived pixels, any depth, not turned, unchanged by this) as @analysis says. The layer
 * is in the frame of sohoa-text-layer.h; its image_sha256 is the caller's to fill. A blank page gives an
 * empty layer. @limit_ms: 0 = SOHOA_OCR_PAGE_LIMIT_MS; then SOHOA_OCR_ERROR_TIMEOUT. */
gboolean sohoa_recogniser_read_page (SohoaRecogniser *self, PIX *pix, double dpi,
                                     const SohoaPageAnalysis *analysis, guint limit_ms,
                                     SohoaTextLayer **layer, GError **error);

/* Same, from a copy of half the size: for a page that took too long. What costs the time then is mostly
 * grain and screens of dots, which the smaller copy melts into grey; large print stays readable.
 * @limit_ms: 0 = SOHOA_OCR_AGAIN_LIMIT_MS. */
gboolean sohoa_recogniser_read_page_small (SohoaRecogniser *self, PIX *pix, double dpi,
                                           const SohoaPageAnalysis *analysis, guint limit_ms,
                                           SohoaTextLayer **layer, GError **error);

/* Checks a picture against the limits above. SOHOA_OCR_ERROR_TOO_LARGE; INVALID_ARGUMENT for no pixels. */
gboolean sohoa_ocr_check_size (PIX *pix, GError **error);

G_END_DECLS
