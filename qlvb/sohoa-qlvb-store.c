#include "sohoa-qlvb-store.h"

#include "sohoa-errors.h"
#include "sohoa-text.h"
#include "sohoa-time.h"

#include <sqlite3.h>
#include <string.h>

#define BUSY_TIMEOUT_MS 10000

struct _SohoaQlvbStore {
  sqlite3 *db;   /* (owned) */
  GMutex   lock; /* one caller at a time */
};

/* Schema: numbered steps; the number of steps done is user_version. */
static const char *const steps[] = {
  "CREATE TABLE document (seq INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, digest TEXT NOT NULL,"
  " system_id TEXT NOT NULL, agency TEXT NOT NULL, book TEXT NOT NULL, year INTEGER, number INTEGER,"
  " doc_code TEXT UNIQUE, document_id TEXT NOT NULL, from_id TEXT NOT NULL, organ_name TEXT NOT NULL,"
  " code_number TEXT NOT NULL, code_notation TEXT NOT NULL, issued TEXT NOT NULL, type_name TEXT NOT NULL,"
  " subject TEXT NOT NULL, verdict TEXT NOT NULL, original INTEGER NOT NULL, status TEXT NOT NULL,"
  " reason TEXT NOT NULL, warnings TEXT NOT NULL, receipt TEXT NOT NULL, time_us INTEGER NOT NULL,"
  " decide_us INTEGER, UNIQUE (agency, year, book, number));"
  "CREATE INDEX document_due ON document (status, decide_us);"
  "CREATE INDEX document_sender ON document (system_id, seq);"
  "CREATE TABLE counter (agency TEXT, year INTEGER, book TEXT, last INTEGER NOT NULL,"
  " PRIMARY KEY (agency, year, book));"
  "CREATE TABLE serial (agency TEXT, type_code TEXT, last INTEGER NOT NULL, PRIMARY KEY (agency, type_code));"
  "CREATE TABLE status (id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL, system_id TEXT NOT NULL,"
  " code TEXT NOT NULL, description TEXT NOT NULL, time_us INTEGER NOT NULL,"
  " delivery TEXT NOT NULL DEFAULT 'initial');"
  "CREATE INDEX status_key ON status (key); CREATE INDEX status_sender ON status (system_id, delivery);", /* v1 */
  "ALTER TABLE document ADD COLUMN arrival_day TEXT NOT NULL DEFAULT '';", /* v2 */
  "ALTER TABLE document ADD COLUMN metadata TEXT NOT NULL DEFAULT '';"
  "ALTER TABLE document ADD COLUMN report TEXT NOT NULL DEFAULT '';"
  "ALTER TABLE document ADD COLUMN message TEXT NOT NULL DEFAULT '';"
  "ALTER TABLE document ADD COLUMN recipient TEXT NOT NULL DEFAULT '';"
  "ALTER TABLE document ADD COLUMN forwarded TEXT NOT NULL DEFAULT '';"
  "ALTER TABLE status ADD COLUMN by_whom TEXT NOT NULL DEFAULT '';"
  "CREATE INDEX document_register ON document (year, book, number);", /* v3 */
};

#define COLUMNS "key, digest, system_id, agency, book, doc_code, document_id, from_id, organ_name, code_number," \
                " code_notation, issued, type_name, subject, verdict, status, reason, warnings, receipt, arrival_day," \
                " metadata, report, message, recipient, forwarded, year, number, original, time_us"
#define N_TEXT_COLUMNS 25

/* ---- values ---- */

void
sohoa_qlvb_set (char **member, const char *value)
{
  char *copy = g_strdup (value != NULL ? value : "");

  g_free (*member);
  *member = copy;
}

static void
list_texts (SohoaQlvbDocument *d, char **members[N_TEXT_COLUMNS])
{
  char **const all[N_TEXT_COLUMNS] = {
    &d->key, &d->digest, &d->system_id, &d->agency, &d->book, &d->doc_code, &d->document_id, &d->from_id,
    &d->organ_name, &d->code_number, &d->code_notation, &d->issued, &d->type_name, &d->subject, &d->verdict,
    &d->status, &d->reason, &d->warnings, &d->receipt, &d->arrival_day, &d->metadata, &d->report, &d->message,
    &d->recipient, &d->forwarded,
  };

  memcpy (members, all, sizeof all);
}

SohoaQlvbDocument *
sohoa_qlvb_document_new (void)
{
  SohoaQlvbDocument *self = g_new0 (SohoaQlvbDocument, 1);
  char **members[N_TEXT_COLUMNS];

  list_texts (self, members);
  for (guint i = 0; i < N_TEXT_COLUMNS; i++)
    *members[i] = g_strdup ("");
  self->type_code = g_strdup ("VB");
  return self;
}

void
sohoa_qlvb_document_free (SohoaQlvbDocument *self)
{
  char **members[N_TEXT_COLUMNS];

  if (self == NULL)
    return;
  list_texts (self, members);
  for (guint i = 0; i < N_TEXT_COLUMNS; i++)
    g_free (*members[i]);
  g_free (self->type_code);
  g_free (self);
}

void
sohoa_qlvb_status_free (SohoaQlvbStatus *self)
{
  if (self == NULL)
    return;
  g_free (self->key);
  g_free (self->code);
  g_free (self->description);
  g_free (self->delivery);
  g_free (self->by_whom);
  g_free (self);
}

/* ---- SQLite ---- */

static gboolean
fail_sql (SohoaQlvbStore *self, GError **error)
{
  int code = self->db != NULL ? sqlite3_errcode (self->db) : SQLITE_CANTOPEN;

  if (error != NULL && *error == NULL)
    g_set_error (error, SOHOA_STORE_ERROR,
                 code == SQLITE_FULL ? SOHOA_STORE_ERROR_NO_SPACE
                 : code == SQLITE_CORRUPT || code == SQLITE_NOTADB ? SOHOA_STORE_ERROR_CORRUPT
                 : SOHOA_STORE_ERROR_IO, "register: %s", self->db != NULL ? sqlite3_errmsg (self->db) : "cannot be opened");
  return FALSE;
}

static gboolean
run (SohoaQlvbStore *self, const char *sql, GError **error)
{
  return sqlite3_exec (self->db, sql, NULL, NULL, NULL) == SQLITE_OK || fail_sql (self, error);
}

/* @types: one letter per value that follows, s = text, i = gint64. */
static sqlite3_stmt *
prepare (SohoaQlvbStore *self, GError **error, const char *sql, const char *types, ...)
{
  sqlite3_stmt *statement = NULL;
  va_list args;

  if (sqlite3_prepare_v2 (self->db, sql, -1, &statement, NULL) != SQLITE_OK) {
    fail_sql (self, error);
    return NULL;
  }
  va_start (args, types);
  for (int i = 0; types[i] != '\0'; i++) {
    if (types[i] == 's')
      sqlite3_bind_text (statement, i + 1, va_arg (args, const char *), -1, SQLITE_TRANSIENT);
    else
      sqlite3_bind_int64 (statement, i + 1, va_arg (args, gint64));
  }
  va_end (args);
  return statement;
}

/* Runs a changing statement to its end and frees it. */
static gboolean
finish (SohoaQlvbStore *self, sqlite3_stmt *statement, GError **error)
{
  int code;

  if (statement == NULL)
    return FALSE;
  do
    code = sqlite3_step (statement);
  while (code == SQLITE_ROW);
  if (code != SQLITE_DONE)
    fail_sql (self, error);
  sqlite3_finalize (statement);
  return code == SQLITE_DONE;
}

/* The first column of the first row; -1 with @error on failure or when there is none. */
static gint64
finish_number (SohoaQlvbStore *self, sqlite3_stmt *statement, GError **error)
{
  gint64 value = -1;

  if (statement == NULL)
    return -1;
  if (sqlite3_step (statement) == SQLITE_ROW)
    value = sqlite3_column_int64 (statement, 0);
  else
    fail_sql (self, error);
  sqlite3_finalize (statement);
  return value;
}

/* fold(text) for searching without marks and case. */
static void
sql_fold (sqlite3_context *context, int n_values, sqlite3_value **values)
{
  const char *text = (const char *) sqlite3_value_text (values[0]);
  char *folded = sohoa_text_fold (text != NULL ? text : "");

  sqlite3_result_text (context, folded, -1, g_free);
}

static gboolean
migrate (SohoaQlvbStore *self, GError **error)
{
  gint64 done = finish_number (self, prepare (self, error, "PRAGMA user_version", ""), error);

  if (done < 0)
    return FALSE;
  if (done > (gint64) G_N_ELEMENTS (steps)) {
    g_set_error (error, SOHOA_STORE_ERROR, SOHOA_STORE_ERROR_SCHEMA_TOO_NEW,
                 "register: made by a newer program: update this one");
    return FALSE;
  }
  for (guint i = (guint) done; i < G_N_ELEMENTS (steps); i++) {
    g_autofree char *sql = g_strdup_printf ("BEGIN IMMEDIATE; %s PRAGMA user_version = %u; COMMIT;", steps[i], i + 1);

    if (!run (self, sql, error))
      return FALSE;
  }
  return TRUE;
}

SohoaQlvbStore *
sohoa_qlvb_store_open (const char *path, GError **error)
{
  g_autoptr(SohoaQlvbStore) self = g_new0 (SohoaQlvbStore, 1);

  g_mutex_init (&self->lock);
  if (sqlite3_open_v2 (path, &self->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX, NULL)
      != SQLITE_OK) {
    fail_sql (self, error);
    return NULL;
  }
  (void) sqlite3_busy_timeout (self->db, BUSY_TIMEOUT_MS);
  (void) sqlite3_create_function (self->db, "fold", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL, sql_fold, NULL, NULL);
  if (!run (self, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;", error)
      || !migrate (self, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
sohoa_qlvb_store_close (SohoaQlvbStore *self)
{
  if (self == NULL)
    return;
  (void) sqlite3_close (self->db);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/* ---- reading ---- */

static SohoaQlvbDocument *
read_document (sqlite3_stmt *statement)
{
  SohoaQlvbDocument *document = sohoa_qlvb_document_new ();
  char **members[N_TEXT_COLUMNS];

  list_texts (document, members);
  for (int i = 0; i < N_TEXT_COLUMNS; i++)
    sohoa_qlvb_set (members[i], (const char *) sqlite3_column_text (statement, i));
  document->year = sqlite3_column_int (statement, N_TEXT_COLUMNS);
  document->number = (guint) sqlite3_column_int (statement, N_TEXT_COLUMNS + 1);
  document->original = sqlite3_column_int (statement, N_TEXT_COLUMNS + 2) != 0;
  document->time_us = sqlite3_column_int64 (statement, N_TEXT_COLUMNS + 3);
  if (document->arrival_day[0] == '\0') { /* of before v2 */
    g_free (document->arrival_day);
    document->arrival_day = sohoa_time_to_day (document->time_us);
  }
  return document;
}

/* Reads all rows and frees the statement. */
static GPtrArray *
read_documents (SohoaQlvbStore *self, sqlite3_stmt *statement, GError **error)
{
  g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify) sohoa_qlvb_document_free);
  int code;

  if (statement == NULL)
    return NULL;
  while ((code = sqlite3_step (statement)) == SQLITE_ROW)
    g_ptr_array_add (list, read_document (statement));
  if (code != SQLITE_DONE)
    fail_sql (self, error);
  sqlite3_finalize (statement);
  return code == SQLITE_DONE ? g_steal_pointer (&list) : NULL;
}

static SohoaQlvbDocument *
find_locked (SohoaQlvbStore *self, const char *where, const char *value, const char *system_id, GError **error)
{
  g_autofree char *sql = g_strdup_printf ("SELECT " COLUMNS " FROM document WHERE %s = ?1"
                                          " AND (?2 = '' OR system_id = ?2) ORDER BY seq DESC LIMIT 1", where);
  g_autoptr(GPtrArray) list = read_documents (self, prepare (self, error, sql, "ss", value, system_id), error);

  return list != NULL && list->len > 0 ? g_ptr_array_steal_index (list, 0) : NULL;
}

SohoaQlvbDocument *
sohoa_qlvb_store_find (SohoaQlvbStore *self, SohoaQlvbBy by, const char *value, const char *system_id, GError **error)
{
  static const char *const columns[] = { "key", "doc_code", "document_id" };
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return find_locked (self, columns[by], value, system_id != NULL ? system_id : "", error);
}

GPtrArray *
sohoa_qlvb_store_search (SohoaQlvbStore *self, const char *number, const char *symbol, const char *issuer,
                         const char *iso_day, GError **error)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return read_documents (self, prepare (self, error,
                                        "SELECT " COLUMNS " FROM document WHERE (?1 = '' OR code_number = ?1)"
                                        " AND (?2 = '' OR code_notation = ?2) AND (?3 = '' OR organ_name = ?3)"
                                        " AND (?4 = '' OR issued = ?4) ORDER BY seq DESC LIMIT ?5", "ssssi",
                                        number, symbol, issuer, iso_day, (gint64) SOHOA_QLVB_LIST_MAX), error);
}

#define BROWSED " FROM document WHERE (?1 = '' OR instr (fold (subject || ' ' || organ_name || ' ' || code_number || '/'" \
                " || code_notation || ' ' || type_name || ' ' || doc_code || ' ' || recipient), ?1) > 0)" \
                " AND (?2 = '' OR instr (?2, status) > 0) AND (?3 = 0 OR year = ?3) AND (?4 = '' OR book = ?4)" \
                " AND (?5 = 0 OR number IS NOT NULL)"

GPtrArray *
sohoa_qlvb_store_browse (SohoaQlvbStore *self, const SohoaQlvbFilter *filter, guint *total_out, GError **error)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  g_autofree char *text = sohoa_text_fold (filter->text != NULL ? filter->text : "");
  const char *statuses = filter->statuses != NULL ? filter->statuses : "", *book = filter->book != NULL ? filter->book : "";
  g_autofree char *sql = g_strdup_printf ("SELECT " COLUMNS BROWSED " ORDER BY %s LIMIT ?6 OFFSET ?7", filter->in_register
                                          ? "year DESC, book, number DESC" : "seq DESC");
  gint64 total = finish_number (self, prepare (self, error, "SELECT count (*)" BROWSED, "ssisi", text, statuses,
                                               (gint64) filter->year, book, (gint64) filter->in_register), error);

  if (total < 0)
    return NULL;
  *total_out = (guint) MIN (total, G_MAXINT);
  return read_documents (self, prepare (self, error, sql, "ssisiii", text, statuses, (gint64) filter->year, book,
                                        (gint64) filter->in_register, (gint64) MIN (filter->limit, SOHOA_QLVB_LIST_MAX),
                                        (gint64) filter->offset), error);
}

GPtrArray *
sohoa_qlvb_store_books (SohoaQlvbStore *self, GError **error)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func (g_free);
  sqlite3_stmt *statement = prepare (self, error, "SELECT year, book FROM counter ORDER BY year DESC, last DESC, book", "");

  if (statement == NULL)
    return NULL;
  while (sqlite3_step (statement) == SQLITE_ROW)
    g_ptr_array_add (list, g_strdup_printf ("%d %s", sqlite3_column_int (statement, 0),
                                            (const char *) sqlite3_column_text (statement, 1)));
  sqlite3_finalize (statement);
  return g_steal_pointer (&list);
}

gboolean
sohoa_qlvb_store_forget (SohoaQlvbStore *self, const char *key, gboolean *file_is_free_out, GError **error)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  gint64 others;

  if (!finish (self, prepare (self, error, "UPDATE document SET metadata = '', report = '', message = '' WHERE key = ?1",
                              "s", key), error))
    return FALSE;
  others = finish_number (self, prepare (self, error, "SELECT count (*) FROM document WHERE key <> ?1 AND status <> '15'"
                                         " AND digest = (SELECT digest FROM document WHERE key = ?1)", "s", key), error);
  *file_is_free_out = others == 0;
  return others >= 0;
}

GPtrArray *
sohoa_qlvb_store_sent_by (SohoaQlvbStore *self, const char *system_id, GError **error)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return read_documents (self, prepare (self, error, "SELECT " COLUMNS " FROM document WHERE system_id = ?1"
                                        " ORDER BY seq DESC", "s", system_id), error);
}

/* ---- registering ---- */

static gboolean
insert_status (SohoaQlvbStore *self, const char *key, const char *system_id, const char *code,
               const char *description, gint64 time_us, GError **error)
{
  return finish (self, prepare (self, error, "INSERT INTO status (key, system_id, code, description, time_us)"
                                " VALUES (?1, ?2, ?3, ?4, ?5)", "ssssi", key, system_id, code, description, time_us),
                 error);
}

static gboolean
write_document (SohoaQlvbStore *self, const SohoaQlvbDocument *d, gint64 decide_us, GError **error)
{
  gboolean refused = d->number == 0;

  /* only a refusal may be replaced; anything else that is in the way is an error */
  if (!finish (self, prepare (self, error, "DELETE FROM document WHERE key = ?1 AND number IS NULL", "s", d->key),
               error))
    return FALSE;
  return finish (self, prepare (self, error,
                                "INSERT INTO document (" COLUMNS ", decide_us) VALUES (?1, ?2, ?3, ?4, ?5,"
                                " nullif (?6, ''), ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20,"
                                " ?21, ?22, ?23, ?24, ?25, nullif (?26, 0), nullif (?27, 0), ?28, ?29, ?30)",
                                "sssssssssssssssssssssssssiiiii",
                                d->key, d->digest, d->system_id, d->agency, d->book, refused ? "" : d->doc_code,
                                d->document_id, d->from_id, d->organ_name, d->code_number, d->code_notation,
                                d->issued, d->type_name, d->subject, d->verdict, d->status, d->reason, d->warnings,
                                d->receipt, d->arrival_day, d->metadata, d->report, d->message, d->recipient,
                                d->forwarded, (gint64) (refused ? 0 : d->year), (gint64) d->number,
                                (gint64) d->original, d->time_us, decide_us), error);
}

/* Inside the transaction: the number after the last one given, and the DocCode when the sender had none. */
static gboolean
take_numbers (SohoaQlvbStore *self, SohoaQlvbDocument *d, GError **error)
{
  gint64 number, serial;

  d->year = (int) g_ascii_strtoll (d->arrival_day, NULL, 10);
  number = finish_number (self, prepare (self, error,
                                         "INSERT INTO counter VALUES (?1, ?2, ?3, 1) ON CONFLICT (agency, year, book)"
                                         " DO UPDATE SET last = last + 1 RETURNING last", "sis", d->agency,
                                         (gint64) d->year, d->book), error);
  if (number < 1)
    return FALSE;
  d->number = (guint) number;
  if (d->doc_code[0] != '\0')
    return TRUE;
  serial = finish_number (self, prepare (self, error,
                                         "INSERT INTO serial VALUES (?1, ?2, 1) ON CONFLICT (agency, type_code)"
                                         " DO UPDATE SET last = last + 1 RETURNING last", "ss", d->agency,
                                         d->type_code), error);
  g_free (d->doc_code);
  d->doc_code = g_strdup_printf ("%s_%s_%06d_V1", d->agency, d->type_code, (int) serial);
  return serial > 0;
}

static SohoaQlvbResult
register_locked (SohoaQlvbStore *self, SohoaQlvbDocument **document, gint64 decide_us, SohoaQlvbReceiptFunc receipt,
                 GError **error)
{
  SohoaQlvbDocument *d = *document;
  g_autoptr(GError) local = NULL;
  g_autoptr(SohoaQlvbDocument) known = find_locked (self, "key", d->key, "", &local);
  g_autoptr(SohoaQlvbDocument) twin = d->doc_code[0] != '\0' && local == NULL
                                      ? find_locked (self, "doc_code", d->doc_code, "", &local) : NULL;

  if (local != NULL) {
    g_propagate_error (error, g_steal_pointer (&local));
    return SOHOA_QLVB_FAILED;
  }
  if (known != NULL && known->number != 0) {
    if (!g_str_equal (known->digest, d->digest))
      return SOHOA_QLVB_KEY_CONFLICT;
    sohoa_qlvb_document_free (d);
    *document = g_steal_pointer (&known);
    return SOHOA_QLVB_KNOWN;
  }
  if (twin != NULL)
    return SOHOA_QLVB_CODE_CONFLICT;
  if (!take_numbers (self, d, error))
    return SOHOA_QLVB_FAILED;
  sohoa_qlvb_set (&d->status, "01");
  g_free (d->receipt);
  d->receipt = receipt (d);
  if (!write_document (self, d, decide_us, error)
      || !insert_status (self, d->key, d->system_id, "01", "Đã đến", d->time_us, error))
    return SOHOA_QLVB_FAILED;
  return SOHOA_QLVB_REGISTERED;
}

SohoaQlvbResult
sohoa_qlvb_store_register (SohoaQlvbStore *self, SohoaQlvbDocument **document, gint64 decide_us,
                           SohoaQlvbReceiptFunc receipt, GError **error)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  SohoaQlvbResult result;

  if (!run (self, "BEGIN IMMEDIATE", error))
    return SOHOA_QLVB_FAILED;
  result = register_locked (self, document, decide_us, receipt, error);
  if (result == SOHOA_QLVB_REGISTERED && run (self, "COMMIT", error))
    return result;
  (void) run (self, "ROLLBACK", NULL);
  return result == SOHOA_QLVB_REGISTERED ? SOHOA_QLVB_FAILED : result;
}

static gboolean
refuse_locked (SohoaQlvbStore *self, const SohoaQlvbDocument *document, GError **error)
{
  g_autoptr(GError) local = NULL;
  g_autoptr(SohoaQlvbDocument) known = find_locked (self, "key", document->key, "", &local);

  if (local != NULL) {
    g_propagate_error (error, g_steal_pointer (&local));
    return FALSE;
  }
  if (known != NULL && known->number != 0)
    return TRUE;
  return write_document (self, document, G_MAXINT64, error)
         && insert_status (self, document->key, document->system_id, "02", document->reason, document->time_us, error);
}

gboolean
sohoa_qlvb_store_refuse (SohoaQlvbStore *self, const SohoaQlvbDocument *document, GError **error)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (!run (self, "BEGIN IMMEDIATE", error))
    return FALSE;
  if (refuse_locked (self, document, error) && run (self, "COMMIT", error))
    return TRUE;
  (void) run (self, "ROLLBACK", NULL);
  return FALSE;
}

/* ---- statuses ---- */

static gboolean
move_locked (SohoaQlvbStore *self, const SohoaQlvbDocument *document, const SohoaQlvbMove *move, GError **error)
{
  const char *description = move->description != NULL ? move->description : "";

  return run (self, "BEGIN IMMEDIATE", error)
         && finish (self, prepare (self, error, "UPDATE document SET status = ?2, reason = ?3,"
                                   " recipient = CASE WHEN ?4 = '' THEN recipient ELSE ?4 END,"
                                   " forwarded = CASE WHEN ?5 = '' THEN forwarded ELSE ?5 END WHERE key = ?1", "sssss",
                                   document->key, move->code, description,
                                   move->recipient != NULL ? move->recipient : "",
                                   move->forwarded != NULL ? move->forwarded : ""), error)
         && finish (self, prepare (self, error, "INSERT INTO status (key, system_id, code, description, time_us, by_whom)"
                                   " VALUES (?1, ?2, ?3, ?4, ?5, ?6)", "ssssis", document->key, document->system_id,
                                   move->code, description, move->time_us, move->who != NULL ? move->who : ""), error)
         && run (self, "COMMIT", error);
}

gboolean
sohoa_qlvb_store_move (SohoaQlvbStore *self, const char *key, const SohoaQlvbMove *move, GError **error)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  g_autoptr(SohoaQlvbDocument) document = find_locked (self, "key", key, "", error);

  if (document == NULL || (move->if_status != NULL && !g_str_equal (document->status, move->if_status)))
    return FALSE;
  if (move_locked (self, document, move, error))
    return TRUE;
  (void) run (self, "ROLLBACK", NULL);
  return FALSE;
}

gboolean
sohoa_qlvb_store_add_status (SohoaQlvbStore *self, const char *key, const char *if_status, const char *code,
                             const char *description, gint64 time_us, GError **error)
{
  SohoaQlvbMove move = { .if_status = if_status, .code = code, .description = description, .time_us = time_us };

  return sohoa_qlvb_store_move (self, key, &move, error);
}

static GPtrArray *
read_statuses (SohoaQlvbStore *self, sqlite3_stmt *statement, GError **error)
{
  g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify) sohoa_qlvb_status_free);
  int code;

  if (statement == NULL)
    return NULL;
  while ((code = sqlite3_step (statement)) == SQLITE_ROW) {
    SohoaQlvbStatus *status = g_new0 (SohoaQlvbStatus, 1);

    status->id = sqlite3_column_int64 (statement, 0);
    status->key = g_strdup ((const char *) sqlite3_column_text (statement, 1));
    status->code = g_strdup ((const char *) sqlite3_column_text (statement, 2));
    status->description = g_strdup ((const char *) sqlite3_column_text (statement, 3));
    status->delivery = g_strdup ((const char *) sqlite3_column_text (statement, 4));
    status->time_us = sqlite3_column_int64 (statement, 5);
    status->by_whom = g_strdup ((const char *) sqlite3_column_text (statement, 6));
    g_ptr_array_add (list, status);
  }
  if (code != SQLITE_DONE)
    fail_sql (self, error);
  sqlite3_finalize (statement);
  return code == SQLITE_DONE ? g_steal_pointer (&list) : NULL;
}

#define STATUS_COLUMNS "SELECT id, key, code, description, delivery, time_us, by_whom FROM status "

GPtrArray *
sohoa_qlvb_store_statuses (SohoaQlvbStore *self, const char *key, const char *system_id, GError **error)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (key != NULL)
    return read_statuses (self, prepare (self, error, STATUS_COLUMNS "WHERE key = ?1 ORDER BY id", "s", key), error);
  return read_statuses (self, prepare (self, error, STATUS_COLUMNS "WHERE system_id = ?1 AND delivery <> 'done'"
                                       " ORDER BY id", "s", system_id), error);
}

SohoaQlvbStatus *
sohoa_qlvb_store_find_status (SohoaQlvbStore *self, gint64 id, const char *system_id, GError **error)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  g_autoptr(GPtrArray) list = read_statuses (self, prepare (self, error, STATUS_COLUMNS
                                                            "WHERE id = ?1 AND system_id = ?2", "is", id, system_id),
                                             error);

  return list != NULL && list->len > 0 ? g_ptr_array_steal_index (list, 0) : NULL;
}

gboolean
sohoa_qlvb_store_set_delivery (SohoaQlvbStore *self, gint64 id, const char *system_id, const char *delivery,
                               GError **error)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return finish (self, prepare (self, error, "UPDATE status SET delivery = ?3 WHERE id = ?1 AND system_id = ?2",
                                "iss", id, system_id, delivery), error)
         && sqlite3_changes (self->db) > 0;
}

gboolean
sohoa_qlvb_store_accept_due (SohoaQlvbStore *self, gint64 now_us, GError **error)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  g_autoptr(GPtrArray) due = read_documents (self, prepare (self, error, "SELECT " COLUMNS " FROM document"
                                                            " WHERE status = '01' AND decide_us <= ?1 LIMIT 100", "i",
                                                            now_us), error);

  if (due == NULL)
    return FALSE;
  for (guint i = 0; i < due->len; i++) {
    const SohoaQlvbDocument *document = g_ptr_array_index (due, i);
    g_autofree char *day = sohoa_time_to_day (document->time_us);
    g_autofree char *text = g_strdup_printf ("Đã tiếp nhận, số đến %u ngày %s", document->number, day);

    if (!move_locked (self, document, &(SohoaQlvbMove) { .code = "03", .description = text, .time_us = now_us }, error)) {
      (void) run (self, "ROLLBACK", NULL);
      return FALSE;
    }
  }
  return TRUE;
}
