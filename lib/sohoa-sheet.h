/* Telling whether two pages are the same sheet fed twice: by the print of their ink and by their words. */
#pragma once

#include "sohoa-text-layer.h"

G_BEGIN_DECLS

#define SOHOA_SHEET_COLUMNS 24u
#define SOHOA_SHEET_ROWS 32u
#define SOHOA_SHEET_CELLS (SOHOA_SHEET_COLUMNS * SOHOA_SHEET_ROWS) /* bytes of a print */

/* What is kept of a page to compare it with others: no text. */
typedef struct {
  guint8  print[SOHOA_SHEET_CELLS];
  gboolean has_print;
  GArray *words; /* (owned) (nullable) (element-type guint32) hashes, sorted */
} SohoaSheet;

void sohoa_sheet_clear (SohoaSheet *self);
/* Words of @layer (nullable) folded for matching. */
void sohoa_sheet_set_words (SohoaSheet *self, const SohoaTextLayer *layer);

/* Correlation of the prints, -1 … 1; 0 when one has none. */
double sohoa_sheet_likeness (const SohoaSheet *a, const SohoaSheet *b);
/* Words both have, of all they have, 0 … 1 (Jaccard of bags). */
double sohoa_sheet_shared_words (const SohoaSheet *a, const SohoaSheet *b);
/* 0 when they are two sheets, else how sure it is that they are one, 0.5 … 1. Only ever a reason to look. */
double sohoa_sheet_is_same (const SohoaSheet *a, const SohoaSheet *b);

G_END_DECLS
