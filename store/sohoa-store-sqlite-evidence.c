/* The SQLite backend: when the evidence of signatures is due. */
#include "sohoa-store-sqlite-private.h"

#define LOCK(self) g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&(self)->lock)

gboolean
sohoa_sqlite_set_evidence (gpointer backend, const SohoaStoreEvidence *e, GError **error)
{
  SohoaStoreSqlite *self = backend;
  LOCK (self);

  if (e->due_us == 0)
    return sohoa_sqlite_run (self, error, "DELETE FROM evidence WHERE id = ?", "s", e->id);
  return sohoa_sqlite_run (self, error, "INSERT OR REPLACE INTO evidence VALUES (?, ?, ?, ?)", "siis", e->id, e->due_us,
                           (gint64) e->tries, e->level);
}

static void
take_row (SohoaStmt *stmt, SohoaStoreEvidence *out)
{
  const char *id = (const char *) sqlite3_column_text (stmt, 0), *level = (const char *) sqlite3_column_text (stmt, 3);

  g_strlcpy (out->id, id != NULL ? id : "", sizeof out->id);
  out->due_us = sqlite3_column_int64 (stmt, 1);
  out->tries = (guint) sqlite3_column_int64 (stmt, 2);
  g_strlcpy (out->level, level != NULL ? level : "", sizeof out->level);
}

gboolean
sohoa_sqlite_get_evidence (gpointer backend, const char *id, SohoaStoreEvidence *evidence_out, GError **error)
{
  SohoaStoreSqlite *self = backend;
  int step;
  LOCK (self);
  g_autoptr(SohoaStmt) stmt
    = sohoa_sqlite_query (self, error, "SELECT id, due_us, tries, level FROM evidence WHERE id = ?", "s", id);

  step = stmt != NULL ? sohoa_sqlite_step (self, stmt, error) : -1;
  if (step == SQLITE_ROW)
    take_row (stmt, evidence_out);
  return step == SQLITE_ROW || step == SQLITE_DONE;
}

GArray *
sohoa_sqlite_list_evidence (gpointer backend, gint64 until_us, guint limit, GError **error)
{
  SohoaStoreSqlite *self = backend;
  g_autoptr(GArray) rows = g_array_new (FALSE, TRUE, sizeof (SohoaStoreEvidence));
  int step = -1;
  LOCK (self);
  g_autoptr(SohoaStmt) stmt
    = sohoa_sqlite_query (self, error, "SELECT id, due_us, tries, level FROM evidence WHERE due_us <= ? ORDER BY due_us, id"
                                       " LIMIT ?", "ii", until_us, (gint64) limit);

  while (stmt != NULL && (step = sohoa_sqlite_step (self, stmt, error)) == SQLITE_ROW) {
    SohoaStoreEvidence row;

    take_row (stmt, &row);
    g_array_append_val (rows, row);
  }
  return step == SQLITE_DONE ? g_steal_pointer (&rows) : NULL;
}
