/* Verifies one detached CMS signature over byte ranges. The bytes are a stranger's: runs in the
 * worker, never trusts a length, never crashes. Offline: revocation is judged from what the caller brings. */
#pragma once

#include <gio/gio.h>

#include "sohoa-evidence.h"
#include "sohoa-range.h"

G_BEGIN_DECLS

#define SOHOA_CMS_MAX_CERTIFICATES 32u
#define SOHOA_CMS_MAX_CHAIN_DEPTH 8
#define SOHOA_TRUST_MAX_BYTES (4u * 1024 * 1024)
#define SOHOA_TRUST_MAX_CERTIFICATES 1024u

typedef enum {
  SOHOA_CMS_VALID,           /* intact, and the chain ends at a trusted certificate */
  SOHOA_CMS_UNTRUSTED_CHAIN, /* intact, but the signer cannot be confirmed: reason says why */
  SOHOA_CMS_INVALID,         /* the bytes or the signature are not what was signed */
  SOHOA_CMS_MALFORMED,       /* not a CMS signature we can read */
} SohoaCmsStatus;

typedef struct {
  SohoaCmsStatus status;
  gboolean       timestamp;      /* an ETSI.RFC3161 document time stamp, not a person's signature */
  gboolean       digest_ok;      /* the ranges are the signed bytes */
  gboolean       signature_ok;   /* signature and signed attributes fit the signer's certificate */
  gboolean       chain_ok;       /* leads to a certificate of the trust list, all valid at the time used */
  gboolean       cert_time_ok;   /* the signer's certificate is valid at the time used */
  gboolean       cades_bound;    /* signingCertificate(V2) is there and names the certificate */
  gboolean       weak;           /* SHA-1 or a short key: intact, but not to be relied upon */
  char          *reason;         /* (owned) one line; "" when VALID */
  char          *signer_name;    /* (owned) CN, else organisation, else ""; NFC, one line */
  char          *issuer_name;    /* (owned) */
  char          *serial;         /* (owned) upper-case hex */
  char          *cert_sha256;    /* (owned) lower-case hex, "" without certificate */
  GBytes        *cert_der;       /* (owned) (nullable) */
  char          *digest_name;    /* (owned) "SHA256" */
  gint64         not_before_us, not_after_us;
  gint64         signing_time_us;   /* claimed signed attribute; 0 = none */
  gint64         timestamp_time_us; /* genTime of the signature time stamp or of the document time
                                       stamp; 0 = none. Only set when the token fits the signature. */
  gboolean       timestamp_trusted; /* the token's own signature and chain are good */
  gint64         used_time_us;      /* at which the certificates were judged */
  SohoaRevocation revocation;       /* of the whole chain below the trusted certificate, the worst counts */
  SohoaRevocation timestamp_revocation; /* the same of the signature time stamp's authority */
  gint64         revoked_us;        /* when a certificate of the chain was revoked; 0 = never */
  gboolean       names_revocation;  /* some certificate of the chain says where to ask */
  GPtrArray     *leaves;  /* (owned) (element-type GBytes) DER of the signer and of the time stamp's signer */
  GPtrArray     *carried; /* (owned) (element-type GBytes) DER of all certificates in signature and token */
} SohoaCmsReport;

/* What a signature is judged with. */
typedef struct {
  GBytes              *trust_pem; /* (nullable) PEM certificates; NULL or empty = nothing is trusted */
  const SohoaEvidence *evidence;  /* (nullable) from the file's DSS, and fetched by the caller */
  gint64               now_us;
  gint64               proof_us;  /* a good document time stamp of this time covers the signature; 0 = none */
  gboolean             need_revocation; /* a chain that names a revocation service must be shown not revoked */
} SohoaCmsMaterial;

/* Always fills @out (also on malformed input) and never fails; clear it with sohoa_cms_report_clear().
 * @cms: DER, zero bytes after it are padding of /Contents. @trust_pem: PEM certificates, NULL or empty
 * = nothing is trusted. @now_us: the time at which certificates must be valid unless a trusted time
 * stamp gives an earlier one. The first call opens openssl.cnf and the time zone: verify any junk once
 * before locking a sandbox. */
void sohoa_cms_verify (GBytes *cms, int fd, const SohoaRange *ranges, guint n_ranges, GBytes *trust_pem,
                       gint64 now_us, SohoaCmsReport *out);
/* The same with evidence. The certificates are judged at the earliest trusted proof of the signature's existence:
 * its own time stamp, @material->proof_us, else now_us. Revoked at or before that time is INVALID; a chain that
 * cannot be confirmed is UNTRUSTED_CHAIN. */
void sohoa_cms_verify_with (GBytes *cms, int fd, const SohoaRange *ranges, guint n_ranges,
                            const SohoaCmsMaterial *material, SohoaCmsReport *out);
/* A time stamp token (RFC 3161) over bytes whose SHA-256 is @sha256. */
void sohoa_cms_verify_token (GBytes *token, const guint8 *sha256, const SohoaCmsMaterial *material,
                             SohoaCmsReport *out);
void sohoa_cms_report_clear (SohoaCmsReport *report);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SohoaCmsReport, sohoa_cms_report_clear)

G_END_DECLS
