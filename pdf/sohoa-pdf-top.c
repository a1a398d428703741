/* The top of a page's picture: where the signature stands is found there, and a JPEG gives its first rows for a fraction of
 * what all of it costs. */
#include "sohoa-file.h"
#include "sohoa-pdf-image.h"

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>

#define STREAM_MAX_BYTES (512u * 1024 * 1024)

typedef struct {
  struct jpeg_error_mgr base; /* first: libjpeg sees only this */
  jmp_buf               back;
} Errors;

static void
on_error (j_common_ptr d)
{
  longjmp (((Errors *) d->err)->back, 1);
}

static void
on_message (j_common_ptr d, int level)
{
  (void) d;
  (void) level;
}

/* Grey rows into @pix; FALSE when libjpeg gave up. */
static gboolean
read_rows (struct jpeg_decompress_struct *d, PIX *pix)
{
  JSAMPARRAY row = d->mem->alloc_sarray ((j_common_ptr) d, JPOOL_IMAGE, d->output_width, 1); /* goes with @d */
  gboolean ok = TRUE;

  for (int y = 0; y < pixGetHeight (pix) && ok; y++) {
    l_uint32 *line = pixGetData (pix) + (gsize) y * (gsize) pixGetWpl (pix);

    ok = jpeg_read_scanlines (d, row, 1) == 1;
    for (guint x = 0; ok && x < d->output_width; x++)
      SET_DATA_BYTE (line, x, row[0][x]);
  }
  return ok;
}

/* NULL: let another try. */
static PIX *
decode (const guint8 *data, gsize size, guint reduction, guint rows)
{
  struct jpeg_decompress_struct d = { 0 };
  Errors errors;
  PIX *volatile pix = NULL;
  volatile gboolean ok = FALSE;

  d.err = jpeg_std_error (&errors.base);
  errors.base.error_exit = on_error;
  errors.base.emit_message = on_message;
  if (setjmp (errors.back) == 0) {
    jpeg_create_decompress (&d);
    jpeg_mem_src (&d, data, (unsigned long) size);
    (void) jpeg_read_header (&d, TRUE);
    if ((d.jpeg_color_space == JCS_YCbCr || d.jpeg_color_space == JCS_GRAYSCALE)
        && (guint64) d.image_width * d.image_height <= SOHOA_IMAGE_MAX_PIXELS) {
      d.out_color_space = JCS_GRAYSCALE;
      d.scale_num = 1;
      d.scale_denom = reduction;
      d.dct_method = JDCT_IFAST;
      (void) jpeg_start_decompress (&d);
      pix = pixCreate ((l_int32) d.output_width, (l_int32) MIN (d.output_height, (rows + reduction - 1) / reduction), 8);
      ok = pix != NULL && read_rows (&d, pix);
    }
  }
  jpeg_destroy_decompress (&d); /* without the rest of the rows */
  if (!ok && pix != NULL) {
    PIX *gone = pix;

    pixDestroy (&gone);
    pix = NULL;
  }
  return pix;
}

PIX *
sohoa_image_stream_decode_top (const SohoaImageStream *s, int fd, guint reduction, guint rows, GError **error)
{
  g_autofree guint8 *data = NULL;

  if (strcmp (s->filter, "/DCTDecode") == 0 && s->components != 4 && s->decode == NULL && s->length > 0
      && s->length <= STREAM_MAX_BYTES && rows < s->height_px) {
    PIX *pix;

    data = g_malloc (s->length);
    if (!sohoa_fd_pread_all (fd, data, s->length, (goffset) s->offset, error))
      return NULL;
    pix = decode (data, s->length, reduction, rows);
    if (pix != NULL)
      return pix;
  }
  return sohoa_image_stream_decode (s, fd, reduction, error);
}
