/* Is this picture good enough to keep? Looks at the scan itself, not at its text: what a clerk would see and
 * scan again. Advice only; the profile says whether it warns, asks or passes. */
#pragma once

#include "sohoa-page-analysis.h"

G_BEGIN_DECLS

typedef enum {
  SOHOA_QUALITY_DARK = 1 << 0,          /* the paper itself is dark */
  SOHOA_QUALITY_LIGHT = 1 << 1,         /* there is ink, and all of it is pale */
  SOHOA_QUALITY_CLIPPED = 1 << 2,       /* ink runs into the edge of the picture */
  SOHOA_QUALITY_SKEWED = 1 << 3,        /* more than SOHOA_QUALITY_MAX_SKEW_DEG */
  SOHOA_QUALITY_LOW_RESOLUTION = 1 << 4, /* under 200 dpi */
  SOHOA_QUALITY_FOLDED_CORNER = 1 << 5, /* a dark triangle in a corner */
  SOHOA_QUALITY_STREAK = 1 << 6,        /* a line down the whole feed, dirt on the glass */
} SohoaQuality;

#define SOHOA_QUALITY_MAX_SKEW_DEG 2.0

/* @analysis: what sohoa_page_analyse() said of the same picture. Gives SohoaQuality flags; 0 also when
 * memory is short. */
guint sohoa_page_quality (PIX *pix, double dpi, const SohoaPageAnalysis *analysis);

/* "dark", "light", "clipped", "skewed", "low-resolution", "folded-corner", "streak"; g_strfreev. */
char **sohoa_quality_to_strv (guint flags);

G_END_DECLS
