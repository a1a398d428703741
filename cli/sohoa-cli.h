/* What the commands of `sohoa` share: one table of commands, one way to fail, one way to the bus. */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

#include "sohoa-errors.h"
#include "sohoa-levels.h"

G_BEGIN_DECLS

/* A command gets its own argv (argv[0] is its name) and gives the exit status, SOHOA_EXIT_…; on failure
 * with @error set the status is taken from the error. */
typedef int (*SohoaCommandFunc) (int argc, char **argv, GError **error);

typedef struct {
  const char      *name;
  const char      *usage; /* after the name */
  const char      *help;  /* one line */
  SohoaCommandFunc run;
} SohoaCommand;

extern const SohoaCommand sohoa_commands[]; /* ends with a NULL name */

int sohoa_cli_process (int argc, char **argv, GError **error);
int sohoa_cli_sign_file (int argc, char **argv, GError **error);
int sohoa_cli_verify (int argc, char **argv, GError **error);
int sohoa_cli_add (int argc, char **argv, GError **error);
int sohoa_cli_list (int argc, char **argv, GError **error);
int sohoa_cli_show (int argc, char **argv, GError **error);
int sohoa_cli_watch (int argc, char **argv, GError **error);
int sohoa_cli_change (int argc, char **argv, GError **error); /* confirm, reject, cancel, submit, recall, release, purge */
int sohoa_cli_answer (int argc, char **argv, GError **error);
int sohoa_cli_sign (int argc, char **argv, GError **error);
int sohoa_cli_duplicates (int argc, char **argv, GError **error);
int sohoa_cli_agencies (int argc, char **argv, GError **error);
int sohoa_cli_set (int argc, char **argv, GError **error);
int sohoa_cli_reprocess (int argc, char **argv, GError **error);
int sohoa_cli_export (int argc, char **argv, GError **error);
int sohoa_cli_register (int argc, char **argv, GError **error);
int sohoa_cli_audit (int argc, char **argv, GError **error);
int sohoa_cli_doctor (int argc, char **argv, GError **error);
int sohoa_cli_devices (int argc, char **argv, GError **error);
int sohoa_cli_scan (int argc, char **argv, GError **error);
int sohoa_cli_separators (int argc, char **argv, GError **error);
int sohoa_cli_renew (int argc, char **argv, GError **error);
int sohoa_cli_absent (int argc, char **argv, GError **error); /* a command of a later version */

/* Parses @argv by @entries. FALSE on a usage error (G_OPTION_ERROR, exit 2). `--help` prints and exits 0.
 * What is no option stays in @argv from 1. */
gboolean sohoa_cli_parse (const char *name, const char *usage, const GOptionEntry *entries, int *argc,
                          char ***argv, GError **error);

/* A usage error: G_OPTION_ERROR_FAILED with this text. Always FALSE. */
gboolean sohoa_cli_usage_error (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* Prints "sohoa: <message>" as one line on stderr, control characters and line breaks made harmless. */
void sohoa_cli_complain (const char *message);

/* `--json` may stand without a file: makes "--json FILE" and a lone "--json" into "--json=FILE" and "--json=-".
 * A word behind it is the file unless it is an option or an existing file that does not end in ".json" (that is an
 * input). @argv is replaced by a new vector, g_strfreev. */
char **sohoa_cli_join_json (int argc, char **argv);

/* Opens a regular file for reading; "-" reads standard input into a memory file (at most
 * SOHOA_INPUT_MAX_BYTES). -1 with SOHOA_INTAKE_ERROR_UNREADABLE, _NOT_A_FILE, _TOO_LARGE. */
int sohoa_cli_open_input (const char *path, GError **error);

/* Writes one whole text to @path, "-" = standard output. */
gboolean sohoa_cli_write_text (const char *path, const char *text, GError **error);

/* SIGINT and SIGTERM cancel this; set up once, before any thread starts. Borrowed. */
GCancellable *sohoa_cli_cancellable (void);

/* One line of a report: what, "ok" | "warning" | "failed", text. */
typedef void (*SohoaTell) (const char *check, const char *verdict, const char *text);
/* The tokens that fit @uri (RFC 7512), without their PIN. */
void sohoa_cli_report_tokens (const char *uri, SohoaTell tell);

/* ---- levels and authorities ---- */

typedef struct {
  char *level, *tsa, *policy, *proxy; /* (nullable) */
  char **trust;                       /* (nullable) */
  int   timeout_s;                    /* 0 = 180 s, three attempts; else one attempt */
} SohoaCliLevel;

#define SOHOA_CLI_LEVEL_ENTRIES(o) \
  { "level", 0, 0, G_OPTION_ARG_STRING, &(o).level, "PAdES level: b, t, lt or lta (lta when --tsa is given)", "LEVEL" }, \
  { "tsa", 0, 0, G_OPTION_ARG_STRING, &(o).tsa, "time stamp authority (levels t, lt, lta)", "URL" }, \
  { "tsa-policy", 0, 0, G_OPTION_ARG_STRING, &(o).policy, "policy to ask the authority for", "OID" }, \
  { "tsa-timeout", 0, 0, G_OPTION_ARG_INT, &(o).timeout_s, "wait so long, once (180 s, three times)", "SECONDS" }, \
  { "proxy", 0, 0, G_OPTION_ARG_STRING, &(o).proxy, "HTTP proxy (else http_proxy of the environment)", "URL" }, \
  { "trust", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &(o).trust, "certificates where authorities' chains must end", "PEM" }

/* Fills @out from the options; its trust_pem is yours, the rest borrowed from @o. FALSE: usage error. */
gboolean sohoa_cli_take_services (const SohoaCliLevel *o, SohoaTrustServices *out, GError **error);
/* All @paths in one PEM; NULL without an error when there are none. */
GBytes *sohoa_cli_read_trust (char **paths, GError **error);

/* ---- the bus ---- */

#define SOHOA_BUS_NAME "vn.sohoa.Desk1"
#define SOHOA_BUS_PATH "/vn/sohoa/Desk1"
#define SOHOA_BUS_DOCUMENTS "vn.sohoa.Desk1.Documents"
#define SOHOA_BUS_DAEMON "vn.sohoa.Desk1.Daemon"

/* "session", "system" or NULL: from SOHOA_BUS, else system when sohoad is there, else session. */
void sohoa_cli_choose_bus (const char *which);
/* Borrowed; SOHOA_ERROR_UNAVAILABLE when no bus or no daemon is there. */
GDBusConnection *sohoa_cli_bus (GError **error);
/* One call; the error is ours (sohoa-errors.h) with the remote prefix stripped. @fds nullable. */
GVariant *sohoa_cli_call (const char *interface, const char *method, GVariant *args, const char *reply_type,
                          GUnixFDList *fds, GUnixFDList **fds_out, GError **error);
/* State and revision of a document; record and info are nullable. */
gboolean sohoa_cli_get (const char *id, char **record_out, char **state_out, guint *revision_out,
                        GVariant **info_out, GError **error);

G_END_DECLS
