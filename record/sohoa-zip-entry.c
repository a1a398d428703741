#include "sohoa-zip-entry.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"

#include <string.h>

#define END_BYTES 22
#define END_SEARCH_BYTES (END_BYTES + 65535)
#define CENTRAL_BYTES 46
#define LOCAL_BYTES 30
#define MAX_ENTRIES 1000
#define INPUT_BLOCK_BYTES (32 * 1024)
#define OUTPUT_BLOCK_BYTES (64 * 1024)

#define METHOD_STORED 0
#define METHOD_DEFLATED 8
#define FLAG_ENCRYPTED 0x0001

typedef struct {
  guint   method, flags;
  guint32 crc;
  guint64 packed, size, offset; /* offset of the local header, then of the data */
} Entry;

static gboolean
damaged (GError **error, const char *why)
{
  g_set_error (error, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_DAMAGED, "zip: %s", why);
  return FALSE;
}

static gboolean
unsupported (GError **error, const char *why)
{
  g_set_error (error, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_UNSUPPORTED, "zip: %s", why);
  return FALSE;
}

static guint
u16 (const guint8 *p)
{
  return p[0] | (guint) p[1] << 8;
}

static guint32
u32 (const guint8 *p)
{
  return u16 (p) | (guint32) u16 (p + 2) << 16;
}

static guint32
crc32_add (guint32 crc, const guint8 *data, gsize length)
{
  static guint32 table[256];
  static gsize ready;

  if (g_once_init_enter (&ready)) {
    for (guint32 i = 0; i < 256; i++) {
      guint32 c = i;

      for (int k = 0; k < 8; k++)
        c = c & 1 ? 0xedb88320u ^ c >> 1 : c >> 1;
      table[i] = c;
    }
    g_once_init_leave (&ready, 1);
  }
  crc = ~crc;
  for (gsize i = 0; i < length; i++)
    crc = table[(crc ^ data[i]) & 0xff] ^ crc >> 8;
  return ~crc;
}

gboolean
sohoa_zip_is (int fd)
{
  guint8 magic[4];

  return sohoa_fd_pread_all (fd, magic, sizeof magic, 0, NULL) && memcmp (magic, "PK\3\4", 4) == 0;
}

/* The end record, searched backwards; its comment may be 64 KiB long. */
static gboolean
find_end (int fd, guint64 size, guint8 end[END_BYTES], GError **error)
{
  gsize length = (gsize) MIN (size, END_SEARCH_BYTES);
  g_autofree guint8 *tail = g_malloc (length + 1);

  if (size < END_BYTES || !sohoa_fd_pread_all (fd, tail, length, (goffset) (size - length), NULL))
    return damaged (error, "too short");
  for (gsize i = length - END_BYTES + 1; i-- > 0;)
    if (memcmp (tail + i, "PK\5\6", 4) == 0) {
      memcpy (end, tail + i, END_BYTES);
      return TRUE;
    }
  return damaged (error, "truncated: no end record");
}

static gboolean
read_central (int fd, guint64 size, guint64 *at, Entry *out, gboolean *is_folder, GError **error)
{
  guint8 c[CENTRAL_BYTES];
  guint8 last = 0;
  guint name_length;

  if (*at > size || size - *at < CENTRAL_BYTES || !sohoa_fd_pread_all (fd, c, sizeof c, (goffset) *at, NULL)
      || memcmp (c, "PK\1\2", 4) != 0)
    return damaged (error, "bad directory");
  name_length = u16 (c + 28);
  if (name_length > 0
      && !sohoa_fd_pread_all (fd, &last, 1, (goffset) (*at + CENTRAL_BYTES + name_length - 1), NULL))
    return damaged (error, "bad directory");
  *is_folder = last == '/';
  *out = (Entry) { .method = u16 (c + 10), .flags = u16 (c + 8), .crc = u32 (c + 16), .packed = u32 (c + 20),
                   .size = u32 (c + 24), .offset = u32 (c + 42) };
  *at += CENTRAL_BYTES + name_length + u16 (c + 30) + u16 (c + 32);
  return TRUE;
}

static gboolean
find_entry (int fd, guint64 size, Entry *out, GError **error)
{
  guint8 end[END_BYTES], local[LOCAL_BYTES];
  guint64 at;
  guint entries, files = 0;

  if (!find_end (fd, size, end, error))
    return FALSE;
  entries = u16 (end + 10);
  at = u32 (end + 16);
  if (entries > MAX_ENTRIES)
    return unsupported (error, "too many entries");
  for (guint i = 0; i < entries; i++) {
    Entry entry;
    gboolean is_folder;

    if (!read_central (fd, size, &at, &entry, &is_folder, error))
      return FALSE;
    if (is_folder)
      continue;
    if (files++ > 0)
      return unsupported (error, "more than one file");
    *out = entry;
  }
  if (files == 0)
    return damaged (error, "no file in it");
  if (out->flags & FLAG_ENCRYPTED)
    return unsupported (error, "encrypted");
  if (!sohoa_fd_pread_all (fd, local, sizeof local, (goffset) out->offset, NULL)
      || memcmp (local, "PK\3\4", 4) != 0)
    return damaged (error, "bad entry");
  out->offset += LOCAL_BYTES + u16 (local + 26) + u16 (local + 28);
  if (out->offset > size || size - out->offset < out->packed)
    return damaged (error, "truncated");
  return TRUE;
}

typedef struct {
  int     out;
  guint64 written, max_bytes;
  guint32 crc;
} Sink;

static gboolean
sink_write (Sink *sink, const guint8 *data, gsize length, GError **error)
{
  if (length > sink->max_bytes - sink->written) {
    g_set_error (error, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_TOO_LARGE,
                 "zip: file in it is too large: limit %" G_GUINT64_FORMAT " bytes", sink->max_bytes);
    return FALSE;
  }
  sink->written += length;
  sink->crc = crc32_add (sink->crc, data, length);
  return sohoa_fd_write_all (sink->out, data, length, error);
}

/* One block of packed bytes; *finished at the end of the deflate stream. */
static gboolean
inflate_block (GConverter *inflater, const guint8 *in, gsize length, gboolean is_last, Sink *sink,
               gboolean *finished, GError **error)
{
  g_autofree guint8 *out = g_malloc (OUTPUT_BLOCK_BYTES);
  gsize used = 0;

  while (!*finished && (used < length || is_last)) {
    gsize taken = 0, made = 0;
    g_autoptr(GError) local = NULL;
    GConverterResult result = g_converter_convert (inflater, in + used, length - used, out, OUTPUT_BLOCK_BYTES,
                                                   is_last ? G_CONVERTER_INPUT_AT_END : G_CONVERTER_NO_FLAGS,
                                                   &taken, &made, &local);

    if (result == G_CONVERTER_ERROR) {
      if (!is_last && g_error_matches (local, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT))
        return TRUE;
      return damaged (error, "bad deflate data");
    }
    used += taken;
    if (!sink_write (sink, out, made, error))
      return FALSE;
    *finished = result == G_CONVERTER_FINISHED;
  }
  return TRUE;
}

static gboolean
unpack (int fd, const Entry *entry, Sink *sink, GError **error)
{
  g_autoptr(GZlibDecompressor) inflater = g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_RAW);
  g_autofree guint8 *in = g_malloc (INPUT_BLOCK_BYTES);
  gboolean finished = FALSE;

  for (guint64 done = 0; done < entry->packed && !finished;) {
    gsize length = (gsize) MIN (entry->packed - done, INPUT_BLOCK_BYTES);

    if (!sohoa_fd_pread_all (fd, in, length, (goffset) (entry->offset + done), NULL))
      return damaged (error, "truncated");
    done += length;
    if (entry->method == METHOD_STORED) {
      if (!sink_write (sink, in, length, error))
        return FALSE;
    } else if (!inflate_block (G_CONVERTER (inflater), in, length, done == entry->packed, sink, &finished,
                               error)) {
      return FALSE;
    }
  }
  if (entry->method == METHOD_DEFLATED && !finished)
    return damaged (error, "truncated deflate data");
  return TRUE;
}

gboolean
sohoa_zip_extract (int fd, int out, guint64 max_bytes, GError **error)
{
  goffset size = sohoa_fd_size (fd);
  Sink sink = { .out = out, .max_bytes = max_bytes };
  Entry entry = { 0 };

  if (size < 0)
    return damaged (error, "cannot be read");
  if (!find_entry (fd, (guint64) size, &entry, error))
    return FALSE;
  if (entry.method != METHOD_STORED && entry.method != METHOD_DEFLATED)
    return unsupported (error, "unknown compression");
  if (entry.size > max_bytes) {
    g_set_error (error, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_TOO_LARGE,
                 "zip: file in it is too large: limit %" G_GUINT64_FORMAT " bytes", max_bytes);
    return FALSE;
  }
  if (!unpack (fd, &entry, &sink, error))
    return FALSE;
  if (sink.written != entry.size || sink.crc != entry.crc)
    return damaged (error, "length or checksum differ");
  return TRUE;
}
