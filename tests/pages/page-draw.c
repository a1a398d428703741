#include "page-draw.h"

#include <fontconfig/fontconfig.h>
#include <gio/gio.h>
#include <pango/pangocairo.h>
#include <pango/pangofc-fontmap.h>
#include <string.h>

#include "page-extra.h"
#include "page-ink.h"

#define FONT_FOLDER "/usr/share/fonts/truetype/liberation2"
#define FONT_FAMILY "Liberation Serif"
#define MM_PER_PT (25.4 / 72)

#define INDENT_MM 12.7
#define PARAGRAPH_GAP_MM 2.2
#define BODY_PT 14.0
#define SIGN_BLOCK_MM 62.0
#define GAP_MM 3.0

void
page_sheet_free (PageSheet *sheet)
{
  cairo_surface_destroy (sheet->surface);
  g_free (sheet->text);
  g_free (sheet);
}

/* Only these files are known to the press: fontconfig can not slip in the incomplete 1.07 fonts of
 * the same family name. */
gboolean
page_draw_init (GError **error)
{
  static const char *const files[] = { "Regular", "Bold", "Italic", "BoldItalic" };
  FcConfig *config = FcConfigCreate ();
  PangoFontMap *map = pango_cairo_font_map_get_default ();

  for (guint i = 0; i < G_N_ELEMENTS (files); i++) {
    g_autofree char *path = g_strdup_printf ("%s/LiberationSerif-%s.ttf", FONT_FOLDER, files[i]);

    if (!g_file_test (path, G_FILE_TEST_EXISTS) || !FcConfigAppFontAddFile (config, (const FcChar8 *) path)) {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "%s: no such font: install fonts-liberation2", path);
      FcConfigDestroy (config);
      return FALSE;
    }
  }
  pango_fc_font_map_set_config (PANGO_FC_FONT_MAP (map), config);
  FcConfigDestroy (config);
  return TRUE;
}

PangoLayout *
page_layout_new (cairo_t *cr, const char *text, double size_pt, gboolean bold, gboolean italic)
{
  PangoLayout *layout = pango_cairo_create_layout (cr);
  PangoFontDescription *font = pango_font_description_from_string (FONT_FAMILY);
  cairo_font_options_t *options = cairo_font_options_create ();

  cairo_font_options_set_hint_style (options, CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_hint_metrics (options, CAIRO_HINT_METRICS_OFF);
  pango_cairo_context_set_font_options (pango_layout_get_context (layout), options);
  pango_context_set_round_glyph_positions (pango_layout_get_context (layout), FALSE);
  cairo_font_options_destroy (options);
  pango_font_description_set_absolute_size (font, size_pt * MM_PER_PT * PANGO_SCALE);
  pango_font_description_set_weight (font, bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
  pango_font_description_set_style (font, italic ? PANGO_STYLE_ITALIC : PANGO_STYLE_NORMAL);
  pango_layout_set_font_description (layout, font);
  pango_font_description_free (font);
  pango_layout_set_text (layout, text, -1);
  return layout;
}

/* ---- sheets ---- */

static void
sheet_end (Press *press)
{
  PageSheet *sheet;

  if (press->cr == NULL)
    return;
  sheet = g_ptr_array_index (press->sheets, press->sheets->len - 1);
  cairo_destroy (press->cr);
  press->cr = NULL;
  sheet->text = g_utf8_normalize (press->text->str, -1, G_NORMALIZE_NFC);
  g_string_truncate (press->text, 0);
}

void
page_press_text (Press *press, const char *line)
{
  if (press->text->len > 0)
    g_string_append_c (press->text, '\n');
  g_string_append (press->text, line);
}

void
page_press_sheet (Press *press)
{
  PageSheet *sheet = g_new0 (PageSheet, 1);
  double scale = press->dpi / 25.4;

  sheet_end (press);
  sheet->surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, (int) (PAGE_WIDTH_MM * scale + 0.5),
                                               (int) (PAGE_HEIGHT_MM * scale + 0.5));
  g_ptr_array_add (press->sheets, sheet);
  press->cr = cairo_create (sheet->surface);
  cairo_set_source_rgb (press->cr, 1, 1, 1);
  cairo_paint (press->cr);
  cairo_scale (press->cr, scale, scale);
  cairo_set_source_rgb (press->cr, 0.07, 0.07, 0.08);
  press->y = TOP_MM;
  if (press->sheets->len > 1) {
    g_autofree char *number = g_strdup_printf ("%u", press->sheets->len);
    static const Block block = { LEFT_MM, TYPE_WIDTH_MM, 13, FALSE, FALSE, PANGO_ALIGN_CENTER };

    page_press_show (press, number, &block, TOP_MM - 9);
  }
}

/* As a typist breaks a heading: lines of about the same length. Gives the width taken. */
static double
balance (PangoLayout *layout, double width)
{
  int lines;

  pango_layout_set_width (layout, (int) (width * PANGO_SCALE));
  lines = pango_layout_get_line_count (layout);
  if (lines < 2)
    return width;
  while (pango_layout_get_line_count (layout) == lines) {
    width -= 1;
    pango_layout_set_width (layout, (int) (width * PANGO_SCALE));
  }
  width += 1;
  pango_layout_set_width (layout, (int) (width * PANGO_SCALE));
  return width;
}

double
page_press_show (Press *press, const char *text, const Block *block, double y)
{
  PangoLayout *layout;
  double width = block->width;
  int height;

  if (*text == '\0')
    return y;
  layout = page_layout_new (press->cr, text, block->size_pt, block->bold, block->italic);
  pango_layout_set_alignment (layout, block->align);
  pango_layout_set_width (layout, (int) (width * PANGO_SCALE));
  if (block->align == PANGO_ALIGN_CENTER)
    width = balance (layout, width);
  pango_layout_get_size (layout, NULL, &height);
  cairo_move_to (press->cr, block->x + (block->width - width) / 2, y);
  pango_cairo_show_layout (press->cr, layout);
  for (int i = 0; i < pango_layout_get_line_count (layout); i++) {
    PangoLayoutLine *line = pango_layout_get_line_readonly (layout, i);
    g_autofree char *part = g_strndup (text + line->start_index, (gsize) line->length);

    page_press_text (press, g_strstrip (part));
  }
  g_object_unref (layout);
  return y + (double) height / PANGO_SCALE;
}

void
page_press_rule (Press *press, double x, double y, double width)
{
  cairo_set_line_width (press->cr, 0.25);
  cairo_move_to (press->cr, x - width / 2, y);
  cairo_line_to (press->cr, x + width / 2, y);
  cairo_stroke (press->cr);
}

/* ---- head ---- */

/* A committee's name is broken before its place. g_free. */
static char *
break_name (const char *name)
{
  static const char committee[] = "ỦY BAN NHÂN DÂN ";

  if (!g_str_has_prefix (name, committee))
    return g_strdup (name);
  return g_strconcat ("ỦY BAN NHÂN DÂN\n", name + strlen (committee), NULL);
}

static double
draw_issuer (Press *press)
{
  const PageDocument *d = press->document;
  static const Block superior = { LEFT_MM, LEFT_COLUMN_MM, 12, FALSE, FALSE, PANGO_ALIGN_CENTER };
  static const Block agency = { LEFT_MM, LEFT_COLUMN_MM, 12, TRUE, FALSE, PANGO_ALIGN_CENTER };
  g_autofree char *above = break_name (d->superior);
  g_autofree char *name = break_name (d->agency);
  double y = page_press_show (press, above, &superior, TOP_MM);

  y = page_press_show (press, name, &agency, y) + 1.2;
  if (page_document_is_party (d))
    y = page_press_show (press, "*", &agency, y - 1.2);
  else
    page_press_rule (press, LEFT_MM + LEFT_COLUMN_MM / 2, y, 22);
  return y;
}

static double
draw_motto (Press *press)
{
  static const Block country = { RIGHT_COLUMN_X - 3, RIGHT_COLUMN_MM + 6, 12, TRUE, FALSE, PANGO_ALIGN_CENTER };
  static const Block motto = { RIGHT_COLUMN_X, RIGHT_COLUMN_MM, 13.5, TRUE, FALSE, PANGO_ALIGN_CENTER };
  double y;

  if (page_document_is_party (press->document)) {
    gboolean youth = press->document->wish.family == PAGE_FAMILY_YOUTH;

    y = page_press_show (press, youth ? "ĐOÀN TNCS HỒ CHÍ MINH" : "ĐẢNG CỘNG SẢN VIỆT NAM", &motto, TOP_MM) + 1.2;
    page_press_rule (press, RIGHT_COLUMN_X + RIGHT_COLUMN_MM / 2, y, 66);
    return y;
  }
  y = page_press_show (press, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", &country, TOP_MM);
  y = page_press_show (press, "Độc lập - Tự do - Hạnh phúc", &motto, y) + 1.2;
  page_press_rule (press, RIGHT_COLUMN_X + RIGHT_COLUMN_MM / 2, y, 59);
  return y;
}

/* Printed words with gaps where a pen writes: parts alternate print, pen, print, pen … */
static void
draw_with_pen (Press *press, const char *const *parts, double size_pt, gboolean italic, double x, double width, double y)
{
  double total = 0, pen_height = 4.2;
  double widths[8] = { 0 };
  int n = 0, height = 0;

  for (; parts[n] != NULL; n++) {
    PangoLayout *layout = page_layout_new (press->cr, parts[n], size_pt, FALSE, italic);
    int w;

    pango_layout_get_size (layout, &w, &height);
    widths[n] = n % 2 == 0 ? (double) w / PANGO_SCALE : ink_handwriting_width (parts[n], pen_height) + 2;
    total += widths[n];
    g_object_unref (layout);
  }
  x += (width - total) / 2;
  for (int i = 0; i < n; i++) {
    if (i % 2 == 0) {
      PangoLayout *layout = page_layout_new (press->cr, parts[i], size_pt, FALSE, italic);

      cairo_move_to (press->cr, x, y);
      pango_cairo_show_layout (press->cr, layout);
      g_object_unref (layout);
    } else {
      ink_handwriting (press->cr, press->rand, parts[i], x + 1, y + (double) height / PANGO_SCALE * 0.80, pen_height);
    }
    x += widths[i];
  }
}

static double
draw_number (Press *press, double y)
{
  const PageDocument *d = press->document;
  gboolean party = page_document_is_party (d);
  static const Block block = { LEFT_MM, LEFT_COLUMN_MM, 13, FALSE, FALSE, PANGO_ALIGN_CENTER };
  g_autofree char *full = page_document_full_number (d);
  g_autofree char *line = g_strconcat (party ? "Số " : "Số: ", full, NULL);

  if (!d->wish.handwritten)
    return page_press_show (press, line, &block, y);
  {
    g_autofree char *tail = g_strconcat (party ? "-" : "/", d->notation, NULL);
    const char *const parts[] = { party ? "Số " : "Số: ", d->number, tail, NULL };

    draw_with_pen (press, parts, block.size_pt, FALSE, block.x, block.width, y);
    page_press_text (press, line);
  }
  return y + 5.3;
}

static double
draw_date (Press *press, double y)
{
  const PageDocument *d = press->document;
  static const Block block = { RIGHT_COLUMN_X, RIGHT_COLUMN_MM, 13.5, FALSE, TRUE, PANGO_ALIGN_CENTER };
  g_autofree char *day = g_strdup_printf ("%02d", d->day);
  g_autofree char *month = g_strdup_printf (d->month < 3 ? "%02d" : "%d", d->month);
  g_autofree char *line = g_strdup_printf ("%s, ngày %s tháng %s năm %d", d->place, day, month, d->year);

  if (!d->wish.handwritten)
    return page_press_show (press, line, &block, y);
  {
    g_autofree char *head = g_strdup_printf ("%s, ngày ", d->place);
    g_autofree char *tail = g_strdup_printf (" năm %d", d->year);
    const char *const parts[] = { head, day, " tháng ", month, tail, NULL };

    draw_with_pen (press, parts, block.size_pt, TRUE, block.x, block.width, y);
    page_press_text (press, line);
  }
  return y + 5.5;
}

/* KHẨN, MẬT … and the arrival stamp: where clerks put them, in what the head leaves free.
 * Gives the y behind them. */
static double
draw_stamps (Press *press, double left_y, double right_y)
{
  const PageDocument *d = press->document;
  double x = LEFT_MM + 4, y = left_y + GAP_MM;

  if (d->wish.secrecy != NULL) {
    ink_mark (press->cr, press->rand, d->wish.secrecy, x, y);
    page_press_text (press, d->wish.secrecy);
    y += INK_MARK_HEIGHT_MM + GAP_MM;
  }
  if (d->wish.urgency != NULL) {
    ink_mark (press->cr, press->rand, d->wish.urgency, x, y);
    page_press_text (press, d->wish.urgency);
    y += INK_MARK_HEIGHT_MM + GAP_MM;
  }
  if (!d->wish.stamp_den)
    return y - GAP_MM;
  if (d->letter) {
    ink_den (press->cr, press->rand, d, RIGHT_COLUMN_X + 22, right_y + 2.5);
    return MAX (y - GAP_MM, right_y + 2.5 + INK_DEN_HEIGHT_MM);
  }
  ink_den (press->cr, press->rand, d, 14, y);
  return y + INK_DEN_HEIGHT_MM;
}

static double
draw_title (Press *press, double y)
{
  const PageDocument *d = press->document;
  double inset = d->wish.stamp_den ? 42 : 28;
  Block type = { LEFT_MM, TYPE_WIDTH_MM, 14, TRUE, FALSE, PANGO_ALIGN_CENTER };
  Block subject = { LEFT_MM + inset, TYPE_WIDTH_MM - 2 * inset, 14, TRUE, FALSE, PANGO_ALIGN_CENTER };

  y = page_press_show (press, d->type, &type, y);
  if (*d->subject == '\0')
    return y + 2;
  y = page_press_show (press, d->subject, &subject, y) + 1;
  page_press_rule (press, LEFT_MM + TYPE_WIDTH_MM / 2, y, 40);
  return y + 2;
}

/* A citizen's letter: everything in the middle, no body, no number. */
static void
draw_head_of_person (Press *press)
{
  const PageDocument *d = press->document;
  static const Block middle = { LEFT_MM, TYPE_WIDTH_MM, 13, TRUE, FALSE, PANGO_ALIGN_CENTER };
  static const Block about = { LEFT_MM + 25, TYPE_WIDTH_MM - 50, 13, FALSE, TRUE, PANGO_ALIGN_CENTER };
  static const Block dear = { LEFT_MM, TYPE_WIDTH_MM, 14, FALSE, FALSE, PANGO_ALIGN_CENTER };
  g_autofree char *line = g_strconcat ("Kính gửi: ", d->addressee, NULL);
  double y = page_press_show (press, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", &middle, TOP_MM);

  y = page_press_show (press, "Độc lập - Tự do - Hạnh phúc", &middle, y) + 1.2;
  page_press_rule (press, LEFT_MM + TYPE_WIDTH_MM / 2, y, 59);
  y = draw_stamps (press, y - 4, y - 4) + 4;
  y = page_press_show (press, d->type, &middle, y + 4);
  y = page_press_show (press, d->subject, &about, y) + 4;
  press->y = page_press_show (press, line, &dear, y) + 3;
}

static void
draw_head (Press *press)
{
  const PageDocument *d = press->document;
  static const Block about = { LEFT_MM + 4, LEFT_COLUMN_MM - 8, 12.5, FALSE, FALSE, PANGO_ALIGN_CENTER };
  static const Block dear = { LEFT_MM, TYPE_WIDTH_MM, 14, FALSE, FALSE, PANGO_ALIGN_CENTER };
  double left = draw_issuer (press), right = draw_motto (press);
  double top = MAX (left, right) + 2, below;

  left = draw_number (press, top);
  right = draw_date (press, top);
  if (d->letter) {
    g_autofree char *line = g_strconcat ("V/v ", d->subject, NULL);

    left = page_press_show (press, line, &about, left + 2);
  }
  below = draw_stamps (press, left, right);
  press->y = MAX (left, right) + 5;
  if (!d->letter)
    press->y = draw_title (press, press->y);
  press->y = MAX (press->y, below + 3);
  if (d->addressee != NULL) {
    g_autofree char *line = g_strconcat ("Kính gửi: ", d->addressee, NULL);

    press->y = page_press_show (press, line, &dear, press->y + 2);
  }
  press->y += GAP_MM;
}

/* ---- body ---- */

static PangoLayout *
body_layout (Press *press, const PageParagraph *paragraph)
{
  PangoLayout *layout = page_layout_new (press->cr, paragraph->text, BODY_PT, paragraph->bold, FALSE);

  pango_layout_set_width (layout, (int) (TYPE_WIDTH_MM * PANGO_SCALE));
  pango_layout_set_spacing (layout, (int) (1.0 * PANGO_SCALE));
  if (paragraph->centred) {
    pango_layout_set_alignment (layout, PANGO_ALIGN_CENTER);
  } else {
    pango_layout_set_justify (layout, TRUE);
    pango_layout_set_indent (layout, (int) (INDENT_MM * PANGO_SCALE));
  }
  return layout;
}

static double
layout_height (PangoLayout *layout)
{
  int height;

  pango_layout_get_size (layout, NULL, &height);
  return (double) height / PANGO_SCALE;
}

/* Line by line, so that a paragraph may run over the end of a page. */
static void
draw_paragraph (Press *press, const PageParagraph *paragraph)
{
  PangoLayout *layout = body_layout (press, paragraph);
  PangoLayoutIter *iter = pango_layout_get_iter (layout);
  gsize begun = 0; /* first byte of the text that stands on this sheet */
  double shift = 0;

  do {
    PangoLayoutLine *line = pango_layout_iter_get_line_readonly (iter);
    PangoRectangle box;
    double bottom;

    pango_layout_iter_get_line_extents (iter, NULL, &box);
    bottom = press->y + shift + (double) (box.y + box.height) / PANGO_SCALE;
    if (bottom > PAGE_HEIGHT_MM - BOTTOM_MM) {
      g_autofree char *part = g_strndup (paragraph->text + begun, (gsize) line->start_index - begun);

      if (*g_strstrip (part) != '\0')
        page_press_text (press, part);
      begun = (gsize) line->start_index;
      page_press_sheet (press);
      shift = -(double) box.y / PANGO_SCALE;
    }
    cairo_move_to (press->cr, LEFT_MM + (double) box.x / PANGO_SCALE,
                   press->y + shift + (double) pango_layout_iter_get_baseline (iter) / PANGO_SCALE);
    pango_cairo_show_layout_line (press->cr, line);
  } while (pango_layout_iter_next_line (iter));
  page_press_text (press, paragraph->text + begun);
  press->y += shift + layout_height (layout) + PARAGRAPH_GAP_MM;
  pango_layout_iter_free (iter);
  g_object_unref (layout);
}

static void
draw_body (Press *press)
{
  GPtrArray *paragraphs = press->document->paragraphs;

  for (guint i = 0; i < paragraphs->len; i++) {
    const PageParagraph *paragraph = g_ptr_array_index (paragraphs, i);

    /* the signature never stands alone on a page: it takes the last paragraph along */
    if (i + 1 == paragraphs->len && i > 0) {
      PangoLayout *layout = body_layout (press, paragraph);
      double end = press->y + layout_height (layout) + PARAGRAPH_GAP_MM + SIGN_BLOCK_MM;

      g_object_unref (layout);
      if (end > PAGE_HEIGHT_MM - BOTTOM_MM)
        page_press_sheet (press);
    }
    draw_paragraph (press, paragraph);
  }
}

/* ---- foot ---- */

static void
draw_recipients (Press *press, double y)
{
  const PageDocument *d = press->document;
  static const Block head = { LEFT_MM, LEFT_COLUMN_MM, 12, TRUE, TRUE, PANGO_ALIGN_LEFT };
  static const Block item = { LEFT_MM, LEFT_COLUMN_MM, 11, FALSE, FALSE, PANGO_ALIGN_LEFT };
  g_autofree char *last = g_strdup_printf ("- Lưu: VT, %s.", d->file_mark);

  y = page_press_show (press, "Nơi nhận:", &head, y);
  for (guint i = 0; i < d->recipients->len; i++) {
    g_autofree char *line = g_strdup_printf ("- %s;", (const char *) d->recipients->pdata[i]);

    y = page_press_show (press, line, &item, y);
  }
  page_press_show (press, last, &item, y);
}

static void
draw_signature (Press *press, double y)
{
  const PageDocument *d = press->document;
  static const Block post = { RIGHT_COLUMN_X, RIGHT_COLUMN_MM, 13.5, TRUE, FALSE, PANGO_ALIGN_CENTER };
  g_autofree char *signer = g_strconcat (d->degree, d->signer, NULL);
  double centre = RIGHT_COLUMN_X + RIGHT_COLUMN_MM / 2;
  double name_y;

  y = page_press_show (press, d->authority, &post, y);
  y = page_press_show (press, d->title, &post, y);
  name_y = y + 28;
  ink_signature (press->cr, press->rand, centre - 14, y + 15);
  cairo_set_source_rgb (press->cr, 0.07, 0.07, 0.08);
  page_press_show (press, signer, &post, name_y);
  if (d->wish.seal) /* a third of the signature from the left (NĐ30) */
    ink_seal (press->cr, press->rand, d->agency, d->seal_bottom, centre - 17, y + 17.5);
}

/* Another body's paper with its own head, numbers and signature, behind the main part. */
static void
add_enclosure (Press *press)
{
  PageWish wish = { .kind = press->document->wish.kind, .family = PAGE_FAMILY_ND30, .wide = TRUE, .pages = 1,
                    .seal = TRUE };
  g_autoptr (PageDocument) other = page_document_new (press->rand, &wish);
  GPtrArray *sheets = page_draw (other, press->rand, press->dpi);

  g_ptr_array_set_free_func (sheets, NULL);
  for (guint i = 0; i < sheets->len; i++)
    g_ptr_array_add (press->sheets, sheets->pdata[i]);
  g_ptr_array_unref (sheets);
}

GPtrArray *
page_draw (PageDocument *document, GRand *rand, double dpi)
{
  Press press = { .document = document, .rand = rand, .dpi = dpi };
  gboolean person = document->wish.family == PAGE_FAMILY_PERSON;

  press.sheets = g_ptr_array_new_with_free_func ((GDestroyNotify) page_sheet_free);
  press.text = g_string_new (NULL);
  page_press_sheet (&press);
  if (person)
    draw_head_of_person (&press);
  else
    draw_head (&press);
  if (document->wish.wide)
    page_extra_first (&press);
  draw_body (&press);
  if (press.y + SIGN_BLOCK_MM > PAGE_HEIGHT_MM - BOTTOM_MM)
    page_press_sheet (&press);
  if (person)
    page_extra_person (&press, press.y + 4);
  else {
    draw_recipients (&press, press.y + 4);
    draw_signature (&press, press.y + 4);
  }
  document->main_sheets = press.sheets->len;
  if (document->wish.wide)
    page_extra_after (&press);
  sheet_end (&press);
  if (document->wish.enclosure)
    add_enclosure (&press);
  g_string_free (press.text, TRUE);
  return press.sheets;
}
