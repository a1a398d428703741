#include "gate-page.h"

#include <fontconfig/fontconfig.h>
#include <math.h>
#include <pango/pangocairo.h>
#include <pango/pangofc-fontmap.h>
#include <string.h>

#include "page-draw.h"
#include "page-ink.h"
#include "page-wear.h"

#define FONT_FOLDER "/usr/share/fonts/truetype/liberation2"
#define MM_PER_PT (25.4 / 72)
#define TRIES 160           /* places looked at for a mark */
#define FREE_INK 0.004      /* of a place's pixels: dust only */
#define MAX_TILT_DEG 9.0    /* stamps are put on by hand */
#define SEAL_RADIUS_MM 18.0

typedef struct {
  const char *text;
  double      size_pt;
  const char *family;  /* static */
  gboolean    framed, red;
  double      tilt_deg, strength;
  double      x, y, w, h; /* of the frame, mm; before tilting */
} Mark;

static const char *const wear_names[GATE_N_WEARS] = { "faded", "over-seal", "handwriting", "mid-stack", "poor-scan" };
static const char *const families[] = { "Liberation Serif", "Liberation Sans", "Liberation Serif" };

const char *
gate_wear_to_string (GateWear wear)
{
  return wear_names[wear];
}

gboolean
gate_page_init (GError **error)
{
  static const char *const files[] = { "LiberationSans-Regular", "LiberationSans-Bold" };
  FcConfig *config;

  if (!page_draw_init (error))
    return FALSE;
  config = pango_fc_font_map_get_config (PANGO_FC_FONT_MAP (pango_cairo_font_map_get_default ()));
  for (guint i = 0; i < G_N_ELEMENTS (files); i++) {
    g_autofree char *path = g_strdup_printf ("%s/%s.ttf", FONT_FOLDER, files[i]);

    FcConfigAppFontAddFile (config, (const FcChar8 *) path);
  }
  pango_fc_font_map_config_changed (PANGO_FC_FONT_MAP (pango_cairo_font_map_get_default ()));
  return TRUE;
}

void
gate_page_clear (GatePage *self)
{
  pixDestroy (&self->pix);
  g_clear_pointer (&self->what, g_free);
}

static cairo_t *
pen_on (cairo_surface_t *surface, double dpi)
{
  cairo_t *cr = cairo_create (surface);

  cairo_scale (cr, dpi / 25.4, dpi / 25.4);
  return cr;
}

static PangoLayout *
layout_new (cairo_t *cr, const char *text, double size_pt, const char *family)
{
  PangoLayout *layout = page_layout_new (cr, text, size_pt, TRUE, FALSE);
  PangoFontDescription *font = pango_font_description_copy (pango_layout_get_font_description (layout));

  pango_font_description_set_family (font, family);
  pango_layout_set_font_description (layout, font);
  pango_font_description_free (font);
  return layout;
}

static void
measure (cairo_t *cr, Mark *m, GRand *rand)
{
  PangoLayout *layout = layout_new (cr, m->text, m->size_pt, m->family);
  int w, h;

  pango_layout_get_size (layout, &w, &h);
  g_object_unref (layout);
  m->w = (double) w / PANGO_SCALE + g_rand_double_range (rand, 4, 9);
  m->h = MAX ((double) h / PANGO_SCALE, g_rand_double_range (rand, 7.5, 10.5));
}

static void
draw_mark (cairo_t *cr, const Mark *m, GRand *rand)
{
  PangoLayout *layout = layout_new (cr, m->text, m->size_pt, m->family);
  int w, h;

  cairo_save (cr);
  cairo_translate (cr, m->x + m->w / 2, m->y + m->h / 2);
  cairo_rotate (cr, m->tilt_deg * G_PI / 180);
  if (m->red)
    cairo_set_source_rgba (cr, g_rand_double_range (rand, 0.68, 0.88), g_rand_double_range (rand, 0.05, 0.2),
                           g_rand_double_range (rand, 0.08, 0.22), m->strength);
  else
    cairo_set_source_rgba (cr, 0.08, 0.08, 0.1, m->strength);
  if (m->framed) {
    cairo_set_line_width (cr, g_rand_double_range (rand, 0.3, 0.9));
    cairo_rectangle (cr, -m->w / 2, -m->h / 2, m->w, m->h);
    cairo_stroke (cr);
  }
  pango_layout_get_size (layout, &w, &h);
  cairo_move_to (cr, -w / 2.0 / PANGO_SCALE, -h / 2.0 / PANGO_SCALE);
  pango_cairo_show_layout (cr, layout);
  g_object_unref (layout);
  cairo_restore (cr);
}

/* Share of inked pixels of a rectangle (mm) of the sheet. */
static double
ink_share (cairo_surface_t *surface, double dpi, double x, double y, double w, double h)
{
  int x0 = MAX (0, (int) (x / 25.4 * dpi)), y0 = MAX (0, (int) (y / 25.4 * dpi));
  int x1 = MIN (cairo_image_surface_get_width (surface), (int) ((x + w) / 25.4 * dpi));
  int y1 = MIN (cairo_image_surface_get_height (surface), (int) ((y + h) / 25.4 * dpi));
  const guchar *data = cairo_image_surface_get_data (surface);
  int stride = cairo_image_surface_get_stride (surface);
  guint inked = 0, seen = 0;

  for (int yy = y0; yy < y1; yy += 2)
    for (int xx = x0; xx < x1; xx += 2, seen++)
      inked += data[yy * stride + 4 * xx + 1] < 170;
  return seen > 0 ? (double) inked / seen : 1;
}

/* A place that is free: mostly around ô 10a, else anywhere a stamp may be put. */
static void
find_place (cairo_surface_t *surface, double dpi, Mark *m, GRand *rand, gboolean head)
{
  double best = 2, x = 20, y = 60, tilted = fabs (sin (m->tilt_deg * G_PI / 180)) * m->w + 1;

  cairo_surface_flush (surface);
  for (guint i = 0; i < TRIES && best > FREE_INK; i++) {
    double tx = head ? g_rand_double_range (rand, 12, 70) : g_rand_double_range (rand, 10, 196 - m->w);
    double ty = head ? g_rand_double_range (rand, 40, 125) : g_rand_double_range (rand, 8, 275);
    double ink = ink_share (surface, dpi, tx - 1, ty - 1, m->w + 2, m->h + tilted);

    if (ink < best) {
      best = ink;
      x = tx;
      y = ty + tilted / 2 - 0.5;
    }
  }
  m->x = x;
  m->y = y;
}

/* Pen strokes of a hand that wrote beside the mark and ran a little into it. */
static void
draw_hand (cairo_t *cr, const Mark *m, GRand *rand)
{
  g_autofree char *digits = g_strdup_printf ("%d/%d", g_rand_int_range (rand, 1, 29), g_rand_int_range (rand, 1, 13));

  ink_handwriting (cr, rand, digits, m->x + m->w + g_rand_double_range (rand, -1.0, 4), m->y + m->h * 0.8, 5);
  ink_handwriting (cr, rand, "152", m->x + g_rand_double_range (rand, -14, -7), m->y + m->h * 0.7, 5.5);
  ink_signature (cr, rand, m->x + g_rand_double_range (rand, 0, m->w / 2), m->y + m->h + g_rand_double_range (rand, 3.5, 9));
}

/* An official seal the mark was put upon, or that was put upon the mark. */
static void
draw_seal (cairo_t *cr, const Mark *m, const PageDocument *document, GRand *rand)
{
  double away = g_rand_double_range (rand, 6, SEAL_RADIUS_MM + 2), angle = g_rand_double_range (rand, 0, 2 * G_PI);

  ink_seal (cr, rand, document->agency, document->seal_bottom, m->x + m->w / 2 + away * cos (angle),
            m->y + m->h / 2 + away * sin (angle));
}

static void
replace (PIX **pix, PIX *with)
{
  g_assert_nonnull (with);
  pixDestroy (pix);
  *pix = with;
}

/* What a bad scanner does on top. */
static void
spoil (PIX **pix, GRand *rand, guint how, double dpi)
{
  PIX *grey;

  switch (how) {
  case 0: /* askew */
    replace (pix, pixRotate (*pix, g_rand_double_range (rand, 2, 5) * (g_rand_boolean (rand) ? 1 : -1) * G_PI / 180,
                             L_ROTATE_AREA_MAP, L_BRING_IN_WHITE, 0, 0));
    break;
  case 1: /* grey and flat */
    grey = pixConvertTo8 (*pix, 0);
    replace (pix, pixGammaTRC (NULL, grey, 1.0, -130, 265));
    pixDestroy (&grey);
    break;
  case 2: /* coarse */
    replace (pix, pixScale (*pix, 150 / dpi, 150 / dpi));
    replace (pix, pixScale (*pix, dpi / 150, dpi / 150));
    break;
  case 3: /* colours run pale */
    if (pixGetDepth (*pix) == 1)
      break;
    replace (pix, pixGammaTRC (NULL, *pix, 1.0, -90, 250));
    break;
  default:
    break;
  }
}

static PageDocument *
document_for (GRand *rand)
{
  static const char *const urgency[] = { NULL, NULL, NULL, "KHẨN", "HỎA TỐC", "THƯỢNG KHẨN" };
  PageWish wish = { .pages = 1 };
  int family = g_rand_int_range (rand, 0, 8);

  wish.family = family < 6 ? PAGE_FAMILY_ND30 : family == 6 ? PAGE_FAMILY_PARTY : PAGE_FAMILY_FIRM;
  wish.urgency = urgency[g_rand_int_range (rand, 0, G_N_ELEMENTS (urgency))];
  wish.seal = g_rand_int_range (rand, 0, 4) > 0;
  wish.stamp_den = g_rand_int_range (rand, 0, 3) == 0;
  wish.handwritten = g_rand_boolean (rand);
  return page_document_new (rand, &wish);
}

static Mark
choose_mark (GRand *rand, GateWear wear)
{
  static const char *const texts[] = { "MẬT", "TỐI MẬT", "TUYỆT MẬT" };
  Mark m = { texts[g_rand_int_range (rand, 0, 3)], g_rand_double_range (rand, 12.5, 18), families[g_rand_int_range (rand, 0, 3)],
             TRUE, TRUE, g_rand_double_range (rand, -MAX_TILT_DEG, MAX_TILT_DEG), g_rand_double_range (rand, 0.75, 0.98),
             0, 0, 0, 0 };
  int kind = g_rand_int_range (rand, 0, 4);

  /* the law draws it framed and red; copies are black; typists leave the frame out. A black word without a frame is
   * looked for in the header zone of a first page only (design.md 6): the text layer is the net behind it */
  m.framed = kind != 1;
  m.red = kind != 2;
  if (kind == 3 && wear != GATE_WEAR_STACK) {
    m.framed = m.red = FALSE;
    m.tilt_deg = 0;
    m.size_pt = MIN (m.size_pt, 15);
  }
  if (wear == GATE_WEAR_FADED)
    m.strength = g_rand_double_range (rand, 0.38, 0.6);
  return m;
}

static PageKind
choose_kind (GRand *rand, GateWear wear, guint *how)
{
  static const PageKind usual[] = { PAGE_KIND_OFFICE, PAGE_KIND_CLEAN, PAGE_KIND_BLEED };
  static const PageKind poor[] = { PAGE_KIND_FAX, PAGE_KIND_SHADOW, PAGE_KIND_OLD, PAGE_KIND_OFFICE, PAGE_KIND_OFFICE };

  *how = 9;
  if (wear == GATE_WEAR_FADED)
    return g_rand_boolean (rand) ? PAGE_KIND_OLD : PAGE_KIND_OFFICE;
  if (wear != GATE_WEAR_POOR)
    return usual[g_rand_int_range (rand, 0, G_N_ELEMENTS (usual))];
  *how = (guint) g_rand_int_range (rand, 0, 4);
  return poor[g_rand_int_range (rand, 0, G_N_ELEMENTS (poor))];
}

static double
choose_dpi (GRand *rand)
{
  static const double dpis[] = { 200, 300, 200, 240 };

  return dpis[g_rand_int_range (rand, 0, G_N_ELEMENTS (dpis))];
}

GatePage
gate_page_marked (guint seed, GateWear wear)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed * 8 + wear + 1);
  g_autoptr (PageDocument) document = document_for (rand);
  GatePage page = { .dpi = choose_dpi (rand), .first = wear != GATE_WEAR_STACK };
  g_autoptr (GPtrArray) sheets = page_draw (document, rand, page.dpi);
  PageSheet *sheet = sheets->pdata[0];
  Mark m = choose_mark (rand, wear);
  cairo_t *cr = pen_on (sheet->surface, page.dpi);
  guint how;
  PageKind kind;

  measure (cr, &m, rand);
  /* a typed word stands in the header zone, a stamp mostly does */
  find_place (sheet->surface, page.dpi, &m, rand, (!m.red && !m.framed) || g_rand_int_range (rand, 0, 10) < 7);
  if (wear == GATE_WEAR_SEAL)
    draw_seal (cr, &m, document, rand);
  draw_mark (cr, &m, rand);
  if (wear == GATE_WEAR_HANDWRITING)
    draw_hand (cr, &m, rand);
  cairo_destroy (cr);
  kind = choose_kind (rand, wear, &how);
  page.pix = page_wear (sheet->surface, NULL, kind, rand, page.dpi).pix;
  spoil (&page.pix, rand, how, page.dpi);
  page.what = g_strdup_printf ("%s %s %s %s %.1f pt %+.0f° strength %.2f at %.0f,%.0f %s/%u %.0f dpi", m.text,
                               m.red ? "red" : "black", m.framed ? "framed" : "bare",
                               strstr (m.family, "Sans") != NULL ? "sans" : "serif", m.size_pt, m.tilt_deg, m.strength,
                               m.x, m.y, page_kind_to_string (kind), how, page.dpi);
  return page;
}

/* ---- what tempts ---- */

static const struct {
  const char *text;
  gboolean    framed, red;
} traps[] = {
  { "GIẢI MẬT", TRUE, TRUE },
  { "LƯU HÀNH NỘI BỘ", TRUE, TRUE },
  { "LƯU HÀNH NỘI BỘ", TRUE, FALSE },
  { "XEM XONG TRẢ LẠI", TRUE, TRUE },
  { "KHẨN", TRUE, TRUE },
  { "THƯỢNG KHẨN", TRUE, TRUE },
  { "HỎA TỐC", TRUE, TRUE },
  { "HỎA TỐC HẸN GIỜ", TRUE, TRUE },
  { "DỰ THẢO", TRUE, FALSE },
  { "SAO Y", TRUE, TRUE },
  { "BẢO MẬT", FALSE, FALSE },
  { "MẬT KHẨU", FALSE, FALSE },
  { "QUY CHẾ BẢO MẬT", FALSE, TRUE },
  { "BÍ MẬT NHÀ NƯỚC", FALSE, FALSE },
  { "PHÒNG BẢO MẬT", TRUE, FALSE },
  { "Mật độ xây dựng", FALSE, FALSE },
  { "MẶT TRẬN TỔ QUỐC", FALSE, TRUE },
  { "HAI MẶT", TRUE, TRUE },
  { "ĐÃ THANH TOÁN", TRUE, TRUE },
  { "BẢN CHÍNH", TRUE, TRUE },
  { "CÔNG VĂN ĐẾN", TRUE, TRUE },
  { "TÀI LIỆU THU HỒI", TRUE, TRUE },
};

/* A firm's sign: a red block with white letters, or rings. */
static void
draw_logo (cairo_t *cr, GRand *rand, double x, double y)
{
  PangoLayout *layout = layout_new (cr, g_rand_boolean (rand) ? "MAT" : "VINA", 16, "Liberation Sans");

  cairo_save (cr);
  cairo_set_source_rgb (cr, 0.8, 0.1, 0.1);
  if (g_rand_boolean (rand)) {
    cairo_rectangle (cr, x, y, 22, 11);
    cairo_fill (cr);
    cairo_set_source_rgb (cr, 1, 1, 1);
  } else {
    cairo_set_line_width (cr, 1.2);
    cairo_new_sub_path (cr);
    cairo_arc (cr, x + 11, y + 5, 10, 0, 2 * G_PI);
    cairo_stroke (cr);
    g_object_unref (layout);
    layout = layout_new (cr, "AH", 16, "Liberation Sans");
  }
  cairo_move_to (cr, x + 4, y + 2);
  pango_cairo_show_layout (cr, layout);
  g_object_unref (layout);
  cairo_restore (cr);
}

GatePage
gate_page_unmarked (guint seed)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed * 8 + 6);
  g_autoptr (PageDocument) document = document_for (rand);
  GatePage page = { .dpi = choose_dpi (rand), .first = g_rand_int_range (rand, 0, 5) > 0 };
  g_autoptr (GPtrArray) sheets = page_draw (document, rand, page.dpi);
  PageSheet *sheet = sheets->pdata[0];
  guint n_traps = (guint) g_rand_int_range (rand, 1, 3), how;
  cairo_t *cr = pen_on (sheet->surface, page.dpi);
  GString *what = g_string_new ("");
  PageKind kind;

  for (guint i = 0; i < n_traps; i++) {
    guint which = (seed + i * 7) % G_N_ELEMENTS (traps);
    Mark m = { traps[which].text, g_rand_double_range (rand, 12.5, 16), families[g_rand_int_range (rand, 0, 3)],
               traps[which].framed, traps[which].red, traps[which].framed ? g_rand_double_range (rand, -5, 5) : 0,
               g_rand_double_range (rand, 0.7, 0.95), 0, 0, 0, 0 };

    measure (cr, &m, rand);
    find_place (sheet->surface, page.dpi, &m, rand, g_rand_boolean (rand));
    draw_mark (cr, &m, rand);
    if (g_rand_int_range (rand, 0, 4) == 0)
      draw_hand (cr, &m, rand);
    g_string_append_printf (what, "%s%s at %.0f,%.0f; ", m.text, m.framed ? " framed" : "", m.x, m.y);
  }
  if (seed % 4 == 0)
    draw_logo (cr, rand, 12, 8);
  cairo_destroy (cr);
  kind = choose_kind (rand, seed % 3 == 0 ? GATE_WEAR_POOR : GATE_WEAR_HANDWRITING, &how);
  page.pix = page_wear (sheet->surface, NULL, kind, rand, page.dpi).pix;
  spoil (&page.pix, rand, how, page.dpi);
  g_string_append_printf (what, "%s/%u %.0f dpi%s", page_kind_to_string (kind), how, page.dpi, page.first ? "" : " not first");
  page.what = g_string_free (what, FALSE);
  return page;
}

GatePage
gate_page_ordinary (guint seed, const char *number, const char *subject)
{
  static const PageKind kinds[] = { PAGE_KIND_OFFICE, PAGE_KIND_CLEAN, PAGE_KIND_BLEED, PAGE_KIND_OLD };
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed * 8 + 7);
  g_autoptr (PageDocument) document = document_for (rand);
  GatePage page = { .dpi = choose_dpi (rand), .first = TRUE, .what = g_strdup (number) };
  g_autoptr (GPtrArray) sheets = NULL;
  const char *slash = strchr (number, '/');

  g_free (document->subject);
  document->subject = g_strdup (subject);
  if (slash != NULL) {
    g_free (document->number);
    g_free (document->notation);
    document->number = g_strndup (number, (gsize) (slash - number));
    document->notation = g_strdup (slash + 1);
  }
  sheets = page_draw (document, rand, page.dpi);
  page.pix = page_wear (((PageSheet *) sheets->pdata[0])->surface, NULL, kinds[g_rand_int_range (rand, 0, G_N_ELEMENTS (kinds))],
                        rand, page.dpi).pix;
  return page;
}
