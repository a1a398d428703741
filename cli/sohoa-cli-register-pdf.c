/* The pages of a register: A4 across, lines around every cell, the official titles repeated on each page. Pango breaks
 * the Vietnamese lines; without it (configure says so) there is CSV only. */
#include "sohoa-cli-register.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"

#ifdef SOHOA_WITH_PANGO

#include <cairo-pdf.h>
#include <pango/pangocairo.h>
#include <string.h>
#include <unistd.h>

#define MM (72 / 25.4)
#define PAGE_WIDTH_PT (297 * MM)
#define PAGE_HEIGHT_PT (210 * MM)
#define MARGIN_PT (12 * MM)
#define PAD_PT 2.5
#define BODY_FONT "Liberation Serif, Times New Roman, serif 10px"
#define HEAD_FONT "Liberation Serif, Times New Roman, serif bold 10px"
#define TITLE_FONT "Liberation Serif, Times New Roman, serif bold 15px"

/* mm; they sum to 273. */
static const double arrival_widths[] = { 20, 15, 40, 30, 21, 68, 27, 17, 16, 19 };
static const double follow_up_widths[] = { 16, 96, 38, 26, 38, 31, 28 };

typedef struct {
  cairo_t         *cr;     /* (unowned) */
  const SohoaBook *book;   /* (unowned) */
  const double    *widths; /* mm */
  guint            n, page;
  double           y;
} Press;

static PangoLayout *
layout_new (const Press *p, const char *font, const char *text, double width)
{
  PangoLayout *layout = pango_cairo_create_layout (p->cr);
  PangoFontDescription *description = pango_font_description_from_string (font);

  pango_layout_set_font_description (layout, description);
  pango_font_description_free (description);
  pango_layout_set_text (layout, text, -1);
  pango_layout_set_wrap (layout, PANGO_WRAP_WORD_CHAR);
  if (width > 0)
    pango_layout_set_width (layout, (int) (width * PANGO_SCALE));
  return layout;
}

static double
row_height (const Press *p, const char *font, char **cells)
{
  double most = 0;

  for (guint i = 0; i < p->n; i++) {
    g_autoptr(GObject) layout = G_OBJECT (layout_new (p, font, cells[i], p->widths[i] * MM - 2 * PAD_PT));
    int height;

    pango_layout_get_size (PANGO_LAYOUT (layout), NULL, &height);
    most = MAX (most, (double) height / PANGO_SCALE);
  }
  return most + 2 * PAD_PT;
}

static void
draw_row (Press *p, const char *font, char **cells, double height)
{
  double x = MARGIN_PT;

  cairo_set_line_width (p->cr, 0.5);
  for (guint i = 0; i < p->n; i++) {
    double width = p->widths[i] * MM;
    PangoLayout *layout = layout_new (p, font, cells[i], width - 2 * PAD_PT);

    cairo_rectangle (p->cr, x, p->y, width, height);
    cairo_stroke (p->cr);
    cairo_move_to (p->cr, x + PAD_PT, p->y + PAD_PT);
    pango_cairo_show_layout (p->cr, layout);
    g_object_unref (layout);
    x += width;
  }
  p->y += height;
}

static void
draw_head (Press *p)
{
  const char *title = p->book->follow_up ? "SỔ THEO DÕI GIẢI QUYẾT VĂN BẢN ĐẾN" : "SỔ ĐĂNG KÝ VĂN BẢN ĐẾN";
  g_autofree char *text = g_strdup_printf ("%s NĂM %d%s%s", title, p->book->year, p->book->name[0] != '\0' ? " – " : "",
                                           p->book->name);
  g_autofree char *number = g_strdup_printf ("%u", ++p->page);
  PangoLayout *layout = layout_new (p, TITLE_FONT, text, PAGE_WIDTH_PT - 2 * MARGIN_PT);

  pango_layout_set_alignment (layout, PANGO_ALIGN_CENTER);
  cairo_move_to (p->cr, MARGIN_PT, MARGIN_PT);
  pango_cairo_show_layout (p->cr, layout);
  g_object_unref (layout);
  layout = layout_new (p, BODY_FONT, number, 0);
  cairo_move_to (p->cr, PAGE_WIDTH_PT / 2, PAGE_HEIGHT_PT - MARGIN_PT + 4);
  pango_cairo_show_layout (p->cr, layout);
  g_object_unref (layout);
  p->y = MARGIN_PT + 26;
  draw_row (p, HEAD_FONT, p->book->columns, row_height (p, HEAD_FONT, p->book->columns));
}

static void
draw_all (Press *p)
{
  draw_head (p);
  for (guint i = 0; i < p->book->rows->len; i++) {
    const SohoaBookRow *row = g_ptr_array_index (p->book->rows, i);
    double height = row_height (p, BODY_FONT, row->cells);

    if (p->y + height > PAGE_HEIGHT_PT - MARGIN_PT - 6 && i > 0) {
      cairo_show_page (p->cr);
      draw_head (p);
    }
    draw_row (p, BODY_FONT, row->cells, height);
  }
  cairo_show_page (p->cr);
}

static cairo_status_t
write_part (void *data, const unsigned char *bytes, unsigned int length)
{
  const int *fd = data;

  while (length > 0) {
    ssize_t n = write (*fd, bytes, length);

    if (n <= 0)
      return CAIRO_STATUS_WRITE_ERROR;
    bytes += n;
    length -= (unsigned int) n;
  }
  return CAIRO_STATUS_SUCCESS;
}

gboolean
sohoa_cli_can_print (GError **error)
{
  return TRUE;
}

gboolean
sohoa_cli_print_book (const SohoaBook *book, const char *path, GError **error)
{
  g_autoptr(SohoaOutput) output = sohoa_output_new (path, 0600, error);
  guint n = g_strv_length (book->columns);
  Press press = { .book = book, .widths = book->follow_up ? follow_up_widths : arrival_widths, .n = n };
  int fd;
  cairo_surface_t *surface;
  cairo_status_t status;

  if (output == NULL)
    return FALSE;
  g_return_val_if_fail (n == (book->follow_up ? G_N_ELEMENTS (follow_up_widths) : G_N_ELEMENTS (arrival_widths)), FALSE);
  fd = sohoa_output_get_fd (output);
  surface = cairo_pdf_surface_create_for_stream (write_part, &fd, PAGE_WIDTH_PT, PAGE_HEIGHT_PT);
  press.cr = cairo_create (surface);
  draw_all (&press);
  cairo_surface_finish (surface);
  status = cairo_status (press.cr) != CAIRO_STATUS_SUCCESS ? cairo_status (press.cr) : cairo_surface_status (surface);
  cairo_destroy (press.cr);
  cairo_surface_destroy (surface);
  if (status != CAIRO_STATUS_SUCCESS) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s: %s: check the disk", path, cairo_status_to_string (status));
    return FALSE;
  }
  return sohoa_output_commit (output, error);
}

#else

gboolean
sohoa_cli_can_print (GError **error)
{
  g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_UNAVAILABLE, "register: this sohoa was built without Pango: use --csv");
  return FALSE;
}

gboolean
sohoa_cli_print_book (const SohoaBook *book, const char *path, GError **error)
{
  return sohoa_cli_can_print (error);
}

#endif
