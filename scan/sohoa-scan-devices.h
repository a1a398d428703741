/* Which scanners there are and what they can. Every look-up runs in worker processes of its own; the answers come
 * one by one on the caller's main context. Nothing blocks.
 *
 * Enumeration asks every SANE backend in its own worker, SOHOA_SCAN_LOOKUPS at a time, those that answered quickly
 * last time first; a backend that hangs or crashes delays no other one, and is remembered in the state file: for
 * SOHOA_SCAN_OFFENDER_REST_S it is asked last and with a short deadline. Network scanners given by address are
 * asked too (eSCL). Hot-plug: enumerate again. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define SOHOA_SCAN_LOOKUPS 8u
#define SOHOA_SCAN_OFFENDER_REST_S (24 * 60 * 60)

typedef struct {
  char *name;     /* (owned) what a session takes: "test:0", "airscan:e0:Sim", "escl:http://…" */
  char *vendor, *model, *type; /* (owned) "" when not said */
  char *backend;  /* (owned) */
} SohoaScanDevice;

void sohoa_scan_device_free (SohoaScanDevice *device);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaScanDevice, sohoa_scan_device_free)

typedef struct _SohoaScanLookup SohoaScanLookup;

typedef struct {
  /* One scanner was found; @device is yours. */
  void (*found) (SohoaScanLookup *self, SohoaScanDevice *device, gpointer data);
  /* (nullable) a backend or an address gave no answer; the others go on. */
  void (*trouble) (SohoaScanLookup *self, const char *backend, const GError *error, gpointer data);
  /* Once, the last call. */
  void (*done) (SohoaScanLookup *self, gpointer data);
} SohoaScanLookupHandler;

typedef struct {
  const char        *state_file;  /* (nullable) remembers slow and crashing backends; made when missing */
  const char *const *addresses;   /* (nullable) "escl:http://host/eSCL", … asked directly */
  const char *const *backends;    /* (nullable) only these; NULL = those of SANE's configuration */
  guint              call_limit_ms; /* 0 = as sohoa-scan-protocol.h says */
} SohoaScanLookupRequest;

/* @handler: static. Never fails. */
SohoaScanLookup *sohoa_scan_lookup_start (const SohoaScanLookupRequest *request, const SohoaScanLookupHandler *handler, gpointer data);
/* No call of @handler comes after it; workers that still run are ended behind it. */
void sohoa_scan_lookup_free (SohoaScanLookup *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaScanLookup, sohoa_scan_lookup_free)

/* The names of the configured backends (SANE's dll.conf and dll.d). g_strfreev. */
char **sohoa_scan_list_backends (void);

/* What one scanner can: a{sv} {driver: s, model: s, sources: aa{sv} of {source: s "flatbed"|"adf"|"adf-duplex",
 * modes: as "color"|"gray"|"lineart", dpis: au (a list) or dpi-min, dpi-max: u, width-mm, height-mm: d},
 * brightness: b, buttons: as, exact-jpeg: b (its own JPEG bytes are kept)}.
 * Errors: as those of a session. One retry after a hang or crash. */
void      sohoa_scan_get_caps_async (const char *device, guint call_limit_ms, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer data);
GVariant *sohoa_scan_get_caps_finish (GAsyncResult *result, GError **error); /* yours */

/* The raw options: aa{sv} of {name, title, type: s, unit: s, value: s, settable: b, active: b, choices: as,
 * range: (ddd) min, max, step}. */
void      sohoa_scan_get_options_async (const char *device, guint call_limit_ms, GCancellable *cancellable,
                                        GAsyncReadyCallback callback, gpointer data);
GVariant *sohoa_scan_get_options_finish (GAsyncResult *result, GError **error); /* yours */

G_END_DECLS
