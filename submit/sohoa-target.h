/* Where documents are submitted to: one section of the configuration.
 *
 *   [target NAME]
 *   connector = rest | vxp | folder | webdav | sftp | assisted
 *   url = https://qlvb.example            http:// only to this machine, or with allow-plain = yes;
 *                                         sftp: sftp://user@host:port/folder
 *   path = /srv/qlvb/in                   folder; assisted: where the clerk takes the signed file from
 *   answers = yes                         folder, webdav, sftp: the receiver writes BASE.answer.json
 *   form = CodeNumber;Subject;…           assisted: the fields of the receiver's web form, in its order, for copying
 *   known-hosts-file = /…                 sftp; its key is client-key-file
 *   system-id = …                         secret-file = /…   (mode 0600, never the secret itself)
 *   auth = hmac | bearer | basic | none   rest: hmac, bearer, none; webdav: basic (user = system-id), bearer, none;
 *                                         vxp is always hmac, folder and sftp always none
 *   ca-file = /…                          else the system's authorities; TLS is always verified
 *   pin = SHA256;…                        https: the receiver's certificate is one of these besides; the SHA-256 of its DER
 *                                         as `openssl x509 -fingerprint -sha256` prints it, with or without colons
 *   client-certificate-file, client-key-file = /…   mTLS
 *   from = H31.98.01    from-name = UBND xã Ví Dụ     to = H31.98.01;…
 *   book = Văn bản đến                    timeout-ms = 60000
 *   max-document-mb = 50                  no larger document is signed for it; 0 = no limit. rest and vxp: 50 (domain.md 8.5), else 0
 *   hash-quirk = yes                      vxp: hash-file without zero padding (domain.md 10.1)
 *   attach-record = no                    vxp: the full record JSON as a second attachment */
#pragma once

#include "sohoa-conf.h"
#include "sohoa-secret.h"

G_BEGIN_DECLS

#define SOHOA_TARGET_SECTION_PREFIX "target "

typedef enum {
  SOHOA_TARGET_AUTH_HMAC,
  SOHOA_TARGET_AUTH_BEARER,
  SOHOA_TARGET_AUTH_BASIC,
  SOHOA_TARGET_AUTH_NONE,
} SohoaTargetAuth;

typedef struct {
  char  *name;      /* (owned) of the section */
  char  *connector; /* (owned) "rest" … */
  char  *path;      /* (owned) folder: absolute; else "" */
  char  *known_hosts_file; /* (owned) (nullable) sftp */
  char  *url;       /* (owned) without a slash at its end */
  char  *system_id; /* (owned) */
  char  *secret_file, *ca_file, *client_certificate_file, *client_key_file; /* (owned) (nullable) */
  char  *from, *from_name; /* (owned) the sending agency */
  char **to;        /* (owned) agency codes */
  char **form;      /* (owned) field keys; empty: the usual order */
  char **pins;      /* (owned) SHA-256 of certificates, 64 hex digits in lower case; empty: any trusted one */
  char  *book;      /* (owned) used where the record has no ArrivalBook */
  SohoaTargetAuth auth;
  guint  timeout_ms;
  guint64 max_bytes; /* of one document; 0 = no limit */
  gboolean allow_plain, hash_quirk, attach_record, answers;
} SohoaTarget;

/* Takes the keys of @section ("target NAME"). SOHOA_ERROR_CONFIG for an unusable value; unknown keys
 * and types out of range are told by sohoa_conf_finish(). */
SohoaTarget *sohoa_target_take (SohoaConf *conf, const char *section, GError **error);
void         sohoa_target_free (SohoaTarget *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaTarget, sohoa_target_free)

G_END_DECLS
