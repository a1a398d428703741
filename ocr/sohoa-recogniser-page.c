#include "sohoa-errors.h"
#include "sohoa-ink.h"
#include "sohoa-ocr-image.h"
#include "sohoa-page-analysis.h"
#include "sohoa-reading-order.h"
#include "sohoa-recogniser-private.h"
#include "sohoa-second-look.h"

#include <math.h>

/* The scale the model reads best and fastest (doc/recognition.md). */
#define COPY_DPI 160.0
/* Letters (median of all, about the x-height with accents) of the copy should be this high. */
#define COPY_LETTER_MIN_PX 14.0
#define COPY_LETTER_MAX_PX 30.0
#define COPY_MAX_PIXELS (18.0 * 1000 * 1000)
/* The second try's copy, of the first one's side. */
#define SMALL_SCALE 0.5
/* A skew under this is left to the recogniser's own baselines. */
#define DESKEW_MIN_DEG 0.15
/* Less red ink than a small stamp has is not read. */
#define RED_PLANE_MIN_MM2 25.0
/* A word from the red plane is believed from here on. */
#define RED_WORD_MIN_CONFIDENCE 0.55
/* ... and all words of a line that is surer than this on the average. */
#define RED_LINE_MIN_CONFIDENCE 0.5
/* Of two words that share so much of the smaller one's box the better stays. */
#define OVERLAP 0.5
#define OVERLAP_MAX_WORDS 5000 /* words of a page; more are not compared, each with each */
/* A line of so few letters, read so badly, is a stroke of a pen. */
#define SCRIBBLE_SIGNS 4
#define SCRIBBLE_CONFIDENCE 0.45

static guint
ms_until (gint64 end)
{
  return MAX (end - g_get_monotonic_time (), 0) / 1000 + 1;
}

/* Words of one line stand side by side: where the engine's boxes run into each other they are cut. */
static void
part_words (SohoaLine *line)
{
  for (guint k = 1; k < line->words->len; k++) {
    SohoaBox *a = &sohoa_line_peek_word (line, k - 1)->box, *b = &sohoa_line_peek_word (line, k)->box;
    float right = b->x + b->w, over = a->x + a->w - b->x;

    if (over <= 0 || a->x >= b->x || a->x + a->w >= right)
      continue;
    a->w -= over / 2;
    b->x += over / 2;
    b->w -= over / 2;
  }
}

/* Is there a surer word of another line in the same place? */
static gboolean
lies_on_better (const SohoaTextLayer *layer, const SohoaLine *own, const SohoaWord *word)
{
  const SohoaBox *a = &word->box;

  for (guint i = 0; i < layer->lines->len; i++) {
    const SohoaLine *line = sohoa_text_layer_peek_line (layer, i);

    for (guint k = 0; k < line->words->len; k++) {
      const SohoaWord *other = sohoa_line_peek_word (line, k);
      const SohoaBox *b = &other->box;
      float w = MIN (a->x + a->w, b->x + b->w) - MAX (a->x, b->x);
      float h = MIN (a->y + a->h, b->y + b->h) - MAX (a->y, b->y);

      if (line != own && w > 0 && h > 0 && w * h > OVERLAP * MIN (a->w * a->h, b->w * b->h)
          && (other->confidence > word->confidence
              || (other->confidence == word->confidence && other > word)))
        return TRUE;
    }
  }
  return FALSE;
}

static gboolean
is_scribble (const SohoaLine *line)
{
  g_autofree char *text = sohoa_line_text (line);
  double sum = 0;
  guint signs = 0;

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    signs += g_unichar_isalnum (g_utf8_get_char (p));
  for (guint k = 0; k < line->words->len; k++)
    sum += sohoa_line_peek_word (line, k)->confidence;
  return signs == 0 || (signs <= SCRIBBLE_SIGNS && sum < SCRIBBLE_CONFIDENCE * line->words->len);
}

/* Strokes of a signature or a seal read as letters: short doubtful lines, and words on top of better
 * ones, which no reader of the PDF could select. */
static void
drop_scribble (SohoaTextLayer *layer)
{
  for (guint i = 0; i < layer->lines->len && sohoa_text_layer_count_words (layer) < OVERLAP_MAX_WORDS; i++) {
    SohoaLine *line = sohoa_text_layer_peek_line (layer, i);

    part_words (line);
    for (guint k = line->words->len; k > 0; k--)
      if (lies_on_better (layer, line, sohoa_line_peek_word (line, k - 1)))
        g_array_remove_index (line->words, k - 1);
  }
  sohoa_layer_drop_empty_lines (layer);
  for (guint i = layer->lines->len; i > 0; i--)
    if (is_scribble (sohoa_text_layer_peek_line (layer, i - 1)))
      g_ptr_array_remove_index (layer->lines, i - 1);
}

static double
copy_scale (PIX *pix, double dpi, const SohoaPageAnalysis *analysis)
{
  double scale = COPY_DPI / dpi;
  double letter = analysis->text_height_px;
  double pixels = (double) pixGetWidth (pix) * pixGetHeight (pix);

  if (letter > 0 && letter * scale < COPY_LETTER_MIN_PX)
    scale = COPY_LETTER_MIN_PX / letter;
  if (letter > 0 && letter * scale > COPY_LETTER_MAX_PX)
    scale = COPY_LETTER_MAX_PX / letter;
  scale = CLAMP (scale, 0.1, 2.5);
  if (pixels * scale * scale > COPY_MAX_PIXELS)
    scale = sqrt (COPY_MAX_PIXELS / pixels);
  return scale;
}

/* The recogniser's copy of a plane: turned, then straightened; consumes @plane. Sets the frame's centre. */
static PIX *
take_copy (PIX *plane, const SohoaPageAnalysis *analysis, SohoaOcrFrame *frame)
{
  PIX *turned, *straight;

  if (plane == NULL)
    return NULL;
  turned = sohoa_ocr_image_turn (plane, analysis->rotation);
  pixDestroy (&plane);
  if (turned == NULL)
    return NULL;
  frame->cx = pixGetWidth (turned) / 2.0;
  frame->cy = pixGetHeight (turned) / 2.0;
  frame->angle = 0;
  if (fabs (analysis->skew_deg) < DESKEW_MIN_DEG)
    return turned;
  frame->angle = analysis->skew_deg * G_PI / 180;
  straight = pixRotate (turned, frame->angle, L_ROTATE_AREA_MAP, L_BRING_IN_WHITE, 0, 0);
  pixDestroy (&turned);
  return straight;
}

static void
map_back (SohoaTextLayer *layer, const SohoaOcrFrame *frame)
{
  for (guint i = 0; i < layer->lines->len; i++) {
    SohoaLine *line = sohoa_text_layer_peek_line (layer, i);
    double x0 = line->x0, y0 = line->y0, x1 = line->x1, y1 = line->y1;

    sohoa_ocr_frame_back (frame, &x0, &y0);
    sohoa_ocr_frame_back (frame, &x1, &y1);
    line->x0 = x0;
    line->y0 = y0;
    line->x1 = x1;
    line->y1 = y1;
    line->height_px /= frame->scale;
    for (guint k = 0; k < line->words->len; k++) {
      SohoaBox *box = &sohoa_line_peek_word (line, k)->box;
      double x = box->x + box->w / 2, y = box->y + box->h / 2;

      sohoa_ocr_frame_back (frame, &x, &y);
      box->w /= frame->scale;
      box->h /= frame->scale;
      box->x = x - box->w / 2;
      box->y = y - box->h / 2;
    }
  }
}

/* Reads one plane in the sheet's scale; consumes @plane. */
static gboolean
read_plane (SohoaRecogniser *self, SohoaOcrSheet *sheet, PIX *plane, SohoaPlane name, gint64 end,
            SohoaTextLayer *layer, GError **error)
{
  PIX *copy = take_copy (plane, sheet->analysis, &sheet->frame);
  PIX *ink = NULL;
  gboolean ok;

  if (copy == NULL) {
    g_set_error (error, SOHOA_OCR_ERROR, SOHOA_OCR_ERROR_TOO_LARGE, "page picture: out of memory");
    return FALSE;
  }
  ok = sohoa_recogniser_read_ink (self, copy, sheet->dpi * sheet->frame.scale, SOHOA_READ_PAGE,
                                  ms_until (end), name, layer, &ink, error);
  if (ok) {
    sohoa_reading_order_apply (layer);
    sohoa_second_look (self, sheet, ink, name, end, layer);
    map_back (layer, &sheet->frame);
  }
  pixDestroy (&ink);
  pixDestroy (&copy);
  return ok;
}

static double
mean_confidence (const SohoaLine *line)
{
  double sum = 0;

  for (guint k = 0; k < line->words->len; k++)
    sum += sohoa_line_peek_word (line, k)->confidence;
  return line->words->len > 0 ? sum / line->words->len : 0;
}

/* Red lines go behind the black ones, as blocks of their own; only what was read well. */
static void
append_red (SohoaTextLayer *layer, SohoaTextLayer *red)
{
  guint block = 0;

  if (layer->lines->len > 0)
    block = sohoa_text_layer_peek_line (layer, layer->lines->len - 1)->block;
  for (guint i = 0; i < red->lines->len; i++) {
    SohoaLine *from = sohoa_text_layer_peek_line (red, i), *to = NULL;

    for (guint k = 0; k < from->words->len; k++) {
      const SohoaWord *word = sohoa_line_peek_word (from, k);

      if (word->confidence < RED_WORD_MIN_CONFIDENCE && mean_confidence (from) < RED_LINE_MIN_CONFIDENCE)
        continue;
      if (to == NULL) {
        to = sohoa_text_layer_add_line (layer, block + from->block + 1, SOHOA_PLANE_RED);
        to->x0 = from->x0;
        to->y0 = from->y0;
        to->x1 = from->x1;
        to->y1 = from->y1;
        to->height_px = from->height_px;
      }
      sohoa_line_add_word (to, word->text, word->box, word->confidence);
    }
  }
}

static gboolean
read_red (SohoaRecogniser *self, SohoaOcrSheet *sheet, PIX *scaled, gint64 end, SohoaTextLayer *layer,
          GError **error)
{
  g_autoptr(SohoaTextLayer) red = sohoa_text_layer_new (layer->width_px, layer->height_px, layer->dpi);

  if (!read_plane (self, sheet, sohoa_ink_red_plane (scaled, sheet->ink), SOHOA_PLANE_RED, end, red, error))
    return FALSE;
  append_red (layer, red);
  return TRUE;
}

static gboolean
read_planes (SohoaRecogniser *self, SohoaOcrSheet *sheet, gint64 end, SohoaTextLayer *layer, GError **error)
{
  PIX *scaled = sohoa_ocr_image_scale (sheet->plain, sheet->frame.scale);
  gboolean coloured = sheet->ink != NULL, ok;

  if (scaled == NULL) {
    g_set_error (error, SOHOA_OCR_ERROR, SOHOA_OCR_ERROR_TOO_LARGE, "page picture: out of memory");
    return FALSE;
  }
  ok = read_plane (self, sheet, coloured ? sohoa_ink_black_plane (scaled, sheet->ink) : pixClone (scaled),
                   SOHOA_PLANE_BLACK, end, layer, error);
  if (ok && coloured && sheet->analysis->red_mm2 >= RED_PLANE_MIN_MM2 && g_get_monotonic_time () < end)
    ok = read_red (self, sheet, scaled, end, layer, error);
  pixDestroy (&scaled);
  return ok;
}

static gboolean
read_at (SohoaRecogniser *self, PIX *pix, double dpi, const SohoaPageAnalysis *analysis, double shrink,
         guint limit_ms, SohoaTextLayer **layer, GError **error)
{
  g_autoptr(SohoaTextLayer) out = NULL;
  gboolean quarter = analysis->rotation == 90 || analysis->rotation == 270, ok;
  gint64 end = g_get_monotonic_time () + (gint64) limit_ms * 1000;
  SohoaOcrSheet sheet = { .analysis = analysis };
  SohoaInk ink;

  *layer = NULL;
  if (!sohoa_ocr_check_size (pix, error))
    return FALSE;
  sheet.dpi = isfinite (dpi) && dpi >= 30 && dpi <= 4800 ? dpi : COPY_DPI;
  out = sohoa_text_layer_new (quarter ? pixGetHeight (pix) : pixGetWidth (pix),
                              quarter ? pixGetWidth (pix) : pixGetHeight (pix), sheet.dpi);
  out->rotation = analysis->rotation;
  out->skew_deg = analysis->skew_deg;
  if (analysis->blank) {
    *layer = g_steal_pointer (&out);
    return TRUE;
  }
  sheet.plain = pixGetDepth (pix) == 1 && pixGetColormap (pix) == NULL ? pixClone (pix)
                                                                       : sohoa_ocr_image_plain (pix);
  if (sheet.plain == NULL) {
    g_set_error (error, SOHOA_OCR_ERROR, SOHOA_OCR_ERROR_TOO_LARGE, "page picture: out of memory");
    return FALSE;
  }
  sheet.frame.scale = copy_scale (sheet.plain, sheet.dpi, analysis) * shrink;
  sheet.ink = sohoa_ink_measure (sheet.plain, &ink) ? &ink : NULL;
  ok = read_planes (self, &sheet, end, out, error);
  pixDestroy (&sheet.plain);
  if (!ok)
    return FALSE;
  drop_scribble (out);
  *layer = g_steal_pointer (&out);
  return TRUE;
}

gboolean
sohoa_recogniser_read_page (SohoaRecogniser *self, PIX *pix, double dpi, const SohoaPageAnalysis *analysis,
                            guint limit_ms, SohoaTextLayer **layer, GError **error)
{
  return read_at (self, pix, dpi, analysis, 1, limit_ms > 0 ? limit_ms : SOHOA_OCR_PAGE_LIMIT_MS, layer, error);
}

gboolean
sohoa_recogniser_read_page_small (SohoaRecogniser *self, PIX *pix, double dpi, const SohoaPageAnalysis *analysis,
                                  guint limit_ms, SohoaTextLayer **layer, GError **error)
{
  return read_at (self, pix, dpi, analysis, SMALL_SCALE, limit_ms > 0 ? limit_ms : SOHOA_OCR_AGAIN_LIMIT_MS, layer,
                  error);
}
