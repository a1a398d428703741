#include "sohoa-image-stream.h"

#include "sohoa-errors.h"

#include <string.h>

#define SYNTAX_MAX_BYTES 512
#define ICC_MAX_BYTES (4u * 1024 * 1024)
#define GLOBALS_MAX_BYTES (16u * 1024 * 1024)

SohoaImageStream *
sohoa_image_stream_new (void)
{
  return g_new0 (SohoaImageStream, 1);
}

void
sohoa_image_stream_free (SohoaImageStream *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->icc, g_bytes_unref);
  g_clear_pointer (&self->palette, g_bytes_unref);
  g_clear_pointer (&self->jbig2_globals, g_bytes_unref);
  g_free (self->filter);
  g_free (self->decode_parms);
  g_free (self->decode);
  g_free (self->sha256);
  g_free (self);
}

static void
add_bytes (GVariantBuilder *b, const char *key, GBytes *bytes)
{
  if (bytes != NULL)
    g_variant_builder_add (b, "{sv}", key,
                           g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, bytes, TRUE));
}

static void
add_string (GVariantBuilder *b, const char *key, const char *value)
{
  if (value != NULL)
    g_variant_builder_add (b, "{sv}", key, g_variant_new_string (value));
}

GVariant *
sohoa_image_stream_to_variant (const SohoaImageStream *self)
{
  GVariantBuilder b;

  g_variant_builder_init (&b, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&b, "{sv}", "width", g_variant_new_uint32 (self->width_px));
  g_variant_builder_add (&b, "{sv}", "height", g_variant_new_uint32 (self->height_px));
  g_variant_builder_add (&b, "{sv}", "bits", g_variant_new_uint32 (self->bits));
  g_variant_builder_add (&b, "{sv}", "colorspace", g_variant_new_uint32 (self->colorspace));
  g_variant_builder_add (&b, "{sv}", "components", g_variant_new_uint32 (self->components));
  g_variant_builder_add (&b, "{sv}", "offset", g_variant_new_uint64 (self->offset));
  g_variant_builder_add (&b, "{sv}", "length", g_variant_new_uint64 (self->length));
  add_bytes (&b, "icc", self->icc);
  add_bytes (&b, "palette", self->palette);
  add_bytes (&b, "jbig2-globals", self->jbig2_globals);
  add_string (&b, "filter", self->filter);
  add_string (&b, "decode-parms", self->decode_parms);
  add_string (&b, "decode", self->decode);
  add_string (&b, "sha256", self->sha256);
  return g_variant_builder_end (&b);
}

/* Only what can stand as the value of /Filter, /DecodeParms or /Decode; nothing that could end the
 * dictionary it is pasted into: << and >> must balance and strings and references are not allowed. */
static gboolean
syntax_ok (const char *s)
{
  int depth = 0;

  if (s == NULL)
    return TRUE;
  if (strlen (s) > SYNTAX_MAX_BYTES)
    return FALSE;
  for (const char *p = s; *p != '\0'; p++) {
    if (p[0] == '<' && p[1] == '<') {
      depth++;
      p++;
    } else if (p[0] == '>' && p[1] == '>') {
      if (--depth < 0)
        return FALSE;
      p++;
    } else if (!g_ascii_isalnum (*p) && strchr ("/[]-+. ", *p) == NULL) {
      return FALSE;
    }
  }
  return depth == 0;
}

static GBytes *
take_bytes (GVariantDict *dict, const char *key)
{
  g_autoptr(GVariant) value = g_variant_dict_lookup_value (dict, key, G_VARIANT_TYPE_BYTESTRING);

  return value != NULL ? g_variant_get_data_as_bytes (value) : NULL;
}

static gboolean
values_ok (const SohoaImageStream *s)
{
  return s->width_px > 0 && s->width_px <= SOHOA_IMAGE_MAX_SIDE_PX && s->height_px > 0
         && s->height_px <= SOHOA_IMAGE_MAX_SIDE_PX
         && (guint64) s->width_px * s->height_px <= SOHOA_IMAGE_MAX_PIXELS
         && (s->bits == 1 || s->bits == 2 || s->bits == 4 || s->bits == 8 || s->bits == 16)
         && s->colorspace <= SOHOA_CS_ICC
         && (s->components == 1 || s->components == 3 || s->components == 4)
         && (s->colorspace == SOHOA_CS_ICC) == (s->icc != NULL)
         && (s->icc == NULL || g_bytes_get_size (s->icc) <= ICC_MAX_BYTES)
         && (s->jbig2_globals == NULL || g_bytes_get_size (s->jbig2_globals) <= GLOBALS_MAX_BYTES)
         && (s->palette == NULL || g_bytes_get_size (s->palette) <= 256u * 4)
         && s->filter != NULL && s->sha256 != NULL && strlen (s->sha256) == 64
         && syntax_ok (s->filter) && syntax_ok (s->decode_parms) && syntax_ok (s->decode)
         && s->length > 0 && s->length < G_MAXINT32;
}

SohoaImageStream *
sohoa_image_stream_from_variant (GVariant *variant, GError **error)
{
  g_autoptr(SohoaImageStream) self = sohoa_image_stream_new ();
  GVariantDict dict;
  guint colorspace = G_MAXUINT;

  g_variant_dict_init (&dict, variant);
  g_variant_dict_lookup (&dict, "width", "u", &self->width_px);
  g_variant_dict_lookup (&dict, "height", "u", &self->height_px);
  g_variant_dict_lookup (&dict, "bits", "u", &self->bits);
  g_variant_dict_lookup (&dict, "colorspace", "u", &colorspace);
  g_variant_dict_lookup (&dict, "components", "u", &self->components);
  g_variant_dict_lookup (&dict, "offset", "t", &self->offset);
  g_variant_dict_lookup (&dict, "length", "t", &self->length);
  g_variant_dict_lookup (&dict, "filter", "s", &self->filter);
  g_variant_dict_lookup (&dict, "decode-parms", "s", &self->decode_parms);
  g_variant_dict_lookup (&dict, "decode", "s", &self->decode);
  g_variant_dict_lookup (&dict, "sha256", "s", &self->sha256);
  self->icc = take_bytes (&dict, "icc");
  self->palette = take_bytes (&dict, "palette");
  self->jbig2_globals = take_bytes (&dict, "jbig2-globals");
  g_variant_dict_clear (&dict);
  self->colorspace = MIN (colorspace, SOHOA_CS_ICC + 1u);
  if (!values_ok (self)) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT,
                 "image description: value out of range");
    return NULL;
  }
  return g_steal_pointer (&self);
}
