#define _GNU_SOURCE
#include "sohoa-hot-folder.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-log.h"
#include "sohoa-time.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CLAIMED_FOLDER ".sohoa-claimed"
#define DONE_FOLDER "done"
#define REJECTED_FOLDER "rejected"
#define HEAD_BYTES 1024
#define TAIL_BYTES 4096
#define FOLDER_MODE 0700
#define REASON_MODE 0644

/* What was seen of a name that is not yet taken. */
typedef struct {
  guint64 dev, inode, size;
  gint64  mtime_ns, ctime_ns;
  gint64  since_us; /* unchanged since */
  gint64  first_us; /* first seen */
  guint64 generation; /* of the scan that saw it last */
} Waiting;

struct _SohoaHotFolder {
  char       *path;       /* (owned) */
  int         fd;         /* of the folder: everything is done relative to it */
  gint64      stable_us;
  gboolean    recovered;  /* claimed files of an earlier life were given */
  GHashTable *waiting;    /* (owned) raw name → Waiting */
  GHashTable *warned;     /* (owned) raw names that were refused once */
  guint64     generation;
};

void
sohoa_hot_file_free (SohoaHotFile *file)
{
  if (file == NULL)
    return;
  sohoa_fd_clear (&file->fd);
  g_free (file->name);
  g_free (file->claim);
  g_free (file);
}

static gboolean
fail_errno (GError **error, const char *path, const char *what)
{
  int saved = errno;

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved), "%s: %s: %s", path, what, g_strerror (saved));
  return FALSE;
}

SohoaHotFolder *
sohoa_hot_folder_new (const char *path, guint stable_ms, GError **error)
{
  static const char *const folders[] = { CLAIMED_FOLDER, DONE_FOLDER, REJECTED_FOLDER };
  g_autoptr(SohoaHotFolder) self = g_new0 (SohoaHotFolder, 1);

  self->path = g_strdup (path);
  self->stable_us = (gint64) stable_ms * 1000;
  self->waiting = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->warned = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->fd = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (self->fd < 0) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_CONFIG, "%s: hot folder cannot be opened: %s: make it or correct the path",
                 path, g_strerror (errno));
    return NULL;
  }
  for (guint i = 0; i < G_N_ELEMENTS (folders); i++)
    if (mkdirat (self->fd, folders[i], FOLDER_MODE) < 0 && errno != EEXIST) {
      g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_CONFIG, "%s: hot folder is not writable: %s: give sohoad the right to write",
                   path, g_strerror (errno));
      return NULL;
    }
  return g_steal_pointer (&self);
}

void
sohoa_hot_folder_free (SohoaHotFolder *self)
{
  if (self == NULL)
    return;
  sohoa_fd_clear (&self->fd);
  g_hash_table_unref (self->waiting);
  g_hash_table_unref (self->warned);
  g_free (self->path);
  g_free (self);
}

/* Names that are never documents: hidden, half-written, or made by systems and viewers. */
static gboolean
is_ignored (const char *name)
{
  static const char *const endings[] = { "~", ".tmp", ".part", ".partial", ".crdownload", ".filepart", ".swp", ".lock" };
  static const char *const names[] = { "Thumbs.db", "desktop.ini", "@eaDir", DONE_FOLDER, REJECTED_FOLDER };
  g_autofree char *lower = g_ascii_strdown (name, -1);

  if (name[0] == '.' || g_str_has_prefix (name, "~$"))
    return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (endings); i++)
    if (g_str_has_suffix (lower, endings[i]))
      return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_ascii_strcasecmp (name, names[i]) == 0)
      return TRUE;
  return FALSE;
}

/* Opens @name below the folder without following anything. -1: errno tells. */
static int
open_beneath (int folder, const char *name)
{
  struct open_how how = { .flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY,
                          .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS };
  long fd = syscall (SYS_openat2, folder, name, &how, sizeof how);

  if (fd < 0 && (errno == ENOSYS || errno == EPERM) && strchr (name, '/') == NULL)
    return openat (folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  return (int) fd;
}

/* A lease is refused while someone has the file open for writing. Not every file system and not every
 * user may take one: then the other two tests must do. */
static gboolean
has_writer (int fd)
{
  if (fcntl (fd, F_SETLEASE, F_RDLCK) == 0) {
    (void) fcntl (fd, F_SETLEASE, F_UNLCK);
    return FALSE;
  }
  return errno == EAGAIN || errno == EBUSY;
}

static gboolean
tail_has (const guint8 *tail, gsize length, const char *mark, gsize mark_length)
{
  return memmem (tail, length, mark, mark_length) != NULL;
}

/* First IFD inside the file: a TIFF is written in any order, but not taken before that stands. */
static gboolean
tiff_is_complete (const guint8 *head, gsize length, guint64 size)
{
  guint32 offset;

  if (length < 8)
    return FALSE;
  if (head[0] == 'I')
    offset = head[4] | head[5] << 8 | head[6] << 16 | (guint32) head[7] << 24;
  else
    offset = (guint32) head[4] << 24 | head[5] << 16 | head[6] << 8 | head[7];
  return offset >= 8 && (guint64) offset + 2 <= size;
}

/* Light check of the end of a file; what it does not know is complete. The worker decides later. */
static gboolean
is_complete (int fd, guint64 size)
{
  guint8 head[HEAD_BYTES], tail[TAIL_BYTES];
  gsize n_head = MIN (size, HEAD_BYTES), n_tail = MIN (size, TAIL_BYTES);

  if (!sohoa_fd_pread_all (fd, head, n_head, 0, NULL)
      || !sohoa_fd_pread_all (fd, tail, n_tail, size - n_tail, NULL))
    return FALSE;
  if (memmem (head, n_head, "%PDF-", 5) != NULL)
    return tail_has (tail, n_tail, "%%EOF", 5);
  if (n_head >= 3 && memcmp (head, "\xFF\xD8\xFF", 3) == 0)
    return tail_has (tail, n_tail, "\xFF\xD9", 2);
  if (n_head >= 8 && memcmp (head, "\x89PNG\r\n\x1A\n", 8) == 0)
    return tail_has (tail, n_tail, "IEND", 4);
  if (n_head >= 4 && (memcmp (head, "II*\0", 4) == 0 || memcmp (head, "MM\0*", 4) == 0))
    return tiff_is_complete (head, n_head, size);
  return TRUE;
}

static gint64
to_ns (struct timespec t)
{
  return (gint64) t.tv_sec * G_GINT64_CONSTANT (1000000000) + t.tv_nsec;
}

/* TRUE when nothing about @name changed for long enough. */
static gboolean
is_stable (SohoaHotFolder *self, const char *name, const struct stat *st, gint64 now_us)
{
  Waiting *w = g_hash_table_lookup (self->waiting, name);
  gboolean same;

  if (w == NULL) {
    w = g_new0 (Waiting, 1);
    w->first_us = now_us;
    w->since_us = now_us;
    g_hash_table_insert (self->waiting, g_strdup (name), w);
    same = FALSE;
  } else {
    same = w->dev == st->st_dev && w->inode == st->st_ino && w->size == (guint64) st->st_size
           && w->mtime_ns == to_ns (st->st_mtim) && w->ctime_ns == to_ns (st->st_ctim);
  }
  w->generation = self->generation;
  if (same)
    return now_us - w->since_us >= self->stable_us;
  w->dev = st->st_dev;
  w->inode = st->st_ino;
  w->size = st->st_size;
  w->mtime_ns = to_ns (st->st_mtim);
  w->ctime_ns = to_ns (st->st_ctim);
  w->since_us = now_us;
  return self->stable_us == 0;
}

static void
warn_once (SohoaHotFolder *self, const char *name, const char *why)
{
  if (g_hash_table_add (self->warned, g_strdup (name))) {
    g_autofree char *shown = g_utf8_make_valid (name, -1);

    g_warning ("hot folder %s: %s: %s: not taken", self->path, shown, why);
  }
}

/* "ID_name" → "name" */
static const char *
dropped_name (const char *claim)
{
  return strlen (claim) > SOHOA_ID_LENGTH && claim[SOHOA_ID_LENGTH] == '_' ? claim + SOHOA_ID_LENGTH + 1 : claim;
}

static SohoaHotFile *
hot_file_new (const char *claim, int *fd, const struct stat *st)
{
  SohoaHotFile *file = g_new0 (SohoaHotFile, 1);

  file->claim = g_strdup (claim);
  file->name = g_utf8_make_valid (dropped_name (claim), -1);
  for (char *p = file->name; *p != '\0'; p++)
    if ((guchar) *p < 0x20 || *p == 0x7f)
      *p = '_';
  file->fd = sohoa_fd_steal (fd);
  file->dev = st->st_dev;
  file->inode = st->st_ino;
  file->size = st->st_size;
  file->mtime_ns = to_ns (st->st_mtim);
  return file;
}

/* Renames the file that @fd shows; when the name means another file by now, it goes back. */
static SohoaHotFile *
claim (SohoaHotFolder *self, const char *name, int *fd, const struct stat *st)
{
  g_autofree char *id = sohoa_id_new (sohoa_time_now_us ());
  g_autofree char *claim_name = g_strdup_printf ("%s_%s", id, name);
  g_autofree char *to = g_strdup_printf (CLAIMED_FOLDER "/%s", claim_name);
  struct stat now;

  if (strlen (claim_name) > NAME_MAX) {
    warn_once (self, name, "file name too long");
    return NULL;
  }
  if (renameat2 (self->fd, name, self->fd, to, RENAME_NOREPLACE) < 0) {
    sohoa_debug (SOHOA_DEBUG_INTAKE, "claim failed: %s", g_strerror (errno));
    return NULL;
  }
  if (fstatat (self->fd, to, &now, AT_SYMLINK_NOFOLLOW) < 0 || now.st_ino != st->st_ino || now.st_dev != st->st_dev) {
    (void) renameat2 (self->fd, to, self->fd, name, RENAME_NOREPLACE);
    return NULL;
  }
  return hot_file_new (claim_name, fd, st);
}

static SohoaHotFile *
look_at (SohoaHotFolder *self, const char *name, gint64 now_us)
{
  struct stat st;
  SOHOA_AUTO_FD int fd = -1;

  if (fstatat (self->fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
    return NULL;
  if (!S_ISREG (st.st_mode)) {
    if (!S_ISDIR (st.st_mode))
      warn_once (self, name, "symbolic link, FIFO or device");
    return NULL;
  }
  if (!is_stable (self, name, &st, now_us) || st.st_size == 0)
    return NULL;
  if (st.st_nlink != 1) {
    warn_once (self, name, "has another name (hard link)");
    return NULL;
  }
  fd = open_beneath (self->fd, name);
  if (fd < 0 || fstat (fd, &st) < 0 || !S_ISREG (st.st_mode) || st.st_nlink != 1 || has_writer (fd)
      || !is_complete (fd, st.st_size))
    return NULL;
  return claim (self, name, &fd, &st);
}

static DIR *
open_folder (int at, const char *name)
{
  int fd = openat (at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

  return fd < 0 ? NULL : fdopendir (fd);
}

/* Claims of an earlier life of the daemon. */
static void
recover (SohoaHotFolder *self, GPtrArray *files)
{
  DIR *dir = open_folder (self->fd, CLAIMED_FOLDER);
  struct dirent *entry;

  self->recovered = TRUE;
  while (dir != NULL && (entry = readdir (dir)) != NULL) {
    g_autofree char *path = g_strdup_printf (CLAIMED_FOLDER "/%s", entry->d_name);
    struct stat st;
    SOHOA_AUTO_FD int fd = entry->d_name[0] == '.' ? -1 : open_beneath (self->fd, path);

    if (fd >= 0 && fstat (fd, &st) == 0 && S_ISREG (st.st_mode))
      g_ptr_array_add (files, hot_file_new (entry->d_name, &fd, &st));
  }
  if (dir != NULL)
    (void) closedir (dir);
}

static gboolean
not_seen_lately (gpointer name, gpointer waiting, gpointer self)
{
  return ((Waiting *) waiting)->generation != ((SohoaHotFolder *) self)->generation;
}

GPtrArray *
sohoa_hot_folder_scan (SohoaHotFolder *self, gint64 now_us, GError **error)
{
  g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func ((GDestroyNotify) sohoa_hot_file_free);
  DIR *dir = open_folder (self->fd, ".");
  struct dirent *entry;
  guint n = 0;

  if (dir == NULL) {
    fail_errno (error, self->path, "hot folder cannot be read");
    return NULL;
  }
  self->generation++;
  if (!self->recovered)
    recover (self, files);
  while ((entry = readdir (dir)) != NULL && n++ < SOHOA_HOT_FOLDER_MAX_ENTRIES) {
    SohoaHotFile *file = is_ignored (entry->d_name) ? NULL : look_at (self, entry->d_name, now_us);

    if (file != NULL) {
      g_hash_table_remove (self->waiting, entry->d_name);
      g_ptr_array_add (files, file);
    }
  }
  (void) closedir (dir);
  g_hash_table_foreach_remove (self->waiting, not_seen_lately, self);
  return g_steal_pointer (&files);
}

guint
sohoa_hot_folder_count_waiting (SohoaHotFolder *self, gint64 now_us, gint64 *oldest_age_us_out)
{
  GHashTableIter iter;
  Waiting *w;
  gint64 oldest = now_us;

  g_hash_table_iter_init (&iter, self->waiting);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &w))
    oldest = MIN (oldest, w->first_us);
  if (oldest_age_us_out != NULL)
    *oldest_age_us_out = now_us - oldest;
  return g_hash_table_size (self->waiting);
}

/* Moves a claim to @folder under its own name, or with the claim's id before it when that is taken. */
static gboolean
move_to (SohoaHotFolder *self, const char *claim_name, const char *folder, char **name_out, GError **error)
{
  g_autofree char *from = g_strdup_printf (CLAIMED_FOLDER "/%s", claim_name);
  const char *names[] = { dropped_name (claim_name), claim_name };

  *name_out = NULL;
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *to = g_strdup_printf ("%s/%s", folder, names[i]);

    if (renameat2 (self->fd, from, self->fd, to, RENAME_NOREPLACE) == 0) {
      *name_out = g_strdup (names[i]);
      return TRUE;
    }
    if (errno == ENOENT)
      return TRUE;
    if (errno != EEXIST)
      break;
  }
  return fail_errno (error, claim_name, "cannot be moved out of the hot folder");
}

static gboolean
write_reason (SohoaHotFolder *self, const char *name, const char *reason, GError **error)
{
  g_autofree char *path = g_strdup_printf ("%s/" REJECTED_FOLDER "/%s.reason.txt", self->path, name);
  g_autofree char *text = g_strconcat (reason != NULL ? reason : "", "\n", NULL);

  return sohoa_file_write (path, text, strlen (text), REASON_MODE, error);
}

gboolean
sohoa_hot_folder_finish (SohoaHotFolder *self, const char *claim_name, SohoaHotOutcome outcome, const char *reason,
                         GError **error)
{
  g_autofree char *name = NULL;
  g_autofree char *path = g_strdup_printf (CLAIMED_FOLDER "/%s", claim_name);

  if (strchr (claim_name, '/') != NULL || claim_name[0] == '.') {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "hot folder: not a claim");
    return FALSE;
  }
  switch (outcome) {
  case SOHOA_HOT_DONE: return move_to (self, claim_name, DONE_FOLDER, &name, error);
  case SOHOA_HOT_RETURNED: return move_to (self, claim_name, ".", &name, error);
  case SOHOA_HOT_REMOVED:
    if (unlinkat (self->fd, path, 0) < 0 && errno != ENOENT)
      return fail_errno (error, claim_name, "cannot be removed");
    return TRUE;
  case SOHOA_HOT_REJECTED:
    return move_to (self, claim_name, REJECTED_FOLDER, &name, error)
           && (name == NULL || write_reason (self, name, reason, error));
  }
  return FALSE;
}
