/* One document as a person checks it: fields in the paper's order, what each reading is worth, which doubts were looked at,
 * whether Xác nhận may be pressed. Holds nothing that the daemon does not have; no display needed. */
#pragma once

#include "sohoa-desk-bus.h"
#include "sohoa-record.h"
#include "sohoa-words.h"

G_BEGIN_DECLS

#define SOHOA_TYPE_FIELD_ITEM (sohoa_field_item_get_type ())
G_DECLARE_FINAL_TYPE (SohoaFieldItem, sohoa_field_item, SOHOA, FIELD_ITEM, GObject)
struct _SohoaFieldItem {
  GObject      parent;
  char        *key, *value, *raw, *source; /* (owned) */
  SohoaReading reading;
  gboolean     needed; /* a mandatory field whose value needs a person */
  gboolean     seen;   /* a person has been at it */
  guint        page;   /* 0 = not from a page */
  double       box[4]; /* fractions of the upright page; all 0 = none */
};
gboolean sohoa_field_item_is_doubt (SohoaFieldItem *self); /* to be looked at, not yet seen */

#define SOHOA_TYPE_DOCUMENT_MODEL (sohoa_document_model_get_type ())
G_DECLARE_FINAL_TYPE (SohoaDocumentModel, sohoa_document_model, SOHOA, DOCUMENT_MODEL, GObject)

/* Signals: "changed" (everything may be different), "seen-changed", "failed" (text for the clerk), "confirmed" (id). */
SohoaDocumentModel *sohoa_document_model_new (SohoaDeskBus *bus); /* @bus may be NULL in tests */
void sohoa_document_model_open (SohoaDocumentModel *self, const char *id); /* "" = none */
/* What Get answered; also how tests fill it. FALSE: not a record. */
gboolean sohoa_document_model_take (SohoaDocumentModel *self, const char *id, const char *record_json, const char *state,
                                    guint revision, GVariant *info, GError **error);

const char  *sohoa_document_model_peek_id (SohoaDocumentModel *self);
const char  *sohoa_document_model_peek_state (SohoaDocumentModel *self);
const char  *sohoa_document_model_peek_reason (SohoaDocumentModel *self);
guint        sohoa_document_model_get_revision (SohoaDocumentModel *self);
SohoaRecord *sohoa_document_model_peek_record (SohoaDocumentModel *self); /* borrowed, NULL before there is one */
GListModel  *sohoa_document_model_peek_fields (SohoaDocumentModel *self); /* of SohoaFieldItem, borrowed */
SohoaFieldItem *sohoa_document_model_find (SohoaDocumentModel *self, const char *key); /* borrowed, NULL = none */

void  sohoa_document_model_see (SohoaDocumentModel *self, SohoaFieldItem *item);
/* The doubt after (or before) @from, round the end; NULL: none is left. Borrowed. */
SohoaFieldItem *sohoa_document_model_next_doubt (SohoaDocumentModel *self, SohoaFieldItem *from, gboolean back);
guint sohoa_document_model_count_doubts (SohoaDocumentModel *self);
/* Whether it may be confirmed; @reason_out: what is missing, M11. g_free. */
gboolean sohoa_document_model_may_confirm (SohoaDocumentModel *self, char **reason_out);

/* @shown: as the clerk typed it. FALSE: no such value, @reason_out says why; g_free. */
gboolean sohoa_document_model_set (SohoaDocumentModel *self, const char *key, const char *shown, char **reason_out);
void sohoa_document_model_confirm (SohoaDocumentModel *self);
/* Reject, Cancel, Release, Purge, Recall, Revise, Submit, Reprocess: @reason "" where none is needed; @person: who decided,
 * for Release only, else NULL. */
void sohoa_document_model_act (SohoaDocumentModel *self, const char *method, const char *reason, const char *person);

G_END_DECLS
