#include "sohoa-reception.h"

#include "sohoa-file.h"
#include "sohoa-hot-folder.h"
#include "sohoa-log.h"
#include "sohoa-protocol.h"
#include "sohoa-time.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SCAN_INTERVAL_MS 500
#define SALT_META "intake-salt"

typedef struct {
  SohoaReception        *reception; /* (unowned) */
  const SohoaFolderConf *conf;      /* (unowned) */
  SohoaHotFolder        *folder;    /* (owned) its thread only */
  GThread               *thread;    /* (owned) */
} Watch;

struct _SohoaReception {
  SohoaDesk *desk;    /* (unowned) */
  GPtrArray *watches; /* (owned) */
  GMutex     lock;
  GCond      stop;
  gboolean   stopping;
};

/* What a document's source is, and what is to become of it; lives in desk->sources as text:
 * folder name, claim, outcome (-1 = nothing yet) and reason, one per line. */
static char *
source_text (const char *folder, const char *claim, int outcome, const char *reason)
{
  return g_strdup_printf ("%s\n%s\n%d\n%s", folder, claim, outcome, reason != NULL ? reason : "");
}

static void
set_outcome (SohoaDesk *desk, const char *id, SohoaHotOutcome outcome, const char *reason)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&desk->sources_lock);
  const char *text = g_hash_table_lookup (desk->sources, id);
  g_auto(GStrv) lines = text != NULL ? g_strsplit (text, "\n", 4) : NULL;

  if (lines != NULL)
    g_hash_table_insert (desk->sources, g_strdup (id), source_text (lines[0], lines[1], (int) outcome, reason));
}

void
sohoa_reception_registered (SohoaDesk *desk, const char *id)
{
  set_outcome (desk, id, SOHOA_HOT_DONE, NULL);
}

void
sohoa_reception_refused (SohoaDesk *desk, const char *id, const char *reason)
{
  set_outcome (desk, id, SOHOA_HOT_REJECTED, reason);
}

void
sohoa_reception_purged (SohoaDesk *desk, const char *id)
{
  set_outcome (desk, id, SOHOA_HOT_REMOVED, NULL);
}

void
sohoa_reception_wipe_open (SohoaDesk *desk, const char *id)
{
  g_autofree char *folder = sohoa_desk_dup_folder (desk, id);
  g_autoptr(GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = g_build_filename (folder, name, NULL);

    if (!g_str_has_prefix (name, "sealed-"))
      (void) sohoa_folder_remove (path, NULL);
  }
}

/* ---- sealing and adding ---- */

/* Seals files and what came with them under a new id; nothing is left behind on failure. g_free. */
static char *
seal_new (SohoaDesk *desk, const SohoaDelivery *delivery, const int *fds, GError **error)
{
  g_autofree char *id = sohoa_id_new (sohoa_time_now_us ());
  gboolean ok = sohoa_delivery_seal (delivery, desk->vault, id, error);

  for (guint i = 0; ok && i < delivery->names->len; i++)
    ok = sohoa_vault_seal (desk->vault, id, i + 1, fds[i], error);
  if (ok)
    return g_steal_pointer (&id);
  sohoa_vault_destroy (desk->vault, id);
  return NULL;
}

static void
drop_sealed (SohoaDesk *desk, const char *id)
{
  g_autofree char *folder = sohoa_desk_dup_folder (desk, id);

  sohoa_vault_destroy (desk->vault, id);
  (void) rmdir (folder);
}

/* One document from sealed files. Gives the id that has them now. g_free. */
static char *
add_document (SohoaDesk *desk, const SohoaDelivery *delivery, const int *fds, const char *token, const char *actor,
              const SohoaStoreIntake *intake, GError **error)
{
  g_autofree char *id = seal_new (desk, delivery, fds, error);
  SohoaStoreNewDocument document = { .id = id, .actor = actor, .token = token, .intakes = intake,
                                     .n_intakes = intake != NULL ? 1 : 0 };
  char *owner = NULL;
  gboolean created = FALSE;

  if (id == NULL)
    return NULL;
  for (guint i = 0; i < delivery->set->len; i++) /* Hỏa tốc overtakes before anything was read */
    if (g_str_has_prefix (g_ptr_array_index (delivery->set, i), "Priority="))
      document.priority
        = (guint) CLAMP (g_ascii_strtoll ((char *) g_ptr_array_index (delivery->set, i) + strlen ("Priority="), NULL, 10), 0, 4);
  if (!sohoa_store_add (desk->store, &document, &owner, &created, error)) {
    drop_sealed (desk, id);
    return NULL;
  }
  if (!created)
    drop_sealed (desk, id);
  return owner;
}

static gboolean
check_input (int fd, const char *name, GError **error)
{
  struct stat st;

  if (fstat (fd, &st) < 0 || !S_ISREG (st.st_mode)) {
    g_set_error (error, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_NOT_A_FILE, "%s: not a regular file: give an image or a PDF", name);
    return FALSE;
  }
  if (st.st_size == 0) {
    g_set_error (error, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_EMPTY, "%s: empty: scan it again", name);
    return FALSE;
  }
  if ((guint64) st.st_size > SOHOA_INPUT_MAX_BYTES) {
    g_set_error (error, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_TOO_LARGE, "%s: more than 2 GiB: split it", name);
    return FALSE;
  }
  return TRUE;
}

char **
sohoa_reception_add (SohoaDesk *desk, const SohoaDelivery *delivery, const int *fds, gboolean together,
                     const char *token, const char *actor, GError **error)
{
  g_autofree char *meta = g_strconcat ("add:", token, NULL);
  g_autofree char *known = NULL;
  g_autofree char *joined = NULL;
  g_autoptr(GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  guint n = delivery->names->len;

  known = sohoa_store_get_meta (desk->store, meta, NULL);
  if (known != NULL)
    return g_strsplit (known, " ", -1);
  for (guint i = 0; i < n; i++)
    if (!check_input (fds[i], g_ptr_array_index (delivery->names, i), error))
      return NULL;
  for (guint i = 0; i < (together ? 1 : n); i++) {
    g_autoptr(SohoaDelivery) one = sohoa_delivery_new ();
    g_autofree char *own_token = g_strdup_printf ("%s:%u", token, i);
    char *id;

    one->profile = g_strdup (delivery->profile);
    for (guint k = together ? 0 : i; k < (together ? n : i + 1); k++)
      g_ptr_array_add (one->names, g_strdup (g_ptr_array_index (delivery->names, k)));
    for (guint k = 0; k < delivery->set->len; k++)
      g_ptr_array_add (one->set, g_strdup (g_ptr_array_index (delivery->set, k)));
    id = add_document (desk, one, fds + i, own_token, actor, NULL, error);
    if (id == NULL)
      return NULL;
    g_ptr_array_add (ids, id);
  }
  g_ptr_array_add (ids, NULL);
  joined = g_strjoinv (" ", (char **) ids->pdata);
  if (!sohoa_store_set_meta (desk->store, meta, joined, error))
    return NULL;
  return (char **) g_ptr_array_free (g_steal_pointer (&ids), FALSE);
}

/* ---- a hot folder ---- */

/* The store must not tell which file a secret was: digests of deliveries are salted. g_free. */
static char *
salted_digest (SohoaDesk *desk, int fd, GError **error)
{
  g_autofree char *sha256 = sohoa_fd_sha256 (fd, 0, G_MAXUINT64, error);
  g_autofree char *salt = NULL;
  g_autofree char *both = NULL;

  if (sha256 == NULL)
    return NULL;
  salt = sohoa_store_get_meta (desk->store, SALT_META, NULL);
  if (salt == NULL) {
    g_autofree char *a = g_uuid_string_random ();
    g_autofree char *b = g_uuid_string_random ();

    salt = g_strconcat (a, b, NULL);
    if (!sohoa_store_set_meta (desk->store, SALT_META, salt, error))
      return NULL;
  }
  both = g_strconcat (salt, sha256, NULL);
  return sohoa_bytes_sha256 (both, strlen (both));
}

static void
remember_source (Watch *watch, const char *id, const SohoaHotFile *file)
{
  SohoaDesk *desk = watch->reception->desk;
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&desk->sources_lock);

  g_hash_table_insert (desk->sources, g_strdup (id), source_text (watch->conf->name, file->claim, -1, NULL));
}

static SohoaDelivery *
delivery_of (Watch *watch, const SohoaHotFile *file)
{
  SohoaDelivery *delivery = sohoa_delivery_new ();

  delivery->profile = g_strdup (watch->conf->profile);
  g_ptr_array_add (delivery->names, g_strdup (file->name));
  return delivery;
}

/* A file we took before: after a restart, or dropped again. */
static void
meet_again (Watch *watch, const char *id, const SohoaHotFile *file)
{
  SohoaDesk *desk = watch->reception->desk;
  g_autoptr(GError) error = NULL;
  g_autoptr(SohoaStoreDocument) document = sohoa_store_find (desk->store, id, &error);
  g_autoptr(SohoaDelivery) delivery = delivery_of (watch, file);

  if (document == NULL)
    return;
  remember_source (watch, id, file);
  switch (document->state) {
  case SOHOA_STATE_CAPTURED: /* the power was cut and the key died: the file is still here */
    if (!sohoa_vault_has_key (desk->vault, id)
        && (!sohoa_vault_seal (desk->vault, id, 1, file->fd, &error)
            || !sohoa_delivery_seal (delivery, desk->vault, id, &error)))
      g_warning ("hot folder %s: %s", watch->conf->name, error->message);
    break;
  case SOHOA_STATE_FAILED:
    if (document->files->len == 0)
      sohoa_reception_refused (desk, id, document->error_message);
    break;
  case SOHOA_STATE_CANCELLED:
  case SOHOA_STATE_RETURNED:
    sohoa_reception_refused (desk, id, "the document was cancelled");
    break;
  case SOHOA_STATE_DELIVERED:
  case SOHOA_STATE_ACCEPTED:
  case SOHOA_STATE_DONE:
  case SOHOA_STATE_REFUSED:
  case SOHOA_STATE_RECALLED:
  case SOHOA_STATE_SUPERSEDED:
    sohoa_reception_registered (desk, id);
    break;
  default:
    break;
  }
}

static void
take_file (Watch *watch, const SohoaHotFile *file)
{
  SohoaDesk *desk = watch->reception->desk;
  SohoaStoreIntake intake = { .dev = file->dev, .inode = file->inode, .size = file->size, .mtime_ns = file->mtime_ns };
  g_autofree char *actor = g_strdup_printf ("hot-folder:%s", watch->conf->name);
  g_autoptr(SohoaDelivery) delivery = delivery_of (watch, file);
  g_autoptr(GError) error = NULL;
  g_autofree char *digest = salted_digest (desk, file->fd, &error);
  g_autofree char *id = NULL;

  if (digest != NULL) {
    g_strlcpy (intake.sha256, digest, sizeof intake.sha256);
    id = sohoa_store_find_intake (desk->store, &intake, &error);
    if (id != NULL) {
      meet_again (watch, id, file);
      return;
    }
  }
  if (error == NULL)
    id = add_document (desk, delivery, &file->fd, NULL, actor, &intake, &error);
  if (id == NULL) { /* disk full and the like: back into the folder, and tried again */
    g_warning ("hot folder %s: a file was not taken: %s", watch->conf->name, error->message);
    g_clear_error (&error);
    if (!sohoa_hot_folder_finish (watch->folder, file->claim, SOHOA_HOT_RETURNED, NULL, &error))
      g_warning ("hot folder %s: %s", watch->conf->name, error->message);
    return;
  }
  remember_source (watch, id, file);
  g_info ("%s: taken from hot folder %s", id, watch->conf->name);
}

/* Ends the claims whose documents have come to an end. */
static void
finish_claims (Watch *watch)
{
  SohoaDesk *desk = watch->reception->desk;
  g_autoptr(GPtrArray) due = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);
  GHashTableIter iter;
  gpointer id, text;

  g_mutex_lock (&desk->sources_lock);
  g_hash_table_iter_init (&iter, desk->sources);
  while (g_hash_table_iter_next (&iter, &id, &text)) {
    g_auto(GStrv) lines = g_strsplit (text, "\n", 4);

    if (g_str_equal (lines[0], watch->conf->name) && !g_str_equal (lines[2], "-1")) {
      g_ptr_array_add (due, g_steal_pointer (&lines));
      g_hash_table_iter_remove (&iter);
    }
  }
  g_mutex_unlock (&desk->sources_lock);
  for (guint i = 0; i < due->len; i++) {
    char **lines = g_ptr_array_index (due, i);
    g_autoptr(GError) error = NULL;

    if (!sohoa_hot_folder_finish (watch->folder, lines[1], (SohoaHotOutcome) g_ascii_strtoll (lines[2], NULL, 10),
                                  lines[3], &error))
      g_warning ("hot folder %s: %s", watch->conf->name, error->message);
  }
}

static gpointer
watch_folder (gpointer data)
{
  Watch *watch = data;
  SohoaReception *self = watch->reception;

  g_mutex_lock (&self->lock);
  while (!self->stopping) {
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) files = NULL;

    g_mutex_unlock (&self->lock);
    files = sohoa_hot_folder_scan (watch->folder, g_get_monotonic_time (), &error);
    if (files == NULL)
      g_warning ("hot folder %s: %s", watch->conf->name, error->message);
    for (guint i = 0; files != NULL && i < files->len; i++)
      take_file (watch, g_ptr_array_index (files, i));
    finish_claims (watch);
    g_mutex_lock (&self->lock);
    if (!self->stopping)
      (void) g_cond_wait_until (&self->stop, &self->lock, g_get_monotonic_time () + SCAN_INTERVAL_MS * 1000);
  }
  g_mutex_unlock (&self->lock);
  return NULL;
}

/* ---- start and stop ---- */

/* Spool folders without a document were made just before a crash: their file is still where it came from. */
static void
tidy_spool (SohoaDesk *desk)
{
  g_autoptr(GDir) dir = g_dir_open (desk->spool_dir, 0, NULL);
  const char *id;

  while (dir != NULL && (id = g_dir_read_name (dir)) != NULL) {
    g_autoptr(GError) error = NULL;
    g_autofree char *folder = sohoa_desk_dup_folder (desk, id);
    g_autoptr(SohoaStoreDocument) document = NULL;

    if (!sohoa_id_is_valid (id))
      continue;
    document = sohoa_store_find (desk->store, id, &error);
    if (document == NULL && g_error_matches (error, SOHOA_ERROR, SOHOA_ERROR_NOT_FOUND)) {
      sohoa_vault_destroy (desk->vault, id);
      (void) sohoa_folder_remove (folder, NULL);
    } else if (document != NULL && document->state == SOHOA_STATE_CANCELLED && document->files->len == 0) {
      sohoa_vault_destroy (desk->vault, id); /* purged, and killed before the files went */
      (void) sohoa_folder_remove (folder, NULL);
    } else if (document != NULL && document->state == SOHOA_STATE_HELD
               && sohoa_desk_peek_file (document, SOHOA_ROLE_INPUT) == NULL) {
      sohoa_reception_wipe_open (desk, id);
    } else if (document != NULL && sohoa_desk_peek_file (document, SOHOA_ROLE_INPUT) != NULL) {
      sohoa_vault_destroy (desk->vault, id);
    }
  }
}

SohoaReception *
sohoa_reception_new (SohoaDesk *desk, GError **error)
{
  g_autoptr(SohoaReception) self = g_new0 (SohoaReception, 1);

  self->desk = desk;
  self->watches = g_ptr_array_new_with_free_func (g_free);
  g_mutex_init (&self->lock);
  g_cond_init (&self->stop);
  tidy_spool (desk);
  for (guint i = 0; i < desk->conf->folders->len; i++) {
    const SohoaFolderConf *conf = g_ptr_array_index (desk->conf->folders, i);
    Watch *watch = g_new0 (Watch, 1);

    g_ptr_array_add (self->watches, watch);
    watch->reception = self;
    watch->conf = conf;
    watch->folder = sohoa_hot_folder_new (conf->path, conf->stable_seconds * 1000, error);
    if (watch->folder == NULL) {
      g_prefix_error (error, "[hotfolder %s] ", conf->name);
      return NULL;
    }
  }
  for (guint i = 0; i < self->watches->len; i++) {
    Watch *watch = g_ptr_array_index (self->watches, i);

    watch->thread = g_thread_new ("hot-folder", watch_folder, watch);
  }
  return g_steal_pointer (&self);
}

void
sohoa_reception_free (SohoaReception *self)
{
  if (self == NULL)
    return;
  g_mutex_lock (&self->lock);
  self->stopping = TRUE;
  g_cond_broadcast (&self->stop);
  g_mutex_unlock (&self->lock);
  for (guint i = 0; i < self->watches->len; i++) {
    Watch *watch = g_ptr_array_index (self->watches, i);

    g_clear_pointer (&watch->thread, g_thread_join);
    g_clear_pointer (&watch->folder, sohoa_hot_folder_free);
  }
  g_ptr_array_unref (self->watches);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->stop);
  g_free (self);
}

GVariant *
sohoa_reception_describe (SohoaReception *self)
{
  GVariantBuilder b;

  g_variant_builder_init (&b, G_VARIANT_TYPE ("a(sss)"));
  for (guint i = 0; i < self->watches->len; i++) {
    const Watch *watch = g_ptr_array_index (self->watches, i);

    g_variant_builder_add (&b, "(sss)", watch->conf->name, watch->conf->path,
                           g_file_test (watch->conf->path, G_FILE_TEST_IS_DIR) ? "watched" : "missing");
  }
  return g_variant_builder_end (&b);
}
