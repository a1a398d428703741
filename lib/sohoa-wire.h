/* The pipe between a supervisor and its worker: framed GVariant messages over one Unix stream
 * socket pair, with file descriptors beside them. The receiver trusts nothing: length is capped,
 * the value is type-checked and used in normal form only. Works inside the seccomp lock (sendmsg and
 * recvmsg on an inherited socket only).
 *
 * Frame: 4 bytes "SOH1", 4 bytes length (little endian), then `(sa{sv})` serialised, little endian.
 * Request: (operation, arguments). Answer: ("ok", results) or ("error", {"name": s, "message": s}). */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define SOHOA_WIRE_MAX_MESSAGE_BYTES (64u * 1024 * 1024)
#define SOHOA_WIRE_MAX_FDS 16

/* A new connected pair: fds[0] ours, fds[1] for the child; both close-on-exec. */
gboolean sohoa_wire_pair (int fds[2], GError **error);

/* Sends one message; @fds stay the caller's. @args: a{sv}, floating reference is taken, NULL = empty.
 * Errors: G_IO_ERROR_BROKEN_PIPE, G_IO_ERROR_TIMED_OUT (@timeout_ms < 0: wait for ever). */
gboolean sohoa_wire_send (int socket, const char *name, GVariant *args, const int *fds, guint n_fds,
                          int timeout_ms, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Receives one message. @fds_out has room for SOHOA_WIRE_MAX_FDS; received descriptors are the
 * caller's, close-on-exec. End of file: G_IO_ERROR_CLOSED. Malformed: G_IO_ERROR_INVALID_DATA. */
gboolean sohoa_wire_receive (int socket, char **name_out, GVariant **args_out, int *fds_out,
                             guint *n_fds_out, int timeout_ms, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* "error" answers and back. */
GVariant *sohoa_wire_error_args (const GError *error); /* floating */
GError   *sohoa_wire_error_from_args (GVariant *args);

G_END_DECLS
