/* Both connectors against the real receiver on loopback: good ways, refusals, and every way in which an
 * answer can get lost. */
#include "peer.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-time.h"
#include "sohoa-vxp-headers.h"

#include <libsoup/soup.h>
#include <string.h>

#define WAIT_MAX_MS 10000
#define N_CLIENTS 16
#define N_EACH 200

static const char *const connectors[] = { "rest", "vxp" };

static SohoaReceipt *
submit (SohoaConnector *c, Paper *p)
{
  g_autoptr(GError) error = NULL;
  SohoaReceipt *r = sohoa_connector_submit (c, &p->what, NULL, &error);

  g_assert_no_error (error);
  return r;
}

static SohoaReceipt *
query (SohoaConnector *c, Paper *p)
{
  g_autoptr(GError) error = NULL;
  SohoaReceipt *r = sohoa_connector_query (c, &p->what, NULL, &error);

  g_assert_no_error (error);
  return r;
}

/* "01 03" once there are @n statuses. */
static char *
wait_statuses (SohoaConnector *c, Paper *p, const char *id, guint n)
{
  GString *codes = g_string_new (NULL);

  for (int waited = 0; waited < WAIT_MAX_MS; waited += 50) {
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) list = sohoa_connector_statuses (c, &p->what, id, NULL, &error);

    g_assert_no_error (error);
    g_string_truncate (codes, 0);
    for (guint i = 0; i < list->len; i++)
      g_string_append_printf (codes, "%s%s", i > 0 ? " " : "", ((SohoaStatus *) list->pdata[i])->code);
    if (list->len >= n)
      break;
    g_usleep (50 * 1000);
  }
  return g_string_free (codes, FALSE);
}

static void
test_accepted (gconstpointer data)
{
  static const char *const fast[] = { "--accept-after=100", NULL };
  g_autoptr(Peer) peer = peer_new ();
  g_autoptr(SohoaConnector) c = NULL;
  g_autoptr(Paper) p = paper_new ("152", "V/v thử nghiệm"), absent = paper_new ("1", "chưa gửi");
  g_autoptr(SohoaReceipt) first = NULL, again = NULL, asked = NULL, none = NULL;
  g_autofree char *statuses = NULL, *today = sohoa_time_to_day (sohoa_time_now_us ()), *after = NULL;
  g_autoptr(GPtrArray) agencies = NULL;
  g_autoptr(GError) error = NULL;

  peer_start (peer, fast);
  c = peer_connect (peer, data, NULL, "");
  first = submit (c, p);
  g_assert_cmpint (first->outcome, ==, SOHOA_OUTCOME_ACCEPTED);
  g_assert_cmpstr (first->arrival_number, ==, "1");
  g_assert_cmpstr (first->arrival_date, ==, today);
  g_assert_cmpstr (first->arrival_book, ==, "Văn bản đến");
  g_assert_cmpstr (first->status, ==, "01");
  g_assert_cmpstr (first->document_id, ==, "H31.98.01_CV_000001_V1");
  again = submit (c, p);
  g_assert_true (g_bytes_equal (first->answer, again->answer));
  asked = query (c, p);
  g_assert_cmpint (asked->outcome, ==, SOHOA_OUTCOME_ACCEPTED);
  g_assert_cmpstr (asked->arrival_number, ==, "1");
  none = query (c, absent);
  g_assert_cmpint (none->outcome, ==, SOHOA_OUTCOME_ABSENT);
  statuses = wait_statuses (c, p, first->document_id, 2);
  g_assert_cmpstr (statuses, ==, "01 03");
  agencies = sohoa_connector_agencies (c, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (((SohoaAgency *) agencies->pdata[0])->code, ==, "H31.98.01");
  g_assert_true (sohoa_connector_recall (c, &p->what, first->document_id, "gửi nhầm", NULL, &error));
  g_assert_no_error (error);
  after = wait_statuses (c, p, first->document_id, 4);
  g_assert_cmpstr (after, ==, "01 03 13 15");
  g_assert_cmpint (peer_count (peer, "SELECT count(*) FROM document"), ==, 1);
  g_assert_cmpint (peer_stop (peer), ==, 0);
}

static void
test_refused (gconstpointer data)
{
  static const char *const rules[] = { "--refuse-subject=quảng cáo", NULL };
  g_autoptr(Peer) peer = peer_new ();
  g_autoptr(SohoaConnector) c = NULL;
  g_autoptr(Paper) p = paper_new ("7", "Thư quảng cáo"), q = paper_new ("8", "x");
  g_autoptr(SohoaReceipt) r = NULL, asked = NULL, missing = NULL, fixed = NULL;
  g_autoptr(GError) error = NULL;

  peer_start (peer, rules);
  c = peer_connect (peer, data, NULL, "");
  r = submit (c, p);
  g_assert_cmpint (r->outcome, ==, SOHOA_OUTCOME_REFUSED);
  g_assert_nonnull (strstr (r->reason, "quảng cáo"));
  g_assert_false (sohoa_receipt_check (r, &error));
  g_assert_error (error, SOHOA_SUBMIT_ERROR, SOHOA_SUBMIT_ERROR_REJECTED);
  asked = query (c, p);
  g_assert_cmpint (asked->outcome, ==, SOHOA_OUTCOME_REFUSED);
  /* a mandatory field is missing; once it is there the same file is taken, with the first number */
  sohoa_record_set_field (q->record, "CodeNumber", "", 1, "person");
  missing = submit (c, q);
  g_assert_cmpint (missing->outcome, ==, SOHOA_OUTCOME_REFUSED);
  g_assert_nonnull (strstr (missing->reason, "CodeNumber"));
  sohoa_record_set_field (q->record, "CodeNumber", "8", 1, "person");
  fixed = submit (c, q);
  g_assert_cmpint (fixed->outcome, ==, SOHOA_OUTCOME_ACCEPTED);
  g_assert_cmpstr (fixed->arrival_number, ==, "1");
}

static void
test_key_clash (void)
{
  g_autoptr(Peer) peer = peer_new ();
  g_autoptr(SohoaConnector) c = NULL;
  g_autoptr(Paper) p = paper_new ("1", "một"), q = paper_new ("2", "hai");
  g_autoptr(SohoaReceipt) first = NULL, second = NULL;

  peer_start (peer, NULL);
  c = peer_connect (peer, "rest", NULL, "");
  first = submit (c, p);
  q->what.key = p->key;
  second = submit (c, q);
  g_assert_cmpint (first->outcome, ==, SOHOA_OUTCOME_ACCEPTED);
  g_assert_cmpint (second->outcome, ==, SOHOA_OUTCOME_REFUSED);
  g_assert_cmpint (peer_count (peer, "SELECT count(*) FROM document"), ==, 1);
}

/* A file that is not what the signed headers say. */
static void
test_wrong_digest (gconstpointer data)
{
  g_autoptr(Peer) peer = peer_new ();
  g_autoptr(SohoaConnector) c = NULL;
  g_autoptr(Paper) p = paper_new ("1", "một"), q = paper_new ("2", "hai");
  g_autoptr(SohoaReceipt) r = NULL;

  peer_start (peer, NULL);
  c = peer_connect (peer, data, NULL, "");
  p->what.sha256 = q->sha256;
  r = submit (c, p);
  g_assert_cmpint (r->outcome, ==, SOHOA_OUTCOME_REFUSED);
  g_assert_cmpint (peer_count (peer, "SELECT count(*) FROM document WHERE number > 0"), ==, 0);
}

static void
test_wrong_secret (gconstpointer data)
{
  g_autoptr(Peer) peer = peer_new ();
  g_autoptr(SohoaConnector) c = NULL;
  g_autoptr(Paper) p = paper_new ("1", "một");
  g_autofree char *secret = NULL;
  g_autoptr(GError) error = NULL;

  peer_start (peer, NULL);
  secret = g_build_filename (peer->dir, "secret", NULL);
  g_assert_true (sohoa_file_write (secret, "another\n", 8, 0600, NULL));
  c = peer_connect (peer, data, NULL, "");
  g_assert_null (sohoa_connector_submit (c, &p->what, NULL, &error));
  g_assert_error (error, SOHOA_SUBMIT_ERROR, SOHOA_SUBMIT_ERROR_AUTH);
}

/* Raw request signed by ourselves: the status of the answer. */
static guint
raw_request (Peer *peer, const char *prefix, const char *method, const char *path, gint64 time_us, const char *nonce)
{
  g_autofree char *url = g_strconcat (peer->url, path, NULL), *timestamp = sohoa_vxp_timestamp (time_us);
  g_autoptr(GPtrArray) h = sohoa_vxp_headers_new ();
  g_autofree char *names = NULL, *text = NULL, *hmac = NULL;
  g_autoptr(SoupSession) session = soup_session_new ();
  g_autoptr(SoupMessage) message = soup_message_new (method, url);
  g_autoptr(GBytes) body = NULL;

  sohoa_vxp_headers_add (h, "systemid", "TEST.SYS");
  sohoa_vxp_headers_add (h, "timestamp", timestamp);
  sohoa_vxp_headers_add (h, "nonce", nonce);
  names = sohoa_vxp_sign_names (h);
  text = sohoa_vxp_sign_text (h, prefix);
  hmac = sohoa_vxp_hmac ("testsecret", text);
  sohoa_vxp_headers_add (h, "sign-header-key", names);
  sohoa_vxp_headers_add (h, "sign-header", text);
  sohoa_vxp_headers_add (h, "hash-header", hmac);
  for (guint i = 0; i < h->len; i++) {
    g_autofree char *name = g_strconcat (prefix, ((SohoaVxpHeader *) h->pdata[i])->name, NULL);

    soup_message_headers_append (soup_message_get_request_headers (message), name,
                                 ((SohoaVxpHeader *) h->pdata[i])->value);
  }
  body = soup_session_send_and_read (session, message, NULL, NULL);
  return soup_message_get_status (message);
}

static void
test_replay (void)
{
  g_autoptr(Peer) peer = peer_new ();
  gint64 now_us = sohoa_time_now_us ();

  peer_start (peer, NULL);
  g_assert_cmpuint (raw_request (peer, SOHOA_REST_PREFIX, "GET", "/api/v1/agencies", now_us, "a"), ==, 200);
  g_assert_cmpuint (raw_request (peer, SOHOA_REST_PREFIX, "GET", "/api/v1/agencies", now_us, "a"), ==, 401);
  g_assert_cmpuint (raw_request (peer, SOHOA_REST_PREFIX, "GET", "/api/v1/agencies", now_us, "b"), ==, 200);
  g_assert_cmpuint (raw_request (peer, SOHOA_VXP_PREFIX, "POST", "/getAgenciesList", now_us, "c"), ==, 200);
  g_assert_cmpuint (raw_request (peer, SOHOA_VXP_PREFIX, "POST", "/getAgenciesList", now_us, "c"), ==, 401);
  /* stale and future clocks */
  g_assert_cmpuint (raw_request (peer, SOHOA_REST_PREFIX, "GET", "/api/v1/agencies",
                                 now_us - 11 * 60 * G_USEC_PER_SEC, "d"), ==, 401);
  g_assert_cmpuint (raw_request (peer, SOHOA_REST_PREFIX, "GET", "/api/v1/agencies",
                                 now_us + 11 * 60 * G_USEC_PER_SEC, "e"), ==, 401);
  /* an upload whose needed headers are not signed */
  g_assert_cmpuint (raw_request (peer, SOHOA_VXP_PREFIX, "POST", "/sendEdoc", now_us, "f"), ==, 401);
  g_assert_cmpuint (raw_request (peer, SOHOA_REST_PREFIX, "GET", "/api/v1/nothing", now_us, "g"), ==, 404);
  g_assert_cmpuint (raw_request (peer, SOHOA_REST_PREFIX, "GET", "/api/v1/documents/../x", now_us, "h"), ==, 404);
  g_assert_cmpuint (raw_request (peer, SOHOA_REST_PREFIX, "GET", "/", now_us, "i"), ==, 200);
}

static void
test_hash_forms (void)
{
  static const char *const extra[] = { "hash-quirk=yes", "hash-quirk=no" };
  g_autoptr(Peer) peer = peer_new ();

  peer_start (peer, NULL);
  /* enough documents that some digest has a byte below 0x10 (1 − (15/16)³² = 87 % each) */
  for (guint i = 0; i < 12; i++) {
    g_autofree char *number = g_strdup_printf ("%u", i + 1), *expected = g_strdup_printf ("%u", i + 1);
    g_autoptr(SohoaConnector) c = peer_connect (peer, "vxp", NULL, extra[i % 2]);
    g_autoptr(Paper) p = paper_new (number, "mã băm");
    g_autoptr(SohoaReceipt) r = submit (c, p);

    g_assert_cmpint (r->outcome, ==, SOHOA_OUTCOME_ACCEPTED);
    g_assert_cmpstr (r->arrival_number, ==, expected);
  }
}

static void
test_busy_and_away (gconstpointer data)
{
  static const char *const busy[] = { "--test-busy=1", NULL };
  g_autoptr(Peer) peer = peer_new ();
  g_autoptr(SohoaConnector) c = NULL;
  g_autoptr(Paper) p = paper_new ("1", "một");
  g_autoptr(SohoaReceipt) r = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(GCancellable) cancelled = g_cancellable_new ();

  peer_start (peer, busy);
  c = peer_connect (peer, data, NULL, "");
  g_assert_null (sohoa_connector_submit (c, &p->what, NULL, &error));
  g_assert_error (error, SOHOA_SUBMIT_ERROR, SOHOA_SUBMIT_ERROR_SERVER_BUSY);
  g_clear_error (&error);
  r = submit (c, p);
  g_assert_cmpint (r->outcome, ==, SOHOA_OUTCOME_ACCEPTED);
  g_cancellable_cancel (cancelled);
  g_assert_null (sohoa_connector_submit (c, &p->what, cancelled, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  peer_stop (peer);
  g_assert_null (sohoa_connector_submit (c, &p->what, NULL, &error));
  g_assert_error (error, SOHOA_SUBMIT_ERROR, SOHOA_SUBMIT_ERROR_UNREACHABLE);
}

/* A whole PDF of one empty page, unsigned. */
static char *
make_pdf (void)
{
  static const char *const objects[] = { "<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
                                         "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<<>>>>" };
  GString *pdf = g_string_new ("%PDF-1.7\n"), *xref = g_string_new ("xref\n0 4\n0000000000 65535 f \n");
  gsize start;

  for (guint i = 0; i < G_N_ELEMENTS (objects); i++) {
    g_string_append_printf (xref, "%010u 00000 n \n", (guint) pdf->len);
    g_string_append_printf (pdf, "%u 0 obj\n%s\nendobj\n", i + 1, objects[i]);
  }
  start = pdf->len;
  g_string_append_printf (pdf, "%strailer\n<</Size 4/Root 1 0 R>>\nstartxref\n%u\n%%%%EOF\n", xref->str,
                          (guint) start);
  g_string_free (xref, TRUE);
  return g_string_free (pdf, FALSE);
}

static void
set_file (Paper *p, const char *text)
{
  sohoa_fd_clear (&p->fd);
  g_free (p->sha256);
  g_free (p->key);
  p->fd = p->what.fd = sohoa_memfd_new_sealed ("paper", text, strlen (text), NULL);
  p->what.sha256 = p->sha256 = sohoa_bytes_sha256 (text, strlen (text));
  p->what.key = p->key = sohoa_submission_key (p->sha256);
}

/* By the real worker: an unsigned scan and a broken file are refused, an unsigned original is kept with
 * its verdict. */
static void
test_signature (void)
{
  g_autofree char *worker = sohoa_path_program ("worker", "sohoa-page-worker");
  g_autoptr(Peer) peer = NULL;
  g_autoptr(SohoaConnector) c = NULL;
  g_autoptr(Paper) p = paper_new ("1", "chưa ký"), broken = paper_new ("2", "hỏng");
  g_autofree char *pdf = make_pdf ();
  g_autoptr(SohoaReceipt) scan = NULL, bad = NULL, original = NULL;

  if (!g_file_test (worker, G_FILE_TEST_IS_EXECUTABLE)) {
    g_test_skip ("sohoa-page-worker is not built");
    return;
  }
  peer = peer_new ();
  peer->check_signatures = TRUE;
  peer_start (peer, NULL);
  c = peer_connect (peer, "rest", NULL, "");
  set_file (p, pdf);
  scan = submit (c, p);
  g_assert_cmpint (scan->outcome, ==, SOHOA_OUTCOME_REFUSED);
  g_assert_cmpstr (scan->reason, ==, "Văn bản số hóa chưa được ký số");
  bad = submit (c, broken);
  g_assert_cmpint (bad->outcome, ==, SOHOA_OUTCOME_REFUSED);
  p->record->original = TRUE;
  original = submit (c, p);
  g_assert_cmpint (original->outcome, ==, SOHOA_OUTCOME_ACCEPTED);
  g_assert_cmpstr (original->arrival_number, ==, "1");
  g_assert_cmpint (peer_count (peer, "SELECT count(*) FROM document WHERE verdict = 'NONE' AND number = 1"), ==, 1);
  g_assert_cmpint (peer_stop (peer), ==, 0);
}

/* ---- lost answers ---- */

typedef struct {
  SohoaConnector *connector;
  Paper          *paper;
  SohoaReceipt   *receipt;
  GError         *error;
} Try;

static gpointer
try_submit (gpointer data)
{
  Try *t = data;

  t->receipt = sohoa_connector_submit (t->connector, &t->paper->what, NULL, &t->error);
  return NULL;
}

/* SIGKILL after the register was written and before the answer. */
static void
test_killed_before_answer (gconstpointer data)
{
  static const char *const hold[] = { "--test-hold-answer=20000", NULL };
  g_autoptr(Peer) peer = peer_new ();
  g_autoptr(SohoaConnector) c = NULL;
  g_autoptr(Paper) p = paper_new ("5", "mất trả lời");
  Try t = { .paper = p };
  GThread *thread;
  g_autofree char *line = NULL;
  g_autoptr(SohoaReceipt) asked = NULL, again = NULL;

  peer_start (peer, hold);
  t.connector = c = peer_connect (peer, data, NULL, "");
  thread = g_thread_new ("client", try_submit, &t);
  line = g_data_input_stream_read_line (peer->out, NULL, NULL, NULL);
  g_assert_true (g_str_has_prefix (line, "stored: "));
  peer_kill (peer);
  g_thread_join (thread);
  g_assert_no_error (t.error);
  g_assert_cmpint (t.receipt->outcome, ==, SOHOA_OUTCOME_UNKNOWN);
  g_assert_cmpint (t.receipt->error_code, ==, SOHOA_SUBMIT_ERROR_UNKNOWN_OUTCOME);
  sohoa_receipt_free (t.receipt);
  peer_start (peer, NULL);
  asked = query (c, p);
  again = submit (c, p);
  g_assert_cmpint (asked->outcome, ==, SOHOA_OUTCOME_ACCEPTED);
  g_assert_cmpstr (asked->arrival_number, ==, "1");
  g_assert_cmpstr (again->arrival_number, ==, "1");
  g_assert_cmpstr (again->document_id, ==, asked->document_id);
  g_assert_cmpint (peer_count (peer, "SELECT count(*) FROM document"), ==, 1);
}

typedef struct {
  GSocketService *service;
  guint16         port, upstream; /* upstream 0: answers @say itself */
  const char     *say;            /* (nullable) NULL: never answers */
  int             active;         /* threads that still use this */
} Proxy;

static void
serve_proxy (const Proxy *proxy, GSocketConnection *in)
{
  g_autoptr(GSocketClient) client = g_socket_client_new ();
  g_autoptr(GSocketConnection) out = NULL;
  char block[4096];
  gssize n;

  if (proxy->upstream == 0) {
    g_usleep (proxy->say == NULL ? 1500 * 1000 : 200 * 1000);
    if (proxy->say != NULL)
      (void) g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (in)), proxy->say,
                                        strlen (proxy->say), NULL, NULL, NULL);
    while ((n = g_input_stream_read (g_io_stream_get_input_stream (G_IO_STREAM (in)), block, sizeof block, NULL,
                                     NULL)) > 0 && proxy->say != NULL)
      continue;
    return;
  }
  out = g_socket_client_connect_to_host (client, "127.0.0.1", proxy->upstream, NULL, NULL);
  g_assert_nonnull (out);
  g_socket_set_timeout (g_socket_connection_get_socket (out), 10);
  /* the request goes through; what comes back is thrown away with the connection */
  while (g_socket_condition_check (g_socket_connection_get_socket (out), G_IO_IN) == 0) {
    if (!g_socket_condition_timed_wait (g_socket_connection_get_socket (in), G_IO_IN, 20 * 1000, NULL, NULL))
      continue;
    n = g_input_stream_read (g_io_stream_get_input_stream (G_IO_STREAM (in)), block, sizeof block, NULL, NULL);
    if (n <= 0
        || !g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (out)), block, (gsize) n, NULL,
                                       NULL, NULL))
      break;
  }
}

static gboolean
on_proxy (GThreadedSocketService *service, GSocketConnection *in, GObject *source, gpointer data)
{
  Proxy *proxy = data;

  g_atomic_int_inc (&proxy->active);
  serve_proxy (proxy, in);
  (void) g_io_stream_close (G_IO_STREAM (in), NULL, NULL);
  g_atomic_int_add (&proxy->active, -1);
  return TRUE;
}

/* Each test's connection has reached its thread by now: its outcome depended on it. */
static void
proxy_stop (Proxy *proxy)
{
  g_socket_service_stop (proxy->service);
  while (g_atomic_int_get (&proxy->active) > 0)
    g_usleep (10 * 1000);
  g_object_unref (proxy->service);
}

static void
proxy_start (Proxy *proxy, const char *upstream_url)
{
  proxy->upstream = upstream_url != NULL ? (guint16) atoi (strrchr (upstream_url, ':') + 1) : 0;
  proxy->service = g_threaded_socket_service_new (4);
  proxy->port = g_socket_listener_add_any_inet_port (G_SOCKET_LISTENER (proxy->service), NULL, NULL);
  g_signal_connect (proxy->service, "run", G_CALLBACK (on_proxy), proxy);
  g_socket_service_start (proxy->service);
}

/* Runs the submit in a thread while the proxy's accepts are dispatched here. */
static SohoaReceipt *
submit_through (SohoaConnector *c, Paper *p)
{
  Try t = { .connector = c, .paper = p };
  GThread *thread = g_thread_new ("client", try_submit, &t);

  while (t.receipt == NULL && t.error == NULL) {
    (void) g_main_context_iteration (NULL, FALSE);
    g_usleep (1000);
  }
  g_thread_join (thread);
  g_assert_no_error (t.error);
  return t.receipt;
}

static void
test_cut_after_body (gconstpointer data)
{
  g_autoptr(Peer) peer = peer_new ();
  Proxy proxy = { 0 };
  g_autofree char *url = NULL;
  g_autoptr(SohoaConnector) through = NULL, direct = NULL;
  g_autoptr(Paper) p = paper_new ("9", "đứt đường truyền");
  g_autoptr(SohoaReceipt) lost = NULL, asked = NULL;

  peer_start (peer, NULL);
  proxy_start (&proxy, peer->url);
  url = g_strdup_printf ("http://127.0.0.1:%u", proxy.port);
  through = peer_connect (peer, data, url, "");
  direct = peer_connect (peer, data, NULL, "");
  lost = submit_through (through, p);
  g_assert_cmpint (lost->outcome, ==, SOHOA_OUTCOME_UNKNOWN);
  asked = query (direct, p);
  g_assert_cmpint (asked->outcome, ==, SOHOA_OUTCOME_ACCEPTED);
  g_assert_cmpstr (asked->arrival_number, ==, "1");
  g_assert_cmpint (peer_count (peer, "SELECT count(*) FROM document"), ==, 1);
  proxy_stop (&proxy);
}

static void
test_bad_answers (gconstpointer data)
{
  g_autofree char *spaces = g_strnfill (9 * 1024 * 1024, ' ');
  g_autofree char *endless = g_strconcat ("HTTP/1.1 200 OK\r\nContent-Length: 9437184\r\n\r\n", spaces, NULL);
  const struct {
    const char *say;
    int         code;
  } rows[] = {
    { "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nnonsense", SOHOA_SUBMIT_ERROR_BAD_ANSWER },
    { "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", SOHOA_SUBMIT_ERROR_BAD_ANSWER },
    { "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n\"\xff\xfe\"", SOHOA_SUBMIT_ERROR_BAD_ANSWER },
    { endless, SOHOA_SUBMIT_ERROR_BAD_ANSWER },
    { NULL, SOHOA_SUBMIT_ERROR_UNKNOWN_OUTCOME },
    /* a gateway that lost the receiver: it may have registered */
    { "HTTP/1.1 504 Gateway Timeout\r\nContent-Length: 0\r\n\r\n", SOHOA_SUBMIT_ERROR_UNKNOWN_OUTCOME },
    { "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 3\r\n\r\nnah", SOHOA_SUBMIT_ERROR_UNKNOWN_OUTCOME },
    { "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", SOHOA_SUBMIT_ERROR_UNKNOWN_OUTCOME },
    { "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n", SOHOA_SUBMIT_ERROR_UNKNOWN_OUTCOME },
  };
  g_autoptr(Peer) peer = peer_new ();

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    Proxy proxy = { .say = rows[i].say };
    g_autofree char *url = NULL;
    g_autoptr(SohoaConnector) c = NULL;
    g_autoptr(Paper) p = paper_new ("1", "một");
    g_autoptr(SohoaReceipt) r = NULL;

    proxy_start (&proxy, NULL);
    url = g_strdup_printf ("http://127.0.0.1:%u", proxy.port);
    c = peer_connect (peer, data, url, "timeout-ms=1000");
    r = submit_through (c, p);
    if (r->outcome != SOHOA_OUTCOME_UNKNOWN || r->error_code != rows[i].code)
      g_test_message ("row %u: %s %d %s", i, sohoa_outcome_to_string (r->outcome), r->error_code, r->reason);
    g_assert_cmpint (r->outcome, ==, SOHOA_OUTCOME_UNKNOWN);
    g_assert_cmpint (r->error_code, ==, rows[i].code);
    proxy_stop (&proxy);
  }
}

/* ---- many at once ---- */

typedef struct {
  SohoaConnector *connector;
  guint           client;
  guint           numbers[N_EACH];
} Client;

static gpointer
run_client (gpointer data)
{
  Client *client = data;

  for (guint i = 0; i < N_EACH; i++) {
    g_autofree char *number = g_strdup_printf ("%u", client->client * N_EACH + i + 1);
    g_autoptr(Paper) p = paper_new (number, "đồng thời");
    g_autoptr(SohoaReceipt) r = submit (client->connector, p);

    g_assert_cmpint (r->outcome, ==, SOHOA_OUTCOME_ACCEPTED);
    client->numbers[i] = (guint) atoi (r->arrival_number);
  }
  return NULL;
}

static void
test_gapless (void)
{
  g_autoptr(Peer) peer = peer_new ();
  g_autoptr(SohoaConnector) rest = NULL, vxp = NULL;
  g_autofree Client *clients = g_new0 (Client, N_CLIENTS);
  GThread *threads[N_CLIENTS];
  gboolean seen[N_CLIENTS * N_EACH + 1] = { FALSE };

  peer_start (peer, NULL);
  rest = peer_connect (peer, "rest", NULL, "");
  vxp = peer_connect (peer, "vxp", NULL, "");
  for (guint i = 0; i < N_CLIENTS; i++) {
    clients[i].connector = i % 2 ? vxp : rest;
    clients[i].client = i;
    threads[i] = g_thread_new ("client", run_client, &clients[i]);
  }
  for (guint i = 0; i < N_CLIENTS; i++)
    g_thread_join (threads[i]);
  for (guint i = 0; i < N_CLIENTS; i++)
    for (guint k = 0; k < N_EACH; k++) {
      guint number = clients[i].numbers[k];

      g_assert_cmpuint (number, >=, 1);
      g_assert_cmpuint (number, <=, N_CLIENTS * N_EACH);
      g_assert_false (seen[number]);
      seen[number] = TRUE;
    }
  g_assert_cmpint (peer_count (peer, "SELECT count(*) FROM document"), ==, N_CLIENTS * N_EACH);
  g_assert_cmpint (peer_stop (peer), ==, 0);
}

/* ---- configuration ---- */

static void
test_private_secret (void)
{
  g_autoptr(Peer) peer = peer_new ();
  g_autofree char *path = g_build_filename (peer->dir, "open", NULL), *link = g_build_filename (peer->dir, "l", NULL);
  g_autofree char *good = g_build_filename (peer->dir, "secret", NULL), *text = NULL;
  const char *const bad[] = { path, link, peer->dir, "/nonexistent/secret" };
  g_autoptr(GFile) file = g_file_new_for_path (link);

  g_assert_true (sohoa_file_write (path, "x\n", 2, 0644, NULL));
  g_assert_true (g_file_make_symbolic_link (file, good, NULL, NULL));
  text = sohoa_secret_read (good, NULL);
  g_assert_cmpstr (text, ==, "testsecret");
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr(GError) error = NULL;

    g_assert_null (sohoa_secret_read (bad[i], &error));
    g_assert_error (error, SOHOA_ERROR, SOHOA_ERROR_CONFIG);
  }
}

static void
test_target_rows (void)
{
  static const struct {
    const char *lines;
    gboolean    good;
  } rows[] = {
    { "url=https://qlvb.example\nsystem-id=A\nsecret-file=/x", TRUE },
    { "url=http://127.0.0.1:8080/base/\nsystem-id=A\nsecret-file=/x", TRUE },
    { "url=http://qlvb.example\nsystem-id=A\nsecret-file=/x", FALSE },
    { "url=http://qlvb.example\nsystem-id=A\nsecret-file=/x\nallow-plain=yes", TRUE },
    { "url=ftp://qlvb.example\nsystem-id=A\nsecret-file=/x", FALSE },
    { "url=https://user:pw@qlvb.example\nsystem-id=A\nsecret-file=/x", FALSE },
    { "url=\nsystem-id=A\nsecret-file=/x", FALSE },
    { "url=https://qlvb.example\nsystem-id=A", FALSE },
    { "url=https://qlvb.example\nsecret-file=/x", FALSE },
    { "connector=vxp\nurl=https://qlvb.example\nsystem-id=A\nsecret-file=/x", FALSE },
    { "url=https://qlvb.example\nsystem-id=A\nsecret-file=/x\nclient-key-file=/k", FALSE },
  };
  g_autoptr(Peer) peer = peer_new ();
  g_autofree char *path = g_build_filename (peer->dir, "rows.conf", NULL);

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *text = g_strdup_printf ("[target t]\n%s\n", rows[i].lines);
    g_autoptr(SohoaConf) conf = NULL;
    g_autoptr(SohoaTarget) target = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_true (sohoa_file_write (path, text, strlen (text), 0600, NULL));
    conf = sohoa_conf_load (path, FALSE, NULL);
    target = sohoa_target_take (conf, "target t", &error);
    if ((target != NULL) != rows[i].good)
      g_test_message ("row %u: %s", i, error != NULL ? error->message : "accepted");
    g_assert_true ((target != NULL) == rows[i].good);
    if (target == NULL)
      g_assert_error (error, SOHOA_ERROR, SOHOA_ERROR_CONFIG);
  }
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*test) (gconstpointer data);
  } both[] = {
    { "accepted", test_accepted },         { "refused", test_refused },
    { "wrong-secret", test_wrong_secret }, { "busy-and-away", test_busy_and_away },
    { "killed-before-answer", test_killed_before_answer },
    { "cut-after-body", test_cut_after_body }, { "bad-answers", test_bad_answers },
  };

  g_test_init (&argc, &argv, NULL);
  g_thread_pool_set_max_idle_time (0); /* no thread ends by itself while the leak checker looks at them */
  for (guint i = 0; i < G_N_ELEMENTS (both); i++)
    for (guint k = 0; k < G_N_ELEMENTS (connectors); k++) {
      g_autofree char *path = g_strdup_printf ("/qlvb/%s/%s", connectors[k], both[i].name);

      g_test_add_data_func (path, connectors[k], both[i].test);
    }
  g_test_add_data_func ("/qlvb/rest/wrong-digest", "rest", test_wrong_digest);
  g_test_add_func ("/qlvb/rest/key-clash", test_key_clash);
  g_test_add_func ("/qlvb/replay", test_replay);
  g_test_add_func ("/qlvb/vxp/hash-forms", test_hash_forms);
  g_test_add_func ("/qlvb/gapless", test_gapless);
  g_test_add_func ("/qlvb/signature", test_signature);
  g_test_add_func ("/qlvb/private-secret", test_private_secret);
  g_test_add_func ("/qlvb/target-rows", test_target_rows);
  return g_test_run ();
}
