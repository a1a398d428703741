#include "sohoa-pdf-source.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-pdf-content.h"
#include "sohoa-pdf-font.h"
#include "sohoa-pdf-image.h"
#include "sohoa-pdf-poppler.h"
#include "sohoa-pdf-file.h"
#include "sohoa-pdf.h"

#include <math.h>

#include <string.h>
#include <unistd.h>

#define MAX_PAGES 5000u
#define MIN_COVERAGE 0.95       /* of the page box by the image, and of the image by the page box */
#define FULL_COVERAGE 0.995     /* hides what was painted below it */
#define SQUARE_PIXELS 0.02      /* difference between dpi across and down */
#define MAX_BOX_PT 200000.0
#define ICC_MAX_BYTES (4u * 1024 * 1024)
#define FIELD_DEPTH 16u
#define FIELD_MAX 10000u
#define RENDER_MIN_DPI 4.0

typedef struct {
  SohoaPdfPage page;
  SohoaImageStream *stream; /* (owned) (nullable) without offset and sha256 */
  int      image_id, image_gen;
  gboolean reencode;        /* LZW and the like: decode, write as Flate */
} Page;

struct _SohoaPdfSource {
  SohoaPdfFile        pdf;
  PopplerDocument *poppler;  /* (owned) (nullable) opened when first needed */
  guint            n_pages, n_signatures;
  GPtrArray       *pages;    /* (owned) (element-type Page) NULL until looked at */
  char            *reason;   /* (owned) (nullable) */
  gboolean         judged;
};

static void
page_free (gpointer data)
{
  Page *page = data;

  if (page == NULL)
    return;
  g_free (page->page.reason);
  g_free (page->page.note);
  sohoa_image_stream_free (page->stream);
  g_free (page);
}

static guint
count_signed (const SohoaPdfFile *pdf, qpdf_oh fields, guint depth, guint *left)
{
  int n = qpdf_oh_is_array (pdf->qpdf, fields) ? qpdf_oh_get_array_n_items (pdf->qpdf, fields) : 0;
  guint count = 0;

  for (int i = 0; i < n && *left > 0; i++, (*left)--) {
    qpdf_oh field = qpdf_oh_get_array_item (pdf->qpdf, fields, i);

    if (sohoa_pdf_file_is_name (pdf, sohoa_pdf_file_get (pdf, field, "/FT"), "Sig")
        && qpdf_oh_is_dictionary (pdf->qpdf, sohoa_pdf_file_get (pdf, field, "/V")))
      count++;
    if (depth < FIELD_DEPTH)
      count += count_signed (pdf, sohoa_pdf_file_get (pdf, field, "/Kids"), depth + 1, left);
  }
  return count;
}

SohoaPdfSource *
sohoa_pdf_source_new (int fd, GError **error)
{
  g_autoptr(SohoaPdfSource) self = g_new0 (SohoaPdfSource, 1);
  guint left = FIELD_MAX;
  qpdf_oh form;
  int n;

  self->pages = g_ptr_array_new_with_free_func (page_free);
  if (!sohoa_pdf_file_open (&self->pdf, fd, error))
    return NULL;
  n = qpdf_get_num_pages (self->pdf.qpdf);
  if (n == 0) {
    g_set_error_literal (error, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_EMPTY, "PDF: no pages: send the file again");
    return NULL;
  }
  if (n < 0) {
    g_set_error_literal (error, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_DAMAGED,
                         "PDF: page tree is damaged: export the file again");
    return NULL;
  }
  if (n > (int) MAX_PAGES) {
    g_set_error (error, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_TOO_LARGE, "PDF: %d pages, at most %u: split it", n,
                 MAX_PAGES);
    return NULL;
  }
  self->n_pages = (guint) n;
  g_ptr_array_set_size (self->pages, n);
  qpdf_push_inherited_attributes_to_page (self->pdf.qpdf);
  form = sohoa_pdf_file_get (&self->pdf, qpdf_get_root (self->pdf.qpdf), "/AcroForm");
  self->n_signatures = count_signed (&self->pdf, sohoa_pdf_file_get (&self->pdf, form, "/Fields"), 0, &left);
  return g_steal_pointer (&self);
}

void
sohoa_pdf_source_free (SohoaPdfSource *self)
{
  if (self == NULL)
    return;
  sohoa_pdf_file_close (&self->pdf);
  g_clear_object (&self->poppler);
  g_ptr_array_unref (self->pages);
  g_free (self->reason);
  g_free (self);
}

guint
sohoa_pdf_source_count_pages (SohoaPdfSource *self)
{
  return self->n_pages;
}

guint
sohoa_pdf_source_count_signatures (SohoaPdfSource *self)
{
  return self->n_signatures;
}

/* ---- the image as PDF/A would have it ---- */

static gboolean
icc_is_good (GBytes *icc, guint components)
{
  gsize n;
  const guint8 *p = g_bytes_get_data (icc, &n);
  const char *space = components == 1 ? "GRAY" : components == 3 ? "RGB " : "CMYK";

  return n >= 128 && n <= ICC_MAX_BYTES && memcmp (p + 36, "acsp", 4) == 0 && p[8] >= 2 && p[8] <= 4
         && memcmp (p + 16, space, 4) == 0
         && (memcmp (p + 12, "mntr", 4) == 0 || memcmp (p + 12, "scnr", 4) == 0 || memcmp (p + 12, "prtr", 4) == 0
             || memcmp (p + 12, "spac", 4) == 0);
}

static void
set_device (SohoaImageStream *s, guint components)
{
  s->components = components;
  s->colorspace = components == 1 ? SOHOA_CS_GRAY : components == 3 ? SOHOA_CS_RGB : SOHOA_CS_CMYK;
}

static const char *
read_palette (const SohoaPdfFile *pdf, qpdf_oh lookup, gint64 high, SohoaImageStream *s)
{
  gsize want = (gsize) (high + 1) * s->components, have;
  guint8 table[256 * 4] = { 0 };

  if (high < 0 || high > 255)
    return "palette";
  if (qpdf_oh_is_string (pdf->qpdf, lookup)) {
    const char *bytes = qpdf_oh_get_binary_string_value (pdf->qpdf, lookup, &have);

    memcpy (table, bytes, MIN (have, want));
  } else {
    g_autoptr(GBytes) bytes = sohoa_pdf_file_stream (pdf, lookup, TRUE);

    if (bytes == NULL)
      return "palette";
    memcpy (table, g_bytes_get_data (bytes, NULL), MIN (g_bytes_get_size (bytes), want));
  }
  s->palette = g_bytes_new (table, want);
  return NULL;
}

/* NULL = good, else what stands in the way (static). */
static const char *
read_color_space (const SohoaPdfFile *pdf, qpdf_oh cs, SohoaImageStream *s, char **note, gboolean in_palette)
{
  qpdf_oh head = qpdf_oh_is_array (pdf->qpdf, cs) && qpdf_oh_get_array_n_items (pdf->qpdf, cs) > 0
                   ? qpdf_oh_get_array_item (pdf->qpdf, cs, 0) : cs;
  g_autofree char *name = g_strdup (sohoa_pdf_file_name (pdf, head));
  int n = qpdf_oh_is_array (pdf->qpdf, cs) ? qpdf_oh_get_array_n_items (pdf->qpdf, cs) : 1;

  if (g_str_equal (name, "DeviceGray") || g_str_equal (name, "G") || g_str_equal (name, "CalGray")) {
    set_device (s, 1);
  } else if (g_str_equal (name, "DeviceRGB") || g_str_equal (name, "RGB") || g_str_equal (name, "CalRGB")) {
    set_device (s, 3);
  } else if (g_str_equal (name, "DeviceCMYK") || g_str_equal (name, "CMYK")) {
    if (sohoa_pdf_peek_cmyk () == NULL)
      return "CMYK image and no CMYK profile installed";
    set_device (s, 4);
  } else if (g_str_equal (name, "ICCBased") && n >= 2) {
    qpdf_oh stream = qpdf_oh_get_array_item (pdf->qpdf, cs, 1);
    gint64 components = sohoa_pdf_file_integer (pdf, sohoa_pdf_file_get (pdf, stream, "/N"), 0);
    g_autoptr(GBytes) icc = sohoa_pdf_file_stream (pdf, stream, TRUE);

    if (components != 1 && components != 3 && components != 4)
      return "colour profile of unknown kind";
    set_device (s, (guint) components);
    if (icc != NULL && icc_is_good (icc, (guint) components)) {
      s->icc = g_steal_pointer (&icc);
      s->colorspace = SOHOA_CS_ICC;
    } else {
      *note = g_strdup ("colour profile: not usable in PDF/A, device colours are used");
    }
  } else if ((g_str_equal (name, "Indexed") || g_str_equal (name, "I")) && n >= 4 && !in_palette) {
    const char *why = read_color_space (pdf, qpdf_oh_get_array_item (pdf->qpdf, cs, 1), s, note, TRUE);

    if (why != NULL)
      return why;
    return read_palette (pdf, qpdf_oh_get_array_item (pdf->qpdf, cs, 3),
                         sohoa_pdf_file_integer (pdf, qpdf_oh_get_array_item (pdf->qpdf, cs, 2), -1), s);
  } else {
    return "colour space that PDF/A needs more for";
  }
  if (g_str_has_prefix (name, "Cal"))
    *note = g_strdup ("calibrated colour: read as device colours");
  return NULL;
}

static const char *
full_filter_name (const char *name)
{
  static const char *const pairs[][2]
    = { { "AHx", "ASCIIHexDecode" }, { "A85", "ASCII85Decode" }, { "LZW", "LZWDecode" }, { "Fl", "FlateDecode" },
        { "RL", "RunLengthDecode" }, { "CCF", "CCITTFaxDecode" }, { "DCT", "DCTDecode" } };
  static const char *const known[] = { "JBIG2Decode", NULL };

  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++)
    if (strcmp (name, pairs[i][0]) == 0 || strcmp (name, pairs[i][1]) == 0)
      return pairs[i][1];
  return strcmp (name, known[0]) == 0 ? known[0] : NULL;
}

static gboolean
read_jbig2_globals (const SohoaPdfFile *pdf, qpdf_oh parms, SohoaImageStream *s)
{
  int n = qpdf_oh_is_array (pdf->qpdf, parms) ? qpdf_oh_get_array_n_items (pdf->qpdf, parms) : 0;
  qpdf_oh globals;

  if (n > 0)
    parms = qpdf_oh_get_array_item (pdf->qpdf, parms, n - 1);
  globals = sohoa_pdf_file_get (pdf, parms, "/JBIG2Globals");
  if (!qpdf_oh_is_stream (pdf->qpdf, globals))
    return qpdf_oh_is_null (pdf->qpdf, globals);
  s->jbig2_globals = sohoa_pdf_file_stream (pdf, globals, TRUE);
  if (s->jbig2_globals == NULL)
    s->jbig2_globals = sohoa_pdf_file_stream (pdf, globals, FALSE);
  return s->jbig2_globals != NULL;
}

static const char *
read_filters (const SohoaPdfFile *pdf, qpdf_oh image, SohoaImageStream *s, gboolean *reencode)
{
  qpdf_oh filter = sohoa_pdf_file_get (pdf, image, "/Filter"), parms = sohoa_pdf_file_get (pdf, image, "/DecodeParms");
  gboolean array = qpdf_oh_is_array (pdf->qpdf, filter);
  int n = array ? qpdf_oh_get_array_n_items (pdf->qpdf, filter) : qpdf_oh_is_null (pdf->qpdf, filter) ? 0 : 1;
  g_autoptr(GString) names = g_string_new (NULL), syntax = g_string_new (NULL);
  gboolean jbig2 = FALSE;

  for (int i = 0; i < n; i++) {
    qpdf_oh one = array ? qpdf_oh_get_array_item (pdf->qpdf, filter, i) : filter;
    const char *name = full_filter_name (sohoa_pdf_file_name (pdf, one));

    if (name == NULL)
      return "image coding not taken over (JPEG 2000 or unknown)";
    *reencode |= strcmp (name, "LZWDecode") == 0;
    jbig2 = strcmp (name, "JBIG2Decode") == 0;
    g_string_append_printf (names, "%s/%s", i > 0 ? " " : "", name);
  }
  *reencode |= n == 0;
  if (n > 1) {
    g_string_prepend_c (names, '[');
    g_string_append_c (names, ']');
  }
  s->filter = g_strdup (names->str);
  if (jbig2 && !read_jbig2_globals (pdf, parms, s))
    return "JBIG2 globals";
  if (!jbig2 && !*reencode && !qpdf_oh_is_null (pdf->qpdf, parms)) {
    if (!sohoa_pdf_file_syntax (pdf, parms, syntax) || syntax->len > 500)
      return "decoding parameters";
    s->decode_parms = g_strdup (syntax->str);
  }
  return NULL;
}

static const char *
read_image (const SohoaPdfFile *pdf, qpdf_oh image, Page *page)
{
  SohoaImageStream *s = page->stream = sohoa_image_stream_new ();
  gint64 width = sohoa_pdf_file_integer (pdf, sohoa_pdf_file_get (pdf, image, "/Width"), 0);
  gint64 height = sohoa_pdf_file_integer (pdf, sohoa_pdf_file_get (pdf, image, "/Height"), 0);
  qpdf_oh mask = sohoa_pdf_file_get (pdf, image, "/ImageMask"), decode = sohoa_pdf_file_get (pdf, image, "/Decode");
  gboolean stencil = qpdf_oh_is_bool (pdf->qpdf, mask) && qpdf_oh_get_bool_value (pdf->qpdf, mask);
  const char *why;

  page->image_id = qpdf_oh_get_object_id (pdf->qpdf, image);
  page->image_gen = qpdf_oh_get_generation (pdf->qpdf, image);
  if (width <= 0 || height <= 0 || width > SOHOA_IMAGE_MAX_SIDE_PX || height > SOHOA_IMAGE_MAX_SIDE_PX
      || width * height > SOHOA_IMAGE_MAX_PIXELS)
    return "image size out of range";
  if (stencil)
    return "stencil mask";
  if (!qpdf_oh_is_null (pdf->qpdf, sohoa_pdf_file_get (pdf, image, "/SMask"))
      || !qpdf_oh_is_null (pdf->qpdf, sohoa_pdf_file_get (pdf, image, "/Mask")))
    return "image with a mask";
  s->width_px = (guint) width;
  s->height_px = (guint) height;
  why = read_filters (pdf, image, s, &page->reencode);
  if (why == NULL)
    why = read_color_space (pdf, sohoa_pdf_file_get (pdf, image, "/ColorSpace"), s, &page->page.note, FALSE);
  if (why != NULL)
    return why;
  s->bits = (guint) sohoa_pdf_file_integer (pdf, sohoa_pdf_file_get (pdf, image, "/BitsPerComponent"),
                                        strstr (s->filter, "CCITT") || strstr (s->filter, "JBIG2") ? 1 : 8);
  if (s->bits != 1 && s->bits != 2 && s->bits != 4 && s->bits != 8 && s->bits != 16)
    return "bits per component";
  if (page->reencode && strstr (s->filter, "DCT") != NULL)
    return "LZW around JPEG";
  if (!qpdf_oh_is_null (pdf->qpdf, decode)) {
    g_autoptr(GString) syntax = g_string_new (NULL);

    if (!sohoa_pdf_file_syntax (pdf, decode, syntax) || syntax->len > 500)
      return "decode array";
    s->decode = g_strdup (syntax->str);
  }
  return NULL;
}

/* ---- the page ---- */

static gboolean
page_box (const SohoaPdfFile *pdf, qpdf_oh page, double *box)
{
  double media[4] = { 0, 0, 612, 792 }, crop[4];

  sohoa_pdf_file_numbers (pdf, sohoa_pdf_file_get (pdf, page, "/MediaBox"), 4, media);
  box[0] = MIN (media[0], media[2]);
  box[1] = MIN (media[1], media[3]);
  box[2] = MAX (media[0], media[2]);
  box[3] = MAX (media[1], media[3]);
  if (sohoa_pdf_file_numbers (pdf, sohoa_pdf_file_get (pdf, page, "/CropBox"), 4, crop)) {
    double cut[4] = { MAX (box[0], MIN (crop[0], crop[2])), MAX (box[1], MIN (crop[1], crop[3])),
                      MIN (box[2], MAX (crop[0], crop[2])), MIN (box[3], MAX (crop[1], crop[3])) };

    if (cut[2] > cut[0] && cut[3] > cut[1])
      memcpy (box, cut, sizeof cut);
  }
  return box[2] - box[0] > 0.5 && box[3] - box[1] > 0.5 && box[2] - box[0] < MAX_BOX_PT && box[3] - box[1] < MAX_BOX_PT;
}

static const char *
visible_annotation (const SohoaPdfFile *pdf, qpdf_oh page)
{
  qpdf_oh annots = sohoa_pdf_file_get (pdf, page, "/Annots");
  int n = qpdf_oh_is_array (pdf->qpdf, annots) ? qpdf_oh_get_array_n_items (pdf->qpdf, annots) : 0;

  for (int i = 0; i < n; i++) {
    qpdf_oh a = qpdf_oh_get_array_item (pdf->qpdf, annots, i);
    g_autofree char *kind = g_strdup (sohoa_pdf_file_name (pdf, sohoa_pdf_file_get (pdf, a, "/Subtype")));
    gint64 flags = sohoa_pdf_file_integer (pdf, sohoa_pdf_file_get (pdf, a, "/F"), 0);
    qpdf_oh look = sohoa_pdf_file_get (pdf, sohoa_pdf_file_get (pdf, a, "/AP"), "/N");
    double r[4] = { 0 };
    gboolean empty = sohoa_pdf_file_numbers (pdf, sohoa_pdf_file_get (pdf, a, "/Rect"), 4, r)
                     && (r[0] == r[2] || r[1] == r[3]);

    if ((flags & (2 | 32)) || empty || strcmp (kind, "Popup") == 0)
      continue;
    if (!qpdf_oh_is_null (pdf->qpdf, look) || (strcmp (kind, "Link") != 0 && strcmp (kind, "Widget") != 0))
      return "annotation";
  }
  return NULL;
}

static double
overlap (const double *a, const double *b)
{
  double w = MIN (a[2], b[2]) - MAX (a[0], b[0]), h = MIN (a[3], b[3]) - MAX (a[1], b[1]);

  return w > 0 && h > 0 ? w * h : 0;
}

/* Sets dpi and rotation; gives the reason why the image's place makes the page no scan. */
static const char *
judge_place (const SohoaPdfContent *c, const double *box, double unit, guint turn, Page *page, gboolean *full)
{
  const SohoaMatrix *m = &c->matrix;
  double x_len = hypot (m->a, m->b), y_len = hypot (m->c, m->d), dpi_x, dpi_y, area, seen;
  double place[4] = { MIN (m->e, m->e + m->a + m->c), MIN (m->f, m->f + m->b + m->d),
                      MAX (m->e, m->e + m->a + m->c), MAX (m->f, m->f + m->b + m->d) };
  double page_area = (box[2] - box[0]) * (box[3] - box[1]), shown[4];
  double slack = 0.002 * MAX (x_len, y_len);
  guint own;

  if (!(x_len > 1 && y_len > 1 && x_len < MAX_BOX_PT && y_len < MAX_BOX_PT))
    return "image without size";
  if (m->a * m->d - m->b * m->c < 0)
    return "mirrored image";
  if (fabs (m->b) <= slack && fabs (m->c) <= slack)
    own = m->a > 0 ? 0 : 180;
  else if (fabs (m->a) <= slack && fabs (m->d) <= slack)
    own = m->b < 0 ? 90 : 270;
  else
    return "image is not upright on the page";
  for (guint i = 0; i < 4; i++)
    shown[i] = i < 2 ? MAX (place[i], c->clip[i]) : MIN (place[i], c->clip[i]);
  area = (place[2] - place[0]) * (place[3] - place[1]);
  seen = overlap (shown, box);
  *full = seen >= FULL_COVERAGE * page_area;
  if (seen < MIN_COVERAGE * page_area)
    return "image does not cover the page";
  if (seen < MIN_COVERAGE * area)
    return "part of the image is cut off";
  dpi_x = page->stream->width_px * 72.0 / (x_len * unit);
  dpi_y = page->stream->height_px * 72.0 / (y_len * unit);
  if (fabs (dpi_x - dpi_y) > SQUARE_PIXELS * MAX (dpi_x, dpi_y))
    return "pixels are not square";
  page->page.dpi = (dpi_x + dpi_y) / 2;
  page->page.rotation = (own + turn) % 360;
  return NULL;
}

static const char *
judge_page (SohoaPdfSource *self, qpdf_oh oh, Page *page)
{
  SohoaPdfContent c;
  double box[4], unit = sohoa_pdf_file_number (&self->pdf, sohoa_pdf_file_get (&self->pdf, oh, "/UserUnit"), 1);
  gint64 rotate = sohoa_pdf_file_integer (&self->pdf, sohoa_pdf_file_get (&self->pdf, oh, "/Rotate"), 0);
  guint turn = (guint) (((rotate % 360) + 360) % 360) / 90 * 90;
  gboolean full = FALSE;
  const char *why;

  if (!(unit >= 0.01 && unit <= 10000))
    unit = 1;
  if (!page_box (&self->pdf, oh, box))
    return "page box without size";
  page->page.width_pt = (turn % 180 ? box[3] - box[1] : box[2] - box[0]) * unit;
  page->page.height_pt = (turn % 180 ? box[2] - box[0] : box[3] - box[1]) * unit;
  if (!sohoa_pdf_content_scan (&self->pdf, oh, box, &c))
    return "content cannot be read";
  if (c.trouble != NULL)
    return c.trouble;
  if (c.images == 0)
    return c.before != NULL ? c.before : "no image";
  if (c.after != NULL)
    return c.after;
  why = visible_annotation (&self->pdf, oh);
  if (why == NULL)
    why = read_image (&self->pdf, c.image, page);
  if (why == NULL)
    why = judge_place (&c, box, unit, turn, page, &full);
  if (why == NULL && c.before != NULL && !full)
    why = c.before;
  return why;
}

static Page *
look_at (SohoaPdfSource *self, guint number, GError **error)
{
  Page *page;
  const char *why;

  if (number == 0 || number > self->n_pages) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "PDF: no page %u: it has %u", number, self->n_pages);
    return NULL;
  }
  page = g_ptr_array_index (self->pages, number - 1);
  if (page != NULL)
    return page;
  if (!sohoa_pdf_init (NULL)) /* for the CMYK profile; harmless when already done */
    g_debug ("no colour profiles");
  page = g_new0 (Page, 1);
  g_ptr_array_index (self->pages, number - 1) = page;
  why = judge_page (self, qpdf_get_page_n (self->pdf.qpdf, number - 1), page);
  qpdf_oh_release_all (self->pdf.qpdf);
  page->page.scan = why == NULL;
  if (why != NULL) {
    page->page.reason = g_strdup_printf ("page %u: %s", number, why);
    page->page.dpi = 0;
    page->page.rotation = 0;
    g_clear_pointer (&page->stream, sohoa_image_stream_free);
  } else {
    page->page.width_px = page->stream->width_px;
    page->page.height_px = page->stream->height_px;
  }
  return page;
}

const SohoaPdfPage *
sohoa_pdf_source_peek_page (SohoaPdfSource *self, guint page, GError **error)
{
  Page *found = look_at (self, page, error);

  return found != NULL ? &found->page : NULL;
}

const char *
sohoa_pdf_source_original_reason (SohoaPdfSource *self)
{
  if (self->judged)
    return self->reason;
  self->judged = TRUE;
  if (self->n_signatures > 0)
    self->reason = g_strdup ("signed");
  else if (self->pdf.encrypted)
    self->reason = g_strdup ("encrypted");
  for (guint i = 1; i <= self->n_pages && self->reason == NULL; i++) {
    Page *page = look_at (self, i, NULL);

    if (page != NULL && !page->page.scan)
      self->reason = g_strdup (page->page.reason);
  }
  return self->reason;
}

static SohoaImageStream *
copy_description (const SohoaImageStream *s)
{
  SohoaImageStream *copy = sohoa_image_stream_new ();

  *copy = *s;
  copy->icc = s->icc != NULL ? g_bytes_ref (s->icc) : NULL;
  copy->palette = s->palette != NULL ? g_bytes_ref (s->palette) : NULL;
  copy->jbig2_globals = s->jbig2_globals != NULL ? g_bytes_ref (s->jbig2_globals) : NULL;
  copy->filter = g_strdup (s->filter);
  copy->decode_parms = g_strdup (s->decode_parms);
  copy->decode = g_strdup (s->decode);
  copy->sha256 = NULL;
  return copy;
}

static gboolean
write_stream (SohoaPdfSource *self, const Page *page, SohoaImageStream *s, int out_fd, GError **error)
{
  qpdf_oh image = qpdf_get_object_by_id (self->pdf.qpdf, page->image_id, page->image_gen);
  g_autoptr(GBytes) bytes = sohoa_pdf_file_stream (&self->pdf, image, page->reencode);
  off_t at = lseek (out_fd, 0, SEEK_CUR);

  qpdf_oh_release_all (self->pdf.qpdf);
  if (bytes != NULL && page->reencode) {
    GBytes *packed = sohoa_pdf_deflate (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));

    g_bytes_unref (bytes);
    bytes = packed;
    g_free (s->filter);
    s->filter = g_strdup ("/FlateDecode");
  }
  if (bytes == NULL || g_bytes_get_size (bytes) == 0) {
    g_set_error_literal (error, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_DAMAGED,
                         "PDF: image data cannot be read: scan the page again");
    return FALSE;
  }
  s->offset = at > 0 ? (guint64) at : 0;
  s->length = g_bytes_get_size (bytes);
  s->sha256 = sohoa_bytes_sha256 (g_bytes_get_data (bytes, NULL), s->length);
  return sohoa_fd_write_all (out_fd, g_bytes_get_data (bytes, NULL), s->length, error);
}

gboolean
sohoa_pdf_source_extract (SohoaPdfSource *self, guint number, int out_fd, SohoaImageStream **stream_out,
                          guint *rotate_out, double *dpi_out, GError **error)
{
  Page *page = look_at (self, number, error);
  g_autoptr(SohoaImageStream) s = NULL;

  *stream_out = NULL;
  if (page == NULL)
    return FALSE;
  if (!page->page.scan) {
    g_set_error (error, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_UNSUPPORTED, "PDF: %s: not a scanned page",
                 page->page.reason);
    return FALSE;
  }
  s = copy_description (page->stream);
  if (!write_stream (self, page, s, out_fd, error))
    return FALSE;
  if (rotate_out != NULL)
    *rotate_out = page->page.rotation;
  if (dpi_out != NULL)
    *dpi_out = page->page.dpi;
  *stream_out = g_steal_pointer (&s);
  return TRUE;
}

PIX *
sohoa_pdf_source_decode (SohoaPdfSource *self, guint page, GError **error)
{
  g_autoptr(SohoaImageStream) stream = NULL;
  SOHOA_AUTO_FD int fd = sohoa_memfd_new ("image", error);

  if (fd < 0 || !sohoa_pdf_source_extract (self, page, fd, &stream, NULL, NULL, error))
    return NULL;
  return sohoa_image_stream_decode (stream, fd, 1, error);
}

static PIX *
pix_from_surface (cairo_surface_t *surface)
{
  int width = cairo_image_surface_get_width (surface), height = cairo_image_surface_get_height (surface);
  int stride = cairo_image_surface_get_stride (surface);
  PIX *pix = pixCreate (width, height, 32);
  const guint8 *data;

  if (pix == NULL)
    return NULL;
  cairo_surface_flush (surface);
  data = cairo_image_surface_get_data (surface);
  for (int y = 0; y < height; y++) {
    const guint32 *from = (const guint32 *) (const void *) (data + (gsize) y * (gsize) stride);
    l_uint32 *to = pixGetData (pix) + (gsize) y * (gsize) pixGetWpl (pix);

    for (int x = 0; x < width; x++)
      to[x] = from[x] << 8; /* xRGB → RGB0 */
  }
  return pix;
}

static PIX *
paint (PopplerPage *page, double scale, int width, int height)
{
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, width, height);
  cairo_t *cr = cairo_create (surface);
  PIX *pix = NULL;

  cairo_set_source_rgb (cr, 1, 1, 1);
  cairo_paint (cr);
  cairo_scale (cr, scale, scale);
  poppler_page_render (page, cr);
  if (cairo_status (cr) == CAIRO_STATUS_SUCCESS)
    pix = pix_from_surface (surface);
  cairo_destroy (cr);
  cairo_surface_destroy (surface);
  return pix;
}

PIX *
sohoa_pdf_source_render (SohoaPdfSource *self, guint number, double dpi, guint64 max_pixels, double *dpi_out,
                         GError **error)
{
  g_autoptr(PopplerPage) page = NULL;
  double width = 0, height = 0;
  PIX *pix = NULL;

  if (self->poppler == NULL)
    self->poppler = poppler_document_new_from_bytes (self->pdf.bytes, NULL, NULL);
  if (self->poppler != NULL && number > 0)
    page = poppler_document_get_page (self->poppler, (int) number - 1);
  if (page != NULL)
    poppler_page_get_size (page, &width, &height);
  max_pixels = MIN (max_pixels, SOHOA_IMAGE_MAX_PIXELS);
  if (width > 0 && height > 0 && width < MAX_BOX_PT && height < MAX_BOX_PT) {
    double pixels = width * height / 72 / 72, w, h;

    dpi = MIN (dpi, sqrt ((double) max_pixels / pixels));
    dpi = MIN (dpi, 30000.0 * 72 / MAX (width, height)); /* cairo's surfaces end at 32767 */
    w = ceil (width * dpi / 72);
    h = ceil (height * dpi / 72);
    if (dpi >= RENDER_MIN_DPI)
      pix = paint (page, dpi / 72, (int) MAX (1, w), (int) MAX (1, h));
  }
  if (pix == NULL) {
    g_set_error (error, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_DAMAGED, "PDF: page %u cannot be drawn: check the file",
                 number);
    return NULL;
  }
  if (dpi_out != NULL)
    *dpi_out = dpi;
  pixSetResolution (pix, (int) (dpi + 0.5), (int) (dpi + 0.5));
  return pix;
}
