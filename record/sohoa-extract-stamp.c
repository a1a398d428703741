/* What was stamped on the paper: ĐẾN (number and date of arrival) and the mark of a copy (SAO Y, SAO LỤC). */
#include "sohoa-extract-private.h"

#include "sohoa-text.h"
#include "sohoa-time.h"

#include <math.h>
#include <string.h>

#define STAMP_W_MM 50.0 /* NĐ30 Annex IV.V */
#define STAMP_H_MM 35.0
#define LABEL_REACH_MM 24.0 /* from ĐẾN to "Số:" beside it */
#define LABEL_DEPTH_MM 12.0
#define STAMP_LOWEST 0.6    /* of the page height */
#define ARRIVAL_MAX_DIGITS 6
#define STAMP_CONFIDENCE 0.4 /* filled in by hand */
#define COPY_CONFIDENCE 0.92
#define DEFAULT_CONFIDENCE 0.93
#define COPY_ABOVE_MM 18.0 /* body, number and date of the copying agency stand over "SAO Y" */
#define CIRCULATION_MAX_DIFFERENCE 0.15 /* of the mark's letters may be misread */
#define MARK_DEBRIS 2 /* words before it */
#define CIRCULATION_CONFIDENCE 0.95

static void
read_arrival_row (SohoaSheet *self, const SohoaView *view, const SohoaRow *row)
{
  g_autoptr(GRegex) number = g_regex_new ("\\bs[o06][^a-z0-9]{0,4}([0-9]{1,6})\\b(?!\\s*/)", 0, 0, NULL);
  g_autoptr(GRegex) date = g_regex_new ("([0-9]{1,2})\\s*[/.-]\\s*([0-9]{1,2})\\s*[/.-]\\s*((?:19|20)[0-9]{2})", 0, 0,
                                        NULL);
  g_autoptr(GMatchInfo) n = NULL, d = NULL;

  if (g_regex_match (number, row->fold, 0, &n) && sohoa_record_value (self->record, "ArrivalNumber")[0] == '\0') {
    g_autofree char *value = g_match_info_fetch (n, 1);
    SohoaField *field = sohoa_sheet_set (self, "ArrivalNumber", value, STAMP_CONFIDENCE, view, row->tokens,
                                         "stamp.number");

    if (field != NULL)
      field->handwritten = TRUE;
  }
  if (g_regex_match (date, row->fold, 0, &d) && sohoa_record_value (self->record, "ArrivalDate")[0] == '\0') {
    g_autofree char *dd = g_match_info_fetch (d, 1), *mm = g_match_info_fetch (d, 2), *yy = g_match_info_fetch (d, 3);
    g_autofree char *value = g_strdup_printf ("%s-%02d-%02d", yy, atoi (mm), atoi (dd));
    SohoaField *field = sohoa_day_is_valid (value)
                          ? sohoa_sheet_set (self, "ArrivalDate", value, STAMP_CONFIDENCE, view, row->tokens,
                                             "stamp.date") : NULL;

    if (field != NULL)
      field->handwritten = TRUE;
  }
}

/* The number was written without its label being read: the row that is nothing but a number. */
static void
read_loose_row (SohoaSheet *self, const SohoaView *view, const SohoaRow *row)
{
  g_autofree char *clean = sohoa_row_clean (row);
  gsize n = strspn (clean, "0123456789");
  SohoaField *field;

  if (n == 0 || n > ARRIVAL_MAX_DIGITS || clean[n] != '\0' || sohoa_record_value (self->record, "ArrivalNumber")[0] != '\0')
    return;
  field = sohoa_sheet_set (self, "ArrivalNumber", clean, STAMP_CONFIDENCE, view, row->tokens, "stamp.number");
  if (field != NULL)
    field->handwritten = TRUE;
}

/* ---- where it lies ---- */

static gboolean
is_den (const SohoaToken *t)
{
  return sohoa_text_is_upper (t->text) && sohoa_fold_matches (t->fold, "^[^a-z0-9]{0,2}den[^a-z0-9]{0,2}$");
}

gboolean
sohoa_sheet_is_stamp_word (const SohoaToken *token)
{
  return sohoa_fold_matches (token->fold, "^[^a-z]*$|^[^a-z]{0,2}(den|so|ngay|chuyen|gio|cong|van|luu|hs|ho|so:|ky|hieu|va)[^a-z]{0,2}$");
}

/* "Số", "Ngày" or "Chuyển" near the word ĐẾN: @right = beside it, else under it. */
static const SohoaToken *
find_label (const SohoaView *view, const SohoaToken *den, gboolean right)
{
  for (guint i = 0; i < view->tokens->len; i++) {
    const SohoaToken *t = g_ptr_array_index (view->tokens, i);
    double dx = t->x - (den->x + den->w), dy = t->y + t->h / 2 - (den->y + den->h / 2);

    if (!sohoa_fold_matches (t->fold, "^[^a-z]{0,2}(s[o06a]|ngay|chuyen|gio)[^a-z]"
                                      "|^[^a-z]{0,2}(s[o06a]|ngay|chuyen|gio)$"))
      continue;
    if (right ? dx > 0 && dx < LABEL_REACH_MM && fabs (dy) < LABEL_DEPTH_MM
              : dy > 1 && dy < STAMP_H_MM && dx < LABEL_REACH_MM && dx > -LABEL_REACH_MM - den->w)
      return t;
  }
  return NULL;
}

static void
set_stamp (SohoaSheet *self, double x0, double y0, double x1, double y1)
{
  self->stamped = TRUE;
  self->stamp[0] = x0;
  self->stamp[1] = y0;
  self->stamp[2] = x1;
  self->stamp[3] = y1;
}

/* "Chuyển:", "Ngày": labels begin with a capital; "ngày" of the date line and "chuyển" of a subject do not. */
static gboolean
is_label (const SohoaToken *t)
{
  const char *p = t->text;

  while (*p != '\0' && !g_unichar_isalpha (g_utf8_get_char (p)))
    p = g_utf8_next_char (p);
  return g_unichar_isupper (g_utf8_get_char (p));
}

/* ĐẾN itself was not read: "Chuyển" under "Ngày", both on the paper's upper half. */
static void
find_stamp_by_labels (SohoaSheet *self, const SohoaView *view)
{
  for (guint i = 0; i < view->tokens->len; i++) {
    const SohoaToken *t = g_ptr_array_index (view->tokens, i);

    if (t->y > view->height * STAMP_LOWEST || !sohoa_fold_matches (t->fold, "^[^a-z]{0,2}chuye.[^a-z]{0,3}$") || !is_label (t))
      continue;
    for (guint k = 0; k < view->tokens->len; k++) {
      const SohoaToken *day = g_ptr_array_index (view->tokens, k);
      double dx = day->x - t->x, dy = t->y - day->y;

      if (dy > 3 && dy < 16 && dx > -5 && dx < LABEL_REACH_MM + 5 && is_label (day)
          && sohoa_fold_matches (day->fold, "^[^a-z]{0,2}ngay[^a-z]{0,3}$")) {
        set_stamp (self, t->x - 4, t->y - 26, t->x + STAMP_W_MM, t->y + 14);
        return;
      }
    }
  }
}

/* The law's stamp has ĐẾN in a cell at the left (NĐ30 Annex IV.V), older ones have it on top. */
void
sohoa_sheet_find_stamp (SohoaSheet *self)
{
  const SohoaView *view = self->views->len > 0 ? g_ptr_array_index (self->views, self->head.view) : NULL;

  for (guint i = 0; view != NULL && i < view->tokens->len; i++) {
    const SohoaToken *den = g_ptr_array_index (view->tokens, i);
    double x = den->x + den->w / 2, y = den->y + den->h / 2;
    const SohoaToken *label;

    if (!is_den (den) || y > view->height * STAMP_LOWEST)
      continue;
    label = find_label (view, den, TRUE);
    if (label != NULL || den->plane == SOHOA_PLANE_RED) {
      set_stamp (self, x - 11, y - 18, MAX (x + STAMP_W_MM - 6, label != NULL ? label->x + 33 : 0), y + 23);
      return;
    }
    label = find_label (view, den, FALSE);
    if (label != NULL) {
      set_stamp (self, MIN (den->x, label->x) - 4, y - 5, MIN (den->x, label->x) + STAMP_W_MM, y + STAMP_H_MM - 5);
      return;
    }
  }
  if (view != NULL)
    find_stamp_by_labels (self, view);
}

gboolean
sohoa_sheet_in_stamp (const SohoaSheet *self, const SohoaToken *t)
{
  double x = t->x + t->w / 2, y = t->y + t->h / 2;

  return self->stamped && x > self->stamp[0] && x < self->stamp[2] && y > self->stamp[1] && y < self->stamp[3];
}

static void
read_arrival (SohoaSheet *self)
{
  const SohoaView *view = g_ptr_array_index (self->views, self->head.view);
  g_autoptr(GPtrArray) rows = NULL;

  if (!self->stamped || view == NULL)
    return;
  rows = sohoa_view_rows (view, self->stamp[0], self->stamp[2], self->stamp[1], self->stamp[3], 0);
  for (guint k = 0; k < rows->len; k++)
    read_arrival_row (self, view, g_ptr_array_index (rows, k));
  for (guint k = 0; k < rows->len; k++)
    read_loose_row (self, view, g_ptr_array_index (rows, k));
}

/* ---- marks of ô 11 ---- */

/* The words of @name stand in @row, maybe with debris of the frame at its ends. */
static gboolean
row_bears (const SohoaRow *row, const char *name)
{
  g_auto(GStrv) words = g_strsplit (name, " ", -1);
  guint n = g_strv_length (words);

  for (guint from = 0; from < row->tokens->len && from <= MARK_DEBRIS; from++) {
    g_autoptr(GString) text = g_string_new (NULL);

    for (guint k = from; k < row->tokens->len && k < from + n; k++)
      g_string_append_printf (text, "%s ", ((SohoaToken *) row->tokens->pdata[k])->text);
    if (sohoa_text_is_upper (text->str) && sohoa_fold_difference (text->str, name) <= CIRCULATION_MAX_DIFFERENCE)
      return TRUE;
  }
  return FALSE;
}

static void
read_circulation (SohoaSheet *self)
{
  GPtrArray *codes = sohoa_lists_peek_codes (self->options->lists, "circulation");
  const SohoaView *view = g_ptr_array_index (self->views, self->head.view);

  for (guint i = 0; view != NULL && i < view->rows->len; i++) {
    const SohoaRow *row = g_ptr_array_index (view->rows, i);
    g_autofree char *clean = sohoa_row_clean (row);

    if (row->y > view->height * STAMP_LOWEST)
      continue;
    for (guint k = 0; codes != NULL && k < codes->len; k++) {
      const char *name = ((SohoaCode *) codes->pdata[k])->name;

      if ((sohoa_text_is_upper (clean) && sohoa_fold_difference (clean, name) <= CIRCULATION_MAX_DIFFERENCE)
          || row_bears (row, name)) {
        (void) sohoa_sheet_set (self, "SphereOfPromulgation", name, CIRCULATION_CONFIDENCE, view, row->tokens, "zone11.mark");
        return;
      }
    }
  }
}

/* ---- copies ---- */

static const char *
copy_of_row (const SohoaRow *row)
{
  g_autofree char *clean = sohoa_row_clean (row);

  if (!sohoa_text_is_upper (clean))
    return NULL;
  if (sohoa_fold_matches (row->fold, "^[^a-z]{0,3}(ban )?sao\\s?y( ban chinh| ban goc)?[^a-z]{0,3}$"))
    return "Bản sao y";
  if (sohoa_fold_matches (row->fold, "^[^a-z]{0,3}(ban )?sao\\s?luc[^a-z]{0,3}$"))
    return "Bản sao lục";
  if (sohoa_fold_matches (row->fold, "^[^a-z]{0,3}(ban )?trich\\s?sao[^a-z]{0,3}$"))
    return "Bản trích sao";
  return NULL;
}

double
sohoa_view_copy_top (const SohoaView *view)
{
  for (guint k = 0; view != NULL && k < view->rows->len; k++) {
    const SohoaRow *row = g_ptr_array_index (view->rows, k);

    if (copy_of_row (row) != NULL)
      return MAX (0, row->y - COPY_ABOVE_MM);
    if (sohoa_fold_matches (row->fold, "^[^a-z0-9]{0,3}s[oae06].{0,10}/\\s?(sy|sl|trs)-"))
      return MAX (0, row->y - COPY_ABOVE_MM / 2);
  }
  return G_MAXDOUBLE;
}

static void
read_copy (SohoaSheet *self)
{
  for (guint i = 0; i < self->views->len; i++) {
    const SohoaView *view = g_ptr_array_index (self->views, i);

    for (guint k = 0; view != NULL && k < view->rows->len; k++) {
      const SohoaRow *row = g_ptr_array_index (view->rows, k);
      const char *copy = copy_of_row (row);

      if (copy == NULL)
        continue;
      (void) sohoa_sheet_set (self, "SourceCopy", copy, COPY_CONFIDENCE, view, row->tokens, "copy.mark");
      return;
    }
  }
  (void) sohoa_sheet_set (self, "SourceCopy", "Bản chính", DEFAULT_CONFIDENCE, NULL, NULL, "copy.default");
}

void
sohoa_sheet_read_stamps (SohoaSheet *self)
{
  if (self->views->len == 0)
    return;
  read_arrival (self);
  read_circulation (self);
  read_copy (self);
}
