#define _GNU_SOURCE
#include "sohoa-hot-private.h"

#include "sohoa-file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define HEAD_BYTES 1024
#define TAIL_BYTES 4096
#define MAX_PAGE_DIGITS 4 /* more is a date or a time */

gboolean
sohoa_hot_name_is_ignored (const char *name)
{
  static const char *const endings[] = { "~", ".tmp", ".part", ".partial", ".crdownload", ".filepart", ".swp", ".lock" };
  static const char *const names[] = { "Thumbs.db", "desktop.ini", "@eaDir", SOHOA_HOT_DONE_FOLDER, SOHOA_HOT_REJECTED_FOLDER };
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

static const char *const ticket_endings[] = { ".json", ".xml" };

gboolean
sohoa_hot_name_is_ticket (const char *name)
{
  g_autofree char *lower = g_ascii_strdown (name, -1);

  for (guint i = 0; i < G_N_ELEMENTS (ticket_endings); i++)
    if (g_str_has_suffix (lower, ticket_endings[i]))
      return TRUE;
  return FALSE;
}

/* Length of the name without its ending. */
static gsize
stem_length (const char *name)
{
  const char *dot = strrchr (name, '.');

  return dot != NULL && dot != name ? (gsize) (dot - name) : strlen (name);
}

char **
sohoa_hot_name_tickets (const char *name, const char *stem)
{
  GPtrArray *names = g_ptr_array_new ();
  g_autofree char *bare = stem != NULL ? g_strdup (stem) : g_strndup (name, stem_length (name));

  for (guint i = 0; i < G_N_ELEMENTS (ticket_endings); i++) {
    if (stem == NULL)
      g_ptr_array_add (names, g_strconcat (name, ticket_endings[i], NULL));
    g_ptr_array_add (names, g_strconcat (bare, ticket_endings[i], NULL));
  }
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (names, FALSE);
}

gboolean
sohoa_hot_name_split (const char *name, const char *separator, char **stem_out, guint *number_out)
{
  gsize end = stem_length (name), at = end, before = strlen (separator);
  guint number = 0;

  while (at > 0 && g_ascii_isdigit (name[at - 1]))
    at--;
  if (at == end || end - at > MAX_PAGE_DIGITS || at <= before || strncmp (name + at - before, separator, before) != 0)
    return FALSE;
  for (gsize i = at; i < end; i++)
    number = number * 10 + (guint) (name[i] - '0');
  *number_out = number;
  *stem_out = g_strndup (name, at - before);
  return TRUE;
}

int
sohoa_hot_open_beneath (int folder, const char *name)
{
  struct open_how how = { .flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY,
                          .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS };
  long fd = syscall (SYS_openat2, folder, name, &how, sizeof how);

  if (fd < 0 && (errno == ENOSYS || errno == EPERM) && strchr (name, '/') == NULL)
    return openat (folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  return (int) fd;
}

DIR *
sohoa_hot_open_folder (int at, const char *name)
{
  int fd = openat (at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

  return fd < 0 ? NULL : fdopendir (fd);
}

gboolean
sohoa_hot_file_has_writer (int fd)
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

gboolean
sohoa_hot_file_is_complete (int fd, guint64 size)
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
