#define _GNU_SOURCE
/* The real worker behind its lock, through the pool and the pipeline, on pages of our own making. */
#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-pipeline.h"
#include "sohoa-protocol.h"
#include "sohoa-sample-pdf.h"
#include "sohoa-text-layer.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static char            *folder; /* (owned) scratch, removed at the end */
static SohoaWorkerPool *pool;   /* (owned) one for all: also shows that a worker survives its errors */

/* ---- helpers ---- */

static void
run (const char *program, ...)
{
  g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func (g_free);
  g_autoptr(GError) error = NULL;
  const char *arg;
  int status;
  va_list list;

  g_ptr_array_add (argv, g_build_filename (g_getenv ("SOHOA_TOP_BUILDDIR"), program, NULL));
  va_start (list, program);
  while ((arg = va_arg (list, const char *)) != NULL)
    g_ptr_array_add (argv, g_strdup (arg));
  va_end (list);
  g_ptr_array_add (argv, NULL);
  g_assert_true (g_spawn_sync (NULL, (char **) argv->pdata, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL, &status, &error));
  g_assert_no_error (error);
  g_assert_cmpint (status, ==, 0);
}

static int
open_page (const char *relative)
{
  g_autofree char *path = g_build_filename (folder, relative, NULL);
  int fd = open (path, O_RDONLY | O_CLOEXEC);

  g_assert_cmpint (fd, >=, 0);
  return fd;
}

static SohoaPlan *
plan_of (int fd)
{
  SohoaInput input = { "page-01.jpg", fd };
  g_autoptr(GError) error = NULL;
  SohoaPlan *plan = NULL;

  g_assert_true (sohoa_pipeline_probe (pool, &input, 1, NULL, &plan, &error));
  g_assert_no_error (error);
  return plan;
}

static char *
new_spool (const char *name)
{
  char *path = g_build_filename (folder, name, NULL);

  g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
  return path;
}

/* ---- cases ---- */

static void
test_sandbox (void)
{
  g_autoptr(GError) error = NULL;
  const char *sandbox = sohoa_worker_pool_check (pool, &error);

  g_assert_no_error (error);
#ifdef SOHOA_SANITIZED
  g_assert_cmpstr (sandbox, ==, "relaxed");
#else
  if (!g_str_equal (sandbox, "strict"))
    g_test_skip ("this kernel has no Landlock");
#endif
}

/* Dark pixels of a stretch of the sample's page, rendered behind the lock. */
static guint
ink_of_sample (int pdf, double y, double h)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) reply = NULL;
  SOHOA_AUTO_FD int pixels = sohoa_memfd_new ("pixels", &error);
  g_autoptr(GBytes) bytes = NULL;
  const int fds[] = { pdf, pixels };
  const guint8 *p;
  GVariantDict args;
  guint ink = 0;
  gsize n;

  g_variant_dict_init (&args, NULL);
  g_variant_dict_insert (&args, "page", "u", 1);
  g_variant_dict_insert (&args, "box", "(dddd)", 0.0, y, 1.0, h);
  g_variant_dict_insert (&args, "size", "u", 400);
  g_assert_true (sohoa_worker_pool_call (pool, SOHOA_OP_PREVIEW, g_variant_dict_end (&args), fds, 2, 30000, NULL, &reply,
                                         &error));
  g_assert_no_error (error);
  bytes = sohoa_fd_read_bytes (pixels, 16u * 1024 * 1024, &error);
  g_assert_no_error (error);
  p = g_bytes_get_data (bytes, &n);
  for (gsize i = 0; i + 2 < n; i += 3)
    ink += p[i] < 128;
  return ink;
}

static void
test_foreign_fonts (void)
{
  g_autoptr(GError) error = NULL;
  SOHOA_AUTO_FD int pdf = sohoa_sample_pdf_new (&error);

  g_assert_no_error (error);
  g_assert_cmpuint (ink_of_sample (pdf, 0.0, 0.45), >, 100); /* Times-Roman, not embedded */
  g_assert_cmpuint (ink_of_sample (pdf, 0.55, 0.45), >, 100); /* UniGB-UCS2-H */
}

static void
test_clearance (void)
{
  SOHOA_AUTO_FD int fd = open_page ("clean/doc-000/page-01.jpg");
  SOHOA_AUTO_FD int other_fd = open_page ("other/doc-000/page-01.jpg");
  g_autoptr(SohoaPlan) plan = plan_of (fd);
  g_autoptr(SohoaPlan) other = plan_of (other_fd);
  g_autofree char *spool = new_spool ("spool-clearance");
  g_autoptr(SohoaClearance) foreign = sohoa_clearance_new_released (other, "clerk", "declassified", NULL);
  g_autofree char *text = sohoa_clearance_to_text (foreign);
  g_autoptr(SohoaClearance) back = sohoa_clearance_from_text (text, NULL);
  SohoaReadOptions options = { 0 };
  g_autoptr(GError) error = NULL;
  SohoaRecord *record = NULL;
  g_autoptr(GDir) dir = NULL;

  g_assert_false (sohoa_pipeline_read_pages (pool, plan, NULL, spool, &options, NULL, &record, &error));
  g_assert_error (error, SOHOA_GATE_ERROR, SOHOA_GATE_ERROR_NOT_CLEARED);
  g_clear_error (&error);
  g_assert_false (sohoa_pipeline_read_pages (pool, plan, foreign, spool, &options, NULL, &record, &error));
  g_assert_error (error, SOHOA_GATE_ERROR, SOHOA_GATE_ERROR_NOT_CLEARED);
  g_clear_error (&error);
  g_assert_nonnull (back);
  g_assert_false (sohoa_pipeline_read_pages (pool, plan, back, spool, &options, NULL, &record, &error));
  g_assert_error (error, SOHOA_GATE_ERROR, SOHOA_GATE_ERROR_NOT_CLEARED);
  g_assert_null (sohoa_clearance_new_released (plan, "", "reason", NULL));
  g_assert_null (sohoa_clearance_from_text ("sohoa-clearance-1 clear zz 0", NULL));
  dir = g_dir_open (spool, 0, NULL);
  g_assert_null (g_dir_read_name (dir)); /* nothing was written */
}

static void
test_secret (void)
{
  SOHOA_AUTO_FD int fd = open_page ("secret/doc-000/page-01.jpg");
  g_autoptr(SohoaPlan) plan = plan_of (fd);
  SohoaClearance *clearance = NULL;
  g_autoptr(GError) error = NULL;

  g_assert_false (sohoa_pipeline_gate (pool, plan, SOHOA_GATE_REFUSE_UNSURE, NULL, &clearance, &error));
  g_assert_error (error, SOHOA_GATE_ERROR, SOHOA_GATE_ERROR_SECRET);
  g_assert_null (clearance);
  g_assert_null (strstr (error->message, "MẬT")); /* the message does not carry the mark */
}

/* Reads @plan into a spool of its own; what came of it, without what differs by run. */
static char *
read_text (SohoaPlan *plan, const char *name, SohoaReadEarly *early)
{
  g_autofree char *spool = new_spool (name);
  g_autoptr(SohoaClearance) clearance = sohoa_clearance_new_released (plan, "clerk", "test", NULL);
  g_autoptr(SohoaRecord) record = NULL;
  g_autoptr(GError) error = NULL;
  SohoaReadOptions read = { .id = "same", .early = early };
  g_autofree char *text = NULL;
  g_autofree char *json = NULL;

  g_assert_true (sohoa_pipeline_read_pages (pool, plan, clearance, spool, &read, NULL, &record, &error));
  g_assert_no_error (error);
  text = sohoa_pipeline_dup_text (spool, &error);
  json = sohoa_record_to_json (record, FALSE);
  return g_strconcat (json, text, NULL);
}

/* What the worker says of a page whose two tries may take so long; *@words (nullable) of its layer. */
static GVariant *
page_within (guint32 limit_ms, guint32 again_ms, guint *words)
{
  int fds[2] = { open_page ("clean/doc-000/page-01.jpg"), sohoa_memfd_new ("page", NULL) };
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) text = NULL, inner = NULL;
  g_autoptr(SohoaTextLayer) layer = NULL;
  GVariantDict args, options;
  GVariant *reply = NULL;

  g_variant_dict_init (&options, NULL);
  if (limit_ms > 0)
    g_variant_dict_insert (&options, "limits-ms", "(uu)", limit_ms, again_ms);
  g_variant_dict_init (&args, NULL);
  g_variant_dict_insert_value (&args, "options", g_variant_dict_end (&options));
  g_assert_true (sohoa_worker_pool_call (pool, SOHOA_OP_PAGE, g_variant_dict_end (&args), fds, 2,
                                         SOHOA_PAGE_TIMEOUT_MS, NULL, &reply, &error));
  g_assert_no_error (error);
  close (fds[0]);
  close (fds[1]);
  text = g_variant_lookup_value (reply, "text", G_VARIANT_TYPE_VARIANT);
  if (text != NULL) {
    inner = g_variant_get_variant (text);
    layer = sohoa_text_layer_from_variant (inner, &error);
    g_assert_no_error (error);
  }
  *words = layer != NULL ? sohoa_text_layer_count_words (layer) : 0;
  return reply;
}

static void
assert_page (GVariant *reply, const char *status, gboolean small)
{
  g_auto(GStrv) flags = NULL;
  const char *seen = NULL;

  g_assert_true (g_variant_lookup (reply, "ocr-status", "&s", &seen));
  g_assert_cmpstr (seen, ==, status);
  g_assert_true (g_variant_lookup (reply, "flags", "^as", &flags));
  g_assert_true (g_strv_contains ((const char *const *) flags, "read-small") == small);
}

/* Recognition that takes too long is tried again from a smaller copy, and says so; too long again is a
 * state of its own, never a page without words. */
static void
test_second_try (void)
{
  guint all, small, none;
  g_autoptr(GVariant) usual = page_within (0, 0, &all);
  g_autoptr(GVariant) again = page_within (1, 50 * 1000, &small);
  g_autoptr(GVariant) late = page_within (1, 1, &none);
  g_autoptr(GVariant) text = g_variant_lookup_value (late, "text", NULL);

  assert_page (usual, "ok", FALSE);
  assert_page (again, "ok", TRUE);
  assert_page (late, "timeout", FALSE);
  g_test_message ("%u words, %u from the smaller copy", all, small);
  g_assert_cmpuint (all, >, 50);
  g_assert_cmpuint (small, >, all * 7 / 10);
  g_assert_null (text);
}

/* A page read while the gate looks gives the same; read for another plan it is not taken. */
static void
test_early (void)
{
  SOHOA_AUTO_FD int fd = open_page ("clean/doc-000/page-01.jpg");
  SOHOA_AUTO_FD int other_fd = open_page ("other/doc-000/page-01.jpg");
  g_autoptr(SohoaPlan) plan = plan_of (fd);
  g_autoptr(SohoaPlan) other = plan_of (other_fd);
  g_autoptr(SohoaReadEarly) early = sohoa_pipeline_read_early (pool, plan);
  g_autoptr(SohoaReadEarly) unused = NULL;
  g_autofree char *before = NULL;
  g_autofree char *now = NULL;
  g_autofree char *foreign = NULL;
  g_autofree char *again = NULL;

  g_assert_nonnull (early);
  foreign = read_text (other, "spool-foreign", early);
  before = read_text (plan, "spool-early", early);
  now = read_text (plan, "spool-late", NULL);
  again = read_text (other, "spool-other", NULL);
  g_assert_cmpstr (before, ==, now);
  g_assert_cmpstr (foreign, ==, again);
  g_assert_cmpstr (before, !=, foreign);
  unused = sohoa_pipeline_read_early (pool, other); /* dropped while it runs */
}

static void
check_file (const char *spool, const char *name)
{
  g_autofree char *path = g_build_filename (spool, name, NULL);
  struct stat st;

  g_assert_cmpint (stat (path, &st), ==, 0);
  g_assert_cmpint (st.st_mode & 0777, ==, 0600);
  g_assert_cmpint (st.st_size, >, 0);
}

static void
check_preview (SohoaPlan *plan, const char *spool)
{
  g_autoptr(GError) error = NULL;
  SohoaPreview preview;

  g_assert_true (sohoa_pipeline_preview (pool, plan, spool, 1, 0, NULL, 400, NULL, &preview, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (preview.height, ==, 400); /* A4 upright: the longest side */
  g_assert_cmpuint (preview.width, >, 270);   /* 400 / sqrt 2 = 283 */
  g_assert_cmpuint (preview.width, <, 296);
  g_assert_cmpint (fcntl (preview.fd, F_GET_SEALS) & F_SEAL_WRITE, !=, 0);
  sohoa_preview_clear (&preview);
}

static void
test_whole_way (void)
{
  SOHOA_AUTO_FD int fd = open_page ("clean/doc-000/page-01.jpg");
  g_autoptr(SohoaPlan) plan = plan_of (fd);
  g_autofree char *spool = new_spool ("spool-whole");
  g_autofree char *key = g_strdup_printf ("p12:%s/ca/signer.p12", folder);
  g_autofree char *out = g_build_filename (folder, "out.pdf", NULL);
  g_autofree char *sha = sohoa_fd_sha256 (fd, 0, G_MAXUINT64, NULL);
  const char *const set[] = { "ArrivalNumber=152", NULL };
  SohoaReadOptions read = { .set = set };
  SohoaPdfOptions make = { 0 };
  SohoaClearance *clearance = NULL;
  g_autoptr(SohoaRecord) record = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *text = NULL;
  SohoaPdfResult result;

  g_assert_true (sohoa_pipeline_gate (pool, plan, SOHOA_GATE_PASS_UNSURE, NULL, &clearance, &error));
  g_assert_no_error (error);
  g_assert_false (sohoa_pipeline_has_pages (spool));
  g_assert_true (sohoa_pipeline_read_pages (pool, plan, clearance, spool, &read, NULL, &record, &error));
  g_assert_no_error (error);
  g_assert_true (sohoa_pipeline_has_pages (spool));
  check_file (spool, "images");
  check_file (spool, "texts");
  check_file (spool, "pages.index");
  /* the archived bytes are the file's bytes, whatever we say about them */
  g_assert_cmpstr (sohoa_record_peek_page (record, 0)->sha256, ==, sha);
  g_assert_cmpstr (sohoa_record_peek_page (record, 0)->ocr_status, ==, "ok");
  g_assert_cmpstr (sohoa_record_value (record, "ArrivalNumber"), ==, "152");
  text = sohoa_pipeline_dup_text (spool, &error);
  g_assert_no_error (error);
  g_assert_nonnull (strstr (text, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM")); /* every NĐ30 page has it */
  check_preview (plan, spool);
  make.signer = sohoa_pipeline_signer_new (key, -1, FALSE, &error);
  g_assert_no_error (error);
  g_assert_true (sohoa_pipeline_make_pdf (pool, NULL, spool, record, clearance, &make, out, NULL, &result, &error));
  g_assert_no_error (error);
  g_assert_true (result.is_signed);
  g_assert_cmpstr (sohoa_verify_report_status (result.report), ==, "VALID");
  sohoa_pdf_result_clear (&result);
  sohoa_signer_free (make.signer);
  sohoa_clearance_free (clearance);
}

/* One byte of the finished file is changed: no longer VALID. */
static void
test_tampered (void)
{
  g_autofree char *path = g_build_filename (folder, "out.pdf", NULL);
  g_autofree char *json = NULL;
  g_autoptr(GError) error = NULL;
  SOHOA_AUTO_FD int trust = open_page ("ca/test-ca.pem");
  SOHOA_AUTO_FD int fd = open (path, O_RDWR | O_CLOEXEC);
  char byte;

  g_assert_true (sohoa_pipeline_verify (pool, fd, trust, NULL, &json, &error));
  g_assert_cmpstr (sohoa_verify_report_status (json), ==, "VALID");
  g_clear_pointer (&json, g_free);
  g_assert_cmpint (pread (fd, &byte, 1, 2000), ==, 1);
  byte ^= 1;
  g_assert_cmpint (pwrite (fd, &byte, 1, 2000), ==, 1);
  g_assert_true (sohoa_pipeline_verify (pool, fd, trust, NULL, &json, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (sohoa_verify_report_status (json), ==, "INVALID");
}

/* An original keeps its bytes. */
static void
test_original (void)
{
  g_autoptr(GError) error = NULL;
  SOHOA_AUTO_FD int pdf = sohoa_sample_pdf_new (&error);
  g_autoptr(SohoaPlan) plan = plan_of (pdf);
  g_autofree char *spool = new_spool ("spool-original");
  g_autofree char *out = g_build_filename (folder, "original.pdf", NULL);
  g_autofree char *sha = sohoa_fd_sha256 (pdf, 0, G_MAXUINT64, NULL);
  g_autoptr(SohoaClearance) clearance = sohoa_clearance_new_released (plan, "clerk", "looked at", NULL);
  SohoaReadOptions read = { 0 };
  SohoaPdfOptions make = { 0 };
  g_autoptr(SohoaRecord) record = NULL;
  SohoaPdfResult result;

  g_assert_true (sohoa_plan_is_original (plan));
  g_assert_true (sohoa_pipeline_read_pages (pool, plan, clearance, spool, &read, NULL, &record, &error));
  g_assert_no_error (error);
  g_assert_true (record->original);
  g_assert_true (sohoa_pipeline_make_pdf (pool, plan, spool, record, clearance, &make, out, NULL, &result, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (result.sha256, ==, sha);
  sohoa_pdf_result_clear (&result);
}

/* ---- hostile inputs of our own making ---- */

typedef struct {
  const char *name, *bytes;
  gsize       length;
  int         code; /* SOHOA_INTAKE_ERROR */
} Hostile;

#define BYTES(s) s, sizeof (s) - 1
static const Hostile hostile[] = {
  { "empty", BYTES (""), SOHOA_INTAKE_ERROR_EMPTY },
  { "text", BYTES ("just a letter to the office\n"), SOHOA_INTAKE_ERROR_UNSUPPORTED },
  { "elf", BYTES ("\x7f" "ELF\2\1\1\0\0\0"), SOHOA_INTAKE_ERROR_UNSUPPORTED },
  { "jpeg-header-only", BYTES ("\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0"), SOHOA_INTAKE_ERROR_DAMAGED },
  { "jpeg-segment-past-end", BYTES ("\xff\xd8\xff\xe1\xff\xff" "Exif"), SOHOA_INTAKE_ERROR_DAMAGED },
  { "png-huge", BYTES ("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\x7f\xff\xff\xff\x7f\xff\xff\xff\1\0\0\0\0\x1a\x76\xd9\x1d"),
    SOHOA_INTAKE_ERROR_DAMAGED }, /* CRC is wrong as well: refused before its size is believed */
  { "tiff-no-directory", BYTES ("II*\0\xff\xff\xff\x7f"), SOHOA_INTAKE_ERROR_DAMAGED },
  { "tiff-loop", BYTES ("II*\0\x08\0\0\0\0\0\x08\0\0\0"), SOHOA_INTAKE_ERROR_DAMAGED },
  { "pnm-huge", BYTES ("P4\n99999 99999\n"), SOHOA_INTAKE_ERROR_TOO_LARGE },
  { "pdf-nothing", BYTES ("%PDF-1.7\n%%EOF\n"), SOHOA_INTAKE_ERROR_DAMAGED },
};

static void
test_hostile (gconstpointer data)
{
  const Hostile *h = data;
  g_autoptr(GError) error = NULL;
  SOHOA_AUTO_FD int fd = sohoa_memfd_new_sealed (h->name, h->bytes, h->length, &error);
  SohoaInput input = { h->name, fd };
  guint lost = sohoa_worker_pool_count_lost (pool);
  SohoaPlan *plan = NULL;

  g_assert_false (sohoa_pipeline_probe (pool, &input, 1, NULL, &plan, &error));
  g_assert_error (error, SOHOA_INTAKE_ERROR, h->code);
  g_assert_true (g_str_has_prefix (error->message, h->name));
  g_assert_null (strchr (error->message, '\n'));
  g_assert_cmpuint (sohoa_worker_pool_count_lost (pool), ==, lost); /* refused, not crashed */
}

int
main (int argc, char **argv)
{
  g_autofree char *path = NULL;
  int rc;

  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("sohoa-pipeline-XXXXXX", NULL);
  path = g_build_filename (folder, "clean", NULL);
  run ("tests/pages/sohoa-make-pages", "--seed=3", "--kind=clean", "--pages=1", "--out", path, NULL);
  g_free (path);
  path = g_build_filename (folder, "other", NULL);
  run ("tests/pages/sohoa-make-pages", "--seed=4", "--kind=clean", "--pages=1", "--out", path, NULL);
  g_free (path);
  path = g_build_filename (folder, "secret", NULL);
  run ("tests/pages/sohoa-make-pages", "--seed=5", "--kind=clean", "--pages=1", "--secrecy=TOI_MAT", "--out", path, NULL);
  g_free (path);
  path = g_build_filename (folder, "ca", NULL);
  g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
  run ("sign/sohoa-test-authority", path, NULL);
  pool = sohoa_worker_pool_new (2, NULL);
  g_assert_nonnull (pool);
  g_test_add_func ("/pipeline/sandbox", test_sandbox);
  g_test_add_func ("/pipeline/foreign-fonts", test_foreign_fonts);
  g_test_add_func ("/pipeline/clearance", test_clearance);
  g_test_add_func ("/pipeline/secret", test_secret);
  g_test_add_func ("/pipeline/second-try", test_second_try);
  g_test_add_func ("/pipeline/early", test_early);
  g_test_add_func ("/pipeline/whole-way", test_whole_way);
  g_test_add_func ("/pipeline/whole-way-tampered", test_tampered);
  g_test_add_func ("/pipeline/original", test_original);
  for (guint i = 0; i < G_N_ELEMENTS (hostile); i++) {
    g_autofree char *name = g_strdup_printf ("/pipeline/hostile/%s", hostile[i].name);

    g_test_add_data_func (name, &hostile[i], test_hostile);
  }
  rc = g_test_run ();
  sohoa_worker_pool_free (pool);
  (void) sohoa_folder_remove (folder, NULL);
  g_free (folder);
  return rc;
}
