/* Pictures for the recogniser's own use: the archived picture is never changed (design.md 4). */
#pragma once

#include <leptonica/allheaders.h>

#include "sohoa-recogniser.h"

G_BEGIN_DECLS

/* From the turned frame of the text layer to the recogniser's copy: scale, then deskew about the centre. */
typedef struct {
  double scale;  /* copy px per frame px */
  double angle;  /* radians clockwise the copy was turned to lie straight */
  double cx, cy; /* centre of the copy, px */
} SohoaOcrFrame;

/* All give a new PIX (pixDestroy) or NULL when memory is short. */

/* 8-bit grey or 32-bit RGB without colour map or alpha. */
PIX *sohoa_ocr_image_plain (PIX *pix);
/* Same, reduced so that it has at most @dpi_max dots per inch; *@scale is the factor, <= 1. */
PIX *sohoa_ocr_image_reduced (PIX *pix, double dpi, double dpi_max, double *scale);
/* 8-bit grey of a plain picture without its red ink: red strokes become paper, black under red stays. */
PIX *sohoa_ocr_image_black_plane (PIX *plain);
/* 8-bit grey where only red ink is dark; NULL for a grey picture. */
PIX *sohoa_ocr_image_red_plane (PIX *plain);
/* 1-bit mask of red ink; NULL for a grey picture. */
PIX *sohoa_ocr_image_red_mask (PIX *plain);
/* Local threshold: 1-bit ink of an 8-bit grey picture; uneven light and bleed-through are not ink. */
PIX *sohoa_ocr_image_ink (PIX *grey);
/* Clockwise quarter turns: 0, 90, 180, 270. */
PIX *sohoa_ocr_image_turn (PIX *pix, guint rotation);
PIX *sohoa_ocr_image_scale (PIX *pix, double scale);

/* Clockwise through +-angle about the centre; the way back from the copy to the frame. */
void sohoa_ocr_frame_back (const SohoaOcrFrame *frame, double *x, double *y);

G_END_DECLS
