#include "sohoa-sign-private.h"

#include <openssl/err.h>
#include <time.h>

#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-text.h"

#define HASH_BLOCK_BYTES (1024u * 1024)
#define NAME_MAX_CHARS 200

void
sohoa_x509_stack_free (SohoaX509Stack *stack)
{
  sk_X509_pop_free (stack, X509_free);
}

char *
sohoa_openssl_reason (void)
{
  unsigned long code = ERR_peek_last_error ();
  const char *text = code != 0 ? ERR_reason_error_string (code) : NULL;

  ERR_clear_error ();
  return g_strdup (text != NULL ? text : "unknown reason");
}

static gboolean
ranges_are_sane (int fd, const SohoaRange *ranges, guint n_ranges)
{
  goffset size = sohoa_fd_size (fd);
  guint64 end = 0;

  if (size < 0 || n_ranges == 0)
    return FALSE;
  for (guint i = 0; i < n_ranges; i++) {
    if (ranges[i].offset < end || ranges[i].offset > (guint64) size)
      return FALSE;
    if (ranges[i].length > (guint64) size - ranges[i].offset)
      return FALSE;
    end = ranges[i].offset + ranges[i].length;
  }
  return TRUE;
}

static gboolean
hash_range (int fd, const SohoaRange *range, EVP_MD_CTX *ctx, guint8 *block, GError **error)
{
  guint64 done = 0;

  while (done < range->length) {
    gsize step = (gsize) MIN ((guint64) HASH_BLOCK_BYTES, range->length - done);

    if (!sohoa_fd_pread_all (fd, block, step, (goffset) (range->offset + done), error))
      return FALSE;
    if (EVP_DigestUpdate (ctx, block, step) != 1) {
      g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INTERNAL, "hash: no memory: try again");
      return FALSE;
    }
    done += step;
  }
  return TRUE;
}

gboolean
sohoa_hash_ranges (int fd, const SohoaRange *ranges, guint n_ranges, const EVP_MD *md, guint8 *out, GError **error)
{
  g_autoptr (EVP_MD_CTX) ctx = EVP_MD_CTX_new ();
  g_autofree guint8 *block = g_malloc (HASH_BLOCK_BYTES);

  if (!ranges_are_sane (fd, ranges, n_ranges)) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT,
                 "byte range: outside the file or not ascending: the file was cut or is not what it says");
    return FALSE;
  }
  if (ctx == NULL || EVP_DigestInit_ex (ctx, md, NULL) != 1) {
    g_autofree char *why = sohoa_openssl_reason ();

    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INTERNAL, "hash: %s: report this", why);
    return FALSE;
  }
  for (guint i = 0; i < n_ranges; i++) {
    if (!hash_range (fd, &ranges[i], ctx, block, error))
      return FALSE;
  }
  if (EVP_DigestFinal_ex (ctx, out, NULL) != 1) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INTERNAL, "hash: could not be finished: report this");
    return FALSE;
  }
  return TRUE;
}

static char *
name_entry (const X509_NAME *name, int nid)
{
  g_autofree char *text = NULL;
  g_autofree char *line = NULL;
  guint8 *utf8 = NULL;
  int index = X509_NAME_get_index_by_NID (name, nid, -1);
  int length;

  if (index < 0)
    return NULL;
  length = ASN1_STRING_to_UTF8 (&utf8, X509_NAME_ENTRY_get_data (X509_NAME_get_entry (name, index)));
  if (length < 0) {
    ERR_clear_error ();
    return NULL;
  }
  /* an embedded NUL must not hide the rest of a name */
  for (int i = 0; i < length; i++) {
    if (utf8[i] == '\0')
      utf8[i] = '?';
  }
  text = g_strndup ((const char *) utf8, (gsize) length);
  OPENSSL_free (utf8);
  line = sohoa_text_squeeze (text);
  return g_utf8_substring (line, 0, MIN (g_utf8_strlen (line, -1), NAME_MAX_CHARS));
}

char *
sohoa_x509_name_text (const X509_NAME *name)
{
  static const int wanted[] = { NID_commonName, NID_organizationName };

  for (guint i = 0; name != NULL && i < G_N_ELEMENTS (wanted); i++) {
    char *text = name_entry (name, wanted[i]);

    if (text != NULL && *text != '\0')
      return text;
    g_free (text);
  }
  return g_strdup ("");
}

char *
sohoa_x509_serial_text (const X509 *cert)
{
  const ASN1_INTEGER *serial = X509_get0_serialNumber (cert);
  GString *hex = g_string_new (NULL);

  for (int i = 0; serial != NULL && i < ASN1_STRING_length (serial) && i < 64; i++)
    g_string_append_printf (hex, "%02X", ASN1_STRING_get0_data (serial)[i]);
  return g_string_free (hex, FALSE);
}

GBytes *
sohoa_x509_to_der (const X509 *cert)
{
  guint8 *der = NULL;
  int length = i2d_X509 (cert, &der);
  GBytes *bytes;

  if (length <= 0) {
    ERR_clear_error ();
    return NULL;
  }
  bytes = g_bytes_new (der, (gsize) length);
  OPENSSL_free (der);
  return bytes;
}

char *
sohoa_x509_sha256_text (const X509 *cert)
{
  g_autoptr (GBytes) der = sohoa_x509_to_der (cert);

  if (der == NULL)
    return g_strdup ("");
  return sohoa_bytes_sha256 (g_bytes_get_data (der, NULL), g_bytes_get_size (der));
}

gint64
sohoa_asn1_time_us (const ASN1_TIME *time)
{
  struct tm tm = { 0 };

  if (time == NULL || ASN1_TIME_to_tm (time, &tm) != 1) {
    ERR_clear_error ();
    return 0;
  }
  return (gint64) timegm (&tm) * G_USEC_PER_SEC;
}

gboolean
sohoa_x509_may_sign (X509 *cert)
{
  guint32 usage = X509_get_key_usage (cert); /* UINT32_MAX without the extension */

  return (usage & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)) != 0;
}
