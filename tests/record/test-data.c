/* Data files: what is shipped is whole, a bad one is refused with file, line and reason. */
#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-list.h"

#include <glib/gstdio.h>
#include <string.h>

/* A folder with copies of the shipped lists, @name replaced by @text. g_free. */
static char *
folder_with (const char *name, const char *text)
{
  static const char *const files[] = { "document-types.conf", "words.conf", "families.conf", "codes.conf" };
  g_autofree char *shipped = sohoa_path_data ("lists");
  char *folder = g_dir_make_tmp ("sohoa-lists-XXXXXX", NULL);

  for (guint i = 0; i < G_N_ELEMENTS (files); i++) {
    g_autofree char *from = g_build_filename (shipped, files[i], NULL);
    g_autofree char *to = g_build_filename (folder, files[i], NULL);
    g_autofree char *data = NULL;

    if (g_str_equal (files[i], name))
      data = g_strdup (text);
    else
      g_assert_true (g_file_get_contents (from, &data, NULL, NULL));
    g_assert_true (g_file_set_contents (to, data, -1, NULL));
  }
  return folder;
}

static void
remove_folder (const char *folder)
{
  g_autoptr(GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = g_build_filename (folder, name, NULL);

    g_assert_cmpint (g_unlink (path), ==, 0);
  }
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

static void
test_bad (void)
{
  static const struct { const char *file, *text, *message; } rows[] = {
    { "families.conf", "[list]\nversion=1\n[party]\nnumbers=dots\ntitles=x\n", "families.conf:4: [party] numbers: " },
    { "families.conf", "[list]\nversion=1\n[party]\nnumbers=dash\n", "families.conf:3: [party] titles: " },
    { "families.conf", "[list]\nversion=1\n[x]\ntitles=a\ntypes=Đơn\n", "families.conf:5: [x] types: " },
    { "families.conf", "[list]\nversion=1\n[x]\ntitles=a\ncolour=red\n", "families.conf:5: [x] colour: unknown key" },
    { "codes.conf", "[list]\nversion=1\n[urgency]\ncodes=0|Thường;Khẩn\n", "codes.conf:4: [urgency] codes: " },
    { "codes.conf", "[list]\nversion=1\n[urgency]\nsource=x\n", "codes.conf:3: [urgency] codes: " },
    { "codes.conf", "[list]\nversion=1\nnonsense\n", "codes.conf:3: " },
    { "words.conf", "[list]\nversion=2\n", "words.conf:2: [list] version: " },
    { "document-types.conf", "[list]\nversion=1\n[A]\nedxml-type=many\n", "document-types.conf:4: [A] edxml-type: " },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *folder = folder_with (rows[i].file, rows[i].text);
    g_autoptr(GError) error = NULL;
    g_autoptr(SohoaLists) lists = sohoa_lists_load_folder (folder, &error);

    g_assert_null (lists);
    g_assert_error (error, SOHOA_ERROR, SOHOA_ERROR_CONFIG);
    if (!g_str_has_prefix (error->message, rows[i].message))
      g_error ("%s: not %s", error->message, rows[i].message);
    remove_folder (folder);
  }
}

/* Counts and codes by hand from domain.md 3.5, 4.2, 4.3. */
static void
test_shipped (void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(SohoaLists) lists = sohoa_lists_load (&error);

  g_assert_no_error (error);
  g_assert_cmpuint (sohoa_lists_peek_codes (lists, "urgency")->len, ==, 5);
  g_assert_cmpuint (sohoa_lists_peek_codes (lists, "secrecy")->len, ==, 3);
  g_assert_cmpuint (sohoa_lists_peek_codes (lists, "language")->len, ==, 11);
  g_assert_cmpuint (sohoa_lists_peek_codes (lists, "maintenance")->len, ==, 7);
  g_assert_cmpstr (sohoa_lists_peek_code (lists, "urgency", "THƯỢNG KHẨN"), ==, "2");
  g_assert_cmpstr (sohoa_lists_peek_code_name (lists, "confidence-level", "02"), ==, "Số hóa");
  g_assert_null (sohoa_lists_peek_codes (lists, "colours"));
  g_assert_cmpint (sohoa_lists_peek_by_name (lists, "Công văn")->edxml_type, ==, 18);
  g_assert_cmpint (sohoa_lists_peek_by_name (lists, "Giấy mời")->edxml_type, ==, 25);
  g_assert_cmpuint (lists->families->len, ==, 7);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/data/bad", test_bad);
  g_test_add_func ("/data/shipped", test_shipped);
  return g_test_run ();
}
