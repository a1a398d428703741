/* The axis interface (domain.md 10.1), as an importing receiver: documents come as edXML, statuses go
 * back as edXML messages. */
#include "sohoa-qlvb-server.h"

#include "sohoa-edxml.h"
#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-time.h"
#include "sohoa-vxp-headers.h"

#include <string.h>

#define CODE_BAD_FILE "10"
#define CODE_RECEIVER_UNKNOWN "18"
#define CODE_AXIS_ERROR "20"
#define CODE_MALFORMED "22"

/* ---- sendEdoc ---- */

/* The SDK ends the body with CRLF, which the hash does not cover. */
static char *
hash_message (const SohoaQlvbUpload *upload, GError **error)
{
  char tail[2] = "";
  guint64 length = upload->size;

  if (length >= 2 && sohoa_fd_pread_all (upload->fd, tail, 2, (goffset) length - 2, NULL)
      && memcmp (tail, "\r\n", 2) == 0)
    length -= 2;
  return sohoa_fd_sha256 (upload->fd, 0, length, error);
}

static gboolean
is_hex_digest (const char *text)
{
  return strlen (text) == 64 && strspn (text, "0123456789abcdef") == 64;
}

static gboolean
is_for_us (const SohoaQlvb *self, const SohoaEdxml *m)
{
  for (guint i = 0; i < m->to->len; i++)
    if (g_str_equal (((const SohoaEdxmlOrgan *) g_ptr_array_index (m->to, i))->organ_id, self->agency))
      return TRUE;
  return FALSE;
}

/* What the optional record attachment says about the file. */
static gboolean
read_original (const SohoaEdxml *m)
{
  for (guint i = 1; i < m->attachments->len; i++) {
    const SohoaEdxmlAttachment *a = g_ptr_array_index (m->attachments, i);
    g_autoptr(GBytes) bytes = NULL;
    g_autoptr(SohoaRecord) record = NULL;

    if (!g_str_equal (a->content_type, "application/json") || a->fd < 0)
      continue;
    bytes = sohoa_fd_read_bytes (a->fd, SOHOA_RECORD_MAX_BYTES, NULL);
    record = bytes != NULL ? sohoa_record_from_json (g_bytes_get_data (bytes, NULL),
                                                     (gssize) g_bytes_get_size (bytes), NULL) : NULL;
    if (record != NULL)
      return record->original;
  }
  return FALSE;
}

static void
fill_document (SohoaQlvbDocument *d, const SohoaEdxml *m, const char *system_id)
{
  const SohoaEdxmlAttachment *main_file = g_ptr_array_index (m->attachments, 0);

  sohoa_qlvb_set (&d->system_id, system_id);
  sohoa_qlvb_set (&d->key, is_hex_digest (main_file->content_id) ? main_file->content_id : d->digest);
  sohoa_qlvb_set (&d->document_id, m->document_id);
  sohoa_qlvb_set (&d->from_id, m->from.organ_id);
  sohoa_qlvb_set (&d->organ_name, m->from.name);
  sohoa_qlvb_set (&d->code_number, m->code_number);
  sohoa_qlvb_set (&d->code_notation, m->code_notation);
  sohoa_qlvb_set (&d->issued, m->issued);
  sohoa_qlvb_set (&d->type_name, m->type_name);
  sohoa_qlvb_set (&d->subject, m->subject);
  sohoa_qlvb_set (&d->book, "Văn bản đến");
  d->original = read_original (m);
}

/* The message itself is kept as it came, whole, before the register speaks of it. */
static gboolean
store_message (const SohoaQlvbJob *job, const char *digest, GError **error)
{
  g_autofree char *name = g_strconcat (digest, ".edxml", NULL);
  g_autofree char *path = g_build_filename (job->qlvb->data_dir, "edxml", name, NULL);
  g_autoptr(SohoaOutput) output = sohoa_output_new (path, 0600, error);

  return output != NULL
         && sohoa_fd_copy (job->upload->fd, 0, job->upload->size, sohoa_output_get_fd (output), error)
         && sohoa_output_commit (output, error);
}

static void
answer_sent (SohoaQlvbAnswer *answer, const SohoaQlvbDocument *d)
{
  g_autoptr(JsonBuilder) b = json_builder_new ();

  json_builder_begin_object (b);
  sohoa_qlvb_put (b, "status", "OK");
  sohoa_qlvb_put (b, "ErrorCode", "0");
  sohoa_qlvb_put (b, "ErrorDesc", "");
  sohoa_qlvb_put (b, "DocId", d->doc_code);
  json_builder_set_member_name (b, "arrivalNumber");
  json_builder_add_int_value (b, d->number);
  sohoa_qlvb_put (b, "arrivalDate", d->arrival_day);
  sohoa_qlvb_put (b, "arrivalBook", d->book);
  sohoa_qlvb_put (b, "documentStatus", "01");
  sohoa_qlvb_put (b, "key", d->key);
  json_builder_end_object (b);
  sohoa_qlvb_answer_json (answer, 200, b);
}

static void
take_document (SohoaQlvbJob *job, const SohoaEdxml *m, const char *message_digest)
{
  const SohoaEdxmlAttachment *main_file = m->attachments->len > 0 ? g_ptr_array_index (m->attachments, 0) : NULL;
  SohoaQlvbArrival arrival = { .document = sohoa_qlvb_document_new () };
  g_autoptr(GError) local = NULL;
  SohoaQlvbFate fate = SOHOA_QLVB_TROUBLE;

  if (main_file == NULL || main_file->fd < 0) {
    sohoa_qlvb_answer_fail (&job->answer, 200, CODE_BAD_FILE, "Thông điệp không có tệp đính kèm");
    sohoa_qlvb_document_free (arrival.document);
    return;
  }
  arrival.fd = main_file->fd;
  arrival.size = main_file->size;
  g_free (arrival.document->digest);
  arrival.document->digest = sohoa_fd_sha256 (main_file->fd, 0, G_MAXUINT64, &local);
  if (arrival.document->digest == NULL)
    arrival.document->digest = g_strdup ("");
  fill_document (arrival.document, m, job->system_id);
  sohoa_qlvb_set (&arrival.document->message, message_digest);
  if (local == NULL && store_message (job, message_digest, &local))
    fate = sohoa_qlvb_receive (job->qlvb, &arrival, &local);
  switch (fate) {
  case SOHOA_QLVB_TAKEN:
    answer_sent (&job->answer, arrival.document);
    break;
  case SOHOA_QLVB_REFUSED:
  case SOHOA_QLVB_CLASH:
    sohoa_qlvb_answer_fail (&job->answer, 200, CODE_BAD_FILE, arrival.document->reason);
    break;
  case SOHOA_QLVB_TROUBLE:
    g_warning ("sendEdoc: %s", local != NULL ? local->message : "unknown");
    sohoa_qlvb_answer_fail (&job->answer, 503, CODE_AXIS_ERROR, "Hệ thống đang bận, gửi lại sau");
    break;
  }
  sohoa_qlvb_document_free (arrival.document);
}

static void
take_recall (SohoaQlvbJob *job, const SohoaEdxml *m)
{
  const SohoaEdxmlReference *reference = m->response_for->len > 0 ? g_ptr_array_index (m->response_for, 0) : NULL;
  SohoaQlvbStore *store = job->qlvb->store;
  g_autoptr(SohoaQlvbDocument) d = reference == NULL ? NULL
    : sohoa_qlvb_store_find (store, SOHOA_QLVB_BY_DOCUMENT_ID, reference->document_id, job->system_id, NULL);

  if (d == NULL || d->number == 0) {
    sohoa_qlvb_answer_fail (&job->answer, 200, CODE_BAD_FILE, "Không có văn bản cần thu hồi");
    return;
  }
  if (sohoa_qlvb_recall (job->qlvb, d, m->business_reason, NULL))
    sohoa_qlvb_answer_text (&job->answer, 200, "{\"status\":\"OK\",\"ErrorCode\":\"0\",\"ErrorDesc\":\"\"}");
  else
    sohoa_qlvb_answer_fail (&job->answer, 503, CODE_AXIS_ERROR, "Hệ thống đang bận, gửi lại sau");
}

void
sohoa_qlvb_send_edoc (SohoaQlvbJob *job)
{
  g_autoptr(GError) local = NULL;
  g_autofree char *digest = hash_message (job->upload, &local);
  g_autofree char *incoming = g_build_filename (job->qlvb->data_dir, "incoming", NULL);
  g_autoptr(SohoaEdxml) m = NULL;

  if (digest == NULL || !sohoa_vxp_hash_matches (job->hash_file, digest)) {
    sohoa_qlvb_answer_fail (&job->answer, 400, CODE_BAD_FILE, "Mã băm của tệp không khớp");
    return;
  }
  m = sohoa_edxml_read (job->upload->fd, incoming, &local);
  if (m == NULL)
    sohoa_qlvb_answer_fail (&job->answer, 200, CODE_MALFORMED, local->message);
  else if (m->status_code[0] != '\0')
    sohoa_qlvb_answer_text (&job->answer, 200, "{\"status\":\"OK\",\"ErrorCode\":\"0\",\"ErrorDesc\":\"\"}");
  else if (!is_for_us (job->qlvb, m))
    sohoa_qlvb_answer_fail (&job->answer, 200, CODE_RECEIVER_UNKNOWN, "Đơn vị nhận không có trong hệ thống");
  else if (g_str_equal (m->business_type, "1"))
    take_recall (job, m);
  else
    take_document (job, m, digest);
}

/* ---- lists ---- */

static JsonBuilder *
begin_list (void)
{
  JsonBuilder *b = json_builder_new ();

  json_builder_begin_object (b);
  sohoa_qlvb_put (b, "status", "OK");
  sohoa_qlvb_put (b, "ErrorCode", "0");
  sohoa_qlvb_put (b, "ErrorDesc", "");
  json_builder_set_member_name (b, "data");
  json_builder_begin_array (b);
  return b;
}

static void
end_list (JsonBuilder *b, SohoaQlvbAnswer *answer)
{
  json_builder_end_array (b);
  json_builder_end_object (b);
  sohoa_qlvb_answer_json (answer, 200, b);
}

static void
list_received (SohoaQlvb *self, const char *system_id, const char *type, SohoaQlvbAnswer *answer)
{
  g_autoptr(GPtrArray) list = g_str_equal (type, "status")
                              ? sohoa_qlvb_store_statuses (self->store, NULL, system_id, NULL) : NULL;
  g_autoptr(JsonBuilder) b = begin_list ();

  for (guint i = 0; list != NULL && i < list->len; i++) {
    const SohoaQlvbStatus *status = g_ptr_array_index (list, i);
    g_autofree char *id = g_strdup_printf ("%" G_GINT64_FORMAT, status->id);
    g_autofree char *time = sohoa_edxml_time (status->time_us);

    json_builder_begin_object (b);
    sohoa_qlvb_put (b, "docId", id);
    sohoa_qlvb_put (b, "serviceType", "eDoc");
    sohoa_qlvb_put (b, "messageType", "status");
    sohoa_qlvb_put (b, "created_time", time);
    sohoa_qlvb_put (b, "updated_time", time);
    sohoa_qlvb_put (b, "from", self->agency);
    sohoa_qlvb_put (b, "to", system_id);
    sohoa_qlvb_put (b, "status", status->delivery);
    sohoa_qlvb_put (b, "status_desc", "");
    json_builder_end_object (b);
  }
  end_list (b, answer);
}

static void
list_sent (SohoaQlvb *self, const char *system_id, const char *doc_id, SohoaQlvbAnswer *answer)
{
  g_autoptr(GPtrArray) list = sohoa_qlvb_store_sent_by (self->store, system_id, NULL);
  g_autoptr(JsonBuilder) b = begin_list ();

  for (guint i = 0; list != NULL && i < list->len; i++) {
    const SohoaQlvbDocument *d = g_ptr_array_index (list, i);
    g_autofree char *time = sohoa_edxml_time (d->time_us);
    g_autofree char *notation = g_strdup_printf ("%s/%s", d->code_number, d->code_notation);

    if (doc_id[0] != '\0' && !g_str_equal (doc_id, d->doc_code) && !g_str_equal (doc_id, d->document_id))
      continue;
    json_builder_begin_object (b);
    sohoa_qlvb_put (b, "serviceType", "eDoc");
    sohoa_qlvb_put (b, "messageType", "edoc");
    sohoa_qlvb_put (b, "DocId", d->doc_code);
    sohoa_qlvb_put (b, "senderDocId", d->document_id);
    sohoa_qlvb_put (b, "receiverDocId", d->doc_code);
    sohoa_qlvb_put (b, "fromCode", d->from_id);
    sohoa_qlvb_put (b, "toCode", d->agency);
    sohoa_qlvb_put (b, "title", d->subject);
    sohoa_qlvb_put (b, "notation", notation);
    sohoa_qlvb_put (b, "sentTime", time);
    sohoa_qlvb_put (b, "receivedTime", time);
    sohoa_qlvb_put (b, "sendStatus", "done");
    sohoa_qlvb_put (b, "receiveStatus", d->status);
    sohoa_qlvb_put (b, "receiveStatusDesc", d->reason);
    sohoa_qlvb_put (b, "key", d->key);
    if (d->number != 0) {
      json_builder_set_member_name (b, "arrivalNumber");
      json_builder_add_int_value (b, d->number);
      sohoa_qlvb_put (b, "arrivalDate", d->arrival_day);
      sohoa_qlvb_put (b, "arrivalBook", d->book);
      sohoa_qlvb_put (b, "documentStatus", "01");
    }
    json_builder_end_object (b);
  }
  end_list (b, answer);
}

/* The status as an edXML message that names the document (domain.md 8.6). */
static GBytes *
build_status (SohoaQlvb *self, const SohoaQlvbStatus *status, const SohoaQlvbDocument *d, GError **error)
{
  g_autoptr(SohoaEdxml) m = sohoa_edxml_new ();
  SohoaEdxmlReference *reference = sohoa_edxml_add_reference (m);
  g_autoptr(SohoaSegmentStream) stream = NULL;
  g_autoptr(GOutputStream) memory = g_memory_output_stream_new_resizable ();

  sohoa_edxml_set (&m->from.organ_id, self->agency);
  sohoa_edxml_set (&m->from.name, self->agency_name);
  sohoa_edxml_set (&sohoa_edxml_add_to (m)->organ_id, d->from_id);
  sohoa_edxml_set (&reference->organ_id, d->from_id);
  g_free (reference->code);
  reference->code = g_strdup_printf ("%s/%s", d->code_number, d->code_notation);
  sohoa_edxml_set (&reference->document_id, d->document_id);
  sohoa_edxml_set (&reference->date, d->issued);
  sohoa_edxml_set (&m->status_code, status->code);
  sohoa_edxml_set (&m->status_description, status->description);
  m->status_time_us = status->time_us;
  stream = sohoa_edxml_open (m, error);
  if (stream == NULL
      || g_output_stream_splice (memory, G_INPUT_STREAM (stream), G_OUTPUT_STREAM_SPLICE_CLOSE_TARGET, NULL, error) < 0)
    return NULL;
  return g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (memory));
}

static void
get_edoc (SohoaQlvb *self, const char *system_id, const char *doc_id, SohoaQlvbAnswer *answer)
{
  g_autoptr(SohoaQlvbStatus) status = NULL;
  g_autoptr(SohoaQlvbDocument) d = NULL;
  g_autoptr(GBytes) bytes = NULL;
  g_autoptr(JsonBuilder) b = json_builder_new ();
  g_autofree char *data = NULL;

  status = sohoa_qlvb_store_find_status (self->store, g_ascii_strtoll (doc_id, NULL, 10), system_id, NULL);
  d = status != NULL ? sohoa_qlvb_store_find (self->store, SOHOA_QLVB_BY_KEY, status->key, NULL, NULL) : NULL;
  bytes = d != NULL ? build_status (self, status, d, NULL) : NULL;
  if (bytes == NULL) {
    sohoa_qlvb_answer_fail (answer, 200, CODE_BAD_FILE, "Không có thông điệp này");
    return;
  }
  data = g_base64_encode (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  json_builder_begin_object (b);
  sohoa_qlvb_put (b, "status", "OK");
  sohoa_qlvb_put (b, "ErrorCode", "0");
  sohoa_qlvb_put (b, "ErrorDesc", "");
  sohoa_qlvb_put (b, "data", data);
  json_builder_end_object (b);
  sohoa_qlvb_answer_json (answer, 200, b);
}

static void
update_status (SohoaQlvb *self, const char *system_id, const char *doc_id, const char *delivery,
               SohoaQlvbAnswer *answer)
{
  static const char *const words[] = { "processing", "done", "fail", NULL };

  if (g_strv_contains (words, delivery)
      && sohoa_qlvb_store_set_delivery (self->store, g_ascii_strtoll (doc_id, NULL, 10), system_id, delivery, NULL))
    sohoa_qlvb_answer_text (answer, 200, "{\"status\":\"OK\",\"ErrorCode\":\"0\",\"ErrorDesc\":\"\"}");
  else
    sohoa_qlvb_answer_fail (answer, 200, CODE_BAD_FILE, "Không có thông điệp này");
}

static void
list_agencies (SohoaQlvb *self, SohoaQlvbAnswer *answer)
{
  g_autoptr(JsonBuilder) b = begin_list ();

  json_builder_begin_object (b);
  sohoa_qlvb_put (b, "id", self->agency);
  sohoa_qlvb_put (b, "pid", "");
  sohoa_qlvb_put (b, "code", self->agency);
  sohoa_qlvb_put (b, "name", self->agency_name);
  sohoa_qlvb_put (b, "mail", "");
  sohoa_qlvb_put (b, "oldCode", "");
  json_builder_end_object (b);
  end_list (b, answer);
}

static const char *
header (SoupMessageHeaders *headers, const char *name)
{
  const char *value = soup_message_headers_get_one (headers, name);

  return value != NULL ? value : "";
}

gboolean
sohoa_qlvb_vxp (SohoaQlvb *self, const char *path, SoupMessageHeaders *headers, const char *system_id,
                SohoaQlvbAnswer *answer)
{
  const char *doc_id = header (headers, SOHOA_VXP_PREFIX "docId");

  if (g_str_equal (path, "/getReceivedEdocList"))
    list_received (self, system_id, header (headers, SOHOA_VXP_PREFIX "messagetype"), answer);
  else if (g_str_equal (path, "/getSentEdocList"))
    list_sent (self, system_id, doc_id, answer);
  else if (g_str_equal (path, "/getEdoc"))
    get_edoc (self, system_id, doc_id, answer);
  else if (g_str_equal (path, "/updateStatus"))
    update_status (self, system_id, doc_id, header (headers, SOHOA_VXP_PREFIX "status"), answer);
  else if (g_str_equal (path, "/getAgenciesList") || g_str_equal (path, "/getAgenciesListQD20"))
    list_agencies (self, answer);
  else
    return FALSE;
  return TRUE;
}
