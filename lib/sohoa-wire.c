#define _GNU_SOURCE
#include "sohoa-wire.h"

#include "sohoa-errors.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAGIC "SOH1"
#define HEADER_BYTES 8
#define MESSAGE_TYPE "(sa{sv})"

static gboolean
fail_errno (GError **error, const char *what)
{
  int saved = errno;

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved), "worker pipe: %s: %s", what,
               g_strerror (saved));
  return FALSE;
}

gboolean
sohoa_wire_pair (int fds[2], GError **error)
{
  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
    return fail_errno (error, "cannot create");
  return TRUE;
}

/* Waits until @events; @deadline_us < 0: for ever. */
static gboolean
wait_for (int socket, short events, gint64 deadline_us, GError **error)
{
  for (;;) {
    struct pollfd p = { socket, events, 0 };
    gint64 left_ms = deadline_us < 0 ? -1 : (deadline_us - g_get_monotonic_time ()) / 1000;
    int n;

    if (deadline_us >= 0 && left_ms < 0)
      left_ms = 0;
    n = poll (&p, 1, (int) MIN (left_ms, G_MAXINT));
    if (n > 0)
      return TRUE;
    if (n == 0) {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "worker pipe: no answer in time");
      return FALSE;
    }
    if (errno != EINTR)
      return fail_errno (error, "cannot wait");
  }
}

static gint64
deadline_from (int timeout_ms)
{
  return timeout_ms < 0 ? -1 : g_get_monotonic_time () + (gint64) timeout_ms * 1000;
}

static gboolean
send_all (int socket, const void *data, gsize length, const int *fds, guint n_fds, gint64 deadline_us,
          GError **error)
{
  const char *next = data;
  union {
    struct cmsghdr align;
    char           room[CMSG_SPACE (sizeof (int) * SOHOA_WIRE_MAX_FDS)];
  } control;

  while (length > 0) {
    struct iovec part = { (void *) next, length };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
    gssize n;

    if (n_fds > 0) {
      struct cmsghdr *c;

      memset (&control, 0, sizeof control);
      message.msg_control = control.room;
      message.msg_controllen = CMSG_SPACE (sizeof (int) * n_fds);
      c = CMSG_FIRSTHDR (&message);
      c->cmsg_level = SOL_SOCKET;
      c->cmsg_type = SCM_RIGHTS;
      c->cmsg_len = CMSG_LEN (sizeof (int) * n_fds);
      memcpy (CMSG_DATA (c), fds, sizeof (int) * n_fds);
    }
    if (!wait_for (socket, POLLOUT, deadline_us, error))
      return FALSE;
    n = sendmsg (socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
      continue;
    if (n < 0)
      return fail_errno (error, "cannot send");
    n_fds = 0;
    next += n;
    length -= n;
  }
  return TRUE;
}

gboolean
sohoa_wire_send (int socket, const char *name, GVariant *args, const int *fds, guint n_fds,
                 int timeout_ms, GError **error)
{
  gint64 deadline_us = deadline_from (timeout_ms);
  g_autoptr(GVariant) message = NULL;
  guint8 header[HEADER_BYTES] = MAGIC;
  guint32 size;

  g_return_val_if_fail (n_fds <= SOHOA_WIRE_MAX_FDS, FALSE);
  if (args == NULL)
    args = g_variant_new_array (G_VARIANT_TYPE ("{sv}"), NULL, 0);
  message = g_variant_ref_sink (g_variant_new ("(s@a{sv})", name, args));
  if (g_variant_get_size (message) > SOHOA_WIRE_MAX_MESSAGE_BYTES) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_MESSAGE_TOO_LARGE, "worker pipe: message too large");
    return FALSE;
  }
  size = GUINT32_TO_LE ((guint32) g_variant_get_size (message));
  memcpy (header + 4, &size, sizeof size);
  return send_all (socket, header, sizeof header, fds, n_fds, deadline_us, error)
         && send_all (socket, g_variant_get_data (message), g_variant_get_size (message), NULL, 0,
                      deadline_us, error);
}

static void
close_all (int *fds, guint *n)
{
  for (guint i = 0; i < *n; i++)
    (void) close (fds[i]);
  *n = 0;
}

static gboolean
take_fds (struct msghdr *message, int *fds_out, guint *n_fds_out)
{
  gboolean ok = (message->msg_flags & MSG_CTRUNC) == 0;

  for (struct cmsghdr *c = CMSG_FIRSTHDR (message); c != NULL; c = CMSG_NXTHDR (message, c)) {
    guint n = (c->cmsg_len - CMSG_LEN (0)) / sizeof (int);

    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
      continue;
    for (guint i = 0; i < n; i++) {
      int fd;

      memcpy (&fd, CMSG_DATA (c) + i * sizeof (int), sizeof (int));
      if (fds_out != NULL && *n_fds_out < SOHOA_WIRE_MAX_FDS) {
        fds_out[(*n_fds_out)++] = fd;
      } else {
        (void) close (fd);
        ok = FALSE;
      }
    }
  }
  return ok;
}

static gboolean
receive_all (int socket, void *data, gsize length, int *fds_out, guint *n_fds_out, gint64 deadline_us,
             GError **error)
{
  char *next = data;
  union {
    struct cmsghdr align;
    char           room[CMSG_SPACE (sizeof (int) * SOHOA_WIRE_MAX_FDS)];
  } control;

  while (length > 0) {
    struct iovec part = { next, length };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.room,
                              .msg_controllen = sizeof control.room };
    gssize n;

    if (!wait_for (socket, POLLIN, deadline_us, error))
      return FALSE;
    n = recvmsg (socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
      continue;
    if (n < 0)
      return fail_errno (error, "cannot receive");
    if (n == 0) {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED, "worker pipe: closed by the other side");
      return FALSE;
    }
    if (!take_fds (&message, fds_out, n_fds_out)) {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "worker pipe: unexpected descriptors");
      return FALSE;
    }
    next += n;
    length -= n;
  }
  return TRUE;
}

static GVariant *
receive_body (int socket, const guint8 *header, gint64 deadline_us, GError **error)
{
  guint32 size;
  guint none = 0;
  g_autofree char *body = NULL;
  g_autoptr(GBytes) bytes = NULL;
  g_autoptr(GVariant) raw = NULL;

  memcpy (&size, header + 4, sizeof size);
  size = GUINT32_FROM_LE (size);
  if (memcmp (header, MAGIC, 4) != 0 || size > SOHOA_WIRE_MAX_MESSAGE_BYTES) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "worker pipe: malformed frame");
    return NULL;
  }
  body = g_malloc (MAX (size, 1u));
  if (!receive_all (socket, body, size, NULL, &none, deadline_us, error))
    return NULL;
  bytes = g_bytes_new_take (g_steal_pointer (&body), size);
  raw = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE (MESSAGE_TYPE), bytes, FALSE));
  return g_variant_get_normal_form (raw);
}

gboolean
sohoa_wire_receive (int socket, char **name_out, GVariant **args_out, int *fds_out, guint *n_fds_out,
                    int timeout_ms, GError **error)
{
  gint64 deadline_us = deadline_from (timeout_ms);
  guint8 header[HEADER_BYTES];
  guint n_fds = 0;
  int fds[SOHOA_WIRE_MAX_FDS];
  g_autoptr(GVariant) message = NULL;

  *name_out = NULL;
  *args_out = NULL;
  if (n_fds_out != NULL)
    *n_fds_out = 0;
  if (!receive_all (socket, header, sizeof header, fds, &n_fds, deadline_us, error)
      || (message = receive_body (socket, header, deadline_us, error)) == NULL) {
    close_all (fds, &n_fds);
    return FALSE;
  }
  g_variant_get (message, "(s@a{sv})", name_out, args_out);
  if (fds_out != NULL && n_fds_out != NULL) {
    memcpy (fds_out, fds, sizeof (int) * n_fds);
    *n_fds_out = n_fds;
  } else {
    close_all (fds, &n_fds);
  }
  return TRUE;
}

GVariant *
sohoa_wire_error_args (const GError *error)
{
  GVariantBuilder b;

  g_variant_builder_init (&b, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&b, "{sv}", "name", g_variant_new_string (sohoa_error_name (error)));
  g_variant_builder_add (&b, "{sv}", "message", g_variant_new_string (error->message));
  return g_variant_builder_end (&b);
}

GError *
sohoa_wire_error_from_args (GVariant *args)
{
  const char *name = "Internal", *message = "the worker gave no reason";

  (void) g_variant_lookup (args, "name", "&s", &name);
  (void) g_variant_lookup (args, "message", "&s", &message);
  return sohoa_error_new_from_name (name, message);
}
