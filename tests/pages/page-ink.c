#include "page-ink.h"

#include <math.h>
#include <pango/pangocairo.h>
#include <string.h>

#define SEAL_RADIUS_MM 18.0
#define SEAL_RING_MM 17.2
#define SEAL_INNER_MM 11.0
#define SEAL_TEXT_MM 12.4 /* baseline of the ring's letters */
#define SEAL_TEXT_PT 9.5
#define STROKE_POINTS 8
#define DIGIT_ASPECT 0.62

static void
set_red (cairo_t *cr, double alpha)
{
  cairo_set_source_rgba (cr, 0.80, 0.07, 0.10, alpha);
}

static void
set_blue (cairo_t *cr, double alpha)
{
  cairo_set_source_rgba (cr, 0.08, 0.12, 0.55, alpha);
}

static double
jitter (GRand *rand, double amount)
{
  return g_rand_double_range (rand, -amount, amount);
}

/* ---- handwriting ---- */

/* Each glyph is one or two pen strokes in a unit box, y downwards from the top; -1 lifts the pen. */
typedef struct {
  char   glyph;
  double points[2 * STROKE_POINTS + 2];
} PenGlyph;

#define LIFT -1.0, -1.0
#define END -2.0, -2.0
static const PenGlyph pen_glyphs[] = {
  { '0', { .55, .02, .12, .25, .10, .75, .50, .99, .90, .70, .88, .22, .50, .03, END } },
  { '1', { .25, .25, .58, .02, .55, .50, .50, .99, END } },
  { '2', { .12, .22, .50, .00, .85, .25, .50, .65, .08, .97, .50, .92, .95, .97, END } },
  { '3', { .15, .10, .60, .02, .80, .25, .42, .47, .85, .65, .65, .95, .10, .92, END } },
  { '4', { .60, .02, .10, .62, .92, .60, LIFT, .66, .35, .62, .99, END } },
  { '5', { .85, .04, .30, .05, .22, .42, .70, .42, .85, .72, .50, .98, .10, .90, END } },
  { '6', { .75, .03, .30, .30, .12, .75, .50, .99, .85, .75, .55, .52, .18, .70, END } },
  { '7', { .10, .06, .90, .04, .55, .55, .38, .99, LIFT, .30, .50, .80, .46, END } },
  { '8', { .80, .15, .45, .00, .20, .22, .80, .70, .48, .99, .15, .75, .70, .30, .80, .13, END } },
  { '9', { .85, .25, .50, .02, .18, .28, .50, .50, .85, .25, .78, .65, .55, .99, END } },
  { '/', { .85, .00, .20, 1.10, END } },
  { '-', { .15, .55, .80, .53, END } },
  { '.', { .40, .95, .45, .99, END } },
};

static const PenGlyph *
find_glyph (char c)
{
  for (guint i = 0; i < G_N_ELEMENTS (pen_glyphs); i++) {
    if (pen_glyphs[i].glyph == c)
      return &pen_glyphs[i];
  }
  return NULL;
}

/* A smooth pen line through the points (Catmull-Rom as Bézier). */
static void
pen_line (cairo_t *cr, const double *xs, const double *ys, int n)
{
  cairo_move_to (cr, xs[0], ys[0]);
  for (int i = 0; i + 1 < n; i++) {
    int before = MAX (i - 1, 0), after = MIN (i + 2, n - 1);

    cairo_curve_to (cr, xs[i] + (xs[i + 1] - xs[before]) / 6, ys[i] + (ys[i + 1] - ys[before]) / 6,
                    xs[i + 1] - (xs[after] - xs[i]) / 6, ys[i + 1] - (ys[after] - ys[i]) / 6, xs[i + 1], ys[i + 1]);
  }
  cairo_stroke (cr);
}

static void
draw_glyph (cairo_t *cr, GRand *rand, const PenGlyph *glyph, double x, double y, double height)
{
  double xs[STROKE_POINTS + 1], ys[STROKE_POINTS + 1];
  int n = 0;

  for (const double *p = glyph->points;; p += 2) {
    if (p[0] < 0) {
      if (n > 1)
        pen_line (cr, xs, ys, n);
      n = 0;
      if (p[0] < -1.5)
        return;
      continue;
    }
    xs[n] = x + (p[0] * DIGIT_ASPECT + (1 - p[1]) * 0.22 + jitter (rand, 0.03)) * height;
    ys[n] = y + (p[1] - 1 + jitter (rand, 0.03)) * height;
    n++;
  }
}

double
ink_handwriting_width (const char *digits, double height)
{
  return (double) strlen (digits) * height * (DIGIT_ASPECT + 0.14);
}

double
ink_handwriting (cairo_t *cr, GRand *rand, const char *digits, double x, double y, double height)
{
  double start = x;

  cairo_save (cr);
  set_blue (cr, 0.92);
  cairo_set_line_width (cr, 0.42);
  cairo_set_line_cap (cr, CAIRO_LINE_CAP_ROUND);
  cairo_set_line_join (cr, CAIRO_LINE_JOIN_ROUND);
  for (; *digits != '\0'; digits++) {
    const PenGlyph *glyph = find_glyph (*digits);

    if (glyph != NULL)
      draw_glyph (cr, rand, glyph, x, y + jitter (rand, 0.05) * height, height * (1 + jitter (rand, 0.06)));
    x += ink_handwriting_width (" ", height);
  }
  cairo_restore (cr);
  return x - start;
}

void
ink_signature (cairo_t *cr, GRand *rand, double x, double y)
{
  double xs[9] = { 0 }, ys[9] = { 0 };
  int n = g_rand_int_range (rand, 6, 10);

  cairo_save (cr);
  set_blue (cr, 0.9);
  cairo_set_line_width (cr, 0.55);
  cairo_set_line_cap (cr, CAIRO_LINE_CAP_ROUND);
  for (int stroke = 0; stroke < 2; stroke++) {
    for (int i = 0; i < n; i++) {
      xs[i] = x + i * 36.0 / n + jitter (rand, 3.0) - (i % 3 == 1 ? 5.0 : 0.0);
      ys[i] = y + (i % 2 != 0 ? -1 : 1) * g_rand_double_range (rand, 1.0, stroke == 0 ? 9.0 : 4.0) - i * 0.8;
    }
    pen_line (cr, xs, ys, n);
    x += 6;
    y += 2;
    n = MAX (n - 3, 3);
  }
  cairo_restore (cr);
}

/* ---- stamps ---- */

static void
show_centred (cairo_t *cr, const char *text, double size_pt, gboolean bold, double x, double y)
{
  PangoLayout *layout = page_layout_new (cr, text, size_pt, bold, FALSE);
  int width, height;

  pango_layout_get_size (layout, &width, &height);
  cairo_move_to (cr, x - width / 2.0 / PANGO_SCALE, y - height / 2.0 / PANGO_SCALE);
  pango_cairo_show_layout (cr, layout);
  g_object_unref (layout);
}

static void
show_left (cairo_t *cr, const char *text, double size_pt, gboolean bold, double x, double y)
{
  PangoLayout *layout = page_layout_new (cr, text, size_pt, bold, FALSE);

  cairo_move_to (cr, x, y);
  pango_cairo_show_layout (cr, layout);
  g_object_unref (layout);
}

static void
draw_star (cairo_t *cr, double x, double y, double radius)
{
  cairo_new_path (cr);
  for (int i = 0; i < 10; i++) {
    double r = i % 2 == 0 ? radius : radius * 0.4;
    double angle = -G_PI / 2 + i * G_PI / 5;

    cairo_line_to (cr, x + r * cos (angle), y + r * sin (angle));
  }
  cairo_close_path (cr);
  cairo_fill (cr);
}

/* Letters of @text along the ring, their middle at the top. */
static void
ring_text (cairo_t *cr, const char *text, double x, double y)
{
  double widths[128], total = 0, angle;
  int n = 0;

  for (const char *p = text; *p != '\0' && n < 128; p = g_utf8_next_char (p), n++) {
    g_autofree char *letter = g_strndup (p, (gsize) (g_utf8_next_char (p) - p));
    PangoLayout *layout = page_layout_new (cr, letter, SEAL_TEXT_PT, TRUE, FALSE);
    int width;

    pango_layout_get_size (layout, &width, NULL);
    widths[n] = (double) width / PANGO_SCALE + 0.5;
    total += widths[n];
    g_object_unref (layout);
  }
  {
    double room = SEAL_TEXT_MM * 2 * G_PI * 0.74; /* the bottom belongs to the place */
    double squeeze = total > room ? room / total : 1;

    angle = -total * squeeze / SEAL_TEXT_MM / 2;
    n = 0;
    for (const char *p = text; *p != '\0' && n < 128; p = g_utf8_next_char (p), n++) {
      g_autofree char *letter = g_strndup (p, (gsize) (g_utf8_next_char (p) - p));

      cairo_save (cr);
      cairo_translate (cr, x, y);
      cairo_rotate (cr, angle + widths[n] * squeeze / SEAL_TEXT_MM / 2);
      cairo_scale (cr, squeeze, 1);
      show_centred (cr, letter, SEAL_TEXT_PT, TRUE, 0, -SEAL_TEXT_MM - 1.6);
      cairo_restore (cr);
      angle += widths[n] * squeeze / SEAL_TEXT_MM;
    }
  }
}

void
ink_seal (cairo_t *cr, GRand *rand, const char *agency, const char *bottom, double x, double y)
{
  cairo_save (cr);
  cairo_translate (cr, x, y);
  cairo_rotate (cr, jitter (rand, 0.12));
  cairo_translate (cr, -x, -y);
  cairo_push_group (cr);
  set_red (cr, 1);
  cairo_set_line_width (cr, 0.9);
  cairo_new_sub_path (cr);
  cairo_arc (cr, x, y, SEAL_RADIUS_MM, 0, 2 * G_PI);
  cairo_stroke (cr);
  cairo_set_line_width (cr, 0.3);
  cairo_new_path (cr);
  cairo_arc (cr, x, y, SEAL_RING_MM, 0, 2 * G_PI);
  cairo_stroke (cr);
  cairo_arc (cr, x, y, SEAL_INNER_MM, 0, 2 * G_PI);
  cairo_stroke (cr);
  ring_text (cr, agency, x, y);
  draw_star (cr, x, y - 1.0, 5.5);
  show_centred (cr, bottom, 6.5, TRUE, x, y + 7.2);
  for (int i = 0; i < 40; i++) { /* where the stamp pad was dry */
    cairo_set_operator (cr, CAIRO_OPERATOR_DEST_OUT);
    cairo_set_source_rgba (cr, 0, 0, 0, g_rand_double_range (rand, 0.1, 0.5));
    cairo_new_path (cr);
    cairo_arc (cr, x + jitter (rand, SEAL_RADIUS_MM), y + jitter (rand, SEAL_RADIUS_MM),
               g_rand_double_range (rand, 0.2, 1.3), 0, 2 * G_PI);
    cairo_fill (cr);
  }
  cairo_pop_group_to_source (cr);
  cairo_paint_with_alpha (cr, g_rand_double_range (rand, 0.68, 0.86));
  cairo_restore (cr);
}

double
ink_mark (cairo_t *cr, GRand *rand, const char *text, double x, double y)
{
  double width = strstr (text, "THƯỢNG") != NULL || strstr (text, "TUYỆT") != NULL ? 40 : 30;

  if (strcmp (text, "KHẨN") == 0 || strcmp (text, "MẬT") == 0)
    width = 20;
  cairo_save (cr);
  cairo_translate (cr, x, y);
  cairo_rotate (cr, jitter (rand, 0.025));
  set_red (cr, 0.9);
  cairo_set_line_width (cr, 0.6);
  cairo_rectangle (cr, 0, 0, width, INK_MARK_HEIGHT_MM);
  cairo_stroke (cr);
  show_centred (cr, text, 13.5, TRUE, width / 2, INK_MARK_HEIGHT_MM / 2);
  cairo_restore (cr);
  return width;
}

void
ink_den (cairo_t *cr, GRand *rand, const PageDocument *document, double x, double y)
{
  static const double rules[] = { 7.5, 22.0, 28.5 };

  cairo_save (cr);
  cairo_translate (cr, x, y);
  cairo_rotate (cr, jitter (rand, 0.02));
  set_red (cr, 0.88);
  cairo_set_line_width (cr, 0.45);
  cairo_rectangle (cr, 0, 0, INK_DEN_WIDTH_MM, INK_DEN_HEIGHT_MM);
  for (guint i = 0; i < G_N_ELEMENTS (rules); i++) {
    cairo_move_to (cr, 0, rules[i]);
    cairo_line_to (cr, INK_DEN_WIDTH_MM, rules[i]);
  }
  cairo_move_to (cr, 17, rules[0]);
  cairo_line_to (cr, 17, rules[1]);
  cairo_stroke (cr);
  show_centred (cr, document->arrival_agency, 8, TRUE, INK_DEN_WIDTH_MM / 2, 3.8);
  show_centred (cr, "ĐẾN", 13, TRUE, 8.5, 14.8);
  show_left (cr, "Số:", 9, FALSE, 19, 9.0);
  show_left (cr, "Ngày:", 9, FALSE, 19, 16.0);
  show_left (cr, "Chuyển:", 9, FALSE, 1.5, 23.3);
  show_left (cr, "Số và ký hiệu HS:", 9, FALSE, 1.5, 29.8);
  cairo_move_to (cr, 0, 0);
  ink_handwriting (cr, rand, document->arrival_number, 26, 12.9, 3.6);
  ink_handwriting (cr, rand, document->arrival_date, 28, 19.8, 2.6);
  cairo_restore (cr);
}
