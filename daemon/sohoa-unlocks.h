/* Who has unlocked which key for what (design.md 2): an unlock belongs to the unique bus name that made it and to an
 * explicit list of documents as they were shown. It ends when the caller leaves the bus or says so, after
 * [signing] token-minutes, and when the token is taken out. Nothing is ever added to it. Any thread. */
#pragma once

#include "sohoa-signer.h"
#include "sohoa-store.h"
#include "sohoa-unlock.h"

G_BEGIN_DECLS

typedef struct _SohoaUnlocks SohoaUnlocks;

SohoaUnlocks *sohoa_unlocks_new (void);
void          sohoa_unlocks_free (SohoaUnlocks *self); /* ends them all */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaUnlocks, sohoa_unlocks_free)

/* Hex SHA-256 of what a person is shown of a document: its fields but those of the arrival number (given later), and
 * the digest and turn of every page. g_free. SOHOA_STORE_ERROR_CORRUPT when the record cannot be read. */
char *sohoa_unlocks_digest (const SohoaStoreDocument *document, GError **error);

/* Takes a reference of @unlock. @items: what it was made for. It ends after @minutes. Its name; g_free. */
char *sohoa_unlocks_add (SohoaUnlocks *self, SohoaUnlock *unlock, const SohoaUnlockItem *items, guint n_items,
                         const char *owner, guint minutes);
/* Ends one, only for its own owner. SOHOA_ERROR_NOT_FOUND otherwise. */
gboolean sohoa_unlocks_end (SohoaUnlocks *self, const char *name, const char *owner, GError **error);
/* Ends all of a bus name that is gone. Never blocks. */
void sohoa_unlocks_drop_owner (SohoaUnlocks *self, const char *owner);
/* Ends what is past its time or whose token is gone. Never blocks. */
void sohoa_unlocks_expire (SohoaUnlocks *self);

/* The signer for a document as it is now. SOHOA_SIGN_ERROR_LOCKED: nobody has unlocked a key for exactly this. */
SohoaSigner *sohoa_unlocks_make_signer (SohoaUnlocks *self, const SohoaStoreDocument *document, GError **error);

G_END_DECLS
