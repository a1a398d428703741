/* A delivered picture file: sniffed by its first bytes, measured before it is decoded, taken apart into
 * pages. Hostile input: only inside the page worker. Every limit is checked before memory is asked for. */
#pragma once

#include <gio/gio.h>
#include <leptonica/allheaders.h>

#include "sohoa-image-stream.h"

G_BEGIN_DECLS

#define SOHOA_INTAKE_MAX_PICTURE_BYTES (256u * 1024 * 1024) /* of a file that is mapped whole; TIFF is not */

/* What was read or had to be done differently; becomes flags of the page. */
typedef enum {
  SOHOA_IMAGE_NOTE_DPI_GUESSED = 1 << 0,    /* missing or absurd: derived from an A4 width */
  SOHOA_IMAGE_NOTE_ALPHA = 1 << 1,          /* transparency laid on white */
  SOHOA_IMAGE_NOTE_CMYK = 1 << 2,           /* CMYK without a usable profile: converted to RGB */
  SOHOA_IMAGE_NOTE_ICC_DROPPED = 1 << 3,    /* colour profile not usable in PDF/A */
  SOHOA_IMAGE_NOTE_BITS_REDUCED = 1 << 4,   /* 16 bits a sample stored as 8 */
  SOHOA_IMAGE_NOTE_MIRRORED = 1 << 5,       /* orientation tag with a mirror: undone */
  SOHOA_IMAGE_NOTE_REENCODED = 1 << 6,      /* not the file's own bytes, but the same pixels */
} SohoaImageNote;

typedef struct {
  guint  width_px, height_px; /* as stored, not turned */
  double dpi;                 /* of the width; always > 0 */
  guint  rotation;            /* quarter turn clockwise of the orientation tag, degrees */
  guint  notes;               /* SohoaImageNote */
} SohoaImagePage;

typedef struct _SohoaImageSource SohoaImageSource;

/* @fd is read with pread/mmap and stays the caller's; it must stay open while the source lives.
 * Errors (SOHOA_INTAKE_ERROR): EMPTY, UNSUPPORTED, DAMAGED, TOO_LARGE (bytes, side, pixels or pages). */
SohoaImageSource *sohoa_image_source_new (int fd, GError **error);
void              sohoa_image_source_free (SohoaImageSource *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaImageSource, sohoa_image_source_free)

const char *sohoa_image_source_get_kind (SohoaImageSource *self); /* "jpeg" "png" "tiff" "pnm" "webp" "jp2" */
guint       sohoa_image_source_count_pages (SohoaImageSource *self);

/* @page from 1. TOO_LARGE when this page passes SOHOA_IMAGE_MAX_SIDE_PX or SOHOA_IMAGE_MAX_PIXELS. */
gboolean sohoa_image_source_get_page (SohoaImageSource *self, guint page, SohoaImagePage *out, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/* The pixels as stored (a mirror undone, not turned): 1, 8 or 32 bpp, no palette, no alpha. @reduction: 1, 2, 4
 * or 8; the result may be that much smaller, never smaller. pixDestroy. DAMAGED for a picture that
 * ends too early. @notes: (inout) (nullable) */
PIX *sohoa_image_source_decode (SohoaImageSource *self, guint page, guint reduction, guint *notes, GError **error);

/* The file's own bytes for the PDF, appended to @out_fd at its position (= the stream's offset). TRUE with
 * *stream_out NULL: they cannot go into a PDF/A as they are; the caller encodes the pixels of
 * sohoa_image_source_decode() without loss. @notes: (inout) */
gboolean sohoa_image_source_extract (SohoaImageSource *self, guint page, int out_fd,
                                     SohoaImageStream **stream_out, guint *notes, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/* "dpi-guessed", "alpha-flattened", …; g_strfreev. */
char **sohoa_image_notes_to_strv (guint notes);

/* What the first bytes say: "pdf" or a kind above; NULL = unknown. Static. */
const char *sohoa_intake_sniff (const guint8 *head, gsize length);

G_END_DECLS
