/* A PDF opened with qpdf, and small readers of its objects that never trust a type. */
#pragma once

#include <gio/gio.h>
#include <qpdf/qpdf-c.h>

G_BEGIN_DECLS

typedef struct {
  qpdf_data qpdf;      /* (owned) */
  GBytes   *bytes;     /* (owned) mapping of the file */
  gboolean  repaired;  /* qpdf warned while reading: the file's own table is not to be trusted */
  gboolean  encrypted; /* opened with the empty password */
} SohoaPdfFile;

/* Errors: SOHOA_INTAKE_ERROR_UNSUPPORTED, _DAMAGED, _ENCRYPTED, _EMPTY. */
gboolean sohoa_pdf_file_open (SohoaPdfFile *self, int fd, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void     sohoa_pdf_file_close (SohoaPdfFile *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SohoaPdfFile, sohoa_pdf_file_close)

/* Value of @key in a dictionary or stream, else a null object. */
qpdf_oh  sohoa_pdf_file_get (const SohoaPdfFile *self, qpdf_oh object, const char *key);
/* "" when it is no name; without the slash. Borrowed until the next call of qpdf. */
const char *sohoa_pdf_file_name (const SohoaPdfFile *self, qpdf_oh object);
gboolean sohoa_pdf_file_is_name (const SohoaPdfFile *self, qpdf_oh object, const char *name);
double   sohoa_pdf_file_number (const SohoaPdfFile *self, qpdf_oh object, double fallback);
gint64   sohoa_pdf_file_integer (const SohoaPdfFile *self, qpdf_oh object, gint64 fallback);
/* @n numbers of an array; FALSE when it is not one of at least @n. */
gboolean sohoa_pdf_file_numbers (const SohoaPdfFile *self, qpdf_oh object, guint n, double *out);
/* Names, numbers, booleans, arrays and dictionaries of those as direct syntax; FALSE for anything else. */
gboolean sohoa_pdf_file_syntax (const SohoaPdfFile *self, qpdf_oh object, GString *out);
/* @decoded: through every filter that is no picture coding. NULL on failure. */
GBytes  *sohoa_pdf_file_stream (const SohoaPdfFile *self, qpdf_oh stream, gboolean decoded);
/* NULL when there is none. g_free. */
char    *sohoa_pdf_file_text (const SohoaPdfFile *self, qpdf_oh string);

G_END_DECLS
