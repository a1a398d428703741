#define _GNU_SOURCE
#include "sohoa-file.h"

#include "sohoa-errors.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define COPY_BLOCK_BYTES (256 * 1024)
#define REMOVE_MAX_FDS 16

struct _SohoaOutput {
  char *path;      /* (owned) */
  char *temp_path; /* (owned) (nullable) NULL once committed */
  int   fd;
};

static gboolean
fail_errno (GError **error, const char *what, const char *path)
{
  int saved = errno;

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved), "%s: %s: %s", path, what,
               g_strerror (saved));
  return FALSE;
}

SohoaOutput *
sohoa_output_new (const char *path, int mode, GError **error)
{
  g_autoptr(SohoaOutput) self = g_new0 (SohoaOutput, 1);
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *base = g_path_get_basename (path);

  self->path = g_strdup (path);
  self->temp_path = g_strdup_printf ("%s/.%s.XXXXXX", folder, base);
  self->fd = g_mkstemp_full (self->temp_path, O_RDWR | O_CLOEXEC, mode);
  if (self->fd < 0) {
    g_clear_pointer (&self->temp_path, g_free);
    fail_errno (error, "cannot create", path);
    return NULL;
  }
  return g_steal_pointer (&self);
}

int
sohoa_output_get_fd (SohoaOutput *self)
{
  return self->fd;
}

gboolean
sohoa_output_commit (SohoaOutput *self, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (self->path);

  if (fsync (self->fd) < 0)
    return fail_errno (error, "cannot write to disk", self->path);
  if (rename (self->temp_path, self->path) < 0)
    return fail_errno (error, "cannot rename into place", self->path);
  g_clear_pointer (&self->temp_path, g_free);
  return sohoa_folder_sync (folder, error);
}

void
sohoa_output_free (SohoaOutput *self)
{
  if (self == NULL)
    return;
  if (self->temp_path != NULL)
    (void) unlink (self->temp_path);
  sohoa_fd_clear (&self->fd);
  g_free (self->temp_path);
  g_free (self->path);
  g_free (self);
}

gboolean
sohoa_file_write (const char *path, const void *data, gsize length, int mode, GError **error)
{
  g_autoptr(SohoaOutput) output = sohoa_output_new (path, mode, error);

  if (output == NULL || !sohoa_fd_write_all (output->fd, data, length, error))
    return FALSE;
  return sohoa_output_commit (output, error);
}

GBytes *
sohoa_file_read (const char *path, gsize max_bytes, GError **error)
{
  SOHOA_AUTO_FD int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
  GBytes *bytes;

  if (fd < 0) {
    fail_errno (error, "cannot open", path);
    return NULL;
  }
  bytes = sohoa_fd_read_bytes (fd, max_bytes, error);
  if (bytes == NULL)
    g_prefix_error (error, "%s: ", path);
  return bytes;
}

gboolean
sohoa_fd_write_all (int fd, const void *data, gsize length, GError **error)
{
  const char *next = data;

  while (length > 0) {
    gssize n = write (fd, next, length);

    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return fail_errno (error, "cannot write", "output");
    next += n;
    length -= n;
  }
  return TRUE;
}

gboolean
sohoa_fd_pread_all (int fd, void *data, gsize length, goffset offset, GError **error)
{
  char *next = data;

  while (length > 0) {
    gssize n = pread (fd, next, length, offset);

    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return fail_errno (error, "cannot read", "input");
    if (n == 0) {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT, "input: ends too early");
      return FALSE;
    }
    next += n;
    offset += n;
    length -= n;
  }
  return TRUE;
}

gboolean
sohoa_fd_copy (int in, goffset in_offset, guint64 length, int out, GError **error)
{
  g_autofree char *block = g_malloc (COPY_BLOCK_BYTES);

  while (length > 0) {
    gssize n = pread (in, block, MIN (length, COPY_BLOCK_BYTES), in_offset);

    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return fail_errno (error, "cannot read", "input");
    if (n == 0 && length == G_MAXUINT64)
      return TRUE;
    if (n == 0) {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT, "input: ends too early");
      return FALSE;
    }
    if (!sohoa_fd_write_all (out, block, n, error))
      return FALSE;
    in_offset += n;
    if (length != G_MAXUINT64)
      length -= n;
  }
  return TRUE;
}

goffset
sohoa_fd_size (int fd)
{
  struct stat st;

  return fstat (fd, &st) == 0 ? st.st_size : -1;
}

GBytes *
sohoa_fd_read_bytes (int fd, gsize max_bytes, GError **error)
{
  goffset size = sohoa_fd_size (fd);
  g_autofree char *data = NULL;

  if (size < 0) {
    fail_errno (error, "cannot read", "input");
    return NULL;
  }
  if ((guint64) size > max_bytes) {
    g_set_error (error, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_TOO_LARGE,
                 "file too large: %" G_GOFFSET_FORMAT " bytes, limit %" G_GSIZE_FORMAT " bytes: split it", size,
                 max_bytes);
    return NULL;
  }
  data = g_malloc (size + 1);
  if (!sohoa_fd_pread_all (fd, data, size, 0, error))
    return NULL;
  return g_bytes_new_take (g_steal_pointer (&data), size);
}

char *
sohoa_fd_sha256 (int fd, goffset offset, guint64 length, GError **error)
{
  g_autoptr(GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree guchar *block = g_malloc (COPY_BLOCK_BYTES);

  while (length > 0) {
    gssize n = pread (fd, block, MIN (length, COPY_BLOCK_BYTES), offset);

    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0 || (n == 0 && length != G_MAXUINT64)) {
      fail_errno (error, "cannot read", "input");
      return NULL;
    }
    if (n == 0)
      break;
    g_checksum_update (sum, block, n);
    offset += n;
    if (length != G_MAXUINT64)
      length -= n;
  }
  return g_strdup (g_checksum_get_string (sum));
}

char *
sohoa_bytes_sha256 (const void *data, gsize length)
{
  return g_compute_checksum_for_data (G_CHECKSUM_SHA256, data, length);
}

int
sohoa_memfd_new (const char *name, GError **error)
{
  int fd = memfd_create (name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

  if (fd < 0)
    fail_errno (error, "cannot create memory file", name);
  return fd;
}

gboolean
sohoa_memfd_seal (int fd, GError **error)
{
  if (fcntl (fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
    return fail_errno (error, "cannot seal", "memory file");
  return TRUE;
}

int
sohoa_memfd_new_sealed (const char *name, const void *data, gsize length, GError **error)
{
  SOHOA_AUTO_FD int fd = sohoa_memfd_new (name, error);

  if (fd < 0 || !sohoa_fd_write_all (fd, data, length, error) || !sohoa_memfd_seal (fd, error))
    return -1;
  return sohoa_fd_steal (&fd);
}

gboolean
sohoa_folder_sync (const char *path, GError **error)
{
  SOHOA_AUTO_FD int fd = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (fd < 0 || fsync (fd) < 0)
    return fail_errno (error, "cannot write folder to disk", path);
  return TRUE;
}

gboolean
sohoa_folder_make (const char *path, int mode, GError **error)
{
  g_autofree char *parent = NULL;

  if (g_file_test (path, G_FILE_TEST_IS_DIR))
    return TRUE;
  parent = g_path_get_dirname (path);
  if (g_strcmp0 (parent, path) != 0 && !sohoa_folder_make (parent, mode, error))
    return FALSE;
  if (mkdir (path, mode) < 0 && errno != EEXIST)
    return fail_errno (error, "cannot create folder", path);
  return sohoa_folder_sync (parent, error);
}

static int
remove_entry (const char *path, const struct stat *st, int kind, struct FTW *walk)
{
  (void) st;
  (void) kind;
  (void) walk;
  return remove (path);
}

gboolean
sohoa_folder_remove (const char *path, GError **error)
{
  if (nftw (path, remove_entry, REMOVE_MAX_FDS, FTW_DEPTH | FTW_PHYS) != 0 && errno != ENOENT)
    return fail_errno (error, "cannot remove", path);
  return TRUE;
}

void
sohoa_fd_clear (int *fd)
{
  if (*fd >= 0)
    (void) close (*fd);
  *fd = -1;
}

static const char id_digits[] = "0123456789abcdefghjkmnpqrstvwxyz";

char *
sohoa_id_new (gint64 time_us)
{
  guint64 ms = (guint64) time_us / 1000;
  guint8 random[16];
  char *id = g_malloc (SOHOA_ID_LENGTH + 1);

  if (getrandom (random, sizeof random, 0) != sizeof random)
    abort (); /* the kernel pool is always there after boot; a predictable id is not acceptable */
  for (int i = 9; i >= 0; i--, ms >>= 5)
    id[i] = id_digits[ms & 31];
  for (int i = 0; i < 16; i++)
    id[10 + i] = id_digits[random[i] & 31];
  id[SOHOA_ID_LENGTH] = '\0';
  return id;
}

gboolean
sohoa_id_is_valid (const char *id)
{
  return id != NULL && strlen (id) == SOHOA_ID_LENGTH && strspn (id, id_digits) == SOHOA_ID_LENGTH;
}

static gboolean
runs_from_build_tree (void)
{
  g_autofree char *exe = g_file_read_link ("/proc/self/exe", NULL);

  return exe != NULL && g_str_has_prefix (exe, SOHOA_BUILD_DIR "/");
}

char *
sohoa_path_program (const char *folder, const char *name)
{
  const char *override = g_getenv ("SOHOA_LIBEXEC_DIR");

  if (override != NULL)
    return g_build_filename (override, name, NULL);
  if (runs_from_build_tree ())
    return g_build_filename (SOHOA_BUILD_DIR, folder, name, NULL);
  return g_build_filename (SOHOA_LIBEXEC_PATH, name, NULL);
}

char *
sohoa_path_data (const char *relative)
{
  const char *override = g_getenv ("SOHOA_DATA_DIR");

  if (override != NULL)
    return g_build_filename (override, relative, NULL);
  if (runs_from_build_tree ())
    return g_build_filename (SOHOA_SOURCE_DIR, "data", relative, NULL);
  return g_build_filename (SOHOA_DATA_PATH, relative, NULL);
}
