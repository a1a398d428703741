/* What is not printed: seals, stamps, handwriting. Millimetres; the context is already scaled. */
#pragma once

#include <cairo.h>
#include <pango/pango.h>

#include "page-document.h"

#define INK_DEN_WIDTH_MM 50.0
#define INK_DEN_HEIGHT_MM 35.0
#define INK_MARK_HEIGHT_MM 8.0

/* Makes a layout in the given size; the drawing module owns the fonts. g_object_unref. */
PangoLayout *page_layout_new (cairo_t *cr, const char *text, double size_pt, gboolean bold, gboolean italic);

/* Round seal of 36 mm with the agency's name on its ring, centre at x, y. */
void ink_seal (cairo_t *cr, GRand *rand, const char *agency, const char *bottom, double x, double y);
/* Star and ring replaced by the blue pen of a signer. */
void ink_signature (cairo_t *cr, GRand *rand, double x, double y);
/* Red frame with capitals: KHẨN, MẬT … at its top left corner. Gives its width. */
double ink_mark (cairo_t *cr, GRand *rand, const char *text, double x, double y);
/* The arrival stamp of NĐ30 Annex IV.V, number and date written in. */
void ink_den (cairo_t *cr, GRand *rand, const PageDocument *document, double x, double y);
/* Digits, '/', '.' and '-' written by hand; baseline at x, y. Gives the width. */
double ink_handwriting (cairo_t *cr, GRand *rand, const char *digits, double x, double y, double height);
double ink_handwriting_width (const char *digits, double height);
