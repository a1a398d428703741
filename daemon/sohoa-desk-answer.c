/* What the receiver's web page answered, typed back by the clerk who entered the document there ("assisted" targets). */
#include "sohoa-desk-private.h"

#include "sohoa-steps.h"
#include "sohoa-time.h"

#include <string.h>

#define ACCEPTED "03" /* domain.md 8.6 */
#define REFUSED "02"

/* One entry; the texts are borrowed from the call, "" when not given. */
typedef struct {
  const char *status, *number, *day, *book, *reason, *via;
} Entry;

static gboolean
wrong (GError **error, const char *what)
{
  g_set_error_literal (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, what);
  return FALSE;
}

/* Digits only: a register is ordered by it. */
static gboolean
is_number (const char *text)
{
  return strspn (text, "0123456789") == strlen (text) && strlen (text) <= 9 && g_ascii_strtoull (text, NULL, 10) > 0;
}

static gboolean
read_entry (GHashTable *texts, Entry *entry, GError **error)
{
  const struct { const char *name; const char **to; const char *otherwise; } rows[] = {
    { "status", &entry->status, ACCEPTED }, { "arrival-number", &entry->number, "" }, { "arrival-date", &entry->day, "" },
    { "arrival-book", &entry->book, "" },   { "reason", &entry->reason, "" },         { "via", &entry->via, "" },
  };
  guint known = 0;

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    const char *text = g_hash_table_lookup (texts, rows[i].name);

    known += text != NULL ? 1 : 0;
    *rows[i].to = text != NULL ? text : rows[i].otherwise;
  }
  if (known != g_hash_table_size (texts))
    return wrong (error, "options: only status, arrival-number, arrival-date, arrival-book, reason and via are known");
  if (!g_str_equal (entry->status, ACCEPTED) && !g_str_equal (entry->status, REFUSED))
    return wrong (error, "status: 03 (accepted) or 02 (refused)");
  if (g_str_equal (entry->status, REFUSED) && entry->reason[0] == '\0')
    return wrong (error, "reason: say why it was refused");
  if (entry->number[0] != '\0' && !is_number (entry->number))
    return wrong (error, "arrival-number: write the number alone, for instance 152");
  if (entry->day[0] != '\0' && !sohoa_day_is_valid (entry->day))
    return wrong (error, "arrival-date: write it as 2026-11-23");
  return TRUE;
}

static gboolean
is_assisted (SohoaDesk *self, const char *target)
{
  SohoaConnector *connector = sohoa_desk_peek_connector (self, target, NULL);

  return connector != NULL && g_str_equal (sohoa_connector_get_target (connector)->connector, "assisted");
}

gboolean
sohoa_desk_is_assisted (SohoaDesk *self, const SohoaStoreDocument *document)
{
  g_autoptr(GPtrArray) rows = sohoa_store_list_outbox (self->store, document->id, NULL);
  const SohoaStoreOutboxRow *row = rows != NULL && rows->len > 0 ? g_ptr_array_index (rows, rows->len - 1) : NULL;

  return is_assisted (self, row != NULL ? row->target : NULL);
}

/* Newest outbox row of an assisted target; FALSE with an error when there is none. */
static const SohoaTarget *
find_target (SohoaDesk *self, const SohoaStoreDocument *document, GError **error)
{
  g_autoptr(GPtrArray) rows = sohoa_store_list_outbox (self->store, document->id, error);
  const SohoaStoreOutboxRow *row = rows != NULL && rows->len > 0 ? g_ptr_array_index (rows, rows->len - 1) : NULL;

  if (rows == NULL)
    return NULL;
  if (is_assisted (self, row != NULL ? row->target : NULL))
    return sohoa_connector_get_target (sohoa_desk_peek_connector (self, row != NULL ? row->target : NULL, NULL));
  g_set_error (error, SOHOA_STORE_ERROR, SOHOA_STORE_ERROR_ILLEGAL_MOVE, "%s: its receiver is no web form", document->id);
  return NULL;
}

/* "" when it was not left there yet. g_free. */
static char *
dup_handed_file (SohoaDesk *self, const SohoaTarget *target, const char *id)
{
  g_autoptr(GPtrArray) receipts = sohoa_store_list_receipts (self->store, id, NULL);

  for (guint i = receipts != NULL ? receipts->len : 0; i > 0; i--) {
    const SohoaStoreReceipt *receipt = g_ptr_array_index (receipts, i - 1);

    if (g_str_equal (receipt->status, "01") && receipt->server_id[0] != '\0')
      return g_strdup_printf ("%s/%s.pdf", target->path, receipt->server_id);
  }
  return g_strdup ("");
}

GVariant *
sohoa_desk_get_form (SohoaDesk *self, const SohoaStoreDocument *document, char **file_out, GError **error)
{
  static const char *const usual[] = { "CodeNumber", "CodeNotation", "TypeName", "OrganName", "IssuedDate", "Subject", "FullName",
                                       "Position", "Priority", "PageAmount", "ArrivalDate", NULL };
  const SohoaTarget *target = find_target (self, document, error);
  g_autoptr(SohoaRecord) record = target != NULL ? sohoa_desk_load_record (document, error) : NULL;
  const char *const *keys;
  GVariantBuilder b;

  if (record == NULL)
    return NULL;
  keys = target->form != NULL && target->form[0] != NULL ? (const char *const *) target->form : usual;
  g_variant_builder_init (&b, G_VARIANT_TYPE ("a(ss)"));
  for (guint i = 0; keys[i] != NULL; i++)
    g_variant_builder_add (&b, "(ss)", keys[i], sohoa_record_value (record, keys[i]));
  *file_out = dup_handed_file (self, target, document->id);
  return g_variant_builder_end (&b);
}

/* The key of what an assisted target was given; g_free. */
static char *
dup_open_key (SohoaDesk *self, const char *id, GError **error)
{
  g_autoptr(GPtrArray) rows = sohoa_store_list_outbox (self->store, id, error);
  const SohoaStoreOutboxRow *row = rows != NULL && rows->len > 0 ? g_ptr_array_index (rows, rows->len - 1) : NULL;

  if (row != NULL && is_assisted (self, row->target))
    return g_strdup (row->key);
  if (rows != NULL)
    g_set_error (error, SOHOA_STORE_ERROR, SOHOA_STORE_ERROR_ILLEGAL_MOVE,
                 "%s: its receiver answers by itself: nothing is to be entered", id);
  return NULL;
}

/* The receiver's number becomes the document's, or must be the one it has. */
static gboolean
note_number (SohoaDesk *self, const SohoaDeskCall *call, const Entry *entry, SohoaRecord *record, SohoaStoreNumber *number,
             GError **error)
{
  const char *const keys[] = { "ArrivalNumber", "ArrivalDate", "ArrivalBook" };
  const char *const values[] = { entry->number, entry->day, entry->book };
  const char *given = sohoa_record_value (record, "ArrivalNumber");
  gint64 now_us = sohoa_time_now_us ();

  if (self->conf->numbers != SOHOA_NUMBERS_QLVB) {
    if (entry->number[0] == '\0' || g_ascii_strtoull (entry->number, NULL, 10) == g_ascii_strtoull (given, NULL, 10))
      return TRUE;
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_CONFLICT,
                 "%s: has số đến %s, and %s was typed: look at both, correct the one that is wrong", call->id, given,
                 entry->number);
    return FALSE;
  }
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    if (values[i][0] != '\0')
      sohoa_record_correct_field (record, keys[i], values[i], call->actor, now_us);
  number->number = g_ascii_strtoull (entry->number, NULL, 10);
  number->year = sohoa_step_arrival_year (record);
  return TRUE;
}

gboolean
sohoa_desk_enter_answer (SohoaDesk *self, const SohoaDeskCall *call, guint *revision_out, char ***doubts_out, GError **error)
{
  g_autoptr(SohoaStoreDocument) document = NULL;
  g_autoptr(SohoaRecord) record = NULL;
  g_autofree char *key = NULL;
  g_autofree char *json = NULL;
  Entry entry;
  SohoaStoreAnswer answer = { 0 };
  SohoaStoreNumber number = { .agency = self->conf->agency_id, .source = "qlvb" };
  SohoaStoreChange change = { .kind = "answer-entered", .moves = TRUE, .answer = &answer };

  if (!read_entry (call->fields, &entry, error)
      || !sohoa_desk_begin (self, call, "EnterAnswer", SOHOA_DESK_STATE (DELIVERED), "delivered to an assisted target",
                            &document, revision_out, NULL, error))
    return FALSE;
  if (document == NULL)
    return TRUE;
  key = dup_open_key (self, call->id, error);
  record = key != NULL ? sohoa_desk_load_record (document, error) : NULL;
  if (record == NULL)
    return FALSE;
  answer = (SohoaStoreAnswer){ .key = key, .status = entry.status, .server_id = entry.via, .arrival_number = entry.number,
                               .message = entry.reason };
  change.to = g_str_equal (entry.status, ACCEPTED) ? SOHOA_STATE_ACCEPTED : SOHOA_STATE_REFUSED;
  change.reason = entry.reason[0] != '\0' ? entry.reason : NULL;
  if (change.to == SOHOA_STATE_ACCEPTED) {
    number.book = entry.book[0] != '\0' ? entry.book : self->conf->book;
    if (!note_number (self, call, &entry, record, &number, error))
      return FALSE;
    json = sohoa_record_to_json (record, FALSE);
    change.record_json = json;
    change.number = number.number > 0 && number.agency[0] != '\0' ? &number : NULL;
  }
  return sohoa_desk_make_change (self, call, "EnterAnswer", &change, NULL, revision_out, error);
}
