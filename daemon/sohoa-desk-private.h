/* For the files that hold what a person may ask: sohoa-desk-changes.c, sohoa-desk-review.c. */
#pragma once

#include "sohoa-desk.h"

G_BEGIN_DECLS

#define SOHOA_DESK_STATE(name) (1u << SOHOA_STATE_##name)

/* The document for the revision the person saw, in one of @states (bits; @wanted names them for the error). A token that
 * was used before for the same call gives TRUE with *document_out NULL: *revision_out (and @doubts_out, nullable) are
 * the first answer. */
gboolean sohoa_desk_begin (SohoaDesk *self, const SohoaDeskCall *call, const char *method, guint32 states, const char *wanted,
                           SohoaStoreDocument **document_out, guint *revision_out, char ***doubts_out, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/* Makes @change for @call and keeps the answer with the token. @doubts: (nullable) kept with it. */
gboolean sohoa_desk_make_change (SohoaDesk *self, const SohoaDeskCall *call, const char *method, SohoaStoreChange *change,
                                 char **doubts, guint *revision_out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

gboolean sohoa_desk_need_reason (const SohoaDeskCall *call, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Always FALSE. */
gboolean sohoa_desk_wrong_state (const SohoaStoreDocument *document, const char *wanted, GError **error);

G_END_DECLS
