/* Number and symbol (ô 3), date of issue (ô 4). Most of them are written by hand: what does not look printed
 * in height, base line and the recogniser's certainty is never claimed. */
#include "sohoa-extract-private.h"

#include "sohoa-text.h"
#include "sohoa-time.h"

#include <math.h>
#include <string.h>

/* Height of a word as multiple of a printed digit's height. */
#define PRINTED_MAX 1.19        /* digits alone; handwriting starts at about 1.3 */
#define PRINTED_MIN 0.80
#define PRINTED_MAX_JOINED 1.30 /* digits and symbol in one word: slash and Q reach further */
#define PRINTED_MAX_LOOSE 1.38  /* the same, when the recogniser is sure */
#define SURE_LOOSE 0.80
/* Word confidence of the recogniser, 0…1. */
#define SURE_DIGITS 0.70
#define SURE_JOINED 0.68
#define SURE_GLUED 0.88  /* digits in one word with "Số:", "ngày": their height cannot be seen */
#define SURE_SYMBOL 0.55 /* of a symbol half of whose groups are known */
#define HAND_DOUBT 0.60  /* below it, and no height to judge by: taken for handwriting */
#define HAND_UNREAD 0.40 /* below it: taken for handwriting although it is as high as print */
#define FEWER_MIN_LETTERS 5 /* of a group of the symbol, to leave one out */
/* Width of a printed digit as multiple of its height: wider, and digits were left out; narrower, and some were added. */
#define DIGIT_WIDE 1.0
#define DIGIT_NARROW 0.4
#define FIRST_YEAR 1945
#define LAST_YEAR 2100

#define CLAIM_PRINTED 0.96
#define DOUBT_PRINTED 0.70
#define DOUBT_HAND 0.30

/* A row as one text, each byte knowing its word. */
typedef struct {
  GString *text; /* (owned) folded or plain */
  GArray  *word; /* (owned) (element-type guint) of each byte */
} Strip;

static Strip
strip_new (const SohoaRow *row, gboolean folded)
{
  Strip strip = { g_string_new (NULL), g_array_new (FALSE, FALSE, sizeof (guint)) };

  for (guint i = 0; i < row->tokens->len; i++) {
    const SohoaToken *t = g_ptr_array_index (row->tokens, i);

    if (i > 0)
      g_string_append_c (strip.text, ' ');
    g_string_append (strip.text, folded ? t->fold : t->text);
    while (strip.word->len < strip.text->len)
      g_array_append_val (strip.word, i);
  }
  return strip;
}

static void
strip_clear (Strip *strip)
{
  g_string_free (strip->text, TRUE);
  g_array_unref (strip->word);
}

/* Words that bytes @from … @to touch. */
static GPtrArray *
strip_tokens (const Strip *strip, const SohoaRow *row, int from, int to)
{
  GPtrArray *tokens = g_ptr_array_new ();
  guint last = G_MAXUINT;

  for (int i = from; i < to; i++) {
    guint word = g_array_index (strip->word, guint, i);

    if (word != last && strip->text->str[i] != ' ')
      g_ptr_array_add (tokens, g_ptr_array_index (row->tokens, word));
    last = strip->text->str[i] != ' ' ? word : last;
  }
  return tokens;
}

/* Signs that print is never taken for: strokes of a pen. */
static gboolean
has_strokes (const char *text)
{
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);

    if (c >= 128 || (!g_ascii_isdigit ((char) c) && strchr ("lIOo|]S .:,-", (int) c) == NULL))
      return TRUE;
  }
  return FALSE;
}

/* Digits of @text with look-alike letters turned into digits; *clean_out: nothing had to be turned or left
 * out. g_free. */
static char *
digits_of (const char *text, gboolean *clean_out)
{
  static const char from[] = "OoQDlI|!]SsBZzgq", to[] = "0000111115582299";
  GString *out = g_string_new (NULL);

  *clean_out = TRUE;
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);
    const char *at = c < 128 ? strchr (from, (int) c) : NULL;

    if (c == 0x160) { /* "Š": what an italic 8 is read as */
      g_string_append_c (out, '8');
      *clean_out = FALSE;
      continue;
    }

    if (c < 128 && g_ascii_isdigit ((char) c))
      g_string_append_c (out, (char) c);
    else if (at != NULL) {
      g_string_append_c (out, to[at - from]);
      *clean_out = FALSE;
    } else if (c != ' ')
      *clean_out = FALSE;
  }
  return g_string_free (out, FALSE);
}

static double
least_confidence (GPtrArray *tokens)
{
  double least = 1;

  for (guint i = 0; i < tokens->len; i++)
    least = MIN (least, ((SohoaToken *) tokens->pdata[i])->confidence);
  return tokens->len > 0 ? least : 0;
}

static gboolean
is_all_digits (const char *text)
{
  return text[0] != '\0' && strspn (text, "0123456789") == strlen (text);
}

typedef enum { LOOK_PRINTED, LOOK_DOUBTFUL, LOOK_HAND } Look;

/* How a run of digits looks: @tokens hold it, maybe with more in the same word. */
static Look
look_of_digits (GPtrArray *tokens, double digit_h, gboolean joined, gboolean glued)
{
  double sure = least_confidence (tokens);
  double high = 0, low = G_MAXDOUBLE;

  for (guint i = 0; i < tokens->len; i++) {
    const SohoaToken *t = g_ptr_array_index (tokens, i);

    high = MAX (high, t->h);
    low = MIN (low, t->h);
  }
  if (digit_h <= 0 || tokens->len == 0)
    return sure < HAND_DOUBT ? LOOK_HAND : LOOK_DOUBTFUL;
  if (glued)
    return sure >= SURE_GLUED ? LOOK_PRINTED : sure < HAND_DOUBT ? LOOK_HAND : LOOK_DOUBTFUL;
  if (joined && high > digit_h * (sure >= SURE_LOOSE ? PRINTED_MAX_LOOSE : PRINTED_MAX_JOINED))
    return LOOK_HAND;
  if (!joined && (high > digit_h * PRINTED_MAX || low < digit_h * PRINTED_MIN))
    return LOOK_HAND;
  if (sure >= (joined ? SURE_JOINED : SURE_DIGITS))
    return LOOK_PRINTED;
  return sure < HAND_UNREAD && !joined ? LOOK_HAND : LOOK_DOUBTFUL;
}

static double
confidence_of (Look look, gboolean clean)
{
  if (look == LOOK_PRINTED)
    return clean ? CLAIM_PRINTED : DOUBT_PRINTED;
  return look == LOOK_DOUBTFUL ? DOUBT_PRINTED : DOUBT_HAND;
}

/* ---- the symbol ---- */

/* "QÐ" (U+00D0) → "QĐ", dashes to "-", no spaces, no debris at the ends; g_free. */
char *
sohoa_symbol_tidy (const char *text)
{
  GString *out = g_string_new (NULL);
  gboolean was_d = FALSE;
  gunichar raw_d = 0;

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);

    if (c == 0xD0)
      c = 0x110;
    else if (c == 0xF0)
      c = 0x111;
    if (c == 0x110 && was_d && raw_d != g_utf8_get_char (p)) { /* one letter read twice, once as its look-alike */
      raw_d = g_utf8_get_char (p);
      continue;
    }
    was_d = c == 0x110;
    raw_d = g_utf8_get_char (p);
    if (c == 0x2013 || c == 0x2014 || c == 0x2212 || c == '_')
      c = '-';
    if (g_unichar_isalnum (c) || c == '-' || c == '/' || c == '&' || c == '.')
      g_string_append_unichar (out, c);
  }
  while (out->len > 0 && strchr ("-/.&", out->str[out->len - 1]) != NULL)
    g_string_truncate (out, out->len - 1);
  for (gsize i = 1; i < out->len;) /* a speck beside a dash */
    if (out->str[i] == '.' && (strchr ("-/", out->str[i - 1]) != NULL || strchr ("-/", out->str[i + 1]) != NULL))
      g_string_erase (out, (gssize) i, 1);
    else
      i++;
  return g_string_free (out, FALSE);
}

/* Initials of a body's name: "BỘ GIÁO DỤC VÀ ĐÀO TẠO" → "BGDĐT"; small words are left out. g_free. */
static char *
initials_of (const char *body)
{
  g_autofree char *upper = g_utf8_strup (body, -1);
  g_auto(GStrv) words = g_strsplit_set (upper, " -,", -1);
  GString *out = g_string_new (NULL);

  for (guint i = 0; words[i] != NULL; i++) {
    gunichar c = g_utf8_get_char (words[i]);
    g_autofree char *plain = NULL, *start = NULL;

    if (!g_unichar_isalnum (c) || g_str_equal (words[i], "VÀ") || g_str_equal (words[i], "CỦA"))
      continue;
    start = g_utf8_normalize (words[i], -1, G_NORMALIZE_NFD); /* Ủ → U, Đ stays */
    g_string_append_unichar (out, g_utf8_get_char (start));
  }
  return g_string_free (out, FALSE);
}

/* "TAKV2" of "TÒA ÁN NHÂN DÂN KHU VỰC 2": the group's letters in their order among the initials, the last one
 * the last; their marks are the initials'. @a, @b: folded group and initials. */
static gboolean
take_letters (const char *initials, const char *a, const char *b, char **group)
{
  g_autoptr(GString) out = g_string_new (NULL);
  const char *from = initials;
  gsize n = strlen (a);

  if (n < 2 || strlen (b) < n || a[n - 1] != b[strlen (b) - 1])
    return FALSE;
  for (; *a != '\0'; a++, b++, from = g_utf8_next_char (from)) {
    while (*b != '\0' && *b != *a) {
      b++;
      from = g_utf8_next_char (from);
    }
    if (*b == '\0')
      return FALSE;
    g_string_append_unichar (out, g_utf8_get_char (from));
  }
  g_free (*group);
  *group = g_string_free (g_steal_pointer (&out), FALSE);
  return TRUE;
}

/* "TAKVB5": one letter was read as two, of which the body has but one. */
static gboolean
take_fewer_letters (const char *initials, const char *a, const char *b, char **group)
{
  gsize n = strlen (a);

  for (gsize skip = 1; n >= FEWER_MIN_LETTERS && skip + 1 < n; skip++) {
    g_autofree char *fewer = g_strdup_printf ("%.*s%s", (int) skip, a, a + skip + 1);

    if (strchr (b, a[skip]) == NULL && take_letters (initials, fewer, b, group))
      return TRUE;
  }
  return FALSE;
}

/* Shapes that are taken for one another in capitals. */
static char *
shape_of (const char *group)
{
  static const char *const alike[][2] = { { "1", "t" }, { "i", "t" }, { "l", "t" }, { "b", "d" }, { "p", "d" }, { "0", "d" },
                                          { "o", "d" }, { "8", "b" }, { "5", "s" } };
  g_autofree char *fold = sohoa_text_fold (group);
  g_autoptr(GString) out = g_string_new (fold);

  for (guint i = 0; i < out->len; i++)
    for (guint k = 0; k < G_N_ELEMENTS (alike); k++)
      if (out->str[i] == alike[k][0][0]) {
        out->str[i] = alike[k][1][0];
        break;
      }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

/* The type that the group abbreviates: exactly, or nearly when the type line of the paper says the same. */
static const SohoaDocumentType *
type_of_group (SohoaSheet *self, const char *group)
{
  const SohoaDocumentType *type = sohoa_lists_peek_by_abbreviation (self->options->lists, group);
  const SohoaDocumentType *printed = self->printed;
  g_autofree char *a = NULL, *b = NULL;

  if (printed == NULL || type == printed || printed->abbreviation[0] == '\0')
    return type;
  a = shape_of (group);
  b = shape_of (printed->abbreviation);
  if (g_str_equal (a, b) || (strlen (b) >= 3 && sohoa_text_distance (a, b) <= (type == NULL && a[0] == b[0] ? 2 : 1))
      || (g_str_equal (b, "qd") && g_str_equal (a, "qdd")))
    return printed;
  return type;
}

/* "TRƯỜNG ĐẠI HỌC TÂY ĐÔ" is abbreviated without its first word: ĐHTĐ. */
static gboolean
starts_like (const char *group, const char *body, const char *initials)
{
  g_autofree char *fold = sohoa_text_fold (body);

  if (group[0] == initials[0])
    return TRUE;
  return initials[1] == group[0] && sohoa_fold_matches (fold, "^(truong|ban|hoi|tinh|thanh|uy ban|phong|benh vien|trung tam) ");
}

static gboolean
confirm_by_body (SohoaSheet *self, char **group)
{
  const char *const organs[] = { sohoa_record_value (self->record, "OrganName"),
                                 sohoa_record_value (self->record, "OrganSuperior") };

  for (guint i = 0; i < G_N_ELEMENTS (organs); i++) {
    g_autofree char *initials = initials_of (organs[i]);
    g_autofree char *a = sohoa_text_fold (*group), *b = sohoa_text_fold (initials);

    if (a[0] == '\0' || b[0] == '\0' || !starts_like (a, organs[i], b))
      continue;
    if (take_letters (initials, a, b, group) || take_fewer_letters (initials, a, b, group))
      return TRUE;
  }
  return FALSE;
}

/* One group of the symbol against what the header says; TRUE when it is confirmed. @group is replaced. */
static gboolean
confirm_group (SohoaSheet *self, char **group, gboolean first)
{
  const SohoaDocumentType *type = first ? type_of_group (self, *group) : NULL;
  g_autofree char *fold = sohoa_text_fold (*group);

  if (type != NULL) {
    g_free (*group);
    *group = g_strdup (type->abbreviation);
    return TRUE;
  }
  for (guint i = 0; i < self->options->lists->symbols->len; i++) {
    const SohoaPhrase *usual = g_ptr_array_index (self->options->lists->symbols, i);

    if (g_str_equal (fold, usual->fold)) {
      g_free (*group);
      *group = g_strdup (usual->name);
      return TRUE;
    }
  }
  return confirm_by_body (self, group);
}

/* Puts the groups of the symbol right; gives the share of them that is confirmed. */
static double
confirm_symbol (SohoaSheet *self, char **symbol, gboolean party)
{
  g_auto(GStrv) groups = g_strsplit (*symbol, party ? "/" : "-", -1);
  char *first = groups[0] != NULL ? strrchr (groups[0], '/') : NULL;
  guint n = g_strv_length (groups), known = 0;
  g_autofree char *year = NULL;

  if (n == 0)
    return 0;
  if (first != NULL && !party) { /* "2020/NĐ" */
    char *rest = g_strdup (first + 1);

    year = g_strndup (groups[0], first - groups[0] + 1);
    g_free (groups[0]);
    groups[0] = rest;
  }
  for (guint i = 0; i < n; i++)
    known += confirm_group (self, &groups[i], i == 0) ? 1 : 0;
  if (sohoa_lists_peek_by_abbreviation (self->options->lists, groups[0]) != NULL
      || g_ascii_strcasecmp (groups[0], "CV") == 0)
    self->type_abbreviation = g_strdup (groups[0]);
  g_free (*symbol);
  *symbol = g_strjoinv (party ? "/" : "-", groups);
  if (year != NULL) {
    char *whole = g_strconcat (year, *symbol, NULL);

    g_free (*symbol);
    *symbol = whole;
  }
  return (double) known / n;
}

/* ---- the row ---- */

typedef struct {
  int number_from, number_to, symbol_from, symbol_to; /* bytes of the strip */
  gboolean party;
} Cut;

/* A hand's strokes look like slashes: "/Z2/TB-SYT" is the number "/Z2" and the symbol "TB-SYT". Only a year
 * or the abbreviation of a type may stand before an inner slash. */
static void
move_strokes (const SohoaLists *lists, const char *text, Cut *cut)
{
  g_autofree char *symbol = g_strndup (text + cut->symbol_from, cut->symbol_to - cut->symbol_from);
  char *slash = strrchr (symbol, '/');

  if (slash == NULL || slash[1] == '\0')
    return;
  *slash = '\0';
  g_strstrip (symbol);
  if ((strlen (symbol) == 4 && is_all_digits (symbol)) || sohoa_lists_peek_by_abbreviation (lists, symbol) != NULL)
    return;
  cut->symbol_from += slash + 1 - symbol;
  cut->number_to = cut->symbol_from - 1;
}

#define DASH_PATTERNS 2 /* the first ones of cut_row() */

/* "Số: KH-SYT-CĐN", where the pen wrote nothing: the abbreviation of a type is no number. */
static void
keep_type (const SohoaLists *lists, const char *text, Cut *cut)
{
  g_autofree char *number = g_strndup (text + cut->number_from, cut->number_to - cut->number_from);
  gsize n = strlen (number);

  while (n > 0 && strchr (" -/", number[n - 1]) != NULL)
    number[--n] = '\0';
  if (n == 0 || sohoa_lists_peek_by_abbreviation (lists, number) == NULL)
    return;
  cut->symbol_from = cut->number_from;
  cut->number_to = cut->number_from;
}

/* Where number and symbol stand in "Số: 05/QĐ-UBND". */
static gboolean
cut_row (const SohoaLists *lists, gboolean dash, const char *text, Cut *cut)
{
  static const char *const patterns[] = {
    /* 139-TB/TU */
    "^\\P{L}{0,3}[Ss]\\P{N}{1,2}?[:;.,]?\\s*([0-9]{1,5}|[^-–]{1,12}?)\\s*[-–]\\s*(\\p{Lu}[\\p{L}]{1,3}\\s*/\\s*\\p{Lu}[\\p{L}0-9-]*)",
    "^(.{0,10}?)\\s*[-–]\\s*(\\p{Lu}[\\p{L}]{1,3}\\s*/\\s*\\p{Lu}[\\p{L}0-9-]*)",
    /* 30/2020/NĐ-CP, 05/QĐ-UBND; the number may be anything that a hand wrote */
    "^\\P{L}{0,3}[Ss](?:\\X)?\\s*[:;.,]?\\s*([^/]{1,14}?)\\s*/\\s*((?:(?:19|20)[0-9]{2}\\s*/\\s*)?[1s]?\\p{Lu}[\\p{L}0-9.&]*"
    "(?:\\s*[-–—/]\\s*[\\p{L}0-9.&]+){0,5})",
    "^\\P{L}{0,3}[Ss](?:\\X)?\\s*[:;.,]?\\s*(\\S.{0,12}?)\\s*[/)(|]?\\s*(\\p{Lu}{2}[\\p{L}]*(?:\\s*[-–—]\\s*[\\p{L}0-9.&]+){1,4})",
    "^(.{0,12}?)\\s*/\\s*(\\p{Lu}[\\p{L}]{0,5}\\s*[-–—]\\s*\\p{Lu}[\\p{L}0-9.&-]+)",
    /* the pen went over the slash */
    "^\\P{L}{0,3}[Ss](?:\\X)?\\s*[:;.,]?\\s*([0-9][^/]{0,8}?)(\\p{Lu}{2,6}[-–—]\\p{Lu}[\\p{L}0-9.&-]+)",
  };

  for (guint i = dash ? 0 : DASH_PATTERNS; i < G_N_ELEMENTS (patterns); i++) {
    g_autoptr(GRegex) regex = g_regex_new (patterns[i], 0, 0, NULL);
    g_autoptr(GMatchInfo) info = NULL;

    if (!g_regex_match (regex, text, 0, &info))
      continue;
    cut->party = i < DASH_PATTERNS;
    if (!g_match_info_fetch_pos (info, 1, &cut->number_from, &cut->number_to)
        || !g_match_info_fetch_pos (info, 2, &cut->symbol_from, &cut->symbol_to))
      return FALSE;
    if (!cut->party) {
      move_strokes (lists, text, cut);
      keep_type (lists, text, cut);
    }
    return TRUE;
  }
  return FALSE;
}

/* "2203" by hand, read as "23": two digits are not so wide. */
static gboolean
is_printed_width (const SohoaToken *token, const char *digits)
{
  double one = token->w / (double) strlen (digits);

  return one <= token->h * DIGIT_WIDE && one >= token->h * DIGIT_NARROW;
}

static void
set_number (SohoaSheet *self, const Strip *strip, const Cut *cut, double known)
{
  const SohoaView *view = g_ptr_array_index (self->views, self->head.view);
  const SohoaRow *row = self->head.number_row;
  g_autoptr(GPtrArray) tokens = strip_tokens (strip, row, cut->number_from, cut->number_to);
  g_autofree char *text = g_strndup (strip->text->str + cut->number_from, cut->number_to - cut->number_from);
  gboolean clean, joined, glued;
  g_autofree char *digits = digits_of (text, &clean);
  double confidence;
  Look look;
  SohoaField *field;
  const SohoaToken *first, *last;

  if (digits[0] == '\0' || tokens->len == 0 || strlen (digits) > 6)
    return;
  first = g_ptr_array_index (tokens, 0);
  last = g_ptr_array_index (tokens, tokens->len - 1);
  glued = g_unichar_isalpha (g_utf8_get_char (first->text));
  joined = strpbrk (last->text, "/-") != NULL && strlen (last->text) > strlen (text);
  look = look_of_digits (tokens, self->head.digit_h, joined, glued);
  if (joined && known < 0.5 && look == LOOK_PRINTED && least_confidence (tokens) < SURE_LOOSE)
    look = LOOK_DOUBTFUL; /* the low certainty may be the digits' own */
  if (look == LOOK_DOUBTFUL && has_strokes (text))
    look = LOOK_HAND;
  if (look == LOOK_PRINTED && tokens->len == 1 && !joined && !glued && !is_printed_width (first, digits))
    look = LOOK_HAND;
  confidence = confidence_of (look, clean && is_all_digits (text));
  if (digits[0] == '0' && strlen (digits) != 2) /* only numbers below 10 have a zero before */
    confidence = MIN (confidence, DOUBT_PRINTED);
  field = sohoa_sheet_set (self, "CodeNumber", digits, confidence, view, row->tokens, "zone3.number");
  if (field != NULL)
    field->handwritten = look == LOOK_HAND;
}

static void
read_number_row (SohoaSheet *self)
{
  const SohoaRow *row = self->head.number_row;
  const SohoaView *view = g_ptr_array_index (self->views, self->head.view);
  Strip strip = strip_new (row, FALSE);
  g_autoptr(GPtrArray) tokens = NULL;
  g_autofree char *text = NULL, *symbol = NULL;
  double known, sure;
  Cut cut;

  if (!cut_row (self->options->lists, self->head.family->numbers == SOHOA_NUMBERS_DASH, strip.text->str, &cut)) {
    strip_clear (&strip);
    return;
  }
  text = g_strndup (strip.text->str + cut.symbol_from, cut.symbol_to - cut.symbol_from);
  tokens = strip_tokens (&strip, row, cut.symbol_from, cut.symbol_to);
  symbol = sohoa_symbol_tidy (text);
  known = confirm_symbol (self, &symbol, cut.party);
  sure = least_confidence (tokens);
  if (symbol[0] != '\0')
    (void) sohoa_sheet_set (self, "CodeNotation", symbol,
                            known > 0.99 ? 0.96 : known > 0.4 && sure > SURE_SYMBOL ? 0.91 : 0.3 + 0.4 * sure, view,
                            row->tokens, "zone3.symbol");
  set_number (self, &strip, &cut, known);
  strip_clear (&strip);
}

/* ---- date ---- */

typedef struct {
  int      value;
  Look     look;
  gboolean clean;
} Figure;

/* The digits in bytes @from…@to of the date line; the word may hang on "ngày" or "tháng". */
static Figure
read_figure (SohoaSheet *self, const Strip *plain, int from, int to)
{
  g_autofree char *text = g_strndup (plain->text->str + from, to - from);
  g_autoptr(GPtrArray) tokens = strip_tokens (plain, self->head.date_row, from, to);
  Figure figure = { 0, LOOK_HAND, FALSE };
  g_autofree char *digits = digits_of (text, &figure.clean);
  gboolean glued = FALSE;

  for (guint i = 0; i < tokens->len; i++) {
    const SohoaToken *t = g_ptr_array_index (tokens, i);

    if (sohoa_fold_matches (t->fold, "th.?.?ng|ng.y|n.m"))
      glued = TRUE;
  }
  g_strstrip (text);
  figure.clean = figure.clean && is_all_digits (text);
  if (digits[0] == '\0' || strlen (digits) > 4)
    return figure;
  figure.value = (int) g_ascii_strtoll (digits, NULL, 10);
  figure.look = look_of_digits (tokens, self->head.digit_h, FALSE, glued);
  if (figure.look == LOOK_DOUBTFUL && has_strokes (text))
    figure.look = LOOK_HAND;
  return figure;
}

/* Byte positions in the plain strip of the figures found in the folded one: both have the same words, so the
 * word and the offset inside it carry over when folding kept the bytes (digits and ASCII do). */
static gboolean
cut_date (const char *text, int pos[3][2])
{
  static const char pattern[] = "(?i)^.*\\bn\\p{L}{1,3}[:;.,-]?\\s*(.{0,9}?)\\s*th\\p{L}{0,2}ng[:;.,-]?\\s*"
                                "(.{0,7}?)\\s*n\\p{L}m\\P{L}{0,3}?((?:19|20)[0-9OolISŠ$]{2})";
  g_autoptr(GRegex) regex = g_regex_new (pattern, 0, 0, NULL);
  g_autoptr(GMatchInfo) info = NULL;

  if (!g_regex_match (regex, text, 0, &info))
    return FALSE;
  for (int i = 0; i < 3; i++)
    if (!g_match_info_fetch_pos (info, i + 1, &pos[i][0], &pos[i][1]))
      return FALSE;
  return TRUE;
}

/* Somebody cites a year that was still to come: one of the two is misread. */
static gboolean
cites_later_year (SohoaSheet *self, int year)
{
  for (guint i = self->main_first; i < self->views->len; i++) {
    const SohoaView *view = g_ptr_array_index (self->views, i);

    for (guint k = 0; view != NULL && k < view->tokens->len; k++) {
      const SohoaToken *t = g_ptr_array_index (view->tokens, k);
      const char *slash = strstr (t->text, "/20");
      int cited = slash != NULL && strspn (slash + 1, "0123456789") == 4 ? atoi (slash + 1) : 0;

      if (cited > year && cited <= year + 30 && t->confidence > 0.9)
        return TRUE;
    }
  }
  return FALSE;
}

static double
date_confidence (SohoaSheet *self, const Figure f[3])
{
  double confidence = 1;
  double year_sure = 1;

  for (int i = 0; i < 3; i++)
    confidence = MIN (confidence, confidence_of (f[i].look, f[i].clean));
  for (guint i = 0; i < self->head.date_row->tokens->len; i++) {
    const SohoaToken *t = g_ptr_array_index (self->head.date_row->tokens, i);

    if (g_ascii_isdigit (t->text[0]) && strlen (t->text) >= 4)
      year_sure = t->confidence;
  }
  if (year_sure < 0.80 || (year_sure < 0.95 && cites_later_year (self, f[2].value)))
    confidence = MIN (confidence, DOUBT_PRINTED);
  return confidence;
}

static void
read_date_row (SohoaSheet *self)
{
  const SohoaView *view = g_ptr_array_index (self->views, self->head.date_view);
  Strip strip = strip_new (self->head.date_row, FALSE);
  g_autofree char *day = NULL;
  int pos[3][2];
  Figure f[3];
  SohoaField *field;

  if (!cut_date (strip.text->str, pos)) {
    strip_clear (&strip);
    return;
  }
  for (int i = 0; i < 3; i++)
    f[i] = read_figure (self, &strip, pos[i][0], pos[i][1]);
  strip_clear (&strip);
  day = g_strdup_printf ("%04d-%02d-%02d", f[2].value, f[1].value, f[0].value);
  if (f[2].value < FIRST_YEAR || f[2].value > LAST_YEAR || !sohoa_day_is_valid (day))
    return;
  field = sohoa_sheet_set (self, "IssuedDate", day, date_confidence (self, f), view, self->head.date_row->tokens,
                           "zone4.date");
  if (field != NULL)
    field->handwritten = f[0].look == LOOK_HAND || f[1].look == LOOK_HAND;
}

void
sohoa_sheet_read_number (SohoaSheet *self)
{
  if (self->head.number_row != NULL)
    read_number_row (self);
  if (self->head.date_row != NULL)
    read_date_row (self);
}
