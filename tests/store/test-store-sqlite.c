/* What only the SQLite backend can show: durability, tampering, old and new schemas, damage. */
#include "sohoa-store.h"
#include "sohoa-store-schema.h"

#include "sohoa-file.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define KILL_ROUNDS 8
#define T0 G_GINT64_CONSTANT (1795399200000000)

typedef struct {
  char *folder, *path; /* (owned) */
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->folder = g_dir_make_tmp ("sohoa-sqlite-XXXXXX", NULL);
  f->path = g_build_filename (f->folder, "store.db", NULL);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_assert_true (sohoa_folder_remove (f->folder, NULL));
  g_free (f->folder);
  g_free (f->path);
}

static SohoaStore *
open_store (Fixture *f)
{
  g_autoptr(GError) error = NULL;
  SohoaStore *store = sohoa_store_open_sqlite (f->path, &error);

  g_assert_no_error (error);
  return store;
}

static char *
add (SohoaStore *store, gint64 now_us)
{
  g_autofree char *id = sohoa_id_new (now_us);
  SohoaStoreNewDocument d = { .id = id, .actor = "test", .reason = "why", .now_us = now_us };
  g_autoptr(GError) error = NULL;
  char *out = NULL;
  gboolean good = sohoa_store_add (store, &d, &out, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (good);
  return out;
}

static void
run_sql (const char *path, const char *sql)
{
  sqlite3 *db = NULL;
  char *message = NULL;

  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  sqlite3_exec (db, sql, NULL, NULL, &message);
  g_assert_cmpstr (message, ==, NULL);
  sqlite3_close (db);
}

/* ---- tampering: what is done to the file, and which event is reported ---- */

static const struct {
  const char *sql;
  guint64     bad_seq;
} tampers[] = {
  { "UPDATE event SET actor = 'nobody' WHERE seq = 2", 2 },
  { "UPDATE event SET time_us = time_us + 1 WHERE seq = 1", 1 },
  { "UPDATE event SET kind = 'x' WHERE seq = 3", 3 },
  { "UPDATE event SET to_state = 'held' WHERE seq = 2", 2 },
  { "UPDATE event SET revision = 9 WHERE seq = 3", 3 },
  { "UPDATE event_details SET details = '{}' WHERE seq = 1", 1 },
  { "UPDATE event_details SET salt = 'aa' WHERE seq = 1", 1 },
  { "DELETE FROM event WHERE seq = 2", 2 },
  { "DELETE FROM event WHERE seq = 3", 3 },
  { "DELETE FROM event WHERE seq = 3; UPDATE document SET event_count = 2", 3 },
  { "UPDATE document SET state = 3", 4 },
  { "UPDATE document SET revision = 7", 4 },
  { "DELETE FROM event_details", 0 }, /* allowed: readable details may be deleted */
};

static void
test_tamper (Fixture *f, gconstpointer data)
{
  for (gsize i = 0; i < G_N_ELEMENTS (tampers); i++) {
    g_autofree char *path = g_strdup_printf ("%s/%zu.db", f->folder, i);
    g_autofree char *id = NULL;
    g_autoptr(GError) error = NULL;
    guint64 bad = 99;
    SohoaStore *store = sohoa_store_open_sqlite (path, &error);

    g_assert_no_error (error);
    id = add (store, T0);
    g_assert_true (sohoa_store_move (store, id, 1, SOHOA_STATE_CLEARED, "a", "r", NULL, NULL, &error));
    g_assert_true (sohoa_store_move (store, id, 2, SOHOA_STATE_PROCESSING, "a", NULL, NULL, NULL, &error));
    sohoa_store_free (store);
    run_sql (path, tampers[i].sql);
    store = sohoa_store_open_sqlite (path, &error);
    g_assert_no_error (error);
    g_assert_true (sohoa_store_verify_chain (store, id, &bad, &error));
    if (bad != tampers[i].bad_seq)
      g_test_message ("%s", tampers[i].sql);
    g_assert_cmpuint (bad, ==, tampers[i].bad_seq);
    sohoa_store_free (store);
  }
}

/* ---- SIGKILL in mid-writing ---- */

/* The child announces on @fd what returned TRUE: nothing announced may be lost. */
static void
write_until_killed (const char *path, int fd)
{
  SohoaStore *store = sohoa_store_open_sqlite (path, NULL);
  SohoaStoreNumber number = { "H01", 2026, "", "desk", 0 };

  for (gint64 i = 1; store != NULL; i++) {
    g_autofree char *id = sohoa_id_new (T0 + i), *out = NULL;
    SohoaStoreNewDocument d = { .id = id, .actor = "child" };
    SohoaStoreChange c = { .id = id, .moves = TRUE, .to = SOHOA_STATE_CLEARED, .number = &number,
                           .actor = "child" };
    SohoaStoreResult result;

    if (!sohoa_store_add (store, &d, &out, NULL, NULL) || !sohoa_store_change (store, &c, &result, NULL)
        || write (fd, id, SOHOA_ID_LENGTH) != SOHOA_ID_LENGTH)
      _exit (1);
  }
  _exit (2);
}

static guint
check_announced (SohoaStore *store, int fd)
{
  char id[SOHOA_ID_LENGTH + 1] = "";
  guint n = 0;

  while (read (fd, id, SOHOA_ID_LENGTH) == SOHOA_ID_LENGTH) {
    g_autoptr(GError) error = NULL;
    g_autoptr(SohoaStoreDocument) d = sohoa_store_find (store, id, &error);
    guint64 bad = 9;

    g_assert_no_error (error);
    g_assert_cmpint (d->state, ==, SOHOA_STATE_CLEARED);
    g_assert_cmpuint (d->revision, ==, 2);
    g_assert_true (sohoa_store_verify_chain (store, id, &bad, &error));
    g_assert_cmpuint (bad, ==, 0);
    n++;
  }
  return n;
}

static void
test_kill (Fixture *f, gconstpointer data)
{
  guint announced = 0;

  for (int round = 0; round < KILL_ROUNDS; round++) {
    g_autoptr(SohoaStore) store = NULL;
    g_autoptr(GPtrArray) rows = NULL;
    int ends[2], status = 0;
    pid_t pid;

    g_assert_cmpint (pipe (ends), ==, 0);
    pid = fork ();
    if (pid == 0) {
      close (ends[0]);
      write_until_killed (f->path, ends[1]);
    }
    close (ends[1]);
    g_usleep (60000 + 17000 * round);
    g_assert_cmpint (kill (pid, SIGKILL), ==, 0);
    g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
    g_assert_true (WIFSIGNALED (status)); /* it was still writing */
    store = open_store (f);
    announced += check_announced (store, ends[0]);
    close (ends[0]);
    rows = sohoa_store_list_register (store, NULL, 0, NULL, NULL);
    for (guint i = 0; i < rows->len; i++)
      g_assert_cmpuint (((SohoaStoreRegisterRow *) g_ptr_array_index (rows, i))->number, ==, i + 1);
  }
  g_test_message ("%u announced documents kept", announced);
  g_assert_cmpuint (announced, >, 0);
}

/* ---- schemas ---- */

static void
test_old_schema (Fixture *f, gconstpointer data)
{
  g_autofree char *sql = g_strdup_printf (
    "%s; PRAGMA user_version = 1;"
    "UPDATE counter SET value = 7;"
    "INSERT INTO document VALUES (1, '0123456789abcdefghijklmnop', 3, 4, 7, NULL, '{\"Subject\":\"Hội nghị\"}', 0,"
    " 5, 6, 0, 0, '', 0, 0, '', '', '', 0, '');", schema_steps[0]);
  g_autoptr(SohoaStore) store = NULL;
  g_autoptr(GPtrArray) rows = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *id = NULL;
  SohoaStoreQuery q = { .search = "hoi nghi" };
  SohoaStoreDocument *d;
  guint64 sequence = 0;

  run_sql (f->path, sql);
  store = open_store (f);
  rows = sohoa_store_list (store, &q, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (rows->len, ==, 1);
  d = g_ptr_array_index (rows, 0);
  g_assert_cmpint (d->state, ==, SOHOA_STATE_REVIEW);
  g_assert_cmpuint (d->revision, ==, 4);
  id = add (store, T0);
  g_assert_true (sohoa_store_get_sequence (store, &sequence, &error));
  g_assert_cmpuint (sequence, ==, 8);
}

/* Opening refuses: what is done to the file, domain, code. */
static void
assert_open_fails (const char *path, int code)
{
  g_autoptr(GError) error = NULL;

  g_assert_null (sohoa_store_open_sqlite (path, &error));
  g_assert_error (error, SOHOA_STORE_ERROR, code);
}

static void
test_refused (Fixture *f, gconstpointer data)
{
  g_autofree char *garbage = g_build_filename (f->folder, "garbage.db", NULL);
  g_autofree char *nowhere = g_build_filename (f->folder, "no", "store.db", NULL);
  g_autofree char *noise = g_strnfill (8192, 'x');

  sohoa_store_free (open_store (f));
  run_sql (f->path, "PRAGMA user_version = 1000");
  assert_open_fails (f->path, SOHOA_STORE_ERROR_SCHEMA_TOO_NEW);
  assert_open_fails (f->path, SOHOA_STORE_ERROR_SCHEMA_TOO_NEW); /* and it was not touched */
  g_assert_true (g_file_set_contents (garbage, noise, 8192, NULL));
  assert_open_fails (garbage, SOHOA_STORE_ERROR_CORRUPT);
  assert_open_fails (nowhere, SOHOA_STORE_ERROR_IO);
}

/* ---- a full disk: the limit on pages of SQLite and the limit on file size of the kernel ---- */

static void
test_file_limit (Fixture *f, gconstpointer data)
{
  g_autoptr(SohoaStore) store = open_store (f);
  g_autofree char *id = add (store, T0), *text = g_strnfill (4 * 1024 * 1024, 'a'), *later = NULL;
  g_autoptr(GError) error = NULL;
  struct rlimit old, small = { 0 };
  guint64 before = 0, after = 0;

  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &old), ==, 0);
  small = old;
  small.rlim_cur = 1024 * 1024;
  signal (SIGXFSZ, SIG_IGN);
  g_assert_true (sohoa_store_get_sequence (store, &before, NULL));
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &small), ==, 0);
  g_assert_false (sohoa_store_set_text (store, id, text, "test", &error));
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &old), ==, 0);
  g_assert_nonnull (error);
  g_assert_true (error->domain == SOHOA_STORE_ERROR);
  g_assert_true (sohoa_store_get_sequence (store, &after, NULL));
  g_assert_cmpuint (before, ==, after);
  later = add (store, T0 + 1); /* works again */
}

static void
test_mode (Fixture *f, gconstpointer data)
{
  GStatBuf info;

  sohoa_store_free (open_store (f));
  g_assert_cmpint (stat (f->path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/store-sqlite/tamper", Fixture, NULL, set_up, test_tamper, tear_down);
  g_test_add ("/store-sqlite/kill", Fixture, NULL, set_up, test_kill, tear_down);
  g_test_add ("/store-sqlite/old-schema", Fixture, NULL, set_up, test_old_schema, tear_down);
  g_test_add ("/store-sqlite/refused", Fixture, NULL, set_up, test_refused, tear_down);
  g_test_add ("/store-sqlite/file-limit", Fixture, NULL, set_up, test_file_limit, tear_down);
  g_test_add ("/store-sqlite/mode", Fixture, NULL, set_up, test_mode, tear_down);
  return g_test_run ();
}
