/* One file out of a small foreign zip: edXML attachments of the official SDK (domain.md 8.5). */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Whether the first bytes of @fd are those of a zip. */
gboolean sohoa_zip_is (int fd);

/* Unpacks the only file of the zip in @fd to the position of @out. Its name is not looked at. Folders
 * are skipped; stored and deflated only; length and CRC-32 are checked.
 * SOHOA_INTAKE_ERROR_DAMAGED, _UNSUPPORTED (encrypted, several files, other method, zip64),
 * _TOO_LARGE (more than @max_bytes, whatever the zip claims). */
gboolean sohoa_zip_extract (int fd, int out, guint64 max_bytes, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
