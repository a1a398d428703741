/* vn.sohoa.Desk1.Signing: tokens and unlocks. */
#include "sohoa-auth.h"
#include "sohoa-bus-private.h"
#include "sohoa-file.h"
#include "sohoa-time.h"
#include "sohoa-unlocks.h"

static gboolean
check_configured (SohoaDesk *desk, GError **error)
{
  if (desk->conf->token != NULL)
    return TRUE;
  g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_CONFIG, "[signing] token: not configured: add token=pkcs11:… and start again");
  return FALSE;
}

static GVariant *
list_tokens (SohoaBusCall *call, GError **error)
{
  g_autoptr(GVariant) report = NULL;

  if (!check_configured (call->service->desk, error))
    return NULL;
  report = sohoa_token_report (call->service->desk->conf->token, call->service->desk->conf->token_call_seconds * 1000, error);
  return report != NULL ? g_variant_new ("(@a{sv})", report) : NULL;
}

/* ---- Unlock ---- */

/* The document as the person saw it, or an error: nothing is unlocked for anything else. */
static gboolean
check_item (SohoaDesk *desk, const SohoaUnlockItem *item, SohoaState *state_out, GError **error)
{
  g_autoptr(SohoaStoreDocument) document = sohoa_store_find (desk->store, item->document, error);
  g_autofree char *sha256 = NULL;

  if (document == NULL)
    return FALSE;
  *state_out = document->state;
  if (document->state != SOHOA_STATE_CONFIRMED && document->state != SOHOA_STATE_REGISTERED
      && document->state != SOHOA_STATE_SIGNING) {
    g_set_error (error, SOHOA_STORE_ERROR, SOHOA_STORE_ERROR_ILLEGAL_MOVE, "%s: is %s: only what is confirmed can be signed",
                 item->document, sohoa_state_to_string (document->state));
    return FALSE;
  }
  sha256 = sohoa_unlocks_digest (document, error);
  if (sha256 == NULL)
    return FALSE;
  if (document->revision == item->revision && g_str_equal (sha256, item->sha256))
    return TRUE;
  g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_CONFLICT, "%s: is not what was shown any more: look at it again", item->document);
  return FALSE;
}

/* Before anything else: who may not see one of the documents learns nothing of its state, and no PIN is tried. */
static gboolean
check_readers (SohoaBusCall *call, const GArray *items, GError **error)
{
  for (guint i = 0; i < items->len; i++) {
    g_autoptr(SohoaStoreDocument) document =
      sohoa_store_find (call->service->desk->store, g_array_index (items, SohoaUnlockItem, i).document, error);

    if (document == NULL || !sohoa_bus_check_reader (call, document, error))
      return FALSE;
  }
  return TRUE;
}

/* Lets one document of the list go on to its signature. */
static gboolean
start_signing (SohoaBusCall *call, const SohoaUnlockItem *item, SohoaState state, GError **error)
{
  SohoaDesk *desk = call->service->desk;
  g_autofree char *token = sohoa_id_new (sohoa_time_now_us ());
  SohoaDeskCall desk_call = { .id = item->document, .expected_revision = item->revision, .token = token, .actor = call->actor };
  SohoaStoreChange again = { .id = item->document, .kind = "unlock", .expected_revision = item->revision, .token = token,
                             .actor = call->actor, .flags = SOHOA_STORE_CHANGE_MENDED };
  guint revision = 0;

  if (state == SOHOA_STATE_SIGNING) /* it waits for a token: due at once */
    return sohoa_store_change (desk->store, &again, NULL, error);
  return sohoa_desk_sign (desk, &desk_call, &revision, NULL, error);
}

static gboolean
read_items (GVariant *documents, GArray *items, GError **error)
{
  gsize n = g_variant_n_children (documents);

  if (n == 0 || n > SOHOA_UNLOCK_MAX_ITEMS) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "documents: 1 to %u at once", SOHOA_UNLOCK_MAX_ITEMS);
    return FALSE;
  }
  for (gsize i = 0; i < n; i++) {
    SohoaUnlockItem item;

    g_variant_get_child (documents, i, "(&su&s)", &item.document, &item.revision, &item.sha256);
    g_array_append_val (items, item);
  }
  return TRUE;
}

static int
peek_pin (SohoaBusCall *call, gint32 handle, GError **error)
{
  gint n = 0;
  const int *fds = call->fds != NULL ? g_unix_fd_list_peek_fds (call->fds, &n) : NULL;

  if (handle >= 0 && handle < n)
    return fds[handle];
  g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "pin: the descriptor did not come along");
  return -1;
}

static gboolean
read_options (GVariant *options, gboolean *final_try, GError **error)
{
  g_auto(GVariantDict) dict = G_VARIANT_DICT_INIT (options);

  *final_try = FALSE;
  if (g_variant_dict_lookup (&dict, "final-try", "b", final_try))
    g_variant_dict_remove (&dict, "final-try");
  return sohoa_bus_no_more (&dict, error);
}

static GVariant *
start_all (SohoaBusCall *call, const GArray *items, const SohoaState *states, const char *name)
{
  GVariantBuilder left;

  g_variant_builder_init (&left, G_VARIANT_TYPE ("a(ss)"));
  for (guint i = 0; i < items->len; i++) {
    const SohoaUnlockItem *item = &g_array_index (items, SohoaUnlockItem, i);
    g_autoptr(GError) error = NULL;

    if (!start_signing (call, item, states[i], &error))
      g_variant_builder_add (&left, "(ss)", item->document, error->message);
  }
  sohoa_desk_wake (call->service->desk);
  return g_variant_new ("(sa(ss))", name, &left);
}

static GVariant *
unlock (SohoaBusCall *call, GError **error)
{
  SohoaDesk *desk = call->service->desk;
  const char *owner = g_dbus_method_invocation_get_sender (call->invocation);
  g_autoptr(GArray) items = g_array_new (FALSE, FALSE, sizeof (SohoaUnlockItem));
  g_autoptr(GVariant) documents = NULL;
  g_autoptr(GVariant) options = NULL;
  g_autoptr(SohoaUnlock) held = NULL;
  g_autofree SohoaState *states = NULL;
  g_autofree char *name = NULL;
  SohoaUnlockOptions how = { .uri = desk->conf->token, .call_limit_ms = desk->conf->token_call_seconds * 1000 };
  gint32 handle;

  g_variant_get (call->parameters, "(@a(sus)h@a{sv})", &documents, &handle, &options);
  if (!read_items (documents, items, error) || !check_readers (call, items, error) || !check_configured (desk, error)
      || !read_options (options, &how.final_try, error) || (how.pin_fd = peek_pin (call, handle, error)) < 0)
    return NULL;
  states = g_new0 (SohoaState, items->len);
  for (guint i = 0; i < items->len; i++)
    if (!check_item (desk, &g_array_index (items, SohoaUnlockItem, i), &states[i], error))
      return NULL;
  how.items = (const SohoaUnlockItem *) items->data;
  how.n_items = items->len;
  held = sohoa_unlock_new (&how, error);
  if (held == NULL)
    return NULL;
  name = sohoa_unlocks_add (desk->unlocks, held, how.items, how.n_items, owner, desk->conf->token_minutes);
  sohoa_bus_watch_owner (call->service, owner);
  return start_all (call, items, states, name);
}

static GVariant *
lock (SohoaBusCall *call, GError **error)
{
  const char *name;

  g_variant_get (call->parameters, "(&s)", &name);
  return sohoa_unlocks_end (call->service->desk->unlocks, name, g_dbus_method_invocation_get_sender (call->invocation), error)
           ? g_variant_new ("()")
           : NULL;
}

/* ---- evidence ---- */

static GVariant *
get_evidence (SohoaBusCall *call, GError **error)
{
  SohoaDesk *desk = call->service->desk;
  g_autoptr(SohoaStoreDocument) document = sohoa_bus_find (call, error);
  g_autofree char *why = NULL;
  SohoaStoreEvidence row;
  GVariantBuilder b;

  if (document == NULL || !sohoa_store_get_evidence (desk->store, document->id, &row, error))
    return NULL;
  if (row.due_us != 0 && !g_str_equal (row.level, sohoa_level_to_profile (desk->conf->level)))
    why = sohoa_authority_dup_reason (desk->authority);
  g_variant_builder_init (&b, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&b, "{sv}", "level", g_variant_new_string (row.level));
  g_variant_builder_add (&b, "{sv}", "wanted", g_variant_new_string (sohoa_level_to_profile (desk->conf->level)));
  g_variant_builder_add (&b, "{sv}", "due", g_variant_new_int64 (row.due_us == G_MAXINT64 ? 0 : row.due_us));
  g_variant_builder_add (&b, "{sv}", "tries", g_variant_new_uint32 (row.tries));
  g_variant_builder_add (&b, "{sv}", "reason", g_variant_new_string (why != NULL ? why : ""));
  return g_variant_new ("(a{sv})", &b);
}

/* Due now: the renewer's thread does the rest. */
static GVariant *
renew (SohoaBusCall *call, GError **error)
{
  SohoaDesk *desk = call->service->desk;
  g_autoptr(SohoaStoreDocument) document = sohoa_bus_find (call, error);
  SohoaStoreEvidence row;

  if (document == NULL)
    return NULL;
  if (desk->conf->level == SOHOA_LEVEL_B) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_CONFIG, "[signing] level: B-B: there is nothing to complete: add tsa=URL and start again");
    return NULL;
  }
  if (!sohoa_store_get_evidence (desk->store, document->id, &row, error))
    return NULL;
  if (sohoa_desk_peek_pdf (document) == NULL || document->state < SOHOA_STATE_SIGNED) {
    g_set_error (error, SOHOA_STORE_ERROR, SOHOA_STORE_ERROR_ILLEGAL_MOVE, "%s: is %s: only what is signed can be renewed",
                 document->id, sohoa_state_to_string (document->state));
    return NULL;
  }
  row.due_us = sohoa_time_now_us ();
  row.tries = 0;
  if (row.level[0] == '\0') /* signed before a level was configured */
    g_strlcpy (row.level, sohoa_level_to_profile (SOHOA_LEVEL_B), sizeof row.level);
  if (!sohoa_store_set_evidence (desk->store, &row, error))
    return NULL;
  sohoa_authority_reopen (desk->authority);
  sohoa_desk_wake (desk);
  return g_variant_new ("()");
}

const SohoaBusRow sohoa_bus_signing[] = {
  { "ListTokens", SOHOA_ACTION_SIGN, list_tokens },
  { "Unlock", SOHOA_ACTION_SIGN, unlock },
  { "Lock", SOHOA_ACTION_SIGN, lock },
  { "GetEvidence", NULL, get_evidence },
  { "Renew", SOHOA_ACTION_SIGN, renew },
  { NULL, NULL, NULL },
};
