/* How a page lies and what it is: quarter turn, skew, blank, quality. Every finding has its reason;
 * a wrong automatic turn is worse than none, so a doubtful turn is 0. Works on a reduced copy. */
#pragma once

#include "sohoa-recogniser.h"

G_BEGIN_DECLS

typedef enum {
  SOHOA_PAGE_FLAG_LOW_RESOLUTION = 1 << 0, /* under 200 dpi (QĐ25, NĐ30 Annex I) */
  SOHOA_PAGE_FLAG_GRAY = 1 << 1,           /* the file carries no colour (a colour scan of a page without colour is a colour scan) */
  SOHOA_PAGE_FLAG_BITONAL = 1 << 2,        /* one bit a pixel */
  SOHOA_PAGE_FLAG_SKEWED = 1 << 3,         /* more than 1° */
  SOHOA_PAGE_FLAG_CLIPPED = 1 << 4,        /* text runs into the edge of the picture */
  SOHOA_PAGE_FLAG_TURN_UNSURE = 1 << 5,    /* has text, but up is not proven: left as it is */
} SohoaPageFlags;

struct _SohoaPageAnalysis {
  guint       rotation;            /* clockwise turn that makes the picture upright: 0/90/180/270 */
  double      rotation_confidence; /* 0…1 */
  const char *rotation_reason;     /* (static) */
  double      skew_deg;            /* of the turned frame; positive = text rises to the right */
  gboolean    blank;               /* only marked, never dropped (design.md 4) */
  const char *blank_reason;        /* (static) */
  double      text_height_px;      /* median height of letters in the picture's pixels, 0 = unknown */
  double      red_mm2;             /* area of red ink */
  guint       flags;               /* SohoaPageFlags */
};

/* Looks at @pix (archived pixels, any depth) of @dpi. @recogniser may be NULL: then no trial reading
 * decides an unclear turn. SOHOA_OCR_ERROR_TOO_LARGE for a picture past the limits. */
gboolean sohoa_page_analyse (SohoaRecogniser *recogniser, PIX *pix, double dpi,
                             SohoaPageAnalysis *analysis, GError **error);

/* "low-resolution", "gray", …; g_strfreev. */
char **sohoa_page_flags_to_strv (guint flags);

G_END_DECLS
