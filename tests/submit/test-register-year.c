/* A register's year is the year of arrival in Vietnam, whatever the machine's time zone and whenever the row is written. */
#include "sohoa-file.h"
#include "sohoa-qlvb-server.h"
#include "sohoa-time.h"

#include <stdlib.h>
#include <time.h>

static gint64
at (const char *iso)
{
  gint64 time_us = 0;

  g_assert_true (sohoa_time_from_iso (iso, &time_us));
  return time_us;
}

static void
test_day (void)
{
  static const struct { const char *claimed, *now, *day; } rows[] = {
    { "2026-12-31", "2027-01-02T08:00:00+07:00", "2026-12-31" },
    { "2026-12-31", "2026-12-31T23:59:00+07:00", "2026-12-31" },
    { "", "2026-12-31T23:59:00+07:00", "2026-12-31" },
    { "", "2026-12-31T17:00:00Z", "2027-01-01" },               /* midnight in Vietnam */
    { "2027-01-03", "2027-01-02T08:00:00+07:00", "2027-01-02" }, /* not yet */
    { "2026-12-02", "2027-01-02T08:00:00+07:00", "2026-12-02" }, /* 31 days */
    { "2026-12-01", "2027-01-02T08:00:00+07:00", "2027-01-02" }, /* 32 */
    { "2026-02-31", "2027-01-02T08:00:00+07:00", "2027-01-02" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *day = sohoa_qlvb_arrival_day (rows[i].claimed, at (rows[i].now));

    g_test_message ("%s at %s", rows[i].claimed, rows[i].now);
    g_assert_cmpstr (day, ==, rows[i].day);
  }
}

static char *
no_receipt (const SohoaQlvbDocument *document)
{
  return g_strdup ("{}");
}

/* Registers a document that arrived on @day; checks its number and year, and that a reader of the file sees the same. */
static void
take (SohoaQlvbStore *store, const char *key, const char *day, const char *now, guint number, int year)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(SohoaQlvbDocument) found = NULL;
  SohoaQlvbDocument *d = sohoa_qlvb_document_new ();

  sohoa_qlvb_set (&d->key, key);
  sohoa_qlvb_set (&d->agency, "H31.98.01");
  sohoa_qlvb_set (&d->book, "Văn bản đến");
  d->time_us = at (now);
  g_free (d->arrival_day);
  d->arrival_day = sohoa_qlvb_arrival_day (day, d->time_us);
  g_assert_cmpint (sohoa_qlvb_store_register (store, &d, G_MAXINT64, no_receipt, &error), ==, SOHOA_QLVB_REGISTERED);
  g_assert_no_error (error);
  g_assert_cmpuint (d->number, ==, number);
  found = sohoa_qlvb_store_find (store, SOHOA_QLVB_BY_KEY, key, NULL, &error);
  g_assert_cmpint (found->year, ==, year);
  g_assert_cmpstr (found->arrival_day, ==, day);
  sohoa_qlvb_document_free (d);
}

static void
test_register (gconstpointer zone)
{
  g_autofree char *folder = g_dir_make_tmp ("sohoa-year-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "register.db", NULL);
  g_autoptr(SohoaQlvbStore) store = NULL;

  g_assert_cmpint (setenv ("TZ", zone, 1), ==, 0);
  tzset ();
  store = sohoa_qlvb_store_open (path, NULL);
  g_assert_nonnull (store);
  take (store, "a", "2026-12-31", "2026-12-31T23:59:00+07:00", 1, 2026);
  take (store, "b", "2027-01-01", "2027-01-01T00:00:00+07:00", 1, 2027);
  take (store, "c", "2026-12-31", "2027-01-02T08:00:00+07:00", 2, 2026); /* registered on 02/01 */
  take (store, "d", "2027-01-02", "2027-01-02T08:01:00+07:00", 2, 2027);
  g_clear_pointer (&store, sohoa_qlvb_store_close);
  g_assert_true (sohoa_folder_remove (folder, NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/register-year/day", test_day);
  g_test_add_data_func ("/register-year/vietnam", "Asia/Ho_Chi_Minh", test_register);
  g_test_add_data_func ("/register-year/new-york", "America/New_York", test_register);
  g_test_add_data_func ("/register-year/utc", "UTC", test_register);
  return g_test_run ();
}
