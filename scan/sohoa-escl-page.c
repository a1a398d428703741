/* Jobs and pictures of an eSCL device. */
#include "sohoa-escl-private.h"

#include "sohoa-jpeg-check.h"
#include "sohoa-scan-protocol.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"

#include <sys/mman.h>
#include <unistd.h>

#define CHUNK_BYTES (128 * 1024)
#define BUSY_TRIES 40           /* 503 without a reason: the device is still moving the paper */
#define BUSY_WAIT_US (500 * 1000)

void
sohoa_escl_drop_stream (SohoaEscl *self)
{
  g_clear_object (&self->stream);
  g_clear_object (&self->message);
}

/* Sleeps unless stopped. */
static gboolean
wait_a_moment (SohoaEscl *self, GError **error)
{
  GPollFD p;

  if (g_cancellable_set_error_if_cancelled (self->watch->stop, error))
    return FALSE;
  if (g_cancellable_make_pollfd (self->watch->stop, &p)) {
    (void) g_poll (&p, 1, BUSY_WAIT_US / 1000);
    g_cancellable_release_fd (self->watch->stop);
  }
  return !g_cancellable_set_error_if_cancelled (self->watch->stop, error);
}

static gboolean
refuse_busy (SohoaEscl *self, GError **error)
{
  g_set_error (error, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_DEVICE_BUSY, "%s: the scanner is busy: wait until it is free", self->device);
  return FALSE;
}

/* Why a job was not taken. */
static gboolean
explain_refusal (SohoaEscl *self, guint status, GError **error)
{
  SohoaEsclStatus said;
  gboolean explained = sohoa_escl_get_status (self, &said) && self->ticket.feeder && sohoa_escl_feeder_trouble (self, &said, error);
  gboolean empty = self->ticket.feeder && g_strcmp0 (said.adf_state, "ScannerAdfEmpty") == 0;

  sohoa_escl_status_clear (&said);
  if (explained)
    return FALSE;
  if (status == 401 || status == 403)
    g_set_error (error, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_ACCESS_DENIED,
                 "%s: the scanner refuses this computer: allow scanning over the network in its settings", self->device);
  else if (empty)
    g_set_error (error, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_NO_PAPER, "%s: the feeder is empty: put paper in", self->device);
  else if (status == 503)
    return refuse_busy (self, error);
  else
    g_set_error (error, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_UNSUPPORTED,
                 "%s: the scanner did not take the job (HTTP %u): choose another source, mode or resolution", self->device, status);
  return FALSE;
}

/* Path of the job, whatever host the device believes to have. */
static char *
job_path (const char *location)
{
  g_autoptr(GUri) uri = location != NULL ? g_uri_parse_relative (NULL, location, SOUP_HTTP_URI_FLAGS, NULL) : NULL;
  const char *path = uri != NULL ? g_uri_get_path (uri) : location;

  if (path == NULL || path[0] != '/')
    return NULL;
  return g_str_has_suffix (path, "/") ? g_strdup (path) : g_strconcat (path, "/", NULL);
}

static gboolean
start_job (SohoaEscl *self, GError **error)
{
  g_autofree char *xml = sohoa_escl_ticket_write (&self->ticket);
  guint status = 0;

  for (guint i = 0; i < BUSY_TRIES; i++) {
    g_autofree char *location = NULL;
    SohoaEsclStatus said;
    gboolean trouble;

    status = sohoa_escl_ask (self, "POST", "ScanJobs", xml, NULL, &location, error);
    if (status == 0)
      return FALSE;
    if (status == 201) {
      self->job = job_path (location);
      self->job_done = FALSE;
      if (self->job != NULL)
        return TRUE;
      g_set_error (error, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_UNSUPPORTED, "%s: the scanner names no job: update its firmware", self->device);
      return FALSE;
    }
    if (status != 503)
      break;
    trouble = sohoa_escl_get_status (self, &said) && self->ticket.feeder && sohoa_escl_feeder_trouble (self, &said, error);
    sohoa_escl_status_clear (&said);
    if (trouble || !wait_a_moment (self, error))
      return FALSE;
  }
  return explain_refusal (self, status, error);
}

/* No picture: the stack is through, or something is wrong with it. */
static gboolean
explain_end (SohoaEscl *self, guint status, GError **error)
{
  SohoaEsclStatus said;
  gboolean trouble = sohoa_escl_get_status (self, &said) && self->ticket.feeder && sohoa_escl_feeder_trouble (self, &said, error);

  sohoa_escl_status_clear (&said);
  if (trouble)
    return FALSE;
  if (status != 404 && status != 409 && status != 410) {
    g_set_error (error, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_VANISHED,
                 "%s: the scanner broke the job off (HTTP %u): look at it and continue", self->device, status);
    return FALSE;
  }
  self->job_done = TRUE;
  g_set_error (error, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_NO_PAPER, "%s: the feeder is empty: put paper in", self->device);
  return FALSE;
}

gboolean
sohoa_escl_start (gpointer handle, int fd, guint64 *expected_out, GError **error)
{
  SohoaEscl *self = handle;
  g_autofree char *path = NULL;

  sohoa_escl_drop_stream (self);
  self->fd = fd;
  self->got = 0;
  if (self->job == NULL && !start_job (self, error))
    return FALSE;
  path = g_strconcat (self->job, "NextDocument", NULL);
  for (guint i = 0; i < BUSY_TRIES; i++) {
    SohoaEsclStatus said;
    gboolean trouble;
    guint status = sohoa_escl_fetch (self, path, error);

    if (status == 0)
      return FALSE;
    if (status == 200) {
      *expected_out = (guint64) MAX (soup_message_headers_get_content_length (soup_message_get_response_headers (self->message)), 0);
      return TRUE;
    }
    if (status != 503)
      return explain_end (self, status, error);
    trouble = sohoa_escl_get_status (self, &said) && self->ticket.feeder && sohoa_escl_feeder_trouble (self, &said, error);
    sohoa_escl_status_clear (&said);
    if (trouble || !wait_a_moment (self, error))
      return FALSE;
  }
  return refuse_busy (self, error);
}

/* ---- the picture ---- */

static gboolean
is_right_type (SohoaEscl *self, GError **error)
{
  const char *type = soup_message_headers_get_content_type (soup_message_get_response_headers (self->message), NULL);

  if (type == NULL || g_ascii_strcasecmp (type, "image/jpeg") == 0 || g_ascii_strcasecmp (type, "application/octet-stream") == 0)
    return TRUE;
  g_set_error (error, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_BAD_IMAGE, "%s: what the scanner sent is no picture: scan this sheet again",
               self->device);
  return FALSE;
}

static gboolean
is_right_length (SohoaEscl *self, GError **error)
{
  SoupMessageHeaders *headers = soup_message_get_response_headers (self->message);

  if (soup_message_headers_get_encoding (headers) != SOUP_ENCODING_CONTENT_LENGTH
      || (guint64) soup_message_headers_get_content_length (headers) == self->got)
    return TRUE;
  g_set_error (error, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_BAD_IMAGE,
               "%s: the picture is cut off (%" G_GUINT64_FORMAT " of %" G_GOFFSET_FORMAT " bytes): scan this sheet again", self->device,
               self->got, soup_message_headers_get_content_length (headers));
  return FALSE;
}

static gboolean
check_jpeg (SohoaEscl *self, SohoaJpegInfo *info, GError **error)
{
  void *data = mmap (NULL, self->got, PROT_READ, MAP_PRIVATE, self->fd, 0);
  gboolean ok;

  if (data == MAP_FAILED) {
    g_set_error (error, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_BAD_IMAGE, "%s: the picture is empty: scan this sheet again", self->device);
    return FALSE;
  }
  ok = sohoa_jpeg_check (data, self->got, info, error);
  (void) munmap (data, self->got);
  if (!ok)
    g_prefix_error (error, "%s: ", self->device);
  return ok;
}

/* What the JPEG says of itself, and what was asked for where it says nothing. */
static char **
make_flags (SohoaEscl *self, SohoaJpegInfo *info)
{
  g_autoptr(GStrvBuilder) flags = g_strv_builder_new ();

  if (info->dpi_x < 50 || info->dpi_y < 50) { /* a density of 1 × 1 or 72 says nothing */
    info->dpi_x = info->dpi_y = self->ticket.dpi;
    g_strv_builder_add (flags, "no-dpi");
  } else if (ABS (info->dpi_x - self->ticket.dpi) > 1) {
    g_autofree char *text = g_strdup_printf ("dpi: %.0f, not %u", info->dpi_x, self->ticket.dpi);

    g_strv_builder_add (flags, text);
  }
  return g_strv_builder_end (flags);
}

static gboolean
end_picture (SohoaEscl *self, SohoaScanSlice *slice, GError **error)
{
  SohoaJpegInfo info;
  gboolean ok = is_right_type (self, error) && is_right_length (self, error) && check_jpeg (self, &info, error);

  sohoa_escl_drop_stream (self);
  if (!ok)
    return FALSE;
  self->n_images++;
  slice->bytes = self->got;
  slice->page = g_new0 (SohoaScanPage, 1);
  slice->page->fd = -1;
  slice->page->size_bytes = self->got;
  slice->page->format = g_strdup ("jpeg");
  slice->page->width_px = info.width_px;
  slice->page->height_px = info.height_px;
  slice->page->depth = info.depth == 8 ? 8 : 16;
  slice->page->channels = info.channels == 1 ? 1 : 3;
  slice->page->flags = make_flags (self, &info);
  slice->page->dpi_x = info.dpi_x;
  slice->page->dpi_y = info.dpi_y;
  return TRUE;
}

gboolean
sohoa_escl_read (gpointer handle, SohoaScanSlice *slice, GError **error)
{
  SohoaEscl *self = handle;
  gint64 until_us = g_get_monotonic_time () + SOHOA_SCAN_READ_SLICE_MS * 1000;
  g_autofree guint8 *chunk = g_malloc (CHUNK_BYTES);

  if (self->stream == NULL) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "no picture is under way");
    return FALSE;
  }
  while (g_get_monotonic_time () < until_us) {
    g_autoptr(GError) local = NULL;
    gssize n;

    SOHOA_SCAN_CALL (self->watch, SOHOA_SCAN_READ_TIMEOUT_MS, "picture",
                     n = g_input_stream_read (self->stream, chunk, CHUNK_BYTES, self->watch->stop, &local));
    if (n == 0)
      return end_picture (self, slice, error);
    if (n < 0)
      return sohoa_escl_fail_io (self, g_steal_pointer (&local), error);
    self->got += (guint64) n;
    if (self->got > SOHOA_SCAN_PAGE_MAX_BYTES) {
      g_set_error (error, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_TOO_LARGE, "%s: the picture does not end: choose a lower resolution",
                   self->device);
      return FALSE;
    }
    if (!sohoa_fd_write_all (self->fd, chunk, (gsize) n, error))
      return FALSE;
  }
  slice->bytes = self->got;
  return TRUE;
}
