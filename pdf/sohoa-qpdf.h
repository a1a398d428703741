/* A PDF opened by qpdf over a mapped file: the objects, nothing drawn. Private to pdf/. */
#pragma once

#include <gio/gio.h>
#include <qpdf/qpdf-c.h>

G_BEGIN_DECLS

typedef struct {
  qpdf_data     qpdf;     /* (owned) */
  const guint8 *bytes;    /* (owned) mapping of the whole file */
  gsize         size;
  gboolean      repaired; /* qpdf had to guess: never append to such a file */
} SohoaQpdf;

/* Errors: SOHOA_INTAKE_ERROR_EMPTY, _TOO_LARGE (2 GiB), _UNSUPPORTED (no %PDF- in the first 1024
 * bytes), _ENCRYPTED (asks for a password), _DAMAGED. @fd may be closed afterwards. */
SohoaQpdf *sohoa_qpdf_open (int fd, GError **error);
void       sohoa_qpdf_free (SohoaQpdf *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaQpdf, sohoa_qpdf_free)

/* The catalog's /AcroForm/Fields, depth first, at most SOHOA_QPDF_MAX_FIELDS: @visit gets the field
 * dictionary and its full name; FALSE stops. */
#define SOHOA_QPDF_MAX_FIELDS 20000u
#define SOHOA_QPDF_MAX_FIELD_DEPTH 32u
typedef gboolean (*SohoaFieldVisit) (SohoaQpdf *self, qpdf_oh field, const char *type, const char *name,
                                     gpointer data);
void sohoa_qpdf_visit_fields (SohoaQpdf *self, SohoaFieldVisit visit, gpointer data);

/* UTF-8 text of a string object, NULL when it is none. g_free. */
char *sohoa_qpdf_dup_text (SohoaQpdf *self, qpdf_oh string);

G_END_DECLS
