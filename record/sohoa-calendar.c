#include "sohoa-calendar.h"

#include "sohoa-conf.h"
#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-time.h"

#include <string.h>

#define FILE_NAME "lists/holidays.conf"
#define LIST_SECTION "list"
#define ADD_MAX 1000u /* working days */

struct _SohoaCalendar {
  GHashTable *years; /* (owned) "2026" */
  GHashTable *days;  /* (owned) ISO day → GINT_TO_POINTER (OFF or WORK) */
};

enum { OFF = 1, WORK = 2 };

void
sohoa_calendar_free (SohoaCalendar *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->years);
  g_hash_table_unref (self->days);
  g_free (self);
}

/* "2026-02-16|Tết Nguyên đán": the day and why. */
static void
take_days (SohoaCalendar *self, SohoaConf *conf, const char *year, const char *key, int kind)
{
  g_auto(GStrv) rows = sohoa_conf_take_list (conf, year, key);

  for (guint i = 0; rows[i] != NULL; i++) {
    g_auto(GStrv) pair = g_strsplit (rows[i], "|", 2);
    guint which = pair[0] != NULL ? sohoa_day_weekday (g_strstrip (pair[0])) : 0;
    g_autofree char *reason = NULL;

    if (which == 0 || g_strv_length (pair) != 2 || pair[1][0] == '\0')
      reason = g_strdup_printf ("\"%s\": \"2026-09-02|why\" is wanted", rows[i]);
    else if (strncmp (pair[0], year, 4) != 0)
      reason = g_strdup_printf ("%s: is not of this year", pair[0]);
    else if (g_hash_table_contains (self->days, pair[0]))
      reason = g_strdup_printf ("%s: is listed twice", pair[0]);
    else if (kind == WORK && which < 6)
      reason = g_strdup_printf ("%s: is a working day anyway", pair[0]);
    if (reason != NULL) {
      sohoa_conf_refuse (conf, year, key, reason);
      return;
    }
    g_hash_table_insert (self->days, g_strdup (pair[0]), GINT_TO_POINTER (kind));
  }
  if (kind == OFF && rows[0] == NULL)
    sohoa_conf_refuse (conf, year, key, "a year has holidays: list them or take the year out");
}

static gboolean
is_year (const char *text)
{
  return strlen (text) == 4 && strspn (text, "0123456789") == 4;
}

SohoaCalendar *
sohoa_calendar_load_file (const char *path, GError **error)
{
  g_autoptr(SohoaCalendar) self = g_new0 (SohoaCalendar, 1);
  g_autoptr(SohoaConf) conf = NULL;
  g_auto(GStrv) sections = NULL;

  self->years = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->days = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  conf = sohoa_conf_load (path, FALSE, error);
  if (conf == NULL)
    return NULL;
  (void) sohoa_conf_take_int (conf, LIST_SECTION, "version", 1, 1, 1);
  g_free (sohoa_conf_take_string (conf, LIST_SECTION, "source", ""));
  g_free (sohoa_conf_take_string (conf, LIST_SECTION, "date", ""));
  sections = sohoa_conf_get_sections (conf);
  for (guint i = 0; sections[i] != NULL; i++) {
    if (!is_year (sections[i]))
      continue; /* left over: refused below by name */
    g_hash_table_add (self->years, g_strdup (sections[i]));
    g_free (sohoa_conf_take_string (conf, sections[i], "source", ""));
    take_days (self, conf, sections[i], "off", OFF);
    take_days (self, conf, sections[i], "work", WORK);
  }
  return sohoa_conf_finish (conf, error) ? g_steal_pointer (&self) : NULL;
}

SohoaCalendar *
sohoa_calendar_load (GError **error)
{
  g_autofree char *path = sohoa_path_data (FILE_NAME);

  return sohoa_calendar_load_file (path, error);
}

gboolean
sohoa_calendar_is_working (const SohoaCalendar *self, const char *day, gboolean *working_out, GError **error)
{
  guint which = sohoa_day_weekday (day);
  g_autofree char *year = which != 0 ? g_strndup (day, 4) : NULL;
  int listed = GPOINTER_TO_INT (g_hash_table_lookup (self->days, day));

  *working_out = FALSE;
  if (which == 0) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "%s: not a day: write 2026-11-20", day);
    return FALSE;
  }
  if (!g_hash_table_contains (self->years, year)) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_NOT_FOUND,
                 "holidays.conf: the days off of %s are not listed: add the year's official notice", year);
    return FALSE;
  }
  *working_out = listed == WORK || (listed != OFF && which < 6);
  return TRUE;
}

char *
sohoa_calendar_add (const SohoaCalendar *self, const char *day, guint n, GError **error)
{
  g_autofree char *now = g_strdup (day);
  gboolean working = FALSE;

  if (n > ADD_MAX) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "%u working days: at most %u", n, ADD_MAX);
    return NULL;
  }
  if (!sohoa_calendar_is_working (self, now, &working, error))
    return NULL;
  while (n > 0 || !working) {
    g_autofree char *next = sohoa_day_add (now, 1);

    if (!sohoa_calendar_is_working (self, next != NULL ? next : "", &working, error))
      return NULL;
    g_free (now);
    now = g_steal_pointer (&next);
    if (working && n > 0)
      n--;
  }
  return g_steal_pointer (&now);
}
