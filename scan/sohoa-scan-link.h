/* Private to scan/: the pipe to one sohoa-scan-worker. Blocks; used by the threads of sessions and look-ups only. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _SohoaScanLink SohoaScanLink;

/* @stop_fd: an eventfd (borrowed), -1 = none; when it becomes readable the worker is told to stop, once,
 * and then has SOHOA_SCAN_DRAIN_MS, or what twice @call_limit_ms (0 = none) makes shorter.
 * Errors: SOHOA_ERROR_UNAVAILABLE. */
SohoaScanLink *sohoa_scan_link_new (int stop_fd, guint call_limit_ms, GError **error);
/* SIGKILL and wait. */
void           sohoa_scan_link_free (SohoaScanLink *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaScanLink, sohoa_scan_link_free)

/* One question. @args floating, NULL = {}; @fd is sent along, -1 = none. After SOHOA_SCAN_ERROR_WORKER_DIED or _HANG
 * the link is dead. */
gboolean sohoa_scan_link_ask (SohoaScanLink *self, const char *op, GVariant *args, int fd, int timeout_ms,
                              GVariant **reply_out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Milliseconds for cancel, drain and close together. */
int      sohoa_scan_link_get_drain_ms (const SohoaScanLink *self);
/* FALSE when the worker has died, hung or spoken nonsense. */
gboolean sohoa_scan_link_is_alive (const SohoaScanLink *self);

G_END_DECLS
