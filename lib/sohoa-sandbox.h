/* The pieces of a worker's lock that do not depend on the worker: no new powers, limits, Landlock by its system calls
 * (Debian 12's headers know only its first versions). Which system calls a worker may make is its own list. */
#pragma once

#include <gio/gio.h>
#include <linux/landlock.h>
#include <sys/resource.h>

G_BEGIN_DECLS

/* A Landlock ruleset in the making: everything is forbidden, every allowed path takes something back. */
typedef struct {
  int     fd;     /* (owned) -1: the kernel has no Landlock */
  guint64 access; /* every file access this kernel can forbid, LANDLOCK_ACCESS_FS_* and later ones */
} SohoaSandboxRules;

#define SOHOA_SANDBOX_TRUNCATE (1ULL << 14)
#define SOHOA_SANDBOX_IOCTL (1ULL << 15)
#define SOHOA_SANDBOX_OF_FILES                                                                                                      \
  (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_EXECUTE | SOHOA_SANDBOX_TRUNCATE               \
   | SOHOA_SANDBOX_IOCTL) /* what a plain file or a device can have */
#define SOHOA_SANDBOX_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)

/* No new privileges by exec, no core dump, not to be traced by its user. This and what follows set
 * SOHOA_ERROR_UNAVAILABLE; an error means that the worker must exit. */
gboolean sohoa_sandbox_give_up_powers (GError **error);
/* Soft and hard limit of RLIMIT_*. */
gboolean sohoa_sandbox_limit (int what, rlim_t value, GError **error);
/* @network: may use TCP and signal others. FALSE with @error; a kernel without Landlock is not an error. */
gboolean sohoa_sandbox_rules_begin (SohoaSandboxRules *rules, gboolean network, GError **error);
/* A path that does not exist is skipped; of @access a plain file gets what a file can have. */
gboolean sohoa_sandbox_rules_allow (SohoaSandboxRules *rules, const char *path, guint64 access, GError **error);
/* Puts them on the calling thread and closes them; does nothing without Landlock. */
gboolean sohoa_sandbox_rules_apply (SohoaSandboxRules *rules, GError **error);
/* Gives always FALSE. @code: errno. */
gboolean sohoa_sandbox_fail (GError **error, const char *what, int code);

G_END_DECLS
