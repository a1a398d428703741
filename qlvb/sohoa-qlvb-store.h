/* The receiver's register: one SQLite file, every change one transaction, synchronous = FULL. Any
 * thread may call; one at a time goes through. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define SOHOA_QLVB_LIST_MAX 500

/* A document as registered or refused. All strings owned, never NULL after _new(). */
typedef struct {
  char *key, *digest;      /* idempotency key; SHA-256 of the file */
  char *system_id;         /* who sent it */
  char *agency, *book;     /* the register: (agency, year, book) */
  int   year;
  guint number;            /* số đến; 0 = refused */
  char *doc_code;          /* 7197 DocCode; given by the sender or made here */
  char *type_code;         /* for making it: "CV" */
  char *document_id;       /* of edXML, "" for rest */
  char *from_id;           /* of the sending agency */
  char *organ_name, *code_number, *code_notation, *issued, *type_name, *subject;
  char *verdict;           /* of the PDF signature */
  gboolean original;
  char *status, *reason;   /* latest business status */
  char *warnings;          /* one per line */
  char *receipt;           /* JSON, the answer that was and will be given */
  char *metadata;          /* JSON as it came with the file, "" for edXML */
  char *report;            /* JSON of the signature's verification on arrival */
  char *message;           /* SHA-256 of the edXML message it came in, "" for rest */
  char *recipient;         /* đơn vị hoặc người nhận, by the clerk */
  char *forwarded;         /* ngày chuyển, ISO, "" */
  char *arrival_day;       /* ngày đến, ISO: its year is the register's */
  gint64 time_us;          /* when it was registered here */
} SohoaQlvbDocument;

SohoaQlvbDocument *sohoa_qlvb_document_new (void);
void               sohoa_qlvb_document_free (SohoaQlvbDocument *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaQlvbDocument, sohoa_qlvb_document_free)
void               sohoa_qlvb_set (char **member, const char *value);

/* One status message to the sender. */
typedef struct {
  gint64 id;
  char  *key, *code, *description, *delivery; /* (owned) delivery: initial, processing, done, fail */
  char  *by_whom;          /* (owned) who decided, "" = the program */
  gint64 time_us;
} SohoaQlvbStatus;
void sohoa_qlvb_status_free (SohoaQlvbStatus *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaQlvbStatus, sohoa_qlvb_status_free)

typedef struct _SohoaQlvbStore SohoaQlvbStore;

/* @path: of the database file. Errors: SOHOA_STORE_ERROR. */
SohoaQlvbStore *sohoa_qlvb_store_open (const char *path, GError **error);
void            sohoa_qlvb_store_close (SohoaQlvbStore *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaQlvbStore, sohoa_qlvb_store_close)

typedef enum {
  SOHOA_QLVB_REGISTERED,
  SOHOA_QLVB_KNOWN,         /* same key, same digest: @document now holds the first registration */
  SOHOA_QLVB_KEY_CONFLICT,  /* same key, other digest */
  SOHOA_QLVB_CODE_CONFLICT, /* the DocCode belongs to another document */
  SOHOA_QLVB_FAILED,        /* @error: nothing was changed */
} SohoaQlvbResult;

/* Makes the receipt text once number and codes are known; g_free. */
typedef char *(*SohoaQlvbReceiptFunc) (const SohoaQlvbDocument *document);

/* One transaction: key looked up, next number of (agency, year, book) taken, row, receipt and status 01
 * written. @document has its arrival_day. Fills year, number, doc_code, status and receipt. @decide_us: when 03 follows, G_MAXINT64:
 * a person decides. */
SohoaQlvbResult sohoa_qlvb_store_register (SohoaQlvbStore *self, SohoaQlvbDocument **document, gint64 decide_us,
                                           SohoaQlvbReceiptFunc receipt, GError **error);
/* Keeps a refusal (status 02) unless the key is registered; a later good try replaces it. */
gboolean sohoa_qlvb_store_refuse (SohoaQlvbStore *self, const SohoaQlvbDocument *document, GError **error);

typedef enum { SOHOA_QLVB_BY_KEY, SOHOA_QLVB_BY_CODE, SOHOA_QLVB_BY_DOCUMENT_ID } SohoaQlvbBy;
/* NULL without @error: there is none. @system_id: (nullable) only documents of this sender. */
SohoaQlvbDocument *sohoa_qlvb_store_find (SohoaQlvbStore *self, SohoaQlvbBy by, const char *value,
                                          const char *system_id, GError **error);
/* Newest first, at most SOHOA_QLVB_LIST_MAX. Each of the four may be "" = any. (element-type SohoaQlvbDocument) */
GPtrArray *sohoa_qlvb_store_search (SohoaQlvbStore *self, const char *number, const char *symbol,
                                    const char *issuer, const char *iso_day, GError **error);
typedef struct {
  const char *text;     /* (nullable) anywhere in subject, issuer, number, type, code, recipient; without marks and case */
  const char *statuses; /* (nullable) "01 13": one of these */
  int         year;     /* 0 = any */
  const char *book;     /* (nullable) */
  gboolean    in_register; /* only what has a number, in the register's order; else newest first */
  guint       limit, offset;
} SohoaQlvbFilter;
/* At most SOHOA_QLVB_LIST_MAX at a time; @total_out: how many there are. (element-type SohoaQlvbDocument) */
GPtrArray *sohoa_qlvb_store_browse (SohoaQlvbStore *self, const SohoaQlvbFilter *filter, guint *total_out, GError **error);
/* "2026 Văn bản đến", newest year first, then the fullest. (element-type utf8) */
GPtrArray *sohoa_qlvb_store_books (SohoaQlvbStore *self, GError **error);
/* A recalled document: row, number and digest stay, what was told about it goes. @file_is_free_out: no other document
 * has the same file. */
gboolean   sohoa_qlvb_store_forget (SohoaQlvbStore *self, const char *key, gboolean *file_is_free_out, GError **error);
/* Documents of one sender, newest first (element-type SohoaQlvbDocument). */
GPtrArray *sohoa_qlvb_store_sent_by (SohoaQlvbStore *self, const char *system_id, GError **error);

/* One step of a document: its status, who took it, to whom the paper goes. All but code and time may be NULL. */
typedef struct {
  const char *if_status; /* only when it has this one now */
  const char *code, *description, *who, *recipient, *forwarded;
  gint64      time_us;
} SohoaQlvbMove;
/* FALSE without @error: its status is another by now. */
gboolean   sohoa_qlvb_store_move (SohoaQlvbStore *self, const char *key, const SohoaQlvbMove *move, GError **error);
/* A further status; the document's own status follows. @if_status: (nullable) only when it has this one now;
 * FALSE without @error when not. */
gboolean   sohoa_qlvb_store_add_status (SohoaQlvbStore *self, const char *key, const char *if_status,
                                        const char *code, const char *description, gint64 time_us, GError **error);
/* Oldest first. @key or @system_id (undelivered ones only). (element-type SohoaQlvbStatus) */
GPtrArray *sohoa_qlvb_store_statuses (SohoaQlvbStore *self, const char *key, const char *system_id, GError **error);
/* One by its id, of this sender; NULL without @error: there is none. */
SohoaQlvbStatus *sohoa_qlvb_store_find_status (SohoaQlvbStore *self, gint64 id, const char *system_id, GError **error);
gboolean   sohoa_qlvb_store_set_delivery (SohoaQlvbStore *self, gint64 id, const char *system_id,
                                          const char *delivery, GError **error);
/* Accepts (03) what was due at @now_us. */
gboolean   sohoa_qlvb_store_accept_due (SohoaQlvbStore *self, gint64 now_us, GError **error);

G_END_DECLS
