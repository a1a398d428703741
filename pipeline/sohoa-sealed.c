#define _GNU_SOURCE
#include "sohoa-sealed.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC "SOHSEAL1"
#define MAGIC_BYTES 8
#define PREFIX_BYTES 4
#define HEADER_BYTES (MAGIC_BYTES + PREFIX_BYTES)
#define KEY_BYTES 32
#define TAG_BYTES 16
#define NONCE_BYTES 12

struct _SohoaSealKey {
  guint8 key[KEY_BYTES];
};

static SohoaSealKey *
key_new (void)
{
  SohoaSealKey *self = g_new0 (SohoaSealKey, 1);

  (void) mlock (self, sizeof *self); /* best effort: the limit may be 0 */
  return self;
}

void
sohoa_seal_key_free (SohoaSealKey *self)
{
  if (self == NULL)
    return;
  OPENSSL_cleanse (self->key, KEY_BYTES);
  (void) munlock (self, sizeof *self);
  g_free (self);
}

static char *
key_path (const char *runtime_dir, const char *id, GError **error)
{
  if (!sohoa_id_is_valid (id)) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "sealed spool: bad document id");
    return NULL;
  }
  return g_strdup_printf ("%s/%s.key", runtime_dir, id);
}

SohoaSealKey *
sohoa_seal_key_open (const char *runtime_dir, const char *id, GError **error)
{
  g_autofree char *path = key_path (runtime_dir, id, error);
  g_autoptr(SohoaSealKey) self = key_new ();
  SOHOA_AUTO_FD int fd = -1;

  if (path == NULL)
    return NULL;
  fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0 || sohoa_fd_size (fd) != KEY_BYTES || !sohoa_fd_pread_all (fd, self->key, KEY_BYTES, 0, NULL)) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_NOT_FOUND,
                 "sealed spool: the key is gone (power cut or purge): the pages cannot be read again, scan the paper again");
    return NULL;
  }
  return g_steal_pointer (&self);
}

SohoaSealKey *
sohoa_seal_key_make (const char *runtime_dir, const char *id, GError **error)
{
  g_autofree char *path = key_path (runtime_dir, id, error);
  g_autoptr(SohoaSealKey) self = NULL;

  if (path == NULL)
    return NULL;
  self = sohoa_seal_key_open (runtime_dir, id, NULL);
  if (self != NULL)
    return g_steal_pointer (&self);
  self = key_new ();
  if (RAND_priv_bytes (self->key, KEY_BYTES) != 1) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INTERNAL, "sealed spool: no randomness");
    return NULL;
  }
  if (!sohoa_folder_make (runtime_dir, 0700, error) || !sohoa_file_write (path, self->key, KEY_BYTES, 0600, error))
    return NULL;
  return g_steal_pointer (&self);
}

gboolean
sohoa_seal_key_destroy (const char *runtime_dir, const char *id, GError **error)
{
  g_autofree char *path = key_path (runtime_dir, id, error);
  guint8 noise[KEY_BYTES];
  SOHOA_AUTO_FD int fd = -1;

  if (path == NULL)
    return FALSE;
  fd = open (path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0 && errno == ENOENT)
    return TRUE;
  /* overwritten first: the runtime folder may be on a disk when it was configured so */
  if (fd >= 0 && RAND_bytes (noise, sizeof noise) == 1 && write (fd, noise, sizeof noise) == sizeof noise)
    (void) fsync (fd);
  if (unlink (path) < 0) {
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "sealed spool: key cannot be destroyed: %s", g_strerror (errno));
    return FALSE;
  }
  return sohoa_folder_sync (runtime_dir, error);
}

/* One chunk, in place. @seal: encrypt and give the tag, else check it. */
static gboolean
crypt_chunk (const SohoaSealKey *self, gboolean seal, const guint8 *header, guint64 number, gboolean last, guint8 *data,
             gsize length, guint8 *tag)
{
  g_autoptr(GByteArray) aad = g_byte_array_new ();
  EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new ();
  guint8 nonce[NONCE_BYTES], last_byte = last ? 1 : 0;
  guint64 big = GUINT64_TO_BE (number);
  int n;
  gboolean ok;

  memcpy (nonce, header + MAGIC_BYTES, PREFIX_BYTES);
  memcpy (nonce + PREFIX_BYTES, &big, sizeof big);
  g_byte_array_append (aad, header, HEADER_BYTES);
  g_byte_array_append (aad, &last_byte, 1);
  ok = ctx != NULL && EVP_CipherInit_ex (ctx, EVP_aes_256_gcm (), NULL, self->key, nonce, seal ? 1 : 0) == 1
       && EVP_CipherUpdate (ctx, NULL, &n, aad->data, aad->len) == 1
       && EVP_CipherUpdate (ctx, data, &n, data, length) == 1
       && (seal || EVP_CIPHER_CTX_ctrl (ctx, EVP_CTRL_GCM_SET_TAG, TAG_BYTES, tag) == 1)
       && EVP_CipherFinal_ex (ctx, data + n, &n) == 1
       && (!seal || EVP_CIPHER_CTX_ctrl (ctx, EVP_CTRL_GCM_GET_TAG, TAG_BYTES, tag) == 1);
  EVP_CIPHER_CTX_free (ctx);
  return ok;
}

static gboolean
seal_chunks (SohoaSealKey *self, int in_fd, guint64 size, int out_fd, const guint8 *header, GError **error)
{
  g_autofree guint8 *chunk = g_malloc (SOHOA_SEAL_CHUNK_BYTES + TAG_BYTES);
  guint64 offset = 0, number = 0;

  do {
    gsize n = MIN (size - offset, SOHOA_SEAL_CHUNK_BYTES);

    if (!sohoa_fd_pread_all (in_fd, chunk, n, offset, error))
      return FALSE;
    offset += n;
    if (!crypt_chunk (self, TRUE, header, number++, offset == size, chunk, n, chunk + n)) {
      g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INTERNAL, "sealed spool: encryption failed");
      return FALSE;
    }
    if (!sohoa_fd_write_all (out_fd, chunk, n + TAG_BYTES, error))
      return FALSE;
  } while (offset < size);
  OPENSSL_cleanse (chunk, SOHOA_SEAL_CHUNK_BYTES);
  return TRUE;
}

gboolean
sohoa_seal_write (SohoaSealKey *self, int in_fd, const char *path, GError **error)
{
  g_autoptr(SohoaOutput) output = sohoa_output_new (path, 0600, error);
  guint8 header[HEADER_BYTES] = MAGIC;
  goffset size = sohoa_fd_size (in_fd);

  if (output == NULL)
    return FALSE;
  if (size < 0 || RAND_bytes (header + MAGIC_BYTES, PREFIX_BYTES) != 1) {
    g_set_error (error, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_UNREADABLE, "sealed spool: input cannot be read");
    return FALSE;
  }
  return sohoa_fd_write_all (sohoa_output_get_fd (output), header, sizeof header, error)
         && seal_chunks (self, in_fd, size, sohoa_output_get_fd (output), header, error)
         && sohoa_output_commit (output, error);
}

static gboolean
corrupt (GError **error)
{
  g_set_error (error, SOHOA_STORE_ERROR, SOHOA_STORE_ERROR_CORRUPT,
               "sealed spool: file was changed or belongs to another key: take the document in again");
  return FALSE;
}

static gboolean
open_chunks (SohoaSealKey *self, int in_fd, guint64 size, int out_fd, const guint8 *header, GError **error)
{
  g_autofree guint8 *chunk = g_malloc (SOHOA_SEAL_CHUNK_BYTES + TAG_BYTES);
  guint64 offset = HEADER_BYTES, number = 0;

  do {
    gsize n = MIN (size - offset, SOHOA_SEAL_CHUNK_BYTES + TAG_BYTES);

    if (n < TAG_BYTES)
      return corrupt (error);
    if (!sohoa_fd_pread_all (in_fd, chunk, n, offset, error))
      return FALSE;
    offset += n;
    if (!crypt_chunk (self, FALSE, header, number++, offset == size, chunk, n - TAG_BYTES, chunk + n - TAG_BYTES))
      return corrupt (error);
    if (!sohoa_fd_write_all (out_fd, chunk, n - TAG_BYTES, error))
      return FALSE;
  } while (offset < size);
  OPENSSL_cleanse (chunk, SOHOA_SEAL_CHUNK_BYTES);
  return TRUE;
}

int
sohoa_seal_read (SohoaSealKey *self, const char *path, GError **error)
{
  SOHOA_AUTO_FD int in = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  SOHOA_AUTO_FD int out = -1;
  guint8 header[HEADER_BYTES];
  goffset size = in < 0 ? -1 : sohoa_fd_size (in);

  if (in < 0) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_NOT_FOUND, "sealed spool: %s", g_strerror (errno));
    return -1;
  }
  if (size < (goffset) (HEADER_BYTES + TAG_BYTES) || !sohoa_fd_pread_all (in, header, sizeof header, 0, NULL)
      || memcmp (header, MAGIC, MAGIC_BYTES) != 0) {
    corrupt (error);
    return -1;
  }
  out = sohoa_memfd_new ("unsealed", error);
  if (out < 0 || !open_chunks (self, in, size, out, header, error) || !sohoa_memfd_seal (out, error))
    return -1;
  return sohoa_fd_steal (&out);
}
