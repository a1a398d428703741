/* A throw-away public key infrastructure: root, sub-CA, OCSP responder, time stamp authorities, and signers good
 * and bad, whose certificates name services on a port of this computer. For tests only. */
#pragma once

#include <gio/gio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

typedef struct {
  EVP_PKEY *key;  /* (owned) */
  X509     *cert; /* (owned) */
} TrustPair;

typedef struct {
  guint     port;
  TrustPair root, sub, ocsp, tsa, tsa_old, tsa_short, tsa_usage; /* (owned) */
  X509     *revoked; /* (owned) the signer that OCSP and CRL call revoked */
  gint64    revoked_s; /* when, seconds since 1970 */
} TrustPki;

/* Makes everything and writes into @folder: root.pem, sub.pem, and NAME.p12 (empty passphrase) of every signer:
 * agency, bare (only its own certificate inside), ec256, ec384, pss, crl-only, revoked, sha1, expired, future, usage,
 * weak. Aborts on failure. */
void trust_pki_make (TrustPki *self, const char *folder, guint port);
void trust_pki_clear (TrustPki *self);

/* The CRL of @issuer, DER; @days: until its end, negative = it has ended. */
GBytes *trust_pki_crl (const TrustPki *self, const TrustPair *issuer, int days);
GBytes *trust_pki_der (X509 *cert);
