/* The store: documents, jobs with leases, events, numbers, outbox, intake claims, search.
 *
 * Whole domain operations and nothing else: no SQL, no transaction handle outside (design.md 3,
 * "Store"). Two backends behind one vtable (sohoa-store-backend.h): SQLite for work, memory for tests
 * and as the proof that a third can follow. Both pass tests/store/test-store.c.
 *
 * Every function blocks (a write waits for fsync), may be called from any thread, and either happens
 * as a whole or not at all. After SIGKILL or power cut everything that returned TRUE is still there.
 *
 * Clock: times are microseconds since 1970 UTC; a `now_us` of 0 means sohoa_time_now_us().
 * Strings given are copied; strings received belong to the struct that carries them.
 *
 * Errors of every function, besides those named at each:
 *   SOHOA_ERROR_NOT_FOUND        no document (outbox row …) of that name
 *   SOHOA_ERROR_INVALID_ARGUMENT malformed id, record, cursor, empty actor …
 *   SOHOA_STORE_ERROR_NO_SPACE   disk full: nothing changed, works again when there is room
 *   SOHOA_STORE_ERROR_CORRUPT    the file is damaged: restore a backup
 *   SOHOA_STORE_ERROR_IO         any other failure of the disk
 *   SOHOA_ERROR_BUSY             another process holds the database for longer than the busy time-out */
#pragma once

#include "sohoa-errors.h"
#include "sohoa-state.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define SOHOA_STORE_LIST_MAX 500                     /* rows of one page of a list */
#define SOHOA_STORE_TEXT_MAX_BYTES (32u * 1024 * 1024) /* searchable text of one document */
#define SOHOA_STORE_STRING_MAX_BYTES 4096            /* actor, reason, token, path, name, key … */

typedef struct _SohoaStore SohoaStore;

/* ---- opening ---- */

/* Opens or makes the database @path (mode 0600; WAL, synchronous=FULL) and brings its schema up to date.
 * Errors: SOHOA_STORE_ERROR_SCHEMA_TOO_NEW (made by a newer Sohoa: nothing is touched). */
SohoaStore *sohoa_store_open_sqlite (const char *path, GError **error);
/* An empty store that lives as long as the process. Never fails. */
SohoaStore *sohoa_store_open_memory (void);
/* Closes. No other thread may be inside a call. */
void        sohoa_store_free (SohoaStore *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaStore, sohoa_store_free)

/* Called after each commit that changed a document, from the thread that changed it, without any lock
 * held (so out of order at times: read sohoa_store_changes_since()). Set it before the store is shared
 * between threads; NULL = none. */
typedef void (*SohoaStoreChanged) (SohoaStore *self, const char *id, guint64 sequence, gpointer data);
void sohoa_store_set_change_callback (SohoaStore *self, SohoaStoreChanged changed, gpointer data);

/* ---- documents ---- */

typedef struct {
  char   *role;   /* (owned) "input" | "page" | "pdf" | "signed" | "text-layer" … */
  char   *name;   /* (owned) as a person knows it, e.g. "p1.jpg"; unique within the role */
  char   *path;   /* (owned) in the spool, relative to it; NULL in a change: forget this row */
  char   *sha256; /* (owned) lower-case hex or "" */
  guint64 bytes;
} SohoaStoreFile;

SohoaStoreFile *sohoa_store_file_new (const char *role, const char *name, const char *path,
                                      const char *sha256, guint64 bytes);
void            sohoa_store_file_free (SohoaStoreFile *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaStoreFile, sohoa_store_file_free)
/* An empty GPtrArray that frees its SohoaStoreFile members. */
GPtrArray      *sohoa_store_files_new (void);

typedef struct {
  char      *id;             /* (owned) sohoa_id_new() */
  SohoaState state;
  guint      revision;       /* 1 when added; +1 with every move and every new record */
  guint64    sequence;       /* of its last change, see sohoa_store_changes_since() */
  char      *record_json;    /* (owned) "sohoa.document/1" with id, revision, state of this row; in lists NULL */
  char      *fields_json;    /* (owned) {"CodeNumber":"152",…}: the values only, all strings, for lists */
  guint      priority;       /* field Priority 0–4; 3 and 4 (Hỏa tốc) overtake */
  gint64     created_us, updated_us;
  guint      attempts;       /* claims since the last move */
  gint64     not_before_us;  /* not claimable before */
  char      *worker;         /* (owned) "" = nobody holds it */
  guint64    fence;          /* newest fencing token while claimed, else 0 */
  gint64     lease_until_us;
  char      *error_name;     /* (owned) "" or sohoa_error_name() of the last failure */
  char      *error_class;    /* (owned) "" or sohoa_error_class_to_string() */
  char      *error_message;  /* (owned) */
  guint64    event_count;
  char      *event_head;     /* (owned) hash of the last event */
  GPtrArray *files;          /* (owned) (element-type SohoaStoreFile) by role, then as added; in lists NULL */
} SohoaStoreDocument;

void sohoa_store_document_free (SohoaStoreDocument *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaStoreDocument, sohoa_store_document_free)

/* A delivered file as the kernel and its bytes know it: the key under which it is taken once. */
typedef struct {
  guint64 dev, inode, size;
  gint64  mtime_ns;
  char    sha256[65]; /* lower-case hex */
} SohoaStoreIntake;

typedef struct {
  const char *id;           /* sohoa_id_new() of the caller */
  const char *record_json;  /* (nullable) NULL: nothing is known yet (before the gate) */
  GPtrArray  *files;        /* (nullable) (element-type SohoaStoreFile) borrowed */
  const char *actor;        /* "hot-folder", "uid:1000" … */
  const char *reason;       /* (nullable) */
  const char *token;        /* (nullable) idempotency token: the same one gives the same document */
  const SohoaStoreIntake *intakes; /* (nullable) files this document takes */
  guint       n_intakes;
  guint       priority;     /* used while the record has no Priority */
  gint64      not_before_us; /* 0 = at once; G_MAXINT64 = not claimable until a change says so */
  gint64      now_us;
} SohoaStoreNewDocument;

/* Adds a document in state captured, revision 1.
 * Takes: @document. Gives: @id_out, the new id, or the older document's when the token was used before or
 * one of the intakes already belongs to a document; @created_out tells which. g_free @id_out.
 * Errors: SOHOA_ERROR_CONFLICT (id exists; token used for something else), SOHOA_GATE_ERROR_SECRET (the
 * record carries a secrecy mark: such a document has no record in the store). */
gboolean sohoa_store_add (SohoaStore *self, const SohoaStoreNewDocument *document, char **id_out,
                          gboolean *created_out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The whole document; yours. record_json is never NULL: without a record yet it is an empty one. */
SohoaStoreDocument *sohoa_store_find (SohoaStore *self, const char *id, GError **error);

typedef struct {
  guint32     states;     /* bit set 1u << SohoaState; 0 = all */
  gint64      since_us;   /* created at or after; 0 = all */
  const char *search;     /* (nullable) words; marks and case do not matter, the last letters may be missing */
  const char *cursor;     /* (nullable) cursor_out of the page before */
  guint       limit;      /* 0 or more than SOHOA_STORE_LIST_MAX: SOHOA_STORE_LIST_MAX */
} SohoaStoreQuery;

/* Newest first. @cursor_out: where the next page starts, NULL after the last one; g_free. Yours:
 * (element-type SohoaStoreDocument) without record_json and files. */
GPtrArray *sohoa_store_list (SohoaStore *self, const SohoaStoreQuery *query, char **cursor_out,
                             GError **error);

typedef struct {
  guint64    sequence;
  char       id[32];
  guint      revision;
  SohoaState state;
} SohoaStoreFeedRow;

/* Every document whose last change is after @sequence, in the order of the changes, at most @limit. A
 * document that changed twice appears once, with its newest. Yours: GArray of SohoaStoreFeedRow.
 * The sequence never repeats and never goes back; go on with the last row's. */
GArray  *sohoa_store_changes_since (SohoaStore *self, guint64 sequence, guint limit, GError **error);
/* The newest sequence given out. */
gboolean sohoa_store_get_sequence (SohoaStore *self, guint64 *sequence_out, GError **error);

/* ---- the one setter ---- */

/* Số đến. number 0: the next of (agency, year, book), gapless (number_source desk); a document that has
 * one there keeps it. number > 0: written as given from outside (qlvb, paper). */
typedef struct {
  const char *agency;  /* code of the agency */
  int         year;    /* sohoa_time_year(): Vietnam's year */
  const char *book;    /* "" = the only book */
  const char *source;  /* "desk" | "qlvb" | "paper" */
  guint64     number;
} SohoaStoreNumber;

/* What is to be sent; written in the transaction that enters signed. */
typedef struct {
  const char *key;            /* idempotency key, derived from content */
  const char *target;         /* connector or address name */
  const char *payload_path;   /* in the spool */
  const char *payload_sha256;
} SohoaStoreParcel;

/* What the server answered; stored before, or in the same transaction as, the move it causes. */
typedef struct {
  const char *key;            /* of the outbox row */
  const char *status;         /* "01", "02", "03", "13", "15" */
  const char *server_id;      /* document id at the server, "" = not told */
  const char *arrival_number; /* số đến, "" = not told */
  const char *message;        /* reason of a refusal, "" = none; kept in the deletable details only */
  gint64      time_us;        /* of the answer; 0 = now */
} SohoaStoreAnswer;

typedef enum {
  SOHOA_STORE_CHANGE_NONE = 0,
  /* The claim stays held (needs fence and a state a machine works on). Else a claim ends here. */
  SOHOA_STORE_CHANGE_KEEP_CLAIM = 1 << 0,
  /* Suspected secrecy mark: the event carries no content and record, text, search words and details
   * are wiped. No record, text, reason or failure may be given. */
  SOHOA_STORE_CHANGE_SECRECY = 1 << 1,
  /* As SECRECY, and the file rows go too (the caller unlinks the files after this returned TRUE). */
  SOHOA_STORE_CHANGE_PURGE = 1 << 2,
  /* The readable details of this document's earlier events are deleted; the chain stays verifiable. */
  SOHOA_STORE_CHANGE_FORGET_DETAILS = 1 << 3,
  /* The failure of the last attempt is taken back, its attempts are counted anew: a person has mended the cause. */
  SOHOA_STORE_CHANGE_MENDED = 1 << 4,
} SohoaStoreChangeFlags;

/* One change of one document: everything in it happens in one transaction together with its event.
 * Start from { 0 } (or SOHOA_STORE_CHANGE_OF_CLAIM) and set what is wanted. */
typedef struct {
  const char *id;
  guint       expected_revision; /* 0 = any */
  guint64     fence;             /* of the claim; 0 = a change without claim, which ends any other's claim */
  gboolean    moves;             /* @to is meant */
  SohoaState  to;
  const char *record_json;       /* (nullable) replaces the record */
  const char *text;              /* (nullable) replaces the searchable text; "" removes */
  GPtrArray  *files;             /* (nullable) (element-type SohoaStoreFile) added, replaced, or removed (path NULL) */
  const SohoaStoreNumber *number; /* (nullable) */
  const char *void_number_reason; /* (nullable) the document's numbers become void rows; moves to cancelled
                                     and returned do it by themselves with @reason */
  const SohoaStoreParcel *parcel; /* (nullable) new outbox row */
  const SohoaStoreAnswer *answer; /* (nullable) */
  const GError *failure;         /* (nullable) remembered as the document's last error */
  gint64      not_before_us;     /* next claim not before; 0 = at once */
  const char *kind;              /* (nullable) event kind; default "move", "record", "failure", "note" */
  const char *actor;             /* never empty */
  const char *reason;            /* (nullable) readable detail: only its salted digest is in the chain */
  const char *token;             /* (nullable) idempotency token */
  SohoaStoreChangeFlags flags;
  gint64      now_us;
} SohoaStoreChange;

typedef struct {
  guint      revision;
  SohoaState state;
  guint64    sequence;
  guint64    number;   /* given or found, 0 = none asked for */
  gboolean   repeated; /* the token was used before: this is the first call's result, nothing happened now */
} SohoaStoreResult;

/* THE setter: checks token, fence, revision and the table of legal moves, writes, appends the event.
 * @result_out is nullable.
 * Errors: SOHOA_ERROR_CONFLICT (revision; token, outbox key or number used for something else),
 * SOHOA_STORE_ERROR_ILLEGAL_MOVE, SOHOA_STORE_ERROR_LEASE_LOST (drop the work),
 * SOHOA_GATE_ERROR_SECRET (record with a secrecy mark). */
gboolean sohoa_store_change (SohoaStore *self, const SohoaStoreChange *change, SohoaStoreResult *result_out,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Short forms of sohoa_store_change(). */
gboolean sohoa_store_move (SohoaStore *self, const char *id, guint expected_revision, SohoaState to,
                           const char *actor, const char *reason, const char *token,
                           SohoaStoreResult *result_out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean sohoa_store_set_record (SohoaStore *self, const char *id, guint expected_revision,
                                 const char *record_json, const char *actor, const char *reason,
                                 const char *token, SohoaStoreResult *result_out, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
gboolean sohoa_store_set_text (SohoaStore *self, const char *id, const char *text, const char *actor,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* ---- jobs: documents in a state a machine works on ---- */

typedef struct {
  char      *id;        /* (owned) */
  SohoaState state;
  guint      revision;
  guint64    fence;     /* strictly increasing over all claims of this store */
  guint      priority;
  guint      attempts;  /* this one included: a job that kills its worker can be set aside */
  gint64     lease_until_us;
} SohoaStoreClaim;

void sohoa_store_claim_free (SohoaStoreClaim *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaStoreClaim, sohoa_store_claim_free)

/* { .id, .fence } of a change made under @claim. */
#define SOHOA_STORE_CHANGE_OF_CLAIM(claim) { .id = (claim)->id, .fence = (claim)->fence }

/* Claims the next job: Priority 3 and 4 first, then the oldest; free or with an expired lease; its
 * not-before time has come. @states: bit set of working states, 0 = all.
 * Gives: @claim_out, NULL when there is nothing to do. Lease from @now_us for @lease_ms. */
gboolean sohoa_store_claim_next (SohoaStore *self, const char *worker, guint32 states, guint lease_ms,
                                 gint64 now_us, SohoaStoreClaim **claim_out, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
/* When the next job of @states becomes claimable: a time, maybe past, or 0 when nothing waits. */
gboolean sohoa_store_next_due (SohoaStore *self, guint32 states, gint64 *due_us_out, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
/* Prolongs the lease to @now_us + @lease_ms and sets @claim->lease_until_us. No event, no sequence.
 * Errors: SOHOA_STORE_ERROR_LEASE_LOST. */
gboolean sohoa_store_heartbeat (SohoaStore *self, SohoaStoreClaim *claim, guint lease_ms, gint64 now_us,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Ends the claim with a move and an optional record. */
gboolean sohoa_store_complete (SohoaStore *self, const SohoaStoreClaim *claim, SohoaState to,
                               const char *record_json, const char *actor, SohoaStoreResult *result_out,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Ends the claim without success: @retry_at_us > 0 leaves the state and makes it claimable then;
 * 0 moves to failed. The revision is kept by a retry. */
gboolean sohoa_store_fail (SohoaStore *self, const SohoaStoreClaim *claim, const GError *failure,
                           gint64 retry_at_us, const char *actor, SohoaStoreResult *result_out,
                           GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
/* Gives the job back as it was (daemon stops): no event, the attempt is not counted. */
gboolean sohoa_store_release (SohoaStore *self, const SohoaStoreClaim *claim, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/* ---- numbers ---- */

typedef struct {
  char   *agency;      /* (owned) */
  int     year;
  char   *book;        /* (owned) */
  guint64 number;
  char   *source;      /* (owned) */
  char   *id;          /* (owned) the document */
  gboolean is_void;
  char   *reason;      /* (owned) why void, else "" */
  gint64  time_us;     /* given */
  char   *fields_json; /* (owned) of the document as it is now */
  char   *printed;     /* (owned) (nullable) the cells as they stand in the printed book; NULL = not printed yet */
} SohoaStoreRegisterRow;

void sohoa_store_register_row_free (SohoaStoreRegisterRow *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaStoreRegisterRow, sohoa_store_register_row_free)

/* The register by agency, year, book, number; NULL or 0 = all. Yours: (element-type SohoaStoreRegisterRow). */
GPtrArray *sohoa_store_list_register (SohoaStore *self, const char *agency, int year, const char *book,
                                      GError **error);

/* Freezes rows of one book as they are printed (NĐ30 Art. 22(2): registrations are printed, signed for and bound).
 * @rows: (element-type SohoaStoreRegisterRow) of which number and printed are looked at; a number that was frozen
 * before keeps its first cells. All or none. */
gboolean sohoa_store_freeze_register (SohoaStore *self, const char *agency, int year, const char *book,
                                      const GPtrArray *rows, gint64 now_us, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/* ---- outbox ---- */

typedef enum {
  SOHOA_STORE_PARCEL_PENDING,  /* nothing was sent yet */
  SOHOA_STORE_PARCEL_SENT,     /* written before the first byte goes out: after a crash the outcome is unknown */
  SOHOA_STORE_PARCEL_UNKNOWN,  /* sent without an answer: ask the server before sending again */
  SOHOA_STORE_PARCEL_ANSWERED, /* set by an answer only */
} SohoaStoreParcelState;

typedef struct {
  char *key, *id, *target, *payload_path, *payload_sha256; /* (owned) */
  SohoaStoreParcelState state;
  guint  attempts;     /* times marked sent */
  gint64 next_try_us, created_us, updated_us;
  char  *error_name;   /* (owned) "" or the last failure */
} SohoaStoreOutboxRow;

void sohoa_store_outbox_row_free (SohoaStoreOutboxRow *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaStoreOutboxRow, sohoa_store_outbox_row_free)

/* Outbox rows, oldest first. @id: of one document, NULL = all that are not answered.
 * Yours: (element-type SohoaStoreOutboxRow). */
GPtrArray *sohoa_store_list_outbox (SohoaStore *self, const char *id, GError **error);
/* Marks the row pending, sent or unknown; attempts +1 when sent. @fence: of the document's claim, 0 = none.
 * Errors: SOHOA_STORE_ERROR_LEASE_LOST; SOHOA_ERROR_CONFLICT (already answered). */
gboolean sohoa_store_mark_outbox (SohoaStore *self, const char *key, guint64 fence,
                                  SohoaStoreParcelState state,
                                  gint64 next_try_us, const GError *failure, gint64 now_us, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

typedef struct {
  char *key, *id, *target, *status, *server_id, *arrival_number; /* (owned) */
  gint64 time_us;
} SohoaStoreReceipt;

void sohoa_store_receipt_free (SohoaStoreReceipt *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaStoreReceipt, sohoa_store_receipt_free)

/* Answers of the servers for @id, in the order they came; the same (key, status, server_id,
 * arrival_number) is kept once. Yours: (element-type SohoaStoreReceipt). */
GPtrArray *sohoa_store_list_receipts (SohoaStore *self, const char *id, GError **error);

/* ---- intake ---- */

/* Takes a delivered file for document @id, which need not exist yet. Durable when TRUE is returned.
 * Gives: @owner_out, @id when it is ours (now or by an earlier call), else the id that has it. g_free. */
gboolean sohoa_store_claim_intake (SohoaStore *self, const SohoaStoreIntake *intake, const char *id,
                                   gint64 now_us, char **owner_out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Who has taken it: an id, or NULL without error. g_free. */
char    *sohoa_store_find_intake (SohoaStore *self, const SohoaStoreIntake *intake, GError **error);

/* ---- evidence ---- */

typedef struct {
  guint64 seq;            /* 1…n within the document */
  gint64  time_us;
  char   *actor, *kind;   /* (owned) */
  char   *from, *to;      /* (owned) state names; from is "" for the first, equal when nothing moved */
  guint   revision;       /* after the event */
  char   *details_digest; /* (owned) hex SHA-256 (salt · details), "" = no details */
  char   *prev, *hash;    /* (owned) hex; prev of the first is 64 zeros */
  char   *salt, *details; /* (owned) (nullable) JSON text, NULL = none or deleted */
} SohoaStoreEvent;

void sohoa_store_event_free (SohoaStoreEvent *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaStoreEvent, sohoa_store_event_free)

/* The document's events, first to last. Yours: (element-type SohoaStoreEvent). */
GPtrArray *sohoa_store_list_events (SohoaStore *self, const char *id, GError **error);
/* Recomputes the chain, the digests of the details still there, and compares the end with the document's
 * state, revision and head. @bad_seq_out: 0 = all good, else the first wrong event (event_count + 1 when
 * events are missing at the end or the row does not agree). FALSE only when it could not be read. */
gboolean sohoa_store_verify_chain (SohoaStore *self, const char *id, guint64 *bad_seq_out, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/* ---- what a signature's evidence still wants ---- */

/* One row per document whose signature is to be completed, or whose archive time stamp is to be followed. It is no part
 * of the chain: the change that adds what was got has its own event. */
typedef struct {
  char     id[32];
  gint64   due_us;     /* not before */
  guint    tries;      /* in vain since the last success */
  char     level[8];   /* the file has: "B-B" … "B-LTA" */
} SohoaStoreEvidence;

/* Writes the row of @evidence->id, which need not exist as a document yet. due_us 0 removes it. */
gboolean sohoa_store_set_evidence (SohoaStore *self, const SohoaStoreEvidence *evidence, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
/* The row of @id; due_us is 0 when there is none. */
gboolean sohoa_store_get_evidence (SohoaStore *self, const char *id, SohoaStoreEvidence *evidence_out, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
/* Rows due at or before @until_us, soonest first, at most @limit. Yours: GArray of SohoaStoreEvidence. */
GArray  *sohoa_store_list_evidence (SohoaStore *self, gint64 until_us, guint limit, GError **error);

/* ---- the rest ---- */

/* Small values of the daemon. @value NULL removes. get: NULL without error when there is none; g_free. */
gboolean sohoa_store_set_meta (SohoaStore *self, const char *key, const char *value, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
char    *sohoa_store_get_meta (SohoaStore *self, const char *key, GError **error);

/* A consistent copy while work goes on; appears whole (temporary file, fsync, rename), mode 0600. A memory
 * store has nothing to copy: G_IO_ERROR_NOT_SUPPORTED. */
gboolean sohoa_store_backup (SohoaStore *self, const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
