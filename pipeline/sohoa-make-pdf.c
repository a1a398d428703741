#include "sohoa-pipeline-private.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-json.h"
#include "sohoa-levels-private.h"
#include "sohoa-placeholder.h"
#include "sohoa-signer.h"
#include "sohoa-split.h"
#include "sohoa-time.h"
#include "sohoa-unlock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define MIB (1024 * 1024)
#define PEM_LINE 64
#define P12_PREFIX "p12:"
#define TOKEN_PREFIX "pkcs11:"
#define EVIDENCE_BYTES (512u * 1024)    /* kept free for the answers and time stamps of B-LT and B-LTA */
#define FIXED_BYTES (256u * 1024)       /* fonts, profile, placeholder, frame: what a file holds besides its pages */
#define CMYK_BYTES (1024u * 1024)       /* the profile that pages of four inks need */
#define METADATA_FACTOR 3u              /* the record in XMP and in an attached file, over its JSON */
#define MAX_FILES 99u                   /* of one document */

/* What one PDF is made of. */
typedef struct {
  SohoaWorkerPool       *pool;
  const SohoaRecord     *record;  /* (nullable) */
  const SohoaPdfOptions *options;
  GCancellable          *cancellable;
  gint64                 time_us;
  SohoaOutput           *output;  /* (owned) */
  const char            *path;    /* of the output */
  guint                  first, count;  /* pages of it, from 0 */
  guint                  part, n_parts; /* file @part of @n_parts, from 1; 0 = the whole document */
  GVariant              *reply;   /* (owned) (nullable) of the writer */
  GVariant              *block;   /* (owned) (nullable) as: lines that were written */
  SohoaPdfResult         result;
} Making;

SohoaSigner *
sohoa_pipeline_signer_new (const char *uri, int pin_fd, gboolean final_try, GError **error)
{
  if (g_str_has_prefix (uri, P12_PREFIX) && uri[strlen (P12_PREFIX)] != '\0')
    return sohoa_signer_new_p12 (uri + strlen (P12_PREFIX), pin_fd, error);
  if (g_str_has_prefix (uri, TOKEN_PREFIX))
    return sohoa_signer_new_token (uri, pin_fd, final_try, error);
  g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT,
               "signing key: give p12:FILE or pkcs11:token=NAME (RFC 7512)");
  return NULL;
}

GVariant *
sohoa_pipeline_token_report (const char *uri, GError **error)
{
  return sohoa_token_report (uri, 0, error);
}

void
sohoa_pdf_result_clear (SohoaPdfResult *result)
{
  g_clear_pointer (&result->sha256, g_free);
  g_clear_pointer (&result->report, g_free);
  g_clear_pointer (&result->why_less, g_free);
  g_clear_pointer (&result->deviations, g_ptr_array_unref);
  g_clear_pointer (&result->files, g_ptr_array_unref);
  *result = (SohoaPdfResult) { 0 };
}

static int
output_mode (const SohoaPdfOptions *options)
{
  return options->mode != 0 ? options->mode : 0600;
}

static void
report (const Making *m, const char *stage, guint done)
{
  if (m->options->progress != NULL)
    m->options->progress (stage, done, 1, m->options->progress_data);
}

/* ---- arguments ---- */

static void
put_signing (const Making *m, GVariantDict *args)
{
  const SohoaPdfOptions *o = m->options;
  const char *name = o->signer != NULL ? sohoa_signer_get_name (o->signer) : "";

  g_variant_dict_insert (args, "time", "x", m->time_us);
  g_variant_dict_insert (args, "signature", "b", o->signer != NULL);
  g_variant_dict_insert (args, "name", "s", name);
  g_variant_dict_insert (args, "reason", "s", o->reason != NULL ? o->reason : "");
  g_variant_dict_insert (args, "agency", "s", o->agency != NULL ? o->agency : name);
  if (o->block != NULL)
    g_variant_dict_insert (args, "block", "^as", o->block);
}

/* The pages of this file. */
static void
put_pages (const Making *m, const SohoaSpoolIndex *index, GVariantDict *args)
{
  g_variant_dict_insert_value (args, "images", sohoa_spool_index_images (index, m->first, m->count));
  g_variant_dict_insert_value (args, "texts", sohoa_spool_index_texts (index, m->first, m->count));
  g_variant_dict_insert (args, "first-page", "u", m->first);
  g_variant_dict_insert (args, "part", "u", m->part);
  g_variant_dict_insert (args, "n-parts", "u", m->n_parts);
}

static GVariant *
write_args (const Making *m, const SohoaSpoolIndex *index, const char *json)
{
  GVariantDict args;

  g_variant_dict_init (&args, NULL);
  g_variant_dict_insert (&args, "record", "s", json);
  put_pages (m, index, &args);
  g_variant_dict_insert (&args, "seal-mm", "d", m->options->seal_mm);
  if (m->options->conformance != NULL)
    g_variant_dict_insert (&args, "conformance", "s", m->options->conformance);
  put_signing (m, &args);
  return g_variant_dict_end (&args);
}

static GVariant *
read_back_args (const Making *m, const SohoaSpoolIndex *index, const char *json)
{
  GVariantDict args;

  g_variant_dict_init (&args, NULL);
  g_variant_dict_insert (&args, "record", "s", json);
  put_pages (m, index, &args);
  g_variant_dict_insert (&args, "time", "x", m->time_us);
  if (m->block != NULL)
    g_variant_dict_insert_value (&args, "block", m->block);
  return g_variant_dict_end (&args);
}

/* ---- steps ---- */

static void
take_deviations (Making *m, GVariant *reply)
{
  g_autofree const char **list = NULL;

  if (g_variant_lookup (reply, "deviations", "^a&s", &list))
    for (guint i = 0; list[i] != NULL; i++)
      g_ptr_array_add (m->result.deviations, g_strdup (list[i]));
  g_clear_pointer (&m->block, g_variant_unref);
  m->block = g_variant_lookup_value (reply, "block", G_VARIANT_TYPE_STRING_ARRAY);
}

static gboolean
check_back (Making *m, GVariant *reply, GError **error)
{
  g_autofree const char **findings = NULL;
  gboolean ok = FALSE;

  (void) g_variant_lookup (reply, "ok", "b", &ok);
  if (ok)
    return TRUE;
  (void) g_variant_lookup (reply, "findings", "^a&s", &findings);
  g_set_error (error, SOHOA_PDF_ERROR, SOHOA_PDF_ERROR_NOT_CONFORMING,
               "read-back: %s: nothing was signed, report this with the log",
               findings != NULL && findings[0] != NULL ? findings[0] : "the check did not pass");
  return FALSE;
}

/* -1 without error: none is configured. */
static int
open_seal (const Making *m, GError **error)
{
  int fd = m->options->seal != NULL ? open (m->options->seal, O_RDONLY | O_CLOEXEC | O_NOCTTY) : -1;

  if (m->options->seal != NULL && fd < 0)
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_CONFIG, "picture of the seal: %s: %s: check the path", m->options->seal,
                 g_strerror (errno));
  return fd;
}

static gboolean
write_scan (Making *m, const SohoaSpoolIndex *index, const char *spool_dir, GError **error)
{
  g_autofree char *json = sohoa_record_to_json (m->record, FALSE);
  SOHOA_AUTO_FD int images = sohoa_spool_open (spool_dir, SOHOA_SPOOL_IMAGES, error);
  SOHOA_AUTO_FD int texts = images >= 0 ? sohoa_spool_open (spool_dir, SOHOA_SPOOL_TEXTS, error) : -1;
  SOHOA_AUTO_FD int seal = texts >= 0 ? open_seal (m, error) : -1;
  const int write_fds[] = { images, texts, sohoa_output_get_fd (m->output), seal };
  const int back_fds[] = { sohoa_output_get_fd (m->output), images, texts };
  g_autoptr(GVariant) back = NULL;

  if (texts < 0 || (m->options->seal != NULL && seal < 0))
    return FALSE;
  report (m, "pdf", 0);
  if (!sohoa_worker_pool_call (m->pool, SOHOA_OP_WRITE_PDF, write_args (m, index, json), write_fds, seal >= 0 ? 4 : 3,
                               SOHOA_DOCUMENT_TIMEOUT_MS, m->cancellable, &m->reply, error))
    return FALSE;
  take_deviations (m, m->reply);
  report (m, "check", 0);
  return sohoa_worker_pool_call (m->pool, SOHOA_OP_READ_BACK, read_back_args (m, index, json), back_fds, 3,
                                 SOHOA_DOCUMENT_TIMEOUT_MS, m->cancellable, &back, error)
         && check_back (m, back, error);
}

static gboolean
write_original (Making *m, int original_fd, GError **error)
{
  const int fds[] = { original_fd, sohoa_output_get_fd (m->output) };
  g_autofree char *json = m->record != NULL ? sohoa_record_to_json (m->record, FALSE) : NULL;
  GVariantDict args;

  report (m, "pdf", 0);
  if (m->options->signer == NULL)
    return sohoa_fd_copy (original_fd, 0, G_MAXUINT64, sohoa_output_get_fd (m->output), error);
  g_variant_dict_init (&args, NULL);
  if (json != NULL)
    g_variant_dict_insert (&args, "record", "s", json);
  put_signing (m, &args);
  if (!sohoa_worker_pool_call (m->pool, SOHOA_OP_APPEND, g_variant_dict_end (&args), fds, 2,
                               SOHOA_DOCUMENT_TIMEOUT_MS, m->cancellable, &m->reply, error))
    return FALSE;
  take_deviations (m, m->reply);
  return TRUE;
}

/* ---- signing ---- */

/* Our own certificates and what the caller trusts besides, as a sealed file for the worker. */
static int
trust_file (const Making *m, GError **error)
{
  GPtrArray *chain = sohoa_signer_get_chain (m->options->signer);
  g_autoptr(GString) pem = g_string_new (NULL);

  for (guint i = 0; i < chain->len; i++) {
    gsize n;
    const guint8 *der = g_bytes_get_data (g_ptr_array_index (chain, i), &n);
    g_autofree char *text = g_base64_encode (der, n);

    g_string_append (pem, "-----BEGIN CERTIFICATE-----\n");
    for (gsize at = 0; at < strlen (text); at += PEM_LINE)
      g_string_append_printf (pem, "%.*s\n", PEM_LINE, text + at);
    g_string_append (pem, "-----END CERTIFICATE-----\n");
  }
  if (m->options->services != NULL && m->options->services->trust_pem != NULL)
    g_string_append_len (pem, g_bytes_get_data (m->options->services->trust_pem, NULL),
                         (gssize) g_bytes_get_size (m->options->services->trust_pem));
  if (m->options->trust_pem != NULL)
    g_string_append_len (pem, g_bytes_get_data (m->options->trust_pem, NULL), g_bytes_get_size (m->options->trust_pem));
  return sohoa_memfd_new_sealed ("trust", pem->str, pem->len, error);
}

static gboolean
flag (JsonObject *object, const char *name)
{
  return json_object_get_boolean_member_with_default (object, name, FALSE);
}

/* The last signature that is no document time stamp is ours: intact, and its chain holds. VALID, unless the time stamp
 * authority is not among what is trusted here: its token was checked when it came. Earlier ones are not ours to judge. */
static gboolean
own_signature_is_good (const char *json)
{
  g_autoptr(JsonObject) report = sohoa_json_parse (json, -1);
  JsonObject *own = NULL, *last = report;
  JsonArray *all;

  if (report == NULL)
    return FALSE;
  all = json_object_has_member (last, "signatures") ? json_object_get_array_member (last, "signatures") : NULL;
  for (guint i = 0; all != NULL && i < json_array_get_length (all); i++) {
    last = json_array_get_object_element (all, i);
    if (!flag (last, "document_timestamp"))
      own = last;
    else if (!flag (last, "digest_ok") || !flag (last, "signature_ok"))
      return FALSE;
  }
  return own != NULL && flag (own, "digest_ok") && flag (own, "signature_ok") && flag (own, "chain_ok")
         && g_strcmp0 (json_object_get_string_member_with_default (own, "status", ""), "INVALID") != 0;
}

/* The level that is tried now. */
static SohoaLevel
level_now (const SohoaTrustServices *services)
{
  if (services == NULL || services->tsa == NULL)
    return SOHOA_LEVEL_B;
  return services->limited ? MIN (services->level, services->at_most) : services->level;
}

/* Says in the record what is less than was wanted. */
static void
note_level (Making *m)
{
  const SohoaTrustServices *services = m->options->services;
  const char *why = m->result.why_less;
  g_autofree char *text = NULL;

  if (services == NULL || m->result.level >= services->level)
    return;
  if (why == NULL && services->limited)
    why = services->why_limited;
  text = g_strdup_printf (SOHOA_LEVELS_DEVIATION "%s instead of %s: %s: complete it with sohoa renew",
                          sohoa_level_to_profile (m->result.level), sohoa_level_to_profile (services->level),
                          why != NULL ? why : services->tsa == NULL ? "no time stamp authority is configured" : "evidence is missing");
  g_ptr_array_add (m->result.deviations, g_steal_pointer (&text));
}

static gboolean
fill (Making *m, const SohoaPlaceholder *placeholder, GError **error)
{
  const SohoaTrustServices *services = m->options->services;
  SohoaStamping stamping = { services, m->cancellable };
  gboolean stamp = level_now (services) >= SOHOA_LEVEL_T;
  g_autoptr(GError) late = NULL;

  if (!sohoa_sign_fill_stamped (sohoa_output_get_fd (m->output), placeholder, m->options->signer,
                                stamp ? sohoa_stamp_by_service : NULL, &stamping, &late, error)
      || g_cancellable_set_error_if_cancelled (m->cancellable, error))
    return FALSE;
  m->result.level = stamp && late == NULL ? SOHOA_LEVEL_T : SOHOA_LEVEL_B;
  if (late != NULL)
    m->result.why_less = g_strdup (late->message);
  return TRUE;
}

static gboolean
sign (Making *m, GError **error)
{
  g_autoptr(GVariant) dict = g_variant_lookup_value (m->reply, "placeholder", G_VARIANT_TYPE_VARDICT);
  const SohoaTrustServices *services = m->options->services;
  SohoaPlaceholder placeholder;
  SOHOA_AUTO_FD int trust = -1;

  report (m, "sign", 0);
  if (!sohoa_placeholder_from_variant (dict, &placeholder, error) || !fill (m, &placeholder, error)
      || (trust = trust_file (m, error)) < 0)
    return FALSE;
  if (m->result.level == SOHOA_LEVEL_T && level_now (services) > SOHOA_LEVEL_T
      && !sohoa_levels_complete (m->pool, services, &m->output, m->path, output_mode (m->options), trust,
                                 &m->result.level, &m->result.why_less, m->cancellable, error))
    return FALSE;
  report (m, "verify", 0);
  if (!sohoa_pipeline_verify (m->pool, sohoa_output_get_fd (m->output), trust, m->cancellable, &m->result.report, error))
    return FALSE;
  if (!own_signature_is_good (m->result.report)) {
    g_set_error (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_INVALID,
                 "our own signature does not verify (%s): nothing was written, check the key",
                 sohoa_verify_report_status (m->result.report));
    return FALSE;
  }
  note_level (m);
  m->result.archive_end_us = sohoa_levels_archive_end (m->result.report);
  m->result.is_signed = TRUE;
  report (m, "verify", 1);
  return TRUE;
}

static gboolean
begin (Making *m, SohoaPdfResult *result_out, GError **error)
{
  memset (result_out, 0, sizeof *result_out);
  m->count = G_MAXUINT;
  m->time_us = m->options->time_us != 0 ? m->options->time_us : sohoa_time_now_us ();
  m->result.deviations = g_ptr_array_new_with_free_func (g_free);
  return m->options->signer == NULL
         || sohoa_signer_check_time (m->options->signer, sohoa_time_now_us (), error);
}

static guint64
max_bytes (const SohoaPdfOptions *options)
{
  return options->max_bytes == 0 ? SOHOA_FILE_MAX_BYTES : MIN (options->max_bytes, SOHOA_FILE_MAX_BYTES);
}

/* What still comes behind the pages: a signature and its time stamp have their room already. */
static guint64
evidence_bytes (const SohoaPdfOptions *options)
{
  return options->signer != NULL && level_now (options->services) > SOHOA_LEVEL_T ? EVIDENCE_BYTES : 0;
}

/* The receiver would refuse it, and then a signature and perhaps a number were spent. @coming: bytes still to be added. */
static gboolean
check_size (const Making *m, guint64 coming, GError **error)
{
  guint64 size = (guint64) MAX (sohoa_fd_size (sohoa_output_get_fd (m->output)), 0), limit = max_bytes (m->options);

  if (size + coming <= limit)
    return TRUE;
  g_set_error (error, SOHOA_SUBMIT_ERROR, SOHOA_SUBMIT_ERROR_TOO_LARGE,
               "the document has %" G_GUINT64_FORMAT " MiB, and the receiver takes %" G_GUINT64_FORMAT
               ": scan it again at 200 dpi, or in parts", (size + MIB - 1) / MIB, limit / MIB);
  return FALSE;
}

static gboolean
finish (Making *m, SohoaPdfResult *result_out, GError **error)
{
  m->result.size = MAX (sohoa_fd_size (sohoa_output_get_fd (m->output)), 0);
  m->result.sha256 = sohoa_fd_sha256 (sohoa_output_get_fd (m->output), 0, G_MAXUINT64, error);
  if (m->result.sha256 == NULL || !check_size (m, 0, error) || !sohoa_output_commit (m->output, error))
    return FALSE;
  *result_out = m->result;
  m->result = (SohoaPdfResult) { 0 };
  return TRUE;
}

static void
making_clear (Making *m)
{
  g_clear_pointer (&m->reply, g_variant_unref);
  g_clear_pointer (&m->block, g_variant_unref);
  g_clear_pointer (&m->output, sohoa_output_free);
  sohoa_pdf_result_clear (&m->result);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Making, making_clear)

/* ---- several files ---- */

static void
making_free (gpointer data)
{
  making_clear (data);
  g_free (data);
}

static void
file_part_free (gpointer data)
{
  SohoaPdfFilePart *file = data;

  g_free (file->path);
  g_free (file->sha256);
  g_free (file);
}

static GArray *
plan_files (const Making *m, const SohoaSpoolIndex *index, GError **error)
{
  g_autofree char *json = sohoa_record_to_json (m->record, FALSE);
  guint64 fixed = FIXED_BYTES + METADATA_FACTOR * strlen (json) + evidence_bytes (m->options);
  g_autoptr(GArray) split = NULL;

  for (guint i = 0; i < index->pages->len; i++) {
    const SohoaSpoolPage *page = g_ptr_array_index (index->pages, i);

    if (page->stream != NULL && page->stream->colorspace == SOHOA_CS_CMYK) {
      fixed += CMYK_BYTES;
      break;
    }
  }
  split = sohoa_split_plan (index, fixed, max_bytes (m->options), error);
  if (split != NULL && split->len > MAX_FILES) {
    g_set_error (error, SOHOA_SUBMIT_ERROR, SOHOA_SUBMIT_ERROR_TOO_LARGE,
                 "the document would be cut into %u files: at most %u: scan it again at 200 dpi", split->len, MAX_FILES);
    return NULL;
  }
  return g_steal_pointer (&split);
}

/* Its pages and the file they will be. Takes nothing; @files gets it. */
static Making *
new_file (GPtrArray *files, const Making *whole, const GArray *split, guint i, GPtrArray *paths, GError **error)
{
  const SohoaSplitPart *pages = &g_array_index (split, SohoaSplitPart, i);
  Making *m = g_new0 (Making, 1);
  char *path = sohoa_split_path (whole->path, i + 1, split->len);

  g_ptr_array_add (files, m);
  g_ptr_array_add (paths, path);
  m->pool = whole->pool;
  m->record = whole->record;
  m->options = whole->options;
  m->cancellable = whole->cancellable;
  m->time_us = whole->time_us;
  m->path = path;
  m->first = pages->first;
  m->count = pages->count;
  m->part = i + 1;
  m->n_parts = split->len;
  m->result.deviations = g_ptr_array_new_with_free_func (g_free);
  if (g_file_test (path, G_FILE_TEST_EXISTS)) { /* nobody named it, so nobody said that it may be replaced */
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS, "%s: is there already: move it away", path);
    return NULL;
  }
  m->output = sohoa_output_new (path, output_mode (m->options), error);
  return m->output != NULL ? m : NULL;
}

/* What holds for one of them holds for the document; the level is that of the weakest. */
static void
add_result (SohoaPdfResult *all, const Making *m, SohoaPdfResult *one)
{
  SohoaPdfFilePart *file = g_new0 (SohoaPdfFilePart, 1);
  gboolean is_first = all->files->len == 0;

  file->path = g_strdup (m->path);
  file->size = one->size;
  file->sha256 = g_steal_pointer (&one->sha256);
  file->first_page = m->first + 1;
  file->n_pages = m->count;
  g_ptr_array_add (all->files, file);
  all->size += one->size;
  all->is_signed = one->is_signed;
  for (guint i = 0; i < one->deviations->len; i++)
    if (!g_ptr_array_find_with_equal_func (all->deviations, one->deviations->pdata[i], g_str_equal, NULL))
      g_ptr_array_add (all->deviations, g_strdup (one->deviations->pdata[i]));
  if (is_first || one->level < all->level) {
    all->level = one->level;
    g_free (all->why_less);
    all->why_less = g_steal_pointer (&one->why_less);
  }
  if (is_first)
    all->report = g_steal_pointer (&one->report);
  if (is_first || (one->archive_end_us != 0 && one->archive_end_us < all->archive_end_us))
    all->archive_end_us = one->archive_end_us;
}

/* All or none. */
static gboolean
finish_files (GPtrArray *files, SohoaPdfResult *result_out, GError **error)
{
  g_autofree char *note = g_strdup_printf ("size: in %u files", files->len);

  result_out->files = g_ptr_array_new_with_free_func (file_part_free);
  result_out->deviations = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (result_out->deviations, g_steal_pointer (&note));
  for (guint i = 0; i < files->len; i++) {
    Making *m = g_ptr_array_index (files, i);
    SohoaPdfResult one = { 0 };

    if (!finish (m, &one, error)) {
      for (guint k = 0; k < i; k++)
        (void) unlink (((Making *) files->pdata[k])->path);
      sohoa_pdf_result_clear (result_out);
      return FALSE;
    }
    add_result (result_out, m, &one);
    sohoa_pdf_result_clear (&one);
  }
  return TRUE;
}

/* All are written and read back before the first is signed: a page that cannot be put into a file costs no signature. */
static gboolean
make_files (const Making *whole, const SohoaSpoolIndex *index, const char *spool_dir, const GArray *split,
            SohoaPdfResult *result_out, GError **error)
{
  g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func (making_free);

  for (guint i = 0; i < split->len; i++)
    if (new_file (files, whole, split, i, paths, error) == NULL)
      return FALSE;
  for (guint i = 0; i < files->len; i++)
    if (!write_scan (files->pdata[i], index, spool_dir, error)
        || !check_size (files->pdata[i], evidence_bytes (whole->options), error))
      return FALSE;
  for (guint i = 0; whole->options->signer != NULL && i < files->len; i++)
    if (!sign (files->pdata[i], error))
      return FALSE;
  return finish_files (files, result_out, error);
}

/* ---- a document ---- */

static gboolean
make_file (Making *m, const SohoaPlan *plan, const SohoaSpoolIndex *index, const char *spool_dir,
           SohoaPdfResult *result_out, GError **error)
{
  m->output = sohoa_output_new (m->path, output_mode (m->options), error);
  if (m->output == NULL)
    return FALSE;
  if (!(index->original ? write_original (m, sohoa_plan_get_fd (plan, 0), error) : write_scan (m, index, spool_dir, error)))
    return FALSE;
  if (!check_size (m, evidence_bytes (m->options), error) || (m->options->signer != NULL && !sign (m, error)))
    return FALSE;
  return finish (m, result_out, error);
}

gboolean
sohoa_pipeline_make_pdf (SohoaWorkerPool *pool, const SohoaPlan *plan, const char *spool_dir, const SohoaRecord *record,
                         const SohoaClearance *clearance, const SohoaPdfOptions *options, const char *out_path,
                         GCancellable *cancellable, SohoaPdfResult *result_out, GError **error)
{
  g_auto(Making) m = { .pool = pool, .record = record, .options = options, .cancellable = cancellable, .path = out_path };
  g_autoptr(SohoaSpoolIndex) index = NULL;
  g_autoptr(GArray) split = NULL;

  if (!begin (&m, result_out, error))
    return FALSE;
  index = sohoa_spool_index_load (spool_dir, error);
  if (index == NULL || !sohoa_clearance_check (clearance, index->digest, error))
    return FALSE;
  if (index->original && plan == NULL) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "original: its file is needed: give the plan");
    return FALSE;
  }
  if (options->split && !index->original && (split = plan_files (&m, index, error)) == NULL)
    return FALSE;
  if (split != NULL && split->len > 1)
    return make_files (&m, index, spool_dir, split, result_out, error);
  return make_file (&m, plan, index, spool_dir, result_out, error);
}

gboolean
sohoa_pipeline_sign_file (SohoaWorkerPool *pool, int pdf_fd, const SohoaPdfOptions *options, const char *out_path,
                          GCancellable *cancellable, SohoaPdfResult *result_out, GError **error)
{
  g_auto(Making) m = { .pool = pool, .options = options, .cancellable = cancellable, .path = out_path };

  g_return_val_if_fail (options->signer != NULL, FALSE);
  if (!begin (&m, result_out, error))
    return FALSE;
  m.output = sohoa_output_new (out_path, output_mode (options), error);
  if (m.output == NULL)
    return FALSE;
  return write_original (&m, pdf_fd, error) && sign (&m, error) && finish (&m, result_out, error);
}
