/* Private to the SQLite backend: connection, statements, transactions. */
#pragma once

#include "sohoa-store-backend.h"

#include <sqlite3.h>

G_BEGIN_DECLS

typedef struct {
  GMutex      lock;       /* one connection, one user at a time */
  sqlite3    *db;         /* (owned) */
  GHashTable *statements; /* (owned) SQL text (static) → sqlite3_stmt */
} SohoaStoreSqlite;

/* A prepared statement in use: reset and unbound at the end of its scope. */
typedef sqlite3_stmt SohoaStmt;
void sohoa_stmt_done (SohoaStmt *stmt);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaStmt, sohoa_stmt_done)

/* @sql is a string literal: its address is the key of the cache. @types: one letter per parameter,
 * 'i' gint64 · 's' const char * (nullable). NULL on error. */
SohoaStmt *sohoa_sqlite_query (SohoaStoreSqlite *self, GError **error, const char *sql, const char *types,
                               ...);
/* SQLITE_ROW, SQLITE_DONE, or -1 with @error. */
int        sohoa_sqlite_step (SohoaStoreSqlite *self, SohoaStmt *stmt, GError **error);
/* Runs a statement without rows. */
gboolean   sohoa_sqlite_run (SohoaStoreSqlite *self, GError **error, const char *sql, const char *types, ...);
gboolean   sohoa_sqlite_fail (SohoaStoreSqlite *self, GError **error);
char      *sohoa_sqlite_dup (SohoaStmt *stmt, int column);

/* A transaction as a scope: locks, BEGIN IMMEDIATE; rolled back unless committed. */
typedef struct {
  SohoaStoreSqlite *store;
  gboolean          open;
} SohoaTransaction;
gboolean sohoa_transaction_begin (SohoaTransaction *self, SohoaStoreSqlite *store, GError **error);
gboolean sohoa_transaction_commit (SohoaTransaction *self, GError **error);
void     sohoa_transaction_clear (SohoaTransaction *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SohoaTransaction, sohoa_transaction_clear)

#define DOCUMENT_COLUMNS                                                                                        \
  "n, id, state, revision, sequence, fields, priority, created_us, updated_us, attempts, not_before_us, "       \
  "worker, fence, lease_until_us, error_name, error_class, error_message, event_count, event_head"

/* The row under a statement that selects DOCUMENT_COLUMNS; record and files are not in it. NULL with
 * SOHOA_STORE_ERROR_CORRUPT for an impossible state. */
SohoaStoreDocument *sohoa_sqlite_row (SohoaStmt *stmt, gint64 *n_out, GError **error);
/* Row, record and files. Must be inside the lock. */
SohoaStoreDocument *sohoa_sqlite_load (SohoaStoreSqlite *self, const char *id, gint64 *n_out, GError **error);
gboolean sohoa_sqlite_next (SohoaStoreSqlite *self, const char *counter, guint64 *value_out, GError **error);

/* sohoa-store-sqlite-write.c */
gboolean sohoa_sqlite_add (gpointer self, const SohoaStoreNewDocument *document, char **id_out,
                           gboolean *created_out, guint64 *sequence_out, GError **error);
gboolean sohoa_sqlite_change (gpointer self, const SohoaStoreChange *change, SohoaStoreResult *result,
                              GError **error);
gboolean sohoa_sqlite_claim_intake (gpointer self, const SohoaStoreIntake *intake, const char *id,
                                    gint64 now_us,
                                    char **owner_out, GError **error);
char    *sohoa_sqlite_find_intake (gpointer self, const SohoaStoreIntake *intake, GError **error);

/* sohoa-store-sqlite-read.c */
SohoaStoreDocument *sohoa_sqlite_find (gpointer self, const char *id, GError **error);
GPtrArray *sohoa_sqlite_list (gpointer self, const SohoaStoreQuery *query, char **cursor_out, GError **error);
GArray    *sohoa_sqlite_changes_since (gpointer self, guint64 sequence, guint limit, GError **error);
gboolean   sohoa_sqlite_get_sequence (gpointer self, guint64 *sequence_out, GError **error);
GPtrArray *sohoa_sqlite_list_register (gpointer self, const char *agency, int year, const char *book,
                                       GError **error);
gboolean   sohoa_sqlite_freeze_register (gpointer self, const char *agency, int year, const char *book,
                                         const GPtrArray *rows, gint64 now_us, GError **error);
GPtrArray *sohoa_sqlite_list_outbox (gpointer self, const char *id, GError **error);
GPtrArray *sohoa_sqlite_list_receipts (gpointer self, const char *id, GError **error);
GPtrArray *sohoa_sqlite_list_events (gpointer self, const char *id, GError **error);
gboolean   sohoa_sqlite_set_evidence (gpointer self, const SohoaStoreEvidence *evidence, GError **error);
gboolean   sohoa_sqlite_get_evidence (gpointer self, const char *id, SohoaStoreEvidence *evidence_out, GError **error);
GArray    *sohoa_sqlite_list_evidence (gpointer self, gint64 until_us, guint limit, GError **error);
char      *sohoa_sqlite_get_meta (gpointer self, const char *key, GError **error);

G_END_DECLS
