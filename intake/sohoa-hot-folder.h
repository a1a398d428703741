/* A folder into which devices drop files (lessons.md 7, 1–13). A file is taken when it did not change for a
 * while, is structurally complete and no local program holds it open for writing; then it is claimed by
 * an atomic rename into `.sohoa-claimed/`, so that a second scan, another daemon or a restart sees it once.
 *
 *   PATH/scan.pdf → PATH/.sohoa-claimed/ID_scan.pdf → PATH/done/scan.pdf
 *                                                   → PATH/rejected/scan.pdf + scan.pdf.reason.txt
 *
 * Files that belong together (pages of one scan, a ticket and its document) are one claim: they are renamed into
 * `.sohoa-claimed/ID.part/`, which becomes `ID.group/` in one step when it is whole. A half-made one goes back.
 *
 * What is claimed stays there until sohoa_hot_folder_finish(): a crash in between loses nothing, for
 * sohoa_hot_folder_scan() gives every claim again in its first calls. Waiting never expires. Symbolic links,
 * FIFOs, devices, folders and hard links are never opened. One thread at a time. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define SOHOA_HOT_FOLDER_MAX_ENTRIES 100000u /* names looked at in one scan */
#define SOHOA_HOT_FOLDER_MAX_CLAIMS 32u      /* claims of one scan: their files are open */
#define SOHOA_HOT_FOLDER_MAX_GROUP 500u      /* files of one claim: a larger group waits, and says so */

typedef struct _SohoaHotFolder SohoaHotFolder;

typedef enum {
  SOHOA_HOT_TICKETS_NO,       /* a ticket is a file like any other */
  SOHOA_HOT_TICKETS_OPTIONAL, /* one that lies there before its document is taken with it */
  SOHOA_HOT_TICKETS_REQUIRED, /* a document waits for its ticket */
} SohoaHotTickets;

typedef struct {
  guint           stable_ms; /* how long size and times must not change */
  const char     *group;     /* (nullable) text between a scan's name and the number of its page ("_": SCAN_0001.jpg); NULL: every
                                file is a document */
  guint           group_ms;  /* a group is whole when no further file has come for so long and no number lacks */
  SohoaHotTickets tickets;   /* NAME.json or NAME.xml, also NAME.pdf.json; of a group: SCAN.json */
} SohoaHotRules;

typedef struct {
  char   *name;     /* (owned) as dropped, valid UTF-8, no path: for people and the record */
  int     fd;       /* (owned) opened for reading */
  guint64 dev, inode, size;
  gint64  mtime_ns;
} SohoaHotFile;

/* One document's files. */
typedef struct {
  char         *claim;  /* (owned) name inside .sohoa-claimed/: the handle for finish */
  GPtrArray    *files;  /* (owned) (element-type SohoaHotFile) at least one, in the order of the pages */
  SohoaHotFile *ticket; /* (owned) (nullable) */
} SohoaHotClaim;

void sohoa_hot_claim_free (SohoaHotClaim *claim);

/* Makes the three folders (0700). @rules is copied.
 * Errors: SOHOA_ERROR_CONFIG (no folder, not writable). */
SohoaHotFolder *sohoa_hot_folder_new (const char *path, const SohoaHotRules *rules, GError **error);
/* A folder in @parent, one of sohoa_hot_folder_list_subfolders(); never through a symbolic link. */
SohoaHotFolder *sohoa_hot_folder_new_below (SohoaHotFolder *parent, const char *name, const SohoaHotRules *rules, GError **error);
void            sohoa_hot_folder_free (SohoaHotFolder *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaHotFolder, sohoa_hot_folder_free)

/* One full look; cheap, call it every second or so, and again at once when it gave SOHOA_HOT_FOLDER_MAX_CLAIMS.
 * @now_us: monotonic or real, always the same clock. Gives claims that are ours now
 * (element-type SohoaHotClaim), possibly none. Errors: G_IO_ERROR when the folder cannot be read. */
GPtrArray *sohoa_hot_folder_scan (SohoaHotFolder *self, gint64 now_us, GError **error);

/* After the last scan: files not yet taken, and the age in µs of the oldest (0 = none). */
guint sohoa_hot_folder_count_waiting (SohoaHotFolder *self, gint64 now_us, gint64 *oldest_age_us_out);

/* Names of the folders in it that a device may drop into; hidden ones, done/ and rejected/ are not. g_strfreev. */
char **sohoa_hot_folder_list_subfolders (SohoaHotFolder *self);

/* Whether the folder still stands under a name. */
gboolean sohoa_hot_folder_is_there (SohoaHotFolder *self);

typedef enum {
  SOHOA_HOT_DONE,     /* to done/ */
  SOHOA_HOT_REJECTED, /* to rejected/, @reason beside it */
  SOHOA_HOT_REMOVED,  /* destroyed: a purged secret */
  SOHOA_HOT_RETURNED, /* back where it was dropped: nothing was stored of it */
} SohoaHotOutcome;

/* Ends a claim. A claim that is no longer there is not an error (it was finished before a crash).
 * @reason: one sentence for SOHOA_HOT_REJECTED, never page content. Never overwrites a file. */
gboolean sohoa_hot_folder_finish (SohoaHotFolder *self, const char *claim, SohoaHotOutcome outcome, const char *reason,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
