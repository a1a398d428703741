/* The REST interface in the shape of letter 7197 (domain.md 2.4); the client's side is
 * submit/sohoa-rest-connector.c. */
#include "sohoa-qlvb-multipart.h"
#include "sohoa-qlvb-server.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-json.h"
#include "sohoa-text.h"
#include "sohoa-time.h"
#include "sohoa-vxp-headers.h"

#include <string.h>

#define KEY_MAX_CHARS 128
#define DOCUMENTS "/api/v1/documents"

void
sohoa_qlvb_put (JsonBuilder *builder, const char *name, const char *value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_string_value (builder, value);
}

void
sohoa_qlvb_answer_text (SohoaQlvbAnswer *answer, guint status, const char *json)
{
  answer->status = status;
  answer->type = g_strdup ("application/json; charset=utf-8");
  answer->body = g_bytes_new (json, strlen (json));
}

void
sohoa_qlvb_answer_json (SohoaQlvbAnswer *answer, guint status, JsonBuilder *builder)
{
  g_autoptr(JsonNode) root = json_builder_get_root (builder);
  g_autofree char *text = json_to_string (root, FALSE);

  sohoa_qlvb_answer_text (answer, status, text);
}

void
sohoa_qlvb_answer_fail (SohoaQlvbAnswer *answer, guint status, const char *code, const char *reason)
{
  g_autoptr(JsonBuilder) b = json_builder_new ();

  json_builder_begin_object (b);
  sohoa_qlvb_put (b, "status", "FAIL");
  sohoa_qlvb_put (b, "ErrorCode", code);
  sohoa_qlvb_put (b, "ErrorDesc", reason);
  sohoa_qlvb_put (b, "reason", reason);
  json_builder_end_object (b);
  sohoa_qlvb_answer_json (answer, status, b);
}

/* ---- import ---- */

static void
take_text (JsonObject *object, const char *name, char **member)
{
  JsonNode *node = json_object_get_member (object, name);

  if (node != NULL && JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING) {
    g_free (*member);
    *member = sohoa_text_squeeze (json_node_get_string (node));
  }
}

/* FALSE: not a JSON object. */
static gboolean
read_metadata (SohoaQlvbDocument *d, const char *json, gsize length)
{
  g_autoptr(JsonObject) object = length <= SOHOA_QLVB_METADATA_MAX_BYTES ? sohoa_json_parse (json, (gssize) length) : NULL;

  if (object == NULL)
    return FALSE;
  take_text (object, "DocCode", &d->doc_code);
  take_text (object, "TypeName", &d->type_name);
  take_text (object, "CodeNumber", &d->code_number);
  take_text (object, "CodeNotation", &d->code_notation);
  take_text (object, "IssuedDate", &d->issued);
  take_text (object, "ArrivalDate", &d->arrival_day);
  take_text (object, "OrganName", &d->organ_name);
  take_text (object, "OrganId", &d->from_id);
  take_text (object, "Subject", &d->subject);
  take_text (object, "ArrivalBook", &d->book);
  if (d->book[0] == '\0')
    sohoa_qlvb_set (&d->book, "Văn bản đến");
  g_free (d->metadata);
  d->metadata = g_strndup (json, length);
  return TRUE;
}

static char *
sha256_of_two (const char *a, gsize a_length, const char *b, gsize b_length)
{
  g_autoptr(GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);

  g_checksum_update (sum, (const guchar *) a, (gssize) a_length);
  g_checksum_update (sum, (const guchar *) b, (gssize) b_length);
  return g_strdup (g_checksum_get_string (sum));
}

/* The reason why the body is not taken, NULL when @arrival is filled. */
static const char *
open_import (SohoaQlvbJob *job, const char *body, gsize length, SohoaQlvbArrival *arrival)
{
  const char *at = strstr (job->content_type, "boundary=");
  g_autofree char *boundary = at != NULL ? g_strdup (at + strlen ("boundary=")) : g_strdup ("");
  g_autoptr(GPtrArray) parts = NULL;
  const SohoaQlvbPart *metadata, *record, *file;
  g_autofree char *digest = NULL;
  g_autoptr(SohoaRecord) full = NULL;

  parts = sohoa_qlvb_multipart_parse (body, length, g_strstrip (boundary));
  if (parts == NULL)
    return "Nội dung gửi không trọn vẹn (multipart)";
  metadata = sohoa_qlvb_multipart_peek (parts, "metadata");
  record = sohoa_qlvb_multipart_peek (parts, "record");
  file = sohoa_qlvb_multipart_peek (parts, "file");
  if (metadata == NULL || file == NULL)
    return "Thiếu phần metadata hoặc file";
  digest = sha256_of_two (body + metadata->offset, metadata->length, record != NULL ? body + record->offset : "",
                          record != NULL ? record->length : 0);
  if (job->hash_metadata[0] != '\0' && g_ascii_strcasecmp (digest, job->hash_metadata) != 0)
    return "Mã băm của metadata không khớp";
  if (!read_metadata (arrival->document, body + metadata->offset, metadata->length))
    return "metadata không phải là JSON hợp lệ";
  if (record != NULL) {
    full = sohoa_record_from_json (body + record->offset, (gssize) record->length, NULL);
    if (full == NULL)
      return "record không phải là sohoa.document/1";
    arrival->document->original = full->original;
  }
  arrival->offset = file->offset;
  arrival->size = file->length;
  g_free (arrival->document->digest);
  arrival->document->digest = sohoa_bytes_sha256 (body + file->offset, file->length);
  return sohoa_vxp_hash_matches (job->hash_file, arrival->document->digest) ? NULL : "Mã băm của tệp không khớp";
}

static void
answer_refusal (SohoaQlvbAnswer *answer, guint status, const SohoaQlvbDocument *d)
{
  g_autoptr(JsonBuilder) b = json_builder_new ();

  json_builder_begin_object (b);
  sohoa_qlvb_put (b, "status", "02");
  sohoa_qlvb_put (b, "reason", d->reason);
  sohoa_qlvb_put (b, "key", d->key);
  sohoa_qlvb_put (b, "signature", d->verdict);
  json_builder_end_object (b);
  sohoa_qlvb_answer_json (answer, status, b);
}

void
sohoa_qlvb_import (SohoaQlvbJob *job)
{
  g_autoptr(GError) local = NULL;
  g_autoptr(GMappedFile) mapped = g_mapped_file_new_from_fd (job->upload->fd, FALSE, &local);
  SohoaQlvbArrival arrival = { .document = sohoa_qlvb_document_new (), .fd = job->upload->fd };
  const char *reason = mapped == NULL ? "Nội dung gửi không đọc được" : NULL;

  sohoa_qlvb_set (&arrival.document->key, job->key);
  sohoa_qlvb_set (&arrival.document->system_id, job->system_id);
  if (job->key[0] == '\0' || strlen (job->key) > KEY_MAX_CHARS)
    reason = "Thiếu khóa (key)";
  if (reason == NULL)
    reason = open_import (job, g_mapped_file_get_contents (mapped) != NULL ? g_mapped_file_get_contents (mapped) : "",
                          g_mapped_file_get_length (mapped), &arrival);
  if (reason != NULL) {
    sohoa_qlvb_answer_fail (&job->answer, 400, "10", reason);
    sohoa_qlvb_document_free (arrival.document);
    return;
  }
  switch (sohoa_qlvb_receive (job->qlvb, &arrival, &local)) {
  case SOHOA_QLVB_TAKEN:
    sohoa_qlvb_answer_text (&job->answer, 200, arrival.document->receipt);
    break;
  case SOHOA_QLVB_REFUSED:
    answer_refusal (&job->answer, 422, arrival.document);
    break;
  case SOHOA_QLVB_CLASH:
    answer_refusal (&job->answer, 409, arrival.document);
    break;
  case SOHOA_QLVB_TROUBLE:
    g_warning ("import: %s", local != NULL ? local->message : "unknown");
    sohoa_qlvb_answer_fail (&job->answer, 503, "20", "Hệ thống đang bận, gửi lại sau");
    break;
  }
  sohoa_qlvb_document_free (arrival.document);
}

/* ---- the rest ---- */

static void
answer_missing (SohoaQlvbAnswer *answer)
{
  sohoa_qlvb_answer_fail (answer, 404, "404", "Không có văn bản này");
}

static void
answer_document (const SohoaQlvbDocument *d, SohoaQlvbAnswer *answer)
{
  if (d->number != 0)
    sohoa_qlvb_answer_text (answer, 200, d->receipt);
  else
    answer_refusal (answer, 200, d);
}

static void
answer_statuses (SohoaQlvb *self, const SohoaQlvbDocument *d, SohoaQlvbAnswer *answer)
{
  g_autoptr(GPtrArray) list = sohoa_qlvb_store_statuses (self->store, d->key, NULL, NULL);
  g_autoptr(JsonBuilder) b = json_builder_new ();

  json_builder_begin_object (b);
  sohoa_qlvb_put (b, "docCode", d->doc_code);
  sohoa_qlvb_put (b, "status", d->status);
  json_builder_set_member_name (b, "statuses");
  json_builder_begin_array (b);
  for (guint i = 0; list != NULL && i < list->len; i++) {
    const SohoaQlvbStatus *status = g_ptr_array_index (list, i);
    g_autofree char *time = sohoa_time_to_iso (status->time_us);

    json_builder_begin_object (b);
    sohoa_qlvb_put (b, "code", status->code);
    sohoa_qlvb_put (b, "description", status->description);
    sohoa_qlvb_put (b, "time", time);
    json_builder_end_object (b);
  }
  json_builder_end_array (b);
  json_builder_end_object (b);
  sohoa_qlvb_answer_json (answer, 200, b);
}

static void
answer_search (SohoaQlvb *self, GHashTable *query, SohoaQlvbAnswer *answer)
{
  static const char *const names[] = { "number", "symbol", "issuer", "date" };
  const char *values[4];
  g_autoptr(GPtrArray) list = NULL;
  GString *out = g_string_new ("{\"documents\":[");
  gboolean first = TRUE;
  g_autofree char *text = NULL;

  for (guint i = 0; i < 4; i++) {
    values[i] = query != NULL ? g_hash_table_lookup (query, names[i]) : NULL;
    values[i] = values[i] != NULL ? values[i] : "";
  }
  list = sohoa_qlvb_store_search (self->store, values[0], values[1], values[2], values[3], NULL);
  for (guint i = 0; list != NULL && i < list->len; i++) {
    const SohoaQlvbDocument *d = g_ptr_array_index (list, i);

    if (d->number == 0)
      continue;
    g_string_append_printf (out, "%s%s", first ? "" : ",", d->receipt);
    first = FALSE;
  }
  g_string_append (out, "]}");
  text = g_string_free (out, FALSE);
  sohoa_qlvb_answer_text (answer, 200, text);
}

static void
answer_agencies (SohoaQlvb *self, const char *member, SohoaQlvbAnswer *answer)
{
  g_autoptr(JsonBuilder) b = json_builder_new ();

  json_builder_begin_object (b);
  sohoa_qlvb_put (b, "status", "OK");
  json_builder_set_member_name (b, member);
  json_builder_begin_array (b);
  json_builder_begin_object (b);
  sohoa_qlvb_put (b, "code", self->agency);
  sohoa_qlvb_put (b, "oldCode", "");
  sohoa_qlvb_put (b, "name", self->agency_name);
  json_builder_end_object (b);
  json_builder_end_array (b);
  json_builder_end_object (b);
  sohoa_qlvb_answer_json (answer, 200, b);
}

/* {"reason"} of a recall; {"status", "reason"} of a person's decision. */
static void
change (SohoaQlvb *self, const SohoaQlvbDocument *d, const char *what, GBytes *body, SohoaQlvbAnswer *answer)
{
  g_autoptr(JsonObject) order = NULL;
  g_autofree char *status = g_strdup (""), *reason = g_strdup ("");
  gint64 now_us = sohoa_time_now_us ();
  gboolean done = FALSE;
  gsize length;
  const char *data = g_bytes_get_data (body, &length);

  order = sohoa_json_parse (data, (gssize) length);
  if (order == NULL) {
    sohoa_qlvb_answer_fail (answer, 400, "10", "JSON không hợp lệ");
    return;
  }
  take_text (order, "status", &status);
  take_text (order, "reason", &reason);
  if (d->number == 0) {
    answer_missing (answer);
    return;
  }
  if (g_str_equal (what, "recall"))
    done = sohoa_qlvb_recall (self, d, reason, NULL);
  else if (g_str_equal (status, "03") || g_str_equal (status, "02"))
    done = sohoa_qlvb_store_add_status (self->store, d->key, "01", status, reason, now_us, NULL);
  if (done)
    sohoa_qlvb_answer_text (answer, 200, "{\"status\":\"OK\"}");
  else
    sohoa_qlvb_answer_fail (answer, 409, "21", "Trạng thái hiện tại không cho phép");
}

static void
answer_download (SohoaQlvb *self, const SohoaQlvbDocument *d, SohoaQlvbAnswer *answer)
{
  g_autofree char *name = g_strconcat (d->digest, ".pdf", NULL);
  g_autofree char *path = g_build_filename (self->data_dir, "files", name, NULL);
  g_autoptr(GMappedFile) file = d->number != 0 ? g_mapped_file_new (path, FALSE, NULL) : NULL;

  if (file == NULL) {
    answer_missing (answer);
    return;
  }
  answer->body = g_mapped_file_get_bytes (file);
  answer->status = 200;
  answer->type = g_strdup ("application/pdf");
}

/* Below /api/v1/documents/: by-key/KEY[/status], download/CODE, CODE[/status|/recall|/decision]. A sender
 * sees its own documents only. */
static gboolean
route_document (SohoaQlvb *self, const char *method, char **parts, const char *system_id, GBytes *body,
                SohoaQlvbAnswer *answer)
{
  gboolean by_key = g_str_equal (parts[0], "by-key"), download = g_str_equal (parts[0], "download");
  char **rest = by_key || download ? parts + 1 : parts;
  gboolean get = g_str_equal (method, "GET"), post = g_str_equal (method, "POST");
  g_autoptr(SohoaQlvbDocument) d = NULL;

  if (rest[0] == NULL || rest[0][0] == '\0' || (rest[1] != NULL && rest[2] != NULL))
    return FALSE;
  d = sohoa_qlvb_store_find (self->store, by_key ? SOHOA_QLVB_BY_KEY : SOHOA_QLVB_BY_CODE, rest[0], system_id, NULL);
  if (d == NULL)
    answer_missing (answer);
  else if (get && download)
    answer_download (self, d, answer);
  else if (get && rest[1] == NULL)
    answer_document (d, answer);
  else if (get && g_str_equal (rest[1], "status"))
    answer_statuses (self, d, answer);
  else if (post && rest[1] != NULL && (g_str_equal (rest[1], "recall") || g_str_equal (rest[1], "decision")))
    change (self, d, rest[1], body, answer);
  else
    return FALSE;
  return TRUE;
}

gboolean
sohoa_qlvb_rest (SohoaQlvb *self, const char *method, const char *path, GHashTable *query, const char *system_id,
                 GBytes *body, SohoaQlvbAnswer *answer)
{
  if (g_str_has_prefix (path, DOCUMENTS "/")) {
    g_auto(GStrv) parts = g_strsplit (path + strlen (DOCUMENTS "/"), "/", -1);

    return route_document (self, method, parts, system_id, body, answer);
  }
  if (!g_str_equal (method, "GET"))
    return FALSE;
  if (g_str_equal (path, DOCUMENTS))
    answer_search (self, query, answer);
  else if (g_str_equal (path, "/api/v1/agencies"))
    answer_agencies (self, "agencies", answer);
  else
    return FALSE;
  return TRUE;
}
