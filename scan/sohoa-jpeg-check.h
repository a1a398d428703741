/* Private to sohoa-scan-worker: is this a whole JPEG file? Marker structure only (ITU-T T.81 Annex B), no decoding:
 * enough to know a picture that was cut off on its way from one that arrived. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct {
  guint  width_px, height_px, depth, channels;
  double dpi_x, dpi_y;  /* JFIF density; 0 = not said */
} SohoaJpegInfo;

/* SOHOA_SCAN_ERROR_BAD_IMAGE: not a JPEG, or cut off. Bytes after the end marker are allowed (some devices pad). */
gboolean sohoa_jpeg_check (const guint8 *data, gsize length, SohoaJpegInfo *info_out, GError **error);

G_END_DECLS
