/* Opt-in look at foreign files: classifies FILE and, when it is a scan, writes OUT from its images and
 * reads it back. Used by hand on a corpus that is not part of the project. */
#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-pdf-source.h"
#include "sohoa-pdf.h"

#include <fcntl.h>
#include <stdio.h>

static int
fail (const char *file, const GError *error)
{
  printf ("%s: %s %s\n", file, sohoa_error_name (error), error->message);
  return 3;
}

int
main (int argc, char **argv)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(SohoaPdfSource) source = NULL;
  g_autoptr(SohoaRecord) record = sohoa_record_new ();
  g_autoptr(GPtrArray) images = g_ptr_array_new_with_free_func ((GDestroyNotify) sohoa_image_stream_free);
  g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func (g_free);
  static const char *const block[] = { "Sao y", "UBND xã Ví Dụ", "2026-11-20T09:15:30+07:00", NULL };
  SohoaPdfJob job = { .record = record, .images = images, .text_fd = -1, .time_us = 1700000000000000, .block = block,
                      .signature = g_getenv ("UNSIGNED") == NULL, .name = "UBND xã Ví Dụ" };
  SOHOA_AUTO_FD int in = argc > 1 ? open (argv[1], O_RDONLY | O_CLOEXEC) : -1;
  SOHOA_AUTO_FD int spool = sohoa_memfd_new ("spool", NULL);
  SOHOA_AUTO_FD int out = argc > 2 ? open (argv[2], O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
  const char *reason;

  setMsgSeverity (L_SEVERITY_NONE);
  if (in < 0 || !sohoa_pdf_init (&error) || (source = sohoa_pdf_source_new (in, &error)) == NULL)
    return error != NULL ? fail (argv[1], error) : 2;
  reason = sohoa_pdf_source_original_reason (source);
  printf ("%s: %u pages, %s%s\n", argv[1], sohoa_pdf_source_count_pages (source), reason != NULL ? "original: " : "scan",
          reason != NULL ? reason : "");
  for (guint i = 1; i <= sohoa_pdf_source_count_pages (source); i++) {
    SohoaImageStream *stream = NULL;
    guint rotation = 0;
    double dpi = 0;
    SohoaPageInfo *info;
    PIX *pix = reason != NULL ? sohoa_pdf_source_render (source, i, 300, 25000000, &dpi, &error)
                              : sohoa_pdf_source_decode (source, i, &error);

    if (pix == NULL)
      return fail (argv[1], error);
    pixDestroy (&pix);
    if (reason != NULL)
      continue;
    if (!sohoa_pdf_source_extract (source, i, spool, &stream, &rotation, &dpi, &error))
      return fail (argv[1], error);
    printf ("  %u: %ux%u %s %u bit %u comp%s %.1f dpi rotate %u %s\n", i, stream->width_px, stream->height_px,
            stream->filter, stream->bits, stream->components, stream->icc ? " icc" : "", dpi, rotation,
            sohoa_pdf_source_peek_page (source, i, NULL)->note ? "note" : "");
    g_ptr_array_add (images, stream);
    info = sohoa_record_add_page (record);
    info->dpi = dpi;
    info->rotation = rotation;
  }
  if (reason != NULL || out < 0)
    return 0;
  job.image_fd = spool;
  if (!sohoa_pdf_write (out, &job, NULL, NULL, NULL, &error) || !sohoa_pdf_read_back (out, &job, findings, &error))
    return fail (argv[1], error);
  for (guint i = 0; i < findings->len; i++)
    printf ("  finding: %s\n", (char *) findings->pdata[i]);
  return findings->len > 0;
}
