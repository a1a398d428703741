/* The header of the main part: Quốc hiệu or the Party's title gives the two columns; left above the number
 * stand the superior and the issuing body (ô 2), right the place and date (ô 4). */
#include "sohoa-extract-private.h"

#include "sohoa-text.h"

#include <math.h>
#include <string.h>

/* millimetres of an A4-wide page */
#define HEAD_SEARCH_SHARE 0.5 /* of the page height: a header begins above */
#define HEAD_DEPTH_MM 85.0    /* columns are looked at so far below Quốc hiệu */
#define ABOVE_TITLE_MM 5.0    /* the body's first line may stand so much higher than Quốc hiệu */
#define SURE_WORD 0.89        /* word confidence: capitals so sure are right */
#define SURE_TEXT 0.93        /* of each word of a place in the text */
#define CLAIM_UNKNOWN_BODY 0.92
#define LEAST_BODY 0.84
#define CLAIM_SYLLABLES 0.91
#define UNREADABLE 0.25       /* mean confidence of a line that says nothing */
#define COLUMN_SLACK_MM 2.0
#define WORD_GAP_MM 2.4        /* between two words of one line, at most */
#define FALLBACK_SPLIT_MM 95.0
#define DATE_PATTERN "ng?[aàu]?[yựvu].{0,9}th.{0,2}ng.{0,8}n.m"
#define CENTRED_MIDDLE_MM 122.0 /* a title whose middle lies left of it has no column at its left */
#define LEADING_PAGES 4        /* slips and envelopes before the document */
#define LEAST_DEPTH_MM 12.0    /* title, motto and number take so much */
#define FULL_ROW_MM 100.0      /* a row of the body is at least so wide */
#define FULL_ROW_GAP_MM 7.0    /* and its words stand closer */
#define COLUMN_INSIDE_MM 15.0
#define TITLE_MAX_DIFFERENCE 0.30 /* of the letters of Quốc hiệu may be misread */

/* The motto under the title of the state: when the title itself cannot be read. */
static const char motto[] = "doc lap - tu do - hanh phuc";
#define MOTTO_LEFT_MM 12.0 /* its left edge to that of the right column */
#define MOTTO_BELOW_MM 6.0 /* under the title */

static gboolean
begins_with_letter (const char *fold)
{
  return g_ascii_isalnum (fold[0]);
}

/* Where in @row the title begins: index of its first word, -1 = nowhere. It ends the row. */
static int
title_start (const SohoaRow *row, const char *title)
{
  gsize want = strlen (title);
  double least = TITLE_MAX_DIFFERENCE;
  int best = -1;

  for (guint i = 0; i < row->tokens->len; i++) {
    g_autoptr(GString) rest = g_string_new (NULL);
    double difference;

    if (!begins_with_letter (((SohoaToken *) row->tokens->pdata[i])->fold)) /* a speck before the title is not its edge */
      continue;
    for (guint k = i; k < row->tokens->len && rest->len < want + 12; k++)
      g_string_append_printf (rest, "%s ", ((SohoaToken *) row->tokens->pdata[k])->fold);
    if (rest->len + 6 < want)
      break;
    difference = sohoa_fold_difference (rest->str, title);
    if (difference < least) {
      least = difference;
      best = i;
    }
  }
  return best;
}

/* One title on one page; @left_mm, @below_mm: where the right column and the title's line lie beside it. */
static gboolean
find_title (SohoaSheet *self, guint page, const char *fold, double left_mm, double below_mm)
{
  const SohoaView *view = g_ptr_array_index (self->views, page);
  g_autoptr(GPtrArray) rows = NULL;

  if (view == NULL)
    return FALSE;
  rows = sohoa_view_rows (view, 0, G_MAXDOUBLE, 0, view->height * HEAD_SEARCH_SHARE, 0);
  for (guint i = 0; i < rows->len; i++) {
    const SohoaRow *row = g_ptr_array_index (rows, i);
    int start = title_start (row, fold);
    const SohoaToken *first;

    if (start < 0)
      continue;
    first = g_ptr_array_index (row->tokens, start);
    self->head.centred = (first->x + row->x + row->w) / 2 < CENTRED_MIDDLE_MM;
    self->head.split = self->head.centred ? FALLBACK_SPLIT_MM : first->x - left_mm - COLUMN_SLACK_MM;
    self->head.title_x = self->head.centred ? 0 : first->x;
    self->head.top = row->y - below_mm;
    self->head.view = self->head.date_view = page;
    self->head.found = TRUE;
    return TRUE;
  }
  return FALSE;
}

/* Several families bear the title of the state: it is looked for once. */
static gboolean
is_tried (GPtrArray *families, guint before, const char *fold)
{
  for (guint i = 0; i < before; i++) {
    const SohoaFamily *family = g_ptr_array_index (families, i);

    for (guint k = 0; k < family->titles->len; k++)
      if (g_str_equal (((SohoaPhrase *) family->titles->pdata[k])->fold, fold))
        return TRUE;
  }
  return FALSE;
}

static gboolean
find_family (SohoaSheet *self, guint page)
{
  GPtrArray *families = self->options->lists->families;

  for (guint i = 0; i < families->len; i++) {
    const SohoaFamily *family = g_ptr_array_index (families, i);

    for (guint k = 0; k < family->titles->len; k++) {
      const SohoaPhrase *title = g_ptr_array_index (family->titles, k);

      if (!is_tried (families, i, title->fold) && find_title (self, page, title->fold, family->offset_mm, 0)) {
        self->head.family = family;
        return TRUE;
      }
    }
  }
  return find_title (self, page, motto, MOTTO_LEFT_MM, MOTTO_BELOW_MM);
}

static void
find_head (SohoaSheet *self)
{
  guint first = 0;

  self->head.family = g_ptr_array_index (self->options->lists->families, 0);
  while (first < self->views->len && self->views->pdata[first] == NULL)
    first++;
  for (guint page = first; page < self->views->len && page < first + LEADING_PAGES; page++)
    if (find_family (self, page))
      return;
  self->head.view = self->head.date_view = MIN (first, self->views->len - 1);
  self->head.split = FALLBACK_SPLIT_MM;
  self->head.top = 0;
}

/* Mass organisations, firms and courts have the state's title; their own names tell them. */
static void
refine_family (SohoaSheet *self, const char *body)
{
  GPtrArray *families = self->options->lists->families;
  g_autofree char *fold = sohoa_text_fold (body);

  for (guint i = 0; i < families->len; i++) {
    const SohoaFamily *family = g_ptr_array_index (families, i);

    if (family->numbers != self->head.family->numbers)
      continue;
    for (guint k = 0; k < family->bodies->len; k++)
      if (g_str_has_prefix (fold, ((SohoaPhrase *) family->bodies->pdata[k])->fold)) {
        self->head.family = family;
        return;
      }
  }
}

/* A row over both columns without a wide gap, or one that only a body has. */
static gboolean
is_body_text (const SohoaRow *row, double split)
{
  double right = row->x, widest = 0;

  if (sohoa_fold_matches (row->fold, "^[^a-z]{0,4}(can cu |kinh gui)"))
    return TRUE;
  if (row->w < FULL_ROW_MM || row->x > split - COLUMN_INSIDE_MM || row->x + row->w < split + COLUMN_INSIDE_MM)
    return FALSE;
  for (guint i = 0; i < row->tokens->len; i++) {
    const SohoaToken *t = g_ptr_array_index (row->tokens, i);

    widest = MAX (widest, t->x - right);
    right = MAX (right, t->x + t->w);
  }
  return widest < FULL_ROW_GAP_MM && !sohoa_text_is_upper (row->text);
}

/* A long line of the left column runs on under the left edge of the right one ("… ĐÔ THỊ BÌNH HẢI"): words that follow at a
 * word's distance, and end left of the title, are its own. */
static void
reach_right (const SohoaHead *head, const SohoaView *view, GPtrArray *rows)
{
  for (guint i = 0; i < rows->len && head->title_x > head->split; i++) {
    SohoaRow *row = g_ptr_array_index (rows, i);
    const SohoaToken *last = g_ptr_array_index (row->tokens, row->tokens->len - 1);
    g_autoptr(GPtrArray) tokens = g_ptr_array_new ();

    for (guint k = 0; k < view->tokens->len; k++) {
      SohoaToken *t = g_ptr_array_index (view->tokens, k);
      double gap = t->x - last->x - last->w;

      if (t->line != last->line || t->x + t->w / 2 < head->split || gap < -1 || gap > WORD_GAP_MM
          || t->x + t->w > head->title_x)
        continue;
      g_ptr_array_add (tokens, t);
      last = t;
    }
    if (tokens->len == 0)
      continue;
    for (guint k = 0; k < row->tokens->len; k++)
      g_ptr_array_add (tokens, g_ptr_array_index (row->tokens, k));
    sohoa_row_free (row);
    rows->pdata[i] = sohoa_row_new (g_steal_pointer (&tokens));
  }
}

static void
find_bottom (SohoaHead *head, const SohoaView *view)
{
  g_autoptr(GPtrArray) rows = sohoa_view_rows (view, 0, G_MAXDOUBLE, head->top + LEAST_DEPTH_MM,
                                               head->top + HEAD_DEPTH_MM, 0);

  head->bottom = head->top + HEAD_DEPTH_MM;
  for (guint i = 0; i < rows->len; i++) {
    const SohoaRow *row = g_ptr_array_index (rows, i);

    if (is_body_text (row, head->split)) {
      head->bottom = row->y - row->h;
      return;
    }
  }
}

static void
find_number_and_date (SohoaHead *head)
{
  static const char *const slash[] = {
    /* "Số: 05/QĐ-…", also misread and without the colon; a slash or dash with letters after it follows */
    "^[^a-z0-9]{0,3}s[oae06]([^a-z].{0,12}|[a-z]?[^a-z].{0,10})?/\\s*[a-z0-9]",
    "^[^a-z0-9]{0,3}s[oae06][^a-z]?\\s*[:;.]",
    "^.{0,12}/\\s?[a-z]{1,6}\\s?-\\s?[a-z]{2,}",
    "^[^a-z0-9]{0,3}s[oae06]?.{0,10}[a-z0-9]{2,6}-[a-z]{2,}", /* the pen went over the slash */
  };
  static const char *const dash[] = {
    "^[^a-z0-9]{0,3}s[oae06][^a-z]{0,4}[0-9]{1,5}\\s?-\\s?[a-z]{2,4}\\s?/",
    "^[^a-z0-9]{0,3}s[oae06].{0,12}-\\s?[a-z]{2,4}\\s?/\\s?[a-z]",
    "^[^a-z]{0,10}-\\s?[a-z]{2,4}\\s?/\\s?[a-z]{2}", /* "Số" was lost under the pen */
  };

  if (head->family->numbers == SOHOA_NUMBERS_DASH)
    for (guint i = 0; i < G_N_ELEMENTS (dash) && head->number_row == NULL; i++)
      head->number_row = sohoa_rows_match (head->left, dash[i]);
  for (guint i = 0; i < G_N_ELEMENTS (slash) && head->number_row == NULL; i++)
    head->number_row = sohoa_rows_match (head->left, slash[i]);
  head->date_row = sohoa_rows_match (head->right, DATE_PATTERN);
  if (head->date_row == NULL)
    head->date_row = sohoa_rows_match (head->right, "th.{0,2}ng.{0,8}n.m.{0,3}(19|20)[0-9]");
}

static gboolean
is_year (const SohoaToken *t)
{
  return strlen (t->text) >= 4 && (g_str_has_prefix (t->text, "19") || g_str_has_prefix (t->text, "20"))
         && strspn (t->text, "0123456789") >= 4 && strlen (t->text) <= 5;
}

/* The year of the date line is always printed; its height is a printed digit's. */
static void
measure_digits (SohoaHead *head)
{
  if (head->date_row == NULL)
    return;
  for (guint i = 0; i < head->date_row->tokens->len; i++) {
    const SohoaToken *t = g_ptr_array_index (head->date_row->tokens, i);

    if (is_year (t))
      head->digit_h = t->h;
    else if (head->digit_h == 0 && g_str_equal (t->fold, "nam"))
      head->digit_h = t->h;
  }
}

/* A line of the left column that is part of a body's name: letters, mostly capitals. */
static gboolean
is_body_row (const SohoaRow *row, const char *clean)
{
  guint letters = 0;

  for (const char *p = clean; *p != '\0'; p = g_utf8_next_char (p))
    letters += g_unichar_isalpha (g_utf8_get_char (p)) ? 1 : 0;
  return letters >= 3 && sohoa_text_is_upper (clean)
         && !sohoa_fold_matches (row->fold, "^(den|cong van den|hoa toc|khan|thuong khan|mat|sao y)\\b");
}

typedef struct {
  GString   *text;   /* (owned) */
  GPtrArray *tokens; /* (owned array) */
  double     confidence, lines;
} Body;

static void
body_free (gpointer data)
{
  Body *body = data;

  g_string_free (body->text, TRUE);
  g_ptr_array_unref (body->tokens);
  g_free (body);
}

static gboolean
goes_on (const SohoaLists *lists, const Body *last, const char *clean)
{
  g_autofree char *fold = sohoa_text_fold (last->text->str);

  if (g_str_has_suffix (fold, " va") || g_str_has_suffix (fold, ",") || g_str_has_suffix (fold, " cua")
      || g_str_has_suffix (fold, "-"))
    return TRUE;
  if (sohoa_words_span (lists, last->text->str, clean))
    return TRUE;
  return !sohoa_words_is_body_start (lists, clean)
         || (sohoa_words_is_body_open (lists, last->text->str) && !sohoa_fold_matches (fold, "^(ban|hoi|doan)$"));
}

/* The row's text without signs by themselves, "-" and "&" aside; g_free. */
static char *
without_specks (const SohoaRow *row)
{
  g_autofree char *clean = sohoa_row_clean (row);
  g_autoptr(GRegex) specks = g_regex_new ("(?<= )[^\\p{L}\\p{N}\\s&–-]+(?= |$)", 0, 0, NULL);
  g_autofree char *bare = g_regex_replace_literal (specks, clean, -1, 0, "", 0, NULL);

  return sohoa_text_squeeze (bare);
}

/* Rows above the number become bodies, one or more lines each. */
static GPtrArray *
collect_bodies (SohoaSheet *self, gboolean *doubt_out)
{
  const SohoaHead *head = &self->head;
  const SohoaLists *lists = self->options->lists;
  GPtrArray *bodies = g_ptr_array_new_with_free_func (body_free);
  double bottom = head->number_row != NULL ? head->number_row->y - head->number_row->h * 0.6
                  : head->date_row != NULL ? head->date_row->y - head->date_row->h * 0.3 : head->top + 25;

  for (guint i = 0; i < head->left->len; i++) {
    const SohoaRow *row = g_ptr_array_index (head->left, i);
    g_autofree char *clean = without_specks (row);
    g_autofree char *right = sohoa_words_repair (lists, clean);
    Body *body = bodies->len > 0 ? g_ptr_array_index (bodies, bodies->len - 1) : NULL;

    if (row->y >= bottom || !is_body_row (row, clean))
      continue;
    if (sohoa_row_confidence (row) < UNREADABLE) { /* a line of the name may be lost here */
      *doubt_out = TRUE;
      continue;
    }
    if (body == NULL || !goes_on (lists, body, right)) {
      body = g_new0 (Body, 1);
      body->text = g_string_new (NULL);
      body->tokens = g_ptr_array_new ();
      g_ptr_array_add (bodies, body);
    }
    g_string_append_printf (body->text, "%s%s", body->text->len > 0 ? " " : "", right);
    right = (g_free (right), sohoa_words_repair (lists, body->text->str)); /* a name may run over the end of a line */
    g_string_assign (body->text, right);
    for (guint k = 0; k < row->tokens->len; k++)
      g_ptr_array_add (body->tokens, g_ptr_array_index (row->tokens, k));
    body->confidence += sohoa_row_confidence (row);
    body->lines++;
  }
  return bodies;
}

/* Least confidence of the words that no list vouches for is what the name stands on. */
static double
least_word (const Body *body)
{
  double least = 1;

  for (guint i = 0; i < body->tokens->len; i++) {
    const SohoaToken *t = g_ptr_array_index (body->tokens, i);

    if (g_unichar_isalnum (g_utf8_get_char (t->text)))
      least = MIN (least, t->confidence);
  }
  return least;
}

static double
body_confidence (SohoaSheet *self, const Body *body)
{
  double read = body->confidence / body->lines;
  double known = sohoa_words_known (self->options->lists, body->text->str);
  double confidence;

  if (!self->head.found || !sohoa_words_is_body_start (self->options->lists, body->text->str))
    return 0.5;
  if (known < 0.99 && least_word (body) >= SURE_WORD && sohoa_words_are_syllables (body->text->str))
    return CLAIM_UNKNOWN_BODY;
  confidence = MIN (0.98, 0.25 + 0.45 * read + 0.3 * known + (known > 0.99 && read > 0.6 ? 0.06 : 0));
  /* measured: a name of nothing but syllables is right oftener than its worst word says */
  if (confidence >= LEAST_BODY && sohoa_words_are_syllables (body->text->str))
    return MAX (confidence, CLAIM_SYLLABLES);
  return confidence;
}

static void
set_bodies (SohoaSheet *self, GPtrArray *bodies, gboolean doubt)
{
  const SohoaView *view = g_ptr_array_index (self->views, self->head.view);
  g_autoptr(GString) superior = g_string_new (NULL);
  g_autoptr(GPtrArray) tokens = g_ptr_array_new ();
  double confidence = 1;
  const Body *last;

  if (bodies->len == 0)
    return;
  for (guint i = 0; i + 1 < bodies->len; i++) {
    const Body *body = g_ptr_array_index (bodies, i);

    g_string_append_printf (superior, "%s%s", superior->len > 0 ? " " : "", body->text->str);
    confidence = MIN (confidence, body_confidence (self, body));
    for (guint k = 0; k < body->tokens->len; k++)
      g_ptr_array_add (tokens, g_ptr_array_index (body->tokens, k));
  }
  last = g_ptr_array_index (bodies, bodies->len - 1);
  refine_family (self, ((Body *) bodies->pdata[0])->text->str);
  refine_family (self, last->text->str);
  if (superior->len > 0)
    (void) sohoa_sheet_set (self, "OrganSuperior", superior->str, confidence, view, tokens, "zone2.superior");
  confidence = body_confidence (self, last);
  if (doubt)
    confidence = MIN (confidence, 0.5);
  (void) sohoa_sheet_set (self, "OrganName", last->text->str, confidence, view, last->tokens, "zone2.body");
}

/* The first word of a place was lost, and the body bears the whole: "Lộc Hạ" of "PHƯỜNG TÂN LỘC HẠ". Takes @place. */
static char *
complete_place (SohoaSheet *self, char *place)
{
  const char *organs[] = { sohoa_record_value (self->record, "OrganName"), sohoa_record_value (self->record, "OrganSuperior") };
  g_autofree char *fold = sohoa_text_fold (place);

  for (guint i = 0; i < G_N_ELEMENTS (organs); i++) {
    g_autofree char *body = sohoa_text_fold (organs[i]);
    g_autofree char *pattern = g_strconcat (" (tinh|thanh pho|xa|phuong|huyen|quan|thi xa|thi tran) ([a-z]+) ", fold, "$", NULL);
    g_autoptr(GRegex) regex = fold[strspn (fold, "abcdefghijklmnopqrstuvwxyz ")] == '\0'
                                ? g_regex_new (pattern, 0, 0, NULL) : NULL;
    g_autoptr(GMatchInfo) info = NULL;
    g_auto(GStrv) words = g_strsplit (organs[i], " ", -1);
    guint n = g_strv_length (words), have = 0;

    if (regex == NULL || !g_regex_match (regex, body, 0, &info))
      continue;
    for (const char *p = fold; *p != '\0'; p++)
      have += *p == ' ' ? 1 : 0;
    if (n > have + 2) {
      g_autofree char *first = g_utf8_substring (words[n - have - 2], 0, 1);
      g_autofree char *rest = g_utf8_strdown (g_utf8_next_char (words[n - have - 2]), -1);
      char *whole = g_strdup_printf ("%s%s %s", first, rest, place);

      g_free (place);
      return whole;
    }
  }
  return place;
}

/* The body ends with the place of the date line, and small letters keep their marks better than capitals: "TỈNH BÌNH
 * HAI" of "Bình Hải". Only marks are taken over. */
static void
complete_body (SohoaSheet *self, const char *place)
{
  SohoaField *field = sohoa_record_peek_field (self->record, "OrganName");
  g_autofree char *body = field != NULL ? sohoa_text_fold (field->value) : NULL;
  g_autofree char *fold = sohoa_text_fold (place);
  g_autofree char *upper = g_utf8_strup (place, -1);
  glong keep;
  g_autofree char *start = NULL, *end = NULL;

  if (body == NULL || g_strcmp0 (field->source, "ocr") != 0 || strchr (fold, ' ') == NULL || !g_str_has_suffix (body, fold)
      || !sohoa_text_is_upper (field->value))
    return;
  keep = g_utf8_strlen (field->value, -1) - g_utf8_strlen (upper, -1);
  if (keep <= 0)
    return;
  start = g_utf8_substring (field->value, 0, keep);
  end = g_utf8_substring (field->value, keep, keep + g_utf8_strlen (upper, -1));
  if (g_str_equal (end, upper))
    return;
  g_free (field->value);
  field->value = g_strconcat (start, upper, NULL);
}

/* The text names the place too, with other marks: one of the two is misread. What the text has, when it is sure; g_free. */
static gboolean
other_marks (SohoaSheet *self, const char *place, char **sure_out)
{
  g_auto(GStrv) words = g_strsplit (place, " ", -1);
  guint n = g_strv_length (words);

  for (guint i = self->main_first; n >= 2 && i < self->views->len; i++) {
    const SohoaView *view = g_ptr_array_index (self->views, i);

    for (guint k = 0; view != NULL && k + n <= view->tokens->len; k++) {
      gboolean fold_same = TRUE, same = TRUE;
      g_autoptr(GString) text = g_string_new (NULL);
      double sure = 1;

      for (guint m = 0; m < n && fold_same; m++) {
        const SohoaToken *t = g_ptr_array_index (view->tokens, k + m);
        g_autofree char *fold = sohoa_text_fold (words[m]);
        gsize length = strlen (words[m]);

        fold_same = g_str_has_prefix (t->fold, fold) && strlen (t->fold) <= strlen (fold) + 1 && !sohoa_text_is_upper (t->text);
        same = same && strncmp (t->text, words[m], length) == 0;
        g_string_append_printf (text, "%s%s", m > 0 ? " " : "", t->text);
        sure = MIN (sure, t->confidence);
      }
      if (!fold_same || same)
        continue;
      while (text->len > 0 && g_ascii_ispunct (text->str[text->len - 1]))
        g_string_truncate (text, text->len - 1);
      *sure_out = sure > SURE_TEXT ? g_string_free (g_steal_pointer (&text), FALSE) : NULL;
      return TRUE;
    }
  }
  return FALSE;
}

/* Everything before "ngày" in the date line. */
void
sohoa_sheet_read_place (SohoaSheet *self)
{
  const SohoaView *view = g_ptr_array_index (self->views, self->head.date_view);
  g_autoptr(GPtrArray) tokens = g_ptr_array_new ();
  g_autoptr(GString) text = g_string_new (NULL);
  g_autofree char *right = NULL, *upright = NULL;
  double confidence = 1;

  if (self->head.date_row == NULL)
    return;
  for (guint i = 0; i < self->head.date_row->tokens->len; i++) {
    SohoaToken *t = g_ptr_array_index (self->head.date_row->tokens, i);

    if (sohoa_fold_matches (t->fold, "^ng[au]"))
      break;
    if (!g_unichar_isalpha (g_utf8_get_char (t->text)))
      continue;
    g_ptr_array_add (tokens, t);
    g_string_append_printf (text, "%s%s", text->len > 0 ? " " : "", t->text);
    confidence = MIN (confidence, t->confidence);
  }
  if (tokens->len == 0 || tokens->len > 6 || tokens->len == self->head.date_row->tokens->len)
    return;
  while (text->len > 0 && strchr (",.;: ", text->str[text->len - 1]) != NULL)
    g_string_truncate (text, text->len - 1);
  right = sohoa_words_repair (self->options->lists, text->str);
  right = complete_place (self, g_steal_pointer (&right));
  if (confidence > SURE_WORD)
    complete_body (self, right);
  if (other_marks (self, right, &upright)) {
    confidence = 0;
    if (upright != NULL) { /* marks of italics are the worse read ones */
      g_free (right);
      right = g_steal_pointer (&upright);
    }
  }
  (void) sohoa_sheet_set (self, "Place", right, sohoa_words_known (self->options->lists, right) > 0.9 ? 0.97
                          : confidence > 0.9 && sohoa_words_are_syllables (right) ? 0.93 : 0.6, view, tokens, "zone4.place");
}

/* A centred title with the names of bodies above it (old forms) or beside it is still an agency's. */
static gboolean
has_left_column (const SohoaHead *head)
{
  return sohoa_rows_match (head->left, "^[^a-z0-9]{0,3}s[oae06][^a-z].{0,14}/") != NULL;
}

static void
become_person (SohoaSheet *self)
{
  GPtrArray *families = self->options->lists->families;

  for (guint i = 0; i < families->len; i++)
    if (((SohoaFamily *) families->pdata[i])->numbers == SOHOA_NUMBERS_NONE)
      self->head.family = g_ptr_array_index (families, i);
  for (guint i = self->views->len; i-- > self->head.view;) { /* place and date stand over the name */
    const SohoaView *view = g_ptr_array_index (self->views, i);

    for (guint k = view != NULL ? view->rows->len : 0; k-- > 0;) {
      SohoaRow *row = g_ptr_array_index (view->rows, k);

      if (row->x + row->w / 2 < SOHOA_PAGE_WIDTH_MM / 2 || row->w > FULL_ROW_MM || !sohoa_fold_matches (row->fold, DATE_PATTERN))
        continue;
      self->head.date_row = row;
      self->head.date_view = i;
      measure_digits (&self->head);
      sohoa_sheet_read_place (self);
      return;
    }
  }
}

void
sohoa_sheet_read_head (SohoaSheet *self)
{
  SohoaHead *head = &self->head;
  const SohoaView *view;
  g_autoptr(GPtrArray) bodies = NULL;
  gboolean doubt = FALSE;

  if (self->views->len == 0)
    return;
  find_head (self);
  self->main_first = head->view;
  self->main_last = self->views->len - 1;
  view = g_ptr_array_index (self->views, head->view);
  if (view == NULL)
    return;
  find_bottom (head, view);
  head->left = sohoa_view_rows (view, 0, head->split, head->top - ABOVE_TITLE_MM, head->bottom, 0);
  reach_right (head, view, head->left);
  head->right = sohoa_view_rows (view, head->split, G_MAXDOUBLE, head->top - ABOVE_TITLE_MM, head->bottom, 0);
  if (head->centred && !has_left_column (head)) {
    become_person (self);
    return;
  }
  find_number_and_date (head);
  measure_digits (head);
  bodies = collect_bodies (self, &doubt);
  set_bodies (self, bodies, doubt);
  sohoa_sheet_read_place (self);
}
