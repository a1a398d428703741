/* What was stamped on the paper: ĐẾN (number and date of arrival) and the mark of a copy (SAO Y, SAO LỤC). */
#include "sohoa-extract-private.h"

#include "sohoa-text.h"
#include "sohoa-time.h"

#include <stdio.h>
#include <string.h>

#define STAMP_REACH_MM 32.0 /* the stamp is 50 × 35 mm (NĐ30 Annex IV.V) */
#define STAMP_CONFIDENCE 0.4 /* filled in by hand */
#define COPY_CONFIDENCE 0.92
#define DEFAULT_CONFIDENCE 0.93

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

static void
read_arrival (SohoaSheet *self)
{
  const SohoaView *view = g_ptr_array_index (self->views, self->head.view);

  for (guint i = 0; view != NULL && i < view->rows->len; i++) {
    const SohoaRow *stamp = g_ptr_array_index (view->rows, i);
    g_autofree char *clean = sohoa_row_clean (stamp);

    if (!sohoa_text_is_upper (clean) || !sohoa_fold_matches (stamp->fold, "^[^a-z]{0,3}(cong van |van ban )?den\\b"))
      continue;
    for (guint k = 0; k < view->rows->len; k++) {
      const SohoaRow *row = g_ptr_array_index (view->rows, k);

      if (row != self->head.number_row && row->y > stamp->y - STAMP_REACH_MM / 2
          && row->y < stamp->y + STAMP_REACH_MM && row->x > stamp->x - STAMP_REACH_MM
          && row->x < stamp->x + stamp->w + STAMP_REACH_MM)
        read_arrival_row (self, view, row);
    }
    return;
  }
}

static const char *
copy_of_row (const SohoaRow *row)
{
  g_autofree char *clean = sohoa_row_clean (row);

  if (!sohoa_text_is_upper (clean))
    return NULL;
  if (sohoa_fold_matches (row->fold, "^[^a-z]{0,3}(ban )?sao y( ban chinh| ban goc)?[^a-z]{0,3}$"))
    return "Bản sao y";
  if (sohoa_fold_matches (row->fold, "^[^a-z]{0,3}(ban )?sao luc[^a-z]{0,3}$"))
    return "Bản sao lục";
  if (sohoa_fold_matches (row->fold, "^[^a-z]{0,3}(ban )?trich sao[^a-z]{0,3}$"))
    return "Bản trích sao";
  return NULL;
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
  read_copy (self);
}
