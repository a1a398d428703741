/* Writes many small files that differ in all that a file of ours can differ in, for the judges of
 * tests/conformance/many.sh: part of PDF/A × kind of page × text × parts × signed or not.
 * usage: varied-pdfs FOLDER [P12]   (prints how many) */
#include "sohoa-file.h"
#include "sohoa-pdf-image.h"
#include "sohoa-pdf.h"
#include "sohoa-placeholder.h"
#include "sohoa-signer.h"
#include "sohoa-text-layer.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TIME_US G_GINT64_CONSTANT (1700000000000000)

static const char *const parts_of[] = { "1b", "2u", "3u" };

typedef enum { BITONAL, GREY, COLOUR, PALETTE, MIXED, N_KINDS } Kind;
static const char *const kind_names[N_KINDS] = { "bitonal", "grey", "colour", "palette", "mixed" };

typedef enum { NO_TEXT, LATIN, ODD, N_TEXTS } Text;
static const char *const text_names[N_TEXTS] = { "none", "plain", "odd" };
static const char *const texts[N_TEXTS][6] = {
  { NULL }, { "Số:", "152/UBND-VP", "Ủy", "ban", "nhân", "dân" }, { "𠀋", "a\xef\xbb\xbf", "(\\)", "…\xcc\x81", "<&>", "\xee\x80\x80" },
};

static PIX *
draw (Kind kind, guint page)
{
  gboolean mixed = kind == MIXED;
  int depth = kind == BITONAL || (mixed && page == 0) ? 1 : kind == GREY || (mixed && page == 1) ? 8 : kind == PALETTE ? 8 : 32;
  PIX *pix = pixCreate (160 + 20 * (l_int32) page, 220, depth);

  if (kind == PALETTE) {
    PIXCMAP *map = pixcmapCreate (8);

    pixcmapAddColor (map, 255, 255, 255);
    pixcmapAddColor (map, 200, 0, 0);
    pixcmapAddColor (map, 0, 0, 120);
    pixSetColormap (pix, map);
  } else if (depth > 1) {
    pixSetAllArbitrary (pix, depth == 8 ? 250 : 0xfff8f000u);
  }
  for (int y = 120; y < 160; y++)
    for (int x = 20; x < 90; x++)
      pixSetPixel (pix, x, y, depth == 32 ? 0x20208000u : kind == PALETTE ? (l_uint32) (x % 3) : 1);
  return pix;
}

typedef struct {
  SohoaRecord *record;
  GPtrArray   *images, *attachments;
  GArray      *spans;
  int          image_fd, text_fd;
} Book;

static gboolean
add_page (Book *b, Kind kind, Text text, guint page, GError **error)
{
  PIX *pix = draw (kind, page);
  SohoaImageStream *stream = NULL;
  guint rotation = page % 4 * 90, w = (guint) pixGetWidth (pix), h = (guint) pixGetHeight (pix);
  g_autoptr(SohoaTextLayer) layer = sohoa_text_layer_new (rotation % 180 ? h : w, rotation % 180 ? w : h, 100 + 50 * page);
  SohoaPdfSpan span = { 0, 0 };
  SohoaPageInfo *info = sohoa_record_add_page (b->record);
  gboolean ok = sohoa_image_stream_from_pix (pix, b->image_fd, &stream, error);

  pixDestroy (&pix);
  if (!ok)
    return FALSE;
  info->dpi = 100 + 50 * page;
  info->rotation = layer->rotation = rotation;
  g_ptr_array_add (b->images, stream);
  for (guint i = 0; text != NO_TEXT && i < 6; i++) {
    SohoaLine *line = i % 3 == 0 ? sohoa_text_layer_add_line (layer, i / 3, SOHOA_PLANE_BLACK) : sohoa_text_layer_peek_line (layer, i / 3);

    sohoa_line_add_word (line, texts[text][i], (SohoaBox) { 10 + 30.0f * (float) (i % 3), 60 + 20.0f * (float) (i / 3), 25, 12 }, 0.9f);
    line->x0 = 10, line->x1 = 100, line->y0 = line->y1 = 70 + 20.0f * (float) (i / 3), line->height_px = 14;
  }
  if (text != NO_TEXT) {
    g_autoptr(GVariant) variant = g_variant_ref_sink (sohoa_text_layer_to_variant (layer));

    span = (SohoaPdfSpan) { (guint64) sohoa_fd_size (b->text_fd), g_variant_get_size (variant) };
    if (!sohoa_fd_write_all (b->text_fd, g_variant_get_data (variant), span.length, error))
      return FALSE;
  }
  g_array_append_val (b->spans, span);
  return TRUE;
}

static gboolean
write_one (const char *path, const char *conformance, Kind kind, Text text, guint look, SohoaSigner *signer, GError **error)
{
  static const char *const block[] = { "Sao y", "UBND xã Ví Dụ", "2026-11-20T09:15:30+07:00", NULL };
  Book b = { .record = sohoa_record_new () };
  SohoaPdfJob job = { .time_us = TIME_US + look, .conformance = conformance, .signature = signer != NULL, .name = "UBND xã Ví Dụ",
                      .reason = "Số hóa", .block = look % 2 ? block : NULL };
  SohoaPdfPlaceholder p;
  guint pages = look % 3 + 1;
  gboolean ok = TRUE;
  SOHOA_AUTO_FD int out = open (path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

  b.images = g_ptr_array_new_with_free_func ((GDestroyNotify) sohoa_image_stream_free);
  b.spans = g_array_new (FALSE, FALSE, sizeof (SohoaPdfSpan));
  b.image_fd = sohoa_memfd_new ("images", NULL);
  b.text_fd = sohoa_memfd_new ("texts", NULL);
  (void) sohoa_record_set_field (b.record, "Subject", look % 2 ? "Về việc <lấy ý kiến> & \"góp ý\"" : "", 1, "person");
  for (guint i = 0; ok && i < pages; i++)
    ok = add_page (&b, kind, text, i, error);
  sohoa_record_add_part (b.record, "main", 1, 1);
  if (pages > 1)
    sohoa_record_add_part (b.record, "annex", 2, pages - 1);
  if (conformance[0] == '3' && look % 2) {
    g_autofree char *json = sohoa_record_to_json (b.record, TRUE);
    g_autoptr(GBytes) bytes = g_bytes_new (json, strlen (json));

    b.attachments = g_ptr_array_new_with_free_func ((GDestroyNotify) sohoa_pdf_attachment_free);
    g_ptr_array_add (b.attachments, sohoa_pdf_attachment_new ("record.json", "application/json", "Data", "Hồ sơ", bytes));
    g_ptr_array_add (b.attachments, sohoa_pdf_attachment_new ("edxml.xml", "application/xml", "Supplement", "edXML", bytes));
  }
  job.record = b.record, job.images = b.images, job.image_fd = b.image_fd, job.texts = b.spans, job.text_fd = b.text_fd;
  job.attachments = b.attachments;
  ok = ok && sohoa_pdf_write (out, &job, &p, NULL, NULL, error);
  if (ok && signer != NULL) {
    SohoaPlaceholder room = { p.byte_range_offset, p.byte_range_length, p.contents_offset, p.contents_length };

    ok = sohoa_sign_fill_placeholder (out, &room, signer, error);
  }
  g_clear_pointer (&b.attachments, g_ptr_array_unref);
  g_ptr_array_unref (b.images);
  g_array_unref (b.spans);
  sohoa_record_free (b.record);
  close (b.image_fd);
  close (b.text_fd);
  return ok;
}

int
main (int argc, char **argv)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *uri = argc > 2 ? g_strdup (argv[2]) : NULL;
  SohoaSigner *signer = uri != NULL ? sohoa_signer_new_p12 (uri, -1, &error) : NULL;
  guint n = 0;

  setMsgSeverity (L_SEVERITY_NONE);
  for (guint part = 0; part < 3 && error == NULL; part++)
    for (guint kind = 0; kind < N_KINDS && error == NULL; kind++)
      for (guint text = 0; text < N_TEXTS && error == NULL; text++)
        for (guint look = 0; look < 6 && error == NULL; look++) {
          gboolean sign = signer != NULL && look >= 2;
          g_autofree char *name = g_strdup_printf ("%s-%s-%s-%u%s.pdf", parts_of[part], kind_names[kind], text_names[text], look,
                                                   sign ? "-signed" : "");
          g_autofree char *path = g_build_filename (argv[1], name, NULL);

          n += write_one (path, parts_of[part], kind, text, look, sign ? signer : NULL, &error);
        }
  if (signer != NULL)
    sohoa_signer_free (signer);
  if (error != NULL)
    fprintf (stderr, "varied-pdfs: %s\n", error->message);
  printf ("%u\n", n);
  return error != NULL;
}
