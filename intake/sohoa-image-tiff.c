#include "sohoa-image-private.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-protocol.h"

#include <tiffio.h>

#include <string.h>
#include <unistd.h>

#define CM_PER_INCH 2.54
#define MAX_SCANLINE_BYTES (4u * 1024 * 1024)
#define RAW_STRIP_MAX_BYTES (64u * 1024 * 1024)
#define REDUCED_IMAGE 1u /* bit of NewSubfileType: a thumbnail, not a page */

struct _SohoaTiff {
  int      fd;     /* (unowned) */
  guint64  size, at;
  TIFF    *tiff;   /* (owned) */
  GArray  *pages;  /* (owned) (element-type guint32) directory numbers */
};

/* ---- libtiff reads through these: nothing is opened, nothing written ---- */

static tmsize_t
on_read (thandle_t handle, void *data, tmsize_t n)
{
  SohoaTiff *self = handle;
  tmsize_t done = 0;

  while (done < n) {
    gssize got = pread (self->fd, (char *) data + done, n - done, self->at);

    if (got <= 0)
      break;
    done += got;
    self->at += got;
  }
  return done;
}

static tmsize_t
on_write (thandle_t handle, void *data, tmsize_t n)
{
  return -1;
}

static toff_t
on_seek (thandle_t handle, toff_t offset, int whence)
{
  SohoaTiff *self = handle;

  self->at = whence == SEEK_SET ? offset : whence == SEEK_CUR ? self->at + offset : self->size + offset;
  return self->at;
}

static int
on_close (thandle_t handle)
{
  return 0;
}

static toff_t
on_size (thandle_t handle)
{
  return ((SohoaTiff *) handle)->size;
}

void
sohoa_tiff_free (SohoaTiff *self)
{
  if (self == NULL)
    return;
  if (self->tiff != NULL)
    TIFFClose (self->tiff);
  g_clear_pointer (&self->pages, g_array_unref);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaTiff, sohoa_tiff_free)

static gboolean
list_pages (SohoaTiff *self, GError **error)
{
  guint32 directory = 0;

  do {
    guint32 kind = 0;

    (void) TIFFGetFieldDefaulted (self->tiff, TIFFTAG_SUBFILETYPE, &kind);
    if ((kind & REDUCED_IMAGE) == 0)
      g_array_append_val (self->pages, directory);
    directory++;
    if (self->pages->len > SOHOA_INPUT_MAX_PAGES || directory > 2 * SOHOA_INPUT_MAX_PAGES) {
      g_set_error (error, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_TOO_LARGE,
                   "TIFF has more than %u pages: split it", SOHOA_INPUT_MAX_PAGES);
      return FALSE;
    }
  } while (TIFFReadDirectory (self->tiff));
  if (self->pages->len == 0) {
    g_set_error (error, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_EMPTY, "TIFF has no page: scan it again");
    return FALSE;
  }
  return TRUE;
}

SohoaTiff *
sohoa_tiff_new (int fd, GError **error)
{
  g_autoptr(SohoaTiff) self = g_new0 (SohoaTiff, 1);

  (void) TIFFSetErrorHandler (NULL);
  (void) TIFFSetWarningHandler (NULL);
  self->fd = fd;
  self->size = MAX (sohoa_fd_size (fd), 0);
  self->pages = g_array_new (FALSE, FALSE, sizeof (guint32));
  self->tiff = TIFFClientOpen ("input", "rm", self, on_read, on_write, on_seek, on_close, on_size, NULL, NULL);
  if (self->tiff == NULL) {
    (void) sohoa_image_damaged (error, "TIFF");
    return NULL;
  }
  return list_pages (self, error) ? g_steal_pointer (&self) : NULL;
}

guint
sohoa_tiff_count_pages (SohoaTiff *self)
{
  return self->pages->len;
}

static gboolean
go_to (SohoaTiff *self, guint page, GError **error)
{
  guint32 directory = g_array_index (self->pages, guint32, page - 1);

  if (TIFFCurrentDirectory (self->tiff) == directory || TIFFSetDirectory (self->tiff, directory))
    return TRUE;
  return sohoa_image_damaged (error, "TIFF");
}

gboolean
sohoa_tiff_get_page (SohoaTiff *self, guint page, SohoaImagePage *out, guint *tag_out, GError **error)
{
  guint16 unit = RESUNIT_INCH, tag = 1;
  float resolution = 0;

  *out = (SohoaImagePage) { 0 };
  if (!go_to (self, page, error))
    return FALSE;
  if (!TIFFGetField (self->tiff, TIFFTAG_IMAGEWIDTH, &out->width_px)
      || !TIFFGetField (self->tiff, TIFFTAG_IMAGELENGTH, &out->height_px))
    return sohoa_image_damaged (error, "TIFF");
  if (!sohoa_image_check_size (out->width_px, out->height_px, error))
    return FALSE;
  (void) TIFFGetFieldDefaulted (self->tiff, TIFFTAG_RESOLUTIONUNIT, &unit);
  (void) TIFFGetField (self->tiff, TIFFTAG_XRESOLUTION, &resolution);
  (void) TIFFGetFieldDefaulted (self->tiff, TIFFTAG_ORIENTATION, &tag);
  if (unit == RESUNIT_CENTIMETER)
    resolution *= (float) CM_PER_INCH;
  sohoa_image_settle_dpi (out, unit == RESUNIT_NONE ? 0 : resolution);
  sohoa_image_settle_orientation (out, tag);
  *tag_out = tag;
  return TRUE;
}

typedef struct {
  guint16 bits, samples, photometric, compression, fill_order, planar, format;
} Layout;

static Layout
read_layout (TIFF *tiff)
{
  Layout l = { 1, 1, PHOTOMETRIC_MINISWHITE, COMPRESSION_NONE, FILLORDER_MSB2LSB, PLANARCONFIG_CONTIG,
               SAMPLEFORMAT_UINT };

  (void) TIFFGetFieldDefaulted (tiff, TIFFTAG_BITSPERSAMPLE, &l.bits);
  (void) TIFFGetFieldDefaulted (tiff, TIFFTAG_SAMPLESPERPIXEL, &l.samples);
  (void) TIFFGetField (tiff, TIFFTAG_PHOTOMETRIC, &l.photometric);
  (void) TIFFGetField (tiff, TIFFTAG_COMPRESSION, &l.compression);
  (void) TIFFGetFieldDefaulted (tiff, TIFFTAG_FILLORDER, &l.fill_order);
  (void) TIFFGetFieldDefaulted (tiff, TIFFTAG_PLANARCONFIG, &l.planar);
  (void) TIFFGetFieldDefaulted (tiff, TIFFTAG_SAMPLEFORMAT, &l.format);
  return l;
}

/* One sample of 1 or 8 bits in rows: most scans. */
static PIX *
decode_rows (TIFF *tiff, const Layout *l, const SohoaImagePage *page)
{
  g_autoptr(PIX) pix = pixCreate (page->width_px, page->height_px, l->bits);
  tmsize_t row_bytes = TIFFScanlineSize (tiff);
  g_autofree guint8 *row = NULL;
  /* Leptonica: 1 = black in one bit, 0 = black in eight. */
  gboolean invert = l->photometric == (l->bits == 1 ? PHOTOMETRIC_MINISBLACK : PHOTOMETRIC_MINISWHITE);
  gsize want = ((gsize) page->width_px * l->bits + 7) / 8;

  if (pix == NULL || row_bytes < (tmsize_t) want || row_bytes > (tmsize_t) MAX_SCANLINE_BYTES)
    return NULL;
  row = g_malloc0 (row_bytes);
  for (guint y = 0; y < page->height_px; y++) {
    l_uint32 *line = pixGetData (pix) + (gsize) y * pixGetWpl (pix);

    if (TIFFReadScanline (tiff, row, y, 0) < 0)
      return NULL;
    for (gsize i = 0; i < want; i++)
      SET_DATA_BYTE (line, i, invert ? (guint8) ~row[i] : row[i]);
  }
  (void) pixSetPadBits (pix, 0);
  return g_steal_pointer (&pix);
}

/* Everything else through libtiff's own conversion. */
static PIX *
decode_any (TIFF *tiff, const SohoaImagePage *page, guint *notes)
{
  g_autoptr(PIX) pix = pixCreate (page->width_px, page->height_px, 32);
  gsize n = (gsize) page->width_px * page->height_px;
  guint32 *raster;
  gboolean ok;

  if (pix == NULL)
    return NULL;
  raster = pixGetData (pix); /* the same room: one word a pixel, converted in place */
  ok = TIFFReadRGBAImageOriented (tiff, page->width_px, page->height_px, raster, ORIENTATION_TOPLEFT, 1);
  for (gsize i = 0; ok && i < n; i++) {
    guint32 p = raster[i];
    guint white = 255 - TIFFGetA (p); /* colours are premultiplied: what is left is paper */

    if (white != 0)
      *notes |= SOHOA_IMAGE_NOTE_ALPHA;
    composeRGBPixel (MIN (TIFFGetR (p) + white, 255), MIN (TIFFGetG (p) + white, 255),
                     MIN (TIFFGetB (p) + white, 255), raster + i);
  }
  return ok ? g_steal_pointer (&pix) : NULL;
}

PIX *
sohoa_tiff_decode (SohoaTiff *self, guint page, guint *notes, GError **error)
{
  SohoaImagePage info;
  guint tag;
  Layout l;
  PIX *pix;

  if (!sohoa_tiff_get_page (self, page, &info, &tag, error))
    return NULL;
  l = read_layout (self->tiff);
  if (l.bits > 8)
    *notes |= SOHOA_IMAGE_NOTE_BITS_REDUCED;
  if (l.photometric == PHOTOMETRIC_SEPARATED)
    *notes |= SOHOA_IMAGE_NOTE_CMYK;
  if ((l.bits == 1 || l.bits == 8) && l.samples == 1 && l.photometric <= PHOTOMETRIC_MINISBLACK
      && l.format == SAMPLEFORMAT_UINT && !TIFFIsTiled (self->tiff)) {
    pix = decode_rows (self->tiff, &l, &info);
  } else {
    /* The raster comes as stored: our own turn and mirror follow, so the tag must not act twice. */
    (void) TIFFSetField (self->tiff, TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT);
    pix = decode_any (self->tiff, &info, notes);
    (void) TIFFSetField (self->tiff, TIFFTAG_ORIENTATION, tag);
  }
  if (pix == NULL)
    (void) sohoa_image_damaged (error, "TIFF");
  return pix;
}

/* A page that is one G4 strip goes into the PDF as it is. */
gboolean
sohoa_tiff_extract (SohoaTiff *self, guint page, int out_fd, SohoaImageStream **stream_out, GError **error)
{
  g_autoptr(SohoaImageStream) stream = sohoa_image_stream_new ();
  g_autofree guint8 *strip = NULL;
  SohoaImagePage info;
  guint tag;
  Layout l;
  tmsize_t n;

  *stream_out = NULL;
  if (!sohoa_tiff_get_page (self, page, &info, &tag, error))
    return FALSE;
  l = read_layout (self->tiff);
  if (l.compression != COMPRESSION_CCITTFAX4 || l.bits != 1 || l.samples != 1 || l.fill_order != FILLORDER_MSB2LSB
      || l.photometric > PHOTOMETRIC_MINISBLACK || TIFFIsTiled (self->tiff) || TIFFNumberOfStrips (self->tiff) != 1)
    return TRUE;
  n = TIFFRawStripSize (self->tiff, 0);
  if (n <= 0 || n > (tmsize_t) RAW_STRIP_MAX_BYTES)
    return sohoa_image_damaged (error, "TIFF");
  strip = g_malloc (n);
  if (TIFFReadRawStrip (self->tiff, 0, strip, n) != n)
    return sohoa_image_damaged (error, "TIFF");
  stream->width_px = info.width_px;
  stream->height_px = info.height_px;
  stream->bits = stream->components = 1;
  stream->colorspace = SOHOA_CS_GRAY;
  stream->filter = g_strdup ("/CCITTFaxDecode");
  stream->decode_parms = g_strdup_printf ("<< /K -1 /Columns %u /Rows %u%s >>", info.width_px, info.height_px,
                                          l.photometric == PHOTOMETRIC_MINISBLACK ? " /BlackIs1 true" : "");
  stream->offset = lseek (out_fd, 0, SEEK_CUR);
  stream->length = n;
  stream->sha256 = sohoa_bytes_sha256 (strip, n);
  if (!sohoa_fd_write_all (out_fd, strip, n, error))
    return FALSE;
  *stream_out = g_steal_pointer (&stream);
  return TRUE;
}
