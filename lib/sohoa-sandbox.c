#define _GNU_SOURCE
#include "config.h"

#include "sohoa-sandbox.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Versions of Landlock's interface, and what each can forbid. */
#define ABI_REFER 2
#define ABI_TRUNCATE 3
#define ABI_NET 4
#define ABI_IOCTL 5
#define ABI_SCOPE 6
#define FS_FIRST ((1ULL << 13) - 1) /* execute … make_sym */
#define FS_REFER (1ULL << 13)
#define NET_ALL 3ULL   /* bind and connect TCP */
#define SCOPE_ALL 3ULL /* abstract sockets, signals */

/* struct landlock_ruleset_attr as of version 6. */
typedef struct {
  guint64 fs, net, scoped;
} Ruleset;

gboolean
sohoa_sandbox_fail (GError **error, const char *what, int code)
{
  g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_UNAVAILABLE, "sandbox: %s: %s: a kernel with seccomp is needed", what,
               g_strerror (code));
  return FALSE;
}

gboolean
sohoa_sandbox_limit (int what, rlim_t value, GError **error)
{
  struct rlimit r = { value, value };

  return setrlimit (what, &r) == 0 ? TRUE : sohoa_sandbox_fail (error, "cannot set a limit", errno);
}

gboolean
sohoa_sandbox_give_up_powers (GError **error)
{
  if (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl (PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
    return sohoa_sandbox_fail (error, "prctl", errno);
  return sohoa_sandbox_limit (RLIMIT_CORE, 0, error);
}

gboolean
sohoa_sandbox_rules_begin (SohoaSandboxRules *rules, gboolean network, GError **error)
{
  long abi = syscall (SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
  gsize size = abi >= ABI_SCOPE ? sizeof (Ruleset) : abi >= ABI_NET ? 2 * sizeof (guint64) : sizeof (guint64);
  Ruleset r = { .fs = FS_FIRST };

  *rules = (SohoaSandboxRules) { .fd = -1 };
  if (abi < 1)
    return TRUE;
  r.fs |= (abi >= ABI_REFER ? FS_REFER : 0) | (abi >= ABI_TRUNCATE ? SOHOA_SANDBOX_TRUNCATE : 0) | (abi >= ABI_IOCTL ? SOHOA_SANDBOX_IOCTL : 0);
  if (network)
    size = sizeof (guint64);
  else {
    r.net = NET_ALL;
    r.scoped = SCOPE_ALL;
  }
  rules->access = r.fs;
  rules->fd = (int) syscall (SYS_landlock_create_ruleset, &r, size, 0);
  return rules->fd >= 0 ? TRUE : sohoa_sandbox_fail (error, "Landlock", errno);
}

gboolean
sohoa_sandbox_rules_allow (SohoaSandboxRules *rules, const char *path, guint64 access, GError **error)
{
  SOHOA_AUTO_FD int fd = open (path, O_PATH | O_CLOEXEC);
  struct landlock_path_beneath_attr rule = { .allowed_access = access & rules->access, .parent_fd = fd };
  struct stat st;

  if (rules->fd < 0 || fd < 0 || fstat (fd, &st) < 0)
    return TRUE; /* not installed: nothing to allow */
  if (!S_ISDIR (st.st_mode))
    rule.allowed_access &= SOHOA_SANDBOX_OF_FILES;
  if (syscall (SYS_landlock_add_rule, rules->fd, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0)
    return TRUE;
  return sohoa_sandbox_fail (error, "Landlock", errno);
}

gboolean
sohoa_sandbox_rules_apply (SohoaSandboxRules *rules, GError **error)
{
  SOHOA_AUTO_FD int fd = g_steal_fd (&rules->fd);

  return fd < 0 || syscall (SYS_landlock_restrict_self, fd, 0) == 0 ? TRUE : sohoa_sandbox_fail (error, "Landlock", errno);
}
