#include "sohoa-sane-quirks.h"

#include "sohoa-conf.h"
#include "sohoa-file.h"

#include <string.h>

/* ---- option names ---- */

static const struct {
  const char *role;
  const char *names[8];
} roles[] = {
  { "source", { "source", "doc-source", "scan-source", "document-source", "feed-source", NULL } },
  { "mode", { "mode", "color-mode", "scan-mode", "colour-mode", "image-type", NULL } },
  { "resolution", { "resolution", "scan-resolution", "dpi", NULL } },
  { "x-resolution", { "x-resolution", "resolution-x", NULL } },
  { "y-resolution", { "y-resolution", "resolution-y", NULL } },
  { "tl-x", { "tl-x", "scan-tl-x", NULL } },
  { "tl-y", { "tl-y", "scan-tl-y", NULL } },
  { "br-x", { "br-x", "scan-br-x", NULL } },
  { "br-y", { "br-y", "scan-br-y", NULL } },
  { "page-width", { "page-width", "pagewidth", "paper-width", NULL } },
  { "page-height", { "page-height", "pageheight", "paper-height", NULL } },
  { "brightness", { "brightness", NULL } },
  { "depth", { "depth", "bit-depth", NULL } },
  { "duplex", { "duplex", "adf-mode", "adf_mode", "duplex-mode", "both-sides", "sides", NULL } },
  { "loaded", { "page-loaded", "adf-loaded", "paper-loaded", "document-loaded", "paper-in-adf", "paper-sensor", NULL } },
};

const char *const *
sohoa_sane_names_of_role (const char *role)
{
  static const char *const none[] = { NULL };

  for (guint i = 0; i < G_N_ELEMENTS (roles); i++)
    if (g_str_equal (roles[i].role, role))
      return roles[i].names;
  return none;
}

/* ---- option values: exact words first, in the order of preference, then what they contain ---- */

typedef struct {
  const char *word;
  int         meaning; /* −1 = nothing we use */
} Word;

#define NOTHING (-1)

static const Word source_words[] = {
  { "Flatbed", SOHOA_SCAN_SOURCE_FLATBED },
  { "FlatBed", SOHOA_SCAN_SOURCE_FLATBED },
  { "Platen", SOHOA_SCAN_SOURCE_FLATBED },
  { "FB", SOHOA_SCAN_SOURCE_FLATBED },
  { "Document Table", SOHOA_SCAN_SOURCE_FLATBED },
  { "Normal", SOHOA_SCAN_SOURCE_FLATBED },
  { "Vorlagenglas", SOHOA_SCAN_SOURCE_FLATBED },
  { "Flachbett", SOHOA_SCAN_SOURCE_FLATBED },
  { "Vitre d'exposition", SOHOA_SCAN_SOURCE_FLATBED },
  { "A plat", SOHOA_SCAN_SOURCE_FLATBED },
  { "À plat", SOHOA_SCAN_SOURCE_FLATBED },
  { "Mặt kính", SOHOA_SCAN_SOURCE_FLATBED },
  { "ADF Front", SOHOA_SCAN_SOURCE_ADF },
  { "ADF", SOHOA_SCAN_SOURCE_ADF },
  { "ADF Simplex", SOHOA_SCAN_SOURCE_ADF },
  { "ADF (simplex)", SOHOA_SCAN_SOURCE_ADF },
  { "Automatic Document Feeder", SOHOA_SCAN_SOURCE_ADF },
  { "Automatic Document Feeder(left aligned)", SOHOA_SCAN_SOURCE_ADF },
  { "Automatic Document Feeder(left aligned,Simplex)", SOHOA_SCAN_SOURCE_ADF },
  { "Automatic Document Feeder(centrally aligned)", SOHOA_SCAN_SOURCE_ADF },
  { "Automatic Document Feeder(centrally aligned,Simplex)", SOHOA_SCAN_SOURCE_ADF },
  { "Document Feeder", SOHOA_SCAN_SOURCE_ADF },
  { "Feeder", SOHOA_SCAN_SOURCE_ADF },
  { "Simplex", SOHOA_SCAN_SOURCE_ADF },
  { "Vorlageneinzug", SOHOA_SCAN_SOURCE_ADF },
  { "Automatischer Vorlageneinzug", SOHOA_SCAN_SOURCE_ADF },
  { "Chargeur automatique de documents", SOHOA_SCAN_SOURCE_ADF },
  { "Khay nạp giấy", SOHOA_SCAN_SOURCE_ADF },
  { "Card Front", SOHOA_SCAN_SOURCE_ADF },
  { "Card Reader", SOHOA_SCAN_SOURCE_ADF },
  { "ADF Duplex", SOHOA_SCAN_SOURCE_ADF_DUPLEX },
  { "ADF (duplex)", SOHOA_SCAN_SOURCE_ADF_DUPLEX },
  { "Automatic Document Feeder(left aligned,Duplex)", SOHOA_SCAN_SOURCE_ADF_DUPLEX },
  { "Automatic Document Feeder(centrally aligned,Duplex)", SOHOA_SCAN_SOURCE_ADF_DUPLEX },
  { "Duplex", SOHOA_SCAN_SOURCE_ADF_DUPLEX },
  { "ADF Duplex Long-Edge", SOHOA_SCAN_SOURCE_ADF_DUPLEX },
  { "Card Duplex", SOHOA_SCAN_SOURCE_ADF_DUPLEX },
  { "Auto", NOTHING },
  { "Automatic", NOTHING },
  { "Auto Detect", NOTHING },
};

static const Word mode_words[] = {
  { "Color", SOHOA_SCAN_MODE_COLOR },
  { "Colour", SOHOA_SCAN_MODE_COLOR },
  { "24bit Color", SOHOA_SCAN_MODE_COLOR },
  { "24bit Color[Fast]", SOHOA_SCAN_MODE_COLOR },
  { "24 bit Color", SOHOA_SCAN_MODE_COLOR },
  { "True Color", SOHOA_SCAN_MODE_COLOR },
  { "Full color", SOHOA_SCAN_MODE_COLOR },
  { "RGB", SOHOA_SCAN_MODE_COLOR },
  { "Farbe", SOHOA_SCAN_MODE_COLOR },
  { "Farbig", SOHOA_SCAN_MODE_COLOR },
  { "Couleur", SOHOA_SCAN_MODE_COLOR },
  { "Màu", SOHOA_SCAN_MODE_COLOR },
  { "Gray", SOHOA_SCAN_MODE_GRAY },
  { "Grey", SOHOA_SCAN_MODE_GRAY },
  { "Grayscale", SOHOA_SCAN_MODE_GRAY },
  { "True Gray", SOHOA_SCAN_MODE_GRAY },
  { "8bit Gray", SOHOA_SCAN_MODE_GRAY },
  { "8 bit Gray", SOHOA_SCAN_MODE_GRAY },
  { "256-level gray", SOHOA_SCAN_MODE_GRAY },
  { "Graustufen", SOHOA_SCAN_MODE_GRAY },
  { "Grau", SOHOA_SCAN_MODE_GRAY },
  { "Niveaux de gris", SOHOA_SCAN_MODE_GRAY },
  { "Xám", SOHOA_SCAN_MODE_GRAY },
  { "Lineart", SOHOA_SCAN_MODE_LINEART },
  { "LineArt", SOHOA_SCAN_MODE_LINEART },
  { "Black & White", SOHOA_SCAN_MODE_LINEART },
  { "Black and White", SOHOA_SCAN_MODE_LINEART },
  { "Binary", SOHOA_SCAN_MODE_LINEART },
  { "Monochrome", SOHOA_SCAN_MODE_LINEART },
  { "Text", SOHOA_SCAN_MODE_LINEART },
  { "Strichzeichnung", SOHOA_SCAN_MODE_LINEART },
  { "Schwarzweiß", SOHOA_SCAN_MODE_LINEART },
  { "Noir et blanc", SOHOA_SCAN_MODE_LINEART },
  { "Đen trắng", SOHOA_SCAN_MODE_LINEART },
};

/* Parts of words, looked for in lower case when no whole word fits; the first one decides. */
static const Word source_parts[] = {
  { "transpar", NOTHING }, { "negativ", NOTHING }, { "film", NOTHING }, { "tpu", NOTHING }, { "slide", NOTHING },
  { "back", NOTHING },     { "rear", NOTHING },    { "rück", NOTHING },
  { "duplex", SOHOA_SCAN_SOURCE_ADF_DUPLEX }, { "both side", SOHOA_SCAN_SOURCE_ADF_DUPLEX }, { "two side", SOHOA_SCAN_SOURCE_ADF_DUPLEX },
  { "recto verso", SOHOA_SCAN_SOURCE_ADF_DUPLEX }, { "adf", SOHOA_SCAN_SOURCE_ADF }, { "feed", SOHOA_SCAN_SOURCE_ADF },
  { "einzug", SOHOA_SCAN_SOURCE_ADF }, { "chargeur", SOHOA_SCAN_SOURCE_ADF }, { "flat", SOHOA_SCAN_SOURCE_FLATBED },
  { "glass", SOHOA_SCAN_SOURCE_FLATBED }, { "platen", SOHOA_SCAN_SOURCE_FLATBED }, { "table", SOHOA_SCAN_SOURCE_FLATBED },
};

static const Word mode_parts[] = {
  { "infrared", NOTHING }, { "48", NOTHING }, { "16bit", NOTHING }, { "16 bit", NOTHING }, { "30bit", NOTHING }, { "halftone", NOTHING },
  { "diffusion", NOTHING }, { "dither", NOTHING }, { "colo", SOHOA_SCAN_MODE_COLOR }, { "gray", SOHOA_SCAN_MODE_GRAY },
  { "grey", SOHOA_SCAN_MODE_GRAY }, { "line", SOHOA_SCAN_MODE_LINEART }, { "black", SOHOA_SCAN_MODE_LINEART },
  { "binary", SOHOA_SCAN_MODE_LINEART },
};

static gboolean
find_word (const Word *words, gsize n_words, const Word *parts, gsize n_parts, const char *word, int *out, guint *rank_out)
{
  g_autofree char *lower = g_utf8_strdown (word, -1);

  for (gsize i = 0; i < n_words; i++) {
    g_autofree char *known = g_utf8_strdown (words[i].word, -1);

    if (g_str_equal (known, lower)) {
      *out = words[i].meaning;
      *rank_out = (guint) i;
      return *out != NOTHING;
    }
  }
  for (gsize i = 0; i < n_parts; i++)
    if (strstr (lower, parts[i].word) != NULL) {
      *out = parts[i].meaning;
      *rank_out = (guint) (n_words + i);
      return *out != NOTHING;
    }
  return FALSE;
}

gboolean
sohoa_sane_source_from_word (const char *word, SohoaScanSource *out, guint *rank_out)
{
  int meaning = NOTHING;
  gboolean found = g_utf8_validate (word, -1, NULL)
                   && find_word (source_words, G_N_ELEMENTS (source_words), source_parts, G_N_ELEMENTS (source_parts), word, &meaning, rank_out);

  if (found)
    *out = (SohoaScanSource) meaning;
  return found;
}

gboolean
sohoa_sane_mode_from_word (const char *word, SohoaScanMode *out, guint *rank_out)
{
  int meaning = NOTHING;
  gboolean found = g_utf8_validate (word, -1, NULL)
                   && find_word (mode_words, G_N_ELEMENTS (mode_words), mode_parts, G_N_ELEMENTS (mode_parts), word, &meaning, rank_out);

  if (found)
    *out = (SohoaScanMode) meaning;
  return found;
}

gboolean
sohoa_sane_duplex_from_word (const char *word, gboolean *out)
{
  g_autofree char *lower = g_ascii_strdown (word, -1);

  *out = strstr (lower, "duplex") != NULL || strstr (lower, "both") != NULL || strstr (lower, "double") != NULL;
  return *out || strstr (lower, "simplex") != NULL || strstr (lower, "single") != NULL || strstr (lower, "front") != NULL;
}

gboolean
sohoa_sane_is_button (const char *name)
{
  static const char *const names[] = { "scan", "file", "email", "copy", "pdf", "web", "extra", "start", "ocr", "scan-to", "top-edge-button", NULL };

  return g_strv_contains (names, name) || g_str_has_prefix (name, "button") || g_str_has_suffix (name, "-button");
}

/* ---- single devices ---- */

#define SECTION_PREFIX "device "

SohoaSaneQuirks
sohoa_sane_quirks_for (const char *device)
{
  static const char *const polarities[] = { "normal", "inverted", NULL };
  static const char *const sources[] = { "as-said", "feeder", "active", NULL };
  g_autofree char *path = sohoa_path_data ("scan/quirks.conf");
  g_autoptr(GError) error = NULL;
  g_autoptr(SohoaConf) conf = sohoa_conf_load (path, TRUE, &error);
  g_auto(GStrv) sections = conf != NULL ? sohoa_conf_get_sections (conf) : NULL;
  SohoaSaneQuirks quirks = { 0 };

  for (guint i = 0; sections != NULL && sections[i] != NULL; i++) {
    gboolean ours = g_str_has_prefix (sections[i], SECTION_PREFIX) && g_pattern_match_simple (sections[i] + strlen (SECTION_PREFIX), device);
    int polarity = sohoa_conf_take_word (conf, sections[i], "lineart", polarities, 0);
    int source = sohoa_conf_take_word (conf, sections[i], "source", sources, 0);
    int width = sohoa_conf_take_int (conf, sections[i], "max-width-mm", 0, 0, 2000);
    int height = sohoa_conf_take_int (conf, sections[i], "max-height-mm", 0, 0, 10000);

    if (!ours)
      continue;
    quirks.inverted_lineart |= polarity == 1;
    quirks.feeder_only |= source == 1;
    quirks.source_lies |= source == 2;
    quirks.max_width_mm = width > 0 ? width : quirks.max_width_mm;
    quirks.max_height_mm = height > 0 ? height : quirks.max_height_mm;
  }
  if (conf == NULL || !sohoa_conf_finish (conf, &error))
    g_warning ("%s", error->message);
  return quirks;
}
