/* From sealed pages to cleared and read ones. A look may run for many pages at once; clearing goes sheet by sheet in the
 * paper's order, one thread per batch at a time. */
#include "sohoa-batches-private.h"

#include "sohoa-file.h"
#include "sohoa-log.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define JPEG_QUALITY 90u

/* Texts of bar codes that part documents: what `sohoa separators` prints, and the usual word of other makers' sheets. */
static const char *const separator_codes[] = { "SOHOA-SEP", "PATCHT", "PATCH-T" };

typedef struct {
  SohoaBatchRun *run;
  guint          number;
  gboolean       read; /* else a look */
  guint          tries;
} Job;

static void
push (SohoaBatchRun *run, guint number, gboolean read, guint tries)
{
  Job *job;

  if (g_atomic_int_get (&run->owner->stopping))
    return;
  job = g_new0 (Job, 1);
  *job = (Job) { run, number, read, tries };
  g_thread_pool_push (run->owner->pool, job, NULL);
}

/* Looks before readings: the gate must be ahead of the feeder. */
int
sohoa_batch_work_compare (gconstpointer a, gconstpointer b, gpointer data)
{
  const Job *x = a, *y = b;

  return x->read != y->read ? (int) x->read - (int) y->read : (x->number > y->number) - (x->number < y->number);
}

static gboolean
is_gate_hit (const GError *error)
{
  return g_error_matches (error, SOHOA_GATE_ERROR, SOHOA_GATE_ERROR_SECRET)
         || g_error_matches (error, SOHOA_GATE_ERROR, SOHOA_GATE_ERROR_UNSURE);
}

static gboolean
is_stopped (const SohoaBatchRun *run)
{
  return run->batch->state == SOHOA_BATCH_HELD || run->batch->state == SOHOA_BATCH_PURGED
         || g_atomic_int_get (&run->owner->stopping);
}

/* ---- the look ---- */

void
sohoa_batch_work_look (SohoaBatchRun *run)
{
  g_mutex_lock (&run->lock);
  for (guint i = 0; i < run->batch->pages->len && !is_stopped (run); i++) {
    SohoaBatchPage *page = g_ptr_array_index (run->batch->pages, i);

    if (page->state != SOHOA_BATCH_PAGE_SEALED || !page->sealed || page->looked || page->looking)
      continue;
    page->looking = TRUE;
    push (run, page->number, FALSE, 1);
  }
  g_mutex_unlock (&run->lock);
}

void
sohoa_batch_work_read (SohoaBatchRun *run)
{
  g_mutex_lock (&run->lock);
  for (guint i = 0; i < run->batch->pages->len && !is_stopped (run); i++) {
    const SohoaBatchPage *page = g_ptr_array_index (run->batch->pages, i);

    if (page->state == SOHOA_BATCH_PAGE_KEPT && page->document == 0 && !page->read)
      push (run, page->number, TRUE, 1);
  }
  g_mutex_unlock (&run->lock);
}

/* The kind of separator that the profile asks for; a sheet that says it in its bar code is one with every kind but none. */
static gboolean
is_separator (SohoaScanSeparators kind, const SohoaCapture *seen)
{
  if (kind == SOHOA_SCAN_SEPARATORS_NONE)
    return FALSE;
  if (kind == SOHOA_SCAN_SEPARATORS_PATCH_T && seen->patch_t)
    return TRUE;
  for (guint i = 0; seen->codes != NULL && seen->codes[i] != NULL; i++) {
    const char *text = strchr (seen->codes[i], ':') + 1;

    for (guint k = 0; k < G_N_ELEMENTS (separator_codes); k++)
      if (g_str_has_prefix (text, separator_codes[k]))
        return TRUE;
  }
  return FALSE;
}

/* What one look needs and finds; no lock while it works. */
typedef struct {
  char     *sealed_path;  /* (owned) */
  char     *name;         /* (owned) */
  gboolean  raster, first;
  char     *released_by;  /* (owned) "" = the gate decides */
  int       fd;           /* (owned) the page's file */
  SohoaCapture capture;
  SohoaClearance *clearance; /* (owned) (nullable) */
} Look;

static void
look_clear (Look *self)
{
  g_free (self->sealed_path);
  g_free (self->name);
  g_free (self->released_by);
  sohoa_fd_clear (&self->fd);
  sohoa_capture_clear (&self->capture);
  g_clear_pointer (&self->clearance, sohoa_clearance_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Look, look_clear)

static gboolean
clear_page (SohoaBatchRun *run, const char *name, int fd, gboolean first, const char *released_by,
            SohoaClearance **clearance_out, GError **error)
{
  SohoaInput input = { name, fd };
  SohoaWorkerPool *pool = run->owner->desk->pool;
  g_autoptr(SohoaPlan) plan = NULL;

  if (released_by[0] == '\0')
    return sohoa_pipeline_gate_page (pool, name, fd, first, run->owner->cancellable, clearance_out, error);
  if (!sohoa_pipeline_probe (pool, &input, 1, run->owner->cancellable, &plan, error))
    return FALSE;
  *clearance_out = sohoa_clearance_new_released (plan, released_by, "batch released", error);
  return *clearance_out != NULL;
}

static gboolean
do_look (SohoaBatchRun *run, Look *look, GError **error)
{
  SOHOA_AUTO_FD int scanned = sohoa_seal_read (run->key, look->sealed_path, error);
  SOHOA_AUTO_FD int encoded = scanned >= 0 ? sohoa_memfd_new ("page", error) : -1;

  if (encoded < 0
      || !sohoa_pipeline_capture (run->owner->desk->pool, scanned, look->raster, JPEG_QUALITY, encoded,
                                  run->owner->cancellable, &look->capture, error))
    return FALSE;
  look->fd = sohoa_fd_steal (look->capture.encoded ? &encoded : &scanned);
  return clear_page (run, look->name, look->fd, look->first, look->released_by, &look->clearance, error);
}

/* The one encoding of a raster page takes the raw picture's place before it counts. Lock not held. */
static gboolean
keep_encoding (SohoaBatchRun *run, guint number, const Look *look, GError **error)
{
  g_autofree char *path = sohoa_batch_run_path (run, number, ".sealed");
  SohoaBatchPage *page;
  gboolean ok;

  if (!sohoa_seal_write (run->key, look->fd, path, error))
    return FALSE;
  g_mutex_lock (&run->lock);
  page = sohoa_batch_find_page (run->batch, number);
  if (page != NULL) {
    page->raster = FALSE;
    page->bytes = (guint64) sohoa_fd_size (look->fd);
  }
  ok = sohoa_batch_run_save (run);
  g_mutex_unlock (&run->lock);
  if (ok)
    (void) unlink (look->sealed_path);
  return TRUE;
}

static void
take_look (SohoaBatchRun *run, SohoaBatchPage *page, const Look *look)
{
  page->looked = TRUE;
  page->gated_first = look->first || look->released_by[0] != '\0';
  page->blank = look->capture.blank;
  page->separator = is_separator (run->batch->profile->separators, &look->capture);
  g_free (page->clearance);
  page->clearance = sohoa_clearance_to_text (look->clearance);
  for (guint i = 0; look->capture.quality != NULL && look->capture.quality[i] != NULL; i++)
    sohoa_batch_page_add_flag (page, look->capture.quality[i]);
}

/* A page that cannot be looked at: the feeder stops and the sheet is put back. */
static void
give_up_page (SohoaBatchRun *run, SohoaBatchPage *page, const GError *error)
{
  g_autofree char *text = g_strdup_printf ("sheet %u: %s: put back the sheets from sheet %u on, then scan on", page->sheet,
                                           error->message, page->sheet);

  if (run->batch->put_back == 0 || page->sheet < run->batch->put_back)
    run->batch->put_back = page->sheet;
  sohoa_batch_run_wait (run, sohoa_error_name (error), text);
}

static void
run_look (SohoaBatchRun *run, const Job *job)
{
  g_auto(Look) look = { .fd = -1 };
  g_autoptr(GError) error = NULL;
  SohoaBatchPage *page;
  gboolean ok = FALSE;

  g_mutex_lock (&run->lock);
  page = sohoa_batch_find_page (run->batch, job->number);
  if (page != NULL && page->state == SOHOA_BATCH_PAGE_SEALED && !is_stopped (run) && run->key != NULL) {
    look.sealed_path = sohoa_batch_run_sealed_path (run, page);
    look.name = sohoa_batch_page_name (page);
    look.raster = page->raster;
    look.released_by = g_strdup (run->batch->released_by);
    look.first = sohoa_batch_index_of (run->batch, job->number) == 0;
  }
  g_mutex_unlock (&run->lock);
  if (look.name != NULL)
    ok = do_look (run, &look, &error) && (!look.raster || keep_encoding (run, job->number, &look, &error));

  g_mutex_lock (&run->lock);
  page = sohoa_batch_find_page (run->batch, job->number);
  if (page != NULL) {
    page->looking = FALSE;
    if (ok)
      take_look (run, page, &look);
    else if (error != NULL && !is_gate_hit (error) && !is_stopped (run)) {
      if (sohoa_error_class (error) == SOHOA_ERROR_CLASS_RETRY && job->tries < SOHOA_BATCH_TRIES) {
        page->looking = TRUE;
        push (run, job->number, FALSE, job->tries + 1);
        g_mutex_unlock (&run->lock);
        return;
      }
      give_up_page (run, page, error);
    }
  }
  run->unlooked -= run->unlooked > 0;
  sohoa_batch_feed_unpark (run);
  g_mutex_unlock (&run->lock);
  if (!ok && error != NULL) {
    sohoa_batch_feed_stop (run);
    if (is_gate_hit (error))
      sohoa_batch_work_hold (run, error);
  }
  sohoa_batch_work_commit (run);
}

/* ---- clearing, sheet by sheet ---- */

/* The sides that are cleared next: [first, end). FALSE: nothing can be cleared now. Lock held. */
static gboolean
next_sheet (SohoaBatchRun *run, guint *first_out, guint *end_out)
{
  SohoaBatch *batch = run->batch;
  const SohoaBatchPage *page = NULL;
  guint i, end;
  gboolean alone;

  for (i = 0; i < batch->pages->len; i++) {
    page = g_ptr_array_index (batch->pages, i);
    if (page->state == SOHOA_BATCH_PAGE_SEALED)
      break;
  }
  if (i == batch->pages->len || (batch->put_back > 0 && page->sheet >= batch->put_back && !page->single))
    return FALSE;
  /* the second side of a manual duplex, and what was scanned for itself, comes alone */
  alone = page->single || (page->back && i > 0 && ((SohoaBatchPage *) g_ptr_array_index (batch->pages, i - 1))->sheet == page->sheet);
  for (end = i; end < batch->pages->len; end++) {
    const SohoaBatchPage *side = g_ptr_array_index (batch->pages, end);

    if (side->sheet != page->sheet || side->state != SOHOA_BATCH_PAGE_SEALED || side->single != page->single
        || (alone && end > i))
      break;
    if (!side->looked)
      return FALSE;
  }
  *first_out = i;
  *end_out = end;
  return alone || end - i >= batch->sides || batch->state != SOHOA_BATCH_SCANNING;
}

static gboolean
count_reached (const SohoaBatch *batch, guint index)
{
  guint sheets = 0, last = 0;

  if (batch->profile->separators != SOHOA_SCAN_SEPARATORS_COUNT || batch->profile->count == 0)
    return FALSE;
  for (guint i = index; i-- > 0;) {
    const SohoaBatchPage *page = g_ptr_array_index (batch->pages, i);

    if (page->sheet != last && !page->single)
      sheets++;
    last = page->sheet;
    if (page->break_before && page->state != SOHOA_BATCH_PAGE_REJECTED)
      break;
  }
  return sheets >= batch->profile->count;
}

/* What becomes of each side. A separator with something on its other side loses nothing: it only parts. Lock held. */
static void
judge_sheet (SohoaBatch *batch, guint first, guint end, SohoaBatchPageState *states)
{
  gboolean marked = FALSE, content = FALSE, all_blank = TRUE;

  for (guint i = first; i < end; i++) {
    const SohoaBatchPage *page = g_ptr_array_index (batch->pages, i);

    marked = marked || page->separator;
    content = content || (!page->separator && !page->blank);
    all_blank = all_blank && page->blank;
  }
  if (batch->profile->separators == SOHOA_SCAN_SEPARATORS_BLANK && all_blank)
    marked = TRUE;
  for (guint i = first; i < end; i++) {
    SohoaBatchPage *page = g_ptr_array_index (batch->pages, i);

    states[i - first] = marked && !content && !page->single ? SOHOA_BATCH_PAGE_SEPARATOR
                        : page->blank && batch->profile->blank == SOHOA_SCAN_BLANK_DROP ? SOHOA_BATCH_PAGE_BLANK
                                                                                        : SOHOA_BATCH_PAGE_KEPT;
    if (page->blank)
      sohoa_batch_page_add_flag (page, "blank");
    if (marked && content)
      sohoa_batch_page_add_flag (page, "separator-with-content");
  }
  if ((marked && content) || count_reached (batch, first))
    ((SohoaBatchPage *) g_ptr_array_index (batch->pages, first))->break_before = TRUE;
}

/* Plain file of one page, durable. Lock not held. */
static gboolean
write_plain (SohoaBatchRun *run, guint number, const char *sealed_path, const char *name, gboolean gate_first,
             const char *released_by, char **sha256_out, char **clearance_out, GError **error)
{
  g_autofree char *path = sohoa_batch_run_path (run, number, "");
  SOHOA_AUTO_FD int fd = sohoa_seal_read (run->key, sealed_path, error);
  g_autoptr(SohoaOutput) output = NULL;
  g_autoptr(SohoaClearance) clearance = NULL;

  if (fd < 0)
    return FALSE;
  if (gate_first) {
    if (!clear_page (run, name, fd, TRUE, released_by, &clearance, error))
      return FALSE;
    *clearance_out = sohoa_clearance_to_text (clearance);
  }
  output = sohoa_output_new (path, 0600, error);
  *sha256_out = output != NULL ? sohoa_fd_sha256 (fd, 0, G_MAXUINT64, error) : NULL;
  return *sha256_out != NULL && sohoa_fd_copy (fd, 0, G_MAXUINT64, sohoa_output_get_fd (output), error)
         && sohoa_output_commit (output, error);
}

/* The page that @page was scanned again for. Lock held. */
static void
replace_old (SohoaBatch *batch, const SohoaBatchPage *page)
{
  SohoaBatchPage *old = page->replaces > 0 ? sohoa_batch_find_page (batch, page->replaces) : NULL;

  if (old == NULL)
    return;
  old->state = SOHOA_BATCH_PAGE_REJECTED;
}

/* Clears one page; TRUE when its plain file is there and the batch says so. Takes the lock by itself. */
static gboolean
clear_one (SohoaBatchRun *run, guint number, SohoaBatchPageState state, GError **error)
{
  g_autofree char *sealed_path = NULL, *name = NULL, *released_by = NULL, *sha256 = NULL, *clearance = NULL;
  SohoaBatchPage *page;
  gboolean gate_first, ok;

  g_mutex_lock (&run->lock);
  page = sohoa_batch_find_page (run->batch, number);
  sealed_path = sohoa_batch_run_sealed_path (run, page);
  name = sohoa_batch_page_name (page);
  released_by = g_strdup (run->batch->released_by);
  gate_first = !page->gated_first && state == SOHOA_BATCH_PAGE_KEPT
               && sohoa_batch_starts_document (run->batch, sohoa_batch_index_of (run->batch, number));
  g_mutex_unlock (&run->lock);
  if (!write_plain (run, number, sealed_path, name, gate_first, released_by, &sha256, &clearance, error))
    return FALSE;

  g_mutex_lock (&run->lock);
  page = sohoa_batch_find_page (run->batch, number);
  if (is_stopped (run)) { /* held meanwhile: it stays sealed */
    g_autofree char *plain = sohoa_batch_run_path (run, number, "");

    (void) unlink (plain);
    g_mutex_unlock (&run->lock);
    return TRUE;
  }
  page->state = state;
  g_free (page->sha256);
  page->sha256 = g_steal_pointer (&sha256);
  if (clearance != NULL) {
    g_free (page->clearance);
    page->clearance = g_steal_pointer (&clearance);
  }
  replace_old (run->batch, page);
  ok = sohoa_batch_run_save (run);
  g_mutex_unlock (&run->lock);
  if (!ok)
    return TRUE; /* it waits, with the reason */
  (void) unlink (sealed_path);
  sohoa_batches_tell (run, number, sohoa_batch_page_state_to_string (state));
  if (state == SOHOA_BATCH_PAGE_KEPT)
    push (run, number, TRUE, 1);
  return TRUE;
}

/* Seals again what lies open and has not left. Only by the thread that commits; takes the lock. */
static void
seal_again (SohoaBatchRun *run)
{
  g_mutex_lock (&run->lock);
  for (guint i = 0; i < run->batch->pages->len; i++) {
    SohoaBatchPage *page = g_ptr_array_index (run->batch->pages, i);
    g_autofree char *plain = sohoa_batch_run_path (run, page->number, "");
    g_autofree char *image = sohoa_batch_run_path (run, page->number, SOHOA_AHEAD_IMAGE);
    g_autofree char *reply = sohoa_batch_run_path (run, page->number, SOHOA_AHEAD_REPLY);
    g_autofree char *sealed = sohoa_batch_run_path (run, page->number, ".sealed");
    g_autoptr(GError) error = NULL;
    SOHOA_AUTO_FD int fd = -1;

    if (page->state == SOHOA_BATCH_PAGE_SEALED || page->document != 0)
      continue;
    fd = open (plain, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 || run->key == NULL || !sohoa_seal_write (run->key, fd, sealed, &error)) {
      g_warning ("batch %s: page %u was not sealed again: %s", run->batch->id, page->number,
                 error != NULL ? error->message : "no key");
      continue;
    }
    page->state = SOHOA_BATCH_PAGE_SEALED;
    page->sealed = TRUE;
    page->looked = page->read = FALSE;
    if (!sohoa_batch_run_save (run))
      continue;
    (void) unlink (plain);
    (void) unlink (reply);
    (void) unlink (image);
  }
  g_mutex_unlock (&run->lock);
}

static void
settle_error (SohoaBatchRun *run, guint number, const GError *error)
{
  SohoaBatchPage *page;

  if (is_gate_hit (error)) {
    sohoa_batch_feed_stop (run);
    sohoa_batch_work_hold (run, error);
    return;
  }
  g_mutex_lock (&run->lock);
  page = sohoa_batch_find_page (run->batch, number);
  if (page != NULL && !is_stopped (run))
    sohoa_batch_run_wait (run, sohoa_error_name (error), error->message);
  g_mutex_unlock (&run->lock);
  sohoa_batch_feed_stop (run);
}

/* One sheet; FALSE when there is none to clear now. Lock held at the start and at the end. */
static gboolean
commit_sheet (SohoaBatchRun *run)
{
  SohoaBatchPageState states[2];
  guint numbers[2], first, end, n;
  gboolean going = TRUE;

  if (is_stopped (run) || run->key == NULL || !next_sheet (run, &first, &end))
    return FALSE;
  n = MIN (end - first, G_N_ELEMENTS (states));
  judge_sheet (run->batch, first, first + n, states);
  for (guint i = 0; i < n; i++)
    numbers[i] = ((SohoaBatchPage *) g_ptr_array_index (run->batch->pages, first + i))->number;
  g_mutex_unlock (&run->lock);
  for (guint i = 0; i < n && going; i++) {
    g_autoptr(GError) error = NULL;

    going = clear_one (run, numbers[i], states[i], &error);
    if (!going)
      settle_error (run, numbers[i], error);
  }
  g_mutex_lock (&run->lock);
  return going;
}

void
sohoa_batch_work_commit (SohoaBatchRun *run)
{
  gboolean held;

  g_mutex_lock (&run->lock);
  if (run->committing) {
    g_mutex_unlock (&run->lock);
    return;
  }
  run->committing = TRUE;
  while (commit_sheet (run))
    continue;
  held = run->batch->state == SOHOA_BATCH_HELD;
  run->committing = FALSE;
  g_mutex_unlock (&run->lock);
  if (held)
    seal_again (run);
  else
    sohoa_batch_leave (run);
}

void
sohoa_batch_work_hold (SohoaBatchRun *run, const GError *why)
{
  g_mutex_lock (&run->lock);
  if (run->batch->state != SOHOA_BATCH_PURGED && run->batch->state != SOHOA_BATCH_HELD) {
    run->batch->state = SOHOA_BATCH_HELD;
    g_free (run->batch->error_name);
    g_free (run->batch->message);
    run->batch->error_name = g_strdup (sohoa_error_name (why));
    run->batch->message = g_strdup ("suspected secrecy mark: nothing more was written: a person must decide");
    (void) sohoa_batch_run_save (run);
    g_message ("batch %s: held: suspected secrecy mark", run->batch->id);
    sohoa_batches_tell (run, 0, sohoa_batch_state_to_string (run->batch->state));
  }
  g_mutex_unlock (&run->lock);
}

/* ---- reading ahead ---- */

static gboolean
do_read (SohoaBatchRun *run, guint number, const char *name, const char *clearance_text, guint turn, GError **error)
{
  g_autofree char *path = sohoa_batch_run_path (run, number, "");
  g_autoptr(SohoaClearance) clearance = sohoa_clearance_from_text (clearance_text, error);
  SOHOA_AUTO_FD int fd = clearance != NULL ? open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;

  if (fd < 0) {
    if (clearance != NULL)
      g_set_error (error, SOHOA_STORE_ERROR, SOHOA_STORE_ERROR_CORRUPT, "%s: cannot be opened", path);
    return FALSE;
  }
  return sohoa_pipeline_read_ahead (run->owner->desk->pool, name, fd, clearance, turn, path, run->owner->cancellable, error);
}

static void
run_read (SohoaBatchRun *run, const Job *job)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *name = NULL, *clearance = NULL;
  SohoaBatchPage *page;
  guint turn = 0;

  g_mutex_lock (&run->lock);
  page = sohoa_batch_find_page (run->batch, job->number);
  if (page != NULL && page->state == SOHOA_BATCH_PAGE_KEPT && !page->read && !is_stopped (run)) {
    name = sohoa_batch_page_name (page);
    clearance = g_strdup (page->clearance);
    turn = page->back && run->batch->profile->turn_backs ? 180 : 0;
  }
  g_mutex_unlock (&run->lock);
  if (name == NULL)
    return;
  (void) do_read (run, job->number, name, clearance, turn, &error);
  if (error != NULL && is_gate_hit (error)) {
    sohoa_batch_feed_stop (run);
    sohoa_batch_work_hold (run, error);
    sohoa_batch_work_commit (run);
    return;
  }
  g_mutex_lock (&run->lock);
  page = sohoa_batch_find_page (run->batch, job->number);
  if (page != NULL && page->state == SOHOA_BATCH_PAGE_KEPT)
    page->read = TRUE; /* also when it failed: the document's own step tries again and says so */
  else {
    g_autofree char *image = sohoa_batch_run_path (run, job->number, SOHOA_AHEAD_IMAGE);
    g_autofree char *reply = sohoa_batch_run_path (run, job->number, SOHOA_AHEAD_REPLY);

    (void) unlink (reply);
    (void) unlink (image);
  }
  g_mutex_unlock (&run->lock);
  sohoa_batches_tell (run, job->number, "read");
  sohoa_batch_leave (run);
}

void
sohoa_batch_work_job (gpointer data, gpointer batches)
{
  g_autofree Job *job = data;

  if (g_atomic_int_get (&job->run->owner->stopping))
    return;
  if (job->read)
    run_read (job->run, job);
  else
    run_look (job->run, job);
}
