/* Time. Stored as UTC + offset; law, registers, stamps, edXML and the change of year use fixed
 * +07:00 (design.md 3, "Store"); nothing here reads TZ. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Microseconds since 1970 UTC; the clock every other function takes as its argument. */
gint64 sohoa_time_now_us (void);

/* "2026-11-20T09:15:30+07:00" (ISO 8601, Vietnam zone; NĐ30 Annex I II.3). Free with g_free. */
char *sohoa_time_to_iso (gint64 time_us);

/* "D:20261120091530+07'00'" for PDF Info and signature dictionaries. Free with g_free. */
char *sohoa_time_to_pdf (gint64 time_us);

/* "2026-11-20": the calendar day in Vietnam. Free with g_free. */
char *sohoa_time_to_day (gint64 time_us);

/* The calendar year in Vietnam: the register's year (NĐ30 Art. 15, 22). */
int sohoa_time_year (gint64 time_us);

/* ISO 8601 with zone → microseconds. FALSE when malformed or without a zone. */
gboolean sohoa_time_from_iso (const char *iso, gint64 *time_us_out);

/* "2026-11-20" that exists in the calendar, between 1900 and 2200. */
gboolean sohoa_day_is_valid (const char *iso_day);

/* Monday 1 … Sunday 7; 0 when invalid. */
guint sohoa_day_weekday (const char *iso_day);

/* The day @n days later (before, when negative), ISO; NULL when @iso_day is invalid or the result lies outside 1900 to 2200. g_free. */
char *sohoa_day_add (const char *iso_day, int n);

/* ISO day → "20/11/2026" for clerks; NULL when invalid. Free with g_free. */
char *sohoa_day_to_vietnamese (const char *iso_day);

G_END_DECLS
