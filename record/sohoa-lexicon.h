/* What an agency's own people have confirmed before, kept on its own machine and used to propose (never to claim): which
 * body a misread name stood for, who signs for a body with which position, which unit gets a body's papers of a type.
 *
 * Rows of one text each, in whatever keeps texts under names. Every entry knows the documents that taught it, so that a
 * document that is taken back (a state secret) takes along what it taught. */
#pragma once

#include "sohoa-record.h"

G_BEGIN_DECLS

#define SOHOA_LEXICON_SOURCE "lexicon" /* SohoaField.source of a proposal */
#define SOHOA_LEXICON_CONFIDENCE 0.7   /* a person looks at it (below SOHOA_CONFIDENCE_CLAIMED) */
#define SOHOA_LEXICON_ROW_MAX 20u      /* entries of one row; the least used goes */
#define SOHOA_LEXICON_IDS_MAX 40u      /* documents kept of one entry */

typedef struct {
  char    *(*get) (gpointer data, const char *row);                                          /* NULL = none; g_free */
  gboolean (*set) (gpointer data, const char *row, const char *text, GError **error);        /* NULL text: remove */
  gpointer data;
} SohoaLexiconRows;

/* @record as a person has confirmed it, of the document @id; twice is once. A citizen's letter teaches nothing. Errors:
 * those of @rows->set. */
gboolean sohoa_lexicon_learn (const SohoaLexiconRows *rows, const SohoaRecord *record, const char *id, GError **error);
/* What @id taught with @record is forgotten, where no other document taught it too. */
gboolean sohoa_lexicon_forget (const SohoaLexiconRows *rows, const SohoaRecord *record, const char *id, GError **error);

/* Values that the machine did not claim give way to what people confirmed for the same reading; what was read stays in
 * the field's history. A person's value is never touched. */
void sohoa_lexicon_propose (const SohoaLexiconRows *rows, SohoaRecord *record);

G_END_DECLS
