/* Red and blue ink against black print. Ink mixes with paper along a straight line: the further a pixel is
 * from grey towards red, the darker the red ink alone would have made it. That much is given back to it, so
 * that pure red or blue becomes paper and black print under a seal or a signature stays black. How dark the
 * page's own red and blue are is measured first; paper's tint is taken out. */
#pragma once

#include "sohoa-recogniser.h"

G_BEGIN_DECLS

typedef struct {
  guint8 level[3][256]; /* channel value → value on white paper */
  double red, blue;     /* darkness of pure ink by its colour: page's own, 0 = none of it on the page */
} SohoaInk;

/* Gives FALSE for a picture without colour (1-bit, grey): there is nothing to part. */
gboolean sohoa_ink_measure (PIX *plain, SohoaInk *ink);

/* All take a 32-bit picture of the page @ink was measured on, at any scale, and give a new 8-bit PIX
 * or NULL when memory is short. */

/* Print without red and blue ink. */
PIX *sohoa_ink_black_plane (PIX *rgb, const SohoaInk *ink);
/* Same, for ink that hides the print under it: strokes that end on both sides of a line of red, at most
 * @gap_px wide, go through it. */
PIX *sohoa_ink_mended_plane (PIX *rgb, const SohoaInk *ink, l_int32 gap_px);
/* Only red ink is dark, as dark as print. */
PIX *sohoa_ink_red_plane (PIX *rgb, const SohoaInk *ink);

G_END_DECLS
