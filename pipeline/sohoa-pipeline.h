/* One document's way from delivered files to a verified (signed) PDF. Blocking calls, any thread, one
 * document at a time per spool folder; foreign bytes are only ever read by the workers of the pool.
 *
 *   probe ─▶ gate ─▶ read_pages ─▶ [a person confirms] ─▶ make_pdf ─▶ (submit)
 *
 * A page cannot be written without a SohoaClearance (design.md 6): only the gate, a person's release or the
 * store's memory of one of them makes it, and it is bound to the bytes of the inputs.
 *
 * Spool folder of a document (0700, files 0600, each appears whole and synced):
 *   images        archived picture streams, one after another       (absent for an original)
 *   texts         serialised text layers, one after another
 *   pages.index   one a{sv} per page: where its stream and text lie; written last. Its presence means that
 *                 read_pages was done; it also holds the digest of the inputs it was made from
 *   .page-*       work of a page under way, without a name in the folder (O_TMPFILE)
 * Every step is made from the inputs and gives the same files again, so after SIGKILL: no pages.index
 * → call read_pages again; pages.index but no PDF → call make_pdf again. Nothing else must be kept. */
#pragma once

#include "sohoa-image-stream.h"
#include "sohoa-layout.h"
#include "sohoa-record.h"
#include "sohoa-levels.h"
#include "sohoa-worker-pool.h"

G_BEGIN_DECLS

/* ---- inputs and plan ---- */

/* One call at a time, from any thread. @stage: "gate", "pages", "fields", "pdf", "check", "sign", "verify". */
typedef void (*SohoaPipelineProgress) (const char *stage, guint done, guint total, gpointer data);

typedef struct {
  const char *name; /* (unowned) as the record shows it; never used to open anything */
  int         fd;   /* (unowned) regular file or memfd, read with pread() */
} SohoaInput;

typedef struct {
  guint    input;       /* index in inputs, from 0 */
  guint    source_page; /* 1…n in it */
  guint    width_px, height_px; /* 0 for an original's page */
  double   dpi;
} SohoaPlanPage;

typedef struct _SohoaPlan SohoaPlan; /* immutable after probe; any thread */

/* Looks at every input, in their order, and copies their descriptors and names. Several images, multi-page TIFFs and
 * scanned PDFs make one document; an original (signed, or a page that is no scan) must be the only
 * input. Errors: SOHOA_INTAKE_ERROR_… with the input's name in front; EMPTY without inputs. */
gboolean   sohoa_pipeline_probe (SohoaWorkerPool *pool, const SohoaInput *inputs, guint n_inputs,
                                 GCancellable *cancellable, SohoaPlan **plan_out, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
void       sohoa_plan_free (SohoaPlan *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaPlan, sohoa_plan_free)

guint       sohoa_plan_count_pages (const SohoaPlan *self);
const SohoaPlanPage *sohoa_plan_peek_page (const SohoaPlan *self, guint i); /* from 0 */
gboolean    sohoa_plan_is_original (const SohoaPlan *self);
const char *sohoa_plan_get_original_reason (const SohoaPlan *self); /* "" when not original */

/* ---- gate ---- */

typedef struct _SohoaClearance SohoaClearance;

typedef enum {
  SOHOA_GATE_REFUSE_UNSURE, /* an unreadable header zone is SOHOA_GATE_ERROR_UNSURE */
  SOHOA_GATE_PASS_UNSURE,   /* it passes, and its pages are counted (sohoa_clearance_count_unsure) */
} SohoaGatePolicy;

/* Every page of @plan, in parallel, before any of it is written. Errors: SOHOA_GATE_ERROR_SECRET and _UNSURE (the
 * message names the page, never the mark); a page that cannot be looked at is an error too. */
gboolean sohoa_pipeline_gate (SohoaWorkerPool *pool, const SohoaPlan *plan, SohoaGatePolicy policy,
                              GCancellable *cancellable, SohoaClearance **clearance_out, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
gboolean sohoa_pipeline_gate_with_progress (SohoaWorkerPool *pool, const SohoaPlan *plan, SohoaGatePolicy policy,
                                            SohoaPipelineProgress progress, gpointer progress_data,
                                            GCancellable *cancellable, SohoaClearance **clearance_out, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
void     sohoa_clearance_free (SohoaClearance *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaClearance, sohoa_clearance_free)

guint sohoa_clearance_count_unsure (const SohoaClearance *self);

/* A person looked and releases what the gate held (misread, declassified, header unreadable). @who and
 * @reason are not empty; the caller has checked who may and writes the event. read_pages then does not stop at the
 * second net either. */
SohoaClearance *sohoa_clearance_new_released (const SohoaPlan *plan, const char *who, const char *reason,
                                              GError **error);

/* A document of pages that were cleared one by one (a scanned batch), in this order: every part was given for one
 * file. SOHOA_GATE_ERROR_NOT_CLEARED when one is missing. */
SohoaClearance *sohoa_clearance_new_joined (const GPtrArray *parts, GError **error);

/* For the store: text of at most 200 bytes without content, and back. Bound to the SHA-256 of the inputs:
 * used with other bytes it is SOHOA_GATE_ERROR_NOT_CLEARED. */
char           *sohoa_clearance_to_text (const SohoaClearance *self);
SohoaClearance *sohoa_clearance_from_text (const char *text, GError **error);

/* ---- pages one by one, while paper moves (one file each, one page each) ---- */

typedef struct {
  gboolean encoded;   /* out_fd holds the page's file; else the scanned bytes are it */
  guint    width_px, height_px;
  double   dpi;
  double   skew_deg;
  gboolean blank, patch_t;
  char   **quality;   /* (owned) ocr/sohoa-page-quality.h: "dark" … */
  char   **codes;     /* (owned) "qr:TEXT", "code128:TEXT" … */
} SohoaCapture;
void sohoa_capture_clear (SohoaCapture *self);

/* Looks at the file that a scanner gave. @raster: it holds plain pixels, which are encoded once into @out_fd: JPEG of
 * @quality (50 to 100), or without loss when they are 1-bit. Errors: SOHOA_INTAKE_ERROR_DAMAGED … (it ends too early). */
gboolean sohoa_pipeline_capture (SohoaWorkerPool *pool, int fd, gboolean raster, guint quality, int out_fd,
                                 GCancellable *cancellable, SohoaCapture *out, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/* The gate for one page. @first: its document starts with it, so its header is read. Errors as sohoa_pipeline_gate();
 * an unreadable header is refused. */
gboolean sohoa_pipeline_gate_page (SohoaWorkerPool *pool, const char *name, int fd, gboolean first,
                                   GCancellable *cancellable, SohoaClearance **clearance_out, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/* Reads a cleared page before its document is complete, and keeps the result as PREFIX.image and PREFIX.reply (written
 * last), for SohoaReadOptions.ahead. @turn: degrees clockwise, used when the page does not show which way is up. Errors: SOHOA_GATE_ERROR_SECRET (second net; nothing is kept). */
gboolean sohoa_pipeline_read_ahead (SohoaWorkerPool *pool, const char *name, int fd, const SohoaClearance *clearance,
                                    guint turn, const char *prefix, GCancellable *cancellable, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
#define SOHOA_AHEAD_IMAGE ".image"
#define SOHOA_AHEAD_REPLY ".reply"

/* ---- pages read while the gate still looks at them ---- */

typedef struct _SohoaReadEarly SohoaReadEarly;

/* Workers that the gate leaves idle read pages of @plan into memory, each in a thread: a document of one page takes the
 * time of the longer of both. Nothing is written or told before read_pages() takes the result with its
 * clearance; freed without that, it is gone. NULL when there are as many pages as workers. @pool and @plan must
 * outlive it. */
SohoaReadEarly *sohoa_pipeline_read_early (SohoaWorkerPool *pool, const SohoaPlan *plan);
void            sohoa_read_early_free (SohoaReadEarly *self); /* ends what still runs */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaReadEarly, sohoa_read_early_free)

/* ---- pages and record ---- */

typedef struct {
  const char        *id;       /* (nullable) of the record; NULL = a new one */
  const char        *profile;  /* (nullable) NULL = VN-ND30-2020 */
  const char *const *set;      /* (nullable) "Field=value" … of a person; unknown field or bad value is
                                  SOHOA_ERROR_INVALID_ARGUMENT */
  gboolean           strict;   /* a deviation is SOHOA_INTAKE_ERROR_AGAINST_PROFILE */
  const char        *ahead;    /* (nullable) "DIR/NAME-": what sohoa_pipeline_read_ahead() kept of page N from 1 under
                                  the prefix DIR/NAME-N is used when it was made from the same bytes */
  SohoaReadEarly    *early;    /* (unowned) (nullable) of the same plan */
  SohoaPipelineProgress progress; /* (nullable) */
  gpointer           progress_data;
} SohoaReadOptions;

/* Extracts and reads every page in parallel, fills the spool folder (must exist) and gives the record: pages,
 * fields, parts, deviations, needs_person. A page whose recognition failed or timed out keeps its picture and
 * has ocr_status "failed" or "timeout". Errors: SOHOA_GATE_ERROR_SECRET when the second net finds a mark (the
 * spool files are removed before it returns), SOHOA_GATE_ERROR_NOT_CLEARED, and those of the pages. */
gboolean sohoa_pipeline_read_pages (SohoaWorkerPool *pool, const SohoaPlan *plan, const SohoaClearance *clearance,
                                    const char *spool_dir, const SohoaReadOptions *options,
                                    GCancellable *cancellable, SohoaRecord **record_out, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/* The fields once more from the text layers that read_pages left in @spool_dir: no picture is touched, nothing is
 * recognised. @before: the record whose pages are taken over; of @options: set, strict, progress.
 * Errors: those of the fields, SOHOA_GATE_ERROR_NOT_CLEARED (another document's spool). */
gboolean sohoa_pipeline_read_fields (SohoaWorkerPool *pool, const SohoaPlan *plan, const SohoaClearance *clearance,
                                     const char *spool_dir, const SohoaRecord *before, const SohoaReadOptions *options,
                                     GCancellable *cancellable, SohoaRecord **record_out, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/* Whether read_pages was completed in @spool_dir. */
gboolean sohoa_pipeline_has_pages (const char *spool_dir);

/* Page texts in reading order, NFC, form feed between pages (`--text`, full-text search). g_free. */
char *sohoa_pipeline_dup_text (const char *spool_dir, GError **error);
/* (element-type SohoaTextLayer), NULL for a page without; g_ptr_array_unref. */
GPtrArray *sohoa_pipeline_load_layers (const char *spool_dir, GError **error);

/* The text layers as one hOCR or ALTO file (lib/sohoa-layout.h) into @fd, page by page: memory does not grow with
 * them. Pages of @record that were not read are in it and say so. */
gboolean sohoa_pipeline_write_layout (const char *spool_dir, const SohoaRecord *record, SohoaLayoutFormat format, int fd,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* ---- the PDF ---- */

typedef struct _SohoaSigner SohoaSigner; /* sign/sohoa-signer.h */

/* "p12:FILE" or a token's "pkcs11:…" (RFC 7512; starts a sign worker). @pin_fd: passphrase or PIN; -1 = none.
 * @final_try: sign/sohoa-unlock.h. Clients that do not know sign/ use these; free with sohoa_signer_free().
 * Errors: SOHOA_SIGN_ERROR, SOHOA_ERROR_INVALID_ARGUMENT. */
SohoaSigner *sohoa_pipeline_signer_new (const char *uri, int pin_fd, gboolean final_try, GError **error);
/* What a token shows without its PIN: sohoa_token_describe() of sign/sohoa-token.h; yours. */
GVariant    *sohoa_pipeline_token_report (const char *uri, GError **error);
void         sohoa_signer_free (SohoaSigner *self);

typedef struct {
  gint64             time_us;     /* of the document and the signature; 0 = now */
  const char        *conformance; /* (nullable) "1b", "2u", "3u"; NULL = what the record's profile says */
  SohoaSigner       *signer;      /* (nullable) NULL = not signed */
  const char *const *block;       /* (nullable) lines of ô 14; NULL = from the record's CopyForm and @agency;
                                     an empty array = none */
  const char        *seal;        /* (nullable) path of a PNG: the agency's seal, shown where the profile says so (TT01) */
  double             seal_mm;     /* its width on paper; 0 = as the PNG says */
  const char        *agency;      /* (nullable) of the copying agency; NULL = the signer's name */
  const char        *reason;      /* (nullable) of the signature dictionary */
  GBytes            *trust_pem;   /* (nullable) more certificates to verify our own signature with */
  const SohoaTrustServices *services; /* (nullable) level and authorities; NULL = B-B */
  int                mode;        /* of the file at out_path; 0 = 0600 */
  guint64            max_bytes;   /* a larger file is not signed and not let appear; 0 = 2 GiB */
  gboolean           split;       /* a scan that would be larger becomes several files, see SohoaPdfResult.files */
  SohoaPipelineProgress progress; /* (nullable) */
  gpointer           progress_data;
} SohoaPdfOptions;

/* One of several files of a document. */
typedef struct {
  char   *path;   /* (owned) "OUT-1-of-3.pdf" */
  guint64 size;
  char   *sha256; /* (owned) hex */
  guint   first_page, n_pages; /* first_page from 1 */
} SohoaPdfFilePart;

typedef struct {
  guint64   size;       /* of all files */
  char     *sha256;     /* (owned) hex of the finished file; NULL when there are several */
  GPtrArray *files;     /* (owned) (nullable) (element-type SohoaPdfFilePart) when the document is split: then there is no
                           file at out_path; each was read back, signed and verified, and says "Tệp 1/3" */
  gboolean  is_signed;
  GPtrArray *deviations; /* (owned) (element-type utf8) what had to give way */
  char     *report;     /* (owned) (nullable) JSON of verify when signed */
  SohoaLevel level;     /* reached, when signed; less than wanted is also told in deviations */
  char     *why_less;   /* (owned) (nullable) why it is less than wanted */
  gint64    archive_end_us; /* when the document time stamp's certificate ends; 0 = none */
} SohoaPdfResult;
void sohoa_pdf_result_clear (SohoaPdfResult *result);

/* Writes, reads back (never switched off), signs, verifies, and only then lets @out_path appear. An original is
 * copied byte for byte (@plan gives it), or appended to when a signer is given. @clearance must fit the spool.
 * @plan: (nullable) only needed for an original. Several files appear only when all are made; none that is there is
 * replaced (G_IO_ERROR_EXISTS).
 * Errors: SOHOA_PDF_ERROR_NOT_CONFORMING (read-back), SOHOA_SIGN_ERROR_INVALID (our own signature does not
 * verify), SOHOA_PDF_ERROR_NOT_APPENDABLE, SOHOA_GATE_ERROR_NOT_CLEARED, SOHOA_SUBMIT_ERROR_TOO_LARGE … */
gboolean sohoa_pipeline_make_pdf (SohoaWorkerPool *pool, const SohoaPlan *plan, const char *spool_dir,
                                  const SohoaRecord *record, const SohoaClearance *clearance,
                                  const SohoaPdfOptions *options, const char *out_path, GCancellable *cancellable,
                                  SohoaPdfResult *result_out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* `sohoa sign-file`: appends a visible-less signature to any PDF by incremental update. Of options: time_us, signer
 * (needed), block, reason, trust_pem, mode. */
gboolean sohoa_pipeline_sign_file (SohoaWorkerPool *pool, int pdf_fd, const SohoaPdfOptions *options,
                                   const char *out_path, GCancellable *cancellable, SohoaPdfResult *result_out,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* ---- looking ---- */

/* @trust_fd: PEM certificates, -1 = none. @json_out: {"status": "VALID|VALID-BUT-CHANGED|INVALID|UNKNOWN|NONE",
 * "signatures": [{"field", "status", "signer", "issuer", "serial", "sha256", "subfilter", "claimed_time",
 * "timestamp", "covers_whole", "digest_ok", "signature_ok", "chain_ok", "reason", …}]}; g_free. FALSE only when it could not be looked at. */
gboolean sohoa_pipeline_verify (SohoaWorkerPool *pool, int pdf_fd, int trust_fd, GCancellable *cancellable,
                                char **json_out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The "status" of such a report: static string, "UNKNOWN" when it is malformed. */
const char *sohoa_verify_report_status (const char *json);

typedef struct {
  int   fd;                    /* (owned) sealed memfd of RGB24 rows */
  guint width, height, stride; /* px, px, bytes */
} SohoaPreview;
void sohoa_preview_clear (SohoaPreview *preview);

/* A picture of page @page (from 1) of a document in the spool, upright. @rotation: further quarter turn clockwise, degrees.
 * @box: (nullable) x, y, w, h as fractions of the upright page; NULL = all. @size_px: longest side.
 * @plan: (nullable) needed for an original. */
gboolean sohoa_pipeline_preview (SohoaWorkerPool *pool, const SohoaPlan *plan, const char *spool_dir, guint page,
                                 guint rotation, const double box[4], guint size_px, GCancellable *cancellable,
                                 SohoaPreview *preview_out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
