#include "sohoa-queue.h"

#include "sohoa-log.h"
#include "sohoa-reception.h"
#include "sohoa-steps.h"
#include "sohoa-time.h"

#define LEASE_MS (30u * 1000)
#define BEAT_MS (8u * 1000)
#define SIGNING_THREADS 4u           /* as many as questions to an authority at one time (sohoa-tsa.h) */
#define IDLE_MAX_MS (5 * 1000)        /* a full look at the store at least this often */
#define RETRY_FIRST_MS 1000u
#define RETRY_MAX_MS (10u * 60 * 1000)
#define OPERATOR_RETRY_MS (15u * 60 * 1000) /* what waits for a person is tried again, slowly */
#define MAX_ATTEMPTS_WORKER 3u        /* of a step whose error blames the worker, then FINAL */

/* One step thread. */
typedef struct {
  SohoaQueue      *queue;       /* (unowned) */
  GThread         *thread;      /* (owned) */
  gboolean         signs;       /* it works on signatures alone, and the others leave them to it */
  SohoaStoreClaim *claim;       /* (unowned) (nullable) under the queue's lock: what the heartbeat prolongs */
  GCancellable    *cancellable; /* (owned) (nullable) of the step under way */
} Runner;

struct _SohoaQueue {
  SohoaDesk *desk;    /* (unowned) */
  GMutex     lock;
  GCond      wake;
  guint      tickets; /* counts wake-ups, so that none is missed */
  gboolean   stopping;
  Runner    *runners; /* (owned) */
  guint      n_runners;
  GThread   *heart;   /* (owned) */
};

static guint32
jitter (guint32 ms)
{
  return ms - ms / 4 + g_random_int_range (0, (gint32) (ms / 2) + 1);
}

static gint64
retry_time (const SohoaStoreClaim *claim, SohoaErrorClass cls)
{
  guint32 ms = OPERATOR_RETRY_MS;

  if (cls == SOHOA_ERROR_CLASS_RETRY)
    ms = claim->attempts >= 11 ? RETRY_MAX_MS : MIN (RETRY_MAX_MS, RETRY_FIRST_MS << (claim->attempts - MIN (claim->attempts, 1)));
  return sohoa_time_now_us () + (gint64) jitter (ms) * 1000;
}

/* A step under a claim never meets another's revision (the fence does that): its conflict is with another document,
 * the same file submitted before or an arrival number that is taken. Trying again does not help; a person looks. */
static void
hold_conflict (SohoaQueue *self, const SohoaStoreClaim *claim, const GError *failure)
{
  SohoaStoreChange change = SOHOA_STORE_CHANGE_OF_CLAIM (claim);
  g_autoptr(GError) error = NULL;

  change.moves = TRUE;
  change.to = SOHOA_STATE_HELD;
  change.actor = SOHOA_DESK_ACTOR;
  change.kind = "conflict";
  change.failure = failure;
  g_message ("%s: %s: held: %s", claim->id, sohoa_state_to_string (claim->state), failure->message);
  if (!sohoa_store_change (self->desk->store, &change, NULL, &error))
    g_warning ("%s: not held: %s", claim->id, error->message);
}

/* A signature may wait minutes for its time stamp: threads of their own wait, so that nothing else does. */
static guint32
states_of (const Runner *runner)
{
  const SohoaQueue *self = runner->queue;
  guint32 states = sohoa_desk_working_states (self->desk), signing = 1u << SOHOA_STATE_SIGNING;

  if (self->desk->conf->level == SOHOA_LEVEL_B)
    return states;
  return runner->signs ? states & signing : states & ~signing;
}

/* What happens to a claim whose step failed. */
static void
settle_failure (SohoaQueue *self, const SohoaStoreClaim *claim, const GError *failure)
{
  SohoaErrorClass cls = sohoa_error_class (failure);
  g_autoptr(GError) error = NULL;
  gboolean worker = failure->domain == SOHOA_OCR_ERROR;
  gint64 retry_at = 0;

  if (g_error_matches (failure, SOHOA_STORE_ERROR, SOHOA_STORE_ERROR_LEASE_LOST)) {
    sohoa_debug (SOHOA_DEBUG_QUEUE, "%s: changed by somebody meanwhile: it is theirs", claim->id);
    return;
  }
  if (g_error_matches (failure, SOHOA_ERROR, SOHOA_ERROR_CONFLICT)) {
    hold_conflict (self, claim, failure);
    return;
  }
  if (g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    if (!sohoa_store_release (self->desk->store, claim, &error))
      sohoa_debug (SOHOA_DEBUG_QUEUE, "%s: not given back: %s", claim->id, error->message);
    return;
  }
  if ((cls == SOHOA_ERROR_CLASS_RETRY && !(worker && claim->attempts >= MAX_ATTEMPTS_WORKER))
      || cls == SOHOA_ERROR_CLASS_OPERATOR)
    retry_at = retry_time (claim, cls);
  if (cls == SOHOA_ERROR_CLASS_BUG)
    g_warning ("%s: %s: %s (our own fault)", claim->id, sohoa_state_to_string (claim->state), failure->message);
  else
    g_message ("%s: %s: %s", claim->id, sohoa_state_to_string (claim->state), sohoa_error_name (failure));
  if (!sohoa_store_fail (self->desk->store, claim, failure, retry_at, SOHOA_DESK_ACTOR, NULL, &error))
    g_warning ("%s: the failure was not stored: %s", claim->id, error->message);
  else if (retry_at == 0 && claim->state == SOHOA_STATE_CAPTURED)
    sohoa_reception_refused (self->desk, claim->id, failure->message);
}

static void
work (Runner *runner, SohoaStoreClaim *claim)
{
  SohoaQueue *self = runner->queue;
  g_autoptr(GError) error = NULL;
  g_autoptr(SohoaStoreDocument) document = NULL;
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  SohoaStep step = { .desk = self->desk, .claim = claim, .cancellable = cancellable };
  gboolean ok;

  g_mutex_lock (&self->lock);
  runner->claim = claim;
  runner->cancellable = g_object_ref (cancellable);
  if (self->stopping)
    g_cancellable_cancel (cancellable);
  g_mutex_unlock (&self->lock);

  document = sohoa_store_find (self->desk->store, claim->id, &error);
  step.document = document;
  sohoa_debug (SOHOA_DEBUG_QUEUE, "%s: %s", claim->id, sohoa_state_to_string (claim->state));
  ok = document != NULL && !g_cancellable_set_error_if_cancelled (cancellable, &error) && sohoa_step_run (&step, &error);

  g_mutex_lock (&self->lock);
  runner->claim = NULL;
  g_clear_object (&runner->cancellable);
  g_mutex_unlock (&self->lock);
  if (!ok)
    settle_failure (self, claim, error);
}

/* Sleeps until woken, until the next job is due, or a while. Called with the lock held. */
static void
rest (Runner *runner, guint seen)
{
  SohoaQueue *self = runner->queue;
  gint64 due = 0;
  gint64 wait_us = (gint64) IDLE_MAX_MS * 1000;

  g_mutex_unlock (&self->lock);
  if (sohoa_store_next_due (self->desk->store, states_of (runner), &due, NULL) && due > 0)
    wait_us = CLAMP (due - sohoa_time_now_us (), 20 * 1000, wait_us);
  g_mutex_lock (&self->lock);
  if (!self->stopping && seen == self->tickets)
    (void) g_cond_wait_until (&self->wake, &self->lock, g_get_monotonic_time () + wait_us);
}

static gpointer
run (gpointer data)
{
  Runner *runner = data;
  SohoaQueue *self = runner->queue;

  g_mutex_lock (&self->lock);
  while (!self->stopping) {
    g_autoptr(SohoaStoreClaim) claim = NULL;
    g_autoptr(GError) error = NULL;
    guint seen = self->tickets;

    g_mutex_unlock (&self->lock);
    if (!sohoa_store_claim_next (self->desk->store, self->desk->instance, states_of (runner), LEASE_MS, 0, &claim, &error))
      g_warning ("queue: %s", error->message);
    if (claim != NULL)
      work (runner, claim);
    g_mutex_lock (&self->lock);
    if (claim == NULL)
      rest (runner, seen);
  }
  g_mutex_unlock (&self->lock);
  return NULL;
}

/* Prolongs every lease; one that is lost stops its step. The claim cannot go away: its runner takes the lock first. */
static void
beat_once (SohoaQueue *self)
{
  for (guint i = 0; i < self->n_runners; i++) {
    Runner *runner = &self->runners[i];
    g_autoptr(GError) error = NULL;

    if (runner->claim == NULL)
      continue;
    if (!sohoa_store_heartbeat (self->desk->store, runner->claim, LEASE_MS, 0, &error)) {
      g_message ("%s: heartbeat: %s", runner->claim->id, sohoa_error_name (error));
      if (g_error_matches (error, SOHOA_STORE_ERROR, SOHOA_STORE_ERROR_LEASE_LOST))
        g_cancellable_cancel (runner->cancellable);
    }
  }
}

static gpointer
beat (gpointer data)
{
  SohoaQueue *self = data;
  gint64 next = g_get_monotonic_time () + (gint64) BEAT_MS * 1000;

  g_mutex_lock (&self->lock);
  while (!self->stopping) {
    if (g_cond_wait_until (&self->wake, &self->lock, next))
      continue;
    beat_once (self);
    next = g_get_monotonic_time () + (gint64) BEAT_MS * 1000;
  }
  g_mutex_unlock (&self->lock);
  return NULL;
}

SohoaQueue *
sohoa_queue_new (SohoaDesk *desk, guint n_threads)
{
  SohoaQueue *self = g_new0 (SohoaQueue, 1);

  self->desk = desk;
  g_mutex_init (&self->lock);
  g_cond_init (&self->wake);
  if (n_threads == 0)
    n_threads = (guint) g_get_num_processors ();
  self->n_runners = n_threads + (desk->conf->level > SOHOA_LEVEL_B ? SIGNING_THREADS : 0);
  self->runners = g_new0 (Runner, self->n_runners);
  for (guint i = 0; i < self->n_runners; i++) {
    self->runners[i].queue = self;
    self->runners[i].signs = i >= n_threads;
    self->runners[i].thread = g_thread_new ("step", run, &self->runners[i]);
  }
  self->heart = g_thread_new ("heartbeat", beat, self);
  return self;
}

void
sohoa_queue_wake (gpointer data)
{
  SohoaQueue *self = data;

  g_mutex_lock (&self->lock);
  self->tickets++;
  g_cond_broadcast (&self->wake);
  g_mutex_unlock (&self->lock);
}

guint
sohoa_queue_count_working (SohoaQueue *self)
{
  guint n = 0;

  g_mutex_lock (&self->lock);
  for (guint i = 0; i < self->n_runners; i++)
    n += self->runners[i].claim != NULL;
  g_mutex_unlock (&self->lock);
  return n;
}

void
sohoa_queue_free (SohoaQueue *self)
{
  if (self == NULL)
    return;
  g_mutex_lock (&self->lock);
  self->stopping = TRUE;
  for (guint i = 0; i < self->n_runners; i++)
    if (self->runners[i].cancellable != NULL)
      g_cancellable_cancel (self->runners[i].cancellable);
  g_cond_broadcast (&self->wake);
  g_mutex_unlock (&self->lock);
  for (guint i = 0; i < self->n_runners; i++)
    g_thread_join (self->runners[i].thread);
  g_thread_join (self->heart);
  g_free (self->runners);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->wake);
  g_free (self);
}
