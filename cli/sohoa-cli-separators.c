/* separators: a PDF of sheets to print and lay between documents. Kodak's transfer patch (A-61599: bars and spaces of
 * 0.08 inch, wide bars 0.20 inch, narrow-wide-narrow-wide) along two edges, and a Code 39 that says the same. */
#include "sohoa-cli.h"

#include "sohoa-file.h"

#include <cairo-pdf.h>
#include <string.h>
#include <unistd.h>

#define PT_PER_INCH 72.0
#define A4_WIDTH_PT (210 / 25.4 * PT_PER_INCH)
#define A4_HEIGHT_PT (297 / 25.4 * PT_PER_INCH)
#define NARROW_PT (0.08 * PT_PER_INCH)
#define WIDE_PT (0.20 * PT_PER_INCH)
#define BAR_LENGTH_PT (4.0 * PT_PER_INCH) /* at least 2 inches are asked for */
#define EDGE_PT (0.5 * PT_PER_INCH)
#define CODE_TEXT "SOHOA-SEP"
#define CODE_MODULE_PT 1.6
#define CODE_RATIO 2.5
#define CODE_HEIGHT_PT 50.0
#define MAX_SHEETS 100

/* Code 39 (ISO/IEC 16388): nine elements a character, bar first; 'w' is wide. */
static const struct {
  char        letter;
  const char *elements;
} code39[] = {
  { '*', "nwnnwnwnn" }, { '-', "nwnnnnwnw" }, { 'A', "wnnnnwnnw" }, { 'E', "wnnnwwnnn" }, { 'H', "wnnnnwwnn" },
  { 'O', "wnnnwnnwn" }, { 'P', "nnwnwnnwn" }, { 'S', "nnwnnnwwn" },
};

/* Four bars across, from @y on. */
static void
draw_patch (cairo_t *cr, double x, double y)
{
  const double bars[] = { NARROW_PT, WIDE_PT, NARROW_PT, WIDE_PT };

  for (guint i = 0; i < G_N_ELEMENTS (bars); i++) {
    cairo_rectangle (cr, x, y, BAR_LENGTH_PT, bars[i]);
    y += bars[i] + NARROW_PT;
  }
  cairo_fill (cr);
}

static const char *
elements_of (char letter)
{
  for (guint i = 0; i < G_N_ELEMENTS (code39); i++)
    if (code39[i].letter == letter)
      return code39[i].elements;
  return "";
}

static double
code_width (void)
{
  /* three wide and six narrow elements and a gap each */
  return (strlen (CODE_TEXT) + 2) * (3 * CODE_RATIO + 6 + 1) * CODE_MODULE_PT;
}

static void
draw_code (cairo_t *cr, double x, double y)
{
  const char *text = "*" CODE_TEXT "*";

  for (; *text != '\0'; text++) {
    const char *elements = elements_of (*text);

    for (guint i = 0; elements[i] != '\0'; i++) {
      double width = elements[i] == 'w' ? CODE_RATIO * CODE_MODULE_PT : CODE_MODULE_PT;

      if (i % 2 == 0)
        cairo_rectangle (cr, x, y, width, CODE_HEIGHT_PT);
      x += width;
    }
    x += CODE_MODULE_PT;
  }
  cairo_fill (cr);
}

static void
draw_text (cairo_t *cr, double y, double size, const char *text)
{
  cairo_text_extents_t extents;

  cairo_set_font_size (cr, size);
  cairo_text_extents (cr, text, &extents);
  cairo_move_to (cr, (A4_WIDTH_PT - extents.width) / 2 - extents.x_bearing, y);
  cairo_show_text (cr, text);
}

/* The same at the foot, turned, so that the sheet may lie upside down. */
static void
draw_sheet (cairo_t *cr)
{
  cairo_set_source_rgb (cr, 0, 0, 0);
  for (int side = 0; side < 2; side++) {
    draw_patch (cr, (A4_WIDTH_PT - BAR_LENGTH_PT) / 2, EDGE_PT);
    cairo_translate (cr, A4_WIDTH_PT, A4_HEIGHT_PT);
    cairo_rotate (cr, G_PI);
  }
  draw_code (cr, (A4_WIDTH_PT - code_width ()) / 2, A4_HEIGHT_PT / 2 - CODE_HEIGHT_PT / 2);
  cairo_select_font_face (cr, "Liberation Serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_BOLD);
  draw_text (cr, 190, 34, "TỜ PHÂN CÁCH");
  cairo_select_font_face (cr, "Liberation Serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
  draw_text (cr, 230, 14, "Đặt tờ này trước mỗi văn bản khi quét cả chồng. In 100 %, giấy trắng, một mặt.");
  draw_text (cr, 252, 14, "Lay this sheet before each document of a stack. Print at 100 %, on white paper.");
  cairo_show_page (cr);
}

static cairo_status_t
write_bytes (void *fd, const unsigned char *data, unsigned int length)
{
  return sohoa_fd_write_all (*(int *) fd, data, length, NULL) ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

static gboolean
draw_all (int fd, int sheets, GError **error)
{
  cairo_surface_t *surface = cairo_pdf_surface_create_for_stream (write_bytes, &fd, A4_WIDTH_PT, A4_HEIGHT_PT);
  cairo_t *cr = cairo_create (surface);
  cairo_status_t status;

  for (int i = 0; i < sheets; i++)
    draw_sheet (cr);
  cairo_destroy (cr);
  cairo_surface_finish (surface);
  status = cairo_surface_status (surface);
  cairo_surface_destroy (surface);
  if (status == CAIRO_STATUS_SUCCESS)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "separators: cannot be drawn: %s", cairo_status_to_string (status));
  return FALSE;
}

int
sohoa_cli_separators (int argc, char **argv, GError **error)
{
  g_autofree char *out = NULL;
  int sheets = 1;
  const GOptionEntry entries[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &out, "the PDF; - is standard output", "OUT.pdf" },
    { "sheets", 'n', 0, G_OPTION_ARG_INT, &sheets, "how many (default 1)", "N" },
    { NULL, 0, 0, 0, NULL, NULL, NULL },
  };
  g_autoptr(SohoaOutput) output = NULL;

  if (!sohoa_cli_parse ("separators", "-o OUT.pdf", entries, &argc, &argv, error))
    return SOHOA_EXIT_USAGE;
  if (argc > 1 || out == NULL || sheets < 1 || sheets > MAX_SHEETS) {
    sohoa_cli_usage_error (error, "separators: needs -o OUT.pdf, and -n 1 to %d", MAX_SHEETS);
    return SOHOA_EXIT_USAGE;
  }
  if (g_str_equal (out, "-"))
    return draw_all (STDOUT_FILENO, sheets, error) ? SOHOA_EXIT_OK : SOHOA_EXIT_INTERNAL;
  output = sohoa_output_new (out, 0644, error);
  if (output == NULL || !draw_all (sohoa_output_get_fd (output), sheets, error) || !sohoa_output_commit (output, error))
    return SOHOA_EXIT_INTERNAL;
  return SOHOA_EXIT_OK;
}
