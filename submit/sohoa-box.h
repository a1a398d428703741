/* A place where files can be left for a document system that only watches a folder: a folder of this machine, a
 * WebDAV collection, a folder behind SFTP. The connector (sohoa-box-connector.c) needs no more than these calls.
 *
 * Names are relative, of the characters [A-Za-z0-9._-] and at most one '/'; they are made by us alone. */
#pragma once

#include "sohoa-connector-private.h"
#include "sohoa-segment-stream.h"

G_BEGIN_DECLS

#define SOHOA_BOX_CONTROL ".sohoa" /* our own folder inside: nobody else touches it */

typedef struct {
  const char *name; /* of the connector */
  /* Makes the control folder when it is not there. */
  gboolean (*prepare) (SohoaConnector *self, GCancellable *cancellable, GError **error);
  /* Writes a file anew, durably where the place allows; a half-written one may stay after an error. */
  gboolean (*put) (SohoaConnector *self, const char *name, SohoaSegmentStream *content, GCancellable *cancellable,
                   GError **error);
  gboolean (*exists) (SohoaConnector *self, const char *name, gboolean *there, GCancellable *cancellable, GError **error);
  /* Renames in one step and never over another file (G_IO_ERROR_EXISTS). @maybe_out: TRUE when it failed without
   * saying whether it happened. */
  gboolean (*move) (SohoaConnector *self, const char *from, const char *to, gboolean *maybe_out, GCancellable *cancellable,
                    GError **error);
  /* NULL without an error: not there. At most SOHOA_BOX_ANSWER_MAX_BYTES. */
  GBytes *(*get) (SohoaConnector *self, const char *name, GCancellable *cancellable, GError **error);
} SohoaBox;

#define SOHOA_BOX_ANSWER_MAX_BYTES (1024u * 1024)

extern const SohoaBox sohoa_box_folder;
extern const SohoaBox sohoa_box_webdav;
extern const SohoaBox sohoa_box_sftp;

G_END_DECLS
