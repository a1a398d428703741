/* The rules that every backend shares: who may change what, and what the event of it says. Pure: no
 * storage in here. */
#include "sohoa-store-backend.h"

#include "sohoa-file.h"
#include "sohoa-record.h"
#include "sohoa-text.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define SALT_BYTES 16
#define EVENT_FORM "sohoa.event/1" /* first member of what is hashed: a new form gets a new name */

gboolean
sohoa_store_fail_not_found (const char *what, const char *name, GError **error)
{
  g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_NOT_FOUND, "%s %s: not in the store", what, name);
  return FALSE;
}

gboolean
sohoa_store_fail_conflict (const char *what, const char *why, const char *to_do, GError **error)
{
  g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_CONFLICT, "%s: %s: %s", what, why, to_do);
  return FALSE;
}

gboolean
sohoa_store_rules_wipes (const SohoaStoreChange *change)
{
  return (change->flags & (SOHOA_STORE_CHANGE_SECRECY | SOHOA_STORE_CHANGE_PURGE)) != 0;
}

const char *
sohoa_store_rules_void_reason (const SohoaStoreChange *change)
{
  if (change->void_number_reason != NULL)
    return change->void_number_reason;
  if (change->moves && (change->to == SOHOA_STATE_CANCELLED || change->to == SOHOA_STATE_RETURNED))
    return change->reason != NULL ? change->reason : sohoa_state_to_string (change->to);
  return NULL;
}

gboolean
sohoa_store_rules_check_fence (const SohoaStoreDocument *document, guint64 fence, GError **error)
{
  if (fence == 0 || fence == document->fence)
    return TRUE;
  g_set_error (error, SOHOA_STORE_ERROR, SOHOA_STORE_ERROR_LEASE_LOST,
               "document %s: the claim is over: drop the work", document->id);
  return FALSE;
}

/* ---- the record ---- */

static char *
fields_to_json (const SohoaRecord *record)
{
  g_autoptr(JsonBuilder) b = json_builder_new ();
  g_autoptr(JsonNode) root = NULL;

  json_builder_begin_object (b);
  for (guint i = 0; record != NULL && i < record->fields->len; i++) {
    const SohoaField *field = g_ptr_array_index (record->fields, i);

    json_builder_set_member_name (b, field->key);
    json_builder_add_string_value (b, field->value);
  }
  json_builder_end_object (b);
  root = json_builder_get_root (b);
  return json_to_string (root, FALSE);
}

static gboolean
take_record (SohoaStoreDocument *document, const char *json, GError **error)
{
  g_autoptr(SohoaRecord) record = sohoa_record_from_json (json, -1, error);
  const char *priority;

  if (record == NULL)
    return FALSE;
  if (record->secrecy != NULL && record->secrecy[0] != '\0') {
    g_set_error (error, SOHOA_GATE_ERROR, SOHOA_GATE_ERROR_SECRET,
                 "document %s: suspected secrecy mark: its record is not stored", document->id);
    return FALSE;
  }
  priority = sohoa_record_value (record, "Priority");
  if (priority[0] >= '0' && priority[0] <= '4' && priority[1] == '\0')
    document->priority = priority[0] - '0';
  g_free (document->record_json);
  document->record_json = g_strdup (json);
  g_free (document->fields_json);
  document->fields_json = fields_to_json (record);
  return TRUE;
}

gboolean
sohoa_store_rules_present (SohoaStoreDocument *document, GError **error)
{
  g_autoptr(SohoaRecord) record = NULL;

  if (document->record_json == NULL)
    record = sohoa_record_new ();
  else
    record = sohoa_record_from_json (document->record_json, -1, error);
  if (record == NULL) {
    g_prefix_error (error, "document %s: stored record: ", document->id);
    return FALSE;
  }
  g_free (record->id);
  record->id = g_strdup (document->id);
  g_free (record->state);
  record->state = g_strdup (sohoa_state_to_string (document->state));
  record->revision = document->revision;
  g_free (document->record_json);
  document->record_json = sohoa_record_to_json (record, FALSE);
  return TRUE;
}

/* ---- applying ---- */

SohoaStoreDocument *
sohoa_store_rules_begin (const SohoaStoreNewDocument *new_document, GError **error)
{
  g_autoptr(SohoaStoreDocument) document = g_new0 (SohoaStoreDocument, 1);

  document->id = g_strdup (new_document->id);
  document->state = SOHOA_STATE_CAPTURED;
  document->revision = 1;
  document->priority = new_document->priority;
  document->created_us = document->updated_us = new_document->now_us;
  document->not_before_us = new_document->not_before_us;
  document->fields_json = g_strdup ("{}");
  document->worker = g_strdup ("");
  document->error_name = g_strdup ("");
  document->error_class = g_strdup ("");
  document->error_message = g_strdup ("");
  document->event_head = g_strdup (SOHOA_STORE_HASH_ZERO);
  if (new_document->record_json != NULL && !take_record (document, new_document->record_json, error))
    return NULL;
  return g_steal_pointer (&document);
}

static void
set_failure (SohoaStoreDocument *document, const GError *failure)
{
  g_free (document->error_name);
  g_free (document->error_class);
  g_free (document->error_message);
  document->error_name = g_strdup (failure != NULL ? sohoa_error_name (failure) : "");
  document->error_class = g_strdup (failure != NULL ? sohoa_error_class_to_string (sohoa_error_class (failure)) : "");
  document->error_message = g_strdup (failure != NULL ? failure->message : "");
}

static void
wipe (SohoaStoreDocument *document)
{
  g_clear_pointer (&document->record_json, g_free);
  g_free (document->fields_json);
  document->fields_json = g_strdup ("{}");
  set_failure (document, NULL);
}

static gboolean
check_move (const SohoaStoreDocument *document, const SohoaStoreChange *change, GError **error)
{
  if (change->expected_revision != 0 && change->expected_revision != document->revision) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_CONFLICT,
                 "document %s: revision %u is not %u: read it again", document->id,
                 change->expected_revision, document->revision);
    return FALSE;
  }
  if (!sohoa_store_rules_check_fence (document, change->fence, error))
    return FALSE;
  if (!change->moves || sohoa_state_may_move (document->state, change->to))
    return TRUE;
  g_set_error (error, SOHOA_STORE_ERROR, SOHOA_STORE_ERROR_ILLEGAL_MOVE,
               "document %s: cannot go from %s to %s: choose another step", document->id,
               sohoa_state_to_string (document->state), sohoa_state_to_string (change->to));
  return FALSE;
}

gboolean
sohoa_store_rules_apply (SohoaStoreDocument *document, const SohoaStoreChange *change, GError **error)
{
  gboolean wipes = sohoa_store_rules_wipes (change);

  if (!check_move (document, change, error))
    return FALSE;
  if (change->record_json != NULL && !take_record (document, change->record_json, error))
    return FALSE;
  if ((change->flags & SOHOA_STORE_CHANGE_KEEP_CLAIM) == 0) {
    document->fence = 0;
    document->lease_until_us = 0;
    g_free (document->worker);
    document->worker = g_strdup ("");
    document->not_before_us = change->not_before_us;
  }
  if (change->moves)
    document->state = change->to;
  if (change->moves || (change->flags & SOHOA_STORE_CHANGE_MENDED) != 0) {
    document->attempts = 0;
    set_failure (document, NULL);
  }
  if (change->failure != NULL)
    set_failure (document, change->failure);
  if (wipes)
    wipe (document);
  if (change->moves || change->record_json != NULL || wipes)
    document->revision++;
  document->updated_us = change->now_us;
  return TRUE;
}

/* ---- events ---- */

static void
add_member (JsonBuilder *b, const char *name, const char *value)
{
  if (value == NULL || value[0] == '\0')
    return;
  json_builder_set_member_name (b, name);
  json_builder_add_string_value (b, value);
}

static void
add_number (JsonBuilder *b, const SohoaStoreNumber *n, guint64 number)
{
  json_builder_set_member_name (b, "number");
  json_builder_begin_object (b);
  add_member (b, "agency", n->agency);
  json_builder_set_member_name (b, "year");
  json_builder_add_int_value (b, n->year);
  add_member (b, "book", n->book);
  add_member (b, "source", n->source);
  json_builder_set_member_name (b, "number");
  json_builder_add_int_value (b, (gint64) number);
  json_builder_end_object (b);
}

static void
add_answer (JsonBuilder *b, const SohoaStoreAnswer *a)
{
  json_builder_set_member_name (b, "answer");
  json_builder_begin_object (b);
  add_member (b, "key", a->key);
  add_member (b, "status", a->status);
  add_member (b, "server_id", a->server_id);
  add_member (b, "arrival_number", a->arrival_number);
  add_member (b, "message", a->message);
  json_builder_end_object (b);
}

/* What a person may read about the change, NULL when there is nothing to say. */
static char *
details_of (const SohoaStoreChange *c, guint64 number)
{
  g_autoptr(JsonBuilder) b = json_builder_new ();
  g_autoptr(JsonNode) root = NULL;

  if (sohoa_store_rules_wipes (c))
    return NULL;
  json_builder_begin_object (b);
  add_member (b, "reason", c->reason);
  if (c->failure != NULL) {
    add_member (b, "error", sohoa_error_name (c->failure));
    add_member (b, "message", c->failure->message);
  }
  if (c->record_json != NULL) {
    g_autofree char *digest = sohoa_bytes_sha256 (c->record_json, strlen (c->record_json));
    add_member (b, "record_sha256", digest);
  }
  if (c->text != NULL) {
    g_autofree char *digest = sohoa_bytes_sha256 (c->text, strlen (c->text));
    add_member (b, "text_sha256", digest);
  }
  if (c->number != NULL)
    add_number (b, c->number, number);
  add_member (b, "void_number_reason", c->void_number_reason);
  if (c->parcel != NULL) {
    add_member (b, "outbox_key", c->parcel->key);
    add_member (b, "payload_sha256", c->parcel->payload_sha256);
  }
  if (c->answer != NULL)
    add_answer (b, c->answer);
  for (guint i = 0; c->files != NULL && i < c->files->len; i++) {
    const SohoaStoreFile *file = g_ptr_array_index (c->files, i);
    g_autofree char *name = g_strdup_printf ("file %s %s", file->role, file->name);
    add_member (b, name, file->path == NULL ? "removed" : file->sha256);
  }
  json_builder_end_object (b);
  root = json_builder_get_root (b);
  if (json_object_get_size (json_node_get_object (root)) == 0)
    return NULL;
  return json_to_string (root, FALSE);
}

static char *
new_salt (void)
{
  guint32 words[SALT_BYTES / 4];
  GString *hex = g_string_new (NULL);
  SOHOA_AUTO_FD int fd = open ("/dev/urandom", O_RDONLY | O_CLOEXEC);

  /* Without the device the salt comes from GLib's generator: weaker, never absent. */
  if (fd < 0 || read (fd, words, sizeof words) != (ssize_t) sizeof words)
    for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
      words[i] = g_random_int ();
  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    g_string_append_printf (hex, "%08x", words[i]);
  return g_string_free (hex, FALSE);
}

static char *
digest_details (const char *salt, const char *details)
{
  g_autofree char *salted = g_strconcat (salt, "\n", details, NULL);

  return sohoa_bytes_sha256 (salted, strlen (salted));
}

/* Netstrings ("5:actor,") joined, so that no two events have the same bytes. */
static char *
event_hash (const char *id, const SohoaStoreEvent *e)
{
  g_autofree char *seq = g_strdup_printf ("%" G_GUINT64_FORMAT, e->seq);
  g_autofree char *time = g_strdup_printf ("%" G_GINT64_FORMAT, e->time_us);
  g_autofree char *revision = g_strdup_printf ("%u", e->revision);
  const char *parts[] = { EVENT_FORM, e->prev, id, seq, time, e->actor, e->kind, e->from, e->to, revision,
                          e->details_digest };
  g_autoptr(GString) bytes = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    g_string_append_printf (bytes, "%zu:%s,", strlen (parts[i]), parts[i]);
  return sohoa_bytes_sha256 (bytes->str, bytes->len);
}

static const char *
default_kind (const SohoaStoreChange *c, gboolean first)
{
  if (sohoa_store_rules_wipes (c))
    return (c->flags & SOHOA_STORE_CHANGE_PURGE) != 0 ? "purge" : "secrecy-hold";
  if (c->kind != NULL && c->kind[0] != '\0')
    return c->kind;
  if (first)
    return "added";
  if (c->failure != NULL)
    return "failure";
  return c->moves ? "move" : c->record_json != NULL ? "record" : "note";
}

SohoaStoreEvent *
sohoa_store_rules_seal (SohoaStoreDocument *document, const SohoaStoreChange *change, const char *from,
                        guint64 number)
{
  SohoaStoreEvent *event = g_new0 (SohoaStoreEvent, 1);

  event->seq = ++document->event_count;
  event->time_us = change->now_us;
  event->actor = g_strdup (change->actor);
  event->kind = g_strdup (default_kind (change, from == NULL));
  event->from = g_strdup (from != NULL ? from : "");
  event->to = g_strdup (sohoa_state_to_string (document->state));
  event->revision = document->revision;
  event->details = details_of (change, number);
  if (event->details != NULL) {
    event->salt = new_salt ();
    event->details_digest = digest_details (event->salt, event->details);
  } else {
    event->details_digest = g_strdup ("");
  }
  event->prev = g_strdup (document->event_head);
  event->hash = event_hash (document->id, event);
  g_free (document->event_head);
  document->event_head = g_strdup (event->hash);
  return event;
}

static gboolean
event_is_good (const char *id, const SohoaStoreEvent *e, guint64 seq, const char *prev)
{
  g_autofree char *hash = NULL;

  if (e->seq != seq || g_strcmp0 (e->prev, prev) != 0)
    return FALSE;
  hash = event_hash (id, e);
  if (g_strcmp0 (hash, e->hash) != 0)
    return FALSE;
  if (e->details != NULL) {
    g_autofree char *digest = digest_details (e->salt != NULL ? e->salt : "", e->details);

    return g_strcmp0 (digest, e->details_digest) == 0;
  }
  return TRUE;
}

guint64
sohoa_store_rules_verify (const SohoaStoreDocument *document, const GPtrArray *events)
{
  const char *prev = SOHOA_STORE_HASH_ZERO;
  const SohoaStoreEvent *last = NULL;

  for (guint i = 0; i < events->len; i++) {
    last = g_ptr_array_index (events, i);
    if (!event_is_good (document->id, last, i + 1, prev))
      return i + 1;
    prev = last->hash;
  }
  if (last == NULL || events->len != document->event_count || g_strcmp0 (prev, document->event_head) != 0
      || last->revision != document->revision
      || g_strcmp0 (last->to, sohoa_state_to_string (document->state)) != 0)
    return events->len + 1;
  return 0;
}

/* ---- tokens ---- */

char *
sohoa_store_rules_digest_change (const SohoaStoreChange *c)
{
  g_autofree char *text = g_strdup_printf ("change\n%s\n%d\n%d\n%u\n%s", c->id, c->moves,
                                           c->moves ? (int) c->to : -1,
                                           (guint) c->flags, c->record_json != NULL ? c->record_json : "");

  return sohoa_bytes_sha256 (text, strlen (text));
}

/* A repeated call may come with a fresh id: the token alone stands for the document. */
char *
sohoa_store_rules_digest_add (const SohoaStoreNewDocument *document)
{
  return sohoa_bytes_sha256 ("add", 3);
}

/* ---- search ---- */

static void
append_words (GString *out, const char *text)
{
  g_autofree char *folded = sohoa_text_fold (text);
  gboolean gap = TRUE;

  for (const char *p = folded; *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);

    if (!g_unichar_isalnum (c)) {
      gap = TRUE;
      continue;
    }
    if (gap)
      g_string_append_c (out, ' ');
    gap = FALSE;
    g_string_append_unichar (out, c);
  }
}

char *
sohoa_store_search_body (const char *fields_json, const char *text)
{
  g_autoptr(JsonNode) root = json_from_string (fields_json != NULL ? fields_json : "{}", NULL);
  GString *out = g_string_new (NULL);

  if (root != NULL && JSON_NODE_HOLDS_OBJECT (root)) {
    JsonObjectIter iter;
    JsonNode *node;

    /* a citizen's letter is not for everybody's search */
    if (sohoa_type_is_petition (json_object_get_string_member_with_default (json_node_get_object (root), "TypeName", "")))
      return g_string_free (out, FALSE);
    /* "152/SNV-VP" is looked for as one, in whatever order the fields came */
    append_words (out, json_object_get_string_member_with_default (json_node_get_object (root), "CodeNumber", ""));
    append_words (out, json_object_get_string_member_with_default (json_node_get_object (root), "CodeNotation", ""));
    json_object_iter_init (&iter, json_node_get_object (root));
    while (json_object_iter_next (&iter, NULL, &node))
      append_words (out, json_node_get_string (node));
  }
  if (text != NULL)
    append_words (out, text);
  if (out->len > 0)
    g_string_append_c (out, ' ');
  return g_string_free (out, FALSE);
}

char **
sohoa_store_search_phrases (const char *query)
{
  g_auto(GStrv) chunks = g_strsplit_set (query, " \t\n", -1);
  g_autoptr(GStrvBuilder) out = g_strv_builder_new ();

  for (guint i = 0; chunks[i] != NULL; i++) {
    g_autoptr(GString) words = g_string_new (NULL);

    append_words (words, chunks[i]);
    if (words->len > 1)
      g_strv_builder_add (out, words->str + 1);
  }
  return g_strv_builder_end (out);
}

/* ---- cursors ---- */

char *
sohoa_store_cursor_new (const SohoaStoreDocument *document)
{
  return g_strdup_printf ("%" G_GINT64_FORMAT ":%s", document->created_us, document->id);
}

gboolean
sohoa_store_cursor_parse (const char *cursor, gint64 *created_us, const char **id, GError **error)
{
  char *end = NULL;

  *created_us = g_ascii_strtoll (cursor, &end, 10);
  *id = NULL;
  if (end != cursor && *end == ':' && sohoa_id_is_valid (end + 1)) {
    *id = end + 1;
    return TRUE;
  }
  g_set_error_literal (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT,
                       "cursor: not one of ours: start again");
  return FALSE;
}
