/* sohoa-gtk: the desk of the văn thư. Everything lies with the daemon: ending this program loses nothing. */
#include "sohoa-desk-window.h"
#include "sohoa-shortcuts.h"
#include "sohoa-style.h"

#include <glib/gi18n.h>
#include <locale.h>

#define APP_ID "vn.sohoa.Desk"

static void
on_quit (GSimpleAction *action, GVariant *parameter, gpointer app)
{
  for (GList *each = gtk_application_get_windows (app); each != NULL; each = gtk_application_get_windows (app))
    gtk_window_destroy (each->data);
}

static void
on_startup (GApplication *app, gpointer data)
{
  static const GActionEntry entries[] = { { "quit", on_quit, NULL, NULL, NULL, { 0 } } };

  g_action_map_add_action_entries (G_ACTION_MAP (app), entries, G_N_ELEMENTS (entries), app);
  sohoa_style_load (gdk_display_get_default ());
  sohoa_shortcuts_install (GTK_APPLICATION (app));
}

static void
on_activate (GApplication *app, gpointer data)
{
  gtk_window_present (GTK_WINDOW (sohoa_desk_window_new (GTK_APPLICATION (app), SOHOA_DESK_BUS (data))));
}

int
main (int argc, char **argv)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GDBusConnection) connection = NULL;
  g_autoptr(SohoaDeskBus) bus = NULL;
  g_autoptr(AdwApplication) app = NULL;

  (void) setlocale (LC_ALL, "");
  (void) bindtextdomain (GETTEXT_PACKAGE, g_getenv ("SOHOA_LOCALE_DIR") != NULL ? g_getenv ("SOHOA_LOCALE_DIR") : LOCALEDIR);
  (void) bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  (void) textdomain (GETTEXT_PACKAGE);
  connection = sohoa_desk_bus_connect (&error);
  if (connection == NULL) {
    g_printerr ("sohoa-gtk: bus: %s: start the desk's service, or set SOHOA_BUS=session\n", error->message);
    return 1;
  }
  bus = sohoa_desk_bus_new (connection);
  app = adw_application_new (APP_ID, G_APPLICATION_DEFAULT_FLAGS);
  g_signal_connect (app, "startup", G_CALLBACK (on_startup), NULL);
  g_signal_connect (app, "activate", G_CALLBACK (on_activate), bus);
  return g_application_run (G_APPLICATION (app), argc, argv);
}
