/* Pictures of a SANE device: frames become one file. */
#include "sohoa-sane-private.h"

#include "sohoa-scan-protocol.h"

#include "sohoa-errors.h"

#include <string.h>

#define BUFFER_BYTES (256 * 1024)
#define MAX_FRAMES 3u
#define MAX_EMPTY_READS 200000 /* GOOD with no byte, in a row, within the deadline: a driver that spins */

static gboolean
is_pass (SANE_Frame format)
{
  return format == SANE_FRAME_RED || format == SANE_FRAME_GREEN || format == SANE_FRAME_BLUE;
}

static gboolean
start_frame (SohoaSaneDevice *self, GError **error)
{
  SANE_Status status;

  if (sohoa_scan_watch_is_stopping (self->watch))
    return sohoa_sane_fail (SANE_STATUS_CANCELLED, "sane_start", self->device, error);
  SOHOA_SCAN_CALL (self->watch, SOHOA_SCAN_START_TIMEOUT_MS, "sane_start", status = sane_start (self->handle));
  g_mutex_lock (&self->lock);
  /* Also a start that failed has begun a session that must be cancelled (SANE standard 4.3.11). */
  if (self->state != SOHOA_SANE_CANCELLED && self->state != SOHOA_SANE_SCANNING)
    sohoa_sane_set_state (self, SOHOA_SANE_SCANNING);
  g_mutex_unlock (&self->lock);
  if (status != SANE_STATUS_GOOD)
    return sohoa_sane_fail (status == SANE_STATUS_EOF ? SANE_STATUS_NO_DOCS : status, "sane_start", self->device, error);
  SOHOA_SCAN_CALL (self->watch, SOHOA_SCAN_OPTION_TIMEOUT_MS, "sane_get_parameters",
                   status = sane_get_parameters (self->handle, &self->parameters));
  if (status != SANE_STATUS_GOOD)
    return sohoa_sane_fail (status, "sane_get_parameters", self->device, error);
  self->in_frame = TRUE;
  return TRUE;
}

static gboolean
fill_format (SohoaSaneDevice *self, SohoaRasterFormat *format, GError **error)
{
  const SANE_Parameters *p = &self->parameters;

  if (p->pixels_per_line <= 0 || p->bytes_per_line <= 0 || p->depth <= 0 || p->depth > 16 || p->lines < -1 || p->lines == 0
      || !(p->format == SANE_FRAME_GRAY || p->format == SANE_FRAME_RGB || is_pass (p->format))) {
    g_set_error (error, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_BAD_IMAGE,
                 "%s: describes a picture that cannot be: use another mode or resolution", self->device);
    return FALSE;
  }
  *format = (SohoaRasterFormat) {
    .width_px = (guint) p->pixels_per_line,
    .lines = p->lines,
    .depth = (guint) p->depth,
    .channels = p->format == SANE_FRAME_RGB ? 3 : 1,
    .three_pass = is_pass (p->format),
    .bytes_per_line = (guint) p->bytes_per_line,
    .inverted = p->depth == 1 && self->inverted,
  };
  return TRUE;
}

gboolean
sohoa_sane_start (gpointer handle, int fd, guint64 *expected_out, GError **error)
{
  SohoaSaneDevice *self = handle;
  SohoaRasterFormat format;

  g_clear_pointer (&self->raster, sohoa_raster_free);
  self->frames = 0;
  if (!start_frame (self, error) || !fill_format (self, &format, error))
    return FALSE;
  self->raster = sohoa_raster_new (fd, &format, error);
  if (self->raster == NULL)
    return FALSE;
  if (self->buffer == NULL)
    self->buffer = g_malloc (BUFFER_BYTES);
  *expected_out = sohoa_raster_expected (self->raster);
  return TRUE;
}

/* The next pass must be like the first one. */
static gboolean
start_next_pass (SohoaSaneDevice *self, GError **error)
{
  SANE_Parameters before = self->parameters;

  if (!start_frame (self, error))
    return FALSE;
  if (self->frames < MAX_FRAMES && is_pass (self->parameters.format) && self->parameters.bytes_per_line == before.bytes_per_line
      && self->parameters.pixels_per_line == before.pixels_per_line && self->parameters.depth == before.depth)
    return TRUE;
  g_set_error (error, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_BAD_IMAGE, "%s: its colour passes do not fit together: scan this sheet again",
               self->device);
  return FALSE;
}

static guint
plane_of (const SohoaSaneDevice *self)
{
  switch (self->parameters.format) {
  case SANE_FRAME_GREEN: return 1;
  case SANE_FRAME_BLUE: return 2;
  default: return 0;
  }
}

/* A frame is whole. TRUE with slice->page set when the picture is. */
static gboolean
end_frame (SohoaSaneDevice *self, SohoaScanSlice *slice, GError **error)
{
  self->frames++;
  if (is_pass (self->parameters.format) && self->frames < MAX_FRAMES)
    return start_next_pass (self, error);
  slice->page = sohoa_raster_finish (self->raster, self->dpi_x, self->dpi_y, error);
  g_clear_pointer (&self->raster, sohoa_raster_free);
  g_mutex_lock (&self->lock);
  if (self->state == SOHOA_SANE_SCANNING)
    sohoa_sane_set_state (self, SOHOA_SANE_BETWEEN);
  g_mutex_unlock (&self->lock);
  return slice->page != NULL;
}

/* Waits for the first byte in one long call, then takes what comes until the slice is over. */
gboolean
sohoa_sane_read (gpointer handle, SohoaScanSlice *slice, GError **error)
{
  SohoaSaneDevice *self = handle;
  gint64 until_us = g_get_monotonic_time () + SOHOA_SCAN_READ_SLICE_MS * 1000;
  guint n_empty = 0;

  if (self->raster == NULL)
    return sohoa_sane_fail (SANE_STATUS_CANCELLED, "sane_read", self->device, error);
  while (slice->page == NULL && g_get_monotonic_time () < until_us) {
    SANE_Status status;
    SANE_Int length = 0;

    if (sohoa_scan_watch_is_stopping (self->watch))
      return sohoa_sane_fail (SANE_STATUS_CANCELLED, "sane_read", self->device, error);
    SOHOA_SCAN_CALL (self->watch, SOHOA_SCAN_READ_TIMEOUT_MS, "sane_read",
                     status = sane_read (self->handle, self->buffer, BUFFER_BYTES, &length));
    if (status != SANE_STATUS_GOOD)
      self->in_frame = FALSE;
    if (status == SANE_STATUS_EOF) {
      if (!end_frame (self, slice, error))
        return FALSE;
      continue;
    }
    if (status != SANE_STATUS_GOOD)
      return sohoa_sane_fail (status, "sane_read", self->device, error);
    if (length < 0 || length > BUFFER_BYTES || (length == 0 && ++n_empty > MAX_EMPTY_READS)) {
      g_set_error (error, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_BAD_IMAGE, "%s: the driver delivers nonsense: scan this sheet again",
                   self->device);
      return FALSE;
    }
    if (!sohoa_raster_add (self->raster, plane_of (self), self->buffer, (gsize) length, error))
      return FALSE;
  }
  slice->bytes = self->raster != NULL ? sohoa_raster_count_bytes (self->raster) : slice->page != NULL ? slice->page->size_bytes : 0;
  return TRUE;
}
