#include "trust-pki.h"

#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>
#include <openssl/rand.h>
#include <string.h>

#include "sohoa-file.h"

#define DAY_S (24 * 3600)
#define KEY_ROUNDS 2048
#define REVOKED_AGO_S (2 * DAY_S)

/* What a certificate is; 0 or NULL = the usual. */
typedef struct {
  const char *name;
  int         from_days, to_days;
  const char *usage, *extended; /* key usage, extended key usage */
  gboolean    ca, nocheck, no_ocsp, no_services, sha1;
} Plan;

static void
extend (X509 *cert, X509 *issuer, int nid, const char *value)
{
  X509V3_CTX ctx;
  X509_EXTENSION *extension;

  X509V3_set_ctx (&ctx, issuer, cert, NULL, NULL, 0);
  extension = X509V3_EXT_conf_nid (NULL, &ctx, nid, value);
  g_assert_nonnull (extension);
  g_assert_cmpint (X509_add_ext (cert, extension, -1), ==, 1);
  X509_EXTENSION_free (extension);
}

static void
name_subject (X509 *cert, const char *name)
{
  X509_NAME *subject = X509_get_subject_name (cert);

  X509_NAME_add_entry_by_txt (subject, "C", MBSTRING_UTF8, (const guint8 *) "VN", -1, -1, 0);
  X509_NAME_add_entry_by_txt (subject, "O", MBSTRING_UTF8, (const guint8 *) "CƠ QUAN THỬ NGHIỆM", -1, -1, 0);
  X509_NAME_add_entry_by_txt (subject, "CN", MBSTRING_UTF8, (const guint8 *) name, -1, -1, 0);
}

static void
name_services (const TrustPki *pki, X509 *cert, X509 *issuer, const Plan *plan)
{
  const char *file = issuer == pki->root.cert ? "root" : "sub";
  g_autofree char *crl = g_strdup_printf ("URI:http://127.0.0.1:%u/crl/%s.crl", pki->port, file);
  g_autofree char *access = g_strdup_printf ("caIssuers;URI:http://127.0.0.1:%u/cert/%s.crt", pki->port, file);
  g_autofree char *both = g_strdup_printf ("OCSP;URI:http://127.0.0.1:%u/ocsp,caIssuers;URI:http://127.0.0.1:%u/cert/%s.crt",
                                           pki->port, pki->port, file);

  if (plan->no_services)
    return;
  extend (cert, issuer, NID_crl_distribution_points, crl);
  extend (cert, issuer, NID_info_access, plan->no_ocsp ? access : both);
}

static X509 *
issue (const TrustPki *pki, const TrustPair *issuer, EVP_PKEY *key, const Plan *plan)
{
  X509 *cert = X509_new (), *above = issuer->cert != NULL ? issuer->cert : cert;
  BIGNUM *serial = BN_new ();

  g_assert_cmpint (BN_rand (serial, 100, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY), ==, 1);
  BN_to_ASN1_INTEGER (serial, X509_get_serialNumber (cert));
  BN_free (serial);
  X509_set_version (cert, 2);
  X509_time_adj_ex (X509_getm_notBefore (cert), plan->from_days != 0 ? plan->from_days : -30, 0, NULL);
  X509_time_adj_ex (X509_getm_notAfter (cert), plan->to_days != 0 ? plan->to_days : 730, 0, NULL);
  X509_set_pubkey (cert, key);
  name_subject (cert, plan->name);
  X509_set_issuer_name (cert, X509_get_subject_name (above));
  extend (cert, above, NID_basic_constraints, plan->ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
  extend (cert, above, NID_key_usage,
          plan->usage != NULL ? plan->usage
                              : plan->ca ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature,nonRepudiation");
  extend (cert, above, NID_subject_key_identifier, "hash");
  if (above != cert)
    extend (cert, above, NID_authority_key_identifier, "keyid:always");
  if (plan->extended != NULL)
    extend (cert, above, NID_ext_key_usage, plan->extended);
  if (plan->nocheck)
    extend (cert, above, NID_id_pkix_OCSP_noCheck, "NULL");
  if (above != cert)
    name_services (pki, cert, above, plan);
  g_assert_cmpint (X509_sign (cert, issuer->key, plan->sha1 ? EVP_sha1 () : EVP_sha256 ()), >, 0);
  return cert;
}

static TrustPair
pair (const TrustPki *pki, const TrustPair *issuer, EVP_PKEY *key, const Plan *plan)
{
  TrustPair made = { key, NULL };
  TrustPair self = { key, NULL };

  made.cert = issue (pki, issuer != NULL ? issuer : &self, key, plan);
  return made;
}

static void
write_bio (BIO *bio, const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  char *data = NULL;
  long length = BIO_get_mem_data (bio, &data);

  g_assert_true (sohoa_file_write (path, data, (gsize) length, 0600, NULL));
  BIO_free (bio);
}

static void
write_cert (const char *folder, const char *name, X509 *cert)
{
  BIO *bio = BIO_new (BIO_s_mem ());

  PEM_write_bio_X509 (bio, cert);
  write_bio (bio, folder, name);
}

static void
write_signer (const TrustPki *pki, const char *folder, const char *name, EVP_PKEY *key, X509 *cert, gboolean bare)
{
  STACK_OF (X509) *chain = sk_X509_new_null ();
  g_autofree char *file = g_strconcat (name, ".p12", NULL);
  BIO *bio = BIO_new (BIO_s_mem ());
  PKCS12 *p12;

  if (!bare) {
    sk_X509_push (chain, pki->sub.cert);
    sk_X509_push (chain, pki->root.cert);
  }
  p12 = PKCS12_create ("", name, key, cert, chain, 0, 0, KEY_ROUNDS, KEY_ROUNDS, 0);
  g_assert_nonnull (p12);
  i2d_PKCS12_bio (bio, p12);
  write_bio (bio, folder, file);
  PKCS12_free (p12);
  sk_X509_free (chain);
}

static EVP_PKEY *
pss_key (void)
{
  EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name (NULL, "RSA-PSS", NULL);
  EVP_PKEY *key = NULL;

  g_assert_cmpint (EVP_PKEY_keygen_init (ctx), ==, 1);
  g_assert_cmpint (EVP_PKEY_CTX_set_rsa_keygen_bits (ctx, 2048), ==, 1);
  g_assert_cmpint (EVP_PKEY_generate (ctx, &key), ==, 1);
  EVP_PKEY_CTX_free (ctx);
  return key;
}

/* The signers share one RSA key where the key does not matter: making keys is slow. */
static void
make_signers (TrustPki *pki, const char *folder)
{
  EVP_PKEY *rsa = EVP_RSA_gen (2048), *ec256 = EVP_EC_gen ("P-256"), *ec384 = EVP_EC_gen ("P-384"), *pss = pss_key (),
           *weak = EVP_RSA_gen (1024);
  const struct {
    const char *file;
    EVP_PKEY   *key;
    Plan        plan;
    gboolean    bare;
  } rows[] = {
    { "agency", rsa, { .name = "VĂN THƯ (THỬ NGHIỆM)" }, FALSE },
    { "bare", rsa, { .name = "Chỉ có chứng thư của mình (THỬ NGHIỆM)" }, TRUE },
    { "ec256", ec256, { .name = "EC P-256 (THỬ NGHIỆM)" }, FALSE },
    { "ec384", ec384, { .name = "EC P-384 (THỬ NGHIỆM)" }, FALSE },
    { "pss", pss, { .name = "RSA-PSS (THỬ NGHIỆM)" }, FALSE },
    { "crl-only", rsa, { .name = "Chỉ có CRL (THỬ NGHIỆM)", .no_ocsp = TRUE }, FALSE },
    { "revoked", rsa, { .name = "Đã thu hồi (THỬ NGHIỆM)" }, FALSE },
    { "sha1", rsa, { .name = "SHA-1 (THỬ NGHIỆM)", .sha1 = TRUE }, FALSE },
    { "expired", rsa, { .name = "Hết hạn (THỬ NGHIỆM)", .from_days = -400, .to_days = -1 }, FALSE },
    { "future", rsa, { .name = "Chưa có hiệu lực (THỬ NGHIỆM)", .from_days = 10 }, FALSE },
    { "usage", rsa, { .name = "Sai mục đích (THỬ NGHIỆM)", .usage = "critical,keyEncipherment" }, FALSE },
    { "weak", weak, { .name = "Khóa ngắn (THỬ NGHIỆM)" }, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    X509 *cert = issue (pki, &pki->sub, rows[i].key, &rows[i].plan);

    write_signer (pki, folder, rows[i].file, rows[i].key, cert, rows[i].bare);
    if (g_str_equal (rows[i].file, "revoked"))
      pki->revoked = cert;
    else
      X509_free (cert);
  }
  EVP_PKEY_free (rsa);
  EVP_PKEY_free (ec256);
  EVP_PKEY_free (ec384);
  EVP_PKEY_free (pss);
  EVP_PKEY_free (weak);
}

/* With SOHOA_TEST_EC small keys: a file at B-LTA of at most 60 KB for the test of every byte. */
static EVP_PKEY *
authority_key (void)
{
  return g_getenv ("SOHOA_TEST_EC") != NULL ? EVP_EC_gen ("P-256") : EVP_RSA_gen (2048);
}

void
trust_pki_make (TrustPki *self, const char *folder, guint port)
{
  static const Plan root = { .name = "Root (THỬ NGHIỆM)", .ca = TRUE, .to_days = 7300 };
  static const Plan sub = { .name = "Sub-CA (THỬ NGHIỆM)", .ca = TRUE, .to_days = 3650 };
  static const Plan ocsp = { .name = "OCSP (THỬ NGHIỆM)", .usage = "critical,digitalSignature",
                             .extended = "OCSPSigning", .nocheck = TRUE, .no_services = TRUE };
  static const Plan tsa = { .name = "TSA (THỬ NGHIỆM)", .usage = "critical,digitalSignature",
                            .extended = "critical,timeStamping" };
  static const Plan tsa_old = { .name = "TSA hết hạn (THỬ NGHIỆM)", .usage = "critical,digitalSignature",
                                .extended = "critical,timeStamping", .from_days = -400, .to_days = -2 };
  static const Plan tsa_short = { .name = "TSA sắp hết hạn (THỬ NGHIỆM)", .usage = "critical,digitalSignature",
                                  .extended = "critical,timeStamping", .to_days = 20 };
  static const Plan tsa_usage = { .name = "Không phải TSA (THỬ NGHIỆM)" };

  *self = (TrustPki) { .port = port, .revoked_s = g_get_real_time () / G_USEC_PER_SEC - REVOKED_AGO_S };
  self->root = pair (self, NULL, authority_key (), &root);
  self->sub = pair (self, &self->root, authority_key (), &sub);
  self->ocsp = pair (self, &self->sub, EVP_EC_gen ("P-256"), &ocsp);
  self->tsa = pair (self, &self->sub, authority_key (), &tsa);
  self->tsa_old = pair (self, &self->sub, EVP_EC_gen ("P-256"), &tsa_old);
  self->tsa_short = pair (self, &self->sub, EVP_EC_gen ("P-256"), &tsa_short);
  self->tsa_usage = pair (self, &self->sub, EVP_EC_gen ("P-256"), &tsa_usage);
  write_cert (folder, "root.pem", self->root.cert);
  write_cert (folder, "sub.pem", self->sub.cert);
  make_signers (self, folder);
}

void
trust_pki_clear (TrustPki *self)
{
  TrustPair *pairs[] = { &self->root, &self->sub, &self->ocsp, &self->tsa, &self->tsa_old, &self->tsa_short,
                         &self->tsa_usage };

  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++) {
    EVP_PKEY_free (pairs[i]->key);
    X509_free (pairs[i]->cert);
  }
  X509_free (self->revoked);
}

GBytes *
trust_pki_der (X509 *cert)
{
  guint8 *der = NULL;
  int length = i2d_X509 (cert, &der);
  GBytes *bytes = g_bytes_new (der, (gsize) length);

  OPENSSL_free (der);
  return bytes;
}

GBytes *
trust_pki_crl (const TrustPki *self, const TrustPair *issuer, int days)
{
  X509_CRL *crl = X509_CRL_new ();
  ASN1_TIME *from = X509_time_adj_ex (NULL, MIN (days, 0) - 1, 0, NULL), *to = X509_time_adj_ex (NULL, days, 0, NULL);
  guint8 *der = NULL;
  GBytes *bytes;
  int length;

  X509_CRL_set_version (crl, 1);
  X509_CRL_set_issuer_name (crl, X509_get_subject_name (issuer->cert));
  X509_CRL_set1_lastUpdate (crl, from);
  X509_CRL_set1_nextUpdate (crl, to);
  if (issuer == &self->sub && self->revoked != NULL) {
    X509_REVOKED *entry = X509_REVOKED_new ();
    ASN1_TIME *when = ASN1_TIME_set (NULL, self->revoked_s);

    X509_REVOKED_set_serialNumber (entry, X509_get_serialNumber (self->revoked));
    X509_REVOKED_set_revocationDate (entry, when);
    X509_CRL_add0_revoked (crl, entry);
    ASN1_TIME_free (when);
  }
  X509_CRL_sort (crl);
  g_assert_cmpint (X509_CRL_sign (crl, issuer->key, EVP_sha256 ()), >, 0);
  length = i2d_X509_CRL (crl, &der);
  bytes = g_bytes_new (der, (gsize) length);
  OPENSSL_free (der);
  ASN1_TIME_free (from);
  ASN1_TIME_free (to);
  X509_CRL_free (crl);
  return bytes;
}
