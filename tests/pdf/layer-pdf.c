/* Makes a PDF out of stored text layers, one page each over blank paper, and a list of the words that
 * went in: what tests/conformance/readers.py asks three readers about. Recognition is not needed, so
 * that a change of the text layer is measured in seconds.
 * usage: layer-pdf OUT.pdf OUT.tsv LAYER…   (layers as sohoa-ocr-dump --variant writes them; "-" in
 * place of the layers: a few hard pages made here) */
#include "sohoa-file.h"
#include "sohoa-pdf-image.h"
#include "sohoa-pdf.h"
#include "sohoa-text-layer.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define LAYER_MAX_BYTES (64u * 1024 * 1024)
#define TIME_US G_GINT64_CONSTANT (1700000000000000)

typedef struct {
  SohoaRecord *record; /* (owned) */
  GPtrArray   *images; /* (owned) */
  GArray      *texts;  /* (owned) */
  int          image_fd, text_fd;
  GString     *words;  /* (owned) the list */
} Book;

static gboolean
add_page (Book *book, const SohoaTextLayer *layer, GError **error)
{
  gboolean turned = layer->rotation % 180 != 0;
  PIX *pix = pixCreate ((l_int32) (turned ? layer->height_px : layer->width_px),
                        (l_int32) (turned ? layer->width_px : layer->height_px), 1);
  g_autoptr(GVariant) variant = g_variant_ref_sink (sohoa_text_layer_to_variant (layer));
  SohoaPdfSpan span = { (guint64) sohoa_fd_size (book->text_fd), g_variant_get_size (variant) };
  SohoaImageStream *stream = NULL;
  gboolean ok = sohoa_image_stream_from_pix (pix, book->image_fd, &stream, error);

  pixDestroy (&pix);
  if (!ok || !sohoa_fd_write_all (book->text_fd, g_variant_get_data (variant), span.length, error))
    return FALSE;
  g_ptr_array_add (book->images, stream);
  g_array_append_val (book->texts, span);
  for (guint i = 0; i < layer->lines->len; i++) {
    const SohoaLine *line = sohoa_text_layer_peek_line (layer, i);

    for (guint w = 0; w < line->words->len; w++) {
      const SohoaWord *word = sohoa_line_peek_word (line, w);

      g_string_append_printf (book->words, "%u\t%s\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f\t%d\n", book->images->len, word->text,
                              word->box.x, word->box.y, word->box.x + word->box.w, word->box.y + word->box.h,
                              layer->dpi, ABS (line->y1 - line->y0) > ABS (line->x1 - line->x0));
    }
  }
  return TRUE;
}

static gboolean
add_file (Book *book, const char *path, GError **error)
{
  g_autoptr(GBytes) bytes = sohoa_file_read (path, LAYER_MAX_BYTES, error);
  g_autoptr(GVariant) variant = NULL;
  g_autoptr(SohoaTextLayer) layer = NULL;

  if (bytes == NULL)
    return FALSE;
  variant = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE (SOHOA_TEXT_LAYER_TYPE), bytes, FALSE));
  layer = sohoa_text_layer_from_variant (variant, error);
  return layer != NULL && add_page (book, layer, error);
}

/* ---- hard pages of our own ---- */

static const char *const vocabulary[] = {
  "Nghị", "quyết", "của", "Hội", "đồng", "nhân", "dân", "tỉnh", "về", "việc", "phê", "duyệt", "dự", "toán",
  "152/QĐ-UBND", "ngày", "05/7/2019", "a)", "1.", "i", "ở", "Ủy", "ban", "trưởng", "(khoản", "2,", "điều", "7)", "𠀋𠀌", "&<>",
};

typedef struct {
  double skew;     /* rise over run */
  double gap;      /* between words, of the type height */
  gboolean upright, columns, hyphens, letters, noise;
} Kind;

static const Kind kinds[] = {
  { 0, 0.28, FALSE, FALSE, FALSE, FALSE, FALSE },  { 0.03, 0.25, FALSE, FALSE, FALSE, FALSE, FALSE },
  { -0.05, 0.3, FALSE, FALSE, FALSE, FALSE, FALSE }, { 0, 0.06, FALSE, FALSE, FALSE, FALSE, FALSE },
  { 0, 0.3, TRUE, FALSE, FALSE, FALSE, FALSE },    { 0.004, 0.3, FALSE, TRUE, FALSE, FALSE, FALSE },
  { 0, 0.3, FALSE, FALSE, TRUE, FALSE, FALSE },    { 0, 0.3, FALSE, FALSE, FALSE, TRUE, FALSE },
  { 0.002, 0.25, FALSE, FALSE, FALSE, FALSE, TRUE },
};

static void
add_line (SohoaTextLayer *layer, const Kind *kind, GRand *rand, double x, double y, double right, guint block)
{
  SohoaLine *line = sohoa_text_layer_add_line (layer, block, SOHOA_PLANE_BLACK);
  double height = 40, start = x, dy = 0;

  while (x < right) {
    const char *word = kind->letters ? (const char *[]){ "x", "á", "1", "|", "Đ" }[g_rand_int_range (rand, 0, 5)]
                                     : vocabulary[g_rand_int_range (rand, 0, G_N_ELEMENTS (vocabulary))];
    double width = g_utf8_strlen (word, -1) * 21.0;
    g_autofree char *cut = NULL;

    if (kind->hyphens && x + width * 2.5 > right)
      word = cut = g_strdup_printf ("%s-", word);
    dy = kind->skew * (x - start);
    if (kind->upright)
      sohoa_line_add_word (line, word, (SohoaBox){ (float) y, (float) (2200 - x - width), (float) height, (float) width }, 0.9f);
    else
      sohoa_line_add_word (line, word, (SohoaBox){ (float) x, (float) (y + dy), (float) width, (float) height }, 0.9f);
    x += width + kind->gap * height;
  }
  line->height_px = (float) height;
  if (kind->upright)
    line->x0 = line->x1 = (float) (y + height), line->y0 = (float) (2200 - start), line->y1 = (float) (2200 - x);
  else
    line->x0 = (float) start, line->x1 = (float) x, line->y0 = (float) (y + 32), line->y1 = (float) (y + 32 + dy);
}

static gboolean
add_hard_pages (Book *book, GError **error)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed (20250705);

  for (guint k = 0; k < G_N_ELEMENTS (kinds); k++) {
    const Kind *kind = &kinds[k];
    g_autoptr(SohoaTextLayer) layer = sohoa_text_layer_new (1700, 2300, 200);

    layer->rotation = k % 2 * 90;
    for (guint i = 0; i < 24; i++) {
      double y = 150 + i * 62;

      if (kind->columns) /* the right column's line comes first: the pen goes back on the same line */
        add_line (layer, kind, rand, 900, y, 1400, 1);
      add_line (layer, kind, rand, 120, y, kind->columns ? 600 : 1400, 0);
      if (kind->noise && i % 3 == 0) {
        SohoaLine *line = sohoa_text_layer_add_line (layer, 2, SOHOA_PLANE_RED);
        double x = g_rand_double_range (rand, 150, 1200);

        sohoa_line_add_word (line, "…‹", (SohoaBox){ (float) x, (float) y + 4, 70, 36 }, 0.2f);
        line->x0 = (float) x, line->x1 = (float) x + 70, line->y0 = line->y1 = (float) y + 38, line->height_px = 36;
      }
    }
    if (!add_page (book, layer, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
finish (Book *book, const char *pdf, const char *list, GError **error)
{
  SohoaPdfJob job = { .record = book->record, .images = book->images, .image_fd = book->image_fd,
                      .texts = book->texts, .text_fd = book->text_fd, .time_us = TIME_US };
  SOHOA_AUTO_FD int out = open (pdf, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

  return out >= 0 && sohoa_pdf_write (out, &job, NULL, NULL, NULL, error)
         && g_file_set_contents (list, book->words->str, (gssize) book->words->len, error);
}

int
main (int argc, char **argv)
{
  Book book = { .record = sohoa_record_new (), .words = g_string_new (NULL) };
  g_autoptr(GError) error = NULL;
  gboolean ok = argc > 3;

  setMsgSeverity (L_SEVERITY_NONE);
  book.images = g_ptr_array_new_with_free_func ((GDestroyNotify) sohoa_image_stream_free);
  book.texts = g_array_new (FALSE, FALSE, sizeof (SohoaPdfSpan));
  book.image_fd = sohoa_memfd_new ("images", NULL);
  book.text_fd = sohoa_memfd_new ("texts", NULL);
  for (int i = 3; i < argc && ok; i++)
    ok = strcmp (argv[i], "-") == 0 ? add_hard_pages (&book, &error) : add_file (&book, argv[i], &error);
  ok = ok && finish (&book, argv[1], argv[2], &error);
  if (!ok)
    fprintf (stderr, "layer-pdf: %s\n", error != NULL ? error->message : "usage: layer-pdf OUT.pdf OUT.tsv LAYER...");
  g_ptr_array_unref (book.images);
  g_array_unref (book.texts);
  g_string_free (book.words, TRUE);
  sohoa_record_free (book.record);
  return ok ? 0 : 2;
}
