#include "page-extra.h"

#include "page-ink.h"

#define COPY_DEPTH_MM 52.0 /* what a copy mark with its signature takes */
#define ANNEX_ROWS 14

/* A leader's pen: lines of joined strokes and a date. */
static void
draw_direction (Press *press)
{
  double x = g_rand_double_range (press->rand, 118, 140), y = g_rand_double_range (press->rand, 7, 10);

  for (int i = 0; i < 3; i++)
    ink_signature (press->cr, press->rand, x + 22 * i, y);
  (void) ink_handwriting (press->cr, press->rand, "12/6", x + 50, y + 8, 3.4);
  for (int i = 0; i < 4; i++)
    ink_signature (press->cr, press->rand, -14, 130 + 16 * i);
  cairo_set_source_rgb (press->cr, PRINT_BLACK);
}

/* As signing programs print it; its time is not the document's date. */
static void
draw_signed_block (Press *press)
{
  const PageDocument *d = press->document;
  static const Block block = { 8, 62, 7, FALSE, FALSE, PANGO_ALIGN_LEFT };
  g_autofree char *text
    = g_strdup_printf ("Người ký: %s\nEmail: vanthu@vidu.example\nThời gian ký: %02d.%02d.%d 09:%02d:33 +07:00",
                       *d->agency != '\0' ? d->agency : d->signer, MIN (d->day + 3, 28), d->month, d->year, d->day);

  page_press_show (press, text, &block, 5);
}

void
page_extra_first (Press *press)
{
  const PageWish *wish = &press->document->wish;

  if (wish->circulation != NULL) {
    static const Block block = { 140, 54, 13, TRUE, FALSE, PANGO_ALIGN_CENTER };

    cairo_save (press->cr);
    cairo_set_line_width (press->cr, 0.5);
    cairo_rectangle (press->cr, 142, 8.5, 50, 8);
    cairo_stroke (press->cr);
    page_press_show (press, wish->circulation, &block, 9.8);
    cairo_restore (press->cr);
  }
  if (wish->signed_block)
    draw_signed_block (press);
  if (wish->direction)
    draw_direction (press);
}

/* SAO Y of another body: its number, date and signer are not the document's. */
static void
draw_copy (Press *press)
{
  const PageDocument *d = press->document;
  static const Block left = { LEFT_MM, LEFT_COLUMN_MM, 12, TRUE, FALSE, PANGO_ALIGN_CENTER };
  static const Block plain = { LEFT_MM, LEFT_COLUMN_MM, 13, FALSE, FALSE, PANGO_ALIGN_CENTER };
  static const Block middle = { LEFT_MM, TYPE_WIDTH_MM, 14, TRUE, FALSE, PANGO_ALIGN_CENTER };
  static const Block date = { RIGHT_COLUMN_X, RIGHT_COLUMN_MM, 13, FALSE, TRUE, PANGO_ALIGN_CENTER };
  static const Block post = { RIGHT_COLUMN_X, RIGHT_COLUMN_MM, 13, TRUE, FALSE, PANGO_ALIGN_CENTER };
  g_autofree char *day = g_strdup_printf ("Phú Vinh Đông, ngày %02d tháng %d năm %d", MIN (d->day + 2, 28), MAX (d->month, 3),
                                          d->year);
  double y = press->y + 66;

  if (y + COPY_DEPTH_MM > PAGE_HEIGHT_MM - BOTTOM_MM) {
    page_press_sheet (press);
    y = TOP_MM;
    press->document->main_sheets = press->sheets->len; /* the copy mark belongs to the document */
  }
  page_press_rule (press, PAGE_WIDTH_MM / 2, y - 1, TYPE_WIDTH_MM);
  (void) page_press_show (press, "UBND XÃ PHÚ VINH ĐÔNG", &left, y);
  (void) page_press_show (press, "Số: 17/SY-UBND", &plain, y + 6);
  (void) page_press_show (press, day, &date, y + 6);
  (void) page_press_show (press, "SAO Y", &middle, y + 13);
  (void) page_press_show (press, "TL. CHỦ TỊCH\nCHÁNH VĂN PHÒNG", &post, y + 20);
  ink_signature (press->cr, press->rand, RIGHT_COLUMN_X + 30, y + 36);
  cairo_set_source_rgb (press->cr, PRINT_BLACK);
  (void) page_press_show (press, "Cao Thị Thử Nghiệm", &post, y + 46);
}

static void
draw_annex (Press *press)
{
  const PageDocument *d = press->document;
  static const Block middle = { LEFT_MM, TYPE_WIDTH_MM, 14, TRUE, FALSE, PANGO_ALIGN_CENTER };
  static const Block note = { LEFT_MM, TYPE_WIDTH_MM, 13, FALSE, TRUE, PANGO_ALIGN_CENTER };
  static const Block row = { LEFT_MM, TYPE_WIDTH_MM, 13, FALSE, FALSE, PANGO_ALIGN_LEFT };
  g_autofree char *with = g_strdup_printf ("(Kèm theo %s số        ngày %02d tháng %02d năm %d)", d->letter ? "Công văn" : "văn bản",
                                           d->day, d->month, d->year);
  double y;

  page_press_sheet (press);
  y = page_press_show (press, "PHỤ LỤC I\nDANH MỤC NỘI DUNG THỰC HIỆN", &middle, TOP_MM);
  y = page_press_show (press, with, &note, y) + 4;
  for (int i = 0; i < ANNEX_ROWS; i++) {
    g_autofree char *line = g_strdup_printf ("%d. Hạng mục số %d, khối lượng %d đơn vị, hoàn thành trong quý %d", i + 1,
                                             g_rand_int_range (press->rand, 10, 99), g_rand_int_range (press->rand, 3, 500),
                                             1 + i % 4);

    y = page_press_show (press, line, &row, y) + 2;
  }
}

void
page_extra_after (Press *press)
{
  if (press->document->wish.copied)
    draw_copy (press);
  if (press->document->wish.annex)
    draw_annex (press);
}

void
page_extra_person (Press *press, double y)
{
  const PageDocument *d = press->document;
  static const Block date = { RIGHT_COLUMN_X, RIGHT_COLUMN_MM, 13.5, FALSE, TRUE, PANGO_ALIGN_CENTER };
  static const Block post = { RIGHT_COLUMN_X, RIGHT_COLUMN_MM, 13.5, TRUE, FALSE, PANGO_ALIGN_CENTER };
  static const Block note = { RIGHT_COLUMN_X, RIGHT_COLUMN_MM, 12, FALSE, TRUE, PANGO_ALIGN_CENTER };
  g_autofree char *day = g_strdup_printf (d->month < 3 ? "%s, ngày %02d tháng %02d năm %d" : "%s, ngày %02d tháng %d năm %d",
                                          d->place, d->day, d->month, d->year);

  y = page_press_show (press, day, &date, y);
  y = page_press_show (press, d->title, &post, y);
  y = page_press_show (press, "(Ký, ghi rõ họ tên)", &note, y);
  ink_signature (press->cr, press->rand, RIGHT_COLUMN_X + 30, y + 8);
  cairo_set_source_rgb (press->cr, PRINT_BLACK);
  (void) page_press_show (press, d->signer, &post, y + 20);
}
