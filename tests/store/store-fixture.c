#include "store-fixture.h"

#include "sohoa-file.h"
#include "sohoa-record.h"
#include <glib/gstdio.h>
#include <string.h>

void
set_up (Fixture *f, gconstpointer data)
{
  const Backend *backend = data;
  g_autoptr(GError) error = NULL;

  if (backend->on_disk) {
    f->folder = g_dir_make_tmp ("sohoa-store-XXXXXX", &error);
    g_assert_no_error (error);
    f->path = g_build_filename (f->folder, "store.db", NULL);
    f->store = sohoa_store_open_sqlite (f->path, &error);
    g_assert_no_error (error);
  } else {
    f->store = sohoa_store_open_memory ();
  }
  g_assert_nonnull (f->store);
}

void
tear_down (Fixture *f, gconstpointer data)
{
  sohoa_store_free (f->store);
  if (f->folder != NULL)
    g_assert_true (sohoa_folder_remove (f->folder, NULL));
  g_free (f->folder);
  g_free (f->path);
}

char *
new_record (const char *number, const char *subject, const char *priority, const char *secrecy)
{
  g_autoptr(SohoaRecord) record = sohoa_record_new ();

  if (number != NULL)
    sohoa_record_set_field (record, "CodeNumber", number, 0.95, "ocr");
  if (subject != NULL)
    sohoa_record_set_field (record, "Subject", subject, 0.95, "ocr");
  if (priority != NULL)
    sohoa_record_set_field (record, "Priority", priority, 0.95, "ocr");
  if (secrecy != NULL) {
    g_free (record->secrecy);
    record->secrecy = g_strdup (secrecy);
  }
  return sohoa_record_to_json (record, FALSE);
}

char *
add_at (Fixture *f, const char *record, gint64 now_us)
{
  g_autofree char *id = sohoa_id_new (now_us);
  SohoaStoreNewDocument d = { .id = id, .record_json = record, .actor = "test", .now_us = now_us };
  g_autoptr(GError) error = NULL;
  gboolean created = FALSE, good;
  char *out = NULL;

  good = sohoa_store_add (f->store, &d, &out, &created, &error);
  g_assert_no_error (error);
  g_assert_true (good && created);
  g_assert_cmpstr (out, ==, id);
  return out;
}

void
change_ok (Fixture *f, const SohoaStoreChange *c, SohoaStoreResult *result)
{
  g_autoptr(GError) error = NULL;
  gboolean good = sohoa_store_change (f->store, c, result, &error);

  g_assert_no_error (error);
  g_assert_true (good);
}

void
change_fails (Fixture *f, const SohoaStoreChange *c, GQuark domain, int code)
{
  g_autoptr(GError) error = NULL;
  guint64 before = 0, after = 0;

  g_assert_true (sohoa_store_get_sequence (f->store, &before, NULL));
  g_assert_false (sohoa_store_change (f->store, c, NULL, &error));
  g_assert_error (error, domain, code);
  g_assert_true (sohoa_store_get_sequence (f->store, &after, NULL));
  g_assert_cmpuint (before, ==, after);
}

void
move_ok (Fixture *f, const char *id, SohoaState to)
{
  SohoaStoreChange c = { .id = id, .moves = TRUE, .to = to, .actor = "test", .now_us = T0 };

  change_ok (f, &c, NULL);
}

/* captured → … → @to along the straight way. */
void
walk_to (Fixture *f, const char *id, SohoaState to)
{
  static const SohoaState way[] = { SOHOA_STATE_CLEARED, SOHOA_STATE_PROCESSING, SOHOA_STATE_REVIEW,
                                    SOHOA_STATE_CONFIRMED, SOHOA_STATE_SIGNING, SOHOA_STATE_SIGNED,
                                    SOHOA_STATE_SUBMITTING };

  for (gsize i = 0; i < G_N_ELEMENTS (way); i++) {
    move_ok (f, id, way[i]);
    if (way[i] == to)
      return;
  }
  g_assert_not_reached ();
}

SohoaStoreDocument *
find (Fixture *f, const char *id)
{
  g_autoptr(GError) error = NULL;
  SohoaStoreDocument *d = sohoa_store_find (f->store, id, &error);

  g_assert_no_error (error);
  g_assert_nonnull (d);
  return d;
}

SohoaStoreClaim *
claim (Fixture *f, gint64 now_us)
{
  g_autoptr(GError) error = NULL;
  SohoaStoreClaim *c = NULL;

  g_assert_true (sohoa_store_claim_next (f->store, "w1", 0, LEASE_MS, now_us, &c, &error));
  g_assert_no_error (error);
  return c;
}

void
assert_chain_good (Fixture *f, const char *id)
{
  g_autoptr(GError) error = NULL;
  guint64 bad = 99;

  g_assert_true (sohoa_store_verify_chain (f->store, id, &bad, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (bad, ==, 0);
}

/* ---- documents ---- */
