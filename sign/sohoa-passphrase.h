/* A passphrase or PIN: read from a descriptor into memory that is not swapped, wiped after use. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define SOHOA_PASSPHRASE_MAX_BYTES 1024u

typedef char SohoaPassphrase; /* NUL-terminated text in locked room */

/* An empty one. */
SohoaPassphrase *sohoa_passphrase_new (void);
void             sohoa_passphrase_free (SohoaPassphrase *self); /* wipes */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaPassphrase, sohoa_passphrase_free)

/* From @fd to its end or first newline, whichever is first; what stands behind the newline is not taken.
 * Errors: G_IO_ERROR; SOHOA_SIGN_ERROR_PIN when longer than SOHOA_PASSPHRASE_MAX_BYTES. */
gboolean sohoa_passphrase_read (SohoaPassphrase *self, int fd, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
