/* Our own eSCL client (Mopria Alliance eSCL 2.97), beside sane-airscan: that one decodes every picture, and the bytes
 * of the device are what we keep. */
#include "sohoa-escl-private.h"

#include "sohoa-scan-protocol.h"

#include "sohoa-errors.h"

#include <string.h>

#define HTTP_TIMEOUT_S 55 /* without a byte; below the watch, so that the error has a name */
#define USER_AGENT "sohoa"

/* ---- HTTP ---- */

gboolean
sohoa_escl_fail_io (SohoaEscl *self, GError *cause, GError **error)
{
  g_autoptr(GError) owned = cause;

  if (g_error_matches (owned, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    g_propagate_error (error, g_steal_pointer (&owned));
    return FALSE;
  }
  if (self->n_images > 0 || self->job != NULL)
    g_set_error (error, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_VANISHED,
                 "%s: the connection to the scanner was lost (%s): check it and continue", self->device, owned->message);
  else if (owned->domain == G_TLS_ERROR)
    g_set_error (error, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_ACCESS_DENIED,
                 "%s: its certificate is not trusted (%s): have the administrator install it", self->device, owned->message);
  else
    g_set_error (error, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_OFFLINE,
                 "%s: the scanner does not answer (%s): switch it on and check its address", self->device, owned->message);
  return FALSE;
}

static SoupMessage *
make_message (SohoaEscl *self, const char *method, const char *path, GError **error)
{
  g_autoptr(GUri) uri = g_uri_parse_relative (self->base, path, SOUP_HTTP_URI_FLAGS, error);
  SoupMessage *message;

  if (uri == NULL)
    return NULL;
  message = soup_message_new_from_uri (method, uri);
  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT);
  return message;
}

/* The body as far as it may go. */
static GBytes *
read_small (GInputStream *stream, GCancellable *cancellable, GError **error)
{
  g_autoptr(GByteArray) all = g_byte_array_new ();
  guint8 buffer[16384];
  gssize n;

  while ((n = g_input_stream_read (stream, buffer, sizeof buffer, cancellable, error)) > 0) {
    if (all->len + (gsize) n > SOHOA_ESCL_MAX_XML_BYTES) {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "answer is too long");
      return NULL;
    }
    g_byte_array_append (all, buffer, (guint) n);
  }
  return n == 0 ? g_byte_array_free_to_bytes (g_steal_pointer (&all)) : NULL;
}

guint
sohoa_escl_ask (SohoaEscl *self, const char *method, const char *path, const char *body, GBytes **answer, char **location,
                GError **error)
{
  g_autoptr(GError) local = NULL;
  g_autoptr(SoupMessage) message = make_message (self, method, path, error);
  g_autoptr(GInputStream) stream = NULL;
  g_autoptr(GBytes) all = NULL;
  /* A stop must not keep the job's end from being told. */
  GCancellable *stop = g_str_equal (method, "DELETE") ? NULL : self->watch->stop;

  if (message == NULL)
    return 0;
  if (body != NULL) {
    g_autoptr(GBytes) bytes = g_bytes_new (body, strlen (body));

    soup_message_set_request_body_from_bytes (message, "text/xml", bytes);
  }
  SOHOA_SCAN_CALL (self->watch, SOHOA_SCAN_OPEN_TIMEOUT_MS, method, {
    stream = soup_session_send (self->session, message, stop, &local);
    all = stream != NULL ? read_small (stream, stop, &local) : NULL;
  });
  if (all == NULL) {
    (void) sohoa_escl_fail_io (self, g_steal_pointer (&local), error);
    return 0;
  }
  if (answer != NULL)
    *answer = g_steal_pointer (&all);
  if (location != NULL)
    *location = g_strdup (soup_message_headers_get_one (soup_message_get_response_headers (message), "Location"));
  return soup_message_get_status (message);
}

guint
sohoa_escl_fetch (SohoaEscl *self, const char *path, GError **error)
{
  g_autoptr(GError) local = NULL;
  g_autoptr(SoupMessage) message = make_message (self, "GET", path, error);
  g_autoptr(GInputStream) stream = NULL;
  guint status;

  if (message == NULL)
    return 0;
  SOHOA_SCAN_CALL (self->watch, SOHOA_SCAN_START_TIMEOUT_MS, "NextDocument",
                   stream = soup_session_send (self->session, message, self->watch->stop, &local));
  if (stream == NULL) {
    (void) sohoa_escl_fail_io (self, g_steal_pointer (&local), error);
    return 0;
  }
  status = soup_message_get_status (message);
  if (status == 200) {
    self->stream = g_steal_pointer (&stream);
    self->message = g_steal_pointer (&message);
  }
  return status;
}

gboolean
sohoa_escl_get_status (SohoaEscl *self, SohoaEsclStatus *out)
{
  g_autoptr(GBytes) answer = NULL;
  gsize length;
  const char *xml;

  memset (out, 0, sizeof *out);
  if (sohoa_escl_ask (self, "GET", "ScannerStatus", NULL, &answer, NULL, NULL) != 200)
    return FALSE;
  xml = g_bytes_get_data (answer, &length);
  return sohoa_escl_status_parse (xml, length, out);
}

gboolean
sohoa_escl_feeder_trouble (SohoaEscl *self, const SohoaEsclStatus *status, GError **error)
{
  static const struct {
    const char    *state;
    SohoaScanError code;
    const char    *text;
  } rows[] = {
    { "ScannerAdfJam", SOHOA_SCAN_ERROR_JAM, "paper is jammed: take it out, put it back and continue" },
    { "ScannerAdfMispick", SOHOA_SCAN_ERROR_JAM, "the feeder could not take the sheet: put it in again and continue" },
    { "ScannerAdfHatchOpen", SOHOA_SCAN_ERROR_COVER_OPEN, "the cover is open: close it and continue" },
    { "ScannerAdfMultipickDetected", SOHOA_SCAN_ERROR_DOUBLE_FEED,
      "two sheets were taken at once: separate them, put both back and continue" },
    { "ScannerAdfDuplexPageTooShort", SOHOA_SCAN_ERROR_JAM, "the sheet is too short for both sides: scan it on the glass" },
    { "ScannerAdfDuplexPageTooLong", SOHOA_SCAN_ERROR_JAM, "the sheet is too long for both sides: scan it on the glass" },
    { "ScannerAdfInputTrayFailed", SOHOA_SCAN_ERROR_JAM, "the paper tray is stuck: look at the scanner and continue" },
    { "ScannerAdfInputTrayOverloaded", SOHOA_SCAN_ERROR_JAM, "there is too much paper in the feeder: take some out and continue" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (g_strcmp0 (status->adf_state, rows[i].state) == 0) {
      g_set_error (error, SOHOA_SCAN_ERROR, rows[i].code, "%s: %s", self->device, rows[i].text);
      return TRUE;
    }
  return FALSE;
}

/* ---- open and close ---- */

static GUri *
parse_address (const char *device, GError **error)
{
  const char *address = device + strlen ("escl:");
  g_autoptr(GUri) uri = g_uri_parse (address, SOUP_HTTP_URI_FLAGS, NULL);
  g_autofree char *path = NULL;

  if (uri == NULL || (strcmp (g_uri_get_scheme (uri), "http") != 0 && strcmp (g_uri_get_scheme (uri), "https") != 0)
      || g_uri_get_host (uri) == NULL || g_uri_get_host (uri)[0] == '\0' || g_uri_get_userinfo (uri) != NULL) {
    g_set_error (error, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_NO_DEVICE, "%s: is no address: write escl:http://host/eSCL", device);
    return NULL;
  }
  path = g_strdup (g_uri_get_path (uri));
  if (path[0] == '\0' || g_str_equal (path, "/")) {
    g_free (path);
    path = g_strdup ("/eSCL/");
  } else if (!g_str_has_suffix (path, "/")) {
    char *with = g_strconcat (path, "/", NULL);

    g_free (path);
    path = with;
  }
  return g_uri_build (SOUP_HTTP_URI_FLAGS, g_uri_get_scheme (uri), NULL, g_uri_get_host (uri), g_uri_get_port (uri), path, NULL, NULL);
}

static gboolean
read_capabilities (SohoaEscl *self, GError **error)
{
  g_autoptr(GBytes) answer = NULL;
  gsize length;
  const char *xml;
  guint status = sohoa_escl_ask (self, "GET", "ScannerCapabilities", NULL, &answer, NULL, error);

  if (status == 0)
    return FALSE;
  if (status == 401 || status == 403) {
    g_set_error (error, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_ACCESS_DENIED,
                 "%s: the scanner refuses this computer: allow scanning over the network in its settings", self->device);
    return FALSE;
  }
  if (status == 503) {
    g_set_error (error, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_DEVICE_BUSY, "%s: the scanner is busy: wait until it is free", self->device);
    return FALSE;
  }
  if (status != 200) {
    g_set_error (error, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_NO_DEVICE, "%s: no eSCL scanner here (HTTP %u): check the address",
                 self->device, status);
    return FALSE;
  }
  xml = g_bytes_get_data (answer, &length);
  if (sohoa_escl_caps_parse (xml, length, &self->caps, error))
    return TRUE;
  g_prefix_error (error, "%s: ", self->device);
  return FALSE;
}

static void
escl_free (SohoaEscl *self)
{
  sohoa_escl_drop_stream (self);
  sohoa_escl_caps_clear (&self->caps);
  g_clear_pointer (&self->extra, g_hash_table_unref);
  g_clear_object (&self->session);
  g_clear_pointer (&self->base, g_uri_unref);
  g_free (self->job);
  g_free (self->device);
  g_free (self);
}

static gpointer
open_device (SohoaScanWatch *watch, const char *device, GError **error)
{
  g_autoptr(GUri) base = parse_address (device, error);
  SohoaEscl *self;

  if (base == NULL)
    return NULL;
  self = g_new0 (SohoaEscl, 1);
  self->watch = watch;
  self->device = g_strdup (device);
  self->base = g_steal_pointer (&base);
  self->fd = -1;
  self->extra = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  /* The scanner's own bytes: no decoding on the way, no proxy in between. */
  self->session = soup_session_new_with_options ("timeout", HTTP_TIMEOUT_S, "user-agent", USER_AGENT, "proxy-resolver", NULL, NULL);
  soup_session_remove_feature_by_type (self->session, SOUP_TYPE_CONTENT_DECODER);
  if (!read_capabilities (self, error)) {
    escl_free (self);
    return NULL;
  }
  return self;
}

static void
finish_device (gpointer handle)
{
  SohoaEscl *self = handle;

  sohoa_escl_drop_stream (self);
  if (self->job != NULL && !self->job_done) {
    g_autoptr(GError) local = NULL;

    if (sohoa_escl_ask (self, "DELETE", self->job, NULL, NULL, NULL, &local) == 0)
      g_info ("%s", local->message);
  }
  g_clear_pointer (&self->job, g_free);
  self->job_done = FALSE;
  self->n_images = 0;
}

static void
close_device (gpointer handle)
{
  escl_free (handle);
}

static GVariant *
no_options (gpointer handle, GError **error)
{
  return g_variant_new_array (G_VARIANT_TYPE_VARDICT, NULL, 0);
}

static char **
no_sensors (gpointer handle, GError **error)
{
  return g_new0 (char *, 1);
}

/* The stop's cancellable has ended the running exchange already. */
static void
interrupt_device (gpointer handle)
{
}

const SohoaScanDriver sohoa_escl_driver = {
  .name = "escl",
  .open = open_device,
  .options = no_options,
  .caps = sohoa_escl_caps_to_variant,
  .apply = sohoa_escl_apply,
  .start = sohoa_escl_start,
  .read = sohoa_escl_read,
  .sensors = no_sensors,
  .finish = finish_device,
  .close = close_device,
  .interrupt = interrupt_device,
};
