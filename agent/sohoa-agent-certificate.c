#include "sohoa-agent-certificate.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <string.h>

#define NAME "Sohoa agent (this machine)"
#define VALID_DAYS 730
#define RENEW_DAYS 30
#define DAY_S (24 * 60 * 60)
#define SERIAL_BITS 127
#define PEM_MAX_BYTES 65536u

/* ---- making ---- */

static gboolean
add_extension (X509 *cert, int nid, const char *value)
{
  X509V3_CTX ctx;
  X509_EXTENSION *extension;
  gboolean ok;

  X509V3_set_ctx_nodb (&ctx);
  X509V3_set_ctx (&ctx, cert, cert, NULL, NULL, 0);
  extension = X509V3_EXT_conf_nid (NULL, &ctx, nid, value);
  ok = extension != NULL && X509_add_ext (cert, extension, -1) == 1;
  X509_EXTENSION_free (extension);
  return ok;
}

static gboolean
set_serial (X509 *cert)
{
  BIGNUM *serial = BN_new ();
  gboolean ok = serial != NULL && BN_rand (serial, SERIAL_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1
                && BN_to_ASN1_INTEGER (serial, X509_get_serialNumber (cert)) != NULL;

  BN_free (serial);
  return ok;
}

/* A server's certificate for this machine alone: no authority, no other name. */
static X509 *
make_certificate (EVP_PKEY *key)
{
  X509 *cert = X509_new ();
  X509_NAME *name = cert != NULL ? X509_get_subject_name (cert) : NULL;
  gboolean ok
    = name != NULL && X509_set_version (cert, X509_VERSION_3) == 1 && set_serial (cert)
      && X509_gmtime_adj (X509_getm_notBefore (cert), -DAY_S) != NULL
      && X509_gmtime_adj (X509_getm_notAfter (cert), (long) VALID_DAYS * DAY_S) != NULL
      && X509_NAME_add_entry_by_txt (name, "CN", MBSTRING_UTF8, (const guchar *) NAME, -1, -1, 0) == 1
      && X509_set_issuer_name (cert, name) == 1 && X509_set_pubkey (cert, key) == 1
      && add_extension (cert, NID_basic_constraints, "critical,CA:FALSE")
      && add_extension (cert, NID_key_usage, "critical,digitalSignature") && add_extension (cert, NID_ext_key_usage, "serverAuth")
      && add_extension (cert, NID_subject_alt_name, "IP:127.0.0.1,IP:::1,DNS:localhost") && X509_sign (cert, key, EVP_sha256 ()) > 0;

  if (ok)
    return cert;
  X509_free (cert);
  return NULL;
}

static gboolean
write_bio (BIO *bio, const char *folder, const char *name, int mode, GError **error)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  char *data;
  long length = BIO_get_mem_data (bio, &data);

  return sohoa_file_write (path, data, length, mode, error);
}

static gboolean
write_both (const char *folder, X509 *cert, EVP_PKEY *key, GError **error)
{
  BIO *cert_bio = BIO_new (BIO_s_mem ()), *key_bio = BIO_new (BIO_s_secmem ());
  gboolean ok = cert_bio != NULL && key_bio != NULL && PEM_write_bio_X509 (cert_bio, cert) == 1
                && PEM_write_bio_PrivateKey (key_bio, key, NULL, NULL, 0, NULL, NULL) == 1;

  if (!ok)
    g_set_error_literal (error, SOHOA_ERROR, SOHOA_ERROR_INTERNAL, "certificate: cannot be written: report this");
  ok = ok && write_bio (key_bio, folder, SOHOA_AGENT_KEY_FILE, 0600, error)
       && write_bio (cert_bio, folder, SOHOA_AGENT_CERTIFICATE_FILE, 0644, error);
  BIO_free (cert_bio);
  BIO_free (key_bio);
  return ok;
}

/* ---- what is there ---- */

static X509 *
read_certificate (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, SOHOA_AGENT_CERTIFICATE_FILE, NULL);
  g_autoptr(GBytes) pem = sohoa_file_read (path, PEM_MAX_BYTES, NULL);
  BIO *bio = pem != NULL ? BIO_new_mem_buf (g_bytes_get_data (pem, NULL), (int) g_bytes_get_size (pem)) : NULL;
  X509 *cert = bio != NULL ? PEM_read_bio_X509 (bio, NULL, NULL, NULL) : NULL;

  BIO_free (bio);
  ERR_clear_error ();
  return cert;
}

static gboolean
is_good (const char *folder)
{
  g_autofree char *key = g_build_filename (folder, SOHOA_AGENT_KEY_FILE, NULL);
  X509 *cert = read_certificate (folder);
  time_t soon = time (NULL) + RENEW_DAYS * DAY_S;
  gboolean good = cert != NULL && X509_cmp_time (X509_get0_notAfter (cert), &soon) > 0 && g_file_test (key, G_FILE_TEST_IS_REGULAR);

  X509_free (cert);
  return good;
}

char *
sohoa_agent_certificate_dup_end (const char *folder)
{
  X509 *cert = read_certificate (folder);
  struct tm tm;
  char *day = NULL;

  if (cert != NULL && ASN1_TIME_to_tm (X509_get0_notAfter (cert), &tm) == 1)
    day = g_strdup_printf ("%04d-%02d-%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
  X509_free (cert);
  return day != NULL ? day : g_strdup ("");
}

gboolean
sohoa_agent_certificate_make (const char *folder, gboolean anew, gboolean *made_out, GError **error)
{
  EVP_PKEY *key;
  X509 *cert;
  gboolean ok;

  if (made_out != NULL)
    *made_out = FALSE;
  if (!anew && is_good (folder))
    return TRUE;
  if (!sohoa_folder_make (folder, 0700, error))
    return FALSE;
  key = EVP_EC_gen ("P-256");
  cert = key != NULL ? make_certificate (key) : NULL;
  if (cert == NULL)
    g_set_error_literal (error, SOHOA_ERROR, SOHOA_ERROR_INTERNAL, "certificate: cannot be made: report this");
  ok = cert != NULL && write_both (folder, cert, key, error);
  if (made_out != NULL)
    *made_out = ok;
  X509_free (cert);
  EVP_PKEY_free (key);
  return ok;
}

/* ---- browsers ---- */

static gboolean
certutil (const char *const *argv)
{
  g_autoptr(GSubprocess) process
    = g_subprocess_newv (argv, G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, NULL);

  return process != NULL && g_subprocess_wait_check (process, NULL, NULL);
}

static gboolean
trust_in (const char *program, const char *store, const char *certificate)
{
  g_autofree char *database = g_strconcat ("sql:", store, NULL);
  const char *remove[] = { program, "-D", "-d", database, "-n", NAME, NULL };
  const char *add[] = { program, "-A", "-d", database, "-n", NAME, "-t", "P,,", "-i", certificate, NULL };

  (void) certutil (remove); /* fails when there is none */
  return certutil (add);
}

/* The browsers' stores of this user; ~/.pki/nssdb first. (element-type utf8) g_ptr_array_unref. */
static GPtrArray *
list_stores (const char *program)
{
  static const char *const firefox[] = { ".mozilla/firefox", "snap/firefox/common/.mozilla/firefox" };
  GPtrArray *stores = g_ptr_array_new_with_free_func (g_free);
  char *shared = g_build_filename (g_get_home_dir (), ".pki", "nssdb", NULL);
  g_autofree char *database = g_strconcat ("sql:", shared, NULL);
  const char *make[] = { program, "-N", "--empty-password", "-d", database, NULL };

  g_ptr_array_add (stores, shared);
  if (!g_file_test (shared, G_FILE_TEST_IS_DIR) && sohoa_folder_make (shared, 0700, NULL))
    (void) certutil (make);
  for (guint i = 0; i < G_N_ELEMENTS (firefox); i++) {
    g_autofree char *folder = g_build_filename (g_get_home_dir (), firefox[i], NULL);
    g_autoptr(GDir) dir = g_dir_open (folder, 0, NULL);

    for (const char *name = dir != NULL ? g_dir_read_name (dir) : NULL; name != NULL; name = g_dir_read_name (dir)) {
      g_autofree char *database_file = g_build_filename (folder, name, "cert9.db", NULL);

      if (g_file_test (database_file, G_FILE_TEST_IS_REGULAR))
        g_ptr_array_add (stores, g_build_filename (folder, name, NULL));
    }
  }
  return stores;
}

gboolean
sohoa_agent_certificate_trust (const char *folder, char **report_out, GError **error)
{
  g_autofree char *program = g_find_program_in_path ("certutil");
  g_autofree char *certificate = g_build_filename (folder, SOHOA_AGENT_CERTIFICATE_FILE, NULL);
  g_autoptr(GPtrArray) stores = NULL;
  g_autoptr(GString) report = g_string_new (NULL);
  gboolean all = TRUE;

  if (program == NULL) {
    g_set_error_literal (error, SOHOA_ERROR, SOHOA_ERROR_UNAVAILABLE, "certutil: not installed: install libnss3-tools");
    return FALSE;
  }
  stores = list_stores (program);
  for (guint i = 0; i < stores->len; i++) {
    gboolean ok = trust_in (program, g_ptr_array_index (stores, i), certificate);

    g_string_append_printf (report, "%s: %s\n", (char *) g_ptr_array_index (stores, i), ok ? "trusted" : "could not be changed: close the browser");
    all = all && ok;
  }
  *report_out = g_strdup (report->str);
  if (!all)
    g_set_error_literal (error, SOHOA_ERROR, SOHOA_ERROR_UNAVAILABLE, "not every browser could be told: close them and try again");
  return all;
}
