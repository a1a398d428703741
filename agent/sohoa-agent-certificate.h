/* The agent's own certificate: made once per machine and user, self-signed, for 127.0.0.1 and localhost only; its key never
 * leaves the folder. A browser trusts it after one explicit step (sohoa-agent --trust). */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define SOHOA_AGENT_CERTIFICATE_FILE "agent.pem"
#define SOHOA_AGENT_KEY_FILE "agent.key"

/* Makes both files in @folder (0700; key 0600) when the certificate is missing, has ended or ends within 30 days, or @anew.
 * @made_out: (nullable). Errors: SOHOA_ERROR_INTERNAL, G_IO_ERROR. */
gboolean sohoa_agent_certificate_make (const char *folder, gboolean anew, gboolean *made_out, GError **error);

/* Its last day, ISO; "" when it cannot be read. g_free. */
char *sohoa_agent_certificate_dup_end (const char *folder);

/* Puts it into the certificate stores of the user's browsers (NSS: ~/.pki/nssdb, made when missing, and Firefox' profiles)
 * with certutil of Debian's libnss3-tools, replacing an older one of ours. @report_out: one line per store; g_free.
 * Errors: SOHOA_ERROR_UNAVAILABLE (certutil is missing: install libnss3-tools). */
gboolean sohoa_agent_certificate_trust (const char *folder, char **report_out, GError **error);

G_END_DECLS
