#include "sohoa-text-layer.h"

#include "sohoa-errors.h"
#include "sohoa-text.h"

#include <math.h>
#include <string.h>

#define MAX_COORDINATE_PX 200000.0

static void
word_clear (gpointer data)
{
  g_free (((SohoaWord *) data)->text);
}

static void
line_free (gpointer data)
{
  SohoaLine *line = data;

  g_array_unref (line->words);
  g_free (line);
}

SohoaTextLayer *
sohoa_text_layer_new (guint width_px, guint height_px, double dpi)
{
  SohoaTextLayer *self = g_new0 (SohoaTextLayer, 1);

  self->width_px = width_px;
  self->height_px = height_px;
  self->dpi = dpi;
  self->image_sha256 = g_strdup ("");
  self->lines = g_ptr_array_new_with_free_func (line_free);
  return self;
}

void
sohoa_text_layer_free (SohoaTextLayer *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->lines);
  g_free (self->image_sha256);
  g_free (self);
}

SohoaLine *
sohoa_text_layer_add_line (SohoaTextLayer *self, guint block, SohoaPlane plane)
{
  SohoaLine *line = g_new0 (SohoaLine, 1);

  line->block = block;
  line->plane = plane;
  line->words = g_array_new (FALSE, TRUE, sizeof (SohoaWord));
  g_array_set_clear_func (line->words, word_clear);
  g_ptr_array_add (self->lines, line);
  return line;
}

void
sohoa_line_add_word (SohoaLine *line, const char *text, SohoaBox box, float confidence)
{
  SohoaWord word = { sohoa_text_clean_word (text), box, CLAMP (confidence, 0.0f, 1.0f) };

  if (word.text[0] == '\0') {
    g_free (word.text);
    return;
  }
  g_array_append_val (line->words, word);
}

SohoaLine *
sohoa_text_layer_peek_line (const SohoaTextLayer *self, guint i)
{
  return g_ptr_array_index (self->lines, i);
}

SohoaWord *
sohoa_line_peek_word (const SohoaLine *line, guint i)
{
  return &g_array_index (line->words, SohoaWord, i);
}

SohoaBox
sohoa_line_box (const SohoaLine *line)
{
  SohoaBox all = { 0, 0, 0, 0 };

  for (guint i = 0; i < line->words->len; i++) {
    SohoaBox b = sohoa_line_peek_word (line, i)->box;
    float right, bottom;

    if (i == 0) {
      all = b;
      continue;
    }
    right = MAX (all.x + all.w, b.x + b.w);
    bottom = MAX (all.y + all.h, b.y + b.h);
    all.x = MIN (all.x, b.x);
    all.y = MIN (all.y, b.y);
    all.w = right - all.x;
    all.h = bottom - all.y;
  }
  return all;
}

char *
sohoa_line_text (const SohoaLine *line)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < line->words->len; i++) {
    if (i > 0)
      g_string_append_c (text, ' ');
    g_string_append (text, sohoa_line_peek_word (line, i)->text);
  }
  return g_string_free (text, FALSE);
}

guint
sohoa_text_layer_count_words (const SohoaTextLayer *self)
{
  guint n = 0;

  for (guint i = 0; i < self->lines->len; i++)
    n += sohoa_text_layer_peek_line (self, i)->words->len;
  return n;
}

double
sohoa_text_layer_mean_confidence (const SohoaTextLayer *self)
{
  guint n = sohoa_text_layer_count_words (self);
  double sum = 0;

  for (guint i = 0; i < self->lines->len; i++) {
    const SohoaLine *line = sohoa_text_layer_peek_line (self, i);

    for (guint k = 0; k < line->words->len; k++)
      sum += sohoa_line_peek_word (line, k)->confidence;
  }
  return n > 0 ? sum / n : 0;
}

char *
sohoa_text_layer_to_text (const SohoaTextLayer *self)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < self->lines->len; i++) {
    const SohoaLine *line = sohoa_text_layer_peek_line (self, i);
    g_autofree char *words = sohoa_line_text (line);

    if (i > 0 && line->block != sohoa_text_layer_peek_line (self, i - 1)->block)
      g_string_append_c (text, '\n');
    g_string_append (text, words);
    g_string_append_c (text, '\n');
  }
  return g_string_free (text, FALSE);
}

GVariant *
sohoa_text_layer_to_variant (const SohoaTextLayer *self)
{
  GVariantBuilder lines;

  g_variant_builder_init (&lines, G_VARIANT_TYPE ("a(ddddduua(sddddd))"));
  for (guint i = 0; i < self->lines->len; i++) {
    const SohoaLine *line = sohoa_text_layer_peek_line (self, i);

    g_variant_builder_open (&lines, G_VARIANT_TYPE ("(ddddduua(sddddd))"));
    g_variant_builder_add (&lines, "d", (double) line->x0);
    g_variant_builder_add (&lines, "d", (double) line->y0);
    g_variant_builder_add (&lines, "d", (double) line->x1);
    g_variant_builder_add (&lines, "d", (double) line->y1);
    g_variant_builder_add (&lines, "d", (double) line->height_px);
    g_variant_builder_add (&lines, "u", line->block);
    g_variant_builder_add (&lines, "u", (guint) line->plane);
    g_variant_builder_open (&lines, G_VARIANT_TYPE ("a(sddddd)"));
    for (guint k = 0; k < line->words->len; k++) {
      const SohoaWord *w = sohoa_line_peek_word (line, k);

      g_variant_builder_add (&lines, "(sddddd)", w->text, (double) w->box.x, (double) w->box.y,
                             (double) w->box.w, (double) w->box.h, (double) w->confidence);
    }
    g_variant_builder_close (&lines);
    g_variant_builder_close (&lines);
  }
  return g_variant_new ("(uududs@a(ddddduua(sddddd)))", self->width_px, self->height_px, self->dpi,
                        self->rotation, self->skew_deg, self->image_sha256,
                        g_variant_builder_end (&lines));
}

static gboolean
number_ok (double value)
{
  return isfinite (value) && fabs (value) <= MAX_COORDINATE_PX;
}

static gboolean
read_word (GVariantIter *iter, SohoaLine *line, guint *budget)
{
  const char *text;
  double x, y, w, h, confidence;

  while (g_variant_iter_next (iter, "(&sddddd)", &text, &x, &y, &w, &h, &confidence)) {
    SohoaBox box = { x, y, w, h };

    if (!number_ok (x) || !number_ok (y) || !number_ok (w) || !number_ok (h) || w < 0 || h < 0
        || !isfinite (confidence) || strlen (text) > SOHOA_TEXT_MAX_WORD_BYTES || (*budget)-- == 0)
      return FALSE;
    sohoa_line_add_word (line, text, box, confidence);
  }
  return TRUE;
}

static gboolean
read_lines (SohoaTextLayer *self, GVariantIter *iter)
{
  guint budget = SOHOA_TEXT_MAX_WORDS;
  double x0, y0, x1, y1, height;
  guint block, plane;
  GVariantIter *words;

  while (g_variant_iter_next (iter, "(ddddduua(sddddd))", &x0, &y0, &x1, &y1, &height, &block, &plane,
                              &words)) {
    g_autoptr(GVariantIter) owned = words;
    SohoaLine *line;

    if (!number_ok (x0) || !number_ok (y0) || !number_ok (x1) || !number_ok (y1)
        || !number_ok (height) || plane > SOHOA_PLANE_BLUE || budget-- == 0)
      return FALSE;
    line = sohoa_text_layer_add_line (self, block, plane);
    line->x0 = x0;
    line->y0 = y0;
    line->x1 = x1;
    line->y1 = y1;
    line->height_px = height;
    if (!read_word (owned, line, &budget))
      return FALSE;
  }
  return TRUE;
}

SohoaTextLayer *
sohoa_text_layer_from_variant (GVariant *variant, GError **error)
{
  g_autoptr(SohoaTextLayer) self = sohoa_text_layer_new (0, 0, 0);
  g_autoptr(GVariantIter) iter = NULL;
  const char *sha256;

  if (!g_variant_is_of_type (variant, G_VARIANT_TYPE (SOHOA_TEXT_LAYER_TYPE))) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "text layer: wrong type");
    return NULL;
  }
  g_variant_get (variant, "(uudud&sa(ddddduua(sddddd)))", &self->width_px, &self->height_px,
                 &self->dpi, &self->rotation, &self->skew_deg, &sha256, &iter);
  g_free (self->image_sha256);
  self->image_sha256 = g_strdup (sha256);
  if (self->width_px > MAX_COORDINATE_PX || self->height_px > MAX_COORDINATE_PX
      || !isfinite (self->dpi) || self->rotation % 90 != 0 || self->rotation >= 360
      || !isfinite (self->skew_deg) || strlen (sha256) > 64 || !read_lines (self, iter)) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "text layer: value out of range");
    return NULL;
  }
  return g_steal_pointer (&self);
}
