#include "sohoa-second-look.h"

#include "sohoa-page-analysis.h"
#include "sohoa-reading-order.h"
#include "sohoa-recogniser-private.h"
#include "sohoa-text.h"

#include <math.h>

/* A word read worse than this is looked at again, with its line. */
#define DOUBT 0.70
/* Each look costs: one line in so many, at one scale; lines under a seal at all scales. */
#define DOUBT_LINE_SHARE 10
/* 1-bit print has lost the tips of its marks: more is doubted, and one line in two may be looked at. */
#define BITONAL_DOUBT 0.85
#define BITONAL_LINE_SHARE 2
#define INKED_MAX_LINES 12
/* Red ink of a page with a seal; share of it in a line that is looked at again; seen at this zoom. */
#define SEAL_MIN_MM2 60.0
#define INKED_SHARE 0.02
#define INKED_ZOOM 0.5
/* A line of the piece is so high (ascender to descender), px: other scales than the first reading's. */
static const double line_heights[] = { 44, 64 };
/* Letters of a row of left-over ink, px. */
static const double letter_heights[] = { 24, 34 };
#define PIECE_MARGIN 0.25 /* of the line's height, above and below; at both ends twice */
#define PIECE_MAX_PX (6 * 1000 * 1000)
#define LIMIT_MS 3000
/* Lines of a seal are about so thick. */
#define MEND_MM 1.2
/* Dates stand in italics (NĐ30 Annex I): print made upright again is what the model knows best, tangent. */
static const double slants[] = { 0.2, 0.3 };
#define FIGURES_CONFIDENCE 0.5 /* digits in a place where signs were read */
/* Lines that decide: number, bodies, date stand in the upper part, a name in the right half under a title. */
#define HEAD_SHARE 0.3
#define HEAD_DOUBT 0.88
#define HEAD_MAX_LINES 8
#define DATE_MAX_LINES 2
#define DATE_MAX_WORDS 18
#define NAME_MAX_LINES 3
#define NAME_MAX_WORDS 6
#define NAME_MIN_LETTERS 3
#define NAME_LEFT_SHARE 0.45
#define NAME_MAX_SHARE 0.36  /* of the page's width */
#define BESIDE 0.4           /* of the lower one's height: two lines stand side by side */
#define NAME_REACH 3.5       /* heights of the line: what a seal hid at both ends of a name */
#define MM_PER_INCH 25.4
#define SAME_PLACE 0.3 /* of the narrower word's width */
#define MORE_LETTERS 2 /* a reading of so many more letters may be less sure than a doubtful one */
#define MORE_DOUBT 0.85
#define BETTER 0.03    /* so much surer a new word must be */
#define NEW_CONFIDENCE 0.75
#define NEW_MANY_CONFIDENCE 0.5   /* of LETTERS_MANY letters and hardly another sign */
#define LETTERS_MANY 5
#define NEW_SHORT_CONFIDENCE 0.85 /* of words of one or two letters */
/* A word read worse does not cover its ink. */
#define COVER_CONFIDENCE 0.5
/* Left-over ink: pieces of letter size (of the page's letter height) in rows */
#define LEFT_MAX_ROWS 8
#define LEFT_FIRST_BLOCK 100000 /* after all blocks of the engine */
/* Stamps are put on by hand: so much askew against the page. */
#define STAMP_SKEW_DEG 12.0
#define STAMP_MIN_SKEW_DEG 0.5

typedef struct {
  SohoaRecogniser  *recogniser;
  const SohoaOcrSheet *sheet;
  SohoaPlane        plane;
  gint64            end;
  gboolean          mend; /* strokes hidden by red ink */
  double            slant; /* of italics, tangent; 0 = upright */
} Look;

/* From the turned frame to the archived picture: centre and size of a box. */
static void
unturn (const SohoaOcrSheet *sheet, double *x, double *y, double *w, double *h)
{
  l_int32 W = pixGetWidth (sheet->plain), H = pixGetHeight (sheet->plain);
  guint turn = sheet->analysis->rotation;
  double old_x = *x, old_w = *w;

  if (turn == 90) {
    *x = *y;
    *y = H - old_x;
  } else if (turn == 180) {
    *x = W - *x;
    *y = H - *y;
  } else if (turn == 270) {
    *x = W - *y;
    *y = old_x;
  }
  if (turn % 180 == 90) {
    *w = *h;
    *h = old_w;
  }
}

/* The page's pixels around a point, paper where the page ends; 8 bits, only one plane's ink. */
static PIX *
cut_plane (const Look *look, double x, double y, l_int32 w, l_int32 h)
{
  const SohoaOcrSheet *sheet = look->sheet;
  PIX *cut = pixCreate (w, h, pixGetDepth (sheet->plain)), *plane;

  if (cut == NULL)
    return NULL;
  if (pixGetDepth (cut) > 1)
    pixSetAll (cut);
  pixRasterop (cut, 0, 0, w, h, PIX_SRC, sheet->plain, (l_int32) (x - w / 2.0), (l_int32) (y - h / 2.0));
  if (sheet->ink == NULL)
    plane = pixConvertTo8 (cut, FALSE);
  else if (look->plane == SOHOA_PLANE_RED)
    plane = sohoa_ink_red_plane (cut, sheet->ink);
  else if (look->mend)
    plane = sohoa_ink_mended_plane (cut, sheet->ink, MEND_MM / MM_PER_INCH * sheet->dpi);
  else
    plane = sohoa_ink_black_plane (cut, sheet->ink);
  pixDestroy (&cut);
  return plane;
}

/* Replaces *@pix by what a step made of it; NULL stays NULL. */
static void
take (PIX **pix, PIX *made)
{
  pixDestroy (pix);
  *pix = made;
}

/* A stamp is put on by hand; consumes @piece. */
static PIX *
take_straight (PIX *piece)
{
  PIX *ink = pixThresholdToBinary (piece, 150), *out;
  l_float32 angle = 0, sure = 0, best = 0;

  if (pixFindSkewSweepAndSearchScorePivot (ink, &angle, &sure, &best, 1, 1, 0, STAMP_SKEW_DEG, 1.0, 0.1,
                                           L_SHEAR_ABOUT_CENTER) != 0
      || fabs (angle) < STAMP_MIN_SKEW_DEG)
    angle = 0;
  pixDestroy (&ink);
  if (angle == 0)
    return piece;
  out = pixRotate (piece, angle * G_PI / 180, L_ROTATE_AREA_MAP, L_BRING_IN_WHITE, 0, 0);
  pixDestroy (&piece);
  return out;
}

/* The plane inside a box of the copy, straightened as the copy is, @zoom px for each px of it. */
static PIX *
cut_piece (const Look *look, SohoaBox b, double zoom)
{
  const SohoaOcrSheet *sheet = look->sheet;
  const SohoaOcrFrame *f = &sheet->frame;
  double x = b.x + b.w / 2, y = b.y + b.h / 2, s = fabs (sin (f->angle)), w, h;
  l_int32 out_w = b.w * zoom, out_h = b.h * zoom;
  PIX *pix;
  BOX *box;

  sohoa_ocr_frame_back (f, &x, &y);
  w = (b.w + s * b.h) / f->scale + 2;
  h = (b.h + s * b.w) / f->scale + 2;
  unturn (sheet, &x, &y, &w, &h);
  if (w * h * MAX (1, zoom * zoom * f->scale * f->scale) > PIECE_MAX_PX || out_w < 8 || out_h < 8)
    return NULL;
  pix = cut_plane (look, x, y, w, h);
  if (pix != NULL)
    take (&pix, sohoa_ocr_image_scale (pix, zoom * f->scale));
  if (pix != NULL)
    take (&pix, sohoa_ocr_image_turn (pix, sheet->analysis->rotation));
  if (pix != NULL && f->angle != 0)
    take (&pix, pixRotate (pix, f->angle, L_ROTATE_AREA_MAP, L_BRING_IN_WHITE, 0, 0));
  if (pix != NULL && look->slant != 0)
    take (&pix, pixHShear (NULL, pix, pixGetHeight (pix) / 2, -atan (look->slant), L_BRING_IN_WHITE));
  if (pix == NULL)
    return NULL;
  box = boxCreate (MAX (0, (pixGetWidth (pix) - out_w) / 2), MAX (0, (pixGetHeight (pix) - out_h) / 2), out_w,
                   out_h);
  take (&pix, pixClipRectangle (pix, box, NULL));
  boxDestroy (&box);
  return pix != NULL && look->plane == SOHOA_PLANE_RED && zoom > 1 ? take_straight (pix) : pix;
}

/* Reads one line; words come back in pixels of the copy. NULL when there is nothing. */
static SohoaTextLayer *
read_box (const Look *look, SohoaBox b, double zoom)
{
  const SohoaOcrSheet *sheet = look->sheet;
  PIX *piece = cut_piece (look, b, zoom);
  g_autoptr(SohoaTextLayer) layer = NULL;
  gboolean ok;

  if (piece == NULL)
    return NULL;
  layer = sohoa_text_layer_new (pixGetWidth (piece), pixGetHeight (piece), 300);
  ok = sohoa_recogniser_read_copy (look->recogniser, piece, sheet->dpi * sheet->frame.scale * zoom,
                                   SOHOA_READ_LINE, LIMIT_MS, look->plane, layer, NULL);
  pixDestroy (&piece);
  if (!ok || layer->lines->len == 0)
    return NULL;
  for (guint i = 0; i < layer->lines->len; i++) {
    SohoaLine *line = sohoa_text_layer_peek_line (layer, i);

    line->x0 = line->x0 / zoom + b.x;
    line->x1 = line->x1 / zoom + b.x;
    line->y0 = line->y0 / zoom + b.y;
    line->y1 = line->y1 / zoom + b.y;
    line->height_px /= zoom;
    for (guint k = 0; k < line->words->len; k++) {
      SohoaBox *box = &sohoa_line_peek_word (line, k)->box;

      *box = (SohoaBox) { box->x / zoom + b.x, box->y / zoom + b.y, box->w / zoom, box->h / zoom };
    }
  }
  return g_steal_pointer (&layer);
}

static guint
count_letters (const char *text)
{
  guint n = 0;

  for (; *text != '\0'; text = g_utf8_next_char (text))
    n += g_unichar_isalnum (g_utf8_get_char (text));
  return n;
}

/* Words [from, to) of a line: letters and how sure they are on the average. */
static double
score (const SohoaLine *line, guint from, guint to, guint *letters)
{
  double sum = 0, weight = 0;

  *letters = 0;
  for (guint k = from; k < to; k++) {
    const SohoaWord *word = sohoa_line_peek_word (line, k);
    guint n = count_letters (word->text);

    *letters += n;
    sum += word->confidence * (n + 0.3);
    weight += n + 0.3;
  }
  return weight > 0 ? sum / weight : 0;
}

/* Grows [*from…*to) of @line over all words that stand in [*left, *right]; says whether it grew. */
static gboolean
extend (const SohoaLine *line, guint *to, double *left, double *right)
{
  gboolean grew = FALSE;

  while (*to < line->words->len) {
    const SohoaBox *b = &sohoa_line_peek_word (line, *to)->box;
    double shared = MIN (b->x + b->w, *right) - MAX (b->x, *left);

    if (shared <= SAME_PLACE * MIN (b->w, *right - *left))
      break;
    *left = MIN (*left, b->x);
    *right = MAX (*right, b->x + b->w);
    (*to)++;
    grew = TRUE;
  }
  return grew;
}

/* Digits, or letters that a recogniser takes for them. */
static gboolean
are_figures (const SohoaLine *line, guint from, guint to)
{
  for (guint k = from; k < to; k++) {
    const char *text = sohoa_line_peek_word (line, k)->text;

    if (strspn (text, "0123456789lIoO") != strlen (text))
      return FALSE;
  }
  return from < to;
}

/* "#2", "]]": at most three letters, and a sign among them that no figure holds. */
static gboolean
are_signs (const SohoaLine *line, guint from, guint to)
{
  guint letters = 0, all = 0;

  for (guint k = from; k < to; k++) {
    const char *text = sohoa_line_peek_word (line, k)->text;

    letters += count_letters (text);
    all += (guint) g_utf8_strlen (text, -1);
  }
  return all <= 3 && letters < all;
}

static gboolean
is_better (const SohoaLine *old, guint o0, guint o1, const SohoaLine *new, guint n0, guint n1, gboolean date)
{
  guint old_letters, new_letters;
  double old_score = score (old, o0, o1, &old_letters), new_score = score (new, n0, n1, &new_letters);

  if (n0 == n1)
    return FALSE;
  if (o0 == o1)
    return new_letters > 0 && new_score > (new_letters > 2 ? NEW_CONFIDENCE : NEW_SHORT_CONFIDENCE);
  if (date && are_figures (new, n0, n1) && are_signs (old, o0, o1))
    return new_score > FIGURES_CONFIDENCE;
  if (old_letters == 0 && new_letters > 0)
    return FALSE;
  if (new_letters > old_letters + MORE_LETTERS && old_score < MORE_DOUBT)
    return new_score > NEW_CONFIDENCE; /* what a seal had hidden */
  return new_score > old_score + BETTER && new_letters * 4 >= old_letters * 3;
}

static void
copy_words (SohoaLine *to, const SohoaLine *from, guint a, guint b)
{
  for (; a < b; a++) {
    const SohoaWord *word = sohoa_line_peek_word (from, a);

    sohoa_line_add_word (to, word->text, word->box, word->confidence);
  }
}

/* The engine's boxes of a piece may reach into the lines above and below. */
static void
keep_height (SohoaLine *line, SohoaBox whole)
{
  for (guint k = 0; k < line->words->len; k++) {
    SohoaBox *b = &sohoa_line_peek_word (line, k)->box;
    double top = MAX (b->y, whole.y), bottom = MIN (b->y + b->h, whole.y + whole.h);

    b->y = bottom > top ? top : whole.y;
    b->h = bottom > top ? bottom - top : whole.h;
  }
}

/* Place by place, the surer of two readings of one line; in a @date figures beat signs. */
static void
merge (SohoaLine *old, SohoaLine *new, gboolean date)
{
  g_autoptr(SohoaTextLayer) scratch = sohoa_text_layer_new (1, 1, 300);
  SohoaLine *out = sohoa_text_layer_add_line (scratch, 0, old->plane);
  guint o = 0, n = 0;
  GArray *words;

  keep_height (new, sohoa_line_box (old));
  while (o < old->words->len || n < new->words->len) {
    guint o1 = o, n1 = n;
    double left, right;
    const SohoaBox *a = o < old->words->len ? &sohoa_line_peek_word (old, o)->box : NULL;
    const SohoaBox *b = n < new->words->len ? &sohoa_line_peek_word (new, n)->box : NULL;

    if (b == NULL || (a != NULL && a->x <= b->x)) {
      left = a->x;
      right = a->x + a->w;
      o1++;
    } else {
      left = b->x;
      right = b->x + b->w;
      n1++;
    }
    while (extend (old, &o1, &left, &right) || extend (new, &n1, &left, &right))
      ;
    if (is_better (old, o, o1, new, n, n1, date))
      copy_words (out, new, n, n1);
    else
      copy_words (out, old, o, o1);
    o = o1;
    n = n1;
  }
  words = old->words;
  old->words = out->words;
  out->words = words;
}

static double
least_sure (const SohoaLine *line)
{
  double least = 1;

  for (guint k = 0; k < line->words->len; k++)
    least = MIN (least, sohoa_line_peek_word (line, k)->confidence);
  return least;
}

static SohoaBox
with_margin (SohoaBox b, double height)
{
  double m = PIECE_MARGIN * height;

  return (SohoaBox) { b.x - 2 * m, b.y - m, b.w + 4 * m, b.h + 2 * m };
}

static gboolean
has_red (const Look *look)
{
  return look->plane == SOHOA_PLANE_BLACK && look->sheet->ink != NULL && look->sheet->ink->red > 0;
}

/* Reads a line again at every scale, and once with the strokes mended that red ink hides. */
static void
look_at_line (Look *look, SohoaLine *line, gboolean inked)
{
  SohoaBox box = with_margin (sohoa_line_box (line), line->height_px);
  guint looks = inked ? G_N_ELEMENTS (line_heights) + 1 : 1;

  for (guint k = 0; k < looks && g_get_monotonic_time () < look->end; k++) {
    g_autoptr(SohoaTextLayer) again = NULL;

    look->mend = k == G_N_ELEMENTS (line_heights);
    again = read_box (look, box, line_heights[k % G_N_ELEMENTS (line_heights)] / MAX (line->height_px, 4));
    if (again != NULL)
      merge (line, sohoa_text_layer_peek_line (again, 0), look->slant != 0);
  }
  look->mend = FALSE;
}

/* Takes what another look at the box was surer of; @zoom: px of the piece per px of the copy. */
static void
look_at_box (const Look *look, SohoaLine *line, SohoaBox box, double zoom)
{
  g_autoptr(SohoaTextLayer) again = g_get_monotonic_time () < look->end ? read_box (look, box, zoom) : NULL;

  if (again != NULL)
    merge (line, sohoa_text_layer_peek_line (again, 0), look->slant != 0);
}

static gboolean
line_matches (const SohoaLine *line, const char *pattern)
{
  g_autofree char *text = sohoa_line_text (line);
  g_autofree char *fold = sohoa_text_fold (text);

  return g_regex_match_simple (pattern, fold, 0, 0);
}

/* "Hà Nội, ngày 05 tháng 9 năm 2025", a line of its own or the right one of the header. */
static gboolean
is_date_line (const SohoaLine *line)
{
  return line->words->len <= DATE_MAX_WORDS
         && line_matches (line, "n[a-z]{1,3}[yuv].{0,12}th.{0,2}ng.{0,10}n.m.{0,3}[12]\\S{2,5}\\W*$");
}

static void
look_at_date (Look *look, SohoaLine *line)
{
  SohoaBox box = with_margin (sohoa_line_box (line), line->height_px);

  for (guint k = 0; k < G_N_ELEMENTS (slants); k++) {
    look->slant = slants[k];
    look_at_box (look, line, box, line_heights[k % G_N_ELEMENTS (line_heights)] / MAX (line->height_px, 4));
  }
  look->slant = 0;
}

/* A short line in capitals and small letters that stands by itself in the right half: the name under a title. */
static gboolean
is_name_line (const Look *look, const SohoaLine *line)
{
  double width = 2 * look->sheet->frame.cx;
  SohoaBox b = sohoa_line_box (line);
  g_autofree char *text = sohoa_line_text (line);
  guint capitals = 0, small = 0, digits = 0;

  if (line->words->len > NAME_MAX_WORDS || b.x < width * NAME_LEFT_SHARE || b.w > width * NAME_MAX_SHARE
      || g_str_has_suffix (text, ";") || g_str_has_suffix (text, ":"))
    return FALSE;
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);

    capitals += g_unichar_isupper (c) ? 1 : 0;
    small += g_unichar_islower (c) ? 1 : 0;
    digits += g_unichar_isdigit (c) ? 1 : 0;
  }
  return capitals + small >= NAME_MIN_LETTERS && small > capitals && digits < 2;
}

/* Nothing else stands beside the line inside @box. */
static gboolean
stands_alone (const SohoaTextLayer *layer, const SohoaLine *line, SohoaBox box)
{
  for (guint i = 0; i < layer->lines->len; i++) {
    const SohoaLine *other = sohoa_text_layer_peek_line (layer, i);
    SohoaBox b = sohoa_line_box (other);
    g_autofree char *text = sohoa_line_text (other);

    if (other != line && count_letters (text) > 1 && MIN (b.x + b.w, box.x + box.w) > MAX (b.x, box.x)
        && MIN (b.y + b.h, box.y + box.h) - MAX (b.y, box.y) > BESIDE * MIN (b.h, box.h))
      return FALSE;
  }
  return TRUE;
}

/* The seal lies over one end of the name: the place is read wider than what was found of it. */
static void
look_at_name (Look *look, const SohoaTextLayer *layer, SohoaLine *line)
{
  double reach = NAME_REACH * line->height_px;
  SohoaBox narrow = with_margin (sohoa_line_box (line), line->height_px);
  SohoaBox box = { narrow.x - reach, narrow.y, narrow.w + 2 * reach, narrow.h };

  if (!stands_alone (layer, line, box))
    box = narrow;
  for (guint k = 0; k < G_N_ELEMENTS (line_heights) * (has_red (look) ? 2 : 1); k++) {
    look->mend = k >= G_N_ELEMENTS (line_heights);
    look_at_box (look, line, box, line_heights[k % G_N_ELEMENTS (line_heights)] / MAX (line->height_px, 4));
  }
  look->mend = FALSE;
}

/* The page begins a document: Quốc hiệu, its motto or the Party's title stands on it. */
static gboolean
has_title (const SohoaTextLayer *layer, double bottom)
{
  for (guint i = 0; i < layer->lines->len; i++) {
    const SohoaLine *line = sohoa_text_layer_peek_line (layer, i);

    if (sohoa_line_box (line).y < bottom && line_matches (line, "c.ng h.a xa h.i|doc l.p . t. do|d.ng c.ng s.n viet"))
      return TRUE;
  }
  return FALSE;
}

/* The lines that the record stands on are read again even when they seem good. */
static void
look_at_deciding (Look *look, SohoaTextLayer *layer)
{
  double bottom = 2 * look->sheet->frame.cy * HEAD_SHARE, right = 2 * look->sheet->frame.cx * NAME_LEFT_SHARE;
  gboolean head = has_title (layer, bottom);
  guint dates = 0, heads = 0, names = 0;

  for (guint i = 0; i < layer->lines->len && look->plane == SOHOA_PLANE_BLACK; i++) {
    SohoaLine *line = sohoa_text_layer_peek_line (layer, i);
    SohoaBox b = sohoa_line_box (line);

    if (b.h < 4)
      continue;
    if (dates < DATE_MAX_LINES && (b.y < bottom || b.x > right) && is_date_line (line)) {
      dates++;
      look_at_date (look, line);
    } else if (head && heads < HEAD_MAX_LINES && b.y < bottom && least_sure (line) < HEAD_DOUBT) {
      heads++;
      look_at_line (look, line, FALSE);
    }
  }
  for (guint i = layer->lines->len; i > 0 && names < NAME_MAX_LINES; i--)
    if (is_name_line (look, sohoa_text_layer_peek_line (layer, i - 1))) {
      names++;
      look_at_name (look, layer, sohoa_text_layer_peek_line (layer, i - 1));
    }
}

/* Print under a seal or a signature is looked at again however sure the first reading was. */
static gboolean
is_inked_over (const Look *look, const SohoaLine *line)
{
  SohoaBox b = with_margin (sohoa_line_box (line), line->height_px);
  Look red = *look;
  l_int32 dark = 0;
  PIX *piece, *mask;

  if (!has_red (look) || look->sheet->analysis->red_mm2 < SEAL_MIN_MM2)
    return FALSE;
  red.plane = SOHOA_PLANE_RED;
  piece = cut_piece (&red, b, INKED_ZOOM);
  if (piece == NULL)
    return FALSE;
  mask = pixThresholdToBinary (piece, 160);
  pixCountPixels (mask, &dark, NULL);
  pixDestroy (&mask);
  pixDestroy (&piece);
  return dark > INKED_SHARE * b.w * b.h * INKED_ZOOM * INKED_ZOOM;
}

static void
look_at_doubts (Look *look, SohoaTextLayer *layer)
{
  gboolean bitonal = pixGetDepth (look->sheet->plain) == 1;
  guint doubts = 0, inked = 0, most = 2 + layer->lines->len / (bitonal ? BITONAL_LINE_SHARE : DOUBT_LINE_SHARE);
  double doubt = bitonal ? BITONAL_DOUBT : DOUBT;

  for (guint i = 0; i < layer->lines->len; i++) {
    SohoaLine *line = sohoa_text_layer_peek_line (layer, i);

    if (sohoa_line_box (line).h < 4)
      continue;
    if (inked < INKED_MAX_LINES && is_inked_over (look, line)) {
      inked++;
      look_at_line (look, line, TRUE);
    } else if (doubts < most && least_sure (line) < doubt) {
      doubts++;
      look_at_line (look, line, FALSE);
    }
  }
}

static void
wipe_words (PIX *ink, const SohoaTextLayer *layer)
{
  for (guint i = 0; i < layer->lines->len; i++) {
    const SohoaLine *line = sohoa_text_layer_peek_line (layer, i);

    for (guint k = 0; k < line->words->len; k++) {
      const SohoaWord *word = sohoa_line_peek_word (line, k);
      SohoaBox b = word->box;
      double m = 0.15 * line->height_px;

      if (count_letters (word->text) == 0 || word->confidence < COVER_CONFIDENCE)
        continue;
      pixRasterop (ink, b.x - m, b.y - m, b.w + 2 * m, b.h + 2 * m, PIX_CLR, NULL, 0, 0);
    }
  }
}

static double
letter_height (const SohoaTextLayer *layer, const SohoaOcrSheet *sheet)
{
  double sum = 0;

  if (sheet->analysis->text_height_px > 0)
    return sheet->analysis->text_height_px * sheet->frame.scale;
  for (guint i = 0; i < layer->lines->len; i++)
    sum += sohoa_text_layer_peek_line (layer, i)->height_px * 0.55;
  return layer->lines->len > 0 ? sum / layer->lines->len : 14;
}

/* Rows of letter-sized ink that no word covers. */
static BOXA *
left_over (PIX *ink, SohoaPlane plane, const SohoaTextLayer *layer, double letter)
{
  PIX *rest = pixCopy (NULL, ink), *letters, *big, *rows;
  BOXA *all, *out;

  wipe_words (rest, layer);
  letters = pixSelectBySize (rest, 4 * letter, 2.6 * letter, 8, L_SELECT_IF_BOTH, L_SELECT_IF_LTE, NULL);
  big = pixSelectBySize (letters, letter * 0.3, letter * 0.6, 8, L_SELECT_IF_EITHER, L_SELECT_IF_GTE, NULL);
  /* a name stamp lies askew */
  rows = pixCloseSafeBrick (NULL, big, MAX (3, letter * 1.2),
                            plane == SOHOA_PLANE_RED ? MAX (1, letter * 0.4) : 1);
  all = pixConnCompBB (rows, 8);
  out = boxaSelectBySize (all, letter * 0.3, letter * 0.7, L_SELECT_IF_BOTH, L_SELECT_IF_GTE, NULL);
  pixDestroy (&rest);
  pixDestroy (&letters);
  pixDestroy (&big);
  pixDestroy (&rows);
  boxaDestroy (&all);
  return out;
}

/* Doubtful words of letters alone are worth more than none; strokes of a pen give signs, or few letters. */
static gboolean
is_text (const SohoaLine *line)
{
  guint letters, signs = 0;
  double sure = score (line, 0, line->words->len, &letters);

  for (guint k = 0; k < line->words->len; k++)
    signs += g_utf8_strlen (sohoa_line_peek_word (line, k)->text, -1);
  if (letters <= 2)
    return letters > 0 && sure > NEW_SHORT_CONFIDENCE && signs <= letters + 1;
  return sure > NEW_CONFIDENCE
         || (letters >= LETTERS_MANY && sure > NEW_MANY_CONFIDENCE && signs <= letters + 2);
}

/* The surer of two readings of a row of left-over ink, at two scales; NULL when none is text. */
static SohoaTextLayer *
read_row (const Look *look, SohoaBox row, double letter)
{
  g_autoptr(SohoaTextLayer) best = NULL;
  double sure = 0;

  for (guint k = 0; k < G_N_ELEMENTS (letter_heights); k++) {
    double margin = letter * (k % 2 == 0 ? 0.5 : 0.3), now;
    SohoaBox box = { row.x - letter, row.y - margin, row.w + 2 * letter, row.h + 2 * margin };
    g_autoptr(SohoaTextLayer) again = read_box (look, box, letter_heights[k] / letter);
    SohoaLine *line = again != NULL ? sohoa_text_layer_peek_line (again, 0) : NULL;
    guint letters;

    if (line == NULL || !is_text (line))
      continue;
    now = score (line, 0, line->words->len, &letters);
    if (now > sure) {
      sohoa_text_layer_free (best);
      best = g_steal_pointer (&again);
      sure = now;
    }
  }
  return g_steal_pointer (&best);
}

static gboolean
look_at_left_over (const Look *look, PIX *ink, SohoaTextLayer *layer)
{
  double letter = letter_height (layer, look->sheet);
  BOXA *boxes = left_over (ink, look->plane, layer, letter);
  BOXA *rows = boxaSort (boxes, L_SORT_BY_WIDTH, L_SORT_DECREASING, NULL);
  guint block = LEFT_FIRST_BLOCK;
  gboolean found = FALSE;
  guint n = MIN (boxaGetCount (rows), LEFT_MAX_ROWS);

  for (guint i = 0; i < n && g_get_monotonic_time () < look->end; i++) {
    l_int32 x, y, w, h;
    g_autoptr(SohoaTextLayer) fresh = NULL;
    SohoaLine *line, *added;

    boxaGetBoxGeometry (rows, i, &x, &y, &w, &h);
    fresh = read_row (look, (SohoaBox) { x, y, w, h }, letter);
    if (fresh == NULL)
      continue;
    line = sohoa_text_layer_peek_line (fresh, 0);
    added = sohoa_text_layer_add_line (layer, ++block, look->plane);
    added->x0 = line->x0;
    added->x1 = line->x1;
    added->y0 = line->y0;
    added->y1 = line->y1;
    added->height_px = line->height_px;
    copy_words (added, line, 0, line->words->len);
    found = TRUE;
  }
  boxaDestroy (&boxes);
  boxaDestroy (&rows);
  return found;
}

void
sohoa_second_look (SohoaRecogniser *self, const SohoaOcrSheet *sheet, PIX *ink, SohoaPlane plane, gint64 end,
                   SohoaTextLayer *layer)
{
  Look look = { self, sheet, plane, end, FALSE, 0 };

  look_at_doubts (&look, layer);
  if (ink != NULL && look_at_left_over (&look, ink, layer))
    sohoa_reading_order_apply (layer);
  look_at_deciding (&look, layer);
}
