#include "sohoa-placeholder.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-sign-private.h"

#define BYTE_RANGE_TEXT_BYTES 96
#define BYTE_RANGE_MIN_BYTES 9u /* "[0 0 0 0]" */
#define BYTE_RANGE_MAX_BYTES 256u

gboolean
sohoa_placeholder_from_variant (GVariant *dict, SohoaPlaceholder *out, GError **error)
{
  memset (out, 0, sizeof *out);
  if (dict != NULL && g_variant_is_of_type (dict, G_VARIANT_TYPE_VARDICT)
      && g_variant_lookup (dict, "byte-range-offset", "t", &out->byte_range_offset)
      && g_variant_lookup (dict, "byte-range-length", "t", &out->byte_range_length)
      && g_variant_lookup (dict, "contents-offset", "t", &out->contents_offset)
      && g_variant_lookup (dict, "contents-length", "t", &out->contents_length))
    return TRUE;
  g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT,
               "placeholder: one of its four offsets is missing: the worker is of another version");
  return FALSE;
}

void
sohoa_placeholder_get_ranges (const SohoaPlaceholder *self, guint64 file_size, SohoaRange ranges[2])
{
  guint64 behind = self->contents_offset + self->contents_length;

  ranges[0].offset = 0;
  ranges[0].length = self->contents_offset;
  ranges[1].offset = behind;
  ranges[1].length = file_size - behind;
}

static gboolean
fail_place (GError **error, const char *why)
{
  g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT,
               "placeholder: %s: the file is not the one that was written", why);
  return FALSE;
}

static gboolean
byte_is (int fd, guint64 offset, char wanted)
{
  char byte = 0;

  return sohoa_fd_pread_all (fd, &byte, 1, (goffset) offset, NULL) && byte == wanted;
}

static gboolean
lies_inside (guint64 offset, guint64 length, guint64 size)
{
  return offset <= size && length <= size - offset;
}

static gboolean
check_place (int fd, const SohoaPlaceholder *p, guint64 size, GError **error)
{
  gboolean apart;
  guint64 behind;

  if (!lies_inside (p->contents_offset, p->contents_length, size)
      || !lies_inside (p->byte_range_offset, p->byte_range_length, size))
    return fail_place (error, "it lies outside the file");
  apart = p->byte_range_offset + p->byte_range_length <= p->contents_offset
          || p->byte_range_offset >= p->contents_offset + p->contents_length;
  if (!apart)
    return fail_place (error, "/ByteRange lies inside /Contents");
  if (p->contents_length < 2 * (guint64) SOHOA_CONTENTS_MIN_BYTES + 2
      || p->contents_length > 2 * (guint64) SOHOA_CMS_MAX_BYTES + 2)
    return fail_place (error, "the room of /Contents is out of bounds");
  if (p->byte_range_length < BYTE_RANGE_MIN_BYTES || p->byte_range_length > BYTE_RANGE_MAX_BYTES)
    return fail_place (error, "the room of /ByteRange is out of bounds");
  behind = p->byte_range_offset + p->byte_range_length - 1;
  if (!byte_is (fd, p->byte_range_offset, '[') || (!byte_is (fd, behind, ']') && !byte_is (fd, behind, ' ')))
    return fail_place (error, "no [ ] where /ByteRange must be");
  if (!byte_is (fd, p->contents_offset, '<') || !byte_is (fd, p->contents_offset + p->contents_length - 1, '>'))
    return fail_place (error, "no < > where /Contents must be");
  return TRUE;
}

static gboolean
write_at (int fd, const char *data, gsize length, guint64 offset, GError **error)
{
  while (length > 0) {
    gssize n = pwrite (fd, data, length, (off_t) offset);

    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0) {
      int code = errno;

      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "signature: cannot be written: %s",
                   g_strerror (code));
      return FALSE;
    }
    data += n;
    length -= (gsize) n;
    offset += (guint64) n;
  }
  return TRUE;
}

static gboolean
write_byte_range (int fd, const SohoaPlaceholder *p, const SohoaRange ranges[2], GError **error)
{
  char text[BYTE_RANGE_TEXT_BYTES];
  g_autofree char *room = g_strnfill ((gsize) p->byte_range_length, ' ');
  int length = g_snprintf (text, sizeof text, "[0 %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT,
                           ranges[0].length, ranges[1].offset, ranges[1].length);

  if ((guint64) length + 1 > p->byte_range_length)
    return fail_place (error, "no room for /ByteRange");
  memcpy (room, text, (gsize) length);
  room[p->byte_range_length - 1] = ']';
  return write_at (fd, room, (gsize) p->byte_range_length, p->byte_range_offset, error);
}

static gboolean
write_contents (int fd, const SohoaPlaceholder *p, GBytes *cms, GError **error)
{
  static const char digits[] = "0123456789abcdef";
  gsize room = (gsize) p->contents_length - 2;
  g_autofree char *hex = g_strnfill (room, '0');
  gsize length;
  const guint8 *data = g_bytes_get_data (cms, &length);

  if (length > room / 2) {
    g_set_error (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_FORMAT,
                 "signature: %" G_GSIZE_FORMAT " bytes do not fit into the room of %" G_GSIZE_FORMAT
                 ": set a larger placeholder",
                 length, room / 2);
    return FALSE;
  }
  for (gsize i = 0; i < length; i++) {
    hex[2 * i] = digits[data[i] >> 4];
    hex[2 * i + 1] = digits[data[i] & 15];
  }
  return write_at (fd, hex, room, p->contents_offset + 1, error);
}

/* Writes /ByteRange and gives the ranges it names. */
static gboolean
open_place (int fd, const SohoaPlaceholder *p, SohoaRange ranges[2], GError **error)
{
  goffset size = sohoa_fd_size (fd);

  if (size < 0)
    return fail_place (error, "the file has no size");
  if (!check_place (fd, p, (guint64) size, error))
    return FALSE;
  sohoa_placeholder_get_ranges (p, (guint64) size, ranges);
  return write_byte_range (fd, p, ranges, error);
}

gboolean
sohoa_sign_fill_placeholder (int pdf_fd, const SohoaPlaceholder *placeholder, SohoaSigner *signer, GError **error)
{
  return sohoa_sign_fill_stamped (pdf_fd, placeholder, signer, NULL, NULL, NULL, error);
}

gboolean
sohoa_sign_fill_stamped (int pdf_fd, const SohoaPlaceholder *placeholder, SohoaSigner *signer, SohoaStampFunc stamp,
                         gpointer data, GError **stamp_error, GError **error)
{
  g_autoptr (GBytes) cms = NULL;
  SohoaRange ranges[2];

  if (!open_place (pdf_fd, placeholder, ranges, error))
    return FALSE;
  cms = sohoa_signer_sign_stamped (signer, pdf_fd, ranges, G_N_ELEMENTS (ranges), stamp, data, stamp_error, error);
  return cms != NULL && write_contents (pdf_fd, placeholder, cms, error);
}

gboolean
sohoa_sign_fill_timestamp (int pdf_fd, const SohoaPlaceholder *placeholder, SohoaStampFunc stamp, gpointer data,
                           GError **error)
{
  g_autoptr (GBytes) token = NULL;
  guint8 digest[EVP_MAX_MD_SIZE];
  SohoaRange ranges[2];

  if (!open_place (pdf_fd, placeholder, ranges, error)
      || !sohoa_hash_ranges (pdf_fd, ranges, G_N_ELEMENTS (ranges), EVP_sha256 (), digest, error))
    return FALSE;
  token = stamp (data, digest, error);
  return token != NULL && write_contents (pdf_fd, placeholder, token, error);
}
