/* Workers that misbehave, by the operation asked: each says hello properly first.
 * "die" exits · "die-once" exits when the file of fd 0 is empty, and writes to it first · "hang" never
 * answers · "garbage" writes noise · "huge" announces a frame past the limit · "half" stops in the
 * middle · "wrong" answers with an unknown name · "refuse" answers an error · "echo" answers ok ·
 * "threads" tells OMP_THREAD_LIMIT and how many descriptors and variables it has. */
#include "config.h"

#include "sohoa-errors.h"
#include "sohoa-protocol.h"
#include "sohoa-wire.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

static guint
count_fds (void)
{
  DIR *dir = opendir ("/proc/self/fd");
  guint n = 0;

  while (dir != NULL && readdir (dir) != NULL)
    n++;
  if (dir != NULL)
    closedir (dir);
  return n - 3; /* ".", ".." and the folder itself */
}

static GVariant *
about_me (void)
{
  GVariantDict d;
  guint n = 0;

  while (environ[n] != NULL)
    n++;
  g_variant_dict_init (&d, NULL);
  g_variant_dict_insert (&d, "omp", "s", g_getenv ("OMP_THREAD_LIMIT") != NULL ? g_getenv ("OMP_THREAD_LIMIT") : "");
  g_variant_dict_insert (&d, "secret", "b", g_getenv ("SOHOA_TEST_SECRET") != NULL);
  g_variant_dict_insert (&d, "fds", "u", count_fds ());
  g_variant_dict_insert (&d, "pid", "i", (gint32) getpid ());
  return g_variant_dict_end (&d);
}

static void
raw (const void *data, gsize n)
{
  if (write (SOHOA_WORKER_FD, data, n) < 0)
    _exit (5);
}

static void
serve (const char *op, int *fds, guint n_fds)
{
  g_autoptr(GError) error = NULL;
  gboolean sent = TRUE;

  if (g_str_equal (op, "die"))
    abort ();
  if (g_str_equal (op, "die-once") && n_fds == 1 && lseek (fds[0], 0, SEEK_END) == 0) {
    if (write (fds[0], "x", 1) != 1)
      _exit (6);
    _exit (7);
  }
  if (g_str_equal (op, "hang"))
    for (;;)
      pause ();
  if (g_str_equal (op, "garbage"))
    raw ("this is not a frame at all, is it?", 34);
  else if (g_str_equal (op, "huge"))
    raw ("SOH1\xff\xff\xff\x7f", 8);
  else if (g_str_equal (op, "half")) {
    raw ("SOH1\x40\0\0\0ab", 10);
    _exit (8);
  } else if (g_str_equal (op, "wrong"))
    sent = sohoa_wire_send (SOHOA_WORKER_FD, "maybe", NULL, NULL, 0, -1, NULL);
  else if (g_str_equal (op, "refuse")) {
    g_set_error (&error, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_ENCRYPTED, "needs a password");
    sent = sohoa_wire_send (SOHOA_WORKER_FD, SOHOA_ANSWER_ERROR, sohoa_wire_error_args (error), NULL, 0, -1, NULL);
  } else
    sent = sohoa_wire_send (SOHOA_WORKER_FD, SOHOA_ANSWER_OK, about_me (), NULL, 0, -1, NULL);
  if (!sent)
    _exit (9);
}

int
main (int argc, char **argv)
{
  GVariantDict hello;

  g_variant_dict_init (&hello, NULL);
  g_variant_dict_insert (&hello, "version", "s", strstr (argv[0], "old-worker") != NULL ? "0.0.0" : PACKAGE_VERSION);
  g_variant_dict_insert (&hello, "sandbox", "s", "relaxed");
  g_variant_dict_insert (&hello, "pid", "i", (gint32) getpid ());
  if (!sohoa_wire_send (SOHOA_WORKER_FD, SOHOA_OP_HELLO, g_variant_dict_end (&hello), NULL, 0, -1, NULL))
    return 1;
  for (;;) {
    g_autofree char *op = NULL;
    g_autoptr(GVariant) args = NULL;
    int fds[SOHOA_WIRE_MAX_FDS];
    guint n = 0;

    if (!sohoa_wire_receive (SOHOA_WORKER_FD, &op, &args, fds, &n, -1, NULL))
      return 0;
    serve (op, fds, n);
    for (guint i = 0; i < n; i++)
      (void) close (fds[i]);
  }
}
