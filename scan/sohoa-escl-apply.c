/* The wish becomes a job ticket, within what the device says it can. */
#include "sohoa-escl-private.h"

#include "sohoa-errors.h"

#include <math.h>
#include <string.h>

#define MM_PER_INCH 25.4
#define LAW_DPI 200u /* below it a scan is against NĐ30 Annex I Part II */

/* Elements of a ticket that a raw option may set, with whole numbers or plain words. */
static const char *const raw_names[] = { "Intent", "CompressionFactor", "Contrast", "Sharpen", "Threshold", "NoiseRemoval", "Gamma",
                                         "Highlight", "Shadow", NULL };

static void
note (GStrvBuilder *notes, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
note (GStrvBuilder *notes, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_strv_builder_add (notes, text);
}

static gboolean
refuse (SohoaEscl *self, const char *what, GError **error)
{
  g_set_error (error, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_OPTION, "%s: %s", self->device, what);
  return FALSE;
}

static const SohoaEsclSource *
source_of (const SohoaEscl *self)
{
  const SohoaEsclCaps *c = &self->caps;

  if (!self->ticket.feeder)
    return &c->platen;
  return self->ticket.duplex && c->adf_duplex.present ? &c->adf_duplex : c->adf.present ? &c->adf : &c->adf_duplex;
}

/* "auto": what lies in the feeder is meant, else the glass. */
static SohoaScanSource
choose_automatically (SohoaEscl *self)
{
  const SohoaEsclCaps *c = &self->caps;
  gboolean has_feeder = c->adf.present || c->adf_duplex.present;
  SohoaScanSource feeder = c->adf_duplex.present ? SOHOA_SCAN_SOURCE_ADF_DUPLEX : SOHOA_SCAN_SOURCE_ADF;
  SohoaEsclStatus said;
  gboolean empty;

  if (!has_feeder)
    return SOHOA_SCAN_SOURCE_FLATBED;
  if (!c->platen.present)
    return feeder;
  empty = sohoa_escl_get_status (self, &said) && g_strcmp0 (said.adf_state, "ScannerAdfEmpty") == 0;
  sohoa_escl_status_clear (&said);
  return empty ? SOHOA_SCAN_SOURCE_FLATBED : feeder;
}

static gboolean
set_source (SohoaEscl *self, SohoaScanSource source, GError **error)
{
  const SohoaEsclCaps *c = &self->caps;

  if (source == SOHOA_SCAN_SOURCE_AUTO)
    source = choose_automatically (self);
  self->ticket.feeder = source != SOHOA_SCAN_SOURCE_FLATBED;
  self->ticket.duplex = source == SOHOA_SCAN_SOURCE_ADF_DUPLEX;
  if (source == SOHOA_SCAN_SOURCE_FLATBED && !c->platen.present)
    return refuse (self, "this scanner has no glass: choose the feeder", error);
  if (source == SOHOA_SCAN_SOURCE_ADF && !c->adf.present && !c->adf_duplex.present)
    return refuse (self, "this scanner has no feeder: choose the glass", error);
  if (source == SOHOA_SCAN_SOURCE_ADF_DUPLEX && !c->adf_duplex.present)
    return refuse (self, "this scanner cannot read both sides: scan fronts and backs one after the other", error);
  return TRUE;
}

/* eSCL has no 1-bit JPEG, so black and white becomes gray. */
static gboolean
set_mode (SohoaEscl *self, SohoaScanMode mode, GStrvBuilder *notes, GError **error)
{
  const SohoaEsclSource *s = source_of (self);

  if (mode == SOHOA_SCAN_MODE_LINEART) {
    note (notes, "mode: lineart is not offered over the network: gray is used");
    mode = SOHOA_SCAN_MODE_GRAY;
  }
  if (mode == SOHOA_SCAN_MODE_COLOR && !s->color && s->gray) {
    note (notes, "mode: colour is not offered by this scanner: gray is used, against the rule of colour capture");
    mode = SOHOA_SCAN_MODE_GRAY;
  } else if (mode == SOHOA_SCAN_MODE_GRAY && !s->gray && s->color) {
    note (notes, "mode: gray is not offered by this scanner: colour is used");
    mode = SOHOA_SCAN_MODE_COLOR;
  }
  if (!s->color && !s->gray)
    return refuse (self, "the scanner offers neither colour nor gray from this source", error);
  self->ticket.mode = mode == SOHOA_SCAN_MODE_COLOR ? "RGB24" : "Grayscale8";
  return TRUE;
}

/* The same, else the next above, else the largest. */
static guint
nearest_dpi (const SohoaEsclSource *s, guint wish)
{
  if (s->n_resolutions == 0 && s->max_dpi == 0)
    return wish;
  if (s->n_resolutions == 0) {
    guint up = wish <= s->min_dpi ? s->min_dpi : s->min_dpi + (wish - s->min_dpi + s->step_dpi - 1) / s->step_dpi * s->step_dpi;

    return MIN (up, s->max_dpi);
  }
  for (guint i = 0; i < s->n_resolutions; i++)
    if (s->resolutions[i] >= wish)
      return s->resolutions[i];
  return s->resolutions[s->n_resolutions - 1];
}

static void
set_resolution (SohoaEscl *self, guint wish, GStrvBuilder *notes)
{
  self->ticket.dpi = nearest_dpi (source_of (self), wish);
  if (self->ticket.dpi != wish)
    note (notes, "dpi: %u is not offered by this scanner: %u is used%s", wish, self->ticket.dpi,
          self->ticket.dpi < LAW_DPI ? ", below the law's 200" : "");
}

static guint
fit_side (const char *name, double wish_mm, guint min, guint max, GStrvBuilder *notes)
{
  guint wish = (guint) lround (wish_mm / MM_PER_INCH * SOHOA_ESCL_UNITS_PER_INCH);

  if (wish_mm <= 0)
    return max > 0 ? max : (guint) lround (297 / MM_PER_INCH * SOHOA_ESCL_UNITS_PER_INCH);
  if (max > 0 && wish > max) {
    if (wish > max + 15) /* more than a millimetre */
      note (notes, "size: %s of %.0f mm is not offered: %.0f mm is used", name, wish_mm, max * MM_PER_INCH / SOHOA_ESCL_UNITS_PER_INCH);
    return max;
  }
  return MAX (wish, min);
}

static void
set_brightness (SohoaEscl *self, int wish, GStrvBuilder *notes)
{
  const SohoaEsclCaps *c = &self->caps;
  int span;

  self->ticket.has_brightness = FALSE;
  if (wish == 0)
    return;
  if (c->brightness_max <= c->brightness_min) {
    note (notes, "brightness: this scanner has no such setting");
    return;
  }
  span = wish > 0 ? c->brightness_max - c->brightness_normal : c->brightness_normal - c->brightness_min;
  self->ticket.has_brightness = TRUE;
  self->ticket.brightness = c->brightness_normal + span * wish / 100;
}

static gboolean
is_plain_value (const char *value)
{
  for (const char *c = value; *c != '\0'; c++)
    if (!g_ascii_isalnum (*c) && *c != '-' && *c != '.')
      return FALSE;
  return value[0] != '\0' && strlen (value) < 64;
}

static gboolean
set_raw (SohoaEscl *self, const char *const *raw, GError **error)
{
  g_hash_table_remove_all (self->extra);
  for (guint i = 0; raw[i] != NULL; i++) {
    g_auto(GStrv) pair = g_strsplit (raw[i], "=", 2);

    if (g_strv_length (pair) != 2 || !g_strv_contains (raw_names, pair[0]) || !is_plain_value (pair[1])) {
      g_set_error (error, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_OPTION,
                   "option %s: is not one of an eSCL scanner: see `sohoa devices --options`", raw[i]);
      return FALSE;
    }
    g_hash_table_insert (self->extra, g_strdup (pair[0]), g_strdup (pair[1]));
  }
  self->ticket.extra = self->extra;
  return TRUE;
}

static GVariant *
make_reply (SohoaEscl *self, GStrvBuilder *notes)
{
  g_auto(GStrv) all = g_strv_builder_end (notes);
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "notes", "^as", all);
  g_variant_dict_insert (&dict, "source", "s", !self->ticket.feeder ? "flatbed" : self->ticket.duplex ? "adf-duplex" : "adf");
  g_variant_dict_insert (&dict, "feeder", "b", self->ticket.feeder);
  g_variant_dict_insert (&dict, "duplex", "b", self->ticket.duplex);
  g_variant_dict_insert (&dict, "mode", "s", g_str_equal (self->ticket.mode, "RGB24") ? "color" : "gray");
  g_variant_dict_insert (&dict, "dpi", "d", (double) self->ticket.dpi);
  g_variant_dict_insert (&dict, "bytes", "t", G_GUINT64_CONSTANT (0));
  return g_variant_dict_end (&dict);
}

GVariant *
sohoa_escl_apply (gpointer handle, GVariant *settings, const char *const *raw, GError **error)
{
  SohoaEscl *self = handle;
  g_autoptr(GStrvBuilder) notes = g_strv_builder_new ();
  const char *word = "";
  SohoaScanSource source = SOHOA_SCAN_SOURCE_AUTO;
  SohoaScanMode mode = SOHOA_SCAN_MODE_COLOR;
  guint32 dpi = 300;
  gint32 brightness = 0;
  double width = 0, height = 0;
  const SohoaEsclSource *s;

  if (g_variant_lookup (settings, "source", "&s", &word))
    (void) sohoa_scan_source_from_string (word, &source);
  if (g_variant_lookup (settings, "mode", "&s", &word))
    (void) sohoa_scan_mode_from_string (word, &mode);
  (void) g_variant_lookup (settings, "dpi", "u", &dpi);
  (void) g_variant_lookup (settings, "width", "d", &width);
  (void) g_variant_lookup (settings, "height", "d", &height);
  (void) g_variant_lookup (settings, "brightness", "i", &brightness);
  self->ticket.version = self->caps.version != NULL ? self->caps.version : "2.0";
  if (!set_source (self, source, error) || !set_mode (self, mode, notes, error))
    return NULL;
  set_resolution (self, dpi, notes);
  s = source_of (self);
  self->ticket.width = fit_side ("a width", width, s->min_width, s->max_width, notes);
  self->ticket.height = fit_side ("a height", height, s->min_height, s->max_height, notes);
  set_brightness (self, brightness, notes);
  if (!set_raw (self, raw, error))
    return NULL;
  self->applied = TRUE;
  return make_reply (self, notes);
}

/* ---- capabilities ---- */

static GVariant *
source_to_variant (const char *name, const SohoaEsclSource *s)
{
  g_autoptr(GStrvBuilder) modes = g_strv_builder_new ();
  g_auto(GStrv) words = NULL;
  GVariantDict dict;

  if (s->color)
    g_strv_builder_add (modes, "color");
  if (s->gray)
    g_strv_builder_add (modes, "gray");
  words = g_strv_builder_end (modes);
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "source", "s", name);
  g_variant_dict_insert (&dict, "modes", "^as", words);
  g_variant_dict_insert_value (&dict, "dpis", g_variant_new_fixed_array (G_VARIANT_TYPE_UINT32, s->resolutions, s->n_resolutions, 4));
  g_variant_dict_insert (&dict, "dpi-min", "u", s->n_resolutions > 0 ? s->resolutions[0] : s->min_dpi);
  g_variant_dict_insert (&dict, "dpi-max", "u", s->n_resolutions > 0 ? s->resolutions[s->n_resolutions - 1] : s->max_dpi);
  g_variant_dict_insert (&dict, "width-mm", "d", s->max_width * MM_PER_INCH / SOHOA_ESCL_UNITS_PER_INCH);
  g_variant_dict_insert (&dict, "height-mm", "d", s->max_height * MM_PER_INCH / SOHOA_ESCL_UNITS_PER_INCH);
  return g_variant_dict_end (&dict);
}

GVariant *
sohoa_escl_caps_to_variant (gpointer handle, GError **error)
{
  SohoaEscl *self = handle;
  const SohoaEsclCaps *c = &self->caps;
  static const char *const none[] = { NULL };
  GVariantBuilder sources;
  GVariantDict dict;

  g_variant_builder_init (&sources, G_VARIANT_TYPE ("aa{sv}"));
  if (c->platen.present)
    g_variant_builder_add_value (&sources, source_to_variant ("flatbed", &c->platen));
  if (c->adf.present || c->adf_duplex.present)
    g_variant_builder_add_value (&sources, source_to_variant ("adf", c->adf.present ? &c->adf : &c->adf_duplex));
  if (c->adf_duplex.present)
    g_variant_builder_add_value (&sources, source_to_variant ("adf-duplex", &c->adf_duplex));
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "driver", "s", "escl");
  g_variant_dict_insert (&dict, "model", "s", c->model != NULL ? c->model : "");
  g_variant_dict_insert_value (&dict, "sources", g_variant_builder_end (&sources));
  g_variant_dict_insert (&dict, "brightness", "b", c->brightness_max > c->brightness_min);
  g_variant_dict_insert (&dict, "buttons", "^as", none);
  g_variant_dict_insert (&dict, "exact-jpeg", "b", TRUE);
  return g_variant_dict_end (&dict);
}
