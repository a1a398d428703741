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
#define GAP_MM 1.0             /* between what we show */
#define SEAL_TOP_MAX_MM 60.0
#define SEAL_INK_COST_MM 200.0 /* a place over print is worse than the farthest free one */
#define STAMP_TOP_MIN_MM 35.0  /* under number and subject (domain.md 5.3) */
#define STAMP_TOP_MAX_MM 150.0
#define STAMP_TOP_MM 60.0
#define STAMP_LEFT_MM 25.0
#define STAMP_EDGE_MM 5.0
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

/* Where ink is: how many specks stand above and left of a point, so that any box is counted in four steps. */
typedef struct {
  int      width, height; /* px at about MAP_DPI */
  guint32 *sums;          /* (owned) (width + 1) * (height + 1) */
} InkMap;

static void
ink_map_free (InkMap *self)
{
  g_free (self->sums);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (InkMap, ink_map_free)

/* Ink is darker than this: the paper is the brightness that the lightest quarter reaches. */
static guint
find_threshold (PIX *map)
{
  guint counts[256] = { 0 }, total = (guint) pixGetWidth (map) * (guint) pixGetHeight (map), sum = 0, paper = 255;

  for (int y = 0; y < pixGetHeight (map); y++) {
    const l_uint32 *row = pixGetData (map) + (gsize) y * (gsize) pixGetWpl (map);

    for (int x = 0; x < pixGetWidth (map); x++)
      counts[GET_DATA_BYTE (row, x)]++;
  }
  for (; paper > 0 && sum + counts[paper] < total / 4; paper--)
    sum += counts[paper];
  return paper > INK_CONTRAST ? paper - INK_CONTRAST : 0;
}

static InkMap *
count_ink (PIX *map)
{
  InkMap *self = g_new0 (InkMap, 1);
  guint threshold = find_threshold (map);
  gsize stride;

  self->width = pixGetWidth (map);
  self->height = pixGetHeight (map);
  stride = (gsize) self->width + 1;
  self->sums = g_new0 (guint32, stride * ((gsize) self->height + 1));
  for (int y = 0; y < self->height; y++) {
    const l_uint32 *row = pixGetData (map) + (gsize) y * (gsize) pixGetWpl (map);
    const guint32 *above = self->sums + (gsize) y * stride;
    guint32 *sums = self->sums + ((gsize) y + 1) * stride, dark = 0;

    for (int x = 0; x < self->width; x++) {
      dark += GET_DATA_BYTE (row, x) < threshold;
      sums[x + 1] = above[x + 1] + dark;
    }
  }
  return self;
}

/* NULL when memory does not reach. */
static InkMap *
ink_map_new (PIX *page, double width_pt)
{
  double scale = width_pt / 72 * MAP_DPI / pixGetWidth (page);
  PIX *grey = pixConvertTo8 (page, 0), *map = NULL;
  InkMap *self = NULL;

  if (grey != NULL)
    map = scale < 1 ? pixScaleAreaMap (grey, (float) scale, (float) scale) : pixClone (grey);
  if (map != NULL)
    self = count_ink (map);
  pixDestroy (&grey);
  pixDestroy (&map);
  return self;
}

/* 1 for a box outside the page. */
static double
ink_share (const InkMap *map, double width_pt, const SohoaPdfBlockPlace *p, double height_pt)
{
  double k = map->width / width_pt;
  int x0 = MAX (0, (int) floor (p->x * k)), x1 = MIN (map->width, (int) ceil ((p->x + p->width) * k) + 1);
  int y0 = MAX (0, (int) floor ((height_pt - p->y - p->height) * k));
  int y1 = MIN (map->height, (int) ceil ((height_pt - p->y) * k) + 1);
  gsize stride = (gsize) map->width + 1;
  const guint32 *top = map->sums + (gsize) y0 * stride, *bottom = map->sums + (gsize) y1 * stride;

  if (x1 <= x0 || y1 <= y0)
    return 1;
  return (double) (bottom[x1] - bottom[x0] - top[x1] + top[x0]) / ((double) (x1 - x0) * (y1 - y0));
}

static gboolean
is_free (const InkMap *map, double width_pt, const SohoaPdfBlockPlace *p, double height_pt)
{
  return ink_share (map, width_pt, p, height_pt) <= INK_ALLOWED;
}

static gboolean
search (const InkMap *map, double width_pt, double height_pt, SohoaPdfBlockPlace *place)
{
  double best = G_MAXDOUBLE;
  SohoaPdfBlockPlace found = *place;

  for (double top = TOP_MIN_MM; top <= TOP_MAX_MM; top += STEP_MM)
    for (double right = 2; right * MM + place->width <= width_pt; right += STEP_MM) {
      SohoaPdfBlockPlace at = *place;
      double cost = fabs (top - TOP_MM) + fabs (right - RIGHT_MM) / 2;

      at.x = width_pt - right * MM - at.width;
      at.y = height_pt - top * MM - at.height;
      if (cost >= best || at.y < 0 || (map != NULL && !is_free (map, width_pt, &at, height_pt)))
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
  g_autoptr(InkMap) map = page != NULL ? ink_map_new (page, width_pt) : NULL;
  gboolean ok = FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (sizes_pt) && !ok; i++) {
    SohoaPdfBlockPlace place = { .size_pt = sizes_pt[i] };
    guint n = 0;

    for (; lines[n] != NULL; n++)
      place.width = MAX (place.width, sohoa_pdf_block_text_width (lines[n]) * sizes_pt[i]);
    place.height = sizes_pt[i] * (LINE_FACTOR * n + 0.1);
    ok = search (map, width_pt, height_pt, &place);
    if (ok)
      *place_out = place;
  }
  return ok;
}

static gboolean
meet (const SohoaPdfBlockPlace *a, const SohoaPdfBlockPlace *b)
{
  return a->x < b->x + b->width + GAP_MM * MM && b->x < a->x + a->width + GAP_MM * MM
         && a->y < b->y + b->height + GAP_MM * MM && b->y < a->y + a->height + GAP_MM * MM;
}

gboolean
sohoa_pdf_seal_place (PIX *page, double width_pt, double height_pt, const SohoaPdfBlockPlace *text,
                      SohoaPdfBlockPlace *place, gboolean *ink_out)
{
  g_autoptr(InkMap) map = page != NULL ? ink_map_new (page, width_pt) : NULL;
  double best = G_MAXDOUBLE, found = 0;
  SohoaPdfBlockPlace at = *place;

  for (double top = TOP_MIN_MM; top <= SEAL_TOP_MAX_MM; top += STEP_MM)
    for (double right = 2; right * MM + place->width <= width_pt / 2; right += STEP_MM) {
      double share, cost;

      at.x = width_pt - right * MM - at.width;
      at.y = height_pt - top * MM - at.height;
      share = map != NULL ? ink_share (map, width_pt, &at, height_pt) : 0;
      cost = fabs (top - TOP_MM) + fabs (right - RIGHT_MM) / 2 + (share > INK_ALLOWED ? SEAL_INK_COST_MM * (1 + share) : 0);
      if (cost >= best || at.y < 0 || meet (&at, text))
        continue;
      best = cost;
      found = share;
      *place = at;
    }
  *ink_out = found > INK_ALLOWED;
  return best < G_MAXDOUBLE;
}

gboolean
sohoa_pdf_stamp_place (PIX *page, double width_pt, double height_pt, const SohoaPdfBlockPlace *taken,
                       SohoaPdfBlockPlace *place)
{
  g_autoptr(InkMap) map = page != NULL ? ink_map_new (page, width_pt) : NULL;
  double best = G_MAXDOUBLE;
  SohoaPdfBlockPlace at = *place;

  for (double top = STAMP_TOP_MIN_MM; top <= STAMP_TOP_MAX_MM; top += STEP_MM)
    for (double left = STAMP_EDGE_MM; (left + STAMP_EDGE_MM) * MM + place->width <= width_pt; left += STEP_MM) {
      double cost = fabs (top - STAMP_TOP_MM) + fabs (left - STAMP_LEFT_MM);

      at.x = left * MM;
      at.y = height_pt - top * MM - at.height;
      if (cost >= best || at.y < 0 || (taken != NULL && meet (&at, taken))
          || (map != NULL && !is_free (map, width_pt, &at, height_pt)))
        continue;
      best = cost;
      *place = at;
    }
  return best < G_MAXDOUBLE;
}
