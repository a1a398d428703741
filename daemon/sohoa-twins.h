/* Documents that may be the same one twice (NĐ30 Annex VI Part I, III.1h): the same identifier; the same number, symbol
 * and issuing body of one year; the same pictures of all pages.
 *
 * An index in the store's meta finds candidates: a keyed digest of each of the three → ids. It is written before the
 * change it belongs to, so a crash leaves at most a row too many; every candidate is compared with its record as it is
 * now. The digests say nothing about a document without the key, and a purge takes them away. */
#pragma once

#include "sohoa-desk.h"

G_BEGIN_DECLS

typedef enum {
  SOHOA_TWIN_IDENTIFIER,
  SOHOA_TWIN_NUMBER,
  SOHOA_TWIN_PICTURES,
} SohoaTwinWhy;

typedef struct {
  char        *id;      /* (owned) the other document */
  SohoaTwinWhy why;     /* the strongest */
  SohoaState   state;
  gboolean     closed;  /* a letter of citizens, and the document is none: its number and day are not told */
  char        *number;  /* (owned) its số đến, "" = it has none yet or is closed */
  char        *day;     /* (owned) its ngày đến, ISO, or "" */
} SohoaTwin;

void sohoa_twin_free (SohoaTwin *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaTwin, sohoa_twin_free)

/* "identifier" | "number" | "pictures" */
const char *sohoa_twin_why_to_string (SohoaTwinWhy why);
/* For clerks: "cùng số, ký hiệu và cơ quan ban hành" … */
const char *sohoa_twin_why_in_words (SohoaTwinWhy why);

/* M12 for the clerk. g_free. */
char *sohoa_twin_message (const SohoaTwin *twin);

/* Puts @record (as it will be) into the index; call it before the change. */
gboolean sohoa_twins_note (SohoaDesk *desk, const SohoaStoreDocument *document, const SohoaRecord *record, GError **error);
/* Takes every row of @record away (a purge). */
gboolean sohoa_twins_forget (SohoaDesk *desk, const SohoaStoreDocument *document, const SohoaRecord *record, GError **error);

/* Documents that @document (with @record) may repeat: those that came before it or have a số đến, without the ones that
 * were returned, cancelled, held or settled ("register it as a new one"). A letter of citizens (đơn, thư) and another document
 * are compared by their pictures only: nobody learns what stands in a letter by guessing it into the fields of a document
 * of his own; who holds the same pictures has read it. (element-type SohoaTwin); yours. */
GPtrArray *sohoa_twins_find (SohoaDesk *desk, const SohoaStoreDocument *document, const SohoaRecord *record, GError **error);

/* A person has decided that @record is not the document @id. */
void sohoa_twins_settle (SohoaRecord *record, const char *id);
/* What was settled in @before is settled in @record (fields read again). */
void sohoa_twins_keep_settled (SohoaRecord *record, const SohoaRecord *before);

G_END_DECLS
