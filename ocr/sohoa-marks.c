#include "sohoa-marks-private.h"

#include "sohoa-errors.h"
#include "sohoa-ink.h"
#include "sohoa-mark-shapes.h"
#include "sohoa-ocr-image.h"
#include "sohoa-page-analysis.h"
#include "sohoa-recogniser-private.h"
#include "sohoa-text.h"

#include <math.h>
#include <string.h>

/* Shapes are looked for on a copy of this resolution; crops are read near CROP_DPI. */
#define SHAPE_DPI 150.0
#define CROP_DPI SOHOA_CROP_DPI
#define CROP_MARGIN_MM 1.5
/* Stamps are put on by hand: so much askew against the page. */
#define STAMP_SKEW_DEG 12.0
/* A reading as good as this needs no second one upside down. */
#define SURE_CONFIDENCE 0.88
/* Line of a frame: longest letter stroke < this. */
#define FRAME_LINE_MM 5.5
#define FRAME_SPAN 0.62
/* Short side of a frame: longer than letters of 14 pt are high, and than this part of the frame. */
#define FRAME_SIDE_MM 3.8
#define FRAME_SIDE 0.42
#define DUST_MM 0.35
/* Levelled paper is 220; a dry stamp is hardly darker than this. */
#define FAINT_INK 178
/* Ink of a pen: blue stands so far above red and green. */
#define BLUE_MIN_EXCESS 45
#define SEAL_MIN_CONFIDENCE 0.5
/* A phrase with MẬT in it refutes a shape when it was read so well; the phrases that are known, from less. */
#define PHRASE_CONFIDENCE 0.8
#define KNOWN_PHRASE_CONFIDENCE 0.65
#define HEADER_PHRASE_CONFIDENCE 0.5 /* of a line that says "BẢO MẬT" */
#define LONG_PARTNER_CHARS 3 /* "BÍ" may be what a pen left beside a mark; "BẢO" is not */
#define PARTNER_MAX_CHARS 8
#define HEADER_SHARED 0.5 /* of the smaller box: lines are lower than the marks' boxes */
#define HEADER_AWAY 0.6   /* of the word's width: letters are not equally wide */
/* A word of the header's line that was read so well is what stands there. */
#define HEADER_WORD_CONFIDENCE 0.85
#define HEADER_WORD_MIN_LETTERS 3
#define BLACK_MIN_CONFIDENCE 0.3
#define CROP_LIMIT_MS SOHOA_CROP_LIMIT_MS
#define GATE_LIMIT_MS (30 * 1000)

typedef SohoaMarkSearch Search;

/* The box as fractions of the page turned by @mark->turn. */
void
sohoa_mark_place (const SohoaMarkSearch *s, SohoaMark *mark, SohoaBox b)
{
  double W = pixGetWidth (s->pix), H = pixGetHeight (s->pix);
  SohoaBox t = b;

  mark->box = b;
  if (mark->turn == 90)
    t = (SohoaBox) { H - b.y - b.h, b.x, b.h, b.w };
  else if (mark->turn == 180)
    t = (SohoaBox) { W - b.x - b.w, H - b.y - b.h, b.w, b.h };
  else if (mark->turn == 270)
    t = (SohoaBox) { b.y, W - b.x - b.w, b.h, b.w };
  if (mark->turn % 180 == 90) {
    double swap = W;

    W = H;
    H = swap;
  }
  mark->x = t.x / W;
  mark->y = t.y / H;
  mark->w = t.w / W;
  mark->h = t.h / H;
}

/* Faded ink becomes black, so that the engine's threshold finds it; consumes @grey. */
PIX *
sohoa_mark_take_stretched (PIX *grey)
{
  NUMA *histogram = pixGetGrayHistogram (grey, 2);
  l_float32 total = 0, sum = 0, count;
  l_int32 dark = 0;
  PIX *out;

  numaGetSum (histogram, &total);
  while (dark < 200 && sum < total * 0.02) {
    numaGetFValue (histogram, dark++, &count);
    sum += count;
  }
  numaDestroy (&histogram);
  if (dark < 30)
    return grey;
  out = pixGammaTRC (NULL, grey, 1.0, dark, 250);
  pixDestroy (&grey);
  return out;
}

/* A pen is blue; a mark never is. */
static void
drop_blue (PIX *plain, PIX *grey)
{
  for (l_int32 y = 0; y < pixGetHeight (grey); y++) {
    const l_uint32 *from = pixGetData (plain) + (gsize) y * pixGetWpl (plain);
    l_uint32 *to = pixGetData (grey) + (gsize) y * pixGetWpl (grey);

    for (l_int32 x = 0; x < pixGetWidth (grey); x++) {
      l_int32 r = from[x] >> 24, g = (from[x] >> 16) & 0xff, b = (from[x] >> 8) & 0xff;

      if (b - MAX (r, g) > BLUE_MIN_EXCESS)
        SET_DATA_BYTE (to, x, 255);
    }
  }
}

PIX *
sohoa_mark_plane (PIX *plain, gboolean red)
{
  PIX *plane = red ? sohoa_ocr_image_red_plane (plain) : sohoa_ocr_image_black_plane (plain), *own;

  if (red || plane == NULL || pixGetDepth (plain) != 32)
    return plane;
  own = pixCopy (NULL, plane);
  pixDestroy (&plane);
  if (own != NULL)
    drop_blue (plain, own);
  return own;
}

/* Grey crop of one plane around a shape, near CROP_DPI, lying (not standing). *@turned: 0 or 90. */
static PIX *
make_crop (const Search *s, const SohoaShape *shape, double shape_scale, guint *turned, double *dpi)
{
  double margin = CROP_MARGIN_MM / 25.4 * s->dpi, scale = CROP_DPI / s->dpi;
  BOX *box = boxCreate (MAX (0, shape->x / shape_scale - margin), MAX (0, shape->y / shape_scale - margin),
                        shape->w / shape_scale + 2 * margin, shape->h / shape_scale + 2 * margin);
  PIX *cut = pixClipRectangle (s->pix, box, NULL), *plain = NULL, *plane = NULL, *out = NULL;

  boxDestroy (&box);
  if (cut != NULL)
    plain = sohoa_ocr_image_plain (cut);
  pixDestroy (&cut);
  if (plain != NULL)
    plane = sohoa_mark_plane (plain, shape->red);
  pixDestroy (&plain);
  if (plane == NULL)
    return NULL;
  *dpi = s->dpi;
  if (scale < 0.95 || scale > 1.3) {
    scale = CLAMP (scale, 0.1, 3.0);
    *dpi = s->dpi * scale;
    plain = sohoa_ocr_image_scale (plane, scale);
    pixDestroy (&plane);
    plane = plain;
  }
  *turned = shape->h > shape->w * 1.15 ? 90 : 0;
  out = sohoa_ocr_image_turn (plane, *turned);
  pixDestroy (&plane);
  return sohoa_mark_take_stretched (out);
}

static PIX *
take_straight (PIX *grey)
{
  PIX *ink = pixThresholdToBinary (grey, 150), *out;
  l_float32 angle = 0, confidence = 0, score = 0;

  if (pixFindSkewSweepAndSearchScorePivot (ink, &angle, &confidence, &score, 1, 1, 0, STAMP_SKEW_DEG, 1.0,
                                           0.1, L_SHEAR_ABOUT_CENTER) != 0
      || confidence < 1.5 || fabs (angle) < 0.4) {
    pixDestroy (&ink);
    return grey;
  }
  pixDestroy (&ink);
  out = pixRotate (grey, angle * G_PI / 180, L_ROTATE_AREA_MAP, L_BRING_IN_WHITE, 0, 0);
  pixDestroy (&grey);
  return out;
}

/* Are there long lines above and below: a drawn frame? */
static gboolean
spans_as_frame (PIX *across, PIX *ink)
{
  BOXA *boxes = pixConnCompBB (across, 8);
  l_int32 w = pixGetWidth (ink), h = pixGetHeight (ink);
  gboolean above = FALSE, below = FALSE;

  for (l_int32 i = 0; i < boxaGetCount (boxes); i++) {
    l_int32 x, y, bw, bh;

    boxaGetBoxGeometry (boxes, i, &x, &y, &bw, &bh);
    if (bw < FRAME_SPAN * w)
      continue;
    above |= y + bh / 2 < h * 2 / 5;
    below |= y + bh / 2 > h * 3 / 5;
  }
  boxaDestroy (&boxes);
  return above && below;
}

/* Paints the frame's lines white; TRUE when there was a frame. The rest's box is *@text (NULL: nothing). */
gboolean
sohoa_mark_remove_frame (PIX *grey, double dpi, BOX **text)
{
  double mm = dpi / 25.4;
  PIX *ink = pixThresholdToBinary (grey, 150);
  PIX *thick = pixCloseBrick (NULL, ink, 3, 3);
  PIX *across = pixOpenBrick (NULL, thick, FRAME_LINE_MM * mm, 1);
  PIX *joined = pixCloseSafeBrick (NULL, across, 3 * mm, 3);
  PIX *rest;
  gboolean framed = spans_as_frame (joined, ink);

  if (framed) {
    l_int32 down = MAX (FRAME_SIDE_MM * mm, FRAME_SIDE * (pixGetHeight (ink) - 2 * CROP_MARGIN_MM * mm));
    PIX *upright = pixOpenBrick (NULL, thick, 1, down);
    PIX *letters, *near;

    /* where a letter touches a side (two stamps overlap) the side stays: it is the letter's stem */
    pixDilateBrick (upright, upright, 3, 1);
    letters = pixSubtract (NULL, ink, upright);
    near = pixDilateBrick (NULL, letters, 7, 1);
    pixSubtract (upright, upright, near);
    pixDestroy (&letters);
    pixDestroy (&near);
    pixOr (across, across, upright);
    pixDestroy (&upright);
  }
  pixDilateBrick (across, across, 3, 3);
  pixSetMasked (grey, across, 255);
  pixSubtract (ink, ink, across);
  rest = pixSelectBySize (ink, DUST_MM * mm, DUST_MM * mm, 8, L_SELECT_IF_BOTH, L_SELECT_IF_GTE, NULL);
  *text = NULL;
  pixClipToForeground (rest, NULL, text);
  pixDestroy (&rest);
  pixDestroy (&ink);
  pixDestroy (&thick);
  pixDestroy (&across);
  pixDestroy (&joined);
  return framed;
}

/* "THƯỢNG KHẨN MẬT", "KHẨNMẬT": stamps side by side come as one text; what stands behind an urgency
 * mark is a mark of its own. NULL when nothing does. */
static const char *
behind_stamp (const char *text)
{
  static const char *const stamps[] = { "KHẨN", "KHẤN", "KHẢN", "KHẪN", "KHÂN", "KHAN", "TỐC", "TÓC", "TÔC",
                                        "TOC" };
  const char *rest = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (stamps); i++) {
    const char *at = g_strrstr (text, stamps[i]);

    if (at != NULL && at[strlen (stamps[i])] != '\0' && (rest == NULL || at + strlen (stamps[i]) > rest))
      rest = at + strlen (stamps[i]);
  }
  return rest;
}

static void
add_mark (const Search *s, const char *text, double confidence, double letter_mm, const SohoaShape *shape,
          guint turn, SohoaBox box)
{
  const char *rest = behind_stamp (text);
  SohoaMark *mark;

  /* rings and stars of seals look like frames: only what can be read counts there */
  if ((sohoa_text_count_letters (text) < 2 && !(shape->framed && shape->red)) || (shape->in_seal && confidence < SEAL_MIN_CONFIDENCE)
      || (!shape->red && confidence < BLACK_MIN_CONFIDENCE))
    return;
  mark = sohoa_marks_add (s->out, text);
  if (mark == NULL)
    return;
  mark->red = shape->red;
  mark->framed = shape->framed;
  mark->turn = turn;
  mark->confidence = confidence;
  mark->letter_mm = letter_mm;
  sohoa_mark_place (s, mark, box);
  if (rest != NULL)
    add_mark (s, rest, confidence, letter_mm, shape, turn, box);
}

/* One mark for each line; a line is also cut at wide gaps. */
static void
add_lines (const Search *s, const SohoaTextLayer *layer, double dpi, const SohoaShape *shape, guint turn,
           SohoaBox box)
{
  for (guint i = 0; i < layer->lines->len; i++) {
    const SohoaLine *line = sohoa_text_layer_peek_line (layer, i);
    g_autoptr(GString) text = g_string_new (NULL);
    double sum = 0, tallest = 0;
    guint n = 0;

    for (guint k = 0; k < line->words->len; k++) {
      const SohoaWord *word = sohoa_line_peek_word (line, k);
      const SohoaWord *next = k + 1 < line->words->len ? sohoa_line_peek_word (line, k + 1) : NULL;

      g_string_append_printf (text, "%s%s", text->len > 0 ? " " : "", word->text);
      sum += word->confidence;
      tallest = MAX (tallest, word->box.h);
      n++;
      if (next != NULL && next->box.x - word->box.x - word->box.w < 2.0 * MAX (word->box.h, next->box.h))
        continue;
      add_mark (s, text->str, sum / n, tallest * 25.4 / dpi, shape, turn, box);
      g_string_truncate (text, 0);
      sum = tallest = n = 0;
    }
  }
}

static gboolean
read_way (const Search *s, PIX *crop, double dpi, guint way, const SohoaShape *shape, SohoaTextLayer **layer,
          GError **error)
{
  PIX *up = sohoa_ocr_image_turn (crop, way);
  double lines_mm = pixGetHeight (crop) * 25.4 / dpi;
  SohoaReadMode mode = shape->cluster ? SOHOA_READ_PAGE
                       : lines_mm > 11 ? SOHOA_READ_BLOCK : SOHOA_READ_LINE;
  gboolean ok;

  *layer = sohoa_text_layer_new (pixGetWidth (up), pixGetHeight (up), dpi);
  ok = sohoa_recogniser_read_copy (s->recogniser, up, dpi, mode, CROP_LIMIT_MS, SOHOA_PLANE_BLACK, *layer,
                                   error);
  pixDestroy (&up);
  return ok;
}

/* Reads a prepared crop both ways up, the page's way first. What was read the poorer way is the frame's content upside
 * down: it counts as a mark when it is one, never as a frame nobody can read. */
static gboolean
read_crop (const Search *s, PIX *crop, double dpi, const SohoaShape *shape, guint turned, SohoaBox box,
           GError **error)
{
  guint first = turned % 180 == s->turn % 180 ? (s->turn + 360 - turned) % 360 : 0;
  g_autoptr(SohoaTextLayer) up = NULL;
  g_autoptr(SohoaTextLayer) down = NULL;
  double sure_up, sure_down = 0;
  SohoaShape poor = *shape;

  if (!read_way (s, crop, dpi, first, shape, &up, error))
    return FALSE;
  sure_up = sohoa_text_layer_mean_confidence (up);
  if (sure_up < SURE_CONFIDENCE) {
    if (!read_way (s, crop, dpi, (first + 180) % 360, shape, &down, error))
      return FALSE;
    sure_down = sohoa_text_layer_mean_confidence (down);
  }
  poor.framed = FALSE;
  add_lines (s, up, dpi, sure_up >= sure_down ? shape : &poor, (turned + first) % 360, box);
  if (down != NULL)
    add_lines (s, down, dpi, sure_down > sure_up ? shape : &poor, (turned + first + 180) % 360, box);
  if (up->lines->len == 0 && (down == NULL || down->lines->len == 0) && shape->framed && shape->red)
    add_mark (s, "", 0, 0, shape, (turned + first) % 360, box);
  return TRUE;
}

static gboolean
read_shape (const Search *s, SohoaShape shape, double shape_scale, GError **error)
{
  SohoaBox box = { shape.x / shape_scale, shape.y / shape_scale, shape.w / shape_scale, shape.h / shape_scale };
  guint turned = 0;
  double dpi = 0;
  PIX *crop = make_crop (s, &shape, shape_scale, &turned, &dpi), *tight = NULL;
  BOX *text = NULL;
  gboolean ok = TRUE;

  if (crop == NULL)
    return TRUE;
  if (!shape.cluster) {
    crop = take_straight (crop);
    shape.framed = sohoa_mark_remove_frame (crop, dpi, &text);
    if (text != NULL)
      tight = pixClipRectangle (crop, text, NULL);
    boxDestroy (&text);
    pixDestroy (&crop);
    if (tight != NULL)
      crop = pixAddBorder (tight, 12, 255);
    pixDestroy (&tight);
  }
  if (crop != NULL && pixGetHeight (crop) > 24 + 10)
    ok = read_crop (s, crop, dpi, &shape, turned, box, error);
  pixDestroy (&crop);
  return ok;
}

gboolean
sohoa_mark_time_left (const SohoaMarkSearch *s, GError **error)
{
  if (g_get_monotonic_time () < s->end)
    return TRUE;
  g_set_error (error, SOHOA_OCR_ERROR, SOHOA_OCR_ERROR_TIMEOUT, "gate: the page took longer than %d ms",
               GATE_LIMIT_MS);
  return FALSE;
}

/* @plain as if its paper were white: pale red on yellowed paper is red again. NULL: it has no colour. */
static PIX *
on_white_paper (PIX *plain)
{
  SohoaInk ink;
  PIX *out = sohoa_ink_measure (plain, &ink) ? pixCopy (NULL, plain) : NULL;

  for (l_int32 y = 0; out != NULL && y < pixGetHeight (out); y++) {
    l_uint32 *row = pixGetData (out) + (gsize) y * pixGetWpl (out);

    for (l_int32 x = 0; x < pixGetWidth (out); x++)
      row[x] = (l_uint32) ink.level[0][row[x] >> 24] << 24 | (l_uint32) ink.level[1][(row[x] >> 16) & 0xff] << 16
               | (l_uint32) ink.level[2][(row[x] >> 8) & 0xff] << 8;
  }
  return out;
}

static PIX *
red_of (PIX *plain)
{
  PIX *red = sohoa_ocr_image_red_mask (plain), *white = red != NULL ? on_white_paper (plain) : NULL;
  PIX *more = white != NULL ? sohoa_ocr_image_red_mask (white) : NULL;

  if (more != NULL)
    pixOr (red, red, more);
  pixDestroy (&more);
  pixDestroy (&white);
  return red;
}

/* Shapes and words of both inks. */
static gboolean
look_at_planes (const Search *s, PIX *plain, double scale, GArray *shapes, GError **error)
{
  PIX *red = red_of (plain), *grey = sohoa_mark_plane (plain, FALSE);
  PIX *even = grey != NULL ? pixBackgroundNorm (grey, NULL, NULL, 16, 24, 60, 40, 220, 2, 2) : NULL;
  PIX *ink = even != NULL ? pixThresholdToBinary (even, FAINT_INK) : NULL;
  gboolean ok = TRUE;

  if (grey != NULL && ink == NULL) /* too small a picture for levelling */
    ink = pixThresholdToBinary (grey, FAINT_INK);
  if (ink == NULL) {
    g_set_error (error, SOHOA_OCR_ERROR, SOHOA_OCR_ERROR_TOO_LARGE, "page picture: out of memory");
    ok = FALSE;
  }
  if (ok && red != NULL) {
    sohoa_shapes_add_frames (red, s->dpi * scale, TRUE, shapes);
    sohoa_shapes_add_red (red, s->dpi * scale, shapes);
    ok = sohoa_mark_find_words (s, red, scale, TRUE, error);
  }
  if (ok) {
    sohoa_shapes_add_frames (ink, s->dpi * scale, FALSE, shapes);
    ok = sohoa_mark_find_words (s, ink, scale, FALSE, error);
  }
  pixDestroy (&red);
  pixDestroy (&grey);
  pixDestroy (&even);
  pixDestroy (&ink);
  return ok;
}

static gboolean
find_shapes (const Search *s, GError **error)
{
  g_autoptr(GArray) shapes = g_array_new (FALSE, FALSE, sizeof (SohoaShape));
  double scale = 1;
  PIX *plain = sohoa_ocr_image_reduced (s->pix, s->dpi, SHAPE_DPI, &scale);
  gboolean ok;

  if (plain == NULL) {
    g_set_error (error, SOHOA_OCR_ERROR, SOHOA_OCR_ERROR_TOO_LARGE, "page picture: out of memory");
    return FALSE;
  }
  ok = look_at_planes (s, plain, scale, shapes, error);
  pixDestroy (&plain);
  g_debug ("gate: %u shapes", shapes->len);
  for (guint i = 0; ok && i < shapes->len; i++)
    ok = sohoa_mark_time_left (s, error) && read_shape (s, g_array_index (shapes, SohoaShape, i), scale, error);
  return ok;
}

static double
shared_part (const SohoaBox *a, const SohoaBox *b)
{
  double w = MIN (a->x + a->w, b->x + b->w) - MAX (a->x, b->x), h = MIN (a->y + a->h, b->y + b->h) - MAX (a->y, b->y);

  return w > 0 && h > 0 ? w * h / MIN (a->w * a->h, b->w * b->h) : 0;
}

/* A word that may stand beside the mark: of the mark itself, or of an urgency stamp. */
gboolean
sohoa_mark_is_company (const char *word)
{
  static const char *const company[] = { "to", "oi", "uy", "yet", "khan", "toc", "hoa", "thuong", "den" };

  for (guint i = 0; i < G_N_ELEMENTS (company); i++)
    if (strstr (word, company[i]) != NULL)
      return TRUE;
  return sohoa_text_count_letters (word) < 2;
}

/* Words that make something else of MẬT: "GIẢI MẬT", "BẢO MẬT", "BÍ MẬT", "HAI MẶT"; "MẬT KHẨU", "MẶT TRẬN". */
static gboolean
is_known_partner (const char *word, gboolean before)
{
  static const char *const left[] = { "giai", "bao", "bi", "hai" };

  if (!before)
    return strlen (word) <= PARTNER_MAX_CHARS && (g_str_has_suffix (word, "ran") || strstr (word, "khau") != NULL);
  for (guint i = 0; i < G_N_ELEMENTS (left); i++)
    if (g_str_equal (word, left[i]))
      return TRUE;
  return FALSE;
}

/* Letters of @word, folded; a stroke that was read as a sign is an I. g_free. */
static char *
bare_word (const char *word)
{
  g_autofree char *folded = sohoa_text_fold (word);
  char *bare = g_strdelimit (g_strdup (folded), "!|1", 'i'), *to = bare;

  for (const char *from = bare; *from != '\0'; from++)
    if (g_ascii_isalpha (*from))
      *to++ = *from;
  *to = '\0';
  return bare;
}

static gboolean
stands_in_phrase (char **words, guint at, double confidence)
{
  const char *sides[2] = { at > 0 ? words[at - 1] : NULL, words[at + 1] };

  for (guint i = 0; i < G_N_ELEMENTS (sides); i++) {
    g_autofree char *bare = sides[i] != NULL ? bare_word (sides[i]) : NULL;

    if (bare != NULL
        && ((confidence >= KNOWN_PHRASE_CONFIDENCE && is_known_partner (bare, i == 0))
            || (confidence >= PHRASE_CONFIDENCE && !sohoa_mark_is_company (bare))))
      return TRUE;
  }
  return FALSE;
}

/* MẬT only as a part of something else: "GIẢI MẬT", "HAI MẶT", "MẶT TRẬN TỔ QUỐC". */
static gboolean
is_phrase (const SohoaMark *mark)
{
  g_auto(GStrv) words = g_strsplit (mark->text, " ", -1);
  gboolean found = FALSE;

  for (guint i = 0; words[i] != NULL; i++) {
    g_autofree char *bare = bare_word (words[i]);

    if (strstr (bare, "mat") == NULL)
      continue;
    if (!stands_in_phrase (words, i, mark->confidence))
      return FALSE;
    found = TRUE;
  }
  return found;
}

/* Is word @i of a header line, in capitals, MẬT as a part of a known phrase? The other words of such a line are the columns
 * beside, so only the known phrases tell. */
static gboolean
is_phrase_word (char **words, guint i, double confidence)
{
  g_autofree char *bare = bare_word (words[i]);
  g_autofree char *left = i > 0 ? bare_word (words[i - 1]) : NULL;
  g_autofree char *right = words[i + 1] != NULL ? bare_word (words[i + 1]) : NULL;

  if (confidence < KNOWN_PHRASE_CONFIDENCE && left != NULL && strlen (left) < LONG_PARTNER_CHARS)
    g_clear_pointer (&left, g_free);
  return g_str_equal (bare, "mat") && g_unichar_isupper (g_utf8_get_char (words[i]))
         && g_unichar_isupper (g_utf8_get_char (g_utf8_next_char (words[i])))
         && ((left != NULL && is_known_partner (left, TRUE)) || (right != NULL && is_known_partner (right, FALSE)));
}

/* Is it another word in capitals, which black print of no certain shape was taken for: "XÃ AN HẢI"? Nothing red or framed is
 * let go for that. */
static gboolean
is_other_word (const SohoaMark *mark, const SohoaMark *line, const char *word)
{
  g_autofree char *bare = bare_word (word);
  gboolean capitals = TRUE;

  for (const char *p = word; *p != '\0'; p = g_utf8_next_char (p))
    capitals &= !g_unichar_islower (g_utf8_get_char (p));
  return capitals && !mark->red && !mark->framed && mark->shape < SOHOA_MARK_SLIP_SHAPE
         && line->confidence >= HEADER_WORD_CONFIDENCE && sohoa_text_count_letters (word) >= HEADER_WORD_MIN_LETTERS
         && !sohoa_mark_is_slip (bare, sohoa_text_count_letters (word));
}

/* What the header's reading says of the place where the shape is. */
static gboolean
is_other_in_header (const SohoaMark *mark, const SohoaMark *line)
{
  g_auto(GStrv) words = g_strsplit (line->text, " ", -1);
  double chars = g_utf8_strlen (line->text, -1), before = 0;
  SohoaBox place = { mark->x, mark->y, mark->w, mark->h }, room = { line->x, line->y, line->w, line->h };

  if (line->confidence < HEADER_PHRASE_CONFIDENCE || line->turn != mark->turn || shared_part (&place, &room) < HEADER_SHARED)
    return FALSE;
  for (guint i = 0; words[i] != NULL; i++) {
    double length = g_utf8_strlen (words[i], -1);
    double middle = line->x + line->w * (before + length / 2) / chars;

    before += length + 1;
    if (fabs (mark->x + mark->w / 2 - middle) < HEADER_AWAY * mark->w
        && (is_phrase_word (words, i, line->confidence) || is_other_word (mark, line, words[i])))
      return TRUE;
  }
  return FALSE;
}

/* A shape of MẬT inside what was read well as a phrase is no mark. */
static gboolean
is_in_phrase (const Search *s, const SohoaMark *mark)
{
  for (guint i = 0; i < s->out->items->len; i++) {
    const SohoaMark *other = g_ptr_array_index (s->out->items, i);

    if (other->header ? is_other_in_header (mark, other)
                      : other->shape <= 0 && other->turn == mark->turn && shared_part (&mark->box, &other->box) > 0.75
                          && is_phrase (other))
      return TRUE;
  }
  return FALSE;
}

/* "QUY CHẾ BẢO MẬT" in red comes as two shapes: the second alone is no mark when its neighbour was read with it. */
static gboolean
is_refuted (const Search *s, const SohoaMark *mark)
{
  if (mark->framed)
    return FALSE;
  for (guint k = 0; k < s->refuted->len; k++)
    if (shared_part (&mark->box, &g_array_index (s->refuted, SohoaBox, k)) > 0.6)
      return TRUE;
  return FALSE;
}

static void
drop_refuted (const Search *s)
{
  for (guint i = s->out->items->len; i > 0; i--) {
    const SohoaMark *mark = g_ptr_array_index (s->out->items, i - 1);

    if (!mark->header && (mark->shape > 0 ? is_in_phrase (s, mark) : is_refuted (s, mark)))
      g_ptr_array_remove_index (s->out->items, i - 1);
  }
}

/* What was read in its frame says more than a shape. */
static void
shapes_last (SohoaMarks *marks)
{
  g_autoptr(GPtrArray) shapes = g_ptr_array_new ();

  for (guint i = marks->items->len; i > 0; i--)
    if (((SohoaMark *) g_ptr_array_index (marks->items, i - 1))->shape > 0)
      g_ptr_array_insert (shapes, 0, g_ptr_array_steal_index (marks->items, i - 1));
  for (guint i = 0; i < shapes->len; i++)
    g_ptr_array_add (marks->items, g_ptr_array_index (shapes, i));
}

gboolean
sohoa_marks_find (SohoaRecogniser *recogniser, PIX *pix, double dpi, gboolean first_page,
                  SohoaMarks **marks, GError **error)
{
  g_autoptr(SohoaMarks) out = sohoa_marks_new ();
  g_autoptr(GArray) refuted = g_array_new (FALSE, FALSE, sizeof (SohoaBox));
  SohoaPageAnalysis analysis;
  Search s = { recogniser, pix, isfinite (dpi) && dpi >= 30 && dpi <= 4800 ? dpi : 200, 0, FALSE,
               g_get_monotonic_time () + (gint64) GATE_LIMIT_MS * 1000, out, refuted };

  *marks = NULL;
  if (!sohoa_page_analyse (first_page ? recogniser : NULL, pix, s.dpi, &analysis, error))
    return FALSE;
  s.turn = out->turn = analysis.rotation;
  s.turn_is_sure = analysis.turn == SOHOA_TURN_UPRIGHT || analysis.turn == SOHOA_TURN_AUTO;
  out->header_asked = first_page;
  out->header_readable = !first_page || analysis.blank;
  if (!analysis.blank && !find_shapes (&s, error))
    return FALSE;
  if (first_page && !analysis.blank && !sohoa_mark_read_header (&s, analysis.skew_deg, error))
    return FALSE;
  drop_refuted (&s);
  shapes_last (out);
  *marks = g_steal_pointer (&out);
  return TRUE;
}
