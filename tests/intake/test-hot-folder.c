#define _GNU_SOURCE
#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-hot-folder.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECOND G_USEC_PER_SEC
#define PDF "%PDF-1.4\nbody\n%%EOF\n"

typedef struct {
  char           *path;
  SohoaHotFolder *folder;
  gint64          now;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr(GError) error = NULL;

  f->path = g_dir_make_tmp ("sohoa-hot-XXXXXX", &error);
  g_assert_no_error (error);
  f->now = 1000 * (gint64) SECOND;
  f->folder = sohoa_hot_folder_new (f->path, 2000, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  sohoa_hot_folder_free (f->folder);
  g_assert_true (sohoa_folder_remove (f->path, NULL));
  g_free (f->path);
}

static char *
path_of (Fixture *f, const char *name)
{
  return g_build_filename (f->path, name, NULL);
}

static void
drop (Fixture *f, const char *name, const char *bytes)
{
  g_autofree char *path = path_of (f, name);
  int fd = open (path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (write (fd, bytes, strlen (bytes)), ==, strlen (bytes));
  close (fd);
}

/* One scan @seconds later; gives how many files were claimed, the first's name in @name. */
static guint
scan (Fixture *f, int seconds, char **claim)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) files = NULL;

  f->now += seconds * (gint64) SECOND;
  files = sohoa_hot_folder_scan (f->folder, f->now, &error);
  g_assert_no_error (error);
  if (claim != NULL && files->len > 0)
    *claim = g_strdup (((SohoaHotFile *) g_ptr_array_index (files, 0))->claim);
  return files->len;
}

static gboolean
is_there (Fixture *f, const char *name)
{
  g_autofree char *path = path_of (f, name);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static void
test_stable_then_done (Fixture *f, gconstpointer data)
{
  g_autofree char *claim = NULL;

  drop (f, "a.pdf", PDF);
  g_assert_cmpuint (scan (f, 0, NULL), ==, 0);
  g_assert_cmpuint (scan (f, 1, NULL), ==, 0);
  g_assert_cmpuint (scan (f, 1, &claim), ==, 1);
  g_assert_false (is_there (f, "a.pdf"));
  g_assert_cmpuint (scan (f, 5, NULL), ==, 0); /* once */
  g_assert_true (sohoa_hot_folder_finish (f->folder, claim, SOHOA_HOT_DONE, NULL, NULL));
  g_assert_true (is_there (f, "done/a.pdf"));
  g_assert_true (sohoa_hot_folder_finish (f->folder, claim, SOHOA_HOT_DONE, NULL, NULL)); /* again after a crash */
}

static void
test_slow_writer (Fixture *f, gconstpointer data)
{
  gint64 age = 0;

  drop (f, "slow.pdf", "%PDF-1.4\n");
  for (int i = 0; i < 50; i++) { /* appended every second: never stable */
    drop (f, "slow.pdf", "more\n");
    g_assert_cmpuint (scan (f, 1, NULL), ==, 0);
  }
  g_assert_cmpuint (scan (f, 3600, NULL), ==, 0); /* stable but without its end: it waits, for ever */
  g_assert_cmpuint (scan (f, 3600, NULL), ==, 0);
  g_assert_cmpuint (sohoa_hot_folder_count_waiting (f->folder, f->now, &age), ==, 1);
  g_assert_cmpint (age / SECOND, >=, 7200);
  drop (f, "slow.pdf", "%%EOF\n");
  g_assert_cmpuint (scan (f, 1, NULL), ==, 0);
  g_assert_cmpuint (scan (f, 2, NULL), ==, 1);
}

static void
test_zero_then_fill (Fixture *f, gconstpointer data)
{
  drop (f, "z.jpg", "");
  g_assert_cmpuint (scan (f, 1, NULL), ==, 0);
  g_assert_cmpuint (scan (f, 100, NULL), ==, 0);
  drop (f, "z.jpg", "\xFF\xD8\xFF\xE0 picture \xFF\xD9");
  g_assert_cmpuint (scan (f, 1, NULL), ==, 0);
  g_assert_cmpuint (scan (f, 2, NULL), ==, 1);
}

static void
test_never_taken (Fixture *f, gconstpointer data)
{
  g_autofree char *link = path_of (f, "link.pdf");
  g_autofree char *fifo = path_of (f, "fifo.pdf");
  g_autofree char *hard = path_of (f, "hard.pdf");
  g_autofree char *hard2 = path_of (f, ".hidden-name");
  g_autofree char *folder = path_of (f, "folder.pdf");
  static const char *const ignored[] = { ".hidden.pdf", "a.pdf.part", "b.tmp", "~$c.pdf", "Thumbs.db", "d.pdf~" };

  g_assert_cmpint (symlink ("/etc/passwd", link), ==, 0);
  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  drop (f, "hard.pdf", PDF);
  g_assert_cmpint (linkat (AT_FDCWD, hard, AT_FDCWD, hard2, 0), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (ignored); i++)
    drop (f, ignored[i], PDF);
  g_test_expect_message ("sohoa", G_LOG_LEVEL_WARNING, "*not taken*");
  g_test_expect_message ("sohoa", G_LOG_LEVEL_WARNING, "*not taken*");
  g_test_expect_message ("sohoa", G_LOG_LEVEL_WARNING, "*hard link*");
  g_assert_cmpuint (scan (f, 1, NULL), ==, 0);
  g_assert_cmpuint (scan (f, 100, NULL), ==, 0);
  g_assert_cmpuint (scan (f, 100, NULL), ==, 0);
  g_test_assert_expected_messages ();
  for (guint i = 0; i < G_N_ELEMENTS (ignored); i++)
    g_assert_true (is_there (f, ignored[i]));
}

static void
test_open_writer (Fixture *f, gconstpointer data)
{
  g_autofree char *path = path_of (f, "held.pdf");
  int fd;

  drop (f, "held.pdf", PDF);
  fd = open (path, O_WRONLY | O_CLOEXEC);
  g_assert_cmpuint (scan (f, 1, NULL), ==, 0);
  g_assert_cmpuint (scan (f, 100, NULL), ==, 0);
  close (fd);
  g_assert_cmpuint (scan (f, 1, NULL), ==, 1);
}

/* A daemon that died between the claim and the store's row gets the file again. */
static void
test_recovery (Fixture *f, gconstpointer data)
{
  g_autofree char *claim = NULL;
  g_autofree char *again = NULL;

  drop (f, "r.pdf", PDF);
  scan (f, 1, NULL);
  g_assert_cmpuint (scan (f, 3, &claim), ==, 1);
  sohoa_hot_folder_free (f->folder);
  f->folder = sohoa_hot_folder_new (f->path, 2000, NULL);
  g_assert_cmpuint (scan (f, 1, &again), ==, 1);
  g_assert_cmpstr (claim, ==, again);
  g_assert_cmpuint (scan (f, 1, NULL), ==, 0);
}

static void
test_rejected (Fixture *f, gconstpointer data)
{
  g_autofree char *reason = path_of (f, "rejected/x.doc.reason.txt");
  g_autofree char *text = NULL;

  for (int i = 0; i < 2; i++) { /* the second of the same name must not overwrite the first */
    g_autofree char *claim = NULL;

    drop (f, "x.doc", i == 0 ? "first" : "second");
    scan (f, 1, NULL);
    g_assert_cmpuint (scan (f, 3, &claim), ==, 1);
    g_assert_true (sohoa_hot_folder_finish (f->folder, claim, SOHOA_HOT_REJECTED, "x.doc: not a picture", NULL));
  }
  g_assert_true (g_file_get_contents (reason, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "x.doc: not a picture\n");
  g_free (text);
  g_free (reason);
  reason = path_of (f, "rejected/x.doc");
  g_assert_true (g_file_get_contents (reason, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "first");
}

static void
test_traversal (Fixture *f, gconstpointer data)
{
  g_autoptr(GError) error = NULL;

  g_assert_false (sohoa_hot_folder_finish (f->folder, "../../etc/passwd", SOHOA_HOT_REMOVED, NULL, &error));
  g_assert_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT);
}

static void
test_no_folder (void)
{
  g_autoptr(GError) error = NULL;

  g_assert_null (sohoa_hot_folder_new ("/nonexistent/folder", 0, &error));
  g_assert_error (error, SOHOA_ERROR, SOHOA_ERROR_CONFIG);
}

#define ROW(name, test) g_test_add (name, Fixture, NULL, set_up, test, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ROW ("/hot-folder/stable-then-done", test_stable_then_done);
  ROW ("/hot-folder/slow-writer", test_slow_writer);
  ROW ("/hot-folder/zero-then-fill", test_zero_then_fill);
  ROW ("/hot-folder/never-taken", test_never_taken);
  ROW ("/hot-folder/open-writer", test_open_writer);
  ROW ("/hot-folder/recovery", test_recovery);
  ROW ("/hot-folder/rejected", test_rejected);
  ROW ("/hot-folder/traversal", test_traversal);
  g_test_add_func ("/hot-folder/no-folder", test_no_folder);
  return g_test_run ();
}
