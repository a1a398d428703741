#include "sohoa-time.h"

#include <stdio.h>

#define VIETNAM_OFFSET_S (7 * 60 * 60)
#define MAX_DAYS (300 * 366) /* from the first day we know to the last */

gint64
sohoa_time_now_us (void)
{
  return g_get_real_time ();
}

static char *
format_vietnam (gint64 time_us, const char *format)
{
  g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc (time_us / G_USEC_PER_SEC);
  g_autoptr(GDateTime) vietnam = g_date_time_add_seconds (utc, VIETNAM_OFFSET_S);

  return g_date_time_format (vietnam, format);
}

char *
sohoa_time_to_iso (gint64 time_us)
{
  return format_vietnam (time_us, "%Y-%m-%dT%H:%M:%S+07:00");
}

char *
sohoa_time_to_pdf (gint64 time_us)
{
  return format_vietnam (time_us, "D:%Y%m%d%H%M%S+07'00'");
}

char *
sohoa_time_to_day (gint64 time_us)
{
  return format_vietnam (time_us, "%Y-%m-%d");
}

int
sohoa_time_year (gint64 time_us)
{
  g_autofree char *year = format_vietnam (time_us, "%Y");

  return (int) g_ascii_strtoll (year, NULL, 10);
}

gboolean
sohoa_time_from_iso (const char *iso, gint64 *time_us_out)
{
  g_autoptr(GDateTime) time = g_date_time_new_from_iso8601 (iso, NULL);

  *time_us_out = 0;
  if (time == NULL)
    return FALSE;
  *time_us_out = g_date_time_to_unix (time) * G_USEC_PER_SEC + g_date_time_get_microsecond (time);
  return TRUE;
}

static gboolean
parse_day (const char *iso_day, int *year, int *month, int *day)
{
  int used = 0;

  if (iso_day == NULL || sscanf (iso_day, "%4d-%2d-%2d%n", year, month, day, &used) != 3)
    return FALSE;
  return used == 10 && iso_day[10] == '\0' && *year >= 1900 && *year <= 2200
         && *month >= 1 && *month <= 12 && g_date_valid_dmy (*day, *month, *year);
}

gboolean
sohoa_day_is_valid (const char *iso_day)
{
  int year, month, day;

  return parse_day (iso_day, &year, &month, &day);
}

static gboolean
to_date (const char *iso_day, GDate *date)
{
  int year, month, day;

  if (!parse_day (iso_day, &year, &month, &day))
    return FALSE;
  g_date_clear (date, 1);
  g_date_set_dmy (date, (GDateDay) day, (GDateMonth) month, (GDateYear) year);
  return TRUE;
}

guint
sohoa_day_weekday (const char *iso_day)
{
  GDate date;

  return to_date (iso_day, &date) ? (guint) g_date_get_weekday (&date) : 0;
}

char *
sohoa_day_add (const char *iso_day, int n)
{
  GDate date;
  char *text;

  if (!to_date (iso_day, &date) || ABS ((gint64) n) > MAX_DAYS)
    return NULL;
  if (n >= 0)
    g_date_add_days (&date, (guint) n);
  else
    g_date_subtract_days (&date, (guint) -n);
  text = g_strdup_printf ("%04u-%02u-%02u", g_date_get_year (&date), (guint) g_date_get_month (&date), g_date_get_day (&date));
  if (!sohoa_day_is_valid (text))
    g_clear_pointer (&text, g_free);
  return text;
}

char *
sohoa_day_to_vietnamese (const char *iso_day)
{
  int year, month, day;

  if (!parse_day (iso_day, &year, &month, &day))
    return NULL;
  return g_strdup_printf ("%02d/%02d/%04d", day, month, year);
}
