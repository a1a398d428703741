#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-haru.h"
#include "sohoa-pdf-block.h"
#include "sohoa-pdf-font.h"
#include "sohoa-pdf-frame.h"
#include "sohoa-pdf-image.h"
#include "sohoa-pdf-page.h"
#include "sohoa-pdf-seal.h"
#include "sohoa-pdf-stamp.h"
#include "sohoa-pdf-xmp.h"

#include <string.h>

#define MAX_PAGES 5000u
#define FIRST_PAGE_REDUCTION 4u        /* of page 1 where a free place is looked for */
#define FIXED_BYTES (2u * 1024 * 1024) /* fonts, profile, metadata, placeholder */
#define PAGE_BYTES 2048u               /* dictionaries and table rows of a page */
#define WORDS_BYTES_FACTOR 1u          /* content never passes the serialised layer, compressed */

typedef struct {
  const SohoaPdfJob *job;    /* (unowned) */
  SohoaHaru         *haru;   /* (owned) */
  SohoaPdfCodes     *codes;  /* (owned) */
  GHashTable        *shared; /* (owned) digest of a profile or globals → object number */
  GArray            *images; /* (owned) (element-type guint) object numbers */
  GArray            *pages;  /* (owned) (element-type guint) object numbers */
  GPtrArray         *deviations; /* (unowned) (nullable) */
  SohoaPdfBlockPlace box;       /* of the signature on page 1; all 0 = invisible */
  SohoaPdfLook       look;      /* what it shows there */
  PIX               *seal;      /* (owned) (nullable) */
  SohoaPdfBlockPlace stamp;     /* of the ĐẾN stamp */
  guint              stamp_id;  /* object number, 0 = none */
} Writer;

static void
writer_clear (Writer *w)
{
  g_clear_pointer (&w->haru, sohoa_haru_free);
  g_clear_pointer (&w->codes, sohoa_pdf_codes_free);
  g_clear_pointer (&w->shared, g_hash_table_unref);
  g_clear_pointer (&w->images, g_array_unref);
  g_clear_pointer (&w->pages, g_array_unref);
  pixDestroy (&w->seal);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Writer, writer_clear)

static guint
add_object (gpointer sink, const char *inner, GBytes *bytes)
{
  Writer *w = sink;

  return bytes != NULL ? sohoa_haru_add_stream (w->haru, inner, bytes) : sohoa_haru_add_dict (w->haru, inner);
}

static void
deviate (Writer *w, char *text) /* takes */
{
  if (w->deviations != NULL)
    g_ptr_array_add (w->deviations, text);
  else
    g_free (text);
}

/* One object for equal bytes. */
static guint
add_shared (Writer *w, const char *inner, GBytes *bytes, gboolean flate)
{
  gsize size;
  const void *data = g_bytes_get_data (bytes, &size);
  g_autofree char *digest = sohoa_bytes_sha256 (data, size);
  g_autofree char *key = g_strconcat (digest, inner, NULL);
  guint id = GPOINTER_TO_UINT (g_hash_table_lookup (w->shared, key));

  if (id == 0) {
    id = flate ? sohoa_pdf_add_flate (add_object, w, inner, data, size) : add_object (w, inner, bytes);
    g_hash_table_insert (w->shared, g_steal_pointer (&key), GUINT_TO_POINTER (id));
  }
  return id;
}

static void
append_color_space (Writer *w, GString *s, const SohoaImageStream *image)
{
  g_autofree char *base = NULL;
  GBytes *icc = image->icc;
  gsize n_colors;

  if (image->colorspace == SOHOA_CS_CMYK)
    icc = sohoa_pdf_peek_cmyk (); /* PDF/A-2 6.2.4.3: no DeviceCMYK beside an RGB output intent */
  if (icc != NULL) {
    g_autofree char *inner = g_strdup_printf ("/N %u", image->components);

    base = g_strdup_printf ("[/ICCBased %u 0 R]", add_shared (w, inner, icc, TRUE));
  } else {
    base = g_strdup (image->components == 1 ? "/DeviceGray" : "/DeviceRGB");
  }
  if (image->palette == NULL) {
    g_string_append_printf (s, " /ColorSpace %s", base);
    return;
  }
  n_colors = g_bytes_get_size (image->palette) / image->components;
  g_string_append_printf (s, " /ColorSpace [/Indexed %s %u <", base, (guint) (n_colors > 0 ? n_colors - 1 : 0));
  for (gsize i = 0; i < n_colors * image->components; i++)
    g_string_append_printf (s, "%02X", ((const guint8 *) g_bytes_get_data (image->palette, NULL))[i]);
  g_string_append (s, ">]");
}

/* With globals: their place is the DecodeParms of the JBIG2Decode filter. */
static void
append_parms (Writer *w, GString *s, const SohoaImageStream *image)
{
  guint id, before = 0;

  if (image->jbig2_globals == NULL) {
    if (image->decode_parms != NULL)
      g_string_append_printf (s, " /DecodeParms %s", image->decode_parms);
    return;
  }
  id = add_shared (w, "", image->jbig2_globals, FALSE);
  if (image->filter[0] != '[') {
    g_string_append_printf (s, " /DecodeParms << /JBIG2Globals %u 0 R >>", id);
    return;
  }
  for (const char *p = image->filter; (p = strchr (p, '/')) != NULL; p++)
    before++;
  g_string_append (s, " /DecodeParms [");
  for (; before > 1; before--)
    g_string_append (s, "null ");
  g_string_append_printf (s, "<< /JBIG2Globals %u 0 R >>]", id);
}

static guint
add_image (Writer *w, const SohoaImageStream *image)
{
  g_autoptr(GString) s = g_string_new ("/Type /XObject /Subtype /Image");

  g_string_append_printf (s, " /Width %u /Height %u /BitsPerComponent %u", image->width_px, image->height_px,
                          image->bits);
  append_color_space (w, s, image);
  g_string_append_printf (s, " /Filter %s", image->filter);
  append_parms (w, s, image);
  if (image->decode != NULL)
    g_string_append_printf (s, " /Decode %s", image->decode);
  return sohoa_haru_add_file_stream (w->haru, s->str, w->job->image_fd, image->offset, image->length);
}

static GBytes *
make_content (gpointer data, guint index, GError **error)
{
  Writer *w = data;
  g_autoptr(SohoaTextLayer) layer = NULL;
  SohoaPdfGeometry geometry;
  GString *content;

  if (!sohoa_pdf_load_layer (w->job, index, &layer, error))
    return NULL;
  sohoa_pdf_geometry (w->job, index, layer, &geometry);
  content = sohoa_pdf_page_content (&geometry, layer, w->codes);
  if (index == 0 && w->stamp_id != 0) {
    char x[16], y[16];

    g_string_append_printf (content, "q 1 0 0 1 %s %s cm /St Do Q\n", g_ascii_formatd (x, sizeof x, "%.3f", w->stamp.x),
                            g_ascii_formatd (y, sizeof y, "%.3f", w->stamp.y));
  }
  return g_string_free_to_bytes (content);
}

/* Object numbers of the shared resources are only known after the last page: libharu may number the
 * font first, so it is added first with a map that is filled while pages are looked through. */
static gboolean
collect_codes (Writer *w, GError **error)
{
  for (guint i = 0; i < w->job->images->len; i++) {
    g_autoptr(SohoaTextLayer) layer = NULL;
    g_autoptr(GString) content = NULL;
    SohoaPdfGeometry geometry;

    if (!sohoa_pdf_load_layer (w->job, i, &layer, error))
      return FALSE;
    sohoa_pdf_geometry (w->job, i, layer, &geometry);
    content = sohoa_pdf_page_content (&geometry, layer, w->codes);
    if (geometry.resized)
      deviate (w, g_strdup_printf ("page size: beyond the limits of PDF, scaled (page %u)", i + 1));
    g_string_set_size (content, 0);
  }
  w->codes->unicode[' '] = ' ';
  return TRUE;
}

static char *
page_inner (Writer *w, guint index, guint font, guint widget, GError **error)
{
  g_autoptr(SohoaTextLayer) layer = NULL;
  SohoaPdfGeometry g;
  char width[32], height[32];
  g_autofree char *annots = widget != 0 ? g_strdup_printf (" /Annots [%u 0 R]", widget) : g_strdup ("");
  g_autofree char *stamp = index == 0 && w->stamp_id != 0 ? g_strdup_printf (" /St %u 0 R", w->stamp_id) : g_strdup ("");

  if (!sohoa_pdf_load_layer (w->job, index, &layer, error))
    return NULL;
  sohoa_pdf_geometry (w->job, index, layer, &g);
  return g_strdup_printf ("/MediaBox [0 0 %s %s] /Resources << /XObject << /Im1 %u 0 R%s >> /Font << /G1 %u 0 R >> >>%s",
                          g_ascii_formatd (width, sizeof width, "%.4f", g.width_pt),
                          g_ascii_formatd (height, sizeof height, "%.4f", g.height_pt),
                          g_array_index (w->images, guint, index), stamp, font, annots);
}

/* The first page as seen, for the search of a free place: its top when only the block is shown. NULL when it cannot be
 * decoded. */
static PIX *
first_page (Writer *w, const SohoaPdfGeometry *g)
{
  const SohoaImageStream *image = g_ptr_array_index (w->job->images, 0);
  gboolean top = g->rotation == 0 && w->job->seal == NULL && w->job->stamp == NULL;
  guint rows = top ? (guint) (SOHOA_PDF_BLOCK_BAND_MM / 25.4 * g->dpi) + 1 : image->height_px;
  PIX *stored = sohoa_image_stream_decode_top (image, w->job->image_fd, FIRST_PAGE_REDUCTION, rows, NULL);
  PIX *turned;

  if (stored == NULL)
    return NULL;
  turned = g->rotation == 0 ? pixClone (stored) : pixRotateOrth (stored, (int) g->rotation / 90);
  pixDestroy (&stored);
  return turned;
}

static gboolean
is_part_1 (const SohoaPdfJob *job)
{
  return job->conformance != NULL && job->conformance[0] == '1';
}

/* The box of the signature holds the text already. FALSE: with the seal it would cover too much. */
static gboolean
grow_box (Writer *w, const SohoaPdfGeometry *g, const SohoaPdfBlockPlace *seal)
{
  SohoaPdfBlockPlace both = w->box;

  both.x = MIN (w->box.x, seal->x);
  both.y = MIN (w->box.y, seal->y);
  both.width = MAX (w->box.x + w->box.width, seal->x + seal->width) - both.x;
  both.height = MAX (w->box.y + w->box.height, seal->y + seal->height) - both.y;
  if (both.width * both.height > SOHOA_PDF_SHOWN_MAX_SHARE * g->width_pt * g->height_pt)
    return FALSE;
  w->box = both;
  return TRUE;
}

/* The seal beside the text. */
static gboolean
place_seal (Writer *w, PIX *seen, const SohoaPdfGeometry *g, GError **error)
{
  SohoaPdfBlockPlace text = w->box, seal = { 0 };
  gboolean over_ink = FALSE;

  w->seal = sohoa_pdf_seal_decode (w->job->seal, w->job->seal_mm, &seal.width, &seal.height, error);
  if (w->seal == NULL)
    return FALSE;
  if (!sohoa_pdf_seal_place (seen, g->width_pt, g->height_pt, &text, &seal, &over_ink) || (over_ink && is_part_1 (w->job))
      || !grow_box (w, g, &seal)) {
    deviate (w, g_strdup ("seal: no free place in its real size, it is not shown"));
    pixDestroy (&w->seal);
    return TRUE;
  }
  if (over_ink)
    deviate (w, g_strdup ("seal: no free place in its real size, print shows through it"));
  w->look = (SohoaPdfLook) { w->box.width, w->box.height, text.x + text.width - w->box.x, text.y + text.height - w->box.y,
                             text.size_pt, 0, seal.x - w->box.x, seal.y - w->box.y, seal.width, seal.height, over_ink };
  return TRUE;
}

/* On a slip of paper there is no room for it. */
static gboolean
is_too_much (const Writer *w, const SohoaPdfGeometry *g, double more)
{
  return w->box.width * w->box.height + more > SOHOA_PDF_SHOWN_MAX_SHARE * g->width_pt * g->height_pt;
}

static gboolean
place_block (Writer *w, PIX *seen, const SohoaPdfGeometry *g, GError **error)
{
  if (!sohoa_pdf_block_place (seen, g->width_pt, g->height_pt, w->job->block, &w->box) || is_too_much (w, g, 0)) {
    w->box = (SohoaPdfBlockPlace) { 0 };
    deviate (w, g_strdup ("signature block: no place free of ink in the top margin, signature is invisible"));
    return TRUE;
  }
  if (w->box.size_pt < 10)
    deviate (w, g_strdup_printf ("signature block: %g pt, the top margin is full", w->box.size_pt));
  w->look = (SohoaPdfLook) { w->box.width, w->box.height, w->box.width, w->box.height, w->box.size_pt, 0, 0, 0, 0, 0, FALSE };
  return w->job->seal == NULL || place_seal (w, seen, g, error);
}

/* What stands on page 1 besides the scan: the signature's block, and the ĐẾN stamp. */
static gboolean
place_on_first_page (Writer *w, GError **error)
{
  gboolean block = w->job->signature && sohoa_pdf_block_is_visible (w->job->block), ok = TRUE;
  g_autoptr(SohoaTextLayer) layer = NULL;
  SohoaPdfGeometry g;
  PIX *seen;

  if (!block && w->job->stamp == NULL)
    return TRUE;
  if (!sohoa_pdf_load_layer (w->job, 0, &layer, error))
    return FALSE;
  sohoa_pdf_geometry (w->job, 0, layer, &g);
  seen = first_page (w, &g);
  if (block)
    ok = place_block (w, seen, &g, error);
  if (ok && w->job->stamp != NULL) {
    w->stamp = (SohoaPdfBlockPlace) { .width = SOHOA_PDF_STAMP_WIDTH_PT, .height = SOHOA_PDF_STAMP_HEIGHT_PT };
    if (!is_too_much (w, &g, w->stamp.width * w->stamp.height)
        && sohoa_pdf_stamp_place (seen, g.width_pt, g.height_pt, w->box.width > 0 ? &w->box : NULL, &w->stamp))
      w->stamp_id = sohoa_pdf_stamp_add (add_object, w, w->job->stamp, is_part_1 (w->job));
    else
      deviate (w, g_strdup ("ĐẾN stamp: page 1 has no blank area of 50 × 35 mm, it is not shown"));
  }
  pixDestroy (&seen);
  return ok;
}

static guint
add_widget (Writer *w, guint signature, guint page)
{
  g_autofree char *rect = sohoa_pdf_rect (&w->box), *inner = NULL, *appearance = NULL;

  if (w->box.width > 0) {
    if (w->seal != NULL)
      w->look.image = sohoa_pdf_seal_add (add_object, w, w->seal, is_part_1 (w->job));
    appearance = g_strdup_printf (" /AP << /N %u 0 R >>",
                                  sohoa_pdf_add_look (add_object, w, w->job->block, &w->look, is_part_1 (w->job)));
  } else if (is_part_1 (w->job)) { /* PDF/A-1 6.9: also a field that shows nothing has one */
    guint nothing = sohoa_pdf_add_flate (add_object, w, "/Type /XObject /Subtype /Form /BBox [0 0 0 0]", "", 0);

    appearance = g_strdup_printf (" /AP << /N %u 0 R >>", nothing);
  }
  inner = g_strdup_printf ("/Type /Annot /Subtype /Widget /FT /Sig /T (Signature1) /F 132 /P %u 0 R /V %u 0 R "
                           "/Rect %s%s", page, signature, rect, appearance != NULL ? appearance : "");
  return sohoa_haru_add_dict (w->haru, inner);
}

static guint
add_signature (Writer *w)
{
  g_autofree char *date = sohoa_pdf_date_string (w->job->time_us);
  g_autoptr(GString) s = g_string_new ("/Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached");
  const struct { const char *key, *value; } texts[]
    = { { "Name", w->job->name }, { "Reason", w->job->reason }, { "Location", w->job->location } };

  g_string_append_printf (s, " /M %s", date);
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    if (texts[i].value != NULL && *texts[i].value != '\0') {
      g_autofree char *text = sohoa_pdf_text_string (texts[i].value);

      g_string_append_printf (s, " /%s %s", texts[i].key, text);
    }
  return sohoa_haru_add_signature (w->haru, s->str, SOHOA_PDF_CMS_ROOM_BYTES);
}

/* From what goes in, never from a clock. */
static char *
trailer_inner (Writer *w, GBytes *xmp)
{
  g_autoptr(GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree char *id = NULL;

  g_checksum_update (sum, g_bytes_get_data (xmp, NULL), (gssize) g_bytes_get_size (xmp));
  for (guint i = 0; i < w->job->images->len; i++) {
    const SohoaImageStream *image = g_ptr_array_index (w->job->images, i);

    g_checksum_update (sum, (const guchar *) image->sha256, -1);
  }
  g_checksum_update (sum, (const guchar *) &w->job->time_us, sizeof w->job->time_us);
  id = g_strndup (g_checksum_get_string (sum), 32);
  return g_strdup_printf ("/ID [<%s> <%s>]", id, id);
}

static void
add_frame (Writer *w, guint widget)
{
  g_autoptr(GBytes) xmp = sohoa_pdf_xmp (w->job);
  g_autofree char *info = sohoa_pdf_info_inner (w->job), *trailer = trailer_inner (w, xmp);
  guint profile = add_shared (w, "/N 3", sohoa_pdf_peek_srgb (), TRUE);
  guint metadata = add_object (w, "/Type /Metadata /Subtype /XML", xmp);
  g_autoptr(GString) s = g_string_new (NULL);

  g_string_append_printf (s,
                          "/Lang (vi-VN) /ViewerPreferences << /DisplayDocTitle true >> /Metadata %u 0 R "
                          "/OutputIntents [<< /Type /OutputIntent /S /GTS_PDFA1 /OutputConditionIdentifier "
                          "(sRGB IEC61966-2.1) /Info (sRGB IEC61966-2.1) /DestOutputProfile %u 0 R >>]",
                          metadata, profile);
  sohoa_pdf_frame_parts (add_object, w, w->job, w->pages, s);
  sohoa_pdf_frame_attachments (add_object, w, w->job, s);
  if (widget != 0)
    g_string_append_printf (s, " /AcroForm << /Fields [%u 0 R] /SigFlags 3 >>", widget);
  sohoa_haru_set_catalog (w->haru, s->str);
  sohoa_haru_set_info (w->haru, info);
  sohoa_haru_set_trailer (w->haru, trailer);
}

static gboolean
check_job (const SohoaPdfJob *job, GError **error)
{
  guint64 total = FIXED_BYTES;
  const char *c = job->conformance != NULL ? job->conformance : "2u";

  if (job->record == NULL || job->images == NULL || job->images->len == 0 || job->images->len > MAX_PAGES
      || (strcmp (c, "1b") != 0 && strcmp (c, "2u") != 0 && strcmp (c, "3u") != 0)
      || (job->attachments != NULL && job->attachments->len > 0 && c[0] != '3')
      || (job->stamp != NULL && g_strv_length ((char **) job->stamp) != 3)
      || (job->block != NULL && g_strv_length ((char **) job->block) > SOHOA_PDF_MAX_BLOCK_LINES)) {
    g_set_error_literal (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT,
                         "PDF: the job does not add up: give a record, 1 to 5000 images and 1b, 2u or 3u (files inside: 3u only)");
    return FALSE;
  }
  for (guint i = 0; job->attachments != NULL && i < job->attachments->len; i++)
    total += g_bytes_get_size (((SohoaPdfAttachment *) g_ptr_array_index (job->attachments, i))->bytes) + PAGE_BYTES;
  for (guint i = 0; i < job->images->len; i++) {
    const SohoaImageStream *image = g_ptr_array_index (job->images, i);
    goffset size = sohoa_fd_size (job->image_fd);

    total += image->length + PAGE_BYTES;
    if (job->texts != NULL && i < job->texts->len)
      total += g_array_index (job->texts, SohoaPdfSpan, i).length * WORDS_BYTES_FACTOR;
    if (image->width_px == 0 || image->height_px == 0 || image->filter == NULL || size < 0
        || image->offset + image->length > (guint64) size
        || (image->colorspace == SOHOA_CS_CMYK && sohoa_pdf_peek_cmyk () == NULL)) {
      g_set_error (error, SOHOA_PDF_ERROR, SOHOA_PDF_ERROR_BAD_IMAGE, "image of page %u: cannot stand in a PDF/A",
                   i + 1);
      return FALSE;
    }
  }
  if (total > SOHOA_PDF_MAX_BYTES) {
    g_set_error (error, SOHOA_PDF_ERROR, SOHOA_PDF_ERROR_TOO_LARGE,
                 "PDF: %" G_GUINT64_FORMAT " bytes would pass 2 GiB: split the document", total);
    return FALSE;
  }
  return TRUE;
}

gboolean
sohoa_pdf_write (int out_fd, const SohoaPdfJob *job, SohoaPdfPlaceholder *placeholder_out, guint64 *size_out,
                 GPtrArray *deviations, GError **error)
{
  g_auto(Writer) w = { .job = job, .deviations = deviations };
  guint font, first = 0, widget = 0;

  if (placeholder_out != NULL)
    memset (placeholder_out, 0, sizeof *placeholder_out);
  if (!sohoa_pdf_init (error) || !check_job (job, error))
    return FALSE;
  w.codes = sohoa_pdf_codes_new ();
  w.shared = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  w.images = g_array_new (FALSE, FALSE, sizeof (guint));
  w.pages = g_array_new (FALSE, FALSE, sizeof (guint));
  w.haru = sohoa_haru_new (is_part_1 (job) ? "1.4" : "1.7", make_content, &w,
                           error);
  if (w.haru == NULL || !collect_codes (&w, error))
    return FALSE;
  if (!place_on_first_page (&w, error))
    return FALSE;
  font = sohoa_pdf_add_glyphless (add_object, &w, w.codes->unicode);
  for (guint i = 0; i < job->images->len; i++) {
    guint id = add_image (&w, g_ptr_array_index (job->images, i)), page;
    g_autofree char *inner = NULL;

    g_array_append_val (w.images, id);
    inner = page_inner (&w, i, font, 0, error);
    if (inner == NULL)
      return FALSE;
    page = sohoa_haru_add_page (w.haru, inner);
    g_array_append_val (w.pages, page);
    first = i == 0 ? page : first;
  }
  if (job->signature) {
    g_autofree char *inner = NULL;

    widget = add_widget (&w, add_signature (&w), first);
    inner = page_inner (&w, 0, font, widget, error);
    if (inner == NULL)
      return FALSE;
    sohoa_haru_set_page (w.haru, 0, inner);
  }
  add_frame (&w, widget);
  return sohoa_haru_save (w.haru, out_fd, placeholder_out, size_out, error);
}
