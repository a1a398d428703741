/* Vietnamese syllables: onset, rime, tone. A recogniser's slip ("Ouốc", "Nguvễn", "Dãn" apart) mostly leaves the
 * set, so a word outside it is doubted, and put right where one look-alike letter brings it back. */
#include "sohoa-syllable.h"

#include <string.h>

static const char *const onsets[] = {
  "ngh", "ng", "nh", "ch", "gh", "gi", "kh", "ph", "qu", "th", "tr", "b", "c", "d", "đ", "g", "h", "k", "l", "m", "n", "p", "r",
  "s", "t", "v", "x", "",
};

static const char rimes[] =
  " a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây e ec em en eng eo ep et ê êch êm ên "
  "êng ênh êp êt êu i ia ich iêc iêm iên iêng iêp iêt iêu im in inh ip it iu o oa oac oach oai oam oan oang oanh oao oap oat oay "
  "oăc oăm oăn oăng oăt oc oe oen oeo oet oi om on ong ooc oong op ot ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt u ua uân uâng uât "
  "uây uc uê uêch uênh ui um un ung uôc uôi uôm uôn uông uôt uơ up ut uy uya uych uyên uyêt uynh uyp uyt uyu ư ưa ưc ưi ưm ưn "
  "ưng ươc ươi ươm ươn ương ươp ươt ươu ưt ưu y yêm yên yêng yêt yêu ych yt ynh ";

/* Letters that a recogniser takes for one another, both ways. */
static const char *const alike[][2] = {
  { "o", "q" }, { "v", "y" }, { "l", "t" }, { "i", "l" }, { "c", "e" }, { "n", "u" }, { "ư", "u" }, { "o", "ơ" }, { "ô", "o" },
};

/* Lower case without its tone, NFC; *tone_out: the tone mark, 0 = none, G_MAXUINT32 = two of them. */
static char *
take_tone (const char *word, gunichar *tone_out)
{
  g_autofree char *lower = g_utf8_strdown (word, -1);
  g_autofree char *apart = g_utf8_normalize (lower, -1, G_NORMALIZE_NFD);
  g_autoptr(GString) out = g_string_new (NULL);

  *tone_out = 0;
  for (const char *p = apart; p != NULL && *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);

    if (c == 0x300 || c == 0x301 || c == 0x303 || c == 0x309 || c == 0x323)
      *tone_out = *tone_out == 0 ? c : G_MAXUINT32;
    else
      g_string_append_unichar (out, c);
  }
  return g_utf8_normalize (out->str, -1, G_NORMALIZE_NFC);
}

static gboolean
is_rime (const char *text)
{
  g_autofree char *wanted = g_strconcat (" ", text, " ", NULL);

  return text[0] != '\0' && strstr (rimes, wanted) != NULL;
}

/* Syllables that end in a stop have only two tones. */
static gboolean
tone_fits (const char *rime, gunichar tone)
{
  gsize n = strlen (rime);
  gboolean stop = strchr ("cpt", rime[n - 1]) != NULL || g_str_has_suffix (rime, "ch");

  return tone != G_MAXUINT32 && (!stop || tone == 0x301 || tone == 0x323);
}

gboolean
sohoa_syllable_is_valid (const char *word)
{
  gunichar tone;
  g_autofree char *bare = take_tone (word, &tone);

  for (guint i = 0; bare != NULL && i < G_N_ELEMENTS (onsets); i++) {
    const char *rest;

    if (!g_str_has_prefix (bare, onsets[i]))
      continue;
    rest = bare + strlen (onsets[i]);
    if ((g_str_equal (onsets[i], "ngh") || g_str_equal (onsets[i], "gh")) && strchr ("ei\xc3", rest[0]) == NULL) /* e, ê, i */
      continue;
    if (is_rime (rest) && tone_fits (rest, tone))
      return TRUE;
    if (g_str_equal (onsets[i], "gi") && rest[0] == '\0') /* gì */
      return tone != G_MAXUINT32;
  }
  return FALSE;
}

/* @word with @letters at byte @at replaced by @by, in the same case. */
static char *
replaced (const char *word, gsize at, gsize letters, const char *by)
{
  gunichar first = g_utf8_get_char (word + at);
  g_autofree char *right = g_unichar_isupper (first) ? g_utf8_strup (by, -1) : g_strdup (by);
  g_autofree char *before = g_strndup (word, at);

  return g_strconcat (before, right, word + at + letters, NULL);
}

char *
sohoa_syllable_repair (const char *word)
{
  g_autofree char *only = NULL;
  guint n = 0;

  if (sohoa_syllable_is_valid (word))
    return g_strdup (word);
  for (const char *p = word; *p != '\0'; p = g_utf8_next_char (p)) {
    g_autofree char *here = g_utf8_substring (p, 0, 1);
    g_autofree char *lower = g_utf8_strdown (here, -1);

    for (guint k = 0; k < 2 * G_N_ELEMENTS (alike); k++) {
      g_autofree char *other = NULL;

      if (!g_str_equal (lower, alike[k / 2][k % 2]))
        continue;
      other = replaced (word, (gsize) (p - word), strlen (here), alike[k / 2][1 - k % 2]);
      if (!sohoa_syllable_is_valid (other))
        continue;
      n++;
      g_free (only);
      only = g_steal_pointer (&other);
    }
  }
  return n == 1 ? g_steal_pointer (&only) : NULL;
}
