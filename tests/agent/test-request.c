/* What pages send and what counts as an address of theirs. */
#include "sohoa-agent-conf.h"
#include "sohoa-agent-request.h"

#include "sohoa-errors.h"

#include <glib/gstdio.h>
#include <string.h>

static void
test_origins (void)
{
  static const struct { const char *address, *origin; gboolean only; } rows[] = {
    { "https://qlvb.example", "https://qlvb.example", TRUE },
    { "https://QLVB.Example:443", "https://qlvb.example", TRUE },
    { "https://qlvb.example:8443", "https://qlvb.example:8443", TRUE },
    { "https://[::1]:8443", "https://[::1]:8443", TRUE },
    { "https://qlvb.example/a?b=c", "https://qlvb.example", FALSE },
    { "https://qlvb.example/a?b=c", NULL, TRUE },
    { "https://qlvb.example/", NULL, TRUE },
    { "http://qlvb.example", NULL, FALSE },
    { "https://user@qlvb.example", NULL, FALSE },
    { "https://qlvb.example@evil.example/", NULL, FALSE },
    { "https://qlvb.example\\@evil.example/", NULL, FALSE },
    { "https://qlvb.example\t/", NULL, FALSE },
    { "https://qlvb.example /", NULL, FALSE },
    { "https://qlvb%2eexample/", NULL, FALSE },
    { "https:///x", NULL, FALSE },
    { "//qlvb.example/x", NULL, FALSE },
    { "null", NULL, TRUE },
    { "", NULL, TRUE },
    { "file:///etc/passwd", NULL, FALSE },
    { "https://máy.example", NULL, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *origin = sohoa_agent_origin_of (rows[i].address, rows[i].only);

    g_test_message ("%s", rows[i].address);
    g_assert_cmpstr (origin, ==, rows[i].origin);
  }
}

static void
test_tolerant (void)
{
  static const char *const texts[] = {
    "{\"FileName\":\"https://a/b\",\"DocNumber\":\"12\",\"MetaData\":[{\"Key\":\"k\",\"Value\":\"v\"}]}",
    "\xef\xbb\xbf {\"filename\":\"https://a/b\",\"DOCNUMBER\":12,\"metadata\":[{\"key\":\"k\",\"VALUE\":\"v\"},7]}",
    "\"{\\\"FileName\\\":\\\"https://a/b\\\",\\\"DocNumber\\\":12,\\\"MetaData\\\":[{\\\"Key\\\":\\\"k\\\",\\\"Value\\\":\\\"v\\\"}]}\"",
    "{\"FileName\":\"https://a/b\",\"DocNumber\":12,\"MetaData\":[{\"Key\":\"k\",\"Value\":\"v\"}],\"SessionId\":null,\"More\":{\"a\":[]}}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(SohoaAgentRequest) request = sohoa_agent_request_parse (SOHOA_AGENT_SIGN_ISSUED, texts[i], strlen (texts[i]), &error);
    SohoaAgentMeta *meta;

    g_assert_no_error (error);
    g_assert_cmpstr (request->url, ==, "https://a/b");
    g_assert_cmpstr (request->doc_number, ==, "12");
    g_assert_cmpstr (request->session, ==, "");
    g_assert_cmpuint (request->meta->len, ==, 1);
    meta = g_ptr_array_index (request->meta, 0);
    g_assert_cmpstr (meta->key, ==, "k");
    g_assert_cmpstr (meta->value, ==, "v");
  }
}

static void
test_refused (void)
{
  g_autofree char *deep = g_strnfill (100000, '[');
  g_autofree char *longer = g_strnfill (SOHOA_AGENT_MAX_TEXT_BYTES + 1, 'a');
  g_autofree char *with_long = g_strdup_printf ("{\"JWTToken\":\"%s\"}", longer);
  g_autofree char *huge = g_strnfill (SOHOA_AGENT_MAX_REQUEST_BYTES + 1, ' ');
  const struct { SohoaAgentOp op; const char *text; } rows[] = {
    { SOHOA_AGENT_SIGN_INCOME, "" },          { SOHOA_AGENT_SIGN_INCOME, "[]" },   { SOHOA_AGENT_SIGN_INCOME, "{\"a\":" },
    { SOHOA_AGENT_SIGN_INCOME, deep },        { SOHOA_AGENT_SIGN_INCOME, with_long }, { SOHOA_AGENT_SIGN_INCOME, huge },
    { SOHOA_AGENT_SIGN_INCOME, "\"[1]\"" },   { SOHOA_AGENT_SIGN_INCOME, "{\"a\":\"\\ud800\"}" },
    { SOHOA_AGENT_SIGN_INCOME, "{\"SessionId\":\"a\\r\\nX: 1\"}" }, { SOHOA_AGENT_SIGN_INCOME, "{\"JWTToken\":\"\\u00e1\"}" },
    { SOHOA_AGENT_SIGN_INCOME, "{\"MetaData\":[{\"Key\":\"a\\\"b\",\"Value\":\"\"}]}" },
    { SOHOA_AGENT_SIGN_FILES, "{}" },         { SOHOA_AGENT_SIGN_FILES, "{\"Files\":[]}" }, { SOHOA_AGENT_SIGN_FILES, "{\"Files\":[1]}" },
    { SOHOA_AGENT_SIGN_FILES, "{\"Files\":[{\"FileID\":1}]}" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr(GError) error = NULL;

    g_test_message ("%.60s", rows[i].text);
    g_assert_null (sohoa_agent_request_parse (rows[i].op, rows[i].text, strlen (rows[i].text), &error));
    g_assert_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT);
  }
}

static void
test_ops (void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(SohoaAgentRequest) request = sohoa_agent_request_parse (SOHOA_AGENT_GET_VERSION, "version", 7, &error);

  g_assert_no_error (error);
  g_assert_nonnull (request);
  for (guint i = 0; i < SOHOA_AGENT_N_OPS; i++)
    g_assert_cmpint (sohoa_agent_op_of (sohoa_agent_op_word (i)), ==, i);
  g_assert_cmpint (sohoa_agent_op_of ("/signincome"), ==, SOHOA_AGENT_SIGN_INCOME);
  g_assert_cmpint (sohoa_agent_op_of ("/SignIncome/"), ==, SOHOA_AGENT_N_OPS);
  g_assert_cmpint (sohoa_agent_op_of (""), ==, SOHOA_AGENT_N_OPS);
}

static void
test_reply (void)
{
  g_autoptr(SohoaAgentReply) reply = sohoa_agent_reply_new (SOHOA_AGENT_OK, "x \"y\"");
  g_autofree char *json = NULL;

  reply->file_name = g_strdup ("a.pdf");
  reply->file_server = g_strdup ("{\"n\":1}\xff");
  json = sohoa_agent_reply_to_json (reply);
  g_assert_cmpstr (json, ==,
                   "{\"Status\":0,\"Message\":\"x \\\"y\\\"\",\"FileName\":\"a.pdf\",\"FileServer\":\"{\\\"n\\\":1}\xef\xbf\xbd\","
                   "\"DocumentNumber\":\"\",\"DocumentDate\":\"\"}");
}

/* What a person allows is kept, what is configured is not changed by an answer. */
static void
test_permissions (void)
{
  g_autofree char *folder = g_dir_make_tmp ("sohoa-agent-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "agent.conf", NULL);
  g_autofree char *learned = g_build_filename (folder, "agent-origins.conf", NULL);
  const char *const hosts[] = { "https://files.example", NULL };
  g_autoptr(GError) error = NULL;
  SohoaAgentConf *conf;

  g_assert_true (g_file_set_contents (path, "[agent]\nport=0\n[origin https://fixed.example]\nhosts=https://a.example\n", -1, NULL));
  conf = sohoa_agent_conf_load (folder, &error);
  g_assert_no_error (error);
  g_assert_cmpint (sohoa_agent_conf_judge (conf, "https://fixed.example"), ==, SOHOA_AGENT_ALLOWED);
  g_assert_true (sohoa_agent_conf_may_visit (conf, "https://fixed.example", "https://a.example"));
  g_assert_false (sohoa_agent_conf_may_visit (conf, "https://fixed.example", "https://files.example"));
  g_assert_false (sohoa_agent_conf_allow (conf, "https://fixed.example", hosts, &error));
  g_assert_error (error, SOHOA_ERROR, SOHOA_ERROR_NOT_AUTHORISED);
  g_clear_error (&error);
  g_assert_cmpint (sohoa_agent_conf_judge (conf, "https://new.example"), ==, SOHOA_AGENT_UNKNOWN);
  g_assert_true (sohoa_agent_conf_allow (conf, "https://new.example", hosts, &error));
  g_assert_true (sohoa_agent_conf_may_visit (conf, "https://new.example", "https://files.example"));
  g_assert_false (sohoa_agent_conf_may_visit (conf, "https://new.example", "https://fixed.example"));
  sohoa_agent_conf_deny (conf, "https://bad.example");
  g_assert_cmpint (sohoa_agent_conf_judge (conf, "https://bad.example"), ==, SOHOA_AGENT_DENIED);
  sohoa_agent_conf_free (conf);

  conf = sohoa_agent_conf_load (folder, &error); /* the next start */
  g_assert_no_error (error);
  g_assert_true (sohoa_agent_conf_may_visit (conf, "https://new.example", "https://files.example"));
  g_assert_cmpint (sohoa_agent_conf_judge (conf, "https://bad.example"), ==, SOHOA_AGENT_UNKNOWN);
  g_assert_true (sohoa_agent_conf_forget (conf, "https://new.example", &error));
  g_assert_cmpint (sohoa_agent_conf_judge (conf, "https://new.example"), ==, SOHOA_AGENT_UNKNOWN);
  sohoa_agent_conf_free (conf);
  g_assert_true (g_file_set_contents (path, "[agent]\nsign=pkcs11:object=x?pin-value=1\n", -1, NULL));
  g_assert_null (sohoa_agent_conf_load (folder, &error));
  g_assert_error (error, SOHOA_ERROR, SOHOA_ERROR_CONFIG);
  (void) g_unlink (path);
  (void) g_unlink (learned);
  (void) g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/agent/origins", test_origins);
  g_test_add_func ("/agent/tolerant", test_tolerant);
  g_test_add_func ("/agent/refused", test_refused);
  g_test_add_func ("/agent/ops", test_ops);
  g_test_add_func ("/agent/reply", test_reply);
  g_test_add_func ("/agent/permissions", test_permissions);
  return g_test_run ();
}
