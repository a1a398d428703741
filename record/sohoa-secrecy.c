#include "sohoa-secrecy.h"

#include "sohoa-text.h"

#include <string.h>

/* Fractions of the upright page. ô 10a is at .19 of the type area; stamps wander, so the zone is wide. */
#define ZONE_TOP 0.02
#define ZONE_BOTTOM 0.50
#define LAYER_ZONE_BOTTOM 0.45
/* A mark on its own line of the text layer leaves the rest of its band empty, at least so much of the page
 * width, or lies in the left column where ô 10a is. */
#define MARK_MAX_CHARS 16 /* of the folded text without spaces; longer text is no mark */
#define DIRTY_MAX_CHARS 3 /* frame debris read as letters around a mark */
#define LOST_CONFIDENCE 0.35 /* below it a framed red shape's text says nothing */
#define LOST_MAX_LETTERS 16
#define SHAPE_DROWNED 0.86
#define FACE_CONFIDENCE 0.85
#define REASON_FRAME "unreadable-frame"
/* The arrival stamp: a red box of several lines in which ĐẾN was read so well. */
#define STAMP_CONFIDENCE 0.5
#define STAMP_HEIGHTS 2.0
#define BOX_SLACK 0.006 /* of the page */
#define SHAPE_SURE 0.905      /* ink that looks so much like MẬT needs a person when it cannot be read */

/* Letters and digits of the folded text only, upper case slips of OCR undone: "|M4T|" → "mat". */
static char *
skeleton (const char *text)
{
  g_autofree char *folded = sohoa_text_fold (text);
  GString *out = g_string_new (NULL);

  for (const char *p = folded; *p != '\0'; p++) {
    char c = *p;

    if (c == '0')
      c = 'o';
    else if (c == '4')
      c = 'a';
    else if (c == '1' || c == '!' || c == '|')
      c = 'i';
    else if (c == '7')
      c = 't';
    if (g_ascii_isalpha (c))
      g_string_append_c (out, c);
    else if ((guchar) c >= 0x80)
      g_string_append_c (out, '?');
  }
  return g_string_free (out, FALSE);
}

static gboolean
is_upper_text (const char *text)
{
  guint upper = 0, lower = 0;

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);

    upper += g_unichar_isupper (c) ? 1 : 0;
    lower += g_unichar_islower (c) ? 1 : 0;
  }
  return upper > lower;
}

/* What surrounds the mark may be frame lines read as I, l, L, T, i; beside the long words, which nothing else
 * gives, anything short. */
static gboolean
is_debris (const char *text, gsize length, gboolean any)
{
  if (length > DIRTY_MAX_CHARS)
    return FALSE;
  for (gsize i = 0; i < length; i++)
    if (!any && strchr ("il?j", text[i]) == NULL)
      return FALSE;
  return TRUE;
}

/* Only these slips stand for the words; each entry was chosen because no ordinary short line gives it. */
static const struct {
  const char *mark;
  const char *skeletons[17];
} table[] = {
  { "TUYỆT MẬT", { "tuyetmat", "tuyetmai", "tuyetmal", "tuyetmrt", "tuvetmat", "tuyermat", "luyetmat", "iuyetmat",
                   "tuyetnat", "tuyenmat", "tuyelmat", "tuyeimat", "tuyetma", "uyetmat", "ruyetmat", "tuyefmat", NULL } },
  { "TỐI MẬT", { "toimat", "tolmat", "tojmat", "totmat", "ioimat", "loimat", "roimat", "toimal", "toimai", "toima",
                 "tomat", "oimat", "ftoimat", "toinat", NULL } },
  { "MẬT", { "mat", "mal", "mai", "maf", "maat", "nat", "mrt", NULL } },
};

static const char *
find_mark (const char *bare)
{
  gsize length = strlen (bare);

  if (length == 0 || length > MARK_MAX_CHARS)
    return NULL;
  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    for (guint k = 0; table[i].skeletons[k] != NULL; k++) {
      const char *word = table[i].skeletons[k];
      const char *at = strstr (bare, word);

      /* the doubtful slips of the short word need a clean surrounding */
      if (at == NULL || (i == 2 && k > 0 && length != strlen (word)))
        continue;
      if (is_debris (bare, at - bare, i < 2 && k == 0)
          && is_debris (at + strlen (word), strlen (at + strlen (word)), i < 2 && k == 0))
        return table[i].mark;
    }
  return NULL;
}

const char *
sohoa_secrecy_mark_of (const char *text)
{
  g_autofree char *bare = skeleton (text);
  g_autofree char *without = g_strdelimit (g_strdup (text), "!|", ' '); /* a pen's strokes between the words: "TUYỆT! MẬT" */
  g_autofree char *rest = skeleton (without);
  const char *mark;

  if (!is_upper_text (text))
    return NULL;
  mark = find_mark (bare);
  return mark != NULL ? mark : find_mark (rest);
}

/* "MAI", "NAT", "MAL" are a mark only where a mark is drawn as one. */
static gboolean
is_certain_word (const char *text)
{
  g_autofree char *bare = skeleton (text);

  return strstr (bare, "mat") != NULL;
}

static gboolean
in_zone (const SohoaMarkText *m)
{
  double middle = m->y + m->h / 2;

  return middle >= ZONE_TOP && middle <= ZONE_BOTTOM;
}

/* Other marks of the law that stand in frames: they make a frame harmless (domain.md 4.3). */
static gboolean
is_other_mark (const char *text)
{
  static const char *const others[] = { "hoatoc", "hoatochengio", "thuongkhan", "khan", "luuhanhnoibo",
                                        "xemxongtralai", "giaimat", "den", "saoy", "saoluc", "trichsao",
                                        "congvanden", "duthao", "tailieuthuhoi" };
  g_autofree char *bare = skeleton (text);

  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    if (strstr (bare, others[i]) != NULL && strlen (bare) <= strlen (others[i]) + DIRTY_MAX_CHARS + 12)
      return TRUE;
  return FALSE;
}

/* Half of the mark is legible: "MẬ", "TUYỆT", "TỐI M". */
static gboolean
is_torn_mark (const char *text)
{
  static const char *const torn[] = { "tuyet", "tuyetm", "yetmat", "toim", "etmat", "uyetm" };
  g_autofree char *bare = skeleton (text);

  for (guint i = 0; i < G_N_ELEMENTS (torn); i++)
    if (g_str_equal (bare, torn[i]))
      return TRUE;
  return FALSE;
}

/* Length of the longest common subsequence of two short texts. */
static guint
common_letters (const char *a, const char *b)
{
  guint row[LOST_MAX_LETTERS + 1] = { 0 };
  gsize n = MIN (strlen (b), LOST_MAX_LETTERS);

  for (; *a != '\0'; a++) {
    guint corner = 0;

    for (gsize k = 1; k <= n; k++) {
      guint above = row[k];

      row[k] = *a == b[k - 1] ? corner + 1 : MAX (row[k], row[k - 1]);
      corner = above;
    }
  }
  return row[n];
}

/* Could these badly read letters have been a mark? */
static gboolean
resembles_mark (const char *text)
{
  static const char *const marks[] = { "tuyetmat", "toimat", "mat" };
  g_autofree char *bare = skeleton (text);
  gsize length = strlen (bare);

  for (guint i = 0; i < G_N_ELEMENTS (marks); i++) {
    gsize wanted = strlen (marks[i]);

    if (length + 2 >= wanted && length <= wanted + 3 && common_letters (bare, marks[i]) * 10 >= wanted * 6)
      return TRUE;
  }
  return FALSE;
}

/* MẬT itself is legible, and the word before it is what is left of TUYỆT or TỐI among other people's strokes:
 * "15 3uYỆtT MẬT 6/5". */
static gboolean
is_spoiled_mark (const char *text)
{
  static const char *const first_words[] = { "tuyet", "toi" };
  g_autofree char *bare = skeleton (text);
  g_auto(GStrv) words = g_strsplit (text, " ", -1);

  if (strlen (bare) > MARK_MAX_CHARS)
    return FALSE;
  for (guint i = 1; words[0] != NULL && words[i] != NULL; i++) {
    g_autofree char *before = strcmp (words[i], "MẬT") == 0 ? skeleton (words[i - 1]) : NULL;

    for (guint k = 0; before != NULL && k < G_N_ELEMENTS (first_words); k++) {
      gsize wanted = strlen (first_words[k]);

      if (strlen (before) <= wanted + 2 && common_letters (before, first_words[k]) * 10 >= wanted * 6)
        return TRUE;
    }
  }
  return FALSE;
}

/* What is left of TUYỆT MẬT in a seal's own red: "TUWẾ](M¿_". The ink looked like MẬT too. */
static gboolean
is_drowned_mark (const SohoaMarkText *m, const char *text)
{
  g_autofree char *bare = skeleton (text);
  gsize length = strlen (bare);

  return m->red && m->shape >= SHAPE_DROWNED && m->confidence < LOST_CONFIDENCE && length >= 5 && length <= 11
         && bare[0] == 't' && common_letters (bare, "tuyetmat") >= 4;
}

/* MẶT is a word of its own ("răng hàm mặt"). Where a mark stands, and as it is drawn, it is a slip of the recogniser. */
static gboolean
is_face (const SohoaMarkText *m, const char *text)
{
  return m->confidence >= FACE_CONFIDENCE && (strstr (text, "MẶT") != NULL || strstr (text, "MẮT") != NULL);
}

static SohoaSecrecyVerdict
judge (const SohoaMarkText *m)
{
  const SohoaSecrecyVerdict clear = { SOHOA_SECRECY_CLEAR, "", "" };
  const char *text = m->text != NULL ? m->text : "";
  const char *mark = sohoa_secrecy_mark_of (text);
  gboolean drawn = m->framed || m->red || m->shape >= SHAPE_SURE;

  if (mark != NULL && (drawn || (is_certain_word (text) && in_zone (m))))
    return (SohoaSecrecyVerdict) { SOHOA_SECRECY_MARKED, mark, "mark" };
  if (mark != NULL && is_certain_word (text) && !is_face (m, text))
    return (SohoaSecrecyVerdict) { SOHOA_SECRECY_UNSURE, "", "unreadable-mark" };
  if ((in_zone (m) && is_spoiled_mark (text)) || is_drowned_mark (m, text))
    return (SohoaSecrecyVerdict) { SOHOA_SECRECY_UNSURE, "", "unreadable-mark" };
  if (!drawn || is_other_mark (text))
    return clear;
  if (m->shape >= SHAPE_SURE)
    return (SohoaSecrecyVerdict) { SOHOA_SECRECY_UNSURE, "", "lost-mark" };
  if (is_torn_mark (text))
    return (SohoaSecrecyVerdict) { SOHOA_SECRECY_UNSURE, "", "lost-mark" };
  /* a red rectangle of a mark's size whose letters cannot be read for certain */
  if (m->framed && m->red && in_zone (m)
      && (text[0] == '\0' || (m->confidence < LOST_CONFIDENCE && resembles_mark (text))))
    return (SohoaSecrecyVerdict) { SOHOA_SECRECY_UNSURE, "", REASON_FRAME };
  return clear;
}

static gboolean
lies_inside (const SohoaMarkText *m, const SohoaMarkText *room)
{
  return m->x >= room->x - BOX_SLACK && m->y >= room->y - BOX_SLACK && m->x + m->w <= room->x + room->w + BOX_SLACK
         && m->y + m->h <= room->y + room->h + BOX_SLACK && m->h * STAMP_HEIGHTS <= room->h;
}

/* A cell of the arrival stamp (domain.md 4.3), in which a person wrote: "Chuyển: …" has the size of a mark's frame. */
static gboolean
is_cell_of_arrival_stamp (const SohoaMarkText *m, const SohoaMarkText *marks, gsize n_marks)
{
  for (gsize i = 0; i < n_marks; i++) {
    g_autofree char *bare = marks[i].red && marks[i].turn == m->turn && marks[i].confidence >= STAMP_CONFIDENCE
                                && marks[i].text != NULL && lies_inside (m, &marks[i])
                              ? skeleton (marks[i].text)
                              : NULL;

    if (bare != NULL && g_str_equal (bare, "den"))
      return TRUE;
  }
  return FALSE;
}

SohoaMarkText
sohoa_mark_text_of (const SohoaMark *mark)
{
  return (SohoaMarkText) { .text = mark->text, .framed = mark->framed, .red = mark->red, .turn = mark->turn,
                           .confidence = mark->confidence, .shape = mark->shape, .x = mark->x, .y = mark->y, .w = mark->w, .h = mark->h };
}

SohoaSecrecyVerdict
sohoa_secrecy_verdict (const SohoaMarkText *marks, gsize n_marks, gboolean header_readable, gboolean first_page)
{
  SohoaSecrecyVerdict worst = { SOHOA_SECRECY_CLEAR, "", "" };

  for (gsize i = 0; i < n_marks; i++) {
    SohoaSecrecyVerdict one = judge (&marks[i]);

    if (one.verdict == SOHOA_SECRECY_MARKED)
      return one;
    if (one.verdict == SOHOA_SECRECY_UNSURE
        && !(g_str_equal (one.reason, REASON_FRAME) && is_cell_of_arrival_stamp (&marks[i], marks, n_marks)))
      worst = one;
  }
  if (worst.verdict == SOHOA_SECRECY_CLEAR && first_page && !header_readable)
    return (SohoaSecrecyVerdict) { SOHOA_SECRECY_UNSURE, "", "unreadable-header" };
  return worst;
}

/* A run of words with wide gaps on both sides: header columns come as one line. */
static const char *
mark_in_line (const SohoaLine *line)
{
  g_autoptr(GString) run = g_string_new (NULL);
  const SohoaWord *last = NULL;
  const char *mark = NULL;

  for (guint i = 0; i <= line->words->len && mark == NULL; i++) {
    const SohoaWord *word = i < line->words->len ? sohoa_line_peek_word (line, i) : NULL;

    if (last != NULL
        && (word == NULL || word->box.x - (last->box.x + last->box.w) > 2 * MAX (last->box.h, word->box.h))) {
      if (is_certain_word (run->str))
        mark = sohoa_secrecy_mark_of (run->str);
      g_string_truncate (run, 0);
    }
    if (word != NULL)
      g_string_append_printf (run, "%s%s", run->len > 0 ? " " : "", word->text);
    last = word;
  }
  return mark;
}

SohoaSecrecyVerdict
sohoa_secrecy_from_layer (const SohoaTextLayer *layer)
{
  SohoaSecrecyVerdict verdict = { SOHOA_SECRECY_CLEAR, "", "" };

  if (layer == NULL)
    return verdict;
  for (guint i = 0; i < layer->lines->len && verdict.mark[0] == '\0'; i++) {
    const SohoaLine *line = sohoa_text_layer_peek_line (layer, i);
    SohoaBox box = sohoa_line_box (line);
    const char *mark;

    if (layer->height_px > 0 && box.y + box.h / 2 > layer->height_px * LAYER_ZONE_BOTTOM)
      continue;
    mark = mark_in_line (line);
    if (mark != NULL)
      verdict = (SohoaSecrecyVerdict) { SOHOA_SECRECY_MARKED, mark, "mark" };
  }
  return verdict;
}

const char *
sohoa_secrecy_to_string (SohoaSecrecy verdict)
{
  switch (verdict) {
  case SOHOA_SECRECY_CLEAR: return "clear";
  case SOHOA_SECRECY_MARKED: return "marked";
  case SOHOA_SECRECY_UNSURE: return "unsure";
  }
  return "unsure";
}
