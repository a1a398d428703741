#include "config.h"

#include "sohoa-worker-process.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-log.h"
#include "sohoa-protocol.h"
#include "sohoa-wire.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define SEND_TIMEOUT_MS (10 * 1000) /* a request is small; a worker that does not take it is gone */
#define EXEC_FAILED 127

struct _SohoaWorkerProcess {
  const SohoaWorkerKind *kind; /* (static) */
  pid_t       pid;
  int         socket;  /* (owned) our end */
  const char *sandbox; /* (static) */
};

/* What makes the loader run foreign code stays outside in any case. */
static gboolean
may_pass (const SohoaWorkerKind *kind, const char *name)
{
  return kind->passed_on != NULL ? g_strv_contains (kind->passed_on, name) : !g_str_has_prefix (name, "LD_");
}

static char **
make_environment (const SohoaWorkerKind *kind)
{
  g_auto(GStrv) ours = g_get_environ ();
  char **envp = g_new0 (char *, 1);

  for (guint i = 0; ours[i] != NULL; i++) {
    const char *equals = strchr (ours[i], '=');
    g_autofree char *name = equals != NULL ? g_strndup (ours[i], (gsize) (equals - ours[i])) : NULL;

    if (name != NULL && may_pass (kind, name))
      envp = g_environ_setenv (envp, name, equals + 1, TRUE);
  }
  for (guint i = 0; kind->fixed != NULL && kind->fixed[i] != NULL; i++) {
    g_auto(GStrv) pair = g_strsplit (kind->fixed[i], "=", 2);

    envp = g_environ_setenv (envp, pair[0], pair[1], TRUE);
  }
  return envp;
}

/* In the child between fork and exec: async-signal-safe calls only. */
G_NORETURN static void
become_worker (char *const *argv, char *const *envp, int socket, int null_fd, int stderr_fd, pid_t parent)
{
  sigset_t none;

  sigemptyset (&none);
  if (prctl (PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid () != parent || chdir ("/") < 0
      || sigprocmask (SIG_SETMASK, &none, NULL) < 0)
    _exit (EXEC_FAILED);
  (void) signal (SIGPIPE, SIG_DFL);
  /* All three lie above SOHOA_WORKER_FD (the caller saw to it), so nothing is overwritten. */
  if (dup2 (null_fd, 0) < 0 || dup2 (stderr_fd, 1) < 0 || dup2 (stderr_fd, 2) < 0
      || dup2 (socket, SOHOA_WORKER_FD) < 0)
    _exit (EXEC_FAILED);
  (void) syscall (SYS_close_range, SOHOA_WORKER_FD + 1, ~0U, 0);
  execve (argv[0], argv, envp);
  _exit (EXEC_FAILED);
}

/* A close-on-exec copy of @fd above the standard descriptors and SOHOA_WORKER_FD. */
static int
lifted (int fd)
{
  return fcntl (fd, F_DUPFD_CLOEXEC, SOHOA_WORKER_FD + 1);
}

/* One fork, asked of the starter thread. */
typedef struct {
  char *const *argv, *const *envp; /* (unowned) */
  int     socket, null_fd, stderr_fd; /* (unowned) the child's */
  pid_t   pid;                     /* result */
  int     code;                    /* errno when @pid < 0 */
  GMutex  lock;
  GCond   changed;
  gboolean done;
} StartOrder;

/* Every worker is forked here: it dies with its parent THREAD, and this one lives as long as the program. */
static gpointer
starter_main (gpointer data)
{
  GAsyncQueue *orders = data;

  for (;;) {
    StartOrder *order = g_async_queue_pop (orders);
    pid_t parent = getpid ();
    pid_t pid = fork ();

    if (pid == 0)
      become_worker (order->argv, order->envp, order->socket, order->null_fd, order->stderr_fd, parent);
    g_mutex_lock (&order->lock);
    order->pid = pid;
    order->code = errno;
    order->done = TRUE;
    g_cond_signal (&order->changed);
    g_mutex_unlock (&order->lock);
  }
  return NULL;
}

static void
run_order (StartOrder *order)
{
  static gsize once = 0;
  static GAsyncQueue *orders = NULL;

  if (g_once_init_enter (&once)) {
    orders = g_async_queue_new ();
    g_thread_unref (g_thread_new ("worker-starter", starter_main, orders));
    g_once_init_leave (&once, 1);
  }
  g_mutex_init (&order->lock);
  g_cond_init (&order->changed);
  g_async_queue_push (orders, order);
  g_mutex_lock (&order->lock);
  while (!order->done)
    g_cond_wait (&order->changed, &order->lock);
  g_mutex_unlock (&order->lock);
  g_cond_clear (&order->changed);
  g_mutex_clear (&order->lock);
}

static gboolean
start (SohoaWorkerProcess *self, const char *program, GError **error)
{
  g_auto(GStrv) envp = make_environment (self->kind);
  char *argv[] = { (char *) program, NULL };
  int pair[2] = { -1, -1 };
  SOHOA_AUTO_FD int theirs = -1;
  SOHOA_AUTO_FD int null_raw = open ("/dev/null", O_RDWR | O_CLOEXEC);
  SOHOA_AUTO_FD int null_fd = -1;
  SOHOA_AUTO_FD int stderr_fd = -1;
  StartOrder order = { .argv = argv, .envp = envp, .pid = -1 };

  if (!sohoa_wire_pair (pair, error))
    return FALSE;
  self->socket = pair[0];
  theirs = lifted (pair[1]);
  (void) close (pair[1]);
  null_fd = lifted (null_raw);
  /* Libraries write parts of what they parse to stderr: only a developer may see that. */
  stderr_fd = lifted (sohoa_log_has_topic (SOHOA_DEBUG_WORKER) ? STDERR_FILENO : null_raw);
  order.socket = theirs;
  order.null_fd = null_fd;
  order.stderr_fd = stderr_fd;
  order.code = errno;
  if (theirs >= 0 && null_fd >= 0 && stderr_fd >= 0)
    run_order (&order);
  self->pid = order.pid;
  if (self->pid < 0) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_UNAVAILABLE, "%s: cannot start: %s", self->kind->noun,
                 g_strerror (order.code));
    return FALSE;
  }
  return TRUE;
}

static gboolean
take_hello (SohoaWorkerProcess *self, int timeout_ms, GError **error)
{
  g_autofree char *name = NULL;
  g_autoptr(GVariant) args = NULL;
  g_autoptr(GError) local = NULL;
  const char *sandbox = "", *version = "";

  if (!sohoa_wire_receive (self->socket, &name, &args, NULL, NULL, timeout_ms, &local)) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_UNAVAILABLE,
                 "%s: did not start: %s: run `sohoa doctor`", self->kind->noun, local->message);
    return FALSE;
  }
  if (g_str_equal (name, SOHOA_ANSWER_ERROR)) {
    g_propagate_prefixed_error (error, sohoa_wire_error_from_args (args), "%s: ", self->kind->noun);
    return FALSE;
  }
  (void) g_variant_lookup (args, "sandbox", "&s", &sandbox);
  (void) g_variant_lookup (args, "version", "&s", &version);
  if (!g_str_equal (name, SOHOA_OP_HELLO) || g_strcmp0 (version, PACKAGE_VERSION) != 0) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_UNAVAILABLE,
                 "%s: is of another version than this program: install both from one build", self->kind->noun);
    return FALSE;
  }
  self->sandbox = g_intern_string (sandbox);
  sohoa_debug (SOHOA_DEBUG_WORKER, "%s %d is ready, sandbox %s", self->kind->noun, (int) self->pid, sandbox);
  return TRUE;
}

SohoaWorkerProcess *
sohoa_worker_process_new (const SohoaWorkerKind *kind, const char *program, int hello_timeout_ms, GError **error)
{
  g_autoptr(SohoaWorkerProcess) self = g_new0 (SohoaWorkerProcess, 1);

  self->kind = kind;
  self->pid = -1;
  self->socket = -1;
  if (!start (self, program, error) || !take_hello (self, hello_timeout_ms, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
sohoa_worker_process_free (SohoaWorkerProcess *self)
{
  if (self == NULL)
    return;
  sohoa_fd_clear (&self->socket);
  if (self->pid > 0) {
    (void) kill (self->pid, SIGKILL);
    while (waitpid (self->pid, NULL, 0) < 0 && errno == EINTR)
      continue;
  }
  g_free (self);
}

void
sohoa_worker_process_end (SohoaWorkerProcess *self, int grace_ms)
{
  SOHOA_AUTO_FD int watch = -1;
  struct pollfd p = { .events = POLLIN };

  if (self == NULL)
    return;
  sohoa_fd_clear (&self->socket);
  watch = (int) syscall (SYS_pidfd_open, self->pid, 0);
  p.fd = watch;
  if (watch >= 0)
    (void) poll (&p, 1, grace_ms); /* an interrupted wait only shortens the grace */
  sohoa_worker_process_free (self);
}

const char *
sohoa_worker_process_get_sandbox (SohoaWorkerProcess *self)
{
  return self->sandbox;
}

int
sohoa_worker_process_get_socket (SohoaWorkerProcess *self)
{
  return self->socket;
}

/* Until the answer begins, the deadline or the cancel. */
static SohoaWorkerOutcome
wait_answer (SohoaWorkerProcess *self, gint64 deadline_us, GCancellable *cancellable, GError **error)
{
  GPollFD cancel_poll = { .fd = -1 };
  gboolean has_cancel = cancellable != NULL && g_cancellable_make_pollfd (cancellable, &cancel_poll);
  SohoaWorkerOutcome outcome = SOHOA_WORKER_ANSWERED;

  for (;;) {
    struct pollfd p[2] = { { self->socket, POLLIN, 0 }, { cancel_poll.fd, POLLIN, 0 } };
    gint64 left_ms = MAX ((deadline_us - g_get_monotonic_time () + 999) / 1000, 0);
    int n = poll (p, has_cancel ? 2 : 1, (int) MIN (left_ms, G_MAXINT));

    if (n < 0 && errno == EINTR)
      continue;
    if (g_cancellable_set_error_if_cancelled (cancellable, error)) {
      outcome = SOHOA_WORKER_CANCELLED;
    } else if (n == 0) {
      g_set_error (error, self->kind->domain (), self->kind->late, "took too long and was stopped: %s",
                   self->kind->advice);
      outcome = SOHOA_WORKER_LATE;
    } else if (n < 0) {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "%s: cannot wait: %s",
                   self->kind->noun, g_strerror (errno));
      outcome = SOHOA_WORKER_LOST;
    }
    break;
  }
  if (has_cancel)
    g_cancellable_release_fd (cancellable);
  return outcome;
}

static SohoaWorkerOutcome
lost (const SohoaWorkerProcess *self, GError *cause, GError **error)
{
  g_autoptr(GError) owned = cause;

  g_set_error (error, self->kind->domain (), self->kind->died, "the %s broke down (%s): %s", self->kind->noun,
               owned->message, self->kind->advice);
  return SOHOA_WORKER_LOST;
}

SohoaWorkerOutcome
sohoa_worker_process_ask (SohoaWorkerProcess *self, const char *op, GVariant *args, const int *fds, guint n_fds,
                          int timeout_ms, GCancellable *cancellable, GVariant **reply_out, GError **error)
{
  gint64 deadline_us = g_get_monotonic_time () + (gint64) timeout_ms * 1000;
  g_autofree char *name = NULL;
  g_autoptr(GVariant) reply = NULL;
  g_autoptr(GError) local = NULL;
  SohoaWorkerOutcome outcome;
  int left_ms;

  if (!sohoa_wire_send (self->socket, op, args, fds, n_fds, SEND_TIMEOUT_MS, &local))
    return lost (self, g_steal_pointer (&local), error);
  outcome = wait_answer (self, deadline_us, cancellable, error);
  if (outcome != SOHOA_WORKER_ANSWERED)
    return outcome;
  left_ms = (int) CLAMP ((deadline_us - g_get_monotonic_time ()) / 1000, 1000, G_MAXINT);
  if (!sohoa_wire_receive (self->socket, &name, &reply, NULL, NULL, left_ms, &local))
    return lost (self, g_steal_pointer (&local), error);
  if (g_str_equal (name, SOHOA_ANSWER_OK)) {
    *reply_out = g_steal_pointer (&reply);
  } else if (g_str_equal (name, SOHOA_ANSWER_ERROR)) {
    g_propagate_error (error, sohoa_wire_error_from_args (reply));
  } else {
    return lost (self, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "unknown answer"), error);
  }
  return SOHOA_WORKER_ANSWERED;
}
