#include "sohoa-profile.h"

#include "sohoa-conf.h"
#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-time.h"

#include <string.h>

#define PROFILE_FOLDER "profiles"
#define PROFILE_SUFFIX ".conf"
#define DPI_TOLERANCE 0.5 /* a scanner's 199.9 is its 200 */

static const char *const block_words[] = { "copy-form", "agency", "time", NULL };
static const char *const conformances[] = { "1b", "2b", "2u", "3b", "3u", NULL };
static const char *const pdf_versions[] = { "1.4", "1.5", "1.6", "1.7", NULL };
static const char *const zones[] = { "o14", NULL };

void
sohoa_profile_free (SohoaProfile *self)
{
  if (self == NULL)
    return;
  g_free (self->name);
  g_free (self->title);
  g_free (self->origin);
  g_free (self->date);
  g_free (self->conformance);
  g_free (self->pdf_version);
  g_free (self->block_zone);
  g_strfreev (self->block_lines);
  g_strfreev (self->mandatory);
  g_free (self);
}

static void
take_profile (SohoaProfile *self, SohoaConf *conf)
{
  self->title = sohoa_conf_take_string (conf, "profile", "title", self->name);
  self->origin = sohoa_conf_take_string (conf, "profile", "source", "");
  self->date = sohoa_conf_take_string (conf, "profile", "date", "");
  self->version = sohoa_conf_take_int (conf, "profile", "version", 1, 1, 9999);
  self->min_dpi = sohoa_conf_take_int (conf, "capture", "min-dpi", 200, 72, 1200);
  self->colour = sohoa_conf_take_bool (conf, "capture", "colour", TRUE);
  self->scale_percent = sohoa_conf_take_int (conf, "capture", "scale-percent", 100, 100, 100);
  self->strict_input = sohoa_conf_take_bool (conf, "capture", "strict-input", FALSE);
  self->conformance = g_strdup (conformances[sohoa_conf_take_word (conf, "pdf", "conformance", conformances, 2)]);
  self->pdf_version = g_strdup (pdf_versions[sohoa_conf_take_word (conf, "pdf", "version", pdf_versions, 3)]);
  self->block = sohoa_conf_take_bool (conf, "block", "show", TRUE);
  self->block_zone = g_strdup (zones[sohoa_conf_take_word (conf, "block", "zone", zones, 0)]);
  self->block_font_pt = sohoa_conf_take_int (conf, "block", "font-pt", 10, 6, 14);
  self->block_lines = sohoa_conf_take_list (conf, "block", "lines");
  self->block_image = sohoa_conf_take_bool (conf, "block", "image", FALSE);
  self->arrival_stamp = sohoa_conf_take_bool (conf, "block", "arrival-stamp", FALSE);
  self->mandatory = sohoa_conf_take_list (conf, "review", "mandatory");
  self->claim = sohoa_conf_take_int (conf, "review", "claim-percent", 90, 50, 100) / 100.0;
  self->may_pass = sohoa_conf_take_bool (conf, "review", "may-pass", FALSE);
  self->deadline_days = sohoa_conf_take_int (conf, "deadline", "working-days", 0, 0, 365);
}

static gboolean
refuse (GError **error, const char *name, const char *key, const char *reason)
{
  g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_CONFIG, "%s" PROFILE_SUFFIX ": %s: %s", name, key, reason);
  return FALSE;
}

/* What the reader of single keys cannot see. */
static gboolean
check_profile (const SohoaProfile *self, GError **error)
{
  if (!sohoa_day_is_valid (self->date))
    return refuse (error, self->name, "[profile] date", "must be a day like 2020-03-05");
  if (self->origin[0] == '\0')
    return refuse (error, self->name, "[profile] source", "the law it comes from is missing");
  for (guint i = 0; self->block_lines[i] != NULL; i++)
    if (!g_strv_contains (block_words, self->block_lines[i]))
      return refuse (error, self->name, "[block] lines", "only copy-form, agency, time");
  if (self->mandatory[0] == NULL)
    return refuse (error, self->name, "[review] mandatory", "at least one field");
  for (guint i = 0; self->mandatory[i] != NULL; i++)
    if (!sohoa_field_key_is_known (self->mandatory[i]))
      return refuse (error, self->name, "[review] mandatory", "a name in it is not a field");
  return TRUE;
}

SohoaProfile *
sohoa_profile_load_file (const char *path, GError **error)
{
  g_autoptr(SohoaConf) conf = sohoa_conf_load (path, FALSE, error);
  g_autoptr(SohoaProfile) self = NULL;

  if (conf == NULL)
    return NULL;
  self = g_new0 (SohoaProfile, 1);
  self->name = g_path_get_basename (path);
  if (g_str_has_suffix (self->name, PROFILE_SUFFIX))
    self->name[strlen (self->name) - strlen (PROFILE_SUFFIX)] = '\0';
  take_profile (self, conf);
  if (!sohoa_conf_finish (conf, error) || !check_profile (self, error))
    return NULL;
  return g_steal_pointer (&self);
}

/* Names come from command lines: letters, digits and '-' only, so that no other file is reached. */
static gboolean
name_is_safe (const char *name)
{
  for (const char *p = name; *p != '\0'; p++)
    if (!g_ascii_isalnum (*p) && *p != '-')
      return FALSE;
  return name[0] != '\0';
}

SohoaProfile *
sohoa_profile_load (const char *name, GError **error)
{
  const char *wanted = name != NULL && name[0] != '\0' ? name : SOHOA_PROFILE_DEFAULT;
  g_autofree char *folder = sohoa_path_data (PROFILE_FOLDER);
  g_autofree char *file = g_strconcat (wanted, PROFILE_SUFFIX, NULL);
  g_autofree char *path = g_build_filename (folder, file, NULL);

  if (!name_is_safe (wanted) || !g_file_test (path, G_FILE_TEST_IS_REGULAR)) {
    g_auto(GStrv) names = sohoa_profile_names ();
    g_autofree char *all = g_strjoinv (", ", names);

    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_NOT_FOUND,
                 "profile %s: there is no such profile: choose one of %s", wanted, all);
    return NULL;
  }
  return sohoa_profile_load_file (path, error);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

char **
sohoa_profile_names (void)
{
  g_autofree char *folder = sohoa_path_data (PROFILE_FOLDER);
  g_autoptr(GDir) dir = g_dir_open (folder, 0, NULL);
  g_autoptr(GPtrArray) names = g_ptr_array_new ();
  const char *file;

  while (dir != NULL && (file = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (file, PROFILE_SUFFIX))
      g_ptr_array_add (names, g_strndup (file, strlen (file) - strlen (PROFILE_SUFFIX)));
  g_ptr_array_sort (names, compare_names);
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&names), FALSE);
}

static gboolean
has_flag (const SohoaPageInfo *page, const char *flag)
{
  return g_ptr_array_find_with_equal_func (page->flags, flag, g_str_equal, NULL);
}

gboolean
sohoa_profile_check_page (const SohoaProfile *self, SohoaRecord *record, const SohoaPageInfo *page)
{
  g_autofree char *dpi = NULL, *colour = NULL;

  if (page->dpi <= 0)
    dpi = g_strdup_printf ("dpi: unknown (page %u)", page->index);
  else if (page->dpi + DPI_TOLERANCE < self->min_dpi)
    dpi = g_strdup_printf ("dpi: %.0f < %d (page %u)", page->dpi, self->min_dpi, page->index);
  if (self->colour && has_flag (page, "bitonal"))
    colour = g_strdup_printf ("colour: black and white (page %u)", page->index);
  else if (self->colour && has_flag (page, "gray"))
    colour = g_strdup_printf ("colour: gray (page %u)", page->index);
  if (dpi != NULL)
    sohoa_record_add_deviation (record, dpi);
  if (colour != NULL)
    sohoa_record_add_deviation (record, colour);
  return dpi == NULL && colour == NULL;
}
