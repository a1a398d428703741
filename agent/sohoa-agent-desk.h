/* The agent's line to the daemon: a connection of its own for each call, so that an unlock ends with the call (design.md 2).
 * Blocking; one thread at a time. Errors: the daemon's own (lib/sohoa-errors.h), SOHOA_ERROR_UNAVAILABLE without a daemon. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _SohoaAgentDesk SohoaAgentDesk;

SohoaAgentDesk *sohoa_agent_desk_new (GCancellable *cancellable, GError **error);
void            sohoa_agent_desk_free (SohoaAgentDesk *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaAgentDesk, sohoa_agent_desk_free)

/* A document that may be handed to a page: confirmed, or signed and not yet handed over; its target is "assisted". */
typedef struct {
  char    *id, *title, *detail; /* (owned) */
  gboolean needs_signature;
} SohoaAgentPaper;
void sohoa_agent_paper_free (SohoaAgentPaper *self);

/* Newest first, at most 200 (element-type SohoaAgentPaper). g_ptr_array_unref. */
GPtrArray *sohoa_agent_desk_list (SohoaAgentDesk *self, GError **error);

/* The token in one line; NULL = the desk signs without one. g_free. @certificate_out: (nullable) base64 of the DER of a
 * certificate that may sign, NULL when none shows; g_free. */
char *sohoa_agent_desk_dup_token (SohoaAgentDesk *self, char **certificate_out, GError **error);

/* Lets one document be signed and waits until it is (15 minutes). @pin_fd: -1 = the desk signs without a token.
 * @final_try: although one more wrong PIN locks the token (SOHOA_SIGN_ERROR_PIN_FINAL without). */
gboolean sohoa_agent_desk_sign (SohoaAgentDesk *self, const char *id, int pin_fd, gboolean final_try, GError **error);

/* The signed PDF and a name for it (g_free). g_bytes_unref. */
GBytes *sohoa_agent_desk_get_file (SohoaAgentDesk *self, const char *id, guint64 max_bytes, char **name_out, GError **error);

/* The record's number and day for the page's answer; "" when there is none. g_free. */
gboolean sohoa_agent_desk_get_number (SohoaAgentDesk *self, const char *id, char **number_out, char **day_out, GError **error);

/* What the clerk typed back from the page; waits until the document is delivered (30 s). */
gboolean sohoa_agent_desk_enter (SohoaAgentDesk *self, const char *id, const char *number, const char *day, const char *via,
                                 GError **error);

G_END_DECLS
