#include "sohoa-pile.h"

#include <string.h>

/* So many proven pages, all of one mind, make a hint; the pages asked are no farther away than this. */
#define HINT_MIN_PAGES 3u
#define HINT_NEIGHBOURS 20u
#define HINT_MIN_CONFIDENCE 0.8
#define DUPLICATE_REACH 500u /* pages back; a sheet fed twice lies in the same pile */
#define FLAG_DUPLICATE "duplicate"
#define FLAG_TURN_UNSURE "turn-unsure"

struct _SohoaPile {
  GArray *sheets; /* (owned) (element-type SohoaSheet) */
};

SohoaPile *
sohoa_pile_new (guint n_pages)
{
  SohoaPile *self = g_new0 (SohoaPile, 1);

  self->sheets = g_array_new (FALSE, TRUE, sizeof (SohoaSheet));
  g_array_set_clear_func (self->sheets, (GDestroyNotify) sohoa_sheet_clear);
  g_array_set_size (self->sheets, n_pages);
  return self;
}

void
sohoa_pile_free (SohoaPile *self)
{
  if (self == NULL)
    return;
  g_array_unref (self->sheets);
  g_free (self);
}

void
sohoa_pile_set_print (SohoaPile *self, guint i, GVariant *print)
{
  SohoaSheet *sheet = &g_array_index (self->sheets, SohoaSheet, i);
  gsize n = 0;
  const void *data = print != NULL ? g_variant_get_fixed_array (print, &n, 1) : NULL;

  sheet->has_print = n == sizeof sheet->print;
  if (sheet->has_print)
    memcpy (sheet->print, data, n);
}

void
sohoa_pile_set_text (SohoaPile *self, guint i, const SohoaTextLayer *layer)
{
  sohoa_sheet_set_words (&g_array_index (self->sheets, SohoaSheet, i), layer);
}

/* "turn:…" of a page; NULL when nobody judged. */
static const SohoaPageFinding *
turn_of (const SohoaPageInfo *page)
{
  for (guint i = 0; i < page->findings->len; i++) {
    const SohoaPageFinding *f = g_ptr_array_index (page->findings, i);

    if (g_str_has_prefix (f->what, "turn:"))
      return f;
  }
  return NULL;
}

static gboolean
is_proven (const SohoaPageInfo *page)
{
  const SohoaPageFinding *f = turn_of (page);

  return f != NULL && (g_str_equal (f->what, "turn:auto") || g_str_equal (f->what, "turn:upright"))
         && f->confidence >= HINT_MIN_CONFIDENCE;
}

int
sohoa_pile_turn_hint (const SohoaPile *self, const SohoaRecord *record, guint i)
{
  const SohoaPageInfo *page = sohoa_record_peek_page (record, i);
  guint first = i % 2, n = 0;
  int turn = -1;

  if (!g_ptr_array_find_with_equal_func (page->flags, FLAG_TURN_UNSURE, g_str_equal, NULL))
    return -1;
  for (guint k = first; k < self->sheets->len; k += 2) {
    const SohoaPageInfo *other = sohoa_record_peek_page (record, k);

    if (k == i || MAX (i, k) - MIN (i, k) > HINT_NEIGHBOURS || g_strcmp0 (page->source, other->source) != 0
        || (page->width_px > page->height_px) != (other->width_px > other->height_px) || !is_proven (other))
      continue;
    if (turn >= 0 && (guint) turn != other->rotation)
      return -1;
    turn = (int) other->rotation;
    n++;
  }
  return n >= HINT_MIN_PAGES ? turn : -1;
}

void
sohoa_pile_flag_duplicates (const SohoaPile *self, SohoaRecord *record)
{
  for (guint i = 1; i < self->sheets->len; i++) {
    SohoaPageInfo *page = sohoa_record_peek_page (record, i);

    for (guint k = i > DUPLICATE_REACH ? i - DUPLICATE_REACH : 0; k < i && !page->blank; k++) {
      double sure = sohoa_record_peek_page (record, k)->blank
                      ? 0
                      : sohoa_sheet_is_same (&g_array_index (self->sheets, SohoaSheet, i), &g_array_index (self->sheets, SohoaSheet, k));
      g_autofree char *reason = NULL;

      if (sure <= 0)
        continue;
      reason = g_strdup_printf ("looks like page %u", k + 1);
      sohoa_page_info_add_flag (page, FLAG_DUPLICATE);
      sohoa_page_info_add_finding (page, FLAG_DUPLICATE, sure, reason);
      break;
    }
  }
}
