#include "sohoa-cms-chain.h"

#include <openssl/err.h>

#include "sohoa-cms-verify.h"
#include "sohoa-revocation.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509_STORE, X509_STORE_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509_STORE_CTX, X509_STORE_CTX_free)

void
sohoa_chain_clear (SohoaChain *self)
{
  sohoa_x509_stack_free (self->certs);
  g_free (self->problem);
  *self = (SohoaChain) { 0 };
}

X509 *
sohoa_chain_find_issuer (X509 *cert, SohoaX509Stack *stack)
{
  X509 *found = NULL;

  for (int i = 0; stack != NULL && i < sk_X509_num (stack) && found == NULL; i++) {
    X509 *one = sk_X509_value (stack, i);

    if (X509_check_issued (one, cert) == X509_V_OK && X509_verify (cert, X509_get0_pubkey (one)) == 1)
      found = one;
  }
  ERR_clear_error ();
  return found;
}

/* Certificates to build with: those the signature carries and those of the evidence. */
static SohoaX509Stack *
gather (SohoaX509Stack *carried, const SohoaEvidence *evidence)
{
  SohoaX509Stack *pool = sk_X509_new_null ();

  for (int i = 0; carried != NULL && i < sk_X509_num (carried); i++) {
    X509_up_ref (sk_X509_value (carried, i));
    sk_X509_push (pool, sk_X509_value (carried, i));
  }
  for (guint i = 0; evidence != NULL && i < evidence->certs->len; i++) {
    gsize length;
    const guint8 *der = g_bytes_get_data (evidence->certs->pdata[i], &length);
    X509 *cert = d2i_X509 (NULL, &der, (long) length);

    if (cert != NULL)
      sk_X509_push (pool, cert);
  }
  ERR_clear_error ();
  return pool;
}

static gboolean
is_weak (X509 *cert)
{
  EVP_PKEY *key = X509_get0_pubkey (cert);
  int type = key != NULL ? EVP_PKEY_get_base_id (key) : EVP_PKEY_NONE;
  int digest = NID_undef;

  (void) X509_get_signature_info (cert, &digest, NULL, NULL, NULL);
  ERR_clear_error ();
  if ((type == EVP_PKEY_RSA || type == EVP_PKEY_RSA_PSS) && EVP_PKEY_get_bits (key) < SOHOA_MIN_RSA_BITS)
    return TRUE;
  return digest == NID_sha1 || digest == NID_md5 || digest == NID_md4;
}

static void
take_chain (SohoaChain *self, X509_STORE_CTX *ctx, SohoaX509Stack *trust)
{
  self->certs = X509_STORE_CTX_get1_chain (ctx);
  for (int i = 0; i < sk_X509_num (self->certs); i++) {
    X509 *cert = sk_X509_value (self->certs, i);
    gboolean trusted = FALSE;

    for (int k = 0; k < sk_X509_num (trust) && !trusted; k++)
      trusted = X509_cmp (cert, sk_X509_value (trust, k)) == 0;
    self->weak |= !trusted && is_weak (cert); /* what is trusted is trusted whatever it is signed with */
  }
}

gboolean
sohoa_chain_build (SohoaChain *self, X509 *leaf, SohoaX509Stack *carried, SohoaX509Stack *trust,
                   const SohoaEvidence *evidence, gint64 time_us, gboolean time_stamping)
{
  g_autoptr (X509_STORE) store = X509_STORE_new ();
  g_autoptr (SohoaX509Stack) pool = gather (carried, evidence);
  g_autoptr (X509_STORE_CTX) ctx = X509_STORE_CTX_new ();
  X509_VERIFY_PARAM *param;
  gboolean good;

  *self = (SohoaChain) { 0 };
  for (int i = 0; i < sk_X509_num (trust); i++)
    X509_STORE_add_cert (store, sk_X509_value (trust, i));
  if (X509_STORE_CTX_init (ctx, store, leaf, pool) != 1) {
    self->problem = g_strdup ("no memory");
    return FALSE;
  }
  param = X509_STORE_CTX_get0_param (ctx);
  X509_VERIFY_PARAM_set_time (param, (time_t) (time_us / G_USEC_PER_SEC));
  X509_VERIFY_PARAM_set_depth (param, SOHOA_CMS_MAX_CHAIN_DEPTH);
  X509_VERIFY_PARAM_set_flags (param, X509_V_FLAG_PARTIAL_CHAIN);
  if (time_stamping)
    X509_VERIFY_PARAM_set_purpose (param, X509_PURPOSE_TIMESTAMP_SIGN);
  good = X509_verify_cert (ctx) == 1;
  if (!good)
    self->problem = g_strdup (X509_verify_cert_error_string (X509_STORE_CTX_get_error (ctx)));
  take_chain (self, ctx, trust);
  ERR_clear_error ();
  return good;
}

SohoaRevocation
sohoa_chain_revocation (const SohoaChain *self, const SohoaEvidence *evidence, gint64 time_us, gint64 now_us,
                        gint64 *revoked_us)
{
  SohoaRevocation worst = SOHOA_REVOCATION_GOOD;

  *revoked_us = 0;
  for (int i = 0; i + 1 < sk_X509_num (self->certs); i++) {
    X509 *cert = sk_X509_value (self->certs, i);
    SohoaRevocationVerdict one;

    if (sohoa_x509_is_self_issued (cert))
      continue;
    one = sohoa_revocation_check (cert, sk_X509_value (self->certs, i + 1), evidence, time_us, now_us);
    if (one.revoked_us != 0 && (*revoked_us == 0 || one.revoked_us < *revoked_us))
      *revoked_us = one.revoked_us;
    if (one.status == SOHOA_REVOCATION_REVOKED)
      return SOHOA_REVOCATION_REVOKED;
    if (one.status == SOHOA_REVOCATION_UNCHECKED)
      worst = SOHOA_REVOCATION_UNCHECKED;
  }
  return sk_X509_num (self->certs) > 1 ? worst : SOHOA_REVOCATION_UNCHECKED;
}

gboolean
sohoa_chain_names_revocation (const SohoaChain *self)
{
  for (int i = 0; i < sk_X509_num (self->certs); i++)
    if (!sohoa_x509_is_self_issued (sk_X509_value (self->certs, i))
        && sohoa_x509_names_revocation (sk_X509_value (self->certs, i)))
      return TRUE;
  return FALSE;
}

/* Trusted itself, or signed by an issuer at hand. */
static gboolean
is_genuine (X509 *cert, SohoaX509Stack *carried, SohoaX509Stack *trust)
{
  for (int i = 0; i < sk_X509_num (trust); i++)
    if (X509_cmp (cert, sk_X509_value (trust, i)) == 0)
      return TRUE;
  return sohoa_chain_find_issuer (cert, trust) != NULL || sohoa_chain_find_issuer (cert, carried) != NULL;
}

gboolean
sohoa_chain_has_strangers (X509 *leaf, SohoaX509Stack *carried, SohoaX509Stack *trust)
{
  guint64 used = 0; /* bit i: carried[i] is on the way up from the leaf */
  int n = sk_X509_num (carried), found = 0;
  gboolean more = TRUE;

  G_STATIC_ASSERT (SOHOA_CMS_MAX_CERTIFICATES <= 64);
  for (int i = 0; i < n; i++)
    if (X509_cmp (sk_X509_value (carried, i), leaf) == 0) {
      used |= G_GUINT64_CONSTANT (1) << i;
      found++;
    }
  while (more) {
    more = FALSE;
    for (int i = 0; i < n; i++) {
      gboolean issues = FALSE;

      if ((used >> i & 1) != 0)
        continue;
      for (int k = -1; k < n && !issues; k++) {
        X509 *below = k < 0 ? leaf : sk_X509_value (carried, k);

        issues = (k < 0 || (used >> k & 1) != 0) && X509_check_issued (sk_X509_value (carried, i), below) == X509_V_OK
                 && X509_verify (below, X509_get0_pubkey (sk_X509_value (carried, i))) == 1;
      }
      if (!issues || !is_genuine (sk_X509_value (carried, i), carried, trust))
        continue;
      used |= G_GUINT64_CONSTANT (1) << i;
      found++;
      more = TRUE;
    }
  }
  ERR_clear_error ();
  return found < n;
}
