/* Where the signature text goes: ô 14, top right of page 1, never over ink (domain.md 2.3). */
#pragma once

#include <leptonica/allheaders.h>

#include "sohoa-pdf.h"

G_BEGIN_DECLS

typedef struct {
  double x, y, width, height; /* pt, PDF axes */
  double size_pt;             /* of the type */
} SohoaPdfBlockPlace;

/* @page: (nullable) the page as seen, any depth; NULL = blank. FALSE: no free place. */
gboolean sohoa_pdf_block_place (PIX *page, double width_pt, double height_pt, const char *const *lines,
                                SohoaPdfBlockPlace *place_out);
/* Whether there is any line to show. */
gboolean sohoa_pdf_block_is_visible (const char *const *lines);
char    *sohoa_pdf_rect (const SohoaPdfBlockPlace *place); /* "[a b c d]", g_free */

G_END_DECLS
