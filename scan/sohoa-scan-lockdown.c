#include "sohoa-scan-lockdown.h"

#include "sohoa-scan-protocol.h"

#include "sohoa-errors.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#define MAX_FILES 256

static gboolean
fail (GError **error, const char *what)
{
  g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_UNAVAILABLE, "sandbox: %s: %s", what, g_strerror (errno));
  return FALSE;
}

static gboolean
limit (int what, rlim_t value, GError **error)
{
  struct rlimit r = { value, value };

  return setrlimit (what, &r) == 0 ? TRUE : fail (error, "cannot set a limit");
}

const char *
sohoa_scan_lockdown (GError **error)
{
  if (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl (PR_SET_DUMPABLE, 0, 0, 0, 0) < 0) {
    (void) fail (error, "prctl");
    return NULL;
  }
  if (!limit (RLIMIT_CORE, 0, error) || !limit (RLIMIT_FSIZE, SOHOA_SCAN_PAGE_MAX_BYTES, error)
      || !limit (RLIMIT_NOFILE, MAX_FILES, error))
    return NULL;
  return "limits";
}
