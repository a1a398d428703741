/* What a document system's web page asks of the signing agent on the clerk's machine, and what it is answered: the calls
 * domain.md 9.3 describes. Pages of many makers call it, so reading is tolerant (case of names, numbers as texts, JSON in a
 * JSON string, a byte order mark); what is read is bounded, and addresses are judged strictly. No network, no files here. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define SOHOA_AGENT_MAX_REQUEST_BYTES (1024u * 1024)
#define SOHOA_AGENT_MAX_FILES 50u       /* of one SignFiles */
#define SOHOA_AGENT_MAX_META 100u       /* members of MetaData */
#define SOHOA_AGENT_MAX_TEXT_BYTES 8192u /* of one value: an address, a session, a token */

typedef enum {
  SOHOA_AGENT_GET_VERSION,
  SOHOA_AGENT_GET_CERT_INFO,
  SOHOA_AGENT_CONFIG,
  SOHOA_AGENT_SIGN_INCOME,   /* ký số công văn đến */
  SOHOA_AGENT_SIGN_COPY,     /* sao văn bản điện tử */
  SOHOA_AGENT_SIGN_ISSUED,   /* văn thư đóng dấu phát hành */
  SOHOA_AGENT_SIGN_APPROVED, /* lãnh đạo ký phê duyệt */
  SOHOA_AGENT_SIGN_APPENDIX, /* phụ lục */
  SOHOA_AGENT_SIGN_FILES,
  SOHOA_AGENT_VERIFY,
  SOHOA_AGENT_N_OPS
} SohoaAgentOp;

/* "SignIncome" as in the address wss://127.0.0.1:8987/SignIncome; static. */
const char *sohoa_agent_op_word (SohoaAgentOp op);
/* What a person is told that it is; static. */
const char *sohoa_agent_op_text (SohoaAgentOp op);
/* The op of a path with or without its slash, case does not count; SOHOA_AGENT_N_OPS = none of ours. */
SohoaAgentOp sohoa_agent_op_of (const char *path);
/* The words of the ops that pages may call and that are not served, NULL-terminated; static. */
const char *const *sohoa_agent_unserved (void);

typedef struct {
  char *id;  /* (owned) FileID, "" */
  char *url; /* (owned) where it is downloaded from */
  char *name; /* (owned) "" */
} SohoaAgentFile;

typedef struct {
  char *key, *value; /* (owned) */
} SohoaAgentMeta;

typedef struct {
  SohoaAgentOp op;
  char *url;        /* (owned) FileName: what to download; "" = the person chooses a document */
  char *upload;     /* (owned) FileUploadHandler, "" = nothing is uploaded */
  char *session;    /* (owned) SessionId, "" */
  char *token;      /* (owned) JWTToken, "" */
  char *doc_number; /* (owned) DocNumber, "" */
  char *issued;     /* (owned) IssuedDate, "" */
  GPtrArray *meta;  /* (owned) (element-type SohoaAgentMeta) */
  GPtrArray *files; /* (owned) (element-type SohoaAgentFile) of SignFiles */
} SohoaAgentRequest;

/* @text: the message, @length bytes. Errors: SOHOA_ERROR_INVALID_ARGUMENT with a sentence in Vietnamese for the page.
 * Ops without arguments accept any text. Free with sohoa_agent_request_free(). */
SohoaAgentRequest *sohoa_agent_request_parse (SohoaAgentOp op, const char *text, gsize length, GError **error);
void               sohoa_agent_request_free (SohoaAgentRequest *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaAgentRequest, sohoa_agent_request_free)

/* "https://host" or "https://host:port" in small letters, the usual port left out, of an address or of an Origin header.
 * NULL: no https, a user in it, a blank or control character, a backslash, no host, or (@origin_only) a path. g_free.
 * Origin: RFC 6454, 6.2 and 7. */
char *sohoa_agent_origin_of (const char *address, gboolean origin_only);

/* ---- answers ---- */

typedef enum { /* Status of an answer; 0 is success everywhere (domain.md 9.3), the others are ours */
  SOHOA_AGENT_OK = 0,
  SOHOA_AGENT_FAILED = 1,
  SOHOA_AGENT_BAD_REQUEST = 2,
  SOHOA_AGENT_NOT_ALLOWED = 3,
  SOHOA_AGENT_CANCELLED = 4,
  SOHOA_AGENT_NO_DOWNLOAD = 5,
  SOHOA_AGENT_NO_UPLOAD = 6,
  SOHOA_AGENT_NO_SIGNATURE = 7,
  SOHOA_AGENT_BUSY = 8,
  SOHOA_AGENT_NOT_SERVED = 9,
  SOHOA_AGENT_NO_DESK = 10,
} SohoaAgentStatus;

typedef struct {
  SohoaAgentStatus status;
  char *message;     /* (owned) (nullable) Vietnamese */
  char *file_name;   /* (owned) (nullable) */
  char *file_server; /* (owned) (nullable) the upload handler's answer as it came */
  char *number, *day; /* (owned) (nullable) DocumentNumber, DocumentDate */
  char *certificate; /* (owned) (nullable) base64 of the DER: CertBase64 */
  char *id;          /* (owned) (nullable) FileID, of one of many */
  GPtrArray *files;  /* (owned) (nullable) (element-type SohoaAgentReply) of SignFiles */
} SohoaAgentReply;

SohoaAgentReply *sohoa_agent_reply_new (SohoaAgentStatus status, const char *message);
void             sohoa_agent_reply_free (SohoaAgentReply *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaAgentReply, sohoa_agent_reply_free)
char            *sohoa_agent_reply_to_json (const SohoaAgentReply *self); /* g_free */

G_END_DECLS
