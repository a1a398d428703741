/* sohoad: the desk's service. Owns queue, store and folders; parses no foreign file itself. */
#include "config.h"

#include "sohoa-bus-service.h"
#include "sohoa-log.h"
#include "sohoa-poller.h"
#include "sohoa-renewer.h"
#include "sohoa-transport.h"

#include <glib-unix.h>
#include <locale.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#ifdef HAVE_SYSTEMD
#include <systemd/sd-daemon.h>
#endif

typedef struct {
  SohoaDesk       *desk;      /* (owned) */
  SohoaQueue      *queue;     /* (owned) */
  SohoaPoller     *poller;    /* (owned) */
  SohoaRenewer    *renewer;   /* (owned) (nullable) when signatures are to have more than B-B */
  SohoaReception  *reception; /* (owned) */
  SohoaBatches    *batches;   /* (owned) */
  SohoaBusService *service;   /* (owned) */
  GMainLoop       *loop;      /* (owned) */
  int              status;
  gint             told;      /* atomic: an idle source for changes is on its way */
} App;

static App app;

static gboolean opt_session, opt_verbose, opt_version;
static char *opt_config, *opt_state_dir;
static const GOptionEntry entries[] = {
  { "session", 0, 0, G_OPTION_ARG_NONE, &opt_session, "serve one user on the session bus", NULL },
  { "config", 0, 0, G_OPTION_ARG_FILENAME, &opt_config, "configuration file", "FILE" },
  { "state-dir", 0, 0, G_OPTION_ARG_FILENAME, &opt_state_dir, "where documents are kept", "DIR" },
  { "verbose", 0, 0, G_OPTION_ARG_NONE, &opt_verbose, "say more", NULL },
  { "version", 0, 0, G_OPTION_ARG_NONE, &opt_version, "print the version", NULL },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};

static void
notify (const char *state)
{
#ifdef HAVE_SYSTEMD
  (void) sd_notify (0, state);
#else
  (void) state;
#endif
}

static gboolean
on_changes (gpointer data)
{
  g_atomic_int_set (&app.told, 0);
  if (app.service != NULL)
    sohoa_bus_service_changed (app.service);
  return G_SOURCE_REMOVE;
}

/* Any thread: the queue and the poller look again, the main thread tells the bus. */
static void
on_wake (gpointer data)
{
  if (app.queue != NULL)
    sohoa_queue_wake (app.queue);
  if (app.poller != NULL)
    sohoa_poller_wake (app.poller);
  if (app.renewer != NULL)
    sohoa_renewer_wake (app.renewer);
  if (g_atomic_int_compare_and_exchange (&app.told, 0, 1))
    g_idle_add (on_changes, NULL);
}

static void
on_store_changed (SohoaStore *store, const char *id, guint64 sequence, gpointer data)
{
  on_wake (data);
}

static gboolean
on_signal (gpointer data)
{
  g_main_loop_quit (app.loop);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_watchdog (gpointer data)
{
  notify ("WATCHDOG=1");
  return G_SOURCE_CONTINUE;
}

static void
start_watchdog (void)
{
#ifdef HAVE_SYSTEMD
  guint64 us = 0;

  if (sd_watchdog_enabled (0, &us) > 0)
    g_timeout_add ((guint) (us / 2000), on_watchdog, NULL);
#else
  (void) on_watchdog;
#endif
}

static void
stop_with (const char *what)
{
  fprintf (stderr, "sohoad: %s\n", what);
  app.status = SOHOA_EXIT_TRY_AGAIN;
  if (app.loop != NULL)
    g_main_loop_quit (app.loop);
}

static void
on_bus_acquired (GDBusConnection *connection, const char *name, gpointer data)
{
  g_autoptr(GError) error = NULL;

  app.service = sohoa_bus_service_new (connection, app.desk, app.queue, app.reception, app.batches, &error);
  if (app.service == NULL)
    stop_with (error->message);
}

static void
on_name_acquired (GDBusConnection *connection, const char *name, gpointer data)
{
  g_message ("serving %s on the %s bus", name, opt_session ? "session" : "system");
  notify ("READY=1");
}

static void
on_name_lost (GDBusConnection *connection, const char *name, gpointer data)
{
  stop_with (connection == NULL ? "no bus to serve: start it, or use --session"
                                : "vn.sohoa.Desk1: the name was lost or is taken: another sohoad runs, or the bus policy forbids it");
}

/* Order matters: who calls is stopped before who is called. */
static void
stop (guint name)
{
  notify ("STOPPING=1");
  if (name != 0)
    g_bus_unown_name (name);
  g_clear_pointer (&app.service, sohoa_bus_service_free);
  g_clear_pointer (&app.batches, sohoa_batches_free);
  g_clear_pointer (&app.reception, sohoa_reception_free);
  g_clear_pointer (&app.queue, sohoa_queue_free);
  g_clear_pointer (&app.poller, sohoa_poller_free);
  g_clear_pointer (&app.renewer, sohoa_renewer_free);
  g_clear_pointer (&app.desk, sohoa_desk_free);
}

static gboolean
start (GError **error)
{
  SohoaDaemonPlace place = { .state_dir = opt_state_dir, .session = opt_session };
  SohoaDaemonConf *conf = sohoa_daemon_conf_load (opt_config, &place, error);

  if (conf == NULL)
    return FALSE;
  app.desk = sohoa_desk_new (conf, opt_session, error);
  if (app.desk == NULL)
    return FALSE;
  app.desk->wake = on_wake;
  sohoa_store_set_change_callback (app.desk->store, on_store_changed, NULL);
  app.reception = sohoa_reception_new (app.desk, error);
  if (app.reception == NULL)
    return FALSE;
  app.queue = sohoa_queue_new (app.desk, app.desk->conf->workers);
  app.poller = sohoa_poller_new (app.desk);
  if (app.desk->conf->level > SOHOA_LEVEL_B)
    app.renewer = sohoa_renewer_new (app.desk);
  app.batches = sohoa_batches_new (app.desk, error);
  if (app.batches == NULL)
    return FALSE;
  return TRUE;
}

/* A page in memory must not reach a disk by a crash. */
static void
forbid_core_dumps (void)
{
  const struct rlimit none = { 0, 0 };

  (void) setrlimit (RLIMIT_CORE, &none);
  (void) prctl (PR_SET_DUMPABLE, 0);
}

static int
fail (GError *error)
{
  fprintf (stderr, "sohoad: %s\n", error->message);
  return error->domain == G_OPTION_ERROR ? SOHOA_EXIT_USAGE : (int) sohoa_error_exit_status (error);
}

int
main (int argc, char **argv)
{
  g_autoptr(GOptionContext) context = g_option_context_new ("— the scanning desk's service");
  g_autoptr(GError) error = NULL;
  guint name;

  setlocale (LC_ALL, "");
  sohoa_transport_init ();
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    return fail (error);
  if (opt_version) {
    printf ("sohoad %s\n", PACKAGE_VERSION);
    return SOHOA_EXIT_OK;
  }
  sohoa_log_init ("sohoad", opt_verbose);
  sohoa_errors_register ();
  forbid_core_dumps ();
  umask (0077);
  (void) signal (SIGPIPE, SIG_IGN);
  app.loop = g_main_loop_new (NULL, FALSE);
  if (!start (&error)) {
    int status = fail (error);

    stop (0);
    return status;
  }
  g_unix_signal_add (SIGTERM, on_signal, NULL);
  g_unix_signal_add (SIGINT, on_signal, NULL);
  name = g_bus_own_name (opt_session ? G_BUS_TYPE_SESSION : G_BUS_TYPE_SYSTEM, SOHOA_BUS_NAME,
                         G_BUS_NAME_OWNER_FLAGS_DO_NOT_QUEUE, on_bus_acquired, on_name_acquired, on_name_lost, NULL, NULL);
  start_watchdog ();
  g_main_loop_run (app.loop);
  stop (name);
  g_main_loop_unref (app.loop);
  return app.status;
}
