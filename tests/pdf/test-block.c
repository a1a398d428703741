/* Where the signature's text goes: ô 14, as near to its corner as the page allows, never over ink. */
#include "sohoa-file.h"
#include "sohoa-pdf-block.h"
#include "sohoa-pdf-image.h"

#include <math.h>

#define WIDTH_PX 2480
#define HEIGHT_PX 3508
#define DPI 300.0
#define WIDTH_PT (WIDTH_PX / DPI * 72)
#define HEIGHT_PT (HEIGHT_PX / DPI * 72)
#define MM (72.0 / 25.4)
#define PAPER 245
#define INK 40

static const char *const lines[] = { "Ký bởi: UBND xã Ví Dụ", "Email: vanthu@vidu.example", "Thời gian ký: 20.11.2026 08:30:00 +07:00", NULL };

static PIX *
new_page (void)
{
  PIX *page = pixCreate (WIDTH_PX, HEIGHT_PX, 8);

  pixSetAllArbitrary (page, PAPER);
  return page;
}

static void
blot (PIX *page, int x, int y, int w, int h)
{
  BOX *box = boxCreate (x, y, w, h);

  pixSetInRectArbitrary (page, box, INK);
  boxDestroy (&box);
}

/* share of ink on the page itself under the place */
static double
ink_under (PIX *page, const SohoaPdfBlockPlace *p)
{
  guint dark = 0, all = 0;

  for (int y = (int) ((HEIGHT_PT - p->y - p->height) * DPI / 72); y < (HEIGHT_PT - p->y) * DPI / 72; y++)
    for (int x = (int) (p->x * DPI / 72); x < (p->x + p->width) * DPI / 72; x++) {
      l_uint32 v = 0;

      (void) pixGetPixel (page, x, y, &v);
      dark += v < 128;
      all++;
    }
  return all > 0 ? (double) dark / all : 1;
}

static void
test_empty (void)
{
  PIX *page = new_page ();
  SohoaPdfBlockPlace place = { 0 }, blank = { 0 };

  g_assert_true (sohoa_pdf_block_place (page, WIDTH_PT, HEIGHT_PT, lines, &place));
  g_assert_cmpfloat (place.size_pt, ==, 10);
  g_assert_cmpfloat (fabs (WIDTH_PT - place.x - place.width - 5 * MM), <, 0.6 * MM);
  g_assert_cmpfloat (fabs (HEIGHT_PT - place.y - place.height - 6 * MM), <, 0.6 * MM);
  g_assert_true (sohoa_pdf_block_place (NULL, WIDTH_PT, HEIGHT_PT, lines, &blank));
  g_assert_cmpmem (&place, sizeof place, &blank, sizeof blank);
  pixDestroy (&page);
}

static void
test_full (void)
{
  PIX *page = new_page ();
  SohoaPdfBlockPlace place = { 0 };

  for (int y = 0; y < HEIGHT_PX; y += 40)
    blot (page, 0, y, WIDTH_PX, 12);
  g_assert_false (sohoa_pdf_block_place (page, WIDTH_PT, HEIGHT_PT, lines, &place));
  pixDestroy (&page);
}

/* a stamp in the corner: the block goes leftwards */
static void
test_corner (void)
{
  PIX *page = new_page ();
  SohoaPdfBlockPlace place = { 0 };

  blot (page, WIDTH_PX - 500, 0, 500, 500);
  g_assert_true (sohoa_pdf_block_place (page, WIDTH_PT, HEIGHT_PT, lines, &place));
  g_assert_cmpfloat (place.x + place.width, <, WIDTH_PT - 500 / DPI * 72);
  g_assert_cmpfloat (ink_under (page, &place), ==, 0);
  pixDestroy (&page);
}

static void
test_any (void)
{
  guint placed = 0;

  for (guint i = 0; i < 60; i++) {
    g_autoptr(GRand) rand = g_rand_new_with_seed (i);
    PIX *page = new_page ();
    SohoaPdfBlockPlace place = { 0 };

    for (guint n = 0; n < i; n++)
      blot (page, g_rand_int_range (rand, 0, WIDTH_PX), g_rand_int_range (rand, 0, 600), g_rand_int_range (rand, 20, 400),
            g_rand_int_range (rand, 6, 60));
    if (sohoa_pdf_block_place (page, WIDTH_PT, HEIGHT_PT, lines, &place)) {
      placed++;
      g_test_message ("%u blots: %.1f %.1f, %g pt", i, place.x, place.y, place.size_pt);
      g_assert_cmpfloat (ink_under (page, &place), <, 0.01);
    }
    pixDestroy (&page);
  }
  g_assert_cmpuint (placed, >, 20);
}

/* The top of a JPEG is what decoding all of it gives there, and what is cut off gives nothing. */
static void
test_top (void)
{
  PIX *page = new_page (), *whole, *top, *grey, *broken;
  l_uint8 *bytes = NULL;
  size_t size = 0;
  SOHOA_AUTO_FD int fd = sohoa_memfd_new ("page", NULL);
  SohoaImageStream *s;
  guint64 sum = 0;

  blot (page, 300, 100, 900, 60);
  blot (page, 1500, 380, 700, 20);
  g_assert_cmpint (pixWriteMemJpeg (&bytes, &size, page, 80, 0), ==, 0);
  g_assert_true (sohoa_fd_write_all (fd, bytes, size, NULL));
  s = sohoa_image_stream_new ();
  s->filter = g_strdup ("/DCTDecode");
  s->width_px = WIDTH_PX, s->height_px = HEIGHT_PX, s->components = 1, s->bits = 8, s->length = size;
  whole = sohoa_image_stream_decode (s, fd, 4, NULL);
  top = sohoa_image_stream_decode_top (s, fd, 4, 700, NULL);
  g_assert_nonnull (whole);
  g_assert_nonnull (top);
  g_assert_cmpint (pixGetWidth (top), ==, pixGetWidth (whole));
  g_assert_cmpint (pixGetHeight (top), ==, 175);
  grey = pixConvertTo8 (whole, 0);
  for (int y = 0; y < 175; y++)
    for (int x = 0; x < pixGetWidth (top); x++) {
      l_uint32 a = 0, b = 0;

      pixGetPixel (grey, x, y, &a);
      pixGetPixel (top, x, y, &b);
      sum += (guint64) ABS ((int) a - (int) b);
    }
  g_assert_cmpfloat ((double) sum / (175.0 * pixGetWidth (top)), <, 2);
  s->length = 40;
  broken = sohoa_image_stream_decode_top (s, fd, 4, 700, NULL);
  g_assert_null (broken);
  sohoa_image_stream_free (s);
  pixDestroy (&page);
  pixDestroy (&whole);
  pixDestroy (&top);
  pixDestroy (&grey);
  lept_free (bytes);
}

int
main (int argc, char **argv)
{
  g_autoptr(GError) error = NULL;

  g_test_init (&argc, &argv, NULL);
  g_assert_true (sohoa_pdf_init (&error));
  g_test_add_func ("/block/empty", test_empty);
  g_test_add_func ("/block/top", test_top);
  g_test_add_func ("/block/full", test_full);
  g_test_add_func ("/block/corner", test_corner);
  g_test_add_func ("/block/any", test_any);
  return g_test_run ();
}
