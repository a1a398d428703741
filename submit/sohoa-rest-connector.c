/* "rest": multipart import of record and file in the shape that letter 7197 proposes (domain.md 2.4).
 *
 *   POST {url}/api/v1/documents/import          parts metadata (7197 JSON), record (whole JSON), file
 *   GET  {url}/api/v1/documents/by-key/{key}    the receipt of a submission, 404 when there is none
 *   GET  {url}/api/v1/documents/{id}/status     {"statuses": [{code, description, time}]}
 *   POST {url}/api/v1/documents/{id}/recall     {"key", "reason"}
 *   GET  {url}/api/v1/documents?number=…        {"documents": […]}
 *   GET  {url}/api/v1/agencies                  {"agencies": [{code, oldCode, name}]}
 *
 * Headers X-Sohoa-{systemid, key, hash-file, hash-metadata, nonce, timestamp} are signed as on the
 * axis (sohoa-vxp-headers.h), so the file and its metadata cannot be changed on the way. */
#include "sohoa-connector-private.h"
#include "sohoa-http.h"
#include "sohoa-json-answer.h"
#include "sohoa-submit-auth.h"
#include "sohoa-vxp-headers.h"

#include "sohoa-file.h"
#include "sohoa-time.h"

#include <string.h>

#define FILE_NAME_MAX_BYTES 64

/* ---- the request ---- */

static void
put (JsonBuilder *b, const char *name, const char *value)
{
  json_builder_set_member_name (b, name);
  json_builder_add_string_value (b, value);
}

/* The mandatory and optional members of 7197 by their names; the rest keeps the tags of NĐ30. */
static char *
build_metadata (const SohoaTarget *target, const SohoaSubmission *what)
{
  static const char *const same[] = { "TypeName", "CodeNumber", "CodeNotation", "IssuedDate", "OrganName", "Subject",
                                      "Description", "OrganId", "OrganSuperior", "Position", "FullName", "Priority",
                                      "ToPlaces", "DueDate", "SourceCopy", "CopyForm", "ArrivalNumber",
                                      "ArrivalDate" };
  g_autoptr(JsonBuilder) b = json_builder_new ();
  g_autoptr(JsonNode) root = NULL;
  const char *language = sohoa_record_value (what->record, "Language");
  const char *book = sohoa_record_value (what->record, "ArrivalBook");

  json_builder_begin_object (b);
  put (b, "DocCode", what->doc_code != NULL ? what->doc_code : "");
  for (guint i = 0; i < G_N_ELEMENTS (same); i++)
    put (b, same[i], sohoa_record_value (what->record, same[i]));
  put (b, "Language", language[0] != '\0' ? language : "Tiếng Việt");
  put (b, "Format", "application/pdf");
  put (b, "Mode", what->record->original ? "original" : "scan");
  put (b, "ArrivalBook", book[0] != '\0' ? book : target->book);
  json_builder_set_member_name (b, "PageAmount");
  json_builder_add_int_value (b, what->record->pages->len);
  json_builder_end_object (b);
  root = json_builder_get_root (b);
  return json_to_string (root, FALSE);
}

/* ASCII: DocCode_YYYYMMDD.pdf, or the record's id where the receiver makes the code. */
static char *
build_file_name (const SohoaSubmission *what)
{
  g_autofree char *iso = sohoa_time_to_day (what->time_us);
  g_auto(GStrv) parts = g_strsplit (iso, "-", -1);
  g_autofree char *day = g_strjoinv ("", parts);
  g_autofree char *base = g_strndup (what->doc_code != NULL ? what->doc_code : what->record->id, FILE_NAME_MAX_BYTES);

  for (char *p = base; *p != '\0'; p++)
    if (!g_ascii_isalnum (*p) && *p != '.' && *p != '_' && *p != '-')
      *p = '_';
  return g_strdup_printf ("%s_%s.pdf", base[0] != '\0' ? base : "document", day);
}

static void
add_part_head (SohoaSegmentStream *body, const char *boundary, const char *name, const char *file_name,
               const char *type)
{
  g_autofree char *file = file_name != NULL ? g_strdup_printf ("; filename=\"%s\"", file_name) : g_strdup ("");
  g_autofree char *head = g_strdup_printf ("\r\n--%s\r\nContent-Disposition: form-data; name=\"%s\"%s\r\n"
                                           "Content-Type: %s\r\n\r\n", boundary, name, file, type);

  /* the very first delimiter has no line before it */
  sohoa_segment_stream_add_text (body, sohoa_segment_stream_get_size (body) == 0 ? head + 2 : head);
}

static SohoaSegmentStream *
build_body (const SohoaSubmission *what, const char *boundary, const char *metadata, const char *record,
            GError **error)
{
  g_autoptr(SohoaSegmentStream) body = sohoa_segment_stream_new ();
  g_autofree char *file_name = build_file_name (what);
  g_autofree char *end = g_strdup_printf ("\r\n--%s--\r\n", boundary);

  add_part_head (body, boundary, "metadata", NULL, "application/json; charset=utf-8");
  sohoa_segment_stream_add_text (body, metadata);
  add_part_head (body, boundary, "record", NULL, "application/json; charset=utf-8");
  sohoa_segment_stream_add_text (body, record);
  add_part_head (body, boundary, "file", file_name, "application/pdf");
  if (!sohoa_segment_stream_add_fd (body, what->fd, FALSE, error))
    return NULL;
  sohoa_segment_stream_add_text (body, end);
  return g_steal_pointer (&body);
}

/* ---- calls ---- */

static void
exchange (SohoaConnector *self, const char *method, const char *path, GPtrArray *extra, const char *type,
          SohoaSegmentStream *body, GCancellable *cancellable, SohoaHttpAnswer *answer)
{
  g_autoptr(GPtrArray) headers = sohoa_submit_auth_headers (self, SOHOA_REST_PREFIX, extra);
  SohoaHttpRequest request = { .method = method, .path = path, .content_type = type, .body = body,
                               .headers = headers };

  sohoa_http_send (self->target, &request, cancellable, answer);
}

/* Of a submission that may have been registered all the same. */
static SohoaReceipt *
receipt_of_open (const SohoaHttpAnswer *answer)
{
  g_autofree char *status = g_strdup_printf ("answered with status %u", answer->status);
  gboolean is_bad = answer->error != NULL && answer->error->domain == SOHOA_SUBMIT_ERROR;

  return sohoa_receipt_new_failed (SOHOA_OUTCOME_UNKNOWN,
                                   is_bad ? SOHOA_SUBMIT_ERROR_BAD_ANSWER : SOHOA_SUBMIT_ERROR_UNKNOWN_OUTCOME,
                                   answer->error != NULL ? answer->error->message : status, answer->body);
}

static gboolean
is_refusing (guint status)
{
  return status >= 400 && status < 500 && status != 401 && status != 403 && status != 408 && status != 429;
}

/* The receiver says its refusals in JSON; a gateway's or a hotel's page speaks for nobody: what it says must neither
 * end a document nor let it be sent again. */
static gboolean
is_of_receiver (GBytes *body)
{
  g_autoptr(JsonObject) object = body != NULL ? sohoa_json_object (body) : NULL;

  return object != NULL;
}

static SohoaReceipt *
receipt_of (SohoaConnector *self, SohoaHttpAnswer *answer, gboolean was_submit, GError **error)
{
  g_autofree char *reason = NULL;
  SohoaReceipt *receipt;

  if (was_submit && sohoa_http_answer_is_open (answer))
    return receipt_of_open (answer);
  if (answer->error != NULL) {
    sohoa_http_fail (self->target, answer, NULL, error);
    return NULL;
  }
  if (answer->status / 100 == 2) {
    receipt = sohoa_json_receipt (answer->body);
    return receipt != NULL ? receipt
           : sohoa_receipt_new_failed (SOHOA_OUTCOME_UNKNOWN, SOHOA_SUBMIT_ERROR_BAD_ANSWER,
                                       "the answer is no receipt", answer->body);
  }
  reason = sohoa_json_reason (answer->body);
  if (is_refusing (answer->status) && !is_of_receiver (answer->body))
    return sohoa_receipt_new_failed (SOHOA_OUTCOME_UNKNOWN, SOHOA_SUBMIT_ERROR_BAD_ANSWER,
                                     "refused by something that is not the receiver (no JSON): check url", answer->body);
  if (is_refusing (answer->status))
    return sohoa_receipt_new_failed (SOHOA_OUTCOME_REFUSED, SOHOA_SUBMIT_ERROR_REJECTED,
                                     reason[0] != '\0' ? reason : "no reason was given", answer->body);
  if (answer->status / 100 == 3 || answer->status < 200)
    return sohoa_receipt_new_failed (SOHOA_OUTCOME_UNKNOWN, SOHOA_SUBMIT_ERROR_BAD_ANSWER,
                                     "redirected or unexpected status: check url", answer->body);
  sohoa_http_fail (self->target, answer, reason, error);
  return NULL;
}

static SohoaReceipt *
rest_submit (SohoaConnector *self, const SohoaSubmission *what, GCancellable *cancellable, GError **error)
{
  g_autofree char *metadata = build_metadata (self->target, what);
  g_autofree char *record = sohoa_record_to_json (what->record, FALSE);
  g_autofree char *boundary = g_strdup_printf ("sohoa-%s", what->key);
  g_autofree char *type = g_strdup_printf ("multipart/form-data; boundary=%s", boundary);
  g_autofree char *both = g_strconcat (metadata, record, NULL);
  g_autofree char *digest = sohoa_bytes_sha256 (both, strlen (both));
  g_autoptr(GPtrArray) extra = sohoa_vxp_headers_new ();
  g_autoptr(SohoaSegmentStream) body = build_body (what, boundary, metadata, record, error);
  g_auto(SohoaHttpAnswer) answer = { 0 };

  if (body == NULL)
    return NULL;
  sohoa_vxp_headers_add (extra, "key", what->key);
  sohoa_vxp_headers_add (extra, SOHOA_VXP_HASH_FILE, what->sha256);
  sohoa_vxp_headers_add (extra, "hash-metadata", digest);
  exchange (self, "POST", "/api/v1/documents/import", extra, type, body, cancellable, &answer);
  return receipt_of (self, &answer, TRUE, error);
}

static SohoaReceipt *
rest_query (SohoaConnector *self, const SohoaSubmission *what, GCancellable *cancellable, GError **error)
{
  g_autofree char *path = g_strconcat ("/api/v1/documents/by-key/", what->key, NULL);
  g_auto(SohoaHttpAnswer) answer = { 0 };

  exchange (self, "GET", path, NULL, NULL, NULL, cancellable, &answer);
  if (answer.error == NULL && answer.status == 404 && is_of_receiver (answer.body))
    return sohoa_receipt_new (SOHOA_OUTCOME_ABSENT, answer.body);
  return receipt_of (self, &answer, FALSE, error);
}

/* The JSON object of a good answer; NULL with the class of what went wrong. */
static JsonObject *
fetch (SohoaConnector *self, const char *method, const char *path, SohoaSegmentStream *body,
       GCancellable *cancellable, GError **error)
{
  g_auto(SohoaHttpAnswer) answer = { 0 };
  JsonObject *answered = NULL;

  exchange (self, method, path, NULL, body != NULL ? "application/json" : NULL, body, cancellable, &answer);
  if (answer.error == NULL && answer.status / 100 == 2)
    answered = sohoa_json_object (answer.body);
  if (answered == NULL) {
    g_autofree char *reason = sohoa_json_reason (answer.body);

    sohoa_http_fail (self->target, &answer, reason, error);
  }
  return answered;
}

static GPtrArray *
rest_statuses (SohoaConnector *self, const SohoaSubmission *what, const char *document_id,
               GCancellable *cancellable, GError **error)
{
  g_autofree char *id = g_uri_escape_string (document_id, NULL, FALSE);
  g_autofree char *path = document_id[0] != '\0' ? g_strdup_printf ("/api/v1/documents/%s/status", id)
                                                 : g_strdup_printf ("/api/v1/documents/by-key/%s/status", what->key);
  g_autoptr(JsonObject) object = fetch (self, "GET", path, NULL, cancellable, error);
  g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify) sohoa_status_free);
  JsonArray *array = object != NULL ? sohoa_json_array (object, "statuses") : NULL;

  if (object == NULL)
    return NULL;
  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++) {
    JsonObject *row = sohoa_json_element (array, i);
    const char *code = sohoa_json_string (row, "code");
    gint64 time_us = 0;

    (void) sohoa_time_from_iso (sohoa_json_string (row, "time"), &time_us);
    if (code[0] != '\0')
      g_ptr_array_add (list, sohoa_status_new (code, sohoa_json_string (row, "description"), time_us, ""));
  }
  sohoa_statuses_sort (list);
  return g_steal_pointer (&list);
}

static gboolean
rest_recall (SohoaConnector *self, const SohoaSubmission *what, const char *document_id, const char *reason,
             GCancellable *cancellable, GError **error)
{
  g_autofree char *id = g_uri_escape_string (document_id, NULL, FALSE);
  g_autofree char *path = g_strdup_printf ("/api/v1/documents/%s/recall", id);
  g_autoptr(JsonBuilder) b = json_builder_new ();
  g_autoptr(JsonNode) root = NULL;
  g_autoptr(JsonObject) answer = NULL;
  g_autofree char *text = NULL;
  g_autoptr(SohoaSegmentStream) body = sohoa_segment_stream_new ();

  json_builder_begin_object (b);
  put (b, "key", what->key);
  put (b, "reason", reason);
  json_builder_end_object (b);
  root = json_builder_get_root (b);
  text = json_to_string (root, FALSE);
  sohoa_segment_stream_add_text (body, text);
  answer = fetch (self, "POST", path, body, cancellable, error);
  return answer != NULL;
}

static GPtrArray *
rest_find (SohoaConnector *self, const char *number, const char *symbol, const char *issuer, const char *iso_day,
           GCancellable *cancellable, GError **error)
{
  g_autofree char *query = soup_form_encode ("number", number, "symbol", symbol, "issuer", issuer, "date", iso_day,
                                             NULL);
  g_autofree char *path = g_strconcat ("/api/v1/documents?", query, NULL);
  g_autoptr(JsonObject) object = fetch (self, "GET", path, NULL, cancellable, error);
  g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify) sohoa_receipt_free);
  JsonArray *array = object != NULL ? sohoa_json_array (object, "documents") : NULL;

  if (object == NULL)
    return NULL;
  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++) {
    SohoaReceipt *receipt = sohoa_json_receipt_object (sohoa_json_element (array, i), NULL);

    if (receipt != NULL)
      g_ptr_array_add (list, receipt);
  }
  return g_steal_pointer (&list);
}

static GPtrArray *
rest_agencies (SohoaConnector *self, GCancellable *cancellable, GError **error)
{
  g_autoptr(JsonObject) object = fetch (self, "GET", "/api/v1/agencies", NULL, cancellable, error);

  return object != NULL ? sohoa_json_agencies (sohoa_json_array (object, "agencies")) : NULL;
}

const SohoaConnectorVtable sohoa_rest_connector = {
  .name = "rest",
  .submit = rest_submit,
  .query = rest_query,
  .statuses = rest_statuses,
  .recall = rest_recall,
  .find = rest_find,
  .agencies = rest_agencies,
};
