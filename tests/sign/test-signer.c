/* Signing: who may sign, what the CMS is made of, and that other people's programs accept it. */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <openssl/cms.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sign-fixture.h"
#include "sohoa-cms-verify.h"
#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-placeholder.h"
#include "sohoa-signer.h"
#include "sohoa-time.h"

static const char content[] = "%PDF-1.7 một văn bản để ký, đủ dài cho hai khoảng";
static const SohoaRange whole[] = { { 0, sizeof content - 1 } };

static SohoaSigner *
open_signer (const char *name)
{
  g_autofree char *path = fixture_path (name);
  g_autoptr (GError) error = NULL;
  SohoaSigner *signer = sohoa_signer_new_p12 (path, -1, &error);

  g_assert_no_error (error);
  return signer;
}

static GBytes *
sign_content (const char *p12)
{
  g_autoptr (SohoaSigner) signer = open_signer (p12);
  g_autoptr (GError) error = NULL;
  SOHOA_AUTO_FD int fd = fixture_file (content, sizeof content - 1);
  GBytes *cms = sohoa_signer_sign (signer, fd, whole, 1, &error);

  g_assert_no_error (error);
  return cms;
}

static void
test_properties (void)
{
  g_autoptr (SohoaSigner) signer = open_signer ("signer.p12");
  g_autoptr (GError) error = NULL;
  gint64 now = sohoa_time_now_us ();

  g_assert_cmpstr (sohoa_signer_get_name (signer), ==, "VĂN THƯ (THỬ NGHIỆM)");
  g_assert_cmpstr (sohoa_signer_get_issuer_name (signer), ==, "Sohoa Test CA (THỬ NGHIỆM)");
  g_assert_cmpuint (strlen (sohoa_signer_get_sha256 (signer)), ==, 64);
  g_assert_cmpuint (sohoa_signer_get_chain (signer)->len, ==, 2);
  g_assert_cmpint (sohoa_signer_get_not_before (signer), <, now);
  g_assert_cmpint (sohoa_signer_get_not_after (signer), >, now + G_TIME_SPAN_DAY * 365);
  g_assert_true (sohoa_signer_check_time (signer, now, &error));
  g_assert_false (sohoa_signer_check_time (signer, now + G_TIME_SPAN_DAY * 3650, &error));
  g_assert_error (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_CERT_EXPIRED);
}

/* Exactly these three signed attributes, nothing unsigned, detached, two certificates. */
static void
test_attributes (gconstpointer p12)
{
  static const int wanted[] = { NID_pkcs9_contentType, NID_pkcs9_messageDigest, NID_id_smime_aa_signingCertificateV2 };
  g_autoptr (GBytes) der = sign_content (p12);
  const guint8 *data = g_bytes_get_data (der, NULL);
  CMS_ContentInfo *cms = d2i_CMS_ContentInfo (NULL, &data, (long) g_bytes_get_size (der));
  CMS_SignerInfo *info = sk_CMS_SignerInfo_value (CMS_get0_SignerInfos (cms), 0);
  STACK_OF (X509) *certs = CMS_get1_certs (cms);

  g_assert_true (CMS_is_detached (cms));
  g_assert_cmpint (CMS_signed_get_attr_count (info), ==, G_N_ELEMENTS (wanted));
  for (guint i = 0; i < G_N_ELEMENTS (wanted); i++)
    g_assert_cmpint (CMS_signed_get_attr_by_NID (info, wanted[i], -1), >=, 0);
  g_assert_cmpint (CMS_unsigned_get_attr_count (info), ==, -1);
  g_assert_cmpint (sk_X509_num (certs), ==, 2);
  sk_X509_pop_free (certs, X509_free);
  CMS_ContentInfo_free (cms);
}

/* The outside judge. */
static void
test_openssl_judges (gconstpointer p12)
{
  g_autoptr (GBytes) cms = sign_content (p12);
  g_autoptr (GBytes) right = g_bytes_new (content, sizeof content - 1);
  g_autofree char *changed = g_strdup (content);
  g_autoptr (GBytes) wrong = NULL;

  changed[20] ^= 1;
  wrong = g_bytes_new (changed, sizeof content - 1);
  fixture_write ("out.cms", cms);
  fixture_write ("right", right);
  fixture_write ("wrong", wrong);
  g_assert_true (fixture_run ("openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", "@out.cms",
                              "-content", "@right", "-CAfile", "@test-ca.pem", "-out", "/dev/null", NULL));
  g_assert_false (fixture_run ("openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", "@out.cms",
                               "-content", "@wrong", "-CAfile", "@test-ca.pem", "-out", "/dev/null", NULL));
}

static void
test_passphrase (void)
{
  static const struct {
    const char *before, *after;
    gboolean    opens;
  } rows[] = { { "", "", TRUE }, { "", "\n", TRUE }, { "", "\r\nnext line", TRUE }, { "x", "", FALSE },
               { "", "x", FALSE } };
  g_autofree char *path = fixture_path ("signer-pin.p12");
  g_autoptr (GBytes) pin = fixture_read ("signer-pin.txt");
  g_autofree char *word = g_strndup (g_bytes_get_data (pin, NULL), g_bytes_get_size (pin));

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *text = g_strconcat (rows[i].before, word, rows[i].after, NULL);
    g_autoptr (GError) error = NULL;
    SOHOA_AUTO_FD int fd = fixture_pipe (text);
    g_autoptr (SohoaSigner) signer = sohoa_signer_new_p12 (path, fd, &error);

    g_assert_cmpint (signer != NULL, ==, rows[i].opens);
    if (!rows[i].opens)
      g_assert_error (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_PIN);
    if (error != NULL)
      g_assert_null (strstr (error->message, word));
  }
}

/* ---- files that must be refused ---- */

static EVP_PKEY *row_key, *other_key;

static X509 *
make_certificate (EVP_PKEY *key, const char *usage)
{
  X509 *cert = X509_new ();
  X509V3_CTX ctx;
  X509_EXTENSION *extension;

  X509_set_version (cert, 2);
  ASN1_INTEGER_set (X509_get_serialNumber (cert), 7);
  X509_gmtime_adj (X509_getm_notBefore (cert), -3600);
  X509_gmtime_adj (X509_getm_notAfter (cert), 3600);
  X509_set_pubkey (cert, key);
  X509_NAME_add_entry_by_txt (X509_get_subject_name (cert), "CN", MBSTRING_UTF8, (const guint8 *) "row", -1, -1, 0);
  X509_set_issuer_name (cert, X509_get_subject_name (cert));
  X509V3_set_ctx (&ctx, cert, cert, NULL, NULL, 0);
  extension = X509V3_EXT_conf_nid (NULL, &ctx, NID_key_usage, usage);
  X509_add_ext (cert, extension, -1);
  X509_EXTENSION_free (extension);
  g_assert_cmpint (X509_sign (cert, key, EVP_sha256 ()), >, 0);
  return cert;
}

static void
write_p12 (const char *name, PKCS12 *p12)
{
  guint8 *der = NULL;
  int length = i2d_PKCS12 (p12, &der);
  g_autoptr (GBytes) bytes = NULL;

  g_assert_cmpint (length, >, 0);
  bytes = g_bytes_new (der, (gsize) length);
  fixture_write (name, bytes);
  OPENSSL_free (der);
  PKCS12_free (p12);
}

static void
make_costly (const char *name, gboolean in_mac)
{
  X509 *cert = make_certificate (row_key, "digitalSignature");
  PKCS12 *p12 = PKCS12_create ("", "row", row_key, cert, NULL, 0, 0, 2048, 1, 0);
  STACK_OF (PKCS7) *safes = PKCS12_unpack_authsafes (p12);

  if (in_mac) {
    const ASN1_INTEGER *count;

    PKCS12_set_mac (p12, "", 0, NULL, 0, 2048, EVP_sha256 ());
    PKCS12_get0_mac (NULL, NULL, NULL, &count, p12);
    ASN1_INTEGER_set ((ASN1_INTEGER *) count, 0x7fffffff);
  } else {
    X509_ALGOR *algorithm = sk_PKCS7_value (safes, 0)->d.encrypted->enc_data->algorithm;
    PBE2PARAM *outer = ASN1_item_unpack (algorithm->parameter->value.sequence, ASN1_ITEM_rptr (PBE2PARAM));
    PBKDF2PARAM *inner = ASN1_item_unpack (outer->keyfunc->parameter->value.sequence, ASN1_ITEM_rptr (PBKDF2PARAM));

    ASN1_INTEGER_set (inner->iter, 0x7fffffff);
    ASN1_item_pack (inner, ASN1_ITEM_rptr (PBKDF2PARAM), &outer->keyfunc->parameter->value.sequence);
    ASN1_item_pack (outer, ASN1_ITEM_rptr (PBE2PARAM), &algorithm->parameter->value.sequence);
    PKCS12_pack_authsafes (p12, safes);
    PKCS12_set_mac (p12, "", 0, NULL, 0, 2048, EVP_sha256 ());
    PBKDF2PARAM_free (inner);
    PBE2PARAM_free (outer);
  }
  sk_PKCS7_pop_free (safes, PKCS7_free);
  X509_free (cert);
  write_p12 (name, p12);
}

/* Key and certificate of different pairs: PKCS12_create() refuses to make it, so it is put together. */
static void
make_mismatch (const char *name)
{
  X509 *cert = make_certificate (row_key, "digitalSignature");
  STACK_OF (PKCS12_SAFEBAG) *bags = NULL;
  STACK_OF (PKCS7) *safes = NULL;
  PKCS12 *p12;

  PKCS12_add_cert (&bags, cert);
  PKCS12_add_key (&bags, other_key, 0, 2048, NID_aes_256_cbc, "");
  PKCS12_add_safe (&safes, bags, -1, 0, NULL);
  p12 = PKCS12_add_safes (safes, 0);
  PKCS12_set_mac (p12, "", 0, NULL, 0, 2048, EVP_sha256 ());
  sk_PKCS12_SAFEBAG_pop_free (bags, PKCS12_SAFEBAG_free);
  sk_PKCS7_pop_free (safes, PKCS7_free);
  X509_free (cert);
  write_p12 (name, p12);
}

static void
make_bad_files (void)
{
  g_autoptr (GBytes) good = fixture_read ("signer.p12");
  g_autoptr (GBytes) cut = g_bytes_new_from_bytes (good, 0, g_bytes_get_size (good) / 2);
  g_autoptr (GBytes) text = g_bytes_new_static ("not a key", 9);
  g_autoptr (GBytes) huge = g_bytes_new_take (g_malloc0 (SOHOA_P12_MAX_BYTES + 1), SOHOA_P12_MAX_BYTES + 1);
  EVP_PKEY *small = EVP_RSA_gen (1024);
  X509 *cert = make_certificate (row_key, "digitalSignature");
  X509 *sealing = make_certificate (row_key, "keyEncipherment");
  X509 *weak = make_certificate (small, "digitalSignature");

  fixture_write ("cut.p12", cut);
  fixture_write ("text.p12", text);
  fixture_write ("huge.p12", huge);
  write_p12 ("no-key.p12", PKCS12_create ("", "row", NULL, cert, NULL, 0, 0, 2048, 2048, 0));
  write_p12 ("no-cert.p12", PKCS12_create ("", "row", row_key, NULL, NULL, 0, 0, 2048, 2048, 0));
  write_p12 ("usage.p12", PKCS12_create ("", "row", row_key, sealing, NULL, 0, 0, 2048, 2048, 0));
  write_p12 ("weak.p12", PKCS12_create ("", "row", small, weak, NULL, 0, 0, 2048, 2048, 0));
  write_p12 ("no-mac.p12", PKCS12_create ("", "row", row_key, cert, NULL, 0, 0, 2048, -1, 0));
  make_costly ("costly-mac.p12", TRUE);
  make_costly ("costly-safe.p12", FALSE);
  make_mismatch ("mismatch.p12");
  X509_free (cert);
  X509_free (sealing);
  X509_free (weak);
  EVP_PKEY_free (small);
}

static void
test_refused (void)
{
  const struct {
    const char *file;
    GQuark      domain;
    int         code;
  } rows[] = {
    { "nowhere.p12", SOHOA_ERROR, SOHOA_ERROR_NOT_FOUND },
    { "text.p12", SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_FORMAT },
    { "cut.p12", SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_FORMAT },
    { "huge.p12", SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_FORMAT },
    { "costly-mac.p12", SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_FORMAT },
    { "costly-safe.p12", SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_FORMAT },
    { "no-mac.p12", SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_FORMAT },
    { "weak.p12", SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_FORMAT },
    { "signer-pin.p12", SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_PIN },
    { "no-key.p12", SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_NO_KEY },
    { "no-cert.p12", SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_NO_KEY },
    { "usage.p12", SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_NO_KEY },
    { "mismatch.p12", SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_KEY_MISMATCH },
    { "expired.p12", SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_CERT_EXPIRED },
  };

  make_bad_files ();
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *path = fixture_path (rows[i].file);
    g_autoptr (GError) error = NULL;
    gint64 start = g_get_monotonic_time ();
    g_autoptr (SohoaSigner) signer = sohoa_signer_new_p12 (path, -1, &error);

    g_test_message ("%s: %s", rows[i].file, error != NULL ? error->message : "opened");
    g_assert_null (signer);
    g_assert_true (g_error_matches (error, rows[i].domain, rows[i].code));
    g_assert_cmpint (g_get_monotonic_time () - start, <, 10 * G_USEC_PER_SEC);
  }
}

/* Every byte of a key file changed in turn: an error or a signer, never a crash. */
static void
test_mangled_p12 (void)
{
  g_autoptr (GBytes) good = fixture_read ("signer-ec.p12");
  gsize length = g_bytes_get_size (good);
  g_autofree char *path = fixture_path ("mangled.p12");

  for (gsize i = 0; i < length; i += 3) {
    g_autofree guint8 *copy = g_memdup2 (g_bytes_get_data (good, NULL), length);
    g_autoptr (GError) error = NULL;
    g_autoptr (SohoaSigner) signer = NULL;

    copy[i] ^= 0x55;
    g_assert_true (g_file_set_contents (path, (const char *) copy, (gssize) length, NULL));
    signer = sohoa_signer_new_p12 (path, -1, &error);
    g_assert_cmpint (signer == NULL, ==, error != NULL);
  }
}

static void
test_file_mode (void)
{
  g_autofree char *path = fixture_path ("signer.p12");
  g_autoptr (GError) error = NULL;

  g_assert_true (sohoa_signer_check_file_mode (path, &error));
  g_assert_cmpint (g_chmod (path, 0640), ==, 0);
  g_assert_false (sohoa_signer_check_file_mode (path, &error));
  g_assert_error (error, SOHOA_ERROR, SOHOA_ERROR_CONFIG);
  g_assert_cmpint (g_chmod (path, 0600), ==, 0);
}

static void
test_bad_ranges (void)
{
  static const SohoaRange rows[][2] = {
    { { 0, 10 }, { 5, 5 } },                      /* overlap */
    { { 0, 10 }, { 20, 1000 } },                  /* past the end */
    { { 0, 10 }, { 1000, 0 } },                   /* starts past the end */
    { { 0, 10 }, { 20, G_MAXUINT64 } },           /* overflow */
    { { G_MAXUINT64, 10 }, { 20, 1 } },
  };
  g_autoptr (SohoaSigner) signer = open_signer ("signer.p12");
  SOHOA_AUTO_FD int fd = fixture_file (content, sizeof content - 1);

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_null (sohoa_signer_sign (signer, fd, rows[i], 2, &error));
    g_assert_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT);
  }
}

/* ---- another kind of key: a token that holds the wrong one ---- */

static GBytes *
sign_with_other_key (gpointer key, const guint8 *der, gsize length, GError **error)
{
  EVP_MD_CTX *ctx = EVP_MD_CTX_new ();
  guint8 signature[512];
  size_t room = sizeof signature;

  g_assert_cmpint (EVP_DigestSignInit (ctx, NULL, EVP_sha256 (), NULL, other_key), ==, 1);
  g_assert_cmpint (EVP_DigestSign (ctx, signature, &room, der, length), ==, 1);
  EVP_MD_CTX_free (ctx);
  return g_bytes_new (signature, room);
}

static GBytes *
sign_fails (gpointer key, const guint8 *der, gsize length, GError **error)
{
  g_set_error (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_TOKEN_REMOVED, "token: it is gone: put it back");
  return NULL;
}

static void
test_backend (void)
{
  static const SohoaSignerBackend wrong = { "wrong", sign_with_other_key, NULL };
  static const SohoaSignerBackend gone = { "gone", sign_fails, NULL };
  g_autoptr (SohoaSigner) file = open_signer ("signer.p12");
  GPtrArray *chain = sohoa_signer_get_chain (file);
  SOHOA_AUTO_FD int fd = fixture_file (content, sizeof content - 1);
  g_autoptr (GError) error = NULL;
  g_autoptr (SohoaSigner) a = sohoa_signer_new (&wrong, NULL, chain, &error);
  g_autoptr (SohoaSigner) b = sohoa_signer_new (&gone, NULL, chain, &error);

  g_assert_null (sohoa_signer_sign (a, fd, whole, 1, &error));
  g_assert_error (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_KEY_MISMATCH);
  g_clear_error (&error);
  g_assert_null (sohoa_signer_sign (b, fd, whole, 1, &error));
  g_assert_error (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_TOKEN_REMOVED);
}

/* ---- placeholder ---- */

static int
make_open_file (gsize room, SohoaPlaceholder *place)
{
  g_autoptr (GString) text = g_string_new ("%PDF-1.7\n1 0 obj\n<</Type/Sig/ByteRange ");
  const char *byte_range = "[0 0000000000 0000000000 0000000000]";

  place->byte_range_offset = text->len;
  place->byte_range_length = strlen (byte_range);
  g_string_append (text, byte_range);
  g_string_append (text, "/Contents ");
  place->contents_offset = text->len;
  place->contents_length = 2 * room + 2;
  g_string_append_c (text, '<');
  for (gsize i = 0; i < 2 * room; i++)
    g_string_append_c (text, '0');
  g_string_append (text, ">>>\nendobj\nthe rest of the file\n");
  return fixture_file (text->str, text->len);
}

static void
test_placeholder (void)
{
  g_autoptr (SohoaSigner) signer = open_signer ("signer.p12");
  g_autoptr (GBytes) trust = fixture_read ("test-ca.pem");
  g_autoptr (GError) error = NULL;
  SohoaPlaceholder place;
  SOHOA_AUTO_FD int fd = make_open_file (8192, &place);
  g_autoptr (GBytes) before = sohoa_fd_read_bytes (fd, 1 << 20, NULL);
  g_autoptr (GBytes) after = NULL;
  const char *text;
  guint64 numbers[3];
  guint8 der[8192];
  gsize size = g_bytes_get_size (before);

  g_assert_true (sohoa_sign_fill_placeholder (fd, &place, signer, &error));
  after = sohoa_fd_read_bytes (fd, 1 << 20, NULL);
  g_assert_cmpuint (g_bytes_get_size (after), ==, size);
  text = g_bytes_get_data (after, NULL);
  g_assert_cmpint (sscanf (text + place.byte_range_offset, "[0 %lu %lu %lu", &numbers[0], &numbers[1], &numbers[2]),
                   ==, 3);
  g_assert_cmpuint (text[numbers[0]], ==, '<');
  g_assert_cmpuint (text[numbers[1] - 1], ==, '>');
  g_assert_cmpuint (numbers[1] + numbers[2], ==, size);
  for (gsize i = 0; i < sizeof der; i++)
    der[i] = (guint8) (g_ascii_xdigit_value (text[numbers[0] + 1 + 2 * i]) << 4
                       | g_ascii_xdigit_value (text[numbers[0] + 2 + 2 * i]));
  {
    g_autoptr (GBytes) cms = g_bytes_new (der, sizeof der); /* with the padding, as a reader gets it */
    SohoaRange ranges[] = { { 0, numbers[0] }, { numbers[1], numbers[2] } };
    g_auto (SohoaCmsReport) report = { 0 };

    sohoa_cms_verify (cms, fd, ranges, 2, trust, sohoa_time_now_us (), &report);
    g_assert_cmpstr (report.reason, ==, "");
    g_assert_cmpint (report.status, ==, SOHOA_CMS_VALID);
  }
}

static void
test_placeholder_refused (void)
{
  g_autoptr (SohoaSigner) signer = open_signer ("signer.p12");
  SohoaPlaceholder good;
  SOHOA_AUTO_FD int fd = make_open_file (2100, &good); /* RSA with two certificates needs more */
  SohoaPlaceholder rows[8] = { good, good, good, good, good, good, good, good };
  g_autoptr (GError) error = NULL;

  g_assert_false (sohoa_sign_fill_placeholder (fd, &good, signer, &error));
  g_assert_error (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_FORMAT);
  rows[0].contents_offset++;
  rows[1].contents_length--;
  rows[2].byte_range_offset--;
  rows[3].contents_offset = G_MAXUINT64;
  rows[4].contents_length = 2;
  rows[5].byte_range_offset = good.contents_offset;
  rows[6].byte_range_length = 3;
  rows[7].byte_range_length = G_MAXUINT64;
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_clear_error (&error);
    g_assert_false (sohoa_sign_fill_placeholder (fd, &rows[i], signer, &error));
    g_assert_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT);
  }
}

static void
test_placeholder_variant (void)
{
  g_autoptr (GVariant) full = g_variant_ref_sink (g_variant_new_parsed (
    "{'byte-range-offset': <uint64 5>, 'byte-range-length': <uint64 40>, 'contents-offset': <uint64 60>, "
    "'contents-length': <uint64 4098>}"));
  g_autoptr (GVariant) poor = g_variant_ref_sink (g_variant_new_parsed ("{'byte-range-offset': <uint64 5>}"));
  g_autoptr (GError) error = NULL;
  SohoaPlaceholder place;

  g_assert_true (sohoa_placeholder_from_variant (full, &place, &error));
  g_assert_cmpuint (place.contents_length, ==, 4098);
  g_assert_cmpuint (place.byte_range_offset, ==, 5);
  g_assert_false (sohoa_placeholder_from_variant (poor, &place, &error));
  g_assert_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT);
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  fixture_open ();
  row_key = EVP_RSA_gen (2048);
  other_key = EVP_RSA_gen (2048);
  g_test_add_func ("/signer/properties", test_properties);
  g_test_add_data_func ("/signer/attributes-rsa", "signer.p12", test_attributes);
  g_test_add_data_func ("/signer/attributes-ec", "signer-ec.p12", test_attributes);
  g_test_add_data_func ("/signer/openssl-judges-rsa", "signer.p12", test_openssl_judges);
  g_test_add_data_func ("/signer/openssl-judges-ec", "signer-ec.p12", test_openssl_judges);
  g_test_add_func ("/signer/passphrase", test_passphrase);
  g_test_add_func ("/signer/refused", test_refused);
  g_test_add_func ("/signer/mangled-p12", test_mangled_p12);
  g_test_add_func ("/signer/file-mode", test_file_mode);
  g_test_add_func ("/signer/bad-ranges", test_bad_ranges);
  g_test_add_func ("/signer/backend", test_backend);
  g_test_add_func ("/placeholder/fill", test_placeholder);
  g_test_add_func ("/placeholder/refused", test_placeholder_refused);
  g_test_add_func ("/placeholder/variant", test_placeholder_variant);
  result = g_test_run ();
  EVP_PKEY_free (row_key);
  EVP_PKEY_free (other_key);
  fixture_close ();
  return result;
}
