/* Questions to the person: a program of its own (sohoa-ask, GTK) gets one JSON object on its standard input and prints one.
 * One question at a time; the others wait. Blocking; any thread.
 *
 *   {"kind": "allow", "origin", "hosts": […], "op"}                          → {"allow": true | false}
 *   {"kind": "sign", "origin", "op", "title", "message", "file": {"name", "bytes", "sha256"} (a page's file; absent: the
 *    person chooses), "documents": [{"id", "title", "detail", "needs-pin"}], "choose-file": b, "needs-pin": b, "token",
 *    "final": b (one more wrong PIN locks the token)}
 *                                     → {"ok": true, "id" | "path", "pin"} | {"ok": false} | {"scan": true}
 *   {"kind": "number", "title", "origin", "answer", "day"}                   → {"number", "day"} | {}
 *   {"kind": "settings", "origins": […], "until", "port"}                    → {"forget": […]} */
#pragma once

#include "sohoa-agent-conf.h"

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* Asks; @question is consumed. NULL: it could not be asked or was answered by nothing (SOHOA_ERROR_UNAVAILABLE,
 * SOHOA_ERROR_BUSY when too many wait, G_IO_ERROR_CANCELLED). json_object_unref(). */
JsonObject *sohoa_agent_ask (SohoaAgentConf *conf, JsonBuilder *question, GCancellable *cancellable, GError **error);

/* Starts the desk (sohoa-gtk) and does not wait for it. */
gboolean sohoa_agent_open_desk (GError **error);

/* A name and a text; for questions. */
void sohoa_agent_put (JsonBuilder *b, const char *name, const char *text);

G_END_DECLS
