/* Lossless JBIG2, and only that part of it: one immediate lossless generic region, template 0 with
 * nominal adaptive pixels, arithmetic coding (T.88 6.2, annex E).
 *
 * A context is the 16 already coded neighbours
 *
 *      row y-2:    . x-2 x-1  x  x+1 x+2 .
 *      row y-1:  x-3 x-2 x-1  x  x+1 x+2 x+3
 *      row y  :  x-4 x-3 x-2 x-1
 *
 * gathered in reading order; coder and decoder only need to agree on the label of a neighbourhood, so
 * the bit order inside it is free. */
#include "sohoa-pdf-image.h"

#include "sohoa-errors.h"

#include <string.h>

#define N_CONTEXTS 65536u
#define MARGIN 4u /* clear pixels left and right of a row */
#define SEGMENT_PAGE_INFO 48u
#define SEGMENT_LOSSLESS_REGION 39u
#define PAGE_INFO_BYTES 19u
#define SEGMENT_HEADER_BYTES 11u
#define REGION_HEAD_BYTES (17u + 1 + 8) /* region information, flags, adaptive pixels */
#define DATA_OFFSET (SEGMENT_HEADER_BYTES + PAGE_INFO_BYTES + SEGMENT_HEADER_BYTES + REGION_HEAD_BYTES)

/* T.88 table E.1: probability, next state after more and less probable symbol, whether to switch. */
typedef struct {
  guint16 qe;
  guint8  nmps, nlps, swap;
} State;

static const State states[47] = {
  { 0x5601, 1, 1, 1 },    { 0x3401, 2, 6, 0 },    { 0x1801, 3, 9, 0 },    { 0x0AC1, 4, 12, 0 },
  { 0x0521, 5, 29, 0 },   { 0x0221, 38, 33, 0 },  { 0x5601, 7, 6, 1 },    { 0x5401, 8, 14, 0 },
  { 0x4801, 9, 14, 0 },   { 0x3801, 10, 14, 0 },  { 0x3001, 11, 17, 0 },  { 0x2401, 12, 18, 0 },
  { 0x1C01, 13, 20, 0 },  { 0x1601, 29, 21, 0 },  { 0x5601, 15, 14, 1 },  { 0x5401, 16, 14, 0 },
  { 0x5101, 17, 15, 0 },  { 0x4801, 18, 16, 0 },  { 0x3801, 19, 17, 0 },  { 0x3401, 20, 18, 0 },
  { 0x3001, 21, 19, 0 },  { 0x2801, 22, 19, 0 },  { 0x2401, 23, 20, 0 },  { 0x2201, 24, 21, 0 },
  { 0x1C01, 25, 22, 0 },  { 0x1801, 26, 23, 0 },  { 0x1601, 27, 24, 0 },  { 0x1401, 28, 25, 0 },
  { 0x1201, 29, 26, 0 },  { 0x1101, 30, 27, 0 },  { 0x0AC1, 31, 28, 0 },  { 0x09C1, 32, 29, 0 },
  { 0x08A1, 33, 30, 0 },  { 0x0521, 34, 31, 0 },  { 0x0441, 35, 32, 0 },  { 0x02A1, 36, 33, 0 },
  { 0x0221, 37, 34, 0 },  { 0x0141, 38, 35, 0 },  { 0x0111, 39, 36, 0 },  { 0x0085, 40, 37, 0 },
  { 0x0049, 41, 38, 0 },  { 0x0025, 42, 39, 0 },  { 0x0015, 43, 40, 0 },  { 0x0009, 44, 41, 0 },
  { 0x0005, 45, 42, 0 },  { 0x0001, 45, 43, 0 },  { 0x5601, 46, 46, 0 },
};

/* The three rows a context looks at, one byte per pixel, with clear margins. */
typedef struct {
  guint8 *memory; /* (owned) */
  guint8 *above2, *above1, *current;
  gsize   stride;
} Rows;

static void
rows_init (Rows *rows, guint width)
{
  rows->stride = (gsize) width + 2 * MARGIN;
  rows->memory = g_malloc0 (rows->stride * 3);
  rows->above2 = rows->memory + MARGIN;
  rows->above1 = rows->above2 + rows->stride;
  rows->current = rows->above1 + rows->stride;
}

static void
rows_next (Rows *rows)
{
  guint8 *oldest = rows->above2;

  rows->above2 = rows->above1;
  rows->above1 = rows->current;
  rows->current = oldest;
  memset (oldest - MARGIN, 0, rows->stride);
}

/* ---- coder (annex E.2) ---- */

typedef struct {
  guint32     c, a;
  int         ct;
  int         byte; /* waiting for a possible carry; -1 = none yet */
  GByteArray *out;
  guint8      index[N_CONTEXTS], mps[N_CONTEXTS];
} Coder;

static void
coder_emit (Coder *k)
{
  guint8 b = (guint8) k->byte;

  if (k->byte >= 0)
    g_byte_array_append (k->out, &b, 1);
}

static void
coder_byte_out (Coder *k)
{
  gboolean stuffed = k->byte == 0xFF;

  if (!stuffed && k->c >= 0x8000000) {
    k->byte++;
    if (k->byte == 0xFF) {
      k->c &= 0x7FFFFFF;
      stuffed = TRUE;
    }
  }
  coder_emit (k);
  if (stuffed) {
    k->byte = (int) (k->c >> 20);
    k->c &= 0xFFFFF;
    k->ct = 7;
  } else {
    k->byte = (int) ((k->c >> 19) & 0xFF);
    k->c &= 0x7FFFF;
    k->ct = 8;
  }
}

static inline void
coder_put (Coder *k, guint context, guint bit)
{
  const State *s = &states[k->index[context]];

  k->a -= s->qe;
  if (bit == k->mps[context]) {
    if (k->a & 0x8000) {
      k->c += s->qe;
      return;
    }
    if (k->a < s->qe)
      k->a = s->qe;
    else
      k->c += s->qe;
    k->index[context] = s->nmps;
  } else {
    if (k->a < s->qe)
      k->c += s->qe;
    else
      k->a = s->qe;
    k->mps[context] ^= s->swap;
    k->index[context] = s->nlps;
  }
  do {
    k->a <<= 1;
    k->c <<= 1;
    if (--k->ct == 0)
      coder_byte_out (k);
  } while (!(k->a & 0x8000));
}

static void
coder_flush (Coder *k)
{
  guint32 limit = k->c + k->a;

  k->c |= 0xFFFF;
  if (k->c >= limit)
    k->c -= 0x8000;
  k->c <<= k->ct;
  coder_byte_out (k);
  k->c <<= k->ct;
  coder_byte_out (k);
  coder_emit (k);
  if (k->byte != 0xFF)
    g_byte_array_append (k->out, (const guint8 *) "\xFF", 1);
  g_byte_array_append (k->out, (const guint8 *) "\xAC", 1);
}

static GByteArray *
encode_region (PIX *pix)
{
  guint width = (guint) pixGetWidth (pix), height = (guint) pixGetHeight (pix);
  const l_uint32 *data = pixGetData (pix);
  int wpl = pixGetWpl (pix);
  g_autofree Coder *k = g_new0 (Coder, 1);
  Rows rows;

  k->a = 0x8000;
  k->ct = 12;
  k->byte = -1;
  k->out = g_byte_array_sized_new (64 * 1024);
  rows_init (&rows, width);
  for (guint y = 0; y < height; y++) {
    const l_uint32 *line = data + (gsize) y * (gsize) wpl;
    guint c2 = (guint) (rows.above2[0] << 1 | rows.above2[1]);
    guint c1 = (guint) (rows.above1[0] << 2 | rows.above1[1] << 1 | rows.above1[2]);
    guint c0 = 0;

    for (guint x = 0; x < width; x++) {
      guint bit = (line[x >> 5] >> (31 - (x & 31))) & 1;

      c2 = (c2 << 1 | rows.above2[x + 2]) & 0x1F;
      c1 = (c1 << 1 | rows.above1[x + 3]) & 0x7F;
      coder_put (k, c2 << 11 | c1 << 4 | c0, bit);
      rows.current[x] = (guint8) bit;
      c0 = (c0 << 1 | bit) & 0x0F;
    }
    rows_next (&rows);
  }
  coder_flush (k);
  g_free (rows.memory);
  return k->out;
}

static void
append_u32 (GByteArray *out, guint32 value)
{
  guint32 be = GUINT32_TO_BE (value);

  g_byte_array_append (out, (const guint8 *) &be, 4);
}

static void
append_segment_header (GByteArray *out, guint32 number, guint8 type, guint32 length)
{
  const guint8 rest[3] = { type, 0 /* refers to nothing */, 1 /* page */ };

  append_u32 (out, number);
  g_byte_array_append (out, rest, sizeof rest);
  append_u32 (out, length);
}

GBytes *
sohoa_jbig2_encode (PIX *pix)
{
  static const guint8 page_tail[11] = { 0 }; /* no resolution, no flags, no stripes */
  static const guint8 region_tail[10] = { 0, 0, 0x03, 0xFF, 0xFD, 0xFF, 0x02, 0xFE, 0xFE, 0xFE };
  g_autoptr(GByteArray) region = encode_region (pix);
  GByteArray *out = g_byte_array_sized_new (region->len + DATA_OFFSET);
  guint32 width = (guint32) pixGetWidth (pix), height = (guint32) pixGetHeight (pix);

  append_segment_header (out, 0, SEGMENT_PAGE_INFO, PAGE_INFO_BYTES);
  append_u32 (out, width);
  append_u32 (out, height);
  g_byte_array_append (out, page_tail, sizeof page_tail);
  append_segment_header (out, 1, SEGMENT_LOSSLESS_REGION, REGION_HEAD_BYTES + region->len);
  append_u32 (out, width);
  append_u32 (out, height);
  append_u32 (out, 0);
  append_u32 (out, 0);
  g_byte_array_append (out, region_tail, sizeof region_tail);
  g_byte_array_append (out, region->data, region->len);
  return g_byte_array_free_to_bytes (out);
}

/* ---- decoder (annex E.3) ---- */

typedef struct {
  guint32       c, a;
  int           ct;
  const guint8 *data;
  gsize         pos, length;
  guint8        index[N_CONTEXTS], mps[N_CONTEXTS];
} Decoder;

static guint
decoder_byte (const Decoder *d, gsize pos)
{
  return pos < d->length ? d->data[pos] : 0xFF;
}

static void
decoder_byte_in (Decoder *d)
{
  guint now = decoder_byte (d, d->pos), next = decoder_byte (d, d->pos + 1);

  if (now == 0xFF && next > 0x8F) {
    d->c += 0xFF00;
    d->ct = 8;
    return;
  }
  d->pos++;
  d->c += now == 0xFF ? next << 9 : next << 8;
  d->ct = now == 0xFF ? 7 : 8;
}

static void
decoder_start (Decoder *d)
{
  d->c = decoder_byte (d, 0) << 16;
  decoder_byte_in (d);
  d->c <<= 7;
  d->ct -= 7;
  d->a = 0x8000;
}

static inline guint
decoder_get (Decoder *d, guint context)
{
  const State *s = &states[d->index[context]];
  guint bit = d->mps[context];
  gboolean less;

  d->a -= s->qe;
  if ((d->c >> 16) < s->qe) {
    less = d->a >= s->qe;
    d->a = s->qe;
  } else {
    d->c -= (guint32) s->qe << 16;
    if (d->a & 0x8000)
      return bit;
    less = d->a < s->qe;
  }
  if (less) {
    bit ^= 1;
    d->mps[context] ^= s->swap;
    d->index[context] = s->nlps;
  } else {
    d->index[context] = s->nmps;
  }
  do {
    if (d->ct == 0)
      decoder_byte_in (d);
    d->a <<= 1;
    d->c <<= 1;
    d->ct--;
  } while (!(d->a & 0x8000));
  return bit;
}

static void
decode_region (Decoder *d, PIX *pix)
{
  guint width = (guint) pixGetWidth (pix), height = (guint) pixGetHeight (pix);
  l_uint32 *data = pixGetData (pix);
  int wpl = pixGetWpl (pix);
  Rows rows;

  decoder_start (d);
  rows_init (&rows, width);
  for (guint y = 0; y < height; y++) {
    l_uint32 *line = data + (gsize) y * (gsize) wpl;
    guint c2 = (guint) (rows.above2[0] << 1 | rows.above2[1]);
    guint c1 = (guint) (rows.above1[0] << 2 | rows.above1[1] << 1 | rows.above1[2]);
    guint c0 = 0;

    for (guint x = 0; x < width; x++) {
      guint bit;

      c2 = (c2 << 1 | rows.above2[x + 2]) & 0x1F;
      c1 = (c1 << 1 | rows.above1[x + 3]) & 0x7F;
      bit = decoder_get (d, c2 << 11 | c1 << 4 | c0);
      line[x >> 5] |= bit << (31 - (x & 31));
      rows.current[x] = (guint8) bit;
      c0 = (c0 << 1 | bit) & 0x0F;
    }
    rows_next (&rows);
  }
  g_free (rows.memory);
}

static guint32
read_u32 (const guint8 *p)
{
  return (guint32) p[0] << 24 | (guint32) p[1] << 16 | (guint32) p[2] << 8 | p[3];
}

PIX *
sohoa_jbig2_decode (GBytes *bytes, GError **error)
{
  gsize length;
  const guint8 *p = g_bytes_get_data (bytes, &length);
  const guint8 *region = p + SEGMENT_HEADER_BYTES + PAGE_INFO_BYTES;
  g_autofree Decoder *d = NULL;
  guint32 width, height;
  PIX *pix;

  if (length <= DATA_OFFSET || p[4] != SEGMENT_PAGE_INFO || read_u32 (p + 7) != PAGE_INFO_BYTES
      || region[4] != SEGMENT_LOSSLESS_REGION || read_u32 (region + 7) != length - DATA_OFFSET + REGION_HEAD_BYTES
      || region[SEGMENT_HEADER_BYTES + 17] != 0) {
    g_set_error_literal (error, SOHOA_PDF_ERROR, SOHOA_PDF_ERROR_BAD_IMAGE,
                         "JBIG2: not a single lossless generic region: use another decoder");
    return NULL;
  }
  width = read_u32 (region + SEGMENT_HEADER_BYTES);
  height = read_u32 (region + SEGMENT_HEADER_BYTES + 4);
  if (width == 0 || height == 0 || width > SOHOA_IMAGE_MAX_SIDE_PX || height > SOHOA_IMAGE_MAX_SIDE_PX
      || (guint64) width * height > SOHOA_IMAGE_MAX_PIXELS
      || (pix = pixCreate ((int) width, (int) height, 1)) == NULL) {
    g_set_error (error, SOHOA_PDF_ERROR, SOHOA_PDF_ERROR_BAD_IMAGE, "JBIG2: %u x %u px: out of range", width, height);
    return NULL;
  }
  d = g_new0 (Decoder, 1);
  d->data = p + DATA_OFFSET;
  d->length = length - DATA_OFFSET;
  decode_region (d, pix);
  return pix;
}
