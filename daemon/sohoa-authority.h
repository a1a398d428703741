/* What the desk asks for its signatures' evidence, and what it learned of who does not answer: when the time stamp
 * authority (or OCSP, CRL) is away, the next documents do not wait for it too. They get what can be had, say so in their
 * record, and are completed later (sohoa-renewer.h).
 *
 *   open ──failure──▶ limited (5 s, doubled each time, up to 10 min) ──time over──▶ open      any success: open */
#pragma once

#include "sohoa-daemon-conf.h"

G_BEGIN_DECLS

typedef struct _SohoaAuthority SohoaAuthority; /* any thread */

/* Borrows @conf, reads its trust file. */
SohoaAuthority *sohoa_authority_new (const SohoaDaemonConf *conf, GError **error);
void            sohoa_authority_free (SohoaAuthority *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaAuthority, sohoa_authority_free)

/* The services of one signing as of now; borrowed from @self, but for the reason in it, which is also what is returned:
 * g_free it after use; NULL = nothing is known to be away. */
char *sohoa_authority_services (SohoaAuthority *self, SohoaTrustServices *out);
/* What became of one that was asked: the level reached, and why it is not more (nullable). */
void sohoa_authority_learned (SohoaAuthority *self, SohoaLevel reached, const char *why_less);
/* When it may be asked again: monotonic µs, 0 = now. */
gint64 sohoa_authority_limited_until (SohoaAuthority *self);
/* A person wants it asked now. */
void sohoa_authority_reopen (SohoaAuthority *self);
/* Why less than the level wanted is reached now; NULL = it is not known to be so. g_free. */
char *sohoa_authority_dup_reason (SohoaAuthority *self);

G_END_DECLS
