/* The headers that prove who asks. */
#pragma once

#include "sohoa-connector-private.h"

G_BEGIN_DECLS

/* Full header names, ready to send: system id, @extra (nullable, logical names), time stamp (and for
 * the rest prefix a nonce), with their signature; or the bearer token; or @extra only.
 * g_ptr_array_unref. */
GPtrArray *sohoa_submit_auth_headers (SohoaConnector *self, const char *prefix, GPtrArray *extra);

G_END_DECLS
