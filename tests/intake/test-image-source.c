/* Picture files of our own making: what is passed through, what is decoded, what is refused. */
#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-image-source.h"

#include <string.h>
#include <unistd.h>

#define W 300
#define H 200

static PIX *
picture (guint depth)
{
  PIX *pix = pixCreate (W, H, depth == 1 ? 1 : depth);

  for (int y = 0; y < H; y++)
    for (int x = 0; x < W; x++) {
      guint v = (x * 7 + y * 3) % 256;

      if (depth == 32)
        (void) pixSetPixel (pix, x, y, v << 24 | (255 - v) << 16 | (guint) (x % 256) << 8);
      else
        (void) pixSetPixel (pix, x, y, depth == 1 ? v > 128 : v);
    }
  (void) pixSetResolution (pix, 300, 300);
  return pix;
}

static int
file_of (const void *data, gsize n)
{
  g_autoptr(GError) error = NULL;
  int fd = sohoa_memfd_new_sealed ("picture", data, n, &error);

  g_assert_no_error (error);
  return fd;
}

static int
encode (PIX *pix, int format)
{
  l_uint8 *data = NULL;
  size_t n = 0;
  int fd;

  g_assert_cmpint (pixWriteMem (&data, &n, pix, format), ==, 0);
  fd = file_of (data, n);
  lept_free (data);
  return fd;
}

static SohoaImageSource *
source_of (int fd)
{
  g_autoptr(GError) error = NULL;
  SohoaImageSource *source = sohoa_image_source_new (fd, &error);

  g_assert_no_error (error);
  return source;
}

typedef struct {
  const char *name;
  guint       depth;
  int         format;
  const char *kind, *filter; /* filter NULL: must be encoded anew */
  gboolean    whole;         /* the archived bytes are the whole file */
  gboolean    lossless;
} Row;

static const Row rows[] = {
  { "jpeg-gray", 8, IFF_JFIF_JPEG, "jpeg", "/DCTDecode", TRUE, FALSE },
  { "jpeg-rgb", 32, IFF_JFIF_JPEG, "jpeg", "/DCTDecode", TRUE, FALSE },
  { "png-bit", 1, IFF_PNG, "png", "/FlateDecode", FALSE, TRUE },
  { "png-gray", 8, IFF_PNG, "png", "/FlateDecode", FALSE, TRUE },
  { "png-rgb", 32, IFF_PNG, "png", "/FlateDecode", FALSE, TRUE },
  { "tiff-g4", 1, IFF_TIFF_G4, "tiff", "/CCITTFaxDecode", FALSE, TRUE },
  { "tiff-g3", 1, IFF_TIFF_G3, "tiff", NULL, FALSE, TRUE },
  { "tiff-lzw-gray", 8, IFF_TIFF_LZW, "tiff", NULL, FALSE, TRUE },
  { "tiff-lzw-rgb", 32, IFF_TIFF_LZW, "tiff", NULL, FALSE, TRUE },
  { "tiff-zip-rgb", 32, IFF_TIFF_ZIP, "tiff", NULL, FALSE, TRUE },
  { "tiff-raw-gray", 8, IFF_TIFF, "tiff", NULL, FALSE, TRUE },
  { "pnm-bit", 1, IFF_PNM, "pnm", NULL, FALSE, TRUE },
  { "pnm-gray", 8, IFF_PNM, "pnm", NULL, FALSE, TRUE },
  { "pnm-rgb", 32, IFF_PNM, "pnm", NULL, FALSE, TRUE },
};

static void
check_stream (const Row *row, const SohoaImageStream *stream, int in, int out)
{
  g_autofree char *archived = sohoa_fd_sha256 (out, stream->offset, stream->length, NULL);
  g_autofree char *file = sohoa_fd_sha256 (in, 0, G_MAXUINT64, NULL);

  g_assert_cmpstr (stream->filter, ==, row->filter);
  g_assert_cmpuint (stream->width_px, ==, W);
  g_assert_cmpuint (stream->height_px, ==, H);
  g_assert_cmpuint (stream->offset, ==, 5); /* behind what was there already */
  g_assert_cmpstr (stream->sha256, ==, archived);
  if (row->whole)
    g_assert_cmpstr (archived, ==, file);
}

static void
test_row (gconstpointer data)
{
  const Row *row = data;
  PIX *pix = picture (row->depth);
  SOHOA_AUTO_FD int in = encode (pix, row->format);
  g_autoptr(GError) error = NULL;
  SOHOA_AUTO_FD int out = sohoa_memfd_new ("out", &error);
  g_autoptr(SohoaImageSource) source = source_of (in);
  SohoaImageStream *stream = NULL;
  guint notes = 0;
  l_int32 same = 0;
  PIX *back;

  g_assert_cmpstr (sohoa_image_source_get_kind (source), ==, row->kind);
  g_assert_cmpuint (sohoa_image_source_count_pages (source), ==, 1);
  g_assert_true (sohoa_fd_write_all (out, "first", 5, NULL));
  g_assert_true (sohoa_image_source_extract (source, 1, out, &stream, &notes, &error));
  g_assert_no_error (error);
  g_assert_cmpint (stream != NULL, ==, row->filter != NULL);
  if (stream != NULL)
    check_stream (row, stream, in, out);
  back = sohoa_image_source_decode (source, 1, 1, &notes, &error);
  g_assert_no_error (error);
  g_assert_cmpint (pixGetDepth (back), ==, row->depth);
  if (row->lossless) {
    (void) pixEqual (pix, back, &same);
    g_assert_cmpint (same, ==, 1);
  }
  sohoa_image_stream_free (stream);
  pixDestroy (&back);
  pixDestroy (&pix);
}

/* Truncated at every tenth: never a picture, never a crash. */
static void
test_truncated (gconstpointer data)
{
  const Row *row = data;
  PIX *pix = picture (row->depth);
  SOHOA_AUTO_FD int whole = encode (pix, row->format);
  g_autoptr(GBytes) bytes = sohoa_fd_read_bytes (whole, 1u << 24, NULL);
  gsize n = g_bytes_get_size (bytes);

  for (guint tenth = 1; tenth < 10; tenth++) {
    SOHOA_AUTO_FD int fd = file_of (g_bytes_get_data (bytes, NULL), n * tenth / 10);
    g_autoptr(GError) error = NULL;
    g_autoptr(SohoaImageSource) source = sohoa_image_source_new (fd, &error);
    PIX *back = source != NULL ? sohoa_image_source_decode (source, 1, 1, NULL, &error) : NULL;

    g_assert_null (back);
    g_assert_error (error, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_DAMAGED);
  }
  pixDestroy (&pix);
}

static void
test_dpi (void)
{
  static const struct {
    guint  width, height, said;
    double dpi;
    gboolean guessed;
  } cases[] = {
    { 2480, 3508, 300, 300, FALSE }, { 2480, 3508, 0, 300, TRUE },  /* A4 at 300 dpi */
    { 1654, 2339, 72, 200, TRUE },   /* 72 is what programs write that do not know */
    { 1654, 2339, 200, 200, FALSE }, { 595, 842, 72, 72, FALSE },   /* a true 72 dpi A4 */
    { 2480, 3508, 10, 300, TRUE },   /* absurd */
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    PIX *pix = pixCreate (cases[i].width, cases[i].height, 1);
    g_autoptr(SohoaImageSource) source = NULL;
    SOHOA_AUTO_FD int fd = -1;
    SohoaImagePage page;

    (void) pixSetResolution (pix, cases[i].said, cases[i].said);
    fd = encode (pix, IFF_PNG);
    source = source_of (fd);
    g_assert_true (sohoa_image_source_get_page (source, 1, &page, NULL));
    g_assert_cmpfloat_with_epsilon (page.dpi, cases[i].dpi, 0.5);
    g_assert_cmpint ((page.notes & SOHOA_IMAGE_NOTE_DPI_GUESSED) != 0, ==, cases[i].guessed);
    pixDestroy (&pix);
  }
}

static void
test_pages (void)
{
  PIXA *pages = pixaCreate (3);
  g_autoptr(GError) error = NULL;
  g_autofree char *path = NULL;
  g_autoptr(GBytes) bytes = NULL;
  g_autoptr(SohoaImageSource) source = NULL;
  SOHOA_AUTO_FD int fd = g_file_open_tmp ("sohoa-XXXXXX.tif", &path, &error);
  SohoaImagePage page;

  for (guint i = 0; i < 3; i++)
    (void) pixaAddPix (pages, picture (i == 1 ? 32 : 1), L_INSERT);
  g_assert_cmpint (pixaWriteMultipageTiff (path, pages), ==, 0);
  source = source_of (fd);
  g_assert_cmpuint (sohoa_image_source_count_pages (source), ==, 3);
  for (guint i = 3; i >= 1; i--) { /* any order */
    PIX *pix = sohoa_image_source_decode (source, i, 1, NULL, &error);

    g_assert_no_error (error);
    g_assert_cmpint (pixGetDepth (pix), ==, i == 2 ? 32 : 1);
    pixDestroy (&pix);
  }
  g_assert_false (sohoa_image_source_get_page (source, 4, &page, &error));
  g_assert_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT);
  pixaDestroy (&pages);
  (void) unlink (path);
}

/* A transparent picture lies on white paper. */
static void
test_alpha (void)
{
  PIX *pix = pixCreate (W, H, 32), *back;
  g_autoptr(SohoaImageSource) source = NULL;
  SOHOA_AUTO_FD int fd = -1;
  g_autoptr(GError) error = NULL;
  SohoaImageStream *stream = NULL;
  guint notes = 0;
  l_uint32 value = 0;

  (void) pixSetSpp (pix, 4); /* all zero: black, wholly transparent */
  (void) pixSetPixel (pix, 5, 5, 0x204060ff);
  fd = encode (pix, IFF_PNG);
  source = source_of (fd);
  g_assert_true (sohoa_image_source_extract (source, 1, -1, &stream, &notes, &error));
  g_assert_null (stream);
  back = sohoa_image_source_decode (source, 1, 1, &notes, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (notes & SOHOA_IMAGE_NOTE_ALPHA, !=, 0);
  (void) pixGetPixel (back, 50, 50, &value);
  g_assert_cmphex (value >> 8, ==, 0xffffff);
  (void) pixGetPixel (back, 5, 5, &value);
  g_assert_cmphex (value >> 8, ==, 0x204060);
  pixDestroy (&pix);
  pixDestroy (&back);
}

/* The whole of EXIF: an APP1 segment put behind the first marker. */
static void
test_orientation (void)
{
  static const guint turns[] = { 0, 0, 0, 180, 180, 270, 90, 90, 270 }; /* EXIF 2.3, 4.6.4 A */
  PIX *pix = picture (8);
  SOHOA_AUTO_FD int plain = encode (pix, IFF_JFIF_JPEG);
  g_autoptr(GBytes) bytes = sohoa_fd_read_bytes (plain, 1u << 24, NULL);
  const guint8 *p = g_bytes_get_data (bytes, NULL);

  for (guint tag = 1; tag <= 8; tag++) {
    guint8 exif[] = { 0xff, 0xe1, 0, 34, 'E', 'x', 'i', 'f', 0, 0, 'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1,
                      0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, tag, 0, 0, 0, 0, 0, 0 };
    g_autoptr(GByteArray) file = g_byte_array_new ();
    g_autoptr(SohoaImageSource) source = NULL;
    SOHOA_AUTO_FD int fd = -1;
    SohoaImagePage page;

    g_byte_array_append (file, p, 2);
    g_byte_array_append (file, exif, sizeof exif);
    g_byte_array_append (file, p + 2, g_bytes_get_size (bytes) - 2);
    fd = file_of (file->data, file->len);
    source = source_of (fd);
    g_assert_true (sohoa_image_source_get_page (source, 1, &page, NULL));
    g_assert_cmpuint (page.rotation, ==, turns[tag]);
    g_assert_cmpint ((page.notes & SOHOA_IMAGE_NOTE_MIRRORED) != 0, ==, tag == 2 || tag == 4 || tag == 5 || tag == 7);
  }
  pixDestroy (&pix);
}

static void
test_sniff (void)
{
  g_assert_cmpstr (sohoa_intake_sniff ((const guint8 *) "%PDF-1.4", 8), ==, "pdf");
  g_assert_cmpstr (sohoa_intake_sniff ((const guint8 *) "\xef\xbb\xbf%PDF-1.4", 11), ==, "pdf");
  g_assert_cmpstr (sohoa_intake_sniff ((const guint8 *) "P5 1 1", 6), ==, "pnm");
  g_assert_null (sohoa_intake_sniff ((const guint8 *) "P7 1 1", 6));
  g_assert_null (sohoa_intake_sniff ((const guint8 *) "GIF89a", 6));
  g_assert_null (sohoa_intake_sniff ((const guint8 *) "", 0));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  (void) setMsgSeverity (L_SEVERITY_NONE);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *path = g_strdup_printf ("/intake/picture/%s", rows[i].name);

    g_test_add_data_func (path, &rows[i], test_row);
  }
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *path = g_strdup_printf ("/intake/truncated/%s", rows[i].name);

    if (rows[i].format == IFF_JFIF_JPEG || rows[i].format == IFF_PNG)
      g_test_add_data_func (path, &rows[i], test_truncated);
  }
  g_test_add_func ("/intake/dpi", test_dpi);
  g_test_add_func ("/intake/pages", test_pages);
  g_test_add_func ("/intake/alpha", test_alpha);
  g_test_add_func ("/intake/orientation", test_orientation);
  g_test_add_func ("/intake/sniff", test_sniff);
  return g_test_run ();
}
