/* sohoa-page-worker: the only program that parses foreign bytes. Reads what it needs, locks itself down,
 * says hello, then answers one request after another on SOHOA_WORKER_FD until its end. */
#include "config.h"

#include "sohoa-errors.h"
#include "sohoa-lockdown.h"
#include "sohoa-log.h"
#include "sohoa-protocol.h"
#include "sohoa-worker.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#define SEND_TIMEOUT_MS (60 * 1000)

static const struct {
  const char    *name;
  SohoaOperation run;
} operations[] = {
  { SOHOA_OP_CAPTURE, sohoa_op_capture },
  { SOHOA_OP_PROBE, sohoa_op_probe },           { SOHOA_OP_GATE, sohoa_op_gate },
  { SOHOA_OP_PAGE, sohoa_op_page },             { SOHOA_OP_FIELDS, sohoa_op_fields },
  { SOHOA_OP_WRITE_PDF, sohoa_op_write_pdf },   { SOHOA_OP_READ_BACK, sohoa_op_read_back },
  { SOHOA_OP_APPEND, sohoa_op_append },         { SOHOA_OP_VERIFY, sohoa_op_verify },
  { SOHOA_OP_EVIDENCE, sohoa_op_evidence },     { SOHOA_OP_ABOUT, sohoa_op_about },
  { SOHOA_OP_PREVIEW, sohoa_op_preview },
};

static GVariant *
run (SohoaWorker *worker, const char *name, const SohoaRequest *request, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (operations); i++)
    if (g_str_equal (operations[i].name, name))
      return operations[i].run (worker, request, error);
  g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "unknown operation");
  return NULL;
}

static gboolean
answer (GVariant *reply, GError *problem, GError **error)
{
  g_autoptr(GError) owned = problem;

  if (owned == NULL)
    return sohoa_wire_send (SOHOA_WORKER_FD, SOHOA_ANSWER_OK, reply, NULL, 0, SEND_TIMEOUT_MS, error);
  return sohoa_wire_send (SOHOA_WORKER_FD, SOHOA_ANSWER_ERROR, sohoa_wire_error_args (owned), NULL, 0, SEND_TIMEOUT_MS,
                          error);
}

/* FALSE without error: the other side closed the pipe. */
static gboolean
serve_one (SohoaWorker *worker, GError **error)
{
  g_autofree char *name = NULL;
  g_autoptr(GVariant) args = NULL;
  g_autoptr(GError) local = NULL;
  int fds[SOHOA_WIRE_MAX_FDS];
  SohoaRequest request = { .fds = fds };
  GError *problem = NULL;
  GVariant *reply;

  if (!sohoa_wire_receive (SOHOA_WORKER_FD, &name, &args, fds, &request.n_fds, -1, &local)) {
    if (!g_error_matches (local, G_IO_ERROR, G_IO_ERROR_CLOSED))
      g_propagate_error (error, g_steal_pointer (&local));
    return FALSE;
  }
  request.args = args;
  sohoa_debug (SOHOA_DEBUG_WORKER, "%s begins", name);
  reply = run (worker, name, &request, &problem);
  sohoa_debug (SOHOA_DEBUG_WORKER, "%s ends: %s", name, problem != NULL ? sohoa_error_name (problem) : "ok");
  for (guint i = 0; i < request.n_fds; i++)
    (void) close (fds[i]);
  return answer (reply, problem, error);
}

static gboolean
say_hello (const char *sandbox, GError **error)
{
  GVariantDict hello;

  g_variant_dict_init (&hello, NULL);
  g_variant_dict_insert (&hello, "version", "s", PACKAGE_VERSION);
  g_variant_dict_insert (&hello, "sandbox", "s", sandbox);
  g_variant_dict_insert (&hello, "pid", "i", (gint32) getpid ());
  return sohoa_wire_send (SOHOA_WORKER_FD, SOHOA_OP_HELLO, g_variant_dict_end (&hello), NULL, 0, SEND_TIMEOUT_MS, error);
}

int
main (int argc, char **argv)
{
  SohoaWorker worker;
  const char *sandbox;
  GError *error = NULL;

  (void) signal (SIGPIPE, SIG_IGN);
  sohoa_log_init ("sohoa-page-worker", FALSE);
  if (!sohoa_worker_init (&worker, &error) || (sandbox = sohoa_lockdown (sohoa_lockdown_folders (), &error)) == NULL) {
    if (!answer (NULL, error, NULL))
      return EXIT_FAILURE;
    return EXIT_FAILURE;
  }
  if (!say_hello (sandbox, &error)) {
    g_warning ("%s", error->message);
    return EXIT_FAILURE;
  }
  while (serve_one (&worker, &error))
    continue;
  if (error != NULL)
    g_warning ("%s", error->message);
  sohoa_worker_clear (&worker);
  return error == NULL ? EXIT_SUCCESS : EXIT_FAILURE;
}
