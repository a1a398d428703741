#include "sohoa-vault.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY_BYTES 32u
#define NONCE_BYTES 12u
#define TAG_BYTES 16u
#define BLOCK_BYTES (64u * 1024)
#define MAGIC "SOHV1"
#define MAGIC_BYTES 6u /* with its zero */

struct _SohoaVault {
  char  *runtime_dir; /* (owned) */
  char  *spool_dir;   /* (owned) */
  GMutex lock;        /* making keys */
};

/* One file under way. */
typedef struct {
  EVP_CIPHER_CTX *cipher; /* (owned) */
  guint8 key[KEY_BYTES];
  guint8 prefix[NONCE_BYTES];
  guint8 plain[BLOCK_BYTES];
  guint8 sealed[BLOCK_BYTES + TAG_BYTES];
} Lock;

static void
lock_free (Lock *lock)
{
  EVP_CIPHER_CTX_free (lock->cipher);
  OPENSSL_cleanse (lock, sizeof *lock);
  g_free (lock);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Lock, lock_free)

SohoaVault *
sohoa_vault_new (const char *runtime_dir, const char *spool_dir, GError **error)
{
  g_autoptr(SohoaVault) self = g_new0 (SohoaVault, 1);

  g_mutex_init (&self->lock);
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
  g_mutex_clear (&self->lock);
  g_free (self->runtime_dir);
  g_free (self->spool_dir);
  g_free (self);
}

static char *
key_path (SohoaVault *self, const char *id)
{
  return g_build_filename (self->runtime_dir, id, NULL);
}

static char *
sealed_path (SohoaVault *self, const char *id, guint n)
{
  return g_strdup_printf ("%s/%s/sealed-%u", self->spool_dir, id, n);
}

gboolean
sohoa_vault_has_key (SohoaVault *self, const char *id)
{
  g_autofree char *path = key_path (self, id);

  return g_file_test (path, G_FILE_TEST_IS_REGULAR);
}

/* @key gets the document's key; with @make a new one when there is none. */
static gboolean
get_key (SohoaVault *self, const char *id, gboolean make, guint8 *key, GError **error)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  g_autofree char *path = key_path (self, id);
  SOHOA_AUTO_FD int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

  g_return_val_if_fail (sohoa_id_is_valid (id), FALSE);
  if (fd >= 0)
    return sohoa_fd_pread_all (fd, key, KEY_BYTES, 0, error);
  if (!make) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_NOT_FOUND,
                 "%s: the key of the uncleared pages is gone: put the sheets or the file back", id);
    return FALSE;
  }
  if (RAND_bytes (key, KEY_BYTES) != 1) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INTERNAL, "no random numbers: seal key: try again");
    return FALSE;
  }
  return sohoa_file_write (path, key, KEY_BYTES, 0600, error);
}

static Lock *
lock_new (SohoaVault *self, const char *id, gboolean make, GError **error)
{
  g_autoptr(Lock) lock = g_new0 (Lock, 1);

  lock->cipher = EVP_CIPHER_CTX_new ();
  if (lock->cipher == NULL || !get_key (self, id, make, lock->key, error))
    return NULL;
  return g_steal_pointer (&lock);
}

static void
make_nonce (const Lock *lock, guint32 block, guint8 *nonce)
{
  memcpy (nonce, lock->prefix, NONCE_BYTES);
  for (guint i = 0; i < 4; i++)
    nonce[NONCE_BYTES - 1 - i] ^= (guint8) (block >> (8 * i));
}

/* @aad: file number and whether this is the last block. */
static gboolean
start_block (Lock *lock, gboolean sealing, guint n, guint32 block, gboolean last)
{
  guint8 nonce[NONCE_BYTES];
  guint8 aad[5] = { (guint8) (n >> 24), (guint8) (n >> 16), (guint8) (n >> 8), (guint8) n, last ? 1 : 0 };
  int done;

  make_nonce (lock, block, nonce);
  return EVP_CipherInit_ex (lock->cipher, EVP_aes_256_gcm (), NULL, lock->key, nonce, sealing ? 1 : 0) == 1
         && EVP_CipherUpdate (lock->cipher, NULL, &done, aad, sizeof aad) == 1;
}

static gboolean
seal_block (Lock *lock, guint n, guint32 block, gboolean last, gsize length)
{
  int done = 0, more = 0;

  return start_block (lock, TRUE, n, block, last)
         && (length == 0 || EVP_EncryptUpdate (lock->cipher, lock->sealed, &done, lock->plain, (int) length) == 1)
         && EVP_EncryptFinal_ex (lock->cipher, lock->sealed + done, &more) == 1
         && EVP_CIPHER_CTX_ctrl (lock->cipher, EVP_CTRL_GCM_GET_TAG, TAG_BYTES, lock->sealed + length) == 1;
}

static gboolean
open_block (Lock *lock, guint n, guint32 block, gboolean last, gsize length)
{
  int done = 0, more = 0;

  return start_block (lock, FALSE, n, block, last)
         && EVP_CIPHER_CTX_ctrl (lock->cipher, EVP_CTRL_GCM_SET_TAG, TAG_BYTES, lock->sealed + length) == 1
         && (length == 0 || EVP_DecryptUpdate (lock->cipher, lock->plain, &done, lock->sealed, (int) length) == 1)
         && EVP_DecryptFinal_ex (lock->cipher, lock->plain + done, &more) == 1;
}

static gboolean
fail_cipher (GError **error, const char *what)
{
  g_set_error (error, SOHOA_STORE_ERROR, SOHOA_STORE_ERROR_CORRUPT, "%s: the sealed copy is damaged: put the file back", what);
  return FALSE;
}

gboolean
sohoa_vault_seal (SohoaVault *self, const char *id, guint n, int fd, GError **error)
{
  g_autofree char *folder = g_build_filename (self->spool_dir, id, NULL);
  g_autofree char *path = sealed_path (self, id, n);
  g_autoptr(SohoaOutput) output = NULL;
  g_autoptr(Lock) lock = NULL;
  goffset size = sohoa_fd_size (fd);
  goffset at = 0;
  int out;

  if (size < 0 || !sohoa_folder_make (folder, 0700, error) || (lock = lock_new (self, id, TRUE, error)) == NULL
      || (output = sohoa_output_new (path, 0600, error)) == NULL)
    return FALSE;
  out = sohoa_output_get_fd (output);
  if (RAND_bytes (lock->prefix, NONCE_BYTES) != 1)
    return fail_cipher (error, "seal");
  if (!sohoa_fd_write_all (out, MAGIC, MAGIC_BYTES, error)
      || !sohoa_fd_write_all (out, lock->prefix, NONCE_BYTES, error))
    return FALSE;
  for (guint32 block = 0;; block++) {
    gsize length = (gsize) MIN (size - at, (goffset) BLOCK_BYTES);
    gboolean last = at + (goffset) length == size;

    if (!sohoa_fd_pread_all (fd, lock->plain, length, at, error))
      return FALSE;
    if (!seal_block (lock, n, block, last, length))
      return fail_cipher (error, "seal");
    if (!sohoa_fd_write_all (out, lock->sealed, length + TAG_BYTES, error))
      return FALSE;
    at += (goffset) length;
    if (last)
      return sohoa_output_commit (output, error);
  }
}

int
sohoa_vault_open (SohoaVault *self, const char *id, guint n, GError **error)
{
  g_autofree char *path = sealed_path (self, id, n);
  g_autoptr(Lock) lock = lock_new (self, id, FALSE, error);
  SOHOA_AUTO_FD int in = -1;
  SOHOA_AUTO_FD int out = -1;
  char magic[MAGIC_BYTES];
  goffset size, at = MAGIC_BYTES + NONCE_BYTES;

  if (lock == NULL)
    return -1;
  in = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  size = in >= 0 ? sohoa_fd_size (in) : -1;
  if (in < 0 || size < at + (goffset) TAG_BYTES) {
    fail_cipher (error, id);
    return -1;
  }
  out = sohoa_memfd_new ("uncleared", error);
  if (out < 0 || !sohoa_fd_pread_all (in, magic, MAGIC_BYTES, 0, error)
      || !sohoa_fd_pread_all (in, lock->prefix, NONCE_BYTES, MAGIC_BYTES, error))
    return -1;
  for (guint32 block = 0; at < size; block++) {
    gsize length = (gsize) MIN (size - at, (goffset) (BLOCK_BYTES + TAG_BYTES));

    if (length < TAG_BYTES || !sohoa_fd_pread_all (in, lock->sealed, length, at, error))
      return -1;
    at += (goffset) length;
    if (memcmp (magic, MAGIC, MAGIC_BYTES) != 0 || !open_block (lock, n, block, at == size, length - TAG_BYTES)) {
      fail_cipher (error, id);
      return -1;
    }
    if (!sohoa_fd_write_all (out, lock->plain, length - TAG_BYTES, error))
      return -1;
  }
  return sohoa_memfd_seal (out, error) ? sohoa_fd_steal (&out) : -1;
}

void
sohoa_vault_destroy (SohoaVault *self, const char *id)
{
  g_autofree char *key = key_path (self, id);
  g_autofree char *folder = g_build_filename (self->spool_dir, id, NULL);
  guint8 zero[KEY_BYTES] = { 0 };
  SOHOA_AUTO_FD int fd = open (key, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);

  if (fd >= 0 && pwrite (fd, zero, sizeof zero, 0) != (gssize) sizeof zero)
    g_warning ("seal key: cannot be overwritten: %s", g_strerror (errno));
  (void) unlink (key);
  for (guint n = 0; n < SOHOA_VAULT_MAX_FILES; n++) {
    g_autofree char *path = sealed_path (self, id, n);

    if (unlink (path) < 0 && errno == ENOENT && n > 0)
      break;
  }
}

char **
sohoa_vault_list (SohoaVault *self)
{
  g_autoptr(GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  g_autoptr(GDir) dir = g_dir_open (self->runtime_dir, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (sohoa_id_is_valid (name))
      g_ptr_array_add (ids, g_strdup (name));
  g_ptr_array_add (ids, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&ids), FALSE);
}
