/* One worker process and its pipe. For friends inside pipeline/ only (sohoa-worker-pool.c). Not
 * thread-safe: whoever holds it, owns it. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _SohoaWorkerProcess SohoaWorkerProcess;

/* Forks and executes @program with a clean environment, its end of the pipe as SOHOA_WORKER_FD, every other
 * descriptor closed, and waits for its hello. The child dies with the calling THREAD
 * (PR_SET_PDEATHSIG), so call from one that lives as long as the worker shall.
 * Errors: SOHOA_ERROR_UNAVAILABLE. */
SohoaWorkerProcess *sohoa_worker_process_new (const char *program, int hello_timeout_ms, GError **error);
/* SIGKILL, wait, close. */
void sohoa_worker_process_free (SohoaWorkerProcess *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaWorkerProcess, sohoa_worker_process_free)

const char *sohoa_worker_process_get_sandbox (SohoaWorkerProcess *self); /* static string */

typedef enum {
  SOHOA_WORKER_ANSWERED,  /* ok or error: the worker is good */
  SOHOA_WORKER_LOST,      /* died or spoke nonsense: free it */
  SOHOA_WORKER_LATE,      /* passed the deadline: free it */
  SOHOA_WORKER_CANCELLED, /* given up: free it */
} SohoaWorkerOutcome;

/* One question. @args: not floating. ANSWERED without *error: *reply_out (yours); with *error: the
 * worker's own "error" answer. Every other outcome sets *error too. */
SohoaWorkerOutcome sohoa_worker_process_ask (SohoaWorkerProcess *self, const char *op, GVariant *args,
                                             const int *fds, guint n_fds, int timeout_ms,
                                             GCancellable *cancellable, GVariant **reply_out, GError **error);

G_END_DECLS
