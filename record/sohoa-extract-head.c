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
#define UNREADABLE 0.25       /* mean confidence of a line that says nothing */
#define COLUMN_SLACK_MM 2.0
#define FALLBACK_SPLIT_MM 95.0
#define TITLE_MAX_DIFFERENCE 0.30 /* of the letters of Quốc hiệu may be misread */

typedef struct {
  const char *fold;
  double      left_mm; /* from its left edge to the left edge of the right column */
  gboolean    party;
} Title;

static const Title titles[] = {
  { "cong hoa xa hoi chu nghia viet nam", 0, FALSE },
  { "dang cong san viet nam", 4, TRUE },
  { "doc lap - tu do - hanh phuc", 12, FALSE },
};

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

static gboolean
find_title (SohoaSheet *self, guint page, const Title *title)
{
  const SohoaView *view = g_ptr_array_index (self->views, page);
  g_autoptr(GPtrArray) rows = NULL;

  if (view == NULL)
    return FALSE;
  rows = sohoa_view_rows (view, 0, G_MAXDOUBLE, 0, view->height * HEAD_SEARCH_SHARE, 0);
  for (guint i = 0; i < rows->len; i++) {
    const SohoaRow *row = g_ptr_array_index (rows, i);
    int start = title_start (row, title->fold);
    const SohoaToken *first;

    if (start < 0)
      continue;
    first = g_ptr_array_index (row->tokens, start);
    if (first->x < SOHOA_PAGE_WIDTH_MM * 0.28) /* a centred title has no left column: take the usual one */
      self->head.split = FALLBACK_SPLIT_MM;
    else
      self->head.split = first->x - title->left_mm - COLUMN_SLACK_MM;
    self->head.top = row->y - (title == &titles[2] ? 6.0 : 0);
    self->head.view = page;
    self->head.found = TRUE;
    self->head.party = title->party;
    return TRUE;
  }
  return FALSE;
}

static void
find_head (SohoaSheet *self)
{
  guint first = 0;

  while (first < self->views->len && self->views->pdata[first] == NULL)
    first++;
  for (guint page = first; page < self->views->len && page < first + 4; page++)
    for (guint k = 0; k < G_N_ELEMENTS (titles); k++)
      if (find_title (self, page, &titles[k]))
        return;
  self->head.view = MIN (first, self->views->len - 1);
  self->head.split = FALLBACK_SPLIT_MM;
  self->head.top = 0;
}

static void
find_number_and_date (SohoaHead *head)
{
  /* "Số: 05/QĐ-…", also misread and without the colon; a slash or dash with letters after it follows */
  static const char number[] = "^[^a-z0-9]{0,3}s[o06]([^a-z].{0,12}|[a-z]?[^a-z].{0,10})?/\\s*[a-z0-9]";
  static const char loose[] = "^[^a-z0-9]{0,3}s[o06][^a-z]?\\s*[:;.]";
  static const char date[] = "ng?[aàu]?[yựvu].{0,9}th.{0,2}ng.{0,8}n.m";

  static const char party[] = "^[^a-z0-9]{0,3}s[o06][^a-z]{0,4}[0-9]{1,5}\\s?-\\s?[a-z]{2,4}\\s?/";

  head->number_row = sohoa_rows_match (head->left, head->party ? party : number);
  if (head->number_row == NULL)
    head->number_row = sohoa_rows_match (head->left, number);
  if (head->number_row == NULL)
    head->number_row = sohoa_rows_match (head->left, loose);
  if (head->number_row == NULL)
    head->number_row = sohoa_rows_match (head->left, "^.{0,12}/[a-z]{1,6}\\s?-\\s?[a-z]{2,}");
  head->date_row = sohoa_rows_match (head->right, date);
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
  return !sohoa_words_is_body_start (lists, clean)
         || (sohoa_words_is_body_open (lists, last->text->str) && !sohoa_fold_matches (fold, "^(ban|hoi|doan)$"));
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
    g_autofree char *clean = sohoa_row_clean (row);
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
    for (guint k = 0; k < row->tokens->len; k++)
      g_ptr_array_add (body->tokens, g_ptr_array_index (row->tokens, k));
    body->confidence += sohoa_row_confidence (row);
    body->lines++;
  }
  return bodies;
}

static double
body_confidence (SohoaSheet *self, const Body *body)
{
  double read = body->confidence / body->lines;
  double known = sohoa_words_known (self->options->lists, body->text->str);

  if (!self->head.found || !sohoa_words_is_body_start (self->options->lists, body->text->str))
    return 0.5;
  return MIN (0.98, 0.25 + 0.45 * read + 0.3 * known + (known > 0.99 && read > 0.6 ? 0.06 : 0));
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
  if (superior->len > 0)
    (void) sohoa_sheet_set (self, "OrganSuperior", superior->str, confidence, view, tokens, "zone2.superior");
  confidence = body_confidence (self, last);
  if (doubt)
    confidence = MIN (confidence, 0.5);
  (void) sohoa_sheet_set (self, "OrganName", last->text->str, confidence, view, last->tokens, "zone2.body");
}

/* Everything before "ngày" in the date line. */
static void
set_place (SohoaSheet *self)
{
  const SohoaView *view = g_ptr_array_index (self->views, self->head.view);
  g_autoptr(GPtrArray) tokens = g_ptr_array_new ();
  g_autoptr(GString) text = g_string_new (NULL);
  g_autofree char *right = NULL;
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
  (void) sohoa_sheet_set (self, "Place", right, sohoa_words_known (self->options->lists, right) > 0.9 ? 0.97
                          : confidence > 0.9 ? 0.92 : 0.6, view, tokens, "zone4.place");
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
  head->left = sohoa_view_rows (view, 0, head->split, head->top - ABOVE_TITLE_MM, head->top + HEAD_DEPTH_MM, 0);
  head->right = sohoa_view_rows (view, head->split, G_MAXDOUBLE, head->top - ABOVE_TITLE_MM,
                                 head->top + HEAD_DEPTH_MM, 0);
  find_number_and_date (head);
  measure_digits (head);
  bodies = collect_bodies (self, &doubt);
  set_bodies (self, bodies, doubt);
  set_place (self);
}
