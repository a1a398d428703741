/* Deadlines for a foreign module inside sohoa-sign-worker: a call that passes its deadline ends the process, after
 * it has told the other side which call it was. A hung call cannot be taken back, so nothing else is safe. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define SOHOA_TOKEN_LOAD_MS (30 * 1000)   /* dlopen, C_Initialize: some start a helper program */
#define SOHOA_TOKEN_LOOK_MS (20 * 1000)   /* slots, tokens, objects, attributes */
#define SOHOA_TOKEN_LOGIN_MS (60 * 1000)  /* C_Login; on a PIN pad the person types meanwhile */
#define SOHOA_TOKEN_SIGN_MS (60 * 1000)   /* C_SignInit and C_Sign: slow cards take seconds for RSA 4096 */
#define SOHOA_TOKEN_CLOSE_MS (10 * 1000)  /* C_Logout, C_CloseSession, C_Finalize */

/* Starts the watch. @socket: where the message goes. @cap_ms: no call gets more than this; 0 = the limits above. */
void sohoa_token_guard_init (int socket, guint cap_ms);
void sohoa_token_guard_begin (const char *call, guint deadline_ms); /* @call: static string */
void sohoa_token_guard_end (void);
/* The call that took longest so far, for `sohoa doctor --token`. Static string; "" before the first. */
const char *sohoa_token_guard_slowest (guint *ms_out);

/* rv = SOHOA_GUARDED ("C_Login", SOHOA_TOKEN_LOGIN_MS, f->C_Login (…)); */
#define SOHOA_GUARDED(call, ms, expression)                                                            \
  ({                                                                                                   \
    sohoa_token_guard_begin (call, ms);                                                                \
    __auto_type guarded_value = (expression);                                                          \
    sohoa_token_guard_end ();                                                                          \
    guarded_value;                                                                                     \
  })

G_END_DECLS
