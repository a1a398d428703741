/* Inks drawn by the test itself: bars of print, seal and pen that cross each other. */
#include "sohoa-ink.h"

#include <glib.h>

#define SIDE 400

static const l_uint32 paper = 0xffffff00, print = 0x14141400, seal = 0xd2323c00, pen = 0x3246b400;
/* a film of seal ink on print takes nearly all of the light */
static const l_uint32 sealed_print = 0x20060800;

static void
fill (PIX *pix, l_int32 x, l_int32 y, l_int32 w, l_int32 h, l_uint32 colour)
{
  for (l_int32 j = y; j < y + h; j++)
    for (l_int32 i = x; i < x + w; i++)
      pixSetPixel (pix, i, j, colour);
}

/* Print lies across (rows 100…119), the seal stands over it (columns 200…219), the pen apart (column 300…). */
static PIX *
draw (l_uint32 ground, l_uint32 crossing)
{
  PIX *pix = pixCreate (SIDE, SIDE, 32);

  fill (pix, 0, 0, SIDE, SIDE, ground);
  fill (pix, 40, 100, 240, 20, print);
  fill (pix, 200, 40, 20, 200, seal);
  fill (pix, 200, 100, 20, 20, crossing);
  fill (pix, 300, 40, 20, 200, pen);
  return pix;
}

static l_uint32
value (PIX *plane, l_int32 x, l_int32 y)
{
  l_uint32 v = 0;

  g_assert_cmpint (pixGetPixel (plane, x, y, &v), ==, 0);
  return v;
}

static void
check_planes (l_uint32 ground)
{
  PIX *pix = draw (ground, sealed_print), *black, *red;
  SohoaInk ink;

  g_assert_true (sohoa_ink_measure (pix, &ink));
  black = sohoa_ink_black_plane (pix, &ink);
  red = sohoa_ink_red_plane (pix, &ink);
  g_assert_cmpuint (value (black, 100, 110), <, 60);  /* print */
  g_assert_cmpuint (value (black, 210, 110), <, 100); /* print under the seal */
  g_assert_cmpuint (value (black, 210, 60), >, 220);  /* seal */
  g_assert_cmpuint (value (black, 310, 60), >, 220);  /* pen */
  g_assert_cmpuint (value (black, 10, 10), >, 240);   /* paper */
  g_assert_cmpuint (value (red, 210, 60), <, 60);
  g_assert_cmpuint (value (red, 100, 110), >, 240);
  g_assert_cmpuint (value (red, 310, 60), >, 240);
  g_assert_cmpuint (value (red, 10, 10), >, 240);
  pixDestroy (&black);
  pixDestroy (&red);
  pixDestroy (&pix);
}

static void
test_white (void)
{
  check_planes (paper);
}

/* Old paper is itself reddish. */
static void
test_old_paper (void)
{
  check_planes (0xecdcb800);
}

/* Stamps put on by a program hide the print: the stroke ends on both sides of them. */
static void
test_mended (void)
{
  PIX *pix = draw (paper, seal), *black, *mended;
  SohoaInk ink;

  g_assert_true (sohoa_ink_measure (pix, &ink));
  black = sohoa_ink_black_plane (pix, &ink);
  mended = sohoa_ink_mended_plane (pix, &ink, 24);
  g_assert_cmpuint (value (black, 210, 110), >, 220);
  g_assert_cmpuint (value (mended, 210, 110), <, 60);
  g_assert_cmpuint (value (mended, 210, 60), >, 220);
  pixDestroy (&black);
  pixDestroy (&mended);
  pixDestroy (&pix);
}

static void
test_grey (void)
{
  PIX *pix = pixCreate (SIDE, SIDE, 8);
  SohoaInk ink;

  g_assert_false (sohoa_ink_measure (pix, &ink));
  pixDestroy (&pix);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ocr/ink/white-paper", test_white);
  g_test_add_func ("/ocr/ink/old-paper", test_old_paper);
  g_test_add_func ("/ocr/ink/mended", test_mended);
  g_test_add_func ("/ocr/ink/grey", test_grey);
  return g_test_run ();
}
