#include "sohoa-signer.h"

#include <glib/gstdio.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <sys/stat.h>

#include "sohoa-errors.h"
#include "sohoa-sign-private.h"
#include "sohoa-time.h"

#define SIGNED_ATTRIBUTES_MAX 16
#define PSS_SALT_BYTES 32

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RSA_PSS_PARAMS, RSA_PSS_PARAMS_free)

struct _SohoaSigner {
  const SohoaSignerBackend *backend; /* (unowned) static */
  gpointer        key;       /* (owned) by the backend's free */
  X509           *cert;      /* (owned) the signer's own */
  SohoaX509Stack *others;    /* (owned) certificates above it, next issuer first */
  GPtrArray      *chain;     /* (owned) (element-type GBytes) DER of cert and others */
  char           *name, *issuer_name, *serial, *sha256; /* (owned) */
  gint64          not_before_us, not_after_us;
};

void
sohoa_signer_free (SohoaSigner *self)
{
  if (self == NULL)
    return;
  if (self->backend->free != NULL)
    self->backend->free (self->key);
  X509_free (self->cert);
  sohoa_x509_stack_free (self->others);
  g_clear_pointer (&self->chain, g_ptr_array_unref);
  g_free (self->name);
  g_free (self->issuer_name);
  g_free (self->serial);
  g_free (self->sha256);
  g_free (self);
}

static X509 *
read_certificate (GBytes *der, GError **error)
{
  gsize length = 0;
  const guint8 *data = g_bytes_get_data (der, &length);
  X509 *cert = length <= SOHOA_P12_MAX_BYTES ? d2i_X509 (NULL, &data, (long) length) : NULL;

  if (cert == NULL) {
    g_autofree char *why = sohoa_openssl_reason ();

    g_set_error (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_FORMAT,
                 "certificate: %s: ask the issuer for a new file", why);
  }
  return cert;
}

static gboolean
check_key_type (X509 *cert, GError **error)
{
  EVP_PKEY *key = X509_get0_pubkey (cert);
  int type = key != NULL ? EVP_PKEY_get_base_id (key) : EVP_PKEY_NONE;

  if ((type == EVP_PKEY_RSA || type == EVP_PKEY_RSA_PSS) && EVP_PKEY_get_bits (key) >= SOHOA_MIN_RSA_BITS)
    return TRUE;
  if (type == EVP_PKEY_EC && EVP_PKEY_get_bits (key) >= 256)
    return TRUE;
  ERR_clear_error ();
  g_set_error (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_FORMAT,
               "certificate: the key is neither RSA of %d bits or more nor ECDSA: ask the issuer for another one",
               SOHOA_MIN_RSA_BITS);
  return FALSE;
}

/* Moves the issuer of the last link from @pool to the end of the chain until none is left that fits;
 * what fits nowhere is dropped: a stranger's certificate does not belong into our signature. */
static void
order_chain (SohoaSigner *self, SohoaX509Stack *pool)
{
  X509 *last = self->cert;
  gboolean found = TRUE;

  while (found && X509_NAME_cmp (X509_get_subject_name (last), X509_get_issuer_name (last)) != 0) {
    found = FALSE;
    for (int i = 0; i < sk_X509_num (pool) && !found; i++) {
      X509 *next = sk_X509_value (pool, i);

      if (X509_check_issued (next, last) != X509_V_OK)
        continue;
      sk_X509_delete (pool, i);
      sk_X509_push (self->others, next);
      last = next;
      found = TRUE;
    }
  }
  ERR_clear_error ();
}

static void
fill_properties (SohoaSigner *self)
{
  self->name = sohoa_x509_name_text (X509_get_subject_name (self->cert));
  self->issuer_name = sohoa_x509_name_text (X509_get_issuer_name (self->cert));
  self->serial = sohoa_x509_serial_text (self->cert);
  self->sha256 = sohoa_x509_sha256_text (self->cert);
  self->not_before_us = sohoa_asn1_time_us (X509_get0_notBefore (self->cert));
  self->not_after_us = sohoa_asn1_time_us (X509_get0_notAfter (self->cert));
  self->chain = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_ptr_array_add (self->chain, sohoa_x509_to_der (self->cert));
  for (int i = 0; i < sk_X509_num (self->others); i++)
    g_ptr_array_add (self->chain, sohoa_x509_to_der (sk_X509_value (self->others, i)));
}

SohoaSigner *
sohoa_signer_new (const SohoaSignerBackend *backend, gpointer key, GPtrArray *certificates, GError **error)
{
  g_autoptr (SohoaSigner) self = g_new0 (SohoaSigner, 1);
  g_autoptr (SohoaX509Stack) pool = sk_X509_new_null ();

  self->backend = backend;
  self->key = key;
  self->others = sk_X509_new_null ();
  if (certificates->len == 0) {
    g_set_error (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_NO_KEY,
                 "signer: there is no certificate: export key and certificate together");
    return NULL;
  }
  for (guint i = 0; i < certificates->len; i++) {
    X509 *cert = read_certificate (certificates->pdata[i], error);

    if (cert == NULL)
      return NULL;
    if (i == 0)
      self->cert = cert;
    else
      sk_X509_push (pool, cert);
  }
  if (!check_key_type (self->cert, error))
    return NULL;
  if (!sohoa_x509_may_sign (self->cert)) {
    g_set_error (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_NO_KEY,
                 "certificate: its key usage does not allow signing: use the signing certificate");
    return NULL;
  }
  order_chain (self, pool);
  fill_properties (self);
  return g_steal_pointer (&self);
}

const char *sohoa_signer_get_name (SohoaSigner *self) { return self->name; }
const char *sohoa_signer_get_issuer_name (SohoaSigner *self) { return self->issuer_name; }
const char *sohoa_signer_get_serial (SohoaSigner *self) { return self->serial; }
const char *sohoa_signer_get_sha256 (SohoaSigner *self) { return self->sha256; }
gint64 sohoa_signer_get_not_before (SohoaSigner *self) { return self->not_before_us; }
gint64 sohoa_signer_get_not_after (SohoaSigner *self) { return self->not_after_us; }
GPtrArray *sohoa_signer_get_chain (SohoaSigner *self) { return self->chain; }

gboolean
sohoa_signer_check_time (SohoaSigner *self, gint64 now_us, GError **error)
{
  g_autofree char *from = sohoa_time_to_day (self->not_before_us);
  g_autofree char *to = sohoa_time_to_day (self->not_after_us);

  if (now_us >= self->not_before_us && now_us <= self->not_after_us)
    return TRUE;
  g_set_error (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_CERT_EXPIRED,
               "certificate of %s: it is valid from %s to %s only: renew it, or set the clock right", self->name,
               from, to);
  return FALSE;
}

gboolean
sohoa_signer_check_file_mode (const char *path, GError **error)
{
  GStatBuf info;

  if (g_stat (path, &info) != 0) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_NOT_FOUND, "%s: cannot be looked at: give the path of the key file",
                 path);
    return FALSE;
  }
  if ((info.st_mode & 0077) == 0)
    return TRUE;
  g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_CONFIG, "%s: others may read the key (mode %04o): run chmod 600 on it",
               path, (guint) (info.st_mode & 07777));
  return FALSE;
}

/* ---- the CMS (findings.md 2): OpenSSL never sees a private key ---- */

static gboolean
fail_cms (GError **error, const char *what)
{
  g_autofree char *why = sohoa_openssl_reason ();

  g_set_error (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_FORMAT, "signature: %s: %s", what, why);
  return FALSE;
}

static int
compare_der (gconstpointer a, gconstpointer b)
{
  gsize la, lb;
  const guint8 *da = g_bytes_get_data (*(GBytes *const *) a, &la);
  const guint8 *db = g_bytes_get_data (*(GBytes *const *) b, &lb);
  int order = memcmp (da, db, MIN (la, lb));

  return order != 0 ? order : (la > lb) - (la < lb);
}

/* The DER SET OF the signed attributes: these bytes are signed (RFC 5652, 5.4). */
static GBytes *
encode_signed_attributes (CMS_SignerInfo *info)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  int count = CMS_signed_get_attr_count (info);
  gsize total = 0;
  guint8 *der, *end;
  int length;

  for (int i = 0; i < count && i < SIGNED_ATTRIBUTES_MAX; i++) {
    guint8 *part = NULL;
    int size = i2d_X509_ATTRIBUTE (CMS_signed_get_attr (info, i), &part);

    if (size <= 0)
      return NULL;
    g_ptr_array_add (parts, g_bytes_new (part, (gsize) size));
    OPENSSL_free (part);
    total += (gsize) size;
  }
  g_ptr_array_sort (parts, compare_der);
  length = ASN1_object_size (1, (int) total, V_ASN1_SET);
  der = end = g_malloc ((gsize) length);
  ASN1_put_object (&end, 1, (int) total, V_ASN1_SET, V_ASN1_UNIVERSAL);
  for (guint i = 0; i < parts->len; i++) {
    gsize size;
    const guint8 *data = g_bytes_get_data (parts->pdata[i], &size);

    memcpy (end, data, size);
    end += size;
  }
  return g_bytes_new_take (der, (gsize) length);
}

static gboolean
is_pss (X509 *cert)
{
  return EVP_PKEY_get_base_id (X509_get0_pubkey (cert)) == EVP_PKEY_RSA_PSS;
}

/* RSASSA-PSS with SHA-256, MGF1-SHA-256, salt 32 (RFC 4055, 3.1): OpenSSL writes it only for a key it holds. */
static gboolean
set_pss_algorithm (CMS_SignerInfo *info)
{
  g_autoptr (RSA_PSS_PARAMS) params = RSA_PSS_PARAMS_new ();
  ASN1_STRING *packed = NULL;
  X509_ALGOR *mgf_hash = X509_ALGOR_new ();
  X509_ALGOR *algorithm = NULL;

  params->hashAlgorithm = X509_ALGOR_new ();
  params->maskGenAlgorithm = X509_ALGOR_new ();
  params->saltLength = ASN1_INTEGER_new ();
  X509_ALGOR_set_md (params->hashAlgorithm, EVP_sha256 ());
  X509_ALGOR_set_md (mgf_hash, EVP_sha256 ());
  ASN1_item_pack (mgf_hash, ASN1_ITEM_rptr (X509_ALGOR), &packed);
  X509_ALGOR_free (mgf_hash);
  X509_ALGOR_set0 (params->maskGenAlgorithm, OBJ_nid2obj (NID_mgf1), V_ASN1_SEQUENCE, packed);
  ASN1_INTEGER_set (params->saltLength, PSS_SALT_BYTES);
  packed = NULL;
  ASN1_item_pack (params, ASN1_ITEM_rptr (RSA_PSS_PARAMS), &packed);
  CMS_SignerInfo_get0_algs (info, NULL, NULL, NULL, &algorithm);
  return packed != NULL
         && X509_ALGOR_set0 (algorithm, OBJ_nid2obj (NID_rsassaPss), V_ASN1_SEQUENCE, packed) == 1;
}

/* A token with another key than the certificate says must not produce a broken document. */
static gboolean
check_signature (SohoaSigner *self, GBytes *signed_bytes, GBytes *signature, GError **error)
{
  g_autoptr (EVP_MD_CTX) ctx = EVP_MD_CTX_new ();
  EVP_PKEY_CTX *key_ctx = NULL; /* of ctx */

  if (EVP_DigestVerifyInit (ctx, &key_ctx, EVP_sha256 (), NULL, X509_get0_pubkey (self->cert)) == 1
      && (!is_pss (self->cert) || EVP_PKEY_CTX_set_rsa_pss_saltlen (key_ctx, PSS_SALT_BYTES) == 1)
      && EVP_DigestVerify (ctx, g_bytes_get_data (signature, NULL), g_bytes_get_size (signature),
                           g_bytes_get_data (signed_bytes, NULL), g_bytes_get_size (signed_bytes)) == 1)
    return TRUE;
  ERR_clear_error ();
  g_set_error (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_KEY_MISMATCH,
               "signature: the key does not belong to the certificate of %s: choose another key", self->name);
  return FALSE;
}

static CMS_SignerInfo *
add_signer (SohoaSigner *self, CMS_ContentInfo *cms, const guint8 *digest, GError **error)
{
  CMS_SignerInfo *info = CMS_add1_signer (cms, self->cert, X509_get0_pubkey (self->cert), EVP_sha256 (),
                                          CMS_PARTIAL | CMS_CADES | CMS_NOSMIMECAP | CMS_BINARY);

  if (info == NULL || (is_pss (self->cert) && !set_pss_algorithm (info))) {
    fail_cms (error, "the signer cannot be added");
    return NULL;
  }
  for (int i = 0; i < sk_X509_num (self->others); i++) {
    if (CMS_add1_cert (cms, sk_X509_value (self->others, i)) != 1) {
      fail_cms (error, "a certificate cannot be added");
      return NULL;
    }
  }
  if (CMS_signed_add1_attr_by_NID (info, NID_pkcs9_contentType, V_ASN1_OBJECT, OBJ_nid2obj (NID_pkcs7_data), -1) != 1
      || CMS_signed_add1_attr_by_NID (info, NID_pkcs9_messageDigest, V_ASN1_OCTET_STRING, digest,
                                      SOHOA_SHA256_BYTES) != 1) {
    fail_cms (error, "an attribute cannot be added");
    return NULL;
  }
  return info;
}

static gboolean
sign_info (SohoaSigner *self, CMS_SignerInfo *info, GError **error)
{
  g_autoptr (GBytes) attributes = encode_signed_attributes (info);
  g_autoptr (GBytes) signature = NULL;
  gsize length;
  const guint8 *data;

  if (attributes == NULL)
    return fail_cms (error, "the attributes cannot be encoded");
  signature = self->backend->sign_attributes (self->key, g_bytes_get_data (attributes, NULL),
                                              g_bytes_get_size (attributes), error);
  if (signature == NULL || !check_signature (self, attributes, signature, error))
    return FALSE;
  data = g_bytes_get_data (signature, &length);
  if (ASN1_OCTET_STRING_set (CMS_SignerInfo_get0_signature (info), data, (int) length) != 1)
    return fail_cms (error, "no memory");
  return TRUE;
}

/* signature-time-stamp: an unsigned attribute over the value of the signature (EN 319 122-1, 5.3). */
static gboolean
add_stamp (CMS_SignerInfo *info, SohoaStampFunc stamp, gpointer data, GError **error)
{
  const ASN1_OCTET_STRING *value = CMS_SignerInfo_get0_signature (info);
  guint8 digest[EVP_MAX_MD_SIZE];
  g_autoptr (GBytes) token = NULL;
  gsize length;
  const guint8 *der;

  if (EVP_Digest (ASN1_STRING_get0_data (value), (size_t) ASN1_STRING_length (value), digest, NULL, EVP_sha256 (),
                  NULL) != 1)
    return fail_cms (error, "no memory");
  token = stamp (data, digest, error);
  if (token == NULL)
    return FALSE;
  der = g_bytes_get_data (token, &length);
  return CMS_unsigned_add1_attr_by_NID (info, NID_id_smime_aa_timeStampToken, V_ASN1_SEQUENCE, der, (int) length) == 1
         || fail_cms (error, "the time stamp cannot be added");
}

GBytes *
sohoa_signer_sign (SohoaSigner *self, int fd, const SohoaRange *ranges, guint n_ranges, GError **error)
{
  return sohoa_signer_sign_stamped (self, fd, ranges, n_ranges, NULL, NULL, NULL, error);
}

GBytes *
sohoa_signer_sign_stamped (SohoaSigner *self, int fd, const SohoaRange *ranges, guint n_ranges, SohoaStampFunc stamp,
                           gpointer data, GError **stamp_error, GError **error)
{
  g_autoptr (CMS_ContentInfo) cms = NULL;
  guint8 digest[EVP_MAX_MD_SIZE];
  CMS_SignerInfo *info;
  GBytes *result;
  guint8 *der = NULL;
  int length;

  if (!sohoa_hash_ranges (fd, ranges, n_ranges, EVP_sha256 (), digest, error))
    return NULL;
  cms = CMS_sign (NULL, NULL, NULL, NULL, CMS_DETACHED | CMS_BINARY | CMS_PARTIAL);
  if (cms == NULL) {
    fail_cms (error, "no memory");
    return NULL;
  }
  info = add_signer (self, cms, digest, error);
  if (info == NULL || !sign_info (self, info, error))
    return NULL;
  if (stamp != NULL)
    (void) add_stamp (info, stamp, data, stamp_error); /* without it the signature is B-B, and the caller told */
  length = i2d_CMS_ContentInfo (cms, &der);
  if (length <= 0 || (guint) length > SOHOA_CMS_MAX_BYTES) {
    OPENSSL_free (der);
    fail_cms (error, "it is too large or cannot be encoded");
    return NULL;
  }
  result = g_bytes_new (der, (gsize) length);
  OPENSSL_free (der);
  return result;
}
