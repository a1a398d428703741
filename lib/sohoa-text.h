/* Vietnamese text: TCVN 6909:2001 means NFC here. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* NFC; bytes that are not UTF-8 become U+FFFD; control characters except \n and \t are dropped. g_free. */
char *sohoa_text_nfc (const char *text);
/* One word: NFC without any white space or control character. g_free. */
char *sohoa_text_clean_word (const char *text);
/* NFC, white space runs to one space, trimmed. g_free. */
char *sohoa_text_squeeze (const char *text);
/* For matching only: NFC, look-alike Ð/ð (U+00D0/F0) and Đ/đ → d, marks removed, lower case,
 * white space squeezed. "QÐ-UBND Hưng Yên" → "qd-ubnd hung yen". g_free. */
char *sohoa_text_fold (const char *text);
/* Letters of any alphabet; @text is UTF-8. */
guint sohoa_text_count_letters (const char *text);
/* Number of Unicode characters in which two texts differ (Levenshtein, capped at 10,000 characters each). */
guint sohoa_text_distance (const char *a, const char *b);

G_END_DECLS
