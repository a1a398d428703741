#include "sohoa-pdf-block.h"

#include "sohoa-pdf-font.h"

#include <math.h>

#define MM (72.0 / 25.4)
#define MAP_DPI 50.0           /* of the ink map */
#define RIGHT_MM 5.0           /* wanted distance from the right edge */
#define TOP_MM 6.0             /* wanted distance from the top edge (domain.md 2.3) */
#define TOP_MIN_MM 2.0
#define TOP_MAX_MM 25.0        /* the top margin with some allowance; below it is the letter itself */
#define STEP_MM 1.0
#define INK_CONTRAST 60        /* grey levels darker than the paper */
#define INK_ALLOWED 0.003      /* share of specks in a free place */
#define LINE_FACTOR 1.15
static const double sizes_pt[] = { 10, 8, 7 }; /* NĐ30 Annex I: 10 pt; smaller only when it does not fit */

gboolean
sohoa_pdf_block_is_visible (const char *const *lines)
{
  return lines != NULL && lines[0] != NULL;
}

char *
sohoa_pdf_rect (const SohoaPdfBlockPlace *place)
{
  char a[32], b[32], c[32], d[32];

  return g_strdup_printf ("[%s %s %s %s]", g_ascii_formatd (a, sizeof a, "%.3f", place->x),
                          g_ascii_formatd (b, sizeof b, "%.3f", place->y),
                          g_ascii_formatd (c, sizeof c, "%.3f", place->x + place->width),
                          g_ascii_formatd (d, sizeof d, "%.3f", place->y + place->height));
}

/* 8-bit grey at about MAP_DPI; ink is what is darker than most of the paper. */
static PIX *
ink_map (PIX *page, double width_pt, guint *threshold_out)
{
  double scale = width_pt / 72 * MAP_DPI / pixGetWidth (page);
  PIX *grey = pixConvertTo8 (page, 0), *map;
  guint counts[256] = { 0 }, total = 0, sum = 0, paper = 255;

  map = scale < 1 ? pixScaleAreaMap (grey, (float) scale, (float) scale) : pixClone (grey);
  pixDestroy (&grey);
  if (map == NULL)
    return NULL;
  for (int y = 0; y < pixGetHeight (map); y++)
    for (int x = 0; x < pixGetWidth (map); x++) {
      l_uint32 v = 0;

      pixGetPixel (map, x, y, &v);
      counts[v & 255]++;
      total++;
    }
  for (; paper > 0 && sum + counts[paper] < total / 4; paper--)
    sum += counts[paper];
  *threshold_out = paper > INK_CONTRAST ? paper - INK_CONTRAST : 0;
  return map;
}

static gboolean
is_free (PIX *map, guint threshold, double width_pt, const SohoaPdfBlockPlace *p, double height_pt)
{
  double k = pixGetWidth (map) / width_pt;
  int x0 = MAX (0, (int) floor (p->x * k)), x1 = MIN (pixGetWidth (map) - 1, (int) ceil ((p->x + p->width) * k));
  int y0 = MAX (0, (int) floor ((height_pt - p->y - p->height) * k));
  int y1 = MIN (pixGetHeight (map) - 1, (int) ceil ((height_pt - p->y) * k));
  guint dark = 0, all = 0;

  for (int y = y0; y <= y1; y++)
    for (int x = x0; x <= x1; x++) {
      l_uint32 v = 255;

      pixGetPixel (map, x, y, &v);
      dark += v < threshold;
      all++;
    }
  return all > 0 && dark <= all * INK_ALLOWED;
}

static gboolean
search (PIX *map, guint threshold, double width_pt, double height_pt, SohoaPdfBlockPlace *place)
{
  double best = G_MAXDOUBLE;
  SohoaPdfBlockPlace found = *place;

  for (double top = TOP_MIN_MM; top <= TOP_MAX_MM; top += STEP_MM)
    for (double right = 2; right * MM + place->width <= width_pt; right += STEP_MM) {
      SohoaPdfBlockPlace at = *place;
      double cost = fabs (top - TOP_MM) + fabs (right - RIGHT_MM) / 2;

      at.x = width_pt - right * MM - at.width;
      at.y = height_pt - top * MM - at.height;
      if (cost >= best || at.y < 0 || (map != NULL && !is_free (map, threshold, width_pt, &at, height_pt)))
        continue;
      best = cost;
      found = at;
    }
  *place = found;
  return best < G_MAXDOUBLE;
}

gboolean
sohoa_pdf_block_place (PIX *page, double width_pt, double height_pt, const char *const *lines,
                       SohoaPdfBlockPlace *place_out)
{
  guint threshold = 0;
  PIX *map = page != NULL ? ink_map (page, width_pt, &threshold) : NULL;
  gboolean ok = FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (sizes_pt) && !ok; i++) {
    SohoaPdfBlockPlace place = { .size_pt = sizes_pt[i] };
    guint n = 0;

    for (; lines[n] != NULL; n++)
      place.width = MAX (place.width, sohoa_pdf_block_text_width (lines[n]) * sizes_pt[i]);
    place.height = sizes_pt[i] * (LINE_FACTOR * n + 0.1);
    ok = search (map, threshold, width_pt, height_pt, &place);
    if (ok)
      *place_out = place;
  }
  pixDestroy (&map);
  return ok;
}
