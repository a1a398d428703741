/* A worker gone bad: locks itself down as the page worker does, then tries everything. Prints one line
 * an attempt: "name denied" or "name DONE". Arguments: a folder it may try to write in. */
#define _GNU_SOURCE
#include "sohoa-lockdown.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#define MEMORY_BOMB_BYTES (2048ul * 1024 * 1024)

static char victim[4096], fresh[4096]; /* a file that is there, a name that is not */
static int  held_socket = -1;          /* a socket from before the lock */

static void
report (const char *name, gboolean done)
{
  char line[128];
  int n = snprintf (line, sizeof line, "%s %s\n", name, done ? "DONE" : "denied");

  if (write (STDOUT_FILENO, line, n) != n)
    _exit (3);
}

static void
try_files (void)
{
  char byte;
  int fd = open ("/etc/passwd", O_RDONLY);

  report ("open-passwd", fd >= 0 && read (fd, &byte, 1) == 1);
  report ("open-shadow", open ("/etc/shadow", O_RDONLY) >= 0);
  report ("open-proc-self-mem", open ("/proc/self/mem", O_RDWR) >= 0);
  report ("open-proc-parent", open ("/proc/1/environ", O_RDONLY) >= 0);
  report ("list-root", open ("/", O_RDONLY | O_DIRECTORY) >= 0);
  report ("open-victim", open (victim, O_RDONLY) >= 0);
  report ("open-victim-write", open (victim, O_WRONLY) >= 0);
  report ("open-victim-truncate", open (victim, O_RDONLY | O_TRUNC) >= 0);
  report ("create", open (fresh, O_CREAT | O_RDWR, 0600) >= 0);
  report ("create-in-fonts", open ("/usr/share/fonts/sohoa-rogue", O_CREAT | O_RDWR, 0600) >= 0);
  report ("tmpfile", open ("/tmp", O_TMPFILE | O_RDWR, 0600) >= 0);
  report ("openat2", syscall (SYS_openat2, AT_FDCWD, "/etc/passwd", "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
                              24) >= 0);
  report ("unlink", unlink (victim) == 0);
  report ("rename", rename (victim, fresh) == 0);
  report ("link", link (victim, fresh) == 0);
  report ("symlink", symlink ("/etc/passwd", fresh) == 0);
  report ("mkdir", mkdir (fresh, 0700) == 0);
  report ("mknod", mknod (fresh, S_IFIFO | 0600, 0) == 0);
  report ("chmod", chmod (victim, 0777) == 0);
  report ("chown", chown (victim, 1, 1) == 0);
  report ("truncate", truncate (victim, 0) == 0);
  report ("mount", mount ("none", "/mnt", "tmpfs", 0, NULL) == 0);
  report ("chroot", chroot ("/") == 0);
}

static void
try_network (void)
{
  struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons (9), .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  struct sockaddr_un un = { .sun_family = AF_UNIX, .sun_path = "/run/dbus/system_bus_socket" };
  int pair[2];

  report ("socket-inet", socket (AF_INET, SOCK_STREAM, 0) >= 0);
  report ("socket-inet6", socket (AF_INET6, SOCK_DGRAM, 0) >= 0);
  report ("socket-unix", socket (AF_UNIX, SOCK_STREAM, 0) >= 0);
  report ("socket-netlink", socket (AF_NETLINK, SOCK_RAW, 0) >= 0);
  report ("socket-packet", socket (AF_PACKET, SOCK_RAW, 0) >= 0);
  report ("socketpair", socketpair (AF_UNIX, SOCK_STREAM, 0, pair) == 0);
  /* refused by the kernel's peer would be ECONNREFUSED: that is a packet sent */
  report ("connect-inet", connect (held_socket, (struct sockaddr *) &in, sizeof in) == 0 || errno == ECONNREFUSED);
  report ("connect-unix", connect (held_socket, (struct sockaddr *) &un, sizeof un) == 0 || errno == ECONNREFUSED);
  report ("bind", bind (held_socket, (struct sockaddr *) &in, sizeof in) == 0);
  report ("sendto", sendto (held_socket, "x", 1, 0, (struct sockaddr *) &in, sizeof in) >= 0 || errno == ECONNREFUSED);
  report ("io-uring", syscall (SYS_io_uring_setup, 8, NULL) >= 0 || errno == EFAULT);
}

static void
try_processes (void)
{
  char *const none[] = { NULL };
  struct iovec here = { fresh, 1 }, there = { fresh, 1 };
  pid_t child;

  report ("kill-parent", kill (getppid (), 0) == 0);
  report ("kill-all", kill (-1, 0) == 0);
  report ("tgkill-parent", syscall (SYS_tgkill, getppid (), getppid (), 0) == 0);
  report ("ptrace-parent", ptrace (PTRACE_ATTACH, getppid (), NULL, NULL) == 0);
  report ("ptrace-me", ptrace (PTRACE_TRACEME, 0, NULL, NULL) == 0);
  report ("read-parent", process_vm_readv (getppid (), &here, 1, &there, 1, 0) >= 0 || errno == EFAULT);
  child = fork ();
  if (child == 0)
    _exit (0);
  report ("fork", child > 0);
  child = vfork ();
  if (child == 0)
    _exit (0);
  report ("vfork", child > 0);
  report ("clone", syscall (SYS_clone, 0x100 | 0x200 | 0x400 | 0x800 | 0x10000 /* a thread */, NULL, NULL, NULL, NULL) > 0);
  report ("unshare", syscall (SYS_unshare, 0x10000000) == 0);
  report ("execve", execve ("/bin/true", none, none) == 0);
  report ("execveat", syscall (SYS_execveat, STDIN_FILENO, "", none, none, AT_EMPTY_PATH) == 0);
}

static void
try_itself (void)
{
  struct rlimit more = { RLIM_INFINITY, RLIM_INFINITY };
  void *code = mmap (NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  void *data = mmap (NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  report ("raise-limits", setrlimit (RLIMIT_AS, &more) == 0);
  report ("dump-core", prctl (PR_SET_DUMPABLE, 1, 0, 0, 0) == 0);
#ifndef SOHOA_SANITIZED
  report ("map-code", code != MAP_FAILED);
  report ("make-code", data != MAP_FAILED && mprotect (data, 4096, PROT_READ | PROT_EXEC) == 0);
  report ("memory-bomb", mmap (NULL, MEMORY_BOMB_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
                           != MAP_FAILED);
#else
  (void) code;
  (void) data;
#endif
  report ("bpf", syscall (SYS_bpf, 0, NULL, 0) >= 0 || errno == EFAULT || errno == EINVAL);
  report ("setuid", setuid (65534) == 0);
}

/* What the page worker needs still works: otherwise the lock would only be a wall without a door. */
static void
try_allowed (void)
{
  int fd = open ("/usr/share/fonts", O_RDONLY | O_DIRECTORY);

  report ("allowed-read-fonts", fd >= 0);
  report ("allowed-memory", malloc (64 * 1024 * 1024) != NULL);
}

int
main (int argc, char **argv)
{
  g_autoptr(GError) error = NULL;
  const char *sandbox;

  if (argc != 2)
    return 2;
  g_snprintf (victim, sizeof victim, "%s/victim", argv[1]);
  g_snprintf (fresh, sizeof fresh, "%s/fresh", argv[1]);
  held_socket = socket (AF_INET, SOCK_DGRAM, 0);
  sandbox = sohoa_lockdown (sohoa_lockdown_folders (), &error);
  if (sandbox == NULL) {
    fprintf (stderr, "%s\n", error->message);
    return 4;
  }
  report (sandbox, FALSE);
  try_files ();
  try_network ();
  try_processes ();
  try_itself ();
  try_allowed ();
  return 0;
}
