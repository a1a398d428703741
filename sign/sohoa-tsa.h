/* Asks a time stamp authority (RFC 3161 over HTTP, RFC 5816) and believes nothing it did not prove. */
#pragma once

#include <gio/gio.h>

#include "sohoa-fetch.h"

G_BEGIN_DECLS

#define SOHOA_TSA_TIMEOUT_MS (180 * 1000) /* VGCA was seen to take 2–131 s (domain.md 9.2) */
#define SOHOA_TSA_ATTEMPTS 3u
#define SOHOA_TSA_BACKOFF_MS 2000u        /* before the second attempt, doubled each time */
#define SOHOA_TSA_MAX_ANSWER_BYTES (64u * 1024)
#define SOHOA_TSA_MAX_PARALLEL 4          /* questions to authorities at one time, of this process */

typedef struct {
  const char *url;
  const char *policy;     /* (nullable) OID that is asked for and must come back */
  const char *proxy;      /* (nullable) sohoa-fetch.h */
  guint       timeout_ms; /* of one attempt, and no attempt begins later than that; 0 = SOHOA_TSA_TIMEOUT_MS */
  guint       attempts;   /* 0 = SOHOA_TSA_ATTEMPTS */
  GBytes     *trust_pem;  /* (nullable) the authority's chain must end here; without it the chain is not judged */
} SohoaTsa;

/* A checked token (DER) over @sha256: status granted, our imprint, our nonce, the policy asked for, signature,
 * signingCertificate binding, key usage timeStamping alone and critical, chain. Retries what may go away.
 * @gen_time_us_out: (nullable) the authority's time: right even when our clock is not.
 * Errors: SOHOA_SIGN_ERROR_TSA_UNREACHABLE, _TSA_REFUSED (rejected, or an answer that is not ours or not good),
 * SOHOA_ERROR_INVALID_ARGUMENT (address or policy), G_IO_ERROR_CANCELLED. Blocks. */
GBytes *sohoa_tsa_stamp (const SohoaTsa *tsa, const guint8 *sha256, GCancellable *cancellable,
                         gint64 *gen_time_us_out, GError **error);

/* The two halves of it, for tests: a question, and the judgement of an answer to it. */
GBytes *sohoa_tsa_question (const SohoaTsa *tsa, const guint8 *sha256, GError **error);
GBytes *sohoa_tsa_judge (const SohoaTsa *tsa, GBytes *question, GBytes *answer, gint64 *gen_time_us_out,
                         GError **error);

G_END_DECLS
