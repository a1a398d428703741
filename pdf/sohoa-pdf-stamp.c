#include "sohoa-pdf-stamp.h"

#define MM (72 / 25.4)
#define TYPE_PT 9.0
#define WORD_PT 16.0 /* ĐẾN */
#define MARGIN_MM 1.0

/* Rows from the top, as the carved stamp has them, in mm. */
#define AGENCY_MM 8.0
#define CELL_MM 7.0
#define LEFT_MM 16.0
#define WIDE_MM 6.5

static void
line (GString *s, double x0, double y0, double x1, double y1)
{
  char a[4][16];

  g_string_append_printf (s, "%s %s m %s %s l S\n", g_ascii_formatd (a[0], 16, "%.2f", x0 * MM),
                          g_ascii_formatd (a[1], 16, "%.2f", y0 * MM), g_ascii_formatd (a[2], 16, "%.2f", x1 * MM),
                          g_ascii_formatd (a[3], 16, "%.2f", y1 * MM));
}

/* @x, @y: mm of the text's start on its base line; @room: mm it may take, smaller type where it needs more; @centred in it. */
static void
text (GString *s, double x, double y, double room, double size, gboolean centred, const char *words)
{
  double width = sohoa_pdf_block_text_width (words);
  char a[3][16];

  if (width * size > room * MM)
    size = room * MM / width;
  g_string_append_printf (s, "BT /F1 %s Tf 1 0 0 1 %s %s Tm <", g_ascii_formatd (a[0], 16, "%.2f", size),
                          g_ascii_formatd (a[1], 16, "%.2f", x * MM + (centred ? (room * MM - width * size) / 2 : 0)),
                          g_ascii_formatd (a[2], 16, "%.2f", y * MM));
  sohoa_pdf_append_glyphs (s, words);
  g_string_append (s, "> Tj ET\n");
}

guint
sohoa_pdf_stamp_add (SohoaPdfAdd add, gpointer sink, const char *const *stamp, gboolean part_1)
{
  g_autofree char *number = g_strconcat ("Số: ", stamp[1], NULL), *day = g_strconcat ("Ngày: ", stamp[2], NULL);
  const char *const words[] = { stamp[0], "ĐẾN", number, day, "Chuyển:", "Số và ký hiệu HS:", NULL };
  guint font = sohoa_pdf_add_serif (add, sink, words, part_1);
  g_autoptr(GString) s = g_string_new ("q 0.75 0 0 RG 0.75 0 0 rg 0.8 w\n");
  double top = 35 - AGENCY_MM, middle = top - CELL_MM, bottom = middle - CELL_MM, last = bottom - WIDE_MM;
  g_autofree char *inner = NULL;
  char w[16], h[16];

  g_string_append_printf (s, "0.4 0.4 %s %s re S\n", g_ascii_formatd (w, sizeof w, "%.2f", SOHOA_PDF_STAMP_WIDTH_PT - 0.8),
                          g_ascii_formatd (h, sizeof h, "%.2f", SOHOA_PDF_STAMP_HEIGHT_PT - 0.8));
  line (s, 0, top, 50, top);
  line (s, LEFT_MM, middle, 50, middle);
  line (s, LEFT_MM, bottom, LEFT_MM, top);
  line (s, 0, bottom, 50, bottom);
  line (s, 0, last, 50, last);
  text (s, MARGIN_MM, top + 2.8, 50 - 2 * MARGIN_MM, TYPE_PT, TRUE, words[0]);
  text (s, MARGIN_MM, middle - 2, LEFT_MM - 2 * MARGIN_MM, WORD_PT, TRUE, words[1]);
  text (s, LEFT_MM + MARGIN_MM, middle + 2.3, 50 - LEFT_MM - 2 * MARGIN_MM, TYPE_PT, FALSE, words[2]);
  text (s, LEFT_MM + MARGIN_MM, bottom + 2.3, 50 - LEFT_MM - 2 * MARGIN_MM, TYPE_PT, FALSE, words[3]);
  text (s, MARGIN_MM, last + 2, 50 - 2 * MARGIN_MM, TYPE_PT, FALSE, words[4]);
  text (s, MARGIN_MM, 2.2, 50 - 2 * MARGIN_MM, TYPE_PT, FALSE, words[5]);
  g_string_append (s, "Q\n");
  inner = g_strdup_printf ("/Type /XObject /Subtype /Form /BBox [0 0 %s %s] /Resources << /Font << /F1 %u 0 R >> >>",
                           g_ascii_formatd (w, sizeof w, "%.2f", SOHOA_PDF_STAMP_WIDTH_PT),
                           g_ascii_formatd (h, sizeof h, "%.2f", SOHOA_PDF_STAMP_HEIGHT_PT), font);
  return sohoa_pdf_add_flate (add, sink, inner, s->str, s->len);
}
