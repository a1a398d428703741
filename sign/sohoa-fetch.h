/* One question to a trust service over HTTP: time stamp authority, OCSP responder, CRL or certificate store.
 * Answers are bounded in size and time; what they say is judged elsewhere. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define SOHOA_FETCH_MAX_URL_BYTES 2048u

typedef struct {
  const char *proxy;      /* (nullable) "http://host:port"; NULL = from http_proxy, https_proxy, no_proxy */
  guint       timeout_ms; /* for the whole exchange */
} SohoaNet;

/* POST of @body as @content_type, or GET when @body is NULL. Only http: and https:.
 * Errors: SOHOA_SIGN_ERROR_TSA_UNREACHABLE (no connection, time-out, HTTP status: may go away),
 * SOHOA_SIGN_ERROR_TSA_REFUSED (an answer past @max_bytes), SOHOA_ERROR_INVALID_ARGUMENT (no such address),
 * G_IO_ERROR_CANCELLED. Blocks; call it from a thread that may wait. */
GBytes *sohoa_fetch (const SohoaNet *net, const char *url, const char *content_type, GBytes *body, gsize max_bytes,
                     GCancellable *cancellable, GError **error);

G_END_DECLS
