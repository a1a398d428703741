/* Tokens: a real one (SoftHSM2) through sohoa-sign-worker, and one whose module has a bad day. */
#include <string.h>
#include <unistd.h>

#include "sign-fixture.h"
#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-unlock.h"

#define PIN "246810"
#define LIMIT_MS 1500u /* cap of one call: a hung module is found within this */

static const char content[] = "một văn bản để ký bằng token";
static const SohoaRange whole[] = { { 0, sizeof content - 1 } };
static const SohoaUnlockItem shown = { .document = "D1", .revision = 3, .sha256 = "ab" };
static const SohoaUnlockItem added = { .document = "D2", .revision = 1, .sha256 = "cd" };

static char *module; /* path of SoftHSM2 */

static char *
make_uri (const char *path, const char *query)
{
  return g_strdup_printf ("pkcs11:token=B%%C3%%A0n%%20th%%E1%%BB%%AD%s?module-path=%s", query, path);
}

static SohoaUnlock *
unlock_at (const char *path, const char *query, const char *pin, gboolean final_try, GError **error)
{
  g_autofree char *uri = make_uri (path, query);
  SOHOA_AUTO_FD int fd = pin != NULL ? fixture_pipe (pin) : -1;
  const SohoaUnlockOptions options = { .uri = uri, .pin_fd = fd, .items = &shown, .n_items = 1, .final_try = final_try,
                                       .call_limit_ms = LIMIT_MS };

  return sohoa_unlock_new (&options, error);
}

static SohoaUnlock *
unlock (const char *query, const char *pin, GError **error)
{
  return unlock_at (module, query, pin, FALSE, error);
}

static GBytes *
sign_item (SohoaUnlock *held, const SohoaUnlockItem *item, GError **error)
{
  g_autoptr (SohoaSigner) signer = sohoa_unlock_make_signer (held, item, error);
  SOHOA_AUTO_FD int fd = fixture_file (content, sizeof content - 1);

  return signer != NULL ? sohoa_signer_sign (signer, fd, whole, 1, error) : NULL;
}

/* ---- the good token ---- */

static gboolean
openssl_accepts (GBytes *cms)
{
  g_autoptr (GBytes) data = g_bytes_new_static (content, sizeof content - 1);

  fixture_write ("cms.der", cms);
  fixture_write ("content.bin", data);
  return fixture_run ("openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", "@cms.der", "-content",
                      "@content.bin", "-CAfile", "@test-ca.pem", "-purpose", "any", "-out", "/dev/null", NULL);
}

static void
test_kind (gconstpointer object)
{
  g_autofree char *query = g_strdup_printf (";object=%s", (const char *) object);
  g_autofree char *name = g_strdup_printf ("VĂN THƯ %s", (const char *) object);
  g_autoptr (GError) error = NULL;
  g_autoptr (SohoaUnlock) held = unlock (query, PIN, &error);
  g_autoptr (SohoaSigner) signer = NULL;

  g_assert_no_error (error);
  signer = sohoa_unlock_make_signer (held, &shown, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (sohoa_signer_get_name (signer), ==, name);
  for (guint i = 0; i < 2; i++) { /* an unlocked token signs more than once */
    g_autoptr (GBytes) cms = sign_item (held, &shown, &error);

    g_assert_no_error (error);
    g_assert_true (openssl_accepts (cms));
  }
}

static void
test_list (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SohoaUnlock) held = unlock (";object=rsa", PIN, &error);
  const SohoaUnlockItem changed = { .document = "D1", .revision = 4, .sha256 = "ab" };
  const SohoaUnlockItem swapped = { .document = "D1", .revision = 3, .sha256 = "ac" };
  const SohoaUnlockItem *const strangers[] = { &added, &changed, &swapped };

  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (strangers); i++) {
    g_assert_null (sign_item (held, strangers[i], &error));
    g_assert_error (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_LOCKED);
    g_clear_error (&error);
  }
  for (guint i = 0; i < SOHOA_UNLOCK_MAX_TRIES; i++) {
    g_autoptr (GBytes) cms = sign_item (held, &shown, &error);

    g_assert_no_error (error);
  }
  g_assert_null (sign_item (held, &shown, &error));
  g_assert_error (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_LOCKED);
}

static void
test_end (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SohoaUnlock) held = unlock (";object=ec", PIN, &error);

  g_assert_no_error (error);
  g_assert_true (sohoa_unlock_is_alive (held));
  sohoa_unlock_end (held);
  g_assert_false (sohoa_unlock_is_alive (held));
  g_assert_null (sign_item (held, &shown, &error));
  g_assert_error (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_LOCKED);
}

static void
expect (const char *query, const char *pin, GQuark domain, int code, const char *part)
{
  g_autoptr (GError) error = NULL;
  SohoaUnlock *held = unlock (query, pin, &error);

  g_assert_null (held);
  g_assert_error (error, domain, code);
  g_assert_nonnull (strstr (error->message, part));
  g_assert_null (strstr (error->message, PIN));
}

static void
test_refusals (void)
{
  expect (";object=rsa", "000000", SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_PIN, "the PIN is wrong");
  expect (";object=rsa", "", SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_PIN, "needs its PIN");
  expect (";object=rsa", NULL, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_PIN, "needs its PIN");
  expect (";object=nobody", PIN, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_NO_KEY, "no certificate");
  expect ("", PIN, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_NO_KEY, "\"ec384\"");
  expect (";serial=0000", PIN, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_TOKEN_REMOVED, "put it in");
  expect (";pin-value=246810", PIN, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "--pin-fd");
  expect (";colour=red", PIN, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "unknown attribute");
}

static void
test_modules (void)
{
  static const struct {
    const char *path;
    GQuark (*domain) (void);
    int         code;
  } rows[] = {
    { "/nonexistent/module.so", sohoa_sign_error_quark, SOHOA_SIGN_ERROR_TOKEN },
    { "module.so", sohoa_error_quark, SOHOA_ERROR_INVALID_ARGUMENT },
    { "/etc/passwd", sohoa_sign_error_quark, SOHOA_SIGN_ERROR_TOKEN },
    { "libm.so.6", sohoa_error_quark, SOHOA_ERROR_INVALID_ARGUMENT },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_null (unlock_at (rows[i].path, "", PIN, FALSE, &error));
    g_assert_error (error, rows[i].domain (), rows[i].code);
  }
}

static void
test_report (void)
{
  g_autofree char *uri = make_uri (module, "");
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) report = sohoa_token_report (uri, LIMIT_MS, &error);
  g_autoptr (GVariant) tokens = NULL;
  g_autoptr (GVariant) token = NULL;
  g_autoptr (GVariant) certificates = NULL;
  const char *label = "";
  gboolean login = FALSE;

  g_assert_no_error (error);
  tokens = g_variant_lookup_value (report, "tokens", G_VARIANT_TYPE ("aa{sv}"));
  g_assert_cmpuint (g_variant_n_children (tokens), ==, 1);
  token = g_variant_get_child_value (tokens, 0);
  g_assert_true (g_variant_lookup (token, "label", "&s", &label) && g_variant_lookup (token, "login", "b", &login));
  g_assert_cmpstr (label, ==, "Bàn thử");
  g_assert_true (login);
  certificates = g_variant_lookup_value (token, "certificates", G_VARIANT_TYPE ("aa{sv}"));
  g_assert_cmpuint (g_variant_n_children (certificates), ==, 5);
}

/* ---- the bad day ---- */

static SohoaUnlock *
unlock_odd (const char *mood, gboolean final_try, GError **error)
{
  g_autofree char *path = g_build_filename (g_getenv ("SOHOA_TOP_BUILDDIR"), "tests", "sign", "odd-module.so", NULL);

  g_setenv ("SOHOA_ODD_MODULE", mood, TRUE);
  return unlock_at (path, ";object=rsa", PIN, final_try, error);
}

static guint
count_calls (const char *call)
{
  g_autofree char *path = fixture_path ("odd.log");
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  guint n = 0;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return 0;
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    n += g_str_equal (lines[i], call);
  return n;
}

/* Hangs, crashes and exits in each call: one clear error, soon, and the next unlock works. */
static void
test_bad_day (void)
{
  static const char *const calls[] = { "C_Initialize", "C_GetSlotList", "C_GetTokenInfo", "C_OpenSession",
                                       "C_Login", "C_FindObjects", "C_SignInit", "C_Sign" };
  static const char *const moods[] = { "hang", "crash", "exit" };

  for (guint i = 0; i < G_N_ELEMENTS (calls); i++) {
    for (guint k = 0; k < G_N_ELEMENTS (moods); k++) {
      g_autofree char *mood = g_strdup_printf ("%s:%s", calls[i], moods[k]);
      g_autoptr (GError) error = NULL;
      gint64 begun = g_get_monotonic_time ();
      g_autoptr (SohoaUnlock) held = unlock_odd (mood, FALSE, &error);
      g_autoptr (GBytes) cms = held != NULL ? sign_item (held, &shown, &error) : NULL;

      g_test_message ("%s: %s", mood, error != NULL ? error->message : "no error");
      g_assert_null (cms);
      g_assert_error (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_TOKEN);
      g_assert_nonnull (strstr (error->message, k == 0 ? calls[i] : "broke down"));
      g_assert_cmpint (g_get_monotonic_time () - begun, <, (gint64) LIMIT_MS * 1000 * 8);
      if (held != NULL)
        g_assert_false (sohoa_unlock_is_alive (held));
    }
  }
  {
    g_autoptr (GError) error = NULL;
    g_autoptr (SohoaUnlock) held = unlock_odd ("none", FALSE, &error);
    g_autoptr (GBytes) cms = held != NULL ? sign_item (held, &shown, &error) : NULL;

    g_assert_no_error (error);
    g_assert_true (openssl_accepts (cms));
  }
}

/* A module that hangs while it is left costs the grace, not the caller. */
static void
test_bad_end (void)
{
  g_autoptr (GError) error = NULL;
  SohoaUnlock *held = unlock_odd ("C_Logout:hang", FALSE, &error);
  gint64 begun = g_get_monotonic_time ();

  g_assert_no_error (error);
  sohoa_unlock_unref (held);
  g_assert_cmpint (g_get_monotonic_time () - begun, <, 10 * G_USEC_PER_SEC);
}

static gpointer
sign_behind (gpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (sign_item (data, &shown, &error));
  g_assert_error (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_LOCKED);
  return NULL;
}

/* Ending an unlock does not wait for a module that hangs: the desk's main loop may do it. */
static void
test_end_while_hanging (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (g_getenv ("SOHOA_TOP_BUILDDIR"), "tests", "sign", "odd-module.so", NULL);
  g_autofree char *uri = make_uri (path, ";object=rsa");
  SOHOA_AUTO_FD int fd = fixture_pipe (PIN);
  const SohoaUnlockOptions options = { .uri = uri, .pin_fd = fd, .items = &shown, .n_items = 1 }; /* 60 s a call */
  g_autoptr (SohoaUnlock) held = NULL;
  guint before = count_calls ("C_Sign");
  gint64 begun;
  GThread *thread;

  g_setenv ("SOHOA_ODD_MODULE", "C_Sign:hang", TRUE);
  held = sohoa_unlock_new (&options, &error);
  g_assert_no_error (error);
  thread = g_thread_new ("signer", sign_behind, held);
  while (count_calls ("C_Sign") == before)
    g_usleep (10 * 1000);
  begun = g_get_monotonic_time ();
  g_assert_true (sohoa_unlock_is_alive (held));
  sohoa_unlock_end (held);
  g_assert_false (sohoa_unlock_is_alive (held));
  g_thread_join (thread);
  g_assert_cmpint (g_get_monotonic_time () - begun, <, 30 * G_USEC_PER_SEC); /* not the minute of the call */
}

static void
test_removed (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SohoaUnlock) held = unlock_odd ("C_SignInit:removed", FALSE, &error);

  g_assert_no_error (error);
  g_assert_null (sign_item (held, &shown, &error));
  g_assert_error (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_TOKEN_REMOVED);
  g_clear_error (&error);
  g_assert_false (sohoa_unlock_is_alive (held));
  g_assert_null (sign_item (held, &shown, &error));
  g_assert_error (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_LOCKED);
}

/* A signature that does not fit the certificate never reaches a document. */
static void
test_garbage (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SohoaUnlock) held = unlock_odd ("C_Sign:garbage", FALSE, &error);

  g_assert_no_error (error);
  g_assert_null (sign_item (held, &shown, &error));
  g_assert_error (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_KEY_MISMATCH);
}

/* The last try is a person's decision; a locked token is not asked at all; a wrong PIN is tried once. */
static void
test_tries (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SohoaUnlock) held = NULL;
  guint before = count_calls ("C_Login");

  g_assert_null (unlock_odd ("C_GetTokenInfo:final", FALSE, &error));
  g_assert_error (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_PIN_FINAL);
  g_clear_error (&error);
  g_assert_null (unlock_odd ("C_GetTokenInfo:locked", TRUE, &error));
  g_assert_error (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_PIN_LOCKED);
  g_clear_error (&error);
  g_assert_cmpuint (count_calls ("C_Login"), ==, before);
  held = unlock_odd ("C_GetTokenInfo:final", TRUE, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (count_calls ("C_Login"), ==, before + 1);
}

int
main (int argc, char **argv)
{
  g_autofree char *script = g_build_filename (g_getenv ("SOHOA_TOP_SRCDIR"), "tests", "sign", "make-token.sh", NULL);
  g_autofree char *conf = NULL;
  g_autofree char *log = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  fixture_open ();
  conf = fixture_path ("token/softhsm2.conf");
  log = fixture_path ("odd.log");
  g_assert_true (fixture_run (script, "@", "@token", "Bàn thử", PIN, "rsa2048:rsa", "rsa4096:rsa4096", "p256:ec",
                              "p384:ec384", "always:moi-lan", NULL));
  module = g_strdup ("/usr/lib/softhsm/libsofthsm2.so");
  g_setenv ("SOFTHSM2_CONF", conf, TRUE);
  g_setenv ("SOHOA_ODD_REAL", module, TRUE);
  g_setenv ("SOHOA_ODD_LOG", log, TRUE);
  g_test_add_data_func ("/unlock/rsa-2048", "rsa", test_kind);
  g_test_add_data_func ("/unlock/rsa-4096", "rsa4096", test_kind);
  g_test_add_data_func ("/unlock/p-256", "ec", test_kind);
  g_test_add_data_func ("/unlock/p-384", "ec384", test_kind);
  g_test_add_data_func ("/unlock/pin-each-time", "moi-lan", test_kind);
  g_test_add_func ("/unlock/list", test_list);
  g_test_add_func ("/unlock/end", test_end);
  g_test_add_func ("/unlock/refusals", test_refusals);
  g_test_add_func ("/unlock/modules", test_modules);
  g_test_add_func ("/unlock/report", test_report);
  g_test_add_func ("/unlock/bad-day", test_bad_day);
  g_test_add_func ("/unlock/bad-end", test_bad_end);
  g_test_add_func ("/unlock/end-while-hanging", test_end_while_hanging);
  g_test_add_func ("/unlock/removed", test_removed);
  g_test_add_func ("/unlock/garbage", test_garbage);
  g_test_add_func ("/unlock/tries", test_tries);
  status = g_test_run ();
  fixture_close ();
  g_free (module);
  return status;
}
