/* Map of the objects
 * SohoaScanSession  one scan; owned by its caller, its thread, its pages and the events on their way
 * session_main      the thread: opens, sets up, reads; owns the link to the worker
 * Event             something to tell, on its way to the caller's main context
 * claims            which device is in use or being wound up, for the whole program */
#include "sohoa-scan-session.h"

#include "sohoa-scan-link.h"
#include "sohoa-scan-protocol.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-log.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define DEFAULT_MAX_PAGES 4u
#define PROGRESS_INTERVAL_US (100 * 1000)
#define COOL_DOWN_US (1000 * 1000)          /* a killed driver leaves the device in the middle of something */
#define RELEASE_WAIT_US (25 * 1000 * 1000)  /* drain, close and kill of the session before */
#define OPEN_TRIES 2

struct _SohoaScanSession {
  gatomicrefcount refs;
  const SohoaScanHandler *handler; /* (unowned) static */
  gpointer      data;
  GMainContext *context;           /* (owned) of the caller */
  char         *device;            /* (owned) */
  char        **options;           /* (owned) */
  SohoaScanProfile *profile;       /* (owned) */
  guint         first_sheet, max_images, max_pages, call_limit_ms;
  int           stop_fd;           /* (owned) eventfd */

  GMutex        lock;              /* all below */
  GCond         changed;
  guint         waiting_pages;
  gboolean      stopping, ended;
  gboolean      detached;          /* the caller has freed it: nothing is told any more */
  guint         n_images;
  gboolean      feeder, duplex;    /* as set and read back */
  gboolean      image_under_way;
  gboolean      retried;
};

static gint n_running; /* atomic */

const char *
sohoa_scan_end_to_string (SohoaScanEnd end)
{
  switch (end) {
  case SOHOA_SCAN_END_COMPLETE: return "complete";
  case SOHOA_SCAN_END_STOPPED: return "stopped";
  case SOHOA_SCAN_END_FAILED: return "failed";
  }
  return "failed";
}

guint
sohoa_scan_session_count_running (void)
{
  return (guint) g_atomic_int_get (&n_running);
}

static SohoaScanSession *
session_ref (SohoaScanSession *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

static void
session_unref (SohoaScanSession *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_main_context_unref (self->context);
  g_free (self->device);
  g_strfreev (self->options);
  sohoa_scan_profile_free (self->profile);
  sohoa_fd_clear (&self->stop_fd);
  g_cond_clear (&self->changed);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/* ---- claims ---- */

typedef enum { CLAIM_IN_USE = 1, CLAIM_WINDING_UP } Claim;
static GMutex claims_lock;
static GCond claims_changed;
static GHashTable *claims; /* device name → Claim */

static gboolean
claim_take (const char *device, GError **error)
{
  gint64 deadline_us = g_get_monotonic_time () + RELEASE_WAIT_US;
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&claims_lock);

  if (claims == NULL)
    claims = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  while (GPOINTER_TO_INT (g_hash_table_lookup (claims, device)) == CLAIM_WINDING_UP)
    if (!g_cond_wait_until (&claims_changed, &claims_lock, deadline_us))
      break;
  if (g_hash_table_contains (claims, device)) {
    g_set_error (error, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_DEVICE_BUSY,
                 "%s: is in use by this desk: wait until its scan has ended", device);
    return FALSE;
  }
  g_hash_table_insert (claims, g_strdup (device), GINT_TO_POINTER (CLAIM_IN_USE));
  return TRUE;
}

static void
claim_wind_up (const char *device)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&claims_lock);

  if (claims != NULL && g_hash_table_contains (claims, device))
    g_hash_table_insert (claims, g_strdup (device), GINT_TO_POINTER (CLAIM_WINDING_UP));
}

static void
claim_release (const char *device)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&claims_lock);

  g_hash_table_remove (claims, device);
  g_cond_broadcast (&claims_changed);
}

/* ---- telling ---- */

typedef struct {
  SohoaScanSession *session; /* (owned) */
  enum { TELL_PAGE, TELL_PROGRESS, TELL_READY, TELL_END } kind;
  SohoaScanPage *page;       /* (owned) (nullable) */
  guint         sheet;
  SohoaScanSide side;
  guint64       bytes, expected;
  GVariant     *settings;    /* (owned) (nullable) */
  char        **notes;       /* (owned) (nullable) */
  SohoaScanOutcome outcome;
  GError       *error;       /* (owned) (nullable) the outcome's */
} Event;

static void
event_free (gpointer data)
{
  Event *event = data;

  g_clear_pointer (&event->page, sohoa_scan_page_free);
  g_clear_pointer (&event->settings, g_variant_unref);
  g_strfreev (event->notes);
  g_clear_error (&event->error);
  session_unref (event->session);
  g_free (event);
}

static gboolean
on_event (gpointer data)
{
  Event *event = data;
  SohoaScanSession *self = event->session;
  const SohoaScanHandler *handler = self->handler;

  if (self->detached) /* written on this context only */
    return G_SOURCE_REMOVE;
  switch (event->kind) {
  case TELL_PAGE:
    handler->page (self, g_steal_pointer (&event->page), self->data);
    break;
  case TELL_PROGRESS:
    if (handler->progress != NULL)
      handler->progress (self, event->sheet, event->side, event->bytes, event->expected, self->data);
    break;
  case TELL_READY:
    if (handler->ready != NULL)
      handler->ready (self, event->settings, (const char *const *) event->notes, self->data);
    break;
  case TELL_END:
    event->outcome.error = event->error;
    handler->end (self, &event->outcome, self->data);
    break;
  }
  return G_SOURCE_REMOVE;
}

static Event *
event_new (SohoaScanSession *self, int kind)
{
  Event *event = g_new0 (Event, 1);

  event->session = session_ref (self);
  event->kind = kind;
  return event;
}

static void
tell (Event *event)
{
  g_autoptr(GSource) source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, on_event, event, event_free);
  g_source_attach (source, event->session->context);
}

/* Lock held. Number of the sheet of image @n (from 0). */
static guint
sheet_of (SohoaScanSession *self, guint n)
{
  return self->first_sheet + (self->duplex ? n / 2 : n);
}

/* Lock held. */
static void
fill_outcome (SohoaScanSession *self, SohoaScanOutcome *outcome, gboolean sheet_moved)
{
  guint sides = self->duplex ? 2 : 1;
  gboolean half = self->n_images % sides != 0;

  outcome->n_images = self->n_images;
  outcome->n_sheets = self->n_images / sides;
  outcome->retried = self->retried;
  if (self->feeder && (half || sheet_moved)) {
    outcome->put_back = sheet_of (self, self->n_images);
    outcome->sides_of_it = half ? 1 : 0;
  }
}

/* @error is taken. The first one counts. */
static void
end_with (SohoaScanSession *self, SohoaScanEnd end, gboolean sheet_moved, GError *error)
{
  Event *event = event_new (self, TELL_END);

  g_mutex_lock (&self->lock);
  if (self->ended) {
    g_mutex_unlock (&self->lock);
    g_clear_error (&error);
    event_free (event);
    return;
  }
  self->ended = TRUE;
  event->outcome.end = end;
  if (end == SOHOA_SCAN_END_STOPPED)
    g_clear_error (&error); /* that it was broken off is no trouble */
  event->error = error;
  fill_outcome (self, &event->outcome, sheet_moved);
  tell (event);
  g_mutex_unlock (&self->lock);
}

static gboolean
is_stopping (SohoaScanSession *self)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->stopping;
}

/* ---- one page ---- */

/* FALSE: stopped meanwhile. */
static gboolean
wait_for_room (SohoaScanSession *self)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  while (self->waiting_pages >= self->max_pages && !self->stopping)
    g_cond_wait (&self->changed, &self->lock);
  return !self->stopping;
}

static void
set_under_way (SohoaScanSession *self, gboolean under_way)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  self->image_under_way = under_way;
}

static void
tell_progress (SohoaScanSession *self, guint64 bytes, guint64 expected, gint64 *last_us)
{
  Event *event;

  if (g_get_monotonic_time () - *last_us < PROGRESS_INTERVAL_US)
    return;
  *last_us = g_get_monotonic_time ();
  event = event_new (self, TELL_PROGRESS);
  event->bytes = bytes;
  event->expected = expected;
  g_mutex_lock (&self->lock);
  event->sheet = sheet_of (self, self->n_images);
  event->side = self->duplex && self->n_images % 2 == 1 ? SOHOA_SCAN_BACK : SOHOA_SCAN_FRONT;
  if (self->ended)
    event_free (event);
  else
    tell (event);
  g_mutex_unlock (&self->lock);
}

/* What the worker says of the picture, checked against what lies in the memory file. */
static SohoaScanPage *
make_page (GVariant *said, int *fd, GError **error)
{
  g_autoptr(SohoaScanPage) page = sohoa_scan_page_from_variant (said, error);
  goffset size;

  if (page == NULL)
    return NULL;
  if (!sohoa_memfd_seal (*fd, error))
    return NULL;
  size = sohoa_fd_size (*fd);
  if (size <= 0 || (guint64) size != page->size_bytes || page->size_bytes > SOHOA_SCAN_PAGE_MAX_BYTES) {
    g_set_error (error, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_BAD_IMAGE,
                 "page: the scan worker delivered another size than it says: scan this sheet again");
    return NULL;
  }
  page->fd = sohoa_fd_steal (fd);
  return g_steal_pointer (&page);
}

/* A page of ours was freed; any thread. */
static void
on_page_freed (gpointer owner)
{
  SohoaScanSession *self = owner;

  g_mutex_lock (&self->lock);
  self->waiting_pages--;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  session_unref (self);
}

static void
hand_over (SohoaScanSession *self, SohoaScanPage *page)
{
  Event *event = event_new (self, TELL_PAGE);

  g_mutex_lock (&self->lock);
  event->page = page;
  if (self->ended) { /* came too late: the outcome, told already, does not count it */
    g_mutex_unlock (&self->lock);
    event_free (event);
    return;
  }
  page->sheet = sheet_of (self, self->n_images);
  page->side = self->duplex && self->n_images % 2 == 1 ? SOHOA_SCAN_BACK : SOHOA_SCAN_FRONT;
  page->turn = page->side == SOHOA_SCAN_BACK && self->profile->turn_backs ? 180 : 0;
  page->sequence = ++self->n_images;
  page->owner = session_ref (self);
  page->release = on_page_freed;
  self->waiting_pages++;
  self->image_under_way = FALSE;
  tell (event);
  g_mutex_unlock (&self->lock);
}

static guint64
lookup_size (GVariant *args, const char *key)
{
  guint64 value = 0;

  (void) g_variant_lookup (args, key, "t", &value);
  return value;
}

/* Reads until the picture is whole. */
static SohoaScanPage *
read_page (SohoaScanSession *self, SohoaScanLink *link, int *fd, guint64 expected, GError **error)
{
  gint64 last_us = 0;

  for (;;) {
    g_autoptr(GVariant) reply = NULL;
    g_autoptr(GVariant) said = NULL;
    gboolean done = FALSE;

    if (!sohoa_scan_link_ask (link, SOHOA_SCAN_OP_READ, NULL, -1,
                              SOHOA_SCAN_READ_TIMEOUT_MS + SOHOA_SCAN_READ_SLICE_MS + SOHOA_SCAN_MARGIN_MS, &reply, error))
      return NULL;
    if (is_stopping (self)) {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "stopped");
      return NULL;
    }
    (void) g_variant_lookup (reply, "done", "b", &done);
    if (!done) {
      tell_progress (self, lookup_size (reply, "bytes"), expected, &last_us);
      continue;
    }
    said = g_variant_lookup_value (reply, "page", G_VARIANT_TYPE_VARDICT);
    return make_page (said, fd, error);
  }
}

/* Answers to a start that no sheet moved for. */
static gboolean
is_before_paper (const GError *error)
{
  static const SohoaScanError codes[] = { SOHOA_SCAN_ERROR_NO_PAPER, SOHOA_SCAN_ERROR_DEVICE_BUSY, SOHOA_SCAN_ERROR_ACCESS_DENIED,
                                          SOHOA_SCAN_ERROR_OFFLINE, SOHOA_SCAN_ERROR_UNSUPPORTED, SOHOA_SCAN_ERROR_NO_DEVICE };

  for (guint i = 0; i < G_N_ELEMENTS (codes); i++)
    if (g_error_matches (error, SOHOA_SCAN_ERROR, codes[i]))
      return TRUE;
  return FALSE;
}

/* One side of a sheet. FALSE without *error: no more paper, all is well. */
static gboolean
scan_page (SohoaScanSession *self, SohoaScanLink *link, GError **error)
{
  SOHOA_AUTO_FD int fd = sohoa_memfd_new ("scan-page", error);
  g_autoptr(GVariant) reply = NULL;
  g_autoptr(GError) local = NULL;
  SohoaScanPage *page;

  if (fd < 0)
    return FALSE;
  set_under_way (self, TRUE);
  if (!sohoa_scan_link_ask (link, SOHOA_SCAN_OP_PAGE, NULL, fd, SOHOA_SCAN_START_TIMEOUT_MS + SOHOA_SCAN_MARGIN_MS, &reply,
                            &local)) {
    if (is_before_paper (local))
      set_under_way (self, FALSE);
    if (self->n_images > 0 && g_error_matches (local, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_NO_PAPER))
      return FALSE;
    g_propagate_error (error, g_steal_pointer (&local));
    return FALSE;
  }
  page = read_page (self, link, &fd, lookup_size (reply, "bytes"), error);
  if (page == NULL)
    return FALSE;
  hand_over (self, page);
  return TRUE;
}

/* ---- the thread ---- */

static gboolean
open_and_apply (SohoaScanSession *self, SohoaScanLink *link, GError **error)
{
  g_autoptr(GVariant) reply = NULL;
  g_auto(GStrv) notes = NULL;
  GVariantDict args;
  Event *event;

  g_variant_dict_init (&args, NULL);
  g_variant_dict_insert (&args, "device", "s", self->device);
  g_variant_dict_insert (&args, "limit", "u", self->call_limit_ms);
  if (!sohoa_scan_link_ask (link, SOHOA_SCAN_OP_OPEN, g_variant_dict_end (&args), -1,
                            SOHOA_SCAN_INIT_TIMEOUT_MS + SOHOA_SCAN_OPEN_TIMEOUT_MS + SOHOA_SCAN_MARGIN_MS, NULL, error))
    return FALSE;
  g_variant_dict_init (&args, NULL);
  g_variant_dict_insert_value (&args, "settings", sohoa_scan_profile_to_settings (self->profile));
  g_variant_dict_insert (&args, "raw", "^as", self->options);
  if (!sohoa_scan_link_ask (link, SOHOA_SCAN_OP_APPLY, g_variant_dict_end (&args), -1,
                            SOHOA_SCAN_APPLY_TIMEOUT_MS + SOHOA_SCAN_MARGIN_MS, &reply, error))
    return FALSE;
  event = event_new (self, TELL_READY);
  event->settings = g_variant_ref (reply);
  if (!g_variant_lookup (reply, "notes", "^as", &event->notes))
    event->notes = g_new0 (char *, 1);
  g_mutex_lock (&self->lock);
  (void) g_variant_lookup (reply, "feeder", "b", &self->feeder);
  (void) g_variant_lookup (reply, "duplex", "b", &self->duplex);
  if (self->ended)
    event_free (event);
  else
    tell (event);
  g_mutex_unlock (&self->lock);
  return TRUE;
}

/* Until there is nothing more to read. */
static gboolean
scan_pages (SohoaScanSession *self, SohoaScanLink *link, GError **error)
{
  g_autoptr(GError) local = NULL;

  while (wait_for_room (self) && (self->max_images == 0 || self->n_images < self->max_images)) {
    if (!scan_page (self, link, &local)) {
      if (local == NULL)
        return TRUE;
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
    if (!self->feeder)
      return TRUE; /* glass: one page, whatever the driver would go on delivering */
  }
  return TRUE;
}

/* May the same be tried once more without a sheet being lost? */
static gboolean
may_retry (SohoaScanSession *self, const GError *error)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  gboolean broke = g_error_matches (error, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_WORKER_DIED)
                   || g_error_matches (error, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_HANG);

  return broke && !self->stopping && self->n_images == 0 && !(self->feeder && self->image_under_way);
}

static void
cool_down (SohoaScanSession *self)
{
  gint64 until_us = g_get_monotonic_time () + COOL_DOWN_US;
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  self->retried = TRUE;
  self->image_under_way = FALSE;
  while (!self->stopping && g_cond_wait_until (&self->changed, &self->lock, until_us))
    continue;
}

/* Leaves the device as it should be left: cancel, drain, close; a worker that cannot is killed. */
static void
wind_up (SohoaScanSession *self, SohoaScanLink *link)
{
  g_autoptr(GError) local = NULL;

  claim_wind_up (self->device);
  if (sohoa_scan_link_is_alive (link)
      && !sohoa_scan_link_ask (link, SOHOA_SCAN_OP_CLOSE, NULL, -1, sohoa_scan_link_get_drain_ms (link), NULL, &local))
    g_info ("%s: did not close: %s", self->device, local->message);
}

static gboolean
scan_once (SohoaScanSession *self, GError **error)
{
  g_autoptr(SohoaScanLink) link = sohoa_scan_link_new (self->stop_fd, self->call_limit_ms, error);
  g_autoptr(GError) local = NULL;

  if (link == NULL)
    return FALSE;
  if (!open_and_apply (self, link, &local) || !scan_pages (self, link, &local)) {
    if (!may_retry (self, local)) {
      gboolean moved = self->image_under_way;

      /* A stop may be noticed here before it has told its own end. */
      end_with (self, is_stopping (self) ? SOHOA_SCAN_END_STOPPED : SOHOA_SCAN_END_FAILED, moved,
                is_stopping (self) ? NULL : g_error_copy (local));
    }
    wind_up (self, link);
    g_propagate_error (error, g_steal_pointer (&local));
    return FALSE;
  }
  end_with (self, is_stopping (self) ? SOHOA_SCAN_END_STOPPED : SOHOA_SCAN_END_COMPLETE, FALSE, NULL);
  wind_up (self, link);
  return TRUE;
}

static gpointer
session_main (gpointer data)
{
  SohoaScanSession *self = data;
  GError *error = NULL;
  gboolean claimed = claim_take (self->device, &error);

  for (guint i = 0; claimed && i < OPEN_TRIES; i++) {
    g_clear_error (&error);
    if (scan_once (self, &error) || !may_retry (self, error))
      break;
    g_info ("%s: trying again: %s", self->device, error->message);
    if (i + 1 < OPEN_TRIES)
      cool_down (self);
  }
  if (error != NULL) /* when nothing was told yet: the last try */
    end_with (self, is_stopping (self) ? SOHOA_SCAN_END_STOPPED : SOHOA_SCAN_END_FAILED, FALSE, error);
  if (claimed)
    claim_release (self->device);
  session_unref (self);
  g_atomic_int_dec_and_test (&n_running);
  return NULL;
}

/* ---- the caller's side ---- */

/* The profile's raw options, then the caller's. */
static char **
join (char **first, const char *const *then)
{
  g_autoptr(GStrvBuilder) all = g_strv_builder_new ();

  g_strv_builder_addv (all, (const char **) first);
  if (then != NULL)
    g_strv_builder_addv (all, (const char **) then);
  return g_strv_builder_end (all);
}

SohoaScanSession *
sohoa_scan_session_start (const SohoaScanRequest *request, const SohoaScanHandler *handler, gpointer data)
{
  SohoaScanSession *self = g_new0 (SohoaScanSession, 1);

  g_atomic_ref_count_init (&self->refs);
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  self->handler = handler;
  self->data = data;
  self->context = g_main_context_ref_thread_default ();
  self->device = g_strdup (request->device);
  self->profile = request->profile != NULL ? sohoa_scan_profile_copy (request->profile) : sohoa_scan_profile_new ();
  self->options = join (self->profile->options, request->options);
  self->first_sheet = MAX (request->first_sheet, 1);
  self->max_images = request->max_images;
  self->max_pages = request->max_pages > 0 ? request->max_pages : DEFAULT_MAX_PAGES;
  self->call_limit_ms = request->call_limit_ms;
  self->stop_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  g_atomic_int_inc (&n_running);
  g_thread_unref (g_thread_new ("scan-session", session_main, session_ref (self)));
  return self;
}

void
sohoa_scan_session_stop (SohoaScanSession *self)
{
  gboolean moved;

  g_mutex_lock (&self->lock);
  moved = self->image_under_way;
  if (!self->stopping) {
    self->stopping = TRUE;
    if (eventfd_write (self->stop_fd, 1) < 0)
      g_warning ("scan: cannot tell the worker to stop: %s", g_strerror (errno));
    g_cond_broadcast (&self->changed);
  }
  g_mutex_unlock (&self->lock);
  end_with (self, SOHOA_SCAN_END_STOPPED, moved, NULL);
}

void
sohoa_scan_session_free (SohoaScanSession *self)
{
  if (self == NULL)
    return;
  self->detached = TRUE;
  sohoa_scan_session_stop (self);
  session_unref (self);
}
