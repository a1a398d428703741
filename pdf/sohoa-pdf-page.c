#include "sohoa-pdf-page.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"

#include <math.h>
#include <string.h>

#define LAYER_MAX_BYTES (64u * 1024 * 1024)
#define PAGE_MAX_PT 14400.0 /* ISO 32000-1 annex C; PDF/A-2 6.1.13 */
#define PAGE_MIN_PT 3.0
#define FALLBACK_DPI 200.0
#define ASTRAL_FIRST 0xD800u
#define ASTRAL_LAST 0xDFFFu
#define REPLACEMENT 0xFFFDu
#define MAX_NEIGHBOURS 2000u   /* words at one height that are looked at */
#define SAME_LINE_OF_SIZE 0.6  /* Poppler joins baselines closer than 0.5 of the type size */
#define UPRIGHT_RATIO 3.0      /* a baseline this much higher than wide runs up or down */
#define MIN_ADVANCE_OF_SIZE 0.2 /* Poppler takes equal letters closer than 0.1 of the size for one printed twice */
#define MIN_GAP_OF_SIZE 0.15 /* Poppler sees a gap from 0.1 of the font size on */
#define MIN_WIDTH_LEFT 0.1   /* of a word's own width, however close the next one is */
#define MAX_SLOPE 0.3     /* steeper "baselines" are not lines of text */
#define MIN_SIZE_PT 0.1
#define SIZE_OF_HEIGHT 0.9 /* type size / line height */

SohoaPdfCodes *
sohoa_pdf_codes_new (void)
{
  SohoaPdfCodes *self = g_new0 (SohoaPdfCodes, 1);

  self->astral = g_hash_table_new (NULL, NULL);
  return self;
}

void
sohoa_pdf_codes_free (SohoaPdfCodes *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->astral);
  g_free (self);
}

static guint
code_of (SohoaPdfCodes *self, gunichar c)
{
  guint code;

  if (c <= 0xFFFF)
    code = c;
  else if ((code = GPOINTER_TO_UINT (g_hash_table_lookup (self->astral, GUINT_TO_POINTER (c)))) == 0) {
    code = ASTRAL_FIRST + g_hash_table_size (self->astral);
    if (code <= ASTRAL_LAST)
      g_hash_table_insert (self->astral, GUINT_TO_POINTER (c), GUINT_TO_POINTER (code));
    else
      code = c = REPLACEMENT;
  }
  self->unicode[code] = c;
  return code;
}

guint
sohoa_pdf_codes_append (SohoaPdfCodes *self, GString *out, const char *text)
{
  guint n = 0;

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);

    if (c == 0xFEFF || c == 0xFFFE || c == 0xFFFF) /* PDF/A-2 6.2.11.7.2: not allowed in ToUnicode */
      continue;
    g_string_append_printf (out, "%04X", code_of (self, c));
    n++;
  }
  return n;
}

gboolean
sohoa_pdf_load_layer (const SohoaPdfJob *job, guint index, SohoaTextLayer **layer_out, GError **error)
{
  SohoaPdfSpan span = { 0, 0 };
  g_autoptr(GVariant) variant = NULL;
  guint8 *data;

  *layer_out = NULL;
  if (job->texts != NULL && index < job->texts->len)
    span = g_array_index (job->texts, SohoaPdfSpan, index);
  if (span.length == 0)
    return TRUE;
  if (span.length > LAYER_MAX_BYTES) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "text of page %u: too long", index + 1);
    return FALSE;
  }
  data = g_malloc (span.length);
  if (!sohoa_fd_pread_all (job->text_fd, data, span.length, (goffset) span.offset, error)) {
    g_free (data);
    return FALSE;
  }
  variant = g_variant_ref_sink (
    g_variant_new_from_data (G_VARIANT_TYPE (SOHOA_TEXT_LAYER_TYPE), data, span.length, FALSE, g_free, data));
  *layer_out = sohoa_text_layer_from_variant (variant, error);
  if (*layer_out == NULL)
    g_prefix_error (error, "text of page %u: ", index + 1);
  return *layer_out != NULL;
}

void
sohoa_pdf_geometry (const SohoaPdfJob *job, guint index, const SohoaTextLayer *layer, SohoaPdfGeometry *out)
{
  const SohoaImageStream *image = g_ptr_array_index (job->images, index);
  const SohoaPageInfo *info
    = job->record != NULL && index < job->record->pages->len ? sohoa_record_peek_page (job->record, index) : NULL;
  double longest, shortest, wanted;
  gboolean turned;

  out->rotation = (layer != NULL ? layer->rotation : info != NULL ? info->rotation : 0) % 360 / 90 * 90;
  out->dpi = layer != NULL ? layer->dpi : info != NULL ? info->dpi : 0;
  if (!(out->dpi >= 1 && out->dpi <= 20000))
    out->dpi = FALLBACK_DPI;
  wanted = out->dpi;
  turned = out->rotation % 180 != 0;
  longest = MAX (image->width_px, image->height_px) * 72.0;
  shortest = MIN (image->width_px, image->height_px) * 72.0;
  if (shortest / out->dpi < PAGE_MIN_PT)
    out->dpi = shortest / PAGE_MIN_PT;
  if (longest / out->dpi > PAGE_MAX_PT)
    out->dpi = longest / PAGE_MAX_PT;
  out->resized = out->dpi != wanted;
  out->width_pt = (turned ? image->height_px : image->width_px) * 72.0 / out->dpi;
  out->height_pt = (turned ? image->width_px : image->height_px) * 72.0 / out->dpi;
}

static void
append_number (GString *s, double value)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  if (fabs (value) < 0.00005)
    value = 0;
  g_ascii_formatd (buffer, sizeof buffer, "%.4f", value);
  for (gsize n = strlen (buffer); n > 1 && (buffer[n - 1] == '0' || buffer[n - 1] == '.'); n--) {
    gboolean dot = buffer[n - 1] == '.';

    buffer[n - 1] = '\0';
    if (dot)
      break;
  }
  g_string_append (s, buffer);
  g_string_append_c (s, ' ');
}

static void
append_numbers (GString *s, guint n, const double *values)
{
  for (guint i = 0; i < n; i++)
    append_number (s, values[i]);
}

static void
append_image (GString *s, const SohoaPdfGeometry *g)
{
  double w = g->width_pt, h = g->height_pt;
  const double matrices[4][6] = {
    { w, 0, 0, h, 0, 0 }, { 0, -h, w, 0, 0, h }, { -w, 0, 0, -h, w, h }, { 0, h, -w, 0, w, 0 }
  };

  g_string_append (s, "q ");
  append_numbers (s, 6, matrices[g->rotation / 90]);
  g_string_append (s, "cm /Im1 Do Q\n");
}

/* A word as it is going to be written. */
typedef struct {
  const SohoaWord *word;  /* (unowned) */
  gboolean         last;  /* of its line */
  gboolean         vertical;
  double           x, baseline, width, size; /* px; size is the type size */
  double           angle; /* radians, counter-clockwise */
  guint            order; /* of writing */
} Placed;

/* Print that runs up or down the page (a table's turned heading): along the box's long side. */
static void
place_upright (Placed *p, const SohoaLine *line)
{
  const SohoaBox box = p->word->box;
  gboolean up = line->y1 < line->y0;

  p->vertical = TRUE;
  p->angle = up ? G_PI / 2 : -G_PI / 2;
  p->size = box.w * SIZE_OF_HEIGHT;
  p->width = MAX (box.h - 2 * MIN_GAP_OF_SIZE * p->size, box.h / 2);
  p->x = up ? box.x + box.w : box.x;
  p->baseline = up ? box.y + box.h : box.y;
}

static Placed
place_word (const SohoaLine *line, guint w)
{
  const SohoaWord *word = sohoa_line_peek_word (line, w);
  double run = line->x1 - line->x0, rise = line->y1 - line->y0;
  double slope = run > 1 ? rise / run : 0;
  gboolean sane = run > 1 && fabs (slope) <= MAX_SLOPE;
  double height = line->height_px > 0 ? line->height_px : word->box.h;
  Placed p = { .word = word,
               .last = w + 1 == line->words->len,
               .x = word->box.x,
               .baseline = sane ? line->y0 + slope * (word->box.x - line->x0) : word->box.y + word->box.h,
               .width = word->box.w,
               .size = height * SIZE_OF_HEIGHT,
               .angle = sane ? -atan (slope) : 0 };

  if (fabs (rise) > UPRIGHT_RATIO * fabs (run) && word->box.h > word->box.w)
    place_upright (&p, line);
  return p;
}

static int
by_baseline (gconstpointer a, gconstpointer b)
{
  const Placed *x = a, *y = b;

  return x->baseline < y->baseline ? -1 : x->baseline > y->baseline;
}

static int
by_order (gconstpointer a, gconstpointer b)
{
  return (int) ((const Placed *) a)->order - (int) ((const Placed *) b)->order;
}

/* Readers tell words apart by the gaps between them, not by the spaces: a word gives way when it would touch
 * the next one at its height (a seal's noise often lies across print). */
static void
keep_gaps (GArray *words)
{
  Placed *all = (Placed *) words->data;

  g_array_sort (words, by_baseline);
  for (guint i = 0; i < words->len; i++)
    for (guint k = i + 1; k < words->len && k - i < MAX_NEIGHBOURS; k++) {
      double reach = SAME_LINE_OF_SIZE * MAX (all[i].size, all[k].size);
      Placed *left = all[i].x <= all[k].x ? &all[i] : &all[k];
      const Placed *right = left == &all[i] ? &all[k] : &all[i];
      double room = right->x - left->x - MIN_GAP_OF_SIZE * MAX (left->size, right->size);

      if (all[k].baseline - all[i].baseline >= reach)
        break;
      if (all[i].vertical || all[k].vertical)
        continue;
      left->width = MIN (left->width, MAX (room, left->word->box.w * MIN_WIDTH_LEFT));
    }
  g_array_sort (words, by_order);
}

static void
append_word (GString *s, const SohoaPdfGeometry *g, const Placed *p, SohoaPdfCodes *codes)
{
  double k = 72.0 / g->dpi;
  double letters = g_utf8_strlen (p->word->text, -1);
  double size = MAX (MIN_SIZE_PT, MIN (p->size, p->width / letters / MIN_ADVANCE_OF_SIZE) * k);
  double matrix[6] = { cos (p->angle), sin (p->angle), -sin (p->angle), cos (p->angle), p->x * k,
                       g->height_pt - p->baseline * k };
  gsize mark;
  guint n;

  g_string_append (s, "/G1 ");
  append_number (s, size);
  g_string_append (s, "Tf ");
  mark = s->len;
  g_string_append_c (s, '<');
  n = sohoa_pdf_codes_append (codes, s, p->word->text);
  if (n == 0) {
    g_string_truncate (s, mark);
    return;
  }
  if (!p->last)
    sohoa_pdf_codes_append (codes, s, " ");
  g_string_append (s, "> Tj\n");
  {
    g_autoptr(GString) position = g_string_new (NULL);
    double length = p->vertical ? p->width * k : p->width * k / cos (p->angle);
    double stretch = 100 * MAX (length, 0.01) / (n * 0.5 * size);

    append_number (position, CLAMP (stretch, 0.01, 10000));
    g_string_append (position, "Tz ");
    append_numbers (position, 6, matrix);
    g_string_append (position, "Tm ");
    g_string_insert_len (s, (gssize) mark, position->str, (gssize) position->len);
  }
}

GString *
sohoa_pdf_page_content (const SohoaPdfGeometry *geometry, const SohoaTextLayer *layer, SohoaPdfCodes *codes)
{
  GString *s = g_string_sized_new (16 * 1024);
  g_autoptr(GArray) words = g_array_new (FALSE, FALSE, sizeof (Placed));

  append_image (s, geometry);
  if (layer == NULL || layer->lines->len == 0)
    return s;
  for (guint i = 0; i < layer->lines->len; i++) {
    const SohoaLine *line = sohoa_text_layer_peek_line (layer, i);

    for (guint w = 0; w < line->words->len; w++) {
      Placed p = place_word (line, w);

      p.order = words->len;
      g_array_append_val (words, p);
    }
  }
  keep_gaps (words);
  g_string_append (s, "BT 3 Tr\n");
  for (guint i = 0; i < words->len; i++)
    append_word (s, geometry, &g_array_index (words, Placed, i), codes);
  g_string_append (s, "ET\n");
  return s;
}
