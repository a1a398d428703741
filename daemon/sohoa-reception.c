#include "sohoa-reception-private.h"

#include "sohoa-file.h"
#include "sohoa-log.h"
#include "sohoa-protocol.h"
#include "sohoa-time.h"
#include "sohoa-watch.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct _SohoaReception {
  SohoaDesk *desk;    /* (unowned) */
  GPtrArray *watches; /* (owned) (element-type SohoaWatch) */
};

/* ---- where documents came from ---- */

/* What a document's source is, and what is to become of it. */
typedef struct {
  char           *key;     /* (owned) of the hot folder */
  char           *claim;   /* (owned) */
  gboolean        ended;
  SohoaHotOutcome outcome; /* when ended */
  char           *reason;  /* (owned) (nullable) */
} Source;

static void
source_free (gpointer data)
{
  Source *source = data;

  g_free (source->key);
  g_free (source->claim);
  g_free (source->reason);
  g_free (source);
}

GHashTable *
sohoa_reception_sources_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, source_free);
}

void
sohoa_reception_remember (SohoaDesk *desk, const char *id, const char *key, const char *claim)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&desk->sources_lock);
  Source *source = g_new0 (Source, 1);

  source->key = g_strdup (key);
  source->claim = g_strdup (claim);
  g_hash_table_insert (desk->sources, g_strdup (id), source);
}

static void
end_free (gpointer data)
{
  SohoaReceptionEnd *end = data;

  g_free (end->claim);
  g_free (end->reason);
  g_free (end);
}

GPtrArray *
sohoa_reception_take_ended (SohoaDesk *desk, const char *key, guint *open)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&desk->sources_lock);
  GPtrArray *ended = g_ptr_array_new_with_free_func (end_free);
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, desk->sources);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    Source *source = value;
    SohoaReceptionEnd *end;

    if (!g_str_equal (source->key, key))
      continue;
    if (!source->ended) {
      (*open)++;
      continue;
    }
    end = g_new0 (SohoaReceptionEnd, 1);
    end->claim = g_steal_pointer (&source->claim);
    end->outcome = source->outcome;
    end->reason = g_steal_pointer (&source->reason);
    g_ptr_array_add (ended, end);
    g_hash_table_iter_remove (&iter);
  }
  return ended;
}

static void
set_outcome (SohoaDesk *desk, const char *id, SohoaHotOutcome outcome, const char *reason)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&desk->sources_lock);
  Source *source = g_hash_table_lookup (desk->sources, id);

  if (source == NULL)
    return;
  source->ended = TRUE;
  source->outcome = outcome;
  g_free (source->reason);
  source->reason = g_strdup (reason);
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

gboolean
sohoa_reception_seal (SohoaDesk *desk, const SohoaDelivery *delivery, const int *fds, const char *id, GError **error)
{
  gboolean ok = sohoa_delivery_seal (delivery, desk->vault, id, error);

  for (guint i = 0; ok && i < delivery->names->len; i++)
    ok = sohoa_vault_seal (desk->vault, id, i + 1, fds[i], error);
  if (!ok)
    sohoa_vault_destroy (desk->vault, id);
  return ok;
}

static void
drop_sealed (SohoaDesk *desk, const char *id)
{
  g_autofree char *folder = sohoa_desk_dup_folder (desk, id);

  sohoa_vault_destroy (desk->vault, id);
  (void) rmdir (folder);
}

/* Hỏa tốc overtakes before anything was read. */
static guint
priority_of (const SohoaDelivery *delivery)
{
  const GPtrArray *lists[] = { delivery->said, delivery->set };
  guint priority = 0;

  for (guint k = 0; k < G_N_ELEMENTS (lists); k++)
    for (guint i = 0; i < lists[k]->len; i++) {
      const char *word = g_ptr_array_index (lists[k], i);

      if (g_str_has_prefix (word, "Priority="))
        priority = (guint) CLAMP (g_ascii_strtoll (word + strlen ("Priority="), NULL, 10), 0, 4);
    }
  return priority;
}

char *
sohoa_reception_add_document (SohoaDesk *desk, const SohoaDelivery *delivery, const int *fds, const char *token,
                              const char *actor, const SohoaStoreIntake *intakes, guint n_intakes, GError **error)
{
  g_autofree char *id = sohoa_id_new (sohoa_time_now_us ());
  SohoaStoreNewDocument document = { .id = id, .actor = actor, .token = token, .intakes = intakes, .n_intakes = n_intakes,
                                     .priority = priority_of (delivery) };
  char *owner = NULL;
  gboolean created = FALSE;

  if (!sohoa_reception_seal (desk, delivery, fds, id, error))
    return NULL;
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
    id = sohoa_reception_add_document (desk, one, fds + i, own_token, actor, NULL, 0, error);
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
  self->watches = g_ptr_array_new_with_free_func ((GDestroyNotify) sohoa_watch_free);
  tidy_spool (desk);
  for (guint i = 0; i < desk->conf->folders->len; i++) {
    SohoaWatch *watch = sohoa_watch_new (desk, g_ptr_array_index (desk->conf->folders, i), error);

    if (watch == NULL)
      return NULL;
    g_ptr_array_add (self->watches, watch);
  }
  for (guint i = 0; i < self->watches->len; i++)
    sohoa_watch_start (g_ptr_array_index (self->watches, i));
  return g_steal_pointer (&self);
}

void
sohoa_reception_free (SohoaReception *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->watches);
  g_free (self);
}

GVariant *
sohoa_reception_describe (SohoaReception *self)
{
  GVariantBuilder b;

  g_variant_builder_init (&b, G_VARIANT_TYPE ("a(sssuu)"));
  for (guint i = 0; i < self->watches->len; i++) {
    const SohoaFolderConf *conf = g_ptr_array_index (self->desk->conf->folders, i);
    guint waiting, oldest;
    const char *state = sohoa_watch_look (g_ptr_array_index (self->watches, i), &waiting, &oldest);

    g_variant_builder_add (&b, "(sssuu)", conf->name, conf->path, state, waiting, oldest);
  }
  return g_variant_builder_end (&b);
}
