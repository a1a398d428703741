/* Methods that change something: arguments read, then handed to the desk. */
#include "sohoa-auth.h"
#include "sohoa-bus-private.h"
#include "sohoa-record.h"

#include <string.h>

#define MAX_FILES 500u
#define MAX_NAME_BYTES 1000u

/* ---- AddFiles ---- */

static gboolean
read_names (GVariant *names, guint n, SohoaDelivery *delivery, GError **error)
{
  if (n == 0 || n > MAX_FILES || g_variant_n_children (names) != n) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "files: 1 to %u, with one name each", MAX_FILES);
    return FALSE;
  }
  for (guint i = 0; i < n; i++) {
    const char *name;

    g_variant_get_child (names, i, "&s", &name);
    if (name[0] == '\0' || strlen (name) > MAX_NAME_BYTES || strchr (name, '/') != NULL || strpbrk (name, "\n\r\t") != NULL) {
      g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "names: a file's name without folder, at most %u bytes",
                   MAX_NAME_BYTES);
      return FALSE;
    }
    g_ptr_array_add (delivery->names, g_strdup (name));
  }
  return TRUE;
}

static gboolean
read_add_options (GVariant *options, SohoaDelivery *delivery, gboolean *together, GError **error)
{
  g_auto(GVariantDict) dict = G_VARIANT_DICT_INIT (options);
  g_autoptr(GVariant) fields = NULL;
  GVariantIter iter;
  const char *key, *value;

  *together = FALSE;
  delivery->profile = sohoa_bus_take_string (&dict, "profile");
  if (g_variant_dict_lookup (&dict, "together", "b", together))
    g_variant_dict_remove (&dict, "together");
  fields = g_variant_dict_lookup_value (&dict, "fields", G_VARIANT_TYPE ("a{ss}"));
  if (fields != NULL) {
    g_variant_dict_remove (&dict, "fields");
    g_variant_iter_init (&iter, fields);
    while (g_variant_iter_next (&iter, "{&s&s}", &key, &value)) {
      if (!sohoa_field_key_is_known (key)) {
        g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "%s: unknown field: see doc/", key);
        return FALSE;
      }
      g_ptr_array_add (delivery->set, g_strdup_printf ("%s=%s", key, value));
    }
  }
  return sohoa_bus_no_more (&dict, error);
}

static GVariant *
add_files (SohoaBusCall *call, GError **error)
{
  g_autoptr(SohoaDelivery) delivery = sohoa_delivery_new ();
  g_autoptr(GVariant) handles = NULL;
  g_autoptr(GVariant) names = NULL;
  g_autoptr(GVariant) options = NULL;
  g_autofree int *fds = NULL;
  g_auto(GStrv) ids = NULL;
  const char *token;
  const int *given = NULL;
  gint n_given = 0;
  gboolean together;
  gsize n;

  g_variant_get (call->parameters, "(@ah@as&s@a{sv})", &handles, &names, &token, &options);
  n = g_variant_n_children (handles);
  if (token[0] == '\0' || strlen (token) > SOHOA_TOKEN_MAX_BYTES) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "token: 1 to %u characters", SOHOA_TOKEN_MAX_BYTES);
    return NULL;
  }
  if (!read_names (names, (guint) n, delivery, error) || !read_add_options (options, delivery, &together, error))
    return NULL;
  if (call->fds != NULL)
    given = g_unix_fd_list_peek_fds (call->fds, &n_given);
  fds = g_new0 (int, n);
  for (gsize i = 0; i < n; i++) {
    gint32 handle;

    g_variant_get_child (handles, i, "h", &handle);
    if (handle < 0 || handle >= n_given) {
      g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "files: descriptor %d did not come along", handle);
      return NULL;
    }
    fds[i] = given[handle];
  }
  ids = sohoa_reception_add (call->service->desk, delivery, fds, together, token, call->actor, error);
  return ids != NULL ? g_variant_new ("(^as)", ids) : NULL;
}

/* ---- changes of one document ---- */

/* Confirm: "seen" as; ResolveDuplicate: "of" s. g_strfreev, NULL = not given. */
static char **
take_words (GVariantDict *dict, SohoaDeskChange run)
{
  g_autofree char *of = run == sohoa_desk_resolve_duplicate ? sohoa_bus_take_string (dict, "of") : NULL;
  char **seen = NULL;

  if (of != NULL) {
    seen = g_new0 (char *, 2);
    seen[0] = g_steal_pointer (&of);
  } else if (run == sohoa_desk_confirm && g_variant_dict_lookup (dict, "seen", "^as", &seen)) {
    g_variant_dict_remove (dict, "seen");
  }
  return seen;
}

/* @extra_key: (nullable) the one more option besides reason. */
static GVariant *
change (SohoaBusCall *call, SohoaDeskChange run, const char *extra_key, gboolean with_actor, GError **error)
{
  g_autoptr(GVariant) options = NULL;
  g_autofree char *reason = NULL;
  g_autofree char *extra = NULL;
  g_autofree char *actor = NULL;
  g_auto(GStrv) doubts = NULL;
  g_auto(GStrv) words = NULL;
  g_autoptr(SohoaStoreDocument) seen = NULL;
  SohoaDeskCall desk_call = { .actor = call->actor };
  guint revision = 0;

  g_variant_get (call->parameters, "(&su&s@a{sv})", &desk_call.id, &desk_call.expected_revision, &desk_call.token, &options);
  {
    g_auto(GVariantDict) dict = G_VARIANT_DICT_INIT (options);

    reason = sohoa_bus_take_string (&dict, "reason");
    extra = extra_key != NULL ? sohoa_bus_take_string (&dict, extra_key) : NULL;
    actor = with_actor ? sohoa_bus_take_string (&dict, "actor") : NULL;
    words = take_words (&dict, run);
    if (!sohoa_bus_no_more (&dict, error))
      return NULL;
  }
  seen = sohoa_bus_find (call, error);
  if (seen == NULL)
    return NULL;
  if (actor != NULL && (!g_str_equal (actor, "demo") || !call->service->desk->conf->demo)) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_NOT_AUTHORISED,
                 "actor %s: only \"demo\", and only of a daemon with [demo] enabled=yes: confirm as yourself", actor);
    return NULL;
  }
  if (actor != NULL)
    desk_call.actor = actor;
  desk_call.reason = reason;
  desk_call.extra = extra;
  desk_call.words = (const char *const *) words;
  if (!run (call->service->desk, &desk_call, &revision, &doubts, error))
    return NULL;
  sohoa_desk_wake (call->service->desk);
  if (run == sohoa_desk_confirm)
    return g_variant_new ("(u^as)", revision, doubts);
  return g_variant_new ("(u)", revision);
}

static GVariant *
set_fields (SohoaBusCall *call, GError **error)
{
  g_autoptr(GHashTable) fields = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr(GVariantIter) iter = NULL;
  g_autoptr(SohoaStoreDocument) seen = sohoa_bus_find (call, error);
  SohoaDeskCall desk_call = { .actor = call->actor, .fields = fields };
  char *key, *value;
  guint revision = 0;

  g_variant_get (call->parameters, "(&su&sa{ss})", &desk_call.id, &desk_call.expected_revision, &desk_call.token, &iter);
  while (g_variant_iter_next (iter, "{ss}", &key, &value))
    g_hash_table_insert (fields, key, value);
  if (seen == NULL || !sohoa_desk_set_fields (call->service->desk, &desk_call, &revision, NULL, error))
    return NULL;
  return g_variant_new ("(u)", revision);
}

#define CHANGE(name, run, extra, actor)                                                                \
  static GVariant *name (SohoaBusCall *call, GError **error)                                           \
  {                                                                                                    \
    return change (call, run, extra, actor, error);                                                    \
  }
CHANGE (confirm, sohoa_desk_confirm, NULL, TRUE)
CHANGE (resolve_duplicate, sohoa_desk_resolve_duplicate, "outcome", FALSE)
CHANGE (reject, sohoa_desk_reject, NULL, FALSE)
CHANGE (cancel, sohoa_desk_cancel, NULL, FALSE)
CHANGE (sign, sohoa_desk_sign, NULL, FALSE)
CHANGE (submit, sohoa_desk_submit, NULL, FALSE)
CHANGE (recall, sohoa_desk_recall, NULL, FALSE)
CHANGE (revise, sohoa_desk_revise, NULL, FALSE)
CHANGE (release, sohoa_desk_release, "second-person", FALSE)
CHANGE (purge, sohoa_desk_purge, NULL, FALSE)
CHANGE (reprocess, sohoa_desk_reprocess, "from", FALSE)

/* The values of a{sv} options that are all texts. FALSE with SOHOA_ERROR_INVALID_ARGUMENT. */
static gboolean
read_texts (GVariant *options, GHashTable *texts, GError **error)
{
  GVariantIter iter;
  GVariant *value;
  char *key;

  g_variant_iter_init (&iter, options);
  while (g_variant_iter_loop (&iter, "{sv}", &key, &value)) {
    if (!g_variant_is_of_type (value, G_VARIANT_TYPE_STRING) || g_variant_get_size (value) > SOHOA_REASON_MAX_BYTES) {
      g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "option %s: a text of at most %u bytes is wanted", key,
                   SOHOA_REASON_MAX_BYTES);
      g_variant_unref (value);
      g_free (key);
      return FALSE;
    }
    g_hash_table_insert (texts, g_strdup (key), g_variant_dup_string (value, NULL));
  }
  return TRUE;
}

static GVariant *
enter_answer (SohoaBusCall *call, GError **error)
{
  g_autoptr(GHashTable) texts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr(GVariant) options = NULL;
  g_autoptr(SohoaStoreDocument) seen = sohoa_bus_find (call, error);
  SohoaDeskCall desk_call = { .actor = call->actor, .fields = texts };
  guint revision = 0;

  g_variant_get (call->parameters, "(&su&s@a{sv})", &desk_call.id, &desk_call.expected_revision, &desk_call.token, &options);
  if (seen == NULL || !read_texts (options, texts, error)
      || !sohoa_desk_enter_answer (call->service->desk, &desk_call, &revision, NULL, error))
    return NULL;
  sohoa_desk_wake (call->service->desk);
  return g_variant_new ("(u)", revision);
}

const SohoaBusRow sohoa_bus_changes[] = {
  { "AddFiles", SOHOA_ACTION_SCAN, add_files },
  { "SetFields", SOHOA_ACTION_CONFIRM, set_fields },
  { "Confirm", SOHOA_ACTION_CONFIRM, confirm },
  { "ResolveDuplicate", SOHOA_ACTION_CONFIRM, resolve_duplicate },
  { "Reject", SOHOA_ACTION_CONFIRM, reject },
  { "Cancel", SOHOA_ACTION_CONFIRM, cancel },
  { "Sign", SOHOA_ACTION_SIGN, sign },
  { "Submit", SOHOA_ACTION_SUBMIT, submit },
  { "EnterAnswer", SOHOA_ACTION_SUBMIT, enter_answer },
  { "Recall", SOHOA_ACTION_SUBMIT, recall },
  { "Revise", SOHOA_ACTION_CONFIRM, revise },
  { "Release", SOHOA_ACTION_ADMINISTER, release },
  { "Purge", SOHOA_ACTION_ADMINISTER, purge },
  { "Reprocess", SOHOA_ACTION_CONFIRM, reprocess },
  { "FreezeRegister", SOHOA_ACTION_CONFIRM, sohoa_bus_freeze_register },
  { NULL, NULL, NULL },
};
