/* The memory backend: registers, outbox, receipts and events as copies. */
#include "sohoa-store-memory-private.h"

#include <string.h>

static gint
by_number (gconstpointer a, gconstpointer b)
{
  const SohoaStoreRegisterRow *x = *(SohoaStoreRegisterRow *const *) a,
  *y = *(SohoaStoreRegisterRow *const *) b;
  int order = strcmp (x->agency, y->agency);

  if (order == 0)
    order = x->year - y->year;
  if (order == 0)
    order = strcmp (x->book, y->book);
  return order != 0 ? order : x->number < y->number ? -1 : x->number > y->number;
}

GPtrArray *
sohoa_memory_list_register (gpointer backend, const char *agency, int year, const char *book,
                            GError **error)
{
  Memory *self = backend;
  GPtrArray *rows = g_ptr_array_new_with_free_func ((GDestroyNotify) sohoa_store_register_row_free);
  LOCK (self);

  for (guint i = 0; i < self->numbers->len; i++) {
    const SohoaStoreRegisterRow *row = g_ptr_array_index (self->numbers, i);
    const Entry *entry = g_hash_table_lookup (self->entries, row->id);
    SohoaStoreRegisterRow *copy;

    if ((agency != NULL && !g_str_equal (agency, row->agency)) || (year != 0 && year != row->year)
        || (book != NULL && !g_str_equal (book, row->book)))
      continue;
    copy = g_memdup2 (row, sizeof *row);
    copy->agency = g_strdup (row->agency);
    copy->book = g_strdup (row->book);
    copy->source = g_strdup (row->source);
    copy->id = g_strdup (row->id);
    copy->reason = g_strdup (row->reason);
    copy->fields_json = g_strdup (entry->row->fields_json);
    copy->printed = g_strdup (row->printed);
    g_ptr_array_add (rows, copy);
  }
  g_ptr_array_sort (rows, by_number);
  return rows;
}

gboolean
sohoa_memory_freeze_register (gpointer backend, const char *agency, int year, const char *book, const GPtrArray *rows,
                              gint64 now_us, GError **error)
{
  Memory *self = backend;
  LOCK (self);

  for (guint i = 0; i < rows->len; i++) {
    const SohoaStoreRegisterRow *printed = g_ptr_array_index (rows, i);

    for (guint k = 0; k < self->numbers->len; k++) {
      SohoaStoreRegisterRow *row = g_ptr_array_index (self->numbers, k);

      if (row->number == printed->number && row->year == year && g_str_equal (row->agency, agency)
          && g_str_equal (row->book, book) && row->printed == NULL)
        row->printed = g_strdup (printed->printed);
    }
  }
  return TRUE;
}

GPtrArray *
sohoa_memory_list_outbox (gpointer backend, const char *id, GError **error)
{
  Memory *self = backend;
  GPtrArray *rows = g_ptr_array_new_with_free_func ((GDestroyNotify) sohoa_store_outbox_row_free);
  LOCK (self);

  for (guint i = 0; i < self->outbox->len; i++) {
    const SohoaStoreOutboxRow *row = g_ptr_array_index (self->outbox, i);
    SohoaStoreOutboxRow *copy;

    if (id != NULL ? !g_str_equal (id, row->id) : row->state == SOHOA_STORE_PARCEL_ANSWERED)
      continue;
    copy = g_memdup2 (row, sizeof *row);
    copy->key = g_strdup (row->key);
    copy->id = g_strdup (row->id);
    copy->target = g_strdup (row->target);
    copy->payload_path = g_strdup (row->payload_path);
    copy->payload_sha256 = g_strdup (row->payload_sha256);
    copy->error_name = g_strdup (row->error_name);
    g_ptr_array_add (rows, copy);
  }
  return rows;
}

GPtrArray *
sohoa_memory_list_receipts (gpointer backend, const char *id, GError **error)
{
  Memory *self = backend;
  GPtrArray *rows = g_ptr_array_new_with_free_func ((GDestroyNotify) sohoa_store_receipt_free);
  LOCK (self);

  for (guint i = 0; i < self->receipts->len; i++) {
    const SohoaStoreReceipt *row = g_ptr_array_index (self->receipts, i);
    SohoaStoreReceipt *copy;

    if (!g_str_equal (id, row->id))
      continue;
    copy = g_memdup2 (row, sizeof *row);
    copy->key = g_strdup (row->key);
    copy->id = g_strdup (row->id);
    copy->target = g_strdup (row->target);
    copy->status = g_strdup (row->status);
    copy->server_id = g_strdup (row->server_id);
    copy->arrival_number = g_strdup (row->arrival_number);
    g_ptr_array_add (rows, copy);
  }
  return rows;
}

GPtrArray *
sohoa_memory_list_events (gpointer backend, const char *id, GError **error)
{
  Memory *self = backend;
  GPtrArray *rows = g_ptr_array_new_with_free_func ((GDestroyNotify) sohoa_store_event_free);
  const Entry *entry;
  LOCK (self);

  entry = g_hash_table_lookup (self->entries, id);
  for (guint i = 0; entry != NULL && i < entry->events->len; i++) {
    const SohoaStoreEvent *row = g_ptr_array_index (entry->events, i);
    SohoaStoreEvent *copy = g_memdup2 (row, sizeof *row);

    copy->actor = g_strdup (row->actor);
    copy->kind = g_strdup (row->kind);
    copy->from = g_strdup (row->from);
    copy->to = g_strdup (row->to);
    copy->details_digest = g_strdup (row->details_digest);
    copy->prev = g_strdup (row->prev);
    copy->hash = g_strdup (row->hash);
    copy->salt = g_strdup (row->salt);
    copy->details = g_strdup (row->details);
    g_ptr_array_add (rows, copy);
  }
  return rows;
}

/* ---- evidence of signatures ---- */

gboolean
sohoa_memory_set_evidence (gpointer backend, const SohoaStoreEvidence *evidence, GError **error)
{
  Memory *self = backend;
  SohoaStoreEvidence *copy;
  LOCK (self);

  if (evidence->due_us == 0) {
    g_hash_table_remove (self->evidence, evidence->id);
    return TRUE;
  }
  copy = g_memdup2 (evidence, sizeof *evidence);
  g_hash_table_replace (self->evidence, copy->id, copy);
  return TRUE;
}

gboolean
sohoa_memory_get_evidence (gpointer backend, const char *id, SohoaStoreEvidence *evidence_out, GError **error)
{
  Memory *self = backend;
  const SohoaStoreEvidence *row;
  LOCK (self);

  row = g_hash_table_lookup (self->evidence, id);
  if (row != NULL)
    *evidence_out = *row;
  return TRUE;
}

static gint
by_due (gconstpointer a, gconstpointer b)
{
  const SohoaStoreEvidence *x = a, *y = b;

  return x->due_us != y->due_us ? (x->due_us < y->due_us ? -1 : 1) : strcmp (x->id, y->id);
}

GArray *
sohoa_memory_list_evidence (gpointer backend, gint64 until_us, guint limit, GError **error)
{
  Memory *self = backend;
  GArray *rows = g_array_new (FALSE, TRUE, sizeof (SohoaStoreEvidence));
  GHashTableIter iter;
  gpointer row;
  LOCK (self);

  g_hash_table_iter_init (&iter, self->evidence);
  while (g_hash_table_iter_next (&iter, NULL, &row))
    if (((const SohoaStoreEvidence *) row)->due_us <= until_us)
      g_array_append_vals (rows, row, 1);
  g_array_sort (rows, by_due);
  if (rows->len > limit)
    g_array_set_size (rows, limit);
  return rows;
}
