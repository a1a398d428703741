/* Reading back what was written, before anything is signed (design.md 4). */
#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-pdf-block.h"
#include "sohoa-pdf-image.h"
#include "sohoa-pdf-page.h"
#include "sohoa-pdf-poppler.h"
#include "sohoa-pdf-file.h"
#include "sohoa-pdf-source.h"
#include "sohoa-text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RENDER_DPI 75.0 /* more on pages so small that 75 dpi would show nothing */
#define FINER 4.0        /* second look, when the first one differs */
#define RENDER_MAX_PIXELS (16u * 1000 * 1000)
#define COMPARE_SIDE_PX 400.0   /* longest side both pictures are brought to */
#define TOLERANCE_MEAN 10.0     /* grey levels, device colours */
#define TOLERANCE_MEAN_ICC 30.0 /* colours that poppler manages and our decoder does not */
#define FAR_LEVELS 80           /* a pixel this far off is different */
#define TOLERANCE_FAR 0.02
#define TOLERANCE_FAR_ICC 0.10
#define SHOWN_MARGIN_PX 2       /* around what we draw on page 1, left out of the comparison */
#define POPPLER_MISSING_FEW 3u     /* characters of a page; poppler drops one printed over its like */
#define POPPLER_MISSING_SHARE 0.02 /* ours are compared exactly, in the page's own stream */

static void
find_fault (GPtrArray *findings, guint page, const char *what)
{
  g_ptr_array_add (findings, g_strdup_printf ("page %u: %s", page, what));
}

static void
check_stream (const SohoaPdfFile *pdf, qpdf_oh page, const SohoaPdfJob *job, guint i, GPtrArray *findings)
{
  const SohoaImageStream *image = g_ptr_array_index (job->images, i);
  qpdf_oh objects = sohoa_pdf_file_get (pdf, sohoa_pdf_file_get (pdf, page, "/Resources"), "/XObject");
  qpdf_oh stream = sohoa_pdf_file_get (pdf, objects, "/Im1");
  g_autoptr(GBytes) raw = sohoa_pdf_file_stream (pdf, stream, FALSE);
  g_autofree char *embedded
    = raw != NULL ? sohoa_bytes_sha256 (g_bytes_get_data (raw, NULL), g_bytes_get_size (raw)) : NULL;
  g_autofree char *source = sohoa_fd_sha256 (job->image_fd, (goffset) image->offset, image->length, NULL);

  if (g_strcmp0 (embedded, image->sha256) != 0 || g_strcmp0 (source, image->sha256) != 0)
    find_fault (findings, i + 1, "embedded image differs from its source");
  if (sohoa_pdf_file_integer (pdf, sohoa_pdf_file_get (pdf, stream, "/Width"), 0) != image->width_px
      || sohoa_pdf_file_integer (pdf, sohoa_pdf_file_get (pdf, stream, "/Height"), 0) != image->height_px)
    find_fault (findings, i + 1, "image size differs");
}

/* The words as the content stream spells them, in its order; our own syntax is known exactly. */
static char *
content_words (const SohoaPdfFile *pdf, qpdf_oh page, GHashTable *astral)
{
  unsigned char *data = NULL;
  size_t size = 0;
  GString *out = g_string_new (NULL);

  if (qpdf_oh_get_page_content_data (pdf->qpdf, page, &data, &size) & QPDF_ERRORS)
    return g_string_free (out, FALSE);
  for (const char *p = (const char *) data, *end = p + size; p < end; p++) {
    if (*p != '<')
      continue;
    for (p++; p + 4 <= end && g_ascii_isxdigit (*p); p += 4) {
      char hex[5] = { p[0], p[1], p[2], p[3], 0 };
      guint code = (guint) strtoul (hex, NULL, 16);
      gpointer far = g_hash_table_lookup (astral, GUINT_TO_POINTER (code));

      if (code != ' ')
        g_string_append_unichar (out, far != NULL ? GPOINTER_TO_UINT (far) : code);
    }
    g_string_append_c (out, '\n');
  }
  free (data);
  return g_string_free (out, FALSE);
}

static char *
layer_words (const SohoaTextLayer *layer)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; layer != NULL && i < layer->lines->len; i++) {
    const SohoaLine *line = sohoa_text_layer_peek_line (layer, i);

    for (guint w = 0; w < line->words->len; w++) {
      gsize before = out->len;

      for (const char *p = sohoa_line_peek_word (line, w)->text; *p != '\0'; p = g_utf8_next_char (p)) {
        gunichar c = g_utf8_get_char (p);

        if (c != 0xFEFF && c != 0xFFFE && c != 0xFFFF)
          g_string_append_unichar (out, c);
      }
      if (out->len > before)
        g_string_append_c (out, '\n');
    }
  }
  return g_string_free (out, FALSE);
}

/* How many characters of @expected are not in @text, white space and order aside: poppler parts and joins
 * words by their gaps ("biểuThời" across table columns, "22/0 2/2018" under a seal), the letters must be there. */
static guint
count_missing (const char *expected, const char *text, guint *total_out)
{
  g_autoptr(GHashTable) have = g_hash_table_new (NULL, NULL);
  guint missing = 0;

  *total_out = 0;
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p)) {
    gpointer c = GUINT_TO_POINTER (g_utf8_get_char (p));

    g_hash_table_replace (have, c, GUINT_TO_POINTER (GPOINTER_TO_UINT (g_hash_table_lookup (have, c)) + 1));
  }
  for (const char *p = expected; *p != '\0'; p = g_utf8_next_char (p)) {
    gpointer c = GUINT_TO_POINTER (g_utf8_get_char (p));
    guint n = GPOINTER_TO_UINT (g_hash_table_lookup (have, c));

    if (g_unichar_isspace (g_utf8_get_char (p)))
      continue;
    (*total_out)++;
    if (n == 0)
      missing++;
    else
      g_hash_table_replace (have, c, GUINT_TO_POINTER (n - 1));
  }
  return missing;
}

/* Non-BMP characters: code → character, by the same rule as the writer (order of first use). */
static void
learn_astral (GHashTable *astral, GHashTable *seen, const char *words)
{
  for (const char *p = words; *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);

    if (c > 0xFFFF && g_hash_table_add (seen, GUINT_TO_POINTER (c)))
      g_hash_table_insert (astral, GUINT_TO_POINTER (0xD800 + g_hash_table_size (seen) - 1), GUINT_TO_POINTER (c));
  }
}

static void
check_text (PopplerDocument *document, guint i, const char *expected, const char *spelled, GPtrArray *findings)
{
  g_autoptr(PopplerPage) page = poppler_document_get_page (document, (int) i);
  g_autofree char *raw = page != NULL ? poppler_page_get_text (page) : NULL;
  g_autofree char *text = g_utf8_normalize (raw != NULL ? raw : "", -1, G_NORMALIZE_NFC);
  guint total = 0, missing;

  if (strcmp (expected, spelled) != 0)
    find_fault (findings, i + 1, "words differ from the text layer");
  missing = count_missing (expected, text != NULL ? text : "", &total);
  if (missing > POPPLER_MISSING_FEW && missing > total * POPPLER_MISSING_SHARE)
    g_ptr_array_add (findings, g_strdup_printf ("page %u: %u of %u characters are not found again", i + 1, missing, total));
}

static PIX *
small_grey (PIX *pix, int width, int height)
{
  PIX *grey = pixConvertTo8 (pix, 0), *small, *exact;
  double x = (double) width / pixGetWidth (pix), y = (double) height / pixGetHeight (pix);

  small = grey != NULL && x < 0.7 && y < 0.7 ? pixScaleAreaMap (grey, (float) x, (float) y)
                                             : grey != NULL ? pixScale (grey, (float) x, (float) y) : NULL;
  pixDestroy (&grey);
  exact = small != NULL ? pixScaleToSize (small, width, height) : NULL;
  pixDestroy (&small);
  return exact;
}

/* What we draw on page 1 over the scan, in points; all 0 = nothing. */
typedef struct {
  double box[2][4]; /* x0, y0, x1, y1 of signature and stamp */
} Shown;

/* Whether a pixel of the comparison lies in one of them. */
static gboolean
is_ours (const Shown *shown, double k, int height, int x, int y)
{
  for (guint i = 0; shown != NULL && i < G_N_ELEMENTS (shown->box); i++) {
    const double *b = shown->box[i];

    if (b[2] > b[0] && x >= b[0] * k - SHOWN_MARGIN_PX && x <= b[2] * k + SHOWN_MARGIN_PX
        && y >= height - b[3] * k - SHOWN_MARGIN_PX && y <= height - b[1] * k + SHOWN_MARGIN_PX)
      return TRUE;
  }
  return FALSE;
}

static void
compare (PIX *a, PIX *b, gboolean managed, const Shown *shown, double k, guint page, GPtrArray *findings)
{
  guint64 sum = 0, far = 0, all = 0;

  for (int y = 0; y < pixGetHeight (a); y++)
    for (int x = 0; x < pixGetWidth (a); x++) {
      l_uint32 p = 0, q = 0;
      guint d;

      if (is_ours (shown, k, pixGetHeight (a), x, y))
        continue;
      pixGetPixel (a, x, y, &p);
      pixGetPixel (b, x, y, &q);
      d = (guint) abs ((int) p - (int) q);
      sum += d;
      far += d > FAR_LEVELS;
      all++;
    }
  if (all > 0
      && ((double) sum / (double) all > (managed ? TOLERANCE_MEAN_ICC : TOLERANCE_MEAN)
          || (double) far / (double) all > (managed ? TOLERANCE_FAR_ICC : TOLERANCE_FAR)))
    g_ptr_array_add (findings, g_strdup_printf ("page %u: picture differs from its source (mean %.1f, far %.2f %%)",
                                                page, (double) sum / (double) all, 100.0 * (double) far / (double) all));
}

/* @finer: the render's resolution over the usual. @shown: (nullable) what is not the scan's. */
static void
check_picture_at (SohoaPdfSource *written, const SohoaPdfJob *job, guint i, const SohoaPdfGeometry *g, const Shown *shown,
                  double finer, GPtrArray *findings)
{
  const SohoaImageStream *image = g_ptr_array_index (job->images, i);
  double dpi = finer * MAX (RENDER_DPI, COMPARE_SIDE_PX * 72 / MAX (g->width_pt, g->height_pt));
  PIX *render = sohoa_pdf_source_render (written, i + 1, dpi, RENDER_MAX_PIXELS, NULL, NULL);
  PIX *stored = sohoa_image_stream_decode (image, job->image_fd, g->dpi >= 280 ? 4 : 1, NULL), *turned = NULL;
  double k = COMPARE_SIDE_PX / MAX (g->width_pt, g->height_pt);
  int width = MAX (1, (int) (g->width_pt * k)), height = MAX (1, (int) (g->height_pt * k));
  gboolean managed = image->colorspace == SOHOA_CS_ICC || image->colorspace == SOHOA_CS_CMYK;
  PIX *a = NULL, *b = NULL;

  if (stored != NULL)
    turned = g->rotation == 0 ? pixClone (stored) : pixRotateOrth (stored, (int) g->rotation / 90);
  if (render != NULL && turned != NULL) {
    a = small_grey (render, width, height);
    b = small_grey (turned, width, height);
  }
  if (a != NULL && b != NULL)
    compare (a, b, managed, shown, k, i + 1, findings);
  else
    find_fault (findings, i + 1, "picture cannot be compared");
  pixDestroy (&a);
  pixDestroy (&b);
  pixDestroy (&render);
  pixDestroy (&stored);
  pixDestroy (&turned);
}

/* poppler's own scaling of fine dots is coarse: a difference must show in a finer render too. */
static void
check_picture (SohoaPdfSource *written, const SohoaPdfJob *job, guint i, const SohoaPdfGeometry *g, const Shown *shown,
               GPtrArray *findings)
{
  g_autoptr(GPtrArray) first = g_ptr_array_new_with_free_func (g_free);

  check_picture_at (written, job, i, g, shown, 1, first);
  if (first->len > 0)
    check_picture_at (written, job, i, g, shown, FINER, findings);
}

/* ---- what we draw ourselves ---- */

/* The signature's box on page 1, and its widget. */
static qpdf_oh
find_widget (const SohoaPdfFile *pdf, qpdf_oh page, double rect[4])
{
  qpdf_oh annots = sohoa_pdf_file_get (pdf, page, "/Annots"), widget;

  if (!qpdf_oh_is_array (pdf->qpdf, annots) || qpdf_oh_get_array_n_items (pdf->qpdf, annots) == 0)
    return qpdf_oh_new_null (pdf->qpdf);
  widget = qpdf_oh_get_array_item (pdf->qpdf, annots, 0);
  (void) sohoa_pdf_file_numbers (pdf, sohoa_pdf_file_get (pdf, widget, "/Rect"), 4, rect);
  return widget;
}

/* The stamp's box: where page 1 draws /St. */
static void
find_stamp (const SohoaPdfFile *pdf, qpdf_oh page, double box[4])
{
  static const char mark[] = "q 1 0 0 1 ";
  qpdf_oh objects = sohoa_pdf_file_get (pdf, sohoa_pdf_file_get (pdf, page, "/Resources"), "/XObject");
  double size[4] = { 0 };
  unsigned char *data = NULL;
  size_t length = 0;
  const char *at;

  if (!sohoa_pdf_file_numbers (pdf, sohoa_pdf_file_get (pdf, sohoa_pdf_file_get (pdf, objects, "/St"), "/BBox"), 4, size)
      || (qpdf_oh_get_page_content_data (pdf->qpdf, page, &data, &length) & QPDF_ERRORS))
    return;
  at = g_strrstr_len ((const char *) data, (gssize) length, mark);
  if (at != NULL) {
    g_autofree char *line = g_strndup (at + strlen (mark), MIN (length - (gsize) (at - (const char *) data) - strlen (mark), 64));
    char *end = NULL;

    box[0] = g_ascii_strtod (line, &end);
    box[1] = g_ascii_strtod (end, &end);
    box[2] = box[0] + size[2];
    box[3] = box[1] + size[3];
  }
  free (data);
}

/* FALSE: something covers more of the page than a block and a stamp need. */
static gboolean
find_shown (const SohoaPdfFile *pdf, const SohoaPdfGeometry *g, Shown *out)
{
  qpdf_oh page = qpdf_get_page_n (pdf->qpdf, 0);
  double covered = 0;

  (void) find_widget (pdf, page, out->box[0]);
  find_stamp (pdf, page, out->box[1]);
  for (guint i = 0; i < G_N_ELEMENTS (out->box); i++)
    covered += (out->box[i][2] - out->box[i][0]) * (out->box[i][3] - out->box[i][1]);
  return covered <= SOHOA_PDF_SHOWN_MAX_SHARE * g->width_pt * g->height_pt;
}

static guint
count_operators (const SohoaPdfFile *pdf, qpdf_oh form, const char *name)
{
  g_autoptr(GBytes) bytes = sohoa_pdf_file_stream (pdf, form, TRUE);
  gsize n = strlen (name);
  guint count = 0;

  for (gsize i = 0; bytes != NULL && i + n <= g_bytes_get_size (bytes); i++)
    count += memcmp ((const char *) g_bytes_get_data (bytes, NULL) + i, name, n) == 0;
  return count;
}

/* A visible signature must show exactly the block's lines: they are the widget's whole text. */
static void
check_block (const SohoaPdfFile *pdf, const SohoaPdfJob *job, GPtrArray *findings)
{
  double rect[4] = { 0 };
  qpdf_oh widget = find_widget (pdf, qpdf_get_page_n (pdf->qpdf, 0), rect), look;

  if (!sohoa_pdf_block_is_visible (job->block) || rect[0] == rect[2])
    return; /* the writer found no free place and said so */
  look = sohoa_pdf_file_get (pdf, sohoa_pdf_file_get (pdf, widget, "/AP"), "/N");
  if (count_operators (pdf, look, "Tj") != g_strv_length ((char **) job->block))
    find_fault (findings, 1, "signature block differs");
}

gboolean
sohoa_pdf_read_back (int pdf_fd, const SohoaPdfJob *job, GPtrArray *findings, GError **error)
{
  g_auto(SohoaPdfFile) pdf = { 0 };
  g_autoptr(SohoaPdfSource) written = NULL;
  g_autoptr(PopplerDocument) document = NULL;
  g_autoptr(GHashTable) astral = g_hash_table_new (NULL, NULL), seen = g_hash_table_new (NULL, NULL);
  Shown shown = { 0 };

  if (!sohoa_pdf_file_open (&pdf, pdf_fd, error))
    return FALSE;
  if (pdf.repaired)
    g_ptr_array_add (findings, g_strdup ("file: qpdf had to repair it"));
  if (qpdf_get_num_pages (pdf.qpdf) != (int) job->images->len) {
    g_ptr_array_add (findings, g_strdup ("file: number of pages differs"));
    return TRUE;
  }
  written = sohoa_pdf_source_new (pdf_fd, error);
  document = written != NULL ? poppler_document_new_from_bytes (pdf.bytes, NULL, error) : NULL;
  if (document == NULL)
    return FALSE;
  for (guint i = 0; i < job->images->len; i++) {
    g_autoptr(SohoaTextLayer) layer = NULL;
    g_autofree char *expected = NULL, *spelled = NULL;
    SohoaPdfGeometry g;
    qpdf_oh page = qpdf_get_page_n (pdf.qpdf, i);

    if (!sohoa_pdf_load_layer (job, i, &layer, error))
      return FALSE;
    sohoa_pdf_geometry (job, i, layer, &g);
    if (layer == NULL && job->record == NULL) { /* nobody says how it lies: take it from the page's shape */
      const SohoaPdfPage *p = sohoa_pdf_source_peek_page (written, i + 1, NULL);

      g.rotation = p != NULL ? p->rotation : 0;
      g.dpi = p != NULL && p->dpi > 0 ? p->dpi : g.dpi;
      g.width_pt = p != NULL ? p->width_pt : g.width_pt;
      g.height_pt = p != NULL ? p->height_pt : g.height_pt;
    }
    expected = layer_words (layer);
    learn_astral (astral, seen, expected);
    spelled = content_words (&pdf, page, astral);
    check_stream (&pdf, page, job, i, findings);
    check_text (document, i, expected, spelled, findings);
    if (i == 0 && !find_shown (&pdf, &g, &shown))
      find_fault (findings, 1, "signature and stamp cover too much of it");
    check_picture (written, job, i, &g, i == 0 ? &shown : NULL, findings);
    qpdf_oh_release_all (pdf.qpdf);
  }
  check_block (&pdf, job, findings);
  return TRUE;
}
