/* Pages the tests draw themselves: millimetres on A4, black text, red stamps. */
#pragma once

#include <cairo.h>
#include <glib.h>
#include <leptonica/allheaders.h>

typedef struct {
  cairo_surface_t *surface;
  cairo_t         *cr;  /* user unit: 1 mm */
  double           dpi;
} OcrPage;

void ocr_page_init (OcrPage *page, double dpi);
/* Liberation Serif, @pt high; x of the left edge, y of the baseline, mm. */
void ocr_page_text (OcrPage *page, double x, double y, double pt, gboolean bold, const char *text);
void ocr_page_red (OcrPage *page);
void ocr_page_black (OcrPage *page);
void ocr_page_grey (OcrPage *page, double level);
void ocr_page_frame (OcrPage *page, double x, double y, double w, double h);
/* Round seal with ring and star; centre, mm. */
void ocr_page_seal (OcrPage *page, double x, double y);
/* Head of a letter in two columns and paragraphs; nothing else. */
void ocr_page_letter (OcrPage *page);
/* Ends drawing. 32-bit picture turned clockwise by @turn and by @skew_deg counter-clockwise. */
PIX *ocr_page_finish (OcrPage *page, guint turn, double skew_deg);

extern const char *const ocr_page_paragraph[8];
