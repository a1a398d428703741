/* sohoa-agent: what document systems' web pages call on the clerk's machine to have a document signed (domain.md 9.3). A
 * user's service: it runs as the clerk, asks the clerk, and reaches the desk over the bus. */
#include "config.h"

#include "sohoa-agent-certificate.h"
#include "sohoa-agent-conf.h"
#include "sohoa-agent-server.h"

#include "sohoa-errors.h"
#include "sohoa-log.h"
#include "sohoa-transport.h"

#include <glib-unix.h>
#include <stdio.h>

static struct {
  char    *conf_folder, *data_folder;
  gboolean trust, make_certificate, verbose;
} opt;

static const GOptionEntry entries[] = {
  { "config", 0, 0, G_OPTION_ARG_FILENAME, &opt.conf_folder, "folder of agent.conf (default: ~/.config/sohoa)", "DIR" },
  { "data", 0, 0, G_OPTION_ARG_FILENAME, &opt.data_folder, "folder of the certificate (default: ~/.local/share/sohoa/agent)", "DIR" },
  { "trust", 0, 0, G_OPTION_ARG_NONE, &opt.trust, "tell this user's browsers to trust the agent's certificate, and end", NULL },
  { "make-certificate", 0, 0, G_OPTION_ARG_NONE, &opt.make_certificate, "make a new certificate, and end", NULL },
  { "verbose", 'v', 0, G_OPTION_ARG_NONE, &opt.verbose, "say more", NULL },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};

static gboolean
on_signal (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

static gboolean
serve (SohoaAgentConf *conf, GError **error)
{
  g_autoptr(SohoaAgentServer) server = sohoa_agent_server_new (conf, opt.data_folder, error);
  g_autoptr(GMainLoop) loop = NULL;

  if (server == NULL)
    return FALSE;
  loop = g_main_loop_new (NULL, FALSE);
  g_unix_signal_add (SIGTERM, on_signal, loop);
  g_unix_signal_add (SIGINT, on_signal, loop);
  printf ("listening: wss://127.0.0.1:%u\n", sohoa_agent_server_get_port (server));
  fflush (stdout);
  g_main_loop_run (loop);
  return TRUE;
}

static gboolean
run (GError **error)
{
  g_autoptr(SohoaAgentConf) conf = sohoa_agent_conf_load (opt.conf_folder, error);
  g_autofree char *report = NULL;
  gboolean made = FALSE, ok;

  if (conf == NULL || !sohoa_agent_certificate_make (opt.data_folder, opt.make_certificate, &made, error))
    return FALSE;
  if (made)
    fprintf (stderr, "sohoa-agent: a new certificate was made: run sohoa-agent --trust once\n");
  if (opt.make_certificate)
    return TRUE;
  if (!opt.trust)
    return serve (conf, error);
  ok = sohoa_agent_certificate_trust (opt.data_folder, &report, error);
  if (report != NULL)
    printf ("%s", report);
  return ok;
}

int
main (int argc, char **argv)
{
  g_autoptr(GOptionContext) context = g_option_context_new ("— signs for web pages of document systems");
  g_autoptr(GError) error = NULL;
  int status;

  sohoa_transport_init ();
  sohoa_errors_register ();
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || argc != 1) {
    fprintf (stderr, "sohoa-agent: %s\n", error != NULL ? error->message : "no arguments are taken");
    return SOHOA_EXIT_USAGE;
  }
  sohoa_log_init ("sohoa-agent", opt.verbose);
  if (opt.conf_folder == NULL)
    opt.conf_folder = g_build_filename (g_get_user_config_dir (), "sohoa", NULL);
  if (opt.data_folder == NULL)
    opt.data_folder = g_build_filename (g_get_user_data_dir (), "sohoa", "agent", NULL);
  status = run (&error) ? SOHOA_EXIT_OK : sohoa_error_exit_status (error);
  if (error != NULL)
    fprintf (stderr, "sohoa-agent: %s\n", error->message);
  g_free (opt.conf_folder);
  g_free (opt.data_folder);
  return status;
}
