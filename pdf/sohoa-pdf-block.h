/* Where the signature text goes: ô 14, top right of page 1, never over ink (domain.md 2.3). */
#pragma once

#include <leptonica/allheaders.h>

#include "sohoa-pdf.h"

G_BEGIN_DECLS

#define SOHOA_PDF_BLOCK_BAND_MM 60.0    /* from the top of the page: all that sohoa_pdf_block_place() looks at */
#define SOHOA_PDF_SHOWN_MAX_SHARE 0.25 /* of page 1 that signature and stamp may cover together */

typedef struct {
  double x, y, width, height; /* pt, PDF axes */
  double size_pt;             /* of the type */
} SohoaPdfBlockPlace;

/* @page: (nullable) the page as seen, any depth, or its top SOHOA_PDF_BLOCK_BAND_MM; NULL = blank. FALSE: no free place. */
gboolean sohoa_pdf_block_place (PIX *page, double width_pt, double height_pt, const char *const *lines,
                                SohoaPdfBlockPlace *place_out);
/* Where the seal of @place's size goes: top right, beside or under @text, free of ink if there is such a place, else
 * where least is. @ink_out: whether print lies under it. FALSE: the page is too small. */
gboolean sohoa_pdf_seal_place (PIX *page, double width_pt, double height_pt, const SohoaPdfBlockPlace *text,
                               SohoaPdfBlockPlace *place, gboolean *ink_out);
/* Where the ĐẾN stamp of @place's size goes: the blank area under number and subject, never over ink, and not over
 * @taken (nullable). FALSE: there is none. */
gboolean sohoa_pdf_stamp_place (PIX *page, double width_pt, double height_pt, const SohoaPdfBlockPlace *taken,
                                SohoaPdfBlockPlace *place);
/* Whether there is any line to show. */
gboolean sohoa_pdf_block_is_visible (const char *const *lines);
char    *sohoa_pdf_rect (const SohoaPdfBlockPlace *place); /* "[a b c d]", g_free */

G_END_DECLS
