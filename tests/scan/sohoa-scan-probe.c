/* sohoa-scan-probe: one scan, look-up or question through the supervising library, told line by line. For tests and
 * developers; not installed.
 *
 *   sohoa-scan-probe [OPTION…] DEVICE      scans
 *   sohoa-scan-probe --devices [BACKEND…]  enumerates
 *   sohoa-scan-probe --caps DEVICE | --options DEVICE */
#include "sohoa-scan-devices.h"
#include "sohoa-scan-session.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEADLINE_S 120
#define WIND_UP_US (30 * 1000 * 1000)

typedef struct {
  GMainLoop *loop;
  char      *out;         /* folder for the pages */
  char      *source, *mode, *size, *state;
  char     **raw, **addresses, **rest;
  int        dpi, limit_ms, stop_pages, stop_ms, first_sheet, max_images, hold_ms, brightness;
  gboolean   devices, caps, options, times;
  SohoaScanSession *session;
  guint      n_pages;
  gint64     begin_us, stop_us;
  int        status;
} Probe;

static void
say (Probe *self, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
say (Probe *self, const char *format, ...)
{
  va_list args;

  if (self->times)
    printf ("%.3f ", (double) (g_get_monotonic_time () - self->begin_us) / 1e6);
  va_start (args, format);
  vprintf (format, args);
  va_end (args);
  printf ("\n");
  (void) fflush (stdout);
}

static void
fail (Probe *self, const GError *error)
{
  say (self, "error %s: %s", sohoa_error_name (error), error->message);
  self->status = sohoa_error_exit_status (error);
  g_main_loop_quit (self->loop);
}

/* ---- scan ---- */

static gboolean
on_stop (gpointer data)
{
  Probe *self = data;

  self->stop_us = g_get_monotonic_time ();
  sohoa_scan_session_stop (self->session);
  return G_SOURCE_REMOVE;
}

static gboolean
on_release (gpointer page)
{
  sohoa_scan_page_free (page);
  return G_SOURCE_REMOVE;
}

static void
keep (Probe *self, SohoaScanPage *page)
{
  g_autofree char *name = g_strdup_printf ("page-%03u.%s", page->sequence, page->format);
  g_autofree char *path = g_build_filename (self->out, name, NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes = sohoa_fd_read_bytes (page->fd, 1024 * 1024 * 1024, &error);

  if (bytes == NULL || !g_file_set_contents (path, g_bytes_get_data (bytes, NULL), (gssize) g_bytes_get_size (bytes), &error))
    fail (self, error);
}

static void
on_page (SohoaScanSession *session, SohoaScanPage *page, gpointer data)
{
  Probe *self = data;
  g_autofree char *flags = g_strjoinv ("; ", page->flags);

  say (self, "page %u sheet %u %s %s %ux%u depth %u channels %u dpi %.0fx%.0f [%s]", page->sequence, page->sheet,
       sohoa_scan_side_to_string (page->side), page->format, page->width_px, page->height_px, page->depth, page->channels,
       page->dpi_x, page->dpi_y, flags);
  if (self->out != NULL)
    keep (self, page);
  if (self->hold_ms > 0)
    g_timeout_add ((guint) self->hold_ms, on_release, page);
  else
    sohoa_scan_page_free (page);
  if (++self->n_pages == (guint) self->stop_pages)
    on_stop (self);
}

static void
on_ready (SohoaScanSession *session, GVariant *settings, const char *const *notes, gpointer data)
{
  Probe *self = data;
  const char *source = "", *mode = "";
  double dpi = 0;
  guint64 bytes = 0;

  (void) g_variant_lookup (settings, "source", "&s", &source);
  (void) g_variant_lookup (settings, "mode", "&s", &mode);
  (void) g_variant_lookup (settings, "dpi", "d", &dpi);
  (void) g_variant_lookup (settings, "bytes", "t", &bytes);
  say (self, "ready source %s mode %s dpi %.0f bytes %" G_GUINT64_FORMAT, source, mode, dpi, bytes);
  for (guint i = 0; notes[i] != NULL; i++)
    say (self, "note %s", notes[i]);
}

static void
on_end (SohoaScanSession *session, const SohoaScanOutcome *outcome, gpointer data)
{
  Probe *self = data;

  if (self->stop_us > 0)
    say (self, "stop-answer-ms %.1f", (double) (g_get_monotonic_time () - self->stop_us) / 1e3);
  say (self, "end %s images %u sheets %u put-back %u sides %u%s", sohoa_scan_end_to_string (outcome->end), outcome->n_images,
       outcome->n_sheets, outcome->put_back, outcome->sides_of_it, outcome->retried ? " retried" : "");
  if (outcome->error != NULL)
    fail (self, outcome->error);
  g_main_loop_quit (self->loop);
}

static gboolean
make_profile (Probe *self, SohoaScanProfile *profile)
{
  if (self->source != NULL && !sohoa_scan_source_from_string (self->source, &profile->source))
    return FALSE;
  if (self->mode != NULL && !sohoa_scan_mode_from_string (self->mode, &profile->mode))
    return FALSE;
  if (self->dpi > 0)
    profile->dpi = (guint) self->dpi;
  if (g_strcmp0 (self->size, "max") == 0)
    profile->width_mm = profile->height_mm = 0;
  else if (self->size != NULL && sscanf (self->size, "%lfx%lf", &profile->width_mm, &profile->height_mm) != 2)
    return FALSE;
  profile->brightness = self->brightness;
  return TRUE;
}

static void
scan (Probe *self)
{
  static const SohoaScanHandler handler = { .page = on_page, .ready = on_ready, .end = on_end };
  g_autoptr(SohoaScanProfile) profile = sohoa_scan_profile_new ();
  SohoaScanRequest request = {
    .device = self->rest[0], .profile = profile, .options = (const char *const *) self->raw, .first_sheet = (guint) self->first_sheet,
    .max_images = (guint) self->max_images, .call_limit_ms = (guint) self->limit_ms,
  };

  if (!make_profile (self, profile)) {
    self->status = SOHOA_EXIT_USAGE;
    return;
  }
  self->session = sohoa_scan_session_start (&request, &handler, self);
  if (self->stop_ms > 0)
    g_timeout_add ((guint) self->stop_ms, on_stop, self);
  g_main_loop_run (self->loop);
  sohoa_scan_session_free (self->session);
}

/* ---- look-up ---- */

static void
on_found (SohoaScanLookup *lookup, SohoaScanDevice *device, gpointer data)
{
  say (data, "found %s [%s] %s %s", device->name, device->backend, device->vendor, device->model);
  sohoa_scan_device_free (device);
}

static void
on_trouble (SohoaScanLookup *lookup, const char *backend, const GError *error, gpointer data)
{
  say (data, "trouble %s %s", backend, sohoa_error_name (error));
}

static void
on_done (SohoaScanLookup *lookup, gpointer data)
{
  say (data, "done");
  g_main_loop_quit (((Probe *) data)->loop);
}

static void
look_up (Probe *self)
{
  static const SohoaScanLookupHandler handler = { .found = on_found, .trouble = on_trouble, .done = on_done };
  SohoaScanLookupRequest request = {
    .state_file = self->state, .addresses = (const char *const *) self->addresses,
    .backends = (const char *const *) self->rest, .call_limit_ms = (guint) self->limit_ms,
  };
  SohoaScanLookup *lookup = sohoa_scan_lookup_start (&request, &handler, self);

  g_main_loop_run (self->loop);
  sohoa_scan_lookup_free (lookup);
}

static void
on_value (GObject *source, GAsyncResult *result, gpointer data)
{
  Probe *self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) value = self->caps ? sohoa_scan_get_caps_finish (result, &error) : sohoa_scan_get_options_finish (result, &error);

  if (value == NULL) {
    fail (self, error);
    return;
  }
  for (gsize i = 0; !self->caps && i < g_variant_n_children (value); i++) {
    g_autoptr(GVariant) option = g_variant_get_child_value (value, i);
    g_autofree char *text = g_variant_print (option, FALSE);

    say (self, "option %s", text);
  }
  if (self->caps) {
    g_autofree char *text = g_variant_print (value, FALSE);

    say (self, "caps %s", text);
  }
  g_main_loop_quit (self->loop);
}

static gboolean
on_deadline (gpointer data)
{
  printf ("deadline\n");
  _exit (99);
}

static gboolean
parse (Probe *self, int *argc, char ***argv)
{
  const GOptionEntry entries[] = {
    { "out", 0, 0, G_OPTION_ARG_FILENAME, &self->out, "Keep the pages there", "DIR" },
    { "source", 0, 0, G_OPTION_ARG_STRING, &self->source, "auto, flatbed, adf, adf-duplex", "S" },
    { "mode", 0, 0, G_OPTION_ARG_STRING, &self->mode, "color, gray, lineart", "M" },
    { "dpi", 0, 0, G_OPTION_ARG_INT, &self->dpi, "Resolution", "N" },
    { "size", 0, 0, G_OPTION_ARG_STRING, &self->size, "WxH in mm, or max", "WxH" },
    { "brightness", 0, 0, G_OPTION_ARG_INT, &self->brightness, "−100…100", "N" },
    { "option", 0, 0, G_OPTION_ARG_STRING_ARRAY, &self->raw, "A raw option", "NAME=VALUE" },
    { "limit", 0, 0, G_OPTION_ARG_INT, &self->limit_ms, "Deadline of every driver call", "MS" },
    { "stop-after", 0, 0, G_OPTION_ARG_INT, &self->stop_pages, "Stop after so many pages", "N" },
    { "stop-ms", 0, 0, G_OPTION_ARG_INT, &self->stop_ms, "Stop after so long", "MS" },
    { "first-sheet", 0, 0, G_OPTION_ARG_INT, &self->first_sheet, "Number of the first sheet", "N" },
    { "max-images", 0, 0, G_OPTION_ARG_INT, &self->max_images, "At most so many", "N" },
    { "hold", 0, 0, G_OPTION_ARG_INT, &self->hold_ms, "Keep every page so long before it is freed", "MS" },
    { "devices", 0, 0, G_OPTION_ARG_NONE, &self->devices, "Enumerate", NULL },
    { "address", 0, 0, G_OPTION_ARG_STRING_ARRAY, &self->addresses, "Ask this network scanner too", "DEVICE" },
    { "state", 0, 0, G_OPTION_ARG_FILENAME, &self->state, "Memory of the backends", "FILE" },
    { "caps", 0, 0, G_OPTION_ARG_NONE, &self->caps, "What the scanner can", NULL },
    { "options", 0, 0, G_OPTION_ARG_NONE, &self->options, "Its raw options", NULL },
    { "times", 0, 0, G_OPTION_ARG_NONE, &self->times, "Seconds before each line", NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &self->rest, NULL, "DEVICE" },
    { NULL }
  };
  g_autoptr(GOptionContext) context = g_option_context_new (NULL);
  g_autoptr(GError) error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  if (g_option_context_parse (context, argc, argv, &error) && (self->devices || self->rest != NULL))
    return TRUE;
  g_printerr ("%s\n", error != NULL ? error->message : "DEVICE is missing");
  return FALSE;
}

int
main (int argc, char **argv)
{
  Probe self = { .begin_us = g_get_monotonic_time () };

  sohoa_log_init ("sohoa-scan-probe", FALSE);
  if (!parse (&self, &argc, &argv))
    return SOHOA_EXIT_USAGE;
  self.loop = g_main_loop_new (NULL, FALSE);
  g_timeout_add_seconds (DEADLINE_S, on_deadline, NULL);
  if (self.devices) {
    look_up (&self);
  } else if (self.caps || self.options) {
    (self.caps ? sohoa_scan_get_caps_async : sohoa_scan_get_options_async) (self.rest[0], (guint) self.limit_ms, NULL, on_value, &self);
    g_main_loop_run (self.loop);
  } else {
    scan (&self);
  }
  /* The driver is let go behind the end: a program that leaves now would kill it in the middle. */
  for (gint64 until_us = g_get_monotonic_time () + WIND_UP_US; sohoa_scan_session_count_running () > 0;) {
    g_usleep (10 * 1000);
    if (g_get_monotonic_time () > until_us)
      break;
  }
  return self.status;
}
