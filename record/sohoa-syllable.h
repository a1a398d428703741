/* Whether a word can be a Vietnamese syllable (onset, rime, tone), in any case of letters. Foreign names and those of
 * some peoples are none: use it to doubt, never to refuse. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean sohoa_syllable_is_valid (const char *word);

/* A copy of a valid word; of another the one valid word that differs in one look-alike letter ("Ouốc" → "Quốc"); NULL
 * when there is none or more than one. g_free. */
char *sohoa_syllable_repair (const char *word);

G_END_DECLS
