#include "sohoa-recogniser.h"

#include "sohoa-errors.h"
#include "sohoa-ocr-image.h"
#include "sohoa-page-analysis.h"
#include "sohoa-reading-order.h"
#include "sohoa-recogniser-private.h"

#include <math.h>
#include <tesseract/capi.h>

/* The scale the model reads best and fastest (doc/recognition.md). */
#define COPY_DPI 160.0
/* Letters (median of all, about the x-height with accents) of the copy should be this high. */
#define COPY_LETTER_MIN_PX 14.0
#define COPY_LETTER_MAX_PX 30.0
#define COPY_MAX_PIXELS (18.0 * 1000 * 1000)
#define COPY_MIN_SIDE_PX 8
/* A skew under this is left to the recogniser's own baselines. */
#define DESKEW_MIN_DEG 0.15
/* Feet of words against the line's height: dashes do not count; so far off is the engine's error. */
#define FOOT_MIN_HEIGHT 0.35
#define FOOT_TOLERANCE 0.08
/* Less red ink than a small stamp has is not read. */
#define RED_PLANE_MIN_MM2 25.0
/* A word from the red plane is believed from here on. */
#define RED_WORD_MIN_CONFIDENCE 0.55
/* Of two words that share so much of the smaller one's box the better stays. */
#define OVERLAP 0.5
#define OVERLAP_MAX_WORDS 5000 /* words of a page; more are not compared, each with each */
/* A line of so few letters, read so badly, is a stroke of a pen. */
#define SCRIBBLE_SIGNS 4
#define SCRIBBLE_CONFIDENCE 0.45

struct _SohoaRecogniser {
  TessBaseAPI *engine; /* (owned) */
};

/* Everything the engine opens lazily (its debug file) is opened by reading one empty picture. */
static void
warm_up (SohoaRecogniser *self)
{
  PIX *empty = pixCreate (64, 64, 8);
  g_autoptr(SohoaTextLayer) layer = sohoa_text_layer_new (64, 64, 200);

  pixSetAll (empty);
  for (l_int32 x = 12; x < 20; x++)
    for (l_int32 y = 12; y < 50; y++)
      pixSetPixel (empty, x, y, 0);
  for (SohoaReadMode mode = SOHOA_READ_PAGE; mode <= SOHOA_READ_LINE; mode++)
    (void) sohoa_recogniser_read_copy (self, empty, 200, mode, 1000, SOHOA_PLANE_BLACK, layer, NULL);
  pixDestroy (&empty);
}

SohoaRecogniser *
sohoa_recogniser_new (GError **error)
{
  g_autoptr(SohoaRecogniser) self = g_new0 (SohoaRecogniser, 1);

  setMsgSeverity (L_SEVERITY_NONE);
  self->engine = TessBaseAPICreate ();
  if (TessBaseAPIInit2 (self->engine, NULL, "vie", OEM_LSTM_ONLY) != 0) {
    g_set_error (error, SOHOA_OCR_ERROR, SOHOA_OCR_ERROR_LANGUAGE_MISSING,
                 "recognition: the Vietnamese model cannot be loaded: install tesseract-ocr-vie");
    return NULL;
  }
  TessBaseAPISetVariable (self->engine, "debug_file", "/dev/null");
  TessBaseAPISetVariable (self->engine, "tessedit_do_invert", "0");
  warm_up (self);
  return g_steal_pointer (&self);
}

void
sohoa_recogniser_free (SohoaRecogniser *self)
{
  if (self == NULL)
    return;
  if (self->engine != NULL) {
    TessBaseAPIEnd (self->engine);
    TessBaseAPIDelete (self->engine);
  }
  g_free (self);
}

static void
read_word (TessResultIterator *result, const TessPageIterator *page, SohoaLine *line)
{
  int left, top, right, bottom;
  char *text = TessResultIteratorGetUTF8Text (result, RIL_WORD);

  if (text != NULL && TessPageIteratorBoundingBox (page, RIL_WORD, &left, &top, &right, &bottom)) {
    SohoaBox box = { left, top, right - left, bottom - top };

    sohoa_line_add_word (line, text, box, TessResultIteratorConfidence (result, RIL_WORD) / 100);
  }
  TessDeleteText (text);
}

static void
start_line (const TessPageIterator *page, SohoaLine *line)
{
  int x0, y0, x1, y1, left, top, right, bottom;

  if (!TessPageIteratorBoundingBox (page, RIL_TEXTLINE, &left, &top, &right, &bottom))
    return;
  line->height_px = bottom - top;
  line->x0 = left;
  line->x1 = right;
  line->y0 = line->y1 = bottom - line->height_px * 0.22;
  if (TessPageIteratorBaseline (page, RIL_TEXTLINE, &x0, &y0, &x1, &y1) && x1 > x0) {
    line->x0 = x0;
    line->y0 = y0;
    line->x1 = x1;
    line->y1 = y1;
  }
}

static int
compare_doubles (gconstpointer a, gconstpointer b)
{
  double p = *(const double *) a, q = *(const double *) b;

  return p < q ? -1 : p > q;
}

/* The engine's baseline of a short line may belong to its neighbour; the feet of its own words, most
 * of them without descender, say where it is. */
static void
settle_baseline (SohoaLine *line)
{
  g_autoptr(GArray) feet = g_array_new (FALSE, FALSE, sizeof (double));
  double span = MAX (line->x1 - line->x0, 1), shift;

  for (guint k = 0; k < line->words->len; k++) {
    const SohoaBox *b = &sohoa_line_peek_word (line, k)->box;
    double x = b->x + b->w / 2, foot;

    if (b->h < FOOT_MIN_HEIGHT * line->height_px)
      continue;
    foot = b->y + b->h - (line->y0 + (line->y1 - line->y0) * (x - line->x0) / span);
    g_array_append_val (feet, foot);
  }
  if (feet->len == 0)
    return;
  g_array_sort (feet, compare_doubles);
  shift = g_array_index (feet, double, feet->len * 3 / 10);
  if (fabs (shift) < FOOT_TOLERANCE * line->height_px)
    return;
  line->y0 += shift;
  line->y1 += shift;
}

static void
collect (TessResultIterator *result, SohoaPlane plane, SohoaTextLayer *layer)
{
  const TessPageIterator *page = TessResultIteratorGetPageIteratorConst (result);
  SohoaLine *line = NULL;
  guint block = 0, words = 0, first = layer->lines->len;

  do {
    if (TessPageIteratorIsAtBeginningOf (page, RIL_PARA))
      block++;
    if (line == NULL || TessPageIteratorIsAtBeginningOf (page, RIL_TEXTLINE)) {
      line = sohoa_text_layer_add_line (layer, block, plane);
      start_line (page, line);
    }
    read_word (result, page, line);
  } while (++words < SOHOA_TEXT_MAX_WORDS && TessResultIteratorNext (result, RIL_WORD));
  for (guint i = first; i < layer->lines->len; i++)
    settle_baseline (sohoa_text_layer_peek_line (layer, i));
}

static void
drop_empty_lines (SohoaTextLayer *layer)
{
  for (guint i = layer->lines->len; i > 0; i--)
    if (sohoa_text_layer_peek_line (layer, i - 1)->words->len == 0)
      g_ptr_array_remove_index (layer->lines, i - 1);
}

gboolean
sohoa_recogniser_read_copy (SohoaRecogniser *self, PIX *copy, double dpi, SohoaReadMode mode,
                            guint limit_ms, SohoaPlane plane, SohoaTextLayer *layer, GError **error)
{
  static const TessPageSegMode modes[] = { PSM_AUTO, PSM_SINGLE_BLOCK, PSM_SINGLE_LINE };
  gint64 end = g_get_monotonic_time () + (gint64) limit_ms * 1000;
  ETEXT_DESC *monitor;
  TessResultIterator *result;
  int failed;

  if (pixGetWidth (copy) < COPY_MIN_SIDE_PX || pixGetHeight (copy) < COPY_MIN_SIDE_PX)
    return TRUE;
  monitor = TessMonitorCreate ();
  TessMonitorSetDeadlineMSecs (monitor, limit_ms);
  TessBaseAPISetPageSegMode (self->engine, modes[mode]);
  TessBaseAPISetImage2 (self->engine, copy);
  TessBaseAPISetSourceResolution (self->engine, CLAMP ((int) dpi, 70, 1200));
  failed = TessBaseAPIRecognize (self->engine, monitor);
  TessMonitorDelete (monitor);
  result = TessBaseAPIGetIterator (self->engine);
  if (failed == 0 && result != NULL)
    collect (result, plane, layer);
  if (result != NULL)
    TessResultIteratorDelete (result);
  TessBaseAPIClear (self->engine);
  drop_empty_lines (layer);
  if (g_get_monotonic_time () >= end) {
    g_set_error (error, SOHOA_OCR_ERROR, SOHOA_OCR_ERROR_TIMEOUT,
                 "recognition: the page took longer than %u ms", limit_ms);
    return FALSE;
  }
  if (failed != 0) {
    g_set_error (error, SOHOA_OCR_ERROR, SOHOA_OCR_ERROR_ENGINE, "recognition: the engine failed");
    return FALSE;
  }
  return TRUE;
}

static gboolean
lies_on_better (const SohoaTextLayer *layer, const SohoaWord *word)
{
  const SohoaBox *a = &word->box;

  for (guint i = 0; i < layer->lines->len; i++) {
    const SohoaLine *line = sohoa_text_layer_peek_line (layer, i);

    for (guint k = 0; k < line->words->len; k++) {
      const SohoaWord *other = sohoa_line_peek_word (line, k);
      const SohoaBox *b = &other->box;
      float w = MIN (a->x + a->w, b->x + b->w) - MAX (a->x, b->x);
      float h = MIN (a->y + a->h, b->y + b->h) - MAX (a->y, b->y);

      if (other != word && w > 0 && h > 0 && w * h > OVERLAP * MIN (a->w * a->h, b->w * b->h)
          && (other->confidence > word->confidence || (other->confidence == word->confidence && other > word)))
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

    for (guint k = line->words->len; k > 0; k--)
      if (lies_on_better (layer, sohoa_line_peek_word (line, k - 1)))
        g_array_remove_index (line->words, k - 1);
  }
  drop_empty_lines (layer);
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

/* The recogniser's copy of a plane: turned, scaled, deskewed; consumes @plane. */
static PIX *
take_copy (PIX *plane, const SohoaPageAnalysis *analysis, SohoaOcrFrame *frame)
{
  PIX *turned, *scaled, *straight;

  scaled = sohoa_ocr_image_scale (plane, frame->scale);
  pixDestroy (&plane);
  if (scaled == NULL)
    return NULL;
  turned = sohoa_ocr_image_turn (scaled, analysis->rotation);
  pixDestroy (&scaled);
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

static gboolean
read_plane (SohoaRecogniser *self, PIX *plane, const SohoaPageAnalysis *analysis, double dpi,
            guint limit_ms, SohoaPlane name, SohoaTextLayer *layer, GError **error)
{
  SohoaOcrFrame frame = { copy_scale (plane, dpi, analysis), 0, 0, 0 };
  PIX *copy = take_copy (plane, analysis, &frame);
  gboolean ok;

  if (copy == NULL) {
    g_set_error (error, SOHOA_OCR_ERROR, SOHOA_OCR_ERROR_TOO_LARGE, "page picture: out of memory");
    return FALSE;
  }
  ok = sohoa_recogniser_read_copy (self, copy, dpi * frame.scale, SOHOA_READ_PAGE, limit_ms, name, layer,
                                   error);
  pixDestroy (&copy);
  if (!ok)
    return FALSE;
  sohoa_reading_order_apply (layer);
  map_back (layer, &frame);
  return TRUE;
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

      if (word->confidence < RED_WORD_MIN_CONFIDENCE)
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
read_red (SohoaRecogniser *self, PIX *plain, double dpi, const SohoaPageAnalysis *analysis, guint limit_ms,
          SohoaTextLayer *layer, GError **error)
{
  g_autoptr(SohoaTextLayer) red = NULL;
  PIX *plane;

  if (analysis->red_mm2 < RED_PLANE_MIN_MM2)
    return TRUE;
  plane = sohoa_ocr_image_red_plane (plain);
  if (plane == NULL)
    return TRUE;
  red = sohoa_text_layer_new (layer->width_px, layer->height_px, layer->dpi);
  if (!read_plane (self, plane, analysis, dpi, limit_ms, SOHOA_PLANE_RED, red, error))
    return FALSE;
  append_red (layer, red);
  return TRUE;
}

gboolean
sohoa_recogniser_read_page (SohoaRecogniser *self, PIX *pix, double dpi, const SohoaPageAnalysis *analysis,
                            guint limit_ms, SohoaTextLayer **layer, GError **error)
{
  g_autoptr(SohoaTextLayer) out = NULL;
  gboolean quarter = analysis->rotation == 90 || analysis->rotation == 270;
  gint64 end = g_get_monotonic_time ();
  gboolean ok;
  PIX *plain, *black;

  *layer = NULL;
  if (!sohoa_ocr_check_size (pix, error))
    return FALSE;
  dpi = isfinite (dpi) && dpi >= 30 && dpi <= 4800 ? dpi : COPY_DPI;
  limit_ms = limit_ms > 0 ? limit_ms : SOHOA_OCR_PAGE_LIMIT_MS;
  end += (gint64) limit_ms * 1000;
  out = sohoa_text_layer_new (quarter ? pixGetHeight (pix) : pixGetWidth (pix),
                              quarter ? pixGetWidth (pix) : pixGetHeight (pix), dpi);
  out->rotation = analysis->rotation;
  out->skew_deg = analysis->skew_deg;
  if (analysis->blank) {
    *layer = g_steal_pointer (&out);
    return TRUE;
  }
  plain = pixGetDepth (pix) == 1 && pixGetColormap (pix) == NULL ? pixClone (pix)
                                                                 : sohoa_ocr_image_plain (pix);
  black = plain == NULL || pixGetDepth (plain) != 32 ? pixClone (plain)
                                                     : sohoa_ocr_image_black_plane (plain);
  if (black == NULL) {
    pixDestroy (&plain);
    g_set_error (error, SOHOA_OCR_ERROR, SOHOA_OCR_ERROR_TOO_LARGE, "page picture: out of memory");
    return FALSE;
  }
  ok = read_plane (self, black, analysis, dpi, limit_ms, SOHOA_PLANE_BLACK, out, error);
  if (ok && g_get_monotonic_time () < end)
    ok = read_red (self, plain, dpi, analysis, (end - g_get_monotonic_time ()) / 1000 + 1, out, error);
  pixDestroy (&plain);
  if (ok)
    drop_scribble (out);
  if (ok)
    *layer = g_steal_pointer (&out);
  return ok;
}
