#include "sohoa-conf.h"
#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-state.h"
#include "sohoa-text.h"
#include "sohoa-time.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *
make_folder (void)
{
  g_autoptr(GError) error = NULL;
  char *folder = g_dir_make_tmp ("sohoa-lib-XXXXXX", &error);

  g_assert_no_error (error);
  return folder;
}

/* 31/12 23:59:59 in Hà Nội is 16:59:59 UTC: the year and the day are Vietnam's, whatever TZ says. */
static void
test_time_year_change (void)
{
  gint64 last_second = G_GINT64_CONSTANT (1798736399) * G_USEC_PER_SEC; /* 2026-12-31T16:59:59Z */
  g_autofree char *iso = sohoa_time_to_iso (last_second);
  g_autofree char *pdf = sohoa_time_to_pdf (last_second + G_USEC_PER_SEC);
  g_autofree char *day = sohoa_time_to_day (last_second + G_USEC_PER_SEC);
  gint64 back;

  g_assert_cmpstr (iso, ==, "2026-12-31T23:59:59+07:00");
  g_assert_cmpint (sohoa_time_year (last_second), ==, 2026);
  g_assert_cmpint (sohoa_time_year (last_second + G_USEC_PER_SEC), ==, 2027);
  g_assert_cmpstr (pdf, ==, "D:20270101000000+07'00'");
  g_assert_cmpstr (day, ==, "2027-01-01");
  g_assert_true (sohoa_time_from_iso (iso, &back));
  g_assert_cmpint (back, ==, last_second);
  g_assert_false (sohoa_time_from_iso ("2026-12-31T23:59:59", &back)); /* no zone */
}

static void
test_day (void)
{
  g_autofree char *shown = sohoa_day_to_vietnamese ("2026-02-03");

  g_assert_cmpstr (shown, ==, "03/02/2026");
  g_assert_true (sohoa_day_is_valid ("2024-02-29"));
  g_assert_false (sohoa_day_is_valid ("2026-02-29"));
  g_assert_false (sohoa_day_is_valid ("2026-2-3"));
  g_assert_cmpuint (sohoa_day_weekday ("2026-11-23"), ==, 1); /* a Monday */
  g_assert_cmpuint (sohoa_day_weekday ("2024-02-29"), ==, 4);
  g_assert_cmpuint (sohoa_day_weekday ("2026-02-29"), ==, 0);
  {
    static const struct { const char *day; int n; const char *then; } rows[] = {
      { "2026-12-31", 1, "2027-01-01" }, { "2027-01-01", -1, "2026-12-31" }, { "2024-02-28", 1, "2024-02-29" },
      { "2026-03-01", -1, "2026-02-28" }, { "2026-11-23", 0, "2026-11-23" }, { "2026-11-23", 365, "2027-11-23" },
      { "2026-02-29", 1, NULL }, { "1900-01-01", -1, NULL }, { "2026-01-01", G_MAXINT, NULL }, { "2026-01-01", G_MININT, NULL },
    };

    for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
      g_autofree char *then = sohoa_day_add (rows[i].day, rows[i].n);

      g_assert_cmpstr (then, ==, rows[i].then);
    }
  }
  g_assert_false (sohoa_day_is_valid ("2026-02-031"));
  g_assert_false (sohoa_day_is_valid (NULL));
}

static void
test_text (void)
{
  g_autofree char *nfc = sohoa_text_nfc ("Quye\xCC\x82\xCC\x81t"); /* e + circumflex + acute */
  g_autofree char *word = sohoa_text_clean_word (" a\tb\n");
  g_autofree char *fold = sohoa_text_fold ("  25/2019/Q\xC3\x90-UBND   Hưng Yên, hoà đồng ");
  g_autofree char *bad = sohoa_text_nfc ("a\xFFz");

  g_assert_cmpstr (nfc, ==, "Quyết");
  g_assert_cmpstr (word, ==, "ab");
  g_assert_cmpstr (fold, ==, "25/2019/qd-ubnd hung yen, hoa dong");
  g_assert_cmpstr (bad, ==, "a\xEF\xBF\xBDz");
  g_assert_cmpuint (sohoa_text_distance ("mật", "mắt"), ==, 1);
  g_assert_cmpuint (sohoa_text_distance ("", "abc"), ==, 3);
}

static void
test_states (void)
{
  SohoaState state;

  for (guint i = 0; i < SOHOA_N_STATES; i++) {
    g_assert_true (sohoa_state_from_string (sohoa_state_to_string (i), &state));
    g_assert_cmpint (state, ==, i);
    g_assert_false (sohoa_state_may_move (i, i));
  }
  g_assert_false (sohoa_state_from_string ("nonsense", &state));
  g_assert_true (sohoa_state_may_move (SOHOA_STATE_CAPTURED, SOHOA_STATE_CLEARED));
  g_assert_false (sohoa_state_may_move (SOHOA_STATE_CAPTURED, SOHOA_STATE_PROCESSING)); /* never past the gate */
  g_assert_false (sohoa_state_may_move (SOHOA_STATE_PROCESSING, SOHOA_STATE_SIGNING));  /* never past confirmation */
  g_assert_false (sohoa_state_may_move (SOHOA_STATE_CANCELLED, SOHOA_STATE_CAPTURED));
  g_assert_true (sohoa_state_is_final (SOHOA_STATE_DONE));
}

static void
test_errors (void)
{
  static const struct {
    GQuark (*domain) (void);
    int             code;
    const char     *name;
    SohoaExit       exit;
    SohoaErrorClass cls;
  } rows[] = {
    { sohoa_gate_error_quark, SOHOA_GATE_ERROR_SECRET, "Gate.Secret", 4, SOHOA_ERROR_CLASS_OPERATOR },
    { sohoa_intake_error_quark, SOHOA_INTAKE_ERROR_ENCRYPTED, "Intake.Encrypted", 3, SOHOA_ERROR_CLASS_FINAL },
    { sohoa_sign_error_quark, SOHOA_SIGN_ERROR_PIN, "Sign.Pin", 7, SOHOA_ERROR_CLASS_OPERATOR },
    { sohoa_error_quark, SOHOA_ERROR_NOT_AUTHORISED, "NotAuthorised", 8, SOHOA_ERROR_CLASS_OPERATOR },
    { sohoa_submit_error_quark, SOHOA_SUBMIT_ERROR_UNKNOWN_OUTCOME, "Submit.UnknownOutcome", 6,
      SOHOA_ERROR_CLASS_RETRY },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr(GError) error = g_error_new (rows[i].domain (), rows[i].code, "x");
    g_autoptr(GError) back = sohoa_error_new_from_name (rows[i].name, "x");

    g_assert_cmpstr (sohoa_error_name (error), ==, rows[i].name);
    g_assert_cmpint (sohoa_error_exit_status (error), ==, rows[i].exit);
    g_assert_cmpint (sohoa_error_class (error), ==, rows[i].cls);
    g_assert_error (back, rows[i].domain (), rows[i].code);
  }
  g_assert_cmpint (sohoa_error_exit_status (NULL), ==, 0);
  {
    g_autoptr(GError) invented = sohoa_error_new_from_name ("Root.Please", "x");

    g_assert_error (invented, SOHOA_ERROR, SOHOA_ERROR_INTERNAL);
  }
}

static void
test_output (void)
{
  g_autofree char *folder = make_folder ();
  g_autofree char *path = g_build_filename (folder, "out.pdf", NULL);
  g_autoptr(GError) error = NULL;
  g_autofree char *content = NULL;
  struct stat st;

  {
    g_autoptr(SohoaOutput) dropped = sohoa_output_new (path, 0600, &error);

    g_assert_no_error (error);
    g_assert_true (sohoa_fd_write_all (sohoa_output_get_fd (dropped), "half", 4, &error));
    g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  }
  {
    g_autoptr(GDir) dir = g_dir_open (folder, 0, NULL);

    g_assert_null (g_dir_read_name (dir)); /* a dropped output leaves no trace */
  }
  g_assert_true (sohoa_file_write (path, "whole", 5, 0600, &error));
  g_assert_true (g_file_get_contents (path, &content, NULL, &error));
  g_assert_cmpstr (content, ==, "whole");
  g_assert_cmpint (g_stat (path, &st), ==, 0);
  g_assert_cmpint (st.st_mode & 0777, ==, 0600);
  g_assert_null (sohoa_file_read (path, 4, &error));
  g_assert_error (error, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_TOO_LARGE);
  g_assert_true (sohoa_folder_remove (folder, NULL));
  g_assert_false (g_file_test (folder, G_FILE_TEST_EXISTS));
}

static void
test_sealed_memfd (void)
{
  g_autoptr(GError) error = NULL;
  SOHOA_AUTO_FD int fd = sohoa_memfd_new_sealed ("test", "abc", 3, &error);
  g_autofree char *sha = sohoa_fd_sha256 (fd, 0, G_MAXUINT64, &error);

  g_assert_no_error (error);
  /* FIPS 180-2, appendix B.1 */
  g_assert_cmpstr (sha, ==, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  g_assert_cmpint (write (fd, "x", 1), ==, -1);
  g_assert_cmpint (ftruncate (fd, 0), ==, -1);
}

static void
test_ids (void)
{
  g_autofree char *a = sohoa_id_new (G_USEC_PER_SEC);
  g_autofree char *b = sohoa_id_new (2 * G_USEC_PER_SEC);
  g_autofree char *c = sohoa_id_new (2 * G_USEC_PER_SEC);

  g_assert_true (sohoa_id_is_valid (a));
  g_assert_cmpstr (a, <, b);
  g_assert_cmpstr (b, !=, c);
  g_assert_false (sohoa_id_is_valid ("../../etc/passwd"));
  g_assert_false (sohoa_id_is_valid (NULL));
}

static SohoaConf *
conf_from (const char *text, GError **error)
{
  g_autofree char *folder = make_folder ();
  g_autofree char *path = g_build_filename (folder, "a4.profile", NULL);
  SohoaConf *conf;

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  conf = sohoa_conf_load (path, FALSE, error);
  sohoa_folder_remove (folder, NULL);
  return conf;
}

static void
test_conf (void)
{
  static const struct {
    const char *text, *message; /* message NULL = good */
  } rows[] = {
    { "[scan]\ndpi=300\n", NULL },
    { "[scan]\ndip=300\n", "a4.profile:2: [scan] dip: unknown key" },
    { "[scan]\ndpi=20\n", "a4.profile:2: [scan] dpi: must be a number from 75 to 1200" },
    { "[scan]\ndpi=abc\n", "a4.profile:2: [scan] dpi: must be a number from 75 to 1200" },
    { "[scan]\nduplex=maybe\n", "a4.profile:2: [scan] duplex: \"maybe\" is not one of: no, yes, false, true" },
    { "# a comment\n\n[scan]\n# more\ndpi=10\n", "a4.profile:5: [scan] dpi: must be a number from 75 to 1200" },
    { "[extra]\nx=1\n", "a4.profile:2: [extra] x: unknown key" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(SohoaConf) conf = conf_from (rows[i].text, &error);

    g_assert_no_error (error);
    (void) sohoa_conf_take_int (conf, "scan", "dpi", 300, 75, 1200);
    (void) sohoa_conf_take_bool (conf, "scan", "duplex", FALSE);
    if (rows[i].message == NULL) {
      g_assert_true (sohoa_conf_finish (conf, &error));
    } else {
      g_assert_false (sohoa_conf_finish (conf, &error));
      g_assert_error (error, SOHOA_ERROR, SOHOA_ERROR_CONFIG);
      g_assert_cmpstr (error->message, ==, rows[i].message);
    }
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/time/year-change", test_time_year_change);
  g_test_add_func ("/time/day", test_day);
  g_test_add_func ("/text", test_text);
  g_test_add_func ("/state/table", test_states);
  g_test_add_func ("/errors/table", test_errors);
  g_test_add_func ("/file/output", test_output);
  g_test_add_func ("/file/memfd", test_sealed_memfd);
  g_test_add_func ("/file/id", test_ids);
  g_test_add_func ("/conf/rows", test_conf);
  return g_test_run ();
}
