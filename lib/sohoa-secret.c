#include "sohoa-secret.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECRET_MAX_BYTES 4096

static gboolean
fail_secret (const char *path, const char *why, GError **error)
{
  g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_CONFIG, "secret file %s: %s", path, why);
  return FALSE;
}

static gboolean
is_private (int fd, const char *path, GError **error)
{
  struct stat st;

  if (fstat (fd, &st) < 0 || !S_ISREG (st.st_mode))
    return fail_secret (path, "not a regular file", error);
  if ((st.st_mode & 077) != 0)
    return fail_secret (path, "others may read it: set its mode to 0600", error);
  if (st.st_uid != geteuid () && st.st_uid != 0)
    return fail_secret (path, "belongs to another user", error);
  return TRUE;
}

char *
sohoa_secret_read (const char *path, GError **error)
{
  SOHOA_AUTO_FD int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK);
  g_autoptr(GBytes) bytes = NULL;
  g_autofree char *secret = NULL;

  if (fd < 0) {
    fail_secret (path, g_strerror (errno), error);
    return NULL;
  }
  if (!is_private (fd, path, error))
    return NULL;
  bytes = sohoa_fd_read_bytes (fd, SECRET_MAX_BYTES, NULL);
  if (bytes != NULL)
    secret = g_strchomp (g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes)));
  if (secret == NULL || secret[0] == '\0' || strpbrk (secret, "\r\n") != NULL) {
    fail_secret (path, "does not hold one line with a secret", error);
    return NULL;
  }
  return g_steal_pointer (&secret);
}

int
sohoa_secret_open_pipe (const char *secret, GError **error)
{
  gsize length = strlen (secret); /* a pipe takes as much without a reader */
  SOHOA_AUTO_FD int in = -1;
  SOHOA_AUTO_FD int out = -1;
  int ends[2];

  if (!g_unix_open_pipe (ends, FD_CLOEXEC, error))
    return -1;
  out = ends[0];
  in = ends[1];
  if (length <= SECRET_MAX_BYTES && write (in, secret, length) == (gssize) length)
    return sohoa_fd_steal (&out);
  g_set_error_literal (error, SOHOA_ERROR, SOHOA_ERROR_INTERNAL, "secret: cannot be handed over: try again");
  return -1;
}
