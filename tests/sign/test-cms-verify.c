/* Verification: signatures made by us and by other people's program, honest and hostile. */
#include <string.h>
#include <unistd.h>

#include "sign-fixture.h"
#include "sohoa-cms-verify.h"
#include "sohoa-file.h"
#include "sohoa-signer.h"
#include "sohoa-time.h"

#define NOISE_ROUNDS 3000
#define NOISE_SEED 20261120

static const char content[] = "%PDF-1.7 before |the hole| after: văn bản đến";
static const SohoaRange ranges[] = { { 0, 16 }, { 26, sizeof content - 1 - 26 } };
static GBytes *trust;

static void
verify_text (GBytes *cms, const char *text, GBytes *anchors, gint64 now_us, SohoaCmsReport *report)
{
  SOHOA_AUTO_FD int fd = fixture_file (text, sizeof content - 1);

  sohoa_cms_verify (cms, fd, ranges, G_N_ELEMENTS (ranges), anchors, now_us, report);
}

static GBytes *
sign_content (const char *p12)
{
  g_autofree char *path = fixture_path (p12);
  g_autoptr (GError) error = NULL;
  g_autoptr (SohoaSigner) signer = sohoa_signer_new_p12 (path, -1, &error);
  SOHOA_AUTO_FD int fd = fixture_file (content, sizeof content - 1);
  GBytes *cms;

  g_assert_no_error (error);
  cms = sohoa_signer_sign (signer, fd, ranges, G_N_ELEMENTS (ranges), &error);
  g_assert_no_error (error);
  return cms;
}

static void
test_own (gconstpointer p12)
{
  g_autoptr (GBytes) cms = sign_content (p12);
  g_auto (SohoaCmsReport) report = { 0 };

  verify_text (cms, content, trust, sohoa_time_now_us (), &report);
  g_assert_cmpstr (report.reason, ==, "");
  g_assert_cmpint (report.status, ==, SOHOA_CMS_VALID);
  g_assert_true (report.digest_ok && report.signature_ok && report.chain_ok && report.cert_time_ok);
  g_assert_true (report.cades_bound);
  g_assert_false (report.weak);
  g_assert_cmpstr (report.signer_name, ==, "VĂN THƯ (THỬ NGHIỆM)");
  g_assert_cmpstr (report.digest_name, ==, "SHA256");
  g_assert_cmpint (report.signing_time_us, ==, 0);
  g_assert_cmpint (report.timestamp_time_us, ==, 0);
}

/* Every byte of the ranges counts, the hole does not. */
static void
test_flipped_byte (void)
{
  g_autoptr (GBytes) cms = sign_content ("signer.p12");

  for (gsize i = 0; i < sizeof content - 1; i++) {
    g_autofree char *changed = g_memdup2 (content, sizeof content);
    g_auto (SohoaCmsReport) report = { 0 };
    gboolean in_hole = i >= 16 && i < 26;

    changed[i] ^= 1;
    verify_text (cms, changed, trust, sohoa_time_now_us (), &report);
    g_assert_cmpint (report.status, ==, in_hole ? SOHOA_CMS_VALID : SOHOA_CMS_INVALID);
    g_assert_cmpint (report.digest_ok, ==, in_hole);
    g_assert_true (report.signature_ok);
  }
}

static void
test_chain (void)
{
  g_autoptr (GBytes) cms = sign_content ("signer.p12");
  g_autoptr (GBytes) nonsense = g_bytes_new_static ("-----BEGIN CERTIFICATE-----\nAAAA\n", 33);
  gint64 now = sohoa_time_now_us ();
  const struct {
    GBytes        *anchors;
    gint64         now_us;
    SohoaCmsStatus status;
    gboolean       chain_ok, cert_time_ok;
  } rows[] = {
    { trust, now, SOHOA_CMS_VALID, TRUE, TRUE },
    { NULL, now, SOHOA_CMS_UNTRUSTED_CHAIN, FALSE, TRUE },
    { nonsense, now, SOHOA_CMS_UNTRUSTED_CHAIN, FALSE, TRUE },
    { trust, now + 3650 * G_TIME_SPAN_DAY, SOHOA_CMS_UNTRUSTED_CHAIN, FALSE, FALSE },
    { trust, now - 3650 * G_TIME_SPAN_DAY, SOHOA_CMS_UNTRUSTED_CHAIN, FALSE, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_auto (SohoaCmsReport) report = { 0 };

    verify_text (cms, content, rows[i].anchors, rows[i].now_us, &report);
    g_assert_cmpint (report.status, ==, rows[i].status);
    g_assert_cmpint (report.chain_ok, ==, rows[i].chain_ok);
    g_assert_cmpint (report.cert_time_ok, ==, rows[i].cert_time_ok);
    g_assert_true (report.digest_ok && report.signature_ok);
  }
}

/* ---- signatures of another maker ---- */

static void
make_foreign_keys (void)
{
  char signed_bytes[sizeof content];
  gsize length = ranges[0].length + ranges[1].length;
  g_autoptr (GBytes) bytes = NULL;

  memcpy (signed_bytes, content, ranges[0].length);
  memcpy (signed_bytes + ranges[0].length, content + ranges[1].offset, ranges[1].length);
  bytes = g_bytes_new (signed_bytes, length);
  fixture_write ("signed-bytes", bytes);
  g_assert_true (fixture_run ("openssl", "pkcs12", "-in", "@signer.p12", "-passin", "pass:", "-nodes", "-clcerts",
                              "-out", "@signer.pem", NULL));
  g_assert_true (fixture_run ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=stranger",
                              "-keyout", "@stranger.key", "-out", "@stranger.pem", "-days", "30", NULL));
}

static void
test_foreign (void)
{
  const struct {
    const char    *words[4];
    SohoaCmsStatus status;
    gboolean       weak;
  } rows[] = {
    { { "-md", "sha256" }, SOHOA_CMS_VALID, FALSE },
    { { "-md", "sha512" }, SOHOA_CMS_VALID, FALSE },
    { { "-keyopt", "rsa_padding_mode:pss" }, SOHOA_CMS_VALID, FALSE },
    { { "-noattr" }, SOHOA_CMS_VALID, FALSE },
    { { "-cades" }, SOHOA_CMS_VALID, FALSE },
    { { "-md", "sha1" }, SOHOA_CMS_UNTRUSTED_CHAIN, TRUE },
    { { "-md", "md5" }, SOHOA_CMS_INVALID, FALSE },
    { { "-nodetach" }, SOHOA_CMS_MALFORMED, FALSE },
    { { "-nocerts" }, SOHOA_CMS_INVALID, FALSE },
    { { "-econtent_type", "pkcs7-envelopedData" }, SOHOA_CMS_MALFORMED, FALSE },
    { { "-signer", "@stranger.pem", "-inkey", "@stranger.key" }, SOHOA_CMS_MALFORMED, FALSE }, /* two signers */
  };

  make_foreign_keys ();
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_auto (SohoaCmsReport) report = { 0 };
    g_autoptr (GBytes) cms = NULL;

    g_assert_true (fixture_run ("openssl", "cms", "-sign", "-binary", "-outform", "DER", "-in", "@signed-bytes",
                                "-signer", "@signer.pem", "-out", "@foreign.cms", rows[i].words[0], rows[i].words[1],
                                rows[i].words[2], rows[i].words[3], NULL));
    cms = fixture_read ("foreign.cms");
    verify_text (cms, content, trust, sohoa_time_now_us (), &report);
    g_test_message ("%s %s: %s", rows[i].words[0], rows[i].words[1], report.reason);
    g_assert_cmpint (report.status, ==, rows[i].status);
    g_assert_cmpint (report.weak, ==, rows[i].weak);
  }
}

static void
test_signing_time (void)
{
  g_auto (SohoaCmsReport) report = { 0 };
  g_autoptr (GBytes) cms = NULL;
  gint64 now = sohoa_time_now_us ();

  g_assert_true (fixture_run ("openssl", "cms", "-sign", "-binary", "-outform", "DER", "-in", "@signed-bytes",
                              "-signer", "@signer.pem", "-out", "@foreign.cms", NULL));
  cms = fixture_read ("foreign.cms");
  verify_text (cms, content, trust, now, &report);
  g_assert_cmpint (ABS (report.signing_time_us - now), <, 60 * G_USEC_PER_SEC);
  g_assert_false (report.cades_bound);
}

/* The certificate left out of the signature but known as trusted, as some agencies' tools do. */
static void
test_certificate_from_trust (void)
{
  g_auto (SohoaCmsReport) report = { 0 };
  g_autoptr (GBytes) cms = NULL;
  g_autoptr (GBytes) own = fixture_read ("signer.pem");

  g_assert_true (fixture_run ("openssl", "cms", "-sign", "-binary", "-nocerts", "-outform", "DER", "-in",
                              "@signed-bytes", "-signer", "@signer.pem", "-out", "@foreign.cms", NULL));
  cms = fixture_read ("foreign.cms");
  verify_text (cms, content, own, sohoa_time_now_us (), &report);
  g_assert_cmpint (report.status, ==, SOHOA_CMS_VALID);
}

/* A stranger's signature that claims the same bytes is intact, but nobody we know. */
static void
test_stranger (void)
{
  g_auto (SohoaCmsReport) report = { 0 };
  g_autoptr (GBytes) cms = NULL;

  g_assert_true (fixture_run ("openssl", "cms", "-sign", "-binary", "-outform", "DER", "-in", "@signed-bytes",
                              "-signer", "@stranger.pem", "-inkey", "@stranger.key", "-out", "@foreign.cms", NULL));
  cms = fixture_read ("foreign.cms");
  verify_text (cms, content, trust, sohoa_time_now_us (), &report);
  g_assert_cmpint (report.status, ==, SOHOA_CMS_UNTRUSTED_CHAIN);
  g_assert_cmpstr (report.signer_name, ==, "stranger");
}

/* ---- time stamps, made by openssl ts ---- */

static void
make_tsa (void)
{
  static const char conf[] =
    "[tsa]\nserial=serial\ncrypto_device=builtin\nsigner_digest=sha256\ndefault_policy=1.2.3.4.1\n"
    "digests=sha256\naccuracy=secs:1\nordering=no\ntsa_name=no\ness_cert_id_chain=no\ness_cert_id_alg=sha256\n"
    "[req]\ndistinguished_name=dn\nx509_extensions=v3\nprompt=no\n[dn]\nCN=TSA\n"
    "[v3]\nextendedKeyUsage=critical,timeStamping\nbasicConstraints=CA:FALSE\n";
  g_autoptr (GBytes) bytes = NULL;
  g_autofree char *serial = fixture_path ("serial");
  g_autofree char *text = g_strdup (conf);
  g_autofree char *rest = g_strdup (strstr (text, "\ncrypto_device"));

  *strstr (text, "serial=serial") = '\0';
  g_autofree char *whole = g_strconcat (text, "serial=", serial, rest, NULL);
  bytes = g_bytes_new (whole, strlen (whole));
  fixture_write ("tsa.cnf", bytes);
  g_assert_true (fixture_run ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-config", "@tsa.cnf",
                              "-keyout", "@tsa.key", "-out", "@tsa.pem", "-days", "30", NULL));
}

static gboolean
stamp (const char *in, const char *out)
{
  return fixture_run ("openssl", "ts", "-query", "-data", in, "-sha256", "-cert", "-out", "@query.tsq", NULL)
         && fixture_run ("openssl", "ts", "-reply", "-config", "@tsa.cnf", "-section", "tsa", "-queryfile",
                         "@query.tsq", "-signer", "@tsa.pem", "-inkey", "@tsa.key", "-token_out", "-out", out, NULL);
}

static void
test_document_timestamp (void)
{
  g_auto (SohoaCmsReport) good = { 0 };
  g_auto (SohoaCmsReport) bad = { 0 };
  g_autofree char *changed = g_memdup2 (content, sizeof content);
  g_autoptr (GBytes) token = NULL;
  g_autoptr (GBytes) anchors = NULL;
  gint64 now;

  make_tsa ();
  anchors = fixture_read ("tsa.pem");
  g_assert_true (stamp ("@signed-bytes", "@token.der"));
  token = fixture_read ("token.der");
  now = sohoa_time_now_us (); /* not before the keys were made */
  verify_text (token, content, anchors, now, &good);
  g_assert_cmpstr (good.reason, ==, "");
  g_assert_cmpint (good.status, ==, SOHOA_CMS_VALID);
  g_assert_true (good.timestamp && good.timestamp_trusted);
  g_assert_cmpint (ABS (good.timestamp_time_us - now), <, 60 * G_USEC_PER_SEC);
  changed[3] ^= 1;
  verify_text (token, changed, anchors, now, &bad);
  g_assert_cmpint (bad.status, ==, SOHOA_CMS_INVALID);
  g_assert_true (bad.signature_ok);
}

/* ---- hostile bytes ---- */

static void
test_truncated (void)
{
  g_autoptr (GBytes) cms = sign_content ("signer-ec.p12");

  for (gsize length = 0; length < g_bytes_get_size (cms); length++) {
    g_autoptr (GBytes) part = g_bytes_new_from_bytes (cms, 0, length);
    g_auto (SohoaCmsReport) report = { 0 };

    verify_text (part, content, trust, sohoa_time_now_us (), &report);
    g_assert_cmpint (report.status, ==, SOHOA_CMS_MALFORMED);
    g_assert_cmpstr (report.signer_name, ==, "");
  }
}

static void
test_noise (void)
{
  g_autoptr (GBytes) cms = sign_content ("signer-ec.p12");
  g_autoptr (GRand) rand = g_rand_new_with_seed (NOISE_SEED);
  gsize length = g_bytes_get_size (cms);
  g_autofree char *changed = g_memdup2 (content, sizeof content);

  changed[0] ^= 1;
  for (guint i = 0; i < NOISE_ROUNDS; i++) {
    g_autofree guint8 *copy = g_memdup2 (g_bytes_get_data (cms, NULL), length);
    g_autoptr (GBytes) bytes = NULL;
    g_auto (SohoaCmsReport) report = { 0 };
    int flips = g_rand_int_range (rand, 1, 4);

    while (flips-- > 0)
      copy[g_rand_int_range (rand, 0, (gint32) length)] = (guint8) g_rand_int (rand);
    bytes = g_bytes_new (copy, length);
    /* over other content: whatever the noise does, this must never be valid */
    verify_text (bytes, changed, trust, sohoa_time_now_us (), &report);
    g_assert_cmpint (report.status, >=, SOHOA_CMS_INVALID);
    g_assert_true (g_utf8_validate (report.signer_name, -1, NULL));
  }
}

static void
test_padding (void)
{
  g_autoptr (GBytes) cms = sign_content ("signer.p12");
  gsize length = g_bytes_get_size (cms);
  g_autofree guint8 *padded = g_malloc0 (length + 100);
  g_autoptr (GBytes) zeros = NULL;
  g_autoptr (GBytes) junk = NULL;
  g_auto (SohoaCmsReport) good = { 0 };
  g_auto (SohoaCmsReport) bad = { 0 };

  memcpy (padded, g_bytes_get_data (cms, NULL), length);
  zeros = g_bytes_new (padded, length + 100);
  verify_text (zeros, content, trust, sohoa_time_now_us (), &good);
  g_assert_cmpint (good.status, ==, SOHOA_CMS_VALID);
  padded[length + 50] = 1;
  junk = g_bytes_new (padded, length + 100);
  verify_text (junk, content, trust, sohoa_time_now_us (), &bad);
  g_assert_cmpint (bad.status, ==, SOHOA_CMS_MALFORMED);
}

static void
test_bad_ranges (void)
{
  static const SohoaRange outside[] = { { 0, 16 }, { 26, G_MAXUINT64 - 1 } };
  g_autoptr (GBytes) cms = sign_content ("signer.p12");
  SOHOA_AUTO_FD int fd = fixture_file (content, sizeof content - 1);
  g_auto (SohoaCmsReport) report = { 0 };
  g_auto (SohoaCmsReport) none = { 0 };

  sohoa_cms_verify (cms, fd, outside, 2, trust, sohoa_time_now_us (), &report);
  g_assert_cmpint (report.status, ==, SOHOA_CMS_INVALID);
  sohoa_cms_verify (NULL, fd, NULL, 0, trust, sohoa_time_now_us (), &none);
  g_assert_cmpint (none.status, ==, SOHOA_CMS_MALFORMED);
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  fixture_open ();
  trust = fixture_read ("test-ca.pem");
  g_test_add_data_func ("/cms/own-rsa", "signer.p12", test_own);
  g_test_add_data_func ("/cms/own-ec", "signer-ec.p12", test_own);
  g_test_add_func ("/cms/flipped-byte", test_flipped_byte);
  g_test_add_func ("/cms/chain", test_chain);
  g_test_add_func ("/cms/foreign", test_foreign);
  g_test_add_func ("/cms/signing-time", test_signing_time);
  g_test_add_func ("/cms/certificate-from-trust", test_certificate_from_trust);
  g_test_add_func ("/cms/stranger", test_stranger);
  g_test_add_func ("/cms/document-timestamp", test_document_timestamp);
  g_test_add_func ("/cms/truncated", test_truncated);
  g_test_add_func ("/cms/noise", test_noise);
  g_test_add_func ("/cms/padding", test_padding);
  g_test_add_func ("/cms/bad-ranges", test_bad_ranges);
  result = g_test_run ();
  g_bytes_unref (trust);
  fixture_close ();
  return result;
}
