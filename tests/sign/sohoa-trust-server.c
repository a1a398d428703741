/* Time stamp authority, OCSP responder, CRL and certificate store on a port of this computer, with scripted faults.
 * Ends by itself. Prints "port N" when it is ready.
 *
 *   POST /tsa    POST /ocsp    GET /crl/{root,sub}.crl    GET /cert/{root,sub}.crt
 *   GET /set?tsa=MODE&ocsp=MODE&crl=MODE&cert=MODE    GET /asked: how many time stamps were asked for, how many are held
 *
 * MODE of all: ok, down (503), hang, hold (until the next /set), slow:MS, garbage, huge.
 * tsa: nonce, imprint, reject, policy, old, usage, short (ends in 20 days), ahead (its clock is a day ahead).
 * ocsp: unknown, stale, stranger (signed by the time stamp authority), nonce.   crl: stale, stranger.
 *
 * usage: sohoa-trust-server FOLDER SECONDS [PORT] */
#include <libsoup/soup.h>
#include <openssl/cms.h>
#include <openssl/ocsp.h>
#include <openssl/ts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trust-pki.h"

#define POLICY "1.2.3.4.5"
#define HUGE_BYTES (40u * 1024 * 1024)
#define DAY_S (24 * 3600)
#define DEFAULT_SLOW_MS 1000

typedef struct {
  TrustPki    pki;
  SoupServer *server; /* (owned) */
  GHashTable *modes;  /* (owned) "tsa" → "slow:300" */
  GPtrArray  *held;   /* (owned) (element-type SoupServerMessage) */
  guint       asked;  /* for time stamps */
} Server;

static const char *
mode_of (Server *self, const char *what)
{
  const char *mode = g_hash_table_lookup (self->modes, what);

  return mode != NULL ? mode : "ok";
}

static gboolean
mode_is (Server *self, const char *what, const char *mode)
{
  return g_str_equal (mode_of (self, what), mode);
}

/* ---- time stamps ---- */

static ASN1_INTEGER *
next_serial (TS_RESP_CTX *ctx, void *data)
{
  static long serial = 1;
  ASN1_INTEGER *number = ASN1_INTEGER_new ();

  (void) ctx;
  (void) data;
  ASN1_INTEGER_set (number, serial++);
  return number;
}

static int
give_time (TS_RESP_CTX *ctx, void *data, long *seconds, long *micros)
{
  (void) ctx;
  *seconds = (long) (g_get_real_time () / G_USEC_PER_SEC) + (mode_is (data, "tsa", "ahead") ? DAY_S : 0);
  *micros = 0;
  return 1;
}

/* The question as the authority will understand it: faults change it before it is answered. */
static BIO *
bend_question (Server *self, GBytes *body)
{
  const guint8 *der = g_bytes_get_data (body, NULL);
  TS_REQ *request = d2i_TS_REQ (NULL, &der, (long) g_bytes_get_size (body));
  BIO *bio = BIO_new (BIO_s_mem ());

  if (request == NULL)
    return bio;
  if (mode_is (self, "tsa", "nonce")) {
    ASN1_INTEGER *other = ASN1_INTEGER_new ();

    ASN1_INTEGER_set (other, 4711);
    TS_REQ_set_nonce (request, other);
    ASN1_INTEGER_free (other);
  }
  if (mode_is (self, "tsa", "imprint")) {
    guint8 other[32] = { 1, 2, 3 };

    TS_MSG_IMPRINT_set_msg (TS_REQ_get_msg_imprint (request), other, sizeof other);
  }
  if (mode_is (self, "tsa", "policy")) {
    ASN1_OBJECT *other = OBJ_txt2obj (POLICY, 1);

    TS_REQ_set_policy_id (request, other);
    ASN1_OBJECT_free (other);
  }
  i2d_TS_REQ_bio (bio, request);
  TS_REQ_free (request);
  return bio;
}

static const TrustPair *
authority (Server *self)
{
  if (mode_is (self, "tsa", "old"))
    return &self->pki.tsa_old;
  if (mode_is (self, "tsa", "short"))
    return &self->pki.tsa_short;
  return &self->pki.tsa;
}

static GBytes *
take_bio (BIO *bio)
{
  char *data = NULL;
  long length = BIO_get_mem_data (bio, &data);
  GBytes *bytes = g_bytes_new (data, (gsize) length);

  BIO_free (bio);
  return bytes;
}

/* OpenSSL stamps only with an authority's certificate; this puts another signer around the same content. */
static void
sign_as_nobody (Server *self, TS_RESP *response)
{
  TS_TST_INFO *info = TS_TST_INFO_dup (TS_RESP_get_tst_info (response));
  CMS_ContentInfo *cms = CMS_sign (NULL, NULL, NULL, NULL, CMS_PARTIAL | CMS_BINARY);
  BIO *content = BIO_new (BIO_s_mem ());
  guint8 *der = NULL;
  const guint8 *next;
  int length;

  i2d_TS_TST_INFO_bio (content, info);
  CMS_set1_eContentType (cms, OBJ_nid2obj (NID_id_smime_ct_TSTInfo));
  CMS_set_detached (cms, 0);
  g_assert_nonnull (CMS_add1_signer (cms, self->pki.tsa_usage.cert, self->pki.tsa_usage.key, EVP_sha256 (),
                                     CMS_CADES | CMS_BINARY | CMS_NOSMIMECAP));
  CMS_add1_cert (cms, self->pki.sub.cert);
  g_assert_cmpint (CMS_final (cms, content, NULL, CMS_BINARY), ==, 1);
  length = i2d_CMS_ContentInfo (cms, &der);
  next = der;
  TS_RESP_set_tst_info (response, d2i_PKCS7 (NULL, &next, length), info);
  OPENSSL_free (der);
  BIO_free (content);
  CMS_ContentInfo_free (cms);
}

static GBytes *
stamp (Server *self, GBytes *body)
{
  const TrustPair *who = authority (self);
  TS_RESP_CTX *ctx = TS_RESP_CTX_new ();
  STACK_OF (X509) *chain = sk_X509_new_null ();
  ASN1_OBJECT *policy = OBJ_txt2obj (POLICY, 1), *other = OBJ_txt2obj ("1.2.3.4.6", 1);
  BIO *question = bend_question (self, body), *answer = BIO_new (BIO_s_mem ());
  TS_RESP *response;

  sk_X509_push (chain, self->pki.sub.cert);
  TS_RESP_CTX_set_certs (ctx, chain);
  TS_RESP_CTX_set_signer_key (ctx, who->key);
  TS_RESP_CTX_set_signer_digest (ctx, EVP_sha256 ());
  TS_RESP_CTX_set_ess_cert_id_digest (ctx, EVP_sha256 ());
  TS_RESP_CTX_set_def_policy (ctx, policy);
  TS_RESP_CTX_add_policy (ctx, other);
  if (!mode_is (self, "tsa", "reject"))
    TS_RESP_CTX_add_md (ctx, EVP_sha256 ());
  TS_RESP_CTX_add_md (ctx, EVP_sha512 ());
  TS_RESP_CTX_set_accuracy (ctx, 1, 0, 0);
  TS_RESP_CTX_set_serial_cb (ctx, next_serial, NULL);
  TS_RESP_CTX_set_time_cb (ctx, give_time, self);
  if (TS_RESP_CTX_set_signer_cert (ctx, who->cert) == 1) {
    response = TS_RESP_create_response (ctx, question);
    if (mode_is (self, "tsa", "usage"))
      sign_as_nobody (self, response);
    i2d_TS_RESP_bio (answer, response);
    TS_RESP_free (response);
  }
  TS_RESP_CTX_free (ctx);
  ASN1_OBJECT_free (policy);
  ASN1_OBJECT_free (other);
  sk_X509_free (chain);
  BIO_free (question);
  return take_bio (answer);
}

/* ---- OCSP ---- */

static void
answer_one (Server *self, OCSP_BASICRESP *basic, OCSP_CERTID *id)
{
  gboolean stale = mode_is (self, "ocsp", "stale");
  ASN1_TIME *from = X509_time_adj_ex (NULL, stale ? -9 : 0, -5, NULL),
            *to = X509_time_adj_ex (NULL, stale ? -8 : 1, 0, NULL), *when = ASN1_TIME_set (NULL, self->pki.revoked_s);
  ASN1_INTEGER *serial = NULL;
  int status = V_OCSP_CERTSTATUS_GOOD;

  OCSP_id_get0_info (NULL, NULL, NULL, &serial, id);
  if (mode_is (self, "ocsp", "unknown"))
    status = V_OCSP_CERTSTATUS_UNKNOWN;
  else if (ASN1_INTEGER_cmp (serial, X509_get0_serialNumber (self->pki.revoked)) == 0)
    status = V_OCSP_CERTSTATUS_REVOKED;
  OCSP_basic_add1_status (basic, id, status, OCSP_REVOKED_STATUS_SUPERSEDED,
                          status == V_OCSP_CERTSTATUS_REVOKED ? when : NULL, from, to);
  ASN1_TIME_free (from);
  ASN1_TIME_free (to);
  ASN1_TIME_free (when);
}

/* The root answers through the sub-CA's responder too; its answers about the sub-CA are then not accepted, and the
 * root's CRL is used: so both ways are walked in one chain. */
static GBytes *
ocsp (Server *self, GBytes *body)
{
  const guint8 *der = g_bytes_get_data (body, NULL);
  OCSP_REQUEST *request = d2i_OCSP_REQUEST (NULL, &der, (long) g_bytes_get_size (body));
  OCSP_BASICRESP *basic = OCSP_BASICRESP_new ();
  const TrustPair *who = mode_is (self, "ocsp", "stranger") ? &self->pki.tsa : &self->pki.ocsp;
  BIO *answer = BIO_new (BIO_s_mem ());
  OCSP_RESPONSE *response;

  for (int i = 0; request != NULL && i < OCSP_request_onereq_count (request); i++)
    answer_one (self, basic, OCSP_onereq_get0_id (OCSP_request_onereq_get0 (request, i)));
  if (mode_is (self, "ocsp", "nonce"))
    OCSP_basic_add1_nonce (basic, NULL, -1);
  else if (request != NULL)
    OCSP_copy_nonce (basic, request);
  OCSP_basic_sign (basic, who->cert, who->key, EVP_sha256 (), NULL, 0);
  response = OCSP_response_create (OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
  i2d_OCSP_RESPONSE_bio (answer, response);
  OCSP_RESPONSE_free (response);
  OCSP_BASICRESP_free (basic);
  OCSP_REQUEST_free (request);
  return take_bio (answer);
}

static GBytes *
crl (Server *self, const char *path)
{
  const TrustPair *issuer = g_str_has_suffix (path, "/root.crl") ? &self->pki.root : &self->pki.sub;

  if (mode_is (self, "crl", "stranger")) {
    TrustPair false_issuer = { self->pki.tsa.key, issuer->cert };

    return trust_pki_crl (&self->pki, &false_issuer, 7);
  }
  return trust_pki_crl (&self->pki, issuer, mode_is (self, "crl", "stale") ? -2 : 7);
}

/* ---- HTTP ---- */

typedef struct {
  Server            *self;
  SoupServerMessage *message; /* (owned) */
} Waiting;

static gboolean
on_waited (gpointer data)
{
  Waiting *w = data;

  soup_server_message_unpause (w->message);
  g_object_unref (w->message);
  g_free (w);
  return G_SOURCE_REMOVE;
}

static void
hold (Server *self, SoupServerMessage *message, const char *mode)
{
  guint ms = g_str_has_prefix (mode, "slow:") ? (guint) atoi (mode + 5) : DEFAULT_SLOW_MS;
  Waiting *w;

  if (!g_str_equal (mode, "hang") && !g_str_equal (mode, "hold") && !g_str_has_prefix (mode, "slow"))
    return;
  soup_server_message_pause (message);
  if (g_str_equal (mode, "hold")) {
    g_ptr_array_add (self->held, g_object_ref (message));
    return;
  }
  if (g_str_equal (mode, "hang"))
    return;
  w = g_new0 (Waiting, 1);
  w->self = self;
  w->message = g_object_ref (message);
  g_timeout_add (ms, on_waited, w);
}

static void
let_go (Server *self)
{
  for (guint i = 0; i < self->held->len; i++)
    soup_server_message_unpause (g_ptr_array_index (self->held, i));
  g_ptr_array_set_size (self->held, 0);
}

static void
reply (SoupServerMessage *message, const char *type, GBytes *bytes)
{
  gsize length;
  const char *data = g_bytes_get_data (bytes, &length);

  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_server_message_set_response (message, type, SOUP_MEMORY_COPY, data, length);
  g_bytes_unref (bytes);
}

static void
serve (Server *self, const char *what, SoupServerMessage *message, const char *path)
{
  const char *mode = mode_of (self, what);
  SoupMessageBody *body = soup_server_message_get_request_body (message);
  g_autoptr (GBytes) asked = soup_message_body_flatten (body);

  if (g_str_equal (mode, "down"))
    soup_server_message_set_status (message, SOUP_STATUS_SERVICE_UNAVAILABLE, NULL);
  else if (g_str_equal (mode, "garbage"))
    reply (message, "application/octet-stream", g_bytes_new_static ("<html>it works</html>", 21));
  else if (g_str_equal (mode, "huge"))
    reply (message, "application/octet-stream", g_bytes_new_take (g_malloc0 (HUGE_BYTES), HUGE_BYTES));
  else if (g_str_equal (what, "tsa"))
    reply (message, "application/timestamp-reply", stamp (self, asked));
  else if (g_str_equal (what, "ocsp"))
    reply (message, "application/ocsp-response", ocsp (self, asked));
  else if (g_str_equal (what, "crl"))
    reply (message, "application/pkix-crl", crl (self, path));
  else
    reply (message, "application/pkix-cert",
           trust_pki_der (g_str_has_suffix (path, "/root.crt") ? self->pki.root.cert : self->pki.sub.cert));
  hold (self, message, mode);
}

static void
on_request (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  Server *self = data;
  static const char *const rooms[] = { "tsa", "ocsp", "crl", "cert" };
  GHashTableIter iter;
  gpointer key, value;

  (void) server;
  soup_server_message_set_status (message, SOUP_STATUS_NOT_FOUND, NULL);
  if (g_str_equal (path, "/set") && query != NULL) {
    g_hash_table_iter_init (&iter, query);
    while (g_hash_table_iter_next (&iter, &key, &value))
      g_hash_table_replace (self->modes, g_strdup (key), g_strdup (value));
    soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
    let_go (self);
    return;
  }
  if (g_str_equal (path, "/asked")) {
    char *text = g_strdup_printf ("%u %u\n", self->asked, self->held->len);

    reply (message, "text/plain", g_bytes_new_take (text, strlen (text)));
    return;
  }
  self->asked += g_str_equal (path, "/tsa");
  for (guint i = 0; i < G_N_ELEMENTS (rooms); i++)
    if (g_str_has_prefix (path + 1, rooms[i]))
      serve (self, rooms[i], message, path);
}

static gboolean
on_end (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

static guint
listen_on (Server *self, guint port)
{
  GSList *uris;
  guint chosen;

  self->server = soup_server_new (NULL, NULL);
  soup_server_add_handler (self->server, NULL, on_request, self, NULL);
  g_assert_true (soup_server_listen_local (self->server, port, SOUP_SERVER_LISTEN_IPV4_ONLY, NULL));
  uris = soup_server_get_uris (self->server);
  chosen = (guint) g_uri_get_port (uris->data);
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  return chosen;
}

int
main (int argc, char **argv)
{
  Server self = { 0 };
  GMainLoop *loop = g_main_loop_new (NULL, FALSE);

  if (argc < 3) {
    fprintf (stderr, "usage: sohoa-trust-server FOLDER SECONDS [PORT]\n");
    return 2;
  }
  g_mkdir_with_parents (argv[1], 0700);
  self.held = g_ptr_array_new_with_free_func (g_object_unref);
  self.modes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  trust_pki_make (&self.pki, argv[1], listen_on (&self, argc > 3 ? (guint) atoi (argv[3]) : 0));
  printf ("port %u\n", self.pki.port);
  fflush (stdout);
  g_timeout_add_seconds ((guint) atoi (argv[2]), on_end, loop);
  g_main_loop_run (loop);
  g_object_unref (self.server);
  g_hash_table_unref (self.modes);
  g_ptr_array_unref (self.held);
  trust_pki_clear (&self.pki);
  g_main_loop_unref (loop);
  return 0;
}
