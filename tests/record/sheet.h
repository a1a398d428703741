/* A page laid out by hand for tests: A4 at 300 dpi, positions in millimetres. */
#pragma once

#include "sohoa-extract.h"

#include <string.h>

#define SHEET_DPI 300.0
#define SHEET_PX(mm) ((float) ((mm) * SHEET_DPI / 25.4))

static inline SohoaTextLayer *
sheet_new (void)
{
  return sohoa_text_layer_new (2480, 3508, SHEET_DPI);
}

/* One line from @x, its middle at @y; letters of @pt: a digit or capital is .68 of it high. Words that hold
 * capitals with marks or tails are taller, as a recogniser's boxes are. */
static inline void
sheet_line (SohoaTextLayer *layer, double x, double y, double pt, const char *text, double confidence)
{
  SohoaLine *line = sohoa_text_layer_add_line (layer, layer->lines->len, SOHOA_PLANE_BLACK);
  g_auto(GStrv) words = g_strsplit (text, " ", -1);
  double em = pt * 25.4 / 72, cap = em * 0.68;

  for (guint i = 0; words[i] != NULL; i++) {
    double width = g_utf8_strlen (words[i], -1) * em * 0.52;
    gboolean digits = strspn (words[i], "0123456789") == strlen (words[i]);
    double height = digits ? cap : cap * 1.25;

    if (words[i][0] != '\0')
      sohoa_line_add_word (line, words[i], (SohoaBox) { SHEET_PX (x), SHEET_PX (y - height / 2), SHEET_PX (width),
                                                        SHEET_PX (height) }, confidence);
    x += width + em * 0.26;
  }
}

/* A word written by hand in a line of its own box: taller than print. */
static inline void
sheet_hand (SohoaTextLayer *layer, double x, double y, double height, const char *text, double confidence)
{
  SohoaLine *line = sohoa_text_layer_peek_line (layer, layer->lines->len - 1);

  sohoa_line_add_word (line, text, (SohoaBox) { SHEET_PX (x), SHEET_PX (y - height / 2), SHEET_PX (9),
                                                SHEET_PX (height) }, confidence);
}

static inline double
sheet_centre (double middle, double pt, const char *text)
{
  return middle - g_utf8_strlen (text, -1) * pt * 25.4 / 72 * 0.52 / 2;
}

static inline void
sheet_title (SohoaTextLayer *layer)
{
  sheet_line (layer, 108, 22, 12, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 0.96);
  sheet_line (layer, 122, 28, 13, "Độc lập - Tự do - Hạnh phúc", 0.96);
}

/* Ordinary text: @lines of it from @y, with numbers and dates that are not the document's. */
static inline void
sheet_body (SohoaTextLayer *layer, double y, guint lines)
{
  for (guint i = 0; i < lines; i++)
    sheet_line (layer, i % 4 == 0 ? 42 : 30, y + i * 8, 13, i % 4 == 0
                ? "Căn cứ Nghị định số 71/2018/NĐ-CP ngày 05 tháng 7 năm 2018 của Chính"
                : "phủ về những việc nêu trong văn bản này thì các đơn vị theo dõi và", 0.96);
}

typedef struct {
  SohoaLists   *lists;
  SohoaProfile *profile;
  GPtrArray    *layers;
  SohoaRecord  *record;
} Sheet;

static inline void
sheet_setup (Sheet *s, gconstpointer data)
{
  g_autoptr(GError) error = NULL;

  s->lists = sohoa_lists_load (&error);
  g_assert_no_error (error);
  s->profile = sohoa_profile_load (NULL, &error);
  g_assert_no_error (error);
  s->layers = g_ptr_array_new_with_free_func ((GDestroyNotify) sohoa_text_layer_free);
  s->record = sohoa_record_new ();
}

static inline void
sheet_teardown (Sheet *s, gconstpointer data)
{
  g_ptr_array_unref (s->layers);
  sohoa_record_free (s->record);
  sohoa_profile_free (s->profile);
  sohoa_lists_free (s->lists);
}

static inline SohoaTextLayer *
sheet_page (Sheet *s)
{
  SohoaTextLayer *layer = sheet_new ();

  g_ptr_array_add (s->layers, layer);
  (void) sohoa_record_add_page (s->record);
  return layer;
}

static inline void
sheet_read (Sheet *s)
{
  sohoa_extract_fields (s->layers, s->record, &(SohoaExtractOptions) { .lists = s->lists, .profile = s->profile });
}

#define assert_value(s, key, want) g_assert_cmpstr (sohoa_record_value ((s)->record, key), ==, want)

static inline double
sheet_confidence (Sheet *s, const char *key)
{
  const SohoaField *field = sohoa_record_peek_field (s->record, key);

  return field != NULL ? field->confidence : 0;
}

static inline gboolean
sheet_needs (Sheet *s, const char *key)
{
  return g_ptr_array_find_with_equal_func (s->record->needs_person, key, g_str_equal, NULL);
}
