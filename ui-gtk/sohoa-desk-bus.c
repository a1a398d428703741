#include "sohoa-desk-bus.h"

#include "sohoa-errors.h"

#include <string.h>

#define BUS_NAME "vn.sohoa.Desk1"
#define BUS_PATH "/vn/sohoa/Desk1"
#define CALL_TIMEOUT_MS (10 * 60 * 1000) /* an unlock waits for a token and its driver */

struct _SohoaDeskBus {
  GObject          parent;
  GDBusConnection *connection; /* (owned) */
  guint            documents_signal, batches_signal, name_watch;
  gboolean         online;
};

G_DEFINE_FINAL_TYPE (SohoaDeskBus, sohoa_desk_bus, G_TYPE_OBJECT)

enum { DOCUMENT_CHANGED, BATCH_CHANGED, ONLINE_CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

static void
sohoa_desk_bus_dispose (GObject *object)
{
  SohoaDeskBus *self = SOHOA_DESK_BUS (object);

  if (self->connection != NULL) {
    g_dbus_connection_signal_unsubscribe (self->connection, self->documents_signal);
    g_dbus_connection_signal_unsubscribe (self->connection, self->batches_signal);
    g_bus_unwatch_name (self->name_watch);
  }
  g_clear_object (&self->connection);
  G_OBJECT_CLASS (sohoa_desk_bus_parent_class)->dispose (object);
}

static void
sohoa_desk_bus_class_init (SohoaDeskBusClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = sohoa_desk_bus_dispose;
  signals[DOCUMENT_CHANGED] = g_signal_new ("document-changed", SOHOA_TYPE_DESK_BUS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                            G_TYPE_NONE, 3, G_TYPE_STRING, G_TYPE_UINT, G_TYPE_STRING);
  signals[BATCH_CHANGED] = g_signal_new ("batch-changed", SOHOA_TYPE_DESK_BUS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                         G_TYPE_NONE, 3, G_TYPE_STRING, G_TYPE_UINT, G_TYPE_STRING);
  signals[ONLINE_CHANGED] = g_signal_new ("online-changed", SOHOA_TYPE_DESK_BUS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                          G_TYPE_NONE, 0);
}

static void
sohoa_desk_bus_init (SohoaDeskBus *self)
{
}

static void
on_changed (GDBusConnection *connection, const char *sender, const char *path, const char *interface, const char *name,
            GVariant *parameters, gpointer data)
{
  SohoaDeskBus *self = SOHOA_DESK_BUS (data);
  const char *id, *state;
  guint32 number;

  if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(tsus)")))
    return;
  g_variant_get (parameters, "(t&su&s)", NULL, &id, &number, &state);
  g_signal_emit (self, signals[g_str_has_suffix (interface, ".Documents") ? DOCUMENT_CHANGED : BATCH_CHANGED], 0, id, number, state);
}

static void
set_online (SohoaDeskBus *self, gboolean online)
{
  if (self->online == online)
    return;
  self->online = online;
  g_signal_emit (self, signals[ONLINE_CHANGED], 0);
}

static void
on_appeared (GDBusConnection *connection, const char *name, const char *owner, gpointer data)
{
  set_online (SOHOA_DESK_BUS (data), TRUE);
}

static void
on_vanished (GDBusConnection *connection, const char *name, gpointer data)
{
  set_online (SOHOA_DESK_BUS (data), FALSE);
}

SohoaDeskBus *
sohoa_desk_bus_new (GDBusConnection *connection)
{
  SohoaDeskBus *self = g_object_new (SOHOA_TYPE_DESK_BUS, NULL);

  sohoa_errors_register (); /* else the daemon's named errors arrive without their names */
  self->connection = g_object_ref (connection);
  self->documents_signal = g_dbus_connection_signal_subscribe (connection, BUS_NAME, BUS_NAME ".Documents", "Changed", BUS_PATH, NULL,
                                                               G_DBUS_SIGNAL_FLAGS_NONE, on_changed, self, NULL);
  self->batches_signal = g_dbus_connection_signal_subscribe (connection, BUS_NAME, BUS_NAME ".Scanner", "Changed", BUS_PATH, NULL,
                                                             G_DBUS_SIGNAL_FLAGS_NONE, on_changed, self, NULL);
  self->name_watch = g_bus_watch_name_on_connection (connection, BUS_NAME, G_BUS_NAME_WATCHER_FLAGS_AUTO_START, on_appeared,
                                                     on_vanished, self, NULL);
  return self;
}

GDBusConnection *
sohoa_desk_bus_connect (GError **error)
{
  gboolean session = g_strcmp0 (g_getenv ("SOHOA_BUS"), "session") == 0;

  return g_bus_get_sync (session ? G_BUS_TYPE_SESSION : G_BUS_TYPE_SYSTEM, NULL, error);
}

gboolean
sohoa_desk_bus_is_online (SohoaDeskBus *self)
{
  return self->online;
}

typedef struct {
  GVariant    *answer; /* (owned) */
  GUnixFDList *fds;    /* (owned) (nullable) */
} Reply;

static void
reply_free (gpointer data)
{
  Reply *reply = data;

  g_clear_pointer (&reply->answer, g_variant_unref);
  g_clear_object (&reply->fds);
  g_free (reply);
}

static void
on_reply (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(GTask) task = G_TASK (data);
  g_autoptr(GError) error = NULL;
  Reply *reply = g_new0 (Reply, 1);

  reply->answer = g_dbus_connection_call_with_unix_fd_list_finish (G_DBUS_CONNECTION (source), &reply->fds, result, &error);
  if (reply->answer != NULL) {
    g_task_return_pointer (task, reply, reply_free);
    return;
  }
  reply_free (reply);
  g_dbus_error_strip_remote_error (error);
  g_task_return_error (task, g_steal_pointer (&error));
}

void
sohoa_desk_bus_call (SohoaDeskBus *self, const char *method, GVariant *args, const char *reply, GUnixFDList *fds,
                     GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  const char *dot = strchr (method, '.');
  g_autofree char *interface = g_strdup_printf (BUS_NAME ".%.*s", (int) (dot - method), method);
  GTask *task = g_task_new (self, cancellable, callback, data);

  g_dbus_connection_call_with_unix_fd_list (self->connection, BUS_NAME, BUS_PATH, interface, dot + 1, args, G_VARIANT_TYPE (reply),
                                            G_DBUS_CALL_FLAGS_NONE, CALL_TIMEOUT_MS, fds, cancellable, on_reply, task);
}

GVariant *
sohoa_desk_bus_call_finish (GAsyncResult *result, GUnixFDList **fds_out, GError **error)
{
  Reply *reply = g_task_propagate_pointer (G_TASK (result), error);
  GVariant *answer;

  if (reply == NULL)
    return NULL;
  answer = g_steal_pointer (&reply->answer);
  if (fds_out != NULL)
    *fds_out = g_steal_pointer (&reply->fds);
  reply_free (reply);
  return answer;
}

char *
sohoa_desk_bus_token (void)
{
  return g_uuid_string_random ();
}

const char *
sohoa_variant_text (GVariant *dict, const char *key)
{
  const char *text = "";

  (void) g_variant_lookup (dict, key, "&s", &text);
  return text;
}

guint
sohoa_variant_number (GVariant *dict, const char *key)
{
  guint32 number = 0;

  (void) g_variant_lookup (dict, key, "u", &number);
  return number;
}

gboolean
sohoa_variant_flag (GVariant *dict, const char *key)
{
  gboolean flag = FALSE;

  return g_variant_lookup (dict, key, "b", &flag) && flag;
}
