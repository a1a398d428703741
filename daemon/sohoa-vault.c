#include "sohoa-vault.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-sealed.h"

#include <errno.h>
#include <unistd.h>

struct _SohoaVault {
  char *runtime_dir; /* (owned) keys only */
  char *spool_dir;   /* (owned) */
};

SohoaVault *
sohoa_vault_new (const char *runtime_dir, const char *spool_dir, GError **error)
{
  g_autoptr(SohoaVault) self = g_new0 (SohoaVault, 1);

  self->runtime_dir = g_build_filename (runtime_dir, "keys", NULL);
  self->spool_dir = g_strdup (spool_dir);
  if (!sohoa_folder_make (self->runtime_dir, 0700, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
sohoa_vault_free (SohoaVault *self)
{
  if (self == NULL)
    return;
  g_free (self->runtime_dir);
  g_free (self->spool_dir);
  g_free (self);
}

static char *
sealed_path (SohoaVault *self, const char *id, guint n)
{
  return g_strdup_printf ("%s/%s/sealed-%u", self->spool_dir, id, n);
}

gboolean
sohoa_vault_has_key (SohoaVault *self, const char *id)
{
  g_autoptr(SohoaSealKey) key = sohoa_seal_key_open (self->runtime_dir, id, NULL);

  return key != NULL;
}

gboolean
sohoa_vault_seal (SohoaVault *self, const char *id, guint n, int fd, GError **error)
{
  g_autofree char *folder = g_build_filename (self->spool_dir, id, NULL);
  g_autofree char *path = sealed_path (self, id, n);
  g_autoptr(SohoaSealKey) key = NULL;

  if (!sohoa_folder_make (folder, 0700, error))
    return FALSE;
  key = sohoa_seal_key_make (self->runtime_dir, id, error);
  return key != NULL && sohoa_seal_write (key, fd, path, error);
}

int
sohoa_vault_open (SohoaVault *self, const char *id, guint n, GError **error)
{
  g_autofree char *path = sealed_path (self, id, n);
  g_autoptr(SohoaSealKey) key = sohoa_seal_key_open (self->runtime_dir, id, error);

  return key != NULL ? sohoa_seal_read (key, path, error) : -1;
}

void
sohoa_vault_destroy (SohoaVault *self, const char *id)
{
  g_autoptr(GError) error = NULL;

  if (!sohoa_seal_key_destroy (self->runtime_dir, id, &error))
    g_warning ("%s: the key of uncleared pages was not destroyed: %s", id, error->message);
  for (guint n = 0; n < SOHOA_VAULT_MAX_FILES; n++) {
    g_autofree char *path = sealed_path (self, id, n);

    if (unlink (path) < 0 && errno == ENOENT && n > 0)
      break;
  }
}
