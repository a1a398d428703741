/* For friends inside sign/ only: OpenSSL types and the small helpers all of them need. */
#pragma once

#include <gio/gio.h>
#include <openssl/asn1.h>
#include <openssl/cms.h>
#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "sohoa-range.h"

#define SOHOA_SHA256_BYTES 32
#define SOHOA_MIN_RSA_BITS 2048

typedef STACK_OF (X509) SohoaX509Stack;
void sohoa_x509_stack_free (SohoaX509Stack *stack); /* with its certificates */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaX509Stack, sohoa_x509_stack_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509, X509_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_PKEY, EVP_PKEY_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_MD_CTX, EVP_MD_CTX_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_PKEY_CTX, EVP_PKEY_CTX_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CMS_ContentInfo, CMS_ContentInfo_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BIO, BIO_free_all)

/* What OpenSSL complained about last, one line, queue emptied; "unknown reason" when silent. g_free. */
char *sohoa_openssl_reason (void);

/* Hash of the ranges of @fd, streamed. @out has room for EVP_MAX_MD_SIZE. */
gboolean sohoa_hash_ranges (int fd, const SohoaRange *ranges, guint n_ranges, const EVP_MD *md,
                            guint8 *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* CN, else O, else ""; NFC, one line, at most 200 characters. g_free. */
char  *sohoa_x509_name_text (const X509_NAME *name);
char  *sohoa_x509_serial_text (const X509 *cert); /* upper-case hex; g_free */
char  *sohoa_x509_sha256_text (const X509 *cert); /* lower-case hex; g_free */
GBytes *sohoa_x509_to_der (const X509 *cert);
gint64 sohoa_asn1_time_us (const ASN1_TIME *time); /* 0 when it cannot be read */
/* digitalSignature or nonRepudiation, or no key usage at all. */
gboolean sohoa_x509_may_sign (X509 *cert);
