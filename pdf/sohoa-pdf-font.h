/* What sohoa_pdf_init() loads, and the two fonts of our files: the glyphless one of the text layer and
 * the subset of a Times-metric face for the signature block. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Adds an object to the file being made: @inner between << and >>; with @bytes a stream, written as it
 * is (/Length is added). Gives its number. */
typedef guint (*SohoaPdfAdd) (gpointer sink, const char *inner, GBytes *bytes);

GBytes *sohoa_pdf_peek_srgb (void);      /* borrowed */
GBytes *sohoa_pdf_peek_cmyk (void);      /* borrowed, NULL when none is installed */

/* zlib format. Yours. */
GBytes *sohoa_pdf_deflate (const void *data, gsize length);
/* Adds a Flate stream; @inner_format without Length and Filter. */
guint   sohoa_pdf_add_flate (SohoaPdfAdd add, gpointer sink, const char *inner, const void *data, gsize length);

/* The glyphless font; @codes[c] = Unicode value of code c, 0 = unused. Gives the Type0 font's number. */
guint sohoa_pdf_add_glyphless (SohoaPdfAdd add, gpointer sink, const guint32 *codes);

/* Width of @text in the block font at 1 pt. */
double sohoa_pdf_block_text_width (const char *text);
/* The block font with the glyphs of @lines. @part_1: PDF/A-1 wants a CIDSet. */
guint  sohoa_pdf_add_serif (SohoaPdfAdd add, gpointer sink, const char *const *lines, gboolean part_1);
/* @text as hex codes of that font. */
void   sohoa_pdf_append_glyphs (GString *out, const char *text);

/* What a signature shows; points, from the lower left corner of its box. */
typedef struct {
  double width, height;                          /* of the box */
  double text_right, text_top, size_pt;          /* of the lines, right-aligned, black */
  guint  image;                                  /* number of a picture, 0 = none */
  double image_x, image_y, image_width, image_height;
  gboolean multiply;                             /* the picture lets print show through */
} SohoaPdfLook;
guint  sohoa_pdf_add_look (SohoaPdfAdd add, gpointer sink, const char *const *lines, const SohoaPdfLook *look,
                           gboolean part_1);

G_END_DECLS
