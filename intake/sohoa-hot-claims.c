#define _GNU_SOURCE
#include "sohoa-hot-private.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-log.h"
#include "sohoa-time.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FOLDER_MODE 0700
#define REASON_MODE 0644
#define GROUP_ENDING ".group"
#define PART_ENDING ".part" /* a group that is being made or given back: on recovery it goes back */

static void
hot_file_free (gpointer data)
{
  SohoaHotFile *file = data;

  sohoa_fd_clear (&file->fd);
  g_free (file->name);
  g_free (file);
}

void
sohoa_hot_claim_free (SohoaHotClaim *claim)
{
  if (claim == NULL)
    return;
  g_ptr_array_unref (claim->files);
  g_clear_pointer (&claim->ticket, hot_file_free);
  g_free (claim->claim);
  g_free (claim);
}

void
sohoa_hot_piece_free (gpointer data)
{
  SohoaHotPiece *piece = data;

  sohoa_fd_clear (&piece->fd);
  g_free (piece->name);
  g_free (piece);
}

static gboolean
fail_errno (GError **error, const char *path, const char *what)
{
  int saved = errno;

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved), "%s: %s: %s", path, what, g_strerror (saved));
  return FALSE;
}

/* "ID_name" → "name" */
static const char *
dropped_name (const char *claim)
{
  return strlen (claim) > SOHOA_ID_LENGTH && claim[SOHOA_ID_LENGTH] == '_' ? claim + SOHOA_ID_LENGTH + 1 : claim;
}

static gboolean
is_group (const char *claim)
{
  return g_str_has_suffix (claim, GROUP_ENDING) && strlen (claim) == SOHOA_ID_LENGTH + strlen (GROUP_ENDING);
}

static gboolean
is_part (const char *claim)
{
  return g_str_has_suffix (claim, PART_ENDING) && strlen (claim) == SOHOA_ID_LENGTH + strlen (PART_ENDING);
}

/* Path of a claim, or of one of its files, from the hot folder. g_free. */
static char *
path_in_claims (const char *claim, const char *name)
{
  return name != NULL ? g_strdup_printf (SOHOA_HOT_CLAIMED_FOLDER "/%s/%s", claim, name)
                      : g_strdup_printf (SOHOA_HOT_CLAIMED_FOLDER "/%s", claim);
}

static SohoaHotFile *
hot_file_new (const char *name, int *fd, const struct stat *st)
{
  SohoaHotFile *file = g_new0 (SohoaHotFile, 1);

  file->name = g_utf8_make_valid (name, -1);
  for (char *p = file->name; *p != '\0'; p++)
    if ((guchar) *p < 0x20 || *p == 0x7f)
      *p = '_';
  file->fd = sohoa_fd_steal (fd);
  file->dev = st->st_dev;
  file->inode = st->st_ino;
  file->size = st->st_size;
  file->mtime_ns = (gint64) st->st_mtim.tv_sec * G_GINT64_CONSTANT (1000000000) + st->st_mtim.tv_nsec;
  return file;
}

static SohoaHotClaim *
hot_claim_new (const char *name)
{
  SohoaHotClaim *claim = g_new0 (SohoaHotClaim, 1);

  claim->claim = g_strdup (name);
  claim->files = g_ptr_array_new_with_free_func (hot_file_free);
  return claim;
}

/* ---- making ---- */

/* Renames the file that is open in @piece; when the name means another file by now, it goes back. */
static gboolean
move_piece (SohoaHotFolder *self, const SohoaHotPiece *piece, const char *to)
{
  struct stat now;

  if (renameat2 (self->fd, piece->name, self->fd, to, RENAME_NOREPLACE) < 0) {
    sohoa_debug (SOHOA_DEBUG_INTAKE, "claim failed: %s", g_strerror (errno));
    return FALSE;
  }
  if (fstatat (self->fd, to, &now, AT_SYMLINK_NOFOLLOW) == 0 && now.st_ino == piece->st.st_ino && now.st_dev == piece->st.st_dev)
    return TRUE;
  (void) renameat2 (self->fd, to, self->fd, piece->name, RENAME_NOREPLACE);
  return FALSE;
}

static SohoaHotClaim *
claim_single (SohoaHotFolder *self, SohoaHotPiece *piece, const char *id)
{
  g_autofree char *name = g_strdup_printf ("%s_%s", id, piece->name);
  g_autofree char *to = path_in_claims (name, NULL);
  SohoaHotClaim *claim;

  if (strlen (name) > NAME_MAX) {
    sohoa_hot_warn_once (self, piece->name, "file name too long");
    return NULL;
  }
  if (!move_piece (self, piece, to))
    return NULL;
  claim = hot_claim_new (name);
  g_ptr_array_add (claim->files, hot_file_new (piece->name, &piece->fd, &piece->st));
  return claim;
}

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* The names in a claim's folder, sorted; NULL: there is no such folder. */
static GPtrArray *
list_claim (SohoaHotFolder *self, const char *claim)
{
  g_autofree char *path = path_in_claims (claim, NULL);
  DIR *dir = sohoa_hot_open_folder (self->fd, path);
  GPtrArray *names;
  struct dirent *entry;

  if (dir == NULL)
    return NULL;
  names = g_ptr_array_new_with_free_func (g_free);
  while ((entry = readdir (dir)) != NULL)
    if (!g_str_equal (entry->d_name, ".") && !g_str_equal (entry->d_name, ".."))
      g_ptr_array_add (names, g_strdup (entry->d_name));
  (void) closedir (dir);
  g_ptr_array_sort (names, compare_names);
  return names;
}

/* Beside the file, and on the disk before the file moves: nothing lies in rejected/ without its reason. */
static gboolean
write_reason (SohoaHotFolder *self, const char *name, const char *reason, GError **error)
{
  g_autofree char *path = g_strdup_printf ("%s/" SOHOA_HOT_REJECTED_FOLDER "/%s.reason.txt", self->path, name);
  g_autofree char *text = g_strconcat (reason, "\n", NULL);

  return sohoa_file_write (path, text, strlen (text), REASON_MODE, error);
}

/* Moves every file of the claim's folder to @folder, with the claim's id before all their names when one of them is taken
 * there, and takes the folder away. @reason: (nullable) written beside the first. */
static gboolean
empty_claim (SohoaHotFolder *self, const char *claim, const char *folder, const char *reason, GError **error)
{
  g_autoptr(GPtrArray) names = list_claim (self, claim);
  g_autofree char *id = g_strndup (claim, SOHOA_ID_LENGTH);
  g_autofree char *path = path_in_claims (claim, NULL);
  gboolean taken = FALSE;

  for (guint i = 0; names != NULL && i < names->len; i++) {
    g_autofree char *to = g_strdup_printf ("%s/%s", folder, (char *) g_ptr_array_index (names, i));

    taken = taken || faccessat (self->fd, to, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
  }
  for (guint i = 0; names != NULL && i < names->len; i++) {
    const char *name = g_ptr_array_index (names, i);
    g_autofree char *from = path_in_claims (claim, name);
    g_autofree char *there = taken ? g_strdup_printf ("%s_%s", id, name) : g_strdup (name);
    g_autofree char *to = g_strdup_printf ("%s/%s", folder, there);

    if (i == 0 && reason != NULL && !write_reason (self, there, reason, error))
      return FALSE;
    if (renameat2 (self->fd, from, self->fd, to, RENAME_NOREPLACE) < 0 && errno != ENOENT)
      return fail_errno (error, claim, "cannot be moved out of the hot folder");
  }
  if (unlinkat (self->fd, path, AT_REMOVEDIR) < 0 && errno != ENOENT)
    return fail_errno (error, claim, "cannot be removed");
  return TRUE;
}

static SohoaHotClaim *
claim_group (SohoaHotFolder *self, GPtrArray *pieces, gboolean ticket, const char *id)
{
  g_autofree char *part = g_strconcat (id, PART_ENDING, NULL);
  g_autofree char *group = g_strconcat (id, GROUP_ENDING, NULL);
  g_autofree char *from = path_in_claims (part, NULL);
  g_autofree char *to = path_in_claims (group, NULL);
  g_autoptr(GError) error = NULL;
  SohoaHotClaim *claim;
  gboolean ok = mkdirat (self->fd, from, FOLDER_MODE) == 0;

  for (guint i = 0; ok && i < pieces->len; i++) {
    const SohoaHotPiece *piece = g_ptr_array_index (pieces, i);
    g_autofree char *there = path_in_claims (part, piece->name);

    ok = move_piece (self, piece, there);
  }
  if (!ok || renameat2 (self->fd, from, self->fd, to, RENAME_NOREPLACE) < 0) {
    if (!empty_claim (self, part, ".", NULL, &error))
      g_warning ("hot folder %s: %s", self->path, error->message);
    return NULL;
  }
  claim = hot_claim_new (group);
  for (guint i = 0; i < pieces->len; i++) {
    SohoaHotPiece *piece = g_ptr_array_index (pieces, i);
    SohoaHotFile *file = hot_file_new (piece->name, &piece->fd, &piece->st);

    if (ticket && i + 1 == pieces->len)
      claim->ticket = file;
    else
      g_ptr_array_add (claim->files, file);
  }
  return claim;
}

SohoaHotClaim *
sohoa_hot_claim_make (SohoaHotFolder *self, GPtrArray *pieces, gboolean ticket)
{
  g_autofree char *id = sohoa_id_new (sohoa_time_now_us ());

  return pieces->len == 1 ? claim_single (self, g_ptr_array_index (pieces, 0), id) : claim_group (self, pieces, ticket, id);
}

/* ---- an earlier life ---- */

static SohoaHotFile *
reopen (SohoaHotFolder *self, const char *path, const char *name)
{
  struct stat st;
  SOHOA_AUTO_FD int fd = sohoa_hot_open_beneath (self->fd, path);

  return fd >= 0 && fstat (fd, &st) == 0 && S_ISREG (st.st_mode) ? hot_file_new (name, &fd, &st) : NULL;
}

/* By the numbers of their pages; names without one by themselves. */
static gint
compare_pages (gconstpointer a, gconstpointer b, gpointer separator)
{
  const char *name_a = *(const char *const *) a, *name_b = *(const char *const *) b;
  g_autofree char *stem_a = NULL;
  g_autofree char *stem_b = NULL;
  guint number_a = 0, number_b = 0;

  if (separator != NULL && sohoa_hot_name_split (name_a, separator, &stem_a, &number_a)
      && sohoa_hot_name_split (name_b, separator, &stem_b, &number_b) && number_a != number_b)
    return number_a < number_b ? -1 : 1;
  return strcmp (name_a, name_b);
}

static SohoaHotClaim *
recover_group (SohoaHotFolder *self, const char *name)
{
  g_autoptr(GPtrArray) names = list_claim (self, name);
  SohoaHotClaim *claim = hot_claim_new (name);

  if (names != NULL)
    g_ptr_array_sort_with_data (names, compare_pages, self->group);
  for (guint i = 0; names != NULL && i < names->len; i++) {
    const char *piece = g_ptr_array_index (names, i);
    g_autofree char *path = path_in_claims (name, piece);
    SohoaHotFile *file = reopen (self, path, piece);

    if (file == NULL)
      continue;
    if (claim->ticket == NULL && names->len > 1 && self->rules.tickets != SOHOA_HOT_TICKETS_NO && sohoa_hot_name_is_ticket (piece))
      claim->ticket = file;
    else
      g_ptr_array_add (claim->files, file);
  }
  if (claim->files->len > 0)
    return claim;
  sohoa_hot_claim_free (claim);
  return NULL;
}

static void
list_earlier (SohoaHotFolder *self)
{
  DIR *dir = sohoa_hot_open_folder (self->fd, SOHOA_HOT_CLAIMED_FOLDER);
  struct dirent *entry;

  self->recovered = g_queue_new ();
  while (dir != NULL && (entry = readdir (dir)) != NULL) {
    g_autoptr(GError) error = NULL;

    if (entry->d_name[0] == '.')
      continue;
    if (is_part (entry->d_name)) {
      if (!empty_claim (self, entry->d_name, ".", NULL, &error))
        g_warning ("hot folder %s: %s", self->path, error->message);
    } else {
      g_queue_push_tail (self->recovered, g_strdup (entry->d_name));
    }
  }
  if (dir != NULL)
    (void) closedir (dir);
}

SohoaHotClaim *
sohoa_hot_claim_recover (SohoaHotFolder *self)
{
  if (self->recovered == NULL)
    list_earlier (self);
  while (!g_queue_is_empty (self->recovered)) {
    g_autofree char *name = g_queue_pop_head (self->recovered);
    g_autofree char *path = path_in_claims (name, NULL);
    SohoaHotClaim *claim = NULL;
    SohoaHotFile *file;

    if (is_group (name)) {
      claim = recover_group (self, name);
    } else if ((file = reopen (self, path, dropped_name (name))) != NULL) {
      claim = hot_claim_new (name);
      g_ptr_array_add (claim->files, file);
    }
    if (claim != NULL)
      return claim;
  }
  return NULL;
}

/* ---- the end of a claim ---- */

/* Moves a single file to @folder under its own name, or with the claim's id before it when that is taken. */
static gboolean
move_single (SohoaHotFolder *self, const char *claim, const char *folder, const char *reason, GError **error)
{
  g_autofree char *from = path_in_claims (claim, NULL);
  const char *names[] = { dropped_name (claim), claim };

  if (faccessat (self->fd, from, F_OK, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
    return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *to = g_strdup_printf ("%s/%s", folder, names[i]);

    if (faccessat (self->fd, to, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
      continue;
    if (reason != NULL && !write_reason (self, names[i], reason, error))
      return FALSE;
    if (renameat2 (self->fd, from, self->fd, to, RENAME_NOREPLACE) == 0)
      return TRUE;
    if (errno != EEXIST)
      return fail_errno (error, claim, "cannot be moved out of the hot folder");
  }
  errno = EEXIST;
  return fail_errno (error, claim, "cannot be moved out of the hot folder");
}

/* A group that goes back must not be met as a whole one half way. */
static gboolean
return_group (SohoaHotFolder *self, const char *claim, GError **error)
{
  g_autofree char *part = g_strdup_printf ("%.*s%s", (int) SOHOA_ID_LENGTH, claim, PART_ENDING);
  g_autofree char *from = path_in_claims (claim, NULL);
  g_autofree char *to = path_in_claims (part, NULL);

  if (renameat2 (self->fd, from, self->fd, to, RENAME_NOREPLACE) < 0 && errno != ENOENT)
    return fail_errno (error, claim, "cannot be given back");
  return empty_claim (self, part, ".", NULL, error);
}

static gboolean
move_out (SohoaHotFolder *self, const char *claim, const char *folder, const char *reason, GError **error)
{
  return is_group (claim) ? empty_claim (self, claim, folder, reason, error) : move_single (self, claim, folder, reason, error);
}

static gboolean
remove_claim (SohoaHotFolder *self, const char *claim, GError **error)
{
  g_autoptr(GPtrArray) names = is_group (claim) ? list_claim (self, claim) : NULL;
  g_autofree char *path = path_in_claims (claim, NULL);

  for (guint i = 0; names != NULL && i < names->len; i++) {
    g_autofree char *piece = path_in_claims (claim, g_ptr_array_index (names, i));

    if (unlinkat (self->fd, piece, 0) < 0 && errno != ENOENT)
      return fail_errno (error, claim, "cannot be removed");
  }
  if (unlinkat (self->fd, path, is_group (claim) ? AT_REMOVEDIR : 0) < 0 && errno != ENOENT)
    return fail_errno (error, claim, "cannot be removed");
  return TRUE;
}

gboolean
sohoa_hot_folder_finish (SohoaHotFolder *self, const char *claim, SohoaHotOutcome outcome, const char *reason, GError **error)
{
  if (strchr (claim, '/') != NULL || claim[0] == '.') {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "hot folder: not a claim");
    return FALSE;
  }
  switch (outcome) {
  case SOHOA_HOT_DONE: return move_out (self, claim, SOHOA_HOT_DONE_FOLDER, NULL, error);
  case SOHOA_HOT_RETURNED: return is_group (claim) ? return_group (self, claim, error) : move_single (self, claim, ".", NULL, error);
  case SOHOA_HOT_REMOVED: return remove_claim (self, claim, error);
  case SOHOA_HOT_REJECTED: return move_out (self, claim, SOHOA_HOT_REJECTED_FOLDER, reason != NULL ? reason : "", error);
  }
  return FALSE;
}
