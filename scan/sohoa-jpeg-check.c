#include "sohoa-jpeg-check.h"

#include "sohoa-scan-protocol.h"

#include "sohoa-errors.h"

#include <string.h>

#define M_SOI 0xd8
#define M_EOI 0xd9
#define M_SOS 0xda
#define M_APP0 0xe0
#define M_RST0 0xd0
#define M_RST7 0xd7
#define M_TEM 0x01
#define M_DNL 0xdc
#define CM_PER_INCH 2.54

static guint
be16 (const guint8 *p)
{
  return (guint) p[0] << 8 | p[1];
}

static gboolean
refuse (GError **error, const char *why)
{
  g_set_error (error, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_BAD_IMAGE, "picture: %s: scan this sheet again", why);
  return FALSE;
}

static gboolean
is_frame (guint marker)
{
  return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}

static void
read_app0 (const guint8 *p, guint length, SohoaJpegInfo *info)
{
  double factor;

  if (length < 14 || memcmp (p + 2, "JFIF\0", 5) != 0 || (p[9] != 1 && p[9] != 2))
    return;
  factor = p[9] == 2 ? CM_PER_INCH : 1;
  info->dpi_x = be16 (p + 10) * factor;
  info->dpi_y = be16 (p + 12) * factor;
}

/* Behind the entropy-coded data: at the next real marker, or @length. */
static gsize
skip_scan (const guint8 *data, gsize length, gsize at)
{
  while (at + 1 < length) {
    const guint8 *ff = memchr (data + at, 0xff, length - at - 1);

    if (ff == NULL)
      return length;
    at = (gsize) (ff - data);
    if (data[at + 1] != 0 && data[at + 1] != 0xff && !(data[at + 1] >= M_RST0 && data[at + 1] <= M_RST7))
      return at;
    at += data[at + 1] == 0xff ? 1 : 2;
  }
  return length;
}

/* One marker segment with a length; @p at its length field. */
static gboolean
read_segment (guint marker, const guint8 *p, guint length, SohoaJpegInfo *info)
{
  if (marker == M_APP0)
    read_app0 (p, length, info);
  if (marker == M_DNL && length >= 4 && info->height_px == 0)
    info->height_px = be16 (p + 2);
  if (!is_frame (marker))
    return TRUE;
  if (length < 8)
    return FALSE;
  info->depth = p[2];
  info->height_px = be16 (p + 3);
  info->width_px = be16 (p + 5);
  info->channels = p[7];
  return TRUE;
}

gboolean
sohoa_jpeg_check (const guint8 *data, gsize length, SohoaJpegInfo *info, GError **error)
{
  gsize at = 2;
  gboolean has_scan = FALSE;

  memset (info, 0, sizeof *info);
  if (length < 4 || data[0] != 0xff || data[1] != M_SOI)
    return refuse (error, "what the scanner sent is no JPEG");
  while (at + 1 < length) {
    guint marker = data[at + 1], size;

    if (data[at] != 0xff)
      return refuse (error, "is damaged");
    if (marker == 0xff) { /* fill byte */
      at++;
      continue;
    }
    if (marker == M_EOI) {
      if (!has_scan || info->width_px == 0 || info->height_px == 0 || info->depth == 0)
        return refuse (error, "is empty");
      return TRUE;
    }
    at += 2;
    if (marker == M_TEM || (marker >= M_RST0 && marker <= M_RST7))
      continue;
    size = at + 2 <= length ? be16 (data + at) : 0;
    if (size < 2 || at + size > length || !read_segment (marker, data + at, size, info))
      return refuse (error, "is cut off");
    at += size;
    if (marker == M_SOS) {
      has_scan = TRUE;
      at = skip_scan (data, length, at);
    }
  }
  return refuse (error, "is cut off");
}
