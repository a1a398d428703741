/* What the text of the main part says: the deadline, the paper it answers, time and place of a meeting. Only a clause
 * that says so counts, never a bare date; a second, different deadline makes both doubtful. */
#include "sohoa-extract-private.h"

#include "sohoa-text.h"
#include "sohoa-time.h"

#include <stdlib.h>
#include <string.h>

#define CLAIM_SURE 0.95
#define CLAIM_SEVERAL 0.55  /* more than one deadline: a person chooses */
#define CLAIM_UNSURE 0.7    /* the words were not read well */
#define WORD_SURE 0.75      /* least confidence of the words that carry the value */
#define MEETING_MAX_CHARS 300
#define RIGHT_HALF 0.5      /* of the page width: rows that begin right of it are no body text */

/* The body as one text; every word knows its token. */
typedef struct {
  GString   *fold;        /* (owned) its words, folded, parted by one space */
  GPtrArray *tokens;      /* (owned array, unowned SohoaToken) */
  GPtrArray *views;       /* (owned array, unowned SohoaView) of the tokens */
  GArray    *folds;       /* (owned) (element-type guint) first byte of each word */
} Body;

static void
body_clear (Body *body)
{
  g_string_free (body->fold, TRUE);
  g_ptr_array_unref (body->tokens);
  g_ptr_array_unref (body->views);
  g_array_unref (body->folds);
}

static void
add_row (Body *body, const SohoaView *view, const SohoaRow *row)
{
  for (guint i = 0; i < row->tokens->len; i++) {
    SohoaToken *t = g_ptr_array_index (row->tokens, i);
    guint at;

    if (body->tokens->len > 0)
      g_string_append_c (body->fold, ' ');
    at = body->fold->len;
    g_array_append_val (body->folds, at);
    g_string_append (body->fold, t->fold);
    g_ptr_array_add (body->tokens, t);
    g_ptr_array_add (body->views, (gpointer) view);
  }
}

/* Rows of the main part from under the header to the recipients. */
static Body
body_new (SohoaSheet *self)
{
  Body body = { g_string_new (NULL), g_ptr_array_new (), g_ptr_array_new (),
                g_array_new (FALSE, FALSE, sizeof (guint)) };

  for (guint i = self->main_first; i <= self->main_last && i < self->views->len; i++) {
    const SohoaView *view = g_ptr_array_index (self->views, i);
    g_autoptr(GPtrArray) rows = view != NULL ? sohoa_view_rows (view, 0, G_MAXDOUBLE, 0, view->height, 0) : NULL;
    double top = i == self->head.view ? self->head.top + 25 : 0;

    for (guint k = 0; rows != NULL && k < rows->len; k++) {
      const SohoaRow *row = g_ptr_array_index (rows, k);

      if (row->y < top || row->x > SOHOA_PAGE_WIDTH_MM * RIGHT_HALF)
        continue;
      if (sohoa_fold_matches (row->fold, "^[^a-z]{0,3}n.i nh.n\\s?[:;.]?"))
        break;
      add_row (&body, view, row);
    }
  }
  return body;
}

/* Words that bytes @from…@to of the folded text touch. */
static GPtrArray *
tokens_of (const Body *body, int from, int to, guint *first_out)
{
  GPtrArray *tokens = g_ptr_array_new ();

  *first_out = G_MAXUINT;
  for (guint i = 0; i < body->tokens->len; i++) {
    guint start = g_array_index (body->folds, guint, i);
    guint end = start + strlen (((SohoaToken *) body->tokens->pdata[i])->fold);

    if ((int) end > from && (int) start < to) {
      if (*first_out == G_MAXUINT)
        *first_out = i;
      g_ptr_array_add (tokens, body->tokens->pdata[i]);
    }
  }
  return tokens;
}

/* The words as they are printed; g_free. */
static char *
text_of (GPtrArray *tokens)
{
  g_autoptr(GString) out = g_string_new (NULL);

  for (guint i = 0; i < tokens->len; i++)
    g_string_append_printf (out, "%s%s", i > 0 ? " " : "", ((SohoaToken *) tokens->pdata[i])->text);
  return g_string_free (g_steal_pointer (&out), FALSE);
}

static double
least_sure (GPtrArray *tokens)
{
  double least = 1;

  for (guint i = 0; i < tokens->len; i++)
    least = MIN (least, ((SohoaToken *) tokens->pdata[i])->confidence);
  return least;
}

static void
set_from (SohoaSheet *self, const Body *body, const char *key, const char *value, double confidence, int from, int to,
          const char *rule)
{
  guint first;
  g_autoptr(GPtrArray) tokens = tokens_of (body, from, to, &first);
  const SohoaView *view = first != G_MAXUINT ? g_ptr_array_index (body->views, first) : NULL;

  if (view == NULL)
    return;
  if (least_sure (tokens) < WORD_SURE)
    confidence = MIN (confidence, CLAIM_UNSURE);
  (void) sohoa_sheet_set (self, key, value, confidence, view, tokens, rule);
}

/* ---- dates ---- */

/* "ngày 15/6/2025" and "ngày 15 tháng 6 năm 2025" in folded text. */
#define DAY_PATTERN "ngay\\s*([0-9]{1,2})\\s*(?:[/.-]\\s*|\\s+thang\\s+)([0-9]{1,2})\\s*(?:[/.-]\\s*|\\s+nam\\s+)((?:19|20)[0-9]{2})"

static char *
day_of (GMatchInfo *info, int group)
{
  g_autofree char *d = g_match_info_fetch (info, group), *m = g_match_info_fetch (info, group + 1);
  g_autofree char *y = g_match_info_fetch (info, group + 2);
  g_autofree char *day = g_strdup_printf ("%s-%02d-%02d", y, atoi (m), atoi (d));

  return sohoa_day_is_valid (day) ? g_steal_pointer (&day) : NULL;
}

/* A deadline comes after the document; an older one is somebody else's. */
static gboolean
is_after_issue (SohoaSheet *self, const char *day)
{
  const char *issued = sohoa_record_value (self->record, "IssuedDate");
  const SohoaField *field = sohoa_record_peek_field (self->record, "IssuedDate");

  if (field == NULL || field->confidence < SOHOA_CONFIDENCE_CLAIMED)
    return TRUE;
  return strcmp (day, issued) >= 0;
}

static void
read_deadline (SohoaSheet *self, const Body *body)
{
  g_autoptr(GRegex) regex = g_regex_new ("\\b(?:truoc|cham nhat(?: la)?(?: den)?|muon nhat(?: la)?|han cuoi(?: la)?|den het|hoan thanh trong|"
                                         "thoi han(?: gui)?[^.]{0,20}?|xong truoc|den truoc)\\s+(?:het\\s+|[0-9]{1,2}\\s*(?:h|gio)[0-9 ]{0,4}(?:phut)?,?\\s*)?"
                                         DAY_PATTERN, 0, 0, NULL);
  g_autoptr(GMatchInfo) info = NULL;
  g_autofree char *found = NULL;
  int from = 0, to = 0;
  gboolean several = FALSE;

  (void) g_regex_match (regex, body->fold->str, 0, &info);
  for (; g_match_info_matches (info); (void) g_match_info_next (info, NULL)) {
    g_autofree char *day = day_of (info, 1);

    if (day == NULL || !is_after_issue (self, day))
      continue;
    several = several || (found != NULL && !g_str_equal (found, day));
    if (found == NULL) {
      found = g_steal_pointer (&day);
      (void) g_match_info_fetch_pos (info, 0, &from, &to);
    }
  }
  if (found != NULL)
    set_from (self, body, "DueDate", found, several ? CLAIM_SEVERAL : CLAIM_SURE, from, to, "text.deadline");
}

/* ---- the paper it answers ---- */

static void
read_response (SohoaSheet *self, const Body *body)
{
  g_autoptr(GRegex) regex = g_regex_new ("\\b(?:tra loi|phuc dap)\\s+"
                                         "(?:noi dung\\s+|de nghi tai\\s+)?(?:cong van|van ban|to trinh|cong dien|thong bao|bao cao|phieu chuyen)?\\s*"
                                         "so\\s*:?\\s*([0-9]{1,6}[a-z]?)\\s*([/-]\\s*\\S+)", 0, 0, NULL);
  g_autoptr(GMatchInfo) info = NULL;
  g_autoptr(GPtrArray) tokens = NULL;
  g_autofree char *text = NULL;
  g_autofree char *symbol = NULL;
  guint first;
  int from, to;

  if (!g_regex_match (regex, body->fold->str, 0, &info) || !g_match_info_fetch_pos (info, 1, &from, NULL)
      || !g_match_info_fetch_pos (info, 2, NULL, &to))
    return;
  tokens = tokens_of (body, from, to, &first);
  text = text_of (tokens);
  symbol = sohoa_symbol_tidy (text);
  if (symbol[0] != '\0')
    set_from (self, body, "ResponseFor", symbol, CLAIM_SURE, from, to, "text.response");
}

/* ---- a meeting ---- */

/* "08 giờ 30", "8h30", "14 giờ". */
#define CLOCK_PATTERN "([0-9]{1,2})\\s*(?:gio|h|g)\\s*([0-9]{2})?"

static void
read_meeting_time (SohoaSheet *self, const Body *body)
{
  g_autoptr(GRegex) regex = g_regex_new ("thoi gian\\s*[:;]?[^.;]{0,40}?" CLOCK_PATTERN "[^.;]{0,60}?" DAY_PATTERN, 0, 0, NULL);
  g_autoptr(GMatchInfo) info = NULL;
  g_autofree char *hour = NULL, *minute = NULL, *day = NULL, *value = NULL;
  int from, to;

  if (!g_regex_match (regex, body->fold->str, 0, &info))
    return;
  hour = g_match_info_fetch (info, 1);
  minute = g_match_info_fetch (info, 2);
  day = day_of (info, 3);
  if (day == NULL || atoi (hour) > 23 || atoi (minute) > 59 || !g_match_info_fetch_pos (info, 0, &from, &to))
    return;
  value = g_strdup_printf ("%sT%02d:%02d", day, atoi (hour), atoi (minute));
  set_from (self, body, "MeetingTime", value, CLAIM_SURE, from, to, "text.meeting-time");
}

/* From "Địa điểm:" to the end of the sentence or the next numbered line. */
static void
read_meeting_place (SohoaSheet *self, const Body *body)
{
  g_autoptr(GRegex) regex = g_regex_new ("\\bdia diem(?: hop| to chuc)?\\s*[:;]\\s*(?:tai\\s+)?(.{3,300}?)"
                                         "(?=[.;](?:\\s|$)|\\s[0-9ivx]{1,3}[.)]\\s|\\s[-*+]\\s|\\s(?:thanh phan|noi dung|chu tri|thoi gian)\\s*:|$)",
                                         0, 0, NULL);
  g_autoptr(GMatchInfo) info = NULL;
  g_autoptr(GPtrArray) tokens = NULL;
  g_autofree char *text = NULL;
  guint first;
  int from, to;
  gsize n;

  if (!g_regex_match (regex, body->fold->str, 0, &info) || !g_match_info_fetch_pos (info, 1, &from, &to))
    return;
  tokens = tokens_of (body, from, to, &first);
  text = text_of (tokens);
  n = strlen (text);
  while (n > 0 && strchr (".,; ", text[n - 1]) != NULL)
    text[--n] = '\0';
  if (n > 0 && g_utf8_strlen (text, -1) <= MEETING_MAX_CHARS)
    set_from (self, body, "MeetingPlace", text, CLAIM_SURE, from, to, "text.meeting-place");
}

void
sohoa_sheet_read_text (SohoaSheet *self)
{
  Body body;
  const char *type = sohoa_record_value (self->record, "TypeName");

  if (self->views->len == 0)
    return;
  body = body_new (self);
  if (g_str_equal (type, "Giấy mời") || g_str_equal (type, "Giấy triệu tập")) {
    read_meeting_time (self, &body);
    read_meeting_place (self, &body);
  }
  read_deadline (self, &body);
  read_response (self, &body);
  body_clear (&body);
}
