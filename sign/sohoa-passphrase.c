#include "sohoa-passphrase.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sohoa-errors.h"

#define PASSPHRASE_ROOM_BYTES (SOHOA_PASSPHRASE_MAX_BYTES + 1)

SohoaPassphrase *
sohoa_passphrase_new (void)
{
  char *room = g_malloc0 (PASSPHRASE_ROOM_BYTES);

  (void) mlock (room, PASSPHRASE_ROOM_BYTES); /* best effort: RLIMIT_MEMLOCK may be 0 */
  return room;
}

void
sohoa_passphrase_free (SohoaPassphrase *room)
{
  if (room == NULL)
    return;
  OPENSSL_cleanse (room, PASSPHRASE_ROOM_BYTES);
  (void) munlock (room, PASSPHRASE_ROOM_BYTES);
  g_free (room);
}

gboolean
sohoa_passphrase_read (SohoaPassphrase *room, int fd, GError **error)
{
  gsize length = 0;

  while (length < PASSPHRASE_ROOM_BYTES) {
    gssize n = read (fd, room + length, 1); /* never takes what stands behind the newline */

    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0) {
      int code = errno;

      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "passphrase: cannot be read: %s",
                   g_strerror (code));
      return FALSE;
    }
    if (n == 0 || room[length] == '\n' || room[length] == '\0')
      break;
    length++;
  }
  if (length >= PASSPHRASE_ROOM_BYTES) {
    g_set_error (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_PIN,
                 "passphrase: longer than %u bytes: check what is written to the descriptor",
                 SOHOA_PASSPHRASE_MAX_BYTES);
    return FALSE;
  }
  if (length > 0 && room[length - 1] == '\r')
    length--;
  room[length] = '\0';
  return TRUE;
}
