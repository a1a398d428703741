/* Words become rows. A row is made of words of one line of the recogniser; lines that the recogniser cut
 * apart are joined again, lines it ran together over two columns are cut where the gap is wide. */
#include "sohoa-extract-private.h"

#include "sohoa-text.h"

#include <math.h>
#include <string.h>

#define ECHO_MAX_LETTERS 2
#define ECHO_SHARE 0.3 /* of the smaller box */
#define JOIN_OVERLAP_MM 1.0
#define MAX_WORD_H_MM 11.0 /* taller "words" are seals, frames, handwriting over several lines */
#define MIN_WORD_H_MM 0.25
#define SPLIT_GAP 2.3      /* of the row's height: wider gaps are columns */
#define MAX_TOKENS 20000   /* words of one page that are looked at; an office page has 700 */
#define SAME_ROW 0.5       /* of the row's height */

static void
token_free (gpointer data)
{
  SohoaToken *t = data;

  g_free (t->text);
  g_free (t->fold);
  g_free (t);
}

void
sohoa_row_free (SohoaRow *self)
{
  g_ptr_array_unref (self->tokens);
  g_free (self->text);
  g_free (self->fold);
  g_free (self);
}

void
sohoa_view_free (SohoaView *self)
{
  if (self == NULL)
    return;
  if (self->rows != NULL)
    g_ptr_array_unref (self->rows);
  g_ptr_array_unref (self->tokens);
  g_free (self);
}

static int
compare_doubles (gconstpointer a, gconstpointer b)
{
  double d = *(const double *) a - *(const double *) b;

  return d < 0 ? -1 : d > 0;
}

static gboolean
has_letters (const char *text)
{
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    if (g_unichar_isalnum (g_utf8_get_char (p)))
      return TRUE;
  return FALSE;
}

/* Median of one measure over the words that have letters, else over all. */
static double
row_median (GPtrArray *tokens, gboolean height)
{
  g_autoptr(GArray) values = g_array_new (FALSE, FALSE, sizeof (double));

  for (int pass = 0; pass < 2 && values->len == 0; pass++)
    for (guint i = 0; i < tokens->len; i++) {
      const SohoaToken *t = g_ptr_array_index (tokens, i);
      double value = height ? t->h : t->y + t->h / 2;

      if (pass == 1 || has_letters (t->text))
        g_array_append_val (values, value);
    }
  if (values->len == 0)
    return 0;
  g_array_sort (values, compare_doubles);
  return g_array_index (values, double, values->len / 2);
}

static int
compare_x (gconstpointer a, gconstpointer b)
{
  const SohoaToken *s = *(SohoaToken *const *) a, *t = *(SohoaToken *const *) b;

  return s->x < t->x ? -1 : s->x > t->x;
}

static int
compare_rows (gconstpointer a, gconstpointer b)
{
  const SohoaRow *s = *(SohoaRow *const *) a, *t = *(SohoaRow *const *) b;
  double band = MIN (s->h, t->h) * SAME_ROW;

  if (fabs (s->y - t->y) > band)
    return s->y < t->y ? -1 : 1;
  return s->x < t->x ? -1 : s->x > t->x;
}

SohoaRow *
sohoa_row_new (GPtrArray *tokens)
{
  SohoaRow *row = g_new0 (SohoaRow, 1);
  g_autoptr(GString) text = g_string_new (NULL);
  double right = 0;

  row->tokens = tokens;
  g_ptr_array_sort (tokens, compare_x);
  row->x = G_MAXDOUBLE;
  for (guint i = 0; i < tokens->len; i++) {
    const SohoaToken *t = g_ptr_array_index (tokens, i);

    g_string_append_printf (text, "%s%s", i > 0 ? " " : "", t->text);
    row->x = MIN (row->x, t->x);
    right = MAX (right, t->x + t->w);
  }
  row->w = right - row->x;
  row->y = row_median (tokens, FALSE);
  row->h = row_median (tokens, TRUE);
  row->text = g_string_free (g_steal_pointer (&text), FALSE);
  row->fold = sohoa_text_fold (row->text);
  return row;
}

static void
add_token (SohoaView *self, const SohoaWord *word, const SohoaLine *line, guint index)
{
  double scale = SOHOA_PAGE_WIDTH_MM / self->layer->width_px;
  double slope = tan (self->layer->skew_deg * G_PI / 180.0);
  double middle = word->box.x + word->box.w / 2 - self->layer->width_px / 2.0;
  SohoaToken *token;

  if (self->tokens->len >= MAX_TOKENS || word->box.h * scale > MAX_WORD_H_MM || word->box.h * scale < MIN_WORD_H_MM)
    return;
  token = g_new0 (SohoaToken, 1);
  token->text = g_strdup (word->text);
  token->fold = sohoa_text_fold (word->text);
  token->x = word->box.x * scale;
  token->y = (word->box.y + middle * slope) * scale;
  token->w = word->box.w * scale;
  token->h = word->box.h * scale;
  token->confidence = word->confidence;
  token->line = index;
  token->box = word->box;
  token->plane = line->plane;
  g_ptr_array_add (self->tokens, token);
}

/* One or two letters that were read a second time, as a line of their own, over a word that has them. */
static gboolean
is_echo (const SohoaTextLayer *layer, const SohoaLine *line)
{
  const SohoaWord *word = line->words->len == 1 ? sohoa_line_peek_word (line, 0) : NULL;

  if (word == NULL || g_utf8_strlen (word->text, -1) > ECHO_MAX_LETTERS)
    return FALSE;
  for (guint i = 0; i < layer->lines->len; i++) {
    const SohoaLine *other = sohoa_text_layer_peek_line (layer, i);

    for (guint k = 0; other != line && other->words->len > 1 && k < other->words->len; k++) {
      const SohoaBox *a = &word->box, *b = &sohoa_line_peek_word (other, k)->box;
      double w = MIN (a->x + a->w, b->x + b->w) - MAX (a->x, b->x), h = MIN (a->y + a->h, b->y + b->h) - MAX (a->y, b->y);

      if (w > 0 && h > 0 && w * h > ECHO_SHARE * MIN (a->w * a->h, b->w * b->h)
          && g_unichar_toupper (g_utf8_get_char (word->text))
               == g_unichar_toupper (g_utf8_get_char (sohoa_line_peek_word (other, k)->text)))
        return TRUE;
    }
  }
  return FALSE;
}

SohoaView *
sohoa_view_new (const SohoaTextLayer *layer, guint page)
{
  SohoaView *self = g_new0 (SohoaView, 1);

  self->layer = layer;
  self->page = page;
  self->width = SOHOA_PAGE_WIDTH_MM;
  self->height = layer->width_px > 0 ? SOHOA_PAGE_WIDTH_MM * layer->height_px / layer->width_px : 297;
  self->tokens = g_ptr_array_new_with_free_func (token_free);
  if (layer->width_px > 0)
    for (guint i = 0; i < layer->lines->len; i++) {
      const SohoaLine *line = sohoa_text_layer_peek_line (layer, i);

      for (guint k = 0; k < line->words->len && !is_echo (layer, line); k++)
        add_token (self, sohoa_line_peek_word (line, k), line, i);
    }
  self->rows = sohoa_view_rows (self, 0, G_MAXDOUBLE, -10, G_MAXDOUBLE, SPLIT_GAP);
  return self;
}

/* No word of one lies on a word of the other: "Hà Nội, … tháng 9 năm 2025" and "ngày 24" in its gap are one row. */
static gboolean
words_are_apart (const SohoaRow *a, const SohoaRow *b)
{
  if (MIN (a->x + a->w, b->x + b->w) - MAX (a->x, b->x) < JOIN_OVERLAP_MM)
    return TRUE;
  for (guint i = 0; i < a->tokens->len; i++)
    for (guint k = 0; k < b->tokens->len; k++) {
      const SohoaToken *s = g_ptr_array_index (a->tokens, i), *t = g_ptr_array_index (b->tokens, k);

      if (MIN (s->x + s->w, t->x + t->w) - MAX (s->x, t->x) >= JOIN_OVERLAP_MM)
        return FALSE;
    }
  return TRUE;
}

static gboolean
rows_join (const SohoaRow *a, const SohoaRow *b)
{
  const SohoaToken *s = g_ptr_array_index (a->tokens, 0), *t = g_ptr_array_index (b->tokens, 0);

  return s->plane == t->plane && fabs (a->y - b->y) < SAME_ROW * MIN (a->h, b->h) && words_are_apart (a, b);
}

static SohoaRow *
join_rows (SohoaRow *a, SohoaRow *b)
{
  GPtrArray *tokens = g_ptr_array_ref (a->tokens);

  for (guint i = 0; i < b->tokens->len; i++)
    g_ptr_array_add (tokens, g_ptr_array_index (b->tokens, i));
  sohoa_row_free (a);
  sohoa_row_free (b);
  return sohoa_row_new (tokens);
}

/* Rows of whole lines first: tokens come line by line. */
static GPtrArray *
collect_rows (const SohoaView *self, double x0, double x1, double y0, double y1)
{
  GPtrArray *rows = g_ptr_array_new ();
  GPtrArray *now = NULL;
  guint line = G_MAXUINT;

  for (guint i = 0; i < self->tokens->len; i++) {
    SohoaToken *t = g_ptr_array_index (self->tokens, i);
    double x = t->x + t->w / 2, y = t->y + t->h / 2;

    if (x < x0 || x >= x1 || y < y0 || y >= y1)
      continue;
    if (now == NULL || t->line != line) {
      if (now != NULL)
        g_ptr_array_add (rows, sohoa_row_new (now));
      now = g_ptr_array_new ();
      line = t->line;
    }
    g_ptr_array_add (now, t);
  }
  if (now != NULL)
    g_ptr_array_add (rows, sohoa_row_new (now));
  return rows;
}

static int
compare_y (gconstpointer a, gconstpointer b)
{
  const SohoaRow *s = *(SohoaRow *const *) a, *t = *(SohoaRow *const *) b;

  return s->y < t->y ? -1 : s->y > t->y;
}

static void
split_row (SohoaRow *row, double gap, GPtrArray *out)
{
  GPtrArray *now = g_ptr_array_new ();
  double right = 0;

  for (guint i = 0; i < row->tokens->len; i++) {
    SohoaToken *t = g_ptr_array_index (row->tokens, i);

    if (now->len > 0 && gap > 0 && t->x - right > gap * MAX (row->h, 2.0)) {
      g_ptr_array_add (out, sohoa_row_new (now));
      now = g_ptr_array_new ();
    }
    g_ptr_array_add (now, t);
    right = MAX (right, t->x + t->w);
  }
  g_ptr_array_add (out, sohoa_row_new (now));
  sohoa_row_free (row);
}

GPtrArray *
sohoa_view_rows (const SohoaView *self, double x0, double x1, double y0, double y1, double gap)
{
  g_autoptr(GPtrArray) rows = collect_rows (self, x0, x1, y0, y1);
  GPtrArray *out = g_ptr_array_new_with_free_func ((GDestroyNotify) sohoa_row_free);

  g_ptr_array_sort (rows, compare_y);
  for (guint i = 0; i < rows->len; i++)
    for (guint k = i + 1; k < rows->len;) {
      SohoaRow *a = g_ptr_array_index (rows, i), *b = g_ptr_array_index (rows, k);

      if (b->y - a->y > MAX_WORD_H_MM)
        break;
      if (!rows_join (a, b)) {
        k++;
        continue;
      }
      rows->pdata[i] = join_rows (a, b);
      (void) g_ptr_array_remove_index (rows, k);
    }
  for (guint i = 0; i < rows->len; i++)
    split_row (g_ptr_array_index (rows, i), gap, out);
  g_ptr_array_sort (out, compare_rows);
  return out;
}

char *
sohoa_row_clean (const SohoaRow *row)
{
  const char *start = row->text, *end = row->text + strlen (row->text);
  g_autofree char *copy = NULL;

  while (start < end) {
    gunichar c = g_utf8_get_char (start);

    if (g_unichar_isalnum (c) || c == '(' || c == 0x201C || c == '"')
      break;
    start = g_utf8_next_char (start);
  }
  while (end > start) {
    const char *last = g_utf8_prev_char (end);
    gunichar c = g_utf8_get_char (last);

    if (g_unichar_isalnum (c) || c == ')' || c == 0x201D || c == '"' || c == '%')
      break;
    end = last;
  }
  copy = g_strndup (start, end - start);
  return sohoa_text_squeeze (copy);
}

double
sohoa_row_confidence (const SohoaRow *row)
{
  double sum = 0, weight = 0;

  for (guint i = 0; i < row->tokens->len; i++) {
    const SohoaToken *t = g_ptr_array_index (row->tokens, i);
    double n = has_letters (t->text) ? g_utf8_strlen (t->text, -1) : 0;

    sum += n * t->confidence;
    weight += n;
  }
  return weight > 0 ? sum / weight : 0;
}

double
sohoa_row_min_confidence (const SohoaRow *row)
{
  double least = 1;

  for (guint i = 0; i < row->tokens->len; i++) {
    const SohoaToken *t = g_ptr_array_index (row->tokens, i);

    if (has_letters (t->text))
      least = MIN (least, t->confidence);
  }
  return least;
}

gboolean
sohoa_text_is_upper (const char *text)
{
  guint upper = 0, letters = 0;

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);

    letters += g_unichar_isalpha (c) ? 1 : 0;
    upper += g_unichar_isupper (c) ? 1 : 0;
  }
  return letters > 0 && upper * 4 >= letters * 3;
}

static char *
letters_only (const char *text)
{
  g_autofree char *fold = sohoa_text_fold (text);
  GString *out = g_string_new (NULL);

  for (const char *p = fold; *p != '\0'; p++)
    if (g_ascii_isalnum (*p))
      g_string_append_c (out, *p);
  return g_string_free (out, FALSE);
}

double
sohoa_fold_difference (const char *a, const char *b)
{
  g_autofree char *x = letters_only (a), *y = letters_only (b);
  gsize longest = MAX (strlen (x), strlen (y));

  return longest == 0 ? 1 : (double) sohoa_text_distance (x, y) / longest;
}

gboolean
sohoa_fold_matches (const char *fold, const char *pattern)
{
  return g_regex_match_simple (pattern, fold, G_REGEX_OPTIMIZE, 0);
}

SohoaRow *
sohoa_rows_match (GPtrArray *rows, const char *pattern)
{
  for (guint i = 0; rows != NULL && i < rows->len; i++) {
    SohoaRow *row = g_ptr_array_index (rows, i);

    if (sohoa_fold_matches (row->fold, pattern))
      return row;
  }
  return NULL;
}
