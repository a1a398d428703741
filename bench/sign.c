/* CPU that signing adds to a document: the same pages made into a PDF with and without a signature, in turns, in one
 * process with one warm worker. The target is 15 ms besides token and time stamp authority; the key is a PKCS#12 file, and
 * what a signature with it costs by itself is told apart.
 *
 * usage: bench/sign KEY.p12 [--rounds 40] [--invisible] [--level lta --tsa URL --trust PEM] PAGE.jpg …
 * Prints a table; the exit status is 0 whatever the figures are. */
#include "sohoa-file.h"
#include "sohoa-pipeline.h"
#include "sohoa-signer.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define DEFAULT_ROUNDS 40
#define TRUST_MAX_BYTES (4u * 1024 * 1024)

static int opt_rounds = DEFAULT_ROUNDS;
static gboolean opt_invisible;
static char *opt_level, *opt_tsa, *opt_trust;
static const GOptionEntry entries[] = {
  { "rounds", 0, 0, G_OPTION_ARG_INT, &opt_rounds, "documents of each kind", "N" },
  { "invisible", 0, 0, G_OPTION_ARG_NONE, &opt_invisible, "without the block on page 1", NULL },
  { "level", 0, 0, G_OPTION_ARG_STRING, &opt_level, "b, t, lt or lta", "LEVEL" },
  { "tsa", 0, 0, G_OPTION_ARG_STRING, &opt_tsa, "time stamp authority", "URL" },
  { "trust", 0, 0, G_OPTION_ARG_FILENAME, &opt_trust, "its root", "PEM" },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};

static void
must (gboolean ok, GError *error)
{
  if (ok)
    return;
  fprintf (stderr, "bench/sign: %s\n", error != NULL ? error->message : "failed");
  exit (1);
}

/* ms on a CPU so far, of a process given by its /proc/…/schedstat */
static double
cpu_of (const char *path)
{
  g_autofree char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) ? (double) g_ascii_strtoull (text, NULL, 10) / 1e6 : 0;
}

/* Of this process and the workers it has now. */
static void
cpu_now (double *parent, double *workers)
{
  struct timespec ts;
  g_autoptr(GDir) tasks = g_dir_open ("/proc/self/task", 0, NULL);
  const char *task;

  (void) clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &ts);
  *parent = (double) ts.tv_sec * 1e3 + (double) ts.tv_nsec / 1e6;
  *workers = 0;
  while (tasks != NULL && (task = g_dir_read_name (tasks)) != NULL) {
    g_autofree char *path = g_strdup_printf ("/proc/self/task/%s/children", task), *list = NULL;
    g_auto(GStrv) pids = NULL;

    if (!g_file_get_contents (path, &list, NULL, NULL))
      continue;
    pids = g_strsplit_set (list, " \n", -1);
    for (guint i = 0; pids[i] != NULL; i++) {
      g_autofree char *stat = *pids[i] != '\0' ? g_strdup_printf ("/proc/%s/schedstat", pids[i]) : NULL;

      *workers += stat != NULL ? cpu_of (stat) : 0;
    }
  }
}

typedef struct {
  SohoaWorkerPool *pool;
  SohoaPlan       *plan;
  SohoaClearance  *clearance;
  SohoaRecord     *record;
  char            *folder, *out;
} Bench;

static void
prepare (Bench *b, char **paths, int n)
{
  g_autofree SohoaInput *inputs = g_new0 (SohoaInput, n);
  SohoaReadOptions options = { 0 };
  GError *error = NULL;

  for (int i = 0; i < n; i++)
    inputs[i] = (SohoaInput) { .name = paths[i], .fd = open (paths[i], O_RDONLY | O_CLOEXEC) };
  b->pool = sohoa_worker_pool_new (1, &error);
  must (b->pool != NULL && sohoa_pipeline_probe (b->pool, inputs, (guint) n, NULL, &b->plan, &error)
          && sohoa_pipeline_gate (b->pool, b->plan, SOHOA_GATE_PASS_UNSURE, NULL, &b->clearance, &error), error);
  b->folder = g_dir_make_tmp ("sohoa-bench-XXXXXX", &error);
  must (b->folder != NULL
          && sohoa_pipeline_read_pages (b->pool, b->plan, b->clearance, b->folder, &options, NULL, &b->record, &error), error);
  b->out = g_build_filename (b->folder, "out.pdf", NULL);
}

/* ms of CPU: parent and workers */
static void
make_one (Bench *b, SohoaSigner *signer, const SohoaTrustServices *services, double *parent, double *workers)
{
  static const char *const none[] = { NULL };
  SohoaPdfOptions options = { .block = opt_invisible ? none : NULL, .signer = signer, .services = signer != NULL ? services : NULL };
  SohoaPdfResult result = { 0 };
  GError *error = NULL;
  double p0, w0, p1, w1;

  cpu_now (&p0, &w0);
  must (sohoa_pipeline_make_pdf (b->pool, b->plan, b->folder, b->record, b->clearance, &options, b->out, NULL, &result, &error),
        error);
  cpu_now (&p1, &w1);
  if (signer != NULL && services != NULL && result.level < services->level)
    must (FALSE, g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED, "%s", result.why_less != NULL ? result.why_less : "level not reached"));
  sohoa_pdf_result_clear (&result);
  *parent += p1 - p0;
  *workers += w1 - w0;
}

/* ms of CPU of one CMS over one byte: nearly all of it is the key's own operation, which a token does for itself. */
static double
cms_cost (SohoaSigner *signer, guint rounds)
{
  const SohoaRange range = { 0, 1 };
  GError *error = NULL;
  int fd = sohoa_memfd_new_sealed ("byte", "x", 1, &error);
  double p0, p1, w;

  must (fd >= 0, error);
  cpu_now (&p0, &w);
  for (guint i = 0; i < rounds; i++) {
    g_autoptr(GBytes) cms = sohoa_signer_sign (signer, fd, &range, 1, &error);

    must (cms != NULL, error);
  }
  cpu_now (&p1, &w);
  sohoa_fd_clear (&fd);
  return (p1 - p0) / rounds;
}

static SohoaTrustServices
services_of (void)
{
  SohoaTrustServices s = { .tsa = opt_tsa };
  GError *error = NULL;

  if (opt_level != NULL && !sohoa_level_from_string (opt_level, &s.level))
    must (FALSE, NULL);
  if (opt_trust != NULL)
    must ((s.trust_pem = sohoa_file_read (opt_trust, TRUST_MAX_BYTES, &error)) != NULL, error);
  return s;
}

int
main (int argc, char **argv)
{
  g_autoptr(GOptionContext) context = g_option_context_new ("KEY.p12 PAGE…");
  g_autoptr(SohoaSigner) signer = NULL;
  SohoaTrustServices services;
  GError *error = NULL;
  Bench b = { 0 };
  double plain[2] = { 0 }, made[2] = { 0 }, cms, n, added;

  g_option_context_add_main_entries (context, entries, NULL);
  must (g_option_context_parse (context, &argc, &argv, &error), error);
  must (argc >= 3 && opt_rounds > 0, NULL);
  services = services_of ();
  signer = sohoa_signer_new_p12 (argv[1], -1, &error);
  must (signer != NULL, error);
  prepare (&b, argv + 2, argc - 2);
  for (int i = -2; i < opt_rounds; i++) { /* the first two warm up */
    double unused[2] = { 0 };

    make_one (&b, NULL, NULL, i < 0 ? &unused[0] : &plain[0], i < 0 ? &unused[1] : &plain[1]);
    make_one (&b, signer, &services, i < 0 ? &unused[0] : &made[0], i < 0 ? &unused[1] : &made[1]);
  }
  cms = cms_cost (signer, (guint) opt_rounds);
  n = opt_rounds;
  added = (made[0] + made[1] - plain[0] - plain[1]) / n;
  printf ("%d pages, %d documents of each kind, level %s; ms of CPU per document\n", argc - 2, opt_rounds,
          sohoa_level_to_profile (services.level));
  printf ("%-12s %10s %10s %10s\n", "", "parent", "worker", "both");
  printf ("%-12s %10.2f %10.2f %10.2f\n", "not signed", plain[0] / n, plain[1] / n, (plain[0] + plain[1]) / n);
  printf ("%-12s %10.2f %10.2f %10.2f\n", "signed", made[0] / n, made[1] / n, (made[0] + made[1]) / n);
  printf ("signing adds %.2f (target 15 besides token and authority), of it %.2f for the CMS with the key in a file\n", added, cms);
  (void) sohoa_folder_remove (b.folder, NULL);
  sohoa_worker_pool_free (b.pool);
  return 0;
}
