/* The agent's way to the page's own servers: files come from and go to allowed hosts only, over verified TLS, without
 * redirects, bounded in time and size. Blocking; any thread. */
#pragma once

#include "sohoa-agent-conf.h"
#include "sohoa-agent-request.h"

G_BEGIN_DECLS

#define SOHOA_AGENT_ANSWER_MAX_BYTES (64u * 1024) /* of an upload handler */

/* Who asks, and with what session. All borrowed. */
typedef struct {
  SohoaAgentConf *conf;
  const char     *origin;
  const char     *session; /* SessionId, "" */
  const char     *token;   /* JWTToken, "" */
} SohoaAgentVisit;

/* The PDF at @url. Errors: SOHOA_ERROR_NOT_AUTHORISED (host not allowed), SOHOA_SUBMIT_ERROR_UNREACHABLE, _REJECTED (answer not
 * 200), SOHOA_INTAKE_ERROR_TOO_LARGE, _UNREADABLE (no PDF); texts in Vietnamese. g_bytes_unref. */
GBytes *sohoa_agent_web_download (const SohoaAgentVisit *visit, const char *url, GCancellable *cancellable, GError **error);

/* POST multipart/form-data, the file's part is "uploadfile" (domain.md 9.3), each of @meta is a text part. Gives the
 * handler's answer as UTF-8; g_free. SOHOA_SUBMIT_ERROR_UNKNOWN_OUTCOME: it was sent and no whole answer came. */
char *sohoa_agent_web_upload (const SohoaAgentVisit *visit, const char *url, const char *name, GBytes *pdf,
                              const GPtrArray *meta, GCancellable *cancellable, GError **error);

/* A file's name for a page and for a form: the last part of @url's path or @fallback, in plain characters, ending in
 * ".pdf". g_free. */
char *sohoa_agent_web_dup_name (const char *url, const char *fallback);

G_END_DECLS
