/* A foreign PDF, opened to take its pages. Hostile input: only inside the page worker.
 *
 * A page is a scan if exactly one image covers ≥ 95 % of the page box with an axis-aligned matrix and
 * nothing else is visible (design.md 4); a file that is signed or has any other page is an original. */
#pragma once

#include <gio/gio.h>
#include <leptonica/allheaders.h>

#include "sohoa-image-stream.h"

G_BEGIN_DECLS

typedef struct _SohoaPdfSource SohoaPdfSource;

typedef struct {
  gboolean scan;
  char    *reason;              /* (owned) (nullable) why it is no scan: "page 2: text" */
  char    *note;                /* (owned) (nullable) what was read differently: "colour profile …" */
  guint    width_px, height_px; /* of the image as stored; of an original's page: 0 */
  double   dpi;                 /* of the image; 0 for an original's page */
  guint    rotation;            /* quarter turn clockwise at which the page shows the image */
  double   width_pt, height_pt; /* visible page, turned */
} SohoaPdfPage;

/* Reads @fd with mmap; it stays the caller's and may be closed. Errors: SOHOA_INTAKE_ERROR_UNSUPPORTED
 * (no PDF), _DAMAGED, _ENCRYPTED (asks for a password), _EMPTY (no pages), _TOO_LARGE. A file that opens
 * with the empty password is an original with the reason "encrypted". */
SohoaPdfSource *sohoa_pdf_source_new (int fd, GError **error);
void            sohoa_pdf_source_free (SohoaPdfSource *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaPdfSource, sohoa_pdf_source_free)

guint       sohoa_pdf_source_count_pages (SohoaPdfSource *self);
guint       sohoa_pdf_source_count_signatures (SohoaPdfSource *self); /* signed fields */
/* NULL = every page is a scan; else why the file is an original. Looks at every page once. Borrowed. */
const char *sohoa_pdf_source_original_reason (SohoaPdfSource *self);
/* @page from 1. Borrowed, kept with the source. */
const SohoaPdfPage *sohoa_pdf_source_peek_page (SohoaPdfSource *self, guint page, GError **error);

/* Writes the image's bytes as they stand in the file to @out_fd (at its position; the stream's offset
 * is that position). Kinds PDF/A-2 forbids (LZW) are decoded and written as Flate. @rotate_out and
 * @dpi_out nullable. SOHOA_INTAKE_ERROR_UNSUPPORTED when the page is no scan. */
gboolean sohoa_pdf_source_extract (SohoaPdfSource *self, guint page, int out_fd, SohoaImageStream **stream_out,
                                   guint *rotate_out, double *dpi_out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The page's image as stored (not turned): 1, 8 or 32 bpp. pixDestroy. */
PIX *sohoa_pdf_source_decode (SohoaPdfSource *self, guint page, GError **error);

/* The page as seen, 32 bpp, upright. At most @max_pixels: a larger page gets a lower dpi, given in
 * @dpi_out (nullable). pixDestroy. Errors: SOHOA_INTAKE_ERROR_DAMAGED. */
PIX *sohoa_pdf_source_render (SohoaPdfSource *self, guint page, double dpi, guint64 max_pixels, double *dpi_out,
                              GError **error);

G_END_DECLS
