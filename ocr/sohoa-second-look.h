/* A second look at what the first reading left in doubt: lines with doubtful words and ink that no word
 * covers are read again, cut out of the archived pixels at other scales. */
#pragma once

#include "sohoa-ink.h"
#include "sohoa-ocr-image.h"

G_BEGIN_DECLS

/* One page on its way through the recogniser. */
typedef struct {
  PIX                     *plain;    /* (owned) archived pixels, not turned: 1, 8 or 32 bits */
  const SohoaInk          *ink;      /* (unowned) (nullable) NULL without colour */
  const SohoaPageAnalysis *analysis; /* (unowned) */
  SohoaOcrFrame            frame;    /* of the copy */
  double                   dpi;
} SohoaOcrSheet;

/* Changes words of @layer (of one plane, in pixels of the copy, in reading order) where another look was
 * surer, and adds lines where ink was left over. @ink: the copy's, 1 bit, (nullable).
 * Stops when @end (monotonic µs) is near; never fails. */
void sohoa_second_look (SohoaRecogniser *self, const SohoaOcrSheet *sheet, PIX *ink, SohoaPlane plane,
                        gint64 end, SohoaTextLayer *layer);

G_END_DECLS
