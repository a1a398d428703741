#include "sohoa-image-private.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"

#include <string.h>
#include <unistd.h>
#include <zlib.h>

#define SIGNATURE_BYTES 8u
#define CHUNK_OVERHEAD 12u /* length, type, CRC */
#define METRES_PER_INCH 0.0254
#define PALETTE_MAX 256u

static guint32
be32 (const guint8 *p)
{
  return (guint32) p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
}

typedef struct {
  const guint8 *type; /* four letters */
  const guint8 *data;
  gsize         length;
} Chunk;

/* The chunk at *@at, CRC checked; moves on. FALSE at the end or for a broken one. */
static gboolean
next_chunk (const SohoaImageBytes *b, gsize *at, Chunk *out)
{
  guint32 n;

  if (*at > b->length || b->length - *at < CHUNK_OVERHEAD)
    return FALSE;
  n = be32 (b->data + *at);
  if (n > b->length - *at - CHUNK_OVERHEAD)
    return FALSE;
  *out = (Chunk) { b->data + *at + 4, b->data + *at + 8, n };
  *at += CHUNK_OVERHEAD + n;
  return crc32_z (0, out->type, n + 4) == be32 (out->data + n);
}

static gboolean
is_chunk (const Chunk *c, const char *type)
{
  return memcmp (c->type, type, 4) == 0;
}

static gboolean
read_header (const Chunk *c, SohoaPngInfo *info, GError **error)
{
  guint kind;

  if (!is_chunk (c, "IHDR") || c->length != 13)
    return sohoa_image_damaged (error, "PNG");
  info->width = be32 (c->data);
  info->height = be32 (c->data + 4);
  info->bits = c->data[8];
  kind = c->data[9];
  info->palette = kind == 3;
  info->alpha = kind == 4 || kind == 6;
  info->components = kind == 0 || kind == 4 ? 1 : 3;
  info->interlaced = c->data[12] != 0;
  return sohoa_image_check_size (info->width, info->height, error);
}

gboolean
sohoa_png_look (const SohoaImageBytes *bytes, SohoaPngInfo *info, GError **error)
{
  gsize at = SIGNATURE_BYTES;
  gboolean pixels = FALSE;
  Chunk c;

  *info = (SohoaPngInfo) { 0 };
  if (!next_chunk (bytes, &at, &c))
    return sohoa_image_damaged (error, "PNG");
  if (!read_header (&c, info, error))
    return FALSE;
  while (next_chunk (bytes, &at, &c)) {
    if (is_chunk (&c, "IEND") && pixels)
      return TRUE;
    if (is_chunk (&c, "IDAT"))
      pixels = TRUE;
    else if (is_chunk (&c, "tRNS"))
      info->alpha = TRUE;
    else if (is_chunk (&c, "pHYs") && c.length == 9 && c.data[8] == 1)
      info->dpi = be32 (c.data) * METRES_PER_INCH;
  }
  return sohoa_image_damaged (error, "PNG");
}

static gboolean
copy_pixels (const SohoaImageBytes *bytes, int out_fd, SohoaImageStream *stream, GError **error)
{
  g_autoptr(GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  gsize at = SIGNATURE_BYTES;
  Chunk c;

  stream->offset = lseek (out_fd, 0, SEEK_CUR);
  while (next_chunk (bytes, &at, &c) && !is_chunk (&c, "IEND")) {
    if (is_chunk (&c, "PLTE") && stream->palette == NULL && c.length <= PALETTE_MAX * 3 && c.length % 3 == 0)
      stream->palette = g_bytes_new (c.data, c.length);
    if (!is_chunk (&c, "IDAT"))
      continue;
    if (!sohoa_fd_write_all (out_fd, c.data, c.length, error))
      return FALSE;
    g_checksum_update (sum, c.data, c.length);
    stream->length += c.length;
  }
  stream->sha256 = g_strdup (g_checksum_get_string (sum));
  return TRUE;
}

gboolean
sohoa_png_extract (const SohoaImageBytes *bytes, const SohoaPngInfo *info, int out_fd,
                   SohoaImageStream **stream_out, GError **error)
{
  g_autoptr(SohoaImageStream) stream = sohoa_image_stream_new ();
  guint samples = info->palette ? 1 : info->components;

  *stream_out = NULL;
  if (info->interlaced || info->alpha || info->bits > 8)
    return TRUE;
  stream->width_px = info->width;
  stream->height_px = info->height;
  stream->bits = info->bits;
  stream->components = info->components;
  stream->colorspace = info->components == 1 ? SOHOA_CS_GRAY : SOHOA_CS_RGB;
  stream->filter = g_strdup ("/FlateDecode");
  stream->decode_parms = g_strdup_printf ("<< /Predictor 15 /Colors %u /BitsPerComponent %u /Columns %u >>", samples,
                                          info->bits, info->width);
  if (!copy_pixels (bytes, out_fd, stream, error))
    return FALSE;
  if (!info->palette)
    g_clear_pointer (&stream->palette, g_bytes_unref);
  else if (stream->palette == NULL)
    return sohoa_image_damaged (error, "PNG");
  *stream_out = g_steal_pointer (&stream);
  return TRUE;
}
