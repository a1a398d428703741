/* HTTP: who asks, bodies to disk, work to threads, answers back. */
#include "sohoa-qlvb-server.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-time.h"
#include "sohoa-qlvb-web.h"
#include "sohoa-vxp-headers.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define TICK_MS 100          /* how often due acceptances are looked for */
#define SEEN_SWEEP_US (60 * G_USEC_PER_SEC)
#define IMPORT_PATH "/api/v1/documents/import"
#define SEND_PATH "/sendEdoc"
#define UPLOAD_DATA "sohoa-upload"
#define SYSTEM_DATA "sohoa-system"

/* ---- uploads ---- */

static void
upload_free (gpointer data)
{
  SohoaQlvbUpload *upload = data;

  sohoa_fd_clear (&upload->fd);
  g_free (upload);
}

static SohoaQlvbUpload *
upload_new (const SohoaQlvb *self)
{
  SohoaQlvbUpload *upload = g_new0 (SohoaQlvbUpload, 1);
  g_autofree char *path = g_build_filename (self->data_dir, "incoming", "upload-XXXXXX", NULL);

  upload->fd = g_mkstemp_full (path, O_RDWR | O_CLOEXEC, 0600);
  if (upload->fd >= 0)
    (void) g_unlink (path);
  else
    upload->failed = TRUE;
  return upload;
}

static void
on_chunk (SoupServerMessage *message, GBytes *chunk, gpointer data)
{
  SohoaQlvbUpload *upload = data;
  gsize length;
  const void *bytes = g_bytes_get_data (chunk, &length);

  upload->size += length;
  upload->too_large |= upload->size > SOHOA_QLVB_UPLOAD_MAX_BYTES;
  if (!upload->too_large && !upload->failed)
    upload->failed = !sohoa_fd_write_all (upload->fd, bytes, length, NULL);
}

/* ---- who asks ---- */

static const char *
lookup_header (gpointer headers, const char *name)
{
  return soup_message_headers_get_one (headers, name);
}

static const char *
get_header (SoupServerMessage *message, const char *prefix, const char *name)
{
  g_autofree char *full = g_strconcat (prefix, name, NULL);
  const char *value = soup_message_headers_get_one (soup_server_message_get_request_headers (message), full);

  return value != NULL ? value : "";
}

static gboolean
is_old (gpointer key, gpointer value, gpointer now)
{
  return *(gint64 *) value < *(gint64 *) now;
}

/* A signature is good for one request. After a restart a replay inside the clock window can only repeat
 * a registration that is idempotent by its key, or a question. */
static gboolean
is_replay (SohoaQlvb *self, const char *hmac)
{
  gint64 now_us = sohoa_time_now_us ();
  gint64 *until;

  if (now_us - self->seen_swept_us > SEEN_SWEEP_US) {
    g_hash_table_foreach_remove (self->seen, is_old, &now_us);
    self->seen_swept_us = now_us;
  }
  if (g_hash_table_contains (self->seen, hmac))
    return TRUE;
  until = g_new (gint64, 1);
  *until = now_us + 2 * SOHOA_VXP_CLOCK_WINDOW_US;
  g_hash_table_insert (self->seen, g_ascii_strdown (hmac, -1), until);
  return FALSE;
}

/* The certificate of the sender's connection was checked against our authorities while it was made. */
static gboolean
has_certificate (SoupServerMessage *message)
{
  return soup_server_message_get_tls_peer_certificate (message) != NULL
         && soup_server_message_get_tls_peer_certificate_errors (message) == 0;
}

/* The system id, or NULL with the answer set. */
static const char *
authenticate (SohoaQlvb *self, SoupServerMessage *message, const char *path, SohoaQlvbAnswer *answer)
{
  static const char *const import_signs[] = { "key", SOHOA_VXP_HASH_FILE, "hash-metadata", NULL };
  static const char *const send_signs[] = { SOHOA_VXP_HASH_FILE, NULL };
  gboolean rest = g_str_has_prefix (path, "/api/");
  const char *prefix = rest ? SOHOA_REST_PREFIX : SOHOA_VXP_PREFIX;
  const char *system_id = get_header (message, prefix, SOHOA_VXP_SYSTEM_ID);
  const char *secret = g_hash_table_lookup (self->systems, system_id);
  const char *const *must_sign = g_str_equal (path, IMPORT_PATH) ? import_signs
                                 : g_str_equal (path, SEND_PATH) ? send_signs : NULL;
  g_autofree char *hmac = g_ascii_strdown (get_header (message, prefix, "hash-header"), -1);
  g_autoptr(GError) local = NULL;

  if (self->clients != NULL && !has_certificate (message))
    g_set_error (&local, SOHOA_SUBMIT_ERROR, SOHOA_SUBMIT_ERROR_AUTH, "no client certificate of an authority trusted here");
  else if (secret == NULL)
    g_set_error (&local, SOHOA_SUBMIT_ERROR, SOHOA_SUBMIT_ERROR_AUTH, "system id is not known");
  else if (sohoa_vxp_verify (lookup_header, soup_server_message_get_request_headers (message), prefix, secret,
                             must_sign, sohoa_time_now_us (), &local)
           && is_replay (self, hmac))
    g_set_error (&local, SOHOA_SUBMIT_ERROR, SOHOA_SUBMIT_ERROR_AUTH, "request not authentic: sent before (replay)");
  if (local == NULL)
    return system_id;
  g_info ("refused a request for %s: %s", path, local->message);
  sohoa_qlvb_answer_fail (answer, 401, "15", local->message);
  return NULL;
}

/* ---- answers ---- */

static void
set_answer (SoupServerMessage *message, SohoaQlvbAnswer *answer)
{
  SoupMessageBody *body = soup_server_message_get_response_body (message);

  soup_server_message_set_status (message, answer->status, NULL);
  soup_message_headers_replace (soup_server_message_get_response_headers (message), "X-Content-Type-Options",
                                "nosniff");
  soup_message_headers_set_content_type (soup_server_message_get_response_headers (message), answer->type, NULL);
  if (g_bytes_get_size (answer->body) > 0)
    soup_message_body_append_bytes (body, answer->body); /* a mapped file stays on disk */
  soup_message_body_complete (body);
  g_clear_pointer (&answer->body, g_bytes_unref);
  g_clear_pointer (&answer->type, g_free);
}

/* ---- uploads in threads ---- */

static void
job_free (SohoaQlvbJob *job)
{
  g_clear_pointer (&job->answer.body, g_bytes_unref);
  g_free (job->answer.type);
  g_free (job->path);
  g_free (job->system_id);
  g_free (job->key);
  g_free (job->hash_file);
  g_free (job->hash_metadata);
  g_free (job->message_type);
  g_free (job->content_type);
  g_object_unref (job->message);
  g_free (job);
}

static void
on_gone (SoupServerMessage *message, gpointer data)
{
  ((SohoaQlvbJob *) data)->gone = TRUE;
}

static gboolean
on_job_done (gpointer data)
{
  SohoaQlvbJob *job = data;

  g_signal_handlers_disconnect_by_data (job->message, job);
  if (!job->gone) {
    set_answer (job->message, &job->answer);
    soup_server_message_unpause (job->message);
  }
  job_free (job);
  return G_SOURCE_REMOVE;
}

static void
run_job (gpointer data, gpointer user_data)
{
  SohoaQlvbJob *job = data;

  if (g_str_equal (job->path, IMPORT_PATH))
    sohoa_qlvb_import (job);
  else
    sohoa_qlvb_send_edoc (job);
  g_main_context_invoke (NULL, on_job_done, job);
}

static void
start_job (SohoaQlvb *self, SoupServerMessage *message, const char *path, const char *system_id,
           SohoaQlvbUpload *upload)
{
  SohoaQlvbJob *job = g_new0 (SohoaQlvbJob, 1);
  const char *prefix = g_str_equal (path, IMPORT_PATH) ? SOHOA_REST_PREFIX : SOHOA_VXP_PREFIX;

  job->qlvb = self;
  job->message = g_object_ref (message);
  job->path = g_strdup (path);
  job->system_id = g_strdup (system_id);
  job->key = g_strdup (get_header (message, prefix, "key"));
  job->hash_file = g_strdup (get_header (message, prefix, SOHOA_VXP_HASH_FILE));
  job->hash_metadata = g_strdup (get_header (message, prefix, "hash-metadata"));
  job->message_type = g_strdup (get_header (message, prefix, "messagetype"));
  job->content_type = g_strdup (get_header (message, "", "Content-Type"));
  job->upload = upload;
  g_signal_connect (message, "disconnected", G_CALLBACK (on_gone), job);
  g_signal_connect (message, "finished", G_CALLBACK (on_gone), job);
  soup_server_message_pause (message);
  (void) g_thread_pool_push (self->threads, job, NULL);
}

/* ---- client certificates ---- */

/* A certificate our authorities do not confirm ends the connection: it is noted for the operator. */
static gboolean
on_certificate (SoupServerMessage *message, GTlsCertificate *certificate, GTlsCertificateFlags errors, gpointer data)
{
  g_autofree char *what = g_flags_to_string (G_TYPE_TLS_CERTIFICATE_FLAGS, errors);

  if (errors != 0)
    g_message ("refused a client certificate: %s", what);
  return errors == 0;
}

static void
on_started (SoupServer *server, SoupServerMessage *message, gpointer data)
{
  g_signal_connect (message, "accept-certificate", G_CALLBACK (on_certificate), NULL);
}

/* ---- routes ---- */

static gboolean
is_upload (SoupServerMessage *message, const char *path)
{
  return g_str_equal (soup_server_message_get_method (message), "POST")
         && (g_str_equal (path, IMPORT_PATH) || g_str_equal (path, SEND_PATH));
}

/* After the headers, before the body: a stranger's body is never stored. */
static void
on_headers (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  SohoaQlvb *self = data;
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  gboolean upload_path = is_upload (message, path);
  guint limit = upload_path ? SOHOA_QLVB_UPLOAD_MAX_BYTES : SOHOA_QLVB_BODY_MAX_BYTES;
  SohoaQlvbAnswer answer = { 0 };
  const char *system_id = NULL;
  SohoaQlvbUpload *upload;

  soup_message_body_set_accumulate (soup_server_message_get_request_body (message), FALSE);
  if (sohoa_qlvb_web_owns (path)) {
    (void) sohoa_qlvb_web_admit (self->web, message);
    return;
  }
  if (soup_message_headers_get_content_length (headers) > limit)
    sohoa_qlvb_answer_fail (&answer, 413, "21", "Nội dung gửi lớn hơn giới hạn (50 MB một tệp)");
  else
    system_id = authenticate (self, message, path, &answer);
  if (system_id == NULL) {
    set_answer (message, &answer);
    return;
  }
  g_object_set_data_full (G_OBJECT (message), SYSTEM_DATA, g_strdup (system_id), g_free);
  if (!upload_path) {
    soup_message_body_set_accumulate (soup_server_message_get_request_body (message), TRUE);
    return;
  }
  upload = upload_new (self);
  g_object_set_data_full (G_OBJECT (message), UPLOAD_DATA, upload, upload_free);
  g_signal_connect (message, "got-chunk", G_CALLBACK (on_chunk), upload);
}

static void
handle_small (SohoaQlvb *self, SoupServerMessage *message, const char *path, GHashTable *query,
              const char *system_id, SohoaQlvbAnswer *answer)
{
  const char *method = soup_server_message_get_method (message);
  g_autoptr(GBytes) body = soup_message_body_flatten (soup_server_message_get_request_body (message));

  if (g_bytes_get_size (body) > SOHOA_QLVB_BODY_MAX_BYTES)
    sohoa_qlvb_answer_fail (answer, 413, "21", "Nội dung gửi quá lớn");
  else if (g_str_has_prefix (path, "/api/")
           ? !sohoa_qlvb_rest (self, method, path, query, system_id, body, answer)
           : !g_str_equal (method, "POST")
               || !sohoa_qlvb_vxp (self, path, soup_server_message_get_request_headers (message), system_id, answer))
    sohoa_qlvb_answer_fail (answer, 404, "404", "Không có địa chỉ này");
}

static void
on_request (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  SohoaQlvb *self = data;
  SohoaQlvbAnswer answer = { 0 };
  SohoaQlvbUpload *upload = g_object_get_data (G_OBJECT (message), UPLOAD_DATA);
  const char *system_id = g_object_get_data (G_OBJECT (message), SYSTEM_DATA);

  if (sohoa_qlvb_web_owns (path)) {
    sohoa_qlvb_web_handle (self->web, message, path, query);
    return;
  }
  if (system_id == NULL)
    sohoa_qlvb_answer_fail (&answer, 401, "15", "request not authentic");
  else if (upload == NULL)
    handle_small (self, message, path, query, system_id, &answer);
  else if (upload->too_large)
    sohoa_qlvb_answer_fail (&answer, 413, "21", "Nội dung gửi lớn hơn giới hạn (50 MB một tệp)");
  else if (upload->failed || self->busy > 0) {
    self->busy -= self->busy > 0;
    sohoa_qlvb_answer_fail (&answer, 503, "20", "Hệ thống đang bận, gửi lại sau");
  } else {
    start_job (self, message, path, system_id, upload);
    return;
  }
  set_answer (message, &answer);
}

/* ---- life ---- */

static gboolean
on_tick (gpointer data)
{
  SohoaQlvb *self = data;
  g_autoptr(GError) local = NULL;

  if (!self->manual && !sohoa_qlvb_store_accept_due (self->store, sohoa_time_now_us (), &local))
    g_warning ("%s", local->message);
  return G_SOURCE_CONTINUE;
}

static gboolean
make_folders (const SohoaQlvb *self, GError **error)
{
  static const char *const names[] = { "files", "edxml", "incoming" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = g_build_filename (self->data_dir, names[i], NULL);

    if (!sohoa_folder_make (path, 0700, error))
      return FALSE;
  }
  return TRUE;
}

static GSocketAddress *
parse_address (const char *text, gboolean encrypted, GError **error)
{
  g_autoptr(GSocketConnectable) connectable = g_network_address_parse (text, 0, NULL);
  const char *host = connectable != NULL ? g_network_address_get_hostname (G_NETWORK_ADDRESS (connectable)) : "";
  g_autoptr(GInetAddress) address = connectable != NULL ? g_inet_address_new_from_string (host) : NULL;

  if (address == NULL) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "--listen %s: not ADDRESS:PORT", text);
    return NULL;
  }
  if (!encrypted && !g_inet_address_get_is_loopback (address)) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT,
                 "--listen %s: not this machine and not encrypted: give --tls-cert and --tls-key", text);
    return NULL;
  }
  return g_inet_socket_address_new (address, g_network_address_get_port (G_NETWORK_ADDRESS (connectable)));
}

gboolean
sohoa_qlvb_start (SohoaQlvb *self, const char *address, GTlsCertificate *certificate, GError **error)
{
  g_autoptr(GSocketAddress) where = parse_address (address, certificate != NULL, error);
  g_autofree char *database = g_build_filename (self->data_dir, "register.db", NULL);

  if (where == NULL || !make_folders (self, error))
    return FALSE;
  self->store = sohoa_qlvb_store_open (database, error);
  if (self->store == NULL)
    return FALSE;
  self->web = sohoa_qlvb_web_new (self, self->users, certificate != NULL, error);
  if (self->web == NULL)
    return FALSE;
  self->seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->threads = g_thread_pool_new (run_job, self, SOHOA_QLVB_THREADS, FALSE, NULL);
  self->soup = soup_server_new ("server-header", "sohoa-qlvb", NULL);
  if (certificate != NULL)
    soup_server_set_tls_certificate (self->soup, certificate);
  if (self->clients != NULL) { /* asked of all, demanded of systems: a clerk's browser has none */
    soup_server_set_tls_database (self->soup, self->clients);
    soup_server_set_tls_auth_mode (self->soup, G_TLS_AUTHENTICATION_REQUESTED);
    g_signal_connect (self->soup, "request-started", G_CALLBACK (on_started), NULL);
  }
  soup_server_add_early_handler (self->soup, NULL, on_headers, self, NULL);
  soup_server_add_handler (self->soup, NULL, on_request, self, NULL);
  if (!soup_server_listen (self->soup, where, certificate != NULL ? SOUP_SERVER_LISTEN_HTTPS : 0, error))
    return FALSE;
  (void) g_timeout_add (TICK_MS, on_tick, self);
  return TRUE;
}

/* Finishes what is under way, then closes. */
void
sohoa_qlvb_stop (SohoaQlvb *self)
{
  if (self->threads != NULL)
    g_thread_pool_free (self->threads, FALSE, TRUE);
  self->threads = NULL;
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  g_clear_pointer (&self->web, sohoa_qlvb_web_free);
  if (self->soup != NULL)
    soup_server_disconnect (self->soup);
  g_clear_object (&self->soup);
  g_clear_pointer (&self->store, sohoa_qlvb_store_close);
  g_clear_pointer (&self->seen, g_hash_table_unref);
}
