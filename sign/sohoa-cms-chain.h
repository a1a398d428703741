/* The way from a certificate up to a trusted one, and what is known against it. For friends inside sign/. */
#pragma once

#include "sohoa-evidence.h"
#include "sohoa-sign-private.h"

G_BEGIN_DECLS

typedef struct {
  SohoaX509Stack *certs;   /* (owned) the leaf first; as far as it could be built */
  gboolean        weak;    /* a certificate below the trusted one is signed with SHA-1 or MD5, or has a short key */
  char           *problem; /* (owned) (nullable) why it does not hold */
} SohoaChain;

/* Builds the chain at @time_us. @carried and the certificates of @evidence may be used on the way, only @trust ends
 * it. @time_stamping: the leaf must be a time stamp authority's. FALSE with self->problem. */
gboolean sohoa_chain_build (SohoaChain *self, X509 *leaf, SohoaX509Stack *carried, SohoaX509Stack *trust,
                            const SohoaEvidence *evidence, gint64 time_us, gboolean time_stamping);
void     sohoa_chain_clear (SohoaChain *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SohoaChain, sohoa_chain_clear)

/* Of every certificate whose issuer is in the chain: REVOKED when one was, UNCHECKED when one is not known,
 * else GOOD. @revoked_us: earliest revocation seen, also one after @time_us; 0 = none. */
SohoaRevocation sohoa_chain_revocation (const SohoaChain *self, const SohoaEvidence *evidence, gint64 time_us,
                                        gint64 now_us, gint64 *revoked_us);
gboolean        sohoa_chain_names_revocation (const SohoaChain *self);

/* Some certificate of @carried leads nowhere from @leaf, or is not what its issuer signed. */
gboolean sohoa_chain_has_strangers (X509 *leaf, SohoaX509Stack *carried, SohoaX509Stack *trust);

/* A certificate of @stack that issued @cert, by name and signature; borrowed, NULL = none. */
X509 *sohoa_chain_find_issuer (X509 *cert, SohoaX509Stack *stack);

G_END_DECLS
