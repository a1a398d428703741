#include "config.h"

#include "sohoa-layout.h"

#include "sohoa-file.h"

#include <math.h>

struct _SohoaLayoutWriter {
  int               fd; /* (unowned) */
  SohoaLayoutFormat format;
  GString          *out; /* (owned) of the page under way */
};

/* Whole pixels, inside of the page. */
typedef struct {
  guint x0, y0, x1, y1;
} Box;

typedef struct {
  GString              *out;   /* (unowned) */
  const SohoaPageInfo  *info;  /* (unowned) */
  const SohoaTextLayer *layer; /* (unowned) (nullable) */
  guint                 width, height; /* of the upright page */
} Sheet;

static void
add (GString *out, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* printf whose numbers have a point in every locale; texts must be escaped already. */
static void
add (GString *out, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_string_append_vprintf (out, format, args);
  va_end (args);
}

/* Decimals without the locale's comma. */
static const char *
decimal (char buffer[G_ASCII_DTOSTR_BUF_SIZE], double value, const char *format)
{
  return g_ascii_formatd (buffer, G_ASCII_DTOSTR_BUF_SIZE, format, isfinite (value) ? value : 0);
}

/* XML 1.0 has no form for most control characters (2.2): they are left out. */
static char *
escape (const char *text)
{
  g_autoptr(GString) clean = g_string_new (NULL);

  for (const char *p = text != NULL ? text : ""; *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);

    if ((c >= 0x20 && c != 0x7f && c != 0xfffe && c != 0xffff) || c == '\t')
      g_string_append_unichar (clean, c);
  }
  return g_markup_escape_text (clean->str, clean->len);
}

/* Inside of title="…": hOCR parts properties by semicolons and quotes strings. */
static char *
escape_property (const char *text)
{
  g_autofree char *plain = g_strdelimit (g_strdup (text != NULL ? text : ""), "\";\\", '_');

  return escape (plain);
}

static Box
whole (const Sheet *s, SohoaBox b)
{
  Box box = { CLAMP (floor (b.x), 0, s->width), CLAMP (floor (b.y), 0, s->height),
              CLAMP (ceil (b.x + b.w), 0, s->width), CLAMP (ceil (b.y + b.h), 0, s->height) };

  box.x1 = MAX (box.x0, box.x1);
  box.y1 = MAX (box.y0, box.y1);
  return box;
}

/* Box of the lines from @first on that share a block; *@next is the first line behind them. */
static Box
block_box (const Sheet *s, guint first, guint *next)
{
  const SohoaLine *line = sohoa_text_layer_peek_line (s->layer, first);
  Box all = whole (s, sohoa_line_box (line));
  guint i;

  for (i = first + 1; i < s->layer->lines->len; i++) {
    const SohoaLine *other = sohoa_text_layer_peek_line (s->layer, i);
    Box b = whole (s, sohoa_line_box (other));

    if (other->block != line->block || other->plane != line->plane)
      break;
    all = (Box) { MIN (all.x0, b.x0), MIN (all.y0, b.y0), MAX (all.x1, b.x1), MAX (all.y1, b.y1) };
  }
  *next = i;
  return all;
}

static const char *
ink_name (SohoaPlane plane)
{
  return plane == SOHOA_PLANE_RED ? "red" : plane == SOHOA_PLANE_BLUE ? "blue" : "black";
}

static gboolean
was_read (const SohoaPageInfo *info)
{
  return info->blank || g_str_equal (info->ocr_status, "ok");
}

/* ---- hOCR ---- */

static void
hocr_line (const Sheet *s, const SohoaLine *line, guint block, guint number)
{
  char slope[G_ASCII_DTOSTR_BUF_SIZE], offset[G_ASCII_DTOSTR_BUF_SIZE], size[G_ASCII_DTOSTR_BUF_SIZE];
  Box b = whole (s, sohoa_line_box (line));
  double k = line->x1 > line->x0 ? (line->y1 - line->y0) / (line->x1 - line->x0) : 0;

  /* baseline: slope, and its height over the lower left corner of the box */
  add (s->out, "    <span class='ocr_line' id='line_%u_%u_%u' title=\"bbox %u %u %u %u; baseline %s %s; x_size %s; x_ink %s\">",
       s->info->index, block, number, b.x0, b.y0, b.x1, b.y1, decimal (slope, k, "%.4f"),
       decimal (offset, line->y0 + k * (b.x0 - line->x0) - b.y1, "%.1f"), decimal (size, line->height_px, "%.1f"),
       ink_name (line->plane));
  for (guint i = 0; i < line->words->len; i++) {
    const SohoaWord *w = sohoa_line_peek_word (line, i);
    g_autofree char *text = escape (w->text);
    Box wb = whole (s, w->box);

    add (s->out, "%s<span class='ocrx_word' id='word_%u_%u_%u_%u' title='bbox %u %u %u %u; x_wconf %u'>%s</span>",
         i > 0 ? " " : "", s->info->index, block, number, i + 1, wb.x0, wb.y0, wb.x1, wb.y1,
         (guint) lround (CLAMP (w->confidence, 0, 1) * 100), text);
  }
  g_string_append (s->out, "</span>\n");
}

static void
hocr_page (const Sheet *s)
{
  g_autofree char *image = escape_property (s->info->source);
  guint block = 0, next;

  add (s->out, " <div class='ocr_page' id='page_%u' title='image \"%s\"; bbox 0 0 %u %u; ppageno %u; scan_res %u %u; x_rotation %u; "
       "x_ocr_status %s'>\n", s->info->index, image, s->width, s->height, s->info->index - 1, (guint) lround (s->info->dpi),
       (guint) lround (s->info->dpi), s->info->rotation, s->info->blank ? "blank" : s->info->ocr_status);
  for (guint i = 0; s->layer != NULL && i < s->layer->lines->len; i = next) {
    Box b = block_box (s, i, &next);

    block++;
    add (s->out, "  <div class='ocr_carea' id='block_%u_%u' title=\"bbox %u %u %u %u\">\n   <p class='ocr_par' id='par_%u_%u' "
         "lang='vi' title=\"bbox %u %u %u %u\">\n", s->info->index, block, b.x0, b.y0, b.x1, b.y1, s->info->index, block, b.x0,
         b.y0, b.x1, b.y1);
    for (guint k = i; k < next; k++)
      hocr_line (s, sohoa_text_layer_peek_line (s->layer, k), block, k - i + 1);
    g_string_append (s->out, "   </p>\n  </div>\n");
  }
  g_string_append (s->out, " </div>\n");
}

static void
hocr_head (GString *out, const char *title)
{
  g_autofree char *text = escape (title);

  add (out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
       "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Transitional//EN\" \"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd\">\n"
       "<html xmlns=\"http://www.w3.org/1999/xhtml\" xml:lang=\"vi\" lang=\"vi\">\n<head>\n <title>%s</title>\n"
       " <meta http-equiv=\"Content-Type\" content=\"text/html; charset=utf-8\"/>\n"
       " <meta name='ocr-system' content='sohoa %s'/>\n"
       " <meta name='ocr-capabilities' content='ocr_page ocr_carea ocr_par ocr_line ocrx_word ocrp_wconf'/>\n"
       " <meta name='ocr-langs' content='vi'/>\n</head>\n<body>\n", text, PACKAGE_VERSION);
}

/* ---- ALTO ---- */

static void
alto_box (GString *out, Box b)
{
  add (out, " HPOS=\"%u\" VPOS=\"%u\" WIDTH=\"%u\" HEIGHT=\"%u\"", b.x0, b.y0, b.x1 - b.x0, b.y1 - b.y0);
}

static void
alto_line (const Sheet *s, const SohoaLine *line, guint block, guint number)
{
  char y0[G_ASCII_DTOSTR_BUF_SIZE], y1[G_ASCII_DTOSTR_BUF_SIZE], wc[G_ASCII_DTOSTR_BUF_SIZE];
  Box b = whole (s, sohoa_line_box (line)), last = b;

  add (s->out, "     <TextLine ID=\"l_%u_%u_%u\"", s->info->index, block, number);
  alto_box (s->out, b);
  add (s->out, " BASELINE=\"%d,%s %d,%s\">\n", (int) lround (line->x0), decimal (y0, line->y0, "%.1f"),
       (int) lround (line->x1), decimal (y1, line->y1, "%.1f"));
  for (guint i = 0; i < line->words->len; i++) {
    const SohoaWord *w = sohoa_line_peek_word (line, i);
    g_autofree char *text = escape (w->text);
    Box wb = whole (s, w->box);

    if (i > 0 && wb.x0 > last.x1)
      add (s->out, "      <SP HPOS=\"%u\" VPOS=\"%u\" WIDTH=\"%u\"/>\n", last.x1, wb.y0, wb.x0 - last.x1);
    else if (i > 0)
      g_string_append (s->out, "      <SP/>\n");
    add (s->out, "      <String ID=\"w_%u_%u_%u_%u\"", s->info->index, block, number, i + 1);
    alto_box (s->out, wb);
    add (s->out, " WC=\"%s\" CONTENT=\"%s\"/>\n", decimal (wc, CLAMP (w->confidence, 0, 1), "%.2f"), text);
    last = wb;
  }
  g_string_append (s->out, "     </TextLine>\n");
}

static void
alto_page (const Sheet *s)
{
  char accuracy[G_ASCII_DTOSTR_BUF_SIZE];
  guint block = 0, next;

  add (s->out, "  <Page ID=\"page_%u\" PHYSICAL_IMG_NR=\"%u\" WIDTH=\"%u\" HEIGHT=\"%u\" LANG=\"vi\" PC=\"%s\"", s->info->index,
       s->info->index, s->width, s->height, decimal (accuracy, CLAMP (s->info->ocr_confidence, 0, 1), "%.3f"));
  if (s->info->blank)
    g_string_append (s->out, " PAGECLASS=\"blank\"");
  if (!was_read (s->info))
    add (s->out, " QUALITY=\"Missing\" QUALITY_DETAIL=\"text not read: %s\"", s->info->ocr_status);
  g_string_append (s->out, ">\n   <PrintSpace");
  alto_box (s->out, (Box) { 0, 0, s->width, s->height });
  g_string_append (s->out, ">\n");
  for (guint i = 0; s->layer != NULL && i < s->layer->lines->len; i = next) {
    Box b = block_box (s, i, &next);

    block++;
    add (s->out, "    <TextBlock ID=\"b_%u_%u\"", s->info->index, block);
    alto_box (s->out, b);
    add (s->out, "%s>\n", sohoa_text_layer_peek_line (s->layer, i)->plane == SOHOA_PLANE_RED ? " TAGREFS=\"ink_red\""
         : sohoa_text_layer_peek_line (s->layer, i)->plane == SOHOA_PLANE_BLUE ? " TAGREFS=\"ink_blue\"" : "");
    for (guint k = i; k < next; k++)
      alto_line (s, sohoa_text_layer_peek_line (s->layer, k), block, k - i + 1);
    g_string_append (s->out, "    </TextBlock>\n");
  }
  g_string_append (s->out, "   </PrintSpace>\n  </Page>\n");
}

static void
alto_head (GString *out, const char *source)
{
  g_autofree char *name = escape (source);

  add (out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
       "<alto xmlns=\"http://www.loc.gov/standards/alto/ns-v4#\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
       "xsi:schemaLocation=\"http://www.loc.gov/standards/alto/ns-v4# http://www.loc.gov/standards/alto/v4/alto-4-4.xsd\" "
       "SCHEMAVERSION=\"4.4\">\n <Description>\n  <MeasurementUnit>pixel</MeasurementUnit>\n"
       "  <sourceImageInformation>\n   <fileName>%s</fileName>\n  </sourceImageInformation>\n"
       "  <Processing ID=\"sohoa\">\n   <processingSoftware>\n    <softwareName>sohoa</softwareName>\n"
       "    <softwareVersion>%s</softwareVersion>\n   </processingSoftware>\n  </Processing>\n </Description>\n"
       " <Tags>\n  <OtherTag ID=\"ink_red\" TYPE=\"ink\" LABEL=\"red\"/>\n  <OtherTag ID=\"ink_blue\" TYPE=\"ink\" LABEL=\"blue\"/>\n"
       " </Tags>\n <Layout>\n", name, PACKAGE_VERSION);
}

/* ---- the writer ---- */

static gboolean
flush (SohoaLayoutWriter *self, GError **error)
{
  gboolean ok = sohoa_fd_write_all (self->fd, self->out->str, self->out->len, error);

  g_string_truncate (self->out, 0);
  return ok;
}

SohoaLayoutWriter *
sohoa_layout_writer_new (int fd, SohoaLayoutFormat format, const char *title, const char *source, GError **error)
{
  g_autoptr(SohoaLayoutWriter) self = g_new0 (SohoaLayoutWriter, 1);

  self->fd = fd;
  self->format = format;
  self->out = g_string_new (NULL);
  if (format == SOHOA_LAYOUT_HOCR)
    hocr_head (self->out, title);
  else
    alto_head (self->out, source);
  return flush (self, error) ? g_steal_pointer (&self) : NULL;
}

gboolean
sohoa_layout_writer_add_page (SohoaLayoutWriter *self, const SohoaPageInfo *info, const SohoaTextLayer *layer, GError **error)
{
  gboolean across = info->rotation % 180 == 90;
  Sheet s = { self->out, info, layer, across ? info->height_px : info->width_px, across ? info->width_px : info->height_px };

  if (layer != NULL && layer->width_px > 0) {
    s.width = layer->width_px;
    s.height = layer->height_px;
  }
  if (self->format == SOHOA_LAYOUT_HOCR)
    hocr_page (&s);
  else
    alto_page (&s);
  return flush (self, error);
}

gboolean
sohoa_layout_writer_finish (SohoaLayoutWriter *self, GError **error)
{
  g_string_append (self->out, self->format == SOHOA_LAYOUT_HOCR ? "</body>\n</html>\n" : " </Layout>\n</alto>\n");
  return flush (self, error);
}

void
sohoa_layout_writer_free (SohoaLayoutWriter *self)
{
  if (self == NULL)
    return;
  g_string_free (self->out, TRUE);
  g_free (self);
}
