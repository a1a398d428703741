/* Inside ocr/: the two questions about a page that have files of their own. */
#pragma once

#include "sohoa-page-analysis.h"

G_BEGIN_DECLS

#define SOHOA_ANALYSIS_DPI 150.0       /* of the reduced copy; a small page keeps its own */
#define SOHOA_ANALYSIS_MIN_LETTERS 30u /* fewer prove no direction */
#define SOHOA_SKEW_MIN_CONFIDENCE 2.0  /* of leptonica's search; below it there is no skew to speak of */

typedef struct {
  PIX   *plain;   /* (owned) reduced, 8 or 32 bit */
  PIX   *grey;    /* (owned) without red ink */
  PIX   *ink;     /* (owned) 1 bit, without the scanner's edges and punch holes */
  PIX   *letters; /* (owned) pieces of letter size only */
  double scale;   /* of the archived pixels, <= 1 */
  double dpi;
  guint  n_letters;
} SohoaReduced;

/* Which way is up: fills rotation*, skew_deg, turn and the flag TURN_UNSURE of @analysis. @hint: how other pages of the
 * pile lie, degrees, or SOHOA_TURN_NO_HINT. */
void sohoa_page_decide_turn (SohoaRecogniser *recogniser, const SohoaReduced *reduced, int hint,
                             SohoaPageAnalysis *analysis);

/* Takes dark edges and punch holes out of @ink; TRUE when there were dark edges. */
gboolean sohoa_page_remove_edges (PIX *ink, double dpi);
/* Whether nothing is on the page; fills blank, blank_confidence and blank_reason. */
void sohoa_page_decide_blank (const SohoaReduced *reduced, SohoaPageAnalysis *analysis);

G_END_DECLS
