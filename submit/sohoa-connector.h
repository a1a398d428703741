/* One vtable for every way into a document system (QLVB); design.md 7: "rest" (multipart import, 7197 shape), "vxp"
 * (edXML over the axis REST interface, domain.md 8 and 10.1), and "folder", "webdav", "sftp" (file and ticket left at a
 * place that the receiver watches; sohoa-box-connector.c).
 *
 * All calls block and may be made from any thread; each makes its own GMainContext and HTTP session,
 * ends at the target's deadline or when @cancellable fires. A connector may be used by many threads.
 *
 * What submit() and query() tell:
 *   receipt ACCEPTED  registered; keep the answer before the state moves
 *   receipt REFUSED   the receiver said no and why (status 02); nothing is registered
 *   receipt UNKNOWN   sent, but no (usable) answer: query() before sending again
 *   receipt ABSENT    only from query(): the receiver does not know the key; send (again)
 *   NULL + error      nothing was registered by this call: SOHOA_SUBMIT_ERROR_UNREACHABLE, _SERVER_BUSY
 *                     (both RETRY), _AUTH, SOHOA_ERROR_CONFIG (both OPERATOR), G_IO_ERROR_CANCELLED
 *                     (only before sending). From the other calls also _REJECTED and _BAD_ANSWER. */
#pragma once

#include "sohoa-record.h"
#include "sohoa-target.h"

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum {
  SOHOA_OUTCOME_ACCEPTED,
  SOHOA_OUTCOME_REFUSED,
  SOHOA_OUTCOME_UNKNOWN,
  SOHOA_OUTCOME_ABSENT,
} SohoaOutcome;

const char *sohoa_outcome_to_string (SohoaOutcome outcome); /* "accepted" … static */

/* What is submitted; everything in it is borrowed for the call. The same members give the same bytes
 * on the wire at every try (but for time stamp and signature of the headers). */
typedef struct {
  const SohoaRecord *record;
  int                fd;       /* the signed PDF, read with pread() from 0 to its end; query(): -1 will do */
  const char        *sha256;   /* its lower-case hex digest */
  const char        *key;      /* idempotency key: sohoa_submission_key() */
  const char        *doc_code; /* (nullable) 7197 DocCode when the desk numbers; NULL: the receiver does */
  gint64             time_us;  /* when the document entered the outbox */
} SohoaSubmission;

/* The key of a document's content, 64 hex characters. g_free. */
char *sohoa_submission_key (const char *sha256);

typedef struct {
  SohoaOutcome outcome;
  char   *document_id;    /* (owned) the receiver's docCode/documentId/DocId, "" when none */
  char   *arrival_number; /* (owned) số đến, "" when none yet */
  char   *arrival_date;   /* (owned) ISO day, "" when none */
  char   *arrival_book;   /* (owned) "" when none */
  char   *status;         /* (owned) "01", "02", "03" …, "" when none */
  char   *reason;         /* (owned) why refused or unknown, "" */
  int     error_code;     /* SohoaSubmitError for REFUSED (REJECTED) and UNKNOWN (UNKNOWN_OUTCOME, BAD_ANSWER) */
  GBytes *answer;         /* (owned) the receiver's answer as received, maybe empty; evidence */
} SohoaReceipt;

void sohoa_receipt_free (SohoaReceipt *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaReceipt, sohoa_receipt_free)
/* FALSE with SOHOA_SUBMIT_ERROR and the receipt's reason, unless accepted. */
gboolean sohoa_receipt_check (const SohoaReceipt *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* One business status (domain.md 8.6). */
typedef struct {
  char  *code;        /* (owned) "01" đã đến, "02" từ chối, "03" đã tiếp nhận, "13", "15", "16" */
  char  *description; /* (owned) reason of a refusal, arrival number of an acceptance … */
  gint64 time_us;     /* as the receiver says */
  char  *message_id;  /* (owned) to acknowledge; "" when the receiver needs none */
} SohoaStatus;

void sohoa_status_free (SohoaStatus *self);

/* An agency of the receiver's directory (domain.md 8.7). */
typedef struct {
  char *code;     /* (owned) new form, "H31.98.01" */
  char *old_code; /* (owned) "000.00.00.G22" or "" */
  char *name;     /* (owned) */
} SohoaAgency;

void sohoa_agency_free (SohoaAgency *self);

typedef struct _SohoaConnector SohoaConnector;

typedef struct {
  const char *name; /* "rest", "vxp" */
  SohoaReceipt *(*submit) (SohoaConnector *self, const SohoaSubmission *what, GCancellable *cancellable, GError **error);
  SohoaReceipt *(*query) (SohoaConnector *self, const SohoaSubmission *what, GCancellable *cancellable, GError **error);
  GPtrArray *(*statuses) (SohoaConnector *self, const SohoaSubmission *what, const char *document_id,
                          GCancellable *cancellable, GError **error);
  gboolean (*recall) (SohoaConnector *self, const SohoaSubmission *what, const char *document_id,
                      const char *reason, GCancellable *cancellable, GError **error);
  /* optional: NULL */
  gboolean (*acknowledge) (SohoaConnector *self, const char *message_id, GCancellable *cancellable, GError **error);
  SohoaReceipt *(*number) (SohoaConnector *self, const SohoaRecord *record, const char *key,
                           GCancellable *cancellable, GError **error);
  GPtrArray *(*find) (SohoaConnector *self, const char *number, const char *symbol, const char *issuer,
                      const char *iso_day, GCancellable *cancellable, GError **error);
  GPtrArray *(*agencies) (SohoaConnector *self, GCancellable *cancellable, GError **error);
  void (*clear) (SohoaConnector *self); /* frees backend data */
} SohoaConnectorVtable;

/* Takes @target, also on error. Reads its secret file: SOHOA_ERROR_CONFIG when it is not private. */
SohoaConnector *sohoa_connector_new (SohoaTarget *target, GError **error);
void            sohoa_connector_free (SohoaConnector *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaConnector, sohoa_connector_free)
const SohoaTarget *sohoa_connector_get_target (SohoaConnector *self);

SohoaReceipt *sohoa_connector_submit (SohoaConnector *self, const SohoaSubmission *what,
                                      GCancellable *cancellable, GError **error);
SohoaReceipt *sohoa_connector_query (SohoaConnector *self, const SohoaSubmission *what,
                                     GCancellable *cancellable, GError **error);
/* All statuses known for the document, oldest first (element-type SohoaStatus); g_ptr_array_unref.
 * @document_id: from the receipt; "" when it never came. */
GPtrArray *sohoa_connector_statuses (SohoaConnector *self, const SohoaSubmission *what, const char *document_id,
                                     GCancellable *cancellable, GError **error);
/* Tells the axis that a status message is stored here; does nothing where none is needed. */
gboolean sohoa_connector_acknowledge (SohoaConnector *self, const char *message_id, GCancellable *cancellable,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Asks for the document back (13); the answer comes as status 15 or 16. */
gboolean sohoa_connector_recall (SohoaConnector *self, const SohoaSubmission *what, const char *document_id,
                                 const char *reason, GCancellable *cancellable, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
/* Whether the receiver can give a number before the PDF is signed (register(fields) of design.md 3). */
gboolean      sohoa_connector_can_number (SohoaConnector *self);
SohoaReceipt *sohoa_connector_number (SohoaConnector *self, const SohoaRecord *record, const char *key,
                                      GCancellable *cancellable, GError **error);
/* The electronic twin of a paper: receipts of registered documents (element-type SohoaReceipt). */
GPtrArray *sohoa_connector_find (SohoaConnector *self, const char *number, const char *symbol, const char *issuer,
                                 const char *iso_day, GCancellable *cancellable, GError **error);
GPtrArray *sohoa_connector_agencies (SohoaConnector *self, GCancellable *cancellable, GError **error);

G_END_DECLS
