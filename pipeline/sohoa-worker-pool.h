/* The supervised page workers: `sohoa-page-worker` processes, each asked one thing at a time over
 * sohoa-wire.h. The only way by which a program of ours has foreign bytes parsed.
 *
 * SohoaWorkerPool  owns every worker process and the keeper thread that starts them; any thread may call
 * worker           one child process; started when first needed; may die at any moment
 *
 * A worker that dies is replaced and the request is made once more; one that passes its deadline is
 * killed (SIGKILL) and the request fails: what hung once hangs again, and the queue has its own retry. */
#pragma once

#include <gio/gio.h>

#include "sohoa-protocol.h"

G_BEGIN_DECLS

#define SOHOA_POOL_MAX_WORKERS 256u
#define SOHOA_POOL_HELLO_TIMEOUT_MS (20 * 1000) /* start-up of one worker: engines are read before the lock */

typedef struct _SohoaWorkerPool SohoaWorkerPool;

/* @n_workers: at most so many processes; 0 = one per core. Nothing is started yet.
 * SOHOA_ERROR_UNAVAILABLE when the worker program is not there. */
SohoaWorkerPool *sohoa_worker_pool_new (guint n_workers, GError **error);
/* The same with another program (tests). @program: absolute path. */
SohoaWorkerPool *sohoa_worker_pool_new_for_program (const char *program, guint n_workers, GError **error);
/* Kills every worker and waits for it. No call may be under way. */
void sohoa_worker_pool_free (SohoaWorkerPool *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaWorkerPool, sohoa_worker_pool_free)

guint sohoa_worker_pool_get_size (SohoaWorkerPool *self);

/* Starts one worker (when none is idle) and gives its sandbox: "strict", "seccomp" or "relaxed"; static string,
 * NULL with the reason on failure. For `sohoa doctor` and to warm the pool. */
const char *sohoa_worker_pool_check (SohoaWorkerPool *self, GError **error);

/* Asks a free worker, waiting for one as long as it takes (not counted in @timeout_ms).
 * @op: SOHOA_OP_…; @args: a{sv}, floating reference is taken, NULL = empty; @fds stay the caller's; outputs
 * are truncated by the worker before it writes. @reply_out: (nullable) a{sv} of the answer, yours.
 * Errors: what the worker answered (sohoa_error_new_from_name); SOHOA_OCR_ERROR_TIMEOUT,
 * SOHOA_OCR_ERROR_WORKER_DIED (twice; "page 3: …"), SOHOA_ERROR_UNAVAILABLE (cannot be started),
 * G_IO_ERROR_CANCELLED (the worker at it is killed). */
gboolean sohoa_worker_pool_call (SohoaWorkerPool *self, const char *op, GVariant *args, const int *fds,
                                 guint n_fds, int timeout_ms, GCancellable *cancellable,
                                 GVariant **reply_out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Processes that died or were killed since the start, for `doctor` and the tests. */
guint sohoa_worker_pool_count_lost (SohoaWorkerPool *self);

G_END_DECLS
