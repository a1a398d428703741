/* Files of record: whole or not there. Every output appears by temporary file, fsync, rename and
 * fsync of the folder. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define SOHOA_ID_LENGTH 26 /* characters of sohoa_id_new() */

typedef struct _SohoaOutput SohoaOutput;

/* Opens an unnamed-until-done file beside @path (mode @mode, e.g. 0600). Nothing is seen under
 * @path before sohoa_output_commit(). Freeing without commit leaves no trace.
 * Errors: G_IO_ERROR. */
SohoaOutput *sohoa_output_new (const char *path, int mode, GError **error);
int          sohoa_output_get_fd (SohoaOutput *self); /* borrowed, read and write */
/* fsync, rename over @path, fsync of the folder. After an error nothing has changed at @path. */
gboolean     sohoa_output_commit (SohoaOutput *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void         sohoa_output_free (SohoaOutput *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaOutput, sohoa_output_free)

/* Whole small files at once. */
gboolean sohoa_file_write (const char *path, const void *data, gsize length, int mode, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
/* Reads at most @max_bytes; a longer file is SOHOA_INTAKE_ERROR_TOO_LARGE. */
GBytes *sohoa_file_read (const char *path, gsize max_bytes, GError **error);

gboolean sohoa_fd_write_all (int fd, const void *data, gsize length, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
gboolean sohoa_fd_pread_all (int fd, void *data, gsize length, goffset offset, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
/* Copies @length bytes (G_MAXUINT64: to the end) from @in at @in_offset to the position of @out. */
gboolean sohoa_fd_copy (int in, goffset in_offset, guint64 length, int out, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
/* The whole of @fd from offset 0, whatever its position; at most @max_bytes. */
GBytes  *sohoa_fd_read_bytes (int fd, gsize max_bytes, GError **error);
goffset  sohoa_fd_size (int fd); /* -1 on error */

/* Lower-case hex SHA-256 of a range (length G_MAXUINT64: to the end). Free with g_free. */
char *sohoa_fd_sha256 (int fd, goffset offset, guint64 length, GError **error);
char *sohoa_bytes_sha256 (const void *data, gsize length);

/* A memory file, close-on-exec; with @data it is filled and sealed against every change. -1 on error. */
int      sohoa_memfd_new (const char *name, GError **error);
int      sohoa_memfd_new_sealed (const char *name, const void *data, gsize length, GError **error);
gboolean sohoa_memfd_seal (int fd, GError **error);

gboolean sohoa_folder_sync (const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* mkdir -p with @mode for the new ones, each synced. */
gboolean sohoa_folder_make (const char *path, int mode, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Removes @path and what is below; never follows symbolic links. */
gboolean sohoa_folder_remove (const char *path, GError **error);

/* Closes an owned descriptor at the end of a scope: SOHOA_AUTO_FD int fd = -1; */
void sohoa_fd_clear (int *fd);
#define SOHOA_AUTO_FD __attribute__ ((cleanup (sohoa_fd_clear)))
static inline int
sohoa_fd_steal (int *fd)
{
  int stolen = *fd;

  *fd = -1;
  return stolen;
}

/* A new document id: 26 lower-case base-32 characters, ordered by time, 80 random bits. */
char    *sohoa_id_new (gint64 time_us);
gboolean sohoa_id_is_valid (const char *id);

/* A helper program or data file of ours: from the build tree when the running program lies in it,
 * else from the install paths. SOHOA_LIBEXEC_DIR / SOHOA_DATA_DIR override both. Free with g_free. */
char *sohoa_path_program (const char *folder, const char *name);
char *sohoa_path_data (const char *relative);

G_END_DECLS
