/* The document record that the archive wants later (TT05/2025/TT-BNV, domain.md 3.5; read in a secondary source): one flat
 * JSON object with its names and codes. Only the record of one document: dossier and package are the archive step's. */
#pragma once

#include "sohoa-record.h"

G_BEGIN_DECLS

/* What the desk does not know (thời hạn bảo quản, chế độ sử dụng …) stays "" for the archivist; it is never guessed.
 * @doc_code: of letter 7197 or the archive, NULL = "". *missing_out (nullable): names of mandatory members that are empty,
 * g_strfreev. g_free. Errors: SOHOA_ERROR_CONFIG of the lists. */
char *sohoa_archive_to_json (const SohoaRecord *record, const char *doc_code, char ***missing_out, GError **error);

/* The fields back into a record, source "archive"; members that are no field of ours are left alone. Errors:
 * SOHOA_ERROR_INVALID_ARGUMENT (no JSON object, a code that no list has), SOHOA_ERROR_CONFIG. */
SohoaRecord *sohoa_archive_from_json (const char *text, GError **error);

G_END_DECLS
