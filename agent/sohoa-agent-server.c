#include "sohoa-agent-server.h"

#include "sohoa-agent-call.h"
#include "sohoa-agent-certificate.h"

#include "sohoa-errors.h"

#include <libsoup/soup.h>
#include <string.h>

#define MAX_CONNECTIONS 24u
#define UPGRADE_REQUIRED 426u /* RFC 9110, 15.5.22; libsoup has no name for it */
#define FIRST_MESSAGE_S 30u /* a page that connects and says nothing is let go */

struct _SohoaAgentServer {
  SohoaAgentConf *conf;   /* (unowned) */
  SoupServer     *server; /* (owned) */
  char           *until;  /* (owned) last day of the certificate */
  guint           port, open;
};

/* One connection; lives until it is closed and its thread has ended (two references). */
typedef struct {
  gatomicrefcount          ref_count;
  SohoaAgentServer        *server;     /* (unowned) */
  SoupWebsocketConnection *connection; /* (owned); main thread */
  GCancellable            *cancellable; /* (owned) */
  SohoaAgentOp             op;
  char                    *origin;     /* (owned) */
  char                    *text;       /* (owned) the request */
  gsize                    length;
  char                    *reply;      /* (owned) JSON */
  guint                    patience;   /* timer for the first message; 0 = none */
} Talk;

static void
talk_unref (Talk *talk)
{
  if (!g_atomic_ref_count_dec (&talk->ref_count))
    return;
  g_object_unref (talk->connection);
  g_object_unref (talk->cancellable);
  g_free (talk->origin);
  g_free (talk->text);
  g_free (talk->reply);
  g_free (talk);
}

/* ---- the call ---- */

static gboolean
on_replied (gpointer data)
{
  Talk *talk = data;

  if (soup_websocket_connection_get_state (talk->connection) == SOUP_WEBSOCKET_STATE_OPEN) {
    soup_websocket_connection_send_text (talk->connection, talk->reply);
    soup_websocket_connection_close (talk->connection, SOUP_WEBSOCKET_CLOSE_NORMAL, NULL);
  }
  talk_unref (talk);
  return G_SOURCE_REMOVE;
}

static gpointer
run_call (gpointer data)
{
  Talk *talk = data;
  SohoaAgentCaller caller = { .conf = talk->server->conf, .origin = talk->origin, .until = talk->server->until,
                              .port = talk->server->port, .cancellable = talk->cancellable };
  g_autoptr(SohoaAgentReply) reply = sohoa_agent_call (&caller, talk->op, talk->text, talk->length);

  talk->reply = sohoa_agent_reply_to_json (reply);
  g_message ("%s of %s: status %d", sohoa_agent_op_word (talk->op), talk->origin, reply->status);
  g_main_context_invoke (NULL, on_replied, talk);
  return NULL;
}

static void
forget_patience (Talk *talk)
{
  if (talk->patience != 0)
    g_source_remove (talk->patience);
  talk->patience = 0;
}

static void
on_message (SoupWebsocketConnection *connection, int type, GBytes *message, gpointer data)
{
  Talk *talk = data;
  gsize length;
  const char *text = g_bytes_get_data (message, &length);

  if (talk->text != NULL || type != SOUP_WEBSOCKET_DATA_TEXT) { /* one text a connection */
    soup_websocket_connection_close (connection, SOUP_WEBSOCKET_CLOSE_POLICY_VIOLATION, NULL);
    return;
  }
  forget_patience (talk);
  talk->text = g_strndup (text != NULL ? text : "", length);
  talk->length = length;
  g_atomic_ref_count_inc (&talk->ref_count);
  g_thread_unref (g_thread_new (sohoa_agent_op_word (talk->op), run_call, talk));
}

static void
on_closed (SoupWebsocketConnection *connection, gpointer data)
{
  Talk *talk = data;

  forget_patience (talk);
  g_cancellable_cancel (talk->cancellable);
  g_signal_handlers_disconnect_by_data (connection, talk);
  talk->server->open--;
  talk_unref (talk);
}

static gboolean
on_impatient (gpointer data)
{
  Talk *talk = data;

  talk->patience = 0;
  soup_websocket_connection_close (talk->connection, SOUP_WEBSOCKET_CLOSE_GOING_AWAY, NULL);
  return G_SOURCE_REMOVE;
}

static void
on_websocket (SoupServer *soup, SoupServerMessage *message, const char *path, SoupWebsocketConnection *connection, gpointer data)
{
  SohoaAgentServer *self = data;
  const char *origin = soup_message_headers_get_one (soup_server_message_get_request_headers (message), "Origin");
  Talk *talk = g_new0 (Talk, 1);

  g_atomic_ref_count_init (&talk->ref_count);
  talk->server = self;
  talk->connection = g_object_ref (connection);
  talk->cancellable = g_cancellable_new ();
  talk->op = sohoa_agent_op_of (path);
  talk->origin = sohoa_agent_origin_of (origin, TRUE); /* on_early let only such through */
  soup_websocket_connection_set_max_incoming_payload_size (connection, SOHOA_AGENT_MAX_REQUEST_BYTES);
  talk->patience = g_timeout_add_seconds (FIRST_MESSAGE_S, on_impatient, talk);
  self->open++;
  g_signal_connect (connection, "message", G_CALLBACK (on_message), talk);
  g_signal_connect (connection, "closed", G_CALLBACK (on_closed), talk);
}

/* An op that pages know and Sohoa does not serve: said, so that the page can show it. */
static void
on_unserved (SoupServer *soup, SoupServerMessage *message, const char *path, SoupWebsocketConnection *connection, gpointer data)
{
  g_autoptr(SohoaAgentReply) reply
    = sohoa_agent_reply_new (SOHOA_AGENT_NOT_SERVED, "Sohoa chưa hỗ trợ chức năng này.");
  g_autofree char *json = sohoa_agent_reply_to_json (reply);

  soup_websocket_connection_send_text (connection, json);
  soup_websocket_connection_close (connection, SOUP_WEBSOCKET_CLOSE_NORMAL, NULL);
}

/* ---- who may knock ---- */

/* The name the browser believes to talk to: a foreign one that resolves to this machine is a trick. */
static gboolean
is_our_host (SohoaAgentServer *self, const char *host)
{
  static const char *const names[] = { "127.0.0.1", "localhost", "[::1]" };

  for (guint i = 0; host != NULL && i < G_N_ELEMENTS (names); i++) {
    g_autofree char *full = g_strdup_printf ("%s:%u", names[i], self->port);

    if (g_ascii_strcasecmp (full, host) == 0)
      return TRUE;
  }
  return FALSE;
}

/* 0: let in. */
static guint
judge (SohoaAgentServer *self, SoupServerMessage *message, const char *path)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  const char *given = soup_message_headers_get_one (headers, "Origin");
  g_autofree char *origin = given != NULL ? sohoa_agent_origin_of (given, TRUE) : NULL;

  if (!is_our_host (self, soup_message_headers_get_one (headers, "Host")))
    return SOUP_STATUS_MISDIRECTED_REQUEST;
  if (origin == NULL || sohoa_agent_conf_judge (self->conf, origin) == SOHOA_AGENT_DENIED)
    return SOUP_STATUS_FORBIDDEN;
  if (self->open >= MAX_CONNECTIONS)
    return SOUP_STATUS_SERVICE_UNAVAILABLE;
  if (!soup_message_headers_header_contains (headers, "Upgrade", "websocket"))
    return UPGRADE_REQUIRED;
  if (sohoa_agent_op_of (path) == SOHOA_AGENT_N_OPS
      && (path[0] != '/' || !g_strv_contains (sohoa_agent_unserved (), path + 1)))
    return SOUP_STATUS_NOT_FOUND;
  return 0;
}

static void
on_early (SoupServer *soup, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  guint status = judge (data, message, path);

  if (status != 0)
    soup_server_message_set_status (message, status, NULL);
}

/* ---- the server ---- */

/* libsoup asks the handlers of the longest path alone: each has its own doorkeeper. */
static void
add_handler (SohoaAgentServer *self, const char *word, SoupServerWebsocketCallback callback)
{
  g_autofree char *path = g_strconcat ("/", word, NULL);

  soup_server_add_early_handler (self->server, path, on_early, self, NULL);
  soup_server_add_websocket_handler (self->server, path, NULL, NULL, callback, self, NULL);
}

static void
add_handlers (SohoaAgentServer *self)
{
  soup_server_add_early_handler (self->server, NULL, on_early, self, NULL);
  for (guint i = 0; i < SOHOA_AGENT_N_OPS; i++)
    add_handler (self, sohoa_agent_op_word (i), on_websocket);
  for (guint i = 0; sohoa_agent_unserved ()[i] != NULL; i++)
    add_handler (self, sohoa_agent_unserved ()[i], on_unserved);
}

static gboolean
listen_here (SohoaAgentServer *self, GError **error)
{
  g_autoptr(GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr(GSocketAddress) address = g_inet_socket_address_new (loopback, (guint16) self->conf->port);
  g_autoptr(GError) local = NULL;
  GSList *uris;

  if (!soup_server_listen (self->server, address, SOUP_SERVER_LISTEN_HTTPS, &local)) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_BUSY, "port %u: %s: end the other agent, or choose another port", self->conf->port,
                 local->message);
    return FALSE;
  }
  uris = soup_server_get_uris (self->server);
  self->port = (guint) g_uri_get_port (uris->data);
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  return TRUE;
}

SohoaAgentServer *
sohoa_agent_server_new (SohoaAgentConf *conf, const char *folder, GError **error)
{
  g_autofree char *certificate_path = g_build_filename (folder, SOHOA_AGENT_CERTIFICATE_FILE, NULL);
  g_autofree char *key_path = g_build_filename (folder, SOHOA_AGENT_KEY_FILE, NULL);
  g_autoptr(GTlsCertificate) certificate = g_tls_certificate_new_from_files (certificate_path, key_path, error);
  g_autoptr(SohoaAgentServer) self = NULL;

  if (certificate == NULL)
    return NULL;
  self = g_new0 (SohoaAgentServer, 1);
  self->conf = conf;
  self->until = sohoa_agent_certificate_dup_end (folder);
  self->server = soup_server_new ("server-header", NULL, NULL);
  soup_server_set_tls_certificate (self->server, certificate);
  add_handlers (self);
  if (!listen_here (self, error))
    return NULL;
  return g_steal_pointer (&self);
}

guint
sohoa_agent_server_get_port (SohoaAgentServer *self)
{
  return self->port;
}

void
sohoa_agent_server_free (SohoaAgentServer *self)
{
  if (self == NULL)
    return;
  soup_server_disconnect (self->server);
  g_object_unref (self->server);
  g_free (self->until);
  g_free (self);
}
