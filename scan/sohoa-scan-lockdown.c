/* Drivers are vendor code that needs USB, sockets, threads, sometimes helper programs: no allow-list fits them all.
 * What they never need is taken away: files that are not theirs (Landlock), and system calls that reach other
 * processes or the kernel's own controls (seccomp deny-list). The service adds what systemd can (data/sohoad.service). */
#define _GNU_SOURCE
#include "config.h"

#include "sohoa-scan-lockdown.h"

#include "sohoa-scan-protocol.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MAX_FILES 256
#define MAX_MEMORY_BYTES (G_GUINT64_CONSTANT (4) * 1024 * 1024 * 1024) /* address space: pictures, drivers, threads' stacks */

#define ABI_REFER 2
#define ABI_TRUNCATE 3
#define ABI_IOCTL 5
#define FS_FIRST ((1ULL << 13) - 1)   /* execute … make_sym */
#define FS_REFER (1ULL << 13)
#define FS_TRUNCATE (1ULL << 14)
#define FS_IOCTL (1ULL << 15)
#define FS_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_EXECUTE)
#define FS_OF_FILES (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_EXECUTE | FS_TRUNCATE | FS_IOCTL)

static gboolean
fail (GError **error, const char *what, int code)
{
  g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_UNAVAILABLE, "sandbox: %s: %s", what, g_strerror (code));
  return FALSE;
}

static gboolean
limit (int what, rlim_t value, GError **error)
{
  struct rlimit r = { value, value };

  return setrlimit (what, &r) == 0 ? TRUE : fail (error, "cannot set a limit", errno);
}

/* ---- Landlock ---- */

static void
allow (int ruleset, const char *path, guint64 access)
{
  SOHOA_AUTO_FD int fd = open (path, O_PATH | O_CLOEXEC);
  struct landlock_path_beneath_attr rule = { .allowed_access = access, .parent_fd = fd };
  struct stat st;

  if (fd < 0 || fstat (fd, &st) < 0)
    return; /* not installed: nothing to allow */
  if (!S_ISDIR (st.st_mode))
    rule.allowed_access &= FS_OF_FILES;
  (void) syscall (SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
}

/* Every part of a path list, and a build tree's data folder. */
static void
allow_listed (int ruleset, const char *list, guint64 access)
{
  g_auto(GStrv) parts = g_strsplit (list != NULL ? list : "", ":", -1);

  for (guint i = 0; parts[i] != NULL; i++)
    if (parts[i][0] == '/')
      allow (ruleset, parts[i], access);
}

/* FALSE without error: the kernel has no Landlock. */
static gboolean
landlock (GError **error)
{
  static const char *const readable[] = { "/usr", "/lib", "/lib64", "/bin", "/etc", "/opt", "/sys", "/proc", "/run/udev", "/run/dbus",
                                          "/run/avahi-daemon", "/run/systemd/resolve", "/run/resolvconf", "/var/lib/hp" };
  long abi = syscall (SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
  struct landlock_ruleset_attr r = { .handled_access_fs = FS_FIRST };
  g_autofree char *data = sohoa_path_data ("scan");
  SOHOA_AUTO_FD int ruleset = -1;

  if (abi < 1)
    return FALSE;
  r.handled_access_fs |= (abi >= ABI_REFER ? FS_REFER : 0) | (abi >= ABI_TRUNCATE ? FS_TRUNCATE : 0) | (abi >= ABI_IOCTL ? FS_IOCTL : 0);
  ruleset = (int) syscall (SYS_landlock_create_ruleset, &r, sizeof r, 0);
  if (ruleset < 0)
    return fail (error, "Landlock", errno);
  for (guint i = 0; i < G_N_ELEMENTS (readable); i++)
    allow (ruleset, readable[i], FS_READ);
  allow_listed (ruleset, data, FS_READ);
  allow_listed (ruleset, g_getenv ("SANE_CONFIG_DIR"), FS_READ);
  allow_listed (ruleset, g_getenv ("SOHOA_SANE_BACKEND_DIR"), FS_READ);
  allow_listed (ruleset, g_getenv (SOHOA_SCAN_PRIVATE_DIR), r.handled_access_fs);
  allow (ruleset, "/dev", r.handled_access_fs & (FS_OF_FILES | LANDLOCK_ACCESS_FS_READ_DIR) & ~(guint64) LANDLOCK_ACCESS_FS_EXECUTE);
  allow (ruleset, "/dev/shm", r.handled_access_fs & ~(guint64) LANDLOCK_ACCESS_FS_EXECUTE);
  if (syscall (SYS_landlock_restrict_self, ruleset, 0) < 0)
    return fail (error, "Landlock", errno);
  return TRUE;
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
  return rc == 0 ? TRUE : fail (error, "seccomp", -rc);
}

const char *
sohoa_scan_lockdown (GError **error)
{
  g_autoptr(GError) local = NULL;
  gboolean landlocked;

  if (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl (PR_SET_DUMPABLE, 0, 0, 0, 0) < 0) {
    (void) fail (error, "prctl", errno);
    return NULL;
  }
  if (!limit (RLIMIT_CORE, 0, error) || !limit (RLIMIT_FSIZE, SOHOA_SCAN_PAGE_MAX_BYTES, error)
      || !limit (RLIMIT_NOFILE, MAX_FILES, error))
    return NULL;
#ifndef SOHOA_SANITIZED /* shadow memory is terabytes of address space */
  if (!limit (RLIMIT_AS, MAX_MEMORY_BYTES, error))
    return NULL;
#endif
  landlocked = landlock (&local);
  if (local != NULL) {
    g_propagate_error (error, g_steal_pointer (&local));
    return NULL;
  }
  if (!seccomp (error))
    return NULL;
  return landlocked ? "files and calls" : "calls";
}
