/* One call of a page, from its request to its answer. Blocking; runs in a thread of its own. */
#pragma once

#include "sohoa-agent-conf.h"
#include "sohoa-agent-request.h"

G_BEGIN_DECLS

typedef struct {
  SohoaAgentConf *conf;
  const char     *origin;      /* of the page, as sohoa_agent_origin_of() gives it */
  const char     *until;       /* day the agent's certificate ends, for the settings */
  guint           port;
  GCancellable   *cancellable; /* fired when the page goes away */
} SohoaAgentCaller;

/* Never NULL: what went wrong is told in the answer. Free with sohoa_agent_reply_free(). */
SohoaAgentReply *sohoa_agent_call (const SohoaAgentCaller *caller, SohoaAgentOp op, const char *text, gsize length);

G_END_DECLS
