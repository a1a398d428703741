/* What bodies, places, titles and names are called: puts lost and wrong marks right, never letters that
 * change a name into another one. */
#include "sohoa-extract-private.h"

#include "sohoa-syllable.h"
#include "sohoa-text.h"

#include <string.h>

/* To forgive one wrong letter: letters of the phrase, and of the word that has it; more for places. */
#define FUZZY_MIN_LETTERS 6
#define FUZZY_MIN_WORD 3
#define FUZZY_MIN_LETTERS_PLACE 8
#define FUZZY_MIN_WORD_PLACE 4

#define FUZZY_SURE_WORDS 4 /* a phrase so long is right although each word read is a word */

#define SPAN_WORDS 4 /* of a name that may stand before the end of its line */
#define GLUED_MIN_LETTERS 6

/* A word of a line: debris before, the word, debris after. */
typedef struct {
  char *before, *word, *after; /* (owned) */
  char *fold;                  /* (owned) */
} Piece;

static void
piece_clear (gpointer data)
{
  Piece *p = data;

  g_free (p->before);
  g_free (p->word);
  g_free (p->after);
  g_free (p->fold);
}

static GArray *
take_apart (const char *text)
{
  g_auto(GStrv) words = g_strsplit (text, " ", -1);
  GArray *pieces = g_array_new (FALSE, TRUE, sizeof (Piece));

  g_array_set_clear_func (pieces, piece_clear);
  for (guint i = 0; words[i] != NULL; i++) {
    const char *start = words[i], *end = words[i] + strlen (words[i]);
    Piece piece;

    while (start < end && !g_unichar_isalnum (g_utf8_get_char (start)))
      start = g_utf8_next_char (start);
    while (end > start && !g_unichar_isalnum (g_utf8_get_char (g_utf8_prev_char (end))))
      end = g_utf8_prev_char (end);
    piece.before = g_strndup (words[i], start - words[i]);
    piece.word = g_strndup (start, end - start);
    piece.after = g_strdup (end);
    piece.fold = sohoa_text_fold (piece.word);
    g_array_append_val (pieces, piece);
  }
  return pieces;
}

/* A phrase's own "-" or "," hang on words or stand alone; they are not compared. */
static gboolean
fold_equals (const char *have, const char *want)
{
  gsize n = strcspn (want, ",");

  return strlen (have) == n && strncmp (have, want, n) == 0;
}

/* Letters may only be changed in a word that is none ("ĐÔC"), or inside a long phrase: a good word that differs in a
 * letter is another word ("TỐI CAO" after "dân" is not "dân tộc"). Marks alone may be put right in any phrase, but one
 * word by itself is known only when the list says that it cannot be another ("phường" may be "Phượng"). */
static gboolean
phrase_fits (const SohoaPhrase *phrase, const GArray *pieces, guint at)
{
  guint wrong = 0, letters = 0;

  if (at + phrase->n > pieces->len)
    return FALSE;
  for (guint i = 0; i < phrase->n; i++) {
    const Piece *p = &g_array_index (pieces, Piece, at + i);
    const char *want = phrase->folds[i];

    letters += strlen (want);
    if (p->fold[0] == '\0' && g_str_equal (want, "-"))
      continue;
    if (p->fold[0] == '\0')
      return FALSE;
    if (fold_equals (p->fold, want))
      continue;
    if (strlen (want) < (phrase->place ? FUZZY_MIN_WORD_PLACE : FUZZY_MIN_WORD) || p->fold[0] != want[0]
        || sohoa_text_distance (p->fold, want) > 1
        || (phrase->n < FUZZY_SURE_WORDS && sohoa_syllable_is_valid (p->word)))
      return FALSE;
    wrong++;
  }
  return wrong == 0 || (wrong == 1 && phrase->n >= 2
                        && letters >= (phrase->place ? FUZZY_MIN_LETTERS_PLACE : FUZZY_MIN_LETTERS));
}

/* The same letters and marks in another order of the marks: uỷ = ủy. */
static gboolean
same_marks (const char *a, const char *b)
{
  g_autofree char *x = g_utf8_normalize (a, -1, G_NORMALIZE_NFD);
  g_autofree char *y = g_utf8_normalize (b, -1, G_NORMALIZE_NFD);
  gint64 sum[2][2] = { { 0, 0 }, { 0, 0 } };

  for (int k = 0; k < 2; k++)
    for (const char *p = k == 0 ? x : y; *p != '\0'; p = g_utf8_next_char (p)) {
      gint64 c = g_utf8_get_char (p);

      sum[k][0] += c;
      sum[k][1] += c * c;
    }
  return sum[0][0] == sum[1][0] && sum[0][1] == sum[1][1];
}

/* May @phrase, one word, replace what was read? */
static gboolean
may_replace (const SohoaLists *lists, const SohoaPhrase *phrase, const Piece *piece)
{
  g_autofree char *lower = NULL;

  if (phrase->n > 1 || !sohoa_syllable_is_valid (piece->word))
    return TRUE;
  lower = g_utf8_strdown (piece->word, -1);
  if (same_marks (lower, phrase->text))
    return TRUE;
  for (guint i = 0; i < lists->safe_words->len; i++)
    if (g_str_equal (((SohoaPhrase *) lists->safe_words->pdata[i])->text, phrase->text))
      return TRUE;
  return FALSE;
}

/* "KHU VỰC5": a number never hangs on a word of a name; g_free. */
static char *
part_numbers (const char *text)
{
  g_autoptr(GRegex) regex = g_regex_new ("(?<=\\p{L}\\p{L})(?=[0-9]{1,3}\\b)", 0, 0, NULL);

  return g_regex_replace_literal (regex, text, -1, 0, " ", 0, NULL);
}

static char *
in_case_of (const char *word, const char *model)
{
  const char *second = g_utf8_next_char (model);
  g_autofree char *first = NULL, *big = NULL;

  if (!g_unichar_isupper (g_utf8_get_char (model)))
    return g_strdup (word);
  if (*second == '\0' || sohoa_text_is_upper (model))
    return g_utf8_strup (word, -1);
  first = g_utf8_substring (word, 0, 1);
  big = g_utf8_strup (first, -1);
  return g_strconcat (big, g_utf8_next_char (word), NULL);
}

static void
put_right (Piece *piece, const char *want)
{
  g_autofree char *bare = g_strndup (want, strcspn (want, ","));
  g_autofree char *lower = g_utf8_strdown (piece->word, -1);
  char *right;

  if (piece->word[0] == '\0' || same_marks (lower, bare))
    return;
  right = in_case_of (bare, piece->word);
  g_free (piece->word);
  piece->word = right;
}

static const SohoaPhrase *
phrase_at (GPtrArray *phrases, const GArray *pieces, guint at)
{
  for (guint k = 0; k < phrases->len; k++) {
    const SohoaPhrase *phrase = g_ptr_array_index (phrases, k);

    if (phrase_fits (phrase, pieces, at))
      return phrase;
  }
  return NULL;
}

/* "ỦYBANNHÂNDÂN": the spaces of a phrase were lost. */
static const SohoaPhrase *
glued_phrase (GPtrArray *phrases, const Piece *piece)
{
  if (strlen (piece->fold) < GLUED_MIN_LETTERS)
    return NULL;
  for (guint k = 0; k < phrases->len; k++) {
    const SohoaPhrase *phrase = g_ptr_array_index (phrases, k);
    g_autofree char *whole = g_strjoinv ("", phrase->folds);

    if (phrase->n >= 2 && g_str_equal (whole, piece->fold))
      return phrase;
  }
  return NULL;
}

static void
unglue (Piece *piece, const SohoaPhrase *phrase)
{
  g_autofree char *word = in_case_of (phrase->text, piece->word);

  g_free (piece->word);
  piece->word = g_steal_pointer (&word);
}

static char *
put_together (const GArray *pieces)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < pieces->len; i++) {
    const Piece *p = &g_array_index (pieces, Piece, i);

    g_string_append_printf (out, "%s%s%s%s", i > 0 ? " " : "", p->before, p->word, p->after);
  }
  return g_string_free (out, FALSE);
}

char *
sohoa_words_repair (const SohoaLists *lists, const char *text)
{
  g_autofree char *apart = part_numbers (text);
  g_autoptr(GArray) pieces = take_apart (apart);
  GPtrArray *sets[] = { lists->titles, lists->phrases };

  for (guint i = 0; i < pieces->len;) {
    const SohoaPhrase *best = NULL;

    for (guint k = 0; k < G_N_ELEMENTS (sets); k++) {
      const SohoaPhrase *phrase = phrase_at (sets[k], pieces, i);

      if (phrase != NULL && (best == NULL || phrase->n > best->n))
        best = phrase;
    }
    if (best != NULL && !may_replace (lists, best, &g_array_index (pieces, Piece, i))) {
      i++;
      continue;
    }
    for (guint k = 0; best != NULL && k < best->n; k++) {
      Piece *piece = &g_array_index (pieces, Piece, i + k);

      put_right (piece, best->words[k]);
      if (k + 1 < best->n && strchr (best->words[k], ',') == NULL && strpbrk (piece->after, ",.") != NULL)
        piece->after[0] = '\0'; /* a speck inside a name */
    }
    if (best == NULL && (best = glued_phrase (lists->phrases, &g_array_index (pieces, Piece, i))) != NULL) {
      unglue (&g_array_index (pieces, Piece, i), best);
      best = NULL;
    }
    i += best != NULL ? best->n : 1;
  }
  return put_together (pieces);
}

gboolean
sohoa_words_are_syllables (const char *text)
{
  g_autoptr(GArray) pieces = take_apart (text);

  for (guint i = 0; i < pieces->len; i++) {
    const char *word = g_array_index (pieces, Piece, i).word;

    if (word[0] != '\0' && !sohoa_syllable_is_valid (word))
      return FALSE;
  }
  return pieces->len > 0;
}

double
sohoa_words_known (const SohoaLists *lists, const char *text)
{
  g_autoptr(GArray) pieces = take_apart (text);
  guint known = 0, all = 0;

  for (guint i = 0; i < pieces->len;) {
    const SohoaPhrase *phrase = phrase_at (lists->phrases, pieces, i);
    guint n = phrase != NULL ? phrase->n : 1;

    for (guint k = i; k < i + n; k++)
      all += g_array_index (pieces, Piece, k).word[0] != '\0' ? 1 : 0;
    known += phrase != NULL ? n : 0;
    i += n;
  }
  return all > 0 ? MIN (1.0, (double) known / all) : 0;
}

static gboolean
starts_with_any (GPtrArray *phrases, const char *text, gboolean whole)
{
  g_autoptr(GArray) pieces = take_apart (text);

  for (guint k = 0; k < phrases->len; k++) {
    const SohoaPhrase *phrase = g_ptr_array_index (phrases, k);

    if (phrase_fits (phrase, pieces, 0) && (!whole || phrase->n == pieces->len))
      return TRUE;
  }
  return FALSE;
}

gboolean
sohoa_words_is_body_start (const SohoaLists *lists, const char *text)
{
  return starts_with_any (lists->body_starts, text, FALSE);
}

gboolean
sohoa_words_is_body_open (const SohoaLists *lists, const char *text)
{
  return starts_with_any (lists->body_open, text, TRUE);
}

gboolean
sohoa_words_span (const SohoaLists *lists, const char *before, const char *after)
{
  g_autofree char *both = g_strconcat (before, " ", after, NULL);
  g_autoptr(GArray) head = take_apart (before), pieces = take_apart (both);

  for (guint at = head->len >= SPAN_WORDS ? head->len - SPAN_WORDS : 0; at < head->len; at++)
    for (guint k = 0; k < lists->phrases->len; k++) {
      const SohoaPhrase *phrase = g_ptr_array_index (lists->phrases, k);

      if (phrase->n >= 2 && !phrase->place && at + phrase->n > head->len && phrase_fits (phrase, pieces, at)
          && !starts_with_any (lists->body_starts, phrase->name, FALSE))
        return TRUE;
    }
  return FALSE;
}

gboolean
sohoa_words_is_surname (const SohoaLists *lists, const char *word)
{
  g_autofree char *lower = g_utf8_strdown (word, -1);

  for (guint k = 0; k < lists->surnames->len; k++) {
    const SohoaPhrase *phrase = g_ptr_array_index (lists->surnames, k);

    if (g_str_equal (phrase->text, lower) || (phrase->n == 1 && same_marks (phrase->text, lower)))
      return TRUE;
  }
  return FALSE;
}

/* A surname whose marks were misread: "Nguyên" → "Nguyễn". Only when one surname has these letters. */
char *
sohoa_words_repair_surname (const SohoaLists *lists, const char *word)
{
  g_autofree char *fold = sohoa_text_fold (word);
  const SohoaPhrase *only = NULL;
  guint n = 0;

  if (sohoa_words_is_surname (lists, word))
    return g_strdup (word);
  for (guint k = 0; k < lists->surnames->len; k++) {
    const SohoaPhrase *phrase = g_ptr_array_index (lists->surnames, k);

    if (phrase->n == 1 && g_str_equal (phrase->fold, fold)) {
      only = phrase;
      n++;
    }
  }
  return n == 1 ? in_case_of (only->text, word) : g_strdup (word);
}

gboolean
sohoa_words_is_title (const SohoaLists *lists, const char *text)
{
  g_autoptr(GArray) pieces = take_apart (text);

  for (guint i = 0; i < pieces->len; i++)
    if (phrase_at (lists->titles, pieces, i) != NULL)
      return TRUE;
  return FALSE;
}
