#include "sohoa-marks-private.h"

#include "sohoa-ink.h"
#include "sohoa-ocr-image.h"
#include "sohoa-reading-order.h"
#include "sohoa-recogniser-private.h"

#include <math.h>

/* Zone of the first page that must be readable: ô 10a with room for all habits (domain.md 2.3). */
#define HEADER_DPI 170.0
#define HEADER_RIGHT 0.56
#define HEADER_TOP 0.02
#define HEADER_BOTTOM 0.42
#define HEADER_MIN_WORDS 4
#define HEADER_MIN_CONFIDENCE 0.55
#define HEADER_NO_INK_MM2 2.0
#define HEADER_LINE_MAX_CHARS 40
#define WRITTEN_MARGIN_MM 3.0 /* around the blue ink of the header */
#define WRITTEN_MIN_DARK 60  /* levels that taking blue away makes lighter */
#define HEADER_GAP 0.9 /* of the height: wider than between words */
#define READ_LIMIT_MS (2 * SOHOA_CROP_LIMIT_MS)

/* The header zone of the upright page, straight and grey, at one scale. */
typedef struct {
  PIX   *print;   /* (owned) without red and blue */
  PIX   *written; /* (owned) (nullable) with blue, where there is some */
  double dpi;
  double ink_mm2; /* how much there is to read */
} Zone;

static void
zone_clear (Zone *zone)
{
  pixDestroy (&zone->print);
  pixDestroy (&zone->written);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Zone, zone_clear)

/* Cuts the zone out of @plane, which is eaten. */
static PIX *
cut_zone (PIX *plane, guint turn, double skew_deg)
{
  PIX *up = plane != NULL ? sohoa_ocr_image_turn (plane, turn) : NULL, *zone = NULL;

  pixDestroy (&plane);
  if (up != NULL) {
    l_int32 w = pixGetWidth (up), h = pixGetHeight (up);
    BOX *box = boxCreate (0, h * HEADER_TOP, w * HEADER_RIGHT, h * (HEADER_BOTTOM - HEADER_TOP));

    zone = pixClipRectangle (up, box, NULL);
    boxDestroy (&box);
    pixDestroy (&up);
  }
  if (zone == NULL || fabs (skew_deg) < 0.4)
    return zone;
  up = pixRotate (zone, skew_deg * G_PI / 180, L_ROTATE_AREA_MAP, L_BRING_IN_WHITE, 0, 0);
  pixDestroy (&zone);
  return up;
}

static double
ink_area_mm2 (PIX *zone, double dpi)
{
  PIX *ink = sohoa_ocr_image_ink (zone);
  l_int32 on = 0;

  pixCountPixels (ink, &on, NULL);
  pixDestroy (&ink);
  return on / pow (dpi / 25.4, 2);
}

/* FALSE: no picture. */
static gboolean
cut_header (const SohoaMarkSearch *s, guint turn, double skew_deg, Zone *zone)
{
  double scale = 1;
  PIX *plain = sohoa_ocr_image_reduced (s->pix, s->dpi, HEADER_DPI, &scale);
  SohoaInk ink;

  zone->dpi = s->dpi * scale;
  if (plain == NULL)
    return FALSE;
  if (sohoa_ink_measure (plain, &ink) && ink.blue > 0) {
    zone->print = cut_zone (sohoa_ink_black_plane (plain, &ink), turn, skew_deg);
    zone->written = cut_zone (sohoa_ocr_image_black_plane (plain), turn, skew_deg);
  } else {
    zone->print = cut_zone (sohoa_ocr_image_black_plane (plain), turn, skew_deg);
  }
  pixDestroy (&plain);
  if (zone->print == NULL)
    return FALSE;
  zone->ink_mm2 = ink_area_mm2 (zone->print, zone->dpi);
  return TRUE;
}

/* Where @zone->written has ink that @zone->print has not; NULL: nowhere. boxDestroy. */
static BOX *
written_box (const Zone *zone)
{
  l_int32 margin = (l_int32) (WRITTEN_MARGIN_MM * zone->dpi / 25.4), small = 3, x, y, w, h;
  PIX *lost = pixSubtractGray (NULL, zone->print, zone->written), *ink = NULL, *clean = NULL;
  BOX *box = NULL, *wide = NULL;

  if (lost != NULL)
    ink = pixThresholdToBinary (lost, WRITTEN_MIN_DARK); /* light in the difference: 0 there */
  if (ink != NULL) {
    pixInvert (ink, ink);
    clean = pixOpenBrick (NULL, ink, small, small);
  }
  if (clean != NULL && pixClipToForeground (clean, NULL, &box) == 0 && box != NULL) {
    boxGetGeometry (box, &x, &y, &w, &h);
    wide = boxCreate (MAX (0, x - margin), MAX (0, y - margin), w + 2 * margin, h + 2 * margin);
  }
  boxDestroy (&box);
  pixDestroy (&lost);
  pixDestroy (&ink);
  pixDestroy (&clean);
  return wide;
}

/* One run of words of a header line; @b px of the zone. */
static void
add_header_run (const SohoaMarkSearch *s, double dpi, guint turn, const char *text, double confidence, SohoaBox b)
{
  double W = turn % 180 == 90 ? pixGetHeight (s->pix) : pixGetWidth (s->pix);
  double H = turn % 180 == 90 ? pixGetWidth (s->pix) : pixGetHeight (s->pix);
  SohoaMark *mark;

  if (g_utf8_strlen (text, -1) > HEADER_LINE_MAX_CHARS || (mark = sohoa_marks_add (s->out, text)) == NULL)
    return;
  mark->header = TRUE;
  mark->turn = turn;
  mark->confidence = confidence;
  mark->letter_mm = b.h * 25.4 / dpi;
  mark->x = b.x * s->dpi / dpi / W;
  mark->y = b.y * s->dpi / dpi / H + HEADER_TOP;
  mark->w = b.w * s->dpi / dpi / W;
  mark->h = b.h * s->dpi / dpi / H;
  /* back to the picture as given: only roughly needed, for showing */
  mark->box = (SohoaBox) { mark->x * W, mark->y * H, mark->w * W, mark->h * H };
}

/* Lines, cut where a gap parts columns: "TUYỆT MẬT   Kính gửi:". The layer lies in the zone at @left_px, @top_px. */
static void
add_header_lines (const SohoaMarkSearch *s, SohoaTextLayer *layer, guint turn, double left_px, double top_px)
{
  sohoa_reading_order_apply (layer);
  for (guint i = 0; i < layer->lines->len; i++) {
    const SohoaLine *line = sohoa_text_layer_peek_line (layer, i);
    g_autoptr(GString) text = g_string_new (NULL);
    SohoaBox b = sohoa_line_box (line);
    double sum = 0, left = 0;
    guint n = 0;

    for (guint k = 0; k < line->words->len; k++) {
      const SohoaWord *word = sohoa_line_peek_word (line, k);
      const SohoaWord *next = k + 1 < line->words->len ? sohoa_line_peek_word (line, k + 1) : NULL;

      if (n++ == 0)
        left = word->box.x;
      g_string_append_printf (text, "%s%s", text->len > 0 ? " " : "", word->text);
      sum += word->confidence;
      if (next != NULL && next->box.x - word->box.x - word->box.w < HEADER_GAP * MAX (word->box.h, next->box.h))
        continue;
      add_header_run (s, layer->dpi, turn, text->str, sum / n,
                      (SohoaBox) { left + left_px, b.y + top_px, word->box.x + word->box.w - left, b.h });
      g_string_truncate (text, 0);
      sum = n = 0;
    }
  }
}

static gboolean
is_readable (const SohoaTextLayer *layer)
{
  guint good = 0;

  for (guint i = 0; i < layer->lines->len; i++) {
    const SohoaLine *line = sohoa_text_layer_peek_line (layer, i);

    for (guint k = 0; k < line->words->len; k++)
      good += sohoa_line_peek_word (line, k)->confidence >= HEADER_MIN_CONFIDENCE;
  }
  return good >= HEADER_MIN_WORDS && sohoa_text_layer_mean_confidence (layer) >= HEADER_MIN_CONFIDENCE;
}

static gboolean
read_piece (const SohoaMarkSearch *s, PIX *pix, double dpi, SohoaTextLayer **layer, GError **error)
{
  *layer = sohoa_text_layer_new (pixGetWidth (pix), pixGetHeight (pix), dpi);
  return sohoa_recogniser_read_copy (s->recogniser, pix, dpi, SOHOA_READ_PAGE, READ_LIMIT_MS, SOHOA_PLANE_BLACK, *layer, error);
}

/* Handwriting over or beside a printed mark makes another word of it, so it was taken away; but the mark itself may be blue. */
static gboolean
read_written (const SohoaMarkSearch *s, const Zone *zone, guint turn, GError **error)
{
  g_autoptr(SohoaTextLayer) layer = NULL;
  BOX *box = zone->written != NULL ? written_box (zone) : NULL;
  PIX *cut = box != NULL ? pixClipRectangle (zone->written, box, NULL) : NULL;
  l_int32 left = 0, top = 0;
  gboolean ok = TRUE;

  if (cut != NULL) {
    boxGetGeometry (box, &left, &top, NULL, NULL);
    ok = read_piece (s, cut, zone->dpi, &layer, error);
  }
  if (cut != NULL && ok)
    add_header_lines (s, layer, turn, MAX (0, left), MAX (0, top));
  pixDestroy (&cut);
  boxDestroy (&box);
  return ok;
}

typedef enum { ZONE_EMPTY, ZONE_UNREADABLE, ZONE_READ } ZoneText;

/* Reads the zone as it stands at @turn. @keep: lines are taken even of what reads badly. */
static gboolean
read_at (const SohoaMarkSearch *s, guint turn, double skew_deg, gboolean keep, ZoneText *text, GError **error)
{
  g_autoptr(SohoaTextLayer) layer = NULL;
  g_auto(Zone) zone = { 0 };

  *text = ZONE_UNREADABLE;
  if (!cut_header (s, turn, skew_deg, &zone))
    return TRUE;
  if (zone.ink_mm2 < HEADER_NO_INK_MM2) {
    *text = ZONE_EMPTY;
    return read_written (s, &zone, turn, error);
  }
  if (!read_piece (s, zone.print, zone.dpi, &layer, error))
    return FALSE;
  if (is_readable (layer))
    *text = ZONE_READ;
  else if (!keep)
    return TRUE;
  add_header_lines (s, layer, turn, 0, 0);
  return read_written (s, &zone, turn, error);
}

gboolean
sohoa_mark_read_header (const SohoaMarkSearch *s, double skew_deg, GError **error)
{
  static const guint order[] = { 0, 180, 90, 270 };
  guint n_empty = 0;

  for (guint i = 0; i < G_N_ELEMENTS (order) && !(s->turn_is_sure && s->out->header_readable); i++) {
    ZoneText text;

    if (!sohoa_mark_time_left (s, error)
        || !read_at (s, (s->turn + order[i]) % 360, i < 2 ? skew_deg : 0, i == 0, &text, error))
      return FALSE;
    n_empty += text == ZONE_EMPTY;
    if (text == ZONE_READ || (text == ZONE_EMPTY && i == 0 && s->turn_is_sure) || n_empty == G_N_ELEMENTS (order))
      s->out->header_readable = TRUE;
  }
  return TRUE;
}
