/* Private to sohoa-scan-worker: what a scanner driver may not do. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* No new privileges, limits, then Landlock and a seccomp deny-list. Gives the name for the hello; static.
 * Errors: SOHOA_ERROR_UNAVAILABLE. */
const char *sohoa_scan_lockdown (GError **error);

G_END_DECLS
