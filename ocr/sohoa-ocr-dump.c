/* Measuring tool, not installed: reads page pictures and prints what was found.
 *   sohoa-ocr-dump [--dpi N] [--variant OUT] [--marks] [--no-read] FILE…   text on stdout, facts on stderr
 * --variant writes sohoa_text_layer_to_variant() bytes of the (last) file to OUT. */
#include "sohoa-errors.h"
#include "sohoa-marks.h"
#include "sohoa-page-analysis.h"
#include "sohoa-recogniser.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static int opt_dpi;
static char *opt_variant;
static gboolean opt_marks, opt_no_read;
static char **opt_files;

static const GOptionEntry entries[] = {
  { "dpi", 0, 0, G_OPTION_ARG_INT, &opt_dpi, "Dots per inch when the file does not say", "N" },
  { "variant", 0, 0, G_OPTION_ARG_FILENAME, &opt_variant, "Write the text layer's bytes", "OUT" },
  { "marks", 0, 0, G_OPTION_ARG_NONE, &opt_marks, "Print the gate's marks", NULL },
  { "no-read", 0, 0, G_OPTION_ARG_NONE, &opt_no_read, "Only analyse", NULL },
  { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &opt_files, NULL, "FILE…" },
  G_OPTION_ENTRY_NULL,
};

static double
cpu_s (void)
{
  return (double) clock () / CLOCKS_PER_SEC;
}

static gboolean
print_marks (SohoaRecogniser *recogniser, PIX *pix, double dpi, const char *file, GError **error)
{
  g_autoptr(SohoaMarks) marks = NULL;
  double start = cpu_s ();

  if (!sohoa_marks_find (recogniser, pix, dpi, TRUE, &marks, error))
    return FALSE;
  for (guint i = 0; i < marks->items->len; i++) {
    const SohoaMark *m = g_ptr_array_index (marks->items, i);

    printf ("mark\t%s%s%s\t%u\t%.2f\t%.2f,%.2f+%.2fx%.2f\t%.1fmm\t%s\n", m->red ? "R" : "-", m->framed ? "F" : "-",
             m->header ? "H" : "-", m->turn, m->confidence, m->x, m->y, m->w, m->h, m->letter_mm, m->text);
  }
  g_printerr ("%s marks %u header %s turn %u cpu %.2f\n", file, marks->items->len,
              marks->header_readable ? "readable" : "UNREADABLE", marks->turn, cpu_s () - start);
  return TRUE;
}

static gboolean
dump (SohoaRecogniser *recogniser, const char *file, GError **error)
{
  g_autoptr(SohoaTextLayer) layer = NULL;
  g_autofree char *text = NULL;
  SohoaPageAnalysis a;
  PIX *pix = pixRead (file);
  double dpi, start = cpu_s (), analysed;
  gboolean ok;

  if (pix == NULL) {
    g_set_error (error, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_UNREADABLE, "%s: not a picture", file);
    return FALSE;
  }
  dpi = opt_dpi > 0 ? opt_dpi : pixGetXRes (pix) > 0 ? pixGetXRes (pix) : 300;
  if (opt_marks && !print_marks (recogniser, pix, dpi, file, error)) {
    pixDestroy (&pix);
    return FALSE;
  }
  start = cpu_s ();
  ok = sohoa_page_analyse (recogniser, pix, dpi, &a, error);
  analysed = cpu_s ();
  if (ok && !opt_no_read)
    ok = sohoa_recogniser_read_page (recogniser, pix, dpi, &a, 0, &layer, error);
  pixDestroy (&pix);
  if (!ok)
    return FALSE;
  g_printerr ("%s dpi %.0f turn %u (%.2f %s) skew %.2f blank %d letter %.1f red %.0f flags %x words %u conf %.3f "
              "cpu %.2f + %.2f\n", file, dpi, a.rotation, a.rotation_confidence, a.rotation_reason, a.skew_deg,
              a.blank, a.text_height_px, a.red_mm2, a.flags,
              layer != NULL ? sohoa_text_layer_count_words (layer) : 0,
              layer != NULL ? sohoa_text_layer_mean_confidence (layer) : 0, analysed - start,
              cpu_s () - analysed);
  if (layer == NULL)
    return TRUE;
  text = sohoa_text_layer_to_text (layer);
  fputs (text, stdout);
  fputc (0x0c, stdout);
  if (opt_variant != NULL) {
    g_autoptr(GVariant) v = g_variant_ref_sink (sohoa_text_layer_to_variant (layer));

    return g_file_set_contents (opt_variant, g_variant_get_data (v), g_variant_get_size (v), error);
  }
  return TRUE;
}

int
main (int argc, char **argv)
{
  g_autoptr(GOptionContext) context = g_option_context_new (NULL);
  g_autoptr(SohoaRecogniser) recogniser = NULL;
  g_autoptr(GError) error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || opt_files == NULL) {
    g_printerr ("sohoa-ocr-dump: %s\n", error != NULL ? error->message : "no file given");
    return SOHOA_EXIT_USAGE;
  }
  recogniser = sohoa_recogniser_new (&error);
  for (char **file = opt_files; recogniser != NULL && *file != NULL; file++) {
    g_autoptr(GError) local = NULL;

    if (!dump (recogniser, *file, &local))
      g_printerr ("%s: %s\n", *file, local->message);
  }
  if (recogniser == NULL)
    g_printerr ("sohoa-ocr-dump: %s\n", error->message);
  return recogniser != NULL ? SOHOA_EXIT_OK : SOHOA_EXIT_INTERNAL;
}
