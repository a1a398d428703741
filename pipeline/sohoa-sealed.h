/* The sealed spool (design.md 6): until the gate has cleared a page, its bytes exist on disk only as
 * AES-256-GCM under a key that lives in the runtime folder (tmpfs, 0600). The key survives SIGKILL and dies with
 * the power; destroying it destroys every copy that was made of the page.
 *
 * File: "SOHSEAL1", 4 random bytes, then chunks of 64 KiB, each followed by its 16-byte tag. Nonce = the 4 random
 * bytes and the chunk's number; the header and "is this the last chunk" are authenticated with every chunk, so a
 * cut, swapped, repeated or changed file is refused. A key seals one file per random prefix. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define SOHOA_SEAL_CHUNK_BYTES (64u * 1024)

typedef struct _SohoaSealKey SohoaSealKey; /* locked memory, wiped when freed */

/* Makes (or finds, when it is there already) the key of document @id in @runtime_dir, durable against SIGKILL.
 * Errors: G_IO_ERROR; SOHOA_ERROR_INVALID_ARGUMENT for a bad id. */
SohoaSealKey *sohoa_seal_key_make (const char *runtime_dir, const char *id, GError **error);
/* SOHOA_ERROR_NOT_FOUND when the key is gone: the sealed pages can never be read again, the paper must be put
 * back. */
SohoaSealKey *sohoa_seal_key_open (const char *runtime_dir, const char *id, GError **error);
void          sohoa_seal_key_free (SohoaSealKey *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaSealKey, sohoa_seal_key_free)

/* Overwrites and unlinks the key. TRUE also when there was none. */
gboolean sohoa_seal_key_destroy (const char *runtime_dir, const char *id, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Seals the whole of @in_fd into @path (temporary file, fsync, rename, fsync of the folder; 0600). */
gboolean sohoa_seal_write (SohoaSealKey *self, int in_fd, const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The plain bytes of @path in a sealed memory file; the caller closes it. -1 with SOHOA_STORE_ERROR_CORRUPT
 * when it was not sealed with this key or was changed. */
int sohoa_seal_read (SohoaSealKey *self, const char *path, GError **error);

G_END_DECLS
