/* A complete document leaves its batch: its cleared pages are linked into a folder of the spool together with what was
 * read of them, then the store gets its row. The gate's step finds the note there and goes on at once. */
#include "sohoa-batches-private.h"

#include "sohoa-file.h"
#include "sohoa-log.h"
#include "sohoa-scanned.h"
#include "sohoa-time.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static gboolean
link_file (const char *from, const char *to, gboolean must, GError **error)
{
  (void) unlink (to);
  if (link (from, to) == 0 || (!must && errno == ENOENT))
    return TRUE;
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "%s: cannot be linked: %s: check the spool", from, g_strerror (errno));
  return FALSE;
}

static gboolean
link_page (SohoaBatchRun *run, const SohoaBatchPage *page, const char *folder, guint place, GError **error)
{
  g_autofree char *plain = sohoa_batch_run_path (run, page->number, "");
  g_autofree char *image = sohoa_batch_run_path (run, page->number, SOHOA_AHEAD_IMAGE);
  g_autofree char *reply = sohoa_batch_run_path (run, page->number, SOHOA_AHEAD_REPLY);
  g_autofree char *to_plain = g_strdup_printf ("%s/input-%u", folder, place);
  g_autofree char *to_image = g_strdup_printf ("%s/" SOHOA_SCANNED_AHEAD "%u" SOHOA_AHEAD_IMAGE, folder, place);
  g_autofree char *to_reply = g_strdup_printf ("%s/" SOHOA_SCANNED_AHEAD "%u" SOHOA_AHEAD_REPLY, folder, place);

  return link_file (plain, to_plain, TRUE, error) && link_file (image, to_image, FALSE, error)
         && link_file (reply, to_reply, FALSE, error);
}

/* Its folder, complete and durable. Lock held: nothing of the batch may move now. */
static gboolean
make_folder (SohoaBatchRun *run, const char *id, guint first, guint end, guint *n_out, GError **error)
{
  const SohoaBatch *batch = run->batch;
  g_autofree char *folder = sohoa_desk_dup_folder (run->owner->desk, id);
  g_autoptr(GPtrArray) clearances = g_ptr_array_new_with_free_func ((GDestroyNotify) sohoa_clearance_free);
  g_autoptr(SohoaScanned) scanned = sohoa_scanned_new ();
  g_autoptr(SohoaClearance) joined = NULL;
  g_autofree char *count = NULL;

  if (!sohoa_folder_make (folder, 0700, error))
    return FALSE;
  for (guint i = first; i < end; i++) {
    const SohoaBatchPage *page = g_ptr_array_index (batch->pages, i);
    SohoaClearance *clearance;

    if (page->state != SOHOA_BATCH_PAGE_KEPT)
      continue;
    clearance = sohoa_clearance_from_text (page->clearance, error);
    if (clearance == NULL)
      return FALSE;
    g_ptr_array_add (clearances, clearance);
    if (!link_page (run, page, folder, clearances->len, error))
      return FALSE;
    g_ptr_array_add (scanned->names, sohoa_batch_page_name (page));
    g_ptr_array_add (scanned->digests, g_strdup (page->sha256));
  }
  *n_out = clearances->len;
  joined = sohoa_clearance_new_joined (clearances, error);
  if (joined == NULL)
    return FALSE;
  scanned->profile = g_strdup (batch->profile->compliance);
  for (guint i = 0; i < batch->fields->len; i++)
    g_ptr_array_add (scanned->set, g_strdup (g_ptr_array_index (batch->fields, i)));
  (void) sohoa_batch_check_count (batch, &count);
  scanned->note = g_strdup_printf ("batch %s, %u pages of this document; %s%s%s", batch->id, *n_out, count,
                                   batch->released_by[0] != '\0' ? "; released by " : "", batch->released_by);
  return sohoa_scanned_write (scanned, joined, folder, error);
}

static gboolean
add_to_store (SohoaBatchRun *run, const char *id, guint n, GError **error)
{
  g_autofree char *token = g_strdup_printf ("batch:%s:%u", run->batch->id, n);
  SohoaStoreNewDocument document = { .id = id, .actor = run->batch->actor, .token = token };
  g_autofree char *owner = NULL;
  gboolean created;

  for (guint i = 0; i < run->batch->fields->len; i++)
    if (g_str_has_prefix (g_ptr_array_index (run->batch->fields, i), "Priority="))
      document.priority = (guint) CLAMP (
        g_ascii_strtoll ((char *) g_ptr_array_index (run->batch->fields, i) + strlen ("Priority="), NULL, 10), 0, 4);
  return sohoa_store_add (run->owner->desk->store, &document, &owner, &created, error);
}

/* The document's id lies in the batch before anything else is made, so after a kill the same one is made again. */
static gboolean
leave_one (SohoaBatchRun *run, guint first, guint end, GError **error)
{
  SohoaBatch *batch = run->batch;
  SohoaBatchDocument *document = batch->documents->len > 0 ? g_ptr_array_index (batch->documents, batch->documents->len - 1) : NULL;
  guint n = 0;

  if (document == NULL || document->pages > 0) {
    document = g_new0 (SohoaBatchDocument, 1);
    document->id = sohoa_id_new (sohoa_time_now_us ());
    g_ptr_array_add (batch->documents, document);
    if (!sohoa_batch_run_save (run))
      return TRUE; /* it waits, with the reason */
  }
  if (!make_folder (run, document->id, first, end, &n, error) || !add_to_store (run, document->id, batch->documents->len, error))
    return FALSE;
  document->pages = n;
  for (guint i = first; i < end; i++) {
    SohoaBatchPage *page = g_ptr_array_index (batch->pages, i);

    if (page->state == SOHOA_BATCH_PAGE_KEPT)
      page->document = batch->documents->len;
  }
  return sohoa_batch_run_save (run) || TRUE;
}

/* ---- when ---- */

static gboolean
all_read (const SohoaBatch *batch, guint first, guint end)
{
  for (guint i = first; i < end; i++) {
    const SohoaBatchPage *page = g_ptr_array_index (batch->pages, i);

    if (page->state == SOHOA_BATCH_PAGE_KEPT && !page->read)
      return FALSE;
  }
  return TRUE;
}

static gboolean
any_asks (const SohoaBatch *batch, guint first, guint end)
{
  for (guint i = first; i < end; i++)
    if (sohoa_batch_page_asks (batch, g_ptr_array_index (batch->pages, i)))
      return TRUE;
  return FALSE;
}

static gboolean
is_last (const SohoaBatch *batch, guint end)
{
  for (guint i = end; i < batch->pages->len; i++)
    if (((SohoaBatchPage *) g_ptr_array_index (batch->pages, i))->state == SOHOA_BATCH_PAGE_KEPT)
      return FALSE;
  return TRUE;
}

/* Whether the next document may go; says why not when a person is needed. Lock held. */
static gboolean
may_leave (SohoaBatchRun *run, guint first, guint end)
{
  SohoaBatch *batch = run->batch;

  if (!all_read (batch, first, end))
    return FALSE;
  if (any_asks (batch, first, end)) {
    if (batch->state == SOHOA_BATCH_WORKING)
      sohoa_batch_run_wait (run, "Scan.Quality", "a page should be looked at: take it as it is, or scan it again");
    return FALSE;
  }
  if (!batch->count_accepted && (batch->expected > 0 || is_last (batch, end)) && batch->feed_over
      && !sohoa_batch_check_count (batch, NULL)) {
    SohoaBatchCount counted;

    sohoa_batch_count (batch, &counted);
    if (batch->state == SOHOA_BATCH_WORKING && counted.sealed == 0) { /* else the sum is not known yet: the next look asks again */
      g_autofree char *count = NULL;
      g_autofree char *text = NULL;

      (void) sohoa_batch_check_count (batch, &count);
      text = g_strdup_printf ("the count does not balance: %s: compare with the paper, then scan again or finish with a reason", count);
      sohoa_batch_run_wait (run, "Scan.CountMismatch", text);
    }
    return FALSE;
  }
  return batch->expected == 0 || batch->feed_over;
}

/* Files of documents that left are the spool's now. What was left out stays for the person who wonders. */
static void
tidy (SohoaBatchRun *run)
{
  g_autoptr(GError) error = NULL;

  for (guint i = 0; i < run->batch->pages->len; i++) {
    const SohoaBatchPage *page = g_ptr_array_index (run->batch->pages, i);
    static const char *const suffixes[] = { "", SOHOA_AHEAD_IMAGE, SOHOA_AHEAD_REPLY };

    for (guint k = 0; k < G_N_ELEMENTS (suffixes) && page->document != 0; k++) {
      g_autofree char *path = sohoa_batch_run_path (run, page->number, suffixes[k]);

      (void) unlink (path);
    }
  }
  if (!sohoa_seal_key_destroy (run->owner->keys, run->batch->id, &error))
    g_warning ("batch %s: its key was not destroyed: %s", run->batch->id, error->message);
}

static void
finish_batch (SohoaBatchRun *run)
{
  SohoaBatch *batch = run->batch;
  SohoaBatchCount count;

  sohoa_batch_count (batch, &count);
  if (!batch->feed_over || count.sealed > 0 || batch->state != SOHOA_BATCH_WORKING)
    return;
  batch->state = SOHOA_BATCH_DONE;
  if (!sohoa_batch_run_save (run))
    return;
  tidy (run);
  sohoa_batches_tell (run, 0, sohoa_batch_state_to_string (batch->state));
}

void
sohoa_batch_leave (SohoaBatchRun *run)
{
  guint first, end;
  gboolean complete, left = FALSE, more = TRUE;

  g_mutex_lock (&run->lock);
  while (more && (run->batch->state == SOHOA_BATCH_SCANNING || run->batch->state == SOHOA_BATCH_WORKING
                  || run->batch->state == SOHOA_BATCH_WAITING) && !run->batch->open) {
    g_autoptr(GError) error = NULL;

    more = sohoa_batch_next_document (run->batch, &first, &end, &complete);
    if (!more) {
      finish_batch (run);
      break;
    }
    if (!complete || !may_leave (run, first, end))
      break;
    more = leave_one (run, first, end, &error);
    if (!more)
      sohoa_batch_run_wait (run, sohoa_error_name (error), error->message);
    left = left || more;
  }
  g_mutex_unlock (&run->lock);
  if (left)
    sohoa_desk_wake (run->owner->desk);
}
