/* What should be on the paper and is not: a number, an annex that is named, a page of the printed count, a seal. Findings for the
 * clerk (glossary M5-M8), never a refusal. */
#include "sohoa-extract-private.h"

#include "sohoa-text.h"

#include <stdlib.h>
#include <string.h>

#define PAGE_NUMBER_TOP_MM 24.0 /* NĐ30: in the middle of the upper margin */
#define PAGE_NUMBER_SIDE_MM 30.0 /* from the middle of the page */
#define LEAST_ROWS 3            /* a header that was read has so many rows */

/* "Số:" with nothing before the symbol, or a header without any number line although its body was read. */
static void
find_number (SohoaSheet *self)
{
  const SohoaHead *head = &self->head;

  if (head->family->numbers == SOHOA_NUMBERS_NONE) {
    sohoa_record_add_finding (self->record, "no-number: a letter of a person");
    return;
  }
  if (!head->found || head->left == NULL || sohoa_record_value (self->record, "CodeNumber")[0] != '\0')
    return;
  if (head->number_row != NULL && sohoa_fold_matches (head->number_row->fold, "^[^a-z0-9]{0,3}s[oae06]\\s?[:;.]?[\\s._-]{0,40}[/-]"))
    sohoa_record_add_finding (self->record, "no-number");
  else if (head->number_row == NULL && head->left->len >= LEAST_ROWS && head->date_row != NULL
           && sohoa_record_value (self->record, "OrganName")[0] != '\0')
    sohoa_record_add_finding (self->record, "no-number");
}

static gboolean
has_part (const SohoaRecord *record, const char *role)
{
  for (guint i = 0; i < record->parts->len; i++)
    if (g_str_equal (((SohoaPart *) record->parts->pdata[i])->role, role))
      return TRUE;
  return FALSE;
}

/* "kèm theo Phụ lục", "Phụ lục kèm theo", "có danh sách kèm theo" in the main part. */
static void
find_annex (SohoaSheet *self)
{
  if (has_part (self->record, "annex") || has_part (self->record, "enclosure"))
    return;
  for (guint i = self->main_first; i <= self->main_last && i < self->views->len; i++) {
    const SohoaView *view = g_ptr_array_index (self->views, i);

    if (view != NULL && sohoa_rows_match (view->rows, "(kem theo\\s+(cac\\s+|ban\\s+)?(phu luc|danh sach|bieu mau)|"
                                                      "(phu luc|danh sach|bieu mau)[^.;]{0,20}(kem theo|dinh kem))") != NULL) {
      g_autofree char *text = g_strdup_printf ("annex-missing (page %u)", view->page);

      sohoa_record_add_finding (self->record, text);
      return;
    }
  }
}

/* A lone number in the middle of the upper margin; 0 = none. */
static guint
printed_number (const SohoaView *view)
{
  for (guint i = 0; view != NULL && i < view->rows->len; i++) {
    const SohoaRow *row = g_ptr_array_index (view->rows, i);
    const SohoaToken *t = g_ptr_array_index (row->tokens, 0);
    double off = row->x + row->w / 2 - SOHOA_PAGE_WIDTH_MM / 2;

    if (row->y > PAGE_NUMBER_TOP_MM)
      return 0;
    if (row->tokens->len == 1 && ABS (off) < PAGE_NUMBER_SIDE_MM && t->confidence > 0.6 && strlen (t->text) <= 3
        && strspn (t->text, "0123456789") == strlen (t->text))
      return (guint) atoi (t->text);
  }
  return 0;
}

static void
find_page_gap (SohoaSheet *self)
{
  guint last = 0;

  for (guint i = self->main_first; i <= self->main_last && i < self->views->len; i++) {
    guint number = printed_number (g_ptr_array_index (self->views, i));

    if (number > last + 1 && last > 0 && number <= last + 20) {
      g_autofree char *text = g_strdup_printf ("page-gap: %u, %u (page %u)", last, number, i + 1);

      sohoa_record_add_finding (self->record, text);
    } else if (last == 0 && number > 2 && i == self->main_first + 1) {
      g_autofree char *text = g_strdup_printf ("page-gap: 1, %u (page %u)", number, i + 1);

      sohoa_record_add_finding (self->record, text);
    }
    last = number > 0 ? number : last > 0 ? last + 1 : 0; /* an unread number is no gap */
  }
}

static gboolean
has_flag (const SohoaSheet *self, guint view, const char *flag)
{
  return view < self->record->pages->len
         && g_ptr_array_find_with_equal_func (sohoa_record_peek_page (self->record, view)->flags, flag, g_str_equal, NULL);
}

/* Signed on a screen: the page shows who and when, the file bears the signature. */
static gboolean
is_signed_electronically (const SohoaView *view)
{
  return view != NULL && sohoa_rows_match (view->rows, "^[^a-z]{0,3}(ky boi|nguoi ky|thoi gian ky|signed by|digitally signed)") != NULL;
}

/* A seal is red. It is missed only where colours were seen (a pen's blue) and no page of the main part bears red: a scan or a
 * photocopy without colours shows it in black. */
static void
find_seal (SohoaSheet *self)
{
  const SohoaField *signer = sohoa_record_peek_field (self->record, "FullName");
  g_autofree char *text = NULL;
  gboolean coloured = FALSE;

  if (self->head.family->numbers == SOHOA_NUMBERS_NONE || !self->head.found || self->record->original)
    return;
  for (guint i = self->main_first; i <= self->main_last && i < self->views->len; i++) {
    if (has_flag (self, i, SOHOA_PAGE_RED_INK) || is_signed_electronically (g_ptr_array_index (self->views, i)))
      return;
    coloured = coloured || has_flag (self, i, SOHOA_PAGE_COLOUR_INK);
  }
  if (!coloured)
    return;
  text = g_strdup_printf ("no-seal (page %u)", signer != NULL && signer->page > 0 ? signer->page : self->main_last + 1);
  sohoa_record_add_finding (self->record, text);
}

void
sohoa_sheet_find_gaps (SohoaSheet *self)
{
  g_ptr_array_set_size (self->record->findings, 0);
  if (self->views->len == 0)
    return;
  find_number (self);
  find_annex (self);
  find_page_gap (self);
  find_seal (self);
}
