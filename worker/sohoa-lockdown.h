/* The lock every parser of foreign bytes lives behind. After sohoa_lockdown() the process can read a few
 * folders of fonts and models, use the descriptors it holds or is sent over SOHOA_WORKER_FD, and nothing
 * else: no sockets, no programs, no processes, no writing of files by name, no looking at others. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define SOHOA_LOCKDOWN_MAX_FDS 64       /* open at once */
#define SOHOA_LOCKDOWN_STRICT "strict"   /* seccomp and Landlock */
#define SOHOA_LOCKDOWN_SECCOMP "seccomp" /* the kernel has no Landlock: nothing restricts what may be read */
#define SOHOA_LOCKDOWN_RELAXED "relaxed" /* build with sanitizers: their runtime needs more, a deny list is used */

/* Locks the calling process for good; call with one thread. @readable: paths that may still be opened
 * for reading; missing ones are skipped. Gives one of the names above, static; NULL with
 * SOHOA_ERROR_UNAVAILABLE when not even seccomp works: the caller must exit. */
const char *sohoa_lockdown (const char *const *readable, GError **error);

/* What the page worker may read: models, fonts, font caches, CMaps, colour profiles. NULL-terminated, static. */
const char *const *sohoa_lockdown_folders (void);

G_END_DECLS
