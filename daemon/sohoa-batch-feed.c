/* From the feeder to sealed pages. Everything here runs on the feed thread, where the sessions live. */
#include "sohoa-batches-private.h"

#include "sohoa-file.h"
#include "sohoa-log.h"

#include <unistd.h>

static void
end_session (SohoaBatchRun *run)
{
  SohoaScanSession *session;

  g_mutex_lock (&run->lock);
  session = g_steal_pointer (&run->session);
  while (!g_queue_is_empty (&run->parked))
    sohoa_scan_page_free (g_queue_pop_head (&run->parked));
  g_clear_pointer (&run->feed_device, g_free);
  g_mutex_unlock (&run->lock);
  sohoa_scan_session_free (session);
}

/* ---- a page arrives ---- */

/* Where it belongs in the paper's order. Lock held. */
static SohoaBatchPage *
add_row (SohoaBatchRun *run, const SohoaScanPage *page)
{
  SohoaBatch *batch = run->batch;
  guint index = batch->pages->len, sheet = page->sheet;
  gboolean back = page->side == SOHOA_SCAN_BACK;
  SohoaBatchPage *row, *near = NULL;

  if (run->kind == SOHOA_FEED_AGAIN || run->kind == SOHOA_FEED_INSERT) {
    near = sohoa_batch_find_page (batch, run->insert_at);
    index = sohoa_batch_index_of (batch, run->insert_at) + 1;
    sheet = near != NULL ? near->sheet : sheet;
    back = run->kind == SOHOA_FEED_AGAIN && near != NULL ? near->back : back;
  } else if (run->kind == SOHOA_FEED_BACKS) {
    /* last sheet first; a sheet too many has no front and spoils the count, as it should */
    sheet = page->sheet <= run->fronts ? run->fronts - page->sheet + 1 : page->sheet;
    back = TRUE;
    for (guint i = 0; i < batch->pages->len && page->sheet <= run->fronts; i++)
      if (((SohoaBatchPage *) g_ptr_array_index (batch->pages, i))->sheet == sheet)
        index = i + 1;
  } else {
    batch->sheets = MAX (batch->sheets, sheet);
  }
  row = sohoa_batch_insert_page (batch, index);
  row->sheet = sheet;
  row->back = back;
  row->single = run->kind == SOHOA_FEED_AGAIN || run->kind == SOHOA_FEED_INSERT;
  row->replaces = run->kind == SOHOA_FEED_AGAIN ? run->page : 0;
  row->raster = g_strcmp0 (page->format, "jpeg") != 0;
  row->bytes = page->size_bytes;
  batch->singles += row->single;
  if (run->kind == SOHOA_FEED_INSERT)
    run->insert_at = row->number;
  for (guint i = 0; page->flags[i] != NULL; i++)
    sohoa_batch_page_add_flag (row, g_str_has_prefix (page->flags[i], "short") ? "short-page" : page->flags[i]);
  return row;
}

static void
fail (SohoaBatchRun *run, const GError *error)
{
  g_mutex_lock (&run->lock);
  sohoa_batch_run_wait (run, sohoa_error_name (error), error->message);
  g_mutex_unlock (&run->lock);
  sohoa_batch_feed_stop (run);
}

/* Row first, then the sealed file: a row without a file was never taken; a file without a row cannot be. */
static void
on_page (SohoaScanSession *session, SohoaScanPage *page, gpointer data)
{
  SohoaBatchRun *run = data;
  g_autoptr(GError) error = NULL;
  g_autofree char *path = NULL;
  SohoaBatchPage *row;
  guint number;
  gboolean room;

  g_mutex_lock (&run->lock);
  if (run->batch->state != SOHOA_BATCH_SCANNING || run->batch->pages->len >= SOHOA_BATCH_MAX_PAGES) {
    g_mutex_unlock (&run->lock); /* held or full: this sheet is put back */
    sohoa_batch_feed_stop (run);
    sohoa_scan_page_free (page);
    return;
  }
  row = add_row (run, page);
  number = row->number;
  path = sohoa_batch_run_sealed_path (run, row);
  if (!sohoa_batch_run_save (run)) {
    g_mutex_unlock (&run->lock);
    sohoa_batch_feed_stop (run);
    sohoa_scan_page_free (page);
    return;
  }
  g_mutex_unlock (&run->lock);

  if (!sohoa_seal_write (run->key, page->fd, path, &error)) {
    fail (run, error);
    sohoa_scan_page_free (page);
    return;
  }
  g_mutex_lock (&run->lock);
  row = sohoa_batch_find_page (run->batch, number);
  if (row != NULL)
    row->sealed = TRUE;
  room = ++run->unlooked <= SOHOA_BATCH_MAX_AHEAD;
  if (!room)
    g_queue_push_tail (&run->parked, page);
  g_mutex_unlock (&run->lock);
  if (room)
    sohoa_scan_page_free (page);
  sohoa_batches_tell (run, number, "sealed");
  sohoa_batch_work_look (run);
}

void
sohoa_batch_feed_unpark (SohoaBatchRun *run)
{
  while (run->unlooked <= SOHOA_BATCH_MAX_AHEAD && !g_queue_is_empty (&run->parked))
    sohoa_scan_page_free (g_queue_pop_head (&run->parked));
}

/* ---- what was set, and the end ---- */

static void
on_ready (SohoaScanSession *session, GVariant *settings, const char *const *notes, gpointer data)
{
  SohoaBatchRun *run = data;
  gboolean duplex = FALSE;

  (void) g_variant_lookup (settings, "duplex", "b", &duplex);
  g_mutex_lock (&run->lock);
  if (run->kind == SOHOA_FEED_APPEND && run->batch->sheets == 0)
    run->batch->sides = duplex ? 2 : 1;
  else if (run->kind == SOHOA_FEED_BACKS)
    run->batch->sides = 2;
  for (guint i = 0; notes != NULL && notes[i] != NULL; i++)
    g_message ("batch %s: %s", run->batch->id, notes[i]);
  g_mutex_unlock (&run->lock);
}

static char *
put_back_text (const SohoaBatch *batch, const char *why)
{
  if (batch->put_back == 0)
    return g_strdup_printf ("%s: scan on, or finish the batch", why);
  if (batch->expected >= batch->put_back)
    return g_strdup_printf ("%s: put back the last %u sheets, from sheet %u on, then scan on", why,
                            batch->expected - batch->put_back + 1, batch->put_back);
  return g_strdup_printf ("%s: put back the sheets from sheet %u on, then scan on", why, batch->put_back);
}

/* Lock held. */
static void
settle_end (SohoaBatchRun *run, const SohoaScanOutcome *outcome)
{
  SohoaBatch *batch = run->batch;
  gboolean append = run->kind == SOHOA_FEED_APPEND;
  g_autofree char *text = NULL;

  if (append && outcome->end != SOHOA_SCAN_END_COMPLETE)
    batch->put_back = outcome->put_back > 0 ? outcome->put_back : batch->sheets + 1;
  if (batch->state != SOHOA_BATCH_SCANNING) /* held, or it waits for a reason of our own */
    return;
  if (outcome->end == SOHOA_SCAN_END_COMPLETE) {
    batch->put_back = 0;
    batch->feed_over = !batch->open;
    if (batch->open) {
      sohoa_batch_run_wait (run, "", "the batch is kept open: scan more, or finish it");
    } else {
      batch->state = SOHOA_BATCH_WORKING;
      (void) sohoa_batch_run_save (run);
      sohoa_batches_tell (run, 0, sohoa_batch_state_to_string (batch->state));
    }
    return;
  }
  text = put_back_text (batch, outcome->end == SOHOA_SCAN_END_STOPPED ? "stopped" : outcome->error->message);
  sohoa_batch_run_wait (run, outcome->end == SOHOA_SCAN_END_STOPPED ? "Scan.Stopped" : sohoa_error_name (outcome->error), text);
}

static void
on_end (SohoaScanSession *session, const SohoaScanOutcome *outcome, gpointer data)
{
  SohoaBatchRun *run = data;

  g_mutex_lock (&run->lock);
  g_message ("batch %s: feed %s, %u images", run->batch->id, sohoa_scan_end_to_string (outcome->end), outcome->n_images);
  settle_end (run, outcome);
  g_mutex_unlock (&run->lock);
  end_session (run);
  sohoa_batch_work_look (run);
  sohoa_batch_work_commit (run);
}

/* ---- start and stop ---- */

static gboolean
start_session (gpointer data)
{
  static const SohoaScanHandler handler = { .page = on_page, .ready = on_ready, .end = on_end };
  SohoaBatchRun *run = data;
  SohoaScanRequest request = { 0 };
  g_autoptr(SohoaScanProfile) profile = NULL;
  g_autofree char *device = NULL;
  SohoaScanSession *session;

  g_mutex_lock (&run->lock);
  if (run->session != NULL || run->batch->state != SOHOA_BATCH_SCANNING) {
    g_mutex_unlock (&run->lock);
    return G_SOURCE_REMOVE;
  }
  profile = sohoa_scan_profile_copy (run->batch->profile);
  device = g_strdup (run->feed_device != NULL ? run->feed_device : run->batch->device);
  request.options = (const char *const *) run->batch->options;
  request.first_sheet = run->kind == SOHOA_FEED_APPEND ? run->batch->sheets + 1 : 1;
  request.max_images = run->kind == SOHOA_FEED_AGAIN ? 1 : 0;
  if (run->kind != SOHOA_FEED_APPEND && profile->source == SOHOA_SCAN_SOURCE_ADF_DUPLEX)
    profile->source = run->kind == SOHOA_FEED_BACKS ? SOHOA_SCAN_SOURCE_ADF : SOHOA_SCAN_SOURCE_AUTO;
  g_mutex_unlock (&run->lock);

  request.device = device;
  request.call_limit_ms = run->owner->desk->conf->scanner_limit_ms;
  request.profile = profile;
  session = sohoa_scan_session_start (&request, &handler, run);
  g_mutex_lock (&run->lock);
  run->session = session; /* its calls come on this thread, so not before we return */
  g_mutex_unlock (&run->lock);
  return G_SOURCE_REMOVE;
}

static gboolean
stop_session (gpointer data)
{
  SohoaBatchRun *run = data;

  if (run->session != NULL)
    sohoa_scan_session_stop (run->session);
  return G_SOURCE_REMOVE;
}

void
sohoa_batch_feed_start (SohoaBatchRun *run)
{
  g_main_context_invoke (run->owner->context, start_session, run);
}

void
sohoa_batch_feed_stop (SohoaBatchRun *run)
{
  g_main_context_invoke (run->owner->context, stop_session, run);
}
