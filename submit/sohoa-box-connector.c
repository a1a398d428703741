/* "folder", "webdav", "sftp": a document is left as BASE.pdf and its ticket BASE.json, which appears last and in one
 * step: who watches the place takes what has a ticket. BASE is the document's id and the first digits of its content's
 * digest. The ticket is {"schema", "key", "file", "sha256", "size", "book", "record"}.
 *
 * Exactly once, although the taker moves files away at any moment:
 *   .sohoa/KEY.ticket   the ticket, staged
 *   .sohoa/KEY.mark     written after it and kept for ever
 * then the ticket is renamed to BASE.json. Mark and staged ticket: not delivered yet. Mark alone: delivered. So after
 * any interruption one look tells, and nothing is left twice.
 *
 * With answers = yes the taker writes BASE.answer.json: {"statuses": [{"code", "description", "time"}]}, codes of
 * domain.md 8.6. Without, what is delivered is taken as accepted.
 *
 * "assisted" is the folder of a clerk who enters the document into the document system's own web page: nobody watches it,
 * and nothing is accepted before the clerk says so (Documents.EnterAnswer of the bus). */
#include "sohoa-box.h"
#include "sohoa-json-answer.h"

#include "sohoa-file.h"
#include "sohoa-time.h"

#include <string.h>
#include <sys/stat.h>

#define TICKET_SCHEMA "sohoa.ticket/1"
#define BASE_KEY_DIGITS 12
#define BASE_ID_MAX_BYTES 64u

/* ---- names ---- */

static const SohoaBox *
box_of (SohoaConnector *self)
{
  static const SohoaBox *const boxes[] = { &sohoa_box_folder, &sohoa_box_webdav, &sohoa_box_sftp };

  for (guint i = 0; i < G_N_ELEMENTS (boxes); i++)
    if (g_str_equal (boxes[i]->name, self->vtable->name))
      return boxes[i];
  return &sohoa_box_folder; /* assisted */
}

static char *
control_name (const SohoaSubmission *what, const char *suffix)
{
  return g_strconcat (SOHOA_BOX_CONTROL "/", what->key, suffix, NULL);
}

static char *
final_name (const SohoaSubmission *what, const char *suffix)
{
  const char *id = what->record->id != NULL ? what->record->id : "";
  g_autofree char *base = g_strndup (what->doc_code != NULL ? what->doc_code : id, BASE_ID_MAX_BYTES);

  for (char *p = base; *p != '\0'; p++)
    if (!g_ascii_isalnum (*p) && *p != '_' && *p != '-')
      *p = '_';
  return g_strdup_printf ("%s-%.*s%s", base[0] != '\0' ? base : "document", BASE_KEY_DIGITS, what->key, suffix);
}

/* ---- the ticket ---- */

static void
put_text (JsonBuilder *b, const char *name, const char *value)
{
  json_builder_set_member_name (b, name);
  json_builder_add_string_value (b, value);
}

static SohoaSegmentStream *
ticket_new (SohoaConnector *self, const SohoaSubmission *what, GError **error)
{
  g_autoptr(JsonBuilder) b = json_builder_new ();
  g_autofree char *record_json = sohoa_record_to_json (what->record, FALSE);
  g_autofree char *file = final_name (what, ".pdf");
  g_autofree char *text = NULL;
  g_autoptr(JsonNode) root = NULL;
  const char *book = sohoa_record_value (what->record, "ArrivalBook");
  SohoaSegmentStream *ticket;
  struct stat st;

  if (fstat (what->fd, &st) < 0) {
    g_set_error (error, SOHOA_STORE_ERROR, SOHOA_STORE_ERROR_CORRUPT, "the signed file cannot be read: restore the spool");
    return NULL;
  }
  json_builder_begin_object (b);
  put_text (b, "schema", TICKET_SCHEMA);
  put_text (b, "key", what->key);
  put_text (b, "file", file);
  put_text (b, "sha256", what->sha256);
  json_builder_set_member_name (b, "size");
  json_builder_add_int_value (b, st.st_size);
  put_text (b, "book", book[0] != '\0' ? book : self->target->book);
  json_builder_set_member_name (b, "record");
  json_builder_add_value (b, json_from_string (record_json, NULL));
  json_builder_end_object (b);
  root = json_builder_get_root (b);
  text = json_to_string (root, TRUE);
  ticket = sohoa_segment_stream_new ();
  sohoa_segment_stream_add_text (ticket, text);
  return ticket;
}

/* ---- delivered or not ---- */

typedef enum { NOT_BEGUN, STAGED, DELIVERED } Stage;

static gboolean
look (SohoaConnector *self, const SohoaSubmission *what, Stage *stage, GCancellable *cancellable, GError **error)
{
  g_autofree char *mark = control_name (what, ".mark");
  g_autofree char *ticket = control_name (what, ".ticket");
  gboolean marked = FALSE, staged = FALSE;

  /* the mark first: staged is gone only after the rename, and the mark stays */
  if (!box_of (self)->exists (self, mark, &marked, cancellable, error)
      || !box_of (self)->exists (self, ticket, &staged, cancellable, error))
    return FALSE;
  *stage = !marked ? NOT_BEGUN : staged ? STAGED : DELIVERED;
  return TRUE;
}

static SohoaReceipt *
delivered (const SohoaSubmission *what)
{
  SohoaReceipt *receipt = sohoa_receipt_new (SOHOA_OUTCOME_ACCEPTED, NULL);

  g_free (receipt->document_id);
  receipt->document_id = final_name (what, "");
  g_free (receipt->status);
  receipt->status = g_strdup ("01");
  return receipt;
}

static SohoaReceipt *
box_query (SohoaConnector *self, const SohoaSubmission *what, GCancellable *cancellable, GError **error)
{
  Stage stage;

  if (!look (self, what, &stage, cancellable, error))
    return NULL;
  return stage == DELIVERED ? delivered (what) : sohoa_receipt_new (SOHOA_OUTCOME_ABSENT, NULL);
}

static gboolean
put_file (SohoaConnector *self, const SohoaSubmission *what, GCancellable *cancellable, GError **error)
{
  g_autoptr(SohoaSegmentStream) content = sohoa_segment_stream_new ();
  g_autofree char *staged = control_name (what, ".pdf");
  g_autofree char *name = final_name (what, ".pdf");
  g_autoptr(GError) local = NULL;
  gboolean there = FALSE, maybe = FALSE;

  /* its name holds the digest of its content and it appeared in one step: one that is there is the same */
  if (!box_of (self)->exists (self, name, &there, cancellable, error))
    return FALSE;
  if (there)
    return TRUE;
  if (!sohoa_segment_stream_add_fd (content, what->fd, FALSE, error)
      || !box_of (self)->put (self, staged, content, cancellable, error))
    return FALSE;
  if (box_of (self)->move (self, staged, name, &maybe, cancellable, &local)
      || g_error_matches (local, G_IO_ERROR, G_IO_ERROR_EXISTS))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

/* All but the last step. */
static gboolean
stage_ticket (SohoaConnector *self, const SohoaSubmission *what, GCancellable *cancellable, GError **error)
{
  g_autofree char *ticket_name = control_name (what, ".ticket");
  g_autofree char *mark_name = control_name (what, ".mark");
  g_autoptr(SohoaSegmentStream) ticket = ticket_new (self, what, error);
  g_autoptr(SohoaSegmentStream) mark = sohoa_segment_stream_new ();

  sohoa_segment_stream_add_text (mark, what->sha256);
  return ticket != NULL && box_of (self)->put (self, ticket_name, ticket, cancellable, error)
         && box_of (self)->put (self, mark_name, mark, cancellable, error);
}

static SohoaReceipt *
box_submit (SohoaConnector *self, const SohoaSubmission *what, GCancellable *cancellable, GError **error)
{
  g_autofree char *staged = control_name (what, ".ticket");
  g_autofree char *name = final_name (what, ".json");
  g_autoptr(GError) local = NULL;
  gboolean maybe = FALSE;
  Stage stage;

  if (!box_of (self)->prepare (self, cancellable, error) || !look (self, what, &stage, cancellable, error))
    return NULL;
  if (stage == DELIVERED)
    return delivered (what);
  if (!put_file (self, what, cancellable, error)
      || (stage == NOT_BEGUN && !stage_ticket (self, what, cancellable, error)))
    return NULL;
  if (box_of (self)->move (self, staged, name, &maybe, cancellable, &local))
    return delivered (what);
  if (maybe)
    return sohoa_receipt_new_failed (SOHOA_OUTCOME_UNKNOWN, SOHOA_SUBMIT_ERROR_UNKNOWN_OUTCOME, local->message, NULL);
  g_propagate_error (error, g_steal_pointer (&local));
  return NULL;
}

/* ---- what the taker says ---- */

static GPtrArray *
read_statuses (SohoaConnector *self, const SohoaSubmission *what, GBytes *bytes, GError **error)
{
  g_autoptr(GPtrArray) statuses = g_ptr_array_new_with_free_func ((GDestroyNotify) sohoa_status_free);
  g_autoptr(JsonObject) root = sohoa_json_object (bytes);
  JsonArray *array = root != NULL ? sohoa_json_array (root, "statuses") : NULL;

  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++) {
    JsonObject *object = sohoa_json_element (array, i);
    const char *code = sohoa_json_string (object, "code");
    gint64 time_us = what->time_us;

    (void) sohoa_time_from_iso (sohoa_json_string (object, "time"), &time_us);
    if (code[0] != '\0')
      g_ptr_array_add (statuses, sohoa_status_new (code, sohoa_json_string (object, "description"), time_us, NULL));
  }
  if (root == NULL || array == NULL) {
    g_set_error (error, SOHOA_SUBMIT_ERROR, SOHOA_SUBMIT_ERROR_BAD_ANSWER,
                 "%s: the answer is no JSON with \"statuses\": tell who takes the files", self->target->name);
    return NULL;
  }
  sohoa_statuses_sort (statuses);
  return g_steal_pointer (&statuses);
}

static GPtrArray *
box_statuses (SohoaConnector *self, const SohoaSubmission *what, const char *document_id, GCancellable *cancellable,
              GError **error)
{
  g_autofree char *name = final_name (what, ".answer.json");
  g_autoptr(GError) local = NULL;
  g_autoptr(GBytes) bytes = NULL;
  GPtrArray *statuses;

  if (self->target->answers) {
    bytes = box_of (self)->get (self, name, cancellable, &local);
    if (bytes != NULL)
      return read_statuses (self, what, bytes, error);
    if (local != NULL) {
      g_propagate_error (error, g_steal_pointer (&local));
      return NULL;
    }
  }
  statuses = g_ptr_array_new_with_free_func ((GDestroyNotify) sohoa_status_free);
  if (!self->target->answers && self->vtable != &sohoa_assisted_connector)
    g_ptr_array_add (statuses, sohoa_status_new ("03", "", what->time_us, NULL));
  return statuses;
}

static gboolean
box_recall (SohoaConnector *self, const SohoaSubmission *what, const char *document_id, const char *reason,
            GCancellable *cancellable, GError **error)
{
  g_autofree char *name = final_name (what, ".recall.json");
  g_autofree char *staged = control_name (what, ".recall");
  g_autoptr(JsonBuilder) b = json_builder_new ();
  g_autoptr(SohoaSegmentStream) content = sohoa_segment_stream_new ();
  g_autoptr(JsonNode) root = NULL;
  g_autofree char *text = NULL;
  g_autoptr(GError) local = NULL;
  gboolean maybe = FALSE;

  if (!self->target->answers) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_NOT_FOUND, "%s: nobody answers there (answers = no): ask the receiver by telephone",
                 self->target->name);
    return FALSE;
  }
  json_builder_begin_object (b);
  put_text (b, "key", what->key);
  put_text (b, "reason", reason);
  json_builder_end_object (b);
  root = json_builder_get_root (b);
  text = json_to_string (root, TRUE);
  sohoa_segment_stream_add_text (content, text);
  if (!box_of (self)->put (self, staged, content, cancellable, error))
    return FALSE;
  if (box_of (self)->move (self, staged, name, &maybe, cancellable, &local)
      || g_error_matches (local, G_IO_ERROR, G_IO_ERROR_EXISTS))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

#define BOX_CONNECTOR(word)                                                                            \
  const SohoaConnectorVtable sohoa_##word##_connector = {                                              \
    .name = #word,                                                                                     \
    .submit = box_submit,                                                                              \
    .query = box_query,                                                                                \
    .statuses = box_statuses,                                                                          \
    .recall = box_recall,                                                                              \
  };
BOX_CONNECTOR (folder)
BOX_CONNECTOR (webdav)
BOX_CONNECTOR (sftp)
BOX_CONNECTOR (assisted)
