/* Files a page sends, signed and verified by the sohoa command: its workers parse them inside their sandbox, and the key
 * or token is used there alone. Blocking; any thread. */
#pragma once

#include "sohoa-agent-conf.h"

G_BEGIN_DECLS

/* @pdf with a signature more. @pin: read by a descriptor (NULL: an empty passphrase). Errors: SOHOA_SIGN_ERROR_PIN (wrong),
 * _PIN_FINAL, _INVALID, SOHOA_ERROR_CONFIG (no [agent] sign). g_bytes_unref. */
GBytes *sohoa_agent_file_sign (SohoaAgentConf *conf, GBytes *pdf, const char *pin, gboolean final_try,
                               GCancellable *cancellable, GError **error);

/* The verdict "VALID" … of sohoa verify; g_free. */
char *sohoa_agent_file_verify (SohoaAgentConf *conf, GBytes *pdf, GCancellable *cancellable, GError **error);

G_END_DECLS
