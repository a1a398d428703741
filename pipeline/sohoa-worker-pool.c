#include "sohoa-worker-pool.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-log.h"
#include "sohoa-worker-process.h"

#define TRIES 2                          /* a request whose worker dies is made once more */
#define CANCEL_LOOK_US (100 * 1000)      /* how often a caller that waits for a worker looks at its cancellable */

/* Everything else of our environment stays outside: no locale, proxy, preload or bus address. */
static const char *const passed_on[] = { "SOHOA_DATA_DIR", "SOHOA_LIBEXEC_DIR", "SOHOA_DEBUG", "TESSDATA_PREFIX",
                                         "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", NULL };
/* OMP_THREAD_LIMIT must be there before exec: libgomp reads it when it is loaded (findings.md 4). */
static const char *const fixed[] = { "OMP_THREAD_LIMIT=1", "LC_ALL=C.UTF-8", "TZ=UTC", "PATH=/nonexistent",
                                     "HOME=/nonexistent", NULL };

static const SohoaWorkerKind page_worker = {
  .noun = "page worker",
  .passed_on = passed_on,
  .fixed = fixed,
  .domain = sohoa_ocr_error_quark,
  .late = SOHOA_OCR_ERROR_TIMEOUT,
  .died = SOHOA_OCR_ERROR_WORKER_DIED,
  .advice = "try again, or scan it again",
};

struct _SohoaWorkerPool {
  char        *program; /* (owned) */
  guint        size;
  GMutex       lock;
  GCond        changed;
  GQueue       idle;    /* (owned) (element-type SohoaWorkerProcess) */
  guint        alive;   /* idle + at work + being started */
  guint        n_lost;
};

SohoaWorkerPool *
sohoa_worker_pool_new_for_program (const char *program, guint n_workers, GError **error)
{
  SohoaWorkerPool *self;

  if (!g_file_test (program, G_FILE_TEST_IS_EXECUTABLE)) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_UNAVAILABLE, "page worker: %s is not there: install it again", program);
    return NULL;
  }
  self = g_new0 (SohoaWorkerPool, 1);
  self->program = g_strdup (program);
  self->size = CLAMP (n_workers == 0 ? g_get_num_processors () : n_workers, 1, SOHOA_POOL_MAX_WORKERS);
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  g_queue_init (&self->idle);
  return self;
}

SohoaWorkerPool *
sohoa_worker_pool_new (guint n_workers, GError **error)
{
  g_autofree char *program = sohoa_path_program ("worker", "sohoa-page-worker");

  return sohoa_worker_pool_new_for_program (program, n_workers, error);
}

void
sohoa_worker_pool_free (SohoaWorkerPool *self)
{
  if (self == NULL)
    return;
  g_queue_clear_full (&self->idle, (GDestroyNotify) sohoa_worker_process_free);
  g_cond_clear (&self->changed);
  g_mutex_clear (&self->lock);
  g_free (self->program);
  g_free (self);
}

guint
sohoa_worker_pool_get_size (SohoaWorkerPool *self)
{
  return self->size;
}

guint
sohoa_worker_pool_count_lost (SohoaWorkerPool *self)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->n_lost;
}

/* Called with the lock held; gives it up while the process starts. */
static SohoaWorkerProcess *
start_one (SohoaWorkerPool *self, GError **error)
{
  SohoaWorkerProcess *process;

  self->alive++;
  g_mutex_unlock (&self->lock);
  process = sohoa_worker_process_new (&page_worker, self->program, SOHOA_POOL_HELLO_TIMEOUT_MS, error);
  g_mutex_lock (&self->lock);
  if (process == NULL) {
    self->alive--;
    g_cond_broadcast (&self->changed);
  }
  return process;
}

static SohoaWorkerProcess *
take_worker (SohoaWorkerPool *self, GCancellable *cancellable, GError **error)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  while (g_queue_is_empty (&self->idle)) {
    if (g_cancellable_set_error_if_cancelled (cancellable, error))
      return NULL;
    if (self->alive < self->size)
      return start_one (self, error);
    (void) g_cond_wait_until (&self->changed, &self->lock, g_get_monotonic_time () + CANCEL_LOOK_US);
  }
  return g_queue_pop_head (&self->idle); /* the one used last: its memory is warm */
}

static void
give_back (SohoaWorkerPool *self, SohoaWorkerProcess *process, SohoaWorkerOutcome outcome)
{
  if (outcome != SOHOA_WORKER_ANSWERED)
    sohoa_worker_process_free (process); /* before the lock: waits for the end of the child */
  g_mutex_lock (&self->lock);
  if (outcome == SOHOA_WORKER_ANSWERED) {
    g_queue_push_head (&self->idle, process);
  } else {
    self->alive--;
    self->n_lost++;
  }
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

const char *
sohoa_worker_pool_check (SohoaWorkerPool *self, GError **error)
{
  SohoaWorkerProcess *process = take_worker (self, NULL, error);
  const char *sandbox;

  if (process == NULL)
    return NULL;
  sandbox = sohoa_worker_process_get_sandbox (process);
  give_back (self, process, SOHOA_WORKER_ANSWERED);
  return sandbox;
}

/* "page 3: …", or the name of the operation when it is not about one page. */
static void
name_the_page (GVariant *args, const char *op, GError **error)
{
  guint32 page;

  if (g_variant_lookup (args, "page", "u", &page))
    g_prefix_error (error, "page %u: ", page);
  else
    g_prefix_error (error, "%s: ", op);
}

gboolean
sohoa_worker_pool_call (SohoaWorkerPool *self, const char *op, GVariant *args, const int *fds, guint n_fds,
                        int timeout_ms, GCancellable *cancellable, GVariant **reply_out, GError **error)
{
  g_autoptr(GVariant) owned = NULL;
  g_autoptr(GVariant) reply = NULL;
  g_autoptr(GError) local = NULL;
  SohoaWorkerOutcome outcome = SOHOA_WORKER_LOST;

  if (reply_out != NULL)
    *reply_out = NULL;
  owned = g_variant_ref_sink (args != NULL ? args : g_variant_new_array (G_VARIANT_TYPE ("{sv}"), NULL, 0));
  for (guint i = 0; i < TRIES && outcome == SOHOA_WORKER_LOST; i++) {
    SohoaWorkerProcess *process;

    g_clear_error (&local);
    process = take_worker (self, cancellable, error);
    if (process == NULL)
      return FALSE;
    outcome = sohoa_worker_process_ask (process, op, owned, fds, n_fds, timeout_ms, cancellable, &reply, &local);
    give_back (self, process, outcome);
  }
  if (local != NULL) {
    g_propagate_error (error, g_steal_pointer (&local));
    if (outcome == SOHOA_WORKER_LOST || outcome == SOHOA_WORKER_LATE)
      name_the_page (owned, op, error);
    return FALSE;
  }
  if (reply_out != NULL)
    *reply_out = g_steal_pointer (&reply);
  return TRUE;
}
