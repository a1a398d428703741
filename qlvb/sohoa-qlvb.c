/* sohoa-qlvb: a small real document system that receives, numbers and answers. The embedded default
 * and the peer in tests. */
#include "config.h"

#include "sohoa-qlvb-server.h"

#include "sohoa-conf.h"
#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-log.h"
#include "sohoa-pipeline.h"
#include "sohoa-qlvb-users.h"
#include "sohoa-secret.h"
#include "sohoa-transport.h"
#include "sohoa-worker-pool.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define SYSTEM_SECTION_PREFIX "system "
#define N_VERIFIERS 2
#define ACCEPT_AFTER_DEFAULT_MS 500
#define ACCEPT_AFTER_MAX_MS (24 * 60 * 60 * 1000)

typedef struct {
  char *listen, *data, *trust, *agency, *agency_name, *systems, *accept, *tls_cert, *tls_key, *tls_clients, *users, *add_user;
  char **refuse_subjects;
  int accept_after_ms, hold_answer_ms, busy;
  gboolean accept_incomplete, no_signature_check, verbose;
} Options;

static gboolean
parse_options (int *argc, char ***argv, Options *o, GError **error)
{
  /* texts are taken as bytes (UTF-8) whatever the locale says */
  GOptionEntry entries[] = {
    { "listen", 0, 0, G_OPTION_ARG_STRING, &o->listen, "Address and port; port 0 picks one", "ADDRESS:PORT" },
    { "data", 0, 0, G_OPTION_ARG_FILENAME, &o->data, "Folder of the register and its files", "DIR" },
    { "systems", 0, 0, G_OPTION_ARG_FILENAME, &o->systems, "Who may send: [system ID] secret-file=PATH", "FILE" },
    { "agency", 0, 0, G_OPTION_ARG_STRING, &o->agency, "Agency code of the register", "CODE" },
    { "agency-name", 0, 0, G_OPTION_ARG_FILENAME, &o->agency_name, "Name of the agency", "NAME" },
    { "trust", 0, 0, G_OPTION_ARG_FILENAME, &o->trust, "Authorities of PDF signatures (PEM)", "FILE" },
    { "accept", 0, 0, G_OPTION_ARG_STRING, &o->accept, "Status 03: auto or manual", "HOW" },
    { "accept-after", 0, 0, G_OPTION_ARG_INT, &o->accept_after_ms, "Milliseconds from 01 to 03", "MS" },
    { "accept-incomplete", 0, 0, G_OPTION_ARG_NONE, &o->accept_incomplete,
      "Missing mandatory metadata is a warning, not a refusal", NULL },
    { "tls-cert", 0, 0, G_OPTION_ARG_FILENAME, &o->tls_cert, "Certificate of this server (PEM)", "FILE" },
    { "tls-key", 0, 0, G_OPTION_ARG_FILENAME, &o->tls_key, "Its key (PEM)", "FILE" },
    { "tls-clients", 0, 0, G_OPTION_ARG_FILENAME, &o->tls_clients,
      "Authorities of the senders' certificates (PEM): every system must show one", "FILE" },
    { "users", 0, 0, G_OPTION_ARG_FILENAME, &o->users, "Who may see the web pages", "FILE" },
    { "add-user", 0, 0, G_OPTION_ARG_STRING, &o->add_user,
      "Write NAME with the password on standard input into the file of --users, and end", "NAME" },
    { "refuse-subject", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->refuse_subjects, "Refuse subjects with TEXT", "TEXT" },
    { "test-no-signature-check", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &o->no_signature_check, NULL, NULL },
    { "test-hold-answer", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_INT, &o->hold_answer_ms, NULL, NULL },
    { "test-busy", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_INT, &o->busy, NULL, NULL },
    { "verbose", 'v', 0, G_OPTION_ARG_NONE, &o->verbose, "Tell more on stderr", NULL },
    { NULL }
  };
  g_autoptr(GOptionContext) context = g_option_context_new ("- receive, number and answer documents");

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;
  if (*argc == 1 && o->add_user != NULL && o->users != NULL)
    return TRUE;
  if (o->add_user != NULL || (o->tls_clients != NULL && o->tls_cert == NULL) || *argc > 1 || o->data == NULL || o->systems == NULL || o->agency == NULL
      || (o->tls_cert == NULL) != (o->tls_key == NULL) || o->accept_after_ms < 0
      || o->accept_after_ms > ACCEPT_AFTER_MAX_MS || o->hold_answer_ms < 0 || o->busy < 0
      || (o->agency_name != NULL && !g_utf8_validate (o->agency_name, -1, NULL))
      || (o->accept != NULL && !g_str_equal (o->accept, "auto") && !g_str_equal (o->accept, "manual"))) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                 "usage: --data DIR --systems FILE --agency CODE are needed: see --help");
    return FALSE;
  }
  return TRUE;
}

static GHashTable *
load_systems (const char *path, GError **error)
{
  g_autoptr(SohoaConf) conf = sohoa_conf_load (path, FALSE, error);
  g_autoptr(GHashTable) systems = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_auto(GStrv) sections = NULL;

  if (conf == NULL)
    return NULL;
  sections = sohoa_conf_get_sections (conf);
  for (guint i = 0; sections[i] != NULL; i++) {
    g_autofree char *file = NULL;
    char *secret;

    if (!g_str_has_prefix (sections[i], SYSTEM_SECTION_PREFIX))
      continue;
    file = sohoa_conf_take_string (conf, sections[i], "secret-file", "");
    secret = sohoa_secret_read (file, error);
    if (secret == NULL)
      return NULL;
    g_hash_table_insert (systems, g_strdup (sections[i] + strlen (SYSTEM_SECTION_PREFIX)), secret);
  }
  return sohoa_conf_finish (conf, error) ? g_steal_pointer (&systems) : NULL;
}

/* ---- the signature, by a locked-down worker ---- */

typedef struct {
  SohoaWorkerPool *pool; /* (owned) */
  int              trust; /* (owned) sealed copy of the PEM file, maybe empty */
} Verifier;

static gboolean
verify (gpointer data, int fd, char **report_out, GError **error)
{
  Verifier *self = data;
  g_autoptr(GError) local = NULL;

  if (sohoa_pipeline_verify (self->pool, fd, self->trust, NULL, report_out, &local))
    return TRUE;
  /* a file that cannot be looked at twice is no good signature; a missing worker is our trouble */
  if (g_error_matches (local, SOHOA_ERROR, SOHOA_ERROR_UNAVAILABLE)) {
    g_propagate_error (error, g_steal_pointer (&local));
    return FALSE;
  }
  *report_out = g_strdup ("{\"status\":\"INVALID\"}");
  return TRUE;
}

static gboolean
open_verifier (Verifier *self, const char *trust, GError **error)
{
  g_autoptr(GBytes) pem = trust != NULL ? sohoa_file_read (trust, SOHOA_CONF_MAX_BYTES, error) : g_bytes_new (NULL, 0);

  if (pem == NULL)
    return FALSE;
  self->trust = sohoa_memfd_new_sealed ("trust", g_bytes_get_data (pem, NULL), g_bytes_get_size (pem), error);
  self->pool = self->trust >= 0 ? sohoa_worker_pool_new (N_VERIFIERS, error) : NULL;
  return self->pool != NULL;
}

/* ---- main ---- */

static void
print_address (SohoaQlvb *qlvb)
{
  GSList *uris = soup_server_get_uris (qlvb->soup);

  for (GSList *u = uris; u != NULL; u = u->next) {
    g_autofree char *text = g_uri_to_string (u->data);

    g_print ("listening: %s\n", text);
  }
  (void) fflush (stdout);
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
}

static gboolean
on_term (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_CONTINUE;
}

static void
fill (SohoaQlvb *qlvb, Options *o)
{
  qlvb->data_dir = g_steal_pointer (&o->data);
  qlvb->agency = g_steal_pointer (&o->agency);
  qlvb->agency_name = o->agency_name != NULL ? g_steal_pointer (&o->agency_name) : g_strdup (qlvb->agency);
  qlvb->refuse_subjects = g_steal_pointer (&o->refuse_subjects);
  qlvb->manual = g_strcmp0 (o->accept, "manual") == 0;
  qlvb->accept_after_ms = (guint) o->accept_after_ms;
  qlvb->accept_incomplete = o->accept_incomplete;
  qlvb->has_trust = o->trust != NULL;
  qlvb->hold_answer_ms = (guint) o->hold_answer_ms;
  qlvb->busy = (guint) o->busy;
  qlvb->users = o->users;
}

static gboolean
serve (SohoaQlvb *qlvb, Options *o, Verifier *verifier, GError **error)
{
  g_autoptr(GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr(GTlsCertificate) certificate = NULL;
  g_autoptr(GTlsDatabase) clients = NULL;
  const char *address = o->listen != NULL ? o->listen : "127.0.0.1:0";

  fill (qlvb, o);
  qlvb->systems = load_systems (o->systems, error);
  if (qlvb->systems == NULL)
    return FALSE;
  if (o->tls_cert != NULL) {
    certificate = g_tls_certificate_new_from_files (o->tls_cert, o->tls_key, error);
    if (certificate == NULL)
      return FALSE;
  }
  if (o->tls_clients != NULL) {
    qlvb->clients = clients = g_tls_file_database_new (o->tls_clients, error);
    if (clients == NULL)
      return FALSE;
  }
  if (!open_verifier (verifier, o->trust, error))
    return FALSE;
  qlvb->pool = verifier->pool;
  if (!o->no_signature_check) {
    qlvb->verify = verify;
    qlvb->verify_data = verifier;
  }
  if (!sohoa_qlvb_start (qlvb, address, certificate, error))
    return FALSE;
  (void) g_unix_signal_add (SIGTERM, on_term, loop);
  (void) g_unix_signal_add (SIGINT, on_term, loop);
  print_address (qlvb);
  g_main_loop_run (loop);
  return TRUE;
}

/* The password is one line of standard input, unseen on a terminal. */
static gboolean
add_user (const Options *o, GError **error)
{
  char line[1026] = "";
  struct termios before, silent;
  gboolean terminal = tcgetattr (STDIN_FILENO, &before) == 0;
  gboolean done;

  if (terminal) {
    silent = before;
    silent.c_lflag &= (tcflag_t) ~ECHO;
    g_printerr ("Password: ");
    (void) tcsetattr (STDIN_FILENO, TCSAFLUSH, &silent);
  }
  if (fgets (line, sizeof line, stdin) == NULL)
    line[0] = '\0';
  if (terminal) {
    (void) tcsetattr (STDIN_FILENO, TCSAFLUSH, &before);
    g_printerr ("\n");
  }
  line[strcspn (line, "\r\n")] = '\0';
  done = sohoa_qlvb_users_add (o->users, o->add_user, line, error);
  explicit_bzero (line, sizeof line);
  return done;
}

static void
clear (SohoaQlvb *qlvb, Options *o, Verifier *verifier)
{
  sohoa_qlvb_stop (qlvb);
  g_clear_pointer (&verifier->pool, sohoa_worker_pool_free);
  sohoa_fd_clear (&verifier->trust);
  g_clear_pointer (&qlvb->systems, g_hash_table_unref);
  g_strfreev (qlvb->refuse_subjects);
  g_free (qlvb->data_dir);
  g_free (qlvb->agency);
  g_free (qlvb->agency_name);
  g_free (o->listen);
  g_free (o->data);
  g_free (o->trust);
  g_free (o->agency);
  g_free (o->agency_name);
  g_free (o->systems);
  g_free (o->accept);
  g_free (o->tls_cert);
  g_free (o->tls_key);
  g_free (o->tls_clients);
  g_free (o->users);
  g_free (o->add_user);
  g_strfreev (o->refuse_subjects);
}

int
main (int argc, char **argv)
{
  Options options = { .accept_after_ms = ACCEPT_AFTER_DEFAULT_MS };
  SohoaQlvb qlvb = { 0 };
  Verifier verifier = { .trust = -1 };
  g_autoptr(GError) error = NULL;
  int status = SOHOA_EXIT_OK;

  (void) signal (SIGPIPE, SIG_IGN);
  sohoa_transport_init ();
  if (!parse_options (&argc, &argv, &options, &error))
    status = SOHOA_EXIT_USAGE;
  sohoa_log_init ("sohoa-qlvb", options.verbose);
  if (status == SOHOA_EXIT_OK && !(options.add_user != NULL ? add_user (&options, &error)
                                                           : serve (&qlvb, &options, &verifier, &error)))
    status = error->domain == G_IO_ERROR ? SOHOA_EXIT_TRY_AGAIN : sohoa_error_exit_status (error);
  if (error != NULL)
    g_printerr ("sohoa-qlvb: %s\n", error->message);
  clear (&qlvb, &options, &verifier);
  return status;
}
