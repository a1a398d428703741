#include "sohoa-fetch.h"

#include <string.h>

#include "sohoa-errors.h"
#include "sohoa-exchange.h"

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

static gboolean
judge (const SohoaExchange *x, SoupMessage *message, const char *url, guint timeout_ms, GCancellable *cancellable,
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
  g_autoptr (SohoaExchange) x = NULL;
  g_autoptr (SoupSession) session = NULL;
  g_autoptr (SoupMessage) message = NULL;
  g_autoptr (GProxyResolver) proxy = proxy_for (net, url);

  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return NULL;
  x = sohoa_exchange_new (net->timeout_ms, max_bytes);
  message = new_message (url, content_type, body, error);
  if (message == NULL)
    return NULL;
  session = soup_session_new_with_options ("user-agent", "Sohoa", NULL);
  soup_session_set_proxy_resolver (session, proxy);
  soup_session_set_timeout (session, net->timeout_ms / 1000 + 1);
  sohoa_exchange_run (x, session, message, cancellable);
  if (!judge (x, message, url, net->timeout_ms, cancellable, error))
    return NULL;
  return g_bytes_new (x->bytes->data, x->bytes->len);
}
