/* A safety net under recognised words: may this word stand in a Vietnamese text, and if not, which one may have been meant?
 * Proposals are shown to a person; they never replace what was read. Syllables by sohoa-syllable.h; a mark that was lost
 * or confused keeps the letter under it. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define SOHOA_PROPOSALS_MAX 3u /* of one word, the likeliest first */

typedef struct {
  char       *text;   /* (owned) NFC, in the word's own case */
  double      confidence; /* 0…1; never claims more than a person should check */
  const char *reason; /* (static) */
} SohoaProposal;

/* Whether @word (UTF-8, any case; punctuation around it does not count) can be a syllable. Words with digits, signs or
 * letters f j w z inside, and abbreviations without a vowel, are not judged: TRUE. */
gboolean sohoa_word_is_possible (const char *word);

/* Whether every letter of @word is of the Vietnamese alphabet or one of f j w z (foreign names). */
gboolean sohoa_word_has_own_letters (const char *word);

/* (element-type SohoaProposal), empty when there is nothing to propose; g_ptr_array_unref. @lexicon: (nullable) set of
 * lower-case NFC words of the agency or the document: its words come first, and a possible syllable that it does not
 * hold gets a proposal when it holds one that differs only in marks. */
GPtrArray *sohoa_word_propose (const char *word, GHashTable *lexicon);

G_END_DECLS
