#include "sohoa-unlocks.h"

#include "sohoa-desk.h"
#include "sohoa-file.h"
#include "sohoa-time.h"

#include <string.h>

#define ARRIVAL_PREFIX "Arrival" /* ArrivalNumber, ArrivalDate, ArrivalBook, ArrivalTime: given with the number */

/* One unlock and its list. */
typedef struct {
  char        *name;   /* (owned) */
  char        *owner;  /* (owned) unique bus name */
  SohoaUnlock *unlock; /* (owned) reference */
  GHashTable  *items;  /* (owned) document id → Item */
  gint64       until_us; /* monotonic */
} Entry;

typedef struct {
  guint revision;
  char *sha256; /* (owned) */
} Item;

struct _SohoaUnlocks {
  GMutex     lock;
  GPtrArray *entries; /* (owned) (element-type Entry) newest last */
};

static void
free_item (gpointer data)
{
  g_free (((Item *) data)->sha256);
  g_free (data);
}

static void
free_entry (gpointer data)
{
  Entry *entry = data;

  sohoa_unlock_end (entry->unlock);
  sohoa_unlock_unref (entry->unlock);
  g_hash_table_unref (entry->items);
  g_free (entry->name);
  g_free (entry->owner);
  g_free (entry);
}

SohoaUnlocks *
sohoa_unlocks_new (void)
{
  SohoaUnlocks *self = g_new0 (SohoaUnlocks, 1);

  g_mutex_init (&self->lock);
  self->entries = g_ptr_array_new_with_free_func (free_entry);
  return self;
}

void
sohoa_unlocks_free (SohoaUnlocks *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->entries);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/* ---- what is shown ---- */

static int
compare_fields (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(SohoaField *const *) a)->key, (*(SohoaField *const *) b)->key);
}

char *
sohoa_unlocks_digest (const SohoaStoreDocument *document, GError **error)
{
  g_autoptr(SohoaRecord) record = sohoa_desk_load_record (document, error);
  g_autoptr(GPtrArray) fields = NULL;
  g_autoptr(GString) text = g_string_new ("sohoa.shown/1\n");

  if (record == NULL)
    return NULL;
  fields = g_ptr_array_new ();
  for (guint i = 0; i < record->fields->len; i++)
    g_ptr_array_add (fields, record->fields->pdata[i]);
  g_ptr_array_sort (fields, compare_fields);
  for (guint i = 0; i < fields->len; i++) {
    const SohoaField *field = fields->pdata[i];

    if (!g_str_has_prefix (field->key, ARRIVAL_PREFIX)) /* lengths: no value can pretend to be two */
      g_string_append_printf (text, "field %s %" G_GSIZE_FORMAT " %s\n", field->key, strlen (field->value), field->value);
  }
  for (guint i = 0; i < record->pages->len; i++) {
    const SohoaPageInfo *page = record->pages->pdata[i];

    g_string_append_printf (text, "page %u %s %u\n", page->index, page->sha256, page->rotation);
  }
  return sohoa_bytes_sha256 (text->str, text->len);
}

/* ---- the list ---- */

char *
sohoa_unlocks_add (SohoaUnlocks *self, SohoaUnlock *unlock, const SohoaUnlockItem *items, guint n_items,
                   const char *owner, guint minutes)
{
  Entry *entry = g_new0 (Entry, 1);
  char *name = sohoa_id_new (sohoa_time_now_us ());

  entry->name = g_strdup (name);
  entry->owner = g_strdup (owner);
  entry->unlock = sohoa_unlock_ref (unlock);
  entry->items = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, free_item);
  entry->until_us = g_get_monotonic_time () + (gint64) minutes * 60 * G_USEC_PER_SEC;
  for (guint i = 0; i < n_items; i++) {
    Item *item = g_new0 (Item, 1);

    item->revision = items[i].revision;
    item->sha256 = g_strdup (items[i].sha256);
    g_hash_table_replace (entry->items, g_strdup (items[i].document), item);
  }
  g_mutex_lock (&self->lock);
  g_ptr_array_add (self->entries, entry);
  g_mutex_unlock (&self->lock);
  return name;
}

/* Takes out the entries for which @ends holds; they end with the list, outside the lock: logging out takes its time. */
static GPtrArray *
take_some (SohoaUnlocks *self, gboolean (*ends) (const Entry *entry, gconstpointer data), gconstpointer data)
{
  GPtrArray *ended = g_ptr_array_new_with_free_func (free_entry);

  g_mutex_lock (&self->lock);
  for (guint i = self->entries->len; i > 0; i--)
    if (ends (self->entries->pdata[i - 1], data))
      g_ptr_array_add (ended, g_ptr_array_steal_index (self->entries, i - 1));
  g_mutex_unlock (&self->lock);
  return ended;
}

static gpointer
end_taken (gpointer data)
{
  g_ptr_array_unref (data);
  return NULL;
}

/* For the main loop, which must not wait for a token. */
static void
end_behind (GPtrArray *ended)
{
  if (ended->len > 0)
    g_thread_unref (g_thread_new ("unlock-end", end_taken, ended));
  else
    g_ptr_array_unref (ended);
}

typedef struct {
  const char *name, *owner;
} NameAndOwner;

static gboolean
is_named (const Entry *entry, gconstpointer data)
{
  const NameAndOwner *wanted = data;

  return g_str_equal (entry->name, wanted->name) && g_str_equal (entry->owner, wanted->owner);
}

static gboolean
is_owned_by (const Entry *entry, gconstpointer owner)
{
  return g_str_equal (entry->owner, owner);
}

static gboolean
is_over (const Entry *entry, gconstpointer now_us)
{
  return *(const gint64 *) now_us >= entry->until_us || !sohoa_unlock_is_alive (entry->unlock);
}

gboolean
sohoa_unlocks_end (SohoaUnlocks *self, const char *name, const char *owner, GError **error)
{
  const NameAndOwner wanted = { name, owner };
  g_autoptr(GPtrArray) ended = take_some (self, is_named, &wanted);

  if (ended->len > 0)
    return TRUE;
  g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_NOT_FOUND, "%s: you hold no such unlock: it has ended, or is another's", name);
  return FALSE;
}

void
sohoa_unlocks_drop_owner (SohoaUnlocks *self, const char *owner)
{
  end_behind (take_some (self, is_owned_by, owner));
}

void
sohoa_unlocks_expire (SohoaUnlocks *self)
{
  gint64 now_us = g_get_monotonic_time ();

  end_behind (take_some (self, is_over, &now_us));
}

/* ---- using it ---- */

/* The newest unlock that was made for exactly this; the reference is yours. */
static SohoaUnlock *
find (SohoaUnlocks *self, const char *id, const char *sha256, guint *revision_out)
{
  SohoaUnlock *found = NULL;

  g_mutex_lock (&self->lock);
  for (guint i = self->entries->len; i > 0 && found == NULL; i--) {
    const Entry *entry = self->entries->pdata[i - 1];
    const Item *item = g_hash_table_lookup (entry->items, id);

    if (item != NULL && g_str_equal (item->sha256, sha256) && g_get_monotonic_time () < entry->until_us) {
      found = sohoa_unlock_ref (entry->unlock);
      *revision_out = item->revision;
    }
  }
  g_mutex_unlock (&self->lock);
  return found;
}

SohoaSigner *
sohoa_unlocks_make_signer (SohoaUnlocks *self, const SohoaStoreDocument *document, GError **error)
{
  g_autofree char *sha256 = sohoa_unlocks_digest (document, error);
  SohoaUnlockItem item = { .document = document->id, .sha256 = sha256 };
  g_autoptr(SohoaUnlock) unlock = sha256 != NULL ? find (self, document->id, sha256, &item.revision) : NULL;

  if (sha256 == NULL)
    return NULL;
  if (unlock == NULL) {
    g_set_error (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_LOCKED,
                 "signature: nobody has unlocked a token for this document: enter the PIN for it");
    return NULL;
  }
  return sohoa_unlock_make_signer (unlock, &item, error);
}
