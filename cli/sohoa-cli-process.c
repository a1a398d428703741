/* sohoa process: from files to a searchable, signed PDF/A, without a daemon. The gate looks at every page before
 * anything is written; outputs appear whole or not at all. */
#include "sohoa-cli.h"

#include "sohoa-file.h"
#include "sohoa-pipeline.h"
#include "sohoa-time.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PROGRESS_STEP_US (G_USEC_PER_SEC / 4)
#define ANNEX_MAX_BYTES 100u
#define MAX_MB 2047 /* no PDF of ours is larger */
#define PROGRESS_LOG_STEP_US (5 * G_USEC_PER_SEC) /* when nobody watches a terminal */

static struct {
  char    *output, *json, *text, *hocr, *alto, *profile, *sign, *seal, *annex_of;
  SohoaCliLevel level;
  char   **set;
  int      pin_fd, jobs, max_mb;
  double   seal_mm;
  gboolean progress, strict, final_try;
} opt;

static SohoaTrustServices services; /* trust_pem lives as long as the program */

static const GOptionEntry entries[] = {
  { "output", 'o', 0, G_OPTION_ARG_FILENAME, &opt.output, "the PDF to write", "OUT.pdf" },
  { "json", 0, 0, G_OPTION_ARG_FILENAME, &opt.json, "the document record; without a file: to standard output", "OUT.json" },
  { "text", 0, 0, G_OPTION_ARG_FILENAME, &opt.text, "page texts, form feed between pages", "OUT.txt" },
  { "hocr", 0, 0, G_OPTION_ARG_FILENAME, &opt.hocr, "words and their places as hOCR", "OUT.html" },
  { "alto", 0, 0, G_OPTION_ARG_FILENAME, &opt.alto, "words and their places as ALTO 4.4", "OUT.xml" },
  { "profile", 0, 0, G_OPTION_ARG_STRING, &opt.profile, "compliance profile (VN-ND30-2020)", "NAME" },
  { "set", 0, 0, G_OPTION_ARG_STRING_ARRAY, &opt.set, "a value you know", "Field=value" },
  { "sign", 0, 0, G_OPTION_ARG_STRING, &opt.sign, "sign with this key", "p12:FILE|pkcs11:URI" },
  SOHOA_CLI_LEVEL_ENTRIES (opt.level),
  { "seal", 0, 0, G_OPTION_ARG_FILENAME, &opt.seal, "the agency's seal, where the profile shows it (VN-TT01-2019)", "PNG" },
  { "seal-mm", 0, 0, G_OPTION_ARG_DOUBLE, &opt.seal_mm, "its width on paper (as the PNG says)", "MM" },
  { "annex-of", 0, 0, G_OPTION_ARG_STRING, &opt.annex_of, "an annex in a file of its own: shows this number and the time", "NUMBER" },
  { "pin-fd", 0, 0, G_OPTION_ARG_INT, &opt.pin_fd, "read the key's passphrase or the token's PIN from this descriptor", "N" },
  { "final-try", 0, 0, G_OPTION_ARG_NONE, &opt.final_try, "try the PIN although one more wrong one locks the token", NULL },
  { "max-mb", 0, 0, G_OPTION_ARG_INT, &opt.max_mb, "no larger file: a longer document becomes OUT-1-of-3.pdf and so on (2047)", "N" },
  { "jobs", 'j', 0, G_OPTION_ARG_INT, &opt.jobs, "pages at a time (one per core)", "N" },
  { "progress", 0, 0, G_OPTION_ARG_NONE, &opt.progress, "tell on standard error how far it is", NULL },
  { "strict", 0, 0, G_OPTION_ARG_NONE, &opt.strict, "exit 5 when a page has no text or a field needs a person", NULL },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};

/* Everything of one run; folders and descriptors go with it. */
typedef struct {
  GPtrArray       *names; /* (owned) (element-type utf8) as the record shows them */
  GArray          *fds;   /* (owned) (element-type int) */
  char            *spool; /* (owned) (nullable) private folder, removed in every case */
  SohoaWorkerPool *pool;  /* (owned) */
  SohoaSigner     *signer; /* (owned) (nullable) */
  SohoaPlan       *plan;  /* (owned) */
  SohoaReadEarly  *early; /* (owned) (nullable) */
  SohoaClearance  *clearance; /* (owned) */
  SohoaRecord     *record; /* (owned) */
} Run;

static void
run_clear (Run *run)
{
  g_clear_pointer (&run->early, sohoa_read_early_free); /* its threads use pool and plan */
  g_clear_pointer (&run->pool, sohoa_worker_pool_free);
  g_clear_pointer (&run->signer, sohoa_signer_free);
  g_clear_pointer (&run->plan, sohoa_plan_free);
  g_clear_pointer (&run->clearance, sohoa_clearance_free);
  g_clear_pointer (&run->record, sohoa_record_free);
  for (guint i = 0; i < run->fds->len; i++)
    (void) close (g_array_index (run->fds, int, i));
  g_array_unref (run->fds);
  g_ptr_array_unref (run->names);
  if (run->spool != NULL)
    (void) sohoa_folder_remove (run->spool, NULL);
  g_clear_pointer (&run->spool, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Run, run_clear)

/* Whole and rough, as a clock shows it: "1:07:30", "4:05". */
static char *
clock_text (double seconds)
{
  guint t = (guint) CLAMP (seconds + 0.5, 0, 359999);

  if (t >= 3600)
    return g_strdup_printf ("%u:%02u:%02u", t / 3600, t / 60 % 60, t % 60);
  return g_strdup_printf ("%u:%02u", t / 60, t % 60);
}

/* One line that is written over on a terminal, one line a step elsewhere. Rate and rest are of the stage itself: the
 * gate looks at pages several times as fast as they are read. */
static void
on_progress (const char *stage, guint done, guint total, gpointer data)
{
  static const char *current;
  static gint64 started_us, shown_us;
  gint64 now_us = g_get_monotonic_time ();
  double seconds;

  (void) data;
  if (g_strcmp0 (current, stage) != 0) {
    current = stage;
    started_us = now_us;
    shown_us = 0;
  }
  if (done < total && now_us - shown_us < (isatty (STDERR_FILENO) ? PROGRESS_STEP_US : PROGRESS_LOG_STEP_US))
    return;
  shown_us = now_us;
  seconds = (now_us - started_us) / (double) G_USEC_PER_SEC;
  if (isatty (STDERR_FILENO))
    fprintf (stderr, "\r\033[K");
  fprintf (stderr, "%s %u/%u", stage, done, total);
  if ((g_str_equal (stage, "pages") || g_str_equal (stage, "gate")) && done > 0 && seconds > 0) {
    g_autofree char *left = clock_text ((total - done) * seconds / done);

    fprintf (stderr, ", %.0f pages a minute, %s left", done * 60 / seconds, left);
  }
  if (!isatty (STDERR_FILENO) || done == total)
    fputc ('\n', stderr);
  fflush (stderr);
}

/* Before any page is looked at: a misspelt profile would only be found after the recognition. */
static gboolean
check_profile (GError **error)
{
  g_autofree char *relative = opt.profile != NULL ? g_strdup_printf ("profiles/%s.conf", opt.profile) : NULL;
  g_autofree char *path = relative != NULL ? sohoa_path_data (relative) : NULL;

  if (path == NULL || (strchr (opt.profile, '/') == NULL && g_file_test (path, G_FILE_TEST_IS_REGULAR)))
    return TRUE;
  return sohoa_cli_usage_error (error, "--profile %s: no such profile: see the files beside VN-ND30-2020.conf", opt.profile);
}

static gboolean
check_options (int argc, GError **error)
{
  if (opt.output == NULL)
    return sohoa_cli_usage_error (error, "process: no output given: add -o OUT.pdf");
  if (argc < 2)
    return sohoa_cli_usage_error (error, "process: no input given: name images, a TIFF or a PDF");
  if (opt.sign == NULL && (opt.level.level != NULL || opt.level.tsa != NULL || opt.pin_fd >= 0))
    return sohoa_cli_usage_error (error, "--level, --tsa and --pin-fd: nothing to sign with: add --sign p12:FILE or pkcs11:URI");
  if (opt.sign == NULL && (opt.seal != NULL || opt.annex_of != NULL))
    return sohoa_cli_usage_error (error, "--seal and --annex-of: nothing to sign with: add --sign p12:FILE or pkcs11:URI");
  if (opt.annex_of != NULL && (!g_utf8_validate (opt.annex_of, -1, NULL) || *opt.annex_of == '\0' || strlen (opt.annex_of) > ANNEX_MAX_BYTES))
    return sohoa_cli_usage_error (error, "--annex-of: give number and symbol, like 152/UBND-VP");
  if (opt.jobs < 0 || opt.jobs > (int) SOHOA_POOL_MAX_WORKERS)
    return sohoa_cli_usage_error (error, "--jobs: must be a number from 1 to %u", SOHOA_POOL_MAX_WORKERS);
  if (opt.max_mb < 0 || opt.max_mb > MAX_MB)
    return sohoa_cli_usage_error (error, "--max-mb: must be a number from 1 to %d", MAX_MB);
  return sohoa_cli_take_services (&opt.level, &services, error) && check_profile (error);
}

/* An output that is one of the inputs would destroy a document of record. */
static gboolean
check_output (const Run *run, const char *path, GError **error)
{
  struct stat out, in;

  if (path == NULL || g_str_equal (path, "-") || stat (path, &out) < 0)
    return TRUE;
  if (S_ISDIR (out.st_mode))
    return sohoa_cli_usage_error (error, "%s: is a folder: name a file", path);
  for (guint i = 0; i < run->fds->len; i++)
    if (fstat (g_array_index (run->fds, int, i), &in) == 0 && in.st_dev == out.st_dev && in.st_ino == out.st_ino)
      return sohoa_cli_usage_error (error, "%s: is also an input: write to another file", path);
  return TRUE;
}

static gboolean
open_inputs (Run *run, char **paths, GError **error)
{
  for (guint i = 0; paths[i] != NULL; i++) {
    int fd = sohoa_cli_open_input (paths[i], error);

    if (fd < 0)
      return FALSE;
    g_array_append_val (run->fds, fd);
    g_ptr_array_add (run->names, g_path_get_basename (paths[i]));
  }
  return check_output (run, opt.output, error) && check_output (run, opt.json, error)
         && check_output (run, opt.text, error) && check_output (run, opt.hocr, error)
         && check_output (run, opt.alto, error);
}

static gboolean
probe_and_gate (Run *run, GError **error)
{
  g_autofree SohoaInput *inputs = g_new0 (SohoaInput, run->fds->len);

  for (guint i = 0; i < run->fds->len; i++) {
    inputs[i].name = g_ptr_array_index (run->names, i);
    inputs[i].fd = g_array_index (run->fds, int, i);
  }
  if (!sohoa_pipeline_probe (run->pool, inputs, run->fds->len, sohoa_cli_cancellable (), &run->plan, error))
    return FALSE;
  run->early = sohoa_pipeline_read_early (run->pool, run->plan);
  return sohoa_pipeline_gate_with_progress (run->pool, run->plan, SOHOA_GATE_PASS_UNSURE,
                                            opt.progress ? on_progress : NULL, NULL, sohoa_cli_cancellable (),
                                            &run->clearance, error);
}

/* The private folder lies beside the output: on the disk that must hold the document anyway. */
static gboolean
make_spool (Run *run, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (opt.output);
  g_autofree char *pattern = g_build_filename (folder, ".sohoa-XXXXXX", NULL);

  if (g_mkdtemp_full (pattern, 0700) == NULL)
    return sohoa_cli_usage_error (error, "%s: cannot create a working folder there: check that it exists and may be written",
                                  folder);
  run->spool = g_steal_pointer (&pattern);
  return TRUE;
}

static gboolean
read_document (Run *run, GError **error)
{
  SohoaReadOptions options = { .profile = opt.profile, .set = (const char *const *) opt.set, .early = run->early,
                               .progress = opt.progress ? on_progress : NULL };
  guint unsure = sohoa_clearance_count_unsure (run->clearance);

  if (!make_spool (run, error)
      || !sohoa_pipeline_read_pages (run->pool, run->plan, run->clearance, run->spool, &options,
                                     sohoa_cli_cancellable (), &run->record, error))
    return FALSE;
  if (unsure > 0) {
    g_autofree char *note = g_strdup_printf ("gate: header zone not readable on %u page(s): a person must look", unsure);

    sohoa_record_add_deviation (run->record, note);
  }
  return TRUE;
}

/* @path: (nullable) "-" = standard output. */
static gboolean
write_layout (Run *run, SohoaLayoutFormat format, const char *path, GError **error)
{
  g_autoptr(SohoaOutput) output = NULL;

  if (path == NULL)
    return TRUE;
  if (g_str_equal (path, "-"))
    return sohoa_pipeline_write_layout (run->spool, run->record, format, STDOUT_FILENO, error);
  output = sohoa_output_new (path, 0644, error);
  return output != NULL
         && sohoa_pipeline_write_layout (run->spool, run->record, format, sohoa_output_get_fd (output), error)
         && sohoa_output_commit (output, error);
}

/* Who asked for OUT.pdf must know that there is none. */
static void
tell_files (const SohoaPdfResult *result)
{
  const SohoaPdfFilePart *last;

  if (result->files == NULL)
    return;
  last = g_ptr_array_index (result->files, result->files->len - 1);
  fprintf (stderr, "sohoa: %s: not written: the document is too large for one file, it is in %u files up to %s\n",
           opt.output, result->files->len, last->path);
}

static gboolean
write_outputs (Run *run, GError **error)
{
  SohoaPdfOptions options = { .signer = run->signer, .reason = "Số hóa văn bản đến", .time_us = sohoa_time_now_us (),
                              .seal = opt.seal, .seal_mm = opt.seal_mm, .mode = 0644,
                              .services = &services, .split = TRUE,
                              .max_bytes = (guint64) opt.max_mb * 1024 * 1024, .progress = opt.progress ? on_progress : NULL };
  SohoaPdfResult result = { 0 };
  g_autofree char *json = NULL;
  g_autofree char *text = NULL;
  g_autofree char *iso = sohoa_time_to_iso (options.time_us);
  const char *annex[] = { opt.annex_of, iso, NULL }; /* NĐ30 Annex I Part I: number and symbol, time; no picture */
  gboolean ok;

  if (opt.annex_of != NULL)
    options.block = annex;

  if (opt.text != NULL && (text = sohoa_pipeline_dup_text (run->spool, error)) == NULL)
    return FALSE;
  ok = sohoa_pipeline_make_pdf (run->pool, run->plan, run->spool, run->record, run->clearance, &options, opt.output,
                                sohoa_cli_cancellable (), &result, error);
  for (guint i = 0; ok && result.deviations != NULL && i < result.deviations->len; i++)
    sohoa_record_add_deviation (run->record, g_ptr_array_index (result.deviations, i));
  if (ok && result.is_signed && result.level < services.level) /* the last thing a person reads */
    sohoa_cli_complain (g_ptr_array_index (result.deviations, result.deviations->len - 1));
  if (ok) {
    g_free (run->record->state);
    run->record->state = g_strdup (result.is_signed ? "signed" : "review");
  }
  if (ok)
    tell_files (&result);
  sohoa_pdf_result_clear (&result);
  if (!ok)
    return FALSE;
  if ((text != NULL && !sohoa_cli_write_text (opt.text, text, error))
      || !write_layout (run, SOHOA_LAYOUT_HOCR, opt.hocr, error) || !write_layout (run, SOHOA_LAYOUT_ALTO, opt.alto, error))
    return FALSE;
  if (opt.json != NULL) {
    g_autofree char *body = sohoa_record_to_json (run->record, TRUE);

    json = g_strconcat (body, "\n", NULL);
    if (!sohoa_cli_write_text (opt.json, json, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
is_complete (const SohoaRecord *record)
{
  for (guint i = 0; i < record->pages->len; i++) {
    const SohoaPageInfo *page = sohoa_record_peek_page (record, i);

    if (!page->blank && !g_str_equal (page->ocr_status, "ok"))
      return FALSE;
  }
  return record->needs_person->len == 0;
}

static int
run_process (char **paths, GError **error)
{
  g_auto(Run) run = { .names = g_ptr_array_new_with_free_func (g_free), .fds = g_array_new (FALSE, FALSE, sizeof (int)) };

  if (!open_inputs (&run, paths, error))
    return SOHOA_EXIT_INTERNAL;
  if (opt.sign != NULL && (run.signer = sohoa_pipeline_signer_new (opt.sign, opt.pin_fd, opt.final_try, error)) == NULL)
    return SOHOA_EXIT_INTERNAL;
  run.pool = sohoa_worker_pool_new (opt.jobs, error);
  if (run.pool == NULL || !probe_and_gate (&run, error) || !read_document (&run, error)
      || !write_outputs (&run, error))
    return SOHOA_EXIT_INTERNAL;
  if (sohoa_plan_is_original (run.plan))
    fprintf (stderr, "sohoa: %s: kept as the original, byte for byte%s: %s\n", (char *) g_ptr_array_index (run.names, 0),
             run.signer != NULL ? ", our signature behind its bytes" : "", sohoa_plan_get_original_reason (run.plan));
  return opt.strict && !is_complete (run.record) ? SOHOA_EXIT_INCOMPLETE : SOHOA_EXIT_OK;
}

int
sohoa_cli_process (int argc, char **argv, GError **error)
{
  g_auto(GStrv) joined = sohoa_cli_join_json (argc, argv);
  int n = g_strv_length (joined);
  g_autofree char **args = g_memdup2 (joined, sizeof (char *) * (n + 1)); /* GOption moves pointers about */

  opt.pin_fd = -1;
  if (!sohoa_cli_parse ("process", "INPUT… -o OUT.pdf — scans or files to a searchable, signed PDF/A", entries, &n, &args,
                        error)
      || !check_options (n, error))
    return SOHOA_EXIT_USAGE;
  return run_process (args + 1, error);
}
