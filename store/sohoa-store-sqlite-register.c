/* The SQLite backend: the register of numbers, and what was printed of it. */
#include "sohoa-store-sqlite-private.h"

GPtrArray *
sohoa_sqlite_list_register (gpointer backend, const char *agency, int year, const char *book, GError **error)
{
  SohoaStoreSqlite *self = backend;
  g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func ((GDestroyNotify) sohoa_store_register_row_free);
  int step = -1;
  g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->lock);
  g_autoptr(SohoaStmt) stmt = NULL;

  stmt = sohoa_sqlite_query (self, error,
                             "SELECT r.agency, r.year, r.book, r.number, r.source, d.id, r.is_void, r.reason,"
                             " r.time_us, d.fields, p.cells FROM number r JOIN document d ON d.n = r.document"
                             " LEFT JOIN printed p ON p.agency = r.agency AND p.year = r.year AND p.book = r.book"
                             " AND p.number = r.number"
                             " WHERE (?1 IS NULL OR r.agency = ?1) AND (?2 = 0 OR r.year = ?2)"
                             " AND (?3 IS NULL OR r.book = ?3) ORDER BY r.agency, r.year, r.book, r.number",
                             "sis",
                             agency, (gint64) year, book);
  while (stmt != NULL && (step = sohoa_sqlite_step (self, stmt, error)) == SQLITE_ROW) {
    SohoaStoreRegisterRow *row = g_new0 (SohoaStoreRegisterRow, 1);

    row->agency = sohoa_sqlite_dup (stmt, 0);
    row->year = sqlite3_column_int (stmt, 1);
    row->book = sohoa_sqlite_dup (stmt, 2);
    row->number = sqlite3_column_int64 (stmt, 3);
    row->source = sohoa_sqlite_dup (stmt, 4);
    row->id = sohoa_sqlite_dup (stmt, 5);
    row->is_void = sqlite3_column_int (stmt, 6) != 0;
    row->reason = sohoa_sqlite_dup (stmt, 7);
    row->time_us = sqlite3_column_int64 (stmt, 8);
    row->fields_json = sohoa_sqlite_dup (stmt, 9);
    row->printed = sohoa_sqlite_dup (stmt, 10);
    g_ptr_array_add (rows, row);
  }
  return step == SQLITE_DONE ? g_steal_pointer (&rows) : NULL;
}

gboolean
sohoa_sqlite_freeze_register (gpointer backend, const char *agency, int year, const char *book, const GPtrArray *rows,
                              gint64 now_us, GError **error)
{
  SohoaStoreSqlite *self = backend;
  g_auto(SohoaTransaction) tx = { 0 };

  if (!sohoa_transaction_begin (&tx, self, error))
    return FALSE;
  for (guint i = 0; i < rows->len; i++) {
    const SohoaStoreRegisterRow *row = g_ptr_array_index (rows, i);

    if (!sohoa_sqlite_run (self, error, "INSERT OR IGNORE INTO printed VALUES (?, ?, ?, ?, ?, ?)", "sisisi", agency,
                           (gint64) year, book, (gint64) row->number, row->printed, now_us))
      return FALSE;
  }
  return sohoa_transaction_commit (&tx, error);
}
