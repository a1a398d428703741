/* One side of one sheet as the device delivered it: a whole image file in a sealed memory file. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum { SOHOA_SCAN_FRONT, SOHOA_SCAN_BACK } SohoaScanSide;
const char *sohoa_scan_side_to_string (SohoaScanSide side); /* "front", "back"; static */

typedef struct {
  guint         sequence;   /* image of this session, from 1 */
  guint         sheet;      /* from the request's first_sheet on */
  SohoaScanSide side;
  int           fd;         /* (owned) sealed memfd; the file begins at offset 0 */
  guint64       size_bytes;
  char         *format;     /* (owned) "jpeg": the device's own bytes; "tiff": its raster, uncompressed, exact */
  guint         width_px, height_px;
  guint         depth;      /* bits per channel: 1, 8, 16 */
  guint         channels;   /* 1 or 3 */
  double        dpi_x, dpi_y; /* as the device says after the setting was read back; 0 = not known */
  guint         turn;       /* 180: a back that this feeder delivers upside down (profile: duplex-turn); the bytes are as they came */
  char        **flags;      /* (owned) never NULL; "short: 3400 of 3508 lines", "long: …", "no-dpi" */
  void        (*release) (gpointer owner); /* private: freeing the page lets the session fetch a further one */
  gpointer      owner;
} SohoaScanPage;

/* Closes the descriptor and tells the session that there is room for a page again. Any thread. */
void sohoa_scan_page_free (SohoaScanPage *page);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaScanPage, sohoa_scan_page_free)

/* For the worker's pipe: everything but number, sheet, side and descriptor. From: SOHOA_SCAN_ERROR_BAD_IMAGE for
 * anything out of range. */
GVariant      *sohoa_scan_page_to_variant (const SohoaScanPage *page); /* floating */
SohoaScanPage *sohoa_scan_page_from_variant (GVariant *variant, GError **error);

G_END_DECLS
