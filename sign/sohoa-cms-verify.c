/* Order of work: decode with limits → find the signer's certificate → digest of the bytes → signed
 * attributes and signature → time stamp → chain. Everything is tried even after a failure, so that
 * the report tells a clerk what is wrong and not only that something is. */
#include "sohoa-cms-verify.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ts.h>
#include <string.h>
#include <time.h>

#include "sohoa-cms-chain.h"
#include "sohoa-cms-form.h"
#include "sohoa-errors.h"
#include "sohoa-sign-private.h"
#include "sohoa-signer.h"

#define WEAK_RSA_BITS 2048
#define BROKEN_RSA_BITS 1024
#define MAX_ATTRIBUTES 64

typedef STACK_OF (CMS_SignerInfo) InfoStack; /* borrowed from the CMS, never freed */
typedef STACK_OF (ASN1_TYPE) TypeStack;

static void
type_stack_free (TypeStack *stack)
{
  sk_ASN1_TYPE_pop_free (stack, ASN1_TYPE_free);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TypeStack, type_stack_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509_ALGOR, X509_ALGOR_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TS_TST_INFO, TS_TST_INFO_free)

/* What was signed: ranges of a file, the bytes of a signature (for a time stamp on it), or a known SHA-256. */
typedef struct {
  int               fd;
  const SohoaRange *ranges; /* (unowned) */
  guint             n_ranges;
  const ASN1_STRING *bytes; /* (unowned) (nullable) instead of the file */
  const guint8      *sha256; /* (unowned) (nullable) instead of both */
} Subject;

/* One verification under way. */
typedef struct {
  const Subject    *subject; /* (unowned) */
  SohoaX509Stack   *trust;   /* (unowned) */
  const SohoaCmsMaterial *material; /* (unowned) */
  CMS_ContentInfo  *cms;     /* (unowned) */
  CMS_SignerInfo   *info;    /* (unowned) */
  X509             *cert;    /* (unowned) the signer's, one of certs or trust */
  SohoaX509Stack   *certs;   /* (owned) what the CMS carries */
  const EVP_MD     *md;      /* static */
  TS_TST_INFO      *tst;     /* (owned) (nullable) content of a time stamp */
  SohoaCmsReport   *out;     /* (unowned) */
} Check;

void
sohoa_cms_report_clear (SohoaCmsReport *report)
{
  g_free (report->reason);
  g_free (report->signer_name);
  g_free (report->issuer_name);
  g_free (report->serial);
  g_free (report->cert_sha256);
  g_free (report->digest_name);
  g_clear_pointer (&report->cert_der, g_bytes_unref);
  g_clear_pointer (&report->leaves, g_ptr_array_unref);
  g_clear_pointer (&report->carried, g_ptr_array_unref);
  memset (report, 0, sizeof *report);
}

/* A status only ever gets worse; the first reason of the worst status is shown. */
static void
worsen (SohoaCmsReport *out, SohoaCmsStatus status, const char *reason)
{
  if (status <= out->status)
    return;
  out->status = status;
  g_free (out->reason);
  out->reason = g_strdup (reason);
}

/* ---- decoding ---- */

static gboolean
decode (Check *check, CMS_ContentInfo *cms)
{
  const ASN1_OBJECT *type = CMS_get0_type (cms);
  InfoStack *infos;

  if (type == NULL || OBJ_obj2nid (type) != NID_pkcs7_signed) {
    worsen (check->out, SOHOA_CMS_MALFORMED, "this is no CMS signature");
    return FALSE;
  }
  infos = CMS_get0_SignerInfos (cms);
  if (infos == NULL || sk_CMS_SignerInfo_num (infos) != 1) {
    worsen (check->out, SOHOA_CMS_MALFORMED, "a PDF signature has exactly one signer, this one has not");
    return FALSE;
  }
  check->cms = cms;
  check->info = sk_CMS_SignerInfo_value (infos, 0);
  check->certs = CMS_get1_certs (cms);
  if (sk_X509_num (check->certs) > (int) SOHOA_CMS_MAX_CERTIFICATES
      || CMS_signed_get_attr_count (check->info) > MAX_ATTRIBUTES
      || CMS_unsigned_get_attr_count (check->info) > MAX_ATTRIBUTES) {
    worsen (check->out, SOHOA_CMS_MALFORMED, "the signature carries too many certificates or attributes");
    return FALSE;
  }
  return TRUE;
}

static X509 *
find_in (SohoaX509Stack *stack, CMS_SignerInfo *info)
{
  for (int i = 0; stack != NULL && i < sk_X509_num (stack); i++) {
    if (CMS_SignerInfo_cert_cmp (info, sk_X509_value (stack, i)) == 0)
      return sk_X509_value (stack, i);
  }
  return NULL;
}

static gboolean
find_signer (Check *check)
{
  SohoaCmsReport *out = check->out;

  check->cert = find_in (check->certs, check->info);
  if (check->cert == NULL)
    check->cert = find_in (check->trust, check->info);
  if (check->cert == NULL) {
    worsen (out, SOHOA_CMS_INVALID, "the signer's certificate is not in the signature");
    return FALSE;
  }
  g_free (out->signer_name);
  out->signer_name = sohoa_x509_name_text (X509_get_subject_name (check->cert));
  g_free (out->issuer_name);
  out->issuer_name = sohoa_x509_name_text (X509_get_issuer_name (check->cert));
  g_free (out->serial);
  out->serial = sohoa_x509_serial_text (check->cert);
  g_free (out->cert_sha256);
  out->cert_sha256 = sohoa_x509_sha256_text (check->cert);
  out->cert_der = sohoa_x509_to_der (check->cert);
  (void) sohoa_evidence_add (out->leaves, out->cert_der);
  for (int i = 0; i < sk_X509_num (check->certs); i++) {
    g_autoptr (GBytes) der = sohoa_x509_to_der (sk_X509_value (check->certs, i));

    (void) sohoa_evidence_add (out->carried, der);
  }
  out->not_before_us = sohoa_asn1_time_us (X509_get0_notBefore (check->cert));
  out->not_after_us = sohoa_asn1_time_us (X509_get0_notAfter (check->cert));
  return TRUE;
}

/* NULL when the algorithm is not on the list. *@weak is set for SHA-1. */
static const EVP_MD *
allowed_digest (int nid, gboolean *weak)
{
  switch (nid) {
  case NID_sha256: return EVP_sha256 ();
  case NID_sha384: return EVP_sha384 ();
  case NID_sha512: return EVP_sha512 ();
  case NID_sha3_256: return EVP_sha3_256 ();
  case NID_sha3_384: return EVP_sha3_384 ();
  case NID_sha3_512: return EVP_sha3_512 ();
  case NID_sha1: *weak = TRUE; return EVP_sha1 ();
  default: return NULL;
  }
}

static int
algorithm_nid (const X509_ALGOR *algorithm)
{
  const ASN1_OBJECT *object = NULL;

  if (algorithm == NULL)
    return NID_undef;
  X509_ALGOR_get0 (&object, NULL, NULL, algorithm);
  return object != NULL ? OBJ_obj2nid (object) : NID_undef;
}

static gboolean
choose_digest (Check *check)
{
  X509_ALGOR *digest = NULL;
  int nid;

  CMS_SignerInfo_get0_algs (check->info, NULL, NULL, &digest, NULL);
  nid = algorithm_nid (digest);
  check->md = allowed_digest (nid, &check->out->weak);
  g_free (check->out->digest_name);
  check->out->digest_name = g_strdup (nid != NID_undef ? OBJ_nid2sn (nid) : "unknown");
  if (check->md == NULL)
    worsen (check->out, SOHOA_CMS_INVALID, "the digest algorithm is not accepted");
  return check->md != NULL;
}

/* ---- digests ---- */

static gboolean
hash_string (const ASN1_STRING *string, const EVP_MD *md, guint8 *out)
{
  return EVP_Digest (ASN1_STRING_get0_data (string), (size_t) ASN1_STRING_length (string), out, NULL, md, NULL) == 1;
}

static gboolean
hash_subject (Check *check, const EVP_MD *md, guint8 *out)
{
  const Subject *subject = check->subject;
  g_autoptr (GError) error = NULL;

  if (subject->sha256 != NULL && EVP_MD_get_type (md) == NID_sha256)
    memcpy (out, subject->sha256, SOHOA_SHA256_BYTES);
  if (subject->sha256 != NULL)
    return EVP_MD_get_type (md) == NID_sha256;
  if (subject->bytes != NULL)
    return hash_string (subject->bytes, md, out);
  if (sohoa_hash_ranges (subject->fd, subject->ranges, subject->n_ranges, md, out, &error))
    return TRUE;
  worsen (check->out, SOHOA_CMS_INVALID, error->message);
  return FALSE;
}

/* What the messageDigest attribute must be: the hash of the subject, or of the content of a time stamp. */
static gboolean
content_digest (Check *check, guint8 *out)
{
  ASN1_OCTET_STRING **content = CMS_get0_content (check->cms);

  if (check->tst != NULL)
    return content != NULL && *content != NULL && hash_string (*content, check->md, out);
  return hash_subject (check, check->md, out);
}

/* A time stamp names the bytes it stamps by their hash. */
static gboolean
check_imprint (Check *check)
{
  TS_MSG_IMPRINT *imprint = TS_TST_INFO_get_msg_imprint (check->tst);
  const ASN1_OCTET_STRING *wanted = imprint != NULL ? TS_MSG_IMPRINT_get_msg (imprint) : NULL;
  guint8 digest[EVP_MAX_MD_SIZE];
  const EVP_MD *md;

  if (wanted == NULL)
    return FALSE;
  md = allowed_digest (algorithm_nid (TS_MSG_IMPRINT_get_algo (imprint)), &check->out->weak);
  if (md == NULL || ASN1_STRING_length (wanted) != EVP_MD_get_size (md) || !hash_subject (check, md, digest))
    return FALSE;
  return memcmp (ASN1_STRING_get0_data (wanted), digest, (size_t) EVP_MD_get_size (md)) == 0;
}

/* Detached data, or a time stamp's own content; anything else does not sign the ranges. */
static gboolean
read_content (Check *check)
{
  const ASN1_OBJECT *type = CMS_get0_eContentType (check->cms);
  ASN1_OCTET_STRING **content = CMS_get0_content (check->cms);
  const guint8 *data;
  int nid = type != NULL ? OBJ_obj2nid (type) : NID_undef;

  if (nid == NID_pkcs7_data && (content == NULL || *content == NULL))
    return TRUE;
  if (nid == NID_id_smime_ct_TSTInfo && content != NULL && *content != NULL) {
    data = ASN1_STRING_get0_data (*content);
    check->tst = d2i_TS_TST_INFO (NULL, &data, ASN1_STRING_length (*content));
    check->out->timestamp = check->tst != NULL;
    if (check->tst != NULL)
      return TRUE;
  }
  worsen (check->out, SOHOA_CMS_MALFORMED, "the signature has a content of its own that is not the document");
  return FALSE;
}

/* ---- signed attributes ---- */

/* The one value of the one attribute of this kind, of @type; else NULL. */
static void *
signed_value (CMS_SignerInfo *info, int nid, int type)
{
  void *value = CMS_signed_get0_data_by_OBJ (info, OBJ_nid2obj (nid), -3, type);

  ERR_clear_error ();
  return value;
}

static gboolean
check_message_digest (Check *check, const guint8 *digest)
{
  const ASN1_OCTET_STRING *wanted = signed_value (check->info, NID_pkcs9_messageDigest, V_ASN1_OCTET_STRING);
  int size = EVP_MD_get_size (check->md);

  return wanted != NULL && ASN1_STRING_length (wanted) == size
         && memcmp (ASN1_STRING_get0_data (wanted), digest, (size_t) size) == 0;
}

static gboolean
check_content_type (Check *check)
{
  const ASN1_OBJECT *type = signed_value (check->info, NID_pkcs9_contentType, V_ASN1_OBJECT);

  return type != NULL && OBJ_cmp (type, CMS_get0_eContentType (check->cms)) == 0;
}

static TypeStack *
open_sequence (const ASN1_STRING *sequence)
{
  const guint8 *data;

  if (sequence == NULL)
    return NULL;
  data = ASN1_STRING_get0_data (sequence);
  return d2i_ASN1_SEQUENCE_ANY (NULL, &data, ASN1_STRING_length (sequence));
}

static const ASN1_STRING *
nth (TypeStack *stack, int index, int type)
{
  ASN1_TYPE *value = stack != NULL && index < sk_ASN1_TYPE_num (stack) ? sk_ASN1_TYPE_value (stack, index) : NULL;

  return value != NULL && ASN1_TYPE_get (value) == type ? value->value.asn1_string : NULL;
}

/* signingCertificate (RFC 2634) or signingCertificateV2 (RFC 5035): the first ESSCertID is the
 * signer's. { certs { { [hashAlgorithm] certHash … } … } … } */
static gboolean
binding_fits (const ASN1_STRING *attribute, X509 *cert, gboolean v2, gboolean *weak)
{
  g_autoptr (TypeStack) outer = open_sequence (attribute);
  g_autoptr (TypeStack) list = open_sequence (nth (outer, 0, V_ASN1_SEQUENCE));
  g_autoptr (TypeStack) id = open_sequence (nth (list, 0, V_ASN1_SEQUENCE));
  const ASN1_STRING *algorithm = nth (id, 0, V_ASN1_SEQUENCE);
  const ASN1_STRING *hash = nth (id, v2 && algorithm != NULL ? 1 : 0, V_ASN1_OCTET_STRING);
  const EVP_MD *md = v2 ? EVP_sha256 () : EVP_sha1 ();
  guint8 digest[EVP_MAX_MD_SIZE];
  guint size = 0;

  if (v2 && algorithm != NULL) {
    g_autoptr (X509_ALGOR) named = ASN1_item_unpack (algorithm, ASN1_ITEM_rptr (X509_ALGOR));

    md = allowed_digest (algorithm_nid (named), weak);
  }
  if (hash == NULL || md == NULL || X509_digest (cert, md, digest, &size) != 1)
    return FALSE;
  return (guint) ASN1_STRING_length (hash) == size && memcmp (ASN1_STRING_get0_data (hash), digest, size) == 0;
}

/* FALSE when a binding is there and names another certificate. */
static gboolean
check_binding (Check *check)
{
  static const struct {
    int      nid;
    gboolean v2;
  } kinds[] = { { NID_id_smime_aa_signingCertificateV2, TRUE }, { NID_id_smime_aa_signingCertificate, FALSE } };

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++) {
    const ASN1_STRING *attribute;

    if (CMS_signed_get_attr_by_NID (check->info, kinds[i].nid, -1) < 0)
      continue;
    attribute = signed_value (check->info, kinds[i].nid, V_ASN1_SEQUENCE);
    if (attribute == NULL || !binding_fits (attribute, check->cert, kinds[i].v2, &check->out->weak)) {
      ERR_clear_error ();
      return FALSE;
    }
    check->out->cades_bound = TRUE;
  }
  return TRUE;
}

static void
read_signing_time (Check *check)
{
  const ASN1_TIME *time = signed_value (check->info, NID_pkcs9_signingTime, V_ASN1_UTCTIME);

  if (time == NULL)
    time = signed_value (check->info, NID_pkcs9_signingTime, V_ASN1_GENERALIZEDTIME);
  check->out->signing_time_us = sohoa_asn1_time_us (time);
}

/* ---- the signature ---- */

static gboolean
check_key (Check *check)
{
  EVP_PKEY *key = X509_get0_pubkey (check->cert);
  int type = key != NULL ? EVP_PKEY_get_base_id (key) : EVP_PKEY_NONE;
  int bits = key != NULL ? EVP_PKEY_get_bits (key) : 0;

  ERR_clear_error ();
  if (type == EVP_PKEY_RSA || type == EVP_PKEY_RSA_PSS) {
    check->out->weak |= bits < WEAK_RSA_BITS;
    return bits >= BROKEN_RSA_BITS;
  }
  if (type == EVP_PKEY_EC)
    return bits >= 224;
  return type == EVP_PKEY_ED25519 || type == EVP_PKEY_ED448;
}

/* Old PDF signatures without signed attributes: the signature is over the bytes themselves. */
static gboolean
verify_bare (Check *check, const guint8 *digest)
{
  g_autoptr (EVP_PKEY_CTX) ctx = EVP_PKEY_CTX_new (X509_get0_pubkey (check->cert), NULL);
  const ASN1_OCTET_STRING *value = CMS_SignerInfo_get0_signature (check->info);

  return ctx != NULL && value != NULL && EVP_PKEY_verify_init (ctx) == 1
         && EVP_PKEY_CTX_set_signature_md (ctx, check->md) == 1
         && EVP_PKEY_verify (ctx, ASN1_STRING_get0_data (value), (size_t) ASN1_STRING_length (value), digest,
                             (size_t) EVP_MD_get_size (check->md)) == 1;
}

static void
check_with_attributes (Check *check, const guint8 *digest)
{
  SohoaCmsReport *out = check->out;

  out->digest_ok = digest != NULL && check_message_digest (check, digest);
  if (!check_content_type (check)) {
    worsen (out, SOHOA_CMS_INVALID, "the signed attributes do not name the kind of content");
    return;
  }
  CMS_SignerInfo_set1_signer_cert (check->info, check->cert);
  if (CMS_SignerInfo_verify (check->info) != 1)
    worsen (out, SOHOA_CMS_INVALID, "the signature does not fit the signer's certificate");
  else if (!check_binding (check))
    worsen (out, SOHOA_CMS_INVALID, "the signature was made for another certificate");
  else
    out->signature_ok = TRUE;
  read_signing_time (check);
}

static void
check_signature (Check *check)
{
  SohoaCmsReport *out = check->out;
  guint8 digest[EVP_MAX_MD_SIZE];
  gboolean hashed = content_digest (check, digest);

  if (!check_key (check))
    worsen (out, SOHOA_CMS_INVALID, "the signer's key is too short or of a kind that is not accepted");
  else if (CMS_signed_get_attr_count (check->info) > 0)
    check_with_attributes (check, hashed ? digest : NULL);
  else if (check->tst == NULL)
    out->digest_ok = out->signature_ok = hashed && verify_bare (check, digest);
  if (check->tst != NULL && !check_imprint (check))
    out->digest_ok = FALSE;
  if (!out->digest_ok)
    worsen (out, SOHOA_CMS_INVALID, "the document was changed after it was signed");
  if (!out->signature_ok)
    worsen (out, SOHOA_CMS_INVALID, "the signature is broken");
  ERR_clear_error ();
}

/* ---- chain ---- */

static SohoaX509Stack *
read_trust (GBytes *pem)
{
  SohoaX509Stack *stack = sk_X509_new_null ();
  g_autoptr (BIO) bio = NULL;
  X509 *cert;

  if (pem == NULL || g_bytes_get_size (pem) == 0 || g_bytes_get_size (pem) > SOHOA_TRUST_MAX_BYTES)
    return stack;
  bio = BIO_new_mem_buf (g_bytes_get_data (pem, NULL), (int) g_bytes_get_size (pem));
  while (sk_X509_num (stack) < (int) SOHOA_TRUST_MAX_CERTIFICATES
         && (cert = PEM_read_bio_X509 (bio, NULL, NULL, NULL)) != NULL)
    sk_X509_push (stack, cert);
  ERR_clear_error ();
  return stack;
}

/* Revoked before it was used: the signature proves nothing. Not known: the caller says whether that is enough. */
static void
check_revocation (Check *check, const SohoaChain *chain, gint64 time_us)
{
  SohoaCmsReport *out = check->out;

  out->revocation = sohoa_chain_revocation (chain, check->material->evidence, time_us, check->material->now_us,
                                            &out->revoked_us);
  out->names_revocation = sohoa_chain_names_revocation (chain);
  if (out->revocation == SOHOA_REVOCATION_REVOKED)
    worsen (out, SOHOA_CMS_INVALID, "a certificate was revoked before it was used");
  else if (out->revocation == SOHOA_REVOCATION_UNCHECKED && out->names_revocation && check->material->need_revocation)
    worsen (out, SOHOA_CMS_UNTRUSTED_CHAIN, "whether a certificate was revoked is not known");
}

static gint64
time_of_use (const Check *check)
{
  const SohoaCmsReport *out = check->out;
  gint64 time_us = check->material->now_us;

  if (check->material->proof_us > 0 && check->material->proof_us < time_us)
    time_us = check->material->proof_us;
  if (check->tst == NULL && out->timestamp_trusted && out->timestamp_time_us > 0 && out->timestamp_time_us < time_us)
    time_us = out->timestamp_time_us;
  return time_us;
}

static void
check_chain (Check *check)
{
  SohoaCmsReport *out = check->out;
  gint64 time_us = time_of_use (check);
  g_auto (SohoaChain) chain = { 0 };

  out->used_time_us = time_us;
  out->cert_time_ok = time_us >= out->not_before_us && time_us <= out->not_after_us;
  out->chain_ok = sohoa_chain_build (&chain, check->cert, check->certs, check->trust, check->material->evidence,
                                     time_us, check->tst != NULL);
  if (!out->chain_ok && !out->cert_time_ok)
    worsen (out, SOHOA_CMS_UNTRUSTED_CHAIN, "the signer's certificate is not valid at this time");
  else if (!out->chain_ok && sk_X509_num (check->trust) == 0)
    worsen (out, SOHOA_CMS_UNTRUSTED_CHAIN, "no trusted certificate was given");
  else if (!out->chain_ok)
    worsen (out, SOHOA_CMS_UNTRUSTED_CHAIN, chain.problem);
  check_revocation (check, &chain, time_us);
  if (check->tst == NULL && !sohoa_x509_may_sign (check->cert))
    worsen (out, SOHOA_CMS_UNTRUSTED_CHAIN, "the signer's certificate is not meant for signing");
  if (check->tst != NULL && X509_check_purpose (check->cert, X509_PURPOSE_TIMESTAMP_SIGN, 0) != 1)
    worsen (out, SOHOA_CMS_UNTRUSTED_CHAIN, "the time stamp's certificate is not meant for time stamps");
  if (sohoa_chain_has_strangers (check->cert, check->certs, check->trust))
    worsen (out, SOHOA_CMS_UNTRUSTED_CHAIN, "the signature carries certificates that do not belong to it");
  if (out->weak || chain.weak)
    worsen (out, SOHOA_CMS_UNTRUSTED_CHAIN, "SHA-1 or a short key was used: this proves nothing today");
  ERR_clear_error ();
}

/* ---- all together ---- */

static void verify_der (const guint8 *der, gsize length, const Subject *subject, SohoaX509Stack *trust,
                        const SohoaCmsMaterial *material, gboolean nested, SohoaCmsReport *out);

static const ASN1_STRING *
find_token (CMS_SignerInfo *info)
{
  int index = CMS_unsigned_get_attr_by_NID (info, NID_id_smime_aa_timeStampToken, -1);
  X509_ATTRIBUTE *attribute = index >= 0 ? CMS_unsigned_get_attr (info, index) : NULL;
  ASN1_TYPE *value = attribute != NULL ? X509_ATTRIBUTE_get0_type (attribute, 0) : NULL;

  return value != NULL && ASN1_TYPE_get (value) == V_ASN1_SEQUENCE ? value->value.sequence : NULL;
}

static void
take_all (GPtrArray *into, const GPtrArray *from)
{
  for (guint i = 0; i < from->len; i++)
    (void) sohoa_evidence_add (into, from->pdata[i]);
}

/* A signature time stamp is itself a CMS, over the value of the signature. A broken or unconfirmed one gives no
 * time, and the signature is no longer simply valid: somebody may have put it there. */
static void
read_timestamp (Check *check)
{
  const ASN1_STRING *token = find_token (check->info);
  Subject subject = { .fd = -1, .bytes = CMS_SignerInfo_get0_signature (check->info) };
  g_auto (SohoaCmsReport) inner = { 0 };

  if (token == NULL || subject.bytes == NULL)
    return;
  verify_der (ASN1_STRING_get0_data (token), (gsize) ASN1_STRING_length (token), &subject, check->trust,
              check->material, TRUE, &inner);
  take_all (check->out->leaves, inner.leaves);
  take_all (check->out->carried, inner.carried);
  check->out->timestamp_revocation = inner.revocation;
  if (!inner.timestamp || !inner.digest_ok || !inner.signature_ok) {
    worsen (check->out, SOHOA_CMS_UNTRUSTED_CHAIN, "the time stamp of the signature is broken");
    return;
  }
  check->out->timestamp_time_us = inner.timestamp_time_us;
  check->out->timestamp_trusted = inner.status == SOHOA_CMS_VALID;
  if (!check->out->timestamp_trusted && sk_X509_num (check->trust) > 0) {
    g_autofree char *why = g_strdup_printf ("time stamp: %s", inner.reason);

    worsen (check->out, SOHOA_CMS_UNTRUSTED_CHAIN, why);
  }
}

/* The only unsigned attribute of a PAdES signature is its time stamp (EN 319 142-1, 6.3); what else stands there
 * is protected by nothing. */
static void
check_unsigned (Check *check)
{
  int count = CMS_unsigned_get_attr_count (check->info);
  int stamps = CMS_unsigned_get_attr_by_NID (check->info, NID_id_smime_aa_timeStampToken, -1) >= 0 ? 1 : 0;

  if (count > stamps)
    worsen (check->out, SOHOA_CMS_UNTRUSTED_CHAIN, "the signature carries an unsigned attribute that is no time stamp");
}

/* What no signature protects must be as it has to be, else somebody may have changed it. */
static void
check_form (Check *check, const guint8 *der, gsize length)
{
  const char *problem = sohoa_cms_form_problem (der, length, check->cert);

  if (problem != NULL)
    worsen (check->out, SOHOA_CMS_UNTRUSTED_CHAIN, problem);
}

static void
check_all (Check *check, CMS_ContentInfo *cms, const guint8 *der, gsize length, gboolean nested)
{
  SohoaCmsReport *out = check->out;

  if (!decode (check, cms) || !read_content (check) || !find_signer (check) || !choose_digest (check))
    return;
  check_signature (check);
  check_form (check, der, length);
  if (check->tst != NULL) {
    out->timestamp_time_us = sohoa_asn1_time_us (TS_TST_INFO_get_time (check->tst));
    check_chain (check);
    out->timestamp_trusted = out->status == SOHOA_CMS_VALID;
    return;
  }
  check_unsigned (check);
  if (!nested)
    read_timestamp (check);
  check_chain (check);
}

static gboolean
only_padding (const guint8 *data, const guint8 *end)
{
  while (data < end && *data == 0)
    data++;
  return data == end;
}

static void
verify_der (const guint8 *der, gsize length, const Subject *subject, SohoaX509Stack *trust,
            const SohoaCmsMaterial *material, gboolean nested, SohoaCmsReport *out)
{
  g_autoptr (CMS_ContentInfo) cms = NULL;
  Check check = { .subject = subject, .trust = trust, .material = material, .out = out };
  const guint8 *next = der;

  memset (out, 0, sizeof *out);
  out->reason = g_strdup ("");
  out->signer_name = g_strdup ("");
  out->issuer_name = g_strdup ("");
  out->serial = g_strdup ("");
  out->cert_sha256 = g_strdup ("");
  out->digest_name = g_strdup ("");
  out->leaves = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  out->carried = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  if (length == 0 || length > SOHOA_CMS_MAX_BYTES) {
    worsen (out, SOHOA_CMS_MALFORMED, "the signature is empty or too large");
    return;
  }
  cms = d2i_CMS_ContentInfo (NULL, &next, (long) length);
  if (cms == NULL || !only_padding (next, der + length))
    worsen (out, SOHOA_CMS_MALFORMED, "the signature cannot be decoded");
  else
    check_all (&check, cms, der, (gsize) (next - der), nested);
  sohoa_x509_stack_free (check.certs);
  TS_TST_INFO_free (check.tst);
  ERR_clear_error ();
}

/* OpenSSL and libc open files at first use (openssl.cnf, the time zone). A sandboxed caller verifies
 * any junk once before it locks itself in; from then on nothing is opened. */
static void
prepare (void)
{
  static gsize once = 0;
  guint8 digest[EVP_MAX_MD_SIZE];

  if (!g_once_init_enter (&once))
    return;
  OPENSSL_init_crypto (OPENSSL_INIT_LOAD_CONFIG | OPENSSL_INIT_LOAD_CRYPTO_STRINGS | OPENSSL_INIT_ADD_ALL_DIGESTS,
                       NULL);
  tzset ();
  (void) EVP_Digest ("", 0, digest, NULL, EVP_sha256 (), NULL);
  (void) EVP_Digest ("", 0, digest, NULL, EVP_sha1 (), NULL);
  EVP_PKEY_CTX_free (EVP_PKEY_CTX_new_from_name (NULL, "RSA", NULL));
  EVP_PKEY_CTX_free (EVP_PKEY_CTX_new_from_name (NULL, "EC", NULL));
  ERR_clear_error ();
  g_once_init_leave (&once, 1);
}

static void
verify_bytes (GBytes *cms, const Subject *subject, const SohoaCmsMaterial *material, SohoaCmsReport *out)
{
  g_autoptr (SohoaX509Stack) trust = NULL;
  gsize length = 0;
  const guint8 *der = cms != NULL ? g_bytes_get_data (cms, &length) : NULL;

  prepare ();
  trust = read_trust (material->trust_pem);
  verify_der (der, length, subject, trust, material, FALSE, out);
}

void
sohoa_cms_verify_with (GBytes *cms, int fd, const SohoaRange *ranges, guint n_ranges,
                       const SohoaCmsMaterial *material, SohoaCmsReport *out)
{
  const Subject subject = { .fd = fd, .ranges = ranges, .n_ranges = n_ranges };

  verify_bytes (cms, &subject, material, out);
}

void
sohoa_cms_verify (GBytes *cms, int fd, const SohoaRange *ranges, guint n_ranges, GBytes *trust_pem, gint64 now_us,
                  SohoaCmsReport *out)
{
  const SohoaCmsMaterial material = { .trust_pem = trust_pem, .now_us = now_us };

  sohoa_cms_verify_with (cms, fd, ranges, n_ranges, &material, out);
}

void
sohoa_cms_verify_token (GBytes *token, const guint8 *sha256, const SohoaCmsMaterial *material, SohoaCmsReport *out)
{
  const Subject subject = { .fd = -1, .sha256 = sha256 };

  verify_bytes (token, &subject, material, out);
  if (!out->timestamp)
    worsen (out, SOHOA_CMS_MALFORMED, "this is no time stamp");
}
