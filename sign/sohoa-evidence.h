/* What proves a signature when its certificates have ended: certificates, OCSP answers and CRLs, as they
 * stand in a PDF's DSS (EN 319 142-1, 5.4). All DER; nobody here has looked inside. No network. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define SOHOA_EVIDENCE_TYPE "(aayaayaay)"
#define SOHOA_EVIDENCE_MAX_ITEMS 256u                    /* of each kind */
#define SOHOA_EVIDENCE_MAX_ITEM_BYTES (8u * 1024 * 1024) /* a national CRL is a few MiB */
#define SOHOA_EVIDENCE_MAX_BYTES (32u * 1024 * 1024)     /* all together */

typedef enum {
  SOHOA_REVOCATION_UNCHECKED, /* nothing at hand speaks for this certificate at that time */
  SOHOA_REVOCATION_GOOD,
  SOHOA_REVOCATION_REVOKED,   /* at or before the time asked for */
} SohoaRevocation;

typedef struct {
  GPtrArray *certs; /* (owned) (element-type GBytes) */
  GPtrArray *ocsps; /* (owned) (element-type GBytes) OCSPResponse */
  GPtrArray *crls;  /* (owned) (element-type GBytes) */
} SohoaEvidence;

SohoaEvidence *sohoa_evidence_new (void);
void           sohoa_evidence_free (SohoaEvidence *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaEvidence, sohoa_evidence_free)

/* Adds a reference to @der unless the very same bytes are there; FALSE when a limit above is passed. */
gboolean sohoa_evidence_add (GPtrArray *kind, GBytes *der);
/* Everything of @other. */
void     sohoa_evidence_merge (SohoaEvidence *self, const SohoaEvidence *other);
gboolean sohoa_evidence_is_empty (const SohoaEvidence *self);

/* SOHOA_EVIDENCE_TYPE; floating. */
GVariant      *sohoa_evidence_to_variant (const SohoaEvidence *self);
/* NULL with SOHOA_ERROR_INVALID_ARGUMENT: of another type or past the limits. */
SohoaEvidence *sohoa_evidence_from_variant (GVariant *value, GError **error);

G_END_DECLS
