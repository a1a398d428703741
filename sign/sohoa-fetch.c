/* libsoup on a main context of its own, so that the deadline and the caller's cancellable both end it. */
#include "sohoa-fetch.h"

#include <libsoup/soup.h>
#include <string.h>

#include "sohoa-errors.h"

#define READ_BLOCK_BYTES (64 * 1024)

typedef struct {
  GMainLoop    *loop;    /* (owned) */
  GCancellable *stop;    /* (owned) fired by deadline or caller */
  GByteArray   *bytes;   /* (owned) */
  gsize         max_bytes;
  gboolean      timed_out, too_long;
  GError       *error;   /* (owned) (nullable) */
} Exchange;

static gboolean
on_deadline (gpointer data)
{
  Exchange *x = data;

  x->timed_out = TRUE;
  g_cancellable_cancel (x->stop);
  return G_SOURCE_REMOVE;
}

static gboolean
on_cancelled (GCancellable *cancellable, gpointer data)
{
  (void) cancellable;
  g_cancellable_cancel (((Exchange *) data)->stop);
  return G_SOURCE_REMOVE;
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer data)
{
  Exchange *x = data;
  g_autoptr (GBytes) block = g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result, &x->error);

  if (block == NULL || g_bytes_get_size (block) == 0) {
    g_main_loop_quit (x->loop);
    return;
  }
  if (g_bytes_get_size (block) > x->max_bytes - x->bytes->len) {
    x->too_long = TRUE;
    g_main_loop_quit (x->loop);
    return;
  }
  g_byte_array_append (x->bytes, g_bytes_get_data (block, NULL), (guint) g_bytes_get_size (block));
  g_input_stream_read_bytes_async (G_INPUT_STREAM (source), READ_BLOCK_BYTES, G_PRIORITY_DEFAULT, x->stop, on_read, x);
}

static void
on_sent (GObject *source, GAsyncResult *result, gpointer data)
{
  Exchange *x = data;
  g_autoptr (GInputStream) stream = soup_session_send_finish (SOUP_SESSION (source), result, &x->error);

  if (stream == NULL) {
    g_main_loop_quit (x->loop);
    return;
  }
  g_input_stream_read_bytes_async (stream, READ_BLOCK_BYTES, G_PRIORITY_DEFAULT, x->stop, on_read, x);
}

/* What curl and apt obey too; NULL = go directly. */
static GProxyResolver *
proxy_for (const SohoaNet *net, const char *url)
{
  const char *name = g_str_has_prefix (url, "https:") ? "https_proxy" : "http_proxy";
  const char *proxy = net->proxy != NULL && *net->proxy != '\0' ? net->proxy : g_getenv (name);
  const char *except = net->proxy == NULL ? g_getenv ("no_proxy") : NULL;
  g_auto (GStrv) hosts = except != NULL ? g_strsplit_set (except, ", ", -1) : NULL;

  return g_simple_proxy_resolver_new (proxy != NULL && *proxy != '\0' ? proxy : NULL, hosts);
}

static SoupMessage *
new_message (const char *url, const char *content_type, GBytes *body, GError **error)
{
  gboolean web = g_ascii_strncasecmp (url, "http://", 7) == 0 || g_ascii_strncasecmp (url, "https://", 8) == 0;
  SoupMessage *message = web && strlen (url) <= SOHOA_FETCH_MAX_URL_BYTES
                           ? soup_message_new (body != NULL ? "POST" : "GET", url) : NULL;

  if (message == NULL) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT,
                 "%.80s: not an http address: check the configuration or the certificate", url);
    return NULL;
  }
  soup_message_add_flags (message, SOUP_MESSAGE_NEW_CONNECTION);
  if (body != NULL)
    soup_message_set_request_body_from_bytes (message, content_type, body);
  return message;
}

static void
exchange (Exchange *x, GMainContext *context, SoupSession *session, SoupMessage *message, guint timeout_ms,
          GCancellable *cancellable)
{
  g_autoptr (GSource) deadline = g_timeout_source_new (timeout_ms);
  g_autoptr (GSource) watch = cancellable != NULL ? g_cancellable_source_new (cancellable) : NULL;

  g_source_set_callback (deadline, on_deadline, x, NULL);
  g_source_attach (deadline, context);
  if (watch != NULL) {
    g_source_set_callback (watch, G_SOURCE_FUNC (on_cancelled), x, NULL);
    g_source_attach (watch, context);
  }
  soup_session_send_async (session, message, G_PRIORITY_DEFAULT, x->stop, on_sent, x);
  g_main_loop_run (x->loop);
  g_source_destroy (deadline);
  if (watch != NULL)
    g_source_destroy (watch);
  soup_session_abort (session);
  while (g_main_context_iteration (context, FALSE)) /* let what was aborted end */
    ;
}

static gboolean
judge (const Exchange *x, SoupMessage *message, const char *url, guint timeout_ms, GCancellable *cancellable,
       GError **error)
{
  guint status = soup_message_get_status (message);

  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  if (x->too_long)
    g_set_error (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_TSA_REFUSED,
                 "%s: the answer is longer than %" G_GSIZE_FORMAT " bytes: check the address", url, x->max_bytes);
  else if (x->timed_out)
    g_set_error (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_TSA_UNREACHABLE, "%s: no answer within %u s: try again later",
                 url, timeout_ms / 1000);
  else if (x->error != NULL)
    g_set_error (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_TSA_UNREACHABLE,
                 "%s: %s: check the network, or the proxy", url, x->error->message);
  else if (status != SOUP_STATUS_OK)
    g_set_error (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_TSA_UNREACHABLE, "%s: the server answers %u: try again later",
                 url, status);
  else
    return TRUE;
  return FALSE;
}

GBytes *
sohoa_fetch (const SohoaNet *net, const char *url, const char *content_type, GBytes *body, gsize max_bytes,
             GCancellable *cancellable, GError **error)
{
  g_autoptr (SoupMessage) message = new_message (url, content_type, body, error);
  g_autoptr (GMainContext) context = NULL;
  g_autoptr (SoupSession) session = NULL;
  g_autoptr (GProxyResolver) proxy = NULL;
  Exchange x = { .max_bytes = max_bytes };
  GBytes *answer = NULL;

  if (message == NULL || g_cancellable_set_error_if_cancelled (cancellable, error))
    return NULL;
  context = g_main_context_new ();
  g_main_context_push_thread_default (context);
  x.loop = g_main_loop_new (context, FALSE);
  x.stop = g_cancellable_new ();
  x.bytes = g_byte_array_new ();
  session = soup_session_new_with_options ("user-agent", "Sohoa", NULL);
  proxy = proxy_for (net, url);
  soup_session_set_proxy_resolver (session, proxy);
  soup_session_set_timeout (session, net->timeout_ms / 1000 + 1);
  exchange (&x, context, session, message, net->timeout_ms, cancellable);
  g_clear_object (&session);
  g_main_context_pop_thread_default (context);
  if (judge (&x, message, url, net->timeout_ms, cancellable, error))
    answer = g_byte_array_free_to_bytes (g_steal_pointer (&x.bytes));
  g_clear_pointer (&x.bytes, g_byte_array_unref);
  g_main_loop_unref (x.loop);
  g_object_unref (x.stop);
  g_clear_error (&x.error);
  return answer;
}
