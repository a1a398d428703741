#include "sohoa-pipeline-private.h"

#include "sohoa-errors.h"

typedef struct {
  GMutex        lock;
  guint         next, n;
  guint         failed_at;  /* page of error */
  GError       *error;      /* (owned) (nullable) */
  GCancellable *inner;      /* (owned) cancelled by the first failure or by the caller */
  SohoaEachFunc each;
  gpointer      data;
} Run;

/* A mark outranks every other failure; among equals the first page. A cancel of ours says nothing. */
static void
keep_error (Run *run, guint i, GError *error)
{
  gboolean secret = g_error_matches (error, SOHOA_GATE_ERROR, SOHOA_GATE_ERROR_SECRET);
  gboolean had_secret = run->error != NULL && g_error_matches (run->error, SOHOA_GATE_ERROR, SOHOA_GATE_ERROR_SECRET);
  gboolean weak = g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);

  if (run->error == NULL || (secret && !had_secret) || (secret == had_secret && !weak && i < run->failed_at)) {
    g_clear_error (&run->error);
    run->error = error;
    run->failed_at = i;
  } else {
    g_error_free (error);
  }
}

static gpointer
run_thread (gpointer data)
{
  Run *run = data;

  for (;;) {
    GError *error = NULL;
    guint i;

    g_mutex_lock (&run->lock);
    i = run->error == NULL ? run->next++ : run->n;
    g_mutex_unlock (&run->lock);
    if (i >= run->n)
      return NULL;
    if (run->each (i, run->data, run->inner, &error))
      continue;
    g_mutex_lock (&run->lock);
    keep_error (run, i, error);
    g_mutex_unlock (&run->lock);
    g_cancellable_cancel (run->inner);
  }
}

static void
on_cancelled (GCancellable *outer, gpointer inner)
{
  g_cancellable_cancel (inner);
}

gboolean
sohoa_run_each (SohoaWorkerPool *pool, guint n, SohoaEachFunc each, gpointer data, GCancellable *cancellable,
                GError **error)
{
  g_autoptr(GCancellable) inner = g_cancellable_new ();
  g_autoptr(GPtrArray) threads = g_ptr_array_new ();
  Run run = { .n = n, .inner = inner, .each = each, .data = data };
  gulong handler = 0;

  g_mutex_init (&run.lock);
  if (cancellable != NULL)
    handler = g_cancellable_connect (cancellable, G_CALLBACK (on_cancelled), inner, NULL);
  for (guint i = 0; i < MIN (n, sohoa_worker_pool_get_size (pool)); i++)
    g_ptr_array_add (threads, g_thread_new ("page", run_thread, &run));
  for (guint i = 0; i < threads->len; i++)
    (void) g_thread_join (g_ptr_array_index (threads, i));
  if (handler != 0)
    g_cancellable_disconnect (cancellable, handler);
  g_mutex_clear (&run.lock);
  if (run.error == NULL)
    return TRUE;
  g_propagate_error (error, run.error);
  return FALSE;
}
