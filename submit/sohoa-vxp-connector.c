/* "vxp": edXML over the axis REST interface (domain.md 8 and 10.1). The body of sendEdoc is the raw
 * message and CRLF; everything else travels in signed headers. Business statuses (01, 02, 03 …) come
 * back as edXML messages of type "status" that name our document. */
#include "sohoa-connector-private.h"
#include "sohoa-edxml.h"
#include "sohoa-http.h"
#include "sohoa-json-answer.h"
#include "sohoa-submit-auth.h"
#include "sohoa-vxp-headers.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"

#include <string.h>

#define CACHE_MAX_MESSAGES 20000u

#define CODE_AUTH "15"       /* wrong system id or secret (domain.md 10.2) */
#define CODE_AXIS_ERROR "20" /* the axis is in trouble */

/* A status message that was fetched once. */
typedef struct {
  SohoaStatus *status;      /* (owned) */
  char        *document_id; /* (owned) of the document it answers */
} Message;

typedef struct {
  GMutex      lock;
  GHashTable *messages; /* (owned) docId → Message */
} Vxp;

static void
message_free (gpointer data)
{
  Message *message = data;

  sohoa_status_free (message->status);
  g_free (message->document_id);
  g_free (message);
}

static Vxp *
get_vxp (SohoaConnector *self)
{
  static GMutex making;
  Vxp *vxp;

  g_mutex_lock (&making);
  if (self->data == NULL) {
    vxp = g_new0 (Vxp, 1);
    g_mutex_init (&vxp->lock);
    vxp->messages = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, message_free);
    self->data = vxp;
  }
  vxp = self->data;
  g_mutex_unlock (&making);
  return vxp;
}

static void
vxp_clear (SohoaConnector *self)
{
  Vxp *vxp = self->data;

  if (vxp == NULL)
    return;
  g_hash_table_unref (vxp->messages);
  g_mutex_clear (&vxp->lock);
  g_free (vxp);
}

/* ---- one call ---- */

static void
exchange (SohoaConnector *self, const char *path, GPtrArray *extra, SohoaSegmentStream *body, gsize max_bytes,
          GCancellable *cancellable, SohoaHttpAnswer *answer)
{
  g_autoptr(GPtrArray) headers = sohoa_submit_auth_headers (self, SOHOA_VXP_PREFIX, extra);
  g_autoptr(SohoaSegmentStream) nothing = sohoa_segment_stream_new ();
  SohoaHttpRequest request = { .method = "POST", .path = path, .headers = headers, .max_bytes = max_bytes };

  sohoa_segment_stream_add_text (nothing, "{}");
  request.content_type = body != NULL ? "application/octet-stream" : "application/json";
  request.body = body != NULL ? body : nothing;
  sohoa_http_send (self->target, &request, cancellable, answer);
}

/* The envelope of an answer that says OK; else NULL with the class. */
static JsonObject *
open_envelope (SohoaConnector *self, const SohoaHttpAnswer *answer, GError **error)
{
  g_autofree char *reason = sohoa_json_reason (answer->body);
  g_autoptr(JsonObject) object = NULL;
  g_autofree char *code = NULL;

  if (answer->error == NULL && answer->status / 100 == 2)
    object = sohoa_json_object (answer->body);
  if (object == NULL) {
    sohoa_http_fail (self->target, answer, reason, error);
    return NULL;
  }
  if (g_str_equal (sohoa_json_string (object, "status"), "OK"))
    return g_steal_pointer (&object);
  code = sohoa_json_text (object, "ErrorCode");
  if (!g_str_equal (sohoa_json_string (object, "status"), "FAIL"))
    g_set_error (error, SOHOA_SUBMIT_ERROR, SOHOA_SUBMIT_ERROR_BAD_ANSWER, "%s: the answer has no status",
                 self->target->name);
  else
    g_set_error (error, SOHOA_SUBMIT_ERROR,
                 g_str_equal (code, CODE_AUTH) ? SOHOA_SUBMIT_ERROR_AUTH
                 : g_str_equal (code, CODE_AXIS_ERROR) ? SOHOA_SUBMIT_ERROR_SERVER_BUSY
                 : SOHOA_SUBMIT_ERROR_REJECTED, "%s: error %s: %s", self->target->name, code, reason);
  return NULL;
}

static JsonObject *
call (SohoaConnector *self, const char *path, GPtrArray *extra, gsize max_bytes, GCancellable *cancellable,
      GError **error)
{
  g_auto(SohoaHttpAnswer) answer = { 0 };

  exchange (self, path, extra, NULL, max_bytes, cancellable, &answer);
  return open_envelope (self, &answer, error);
}

/* ---- sending ---- */

static char *
list_to (const SohoaTarget *target)
{
  g_autoptr(JsonBuilder) b = json_builder_new ();
  g_autoptr(JsonNode) root = NULL;

  json_builder_begin_array (b);
  for (guint i = 0; target->to[i] != NULL; i++)
    json_builder_add_string_value (b, target->to[i]);
  json_builder_end_array (b);
  root = json_builder_get_root (b);
  return json_to_string (root, FALSE);
}

static SohoaEdxml *
build_message (SohoaConnector *self, const SohoaSubmission *what)
{
  return sohoa_edxml_new_from_record (what->record, self->target->from, (const char *const *) self->target->to,
                                      what->time_us);
}

static gboolean
attach (SohoaConnector *self, SohoaEdxml *message, const SohoaSubmission *what, GError **error)
{
  const char *id = what->record->id;
  g_autofree char *base = sohoa_edxml_safe_name (what->doc_code != NULL ? what->doc_code : id);
  g_autofree char *name = g_strconcat (base, ".pdf", NULL);
  SohoaEdxmlAttachment *pdf = sohoa_edxml_add_attachment (message, what->key, name, "application/pdf", what->fd);

  sohoa_edxml_set (&pdf->description, message->subject);
  if (self->target->attach_record) {
    g_autofree char *json = sohoa_record_to_json (what->record, FALSE);
    SOHOA_AUTO_FD int fd = sohoa_memfd_new_sealed ("record", json, strlen (json), error);

    if (fd < 0)
      return FALSE;
    sohoa_edxml_add_attachment (message, "record", "sohoa-record.json", "application/json", fd);
  }
  return TRUE;
}

/* Signs and sends a message; @answer tells what came. FALSE: nothing was sent, @error is set. */
static gboolean
send_message (SohoaConnector *self, const SohoaEdxml *message, GCancellable *cancellable, SohoaHttpAnswer *answer,
              GError **error)
{
  g_autoptr(SohoaSegmentStream) body = sohoa_edxml_open (message, error);
  g_autofree char *digest = body != NULL ? sohoa_segment_stream_sha256 (body, error) : NULL;
  g_autofree char *quirk = NULL;
  g_autofree char *to = list_to (self->target);
  g_autoptr(GPtrArray) extra = sohoa_vxp_headers_new ();

  if (digest == NULL)
    return FALSE;
  quirk = sohoa_vxp_hash_quirk (digest);
  sohoa_segment_stream_add_text (body, "\r\n"); /* not part of the hashed file */
  sohoa_vxp_headers_add (extra, "servicetype", "eDoc");
  sohoa_vxp_headers_add (extra, "messagetype", message->status_code[0] != '\0' ? "status" : "edoc");
  sohoa_vxp_headers_add (extra, SOHOA_VXP_HASH_FILE, self->target->hash_quirk ? quirk : digest);
  sohoa_vxp_headers_add (extra, "from", self->target->from);
  sohoa_vxp_headers_add (extra, "to", to);
  exchange (self, "/sendEdoc", extra, body, 0, cancellable, answer);
  return TRUE;
}

/* sendEdoc's DocId, and what an importing QLVB adds to the envelope: arrivalNumber, arrivalDate … */
static SohoaReceipt *
read_receipt (JsonObject *object, GBytes *answer)
{
  SohoaReceipt *receipt = sohoa_receipt_new (SOHOA_OUTCOME_ACCEPTED, answer);
  const struct {
    char      **member;
    const char *name;
  } rows[] = {
    { &receipt->document_id, "DocId" }, { &receipt->arrival_number, "arrivalNumber" },
    { &receipt->arrival_date, "arrivalDate" }, { &receipt->arrival_book, "arrivalBook" },
    { &receipt->status, "documentStatus" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_free (*rows[i].member);
    *rows[i].member = sohoa_json_text (object, rows[i].name);
  }
  return receipt;
}

static SohoaReceipt *
receipt_of_failure (SohoaHttpAnswer *answer, GError *failure, GError **error)
{
  g_autoptr(GError) local = failure;

  if (sohoa_http_answer_is_open (answer))
    return sohoa_receipt_new_failed (SOHOA_OUTCOME_UNKNOWN,
                                     answer->error != NULL && answer->error->domain == SOHOA_SUBMIT_ERROR
                                       ? SOHOA_SUBMIT_ERROR_BAD_ANSWER : SOHOA_SUBMIT_ERROR_UNKNOWN_OUTCOME,
                                     answer->error != NULL ? answer->error->message : local->message, answer->body);
  if (answer->error == NULL && g_error_matches (local, SOHOA_SUBMIT_ERROR, SOHOA_SUBMIT_ERROR_REJECTED)) {
    g_autofree char *reason = sohoa_json_reason (answer->body);

    return sohoa_receipt_new_failed (SOHOA_OUTCOME_REFUSED, SOHOA_SUBMIT_ERROR_REJECTED,
                                     reason[0] != '\0' ? reason : "no reason was given", answer->body);
  }
  if (answer->error == NULL && g_error_matches (local, SOHOA_SUBMIT_ERROR, SOHOA_SUBMIT_ERROR_BAD_ANSWER))
    return sohoa_receipt_new_failed (SOHOA_OUTCOME_UNKNOWN, SOHOA_SUBMIT_ERROR_BAD_ANSWER, local->message,
                                     answer->body);
  g_propagate_error (error, g_steal_pointer (&local));
  return NULL;
}

static SohoaReceipt *
vxp_submit (SohoaConnector *self, const SohoaSubmission *what, GCancellable *cancellable, GError **error)
{
  g_autoptr(SohoaEdxml) message = build_message (self, what);
  g_auto(SohoaHttpAnswer) answer = { 0 };
  g_autoptr(JsonObject) object = NULL;
  GError *failure = NULL;

  if (!attach (self, message, what, error) || !send_message (self, message, cancellable, &answer, error))
    return NULL;
  object = open_envelope (self, &answer, &failure);
  if (object == NULL)
    return receipt_of_failure (&answer, failure, error);
  return read_receipt (object, answer.body);
}

/* ---- asking ---- */

static GPtrArray *
list_headers (const char *type)
{
  GPtrArray *extra = sohoa_vxp_headers_new ();

  sohoa_vxp_headers_add (extra, "servicetype", "eDoc");
  sohoa_vxp_headers_add (extra, "messagetype", type);
  return extra;
}

static gboolean
is_our_row (JsonObject *row, const SohoaSubmission *what, const char *document_id)
{
  const char *key = sohoa_json_string (row, "key");

  /* an importing QLVB tells our key; the axis only the document's own identifier */
  if (key[0] != '\0')
    return g_str_equal (key, what->key);
  return g_str_equal (sohoa_json_string (row, "senderDocId"), document_id);
}

static SohoaReceipt *
vxp_query (SohoaConnector *self, const SohoaSubmission *what, GCancellable *cancellable, GError **error)
{
  g_autoptr(SohoaEdxml) message = build_message (self, what);
  g_autoptr(GPtrArray) extra = list_headers ("edoc");
  g_autoptr(JsonObject) object = call (self, "/getSentEdocList", extra, 0, cancellable, error);
  JsonArray *rows = object != NULL ? sohoa_json_array (object, "data") : NULL;

  if (object == NULL)
    return NULL;
  for (guint i = 0; rows != NULL && i < json_array_get_length (rows); i++) {
    JsonObject *row = sohoa_json_element (rows, i);
    g_autofree char *text = NULL;
    g_autoptr(GBytes) bytes = NULL;

    if (!is_our_row (row, what, message->document_id))
      continue;
    text = json_to_string (json_array_get_element (rows, i), FALSE);
    bytes = g_bytes_new (text, strlen (text));
    if (g_str_equal (sohoa_json_string (row, "receiveStatus"), "02"))
      return sohoa_receipt_new_failed (SOHOA_OUTCOME_REFUSED, SOHOA_SUBMIT_ERROR_REJECTED,
                                       sohoa_json_string (row, "receiveStatusDesc"), bytes);
    return read_receipt (row, bytes);
  }
  return sohoa_receipt_new (SOHOA_OUTCOME_ABSENT, NULL);
}

/* The edXML that getEdoc carries as base64. */
static SohoaEdxml *
read_edoc (JsonObject *object, GError **error)
{
  const char *data = sohoa_json_string (object, "data");
  gsize length = 0;
  g_autofree guchar *bytes = g_base64_decode (data, &length);
  SOHOA_AUTO_FD int fd = sohoa_memfd_new_sealed ("edoc", bytes, length, error);

  return fd >= 0 ? sohoa_edxml_read (fd, NULL, error) : NULL;
}

static Message *
fetch_message (SohoaConnector *self, const char *doc_id, GCancellable *cancellable, GError **error)
{
  g_autoptr(GPtrArray) extra = sohoa_vxp_headers_new ();
  g_autoptr(JsonObject) object = NULL;
  g_autoptr(SohoaEdxml) edoc = NULL;
  Message *message;

  sohoa_vxp_headers_add (extra, "docId", doc_id);
  sohoa_vxp_headers_add (extra, "filePath", ""); /* the SDK leaks a local path here */
  object = call (self, "/getEdoc", extra, SOHOA_HTTP_EDOC_MAX_BYTES, cancellable, error);
  if (object == NULL)
    return NULL;
  message = g_new0 (Message, 1);
  edoc = read_edoc (object, NULL);
  /* an unreadable message is remembered as nobody's, it will not be fetched for ever */
  if (edoc != NULL && edoc->response_for->len > 0) {
    const SohoaEdxmlReference *reference = g_ptr_array_index (edoc->response_for, 0);

    message->document_id = g_strdup (reference->document_id);
    message->status = sohoa_status_new (edoc->status_code, edoc->status_description, edoc->status_time_us, doc_id);
  }
  return message;
}

/* Fetches what is new of the list; each message once per process. */
static gboolean
refresh (SohoaConnector *self, Vxp *vxp, GCancellable *cancellable, GError **error)
{
  g_autoptr(GPtrArray) extra = list_headers ("status");
  g_autoptr(JsonObject) object = call (self, "/getReceivedEdocList", extra, 0, cancellable, error);
  JsonArray *rows = object != NULL ? sohoa_json_array (object, "data") : NULL;

  if (object == NULL)
    return FALSE;
  for (guint i = 0; rows != NULL && i < json_array_get_length (rows); i++) {
    g_autofree char *id = sohoa_json_text (sohoa_json_element (rows, i), "docId");
    gboolean is_known;
    Message *message;

    g_mutex_lock (&vxp->lock);
    is_known = g_hash_table_contains (vxp->messages, id) || g_hash_table_size (vxp->messages) > CACHE_MAX_MESSAGES;
    g_mutex_unlock (&vxp->lock);
    if (is_known)
      continue;
    message = fetch_message (self, id, cancellable, error);
    if (message == NULL)
      return FALSE;
    g_mutex_lock (&vxp->lock);
    g_hash_table_replace (vxp->messages, g_steal_pointer (&id), message);
    g_mutex_unlock (&vxp->lock);
  }
  return TRUE;
}

static GPtrArray *
vxp_statuses (SohoaConnector *self, const SohoaSubmission *what, const char *document_id, GCancellable *cancellable,
              GError **error)
{
  g_autoptr(SohoaEdxml) edoc = build_message (self, what);
  Vxp *vxp = get_vxp (self);
  g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify) sohoa_status_free);
  GHashTableIter iter;
  gpointer value;

  if (!refresh (self, vxp, cancellable, error))
    return NULL;
  g_mutex_lock (&vxp->lock);
  g_hash_table_iter_init (&iter, vxp->messages);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const Message *message = value;

    if (message->status != NULL && g_str_equal (message->document_id, edoc->document_id))
      g_ptr_array_add (list, sohoa_status_new (message->status->code, message->status->description,
                                               message->status->time_us, message->status->message_id));
  }
  g_mutex_unlock (&vxp->lock);
  sohoa_statuses_sort (list);
  return g_steal_pointer (&list);
}

static gboolean
vxp_acknowledge (SohoaConnector *self, const char *message_id, GCancellable *cancellable, GError **error)
{
  g_autoptr(GPtrArray) extra = sohoa_vxp_headers_new ();
  g_autoptr(JsonObject) object = NULL;

  sohoa_vxp_headers_add (extra, "docId", message_id);
  sohoa_vxp_headers_add (extra, "status", "done");
  object = call (self, "/updateStatus", extra, 0, cancellable, error);
  return object != NULL;
}

static gboolean
vxp_recall (SohoaConnector *self, const SohoaSubmission *what, const char *document_id, const char *reason,
            GCancellable *cancellable, GError **error)
{
  g_autoptr(SohoaEdxml) message = build_message (self, what);
  SohoaEdxmlReference *reference = sohoa_edxml_add_reference (message);
  g_auto(SohoaHttpAnswer) answer = { 0 };
  g_autoptr(JsonObject) object = NULL;

  sohoa_edxml_set (&message->business_type, "1");
  sohoa_edxml_set (&message->business_reason, reason);
  sohoa_edxml_set (&reference->organ_id, message->from.organ_id);
  g_free (reference->code);
  reference->code = g_strdup_printf ("%s/%s", message->code_number, message->code_notation);
  sohoa_edxml_set (&reference->document_id, message->document_id);
  sohoa_edxml_set (&reference->date, message->issued);
  if (!send_message (self, message, cancellable, &answer, error))
    return FALSE;
  object = open_envelope (self, &answer, error);
  return object != NULL;
}

static GPtrArray *
vxp_agencies (SohoaConnector *self, GCancellable *cancellable, GError **error)
{
  g_autoptr(JsonObject) object = call (self, "/getAgenciesList", NULL, 0, cancellable, error);

  return object != NULL ? sohoa_json_agencies (sohoa_json_array (object, "data")) : NULL;
}

const SohoaConnectorVtable sohoa_vxp_connector = {
  .name = "vxp",
  .submit = vxp_submit,
  .query = vxp_query,
  .statuses = vxp_statuses,
  .recall = vxp_recall,
  .acknowledge = vxp_acknowledge,
  .agencies = vxp_agencies,
  .clear = vxp_clear,
};
