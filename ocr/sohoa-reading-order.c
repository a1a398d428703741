#include "sohoa-reading-order.h"

#include <math.h>

/* A gap between two words this many line heights wide parts two columns. */
#define COLUMN_GAP_HEIGHTS 1.8
/* Free strip between two columns, line heights. */
#define GUTTER_HEIGHTS 0.8
/* More lines than this in one two-column run are the text of a newspaper, a table or a form: row by row. */
#define MAX_RUN_LINES 48

static double
baseline_at (const SohoaLine *line, double x)
{
  double span = line->x1 - line->x0;

  return fabs (span) < 1 ? line->y0 : line->y0 + (line->y1 - line->y0) * (x - line->x0) / span;
}

static void
set_baseline (SohoaLine *part, const SohoaLine *whole)
{
  SohoaBox box = sohoa_line_box (part);

  part->x0 = box.x;
  part->x1 = box.x + box.w;
  part->y0 = baseline_at (whole, part->x0);
  part->y1 = baseline_at (whole, part->x1);
  part->height_px = whole->height_px;
}

/* Adds the words of @line to @layer as one line for each column part. */
static void
split_line (SohoaTextLayer *layer, const SohoaLine *line)
{
  double height = MAX (line->height_px, 1);
  SohoaLine *part = NULL;
  double right = 0;

  for (guint i = 0; i < line->words->len; i++) {
    const SohoaWord *word = sohoa_line_peek_word (line, i);

    if (part != NULL && word->box.x - right > COLUMN_GAP_HEIGHTS * height) {
      set_baseline (part, line);
      part = NULL;
    }
    if (part == NULL)
      part = sohoa_text_layer_add_line (layer, line->block, line->plane);
    sohoa_line_add_word (part, word->text, word->box, word->confidence);
    right = MAX (right, word->box.x + word->box.w);
  }
  if (part != NULL)
    set_baseline (part, line);
}

static double
middle_y (const SohoaLine *line)
{
  return (line->y0 + line->y1) / 2 - line->height_px * 0.3;
}

/* Rows from top to bottom; inside a row from left to right. Lines of one row overlap by half. */
static int
compare_rows (gconstpointer a, gconstpointer b)
{
  const SohoaLine *p = *(SohoaLine *const *) a, *q = *(SohoaLine *const *) b;

  if (middle_y (p) != middle_y (q))
    return middle_y (p) < middle_y (q) ? -1 : 1;
  return p->x0 < q->x0 ? -1 : p->x0 > q->x0;
}

/* Is there a free vertical strip that parts lines [from, to) in two? Gives its middle, else -1. */
static double
find_gutter (GPtrArray *lines, guint from, guint to)
{
  double height = 0;

  for (guint i = from; i < to; i++)
    height = MAX (height, ((SohoaLine *) g_ptr_array_index (lines, i))->height_px);
  for (guint i = from; i < to; i++) {
    SohoaBox left = sohoa_line_box (g_ptr_array_index (lines, i));
    double edge = left.x + left.w, next = INFINITY;
    gboolean crossed = FALSE;

    for (guint k = from; k < to && !crossed; k++) {
      SohoaBox box = sohoa_line_box (g_ptr_array_index (lines, k));

      if (box.x + box.w <= edge + 0.5)
        continue;
      crossed = box.x < edge;
      next = MIN (next, box.x);
    }
    if (!crossed && isfinite (next) && next - edge > GUTTER_HEIGHTS * height)
      return (edge + next) / 2;
  }
  return -1;
}

/* Does some line left of @gutter stand beside one right of it? */
static gboolean
sides_overlap (GPtrArray *lines, guint from, guint to, double gutter)
{
  for (guint i = from; i < to; i++) {
    SohoaLine *a = g_ptr_array_index (lines, i);

    for (guint k = from; k < to; k++) {
      SohoaLine *b = g_ptr_array_index (lines, k);

      if (a->x0 < gutter && b->x0 > gutter
          && fabs (middle_y (a) - middle_y (b)) < MAX (a->height_px, b->height_px) * 0.7)
        return TRUE;
    }
  }
  return FALSE;
}

static guint
count_side (GPtrArray *lines, guint from, guint to, double gutter, gboolean right)
{
  guint n = 0;

  for (guint i = from; i < to; i++)
    n += (((SohoaLine *) g_ptr_array_index (lines, i))->x0 > gutter) == right;
  return n;
}

typedef struct {
  GPtrArray *out;
  guint      block;
} Order;

static void
emit (Order *order, SohoaLine *line, gboolean new_block)
{
  if (new_block)
    order->block++;
  line->block = order->block;
  g_ptr_array_add (order->out, line);
}

static void
emit_side (Order *order, GPtrArray *lines, guint from, guint to, double gutter, gboolean right)
{
  SohoaLine *last = NULL;

  for (guint i = from; i < to; i++) {
    SohoaLine *line = g_ptr_array_index (lines, i);

    if ((line->x0 > gutter) != right)
      continue;
    emit (order, line, last == NULL || middle_y (line) - middle_y (last) > 2.2 * line->height_px);
    last = line;
  }
}

/* The longest run from @from that one gutter parts; @from when there is none. */
static guint
two_column_run (GPtrArray *lines, guint from, double *gutter)
{
  guint end = from;

  for (guint to = from + 2; to <= lines->len && to - from <= MAX_RUN_LINES; to++) {
    SohoaLine *last = g_ptr_array_index (lines, to - 1), *before = g_ptr_array_index (lines, to - 2);
    double found;

    if (middle_y (last) - middle_y (before) > 8 * last->height_px)
      break;
    found = find_gutter (lines, from, to);
    if (found < 0) {
      /* two full lines in a row may still be the left column alone */
      if (end > from || to - from > 3)
        break;
      continue;
    }
    if (sides_overlap (lines, from, to, found)) {
      end = to;
      *gutter = found;
    }
  }
  return end;
}

/* Full-width lines: a paragraph ends where the next line starts further right or far below. */
static gboolean
starts_block (const SohoaLine *line, const SohoaLine *last, guint line_tess_block, guint last_tess_block)
{
  if (last == NULL || line_tess_block != last_tess_block)
    return TRUE;
  return middle_y (line) - middle_y (last) > 2.2 * line->height_px;
}

static gboolean
is_table_run (GPtrArray *lines, guint from, guint to)
{
  /* Three or more parts in most rows: cells are read row by row. */
  guint rows = 0, cells = 0;
  double y = -INFINITY;

  for (guint i = from; i < to; i++) {
    SohoaLine *line = g_ptr_array_index (lines, i);

    cells++;
    if (middle_y (line) - y > 0.5 * line->height_px)
      rows++;
    y = middle_y (line);
  }
  return rows >= 2 && cells > rows * 2;
}

void
sohoa_reading_order_apply (SohoaTextLayer *layer)
{
  g_autoptr(SohoaTextLayer) parts = sohoa_text_layer_new (layer->width_px, layer->height_px, layer->dpi);
  g_autoptr(GPtrArray) out = g_ptr_array_new ();
  Order order = { out, 0 };
  GPtrArray *lines = parts->lines;
  SohoaLine *last = NULL;
  guint last_block = 0, i = 0;

  for (guint k = 0; k < layer->lines->len; k++)
    split_line (parts, sohoa_text_layer_peek_line (layer, k));
  g_ptr_array_sort (lines, compare_rows);
  while (i < lines->len) {
    SohoaLine *line = g_ptr_array_index (lines, i);
    guint tess_block = line->block;
    double gutter = -1;
    guint end = two_column_run (lines, i, &gutter);

    if (end > i + 1 && !is_table_run (lines, i, end) && count_side (lines, i, end, gutter, TRUE) > 0) {
      emit_side (&order, lines, i, end, gutter, FALSE);
      emit_side (&order, lines, i, end, gutter, TRUE);
      last = NULL;
      i = end;
      continue;
    }
    emit (&order, line, starts_block (line, last, tess_block, last_block));
    last = line;
    last_block = tess_block;
    i++;
  }
  /* The lines move to @layer in their new order. */
  g_ptr_array_set_free_func (lines, NULL);
  g_ptr_array_set_size (lines, 0);
  g_ptr_array_set_size (layer->lines, 0);
  for (guint k = 0; k < out->len; k++)
    g_ptr_array_add (layer->lines, g_ptr_array_index (out, k));
}
