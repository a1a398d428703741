/* Sixteen writers at once, on either backend: every job done once, no number lost or doubled. */
#include "store-fixture.h"

#include "sohoa-file.h"
#include "sohoa-record.h"
#include <glib/gstdio.h>
#include <string.h>

#define WRITERS 16
#define JOBS_EACH 50

typedef struct {
  Fixture *f;
  guint    completed, numbered;
} Writer;

/* Claims, moves on and numbers until nothing is left; every document goes captured → cleared. */
static gpointer
write_much (gpointer data)
{
  Writer *w = data;
  SohoaStoreNumber number = { "H01", 2026, "", "desk", 0 };

  for (;;) {
    g_autoptr(SohoaStoreClaim) c = NULL;
    g_autoptr(GError) error = NULL;
    SohoaStoreResult result;

    g_assert_true (sohoa_store_claim_next (w->f->store, "w", 1u << SOHOA_STATE_CAPTURED, 600000, 0, &c,
                                           &error));
    if (c == NULL)
      return NULL;
    SohoaStoreChange change = SOHOA_STORE_CHANGE_OF_CLAIM (c);
    change.expected_revision = c->revision;
    change.moves = TRUE;
    change.to = SOHOA_STATE_CLEARED;
    change.number = &number;
    change.actor = "w";
    if (!sohoa_store_change (w->f->store, &change, &result, &error))
      g_error ("%s", error->message);
    w->completed++;
    w->numbered += result.number != 0;
  }
}

static void
test_writers (Fixture *f, gconstpointer data)
{
  Writer writers[WRITERS] = { 0 };
  GThread *threads[WRITERS];
  g_autoptr(GPtrArray) rows = NULL;
  g_autoptr(GHashTable) ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr(GError) error = NULL;
  guint completed = 0;

  for (int i = 0; i < WRITERS * JOBS_EACH; i++)
    g_free (add_at (f, NULL, T0 + i));
  for (int i = 0; i < WRITERS; i++) {
    writers[i].f = f;
    threads[i] = g_thread_new ("writer", write_much, &writers[i]);
  }
  for (int i = 0; i < WRITERS; i++) {
    g_thread_join (threads[i]);
    completed += writers[i].completed;
    g_assert_cmpuint (writers[i].numbered, ==, writers[i].completed);
  }
  g_assert_cmpuint (completed, ==, WRITERS * JOBS_EACH);
  rows = sohoa_store_list_register (f->store, NULL, 0, NULL, &error);
  g_assert_cmpuint (rows->len, ==, WRITERS * JOBS_EACH);
  for (guint i = 0; i < rows->len; i++) {
    const SohoaStoreRegisterRow *row = g_ptr_array_index (rows, i);
    g_autoptr(SohoaStoreDocument) d = find (f, row->id);

    g_assert_cmpuint (row->number, ==, i + 1); /* gapless */
    g_assert_true (g_hash_table_add (ids, g_strdup (row->id)));
    g_assert_cmpuint (d->revision, ==, 2);
    g_assert_cmpuint (d->event_count, ==, 2);
  }
}

/* Sixteen writers fight for one document with expected_revision: each revision is won once. */
typedef struct {
  Fixture    *f;
  const char *id;
  guint       won;
} Fighter;

static gpointer
fight (gpointer data)
{
  Fighter *fighter = data;
  g_autofree char *record = new_record ("1", "x", NULL, NULL);

  while (fighter->won < JOBS_EACH / 5) {
    g_autoptr(SohoaStoreDocument) d = find (fighter->f, fighter->id);
    g_autoptr(GError) error = NULL;

    if (sohoa_store_set_record (fighter->f->store, d->id, d->revision, record, "f", NULL, NULL, NULL, &error))
      fighter->won++;
    else
      g_assert_error (error, SOHOA_ERROR, SOHOA_ERROR_CONFLICT);
  }
  return NULL;
}

static void
test_fight (Fixture *f, gconstpointer data)
{
  g_autofree char *id = add_at (f, NULL, T0);
  Fighter fighters[WRITERS];
  GThread *threads[WRITERS];
  g_autoptr(SohoaStoreDocument) d = NULL;

  for (int i = 0; i < WRITERS; i++) {
    fighters[i] = (Fighter){ f, id, 0 };
    threads[i] = g_thread_new ("fighter", fight, &fighters[i]);
  }
  for (int i = 0; i < WRITERS; i++)
    g_thread_join (threads[i]);
  d = find (f, id);
  g_assert_cmpuint (d->revision, ==, 1 + WRITERS * (JOBS_EACH / 5));
  g_assert_cmpuint (d->event_count, ==, d->revision);
  assert_chain_good (f, id);
}

int
main (int argc, char **argv)
{
  static const Backend backends[] = { { "memory", FALSE }, { "sqlite", TRUE } };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (backends); i++) {
    ADD ("writers", test_writers);
    ADD ("fight", test_fight);
  }
  return g_test_run ();
}
