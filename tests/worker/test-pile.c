/* What pages of a pile tell about each other: sohoa-pile.h, sohoa-sheet.h. */
#include "sohoa-pile.h"

#include <string.h>

static SohoaPageInfo *
add_page (SohoaRecord *record, const char *turn, double confidence, guint rotation, gboolean unsure)
{
  SohoaPageInfo *page = sohoa_record_add_page (record);

  g_free (page->source);
  page->source = g_strdup ("pile.pdf");
  page->width_px = 1654;
  page->height_px = 2339;
  page->rotation = rotation;
  sohoa_page_info_add_finding (page, turn, confidence, "test");
  if (unsure)
    sohoa_page_info_add_flag (page, "turn-unsure");
  return page;
}

/* A duplex pile whose backs lie upside down: fronts 0, backs 180. */
static SohoaRecord *
duplex_pile (void)
{
  SohoaRecord *record = sohoa_record_new ();

  for (guint i = 0; i < 8; i++)
    add_page (record, i % 2 ? "turn:auto" : "turn:upright", 0.95, i % 2 ? 180 : 0, FALSE);
  add_page (record, "turn:ask", 0.5, 0, TRUE); /* 8: a front */
  add_page (record, "turn:ask", 0.5, 0, TRUE); /* 9: a back */
  return record;
}

static void
test_hint (void)
{
  g_autoptr(SohoaRecord) record = duplex_pile ();
  g_autoptr(SohoaPile) pile = sohoa_pile_new (record->pages->len);
  SohoaPageInfo *other;

  g_assert_cmpint (sohoa_pile_turn_hint (pile, record, 8), ==, 0);
  g_assert_cmpint (sohoa_pile_turn_hint (pile, record, 9), ==, 180);
  g_assert_cmpint (sohoa_pile_turn_hint (pile, record, 3), ==, -1); /* proven itself */
  /* one that lies another way: no mind, no hint */
  other = sohoa_record_peek_page (record, 5);
  other->rotation = 0;
  g_assert_cmpint (sohoa_pile_turn_hint (pile, record, 9), ==, -1);
  /* landscape is another kind of page */
  other->width_px = 2339;
  other->height_px = 1654;
  g_assert_cmpint (sohoa_pile_turn_hint (pile, record, 9), ==, 180);
  /* two are too few */
  sohoa_record_peek_page (record, 3)->source[0] = 'x';
  g_assert_cmpint (sohoa_pile_turn_hint (pile, record, 9), ==, -1);
}

static SohoaTextLayer *
words (guint first, guint n)
{
  SohoaTextLayer *layer = sohoa_text_layer_new (100, 100, 200);
  SohoaLine *line = sohoa_text_layer_add_line (layer, 1, SOHOA_PLANE_BLACK);

  for (guint i = first; i < first + n; i++) {
    g_autofree char *word = g_strdup_printf ("từ%u", i);

    sohoa_line_add_word (line, word, (SohoaBox) { 0, 0, 10, 10 }, 0.9f);
  }
  return layer;
}

static void
set_page (SohoaPile *pile, guint i, guint first_word, guint n_words, guint phase)
{
  guint8 cells[SOHOA_SHEET_CELLS];
  g_autoptr(GVariant) print = NULL;
  g_autoptr(SohoaTextLayer) layer = words (first_word, n_words);

  for (guint k = 0; k < sizeof cells; k++)
    cells[k] = (k * 37 + (k / 7) * phase * 101) % 251;
  print = g_variant_ref_sink (g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, cells, sizeof cells, 1));
  sohoa_pile_set_print (pile, i, print);
  sohoa_pile_set_text (pile, i, layer);
}

static gboolean
is_duplicate (const SohoaRecord *record, guint i)
{
  return g_ptr_array_find_with_equal_func (sohoa_record_peek_page (record, i)->flags, "duplicate", g_str_equal, NULL);
}

static void
test_duplicates (void)
{
  g_autoptr(SohoaRecord) record = sohoa_record_new ();
  g_autoptr(SohoaPile) pile = sohoa_pile_new (7);
  g_autoptr(GVariant) odd = g_variant_ref_sink (g_variant_new_bytestring ("short"));
  const SohoaPageFinding *f;

  for (guint i = 0; i < 7; i++)
    add_page (record, "turn:upright", 0.95, 0, FALSE);
  set_page (pile, 0, 0, 60, 1);
  set_page (pile, 1, 100, 60, 2); /* another page */
  set_page (pile, 2, 3, 60, 1);   /* page 1 again, 3 words read otherwise */
  set_page (pile, 3, 30, 60, 1);  /* same form, half of the words differ */
  set_page (pile, 4, 200, 5, 3);  /* hardly any words: the picture decides */
  set_page (pile, 5, 300, 6, 3);
  set_page (pile, 6, 0, 60, 1);   /* page 1 again, but marked blank */
  sohoa_record_peek_page (record, 6)->blank = TRUE;
  sohoa_pile_flag_duplicates (pile, record);
  g_assert_false (is_duplicate (record, 0));
  g_assert_false (is_duplicate (record, 1));
  g_assert_true (is_duplicate (record, 2));
  g_assert_false (is_duplicate (record, 3));
  g_assert_false (is_duplicate (record, 4));
  g_assert_true (is_duplicate (record, 5));
  g_assert_false (is_duplicate (record, 6));
  f = g_ptr_array_index (sohoa_record_peek_page (record, 2)->findings, 1);
  g_assert_cmpstr (f->what, ==, "duplicate");
  g_assert_cmpstr (f->reason, ==, "looks like page 1");
  g_assert_cmpuint (record->pages->len, ==, 7); /* flagged, never dropped */
  /* a print of another length counts as none */
  sohoa_pile_set_print (pile, 5, odd);
  g_ptr_array_set_size (sohoa_record_peek_page (record, 5)->flags, 0);
  sohoa_pile_flag_duplicates (pile, record);
  g_assert_false (is_duplicate (record, 5));
}

static void
test_findings_in_json (void)
{
  g_autoptr(SohoaRecord) record = duplex_pile ();
  g_autofree char *json = sohoa_record_to_json (record, FALSE);
  g_autoptr(GError) error = NULL;
  g_autoptr(SohoaRecord) back = sohoa_record_from_json (json, -1, &error);
  g_autofree char *again = NULL;
  const SohoaPageFinding *f;

  g_assert_no_error (error);
  f = g_ptr_array_index (sohoa_record_peek_page (back, 1)->findings, 0);
  g_assert_cmpstr (f->what, ==, "turn:auto");
  g_assert_cmpfloat (f->confidence, ==, 0.95);
  again = sohoa_record_to_json (back, FALSE);
  g_assert_cmpstr (again, ==, json);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pile/hint", test_hint);
  g_test_add_func ("/pile/duplicates", test_duplicates);
  g_test_add_func ("/pile/findings-in-json", test_findings_in_json);
  return g_test_run ();
}
