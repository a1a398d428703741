#include "sohoa-pdf-font.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-pdf.h"

#include <string.h>
#include <zlib.h>

#define FILE_MAX_BYTES (8u * 1024 * 1024)
#define BF_PER_SECTION 100 /* ISO 32000: at most 100 entries between beginbfchar and endbfchar */
#define LINE_FACTOR 1.15   /* line pitch / type size */
#define FLATE_LEVEL 6
#define COMPOSITE_DEPTH 6

static const char *const srgb_paths[] = { "/usr/share/color/icc/ghostscript/srgb.icc", "/usr/share/color/icc/sRGB.icc",
                                          NULL };
static const char *const cmyk_paths[] = { "/usr/share/color/icc/ghostscript/default_cmyk.icc",
                                          "/usr/share/color/icc/ghostscript/ps_cmyk.icc", NULL };
static const char *const glyphless_paths[] = { "/usr/share/tesseract-ocr/5/tessdata/pdf.ttf",
                                               "/usr/share/tesseract-ocr/4.00/tessdata/pdf.ttf", NULL };
/* Never the older face of the same name in fonts-liberation: it lacks 92 Vietnamese letters. */
static const char *const serif_paths[] = { "/usr/share/fonts/truetype/liberation2/LiberationSerif-Regular.ttf",
                                           "/usr/share/fonts/truetype/croscore/Tinos-Regular.ttf", NULL };

static GBytes *srgb, *cmyk, *glyphless, *serif; /* (owned) for the life of the process */

static GBytes *
read_first (const char *const *paths, const char *what, const char *package, GError **error)
{
  for (guint i = 0; paths[i] != NULL; i++) {
    GBytes *bytes = sohoa_file_read (paths[i], FILE_MAX_BYTES, NULL);

    if (bytes != NULL)
      return bytes;
  }
  g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_CONFIG, "%s: not found: install the package %s", what, package);
  return NULL;
}

gboolean
sohoa_pdf_init (GError **error)
{
  if (srgb == NULL && (srgb = read_first (srgb_paths, "sRGB colour profile", "libgs9-common", error)) == NULL)
    return FALSE;
  if (glyphless == NULL
      && (glyphless = read_first (glyphless_paths, "glyphless font", "tesseract-ocr", error)) == NULL)
    return FALSE;
  if (serif == NULL && (serif = read_first (serif_paths, "Times-metric font", "fonts-liberation2", error)) == NULL)
    return FALSE;
  if (cmyk == NULL)
    cmyk = read_first (cmyk_paths, "CMYK colour profile", "libgs9-common", NULL);
  return TRUE;
}

GBytes *
sohoa_pdf_peek_srgb (void)
{
  return srgb;
}

GBytes *
sohoa_pdf_peek_cmyk (void)
{
  return cmyk;
}

GBytes *
sohoa_pdf_deflate (const void *data, gsize length)
{
  uLongf room = compressBound (length);
  guint8 *out = g_malloc (room);

  if (compress2 (out, &room, data, length, FLATE_LEVEL) != Z_OK)
    room = 0;
  return g_bytes_new_take (out, room);
}

guint
sohoa_pdf_add_flate (SohoaPdfAdd add, gpointer sink, const char *inner, const void *data, gsize length)
{
  g_autoptr(GBytes) packed = sohoa_pdf_deflate (data, length);
  g_autofree char *full = g_strdup_printf ("%s /Filter /FlateDecode", inner);

  return add (sink, full, packed);
}

/* @codes maps 16-bit codes to Unicode. */
static guint
add_to_unicode (SohoaPdfAdd add, gpointer sink, const guint32 *codes)
{
  g_autoptr(GString) s = g_string_new ("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
                                       "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
                                       "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
                                       "1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n");
  g_autoptr(GArray) used = g_array_new (FALSE, FALSE, sizeof (guint));

  for (guint c = 0; c < 65536; c++)
    if (codes[c] != 0)
      g_array_append_val (used, c);
  for (guint i = 0; i < used->len; i += BF_PER_SECTION) {
    guint n = MIN (used->len - i, BF_PER_SECTION);

    g_string_append_printf (s, "%u beginbfchar\n", n);
    for (guint j = i; j < i + n; j++) {
      guint c = g_array_index (used, guint, j);
      guint32 u = codes[c];

      if (u > 0xFFFF)
        g_string_append_printf (s, "<%04X> <%04X%04X>\n", c, 0xD800 + ((u - 0x10000) >> 10),
                                0xDC00 + ((u - 0x10000) & 0x3FF));
      else
        g_string_append_printf (s, "<%04X> <%04X>\n", c, u);
    }
    g_string_append (s, "endbfchar\n");
  }
  g_string_append (s, "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n");
  return sohoa_pdf_add_flate (add, sink, "", s->str, s->len);
}

guint
sohoa_pdf_add_glyphless (SohoaPdfAdd add, gpointer sink, const guint32 *codes)
{
  g_autofree guint8 *map = g_malloc (65536 * 2);
  gsize size;
  const void *data = g_bytes_get_data (glyphless, &size);
  g_autofree char *file_inner = g_strdup_printf ("/Length1 %" G_GSIZE_FORMAT, size);
  g_autofree char *descriptor = NULL, *cid = NULL, *type0 = NULL;
  guint file, map_id, descriptor_id, cid_id, unicode;

  for (guint i = 0; i < 65536; i++) {
    map[2 * i] = 0;
    map[2 * i + 1] = 1;
  }
  file = sohoa_pdf_add_flate (add, sink, file_inner, data, size);
  map_id = sohoa_pdf_add_flate (add, sink, "", map, 65536 * 2);
  descriptor = g_strdup_printf ("/Type /FontDescriptor /FontName /GlyphLessFont /Ascent 1000 /Descent -1 "
                                "/CapHeight 1000 /Flags 5 /ItalicAngle 0 /StemV 80 /FontBBox [0 0 500 1000] "
                                "/FontFile2 %u 0 R", file);
  descriptor_id = add (sink, descriptor, NULL);
  cid = g_strdup_printf ("/Type /Font /Subtype /CIDFontType2 /BaseFont /GlyphLessFont /CIDSystemInfo "
                         "<< /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /FontDescriptor %u 0 R "
                         "/DW 500 /CIDToGIDMap %u 0 R", descriptor_id, map_id);
  cid_id = add (sink, cid, NULL);
  unicode = add_to_unicode (add, sink, codes);
  type0 = g_strdup_printf ("/Type /Font /Subtype /Type0 /BaseFont /GlyphLessFont /Encoding /Identity-H "
                           "/DescendantFonts [%u 0 R] /ToUnicode %u 0 R", cid_id, unicode);
  return add (sink, type0, NULL);
}

/* ---- TrueType, as far as a subset needs it. The face is ours (sohoa_pdf_init), not hostile, but
 * every read is checked all the same. ---- */

static guint
u16 (const guint8 *data, gsize size, gsize at)
{
  return at + 2 <= size ? (guint) data[at] << 8 | data[at + 1] : 0;
}

static guint32
u32 (const guint8 *data, gsize size, gsize at)
{
  return (guint32) u16 (data, size, at) << 16 | u16 (data, size, at + 2);
}

typedef struct {
  const guint8 *data;
  gsize         size;
} Table;

static Table
find_table (const char *tag)
{
  Table none = { NULL, 0 }, found;
  gsize size;
  const guint8 *data = g_bytes_get_data (serif, &size);
  guint n = u16 (data, size, 4);

  for (guint i = 0; i < n; i++) {
    gsize at = 12 + 16 * (gsize) i;

    if (at + 16 <= size && memcmp (data + at, tag, 4) == 0) {
      gsize offset = u32 (data, size, at + 8), length = u32 (data, size, at + 12);

      if (offset > size || length > size - offset)
        return none;
      found.data = data + offset;
      found.size = length;
      return found;
    }
  }
  return none;
}

static guint
glyph_of (gunichar c)
{
  Table cmap = find_table ("cmap");
  guint n = u16 (cmap.data, cmap.size, 2);

  for (guint i = 0; i < n; i++) {
    gsize at = u32 (cmap.data, cmap.size, 4 + 8 * (gsize) i + 4);
    guint segments2;

    if (u16 (cmap.data, cmap.size, at) != 4 || c > 0xFFFF)
      continue;
    segments2 = u16 (cmap.data, cmap.size, at + 6);
    for (guint s = 0; s < segments2; s += 2) {
      guint end = u16 (cmap.data, cmap.size, at + 14 + s);
      guint start = u16 (cmap.data, cmap.size, at + 16 + segments2 + s);
      guint delta = u16 (cmap.data, cmap.size, at + 16 + 2 * segments2 + s);
      gsize range_at = at + 16 + 3 * (gsize) segments2 + s;
      guint range = u16 (cmap.data, cmap.size, range_at), g;

      if (c > end || c < start)
        continue;
      if (range == 0)
        return (c + delta) & 0xFFFF;
      g = u16 (cmap.data, cmap.size, range_at + range + 2 * (c - start));
      return g == 0 ? 0 : (g + delta) & 0xFFFF;
    }
  }
  return 0;
}

static guint
units_per_em (void)
{
  Table head = find_table ("head");
  guint units = u16 (head.data, head.size, 18);

  return units > 0 ? units : 1000;
}

static double
glyph_width (guint glyph)
{
  Table hhea = find_table ("hhea"), hmtx = find_table ("hmtx");
  guint n = MAX (1, u16 (hhea.data, hhea.size, 34));

  return (double) u16 (hmtx.data, hmtx.size, 4 * (gsize) MIN (glyph, n - 1)) / units_per_em ();
}

double
sohoa_pdf_block_text_width (const char *text)
{
  double width = 0;

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    width += glyph_width (glyph_of (g_utf8_get_char (p)));
  return width;
}

static Table
glyph_data (guint glyph)
{
  Table loca = find_table ("loca"), glyf = find_table ("glyf"), head = find_table ("head"), found = { NULL, 0 };
  gboolean wide = u16 (head.data, head.size, 50) == 1;
  gsize a = wide ? u32 (loca.data, loca.size, 4 * (gsize) glyph) : 2 * (gsize) u16 (loca.data, loca.size, 2 * glyph);
  gsize b = wide ? u32 (loca.data, loca.size, 4 * (gsize) glyph + 4)
                 : 2 * (gsize) u16 (loca.data, loca.size, 2 * glyph + 2);

  if (a < b && b <= glyf.size) {
    found.data = glyf.data + a;
    found.size = b - a;
  }
  return found;
}

/* Marks @glyph and the parts it is composed of. */
static void
mark_glyph (guint8 *used, guint glyph, guint depth)
{
  Table g = glyph_data (glyph);
  gsize at = 10;
  guint flags;

  used[glyph] = 1;
  if (depth >= COMPOSITE_DEPTH || g.size < 12 || !(g.data[0] & 0x80))
    return;
  do {
    flags = u16 (g.data, g.size, at);
    mark_glyph (used, u16 (g.data, g.size, at + 2), depth + 1);
    at += 4 + ((flags & 1) ? 4u : 2u) + ((flags & 8) ? 2u : (flags & 0x40) ? 4u : (flags & 0x80) ? 8u : 0u);
  } while ((flags & 0x20) && at < g.size);
}

static void
put_u16 (GByteArray *out, guint value)
{
  const guint8 b[2] = { (guint8) (value >> 8), (guint8) value };

  g_byte_array_append (out, b, 2);
}

static void
put_u32 (GByteArray *out, guint32 value)
{
  put_u16 (out, value >> 16);
  put_u16 (out, value & 0xFFFF);
}

static guint32
checksum (const GByteArray *bytes, gsize from)
{
  guint32 sum = 0;

  for (gsize i = from; i < bytes->len; i += 4)
    for (guint k = 0; k < 4; k++)
      sum += i + k < bytes->len ? (guint32) bytes->data[i + k] << (24 - 8 * k) : 0;
  return sum;
}

/* Keeps glyph numbers; unused outlines become empty. */
static GByteArray *
subset_font (const guint8 *used)
{
  static const char *const tags[] = { "cvt ", "fpgm", "glyf", "head", "hhea", "hmtx", "loca", "maxp", "prep" };
  Table maxp = find_table ("maxp");
  guint n_glyphs = u16 (maxp.data, maxp.size, 4);
  g_autoptr(GByteArray) glyf = g_byte_array_new (), loca = g_byte_array_new ();
  GByteArray *out = g_byte_array_new ();
  g_autoptr(GByteArray) body = g_byte_array_new ();
  gsize header = 12 + 16 * G_N_ELEMENTS (tags);

  for (guint g = 0; g < n_glyphs; g++) {
    Table data = used[g] ? glyph_data (g) : (Table){ NULL, 0 };

    put_u32 (loca, glyf->len);
    if (data.size > 0)
      g_byte_array_append (glyf, data.data, (guint) data.size);
    while (glyf->len % 4 != 0)
      g_byte_array_append (glyf, (const guint8 *) "", 1);
  }
  put_u32 (loca, glyf->len);
  put_u32 (out, 0x00010000);
  put_u16 (out, G_N_ELEMENTS (tags));
  put_u16 (out, 128);
  put_u16 (out, 3);
  put_u16 (out, G_N_ELEMENTS (tags) * 16 - 128);
  for (guint i = 0; i < G_N_ELEMENTS (tags); i++) {
    Table t = find_table (tags[i]);
    gsize start = body->len;

    if (strcmp (tags[i], "glyf") == 0)
      t = (Table){ glyf->data, glyf->len };
    else if (strcmp (tags[i], "loca") == 0)
      t = (Table){ loca->data, loca->len };
    g_byte_array_append (body, t.data, (guint) t.size);
    if (strcmp (tags[i], "head") == 0) {
      memset (body->data + start + 8, 0, 4);
      body->data[start + 50] = 0;
      body->data[start + 51] = 1; /* 32-bit loca */
    }
    while (body->len % 4 != 0)
      g_byte_array_append (body, (const guint8 *) "", 1);
    g_byte_array_append (out, (const guint8 *) tags[i], 4);
    put_u32 (out, checksum (body, start));
    put_u32 (out, (guint32) (header + start));
    put_u32 (out, (guint32) t.size);
  }
  g_byte_array_append (out, body->data, body->len);
  return out;
}

static char *
font_tag (const guint8 *used)
{
  g_autofree char *hash = sohoa_bytes_sha256 (used, 65536);
  char *tag = g_strndup (hash, 6);

  for (guint i = 0; i < 6; i++)
    tag[i] = (char) ('A' + (g_ascii_xdigit_value (hash[2 * i]) * 16 + g_ascii_xdigit_value (hash[2 * i + 1])) % 26);
  return tag;
}

static guint
add_descriptor (SohoaPdfAdd add, gpointer sink, const guint8 *used, const char *tag, gboolean part_1)
{
  g_autoptr(GByteArray) font = subset_font (used);
  g_autofree char *file_inner = g_strdup_printf ("/Length1 %u", font->len);
  guint file = sohoa_pdf_add_flate (add, sink, file_inner, font->data, font->len);
  Table head = find_table ("head");
  double k = 1000.0 / units_per_em ();
  g_autoptr(GString) s = g_string_new (NULL);

  g_string_append_printf (s,
                          "/Type /FontDescriptor /FontName /%s+LiberationSerif /Flags 4 /ItalicAngle 0 /StemV 80 "
                          "/Ascent 891 /Descent -216 /CapHeight 662 /FontBBox [%d %d %d %d] /FontFile2 %u 0 R",
                          tag, (int) ((gint16) u16 (head.data, head.size, 36) * k),
                          (int) ((gint16) u16 (head.data, head.size, 38) * k),
                          (int) ((gint16) u16 (head.data, head.size, 40) * k),
                          (int) ((gint16) u16 (head.data, head.size, 42) * k), file);
  if (part_1) {
    guint8 set[8192] = { 0 };

    for (guint g = 0; g < 65536; g++)
      if (used[g])
        set[g >> 3] |= (guint8) (0x80 >> (g & 7));
    g_string_append_printf (s, " /CIDSet %u 0 R", sohoa_pdf_add_flate (add, sink, "", set, sizeof set));
  }
  return add (sink, s->str, NULL);
}

guint
sohoa_pdf_add_serif (SohoaPdfAdd add, gpointer sink, const char *const *lines, gboolean part_1)
{
  g_autofree guint8 *used = g_malloc0 (65536);
  g_autofree guint32 *codes = g_new0 (guint32, 65536);
  g_autoptr(GString) widths = g_string_new ("[");
  g_autofree char *tag = NULL, *cid = NULL, *type0 = NULL;
  guint descriptor, cid_id, unicode;

  mark_glyph (used, 0, 0);
  for (guint i = 0; lines[i] != NULL; i++)
    for (const char *p = lines[i]; *p != '\0'; p = g_utf8_next_char (p)) {
      guint g = glyph_of (g_utf8_get_char (p));

      mark_glyph (used, g, 0);
      if (g != 0)
        codes[g] = g_utf8_get_char (p);
    }
  tag = font_tag (used);
  descriptor = add_descriptor (add, sink, used, tag, part_1);
  for (guint g = 0; g < 65536; g++)
    if (used[g])
      g_string_append_printf (widths, "%u [%d] ", g, (int) (glyph_width (g) * 1000 + 0.5));
  cid = g_strdup_printf ("/Type /Font /Subtype /CIDFontType2 /BaseFont /%s+LiberationSerif /CIDSystemInfo "
                         "<< /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /FontDescriptor %u 0 R "
                         "/DW 1000 /W %s] /CIDToGIDMap /Identity", tag, descriptor, widths->str);
  cid_id = add (sink, cid, NULL);
  unicode = add_to_unicode (add, sink, codes);
  type0 = g_strdup_printf ("/Type /Font /Subtype /Type0 /BaseFont /%s+LiberationSerif /Encoding /Identity-H "
                           "/DescendantFonts [%u 0 R] /ToUnicode %u 0 R", tag, cid_id, unicode);
  return add (sink, type0, NULL);
}

void
sohoa_pdf_append_glyphs (GString *out, const char *text)
{
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    g_string_append_printf (out, "%04X", glyph_of (g_utf8_get_char (p)));
}

static void
append_image (GString *s, const SohoaPdfLook *look)
{
  char w[16], h[16], x[16], y[16];

  g_string_append_printf (s, "q %s%s 0 0 %s %s %s cm /Im1 Do Q\n", look->multiply ? "/GS1 gs " : "",
                          g_ascii_formatd (w, sizeof w, "%.3f", look->image_width),
                          g_ascii_formatd (h, sizeof h, "%.3f", look->image_height),
                          g_ascii_formatd (x, sizeof x, "%.3f", look->image_x),
                          g_ascii_formatd (y, sizeof y, "%.3f", look->image_y));
}

guint
sohoa_pdf_add_look (SohoaPdfAdd add, gpointer sink, const char *const *lines, const SohoaPdfLook *look, gboolean part_1)
{
  guint font = sohoa_pdf_add_serif (add, sink, lines, part_1);
  g_autoptr(GString) s = g_string_new (NULL);
  char x[16], y[16], size[16], w[16], h[16];
  g_autofree char *image = look->image != 0 ? g_strdup_printf (" /XObject << /Im1 %u 0 R >>", look->image) : g_strdup ("");
  g_autofree char *inner = NULL;

  if (look->image != 0)
    append_image (s, look);
  g_string_append_printf (s, "q 0 g BT\n/F1 %s Tf\n", g_ascii_formatd (size, sizeof size, "%.2f", look->size_pt));
  for (guint i = 0; lines[i] != NULL; i++) {
    double left = look->text_right - sohoa_pdf_block_text_width (lines[i]) * look->size_pt;

    g_string_append_printf (s, "1 0 0 1 %s %s Tm <", g_ascii_formatd (x, sizeof x, "%.3f", left),
                            g_ascii_formatd (y, sizeof y, "%.3f", look->text_top - look->size_pt * (0.9 + LINE_FACTOR * i)));
    sohoa_pdf_append_glyphs (s, lines[i]);
    g_string_append (s, "> Tj\n");
  }
  g_string_append (s, "ET Q\n");
  inner = g_strdup_printf ("/Type /XObject /Subtype /Form /BBox [0 0 %s %s] /Resources << /Font << /F1 %u 0 R >>%s%s >>",
                           g_ascii_formatd (w, sizeof w, "%.3f", look->width),
                           g_ascii_formatd (h, sizeof h, "%.3f", look->height), font, image,
                           look->multiply ? " /ExtGState << /GS1 << /Type /ExtGState /BM /Multiply >> >>" : "");
  return sohoa_pdf_add_flate (add, sink, inner, s->str, s->len);
}
