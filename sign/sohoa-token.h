/* A PKCS#11 token (OASIS PKCS #11 v2.40) inside sohoa-sign-worker: the only process that loads a vendor's module.
 * Every call of the module stands under its own deadline (sohoa-token-guard.h). One thread.
 *
 * The URI is RFC 7512: module-path chooses the module (default: p11-kit's proxy, which shows every module the
 * machine has configured); slot-id, token, serial, manufacturer, model choose the token; id and object the
 * certificate. pin-value and pin-source are refused: a PIN comes by descriptor only. */
#pragma once

#include "sohoa-passphrase.h"

G_BEGIN_DECLS

#define SOHOA_TOKEN_URI_MAX_BYTES 2048u
#define SOHOA_TOKEN_MAX_SLOTS 64u
#define SOHOA_TOKEN_MAX_OBJECTS 64u                    /* certificates or keys looked at per token */
#define SOHOA_TOKEN_MAX_CERTIFICATE_BYTES (64u * 1024)
#define SOHOA_TOKEN_MAX_SIGNATURE_BYTES 1024u          /* RSA 8192 */

typedef struct _SohoaToken SohoaToken;

/* Loads and initialises the module.
 * Errors: SOHOA_ERROR_INVALID_ARGUMENT (the URI), SOHOA_SIGN_ERROR_TOKEN (the module). */
SohoaToken *sohoa_token_open (const char *uri, GError **error);
void        sohoa_token_free (SohoaToken *self); /* logs out, wipes, finalises */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaToken, sohoa_token_free)

/* What the module shows without a PIN: "library", "library-version" s, "slowest-call" s, "slowest-ms" u, "tokens"
 * aa{sv} of the tokens that fit the URI; per token "label", "manufacturer", "model", "serial" s, "slot" t, "login"
 * b (a PIN is needed), "pin-pad" b, "pin-low", "pin-final", "pin-locked" b, "mechanisms" as (those we use),
 * "certificates" aa{sv} ("label", "id" s hex, and of readable ones "name", "issuer" s, "from", "to" x µs since 1970,
 * "key" s, "may-sign" b). Floating. Errors: SOHOA_SIGN_ERROR_TOKEN. */
GVariant *sohoa_token_describe (SohoaToken *self, GError **error);

/* Logs in and finds the one signing certificate with its key. @pin is read, not kept, unless the key asks for it
 * at every signature (CKA_ALWAYS_AUTHENTICATE). Tried exactly once. @accept_final: go on although one more wrong
 * PIN locks the token. @certificates_out: (element-type GBytes) DER, the signer's own first; yours.
 * Errors (SOHOA_SIGN_ERROR): TOKEN_REMOVED (no token fits), PIN, PIN_FINAL, PIN_LOCKED, NO_KEY (none or several:
 * the message names them), TOKEN. */
gboolean sohoa_token_unlock (SohoaToken *self, const SohoaPassphrase *pin, gboolean accept_final,
                             GPtrArray **certificates_out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The signature over SHA-256 of @data: RSA PKCS#1 v1.5, RSA-PSS (salt 32) when the certificate says so, or ECDSA
 * as DER SEQUENCE {r, s}. Errors: SOHOA_SIGN_ERROR_TOKEN_REMOVED, LOCKED (not unlocked), TOKEN. */
GBytes *sohoa_token_sign (SohoaToken *self, const guint8 *data, gsize length, GError **error);

G_END_DECLS
