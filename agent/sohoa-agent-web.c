#include "config.h"

#include "sohoa-agent-web.h"

#include "sohoa-errors.h"
#include "sohoa-exchange.h"

#include <string.h>

#define TIMEOUT_MS (120u * 1000)
#define USER_AGENT "Sohoa-Agent/" PACKAGE_VERSION
#define NAME_MAX_BYTES 120u
#define COOKIE_NAME "ASP.NET_SessionId" /* what a bare SessionId belongs to in the products that send one */

static gboolean
check_host (const SohoaAgentVisit *visit, const char *url, GError **error)
{
  g_autofree char *host = sohoa_agent_origin_of (url, FALSE);

  if (host != NULL && sohoa_agent_conf_may_visit (visit->conf, visit->origin, host))
    return TRUE;
  g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_NOT_AUTHORISED,
               host == NULL ? "Địa chỉ không hợp lệ: chỉ nhận https://máy-chủ/…%s" : "Máy chủ %s chưa được phép.",
               host == NULL ? "" : host);
  return FALSE;
}

static SoupSession *
new_session (const SohoaAgentVisit *visit, GError **error)
{
  g_autoptr(SoupSession) session = soup_session_new_with_options ("user-agent", USER_AGENT, NULL);
  g_autoptr(GProxyResolver) direct = g_simple_proxy_resolver_new (NULL, NULL);
  g_autofree char *ca_file = sohoa_agent_conf_dup_ca_file (visit->conf, visit->origin);

  soup_session_set_proxy_resolver (session, direct);
  soup_session_set_timeout (session, TIMEOUT_MS / 1000 + 1);
  if (ca_file != NULL) {
    g_autoptr(GTlsDatabase) database = g_tls_file_database_new (ca_file, error);

    if (database == NULL)
      return NULL;
    soup_session_set_tls_database (session, database);
  }
  return g_steal_pointer (&session);
}

static void
add_headers (const SohoaAgentVisit *visit, SoupMessage *message)
{
  SoupMessageHeaders *headers = soup_message_get_request_headers (message);
  g_autofree char *bearer = g_strconcat ("Bearer ", visit->token, NULL);
  g_autofree char *cookie = strchr (visit->session, '=') != NULL ? g_strdup (visit->session)
                                                                 : g_strconcat (COOKIE_NAME "=", visit->session, NULL);

  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT | SOUP_MESSAGE_NEW_CONNECTION);
  soup_message_headers_replace (headers, "Origin", visit->origin);
  if (visit->session[0] != '\0')
    soup_message_headers_replace (headers, "Cookie", cookie);
  if (visit->token[0] != '\0')
    soup_message_headers_replace (headers, "Authorization", bearer);
}

/* NULL: it went well. */
static GError *
explain (const SohoaExchange *x, SoupMessage *message, const char *host)
{
  guint status = soup_message_get_status (message);

  if (x->too_long)
    return g_error_new (SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_TOO_LARGE, "Câu trả lời của %s quá lớn.", host);
  if (x->timed_out)
    return g_error_new (SOHOA_SUBMIT_ERROR, SOHOA_SUBMIT_ERROR_UNREACHABLE, "Máy chủ %s không trả lời trong 2 phút.", host);
  if (x->error != NULL && soup_message_get_tls_peer_certificate_errors (message) != 0)
    return g_error_new (SOHOA_SUBMIT_ERROR, SOHOA_SUBMIT_ERROR_UNREACHABLE,
                        "Chứng thư của máy chủ %s không đáng tin cậy: báo người quản trị.", host);
  if (x->error != NULL)
    return g_error_new (SOHOA_SUBMIT_ERROR, SOHOA_SUBMIT_ERROR_UNREACHABLE, "Không kết nối được máy chủ %s: kiểm tra mạng.", host);
  if (status < 200 || status > 299)
    return g_error_new (SOHOA_SUBMIT_ERROR, SOHOA_SUBMIT_ERROR_REJECTED, "Máy chủ %s trả lời mã %u.", host, status);
  return NULL;
}

/* Takes @message floating or not; @sent_out (nullable): whether the whole request left. */
static GBytes *
exchange (const SohoaAgentVisit *visit, const char *url, SoupMessage *(*make) (const char *url, gpointer data), gpointer data,
          gsize max_bytes, gboolean *sent_out, GCancellable *cancellable, GError **error)
{
  g_autoptr(SohoaExchange) x = NULL;
  g_autoptr(SoupSession) session = NULL;
  g_autoptr(SoupMessage) message = NULL;
  g_autofree char *host = sohoa_agent_origin_of (url, FALSE);
  GError *why;

  if (!check_host (visit, url, error))
    return NULL;
  x = sohoa_exchange_new (TIMEOUT_MS, max_bytes);
  session = new_session (visit, error);
  message = session != NULL ? make (url, data) : NULL;
  if (message == NULL) {
    if (error != NULL && *error == NULL)
      g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "Địa chỉ không hợp lệ.");
    return NULL;
  }
  add_headers (visit, message);
  sohoa_exchange_run (x, session, message, cancellable);
  if (sent_out != NULL)
    *sent_out = x->sent;
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return NULL;
  why = explain (x, message, host);
  if (why != NULL) {
    g_propagate_error (error, why);
    return NULL;
  }
  return g_bytes_new (x->bytes->data, x->bytes->len);
}

/* ---- download ---- */

static SoupMessage *
make_get (const char *url, gpointer data)
{
  return soup_message_new (SOUP_METHOD_GET, url);
}

GBytes *
sohoa_agent_web_download (const SohoaAgentVisit *visit, const char *url, GCancellable *cancellable, GError **error)
{
  g_autoptr(GBytes) bytes
    = exchange (visit, url, make_get, NULL, visit->conf->max_file_bytes, NULL, cancellable, error);

  if (bytes == NULL)
    return NULL;
  if (g_bytes_get_size (bytes) < 5 || memcmp (g_bytes_get_data (bytes, NULL), "%PDF-", 5) != 0) {
    g_set_error (error, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_UNREADABLE, "Tệp tải về không phải là PDF.");
    return NULL;
  }
  return g_steal_pointer (&bytes);
}

/* ---- upload ---- */

typedef struct {
  const char      *name;
  GBytes          *pdf;
  const GPtrArray *meta;
} Form;

static SoupMessage *
make_post (const char *url, gpointer data)
{
  const Form *form = data;
  SoupMultipart *multipart = soup_multipart_new ("multipart/form-data");
  g_autoptr(SoupMessage) probe = soup_message_new (SOUP_METHOD_POST, url);
  SoupMessage *message = NULL;

  for (guint i = 0; form->meta != NULL && i < form->meta->len; i++) {
    const SohoaAgentMeta *meta = g_ptr_array_index (form->meta, i);

    soup_multipart_append_form_string (multipart, meta->key, meta->value);
  }
  soup_multipart_append_form_file (multipart, "uploadfile", form->name, "application/pdf", form->pdf);
  if (probe != NULL)
    message = soup_message_new_from_multipart (url, multipart);
  soup_multipart_free (multipart);
  return message;
}

char *
sohoa_agent_web_upload (const SohoaAgentVisit *visit, const char *url, const char *name, GBytes *pdf, const GPtrArray *meta,
                        GCancellable *cancellable, GError **error)
{
  Form form = { .name = name, .pdf = pdf, .meta = meta };
  gboolean sent = FALSE;
  g_autoptr(GError) local = NULL;
  g_autoptr(GBytes) answer = NULL;
  g_autofree char *text = NULL;

  if (g_bytes_get_size (pdf) > visit->conf->max_file_bytes) {
    g_set_error (error, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_TOO_LARGE,
                 "Tệp đã ký lớn hơn giới hạn %" G_GUINT64_FORMAT " MB.", visit->conf->max_file_bytes / (1024 * 1024));
    return NULL;
  }
  answer = exchange (visit, url, make_post, &form, SOHOA_AGENT_ANSWER_MAX_BYTES, &sent, cancellable, &local);
  if (answer == NULL) {
    if (sent && !g_error_matches (local, SOHOA_SUBMIT_ERROR, SOHOA_SUBMIT_ERROR_REJECTED))
      g_set_error (error, SOHOA_SUBMIT_ERROR, SOHOA_SUBMIT_ERROR_UNKNOWN_OUTCOME,
                   "Tệp đã gửi nhưng chưa rõ kết quả (%s) Xem trên trang QLVB trước khi gửi lại.", local->message);
    else
      g_propagate_error (error, g_steal_pointer (&local));
    return NULL;
  }
  text = g_strndup (g_bytes_get_data (answer, NULL), g_bytes_get_size (answer));
  return g_utf8_make_valid (text, -1);
}

char *
sohoa_agent_web_dup_name (const char *url, const char *fallback)
{
  g_autoptr(GUri) uri = g_uri_parse (url, G_URI_FLAGS_NONE, NULL);
  g_autofree char *base = uri != NULL ? g_path_get_basename (g_uri_get_path (uri)) : NULL;
  const char *from = base != NULL && strlen (base) > 1 && strstr (base, ".pdf") != NULL ? base : fallback;
  g_autoptr(GString) name = g_string_new (NULL);

  for (const char *p = from; *p != '\0' && name->len < NAME_MAX_BYTES; p++)
    g_string_append_c (name, g_ascii_isalnum (*p) || strchr ("._-", *p) != NULL ? *p : '_');
  if (!g_str_has_suffix (name->str, ".pdf"))
    g_string_append (name, ".pdf");
  if (name->str[0] == '.')
    name->str[0] = '_';
  return g_strdup (name->str);
}
