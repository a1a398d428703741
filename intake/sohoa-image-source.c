#define _GNU_SOURCE
#include "sohoa-image-private.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-protocol.h"

#include <math.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define HEAD_BYTES 64u
#define A4_SHORT_INCH 8.27
#define A4_LONG_INCH 11.69
#define LONGEST_SHEET_INCH 48.0   /* A0 and a little */
#define MEANINGLESS_DPI 96.0      /* 72 and 96 are written by programs that do not know */
#define ROUND_TOLERANCE 0.03
#define ICC_HEADER_BYTES 128u

typedef enum { KIND_JPEG, KIND_PNG, KIND_TIFF, KIND_PNM, KIND_WEBP, KIND_JP2 } Kind;

struct _SohoaImageSource {
  Kind            kind;
  const char     *kind_name; /* (static) */
  SohoaImageBytes bytes;     /* data: (owned) mapping */
  SohoaTiff      *tiff;      /* (owned) (nullable) */
  SohoaJpegInfo   jpeg;      /* (owned) of a JPEG */
  SohoaPngInfo    png;
  SohoaImagePage  page;      /* of a file with one page */
  guint           tag;       /* its orientation */
};

static const struct {
  const char *name;
  gsize       at, length;
  const char *bytes;
} magics[] = {
  { "pdf", 0, 5, "%PDF-" },        { "jpeg", 0, 3, "\xff\xd8\xff" },
  { "png", 0, 8, "\x89PNG\r\n\x1a\n" }, { "tiff", 0, 4, "II*\0" },
  { "tiff", 0, 4, "MM\0*" },       { "tiff", 0, 4, "II+\0" },
  { "tiff", 0, 4, "MM\0+" },       { "webp", 8, 4, "WEBP" },
  { "jp2", 0, 8, "\0\0\0\x0cjP  " }, { "jp2", 0, 4, "\xff\x4f\xff\x51" },
};

const char *
sohoa_intake_sniff (const guint8 *head, gsize length)
{
  for (guint i = 0; i < G_N_ELEMENTS (magics); i++)
    if (magics[i].at + magics[i].length <= length
        && memcmp (head + magics[i].at, magics[i].bytes, magics[i].length) == 0)
      return magics[i].name;
  if (length >= 3 && head[0] == 'P' && head[1] >= '1' && head[1] <= '6' && g_ascii_isspace (head[2]))
    return "pnm";
  /* Readers accept a PDF header within the first bytes. */
  if (length >= 5 && memmem (head, length, "%PDF-", 5) != NULL)
    return "pdf";
  return NULL;
}

gboolean
sohoa_image_damaged (GError **error, const char *kind)
{
  g_set_error (error, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_DAMAGED,
               "%s picture is cut off or malformed: scan or save it again", kind);
  return FALSE;
}

gboolean
sohoa_image_check_size (guint64 width, guint64 height, GError **error)
{
  if (width > 0 && height > 0 && width <= SOHOA_IMAGE_MAX_SIDE_PX && height <= SOHOA_IMAGE_MAX_SIDE_PX
      && width * height <= SOHOA_IMAGE_MAX_PIXELS)
    return TRUE;
  if (width == 0 || height == 0)
    g_set_error (error, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_DAMAGED, "picture has no size: scan or save it again");
  else
    g_set_error (error, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_TOO_LARGE,
                 "picture of %" G_GUINT64_FORMAT " x %" G_GUINT64_FORMAT " pixels: more than %u million: "
                 "scan it at a lower resolution", width, height, SOHOA_IMAGE_MAX_PIXELS / 1000000);
  return FALSE;
}

/* The resolution that makes the picture about A4, rounded to a usual one when it is near. */
static double
guess_dpi (guint width, guint height)
{
  static const double usual[] = { 100, 150, 200, 240, 300, 400, 600, 1200 };
  double guess = MAX (MIN (width, height) / A4_SHORT_INCH, MAX (width, height) / A4_LONG_INCH);

  for (guint i = 0; i < G_N_ELEMENTS (usual); i++)
    if (fabs (guess - usual[i]) <= usual[i] * ROUND_TOLERANCE)
      return usual[i];
  return CLAMP (guess, SOHOA_DPI_MIN, SOHOA_DPI_MAX);
}

void
sohoa_image_settle_dpi (SohoaImagePage *page, double said_dpi)
{
  double guess = guess_dpi (page->width_px, page->height_px);
  gboolean absurd = !(said_dpi >= SOHOA_DPI_MIN && said_dpi <= SOHOA_DPI_MAX)
                    || MAX (page->width_px, page->height_px) / said_dpi > LONGEST_SHEET_INCH
                    || (said_dpi <= MEANINGLESS_DPI && guess >= 100);

  page->dpi = absurd ? guess : said_dpi;
  if (absurd)
    page->notes |= SOHOA_IMAGE_NOTE_DPI_GUESSED;
}

void
sohoa_image_settle_orientation (SohoaImagePage *page, guint tag)
{
  /* clockwise turn that shows the picture upright, after its mirror is undone (EXIF 2.3, 4.6.4 A) */
  static const guint turns[] = { 0, 0, 0, 180, 180, 270, 90, 90, 270 };

  if (tag >= G_N_ELEMENTS (turns))
    tag = 1;
  page->rotation = turns[tag];
  if (tag == 2 || tag == 4 || tag == 5 || tag == 7)
    page->notes |= SOHOA_IMAGE_NOTE_MIRRORED;
}

GBytes *
sohoa_image_usable_icc (const guint8 *data, gsize length, guint components, guint *notes)
{
  const char *space = components == 1 ? "GRAY" : components == 3 ? "RGB " : "CMYK";
  gsize said = length >= ICC_HEADER_BYTES ? (gsize) data[0] << 24 | data[1] << 16 | data[2] << 8 | data[3] : 0;

  /* ISO 19005-2, 6.2.4.2: version 2 or 4, an input, display, output or colour space profile. */
  if (said >= ICC_HEADER_BYTES && said <= length && (data[8] == 2 || data[8] == 4)
      && memcmp (data + 36, "acsp", 4) == 0 && memcmp (data + 16, space, 4) == 0
      && (memcmp (data + 12, "scnr", 4) == 0 || memcmp (data + 12, "mntr", 4) == 0
          || memcmp (data + 12, "prtr", 4) == 0 || memcmp (data + 12, "spac", 4) == 0))
    return g_bytes_new (data, said);
  *notes |= SOHOA_IMAGE_NOTE_ICC_DROPPED;
  return NULL;
}

/* ---- pixels made plain ---- */

static gboolean
is_gray (PIX *pix, gboolean *bitonal)
{
  l_int32 w = pixGetWidth (pix), h = pixGetHeight (pix);

  *bitonal = TRUE;
  for (l_int32 y = 0; y < h; y++) {
    const l_uint32 *line = pixGetData (pix) + (gsize) y * pixGetWpl (pix);

    for (l_int32 x = 0; x < w; x++) {
      guint32 rgb = line[x] >> 8, v = rgb & 0xff;

      if (rgb != v * 0x010101u)
        return FALSE;
      *bitonal = *bitonal && (v == 0 || v == 255);
    }
  }
  return TRUE;
}

/* A colour picture without colour loses nothing as grey, one of black and white only nothing as 1 bit. */
static PIX *
smallest (PIX *pix)
{
  gboolean bitonal;
  g_autoptr(PIX) owned = pix;
  g_autoptr(PIX) gray = NULL;

  if (pixGetDepth (pix) != 32 || !is_gray (pix, &bitonal))
    return g_steal_pointer (&owned);
  gray = pixConvertRGBToGray (pix, 0, 1, 0); /* one channel: exact */
  return bitonal && gray != NULL ? pixThresholdToBinary (gray, 128) : g_steal_pointer (&gray);
}

static PIX *
plain_depth (PIX *pix, guint *notes)
{
  g_autoptr(PIX) owned = pix;
  PIX *out;

  if (pixGetDepth (pix) == 16) {
    *notes |= SOHOA_IMAGE_NOTE_BITS_REDUCED;
    return pixConvert16To8 (pix, L_MS_BYTE);
  }
  if (pixGetSpp (pix) == 4 || (pixGetColormap (pix) != NULL && pixGetDepth (pix) > 1)) {
    g_autoptr(PIX) rgb = NULL;

    if (pixGetSpp (pix) != 4)
      rgb = pixRemoveColormap (pix, REMOVE_CMAP_WITH_ALPHA);
    if (rgb != NULL && pixGetSpp (rgb) != 4)
      return smallest (pixRemoveColormap (pix, REMOVE_CMAP_TO_FULL_COLOR));
    *notes |= SOHOA_IMAGE_NOTE_ALPHA;
    out = pixAlphaBlendUniform (rgb != NULL ? rgb : pix, 0xffffff00);
    if (out != NULL)
      (void) pixSetSpp (out, 3);
    return out != NULL ? smallest (out) : NULL;
  }
  if (pixGetColormap (pix) != NULL) {
    out = pixRemoveColormap (pix, REMOVE_CMAP_BASED_ON_SRC);
    return out != NULL ? smallest (out) : NULL;
  }
  if (pixGetDepth (pix) == 2 || pixGetDepth (pix) == 4)
    return pixConvertTo8 (pix, FALSE);
  return smallest (g_steal_pointer (&owned));
}

PIX *
sohoa_image_normalise (PIX *pix, guint tag, guint *notes, GError **error)
{
  PIX *out = plain_depth (pix, notes);

  if (out == NULL) {
    (void) sohoa_image_damaged (error, "this");
    return NULL;
  }
  if (tag == 2 || tag == 4 || tag == 5 || tag == 7)
    (void) pixFlipLR (out, out);
  return out;
}

/* ---- one source ---- */

static gboolean
look_with_leptonica (SohoaImageSource *self, GError **error)
{
  l_int32 format, w = 0, h = 0, bps, spp, cmap;

  if (pixReadHeaderMem (self->bytes.data, self->bytes.length, &format, &w, &h, &bps, &spp, &cmap) != 0 || w < 0
      || h < 0)
    return sohoa_image_damaged (error, self->kind_name);
  self->page.width_px = w;
  self->page.height_px = h;
  if (!sohoa_image_check_size (w, h, error))
    return FALSE;
  sohoa_image_settle_dpi (&self->page, 0);
  return TRUE;
}

static gboolean
look (SohoaImageSource *self, GError **error)
{
  double dpi = 0;

  self->tag = 1;
  switch (self->kind) {
  case KIND_TIFF:
    self->tiff = sohoa_tiff_new (self->bytes.fd, error);
    return self->tiff != NULL;
  case KIND_JPEG:
    if (!sohoa_jpeg_look (&self->bytes, &self->jpeg, error))
      return FALSE;
    self->page.width_px = self->jpeg.width;
    self->page.height_px = self->jpeg.height;
    self->tag = self->jpeg.orientation;
    dpi = self->jpeg.dpi;
    break;
  case KIND_PNG:
    if (!sohoa_png_look (&self->bytes, &self->png, error))
      return FALSE;
    self->page.width_px = self->png.width;
    self->page.height_px = self->png.height;
    dpi = self->png.dpi;
    break;
  case KIND_PNM:
  case KIND_WEBP:
  case KIND_JP2:
    return look_with_leptonica (self, error);
  }
  sohoa_image_settle_dpi (&self->page, dpi);
  sohoa_image_settle_orientation (&self->page, self->tag);
  return TRUE;
}

static gboolean
name_kind (SohoaImageSource *self, GError **error)
{
  static const char *const names[] = { "jpeg", "png", "tiff", "pnm", "webp", "jp2" };
  guint8 head[HEAD_BYTES] = { 0 };
  const char *name;

  if (!sohoa_fd_pread_all (self->bytes.fd, head, MIN (self->bytes.length, sizeof head), 0, error))
    return FALSE;
  name = sohoa_intake_sniff (head, MIN (self->bytes.length, sizeof head));
  for (guint i = 0; i < G_N_ELEMENTS (names) && name != NULL; i++)
    if (g_str_equal (name, names[i])) {
      self->kind = (Kind) i;
      self->kind_name = names[i];
      return TRUE;
    }
  g_set_error (error, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_UNSUPPORTED,
               "not a picture or PDF that can be taken: give JPEG, PNG, TIFF or PDF");
  return FALSE;
}

static gboolean
map (SohoaImageSource *self, GError **error)
{
  void *data;

  if (self->kind == KIND_TIFF)
    return TRUE;
  if (self->bytes.length > SOHOA_INTAKE_MAX_PICTURE_BYTES) {
    g_set_error (error, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_TOO_LARGE,
                 "picture file larger than %u MiB: scan it at a lower resolution",
                 SOHOA_INTAKE_MAX_PICTURE_BYTES / 1024 / 1024);
    return FALSE;
  }
  data = mmap (NULL, self->bytes.length, PROT_READ, MAP_PRIVATE, self->bytes.fd, 0);
  if (data == MAP_FAILED) {
    g_set_error (error, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_UNREADABLE, "file cannot be read: check the disk");
    return FALSE;
  }
  self->bytes.data = data;
  return TRUE;
}

SohoaImageSource *
sohoa_image_source_new (int fd, GError **error)
{
  g_autoptr(SohoaImageSource) self = g_new0 (SohoaImageSource, 1);
  goffset size = sohoa_fd_size (fd);

  self->bytes.fd = fd;
  if (size <= 0) {
    g_set_error (error, SOHOA_INTAKE_ERROR, size < 0 ? SOHOA_INTAKE_ERROR_UNREADABLE : SOHOA_INTAKE_ERROR_EMPTY,
                 size < 0 ? "file cannot be read: check the disk" : "file is empty: scan or send it again");
    return NULL;
  }
  self->bytes.length = size;
  if (!name_kind (self, error) || !map (self, error) || !look (self, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
sohoa_image_source_free (SohoaImageSource *self)
{
  if (self == NULL)
    return;
  if (self->bytes.data != NULL)
    (void) munmap ((void *) self->bytes.data, self->bytes.length);
  sohoa_jpeg_info_clear (&self->jpeg);
  sohoa_tiff_free (self->tiff);
  g_free (self);
}

const char *
sohoa_image_source_get_kind (SohoaImageSource *self)
{
  return self->kind_name;
}

guint
sohoa_image_source_count_pages (SohoaImageSource *self)
{
  return self->tiff != NULL ? sohoa_tiff_count_pages (self->tiff) : 1;
}

static gboolean
check_page (SohoaImageSource *self, guint page, GError **error)
{
  if (page >= 1 && page <= sohoa_image_source_count_pages (self))
    return TRUE;
  g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "page %u: the file has no such page", page);
  return FALSE;
}

gboolean
sohoa_image_source_get_page (SohoaImageSource *self, guint page, SohoaImagePage *out, GError **error)
{
  guint tag;

  *out = (SohoaImagePage) { 0 };
  if (!check_page (self, page, error))
    return FALSE;
  if (self->tiff != NULL)
    return sohoa_tiff_get_page (self->tiff, page, out, &tag, error);
  *out = self->page;
  return TRUE;
}

PIX *
sohoa_image_source_decode (SohoaImageSource *self, guint page, guint reduction, guint *notes, GError **error)
{
  guint ignored = 0, tag = self->tag;
  guint *note = notes != NULL ? notes : &ignored;
  SohoaImagePage info;
  PIX *pix;

  g_return_val_if_fail (reduction == 1 || reduction == 2 || reduction == 4 || reduction == 8, NULL);
  if (!check_page (self, page, error))
    return NULL;
  if (self->tiff != NULL) {
    if (!sohoa_tiff_get_page (self->tiff, page, &info, &tag, error))
      return NULL;
    pix = sohoa_tiff_decode (self->tiff, page, note, error);
  } else if (self->kind == KIND_JPEG) {
    pix = sohoa_jpeg_decode (&self->bytes, reduction, error);
  } else {
    pix = pixReadMem (self->bytes.data, self->bytes.length);
    if (pix == NULL)
      (void) sohoa_image_damaged (error, self->kind_name);
  }
  if (pix == NULL)
    return NULL;
  if (self->kind == KIND_PNG && self->png.bits > 8)
    *note |= SOHOA_IMAGE_NOTE_BITS_REDUCED;
  return sohoa_image_normalise (pix, tag, note, error);
}

static gboolean
extract_jpeg (SohoaImageSource *self, int out_fd, SohoaImageStream **stream_out, guint *notes, GError **error)
{
  g_autoptr(SohoaImageStream) stream = sohoa_image_stream_new ();

  if (!sohoa_jpeg_describe (&self->jpeg, stream, notes)) {
    if (self->jpeg.components == 4)
      *notes |= SOHOA_IMAGE_NOTE_CMYK;
    return TRUE;
  }
  stream->offset = lseek (out_fd, 0, SEEK_CUR);
  stream->length = self->bytes.length;
  stream->sha256 = sohoa_bytes_sha256 (self->bytes.data, self->bytes.length);
  if (!sohoa_fd_write_all (out_fd, self->bytes.data, self->bytes.length, error))
    return FALSE;
  *stream_out = g_steal_pointer (&stream);
  return TRUE;
}

gboolean
sohoa_image_source_extract (SohoaImageSource *self, guint page, int out_fd, SohoaImageStream **stream_out,
                            guint *notes, GError **error)
{
  SohoaImagePage info;

  *stream_out = NULL;
  if (!sohoa_image_source_get_page (self, page, &info, error))
    return FALSE;
  *notes |= info.notes;
  if (info.notes & SOHOA_IMAGE_NOTE_MIRRORED)
    return TRUE;
  if (self->kind == KIND_JPEG)
    return extract_jpeg (self, out_fd, stream_out, notes, error);
  if (self->kind == KIND_PNG)
    return sohoa_png_extract (&self->bytes, &self->png, out_fd, stream_out, error);
  if (self->tiff != NULL)
    return sohoa_tiff_extract (self->tiff, page, out_fd, stream_out, error);
  return TRUE;
}

char **
sohoa_image_notes_to_strv (guint notes)
{
  static const char *const names[] = { "dpi-guessed", "alpha-flattened", "cmyk-converted", "icc-dropped",
                                       "bits-reduced", "mirrored", "re-encoded" };
  g_autoptr(GStrvBuilder) b = g_strv_builder_new ();

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (notes & 1u << i)
      g_strv_builder_add (b, names[i]);
  return g_strv_builder_end (b);
}
