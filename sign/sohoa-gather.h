/* Gathers what is needed to believe a signature later: missing certificates (AIA caIssuers), OCSP answers (AIA),
 * CRLs (CDP). Every answer is checked before it is kept; OCSP is asked first. Needs the network. */
#pragma once

#include "sohoa-evidence.h"
#include "sohoa-fetch.h"

G_BEGIN_DECLS

#define SOHOA_GATHER_TIMEOUT_MS (30 * 1000) /* of one question */
#define SOHOA_OCSP_MAX_BYTES (64u * 1024)
#define SOHOA_CERT_MAX_BYTES (256u * 1024)  /* a PKCS#7 with a few certificates */
#define SOHOA_GATHER_MAX_CERTIFICATES 64u   /* looked at in one run */

typedef struct {
  const char *proxy;     /* (nullable) sohoa-fetch.h */
  guint       timeout_ms; /* 0 = SOHOA_GATHER_TIMEOUT_MS */
  GBytes     *trust_pem; /* (nullable) where chains may end; a self-signed certificate also ends one */
  gint64      time_us;   /* now */
} SohoaGather;

/* @leaves: (element-type GBytes) certificates to cover; @pool: (nullable) what may be used on the way. Adds to @into:
 * every certificate of the chains, and an OCSP answer or CRL for each that is not a root.
 * TRUE when nothing is missing. @missing: (element-type utf8) "NAME: why"; a certificate that is revoked is named there
 * and sets *@revoked_out. Never fails otherwise: an office without Internet gets a list of what is missing. */
gboolean sohoa_gather_evidence (const SohoaGather *self, const GPtrArray *leaves, const GPtrArray *pool,
                                SohoaEvidence *into, GPtrArray *missing, gboolean *revoked_out,
                                GCancellable *cancellable);

G_END_DECLS
