/* The desk's words: names of fields, states and faults as a văn thư says them (glossary of the project). No display needed.
 * The source language is Vietnamese; po/en.po holds the English. */
#pragma once

#include <glib.h>
#include <glib/gi18n.h>

G_BEGIN_DECLS

/* What a field's reading is worth, said by word and by colour. */
typedef enum {
  SOHOA_READING_CLEAR,  /* Rõ */
  SOHOA_READING_CHECK,  /* Cần kiểm tra */
  SOHOA_READING_NONE,   /* Chưa đọc được */
  SOHOA_READING_PERSON, /* Đã nhập */
} SohoaReading;

const char *sohoa_words_reading (SohoaReading reading);    /* static */
const char *sohoa_words_reading_class (SohoaReading reading); /* style class, static */
const char *sohoa_words_field (const char *key);           /* "Số", static; the key itself when unknown */
const char *sohoa_words_state (const char *state);         /* document state on the bus → "Chờ kiểm tra"; static */
const char *sohoa_words_batch_state (const char *state);   /* static */
const char *sohoa_words_priority (const char *value);      /* "0"…"4" → "Thường" …; static */
/* What happened and what to do, for an error name of lib/sohoa-errors.h ("Scan.Jam"); NULL when there is no own text. @sheet:
 * first sheet to put back, 0 = none. g_free. */
char *sohoa_words_fault (const char *error_name, guint sheet);
/* The same for any error, with its name in brackets at the end. g_free. */
char *sohoa_words_error (const GError *error);

/* A date as clerks type it ("20112026", "20/11/2026", "2-1-26") → ISO day; NULL when no such day exists. g_free. */
char *sohoa_words_parse_day (const char *typed);
/* A stored value as it is shown (dates dd/mm/yyyy, urgency as word, places in one line). g_free. */
char *sohoa_words_show (const char *key, const char *value);
/* The inverse; NULL: not such a value. g_free. */
char *sohoa_words_read (const char *key, const char *shown);
/* Values a person may choose for @key, as stored; NULL when it is free text. Static. */
const char *const *sohoa_words_choices (const char *key);
/* Whether every word of @search, as typed, occurs in @folded (sohoa_text_fold): marks and case do not count. */
gboolean sohoa_words_match (const char *folded, const char *search);
gboolean sohoa_words_is_day (const char *key);

G_END_DECLS
