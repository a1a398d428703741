/* Writing, taking apart and reading back. Pages are drawn here; qpdf and pdftotext judge from outside. */
#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-pdf-image.h"
#include "sohoa-pdf-source.h"
#include "sohoa-pdf.h"
#include "sohoa-text-layer.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define MANY_PAGES 1000u
#define MANY_PAGES_MAX_KIB (40 * 1024) /* growth of the peak while writing them */

static const char *const words[] = { "ỦY", "BAN", "NHÂN", "DÂN", "Nghị", "định", "30/2020/NĐ-CP", "ễ", "😀x" };
static const char *const block[] = { "Sao y", "UBND xã Ví Dụ", "2026-11-20T09:15:30+07:00", NULL };

typedef struct {
  SohoaRecord *record;
  GPtrArray   *images;
  GArray      *texts;
  int          image_fd, text_fd, out_fd;
  char        *path;
  SohoaPdfJob  job;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr(GError) error = NULL;

  g_assert_true (sohoa_pdf_init (&error));
  f->record = sohoa_record_new ();
  sohoa_record_set_field (f->record, "TypeName", "Quyết định", 1, "person");
  f->images = g_ptr_array_new_with_free_func ((GDestroyNotify) sohoa_image_stream_free);
  f->texts = g_array_new (FALSE, FALSE, sizeof (SohoaPdfSpan));
  f->image_fd = sohoa_memfd_new ("images", NULL);
  f->text_fd = sohoa_memfd_new ("texts", NULL);
  f->out_fd = g_file_open_tmp ("sohoa-test-XXXXXX.pdf", &f->path, NULL);
  f->job = (SohoaPdfJob){ .record = f->record, .images = f->images, .image_fd = f->image_fd, .texts = f->texts,
                          .text_fd = f->text_fd, .time_us = G_GINT64_CONSTANT (1763604930000000), .block = block,
                          .signature = TRUE, .name = "UBND xã Ví Dụ", .reason = "Sao y" };
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_unlink (f->path);
  g_free (f->path);
  close (f->image_fd);
  close (f->text_fd);
  close (f->out_fd);
  g_ptr_array_unref (f->images);
  g_array_unref (f->texts);
  sohoa_record_free (f->record);
}

/* Bars and a frame: nothing symmetric, so that a wrong turn or a mirror shows. */
static PIX *
draw (int width, int height, int depth)
{
  PIX *pix = pixCreate (width, height, depth);

  if (depth > 1)
    pixSetAll (pix);
  for (int i = 0; i < 6; i++)
    pixSetInRectArbitrary (pix, &(BOX){ width / 10, height / 5 + i * height / 9, width / 2 - i * width / 20, height / 20, 1 },
                           depth == 1 ? 1 : depth == 8 ? 30 : 0xA0203000);
  return pix;
}

static void
add_layer (Fixture *f, guint width, guint height, guint rotation, double slope)
{
  gboolean turned = rotation % 180 != 0;
  g_autoptr(SohoaTextLayer) layer = sohoa_text_layer_new (turned ? height : width, turned ? width : height, 200);
  g_autoptr(GVariant) variant = NULL;
  SohoaPdfSpan span = { (guint64) lseek (f->text_fd, 0, SEEK_CUR), 0 };

  layer->rotation = rotation;
  g_free (layer->image_sha256);
  layer->image_sha256 = g_strnfill (64, '0');
  for (guint l = 0; l < 3; l++) {
    SohoaLine *line = sohoa_text_layer_add_line (layer, l, SOHOA_PLANE_BLACK);
    float y = 200 + 90 * (float) l;

    line->x0 = 60;
    line->x1 = (float) layer->width_px - 60;
    line->y0 = y;
    line->y1 = y + (float) slope * (line->x1 - line->x0);
    line->height_px = 40;
    for (guint w = l * 3; w < l * 3 + 3; w++)
      sohoa_line_add_word (line, words[w], (SohoaBox){ 60 + 200 * (float) (w % 3), y - 30, 180, 36 }, 0.9f);
  }
  variant = g_variant_ref_sink (sohoa_text_layer_to_variant (layer));
  span.length = g_variant_get_size (variant);
  g_assert_true (sohoa_fd_write_all (f->text_fd, g_variant_get_data (variant), span.length, NULL));
  g_array_append_val (f->texts, span);
}

static void
add_page (Fixture *f, int depth, guint rotation, double slope)
{
  PIX *pix = draw (830, 1170, depth);
  SohoaImageStream *stream = NULL;
  g_autoptr(GError) error = NULL;

  g_assert_true (sohoa_image_stream_from_pix (pix, f->image_fd, &stream, &error));
  g_assert_no_error (error);
  g_ptr_array_add (f->images, stream);
  add_layer (f, 830, 1170, rotation, slope);
  pixDestroy (&pix);
}

static char *
run (const char *const *argv)
{
  char *out = NULL;
  int status = -1;
  g_autoptr(GError) error = NULL;

  g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &out, NULL, &status, &error);
  g_assert_no_error (error);
  g_assert_cmpint (status, ==, 0);
  return out;
}

static void
write_and_read_back (Fixture *f, guint expected_findings)
{
  g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func (g_free);
  g_autoptr(GError) error = NULL;
  SohoaPdfPlaceholder at;
  guint64 size = 0;
  char mark[2] = { 0 };

  g_assert_cmpint (ftruncate (f->out_fd, 0), ==, 0);
  lseek (f->out_fd, 0, SEEK_SET);
  g_assert_true (sohoa_pdf_write (f->out_fd, &f->job, &at, &size, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpint (sohoa_fd_size (f->out_fd), ==, (goffset) size);
  g_assert_true (sohoa_fd_pread_all (f->out_fd, mark, 1, (goffset) at.byte_range_offset, NULL));
  g_assert_cmpstr (mark, ==, "[");
  g_assert_true (sohoa_fd_pread_all (f->out_fd, mark, 1, (goffset) (at.contents_offset + at.contents_length - 1), NULL));
  g_assert_cmpstr (mark, ==, ">");
  g_assert_true (sohoa_pdf_read_back (f->out_fd, &f->job, findings, &error));
  g_assert_no_error (error);
  for (guint i = 0; i < findings->len && expected_findings == 0; i++)
    g_test_message ("%s", (char *) findings->pdata[i]);
  g_assert_cmpuint (findings->len > 0, ==, expected_findings);
}

static void
test_round_trip (Fixture *f, gconstpointer data)
{
  const char *check[] = { "qpdf", "--check", f->path, NULL };
  const char *text[] = { "pdftotext", "-enc", "UTF-8", f->path, "-", NULL };
  g_autofree char *checked = NULL, *shown = NULL, *first = NULL, *again = NULL;

  add_page (f, 1, 0, 0);
  add_page (f, 8, 90, 0.01);
  add_page (f, 32, 180, -0.008);
  add_page (f, 1, 270, 0);
  write_and_read_back (f, 0);
  first = sohoa_fd_sha256 (f->out_fd, 0, G_MAXUINT64, NULL);
  checked = run (check);
  g_assert_nonnull (strstr (checked, "No syntax or stream encoding errors"));
  shown = run (text);
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    g_assert_nonnull (strstr (shown, words[i]));
  write_and_read_back (f, 0);
  again = sohoa_fd_sha256 (f->out_fd, 0, G_MAXUINT64, NULL);
  g_assert_cmpstr (first, ==, again); /* same job, same time, same bytes */
}

/* What was written is itself a scan; its pages come out byte for byte, turned as they were. */
static void
test_extract (Fixture *f, gconstpointer data)
{
  static const guint rotations[] = { 0, 90, 180, 270 };
  g_autoptr(SohoaPdfSource) source = NULL;
  g_autoptr(GError) error = NULL;

  f->job.signature = FALSE;
  f->job.block = NULL;
  for (guint i = 0; i < 4; i++)
    add_page (f, i == 2 ? 32 : i == 1 ? 8 : 1, rotations[i], 0);
  g_assert_true (sohoa_pdf_write (f->out_fd, &f->job, NULL, NULL, NULL, &error));
  source = sohoa_pdf_source_new (f->out_fd, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (sohoa_pdf_source_original_reason (source), ==, NULL); /* hidden text is not visible */
  for (guint i = 0; i < 4; i++) {
    SOHOA_AUTO_FD int fd = sohoa_memfd_new ("out", NULL);
    g_autoptr(SohoaImageStream) stream = NULL;
    const SohoaImageStream *put = g_ptr_array_index (f->images, i);
    guint rotation = 1;
    double dpi = 0;
    PIX *pix, *drawn = draw (830, 1170, i == 2 ? 32 : i == 1 ? 8 : 1);
    l_int32 same = 0;

    g_assert_true (sohoa_pdf_source_extract (source, i + 1, fd, &stream, &rotation, &dpi, &error));
    g_assert_cmpstr (stream->sha256, ==, put->sha256);
    g_assert_cmpstr (stream->filter, ==, put->filter);
    g_assert_cmpuint (rotation, ==, rotations[i]);
    g_assert_cmpfloat_with_epsilon (dpi, 200, 0.01);
    pix = sohoa_pdf_source_decode (source, i + 1, &error);
    g_assert_no_error (error);
    pixEqual (pix, drawn, &same);
    g_assert_true (same);
    pixDestroy (&pix);
    pixDestroy (&drawn);
  }
}

static void
test_read_back_sees (Fixture *f, gconstpointer data)
{
  g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func (g_free);
  g_autoptr(GError) error = NULL;
  SohoaImageStream *image;
  SohoaPdfSpan swapped;

  add_page (f, 1, 0, 0);
  add_page (f, 8, 0, 0);
  g_assert_true (sohoa_pdf_write (f->out_fd, &f->job, NULL, NULL, NULL, &error));
  image = g_ptr_array_index (f->images, 0);
  image->sha256[0] = image->sha256[0] == 'a' ? 'b' : 'a';
  g_assert_true (sohoa_pdf_read_back (f->out_fd, &f->job, findings, &error));
  g_assert_cmpuint (findings->len, ==, 1);
  g_ptr_array_set_size (findings, 0);
  swapped = (SohoaPdfSpan){ 0, 0 };
  g_array_index (f->texts, SohoaPdfSpan, 1) = swapped; /* the file has words the job does not */
  sohoa_record_add_page (f->record);
  sohoa_record_add_page (f->record)->dpi = 200;
  g_assert_true (sohoa_pdf_read_back (f->out_fd, &f->job, findings, &error));
  g_assert_cmpuint (findings->len, ==, 2);
}

static void
test_hostile (Fixture *f, gconstpointer data)
{
  static const struct { const char *text; int code; } rows[] = {
    { "", SOHOA_INTAKE_ERROR_EMPTY },
    { "no pdf at all", SOHOA_INTAKE_ERROR_UNSUPPORTED },
    { "%PDF-1.4\ngarbage", SOHOA_INTAKE_ERROR_DAMAGED },
    { "%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n<</Type/Pages/Kids[]/Count 0>>\nendobj\n"
      "trailer\n<</Root 1 0 R/Size 3>>\nstartxref\n0\n%%EOF\n", SOHOA_INTAKE_ERROR_EMPTY },
    { "%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n<</Type/Pages/Kids[2 0 R]/Count 1>>\nendobj\n"
      "trailer\n<</Root 1 0 R/Size 3>>\nstartxref\n0\n%%EOF\n", SOHOA_INTAKE_ERROR_DAMAGED },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    SOHOA_AUTO_FD int fd = sohoa_memfd_new ("hostile", NULL);
    g_autoptr(GError) error = NULL;

    g_assert_true (sohoa_fd_write_all (fd, rows[i].text, strlen (rows[i].text), NULL));
    g_assert_null (sohoa_pdf_source_new (fd, &error));
    g_test_message ("row %u: %s", i, error->message);
    g_assert_error (error, SOHOA_INTAKE_ERROR, rows[i].code);
  }
}

static gint64
peak_kib (void)
{
  g_autofree char *status = NULL;

  g_assert_true (g_file_get_contents ("/proc/self/status", &status, NULL, NULL));
  return g_ascii_strtoll (strstr (status, "VmHWM:") + 6, NULL, 10);
}

static void
test_memory (Fixture *f, gconstpointer data)
{
  gint64 before, after;
  gboolean ok;
  SohoaPdfSpan span;
  g_autoptr(GError) error = NULL;

  add_page (f, 8, 0, 0);
  span = g_array_index (f->texts, SohoaPdfSpan, 0);
  for (guint i = 1; i < MANY_PAGES; i++) {
    g_autoptr(GVariant) v = g_variant_ref_sink (sohoa_image_stream_to_variant (g_ptr_array_index (f->images, 0)));

    g_ptr_array_add (f->images, sohoa_image_stream_from_variant (v, NULL));
    g_array_append_val (f->texts, span);
  }
  before = peak_kib ();
  ok = sohoa_pdf_write (f->out_fd, &f->job, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  after = peak_kib ();
  g_test_message ("%u pages: peak %" G_GINT64_FORMAT " KiB, before %" G_GINT64_FORMAT " KiB", MANY_PAGES, after, before);
#ifndef SOHOA_SANITIZED
  g_assert_cmpint (after - before, <, MANY_PAGES_MAX_KIB);
#endif
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  setMsgSeverity (L_SEVERITY_NONE);
#define ADD(path, fn) g_test_add (path, Fixture, NULL, set_up, fn, tear_down)
  ADD ("/pdf/round-trip", test_round_trip);
  ADD ("/pdf/extract", test_extract);
  ADD ("/pdf/read-back-sees", test_read_back_sees);
  ADD ("/pdf/hostile", test_hostile);
  ADD ("/pdf/memory", test_memory);
  return g_test_run ();
}
