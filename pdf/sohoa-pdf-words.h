/* Where and how large each word of a text layer is written, so that Poppler, MuPDF and pdf.js find the
 * same words again. All three tell words and lines apart by gaps measured in type sizes, not by the
 * spaces between them; so where print stands tight or lies over other print, the type gets smaller and
 * the word keeps its box. */
#pragma once

#include "sohoa-text-layer.h"

G_BEGIN_DECLS

typedef struct {
  const SohoaWord *word; /* (unowned) */
  gint   turn;           /* 0: to the right; 1: up the page; -1: down */
  double x, baseline;    /* px, along and across the direction of writing: upright (x, y down); up (-y, x);
                            down (y, x) */
  double width, size;    /* px along; type size across */
  double full_width;     /* of the box; the trim keeps near it */
  guint  line;           /* of the layer */
} SohoaPdfWord;

/* In the order of the layer. (element-type SohoaPdfWord); borrows from @layer. */
GArray *sohoa_pdf_words_place (const SohoaTextLayer *layer);

G_END_DECLS
