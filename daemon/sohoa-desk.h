/* The desk: everything the daemon's parts share, and what may be done with a document.
 *
 *   SohoaDesk       configuration, store, worker pool, connectors, spool; one per daemon, any thread
 *   SohoaQueue      step threads and the heartbeat: claims documents, runs sohoa-steps.h (sohoa-queue.h)
 *   SohoaPoller     asks receivers for statuses of delivered documents (sohoa-poller.h)
 *   SohoaRenewer    completes signatures and renews archive time stamps (sohoa-renewer.h)
 *   SohoaAuthority  time stamp authority, OCSP, CRL, and whether they answer (sohoa-authority.h)
 *   SohoaReception  hot folders and AddFiles: files become documents (sohoa-reception.h)
 *   SohoaUnlocks    tokens people have unlocked, and for what (sohoa-unlocks.h)
 *   SohoaVault      what is not yet cleared: sealed copies and their keys (sohoa-vault.h)
 *   SohoaBus        the bus objects: read arguments, authorise, hand over (sohoa-bus-service.h)
 *
 * Spool: state-dir/spool/ID/ (0700): sealed-N (before clearing), input-N, clearance, pipeline's files,
 * document.pdf, answer-N. Names there are ours; the names people know lie in the store. */
#pragma once

#include "sohoa-agency.h"
#include "sohoa-authority.h"
#include "sohoa-calendar.h"
#include "sohoa-connector.h"
#include "sohoa-daemon-conf.h"
#include "sohoa-errors.h"
#include "sohoa-pipeline.h"
#include "sohoa-store.h"
#include "sohoa-vault.h"

typedef struct _SohoaUnlocks SohoaUnlocks; /* sohoa-unlocks.h */

G_BEGIN_DECLS

#define SOHOA_DESK_ACTOR "sohoad" /* of what the machine does by itself */
#define SOHOA_TOKEN_MAX_BYTES 64u
#define SOHOA_REASON_MAX_BYTES 2000u

#define SOHOA_ROLE_INPUT "input"    /* store file roles */
#define SOHOA_ROLE_SIGNED "signed"
#define SOHOA_ROLE_ARCHIVE "archive" /* the signed file with evidence added later (sohoa-renewer.h) */
#define SOHOA_ROLE_ANSWER "answer"

typedef struct {
  SohoaDaemonConf *conf;       /* (owned) */
  SohoaStore      *store;      /* (owned) */
  SohoaWorkerPool *pool;       /* (owned) */
  SohoaVault      *vault;      /* (owned) */
  SohoaUnlocks    *unlocks;    /* (owned) tokens people have unlocked */
  SohoaAuthority  *authority;  /* (owned) what signatures' evidence comes from */
  GHashTable      *connectors; /* (owned) name → SohoaConnector (owned); never changes */
  const char      *target;     /* (unowned) (nullable) name of the first target: where documents go */
  char            *spool_dir;  /* (owned) */
  char            *instance;   /* (owned) name of this run, for leases */
  GHashTable      *sources;    /* (owned) id → where a hot folder keeps its file; see sohoa-reception.h */
  GMutex           sources_lock;
  GMutex           secrets_lock; /* sohoa_desk_dup_secret() */
  SohoaCalendar   *calendar;   /* (owned) working days; never changes */
  SohoaAgencies   *agencies;   /* (owned) state-dir/agencies.csv; replaced by an import, under agencies_lock */
  GMutex           agencies_lock;
  int              lock_fd;    /* one daemon per state folder */
  gboolean         session;
  void           (*wake) (gpointer data); /* there may be work; any thread */
  gpointer         wake_data;
} SohoaDesk;

/* Takes @conf. Makes the folders (0700), locks the state folder (SOHOA_ERROR_BUSY when another daemon has
 * it), opens the store, voids the leases of a dead instance. */
SohoaDesk *sohoa_desk_new (SohoaDaemonConf *conf, gboolean session, GError **error);
void       sohoa_desk_free (SohoaDesk *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaDesk, sohoa_desk_free)

char    *sohoa_desk_dup_folder (SohoaDesk *self, const char *id);                   /* spool/ID; g_free */
char    *sohoa_desk_dup_path (SohoaDesk *self, const char *id, const char *name);   /* spool/ID/name; g_free */
void     sohoa_desk_wake (SohoaDesk *self);
/* The states this configuration lets the queue work on (signing may need a person). */
guint32  sohoa_desk_working_states (SohoaDesk *self);
/* Whether the desk can sign by itself, by a person's call, or not at all: "unattended" … static. */
const char *sohoa_desk_signing (SohoaDesk *self);
/* The connector of the newest outbox row of @id, else of the default target; borrowed. OPERATOR error when none. */
SohoaConnector *sohoa_desk_peek_connector (SohoaDesk *self, const char *target, GError **error);

/* A random text of the desk's own, made once and kept in the store's meta under @name: what keys digests that must say
 * nothing to a stranger. Any thread. g_free. Errors: SOHOA_STORE_ERROR. */
char *sohoa_desk_dup_secret (SohoaDesk *self, const char *name, GError **error);
/* Whether a person hands @document over on the receiver's own web page (a target "assisted"). */
gboolean sohoa_desk_is_assisted (SohoaDesk *self, const SohoaStoreDocument *document);
/* What is entered into the receiver's web form, in its order: (field key, value), a(ss); floating. @file_out: the signed file
 * for the form, "" before it lies there; g_free. Errors: SOHOA_STORE_ERROR_ILLEGAL_MOVE (not an assisted target). */
GVariant *sohoa_desk_get_form (SohoaDesk *self, const SohoaStoreDocument *document, char **file_out, GError **error);
/* Largest document that target @name (nullable: the default one) takes; 0 = no limit, or no such target. */
guint64 sohoa_desk_max_document_bytes (SohoaDesk *self, const char *name);

/* The record as the store has it; yours. */
SohoaRecord *sohoa_desk_load_record (const SohoaStoreDocument *document, GError **error);
/* First file of @role; borrowed, NULL = none. */
const SohoaStoreFile *sohoa_desk_peek_file (const SohoaStoreDocument *document, const char *role);
/* The signed file with all evidence it has by now; borrowed, NULL = not signed. */
const SohoaStoreFile *sohoa_desk_peek_pdf (const SohoaStoreDocument *document);

/* The inputs of a document and the plan made from them. Descriptors live as long as the struct. */
typedef struct {
  GArray     *fds;    /* (owned) int */
  GPtrArray  *names;  /* (owned) */
  SohoaPlan  *plan;   /* (owned) (nullable) */
} SohoaDeskInputs;
void sohoa_desk_inputs_free (SohoaDeskInputs *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaDeskInputs, sohoa_desk_inputs_free)
/* From the vault (before clearing) or from the plain copies. Probes them. */
SohoaDeskInputs *sohoa_desk_open_inputs (SohoaDesk *self, const SohoaStoreDocument *document,
                                         GCancellable *cancellable, GError **error);

/* Takes a directory of agencies (sohoa-agency.h) that is wholly right, keeps it as state-dir/agencies.csv and uses it from
 * now on. */
gboolean sohoa_desk_import_agencies (SohoaDesk *self, int fd, guint *count_out, GError **error);

/* ---- what a person may ask (each one transaction; called in threads) ---- */

typedef struct {
  const char *id;
  guint       expected_revision;
  const char *token;
  const char *actor;   /* "uid:1000" or "demo" */
  const char *reason;  /* (nullable) */
  const char *extra;   /* (nullable) second person (release), step (reprocess), outcome (resolve_duplicate) */
  const char *const *words; /* (nullable) fields that were looked at (confirm); the other document (resolve_duplicate) */
  GHashTable *fields;  /* (nullable) key → value (set, enter_answer) */
} SohoaDeskCall;

typedef gboolean (*SohoaDeskChange) (SohoaDesk *self, const SohoaDeskCall *call, guint *revision_out,
                                     char ***doubts_out, GError **error);

gboolean sohoa_desk_set_fields (SohoaDesk *self, const SohoaDeskCall *call, guint *revision_out, char ***doubts_out, GError **error);
gboolean sohoa_desk_confirm (SohoaDesk *self, const SohoaDeskCall *call, guint *revision_out, char ***doubts_out, GError **error);
gboolean sohoa_desk_resolve_duplicate (SohoaDesk *self, const SohoaDeskCall *call, guint *revision_out, char ***doubts_out, GError **error);
gboolean sohoa_desk_reject (SohoaDesk *self, const SohoaDeskCall *call, guint *revision_out, char ***doubts_out, GError **error);
gboolean sohoa_desk_cancel (SohoaDesk *self, const SohoaDeskCall *call, guint *revision_out, char ***doubts_out, GError **error);
gboolean sohoa_desk_sign (SohoaDesk *self, const SohoaDeskCall *call, guint *revision_out, char ***doubts_out, GError **error);
gboolean sohoa_desk_submit (SohoaDesk *self, const SohoaDeskCall *call, guint *revision_out, char ***doubts_out, GError **error);
gboolean sohoa_desk_enter_answer (SohoaDesk *self, const SohoaDeskCall *call, guint *revision_out, char ***doubts_out, GError **error);
gboolean sohoa_desk_recall (SohoaDesk *self, const SohoaDeskCall *call, guint *revision_out, char ***doubts_out, GError **error);
gboolean sohoa_desk_revise (SohoaDesk *self, const SohoaDeskCall *call, guint *revision_out, char ***doubts_out, GError **error);
gboolean sohoa_desk_release (SohoaDesk *self, const SohoaDeskCall *call, guint *revision_out, char ***doubts_out, GError **error);
gboolean sohoa_desk_purge (SohoaDesk *self, const SohoaDeskCall *call, guint *revision_out, char ***doubts_out, GError **error);
gboolean sohoa_desk_reprocess (SohoaDesk *self, const SohoaDeskCall *call, guint *revision_out, char ***doubts_out, GError **error);

G_END_DECLS
