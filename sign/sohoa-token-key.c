/* Logging in, and the one signing key among what lies on the token. */
#include <openssl/err.h>
#include <string.h>

#include "sohoa-errors.h"
#include "sohoa-sign-private.h"
#include "sohoa-time.h"
#include "sohoa-token-private.h"

/* ---- logging in ---- */

static gboolean
choose_slot (SohoaToken *self, GError **error)
{
  g_autoptr (GArray) slots = sohoa_token_slots (self, error);

  if (slots == NULL)
    return FALSE;
  if (slots->len == 1) {
    self->slot = g_array_index (slots, CK_SLOT_ID, 0);
    return TRUE;
  }
  if (slots->len == 0)
    g_set_error (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_TOKEN_REMOVED,
                 "token: none that fits is there: put it in, or see sohoa doctor --token");
  else
    g_set_error (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_NO_KEY,
                 "token: %u of them fit: name one (token=… or serial=…, see sohoa doctor --token)", slots->len);
  return FALSE;
}

static CK_FLAGS
token_flags (SohoaToken *self)
{
  CK_TOKEN_INFO info = { 0 };
  CK_RV rv = SOHOA_GUARDED ("C_GetTokenInfo", SOHOA_TOKEN_LOOK_MS, self->f->C_GetTokenInfo (self->slot, &info));

  return rv == CKR_OK ? info.flags : 0;
}

/* Before a PIN is tried: a locked token takes none, and the last try is a person's own decision. */
static gboolean
check_tries (CK_FLAGS flags, gboolean accept_final, GError **error)
{
  if ((flags & CKF_USER_PIN_LOCKED) != 0)
    return sohoa_token_check (CKR_PIN_LOCKED, "C_Login", error);
  if ((flags & CKF_USER_PIN_FINAL_TRY) == 0 || accept_final)
    return TRUE;
  g_set_error (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_PIN_FINAL,
               "token: one more wrong PIN locks it: be sure of the PIN, then repeat with --final-try");
  return FALSE;
}

/* After a wrong PIN: says how near the lock is. */
static void
add_tries_left (SohoaToken *self, GError **error)
{
  CK_FLAGS flags = token_flags (self);

  if ((flags & CKF_USER_PIN_LOCKED) != 0) {
    g_clear_error (error);
    if (sohoa_token_check (CKR_PIN_LOCKED, "C_Login", error))
      g_assert_not_reached ();
  } else if ((flags & CKF_USER_PIN_FINAL_TRY) != 0) {
    g_prefix_error (error, "only ONE try is left before it locks: ");
  } else if ((flags & CKF_USER_PIN_COUNT_LOW) != 0) {
    g_prefix_error (error, "few tries are left: ");
  }
}

static gboolean
log_in (SohoaToken *self, const SohoaPassphrase *pin, gboolean accept_final, GError **error)
{
  CK_FLAGS flags = token_flags (self);
  gboolean pin_pad = (flags & CKF_PROTECTED_AUTHENTICATION_PATH) != 0 && pin[0] == '\0';
  g_autoptr (GError) local = NULL;
  CK_RV rv;

  if ((flags & CKF_LOGIN_REQUIRED) == 0)
    return TRUE;
  if (!check_tries (flags, accept_final, error))
    return FALSE;
  if (pin[0] == '\0' && !pin_pad) { /* an empty PIN would cost a try */
    g_set_error (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_PIN, "token: it needs its PIN: give it with --pin-fd");
    return FALSE;
  }
  rv = SOHOA_GUARDED ("C_Login", SOHOA_TOKEN_LOGIN_MS,
                      self->f->C_Login (self->session, CKU_USER, pin_pad ? NULL : (CK_UTF8CHAR_PTR) pin,
                                        pin_pad ? 0 : strlen (pin)));
  if (rv == CKR_OK || rv == CKR_USER_ALREADY_LOGGED_IN)
    return TRUE;
  if (!sohoa_token_check (rv, "C_Login", &local) && rv == CKR_PIN_INCORRECT)
    add_tries_left (self, &local);
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

/* ---- which key ---- */

typedef struct {
  const SohoaTokenObject *object; /* (unowned) */
  const SohoaTokenObject *key;    /* (unowned) */
  X509                   *cert;   /* (owned) */
} Candidate;

static void
clear_candidate (gpointer data)
{
  X509_free (((Candidate *) data)->cert);
}

static X509 *
read_certificate (const SohoaTokenObject *object)
{
  gsize length = 0;
  const guint8 *der = object->der != NULL ? g_bytes_get_data (object->der, &length) : NULL;

  return der != NULL && length <= SOHOA_TOKEN_MAX_CERTIFICATE_BYTES ? d2i_X509 (NULL, &der, (long) length) : NULL;
}

static gboolean
uri_names (SohoaToken *self, const SohoaTokenObject *object)
{
  gsize id_length = 0;
  const void *id = g_bytes_get_data (object->id, &id_length);
  CK_ATTRIBUTE attributes[] = { { CKA_ID, (void *) id, id_length },
                                { CKA_LABEL, object->label, strlen (object->label) } };

  return p11_kit_uri_match_attributes (self->uri, attributes, G_N_ELEMENTS (attributes)) == 1;
}

static const SohoaTokenObject *
key_of (const GPtrArray *keys, const SohoaTokenObject *certificate)
{
  for (guint i = 0; i < keys->len; i++) {
    const SohoaTokenObject *key = keys->pdata[i];

    if (g_bytes_get_size (key->id) > 0 && g_bytes_equal (key->id, certificate->id))
      return key;
  }
  return NULL;
}

static GArray *
find_candidates (SohoaToken *self, const GPtrArray *certificates, const GPtrArray *keys)
{
  GArray *candidates = g_array_new (FALSE, TRUE, sizeof (Candidate));

  g_array_set_clear_func (candidates, clear_candidate);
  for (guint i = 0; i < certificates->len; i++) {
    Candidate c = { .object = certificates->pdata[i] };

    c.key = key_of (keys, c.object);
    if (c.key == NULL || !uri_names (self, c.object) || (c.cert = read_certificate (c.object)) == NULL)
      continue;
    if (sohoa_x509_may_sign (c.cert))
      g_array_append_val (candidates, c);
    else
      X509_free (c.cert);
  }
  return candidates;
}

static gboolean
is_valid_now (const Candidate *candidate)
{
  gint64 now = sohoa_time_now_us ();

  return now >= sohoa_asn1_time_us (X509_get0_notBefore (candidate->cert))
         && now <= sohoa_asn1_time_us (X509_get0_notAfter (candidate->cert));
}

/* A renewed certificate lies beside the old one: what is not valid now steps back when another is. */
static void
drop_invalid (GArray *candidates)
{
  guint valid = 0;

  for (guint i = 0; i < candidates->len; i++)
    valid += is_valid_now (&g_array_index (candidates, Candidate, i));
  for (guint i = candidates->len; valid > 0 && i > 0; i--)
    if (!is_valid_now (&g_array_index (candidates, Candidate, i - 1)))
      g_array_remove_index (candidates, i - 1);
}

static gboolean
one_candidate (const GArray *candidates, GError **error)
{
  g_autoptr (GString) names = g_string_new (NULL);

  if (candidates->len == 1)
    return TRUE;
  for (guint i = 0; i < candidates->len; i++)
    g_string_append_printf (names, "%s\"%s\"", i > 0 ? ", " : "", g_array_index (candidates, Candidate, i).object->label);
  if (candidates->len == 0)
    g_set_error (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_NO_KEY,
                 "token: no certificate for signing with its key fits: see sohoa doctor --token");
  else
    g_set_error (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_NO_KEY,
                 "token: several certificates can sign (%s): name one with object=… or id=…", names->str);
  return FALSE;
}

static gboolean
take_key (SohoaToken *self, const Candidate *candidate, GError **error)
{
  EVP_PKEY *public_key = X509_get0_pubkey (candidate->cert);
  int type = public_key != NULL ? EVP_PKEY_get_base_id (public_key) : EVP_PKEY_NONE;

  self->key = candidate->key->handle;
  self->always_authenticate = candidate->key->always_authenticate;
  if (type == EVP_PKEY_RSA_PSS && candidate->key->type == CKK_RSA) {
    self->kind = SOHOA_KEY_RSA_PSS;
  } else if (type == EVP_PKEY_RSA && candidate->key->type == CKK_RSA) {
    self->kind = SOHOA_KEY_RSA;
  } else if (type == EVP_PKEY_EC && candidate->key->type == CKK_EC) {
    self->kind = SOHOA_KEY_EC;
  } else {
    g_set_error (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_KEY_MISMATCH,
                 "token: the key of \"%s\" is of another kind than its certificate: ask the issuer",
                 candidate->object->label);
    return FALSE;
  }
  return TRUE;
}

static GPtrArray *
list_certificates (const SohoaTokenObject *own, const GPtrArray *certificates)
{
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);

  g_ptr_array_add (list, g_bytes_ref (own->der));
  for (guint i = 0; i < certificates->len; i++) {
    const SohoaTokenObject *object = certificates->pdata[i];
    g_autoptr (X509) readable = object != own ? read_certificate (object) : NULL;

    if (readable != NULL)
      g_ptr_array_add (list, g_bytes_ref (object->der));
  }
  return list;
}

static gboolean
open_session (SohoaToken *self, GError **error)
{
  CK_RV rv = SOHOA_GUARDED ("C_OpenSession", SOHOA_TOKEN_LOOK_MS,
                            self->f->C_OpenSession (self->slot, CKF_SERIAL_SESSION, NULL, NULL, &self->session));

  return sohoa_token_check (rv, "C_OpenSession", error);
}

gboolean
sohoa_token_unlock (SohoaToken *self, const SohoaPassphrase *pin, gboolean accept_final, GPtrArray **certificates_out,
                    GError **error)
{
  g_autoptr (GPtrArray) certificates = NULL;
  g_autoptr (GPtrArray) keys = NULL;
  g_autoptr (GArray) candidates = NULL;
  const Candidate *own;

  if (!choose_slot (self, error) || !open_session (self, error) || !log_in (self, pin, accept_final, error))
    return FALSE;
  certificates = sohoa_token_objects (self, self->session, CKO_CERTIFICATE, error);
  keys = certificates != NULL ? sohoa_token_objects (self, self->session, CKO_PRIVATE_KEY, error) : NULL;
  if (keys == NULL)
    return FALSE;
  candidates = find_candidates (self, certificates, keys);
  drop_invalid (candidates);
  ERR_clear_error ();
  if (!one_candidate (candidates, error))
    return FALSE;
  own = &g_array_index (candidates, Candidate, 0);
  if (!take_key (self, own, error))
    return FALSE;
  if (self->always_authenticate) {
    self->pin = sohoa_passphrase_new ();
    memcpy (self->pin, pin, strlen (pin) + 1);
  }
  *certificates_out = list_certificates (own->object, certificates);
  return TRUE;
}
