/* Who signs: certificates and a key that makes signatures, and the detached CAdES-BES signature of
 * byte ranges (ETSI EN 319 122-1, the CMS of PAdES B-B). Knows no PDF and no jobs.
 *
 * Signed attributes are exactly contentType, messageDigest, signingCertificateV2; the signing time
 * stands in the PDF's /M. SHA-256 with RSA PKCS#1 v1.5, RSA-PSS (salt 32, when the certificate's key is
 * one) or ECDSA, by the type of key (domain.md 9.2). */
#pragma once

#include <gio/gio.h>

#include "sohoa-passphrase.h"
#include "sohoa-range.h"

G_BEGIN_DECLS

#define SOHOA_P12_MAX_BYTES (1024u * 1024)
#define SOHOA_P12_MAX_ITERATIONS 2000000u /* key derivation, summed over the file: about a second */
#define SOHOA_P12_MAX_CERTIFICATES 16u
#define SOHOA_CMS_MAX_BYTES (1024u * 1024) /* of one signature, made or verified */

typedef struct _SohoaSigner SohoaSigner;

/* A key that can do one thing: sign DER-coded attributes. File keys and tokens differ only here. */
typedef struct {
  const char *name; /* "p12", "pkcs11" */
  /* Gives the signature over SHA-256 of @der: PKCS#1 v1.5 for RSA, PSS with MGF1-SHA-256 and salt 32 for an
   * RSA-PSS certificate, DER SEQUENCE {r, s} for ECDSA. */
  GBytes *(*sign_attributes) (gpointer key, const guint8 *der, gsize length, GError **error);
  void (*free) (gpointer key); /* (nullable) wipes what it holds */
} SohoaSignerBackend;

/* Takes @key (also on error). @certificates: GBytes of DER, the signer's own first; borrowed.
 * Errors: SOHOA_SIGN_ERROR_FORMAT (a certificate cannot be read, weak or unknown key type),
 * NO_KEY (key usage does not allow signing). */
SohoaSigner *sohoa_signer_new (const SohoaSignerBackend *backend, gpointer key, GPtrArray *certificates,
                               GError **error);

/* From a PKCS#12 file. The passphrase is read from @passphrase_fd to its end or first newline into
 * locked memory and wiped; -1 means the empty passphrase.
 * Errors (SOHOA_SIGN_ERROR): PIN (wrong passphrase), NO_KEY (no key or no certificate in it),
 * KEY_MISMATCH (key and certificate do not belong together), CERT_EXPIRED (also: not yet valid),
 * FORMAT (not PKCS#12, or passes a limit above); SOHOA_ERROR_NOT_FOUND (no such file). */
SohoaSigner *sohoa_signer_new_p12 (const char *path, int passphrase_fd, GError **error);

/* FALSE when others than the owner may read the key file (mode looser than 0600):
 * SOHOA_ERROR_CONFIG. The caller decides whether to warn or to stop. */
gboolean sohoa_signer_check_file_mode (const char *path, GError **error);

void sohoa_signer_free (SohoaSigner *self); /* wipes the key */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaSigner, sohoa_signer_free)

const char *sohoa_signer_get_name (SohoaSigner *self);       /* CN, NFC, one line; never NULL */
const char *sohoa_signer_get_issuer_name (SohoaSigner *self);
const char *sohoa_signer_get_serial (SohoaSigner *self);     /* upper-case hex */
const char *sohoa_signer_get_sha256 (SohoaSigner *self);     /* lower-case hex of the certificate */
gint64      sohoa_signer_get_not_before (SohoaSigner *self); /* µs since 1970 */
gint64      sohoa_signer_get_not_after (SohoaSigner *self);
/* (element-type GBytes) DER, the signer's own first, then up to the root as far as known; borrowed. */
GPtrArray  *sohoa_signer_get_chain (SohoaSigner *self);

/* CERT_EXPIRED when the certificate is not valid at @now_us: ask before every signature. */
gboolean sohoa_signer_check_time (SohoaSigner *self, gint64 now_us, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Gives a time stamp token (DER, RFC 3161) over a SHA-256, or NULL. Lives outside: sign/ signs without a network. */
typedef GBytes *(*SohoaStampFunc) (gpointer data, const guint8 *sha256, GError **error);

/* The CMS (DER) over @ranges of @fd, read with pread(). Ranges are ascending and do not overlap.
 * Errors: SOHOA_ERROR_INVALID_ARGUMENT (ranges outside the file), G_IO_ERROR, SOHOA_SIGN_ERROR of
 * the key. The result is at most SOHOA_CMS_MAX_BYTES. Free with g_bytes_unref. */
GBytes *sohoa_signer_sign (SohoaSigner *self, int fd, const SohoaRange *ranges, guint n_ranges, GError **error);
/* The same with a signature time stamp (PAdES B-T) from @stamp. When @stamp gives none the signature is made
 * without, and *@stamp_error says why: an office without Internet signs too. */
GBytes *sohoa_signer_sign_stamped (SohoaSigner *self, int fd, const SohoaRange *ranges, guint n_ranges,
                                   SohoaStampFunc stamp, gpointer data, GError **stamp_error, GError **error);

G_END_DECLS
