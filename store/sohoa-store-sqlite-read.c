/* The SQLite backend: everything that only reads. */
#include "sohoa-store-sqlite-private.h"

#define LOCK(self) g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&(self)->lock)

SohoaStoreDocument *
sohoa_sqlite_find (gpointer backend, const char *id, GError **error)
{
  SohoaStoreSqlite *self = backend;
  LOCK (self);

  return sohoa_sqlite_load (self, id, NULL, error);
}

/* "a b"* AND "c"* for FTS5; NULL when the query has no words. The words hold letters and digits only. */
static char *
match_of (const char *search)
{
  g_auto(GStrv) phrases = search != NULL ? sohoa_store_search_phrases (search) : NULL;
  GString *out;

  if (phrases == NULL || phrases[0] == NULL)
    return NULL;
  out = g_string_new (NULL);
  for (guint i = 0; phrases[i] != NULL; i++)
    g_string_append_printf (out, "%s\"%s\"*", i > 0 ? " AND " : "", phrases[i]);
  return g_string_free (out, FALSE);
}

GPtrArray *
sohoa_sqlite_list (gpointer backend, const SohoaStoreQuery *q, char **cursor_out, GError **error)
{
  SohoaStoreSqlite *self = backend;
  g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func ((GDestroyNotify) sohoa_store_document_free);
  g_autofree char *match = match_of (q->search);
  const char *after_id = "~"; /* sorts after every id */
  gint64 after_us = G_MAXINT64;
  int step;
  LOCK (self);
  g_autoptr(SohoaStmt) stmt = NULL;

  if (q->cursor != NULL && !sohoa_store_cursor_parse (q->cursor, &after_us, &after_id, error))
    return NULL;
  if (q->search != NULL && q->search[0] != '\0' && match == NULL)
    return g_steal_pointer (&rows); /* only punctuation: nothing contains it */
  if (match == NULL)
    stmt = sohoa_sqlite_query (self, error,
                               "SELECT " DOCUMENT_COLUMNS " FROM document WHERE ((1 << state) & ?) <> 0"
                               " AND created_us >= ? AND (created_us, id) < (?, ?)"
                               " ORDER BY created_us DESC, id DESC LIMIT ?", "iiisi", (gint64) q->states,
                               q->since_us, after_us, after_id, (gint64) q->limit + 1);
  else
    stmt = sohoa_sqlite_query (self, error,
                               "SELECT " DOCUMENT_COLUMNS " FROM document WHERE ((1 << state) & ?) <> 0"
                               " AND created_us >= ? AND (created_us, id) < (?, ?)"
                               " AND n IN (SELECT rowid FROM search WHERE search MATCH ?)"
                               " ORDER BY created_us DESC, id DESC LIMIT ?", "iiissi", (gint64) q->states,
                               q->since_us, after_us, after_id, match, (gint64) q->limit + 1);
  if (stmt == NULL)
    return NULL;
  while ((step = sohoa_sqlite_step (self, stmt, error)) == SQLITE_ROW) {
    SohoaStoreDocument *d;

    if (rows->len == q->limit) {
      if (cursor_out != NULL)
        *cursor_out = sohoa_store_cursor_new (g_ptr_array_index (rows, rows->len - 1));
      return g_steal_pointer (&rows);
    }
    d = sohoa_sqlite_row (stmt, NULL, error);
    if (d == NULL)
      return NULL;
    g_ptr_array_add (rows, d);
  }
  return step == SQLITE_DONE ? g_steal_pointer (&rows) : NULL;
}

GArray *
sohoa_sqlite_changes_since (gpointer backend, guint64 sequence, guint limit, GError **error)
{
  SohoaStoreSqlite *self = backend;
  g_autoptr(GArray) rows = g_array_new (FALSE, TRUE, sizeof (SohoaStoreFeedRow));
  int step = -1;
  LOCK (self);
  g_autoptr(SohoaStmt) stmt = NULL;

  stmt = sohoa_sqlite_query (self, error,
                             "SELECT sequence, id, revision, state FROM document WHERE sequence > ?"
                             " ORDER BY sequence LIMIT ?", "ii", (gint64) sequence, (gint64) limit);
  while (stmt != NULL && (step = sohoa_sqlite_step (self, stmt, error)) == SQLITE_ROW) {
    SohoaStoreFeedRow row = { .sequence = sqlite3_column_int64 (stmt, 0),
                              .revision = sqlite3_column_int (stmt, 2),
                              .state = sqlite3_column_int (stmt, 3) };

    g_strlcpy (row.id, (const char *) sqlite3_column_text (stmt, 1), sizeof row.id);
    g_array_append_val (rows, row);
  }
  return step == SQLITE_DONE ? g_steal_pointer (&rows) : NULL;
}

gboolean
sohoa_sqlite_get_sequence (gpointer backend, guint64 *sequence_out, GError **error)
{
  SohoaStoreSqlite *self = backend;
  LOCK (self);
  g_autoptr(SohoaStmt) stmt = sohoa_sqlite_query (self, error,
                                                  "SELECT value FROM counter WHERE name = 'sequence'",
                                                  "");

  if (stmt == NULL || sohoa_sqlite_step (self, stmt, error) != SQLITE_ROW)
    return FALSE;
  *sequence_out = sqlite3_column_int64 (stmt, 0);
  return TRUE;
}

GPtrArray *
sohoa_sqlite_list_outbox (gpointer backend, const char *id, GError **error)
{
  SohoaStoreSqlite *self = backend;
  g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func ((GDestroyNotify) sohoa_store_outbox_row_free);
  int step = -1;
  LOCK (self);
  g_autoptr(SohoaStmt) stmt = NULL;

  stmt = sohoa_sqlite_query (self, error,
                             "SELECT o.key, d.id, o.target, o.payload_path, o.payload_sha256, o.state, o.attempts,"
                             " o.next_try_us, o.created_us, o.updated_us, o.error_name"
                             " FROM outbox o JOIN document d ON d.n = o.document"
                             " WHERE (?1 IS NULL AND o.state <> 3) OR d.id = ?1 ORDER BY o.n", "s", id);
  while (stmt != NULL && (step = sohoa_sqlite_step (self, stmt, error)) == SQLITE_ROW) {
    SohoaStoreOutboxRow *row = g_new0 (SohoaStoreOutboxRow, 1);

    row->key = sohoa_sqlite_dup (stmt, 0);
    row->id = sohoa_sqlite_dup (stmt, 1);
    row->target = sohoa_sqlite_dup (stmt, 2);
    row->payload_path = sohoa_sqlite_dup (stmt, 3);
    row->payload_sha256 = sohoa_sqlite_dup (stmt, 4);
    row->state = sqlite3_column_int (stmt, 5);
    row->attempts = sqlite3_column_int (stmt, 6);
    row->next_try_us = sqlite3_column_int64 (stmt, 7);
    row->created_us = sqlite3_column_int64 (stmt, 8);
    row->updated_us = sqlite3_column_int64 (stmt, 9);
    row->error_name = sohoa_sqlite_dup (stmt, 10);
    g_ptr_array_add (rows, row);
  }
  return step == SQLITE_DONE ? g_steal_pointer (&rows) : NULL;
}

GPtrArray *
sohoa_sqlite_list_receipts (gpointer backend, const char *id, GError **error)
{
  SohoaStoreSqlite *self = backend;
  g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func ((GDestroyNotify) sohoa_store_receipt_free);
  int step = -1;
  LOCK (self);
  g_autoptr(SohoaStmt) stmt = NULL;

  stmt = sohoa_sqlite_query (self, error,
                             "SELECT o.key, d.id, o.target, r.status, r.server_id, r.arrival_number, r.time_us"
                             " FROM receipt r JOIN outbox o ON o.n = r.outbox JOIN document d ON d.n = o.document"
                             " WHERE d.id = ? ORDER BY r.n", "s", id);
  while (stmt != NULL && (step = sohoa_sqlite_step (self, stmt, error)) == SQLITE_ROW) {
    SohoaStoreReceipt *row = g_new0 (SohoaStoreReceipt, 1);

    row->key = sohoa_sqlite_dup (stmt, 0);
    row->id = sohoa_sqlite_dup (stmt, 1);
    row->target = sohoa_sqlite_dup (stmt, 2);
    row->status = sohoa_sqlite_dup (stmt, 3);
    row->server_id = sohoa_sqlite_dup (stmt, 4);
    row->arrival_number = sohoa_sqlite_dup (stmt, 5);
    row->time_us = sqlite3_column_int64 (stmt, 6);
    g_ptr_array_add (rows, row);
  }
  return step == SQLITE_DONE ? g_steal_pointer (&rows) : NULL;
}

GPtrArray *
sohoa_sqlite_list_events (gpointer backend, const char *id, GError **error)
{
  SohoaStoreSqlite *self = backend;
  g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func ((GDestroyNotify) sohoa_store_event_free);
  int step = -1;
  LOCK (self);
  g_autoptr(SohoaStmt) stmt = NULL;

  stmt = sohoa_sqlite_query (self, error,
                             "SELECT e.seq, e.time_us, e.actor, e.kind, e.from_state, e.to_state, e.revision,"
                             " e.details_digest, e.prev, e.hash, x.salt, x.details FROM event e"
                             " LEFT JOIN event_details x ON x.document = e.document AND x.seq = e.seq"
                             " WHERE e.document = (SELECT n FROM document WHERE id = ?) ORDER BY e.seq", "s",
                             id);
  while (stmt != NULL && (step = sohoa_sqlite_step (self, stmt, error)) == SQLITE_ROW) {
    SohoaStoreEvent *e = g_new0 (SohoaStoreEvent, 1);

    e->seq = sqlite3_column_int64 (stmt, 0);
    e->time_us = sqlite3_column_int64 (stmt, 1);
    e->actor = sohoa_sqlite_dup (stmt, 2);
    e->kind = sohoa_sqlite_dup (stmt, 3);
    e->from = sohoa_sqlite_dup (stmt, 4);
    e->to = sohoa_sqlite_dup (stmt, 5);
    e->revision = sqlite3_column_int (stmt, 6);
    e->details_digest = sohoa_sqlite_dup (stmt, 7);
    e->prev = sohoa_sqlite_dup (stmt, 8);
    e->hash = sohoa_sqlite_dup (stmt, 9);
    e->salt = sohoa_sqlite_dup (stmt, 10);
    e->details = sohoa_sqlite_dup (stmt, 11);
    g_ptr_array_add (rows, e);
  }
  return step == SQLITE_DONE ? g_steal_pointer (&rows) : NULL;
}

char *
sohoa_sqlite_get_meta (gpointer backend, const char *key, GError **error)
{
  SohoaStoreSqlite *self = backend;
  LOCK (self);
  g_autoptr(SohoaStmt) stmt = sohoa_sqlite_query (self, error, "SELECT value FROM meta WHERE key = ?", "s",
                                                  key);

  if (stmt == NULL || sohoa_sqlite_step (self, stmt, error) != SQLITE_ROW)
    return NULL;
  return sohoa_sqlite_dup (stmt, 0);
}
