#include "sohoa-scan-profile.h"

#define DEFAULT_DPI 300 /* recognition; the law asks for 200 (NĐ30 Annex I Part II) */
#define A4_WIDTH_MM 210
#define A4_HEIGHT_MM 297

static const char *const source_words[] = { "auto", "flatbed", "adf", "adf-duplex", NULL };
static const char *const mode_words[] = { "color", "gray", "lineart", NULL };
static const char *const quality_words[] = { "too-dark", "too-light", "clipped", "skewed", "low-resolution", "folded", "streak",
                                             "page-missing", "short-page", NULL };

const char *
sohoa_scan_source_to_string (SohoaScanSource source)
{
  return source_words[source];
}

const char *
sohoa_scan_mode_to_string (SohoaScanMode mode)
{
  return mode_words[mode];
}

const char *
sohoa_scan_quality_to_string (SohoaScanQuality quality)
{
  return quality_words[quality];
}

static gboolean
find_word (const char *const *words, const char *word, guint *out)
{
  for (guint i = 0; word != NULL && words[i] != NULL; i++)
    if (g_str_equal (words[i], word)) {
      *out = i;
      return TRUE;
    }
  return FALSE;
}

gboolean
sohoa_scan_source_from_string (const char *word, SohoaScanSource *out)
{
  guint i = 0;

  if (!find_word (source_words, word, &i))
    return FALSE;
  *out = (SohoaScanSource) i;
  return TRUE;
}

gboolean
sohoa_scan_mode_from_string (const char *word, SohoaScanMode *out)
{
  guint i = 0;

  if (!find_word (mode_words, word, &i))
    return FALSE;
  *out = (SohoaScanMode) i;
  return TRUE;
}

SohoaScanProfile *
sohoa_scan_profile_new (void)
{
  SohoaScanProfile *self = g_new0 (SohoaScanProfile, 1);

  self->name = g_strdup (SOHOA_SCAN_PROFILE_DEFAULT);
  self->title = g_strdup ("Văn bản đến");
  self->device = g_strdup ("");
  self->source = SOHOA_SCAN_SOURCE_AUTO;
  self->mode = SOHOA_SCAN_MODE_COLOR;
  self->dpi = DEFAULT_DPI;
  self->width_mm = A4_WIDTH_MM;
  self->height_mm = A4_HEIGHT_MM;
  self->options = g_new0 (char *, 1);
  self->compliance = g_strdup ("VN-ND30-2020");
  self->destination = g_strdup ("");
  for (guint i = 0; i < SOHOA_SCAN_N_QUALITY; i++)
    self->quality[i] = SOHOA_SCAN_WARN;
  self->quality[SOHOA_SCAN_QUALITY_PAGE_MISSING] = SOHOA_SCAN_ASK;
  self->quality[SOHOA_SCAN_QUALITY_SHORT_PAGE] = SOHOA_SCAN_ASK;
  return self;
}

SohoaScanProfile *
sohoa_scan_profile_copy (const SohoaScanProfile *self)
{
  SohoaScanProfile *copy = g_memdup2 (self, sizeof *self);

  copy->name = g_strdup (self->name);
  copy->title = g_strdup (self->title);
  copy->device = g_strdup (self->device);
  copy->options = g_strdupv (self->options);
  copy->compliance = g_strdup (self->compliance);
  copy->destination = g_strdup (self->destination);
  return copy;
}

void
sohoa_scan_profile_free (SohoaScanProfile *self)
{
  if (self == NULL)
    return;
  g_free (self->name);
  g_free (self->title);
  g_free (self->device);
  g_strfreev (self->options);
  g_free (self->compliance);
  g_free (self->destination);
  g_free (self);
}

GVariant *
sohoa_scan_profile_to_settings (const SohoaScanProfile *self)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "source", "s", sohoa_scan_source_to_string (self->source));
  g_variant_dict_insert (&dict, "mode", "s", sohoa_scan_mode_to_string (self->mode));
  g_variant_dict_insert (&dict, "dpi", "u", self->dpi);
  g_variant_dict_insert (&dict, "width", "d", self->width_mm);
  g_variant_dict_insert (&dict, "height", "d", self->height_mm);
  g_variant_dict_insert (&dict, "brightness", "i", self->brightness);
  return g_variant_dict_end (&dict);
}
