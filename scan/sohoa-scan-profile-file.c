/* Profiles as files, and what they cost. */
#include "sohoa-scan-profile.h"

#include "sohoa-conf.h"
#include "sohoa-errors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_CHARS 64
#define MIN_DPI 75
#define MAX_DPI 1200
#define MAX_SIDE_MM 1000
#define LAW_DPI 200u          /* NĐ30 Annex I Part II: at least */
#define MM_PER_INCH 25.4
#define FILE_OVERHEAD_BYTES 40000u /* PDF around the pictures: profile, fonts, signature */
#define PAGE_OVERHEAD_BYTES 15000u /* text layer */

/* Bits a pixel that nine of ten real office scans stay under (doc/scanning.md). */
#define COLOR_BITS 0.95
#define GRAY_BITS 0.65
#define LINEART_BITS 0.09

static const struct {
  const char *name;
  double      width_mm, height_mm;
} sizes[] = {
  { "A4", 210, 297 }, { "A3", 297, 420 }, { "A5", 148, 210 }, { "Letter", 215.9, 279.4 }, { "Legal", 215.9, 355.6 }, { "max", 0, 0 },
};

gboolean
sohoa_scan_profile_is_name (const char *name)
{
  gsize length = strlen (name);

  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isalnum (name[i]) && name[i] != '-' && name[i] != '_')
      return FALSE;
  return length > 0 && length <= NAME_MAX_CHARS;
}

/* ---- one file over a profile ---- */

typedef struct {
  SohoaConf         *conf;   /* (unowned) */
  SohoaScanProfile  *p;      /* (unowned) */
  const char *const *locked; /* (unowned) (nullable) "section.key" */
} Reader;

/* A locked key in a user's file is an error, not a silence. */
static void
check_lock (Reader *self, const char *section, const char *key)
{
  g_autofree char *name = g_strconcat (section, ".", key, NULL);

  if (self->locked != NULL && sohoa_conf_has (self->conf, section, key)
      && (g_strv_contains (self->locked, "*") || g_strv_contains (self->locked, name)))
    sohoa_conf_complain (self->conf, section, key, "is locked by the administrator");
}

static void
take_text (Reader *self, const char *section, const char *key, char **value)
{
  char *got;

  check_lock (self, section, key);
  got = sohoa_conf_take_string (self->conf, section, key, *value);
  g_free (*value);
  *value = got;
}

static int
take_word (Reader *self, const char *section, const char *key, const char *const *words, int value)
{
  check_lock (self, section, key);
  return sohoa_conf_take_word (self->conf, section, key, words, value);
}

static int
take_int (Reader *self, const char *section, const char *key, int value, int min, int max)
{
  check_lock (self, section, key);
  return sohoa_conf_take_int (self->conf, section, key, value, min, max);
}

static void
take_size (Reader *self)
{
  g_autofree char *text = NULL;
  char *end = NULL;
  double width, height;

  check_lock (self, "scan", "size");
  text = sohoa_conf_take_string (self->conf, "scan", "size", NULL);
  if (text == NULL)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    if (g_ascii_strcasecmp (sizes[i].name, text) == 0) {
      self->p->width_mm = sizes[i].width_mm;
      self->p->height_mm = sizes[i].height_mm;
      return;
    }
  width = g_ascii_strtod (text, &end);
  height = end != text && *end == 'x' ? g_ascii_strtod (end + 1, &end) : 0;
  if (*end != '\0' || !(width >= 20 && width <= MAX_SIDE_MM && height >= 20 && height <= MAX_SIDE_MM)) {
    sohoa_conf_complain (self->conf, "scan", "size", "must be A4, A3, A5, Letter, Legal, max or WxH in mm");
    return;
  }
  self->p->width_mm = width;
  self->p->height_mm = height;
}

static void
take_options (Reader *self)
{
  g_auto(GStrv) list = NULL;

  check_lock (self, "scan", "options");
  if (!sohoa_conf_has (self->conf, "scan", "options"))
    return;
  list = sohoa_conf_take_list (self->conf, "scan", "options");
  for (guint i = 0; list[i] != NULL; i++)
    if (strchr (list[i], '=') == NULL || list[i][0] == '=')
      sohoa_conf_complain (self->conf, "scan", "options", "must be a list of name=value");
  g_strfreev (self->p->options);
  self->p->options = g_steal_pointer (&list);
}

static void
read_all (Reader *self)
{
  static const char *const sources[] = { "auto", "flatbed", "adf", "adf-duplex", NULL };
  static const char *const modes[] = { "color", "gray", "lineart", NULL };
  static const char *const turns[] = { "none", "backs", NULL };
  static const char *const blanks[] = { "mark", "drop", "keep", NULL };
  static const char *const separators[] = { "none", "patch-t", "barcode", "blank", "count", NULL };
  static const char *const policies[] = { "accept", "warn", "ask", NULL };
  SohoaScanProfile *p = self->p;

  take_text (self, "profile", "title", &p->title);
  take_text (self, "scan", "device", &p->device);
  p->source = (SohoaScanSource) take_word (self, "scan", "source", sources, (int) p->source);
  p->mode = (SohoaScanMode) take_word (self, "scan", "mode", modes, (int) p->mode);
  p->dpi = (guint) take_int (self, "scan", "dpi", (int) p->dpi, MIN_DPI, MAX_DPI);
  take_size (self);
  p->brightness = take_int (self, "scan", "brightness", p->brightness, -100, 100);
  p->turn_backs = take_word (self, "scan", "duplex-turn", turns, p->turn_backs ? 1 : 0) == 1;
  take_options (self);
  p->blank = (SohoaScanBlank) take_word (self, "document", "blank", blanks, (int) p->blank);
  p->separators = (SohoaScanSeparators) take_word (self, "document", "separators", separators, (int) p->separators);
  p->count = (guint) take_int (self, "document", "count", (int) p->count, 0, 1000);
  take_text (self, "document", "compliance", &p->compliance);
  take_text (self, "document", "destination", &p->destination);
  for (guint i = 0; i < SOHOA_SCAN_N_QUALITY; i++)
    p->quality[i] = (SohoaScanPolicy) take_word (self, "quality", sohoa_scan_quality_to_string ((SohoaScanQuality) i), policies,
                                                 (int) p->quality[i]);
  if (p->separators == SOHOA_SCAN_SEPARATORS_COUNT && p->count == 0)
    sohoa_conf_complain (self->conf, "document", "separators", "count needs the number of sheets: write count=N");
}

/* FALSE without error: no such file. */
static gboolean
read_file (SohoaScanProfile *p, const char *folder, const char *name, const char *const *locked, char ***locked_out, GError **error)
{
  g_autofree char *file = g_strconcat (name, ".conf", NULL);
  g_autofree char *path = folder != NULL ? g_build_filename (folder, file, NULL) : NULL;
  g_autoptr(SohoaConf) conf = NULL;
  Reader reader = { .p = p, .locked = locked };

  if (path == NULL || !g_file_test (path, G_FILE_TEST_EXISTS))
    return FALSE;
  conf = sohoa_conf_load (path, FALSE, error);
  if (conf == NULL)
    return FALSE;
  reader.conf = conf;
  if (locked_out != NULL)
    *locked_out = sohoa_conf_take_list (conf, "profile", "locked");
  read_all (&reader);
  return sohoa_conf_finish (conf, error);
}

SohoaScanProfile *
sohoa_scan_profile_load (const char *admin_folder, const char *user_folder, const char *name, GError **error)
{
  g_autoptr(SohoaScanProfile) self = sohoa_scan_profile_new ();
  g_autoptr(GError) local = NULL;
  g_auto(GStrv) locked = NULL;
  gboolean found = g_str_equal (name, SOHOA_SCAN_PROFILE_DEFAULT);

  if (!sohoa_scan_profile_is_name (name)) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_NOT_FOUND, "scan profile: '%s' is not a name", name);
    return NULL;
  }
  g_free (self->name);
  self->name = g_strdup (name);
  found |= read_file (self, admin_folder, name, NULL, &locked, &local);
  if (local == NULL)
    found |= read_file (self, user_folder, name, (const char *const *) locked, NULL, &local);
  if (local != NULL) {
    g_propagate_error (error, g_steal_pointer (&local));
    return NULL;
  }
  if (found)
    return g_steal_pointer (&self);
  g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_NOT_FOUND, "scan profile %s: is not there: see the folder of profiles", name);
  return NULL;
}

static void
add_names (GHashTable *names, const char *folder)
{
  g_autoptr(GDir) dir = folder != NULL ? g_dir_open (folder, 0, NULL) : NULL;
  const char *file;

  while (dir != NULL && (file = g_dir_read_name (dir)) != NULL) {
    g_autofree char *name = g_str_has_suffix (file, ".conf") ? g_strndup (file, strlen (file) - strlen (".conf")) : NULL;

    if (name != NULL && sohoa_scan_profile_is_name (name))
      g_hash_table_add (names, g_steal_pointer (&name));
  }
}

static int
compare_names (const void *a, const void *b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

char **
sohoa_scan_profile_list (const char *admin_folder, const char *user_folder)
{
  g_autoptr(GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree const char **keys = NULL;
  char **list;
  guint n;

  g_hash_table_add (names, g_strdup (SOHOA_SCAN_PROFILE_DEFAULT));
  add_names (names, admin_folder);
  add_names (names, user_folder);
  keys = (const char **) g_hash_table_get_keys_as_array (names, &n);
  list = g_strdupv ((char **) keys);
  qsort (list, n, sizeof *list, compare_names);
  return list;
}

/* ---- size ---- */

static double
bits_per_pixel (SohoaScanMode mode)
{
  switch (mode) {
  case SOHOA_SCAN_MODE_COLOR: return COLOR_BITS;
  case SOHOA_SCAN_MODE_GRAY: return GRAY_BITS;
  case SOHOA_SCAN_MODE_LINEART: return LINEART_BITS;
  }
  return COLOR_BITS;
}

static guint64
bytes_at (const SohoaScanProfile *self, guint n_images, guint dpi)
{
  double width = self->width_mm > 0 ? self->width_mm : sizes[0].width_mm, height = self->height_mm > 0 ? self->height_mm : sizes[0].height_mm;
  double pixels = width * height / (MM_PER_INCH * MM_PER_INCH) * dpi * dpi;

  return FILE_OVERHEAD_BYTES + (guint64) n_images * (PAGE_OVERHEAD_BYTES + (guint64) (pixels * bits_per_pixel (self->mode) / 8));
}

guint64
sohoa_scan_profile_expected_bytes (const SohoaScanProfile *self, guint n_images)
{
  return bytes_at (self, n_images, self->dpi);
}

char *
sohoa_scan_profile_advise_size (const SohoaScanProfile *self, guint n_images, guint64 limit_bytes, guint *offer_dpi_out)
{
  guint64 expected = bytes_at (self, n_images, self->dpi);
  g_autofree char *size = g_format_size (expected);
  g_autofree char *limit = g_format_size (limit_bytes);
  gboolean offer = self->dpi > LAW_DPI && bytes_at (self, n_images, LAW_DPI) <= limit_bytes;

  if (offer_dpi_out != NULL)
    *offer_dpi_out = 0;
  if (limit_bytes == 0 || expected <= limit_bytes)
    return NULL;
  if (offer_dpi_out != NULL && offer)
    *offer_dpi_out = LAW_DPI;
  if (offer) {
    g_autofree char *less = g_format_size (bytes_at (self, n_images, LAW_DPI));

    return g_strdup_printf ("%u images at %u dpi: about %s, and the destination takes %s: %u dpi would make about %s", n_images, self->dpi,
                            size, limit, LAW_DPI, less);
  }
  return g_strdup_printf ("%u images at %u dpi: about %s, and the destination takes %s: scan it in parts", n_images, self->dpi, size, limit);
}
