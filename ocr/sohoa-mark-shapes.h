/* Where marks may stand: shapes on a small copy of the page. No reading here. */
#pragma once

#include "sohoa-recogniser.h"

G_BEGIN_DECLS

#define SOHOA_SHAPES_MAX 32 /* of one plane and page; the likeliest come first */

typedef struct {
  l_int32  x, y, w, h; /* px of the small copy */
  gboolean red, framed;
  gboolean cluster; /* larger than a mark, may hold several lines */
  gboolean in_seal; /* inside a round seal */
} SohoaShape;

/* Frames (15–60 mm × 5–14 mm, either way, also broken) drawn in @ink; adds to @shapes. */
void sohoa_shapes_add_frames (PIX *ink, double dpi, gboolean red, GArray *shapes);
/* Clusters of red ink that are not round seals. */
void sohoa_shapes_add_red (PIX *red_mask, double dpi, GArray *shapes);

G_END_DECLS
