/* The front of the store: argument checks and the call-back; the work is the backend's. */
#include "sohoa-store-backend.h"

#include "sohoa-file.h"
#include "sohoa-record.h"
#include "sohoa-time.h"

#include <string.h>

#define LEASE_MAX_MS (24u * 60 * 60 * 1000)

struct _SohoaStore {
  const SohoaStoreBackend *backend;      /* (unowned) static */
  gpointer                 backend_self; /* (owned) closed by the backend */
  SohoaStoreChanged        changed;      /* (nullable) */
  gpointer                 changed_data; /* (unowned) */
};

SohoaStore *
sohoa_store_new (const SohoaStoreBackend *backend, gpointer backend_self)
{
  SohoaStore *self = g_new0 (SohoaStore, 1);

  self->backend = backend;
  self->backend_self = backend_self;
  return self;
}

void
sohoa_store_free (SohoaStore *self)
{
  if (self == NULL)
    return;
  self->backend->close (self->backend_self);
  g_free (self);
}

void
sohoa_store_set_change_callback (SohoaStore *self, SohoaStoreChanged changed, gpointer data)
{
  self->changed = changed;
  self->changed_data = data;
}

static void
tell (SohoaStore *self, const char *id, guint64 sequence)
{
  if (self->changed != NULL)
    self->changed (self, id, sequence, self->changed_data);
}

/* ---- checks ---- */

static gboolean
bad (GError **error, const char *what, const char *why)
{
  g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "%s: %s", what, why);
  return FALSE;
}

static gboolean
check_id (const char *id, GError **error)
{
  if (id == NULL || !sohoa_id_is_valid (id))
    return bad (error, "document", "not a document id");
  return TRUE;
}

/* @needed: neither NULL nor empty. */
static gboolean
check_string (const char *what, const char *value, gboolean needed, GError **error)
{
  if (value == NULL || value[0] == '\0')
    return needed ? bad (error, what, "is missing") : TRUE;
  if (strlen (value) > SOHOA_STORE_STRING_MAX_BYTES)
    return bad (error, what, "is too long");
  if (!g_utf8_validate (value, -1, NULL))
    return bad (error, what, "is not UTF-8");
  return TRUE;
}

static gboolean
check_files (const GPtrArray *files, gboolean may_remove, GError **error)
{
  for (guint i = 0; files != NULL && i < files->len; i++) {
    const SohoaStoreFile *file = g_ptr_array_index (files, i);

    if (!check_string ("file role", file->role, TRUE, error) || !check_string ("file name", file->name, TRUE,
                                                                               error)
        || !check_string ("file path", file->path, !may_remove, error)
        || !check_string ("file digest", file->sha256, FALSE, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
check_intake (const SohoaStoreIntake *intake, GError **error)
{
  if (memchr (intake->sha256, '\0', sizeof intake->sha256) == NULL || strlen (intake->sha256) != 64
      || strspn (intake->sha256, "0123456789abcdef") != 64)
    return bad (error, "intake", "not a SHA-256");
  if (intake->size > G_MAXINT64)
    return bad (error, "intake", "impossible size");
  return TRUE;
}

static gboolean
check_time (gint64 now_us, GError **error)
{
  return now_us >= 0 ? TRUE : bad (error, "time", "before 1970");
}

/* ---- documents ---- */

gboolean
sohoa_store_add (SohoaStore *self, const SohoaStoreNewDocument *document, char **id_out,
                 gboolean *created_out,
                 GError **error)
{
  SohoaStoreNewDocument d = *document;
  guint64 sequence = 0;
  g_autofree char *id = NULL;
  gboolean created = FALSE;

  *id_out = NULL;
  if (created_out != NULL)
    *created_out = FALSE;
  if (!check_id (d.id, error) || !check_string ("actor", d.actor, TRUE, error)
      || !check_string ("reason", d.reason, FALSE, error) || !check_string ("token", d.token, FALSE, error)
      || !check_files (d.files, FALSE, error) || !check_time (d.now_us, error))
    return FALSE;
  if (d.priority > 4 || d.not_before_us < 0)
    return bad (error, "document", "priority or not-before time out of range");
  for (guint i = 0; i < d.n_intakes; i++)
    if (!check_intake (&d.intakes[i], error))
      return FALSE;
  if (d.now_us == 0)
    d.now_us = sohoa_time_now_us ();
  if (!self->backend->add (self->backend_self, &d, &id, &created, &sequence, error))
    return FALSE;
  if (created)
    tell (self, id, sequence);
  if (created_out != NULL)
    *created_out = created;
  *id_out = g_steal_pointer (&id);
  return TRUE;
}

SohoaStoreDocument *
sohoa_store_find (SohoaStore *self, const char *id, GError **error)
{
  g_autoptr(SohoaStoreDocument) document = NULL;

  if (!check_id (id, error))
    return NULL;
  document = self->backend->find (self->backend_self, id, error);
  if (document == NULL || !sohoa_store_rules_present (document, error))
    return NULL;
  return g_steal_pointer (&document);
}

GPtrArray *
sohoa_store_list (SohoaStore *self, const SohoaStoreQuery *query, char **cursor_out, GError **error)
{
  SohoaStoreQuery q = *query;

  if (cursor_out != NULL)
    *cursor_out = NULL;
  if (!check_string ("search", q.search, FALSE, error) || !check_string ("cursor", q.cursor, FALSE, error))
    return NULL;
  if (q.limit == 0 || q.limit > SOHOA_STORE_LIST_MAX)
    q.limit = SOHOA_STORE_LIST_MAX;
  if (q.states == 0)
    q.states = G_MAXUINT32;
  return self->backend->list (self->backend_self, &q, cursor_out, error);
}

GArray *
sohoa_store_changes_since (SohoaStore *self, guint64 sequence, guint limit, GError **error)
{
  if (limit == 0 || limit > SOHOA_STORE_LIST_MAX)
    limit = SOHOA_STORE_LIST_MAX;
  return self->backend->changes_since (self->backend_self, MIN (sequence, G_MAXINT64), limit, error);
}

gboolean
sohoa_store_get_sequence (SohoaStore *self, guint64 *sequence_out, GError **error)
{
  *sequence_out = 0;
  return self->backend->get_sequence (self->backend_self, sequence_out, error);
}

/* ---- the setter ---- */

static gboolean
check_number (const SohoaStoreNumber *n, GError **error)
{
  if (!check_string ("agency", n->agency, TRUE, error) || !check_string ("book", n->book, FALSE, error))
    return FALSE;
  if (n->book == NULL || n->year < 1900 || n->year > 2200 || n->number > G_MAXINT32)
    return bad (error, "number", "book, year or number out of range");
  if (g_strcmp0 (n->source, "desk") != 0 && g_strcmp0 (n->source, "qlvb") != 0
      && g_strcmp0 (n->source, "paper") != 0)
    return bad (error, "number", "source is desk, qlvb or paper");
  if (n->number == 0 && !g_str_equal (n->source, "desk"))
    return bad (error, "number", "only the desk gives the next number");
  return TRUE;
}

static gboolean
check_sides (const SohoaStoreChange *c, GError **error)
{
  const SohoaStoreParcel *p = c->parcel;
  const SohoaStoreAnswer *a = c->answer;

  if (c->number != NULL && !check_number (c->number, error))
    return FALSE;
  if (p != NULL
      && (!check_string ("outbox key", p->key, TRUE, error) || !check_string ("outbox target", p->target,
                                                                              TRUE, error)
          || !check_string ("payload path", p->payload_path, TRUE, error)
          || !check_string ("payload digest", p->payload_sha256, TRUE, error)))
    return FALSE;
  if (a != NULL
      && (!check_string ("outbox key", a->key, TRUE, error) || !check_string ("answer status", a->status,
                                                                              TRUE, error)
          || !check_string ("server id", a->server_id, FALSE, error)
          || !check_string ("arrival number", a->arrival_number, FALSE, error)
          || !check_string ("answer message", a->message, FALSE, error)))
    return FALSE;
  return check_string ("void reason", c->void_number_reason, c->void_number_reason != NULL, error);
}

static gboolean
check_change (const SohoaStoreChange *c, GError **error)
{
  if (!check_id (c->id, error) || !check_string ("actor", c->actor, TRUE, error)
      || !check_string ("reason", c->reason, FALSE, error) || !check_string ("token", c->token, FALSE, error)
      || !check_string ("event kind", c->kind, FALSE, error) || !check_files (c->files, TRUE, error)
      || !check_time (c->now_us, error) || !check_sides (c, error))
    return FALSE;
  if (c->moves && (guint) c->to >= SOHOA_N_STATES)
    return bad (error, "state", "there is no such state");
  if (c->not_before_us < 0)
    return bad (error, "not-before time", "before 1970");
  if (c->text != NULL && strlen (c->text) > SOHOA_STORE_TEXT_MAX_BYTES)
    return bad (error, "text", "is too long");
  if ((c->flags & SOHOA_STORE_CHANGE_KEEP_CLAIM) != 0
      && (c->fence == 0 || (c->moves && !sohoa_state_is_working (c->to))))
    return bad (error, "claim", "cannot be kept here");
  if (sohoa_store_rules_wipes (c)
      && (c->record_json != NULL || c->text != NULL || c->reason != NULL || c->failure != NULL || c->answer != NULL
          || c->parcel != NULL || c->number != NULL))
    return bad (error, "change", "a secrecy hold carries no content");
  return TRUE;
}

gboolean
sohoa_store_change (SohoaStore *self, const SohoaStoreChange *change, SohoaStoreResult *result_out,
                    GError **error)
{
  SohoaStoreChange c = *change;
  SohoaStoreResult result = { 0 };

  if (result_out != NULL)
    *result_out = result;
  if (!check_change (&c, error))
    return FALSE;
  if (c.now_us == 0)
    c.now_us = sohoa_time_now_us ();
  if (!self->backend->change (self->backend_self, &c, &result, error))
    return FALSE;
  if (!result.repeated)
    tell (self, c.id, result.sequence);
  if (result_out != NULL)
    *result_out = result;
  return TRUE;
}

gboolean
sohoa_store_move (SohoaStore *self, const char *id, guint expected_revision, SohoaState to, const char *actor,
                  const char *reason, const char *token, SohoaStoreResult *result_out, GError **error)
{
  SohoaStoreChange change = { .id = id, .expected_revision = expected_revision, .moves = TRUE, .to = to,
                              .actor = actor, .reason = reason, .token = token };

  return sohoa_store_change (self, &change, result_out, error);
}

gboolean
sohoa_store_set_record (SohoaStore *self, const char *id, guint expected_revision, const char *record_json,
                        const char *actor, const char *reason, const char *token,
                        SohoaStoreResult *result_out,
                        GError **error)
{
  SohoaStoreChange change = { .id = id, .expected_revision = expected_revision, .record_json = record_json,
                              .actor = actor, .reason = reason, .token = token };

  if (record_json == NULL)
    return bad (error, "record", "is missing");
  return sohoa_store_change (self, &change, result_out, error);
}

gboolean
sohoa_store_set_text (SohoaStore *self, const char *id, const char *text, const char *actor, GError **error)
{
  SohoaStoreChange change = { .id = id, .text = text, .actor = actor, .kind = "text" };

  if (text == NULL)
    return bad (error, "text", "is missing");
  return sohoa_store_change (self, &change, NULL, error);
}

/* ---- jobs ---- */

/* The working states among @states (0 = all). */
static guint32
working_states (guint32 states)
{
  guint32 working = 0;

  for (guint i = 0; i < SOHOA_N_STATES; i++)
    if (sohoa_state_is_working (i))
      working |= 1u << i;
  return states == 0 ? working : working & states;
}

gboolean
sohoa_store_claim_next (SohoaStore *self, const char *worker, guint32 states, guint lease_ms, gint64 now_us,
                        SohoaStoreClaim **claim_out, GError **error)
{
  *claim_out = NULL;
  if (!check_string ("worker", worker, TRUE, error) || !check_time (now_us, error))
    return FALSE;
  if (lease_ms == 0 || lease_ms > LEASE_MAX_MS)
    return bad (error, "lease", "out of range");
  return self->backend->claim_next (self->backend_self, worker, working_states (states), lease_ms,
                                    now_us != 0 ? now_us : sohoa_time_now_us (), claim_out, error);
}

gboolean
sohoa_store_next_due (SohoaStore *self, guint32 states, gint64 *due_us_out, GError **error)
{
  *due_us_out = 0;
  return self->backend->next_due (self->backend_self, working_states (states), due_us_out, error);
}

gboolean
sohoa_store_heartbeat (SohoaStore *self, SohoaStoreClaim *claim, guint lease_ms, gint64 now_us,
                       GError **error)
{
  gint64 until_us;

  if (!check_time (now_us, error))
    return FALSE;
  if (lease_ms == 0 || lease_ms > LEASE_MAX_MS)
    return bad (error, "lease", "out of range");
  until_us = (now_us != 0 ? now_us : sohoa_time_now_us ()) + (gint64) lease_ms * 1000;
  if (!self->backend->heartbeat (self->backend_self, claim->id, claim->fence, until_us, error))
    return FALSE;
  claim->lease_until_us = until_us;
  return TRUE;
}

gboolean
sohoa_store_complete (SohoaStore *self, const SohoaStoreClaim *claim, SohoaState to, const char *record_json,
                      const char *actor, SohoaStoreResult *result_out, GError **error)
{
  SohoaStoreChange change = SOHOA_STORE_CHANGE_OF_CLAIM (claim);

  change.moves = TRUE;
  change.to = to;
  change.record_json = record_json;
  change.actor = actor;
  return sohoa_store_change (self, &change, result_out, error);
}

gboolean
sohoa_store_fail (SohoaStore *self, const SohoaStoreClaim *claim, const GError *failure, gint64 retry_at_us,
                  const char *actor, SohoaStoreResult *result_out, GError **error)
{
  SohoaStoreChange change = SOHOA_STORE_CHANGE_OF_CLAIM (claim);

  change.failure = failure;
  change.not_before_us = retry_at_us;
  change.moves = retry_at_us == 0;
  change.to = SOHOA_STATE_FAILED;
  change.actor = actor;
  change.kind = "failure";
  return sohoa_store_change (self, &change, result_out, error);
}

gboolean
sohoa_store_release (SohoaStore *self, const SohoaStoreClaim *claim, GError **error)
{
  return self->backend->release (self->backend_self, claim->id, claim->fence, error);
}

/* ---- lists, outbox, intake, evidence, meta ---- */

GPtrArray *
sohoa_store_list_register (SohoaStore *self, const char *agency, int year, const char *book, GError **error)
{
  return self->backend->list_register (self->backend_self, agency, year, book, error);
}

gboolean
sohoa_store_freeze_register (SohoaStore *self, const char *agency, int year, const char *book, const GPtrArray *rows,
                             gint64 now_us, GError **error)
{
  if (!check_string ("agency", agency, TRUE, error) || !check_string ("book", book, FALSE, error)
      || !check_time (now_us, error))
    return FALSE;
  if (book == NULL || year < 1900 || year > 2200)
    return bad (error, "register", "book or year out of range");
  for (guint i = 0; i < rows->len; i++) {
    const SohoaStoreRegisterRow *row = g_ptr_array_index (rows, i);

    if (row->number == 0 || row->number > G_MAXINT32 || row->printed == NULL || !g_utf8_validate (row->printed, -1, NULL))
      return bad (error, "register", "a printed row needs its number and its cells");
  }
  return self->backend->freeze_register (self->backend_self, agency, year, book, rows,
                                         now_us != 0 ? now_us : sohoa_time_now_us (), error);
}

GPtrArray *
sohoa_store_list_outbox (SohoaStore *self, const char *id, GError **error)
{
  if (id != NULL && !check_id (id, error))
    return NULL;
  return self->backend->list_outbox (self->backend_self, id, error);
}

gboolean
sohoa_store_mark_outbox (SohoaStore *self, const char *key, guint64 fence, SohoaStoreParcelState state,
                         gint64 next_try_us, const GError *failure, gint64 now_us, GError **error)
{
  if (!check_string ("outbox key", key, TRUE, error) || !check_time (now_us, error))
    return FALSE;
  if ((guint) state >= SOHOA_STORE_PARCEL_ANSWERED || next_try_us < 0)
    return bad (error, "outbox", "answered is set by an answer only");
  return self->backend->mark_outbox (self->backend_self, key, fence, state, next_try_us,
                                     failure != NULL ? sohoa_error_name (failure) : "",
                                     now_us != 0 ? now_us : sohoa_time_now_us (), error);
}

GPtrArray *
sohoa_store_list_receipts (SohoaStore *self, const char *id, GError **error)
{
  if (!check_id (id, error))
    return NULL;
  return self->backend->list_receipts (self->backend_self, id, error);
}

gboolean
sohoa_store_claim_intake (SohoaStore *self, const SohoaStoreIntake *intake, const char *id, gint64 now_us,
                          char **owner_out, GError **error)
{
  *owner_out = NULL;
  if (!check_id (id, error) || !check_intake (intake, error) || !check_time (now_us, error))
    return FALSE;
  return self->backend->claim_intake (self->backend_self, intake, id,
                                      now_us != 0 ? now_us : sohoa_time_now_us (), owner_out, error);
}

char *
sohoa_store_find_intake (SohoaStore *self, const SohoaStoreIntake *intake, GError **error)
{
  if (!check_intake (intake, error))
    return NULL;
  return self->backend->find_intake (self->backend_self, intake, error);
}

GPtrArray *
sohoa_store_list_events (SohoaStore *self, const char *id, GError **error)
{
  if (!check_id (id, error))
    return NULL;
  return self->backend->list_events (self->backend_self, id, error);
}

gboolean
sohoa_store_verify_chain (SohoaStore *self, const char *id, guint64 *bad_seq_out, GError **error)
{
  g_autoptr(SohoaStoreDocument) document = NULL;
  g_autoptr(GPtrArray) events = NULL;

  *bad_seq_out = 0;
  if (!check_id (id, error))
    return FALSE;
  /* Two reads: a change between them would look like damage, so the row must be the same before and after. */
  for (;;) {
    g_autoptr(SohoaStoreDocument) after = NULL;

    g_clear_pointer (&document, sohoa_store_document_free);
    g_clear_pointer (&events, g_ptr_array_unref);
    document = self->backend->find (self->backend_self, id, error);
    if (document == NULL)
      return FALSE;
    events = self->backend->list_events (self->backend_self, id, error);
    if (events == NULL)
      return FALSE;
    after = self->backend->find (self->backend_self, id, error);
    if (after == NULL)
      return FALSE;
    if (after->sequence == document->sequence)
      break;
  }
  *bad_seq_out = sohoa_store_rules_verify (document, events);
  return TRUE;
}

gboolean
sohoa_store_set_evidence (SohoaStore *self, const SohoaStoreEvidence *evidence, GError **error)
{
  if (!check_id (evidence->id, error) || !check_time (evidence->due_us, error))
    return FALSE;
  return self->backend->set_evidence (self->backend_self, evidence, error);
}

gboolean
sohoa_store_get_evidence (SohoaStore *self, const char *id, SohoaStoreEvidence *evidence_out, GError **error)
{
  *evidence_out = (SohoaStoreEvidence) { 0 };
  if (!check_id (id, error))
    return FALSE;
  g_strlcpy (evidence_out->id, id, sizeof evidence_out->id);
  return self->backend->get_evidence (self->backend_self, id, evidence_out, error);
}

GArray *
sohoa_store_list_evidence (SohoaStore *self, gint64 until_us, guint limit, GError **error)
{
  return self->backend->list_evidence (self->backend_self, until_us, CLAMP (limit, 1, SOHOA_STORE_LIST_MAX), error);
}

gboolean
sohoa_store_set_meta (SohoaStore *self, const char *key, const char *value, GError **error)
{
  if (!check_string ("meta key", key, TRUE, error))
    return FALSE;
  return self->backend->set_meta (self->backend_self, key, value, error);
}

char *
sohoa_store_get_meta (SohoaStore *self, const char *key, GError **error)
{
  if (!check_string ("meta key", key, TRUE, error))
    return NULL;
  return self->backend->get_meta (self->backend_self, key, error);
}

gboolean
sohoa_store_backup (SohoaStore *self, const char *path, GError **error)
{
  return self->backend->backup (self->backend_self, path, error);
}
