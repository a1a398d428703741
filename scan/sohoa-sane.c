#include "sohoa-sane-private.h"

#include "sohoa-scan-protocol.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-log.h"

#include <string.h>

#define DEFAULT_CONFIG_DIR "/etc/sane.d"
#define MAX_BACKEND_NAME 64
#define DRAIN_BYTES (64 * 1024)
#define DRAIN_MAX_READS 20000 /* of the page that was cut off; a driver that goes on is ended */

/* ---- errors ---- */

static const struct {
  SANE_Status    status;
  SohoaScanError code;
  const char    *text;
} statuses[] = {
  { SANE_STATUS_UNSUPPORTED, SOHOA_SCAN_ERROR_UNSUPPORTED, "the scanner cannot do that: choose another source or mode" },
  { SANE_STATUS_DEVICE_BUSY, SOHOA_SCAN_ERROR_DEVICE_BUSY, "the scanner is busy: wait until it is free" },
  { SANE_STATUS_JAMMED, SOHOA_SCAN_ERROR_JAM, "paper is jammed: take it out, put it back and continue" },
  { SANE_STATUS_NO_DOCS, SOHOA_SCAN_ERROR_NO_PAPER, "the feeder is empty: put paper in" },
  { SANE_STATUS_COVER_OPEN, SOHOA_SCAN_ERROR_COVER_OPEN, "the cover is open: close it and continue" },
  { SANE_STATUS_NO_MEM, SOHOA_SCAN_ERROR_TOO_LARGE, "there is not enough memory: choose a lower resolution" },
  { SANE_STATUS_ACCESS_DENIED, SOHOA_SCAN_ERROR_ACCESS_DENIED,
    "access was denied: the service's user needs the groups scanner and lp" },
};

static gboolean
is_before_device (const char *call)
{
  return g_str_equal (call, "sane_init") || g_str_equal (call, "sane_get_devices") || g_str_equal (call, "sane_open");
}

gboolean
sohoa_sane_fail (SANE_Status status, const char *call, const char *device, GError **error)
{
  if (status == SANE_STATUS_CANCELLED) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "%s: stopped", device);
    return FALSE;
  }
  if (status == SANE_STATUS_NO_MEM && is_before_device (call)) { /* so a network driver says that it finds no avahi */
    g_set_error (error, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_OFFLINE,
                 "%s: the driver cannot start: for a network scanner avahi-daemon must run, or give its address", device);
    return FALSE;
  }
  for (guint i = 0; i < G_N_ELEMENTS (statuses); i++)
    if (statuses[i].status == status) {
      g_set_error (error, SOHOA_SCAN_ERROR, statuses[i].code, "%s: %s", device, statuses[i].text);
      return FALSE;
    }
  /* IO_ERROR and INVAL say different things before and after the device was there. */
  if (is_before_device (call))
    g_set_error (error, SOHOA_SCAN_ERROR, status == SANE_STATUS_INVAL ? SOHOA_SCAN_ERROR_NO_DEVICE : SOHOA_SCAN_ERROR_OFFLINE,
                 "%s: the scanner is not there: switch it on and check its cable or address", device);
  else
    g_set_error (error, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_VANISHED,
                 "%s: the connection to the scanner was lost (%s: %s): check it and continue", device, call,
                 sane_strstatus (status));
  return FALSE;
}

/* ---- the library ---- */

/* A network scanner given by address is opened without looking for others. */
static gboolean
write_airscan_conf (const char *folder, const char *device, GError **error)
{
  g_autofree char *path = g_build_filename (folder, "airscan.conf", NULL);
  static const char text[] = "[options]\ndiscovery = disable\n";

  if (!g_str_has_prefix (device, "airscan:http"))
    return TRUE;
  return sohoa_file_write (path, text, strlen (text), 0600, error);
}

static gboolean
write_config (const char *folder, const char *backend, const char *device, GError **error)
{
  g_autofree char *dll_conf = g_build_filename (folder, "dll.conf", NULL);
  g_autofree char *dll_d = g_build_filename (folder, "dll.d", NULL);
  g_autofree char *line = g_strconcat (backend, "\n", NULL);

  /* The first dll.d found is the one that is read: an empty one keeps the others away. */
  return sohoa_folder_make (dll_d, 0700, error) && sohoa_file_write (dll_conf, line, strlen (line), 0600, error)
         && write_airscan_conf (folder, device, error);
}

static gboolean
is_backend_name (const char *name)
{
  if (name[0] == '\0' || strlen (name) > MAX_BACKEND_NAME)
    return FALSE;
  for (const char *c = name; *c != '\0'; c++)
    if (!g_ascii_isalnum (*c) && *c != '_' && *c != '-')
      return FALSE;
  return TRUE;
}

static gboolean
make_private_config (const char *backend, const char *device, GError **error)
{
  const char *others = g_getenv ("SANE_CONFIG_DIR");
  const char *folder = g_getenv (SOHOA_SCAN_PRIVATE_DIR);
  g_autofree char *own = folder == NULL ? g_dir_make_tmp ("sohoa-scan-XXXXXX", error) : NULL;
  g_autofree char *path = NULL;

  if (folder == NULL)
    folder = own;
  if (folder == NULL || !write_config (folder, backend, device, error))
    return FALSE;
  path = g_strconcat (folder, ":", others != NULL && others[0] != '\0' ? others : DEFAULT_CONFIG_DIR, NULL);
  g_setenv ("SANE_CONFIG_DIR", path, TRUE);
  return TRUE;
}

gboolean
sohoa_sane_init (SohoaScanWatch *watch, const char *backend, const char *device, GError **error)
{
  static gboolean done = FALSE;
  const char *drivers = g_getenv ("SOHOA_SANE_BACKEND_DIR");
  SANE_Status status;
  SANE_Int version;

  if (done)
    return TRUE;
  if (backend[0] != '\0' && !is_backend_name (backend)) {
    g_set_error (error, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_NO_DEVICE, "%s: is not the name of a driver", backend);
    return FALSE;
  }
  if (backend[0] != '\0' && !make_private_config (backend, device, error))
    return FALSE;
  if (drivers != NULL)
    g_setenv ("LD_LIBRARY_PATH", drivers, TRUE); /* read by libsane's own loader, not by the system's any more */
  SOHOA_SCAN_CALL (watch, SOHOA_SCAN_INIT_TIMEOUT_MS, "sane_init", status = sane_init (&version, NULL));
  if (status != SANE_STATUS_GOOD)
    return sohoa_sane_fail (status, "sane_init", "SANE", error);
  done = TRUE;
  return TRUE;
}

static void
add_device (GVariantBuilder *list, const SANE_Device *device)
{
  GVariantDict dict;

  if (device->name == NULL || device->name[0] == '\0' || !g_utf8_validate (device->name, -1, NULL))
    return;
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "name", "s", device->name);
  g_variant_dict_insert_value (&dict, "vendor", g_variant_new_take_string (g_utf8_make_valid (device->vendor != NULL ? device->vendor : "", -1)));
  g_variant_dict_insert_value (&dict, "model", g_variant_new_take_string (g_utf8_make_valid (device->model != NULL ? device->model : "", -1)));
  g_variant_dict_insert_value (&dict, "type", g_variant_new_take_string (g_utf8_make_valid (device->type != NULL ? device->type : "", -1)));
  g_variant_builder_add_value (list, g_variant_dict_end (&dict));
}

GVariant *
sohoa_sane_list_devices (SohoaScanWatch *watch, const char *backend, GError **error)
{
  const SANE_Device **devices = NULL;
  GVariantBuilder list;
  SANE_Status status;

  if (!sohoa_sane_init (watch, backend, "", error))
    return NULL;
  SOHOA_SCAN_CALL (watch, SOHOA_SCAN_DEVICES_TIMEOUT_MS, "sane_get_devices", status = sane_get_devices (&devices, SANE_FALSE));
  if (status != SANE_STATUS_GOOD) {
    (void) sohoa_sane_fail (status, "sane_get_devices", backend, error);
    return NULL;
  }
  g_variant_builder_init (&list, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; devices != NULL && devices[i] != NULL && i < SOHOA_SCAN_MAX_DEVICES; i++)
    add_device (&list, devices[i]);
  return g_variant_builder_end (&list);
}

/* ---- the device ---- */

void
sohoa_sane_set_state (SohoaSaneDevice *self, SohoaSaneState state)
{
  static const char *const names[] = { "open", "scanning", "between", "cancelled", "closed" };
  static const guint next[] = {
    [SOHOA_SANE_OPEN] = 1u << SOHOA_SANE_SCANNING | 1u << SOHOA_SANE_CLOSED,
    [SOHOA_SANE_SCANNING] = 1u << SOHOA_SANE_BETWEEN | 1u << SOHOA_SANE_CANCELLED,
    [SOHOA_SANE_BETWEEN] = 1u << SOHOA_SANE_SCANNING | 1u << SOHOA_SANE_CANCELLED,
    [SOHOA_SANE_CANCELLED] = 1u << SOHOA_SANE_OPEN,
    [SOHOA_SANE_CLOSED] = 0,
  };

  if ((next[self->state] & 1u << state) == 0)
    g_critical ("scanner: %s→%s is no legal move", names[self->state], names[state]);
  sohoa_debug (SOHOA_DEBUG_SCAN, "%s→%s", names[self->state], names[state]);
  self->state = state;
}

/* "airscan:http://…" becomes a name sane-airscan(5) opens without discovery. */
static char *
sane_name (const char *device)
{
  if (g_str_has_prefix (device, "airscan:http://") || g_str_has_prefix (device, "airscan:https://"))
    return g_strconcat ("airscan:escl:Scanner:", device + strlen ("airscan:"), NULL);
  return g_strdup (device);
}

static gpointer
open_device (SohoaScanWatch *watch, const char *device, GError **error)
{
  const char *colon = strchr (device, ':');
  g_autofree char *backend = colon != NULL ? g_strndup (device, (gsize) (colon - device)) : g_strdup (device);
  g_autofree char *name = sane_name (device);
  SANE_Handle handle = NULL;
  SohoaSaneDevice *self;
  SANE_Status status;

  if (!sohoa_sane_init (watch, backend, device, error))
    return NULL;
  SOHOA_SCAN_CALL (watch, SOHOA_SCAN_OPEN_TIMEOUT_MS, "sane_open", status = sane_open (name, &handle));
  if (status != SANE_STATUS_GOOD) {
    (void) sohoa_sane_fail (status, "sane_open", device, error);
    return NULL;
  }
  self = g_new0 (SohoaSaneDevice, 1);
  self->watch = watch;
  self->device = g_strdup (device);
  self->handle = handle;
  self->fd = -1;
  g_mutex_init (&self->lock);
  return self;
}

/* Called by either thread; whoever comes first cancels. */
static gboolean
cancel_once (SohoaSaneDevice *self, gboolean watched)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (self->state != SOHOA_SANE_SCANNING && self->state != SOHOA_SANE_BETWEEN)
    return FALSE;
  sohoa_sane_set_state (self, SOHOA_SANE_CANCELLED);
  if (watched)
    SOHOA_SCAN_CALL (self->watch, SOHOA_SCAN_CANCEL_TIMEOUT_MS, "sane_cancel", sane_cancel (self->handle));
  else
    sane_cancel (self->handle);
  return TRUE;
}

/* Beside a running call, as the SANE standard (4.3.11) allows and scanimage does in its signal handler. */
static void
interrupt_device (gpointer handle)
{
  SohoaSaneDevice *self = handle;

  if (cancel_once (self, FALSE))
    sohoa_debug (SOHOA_DEBUG_SCAN, "cancelled beside the running call");
}

/* Reads away what still comes of a page that was cut off: closing under a pending read kills some drivers. */
static void
drain (SohoaSaneDevice *self)
{
  g_autofree guint8 *away = g_malloc (DRAIN_BYTES);
  SANE_Status status = SANE_STATUS_GOOD;

  for (guint i = 0; i < DRAIN_MAX_READS && status == SANE_STATUS_GOOD; i++) {
    SANE_Int length = 0;

    SOHOA_SCAN_CALL (self->watch, SOHOA_SCAN_CANCEL_TIMEOUT_MS, "sane_read", status = sane_read (self->handle, away, DRAIN_BYTES, &length));
  }
}

static void
finish_device (gpointer handle)
{
  SohoaSaneDevice *self = handle;
  gboolean in_frame = self->in_frame;

  self->in_frame = FALSE;
  g_clear_pointer (&self->raster, sohoa_raster_free);
  (void) cancel_once (self, TRUE);
  if (self->state != SOHOA_SANE_CANCELLED)
    return;
  if (in_frame)
    drain (self);
  sohoa_sane_set_state (self, SOHOA_SANE_OPEN);
}

static void
close_device (gpointer handle)
{
  SohoaSaneDevice *self = handle;

  sohoa_sane_set_state (self, SOHOA_SANE_CLOSED);
  SOHOA_SCAN_CALL (self->watch, SOHOA_SCAN_CLOSE_TIMEOUT_MS, "sane_close", sane_close (self->handle));
  g_mutex_clear (&self->lock);
  g_free (self->buffer);
  g_free (self->device);
  g_free (self);
}

const SohoaScanDriver sohoa_sane_driver = {
  .name = "sane",
  .open = open_device,
  .options = sohoa_sane_options,
  .caps = sohoa_sane_caps,
  .apply = sohoa_sane_apply,
  .start = sohoa_sane_start,
  .read = sohoa_sane_read,
  .sensors = sohoa_sane_sensors,
  .finish = finish_device,
  .close = close_device,
  .interrupt = interrupt_device,
};
