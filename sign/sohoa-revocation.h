/* Was a certificate revoked? Judged from OCSP answers and CRLs at hand (RFC 6960, RFC 5280); asks nobody.
 * The bytes are a stranger's. For friends inside sign/. */
#pragma once

#include "sohoa-evidence.h"
#include "sohoa-sign-private.h"

#include <openssl/ocsp.h>

G_BEGIN_DECLS

#define SOHOA_CLOCK_SKEW_US (5 * 60 * (gint64) G_USEC_PER_SEC)

typedef struct {
  SohoaRevocation status;
  gint64          revoked_us; /* 0 = never; may lie after the time asked for */
} SohoaRevocationVerdict;

/* @time_us: when the certificate was used. @now_us: nothing later than this is believed. */
SohoaRevocationVerdict sohoa_revocation_check (X509 *cert, X509 *issuer, const SohoaEvidence *evidence,
                                               gint64 time_us, gint64 now_us);

/* One answer, the same rules: @ocsp or @crl is DER. Tells why an answer is of no use in *@why (g_free). */
SohoaRevocationVerdict sohoa_revocation_from_ocsp (X509 *cert, X509 *issuer, GBytes *ocsp, gint64 time_us,
                                                   gint64 now_us, char **why);
SohoaRevocationVerdict sohoa_revocation_from_crl (X509 *cert, X509 *issuer, GBytes *crl, gint64 time_us,
                                                  gint64 now_us, char **why);

/* The responder's own certificate needs no check (id-pkix-ocsp-nocheck, RFC 6960, 4.2.2.2.1). */
gboolean sohoa_x509_is_nocheck (const X509 *cert);
gboolean sohoa_x509_is_self_issued (X509 *cert);
/* The certificate says where its revocation is told. */
gboolean sohoa_x509_names_revocation (X509 *cert);

G_END_DECLS
