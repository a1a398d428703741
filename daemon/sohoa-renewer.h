/* Completes signatures whose authorities were away, and follows archive time stamps before their certificates end: one
 * thread, one document at a time. What it gets lies beside the signed file as archive-N.pdf, whose first bytes are that
 * file's; what was submitted is never replaced. The record loses the deviation, the event says from which level to which. */
#pragma once

#include "sohoa-desk.h"

G_BEGIN_DECLS

typedef struct _SohoaRenewer SohoaRenewer;

SohoaRenewer *sohoa_renewer_new (SohoaDesk *desk);
void          sohoa_renewer_free (SohoaRenewer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaRenewer, sohoa_renewer_free)
void          sohoa_renewer_wake (SohoaRenewer *self); /* any thread */

/* A document was signed at @level; @archive_end_us as in SohoaPdfResult. Writes when its evidence is due. */
gboolean sohoa_renewer_note (SohoaDesk *desk, const char *id, SohoaLevel level, gint64 archive_end_us, GError **error);

G_END_DECLS
