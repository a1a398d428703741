#include "sohoa-desk.h"

#include "sohoa-delivery.h"
#include "sohoa-file.h"
#include "sohoa-reception.h"
#include "sohoa-record.h"
#include "sohoa-time.h"
#include "sohoa-unlocks.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define STATE(name) (1u << SOHOA_STATE_##name)

static gboolean
lock_state (SohoaDesk *self, GError **error)
{
  g_autofree char *path = g_build_filename (self->conf->state_dir, "lock", NULL);

  self->lock_fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (self->lock_fd < 0) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_CONFIG, "%s: cannot be opened: %s: check its owner", path,
                 g_strerror (errno));
    return FALSE;
  }
  if (flock (self->lock_fd, LOCK_EX | LOCK_NB) < 0) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_BUSY, "%s: another sohoad works here: stop it first",
                 self->conf->state_dir);
    return FALSE;
  }
  return TRUE;
}

/* We hold the lock of the folder, so whoever had a lease is dead. */
static gboolean
void_old_leases (SohoaDesk *self, GError **error)
{
  SohoaStoreQuery query = { 0 };
  g_autofree char *cursor = NULL;

  for (guint s = 0; s < SOHOA_N_STATES; s++)
    if (sohoa_state_is_working (s))
      query.states |= 1u << s;
  do {
    g_autofree char *next = NULL;
    g_autoptr(GPtrArray) rows = NULL;

    query.cursor = cursor;
    rows = sohoa_store_list (self->store, &query, &next, error);
    if (rows == NULL)
      return FALSE;
    for (guint i = 0; i < rows->len; i++) {
      SohoaStoreDocument *row = g_ptr_array_index (rows, i);
      SohoaStoreClaim claim = { .id = row->id, .fence = row->fence };

      if (row->fence != 0 && !sohoa_store_release (self->store, &claim, error))
        return FALSE;
    }
    g_free (cursor);
    cursor = g_steal_pointer (&next);
  } while (cursor != NULL);
  return TRUE;
}

#define AGENCIES_FILE "agencies.csv"

static gboolean
load_lists (SohoaDesk *self, GError **error)
{
  g_autofree char *path = g_build_filename (self->conf->state_dir, AGENCIES_FILE, NULL);

  self->calendar = sohoa_calendar_load (error);
  self->agencies = self->calendar != NULL ? sohoa_agencies_load (path, error) : NULL;
  return self->agencies != NULL;
}

gboolean
sohoa_desk_import_agencies (SohoaDesk *self, int fd, guint *count_out, GError **error)
{
  g_autofree char *path = g_build_filename (self->conf->state_dir, AGENCIES_FILE, NULL);
  goffset size = sohoa_fd_size (fd);
  g_autofree char *text = NULL, *csv = NULL;
  g_autoptr(SohoaAgencies) agencies = NULL;

  if (size < 0 || size > (goffset) SOHOA_AGENCIES_MAX_BYTES) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "agencies: a file of at most %u bytes is wanted", SOHOA_AGENCIES_MAX_BYTES);
    return FALSE;
  }
  text = g_malloc0 ((gsize) size + 1);
  if (!sohoa_fd_pread_all (fd, text, (gsize) size, 0, error)
      || (agencies = sohoa_agencies_parse ("agencies", text, strlen (text), error)) == NULL)
    return FALSE;
  csv = sohoa_agencies_to_csv (agencies);
  g_mutex_lock (&self->agencies_lock);
  if (sohoa_file_write (path, csv, (gssize) strlen (csv), 0600, error)) {
    SohoaAgencies *old = self->agencies;

    *count_out = sohoa_agencies_count (agencies);
    self->agencies = g_steal_pointer (&agencies);
    agencies = old;
    g_mutex_unlock (&self->agencies_lock);
    return TRUE;
  }
  g_mutex_unlock (&self->agencies_lock);
  return FALSE;
}

static gboolean
open_connectors (SohoaDesk *self, GError **error)
{
  self->connectors = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) sohoa_connector_free);
  g_ptr_array_set_free_func (self->conf->targets, NULL); /* each connector takes its own */
  for (guint i = 0; i < self->conf->targets->len; i++) {
    SohoaTarget *target = g_ptr_array_index (self->conf->targets, i);
    g_autofree char *name = g_strdup (target->name);
    SohoaConnector *connector = sohoa_connector_new (target, error);

    if (connector == NULL)
      return FALSE;
    if (i == 0)
      self->target = sohoa_connector_get_target (connector)->name;
    g_hash_table_insert (self->connectors, g_steal_pointer (&name), connector);
  }
  return TRUE;
}

SohoaDesk *
sohoa_desk_new (SohoaDaemonConf *conf, gboolean session, GError **error)
{
  g_autoptr(SohoaDesk) self = g_new0 (SohoaDesk, 1);
  g_autofree char *database = NULL;
  g_autofree char *run = sohoa_id_new (sohoa_time_now_us ());

  self->conf = conf;
  self->session = session;
  self->lock_fd = -1;
  self->unlocks = sohoa_unlocks_new ();
  g_mutex_init (&self->agencies_lock);
  g_mutex_init (&self->sources_lock);
  g_mutex_init (&self->secrets_lock);
  self->sources = sohoa_reception_sources_new ();
  self->spool_dir = g_build_filename (conf->state_dir, "spool", NULL);
  self->instance = g_strdup_printf ("sohoad:%d:%s", (int) getpid (), run);
  database = g_build_filename (conf->state_dir, "store.db", NULL);
  if (!sohoa_folder_make (conf->state_dir, 0700, error) || !lock_state (self, error)
      || !load_lists (self, error)
      || !sohoa_folder_make (self->spool_dir, 0700, error)
      || !sohoa_folder_make (conf->runtime_dir, 0700, error)
      || (self->vault = sohoa_vault_new (conf->runtime_dir, self->spool_dir, error)) == NULL
      || (self->store = sohoa_store_open_sqlite (database, error)) == NULL || !void_old_leases (self, error)
      || !open_connectors (self, error) || (self->authority = sohoa_authority_new (conf, error)) == NULL
      || (self->pool = sohoa_worker_pool_new (conf->workers, error)) == NULL)
    return NULL;
  return g_steal_pointer (&self);
}

void
sohoa_desk_free (SohoaDesk *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->pool, sohoa_worker_pool_free);
  g_clear_pointer (&self->store, sohoa_store_free);
  g_clear_pointer (&self->vault, sohoa_vault_free);
  g_clear_pointer (&self->unlocks, sohoa_unlocks_free);
  g_clear_pointer (&self->authority, sohoa_authority_free);
  g_clear_pointer (&self->connectors, g_hash_table_unref);
  g_clear_pointer (&self->sources, g_hash_table_unref);
  g_clear_pointer (&self->agencies, sohoa_agencies_free);
  g_clear_pointer (&self->calendar, sohoa_calendar_free);
  g_mutex_clear (&self->agencies_lock);
  g_mutex_clear (&self->sources_lock);
  g_mutex_clear (&self->secrets_lock);
  sohoa_daemon_conf_free (self->conf);
  g_free (self->spool_dir);
  g_free (self->instance);
  sohoa_fd_clear (&self->lock_fd);
  g_free (self);
}

char *
sohoa_desk_dup_folder (SohoaDesk *self, const char *id)
{
  return g_build_filename (self->spool_dir, id, NULL);
}

char *
sohoa_desk_dup_path (SohoaDesk *self, const char *id, const char *name)
{
  return g_build_filename (self->spool_dir, id, name, NULL);
}

void
sohoa_desk_wake (SohoaDesk *self)
{
  if (self->wake != NULL)
    self->wake (self->wake_data);
}

guint32
sohoa_desk_working_states (SohoaDesk *self)
{
  guint32 states = STATE (CAPTURED) | STATE (CLEARED) | STATE (PROCESSING) | STATE (SIGNING);

  if (self->conf->unattended)
    states |= STATE (CONFIRMED) | STATE (REGISTERED);
  if (self->target != NULL)
    states |= STATE (SIGNED) | STATE (SUBMITTING);
  return states;
}

const char *
sohoa_desk_signing (SohoaDesk *self)
{
  if (self->conf->token != NULL)
    return "attended";
  if (self->conf->p12 == NULL)
    return "none";
  return self->conf->unattended ? "unattended" : "attended";
}

SohoaConnector *
sohoa_desk_peek_connector (SohoaDesk *self, const char *target, GError **error)
{
  const char *name = target != NULL && target[0] != '\0' ? target : self->target;
  SohoaConnector *connector = name != NULL ? g_hash_table_lookup (self->connectors, name) : NULL;

  if (connector == NULL)
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_CONFIG, "[target %s]: not configured: add it and start again",
                 name != NULL ? name : "NAME");
  return connector;
}

char *
sohoa_desk_dup_secret (SohoaDesk *self, const char *name, GError **error)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&self->secrets_lock);
  g_autofree char *secret = sohoa_store_get_meta (self->store, name, NULL);

  if (secret == NULL) {
    gint64 now_us = sohoa_time_now_us ();
    g_autofree char *a = sohoa_id_new (now_us); /* 80 random bits each */
    g_autofree char *b = sohoa_id_new (now_us);

    secret = g_strconcat (a, b, NULL);
    if (!sohoa_store_set_meta (self->store, name, secret, error))
      return NULL;
  }
  return g_steal_pointer (&secret);
}

guint64
sohoa_desk_max_document_bytes (SohoaDesk *self, const char *name)
{
  for (guint i = 0; i < self->conf->targets->len; i++) {
    const SohoaTarget *target = g_ptr_array_index (self->conf->targets, i);

    if (g_strcmp0 (target->name, name != NULL ? name : self->target) == 0)
      return target->max_bytes;
  }
  return 0;
}

SohoaRecord *
sohoa_desk_load_record (const SohoaStoreDocument *document, GError **error)
{
  return sohoa_record_from_json (document->record_json, -1, error);
}

const SohoaStoreFile *
sohoa_desk_peek_file (const SohoaStoreDocument *document, const char *role)
{
  for (guint i = 0; document->files != NULL && i < document->files->len; i++) {
    const SohoaStoreFile *file = g_ptr_array_index (document->files, i);

    if (g_str_equal (file->role, role))
      return file;
  }
  return NULL;
}

const SohoaStoreFile *
sohoa_desk_peek_pdf (const SohoaStoreDocument *document)
{
  const SohoaStoreFile *archive = sohoa_desk_peek_file (document, SOHOA_ROLE_ARCHIVE);

  return archive != NULL ? archive : sohoa_desk_peek_file (document, SOHOA_ROLE_SIGNED);
}

/* ---- inputs ---- */

void
sohoa_desk_inputs_free (SohoaDeskInputs *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->plan, sohoa_plan_free);
  for (guint i = 0; i < self->fds->len; i++)
    sohoa_fd_clear (&g_array_index (self->fds, int, i));
  g_array_unref (self->fds);
  g_ptr_array_unref (self->names);
  g_free (self);
}

static gboolean
open_sealed (SohoaDesk *self, const char *id, SohoaDeskInputs *inputs, GError **error)
{
  g_autoptr(SohoaDelivery) delivery = sohoa_delivery_open (self->vault, id, error);

  if (delivery == NULL)
    return FALSE;
  for (guint i = 0; i < delivery->names->len; i++) {
    int fd = sohoa_vault_open (self->vault, id, i + 1, error);

    if (fd < 0)
      return FALSE;
    g_array_append_val (inputs->fds, fd);
    g_ptr_array_add (inputs->names, g_strdup (g_ptr_array_index (delivery->names, i)));
  }
  return TRUE;
}

static gboolean
open_plain (SohoaDesk *self, const SohoaStoreDocument *document, SohoaDeskInputs *inputs, GError **error)
{
  for (guint i = 0; i < document->files->len; i++) {
    const SohoaStoreFile *file = g_ptr_array_index (document->files, i);
    g_autofree char *path = NULL;
    int fd;

    if (!g_str_equal (file->role, SOHOA_ROLE_INPUT))
      continue;
    path = g_build_filename (self->spool_dir, file->path, NULL);
    fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
      g_set_error (error, SOHOA_STORE_ERROR, SOHOA_STORE_ERROR_CORRUPT, "%s: %s: restore the spool", file->path,
                   g_strerror (errno));
      return FALSE;
    }
    g_array_append_val (inputs->fds, fd);
    /* the name in the store starts with its place: "1 p1.jpg" */
    g_ptr_array_add (inputs->names, g_strdup (strchr (file->name, ' ') != NULL ? strchr (file->name, ' ') + 1 : file->name));
  }
  return TRUE;
}

SohoaDeskInputs *
sohoa_desk_open_inputs (SohoaDesk *self, const SohoaStoreDocument *document, GCancellable *cancellable,
                        GError **error)
{
  g_autoptr(SohoaDeskInputs) inputs = g_new0 (SohoaDeskInputs, 1);
  g_autofree SohoaInput *list = NULL;
  gboolean plain = sohoa_desk_peek_file (document, SOHOA_ROLE_INPUT) != NULL;

  inputs->fds = g_array_new (FALSE, FALSE, sizeof (int));
  inputs->names = g_ptr_array_new_with_free_func (g_free);
  if (!(plain ? open_plain (self, document, inputs, error) : open_sealed (self, document->id, inputs, error)))
    return NULL;
  list = g_new0 (SohoaInput, inputs->fds->len);
  for (guint i = 0; i < inputs->fds->len; i++) {
    list[i].fd = g_array_index (inputs->fds, int, i);
    list[i].name = g_ptr_array_index (inputs->names, i);
  }
  if (!sohoa_pipeline_probe (self->pool, list, inputs->fds->len, cancellable, &inputs->plan, error))
    return NULL;
  return g_steal_pointer (&inputs);
}
