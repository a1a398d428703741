#define _GNU_SOURCE
#include "config.h"

#include "sohoa-lockdown.h"

#include "sohoa-protocol.h"
#include "sohoa-sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

const char *const *
sohoa_lockdown_folders (void)
{
  static const char *const folders[] = {
    "/usr/share/tesseract-ocr", "/usr/share/fonts", "/usr/local/share/fonts", "/usr/share/fontconfig", "/etc/fonts",
    "/var/cache/fontconfig", "/usr/share/poppler", "/usr/share/color", "/usr/share/ghostscript", NULL,
  };

  return folders;
}

/* ---- rlimits ---- */

static gboolean
set_limits (GError **error)
{
#ifndef SOHOA_SANITIZED /* shadow memory is terabytes of address space */
  if (!sohoa_sandbox_limit (RLIMIT_AS, SOHOA_WORKER_MEMORY_BYTES, error))
    return FALSE;
#endif
  return sohoa_sandbox_limit (RLIMIT_FSIZE, SOHOA_INPUT_MAX_BYTES, error)
         && sohoa_sandbox_limit (RLIMIT_NOFILE, SOHOA_LOCKDOWN_MAX_FDS, error) && sohoa_sandbox_limit (RLIMIT_NPROC, 0, error);
}

/* ---- Landlock ---- */

/* @locked: FALSE: the kernel has no Landlock. */
static gboolean
landlock (const char *const *readable, gboolean *locked, GError **error)
{
  SohoaSandboxRules rules;

  if (!sohoa_sandbox_rules_begin (&rules, FALSE, error))
    return FALSE;
  *locked = rules.fd >= 0;
  for (guint i = 0; readable[i] != NULL; i++)
    if (!sohoa_sandbox_rules_allow (&rules, readable[i], SOHOA_SANDBOX_READ, error))
      return FALSE;
  return sohoa_sandbox_rules_apply (&rules, error);
}

/* ---- seccomp ---- */

#ifdef SOHOA_SANITIZED

/* The relaxed policy: what must never happen, for runtimes that need threads, maps and files of their own. */
static int
add_rules (scmp_filter_ctx ctx)
{
  static const int denied[] = {
    SCMP_SYS (socket), SCMP_SYS (connect), SCMP_SYS (bind), SCMP_SYS (listen), SCMP_SYS (accept), SCMP_SYS (accept4),
    SCMP_SYS (execve), SCMP_SYS (execveat), SCMP_SYS (fork), SCMP_SYS (vfork), SCMP_SYS (ptrace), SCMP_SYS (mount),
    SCMP_SYS (process_vm_readv), SCMP_SYS (process_vm_writev), SCMP_SYS (unlink), SCMP_SYS (unlinkat),
    SCMP_SYS (rename), SCMP_SYS (renameat), SCMP_SYS (renameat2), SCMP_SYS (mkdir), SCMP_SYS (mkdirat),
    SCMP_SYS (mknod), SCMP_SYS (mknodat), SCMP_SYS (chmod), SCMP_SYS (fchmodat), SCMP_SYS (fchmod), SCMP_SYS (kill),
    SCMP_SYS (link), SCMP_SYS (linkat), SCMP_SYS (symlink), SCMP_SYS (symlinkat), SCMP_SYS (truncate),
    SCMP_SYS (io_uring_setup), SCMP_SYS (bpf), SCMP_SYS (userfaultfd), SCMP_SYS (unshare), SCMP_SYS (setns),
    SCMP_SYS (chown), SCMP_SYS (fchown), SCMP_SYS (fchownat), SCMP_SYS (openat2), SCMP_SYS (clone3),
  };
  int rc = 0;

  for (guint i = 0; i < G_N_ELEMENTS (denied) && rc == 0; i++)
    rc = seccomp_rule_add (ctx, SCMP_ACT_ERRNO (EPERM), denied[i], 0);
  if (rc == 0)
    rc = seccomp_rule_add (ctx, SCMP_ACT_ERRNO (EPERM), SCMP_SYS (openat), 1,
                           SCMP_A2 (SCMP_CMP_MASKED_EQ, O_CREAT, O_CREAT));
  return rc;
}
#define DEFAULT_ACTION SCMP_ACT_ALLOW

#else

/* Calls that are harmless with any argument. */
static const int allowed[] = {
  /* descriptors it holds */
  SCMP_SYS (read), SCMP_SYS (readv), SCMP_SYS (pread64), SCMP_SYS (preadv), SCMP_SYS (write), SCMP_SYS (writev),
  SCMP_SYS (pwrite64), SCMP_SYS (pwritev), SCMP_SYS (lseek), SCMP_SYS (close), SCMP_SYS (ftruncate),
  SCMP_SYS (fsync), SCMP_SYS (fdatasync), SCMP_SYS (memfd_create), SCMP_SYS (fadvise64), SCMP_SYS (poll), SCMP_SYS (ppoll),
  /* looking at names (what may be opened, Landlock says) */
  SCMP_SYS (fstat), SCMP_SYS (newfstatat), SCMP_SYS (stat), SCMP_SYS (lstat), SCMP_SYS (statx), SCMP_SYS (access),
  SCMP_SYS (faccessat), SCMP_SYS (faccessat2), SCMP_SYS (getdents64), SCMP_SYS (readlink), SCMP_SYS (readlinkat),
  SCMP_SYS (fstatfs), SCMP_SYS (statfs), SCMP_SYS (getcwd),
  /* memory and time */
  SCMP_SYS (munmap), SCMP_SYS (mremap), SCMP_SYS (brk), SCMP_SYS (madvise), SCMP_SYS (futex), SCMP_SYS (clock_gettime),
  SCMP_SYS (clock_getres), SCMP_SYS (clock_nanosleep), SCMP_SYS (nanosleep), SCMP_SYS (gettimeofday), SCMP_SYS (time),
  SCMP_SYS (times), SCMP_SYS (getrandom),
  /* itself */
  SCMP_SYS (getpid), SCMP_SYS (gettid), SCMP_SYS (getuid), SCMP_SYS (geteuid), SCMP_SYS (getgid), SCMP_SYS (getegid),
  SCMP_SYS (getrusage), SCMP_SYS (getrlimit), SCMP_SYS (sysinfo), SCMP_SYS (uname), SCMP_SYS (sched_yield),
  SCMP_SYS (sched_getaffinity), SCMP_SYS (rt_sigaction), SCMP_SYS (rt_sigprocmask), SCMP_SYS (rt_sigreturn),
  SCMP_SYS (sigaltstack), SCMP_SYS (restart_syscall), SCMP_SYS (rseq), SCMP_SYS (exit), SCMP_SYS (exit_group),
};

#define WRITING_FLAGS (O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND | (O_TMPFILE & ~O_DIRECTORY))

static int
allow_descriptor_calls (scmp_filter_ctx ctx)
{
  static const int fcntls[] = { F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_ADD_SEALS, F_GET_SEALS };
  int rc = 0;

  for (guint i = 0; i < G_N_ELEMENTS (fcntls) && rc == 0; i++)
    rc = seccomp_rule_add (ctx, SCMP_ACT_ALLOW, SCMP_SYS (fcntl), 1, SCMP_A1 (SCMP_CMP_EQ, fcntls[i]));
  if (rc == 0) /* names may be opened for reading only */
    rc = seccomp_rule_add (ctx, SCMP_ACT_ALLOW, SCMP_SYS (openat), 1, SCMP_A2 (SCMP_CMP_MASKED_EQ, WRITING_FLAGS, 0));
  if (rc == 0)
    rc = seccomp_rule_add (ctx, SCMP_ACT_ALLOW, SCMP_SYS (open), 1, SCMP_A1 (SCMP_CMP_MASKED_EQ, WRITING_FLAGS, 0));
  if (rc == 0) /* one pipe, and no way to make another */
    rc = seccomp_rule_add (ctx, SCMP_ACT_ALLOW, SCMP_SYS (sendmsg), 1, SCMP_A0 (SCMP_CMP_EQ, SOHOA_WORKER_FD));
  if (rc == 0)
    rc = seccomp_rule_add (ctx, SCMP_ACT_ALLOW, SCMP_SYS (recvmsg), 1, SCMP_A0 (SCMP_CMP_EQ, SOHOA_WORKER_FD));
  return rc;
}

static int
add_rules (scmp_filter_ctx ctx)
{
  int rc = allow_descriptor_calls (ctx);

  for (guint i = 0; i < G_N_ELEMENTS (allowed) && rc == 0; i++)
    rc = seccomp_rule_add (ctx, SCMP_ACT_ALLOW, allowed[i], 0);
  if (rc == 0) /* no new code: nothing is loaded or written and then run */
    rc = seccomp_rule_add (ctx, SCMP_ACT_ALLOW, SCMP_SYS (mmap), 1, SCMP_A2 (SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
  if (rc == 0)
    rc = seccomp_rule_add (ctx, SCMP_ACT_ALLOW, SCMP_SYS (mprotect), 1, SCMP_A2 (SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
  if (rc == 0) /* abort() */
    rc = seccomp_rule_add (ctx, SCMP_ACT_ALLOW, SCMP_SYS (tgkill), 1, SCMP_A0 (SCMP_CMP_EQ, (guint) getpid ()));
  if (rc == 0) /* asking for its own limits, not setting them */
    rc = seccomp_rule_add (ctx, SCMP_ACT_ALLOW, SCMP_SYS (prlimit64), 2, SCMP_A0 (SCMP_CMP_EQ, 0),
                           SCMP_A2 (SCMP_CMP_EQ, 0));
  return rc;
}
#define DEFAULT_ACTION SCMP_ACT_ERRNO (EPERM)

#endif

static gboolean
seccomp (GError **error)
{
  scmp_filter_ctx ctx = seccomp_init (DEFAULT_ACTION);
  int rc = ctx != NULL ? add_rules (ctx) : -ENOMEM;

  if (rc == 0)
    rc = seccomp_load (ctx);
  if (ctx != NULL)
    seccomp_release (ctx);
  return rc == 0 ? TRUE : sohoa_sandbox_fail (error, "seccomp", -rc);
}

const char *
sohoa_lockdown (const char *const *readable, GError **error)
{
  gboolean landlocked = FALSE;

  if (!sohoa_sandbox_give_up_powers (error) || !set_limits (error) || !landlock (readable, &landlocked, error) || !seccomp (error))
    return NULL;
#ifdef SOHOA_SANITIZED
  (void) landlocked;
  return SOHOA_LOCKDOWN_RELAXED;
#else
  return landlocked ? SOHOA_LOCKDOWN_STRICT : SOHOA_LOCKDOWN_SECCOMP;
#endif
}
