/* Pages that mislead a machine that looks for up, down and nothing: blank backs, lone signatures and page
 * numbers, tables, landscape, handwriting, stamps on little text, dark edges of the scanner. */
#pragma once

#include <cairo.h>

#include "page-document.h"

typedef enum {
  PAGE_ODD_BLANK_WHITE,  /* nothing */
  PAGE_ODD_BLANK_BLEED,  /* the other side shines through */
  PAGE_ODD_BLANK_OLD,    /* stained, punched, the other side faintly */
  PAGE_ODD_BLANK_EDGES,  /* dark edges of the scanner */
  PAGE_ODD_LONE_NUMBER,  /* from here on: not blank */
  PAGE_ODD_LONE_SIGNATURE,
  PAGE_ODD_LONE_STAMP,
  PAGE_ODD_LONE_LINE,
  PAGE_ODD_LETTER,
  PAGE_ODD_EDGES,        /* a letter with dark edges */
  PAGE_ODD_SHORT,
  PAGE_ODD_CAPITALS,
  PAGE_ODD_TABLE,
  PAGE_ODD_WIDE_TABLE,   /* landscape */
  PAGE_ODD_DIGITS,       /* a table of nothing but numbers */
  PAGE_ODD_HANDWRITTEN,
  PAGE_ODD_STAMPS,       /* seals and an arrival stamp on few lines */
  PAGE_ODD_FORM,         /* dotted lines to be filled in */
} PageOdd;
#define PAGE_N_ODD 18

const char *page_odd_to_string (PageOdd odd);
gboolean    page_odd_is_blank (PageOdd odd);
/* Paper that bleeds or is stained needs its own wear. */
PageKind    page_odd_kind (PageOdd odd, GRand *rand);

/* A sheet of @odd, upright; cairo_surface_destroy. @through: the other side's sheet, or NULL when it is empty. */
cairo_surface_t *page_odd_draw (PageOdd odd, GRand *rand, double dpi, cairo_surface_t **through);
