/* The contract of the store: every case runs on every backend. */
#include "store-fixture.h"

#include "sohoa-file.h"
#include "sohoa-record.h"
#include <glib/gstdio.h>
#include <string.h>

static void
test_add_find (Fixture *f, gconstpointer data)
{
  g_autofree char *record = new_record ("152", "Về việc kiểm tra", "3", NULL);
  g_autofree char *id = sohoa_id_new (T0), *id2 = sohoa_id_new (T0 + 1), *out = NULL, *again = NULL;
  g_autoptr(GPtrArray) files = sohoa_store_files_new ();
  SohoaStoreNewDocument d = { .id = id, .record_json = record, .files = files, .actor = "hot-folder",
                              .token = "token-1", .now_us = T0 };
  g_autoptr(SohoaStoreDocument) found = NULL;
  g_autoptr(SohoaRecord) parsed = NULL;
  g_autoptr(GError) error = NULL;
  gboolean created = FALSE;

  g_ptr_array_add (files, sohoa_store_file_new ("page", "p2", "a/p2", "22", 2));
  g_ptr_array_add (files, sohoa_store_file_new ("input", "p1.jpg", "a/p1", "11", 1));
  g_assert_true (sohoa_store_add (f->store, &d, &out, &created, &error));
  g_assert_true (created);
  d.id = id2;
  g_assert_true (sohoa_store_add (f->store, &d, &again, &created, &error));
  g_assert_no_error (error);
  g_assert_false (created);
  g_assert_cmpstr (again, ==, id);
  found = find (f, id);
  g_assert_cmpint (found->state, ==, SOHOA_STATE_CAPTURED);
  g_assert_cmpuint (found->revision, ==, 1);
  g_assert_cmpuint (found->priority, ==, 3);
  g_assert_cmpuint (found->event_count, ==, 1);
  g_assert_cmpint (found->created_us, ==, T0);
  g_assert_cmpuint (found->files->len, ==, 2);
  g_assert_cmpstr (((SohoaStoreFile *) g_ptr_array_index (found->files, 0))->path, ==, "a/p1");
  g_assert_cmpuint (((SohoaStoreFile *) g_ptr_array_index (found->files, 1))->bytes, ==, 2);
  parsed = sohoa_record_from_json (found->record_json, -1, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (parsed->id, ==, id);
  g_assert_cmpstr (parsed->state, ==, "captured");
  g_assert_cmpstr (sohoa_record_value (parsed, "CodeNumber"), ==, "152");
  assert_chain_good (f, id);
  g_assert_null (sohoa_store_find (f->store, id2, &error));
  g_assert_error (error, SOHOA_ERROR, SOHOA_ERROR_NOT_FOUND);
}

/* Habit 23: every failure has its row. */
static void
test_add_failures (Fixture *f, gconstpointer data)
{
  g_autofree char *id = sohoa_id_new (T0), *fresh = sohoa_id_new (T0 + 1);
  g_autofree char *first = add_at (f, NULL, T0), *secret = new_record ("1", "x", NULL, "MẬT");
  SohoaStoreIntake bad_intake = { .sha256 = "nothing" };
  struct {
    SohoaStoreNewDocument d;
    GQuark domain;
    int code;
  } rows[] = {
    { { .id = "x", .actor = "a" }, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT },
    { { .id = NULL, .actor = "a" }, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT },
    { { .id = fresh, .actor = "" }, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT },
    { { .id = fresh, .actor = "\xff" }, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT },
    { { .id = fresh, .actor = "a", .priority = 5 }, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT },
    { { .id = fresh, .actor = "a", .record_json = "{" }, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT },
    { { .id = fresh, .actor = "a", .record_json = secret }, SOHOA_GATE_ERROR, SOHOA_GATE_ERROR_SECRET },
    { { .id = fresh, .actor = "a", .intakes = &bad_intake, .n_intakes = 1 }, SOHOA_ERROR,
      SOHOA_ERROR_INVALID_ARGUMENT },
    { { .id = first, .actor = "a" }, SOHOA_ERROR, SOHOA_ERROR_CONFLICT },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr(GError) error = NULL;
    g_autofree char *out = NULL;

    g_assert_false (sohoa_store_add (f->store, &rows[i].d, &out, NULL, &error));
    g_assert_error (error, rows[i].domain, rows[i].code);
    g_assert_null (out);
  }
}

static void
test_moves (Fixture *f, gconstpointer data)
{
  g_autofree char *id = add_at (f, NULL, T0);
  SohoaStoreChange c = { .id = id, .expected_revision = 1, .moves = TRUE, .to = SOHOA_STATE_CLEARED,
                         .actor = "test", .token = "m1", .now_us = T0 };
  SohoaStoreResult first, second;
  g_autoptr(SohoaStoreDocument) d = NULL;

  change_ok (f, &c, &first);
  g_assert_cmpuint (first.revision, ==, 2);
  g_assert_false (first.repeated);
  change_ok (f, &c, &second); /* a repeated token, though the revision is old now */
  g_assert_true (second.repeated);
  g_assert_cmpuint (second.revision, ==, 2);
  g_assert_cmpuint (second.sequence, ==, first.sequence);
  c.to = SOHOA_STATE_HELD;
  change_fails (f, &c, SOHOA_ERROR, SOHOA_ERROR_CONFLICT); /* the token for something else */
  c.token = NULL;
  change_fails (f, &c, SOHOA_ERROR, SOHOA_ERROR_CONFLICT); /* the old revision */
  c.expected_revision = 2;
  c.to = SOHOA_STATE_SIGNED;
  change_fails (f, &c, SOHOA_STORE_ERROR, SOHOA_STORE_ERROR_ILLEGAL_MOVE);
  c.to = SOHOA_STATE_CLEARED;
  change_fails (f, &c, SOHOA_STORE_ERROR, SOHOA_STORE_ERROR_ILLEGAL_MOVE);
  c.to = SOHOA_N_STATES;
  change_fails (f, &c, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT);
  c.to = SOHOA_STATE_PROCESSING;
  c.actor = NULL;
  change_fails (f, &c, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT);
  c.actor = "test";
  c.flags = SOHOA_STORE_CHANGE_KEEP_CLAIM;
  change_fails (f, &c, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT); /* no claim to keep */
  c.flags = 0;
  c.fence = 77;
  change_fails (f, &c, SOHOA_STORE_ERROR, SOHOA_STORE_ERROR_LEASE_LOST);
  d = find (f, id);
  g_assert_cmpuint (d->event_count, ==, 2);
  assert_chain_good (f, id);
}

static void
test_set_record (Fixture *f, gconstpointer data)
{
  g_autofree char *id = add_at (f, NULL, T0), *record = new_record ("7", "Họp", "4", NULL);
  g_autofree char *secret = new_record ("7", "Họp", NULL, "TỐI MẬT");
  SohoaStoreChange c = { .id = id, .record_json = secret, .actor = "test" };
  SohoaStoreResult result;
  g_autoptr(SohoaStoreDocument) d = NULL;
  g_autoptr(GError) error = NULL;

  g_assert_true (sohoa_store_set_record (f->store, id, 1, record, "test", NULL, NULL, &result, &error));
  g_assert_cmpuint (result.revision, ==, 2);
  g_assert_false (sohoa_store_set_record (f->store, id, 1, record, "test", NULL, NULL, &result, &error));
  g_assert_error (error, SOHOA_ERROR, SOHOA_ERROR_CONFLICT);
  change_fails (f, &c, SOHOA_GATE_ERROR, SOHOA_GATE_ERROR_SECRET);
  c.record_json = "[]";
  change_fails (f, &c, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT);
  d = find (f, id);
  g_assert_cmpuint (d->priority, ==, 4);
  g_assert_cmpint (d->state, ==, SOHOA_STATE_CAPTURED);
  g_assert_nonnull (strstr (d->fields_json, "\"CodeNumber\":\"7\""));
}

static guint
count_search (Fixture *f, const char *words)
{
  SohoaStoreQuery q = { .search = words };
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) rows = sohoa_store_list (f->store, &q, NULL, &error);

  g_assert_no_error (error);
  return rows->len;
}

static void
test_list_search (Fixture *f, gconstpointer data)
{
  g_autofree char *a_record = new_record ("152/UBND-VP", "Quyết định về Đường bộ", NULL, NULL);
  g_autofree char *a = add_at (f, a_record, T0), *b = add_at (f, NULL, T0 + SECOND), *cursor = NULL;
  SohoaStoreQuery q = { .limit = 2 };
  g_autoptr(GPtrArray) rows = NULL;
  g_autoptr(GError) error = NULL;
  guint seen = 0;

  for (int i = 0; i < 5; i++)
    g_free (add_at (f, NULL, T0 + 2 * SECOND)); /* same time: the id decides */
  g_assert_true (sohoa_store_set_text (f->store, b, "Kính gửi: Sở Giáo dục và Đào tạo", "test", &error));
  g_assert_cmpuint (count_search (f, "quyet DUONG"), ==, 1);
  g_assert_cmpuint (count_search (f, "152/ubnd-v"), ==, 1);
  g_assert_cmpuint (count_search (f, "ubnd/152"), ==, 0); /* not in this order */
  g_assert_cmpuint (count_search (f, "giáo đào"), ==, 1);
  g_assert_cmpuint (count_search (f, "quyết giáo"), ==, 0);
  g_assert_cmpuint (count_search (f, "\" OR *"), ==, 0); /* the query language stays shut out */
  g_assert_cmpuint (count_search (f, "-"), ==, 0);
  g_assert_cmpuint (count_search (f, ""), ==, 7);
  g_assert_true (sohoa_store_set_text (f->store, b, "", "test", &error));
  g_assert_cmpuint (count_search (f, "giáo"), ==, 0);
  do {
    g_clear_pointer (&rows, g_ptr_array_unref);
    q.cursor = cursor;
    char *next = NULL;
    rows = sohoa_store_list (f->store, &q, &next, &error);
    g_assert_no_error (error);
    seen += rows->len;
    g_free (cursor);
    cursor = next;
  } while (cursor != NULL);
  g_assert_cmpuint (seen, ==, 7);
  g_assert_cmpstr (((SohoaStoreDocument *) g_ptr_array_index (rows, 0))->id, ==, a); /* the oldest is last */
  q = (SohoaStoreQuery){ .states = 1u << SOHOA_STATE_REVIEW };
  g_clear_pointer (&rows, g_ptr_array_unref);
  rows = sohoa_store_list (f->store, &q, NULL, &error);
  g_assert_cmpuint (rows->len, ==, 0);
  q = (SohoaStoreQuery){ .since_us = T0 + SECOND };
  g_clear_pointer (&rows, g_ptr_array_unref);
  rows = sohoa_store_list (f->store, &q, NULL, &error);
  g_assert_cmpuint (rows->len, ==, 6);
  q = (SohoaStoreQuery){ .cursor = "hello" };
  g_assert_null (sohoa_store_list (f->store, &q, NULL, &error));
  g_assert_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT);
}

static void
on_changed (SohoaStore *store, const char *id, guint64 sequence, gpointer data)
{
  guint64 now = 0;

  g_assert_true (sohoa_store_get_sequence (store, &now, NULL)); /* no lock is held */
  g_assert_cmpuint (sequence, <=, now);
  (*(guint *) data)++;
}

static void
test_feed (Fixture *f, gconstpointer data)
{
  g_autofree char *a = NULL, *b = NULL;
  g_autoptr(GArray) rows = NULL;
  g_autoptr(GError) error = NULL;
  SohoaStoreFeedRow *first, *second;
  guint called = 0;

  sohoa_store_set_change_callback (f->store, on_changed, &called);
  a = add_at (f, NULL, T0);
  b = add_at (f, NULL, T0);
  move_ok (f, a, SOHOA_STATE_CLEARED);
  g_assert_cmpuint (called, ==, 3);
  rows = sohoa_store_changes_since (f->store, 0, 10, &error);
  g_assert_cmpuint (rows->len, ==, 2);
  first = &g_array_index (rows, SohoaStoreFeedRow, 0);
  second = &g_array_index (rows, SohoaStoreFeedRow, 1);
  g_assert_cmpstr (first->id, ==, b);
  g_assert_cmpstr (second->id, ==, a);
  g_assert_cmpuint (second->sequence, >, first->sequence);
  g_assert_cmpuint (second->revision, ==, 2);
  g_assert_cmpint (second->state, ==, SOHOA_STATE_CLEARED);
  guint64 last = second->sequence;
  g_clear_pointer (&rows, g_array_unref);
  rows = sohoa_store_changes_since (f->store, last, 10, &error);
  g_assert_cmpuint (rows->len, ==, 0);
}

/* ---- jobs ---- */

static void
test_claims (Fixture *f, gconstpointer data)
{
  g_autofree char *urgent = new_record (NULL, NULL, "3", NULL);
  g_autofree char *old = add_at (f, NULL, T0), *young = add_at (f, NULL, T0 + 1), *hot = add_at (f, urgent,
                                                                                                 T0 + 2);
  g_autoptr(SohoaStoreClaim) c1 = claim (f, T0 + SECOND), c2 = claim (f, T0 + SECOND), c3 = claim (f,
                                                                                                   T0 + SECOND);
  g_autoptr(SohoaStoreClaim) none = claim (f, T0 + SECOND), again = NULL;
  g_autoptr(GError) error = NULL;
  gint64 due = 0;

  g_assert_cmpstr (c1->id, ==, hot);
  g_assert_cmpstr (c2->id, ==, old);
  g_assert_cmpstr (c3->id, ==, young);
  g_assert_null (none);
  g_assert_cmpuint (c1->fence, <, c2->fence);
  g_assert_cmpuint (c2->fence, <, c3->fence);
  g_assert_true (sohoa_store_next_due (f->store, 0, &due, &error));
  g_assert_cmpint (due, ==, T0 + SECOND + LEASE_MS * 1000);
  g_assert_true (sohoa_store_heartbeat (f->store, c1, 10 * LEASE_MS, T0 + SECOND, &error));
  g_assert_true (sohoa_store_heartbeat (f->store, c3, 10 * LEASE_MS, T0 + SECOND, &error));
  again = claim (f, T0 + SECOND + LEASE_MS * 1000); /* c2's lease is over */
  g_assert_cmpstr (again->id, ==, old);
  g_assert_cmpuint (again->fence, >, c3->fence);
  g_assert_cmpuint (again->attempts, ==, 2);
  g_assert_false (sohoa_store_complete (f->store, c2, SOHOA_STATE_CLEARED, NULL, "w1", NULL, &error));
  g_assert_error (error, SOHOA_STORE_ERROR, SOHOA_STORE_ERROR_LEASE_LOST);
  g_clear_error (&error);
  g_assert_false (sohoa_store_heartbeat (f->store, c2, LEASE_MS, T0, &error));
  g_assert_error (error, SOHOA_STORE_ERROR, SOHOA_STORE_ERROR_LEASE_LOST);
  g_clear_error (&error);
  g_assert_false (sohoa_store_release (f->store, c2, &error));
  g_assert_error (error, SOHOA_STORE_ERROR, SOHOA_STORE_ERROR_LEASE_LOST);
  g_clear_error (&error);
  g_assert_true (sohoa_store_complete (f->store, again, SOHOA_STATE_CLEARED, NULL, "w1", NULL, &error));
  g_assert_true (sohoa_store_release (f->store, c3, &error));
  /* a person's move ends the claim of a machine */
  move_ok (f, hot, SOHOA_STATE_CANCELLED);
  g_assert_false (sohoa_store_complete (f->store, c1, SOHOA_STATE_CLEARED, NULL, "w1", NULL, &error));
  g_assert_error (error, SOHOA_STORE_ERROR, SOHOA_STORE_ERROR_LEASE_LOST);
}

static void
test_keep_and_fail (Fixture *f, gconstpointer data)
{
  g_autofree char *id = add_at (f, NULL, T0);
  g_autoptr(SohoaStoreClaim) c = claim (f, T0), none = NULL, second = NULL, third = NULL;
  SohoaStoreChange keep = SOHOA_STORE_CHANGE_OF_CLAIM (c);
  g_autoptr(GError) failure = g_error_new (SOHOA_OCR_ERROR, SOHOA_OCR_ERROR_TIMEOUT, "page 3: too slow");
  g_autoptr(GError) error = NULL;
  g_autoptr(SohoaStoreDocument) d = NULL;
  SohoaStoreResult result;

  keep.moves = TRUE;
  keep.to = SOHOA_STATE_CLEARED;
  keep.flags = SOHOA_STORE_CHANGE_KEEP_CLAIM;
  keep.actor = "w1";
  change_ok (f, &keep, NULL);
  none = claim (f, T0);
  g_assert_null (none);
  g_assert_true (sohoa_store_fail (f->store, c, failure, T0 + 5 * SECOND, "w1", &result, &error));
  g_assert_cmpuint (result.revision, ==, 2); /* a retry keeps it */
  d = find (f, id);
  g_assert_cmpstr (d->error_name, ==, "Ocr.Timeout");
  g_assert_cmpstr (d->error_class, ==, "retry");
  g_assert_cmpstr (d->error_message, ==, "page 3: too slow");
  none = claim (f, T0 + 5 * SECOND - 1);
  g_assert_null (none);
  second = claim (f, T0 + 5 * SECOND);
  g_assert_nonnull (second);
  g_assert_true (sohoa_store_fail (f->store, second, failure, 0, "w1", &result, &error));
  g_assert_cmpint (result.state, ==, SOHOA_STATE_FAILED);
  third = claim (f, T0 + 9 * SECOND);
  g_assert_null (third);
  g_clear_pointer (&d, sohoa_store_document_free);
  d = find (f, id);
  g_assert_cmpstr (d->error_name, ==, "Ocr.Timeout");
  assert_chain_good (f, id);
  move_ok (f, id, SOHOA_STATE_CLEARED);
  g_clear_pointer (&d, sohoa_store_document_free);
  d = find (f, id);
  g_assert_cmpstr (d->error_name, ==, "");
  g_assert_cmpuint (d->attempts, ==, 0);
}

/* ---- numbers, outbox, intake ---- */

static guint64
sign (Fixture *f, const char *id, SohoaStoreNumber *number)
{
  SohoaStoreChange c = { .id = id, .moves = TRUE, .to = SOHOA_STATE_SIGNING, .number = number,
                         .actor = "test",
                         .now_us = T0 };
  SohoaStoreResult result;

  walk_to (f, id, SOHOA_STATE_CONFIRMED);
  change_ok (f, &c, &result);
  return result.number;
}

static void
test_numbers (Fixture *f, gconstpointer data)
{
  g_autofree char *a = add_at (f, NULL, T0), *b = add_at (f, NULL, T0), *d = add_at (f, NULL, T0);
  SohoaStoreNumber n = { "H01", 2026, "", "desk", 0 }, other_year = { "H01", 2027, "", "desk", 0 };
  SohoaStoreNumber paper = { "H01", 2026, "", "paper", 2 };
  SohoaStoreChange back = { .id = a, .moves = TRUE, .to = SOHOA_STATE_CONFIRMED, .actor = "test",
                            .now_us = T0 };
  SohoaStoreChange signing = { .id = a, .moves = TRUE, .to = SOHOA_STATE_SIGNING, .number = &n,
                               .actor = "test",
                               .now_us = T0 };
  SohoaStoreResult result;
  g_autoptr(GPtrArray) rows = NULL;
  g_autoptr(GError) error = NULL;
  SohoaStoreRegisterRow *row;

  g_assert_cmpuint (sign (f, a, &n), ==, 1);
  change_ok (f, &back, NULL);
  change_ok (f, &signing, &result);
  g_assert_cmpuint (result.number, ==, 1); /* it keeps what it has */
  g_assert_cmpuint (sign (f, b, &n), ==, 2);
  g_assert_true (sohoa_store_move (f->store, b, 0, SOHOA_STATE_CANCELLED, "test", "nhầm", NULL, NULL,
                                   &error));
  g_assert_cmpuint (sign (f, d, &other_year), ==, 1); /* a new year starts at 1 */
  signing.id = d;
  signing.moves = FALSE;
  signing.number = &paper;
  change_fails (f, &signing, SOHOA_ERROR, SOHOA_ERROR_CONFLICT); /* 2 is void, never reused */
  paper.number = 0;
  change_fails (f, &signing, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT);
  signing.number = &n;
  change_ok (f, &signing, &result);
  g_assert_cmpuint (result.number, ==, 3);
  rows = sohoa_store_list_register (f->store, "H01", 2026, "", &error);
  g_assert_cmpuint (rows->len, ==, 3);
  row = g_ptr_array_index (rows, 1);
  g_assert_cmpuint (row->number, ==, 2);
  g_assert_true (row->is_void);
  g_assert_cmpstr (row->reason, ==, "nhầm");
  g_assert_cmpstr (row->id, ==, b);
  row = g_ptr_array_index (rows, 0);
  g_assert_false (row->is_void);
}

/* Printed rows are frozen by the first printing. */
static void
test_printed (Fixture *f, gconstpointer data)
{
  g_autofree char *a = add_at (f, NULL, T0), *b = add_at (f, NULL, T0);
  SohoaStoreNumber n = { "H01", 2026, "", "desk", 0 };
  SohoaStoreRegisterRow one = { .number = 1, .printed = (char *) "['1', 'first']" };
  SohoaStoreRegisterRow again = { .number = 1, .printed = (char *) "['1', 'second']" }, bad = { .number = 2 };
  g_autoptr(GPtrArray) rows = g_ptr_array_new ();
  g_autoptr(GPtrArray) book = NULL;
  g_autoptr(GError) error = NULL;

  g_assert_cmpuint (sign (f, a, &n), ==, 1);
  g_assert_cmpuint (sign (f, b, &n), ==, 2);
  g_ptr_array_add (rows, &one);
  g_assert_true (sohoa_store_freeze_register (f->store, "H01", 2026, "", rows, T0, &error));
  g_ptr_array_index (rows, 0) = &again;
  g_assert_true (sohoa_store_freeze_register (f->store, "H01", 2026, "", rows, T0 + 1, &error));
  g_assert_no_error (error);
  book = sohoa_store_list_register (f->store, "H01", 2026, "", &error);
  g_assert_cmpuint (book->len, ==, 2);
  g_assert_cmpstr (((SohoaStoreRegisterRow *) g_ptr_array_index (book, 0))->printed, ==, "['1', 'first']");
  g_assert_null (((SohoaStoreRegisterRow *) g_ptr_array_index (book, 1))->printed);
  g_ptr_array_index (rows, 0) = &bad;
  g_assert_false (sohoa_store_freeze_register (f->store, "H01", 2026, "", rows, T0, &error));
  g_assert_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT);
}

/* A citizen's letter is not found by the shared search, an official paper is. */
static void
test_petition (Fixture *f, gconstpointer data)
{
  static const char record[] = "{\"schema\":\"sohoa.document/1\",\"fields\":{\"TypeName\":{\"value\":\"%s\"},"
                               "\"Subject\":{\"value\":\"tranh chấp lối đi\"}}}";
  g_autofree char *letter = g_strdup_printf (record, "Đơn khiếu nại"), *paper = g_strdup_printf (record, "Thư công");
  g_autofree char *a = add_at (f, letter, T0), *b = add_at (f, paper, T0 + SECOND);
  SohoaStoreQuery q = { .search = "lối đi" };
  g_autoptr(GPtrArray) rows = NULL;
  g_autoptr(GError) error = NULL;

  g_assert_true (sohoa_store_set_text (f->store, a, "tranh chấp lối đi chung", "test", &error));
  rows = sohoa_store_list (f->store, &q, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (rows->len, ==, 1);
  g_assert_cmpstr (((SohoaStoreDocument *) g_ptr_array_index (rows, 0))->id, ==, b);
}

static void
test_outbox (Fixture *f, gconstpointer data)
{
  g_autofree char *id = add_at (f, NULL, T0), *other = add_at (f, NULL, T0);
  SohoaStoreParcel parcel = { "key-1", "rest", "spool/x.pdf", "abc" };
  SohoaStoreAnswer answer = { "key-1", "01", "srv-9", "152", "", T0 + 7 };
  SohoaStoreChange c = { .id = id, .moves = TRUE, .to = SOHOA_STATE_SIGNED, .parcel = &parcel,
                         .actor = "test",
                         .now_us = T0 };
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) rows = NULL, receipts = NULL;
  SohoaStoreOutboxRow *row;
  SohoaStoreReceipt *receipt;

  walk_to (f, id, SOHOA_STATE_SIGNING);
  change_ok (f, &c, NULL);
  c.id = other;
  c.moves = FALSE;
  change_fails (f, &c, SOHOA_ERROR, SOHOA_ERROR_CONFLICT); /* the key is another document's */
  g_assert_true (sohoa_store_mark_outbox (f->store, "key-1", 0, SOHOA_STORE_PARCEL_SENT, 0, NULL, T0,
                                          &error));
  g_assert_true (sohoa_store_mark_outbox (f->store, "key-1", 0, SOHOA_STORE_PARCEL_UNKNOWN, T0 + 9, NULL, T0,
                                          &error));
  rows = sohoa_store_list_outbox (f->store, NULL, &error);
  g_assert_cmpuint (rows->len, ==, 1);
  row = g_ptr_array_index (rows, 0);
  g_assert_cmpint (row->state, ==, SOHOA_STORE_PARCEL_UNKNOWN);
  g_assert_cmpuint (row->attempts, ==, 1);
  g_assert_cmpint (row->next_try_us, ==, T0 + 9);
  g_assert_cmpstr (row->payload_path, ==, "spool/x.pdf");
  g_assert_false (sohoa_store_mark_outbox (f->store, "no", 0, SOHOA_STORE_PARCEL_SENT, 0, NULL, T0, &error));
  g_assert_error (error, SOHOA_ERROR, SOHOA_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_false (sohoa_store_mark_outbox (f->store, "key-1", 5, SOHOA_STORE_PARCEL_SENT, 0, NULL, T0,
                                           &error));
  g_assert_error (error, SOHOA_STORE_ERROR, SOHOA_STORE_ERROR_LEASE_LOST);
  g_clear_error (&error);
  move_ok (f, id, SOHOA_STATE_SUBMITTING);
  c = (SohoaStoreChange){ .id = other, .answer = &answer, .actor = "qlvb", .now_us = T0 };
  change_fails (f, &c, SOHOA_ERROR, SOHOA_ERROR_NOT_FOUND); /* not its outbox row */
  c.id = id;
  change_ok (f, &c, NULL); /* stored before the state moves */
  c.moves = TRUE;
  c.to = SOHOA_STATE_DELIVERED;
  change_ok (f, &c, NULL); /* the same answer again: one receipt */
  answer.status = "03";
  c.to = SOHOA_STATE_ACCEPTED;
  change_ok (f, &c, NULL);
  receipts = sohoa_store_list_receipts (f->store, id, &error);
  g_assert_cmpuint (receipts->len, ==, 2);
  receipt = g_ptr_array_index (receipts, 0);
  g_assert_cmpstr (receipt->status, ==, "01");
  g_assert_cmpstr (receipt->server_id, ==, "srv-9");
  g_assert_cmpstr (receipt->arrival_number, ==, "152");
  g_assert_cmpint (receipt->time_us, ==, T0 + 7);
  g_assert_cmpstr (((SohoaStoreReceipt *) g_ptr_array_index (receipts, 1))->status, ==, "03");
  g_assert_false (sohoa_store_mark_outbox (f->store, "key-1", 0, SOHOA_STORE_PARCEL_SENT, 0, NULL, T0,
                                           &error));
  g_assert_error (error, SOHOA_ERROR, SOHOA_ERROR_CONFLICT);
  assert_chain_good (f, id);
}

static void
test_intake (Fixture *f, gconstpointer data)
{
  SohoaStoreIntake k = { 1, 2, 3, 4, "" };
  g_autofree char *a = sohoa_id_new (T0), *b = sohoa_id_new (T0 + 1), *o1 = NULL, *o2 = NULL, *o3 = NULL,
  *added = NULL;
  g_autofree char *none = NULL, *after = NULL;
  SohoaStoreNewDocument d = { .id = b, .actor = "hot-folder", .intakes = &k, .n_intakes = 1, .now_us = T0 };
  g_autoptr(GError) error = NULL;
  gboolean created = TRUE;

  memset (k.sha256, 'a', 64);
  none = sohoa_store_find_intake (f->store, &k, &error);
  g_assert_no_error (error);
  g_assert_null (none);
  g_assert_true (sohoa_store_claim_intake (f->store, &k, a, T0, &o1, &error));
  g_assert_cmpstr (o1, ==, a);
  g_assert_true (sohoa_store_claim_intake (f->store, &k, b, T0, &o2, &error));
  g_assert_cmpstr (o2, ==, a);
  g_assert_true (sohoa_store_add (f->store, &d, &o3, &created, &error));
  g_assert_false (created);
  g_assert_cmpstr (o3, ==, a);
  d.id = a;
  g_assert_true (sohoa_store_add (f->store, &d, &added, &created, &error));
  g_assert_true (created);
  k.inode = G_MAXUINT64; /* another file */
  g_assert_true (sohoa_store_claim_intake (f->store, &k, b, T0, &after, &error));
  g_assert_cmpstr (after, ==, b);
}

/* ---- evidence ---- */

static void
test_events (Fixture *f, gconstpointer data)
{
  g_autofree char *record = new_record ("152", "Chuyện riêng", NULL, NULL), *id = add_at (f, record, T0);
  SohoaStoreChange c = { .id = id, .moves = TRUE, .to = SOHOA_STATE_CLEARED, .actor = "uid:7",
                         .reason = "vì sao",
                         .now_us = T0 + 5 };
  g_autoptr(GPtrArray) events = NULL;
  g_autoptr(GError) error = NULL;
  SohoaStoreEvent *e;

  change_ok (f, &c, NULL);
  events = sohoa_store_list_events (f->store, id, &error);
  g_assert_cmpuint (events->len, ==, 2);
  e = g_ptr_array_index (events, 0);
  g_assert_cmpstr (e->kind, ==, "added");
  g_assert_cmpstr (e->from, ==, "");
  g_assert_null (strstr (e->details, "riêng")); /* digests only */
  e = g_ptr_array_index (events, 1);
  g_assert_cmpstr (e->actor, ==, "uid:7");
  g_assert_cmpstr (e->kind, ==, "move");
  g_assert_cmpstr (e->from, ==, "captured");
  g_assert_cmpstr (e->to, ==, "cleared");
  g_assert_cmpint (e->time_us, ==, T0 + 5);
  g_assert_cmpuint (e->revision, ==, 2);
  g_assert_nonnull (strstr (e->details, "vì sao"));
  g_assert_cmpstr (e->prev, ==, ((SohoaStoreEvent *) g_ptr_array_index (events, 0))->hash);
  /* the form of the hash, written here a second time */
  g_autofree char *form = g_strdup_printf (
    "13:sohoa.event/1,64:%s,26:%s,1:2,16:%" G_GINT64_FORMAT ",5:uid:7,4:move,8:captured,7:cleared,1:2,64:%s,",
    e->prev, id, e->time_us, e->details_digest);
  g_autofree char *hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, form, -1);
  g_assert_cmpstr (e->hash, ==, hash);
  c = (SohoaStoreChange){ .id = id, .actor = "admin", .flags = SOHOA_STORE_CHANGE_FORGET_DETAILS };
  change_ok (f, &c, NULL);
  g_clear_pointer (&events, g_ptr_array_unref);
  events = sohoa_store_list_events (f->store, id, &error);
  g_assert_cmpuint (events->len, ==, 3);
  g_assert_null (((SohoaStoreEvent *) g_ptr_array_index (events, 1))->details);
  assert_chain_good (f, id);
}

/* A person mended the cause: the document is due at once and bears no failure, without a move. */
static void
test_mended (Fixture *f, gconstpointer data)
{
  g_autofree char *id = add_at (f, NULL, T0);
  g_autoptr(SohoaStoreClaim) c = claim (f, T0), again = NULL;
  g_autoptr(GError) failure = g_error_new (SOHOA_OCR_ERROR, SOHOA_OCR_ERROR_TIMEOUT, "page 3: too slow");
  g_autoptr(GError) error = NULL;
  g_autoptr(SohoaStoreDocument) d = NULL;
  SohoaStoreChange mended = { .id = id, .actor = "uid:7", .kind = "unlock", .flags = SOHOA_STORE_CHANGE_MENDED, .now_us = T0 + 1 };
  SohoaStoreResult result;

  g_assert_true (sohoa_store_fail (f->store, c, failure, T0 + 500 * SECOND, "w1", &result, &error));
  change_ok (f, &mended, NULL);
  d = find (f, id);
  g_assert_cmpstr (d->error_name, ==, "");
  g_assert_cmpuint (d->attempts, ==, 0);
  g_assert_cmpuint (d->revision, ==, 1);
  again = claim (f, T0 + 2);
  g_assert_nonnull (again);
  assert_chain_good (f, id);
}

static void
test_secrecy (Fixture *f, gconstpointer data)
{
  g_autofree char *record = new_record ("99", "Zzyzxhidden", NULL, NULL), *id = add_at (f, record, T0);
  SohoaStoreChange c = { .id = id, .moves = TRUE, .to = SOHOA_STATE_HELD, .actor = "gate",
                         .reason = "content",
                         .flags = SOHOA_STORE_CHANGE_SECRECY, .now_us = T0 };
  g_autoptr(GPtrArray) events = NULL, files = sohoa_store_files_new ();
  g_autoptr(SohoaStoreDocument) d = NULL;
  g_autoptr(GError) error = NULL;
  SohoaStoreChange add_file = { .id = id, .files = files, .actor = "test" };

  g_ptr_array_add (files, sohoa_store_file_new ("input", "Zzyzxname.pdf", "Zzyzxpath", "", 1));
  change_ok (f, &add_file, NULL);
  g_assert_true (sohoa_store_set_text (f->store, id, "Zzyzxtext", "test", &error));
  change_fails (f, &c, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT); /* content in it */
  c.reason = NULL;
  change_ok (f, &c, NULL);
  events = sohoa_store_list_events (f->store, id, &error);
  for (guint i = 0; i < events->len; i++)
    g_assert_null (((SohoaStoreEvent *) g_ptr_array_index (events, i))->details);
  g_assert_cmpstr (((SohoaStoreEvent *) g_ptr_array_index (events, 3))->kind, ==, "secrecy-hold");
  g_assert_cmpstr (((SohoaStoreEvent *) g_ptr_array_index (events, 3))->details_digest, ==, "");
  g_assert_cmpuint (count_search (f, "zzyzx"), ==, 0);
  d = find (f, id);
  g_assert_null (strstr (d->record_json, "Zzyzx"));
  g_assert_cmpstr (d->fields_json, ==, "{}");
  g_assert_cmpuint (d->files->len, ==, 1);
  c.flags = SOHOA_STORE_CHANGE_PURGE;
  c.to = SOHOA_STATE_CANCELLED;
  change_ok (f, &c, NULL);
  g_clear_pointer (&d, sohoa_store_document_free);
  d = find (f, id);
  g_assert_cmpuint (d->files->len, ==, 0);
  assert_chain_good (f, id);
  if (f->path == NULL)
    return;
  static const char *const tails[] = { "", "-wal" }; /* no trace in any byte of the files */
  for (gsize i = 0; i < G_N_ELEMENTS (tails); i++) {
    g_autofree char *path = g_strconcat (f->path, tails[i], NULL), *bytes = NULL;
    gsize length = 0;

    if (!g_file_get_contents (path, &bytes, &length, NULL))
      continue;
    for (gsize at = 0; at + 5 < length; at++)
      g_assert_cmpint (g_ascii_strncasecmp (bytes + at, "zzyzx", 5), !=, 0);
  }
}

static void
test_meta_backup (Fixture *f, gconstpointer data)
{
  const Backend *backend = data;
  g_autofree char *id = add_at (f, NULL, T0), *none = NULL, *value = NULL, *gone = NULL, *copy = NULL;
  g_autoptr(GError) error = NULL;

  none = sohoa_store_get_meta (f->store, "k", &error);
  g_assert_null (none);
  g_assert_no_error (error);
  g_assert_true (sohoa_store_set_meta (f->store, "k", "v1", &error));
  g_assert_true (sohoa_store_set_meta (f->store, "k", "v2", &error));
  value = sohoa_store_get_meta (f->store, "k", &error);
  g_assert_cmpstr (value, ==, "v2");
  if (backend->on_disk) {
    g_autoptr(SohoaStore) restored = NULL;
    g_autoptr(SohoaStoreDocument) d = NULL;
    g_autofree char *nowhere = g_build_filename (f->folder, "no", "copy.db", NULL);

    copy = g_build_filename (f->folder, "copy.db", NULL);
    g_assert_true (sohoa_store_backup (f->store, copy, &error));
    restored = sohoa_store_open_sqlite (copy, &error);
    g_assert_no_error (error);
    d = sohoa_store_find (restored, id, &error);
    g_assert_nonnull (d);
    g_assert_false (sohoa_store_backup (f->store, nowhere, &error));
    g_assert_error (error, SOHOA_STORE_ERROR, SOHOA_STORE_ERROR_IO);
  } else {
    g_assert_false (sohoa_store_backup (f->store, "/nowhere", &error));
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  }
  g_clear_error (&error);
  g_assert_true (sohoa_store_set_meta (f->store, "k", NULL, &error));
  gone = sohoa_store_get_meta (f->store, "k", &error);
  g_assert_null (gone);
}

static void
put_evidence (Fixture *f, const char *id, gint64 due_us, guint tries, const char *level)
{
  SohoaStoreEvidence row = { .due_us = due_us, .tries = tries };
  g_autoptr(GError) error = NULL;

  g_strlcpy (row.id, id, sizeof row.id);
  g_strlcpy (row.level, level, sizeof row.level);
  g_assert_true (sohoa_store_set_evidence (f->store, &row, &error));
  g_assert_no_error (error);
}

static void
test_evidence (Fixture *f, gconstpointer data)
{
  g_autofree char *first = add_at (f, NULL, T0), *second = add_at (f, NULL, T0), *third = add_at (f, NULL, T0);
  g_autoptr(GArray) due = NULL, one = NULL;
  g_autoptr(GError) error = NULL;
  SohoaStoreEvidence row;

  put_evidence (f, first, T0 + 30, 0, "B-LTA");
  put_evidence (f, second, T0 + 10, 2, "B-B");
  put_evidence (f, third, T0 + 20, 0, "B-T");
  put_evidence (f, third, T0 + 5, 1, "B-T"); /* replaces */
  due = sohoa_store_list_evidence (f->store, T0 + 10, 10, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (due->len, ==, 2);
  g_assert_cmpstr (g_array_index (due, SohoaStoreEvidence, 0).id, ==, third);
  g_assert_cmpstr (g_array_index (due, SohoaStoreEvidence, 1).id, ==, second);
  g_assert_cmpuint (g_array_index (due, SohoaStoreEvidence, 1).tries, ==, 2);
  g_assert_cmpstr (g_array_index (due, SohoaStoreEvidence, 1).level, ==, "B-B");
  one = sohoa_store_list_evidence (f->store, T0 + 100, 1, &error);
  g_assert_cmpuint (one->len, ==, 1);
  put_evidence (f, third, 0, 0, ""); /* removes */
  g_assert_true (sohoa_store_get_evidence (f->store, third, &row, &error));
  g_assert_cmpint (row.due_us, ==, 0);
  g_assert_true (sohoa_store_get_evidence (f->store, first, &row, &error));
  g_assert_cmpint (row.due_us, ==, T0 + 30);
  g_assert_false (sohoa_store_get_evidence (f->store, "no id", &row, &error));
  g_assert_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT);
}

/* ---- 16 writers ---- */

int
main (int argc, char **argv)
{
  static const Backend backends[] = { { "memory", FALSE }, { "sqlite", TRUE } };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (backends); i++) {
    ADD ("add-find", test_add_find);
    ADD ("add-failures", test_add_failures);
    ADD ("moves", test_moves);
    ADD ("set-record", test_set_record);
    ADD ("list-search", test_list_search);
    ADD ("feed", test_feed);
    ADD ("claims", test_claims);
    ADD ("keep-and-fail", test_keep_and_fail);
    ADD ("mended", test_mended);
    ADD ("numbers", test_numbers);
    ADD ("printed", test_printed);
    ADD ("petition", test_petition);
    ADD ("outbox", test_outbox);
    ADD ("intake", test_intake);
    ADD ("events", test_events);
    ADD ("secrecy", test_secrecy);
    ADD ("meta-backup", test_meta_backup);
    ADD ("evidence", test_evidence);
  }
  return g_test_run ();
}
