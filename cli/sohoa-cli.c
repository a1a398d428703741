#define _GNU_SOURCE
#include "sohoa-cli.h"

#include "sohoa-file.h"
#include "sohoa-protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STDIN_BLOCK_BYTES (64 * 1024)

static char *bus_choice; /* (owned) (nullable) */

gboolean
sohoa_cli_parse (const char *name, const char *usage, const GOptionEntry *entries, int *argc, char ***argv,
                 GError **error)
{
  g_autoptr(GOptionContext) context = g_option_context_new (usage);
  g_autofree char *program = g_strconcat ("sohoa ", name, NULL);

  g_option_context_add_main_entries (context, entries, NULL);
  g_set_prgname (program);
  if (!g_option_context_parse (context, argc, argv, error)) {
    g_set_prgname ("sohoa");
    g_prefix_error (error, "%s: ", name);
    return FALSE;
  }
  g_set_prgname ("sohoa");
  /* "--" separates inputs that look like options */
  if (*argc > 1 && g_str_equal ((*argv)[1], "--")) {
    memmove (*argv + 1, *argv + 2, sizeof (char *) * (*argc - 1));
    (*argc)--;
  }
  return TRUE;
}

gboolean
sohoa_cli_usage_error (GError **error, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, text);
  return FALSE;
}

void
sohoa_cli_complain (const char *message)
{
  g_autofree char *line = g_utf8_make_valid (message, -1);

  for (char *p = line; *p != '\0'; p++)
    if ((guchar) *p < 0x20 || *p == 0x7f)
      *p = ' ';
  fprintf (stderr, "sohoa: %s\n", line);
}

static gboolean
is_json_file (const char *word)
{
  if (word == NULL || (word[0] == '-' && word[1] != '\0'))
    return FALSE;
  return g_str_has_suffix (word, ".json") || !g_file_test (word, G_FILE_TEST_IS_REGULAR);
}

char **
sohoa_cli_join_json (int argc, char **argv)
{
  g_autoptr(GPtrArray) out = g_ptr_array_new_with_free_func (g_free);

  for (int i = 0; i < argc; i++) {
    if (!g_str_equal (argv[i], "--json")) {
      g_ptr_array_add (out, g_strdup (argv[i]));
    } else if (i + 1 < argc && is_json_file (argv[i + 1])) {
      g_ptr_array_add (out, g_strconcat ("--json=", argv[++i], NULL));
    } else {
      g_ptr_array_add (out, g_strdup ("--json=-"));
    }
  }
  g_ptr_array_add (out, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&out), FALSE);
}

static int
read_stdin (GError **error)
{
  SOHOA_AUTO_FD int fd = sohoa_memfd_new ("stdin", error);
  g_autofree char *block = g_malloc (STDIN_BLOCK_BYTES);
  guint64 total = 0;

  while (fd >= 0) {
    gssize n = read (STDIN_FILENO, block, STDIN_BLOCK_BYTES);

    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0) {
      g_set_error (error, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_UNREADABLE, "-: cannot be read: %s",
                   g_strerror (errno));
      return -1;
    }
    if (n == 0)
      return sohoa_fd_steal (&fd);
    total += n;
    if (total > SOHOA_INPUT_MAX_BYTES) {
      g_set_error (error, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_TOO_LARGE,
                   "-: longer than 2 GiB: split the document");
      return -1;
    }
    if (!sohoa_fd_write_all (fd, block, n, error))
      return -1;
  }
  return -1;
}

int
sohoa_cli_open_input (const char *path, GError **error)
{
  SOHOA_AUTO_FD int fd = -1;
  struct stat st;

  if (g_str_equal (path, "-"))
    return read_stdin (error);
  /* O_NONBLOCK: a FIFO must not hang us before it is refused */
  fd = open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (fd < 0) {
    g_set_error (error, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_UNREADABLE, "%s: cannot be opened: %s", path,
                 g_strerror (errno));
    return -1;
  }
  if (fstat (fd, &st) < 0 || !S_ISREG (st.st_mode)) {
    g_set_error (error, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_NOT_A_FILE,
                 "%s: not a regular file: give an image, a TIFF or a PDF", path);
    return -1;
  }
  return sohoa_fd_steal (&fd);
}

gboolean
sohoa_cli_write_text (const char *path, const char *text, GError **error)
{
  if (!g_str_equal (path, "-"))
    return sohoa_file_write (path, text, strlen (text), 0644, error);
  return sohoa_fd_write_all (STDOUT_FILENO, text, strlen (text), error);
}

/* ---- signals ---- */

static void *
wait_for_signals (void *data)
{
  GCancellable *cancellable = data;
  sigset_t set;
  int number;

  sigemptyset (&set);
  sigaddset (&set, SIGINT);
  sigaddset (&set, SIGTERM);
  sigaddset (&set, SIGHUP);
  for (;;)
    if (sigwait (&set, &number) == 0)
      g_cancellable_cancel (cancellable);
  return NULL;
}

GCancellable *
sohoa_cli_cancellable (void)
{
  static GCancellable *cancellable;
  pthread_t thread;
  sigset_t set;

  if (cancellable != NULL)
    return cancellable;
  cancellable = g_cancellable_new ();
  sigemptyset (&set);
  sigaddset (&set, SIGINT);
  sigaddset (&set, SIGTERM);
  sigaddset (&set, SIGHUP);
  pthread_sigmask (SIG_BLOCK, &set, NULL);
  (void) signal (SIGPIPE, SIG_IGN);
  if (pthread_create (&thread, NULL, wait_for_signals, cancellable) == 0)
    pthread_detach (thread);
  return cancellable;
}

/* ---- the bus ---- */

void
sohoa_cli_choose_bus (const char *which)
{
  g_free (bus_choice);
  bus_choice = g_strdup (which);
}

static gboolean
daemon_is_there (GDBusConnection *bus)
{
  g_autoptr(GVariant) answer = g_dbus_connection_call_sync (
    bus, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "StartServiceByName",
    g_variant_new ("(su)", SOHOA_BUS_NAME, 0u), G_VARIANT_TYPE ("(u)"), G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);
  g_autoptr(GVariant) owned = NULL;
  gboolean there = FALSE;

  if (answer != NULL)
    return TRUE;
  owned = g_dbus_connection_call_sync (bus, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                       "org.freedesktop.DBus", "NameHasOwner", g_variant_new ("(s)", SOHOA_BUS_NAME),
                                       G_VARIANT_TYPE ("(b)"), G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);
  if (owned != NULL)
    g_variant_get (owned, "(b)", &there);
  return there;
}

GDBusConnection *
sohoa_cli_bus (GError **error)
{
  static const GBusType types[] = { G_BUS_TYPE_SYSTEM, G_BUS_TYPE_SESSION };
  static const char *const names[] = { "system", "session" };
  static GDBusConnection *bus;
  const char *wanted = bus_choice != NULL ? bus_choice : g_getenv ("SOHOA_BUS");

  for (guint i = 0; bus == NULL && i < G_N_ELEMENTS (types); i++) {
    g_autoptr(GDBusConnection) candidate = NULL;

    if (wanted != NULL && !g_str_equal (wanted, names[i]))
      continue;
    candidate = g_bus_get_sync (types[i], NULL, NULL);
    if (candidate != NULL && daemon_is_there (candidate))
      bus = g_steal_pointer (&candidate);
  }
  if (bus == NULL) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_UNAVAILABLE,
                 "sohoad: not running on the %s bus: start it, or choose with --session or --system",
                 wanted != NULL ? wanted : "system or session");
    return NULL;
  }
  g_dbus_connection_set_exit_on_close (bus, FALSE);
  return bus;
}

GVariant *
sohoa_cli_call (const char *interface, const char *method, GVariant *args, const char *reply_type,
                GUnixFDList *fds, GUnixFDList **fds_out, GError **error)
{
  GDBusConnection *bus = sohoa_cli_bus (error);
  GVariant *answer;

  if (bus == NULL) {
    g_variant_unref (g_variant_ref_sink (args));
    return NULL;
  }
  answer = g_dbus_connection_call_with_unix_fd_list_sync (
    bus, SOHOA_BUS_NAME, SOHOA_BUS_PATH, interface, method, args, G_VARIANT_TYPE (reply_type),
    G_DBUS_CALL_FLAGS_NONE, G_MAXINT, fds, fds_out, sohoa_cli_cancellable (), error);
  if (answer == NULL && error != NULL && *error != NULL)
    g_dbus_error_strip_remote_error (*error);
  return answer;
}

gboolean
sohoa_cli_get (const char *id, char **record_out, char **state_out, guint *revision_out, GVariant **info_out,
               GError **error)
{
  g_autoptr(GVariant) answer = NULL;
  g_autoptr(GVariant) info = NULL;
  const char *record, *state;
  guint revision;

  if (!sohoa_id_is_valid (id))
    return sohoa_cli_usage_error (error, "%s: not a document id: see sohoa list", id);
  answer = sohoa_cli_call (SOHOA_BUS_DOCUMENTS, "Get", g_variant_new ("(s)", id), "(ssua{sv})", NULL, NULL, error);
  if (answer == NULL)
    return FALSE;
  g_variant_get (answer, "(&s&su@a{sv})", &record, &state, &revision, &info);
  if (record_out != NULL)
    *record_out = g_strdup (record);
  if (state_out != NULL)
    *state_out = g_strdup (state);
  if (revision_out != NULL)
    *revision_out = revision;
  if (info_out != NULL)
    *info_out = g_steal_pointer (&info);
  return TRUE;
}

int
sohoa_cli_absent (int argc, char **argv, GError **error)
{
  (void) argc;
  sohoa_cli_usage_error (error, "%s: not part of this version: see sohoa --help", argv[0]);
  return SOHOA_EXIT_USAGE;
}
