#include "sohoa-profile.h"
#include "sohoa-list.h"

#include "sohoa-errors.h"

#include <glib/gstdio.h>

#define GOOD "[profile]\nsource=X\ndate=2020-03-05\n[review]\nmandatory=TypeName\n"

static const struct {
  const char *text;
  int code;
  const char *says;
} bad[] = {
  { "[capture]\nmin-dpi=20\n", SOHOA_ERROR_CONFIG, "*[capture] min-dpi: must be a number from*" },
  { "[capture]\nmin-dpi=many\n", SOHOA_ERROR_CONFIG, "*[capture] min-dpi*" },
  { "[capture]\ndip=300\n", SOHOA_ERROR_CONFIG, "*[capture] dip: unknown key*" },
  { "[capture]\ncolour=maybe\n", SOHOA_ERROR_CONFIG, "*[capture] colour*" },
  { "[capture]\nscale-percent=50\n", SOHOA_ERROR_CONFIG, "*[capture] scale-percent*" },
  { "[pdf]\nconformance=2z\n", SOHOA_ERROR_CONFIG, "*[pdf] conformance*" },
  { "[pdf]\nversion=2.0\n", SOHOA_ERROR_CONFIG, "*[pdf] version*" },
  { "[block]\nlines=copy-form;seal\n", SOHOA_ERROR_CONFIG, "*[block] lines*" },
  { "![profile]\nsource=X\ndate=2020-02-31\n", SOHOA_ERROR_CONFIG, "*[profile] date: must be a day*" },
  { "![profile]\ndate=2020-03-05\n", SOHOA_ERROR_CONFIG, "*[profile] source: the law*" },
  { "![profile]\nsource=X\ndate=2020-03-05\n", SOHOA_ERROR_CONFIG, "*[review] mandatory: at least one*" },
  { "![profile]\nsource=X\ndate=2020-03-05\n[review]\nmandatory=Nothing\n", SOHOA_ERROR_CONFIG,
    "*[review] mandatory: a name in it*" },
  { "[review]\nclaim-percent=0\n", SOHOA_ERROR_CONFIG, "*[review] claim-percent*" },
  { "[surprise]\nkey=1\n", SOHOA_ERROR_CONFIG, "*[surprise] key: unknown key*" },
  { "no section\n", SOHOA_ERROR_CONFIG, "*bad.conf*" },
};

static SohoaProfile *
load_text (const char *text, GError **error)
{
  g_autofree char *folder = g_dir_make_tmp ("sohoa-profile-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "bad.conf", NULL);
  g_autofree char *whole = text[0] == '!' ? g_strdup (text + 1) : g_strconcat (GOOD, text, NULL);
  SohoaProfile *profile;

  g_assert_true (g_file_set_contents (path, whole, -1, NULL));
  profile = sohoa_profile_load_file (path, error);
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
  return profile;
}

static void
test_bad (void)
{
  g_autoptr(SohoaProfile) good = load_text ("", NULL);

  g_assert_nonnull (good);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(SohoaProfile) profile = load_text (bad[i].text, &error);

    g_test_message ("row %u: %s", i, error != NULL ? error->message : "accepted");
    g_assert_null (profile);
    g_assert_error (error, SOHOA_ERROR, bad[i].code);
    g_assert_true (g_pattern_match_simple (bad[i].says, error->message));
  }
}

static void
test_installed (void)
{
  static const char *const want[] = { "VN-ND30-2020", "VN-TT01-2019", "VN-TT05-2025", NULL };
  g_auto(GStrv) names = sohoa_profile_names ();

  g_assert_true (g_strv_equal ((const char *const *) names, want));
  for (guint i = 0; want[i] != NULL; i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(SohoaProfile) profile = sohoa_profile_load (want[i], &error);

    g_assert_no_error (error);
    g_assert_cmpstr (profile->name, ==, want[i]);
    g_assert_cmpint (profile->min_dpi, ==, 200);
    g_assert_true (profile->colour);
  }
  {
    g_autoptr(SohoaProfile) usual = sohoa_profile_load (NULL, NULL);
    g_autoptr(SohoaProfile) old = sohoa_profile_load ("VN-TT01-2019", NULL);

    g_assert_cmpstr (usual->name, ==, "VN-ND30-2020");
    g_assert_cmpuint (g_strv_length (usual->block_lines), ==, 3);
    g_assert_false (usual->block_image);
    g_assert_true (old->block_image);
  }
}

static void
test_unknown (void)
{
  static const char *const names[] = { "VN-NONE", "../lists/words", "VN-ND30-2020.conf", "/etc/passwd" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(SohoaProfile) profile = sohoa_profile_load (names[i], &error);

    g_assert_null (profile);
    g_assert_error (error, SOHOA_ERROR, SOHOA_ERROR_NOT_FOUND);
  }
}

static void
test_pages (void)
{
  static const struct { double dpi; const char *flag; const char *want[3]; } rows[] = {
    { 300, NULL, { NULL } }, { 200, "skewed", { NULL } }, { 199.8, NULL, { NULL } },
    { 150, NULL, { "dpi: 150 < 200 (page 1)" } }, { 300, "gray", { "colour: gray (page 1)" } },
    { 100, "gray", { "dpi: 100 < 200 (page 1)", "colour: gray (page 1)" } },
    { 300, "bitonal", { "colour: black and white (page 1)" } }, { 0, NULL, { "dpi: unknown (page 1)" } },
  };
  g_autoptr(SohoaProfile) profile = sohoa_profile_load (NULL, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr(SohoaRecord) record = sohoa_record_new ();
    SohoaPageInfo *page = sohoa_record_add_page (record);
    guint n = 0;

    page->dpi = rows[i].dpi;
    if (rows[i].flag != NULL)
      sohoa_page_info_add_flag (page, rows[i].flag);
    g_assert_true (sohoa_profile_check_page (profile, record, page) == (rows[i].want[0] == NULL));
    while (rows[i].want[n] != NULL) {
      g_assert_cmpstr (g_ptr_array_index (record->deviations, n), ==, rows[i].want[n]);
      n++;
    }
    g_assert_cmpuint (record->deviations->len, ==, n);
  }
}

static void
test_lists (void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(SohoaLists) lists = sohoa_lists_load (&error);
  guint administrative = 0;

  g_assert_no_error (error);
  g_assert_cmpstr (sohoa_lists_peek_by_name (lists, "QUYẾT ĐỊNH")->abbreviation, ==, "QĐ");
  g_assert_cmpstr (sohoa_lists_peek_by_abbreviation (lists, "QÐ")->name, ==, "Quyết định"); /* U+00D0 */
  g_assert_cmpstr (sohoa_lists_peek_by_abbreviation (lists, "QyĐ")->name, ==, "Quy định");
  g_assert_cmpstr (sohoa_lists_peek_by_abbreviation (lists, "ĐA")->name, ==, "Đề án");
  g_assert_cmpstr (sohoa_lists_peek_by_abbreviation (lists, "DA")->name, ==, "Dự án");
  g_assert_null (sohoa_lists_peek_by_abbreviation (lists, "UBND"));
  g_assert_null (sohoa_lists_peek_by_abbreviation (lists, ""));
  for (guint i = 0; i < lists->types->len; i++)
    administrative += ((SohoaDocumentType *) lists->types->pdata[i])->administrative ? 1 : 0;
  g_assert_cmpuint (administrative, ==, 29); /* NĐ30 Art. 7 */
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/profile/bad", test_bad);
  g_test_add_func ("/profile/installed", test_installed);
  g_test_add_func ("/profile/unknown", test_unknown);
  g_test_add_func ("/profile/pages", test_pages);
  g_test_add_func ("/lists", test_lists);
  return g_test_run ();
}
