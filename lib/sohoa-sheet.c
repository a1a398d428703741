#include "sohoa-sheet.h"

#include "sohoa-text.h"

#include <math.h>

/* Words from which on they decide; below it only the picture does. */
#define MIN_WORDS 15u
#define WORDS_ALONE 40u
/* Two scans of one page share this much in spite of reading errors; different pages of one form share less. */
#define SAME_WORDS 0.75
#define SAME_WORDS_ALONE 0.92
#define LIKE_WITH_WORDS 0.60
#define LIKE_ALONE 0.93

void
sohoa_sheet_clear (SohoaSheet *self)
{
  g_clear_pointer (&self->words, g_array_unref);
  self->has_print = FALSE;
}

static int
compare_hashes (gconstpointer a, gconstpointer b)
{
  guint32 x = *(const guint32 *) a, y = *(const guint32 *) b;

  return x < y ? -1 : x > y;
}

void
sohoa_sheet_set_words (SohoaSheet *self, const SohoaTextLayer *layer)
{
  g_clear_pointer (&self->words, g_array_unref);
  self->words = g_array_new (FALSE, FALSE, sizeof (guint32));
  for (guint i = 0; layer != NULL && i < layer->lines->len; i++) {
    const SohoaLine *line = sohoa_text_layer_peek_line (layer, i);

    for (guint k = 0; k < line->words->len; k++) {
      g_autofree char *folded = sohoa_text_fold (sohoa_line_peek_word (line, k)->text);
      guint32 hash = g_str_hash (folded);

      g_array_append_val (self->words, hash);
    }
  }
  g_array_sort (self->words, compare_hashes);
}

double
sohoa_sheet_likeness (const SohoaSheet *a, const SohoaSheet *b)
{
  double ma = 0, mb = 0, ab = 0, aa = 0, bb = 0;

  if (!a->has_print || !b->has_print)
    return 0;
  for (guint i = 0; i < SOHOA_SHEET_CELLS; i++) {
    ma += a->print[i];
    mb += b->print[i];
  }
  ma /= SOHOA_SHEET_CELLS;
  mb /= SOHOA_SHEET_CELLS;
  for (guint i = 0; i < SOHOA_SHEET_CELLS; i++) {
    ab += (a->print[i] - ma) * (b->print[i] - mb);
    aa += (a->print[i] - ma) * (a->print[i] - ma);
    bb += (b->print[i] - mb) * (b->print[i] - mb);
  }
  return aa > 0 && bb > 0 ? ab / sqrt (aa * bb) : 0;
}

double
sohoa_sheet_shared_words (const SohoaSheet *a, const SohoaSheet *b)
{
  guint i = 0, k = 0, both = 0;

  if (a->words == NULL || b->words == NULL || a->words->len + b->words->len == 0)
    return 0;
  while (i < a->words->len && k < b->words->len) {
    guint32 x = g_array_index (a->words, guint32, i), y = g_array_index (b->words, guint32, k);

    both += x == y;
    i += x <= y;
    k += y <= x;
  }
  return both / (double) (a->words->len + b->words->len - both);
}

double
sohoa_sheet_is_same (const SohoaSheet *a, const SohoaSheet *b)
{
  guint na = a->words != NULL ? a->words->len : 0, nb = b->words != NULL ? b->words->len : 0;
  double like, words;

  if (MIN (na, nb) * 2 < MAX (na, nb))
    return 0;
  if (MIN (na, nb) < MIN_WORDS) {
    like = sohoa_sheet_likeness (a, b);
    return like >= LIKE_ALONE ? like : 0;
  }
  words = sohoa_sheet_shared_words (a, b);
  if (words < SAME_WORDS)
    return 0;
  like = sohoa_sheet_likeness (a, b);
  if ((MIN (na, nb) < WORDS_ALONE || words < SAME_WORDS_ALONE) && like < LIKE_WITH_WORDS)
    return 0;
  return CLAMP ((words + MAX (like, 0.5)) / 2, 0.5, 1);
}
