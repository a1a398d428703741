#include "sohoa-revocation.h"

#include <openssl/err.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OCSP_RESPONSE, OCSP_RESPONSE_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OCSP_BASICRESP, OCSP_BASICRESP_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OCSP_CERTID, OCSP_CERTID_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509_CRL, X509_CRL_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509_STORE, X509_STORE_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ISSUING_DIST_POINT, ISSUING_DIST_POINT_free)

#define MAX_OCSP_ANSWERS 64

static const SohoaRevocationVerdict unchecked = { SOHOA_REVOCATION_UNCHECKED, 0 };

static SohoaRevocationVerdict
useless (char **why, const char *text)
{
  ERR_clear_error ();
  if (why != NULL && *why == NULL)
    *why = g_strdup (text);
  return unchecked;
}

gboolean
sohoa_x509_is_nocheck (const X509 *cert)
{
  return X509_get_ext_by_NID (cert, NID_id_pkix_OCSP_noCheck, -1) >= 0;
}

gboolean
sohoa_x509_is_self_issued (X509 *cert)
{
  return X509_NAME_cmp (X509_get_subject_name (cert), X509_get_issuer_name (cert)) == 0;
}

gboolean
sohoa_x509_names_revocation (X509 *cert)
{
  STACK_OF (OPENSSL_STRING) *ocsp = X509_get1_ocsp (cert);
  gboolean named = ocsp != NULL || X509_get_ext_by_NID (cert, NID_crl_distribution_points, -1) >= 0;

  X509_email_free (ocsp);
  ERR_clear_error ();
  return named;
}

/* An answer speaks for @time_us when it was made after it, or was in force then. Issued in the future is a lie. */
static gboolean
speaks_for (gint64 this_us, gint64 next_us, gint64 time_us, gint64 now_us)
{
  if (this_us == 0 || this_us > now_us + SOHOA_CLOCK_SKEW_US)
    return FALSE;
  if (this_us + SOHOA_CLOCK_SKEW_US >= time_us)
    return TRUE;
  return next_us != 0 && time_us <= next_us + SOHOA_CLOCK_SKEW_US;
}

static SohoaRevocationVerdict
verdict_of (gint64 revoked_us, gint64 time_us)
{
  SohoaRevocationVerdict verdict = { SOHOA_REVOCATION_GOOD, revoked_us };

  if (revoked_us != 0 && revoked_us <= time_us)
    verdict.status = SOHOA_REVOCATION_REVOKED;
  return verdict;
}

/* ---- OCSP ---- */

/* Signed by the issuer, or by a responder the issuer has named for it (RFC 6960, 4.2.2.2). The responder's
 * certificate must have been valid when the answer was made. */
static gboolean
ocsp_is_signed (OCSP_BASICRESP *basic, X509 *issuer, gint64 produced_us)
{
  g_autoptr (X509_STORE) store = X509_STORE_new ();
  STACK_OF (X509) *others = sk_X509_new_null ();
  X509_VERIFY_PARAM *param;
  gboolean good;

  sk_X509_push (others, issuer);
  X509_STORE_add_cert (store, issuer);
  param = X509_STORE_get0_param (store);
  X509_VERIFY_PARAM_set_flags (param, X509_V_FLAG_PARTIAL_CHAIN);
  X509_VERIFY_PARAM_set_time (param, (time_t) (produced_us / G_USEC_PER_SEC));
  good = OCSP_basic_verify (basic, others, store, 0) == 1;
  sk_X509_free (others);
  ERR_clear_error ();
  return good;
}

/* The single answers about this certificate; the worst counts. */
static SohoaRevocationVerdict
ocsp_answers (OCSP_BASICRESP *basic, X509 *cert, X509 *issuer, gint64 time_us, gint64 now_us, char **why)
{
  SohoaRevocationVerdict verdict = unchecked;

  for (int i = 0; i < OCSP_resp_count (basic) && i < MAX_OCSP_ANSWERS; i++) {
    OCSP_SINGLERESP *single = OCSP_resp_get0 (basic, i);
    const OCSP_CERTID *id = OCSP_SINGLERESP_get0_id (single);
    ASN1_GENERALIZEDTIME *revoked = NULL, *this_update = NULL, *next_update = NULL;
    ASN1_OBJECT *hash = NULL;
    g_autoptr (OCSP_CERTID) own = NULL;
    int reason = 0, status;

    OCSP_id_get0_info (NULL, &hash, NULL, NULL, (OCSP_CERTID *) id);
    own = hash != NULL && EVP_get_digestbyobj (hash) != NULL
            ? OCSP_cert_to_id (EVP_get_digestbyobj (hash), cert, issuer) : NULL;
    if (own == NULL || OCSP_id_cmp (own, id) != 0)
      continue;
    status = OCSP_single_get0_status (single, &reason, &revoked, &this_update, &next_update);
    if (!speaks_for (sohoa_asn1_time_us (this_update), sohoa_asn1_time_us (next_update), time_us, now_us))
      useless (why, "the answer is too old or from the future");
    else if (status == V_OCSP_CERTSTATUS_REVOKED)
      return verdict_of (MAX (sohoa_asn1_time_us (revoked), 1), time_us);
    else if (status == V_OCSP_CERTSTATUS_GOOD)
      verdict = verdict_of (0, time_us);
    else
      useless (why, "the responder does not know the certificate");
  }
  if (verdict.status == SOHOA_REVOCATION_UNCHECKED)
    useless (why, "the answer is about another certificate");
  return verdict;
}

SohoaRevocationVerdict
sohoa_revocation_from_ocsp (X509 *cert, X509 *issuer, GBytes *ocsp, gint64 time_us, gint64 now_us, char **why)
{
  gsize length;
  const guint8 *der = g_bytes_get_data (ocsp, &length);
  g_autoptr (OCSP_RESPONSE) response = d2i_OCSP_RESPONSE (NULL, &der, (long) length);
  g_autoptr (OCSP_BASICRESP) basic = NULL;
  gint64 produced_us;

  if (response == NULL)
    return useless (why, "it is no OCSP answer");
  if (OCSP_response_status (response) != OCSP_RESPONSE_STATUS_SUCCESSFUL)
    return useless (why, OCSP_response_status_str (OCSP_response_status (response)));
  basic = OCSP_response_get1_basic (response);
  if (basic == NULL)
    return useless (why, "it is no basic OCSP answer");
  produced_us = sohoa_asn1_time_us (OCSP_resp_get0_produced_at (basic));
  if (produced_us == 0 || !ocsp_is_signed (basic, issuer, produced_us))
    return useless (why, "the answer is not signed by the issuer or its responder");
  return ocsp_answers (basic, cert, issuer, time_us, now_us, why);
}

/* ---- CRL ---- */

/* A list for certificates like this one; indirect, delta and partial lists are not taken. */
static gboolean
crl_is_for (X509_CRL *crl, X509 *cert)
{
  g_autoptr (ISSUING_DIST_POINT) point = X509_CRL_get_ext_d2i (crl, NID_issuing_distribution_point, NULL, NULL);
  gboolean is_ca = X509_check_ca (cert) > 0;

  if (X509_CRL_get_ext_by_NID (crl, NID_delta_crl, -1) >= 0)
    return FALSE;
  if (point == NULL)
    return X509_CRL_get_ext_by_NID (crl, NID_issuing_distribution_point, -1) < 0;
  return !point->indirectCRL && !point->onlyattr && point->onlysomereasons == NULL && !(point->onlyCA && !is_ca)
         && !(point->onlyuser && is_ca);
}

SohoaRevocationVerdict
sohoa_revocation_from_crl (X509 *cert, X509 *issuer, GBytes *crl_der, gint64 time_us, gint64 now_us, char **why)
{
  gsize length;
  const guint8 *der = g_bytes_get_data (crl_der, &length);
  g_autoptr (X509_CRL) crl = d2i_X509_CRL (NULL, &der, (long) length);
  X509_REVOKED *entry = NULL;
  int found;

  if (crl == NULL)
    return useless (why, "it is no CRL");
  if (X509_NAME_cmp (X509_CRL_get_issuer (crl), X509_get_subject_name (issuer)) != 0)
    return useless (why, "the CRL is of another issuer");
  if ((X509_get_key_usage (issuer) & KU_CRL_SIGN) == 0 || X509_CRL_verify (crl, X509_get0_pubkey (issuer)) != 1)
    return useless (why, "the CRL is not signed by the issuer");
  if (!crl_is_for (crl, cert))
    return useless (why, "the CRL is partial and does not cover the certificate");
  if (!speaks_for (sohoa_asn1_time_us (X509_CRL_get0_lastUpdate (crl)),
                   sohoa_asn1_time_us (X509_CRL_get0_nextUpdate (crl)), time_us, now_us))
    return useless (why, "the CRL is too old or from the future");
  found = X509_CRL_get0_by_cert (crl, &entry, cert);
  ERR_clear_error ();
  if (found != 1) /* 0: not in it; 2: removed from it */
    return verdict_of (0, time_us);
  return verdict_of (MAX (sohoa_asn1_time_us (X509_REVOKED_get0_revocationDate (entry)), 1), time_us);
}

/* ---- all at hand ---- */

SohoaRevocationVerdict
sohoa_revocation_check (X509 *cert, X509 *issuer, const SohoaEvidence *evidence, gint64 time_us, gint64 now_us)
{
  SohoaRevocationVerdict best = unchecked;

  for (guint i = 0; evidence != NULL && i < evidence->ocsps->len + evidence->crls->len; i++) {
    gboolean ocsp = i < evidence->ocsps->len;
    GBytes *der = ocsp ? evidence->ocsps->pdata[i] : evidence->crls->pdata[i - evidence->ocsps->len];
    SohoaRevocationVerdict one = ocsp ? sohoa_revocation_from_ocsp (cert, issuer, der, time_us, now_us, NULL)
                                      : sohoa_revocation_from_crl (cert, issuer, der, time_us, now_us, NULL);

    if (one.status == SOHOA_REVOCATION_UNCHECKED)
      continue;
    if (best.status == SOHOA_REVOCATION_UNCHECKED || one.revoked_us != 0)
      best = one;
    if (best.status == SOHOA_REVOCATION_REVOKED)
      return best;
  }
  return best;
}
