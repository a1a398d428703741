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
  SohoaHotRules   rules;
  SohoaHotFolder *folder;
  gint64          now;
} Fixture;

static void
open_folder (Fixture *f)
{
  g_autoptr(GError) error = NULL;

  g_clear_pointer (&f->folder, sohoa_hot_folder_free);
  f->folder = sohoa_hot_folder_new (f->path, &f->rules, &error);
  g_assert_no_error (error);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr(GError) error = NULL;

  f->path = g_dir_make_tmp ("sohoa-hot-XXXXXX", &error);
  g_assert_no_error (error);
  f->now = 1000 * (gint64) SECOND;
  f->rules = (SohoaHotRules) { .stable_ms = 2000 };
  open_folder (f);
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
  g_autoptr(GPtrArray) claims = NULL;

  f->now += seconds * (gint64) SECOND;
  claims = sohoa_hot_folder_scan (f->folder, f->now, &error);
  g_assert_no_error (error);
  if (claim != NULL && claims->len > 0)
    *claim = g_strdup (((SohoaHotClaim *) g_ptr_array_index (claims, 0))->claim);
  return claims->len;
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
  open_folder (f);
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

/* The names of a claim's files in their order, a ticket after "|". g_free. */
static char *
names_of (const SohoaHotClaim *claim)
{
  GString *names = g_string_new (NULL);

  for (guint i = 0; i < claim->files->len; i++)
    g_string_append_printf (names, "%s%s", i > 0 ? " " : "", ((const SohoaHotFile *) g_ptr_array_index (claim->files, i))->name);
  if (claim->ticket != NULL)
    g_string_append_printf (names, "|%s", claim->ticket->name);
  return g_string_free (names, FALSE);
}

/* The only claim of a scan @seconds later, as names_of(); "" when there is none. g_free. */
static char *
scan_names (Fixture *f, int seconds, char **claim)
{
  g_autoptr(GPtrArray) claims = NULL;

  f->now += seconds * (gint64) SECOND;
  claims = sohoa_hot_folder_scan (f->folder, f->now, NULL);
  g_assert_nonnull (claims);
  g_assert_cmpuint (claims->len, <=, 1);
  if (claims->len == 0)
    return g_strdup ("");
  if (claim != NULL) {
    g_free (*claim);
    *claim = g_strdup (((SohoaHotClaim *) g_ptr_array_index (claims, 0))->claim);
  }
  return names_of (g_ptr_array_index (claims, 0));
}

#define ASSERT_SCAN(f, seconds, claim, expected)                                                                              \
  do {                                                                                                                        \
    g_autofree char *seen = scan_names (f, seconds, claim);                                                                   \
    g_assert_cmpstr (seen, ==, expected);                                                                                     \
  } while (0)

/* Pages of one scan come one by one, in any order, and are one document: not before the last, and none without another. */
static void
test_group (Fixture *f, gconstpointer data)
{
  g_autofree char *claim = NULL;

  f->rules.group = "_";
  f->rules.group_ms = 10000;
  open_folder (f);
  drop (f, "job_2.jpg", "\xFF\xD8\xFF two \xFF\xD9");
  drop (f, "job_10.jpg", "\xFF\xD8\xFF ten \xFF\xD9");
  ASSERT_SCAN (f, 1, NULL, "");
  g_test_expect_message ("sohoa", G_LOG_LEVEL_WARNING, "*has not come*");
  ASSERT_SCAN (f, 60, NULL, "");
  g_test_assert_expected_messages ();
  for (int i = 1; i <= 9; i++)
    if (i != 2) {
      g_autofree char *name = g_strdup_printf ("job_%d.JPG", i);

      drop (f, name, "\xFF\xD8\xFF page \xFF\xD9");
    }
  ASSERT_SCAN (f, 1, NULL, "");
  ASSERT_SCAN (f, 9, NULL, "");
  ASSERT_SCAN (f, 1, &claim, "job_1.JPG job_2.jpg job_3.JPG job_4.JPG job_5.JPG job_6.JPG job_7.JPG job_8.JPG job_9.JPG job_10.jpg");
  g_assert_false (is_there (f, "job_1.JPG"));
  open_folder (f); /* killed: the same group again, whole and in order */
  ASSERT_SCAN (f, 1, NULL, "job_1.JPG job_2.jpg job_3.JPG job_4.JPG job_5.JPG job_6.JPG job_7.JPG job_8.JPG job_9.JPG job_10.jpg");
  g_assert_true (sohoa_hot_folder_finish (f->folder, claim, SOHOA_HOT_DONE, NULL, NULL));
  g_assert_true (is_there (f, "done/job_1.JPG") && is_there (f, "done/job_10.jpg"));
  g_assert_true (sohoa_hot_folder_finish (f->folder, claim, SOHOA_HOT_DONE, NULL, NULL));
}

/* What was given back, whole or half, is taken as a whole again. */
static void
test_group_returned (Fixture *f, gconstpointer data)
{
  g_autofree char *claim = NULL;
  g_autofree char *part = NULL;
  g_autofree char *group = NULL;
  g_autofree char *half = NULL;

  f->rules.group = "-p";
  f->rules.group_ms = 1000;
  open_folder (f);
  drop (f, "a-p001.pdf", PDF);
  drop (f, "a-p002.pdf", PDF);
  drop (f, "20261123-104512.pdf", PDF); /* a time, no page */
  g_assert_cmpuint (scan (f, 1, NULL), ==, 0);
  g_assert_cmpuint (scan (f, 3, NULL), ==, 2);
  open_folder (f);
  g_assert_cmpuint (scan (f, 1, NULL), ==, 2);
  open_folder (f);
  {
    g_autoptr(GPtrArray) claims = sohoa_hot_folder_scan (f->folder, f->now, NULL);

    for (guint i = 0; i < claims->len; i++) {
      const SohoaHotClaim *one = g_ptr_array_index (claims, i);

      if (one->files->len == 2)
        claim = g_strdup (one->claim);
      else
        g_assert_true (sohoa_hot_folder_finish (f->folder, one->claim, SOHOA_HOT_REMOVED, NULL, NULL));
    }
  }
  g_assert_nonnull (claim);
  /* as if the power went while it was given back: one file is outside already */
  part = g_strdup_printf ("%s/.sohoa-claimed/%.*s.part", f->path, (int) (strlen (claim) - strlen (".group")), claim);
  group = g_strdup_printf ("%s/.sohoa-claimed/%s", f->path, claim);
  g_assert_cmpint (g_rename (group, part), ==, 0);
  half = g_build_filename (part, "a-p001.pdf", NULL);
  {
    g_autofree char *out = path_of (f, "a-p001.pdf");

    g_assert_cmpint (g_rename (half, out), ==, 0);
  }
  open_folder (f);
  ASSERT_SCAN (f, 1, NULL, "");
  ASSERT_SCAN (f, 3, &claim, "a-p001.pdf a-p002.pdf");
  g_assert_true (sohoa_hot_folder_finish (f->folder, claim, SOHOA_HOT_RETURNED, NULL, NULL));
  g_assert_true (is_there (f, "a-p001.pdf") && is_there (f, "a-p002.pdf"));
  ASSERT_SCAN (f, 1, NULL, "");
  ASSERT_SCAN (f, 3, &claim, "a-p001.pdf a-p002.pdf");
  g_assert_true (sohoa_hot_folder_finish (f->folder, claim, SOHOA_HOT_REJECTED, "one sentence", NULL));
  g_assert_true (is_there (f, "rejected/a-p001.pdf") && is_there (f, "rejected/a-p002.pdf")
                 && is_there (f, "rejected/a-p001.pdf.reason.txt"));
}

static void
test_tickets (Fixture *f, gconstpointer data)
{
  g_autofree char *claim = NULL;

  f->rules.tickets = SOHOA_HOT_TICKETS_REQUIRED;
  open_folder (f);
  drop (f, "a.pdf", PDF);
  drop (f, "lone.xml", "<ticket/>");
  ASSERT_SCAN (f, 1, NULL, "");
  ASSERT_SCAN (f, 3600, NULL, ""); /* neither a document without its ticket, nor a ticket without its document */
  drop (f, "a.json", "{}");
  ASSERT_SCAN (f, 1, NULL, "");
  ASSERT_SCAN (f, 2, &claim, "a.pdf|a.json");
  open_folder (f);
  ASSERT_SCAN (f, 1, NULL, "a.pdf|a.json");
  g_assert_true (sohoa_hot_folder_finish (f->folder, claim, SOHOA_HOT_DONE, NULL, NULL));
  g_assert_true (is_there (f, "done/a.pdf") && is_there (f, "done/a.json") && is_there (f, "lone.xml"));
  f->rules.tickets = SOHOA_HOT_TICKETS_OPTIONAL;
  open_folder (f);
  drop (f, "b.pdf", PDF);
  ASSERT_SCAN (f, 1, NULL, "");
  drop (f, "b.pdf.json", "{"); /* while its ticket is being written it waits */
  ASSERT_SCAN (f, 2, NULL, "");
  ASSERT_SCAN (f, 2, &claim, "b.pdf|b.pdf.json");
  g_assert_true (sohoa_hot_folder_finish (f->folder, claim, SOHOA_HOT_REMOVED, NULL, NULL));
  g_assert_false (is_there (f, "b.pdf.json"));
  drop (f, "c.pdf", PDF);
  ASSERT_SCAN (f, 1, NULL, "");
  ASSERT_SCAN (f, 2, NULL, "c.pdf");
}

/* A burst is given in bites; every file once. */
static void
test_burst (Fixture *f, gconstpointer data)
{
  guint n = 0, taken;

  for (int i = 0; i < 500; i++) {
    g_autofree char *name = g_strdup_printf ("burst%d.pdf", i);

    drop (f, name, PDF);
  }
  g_assert_cmpuint (scan (f, 1, NULL), ==, 0);
  f->now += 2 * SECOND;
  while ((taken = scan (f, 0, NULL)) > 0) {
    g_assert_cmpuint (taken, <=, SOHOA_HOT_FOLDER_MAX_CLAIMS);
    n += taken;
  }
  g_assert_cmpuint (n, ==, 500);
  open_folder (f); /* and after a restart each once again */
  for (n = 0; (taken = scan (f, 0, NULL)) > 0;)
    n += taken;
  g_assert_cmpuint (n, ==, 500);
}

static void
test_subfolders (Fixture *f, gconstpointer data)
{
  static const char *const folders[] = { "VN-ND30-2020", ".hidden" };
  g_autofree char *link = path_of (f, "elsewhere");
  g_autofree char *sub = path_of (f, "VN-ND30-2020");
  g_auto(GStrv) names = NULL;
  g_autoptr(SohoaHotFolder) below = NULL;
  g_autoptr(GPtrArray) claims = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (folders); i++) {
    g_autofree char *path = path_of (f, folders[i]);

    g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
  }
  g_assert_cmpint (symlink ("/tmp", link), ==, 0);
  names = sohoa_hot_folder_list_subfolders (f->folder);
  g_assert_cmpstr (names[0], ==, "VN-ND30-2020");
  g_assert_null (names[1]);
  g_assert_null (sohoa_hot_folder_new_below (f->folder, "elsewhere", &f->rules, NULL));
  f->rules.stable_ms = 0;
  below = sohoa_hot_folder_new_below (f->folder, "VN-ND30-2020", &f->rules, NULL);
  g_assert_nonnull (below);
  drop (f, "VN-ND30-2020/x.pdf", PDF);
  claims = sohoa_hot_folder_scan (below, f->now, NULL);
  g_assert_cmpuint (claims->len, ==, 1);
  g_assert_true (sohoa_hot_folder_is_there (below));
  g_assert_true (sohoa_folder_remove (sub, NULL));
  g_assert_false (sohoa_hot_folder_is_there (below));
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
  const SohoaHotRules rules = { 0 };
  g_autoptr(GError) error = NULL;

  g_assert_null (sohoa_hot_folder_new ("/nonexistent/folder", &rules, &error));
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
  ROW ("/hot-folder/group", test_group);
  ROW ("/hot-folder/group-returned", test_group_returned);
  ROW ("/hot-folder/tickets", test_tickets);
  ROW ("/hot-folder/burst", test_burst);
  ROW ("/hot-folder/subfolders", test_subfolders);
  ROW ("/hot-folder/traversal", test_traversal);
  g_test_add_func ("/hot-folder/no-folder", test_no_folder);
  return g_test_run ();
}
