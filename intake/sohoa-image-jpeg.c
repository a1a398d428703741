#include "sohoa-image-private.h"

#include "sohoa-errors.h"

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>

#define ICC_TAG "ICC_PROFILE"
#define ICC_HEAD 14u                         /* tag, NUL, number, count */
#define ICC_MAX_BYTES (4u * 1024 * 1024)
#define EOI_SEARCH_BYTES (64u * 1024)        /* junk that cameras and mail add behind the picture */
#define EXIF_MAX_ENTRIES 512u
#define CM_PER_INCH 2.54
#define MAX_SCANS 200                        /* progressive bombs */

static guint
be16 (const guint8 *p)
{
  return p[0] << 8 | p[1];
}

/* ---- EXIF: only orientation and resolution of IFD0 ---- */

typedef struct {
  const guint8 *p; /* TIFF header */
  gsize         n;
  gboolean      little;
} Exif;

static guint32
exif_number (const Exif *e, gsize at, guint bytes)
{
  guint32 v = 0;

  if (at > e->n || e->n - at < bytes)
    return 0;
  for (guint i = 0; i < bytes; i++)
    v |= (guint32) e->p[at + i] << 8 * (e->little ? i : bytes - 1 - i);
  return v;
}

static double
exif_rational (const Exif *e, gsize at)
{
  guint32 below = exif_number (e, at + 4, 4);

  return below == 0 ? 0 : (double) exif_number (e, at, 4) / below;
}

static void
read_exif (const guint8 *data, gsize length, SohoaJpegInfo *info)
{
  Exif e = { data + 6, length - 6, FALSE };
  double resolution = 0, unit = 2;
  guint32 ifd;
  guint n;

  e.little = e.p[0] == 'I';
  ifd = exif_number (&e, 4, 4);
  n = MIN (exif_number (&e, ifd, 2), EXIF_MAX_ENTRIES);
  for (guint i = 0; i < n; i++) {
    gsize entry = (gsize) ifd + 2 + 12 * i;
    guint tag = exif_number (&e, entry, 2);

    if (tag == 0x112)
      info->orientation = exif_number (&e, entry + 8, 2);
    else if (tag == 0x11a)
      resolution = exif_rational (&e, exif_number (&e, entry + 8, 4));
    else if (tag == 0x128)
      unit = exif_number (&e, entry + 8, 2);
  }
  if (info->dpi == 0 && resolution > 0)
    info->dpi = unit == 3 ? resolution * CM_PER_INCH : resolution;
  if (info->orientation < 1 || info->orientation > 8)
    info->orientation = 1;
}

/* ---- markers ---- */

static void
read_jfif (const guint8 *p, gsize n, SohoaJpegInfo *info)
{
  if (n < 12)
    return;
  if (p[7] == 1)
    info->dpi = be16 (p + 8);
  else if (p[7] == 2)
    info->dpi = be16 (p + 8) * CM_PER_INCH;
}

static gboolean
read_frame (guint marker, const guint8 *p, gsize n, SohoaJpegInfo *info, GError **error)
{
  if (n < 6 || n < 6 + 3u * p[5])
    return sohoa_image_damaged (error, "JPEG");
  if (p[0] != 8 || marker > 0xc2) {
    g_set_error (error, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_UNSUPPORTED,
                 "JPEG picture of a kind that PDF has not (12 bits, lossless or arithmetic): save it as baseline JPEG");
    return FALSE;
  }
  info->height = be16 (p + 1);
  info->width = be16 (p + 3);
  info->components = p[5];
  info->pass = info->components == 1 || info->components == 3 || info->components == 4;
  /* Components named R, G, B: our decoder takes them as RGB, PDF readers do not agree. */
  if (info->components == 3 && p[6] == 'R' && p[9] == 'G' && p[12] == 'B')
    info->pass = FALSE;
  return sohoa_image_check_size (info->width, info->height, error);
}

typedef struct {
  GByteArray *icc; /* (owned) */
  guint       next; /* chunk expected */
} IccParts;

static void
read_segment (guint marker, const guint8 *p, gsize n, SohoaJpegInfo *info, IccParts *icc)
{
  if (marker == 0xe0 && n >= 5 && memcmp (p, "JFIF", 5) == 0) {
    read_jfif (p, n, info);
  } else if (marker == 0xe1 && n >= 14 && memcmp (p, "Exif\0", 6) == 0) {
    read_exif (p, n, info);
  } else if (marker == 0xee && n >= 12 && memcmp (p, "Adobe", 5) == 0) {
    info->adobe = TRUE;
    info->adobe_transform = p[11];
  } else if (marker == 0xe2 && n > ICC_HEAD && memcmp (p, ICC_TAG, sizeof ICC_TAG) == 0 && p[12] == icc->next
             && icc->icc->len + n < ICC_MAX_BYTES) {
    g_byte_array_append (icc->icc, p + ICC_HEAD, n - ICC_HEAD);
    icc->next++;
  }
}

/* The end marker is there, perhaps with junk behind it. */
static gboolean
has_end (const SohoaImageBytes *b)
{
  gsize stop = b->length > EOI_SEARCH_BYTES ? b->length - EOI_SEARCH_BYTES : 2;

  for (gsize i = b->length - 1; i > stop; i--)
    if (b->data[i] == 0xd9 && b->data[i - 1] == 0xff)
      return TRUE;
  return FALSE;
}

static gboolean
walk (const SohoaImageBytes *b, SohoaJpegInfo *info, IccParts *icc, GError **error)
{
  gsize at = 2;

  while (at + 4 <= b->length) {
    guint marker = b->data[at + 1];
    guint n;

    if (b->data[at] != 0xff)
      return sohoa_image_damaged (error, "JPEG");
    if (marker == 0xff) {
      at++;
      continue;
    }
    if (marker == 0xda)
      return TRUE;
    n = be16 (b->data + at + 2);
    if (n < 2 || at + 2 + n > b->length)
      return sohoa_image_damaged (error, "JPEG");
    if (marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc) {
      if (!read_frame (marker, b->data + at + 4, n - 2, info, error))
        return FALSE;
    } else {
      read_segment (marker, b->data + at + 4, n - 2, info, icc);
    }
    at += 2 + n;
  }
  return sohoa_image_damaged (error, "JPEG");
}

gboolean
sohoa_jpeg_look (const SohoaImageBytes *bytes, SohoaJpegInfo *info, GError **error)
{
  g_autoptr(GByteArray) icc_bytes = g_byte_array_new ();
  IccParts icc = { icc_bytes, 1 };

  *info = (SohoaJpegInfo) { .orientation = 1, .adobe_transform = -1 };
  if (bytes->length < 4 || !walk (bytes, info, &icc, error))
    return bytes->length < 4 ? sohoa_image_damaged (error, "JPEG") : FALSE;
  if (info->width == 0 || !has_end (bytes))
    return sohoa_image_damaged (error, "JPEG");
  if (icc_bytes->len > 0)
    info->icc = g_byte_array_free_to_bytes (g_steal_pointer (&icc_bytes));
  return TRUE;
}

void
sohoa_jpeg_info_clear (SohoaJpegInfo *info)
{
  g_clear_pointer (&info->icc, g_bytes_unref);
}

gboolean
sohoa_jpeg_describe (const SohoaJpegInfo *info, SohoaImageStream *stream, guint *notes)
{
  gsize n = 0;
  const guint8 *data = info->icc != NULL ? g_bytes_get_data (info->icc, &n) : NULL;

  if (!info->pass)
    return FALSE;
  stream->width_px = info->width;
  stream->height_px = info->height;
  stream->bits = 8;
  stream->components = info->components;
  stream->filter = g_strdup ("/DCTDecode");
  if (data != NULL)
    stream->icc = sohoa_image_usable_icc (data, n, info->components, notes);
  if (info->components == 4) {
    /* DeviceCMYK has no place beside an sRGB output intent (ISO 19005-2, 6.2.4.3). */
    if (stream->icc == NULL)
      return FALSE;
    if (info->adobe)
      stream->decode = g_strdup ("[1 0 1 0 1 0 1 0]");
  }
  stream->colorspace = stream->icc != NULL ? SOHOA_CS_ICC : info->components == 1 ? SOHOA_CS_GRAY : SOHOA_CS_RGB;
  return TRUE;
}

/* ---- pixels ---- */

typedef struct {
  struct jpeg_error_mgr base;
  jmp_buf               out;
} ErrorManager;

static void
on_error (j_common_ptr info)
{
  longjmp (((ErrorManager *) info->err)->out, 1);
}

static void
on_message (j_common_ptr info)
{
}

/* A picture that ends too early only warns; for a document of record that is damage. */
static void
on_emit (j_common_ptr info, int level)
{
  if (level < 0 && info->err->msg_code != 0)
    info->err->num_warnings++;
}

static void
on_progress (j_common_ptr info)
{
  if (((j_decompress_ptr) info)->input_scan_number > MAX_SCANS)
    on_error (info);
}

static void
put_row (PIX *pix, guint y, const guint8 *row, const struct jpeg_decompress_struct *d)
{
  l_uint32 *line = pixGetData (pix) + (gsize) y * pixGetWpl (pix);

  for (guint x = 0; x < d->output_width; x++) {
    const guint8 *s = row + (gsize) x * d->output_components;

    if (d->output_components == 1) {
      SET_DATA_BYTE (line, x, s[0]);
    } else if (d->output_components == 3) {
      composeRGBPixel (s[0], s[1], s[2], line + x);
    } else {
      guint k = d->saw_Adobe_marker ? s[3] : 255 - s[3];
      guint c = d->saw_Adobe_marker ? s[0] : 255 - s[0];
      guint m = d->saw_Adobe_marker ? s[1] : 255 - s[1];
      guint y_ink = d->saw_Adobe_marker ? s[2] : 255 - s[2];

      composeRGBPixel (c * k / 255, m * k / 255, y_ink * k / 255, line + x);
    }
  }
}

/* Everything that must survive the longjmp lives here. */
typedef struct {
  struct jpeg_decompress_struct d;
  ErrorManager                  errors;
  struct jpeg_progress_mgr      progress;
  PIX                          *pix;  /* (owned) (nullable) */
  guint8                       *row;  /* (owned) (nullable) */
} Decoder;

static gboolean
run_decoder (Decoder *v, const SohoaImageBytes *bytes, guint reduction)
{
  struct jpeg_decompress_struct *d = &v->d;

  if (setjmp (v->errors.out) != 0)
    return FALSE;
  jpeg_create_decompress (d);
  d->progress = &v->progress;
  jpeg_mem_src (d, bytes->data, bytes->length);
  (void) jpeg_read_header (d, TRUE);
  d->scale_num = 8 / reduction;
  d->scale_denom = 8;
  d->out_color_space = d->num_components == 1 ? JCS_GRAYSCALE : d->num_components == 4 ? JCS_CMYK : JCS_RGB;
  (void) jpeg_start_decompress (d);
  v->pix = pixCreate (d->output_width, d->output_height, d->output_components == 1 ? 8 : 32);
  v->row = g_malloc ((gsize) d->output_width * d->output_components);
  if (v->pix == NULL)
    return FALSE;
  while (d->output_scanline < d->output_height) {
    JSAMPROW rows[1] = { v->row };
    guint y = d->output_scanline;

    if (jpeg_read_scanlines (d, rows, 1) == 1)
      put_row (v->pix, y, v->row, d);
  }
  (void) jpeg_finish_decompress (d);
  return d->err->num_warnings == 0;
}

PIX *
sohoa_jpeg_decode (const SohoaImageBytes *bytes, guint reduction, GError **error)
{
  g_autofree Decoder *v = g_new0 (Decoder, 1);
  gboolean ok;

  v->d.err = jpeg_std_error (&v->errors.base);
  v->errors.base.error_exit = on_error;
  v->errors.base.output_message = on_message;
  v->errors.base.emit_message = on_emit;
  v->progress.progress_monitor = on_progress;
  ok = run_decoder (v, bytes, reduction);
  jpeg_destroy_decompress (&v->d);
  g_free (v->row);
  if (!ok) {
    pixDestroy (&v->pix);
    (void) sohoa_image_damaged (error, "JPEG");
  }
  return v->pix;
}
