#include "sohoa-unlock.h"

#include <string.h>

#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-sign-protocol.h"
#include "sohoa-worker-process.h"

#define HELLO_TIMEOUT_MS (10 * 1000)
/* Over the sum of the guarded calls of one request; the worker's own guard answers long before. */
#define OPEN_TIMEOUT_MS (150 * 1000)
#define UNLOCK_TIMEOUT_MS (300 * 1000)
#define SIGN_TIMEOUT_MS (200 * 1000)
#define END_GRACE_MS 1000 /* to log out */
#define MAX_CERTIFICATES 64u

static const SohoaWorkerKind sign_worker = {
  .noun = "sign worker",
  .domain = sohoa_sign_error_quark,
  .late = SOHOA_SIGN_ERROR_TOKEN,
  .died = SOHOA_SIGN_ERROR_TOKEN,
  .advice = "the token's module crashed or hung: take the token out, put it in again and retry",
};

struct _SohoaUnlock {
  gatomicrefcount     references;
  GMutex              lock;         /* held while the worker is asked, which may take a minute */
  SohoaWorkerProcess *process;      /* (owned) (nullable) once ended */
  GPtrArray          *certificates; /* (owned) (element-type GBytes) */
  GCancellable       *ended;        /* (owned) cancelled by whoever ends it, without waiting for the lock */
};

/* The key of one signer. */
typedef struct {
  SohoaUnlock *unlock; /* (owned) reference */
  GVariant    *item;   /* (owned) */
} ItemKey;

/* ---- asking the worker ---- */

static void
fail_locked (GError **error)
{
  g_set_error (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_LOCKED, "token: it is locked: enter the PIN again");
}

/* Called with the lock held. A worker that is lost ends the unlock. */
static GVariant *
ask (SohoaUnlock *self, const char *op, GVariant *args, const int *fds, guint n_fds, int timeout_ms, GError **error)
{
  g_autoptr (GVariant) owned = g_variant_ref_sink (args);
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GError) local = NULL;
  SohoaWorkerOutcome outcome;

  if (self->process == NULL || g_cancellable_is_cancelled (self->ended)) {
    fail_locked (error);
    return NULL;
  }
  outcome = sohoa_worker_process_ask (self->process, op, owned, fds, n_fds, timeout_ms, self->ended, &reply, &local);
  if (outcome != SOHOA_WORKER_ANSWERED) {
    g_cancellable_cancel (self->ended);
    g_clear_pointer (&self->process, sohoa_worker_process_free);
  }
  if (outcome == SOHOA_WORKER_CANCELLED) {
    fail_locked (error);
    return NULL;
  }
  if (local != NULL) {
    g_propagate_error (error, g_steal_pointer (&local));
    return NULL;
  }
  return g_steal_pointer (&reply);
}

/* A PIN in an address would stand in process lists and logs. */
static gboolean
check_uri (const char *uri, GError **error)
{
  g_autofree char *lower = g_ascii_strdown (uri, -1);

  if (strstr (lower, "pin-value") == NULL && strstr (lower, "pin-source") == NULL)
    return TRUE;
  g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT,
               "token: a PIN does not belong into an address: use --pin-fd, and change the PIN if it was real");
  return FALSE;
}

static gboolean
open_module (SohoaUnlock *self, const char *uri, guint limit_ms, GError **error)
{
  g_autofree char *program = sohoa_path_program ("sign", "sohoa-sign-worker");
  g_autoptr (GVariant) reply = NULL;
  GVariantDict args;

  if (!check_uri (uri, error))
    return FALSE;
  self->process = sohoa_worker_process_new (&sign_worker, program, HELLO_TIMEOUT_MS, error);
  if (self->process == NULL)
    return FALSE;
  g_variant_dict_init (&args, NULL);
  g_variant_dict_insert (&args, "uri", "s", uri);
  g_variant_dict_insert (&args, "limit-ms", "u", limit_ms);
  reply = ask (self, SOHOA_SIGN_OP_OPEN, g_variant_dict_end (&args), NULL, 0, OPEN_TIMEOUT_MS, error);
  return reply != NULL;
}

/* ---- an unlock ---- */

static SohoaUnlock *
unlock_alloc (void)
{
  SohoaUnlock *self = g_new0 (SohoaUnlock, 1);

  g_atomic_ref_count_init (&self->references);
  g_mutex_init (&self->lock);
  self->ended = g_cancellable_new ();
  return self;
}

SohoaUnlock *
sohoa_unlock_ref (SohoaUnlock *self)
{
  g_atomic_ref_count_inc (&self->references);
  return self;
}

/* Called with the lock held, or by the last owner. */
static void
end_process (SohoaUnlock *self)
{
  g_cancellable_cancel (self->ended);
  sohoa_worker_process_end (g_steal_pointer (&self->process), END_GRACE_MS);
}

void
sohoa_unlock_unref (SohoaUnlock *self)
{
  if (self == NULL || !g_atomic_ref_count_dec (&self->references))
    return;
  end_process (self);
  g_clear_pointer (&self->certificates, g_ptr_array_unref);
  g_object_unref (self->ended);
  g_mutex_clear (&self->lock);
  g_free (self);
}

static GVariant *
item_new (const SohoaUnlockItem *item)
{
  return g_variant_new ("(sus)", item->document, item->revision, item->sha256);
}

static GPtrArray *
read_certificates (GVariant *reply, GError **error)
{
  g_autoptr (GVariant) list = g_variant_lookup_value (reply, "certificates", G_VARIANT_TYPE ("aay"));
  gsize n = list != NULL ? g_variant_n_children (list) : 0;
  GPtrArray *certificates;

  if (n == 0 || n > MAX_CERTIFICATES) {
    g_set_error (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_TOKEN, "sign worker: answered nonsense: report this");
    return NULL;
  }
  certificates = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  for (gsize i = 0; i < n; i++) {
    g_autoptr (GVariant) der = g_variant_get_child_value (list, i);

    g_ptr_array_add (certificates, g_variant_get_data_as_bytes (der));
  }
  return certificates;
}

static gboolean
log_in (SohoaUnlock *self, const SohoaUnlockOptions *options, GError **error)
{
  g_autoptr (GVariant) reply = NULL;
  GVariantBuilder items;
  GVariantDict args;

  g_variant_builder_init (&items, G_VARIANT_TYPE ("a(sus)"));
  for (guint i = 0; i < options->n_items; i++)
    g_variant_builder_add_value (&items, item_new (&options->items[i]));
  g_variant_dict_init (&args, NULL);
  g_variant_dict_insert (&args, "final-try", "b", options->final_try);
  g_variant_dict_insert_value (&args, "items", g_variant_builder_end (&items));
  reply = ask (self, SOHOA_SIGN_OP_UNLOCK, g_variant_dict_end (&args), &options->pin_fd, options->pin_fd >= 0 ? 1 : 0,
               UNLOCK_TIMEOUT_MS, error);
  self->certificates = reply != NULL ? read_certificates (reply, error) : NULL;
  return self->certificates != NULL;
}

SohoaUnlock *
sohoa_unlock_new (const SohoaUnlockOptions *options, GError **error)
{
  g_autoptr (SohoaUnlock) self = unlock_alloc ();

  if (options->n_items == 0 || options->n_items > SOHOA_UNLOCK_MAX_ITEMS) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "signing: 1 to %u documents at once: choose fewer",
                 SOHOA_UNLOCK_MAX_ITEMS);
    return NULL;
  }
  if (!open_module (self, options->uri, options->call_limit_ms, error) || !log_in (self, options, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
sohoa_unlock_end (SohoaUnlock *self)
{
  g_cancellable_cancel (self->ended); /* whoever asks the worker right now gives up, and ends it */
  if (!g_mutex_trylock (&self->lock))
    return;
  end_process (self);
  g_mutex_unlock (&self->lock);
}

gboolean
sohoa_unlock_is_alive (SohoaUnlock *self)
{
  return !g_cancellable_is_cancelled (self->ended);
}

/* ---- its signers ---- */

static GBytes *
token_sign_attributes (gpointer data, const guint8 *der, gsize length, GError **error)
{
  ItemKey *key = data;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) signature = NULL;
  g_autoptr (GError) local = NULL;
  GVariantDict args;

  g_variant_dict_init (&args, NULL);
  g_variant_dict_insert_value (&args, "item", key->item);
  g_variant_dict_insert_value (&args, "attributes", g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, der, length, 1));
  g_mutex_lock (&key->unlock->lock);
  reply = ask (key->unlock, SOHOA_SIGN_OP_SIGN, g_variant_dict_end (&args), NULL, 0, SIGN_TIMEOUT_MS, &local);
  if (g_error_matches (local, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_TOKEN_REMOVED)
      || g_error_matches (local, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_TOKEN))
    end_process (key->unlock); /* gone or out of its mind: the rest of the batch waits for a person */
  g_mutex_unlock (&key->unlock->lock);
  if (reply == NULL) {
    g_propagate_error (error, g_steal_pointer (&local));
    return NULL;
  }
  signature = g_variant_lookup_value (reply, "signature", G_VARIANT_TYPE_BYTESTRING);
  if (signature != NULL)
    return g_variant_get_data_as_bytes (signature);
  g_set_error (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_TOKEN, "sign worker: answered nonsense: report this");
  return NULL;
}

static void
free_item_key (gpointer data)
{
  ItemKey *key = data;

  g_variant_unref (key->item);
  sohoa_unlock_unref (key->unlock);
  g_free (key);
}

static const SohoaSignerBackend token_backend = {
  .name = "pkcs11",
  .sign_attributes = token_sign_attributes,
  .free = free_item_key,
};

SohoaSigner *
sohoa_unlock_make_signer (SohoaUnlock *self, const SohoaUnlockItem *item, GError **error)
{
  ItemKey *key = g_new0 (ItemKey, 1);

  key->unlock = sohoa_unlock_ref (self);
  key->item = g_variant_ref_sink (item_new (item));
  return sohoa_signer_new (&token_backend, key, self->certificates, error);
}

SohoaSigner *
sohoa_signer_new_token (const char *uri, int pin_fd, gboolean final_try, GError **error)
{
  static const SohoaUnlockItem item = { .document = "", .revision = 0, .sha256 = "" };
  const SohoaUnlockOptions options = { .uri = uri, .pin_fd = pin_fd, .items = &item, .n_items = 1, .final_try = final_try };
  g_autoptr (SohoaUnlock) unlock = sohoa_unlock_new (&options, error);

  return unlock != NULL ? sohoa_unlock_make_signer (unlock, &item, error) : NULL;
}

GVariant *
sohoa_token_report (const char *uri, guint call_limit_ms, GError **error)
{
  g_autoptr (SohoaUnlock) self = unlock_alloc ();

  if (!open_module (self, uri, call_limit_ms, error))
    return NULL;
  return ask (self, SOHOA_SIGN_OP_REPORT, g_variant_new_array (G_VARIANT_TYPE ("{sv}"), NULL, 0), NULL, 0,
              OPEN_TIMEOUT_MS, error);
}
