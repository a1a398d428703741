/* An incremental update under way: the bytes that are there stay the first bytes of the file. For friends inside
 * pdf/. */
#pragma once

#include "sohoa-pdf-file.h"
#include "sohoa-pdf.h"

G_BEGIN_DECLS

typedef struct {
  SohoaPdfFile file;     /* (owned) */
  GString     *out;      /* (owned) the update */
  guint64      base;     /* where it begins in the new file */
  GArray      *rows;     /* (owned) of the new section */
  guint64      previous; /* last startxref */
  gboolean     stream;   /* the last section is a cross-reference stream */
  gint64       time_us;
  qpdf_oh      root, page; /* page: the first */
} SohoaPdfUpdate;

/* Errors: SOHOA_PDF_ERROR_NOT_APPENDABLE (encrypted, repaired, no readable end), those of sohoa_pdf_file_open(). */
gboolean sohoa_pdf_update_open (SohoaPdfUpdate *self, int fd, gint64 time_us, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
void     sohoa_pdf_update_clear (SohoaPdfUpdate *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SohoaPdfUpdate, sohoa_pdf_update_clear)

/* Sets SOHOA_PDF_ERROR_NOT_APPENDABLE; always FALSE. */
gboolean sohoa_pdf_update_refuse (GError **error, const char *why);

/* @owner's array @key with @item at its end; a missing one is made. The array that has to be written again when it
 * is an object of its own, else 0. */
qpdf_oh sohoa_pdf_update_append (qpdf_data q, qpdf_oh owner, const char *key, qpdf_oh item);

/* "ID 0 obj" of a new object; the caller appends the body and "endobj" to self->out. */
void sohoa_pdf_update_begin (SohoaPdfUpdate *self, int id);
void sohoa_pdf_update_object (SohoaPdfUpdate *self, int id, int generation, const char *body);
/* Writes an object as qpdf has it now; once. */
void sohoa_pdf_update_changed (SohoaPdfUpdate *self, qpdf_oh object);

/* An invisible signature field on the first page whose value is "@head /ByteRange … /Contents …". @name: of the
 * field, a number is added. @room: bytes of binary CMS. */
gboolean sohoa_pdf_update_field (SohoaPdfUpdate *self, const char *name, const char *head, guint room,
                                 SohoaPdfPlaceholder *placeholder, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Cross-reference and trailer, then original and update into @out_fd. Errors: SOHOA_PDF_ERROR_TOO_LARGE, G_IO_ERROR. */
gboolean sohoa_pdf_update_finish (SohoaPdfUpdate *self, int out_fd, guint64 *size_out, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
