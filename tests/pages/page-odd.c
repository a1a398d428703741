#include "page-odd.h"

#include <pango/pangocairo.h>

#include "page-draw.h"
#include "page-ink.h"

#define MM_PER_INCH 25.4
#define LEFT_MM 28.0
#define SEAL_TEXT "TRƯỜNG THỬ NGHIỆM"

static const char *const names[PAGE_N_ODD] = {
  "blank-white", "blank-bleed", "blank-old", "blank-edges", "lone-number", "lone-signature", "lone-stamp",
  "lone-line", "letter", "edges", "short", "capitals", "table", "wide-table", "digits", "handwritten", "stamps", "form",
};

const char *
page_odd_to_string (PageOdd odd)
{
  return names[odd];
}

gboolean
page_odd_is_blank (PageOdd odd)
{
  return odd <= PAGE_ODD_BLANK_EDGES;
}

PageKind
page_odd_kind (PageOdd odd, GRand *rand)
{
  static const PageKind usual[] = { PAGE_KIND_CLEAN, PAGE_KIND_OFFICE, PAGE_KIND_BLEED, PAGE_KIND_OLD,
                                    PAGE_KIND_SHADOW, PAGE_KIND_FAX };

  switch (odd) {
  case PAGE_ODD_BLANK_WHITE: return g_rand_boolean (rand) ? PAGE_KIND_CLEAN : PAGE_KIND_OFFICE;
  case PAGE_ODD_BLANK_BLEED: return PAGE_KIND_BLEED;
  case PAGE_ODD_BLANK_OLD: return PAGE_KIND_OLD;
  default: return usual[g_rand_int_range (rand, 0, G_N_ELEMENTS (usual))];
  }
}

static cairo_t *
sheet_new (gboolean wide, double dpi)
{
  double w = wide ? PAGE_HEIGHT_MM : PAGE_WIDTH_MM, h = wide ? PAGE_WIDTH_MM : PAGE_HEIGHT_MM;
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, (int) (w / MM_PER_INCH * dpi + 0.5),
                                                         (int) (h / MM_PER_INCH * dpi + 0.5));
  cairo_t *cr = cairo_create (surface);

  cairo_surface_destroy (surface);
  cairo_scale (cr, dpi / MM_PER_INCH, dpi / MM_PER_INCH);
  cairo_set_source_rgb (cr, 1, 1, 1);
  cairo_paint (cr);
  cairo_set_source_rgb (cr, 0, 0, 0);
  return cr;
}

/* Gives the height it took, mm. */
static double
put (cairo_t *cr, const char *text, double x, double y, double width, double pt, gboolean bold)
{
  PangoLayout *layout = page_layout_new (cr, text, pt, bold, FALSE);
  int height;

  if (width > 0)
    pango_layout_set_width (layout, (int) (width * PANGO_SCALE));
  cairo_set_source_rgb (cr, 0, 0, 0);
  cairo_move_to (cr, x, y);
  pango_cairo_show_layout (cr, layout);
  pango_layout_get_size (layout, NULL, &height);
  g_object_unref (layout);
  return (double) height / PANGO_SCALE;
}

static PageDocument *
some_document (GRand *rand)
{
  PageWish wish = { .family = PAGE_FAMILY_ND30, .pages = 1 };

  return page_document_new (rand, &wish);
}

static const char *
paragraph (const PageDocument *d, GRand *rand)
{
  PageParagraph *p = d->paragraphs->pdata[g_rand_int_range (rand, 0, (gint32) d->paragraphs->len)];

  return p->text;
}

/* The dark lid and the gap beside the sheet, as a feeder's camera sees them. */
static void
dark_edges (cairo_t *cr, GRand *rand, double w, double h)
{
  double grey = g_rand_double_range (rand, 0, 0.25);

  cairo_set_source_rgb (cr, grey, grey, grey);
  for (int side = 0; side < 4; side++) {
    double a = g_rand_double_range (rand, 0, 5), b = g_rand_double_range (rand, 0, 5);

    if (g_rand_int_range (rand, 0, 3) == 0)
      continue;
    if (side < 2) { /* left, right: a wedge, since the sheet lay askew */
      cairo_move_to (cr, side ? w : 0, 0);
      cairo_line_to (cr, side ? w - a : a, 0);
      cairo_line_to (cr, side ? w - b : b, h);
      cairo_line_to (cr, side ? w : 0, h);
    } else {
      cairo_move_to (cr, 0, side == 3 ? h : 0);
      cairo_line_to (cr, 0, side == 3 ? h - a : a);
      cairo_line_to (cr, w, side == 3 ? h - b : b);
      cairo_line_to (cr, w, side == 3 ? h : 0);
    }
    cairo_close_path (cr);
    cairo_fill (cr);
  }
  cairo_set_source_rgb (cr, 0, 0, 0);
}

static void
lines_of (cairo_t *cr, GRand *rand, guint n, gboolean capitals)
{
  g_autoptr (PageDocument) d = some_document (rand);
  double y = g_rand_double_range (rand, 22, 60);

  for (guint i = 0; i < n && y < 260; i++) {
    g_autofree char *cut = g_utf8_substring (paragraph (d, rand), 0, 60);
    g_autofree char *text = capitals ? g_utf8_strup (cut, -1) : g_strdup (cut);

    y += put (cr, text, LEFT_MM, y, 165, g_rand_int_range (rand, 12, 16), capitals) + 3;
  }
}

static void
cell (cairo_t *cr, GRand *rand, const PageDocument *d, gboolean digits, double x, double y, double width)
{
  g_autofree char *text = NULL;

  if (digits || g_rand_int_range (rand, 0, 3) == 0)
    text = g_strdup_printf ("%d.%03d", g_rand_int_range (rand, 1, 900), g_rand_int_range (rand, 0, 1000));
  else
    text = g_utf8_substring (paragraph (d, rand), 0, (glong) (width / 2.2));
  put (cr, text, x + 1.5, y + 1.5, width - 3, 11, FALSE);
}

static void
table (cairo_t *cr, GRand *rand, double width, double height, gboolean digits)
{
  g_autoptr (PageDocument) d = some_document (rand);
  int columns = g_rand_int_range (rand, 3, 8), rows = g_rand_int_range (rand, 8, 22);
  double w = (width - 2 * LEFT_MM) / columns, row = MIN (11, (height - 60) / rows), top = 35;
  gboolean ruled = g_rand_int_range (rand, 0, 4) != 0;

  if (!digits)
    put (cr, "BIỂU TỔNG HỢP SỐ LIỆU", LEFT_MM, 20, 0, 13, TRUE);
  cairo_set_line_width (cr, 0.3);
  for (int r = 0; r <= rows && ruled; r++) {
    cairo_move_to (cr, LEFT_MM, top + r * row);
    cairo_line_to (cr, width - LEFT_MM, top + r * row);
  }
  for (int c = 0; c <= columns && ruled; c++) {
    cairo_move_to (cr, LEFT_MM + c * w, top);
    cairo_line_to (cr, LEFT_MM + c * w, top + rows * row);
  }
  cairo_stroke (cr);
  for (int r = 0; r < rows; r++)
    for (int c = 0; c < columns; c++)
      cell (cr, rand, d, digits || c > 1, LEFT_MM + c * w, top + r * row, w);
}

/* Running hand in blue: words as waves with loops above and below, not letters of a font. */
static void
handwriting (cairo_t *cr, GRand *rand)
{
  cairo_set_source_rgb (cr, 0.12, 0.14, 0.45);
  cairo_set_line_width (cr, 0.45);
  cairo_set_line_cap (cr, CAIRO_LINE_CAP_ROUND);
  for (double y = 40; y < 240; y += g_rand_double_range (rand, 9, 12)) {
    double x = LEFT_MM, end = g_rand_double_range (rand, 110, 185);

    while (x < end) {
      int letters = g_rand_int_range (rand, 2, 7);

      cairo_move_to (cr, x, y);
      for (int i = 0; i < letters; i++) {
        double w = g_rand_double_range (rand, 1.6, 3.0), tall = g_rand_int_range (rand, 0, 4) == 0 ? 5.5 : 2.4;

        if (g_rand_int_range (rand, 0, 6) == 0)
          cairo_rel_curve_to (cr, w * 0.2, 5, w * 0.6, 5, w, 0);
        else
          cairo_rel_curve_to (cr, w * 0.1, -tall, w * 0.8, -tall, w, g_rand_double_range (rand, -0.3, 0.3));
        x += w;
      }
      cairo_stroke (cr);
      x += 3;
    }
  }
  cairo_set_source_rgb (cr, 0, 0, 0);
}

static void
stamps (cairo_t *cr, GRand *rand)
{
  g_autoptr (PageDocument) d = some_document (rand);

  d->arrival_agency = d->agency;
  g_free (d->arrival_number);
  g_free (d->arrival_date);
  d->arrival_number = g_strdup ("417");
  d->arrival_date = g_strdup ("12/5/2026");
  lines_of (cr, rand, (guint) g_rand_int_range (rand, 2, 5), FALSE);
  ink_den (cr, rand, d, 25, 180);
  ink_seal (cr, rand, SEAL_TEXT, "", g_rand_double_range (rand, 60, 160), g_rand_double_range (rand, 80, 250));
  ink_seal (cr, rand, SEAL_TEXT, "", g_rand_double_range (rand, 60, 160), g_rand_double_range (rand, 80, 250));
}

static void
form (cairo_t *cr, GRand *rand)
{
  static const char *const labels[] = { "Họ và tên", "Ngày sinh", "Nơi thường trú", "Số điện thoại", "Đơn vị công tác",
                                        "Nội dung đề nghị", "Lý do", "Hồ sơ kèm theo" };
  double y = 45;

  put (cr, "PHIẾU ĐỀ NGHỊ", 80, 25, 0, 14, TRUE);
  for (int i = 0; i < 14 && y < 250; i++, y += 11) {
    g_autofree char *text = g_strdup_printf ("%d. %s: .......................................................", i + 1,
                                             labels[g_rand_int_range (rand, 0, G_N_ELEMENTS (labels))]);

    put (cr, text, LEFT_MM, y, 0, 13, FALSE);
  }
}

static cairo_surface_t *
letter (GRand *rand, double dpi)
{
  PageWish wish = { .family = PAGE_FAMILY_ND30, .seal = g_rand_boolean (rand), .pages = 1 };
  g_autoptr (PageDocument) d = page_document_new (rand, &wish);
  g_autoptr (GPtrArray) sheets = page_draw (d, rand, dpi);
  PageSheet *sheet = sheets->pdata[g_rand_int_range (rand, 0, (gint32) sheets->len)];

  return cairo_surface_reference (sheet->surface);
}

static void
fill (PageOdd odd, cairo_t *cr, GRand *rand)
{
  double x = g_rand_double_range (rand, 30, 170), y = g_rand_double_range (rand, 20, 270);

  switch (odd) {
  case PAGE_ODD_BLANK_EDGES: dark_edges (cr, rand, PAGE_WIDTH_MM, PAGE_HEIGHT_MM); break;
  case PAGE_ODD_LONE_NUMBER: {
    g_autofree char *number = g_strdup_printf ("%d", g_rand_int_range (rand, 1, 40));

    put (cr, number, g_rand_boolean (rand) ? 104 : 190, g_rand_boolean (rand) ? 14 : 280, 0, 13, FALSE);
    break;
  }
  case PAGE_ODD_LONE_SIGNATURE: ink_signature (cr, rand, x, y); break;
  case PAGE_ODD_LONE_STAMP: ink_seal (cr, rand, SEAL_TEXT, "", x, CLAMP (y, 40, 250)); break;
  case PAGE_ODD_LONE_LINE: put (cr, "(Phần này để trống)", 70, y, 0, 13, FALSE); break;
  case PAGE_ODD_SHORT: lines_of (cr, rand, (guint) g_rand_int_range (rand, 2, 6), FALSE); break;
  case PAGE_ODD_CAPITALS: lines_of (cr, rand, 8, TRUE); break;
  case PAGE_ODD_TABLE: table (cr, rand, PAGE_WIDTH_MM, PAGE_HEIGHT_MM, FALSE); break;
  case PAGE_ODD_WIDE_TABLE: table (cr, rand, PAGE_HEIGHT_MM, PAGE_WIDTH_MM, FALSE); break;
  case PAGE_ODD_DIGITS: table (cr, rand, PAGE_WIDTH_MM, PAGE_HEIGHT_MM, TRUE); break;
  case PAGE_ODD_HANDWRITTEN: handwriting (cr, rand); break;
  case PAGE_ODD_STAMPS: stamps (cr, rand); break;
  case PAGE_ODD_FORM: form (cr, rand); break;
  default: break;
  }
}

cairo_surface_t *
page_odd_draw (PageOdd odd, GRand *rand, double dpi, cairo_surface_t **through)
{
  cairo_surface_t *surface;
  cairo_t *cr;

  *through = odd != PAGE_ODD_WIDE_TABLE ? letter (rand, dpi) : NULL;
  if (odd == PAGE_ODD_LETTER || odd == PAGE_ODD_EDGES) {
    surface = letter (rand, dpi);
    if (odd == PAGE_ODD_EDGES) {
      cr = cairo_create (surface);
      cairo_scale (cr, dpi / MM_PER_INCH, dpi / MM_PER_INCH);
      dark_edges (cr, rand, PAGE_WIDTH_MM, PAGE_HEIGHT_MM);
      cairo_destroy (cr);
    }
    return surface;
  }
  cr = sheet_new (odd == PAGE_ODD_WIDE_TABLE, dpi);
  fill (odd, cr, rand);
  surface = cairo_surface_reference (cairo_get_target (cr));
  cairo_destroy (cr);
  return surface;
}
