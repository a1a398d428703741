/* Drivers are vendor code that needs USB, sockets, threads, sometimes helper programs: no allow-list fits them all.
 * What they never need is taken away: files that are not theirs (Landlock), and system calls that reach other
 * processes or the kernel's own controls (seccomp deny-list). The service adds what systemd can (data/sohoad.service). */
#define _GNU_SOURCE
#include "config.h"

#include "sohoa-scan-lockdown.h"

#include "sohoa-scan-protocol.h"

#include "sohoa-file.h"
#include "sohoa-sandbox.h"

#include <errno.h>
#include <seccomp.h>
#include <unistd.h>

#define MAX_FILES 256
#define MAX_MEMORY_BYTES (G_GUINT64_CONSTANT (4) * 1024 * 1024 * 1024) /* address space: pictures, drivers, threads' stacks */

/* ---- Landlock ---- */

#define ACCESS_RUN (SOHOA_SANDBOX_READ | LANDLOCK_ACCESS_FS_EXECUTE) /* drivers, and the helper programs some of them start */

/* Every absolute path of a list parted by colons. */
static gboolean
allow_listed (SohoaSandboxRules *rules, const char *list, guint64 access, GError **error)
{
  g_auto(GStrv) parts = g_strsplit (list != NULL ? list : "", ":", -1);

  for (guint i = 0; parts[i] != NULL; i++)
    if (parts[i][0] == '/' && !sohoa_sandbox_rules_allow (rules, parts[i], access, error))
      return FALSE;
  return TRUE;
}

static gboolean
allow_files (SohoaSandboxRules *rules, GError **error)
{
  static const char *const readable[] = { "/usr", "/lib", "/lib64", "/bin", "/etc", "/opt", "/sys", "/proc", "/run/udev", "/run/dbus",
                                          "/run/avahi-daemon", "/run/systemd/resolve", "/run/resolvconf", "/var/lib/hp" };
  g_autofree char *data = sohoa_path_data ("scan");
  guint64 written = rules->access & ~(guint64) LANDLOCK_ACCESS_FS_EXECUTE;

  for (guint i = 0; i < G_N_ELEMENTS (readable); i++)
    if (!sohoa_sandbox_rules_allow (rules, readable[i], ACCESS_RUN, error))
      return FALSE;
  return allow_listed (rules, data, ACCESS_RUN, error) && allow_listed (rules, g_getenv ("SANE_CONFIG_DIR"), ACCESS_RUN, error)
         && allow_listed (rules, g_getenv ("SOHOA_SANE_BACKEND_DIR"), ACCESS_RUN, error)
         && allow_listed (rules, g_getenv (SOHOA_SCAN_PRIVATE_DIR), rules->access, error)
         && sohoa_sandbox_rules_allow (rules, "/dev", written & (SOHOA_SANDBOX_OF_FILES | LANDLOCK_ACCESS_FS_READ_DIR), error)
         && sohoa_sandbox_rules_allow (rules, "/dev/shm", written, error);
}

/* @locked: FALSE: the kernel has no Landlock. */
static gboolean
landlock (gboolean *locked, GError **error)
{
  SohoaSandboxRules rules;

  if (!sohoa_sandbox_rules_begin (&rules, TRUE, error))
    return FALSE;
  *locked = rules.fd >= 0;
  return allow_files (&rules, error) && sohoa_sandbox_rules_apply (&rules, error);
}

/* ---- seccomp ---- */

static int
deny_calls (scmp_filter_ctx ctx)
{
  static const int denied[] = {
    SCMP_SYS (ptrace), SCMP_SYS (process_vm_readv), SCMP_SYS (process_vm_writev), SCMP_SYS (mount), SCMP_SYS (umount2),
    SCMP_SYS (pivot_root), SCMP_SYS (chroot), SCMP_SYS (unshare), SCMP_SYS (setns), SCMP_SYS (bpf), SCMP_SYS (perf_event_open),
    SCMP_SYS (userfaultfd), SCMP_SYS (io_uring_setup), SCMP_SYS (io_uring_enter), SCMP_SYS (io_uring_register),
    SCMP_SYS (kexec_load), SCMP_SYS (kexec_file_load), SCMP_SYS (init_module), SCMP_SYS (finit_module), SCMP_SYS (delete_module),
    SCMP_SYS (reboot), SCMP_SYS (swapon), SCMP_SYS (swapoff), SCMP_SYS (settimeofday), SCMP_SYS (clock_settime), SCMP_SYS (keyctl),
    SCMP_SYS (add_key), SCMP_SYS (request_key), SCMP_SYS (acct), SCMP_SYS (quotactl), SCMP_SYS (open_by_handle_at),
  };
  int rc = 0;

  for (guint i = 0; i < G_N_ELEMENTS (denied) && rc == 0; i++)
    rc = seccomp_rule_add (ctx, SCMP_ACT_ERRNO (EPERM), denied[i], 0);
  return rc;
}

/* Drivers may end their own helpers, but not the daemon they work for. */
static int
deny_parent (scmp_filter_ctx ctx)
{
  static const int by_pid[] = { SCMP_SYS (kill), SCMP_SYS (tgkill), SCMP_SYS (prlimit64), SCMP_SYS (pidfd_open), SCMP_SYS (rt_sigqueueinfo) };
  scmp_datum_t parent = (scmp_datum_t) getppid ();
  int rc = 0;

  for (guint i = 0; i < G_N_ELEMENTS (by_pid) && rc == 0; i++)
    rc = seccomp_rule_add (ctx, SCMP_ACT_ERRNO (EPERM), by_pid[i], 1, SCMP_A0 (SCMP_CMP_EQ, parent));
  /* "everybody I may signal" */
  return rc == 0 ? seccomp_rule_add (ctx, SCMP_ACT_ERRNO (EPERM), SCMP_SYS (kill), 1, SCMP_A0 (SCMP_CMP_MASKED_EQ, 0xffffffff, 0xffffffff)) : rc;
}

static gboolean
seccomp (GError **error)
{
  scmp_filter_ctx ctx = seccomp_init (SCMP_ACT_ALLOW);
  int rc = ctx != NULL ? deny_calls (ctx) : -ENOMEM;

  if (rc == 0)
    rc = deny_parent (ctx);
  if (rc == 0)
    rc = seccomp_load (ctx);
  if (ctx != NULL)
    seccomp_release (ctx);
  return rc == 0 ? TRUE : sohoa_sandbox_fail (error, "seccomp", -rc);
}

const char *
sohoa_scan_lockdown (GError **error)
{
  gboolean landlocked = FALSE;

  if (!sohoa_sandbox_give_up_powers (error) || !sohoa_sandbox_limit (RLIMIT_FSIZE, SOHOA_SCAN_PAGE_MAX_BYTES, error)
      || !sohoa_sandbox_limit (RLIMIT_NOFILE, MAX_FILES, error))
    return NULL;
#ifndef SOHOA_SANITIZED /* shadow memory is terabytes of address space */
  if (!sohoa_sandbox_limit (RLIMIT_AS, MAX_MEMORY_BYTES, error))
    return NULL;
#endif
  if (!landlock (&landlocked, error) || !seccomp (error))
    return NULL;
  return landlocked ? "files and calls" : "calls";
}
