/* What is told of batches: their list, their pages, the change feed. */
#include "sohoa-batches-private.h"

#include <string.h>

#define LIST_MAX 200u

/* Pages that will be cleared without anybody's help. */
static guint
count_pending (const SohoaBatch *batch)
{
  guint n = 0;

  for (guint i = 0; i < batch->pages->len && batch->state != SOHOA_BATCH_HELD; i++) {
    const SohoaBatchPage *page = g_ptr_array_index (batch->pages, i);

    n += page->state == SOHOA_BATCH_PAGE_SEALED && page->sealed && (batch->put_back == 0 || page->sheet < batch->put_back);
  }
  return n;
}

static GVariant *
describe (const SohoaBatchRun *run)
{
  const SohoaBatch *batch = run->batch;
  SohoaBatchCount count;
  GVariantBuilder documents;
  GVariantDict d;

  sohoa_batch_count (batch, &count);
  g_variant_builder_init (&documents, G_VARIANT_TYPE ("as"));
  for (guint i = 0; i < batch->documents->len; i++) {
    const SohoaBatchDocument *document = g_ptr_array_index (batch->documents, i);

    if (document->pages > 0)
      g_variant_builder_add (&documents, "s", document->id);
  }
  g_variant_dict_init (&d, NULL);
  g_variant_dict_insert (&d, "state", "s", sohoa_batch_state_to_string (batch->state));
  g_variant_dict_insert (&d, "error", "s", batch->error_name);
  g_variant_dict_insert (&d, "message", "s", batch->message);
  g_variant_dict_insert (&d, "device", "s", batch->device);
  g_variant_dict_insert (&d, "profile", "s", batch->profile->name != NULL ? batch->profile->name : "");
  g_variant_dict_insert (&d, "created", "x", batch->created_us);
  g_variant_dict_insert (&d, "feeding", "b", run->session != NULL);
  g_variant_dict_insert (&d, "put-back", "u", batch->put_back);
  g_variant_dict_insert (&d, "expected", "u", batch->expected);
  g_variant_dict_insert (&d, "sheets", "u", batch->sheets);
  g_variant_dict_insert (&d, "sides", "u", batch->sides);
  g_variant_dict_insert (&d, "again", "u", batch->singles);
  g_variant_dict_insert (&d, "images", "u", count.images);
  g_variant_dict_insert (&d, "kept", "u", count.kept);
  g_variant_dict_insert (&d, "blank", "u", count.blank);
  g_variant_dict_insert (&d, "separators", "u", count.separators);
  g_variant_dict_insert (&d, "rejected", "u", count.rejected);
  g_variant_dict_insert (&d, "sealed", "u", count.sealed);
  g_variant_dict_insert (&d, "pending", "u", count_pending (batch));
  g_variant_dict_insert_value (&d, "documents", g_variant_builder_end (&documents));
  g_variant_dict_insert_value (&d, "messages", sohoa_batch_messages (batch));
  return g_variant_dict_end (&d);
}

GVariant *
sohoa_batches_describe (SohoaBatches *self, const char *id, GError **error)
{
  SohoaBatchRun *run = sohoa_batches_find_run (self, id, error);
  GVariant *result;

  if (run == NULL)
    return NULL;
  g_mutex_lock (&run->lock);
  result = describe (run);
  g_mutex_unlock (&run->lock);
  return result;
}

static GVariant *
describe_page (const SohoaBatch *batch, const SohoaBatchPage *page)
{
  GVariantDict d;

  g_variant_dict_init (&d, NULL);
  g_variant_dict_insert (&d, "page", "u", page->number);
  g_variant_dict_insert (&d, "sheet", "u", page->sheet);
  g_variant_dict_insert (&d, "side", "s", page->back ? "back" : "front");
  g_variant_dict_insert (&d, "state", "s", sohoa_batch_page_state_to_string (page->state));
  g_variant_dict_insert (&d, "replaces", "u", page->replaces);
  g_variant_dict_insert (&d, "starts-document", "b", page->break_before);
  if (page->state != SOHOA_BATCH_PAGE_SEALED) { /* nothing is told of a page that was not cleared */
    g_variant_dict_insert (&d, "sha256", "s", page->sha256);
    g_variant_dict_insert (&d, "bytes", "t", page->bytes);
    g_variant_dict_insert (&d, "blank", "b", page->blank);
    g_variant_dict_insert (&d, "read", "b", page->read);
    g_variant_dict_insert (&d, "ask", "b", sohoa_batch_page_asks (batch, page));
    g_variant_dict_insert (&d, "flags", "^as", page->flags);
    g_variant_dict_insert (&d, "document", "u", page->document);
  }
  return g_variant_dict_end (&d);
}

GVariant *
sohoa_batches_describe_pages (SohoaBatches *self, const char *id, guint from, guint limit, GError **error)
{
  SohoaBatchRun *run = sohoa_batches_find_run (self, id, error);
  GVariantBuilder b;

  if (run == NULL)
    return NULL;
  g_variant_builder_init (&b, G_VARIANT_TYPE ("aa{sv}"));
  g_mutex_lock (&run->lock);
  for (guint i = from; i < run->batch->pages->len && i - from < MIN (limit, LIST_MAX); i++)
    g_variant_builder_add_value (&b, describe_page (run->batch, g_ptr_array_index (run->batch->pages, i)));
  g_mutex_unlock (&run->lock);
  return g_variant_builder_end (&b);
}

GVariant *
sohoa_batches_list (SohoaBatches *self, const char *cursor, guint limit, char **next_out)
{
  g_autoptr(GPtrArray) runs = g_ptr_array_new ();
  GVariantBuilder b;
  const char *last = "";
  guint n = 0;

  *next_out = g_strdup ("");
  g_mutex_lock (&self->lock);
  for (guint i = self->runs->len; i-- > 0;)
    g_ptr_array_add (runs, g_ptr_array_index (self->runs, i));
  g_mutex_unlock (&self->lock);
  g_variant_builder_init (&b, G_VARIANT_TYPE ("a(sa{sv})"));
  for (guint i = 0; i < runs->len; i++) {
    SohoaBatchRun *run = g_ptr_array_index (runs, i);

    if (cursor[0] != '\0' && strcmp (run->batch->id, cursor) >= 0)
      continue;
    if (n++ == CLAMP (limit, 1, LIST_MAX)) {
      g_free (*next_out);
      *next_out = g_strdup (last);
      break;
    }
    g_mutex_lock (&run->lock);
    g_variant_builder_add (&b, "(s@a{sv})", run->batch->id, describe (run));
    g_mutex_unlock (&run->lock);
    last = run->batch->id;
  }
  return g_variant_builder_end (&b);
}

GVariant *
sohoa_batches_changes_since (SohoaBatches *self, guint64 sequence, guint limit, gboolean *complete_out)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  guint64 oldest = self->changes->len > 0 ? g_array_index (self->changes, SohoaBatchChange, 0).sequence : self->sequence + 1;
  GVariantBuilder b;
  guint n = 0;

  *complete_out = sequence + 1 >= oldest;
  g_variant_builder_init (&b, G_VARIANT_TYPE ("a(tsus)"));
  for (guint i = 0; i < self->changes->len && n < MIN (limit, SOHOA_BATCH_CHANGES_KEPT); i++) {
    const SohoaBatchChange *change = &g_array_index (self->changes, SohoaBatchChange, i);

    if (change->sequence <= sequence)
      continue;
    g_variant_builder_add (&b, "(tsus)", change->sequence, change->batch, change->page, change->state);
    n++;
  }
  return g_variant_builder_end (&b);
}
