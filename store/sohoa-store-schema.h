/* The schema of the SQLite backend: numbered steps, applied in one transaction, PRAGMA user_version is
 * the number of steps done. A step is never edited after a release; a change is a new step.
 *   1  documents, files, events, tokens, numbers, outbox, receipts, intake, meta
 *   2  searchable text and its full-text index
 *   3  rows of the register as they were printed
 *   4  when a signature's evidence is due
 * Old databases are test data: tests/store/test-store-sqlite.c makes one of each step. */
#pragma once

#define SOHOA_STORE_SCHEMA_STEPS 4

static const char *const schema_steps[SOHOA_STORE_SCHEMA_STEPS] = {
  /* 1 */
  "CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;"
  "INSERT INTO counter VALUES ('sequence', 0), ('fence', 0);"
  "CREATE TABLE document (n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, state INTEGER NOT NULL,"
  " revision INTEGER NOT NULL, sequence INTEGER NOT NULL, record TEXT, fields TEXT NOT NULL,"
  " priority INTEGER NOT NULL, created_us INTEGER NOT NULL, updated_us INTEGER NOT NULL,"
  " attempts INTEGER NOT NULL, not_before_us INTEGER NOT NULL, worker TEXT NOT NULL, fence INTEGER NOT NULL,"
  " lease_until_us INTEGER NOT NULL, error_name TEXT NOT NULL, error_class TEXT NOT NULL,"
  " error_message TEXT NOT NULL, event_count INTEGER NOT NULL, event_head TEXT NOT NULL);"
  "CREATE INDEX document_sequence ON document (sequence);"
  "CREATE INDEX document_created ON document (created_us, id);"
  "CREATE INDEX document_state ON document (state, created_us);"
  "CREATE TABLE file (document INTEGER NOT NULL REFERENCES document (n), role TEXT NOT NULL, name TEXT NOT NULL,"
  " path TEXT NOT NULL, sha256 TEXT NOT NULL, bytes INTEGER NOT NULL, UNIQUE (document, role, name));"
  "CREATE TABLE event (document INTEGER NOT NULL REFERENCES document (n), seq INTEGER NOT NULL,"
  " time_us INTEGER NOT NULL, actor TEXT NOT NULL, kind TEXT NOT NULL, from_state TEXT NOT NULL,"
  " to_state TEXT NOT NULL, revision INTEGER NOT NULL, details_digest TEXT NOT NULL, prev TEXT NOT NULL,"
  " hash TEXT NOT NULL, PRIMARY KEY (document, seq)) WITHOUT ROWID;"
  "CREATE TABLE event_details (document INTEGER NOT NULL, seq INTEGER NOT NULL, salt TEXT NOT NULL,"
  " details TEXT NOT NULL, PRIMARY KEY (document, seq)) WITHOUT ROWID;"
  "CREATE TABLE token (token TEXT PRIMARY KEY, digest TEXT NOT NULL, id TEXT NOT NULL, revision INTEGER NOT NULL,"
  " state INTEGER NOT NULL, sequence INTEGER NOT NULL, number INTEGER NOT NULL, time_us INTEGER NOT NULL)"
  " WITHOUT ROWID;"
  "CREATE TABLE number (agency TEXT NOT NULL, year INTEGER NOT NULL, book TEXT NOT NULL, number INTEGER NOT NULL,"
  " source TEXT NOT NULL, document INTEGER NOT NULL REFERENCES document (n), is_void INTEGER NOT NULL,"
  " reason TEXT NOT NULL, time_us INTEGER NOT NULL, PRIMARY KEY (agency, year, book, number)) WITHOUT ROWID;"
  "CREATE INDEX number_document ON number (document);"
  "CREATE TABLE outbox (n INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE,"
  " document INTEGER NOT NULL REFERENCES document (n), target TEXT NOT NULL, payload_path TEXT NOT NULL,"
  " payload_sha256 TEXT NOT NULL, state INTEGER NOT NULL, attempts INTEGER NOT NULL, next_try_us INTEGER NOT NULL,"
  " created_us INTEGER NOT NULL, updated_us INTEGER NOT NULL, error_name TEXT NOT NULL);"
  "CREATE TABLE receipt (n INTEGER PRIMARY KEY, outbox INTEGER NOT NULL REFERENCES outbox (n),"
  " status TEXT NOT NULL, server_id TEXT NOT NULL, arrival_number TEXT NOT NULL, time_us INTEGER NOT NULL,"
  " UNIQUE (outbox, status, server_id, arrival_number));"
  "CREATE TABLE intake (dev INTEGER NOT NULL, inode INTEGER NOT NULL, size INTEGER NOT NULL,"
  " mtime_ns INTEGER NOT NULL, sha256 TEXT NOT NULL, id TEXT NOT NULL, time_us INTEGER NOT NULL,"
  " PRIMARY KEY (dev, inode, size, mtime_ns, sha256)) WITHOUT ROWID;"
  "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;",
  /* 2 */
  "CREATE TABLE text (document INTEGER PRIMARY KEY REFERENCES document (n), text TEXT NOT NULL);"
  "CREATE VIRTUAL TABLE search USING fts5 (body, tokenize = \"unicode61 remove_diacritics 0\");",
  /* 3 */
  "CREATE TABLE printed (agency TEXT NOT NULL, year INTEGER NOT NULL, book TEXT NOT NULL, number INTEGER NOT NULL,"
  " cells TEXT NOT NULL, time_us INTEGER NOT NULL, PRIMARY KEY (agency, year, book, number)) WITHOUT ROWID;",
  /* 4 */
  "CREATE TABLE evidence (id TEXT PRIMARY KEY, due_us INTEGER NOT NULL, tries INTEGER NOT NULL, level TEXT NOT NULL)"
  " WITHOUT ROWID;"
  "CREATE INDEX evidence_due ON evidence (due_us);",
};
