#include "sohoa-cms-form.h"

#include <openssl/err.h>
#include <string.h>

#define MAX_DEPTH 40
#define TAG_CONSTRUCTED 0x20
#define TAG_CONTEXT_0 0xa0
#define TAG_CONTEXT_1 0xa1
#define TAG_SKI 0x80
#define TAG_SEQUENCE 0x30
#define TAG_SET 0x31

/* One element: @head is its first byte, @data its content. */
typedef struct {
  const guint8 *head, *data;
  gsize         size;  /* of the content */
  gsize         whole; /* with its head */
} Piece;

/* Reads the element at *@at and steps over it. FALSE unless its length is there in the shortest form. */
static gboolean
take (const guint8 **at, const guint8 *end, Piece *out)
{
  const guint8 *p = *at;
  gsize left = (gsize) (end - p), n, size = 0;

  if (left < 2 || (p[0] & 0x1f) == 0x1f)
    return FALSE;
  n = p[1];
  if (n < 0x80) {
    size = n;
    n = 0;
  } else {
    n &= 0x7f;
    if (n == 0 || n > 4 || left < 2 + n || p[2] == 0)
      return FALSE;
    for (gsize i = 0; i < n; i++)
      size = size << 8 | p[2 + i];
    if (size < 0x80)
      return FALSE;
  }
  if (size > left - 2 - n)
    return FALSE;
  *out = (Piece) { p, p + 2 + n, size, 2 + n + size };
  *at = out->data + size;
  return TRUE;
}

static gboolean
take_tag (const guint8 **at, const guint8 *end, guint8 tag, Piece *out)
{
  return *at < end && **at == tag && take (at, end, out);
}

/* X.690, 8.9 to 8.12 and 10.2: a SEQUENCE or SET is constructed, every other universal type is primitive. */
static gboolean
has_own_form (guint8 head)
{
  gboolean constructed = (head & TAG_CONSTRUCTED) != 0;
  guint8 number = head & 0x1f;

  if ((head & 0xc0) != 0) /* not universal: either */
    return TRUE;
  return constructed == (number == V_ASN1_SEQUENCE || number == V_ASN1_SET || number == V_ASN1_EXTERNAL);
}

/* Every length in the shortest form and every type in its own, all the way down. */
static gboolean
is_der (const guint8 *data, gsize size, guint depth)
{
  const guint8 *at = data, *end = data + size;
  Piece piece;

  if (depth > MAX_DEPTH)
    return FALSE;
  while (at < end) {
    if (!take (&at, end, &piece) || !has_own_form (piece.head[0]))
      return FALSE;
    if ((piece.head[0] & TAG_CONSTRUCTED) != 0 && !is_der (piece.data, piece.size, depth + 1))
      return FALSE;
  }
  return TRUE;
}

static gboolean
is_number (const Piece *piece, guint8 number)
{
  return piece->size == 1 && piece->data[0] == number;
}

/* An AlgorithmIdentifier without parameters, or with NULL. @oid: its identifier. */
static gboolean
take_plain_algorithm (const guint8 **at, const guint8 *end, Piece *whole, Piece *oid)
{
  const guint8 *inner;
  Piece null;

  if (!take_tag (at, end, TAG_SEQUENCE, whole))
    return FALSE;
  inner = whole->data;
  if (!take_tag (&inner, whole->data + whole->size, V_ASN1_OBJECT, oid))
    return FALSE;
  if (inner == whole->data + whole->size)
    return TRUE;
  return take_tag (&inner, whole->data + whole->size, V_ASN1_NULL, &null) && null.size == 0
         && inner == whole->data + whole->size;
}

static gboolean
same (const Piece *a, const Piece *b)
{
  return a->whole == b->whole && memcmp (a->head, b->head, a->whole) == 0;
}

/* issuerAndSerialNumber in the very bytes of the certificate; a comparison of names would forgive changes. */
static gboolean
names_certificate (const Piece *sid, X509 *cert)
{
  guint8 *name = NULL, *serial = NULL;
  int name_length = i2d_X509_NAME (X509_get_issuer_name (cert), &name);
  int serial_length = i2d_ASN1_INTEGER (X509_get_serialNumber (cert), &serial);
  gboolean fits = name_length > 0 && serial_length > 0 && sid->size == (gsize) (name_length + serial_length)
                  && memcmp (sid->data, name, (gsize) name_length) == 0
                  && memcmp (sid->data + name_length, serial, (gsize) serial_length) == 0;

  OPENSSL_free (name);
  OPENSSL_free (serial);
  return fits;
}

static int
nid_of (const Piece *oid)
{
  const guint8 *at = oid->head;
  ASN1_OBJECT *object = d2i_ASN1_OBJECT (NULL, &at, (long) oid->whole);
  int nid = object != NULL ? OBJ_obj2nid (object) : NID_undef;

  ASN1_OBJECT_free (object);
  return nid;
}

/* The signature algorithm is of the key's kind and of the digest that was used. */
static gboolean
algorithm_fits (const Piece *algorithm, const Piece *digest_oid, X509 *cert)
{
  const guint8 *at = algorithm->data, *end = algorithm->data + algorithm->size, *again = algorithm->head;
  Piece oid, whole, plain;
  EVP_PKEY *key = X509_get0_pubkey (cert);
  int type = key != NULL ? EVP_PKEY_get_base_id (key) : EVP_PKEY_NONE;
  int nid, digest = NID_undef, kind = NID_undef;

  if (!take_tag (&at, end, V_ASN1_OBJECT, &oid))
    return FALSE;
  nid = nid_of (&oid);
  if (nid == NID_rsassaPss) /* its parameters are judged by the verification that uses them */
    return type == EVP_PKEY_RSA || type == EVP_PKEY_RSA_PSS;
  if (nid == NID_ED25519 || nid == NID_ED448)
    return type == nid && at == end;
  if (!take_plain_algorithm (&again, end, &whole, &plain))
    return FALSE;
  if (nid == NID_rsaEncryption)
    return type == EVP_PKEY_RSA;
  if (nid == NID_X9_62_id_ecPublicKey)
    return type == EVP_PKEY_EC;
  if (OBJ_find_sigid_algs (nid, &digest, &kind) != 1)
    return FALSE;
  return digest == nid_of (digest_oid)
         && ((kind == NID_rsaEncryption && type == EVP_PKEY_RSA) || (kind == NID_X9_62_id_ecPublicKey && type == EVP_PKEY_EC));
}

static const char *
signer_problem (const Piece *signer, const Piece *digests, X509 *cert, gboolean *by_key_out)
{
  const guint8 *at = signer->data, *end = signer->data + signer->size;
  const guint8 *list = digests->data;
  Piece version, sid, digest, oid, listed, listed_oid, algorithm, piece;

  if (!take_tag (&at, end, V_ASN1_INTEGER, &version) || !take (&at, end, &sid)
      || !take_plain_algorithm (&at, end, &digest, &oid))
    return "its signer is not coded as the standard demands";
  *by_key_out = sid.head[0] == TAG_SKI;
  if (!is_number (&version, *by_key_out ? 3 : 1) || (!*by_key_out && !names_certificate (&sid, cert)))
    return "its signer is not named as the certificate demands";
  if (!take_plain_algorithm (&list, digests->data + digests->size, &listed, &listed_oid)
      || list != digests->data + digests->size || !same (&oid, &listed_oid))
    return "it lists other digests than the one used";
  (void) take_tag (&at, end, TAG_CONTEXT_0, &piece); /* signed attributes: signed */
  if (!take_tag (&at, end, TAG_SEQUENCE, &algorithm) || !algorithm_fits (&algorithm, &oid, cert))
    return "its signature algorithm is not the key's";
  if (!take_tag (&at, end, V_ASN1_OCTET_STRING, &piece))
    return "its signer is not coded as the standard demands";
  (void) take_tag (&at, end, TAG_CONTEXT_1, &piece); /* unsigned attributes are judged elsewhere */
  return at == end ? NULL : "its signer is not coded as the standard demands";
}

const char *
sohoa_cms_form_problem (const guint8 *der, gsize length, X509 *cert)
{
  static const char coded[] = "the signature is not coded as the standard demands (DER)";
  const guint8 *at = der, *end = der + length;
  Piece outer, type, tagged, body, version, digests, content, piece, signers, signer;
  const char *problem;
  gboolean by_key = FALSE, detached;
  const guint8 *type_at;

  if (!take_tag (&at, end, TAG_SEQUENCE, &outer) || !is_der (outer.data, outer.size, 0))
    return coded;
  at = outer.data;
  end = outer.data + outer.size;
  if (!take_tag (&at, end, V_ASN1_OBJECT, &type) || !take_tag (&at, end, TAG_CONTEXT_0, &tagged) || at != end)
    return coded;
  at = tagged.data;
  if (!take_tag (&at, tagged.data + tagged.size, TAG_SEQUENCE, &body) || at != tagged.data + tagged.size)
    return coded;
  at = body.data;
  end = body.data + body.size;
  if (!take_tag (&at, end, V_ASN1_INTEGER, &version) || !take_tag (&at, end, TAG_SET, &digests)
      || !take_tag (&at, end, TAG_SEQUENCE, &content))
    return coded;
  (void) take_tag (&at, end, TAG_CONTEXT_0, &piece); /* certificates: each is judged by its issuer */
  if (at < end && *at == TAG_CONTEXT_1)
    return "the signature carries revocation lists that nothing protects";
  if (!take_tag (&at, end, TAG_SET, &signers) || at != end)
    return coded;
  at = signers.data;
  if (!take_tag (&at, signers.data + signers.size, TAG_SEQUENCE, &signer) || at != signers.data + signers.size)
    return coded;
  problem = signer_problem (&signer, &digests, cert, &by_key);
  type_at = content.data;
  if (problem == NULL && !take_tag (&type_at, content.data + content.size, V_ASN1_OBJECT, &piece))
    problem = coded;
  detached = problem == NULL && nid_of (&piece) == NID_pkcs7_data;
  if (problem == NULL && !is_number (&version, detached && !by_key ? 1 : 3))
    problem = "the signature names another version than its content has";
  ERR_clear_error ();
  return problem;
}
