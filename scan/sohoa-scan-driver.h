/* Private to sohoa-scan-worker: what opens and reads a device. Two of them: SANE and our own eSCL client (which
 * exists because SANE hands out rasters only, and a network scanner's JPEG must be kept byte for byte).
 *
 * All functions but interrupt() are called by the device thread, in the order open, {options, caps, apply}*,
 * {start, read*}*, finish, close. Errors: SOHOA_SCAN_ERROR, or G_IO_ERROR_CANCELLED after a stop. */
#pragma once

#include "sohoa-scan-page.h"
#include "sohoa-scan-watch.h"

G_BEGIN_DECLS

typedef struct {
  guint64        bytes;  /* of the picture so far */
  SohoaScanPage *page;   /* (owned) (nullable) set when it is whole; the file lies in the memory file of start() */
} SohoaScanSlice;

typedef struct {
  const char *name;
  gpointer  (*open)    (SohoaScanWatch *watch, const char *device, GError **error);
  GVariant *(*options) (gpointer handle, GError **error);                   /* floating aa{sv} */
  GVariant *(*caps)    (gpointer handle, GError **error);                   /* floating a{sv} */
  GVariant *(*apply)   (gpointer handle, GVariant *settings, const char *const *raw, GError **error); /* floating a{sv} */
  /* @fd: empty memory file (borrowed until the page is whole). SOHOA_SCAN_ERROR_NO_PAPER: feeder empty. */
  gboolean  (*start)   (gpointer handle, int fd, guint64 *expected_out, GError **error);
  gboolean  (*read)    (gpointer handle, SohoaScanSlice *slice, GError **error);
  char    **(*sensors) (gpointer handle, GError **error);                   /* g_strfreev */
  void      (*finish)  (gpointer handle);                                   /* cancel once, drain */
  void      (*close)   (gpointer handle);                                   /* frees @handle */
  /* Main thread, SOHOA_SCAN_STOP_GRACE_MS after a stop that a running call has not answered. */
  void      (*interrupt) (gpointer handle);
} SohoaScanDriver;

extern const SohoaScanDriver sohoa_sane_driver, sohoa_escl_driver;

/* All devices of a SANE backend ("" = every one of the configuration); floating aa{sv}. */
GVariant *sohoa_sane_list_devices (SohoaScanWatch *watch, const char *backend, GError **error);

G_END_DECLS
