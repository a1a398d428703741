/* Is the record fit to be signed and submitted? Formats and lengths of NĐ30 Annex VI (domain.md 3.1),
 * mandatory fields, lawful form of copy. */
#pragma once

#include "sohoa-profile.h"
#include "sohoa-record.h"

G_BEGIN_DECLS

typedef struct {
  char *key;     /* (owned) field key, "" when it is about the document */
  const char *code; /* static: "M9", "" for what the word list has no number for */
  char *message; /* (owned) Vietnamese, what happened and what to do; shown to the clerk as it is */
} SohoaFinding;

void sohoa_finding_free (SohoaFinding *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaFinding, sohoa_finding_free)

/* (element-type SohoaFinding), empty = fit. @profile nullable. @today: ISO day in Vietnam, NULL =
 * dates are not compared with it. g_ptr_array_unref. */
GPtrArray *sohoa_record_validate (const SohoaRecord *record, const SohoaProfile *profile,
                                  const char *today);

/* What the clerk calls a field: "Số", "Ngày văn bản"; @key itself when it has no name. Static or @key. */
const char *sohoa_field_label (const char *key);

/* The labels of @keys, joined by ", " (M11). g_free. */
char *sohoa_field_labels (const char *const *keys);

/* One value, e.g. of `sohoa set ID Field=value`: SOHOA_ERROR_INVALID_ARGUMENT "Field: why: what to do". */
gboolean sohoa_field_check (const char *key, const char *value, GError **error);

/* Longest value in characters (domain.md 3.1); 0 = not limited. */
guint sohoa_field_max_length (const char *key);

G_END_DECLS
