#include "sohoa-watch.h"

#include "sohoa-delivery.h"
#include "sohoa-file.h"
#include "sohoa-hot-folder.h"
#include "sohoa-log.h"
#include "sohoa-profile.h"
#include "sohoa-reception-private.h"
#include "sohoa-ticket.h"
#include "sohoa-validate.h"

#include <errno.h>
#include <glib-unix.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#define BUSY_MS 500      /* between looks while something waits or is on its way */
#define IDLE_MS 5000     /* between looks without any notice: the look that is relied on */
#define MAX_SUBFOLDERS 64u
#define SALT_META "intake-salt"
#define NOTICES (IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_DELETE_SELF | IN_ONLYDIR)
#define NOTICE_BYTES 4096

/* The folder itself, or one in it. */
typedef struct {
  char           *sub;    /* (owned) (nullable) its name; NULL: the configured folder */
  char           *key;    /* (owned) "NAME" or "NAME/SUB": what a document's source is called */
  SohoaHotFolder *folder; /* (owned) */
} Tree;

struct _SohoaWatch {
  SohoaDesk             *desk;    /* (unowned) */
  const SohoaFolderConf *conf;    /* (unowned) */
  GPtrArray             *trees;   /* (owned) (element-type Tree) the folder itself first; the thread's only */
  GHashTable            *strange; /* (owned) names of folders that are no profile */
  GThread               *thread;  /* (owned) (nullable) */
  int                    stop_fd; /* eventfd */
  int                    notice_fd; /* inotify; -1: looked at by the clock only */
  GMutex                 lock;    /* of what follows */
  gboolean               missing;
  guint                  waiting, oldest_seconds;
};

static void
tree_free (gpointer data)
{
  Tree *tree = data;

  sohoa_hot_folder_free (tree->folder);
  g_free (tree->sub);
  g_free (tree->key);
  g_free (tree);
}

static Tree *
tree_new (SohoaWatch *self, const char *sub, GError **error)
{
  const SohoaFolderConf *conf = self->conf;
  SohoaHotRules rules = { .stable_ms = conf->stable_seconds * 1000, .group = conf->group, .group_ms = conf->group_seconds * 1000,
                          .tickets = conf->tickets };
  const Tree *root = sub != NULL ? g_ptr_array_index (self->trees, 0) : NULL;
  SohoaHotFolder *folder = sub == NULL ? sohoa_hot_folder_new (conf->path, &rules, error)
                                       : sohoa_hot_folder_new_below (root->folder, sub, &rules, error);
  g_autofree char *path = g_build_filename (conf->path, sub, NULL);
  Tree *tree;

  if (folder == NULL)
    return NULL;
  tree = g_new0 (Tree, 1);
  tree->sub = g_strdup (sub);
  tree->key = sub != NULL ? g_strconcat (conf->name, "/", sub, NULL) : g_strdup (conf->name);
  tree->folder = folder;
  if (self->notice_fd >= 0 && inotify_add_watch (self->notice_fd, path, NOTICES) < 0)
    g_info ("hot folder %s: no notices (%s): looked at by the clock", tree->key, g_strerror (errno));
  return tree;
}

/* ---- one claim ---- */

/* The store must not tell which file a secret was: digests of deliveries are salted. g_free. */
static char *
salted_digest (SohoaDesk *desk, const char *sha256, GError **error)
{
  g_autofree char *salt = sohoa_desk_dup_secret (desk, SALT_META, error);
  g_autofree char *both = NULL;

  if (salt == NULL)
    return NULL;
  both = g_strconcat (salt, sha256, NULL);
  return sohoa_bytes_sha256 (both, strlen (both));
}

static SohoaDelivery *
delivery_of (SohoaWatch *self, const Tree *tree, const SohoaHotClaim *claim)
{
  SohoaDelivery *delivery = sohoa_delivery_new ();

  delivery->profile = g_strdup (tree->sub != NULL ? tree->sub : self->conf->profile);
  for (guint i = 0; i < claim->files->len; i++)
    g_ptr_array_add (delivery->names, g_strdup (((const SohoaHotFile *) g_ptr_array_index (claim->files, i))->name));
  return delivery;
}

/* What the ticket says goes into @delivery. @sha256: of the only file, NULL when there are several. */
static gboolean
obey_ticket (const SohoaHotClaim *claim, const char *sha256, SohoaDelivery *delivery, GError **error)
{
  const char *name = claim->ticket->name;
  g_autoptr(GBytes) bytes = sohoa_fd_read_bytes (claim->ticket->fd, SOHOA_TICKET_MAX_BYTES, error);
  g_autoptr(SohoaTicket) ticket = bytes != NULL ? sohoa_ticket_parse (name, bytes, error) : NULL;
  g_autoptr(SohoaProfile) profile = NULL;

  if (ticket == NULL)
    return FALSE;
  if (ticket->sha256 != NULL && g_strcmp0 (ticket->sha256, sha256) != 0) {
    g_set_error (error, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_TICKET,
                 "%s: sha256: it belongs to another file: drop the file and its own ticket again", name);
    return FALSE;
  }
  if (ticket->profile != NULL && (profile = sohoa_profile_load (ticket->profile, NULL)) == NULL) {
    g_set_error (error, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_TICKET, "%s: profile: there is no such profile: correct the ticket", name);
    return FALSE;
  }
  for (guint i = 0; i < ticket->set->len; i++) {
    const char *word = g_ptr_array_index (ticket->set, i);
    const char *value = strchr (word, '=') + 1;
    g_autofree char *key = g_strndup (word, (gsize) (value - word - 1));

    if (!sohoa_field_check (key, value, error)) {
      g_prefix_error (error, "%s: ", name);
      return FALSE;
    }
    g_ptr_array_add (delivery->said, g_strdup (word));
  }
  if (ticket->priority > 0)
    g_ptr_array_add (delivery->said, g_strdup_printf ("Priority=%d", ticket->priority));
  if (ticket->profile != NULL) {
    g_free (delivery->profile);
    delivery->profile = g_strdup (ticket->profile);
  }
  return TRUE;
}

static int *
descriptors (const SohoaHotClaim *claim)
{
  int *fds = g_new (int, claim->files->len);

  for (guint i = 0; i < claim->files->len; i++)
    fds[i] = ((const SohoaHotFile *) g_ptr_array_index (claim->files, i))->fd;
  return fds;
}

/* The power was cut and the key died: the files are still here. */
static void
seal_again (SohoaWatch *self, const Tree *tree, const char *id, const SohoaHotClaim *claim)
{
  SohoaVault *vault = self->desk->vault;
  g_autoptr(SohoaDelivery) delivery = delivery_of (self, tree, claim);
  g_autofree int *fds = descriptors (claim);
  g_autoptr(GError) error = NULL;

  if (sohoa_vault_has_key (vault, id))
    return;
  if (claim->ticket != NULL && !obey_ticket (claim, NULL, delivery, &error))
    g_clear_error (&error); /* it was judged when the files were taken */
  if (!sohoa_reception_seal (self->desk, delivery, fds, id, &error))
    g_warning ("hot folder %s: %s", tree->key, error->message);
}

/* Files we took before: after a restart, or dropped again. */
static void
meet_again (SohoaWatch *self, const Tree *tree, const char *id, const SohoaHotClaim *claim)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(SohoaStoreDocument) document = sohoa_store_find (self->desk->store, id, &error);

  if (document == NULL)
    return;
  sohoa_reception_remember (self->desk, id, tree->key, claim->claim);
  switch (document->state) {
  case SOHOA_STATE_CAPTURED:
    seal_again (self, tree, id, claim);
    break;
  case SOHOA_STATE_FAILED:
    if (document->files->len == 0)
      sohoa_reception_refused (self->desk, id, document->error_message);
    break;
  case SOHOA_STATE_CANCELLED:
  case SOHOA_STATE_RETURNED:
    sohoa_reception_refused (self->desk, id, "the document was cancelled");
    break;
  case SOHOA_STATE_DELIVERED:
  case SOHOA_STATE_ACCEPTED:
  case SOHOA_STATE_DONE:
  case SOHOA_STATE_REFUSED:
  case SOHOA_STATE_RECALLED:
  case SOHOA_STATE_SUPERSEDED:
    sohoa_reception_registered (self->desk, id);
    break;
  default:
    break;
  }
}

static void
end_claim (const Tree *tree, const char *claim, SohoaHotOutcome outcome, const char *reason)
{
  g_autoptr(GError) error = NULL;

  if (!sohoa_hot_folder_finish (tree->folder, claim, outcome, reason, &error))
    g_warning ("hot folder %s: %s", tree->key, error->message);
}

/* The store's rows of the files; *@sha256_out: of the first, not salted. */
static SohoaStoreIntake *
intakes_of (SohoaWatch *self, const SohoaHotClaim *claim, char **sha256_out, GError **error)
{
  g_autofree SohoaStoreIntake *intakes = g_new0 (SohoaStoreIntake, claim->files->len);

  for (guint i = 0; i < claim->files->len; i++) {
    const SohoaHotFile *file = g_ptr_array_index (claim->files, i);
    g_autofree char *sha256 = sohoa_fd_sha256 (file->fd, 0, G_MAXUINT64, error);
    g_autofree char *digest = sha256 != NULL ? salted_digest (self->desk, sha256, error) : NULL;

    if (digest == NULL)
      return NULL;
    intakes[i] = (SohoaStoreIntake) { .dev = file->dev, .inode = file->inode, .size = file->size, .mtime_ns = file->mtime_ns };
    g_strlcpy (intakes[i].sha256, digest, sizeof intakes[i].sha256);
    if (i == 0)
      *sha256_out = g_steal_pointer (&sha256);
  }
  return g_steal_pointer (&intakes);
}

/* The document that has the files of the claim by now; NULL with error. g_free. */
static char *
make_document (SohoaWatch *self, const Tree *tree, const SohoaHotClaim *claim, gboolean *again, GError **error)
{
  g_autofree char *actor = g_strdup_printf ("hot-folder:%s", tree->key);
  g_autofree char *sha256 = NULL;
  g_autofree SohoaStoreIntake *intakes = intakes_of (self, claim, &sha256, error);
  g_autoptr(SohoaDelivery) delivery = delivery_of (self, tree, claim);
  g_autofree int *fds = descriptors (claim);
  char *id;

  if (intakes == NULL)
    return NULL;
  id = sohoa_store_find_intake (self->desk->store, &intakes[0], error);
  *again = id != NULL;
  if (id != NULL || (error != NULL && *error != NULL))
    return id;
  if (claim->ticket != NULL && !obey_ticket (claim, claim->files->len == 1 ? sha256 : NULL, delivery, error))
    return NULL;
  return sohoa_reception_add_document (self->desk, delivery, fds, NULL, actor, intakes, claim->files->len, error);
}

static void
take (SohoaWatch *self, const Tree *tree, const SohoaHotClaim *claim)
{
  g_autoptr(GError) error = NULL;
  gboolean again = FALSE;
  g_autofree char *id = make_document (self, tree, claim, &again, &error);

  if (id != NULL && again) {
    meet_again (self, tree, id, claim);
  } else if (id != NULL) {
    sohoa_reception_remember (self->desk, id, tree->key, claim->claim);
    g_info ("%s: taken from hot folder %s", id, tree->key);
  } else if (error->domain == SOHOA_INTAKE_ERROR || g_error_matches (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT)) {
    end_claim (tree, claim->claim, SOHOA_HOT_REJECTED, error->message);
  } else { /* disk full and the like: back into the folder, and tried again */
    g_warning ("hot folder %s: a file was not taken: %s", tree->key, error->message);
    end_claim (tree, claim->claim, SOHOA_HOT_RETURNED, NULL);
  }
}

/* ---- looking ---- */

static gboolean
is_known (SohoaWatch *self, const char *sub)
{
  for (guint i = 1; i < self->trees->len; i++)
    if (g_str_equal (((const Tree *) g_ptr_array_index (self->trees, i))->sub, sub))
      return TRUE;
  return g_hash_table_contains (self->strange, sub);
}

static void
meet_subfolder (SohoaWatch *self, const char *sub)
{
  g_autoptr(SohoaProfile) profile = sohoa_profile_load (sub, NULL);
  g_autoptr(GError) error = NULL;
  Tree *tree = NULL;

  if (profile == NULL || self->trees->len > MAX_SUBFOLDERS) {
    g_warning ("hot folder %s: folder %s: %s: nothing in it is taken", self->conf->name, sub,
               profile == NULL ? "its name is no profile" : "more folders than can be watched");
    g_hash_table_add (self->strange, g_strdup (sub));
    return;
  }
  tree = tree_new (self, sub, &error);
  if (tree != NULL)
    g_ptr_array_add (self->trees, tree);
  else
    g_warning ("hot folder %s: %s", self->conf->name, error->message);
}

static void
find_subfolders (SohoaWatch *self)
{
  const Tree *root = g_ptr_array_index (self->trees, 0);
  g_auto(GStrv) subs = self->conf->subfolders ? sohoa_hot_folder_list_subfolders (root->folder) : NULL;

  for (guint i = self->trees->len; i > 1; i--) /* a folder that went, or another under its name */
    if (!sohoa_hot_folder_is_there (((const Tree *) g_ptr_array_index (self->trees, i - 1))->folder))
      g_ptr_array_remove_index (self->trees, i - 1);
  for (guint i = 0; subs != NULL && subs[i] != NULL; i++)
    if (!is_known (self, subs[i]))
      meet_subfolder (self, subs[i]);
}

/* Gives whether there may be more to take at once. */
static gboolean
look_at (SohoaWatch *self, const Tree *tree, guint *waiting, gint64 *oldest_us)
{
  g_autoptr(GError) error = NULL;
  gint64 now_us = g_get_monotonic_time (), age_us = 0;
  g_autoptr(GPtrArray) claims = sohoa_hot_folder_scan (tree->folder, now_us, &error);

  if (claims == NULL)
    g_warning ("hot folder %s: %s", tree->key, error->message);
  for (guint i = 0; claims != NULL && i < claims->len; i++)
    take (self, tree, g_ptr_array_index (claims, i));
  *waiting += sohoa_hot_folder_count_waiting (tree->folder, now_us, &age_us);
  *oldest_us = MAX (*oldest_us, age_us);
  return claims != NULL && claims->len >= SOHOA_HOT_FOLDER_MAX_CLAIMS;
}

/* Ends the claims whose documents have come to an end. Gives how many are still on their way. */
static guint
end_claims (SohoaWatch *self)
{
  guint open = 0;

  for (guint i = 0; i < self->trees->len; i++) {
    const Tree *tree = g_ptr_array_index (self->trees, i);
    g_autoptr(GPtrArray) ended = sohoa_reception_take_ended (self->desk, tree->key, &open);

    for (guint k = 0; k < ended->len; k++) {
      const SohoaReceptionEnd *end = g_ptr_array_index (ended, k);

      end_claim (tree, end->claim, end->outcome, end->reason);
    }
  }
  return open;
}

/* Waits for a notice, the end, or the clock. FALSE: the end. */
static gboolean
wait_for (SohoaWatch *self, int ms)
{
  struct pollfd fds[] = { { .fd = self->stop_fd, .events = POLLIN }, { .fd = self->notice_fd, .events = POLLIN } };
  char notices[NOTICE_BYTES];

  if (poll (fds, G_N_ELEMENTS (fds), ms) > 0 && (fds[1].revents & POLLIN) != 0)
    while (read (self->notice_fd, notices, sizeof notices) > 0)
      continue;
  return (fds[0].revents & POLLIN) == 0;
}

static gpointer
run (gpointer data)
{
  SohoaWatch *self = data;
  int ms;

  do {
    const Tree *root = g_ptr_array_index (self->trees, 0);
    gint64 oldest_us = 0;
    guint waiting = 0, open;
    gboolean more = FALSE;

    find_subfolders (self);
    for (guint i = 0; i < self->trees->len; i++)
      more = look_at (self, g_ptr_array_index (self->trees, i), &waiting, &oldest_us) || more;
    open = end_claims (self);
    g_mutex_lock (&self->lock);
    self->missing = !sohoa_hot_folder_is_there (root->folder);
    self->waiting = waiting;
    self->oldest_seconds = (guint) MIN (oldest_us / G_USEC_PER_SEC, G_MAXUINT);
    g_mutex_unlock (&self->lock);
    ms = more ? 0 : self->notice_fd < 0 || waiting > 0 || open > 0 ? BUSY_MS : IDLE_MS;
  } while (wait_for (self, ms));
  return NULL;
}

/* ---- start and end ---- */

SohoaWatch *
sohoa_watch_new (SohoaDesk *desk, const SohoaFolderConf *conf, GError **error)
{
  g_autoptr(SohoaWatch) self = g_new0 (SohoaWatch, 1);
  Tree *root;

  g_mutex_init (&self->lock);
  self->desk = desk;
  self->conf = conf;
  self->trees = g_ptr_array_new_with_free_func (tree_free);
  self->strange = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->stop_fd = eventfd (0, EFD_CLOEXEC);
  self->notice_fd = conf->polled ? -1 : inotify_init1 (IN_CLOEXEC | IN_NONBLOCK);
  root = tree_new (self, NULL, error);
  if (root == NULL) {
    g_prefix_error (error, "[hotfolder %s] ", conf->name);
    return NULL;
  }
  g_ptr_array_add (self->trees, root);
  return g_steal_pointer (&self);
}

void
sohoa_watch_start (SohoaWatch *self)
{
  self->thread = g_thread_new ("hot-folder", run, self);
}

void
sohoa_watch_free (SohoaWatch *self)
{
  guint64 one = 1;

  if (self == NULL)
    return;
  if (self->thread != NULL && write (self->stop_fd, &one, sizeof one) == sizeof one)
    g_thread_join (self->thread);
  sohoa_fd_clear (&self->stop_fd);
  sohoa_fd_clear (&self->notice_fd);
  g_ptr_array_unref (self->trees);
  g_hash_table_unref (self->strange);
  g_mutex_clear (&self->lock);
  g_free (self);
}

const char *
sohoa_watch_look (SohoaWatch *self, guint *waiting_out, guint *oldest_seconds_out)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  *waiting_out = self->waiting;
  *oldest_seconds_out = self->oldest_seconds;
  return self->missing ? "missing" : "watched";
}
