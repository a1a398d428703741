#include "config.h"

#include "sohoa-bus-private.h"

#include "sohoa-auth.h"
#include "sohoa-dbus-generated.h"
#include "sohoa-log.h"
#include "sohoa-unlocks.h"

#include <unistd.h>

#define MAX_CALLS 16         /* under way at once; more wait */
#define CHANGES_PER_LOOK 200u
#define EXPIRY_S 20 /* how often unlocks past their time are looked for */

char *
sohoa_bus_take_string (GVariantDict *dict, const char *key)
{
  char *value = NULL;

  if (g_variant_dict_lookup (dict, key, "s", &value))
    g_variant_dict_remove (dict, key);
  return value;
}

gboolean
sohoa_bus_no_more (GVariantDict *dict, GError **error)
{
  g_autoptr(GVariant) rest = g_variant_ref_sink (g_variant_dict_end (dict));
  const char *key;

  if (g_variant_n_children (rest) == 0)
    return TRUE;
  g_variant_get_child (rest, 0, "{&sv}", &key, NULL);
  g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "%s: unknown option or wrong type: see dbus/*.xml", key);
  return FALSE;
}

gint32
sohoa_bus_give_fd (SohoaBusCall *call, int fd, GError **error)
{
  gint32 handle;

  if (call->fds_out == NULL)
    call->fds_out = g_unix_fd_list_new ();
  handle = g_unix_fd_list_append (call->fds_out, fd, error);
  close (fd);
  return handle;
}

static const SohoaBusRow *
find_row (const char *interface, const char *method)
{
  static const struct {
    const char        *interface;
    const SohoaBusRow *rows;
  } tables[] = {
    { "vn.sohoa.Desk1.Documents", sohoa_bus_changes },
    { "vn.sohoa.Desk1.Documents", sohoa_bus_reads },
    { "vn.sohoa.Desk1.Daemon", sohoa_bus_daemon },
    { "vn.sohoa.Desk1.Scanner", sohoa_bus_scanner },
    { "vn.sohoa.Desk1.Signing", sohoa_bus_signing },
  };

  for (guint t = 0; t < G_N_ELEMENTS (tables); t++)
    for (const SohoaBusRow *row = tables[t].rows; g_str_equal (tables[t].interface, interface) && row->method != NULL; row++)
      if (g_str_equal (row->method, method))
        return row;
  return NULL;
}

/* In a thread of the pool. */
static void
serve (gpointer data, gpointer user_data)
{
  g_autofree SohoaBusCall *call = data;
  const SohoaBusRow *row = find_row (g_dbus_method_invocation_get_interface_name (call->invocation),
                                     g_dbus_method_invocation_get_method_name (call->invocation));
  g_autoptr(GError) error = NULL;
  GVariant *answer = NULL;

  if (row == NULL)
    g_set_error (&error, SOHOA_ERROR, SOHOA_ERROR_INTERNAL, "no handler for this method: report this");
  else if (sohoa_auth_check (call->invocation, call->service->desk->session, row->action, &call->actor, &error))
    answer = row->run (call, &error);
  if (answer != NULL)
    g_dbus_method_invocation_return_value_with_unix_fd_list (call->invocation, answer, call->fds_out);
  else {
    sohoa_debug (SOHOA_DEBUG_BUS, "%s: %s", row != NULL ? row->method : "?", error->message);
    g_dbus_method_invocation_return_gerror (call->invocation, error);
  }
  g_clear_object (&call->fds_out);
  g_free (call->actor);
}

static void
on_method_call (GDBusConnection *connection, const char *sender, const char *path, const char *interface,
                const char *method, GVariant *parameters, GDBusMethodInvocation *invocation, gpointer data)
{
  SohoaBusService *self = data;
  SohoaBusCall *call = g_new0 (SohoaBusCall, 1);

  call->service = self;
  call->invocation = invocation;
  call->parameters = parameters;
  call->fds = g_dbus_message_get_unix_fd_list (g_dbus_method_invocation_get_message (invocation));
  g_thread_pool_push (self->pool, call, NULL);
}

static GVariant *
on_get_property (GDBusConnection *connection, const char *sender, const char *path, const char *interface,
                 const char *property, GError **error, gpointer data)
{
  SohoaBusService *self = data;

  if (g_str_equal (property, "Version"))
    return g_variant_new_string (PACKAGE_VERSION);
  return g_variant_new_string (self->desk->session ? "session" : "system");
}

/* ---- who holds an unlock ---- */

static void
on_owner_vanished (GDBusConnection *connection, const char *name, gpointer data)
{
  SohoaBusService *self = data;
  guint watch;

  sohoa_unlocks_drop_owner (self->desk->unlocks, name);
  g_mutex_lock (&self->watches_lock);
  watch = GPOINTER_TO_UINT (g_hash_table_lookup (self->watches, name));
  g_hash_table_remove (self->watches, name);
  g_mutex_unlock (&self->watches_lock);
  if (watch != 0)
    g_bus_unwatch_name (watch);
}

void
sohoa_bus_watch_owner (SohoaBusService *self, const char *owner)
{
  g_mutex_lock (&self->watches_lock);
  if (!g_hash_table_contains (self->watches, owner)) {
    guint watch = g_bus_watch_name_on_connection (self->connection, owner, G_BUS_NAME_WATCHER_FLAGS_NONE, NULL,
                                                  on_owner_vanished, self, NULL);

    g_hash_table_insert (self->watches, g_strdup (owner), GUINT_TO_POINTER (watch));
  }
  g_mutex_unlock (&self->watches_lock);
}

static gboolean
on_expiry (gpointer data)
{
  sohoa_unlocks_expire (((SohoaBusService *) data)->desk->unlocks);
  return G_SOURCE_CONTINUE;
}

static gboolean
register_interfaces (SohoaBusService *self, GError **error)
{
  static const GDBusInterfaceVTable vtable = { .method_call = on_method_call, .get_property = on_get_property };
  GDBusInterfaceInfo *const interfaces[] = { sohoa_dbus_documents_interface_info (), sohoa_dbus_daemon_interface_info (),
                                             sohoa_dbus_signing_interface_info (), sohoa_dbus_scanner_interface_info () };

  G_STATIC_ASSERT (G_N_ELEMENTS (interfaces) <= SOHOA_BUS_MAX_INTERFACES);
  for (guint i = 0; i < G_N_ELEMENTS (interfaces); i++) {
    self->objects[i] = g_dbus_connection_register_object (self->connection, SOHOA_BUS_PATH, interfaces[i], &vtable, self,
                                                          NULL, error);
    if (self->objects[i] == 0)
      return FALSE;
  }
  return TRUE;
}

/* Any thread; GDBus queues signals by itself. */
static void
on_batch_changed (guint64 sequence, const char *batch, guint page, const char *state, gpointer data)
{
  SohoaBusService *self = data;

  (void) g_dbus_connection_emit_signal (self->connection, NULL, SOHOA_BUS_PATH, "vn.sohoa.Desk1.Scanner", "Changed",
                                        g_variant_new ("(tsus)", sequence, batch, page, state), NULL);
}

SohoaBusService *
sohoa_bus_service_new (GDBusConnection *connection, SohoaDesk *desk, SohoaQueue *queue, SohoaReception *reception,
                       SohoaBatches *batches, GError **error)
{
  g_autoptr(SohoaBusService) self = g_new0 (SohoaBusService, 1);

  self->connection = g_object_ref (connection);
  self->desk = desk;
  self->queue = queue;
  self->reception = reception;
  self->batches = batches;
  self->pool = g_thread_pool_new (serve, self, MAX_CALLS, FALSE, NULL);
  g_mutex_init (&self->watches_lock);
  self->watches = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->expiry = g_timeout_add_seconds (EXPIRY_S, on_expiry, self);
  if (!sohoa_store_get_sequence (desk->store, &self->sequence, error) || !register_interfaces (self, error))
    return NULL;
  sohoa_batches_set_callback (batches, on_batch_changed, self);
  return g_steal_pointer (&self);
}

static void
stop_watching (SohoaBusService *self)
{
  GHashTableIter iter;
  gpointer watch;

  g_hash_table_iter_init (&iter, self->watches);
  while (g_hash_table_iter_next (&iter, NULL, &watch))
    g_bus_unwatch_name (GPOINTER_TO_UINT (watch));
  g_hash_table_unref (self->watches);
  g_mutex_clear (&self->watches_lock);
}

void
sohoa_bus_service_free (SohoaBusService *self)
{
  if (self == NULL)
    return;
  sohoa_batches_set_callback (self->batches, NULL, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (self->objects); i++)
    if (self->objects[i] != 0)
      g_dbus_connection_unregister_object (self->connection, self->objects[i]);
  g_source_remove (self->expiry);
  g_thread_pool_free (self->pool, FALSE, TRUE);
  stop_watching (self);
  (void) g_dbus_connection_flush_sync (self->connection, NULL, NULL);
  g_object_unref (self->connection);
  g_free (self);
}

void
sohoa_bus_service_changed (SohoaBusService *self)
{
  guint n;

  do {
    g_autoptr(GError) error = NULL;
    g_autoptr(GArray) rows = sohoa_store_changes_since (self->desk->store, self->sequence, CHANGES_PER_LOOK, &error);

    if (rows == NULL) {
      g_warning ("changes: %s", error->message);
      return;
    }
    n = rows->len;
    for (guint i = 0; i < n; i++) {
      const SohoaStoreFeedRow *row = &g_array_index (rows, SohoaStoreFeedRow, i);

      self->sequence = row->sequence;
      (void) g_dbus_connection_emit_signal (
        self->connection, NULL, SOHOA_BUS_PATH, "vn.sohoa.Desk1.Documents", "Changed",
        g_variant_new ("(tsus)", row->sequence, row->id, row->revision, sohoa_state_to_string (row->state)), NULL);
    }
  } while (n == CHANGES_PER_LOOK);
}
