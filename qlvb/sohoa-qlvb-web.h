/* The receiver's web pages: who may see them, what they may do. */
#pragma once

#include "sohoa-qlvb-server.h"

G_BEGIN_DECLS

#define SOHOA_QLVB_FORM_MAX_BYTES (16u * 1024)

/* Members of SohoaQlvb it reads: store, data_dir, agency_name, pool. @users_path: (nullable) NULL: the pages are off.
 * @encrypted: cookies are for HTTPS only. SOHOA_ERROR_CONFIG. */
SohoaQlvbWeb *sohoa_qlvb_web_new (SohoaQlvb *qlvb, const char *users_path, gboolean encrypted, GError **error);
void          sohoa_qlvb_web_free (SohoaQlvbWeb *self); /* waits for what is under way */

/* "/" and what is below "/web/". */
gboolean sohoa_qlvb_web_owns (const char *path);
/* After the headers: FALSE: a body nobody shall read; the answer is set. */
gboolean sohoa_qlvb_web_admit (SohoaQlvbWeb *self, SoupServerMessage *message);
void     sohoa_qlvb_web_handle (SohoaQlvbWeb *self, SoupServerMessage *message, const char *path, GHashTable *query);

G_END_DECLS
