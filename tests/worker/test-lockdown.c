/* The lock against a worker gone bad (tests/worker/rogue-worker.c): every attempt gets nowhere. */
#include <gio/gio.h>
#include <glib/gstdio.h>

#include <string.h>
#include <sys/stat.h>

/* Every attempt that must have been made and must have failed. Written by hand from design.md 2, not
 * from the rogue's list: a forgotten attempt fails the test. */
static const char *const must_be_denied[] = {
  "open-passwd", "open-shadow", "open-proc-self-mem", "open-proc-parent", "list-root", "open-victim", "open-victim-write",
  "open-victim-truncate", "create", "create-in-fonts", "tmpfile", "openat2", "unlink", "rename", "link", "symlink",
  "mkdir", "mknod", "chmod", "chown", "truncate", "mount", "chroot", "socket-inet", "socket-inet6", "socket-unix",
  "socket-netlink", "socket-packet", "socketpair", "connect-inet", "connect-unix", "bind", "sendto", "io-uring",
  "kill-parent", "kill-all", "tgkill-parent", "ptrace-parent", "ptrace-me", "read-parent", "fork", "vfork", "clone",
  "unshare", "execve", "execveat", "raise-limits", "dump-core", "map-code", "make-code", "memory-bomb", "bpf", "setuid",
};

static GHashTable *results; /* (owned) attempt → "denied" | "DONE" */
static char       *folder;  /* (owned) */

static void
run_rogue (void)
{
  g_autofree char *program = g_build_filename (g_getenv ("SOHOA_TOP_BUILDDIR"), "tests/worker/rogue-worker", NULL);
  g_autofree char *victim = NULL;
  g_autofree char *out = NULL;
  g_auto(GStrv) lines = NULL;
  char *argv[] = { program, NULL, NULL };
  g_autoptr(GError) error = NULL;

  folder = g_dir_make_tmp ("sohoa-rogue-XXXXXX", &error);
  g_assert_no_error (error);
  victim = g_build_filename (folder, "victim", NULL);
  g_assert_true (g_file_set_contents (victim, "whole", -1, NULL));
  g_assert_cmpint (g_chmod (victim, 0600), ==, 0);
  argv[1] = folder;
  g_assert_true (g_spawn_sync (NULL, argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &out, NULL, NULL, &error));
  g_assert_no_error (error);
  results = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  lines = g_strsplit (out, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++) {
    g_auto(GStrv) words = g_strsplit (lines[i], " ", 2);

    if (g_strv_length (words) == 2)
      g_hash_table_insert (results, g_strdup (words[0]), g_strdup (words[1]));
  }
}

static void
test_denied (gconstpointer name)
{
#ifdef SOHOA_SANITIZED
  g_test_skip ("the relaxed policy of sanitizer builds is tested as a whole only");
  if (!g_hash_table_contains (results, name))
    return;
#else
  g_assert_cmpstr (g_hash_table_lookup (results, name), ==, "denied");
#endif
}

static void
test_sandbox (void)
{
#ifdef SOHOA_SANITIZED
  g_assert_true (g_hash_table_contains (results, "relaxed"));
#else
  if (!g_hash_table_contains (results, "strict"))
    g_test_skip ("this kernel has no Landlock");
  g_assert_true (g_hash_table_contains (results, "strict") || g_hash_table_contains (results, "seccomp"));
#endif
}

static void
test_allowed (void)
{
#ifdef SOHOA_SANITIZED
  g_test_skip ("a sanitized rogue does not outlive its own attempts");
  return;
#endif
  g_assert_cmpstr (g_hash_table_lookup (results, "allowed-read-fonts"), ==, "DONE");
  g_assert_cmpstr (g_hash_table_lookup (results, "allowed-memory"), ==, "DONE");
}

/* Not only what the rogue says: the folder is as it was. */
static void
test_untouched (void)
{
  g_autofree char *victim = g_build_filename (folder, "victim", NULL);
  g_autofree char *fresh = g_build_filename (folder, "fresh", NULL);
  g_autofree char *text = NULL;
  struct stat st;

  g_assert_true (g_file_get_contents (victim, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "whole");
  g_assert_cmpint (stat (victim, &st), ==, 0);
  g_assert_cmpint (st.st_mode & 0777, ==, 0600);
  g_assert_cmpint (lstat (fresh, &st), ==, -1);
  g_assert_cmpint (g_unlink (victim), ==, 0);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

int
main (int argc, char **argv)
{
  int rc;

  g_test_init (&argc, &argv, NULL);
  run_rogue ();
  g_test_add_func ("/lockdown/sandbox", test_sandbox);
  for (guint i = 0; i < G_N_ELEMENTS (must_be_denied); i++) {
    g_autofree char *path = g_strdup_printf ("/lockdown/denied/%s", must_be_denied[i]);

    g_test_add_data_func (path, must_be_denied[i], test_denied);
  }
  g_test_add_func ("/lockdown/allowed", test_allowed);
  g_test_add_func ("/lockdown/untouched", test_untouched);
  rc = g_test_run ();
  g_hash_table_unref (results);
  g_free (folder);
  return rc;
}
