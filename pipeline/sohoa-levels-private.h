/* For friends inside pipeline/ only. */
#pragma once

#include "sohoa-file.h"
#include "sohoa-levels.h"

G_BEGIN_DECLS

/* @data of sohoa_stamp_by_service(), a SohoaStampFunc. */
typedef struct {
  const SohoaTrustServices *services;    /* (unowned) */
  GCancellable             *cancellable; /* (unowned) (nullable) */
} SohoaStamping;
GBytes *sohoa_stamp_by_service (gpointer data, const guint8 *sha256, GError **error);

/* The signed file in *@output, time stamped, gets its evidence and document time stamp: *@output is replaced by another
 * one for the same @path, *@level is raised. What cannot be had leaves it as it is and tells in *@why_less. */
gboolean sohoa_levels_complete (SohoaWorkerPool *pool, const SohoaTrustServices *services, SohoaOutput **output,
                                const char *path, int mode, int trust_fd, SohoaLevel *level, char **why_less,
                                GCancellable *cancellable, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Of a verify report: when the last document time stamp's certificate ends, µs; 0 = there is none. */
gint64 sohoa_levels_archive_end (const char *report);

G_END_DECLS
