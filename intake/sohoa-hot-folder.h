/* A folder into which devices drop files (lessons.md 7, 1–13). A file is taken when it did not change for a
 * while, is structurally complete and no local program holds it open for writing; then it is claimed by
 * an atomic rename into `.sohoa-claimed/`, so that a second scan, another daemon or a restart sees it once.
 *
 *   PATH/scan.pdf → PATH/.sohoa-claimed/ID_scan.pdf → PATH/done/scan.pdf
 *                                                   → PATH/rejected/scan.pdf + scan.pdf.reason.txt
 *
 * What is claimed stays there until sohoa_hot_folder_finish(): a crash in between loses nothing, for
 * sohoa_hot_folder_scan() gives every claimed file again on its first call. Waiting never expires. Symbolic links,
 * FIFOs, devices, folders and hard links are never opened. One thread at a time. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define SOHOA_HOT_FOLDER_MAX_ENTRIES 100000u /* names looked at in one scan */

typedef struct _SohoaHotFolder SohoaHotFolder;

typedef struct {
  char   *name;     /* (owned) as dropped, valid UTF-8, no path: for people and the record */
  char   *claim;    /* (owned) file name inside .sohoa-claimed/: the handle for finish */
  int     fd;       /* (owned) opened for reading */
  guint64 dev, inode, size;
  gint64  mtime_ns;
} SohoaHotFile;

void sohoa_hot_file_free (SohoaHotFile *file);

/* @stable_ms: how long size and times must not change. Makes the three folders (0700).
 * Errors: SOHOA_ERROR_CONFIG (no folder, not writable). */
SohoaHotFolder *sohoa_hot_folder_new (const char *path, guint stable_ms, GError **error);
void            sohoa_hot_folder_free (SohoaHotFolder *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaHotFolder, sohoa_hot_folder_free)

/* One full look; cheap, call it every second or so.
 * @now_us: monotonic or real, always the same clock. Gives files that are ours now
 * (element-type SohoaHotFile), possibly none. Errors: G_IO_ERROR when the folder cannot be read. */
GPtrArray *sohoa_hot_folder_scan (SohoaHotFolder *self, gint64 now_us, GError **error);

/* After the last scan: files not yet taken, and the age in µs of the oldest (0 = none). */
guint sohoa_hot_folder_count_waiting (SohoaHotFolder *self, gint64 now_us, gint64 *oldest_age_us_out);

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
