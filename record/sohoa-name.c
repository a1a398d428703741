/* A person's name as a signature block prints it, out of words that a seal or a pen tore: degrees and debris go, a word
 * that is none is put right by the surnames and the words of given names. What was put right is a proposal only. */
#include "sohoa-extract-private.h"

#include "sohoa-syllable.h"
#include "sohoa-text.h"

#include <string.h>

#define NAME_MAX_WORDS 6
#define NAME_WORD_MAX 7      /* letters: "Nghiêng" */
#define DEBRIS_MAX_LETTERS 2 /* of a word before the name that is no word */
/* Cost of turning what was read into a word of a list: a letter counts 1. */
#define COST_MARK 0.3
#define COST_OTHER_MARK 0.2
#define COST_CUT 0.45      /* its beginning or its end is missing, whatever was cut off */
#define COST_SAME_RIME 0.5 /* only its first letters are torn */
#define COST_RARE 1.0      /* of the last word of a list, which is its rarest */
#define COST_MAX 1.45
#define COST_MAX_SHORT 1.35 /* words of two or three letters */
#define USUAL_SURNAMES 30 /* first ones of the list */
#define MAX_LETTERS 24

static gboolean
begins_with_capital (const char *word)
{
  return g_unichar_isupper (g_utf8_get_char (word));
}

/* Letters and marks apart, lower case; length, 0 when too long. */
static guint
spell (const char *word, gunichar out[MAX_LETTERS])
{
  g_autofree char *lower = g_utf8_strdown (word, -1);
  g_autofree char *apart = g_utf8_normalize (lower, -1, G_NORMALIZE_NFD);
  guint n = 0;

  for (const char *p = apart; p != NULL && *p != '\0'; p = g_utf8_next_char (p)) {
    if (n == MAX_LETTERS)
      return 0;
    out[n++] = g_utf8_get_char (p);
  }
  return n;
}

static double
cost_of (gunichar c)
{
  return g_unichar_ismark (c) ? COST_MARK : 1;
}

static double
cost_change (gunichar a, gunichar b)
{
  if (a == b)
    return 0;
  if (g_unichar_ismark (a) != g_unichar_ismark (b))
    return 2;
  return g_unichar_ismark (a) ? COST_OTHER_MARK : 1;
}

/* Edit distance in letters, marks counting less. */
static double
spell_distance (const gunichar *a, guint n, const gunichar *b, guint m)
{
  double row[MAX_LETTERS + 1];

  row[0] = 0;
  for (guint k = 1; k <= m; k++)
    row[k] = row[k - 1] + cost_of (b[k - 1]);
  for (guint i = 1; i <= n; i++) {
    double corner = row[0];

    row[0] += cost_of (a[i - 1]);
    for (guint k = 1; k <= m; k++) {
      double up = row[k] + cost_of (a[i - 1]), left = row[k - 1] + cost_of (b[k - 1]);
      double across = corner + cost_change (a[i - 1], b[k - 1]);

      corner = row[k];
      row[k] = MIN (MIN (up, left), across);
    }
  }
  return row[m];
}

/* "ến" of "Nguyễn", "Trịn" of "Trịnh": at least two letters of the word, at one of its ends, marks aside. */
static gboolean
is_torn (const char *read, const char *whole)
{
  gsize n = strlen (read), m = strlen (whole);

  return n >= 2 && n < m && (g_str_has_suffix (whole, read) || (n >= 3 && g_str_has_prefix (whole, read)));
}

/* What follows the first consonants: "an" of "tan". */
static const char *
rime_of (const char *fold)
{
  gsize n = strcspn (fold, "aeiouy");

  return fold[n] != '\0' ? fold + n : fold;
}

static double
cost_to (const char *word, const char *fold, const SohoaPhrase *phrase)
{
  gunichar a[MAX_LETTERS], b[MAX_LETTERS];
  guint n = spell (word, a), m = spell (phrase->text, b);
  double cost = n > 0 && m > 0 ? spell_distance (a, n, b, m) : G_MAXDOUBLE;

  if (!begins_with_capital (word) && strlen (fold) >= 2 && g_str_has_suffix (phrase->text, word)
      && strlen (word) < strlen (phrase->text))
    return 0; /* "hanh" of "Thanh": the capital was cut off, nothing else */
  if (is_torn (fold, phrase->fold))
    return MIN (cost, COST_CUT + COST_MARK);
  if (!g_unichar_isupper (g_utf8_get_char (word)) && g_str_equal (rime_of (fold), rime_of (phrase->fold)))
    return MAX (0, cost - COST_SAME_RIME);
  return cost;
}

/* The word of @list that was most probably printed; of two as near the more usual one; NULL when none is near. */
static const SohoaPhrase *
nearest (GPtrArray *list, const char *word)
{
  g_autofree char *fold = sohoa_text_fold (word);
  const SohoaPhrase *best = NULL;
  double limit = strlen (fold) <= 3 ? COST_MAX_SHORT : COST_MAX, least = G_MAXDOUBLE;

  for (guint i = 0; i < list->len; i++) {
    const SohoaPhrase *phrase = g_ptr_array_index (list, i);
    double cost = phrase->n == 1 ? cost_to (word, fold, phrase) : G_MAXDOUBLE;
    double rare = COST_RARE * i / list->len;

    if (cost < limit && cost + rare < least) {
      least = cost + rare;
      best = phrase;
    }
  }
  return best;
}

static gboolean
is_listed (GPtrArray *list, const char *word)
{
  g_autofree char *lower = g_utf8_strdown (word, -1);

  for (guint i = 0; i < list->len; i++)
    if (g_str_equal (((SohoaPhrase *) list->pdata[i])->text, lower))
      return TRUE;
  return FALSE;
}

/* Only what cannot be right is touched: no syllable, or a first letter that is not whole. */
static gboolean
is_torn_word (const SohoaLists *lists, const char *word)
{
  return !begins_with_capital (word)
         || (!sohoa_syllable_is_valid (word) && !is_listed (lists->surnames, word) && !is_listed (lists->given_names, word));
}

static void
take_word (char **word, char *right, SohoaName *name)
{
  if (right == NULL || g_str_equal (right, *word)) {
    g_free (right);
    return;
  }
  g_free (*word);
  *word = right;
  name->changed = TRUE;
}

/* "Van", "Vàn" in the middle of a name is Văn, "Thi" Thị: marks lost in a seal. */
static void
repair_middle (const SohoaLists *lists, char **words, guint n, SohoaName *name)
{
  for (guint i = 1; i + 1 < n; i++)
    for (guint k = 0; k < lists->middle_names->len; k++) {
      const SohoaPhrase *middle = g_ptr_array_index (lists->middle_names, k);
      g_autofree char *fold = sohoa_text_fold (words[i]);
      g_autofree char *lower = g_utf8_strdown (words[i], -1);

      if (g_str_equal (fold, middle->fold) && !g_str_equal (lower, middle->text) && !g_str_equal (lower, "vân"))
        take_word (&words[i], g_strdup (middle->name), name);
    }
}

/* The words of a line while they are put right. */
typedef struct {
  GPtrArray *words; /* (owned) (element-type utf8) */
  GArray    *torn;  /* (owned) (element-type gboolean) of each: signs stood in it or at its end */
} Line;

static void
line_clear (Line *line)
{
  g_ptr_array_unref (line->words);
  g_array_unref (line->torn);
}

static void
line_drop_first (Line *line)
{
  g_ptr_array_remove_index (line->words, 0);
  g_array_remove_index (line->torn, 0);
}

/* "Y ăn", "Hoài g": a letter by itself and a small letter after it are one torn word. Takes @word. */
static void
add_word (Line *line, char *word, gboolean torn)
{
  GPtrArray *words = line->words;
  char *last = words->len > 0 ? g_ptr_array_index (words, words->len - 1) : NULL;

  if (last != NULL && g_unichar_islower (g_utf8_get_char (word))
      && (g_utf8_strlen (last, -1) == 1 || (g_utf8_strlen (word, -1) == 1 && begins_with_capital (last)))) {
    words->pdata[words->len - 1] = g_strconcat (last, word, NULL);
    g_free (last);
    g_free (word);
    return;
  }
  g_ptr_array_add (words, word);
  g_array_append_val (line->torn, torn);
}

/* Only the letters of @raw; *torn_out: other signs than those that end a word stood between or after them. */
static char *
letters_of (const char *raw, gboolean *torn_out)
{
  g_autoptr(GString) out = g_string_new (NULL);
  gboolean sign = FALSE, odd = FALSE; /* after the last letter: any sign, one that ends no word */

  *torn_out = FALSE;
  for (const char *p = raw; *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);

    if (g_unichar_isalpha (c)) {
      *torn_out = *torn_out || sign;
      g_string_append_unichar (out, c);
    } else if (out->len > 0) {
      sign = TRUE;
      odd = odd || c >= 128 || strchr (".,;:'\"()_`", (int) c) == NULL;
    }
  }
  *torn_out = *torn_out || odd;
  return g_string_free (g_steal_pointer (&out), FALSE);
}

/* Words in two halves ("LêHoàngAnh") come apart. */
static Line
line_of (const char *text)
{
  g_autoptr(GRegex) seam = g_regex_new ("(?<=\\p{Ll})(?=\\p{Lu})", 0, 0, NULL);
  g_autofree char *apart = g_regex_replace_literal (seam, text, -1, 0, " ", 0, NULL);
  g_auto(GStrv) raw = g_strsplit (apart, " ", -1);
  Line line = { g_ptr_array_new_with_free_func (g_free), g_array_new (FALSE, FALSE, sizeof (gboolean)) };
  gboolean hole = FALSE;

  for (guint i = 0; raw[i] != NULL; i++) {
    gboolean torn;
    char *word = letters_of (raw[i], &torn);

    torn = torn || hole;
    hole = word[0] == '\0' && line.words->len > 0; /* a sign by itself: a word was lost there */
    if (word[0] != '\0')
      add_word (&line, word, torn);
    else
      g_free (word);
  }
  return line;
}

static void
repair_given (const SohoaLists *lists, Line *line, SohoaName *name)
{
  for (guint i = 1; i < line->words->len; i++) {
    char **word = (char **) &line->words->pdata[i];
    gboolean torn = g_array_index (line->torn, gboolean, i) && !is_listed (lists->given_names, *word);
    const SohoaPhrase *right;

    if (!torn && !is_torn_word (lists, *word))
      continue;
    if (!torn && begins_with_capital (*word))
      take_word (word, sohoa_syllable_repair (*word), name);
    right = torn || is_torn_word (lists, *word) ? nearest (lists->given_names, *word) : NULL;
    if (right != NULL)
      take_word (word, g_strdup (right->name), name);
  }
}

/* "Pha" of "Phan": the beginning of a usual surname. */
static gboolean
begins_a_surname (const SohoaLists *lists, const char *word)
{
  g_autofree char *lower = g_utf8_strdown (word, -1);

  for (guint i = 0; i < MIN (lists->surnames->len, USUAL_SURNAMES); i++) {
    const SohoaPhrase *phrase = g_ptr_array_index (lists->surnames, i);

    if (g_str_has_prefix (phrase->text, lower) && g_utf8_strlen (phrase->text, -1) == g_utf8_strlen (lower, -1) + 1
        && g_utf8_strlen (lower, -1) >= 3)
      return TRUE;
  }
  return FALSE;
}

/* "Trịn": a syllable, but no surname and no word of given names: the nearest surname is proposed. */
static void
repair_surname (const SohoaLists *lists, char **word, SohoaName *name)
{
  char *right = begins_with_capital (*word) ? sohoa_words_repair_surname (lists, *word) : g_strdup (*word);
  gboolean marks = !g_str_equal (right, *word);

  g_free (*word); /* marks alone are put right without a doubt: one surname has these letters */
  *word = right;
  if (!marks && (!begins_with_capital (*word)
                 || (!sohoa_words_is_surname (lists, *word)
                     && (!is_listed (lists->given_names, *word) || begins_a_surname (lists, *word))))) {
    const SohoaPhrase *near = nearest (lists->surnames, *word);

    if (near != NULL)
      take_word (word, g_strdup (near->name), name);
  }
  name->surname = begins_with_capital (*word) && sohoa_words_is_surname (lists, *word);
}

static gboolean
is_letters (const char *word)
{
  for (const char *p = word; *p != '\0'; p = g_utf8_next_char (p))
    if (!g_unichar_isalpha (g_utf8_get_char (p)))
      return FALSE;
  return g_utf8_strlen (word, -1) <= NAME_WORD_MAX;
}

/* Some surname ends so. */
static gboolean
ends_a_surname (const SohoaLists *lists, const char *word)
{
  g_autofree char *fold = sohoa_text_fold (word);

  for (guint i = 0; i < lists->surnames->len; i++)
    if (is_torn (fold, ((SohoaPhrase *) lists->surnames->pdata[i])->fold))
      return TRUE;
  return FALSE;
}

/* What a seal's edge left before the name: no word of a name, and either very short or followed by a torn surname. */
static gboolean
is_debris (const SohoaLists *lists, GPtrArray *words, guint at)
{
  const char *word = g_ptr_array_index (words, at), *next = g_ptr_array_index (words, at + 1);
  g_autofree char *fold = sohoa_text_fold (next);

  if (sohoa_words_is_surname (lists, word) || is_listed (lists->given_names, word))
    return FALSE;
  if (g_utf8_strlen (word, -1) <= DEBRIS_MAX_LETTERS && !(begins_with_capital (word) && sohoa_syllable_is_valid (word)))
    return sohoa_words_is_surname (lists, next) || !ends_a_surname (lists, word);
  return !sohoa_syllable_is_valid (word) && !begins_with_capital (next) && nearest (lists->surnames, next) != NULL;
}

static gboolean
are_words_of_a_name (GPtrArray *words)
{
  guint upper = 0;

  for (guint i = 0; i < words->len; i++) {
    const char *word = g_ptr_array_index (words, i);

    if (!begins_with_capital (word) || !is_letters (word))
      return FALSE;
    upper += g_utf8_strlen (word, -1) > 1 && sohoa_text_is_upper (word) ? 1 : 0;
  }
  if (upper > 0 && upper < words->len) /* "PHÓ Dũng" */
    return FALSE;
  return words->len >= 2 && words->len <= NAME_MAX_WORDS;
}

/* At least one word stands as a name's words do; the rest may be torn. */
static gboolean
has_whole_word (const SohoaLists *lists, GPtrArray *words)
{
  for (guint i = 0; i < words->len; i++) {
    const char *word = g_ptr_array_index (words, i);

    if (begins_with_capital (word) && (is_listed (lists->given_names, word) || sohoa_words_is_surname (lists, word))
        && !sohoa_text_is_upper (word))
      return TRUE;
  }
  return FALSE;
}

static char *
without_degree (const char *text)
{
  g_autoptr(GRegex) degree = g_regex_new ("^(\\P{L}*(PGS|GS|TS|ThS|Ths|BS|BSCKI{1,2}|DS|CN|KS|LS|CKI{1,2}|CK[12]|Đại tá|Thượng tá|"
                                          "Trung tá|Thiếu tá|Thiếu tướng|Trung tướng)[.\\s]+)+", 0, 0, NULL);

  return g_regex_replace_literal (degree, text, -1, 0, "", 0, NULL);
}

/* "THỦ TƯỚNG" is a title, "Phan Thu Tường Vân" none: titles stand in capitals, or have no surname before them. */
static gboolean
is_no_name (const SohoaLists *lists, const char *bare, const GPtrArray *words)
{
  gboolean upper = sohoa_text_is_upper (bare);

  if (words->len < 2 || sohoa_lists_peek_by_name (lists, bare) != NULL || (upper && words->len < 3))
    return TRUE;
  return (upper || !sohoa_words_is_surname (lists, words->pdata[0])) && sohoa_words_is_title (lists, bare);
}

/* A usual word of names has the same letters with other marks. */
static gboolean
has_twin (const SohoaLists *lists, const char *word)
{
  g_autofree char *fold = sohoa_text_fold (word);

  for (guint i = 0; i < lists->given_names->len; i++)
    if (g_str_equal (((SohoaPhrase *) lists->given_names->pdata[i])->fold, fold))
      return TRUE;
  return FALSE;
}

static gboolean
read_line (const SohoaLists *lists, Line *line, SohoaName *name)
{
  GPtrArray *words = line->words;
  gboolean torn = !are_words_of_a_name (words);

  for (guint i = 0; i < line->torn->len; i++)
    torn = torn || g_array_index (line->torn, gboolean, i);
  if (torn && !has_whole_word (lists, words))
    return FALSE;
  while (words->len > 2 && is_debris (lists, words, 0)) {
    line_drop_first (line);
    name->changed = TRUE;
  }
  if (words->len > NAME_MAX_WORDS)
    return FALSE;
  repair_surname (lists, (char **) &words->pdata[0], name);
  repair_given (lists, line, name);
  repair_middle (lists, (char **) words->pdata, words->len, name);
  if (!are_words_of_a_name (words) || (torn && !name->surname))
    return FALSE;
  name->changed = name->changed || torn;
  name->known = name->surname;
  for (guint i = 1; i < words->len; i++) {
    gboolean listed = is_listed (lists->given_names, words->pdata[i]) || is_listed (lists->surnames, words->pdata[i]);

    name->known = name->known && listed;
    name->doubtful = name->doubtful || (!listed && has_twin (lists, words->pdata[i]));
  }
  g_ptr_array_add (words, NULL);
  name->text = g_strjoinv (" ", (char **) words->pdata);
  g_ptr_array_set_size (words, (gint) words->len - 1);
  return TRUE;
}

gboolean
sohoa_name_read (const SohoaLists *lists, const char *text, SohoaName *name)
{
  g_autofree char *bare = without_degree (text);
  Line line = line_of (bare);
  gboolean found;

  memset (name, 0, sizeof *name);
  found = !is_no_name (lists, bare, line.words) && read_line (lists, &line, name);
  line_clear (&line);
  return found;
}
