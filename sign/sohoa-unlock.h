/* An unlocked token (design.md 2): one sohoa-sign-worker, one PIN, and an explicit list of what may be signed with it.
 * What is not on the list is not signed, by the worker itself; nothing can be added to the list later. The PIN goes
 * from its descriptor straight into the worker and never through this process.
 *
 * Any thread; calls to one unlock are served one after another. */
#pragma once

#include "sohoa-signer.h"

G_BEGIN_DECLS

#define SOHOA_UNLOCK_MAX_ITEMS 500u /* documents of one unlock */
#define SOHOA_UNLOCK_MAX_TRIES 3u   /* signatures per document: a crash after signing must not need a new PIN */

/* What the clerk was shown and agreed to sign. */
typedef struct {
  const char *document; /* id, "" for a file of the command line */
  guint       revision;
  const char *sha256;   /* hex digest of what was shown */
} SohoaUnlockItem;

typedef struct {
  const char            *uri;         /* RFC 7512, sohoa-token.h */
  int                    pin_fd;      /* -1: no PIN (a token with a PIN pad); stays the caller's */
  const SohoaUnlockItem *items;
  guint                  n_items;
  gboolean               final_try;   /* the person knows that one more wrong PIN locks the token */
  guint                  call_limit_ms; /* cap of each call of the module; 0 = sohoa-token-guard.h */
} SohoaUnlockOptions;

typedef struct _SohoaUnlock SohoaUnlock;

/* Starts a worker, logs in, finds the key.
 * Errors: SOHOA_ERROR_INVALID_ARGUMENT (URI, too many items), SOHOA_ERROR_UNAVAILABLE (no worker),
 * SOHOA_SIGN_ERROR: TOKEN_REMOVED, PIN, PIN_FINAL, PIN_LOCKED, NO_KEY, TOKEN (its module failed, hung or crashed),
 * and those of sohoa_signer_new(). A wrong PIN is never tried again by itself. */
SohoaUnlock *sohoa_unlock_new (const SohoaUnlockOptions *options, GError **error);
SohoaUnlock *sohoa_unlock_ref (SohoaUnlock *self);
void         sohoa_unlock_unref (SohoaUnlock *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaUnlock, sohoa_unlock_unref)

/* Ends it for all who hold it: logs out and ends the worker, within a second; a call of the module under way is given
 * up and its worker killed. Later signatures: SOHOA_SIGN_ERROR_LOCKED. */
void sohoa_unlock_end (SohoaUnlock *self);
/* FALSE once ended, or once the worker was lost. Never blocks. */
gboolean sohoa_unlock_is_alive (SohoaUnlock *self);

/* A signer for one item of the list; holds a reference. Its signatures fail with SOHOA_SIGN_ERROR_LOCKED for an item
 * that is not on the list or was signed SOHOA_UNLOCK_MAX_TRIES times. Errors: those of sohoa_signer_new(). */
SohoaSigner *sohoa_unlock_make_signer (SohoaUnlock *self, const SohoaUnlockItem *item, GError **error);

/* One key for one signature on the command line: an unlock with a single item. pin-value and pin-source in @uri are
 * refused before anything is loaded. */
SohoaSigner *sohoa_signer_new_token (const char *uri, int pin_fd, gboolean final_try, GError **error);

/* What the module of @uri shows without a PIN (sohoa_token_describe()); not floating, yours. */
GVariant *sohoa_token_report (const char *uri, guint call_limit_ms, GError **error);

G_END_DECLS
