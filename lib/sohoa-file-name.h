/* Names of files by a template, ASCII and short enough for every server (domain.md 2.4). */
#pragma once

#include "sohoa-record.h"

G_BEGIN_DECLS

/* Letter 7197/BKHCN-CĐSQG, 2.4b: DocCode_YYYYMMDD, where DocCode is MCQ_LV_STT_PB: "H31.98.01_CV_000021_V1_20261120". */
#define SOHOA_FILE_NAME_7197 "{code}_{day}"
#define SOHOA_FILE_NAME_MAX_BYTES 120u

/* Fills {code} (@code, where it is NULL the record's id), {day} (the day of digitising, YYYYMMDD), {id}, {number}, {symbol},
 * {type}, {arrival} (số đến, six digits), {book} and {subject}; without the extension. Marks are taken off letters, anything
 * but letters, digits, ".", "_" and "-" becomes "_"; a name never begins with a dot, and is cut at
 * SOHOA_FILE_NAME_MAX_BYTES. g_free. Errors: SOHOA_ERROR_INVALID_ARGUMENT (a blank that is not known, a brace without its
 * other, nothing left). */
char *sohoa_file_name_new (const char *template, const SohoaRecord *record, const char *code, gint64 digitised_us,
                           GError **error);

G_END_DECLS
