/* What a person may ask of a document: one transaction each, made for the revision the person saw, once per
 * token. */
#include "sohoa-desk-private.h"

#include "sohoa-delivery.h"
#include "sohoa-file.h"
#include "sohoa-poller.h"
#include "sohoa-reception.h"
#include "sohoa-steps.h"
#include "sohoa-time.h"

#include <string.h>

#define TOKEN_META_PREFIX "token:"

/* ---- once per token ---- */

/* What a token stands for lies in the store's meta: "METHOD ID REVISION doubt,doubt"; REVISION 0 = under way. The
 * store itself refuses a token that is used for another change, so a crash between the two is harmless. */
static char *
token_meta (const SohoaDeskCall *call)
{
  return g_strconcat (TOKEN_META_PREFIX, call->token, NULL);
}

static gboolean
check_call (const SohoaDeskCall *call, GError **error)
{
  gsize length = strlen (call->token);

  if (call->expected_revision == 0 || length == 0 || length > SOHOA_TOKEN_MAX_BYTES) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "%s: a revision and a token of 1 to %u characters are needed",
                 call->id, SOHOA_TOKEN_MAX_BYTES);
    return FALSE;
  }
  if (call->reason != NULL && strlen (call->reason) > SOHOA_REASON_MAX_BYTES) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "reason: too long: at most %u bytes", SOHOA_REASON_MAX_BYTES);
    return FALSE;
  }
  return TRUE;
}

/* @earlier_out: what the token has stood for (words METHOD ID REVISION DOUBTS), NULL when it is new. */
static gboolean
recall_token (SohoaDesk *self, const SohoaDeskCall *call, const char *method, char ***earlier_out, GError **error)
{
  g_autofree char *meta = token_meta (call);
  g_autofree char *text = NULL;

  *earlier_out = NULL;
  if (!check_call (call, error))
    return FALSE;
  text = sohoa_store_get_meta (self->store, meta, NULL);
  if (text == NULL)
    return TRUE;
  *earlier_out = g_strsplit (text, " ", 4);
  if (g_strv_length (*earlier_out) == 4 && g_str_equal ((*earlier_out)[0], method)
      && g_str_equal ((*earlier_out)[1], call->id))
    return TRUE;
  g_clear_pointer (earlier_out, g_strfreev);
  g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_CONFLICT, "%s: the token was used for something else: choose a new one", call->id);
  return FALSE;
}

static gboolean
note_token (SohoaDesk *self, const SohoaDeskCall *call, const char *method, guint revision, char **doubts, GError **error)
{
  g_autofree char *meta = token_meta (call);
  g_autofree char *joined = doubts != NULL ? g_strjoinv (",", doubts) : g_strdup ("");
  g_autofree char *text = g_strdup_printf ("%s %s %u %s", method, call->id, revision, joined);

  return sohoa_store_set_meta (self->store, meta, text, error);
}

static guint
earlier_revision (char **earlier)
{
  return earlier != NULL ? (guint) g_ascii_strtoull (earlier[2], NULL, 10) : 0;
}

gboolean
sohoa_desk_make_change (SohoaDesk *self, const SohoaDeskCall *call, const char *method, SohoaStoreChange *change,
                        char **doubts, guint *revision_out, GError **error)
{
  SohoaStoreResult result = { 0 };
  g_autofree char *meta = token_meta (call);

  change->id = call->id;
  change->expected_revision = call->expected_revision;
  change->token = call->token;
  change->actor = call->actor;
  if (!note_token (self, call, method, 0, doubts, error))
    return FALSE;
  if (!sohoa_store_change (self->store, change, &result, error)) {
    if (!sohoa_store_set_meta (self->store, meta, NULL, NULL))
      g_warning ("%s: the token of a refused call stays", call->id);
    return FALSE;
  }
  *revision_out = result.revision;
  return note_token (self, call, method, result.revision, doubts, error);
}

static gboolean
simple_move (SohoaDesk *self, const SohoaDeskCall *call, const char *method, SohoaStoreChange *change,
             guint *revision_out, GError **error)
{
  g_auto(GStrv) earlier = NULL;

  if (!recall_token (self, call, method, &earlier, error))
    return FALSE;
  if (earlier_revision (earlier) > 0) {
    *revision_out = earlier_revision (earlier);
    return TRUE;
  }
  return sohoa_desk_make_change (self, call, method, change, NULL, revision_out, error);
}

gboolean
sohoa_desk_need_reason (const SohoaDeskCall *call, GError **error)
{
  if (call->reason != NULL && call->reason[0] != '\0')
    return TRUE;
  g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "%s: a reason is needed: say why", call->id);
  return FALSE;
}

gboolean
sohoa_desk_wrong_state (const SohoaStoreDocument *document, const char *wanted, GError **error)
{
  g_set_error (error, SOHOA_STORE_ERROR, SOHOA_STORE_ERROR_ILLEGAL_MOVE, "%s: is %s: only possible when %s", document->id,
               sohoa_state_to_string (document->state), wanted);
  return FALSE;
}

/* The document for the revision the person saw. */
static SohoaStoreDocument *
find_as_seen (SohoaDesk *self, const SohoaDeskCall *call, GError **error)
{
  g_autoptr(SohoaStoreDocument) document = sohoa_store_find (self->store, call->id, error);

  if (document == NULL)
    return NULL;
  if (document->revision != call->expected_revision) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_CONFLICT, "%s: is revision %u, not %u: look at it again", call->id,
                 document->revision, call->expected_revision);
    return NULL;
  }
  return g_steal_pointer (&document);
}

gboolean
sohoa_desk_begin (SohoaDesk *self, const SohoaDeskCall *call, const char *method, guint32 states, const char *wanted,
                  SohoaStoreDocument **document_out, guint *revision_out, char ***doubts_out, GError **error)
{
  g_auto(GStrv) earlier = NULL;
  g_autoptr(SohoaStoreDocument) document = NULL;

  *document_out = NULL;
  if (!recall_token (self, call, method, &earlier, error))
    return FALSE;
  if (earlier_revision (earlier) > 0) {
    *revision_out = earlier_revision (earlier);
    if (doubts_out != NULL)
      *doubts_out = earlier[3][0] != '\0' ? g_strsplit (earlier[3], ",", -1) : g_new0 (char *, 1);
    return TRUE;
  }
  document = find_as_seen (self, call, error);
  if (document == NULL)
    return FALSE;
  if ((states & (1u << document->state)) == 0)
    return sohoa_desk_wrong_state (document, wanted, error);
  *document_out = g_steal_pointer (&document);
  return TRUE;
}

gboolean
sohoa_desk_cancel (SohoaDesk *self, const SohoaDeskCall *call, guint *revision_out, char ***doubts_out, GError **error)
{
  SohoaStoreChange change = { .kind = "cancel", .moves = TRUE, .to = SOHOA_STATE_CANCELLED, .reason = call->reason };
  g_autoptr(SohoaStoreDocument) document = sohoa_store_find (self->store, call->id, error);

  if (document == NULL)
    return FALSE;
  if (document->state == SOHOA_STATE_HELD) {
    g_set_error (error, SOHOA_STORE_ERROR, SOHOA_STORE_ERROR_ILLEGAL_MOVE,
                 "%s: is held: release it or purge it", call->id);
    return FALSE;
  }
  if (!simple_move (self, call, "Cancel", &change, revision_out, error))
    return FALSE;
  sohoa_vault_destroy (self->vault, call->id);
  sohoa_reception_refused (self, call->id, "the document was cancelled");
  return TRUE;
}

/* "Sửa và chuyển lại": what the receiver refused comes back to the clerk. It keeps its number; the file that is made
 * next has another content, so another key, and is a new submission. */
gboolean
sohoa_desk_revise (SohoaDesk *self, const SohoaDeskCall *call, guint *revision_out, char ***doubts_out, GError **error)
{
  SohoaStoreChange change = { .kind = "revise", .moves = TRUE, .to = SOHOA_STATE_REVIEW, .reason = call->reason };
  g_autoptr(SohoaStoreDocument) document = NULL;

  if (!sohoa_desk_begin (self, call, "Revise", SOHOA_DESK_STATE (REFUSED), "refused by the receiver", &document,
                         revision_out, NULL, error))
    return FALSE;
  if (document == NULL)
    return TRUE;
  return sohoa_desk_make_change (self, call, "Revise", &change, NULL, revision_out, error);
}

/* ---- signing and sending ---- */

gboolean
sohoa_desk_sign (SohoaDesk *self, const SohoaDeskCall *call, guint *revision_out, char ***doubts_out, GError **error)
{
  SohoaStoreChange change = { .kind = "sign", .moves = TRUE, .to = SOHOA_STATE_SIGNING };
  g_autoptr(SohoaStoreDocument) document = NULL;
  SohoaStoreNumber number = { 0 };
  gboolean wanted = FALSE;

  if (self->conf->p12 == NULL && self->conf->token == NULL) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_CONFIG, "[signing] p12 or token: not configured: add one and start again");
    return FALSE;
  }
  if (!sohoa_desk_begin (self, call, "Sign", SOHOA_DESK_STATE (CONFIRMED) | SOHOA_DESK_STATE (REGISTERED), "confirmed",
                         &document, revision_out, NULL, error))
    return FALSE;
  if (document == NULL)
    return TRUE;
  if (!sohoa_step_number_of (self, document, &number, &wanted, error))
    return FALSE;
  change.number = wanted && document->state == SOHOA_STATE_CONFIRMED ? &number : NULL;
  return sohoa_desk_make_change (self, call, "Sign", &change, NULL, revision_out, error);
}

gboolean
sohoa_desk_submit (SohoaDesk *self, const SohoaDeskCall *call, guint *revision_out, char ***doubts_out, GError **error)
{
  SohoaStoreChange change = { .kind = "submit" };
  g_autoptr(SohoaStoreDocument) document = sohoa_store_find (self->store, call->id, error);

  if (document == NULL || sohoa_desk_peek_connector (self, NULL, error) == NULL)
    return FALSE;
  if (document->state == SOHOA_STATE_FAILED && sohoa_desk_peek_file (document, SOHOA_ROLE_SIGNED) != NULL) {
    change.moves = TRUE;
    change.to = SOHOA_STATE_SIGNED;
  } else if (document->state == SOHOA_STATE_SUBMITTING && document->fence != 0) {
    *revision_out = document->revision; /* it is being sent right now */
    return TRUE;
  } else if (document->state != SOHOA_STATE_SIGNED && document->state != SOHOA_STATE_SUBMITTING) {
    return sohoa_desk_wrong_state (document, "signed, submitting, or failed after signing", error);
  }
  return simple_move (self, call, "Submit", &change, revision_out, error);
}

static gboolean
ask_for_recall (SohoaDesk *self, const SohoaDeskCall *call, const SohoaStoreDocument *document, GError **error)
{
  g_autoptr(GPtrArray) rows = sohoa_store_list_outbox (self->store, call->id, error);
  g_autoptr(GPtrArray) receipts = rows != NULL ? sohoa_store_list_receipts (self->store, call->id, error) : NULL;
  g_autoptr(SohoaRecord) record = receipts != NULL ? sohoa_desk_load_record (document, error) : NULL;
  const SohoaStoreOutboxRow *row = rows != NULL && rows->len > 0 ? g_ptr_array_index (rows, rows->len - 1) : NULL;
  const char *server_id = "";
  SohoaConnector *connector;
  SohoaSubmission what;

  if (record == NULL)
    return FALSE;
  if (row == NULL)
    return sohoa_desk_wrong_state (document, "submitted", error);
  for (guint i = 0; i < receipts->len; i++) {
    const SohoaStoreReceipt *receipt = g_ptr_array_index (receipts, i);

    if (receipt->server_id[0] != '\0')
      server_id = receipt->server_id;
  }
  connector = sohoa_desk_peek_connector (self, row->target, error);
  if (connector == NULL)
    return FALSE;
  what = (SohoaSubmission){ .record = record, .fd = -1, .sha256 = row->payload_sha256, .key = row->key,
                            .time_us = row->created_us };
  return sohoa_connector_recall (connector, &what, server_id, call->reason, NULL, error);
}

gboolean
sohoa_desk_recall (SohoaDesk *self, const SohoaDeskCall *call, guint *revision_out, char ***doubts_out, GError **error)
{
  SohoaStoreChange change = { .kind = "recall", .reason = call->reason };
  g_autofree char *meta = g_strconcat (SOHOA_RECALL_META_PREFIX, call->id, NULL);
  g_autoptr(SohoaStoreDocument) document = NULL;

  if (!sohoa_desk_need_reason (call, error) || (document = find_as_seen (self, call, error)) == NULL)
    return FALSE;
  if (!sohoa_state_may_move (document->state, SOHOA_STATE_RECALLED) || document->state == SOHOA_STATE_HELD)
    return sohoa_desk_wrong_state (document, "delivered, accepted or done", error);
  return ask_for_recall (self, call, document, error) && sohoa_store_set_meta (self->store, meta, call->token, error)
         && simple_move (self, call, "Recall", &change, revision_out, error);
}

/* ---- held ---- */

/* Who brought it in: the actor of the first event. g_free. */
static char *
dup_bringer (SohoaDesk *self, const char *id, GError **error)
{
  g_autoptr(GPtrArray) events = sohoa_store_list_events (self->store, id, error);

  if (events == NULL)
    return NULL;
  return g_strdup (events->len > 0 ? ((SohoaStoreEvent *) g_ptr_array_index (events, 0))->actor : "");
}

gboolean
sohoa_desk_release (SohoaDesk *self, const SohoaDeskCall *call, guint *revision_out, char ***doubts_out, GError **error)
{
  g_autofree char *bringer = NULL;
  g_autoptr(SohoaStoreDocument) document = NULL;
  SohoaStoreResult result = { 0 };

  if (!check_call (call, error) || !sohoa_desk_need_reason (call, error))
    return FALSE;
  if (call->extra == NULL || call->extra[0] == '\0') {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "%s: say who decided (second-person)", call->id);
    return FALSE;
  }
  bringer = dup_bringer (self, call->id, error);
  document = bringer != NULL ? find_as_seen (self, call, error) : NULL;
  if (document == NULL)
    return FALSE;
  if (document->state != SOHOA_STATE_HELD)
    return sohoa_desk_wrong_state (document, "held", error);
  if (!self->session && g_str_equal (bringer, call->actor)) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_NOT_AUTHORISED,
                 "%s: who brought it in may not release it: ask a second person", call->id);
    return FALSE;
  }
  if (!sohoa_step_release (self, call, document, &result, error))
    return FALSE;
  *revision_out = result.revision;
  return TRUE;
}

gboolean
sohoa_desk_purge (SohoaDesk *self, const SohoaDeskCall *call, guint *revision_out, char ***doubts_out, GError **error)
{
  SohoaStoreChange change = { .kind = "purge", .moves = TRUE, .to = SOHOA_STATE_CANCELLED, .flags = SOHOA_STORE_CHANGE_PURGE };
  g_autofree char *folder = sohoa_desk_dup_folder (self, call->id);
  g_autoptr(SohoaStoreDocument) document = sohoa_store_find (self->store, call->id, error);

  if (document == NULL)
    return FALSE;
  if (document->state != SOHOA_STATE_HELD && document->state != SOHOA_STATE_CANCELLED)
    return sohoa_desk_wrong_state (document, "held", error);
  if (!simple_move (self, call, "Purge", &change, revision_out, error))
    return FALSE;
  sohoa_vault_destroy (self->vault, call->id);
  sohoa_reception_purged (self, call->id);
  return sohoa_folder_remove (folder, error);
}

/* ---- again ---- */

/* A new file has a new key: while a submission of the old one may have arrived, it must be asked about first, or the
 * document could be registered twice. */
static gboolean
check_no_open_submission (SohoaDesk *self, const char *id, GError **error)
{
  g_autoptr(GPtrArray) rows = sohoa_store_list_outbox (self->store, id, error);

  for (guint i = 0; rows != NULL && i < rows->len; i++) {
    const SohoaStoreOutboxRow *row = g_ptr_array_index (rows, i);

    if (row->state == SOHOA_STORE_PARCEL_SENT || row->state == SOHOA_STORE_PARCEL_UNKNOWN) {
      g_set_error (error, SOHOA_STORE_ERROR, SOHOA_STORE_ERROR_ILLEGAL_MOVE,
                   "%s: was sent and may be registered: reprocess it --from submit first, which asks the receiver", id);
      return FALSE;
    }
  }
  return rows != NULL;
}

gboolean
sohoa_desk_reprocess (SohoaDesk *self, const SohoaDeskCall *call, guint *revision_out, char ***doubts_out, GError **error)
{
  static const struct {
    const char *from;
    SohoaState  to;
  } steps[] = {
    { "ocr", SOHOA_STATE_CLEARED },  { "record", SOHOA_STATE_CLEARED }, { "pdf", SOHOA_STATE_CONFIRMED },
    { "sign", SOHOA_STATE_CONFIRMED }, { "submit", SOHOA_STATE_SIGNED },
  };
  const char *from = call->extra != NULL ? call->extra : "ocr";
  g_autofree char *again = g_strconcat (SOHOA_AGAIN_META_PREFIX, call->id, NULL);
  SohoaStoreChange change = { .kind = "reprocess", .moves = TRUE, .reason = from };
  g_autoptr(SohoaStoreDocument) document = sohoa_store_find (self->store, call->id, error);
  guint i = 0;

  if (document == NULL)
    return FALSE;
  while (i < G_N_ELEMENTS (steps) && !g_str_equal (steps[i].from, from))
    i++;
  if (i == G_N_ELEMENTS (steps)) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "%s: unknown step: ocr, record, pdf, sign or submit", from);
    return FALSE;
  }
  change.to = steps[i].to;
  /* what failed before the gate goes through the gate */
  if (document->state == SOHOA_STATE_FAILED && sohoa_desk_peek_file (document, SOHOA_ROLE_INPUT) == NULL)
    change.to = SOHOA_STATE_CAPTURED;
  else if (change.to == SOHOA_STATE_SIGNED && sohoa_desk_peek_file (document, SOHOA_ROLE_SIGNED) == NULL)
    return sohoa_desk_wrong_state (document, "signed once", error);
  if (change.to != SOHOA_STATE_SIGNED && !check_no_open_submission (self, call->id, error))
    return FALSE;
  /* said before the move: after a crash in between nothing is read again, so it does no harm */
  if (!sohoa_store_set_meta (self->store, again, g_str_equal (from, "record") ? "yes" : NULL, error))
    return FALSE;
  return simple_move (self, call, "Reprocess", &change, revision_out, error);
}
