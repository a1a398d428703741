/* One blocking HTTP exchange for the connectors: own GMainContext, a deadline over everything, TLS
 * verified, no redirects, no proxy surprises for this machine, the answer capped. */
#pragma once

#include "sohoa-connector.h"
#include "sohoa-segment-stream.h"

#include <libsoup/soup.h>

G_BEGIN_DECLS

#define SOHOA_HTTP_ANSWER_MAX_BYTES (8u * 1024 * 1024)
#define SOHOA_HTTP_EDOC_MAX_BYTES (96u * 1024 * 1024) /* getEdoc: base64 of a message with base64 files */

typedef struct {
  const char *method;       /* "GET", "POST" */
  const char *path;         /* after the target's url, "/api/v1/…" */
  const char *content_type; /* (nullable) */
  SohoaSegmentStream *body; /* (nullable) */
  GPtrArray  *headers;      /* (nullable) (element-type SohoaVxpHeader) full names */
  gsize       max_bytes;    /* 0: SOHOA_HTTP_ANSWER_MAX_BYTES */
} SohoaHttpRequest;

typedef struct {
  guint    status;    /* 0: no usable answer */
  gboolean sent;      /* the whole request left this machine */
  GBytes  *body;      /* (owned) (nullable) */
  GError  *error;     /* (owned) (nullable) why there is no answer; its text is fit for showing */
} SohoaHttpAnswer;

void sohoa_http_answer_clear (SohoaHttpAnswer *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SohoaHttpAnswer, sohoa_http_answer_clear)

/* Fills @answer; never fails otherwise. */
void sohoa_http_send (const SohoaTarget *target, const SohoaHttpRequest *request, GCancellable *cancellable,
                      SohoaHttpAnswer *answer);

/* Whether a call that was to change something may have changed it, though @answer does not say so: it was
 * sent whole, and then nothing came, or what a server between us and the receiver says when the receiver
 * was lost to it (408, 5xx). Not 503: that is "not taken, come back". */
gboolean sohoa_http_answer_is_open (const SohoaHttpAnswer *answer);

/* The meaning of no answer or of a refusing status, for calls that change nothing and for those that
 * are not sent: UNREACHABLE, SERVER_BUSY (408, 429, 5xx), AUTH (401, 403), REJECTED (other 4xx, with
 * @reason), BAD_ANSWER (anything else). Always FALSE. */
gboolean sohoa_http_fail (const SohoaTarget *target, const SohoaHttpAnswer *answer, const char *reason,
                          GError **error);

G_END_DECLS
