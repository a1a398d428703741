/* The PKCS#12 backend. The file may be hostile: key derivation counts are added up before any of
 * them is run, because each may ask for 2^31 rounds. */
#include <openssl/err.h>
#include <openssl/provider.h>
#include <openssl/rsa.h>
#include <string.h>

#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-passphrase.h"
#include "sohoa-sign-private.h"
#include "sohoa-signer.h"
#include "sohoa-time.h"

#define MAX_SAFES 16
#define MAX_BAGS 64

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PKCS12, PKCS12_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PBEPARAM, PBEPARAM_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PBE2PARAM, PBE2PARAM_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PBKDF2PARAM, PBKDF2PARAM_free)

typedef STACK_OF (PKCS7) SafeStack;
typedef STACK_OF (PKCS12_SAFEBAG) BagStack;

static void
safe_stack_free (SafeStack *stack)
{
  sk_PKCS7_pop_free (stack, PKCS7_free);
}

static void
bag_stack_free (BagStack *stack)
{
  sk_PKCS12_SAFEBAG_pop_free (stack, PKCS12_SAFEBAG_free);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SafeStack, safe_stack_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BagStack, bag_stack_free)

/* ---- limits ---- */

static gboolean
fail_format (GError **error, const char *why)
{
  ERR_clear_error ();
  g_set_error (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_FORMAT,
               "key file: %s: export it again as PKCS#12 (.p12, .pfx)", why);
  return FALSE;
}

static gboolean
add_count (const ASN1_INTEGER *count, guint64 *total)
{
  guint64 value = 1;

  if (count != NULL && ASN1_INTEGER_get_uint64 (&value, count) != 1)
    return FALSE;
  if (value > SOHOA_P12_MAX_ITERATIONS)
    return FALSE;
  *total += value;
  return *total <= SOHOA_P12_MAX_ITERATIONS;
}

static const ASN1_STRING *
sequence_of (const ASN1_TYPE *type)
{
  return type != NULL && type->type == V_ASN1_SEQUENCE ? type->value.sequence : NULL;
}

/* Adds the rounds that decrypting with @algorithm would cost; FALSE: too many, or of an unknown kind. */
static gboolean
add_rounds (const X509_ALGOR *algorithm, guint64 *total)
{
  const ASN1_OBJECT *object = NULL;
  const void *value = NULL;
  int type = 0;
  const ASN1_STRING *sequence;

  X509_ALGOR_get0 (&object, &type, &value, algorithm);
  if (type != V_ASN1_SEQUENCE)
    return FALSE;
  sequence = value;
  if (OBJ_obj2nid (object) == NID_pbes2) {
    g_autoptr (PBE2PARAM) outer = ASN1_item_unpack (sequence, ASN1_ITEM_rptr (PBE2PARAM));
    g_autoptr (PBKDF2PARAM) inner = NULL;
    const ASN1_STRING *kdf;

    if (outer == NULL || outer->keyfunc == NULL || OBJ_obj2nid (outer->keyfunc->algorithm) != NID_id_pbkdf2)
      return FALSE;
    kdf = sequence_of (outer->keyfunc->parameter);
    inner = kdf != NULL ? ASN1_item_unpack (kdf, ASN1_ITEM_rptr (PBKDF2PARAM)) : NULL;
    return inner != NULL && add_count (inner->iter, total);
  } else {
    g_autoptr (PBEPARAM) old = ASN1_item_unpack (sequence, ASN1_ITEM_rptr (PBEPARAM));

    return old != NULL && add_count (old->iter, total);
  }
}

static gboolean
check_bags (BagStack *bags, guint64 *total, guint *certificates)
{
  if (sk_PKCS12_SAFEBAG_num (bags) > MAX_BAGS)
    return FALSE;
  for (int i = 0; i < sk_PKCS12_SAFEBAG_num (bags); i++) {
    const PKCS12_SAFEBAG *bag = sk_PKCS12_SAFEBAG_value (bags, i);

    switch (PKCS12_SAFEBAG_get_nid (bag)) {
    case NID_pkcs8ShroudedKeyBag: {
      const X509_ALGOR *algorithm = NULL;
      const X509_SIG *pkcs8 = PKCS12_SAFEBAG_get0_pkcs8 (bag);

      if (pkcs8 == NULL)
        return FALSE;
      X509_SIG_get0 (pkcs8, &algorithm, NULL);
      if (!add_rounds (algorithm, total))
        return FALSE;
      break;
    }
    case NID_certBag:
      (*certificates)++;
      break;
    case NID_safeContentsBag: /* bags in bags: nobody makes them */
      return FALSE;
    default:
      break;
    }
  }
  return *certificates <= SOHOA_P12_MAX_CERTIFICATES;
}

/* One safe of the file. @readable: FALSE when it cannot be opened with this passphrase. */
static gboolean
check_safe (PKCS7 *safe, const char *passphrase, guint64 *total, guint *certificates)
{
  g_autoptr (BagStack) bags = NULL;

  if (PKCS7_type_is_data (safe)) {
    bags = PKCS12_unpack_p7data (safe);
  } else if (PKCS7_type_is_encrypted (safe)) {
    if (safe->d.encrypted == NULL || safe->d.encrypted->enc_data == NULL
        || !add_rounds (safe->d.encrypted->enc_data->algorithm, total))
      return FALSE;
    bags = PKCS12_unpack_p7encdata (safe, passphrase, (int) strlen (passphrase));
    if (bags == NULL && *passphrase == '\0')
      bags = PKCS12_unpack_p7encdata (safe, NULL, 0);
  } else {
    return FALSE; /* encrypted to a public key */
  }
  return bags != NULL && check_bags (bags, total, certificates);
}

static gboolean
check_contents (PKCS12 *p12, const char *passphrase, guint64 rounds, GError **error)
{
  g_autoptr (SafeStack) safes = PKCS12_unpack_authsafes (p12);
  guint certificates = 0;

  if (safes == NULL || sk_PKCS7_num (safes) > MAX_SAFES)
    return fail_format (error, "it holds no list of safes, or too many");
  for (int i = 0; i < sk_PKCS7_num (safes); i++) {
    if (!check_safe (sk_PKCS7_value (safes, i), passphrase, &rounds, &certificates))
      return fail_format (error, "it is damaged, too costly to open, or uses an unknown cipher");
  }
  return TRUE;
}

/* Old files are ciphered with RC2-40, which only the legacy provider knows; it serves nothing else
 * in this process. Never freed: keys live in it. */
static OSSL_LIB_CTX *
p12_context (void)
{
  static gsize once = 0;
  static OSSL_LIB_CTX *context = NULL;

  if (g_once_init_enter (&once)) {
    context = OSSL_LIB_CTX_new ();
    (void) OSSL_PROVIDER_load (context, "default");
    (void) OSSL_PROVIDER_load (context, "legacy");
    ERR_clear_error ();
    g_once_init_leave (&once, 1);
  }
  return context;
}

static PKCS12 *
p12_decode (GBytes *bytes, GError **error)
{
  gsize length;
  const guint8 *data = g_bytes_get_data (bytes, &length);
  const ASN1_INTEGER *iterations = NULL;
  PKCS12 *p12 = PKCS12_init_ex (NID_pkcs7_data, p12_context (), NULL);
  guint64 rounds = 0;

  if (p12 == NULL || d2i_PKCS12 (&p12, &data, (long) length) == NULL) {
    fail_format (error, "it is not PKCS#12");
    return NULL;
  }
  if (!PKCS12_mac_present (p12)) {
    PKCS12_free (p12);
    fail_format (error, "it has no integrity check");
    return NULL;
  }
  PKCS12_get0_mac (NULL, NULL, NULL, &iterations, p12);
  if (!add_count (iterations, &rounds)) {
    PKCS12_free (p12);
    fail_format (error, "it asks for too much work before it opens");
    return NULL;
  }
  return p12;
}

static gboolean
p12_unlock (PKCS12 *p12, const char *passphrase, GError **error)
{
  if (PKCS12_verify_mac (p12, passphrase, -1) == 1 || (*passphrase == '\0' && PKCS12_verify_mac (p12, NULL, 0) == 1))
    return TRUE;
  ERR_clear_error ();
  g_set_error (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_PIN,
               "key file: the passphrase is wrong: give the right one with --pin-fd");
  return FALSE;
}

/* ---- the backend ---- */

static GBytes *
p12_sign_attributes (gpointer key, const guint8 *der, gsize length, GError **error)
{
  g_autoptr (EVP_MD_CTX) ctx = EVP_MD_CTX_new ();
  EVP_PKEY_CTX *key_ctx = NULL; /* of ctx */
  g_autofree guint8 *signature = NULL;
  gsize room = 0;

  if (EVP_DigestSignInit_ex (ctx, &key_ctx, "SHA256", p12_context (), NULL, key, NULL) == 1
      && (EVP_PKEY_get_base_id (key) != EVP_PKEY_RSA_PSS
          || EVP_PKEY_CTX_set_rsa_pss_saltlen (key_ctx, SOHOA_SHA256_BYTES) == 1)
      && EVP_DigestSign (ctx, NULL, &room, der, length) == 1) {
    signature = g_malloc (room);
    if (EVP_DigestSign (ctx, signature, &room, der, length) == 1)
      return g_bytes_new_take (g_steal_pointer (&signature), room);
  }
  ERR_clear_error ();
  g_set_error (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_FORMAT,
               "key: it cannot make an SHA-256 signature: use an RSA or ECDSA key");
  return NULL;
}

static void
p12_free_key (gpointer key)
{
  EVP_PKEY_free (key); /* clears the numbers */
}

static const SohoaSignerBackend p12_backend = {
  .name = "p12",
  .sign_attributes = p12_sign_attributes,
  .free = p12_free_key,
};

static gboolean
key_fits (EVP_PKEY *key, X509 *cert)
{
  EVP_PKEY *public_key = X509_get0_pubkey (cert);
  gboolean fits = public_key != NULL && EVP_PKEY_eq (public_key, key) == 1;

  ERR_clear_error ();
  return fits;
}

/* Certificates as DER, the one of @key first. Some makers forget the link between key and
 * certificate, so the key itself decides. NULL: none fits. */
static GPtrArray *
sort_certificates (EVP_PKEY *key, X509 *linked, SohoaX509Stack *others)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  X509 *own = linked != NULL && key_fits (key, linked) ? linked : NULL;

  for (int i = 0; own == NULL && i < sk_X509_num (others); i++) {
    if (key_fits (key, sk_X509_value (others, i)))
      own = sk_X509_value (others, i);
  }
  if (own == NULL)
    return NULL;
  g_ptr_array_add (list, sohoa_x509_to_der (own));
  for (int i = 0; i < sk_X509_num (others); i++) {
    if (sk_X509_value (others, i) != own)
      g_ptr_array_add (list, sohoa_x509_to_der (sk_X509_value (others, i)));
  }
  return g_steal_pointer (&list);
}

static gboolean
fail_missing (GError **error, gboolean has_key, gboolean has_certificate)
{
  ERR_clear_error ();
  if (has_key && has_certificate)
    g_set_error (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_KEY_MISMATCH,
                 "key file: key and certificate do not belong together: export the pair again");
  else
    g_set_error (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_NO_KEY,
                 "key file: there is no %s in it: export key and certificate together",
                 has_key ? "certificate" : "key");
  return FALSE;
}

static SohoaSigner *
p12_open (PKCS12 *p12, const char *passphrase, GError **error)
{
  g_autoptr (EVP_PKEY) key = NULL;
  g_autoptr (X509) cert = NULL;
  g_autoptr (SohoaX509Stack) others = NULL;
  g_autoptr (GPtrArray) list = NULL;
  gboolean has_certificate;

  /* with a key PKCS12_parse() matches it; a pair that does not fit leaves cert NULL */
  if (PKCS12_parse (p12, passphrase, &key, &cert, &others) != 1) {
    fail_format (error, "it is damaged or uses an unknown cipher");
    return NULL;
  }
  has_certificate = cert != NULL || sk_X509_num (others) > 0;
  if (key == NULL || !has_certificate) {
    fail_missing (error, key != NULL, has_certificate);
    return NULL;
  }
  list = sort_certificates (key, cert, others);
  if (list == NULL) {
    fail_missing (error, TRUE, TRUE);
    return NULL;
  }
  return sohoa_signer_new (&p12_backend, g_steal_pointer (&key), list, error);
}

SohoaSigner *
sohoa_signer_new_p12 (const char *path, int passphrase_fd, GError **error)
{
  g_autoptr (SohoaPassphrase) passphrase = sohoa_passphrase_new ();
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (PKCS12) p12 = NULL;
  g_autoptr (SohoaSigner) self = NULL;
  g_autoptr (GError) local = NULL;
  const ASN1_INTEGER *iterations = NULL;

  bytes = sohoa_file_read (path, SOHOA_P12_MAX_BYTES, &local);
  if (bytes == NULL) {
    if (g_error_matches (local, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_TOO_LARGE))
      fail_format (error, "it is larger than 1 MiB");
    else
      g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_NOT_FOUND, "key file: %s", local->message);
    return NULL;
  }
  if (passphrase_fd >= 0 && !sohoa_passphrase_read (passphrase, passphrase_fd, error))
    return NULL;
  p12 = p12_decode (bytes, error);
  if (p12 == NULL || !p12_unlock (p12, passphrase, error))
    return NULL;
  PKCS12_get0_mac (NULL, NULL, NULL, &iterations, p12);
  if (!check_contents (p12, passphrase, iterations != NULL ? (guint64) ASN1_INTEGER_get (iterations) : 1, error))
    return NULL;
  self = p12_open (p12, passphrase, error);
  if (self == NULL || !sohoa_signer_check_time (self, sohoa_time_now_us (), error))
    return NULL;
  return g_steal_pointer (&self);
}
