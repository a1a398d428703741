#include "sohoa-qlvb-users.h"

#include "sohoa-conf.h"
#include "sohoa-errors.h"
#include "sohoa-file.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* scrypt's cost (OWASP's row for 32 MiB: N = 2^15, r = 8, p = 3) */
#define SCRYPT_N (1u << 15)
#define SCRYPT_N_MAX (1u << 20)
#define SCRYPT_R 8u
#define SCRYPT_P 3u
#define SCRYPT_MEMORY_BYTES (2048u * 1024 * 1024)
#define SALT_BYTES 16
#define HASH_BYTES 32
#define NAME_MAX_CHARS 64
#define PASSWORD_MAX_BYTES 1024
#define USER_SECTION_PREFIX "user "

struct _SohoaQlvbUsers {
  GHashTable *hashes; /* (owned) name → "scrypt$N$r$p$salt$hash" */
  char       *nobody; /* (owned) hash nobody's password has */
};

/* ---- hashes ---- */

static char *
to_hex (const guint8 *bytes, gsize length)
{
  GString *out = g_string_sized_new (2 * length);

  for (gsize i = 0; i < length; i++)
    g_string_append_printf (out, "%02x", bytes[i]);
  return g_string_free (out, FALSE);
}

static char *
random_hex (gsize length)
{
  guint8 bytes[HASH_BYTES];

  g_assert (length <= sizeof bytes);
  if (RAND_bytes (bytes, (int) length) != 1)
    g_error ("no random numbers"); /* nothing secret can be made without */
  return to_hex (bytes, length);
}

static char *
scrypt (const char *password, const char *salt, guint64 n, guint64 r, guint64 p)
{
  guint8 out[HASH_BYTES];

  if (EVP_PBE_scrypt (password, strlen (password), (const unsigned char *) salt, strlen (salt), n, r, p,
                      SCRYPT_MEMORY_BYTES, out, sizeof out) != 1)
    return NULL;
  return to_hex (out, sizeof out);
}

static char *
make_hash (const char *password)
{
  g_autofree char *salt = random_hex (SALT_BYTES);
  g_autofree char *hash = scrypt (password, salt, SCRYPT_N, SCRYPT_R, SCRYPT_P);

  return hash != NULL ? g_strdup_printf ("scrypt$%u$%u$%u$%s$%s", SCRYPT_N, SCRYPT_R, SCRYPT_P, salt, hash) : NULL;
}

static gboolean
is_hash (const char *text)
{
  g_auto(GStrv) parts = g_strsplit (text, "$", -1);
  guint64 n, r, p;

  return g_strv_length (parts) == 6 && g_str_equal (parts[0], "scrypt")
         && g_ascii_string_to_unsigned (parts[1], 10, 1024, SCRYPT_N_MAX, &n, NULL)
         && g_ascii_string_to_unsigned (parts[2], 10, 1, 32, &r, NULL)
         && g_ascii_string_to_unsigned (parts[3], 10, 1, 16, &p, NULL)
         && (n & (n - 1)) == 0 && parts[4][0] != '\0' && strlen (parts[5]) == 2 * HASH_BYTES;
}

gboolean
sohoa_qlvb_same_secret (const char *a, const char *b)
{
  gsize length = strlen (a);

  return length == strlen (b) && CRYPTO_memcmp (a, b, length) == 0;
}

gboolean
sohoa_qlvb_users_check (const SohoaQlvbUsers *self, const char *name, const char *password)
{
  const char *stored = g_hash_table_lookup (self->hashes, name);
  g_auto(GStrv) parts = g_strsplit (stored != NULL ? stored : self->nobody, "$", -1);
  g_autofree char *hash = NULL;

  if (strlen (password) > PASSWORD_MAX_BYTES)
    return FALSE;
  hash = scrypt (password, parts[4], g_ascii_strtoull (parts[1], NULL, 10), g_ascii_strtoull (parts[2], NULL, 10),
                 g_ascii_strtoull (parts[3], NULL, 10));
  return hash != NULL && sohoa_qlvb_same_secret (hash, parts[5]) && stored != NULL;
}

/* ---- the file ---- */

SohoaQlvbUsers *
sohoa_qlvb_users_load (const char *path, GError **error)
{
  g_autoptr(SohoaQlvbUsers) self = g_new0 (SohoaQlvbUsers, 1);
  g_autoptr(SohoaConf) conf = NULL;
  g_auto(GStrv) sections = NULL;
  struct stat st;

  self->hashes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  if (stat (path, &st) == 0 && (st.st_mode & 077) != 0) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_CONFIG, "%s: others may read it: chmod 600 it", path);
    return NULL;
  }
  conf = sohoa_conf_load (path, FALSE, error);
  if (conf == NULL)
    return NULL;
  sections = sohoa_conf_get_sections (conf);
  for (guint i = 0; sections[i] != NULL; i++) {
    char *hash;

    if (!g_str_has_prefix (sections[i], USER_SECTION_PREFIX))
      continue;
    hash = sohoa_conf_take_string (conf, sections[i], "password", "");
    if (!is_hash (hash))
      sohoa_conf_refuse (conf, sections[i], "password", "not made by sohoa-qlvb --add-user");
    g_hash_table_insert (self->hashes, g_strdup (sections[i] + strlen (USER_SECTION_PREFIX)), hash);
  }
  self->nobody = make_hash ("");
  return sohoa_conf_finish (conf, error) ? g_steal_pointer (&self) : NULL;
}

void
sohoa_qlvb_users_free (SohoaQlvbUsers *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->hashes, g_hash_table_unref);
  g_free (self->nobody);
  g_free (self);
}

static gboolean
is_name (const char *name)
{
  gsize length = strlen (name);

  return length > 0 && length <= NAME_MAX_CHARS
         && strspn (name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-@") == length;
}

gboolean
sohoa_qlvb_users_add (const char *path, const char *name, const char *password, GError **error)
{
  g_autoptr(SohoaQlvbUsers) users = NULL;
  g_autoptr(GString) text = g_string_new ("# made by sohoa-qlvb --add-user\n");
  GHashTableIter iter;
  gpointer key, value;
  char *hash;

  if (!is_name (name)) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT,
                 "--add-user: not a name: letters, digits and . _ - @, at most %d", NAME_MAX_CHARS);
    return FALSE;
  }
  if (!g_utf8_validate (password, -1, NULL) || g_utf8_strlen (password, -1) < SOHOA_QLVB_PASSWORD_MIN_CHARS
      || strlen (password) > PASSWORD_MAX_BYTES) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT,
                 "--add-user: password is too short: at least %d characters", SOHOA_QLVB_PASSWORD_MIN_CHARS);
    return FALSE;
  }
  if (g_file_test (path, G_FILE_TEST_EXISTS)) {
    users = sohoa_qlvb_users_load (path, error);
    if (users == NULL)
      return FALSE;
  } else {
    users = g_new0 (SohoaQlvbUsers, 1);
    users->hashes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  }
  hash = make_hash (password);
  if (hash == NULL) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_UNAVAILABLE, "--add-user: the password could not be hashed: too little memory");
    return FALSE;
  }
  g_hash_table_replace (users->hashes, g_strdup (name), hash);
  g_hash_table_iter_init (&iter, users->hashes);
  while (g_hash_table_iter_next (&iter, &key, &value))
    g_string_append_printf (text, "[user %s]\npassword=%s\n", (char *) key, (char *) value);
  return sohoa_file_write (path, text->str, text->len, 0600, error);
}

/* ---- sessions ---- */

#define IDLE_US (30 * 60 * (gint64) G_USEC_PER_SEC)
#define LIFE_US (10 * 60 * 60 * (gint64) G_USEC_PER_SEC)
#define TRY_WINDOW_US (15 * 60 * (gint64) G_USEC_PER_SEC)
#define TRIES_OF_PAIR 5     /* a name from an address */
#define TRIES_OF_ADDRESS 30 /* all names from an address */
#define SESSIONS_MAX 1000
#define TRIES_MAX 10000     /* rows remembered */

typedef struct {
  gint64 since_us;
  guint  count;
} Tries;

struct _SohoaQlvbSessions {
  GHashTable *open;  /* (owned) SHA-256 of the secret → session */
  GHashTable *tries; /* (owned) "name\naddress" or "address" → Tries */
};

static void
session_free (gpointer data)
{
  SohoaQlvbSession *session = data;

  g_free (session->user);
  g_free (session->token);
  g_free (session);
}

SohoaQlvbSessions *
sohoa_qlvb_sessions_new (void)
{
  SohoaQlvbSessions *self = g_new0 (SohoaQlvbSessions, 1);

  self->open = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, session_free);
  self->tries = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return self;
}

void
sohoa_qlvb_sessions_free (SohoaQlvbSessions *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->open);
  g_hash_table_unref (self->tries);
  g_free (self);
}

static gboolean
is_over (gpointer key, gpointer value, gpointer now)
{
  const SohoaQlvbSession *session = value;

  return *(gint64 *) now - session->seen_us > IDLE_US || *(gint64 *) now - session->born_us > LIFE_US;
}

static char *
name_of (const char *secret)
{
  return sohoa_bytes_sha256 (secret, strlen (secret));
}

char *
sohoa_qlvb_sessions_open (SohoaQlvbSessions *self, const char *user, gint64 now_us)
{
  char *secret = random_hex (HASH_BYTES);
  SohoaQlvbSession *session = g_new0 (SohoaQlvbSession, 1);

  g_hash_table_foreach_remove (self->open, is_over, &now_us);
  if (g_hash_table_size (self->open) >= SESSIONS_MAX)
    g_hash_table_remove_all (self->open); /* only known users open sessions: log in again */
  session->user = g_strdup (user);
  session->token = random_hex (HASH_BYTES);
  session->born_us = session->seen_us = now_us;
  g_hash_table_insert (self->open, name_of (secret), session);
  return secret;
}

const SohoaQlvbSession *
sohoa_qlvb_sessions_peek (SohoaQlvbSessions *self, const char *secret, gint64 now_us)
{
  g_autofree char *name = name_of (secret);
  SohoaQlvbSession *session = g_hash_table_lookup (self->open, name);

  if (session != NULL && is_over (NULL, session, &now_us)) {
    g_hash_table_remove (self->open, name);
    return NULL;
  }
  if (session != NULL)
    session->seen_us = now_us;
  return session;
}

void
sohoa_qlvb_sessions_close (SohoaQlvbSessions *self, const char *secret)
{
  g_autofree char *name = name_of (secret);

  g_hash_table_remove (self->open, name);
}

static gboolean
is_forgotten (gpointer key, gpointer value, gpointer now)
{
  return *(gint64 *) now - ((Tries *) value)->since_us > TRY_WINDOW_US;
}

static gboolean
count (SohoaQlvbSessions *self, const char *key, guint limit, gint64 now_us)
{
  Tries *tries = g_hash_table_lookup (self->tries, key);

  if (tries == NULL || is_forgotten (NULL, tries, &now_us)) {
    tries = g_new0 (Tries, 1);
    tries->since_us = now_us;
    g_hash_table_replace (self->tries, g_strdup (key), tries);
  }
  return ++tries->count <= limit;
}

gboolean
sohoa_qlvb_sessions_try (SohoaQlvbSessions *self, const char *name, const char *address, gint64 now_us)
{
  g_autofree char *pair = g_strconcat (name, "\n", address, NULL);
  gboolean first, second;

  if (g_hash_table_size (self->tries) >= TRIES_MAX) {
    g_hash_table_foreach_remove (self->tries, is_forgotten, &now_us);
    if (g_hash_table_size (self->tries) >= TRIES_MAX)
      return FALSE;
  }
  first = count (self, pair, TRIES_OF_PAIR, now_us);
  second = count (self, address, TRIES_OF_ADDRESS, now_us);
  return first && second;
}

void
sohoa_qlvb_sessions_right (SohoaQlvbSessions *self, const char *name, const char *address)
{
  g_autofree char *pair = g_strconcat (name, "\n", address, NULL);
  Tries *tries = g_hash_table_lookup (self->tries, address);

  g_hash_table_remove (self->tries, pair);
  if (tries != NULL && tries->count > 0)
    tries->count--;
}
