/* Private to the SANE driver of sohoa-scan-worker. */
#pragma once

#include "sohoa-scan-driver.h"
#include "sohoa-scan-raster.h"

#include <sane/sane.h>

G_BEGIN_DECLS

/* The device's states, moved by set_state() in sohoa-sane.c only:
 *
 *   OPEN ──sane_start──▶ SCANNING ──EOF──▶ BETWEEN ──sane_start──▶ SCANNING
 *    ▲                       │ error, stop, finish │
 *    └─── drained ─── CANCELLED ◀── sane_cancel, once ──┘
 *   OPEN ──sane_close──▶ CLOSED */
typedef enum {
  SOHOA_SANE_OPEN, SOHOA_SANE_SCANNING, SOHOA_SANE_BETWEEN, SOHOA_SANE_CANCELLED, SOHOA_SANE_CLOSED
} SohoaSaneState;

typedef struct {
  SohoaScanWatch *watch;    /* (unowned) */
  char           *device;   /* (owned) as SANE knows it */
  SANE_Handle     handle;   /* (owned) */
  GMutex          lock;     /* state: the main thread may cancel */
  SohoaSaneState  state;
  gboolean        feeder, duplex;  /* as applied */
  double          dpi_x, dpi_y;    /* as read back; 0 = not known */
  gboolean        inverted;        /* quirk: 1-bit pictures have 0 for black */
  int             fd;              /* (unowned) memory file of the page under way */
  SohoaRaster    *raster;          /* (owned) (nullable) the page under way */
  SANE_Parameters parameters;      /* of the frame under way */
  guint           frames;          /* of this page that are whole */
  gboolean        in_frame;        /* bytes may still come */
  guint8         *buffer;          /* (owned) */
} SohoaSaneDevice;

/* A SANE status as a named error: @call is what was tried. Never for GOOD and EOF. */
gboolean sohoa_sane_fail (SANE_Status status, const char *call, const char *device, GError **error);

/* Private SANE_CONFIG_DIR for one backend (and one device, "" = any), then sane_init, once per process. */
gboolean sohoa_sane_init (SohoaScanWatch *watch, const char *backend, const char *device, GError **error);

/* sohoa-sane-frame.c */
gboolean sohoa_sane_start (gpointer handle, int fd, guint64 *expected_out, GError **error);
gboolean sohoa_sane_read (gpointer handle, SohoaScanSlice *slice, GError **error);

/* sohoa-sane-apply.c */
GVariant *sohoa_sane_apply (gpointer handle, GVariant *settings, const char *const *raw, GError **error);
GVariant *sohoa_sane_caps (gpointer handle, GError **error);
GVariant *sohoa_sane_options (gpointer handle, GError **error);
char    **sohoa_sane_sensors (gpointer handle, GError **error);

/* sohoa-sane.c */
void sohoa_sane_set_state (SohoaSaneDevice *self, SohoaSaneState state);

G_END_DECLS
