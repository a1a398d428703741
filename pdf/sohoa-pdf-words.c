#include "sohoa-pdf-words.h"

#include <math.h>
#include <string.h>

#define SIZE_OF_HEIGHT 0.9   /* type size / line height */
#define UPRIGHT_RATIO 3.0    /* a baseline this much higher than wide runs up or down */
#define MAX_SLOPE 0.3        /* steeper "baselines" are not lines of text */
#define TRIM_PX 0.4          /* a word may end this much earlier than its box */
#define MIN_ADVANCE_OF_SIZE 0.2 /* Poppler takes equal letters closer than 0.1 of the size for one printed twice */

/* In type sizes of the word before, with some allowance. */
#define SPACE 0.045          /* Poppler 0.03, pdf.js 0.03: a smaller gap is none */
#define SPACE_SINGLE 0.45    /* Poppler: 0.4, in a line of single letters */
#define LINE_REACH 0.55      /* Poppler: baselines closer than 0.5 are one line */
#define LINE_GAP 1.5         /* Poppler: a wider gap ends the line */
#define DROP 0.55            /* pdf.js: going back, a new line is 0.5 lower */
#define DROP_FULL 1.1        /* pdf.js: going on, a new line is 1.0 lower */
#define LEAST_SIZE 0.25      /* a line is not made smaller than this share for a tight gap */
#define TINY 0.04            /* of a word that lies over other print */
#define TINY_STEP 0.02       /* and how far the baselines of two such are kept apart, in TINY sizes */
#define NUDGE_PX 0.4          /* a baseline may move this much for it */
#define HYPHEN_STEP 0.93      /* Poppler: types within 0.05 are one block */
#define HYPHEN_LEAST 0.1
#define MAX_NEIGHBOURS 2000u /* words at one height that are looked at */

static double
end_of (const SohoaPdfWord *p)
{
  return p->x + p->width;
}

static void
limit_size (SohoaPdfWord *p, double size)
{
  p->size = MIN (p->size, size);
}

/* A skewed line becomes steps: Poppler ends a word where its baseline has moved by half a point. */
static SohoaPdfWord
place_word (const SohoaLine *line, guint number, guint w)
{
  const SohoaWord *word = sohoa_line_peek_word (line, w);
  const SohoaBox box = word->box;
  double run = line->x1 - line->x0, rise = line->y1 - line->y0, slope = run > 1 ? rise / run : 0;
  double height = line->height_px > 0 ? line->height_px : box.h;
  SohoaPdfWord p = { .word = word, .line = number, .x = box.x, .width = box.w, .size = height * SIZE_OF_HEIGHT };

  if (fabs (rise) > UPRIGHT_RATIO * fabs (run)) {
    p.turn = rise < 0 ? 1 : -1;
    p.x = p.turn > 0 ? -(box.y + box.h) : box.y;
    p.baseline = p.turn > 0 ? box.x + box.w : box.x;
    p.width = box.h;
    p.size = box.w * SIZE_OF_HEIGHT;
  } else if (run > 1 && fabs (slope) <= MAX_SLOPE) {
    p.baseline = line->y0 + slope * (box.x + box.w / 2 - line->x0);
  } else {
    p.baseline = box.y + box.h;
  }
  if (p.turn == 0 && (p.baseline < box.y || p.baseline > box.y + box.h + 0.4 * p.size))
    p.baseline = box.y + box.h; /* a "line" of words that stand at different heights */
  p.width = p.full_width = MAX (p.width, 0.1);
  limit_size (&p, p.width / MAX (1, g_utf8_strlen (word->text, -1)) / MIN_ADVANCE_OF_SIZE);
  return p;
}

static gboolean
is_single (const SohoaPdfWord *p)
{
  return *g_utf8_next_char (p->word->text) == '\0';
}

/* The gap behind @left gets at least @share of the type size: by the trim, then by a smaller type. */
static gboolean
keep_gap (SohoaPdfWord *left, double right_x, double share)
{
  double gap = right_x - end_of (left), wanted = share * left->size;

  if (gap >= wanted)
    return TRUE;
  left->width = MAX (left->width - (wanted - gap), left->full_width - MIN (TRIM_PX, left->full_width / 4));
  gap = right_x - end_of (left);
  if (gap < LEAST_SIZE * wanted)
    return FALSE;
  limit_size (left, gap / share);
  return TRUE;
}

/* One type size for the words of a line as far as they are near each other; tight ones make all smaller. */
static void
even_out (SohoaPdfWord *words, guint n)
{
  for (guint i = 0, end; i < n; i = end) {
    double size = words[i].size;

    for (end = i + 1; end < n && words[end].x - end_of (&words[end - 1]) < LINE_GAP * size; end++)
      size = MAX (size, words[end].size);
    for (guint k = i; k + 1 < end; k++) {
      gboolean both = is_single (&words[k]) && is_single (&words[k + 1]);

      (void) keep_gap (&words[k], words[k + 1].x, both ? SPACE_SINGLE : SPACE);
      if (both)
        limit_size (&words[k + 1], words[k].size);
    }
    size = words[i].size;
    for (guint k = i; k + 1 < end; k++)
      size = MIN (size, MAX (words[k].size, size * LEAST_SIZE));
    for (guint k = i; k < end; k++)
      limit_size (&words[k], size);
  }
}

/* pdftotext drops a hyphen at the end of a line and joins what follows, unless the line is the last one of
 * its flow; a flow ends where the next block's type is larger. So such a line is a
 * little smaller than all that follow. */
static void
keep_hyphens (GArray *words)
{
  double smallest = G_MAXDOUBLE, least = G_MAXDOUBLE; /* of what follows; of all that follows, specks too */

  for (guint i = words->len; i > 0; i--) {
    SohoaPdfWord *p = &g_array_index (words, SohoaPdfWord, i - 1), *first = p;
    const SohoaPdfWord *q = i < words->len ? p + 1 : NULL;
    gboolean ends = q == NULL || q->line != p->line || q->x - end_of (p) > 0.8 * LINE_GAP * p->size;

    if (ends && g_str_has_suffix (p->word->text, "-")) {
      double size;

      while (first > (SohoaPdfWord *) words->data && first[-1].line == p->line
             && first->x - end_of (first - 1) <= LINE_GAP * first->size)
        first--;
      size = MIN (p->size, first == p ? least : MAX (smallest, p->size * HYPHEN_LEAST)) * HYPHEN_STEP;
      for (SohoaPdfWord *w = first; w <= p; w++)
        limit_size (w, size);
    }
    least = MIN (least, p->size);
    if (q == NULL || p->size > 0.3 * smallest)
      smallest = MIN (smallest, p->size);
  }
}

static int
by_baseline (gconstpointer a, gconstpointer b)
{
  const SohoaPdfWord *x = *(SohoaPdfWord *const *) a, *y = *(SohoaPdfWord *const *) b;

  if (x->turn != y->turn)
    return x->turn - y->turn;
  return x->baseline < y->baseline ? -1 : x->baseline > y->baseline;
}

/* Of two words that lie over each other the less certain one becomes tiny: it is then on a line of its own. */
static void
make_tiny (SohoaPdfWord *a, SohoaPdfWord *b, guint *made)
{
  SohoaPdfWord *weak = a->word->confidence < b->word->confidence ? a : b;
  double tiny = weak->size * TINY;

  if (weak->size < 0.3 * MAX (a->size, b->size))
    return; /* is one already */
  limit_size (weak, MAX (tiny, 0.5));
  weak->baseline += weak->size * (1 + TINY_STEP * ((*made)++ % 40));
}

/* Print over print: what Poppler would take for one line. */
static void
part_overlaps (GArray *words)
{
  g_autoptr(GPtrArray) sorted = g_ptr_array_new ();
  double largest = 0;
  guint made = 0;

  for (guint i = 0; i < words->len; i++) {
    g_ptr_array_add (sorted, &g_array_index (words, SohoaPdfWord, i));
    largest = MAX (largest, g_array_index (words, SohoaPdfWord, i).size);
  }
  g_ptr_array_sort (sorted, by_baseline);
  for (guint i = 0; i < sorted->len; i++)
    for (guint k = i + 1; k < sorted->len && k - i < MAX_NEIGHBOURS; k++) {
      SohoaPdfWord *a = sorted->pdata[i], *b = sorted->pdata[k];
      SohoaPdfWord *left = a->x <= b->x ? a : b, *right = left == a ? b : a;
      double size = MAX (a->size, b->size), gap = right->x - end_of (left);

      if (g_getenv("DBG") && strcmp(left->word->text,"nguy")==0 && strcmp(right->word->text,"HIV")==0) g_printerr("pair %g %g gap %g size %g\n", a->baseline,b->baseline,gap,size);
      if (a->turn != b->turn || b->baseline - a->baseline > LINE_REACH * largest)
        break;
      if (b->baseline - a->baseline > LINE_REACH * size || gap >= SPACE_SINGLE * size)
        continue;
      if (gap > SPACE * size) {
        if (is_single (a) && is_single (b) && keep_gap (left, right->x, SPACE_SINGLE))
          limit_size (right, left->size);
        continue;
      }
      if (left->line != right->line || !keep_gap (left, right->x, SPACE))
        make_tiny (a, b, &made);
    }
}

/* The end of @p as one sees it who writes in the direction of @q. */
static void
pen_of (const SohoaPdfWord *p, const SohoaPdfWord *q, double *x, double *baseline)
{
  double along = end_of (p), across = p->baseline;
  double page_x = p->turn == 0 ? along : across, page_y = p->turn == 0 ? across : p->turn > 0 ? -along : along;

  *x = q->turn == 0 ? page_x : q->turn > 0 ? -page_y : page_y;
  *baseline = q->turn == 0 ? page_y : page_x;
}

/* pdf.js goes from word to word in the order of the file. */
static void
part_in_order (GArray *words)
{
  for (guint i = words->len - 1; i > 0; i--) {
    SohoaPdfWord *p = &g_array_index (words, SohoaPdfWord, i - 1);
    const SohoaPdfWord *q = p + 1;
    double x, baseline, on, drop;

    pen_of (p, q, &x, &baseline);
    on = q->x - x;
    drop = fabs (q->baseline - baseline);
    if (on >= SPACE * p->size || drop > DROP_FULL * p->size || (on < -0.25 * p->size && drop > DROP * p->size))
      continue;
    if (on > 0.05) {
      limit_size (p, on / SPACE);
      continue;
    }
    if (drop < NUDGE_PX && p->turn == q->turn) {
      p->baseline = p->baseline < q->baseline ? q->baseline - NUDGE_PX : q->baseline + NUDGE_PX;
      drop = NUDGE_PX;
    }
    limit_size (p, MAX (drop, 0.1) / DROP_FULL);
  }
}

GArray *
sohoa_pdf_words_place (const SohoaTextLayer *layer)
{
  GArray *words = g_array_new (FALSE, FALSE, sizeof (SohoaPdfWord));

  for (guint i = 0; i < layer->lines->len; i++) {
    const SohoaLine *line = sohoa_text_layer_peek_line (layer, i);
    guint first = words->len;

    for (guint w = 0; w < line->words->len; w++) {
      SohoaPdfWord p = place_word (line, i, w);

      g_array_append_val (words, p);
    }
    if (words->len > first)
      even_out (&g_array_index (words, SohoaPdfWord, first), words->len - first);
  }
  part_overlaps (words);
  if (words->len > 0)
    part_in_order (words);
  keep_hyphens (words);
  return words;
}
