#include "sohoa-batches-private.h"

#include "sohoa-file.h"
#include "sohoa-log.h"
#include "sohoa-time.h"

#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define MIN_FREE_BYTES (G_GUINT64_CONSTANT (200) * 1024 * 1024) /* under it no sheet is fed */
#define END_WAIT_MS 3000 /* at the daemon's end, for drivers to be wound up */

/* ---- telling and storing ---- */

void
sohoa_batches_tell (SohoaBatchRun *run, guint page, const char *state)
{
  SohoaBatches *self = run->owner;
  SohoaBatchChange change = { .page = page };

  g_strlcpy (change.batch, run->batch->id, sizeof change.batch);
  g_strlcpy (change.state, state, sizeof change.state);
  g_mutex_lock (&self->lock);
  change.sequence = ++self->sequence;
  if (self->changes->len >= 2 * SOHOA_BATCH_CHANGES_KEPT)
    g_array_remove_range (self->changes, 0, SOHOA_BATCH_CHANGES_KEPT);
  g_array_append_val (self->changes, change);
  if (self->changed != NULL) /* under the lock: signals keep the order of their numbers */
    self->changed (change.sequence, change.batch, page, state, self->changed_data);
  g_mutex_unlock (&self->lock);
}

static void
set_text (char **place, const char *text)
{
  g_free (*place);
  *place = g_strdup (text);
}

gboolean
sohoa_batch_run_save (SohoaBatchRun *run)
{
  g_autoptr(GError) error = NULL;

  if (sohoa_batch_save (run->batch, run->folder, &error))
    return TRUE;
  g_warning ("batch %s: not stored: %s", run->batch->id, error->message);
  run->batch->state = SOHOA_BATCH_WAITING;
  set_text (&run->batch->error_name, sohoa_error_name (error));
  set_text (&run->batch->message, error->message);
  sohoa_batches_tell (run, 0, sohoa_batch_state_to_string (run->batch->state));
  return FALSE;
}

void
sohoa_batch_run_wait (SohoaBatchRun *run, const char *error_name, const char *message)
{
  if (run->batch->state != SOHOA_BATCH_HELD)
    run->batch->state = SOHOA_BATCH_WAITING;
  set_text (&run->batch->error_name, error_name);
  set_text (&run->batch->message, message);
  (void) sohoa_batch_run_save (run);
  g_message ("batch %s: waits: %s", run->batch->id, error_name);
  sohoa_batches_tell (run, 0, sohoa_batch_state_to_string (run->batch->state));
}

char *
sohoa_batch_run_path (const SohoaBatchRun *run, guint number, const char *suffix)
{
  return g_strdup_printf ("%s/page-%u%s", run->folder, number, suffix);
}

char *
sohoa_batch_run_sealed_path (const SohoaBatchRun *run, const SohoaBatchPage *page)
{
  return sohoa_batch_run_path (run, page->number, page->raster ? ".raw.sealed" : ".sealed");
}

/* ---- runs ---- */

static void
run_free (gpointer data)
{
  SohoaBatchRun *run = data;

  g_clear_pointer (&run->key, sohoa_seal_key_free);
  sohoa_batch_free (run->batch);
  g_queue_clear_full (&run->parked, (GDestroyNotify) sohoa_scan_page_free);
  g_mutex_clear (&run->lock);
  g_free (run->feed_device);
  g_free (run->folder);
  g_free (run);
}

static SohoaBatchRun *
run_new (SohoaBatches *self, SohoaBatch *batch)
{
  SohoaBatchRun *run = g_new0 (SohoaBatchRun, 1);

  run->owner = self;
  run->batch = batch;
  run->folder = g_build_filename (self->dir, batch->id, NULL);
  g_mutex_init (&run->lock);
  g_queue_init (&run->parked);
  return run;
}

SohoaBatchRun *
sohoa_batches_find_run (SohoaBatches *self, const char *id, GError **error)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  for (guint i = self->runs->len; i-- > 0;) {
    SohoaBatchRun *run = g_ptr_array_index (self->runs, i);

    if (g_str_equal (run->batch->id, id))
      return run;
  }
  g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_NOT_FOUND, "batch %s: there is none: see sohoa list", id);
  return NULL;
}

/* ---- after a restart ---- */

/* Rows of sheets from @sheet on that were never cleared: the paper comes again. Lock held or alone. */
static void
drop_uncleared (SohoaBatchRun *run, guint sheet)
{
  for (guint i = run->batch->pages->len; i-- > 0;) {
    SohoaBatchPage *page = g_ptr_array_index (run->batch->pages, i);
    g_autofree char *path = sohoa_batch_run_sealed_path (run, page);

    if (page->state != SOHOA_BATCH_PAGE_SEALED || page->sheet < sheet)
      continue;
    (void) unlink (path);
    if (page->single)
      run->batch->singles--;
    g_ptr_array_remove_index (run->batch->pages, i);
  }
}

/* First sheet of which a side is missing or cannot be opened any more; 0 = none. */
static guint
first_lost_sheet (SohoaBatchRun *run)
{
  guint lost = 0;

  for (guint i = 0; i < run->batch->pages->len; i++) {
    SohoaBatchPage *page = g_ptr_array_index (run->batch->pages, i);
    g_autofree char *path = sohoa_batch_run_sealed_path (run, page);

    if (page->state != SOHOA_BATCH_PAGE_SEALED)
      continue;
    page->sealed = run->key != NULL && g_file_test (path, G_FILE_TEST_EXISTS);
    if (!page->sealed && (lost == 0 || page->sheet < lost))
      lost = page->sheet;
  }
  return lost;
}

/* The feeder was running, or uncleared pages died with the power. */
static void
settle_after_kill (SohoaBatchRun *run)
{
  SohoaBatch *batch = run->batch;
  guint lost = first_lost_sheet (run), fed = batch->sheets, put_back;
  gboolean was_scanning = batch->state == SOHOA_BATCH_SCANNING;
  g_autofree char *text = NULL;

  if (lost == 0 && !was_scanning)
    return;
  put_back = lost;
  if (lost == 0) { /* everything that arrived is here; a sheet of which one side came is fed again */
    guint sides = 0;

    for (guint i = 0; i < batch->pages->len; i++)
      sides += ((SohoaBatchPage *) g_ptr_array_index (batch->pages, i))->sheet == fed;
    put_back = fed > 0 && sides < batch->sides ? fed : fed + 1;
  }
  drop_uncleared (run, put_back);
  if (put_back <= fed)
    text = g_strdup_printf ("interrupted: put back %u sheets, from sheet %u to sheet %u, and what was not fed yet, then scan on",
                            fed - put_back + 1, put_back, fed);
  else
    text = g_strdup_printf ("interrupted: put back the sheets from sheet %u on, then scan on", put_back);
  batch->put_back = put_back;
  batch->feed_over = FALSE;
  sohoa_batch_run_wait (run, "Scan.Interrupted", text);
}

static gboolean
is_over (const SohoaBatch *batch)
{
  return batch->state == SOHOA_BATCH_DONE || batch->state == SOHOA_BATCH_PURGED;
}

static void
go_on (SohoaBatchRun *run)
{
  g_mutex_lock (&run->lock);
  for (guint i = 0; i < run->batch->pages->len; i++) {
    SohoaBatchPage *page = g_ptr_array_index (run->batch->pages, i);
    g_autofree char *sealed = sohoa_batch_run_sealed_path (run, page);

    if (page->state != SOHOA_BATCH_PAGE_SEALED && page->document == 0 && run->batch->state != SOHOA_BATCH_HELD)
      (void) unlink (sealed); /* cleared just before the kill */
    if (page->state == SOHOA_BATCH_PAGE_KEPT && page->document == 0 && run->batch->state != SOHOA_BATCH_HELD)
      page->read = FALSE;
  }
  g_mutex_unlock (&run->lock);
  sohoa_batch_work_look (run);
  sohoa_batch_work_read (run);
  sohoa_batch_work_commit (run);
}

static void
load_one (SohoaBatches *self, const char *name)
{
  g_autofree char *folder = g_build_filename (self->dir, name, NULL);
  g_autoptr(GError) error = NULL;
  SohoaBatch *batch;
  SohoaBatchRun *run;

  if (!sohoa_id_is_valid (name))
    return;
  batch = sohoa_batch_load (folder, &error);
  if (batch == NULL) {
    g_warning ("batch %s: %s", name, error->message);
    return;
  }
  run = run_new (self, batch);
  g_ptr_array_add (self->runs, run);
  if (is_over (batch))
    return;
  run->key = sohoa_seal_key_open (self->keys, batch->id, NULL);
  settle_after_kill (run);
  if (run->key == NULL)
    run->key = sohoa_seal_key_make (self->keys, batch->id, &error);
  if (run->key == NULL)
    g_warning ("batch %s: %s", name, error->message);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static void
load_all (SohoaBatches *self)
{
  g_autoptr(GDir) dir = g_dir_open (self->dir, 0, NULL);
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names); /* ids are ordered by time */
  for (guint i = 0; i < names->len; i++)
    load_one (self, g_ptr_array_index (names, i));
}

/* ---- life ---- */

static gpointer
run_feed_thread (gpointer data)
{
  SohoaBatches *self = data;

  g_main_context_push_thread_default (self->context);
  g_main_loop_run (self->loop);
  g_main_context_pop_thread_default (self->context);
  return NULL;
}

static SohoaScanners *
scanners_for (SohoaBatches *self)
{
  g_autofree char *state_file = g_build_filename (self->desk->conf->state_dir, "scan-backends", NULL);

  return sohoa_scanners_new (self->context, state_file, (const char *const *) self->desk->conf->scanners);
}

SohoaScanners *
sohoa_batches_peek_scanners (SohoaBatches *self)
{
  return self->scanners;
}

SohoaBatches *
sohoa_batches_new (SohoaDesk *desk, GError **error)
{
  g_autoptr(SohoaBatches) self = g_new0 (SohoaBatches, 1);

  self->desk = desk;
  self->dir = g_build_filename (desk->conf->state_dir, "batches", NULL);
  self->keys = g_build_filename (desk->conf->runtime_dir, "keys", NULL);
  g_mutex_init (&self->lock);
  self->runs = g_ptr_array_new_with_free_func (run_free);
  self->changes = g_array_new (FALSE, FALSE, sizeof (SohoaBatchChange));
  self->sequence = (guint64) sohoa_time_now_us (); /* never goes back over restarts */
  self->cancellable = g_cancellable_new ();
  self->context = g_main_context_new ();
  self->loop = g_main_loop_new (self->context, FALSE);
  self->pool = g_thread_pool_new (sohoa_batch_work_job, self, (gint) sohoa_worker_pool_get_size (desk->pool) + 1, FALSE, NULL);
  g_thread_pool_set_sort_function (self->pool, sohoa_batch_work_compare, NULL);
  self->scanners = scanners_for (self);
  self->thread = g_thread_new ("feed", run_feed_thread, self);
  if (!sohoa_folder_make (self->dir, 0700, error) || !sohoa_folder_make (self->keys, 0700, error))
    return NULL;
  load_all (self);
  for (guint i = 0; i < self->runs->len; i++) {
    SohoaBatchRun *run = g_ptr_array_index (self->runs, i);

    if (!is_over (run->batch))
      go_on (run);
  }
  return g_steal_pointer (&self);
}

static gboolean
quit_loop (gpointer data)
{
  SohoaBatches *self = data;

  for (guint i = 0; i < self->runs->len; i++) {
    SohoaBatchRun *run = g_ptr_array_index (self->runs, i);

    g_clear_pointer (&run->session, sohoa_scan_session_free);
  }
  sohoa_scanners_stop (self->scanners);
  g_main_loop_quit (self->loop);
  return G_SOURCE_REMOVE;
}

void
sohoa_batches_free (SohoaBatches *self)
{
  if (self == NULL)
    return;
  g_atomic_int_set (&self->stopping, 1);
  g_cancellable_cancel (self->cancellable);
  g_main_context_invoke (self->context, quit_loop, self);
  g_thread_join (self->thread);
  g_thread_pool_free (self->pool, FALSE, TRUE);
  for (int waited = 0; sohoa_scan_session_count_running () > 0 && waited < END_WAIT_MS; waited += 20)
    g_usleep (20 * 1000);
  sohoa_scanners_free (self->scanners);
  g_ptr_array_unref (self->runs);
  g_array_unref (self->changes);
  g_object_unref (self->cancellable);
  g_main_loop_unref (self->loop);
  g_main_context_unref (self->context);
  g_mutex_clear (&self->lock);
  g_free (self->dir);
  g_free (self->keys);
  g_free (self);
}

void
sohoa_batches_set_callback (SohoaBatches *self, SohoaBatchesChanged changed, gpointer data)
{
  g_mutex_lock (&self->lock);
  self->changed_data = data;
  self->changed = changed;
  g_mutex_unlock (&self->lock);
}

/* ---- what a person may do ---- */

static gboolean
check_space (SohoaBatches *self, GError **error)
{
  struct statvfs vfs;

  if (statvfs (self->dir, &vfs) == 0 && (guint64) vfs.f_bavail * vfs.f_frsize < MIN_FREE_BYTES) {
    g_set_error (error, SOHOA_STORE_ERROR, SOHOA_STORE_ERROR_NO_SPACE, "%s: nearly full: make room before you scan", self->dir);
    return FALSE;
  }
  return TRUE;
}

static char *
find_by_token (SohoaBatches *self, const char *token)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  for (guint i = 0; i < self->runs->len; i++) {
    const SohoaBatchRun *run = g_ptr_array_index (self->runs, i);

    if (g_str_equal (run->batch->token, token))
      return g_strdup (run->batch->id);
  }
  return NULL;
}

static SohoaBatch *
batch_for (const SohoaBatchStart *start)
{
  SohoaBatch *batch = sohoa_batch_new ();

  batch->created_us = sohoa_time_now_us ();
  batch->id = sohoa_id_new (batch->created_us);
  set_text (&batch->device, start->device[0] != '\0' ? start->device : start->profile->device);
  set_text (&batch->actor, start->actor);
  set_text (&batch->token, start->token);
  sohoa_scan_profile_free (batch->profile);
  batch->profile = sohoa_scan_profile_copy (start->profile);
  if (start->options != NULL) {
    g_strfreev (batch->options);
    batch->options = g_strdupv ((char **) start->options);
  }
  for (guint i = 0; start->fields != NULL && start->fields[i] != NULL; i++)
    g_ptr_array_add (batch->fields, g_strdup (start->fields[i]));
  batch->expected = start->expected;
  batch->open = start->open;
  batch->sides = start->profile->source == SOHOA_SCAN_SOURCE_ADF_DUPLEX ? 2 : 1;
  return batch;
}

char *
sohoa_batches_start (SohoaBatches *self, const SohoaBatchStart *start, GError **error)
{
  char *known = find_by_token (self, start->token);
  SohoaBatchRun *run;

  if (known != NULL)
    return known;
  if (start->device[0] == '\0' && start->profile->device[0] == '\0') {
    g_set_error (error, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_NO_DEVICE,
                 "no scanner: neither the call nor the profile names one: see sohoa devices");
    return NULL;
  }
  if (!check_space (self, error))
    return NULL;
  run = run_new (self, batch_for (start));
  run->key = sohoa_folder_make (run->folder, 0700, error) ? sohoa_seal_key_make (self->keys, run->batch->id, error) : NULL;
  if (run->key == NULL || !sohoa_batch_save (run->batch, run->folder, error)) {
    run_free (run);
    return NULL;
  }
  g_mutex_lock (&self->lock);
  g_ptr_array_add (self->runs, run);
  g_mutex_unlock (&self->lock);
  sohoa_batches_tell (run, 0, sohoa_batch_state_to_string (run->batch->state));
  sohoa_batch_feed_start (run);
  return g_strdup (run->batch->id);
}

static gboolean
refuse (const SohoaBatch *batch, GError **error)
{
  g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_CONFLICT, "batch %s: is %s: wait until it waits", batch->id,
               sohoa_batch_state_to_string (batch->state));
  return FALSE;
}

/* Lock held. */
static gboolean
prepare_feed (SohoaBatchRun *run, SohoaFeedKind kind, guint page, GError **error)
{
  SohoaBatch *batch = run->batch;
  const SohoaBatchPage *near = page > 0 ? sohoa_batch_find_page (batch, page) : NULL;

  if (run->session != NULL || batch->state != SOHOA_BATCH_WAITING)
    return refuse (batch, error);
  if (kind == SOHOA_FEED_AGAIN || kind == SOHOA_FEED_INSERT) {
    if (near == NULL || near->document != 0 || near->state == SOHOA_BATCH_PAGE_SEALED) {
      g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_CONFLICT, "page %u: not in this batch any more, or not cleared yet: look again", page);
      return FALSE;
    }
  } else if (kind == SOHOA_FEED_BACKS && (batch->sides != 1 || batch->sheets == 0)) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_CONFLICT, "batch %s: its backs are there already: scan a page again instead", batch->id);
    return FALSE;
  } else if (kind == SOHOA_FEED_APPEND && batch->put_back > 0) {
    drop_uncleared (run, batch->put_back);
    batch->sheets = batch->put_back - 1;
    batch->put_back = 0;
  }
  run->kind = kind;
  run->page = run->insert_at = page;
  run->fronts = batch->sheets;
  run->unlooked = 0;
  batch->feed_over = FALSE;
  batch->state = SOHOA_BATCH_SCANNING;
  set_text (&batch->error_name, "");
  set_text (&batch->message, "");
  return TRUE;
}

gboolean
sohoa_batches_feed (SohoaBatches *self, const char *id, SohoaFeedKind kind, guint page, const char *device, GError **error)
{
  SohoaBatchRun *run = sohoa_batches_find_run (self, id, error);
  gboolean ok;

  if (run == NULL || !check_space (self, error))
    return FALSE;
  g_mutex_lock (&run->lock);
  ok = prepare_feed (run, kind, page, error);
  if (ok) {
    set_text (&run->feed_device, device[0] != '\0' ? device : run->batch->device);
    ok = sohoa_batch_save (run->batch, run->folder, error);
    sohoa_batches_tell (run, 0, sohoa_batch_state_to_string (run->batch->state));
  }
  g_mutex_unlock (&run->lock);
  if (ok)
    sohoa_batch_feed_start (run);
  return ok;
}

gboolean
sohoa_batches_stop (SohoaBatches *self, const char *id, GError **error)
{
  SohoaBatchRun *run = sohoa_batches_find_run (self, id, error);

  if (run == NULL)
    return FALSE;
  sohoa_batch_feed_stop (run);
  return TRUE;
}

gboolean
sohoa_batches_finish (SohoaBatches *self, const char *id, const char *reason, GError **error)
{
  SohoaBatchRun *run = sohoa_batches_find_run (self, id, error);
  gboolean ok;

  if (run == NULL)
    return FALSE;
  g_mutex_lock (&run->lock);
  ok = run->session == NULL && run->batch->state == SOHOA_BATCH_WAITING;
  if (!ok) {
    (void) refuse (run->batch, error);
  } else {
    if (run->batch->put_back > 0) {
      drop_uncleared (run, run->batch->put_back);
      run->batch->sheets = MIN (run->batch->sheets, run->batch->put_back - 1);
      run->batch->put_back = 0;
    }
    run->batch->open = FALSE;
    run->batch->feed_over = TRUE;
    run->batch->state = SOHOA_BATCH_WORKING;
    run->batch->count_accepted = reason != NULL && reason[0] != '\0';
    if (run->batch->count_accepted)
      g_message ("batch %s: finished with a count that a person took", id);
    set_text (&run->batch->error_name, "");
    set_text (&run->batch->message, reason != NULL ? reason : "");
    ok = sohoa_batch_save (run->batch, run->folder, error);
    sohoa_batches_tell (run, 0, sohoa_batch_state_to_string (run->batch->state));
  }
  g_mutex_unlock (&run->lock);
  if (ok)
    sohoa_batch_work_commit (run);
  return ok;
}

gboolean
sohoa_batches_accept (SohoaBatches *self, const char *id, const guint *pages, guint n, GError **error)
{
  SohoaBatchRun *run = sohoa_batches_find_run (self, id, error);
  gboolean ok = TRUE;

  if (run == NULL)
    return FALSE;
  g_mutex_lock (&run->lock);
  for (guint i = 0; i < n && ok; i++) {
    SohoaBatchPage *page = sohoa_batch_find_page (run->batch, pages[i]);

    ok = page != NULL;
    if (ok)
      page->accepted = TRUE;
    else
      g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_NOT_FOUND, "page %u: not in this batch: look again", pages[i]);
  }
  if (ok && run->batch->feed_over && g_str_equal (run->batch->error_name, "Scan.Quality")) {
    run->batch->state = SOHOA_BATCH_WORKING;
    set_text (&run->batch->error_name, "");
    set_text (&run->batch->message, "");
  }
  ok = ok && sohoa_batch_save (run->batch, run->folder, error);
  g_mutex_unlock (&run->lock);
  if (ok)
    sohoa_batch_work_commit (run);
  return ok;
}

gboolean
sohoa_batches_release (SohoaBatches *self, const char *id, const char *who, const char *reason, GError **error)
{
  SohoaBatchRun *run = sohoa_batches_find_run (self, id, error);
  gboolean ok = FALSE;

  if (run == NULL)
    return FALSE;
  g_mutex_lock (&run->lock);
  if (run->batch->state != SOHOA_BATCH_HELD || run->session != NULL) {
    (void) refuse (run->batch, error);
  } else if (g_str_equal (who, run->batch->actor)) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_NOT_AUTHORISED, "batch %s: you scanned it: a second person must release it", id);
  } else {
    g_free (run->batch->released_by);
    run->batch->released_by = g_strdup_printf ("%s: %s", who, reason);
    run->batch->state = run->batch->feed_over ? SOHOA_BATCH_WORKING : SOHOA_BATCH_WAITING;
    set_text (&run->batch->error_name, run->batch->feed_over ? "" : "Scan.Stopped");
    set_text (&run->batch->message, run->batch->feed_over ? "" : "released: scan on, or finish the batch");
    ok = sohoa_batch_save (run->batch, run->folder, error);
    sohoa_batches_tell (run, 0, sohoa_batch_state_to_string (run->batch->state));
  }
  g_mutex_unlock (&run->lock);
  if (ok) {
    sohoa_batch_work_look (run);
    sohoa_batch_work_commit (run);
  }
  return ok;
}

gboolean
sohoa_batches_purge (SohoaBatches *self, const char *id, GError **error)
{
  SohoaBatchRun *run = sohoa_batches_find_run (self, id, error);
  gboolean ok;

  if (run == NULL)
    return FALSE;
  g_mutex_lock (&run->lock);
  ok = run->batch->state == SOHOA_BATCH_HELD && run->session == NULL;
  if (!ok) {
    (void) refuse (run->batch, error);
  } else {
    ok = sohoa_seal_key_destroy (self->keys, id, error); /* from here on nothing can be read any more */
    g_clear_pointer (&run->key, sohoa_seal_key_free);
  }
  for (guint i = run->batch->pages->len; ok && i-- > 0;) {
    const SohoaBatchPage *page = g_ptr_array_index (run->batch->pages, i);
    static const char *const suffixes[] = { "", ".sealed", ".raw.sealed", SOHOA_AHEAD_IMAGE, SOHOA_AHEAD_REPLY };

    for (guint k = 0; k < G_N_ELEMENTS (suffixes) && page->document == 0; k++) {
      g_autofree char *path = sohoa_batch_run_path (run, page->number, suffixes[k]);

      (void) unlink (path);
    }
    if (page->document == 0)
      g_ptr_array_remove_index (run->batch->pages, i);
  }
  if (ok) {
    run->batch->state = SOHOA_BATCH_PURGED;
    set_text (&run->batch->error_name, "");
    set_text (&run->batch->message, "");
    g_ptr_array_set_size (run->batch->fields, 0);
    ok = sohoa_batch_save (run->batch, run->folder, error);
    sohoa_batches_tell (run, 0, sohoa_batch_state_to_string (run->batch->state));
  }
  g_mutex_unlock (&run->lock);
  return ok;
}
