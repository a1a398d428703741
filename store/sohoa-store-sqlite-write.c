/* The SQLite backend: adding and THE setter, each one transaction. */
#include "sohoa-store-sqlite-private.h"

#include <string.h>

/* ---- shared by both ---- */

static gboolean
save_document (SohoaStoreSqlite *self, const SohoaStoreDocument *d, gint64 n, GError **error)
{
  return sohoa_sqlite_run (self, error,
                           "UPDATE document SET state = ?, revision = ?, sequence = ?, record = ?, fields = ?,"
                           " priority = ?, updated_us = ?, attempts = ?, not_before_us = ?, worker = ?, fence = ?,"
                           " lease_until_us = ?, error_name = ?, error_class = ?, error_message = ?,"
                           " event_count = ?, event_head = ? WHERE n = ?", "iiissiiiisiisssisi",
                           (gint64) d->state,
                           (gint64) d->revision, (gint64) d->sequence, d->record_json, d->fields_json,
                           (gint64) d->priority, d->updated_us, (gint64) d->attempts, d->not_before_us,
                           d->worker,
                           (gint64) d->fence, d->lease_until_us, d->error_name, d->error_class,
                           d->error_message,
                           (gint64) d->event_count, d->event_head, n);
}

static gboolean
save_event (SohoaStoreSqlite *self, const SohoaStoreEvent *e, gint64 n, GError **error)
{
  if (!sohoa_sqlite_run (self, error, "INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                         "iiissssisss", n,
                         (gint64) e->seq, e->time_us, e->actor, e->kind, e->from, e->to, (gint64) e->revision,
                         e->details_digest, e->prev, e->hash))
    return FALSE;
  return e->details == NULL
         || sohoa_sqlite_run (self, error, "INSERT INTO event_details VALUES (?, ?, ?, ?)", "iiss", n,
                              (gint64) e->seq, e->salt, e->details);
}

static gboolean
save_files (SohoaStoreSqlite *self, const GPtrArray *files, gint64 n, GError **error)
{
  for (guint i = 0; files != NULL && i < files->len; i++) {
    const SohoaStoreFile *f = g_ptr_array_index (files, i);
    gboolean good;

    if (f->path == NULL)
      good = sohoa_sqlite_run (self, error, "DELETE FROM file WHERE document = ? AND role = ? AND name = ?",
                               "iss", n,
                               f->role, f->name);
    else
      good = sohoa_sqlite_run (self, error,
                               "INSERT INTO file VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (document, role, name) DO"
                               " UPDATE SET path = excluded.path, sha256 = excluded.sha256, bytes = excluded.bytes",
                               "issssi", n, f->role, f->name, f->path, f->sha256, (gint64) f->bytes);
    if (!good)
      return FALSE;
  }
  return TRUE;
}

/* Writes what can be searched: the fields as they are now and the text, @text or the one kept. */
static gboolean
save_search (SohoaStoreSqlite *self, const SohoaStoreDocument *d, gint64 n, const char *text, GError **error)
{
  g_autofree char *kept = NULL;
  g_autofree char *body = NULL;

  if (text != NULL
      && !sohoa_sqlite_run (self, error, "INSERT OR REPLACE INTO text VALUES (?, ?)", "is", n, text))
    return FALSE;
  if (text == NULL) {
    g_autoptr(SohoaStmt) stmt = sohoa_sqlite_query (self, error, "SELECT text FROM text WHERE document = ?",
                                                    "i", n);
    int step = stmt != NULL ? sohoa_sqlite_step (self, stmt, error) : -1;

    if (step < 0)
      return FALSE;
    if (step == SQLITE_ROW)
      kept = sohoa_sqlite_dup (stmt, 0);
  }
  body = sohoa_store_search_body (d->fields_json, text != NULL ? text : kept);
  return sohoa_sqlite_run (self, error, "DELETE FROM search WHERE rowid = ?", "i", n)
         && sohoa_sqlite_run (self, error, "INSERT INTO search (rowid, body) VALUES (?, ?)", "is", n, body);
}

static gboolean
save_token (SohoaStoreSqlite *self, const char *token, const char *digest, const SohoaStoreDocument *d,
            guint64 number, GError **error)
{
  return token == NULL
         || sohoa_sqlite_run (self, error, "INSERT INTO token VALUES (?, ?, ?, ?, ?, ?, ?, ?)", "sssiiiii",
                              token,
                              digest, d->id, (gint64) d->revision, (gint64) d->state, (gint64) d->sequence,
                              (gint64) number, d->updated_us);
}

/* @found_out: whether the token was used before; then @result and @id_out (nullable) say what for. */
static gboolean
find_token (SohoaStoreSqlite *self, const char *token, const char *digest, gboolean *found_out,
            SohoaStoreResult *result, char **id_out, GError **error)
{
  g_autoptr(SohoaStmt) stmt = NULL;
  int step;

  *found_out = FALSE;
  if (token == NULL)
    return TRUE;
  stmt = sohoa_sqlite_query (self, error,
                             "SELECT digest, id, revision, state, sequence, number FROM token WHERE token = ?", "s",
                             token);
  step = stmt != NULL ? sohoa_sqlite_step (self, stmt, error) : -1;
  if (step != SQLITE_ROW)
    return step == SQLITE_DONE;
  if (g_strcmp0 (digest, (const char *) sqlite3_column_text (stmt, 0)) != 0)
    return sohoa_store_fail_conflict ("idempotency token", "was used for something else", "choose a new one", error);
  *found_out = TRUE;
  result->revision = sqlite3_column_int (stmt, 2);
  result->state = sqlite3_column_int (stmt, 3);
  result->sequence = sqlite3_column_int64 (stmt, 4);
  result->number = sqlite3_column_int64 (stmt, 5);
  result->repeated = TRUE;
  if (id_out != NULL)
    *id_out = sohoa_sqlite_dup (stmt, 1);
  return TRUE;
}

/* ---- intake ---- */

/* The owner, or NULL: without @error nobody. */
static char *
intake_owner (SohoaStoreSqlite *self, const SohoaStoreIntake *k, GError **error)
{
  g_autoptr(SohoaStmt) stmt = NULL;

  stmt = sohoa_sqlite_query (self, error,
                             "SELECT id FROM intake WHERE dev = ? AND inode = ? AND size = ? AND mtime_ns = ?"
                             " AND sha256 = ?", "iiiis", (gint64) k->dev, (gint64) k->inode, (gint64) k->size,
                             k->mtime_ns, k->sha256);
  if (stmt == NULL || sohoa_sqlite_step (self, stmt, error) != SQLITE_ROW)
    return NULL;
  return sohoa_sqlite_dup (stmt, 0);
}

static gboolean
take_intake (SohoaStoreSqlite *self, const SohoaStoreIntake *k, const char *id, gint64 now_us, GError **error)
{
  return sohoa_sqlite_run (self, error, "INSERT OR IGNORE INTO intake VALUES (?, ?, ?, ?, ?, ?, ?)",
                           "iiiissi",
                           (gint64) k->dev, (gint64) k->inode, (gint64) k->size, k->mtime_ns, k->sha256, id,
                           now_us);
}

gboolean
sohoa_sqlite_claim_intake (gpointer backend, const SohoaStoreIntake *intake, const char *id, gint64 now_us,
                           char **owner_out, GError **error)
{
  SohoaStoreSqlite *self = backend;
  g_auto(SohoaTransaction) tx = { 0 };

  if (!sohoa_transaction_begin (&tx, self, error) || !take_intake (self, intake, id, now_us, error))
    return FALSE;
  *owner_out = intake_owner (self, intake, error);
  if (*owner_out == NULL)
    return FALSE;
  if (sohoa_transaction_commit (&tx, error))
    return TRUE;
  g_clear_pointer (owner_out, g_free);
  return FALSE;
}

char *
sohoa_sqlite_find_intake (gpointer backend, const SohoaStoreIntake *intake, GError **error)
{
  SohoaStoreSqlite *self = backend;
  g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->lock);

  return intake_owner (self, intake, error);
}

/* ---- adding ---- */

/* @older_out: another document that has one of the files already. */
static gboolean
take_intakes (SohoaStoreSqlite *self, const SohoaStoreNewDocument *d, char **older_out, GError **error)
{
  for (guint i = 0; i < d->n_intakes; i++) {
    g_autoptr(GError) local = NULL;
    g_autofree char *owner = intake_owner (self, &d->intakes[i], &local);

    if (local != NULL) {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
    if (owner != NULL && !g_str_equal (owner, d->id)) {
      *older_out = g_steal_pointer (&owner);
      return TRUE;
    }
    if (!take_intake (self, &d->intakes[i], d->id, d->now_us, error))
      return FALSE;
  }
  return TRUE;
}

/* @found_out: a row of this id exists. */
static gboolean
document_exists (SohoaStoreSqlite *self, const char *id, gboolean *found_out, GError **error)
{
  g_autoptr(SohoaStmt) stmt = sohoa_sqlite_query (self, error, "SELECT 1 FROM document WHERE id = ?", "s",
                                                  id);
  int step = stmt != NULL ? sohoa_sqlite_step (self, stmt, error) : -1;

  *found_out = step == SQLITE_ROW;
  return step >= 0;
}

static gboolean
insert_document (SohoaStoreSqlite *self, const SohoaStoreNewDocument *new_document, SohoaStoreDocument *d,
                 const char *digest, GError **error)
{
  SohoaStoreChange as_change = { .id = d->id, .actor = new_document->actor, .reason = new_document->reason,
                                 .record_json = new_document->record_json, .files = new_document->files,
                                 .now_us = new_document->now_us };
  g_autoptr(SohoaStoreEvent) event = sohoa_store_rules_seal (d, &as_change, NULL, 0);
  gint64 n;

  if (!sohoa_sqlite_next (self, "sequence", &d->sequence, error)
      || !sohoa_sqlite_run (self, error,
                            "INSERT INTO document VALUES (NULL, ?, 0, 0, 0, NULL, '{}', 0, ?, 0, 0, 0, '', 0, 0, '',"
                            " '', '', 0, '')", "si", d->id, d->created_us))
    return FALSE;
  n = sqlite3_last_insert_rowid (self->db);
  return save_document (self, d, n, error) && save_event (self, event, n, error)
         && save_files (self, new_document->files, n, error) && save_search (self, d, n, NULL, error)
         && save_token (self, new_document->token, digest, d, 0, error);
}

gboolean
sohoa_sqlite_add (gpointer backend, const SohoaStoreNewDocument *new_document, char **id_out,
                  gboolean *created_out,
                  guint64 *sequence_out, GError **error)
{
  SohoaStoreSqlite *self = backend;
  g_auto(SohoaTransaction) tx = { 0 };
  g_autofree char *digest = sohoa_store_rules_digest_add (new_document);
  g_autoptr(SohoaStoreDocument) d = sohoa_store_rules_begin (new_document, error);
  g_autofree char *older = NULL;
  SohoaStoreResult earlier;
  gboolean found;

  if (d == NULL || !sohoa_transaction_begin (&tx, self, error)
      || !find_token (self, new_document->token, digest, &found, &earlier, &older, error))
    return FALSE;
  if (!found && !take_intakes (self, new_document, &older, error))
    return FALSE;
  if (older != NULL) {
    *id_out = g_steal_pointer (&older);
    return TRUE;
  }
  if (!document_exists (self, d->id, &found, error))
    return FALSE;
  if (found)
    return sohoa_store_fail_conflict ("document", "the id is taken", "choose another", error);
  if (!insert_document (self, new_document, d, digest, error) || !sohoa_transaction_commit (&tx, error))
    return FALSE;
  *created_out = TRUE;
  *sequence_out = d->sequence;
  *id_out = g_steal_pointer (&d->id);
  return TRUE;
}

/* ---- numbers ---- */

static gboolean
number_of_document (SohoaStoreSqlite *self, const SohoaStoreNumber *want, gint64 n, guint64 *number_out,
                    GError **error)
{
  g_autoptr(SohoaStmt) stmt = NULL;
  int step;

  stmt = sohoa_sqlite_query (self, error,
                             "SELECT number FROM number WHERE document = ? AND agency = ? AND year = ? AND book = ?"
                             " AND is_void = 0", "isis", n, want->agency, (gint64) want->year, want->book);
  step = stmt != NULL ? sohoa_sqlite_step (self, stmt, error) : -1;
  *number_out = step == SQLITE_ROW ? sqlite3_column_int64 (stmt, 0) : 0;
  return step >= 0;
}

static gboolean
next_number (SohoaStoreSqlite *self, const SohoaStoreNumber *want, guint64 *number_out, GError **error)
{
  g_autoptr(SohoaStmt) stmt = NULL;

  stmt = sohoa_sqlite_query (self, error,
                             "SELECT coalesce (max (number), 0) + 1 FROM number"
                             " WHERE agency = ? AND year = ? AND book = ?", "sis", want->agency,
                             (gint64) want->year, want->book);
  if (stmt == NULL || sohoa_sqlite_step (self, stmt, error) != SQLITE_ROW)
    return FALSE;
  *number_out = sqlite3_column_int64 (stmt, 0);
  return TRUE;
}

static gboolean
give_number (SohoaStoreSqlite *self, const SohoaStoreNumber *want, gint64 n, gint64 now_us,
             guint64 *number_out,
             GError **error)
{
  guint64 has = 0;

  if (!number_of_document (self, want, n, &has, error))
    return FALSE;
  if (has != 0) {
    *number_out = has;
    return want->number == 0 || want->number == has
           || sohoa_store_fail_conflict ("arrival number", "the document has another one", "correct the number", error);
  }
  *number_out = want->number;
  if (want->number == 0 && !next_number (self, want, number_out, error))
    return FALSE;
  if (!sohoa_sqlite_run (self, error,
                         "INSERT INTO number VALUES (?, ?, ?, ?, ?, ?, 0, '', ?) ON CONFLICT DO NOTHING",
                         "sisisii",
                         want->agency, (gint64) want->year, want->book, (gint64) *number_out, want->source,
                         n, now_us))
    return FALSE;
  return sqlite3_changes (self->db) == 1 || sohoa_store_fail_conflict ("arrival number", "another document has it", "correct the number or return the document",
                                                                       error);
}

/* ---- outbox ---- */

static gboolean
add_parcel (SohoaStoreSqlite *self, const SohoaStoreParcel *p, gint64 n, gint64 now_us, GError **error)
{
  g_autoptr(SohoaStmt) stmt = NULL;
  int step;

  stmt = sohoa_sqlite_query (self, error, "SELECT document FROM outbox WHERE key = ?", "s", p->key);
  step = stmt != NULL ? sohoa_sqlite_step (self, stmt, error) : -1;
  if (step < 0)
    return FALSE;
  if (step == SQLITE_ROW)
    return sqlite3_column_int64 (stmt, 0) == n
           || sohoa_store_fail_conflict ("this very file was submitted before", "as another document", "purge this one or return it to the sender", error);
  return sohoa_sqlite_run (self, error,
                           "INSERT INTO outbox VALUES (NULL, ?, ?, ?, ?, ?, 0, 0, 0, ?, ?, '')", "sisssii",
                           p->key, n,
                           p->target, p->payload_path, p->payload_sha256, now_us, now_us);
}

static gboolean
add_answer (SohoaStoreSqlite *self, const SohoaStoreAnswer *a, gint64 n, gint64 now_us, GError **error)
{
  g_autoptr(SohoaStmt) stmt = NULL;
  gint64 outbox;
  int step;

  stmt = sohoa_sqlite_query (self, error, "SELECT n FROM outbox WHERE key = ? AND document = ?", "si",
                             a->key, n);
  step = stmt != NULL ? sohoa_sqlite_step (self, stmt, error) : -1;
  if (step == SQLITE_DONE)
    return sohoa_store_fail_not_found ("outbox row", a->key, error);
  if (step != SQLITE_ROW)
    return FALSE;
  outbox = sqlite3_column_int64 (stmt, 0);
  return sohoa_sqlite_run (self, error, "INSERT OR IGNORE INTO receipt VALUES (NULL, ?, ?, ?, ?, ?)",
                           "isssi", outbox,
                           a->status, a->server_id != NULL ? a->server_id : "",
                           a->arrival_number != NULL ? a->arrival_number : "",
                           a->time_us != 0 ? a->time_us : now_us)
         && sohoa_sqlite_run (self, error,
                              "UPDATE outbox SET state = 3, updated_us = ?, error_name = '' WHERE n = ?",
                              "ii", now_us, outbox);
}

/* ---- the setter ---- */

/* What a secrecy hold or a purge leaves behind: nothing of the content, not in free pages either
 * (secure_delete; the index is rewritten so that no old segment keeps a word). */
static gboolean
wipe_sides (SohoaStoreSqlite *self, const SohoaStoreChange *c, gint64 n, GError **error)
{
  if (!sohoa_sqlite_run (self, error, "DELETE FROM text WHERE document = ?", "i", n)
      || !sohoa_sqlite_run (self, error, "DELETE FROM search WHERE rowid = ?", "i", n)
      || !sohoa_sqlite_run (self, error, "INSERT INTO search (search) VALUES ('optimize')", ""))
    return FALSE;
  return (c->flags & SOHOA_STORE_CHANGE_PURGE) == 0
         || sohoa_sqlite_run (self, error, "DELETE FROM file WHERE document = ?", "i", n);
}

static gboolean
write_sides (SohoaStoreSqlite *self, const SohoaStoreChange *c, const SohoaStoreDocument *d, gint64 n,
             guint64 *number_out, GError **error)
{
  const char *void_reason = sohoa_store_rules_void_reason (c);
  gboolean wipes = sohoa_store_rules_wipes (c);

  if (void_reason != NULL
      && !sohoa_sqlite_run (self, error,
                            "UPDATE number SET is_void = 1, reason = ? WHERE document = ? AND is_void = 0",
                            "si", void_reason, n))
    return FALSE;
  if (c->number != NULL && !give_number (self, c->number, n, c->now_us, number_out, error))
    return FALSE;
  if (c->parcel != NULL && !add_parcel (self, c->parcel, n, c->now_us, error))
    return FALSE;
  if (c->answer != NULL && !add_answer (self, c->answer, n, c->now_us, error))
    return FALSE;
  if (!save_files (self, c->files, n, error))
    return FALSE;
  if ((wipes || (c->flags & SOHOA_STORE_CHANGE_FORGET_DETAILS) != 0)
      && !sohoa_sqlite_run (self, error, "DELETE FROM event_details WHERE document = ?", "i", n))
    return FALSE;
  if (wipes)
    return wipe_sides (self, c, n, error);
  return (c->record_json == NULL && c->text == NULL) || save_search (self, d, n, c->text, error);
}

static gboolean
write_change (SohoaStoreSqlite *self, const SohoaStoreChange *c, SohoaStoreResult *result, const char *digest,
              GError **error)
{
  g_autoptr(SohoaStoreEvent) event = NULL;
  g_autoptr(SohoaStoreDocument) d = NULL;
  const char *from;
  gint64 n = 0;

  d = sohoa_sqlite_load (self, c->id, &n, error);
  if (d == NULL)
    return FALSE;
  from = sohoa_state_to_string (d->state);
  if (!sohoa_store_rules_apply (d, c, error) || !write_sides (self, c, d, n, &result->number, error)
      || !sohoa_sqlite_next (self, "sequence", &d->sequence, error))
    return FALSE;
  event = sohoa_store_rules_seal (d, c, from, result->number);
  result->revision = d->revision;
  result->state = d->state;
  result->sequence = d->sequence;
  return save_event (self, event, n, error) && save_document (self, d, n, error)
         && save_token (self, c->token, digest, d, result->number, error);
}

gboolean
sohoa_sqlite_change (gpointer backend, const SohoaStoreChange *c, SohoaStoreResult *result, GError **error)
{
  SohoaStoreSqlite *self = backend;
  g_auto(SohoaTransaction) tx = { 0 };
  g_autofree char *digest = c->token != NULL ? sohoa_store_rules_digest_change (c) : NULL;
  gboolean found;

  if (!sohoa_transaction_begin (&tx, self, error) || !find_token (self, c->token, digest, &found, result,
                                                                  NULL, error))
    return FALSE;
  if (found)
    return TRUE;
  if (!write_change (self, c, result, digest, error) || !sohoa_transaction_commit (&tx, error))
    return FALSE;
  if (sohoa_store_rules_wipes (c)) /* the log holds old pages until it is cut */
    sqlite3_wal_checkpoint_v2 (self->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
  return TRUE;
}
