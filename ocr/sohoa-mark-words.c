/* What stands where the ink has the shape of MẬT: read with its neighbours, so that "QUY CHẾ BẢO MẬT" and
 * "HAI MẶT" are told from the mark; what cannot be read keeps its shape as the only evidence. */
#include "sohoa-marks-private.h"

#include "sohoa-mark-match.h"
#include "sohoa-ocr-image.h"
#include "sohoa-recogniser-private.h"
#include "sohoa-text.h"

#include <math.h>
#include <string.h>

#define LEFT_WORDS 1.9 /* of the word's width: TUYỆT and a gap, BẢO, HAI */
#define RIGHT_WORDS 2.2
#define ROOM_MM 1.2
#define TELLING_CONFIDENCE 0.75 /* a neighbour or another word read so well refutes the shape */
/* A short word that shares two letters with MẬT ("vật") may be its slip. */
#define SLIP_MAX_LETTERS 4
/* "MẶT TRẬN": a capital word so near and so well read refutes black print, however badly the shape itself was read. */
#define PHRASE_CONFIDENCE 0.88
#define PHRASE_NEAR 0.7 /* of the height */
#define PHRASE_MIN_LETTERS 3
#define PHRASE_HEIGHT 0.65 /* of the shape's, and the reverse */
#define JOINED_EXTRA 2 /* letters of noise in a phrase read as one word: "MAẠTKHAU" */
/* The letter M of a mark. */
#define LETTER_MIN_MM 2.3
#define LETTER_MAX_MM 6.0
#define LETTER_WIDE_MM 15.0 /* of the whole word, when its letters run together */
/* A stamp lies with the page: at another turn the letters of seals look like anything. */
#define TURNED_PENALTY 0.045
/* Over a seal every stroke of a red mark is inked, and it is the seal that fills its gaps, which costs it a part of its
 * likeness; what only looks like the word lacks some of its strokes. */
#define DROWNED_LIKENESS 0.016
#define DROWNED_EXACT 0.95
#define DROWNED_GAIN 0.5
/* A seal, or a large piece of one, with what touches it. */
#define SEAL_MIN_MM 18.0
#define SEAL_MAX_MM 62.0
#define SEAL_GAP_MM 0.4 /* of a dry pad */
#define NEAR 1.3                /* a neighbour's gap, in heights */

/* The match with room for neighbours, upright and straight, at SOHOA_CROP_DPI. *@core: the word's columns in it. */
static PIX *
crop_of (const SohoaMarkSearch *s, const SohoaMatch *m, guint turn, gboolean red, SohoaBox box, SohoaBox *core,
         double *dpi)
{
  double mm = s->dpi / 25.4, scale = SOHOA_CROP_DPI / s->dpi, w = m->w / SOHOA_MATCH_DPI * s->dpi;
  double before = LEFT_WORDS * w, after = RIGHT_WORDS * w, room = ROOM_MM * mm;
  double tilt = fabs (m->tilt_deg) * G_PI / 180 * w * 2;
  double l = turn == 90 ? room + tilt : turn == 180 ? after : turn == 270 ? room + tilt : before;
  double r = turn == 90 ? room + tilt : turn == 180 ? before : turn == 270 ? room + tilt : after;
  double t = turn == 90 ? after : turn == 270 ? before : room + tilt;
  double b = turn == 90 ? before : turn == 270 ? after : room + tilt;
  double x0 = MAX (0, box.x - l), y0 = MAX (0, box.y - t);
  BOX *area = boxCreate (x0, y0, box.x + box.w + r - x0, box.y + box.h + b - y0);
  PIX *cut = pixClipRectangle (s->pix, area, NULL), *plain = NULL, *plane = NULL, *out = NULL;

  boxDestroy (&area);
  if (cut != NULL && (plain = sohoa_ocr_image_plain (cut)) != NULL && (plane = sohoa_mark_plane (plain, red)) != NULL) {
    pixDestroy (&plain);
    scale = CLAMP (scale, 0.1, 3.0);
    *dpi = s->dpi * scale;
    plain = sohoa_ocr_image_scale (plane, scale);
    out = sohoa_ocr_image_turn (plain, turn);
  }
  if (out != NULL) {
    double cx = (box.x + box.w / 2 - x0) * scale, cy = (box.y + box.h / 2 - y0) * scale;
    double W = pixGetWidth (plain), H = pixGetHeight (plain);
    double ux = turn == 90 ? H - cy : turn == 180 ? W - cx : turn == 270 ? cy : cx;
    double uy = turn == 90 ? cx : turn == 180 ? H - cy : turn == 270 ? W - cx : cy;

    core->w = w * scale;
    core->h = m->h / SOHOA_MATCH_DPI * s->dpi * scale;
    core->x = ux - core->w / 2;
    core->y = uy - core->h / 2;
    if (fabs (m->tilt_deg) > 0.5) { /* about the word's middle, so the core stays where it is */
      PIX *wide = pixTranslate (NULL, out, pixGetWidth (out) / 2 - ux, pixGetHeight (out) / 2 - uy, L_BRING_IN_WHITE);
      PIX *straight = pixRotate (wide, (l_float32) (-m->tilt_deg * G_PI / 180), L_ROTATE_AREA_MAP, L_BRING_IN_WHITE, 0, 0);

      core->x += pixGetWidth (out) / 2 - ux;
      core->y += pixGetHeight (out) / 2 - uy;
      pixDestroy (&wide);
      pixDestroy (&out);
      out = straight;
    }
  }
  pixDestroy (&cut);
  pixDestroy (&plain);
  pixDestroy (&plane);
  return out != NULL ? sohoa_mark_take_stretched (out) : NULL;
}

static gboolean
has_prefix_of_mark (const char *text)
{
  g_autofree char *folded = sohoa_text_fold (text);

  return strstr (folded, "to") != NULL || strstr (folded, "oi") != NULL || strstr (folded, "uy") != NULL
         || strstr (folded, "yet") != NULL || strstr (folded, "tuy") != NULL;
}

typedef struct {
  const SohoaWord *core, *left, *right;
} Reading;

/* The word under the core and its neighbours on the line. */
static Reading
look_up (const SohoaTextLayer *layer, const SohoaBox *core)
{
  Reading found = { NULL, NULL, NULL };
  double best = 0;

  for (guint i = 0; i < layer->lines->len; i++) {
    const SohoaLine *line = sohoa_text_layer_peek_line (layer, i);

    for (guint k = 0; k < line->words->len; k++) {
      const SohoaWord *word = sohoa_line_peek_word (line, k);
      double across = MIN (word->box.x + word->box.w, core->x + core->w) - MAX (word->box.x, core->x);
      double down = MIN (word->box.y + word->box.h, core->y + core->h) - MAX (word->box.y, core->y);

      if (across <= 0.4 * core->w || down <= 0.3 * MIN (core->h, word->box.h) || across * down <= best)
        continue;
      best = across * down;
      found.core = word;
      found.left = k > 0 ? sohoa_line_peek_word (line, k - 1) : NULL;
      found.right = k + 1 < line->words->len ? sohoa_line_peek_word (line, k + 1) : NULL;
    }
  }
  return found;
}

static gboolean
is_neighbour (const SohoaWord *a, const SohoaWord *b)
{
  double gap = b->box.x > a->box.x ? b->box.x - a->box.x - a->box.w : a->box.x - b->box.x - b->box.w;

  return gap < NEAR * MAX (a->box.h, b->box.h) && MIN (a->confidence, b->confidence) >= TELLING_CONFIDENCE
         && sohoa_text_count_letters (b->text) >= 2 && b->box.h > 0.5 * a->box.h;
}

/* Is @part found in @text in its order, with at most JOINED_EXTRA other letters between? */
static gboolean
is_scattered_in (const char *part, const char *text)
{
  for (const char *start = strchr (text, part[0]); start != NULL; start = strchr (start + 1, part[0])) {
    const char *want = part, *at = start;

    for (; *want != '\0' && *at != '\0'; at++)
      want += *at == *want;
    if (*want == '\0' && (gsize) (at - start) <= strlen (part) + JOINED_EXTRA)
      return TRUE;
  }
  return FALSE;
}

/* "BẢO MẬT" read as one word. The long ones are no slip of a mark, however badly they were read. */
static gboolean
is_joined_phrase (const SohoaWord *word, const char *folded)
{
  static const char *const any[] = { "baomat", "giaimat", "haimat", "bimat", "mattran", "matkhau" };
  static const char *const long_ones[] = { "baomat", "giaimat", "mattran", "matkhau" };

  for (guint i = 0; word->confidence >= TELLING_CONFIDENCE && i < G_N_ELEMENTS (any); i++)
    if (strstr (folded, any[i]) != NULL)
      return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (long_ones); i++)
    if (is_scattered_in (long_ones[i], folded))
      return TRUE;
  return FALSE;
}

gboolean
sohoa_mark_is_slip (const char *folded, guint letters)
{
  static const char *const pairs[] = { "at", "ma", "mt" };

  if (strstr (folded, "mat") != NULL)
    return TRUE;
  if (letters > SLIP_MAX_LETTERS)
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++)
    if (is_scattered_in (pairs[i], folded))
      return TRUE;
  return FALSE;
}

/* TỐI, TUYỆT: read in the place of a MẬT that a seal hides. */
static gboolean
is_first_word (const char *folded)
{
  return g_str_has_suffix (folded, "toi") || strstr (folded, "tuye") != NULL;
}

static gboolean
is_capital (const char *text)
{
  gboolean upper = FALSE;

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p)) {
    if (g_unichar_islower (g_utf8_get_char (p)))
      return FALSE;
    upper |= g_unichar_isupper (g_utf8_get_char (p));
  }
  return upper;
}

/* Is @right the next word of the same print? @core: where the shape is. */
static gboolean
goes_on (const SohoaBox *core, const SohoaWord *right)
{
  double gap = right->box.x - core->x - core->w, high = right->box.h / core->h;
  double shared = MIN (right->box.y + right->box.h, core->y + core->h) - MAX (right->box.y, core->y);
  g_autofree char *folded = sohoa_text_fold (right->text);

  return right->confidence >= PHRASE_CONFIDENCE && sohoa_text_count_letters (right->text) >= PHRASE_MIN_LETTERS
         && is_capital (right->text) && gap < PHRASE_NEAR * core->h && high > PHRASE_HEIGHT && high < 1 / PHRASE_HEIGHT
         && shared > PHRASE_HEIGHT * MIN (right->box.h, core->h) && !sohoa_mark_is_company (folded);
}

typedef enum { STANDS, IS_ANOTHER_WORD, IS_IN_PHRASE } Ruling;

/* Another word stands there, or the word is a part of a phrase. What is left is appended to @text. */
static Ruling
rule (const Reading *r, const SohoaMatch *m, const SohoaBox *core, gboolean red, GString *text)
{
  g_autofree char *folded = r->core != NULL ? sohoa_text_fold (r->core->text) : NULL;
  guint letters = r->core != NULL ? sohoa_text_count_letters (r->core->text) : 0;

  if (r->core == NULL)
    return STANDS;
  if (is_joined_phrase (r->core, folded))
    return IS_IN_PHRASE;
  if (r->core->confidence >= TELLING_CONFIDENCE && letters >= 3 && strstr (folded, "mat") == NULL
      && !((red || m->score >= SOHOA_MARK_SLIP_SHAPE)
           && (sohoa_mark_is_slip (folded, letters) || is_first_word (folded))))
    return IS_ANOTHER_WORD;
  if (r->left != NULL && is_neighbour (r->core, r->left)) {
    if (!has_prefix_of_mark (r->left->text))
      return IS_IN_PHRASE;
    g_string_append_printf (text, "%s ", r->left->text);
  }
  if (r->right != NULL && (is_neighbour (r->core, r->right) || (!red && goes_on (core, r->right))))
    return IS_IN_PHRASE;
  g_string_append (text, r->core->text);
  return STANDS;
}

/* Boxes (SohoaBox, px of the page) of what may be a round seal, or a large piece of one. */
static GArray *
find_seals (const SohoaMarkSearch *s, PIX *mask, double scale)
{
  double mm = s->dpi * scale / 25.4;
  GArray *out = g_array_new (FALSE, FALSE, sizeof (SohoaBox));
  l_int32 gap = MAX (3, SEAL_GAP_MM * mm);
  PIX *joined = pixCloseSafeBrick (NULL, mask, gap, gap);
  BOXA *boxes = joined != NULL ? pixConnCompBB (joined, 8) : NULL;

  for (l_int32 i = 0; boxes != NULL && i < boxaGetCount (boxes); i++) {
    l_int32 x, y, w, h;
    SohoaBox box;

    boxaGetBoxGeometry (boxes, i, &x, &y, &w, &h);
    box = (SohoaBox) { x / scale, y / scale, w / scale, h / scale };
    if (MIN (w, h) >= SEAL_MIN_MM * mm && MAX (w, h) <= SEAL_MAX_MM * mm)
      g_array_append_val (out, box);
  }
  boxaDestroy (&boxes);
  pixDestroy (&joined);
  return out;
}

/* Does @box touch the round of one of @seals? */
static gboolean
is_over_seal (const SohoaBox *box, const GArray *seals)
{
  for (guint i = 0; i < seals->len; i++) {
    const SohoaBox *seal = &g_array_index (seals, SohoaBox, i);
    double cx = seal->x + seal->w / 2, cy = seal->y + seal->h / 2;
    double dx = (CLAMP (cx, box->x, box->x + box->w) - cx) / (seal->w / 2);
    double dy = (CLAMP (cy, box->y, box->y + box->h) - cy) / (seal->h / 2);

    if (dx * dx + dy * dy < 1)
      return TRUE;
  }
  return FALSE;
}

/* @seals: of this ink; see find_seals(). */
static gboolean
read_match (const SohoaMarkSearch *s, const SohoaMatch *m, guint turn, gboolean red, SohoaBox box, const GArray *seals,
            GError **error)
{
  g_autoptr(SohoaTextLayer) layer = NULL;
  g_autoptr(GString) text = g_string_new ("");
  SohoaBox core = { 0 };
  double dpi = 0;
  PIX *crop = crop_of (s, m, turn, red, box, &core, &dpi);
  BOX *rest = NULL;
  Reading reading;
  Ruling ruling;
  SohoaMark *mark;
  gboolean ok, framed;

  if (crop == NULL)
    return TRUE;
  framed = sohoa_mark_remove_frame (crop, dpi, &rest);
  boxDestroy (&rest);
  layer = sohoa_text_layer_new (pixGetWidth (crop), pixGetHeight (crop), dpi);
  ok = sohoa_recogniser_read_copy (s->recogniser, crop, dpi, SOHOA_READ_BLOCK, SOHOA_CROP_LIMIT_MS, SOHOA_PLANE_BLACK,
                                   layer, error);
  pixDestroy (&crop);
  if (!ok)
    return FALSE;
  reading = look_up (layer, &core);
  ruling = rule (&reading, m, &core, red, text);
  if (ruling == IS_IN_PHRASE)
    g_array_append_val (s->refuted, box);
  if (ruling != STANDS)
    return TRUE;
  mark = sohoa_marks_add (s->out, text->str);
  if (mark == NULL)
    return TRUE;
  mark->red = red;
  mark->framed = framed;
  mark->turn = turn;
  mark->shape = (float) MIN (1, m->score - (s->turn_is_sure && turn != s->turn ? TURNED_PENALTY : 0)
                         + (is_over_seal (&box, seals) ? DROWNED_LIKENESS + DROWNED_GAIN * MAX (0, m->exact - DROWNED_EXACT) : 0));
  mark->confidence = reading.core != NULL ? reading.core->confidence : 0;
  sohoa_mark_place (s, mark, box);
  return TRUE;
}

/* From the turned copy back to the page as given. */
static SohoaBox
box_back (const SohoaMatch *m, guint turn, double W, double H, double factor)
{
  SohoaBox b = { m->x, m->y, m->w, m->h };

  if (turn == 90)
    b = (SohoaBox) { m->y, H - m->x - m->w, m->h, m->w };
  else if (turn == 180)
    b = (SohoaBox) { W - m->x - m->w, H - m->y - m->h, m->w, m->h };
  else if (turn == 270)
    b = (SohoaBox) { W - m->y - m->h, m->x, m->h, m->w };
  return (SohoaBox) { b.x * factor, b.y * factor, b.w * factor, b.h * factor };
}

/* What may be the letter M of a black mark at @turn: of a capital's size and about as wide as high. @boxes: pieces of
 * ink, px of the mask; the letters are px of the small copy turned upright. */
static BOXA *
letters_of (BOXA *boxes, double mm, double factor, guint turn, double W, double H)
{
  BOXA *out = boxaCreate (0);

  for (l_int32 i = 0; i < boxaGetCount (boxes); i++) {
    l_int32 x, y, w, h;
    double across, high;
    SohoaBox b;

    boxaGetBoxGeometry (boxes, i, &x, &y, &w, &h);
    across = (turn % 180 == 0 ? w : h) / mm;
    high = (turn % 180 == 0 ? h : w) / mm;
    if (high < LETTER_MIN_MM || high > LETTER_MAX_MM || across < LETTER_MIN_MM || across > LETTER_WIDE_MM
        || across < 0.8 * high)
      continue;
    b = (SohoaBox) { x * factor, y * factor, w * factor, h * factor };
    if (turn == 90)
      b = (SohoaBox) { H - b.y - b.h, b.x, b.h, b.w };
    else if (turn == 180)
      b = (SohoaBox) { W - b.x - b.w, H - b.y - b.h, b.w, b.h };
    else if (turn == 270)
      b = (SohoaBox) { b.y, W - b.x - b.w, b.h, b.w };
    boxaAddBox (out, boxCreate (b.x, b.y, b.w, b.h), L_INSERT);
  }
  return out;
}

static gboolean
find_at_turn (const SohoaMarkSearch *s, PIX *small, BOXA *letters, guint turn, gboolean red, const GArray *seals,
              GError **error)
{
  PIX *up = sohoa_ocr_image_turn (small, turn);
  g_autoptr(GArray) matches = g_array_new (FALSE, FALSE, sizeof (SohoaMatch));
  gboolean ok = TRUE;

  sohoa_mark_match (up, letters, matches);
  pixDestroy (&up);
  for (guint k = 0; ok && k < matches->len; k++) {
    const SohoaMatch *m = &g_array_index (matches, SohoaMatch, k);
    SohoaBox box = box_back (m, turn, pixGetWidth (small), pixGetHeight (small), s->dpi / SOHOA_MATCH_DPI);

    ok = sohoa_mark_time_left (s, error) && read_match (s, m, turn, red, box, seals, error);
  }
  return ok;
}

gboolean
sohoa_mark_find_words (const SohoaMarkSearch *s, PIX *mask, double scale, gboolean red, GError **error)
{
  double factor = SOHOA_MATCH_DPI / (s->dpi * scale);
  PIX *grey = factor < 0.98 ? pixScaleToGray (mask, (l_float32) factor) : pixConvert1To8 (NULL, mask, 255, 0);
  PIX *small = grey != NULL ? pixThresholdToBinary (grey, 150) : NULL;
  BOXA *boxes = red ? NULL : pixConnCompBB (mask, 8);
  g_autoptr(GArray) seals = red ? find_seals (s, mask, scale) : g_array_new (FALSE, FALSE, sizeof (SohoaBox));
  gboolean ok = TRUE;

  pixDestroy (&grey);
  for (guint i = 0; small != NULL && ok && i < 4; i++) {
    guint turn = (s->turn + i * 90) % 360;
    BOXA *letters = boxes != NULL ? letters_of (boxes, s->dpi * scale / 25.4, factor, turn, pixGetWidth (small),
                                                pixGetHeight (small))
                                  : NULL;

    if (red || (letters != NULL && boxaGetCount (letters) > 0))
      ok = find_at_turn (s, small, letters, turn, red, seals, error);
    boxaDestroy (&letters);
  }
  boxaDestroy (&boxes);
  pixDestroy (&small);
  return ok;
}
