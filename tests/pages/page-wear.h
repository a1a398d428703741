/* What paper, office and scanner do to a clean sheet. */
#pragma once

#include <cairo.h>
#include <leptonica/allheaders.h>

#include "page-document.h"

typedef struct {
  PIX *pix;      /* (owned) 32 bpp; 1 bpp for a fax */
  int  rotation; /* degrees clockwise by which the sheet lies turned: 0, 90, 180, 270 */
} WornPage;

/* @back: what shines through from the other side, or NULL. pixDestroy() the result. */
WornPage page_wear (cairo_surface_t *front, cairo_surface_t *back, PageKind kind, GRand *rand, double dpi);
