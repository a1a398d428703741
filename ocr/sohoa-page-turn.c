#include "sohoa-page-analysis-private.h"

#include "sohoa-recogniser-private.h"

#include <math.h>

/* A page lying more askew is left to a person. */
#define SKEW_MAX_DEG 7.0
/* Row structure of one direction against the other (text lines stand out across). */
#define QUARTER_RATIO 1.6
/* From here on ascenders and Vietnamese marks point up or down. They prove "up" without reading where lines of text run
 * the whole page across (then rows stand out TEXT_RATIO times as much as columns); a table of numbers has been seen to
 * point the wrong way by 7. */
#define UP_SURE 6.0
#define UP_ALONE 14.0
#define TEXT_RATIO 4.0
/* Trial reading: strips of this share of the height, where most letters are. */
#define STRIP_SHARE 0.22
#define STRIPS 2
#define STRIP_MIN_WORDS 5
#ifdef SOHOA_SANITIZED
#define SLOWNESS 8 /* of the sanitized build */
#else
#define SLOWNESS 1
#endif
#define STRIP_LIMIT_MS (2000 * SLOWNESS)
#define TRIAL_LIMIT_US (6 * SLOWNESS * G_USEC_PER_SEC) /* of one page, all strips */
/* Lead of the best way over the next in mean confidence that leaves a page as it is. To turn it takes more, and
 * words that were really read: a wrong turn is the worst outcome. */
#define LEAVE_LEAD 0.12
#define TURN_LEAD 0.25
#define TURN_CONFIDENCE 0.75
/* A turn that the letters' own shapes or the other pages of the pile point to as well needs less. */
#define SECOND_LEAD 0.18
#define SECOND_CONFIDENCE 0.55

typedef struct {
  SohoaRecogniser    *recogniser; /* (unowned) */
  const SohoaReduced *r;          /* (unowned) */
  gint64              end;        /* monotonic µs */
  int                 hint;       /* turn of the pile's other pages, or SOHOA_TURN_NO_HINT */
  int                 shapes;     /* turn that ascenders and marks point to, or SOHOA_TURN_NO_HINT */
  double              sum[4], words[4];
  gboolean            tried[4];   /* by turn / 90 */
} Trial;

/* How strongly rows alternate between ink and paper, at the best skew. */
static double
row_structure (PIX *letters, double *skew, double *confidence)
{
  l_float32 angle = 0, conf = 0, score = 0;

  *skew = *confidence = 0;
  if (pixFindSkewSweepAndSearchScorePivot (letters, &angle, &conf, &score, 4, 2, 0, SKEW_MAX_DEG, 1.0, 0.02,
                                           L_SHEAR_ABOUT_CENTER)
      != 0)
    return 0;
  *skew = angle;
  *confidence = conf;
  return score;
}

/* Top row of the strip with most letters; @not: top of one already taken, or -1. -1: nothing there. */
static l_int32
find_strip (PIX *letters, l_int32 height, l_int32 not)
{
  NUMA *rows = pixCountPixelsByRow (letters, NULL);
  l_int32 n = numaGetCount (rows), best = -1;
  l_float32 *values = numaGetFArray (rows, L_NOCOPY);
  double sum = 0, most = 0;

  for (l_int32 y = 0; y < n; y++) {
    sum += values[y] - (y >= height ? values[y - height] : 0);
    if (y >= height - 1 && sum > most && (not < 0 || ABS (y + 1 - height - not) >= height)) {
      most = sum;
      best = y + 1 - height;
    }
  }
  numaDestroy (&rows);
  return best;
}

/* Dots of a form and strokes of a pen look the same any way up. */
static gboolean
is_word (const char *text)
{
  guint n = 0;

  for (const char *p = text; *p != '\0' && n < 2; p = g_utf8_next_char (p))
    n += g_unichar_isalnum (g_utf8_get_char (p));
  return n >= 2;
}

/* FALSE when it took too long: a way that was not read to its end is no worse than the others. */
static gboolean
read_strip (Trial *t, PIX *strip, double dpi, guint turn)
{
  g_autoptr(SohoaTextLayer) layer = sohoa_text_layer_new (pixGetWidth (strip), pixGetHeight (strip), dpi);

  if (!sohoa_recogniser_read_copy (t->recogniser, strip, dpi, SOHOA_READ_BLOCK, STRIP_LIMIT_MS, SOHOA_PLANE_BLACK, layer, NULL))
    return FALSE;
  for (guint i = 0; i < layer->lines->len; i++) {
    const SohoaLine *line = sohoa_text_layer_peek_line (layer, i);

    for (guint k = 0; k < line->words->len; k++) {
      const SohoaWord *word = sohoa_line_peek_word (line, k);

      if (!is_word (word->text))
        continue;
      t->sum[turn / 90] += word->confidence;
      t->words[turn / 90]++;
    }
  }
  return TRUE;
}

/* Reads the strip number @index of the page turned by @turn, that way up and the other. FALSE: took too long. */
static gboolean
try_axis (Trial *t, guint turn, guint index)
{
  PIX *grey = turn == 0 ? pixClone (t->r->grey) : pixRotateOrth (t->r->grey, turn / 90);
  PIX *letters = turn == 0 ? pixClone (t->r->letters) : pixRotateOrth (t->r->letters, turn / 90);
  l_int32 height = MAX (1, (l_int32) (pixGetHeight (letters) * STRIP_SHARE)), top = -1;
  gboolean whole = TRUE;

  for (guint i = 0; i <= index && (i == 0 || top >= 0); i++)
    top = find_strip (letters, height, top);
  if (top >= 0) {
    BOX *box = boxCreate (0, top, pixGetWidth (grey), height);
    PIX *strip = pixClipRectangle (grey, box, NULL), *over = pixRotate180 (NULL, strip);

    whole = read_strip (t, strip, t->r->dpi, turn) && read_strip (t, over, t->r->dpi, turn + 180);
    boxDestroy (&box);
    pixDestroy (&strip);
    pixDestroy (&over);
  }
  t->tried[turn / 90] = t->tried[turn / 90 + 2] = TRUE;
  pixDestroy (&grey);
  pixDestroy (&letters);
  return whole;
}

static double
quality (const Trial *t, guint turn)
{
  guint i = turn / 90;

  return t->words[i] >= STRIP_MIN_WORDS ? t->sum[i] / t->words[i] : 0;
}

/* The best way that was tried and its lead over the next. */
static guint
best_way (const Trial *t, double *lead)
{
  guint best = t->tried[0] ? 0 : 90;
  double next = 0;

  for (guint turn = 0; turn < 360; turn += 90)
    if (t->tried[turn / 90] && quality (t, turn) > quality (t, best))
      best = turn;
  for (guint turn = 0; turn < 360; turn += 90)
    if (turn != best && t->tried[turn / 90])
      next = MAX (next, quality (t, turn));
  *lead = quality (t, best) - next;
  return best;
}

/* Whether the trial so far proves @way; @certain_axis: rows run across the page as it is. */
static gboolean
is_proven (const Trial *t, guint way, double lead, gboolean certain_axis)
{
  if (way == 0)
    return lead >= LEAVE_LEAD && (certain_axis || quality (t, 0) >= TURN_CONFIDENCE);
  if ((int) way == t->hint || (int) way == t->shapes)
    return lead >= SECOND_LEAD && quality (t, way) >= SECOND_CONFIDENCE;
  return lead >= TURN_LEAD && quality (t, way) >= TURN_CONFIDENCE;
}

static void
settle (SohoaPageAnalysis *a, SohoaTurn outcome, guint rotation, double confidence, const char *reason)
{
  a->turn = outcome;
  a->rotation = rotation;
  a->rotation_confidence = CLAMP (confidence, 0, 0.99);
  a->rotation_reason = reason;
  if (outcome == SOHOA_TURN_ASK)
    a->flags |= SOHOA_PAGE_FLAG_TURN_UNSURE;
}

/* Reads strips until one way is proven. @across, @down: the directions in which rows may run. */
static void
decide_by_reading (Trial *t, gboolean across, gboolean down, SohoaPageAnalysis *a)
{
  double lead = 0;
  guint way = 0;

  for (guint i = 0; i < STRIPS && g_get_monotonic_time () < t->end; i++) {
    if ((across && !try_axis (t, 0, i)) || (down && !try_axis (t, 90, i))) {
      settle (a, SOHOA_TURN_ASK, 0, 0.5, "trial reading took too long to tell which way is up");
      return;
    }
    way = best_way (t, &lead);
    g_debug ("turn: strip %u: %u leads by %.2f (%.2f %.2f %.2f %.2f)", i, way, lead, quality (t, 0), quality (t, 90),
             quality (t, 180), quality (t, 270));
    if (is_proven (t, way, lead, across && !down)) {
      settle (a, way == 0 ? SOHOA_TURN_UPRIGHT : SOHOA_TURN_AUTO, way, 0.5 + lead * 1.5,
              (int) way == t->hint ? "trial reading, and the other pages lie the same way" : "trial reading of strips, each way up");
      return;
    }
  }
  settle (a, SOHOA_TURN_ASK, 0, 0.5, "trial reading does not tell which way is up");
}

/* The turn that the letters' shapes point to when rows run across @letters turned by @turn. */
static int
shapes_way (PIX *letters, int turn, double *up)
{
  l_float32 conf = 0;

  if (pixUpDownDetect (letters, &conf, SOHOA_ANALYSIS_MIN_LETTERS, 0, 0) != 0)
    conf = 0;
  *up = conf;
  return conf >= UP_SURE ? turn : conf <= -UP_SURE ? turn + 180 : SOHOA_TURN_NO_HINT;
}

void
sohoa_page_decide_turn (SohoaRecogniser *recogniser, const SohoaReduced *r, int hint, SohoaPageAnalysis *a)
{
  Trial trial = { .recogniser = recogniser, .r = r, .hint = hint, .shapes = SOHOA_TURN_NO_HINT };
  double skew[2], conf[2], score[2], up = 0;
  gboolean across, down;
  PIX *side;

  if (r->n_letters < SOHOA_ANALYSIS_MIN_LETTERS) {
    settle (a, SOHOA_TURN_LEAVE, 0, 0, "too few letters to tell");
    return;
  }
  side = pixRotateOrth (r->letters, 1);
  score[0] = row_structure (r->letters, &skew[0], &conf[0]);
  score[1] = row_structure (side, &skew[1], &conf[1]);
  down = score[1] > QUARTER_RATIO * score[0] && conf[1] > SOHOA_SKEW_MIN_CONFIDENCE;
  across = score[0] >= QUARTER_RATIO * score[1];
  if (across || down)
    trial.shapes = shapes_way (across ? r->letters : side, across ? 0 : 90, &up);
  pixDestroy (&side);
  g_debug ("turn: rows across %.3g (conf %.1f), down %.3g (conf %.1f), up %.1f", score[0], conf[0], score[1], conf[1], up);
  if (trial.shapes == 0 && (up >= UP_ALONE || score[0] >= TEXT_RATIO * score[1])) {
    settle (a, SOHOA_TURN_UPRIGHT, 0, 0.95, "ascenders and marks point up");
  } else if (recogniser == NULL) {
    settle (a, SOHOA_TURN_ASK, 0, 0.5, "direction not proven without reading");
  } else {
    trial.end = g_get_monotonic_time () + TRIAL_LIMIT_US;
    decide_by_reading (&trial, !down, !across, a);
  }
  /* the skew of the frame it will stand in */
  if (a->turn != SOHOA_TURN_ASK || across) {
    guint axis = a->rotation % 180 == 90;

    a->skew_deg = conf[axis] < SOHOA_SKEW_MIN_CONFIDENCE ? 0 : skew[axis];
  }
}
