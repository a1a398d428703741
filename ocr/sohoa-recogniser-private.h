/* Inside ocr/: one line read from a crop, and the engine's whole-picture call. */
#pragma once

#include "sohoa-recogniser.h"

G_BEGIN_DECLS

typedef enum { SOHOA_READ_PAGE, SOHOA_READ_BLOCK, SOHOA_READ_LINE } SohoaReadMode;

/* Reads an 8-bit or 1-bit copy; lines are added to @layer in the copy's own pixels, block = the
 * engine's paragraph. @dpi is what the copy is to be taken for. */
gboolean sohoa_recogniser_read_copy (SohoaRecogniser *self, PIX *copy, double dpi, SohoaReadMode mode,
                                     guint limit_ms, SohoaPlane plane, SohoaTextLayer *layer,
                                     GError **error);

/* Same; *@ink (nullable) is what the engine took for ink: 1 bit, the caller's, NULL when it failed early. */
gboolean sohoa_recogniser_read_ink (SohoaRecogniser *self, PIX *copy, double dpi, SohoaReadMode mode,
                                    guint limit_ms, SohoaPlane plane, SohoaTextLayer *layer, PIX **ink,
                                    GError **error);

/* Takes lines without words out. */
void sohoa_layer_drop_empty_lines (SohoaTextLayer *layer);

G_END_DECLS
