#include "sohoa-pdf-page.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-pdf-words.h"

#include <math.h>
#include <string.h>

#define LAYER_MAX_BYTES (64u * 1024 * 1024)
#define PAGE_MAX_PT 14400.0 /* ISO 32000-1 annex C; PDF/A-2 6.1.13 */
#define PAGE_MIN_PT 3.0
#define FALLBACK_DPI 200.0
#define ASTRAL_FIRST 0xD800u
#define ASTRAL_LAST 0xDFFFu
#define REPLACEMENT 0xFFFDu
#define MAX_STRETCH 30000.0 /* PDF/A-1 6.1.12: no real above 32767 */
#define MIN_SIZE_PT 0.05

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
  guint page = job->first_page + index;
  const SohoaPageInfo *info
    = job->record != NULL && page < job->record->pages->len ? sohoa_record_peek_page (job->record, page) : NULL;
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

/* The space after the word, the last one of a line too, is what MuPDF and pdf.js go by. */
static void
append_word (GString *s, const SohoaPdfGeometry *g, const SohoaPdfWord *p, SohoaPdfCodes *codes)
{
  double k = 72.0 / g->dpi;
  double size = MAX (MIN_SIZE_PT, p->size * k);
  double matrix[6] = { 1, 0, 0, 1, p->x * k, g->height_pt - p->baseline * k };
  g_autoptr(GString) hex = g_string_new (NULL);
  guint n = sohoa_pdf_codes_append (codes, hex, p->word->text);

  if (n == 0)
    return;
  if (p->turn != 0) {
    matrix[0] = matrix[3] = 0;
    matrix[1] = p->turn;
    matrix[2] = -p->turn;
    matrix[4] = p->baseline * k;
    matrix[5] = p->turn > 0 ? g->height_pt + p->x * k : g->height_pt - p->x * k;
  }
  sohoa_pdf_codes_append (codes, hex, " ");
  g_string_append (s, "/G1 ");
  append_number (s, size);
  g_string_append (s, "Tf ");
  append_number (s, CLAMP (100 * p->width * k / (n * 0.5 * size), 0.01, MAX_STRETCH));
  g_string_append (s, "Tz ");
  append_numbers (s, 6, matrix);
  g_string_append_printf (s, "Tm <%s> Tj\n", hex->str);
}

GString *
sohoa_pdf_page_content (const SohoaPdfGeometry *geometry, const SohoaTextLayer *layer, SohoaPdfCodes *codes)
{
  GString *s = g_string_sized_new (16 * 1024);
  g_autoptr(GArray) words = NULL;

  append_image (s, geometry);
  if (layer == NULL || layer->lines->len == 0)
    return s;
  words = sohoa_pdf_words_place (layer);
  g_string_append (s, "BT 3 Tr\n");
  for (guint i = 0; i < words->len; i++)
    append_word (s, geometry, &g_array_index (words, SohoaPdfWord, i), codes);
  g_string_append (s, "ET\n");
  return s;
}
