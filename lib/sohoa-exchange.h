/* One blocking HTTP exchange, for every room that asks a server: a main context of its own, one deadline over
 * everything, the caller's cancellable, the answer capped. A library of its own (libsohoa-exchange), because lib/ itself
 * needs no libsoup.
 *
 *   x = sohoa_exchange_new (timeout_ms, max_bytes);     from here on libsoup's objects belong to its context
 *   session and message are made, then sohoa_exchange_run (x, session, message, cancellable);
 *   what came is read from the members; sohoa_exchange_free() after session and message. */
#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

typedef struct {
  GByteArray *bytes;     /* (owned) the answer's body as far as it came */
  GError     *error;     /* (owned) (nullable) of libsoup, or G_IO_ERROR_CANCELLED by deadline or caller */
  gboolean    timed_out; /* the deadline passed */
  gboolean    too_long;  /* the answer is longer than max_bytes */
  gboolean    sent;      /* the whole request left this machine */
  /* private */
  GMainContext *context; /* (owned) thread-default until free */
  GMainLoop    *loop;    /* (owned) */
  GError       *refused; /* (owned) (nullable) */
  GCancellable *stop;    /* (owned) fired by the deadline or by the caller's cancellable */
  guint         timeout_ms;
  gsize         max_bytes;
} SohoaExchange;

SohoaExchange *sohoa_exchange_new (guint timeout_ms, gsize max_bytes);
void           sohoa_exchange_run (SohoaExchange *self, SoupSession *session, SoupMessage *message, GCancellable *cancellable);
/* From a handler of @message: the exchange ends with @why (taken), which replaces libsoup's own "cancelled". */
void           sohoa_exchange_refuse (SohoaExchange *self, GError *why);
void           sohoa_exchange_free (SohoaExchange *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaExchange, sohoa_exchange_free)

G_END_DECLS
