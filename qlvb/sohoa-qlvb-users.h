/* Who may use the receiver's web pages: a private file of names and scrypt hashes (RFC 7914), and the sessions of those
 * who logged in, in memory only. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define SOHOA_QLVB_PASSWORD_MIN_CHARS 8

typedef struct _SohoaQlvbUsers SohoaQlvbUsers;

/* [user NAME] password=scrypt$…; only its owner may read the file. SOHOA_ERROR_CONFIG. */
SohoaQlvbUsers *sohoa_qlvb_users_load (const char *path, GError **error);
void            sohoa_qlvb_users_free (SohoaQlvbUsers *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaQlvbUsers, sohoa_qlvb_users_free)

/* Writes @name with @password into the file at @path (made when it is not there; an older entry of the name is replaced).
 * SOHOA_ERROR_INVALID_ARGUMENT (name, password too short), G_IO_ERROR. */
gboolean sohoa_qlvb_users_add (const char *path, const char *name, const char *password, GError **error);

/* Takes as long for a name that does not exist; about 0.3 s and 32 MiB. Any thread. */
gboolean sohoa_qlvb_users_check (const SohoaQlvbUsers *self, const char *name, const char *password);

/* ---- sessions: main thread only ---- */

typedef struct {
  char  *user;  /* (owned) */
  char  *token; /* (owned) of its forms, against forged requests */
  gint64 born_us, seen_us;
} SohoaQlvbSession;

typedef struct _SohoaQlvbSessions SohoaQlvbSessions;

SohoaQlvbSessions *sohoa_qlvb_sessions_new (void);
void               sohoa_qlvb_sessions_free (SohoaQlvbSessions *self);
/* Gives the secret of the cookie; g_free. */
char *sohoa_qlvb_sessions_open (SohoaQlvbSessions *self, const char *user, gint64 now_us);
/* NULL: unknown, idle or too old; borrowed until the next call. */
const SohoaQlvbSession *sohoa_qlvb_sessions_peek (SohoaQlvbSessions *self, const char *secret, gint64 now_us);
void sohoa_qlvb_sessions_close (SohoaQlvbSessions *self, const char *secret);

/* Counts a try of @name from @address before its password is looked at; FALSE: too many of late. */
gboolean sohoa_qlvb_sessions_try (SohoaQlvbSessions *self, const char *name, const char *address, gint64 now_us);
/* It was the right one: forgets the tries of this name from this address. */
void     sohoa_qlvb_sessions_right (SohoaQlvbSessions *self, const char *name, const char *address);

/* Same text, in time that says nothing about where they differ. */
gboolean sohoa_qlvb_same_secret (const char *a, const char *b);

G_END_DECLS
