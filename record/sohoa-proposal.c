#include "sohoa-proposal.h"

#include "sohoa-syllable.h"

#include <string.h>

#define ABBREVIATION_MAX 6

/* Letters that take each other's place when marks are lost or confused. */
static const char *const families[] = { "aáàảãạăắằẳẵặâấầẩẫậ", "eéèẻẽẹêếềểễệ", "iíìỉĩị", "oóòỏõọôốồổỗộơớờởỡợ",
                                        "uúùủũụưứừửữự", "yýỳỷỹỵ", "dđ" };

static const gunichar look_alikes[][2] = { { 0x00D0, 0x0110 }, { 0x00F0, 0x0111 }, { 0x0189, 0x0110 }, { 0x0256, 0x0111 },
                                           { 0x0105, 0x1EA1 }, { 0x0119, 0x1EB9 }, { 0x012F, 0x1ECB },
                                           { 0x00E4, 0x00E3 }, { 0x00F6, 0x00F5 }, { 0x00FC, 0x0169 }, { 0x00F1, 0x006E },
                                           { 0x00E5, 0x1EA3 }, { 0x010D, 0x0063 }, { 0x0161, 0x0073 } };

/* The letter without its tone: ố → ô, ạ → a. */
static gunichar
toneless (gunichar c)
{
  gunichar a = c, b = 0, base = c, mark = 0;

  while (g_unichar_decompose (a, &base, &mark)) {
    if (mark == 0x0300 || mark == 0x0301 || mark == 0x0303 || mark == 0x0309 || mark == 0x0323) {
      gunichar rest = base;

      return b != 0 && g_unichar_compose (base, b, &rest) ? rest : base;
    }
    b = mark; /* â under a tone below: ậ = ạ + circumflex */
    a = base;
  }
  return c;
}

static void
proposal_free (gpointer data)
{
  g_free (((SohoaProposal *) data)->text);
  g_free (data);
}

/* @word without the punctuation around it: what is before and behind. */
static char *
core_of (const char *word, char **before, char **behind)
{
  g_autofree char *nfc = g_utf8_normalize (word, -1, G_NORMALIZE_NFC);
  const char *start = nfc != NULL ? nfc : "", *end = start + strlen (start);

  while (*start != '\0' && !g_unichar_isalnum (g_utf8_get_char (start)))
    start = g_utf8_next_char (start);
  while (end > start && !g_unichar_isalnum (g_utf8_get_char (g_utf8_prev_char (end))))
    end = g_utf8_prev_char (end);
  if (before != NULL) {
    *before = g_strndup (nfc != NULL ? nfc : "", start - (nfc != NULL ? nfc : start));
    *behind = g_strdup (end);
  }
  return g_strndup (start, end - start);
}

static gboolean
is_own_letter (gunichar lower)
{
  static const char plain[] = "bcdghklmnpqrstvxfjwz";

  if (lower < 0x80 && strchr (plain, (int) lower) != NULL && lower != 0)
    return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (families); i++)
    if (g_utf8_strchr (families[i], -1, lower) != NULL)
      return TRUE;
  return FALSE;
}

gboolean
sohoa_word_has_own_letters (const char *word)
{
  g_autofree char *nfc = g_utf8_normalize (word, -1, G_NORMALIZE_NFC);

  for (const char *p = nfc; p != NULL && *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);

    if ((g_unichar_isalpha (c) || g_unichar_ismark (c)) && !is_own_letter (g_unichar_tolower (c)))
      return FALSE;
  }
  return nfc != NULL;
}

/* Whether the rules say anything about @lower: only letters of the alphabet, with a vowel. */
static gboolean
can_be_judged (const char *lower)
{
  gboolean vowel = FALSE;

  for (const char *p = lower; *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);

    if (!g_unichar_isalpha (c) || c == 'f' || c == 'j' || c == 'w' || c == 'z')
      return FALSE;
    for (guint i = 0; i + 1 < G_N_ELEMENTS (families); i++)
      vowel |= g_utf8_strchr (families[i], -1, c) != NULL;
  }
  return vowel;
}

/* "UBND", "TU", "PCT": few capitals without any mark. */
static gboolean
is_abbreviation (const char *core)
{
  for (const char *p = core; *p != '\0'; p++)
    if (!g_ascii_isupper (*p))
      return FALSE;
  return strlen (core) <= ABBREVIATION_MAX;
}

gboolean
sohoa_word_is_possible (const char *word)
{
  g_autofree char *core = core_of (word, NULL, NULL);
  g_autofree char *lower = g_utf8_strdown (core, -1);

  return is_abbreviation (core) || !can_be_judged (lower) || sohoa_syllable_is_valid (lower);
}

/* @lower in the case of @core: all capitals, a first capital, or small. */
static char *
in_case_of (const char *lower, const char *core)
{
  g_autofree char *small = g_utf8_strdown (core, -1);
  g_autofree char *big = g_utf8_strup (core, -1);
  GString *out;

  if (g_str_equal (core, small))
    return g_strdup (lower);
  if (g_str_equal (core, big) && g_utf8_strlen (core, -1) > 1)
    return g_utf8_strup (lower, -1);
  out = g_string_new (NULL);
  g_string_append_unichar (out, g_unichar_toupper (g_utf8_get_char (lower)));
  g_string_append (out, g_utf8_next_char (lower));
  return g_string_free (out, FALSE);
}

typedef struct {
  const char *core, *before, *behind;
  GHashTable *lexicon; /* (unowned) (nullable) */
  GPtrArray  *out;     /* (owned) (element-type SohoaProposal) */
} Search;

static void
add (Search *s, const char *lower, double confidence, const char *reason)
{
  gboolean known = s->lexicon != NULL && g_hash_table_contains (s->lexicon, lower);
  g_autofree char *cased = in_case_of (lower, s->core);
  SohoaProposal *p = g_new0 (SohoaProposal, 1);
  guint at = 0;

  p->text = g_strconcat (s->before, cased, s->behind, NULL);
  p->confidence = known ? MAX (confidence, 0.8) : confidence;
  p->reason = known ? "differs in marks from a word that is known here" : reason;
  while (at < s->out->len && ((SohoaProposal *) g_ptr_array_index (s->out, at))->confidence >= p->confidence)
    at++;
  g_ptr_array_insert (s->out, (gint) at, p);
}

static const char *
family_of (gunichar c)
{
  for (guint i = 0; i < G_N_ELEMENTS (families); i++)
    if (g_utf8_strchr (families[i], -1, c) != NULL)
      return families[i];
  return NULL;
}

/* The tone stands on the vowel that has a mark of its own, on ơ of ươ: "việc", not "vịêc". */
static gboolean
tone_sits_well (const char *lower)
{
  gunichar marked = 0, toned = 0;

  for (const char *p = lower; *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p), plain = toneless (c);

    if (g_utf8_strchr ("ăâêôơư", -1, plain) != NULL)
      marked = c;
    if (plain != c)
      toned = c;
  }
  return marked == 0 || toned == 0 || toned == marked;
}

/* Every spelling that differs from @lower in the marks of one letter and that is a syllable, or a known word. */
static void
vary (Search *s, const char *lower, gboolean only_known)
{
  for (const char *p = lower; *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);
    const char *family = family_of (c);

    for (const char *f = family; f != NULL && *f != '\0'; f = g_utf8_next_char (f)) {
      g_autoptr(GString) other = g_string_new_len (lower, p - lower);
      gboolean lost = toneless (g_utf8_get_char (f)) == c; /* only a tone is added */

      if (g_utf8_get_char (f) == c)
        continue;
      g_string_append_unichar (other, g_utf8_get_char (f));
      g_string_append (other, g_utf8_next_char (p));
      if (only_known ? g_hash_table_contains (s->lexicon, other->str)
                     : sohoa_syllable_is_valid (other->str) && tone_sits_well (other->str))
        add (s, other->str, lost ? 0.5 : 0.4, lost ? "not a syllable: a mark may be lost" : "not a syllable: marks may be confused");
    }
  }
}

/* Look-alikes of other alphabets put right; NULL when there was none. */
static char *
without_look_alikes (const char *lower)
{
  g_autoptr(GString) out = g_string_new (NULL);
  gboolean any = FALSE;

  for (const char *p = lower; *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);

    for (guint i = 0; i < G_N_ELEMENTS (look_alikes) && !is_own_letter (c); i++) {
      if (c == look_alikes[i][0] || c == g_unichar_tolower (look_alikes[i][0])) {
        c = g_unichar_tolower (look_alikes[i][1]);
        any = TRUE;
      }
    }
    g_string_append_unichar (out, c);
  }
  return any ? g_string_free (g_steal_pointer (&out), FALSE) : NULL;
}

GPtrArray *
sohoa_word_propose (const char *word, GHashTable *lexicon)
{
  g_autofree char *before = NULL;
  g_autofree char *behind = NULL;
  g_autofree char *core = core_of (word, &before, &behind);
  g_autofree char *lower = g_utf8_strdown (core, -1);
  g_autofree char *righted = without_look_alikes (lower);
  g_autoptr(GPtrArray) out = g_ptr_array_new_with_free_func (proposal_free);
  Search s = { core, before, behind, lexicon, out };

  if (righted != NULL)
    add (&s, righted, 0.7, "a letter of another alphabet");
  else if (is_abbreviation (core))
    return g_steal_pointer (&out);
  else if (can_be_judged (lower) && !sohoa_syllable_is_valid (lower))
    vary (&s, lower, FALSE);
  else if (lexicon != NULL && can_be_judged (lower) && !g_hash_table_contains (lexicon, lower))
    vary (&s, lower, TRUE);
  if (out->len > SOHOA_PROPOSALS_MAX)
    g_ptr_array_set_size (out, SOHOA_PROPOSALS_MAX);
  return g_steal_pointer (&out);
}
