/* Signing what was confirmed: which documents are shown for the signature, the token's state, one PIN for all of them, handed
 * over as a descriptor. No display needed. */
#pragma once

#include "sohoa-desk-bus.h"

G_BEGIN_DECLS

#define SOHOA_TYPE_SIGNING_MODEL (sohoa_signing_model_get_type ())
G_DECLARE_FINAL_TYPE (SohoaSigningModel, sohoa_signing_model, SOHOA, SIGNING_MODEL, GObject)

/* Signals: "changed", "unlocked", "failed" (text, error name). */
SohoaSigningModel *sohoa_signing_model_new (SohoaDeskBus *bus);

/* The list that one PIN will be for; ids as of Documents.List. Reads what is shown of each of them. */
void  sohoa_signing_model_prepare (SohoaSigningModel *self, const char *const *ids);
guint sohoa_signing_model_count (SohoaSigningModel *self); /* ready to be signed */
gboolean sohoa_signing_model_is_ready (SohoaSigningModel *self); /* all were read, nothing is under way */
gboolean sohoa_signing_model_asked_final (SohoaSigningModel *self); /* the next wrong PIN locks the token */
/* What the token says without a PIN, one line; borrowed. */
const char *sohoa_signing_model_peek_token (SohoaSigningModel *self);
/* @pin: read, never kept. */
void  sohoa_signing_model_sign (SohoaSigningModel *self, const char *pin);
/* Ends the unlock: what was not signed waits. */
void  sohoa_signing_model_lock (SohoaSigningModel *self);

G_END_DECLS
