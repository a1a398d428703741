#include "sohoa-poller.h"

#include "sohoa-log.h"
#include "sohoa-time.h"

#define FIRST_MS 300u
#define MAX_MS (10u * 60 * 1000)
#define LOOK_MS 1000

/* When to ask for a document again. */
typedef struct {
  gint64  at_us; /* monotonic */
  guint32 wait_ms;
} Turn;

struct _SohoaPoller {
  SohoaDesk    *desk;        /* (unowned) */
  GThread      *thread;      /* (owned) */
  GHashTable   *turns;       /* (owned) id → Turn; its thread only */
  GCancellable *cancellable; /* (owned) */
  GMutex        lock;
  GCond         wake;
  gboolean      stopping, woken;
};

/* One status of the receiver; FALSE when nothing moved. */
static gboolean
take_status (SohoaPoller *self, const SohoaStoreDocument *document, const char *key, const SohoaStatus *status,
             GError **error)
{
  static const struct {
    const char *code;
    SohoaState  to;
  } moves[] = {
    { "02", SOHOA_STATE_REFUSED }, { "03", SOHOA_STATE_ACCEPTED }, { "13", SOHOA_STATE_RECALLED },
    { "15", SOHOA_STATE_RECALLED },
  };
  SohoaStoreAnswer answer = { .key = key, .status = status->code, .server_id = "", .arrival_number = "",
                              .message = status->description, .time_us = status->time_us };
  SohoaStoreChange change = { .id = document->id, .expected_revision = document->revision, .actor = "qlvb",
                              .kind = "status", .answer = &answer, .moves = TRUE };

  for (guint i = 0; i < G_N_ELEMENTS (moves); i++) {
    if (!g_str_equal (moves[i].code, status->code) || !sohoa_state_may_move (document->state, moves[i].to))
      continue;
    if (moves[i].to == SOHOA_STATE_RECALLED && g_str_equal (status->code, "13"))
      continue; /* our own request; 15 agrees to it */
    change.to = moves[i].to;
    change.reason = moves[i].to == SOHOA_STATE_REFUSED ? status->description : NULL;
    return sohoa_store_change (self->desk->store, &change, NULL, error);
  }
  return FALSE;
}

static const SohoaStoreOutboxRow *
answered_row (const GPtrArray *rows)
{
  for (guint i = rows->len; i > 0; i--) {
    const SohoaStoreOutboxRow *row = g_ptr_array_index (rows, i - 1);

    if (row->state == SOHOA_STORE_PARCEL_ANSWERED)
      return row;
  }
  return NULL;
}

static gboolean
ask (SohoaPoller *self, const SohoaStoreDocument *listed, GError **error)
{
  g_autoptr(SohoaStoreDocument) document = sohoa_store_find (self->desk->store, listed->id, error);
  g_autoptr(GPtrArray) rows = document != NULL ? sohoa_store_list_outbox (self->desk->store, listed->id, error) : NULL;
  g_autoptr(GPtrArray) receipts = rows != NULL ? sohoa_store_list_receipts (self->desk->store, listed->id, error) : NULL;
  g_autoptr(GPtrArray) statuses = NULL;
  g_autoptr(SohoaRecord) record = receipts != NULL ? sohoa_desk_load_record (document, error) : NULL;
  const SohoaStoreOutboxRow *row = rows != NULL ? answered_row (rows) : NULL;
  const char *server_id = "";
  SohoaConnector *connector;
  SohoaSubmission what;

  if (record == NULL || row == NULL)
    return FALSE;
  for (guint i = 0; i < receipts->len; i++) {
    const SohoaStoreReceipt *receipt = g_ptr_array_index (receipts, i);

    if (g_str_equal (receipt->key, row->key) && receipt->server_id[0] != '\0')
      server_id = receipt->server_id;
  }
  connector = sohoa_desk_peek_connector (self->desk, row->target, error);
  if (connector == NULL)
    return FALSE;
  what = (SohoaSubmission){ .record = record, .fd = -1, .sha256 = row->payload_sha256, .key = row->key,
                            .time_us = row->created_us };
  statuses = sohoa_connector_statuses (connector, &what, server_id, self->cancellable, error);
  if (statuses == NULL)
    return FALSE;
  for (guint i = 0; i < statuses->len; i++) {
    const SohoaStatus *status = g_ptr_array_index (statuses, i);
    g_autoptr(SohoaStoreDocument) now = NULL;

    if (!take_status (self, document, row->key, status, error)) {
      if (error != NULL && *error != NULL)
        return FALSE;
      continue;
    }
    if (status->message_id[0] != '\0' && !sohoa_connector_acknowledge (connector, status->message_id, self->cancellable, error))
      g_clear_error (error);
    now = sohoa_store_find (self->desk->store, listed->id, error);
    if (now == NULL)
      return FALSE;
    sohoa_store_document_free (document);
    document = g_steal_pointer (&now);
  }
  return TRUE;
}

/* Accepted (03): nothing more is expected of the desk. */
static gboolean
settle_accepted (SohoaPoller *self, const SohoaStoreDocument *document, GError **error)
{
  return sohoa_store_move (self->desk->store, document->id, document->revision, SOHOA_STATE_DONE, SOHOA_DESK_ACTOR,
                           NULL, NULL, NULL, error);
}

static void
look_at (SohoaPoller *self, const SohoaStoreDocument *document)
{
  Turn *turn = g_hash_table_lookup (self->turns, document->id);
  gint64 now = g_get_monotonic_time ();
  g_autoptr(GError) error = NULL;
  gboolean ok;

  if (turn == NULL) {
    turn = g_new0 (Turn, 1);
    turn->wait_ms = FIRST_MS;
    g_hash_table_insert (self->turns, g_strdup (document->id), turn);
  }
  if (now < turn->at_us)
    return;
  if (document->state == SOHOA_STATE_ACCEPTED)
    ok = settle_accepted (self, document, &error);
  else
    ok = ask (self, document, &error);
  if (!ok && error != NULL && !g_error_matches (error, SOHOA_ERROR, SOHOA_ERROR_CONFLICT))
    g_info ("%s: status: %s", document->id, error->message);
  turn->at_us = now + (gint64) turn->wait_ms * 1000;
  turn->wait_ms = MIN (MAX_MS, turn->wait_ms * 2);
}

static void
look (SohoaPoller *self, guint32 states)
{
  SohoaStoreQuery query = { .states = states };
  g_autofree char *cursor = NULL;

  do {
    g_autofree char *next = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) rows = NULL;

    query.cursor = cursor;
    rows = sohoa_store_list (self->desk->store, &query, &next, &error);
    if (rows == NULL) {
      g_warning ("statuses: %s", error->message);
      return;
    }
    for (guint i = 0; i < rows->len && !g_cancellable_is_cancelled (self->cancellable); i++) {
      const SohoaStoreDocument *row = g_ptr_array_index (rows, i);
      g_autofree char *meta = g_strconcat (SOHOA_RECALL_META_PREFIX, row->id, NULL);
      g_autofree char *recall = NULL;

      if (row->state == SOHOA_STATE_DONE && (recall = sohoa_store_get_meta (self->desk->store, meta, NULL)) == NULL)
        continue;
      look_at (self, row);
    }
    g_free (cursor);
    cursor = g_steal_pointer (&next);
  } while (cursor != NULL && !g_cancellable_is_cancelled (self->cancellable));
}

static gpointer
run (gpointer data)
{
  SohoaPoller *self = data;
  guint round = 0;

  g_mutex_lock (&self->lock);
  while (!self->stopping) {
    guint32 states = 1u << SOHOA_STATE_DELIVERED | 1u << SOHOA_STATE_ACCEPTED;

    self->woken = FALSE;
    g_mutex_unlock (&self->lock);
    if (round++ % 30 == 0) /* recalls of finished documents: now and then */
      states |= 1u << SOHOA_STATE_DONE;
    look (self, states);
    g_mutex_lock (&self->lock);
    if (!self->stopping && !self->woken)
      (void) g_cond_wait_until (&self->wake, &self->lock, g_get_monotonic_time () + LOOK_MS * 1000);
  }
  g_mutex_unlock (&self->lock);
  return NULL;
}

SohoaPoller *
sohoa_poller_new (SohoaDesk *desk)
{
  SohoaPoller *self = g_new0 (SohoaPoller, 1);

  self->desk = desk;
  self->turns = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->cancellable = g_cancellable_new ();
  g_mutex_init (&self->lock);
  g_cond_init (&self->wake);
  self->thread = g_thread_new ("statuses", run, self);
  return self;
}

void
sohoa_poller_wake (SohoaPoller *self)
{
  g_mutex_lock (&self->lock);
  self->woken = TRUE;
  g_cond_broadcast (&self->wake);
  g_mutex_unlock (&self->lock);
}

void
sohoa_poller_free (SohoaPoller *self)
{
  if (self == NULL)
    return;
  g_mutex_lock (&self->lock);
  self->stopping = TRUE;
  g_cancellable_cancel (self->cancellable);
  g_cond_broadcast (&self->wake);
  g_mutex_unlock (&self->lock);
  g_thread_join (self->thread);
  g_hash_table_unref (self->turns);
  g_object_unref (self->cancellable);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->wake);
  g_free (self);
}
