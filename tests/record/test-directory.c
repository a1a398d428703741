/* The directory of agencies and the calendar of working days. */
#include "sohoa-agency.h"
#include "sohoa-calendar.h"

#include "sohoa-errors.h"

#include <glib/gstdio.h>
#include <string.h>

#define HEAD "name,id,old-id,aliases,valid-from,valid-to,predecessor,successor\n"

static void
test_match (void)
{
  static const char text[] = HEAD
    "Ủy ban nhân dân huyện Ví Dụ,H99.20,000.00.20.H99,UBND huyện Ví Dụ,,2025-06-30,,UBND xã Ví Dụ\n"
    "\"Sở Nội vụ, tỉnh \"\"Ví Dụ\"\"\",H99.05,,Sở Nội vụ,2025-07-01,,,\n"
    "Phòng Tư pháp,H99.30,,,,,,\nPhòng Tư pháp,H99.31,,,,,,\n";
  g_autoptr(GError) error = NULL;
  g_autoptr(SohoaAgencies) a = sohoa_agencies_parse ("a.csv", text, strlen (text), &error);
  g_autoptr(SohoaAgencies) again = NULL;
  g_autofree char *csv = NULL, *twice = NULL, *ended = NULL;
  const SohoaAgencyEntry *one;

  g_assert_no_error (error);
  one = sohoa_agencies_match (a, "uỷ ban nhân dân HUYỆN VÍ DỤ", "2025-06-30");
  g_assert_cmpstr (one->id, ==, "H99.20");
  g_assert_null (sohoa_agencies_match (a, "UBND huyện Ví Dụ", "2025-07-01"));
  g_assert_true (sohoa_agencies_match_ended (a, "UBND huyện Ví Dụ", "2025-07-01") == one);
  g_assert_null (sohoa_agencies_match_ended (a, "UBND huyện Ví Dụ", "2025-06-30"));
  ended = sohoa_agency_ended_from (one);
  g_assert_cmpstr (ended, ==, "01/7/2025");
  g_assert_cmpstr (sohoa_agencies_match (a, "Sở Nội vụ", "2026-11-20")->name, ==, "Sở Nội vụ, tỉnh \"Ví Dụ\"");
  g_assert_null (sohoa_agencies_match (a, "Sở Nội vụ", "2025-06-30")); /* before it was founded */
  g_assert_null (sohoa_agencies_match (a, "Phòng Tư pháp", "2026-01-01")); /* two of one name: no guess */
  g_assert_true (sohoa_agencies_peek_by_id (a, "000.00.20.H99") == one && sohoa_agencies_peek_by_id (a, "H99.20") == one);
  csv = sohoa_agencies_to_csv (a);
  again = sohoa_agencies_parse ("b.csv", csv, strlen (csv), &error);
  g_assert_no_error (error);
  twice = sohoa_agencies_to_csv (again);
  g_assert_cmpstr (csv, ==, twice);
  g_assert_cmpuint (sohoa_agencies_count (again), ==, 4);
}

static void
test_axis (void)
{
  static const char text[] = "{\"data\":[{\"id\":\"1\",\"name\":\"Sở Tài chính\",\"code\":\"H99.06\",\"oldCode\":\"000.00.06.H99\"},"
                             "{\"name\":\"Sở Y tế\",\"code\":\"H99.07\",\"code102\":\"000.00.07.H99\"}]}";
  g_autoptr(SohoaAgencies) a = sohoa_agencies_parse ("axis.json", text, strlen (text), NULL);

  g_assert_cmpstr (sohoa_agencies_match (a, "Sở Y tế", "2026-01-01")->old_id, ==, "000.00.07.H99");
}

static void
test_refused (void)
{
  static const struct { const char *text, *says; } rows[] = {
    { "name,id\nA,H1\n", "a.csv:1: row: eight columns" },
    { "name,id,alt,aliases,valid-from,valid-to,predecessor,successor\n", "a.csv:1: old-id: is not the heading" },
    { HEAD "A,H99.01,,,,,,\n,H99.02,,,,,,\n", "a.csv:3: name: is missing" },
    { HEAD "A,h99,,,,,,\n", "a.csv:2: id: is no identifier" },
    { HEAD "A,,123,,,,,\n", "a.csv:2: old-id: is no identifier" },
    { HEAD "A,H99.01,,,2025-02-30,,,\n", "a.csv:2: valid-from: is no day" },
    { HEAD "A,H99.01,,,2025-02-03,2024-01-01,,\n", "a.csv:2: valid-to: is before" },
    { HEAD "A,H99.01,,,,,,\n\"B\nC\",H99.02,,,,,,\nD,H99.01,,,,,,\n", "a.csv:5: id: another row" },
    { HEAD "\"A,H99.01,,,,,,\n", "a.csv:2: row: a quote is not closed" },
    { "{\"data\":{}}", "a.csv:1: data: is no list" },
    { "\xff", "a.csv:1: text: is not UTF-8" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr(GError) error = NULL;

    g_assert_null (sohoa_agencies_parse ("a.csv", rows[i].text, strlen (rows[i].text), &error));
    g_assert_error (error, SOHOA_ERROR, SOHOA_ERROR_CONFIG);
    g_test_message ("%s", error->message);
    g_assert_true (g_str_has_prefix (error->message, rows[i].says));
  }
}

/* Counted by hand on the calendars of 2025 and 2026. */
static void
test_days (void)
{
  static const struct { const char *from; guint n; const char *to; } rows[] = {
    { "2026-11-20", 0, "2026-11-20" }, { "2026-11-20", 1, "2026-11-23" }, { "2026-11-21", 0, "2026-11-23" },
    { "2026-02-13", 1, "2026-02-23" },  /* Friday before Tết → Monday after */
    { "2026-08-28", 1, "2026-09-03" },  /* Quốc khánh with the exchanged Monday */
    { "2026-08-21", 1, "2026-08-22" },  /* the Saturday that makes up for it */
    { "2026-04-29", 2, "2026-05-05" }, { "2026-04-24", 1, "2026-04-28" }, { "2025-04-25", 1, "2025-04-26" },
    { "2025-12-31", 1, "2026-01-05" }, { "2026-01-09", 1, "2026-01-10" },
  };
  g_autoptr(GError) error = NULL;
  g_autoptr(SohoaCalendar) c = sohoa_calendar_load (&error);
  g_autofree char *beyond = NULL;

  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *to = sohoa_calendar_add (c, rows[i].from, rows[i].n, &error);

    g_assert_no_error (error);
    g_test_message ("%s + %u", rows[i].from, rows[i].n);
    g_assert_cmpstr (to, ==, rows[i].to);
  }
  beyond = sohoa_calendar_add (c, "2026-12-31", 1, &error);
  g_assert_null (beyond);
  g_assert_error (error, SOHOA_ERROR, SOHOA_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, "2027"));
}

static void
test_days_refused (void)
{
  static const struct { const char *text, *says; } rows[] = {
    { "[list]\nversion=1\n[2026]\noff=2026-02-30|x\n", "h.conf:4: [2026] off: \"2026-02-30|x\"" },
    { "[list]\nversion=1\n[2026]\noff=2026-02-16\n", "h.conf:4: [2026] off:" },
    { "[list]\nversion=1\n[2026]\noff=2025-02-14|x\n", "h.conf:4: [2026] off: 2025-02-14: is not of this year" },
    { "[list]\nversion=1\n[2026]\noff=2026-02-16|x;2026-02-16|y\n", "h.conf:4: [2026] off: 2026-02-16: is listed twice" },
    { "[list]\nversion=1\n[2026]\noff=2026-02-16|x\nwork=2026-02-17|y\n", "h.conf:5: [2026] work: 2026-02-17: is a working day anyway" },
    { "[list]\nversion=1\n[26]\noff=2026-02-16|x\n", "h.conf:" },
  };
  g_autofree char *dir = g_dir_make_tmp ("calendar-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (dir, "h.conf", NULL);

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr(GError) error = NULL;

    g_assert_true (g_file_set_contents (path, rows[i].text, -1, NULL));
    g_assert_null (sohoa_calendar_load_file (path, &error));
    g_assert_error (error, SOHOA_ERROR, SOHOA_ERROR_CONFIG);
    g_test_message ("%s", error->message);
    g_assert_nonnull (strstr (error->message, rows[i].says));
  }
  g_remove (path);
  g_rmdir (dir);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/agencies/match", test_match);
  g_test_add_func ("/agencies/axis", test_axis);
  g_test_add_func ("/agencies/refused", test_refused);
  g_test_add_func ("/calendar/days", test_days);
  g_test_add_func ("/calendar/refused", test_days_refused);
  return g_test_run ();
}
