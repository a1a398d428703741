#include "sohoa-http.h"

#include "sohoa-errors.h"
#include "sohoa-exchange.h"
#include "sohoa-vxp-headers.h"

#include <string.h>

#define USER_AGENT "JAVASDKAgent/1.0.0 XRoad/VPCP" /* what axis receivers know (domain.md 10.1) */

void
sohoa_http_answer_clear (SohoaHttpAnswer *self)
{
  g_clear_pointer (&self->body, g_bytes_unref);
  g_clear_error (&self->error);
}

static SoupSession *
new_session (const SohoaTarget *target, GError **error)
{
  g_autoptr(SoupSession) session = soup_session_new_with_options ("user-agent", USER_AGENT, NULL);
  g_autoptr(GProxyResolver) direct = g_simple_proxy_resolver_new (NULL, NULL);

  soup_session_set_proxy_resolver (session, direct);
  soup_session_set_timeout (session, target->timeout_ms / 1000 + 1);
  if (target->ca_file != NULL) {
    g_autoptr(GTlsDatabase) database = g_tls_file_database_new (target->ca_file, error);

    if (database == NULL)
      return NULL;
    soup_session_set_tls_database (session, database);
  }
  return g_steal_pointer (&session);
}

static SoupMessage *
new_message (const SohoaTarget *target, const SohoaHttpRequest *request, GError **error)
{
  g_autofree char *url = g_strconcat (target->url, request->path, NULL);
  g_autoptr(SoupMessage) message = soup_message_new (request->method, url);
  SoupMessageHeaders *headers;

  if (message == NULL) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_CONFIG, "not an address: %s", url);
    return NULL;
  }
  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT | SOUP_MESSAGE_NEW_CONNECTION);
  headers = soup_message_get_request_headers (message);
  for (guint i = 0; request->headers != NULL && i < request->headers->len; i++) {
    const SohoaVxpHeader *header = g_ptr_array_index (request->headers, i);

    soup_message_headers_replace (headers, header->name, header->value);
  }
  if (request->body != NULL) {
    g_autoptr(SohoaSegmentStream) body = sohoa_segment_stream_again (request->body);

    soup_message_set_request_body (message, request->content_type, G_INPUT_STREAM (body),
                                   (gssize) sohoa_segment_stream_get_size (body));
  }
  if (target->client_certificate_file != NULL) {
    g_autoptr(GTlsCertificate) own = g_tls_certificate_new_from_files (target->client_certificate_file,
                                                                       target->client_key_file, error);

    if (own == NULL)
      return NULL;
    soup_message_set_tls_client_certificate (message, own);
  }
  return g_steal_pointer (&message);
}

/* ---- the receiver's certificate ---- */

typedef struct {
  const SohoaTarget *target;
  SohoaExchange     *x;
} PinCheck;

static gboolean
is_pinned (const SohoaTarget *target, GTlsCertificate *certificate)
{
  g_autoptr(GByteArray) der = NULL;
  g_autofree char *sha256 = NULL;

  if (certificate == NULL)
    return FALSE;
  g_object_get (certificate, "certificate", &der, NULL);
  if (der == NULL)
    return FALSE;
  sha256 = g_compute_checksum_for_data (G_CHECKSUM_SHA256, der->data, der->len);
  return g_strv_contains ((const char *const *) target->pins, sha256);
}

/* Before a byte of the request is written. */
static void
on_network_event (SoupMessage *message, GSocketClientEvent event, GIOStream *connection, gpointer data)
{
  const PinCheck *check = data;

  if (event != G_SOCKET_CLIENT_TLS_HANDSHAKED)
    return;
  if (!G_IS_TLS_CONNECTION (connection)
      || !is_pinned (check->target, g_tls_connection_get_peer_certificate (G_TLS_CONNECTION (connection))))
    sohoa_exchange_refuse (check->x, g_error_new (SOHOA_SUBMIT_ERROR, SOHOA_SUBMIT_ERROR_UNREACHABLE,
                                                  "the receiver shows another certificate than the pinned one: ask its "
                                                  "operator, then change pin"));
}

/* What a person can do about it; libsoup says only "unacceptable". */
static GError *
explain_certificate (SoupMessage *message, const GError *error)
{
  static const struct { GTlsCertificateFlags flag; const char *why; } rows[] = {
    { G_TLS_CERTIFICATE_UNKNOWN_CA, "its certificate comes from an authority that is not trusted: check ca-file" },
    { G_TLS_CERTIFICATE_BAD_IDENTITY, "its certificate is another host's: check the host's name in url" },
    { G_TLS_CERTIFICATE_EXPIRED, "its certificate has ended: tell its operator, check this machine's clock" },
    { G_TLS_CERTIFICATE_NOT_ACTIVATED, "its certificate is not valid yet: check this machine's clock" },
    { G_TLS_CERTIFICATE_REVOKED, "its certificate was revoked: tell its operator" },
  };
  GTlsCertificateFlags flags = soup_message_get_tls_peer_certificate_errors (message);

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (flags & rows[i].flag)
      return g_error_new_literal (error->domain, error->code, rows[i].why);
  return g_error_copy (error);
}

static void
finish (SohoaExchange *x, const SohoaTarget *target, SoupMessage *message, SohoaHttpAnswer *answer)
{
  answer->sent = x->sent;
  if (x->timed_out)
    g_set_error (&answer->error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "no answer within %u ms", target->timeout_ms);
  else if (x->too_long)
    g_set_error (&answer->error, SOHOA_SUBMIT_ERROR, SOHOA_SUBMIT_ERROR_BAD_ANSWER,
                 "answer is longer than %" G_GSIZE_FORMAT " bytes: check url", x->max_bytes);
  else if (x->error != NULL)
    answer->error = explain_certificate (message, x->error);
  else {
    answer->status = soup_message_get_status (message);
    answer->body = g_bytes_new (x->bytes->data, x->bytes->len);
  }
}

void
sohoa_http_send (const SohoaTarget *target, const SohoaHttpRequest *request, GCancellable *cancellable,
                 SohoaHttpAnswer *answer)
{
  g_autoptr(SohoaExchange) x = NULL;
  g_autoptr(SoupSession) session = NULL;
  g_autoptr(SoupMessage) message = NULL;
  PinCheck pin = { .target = target };

  *answer = (SohoaHttpAnswer) { 0 };
  if (g_cancellable_set_error_if_cancelled (cancellable, &answer->error))
    return;
  x = sohoa_exchange_new (target->timeout_ms, request->max_bytes > 0 ? request->max_bytes : SOHOA_HTTP_ANSWER_MAX_BYTES);
  pin.x = x;
  session = new_session (target, &answer->error);
  message = session != NULL ? new_message (target, request, &answer->error) : NULL;
  if (message != NULL) {
    if (target->pins != NULL && target->pins[0] != NULL)
      g_signal_connect (message, "network-event", G_CALLBACK (on_network_event), &pin);
    sohoa_exchange_run (x, session, message, cancellable);
    finish (x, target, message, answer);
  }
}

gboolean
sohoa_http_answer_is_open (const SohoaHttpAnswer *answer)
{
  return answer->sent
         && (answer->error != NULL || answer->status == 408 || (answer->status >= 500 && answer->status != 503));
}

gboolean
sohoa_http_fail (const SohoaTarget *target, const SohoaHttpAnswer *answer, const char *reason, GError **error)
{
  SohoaSubmitError code = SOHOA_SUBMIT_ERROR_BAD_ANSWER;
  const char *why = reason;

  if (answer->error != NULL) {
    if (g_error_matches (answer->error, G_IO_ERROR, G_IO_ERROR_CANCELLED)
        || answer->error->domain == SOHOA_ERROR || answer->error->domain == SOHOA_SUBMIT_ERROR) {
      g_propagate_prefixed_error (error, g_error_copy (answer->error), "%s: ", target->name);
      return FALSE;
    }
    code = SOHOA_SUBMIT_ERROR_UNREACHABLE;
    why = answer->error->message;
  } else if (answer->status == 401 || answer->status == 403) {
    code = SOHOA_SUBMIT_ERROR_AUTH;
  } else if (answer->status == 408 || answer->status == 429 || answer->status >= 500) {
    code = SOHOA_SUBMIT_ERROR_SERVER_BUSY;
  } else if (answer->status >= 400) {
    code = SOHOA_SUBMIT_ERROR_REJECTED;
  }
  if (answer->error == NULL)
    g_set_error (error, SOHOA_SUBMIT_ERROR, code, "%s: answered with status %u%s%s", target->name,
                 answer->status, why != NULL && why[0] != '\0' ? ": " : "", why != NULL ? why : "");
  else
    g_set_error (error, SOHOA_SUBMIT_ERROR, code, "%s: not reachable: %s%s", target->name, why,
                 answer->error->domain == G_TLS_ERROR ? "" : ": check address and network");
  return FALSE;
}
