/* A sheet's "fingerprint": how dark each cell of a grid over the upright page's ink is. Two scans of one sheet give
 * nearly the same print whatever their resolution, skew, shift and shade; it says nothing that could be read. */
#pragma once

#include "sohoa-page-analysis-private.h"
#include "sohoa-sheet.h"

G_BEGIN_DECLS

/* Fills @print (SOHOA_SHEET_CELLS bytes) from the ink turned by @rotation and straightened by @skew_deg. FALSE when there
 * is too little ink to tell sheets by. */
gboolean sohoa_sheet_print_make (const SohoaReduced *reduced, guint rotation, double skew_deg, guint8 *print);

G_END_DECLS
