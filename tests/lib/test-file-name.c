/* Names of files: letter 7197's example, marks, what would leave a folder, length. */
#include "sohoa-errors.h"
#include "sohoa-file-name.h"
#include "sohoa-time.h"

#include <string.h>

static gint64
day_us (void)
{
  gint64 us = 0;

  g_assert_true (sohoa_time_from_iso ("2026-11-20T23:30:00+07:00", &us));
  return us;
}

static SohoaRecord *
record_new (void)
{
  SohoaRecord *record = sohoa_record_new ();

  g_free (record->id);
  record->id = g_strdup ("01abc");
  sohoa_record_set_field (record, "CodeNumber", "152", 1, "person");
  sohoa_record_set_field (record, "CodeNotation", "QĐ-UBND", 1, "person");
  sohoa_record_set_field (record, "TypeName", "Quyết định", 1, "person");
  sohoa_record_set_field (record, "ArrivalNumber", "21", 1, "profile");
  sohoa_record_set_field (record, "Subject", "../../etc/Đường\nHoàng", 1, "person");
  return record;
}

static void
says (const char *template, const char *code, const char *wanted)
{
  g_autoptr(SohoaRecord) record = record_new ();
  g_autoptr(GError) error = NULL;
  g_autofree char *name = sohoa_file_name_new (template, record, code, day_us (), &error);

  g_assert_no_error (error);
  g_assert_cmpstr (name, ==, wanted);
}

static void
test_names (void)
{
  /* the letter's own shape (domain.md 2.4) */
  says (SOHOA_FILE_NAME_7197, "H31.98.01_CV_000021_V1", "H31.98.01_CV_000021_V1_20261120");
  says (SOHOA_FILE_NAME_7197, NULL, "01abc_20261120");
  says ("{arrival}-{number}-{symbol}", NULL, "000021-152-QD-UBND");
  says ("{type} {day}", NULL, "Quyet_dinh_20261120");
  says ("{subject}", NULL, "_.._etc_Duong_Hoang"); /* no folder, no leading dot */
  says (".{id}/x", NULL, "01abc_x");
}

static void
refuses (const char *template)
{
  g_autoptr(SohoaRecord) record = record_new ();
  g_autoptr(GError) error = NULL;

  g_assert_null (sohoa_file_name_new (template, record, NULL, day_us (), &error));
  g_assert_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT);
}

static void
test_refused (void)
{
  refuses ("{nothing}");
  refuses ("{code");
  refuses ("code}");
  refuses ("");
  refuses ("..");
}

static void
test_length (void)
{
  g_autoptr(SohoaRecord) record = record_new ();
  g_autofree char *many = g_strnfill (400, 'a');
  g_autofree char *name = sohoa_file_name_new (many, record, NULL, day_us (), NULL);

  g_assert_cmpuint (strlen (name), ==, SOHOA_FILE_NAME_MAX_BYTES);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/file-name/names", test_names);
  g_test_add_func ("/file-name/refused", test_refused);
  g_test_add_func ("/file-name/length", test_length);
  return g_test_run ();
}
