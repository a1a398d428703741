#include "sohoa-renewer.h"

#include "sohoa-authority.h"
#include "sohoa-file.h"
#include "sohoa-log.h"
#include "sohoa-time.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define AT_ONCE 16u                                  /* rows looked at before the list is read anew */
#define REST_MAX_US (60 * (gint64) G_USEC_PER_SEC)   /* without a wake-up */
#define BUSY_US (2 * (gint64) G_USEC_PER_SEC)        /* a step works on the document: its change comes first */
#define RETRY_FIRST_US (60 * (gint64) G_USEC_PER_SEC)
#define DAY_US (24 * 3600 * (gint64) G_USEC_PER_SEC)

struct _SohoaRenewer {
  SohoaDesk    *desk;        /* (unowned) */
  GThread      *thread;      /* (owned) */
  GCancellable *cancellable; /* (owned) */
  GMutex        lock;
  GCond         wake;
  gboolean      stopping, woken;
};

/* One document under way. */
typedef struct {
  SohoaDesk          *desk;     /* (unowned) */
  SohoaStoreEvidence  row;
  SohoaStoreDocument *document; /* (owned) */
  char               *name, *path; /* (owned) of the file that is to come */
  SohoaRenewal        renewal;  /* (owned) */
} Work;

static void
work_clear (Work *work)
{
  sohoa_store_document_free (work->document);
  g_free (work->name);
  g_free (work->path);
  sohoa_renewal_clear (&work->renewal);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Work, work_clear)

static gint64
due_of (SohoaDesk *desk, SohoaLevel level, gint64 archive_end_us)
{
  if (level < desk->conf->level)
    return sohoa_time_now_us ();
  if (archive_end_us == 0)
    return G_MAXINT64; /* nothing will be due; the row tells the level */
  /* an authority whose own certificate ends within renew-days must not keep us busy */
  return MAX (sohoa_time_now_us () + DAY_US, archive_end_us - desk->conf->renew_days * DAY_US);
}

static gboolean
write_row (SohoaDesk *desk, SohoaStoreEvidence *row, SohoaLevel level, gint64 due_us, guint tries, GError **error)
{
  row->due_us = due_us;
  row->tries = tries;
  g_strlcpy (row->level, sohoa_level_to_profile (level), sizeof row->level);
  return sohoa_store_set_evidence (desk->store, row, error);
}

gboolean
sohoa_renewer_note (SohoaDesk *desk, const char *id, SohoaLevel level, gint64 archive_end_us, GError **error)
{
  SohoaStoreEvidence row = { 0 };

  g_strlcpy (row.id, id, sizeof row.id);
  return write_row (desk, &row, level, due_of (desk, level, archive_end_us), 0, error);
}

/* ---- one document ---- */

static int
open_checked (SohoaDesk *desk, const SohoaStoreFile *file, GError **error)
{
  g_autofree char *path = g_build_filename (desk->spool_dir, file->path, NULL);
  SOHOA_AUTO_FD int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  g_autofree char *sha256 = fd >= 0 ? sohoa_fd_sha256 (fd, 0, G_MAXUINT64, error) : NULL;

  if (fd < 0) {
    g_set_error (error, SOHOA_STORE_ERROR, SOHOA_STORE_ERROR_CORRUPT, "%s: %s: restore the spool", file->path, g_strerror (errno));
    return -1;
  }
  if (sha256 == NULL)
    return -1;
  if (!g_str_equal (sha256, file->sha256)) {
    g_set_error (error, SOHOA_STORE_ERROR, SOHOA_STORE_ERROR_CORRUPT, "%s: is not the file that was signed: restore the spool", file->path);
    return -1;
  }
  return sohoa_fd_steal (&fd);
}

/* The record says what the signature has now. */
static void
tell_record (SohoaRecord *record, const Work *work)
{
  sohoa_record_drop_deviations (record, SOHOA_LEVELS_DEVIATION);
  if (work->renewal.after < work->desk->conf->level) {
    g_autofree char *text = g_strdup_printf (SOHOA_LEVELS_DEVIATION "%s instead of %s: %s: complete it with sohoa renew",
                                             sohoa_level_to_profile (work->renewal.after),
                                             sohoa_level_to_profile (work->desk->conf->level),
                                             work->renewal.why_less != NULL ? work->renewal.why_less : "evidence is missing");

    sohoa_record_add_deviation (record, text);
  }
}

/* The change that makes the new file count. No claim is ended by it: a document a step works on is left alone. */
static gboolean
commit (const Work *work, GError **error)
{
  g_autoptr(SohoaRecord) record = sohoa_desk_load_record (work->document, error);
  g_autoptr(GPtrArray) files = sohoa_store_files_new ();
  g_autofree char *relative = g_build_filename (work->document->id, work->name, NULL);
  g_autofree char *reason = g_strdup_printf ("%s → %s", sohoa_level_to_profile (work->renewal.before),
                                             sohoa_level_to_profile (work->renewal.after));
  const SohoaStoreFile *old = sohoa_desk_peek_file (work->document, SOHOA_ROLE_ARCHIVE);
  SohoaStoreChange change = { .id = work->document->id, .expected_revision = work->document->revision, .kind = "evidence",
                              .actor = SOHOA_DESK_ACTOR, .reason = reason, .not_before_us = work->document->not_before_us };
  g_autofree char *json = NULL;

  if (record == NULL)
    return FALSE;
  tell_record (record, work);
  json = sohoa_record_to_json (record, FALSE);
  if (old != NULL)
    g_ptr_array_add (files, sohoa_store_file_new (SOHOA_ROLE_ARCHIVE, old->name, NULL, "", 0));
  g_ptr_array_add (files, sohoa_store_file_new (SOHOA_ROLE_ARCHIVE, work->name, relative, work->renewal.sha256, work->renewal.size));
  change.record_json = json;
  change.files = files;
  return sohoa_store_change (work->desk->store, &change, NULL, error);
}

/* An older archive that nothing names any more; what is in the outbox stays. */
static void
drop_old_archive (const Work *work)
{
  const SohoaStoreFile *old = sohoa_desk_peek_file (work->document, SOHOA_ROLE_ARCHIVE);
  g_autoptr(GPtrArray) rows = old != NULL ? sohoa_store_list_outbox (work->desk->store, work->document->id, NULL) : NULL;
  g_autofree char *path = old != NULL ? g_build_filename (work->desk->spool_dir, old->path, NULL) : NULL;

  if (rows == NULL)
    return;
  for (guint i = 0; i < rows->len; i++)
    if (g_str_equal (((SohoaStoreOutboxRow *) g_ptr_array_index (rows, i))->payload_path, old->path))
      return;
  (void) unlink (path);
}

/* FALSE with an error: nothing was changed. */
static gboolean
renew (Work *work, GCancellable *cancellable, GError **error)
{
  const SohoaStoreFile *file = sohoa_desk_peek_pdf (work->document);
  SOHOA_AUTO_FD int fd = open_checked (work->desk, file, error);
  SohoaRenewOptions options = { .within_days = work->desk->conf->renew_days };
  g_autofree char *limited = NULL;

  if (fd < 0)
    return FALSE;
  limited = sohoa_authority_services (work->desk->authority, &options.services);
  work->name = g_strdup_printf ("archive-%u.pdf", work->document->revision);
  work->path = sohoa_desk_dup_path (work->desk, work->document->id, work->name);
  if (!sohoa_pipeline_renew (work->desk->pool, fd, &options, work->path, cancellable, &work->renewal, error))
    return FALSE;
  /* what lacks evidence although the time stamp came may be this document's certificate alone */
  if (work->renewal.after == SOHOA_LEVEL_B || work->renewal.after >= work->desk->conf->level)
    sohoa_authority_learned (work->desk->authority, work->renewal.after, work->renewal.why_less);
  if (!work->renewal.written)
    return TRUE;
  if (!commit (work, error)) {
    (void) unlink (work->path);
    return FALSE;
  }
  drop_old_archive (work);
  g_message ("%s: signature %s, was %s", work->document->id, sohoa_level_to_profile (work->renewal.after),
             sohoa_level_to_profile (work->renewal.before));
  return TRUE;
}

/* When the row is due again. */
static gboolean
settle (Work *work, const GError *failure, GError **error)
{
  guint tries = work->row.tries + 1;
  gint64 wait_us = MIN (RETRY_FIRST_US << MIN (tries - 1, 12), DAY_US);
  SohoaLevel level = work->renewal.after;

  if (failure != NULL) { /* a step or a person changed it meanwhile, or the file is not what it was */
    gboolean busy = g_error_matches (failure, SOHOA_ERROR, SOHOA_ERROR_CONFLICT)
                    || g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_CANCELLED);

    (void) sohoa_level_from_profile (work->row.level, &level);
    if (!busy)
      g_warning ("%s: signature not completed: %s", work->row.id, failure->message);
    return write_row (work->desk, &work->row, level, sohoa_time_now_us () + (busy ? BUSY_US : DAY_US),
                      busy ? work->row.tries : tries, error);
  }
  if (level >= work->desk->conf->level)
    return write_row (work->desk, &work->row, level, due_of (work->desk, level, work->renewal.archive_end_us), 0, error);
  if (sohoa_authority_limited_until (work->desk->authority) != 0)
    wait_us = 0; /* its own pause goes before ours */
  return write_row (work->desk, &work->row, level, sohoa_time_now_us () + wait_us, tries, error);
}

/* A document that a step works on, or that is to be signed anew, is not touched. */
static gboolean
postpone (Work *work, gboolean *handled, GError **error)
{
  const SohoaStoreDocument *d = work->document;
  SohoaLevel level = SOHOA_LEVEL_B;

  (void) sohoa_level_from_profile (work->row.level, &level);
  *handled = TRUE;
  if (d->fence != 0 || d->state == SOHOA_STATE_SIGNING)
    return write_row (work->desk, &work->row, level, sohoa_time_now_us () + BUSY_US, work->row.tries, error);
  if (sohoa_desk_peek_pdf (d) == NULL || d->state < SOHOA_STATE_SIGNING) {
    work->row.due_us = 0;
    return sohoa_store_set_evidence (work->desk->store, &work->row, error);
  }
  *handled = FALSE;
  return TRUE;
}

static void
complete (SohoaRenewer *self, const SohoaStoreEvidence *row)
{
  g_auto(Work) work = { .desk = self->desk, .row = *row };
  g_autoptr(GError) error = NULL, failure = NULL;
  gboolean handled = FALSE;

  work.document = sohoa_store_find (self->desk->store, row->id, &error);
  if (work.document == NULL) {
    if (g_error_matches (error, SOHOA_ERROR, SOHOA_ERROR_NOT_FOUND)) {
      work.row.due_us = 0;
      g_clear_error (&error);
      handled = sohoa_store_set_evidence (self->desk->store, &work.row, &error);
    }
  } else if (postpone (&work, &handled, &error) && !handled) {
    (void) renew (&work, self->cancellable, &failure);
    (void) settle (&work, failure, &error);
  }
  if (error != NULL)
    g_warning ("%s: evidence: %s", row->id, error->message);
}

/* ---- the thread ---- */

/* When to look again: monotonic µs. */
static gint64
look (SohoaRenewer *self)
{
  gint64 now = sohoa_time_now_us (), until = g_get_monotonic_time () + REST_MAX_US, limited;
  g_autoptr(GError) error = NULL;
  g_autoptr(GArray) rows = NULL;
  gint64 due;

  while ((limited = sohoa_authority_limited_until (self->desk->authority)) == 0
         && (rows = sohoa_store_list_evidence (self->desk->store, now, AT_ONCE, &error)) != NULL && rows->len > 0) {
    for (guint i = 0; i < rows->len && !g_cancellable_is_cancelled (self->cancellable)
                      && sohoa_authority_limited_until (self->desk->authority) == 0; i++)
      complete (self, &g_array_index (rows, SohoaStoreEvidence, i));
    if (g_cancellable_is_cancelled (self->cancellable))
      return until;
    g_clear_pointer (&rows, g_array_unref);
  }
  if (error != NULL)
    g_warning ("evidence: %s", error->message);
  if (limited != 0)
    return MIN (until, limited);
  g_clear_pointer (&rows, g_array_unref);
  rows = sohoa_store_list_evidence (self->desk->store, G_MAXINT64 - 1, 1, NULL);
  if (rows == NULL || rows->len == 0)
    return until;
  due = g_array_index (rows, SohoaStoreEvidence, 0).due_us - sohoa_time_now_us ();
  return g_get_monotonic_time () + CLAMP (due, 50 * 1000, REST_MAX_US);
}

static gpointer
run (gpointer data)
{
  SohoaRenewer *self = data;

  g_mutex_lock (&self->lock);
  while (!self->stopping) {
    gint64 until;

    self->woken = FALSE;
    g_mutex_unlock (&self->lock);
    until = look (self);
    g_mutex_lock (&self->lock);
    while (!self->stopping && !self->woken && g_cond_wait_until (&self->wake, &self->lock, until))
      continue;
  }
  g_mutex_unlock (&self->lock);
  return NULL;
}

SohoaRenewer *
sohoa_renewer_new (SohoaDesk *desk)
{
  SohoaRenewer *self = g_new0 (SohoaRenewer, 1);

  self->desk = desk;
  self->cancellable = g_cancellable_new ();
  g_mutex_init (&self->lock);
  g_cond_init (&self->wake);
  self->thread = g_thread_new ("evidence", run, self);
  return self;
}

void
sohoa_renewer_wake (SohoaRenewer *self)
{
  g_mutex_lock (&self->lock);
  self->woken = TRUE;
  g_cond_broadcast (&self->wake);
  g_mutex_unlock (&self->lock);
}

void
sohoa_renewer_free (SohoaRenewer *self)
{
  if (self == NULL)
    return;
  g_mutex_lock (&self->lock);
  self->stopping = TRUE;
  g_cancellable_cancel (self->cancellable);
  g_cond_broadcast (&self->wake);
  g_mutex_unlock (&self->lock);
  g_thread_join (self->thread);
  g_object_unref (self->cancellable);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->wake);
  g_free (self);
}
