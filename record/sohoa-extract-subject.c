/* Type and subject (ô 5a, 5b), urgency (ô 10b). */
#include "sohoa-extract-private.h"
#include "sohoa-proposal.h"

#include "sohoa-text.h"
#include "sohoa-urgency.h"

#include <math.h>
#include <string.h>

/* millimetres of an A4-wide page */
#define TYPE_DEPTH_MM 75.0    /* a type line stands at most so far below number and date */
#define TYPE_CENTRE_MM 32.0   /* its middle is at most so far from the page's */
#define TYPE_HEIGHT_MM 3.0    /* a row so much below the type line is not the type line any more */
#define SUBJECT_MAX_ROWS 9
#define VV_START_MM 16.0      /* a V/v begins at most so far below the number */
#define LETTER_REACH_MM 25.0  /* a V/v may reach so far into the right column */
#define LETTER_INSIDE_MM 15.0 /* its lines begin so much left of it */
#define LETTER_DEPTH_MM 45.0
#define LETTER_GAP 2.3        /* heights: wider gaps end a line of it */
#define LOST_START 0.8
#define PITCH_END 1.45        /* of the usual distance of lines: more ends a subject */
#define MARGIN_SURE 0.8       /* confidence of the words before "Về", below it they are no part of the subject */
#define URGENT_DEPTH 0.55     /* of the page height */
#define BLOCK_GAP 3.5         /* heights: words farther off are not of the block */
#define PARAGRAPH_MM 135.0    /* a line of the body is at least so wide */
#define INDENT_OFF_MM 3.5     /* an indented one's middle is so far right of the page's */
#define CENTRED_MM 5.0
#define FIRST_GAP 2.1         /* pitches from the type to its subject */
#define LEAST_PITCH_MM 5.0    /* of 13 pt print */
#define URGENCY_AGREED 0.98
#define URGENCY_ONE 0.93      /* only the text or only the picture */
#define URGENCY_TORN 0.8
#define SLIP 0.85             /* confidence of a subject with a slip of the recogniser in it */
#define UNDER_STAMP 0.75      /* confidence of a subject part of which a stamp hides */

static double
header_bottom (const SohoaHead *head)
{
  double y = head->top + 12;

  if (head->number_row != NULL)
    y = MAX (y, head->number_row->y);
  if (head->date_row != NULL && head->date_row->y < y + 25)
    y = MAX (y, head->date_row->y);
  return y;
}

static int
compare_doubles (gconstpointer a, gconstpointer b)
{
  double d = *(const double *) a - *(const double *) b;

  return d < 0 ? -1 : d > 0;
}

/* The usual distance of two lines of the body; 8 mm when there is too little text. */
static double
usual_pitch (GPtrArray *rows)
{
  g_autoptr(GArray) gaps = g_array_new (FALSE, FALSE, sizeof (double));

  for (guint i = 1; i < rows->len; i++) {
    const SohoaRow *a = g_ptr_array_index (rows, i - 1), *b = g_ptr_array_index (rows, i);
    double gap = b->y - a->y;

    if (gap > 3 && gap < 16 && a->w > 60 && b->w > 60)
      g_array_append_val (gaps, gap);
  }
  if (gaps->len < 3)
    return 8.0;
  g_array_sort (gaps, compare_doubles);
  return g_array_index (gaps, double, gaps->len * 2 / 5);
}

static gboolean
opens_body (const SohoaRow *row)
{
  return sohoa_fold_matches (row->fold, "^[^a-z]{0,4}(can cu|kinh gui|thuc hien |theo de nghi|xet de nghi|xet to trinh"
                                        "|hoi nghi lan|dieu 1|[ivx1]{1,3}[.] |1\\.)")
         || sohoa_fold_matches (row->fold, "^[^a-z]{0,4}(quyet dinh|chi thi|quyet nghi|nghi quyet)\\s*:");
}

static gboolean
is_authority (SohoaSheet *self, const SohoaRow *row)
{
  g_autofree char *clean = sohoa_row_clean (row);

  return sohoa_text_is_upper (clean)
         && (sohoa_words_is_title (self->options->lists, clean)
             || sohoa_words_is_body_start (self->options->lists, clean));
}

/* "ĐƠN ĐỀ NGHỊ": in a family that calls its papers by their first word. */
static const SohoaDocumentType *
type_by_start (SohoaSheet *self, const char *clean)
{
  const SohoaFamily *family = self->head.family;
  g_autofree char *fold = sohoa_text_fold (clean);

  for (guint i = 0; i < family->type_starts->len; i++) {
    const char *start = ((SohoaPhrase *) family->type_starts->pdata[i])->fold;
    gsize n = strlen (start);

    if (g_str_has_prefix (fold, start) && (fold[n] == '\0' || fold[n] == ' '))
      return sohoa_lists_peek_by_name (self->options->lists, g_ptr_array_index (family->types, i));
  }
  return NULL;
}

/* The row is the name of a type: alone, capitals, near the middle. */
static const SohoaDocumentType *
type_of_row (SohoaSheet *self, const SohoaRow *row)
{
  g_autofree char *clean = sohoa_row_clean (row);
  const SohoaDocumentType *best = NULL;
  double least = 1;

  if (!sohoa_text_is_upper (clean) || fabs (row->x + row->w / 2 - SOHOA_PAGE_WIDTH_MM / 2) > TYPE_CENTRE_MM
      || strlen (clean) < 3)
    return NULL;
  for (guint i = 0; i < self->options->lists->types->len; i++) {
    const SohoaDocumentType *type = g_ptr_array_index (self->options->lists->types, i);
    double difference = sohoa_fold_difference (clean, type->folded);
    double allowed = strlen (type->folded) >= 7 ? 0.17 : 0.0;

    if (g_str_equal (type->name, "Công văn"))
      continue;
    if (difference <= allowed && difference < least) {
      least = difference;
      best = type;
    }
  }
  return best != NULL ? best : type_by_start (self, clean);
}

static const SohoaDocumentType *
find_type_row (SohoaSheet *self)
{
  SohoaHead *head = &self->head;
  const SohoaView *view = g_ptr_array_index (self->views, head->view);
  double bottom = header_bottom (head);

  for (guint i = 0; i < view->rows->len; i++) {
    SohoaRow *row = g_ptr_array_index (view->rows, i);
    const SohoaDocumentType *type;

    if (row->y < bottom - 2 || row->y > bottom + TYPE_DEPTH_MM)
      continue;
    if (sohoa_fold_matches (row->fold, "^[^a-z]{0,4}(can cu|kinh gui)"))
      return NULL;
    type = type_of_row (self, row);
    if (type != NULL) {
      head->type_row = row;
      return type;
    }
  }
  return NULL;
}

static SohoaRow *
find_vv (SohoaSheet *self)
{
  SohoaHead *head = &self->head;

  for (guint i = 0; head->number_row != NULL && i < head->left->len; i++) {
    SohoaRow *row = g_ptr_array_index (head->left, i);

    if (row->y > head->number_row->y + 2 && row->y < head->number_row->y + VV_START_MM
        && sohoa_fold_matches (row->fold, "^[^a-z0-9]{0,3}v\\s?[/.,iIl]?\\s?v[ :./]"))
      return row;
  }
  return NULL;
}

static void
set_type (SohoaSheet *self, const SohoaDocumentType *printed)
{
  const SohoaLists *lists = self->options->lists;
  const SohoaView *view = g_ptr_array_index (self->views, self->head.view);
  const SohoaDocumentType *coded = self->type_abbreviation != NULL
                                     ? sohoa_lists_peek_by_abbreviation (lists, self->type_abbreviation) : NULL;
  GPtrArray *from = self->head.type_row != NULL ? self->head.type_row->tokens
                    : self->head.number_row != NULL ? self->head.number_row->tokens : NULL;

  if (printed != NULL)
    (void) sohoa_sheet_set (self, "TypeName", printed->name,
                            printed == coded ? 0.99 : coded == NULL ? 0.93 : 0.88, view, from, "zone5a.type");
  else if (coded != NULL)
    (void) sohoa_sheet_set (self, "TypeName", coded->name, self->vv ? 0.6 : 0.85, view, from, "zone3.type");
  else if (self->vv)
    (void) sohoa_sheet_set (self, "TypeName", "Công văn", 0.97, view, from, "zone5b.letter");
  else if (sohoa_rows_match (view->rows, "^[^a-z]{0,4}kinh gui") != NULL
           && sohoa_record_value (self->record, "CodeNotation")[0] != '\0')
    (void) sohoa_sheet_set (self, "TypeName", "Công văn", 0.86, view, from, "zone9a.letter");
}

static void
append_row (GString *text, GPtrArray *tokens, const SohoaRow *row, double *sum)
{
  for (guint k = 0; k < row->tokens->len; k++) {
    SohoaToken *t = g_ptr_array_index (row->tokens, k);

    g_string_append_printf (text, "%s%s", text->len > 0 ? " " : "", t->text);
    g_ptr_array_add (tokens, t);
  }
  *sum += sohoa_row_confidence (row);
}

/* Debris at both ends and before the punctuation; g_free. */
static char *
tidy_subject (const char *text)
{
  g_autoptr(GRegex) start = g_regex_new ("^[^\\p{L}\\p{N}(\"“]+", 0, 0, NULL);
  g_autoptr(GRegex) end = g_regex_new ("[^\\p{L}\\p{N})\"”%]+$", 0, 0, NULL);
  g_autoptr(GRegex) letter = g_regex_new ("^V\\s?[/.,]?\\s?[vV][:.]?\\s*(?=\\S)", 0, 0, NULL);
  g_autofree char *a = g_regex_replace_literal (start, text, -1, 0, "", 0, NULL);
  g_autofree char *b = g_regex_replace_literal (end, a, -1, 0, "", 0, NULL);
  g_autoptr(GRegex) glued = g_regex_new ("^Về\\s?việc\\s*(?=\\S)", 0, 0, NULL);
  g_autofree char *c = g_regex_replace_literal (letter, b, -1, 0, "V/v ", 0, NULL);
  g_autofree char *d = g_regex_replace_literal (glued, c, -1, 0, "Về việc ", 0, NULL);

  return sohoa_text_squeeze (d);
}

/* A slip of the recogniser shows: a word with Vietnamese letters that cannot be a syllable (plain ones may be foreign, all
 * capitals are abbreviations), or a sign that no subject holds. */
static gboolean
has_slip (const char *subject)
{
  g_auto(GStrv) words = g_strsplit (subject, " ", -1);

  if (g_regex_match_simple ("[^\\p{L}\\p{N}\\s.,;:/()\\-–—\"“”'’%&+]", subject, 0, 0))
    return TRUE;
  for (guint i = 0; words[i] != NULL; i++) {
    g_autofree char *upper = g_utf8_strup (words[i], -1);

    if (!g_str_is_ascii (words[i]) && !g_str_equal (upper, words[i]) && !sohoa_word_is_possible (words[i]))
      return TRUE;
  }
  return FALSE;
}

static void
set_subject (SohoaSheet *self, GString *text, GPtrArray *tokens, double sum, guint rows, double prior,
             const char *rule)
{
  const SohoaView *view = g_ptr_array_index (self->views, self->head.view);
  g_autofree char *clean = tidy_subject (text->str);
  double read = rows > 0 ? sum / rows : 0;

  if (g_utf8_strlen (clean, -1) < 6)
    return;
  if (self->head.family->numbers != SOHOA_NUMBERS_DASH && g_unichar_islower (g_utf8_get_char (clean)))
    prior = MIN (prior, LOST_START); /* a subject begins with a capital: its first word was lost */
  if (has_slip (clean))
    prior = MIN (prior, SLIP);
  (void) sohoa_sheet_set (self, "Subject", clean, prior * MIN (1.0, 0.35 + 0.68 * read), view, tokens, rule);
}

/* A stamp in the margin was read into the first row: what is badly read before "Về" goes. */
static void
cut_margin (GPtrArray *row)
{
  double sum = 0;

  for (guint i = 0; i < row->len; i++) {
    const SohoaToken *t = g_ptr_array_index (row, i);

    if (i > 0 && g_str_equal (t->text, "Về") && sum / i < MARGIN_SURE) {
      g_ptr_array_remove_range (row, 0, i);
      return;
    }
    sum += t->confidence;
  }
}

/* The words of @row that belong to the block around @centre: not what a stamp left, and not what stands off at a
 * side. *lost_out: good words of letters that lay under a stamp. */
static SohoaRow *
block_row (SohoaSheet *self, const SohoaRow *row, double centre, guint *lost_out)
{
  g_autoptr(GPtrArray) best = NULL, now = g_ptr_array_new ();
  double right = 0, nearest = G_MAXDOUBLE;

  for (guint i = 0; i <= row->tokens->len; i++) {
    SohoaToken *t = i < row->tokens->len ? g_ptr_array_index (row->tokens, i) : NULL;

    if (t != NULL && t->plane == SOHOA_PLANE_RED) /* print is never red */
      continue;
    if (t != NULL && sohoa_sheet_in_stamp (self, t)) {
      *lost_out += t->confidence > 0.9 && t->plane == SOHOA_PLANE_BLACK && g_utf8_strlen (t->text, -1) > 2
                       && !sohoa_sheet_is_stamp_word (t) ? 1 : 0;
      continue;
    }
    if (now->len > 0 && (t == NULL || t->x - right > BLOCK_GAP * MAX (row->h, 2.5))) {
      const SohoaToken *first = g_ptr_array_index (now, 0);
      double off = fabs ((first->x + right) / 2 - centre);

      if (off < nearest) {
        nearest = off;
        g_clear_pointer (&best, g_ptr_array_unref);
        best = g_steal_pointer (&now);
      } else
        g_ptr_array_unref (now);
      now = g_ptr_array_new ();
    }
    if (t != NULL) {
      g_ptr_array_add (now, t);
      right = t->x + t->w;
    }
  }
  return best != NULL && best->len > 0 ? sohoa_row_new (g_steal_pointer (&best)) : NULL;
}

/* A paragraph of the body: over the whole type area, its first line indented, so not in the middle. */
static gboolean
is_paragraph (const SohoaRow *row, double centre)
{
  double off = row->x + row->w / 2 - centre;

  return row->w > PARAGRAPH_MM && off > INDENT_OFF_MM && !sohoa_fold_matches (row->fold, "^[^a-z]{0,3}(ve |v/v )");
}

/* The words that open a body also open subjects ("Thực hiện …"); there they stand in the middle. */
static gboolean
is_centred (const SohoaRow *row, double centre)
{
  return fabs (row->x + row->w / 2 - centre) < CENTRED_MM;
}

/* "- Giám đốc …": a list; a speck before a line in the middle looks like one. */
static gboolean
is_item (const SohoaRow *row, double centre)
{
  return sohoa_fold_matches (row->fold, "^[^a-z]{0,4}[-+] ") && !is_centred (row, centre);
}

static gboolean
ends_subject (SohoaSheet *self, const SohoaRow *row, guint n, double gap, double limit, double centre)
{
  if (sohoa_fold_matches (row->fold, "^[^a-z]{0,4}(thuc hien |theo de nghi )") && is_centred (row, centre))
    return n > 0 ? gap > limit : gap > FIRST_GAP * limit / PITCH_END;
  return opens_body (row) || is_item (row, centre) || is_paragraph (row, centre) || (n == 0 && gap > FIRST_GAP * limit / PITCH_END)
         || (n > 0 && gap > limit) || (n > 0 && is_authority (self, row));
}

/* Rows under the type until the body begins. */
static void
read_subject_of_type (SohoaSheet *self)
{
  const SohoaView *view = g_ptr_array_index (self->views, self->head.view);
  const SohoaRow *type = self->head.type_row;
  g_autoptr(GPtrArray) rows = sohoa_view_rows (view, 0, G_MAXDOUBLE, type->y + TYPE_HEIGHT_MM / 2, view->height, 0);
  g_autoptr(GPtrArray) used = g_ptr_array_new_with_free_func ((GDestroyNotify) sohoa_row_free);
  double pitch = usual_pitch (rows), last = type->y, centre = type->x + type->w / 2;
  g_autoptr(GString) text = g_string_new (NULL);
  g_autoptr(GPtrArray) tokens = g_ptr_array_new ();
  double sum = 0, spacing = 0;
  guint n = 0, lost = 0;

  for (guint i = 0; i < rows->len && n < SUBJECT_MAX_ROWS; i++) {
    SohoaRow *row = block_row (self, g_ptr_array_index (rows, i), centre, &lost);
    g_autofree char *clean = row != NULL ? sohoa_row_clean (row) : NULL;
    double gap = row != NULL ? row->y - last : 0;
    double limit = PITCH_END * (spacing > 0 ? MAX (spacing, MIN (pitch, LEAST_PITCH_MM)) : MAX (pitch, LEAST_PITCH_MM));

    if (row == NULL)
      continue;
    g_ptr_array_add (used, row);
    if (row->y < type->y + TYPE_HEIGHT_MM || g_utf8_strlen (clean, -1) < 3
        || (row->w < 15 && sohoa_row_confidence (row) < 0.4))
      continue; /* rules and specks */
    if (ends_subject (self, row, n, gap, limit, centre))
      break;
    if (n == 0)
      cut_margin (row->tokens);
    append_row (text, tokens, row, &sum);
    spacing = n > 0 ? gap : 0;
    last = row->y;
    n++;
  }
  set_subject (self, text, tokens, sum, n, lost > 0 ? UNDER_STAMP : 0.98, "zone5a.subject");
}

/* Rows of the left column under the number: "V/v …". */
static void
read_subject_of_letter (SohoaSheet *self, const SohoaRow *vv)
{
  const SohoaHead *head = &self->head;
  const SohoaView *view = g_ptr_array_index (self->views, head->view);
  g_autoptr(GPtrArray) rows = sohoa_view_rows (view, 0, head->split + LETTER_REACH_MM, vv->y - vv->h,
                                               vv->y + LETTER_DEPTH_MM, LETTER_GAP);
  double last = vv->y, spacing = 0, sum = 0;
  g_autoptr(GString) text = g_string_new (NULL);
  g_autoptr(GPtrArray) tokens = g_ptr_array_new ();
  guint n = 0;

  for (guint i = 0; i < rows->len && n < SUBJECT_MAX_ROWS; i++) {
    const SohoaRow *row = g_ptr_array_index (rows, i);
    gboolean start = fabs (row->y - vv->y) < 1.0 && row->x < vv->x + 1.0;
    double gap = row->y - last;
    g_autofree char *clean = sohoa_row_clean (row);

    if ((n == 0 && !start) || row->x > head->split - LETTER_INSIDE_MM || (!start && g_utf8_strlen (clean, -1) < 2))
      continue;
    if (!start && (opens_body (row) || sohoa_fold_matches (row->fold, "^[^a-z]{0,4}[-+] ") || gap > MAX (7.5, 1.4 * spacing)
                   || sohoa_fold_matches (row->fold, "^[^a-z]{0,3}(so|ngay|den|cong van den|hoa toc|khan)\\b.{0,12}$")))
      break;
    append_row (text, tokens, row, &sum);
    if (!start)
      spacing = gap;
    last = row->y;
    n++;
  }
  set_subject (self, text, tokens, sum, n, self->vv ? 0.98 : 0.8, "zone5b.subject");
}

/* A letter whose V/v was misread: the first row right under the number. */
static const SohoaRow *
guess_vv (SohoaSheet *self)
{
  const SohoaHead *head = &self->head;

  for (guint i = 0; head->number_row != NULL && i < head->left->len; i++) {
    const SohoaRow *row = g_ptr_array_index (head->left, i);
    g_autofree char *clean = sohoa_row_clean (row);

    if (row->y > head->number_row->y + 2.5 && row->y < head->number_row->y + VV_START_MM && !opens_body (row)
        && g_utf8_strlen (clean, -1) > 10 && !sohoa_text_is_upper (clean))
      return row;
  }
  return NULL;
}

/* ---- urgency ---- */

/* Half of HỎA TỐC in red. */
static gboolean
is_torn_urgency (const SohoaRow *row, const char *clean)
{
  const SohoaToken *first = g_ptr_array_index (row->tokens, 0);

  return first->plane == SOHOA_PLANE_RED && sohoa_text_is_upper (clean)
         && sohoa_fold_matches (row->fold, "^[^a-z]{0,3}(toc|hoa)[^a-z]{0,3}$");
}

/* What the text says and what the gate saw in the picture; the more urgent one counts. A lone KHẨN in the text may be
 * the rest of THƯỢNG KHẨN, so it is claimed only when the picture says the same. */
static void
set_urgency (SohoaSheet *self, guint level, gboolean torn, const SohoaView *view, const SohoaRow *row)
{
  guint seen = self->options->urgency;
  char value[2] = { (char) ('0' + MAX (level, seen)), '\0' };
  double confidence = level == seen ? URGENCY_AGREED : torn || MAX (level, seen) == 1 ? URGENCY_TORN : URGENCY_ONE;

  (void) sohoa_sheet_set (self, "Priority", value, confidence, level > 0 ? view : NULL, level > 0 ? row->tokens : NULL,
                          level >= seen ? "zone10b.urgency" : "gate.urgency");
}

static void
read_urgency (SohoaSheet *self)
{
  const SohoaView *view = g_ptr_array_index (self->views, self->head.view);

  for (guint i = 0; i < view->rows->len; i++) {
    const SohoaRow *row = g_ptr_array_index (view->rows, i);
    g_autofree char *clean = sohoa_row_clean (row);
    guint level = row->y < view->height * URGENT_DEPTH ? sohoa_urgency_of_text (clean) : 0;
    gboolean torn = level == 0 && row->y < view->height * URGENT_DEPTH && is_torn_urgency (row, clean);

    if (level > 0 || torn) {
      set_urgency (self, torn ? 3 : level, torn, view, row);
      return;
    }
  }
  if (self->options->urgency > 0)
    set_urgency (self, 0, FALSE, NULL, NULL);
  else
    (void) sohoa_sheet_set (self, "Priority", "0", 0.95, NULL, NULL, "zone10b.none");
}

void
sohoa_sheet_find_type (SohoaSheet *self)
{
  if (self->head.left != NULL)
    self->printed = find_type_row (self);
}

void
sohoa_sheet_read_subject (SohoaSheet *self)
{
  const SohoaRow *vv;

  if (self->head.left == NULL)
    return;
  vv = find_vv (self);
  self->vv = vv != NULL && self->printed == NULL;
  set_type (self, self->printed);
  if (self->printed != NULL)
    read_subject_of_type (self);
  else {
    vv = vv != NULL ? vv : guess_vv (self);
    if (vv != NULL)
      read_subject_of_letter (self, vv);
  }
  read_urgency (self);
}
