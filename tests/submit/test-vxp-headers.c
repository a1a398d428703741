/* Signed headers: the published vector, each way in which a request is not authentic. */
#include "sohoa-errors.h"
#include "sohoa-vxp-headers.h"

#include <glib.h>

/* domain.md 10.1 */
#define VECTOR_TEXT "{\"XroadVnpt-systemid\":\"TEST.SYS\",\"XroadVnpt-servicetype\":\"eDoc\"," \
  "\"XroadVnpt-messagetype\":\"edoc\"," \
  "\"XroadVnpt-hash-file\":\"95b340e4bce4276187ca89925104f165e8d87816f5ff0cfdeb69669f951c\"," \
  "\"XroadVnpt-from\":\"H31.98.01\",\"XroadVnpt-to\":\"[\\\"H31.99\\\"]\"," \
  "\"XroadVnpt-timestamp\":\"22112026T132044+0375\",\"XroadVnpt-Content-Type\":\"application/octet-stream\"}"
#define VECTOR_HMAC "5ae1a9794f19524ca277f164133f0becd8cd1793fef1a2cc5a1f92c07e250bf6"
/* 2026-11-22 13:20:44.375 +07:00 = 06:20:44.375 UTC; date -u -d … +%s */
#define VECTOR_TIME_US (G_GINT64_CONSTANT (1795328444375) * 1000)

static GPtrArray *
vector_headers (void)
{
  GPtrArray *h = sohoa_vxp_headers_new ();

  sohoa_vxp_headers_add (h, "systemid", "TEST.SYS");
  sohoa_vxp_headers_add (h, "servicetype", "eDoc");
  sohoa_vxp_headers_add (h, "messagetype", "edoc");
  sohoa_vxp_headers_add (h, "hash-file", "95b340e4bce4276187ca89925104f165e8d87816f5ff0cfdeb69669f951c");
  sohoa_vxp_headers_add (h, "from", "H31.98.01");
  sohoa_vxp_headers_add (h, "to", "[\"H31.99\"]");
  sohoa_vxp_headers_add (h, "timestamp", "22112026T132044+0375");
  sohoa_vxp_headers_add (h, "Content-Type", "application/octet-stream");
  return h;
}

static void
test_vector (void)
{
  g_autoptr(GPtrArray) headers = vector_headers ();
  g_autofree char *text = sohoa_vxp_sign_text (headers, SOHOA_VXP_PREFIX);
  g_autofree char *names = sohoa_vxp_sign_names (headers);
  g_autofree char *hmac = sohoa_vxp_hmac ("testsecret", text);

  g_assert_cmpstr (text, ==, VECTOR_TEXT);
  g_assert_cmpstr (names, ==, "systemid;servicetype;messagetype;hash-file;from;to;timestamp;Content-Type");
  g_assert_cmpstr (hmac, ==, VECTOR_HMAC);
}

static void
test_timestamp (void)
{
  static const char *const bad[] = { "", "22112026T132044", "22112026T132044+375", "22112026T132044+0375x",
                                     "31022026T132044+0375", "22112026T252044+0000", "22112026T132044+1000" };
  g_autofree char *text = sohoa_vxp_timestamp (VECTOR_TIME_US);
  gint64 time_us;

  g_assert_cmpstr (text, ==, "22112026T132044+0375");
  g_assert_true (sohoa_vxp_timestamp_parse (text, &time_us));
  g_assert_cmpint (time_us, ==, VECTOR_TIME_US);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (sohoa_vxp_timestamp_parse (bad[i], &time_us));
}

static void
test_quirky_hash (void)
{
  g_autofree char *quirk = sohoa_vxp_hash_quirk ("080a00ff10");

  g_assert_cmpstr (quirk, ==, "8a0ff10");
  g_assert_true (sohoa_vxp_hash_matches ("8a0ff10", "080a00ff10"));
  g_assert_true (sohoa_vxp_hash_matches ("080A00FF10", "080a00ff10"));
  g_assert_false (sohoa_vxp_hash_matches ("8a0ff1", "080a00ff10"));
  g_assert_false (sohoa_vxp_hash_matches (NULL, "080a00ff10"));
}

static const char *
look (gpointer data, const char *header)
{
  return g_hash_table_lookup (data, header);
}

static GHashTable *
signed_request (void)
{
  GHashTable *t = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr(GPtrArray) headers = vector_headers ();
  g_autofree char *names = sohoa_vxp_sign_names (headers);

  for (guint i = 0; i < headers->len; i++) {
    const SohoaVxpHeader *h = g_ptr_array_index (headers, i);

    g_hash_table_insert (t, g_strconcat (SOHOA_VXP_PREFIX, h->name, NULL), g_strdup (h->value));
  }
  g_hash_table_insert (t, g_strdup ("XroadVnpt-sign-header-key"), g_strdup (names));
  g_hash_table_insert (t, g_strdup ("XroadVnpt-sign-header"), g_strdup (VECTOR_TEXT));
  g_hash_table_insert (t, g_strdup ("XroadVnpt-hash-header"), g_strdup (VECTOR_HMAC));
  return t;
}

static void
test_verify (void)
{
  static const char *const needed[] = { "hash-file", NULL };
  static const char *const more[] = { "level", NULL };
  /* what is changed, its new value (NULL: removed), seconds the receiver's clock is off */
  static const struct {
    const char *header, *value;
    int         clock_s;
    gboolean    good;
  } rows[] = {
    { "XroadVnpt-status", "stale header of an earlier call", 0, TRUE },
    { "X", "", 9 * 60, TRUE },
    { "X", "", -9 * 60, TRUE },
    { "X", "", 11 * 60, FALSE },
    { "X", "", -11 * 60, FALSE },
    { "XroadVnpt-from", "H31.98.02", 0, FALSE },
    { "XroadVnpt-hash-file", NULL, 0, FALSE },
    { "XroadVnpt-hash-header", "5ae1a9794f19524ca277f164133f0becd8cd1793fef1a2cc5a1f92c07e250bf7", 0, FALSE },
    { "XroadVnpt-hash-header", "", 0, FALSE },
    { "XroadVnpt-sign-header", "{}", 0, FALSE },
    { "XroadVnpt-sign-header-key", "systemid;timestamp", 0, FALSE },
    { "XroadVnpt-sign-header-key", NULL, 0, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr(GHashTable) request = signed_request ();
    g_autoptr(GError) error = NULL;
    gboolean good;

    if (rows[i].value == NULL)
      g_hash_table_remove (request, rows[i].header);
    else
      g_hash_table_replace (request, g_strdup (rows[i].header), g_strdup (rows[i].value));
    good = sohoa_vxp_verify (look, request, SOHOA_VXP_PREFIX, "testsecret", needed,
                             VECTOR_TIME_US + rows[i].clock_s * G_USEC_PER_SEC, &error);
    if (good != rows[i].good)
      g_test_message ("row %u: %s", i, error != NULL ? error->message : "accepted");
    g_assert_true (good == rows[i].good);
    if (!good)
      g_assert_error (error, SOHOA_SUBMIT_ERROR, SOHOA_SUBMIT_ERROR_AUTH);
  }
  {
    g_autoptr(GHashTable) request = signed_request ();

    g_assert_false (sohoa_vxp_verify (look, request, SOHOA_VXP_PREFIX, "testsecret", more, VECTOR_TIME_US, NULL));
    g_assert_false (sohoa_vxp_verify (look, request, SOHOA_VXP_PREFIX, "other", needed, VECTOR_TIME_US, NULL));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/vxp-headers/vector", test_vector);
  g_test_add_func ("/vxp-headers/timestamp", test_timestamp);
  g_test_add_func ("/vxp-headers/quirky-hash", test_quirky_hash);
  g_test_add_func ("/vxp-headers/verify", test_verify);
  return g_test_run ();
}
