/* Signatures of an unlocked token. */
#include <openssl/ecdsa.h>
#include <openssl/sha.h>
#include <string.h>

#include "sohoa-errors.h"
#include "sohoa-token-private.h"

#define PSS_SALT_BYTES 32

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ECDSA_SIG, ECDSA_SIG_free)

/* DigestInfo of SHA-256 (RFC 8017, 9.2 note 1), for tokens that only know the raw RSA-PKCS mechanism. */
static const guint8 digest_info[] = { 0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                                      0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20 };

static GBytes *
malformed (GError **error)
{
  g_set_error (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_TOKEN,
               "token: it gave a malformed signature: take it out, put it in again and retry");
  return NULL;
}

/* r‖s of PKCS#11 (v2.40, 2.3.1) to the SEQUENCE of RFC 3279, 2.2.3. */
static GBytes *
ecdsa_to_der (const guint8 *raw, gsize length, GError **error)
{
  g_autoptr (ECDSA_SIG) signature = ECDSA_SIG_new ();
  BIGNUM *r = BN_bin2bn (raw, (int) (length / 2), NULL);
  BIGNUM *s = BN_bin2bn (raw + length / 2, (int) (length / 2), NULL);
  guint8 *der = NULL;
  GBytes *bytes;
  int size;

  if (length % 2 != 0 || signature == NULL || ECDSA_SIG_set0 (signature, r, s) != 1) {
    BN_free (r);
    BN_free (s);
    return malformed (error);
  }
  size = i2d_ECDSA_SIG (signature, &der);
  if (size <= 0)
    return malformed (error);
  bytes = g_bytes_new (der, (gsize) size);
  OPENSSL_free (der);
  return bytes;
}

static gboolean
knows_mechanism (SohoaToken *self, CK_MECHANISM_TYPE type)
{
  CK_MECHANISM_INFO info = { 0 };
  CK_RV rv = SOHOA_GUARDED ("C_GetMechanismInfo", SOHOA_TOKEN_LOOK_MS,
                            self->f->C_GetMechanismInfo (self->slot, type, &info));

  return rv == CKR_OK && (info.flags & CKF_SIGN) != 0;
}

/* What is handed to the token: the data itself, or its digest where the token does not hash. */
typedef struct {
  CK_MECHANISM           mechanism;
  CK_RSA_PKCS_PSS_PARAMS pss;
  const guint8          *data;   /* (unowned) */
  gsize                  length;
  guint8                 room[sizeof digest_info + SHA256_DIGEST_LENGTH];
} Order;

static void
prepare (SohoaToken *self, Order *order, const guint8 *data, gsize length)
{
  guint8 *digest = order->room + sizeof digest_info;
  gboolean hashes;

  memcpy (order->room, digest_info, sizeof digest_info);
  (void) SHA256 (data, length, digest);
  order->pss = (CK_RSA_PKCS_PSS_PARAMS){ .hashAlg = CKM_SHA256, .mgf = CKG_MGF1_SHA256, .sLen = PSS_SALT_BYTES };
  if (self->kind == SOHOA_KEY_EC) {
    hashes = FALSE;
    order->mechanism = (CK_MECHANISM){ .mechanism = CKM_ECDSA };
  } else if (self->kind == SOHOA_KEY_RSA_PSS) {
    hashes = knows_mechanism (self, CKM_SHA256_RSA_PKCS_PSS);
    order->mechanism = (CK_MECHANISM){ hashes ? CKM_SHA256_RSA_PKCS_PSS : CKM_RSA_PKCS_PSS, &order->pss, sizeof order->pss };
  } else {
    hashes = knows_mechanism (self, CKM_SHA256_RSA_PKCS);
    order->mechanism = (CK_MECHANISM){ .mechanism = hashes ? CKM_SHA256_RSA_PKCS : CKM_RSA_PKCS };
  }
  order->data = hashes ? data : self->kind == SOHOA_KEY_RSA ? order->room : digest;
  order->length = hashes ? length : self->kind == SOHOA_KEY_RSA ? sizeof order->room : SHA256_DIGEST_LENGTH;
}

/* Between C_SignInit and C_Sign, for keys that want the PIN every time. */
static gboolean
authenticate_again (SohoaToken *self, GError **error)
{
  gboolean pin_pad = self->pin == NULL || self->pin[0] == '\0';
  CK_RV rv;

  if (!self->always_authenticate)
    return TRUE;
  rv = SOHOA_GUARDED ("C_Login", SOHOA_TOKEN_LOGIN_MS,
                      self->f->C_Login (self->session, CKU_CONTEXT_SPECIFIC,
                                        pin_pad ? NULL : (CK_UTF8CHAR_PTR) self->pin, pin_pad ? 0 : strlen (self->pin)));
  return sohoa_token_check (rv, "C_Login", error);
}

GBytes *
sohoa_token_sign (SohoaToken *self, const guint8 *data, gsize length, GError **error)
{
  guint8 signature[SOHOA_TOKEN_MAX_SIGNATURE_BYTES];
  CK_ULONG size = sizeof signature;
  Order order = { 0 };
  CK_RV rv;

  if (self->session == CK_INVALID_HANDLE || self->key == CK_INVALID_HANDLE) {
    g_set_error (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_LOCKED, "token: it is not unlocked: enter the PIN");
    return NULL;
  }
  prepare (self, &order, data, length);
  rv = SOHOA_GUARDED ("C_SignInit", SOHOA_TOKEN_SIGN_MS,
                      self->f->C_SignInit (self->session, &order.mechanism, self->key));
  if (!sohoa_token_check (rv, "C_SignInit", error) || !authenticate_again (self, error))
    return NULL;
  rv = SOHOA_GUARDED ("C_Sign", SOHOA_TOKEN_SIGN_MS,
                      self->f->C_Sign (self->session, (CK_BYTE_PTR) order.data, order.length, signature, &size));
  if (!sohoa_token_check (rv, "C_Sign", error))
    return NULL;
  if (size == 0 || size > sizeof signature)
    return malformed (error);
  return self->kind == SOHOA_KEY_EC ? ecdsa_to_der (signature, size, error) : g_bytes_new (signature, size);
}
