/* sohoa-scan-worker: the only program that loads scanner drivers. Two threads: the device thread makes the driver
 * calls one after another; the main thread listens to the supervisor, watches the deadline of the running call and
 * passes a stop on. When the supervisor goes, the device is let go and the worker ends. */
#include "config.h"

#include "sohoa-scan-driver.h"
#include "sohoa-scan-lockdown.h"
#include "sohoa-scan-protocol.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-log.h"
#include "sohoa-protocol.h"
#include "sohoa-transport.h"
#include "sohoa-wire.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#define SEND_TIMEOUT_MS (30 * 1000)
#define LEAVE_TIMEOUT_MS (3 * 1000) /* to let the device go when the supervisor is gone */

typedef struct {
  char     *op;       /* (owned) */
  GVariant *args;     /* (owned) */
  int       fd;       /* (owned) -1 = none */
} Question;

typedef struct {
  SohoaScanWatch  watch;
  GAsyncQueue    *questions; /* (owned) (element-type Question) */
  GMutex          lock;      /* all below */
  const SohoaScanDriver *driver; /* (unowned) (nullable) NULL = no device is open */
  gpointer        handle;    /* (owned) */
  gboolean        interrupted;
  /* device thread only */
  int             page_fd;   /* (owned) of the page under way */
} Worker;

static const SohoaScanDriver *
find_driver (const char *device)
{
  return g_str_has_prefix (device, "escl:http") ? &sohoa_escl_driver : &sohoa_sane_driver;
}

static void
question_free (Question *question)
{
  g_free (question->op);
  g_variant_unref (question->args);
  sohoa_fd_clear (&question->fd);
  g_free (question);
}

static GVariant *
empty_reply (void)
{
  return g_variant_new_array (G_VARIANT_TYPE ("{sv}"), NULL, 0);
}

static GVariant *
reply_with (const char *key, GVariant *value)
{
  GVariantDict dict;

  if (value == NULL)
    return NULL;
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert_value (&dict, key, value);
  return g_variant_dict_end (&dict);
}

/* ---- operations, in the device thread ---- */

static GVariant *
op_devices (Worker *self, const Question *question, GError **error)
{
  const char *backend = "";

  (void) g_variant_lookup (question->args, "backend", "&s", &backend);
  return reply_with ("devices", sohoa_sane_list_devices (&self->watch, backend, error));
}

static GVariant *
op_open (Worker *self, const Question *question, GError **error)
{
  const char *device = "";
  const SohoaScanDriver *driver;
  gpointer handle;

  if (self->driver != NULL || !g_variant_lookup (question->args, "device", "&s", &device)) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "a device is open, or none is named");
    return NULL;
  }
  (void) g_variant_lookup (question->args, "limit", "u", &self->watch.cap_ms);
  driver = find_driver (device);
  handle = driver->open (&self->watch, device, error);
  if (handle == NULL)
    return NULL;
  g_mutex_lock (&self->lock);
  self->driver = driver;
  self->handle = handle;
  g_mutex_unlock (&self->lock);
  return reply_with ("driver", g_variant_new_string (driver->name));
}

static GVariant *
op_options (Worker *self, const Question *question, GError **error)
{
  return reply_with ("options", self->driver->options (self->handle, error));
}

static GVariant *
op_caps (Worker *self, const Question *question, GError **error)
{
  return reply_with ("caps", self->driver->caps (self->handle, error));
}

static GVariant *
op_apply (Worker *self, const Question *question, GError **error)
{
  g_autoptr(GVariant) settings = g_variant_lookup_value (question->args, "settings", G_VARIANT_TYPE_VARDICT);
  g_auto(GStrv) raw = NULL;

  if (settings == NULL)
    settings = g_variant_ref_sink (empty_reply ());
  if (!g_variant_lookup (question->args, "raw", "^as", &raw))
    raw = g_new0 (char *, 1);
  return self->driver->apply (self->handle, settings, (const char *const *) raw, error);
}

static GVariant *
op_page (Worker *self, const Question *question, GError **error)
{
  guint64 expected = 0;

  if (question->fd < 0) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "no memory file");
    return NULL;
  }
  sohoa_fd_clear (&self->page_fd);
  self->page_fd = sohoa_fd_steal (&((Question *) question)->fd);
  if (!self->driver->start (self->handle, self->page_fd, &expected, error))
    return NULL;
  return reply_with ("bytes", g_variant_new_uint64 (expected));
}

static GVariant *
op_read (Worker *self, const Question *question, GError **error)
{
  SohoaScanSlice slice = { 0 };
  GVariantDict dict;

  if (self->page_fd < 0) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "no page is under way");
    return NULL;
  }
  if (!self->driver->read (self->handle, &slice, error)) {
    sohoa_fd_clear (&self->page_fd);
    return NULL;
  }
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "bytes", "t", slice.bytes);
  g_variant_dict_insert (&dict, "done", "b", slice.page != NULL);
  if (slice.page != NULL) {
    g_variant_dict_insert_value (&dict, "page", sohoa_scan_page_to_variant (slice.page));
    sohoa_scan_page_free (slice.page);
    sohoa_fd_clear (&self->page_fd); /* nothing writes to it any more: the supervisor seals it */
  }
  return g_variant_dict_end (&dict);
}

static GVariant *
op_sensors (Worker *self, const Question *question, GError **error)
{
  g_auto(GStrv) pressed = self->driver->sensors (self->handle, error);

  return pressed != NULL ? reply_with ("pressed", g_variant_new_strv ((const char *const *) pressed, -1)) : NULL;
}

static GVariant *
op_finish (Worker *self, const Question *question, GError **error)
{
  sohoa_fd_clear (&self->page_fd);
  self->driver->finish (self->handle);
  return empty_reply ();
}

static void
let_go (Worker *self)
{
  const SohoaScanDriver *driver = self->driver;
  gpointer handle = self->handle;

  if (driver == NULL)
    return;
  driver->finish (handle);
  g_mutex_lock (&self->lock); /* nothing is interrupted from here on */
  self->driver = NULL;
  self->handle = NULL;
  g_mutex_unlock (&self->lock);
  driver->close (handle);
}

static GVariant *
op_close (Worker *self, const Question *question, GError **error)
{
  sohoa_fd_clear (&self->page_fd);
  let_go (self);
  return empty_reply ();
}

static const struct {
  const char *name;
  GVariant *(*run) (Worker *self, const Question *question, GError **error);
  gboolean    needs_device;
} operations[] = {
  { SOHOA_SCAN_OP_DEVICES, op_devices, FALSE }, { SOHOA_SCAN_OP_OPEN, op_open, FALSE },
  { SOHOA_SCAN_OP_OPTIONS, op_options, TRUE },  { SOHOA_SCAN_OP_CAPS, op_caps, TRUE },
  { SOHOA_SCAN_OP_APPLY, op_apply, TRUE },      { SOHOA_SCAN_OP_PAGE, op_page, TRUE },
  { SOHOA_SCAN_OP_READ, op_read, TRUE },        { SOHOA_SCAN_OP_SENSORS, op_sensors, TRUE },
  { SOHOA_SCAN_OP_FINISH, op_finish, TRUE },    { SOHOA_SCAN_OP_CLOSE, op_close, FALSE },
};

static GVariant *
run (Worker *self, const Question *question, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (operations); i++) {
    if (!g_str_equal (operations[i].name, question->op))
      continue;
    if (operations[i].needs_device && self->driver == NULL)
      break;
    return operations[i].run (self, question, error);
  }
  g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "%s: unknown, or no device is open", question->op);
  return NULL;
}

static gboolean
answer (GVariant *reply, GError *problem)
{
  g_autoptr(GError) owned = problem;
  g_autoptr(GError) local = NULL;
  gboolean sent = sohoa_wire_send (SOHOA_WORKER_FD, owned == NULL ? SOHOA_ANSWER_OK : SOHOA_ANSWER_ERROR,
                                   owned == NULL ? reply : sohoa_wire_error_args (owned), NULL, 0, SEND_TIMEOUT_MS, &local);

  if (!sent)
    g_warning ("%s", local->message);
  return sent;
}

static gpointer
device_main (gpointer data)
{
  Worker *self = data;

  for (;;) {
    Question *question = g_async_queue_pop (self->questions);
    GError *problem = NULL;
    GVariant *reply = run (self, question, &problem);

    sohoa_debug (SOHOA_DEBUG_SCAN, "%s: %s", question->op, problem != NULL ? problem->message : "ok");
    question_free (question);
    if (!answer (reply, problem))
      _exit (EXIT_FAILURE);
  }
  return NULL;
}

/* ---- main thread ---- */

/* A driver that hangs cannot be helped from inside: say which call it was, and end. */
G_NORETURN static void
report_late (const char *call)
{
  (void) answer (NULL, g_error_new (SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_HANG,
                                    "%s: the scanner driver did not come back: switch the scanner off and on and try again", call));
  _exit (EXIT_FAILURE);
}

/* The supervisor is gone: the device thread has a moment to let the device go. */
G_NORETURN static void
leave (Worker *self)
{
  Question *question = g_new0 (Question, 1);

  question->op = g_strdup (SOHOA_SCAN_OP_CLOSE);
  question->args = g_variant_ref_sink (empty_reply ());
  question->fd = -1;
  sohoa_scan_watch_stop (&self->watch);
  g_async_queue_push (self->questions, question); /* its answer cannot be sent: that ends the program */
  g_usleep (LEAVE_TIMEOUT_MS * 1000);
  _exit (EXIT_FAILURE);
}

static void
interrupt_when_due (Worker *self)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (self->watch.stop_us == 0 || self->interrupted || self->driver == NULL
      || g_get_monotonic_time () - self->watch.stop_us < SOHOA_SCAN_STOP_GRACE_MS * 1000)
    return;
  self->interrupted = TRUE;
  self->driver->interrupt (self->handle);
}

static void
take_question (Worker *self)
{
  Question *question = g_new0 (Question, 1);
  int fds[SOHOA_WIRE_MAX_FDS];
  guint n_fds = 0;

  question->fd = -1;
  if (!sohoa_wire_receive (SOHOA_WORKER_FD, &question->op, &question->args, fds, &n_fds, SEND_TIMEOUT_MS, NULL))
    leave (self);
  for (guint i = 0; i < n_fds; i++) {
    if (i == 0)
      question->fd = fds[i];
    else
      (void) close (fds[i]);
  }
  if (g_str_equal (question->op, SOHOA_SCAN_OP_STOP)) {
    sohoa_scan_watch_stop (&self->watch);
    question_free (question);
    return;
  }
  g_async_queue_push (self->questions, question);
}

static void
serve (Worker *self)
{
  for (;;) {
    struct pollfd p = { SOHOA_WORKER_FD, POLLIN, 0 };
    int left_ms;
    const char *late = sohoa_scan_watch_find_late (&self->watch, &left_ms);
    int n;

    if (late != NULL)
      report_late (late);
    /* Calls come and go without a word to this thread: it looks ten times a second. */
    n = poll (&p, 1, left_ms < 0 ? 100 : MIN (left_ms, 100));
    if (n < 0 && errno != EINTR)
      leave (self);
    if (n > 0)
      take_question (self);
    interrupt_when_due (self);
  }
}

static gboolean
say_hello (const char *sandbox)
{
  GVariantDict hello;

  g_variant_dict_init (&hello, NULL);
  g_variant_dict_insert (&hello, "version", "s", PACKAGE_VERSION);
  g_variant_dict_insert (&hello, "sandbox", "s", sandbox);
  g_variant_dict_insert (&hello, "pid", "i", (gint32) getpid ());
  return sohoa_wire_send (SOHOA_WORKER_FD, SOHOA_OP_HELLO, g_variant_dict_end (&hello), NULL, 0, SEND_TIMEOUT_MS, NULL);
}

int
main (int argc, char **argv)
{
  Worker self = { .page_fd = -1 };
  GError *error = NULL;
  const char *sandbox;

  (void) signal (SIGPIPE, SIG_IGN);
  sohoa_transport_init ();
  sohoa_log_init ("sohoa-scan-worker", FALSE);
  sandbox = sohoa_scan_lockdown (&error);
  if (sandbox == NULL) {
    (void) answer (NULL, error);
    return EXIT_FAILURE;
  }
  sohoa_scan_watch_init (&self.watch);
  g_mutex_init (&self.lock);
  self.questions = g_async_queue_new ();
  g_thread_unref (g_thread_new ("device", device_main, &self));
  if (!say_hello (sandbox))
    return EXIT_FAILURE;
  serve (&self);
  return EXIT_SUCCESS;
}
