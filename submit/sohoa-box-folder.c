/* A folder of this machine, or of a file server mounted here. */
#define _GNU_SOURCE
#include "sohoa-box.h"

#include "sohoa-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK_BYTES (64 * 1024)
#define FILE_MODE 0640 /* the taker is another user of a common group */
#define FOLDER_MODE 0700

static char *
path_of (SohoaConnector *self, const char *name)
{
  return g_build_filename (self->target->path, name, NULL);
}

static gboolean
fail (SohoaConnector *self, int code, GError **error)
{
  g_autofree char *why = g_strdup (g_strerror (code));

  if (code == EEXIST)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS, "%s: a file of this name is there", self->target->name);
  else if (code == ENOSPC || code == EDQUOT)
    g_set_error (error, SOHOA_STORE_ERROR, SOHOA_STORE_ERROR_NO_SPACE, "%s: the folder is full: make room", self->target->name);
  else if (code == EACCES || code == EPERM || code == EROFS)
    g_set_error (error, SOHOA_SUBMIT_ERROR, SOHOA_SUBMIT_ERROR_AUTH, "%s: %s: let the user sohoa write there", self->target->name, why);
  else
    g_set_error (error, SOHOA_SUBMIT_ERROR, SOHOA_SUBMIT_ERROR_UNREACHABLE, "%s: %s: is the folder mounted?", self->target->name, why);
  return FALSE;
}

static gboolean
folder_prepare (SohoaConnector *self, GCancellable *cancellable, GError **error)
{
  g_autofree char *path = path_of (self, SOHOA_BOX_CONTROL);
  struct stat st;

  /* the folder itself is never made: a mount point without its mount would swallow documents */
  if (lstat (self->target->path, &st) < 0)
    return fail (self, errno, error);
  if (mkdir (path, FOLDER_MODE) < 0 && errno != EEXIST)
    return fail (self, errno, error);
  if (lstat (path, &st) < 0 || !S_ISDIR (st.st_mode))
    return fail (self, ENOTDIR, error);
  return sohoa_folder_sync (self->target->path, error);
}

static gboolean
copy (SohoaSegmentStream *content, int fd, GCancellable *cancellable, GError **error)
{
  g_autofree char *block = g_malloc (BLOCK_BYTES);
  gssize n;

  while ((n = g_input_stream_read (G_INPUT_STREAM (content), block, BLOCK_BYTES, cancellable, error)) > 0)
    if (!sohoa_fd_write_all (fd, block, (gsize) n, error))
      return FALSE;
  return n == 0;
}

static gboolean
folder_put (SohoaConnector *self, const char *name, SohoaSegmentStream *content, GCancellable *cancellable, GError **error)
{
  g_autofree char *path = path_of (self, name);
  g_autoptr(SohoaOutput) output = sohoa_output_new (path, FILE_MODE, error);

  return output != NULL && copy (content, sohoa_output_get_fd (output), cancellable, error)
         && sohoa_output_commit (output, error);
}

static gboolean
folder_exists (SohoaConnector *self, const char *name, gboolean *there, GCancellable *cancellable, GError **error)
{
  g_autofree char *path = path_of (self, name);
  struct stat st;

  *there = lstat (path, &st) == 0;
  if (*there || errno == ENOENT) {
    /* "not there" is only believed while the folder itself is: it may be a mount that went away */
    if (*there || lstat (self->target->path, &st) == 0)
      return TRUE;
  }
  return fail (self, errno, error);
}

static gboolean
folder_move (SohoaConnector *self, const char *from, const char *to, gboolean *maybe_out, GCancellable *cancellable,
             GError **error)
{
  g_autofree char *old = path_of (self, from);
  g_autofree char *new = path_of (self, to);
  g_autofree char *control = path_of (self, SOHOA_BOX_CONTROL);
  struct stat st;

  *maybe_out = FALSE;
  if (renameat2 (AT_FDCWD, old, AT_FDCWD, new, RENAME_NOREPLACE) < 0) {
    if (errno != EINVAL && errno != ENOSYS) /* some network file systems know no flags */
      return fail (self, errno, error);
    if (lstat (new, &st) == 0)
      return fail (self, EEXIST, error);
    if (rename (old, new) < 0)
      return fail (self, errno, error);
  }
  *maybe_out = TRUE;
  if (!sohoa_folder_sync (self->target->path, error) || !sohoa_folder_sync (control, error))
    return FALSE;
  *maybe_out = FALSE;
  return TRUE;
}

static GBytes *
folder_get (SohoaConnector *self, const char *name, GCancellable *cancellable, GError **error)
{
  g_autofree char *path = path_of (self, name);
  gboolean there = FALSE;

  if (!folder_exists (self, name, &there, cancellable, error) || !there)
    return NULL;
  return sohoa_file_read (path, SOHOA_BOX_ANSWER_MAX_BYTES, error);
}

const SohoaBox sohoa_box_folder = {
  .name = "folder",
  .prepare = folder_prepare,
  .put = folder_put,
  .exists = folder_exists,
  .move = folder_move,
  .get = folder_get,
};
