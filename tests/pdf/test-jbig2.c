#include "sohoa-errors.h"
#include "sohoa-pdf-image.h"

#include <glib/gstdio.h>
#include <string.h>

static PIX *
make (int width, int height, const char *kind, guint32 seed)
{
  PIX *pix = pixCreate (width, height, 1);
  g_autoptr(GRand) rand = g_rand_new_with_seed (seed);

  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++) {
      gboolean ink = FALSE;

      if (strcmp (kind, "noise") == 0)
        ink = g_rand_boolean (rand);
      else if (strcmp (kind, "specks") == 0)
        ink = g_rand_int_range (rand, 0, 200) == 0;
      else if (strcmp (kind, "black") == 0)
        ink = TRUE;
      else if (strcmp (kind, "stripes") == 0)
        ink = (x / 3 + y / 5) % 2 == 0;
      if (ink)
        pixSetPixel (pix, x, y, 1);
    }
  return pix;
}

static void
test_lossless (void)
{
  static const int sizes[][2] = { { 1, 1 }, { 1, 40 }, { 40, 1 }, { 7, 9 }, { 8, 8 }, { 31, 33 }, { 64, 20 }, { 333, 129 } };
  static const char *const kinds[] = { "noise", "specks", "black", "white", "stripes" };

  for (guint s = 0; s < G_N_ELEMENTS (sizes); s++)
    for (guint k = 0; k < G_N_ELEMENTS (kinds); k++) {
      PIX *pix = make (sizes[s][0], sizes[s][1], kinds[k], s * 10 + k), *back;
      g_autoptr(GBytes) bytes = sohoa_jbig2_encode (pix);
      g_autoptr(GError) error = NULL;
      l_int32 same = 0;

      back = sohoa_jbig2_decode (bytes, &error);
      g_assert_no_error (error);
      pixEqual (pix, back, &same);
      g_assert_true (same);
      pixDestroy (&pix);
      pixDestroy (&back);
    }
}

/* jbig2dec, written by others, must see the same picture. */
static void
test_outside_judge (void)
{
  static const int sizes[][2] = { { 3, 40 }, { 13, 5 }, { 640, 301 } };
  g_autofree char *program = g_find_program_in_path ("jbig2dec");
  g_autofree char *dir = g_dir_make_tmp ("sohoa-jbig2-XXXXXX", NULL);

  if (program == NULL) {
    g_test_skip ("jbig2dec is not installed");
    return;
  }
  for (guint s = 0; s < G_N_ELEMENTS (sizes); s++) {
    PIX *pix = make (sizes[s][0], sizes[s][1], s == 2 ? "specks" : "noise", s), *back;
    g_autoptr(GBytes) bytes = sohoa_jbig2_encode (pix);
    g_autofree char *in = g_build_filename (dir, "in.jb2", NULL), *out = g_build_filename (dir, "out.pbm", NULL);
    const char *argv[] = { program, "-e", "-t", "pbm", "-o", out, in, NULL };
    g_autoptr(GError) error = NULL;
    int status = -1;
    l_int32 same = 0;

    g_file_set_contents (in, g_bytes_get_data (bytes, NULL), (gssize) g_bytes_get_size (bytes), &error);
    g_assert_no_error (error);
    g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL, &status, &error);
    g_assert_no_error (error);
    g_assert_cmpint (status, ==, 0);
    back = pixRead (out);
    g_assert_nonnull (back);
    pixEqual (pix, back, &same);
    g_assert_true (same);
    pixDestroy (&pix);
    pixDestroy (&back);
    g_unlink (in);
    g_unlink (out);
  }
  g_rmdir (dir);
}

static void
test_refused (void)
{
  PIX *pix = make (20, 20, "noise", 1);
  g_autoptr(GBytes) good = sohoa_jbig2_encode (pix);

  pixDestroy (&pix);
  for (gsize cut = 0; cut < MIN (70u, g_bytes_get_size (good)); cut++) {
    g_autoptr(GBytes) part = g_bytes_new_from_bytes (good, 0, cut);
    g_autoptr(GError) error = NULL;

    g_assert_null (sohoa_jbig2_decode (part, &error));
    g_assert_error (error, SOHOA_PDF_ERROR, SOHOA_PDF_ERROR_BAD_IMAGE);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/jbig2/lossless", test_lossless);
  g_test_add_func ("/jbig2/outside-judge", test_outside_judge);
  g_test_add_func ("/jbig2/refused", test_refused);
  return g_test_run ();
}
