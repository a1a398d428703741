/* One throw-away authority and one folder for all rows of a test program. */
#pragma once

#include <gio/gio.h>

#include "sohoa-range.h"
#include "sohoa-signer.h"

void  fixture_open (void);  /* makes the folder and the keys */
void  fixture_close (void); /* removes them */
char *fixture_path (const char *name); /* g_free */
/* Runs a program (NULL-terminated words, "@name" = fixture_path (name)); TRUE when it ends with 0. */
gboolean fixture_run (const char *program, ...) G_GNUC_NULL_TERMINATED;
int      fixture_file (const char *data, gsize length); /* a memory file to sign; close it */
GBytes  *fixture_read (const char *name);
void     fixture_write (const char *name, GBytes *bytes);
int      fixture_pipe (const char *text); /* descriptor to read @text from; close it */
