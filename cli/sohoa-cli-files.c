/* sohoa sign-file and verify: PDFs that are no documents of the desk. */
#include "sohoa-cli.h"

#include "sohoa-file.h"
#include "sohoa-json.h"
#include "sohoa-pipeline.h"
#include "sohoa-time.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct {
  char    *output, *sign, *reason, *json, *at;
  SohoaCliLevel level;
  int      pin_fd;
  gboolean online;
  gboolean final_try;
} opt;

static const GOptionEntry sign_entries[] = {
  { "output", 'o', 0, G_OPTION_ARG_FILENAME, &opt.output, "the signed PDF to write", "OUT" },
  { "sign", 0, 0, G_OPTION_ARG_STRING, &opt.sign, "sign with this key", "p12:FILE|pkcs11:URI" },
  SOHOA_CLI_LEVEL_ENTRIES (opt.level),
  { "pin-fd", 0, 0, G_OPTION_ARG_INT, &opt.pin_fd, "read the key's passphrase or the token's PIN from this descriptor", "N" },
  { "final-try", 0, 0, G_OPTION_ARG_NONE, &opt.final_try, "try the PIN although one more wrong one locks the token", NULL },
  { "reason", 0, 0, G_OPTION_ARG_STRING, &opt.reason, "reason shown with the signature", "TEXT" },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};

static const GOptionEntry verify_entries[] = {
  { "json", 0, 0, G_OPTION_ARG_FILENAME, &opt.json, "the report; without a file: to standard output", "OUT.json" },
  { "trust", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &opt.level.trust, "certificates to trust", "PEM" },
  { "online", 0, 0, G_OPTION_ARG_NONE, &opt.online, "fetch missing certificates, OCSP answers and CRLs; revocation must be known", NULL },
  { "proxy", 0, 0, G_OPTION_ARG_STRING, &opt.level.proxy, "HTTP proxy (else http_proxy of the environment)", "URL" },
  { "at", 0, 0, G_OPTION_ARG_STRING, &opt.at, "judge as of this time, e.g. 2040-01-01T00:00:00+07:00", "TIME" },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};

static gboolean
same_file (int fd, const char *path)
{
  struct stat a, b;

  return fstat (fd, &a) == 0 && stat (path, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

int
sohoa_cli_sign_file (int argc, char **argv, GError **error)
{
  g_autoptr(SohoaWorkerPool) pool = NULL;
  SohoaPdfOptions options = { .mode = 0644 };
  SohoaPdfResult result = { 0 };
  SohoaTrustServices services;
  SOHOA_AUTO_FD int fd = -1;
  gboolean ok;

  opt.pin_fd = -1;
  if (!sohoa_cli_parse ("sign-file", "FILE -o OUT --sign p12:FILE — append a signature to a PDF", sign_entries, &argc,
                        &argv, error))
    return SOHOA_EXIT_USAGE;
  if (argc != 2 || opt.output == NULL || opt.sign == NULL) {
    sohoa_cli_usage_error (error, "sign-file: needs FILE, -o OUT and --sign p12:FILE or pkcs11:URI");
    return SOHOA_EXIT_USAGE;
  }
  if (!sohoa_cli_take_services (&opt.level, &services, error))
    return SOHOA_EXIT_USAGE;
  fd = sohoa_cli_open_input (argv[1], error);
  if (fd < 0)
    return SOHOA_EXIT_REFUSED;
  if (same_file (fd, opt.output)) {
    sohoa_cli_usage_error (error, "%s: is also the input: write to another file", opt.output);
    return SOHOA_EXIT_USAGE;
  }
  options.signer = sohoa_pipeline_signer_new (opt.sign, opt.pin_fd, opt.final_try, error);
  options.reason = opt.reason;
  options.services = &services;
  if (options.signer == NULL)
    return SOHOA_EXIT_SIGNATURE;
  pool = sohoa_worker_pool_new (1, error);
  ok = pool != NULL
       && sohoa_pipeline_sign_file (pool, fd, &options, opt.output, sohoa_cli_cancellable (), &result, error);
  for (guint i = 0; ok && i < result.deviations->len; i++)
    sohoa_cli_complain (result.deviations->pdata[i]);
  sohoa_pdf_result_clear (&result);
  sohoa_signer_free (options.signer);
  g_clear_pointer (&services.trust_pem, g_bytes_unref);
  return ok ? SOHOA_EXIT_OK : SOHOA_EXIT_INTERNAL;
}

/* All --trust files in one memory file; -1 without an error when there are none. */
static int
gather_trust (GError **error)
{
  g_autoptr(GBytes) pem = sohoa_cli_read_trust (opt.level.trust, error);

  return pem != NULL ? sohoa_memfd_new_sealed ("trust", g_bytes_get_data (pem, NULL), g_bytes_get_size (pem), error) : -1;
}

static const char *
text_of (JsonObject *object, const char *name)
{
  return json_object_get_string_member_with_default (object, name, "");
}

/* What the signature of @field shows on its page, its lines behind each other. */
static void
print_shown (JsonObject *file, const char *field)
{
  JsonArray *all = file != NULL && json_object_has_member (file, "shown") ? json_object_get_array_member (file, "shown") : NULL;

  for (guint i = 0; all != NULL && i < json_array_get_length (all); i++) {
    JsonObject *one = json_array_get_object_element (all, i);
    g_auto(GStrv) lines = g_strsplit (text_of (one, "text"), "\n", -1);
    g_autofree char *line = g_strjoinv (" / ", lines);

    if (g_str_equal (text_of (one, "field"), field))
      printf ("  shown:   %s\n", *line != '\0' ? line : "(no text)");
  }
}

static void
print_signature (JsonArray *array, guint i, JsonNode *node, gpointer data)
{
  JsonObject *s = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;

  (void) array;
  if (s == NULL)
    return;
  printf ("signature %u: %s\n", i + 1, text_of (s, "status"));
  printf ("  signer:  %s\n", text_of (s, "signer"));
  printf ("  issuer:  %s\n", text_of (s, "issuer"));
  if (*text_of (s, "claimed_time") != '\0')
    printf ("  time:    %s (claimed by the signer)\n", text_of (s, "claimed_time"));
  if (*text_of (s, "timestamp") != '\0')
    printf ("  stamped: %s\n", text_of (s, "timestamp"));
  if (*text_of (s, "level") != '\0')
    printf ("  level:   %s\n", text_of (s, "level"));
  printf ("  revoked: %s\n", g_str_equal (text_of (s, "revocation"), "good") ? "no"
                              : g_str_equal (text_of (s, "revocation"), "revoked") ? text_of (s, "revoked")
                              : "not checked");
  if (*text_of (s, "reason") != '\0')
    printf ("  why:     %s\n", text_of (s, "reason"));
  print_shown (data, text_of (s, "field"));
  if (json_object_has_member (s, "changed_after")) {
    JsonArray *changes = json_object_get_array_member (s, "changed_after");

    for (guint k = 0; k < json_array_get_length (changes); k++)
      printf ("  after:   %s\n", json_array_get_string_element (changes, k));
  }
}

static gint64
number_of (JsonObject *object, const char *name)
{
  return json_object_get_int_member_with_default (object, name, 0);
}

/* What the file says of itself: claimed, not proven. */
static void
print_file (JsonObject *file)
{
  JsonObject *record = json_object_has_member (file, "record") ? json_object_get_object_member (file, "record") : NULL;
  JsonArray *attached = json_object_has_member (file, "attached") ? json_object_get_array_member (file, "attached") : NULL;
  g_autoptr(GList) keys = record != NULL ? json_object_get_members (record) : NULL;

  if (*text_of (file, "error") != '\0') {
    printf ("file: %s\n", text_of (file, "error"));
    return;
  }
  printf ("PDF/A: %s%s\n", *text_of (file, "pdfa") != '\0' ? text_of (file, "pdfa") : "not claimed",
          *text_of (file, "pdfa") != '\0' ? " (claimed in its metadata)" : "");
  printf ("text: %" G_GINT64_FORMAT " words on %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT " pages\n",
          number_of (file, "words"), number_of (file, "pages_with_text"), number_of (file, "pages"));
  if (number_of (file, "pages_looked_at") < number_of (file, "pages"))
    printf ("  (only the first %" G_GINT64_FORMAT " were looked at)\n", number_of (file, "pages_looked_at"));
  if (*text_of (file, "title") != '\0')
    printf ("title: %s\n", text_of (file, "title"));
  printf ("record:%s\n", keys != NULL ? "" : " none of ours");
  for (const GList *k = keys; k != NULL; k = k->next)
    printf ("  %s: %s\n", (const char *) k->data, text_of (record, k->data));
  for (guint i = 0; attached != NULL && i < json_array_get_length (attached); i++)
    printf ("inside: %s\n", json_array_get_string_element (attached, i));
}

static void
print_report (const char *path, const char *json)
{
  g_autoptr(JsonObject) root = sohoa_json_parse (json, -1);
  JsonObject *file = root != NULL && json_object_has_member (root, "file") ? json_object_get_object_member (root, "file") : NULL;

  printf ("%s: %s\n", path, sohoa_verify_report_status (json));
  if (root != NULL && json_object_has_member (root, "signatures"))
    json_array_foreach_element (json_object_get_array_member (root, "signatures"), print_signature, file);
  if (file != NULL)
    print_file (file);
}

static int
run_verify (const char *path, GError **error)
{
  g_autoptr(SohoaWorkerPool) pool = NULL;
  g_autoptr(GError) local = NULL;
  g_autofree char *json = NULL;
  SOHOA_AUTO_FD int fd = sohoa_cli_open_input (path, error);
  SOHOA_AUTO_FD int trust = -1;
  SohoaVerifyOptions options = { .trust_fd = -1, .online = opt.online, .proxy = opt.level.proxy, .about = TRUE };

  if (fd < 0)
    return SOHOA_EXIT_REFUSED;
  if (opt.at != NULL && !sohoa_time_from_iso (opt.at, &options.time_us)) {
    sohoa_cli_usage_error (error, "--at %s: not a time with a zone, like 2040-01-01T00:00:00+07:00", opt.at);
    return SOHOA_EXIT_USAGE;
  }
  options.trust_fd = trust = gather_trust (&local);
  if (local != NULL) {
    g_propagate_error (error, g_steal_pointer (&local));
    return SOHOA_EXIT_USAGE;
  }
  pool = sohoa_worker_pool_new (1, error);
  if (pool == NULL || !sohoa_pipeline_verify_with (pool, fd, &options, sohoa_cli_cancellable (), &json, error))
    return SOHOA_EXIT_SIGNATURE;
  if (opt.json != NULL) {
    g_autofree char *line = g_strconcat (json, "\n", NULL);

    if (!sohoa_cli_write_text (opt.json, line, error))
      return SOHOA_EXIT_INTERNAL;
  } else {
    print_report (path, json);
  }
  return g_str_equal (sohoa_verify_report_status (json), "VALID") ? SOHOA_EXIT_OK : SOHOA_EXIT_SIGNATURE;
}

int
sohoa_cli_verify (int argc, char **argv, GError **error)
{
  g_auto(GStrv) joined = sohoa_cli_join_json (argc, argv);
  int n = g_strv_length (joined);
  g_autofree char **args = g_memdup2 (joined, sizeof (char *) * (n + 1));

  if (!sohoa_cli_parse ("verify", "FILE — check a PDF's signatures; exit 0 only for VALID, else 7", verify_entries, &n, &args,
                        error))
    return SOHOA_EXIT_USAGE;
  if (n != 2) {
    sohoa_cli_usage_error (error, "verify: give one PDF");
    return SOHOA_EXIT_USAGE;
  }
  return run_verify (args[1], error);
}
