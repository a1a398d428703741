/* Lays a document out on A4 pages as NĐ30 Annex I draws them (domain.md 2.3, 5.5). Millimetres
 * everywhere; type in Liberation Serif 2.1 (metrics of Times New Roman), given by file. */
#pragma once

#include <cairo.h>

#include "page-document.h"

#define PAGE_WIDTH_MM 210.0
#define PAGE_HEIGHT_MM 297.0
#define PAGE_MAX_SHEETS 40

typedef struct {
  cairo_surface_t *surface; /* (owned) ARGB32 */
  char            *text;    /* (owned) what is printed, in reading order, NFC */
} PageSheet;

void page_sheet_free (PageSheet *sheet);

/* FALSE when the font files are not installed. Call once. */
gboolean page_draw_init (GError **error);

/* (element-type PageSheet) The ink (seal, signature, stamps, handwriting) follows @rand. */
GPtrArray *page_draw (PageDocument *document, GRand *rand, double dpi);
