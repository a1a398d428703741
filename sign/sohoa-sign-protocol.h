/* What is said between sohoa-unlock.c and sohoa-sign-worker over lib/sohoa-wire.h. One request at a time.
 *
 *   hello   → (from the worker) "version" s, "sandbox" s
 *   open    "uri" s, "limit-ms" u                  loads the module
 *   report                                         → sohoa_token_describe()
 *   unlock  "final-try" b, "items" a(sus), fd PIN  → "certificates" aay, the signer's own first
 *   sign    "item" (sus), "attributes" ay          → "signature" ay */
#pragma once

#define SOHOA_SIGN_OP_OPEN "open"
#define SOHOA_SIGN_OP_REPORT "report"
#define SOHOA_SIGN_OP_UNLOCK "unlock"
#define SOHOA_SIGN_OP_SIGN "sign"
#define SOHOA_SIGN_MAX_ATTRIBUTES_BYTES (64u * 1024)
