/* Working days (domain.md 5.1): Monday to Friday, without the official holidays and with the Saturdays that make up for
 * them. Days off are listed, never computed: the lunar ones move and every year's exchange of days is decided anew.
 * data/lists/holidays.conf; a year that is not in it has no working days to count with, and that is said. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _SohoaCalendar SohoaCalendar;

/* Errors: SOHOA_ERROR_CONFIG "holidays.conf:line: [year] key: reason". */
SohoaCalendar *sohoa_calendar_load (GError **error);
SohoaCalendar *sohoa_calendar_load_file (const char *path, GError **error);
void           sohoa_calendar_free (SohoaCalendar *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaCalendar, sohoa_calendar_free)

/* @day: ISO. SOHOA_ERROR_NOT_FOUND when its year is not listed; _INVALID_ARGUMENT when it is no day. */
gboolean sohoa_calendar_is_working (const SohoaCalendar *self, const char *day, gboolean *working_out, GError **error);
/* The @n-th working day after @day (0: @day itself, or the next working day). ISO, g_free; NULL with the same errors. */
char    *sohoa_calendar_add (const SohoaCalendar *self, const char *day, guint n, GError **error);

G_END_DECLS
