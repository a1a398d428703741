/* The wish becomes options: source, duplex, mode, depth, resolution, area, brightness, raw options, in this order,
 * because each may change what the later ones can be. What differs from the wish becomes a note. */
#include "sohoa-sane-quirks.h"
#include "sohoa-sane-tree.h"

#include "sohoa-scan-protocol.h"

#include "sohoa-errors.h"

#include <math.h>
#include <string.h>

#define MM_PER_INCH 25.4
#define LAW_DPI 200     /* below it a scan is against NĐ30 Annex I Part II */
#define SAME_MM 1.0     /* a page box is the sheet ± 1 mm */
#define LEAST_SIDE_MM 10.0

typedef struct {
  SohoaSaneDevice *device; /* (unowned) */
  SohoaSaneTree   *tree;   /* (owned) */
  SohoaSaneQuirks  quirks;
  GStrvBuilder    *notes;  /* (owned) */
  SohoaScanSource  source;
  SohoaScanMode    mode;
} Setup;

static void
note (Setup *self, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
note (Setup *self, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_strv_builder_add (self->notes, text);
}

static gboolean
refuse (Setup *self, const char *what, GError **error)
{
  g_set_error (error, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_OPTION, "%s: %s", self->device->device, what);
  return FALSE;
}

/* An option that could not be set is a note, but a driver that broke is an error. */
static gboolean
tolerate (Setup *self, const char *what, GError *problem, GError **error)
{
  g_autoptr(GError) owned = problem;

  if (!g_error_matches (owned, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_OPTION)) {
    g_propagate_error (error, g_steal_pointer (&owned));
    return FALSE;
  }
  note (self, "%s: %s", what, owned->message);
  return TRUE;
}

/* ---- source ---- */

/* The driver's word for @wish, or NULL. Exact meanings only: "ADF" must not become the duplex one or the other way. */
static const char *
word_for_source (const SohoaSaneOption *o, SohoaScanSource wish)
{
  const char *best = NULL;
  guint best_rank = G_MAXUINT;

  for (guint i = 0; o != NULL && o->strings != NULL && o->strings[i] != NULL; i++) {
    SohoaScanSource meaning;
    guint rank;

    if (sohoa_sane_source_from_word (o->strings[i], &meaning, &rank) && meaning == wish && rank < best_rank) {
      best = o->strings[i];
      best_rank = rank;
    }
  }
  return best;
}

/* Can a feeder be told to read both sides by an option of its own? */
static gboolean
has_duplex_switch (Setup *self)
{
  const SohoaSaneOption *o = sohoa_sane_tree_find_role (self->tree, "duplex");
  gboolean duplex = FALSE, found = FALSE;

  if (o == NULL || !SANE_OPTION_IS_SETTABLE (o->cap))
    return FALSE;
  for (guint i = 0; o->strings != NULL && o->strings[i] != NULL; i++)
    found |= sohoa_sane_duplex_from_word (o->strings[i], &duplex) && duplex;
  return o->type == SANE_TYPE_BOOL || found;
}

static gboolean
can_source (Setup *self, SohoaScanSource source)
{
  const SohoaSaneOption *o = sohoa_sane_tree_find_role (self->tree, "source");
  gboolean no_choice = o == NULL || o->strings == NULL || o->strings[0] == NULL;

  if (no_choice) {
    gboolean feeder = self->quirks.feeder_only || sohoa_sane_tree_find_role (self->tree, "loaded") != NULL || has_duplex_switch (self);

    return source == SOHOA_SCAN_SOURCE_FLATBED ? !feeder : feeder && (source == SOHOA_SCAN_SOURCE_ADF || has_duplex_switch (self));
  }
  if (source == SOHOA_SCAN_SOURCE_ADF_DUPLEX && word_for_source (o, source) == NULL)
    return word_for_source (o, SOHOA_SCAN_SOURCE_ADF) != NULL && has_duplex_switch (self);
  return word_for_source (o, source) != NULL;
}

/* "auto": paper in the feeder is meant, else the glass. A driver without a sensor: the feeder. */
static SohoaScanSource
choose_automatically (Setup *self)
{
  const SohoaSaneOption *o = sohoa_sane_tree_find_role (self->tree, "loaded");
  gboolean loaded = TRUE;
  SohoaScanSource feeder = can_source (self, SOHOA_SCAN_SOURCE_ADF_DUPLEX) ? SOHOA_SCAN_SOURCE_ADF_DUPLEX : SOHOA_SCAN_SOURCE_ADF;

  if (!can_source (self, feeder))
    return SOHOA_SCAN_SOURCE_FLATBED;
  if (!can_source (self, SOHOA_SCAN_SOURCE_FLATBED))
    return feeder;
  if (o != NULL && o->type == SANE_TYPE_BOOL && sohoa_sane_option_is_active (o) && sohoa_sane_get_bool (self->tree, o, &loaded, NULL)
      && !loaded)
    return SOHOA_SCAN_SOURCE_FLATBED;
  return feeder;
}

static gboolean
set_duplex (Setup *self, gboolean on, GError **error)
{
  const SohoaSaneOption *o = sohoa_sane_tree_find_role (self->tree, "duplex");
  gboolean duplex;

  if (o == NULL || !sohoa_sane_option_is_settable (o))
    return !on ? TRUE : refuse (self, "this scanner cannot read both sides now: scan fronts and backs one after the other", error);
  if (o->type == SANE_TYPE_BOOL)
    return sohoa_sane_set_bool (self->tree, o, on, error);
  for (guint i = 0; o->strings != NULL && o->strings[i] != NULL; i++)
    if (sohoa_sane_duplex_from_word (o->strings[i], &duplex) && duplex == on)
      return sohoa_sane_set_string (self->tree, o, o->strings[i], error);
  return !on ? TRUE : refuse (self, "this scanner cannot read both sides: scan fronts and backs one after the other", error);
}

static gboolean
set_source_word (Setup *self, const SohoaSaneOption *o, const char *word, GError **error)
{
  g_autoptr(GError) local = NULL;
  g_autofree char *wish = g_strdup (word);
  g_autofree char *now = NULL;

  if (sohoa_sane_set_string (self->tree, o, wish, &local))
    return TRUE;
  /* Not settable, but already there: as good. */
  o = sohoa_sane_tree_find_role (self->tree, "source");
  now = o != NULL ? sohoa_sane_get_string (self->tree, o, NULL) : NULL;
  if (now != NULL && g_str_equal (now, wish))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

static const char *
why_not (SohoaScanSource source)
{
  switch (source) {
  case SOHOA_SCAN_SOURCE_FLATBED: return "this scanner has no glass: choose the feeder";
  case SOHOA_SCAN_SOURCE_ADF_DUPLEX: return "this scanner cannot read both sides: scan fronts and backs one after the other";
  case SOHOA_SCAN_SOURCE_ADF:
  case SOHOA_SCAN_SOURCE_AUTO: break;
  }
  return "this scanner has no feeder: choose the glass";
}

static gboolean
set_source (Setup *self, SohoaScanSource wish, GError **error)
{
  const SohoaSaneOption *o = sohoa_sane_tree_find_role (self->tree, "source");
  const char *word;
  gboolean by_switch;

  if (wish == SOHOA_SCAN_SOURCE_AUTO)
    wish = choose_automatically (self);
  self->source = wish;
  if (!can_source (self, wish))
    return refuse (self, why_not (wish), error);
  word = word_for_source (o, wish);
  by_switch = word == NULL && wish == SOHOA_SCAN_SOURCE_ADF_DUPLEX;
  if (word == NULL && wish == SOHOA_SCAN_SOURCE_ADF_DUPLEX)
    word = word_for_source (o, SOHOA_SCAN_SOURCE_ADF);
  if (word != NULL && !set_source_word (self, o, word, error))
    return FALSE;
  /* A switch that an earlier program left on would make every second image a back. */
  if (by_switch || (wish != SOHOA_SCAN_SOURCE_FLATBED && wish != SOHOA_SCAN_SOURCE_ADF_DUPLEX))
    return set_duplex (self, by_switch, error);
  return TRUE;
}

/* ---- mode and depth ---- */

static const char *
word_for_mode (const SohoaSaneOption *o, SohoaScanMode wish)
{
  const char *best = NULL;
  guint best_rank = G_MAXUINT;

  for (guint i = 0; o->strings != NULL && o->strings[i] != NULL; i++) {
    SohoaScanMode meaning;
    guint rank;

    if (sohoa_sane_mode_from_word (o->strings[i], &meaning, &rank) && meaning == wish && rank < best_rank) {
      best = o->strings[i];
      best_rank = rank;
    }
  }
  return best;
}

/* More rather than less: what cannot be had becomes the next richer one, else the next poorer one. */
static const char *
nearest_mode (const SohoaSaneOption *o, SohoaScanMode wish, SohoaScanMode *got)
{
  static const SohoaScanMode order[3][3] = {
    [SOHOA_SCAN_MODE_COLOR] = { SOHOA_SCAN_MODE_COLOR, SOHOA_SCAN_MODE_GRAY, SOHOA_SCAN_MODE_LINEART },
    [SOHOA_SCAN_MODE_GRAY] = { SOHOA_SCAN_MODE_GRAY, SOHOA_SCAN_MODE_COLOR, SOHOA_SCAN_MODE_LINEART },
    [SOHOA_SCAN_MODE_LINEART] = { SOHOA_SCAN_MODE_LINEART, SOHOA_SCAN_MODE_GRAY, SOHOA_SCAN_MODE_COLOR },
  };

  for (guint i = 0; i < 3; i++) {
    const char *word = word_for_mode (o, order[wish][i]);

    if (word != NULL) {
      *got = order[wish][i];
      return word;
    }
  }
  return NULL;
}

static gboolean
set_mode (Setup *self, SohoaScanMode wish, GError **error)
{
  const SohoaSaneOption *o = sohoa_sane_tree_find_role (self->tree, "mode");
  SohoaScanMode got = wish;
  const char *word = o != NULL ? nearest_mode (o, wish, &got) : NULL;
  GError *local = NULL;

  self->mode = got;
  if (word == NULL) {
    note (self, "mode: this scanner has no choice of mode");
    return TRUE;
  }
  if (got != wish)
    note (self, "mode: %s is not offered by this scanner: %s is used%s", sohoa_scan_mode_to_string (wish), sohoa_scan_mode_to_string (got),
          wish == SOHOA_SCAN_MODE_COLOR ? ", against the rule of colour capture" : "");
  return sohoa_sane_set_string (self->tree, o, word, &local) ? TRUE : tolerate (self, "mode", local, error);
}

/* 8 bits, where a driver would give 16; a 1-bit mode keeps its own. */
static gboolean
set_depth (Setup *self, GError **error)
{
  const SohoaSaneOption *o = sohoa_sane_tree_find_role (self->tree, "depth");
  GError *local = NULL;

  if (o == NULL || self->mode == SOHOA_SCAN_MODE_LINEART || !sohoa_sane_option_is_settable (o) || !sohoa_sane_option_is_number (o))
    return TRUE;
  return sohoa_sane_set_number (self->tree, o, 8, NULL, &local) ? TRUE : tolerate (self, "depth", local, error);
}

/* ---- resolution ---- */

/* The same, else the next above, else the largest. */
static double
wanted_dpi (const SohoaSaneOption *o, double wish)
{
  double best = NAN;

  if (o->words == NULL) {
    double step = o->type == SANE_TYPE_FIXED ? SANE_UNFIX (o->range.quant) : o->range.quant, min = sohoa_sane_option_min (o);

    if (o->constraint != SANE_CONSTRAINT_RANGE || step <= 0 || wish <= min)
      return wish;
    return min + ceil ((wish - min) / step - 1e-6) * step;
  }
  for (guint i = 0; i < o->words->len; i++) {
    SANE_Word word = g_array_index (o->words, SANE_Word, i);
    double dpi = o->type == SANE_TYPE_FIXED ? SANE_UNFIX (word) : word;

    if (dpi >= wish && (isnan (best) || dpi < best))
      best = dpi;
  }
  return isnan (best) ? sohoa_sane_option_max (o) : best;
}

static gboolean
set_one_resolution (Setup *self, const char *role, double wish, double *got, GError **error)
{
  const SohoaSaneOption *o = sohoa_sane_tree_find_role (self->tree, role);
  GError *local = NULL;

  if (o == NULL || !sohoa_sane_option_is_active (o) || !sohoa_sane_option_is_number (o))
    return TRUE;
  if (sohoa_sane_option_is_settable (o)) {
    if (!sohoa_sane_set_number (self->tree, o, wanted_dpi (o, wish), got, &local))
      return tolerate (self, "dpi", local, error);
  } else {
    (void) sohoa_sane_get_number (self->tree, o, got, NULL);
  }
  return TRUE;
}

static gboolean
set_resolution (Setup *self, double wish, GError **error)
{
  double both = 0, x = 0, y = 0;

  if (!set_one_resolution (self, "resolution", wish, &both, error) || !set_one_resolution (self, "x-resolution", wish, &x, error)
      || !set_one_resolution (self, "y-resolution", wish, &y, error))
    return FALSE;
  self->device->dpi_x = x > 0 ? x : both;
  self->device->dpi_y = y > 0 ? y : x > 0 && both == 0 ? x : both;
  if (self->device->dpi_x <= 0)
    note (self, "dpi: this scanner does not say its resolution");
  else if (fabs (self->device->dpi_x - wish) > 0.5 || fabs (self->device->dpi_y - wish) > 0.5)
    note (self, "dpi: %.0f is not offered by this scanner: %.0f is used%s", wish, self->device->dpi_x,
          self->device->dpi_x < LAW_DPI ? ", below the law's 200" : "");
  return TRUE;
}

/* ---- area ---- */

static double
mm_per_unit (const Setup *self, const SohoaSaneOption *o, gboolean vertical)
{
  double dpi = vertical ? self->device->dpi_y : self->device->dpi_x;

  if (o->unit == SANE_UNIT_PIXEL)
    return dpi > 0 ? MM_PER_INCH / dpi : NAN;
  return 1;
}

/* What can be believed of the announced length. */
static double
sane_max_mm (Setup *self, const SohoaSaneOption *o, gboolean vertical)
{
  double announced = sohoa_sane_option_max (o) * mm_per_unit (self, o, vertical);
  double quirk = vertical ? self->quirks.max_height_mm : self->quirks.max_width_mm;
  double cap = quirk > 0 ? quirk : vertical ? SOHOA_SANE_MAX_HEIGHT_MM : SOHOA_SANE_MAX_WIDTH_MM;

  if (isnan (announced) || announced < LEAST_SIDE_MM)
    return NAN;
  return MIN (announced, cap);
}

static gboolean
set_length (Setup *self, const char *role, double value_mm, gboolean vertical, double *got_mm, GError **error)
{
  const SohoaSaneOption *o = sohoa_sane_tree_find_role (self->tree, role);
  GError *local = NULL;
  double unit, got = 0;

  if (o == NULL || !sohoa_sane_option_is_settable (o) || !sohoa_sane_option_is_number (o))
    return TRUE;
  unit = mm_per_unit (self, o, vertical);
  if (isnan (unit))
    return TRUE;
  if (!sohoa_sane_set_number (self->tree, o, value_mm / unit, &got, &local))
    return tolerate (self, role, local, error);
  *got_mm = got * unit;
  return TRUE;
}

/* One direction: the paper's size first (a feeder that centres its paper needs it), then the area from its edge. */
static gboolean
set_side (Setup *self, gboolean vertical, double wish_mm, GError **error)
{
  const char *side = vertical ? "height" : "width";
  const SohoaSaneOption *far = sohoa_sane_tree_find_role (self->tree, vertical ? "br-y" : "br-x");
  double paper_mm = 0, near_mm = 0, far_mm = 0;
  double max_mm, use_mm;

  if (far == NULL || !sohoa_sane_option_is_active (far) || !sohoa_sane_option_is_number (far))
    return TRUE; /* it scans what it scans */
  max_mm = sane_max_mm (self, far, vertical);
  use_mm = wish_mm > 0 ? wish_mm : max_mm;
  if (isnan (use_mm))
    return TRUE;
  if (!isnan (max_mm) && use_mm > max_mm) {
    if (use_mm > max_mm + SAME_MM)
      note (self, "size: a %s of %.0f mm is not offered: %.0f mm is used", side, wish_mm, max_mm);
    use_mm = max_mm;
  }
  if (!set_length (self, vertical ? "page-height" : "page-width", use_mm, vertical, &paper_mm, error)
      || !set_length (self, vertical ? "tl-y" : "tl-x", 0, vertical, &near_mm, error)
      || !set_length (self, vertical ? "br-y" : "br-x", near_mm + use_mm, vertical, &far_mm, error))
    return FALSE;
  if (far_mm > 0 && fabs (far_mm - near_mm - use_mm) > SAME_MM)
    note (self, "size: a %s of %.1f mm was set and %.1f mm is read back", side, use_mm, far_mm - near_mm);
  return TRUE;
}

/* ---- the rest ---- */

static gboolean
set_brightness (Setup *self, int wish, GError **error)
{
  const SohoaSaneOption *o = sohoa_sane_tree_find_role (self->tree, "brightness");
  GError *local = NULL;
  double min, max;

  if (wish == 0)
    return TRUE;
  if (o == NULL || !sohoa_sane_option_is_settable (o) || !sohoa_sane_option_is_number (o) || o->constraint != SANE_CONSTRAINT_RANGE) {
    note (self, "brightness: this scanner has no such setting");
    return TRUE;
  }
  min = sohoa_sane_option_min (o);
  max = sohoa_sane_option_max (o);
  return sohoa_sane_set_number (self->tree, o, (min + max) / 2 + (max - min) / 2 * wish / 100, NULL, &local)
         ? TRUE : tolerate (self, "brightness", local, error);
}

/* What a page will take, by the driver's own estimate; 0 = it does not know. */
static guint64
expected_bytes (Setup *self)
{
  SANE_Parameters p = { 0 };
  SANE_Status status;

  SOHOA_SCAN_CALL (self->device->watch, SOHOA_SCAN_OPTION_TIMEOUT_MS, "sane_get_parameters",
                   status = sane_get_parameters (self->device->handle, &p));
  if (status != SANE_STATUS_GOOD || p.lines <= 0 || p.bytes_per_line <= 0)
    return 0;
  return (guint64) p.lines * (guint64) p.bytes_per_line * (p.format == SANE_FRAME_RED || p.format == SANE_FRAME_GREEN || p.format == SANE_FRAME_BLUE ? 3 : 1);
}

static gboolean
set_everything (Setup *self, GVariant *settings, const char *const *raw, GError **error)
{
  const char *word = "";
  SohoaScanSource source = SOHOA_SCAN_SOURCE_AUTO;
  SohoaScanMode mode = SOHOA_SCAN_MODE_COLOR;
  guint32 dpi = 300;
  gint32 brightness = 0;
  double width = 0, height = 0;

  if (g_variant_lookup (settings, "source", "&s", &word))
    (void) sohoa_scan_source_from_string (word, &source);
  if (g_variant_lookup (settings, "mode", "&s", &word))
    (void) sohoa_scan_mode_from_string (word, &mode);
  (void) g_variant_lookup (settings, "dpi", "u", &dpi);
  (void) g_variant_lookup (settings, "width", "d", &width);
  (void) g_variant_lookup (settings, "height", "d", &height);
  (void) g_variant_lookup (settings, "brightness", "i", &brightness);
  if (!set_source (self, source, error) || !set_mode (self, mode, error) || !set_depth (self, error)
      || !set_resolution (self, dpi, error) || !set_side (self, FALSE, width, error) || !set_side (self, TRUE, height, error)
      || !set_brightness (self, brightness, error))
    return FALSE;
  for (guint i = 0; raw[i] != NULL; i++)
    if (!sohoa_sane_set_raw (self->tree, raw[i], error))
      return FALSE;
  return TRUE;
}

/* A raw option may have changed what was set before: what counts is what the device says last. */
static void
read_back (Setup *self)
{
  const SohoaSaneOption *o = sohoa_sane_tree_find_role (self->tree, "source");
  const SohoaSaneOption *m = sohoa_sane_tree_find_role (self->tree, "mode");
  g_autofree char *source = o != NULL && o->type == SANE_TYPE_STRING ? sohoa_sane_get_string (self->tree, o, NULL) : NULL;
  g_autofree char *mode = m != NULL && m->type == SANE_TYPE_STRING ? sohoa_sane_get_string (self->tree, m, NULL) : NULL;
  SohoaScanSource now = self->source;
  guint rank;

  /* A feeder with a switch for both sides calls itself "ADF" either way. */
  if (source != NULL && sohoa_sane_source_from_word (source, &now, &rank)
      && !(now == SOHOA_SCAN_SOURCE_ADF && self->source == SOHOA_SCAN_SOURCE_ADF_DUPLEX))
    self->source = now;
  if (mode != NULL)
    (void) sohoa_sane_mode_from_word (mode, &self->mode, &rank);
  self->device->feeder = self->source != SOHOA_SCAN_SOURCE_FLATBED;
  self->device->duplex = self->source == SOHOA_SCAN_SOURCE_ADF_DUPLEX;
  self->device->inverted = self->quirks.inverted_lineart;
}

static GVariant *
make_reply (Setup *self)
{
  g_auto(GStrv) notes = g_strv_builder_end (self->notes);
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "notes", "^as", notes);
  g_variant_dict_insert (&dict, "source", "s", sohoa_scan_source_to_string (self->source));
  g_variant_dict_insert (&dict, "feeder", "b", self->device->feeder);
  g_variant_dict_insert (&dict, "duplex", "b", self->device->duplex);
  g_variant_dict_insert (&dict, "mode", "s", sohoa_scan_mode_to_string (self->mode));
  g_variant_dict_insert (&dict, "dpi", "d", self->device->dpi_x);
  g_variant_dict_insert (&dict, "bytes", "t", expected_bytes (self));
  return g_variant_dict_end (&dict);
}

static void
setup_clear (Setup *self)
{
  g_clear_pointer (&self->tree, sohoa_sane_tree_free);
  g_clear_pointer (&self->notes, g_strv_builder_unref);
}

static gboolean
setup_init (Setup *self, SohoaSaneDevice *device, GError **error)
{
  *self = (Setup) { .device = device };
  self->notes = g_strv_builder_new ();
  self->quirks = sohoa_sane_quirks_for (device->device);
  self->tree = sohoa_sane_tree_new (device, self->quirks.source_lies, error);
  return self->tree != NULL;
}

GVariant *
sohoa_sane_apply (gpointer handle, GVariant *settings, const char *const *raw, GError **error)
{
  Setup self;
  GVariant *reply = NULL;

  if (setup_init (&self, handle, error) && set_everything (&self, settings, raw, error)) {
    read_back (&self);
    reply = make_reply (&self);
  }
  setup_clear (&self);
  return reply;
}

/* ---- capabilities ---- */

static GVariant *
describe_source (Setup *self, SohoaScanSource source)
{
  const SohoaSaneOption *mode = sohoa_sane_tree_find_role (self->tree, "mode");
  const SohoaSaneOption *dpi = sohoa_sane_tree_find_role (self->tree, "resolution");
  const SohoaSaneOption *width = sohoa_sane_tree_find_role (self->tree, "br-x"), *height = sohoa_sane_tree_find_role (self->tree, "br-y");
  g_autoptr(GStrvBuilder) modes = g_strv_builder_new ();
  g_auto(GStrv) words = NULL;
  GVariantBuilder dpis;
  GVariantDict dict;

  for (guint i = SOHOA_SCAN_MODE_COLOR; mode != NULL && i <= SOHOA_SCAN_MODE_LINEART; i++)
    if (word_for_mode (mode, (SohoaScanMode) i) != NULL)
      g_strv_builder_add (modes, sohoa_scan_mode_to_string ((SohoaScanMode) i));
  words = g_strv_builder_end (modes);
  if (dpi == NULL || !sohoa_sane_option_is_number (dpi))
    dpi = sohoa_sane_tree_find_role (self->tree, "x-resolution");
  g_variant_builder_init (&dpis, G_VARIANT_TYPE ("au"));
  for (guint i = 0; dpi != NULL && dpi->words != NULL && i < dpi->words->len; i++) {
    SANE_Word word = g_array_index (dpi->words, SANE_Word, i);

    g_variant_builder_add (&dpis, "u", (guint32) (dpi->type == SANE_TYPE_FIXED ? SANE_UNFIX (word) : MAX (word, 0)));
  }
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "source", "s", sohoa_scan_source_to_string (source));
  g_variant_dict_insert (&dict, "modes", "^as", words);
  g_variant_dict_insert_value (&dict, "dpis", g_variant_builder_end (&dpis));
  if (dpi != NULL && !isnan (sohoa_sane_option_min (dpi))) {
    g_variant_dict_insert (&dict, "dpi-min", "u", (guint32) sohoa_sane_option_min (dpi));
    g_variant_dict_insert (&dict, "dpi-max", "u", (guint32) sohoa_sane_option_max (dpi));
  }
  if (width != NULL && !isnan (sane_max_mm (self, width, FALSE)))
    g_variant_dict_insert (&dict, "width-mm", "d", sane_max_mm (self, width, FALSE));
  if (height != NULL && !isnan (sane_max_mm (self, height, TRUE)))
    g_variant_dict_insert (&dict, "height-mm", "d", sane_max_mm (self, height, TRUE));
  return g_variant_dict_end (&dict);
}

static char **
list_buttons (const SohoaSaneTree *tree)
{
  g_autoptr(GStrvBuilder) all = g_strv_builder_new ();

  for (guint i = 0; i < tree->options->len; i++) {
    const SohoaSaneOption *o = tree->options->pdata[i];

    if (o->type == SANE_TYPE_BOOL && !SANE_OPTION_IS_SETTABLE (o->cap) && sohoa_sane_is_button (o->name))
      g_strv_builder_add (all, o->name);
  }
  return g_strv_builder_end (all);
}

GVariant *
sohoa_sane_caps (gpointer handle, GError **error)
{
  static const SohoaScanSource all[] = { SOHOA_SCAN_SOURCE_FLATBED, SOHOA_SCAN_SOURCE_ADF, SOHOA_SCAN_SOURCE_ADF_DUPLEX };
  Setup self;
  GVariantBuilder sources;
  GVariantDict dict;
  g_auto(GStrv) buttons = NULL;
  gboolean ok = setup_init (&self, handle, error);

  g_variant_builder_init (&sources, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; ok && i < G_N_ELEMENTS (all); i++) {
    g_autoptr(GError) local = NULL;

    if (!can_source (&self, all[i]))
      continue;
    if (set_source (&self, all[i], &local) && set_resolution (&self, 300, &local))
      g_variant_builder_add_value (&sources, describe_source (&self, all[i]));
    else
      ok = tolerate (&self, "source", g_steal_pointer (&local), error);
  }
  if (!ok) {
    g_variant_builder_clear (&sources);
    setup_clear (&self);
    return NULL;
  }
  buttons = list_buttons (self.tree);
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "driver", "s", "sane");
  g_variant_dict_insert (&dict, "model", "s", "");
  g_variant_dict_insert_value (&dict, "sources", g_variant_builder_end (&sources));
  g_variant_dict_insert (&dict, "brightness", "b", sohoa_sane_tree_find_role (self.tree, "brightness") != NULL);
  g_variant_dict_insert (&dict, "buttons", "^as", buttons);
  g_variant_dict_insert (&dict, "exact-jpeg", "b", FALSE);
  setup_clear (&self);
  return g_variant_dict_end (&dict);
}

GVariant *
sohoa_sane_options (gpointer handle, GError **error)
{
  g_autoptr(SohoaSaneTree) tree = sohoa_sane_tree_new (handle, FALSE, error);

  return tree != NULL ? sohoa_sane_tree_to_variant (tree) : NULL;
}

char **
sohoa_sane_sensors (gpointer handle, GError **error)
{
  g_autoptr(SohoaSaneTree) tree = sohoa_sane_tree_new (handle, FALSE, error);
  g_auto(GStrv) buttons = tree != NULL ? list_buttons (tree) : NULL;
  g_autoptr(GStrvBuilder) pressed = g_strv_builder_new ();

  for (guint i = 0; buttons != NULL && buttons[i] != NULL; i++) {
    const SohoaSaneOption *o = sohoa_sane_tree_find (tree, buttons[i]);
    gboolean on = FALSE;

    if (sohoa_sane_option_is_active (o) && sohoa_sane_get_bool (tree, o, &on, NULL) && on)
      g_strv_builder_add (pressed, buttons[i]);
  }
  return tree != NULL ? g_strv_builder_end (pressed) : NULL;
}
