/* For the files of the token only. */
#pragma once

#include <p11-kit/pkcs11.h>
#include <p11-kit/uri.h>

#include "sohoa-token-guard.h"
#include "sohoa-token.h"

typedef enum { SOHOA_KEY_RSA, SOHOA_KEY_RSA_PSS, SOHOA_KEY_EC } SohoaKeyKind;

struct _SohoaToken {
  void                *library;  /* of dlopen; never closed: modules leave threads behind */
  CK_FUNCTION_LIST_PTR f;        /* (unowned) of the module */
  P11KitUri           *uri;      /* (owned) */
  gboolean             initialised;
  CK_SLOT_ID           slot;     /* once unlocked */
  CK_SESSION_HANDLE    session;  /* CK_INVALID_HANDLE: none */
  CK_OBJECT_HANDLE     key;
  SohoaKeyKind         kind;
  gboolean             always_authenticate;
  SohoaPassphrase     *pin;      /* (owned) (nullable) only with @always_authenticate */
};

/* FALSE and an error unless @rv is CKR_OK. @what: "C_Login". */
gboolean sohoa_token_check (CK_RV rv, const char *what, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Slots whose token fits the URI; (element-type CK_SLOT_ID). */
GArray *sohoa_token_slots (SohoaToken *self, GError **error);

/* What was found on a token. */
typedef struct {
  CK_OBJECT_HANDLE handle;
  char       *label; /* (owned) one line */
  GBytes     *id;    /* (owned) CKA_ID */
  GBytes     *der;   /* (owned) (nullable) certificates: CKA_VALUE */
  CK_KEY_TYPE type;  /* keys */
  gboolean    always_authenticate; /* keys */
} SohoaTokenObject;

/* (element-type SohoaTokenObject), yours. @cls: CKO_CERTIFICATE or CKO_PRIVATE_KEY. */
GPtrArray *sohoa_token_objects (SohoaToken *self, CK_SESSION_HANDLE session, CK_OBJECT_CLASS cls, GError **error);
