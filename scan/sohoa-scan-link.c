#include "sohoa-scan-link.h"

#include "sohoa-scan-protocol.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-log.h"
#include "sohoa-protocol.h"
#include "sohoa-wire.h"
#include "sohoa-worker-process.h"

#include <errno.h>
#include <poll.h>

#define SEND_TIMEOUT_MS (5 * 1000)

/* SANE_CONFIG_DIR and SOHOA_SANE_BACKEND_DIR say which drivers there are (doc/scanning.md). */
static const char *const passed_on[] = { "SANE_CONFIG_DIR", "SOHOA_SANE_BACKEND_DIR", "SOHOA_DATA_DIR", "SOHOA_DEBUG",
                                         "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", NULL };
/* Drivers translate their option values: only the C locale gives names that can be compared. */
static const char *const fixed[] = { "LC_ALL=C.UTF-8", "TZ=UTC", "PATH=/usr/bin:/bin", "HOME=/nonexistent", NULL };

static const SohoaWorkerKind scan_worker = {
  .noun = "scan worker",
  .passed_on = passed_on,
  .domain = sohoa_scan_error_quark,
  .late = SOHOA_SCAN_ERROR_HANG,
  .died = SOHOA_SCAN_ERROR_WORKER_DIED,
  .advice = "switch the scanner off and on and try again",
};

struct _SohoaScanLink {
  SohoaWorkerKind     kind;    /* with an environment of its own */
  char              **fixed;   /* (owned) */
  char               *folder;  /* (owned) the only one it may write to; removed with it */
  SohoaWorkerProcess *process; /* (owned) */
  int      stop_fd;            /* (unowned) */
  int      drain_ms;
  gboolean told_stop;
  gboolean dead;
};

static char **
make_fixed (const char *folder)
{
  g_autoptr(GStrvBuilder) all = g_strv_builder_new ();
  g_autofree char *private_dir = g_strconcat (SOHOA_SCAN_PRIVATE_DIR "=", folder, NULL);
  g_autofree char *tmpdir = g_strconcat ("TMPDIR=", folder, NULL);

  g_strv_builder_addv (all, (const char **) fixed);
  g_strv_builder_add (all, private_dir);
  g_strv_builder_add (all, tmpdir);
  return g_strv_builder_end (all);
}

SohoaScanLink *
sohoa_scan_link_new (int stop_fd, guint call_limit_ms, GError **error)
{
  g_autofree char *program = sohoa_path_program ("scan", "sohoa-scan-worker");
  g_autoptr(SohoaScanLink) self = g_new0 (SohoaScanLink, 1);

  self->stop_fd = stop_fd;
  self->drain_ms = call_limit_ms > 0 ? MIN (SOHOA_SCAN_DRAIN_MS, 2 * (int) call_limit_ms) : SOHOA_SCAN_DRAIN_MS;
  self->folder = g_dir_make_tmp ("sohoa-scan-XXXXXX", error);
  if (self->folder == NULL)
    return NULL;
  self->fixed = make_fixed (self->folder);
  self->kind = scan_worker;
  self->kind.fixed = (const char *const *) self->fixed;
  self->process = sohoa_worker_process_new (&self->kind, program, SOHOA_SCAN_HELLO_TIMEOUT_MS, error);
  return self->process != NULL ? g_steal_pointer (&self) : NULL;
}

void
sohoa_scan_link_free (SohoaScanLink *self)
{
  if (self == NULL)
    return;
  sohoa_worker_process_free (self->process);
  if (self->folder != NULL)
    (void) sohoa_folder_remove (self->folder, NULL);
  g_free (self->folder);
  g_strfreev (self->fixed);
  g_free (self);
}

int
sohoa_scan_link_get_drain_ms (const SohoaScanLink *self)
{
  return self->drain_ms;
}

gboolean
sohoa_scan_link_is_alive (const SohoaScanLink *self)
{
  return self != NULL && !self->dead;
}

static gboolean
die (SohoaScanLink *self, int code, GError **error, const char *format, ...) G_GNUC_PRINTF (4, 5);

static gboolean
die (SohoaScanLink *self, int code, GError **error, const char *format, ...)
{
  va_list args;
  g_autofree char *what = NULL;

  va_start (args, format);
  what = g_strdup_vprintf (format, args);
  va_end (args);
  self->dead = TRUE;
  g_set_error (error, SOHOA_SCAN_ERROR, code, "%s: %s", what, scan_worker.advice);
  return FALSE;
}

/* Tells the worker to stop; from then on it has little time. */
static gboolean
tell_stop (SohoaScanLink *self, gint64 *deadline_us, GError **error)
{
  g_autoptr(GError) local = NULL;

  self->told_stop = TRUE;
  *deadline_us = MIN (*deadline_us, g_get_monotonic_time () + (gint64) self->drain_ms * 1000);
  if (!sohoa_wire_send (sohoa_worker_process_get_socket (self->process), SOHOA_SCAN_OP_STOP, NULL, NULL, 0, SEND_TIMEOUT_MS,
                        &local))
    return die (self, SOHOA_SCAN_ERROR_WORKER_DIED, error, "the scanner driver broke down");
  return TRUE;
}

/* Until the answer begins. */
static gboolean
wait_answer (SohoaScanLink *self, const char *op, gint64 deadline_us, GError **error)
{
  for (;;) {
    struct pollfd p[2] = { { sohoa_worker_process_get_socket (self->process), POLLIN, 0 }, { self->stop_fd, POLLIN, 0 } };
    gboolean watch_stop = self->stop_fd >= 0 && !self->told_stop;
    gint64 left_ms = MAX ((deadline_us - g_get_monotonic_time () + 999) / 1000, 0);
    int n = poll (p, watch_stop ? 2 : 1, (int) MIN (left_ms, G_MAXINT));

    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return die (self, SOHOA_SCAN_ERROR_WORKER_DIED, error, "the scan worker cannot be heard (%s)", g_strerror (errno));
    if (n == 0)
      return die (self, SOHOA_SCAN_ERROR_HANG, error, "the scanner driver does not answer (%s) and was ended", op);
    if (p[0].revents != 0)
      return TRUE;
    if (!tell_stop (self, &deadline_us, error))
      return FALSE;
  }
}

/* An "error" answer; one that says the driver is stuck ends the link too. */
static gboolean
take_error (SohoaScanLink *self, GVariant *reply, GError **error)
{
  GError *told = sohoa_wire_error_from_args (reply);

  if (g_error_matches (told, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_HANG))
    self->dead = TRUE;
  g_propagate_error (error, told);
  return FALSE;
}

gboolean
sohoa_scan_link_ask (SohoaScanLink *self, const char *op, GVariant *args, int fd, int timeout_ms, GVariant **reply_out,
                     GError **error)
{
  gint64 deadline_us = g_get_monotonic_time () + (gint64) timeout_ms * 1000;
  g_autofree char *name = NULL;
  g_autoptr(GVariant) owned = g_variant_ref_sink (args != NULL ? args : g_variant_new_array (G_VARIANT_TYPE ("{sv}"), NULL, 0));
  g_autoptr(GVariant) reply = NULL;
  g_autoptr(GError) local = NULL;

  if (reply_out != NULL)
    *reply_out = NULL;
  if (self->dead)
    return die (self, SOHOA_SCAN_ERROR_WORKER_DIED, error, "the scanner driver has ended");
  sohoa_debug (SOHOA_DEBUG_SCAN, "ask %s", op);
  if (!sohoa_wire_send (sohoa_worker_process_get_socket (self->process), op, owned, &fd, fd >= 0 ? 1 : 0, SEND_TIMEOUT_MS,
                        &local))
    return die (self, SOHOA_SCAN_ERROR_WORKER_DIED, error, "the scanner driver broke down (%s)", op);
  if (!wait_answer (self, op, deadline_us, error))
    return FALSE;
  if (!sohoa_wire_receive (sohoa_worker_process_get_socket (self->process), &name, &reply, NULL, NULL, SEND_TIMEOUT_MS, &local))
    return die (self, SOHOA_SCAN_ERROR_WORKER_DIED, error, "the scanner driver broke down (%s)", op);
  if (g_str_equal (name, SOHOA_ANSWER_ERROR))
    return take_error (self, reply, error);
  if (!g_str_equal (name, SOHOA_ANSWER_OK))
    return die (self, SOHOA_SCAN_ERROR_WORKER_DIED, error, "the scan worker speaks nonsense (%s)", op);
  if (reply_out != NULL)
    *reply_out = g_steal_pointer (&reply);
  return TRUE;
}
