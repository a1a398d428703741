/* PAdES levels (EN 319 142-1, 6): how long a signature can be believed, and what is done when an authority is away. */
#pragma once

#include <gio/gio.h>

#include "sohoa-worker-pool.h"

G_BEGIN_DECLS

typedef enum {
  SOHOA_LEVEL_B,   /* the signature */
  SOHOA_LEVEL_T,   /* and a time stamp: it existed then */
  SOHOA_LEVEL_LT,  /* and certificates, OCSP answers, CRLs: nothing was revoked then */
  SOHOA_LEVEL_LTA, /* and a document time stamp over all that: holds when the certificates have ended */
} SohoaLevel;

/* "b" "t" "lt" "lta"; FALSE when it is none of them. */
gboolean    sohoa_level_from_string (const char *text, SohoaLevel *out);
const char *sohoa_level_to_string (SohoaLevel level);  /* static: "b" … */
const char *sohoa_level_to_profile (SohoaLevel level); /* static: "B-B" … */
/* Of a verify report: "B-B" …; FALSE for "" (nothing proven). */
gboolean    sohoa_level_from_profile (const char *text, SohoaLevel *out);

/* The services of one signing; all borrowed. */
typedef struct {
  SohoaLevel  level;      /* wanted; what cannot be had degrades B-LTA → B-T → B-B */
  const char *tsa;        /* (nullable) URL; NULL = SOHOA_LEVEL_B whatever is wanted */
  const char *tsa_policy; /* (nullable) OID */
  const char *proxy;      /* (nullable) of time stamps, OCSP, CRLs; NULL = from the environment */
  guint       timeout_ms; /* of one question to the authority; 0 = sohoa-tsa.h */
  guint       attempts;   /* 0 = sohoa-tsa.h */
  GBytes     *trust_pem;  /* (nullable) where the authority's chain must end; also in verification */
  gboolean    limited;    /* at signing: what is above at_most is known to be away and is not asked for now */
  SohoaLevel  at_most;
  const char *why_limited; /* (nullable) told in the deviation */
} SohoaTrustServices;

typedef struct {
  SohoaTrustServices services;
  guint       within_days; /* an archive time stamp whose certificate ends sooner is followed by a new one */
  gboolean    force;       /* add one in any case */
  int         mode;        /* of the file at out_path; 0 = 0600 */
} SohoaRenewOptions;
#define SOHOA_RENEW_WITHIN_DAYS 180u
#define SOHOA_LEVELS_TIMEOUT_MS (180 * 1000) /* the default of sohoa-tsa.h, for those who do not know sign/ */
/* How a deviation begins that says a signature has less than was wanted. */
#define SOHOA_LEVELS_DEVIATION "signature: level "

typedef struct {
  SohoaLevel before, after;
  gboolean   written;  /* FALSE: there was nothing to do, and no file was written */
  char      *why_less; /* (owned) (nullable) why the level wanted was not reached */
  gint64     archive_end_us; /* when the last document time stamp's certificate ends; 0 = none */
  char      *sha256;   /* (owned) (nullable) of the file written */
  guint64    size;
} SohoaRenewal;
void sohoa_renewal_clear (SohoaRenewal *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SohoaRenewal, sohoa_renewal_clear)

/* Completes the signatures of @pdf_fd to the level wanted, or adds an archive time stamp before the last one's
 * certificate ends, by incremental update: the bytes that are there stay. @out_path may be the path of @pdf_fd.
 * Blocks as long as the authorities take. Errors: SOHOA_SIGN_ERROR_INVALID (not signed, a signature does not hold: what is
 * broken is not sealed), SOHOA_PDF_ERROR_NOT_APPENDABLE, G_IO_ERROR. An authority that is away is no error: see why_less. */
gboolean sohoa_pipeline_renew (SohoaWorkerPool *pool, int pdf_fd, const SohoaRenewOptions *options, const char *out_path,
                               GCancellable *cancellable, SohoaRenewal *renewal_out, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

typedef struct {
  int         trust_fd; /* PEM certificates, -1 = none */
  gboolean    online;   /* fetch what is missing (AIA, OCSP, CRL) and want every certificate shown not revoked */
  const char *proxy;    /* (nullable) */
  gint64      time_us;  /* judge as of this time; 0 = now */
  gboolean    about;    /* also what the file says of itself: member "file" of the report */
} SohoaVerifyOptions;

/* sohoa_pipeline_verify() with more to say. */
gboolean sohoa_pipeline_verify_with (SohoaWorkerPool *pool, int pdf_fd, const SohoaVerifyOptions *options,
                                     GCancellable *cancellable, char **json_out, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
