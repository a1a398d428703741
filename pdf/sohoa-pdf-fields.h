/* The form fields of a PDF. Private to pdf/. */
#pragma once

#include "sohoa-pdf-file.h"

G_BEGIN_DECLS

#define SOHOA_PDF_MAX_FIELDS 20000u
#define SOHOA_PDF_MAX_FIELD_DEPTH 32u

/* @type: "/Sig", "/Tx" …, inherited; @name: the full name. FALSE stops. */
typedef gboolean (*SohoaFieldVisit) (SohoaPdfFile *file, qpdf_oh field, const char *type, const char *name,
                                     gpointer data);

/* The catalog's /AcroForm/Fields, depth first, at most SOHOA_PDF_MAX_FIELDS. */
void sohoa_pdf_fields_visit (SohoaPdfFile *self, SohoaFieldVisit visit, gpointer data);

G_END_DECLS
