/* The press: between the files that draw a document only. Millimetres. */
#pragma once

#include <pango/pangocairo.h>

#include "page-draw.h"

#define TOP_MM 20.0
#define BOTTOM_MM 20.0
#define LEFT_MM 30.0
#define RIGHT_MM 17.0
#define TYPE_WIDTH_MM (PAGE_WIDTH_MM - LEFT_MM - RIGHT_MM)
#define LEFT_COLUMN_MM (0.41 * TYPE_WIDTH_MM)
#define RIGHT_COLUMN_MM (0.56 * TYPE_WIDTH_MM)
#define RIGHT_COLUMN_X (LEFT_MM + TYPE_WIDTH_MM - RIGHT_COLUMN_MM)
#define PRINT_BLACK 0.07, 0.07, 0.08

typedef struct {
  PageDocument *document;       /* (unowned) */
  GRand     *rand;              /* (unowned) */
  double     dpi;
  GPtrArray *sheets;            /* (owned) */
  cairo_t   *cr;                /* (owned) of the sheet under way */
  GString   *text;              /* (owned) of the sheet under way */
  double     y;                 /* next free line */
} Press;

typedef struct {
  double         x, width, size_pt;
  gboolean       bold, italic;
  PangoAlignment align;
} Block;

/* ---- page-draw.c ---- */
void   page_press_sheet (Press *press); /* the next sheet, numbered */
/* Draws a block at @y, adds its lines to the text; gives the y behind it. */
double page_press_show (Press *press, const char *text, const Block *block, double y);
void   page_press_rule (Press *press, double x, double y, double width);
void   page_press_text (Press *press, const char *line); /* only the truth */

/* ---- page-extra.c: what travels with wide documents ---- */
/* On the first sheet: circulation mark, printed digital-signature block, a leader's pen. */
void page_extra_first (Press *press);
/* After the signature: the copy mark on the last sheet, then annex sheets. */
void page_extra_after (Press *press);
/* Instead of recipients and signature: place, date, name of a letter's writer. */
void page_extra_person (Press *press, double y);
