/* The structs that the store hands out: making, copying, freeing. */
#include "sohoa-store-backend.h"

SohoaStoreFile *
sohoa_store_file_new (const char *role, const char *name, const char *path, const char *sha256, guint64 bytes)
{
  SohoaStoreFile *self = g_new0 (SohoaStoreFile, 1);

  self->role = g_strdup (role);
  self->name = g_strdup (name);
  self->path = g_strdup (path);
  self->sha256 = g_strdup (sha256 != NULL ? sha256 : "");
  self->bytes = bytes;
  return self;
}

void
sohoa_store_file_free (SohoaStoreFile *self)
{
  if (self == NULL)
    return;
  g_free (self->role);
  g_free (self->name);
  g_free (self->path);
  g_free (self->sha256);
  g_free (self);
}

GPtrArray *
sohoa_store_files_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) sohoa_store_file_free);
}

static gpointer
copy_file (gconstpointer source, gpointer unused)
{
  const SohoaStoreFile *file = source;

  return sohoa_store_file_new (file->role, file->name, file->path, file->sha256, file->bytes);
}

SohoaStoreDocument *
sohoa_store_document_copy (const SohoaStoreDocument *self)
{
  SohoaStoreDocument *copy = g_memdup2 (self, sizeof *self);

  copy->id = g_strdup (self->id);
  copy->record_json = g_strdup (self->record_json);
  copy->fields_json = g_strdup (self->fields_json);
  copy->worker = g_strdup (self->worker);
  copy->error_name = g_strdup (self->error_name);
  copy->error_class = g_strdup (self->error_class);
  copy->error_message = g_strdup (self->error_message);
  copy->event_head = g_strdup (self->event_head);
  copy->files = NULL;
  if (self->files != NULL)
    copy->files = g_ptr_array_copy (self->files, (GCopyFunc) copy_file, NULL);
  if (copy->files != NULL)
    g_ptr_array_set_free_func (copy->files, (GDestroyNotify) sohoa_store_file_free);
  return copy;
}

void
sohoa_store_document_free (SohoaStoreDocument *self)
{
  if (self == NULL)
    return;
  g_free (self->id);
  g_free (self->record_json);
  g_free (self->fields_json);
  g_free (self->worker);
  g_free (self->error_name);
  g_free (self->error_class);
  g_free (self->error_message);
  g_free (self->event_head);
  g_clear_pointer (&self->files, g_ptr_array_unref);
  g_free (self);
}

void
sohoa_store_claim_free (SohoaStoreClaim *self)
{
  if (self == NULL)
    return;
  g_free (self->id);
  g_free (self);
}

void
sohoa_store_register_row_free (SohoaStoreRegisterRow *self)
{
  if (self == NULL)
    return;
  g_free (self->agency);
  g_free (self->book);
  g_free (self->source);
  g_free (self->id);
  g_free (self->reason);
  g_free (self->printed);
  g_free (self->fields_json);
  g_free (self);
}

void
sohoa_store_outbox_row_free (SohoaStoreOutboxRow *self)
{
  if (self == NULL)
    return;
  g_free (self->key);
  g_free (self->id);
  g_free (self->target);
  g_free (self->payload_path);
  g_free (self->payload_sha256);
  g_free (self->error_name);
  g_free (self);
}

void
sohoa_store_receipt_free (SohoaStoreReceipt *self)
{
  if (self == NULL)
    return;
  g_free (self->key);
  g_free (self->id);
  g_free (self->target);
  g_free (self->status);
  g_free (self->server_id);
  g_free (self->arrival_number);
  g_free (self);
}

void
sohoa_store_event_free (SohoaStoreEvent *self)
{
  if (self == NULL)
    return;
  g_free (self->actor);
  g_free (self->kind);
  g_free (self->from);
  g_free (self->to);
  g_free (self->details_digest);
  g_free (self->prev);
  g_free (self->hash);
  g_free (self->salt);
  g_free (self->details);
  g_free (self);
}
