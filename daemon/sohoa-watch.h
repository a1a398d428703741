/* One configured hot folder: a thread that looks, takes what is whole, and ends the claims of documents that came to an end.
 * A kernel notice wakes it (not on network mounts: watch=poll); a full look every few seconds is what it relies on.
 * With subfolders=yes a folder in it whose name is a compliance profile is watched the same way. */
#pragma once

#include "sohoa-desk.h"

G_BEGIN_DECLS

typedef struct _SohoaWatch SohoaWatch;

/* @conf must outlive it. Starts nothing. Errors: SOHOA_ERROR_CONFIG (a folder that cannot be used). */
SohoaWatch *sohoa_watch_new (SohoaDesk *desk, const SohoaFolderConf *conf, GError **error);
void        sohoa_watch_start (SohoaWatch *self);
void        sohoa_watch_free (SohoaWatch *self); /* ends the thread */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaWatch, sohoa_watch_free)

/* As of the last look: "watched" | "missing" (static), files that are not yet taken, seconds the oldest has waited.
 * Any thread. */
const char *sohoa_watch_look (SohoaWatch *self, guint *waiting_out, guint *oldest_seconds_out);

G_END_DECLS
