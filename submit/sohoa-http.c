#include "sohoa-http.h"

#include "sohoa-errors.h"
#include "sohoa-vxp-headers.h"

#include <string.h>

#define READ_BLOCK_BYTES (64 * 1024)
#define USER_AGENT "JAVASDKAgent/1.0.0 XRoad/VPCP" /* what axis receivers know (domain.md 10.1) */

typedef struct {
  GMainLoop    *loop;     /* (owned) */
  GCancellable *stop;     /* (owned) fired by the deadline or by the caller's cancellable */
  SoupMessage  *message;  /* (owned) */
  GByteArray   *bytes;    /* (owned) */
  gsize         max_bytes;
  gboolean      timed_out, wrote_body;
  SohoaHttpAnswer *answer; /* (unowned) */
} Exchange;

void
sohoa_http_answer_clear (SohoaHttpAnswer *self)
{
  g_clear_pointer (&self->body, g_bytes_unref);
  g_clear_error (&self->error);
}

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
  g_cancellable_cancel (((Exchange *) data)->stop);
  return G_SOURCE_REMOVE;
}

static void
on_wrote_body (SoupMessage *message, gpointer data)
{
  ((Exchange *) data)->wrote_body = TRUE;
}

static void read_more (Exchange *x, GInputStream *stream);

static void
on_read (GObject *source, GAsyncResult *result, gpointer data)
{
  Exchange *x = data;
  g_autoptr(GBytes) bytes = g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result, &x->answer->error);

  if (bytes == NULL || g_bytes_get_size (bytes) == 0) {
    g_main_loop_quit (x->loop);
    return;
  }
  if (g_bytes_get_size (bytes) > x->max_bytes - x->bytes->len) {
    g_set_error (&x->answer->error, SOHOA_SUBMIT_ERROR, SOHOA_SUBMIT_ERROR_BAD_ANSWER,
                 "answer is longer than %" G_GSIZE_FORMAT " bytes: check url", x->max_bytes);
    g_main_loop_quit (x->loop);
    return;
  }
  g_byte_array_append (x->bytes, g_bytes_get_data (bytes, NULL), (guint) g_bytes_get_size (bytes));
  read_more (x, G_INPUT_STREAM (source));
}

static void
read_more (Exchange *x, GInputStream *stream)
{
  g_input_stream_read_bytes_async (stream, READ_BLOCK_BYTES, G_PRIORITY_DEFAULT, x->stop, on_read, x);
}

static void
on_sent (GObject *source, GAsyncResult *result, gpointer data)
{
  Exchange *x = data;
  g_autoptr(GInputStream) stream = soup_session_send_finish (SOUP_SESSION (source), result, &x->answer->error);

  if (stream == NULL) {
    g_main_loop_quit (x->loop);
    return;
  }
  read_more (x, stream);
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

static void
run (Exchange *x, SoupSession *session, GMainContext *context, guint timeout_ms, GCancellable *cancellable)
{
  g_autoptr(GSource) deadline = g_timeout_source_new (timeout_ms);
  g_autoptr(GSource) watch = NULL;

  g_source_set_callback (deadline, on_deadline, x, NULL);
  g_source_attach (deadline, context);
  if (cancellable != NULL) {
    watch = g_cancellable_source_new (cancellable);
    g_source_set_callback (watch, G_SOURCE_FUNC (on_cancelled), x, NULL);
    g_source_attach (watch, context);
  }
  g_signal_connect (x->message, "wrote-body", G_CALLBACK (on_wrote_body), x);
  soup_session_send_async (session, x->message, G_PRIORITY_DEFAULT, x->stop, on_sent, x);
  g_main_loop_run (x->loop);
  g_source_destroy (deadline);
  if (watch != NULL)
    g_source_destroy (watch);
}

static void
finish (Exchange *x, const SohoaTarget *target)
{
  SohoaHttpAnswer *answer = x->answer;

  answer->sent = x->wrote_body;
  if (answer->error == NULL) {
    answer->status = soup_message_get_status (x->message);
    answer->body = g_bytes_new (x->bytes->data, x->bytes->len);
  } else if (x->timed_out) {
    g_clear_error (&answer->error);
    g_set_error (&answer->error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "no answer within %u ms", target->timeout_ms);
  }
}

void
sohoa_http_send (const SohoaTarget *target, const SohoaHttpRequest *request, GCancellable *cancellable,
                 SohoaHttpAnswer *answer)
{
  g_autoptr(GMainContext) context = g_main_context_new ();
  g_autoptr(SoupSession) session = NULL;
  Exchange x = { .answer = answer, .max_bytes = request->max_bytes };

  *answer = (SohoaHttpAnswer) { 0 };
  if (g_cancellable_set_error_if_cancelled (cancellable, &answer->error))
    return;
  if (x.max_bytes == 0)
    x.max_bytes = SOHOA_HTTP_ANSWER_MAX_BYTES;
  g_main_context_push_thread_default (context);
  session = new_session (target, &answer->error);
  x.message = session != NULL ? new_message (target, request, &answer->error) : NULL;
  if (x.message != NULL) {
    x.loop = g_main_loop_new (context, FALSE);
    x.stop = g_cancellable_new ();
    x.bytes = g_byte_array_new ();
    run (&x, session, context, target->timeout_ms, cancellable);
    finish (&x, target);
    soup_session_abort (session);
    while (g_main_context_iteration (context, FALSE))
      continue;
    g_main_loop_unref (x.loop);
    g_object_unref (x.stop);
    g_byte_array_unref (x.bytes);
    g_signal_handlers_disconnect_by_data (x.message, &x);
    g_object_unref (x.message);
  }
  g_clear_object (&session);
  g_main_context_pop_thread_default (context);
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
  } else if (answer->status == 429 || answer->status >= 500) {
    code = SOHOA_SUBMIT_ERROR_SERVER_BUSY;
  } else if (answer->status >= 400) {
    code = SOHOA_SUBMIT_ERROR_REJECTED;
  }
  if (answer->error == NULL)
    g_set_error (error, SOHOA_SUBMIT_ERROR, code, "%s: answered with status %u%s%s", target->name,
                 answer->status, why != NULL && why[0] != '\0' ? ": " : "", why != NULL ? why : "");
  else
    g_set_error (error, SOHOA_SUBMIT_ERROR, code, "%s: not reachable: %s: check address and network",
                 target->name, why);
  return FALSE;
}
