/* A throw-away certificate authority for tests and the quickstart: nobody trusts it, and its names say
 * so. Makes in a folder, keeping what is already there:
 *
 *   test-ca.pem, test-ca.key  the root (the key with mode 0600)
 *   signer.p12                RSA 2048, empty passphrase
 *   signer-ec.p12             ECDSA P-256, empty passphrase
 *   signer-pin.p12            RSA 2048, passphrase in signer-pin.txt
 *   expired.p12               RSA 2048, empty passphrase, ended yesterday
 *
 * usage: sohoa-test-authority FOLDER */
#include <glib/gstdio.h>
#include <locale.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <string.h>

#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-sign-private.h"

#define RSA_BITS 2048
#define KEY_ROUNDS 10000
#define SERIAL_BITS 63
#define CA_DAYS 3650
#define SIGNER_DAYS 1825
#define DAY_S (24 * 3600)
#define PEM_MAX_BYTES (64u * 1024)
#define CA_NAME "Sohoa Test CA (THỬ NGHIỆM)"
#define SIGNER_NAME "VĂN THƯ (THỬ NGHIỆM)"
#define SIGNER_ORGANISATION "CƠ QUAN THỬ NGHIỆM"

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PKCS12, PKCS12_free)

typedef struct {
  EVP_PKEY *key;  /* (owned) */
  X509     *cert; /* (owned) */
} Authority;

typedef struct {
  const char *file;
  gboolean    elliptic;
  gboolean    expired;
  const char *pin_file; /* (nullable) empty passphrase without it */
} SignerKind;

static const SignerKind signer_kinds[] = {
  { "signer.p12", FALSE, FALSE, NULL },
  { "signer-ec.p12", TRUE, FALSE, NULL },
  { "signer-pin.p12", FALSE, FALSE, "signer-pin.txt" },
  { "expired.p12", FALSE, TRUE, NULL },
};

static gboolean
fail_openssl (GError **error, const char *what)
{
  g_autofree char *why = sohoa_openssl_reason ();

  g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INTERNAL, "%s: %s", what, why);
  return FALSE;
}

static EVP_PKEY *
make_key (gboolean elliptic)
{
  return elliptic ? EVP_EC_gen ("P-256") : EVP_RSA_gen (RSA_BITS);
}

static gboolean
add_name (X509_NAME *name, const char *field, const char *value)
{
  return X509_NAME_add_entry_by_txt (name, field, MBSTRING_UTF8, (const guint8 *) value, -1, -1, 0) == 1;
}

static gboolean
add_extension (X509 *cert, X509 *issuer, int nid, const char *value)
{
  X509V3_CTX ctx;
  X509_EXTENSION *extension;
  gboolean added;

  X509V3_set_ctx (&ctx, issuer, cert, NULL, NULL, 0);
  extension = X509V3_EXT_conf_nid (NULL, &ctx, nid, value);
  added = extension != NULL && X509_add_ext (cert, extension, -1) == 1;
  X509_EXTENSION_free (extension);
  return added;
}

/* An unsigned certificate with serial, times, key and subject. */
static X509 *
draft_certificate (EVP_PKEY *key, const char *common_name, glong from_s, glong to_s)
{
  g_autoptr (X509) cert = X509_new ();
  BIGNUM *serial = BN_new ();
  X509_NAME *name = X509_get_subject_name (cert);
  gboolean made;

  made = BN_rand (serial, SERIAL_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1
         && BN_to_ASN1_INTEGER (serial, X509_get_serialNumber (cert)) != NULL && X509_set_version (cert, 2) == 1
         && X509_gmtime_adj (X509_getm_notBefore (cert), from_s) != NULL
         && X509_gmtime_adj (X509_getm_notAfter (cert), to_s) != NULL && X509_set_pubkey (cert, key) == 1
         && add_name (name, "C", "VN") && add_name (name, "O", SIGNER_ORGANISATION)
         && add_name (name, "CN", common_name);
  BN_free (serial);
  return made ? g_steal_pointer (&cert) : NULL;
}

static gboolean
make_root (Authority *ca)
{
  ca->key = make_key (FALSE);
  ca->cert = ca->key != NULL ? draft_certificate (ca->key, CA_NAME, -DAY_S, (glong) CA_DAYS * DAY_S) : NULL;
  return ca->cert != NULL && X509_set_issuer_name (ca->cert, X509_get_subject_name (ca->cert)) == 1
         && add_extension (ca->cert, ca->cert, NID_basic_constraints, "critical,CA:TRUE")
         && add_extension (ca->cert, ca->cert, NID_key_usage, "critical,keyCertSign,cRLSign")
         && add_extension (ca->cert, ca->cert, NID_subject_key_identifier, "hash")
         && X509_sign (ca->cert, ca->key, EVP_sha256 ()) > 0;
}

static X509 *
make_certificate (const Authority *ca, EVP_PKEY *key, gboolean expired)
{
  glong to_s = expired ? -DAY_S : (glong) SIGNER_DAYS * DAY_S;
  g_autoptr (X509) cert = draft_certificate (key, SIGNER_NAME, -(glong) 30 * DAY_S, to_s);

  if (cert != NULL && X509_set_issuer_name (cert, X509_get_subject_name (ca->cert)) == 1
      && add_extension (cert, ca->cert, NID_basic_constraints, "critical,CA:FALSE")
      && add_extension (cert, ca->cert, NID_key_usage, "critical,digitalSignature,nonRepudiation")
      && add_extension (cert, ca->cert, NID_subject_key_identifier, "hash")
      && add_extension (cert, ca->cert, NID_authority_key_identifier, "keyid:always")
      && X509_sign (cert, ca->key, EVP_sha256 ()) > 0)
    return g_steal_pointer (&cert);
  return NULL;
}

/* ---- files ---- */

static gboolean
write_bio (BIO *bio, const char *path, int mode, GError **error)
{
  char *data = NULL;
  long length = BIO_get_mem_data (bio, &data);

  return sohoa_file_write (path, data, (gsize) length, mode, error);
}

static gboolean
save_root (const Authority *ca, const char *cert_path, const char *key_path, GError **error)
{
  g_autoptr (BIO) cert = BIO_new (BIO_s_mem ());
  g_autoptr (BIO) key = BIO_new (BIO_s_mem ());

  if (PEM_write_bio_X509 (cert, ca->cert) != 1
      || PEM_write_bio_PKCS8PrivateKey (key, ca->key, NULL, NULL, 0, NULL, NULL) != 1)
    return fail_openssl (error, "test authority: cannot be written");
  return write_bio (key, key_path, 0600, error) && write_bio (cert, cert_path, 0644, error);
}

static gboolean
load_root (Authority *ca, const char *cert_path, const char *key_path, GError **error)
{
  g_autoptr (GBytes) cert_pem = sohoa_file_read (cert_path, PEM_MAX_BYTES, error);
  g_autoptr (GBytes) key_pem = cert_pem != NULL ? sohoa_file_read (key_path, PEM_MAX_BYTES, error) : NULL;
  g_autoptr (BIO) cert = NULL;
  g_autoptr (BIO) key = NULL;

  if (key_pem == NULL)
    return FALSE;
  cert = BIO_new_mem_buf (g_bytes_get_data (cert_pem, NULL), (int) g_bytes_get_size (cert_pem));
  key = BIO_new_mem_buf (g_bytes_get_data (key_pem, NULL), (int) g_bytes_get_size (key_pem));
  ca->cert = PEM_read_bio_X509 (cert, NULL, NULL, NULL);
  ca->key = PEM_read_bio_PrivateKey (key, NULL, NULL, NULL);
  if (ca->cert == NULL || ca->key == NULL)
    return fail_openssl (error, "test authority: test-ca.pem or test-ca.key is damaged: delete the folder");
  return TRUE;
}

static gboolean
open_root (Authority *ca, const char *folder, GError **error)
{
  g_autofree char *cert_path = g_build_filename (folder, "test-ca.pem", NULL);
  g_autofree char *key_path = g_build_filename (folder, "test-ca.key", NULL);

  if (g_file_test (cert_path, G_FILE_TEST_EXISTS) && g_file_test (key_path, G_FILE_TEST_EXISTS))
    return load_root (ca, cert_path, key_path, error);
  if (!make_root (ca))
    return fail_openssl (error, "test authority: the root cannot be made");
  return save_root (ca, cert_path, key_path, error);
}

/* "" or a new random passphrase, also written to its file. */
static char *
make_pin (const char *folder, const SignerKind *kind, GError **error)
{
  g_autofree char *path = NULL;
  g_autofree char *pin = NULL;
  guint8 random[8];

  if (kind->pin_file == NULL)
    return g_strdup ("");
  if (RAND_bytes (random, sizeof random) != 1) {
    fail_openssl (error, "test authority: no random numbers");
    return NULL;
  }
  pin = sohoa_bytes_sha256 (random, sizeof random);
  pin[12] = '\0';
  path = g_build_filename (folder, kind->pin_file, NULL);
  return sohoa_file_write (path, pin, strlen (pin), 0600, error) ? g_steal_pointer (&pin) : NULL;
}

static gboolean
make_signer (const Authority *ca, const char *folder, const SignerKind *kind, GError **error)
{
  g_autofree char *path = g_build_filename (folder, kind->file, NULL);
  g_autoptr (EVP_PKEY) key = NULL;
  g_autoptr (X509) cert = NULL;
  g_autoptr (PKCS12) p12 = NULL;
  g_autoptr (BIO) bio = BIO_new (BIO_s_mem ());
  g_autofree char *pin = NULL;
  SohoaX509Stack *chain;

  if (g_file_test (path, G_FILE_TEST_EXISTS))
    return TRUE;
  pin = make_pin (folder, kind, error);
  if (pin == NULL)
    return FALSE;
  key = make_key (kind->elliptic);
  cert = key != NULL ? make_certificate (ca, key, kind->expired) : NULL;
  chain = sk_X509_new_null ();
  sk_X509_push (chain, ca->cert);
  if (cert != NULL)
    p12 = PKCS12_create (pin, "signer", key, cert, chain, 0, 0, KEY_ROUNDS, KEY_ROUNDS, 0);
  sk_X509_free (chain);
  if (p12 == NULL || i2d_PKCS12_bio (bio, p12) != 1)
    return fail_openssl (error, kind->file);
  return write_bio (bio, path, 0600, error);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  Authority ca = { NULL, NULL };
  gboolean done;

  setlocale (LC_ALL, "");
  if (argc != 2 || argv[1][0] == '-') {
    g_printerr ("usage: sohoa-test-authority FOLDER\n");
    return SOHOA_EXIT_USAGE;
  }
  done = sohoa_folder_make (argv[1], 0700, &error) && open_root (&ca, argv[1], &error);
  for (guint i = 0; done && i < G_N_ELEMENTS (signer_kinds); i++)
    done = make_signer (&ca, argv[1], &signer_kinds[i], &error);
  EVP_PKEY_free (ca.key);
  X509_free (ca.cert);
  if (!done) {
    g_printerr ("sohoa-test-authority: %s\n", error->message);
    return SOHOA_EXIT_INTERNAL;
  }
  return SOHOA_EXIT_OK;
}
