/* Vietnamese syllables: words of everyday administrative Vietnamese pass, misreadings do not, proposals hold the word
 * that was meant. Expected values from the orthography (onset, rhyme, tone), written by hand. */
#include "sohoa-proposal.h"

static void
test_possible (void)
{
  static const char *const good[] = {
    "Cộng", "hòa", "hoà", "xã", "hội", "CHỦ", "NGHĨA", "Việt", "Nam", "nghiêng", "quyết", "định", "Quốc", "uỷ", "ủy", "thuở",
    "khuya", "khuỷu", "giếng", "gì", "giữa", "yêu", "kỹ", "Lý", "huỳnh", "quýt", "ngoằn", "ngoèo", "xoong", "ước", "mượn", "rượu",
    "ghế", "kế", "cân", "“Độc", "phúc;", "(trừ)", "2026", "152/UBND-VP", "UBND", "HĐND", "Washington", "QĐ", "soóc", "đường",
  };
  static const char *const bad[] = { "môt", "viêc", "cap", "quyêt", "đinhh", "chuuyển", "hoàạ" };

  for (guint i = 0; i < G_N_ELEMENTS (good); i++) {
    g_test_message ("%s", good[i]);
    g_assert_true (sohoa_word_is_possible (good[i]));
  }
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_test_message ("%s", bad[i]);
    g_assert_false (sohoa_word_is_possible (bad[i]));
  }
}

static gboolean
proposes (const char *word, const char *meant, GHashTable *lexicon)
{
  g_autoptr(GPtrArray) all = sohoa_word_propose (word, lexicon);

  g_assert_cmpuint (all->len, <=, SOHOA_PROPOSALS_MAX);
  for (guint i = 0; i < all->len; i++) {
    const SohoaProposal *p = g_ptr_array_index (all, i);

    g_assert_cmpfloat (p->confidence, <, 0.9); /* shown to a person, never claimed */
    if (g_str_equal (p->text, meant))
      return TRUE;
  }
  return FALSE;
}

static void
test_propose (void)
{
  g_autoptr(GHashTable) lexicon = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr(GPtrArray) none = sohoa_word_propose ("Việt", NULL);

  g_hash_table_add (lexicon, (char *) "một");
  g_hash_table_add (lexicon, (char *) "yên");
  g_hash_table_add (lexicon, (char *) "hưng");
  g_assert_cmpuint (none->len, ==, 0);
  g_assert_true (proposes ("môt", "một", NULL));
  g_assert_true (proposes ("VIÊC", "VIỆC", NULL));
  g_assert_true (proposes ("“Môt,", "“Một,", lexicon)); /* case and punctuation stay */
  g_assert_true (proposes ("Ðiều", "Điều", NULL));      /* U+00D0 */
  g_assert_true (proposes ("hung", "hưng", lexicon));     /* possible, but the agency writes it otherwise */
  g_assert_false (proposes ("hung", "hưng", NULL));
  g_assert_false (proposes ("hưng", "hung", lexicon));
  g_assert_false (proposes ("152/QĐ", "152/QD", lexicon));
}

static void
test_letters (void)
{
  g_assert_true (sohoa_word_has_own_letters ("Đường 30/4, số 5-B"));
  g_assert_true (sohoa_word_has_own_letters ("Washington"));
  g_assert_false (sohoa_word_has_own_letters ("Ðiều"));
  g_assert_false (sohoa_word_has_own_letters ("mañana"));
  g_assert_false (sohoa_word_has_own_letters ("Москва"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/record/proposal/possible", test_possible);
  g_test_add_func ("/record/proposal/propose", test_propose);
  g_test_add_func ("/record/proposal/letters", test_letters);
  return g_test_run ();
}
