/* The electronic ĐẾN stamp (NĐ30 Annex IV.V; domain.md 5.3): 50 × 35 mm, drawn on page 1 before the signature, as part of the
 * page and no annotation. Only for a number the desk or the receiver gave: paper that was stamped has its own. */
#pragma once

#include "sohoa-pdf-font.h"

G_BEGIN_DECLS

#define SOHOA_PDF_STAMP_WIDTH_PT (50 * 72 / 25.4)
#define SOHOA_PDF_STAMP_HEIGHT_PT (35 * 72 / 25.4)

/* Adds the form XObject, box [0 0 width height]. @stamp: agency, number, day as on paper ("20/11/2026"). */
guint sohoa_pdf_stamp_add (SohoaPdfAdd add, gpointer sink, const char *const *stamp, gboolean part_1);

G_END_DECLS
