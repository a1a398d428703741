/* Time stamps, revocation and what they prove later, against real services on a port of this computer. */
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "sohoa-cms-verify.h"
#include "sohoa-errors.h"
#include "sohoa-fetch.h"
#include "sohoa-file.h"
#include "sohoa-gather.h"
#include "sohoa-signer.h"
#include "sohoa-time.h"
#include "sohoa-tsa.h"

#define DAY_US (24 * 3600 * (gint64) G_USEC_PER_SEC)
#define SERVER_SECONDS "120"

static char *folder;
static GSubprocess *server;
static guint port;
static GBytes *root_pem;
static const char content[] = "the bytes that are signed";
static const SohoaRange whole[] = { { 0, sizeof content - 1 } };

/* ---- the services ---- */

static void
start_server (void)
{
  const char *build = g_getenv ("SOHOA_TOP_BUILDDIR");
  g_autofree char *program = g_build_filename (build != NULL ? build : ".", "tests", "sign", "sohoa-trust-server", NULL);
  g_autoptr (GDataInputStream) lines = NULL;
  g_autofree char *line = NULL;
  g_autofree char *pem = NULL;
  g_autoptr (GError) error = NULL;

  folder = g_dir_make_tmp ("sohoa-trust-XXXXXX", NULL);
  server = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, program, folder, SERVER_SECONDS, NULL);
  g_assert_no_error (error);
  lines = g_data_input_stream_new (g_subprocess_get_stdout_pipe (server));
  line = g_data_input_stream_read_line (lines, NULL, NULL, NULL);
  g_assert_nonnull (line);
  g_assert_cmpint (sscanf (line, "port %u", &port), ==, 1);
  pem = g_build_filename (folder, "root.pem", NULL);
  root_pem = sohoa_file_read (pem, 64 * 1024, &error);
  g_assert_no_error (error);
}

static void
stop_server (void)
{
  g_subprocess_force_exit (server);
  g_subprocess_wait (server, NULL, NULL);
  g_clear_object (&server);
  g_bytes_unref (root_pem);
  g_assert_true (sohoa_folder_remove (folder, NULL));
  g_free (folder);
}

static char *
address (const char *path)
{
  return g_strdup_printf ("http://127.0.0.1:%u/%s", port, path);
}

/* "tsa=ok&ocsp=down" */
static void
set_modes (const char *query)
{
  const SohoaNet net = { .timeout_ms = 5000 };
  g_autofree char *path = g_strconcat ("set?", query, NULL);
  g_autofree char *url = address (path);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) answer = sohoa_fetch (&net, url, NULL, NULL, 100, NULL, &error);

  g_assert_no_error (error);
}

static SohoaSigner *
open_signer (const char *name)
{
  g_autofree char *file = g_strconcat (name, ".p12", NULL);
  g_autofree char *path = g_build_filename (folder, file, NULL);
  g_autoptr (GError) error = NULL;
  SohoaSigner *signer = sohoa_signer_new_p12 (path, -1, &error);

  g_assert_no_error (error);
  return signer;
}

/* ---- time stamps ---- */

static guint8 digest[32];

static GBytes *
stamp (guint timeout_ms, guint attempts, const char *policy, gint64 *time_us, GError **error)
{
  g_autofree char *url = address ("tsa");
  const SohoaTsa tsa = { .url = url, .policy = policy, .timeout_ms = timeout_ms, .attempts = attempts,
                         .trust_pem = root_pem };

  return sohoa_tsa_stamp (&tsa, digest, NULL, time_us, error);
}

static void
test_stamp_good (void)
{
  g_autoptr (GError) error = NULL;
  gint64 time_us = 0;
  g_autoptr (GBytes) token = NULL;
  g_autoptr (GBytes) other = NULL;

  set_modes ("tsa=ok");
  token = stamp (5000, 1, NULL, &time_us, &error);
  g_assert_no_error (error);
  g_assert_cmpint (ABS (time_us - sohoa_time_now_us ()), <, 10 * G_USEC_PER_SEC);
  other = stamp (5000, 1, "1.2.3.4.6", &time_us, &error);
  g_assert_no_error (error);
  g_assert_null (stamp (5000, 1, "no policy", NULL, &error));
  g_assert_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT);
}

static void
test_stamp_faults (void)
{
  static const struct {
    const char *mode, *policy;
    int         code;
  } rows[] = {
    { "nonce", NULL, SOHOA_SIGN_ERROR_TSA_REFUSED },   { "imprint", NULL, SOHOA_SIGN_ERROR_TSA_REFUSED },
    { "reject", NULL, SOHOA_SIGN_ERROR_TSA_REFUSED },  { "policy", "1.2.3.4.6", SOHOA_SIGN_ERROR_TSA_REFUSED },
    { "old", NULL, SOHOA_SIGN_ERROR_TSA_REFUSED },     { "usage", NULL, SOHOA_SIGN_ERROR_TSA_REFUSED },
    { "garbage", NULL, SOHOA_SIGN_ERROR_TSA_REFUSED }, { "huge", NULL, SOHOA_SIGN_ERROR_TSA_REFUSED },
    { "down", NULL, SOHOA_SIGN_ERROR_TSA_UNREACHABLE }, { "hang", NULL, SOHOA_SIGN_ERROR_TSA_UNREACHABLE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *query = g_strconcat ("tsa=", rows[i].mode, NULL);
    g_autoptr (GError) error = NULL;
    g_autoptr (GBytes) token = NULL;

    set_modes (query);
    token = stamp (700, 1, rows[i].policy, NULL, &error);
    g_test_message ("%s: %s", rows[i].mode, error != NULL ? error->message : "a token");
    g_assert_null (token);
    g_assert_error (error, SOHOA_SIGN_ERROR, rows[i].code);
  }
}

/* Slower than the office likes, but an answer; then down for the first attempt only. */
static void
test_stamp_slow (void)
{
  gint64 start = g_get_monotonic_time ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) token = NULL;

  set_modes ("tsa=slow:900");
  token = stamp (5000, 1, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (g_get_monotonic_time () - start, >=, 900 * 1000);
  set_modes ("tsa=down");
  start = g_get_monotonic_time ();
  g_assert_null (stamp (5000, 2, NULL, NULL, &error));
  g_assert_cmpint (g_get_monotonic_time () - start, >=, SOHOA_TSA_BACKOFF_MS * 1000);
}

static gpointer
cancel_soon (gpointer data)
{
  g_usleep (200 * 1000);
  g_cancellable_cancel (data);
  return NULL;
}

static void
test_stamp_cancelled (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autofree char *url = address ("tsa");
  const SohoaTsa tsa = { .url = url, .timeout_ms = 30000 };
  gint64 start = g_get_monotonic_time ();
  g_autoptr (GError) error = NULL;
  GThread *thread;

  set_modes ("tsa=hang");
  thread = g_thread_new ("cancel", cancel_soon, cancellable);
  g_assert_null (sohoa_tsa_stamp (&tsa, digest, cancellable, NULL, &error));
  g_thread_join (thread);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (g_get_monotonic_time () - start, <, 5 * G_USEC_PER_SEC);
}

/* The authority's clock counts, not ours. */
static void
test_stamp_clock (void)
{
  gint64 time_us = 0;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) token = NULL;

  set_modes ("tsa=ahead");
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_WARNING, "*clock of this computer*");
  token = stamp (5000, 1, NULL, &time_us, &error);
  g_test_assert_expected_messages ();
  g_assert_no_error (error);
  g_assert_cmpint (time_us - sohoa_time_now_us (), >, DAY_US / 2);
}

/* An untrusted root, and no root at all: refused, and not judged. */
static void
test_stamp_trust (void)
{
  g_autofree char *url = address ("tsa");
  g_autofree char *path = g_build_filename (folder, "other.pem", NULL);
  SohoaTsa tsa = { .url = url, .timeout_ms = 5000, .attempts = 1 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) token = NULL;
  g_autoptr (GBytes) strange = NULL;
  g_autoptr (SohoaSigner) signer = open_signer ("ec256");
  gsize length;
  const guint8 *der = g_bytes_get_data (sohoa_signer_get_chain (signer)->pdata[0], &length);
  g_autofree char *text = g_base64_encode (der, length);
  g_autofree char *pem = g_strdup_printf ("-----BEGIN CERTIFICATE-----\n%s\n-----END CERTIFICATE-----\n", text);

  set_modes ("tsa=ok");
  token = sohoa_tsa_stamp (&tsa, digest, NULL, NULL, &error);
  g_assert_no_error (error);
  strange = g_bytes_new (pem, strlen (pem));
  tsa.trust_pem = strange;
  g_assert_null (sohoa_tsa_stamp (&tsa, digest, NULL, NULL, &error));
  g_assert_error (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_TSA_REFUSED);
}

/* One changed byte anywhere in an answer: it is refused, and nothing crashes. */
static void
test_stamp_mangled (void)
{
  g_autofree char *url = address ("tsa");
  const SohoaNet net = { .timeout_ms = 5000 };
  const SohoaTsa tsa = { .url = url, .trust_pem = root_pem };
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) question = sohoa_tsa_question (&tsa, digest, &error);
  g_autoptr (GBytes) answer = NULL;
  g_autoptr (GBytes) good = NULL;
  gsize length;
  guint accepted = 0;

  set_modes ("tsa=ok");
  answer = sohoa_fetch (&net, url, "application/timestamp-query", question, 65536, NULL, &error);
  g_assert_no_error (error);
  good = sohoa_tsa_judge (&tsa, question, answer, NULL, &error);
  g_assert_no_error (error);
  length = g_bytes_get_size (answer);
  for (gsize i = 0; i < length; i++) {
    guint8 *copy = g_memdup2 (g_bytes_get_data (answer, NULL), length);
    g_autoptr (GBytes) bad = NULL;
    g_autoptr (GBytes) token = NULL;

    copy[i] ^= 1 << (i % 8);
    bad = g_bytes_new_take (copy, length);
    token = sohoa_tsa_judge (&tsa, question, bad, NULL, NULL);
    if (token != NULL && !g_bytes_equal (token, good)) {
      g_test_message ("byte %" G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT " may be changed", i, length);
      accepted++;
    }
  }
  g_assert_cmpuint (accepted, ==, 0);
}

/* ---- evidence ---- */

static gboolean
gather (const char *name, SohoaEvidence *into, GPtrArray *missing, gboolean *revoked)
{
  const SohoaGather how = { .timeout_ms = 700, .trust_pem = root_pem, .time_us = sohoa_time_now_us () };
  g_autoptr (SohoaSigner) signer = open_signer (name);
  g_autoptr (GPtrArray) leaves = g_ptr_array_new ();

  g_ptr_array_add (leaves, sohoa_signer_get_chain (signer)->pdata[0]);
  return sohoa_gather_evidence (&how, leaves, sohoa_signer_get_chain (signer), into, missing, revoked, NULL);
}

static void
test_gather (void)
{
  static const struct {
    const char *signer, *modes;
    gboolean    complete, revoked;
    guint       ocsps, crls; /* at least */
  } rows[] = {
    { "agency", "ocsp=ok&crl=ok&cert=ok", TRUE, FALSE, 1, 1 }, /* the sub-CA is covered by the root's CRL */
    { "bare", "ocsp=ok&crl=ok&cert=ok", TRUE, FALSE, 1, 1 },   /* the sub-CA is fetched */
    { "bare", "ocsp=ok&crl=ok&cert=down", FALSE, FALSE, 0, 0 },
    { "bare", "ocsp=ok&crl=ok&cert=garbage", FALSE, FALSE, 0, 0 },
    { "crl-only", "ocsp=ok&crl=ok&cert=ok", TRUE, FALSE, 0, 2 },
    { "revoked", "ocsp=ok&crl=ok&cert=ok", FALSE, TRUE, 1, 1 },
    { "revoked", "ocsp=down&crl=ok", FALSE, TRUE, 0, 2 },
    { "agency", "ocsp=down&crl=ok", TRUE, FALSE, 0, 2 },
    { "agency", "ocsp=hang&crl=ok", TRUE, FALSE, 0, 2 },
    { "agency", "ocsp=unknown&crl=ok", TRUE, FALSE, 0, 2 },
    { "agency", "ocsp=stale&crl=ok", TRUE, FALSE, 0, 2 },
    { "agency", "ocsp=stranger&crl=ok", TRUE, FALSE, 0, 2 },
    { "agency", "ocsp=nonce&crl=ok", TRUE, FALSE, 0, 2 },
    { "agency", "ocsp=garbage&crl=ok", TRUE, FALSE, 0, 2 },
    { "agency", "ocsp=huge&crl=ok", TRUE, FALSE, 0, 2 },
    { "agency", "ocsp=ok&crl=down", FALSE, FALSE, 1, 0 }, /* nothing speaks for the sub-CA */
    { "agency", "ocsp=down&crl=stale", FALSE, FALSE, 0, 0 },
    { "agency", "ocsp=down&crl=stranger", FALSE, FALSE, 0, 0 },
    { "agency", "ocsp=down&crl=huge", FALSE, FALSE, 0, 0 },
    { "agency", "ocsp=down&crl=down", FALSE, FALSE, 0, 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (SohoaEvidence) into = sohoa_evidence_new ();
    g_autoptr (GPtrArray) missing = g_ptr_array_new_with_free_func (g_free);
    gboolean revoked = FALSE, complete;

    set_modes (rows[i].modes);
    complete = gather (rows[i].signer, into, missing, &revoked);
    g_test_message ("%s %s: certs %u ocsps %u crls %u%s%s", rows[i].signer, rows[i].modes, into->certs->len,
                    into->ocsps->len, into->crls->len, missing->len > 0 ? ", " : "",
                    missing->len > 0 ? (char *) missing->pdata[0] : "");
    g_assert_cmpint (complete, ==, rows[i].complete);
    g_assert_cmpint (revoked, ==, rows[i].revoked);
    g_assert_cmpint (complete, ==, missing->len == 0);
    g_assert_cmpuint (into->ocsps->len, >=, rows[i].ocsps);
    g_assert_cmpuint (into->crls->len, >=, rows[i].crls);
  }
  set_modes ("ocsp=ok&crl=ok&cert=ok");
}

static void
test_evidence_variant (void)
{
  g_autoptr (SohoaEvidence) into = sohoa_evidence_new ();
  g_autoptr (GPtrArray) missing = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GVariant) value = NULL;
  g_autoptr (GVariant) wrong = g_variant_ref_sink (g_variant_new_string ("no evidence"));
  g_autoptr (SohoaEvidence) back = NULL;
  g_autoptr (GError) error = NULL;

  set_modes ("ocsp=ok&crl=ok&cert=ok");
  g_assert_true (gather ("agency", into, missing, NULL));
  value = g_variant_ref_sink (sohoa_evidence_to_variant (into));
  back = sohoa_evidence_from_variant (value, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (back->certs->len, ==, into->certs->len);
  g_assert_true (g_bytes_equal (back->crls->pdata[0], into->crls->pdata[0]));
  g_assert_null (sohoa_evidence_from_variant (wrong, &error));
  g_assert_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT);
}

/* ---- signatures, judged then and later ---- */

static GBytes *
stamp_for_signer (gpointer data, const guint8 *sha256, GError **error)
{
  g_autofree char *url = address ("tsa");
  const SohoaTsa tsa = { .url = url, .timeout_ms = 5000, .attempts = 1, .trust_pem = root_pem };

  (void) data;
  return sohoa_tsa_stamp (&tsa, sha256, NULL, NULL, error);
}

static int
signed_file (void)
{
  int fd = sohoa_memfd_new ("signed", NULL);

  g_assert_true (sohoa_fd_write_all (fd, content, sizeof content - 1, NULL));
  return fd;
}

static GBytes *
sign_as (const char *name, int fd, gboolean stamped)
{
  g_autoptr (SohoaSigner) signer = open_signer (name);
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) stamp_error = NULL;
  GBytes *cms = sohoa_signer_sign_stamped (signer, fd, whole, 1, stamped ? stamp_for_signer : NULL, NULL, &stamp_error,
                                           &error);

  g_assert_no_error (error);
  g_assert_no_error (stamp_error);
  return cms;
}

static void
test_levels (void)
{
  static const char *const signers[] = { "agency", "bare", "ec256", "ec384", "pss", "crl-only" };

  set_modes ("tsa=ok&ocsp=ok&crl=ok&cert=ok");
  for (guint i = 0; i < G_N_ELEMENTS (signers); i++) {
    SOHOA_AUTO_FD int fd = signed_file ();
    g_autoptr (GBytes) cms = sign_as (signers[i], fd, TRUE);
    g_autoptr (SohoaEvidence) evidence = sohoa_evidence_new ();
    g_autoptr (GPtrArray) missing = g_ptr_array_new_with_free_func (g_free);
    SohoaCmsMaterial material = { .trust_pem = root_pem, .now_us = sohoa_time_now_us () };
    const SohoaGather how = { .timeout_ms = 2000, .trust_pem = root_pem, .time_us = material.now_us };
    g_auto (SohoaCmsReport) first = { 0 };
    g_auto (SohoaCmsReport) full = { 0 };
    g_auto (SohoaCmsReport) later = { 0 };

    sohoa_cms_verify_with (cms, fd, whole, 1, &material, &first);
    g_test_message ("%s: %s", signers[i], first.reason);
    g_assert_cmpuint (first.leaves->len, ==, 2);
    g_assert_true (sohoa_gather_evidence (&how, first.leaves, first.carried, evidence, missing, NULL, NULL));
    material.evidence = evidence;
    material.need_revocation = TRUE;
    sohoa_cms_verify_with (cms, fd, whole, 1, &material, &full);
    g_assert_cmpstr (full.reason, ==, "");
    g_assert_cmpint (full.status, ==, SOHOA_CMS_VALID);
    g_assert_cmpint (full.revocation, ==, SOHOA_REVOCATION_GOOD);
    g_assert_cmpint (full.timestamp_revocation, ==, SOHOA_REVOCATION_GOOD);
    g_assert_true (full.timestamp_trusted);
    /* four years on the certificates have ended; a document time stamp of today still proves it */
    material.now_us += 4 * 365 * DAY_US;
    sohoa_cms_verify_with (cms, fd, whole, 1, &material, &later);
    g_assert_cmpint (later.status, ==, SOHOA_CMS_UNTRUSTED_CHAIN);
    sohoa_cms_report_clear (&later);
    material.proof_us = sohoa_time_now_us () + G_USEC_PER_SEC;
    sohoa_cms_verify_with (cms, fd, whole, 1, &material, &later);
    g_assert_cmpstr (later.reason, ==, "");
    g_assert_cmpint (later.status, ==, SOHOA_CMS_VALID);
  }
}

static void
test_revoked (void)
{
  SOHOA_AUTO_FD int fd = signed_file ();
  g_autoptr (GBytes) cms = NULL;
  g_autoptr (SohoaEvidence) evidence = sohoa_evidence_new ();
  g_autoptr (GPtrArray) missing = g_ptr_array_new_with_free_func (g_free);
  SohoaCmsMaterial material = { .trust_pem = root_pem, .now_us = sohoa_time_now_us (), .need_revocation = TRUE };
  gboolean revoked = FALSE;
  g_auto (SohoaCmsReport) unknown = { 0 };
  g_auto (SohoaCmsReport) after = { 0 };
  g_auto (SohoaCmsReport) before = { 0 };

  set_modes ("tsa=ok&ocsp=ok&crl=ok&cert=ok");
  cms = sign_as ("revoked", fd, FALSE);
  sohoa_cms_verify_with (cms, fd, whole, 1, &material, &unknown);
  g_assert_cmpint (unknown.status, ==, SOHOA_CMS_UNTRUSTED_CHAIN);
  g_assert_cmpint (unknown.revocation, ==, SOHOA_REVOCATION_UNCHECKED);
  g_assert_false (gather ("revoked", evidence, missing, &revoked));
  g_assert_true (revoked);
  material.evidence = evidence;
  sohoa_cms_verify_with (cms, fd, whole, 1, &material, &after);
  g_assert_cmpint (after.status, ==, SOHOA_CMS_INVALID);
  g_assert_cmpint (after.revocation, ==, SOHOA_REVOCATION_REVOKED);
  /* the server says: revoked two days ago. Proven to exist three days ago it is good */
  material.proof_us = material.now_us - 3 * DAY_US;
  sohoa_cms_verify_with (cms, fd, whole, 1, &material, &before);
  g_assert_cmpstr (before.reason, ==, "");
  g_assert_cmpint (before.status, ==, SOHOA_CMS_VALID);
  g_assert_cmpint (before.revoked_us, !=, 0);
}

static void
test_weak_chain (void)
{
  SOHOA_AUTO_FD int fd = signed_file ();
  g_autoptr (GBytes) cms = sign_as ("sha1", fd, FALSE);
  const SohoaCmsMaterial material = { .trust_pem = root_pem, .now_us = sohoa_time_now_us () };
  g_auto (SohoaCmsReport) report = { 0 };

  sohoa_cms_verify_with (cms, fd, whole, 1, &material, &report);
  g_assert_cmpint (report.status, ==, SOHOA_CMS_UNTRUSTED_CHAIN);
}

/* No single changed bit of a stamped signature leaves it VALID, whatever the bit belongs to. */
static void
test_mangled (void)
{
  SOHOA_AUTO_FD int fd = signed_file ();
  g_autoptr (GBytes) cms = NULL;
  const SohoaCmsMaterial material = { .trust_pem = root_pem, .now_us = sohoa_time_now_us () };
  guint valid = 0;
  gsize length;

  set_modes ("tsa=ok");
  cms = sign_as ("ec256", fd, TRUE);
  length = g_bytes_get_size (cms);
  for (gsize i = 0; i < length; i++) {
    guint8 *copy = g_memdup2 (g_bytes_get_data (cms, NULL), length);
    g_autoptr (GBytes) bad = NULL;
    g_auto (SohoaCmsReport) report = { 0 };

    copy[i] ^= 1 << (i % 8);
    bad = g_bytes_new_take (copy, length);
    sohoa_cms_verify_with (bad, fd, whole, 1, &material, &report);
    if (report.status == SOHOA_CMS_VALID) {
      g_test_message ("byte %" G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT " may be changed", i, length);
      valid++;
    }
  }
  g_assert_cmpuint (valid, ==, 0);
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  g_thread_pool_set_max_idle_time (0); /* no thread ends by itself while the leak checker looks at them */
  g_unsetenv ("http_proxy");
  start_server ();
  g_assert_cmpint (RAND_bytes (digest, sizeof digest), ==, 1);
  g_test_add_func ("/tsa/good", test_stamp_good);
  g_test_add_func ("/tsa/faults", test_stamp_faults);
  g_test_add_func ("/tsa/slow", test_stamp_slow);
  g_test_add_func ("/tsa/cancelled", test_stamp_cancelled);
  g_test_add_func ("/tsa/clock", test_stamp_clock);
  g_test_add_func ("/tsa/trust", test_stamp_trust);
  g_test_add_func ("/tsa/mangled", test_stamp_mangled);
  g_test_add_func ("/evidence/gather", test_gather);
  g_test_add_func ("/evidence/variant", test_evidence_variant);
  g_test_add_func ("/levels/all", test_levels);
  g_test_add_func ("/levels/revoked", test_revoked);
  g_test_add_func ("/levels/weak-chain", test_weak_chain);
  g_test_add_func ("/levels/mangled", test_mangled);
  result = g_test_run ();
  stop_server ();
  return result;
}
