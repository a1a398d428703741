#define _GNU_SOURCE
#include "sohoa-hot-private.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define FOLDER_MODE 0700

/* What was seen of a name that is not yet taken. */
typedef struct {
  guint64 dev, inode, size;
  gint64  mtime_ns, ctime_ns;
  gint64  since_us; /* unchanged since */
  gint64  first_us; /* first seen */
  guint64 generation; /* of the scan that saw it last */
  gboolean ready;   /* by that scan: a regular file, unchanged for long enough, not empty */
} Waiting;

/* Files that can only be taken together: mostly one. */
typedef struct {
  char      *stem;    /* (owned) (nullable) name of the scan; NULL: one file by itself */
  GPtrArray *members; /* (owned) (element-type Member) */
  gint64     first_us;
} Unit;

typedef struct {
  char    *name;    /* (owned) */
  guint    number;  /* of the page */
  Waiting *waiting; /* (unowned) */
} Member;

/* Takes @fd; -1: errno tells why. */
static SohoaHotFolder *
folder_new (const char *path, int fd, const SohoaHotRules *rules, GError **error)
{
  static const char *const folders[] = { SOHOA_HOT_CLAIMED_FOLDER, SOHOA_HOT_DONE_FOLDER, SOHOA_HOT_REJECTED_FOLDER };
  g_autoptr(SohoaHotFolder) self = g_new0 (SohoaHotFolder, 1);

  self->path = g_strdup (path);
  self->rules = *rules;
  self->group = g_strdup (rules->group);
  self->rules.group = self->group;
  self->waiting = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->warned = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->fd = fd;
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

SohoaHotFolder *
sohoa_hot_folder_new (const char *path, const SohoaHotRules *rules, GError **error)
{
  return folder_new (path, open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rules, error);
}

SohoaHotFolder *
sohoa_hot_folder_new_below (SohoaHotFolder *parent, const char *name, const SohoaHotRules *rules, GError **error)
{
  g_autofree char *path = g_build_filename (parent->path, name, NULL);

  return folder_new (path, openat (parent->fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW), rules, error);
}

void
sohoa_hot_folder_free (SohoaHotFolder *self)
{
  if (self == NULL)
    return;
  sohoa_fd_clear (&self->fd);
  g_hash_table_unref (self->waiting);
  g_hash_table_unref (self->warned);
  if (self->recovered != NULL)
    g_queue_free_full (self->recovered, g_free);
  g_free (self->group);
  g_free (self->path);
  g_free (self);
}

void
sohoa_hot_warn_once (SohoaHotFolder *self, const char *name, const char *why)
{
  if (g_hash_table_add (self->warned, g_strdup (name))) {
    g_autofree char *shown = g_utf8_make_valid (name, -1);

    g_warning ("hot folder %s: %s: %s: not taken", self->path, shown, why);
  }
}

/* ---- looking ---- */

static gint64
to_ns (struct timespec t)
{
  return (gint64) t.tv_sec * G_GINT64_CONSTANT (1000000000) + t.tv_nsec;
}

/* Sets ready when nothing about @name changed for long enough. Borrowed. */
static Waiting *
note (SohoaHotFolder *self, const char *name, const struct stat *st, gint64 now_us)
{
  Waiting *w = g_hash_table_lookup (self->waiting, name);
  gboolean same = FALSE;

  if (w == NULL) {
    w = g_new0 (Waiting, 1);
    w->first_us = now_us;
    g_hash_table_insert (self->waiting, g_strdup (name), w);
  } else {
    same = w->dev == st->st_dev && w->inode == st->st_ino && w->size == (guint64) st->st_size
           && w->mtime_ns == to_ns (st->st_mtim) && w->ctime_ns == to_ns (st->st_ctim);
  }
  if (!same)
    w->since_us = now_us;
  w->generation = self->generation;
  w->dev = st->st_dev;
  w->inode = st->st_ino;
  w->size = st->st_size;
  w->mtime_ns = to_ns (st->st_mtim);
  w->ctime_ns = to_ns (st->st_ctim);
  w->ready = st->st_size > 0 && now_us - w->since_us >= (gint64) self->rules.stable_ms * 1000;
  return w;
}

static void
member_free (gpointer data)
{
  Member *member = data;

  g_free (member->name);
  g_free (member);
}

static void
unit_free (gpointer data)
{
  Unit *unit = data;

  g_ptr_array_unref (unit->members);
  g_free (unit->stem);
  g_free (unit);
}

/* Puts the file into the unit it belongs to: pages of one scan have the same name and the same ending. */
static void
sort_in (SohoaHotFolder *self, const char *name, Waiting *waiting, GPtrArray *units, GHashTable *groups)
{
  Member *member = g_new0 (Member, 1);
  g_autofree char *stem = NULL;
  g_autofree char *key = NULL;
  Unit *unit = NULL;

  member->name = g_strdup (name);
  member->waiting = waiting;
  if (self->group != NULL && sohoa_hot_name_split (name, self->group, &stem, &member->number)) {
    const char *dot = strrchr (name, '.');
    g_autofree char *ending = g_ascii_strdown (dot != NULL ? dot : "", -1);

    key = g_strconcat (stem, "/", ending, NULL);
    unit = g_hash_table_lookup (groups, key);
  }
  if (unit == NULL) {
    unit = g_new0 (Unit, 1);
    unit->members = g_ptr_array_new_with_free_func (member_free);
    unit->stem = g_steal_pointer (&stem);
    unit->first_us = waiting->first_us;
    g_ptr_array_add (units, unit);
    if (key != NULL)
      g_hash_table_insert (groups, g_steal_pointer (&key), unit);
  }
  unit->first_us = MIN (unit->first_us, waiting->first_us);
  g_ptr_array_add (unit->members, member);
}

/* All units, ready or not, that lie in the folder now. */
static void
look_around (SohoaHotFolder *self, DIR *dir, gint64 now_us, GPtrArray *units)
{
  g_autoptr(GHashTable) groups = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  struct dirent *entry;
  guint n = 0;

  while ((entry = readdir (dir)) != NULL && n++ < SOHOA_HOT_FOLDER_MAX_ENTRIES) {
    const char *name = entry->d_name;
    struct stat st;
    Waiting *waiting;

    if (sohoa_hot_name_is_ignored (name) || fstatat (self->fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
      continue;
    if (!S_ISREG (st.st_mode)) {
      if (!S_ISDIR (st.st_mode))
        sohoa_hot_warn_once (self, name, "symbolic link, FIFO or device");
      continue;
    }
    waiting = note (self, name, &st, now_us);
    if (self->rules.tickets == SOHOA_HOT_TICKETS_NO || !sohoa_hot_name_is_ticket (name))
      sort_in (self, name, waiting, units, groups);
  }
}

/* ---- taking ---- */

static gint
compare_members (gconstpointer a, gconstpointer b)
{
  const Member *one = *(const Member *const *) a, *two = *(const Member *const *) b;

  return one->number != two->number ? (one->number < two->number ? -1 : 1) : strcmp (one->name, two->name);
}

static gint
compare_units (gconstpointer a, gconstpointer b)
{
  const Unit *one = *(const Unit *const *) a, *two = *(const Unit *const *) b;

  return one->first_us == two->first_us ? 0 : one->first_us < two->first_us ? -1 : 1;
}

/* Every page from the first to the last, once, and no further one for a while. Sorts the members. */
static gboolean
group_is_whole (SohoaHotFolder *self, const Unit *unit, gint64 now_us)
{
  const Member *first;
  gint64 newest = 0;

  g_ptr_array_sort (unit->members, compare_members);
  first = g_ptr_array_index (unit->members, 0);
  for (guint i = 0; i < unit->members->len; i++)
    newest = MAX (newest, ((const Member *) g_ptr_array_index (unit->members, i))->waiting->first_us);
  if (now_us - newest < (gint64) self->rules.group_ms * 1000)
    return FALSE;
  if (unit->members->len > SOHOA_HOT_FOLDER_MAX_GROUP) {
    sohoa_hot_warn_once (self, first->name, "one scan of more than 500 files: drop it in parts");
    return FALSE;
  }
  for (guint i = 0; i < unit->members->len; i++) {
    const Member *member = g_ptr_array_index (unit->members, i);

    if (first->number <= 1 && member->number == first->number + i)
      continue;
    sohoa_hot_warn_once (self, member->name, "the page before it has not come, or came twice: the scan waits");
    return FALSE;
  }
  return TRUE;
}

/* NULL: not now. */
static SohoaHotPiece *
open_piece (SohoaHotFolder *self, const char *name)
{
  g_autofree SohoaHotPiece *piece = g_new0 (SohoaHotPiece, 1);
  SOHOA_AUTO_FD int fd = sohoa_hot_open_beneath (self->fd, name);

  if (fd < 0 || fstat (fd, &piece->st) < 0 || !S_ISREG (piece->st.st_mode))
    return NULL;
  if (piece->st.st_nlink != 1) {
    sohoa_hot_warn_once (self, name, "has another name (hard link)");
    return NULL;
  }
  if (sohoa_hot_file_has_writer (fd) || !sohoa_hot_file_is_complete (fd, (guint64) piece->st.st_size))
    return NULL;
  piece->name = g_strdup (name);
  piece->fd = sohoa_fd_steal (&fd);
  return g_steal_pointer (&piece);
}

/* FALSE: its ticket is not there, or not whole. *@name_out: g_free, NULL: it goes without one. */
static gboolean
find_ticket (SohoaHotFolder *self, const Unit *unit, char **name_out)
{
  const Member *first = g_ptr_array_index (unit->members, 0);
  g_auto(GStrv) names = NULL;

  *name_out = NULL;
  if (self->rules.tickets == SOHOA_HOT_TICKETS_NO)
    return TRUE;
  names = sohoa_hot_name_tickets (first->name, unit->stem);
  for (guint i = 0; names[i] != NULL; i++) {
    const Waiting *waiting = g_hash_table_lookup (self->waiting, names[i]);

    if (waiting == NULL || waiting->generation != self->generation)
      continue;
    *name_out = waiting->ready ? g_strdup (names[i]) : NULL;
    return waiting->ready;
  }
  return self->rules.tickets != SOHOA_HOT_TICKETS_REQUIRED;
}

/* NULL: not now. */
static SohoaHotClaim *
take (SohoaHotFolder *self, const Unit *unit, gint64 now_us)
{
  g_autoptr(GPtrArray) pieces = g_ptr_array_new_with_free_func (sohoa_hot_piece_free);
  g_autofree char *ticket = NULL;
  SohoaHotClaim *claim;

  for (guint i = 0; i < unit->members->len; i++)
    if (!((const Member *) g_ptr_array_index (unit->members, i))->waiting->ready)
      return NULL;
  if ((unit->stem != NULL && !group_is_whole (self, unit, now_us)) || !find_ticket (self, unit, &ticket))
    return NULL;
  for (guint i = 0; i < unit->members->len + (ticket != NULL); i++) {
    const char *name = i < unit->members->len ? ((const Member *) g_ptr_array_index (unit->members, i))->name : ticket;
    SohoaHotPiece *piece = open_piece (self, name);

    if (piece == NULL)
      return NULL;
    g_ptr_array_add (pieces, piece);
  }
  claim = sohoa_hot_claim_make (self, pieces, ticket != NULL);
  for (guint i = 0; claim != NULL && i < pieces->len; i++)
    g_hash_table_remove (self->waiting, ((const SohoaHotPiece *) g_ptr_array_index (pieces, i))->name);
  return claim;
}

static gboolean
not_seen_lately (gpointer name, gpointer waiting, gpointer self)
{
  return ((Waiting *) waiting)->generation != ((SohoaHotFolder *) self)->generation;
}

GPtrArray *
sohoa_hot_folder_scan (SohoaHotFolder *self, gint64 now_us, GError **error)
{
  g_autoptr(GPtrArray) claims = g_ptr_array_new_with_free_func ((GDestroyNotify) sohoa_hot_claim_free);
  g_autoptr(GPtrArray) units = g_ptr_array_new_with_free_func (unit_free);
  SohoaHotClaim *claim;
  DIR *dir;

  while (claims->len < SOHOA_HOT_FOLDER_MAX_CLAIMS && (claim = sohoa_hot_claim_recover (self)) != NULL)
    g_ptr_array_add (claims, claim);
  dir = sohoa_hot_open_folder (self->fd, ".");
  if (dir == NULL) {
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "%s: hot folder cannot be read: %s", self->path,
                 g_strerror (errno));
    return NULL;
  }
  self->generation++;
  look_around (self, dir, now_us, units);
  (void) closedir (dir);
  g_hash_table_foreach_remove (self->waiting, not_seen_lately, self);
  g_ptr_array_sort (units, compare_units);
  for (guint i = 0; i < units->len && claims->len < SOHOA_HOT_FOLDER_MAX_CLAIMS; i++)
    if ((claim = take (self, g_ptr_array_index (units, i), now_us)) != NULL)
      g_ptr_array_add (claims, claim);
  return g_steal_pointer (&claims);
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

char **
sohoa_hot_folder_list_subfolders (SohoaHotFolder *self)
{
  GPtrArray *names = g_ptr_array_new ();
  DIR *dir = sohoa_hot_open_folder (self->fd, ".");
  struct dirent *entry;
  guint n = 0;

  while (dir != NULL && (entry = readdir (dir)) != NULL && n++ < SOHOA_HOT_FOLDER_MAX_ENTRIES) {
    struct stat st;

    if (!sohoa_hot_name_is_ignored (entry->d_name) && g_utf8_validate (entry->d_name, -1, NULL)
        && fstatat (self->fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR (st.st_mode))
      g_ptr_array_add (names, g_strdup (entry->d_name));
  }
  if (dir != NULL)
    (void) closedir (dir);
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (names, FALSE);
}

gboolean
sohoa_hot_folder_is_there (SohoaHotFolder *self)
{
  struct stat ours, named;

  return fstat (self->fd, &ours) == 0 && stat (self->path, &named) == 0 && ours.st_ino == named.st_ino
         && ours.st_dev == named.st_dev;
}
