/* wss://127.0.0.1:PORT/OP: one connection per call, one text from the page, one text back, closed (domain.md 9.3). TLS only,
 * loopback only. Refused before the WebSocket opens: a Host that is not this machine (DNS rebinding), no Origin or one that is
 * no https page, an origin that was denied, too many connections. Main thread; each call has a thread of its own. */
#pragma once

#include "sohoa-agent-conf.h"

G_BEGIN_DECLS

typedef struct _SohoaAgentServer SohoaAgentServer;

/* Listens from here on. @folder: of the certificate. Errors: SOHOA_ERROR_BUSY (the port is taken: another agent runs), G_TLS_ERROR. */
SohoaAgentServer *sohoa_agent_server_new (SohoaAgentConf *conf, const char *folder, GError **error);
guint             sohoa_agent_server_get_port (SohoaAgentServer *self);
void              sohoa_agent_server_free (SohoaAgentServer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaAgentServer, sohoa_agent_server_free)

G_END_DECLS
