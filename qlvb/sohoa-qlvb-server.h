/* The receiver, inside.
 *
 * SohoaQlvb         one per process; settings never change after start
 * SohoaQlvbUpload   one request's body on disk, owned by its message
 * SohoaQlvbAnswer   what a handler says; handlers of uploads run in worker threads, others in main */
#pragma once

#include "sohoa-qlvb-store.h"
#include "sohoa-record.h"
#include "sohoa-worker-pool.h"

#include <libsoup/soup.h>

G_BEGIN_DECLS

#define SOHOA_QLVB_FILE_MAX_BYTES (50u * 1024 * 1024)    /* one document (domain.md 8.5) */
#define SOHOA_QLVB_UPLOAD_MAX_BYTES (160u * 1024 * 1024) /* a body: base64 of it, annexes, record */
#define SOHOA_QLVB_BODY_MAX_BYTES (64u * 1024)           /* of every other request */
#define SOHOA_QLVB_METADATA_MAX_BYTES (1024u * 1024)
#define SOHOA_QLVB_THREADS 4

typedef struct _SohoaQlvbWeb SohoaQlvbWeb; /* sohoa-qlvb-web.h */

/* Looks at the signature of a PDF: the report of sohoa_pipeline_verify() in @report_out (g_free). FALSE: could not be
 * looked at now. Any thread. */
typedef gboolean (*SohoaQlvbVerify) (gpointer data, int fd, char **report_out, GError **error);

typedef struct {
  char  *data_dir;          /* (owned) files/, edxml/, incoming/, register.db */
  char  *agency, *agency_name; /* (owned) */
  GHashTable *systems;      /* (owned) system id → secret */
  char **refuse_subjects;   /* (owned) refuse what has one of these in its subject (tests) */
  gboolean manual;          /* 03 only by decision */
  guint    accept_after_ms; /* else so long after 01 */
  gboolean accept_incomplete; /* missing 7197 members become warnings */
  gboolean has_trust;       /* a signature by nobody trusted (UNKNOWN) is refused */
  guint    hold_answer_ms;  /* tests: after the register is written, before the answer */
  guint    busy;            /* tests: answer 503 to so many uploads first */
  SohoaQlvbVerify verify;   /* NULL: verdict "NOT-CHECKED" (tests) */
  gpointer        verify_data;

  SohoaWorkerPool *pool;    /* (unowned) (nullable) draws the pages; NULL with the signature check off */
  const char     *users;    /* (unowned) (nullable) file of who may see the web pages */
  GTlsDatabase   *clients;  /* (unowned) (nullable) authorities of the senders' certificates: systems must show one */

  SohoaQlvbWeb   *web;      /* (owned) */
  SohoaQlvbStore *store;    /* (owned) */
  SoupServer     *soup;     /* (owned) */
  GThreadPool    *threads;  /* (owned) */
  GHashTable     *seen;     /* (owned) hash-header → when it may be forgotten; main thread only */
  gint64          seen_swept_us;
} SohoaQlvb;

typedef struct {
  int        fd;        /* (owned) nameless file in incoming/ */
  guint64    size;
  gboolean   too_large;
  gboolean   failed;    /* could not be written */
} SohoaQlvbUpload;

typedef struct {
  guint  status;
  char  *type;          /* (owned) content type */
  GBytes *body;         /* (owned) */
} SohoaQlvbAnswer;

/* What an upload handler needs, copied for its thread. */
typedef struct {
  SohoaQlvb         *qlvb;      /* (unowned) */
  SoupServerMessage *message;   /* (owned) touched in the main thread only */
  char              *path;      /* (owned) */
  char              *system_id; /* (owned) */
  char              *key, *hash_file, *hash_metadata, *message_type, *content_type; /* (owned) signed headers, "" */
  SohoaQlvbUpload   *upload;    /* (unowned) the message owns it */
  SohoaQlvbAnswer    answer;
  gboolean           gone;      /* the client hung up */
} SohoaQlvbJob;

/* Starts listening; @address "127.0.0.1:0". SOHOA_ERROR_CONFIG, SOHOA_STORE_ERROR, G_IO_ERROR. */
gboolean sohoa_qlvb_start (SohoaQlvb *self, const char *address, GTlsCertificate *certificate, GError **error);
void     sohoa_qlvb_stop (SohoaQlvb *self);

/* ---- handlers ---- */

void sohoa_qlvb_answer_json (SohoaQlvbAnswer *answer, guint status, JsonBuilder *builder); /* takes the built root */
void sohoa_qlvb_answer_text (SohoaQlvbAnswer *answer, guint status, const char *json);
/* {"status": "FAIL", "ErrorCode", "ErrorDesc", "reason"}: fits both interfaces. */
void sohoa_qlvb_answer_fail (SohoaQlvbAnswer *answer, guint status, const char *code, const char *reason);
void sohoa_qlvb_put (JsonBuilder *builder, const char *name, const char *value);

void sohoa_qlvb_import (SohoaQlvbJob *job);    /* POST /api/v1/documents/import */
void sohoa_qlvb_send_edoc (SohoaQlvbJob *job); /* POST /sendEdoc */
/* The rest of both interfaces; FALSE: no such path. @headers: of the request. */
gboolean sohoa_qlvb_rest (SohoaQlvb *self, const char *method, const char *path, GHashTable *query,
                          const char *system_id, GBytes *body, SohoaQlvbAnswer *answer);
gboolean sohoa_qlvb_vxp (SohoaQlvb *self, const char *path, SoupMessageHeaders *headers, const char *system_id,
                         SohoaQlvbAnswer *answer);
/* A recall: 13 is noted; agreed at once (15) unless people decide here. FALSE without @error: it cannot be recalled now. */
gboolean sohoa_qlvb_recall (SohoaQlvb *self, const SohoaQlvbDocument *d, const char *reason, GError **error);
/* After a recall was agreed to: file, message and what was told of it go, the row with number and digest stays. */
gboolean sohoa_qlvb_purge (SohoaQlvb *self, const SohoaQlvbDocument *d, GError **error);

/* What arrived, ready to be judged. */
typedef struct {
  SohoaQlvbDocument *document; /* (owned) (inout) */
  int    fd;                   /* (unowned) the PDF lies at offset … */
  guint64 offset, size;
} SohoaQlvbArrival;

typedef enum {
  SOHOA_QLVB_TAKEN,   /* registered now or before: arrival->document has the receipt */
  SOHOA_QLVB_REFUSED, /* status 02 is kept; document->reason */
  SOHOA_QLVB_CLASH,   /* key or DocCode used for something else; document->reason */
  SOHOA_QLVB_TROUBLE, /* our own: try again; @error */
} SohoaQlvbFate;

/* The day of arrival to register: @claimed by the sender (the day its clerk received the paper: số đến and ngày đến go
 * together, NĐ30 Art. 22) when it is a day not after today and at most ARRIVAL_MAX_DAYS before, else today in Vietnam. g_free. */
char *sohoa_qlvb_arrival_day (const char *claimed, gint64 now_us);

/* Metadata, rules, signature, file into place, number: the same for both interfaces. Any thread. */
SohoaQlvbFate sohoa_qlvb_receive (SohoaQlvb *self, SohoaQlvbArrival *arrival, GError **error);

G_END_DECLS
