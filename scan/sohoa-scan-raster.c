#include "sohoa-scan-raster.h"

#include "sohoa-scan-protocol.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define HEADER_BYTES 8
#define MAX_PLANES 3
#define N_TAGS 14
#define DIRECTORY_ROOM 512 /* more than directory and its outside values take */
#define DPI_DENOMINATOR 1000

struct _SohoaRaster {
  SohoaRasterFormat format;
  int      fd;                  /* (unowned) */
  guint    packed;              /* bytes of a line as we keep it */
  guint8  *line;                /* (owned) a line that has not come wholly yet */
  gsize    in_line;             /* bytes of it */
  guint    plane;               /* it belongs to */
  guint    lines[MAX_PLANES];   /* whole ones */
  guint8  *planes[MAX_PLANES];  /* (owned) (nullable) three passes: rows until they are woven together */
  gsize    room[MAX_PLANES];
  guint64  n_bytes;
};

static gboolean
refuse (GError **error, SohoaScanError code, const char *why)
{
  g_set_error (error, SOHOA_SCAN_ERROR, code, "picture: %s", why);
  return FALSE;
}

static guint64
packed_line (const SohoaRasterFormat *f)
{
  return ((guint64) f->width_px * f->depth * f->channels + 7) / 8;
}

static gboolean
is_possible (const SohoaRasterFormat *f, GError **error)
{
  if (f->width_px == 0 || (f->depth != 1 && f->depth != 8 && f->depth != 16) || (f->channels != 1 && f->channels != 3)
      || (f->depth == 1 && (f->channels == 3 || f->three_pass)) || f->bytes_per_line < packed_line (f))
    return refuse (error, SOHOA_SCAN_ERROR_BAD_IMAGE,
                   "the scanner driver describes a picture that cannot be: use another mode or resolution");
  if (f->width_px > SOHOA_SCAN_MAX_SIDE_PX || f->lines > (int) SOHOA_SCAN_MAX_SIDE_PX || f->bytes_per_line > 16 * (packed_line (f) + 64)
      || (f->lines > 0 && packed_line (f) * (guint64) f->lines * (f->three_pass ? 3 : 1) > SOHOA_SCAN_PAGE_MAX_BYTES))
    return refuse (error, SOHOA_SCAN_ERROR_TOO_LARGE, "is larger than any sheet: choose a lower resolution or a paper size");
  return TRUE;
}

SohoaRaster *
sohoa_raster_new (int fd, const SohoaRasterFormat *format, GError **error)
{
  static const guint8 header[HEADER_BYTES];
  g_autoptr(SohoaRaster) self = NULL;

  if (!is_possible (format, error))
    return NULL;
  self = g_new0 (SohoaRaster, 1);
  self->format = *format;
  self->fd = fd;
  self->packed = (guint) packed_line (format);
  self->line = g_malloc (format->bytes_per_line);
  if (ftruncate (fd, 0) < 0 || lseek (fd, 0, SEEK_SET) < 0) {
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "picture: %s", g_strerror (errno));
    return NULL;
  }
  if (!sohoa_fd_write_all (fd, header, sizeof header, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
sohoa_raster_free (SohoaRaster *self)
{
  if (self == NULL)
    return;
  for (guint i = 0; i < MAX_PLANES; i++)
    g_free (self->planes[i]);
  g_free (self->line);
  g_free (self);
}

guint64
sohoa_raster_count_bytes (const SohoaRaster *self)
{
  return self->n_bytes;
}

guint64
sohoa_raster_expected (const SohoaRaster *self)
{
  const SohoaRasterFormat *f = &self->format;

  return f->lines > 0 ? (guint64) self->packed * (guint) f->lines * (f->three_pass ? 3 : 1) : 0;
}

static gboolean
keep_plane (SohoaRaster *self, guint plane, const guint8 *row)
{
  gsize used = (gsize) self->lines[plane] * self->packed;

  if (used + self->packed > self->room[plane]) {
    self->room[plane] = MAX (self->room[plane] * 2, used + 256 * (gsize) self->packed);
    self->planes[plane] = g_realloc (self->planes[plane], self->room[plane]);
  }
  memcpy (self->planes[plane] + used, row, self->packed);
  return TRUE;
}

/* One whole line, without its padding. */
static gboolean
keep_line (SohoaRaster *self, guint plane, guint8 *row, GError **error)
{
  if (self->format.inverted)
    for (guint i = 0; i < self->packed; i++)
      row[i] = (guint8) ~row[i];
  if (self->lines[plane] >= SOHOA_SCAN_MAX_SIDE_PX || self->n_bytes + self->packed > SOHOA_SCAN_PAGE_MAX_BYTES)
    return refuse (error, SOHOA_SCAN_ERROR_TOO_LARGE, "does not end: the scanner went on past any length of paper");
  if (self->format.three_pass ? !keep_plane (self, plane, row) : !sohoa_fd_write_all (self->fd, row, self->packed, error))
    return FALSE;
  self->lines[plane]++;
  self->n_bytes += self->packed;
  return TRUE;
}

gboolean
sohoa_raster_add (SohoaRaster *self, guint plane, const guint8 *data, gsize length, GError **error)
{
  if (plane >= MAX_PLANES || (plane > 0 && !self->format.three_pass))
    return refuse (error, SOHOA_SCAN_ERROR_BAD_IMAGE, "has more colour passes than announced");
  if (plane != self->plane) { /* a cut-off line of the pass before is no line */
    self->plane = plane;
    self->in_line = 0;
  }
  while (length > 0) {
    gsize take = MIN (length, self->format.bytes_per_line - self->in_line);

    memcpy (self->line + self->in_line, data, take);
    self->in_line += take;
    data += take;
    length -= take;
    if (self->in_line < self->format.bytes_per_line)
      break;
    self->in_line = 0;
    if (!keep_line (self, plane, self->line, error))
      return FALSE;
  }
  return TRUE;
}

/* Three planes become pixels. */
static gboolean
weave (SohoaRaster *self, GError **error)
{
  gsize sample = self->format.depth / 8;
  g_autofree guint8 *row = g_malloc ((gsize) self->packed * 3);

  for (guint y = 0; y < self->lines[0]; y++) {
    for (guint x = 0; x < self->format.width_px; x++)
      for (guint c = 0; c < 3; c++)
        memcpy (row + (3 * (gsize) x + c) * sample, self->planes[c] + (gsize) y * self->packed + x * sample, sample);
    if (!sohoa_fd_write_all (self->fd, row, (gsize) self->packed * 3, error))
      return FALSE;
  }
  return TRUE;
}

/* ---- the TIFF directory, in the machine's own byte order ---- */

typedef struct {
  guint8 bytes[DIRECTORY_ROOM];
  gsize  at;
} Out;

static void
put16 (Out *out, guint16 value)
{
  memcpy (out->bytes + out->at, &value, 2);
  out->at += 2;
}

static void
put32 (Out *out, guint32 value)
{
  memcpy (out->bytes + out->at, &value, 4);
  out->at += 4;
}

static void
put_long (Out *out, guint16 tag, guint32 value)
{
  put16 (out, tag);
  put16 (out, 4);
  put32 (out, 1);
  put32 (out, value);
}

static void
put_short (Out *out, guint16 tag, guint16 value)
{
  put16 (out, tag);
  put16 (out, 3);
  put32 (out, 1);
  put16 (out, value);
  put16 (out, 0);
}

static void
put_outside (Out *out, guint16 tag, guint16 type, guint32 count, guint32 offset)
{
  put16 (out, tag);
  put16 (out, type);
  put32 (out, count);
  put32 (out, offset);
}

static gboolean
write_directory (SohoaRaster *self, guint channels, guint64 data_bytes, double dpi_x, double dpi_y, GError **error)
{
  guint32 begin = (guint32) ((HEADER_BYTES + data_bytes + 1) & ~1ull);
  guint32 values = begin + 2 + 12 * N_TAGS + 4;
  gboolean has_dpi = dpi_x > 0 && dpi_y > 0;
  guint16 photometric = channels == 3 ? 2 : self->format.depth == 1 ? 0 : 1;
  Out out = { .at = 0 };
  Out header = { .at = 0 };

  put16 (&out, N_TAGS);
  put_long (&out, 256, self->format.width_px);
  put_long (&out, 257, self->lines[0]);
  if (channels == 3)
    put_outside (&out, 258, 3, 3, values);
  else
    put_short (&out, 258, (guint16) self->format.depth);
  put_short (&out, 259, 1); /* no compression */
  put_short (&out, 262, photometric);
  put_long (&out, 273, HEADER_BYTES);
  put_short (&out, 274, 1);
  put_short (&out, 277, (guint16) channels);
  put_long (&out, 278, self->lines[0]);
  put_long (&out, 279, (guint32) data_bytes);
  put_outside (&out, 282, 5, 1, values + 8);
  put_outside (&out, 283, 5, 1, values + 16);
  put_short (&out, 284, 1);
  put_short (&out, 296, has_dpi ? 2 : 1);
  put32 (&out, 0);
  for (guint i = 0; i < 4; i++)
    put16 (&out, (guint16) self->format.depth);
  put32 (&out, has_dpi ? (guint32) lround (dpi_x * DPI_DENOMINATOR) : 1);
  put32 (&out, has_dpi ? DPI_DENOMINATOR : 1);
  put32 (&out, has_dpi ? (guint32) lround (dpi_y * DPI_DENOMINATOR) : 1);
  put32 (&out, has_dpi ? DPI_DENOMINATOR : 1);
  put16 (&header, G_BYTE_ORDER == G_LITTLE_ENDIAN ? 0x4949 : 0x4d4d);
  put16 (&header, 42);
  put32 (&header, begin);
  if (lseek (self->fd, begin, SEEK_SET) < 0 || !sohoa_fd_write_all (self->fd, out.bytes, out.at, error)
      || lseek (self->fd, 0, SEEK_SET) < 0 || !sohoa_fd_write_all (self->fd, header.bytes, header.at, error)) {
    if (error != NULL && *error == NULL)
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "picture: %s", g_strerror (errno));
    return FALSE;
  }
  return TRUE;
}

static char **
make_flags (const SohoaRaster *self, gboolean has_dpi)
{
  g_autoptr(GStrvBuilder) flags = g_strv_builder_new ();
  guint lines = self->lines[0];

  if (self->format.lines > 0 && lines != (guint) self->format.lines) {
    g_autofree char *text = g_strdup_printf ("%s: %u of %d lines", lines < (guint) self->format.lines ? "short" : "long", lines,
                                             self->format.lines);

    g_strv_builder_add (flags, text);
  }
  if (self->in_line > 0)
    g_strv_builder_add (flags, "cut-line");
  if (!has_dpi)
    g_strv_builder_add (flags, "no-dpi");
  return g_strv_builder_end (flags);
}

SohoaScanPage *
sohoa_raster_finish (SohoaRaster *self, double dpi_x, double dpi_y, GError **error)
{
  guint channels = self->format.three_pass ? 3 : self->format.channels;
  g_autoptr(SohoaScanPage) page = NULL;

  if (self->lines[0] == 0) {
    (void) refuse (error, SOHOA_SCAN_ERROR_BAD_IMAGE, "is empty: scan this sheet again");
    return NULL;
  }
  if (self->format.three_pass && (self->lines[0] != self->lines[1] || self->lines[0] != self->lines[2])) {
    (void) refuse (error, SOHOA_SCAN_ERROR_BAD_IMAGE, "its three colour passes differ in length: scan this sheet again");
    return NULL;
  }
  if (self->format.three_pass && !weave (self, error))
    return NULL;
  if (!write_directory (self, channels, self->n_bytes, dpi_x, dpi_y, error))
    return NULL;
  page = g_new0 (SohoaScanPage, 1);
  page->fd = -1;
  page->size_bytes = (guint64) sohoa_fd_size (self->fd);
  page->format = g_strdup ("tiff");
  page->width_px = self->format.width_px;
  page->height_px = self->lines[0];
  page->depth = self->format.depth;
  page->channels = channels;
  page->dpi_x = dpi_x;
  page->dpi_y = dpi_y;
  page->flags = make_flags (self, dpi_x > 0 && dpi_y > 0);
  return g_steal_pointer (&page);
}
