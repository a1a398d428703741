#include "sohoa-gather.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <string.h>

#include "sohoa-cms-chain.h"
#include "sohoa-errors.h"
#include "sohoa-revocation.h"

#define MAX_URLS 4

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OCSP_REQUEST, OCSP_REQUEST_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OCSP_RESPONSE, OCSP_RESPONSE_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OCSP_BASICRESP, OCSP_BASICRESP_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PKCS7, PKCS7_free)

/* One run. */
typedef struct {
  const SohoaGather *options;  /* (unowned) */
  SohoaNet           net;
  SohoaX509Stack    *pool;     /* (owned) certificates at hand */
  SohoaX509Stack    *trust;    /* (owned) */
  SohoaX509Stack    *queue;    /* (owned) to be covered */
  SohoaEvidence     *into;     /* (unowned) */
  GPtrArray         *missing;  /* (unowned) */
  gboolean           complete, revoked;
  GCancellable      *cancellable; /* (unowned) (nullable) */
} Run;

static void
miss (Run *run, X509 *cert, const char *why)
{
  g_autofree char *name = sohoa_x509_name_text (X509_get_subject_name (cert));

  run->complete = FALSE;
  g_ptr_array_add (run->missing, g_strdup_printf ("%s: %s", name, why));
}

static void
push_der (SohoaX509Stack *stack, GBytes *bytes)
{
  gsize length;
  const guint8 *der = g_bytes_get_data (bytes, &length);
  X509 *cert = d2i_X509 (NULL, &der, (long) length);

  ERR_clear_error ();
  if (cert != NULL)
    sk_X509_push (stack, cert);
}

static gboolean
enqueue (Run *run, X509 *cert)
{
  for (int i = 0; i < sk_X509_num (run->queue); i++)
    if (X509_cmp (sk_X509_value (run->queue, i), cert) == 0)
      return TRUE;
  if (sk_X509_num (run->queue) >= (int) SOHOA_GATHER_MAX_CERTIFICATES)
    return FALSE;
  X509_up_ref (cert);
  return sk_X509_push (run->queue, cert) > 0;
}

/* ---- certificates ---- */

/* DER, PEM, or a PKCS#7 bag of them (RFC 5280, 4.2.2.1). */
static void
take_certificates (Run *run, GBytes *bytes)
{
  gsize length;
  const guint8 *der = g_bytes_get_data (bytes, &length);
  g_autoptr (PKCS7) bag = NULL;
  g_autoptr (BIO) bio = BIO_new_mem_buf (der, (int) length);
  const guint8 *next = der;
  X509 *cert = d2i_X509 (NULL, &next, (long) length);

  if (cert == NULL)
    cert = PEM_read_bio_X509 (bio, NULL, NULL, NULL);
  if (cert != NULL) {
    sk_X509_push (run->pool, cert);
    ERR_clear_error ();
    return;
  }
  next = der;
  bag = d2i_PKCS7 (NULL, &next, (long) length);
  if (bag != NULL && PKCS7_type_is_signed (bag) && bag->d.sign != NULL) {
    SohoaX509Stack *certs = bag->d.sign->cert;

    for (int i = 0; i < sk_X509_num (certs) && i < (int) SOHOA_GATHER_MAX_CERTIFICATES; i++) {
      X509_up_ref (sk_X509_value (certs, i));
      sk_X509_push (run->pool, sk_X509_value (certs, i));
    }
  }
  ERR_clear_error ();
}

/* (element-type utf8) http addresses of one kind in the certificate's authorityInfoAccess. */
static GPtrArray *
access_urls (X509 *cert, int method)
{
  g_autoptr (GPtrArray) urls = g_ptr_array_new_with_free_func (g_free);
  AUTHORITY_INFO_ACCESS *access = X509_get_ext_d2i (cert, NID_info_access, NULL, NULL);

  for (int i = 0; access != NULL && i < sk_ACCESS_DESCRIPTION_num (access) && urls->len < MAX_URLS; i++) {
    const ACCESS_DESCRIPTION *one = sk_ACCESS_DESCRIPTION_value (access, i);

    if (OBJ_obj2nid (one->method) == method && one->location->type == GEN_URI)
      g_ptr_array_add (urls, g_strndup ((const char *) ASN1_STRING_get0_data (one->location->d.ia5),
                                        (gsize) ASN1_STRING_length (one->location->d.ia5)));
  }
  AUTHORITY_INFO_ACCESS_free (access);
  ERR_clear_error ();
  return g_steal_pointer (&urls);
}

static X509 *
find_issuer (Run *run, X509 *cert)
{
  X509 *issuer = sohoa_chain_find_issuer (cert, run->trust);
  g_autoptr (GPtrArray) urls = NULL;

  if (issuer == NULL)
    issuer = sohoa_chain_find_issuer (cert, run->pool);
  if (issuer != NULL)
    return issuer;
  urls = access_urls (cert, NID_ad_ca_issuers);
  for (guint i = 0; i < urls->len && issuer == NULL; i++) {
    g_autoptr (GBytes) bytes
      = sohoa_fetch (&run->net, urls->pdata[i], NULL, NULL, SOHOA_CERT_MAX_BYTES, run->cancellable, NULL);

    if (bytes != NULL)
      take_certificates (run, bytes);
    issuer = sohoa_chain_find_issuer (cert, run->pool);
  }
  return issuer;
}

/* ---- OCSP ---- */

static GBytes *
ocsp_question (X509 *cert, X509 *issuer, OCSP_REQUEST **request_out)
{
  g_autoptr (OCSP_REQUEST) request = OCSP_REQUEST_new ();
  OCSP_CERTID *id = OCSP_cert_to_id (EVP_sha1 (), cert, issuer); /* an index, no proof: what responders know */
  guint8 *der = NULL;
  GBytes *bytes;
  int length;

  if (id == NULL || OCSP_request_add0_id (request, id) == NULL) {
    OCSP_CERTID_free (id);
    return NULL;
  }
  OCSP_request_add1_nonce (request, NULL, -1);
  length = i2d_OCSP_REQUEST (request, &der);
  if (length <= 0)
    return NULL;
  bytes = g_bytes_new (der, (gsize) length);
  OPENSSL_free (der);
  *request_out = g_steal_pointer (&request);
  return bytes;
}

/* A nonce is optional; another one than ours is a replay. */
static gboolean
nonce_fits (OCSP_REQUEST *request, GBytes *answer)
{
  gsize length;
  const guint8 *der = g_bytes_get_data (answer, &length);
  g_autoptr (OCSP_RESPONSE) response = d2i_OCSP_RESPONSE (NULL, &der, (long) length);
  g_autoptr (OCSP_BASICRESP) basic = response != NULL ? OCSP_response_get1_basic (response) : NULL;
  gboolean fits = basic == NULL || OCSP_check_nonce (request, basic) != 0;

  ERR_clear_error ();
  return fits;
}

/* The responder's certificates go into the evidence, and are to be covered themselves unless they say not to. */
static void
take_responder (Run *run, GBytes *answer)
{
  gsize length;
  const guint8 *der = g_bytes_get_data (answer, &length);
  g_autoptr (OCSP_RESPONSE) response = d2i_OCSP_RESPONSE (NULL, &der, (long) length);
  g_autoptr (OCSP_BASICRESP) basic = response != NULL ? OCSP_response_get1_basic (response) : NULL;
  X509 *signer = NULL;

  if (basic != NULL && OCSP_resp_get0_signer (basic, &signer, run->pool) == 1 && signer != NULL)
    (void) enqueue (run, signer);
  ERR_clear_error ();
}

static gboolean
try_ocsp (Run *run, X509 *cert, X509 *issuer, char **why)
{
  g_autoptr (GPtrArray) urls = access_urls (cert, NID_ad_OCSP);

  for (guint i = 0; i < urls->len; i++) {
    g_autoptr (OCSP_REQUEST) request = NULL;
    g_autoptr (GBytes) question = ocsp_question (cert, issuer, &request);
    g_autoptr (GError) local = NULL;
    g_autoptr (GBytes) answer = question != NULL
      ? sohoa_fetch (&run->net, urls->pdata[i], "application/ocsp-request", question, SOHOA_OCSP_MAX_BYTES,
                     run->cancellable, &local) : NULL;
    SohoaRevocationVerdict verdict;

    if (answer == NULL || !nonce_fits (request, answer)) {
      if (*why == NULL)
        *why = g_strdup (local != NULL ? local->message : "the OCSP answer is to another question (nonce)");
      continue;
    }
    verdict = sohoa_revocation_from_ocsp (cert, issuer, answer, run->options->time_us, run->options->time_us, why);
    run->revoked |= verdict.status == SOHOA_REVOCATION_REVOKED;
    if (verdict.status == SOHOA_REVOCATION_UNCHECKED)
      continue;
    (void) sohoa_evidence_add (run->into->ocsps, answer);
    take_responder (run, answer);
    return TRUE;
  }
  return FALSE;
}

/* ---- CRL ---- */

static GPtrArray *
crl_urls (X509 *cert)
{
  g_autoptr (GPtrArray) urls = g_ptr_array_new_with_free_func (g_free);
  CRL_DIST_POINTS *points = X509_get_ext_d2i (cert, NID_crl_distribution_points, NULL, NULL);

  for (int i = 0; points != NULL && i < sk_DIST_POINT_num (points); i++) {
    const DIST_POINT *point = sk_DIST_POINT_value (points, i);
    GENERAL_NAMES *names = point->distpoint != NULL && point->distpoint->type == 0 ? point->distpoint->name.fullname : NULL;

    for (int k = 0; names != NULL && k < sk_GENERAL_NAME_num (names) && urls->len < MAX_URLS; k++) {
      const GENERAL_NAME *name = sk_GENERAL_NAME_value (names, k);

      if (name->type == GEN_URI)
        g_ptr_array_add (urls, g_strndup ((const char *) ASN1_STRING_get0_data (name->d.uniformResourceIdentifier),
                                          (gsize) ASN1_STRING_length (name->d.uniformResourceIdentifier)));
    }
  }
  CRL_DIST_POINTS_free (points);
  ERR_clear_error ();
  return g_steal_pointer (&urls);
}

/* Some servers give the list as PEM; a DSS holds DER. */
static GBytes *
crl_to_der (GBytes *bytes)
{
  gsize length;
  const char *data = g_bytes_get_data (bytes, &length);
  g_autoptr (BIO) bio = NULL;
  X509_CRL *crl;
  guint8 *der = NULL;
  GBytes *result = NULL;
  int size;

  if (length < 10 || memcmp (data, "-----BEGIN", 10) != 0)
    return g_bytes_ref (bytes);
  bio = BIO_new_mem_buf (data, (int) length);
  crl = PEM_read_bio_X509_CRL (bio, NULL, NULL, NULL);
  size = crl != NULL ? i2d_X509_CRL (crl, &der) : 0;
  if (size > 0)
    result = g_bytes_new (der, (gsize) size);
  OPENSSL_free (der);
  X509_CRL_free (crl);
  ERR_clear_error ();
  return result != NULL ? result : g_bytes_ref (bytes);
}

static gboolean
try_crl (Run *run, X509 *cert, X509 *issuer, char **why)
{
  g_autoptr (GPtrArray) urls = crl_urls (cert);

  for (guint i = 0; i < urls->len; i++) {
    g_autoptr (GError) local = NULL;
    g_autoptr (GBytes) raw = sohoa_fetch (&run->net, urls->pdata[i], NULL, NULL, SOHOA_EVIDENCE_MAX_ITEM_BYTES,
                                          run->cancellable, &local);
    g_autoptr (GBytes) crl = raw != NULL ? crl_to_der (raw) : NULL;
    SohoaRevocationVerdict verdict;

    if (crl == NULL) {
      if (*why == NULL)
        *why = g_strdup (local->message);
      continue;
    }
    verdict = sohoa_revocation_from_crl (cert, issuer, crl, run->options->time_us, run->options->time_us, why);
    run->revoked |= verdict.status == SOHOA_REVOCATION_REVOKED;
    if (verdict.status == SOHOA_REVOCATION_UNCHECKED)
      continue;
    (void) sohoa_evidence_add (run->into->crls, crl);
    return TRUE;
  }
  return FALSE;
}

/* ---- one certificate ---- */

static void
cover_revocation (Run *run, X509 *cert, X509 *issuer)
{
  gboolean was_revoked = run->revoked;
  g_autofree char *why = NULL;

  if (!sohoa_x509_names_revocation (cert)) {
    miss (run, cert, "names no service that tells whether it is revoked");
    return;
  }
  /* what is already at hand and fresh is not asked for again: the sub-CA of signer and time stamp is one */
  if (sohoa_revocation_check (cert, issuer, run->into, run->options->time_us, run->options->time_us).status
      != SOHOA_REVOCATION_UNCHECKED)
    return;
  if (!try_ocsp (run, cert, issuer, &why) && !try_crl (run, cert, issuer, &why))
    miss (run, cert, why != NULL ? why : "no answer about its revocation");
  else if (run->revoked && !was_revoked)
    miss (run, cert, "is revoked");
}

static void
cover (Run *run, X509 *cert)
{
  g_autoptr (GBytes) der = sohoa_x509_to_der (cert);
  X509 *issuer;

  (void) sohoa_evidence_add (run->into->certs, der);
  if (sohoa_x509_is_self_issued (cert))
    return;
  issuer = find_issuer (run, cert);
  if (issuer == NULL) {
    miss (run, cert, "the certificate of its issuer cannot be found");
    return;
  }
  if (!enqueue (run, issuer))
    miss (run, cert, "its chain is too long");
  if (!sohoa_x509_is_nocheck (cert))
    cover_revocation (run, cert, issuer);
}

static SohoaX509Stack *
read_pem (GBytes *pem)
{
  SohoaX509Stack *stack = sk_X509_new_null ();
  g_autoptr (BIO) bio = NULL;
  X509 *cert;

  if (pem == NULL || g_bytes_get_size (pem) == 0)
    return stack;
  bio = BIO_new_mem_buf (g_bytes_get_data (pem, NULL), (int) g_bytes_get_size (pem));
  while ((cert = PEM_read_bio_X509 (bio, NULL, NULL, NULL)) != NULL)
    sk_X509_push (stack, cert);
  ERR_clear_error ();
  return stack;
}

gboolean
sohoa_gather_evidence (const SohoaGather *self, const GPtrArray *leaves, const GPtrArray *pool, SohoaEvidence *into,
                       GPtrArray *missing, gboolean *revoked_out, GCancellable *cancellable)
{
  Run run = { .options = self, .into = into, .missing = missing, .complete = TRUE, .cancellable = cancellable };

  run.net = (SohoaNet){ .proxy = self->proxy,
                        .timeout_ms = self->timeout_ms > 0 ? self->timeout_ms : SOHOA_GATHER_TIMEOUT_MS };
  run.pool = sk_X509_new_null ();
  run.queue = sk_X509_new_null ();
  run.trust = read_pem (self->trust_pem);
  for (guint i = 0; pool != NULL && i < pool->len; i++)
    push_der (run.pool, pool->pdata[i]);
  for (guint i = 0; i < leaves->len; i++)
    push_der (run.queue, leaves->pdata[i]);
  for (int i = 0; i < sk_X509_num (run.queue); i++) /* grows while we walk */
    cover (&run, sk_X509_value (run.queue, i));
  sohoa_x509_stack_free (run.pool);
  sohoa_x509_stack_free (run.queue);
  sohoa_x509_stack_free (run.trust);
  if (revoked_out != NULL)
    *revoked_out = run.revoked;
  return run.complete;
}
