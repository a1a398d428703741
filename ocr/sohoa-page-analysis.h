/* How a page lies and what it is: quarter turn, skew, blank, quality. Every finding has its reason;
 * a wrong automatic turn is worse than none, so a doubtful turn is 0. Works on a reduced copy. */
#pragma once

#include "sohoa-recogniser.h"
#include "sohoa-sheet.h"

G_BEGIN_DECLS

typedef enum {
  SOHOA_PAGE_FLAG_LOW_RESOLUTION = 1 << 0, /* under 200 dpi (QĐ25, NĐ30 Annex I) */
  SOHOA_PAGE_FLAG_GRAY = 1 << 1,           /* the file carries no colour (a colour scan of a page without colour is a colour scan) */
  SOHOA_PAGE_FLAG_BITONAL = 1 << 2,        /* one bit a pixel */
  SOHOA_PAGE_FLAG_SKEWED = 1 << 3,         /* more than 1° */
  SOHOA_PAGE_FLAG_CLIPPED = 1 << 4,        /* text runs into the edge of the picture */
  SOHOA_PAGE_FLAG_TURN_UNSURE = 1 << 5,    /* has text, but up is not proven: left as it is */
  SOHOA_PAGE_FLAG_DARK_EDGES = 1 << 6,     /* the scanner's lid is seen beside the sheet */
} SohoaPageFlags;

/* What became of the question which way is up. */
typedef enum {
  SOHOA_TURN_LEAVE,   /* nothing to tell by: left as it is */
  SOHOA_TURN_UPRIGHT, /* proven to stand upright */
  SOHOA_TURN_AUTO,    /* proven to lie turned: rotation says how */
  SOHOA_TURN_ASK,     /* has text, not proven: left as it is, TURN_UNSURE is set, a person decides */
} SohoaTurn;
const char *sohoa_turn_to_string (SohoaTurn turn); /* "leave", "upright", "auto", "ask" */

#define SOHOA_TURN_NO_HINT (-1)

struct _SohoaPageAnalysis {
  guint       rotation;            /* clockwise turn that makes the picture upright: 0/90/180/270 */
  SohoaTurn   turn;
  double      rotation_confidence; /* 0…1 */
  const char *rotation_reason;     /* (static) */
  double      skew_deg;            /* of the turned frame; positive = text rises to the right */
  gboolean    blank;               /* only marked, never dropped (design.md 4) */
  double      blank_confidence;    /* 0…1, of the verdict, whichever it is */
  const char *blank_reason;        /* (static) */
  double      text_height_px;      /* median height of letters in the picture's pixels, 0 = unknown */
  double      red_mm2;             /* area of red ink */
  double      colour_mm2;          /* area of ink of any colour, red among it */
  guint       flags;               /* SohoaPageFlags */
  gboolean    has_print;           /* enough ink to know the sheet again */
  guint8      print[SOHOA_SHEET_CELLS];
};

/* Looks at @pix (archived pixels, any depth) of @dpi. @recogniser may be NULL: then no trial reading
 * decides an unclear turn. SOHOA_OCR_ERROR_TOO_LARGE for a picture past the limits. */
gboolean sohoa_page_analyse (SohoaRecogniser *recogniser, PIX *pix, double dpi,
                             SohoaPageAnalysis *analysis, GError **error);
/* The same for a page of a pile whose other pages lie turned by @hint degrees (0/90/180/270) or SOHOA_TURN_NO_HINT: a
 * hint makes a trial reading that points the same way enough, it never turns a page against its own evidence. */
gboolean sohoa_page_analyse_with_hint (SohoaRecogniser *recogniser, PIX *pix, double dpi, int hint,
                                       SohoaPageAnalysis *analysis, GError **error);

/* "low-resolution", "gray", …; g_strfreev. */
char **sohoa_page_flags_to_strv (guint flags);

G_END_DECLS
