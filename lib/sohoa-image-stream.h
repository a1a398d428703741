/* The archived picture of one page: the very bytes that go into the PDF, and how to read them
 * (design.md 4: the bytes the scanner or the file delivered are the bytes inside the PDF).
 * The bytes lie in a file at offset/length; this is only their description. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define SOHOA_IMAGE_MAX_SIDE_PX 65000u
#define SOHOA_IMAGE_MAX_PIXELS (150u * 1000 * 1000) /* decode refuses more: A0 at 300 dpi fits */

typedef enum {
  SOHOA_CS_GRAY,  /* DeviceGray */
  SOHOA_CS_RGB,   /* DeviceRGB */
  SOHOA_CS_CMYK,  /* DeviceCMYK */
  SOHOA_CS_ICC,   /* ICCBased: icc + components */
} SohoaColorSpace;

typedef struct {
  guint           width_px, height_px;
  guint           bits;          /* per component: 1, 2, 4, 8, 16 */
  SohoaColorSpace colorspace;    /* of the pixels, or of the palette when palette is set */
  guint           components;    /* of colorspace: 1, 3, 4 */
  GBytes         *icc;           /* (owned) (nullable) profile bytes */
  GBytes         *palette;       /* (owned) (nullable) Indexed: lookup table */
  char           *filter;        /* (owned) PDF syntax, "/DCTDecode" or "[/FlateDecode /DCTDecode]" */
  char           *decode_parms;  /* (owned) (nullable) PDF syntax, direct objects only */
  char           *decode;        /* (owned) (nullable) PDF syntax, "[1 0]" */
  GBytes         *jbig2_globals; /* (owned) (nullable) raw stream */
  guint64         offset, length; /* in the file that holds the bytes */
  char           *sha256;        /* (owned) hex of those bytes */
} SohoaImageStream;

SohoaImageStream *sohoa_image_stream_new (void);
void              sohoa_image_stream_free (SohoaImageStream *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaImageStream, sohoa_image_stream_free)

/* a{sv}, for the wire and the spool. From: SOHOA_ERROR_INVALID_ARGUMENT for anything out of range,
 * and for filter/decode strings that are not plain PDF names, numbers, booleans, arrays and dictionaries. */
GVariant         *sohoa_image_stream_to_variant (const SohoaImageStream *self); /* floating */
SohoaImageStream *sohoa_image_stream_from_variant (GVariant *variant, GError **error);

G_END_DECLS
