/* What is not yet cleared by the gate (design.md 6): files exist in the spool only as AES-256-GCM, under one
 * key per document that lies in the runtime folder (tmpfs, 0600): it survives SIGKILL and dies with the
 * power. The same folder keeps what is known about the delivery (names, profile), sealed as well.
 The sealing itself is pipeline/sohoa-sealed.h. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define SOHOA_VAULT_MAX_FILES 1000u

typedef struct _SohoaVault SohoaVault;

/* Makes @runtime_dir (0700). @spool_dir: where the sealed files lie, spool_dir/ID/sealed-N. */
SohoaVault *sohoa_vault_new (const char *runtime_dir, const char *spool_dir, GError **error);
void        sohoa_vault_free (SohoaVault *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaVault, sohoa_vault_free)

/* Seals the whole of @fd as file @n (from 0) of @id; durable when TRUE. Makes the key with the first file. */
gboolean sohoa_vault_seal (SohoaVault *self, const char *id, guint n, int fd, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* A memory file with the plain bytes, -1 on error. SOHOA_ERROR_NOT_FOUND: the key is gone (power was cut). */
int      sohoa_vault_open (SohoaVault *self, const char *id, guint n, GError **error);
gboolean sohoa_vault_has_key (SohoaVault *self, const char *id);
/* Destroys the key, then unlinks the sealed files. Never fails; again is harmless. */
void     sohoa_vault_destroy (SohoaVault *self, const char *id);

G_END_DECLS
