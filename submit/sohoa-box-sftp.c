/* A folder behind SFTP, by the system's own `sftp` (OpenSSH): its key handling and its known hosts are the agency's.
 * Each step is one batch; what the program says is read, never shown whole. The signed file goes in through a
 * descriptor, so no path of ours is ever part of a command. */
#include "sohoa-box.h"

#include "sohoa-file.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define SFTP_PROGRAM "sftp"
#define STATUS_NOT_CONNECTED 255
#define OUTPUT_MAX_BYTES (64u * 1024)
#define FILE_FD 3 /* of the child: content to put, or room to get */

typedef struct {
  int      status;  /* exit status; -1 = killed at the deadline */
  char    *said;    /* (owned) standard error and output, capped */
} Outcome;

static void
outcome_clear (Outcome *self)
{
  g_clear_pointer (&self->said, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Outcome, outcome_clear)

/* sftp://user@host:port/folder, checked by sohoa-target.c. */
static char **
make_argv (SohoaConnector *self, char **folder_out)
{
  g_autoptr(GUri) uri = g_uri_parse (self->target->url, G_URI_FLAGS_NONE, NULL);
  g_autoptr(GStrvBuilder) b = g_strv_builder_new ();
  g_autofree char *port = g_strdup_printf ("%d", g_uri_get_port (uri) > 0 ? g_uri_get_port (uri) : 22);
  g_autofree char *wait = g_strdup_printf ("-oConnectTimeout=%u", MAX (self->target->timeout_ms / 1000, 1));

  g_strv_builder_add_many (b, SFTP_PROGRAM, "-b", "-", "-oBatchMode=yes", "-oStrictHostKeyChecking=yes",
                           "-oServerAliveInterval=10", "-oServerAliveCountMax=3", wait, "-P", port, NULL);
  if (self->target->client_key_file != NULL) {
    g_autofree char *key = g_strconcat ("-oIdentityFile=", self->target->client_key_file, NULL);

    g_strv_builder_add_many (b, key, "-oIdentitiesOnly=yes", NULL);
  }
  if (self->target->known_hosts_file != NULL) {
    g_autofree char *hosts = g_strconcat ("-oUserKnownHostsFile=", self->target->known_hosts_file, NULL);

    g_strv_builder_add (b, hosts);
  }
  if (g_uri_get_user (uri) != NULL) {
    g_autofree char *user = g_strconcat ("-oUser=", g_uri_get_user (uri), NULL);

    g_strv_builder_add (b, user);
  }
  g_strv_builder_add_many (b, "--", g_uri_get_host (uri), NULL);
  *folder_out = g_strdup (g_uri_get_path (uri));
  return g_strv_builder_end (b);
}

static gboolean
on_deadline (gpointer data)
{
  g_subprocess_force_exit (data);
  return G_SOURCE_REMOVE;
}

typedef struct {
  GMainLoop   *loop;   /* (unowned) */
  GSubprocess *process; /* (unowned) */
  GBytes      *said;   /* (owned) */
} Run;

static void
on_communicated (GObject *source, GAsyncResult *result, gpointer data)
{
  Run *run = data;

  (void) g_subprocess_communicate_finish (G_SUBPROCESS (source), result, &run->said, NULL, NULL);
  g_main_loop_quit (run->loop);
}

/* Runs @commands ("cd FOLDER" stands before them); @file_fd: -1 or what the child has as FILE_FD. */
static gboolean
run_batch (SohoaConnector *self, const char *commands, int file_fd, GCancellable *cancellable, Outcome *outcome, GError **error)
{
  g_autofree char *folder = NULL;
  g_auto(GStrv) argv = make_argv (self, &folder);
  g_autofree char *batch = g_strdup_printf ("cd \"%s\"\n%s", folder, commands);
  g_autoptr(GBytes) input = g_bytes_new (batch, strlen (batch));
  g_autoptr(GSubprocessLauncher) launcher
    = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE);
  g_autoptr(GMainContext) context = g_main_context_new ();
  g_autoptr(GMainLoop) loop = g_main_loop_new (context, FALSE);
  g_autoptr(GSource) deadline = g_timeout_source_new (self->target->timeout_ms);
  g_autoptr(GSubprocess) process = NULL;
  Run run = { .loop = loop };

  g_subprocess_launcher_setenv (launcher, "LC_ALL", "C", TRUE);
  if (file_fd >= 0)
    g_subprocess_launcher_take_fd (launcher, fcntl (file_fd, F_DUPFD_CLOEXEC, 10), FILE_FD);
  g_main_context_push_thread_default (context);
  process = g_subprocess_launcher_spawnv (launcher, (const char *const *) argv, error);
  if (process != NULL) {
    g_source_set_callback (deadline, on_deadline, process, NULL);
    g_source_attach (deadline, context);
    g_subprocess_communicate_async (process, input, cancellable, on_communicated, &run);
    g_main_loop_run (loop);
    g_source_destroy (deadline);
    g_subprocess_force_exit (process);
    (void) g_subprocess_wait (process, NULL, NULL);
    outcome->status = g_subprocess_get_if_exited (process) ? g_subprocess_get_exit_status (process) : -1;
    outcome->said = run.said != NULL
                      ? g_strndup (g_bytes_get_data (run.said, NULL), MIN (g_bytes_get_size (run.said), OUTPUT_MAX_BYTES))
                      : g_strdup ("");
    g_clear_pointer (&run.said, g_bytes_unref);
  }
  g_main_context_pop_thread_default (context);
  if (process == NULL)
    g_prefix_error (error, "%s: ", self->target->name);
  return process != NULL;
}

static gboolean
says (const Outcome *outcome, const char *text)
{
  g_autofree char *lower = g_ascii_strdown (outcome->said, -1);

  return strstr (lower, text) != NULL;
}

static gboolean
fail (SohoaConnector *self, const Outcome *outcome, GError **error)
{
  const char *name = self->target->name;

  if (says (outcome, "host key verification failed") || says (outcome, "permission denied (publickey"))
    g_set_error (error, SOHOA_SUBMIT_ERROR, SOHOA_SUBMIT_ERROR_AUTH,
                 "%s: the server refused us or is not known: check client-key-file and known-hosts-file", name);
  else if (says (outcome, "permission denied"))
    g_set_error (error, SOHOA_SUBMIT_ERROR, SOHOA_SUBMIT_ERROR_AUTH, "%s: may not write there: check the folder's rights", name);
  else if (says (outcome, "no space") || says (outcome, "quota"))
    g_set_error (error, SOHOA_STORE_ERROR, SOHOA_STORE_ERROR_NO_SPACE, "%s: the server is full: make room", name);
  else if (outcome->status == -1 || outcome->status == STATUS_NOT_CONNECTED)
    g_set_error (error, SOHOA_SUBMIT_ERROR, SOHOA_SUBMIT_ERROR_UNREACHABLE,
                 "%s: not reachable, or too slow: check address and network", name);
  else
    g_set_error (error, SOHOA_SUBMIT_ERROR, SOHOA_SUBMIT_ERROR_SERVER_BUSY, "%s: a step failed (status %d): check the folder",
                 name, outcome->status);
  return FALSE;
}

static gboolean
sftp_prepare (SohoaConnector *self, GCancellable *cancellable, GError **error)
{
  g_auto(Outcome) outcome = { 0 };

  /* "-": goes on when it is there already */
  if (!run_batch (self, "-mkdir " SOHOA_BOX_CONTROL "\ncd " SOHOA_BOX_CONTROL "\n", -1, cancellable, &outcome, error))
    return FALSE;
  return outcome.status == 0 || fail (self, &outcome, error);
}

static gboolean
copy_to_memory (SohoaSegmentStream *content, int fd, GCancellable *cancellable, GError **error)
{
  char block[16 * 1024];
  gssize n;

  while ((n = g_input_stream_read (G_INPUT_STREAM (content), block, sizeof block, cancellable, error)) > 0)
    if (!sohoa_fd_write_all (fd, block, (gsize) n, error))
      return FALSE;
  return n == 0;
}

static gboolean
sftp_put (SohoaConnector *self, const char *name, SohoaSegmentStream *content, GCancellable *cancellable, GError **error)
{
  SOHOA_AUTO_FD int fd = sohoa_memfd_new ("sftp", error);
  g_autofree char *commands = g_strdup_printf ("put -f /proc/self/fd/%d %s\n", FILE_FD, name);
  g_auto(Outcome) outcome = { 0 };

  if (fd < 0 || !copy_to_memory (content, fd, cancellable, error) || lseek (fd, 0, SEEK_SET) < 0
      || !run_batch (self, commands, fd, cancellable, &outcome, error))
    return FALSE;
  return outcome.status == 0 || fail (self, &outcome, error);
}

static gboolean
sftp_exists (SohoaConnector *self, const char *name, gboolean *there, GCancellable *cancellable, GError **error)
{
  g_autofree char *commands = g_strdup_printf ("ls -1 %s\n", name);
  g_auto(Outcome) outcome = { 0 };

  if (!run_batch (self, commands, -1, cancellable, &outcome, error))
    return FALSE;
  *there = outcome.status == 0;
  /* the folder itself must be there: `cd` would fail with another text */
  if (*there || (outcome.status == 1 && says (&outcome, "can't ls:") && says (&outcome, "not found")))
    return TRUE;
  return fail (self, &outcome, error);
}

static gboolean
sftp_move (SohoaConnector *self, const char *from, const char *to, gboolean *maybe_out, GCancellable *cancellable,
           GError **error)
{
  /* -l: the protocol's own rename, which never replaces */
  g_autofree char *commands = g_strdup_printf ("rename -l %s %s\n", from, to);
  g_auto(Outcome) outcome = { 0 };
  gboolean there = FALSE;

  *maybe_out = FALSE;
  if (!run_batch (self, commands, -1, cancellable, &outcome, error))
    return FALSE;
  if (outcome.status == 0)
    return TRUE;
  *maybe_out = outcome.status != 1; /* 1: the server answered that it did not */
  if (outcome.status == 1 && sftp_exists (self, to, &there, cancellable, NULL) && there) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS, "%s: a file of this name is there", self->target->name);
    return FALSE;
  }
  return fail (self, &outcome, error);
}

static GBytes *
sftp_get (SohoaConnector *self, const char *name, GCancellable *cancellable, GError **error)
{
  SOHOA_AUTO_FD int fd = -1;
  g_autofree char *commands = g_strdup_printf ("get %s /proc/self/fd/%d\n", name, FILE_FD);
  g_auto(Outcome) outcome = { 0 };
  gboolean there = FALSE;

  if (!sftp_exists (self, name, &there, cancellable, error) || !there)
    return NULL;
  fd = sohoa_memfd_new ("sftp", error);
  if (fd < 0 || !run_batch (self, commands, fd, cancellable, &outcome, error))
    return NULL;
  if (outcome.status != 0) {
    fail (self, &outcome, error);
    return NULL;
  }
  return sohoa_fd_read_bytes (fd, SOHOA_BOX_ANSWER_MAX_BYTES, error);
}

const SohoaBox sohoa_box_sftp = {
  .name = "sftp",
  .prepare = sftp_prepare,
  .put = sftp_put,
  .exists = sftp_exists,
  .move = sftp_move,
  .get = sftp_get,
};
