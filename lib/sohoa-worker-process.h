/* One worker process and its pipe: started clean, asked with deadlines, killed when it hangs. Every room that
 * keeps risky code in a process of its own (pages, scanner drivers, token modules) starts it here. Not
 * thread-safe: whoever holds it, owns it. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What kind of worker it is; static data. */
typedef struct {
  const char        *noun;      /* for messages: "page worker" */
  const char *const *passed_on; /* variables it may see, NULL-terminated; NULL = all but those of the dynamic loader */
  const char *const *fixed;     /* (nullable) "NAME=value" set for it, NULL-terminated */
  GQuark (*domain) (void);      /* of the two errors below */
  int                late;      /* code when it passes its deadline */
  int                died;      /* code when it dies or speaks nonsense */
  const char        *advice;    /* ends both messages: "try again, or scan it again" */
} SohoaWorkerKind;

typedef struct _SohoaWorkerProcess SohoaWorkerProcess;

/* Forks and executes @program with the environment of @kind, its end of the pipe as SOHOA_WORKER_FD, every other
 * descriptor closed, and waits for its hello. The child dies with this program (PR_SET_PDEATHSIG). Any thread.
 * Errors: SOHOA_ERROR_UNAVAILABLE. */
SohoaWorkerProcess *sohoa_worker_process_new (const SohoaWorkerKind *kind, const char *program, int hello_timeout_ms,
                                              GError **error);
/* SIGKILL, wait, close. */
void sohoa_worker_process_free (SohoaWorkerProcess *self);
/* Closes the pipe and gives the worker @grace_ms to end by itself (to log out, to park a scanner) before that. */
void sohoa_worker_process_end (SohoaWorkerProcess *self, int grace_ms);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaWorkerProcess, sohoa_worker_process_free)

const char *sohoa_worker_process_get_sandbox (SohoaWorkerProcess *self); /* static string */

/* The supervisor's end of the pipe (borrowed), for a room whose worker speaks while it works. */
int sohoa_worker_process_get_socket (SohoaWorkerProcess *self);

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
