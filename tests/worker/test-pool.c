/* The pool against workers that die, hang and lie (tests/worker/odd-worker.c). */
#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-worker-pool.h"

#include <glib/gstdio.h>

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SHORT_MS 500
#define LONG_MS 20000

static SohoaWorkerPool *
pool_new (guint n)
{
  g_autofree char *program = g_build_filename (g_getenv ("SOHOA_TOP_BUILDDIR"), "tests/worker/odd-worker", NULL);
  g_autoptr(GError) error = NULL;
  SohoaWorkerPool *pool = sohoa_worker_pool_new_for_program (program, n, &error);

  g_assert_no_error (error);
  return pool;
}

static void
expect_good (SohoaWorkerPool *pool)
{
  g_autoptr(GVariant) reply = NULL;
  g_autoptr(GError) error = NULL;

  g_assert_true (sohoa_worker_pool_call (pool, "echo", NULL, NULL, 0, LONG_MS, NULL, &reply, &error));
  g_assert_no_error (error);
}

static void
test_environment (void)
{
  g_autoptr(SohoaWorkerPool) pool = pool_new (1);
  g_autoptr(GVariant) reply = NULL;
  g_autoptr(GError) error = NULL;
  const char *omp;
  gboolean secret;
  guint32 fds;

  g_setenv ("SOHOA_TEST_SECRET", "1", TRUE);
  g_assert_true (sohoa_worker_pool_call (pool, "echo", NULL, NULL, 0, LONG_MS, NULL, &reply, &error));
  g_assert_no_error (error);
  g_assert_true (g_variant_lookup (reply, "omp", "&s", &omp));
  g_assert_cmpstr (omp, ==, "1");
  g_assert_true (g_variant_lookup (reply, "secret", "b", &secret));
  g_assert_false (secret);
  g_assert_true (g_variant_lookup (reply, "fds", "u", &fds));
  g_assert_cmpuint (fds, ==, 4); /* 0, 1, 2 and the pipe */
  g_unsetenv ("SOHOA_TEST_SECRET");
}

typedef struct {
  const char *op;
  int         timeout_ms;
  GQuark (*domain) (void);
  int         code;
  guint       lost; /* processes the request may cost */
} Row;

static const Row rows[] = {
  { "die", LONG_MS, sohoa_ocr_error_quark, SOHOA_OCR_ERROR_WORKER_DIED, 2 },
  { "garbage", LONG_MS, sohoa_ocr_error_quark, SOHOA_OCR_ERROR_WORKER_DIED, 2 },
  { "huge", LONG_MS, sohoa_ocr_error_quark, SOHOA_OCR_ERROR_WORKER_DIED, 2 },
  { "half", LONG_MS, sohoa_ocr_error_quark, SOHOA_OCR_ERROR_WORKER_DIED, 2 },
  { "wrong", LONG_MS, sohoa_ocr_error_quark, SOHOA_OCR_ERROR_WORKER_DIED, 2 },
  { "hang", SHORT_MS, sohoa_ocr_error_quark, SOHOA_OCR_ERROR_TIMEOUT, 1 },
  { "refuse", LONG_MS, sohoa_intake_error_quark, SOHOA_INTAKE_ERROR_ENCRYPTED, 0 },
};

static void
test_row (gconstpointer data)
{
  const Row *row = data;
  g_autoptr(SohoaWorkerPool) pool = pool_new (1);
  g_autoptr(GError) error = NULL;
  GVariantDict args;

  g_variant_dict_init (&args, NULL);
  g_variant_dict_insert (&args, "page", "u", 7);
  g_assert_false (sohoa_worker_pool_call (pool, row->op, g_variant_dict_end (&args), NULL, 0, row->timeout_ms, NULL, NULL,
                                          &error));
  g_assert_error (error, row->domain (), row->code);
  g_assert_cmpuint (sohoa_worker_pool_count_lost (pool), ==, row->lost);
  if (row->lost > 0)
    g_assert_true (g_str_has_prefix (error->message, "page 7: "));
  expect_good (pool); /* the pool goes on */
}

static void
test_once (void)
{
  g_autoptr(SohoaWorkerPool) pool = pool_new (1);
  g_autoptr(GError) error = NULL;
  SOHOA_AUTO_FD int fd = sohoa_memfd_new ("once", &error);

  g_assert_true (sohoa_worker_pool_call (pool, "die-once", NULL, &fd, 1, LONG_MS, NULL, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (sohoa_worker_pool_count_lost (pool), ==, 1);
}

static gpointer
cancel_later (gpointer cancellable)
{
  g_usleep (200 * 1000);
  g_cancellable_cancel (cancellable);
  return NULL;
}

static void
test_cancel (void)
{
  g_autoptr(SohoaWorkerPool) pool = pool_new (1);
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(GError) error = NULL;
  GThread *thread = g_thread_new ("cancel", cancel_later, cancellable);
  gint64 begin = g_get_monotonic_time ();

  g_assert_false (sohoa_worker_pool_call (pool, "hang", NULL, NULL, 0, LONG_MS, cancellable, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (g_get_monotonic_time () - begin, <, 10 * G_USEC_PER_SEC);
  g_thread_join (thread);
  expect_good (pool);
}

static gpointer
call_often (gpointer pool)
{
  for (guint i = 0; i < 25; i++)
    expect_good (pool);
  return NULL;
}

/* Threads come and go; their workers must not die with them (PR_SET_PDEATHSIG is per thread). */
static void
test_threads (void)
{
  g_autoptr(SohoaWorkerPool) pool = pool_new (2);
  GThread *threads[8];

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("caller", call_often, pool);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    (void) g_thread_join (threads[i]);
  g_usleep (100 * 1000);
  expect_good (pool);
  g_assert_cmpuint (sohoa_worker_pool_count_lost (pool), ==, 0);
}

static void
test_missing (void)
{
  g_autoptr(GError) error = NULL;

  g_assert_null (sohoa_worker_pool_new_for_program ("/nonexistent/worker", 1, &error));
  g_assert_error (error, SOHOA_ERROR, SOHOA_ERROR_UNAVAILABLE);
}

static void
test_not_a_worker (void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(SohoaWorkerPool) pool = sohoa_worker_pool_new_for_program ("/bin/true", 1, &error);

  g_assert_null (sohoa_worker_pool_check (pool, &error));
  g_assert_error (error, SOHOA_ERROR, SOHOA_ERROR_UNAVAILABLE);
}

/* After the pool is gone, so are its processes. */
static void
test_no_orphans (void)
{
  SohoaWorkerPool *pool = pool_new (1);
  g_autoptr(GVariant) reply = NULL;
  g_autoptr(GError) error = NULL;
  gint32 pid = 0;

  g_assert_true (sohoa_worker_pool_call (pool, "echo", NULL, NULL, 0, LONG_MS, NULL, &reply, &error));
  g_assert_true (g_variant_lookup (reply, "pid", "i", &pid));
  g_assert_cmpint (kill (pid, 0), ==, 0);
  sohoa_worker_pool_free (pool);
  g_assert_cmpint (kill (pid, 0), ==, -1);
  g_assert_cmpint (errno, ==, ESRCH);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pool/environment", test_environment);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *path = g_strdup_printf ("/pool/odd/%s", rows[i].op);

    g_test_add_data_func (path, &rows[i], test_row);
  }
  g_test_add_func ("/pool/died-once", test_once);
  g_test_add_func ("/pool/cancel", test_cancel);
  g_test_add_func ("/pool/threads", test_threads);
  g_test_add_func ("/pool/missing", test_missing);
  g_test_add_func ("/pool/not-a-worker", test_not_a_worker);
  g_test_add_func ("/pool/no-orphans", test_no_orphans);
  return g_test_run ();
}
