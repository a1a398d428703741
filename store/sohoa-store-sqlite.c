/* The SQLite backend: opening, schema, statements, transactions, jobs. One connection behind one lock: a
 * desk commits some hundred times a minute, and every commit waits for fsync. */
#include "sohoa-store-sqlite-private.h"
#include "sohoa-store-schema.h"

#include "sohoa-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUSY_TIMEOUT_MS (10 * 1000)
#define BACKUP_PAGES_A_STEP 256

/* ---- errors and statements ---- */

gboolean
sohoa_sqlite_fail (SohoaStoreSqlite *self, GError **error)
{
  int code = sqlite3_errcode (self->db);
  const char *why = sqlite3_errmsg (self->db);

  switch (code & 0xff) {
  case SQLITE_FULL:
    g_set_error (error, SOHOA_STORE_ERROR, SOHOA_STORE_ERROR_NO_SPACE, "store: %s: make room on the disk",
                 why);
    break;
  case SQLITE_CORRUPT:
  case SQLITE_NOTADB:
    g_set_error (error, SOHOA_STORE_ERROR, SOHOA_STORE_ERROR_CORRUPT, "store: %s: restore a backup", why);
    break;
  case SQLITE_BUSY:
  case SQLITE_LOCKED:
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_BUSY, "store: %s: another program uses it", why);
    break;
  case SQLITE_IOERR:
    if (sqlite3_system_errno (self->db) == ENOSPC || sqlite3_system_errno (self->db) == EDQUOT) {
      g_set_error (error, SOHOA_STORE_ERROR, SOHOA_STORE_ERROR_NO_SPACE, "store: %s: make room on the disk",
                   why);
      break;
    }
    G_GNUC_FALLTHROUGH;
  default:
    g_set_error (error, SOHOA_STORE_ERROR, SOHOA_STORE_ERROR_IO, "store: %s (%d): check the disk", why,
                 sqlite3_extended_errcode (self->db));
  }
  return FALSE;
}

void
sohoa_stmt_done (SohoaStmt *stmt)
{
  sqlite3_reset (stmt);
  sqlite3_clear_bindings (stmt);
}

static SohoaStmt *
query_va (SohoaStoreSqlite *self, GError **error, const char *sql, const char *types, va_list args)
{
  sqlite3_stmt *stmt = g_hash_table_lookup (self->statements, sql);

  if (stmt == NULL) {
    if (sqlite3_prepare_v3 (self->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL) != SQLITE_OK) {
      sohoa_sqlite_fail (self, error);
      return NULL;
    }
    g_hash_table_insert (self->statements, (gpointer) sql, stmt);
  }
  for (int i = 1; *types != '\0'; types++, i++) {
    if (*types == 'i')
      sqlite3_bind_int64 (stmt, i, va_arg (args, gint64));
    else
      sqlite3_bind_text (stmt, i, va_arg (args, const char *), -1, SQLITE_TRANSIENT);
  }
  return stmt;
}

SohoaStmt *
sohoa_sqlite_query (SohoaStoreSqlite *self, GError **error, const char *sql, const char *types, ...)
{
  SohoaStmt *stmt;
  va_list args;

  va_start (args, types);
  stmt = query_va (self, error, sql, types, args);
  va_end (args);
  return stmt;
}

int
sohoa_sqlite_step (SohoaStoreSqlite *self, SohoaStmt *stmt, GError **error)
{
  int code = sqlite3_step (stmt);

  if (code == SQLITE_ROW || code == SQLITE_DONE)
    return code;
  sohoa_sqlite_fail (self, error);
  return -1;
}

gboolean
sohoa_sqlite_run (SohoaStoreSqlite *self, GError **error, const char *sql, const char *types, ...)
{
  g_autoptr(SohoaStmt) stmt = NULL;
  va_list args;

  va_start (args, types);
  stmt = query_va (self, error, sql, types, args);
  va_end (args);
  return stmt != NULL && sohoa_sqlite_step (self, stmt, error) >= 0;
}

char *
sohoa_sqlite_dup (SohoaStmt *stmt, int column)
{
  return g_strdup ((const char *) sqlite3_column_text (stmt, column));
}

static gboolean
execute (SohoaStoreSqlite *self, const char *sql, GError **error)
{
  return sqlite3_exec (self->db, sql, NULL, NULL, NULL) == SQLITE_OK || sohoa_sqlite_fail (self, error);
}

gboolean
sohoa_transaction_begin (SohoaTransaction *self, SohoaStoreSqlite *store, GError **error)
{
  g_mutex_lock (&store->lock);
  self->store = store;
  self->open = execute (store, "BEGIN IMMEDIATE", error);
  return self->open;
}

gboolean
sohoa_transaction_commit (SohoaTransaction *self, GError **error)
{
  if (!execute (self->store, "COMMIT", error))
    return FALSE;
  self->open = FALSE;
  return TRUE;
}

void
sohoa_transaction_clear (SohoaTransaction *self)
{
  if (self->store == NULL)
    return;
  if (self->open && !sqlite3_get_autocommit (self->store->db))
    sqlite3_exec (self->store->db, "ROLLBACK", NULL, NULL, NULL);
  g_mutex_unlock (&self->store->lock);
  self->store = NULL;
}

/* ---- rows ---- */

SohoaStoreDocument *
sohoa_sqlite_row (SohoaStmt *stmt, gint64 *n_out, GError **error)
{
  g_autoptr(SohoaStoreDocument) d = g_new0 (SohoaStoreDocument, 1);
  gint64 state = sqlite3_column_int64 (stmt, 2);

  if (n_out != NULL)
    *n_out = sqlite3_column_int64 (stmt, 0);
  d->id = sohoa_sqlite_dup (stmt, 1);
  if (state < 0 || state >= SOHOA_N_STATES || d->id == NULL) {
    g_set_error (error, SOHOA_STORE_ERROR, SOHOA_STORE_ERROR_CORRUPT,
                 "store: a document with an impossible state: restore a backup");
    return NULL;
  }
  d->state = state;
  d->revision = sqlite3_column_int64 (stmt, 3);
  d->sequence = sqlite3_column_int64 (stmt, 4);
  d->fields_json = sohoa_sqlite_dup (stmt, 5);
  d->priority = sqlite3_column_int64 (stmt, 6);
  d->created_us = sqlite3_column_int64 (stmt, 7);
  d->updated_us = sqlite3_column_int64 (stmt, 8);
  d->attempts = sqlite3_column_int64 (stmt, 9);
  d->not_before_us = sqlite3_column_int64 (stmt, 10);
  d->worker = sohoa_sqlite_dup (stmt, 11);
  d->fence = sqlite3_column_int64 (stmt, 12);
  d->lease_until_us = sqlite3_column_int64 (stmt, 13);
  d->error_name = sohoa_sqlite_dup (stmt, 14);
  d->error_class = sohoa_sqlite_dup (stmt, 15);
  d->error_message = sohoa_sqlite_dup (stmt, 16);
  d->event_count = sqlite3_column_int64 (stmt, 17);
  d->event_head = sohoa_sqlite_dup (stmt, 18);
  return g_steal_pointer (&d);
}

static gboolean
load_sides (SohoaStoreSqlite *self, SohoaStoreDocument *d, gint64 n, GError **error)
{
  g_autoptr(SohoaStmt) files = NULL;
  g_autoptr(SohoaStmt) record = NULL;
  int step;

  record = sohoa_sqlite_query (self, error, "SELECT record FROM document WHERE n = ?", "i", n);
  if (record == NULL || sohoa_sqlite_step (self, record, error) < 0)
    return FALSE;
  d->record_json = sohoa_sqlite_dup (record, 0);
  d->files = sohoa_store_files_new ();
  files = sohoa_sqlite_query (self, error,
                              "SELECT role, name, path, sha256, bytes FROM file WHERE document = ?"
                              " ORDER BY role, rowid", "i", n);
  if (files == NULL)
    return FALSE;
  while ((step = sohoa_sqlite_step (self, files, error)) == SQLITE_ROW)
    g_ptr_array_add (d->files, sohoa_store_file_new ((const char *) sqlite3_column_text (files, 0),
                                                     (const char *) sqlite3_column_text (files, 1),
                                                     (const char *) sqlite3_column_text (files, 2),
                                                     (const char *) sqlite3_column_text (files, 3),
                                                     sqlite3_column_int64 (files, 4)));
  return step == SQLITE_DONE;
}

SohoaStoreDocument *
sohoa_sqlite_load (SohoaStoreSqlite *self, const char *id, gint64 *n_out, GError **error)
{
  g_autoptr(SohoaStoreDocument) d = NULL;
  g_autoptr(SohoaStmt) stmt = NULL;
  gint64 n = 0;
  int step;

  stmt = sohoa_sqlite_query (self, error, "SELECT " DOCUMENT_COLUMNS " FROM document WHERE id = ?", "s", id);
  step = stmt != NULL ? sohoa_sqlite_step (self, stmt, error) : -1;
  if (step == SQLITE_DONE)
    sohoa_store_fail_not_found ("document", id, error);
  if (step != SQLITE_ROW)
    return NULL;
  d = sohoa_sqlite_row (stmt, &n, error);
  if (d == NULL || !load_sides (self, d, n, error))
    return NULL;
  if (n_out != NULL)
    *n_out = n;
  return g_steal_pointer (&d);
}

gboolean
sohoa_sqlite_next (SohoaStoreSqlite *self, const char *counter, guint64 *value_out, GError **error)
{
  g_autoptr(SohoaStmt) stmt = NULL;

  stmt = sohoa_sqlite_query (self, error,
                             "UPDATE counter SET value = value + 1 WHERE name = ? RETURNING value",
                             "s", counter);
  if (stmt == NULL || sohoa_sqlite_step (self, stmt, error) != SQLITE_ROW)
    return FALSE;
  *value_out = sqlite3_column_int64 (stmt, 0);
  return sohoa_sqlite_step (self, stmt, error) == SQLITE_DONE;
}

/* ---- jobs ---- */

static gboolean
sqlite_claim_next (gpointer backend, const char *worker, guint32 states, guint lease_ms, gint64 now_us,
                   SohoaStoreClaim **claim_out, GError **error)
{
  SohoaStoreSqlite *self = backend;
  g_auto(SohoaTransaction) tx = { 0 };
  g_autoptr(SohoaStmt) stmt = NULL;
  g_autoptr(SohoaStoreDocument) d = NULL;
  g_autoptr(SohoaStoreClaim) claim = NULL;
  gint64 n = 0;
  int step;

  if (!sohoa_transaction_begin (&tx, self, error))
    return FALSE;
  stmt = sohoa_sqlite_query (self, error,
                             "SELECT " DOCUMENT_COLUMNS " FROM document WHERE ((1 << state) & ?1) <> 0"
                             " AND not_before_us <= ?2 AND (fence = 0 OR lease_until_us <= ?2)"
                             " ORDER BY priority >= 3 DESC, created_us, id LIMIT 1", "ii", (gint64) states,
                             now_us);
  step = stmt != NULL ? sohoa_sqlite_step (self, stmt, error) : -1;
  if (step != SQLITE_ROW)
    return step == SQLITE_DONE;
  d = sohoa_sqlite_row (stmt, &n, error);
  if (d == NULL)
    return FALSE;
  claim = g_new0 (SohoaStoreClaim, 1);
  claim->id = g_strdup (d->id);
  claim->state = d->state;
  claim->revision = d->revision;
  claim->priority = d->priority;
  claim->attempts = d->attempts + 1;
  claim->lease_until_us = now_us + (gint64) lease_ms * 1000;
  if (!sohoa_sqlite_next (self, "fence", &claim->fence, error)
      || !sohoa_sqlite_run (self, error,
                            "UPDATE document SET worker = ?, fence = ?, lease_until_us = ?, attempts = ? WHERE n = ?",
                            "siiii", worker, (gint64) claim->fence, claim->lease_until_us,
                            (gint64) claim->attempts, n)
      || !sohoa_transaction_commit (&tx, error))
    return FALSE;
  *claim_out = g_steal_pointer (&claim);
  return TRUE;
}

static gboolean
sqlite_next_due (gpointer backend, guint32 states, gint64 *due_us_out, GError **error)
{
  SohoaStoreSqlite *self = backend;
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  g_autoptr(SohoaStmt) stmt = NULL;

  (void) locker;
  /* a document that is held open for ever (not_before = the end of time) is not due */
  stmt = sohoa_sqlite_query (self, error,
                             "SELECT min (max (not_before_us, lease_until_us, created_us)) FROM document"
                             " WHERE ((1 << state) & ?1) <> 0 AND not_before_us < ?2", "ii", (gint64) states,
                             G_MAXINT64);
  if (stmt == NULL || sohoa_sqlite_step (self, stmt, error) < 0)
    return FALSE;
  *due_us_out = sqlite3_column_int64 (stmt, 0);
  return TRUE;
}

/* Changes the one row that still has this fence. */
static gboolean
with_fence (SohoaStoreSqlite *self, const char *sql, gint64 value, const char *id, guint64 fence,
            GError **error)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  (void) locker;
  if (!sohoa_sqlite_run (self, error, sql, "isi", value, id, (gint64) fence))
    return FALSE;
  if (fence != 0 && sqlite3_changes (self->db) == 1)
    return TRUE;
  g_set_error (error, SOHOA_STORE_ERROR, SOHOA_STORE_ERROR_LEASE_LOST,
               "document %s: the claim is over: drop the work", id);
  return FALSE;
}

static gboolean
sqlite_heartbeat (gpointer self, const char *id, guint64 fence, gint64 until_us, GError **error)
{
  return with_fence (self, "UPDATE document SET lease_until_us = ? WHERE id = ? AND fence = ? AND fence <> 0",
                     until_us, id, fence, error);
}

static gboolean
sqlite_release (gpointer self, const char *id, guint64 fence, GError **error)
{
  return with_fence (self,
                     "UPDATE document SET fence = 0, worker = '', lease_until_us = ?, attempts = max (attempts - 1, 0)"
                     " WHERE id = ? AND fence = ? AND fence <> 0", 0, id, fence, error);
}

static gboolean
sqlite_mark_outbox (gpointer backend, const char *key, guint64 fence, SohoaStoreParcelState state,
                    gint64 next_try_us, const char *error_name, gint64 now_us, GError **error)
{
  SohoaStoreSqlite *self = backend;
  g_auto(SohoaTransaction) tx = { 0 };
  g_autoptr(SohoaStmt) stmt = NULL;
  int step;

  if (!sohoa_transaction_begin (&tx, self, error))
    return FALSE;
  stmt = sohoa_sqlite_query (self, error,
                             "SELECT o.state, d.fence, d.id FROM outbox o JOIN document d ON d.n = o.document"
                             " WHERE o.key = ?", "s", key);
  step = stmt != NULL ? sohoa_sqlite_step (self, stmt, error) : -1;
  if (step == SQLITE_DONE)
    return sohoa_store_fail_not_found ("outbox row", key, error);
  if (step != SQLITE_ROW)
    return FALSE;
  if (fence != 0 && (gint64) fence != sqlite3_column_int64 (stmt, 1)) {
    g_set_error (error, SOHOA_STORE_ERROR, SOHOA_STORE_ERROR_LEASE_LOST,
                 "document %s: the claim is over: drop the work", sqlite3_column_text (stmt, 2));
    return FALSE;
  }
  if (sqlite3_column_int64 (stmt, 0) == SOHOA_STORE_PARCEL_ANSWERED)
    return sohoa_store_fail_conflict ("outbox row", "already answered", "read the document again", error);
  return sohoa_sqlite_run (self, error,
                           "UPDATE outbox SET state = ?1, attempts = attempts + (?1 = 1), next_try_us = ?2,"
                           " updated_us = ?3, error_name = ?4 WHERE key = ?5", "iiiss", (gint64) state,
                           next_try_us,
                           now_us, error_name, key)
         && sohoa_transaction_commit (&tx, error);
}

static gboolean
sqlite_set_meta (gpointer backend, const char *key, const char *value, GError **error)
{
  SohoaStoreSqlite *self = backend;
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  (void) locker;
  if (value == NULL)
    return sohoa_sqlite_run (self, error, "DELETE FROM meta WHERE key = ?", "s", key);
  return sohoa_sqlite_run (self, error, "INSERT OR REPLACE INTO meta VALUES (?, ?)", "ss", key, value);
}

/* ---- backup ---- */

static gboolean
copy_database (SohoaStoreSqlite *self, const char *path, GError **error)
{
  SohoaStoreSqlite copy = { 0 };
  sqlite3_backup *backup;
  gboolean good = FALSE;

  if (sqlite3_open_v2 (path, &copy.db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) == SQLITE_OK) {
    /* a restored copy switches to WAL when it is opened */
    g_mutex_lock (&self->lock);
    backup = sqlite3_backup_init (copy.db, "main", self->db, "main");
    if (backup != NULL) {
      while (sqlite3_backup_step (backup, BACKUP_PAGES_A_STEP) == SQLITE_OK)
        ;
      good = sqlite3_backup_finish (backup) == SQLITE_OK;
    }
    g_mutex_unlock (&self->lock);
  }
  if (!good)
    sohoa_sqlite_fail (&copy, error);
  sqlite3_close (copy.db);
  return good;
}

static gboolean
sqlite_backup (gpointer self, const char *path, GError **error)
{
  g_autofree char *temporary = g_strdup_printf ("%s.%d.tmp", path, (int) getpid ());
  g_autofree char *folder = g_path_get_dirname (path);
  SOHOA_AUTO_FD int fd = open (temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

  if (fd < 0) {
    g_set_error (error, SOHOA_STORE_ERROR, SOHOA_STORE_ERROR_IO, "backup %s: %s: choose another place", path,
                 g_strerror (errno));
    return FALSE;
  }
  if (!copy_database (self, temporary, error)) {
    g_prefix_error (error, "backup %s: ", path);
    unlink (temporary);
    return FALSE;
  }
  if (fsync (fd) != 0 || rename (temporary, path) != 0) {
    g_set_error (error, SOHOA_STORE_ERROR, SOHOA_STORE_ERROR_IO, "backup %s: %s: choose another place", path,
                 g_strerror (errno));
    unlink (temporary);
    return FALSE;
  }
  return sohoa_folder_sync (folder, error);
}

/* ---- opening ---- */

static void
finalize (gpointer stmt)
{
  sqlite3_finalize (stmt);
}

static gboolean
upgrade (SohoaStoreSqlite *self, GError **error)
{
  g_auto(SohoaTransaction) tx = { 0 };
  g_autofree char *version = NULL;
  gint64 have;
  {
    g_autoptr(SohoaStmt) stmt = NULL;

    if (!sohoa_transaction_begin (&tx, self, error))
      return FALSE;
    stmt = sohoa_sqlite_query (self, error, "PRAGMA user_version", "");
    if (stmt == NULL || sohoa_sqlite_step (self, stmt, error) != SQLITE_ROW)
      return FALSE;
    have = sqlite3_column_int64 (stmt, 0);
  }
  if (have < 0 || have > SOHOA_STORE_SCHEMA_STEPS) {
    g_set_error (error, SOHOA_STORE_ERROR, SOHOA_STORE_ERROR_SCHEMA_TOO_NEW,
                 "store: schema %" G_GINT64_FORMAT " is newer than %d: use the newer sohoa", have,
                 SOHOA_STORE_SCHEMA_STEPS);
    return FALSE;
  }
  if (have == SOHOA_STORE_SCHEMA_STEPS)
    return TRUE;
  for (gint64 i = have; i < SOHOA_STORE_SCHEMA_STEPS; i++)
    if (!execute (self, schema_steps[i], error))
      return FALSE;
  if (have == 1) {
    /* step 2 on a filled database: the fields become searchable at once, texts when they are set again */
    g_autoptr(SohoaStmt) rows = sohoa_sqlite_query (self, error, "SELECT n, fields FROM document", "");
    int step = -1;

    while (rows != NULL && (step = sohoa_sqlite_step (self, rows, error)) == SQLITE_ROW) {
      g_autofree char *body = sohoa_store_search_body ((const char *) sqlite3_column_text (rows, 1), NULL);

      if (!sohoa_sqlite_run (self, error, "INSERT INTO search (rowid, body) VALUES (?, ?)", "is",
                             (gint64) sqlite3_column_int64 (rows, 0), body))
        return FALSE;
    }
    if (step != SQLITE_DONE)
      return FALSE;
  }
  version = g_strdup_printf ("PRAGMA user_version = %d", SOHOA_STORE_SCHEMA_STEPS);
  return execute (self, version, error) && sohoa_transaction_commit (&tx, error);
}

static void
sqlite_close (gpointer backend)
{
  SohoaStoreSqlite *self = backend;

  g_hash_table_unref (self->statements);
  sqlite3_close (self->db);
  g_mutex_clear (&self->lock);
  g_free (self);
}

static const SohoaStoreBackend sqlite_backend = {
  .name = "sqlite",
  .close = sqlite_close,
  .add = sohoa_sqlite_add,
  .find = sohoa_sqlite_find,
  .list = sohoa_sqlite_list,
  .changes_since = sohoa_sqlite_changes_since,
  .get_sequence = sohoa_sqlite_get_sequence,
  .change = sohoa_sqlite_change,
  .claim_next = sqlite_claim_next,
  .next_due = sqlite_next_due,
  .heartbeat = sqlite_heartbeat,
  .release = sqlite_release,
  .list_register = sohoa_sqlite_list_register,
  .freeze_register = sohoa_sqlite_freeze_register,
  .list_outbox = sohoa_sqlite_list_outbox,
  .mark_outbox = sqlite_mark_outbox,
  .list_receipts = sohoa_sqlite_list_receipts,
  .claim_intake = sohoa_sqlite_claim_intake,
  .find_intake = sohoa_sqlite_find_intake,
  .list_events = sohoa_sqlite_list_events,
  .set_evidence = sohoa_sqlite_set_evidence,
  .get_evidence = sohoa_sqlite_get_evidence,
  .list_evidence = sohoa_sqlite_list_evidence,
  .set_meta = sqlite_set_meta,
  .get_meta = sohoa_sqlite_get_meta,
  .backup = sqlite_backup,
};

SohoaStore *
sohoa_store_open_sqlite (const char *path, GError **error)
{
  SohoaStoreSqlite *self = g_new0 (SohoaStoreSqlite, 1);
  int made = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600); /* SQLite itself would follow the umask */
  gboolean good;

  g_mutex_init (&self->lock);
  self->statements = g_hash_table_new_full (g_direct_hash, g_direct_equal, NULL, finalize);
  if (made >= 0)
    close (made);
  good = sqlite3_open_v2 (path, &self->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) == SQLITE_OK
         || sohoa_sqlite_fail (self, error);
  if (good) {
    sqlite3_extended_result_codes (self->db, 1);
    sqlite3_busy_timeout (self->db, BUSY_TIMEOUT_MS);
  }
  good = good
         && execute (self,
                     "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
                     "PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF",
                     error)
         && upgrade (self, error);
  if (!good) {
    g_prefix_error (error, "%s: ", path);
    sqlite_close (self);
    return NULL;
  }
  return sohoa_store_new (&sqlite_backend, self);
}
