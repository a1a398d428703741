/* Private to sohoa-scan-worker: a device's raster becomes an uncompressed TIFF in a memory file, bit for bit,
 * whatever its length turns out to be. TIFF 6.0: the rows stand before the directory, so an unknown height is no
 * problem, and resolution and 1-bit polarity are said in the file. */
#pragma once

#include "sohoa-scan-page.h"

G_BEGIN_DECLS

typedef struct {
  guint    width_px;
  int      lines;          /* promised; −1 = not known */
  guint    depth;          /* 1, 8, 16 */
  guint    channels;       /* of one frame: 1, 3 */
  gboolean three_pass;     /* red, green and blue come as three frames of one channel */
  guint    bytes_per_line; /* with the driver's padding */
  gboolean inverted;       /* 1-bit: 0 is black (SANE says 1 is black) */
} SohoaRasterFormat;

typedef struct _SohoaRaster SohoaRaster;

/* @fd: empty memory file, stays the caller's. Errors: SOHOA_SCAN_ERROR_BAD_IMAGE, _TOO_LARGE. */
SohoaRaster *sohoa_raster_new (int fd, const SohoaRasterFormat *format, GError **error);
void         sohoa_raster_free (SohoaRaster *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaRaster, sohoa_raster_free)

/* Bytes of a frame as they come, any amount. @plane: 0, 1, 2 for three passes, else 0. */
gboolean sohoa_raster_add (SohoaRaster *self, guint plane, const guint8 *data, gsize length, GError **error);
guint64  sohoa_raster_count_bytes (const SohoaRaster *self);
/* Bytes the promised picture will have as a file; 0 = not known. */
guint64  sohoa_raster_expected (const SohoaRaster *self);
/* Ends the file. Gives the page without number and side; too few or too many lines become flags.
 * SOHOA_SCAN_ERROR_BAD_IMAGE: not one whole line, or the three passes differ. */
SohoaScanPage *sohoa_raster_finish (SohoaRaster *self, double dpi_x, double dpi_y, GError **error);

G_END_DECLS
