#include "sohoa-tsa.h"

#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/ts.h>
#include <string.h>

#include "sohoa-cms-verify.h"
#include "sohoa-errors.h"
#include "sohoa-sign-private.h"
#include "sohoa-time.h"

#define NONCE_BYTES 8
#define CLOCK_WARN_US (10 * 60 * (gint64) G_USEC_PER_SEC)

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TS_REQ, TS_REQ_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TS_RESP, TS_RESP_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TS_MSG_IMPRINT, TS_MSG_IMPRINT_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509_ALGOR, X509_ALGOR_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ASN1_INTEGER, ASN1_INTEGER_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ASN1_OBJECT, ASN1_OBJECT_free)

static gboolean
refuse (GError **error, const char *why)
{
  ERR_clear_error ();
  g_set_error (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_TSA_REFUSED, "time stamp: %s: ask the authority", why);
  return FALSE;
}

/* ---- the question ---- */

static gboolean
fill_question (TS_REQ *request, const guint8 *sha256)
{
  g_autoptr (TS_MSG_IMPRINT) imprint = TS_MSG_IMPRINT_new ();
  g_autoptr (X509_ALGOR) algorithm = X509_ALGOR_new ();
  g_autoptr (ASN1_INTEGER) nonce = ASN1_INTEGER_new ();
  guint8 random[NONCE_BYTES];
  guint64 number;

  if (RAND_bytes (random, sizeof random) != 1)
    return FALSE;
  memcpy (&number, random, sizeof number);
  if (X509_ALGOR_set0 (algorithm, OBJ_nid2obj (NID_sha256), V_ASN1_NULL, NULL) != 1
      || TS_MSG_IMPRINT_set_algo (imprint, algorithm) != 1
      || TS_MSG_IMPRINT_set_msg (imprint, (guint8 *) sha256, SOHOA_SHA256_BYTES) != 1
      || ASN1_INTEGER_set_uint64 (nonce, number >> 1 | G_GUINT64_CONSTANT (1) << 62) != 1)
    return FALSE;
  return TS_REQ_set_version (request, 1) == 1 && TS_REQ_set_msg_imprint (request, imprint) == 1
         && TS_REQ_set_nonce (request, nonce) == 1 && TS_REQ_set_cert_req (request, 1) == 1;
}

GBytes *
sohoa_tsa_question (const SohoaTsa *tsa, const guint8 *sha256, GError **error)
{
  g_autoptr (TS_REQ) request = TS_REQ_new ();
  guint8 *der = NULL;
  GBytes *bytes;
  int length;

  if (tsa->policy != NULL && *tsa->policy != '\0') {
    g_autoptr (ASN1_OBJECT) policy = OBJ_txt2obj (tsa->policy, 1);

    if (policy == NULL || TS_REQ_set_policy_id (request, policy) != 1) {
      ERR_clear_error ();
      g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT,
                   "time stamp: %s is no policy: give an object identifier like 1.2.3.4", tsa->policy);
      return NULL;
    }
  }
  length = fill_question (request, sha256) ? i2d_TS_REQ (request, &der) : 0;
  if (length <= 0) {
    g_autofree char *why = sohoa_openssl_reason ();

    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INTERNAL, "time stamp: the question cannot be made: %s", why);
    return NULL;
  }
  bytes = g_bytes_new (der, (gsize) length);
  OPENSSL_free (der);
  return bytes;
}

/* ---- the answer ---- */

static gboolean
check_status (TS_RESP *response, GError **error)
{
  TS_STATUS_INFO *info = TS_RESP_get_status_info (response);
  const ASN1_INTEGER *number = info != NULL ? TS_STATUS_INFO_get0_status (info) : NULL;
  const STACK_OF (ASN1_UTF8STRING) *texts = info != NULL ? TS_STATUS_INFO_get0_text (info) : NULL;
  long status = number != NULL ? ASN1_INTEGER_get (number) : -1;
  g_autofree char *said = NULL;

  if (status == TS_STATUS_GRANTED || status == TS_STATUS_GRANTED_WITH_MODS)
    return TRUE;
  if (sk_ASN1_UTF8STRING_num (texts) > 0) {
    const ASN1_UTF8STRING *text = sk_ASN1_UTF8STRING_value (texts, 0);

    said = g_strndup ((const char *) ASN1_STRING_get0_data (text), (gsize) MIN (ASN1_STRING_length (text), 80));
    for (char *c = said; *c != '\0'; c++)
      if (!g_ascii_isprint (*c))
        *c = '?';
  }
  g_set_error (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_TSA_REFUSED,
               "time stamp: the authority refuses with status %ld%s%s: ask the authority", status,
               said != NULL ? ", " : "", said != NULL ? said : "");
  return FALSE;
}

static gboolean
same_imprint (TS_MSG_IMPRINT *a, TS_MSG_IMPRINT *b)
{
  const ASN1_OBJECT *oa = NULL, *ob = NULL;

  if (a == NULL || b == NULL)
    return FALSE;
  X509_ALGOR_get0 (&oa, NULL, NULL, TS_MSG_IMPRINT_get_algo (a));
  X509_ALGOR_get0 (&ob, NULL, NULL, TS_MSG_IMPRINT_get_algo (b));
  return OBJ_cmp (oa, ob) == 0 && ASN1_STRING_cmp (TS_MSG_IMPRINT_get_msg (a), TS_MSG_IMPRINT_get_msg (b)) == 0;
}

/* Is it the answer to our question? */
static gboolean
check_info (TS_REQ *request, TS_TST_INFO *info, GError **error)
{
  const ASN1_INTEGER *nonce = TS_TST_INFO_get_nonce (info);

  if (TS_TST_INFO_get_version (info) != 1)
    return refuse (error, "the token is of another version");
  if (!same_imprint (TS_REQ_get_msg_imprint (request), TS_TST_INFO_get_msg_imprint (info)))
    return refuse (error, "the token is over other bytes");
  if (nonce == NULL || ASN1_INTEGER_cmp (nonce, TS_REQ_get_nonce (request)) != 0)
    return refuse (error, "the token is the answer to another question (nonce)");
  if (TS_REQ_get_policy_id (request) != NULL
      && OBJ_cmp (TS_REQ_get_policy_id (request), TS_TST_INFO_get_policy_id (info)) != 0)
    return refuse (error, "the token is under another policy than the one asked for");
  if (sohoa_asn1_time_us (TS_TST_INFO_get_time (info)) == 0)
    return refuse (error, "the token has no time");
  return TRUE;
}

/* The time of validity is the authority's own: an office whose clock is wrong is stamped all the same. */
static gboolean
check_token (const SohoaTsa *tsa, GBytes *token, TS_REQ *request, gint64 gen_time_us, GError **error)
{
  const ASN1_STRING *imprint = TS_MSG_IMPRINT_get_msg (TS_REQ_get_msg_imprint (request));
  const SohoaCmsMaterial material = { .trust_pem = tsa->trust_pem, .now_us = gen_time_us };
  g_auto (SohoaCmsReport) report = { 0 };
  gboolean judged = tsa->trust_pem != NULL && g_bytes_get_size (tsa->trust_pem) > 0;
  const guint8 *der;
  g_autoptr (X509) cert = NULL;

  sohoa_cms_verify_token (token, ASN1_STRING_get0_data (imprint), &material, &report);
  if (report.status == SOHOA_CMS_INVALID || report.status == SOHOA_CMS_MALFORMED)
    return refuse (error, report.reason);
  if (!report.cades_bound)
    return refuse (error, "the token does not name its certificate");
  if (report.weak)
    return refuse (error, "the token is made with SHA-1 or a short key");
  der = g_bytes_get_data (report.cert_der, NULL);
  cert = d2i_X509 (NULL, &der, (long) g_bytes_get_size (report.cert_der));
  if (cert == NULL || X509_check_purpose (cert, X509_PURPOSE_TIMESTAMP_SIGN, 0) != 1)
    return refuse (error, "the authority's certificate is not meant for time stamps");
  if (gen_time_us < report.not_before_us || gen_time_us > report.not_after_us)
    return refuse (error, "the authority's certificate is not valid at the time it names");
  if (judged && report.status != SOHOA_CMS_VALID)
    return refuse (error, report.reason);
  return TRUE;
}

GBytes *
sohoa_tsa_judge (const SohoaTsa *tsa, GBytes *question, GBytes *answer, gint64 *gen_time_us_out, GError **error)
{
  gsize question_length, answer_length;
  const guint8 *q = g_bytes_get_data (question, &question_length), *a = g_bytes_get_data (answer, &answer_length);
  const guint8 *end = a + answer_length;
  g_autoptr (TS_REQ) request = d2i_TS_REQ (NULL, &q, (long) question_length);
  g_autoptr (TS_RESP) response = d2i_TS_RESP (NULL, &a, (long) answer_length);
  g_autoptr (GBytes) token = NULL;
  TS_TST_INFO *info;
  guint8 *der = NULL;
  gint64 gen_time_us;
  int length;

  if (response == NULL || request == NULL || a != end) {
    refuse (error, "the answer is no time stamp answer");
    return NULL;
  }
  if (!check_status (response, error))
    return NULL;
  info = TS_RESP_get_tst_info (response);
  length = TS_RESP_get_token (response) != NULL && info != NULL ? i2d_PKCS7 (TS_RESP_get_token (response), &der) : 0;
  if (length <= 0) {
    refuse (error, "the answer carries no token");
    return NULL;
  }
  token = g_bytes_new (der, (gsize) length);
  OPENSSL_free (der);
  if (!check_info (request, info, error))
    return NULL;
  gen_time_us = sohoa_asn1_time_us (TS_TST_INFO_get_time (info));
  if (!check_token (tsa, token, request, gen_time_us, error))
    return NULL;
  if (gen_time_us_out != NULL)
    *gen_time_us_out = gen_time_us;
  ERR_clear_error ();
  return g_steal_pointer (&token);
}

/* ---- asking ---- */

static GMutex parallel_lock;
static GCond parallel_free;
static int parallel = 0;

static void
enter_parallel (void)
{
  g_mutex_lock (&parallel_lock);
  while (parallel >= SOHOA_TSA_MAX_PARALLEL)
    g_cond_wait (&parallel_free, &parallel_lock);
  parallel++;
  g_mutex_unlock (&parallel_lock);
}

static void
leave_parallel (void)
{
  g_mutex_lock (&parallel_lock);
  parallel--;
  g_cond_signal (&parallel_free);
  g_mutex_unlock (&parallel_lock);
}

static GBytes *
ask_once (const SohoaTsa *tsa, const guint8 *sha256, GCancellable *cancellable, gint64 *gen_time_us_out,
          GError **error)
{
  const SohoaNet net = { .proxy = tsa->proxy,
                         .timeout_ms = tsa->timeout_ms > 0 ? tsa->timeout_ms : SOHOA_TSA_TIMEOUT_MS };
  g_autoptr (GBytes) question = sohoa_tsa_question (tsa, sha256, error);
  g_autoptr (GBytes) answer = NULL;

  if (question == NULL)
    return NULL;
  enter_parallel ();
  answer = sohoa_fetch (&net, tsa->url, "application/timestamp-query", question, SOHOA_TSA_MAX_ANSWER_BYTES,
                        cancellable, error);
  leave_parallel ();
  return answer != NULL ? sohoa_tsa_judge (tsa, question, answer, gen_time_us_out, error) : NULL;
}

/* FALSE when cancelled meanwhile. */
static gboolean
wait_a_while (guint ms, GCancellable *cancellable)
{
  GPollFD fd;

  if (cancellable != NULL && g_cancellable_make_pollfd (cancellable, &fd)) {
    (void) g_poll (&fd, 1, (int) ms);
    g_cancellable_release_fd (cancellable);
  } else {
    g_usleep ((gulong) ms * 1000);
  }
  return !g_cancellable_is_cancelled (cancellable);
}

GBytes *
sohoa_tsa_stamp (const SohoaTsa *tsa, const guint8 *sha256, GCancellable *cancellable, gint64 *gen_time_us_out,
                 GError **error)
{
  guint attempts = tsa->attempts > 0 ? tsa->attempts : SOHOA_TSA_ATTEMPTS, backoff_ms = SOHOA_TSA_BACKOFF_MS;
  gint64 last_us = g_get_monotonic_time ()
                   + (gint64) (tsa->timeout_ms > 0 ? tsa->timeout_ms : SOHOA_TSA_TIMEOUT_MS) * 1000;
  gint64 gen_time_us = 0;

  for (guint i = 1;; i++, backoff_ms *= 2) {
    g_autoptr (GError) local = NULL;
    GBytes *token = ask_once (tsa, sha256, cancellable, &gen_time_us, &local);

    if (token != NULL) {
      gint64 off_us = gen_time_us - sohoa_time_now_us ();

      if (ABS (off_us) > CLOCK_WARN_US)
        g_warning ("time stamp: the clock of this computer is %" G_GINT64_FORMAT " s away from the authority's: set it right",
                   -off_us / G_USEC_PER_SEC);
      if (gen_time_us_out != NULL)
        *gen_time_us_out = gen_time_us;
      return token;
    }
    if (i >= attempts || !g_error_matches (local, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_TSA_UNREACHABLE)
        || g_get_monotonic_time () + (gint64) backoff_ms * 1000 > last_us || !wait_a_while (backoff_ms, cancellable)) {
      g_propagate_error (error, g_steal_pointer (&local));
      return NULL;
    }
  }
}
