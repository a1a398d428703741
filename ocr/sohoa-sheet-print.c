#include "sohoa-sheet-print.h"

#include <math.h>
#include <string.h>

/* Of the ink, left out at each end before the grid is laid: dust, punch holes, shadows. */
#define OUTLIERS 0.01
#define MIN_INK_MM2 20.0
#define MM_PER_INCH 25.4

/* First and last place between which all but OUTLIERS of the sum lies at each end. */
static void
span (NUMA *counts, l_int32 *first, l_int32 *last)
{
  l_int32 n = numaGetCount (counts);
  l_float32 *values = numaGetFArray (counts, L_NOCOPY), total = 0;
  double sum = 0;

  numaGetSum (counts, &total);
  *first = 0;
  *last = n - 1;
  for (l_int32 i = 0; i < n && sum + values[i] <= total * OUTLIERS; i++) {
    sum += values[i];
    *first = i + 1;
  }
  sum = 0;
  for (l_int32 i = n - 1; i > *first && sum + values[i] <= total * OUTLIERS; i--) {
    sum += values[i];
    *last = i - 1;
  }
}

static void
fill_cells (PIX *ink, l_int32 x0, l_int32 x1, l_int32 y0, l_int32 y1, guint8 *print)
{
  double most = 0, cells[SOHOA_SHEET_CELLS] = { 0 };

  for (guint r = 0; r < SOHOA_SHEET_ROWS; r++) {
    for (guint c = 0; c < SOHOA_SHEET_COLUMNS; c++) {
      l_int32 left = x0 + (x1 - x0 + 1) * (l_int32) c / SOHOA_SHEET_COLUMNS;
      l_int32 right = x0 + (x1 - x0 + 1) * (l_int32) (c + 1) / SOHOA_SHEET_COLUMNS;
      l_int32 top = y0 + (y1 - y0 + 1) * (l_int32) r / SOHOA_SHEET_ROWS;
      l_int32 bottom = y0 + (y1 - y0 + 1) * (l_int32) (r + 1) / SOHOA_SHEET_ROWS, on = 0;
      BOX *box = boxCreate (left, top, MAX (1, right - left), MAX (1, bottom - top));
      PIX *cell = pixClipRectangle (ink, box, NULL);

      pixCountPixels (cell, &on, NULL);
      cells[r * SOHOA_SHEET_COLUMNS + c] = on / (double) (MAX (1, right - left) * MAX (1, bottom - top));
      most = MAX (most, cells[r * SOHOA_SHEET_COLUMNS + c]);
      pixDestroy (&cell);
      boxDestroy (&box);
    }
  }
  for (guint i = 0; i < SOHOA_SHEET_CELLS; i++)
    print[i] = most > 0 ? (guint8) lround (255 * cells[i] / most) : 0;
}

gboolean
sohoa_sheet_print_make (const SohoaReduced *r, guint rotation, double skew_deg, guint8 *print)
{
  PIX *turned = rotation == 0 ? pixClone (r->ink) : pixRotateOrth (r->ink, rotation / 90), *straight;
  l_int32 on = 0, x0, x1, y0, y1;
  gboolean enough;
  NUMA *columns, *rows;

  memset (print, 0, SOHOA_SHEET_CELLS);
  straight = fabs (skew_deg) < 0.1 ? pixClone (turned)
                                   : pixRotate (turned, (l_float32) (skew_deg * G_PI / 180), L_ROTATE_SHEAR, L_BRING_IN_WHITE, 0, 0);
  pixDestroy (&turned);
  if (straight == NULL)
    return FALSE;
  pixCountPixels (straight, &on, NULL);
  enough = on / pow (r->dpi / MM_PER_INCH, 2) >= MIN_INK_MM2;
  if (enough) {
    columns = pixCountPixelsByColumn (straight);
    rows = pixCountPixelsByRow (straight, NULL);
    span (columns, &x0, &x1);
    span (rows, &y0, &y1);
    fill_cells (straight, x0, x1, y0, y1, print);
    numaDestroy (&columns);
    numaDestroy (&rows);
  }
  pixDestroy (&straight);
  return enough;
}
