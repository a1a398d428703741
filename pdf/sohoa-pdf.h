/* Writes, checks and extends PDF files. Everything works on descriptors; nothing is opened by path
 * after sohoa_pdf_init(), so it all runs inside the page worker's lock. Knows no keys and no jobs.
 *
 * Writing goes through libharu (pdf/sohoa-haru.c); memory stays flat because image bytes and page
 * contents are pulled page by page while the file is written. Same job and time give the same bytes. */
#pragma once

#include <gio/gio.h>

#include "sohoa-image-stream.h"
#include "sohoa-record.h"

G_BEGIN_DECLS

#define SOHOA_PDF_MAX_BYTES (G_GUINT64_CONSTANT (2) * 1024 * 1024 * 1024 - 1) /* findings.md 1h */
#define SOHOA_PDF_CMS_ROOM_BYTES (16u * 1024) /* of the signature, before hex */
#define SOHOA_PDF_MAX_BLOCK_LINES 6u          /* NĐ30 Annex I has three */

/* Reads the colour profile, the glyphless font and the block's font into memory. Call once before the
 * sandbox closes; calling again is harmless. SOHOA_ERROR_CONFIG names the package that is missing. */
gboolean sohoa_pdf_init (GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Where the signature goes in a finished file: fill ByteRange, sign, fill Contents. Offsets from the
 * start of the file. */
typedef struct {
  guint64 byte_range_offset; /* of '[' */
  guint64 byte_range_length; /* room for "[0 a b c]", rest filled with spaces */
  guint64 contents_offset;   /* of '<' */
  guint64 contents_length;   /* '<' and '>' included */
} SohoaPdfPlaceholder;

/* A serialised text layer (SOHOA_TEXT_LAYER_TYPE, as sohoa_text_layer_to_variant() gives, native byte
 * order) in text_fd; length 0 = the page has no text. */
typedef struct {
  guint64 offset, length;
} SohoaPdfSpan;

/* A file inside the file; only PDF/A-3 may carry what is no PDF/A itself (ISO 19005-3, 6.8). */
typedef struct {
  char   *name, *mime;    /* (owned) "record.json", "application/json" */
  char   *relationship;   /* (owned) "Data", "Source", "Supplement" … */
  char   *description;    /* (owned) */
  GBytes *bytes;          /* (owned) */
} SohoaPdfAttachment;

SohoaPdfAttachment *sohoa_pdf_attachment_new (const char *name, const char *mime, const char *relationship,
                                              const char *description, GBytes *bytes);
void                sohoa_pdf_attachment_free (SohoaPdfAttachment *self);

typedef struct {
  const SohoaRecord *record;   /* (unowned) (nullable for read-back) title, marks; pages[i].dpi/rotation
                                  count where a page has no text layer */
  GPtrArray         *images;   /* (unowned) (element-type SohoaImageStream) one per page */
  int                image_fd; /* holds their bytes */
  GArray            *texts;    /* (unowned) (nullable) (element-type SohoaPdfSpan) one per page */
  int                text_fd;
  gint64             time_us;
  const char        *conformance;  /* (nullable) "2u" (default), "1b" or "3u" */
  GPtrArray         *attachments;  /* (unowned) (nullable) (element-type SohoaPdfAttachment) of 3u only; sorted by name */
  const char *const *block;        /* (nullable) lines of the signature text; none = invisible */
  GBytes            *seal;         /* (unowned) (nullable) PNG of the agency's seal, shown with the block (TT01) */
  double             seal_mm;      /* its width on paper; 0 = as the PNG says */
  const char *const *stamp;        /* (nullable) ĐẾN stamp on page 1: agency, number, day */
  gboolean           signature;    /* leave a placeholder */
  const char        *name, *reason, *location; /* (nullable) of the signature dictionary */
  guint              first_page;    /* of a document in several files: index in the record of this file's first page */
  guint              part, n_parts; /* this is file @part of @n_parts, from 1; 0 or 1 = the whole document */
} SohoaPdfJob;

/* Writes the whole file from offset 0 of @out_fd. @placeholder_out: (nullable) all 0 without signature.
 * @deviations: (nullable) (element-type utf8) what had to give way, for the record.
 * Errors: SOHOA_PDF_ERROR_TOO_LARGE (before writing), _BAD_IMAGE, _WRITE;
 * SOHOA_ERROR_INVALID_ARGUMENT for a job that does not add up. */
gboolean sohoa_pdf_write (int out_fd, const SohoaPdfJob *job, SohoaPdfPlaceholder *placeholder_out,
                          guint64 *size_out, GPtrArray *deviations, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Reads a written file back with other eyes than those that wrote it (qpdf and poppler): number of
 * pages, SHA-256 of each embedded stream against @job's images and the bytes in image_fd, a 75-dpi
 * render against the decoded source image, words in order against the text layers, the block's lines.
 * Appends what is wrong to @findings (utf8, without page text); none = good. FALSE only when the check
 * itself could not be made. */
gboolean sohoa_pdf_read_back (int pdf_fd, const SohoaPdfJob *job, GPtrArray *findings, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/* Copies @in_fd to @out_fd and adds a signature field in an incremental update; @job gives time_us,
 * block, name, reason, location. Bytes of the original are not changed, earlier signatures stay valid.
 * Errors: SOHOA_PDF_ERROR_NOT_APPENDABLE (encrypted, repaired, DocMDP forbids), _TOO_LARGE, _WRITE. */
gboolean sohoa_pdf_append_signature (int in_fd, int out_fd, const SohoaPdfJob *job,
                                     SohoaPdfPlaceholder *placeholder_out, guint64 *size_out, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/* /Lock of the signature's field or its FieldMDP transform (ISO 32000-1, 12.8.2.4). */
typedef enum { SOHOA_PDF_LOCK_NONE, SOHOA_PDF_LOCK_ALL, SOHOA_PDF_LOCK_INCLUDE, SOHOA_PDF_LOCK_EXCLUDE } SohoaPdfLock;

#define SOHOA_PDF_STAMP_ROOM_BYTES (9u * 1024) /* of a document time stamp's token; four RSA-4096 certificates and a signature fit */

/* The document security store (EN 319 142-1, 5.4): what is needed to believe the signatures later. */
typedef struct {
  const GPtrArray *certs, *ocsps, *crls; /* (unowned) (element-type GBytes) DER */
  gboolean         timestamp;            /* also a field for a document time stamp (ETSI.RFC3161) behind it */
  gint64           time_us;
} SohoaPdfEvidence;

/* Copies @in_fd to @out_fd and adds, in one incremental update, what the store does not hold yet, and one VRI entry
 * for every signature without. Earlier signatures stay valid, whatever their DocMDP says (ISO 32000-2, 12.8.2.2.2).
 * @placeholder_out: all 0 without timestamp. Errors: as sohoa_pdf_append_signature(). */
gboolean sohoa_pdf_append_evidence (int in_fd, int out_fd, const SohoaPdfEvidence *evidence,
                                    SohoaPdfPlaceholder *placeholder_out, guint64 *size_out, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/* What the store of @fd holds, added to the three arrays (element-type GBytes); no store is no error. Entries past
 * @max_items of a kind or @max_bytes each are left out. */
gboolean sohoa_pdf_read_evidence (int fd, guint max_items, gsize max_bytes, GPtrArray *certs, GPtrArray *ocsps,
                                  GPtrArray *crls, GError **error) G_GNUC_WARN_UNUSED_RESULT;

typedef struct {
  char    *field;        /* (owned) fully qualified name, UTF-8 */
  char    *subfilter;    /* (owned) "ETSI.CAdES.detached", "adbe.pkcs7.detached", "ETSI.RFC3161" …; "" none */
  gboolean well_formed;  /* ByteRange is [0 a b c] around exactly the Contents string, inside the file */
  guint64  byte_range[4];
  GBytes  *contents;     /* (owned) (nullable) DER, cut to its own length */
  gboolean covers_whole; /* well_formed and nothing follows the second range */
  char    *name, *reason, *location, *m; /* (owned) (nullable) claimed, not proven */
  const char *fault;     /* why it is not well formed; "" else */
  guint    docmdp;       /* 0 none, else P 1…3 */
  SohoaPdfLock lock;
  char   **lock_fields;  /* (owned) (nullable) of INCLUDE and EXCLUDE */
} SohoaPdfSignature;

void sohoa_pdf_signature_free (SohoaPdfSignature *self);

/* Every signed signature field of @fd, in the order of their byte ranges. Empty = not signed.
 * @changed_after_out: (nullable) bytes follow the range of the last one.
 * Errors: SOHOA_INTAKE_ERROR_DAMAGED, _ENCRYPTED, _UNSUPPORTED (no PDF). (element-type SohoaPdfSignature) */
GPtrArray *sohoa_pdf_signatures (int fd, gboolean *changed_after_out, GError **error);

/* What happened to a document after the revision that a signature covers. */
typedef enum {
  SOHOA_PDF_CHANGE_SIGNATURE  = 1 << 0, /* another signature or time stamp in a field of its own */
  SOHOA_PDF_CHANGE_DSS        = 1 << 1, /* validation data */
  SOHOA_PDF_CHANGE_FORM       = 1 << 2,
  SOHOA_PDF_CHANGE_ANNOTATION = 1 << 3,
  SOHOA_PDF_CHANGE_METADATA   = 1 << 4,
  SOHOA_PDF_CHANGE_NAVIGATION = 1 << 5, /* bookmarks, labels, structure */
  SOHOA_PDF_CHANGE_BYTES      = 1 << 6, /* bytes without effect */
  SOHOA_PDF_CHANGE_CONTENT    = 1 << 7,
  SOHOA_PDF_CHANGE_FONT       = 1 << 8,
  SOHOA_PDF_CHANGE_PAGES      = 1 << 9,
  SOHOA_PDF_CHANGE_ACTION     = 1 << 10, /* scripts, attachments, names */
  SOHOA_PDF_CHANGE_REPLACED   = 1 << 11, /* the signature itself */
  SOHOA_PDF_CHANGE_UNREADABLE = 1 << 12,
} SohoaPdfChange;

typedef struct {
  guint      mask;   /* of SohoaPdfChange */
  GPtrArray *texts;  /* (owned) (element-type utf8) one plain line each */
  GPtrArray *fields; /* (owned) (element-type utf8) full names of the form fields that changed */
} SohoaPdfChanges;

typedef enum {
  SOHOA_PDF_UNCHANGED,         /* nothing, or only signatures and validation data */
  SOHOA_PDF_CHANGED_ALLOWED,   /* what the signature allows to be changed: valid, but say so */
  SOHOA_PDF_CHANGED_FORBIDDEN, /* what is shown is not what was signed */
} SohoaPdfChangeVerdict;

/* What happened after signature @i of @signatures (as sohoa_pdf_signatures() gives them), and whether it
 * forbids that: the revision it covers is compared with the whole file; DocMDP and FieldMDP are obeyed
 * (ISO 32000-1, 12.8.2). Always fills @out (also for a file that cannot be read: FORBIDDEN); clear it. */
SohoaPdfChangeVerdict sohoa_pdf_changes_after (int fd, const GPtrArray *signatures, guint i, SohoaPdfChanges *out);
void                  sohoa_pdf_changes_clear (SohoaPdfChanges *changes);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SohoaPdfChanges, sohoa_pdf_changes_clear)

G_END_DECLS
