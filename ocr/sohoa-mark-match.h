/* A third way to see a mark, beside frames and clusters: the shape of the word MẬT itself, which all three marks end
 * in. It needs no frame, bears a tilt, a seal of the same ink below and a pen across. It finds places to read;
 * what stands there is decided by reading and by record/. */
#pragma once

#include <glib.h>
#include <leptonica/allheaders.h>

G_BEGIN_DECLS

#define SOHOA_MATCH_DPI 90.0
#define SOHOA_MATCH_MAX 6 /* places of one plane and turn; the best come first */

typedef struct {
  l_int32 x, y, w, h; /* px of the plane */
  double  score;      /* 0…1: ink that is there, less ink that should not be */
  double  exact;      /* 0…1: part of the strokes that is inked, to the pixel */
  double  tilt_deg;   /* clockwise */
  guint   face;       /* which carving */
  double  cap;        /* px: height of a capital */
} SohoaMatch;

/* @ink: 1 bpp at SOHOA_MATCH_DPI, upright. @letters: (nullable) boxes of what may be the letter M, in px of @ink: only
 * words that begin there are looked for; NULL: everywhere there is ink. Appends SohoaMatch to @matches. */
void sohoa_mark_match (PIX *ink, BOXA *letters, GArray *matches);

G_END_DECLS
