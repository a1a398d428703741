/* Who is spoken to over TLS: real servers (openssl s_server) of several kinds, certificates made here. */
#include "sohoa-errors.h"
#include "sohoa-http.h"
#include "sohoa-transport.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

#define SERVER_SECONDS "60"
#define TIMEOUT_MS (20 * 1000)

static char *folder; /* (owned) */

/* Under AddressSanitizer: its leak checker walks the thread-local storage of glib-networking's module by a table it keeps
 * itself, and crashes over it ("Tracer caught signal 11") as soon as a thread has spoken TLS; without the table leaks are found as ever. */
const char *__asan_default_options (void);
const char *
__asan_default_options (void)
{
  return "intercept_tls_get_addr=0";
}

static void
run (const char *command)
{
  g_autofree char *said = NULL, *troubles = NULL;
  g_autoptr(GError) error = NULL;
  int status = 0;

  g_assert_true (g_spawn_command_line_sync (command, &said, &troubles, &status, &error));
  if (!g_spawn_check_wait_status (status, NULL))
    g_error ("%s: %s", command, troubles);
}

static char *
file (const char *name)
{
  return g_build_filename (folder, name, NULL);
}

/* NAME.pem and NAME.key: self-signed for @host, ending in @days (may be past). */
static void
make_certificate (const char *name, const char *host, const char *from, const char *to)
{
  g_autofree char *conf = file ("x.cnf"), *text = NULL, *request = NULL, *sign = NULL, *empty = file ("index.txt");
  g_autoptr(GError) error = NULL;

  text = g_strdup_printf ("[req]\ndistinguished_name=dn\nprompt=no\nx509_extensions=v3\n[dn]\nCN=%s\n[v3]\nbasicConstraints=critical,CA:TRUE\n"
                          "subjectAltName=%s\n[ca]\ndefault_ca=own\n[own]\ndatabase=%s\nnew_certs_dir=%s\nrand_serial=yes\n"
                          "default_md=sha256\npolicy=any\nx509_extensions=v3\nunique_subject=no\n[any]\ncommonName=supplied\n",
                          name, host, empty, folder);
  g_assert_true (g_file_set_contents (conf, text, -1, &error));
  g_assert_true (g_file_set_contents (empty, "", 0, &error));
  request = g_strdup_printf ("openssl req -newkey rsa:2048 -nodes -keyout %s/%s.key -out %s/%s.csr -config %s", folder, name, folder,
                             name, conf);
  run (request);
  sign = g_strdup_printf ("openssl ca -batch -selfsign -config %s -in %s/%s.csr -keyfile %s/%s.key -out %s/%s.pem -startdate %s "
                          "-enddate %s -notext", conf, folder, name, folder, name, folder, name, from, to);
  run (sign);
}

/* A server with @name's certificate; gives its port. */
static guint
serve (const char *name, const char *kind, GSubprocess **server)
{
  g_autofree char *certificate = g_strdup_printf ("%s/%s.pem", folder, name), *key = g_strdup_printf ("%s/%s.key", folder, name);
  g_autoptr(GError) error = NULL;
  g_autoptr(GDataInputStream) lines = NULL;

  *server = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE | G_SUBPROCESS_FLAGS_STDIN_PIPE,
                              &error, "timeout", SERVER_SECONDS, "openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", certificate,
                              "-key", key, "-www", "-cipher", "ALL:@SECLEVEL=0", kind, NULL);
  g_assert_no_error (error);
  lines = g_data_input_stream_new (g_subprocess_get_stdout_pipe (*server));
  g_filter_input_stream_set_close_base_stream (G_FILTER_INPUT_STREAM (lines), FALSE);
  for (;;) {
    g_autofree char *line = g_data_input_stream_read_line (lines, NULL, NULL, &error);

    g_assert_nonnull (line);
    if (g_str_has_prefix (line, "ACCEPT "))
      return (guint) g_ascii_strtoull (strrchr (line, ':') + 1, NULL, 10);
  }
}

typedef struct {
  const char *what, *certificate, *kind, *trust, *pin, *part; /* @part of the error; NULL: it is spoken to */
} Row;

static void
ask (const Row *row)
{
  g_autoptr(GSubprocess) server = NULL;
  guint port = serve (row->certificate, row->kind, &server);
  g_autofree char *ca = g_strdup_printf ("%s/%s.pem", folder, row->trust), *url = g_strdup_printf ("https://localhost:%u", port);
  char *pins[] = { (char *) row->pin, NULL };
  SohoaTarget target = { .name = (char *) "qlvb", .connector = (char *) "rest", .url = url, .ca_file = ca, .timeout_ms = TIMEOUT_MS,
                         .pins = row->pin != NULL ? pins : NULL };
  const SohoaHttpRequest request = { .method = "GET", .path = "/" };
  g_auto(SohoaHttpAnswer) answer = { 0 };
  g_autoptr(GError) error = NULL;

  sohoa_http_send (&target, &request, NULL, &answer);
  g_subprocess_send_signal (server, SIGTERM);
  g_assert_true (g_subprocess_wait (server, NULL, NULL));
  if (row->part == NULL) {
    g_assert_no_error (answer.error);
    g_assert_cmpuint (answer.status, ==, 200);
    return;
  }
  g_assert_cmpuint (answer.status, ==, 0);
  g_assert_false (answer.sent);
  g_assert_false (sohoa_http_fail (&target, &answer, NULL, &error));
  g_test_message ("%s: %s", row->what, error->message);
  g_assert_error (error, SOHOA_SUBMIT_ERROR, SOHOA_SUBMIT_ERROR_UNREACHABLE);
  g_assert_nonnull (strstr (error->message, row->part));
}

static char *
fingerprint (const char *name)
{
  g_autofree char *path = g_strdup_printf ("%s/%s.pem", folder, name);
  g_autoptr(GTlsCertificate) certificate = g_tls_certificate_new_from_file (path, NULL);
  g_autoptr(GByteArray) der = NULL;

  g_object_get (certificate, "certificate", &der, NULL);
  return g_compute_checksum_for_data (G_CHECKSUM_SHA256, der->data, der->len);
}

static void
test_tls (void)
{
  g_autofree char *pin = fingerprint ("good");
  static const char other[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
  const Row rows[] = {
    { "TLS 1.3", "good", "-tls1_3", "good", NULL, NULL },
    { "TLS 1.2", "good", "-tls1_2", "good", NULL, NULL },
    { "TLS 1.1", "good", "-tls1_1", "good", NULL, "not reachable" },
    { "TLS 1.0", "good", "-tls1", "good", NULL, "not reachable" },
    { "pinned", "good", "-tls1_2", "good", pin, NULL },
    { "another pin", "good", "-tls1_2", "good", other, "another certificate than the pinned one" },
    { "another pin, TLS 1.3", "good", "-tls1_3", "good", other, "another certificate than the pinned one" },
    { "a pin does not replace trust", "good", "-tls1_2", "elsewhere", pin, "check ca-file" },
    { "unknown", "good", "-tls1_2", "elsewhere", NULL, "check ca-file" },
    { "another host's", "elsewhere", "-tls1_2", "elsewhere", NULL, "check the host's name in url" },
    { "expired", "old", "-tls1_2", "old", NULL, "has ended" },
    { "not yet valid", "early", "-tls1_2", "early", NULL, "not valid yet" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    ask (&rows[i]);
}

int
main (int argc, char **argv)
{
  g_autoptr(GError) error = NULL;
  int status;

  sohoa_transport_init ();
  g_test_init (&argc, &argv, NULL);
  g_thread_pool_set_max_idle_time (0); /* no thread ends by itself while the leak checker looks at them */
  folder = g_dir_make_tmp ("sohoa-transport-XXXXXX", &error);
  g_assert_no_error (error);
  make_certificate ("good", "DNS:localhost", "20200101000000Z", "20400101000000Z");
  make_certificate ("elsewhere", "DNS:elsewhere.example", "20200101000000Z", "20400101000000Z");
  make_certificate ("old", "DNS:localhost", "20200101000000Z", "20210101000000Z");
  make_certificate ("early", "DNS:localhost", "20390101000000Z", "20400101000000Z");
  g_test_add_func ("/transport/tls", test_tls);
  status = g_test_run ();
  {
    g_autofree char *remove = g_strdup_printf ("rm -rf %s", folder);

    run (remove);
  }
  g_free (folder);
  return status;
}
