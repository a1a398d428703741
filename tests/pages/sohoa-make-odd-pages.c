/* Makes pages that mislead (page-odd.h), each turned by 0, 90, 180 and 270 degrees, and manifest.tsv beside
 * them: file, dpi, kind, "blank" or "ink", clockwise turn that makes it upright. Same seed, same pages.
 *   sohoa-make-odd-pages SEED COUNT DIR     COUNT pages, a fourth of them each way up */
#include <stdio.h>
#include <stdlib.h>

#include "page-draw.h"
#include "page-odd.h"
#include "page-wear.h"
#include "sohoa-errors.h"
#include "sohoa-file.h"

#define MAX_PAGES 100000
#define JPEG_QUALITY 80

static gboolean
save (PIX *upright, int quarters, const char *folder, guint n, PageOdd odd, double dpi, FILE *manifest)
{
  PIX *pix = quarters > 0 ? pixRotateOrth (upright, quarters) : pixClone (upright);
  gboolean bits = pixGetDepth (pix) == 1;
  g_autofree char *name = g_strdup_printf ("%05u.%s", n, bits ? "tif" : "jpg");
  g_autofree char *path = g_build_filename (folder, name, NULL);
  gboolean failed;

  pixSetResolution (pix, (l_int32) dpi, (l_int32) dpi);
  failed = bits ? pixWriteTiff (path, pix, IFF_TIFF_G4, "w") != 0 : pixWriteJpeg (path, pix, JPEG_QUALITY, 0) != 0;
  pixDestroy (&pix);
  fprintf (manifest, "%s\t%.0f\t%s\t%s\t%d\n", name, dpi, page_odd_to_string (odd), page_odd_is_blank (odd) ? "blank" : "ink",
           (360 - 90 * quarters) % 360);
  return !failed;
}

static PIX *
make_page (PageOdd odd, GRand *rand, double dpi)
{
  cairo_surface_t *through = NULL, *sheet = page_odd_draw (odd, rand, dpi, &through);
  WornPage worn = page_wear (sheet, through, page_odd_kind (odd, rand), rand, dpi);

  cairo_surface_destroy (sheet);
  if (through != NULL)
    cairo_surface_destroy (through);
  if (pixGetDepth (worn.pix) == 32 && g_rand_int_range (rand, 0, 3) == 0) { /* a grey scanner */
    PIX *grey = pixConvertRGBToLuminance (worn.pix);

    pixDestroy (&worn.pix);
    worn.pix = grey;
  }
  return worn.pix;
}

int
main (int argc, char **argv)
{
  static const double resolutions[] = { 200, 200, 300, 150 };
  g_autoptr (GError) error = NULL;
  guint64 seed, count;
  FILE *manifest;

  if (argc != 4 || !g_ascii_string_to_unsigned (argv[1], 10, 0, G_MAXUINT32, &seed, NULL)
      || !g_ascii_string_to_unsigned (argv[2], 10, 1, MAX_PAGES, &count, NULL)) {
    g_printerr ("usage: sohoa-make-odd-pages SEED COUNT DIR\n");
    return SOHOA_EXIT_USAGE;
  }
  if (!page_draw_init (&error) || !sohoa_folder_make (argv[3], 0755, &error)) {
    g_printerr ("sohoa-make-odd-pages: %s\n", error->message);
    return SOHOA_EXIT_INTERNAL;
  }
  g_autofree char *path = g_build_filename (argv[3], "manifest.tsv", NULL);
  manifest = fopen (path, "w");
  for (guint n = 0; manifest != NULL && n < count;) {
    g_autoptr (GRand) rand = g_rand_new_with_seed ((guint32) (seed + n));
    PageOdd odd = (PageOdd) (n / 4 % PAGE_N_ODD);
    double dpi = resolutions[g_rand_int_range (rand, 0, G_N_ELEMENTS (resolutions))];
    PIX *pix = make_page (odd, rand, dpi);

    for (int quarters = 0; quarters < 4 && n < count; quarters++, n++)
      if (!save (pix, quarters, argv[3], n, odd, dpi, manifest))
        return SOHOA_EXIT_INTERNAL;
    pixDestroy (&pix);
  }
  return manifest != NULL && fclose (manifest) == 0 ? SOHOA_EXIT_OK : SOHOA_EXIT_INTERNAL;
}
