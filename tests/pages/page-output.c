#include "page-output.h"

#include <cairo-pdf.h>
#include <json-glib/json-glib.h>
#include <string.h>

#include "page-wide.h"
#include "sohoa-file.h"

static const int jpeg_quality[PAGE_N_KINDS] = { 92, 82, 80, 75, 78, 82, 85 };

static gboolean
fail (GError **error, const char *path)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s: cannot be written: look at space and rights", path);
  return FALSE;
}

static GBytes *
jpeg_bytes (PIX *pix, PageKind kind)
{
  PIX *source = pixGetDepth (pix) == 1 ? pixConvert1To8 (NULL, pix, 255, 0) : pixClone (pix);
  l_uint8 *data = NULL;
  size_t length = 0;
  GBytes *bytes = NULL;

  if (pixWriteMemJpeg (&data, &length, source, jpeg_quality[kind], 0) == 0)
    bytes = g_bytes_new (data, length);
  lept_free (data);
  pixDestroy (&source);
  return bytes;
}

static gboolean
write_jpegs (const char *folder, const WornPage *pages, guint n_pages, PageKind kind, GError **error)
{
  for (guint i = 0; i < n_pages; i++) {
    g_autofree char *path = g_strdup_printf ("%s/page-%02u.jpg", folder, i + 1);
    g_autoptr (GBytes) bytes = jpeg_bytes (pages[i].pix, kind);

    if (bytes == NULL)
      return fail (error, path);
    if (!sohoa_file_write (path, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), 0644, error))
      return FALSE;
  }
  return TRUE;
}

static void
add_pdf_page (cairo_surface_t *pdf, cairo_t *cr, PIX *pix, GBytes *jpeg, double dpi)
{
  int width = pixGetWidth (pix), height = pixGetHeight (pix);
  cairo_surface_t *image = cairo_image_surface_create (CAIRO_FORMAT_RGB24, width, height);

  cairo_pdf_surface_set_size (pdf, width * 72 / dpi, height * 72 / dpi);
  cairo_surface_set_mime_data (image, CAIRO_MIME_TYPE_JPEG, g_bytes_get_data (jpeg, NULL), g_bytes_get_size (jpeg),
                               (cairo_destroy_func_t) g_bytes_unref, g_bytes_ref (jpeg));
  cairo_save (cr);
  cairo_scale (cr, 72 / dpi, 72 / dpi);
  cairo_set_source_surface (cr, image, 0, 0);
  cairo_paint (cr);
  cairo_restore (cr);
  cairo_show_page (cr);
  cairo_surface_destroy (image);
}

static gboolean
write_pdf (const char *folder, const WornPage *pages, guint n_pages, PageKind kind, double dpi, GError **error)
{
  g_autofree char *path = g_build_filename (folder, "doc.pdf", NULL);
  cairo_surface_t *pdf = cairo_pdf_surface_create (path, 595, 842);
  cairo_t *cr;
  gboolean good = TRUE;

  cairo_pdf_surface_set_metadata (pdf, CAIRO_PDF_METADATA_CREATE_DATE, "2026-01-01T00:00:00");
  cr = cairo_create (pdf);
  for (guint i = 0; good && i < n_pages; i++) {
    g_autoptr (GBytes) bytes = jpeg_bytes (pages[i].pix, kind);

    good = bytes != NULL;
    if (good)
      add_pdf_page (pdf, cr, pages[i].pix, bytes, dpi);
  }
  cairo_destroy (cr);
  cairo_surface_finish (pdf);
  good = good && cairo_surface_status (pdf) == CAIRO_STATUS_SUCCESS;
  cairo_surface_destroy (pdf);
  return good || fail (error, path);
}

static gboolean
write_tiff (const char *folder, const WornPage *pages, guint n_pages, GError **error)
{
  g_autofree char *path = g_build_filename (folder, "doc.tiff", NULL);

  for (guint i = 0; i < n_pages; i++) {
    int format = pixGetDepth (pages[i].pix) == 1 ? IFF_TIFF_G4 : IFF_TIFF_ZIP;

    if (pixWriteTiff (path, pages[i].pix, format, i == 0 ? "w" : "a") != 0)
      return fail (error, path);
  }
  return TRUE;
}

gboolean
page_output_write (const char *folder, PageFormat format, const WornPage *pages, guint n_pages, PageKind kind,
                   double dpi, GError **error)
{
  switch (format) {
  case PAGE_FORMAT_JPG: return write_jpegs (folder, pages, n_pages, kind, error);
  case PAGE_FORMAT_PDF: return write_pdf (folder, pages, n_pages, kind, dpi, error);
  case PAGE_FORMAT_TIFF: return write_tiff (folder, pages, n_pages, error);
  }
  return FALSE;
}

/* ---- truth.json ---- */

static void
add_string (JsonBuilder *b, const char *key, const char *value)
{
  json_builder_set_member_name (b, key);
  json_builder_add_string_value (b, value != NULL ? value : "");
}

static void
add_arrival (JsonBuilder *b, const PageDocument *d)
{
  json_builder_set_member_name (b, "arrival");
  if (d->arrival_agency == NULL) {
    json_builder_add_null_value (b);
    return;
  }
  json_builder_begin_array (b);
  json_builder_add_string_value (b, d->arrival_agency);
  json_builder_add_string_value (b, d->arrival_number);
  json_builder_add_string_value (b, d->arrival_date);
  json_builder_end_array (b);
}

static void
add_pages (JsonBuilder *b, GPtrArray *texts, const WornPage *pages)
{
  json_builder_set_member_name (b, "pages");
  json_builder_begin_array (b);
  for (guint i = 0; i < texts->len; i++) {
    json_builder_begin_object (b);
    add_string (b, "text", texts->pdata[i]);
    json_builder_set_member_name (b, "rotation");
    json_builder_add_int_value (b, pages[i].rotation);
    json_builder_end_object (b);
  }
  json_builder_end_array (b);
}

/* What only wide documents have. */
static void
add_wide (JsonBuilder *b, const PageDocument *d)
{
  const struct { const char *key; gboolean value; } flags[] = {
    { "annex", d->wish.annex }, { "annex_lost", d->wish.annex_lost }, { "enclosure", d->wish.enclosure },
    { "copied", d->wish.copied }, { "direction", d->wish.direction }, { "signed_block", d->wish.signed_block },
  };

  add_string (b, "type_name", page_wide_type_name (d));
  add_string (b, "circulation", d->wish.circulation);
  add_string (b, "due", d->due);
  add_string (b, "reply_to", d->reply_to);
  add_string (b, "meeting_time", d->meeting_time);
  add_string (b, "meeting_place", d->meeting_place);
  json_builder_set_member_name (b, "main_pages");
  json_builder_add_int_value (b, d->main_sheets);
  for (guint i = 0; i < G_N_ELEMENTS (flags); i++) {
    json_builder_set_member_name (b, flags[i].key);
    json_builder_add_boolean_value (b, flags[i].value);
  }
}

static JsonNode *
build_truth (const PageDocument *d, GPtrArray *texts, const WornPage *pages)
{
  g_autoptr (JsonBuilder) b = json_builder_new ();
  g_autofree char *number = page_document_full_number (d);
  g_autofree char *date = g_strdup_printf ("%04d-%02d-%02d", d->year, d->month, d->day);

  json_builder_begin_object (b);
  add_string (b, "number", number);
  add_string (b, "date", date);
  add_string (b, "type", d->type);
  add_string (b, "subject", d->subject);
  add_string (b, "signer", d->signer);
  add_string (b, "title", d->title);
  add_string (b, "authority", d->authority);
  add_string (b, "urgency", d->wish.urgency);
  add_string (b, "secrecy", d->wish.secrecy);
  json_builder_set_member_name (b, "recipients");
  json_builder_begin_array (b);
  for (guint i = 0; i < d->recipients->len; i++)
    json_builder_add_string_value (b, d->recipients->pdata[i]);
  json_builder_end_array (b);
  add_string (b, "place", d->place);
  add_string (b, "agency", d->agency);
  add_string (b, "superior", d->superior);
  add_string (b, "family", page_family_to_string (d->wish.family));
  add_string (b, "kind", page_kind_to_string (d->wish.kind));
  add_string (b, "font", "Liberation Serif");
  json_builder_set_member_name (b, "handwritten");
  json_builder_add_boolean_value (b, d->wish.handwritten);
  json_builder_set_member_name (b, "seal");
  json_builder_add_boolean_value (b, d->wish.seal);
  if (d->wish.wide)
    add_wide (b, d);
  add_arrival (b, d);
  add_pages (b, texts, pages);
  json_builder_end_object (b);
  return json_builder_get_root (b);
}

gboolean
page_output_truth (const char *folder, const PageDocument *document, GPtrArray *texts, const WornPage *pages,
                   GError **error)
{
  g_autofree char *path = g_build_filename (folder, "truth.json", NULL);
  g_autoptr (JsonNode) root = build_truth (document, texts, pages);
  g_autoptr (JsonGenerator) generator = json_generator_new ();
  g_autofree char *text = NULL;

  json_generator_set_root (generator, root);
  json_generator_set_pretty (generator, TRUE);
  json_generator_set_indent (generator, 1);
  text = json_generator_to_data (generator, NULL);
  return sohoa_file_write (path, text, strlen (text), 0644, error);
}
