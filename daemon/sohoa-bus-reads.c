/* Methods that only look. */
#include "sohoa-archive.h"
#include "sohoa-auth.h"
#include "sohoa-bus-private.h"
#include "sohoa-file.h"
#include "sohoa-time.h"
#include "sohoa-unlocks.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define CHANGES_MAX 1000u
#define IMAGE_MIN_PX 16u
#define IMAGE_MAX_PX 4096u

static void
add_text (GVariantBuilder *b, const char *key, const char *value)
{
  g_variant_builder_add (b, "{sv}", key, g_variant_new_string (value != NULL ? value : ""));
}

/* ---- List ---- */

static const char *
member (JsonObject *fields, const char *key)
{
  return fields != NULL ? json_object_get_string_member_with_default (fields, key, "") : "";
}

static GVariant *
summary (SohoaBusCall *call, const SohoaStoreDocument *row)
{
  g_autoptr(JsonNode) node = json_from_string (row->fields_json, NULL);
  JsonObject *all = node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  gboolean closed = sohoa_type_is_petition (member (all, "TypeName")) && !sohoa_bus_may_read_petitions (call, NULL);
  JsonObject *fields = closed ? NULL : all;
  const char *number = member (fields, "CodeNumber");
  const char *notation = member (fields, "CodeNotation");
  g_autofree char *both = number[0] != '\0' && notation[0] != '\0' ? g_strdup_printf ("%s/%s", number, notation)
                                                                  : g_strconcat (number, notation, NULL);
  GVariantBuilder b;

  g_variant_builder_init (&b, G_VARIANT_TYPE_VARDICT);
  add_text (&b, "number", both);
  add_text (&b, "subject", member (fields, "Subject"));
  add_text (&b, "issuer", member (fields, "OrganName"));
  add_text (&b, "issued", member (fields, "IssuedDate"));
  add_text (&b, "arrival-number", member (fields, "ArrivalNumber"));
  if (row->state == SOHOA_STATE_DELIVERED && sohoa_desk_is_assisted (call->service->desk, row))
    g_variant_builder_add (&b, "{sv}", "assisted", g_variant_new_boolean (TRUE));
  add_text (&b, "reason", closed ? "" : row->error_message);
  if (closed)
    g_variant_builder_add (&b, "{sv}", "restricted", g_variant_new_boolean (TRUE));
  g_variant_builder_add (&b, "{sv}", "priority", g_variant_new_uint32 (row->priority));
  g_variant_builder_add (&b, "{sv}", "pages",
                         g_variant_new_uint32 ((guint32) g_ascii_strtoull (member (fields, "PageAmount"), NULL, 10)));
  g_variant_builder_add (&b, "{sv}", "updated", g_variant_new_int64 (row->updated_us));
  return g_variant_builder_end (&b);
}

static gboolean
read_filter (GVariant *filter, SohoaStoreQuery *query, char **search_out, GError **error)
{
  g_auto(GVariantDict) dict = G_VARIANT_DICT_INIT (filter);
  g_autofree char *state = sohoa_bus_take_string (&dict, "state");
  g_autofree char *since = sohoa_bus_take_string (&dict, "since");
  g_autofree char *instant = since != NULL ? g_strconcat (since, "T00:00:00+07:00", NULL) : NULL;
  SohoaState which;

  *search_out = sohoa_bus_take_string (&dict, "search");
  if (!sohoa_bus_no_more (&dict, error))
    return FALSE;
  if (state != NULL && !sohoa_state_from_string (state, &which)) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "%s: no such state: see sohoa list", state);
    return FALSE;
  }
  if (since != NULL && (!sohoa_day_is_valid (since) || !sohoa_time_from_iso (instant, &query->since_us))) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "%s: not a day: write 2026-11-20", since);
    return FALSE;
  }
  query->states = state != NULL ? 1u << which : 0;
  query->search = *search_out;
  return TRUE;
}

static GVariant *
list (SohoaBusCall *call, GError **error)
{
  g_autoptr(GVariant) filter = NULL;
  g_autoptr(GPtrArray) rows = NULL;
  g_autofree char *search = NULL;
  g_autofree char *next = NULL;
  SohoaStoreQuery query = { 0 };
  GVariantBuilder b;
  const char *cursor;

  g_variant_get (call->parameters, "(@a{sv}&su)", &filter, &cursor, &query.limit);
  if (!read_filter (filter, &query, &search, error))
    return NULL;
  query.cursor = cursor[0] != '\0' ? cursor : NULL;
  rows = sohoa_store_list (call->service->desk->store, &query, &next, error);
  if (rows == NULL)
    return NULL;
  g_variant_builder_init (&b, G_VARIANT_TYPE ("a(susa{sv})"));
  for (guint i = 0; i < rows->len; i++) {
    const SohoaStoreDocument *row = g_ptr_array_index (rows, i);

    g_variant_builder_add (&b, "(sus@a{sv})", row->id, row->revision, sohoa_state_to_string (row->state), summary (call, row));
  }
  return g_variant_new ("(a(susa{sv})s)", &b, next != NULL ? next : "");
}

/* ---- one document ---- */

SohoaStoreDocument *
sohoa_bus_find (SohoaBusCall *call, GError **error)
{
  g_autoptr(SohoaStoreDocument) document = NULL;
  const char *id;

  g_variant_get_child (call->parameters, 0, "&s", &id);
  if (!sohoa_id_is_valid (id)) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "%s: not a document id: see sohoa list", id);
    return NULL;
  }
  document = sohoa_store_find (call->service->desk->store, id, error);
  return document != NULL && sohoa_bus_check_reader (call, document, error) ? g_steal_pointer (&document) : NULL;
}

gboolean
sohoa_bus_is_open (const SohoaStoreDocument *document)
{
  return document->state != SOHOA_STATE_CAPTURED && sohoa_desk_peek_file (document, SOHOA_ROLE_INPUT) != NULL;
}

static gboolean
check_open (const SohoaStoreDocument *document, GError **error)
{
  if (sohoa_bus_is_open (document))
    return TRUE;
  g_set_error (error, SOHOA_GATE_ERROR, SOHOA_GATE_ERROR_NOT_CLEARED, "%s: not cleared: nothing of it can be shown", document->id);
  return FALSE;
}

static GVariant *
get (SohoaBusCall *call, GError **error)
{
  g_autoptr(SohoaStoreDocument) document = sohoa_bus_find (call, error);
  g_autoptr(JsonNode) node = NULL;
  g_autofree char *shown = NULL;
  const SohoaStoreFile *file;
  GVariantBuilder b;

  if (document == NULL)
    return NULL;
  node = json_from_string (document->fields_json, NULL);
  file = sohoa_desk_peek_file (document, SOHOA_ROLE_SIGNED);
  if (sohoa_bus_is_open (document) && document->record_json[0] != '\0')
    shown = sohoa_unlocks_digest (document, NULL);
  g_variant_builder_init (&b, G_VARIANT_TYPE_VARDICT);
  add_text (&b, "reason", document->error_message);
  add_text (&b, "arrival-number",
            member (node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL, "ArrivalNumber"));
  add_text (&b, "target", call->service->desk->target);
  g_variant_builder_add (&b, "{sv}", "assisted", g_variant_new_boolean (sohoa_desk_is_assisted (call->service->desk, document)));
  add_text (&b, "shown-sha256", shown);
  add_text (&b, "pdf-sha256", file != NULL ? file->sha256 : "");
  g_variant_builder_add (&b, "{sv}", "created", g_variant_new_int64 (document->created_us));
  g_variant_builder_add (&b, "{sv}", "updated", g_variant_new_int64 (document->updated_us));
  g_variant_builder_add (&b, "{sv}", "priority", g_variant_new_uint32 (document->priority));
  g_variant_builder_add (&b, "{sv}", "attempts", g_variant_new_uint32 (document->attempts));
  g_variant_builder_add (&b, "{sv}", "retry-at", g_variant_new_int64 (document->not_before_us));
  return g_variant_new ("(ssua{sv})", sohoa_bus_is_open (document) ? document->record_json : "",
                        sohoa_state_to_string (document->state), document->revision, &b);
}

static GVariant *
get_form (SohoaBusCall *call, GError **error)
{
  g_autoptr(SohoaStoreDocument) document = sohoa_bus_find (call, error);
  g_autofree char *file = NULL;
  GVariant *fields;

  if (document == NULL || !check_open (document, error))
    return NULL;
  fields = sohoa_desk_get_form (call->service->desk, document, &file, error);
  return fields != NULL ? g_variant_new ("(@a(ss)s)", fields, file) : NULL;
}

static GVariant *
get_text (SohoaBusCall *call, GError **error)
{
  g_autoptr(SohoaStoreDocument) document = sohoa_bus_find (call, error);
  g_autofree char *folder = NULL;
  g_autofree char *text = NULL;

  if (document == NULL || !check_open (document, error))
    return NULL;
  folder = sohoa_desk_dup_folder (call->service->desk, document->id);
  text = sohoa_pipeline_has_pages (folder) ? sohoa_pipeline_dup_text (folder, error) : g_strdup ("");
  return text != NULL ? g_variant_new ("(s)", text) : NULL;
}

static gboolean
check_box (const double *box, guint size, GError **error)
{
  for (guint i = 0; i < 4; i++)
    if (!(box[i] >= 0.0 && box[i] <= 1.0)) {
      g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "box: fractions of the page, 0 to 1");
      return FALSE;
    }
  if (size >= IMAGE_MIN_PX && size <= IMAGE_MAX_PX)
    return TRUE;
  g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "size: %u to %u px", IMAGE_MIN_PX, IMAGE_MAX_PX);
  return FALSE;
}

static GVariant *
get_page_image (SohoaBusCall *call, GError **error)
{
  SohoaDesk *desk = call->service->desk;
  g_autoptr(SohoaStoreDocument) document = sohoa_bus_find (call, error);
  g_autoptr(SohoaDeskInputs) inputs = NULL;
  g_autoptr(SohoaRecord) record = NULL;
  g_autofree char *folder = NULL;
  SohoaPreview preview = { .fd = -1 };
  guint revision, page, size;
  double box[4];
  gint32 handle;

  if (document == NULL || !check_open (document, error))
    return NULL;
  g_variant_get (call->parameters, "(&suu(dddd)u)", NULL, &revision, &page, &box[0], &box[1], &box[2], &box[3], &size);
  if (!check_box (box, size, error))
    return NULL;
  if (revision != document->revision) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_CONFLICT, "%s: is revision %u, not %u: look at it again", document->id,
                 document->revision, revision);
    return NULL;
  }
  record = sohoa_desk_load_record (document, error);
  if (record == NULL || (record->original && (inputs = sohoa_desk_open_inputs (desk, document, NULL, error)) == NULL))
    return NULL;
  folder = sohoa_desk_dup_folder (desk, document->id);
  if (!sohoa_pipeline_preview (desk->pool, inputs != NULL ? inputs->plan : NULL, folder, page, 0,
                               box[2] > 0 && box[3] > 0 ? box : NULL, size, NULL, &preview, error))
    return NULL;
  handle = sohoa_bus_give_fd (call, sohoa_fd_steal (&preview.fd), error);
  return handle >= 0 ? g_variant_new ("(huuu)", handle, preview.width, preview.height, preview.stride) : NULL;
}

static GVariant *
get_document_file (SohoaBusCall *call, GError **error)
{
  g_autoptr(SohoaStoreDocument) document = sohoa_bus_find (call, error);
  const SohoaStoreFile *file;
  g_autofree char *path = NULL;
  gint32 handle;
  int fd;

  if (document == NULL || !check_open (document, error))
    return NULL;
  file = sohoa_desk_peek_pdf (document);
  if (file == NULL) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_NOT_FOUND, "%s: is %s: there is no signed file yet", document->id,
                 sohoa_state_to_string (document->state));
    return NULL;
  }
  path = g_build_filename (call->service->desk->spool_dir, file->path, NULL);
  fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) {
    g_set_error (error, SOHOA_STORE_ERROR, SOHOA_STORE_ERROR_CORRUPT, "%s: %s: restore the spool", file->path, g_strerror (errno));
    return NULL;
  }
  handle = sohoa_bus_give_fd (call, fd, error);
  return handle >= 0 ? g_variant_new ("(hs)", handle, file->sha256) : NULL;
}

/* Code of the newest receipt that has one; borrowed, "" before. */
static const char *
code_of_receipts (GPtrArray *receipts)
{
  for (guint i = 0; i < receipts->len; i++)
    if (((SohoaStoreReceipt *) receipts->pdata[i])->server_id[0] != '\0')
      return ((SohoaStoreReceipt *) receipts->pdata[i])->server_id;
  return "";
}

static GVariant *
get_archive_record (SohoaBusCall *call, GError **error)
{
  SohoaDesk *desk = call->service->desk;
  g_autoptr(SohoaStoreDocument) document = sohoa_bus_find (call, error);
  g_autoptr(GPtrArray) receipts = NULL;
  g_autoptr(SohoaRecord) record = NULL;
  g_auto(GStrv) missing = NULL;
  g_autofree char *json = NULL;

  if (document == NULL || !check_open (document, error)
      || (receipts = sohoa_store_list_receipts (desk->store, document->id, error)) == NULL
      || (record = sohoa_desk_load_record (document, error)) == NULL)
    return NULL;
  g_free (record->id);
  record->id = g_strdup (document->id);
  json = sohoa_archive_to_json (record, code_of_receipts (receipts), &missing, error);
  return json != NULL ? g_variant_new ("(s^as)", json, missing) : NULL;
}

/* The newest receipt with the answer as received. */
static GVariant *
get_receipt (SohoaBusCall *call, GError **error)
{
  SohoaDesk *desk = call->service->desk;
  g_autoptr(SohoaStoreDocument) document = sohoa_bus_find (call, error);
  g_autoptr(GPtrArray) receipts = document != NULL ? sohoa_store_list_receipts (desk->store, document->id, error) : NULL;
  g_autoptr(JsonBuilder) b = json_builder_new ();
  g_autoptr(JsonNode) root = NULL;
  g_autofree char *json = NULL;

  if (receipts == NULL)
    return NULL;
  if (receipts->len == 0)
    return g_variant_new ("(s)", "");
  json_builder_begin_object (b);
  for (guint i = 0; i < receipts->len; i++) {
    const SohoaStoreReceipt *r = g_ptr_array_index (receipts, i);
    g_autofree char *time = sohoa_time_to_iso (r->time_us);
    const char *words[][2] = { { "target", r->target }, { "documentId", r->server_id },
                               { "arrivalNumber", r->arrival_number }, { "status", r->status }, { "time", time } };

    for (guint k = 0; k < G_N_ELEMENTS (words); k++)
      if (words[k][1][0] != '\0' || i == 0) {
        json_builder_set_member_name (b, words[k][0]);
        json_builder_add_string_value (b, words[k][1]);
      }
  }
  json_builder_set_member_name (b, "key");
  json_builder_add_string_value (b, ((SohoaStoreReceipt *) g_ptr_array_index (receipts, 0))->key);
  json_builder_set_member_name (b, "statuses");
  json_builder_begin_array (b);
  for (guint i = 0; i < receipts->len; i++)
    json_builder_add_string_value (b, ((SohoaStoreReceipt *) g_ptr_array_index (receipts, i))->status);
  json_builder_end_array (b);
  json_builder_end_object (b);
  root = json_builder_get_root (b);
  json = json_to_string (root, TRUE);
  return g_variant_new ("(s)", json);
}

static GVariant *
get_events (SohoaBusCall *call, GError **error)
{
  g_autoptr(SohoaStoreDocument) document = sohoa_bus_find (call, error);
  g_autoptr(GPtrArray) events
    = document != NULL ? sohoa_store_list_events (call->service->desk->store, document->id, error) : NULL;
  GVariantBuilder b;

  if (events == NULL)
    return NULL;
  g_variant_builder_init (&b, G_VARIANT_TYPE ("a(txssss)"));
  for (guint i = 0; i < events->len; i++) {
    const SohoaStoreEvent *e = g_ptr_array_index (events, i);
    g_autofree char *kind = g_str_equal (e->from, e->to) ? g_strdup (e->kind) : g_strdup_printf ("%s %s→%s", e->kind, e->from, e->to);

    g_variant_builder_add (&b, "(txssss)", e->seq, e->time_us, e->actor, kind, e->details != NULL ? e->details : "", e->hash);
  }
  return g_variant_new ("(a(txssss))", &b);
}

static GVariant *
get_changes_since (SohoaBusCall *call, GError **error)
{
  g_autoptr(GArray) rows = NULL;
  GVariantBuilder b;
  guint64 last;

  g_variant_get (call->parameters, "(t)", &last);
  rows = sohoa_store_changes_since (call->service->desk->store, last, CHANGES_MAX, error);
  if (rows == NULL)
    return NULL;
  g_variant_builder_init (&b, G_VARIANT_TYPE ("a(tsus)"));
  for (guint i = 0; i < rows->len; i++) {
    const SohoaStoreFeedRow *row = &g_array_index (rows, SohoaStoreFeedRow, i);

    last = row->sequence;
    g_variant_builder_add (&b, "(tsus)", row->sequence, row->id, row->revision, sohoa_state_to_string (row->state));
  }
  return g_variant_new ("(ta(tsus))", last, &b);
}

static GVariant *
get_register (SohoaBusCall *call, GError **error)
{
  SohoaDesk *desk = call->service->desk;
  g_autoptr(GPtrArray) rows = NULL;
  GVariantBuilder b;
  const char *book;
  gint32 year;

  g_variant_get (call->parameters, "(i&s)", &year, &book);
  if (!sohoa_bus_check_book (call, book, error))
    return NULL;
  rows = sohoa_store_list_register (desk->store, desk->conf->agency_id, year, book[0] != '\0' ? book : NULL, error);
  if (rows == NULL)
    return NULL;
  g_variant_builder_init (&b, G_VARIANT_TYPE ("a(tssbs)"));
  for (guint i = 0; i < rows->len; i++) {
    const SohoaStoreRegisterRow *row = g_ptr_array_index (rows, i);
    g_autofree char *day = sohoa_time_to_day (row->time_us);

    g_variant_builder_add (&b, "(tssbs)", row->number, row->id, day, row->is_void, row->reason);
  }
  return g_variant_new ("(a(tssbs))", &b);
}

static gboolean
audit_one (SohoaStore *store, const char *id, GVariantBuilder *b, GError **error)
{
  guint64 bad = 0;

  if (!sohoa_store_verify_chain (store, id, &bad, error))
    return FALSE;
  if (bad != 0) {
    g_autofree char *text = g_strdup_printf ("%s: event %" G_GUINT64_FORMAT " is not what was written", id, bad);

    g_variant_builder_add (b, "s", text);
  }
  return TRUE;
}

static GVariant *
verify_audit (SohoaBusCall *call, GError **error)
{
  SohoaStore *store = call->service->desk->store;
  SohoaStoreQuery query = { 0 };
  g_auto(GVariantBuilder) b = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_STRING_ARRAY);
  g_autofree char *cursor = NULL;
  const char *id;

  g_variant_get (call->parameters, "(&s)", &id);
  if (id[0] != '\0')
    return audit_one (store, id, &b, error) ? g_variant_new ("(as)", &b) : NULL;
  do {
    g_autofree char *next = NULL;
    g_autoptr(GPtrArray) rows = NULL;

    query.cursor = cursor;
    rows = sohoa_store_list (store, &query, &next, error);
    if (rows == NULL)
      return NULL;
    for (guint i = 0; i < rows->len; i++)
      if (!audit_one (store, ((SohoaStoreDocument *) g_ptr_array_index (rows, i))->id, &b, error))
        return NULL;
    g_free (cursor);
    cursor = g_steal_pointer (&next);
  } while (cursor != NULL);
  return g_variant_new ("(as)", &b);
}

const SohoaBusRow sohoa_bus_reads[] = {
  { "GetMessages", NULL, sohoa_bus_get_messages },
  { "GetDuplicates", NULL, sohoa_bus_get_duplicates },
  { "List", NULL, list },
  { "Get", NULL, get },
  { "GetForm", NULL, get_form },
  { "GetText", NULL, get_text },
  { "GetPageImage", NULL, get_page_image },
  { "GetDocumentFile", NULL, get_document_file },
  { "GetReceipt", NULL, get_receipt },
  { "GetArchiveRecord", NULL, get_archive_record },
  { "GetEvents", NULL, get_events },
  { "GetChangesSince", NULL, get_changes_since },
  { "GetRegister", NULL, get_register },
  { "ListBooks", NULL, sohoa_bus_list_books },
  { "GetRegisterRows", NULL, sohoa_bus_get_register_rows },
  { "VerifyAudit", SOHOA_ACTION_ADMINISTER, verify_audit },
  { NULL, NULL, NULL },
};
