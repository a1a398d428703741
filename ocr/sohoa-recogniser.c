#include "sohoa-recogniser.h"

#include "sohoa-errors.h"
#include "sohoa-recogniser-private.h"

#include <math.h>
#include <tesseract/capi.h>

#define COPY_MIN_SIDE_PX 8
/* Feet of words against the line's height: dashes do not count; so far off is the engine's error. */
#define FOOT_MIN_HEIGHT 0.35
#define FOOT_TOLERANCE 0.08
/* Ink of a dash against the line's height; a tilde waves over more. */
#define DASH_MAX_HEIGHT 0.20

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

/* The dash before an item of a list comes out as a tilde; its ink is flat. */
static gboolean
is_dash (const SohoaLine *line, const char *text, SohoaBox box)
{
  return g_str_equal (text, "~") && box.h < DASH_MAX_HEIGHT * line->height_px && box.w > box.h;
}

static void
read_word (TessResultIterator *result, const TessPageIterator *page, SohoaLine *line)
{
  int left, top, right, bottom;
  char *text = TessResultIteratorGetUTF8Text (result, RIL_WORD);

  if (text != NULL && TessPageIteratorBoundingBox (page, RIL_WORD, &left, &top, &right, &bottom)) {
    SohoaBox box = { left, top, right - left, bottom - top };

    sohoa_line_add_word (line, is_dash (line, text, box) ? "-" : text, box,
                         TessResultIteratorConfidence (result, RIL_WORD) / 100);
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

void
sohoa_layer_drop_empty_lines (SohoaTextLayer *layer)
{
  for (guint i = layer->lines->len; i > 0; i--)
    if (sohoa_text_layer_peek_line (layer, i - 1)->words->len == 0)
      g_ptr_array_remove_index (layer->lines, i - 1);
}

gboolean
sohoa_recogniser_read_copy (SohoaRecogniser *self, PIX *copy, double dpi, SohoaReadMode mode,
                            guint limit_ms, SohoaPlane plane, SohoaTextLayer *layer, GError **error)
{
  return sohoa_recogniser_read_ink (self, copy, dpi, mode, limit_ms, plane, layer, NULL, error);
}

gboolean
sohoa_recogniser_read_ink (SohoaRecogniser *self, PIX *copy, double dpi, SohoaReadMode mode, guint limit_ms,
                           SohoaPlane plane, SohoaTextLayer *layer, PIX **ink, GError **error)
{
  static const TessPageSegMode modes[] = { PSM_AUTO, PSM_SINGLE_BLOCK, PSM_SINGLE_LINE };
  gint64 end = g_get_monotonic_time () + (gint64) limit_ms * 1000;
  ETEXT_DESC *monitor;
  TessResultIterator *result;
  int failed;

  if (pixGetWidth (copy) < COPY_MIN_SIDE_PX || pixGetHeight (copy) < COPY_MIN_SIDE_PX)
    return TRUE;
  if (ink != NULL)
    *ink = NULL;
  monitor = TessMonitorCreate ();
  TessMonitorSetDeadlineMSecs (monitor, limit_ms);
  TessBaseAPISetPageSegMode (self->engine, modes[mode]);
  TessBaseAPISetImage2 (self->engine, copy);
  TessBaseAPISetSourceResolution (self->engine, CLAMP ((int) dpi, 70, 1200));
  failed = TessBaseAPIRecognize (self->engine, monitor);
  TessMonitorDelete (monitor);
  result = TessBaseAPIGetIterator (self->engine);
  if (ink != NULL)
    *ink = TessBaseAPIGetThresholdedImage (self->engine);
  if (failed == 0 && result != NULL)
    collect (result, plane, layer);
  if (result != NULL)
    TessResultIteratorDelete (result);
  TessBaseAPIClear (self->engine);
  sohoa_layer_drop_empty_lines (layer);
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
