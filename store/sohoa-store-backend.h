/* Private to store/: the vtable a backend fills, and the rules all backends share. Nothing of SQL or of a
 * backend's rows is seen outside this folder.
 *
 *   SohoaStore          owns one backend; checks arguments, calls back after commits (sohoa-store.c)
 *   SohoaStoreBackend   whole domain operations, each one transaction, thread-safe
 *   sohoa_store_rules_* pure: who may change what, what the event says (sohoa-store-rules.c) */
#pragma once

#include "sohoa-store.h"

G_BEGIN_DECLS

#define SOHOA_STORE_HASH_ZERO "0000000000000000000000000000000000000000000000000000000000000000"

/* Every function is called with arguments already checked and now_us filled in. Each is atomic.
 * @self is what the backend's own open function made. */
typedef struct {
  const char *name;
  void (*close) (gpointer self);
  gboolean (*add) (gpointer self, const SohoaStoreNewDocument *document, char **id_out, gboolean *created_out,
                   guint64 *sequence_out, GError **error);
  SohoaStoreDocument *(*find) (gpointer self, const char *id, GError **error); /* record_json as written, nullable */
  GPtrArray *(*list) (gpointer self, const SohoaStoreQuery *query, char **cursor_out, GError **error);
  GArray *(*changes_since) (gpointer self, guint64 sequence, guint limit, GError **error);
  gboolean (*get_sequence) (gpointer self, guint64 *sequence_out, GError **error);
  gboolean (*change) (gpointer self, const SohoaStoreChange *change, SohoaStoreResult *result,
                      GError **error);
  gboolean (*claim_next) (gpointer self, const char *worker, guint32 states, guint lease_ms, gint64 now_us,
                          SohoaStoreClaim **claim_out, GError **error);
  gboolean (*next_due) (gpointer self, guint32 states, gint64 *due_us_out, GError **error);
  gboolean (*heartbeat) (gpointer self, const char *id, guint64 fence, gint64 until_us, GError **error);
  gboolean (*release) (gpointer self, const char *id, guint64 fence, GError **error);
  GPtrArray *(*list_register) (gpointer self, const char *agency, int year, const char *book, GError **error);
  gboolean (*freeze_register) (gpointer self, const char *agency, int year, const char *book, const GPtrArray *rows,
                               gint64 now_us, GError **error);
  GPtrArray *(*list_outbox) (gpointer self, const char *id, GError **error);
  gboolean (*mark_outbox) (gpointer self, const char *key, guint64 fence, SohoaStoreParcelState state,
                           gint64 next_try_us, const char *error_name, gint64 now_us, GError **error);
  GPtrArray *(*list_receipts) (gpointer self, const char *id, GError **error);
  gboolean (*claim_intake) (gpointer self, const SohoaStoreIntake *intake, const char *id, gint64 now_us,
                            char **owner_out, GError **error);
  char *(*find_intake) (gpointer self, const SohoaStoreIntake *intake, GError **error);
  GPtrArray *(*list_events) (gpointer self, const char *id, GError **error);
  gboolean (*set_evidence) (gpointer self, const SohoaStoreEvidence *evidence, GError **error);
  gboolean (*get_evidence) (gpointer self, const char *id, SohoaStoreEvidence *evidence_out, GError **error);
  GArray *(*list_evidence) (gpointer self, gint64 until_us, guint limit, GError **error);
  gboolean (*set_meta) (gpointer self, const char *key, const char *value, GError **error);
  char *(*get_meta) (gpointer self, const char *key, GError **error);
  gboolean (*backup) (gpointer self, const char *path, GError **error);
} SohoaStoreBackend;

/* Takes @backend_self; @backend is static. */
SohoaStore *sohoa_store_new (const SohoaStoreBackend *backend, gpointer backend_self);

/* ---- rules (sohoa-store-rules.c) ---- */

/* The row as it was, turned into the row as it will be. @document: loaded row, changed in place, files left
 * to the backend; only good when TRUE. Checks fence, revision, move, record. */
gboolean sohoa_store_rules_apply (SohoaStoreDocument *document, const SohoaStoreChange *change,
                                  GError **error);
/* The row of a new document. Yours. */
SohoaStoreDocument *sohoa_store_rules_begin (const SohoaStoreNewDocument *document, GError **error);
/* The event of a change after apply; moves the document's event_count and event_head on. @from: state before,
 * NULL for the first event. Yours. */
SohoaStoreEvent *sohoa_store_rules_seal (SohoaStoreDocument *document, const SohoaStoreChange *change,
                                         const char *from, guint64 number);
/* 0 = good, else the first bad event. @events in the order of the chain. */
guint64 sohoa_store_rules_verify (const SohoaStoreDocument *document, const GPtrArray *events);
/* The fence of a change or heartbeat against the row. */
gboolean sohoa_store_rules_check_fence (const SohoaStoreDocument *document, guint64 fence, GError **error);
/* What a token stands for: a second call with another digest is a conflict. g_free. */
char *sohoa_store_rules_digest_change (const SohoaStoreChange *change);
char *sohoa_store_rules_digest_add (const SohoaStoreNewDocument *document);
/* Whether the numbers of the document become void with this change, and why (borrowed, NULL = no). */
const char *sohoa_store_rules_void_reason (const SohoaStoreChange *change);
gboolean sohoa_store_rules_wipes (const SohoaStoreChange *change);
/* Fills record_json (with the row's id, revision, state) from what was written. */
gboolean sohoa_store_rules_present (SohoaStoreDocument *document, GError **error);

/* Folded words, one space between, " a b c " with a space at both ends; "" when there are none. g_free. */
char *sohoa_store_search_body (const char *fields_json, const char *text);
/* Phrases of a query, each "a b" without outer spaces; NULL-terminated. g_strfreev. */
char **sohoa_store_search_phrases (const char *query);

/* Order of the feed of jobs: 1 for Hỏa tốc. */
static inline guint
sohoa_store_rules_urgent (guint priority)
{
  return priority >= 3;
}

/* "created_us:id" */
char    *sohoa_store_cursor_new (const SohoaStoreDocument *document);
gboolean sohoa_store_cursor_parse (const char *cursor, gint64 *created_us, const char **id, GError **error);

SohoaStoreDocument *sohoa_store_document_copy (const SohoaStoreDocument *self);

/* Named errors every backend raises alike. */
gboolean sohoa_store_fail_not_found (const char *what, const char *name, GError **error);
gboolean sohoa_store_fail_conflict (const char *what, const char *why, const char *to_do, GError **error);

G_END_DECLS
