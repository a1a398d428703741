/* Secrets come from private files only: never from a command line, a variable or a world-readable
 * configuration. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Reads a secret (one line, at most 4 KiB, white space at its end dropped) from a regular file that
 * only its owner may read. SOHOA_ERROR_CONFIG otherwise; the text never holds the secret. g_free. */
char *sohoa_secret_read (const char *path, GError **error);

/* A secret on its way to another program: the reading end, close-on-exec, of a pipe that holds @secret (at most 4 KiB) and
 * nothing else. -1 with SOHOA_ERROR_INTERNAL. */
int sohoa_secret_open_pipe (const char *secret, GError **error);

G_END_DECLS
