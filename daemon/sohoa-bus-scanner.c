/* vn.sohoa.Desk1.Scanner: read arguments, hand over to the batches. */
#include "sohoa-bus-private.h"
#include "sohoa-auth.h"
#include "sohoa-file.h"
#include "sohoa-record.h"

#include <string.h>

#define PROFILES_FOLDER "scan/profiles"

/* ---- devices ---- */

static GVariant *
devices (SohoaBusCall *call, GError **error)
{
  g_autoptr(GVariant) options = NULL;
  g_auto(GVariantDict) dict = { 0 };
  gboolean again = FALSE;

  g_variant_get (call->parameters, "(@a{sv})", &options);
  g_variant_dict_init (&dict, options);
  if (g_variant_dict_lookup (&dict, "again", "b", &again))
    g_variant_dict_remove (&dict, "again");
  if (!sohoa_bus_no_more (&dict, error))
    return NULL;
  return sohoa_scanners_look (sohoa_batches_peek_scanners (call->service->batches), again);
}

/* ---- starting ---- */

/* One of @words at @key, if given. */
static gboolean
take_word (GVariantDict *dict, const char *key, const char *const *words, guint *out, GError **error)
{
  g_autofree char *word = sohoa_bus_take_string (dict, key);

  if (word == NULL)
    return TRUE;
  for (guint i = 0; words[i] != NULL; i++)
    if (g_str_equal (words[i], word)) {
      *out = i;
      return TRUE;
    }
  g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "%s: '%s': not such a word: see dbus/*.xml", key, word);
  return FALSE;
}

static void
take_uint (GVariantDict *dict, const char *key, guint *out)
{
  if (g_variant_dict_lookup (dict, key, "u", out))
    g_variant_dict_remove (dict, key);
}

/* Changes of the profile for this batch. */
static gboolean
take_profile_options (GVariantDict *dict, SohoaScanProfile *profile, GError **error)
{
  static const char *const separators[] = { "none", "patch-t", "barcode", "blank", "count", NULL };
  static const char *const blanks[] = { "mark", "drop", "keep", NULL };
  g_autofree char *source = sohoa_bus_take_string (dict, "source");
  g_autofree char *mode = sohoa_bus_take_string (dict, "mode");
  guint separator = profile->separators, blank = profile->blank;

  if ((source != NULL && !sohoa_scan_source_from_string (source, &profile->source))
      || (mode != NULL && !sohoa_scan_mode_from_string (mode, &profile->mode))) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "source or mode: not such a word: see dbus/*.xml");
    return FALSE;
  }
  if (!take_word (dict, "separators", separators, &separator, error) || !take_word (dict, "blank", blanks, &blank, error))
    return FALSE;
  profile->separators = (SohoaScanSeparators) separator;
  profile->blank = (SohoaScanBlank) blank;
  take_uint (dict, "dpi", &profile->dpi);
  take_uint (dict, "count", &profile->count);
  if (profile->separators == SOHOA_SCAN_SEPARATORS_COUNT && profile->count == 0) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "count: how many sheets make a document is missing: add it");
    return FALSE;
  }
  return TRUE;
}

/* "Field=value" words; NULL with an error. g_strfreev. */
static char **
take_fields (GVariantDict *dict, GError **error)
{
  g_autoptr(GVariantIter) iter = NULL;
  g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func (g_free);
  const char *key, *value;

  if (g_variant_dict_lookup (dict, "fields", "a{ss}", &iter)) {
    g_variant_dict_remove (dict, "fields");
    while (g_variant_iter_next (iter, "{&s&s}", &key, &value)) {
      if (!sohoa_field_key_is_known (key)) {
        g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "%s: unknown field: see the manual", key);
        return NULL;
      }
      g_ptr_array_add (words, g_strdup_printf ("%s=%s", key, value));
    }
  }
  g_ptr_array_add (words, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&words), FALSE);
}

static gboolean
check_token (const char *token, GError **error)
{
  if (token[0] != '\0' && strlen (token) <= SOHOA_TOKEN_MAX_BYTES)
    return TRUE;
  g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "token: 1 to %u characters: choose one", SOHOA_TOKEN_MAX_BYTES);
  return FALSE;
}

/* The administrator's profiles; on a session bus also the user's own. g_free, NULL = none. */
static char *
user_profiles (SohoaBusCall *call)
{
  return call->service->desk->session ? g_build_filename (g_get_user_config_dir (), "sohoa", "scan", NULL) : NULL;
}

static SohoaScanProfile *
find_profile (SohoaBusCall *call, const char *name, GError **error)
{
  g_autofree char *admin = sohoa_path_data (PROFILES_FOLDER);
  g_autofree char *user = user_profiles (call);

  return sohoa_scan_profile_load (admin, user, name[0] != '\0' ? name : SOHOA_SCAN_PROFILE_DEFAULT, error);
}

static GVariant *
list_profiles (SohoaBusCall *call, GError **error)
{
  g_autofree char *admin = sohoa_path_data (PROFILES_FOLDER);
  g_autofree char *user = user_profiles (call);
  g_auto(GStrv) names = sohoa_scan_profile_list (admin, user);
  GVariantBuilder b;

  g_variant_builder_init (&b, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; names[i] != NULL; i++) {
    g_autoptr(GError) local = NULL;
    g_autoptr(SohoaScanProfile) profile = sohoa_scan_profile_load (admin, user, names[i], &local);
    GVariantDict d;

    g_variant_dict_init (&d, NULL);
    g_variant_dict_insert (&d, "name", "s", names[i]);
    g_variant_dict_insert (&d, "error", "s", local != NULL ? local->message : "");
    if (profile != NULL) {
      g_variant_dict_insert (&d, "title", "s", profile->title != NULL ? profile->title : "");
      g_variant_dict_insert (&d, "device", "s", profile->device);
      g_variant_dict_insert (&d, "source", "s", sohoa_scan_source_to_string (profile->source));
      g_variant_dict_insert (&d, "mode", "s", sohoa_scan_mode_to_string (profile->mode));
      g_variant_dict_insert (&d, "dpi", "u", profile->dpi);
      g_variant_dict_insert (&d, "bytes-per-page", "t", sohoa_scan_profile_expected_bytes (profile, 1));
    }
    g_variant_builder_add_value (&b, g_variant_dict_end (&d));
  }
  return g_variant_new ("(aa{sv})", &b);
}

static GVariant *
start_batch (SohoaBusCall *call, GError **error)
{
  const char *device, *name, *token;
  g_autoptr(GVariant) options = NULL;
  g_auto(GVariantDict) dict = { 0 };
  g_autoptr(SohoaScanProfile) profile = NULL;
  g_auto(GStrv) fields = NULL;
  g_auto(GStrv) raw = NULL;
  g_autofree char *id = NULL;
  SohoaBatchStart start = { .actor = call->actor };

  g_variant_get (call->parameters, "(&s&s&s@a{sv})", &device, &name, &token, &options);
  g_variant_dict_init (&dict, options);
  profile = find_profile (call, name, error);
  if (profile == NULL || !check_token (token, error) || !take_profile_options (&dict, profile, error))
    return NULL;
  take_uint (&dict, "sheets", &start.expected);
  if (g_variant_dict_lookup (&dict, "open", "b", &start.open))
    g_variant_dict_remove (&dict, "open");
  if (g_variant_dict_lookup (&dict, "raw", "^as", &raw))
    g_variant_dict_remove (&dict, "raw");
  fields = take_fields (&dict, error);
  if (fields == NULL || !sohoa_bus_no_more (&dict, error))
    return NULL;
  start.device = device;
  start.profile = profile;
  start.token = token;
  start.options = (const char *const *) raw;
  start.fields = (const char *const *) fields;
  id = sohoa_batches_start (call->service->batches, &start, error);
  return id != NULL ? g_variant_new ("(s)", id) : NULL;
}

/* ---- before starting ---- */

static GVariant *
expect (SohoaBusCall *call, GError **error)
{
  const char *name;
  g_autoptr(GVariant) options = NULL;
  g_auto(GVariantDict) dict = { 0 };
  g_autoptr(SohoaScanProfile) profile = NULL;
  g_autofree char *advice = NULL;
  guint sheets = 0, sides, dpi = 0;
  guint64 limit, one;
  GVariantDict info;

  g_variant_get (call->parameters, "(&s@a{sv})", &name, &options);
  g_variant_dict_init (&dict, options);
  profile = find_profile (call, name, error);
  if (profile == NULL || !take_profile_options (&dict, profile, error))
    return NULL;
  take_uint (&dict, "sheets", &sheets);
  if (!sohoa_bus_no_more (&dict, error))
    return NULL;
  sides = profile->source == SOHOA_SCAN_SOURCE_ADF_DUPLEX ? 2 : 1;
  sheets = MIN (sheets, SOHOA_BATCH_MAX_PAGES);
  limit = sohoa_desk_max_document_bytes (call->service->desk, profile->destination[0] != '\0' ? profile->destination : NULL);
  one = sohoa_scan_profile_expected_bytes (profile, 2) - sohoa_scan_profile_expected_bytes (profile, 1);
  advice = profile->separators == SOHOA_SCAN_SEPARATORS_NONE /* else nobody knows how long one document is */
             ? sohoa_scan_profile_advise_size (profile, sheets * sides, limit, &dpi) : NULL;
  g_variant_dict_init (&info, NULL);
  g_variant_dict_insert (&info, "images", "u", sheets * sides);
  g_variant_dict_insert (&info, "bytes", "t", sohoa_scan_profile_expected_bytes (profile, sheets * sides));
  g_variant_dict_insert (&info, "bytes-per-image", "t", one);
  g_variant_dict_insert (&info, "limit", "t", limit);
  g_variant_dict_insert (&info, "images-that-fit", "u", limit > 0 ? (guint) MIN (limit / MAX (one, 1), G_MAXUINT) : 0u);
  g_variant_dict_insert (&info, "advice", "s", advice != NULL ? advice : "");
  g_variant_dict_insert (&info, "offer-dpi", "u", dpi);
  return g_variant_new ("(@a{sv})", g_variant_dict_end (&info));
}

/* ---- going on ---- */

static GVariant *
nothing (gboolean ok)
{
  return ok ? g_variant_new_tuple (NULL, 0) : NULL;
}

static GVariant *
stop_batch (SohoaBusCall *call, GError **error)
{
  const char *id;

  g_variant_get (call->parameters, "(&s)", &id);
  return nothing (sohoa_batches_stop (call->service->batches, id, error));
}

static GVariant *
feed_batch (SohoaBusCall *call, GError **error)
{
  static const char *const words[] = { "on", "again", "insert", "backs", NULL };
  const char *id, *how;
  g_autoptr(GVariant) options = NULL;
  g_auto(GVariantDict) dict = { 0 };
  g_autofree char *device = NULL;
  guint page, kind;

  g_variant_get (call->parameters, "(&s&su@a{sv})", &id, &how, &page, &options);
  g_variant_dict_init (&dict, options);
  device = sohoa_bus_take_string (&dict, "device");
  if (!sohoa_bus_no_more (&dict, error))
    return NULL;
  for (kind = 0; words[kind] != NULL && !g_str_equal (words[kind], how); kind++)
    continue;
  if (words[kind] == NULL) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "how: '%s': on, again, insert or backs", how);
    return NULL;
  }
  return nothing (sohoa_batches_feed (call->service->batches, id, (SohoaFeedKind) kind, page, device != NULL ? device : "", error));
}

static GVariant *
finish_batch (SohoaBusCall *call, GError **error)
{
  const char *id, *reason;

  g_variant_get (call->parameters, "(&s&s)", &id, &reason);
  return nothing (sohoa_batches_finish (call->service->batches, id, reason, error));
}

static GVariant *
accept_pages (SohoaBusCall *call, GError **error)
{
  const char *id;
  g_autoptr(GVariant) list = NULL;
  const guint32 *pages;
  gsize n;

  g_variant_get (call->parameters, "(&s@au)", &id, &list);
  pages = g_variant_get_fixed_array (list, &n, sizeof *pages);
  return nothing (sohoa_batches_accept (call->service->batches, id, pages, (guint) n, error));
}

static GVariant *
release_batch (SohoaBusCall *call, GError **error)
{
  const char *id, *reason;

  g_variant_get (call->parameters, "(&s&s)", &id, &reason);
  if (reason[0] == '\0' || strlen (reason) > SOHOA_REASON_MAX_BYTES) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "reason: say why it is no secret");
    return NULL;
  }
  return nothing (sohoa_batches_release (call->service->batches, id, call->actor, reason, error));
}

static GVariant *
purge_batch (SohoaBusCall *call, GError **error)
{
  const char *id;

  g_variant_get (call->parameters, "(&s)", &id);
  return nothing (sohoa_batches_purge (call->service->batches, id, error));
}

/* ---- looking ---- */

static GVariant *
list_batches (SohoaBusCall *call, GError **error)
{
  const char *cursor;
  g_autofree char *next = NULL;
  GVariant *rows;
  guint limit;

  g_variant_get (call->parameters, "(&su)", &cursor, &limit);
  rows = sohoa_batches_list (call->service->batches, cursor, limit, &next);
  return g_variant_new ("(@a(sa{sv})s)", rows, next);
}

static GVariant *
get_batch (SohoaBusCall *call, GError **error)
{
  const char *id;
  GVariant *info;

  g_variant_get (call->parameters, "(&s)", &id);
  info = sohoa_batches_describe (call->service->batches, id, error);
  return info != NULL ? g_variant_new ("(@a{sv})", info) : NULL;
}

static GVariant *
get_pages (SohoaBusCall *call, GError **error)
{
  const char *id;
  GVariant *pages;
  guint from, limit;

  g_variant_get (call->parameters, "(&suu)", &id, &from, &limit);
  pages = sohoa_batches_describe_pages (call->service->batches, id, from, limit, error);
  return pages != NULL ? g_variant_new ("(@aa{sv})", pages) : NULL;
}

static GVariant *
get_changes_since (SohoaBusCall *call, GError **error)
{
  guint64 sequence;
  guint limit;
  gboolean complete;
  GVariant *changes;

  g_variant_get (call->parameters, "(tu)", &sequence, &limit);
  changes = sohoa_batches_changes_since (call->service->batches, sequence, limit, &complete);
  return g_variant_new ("(@a(tsus)b)", changes, complete);
}

const SohoaBusRow sohoa_bus_scanner[] = {
  { "Devices", NULL, devices },
  { "Profiles", NULL, list_profiles },
  { "Expect", NULL, expect },
  { "StartBatch", SOHOA_ACTION_SCAN, start_batch },
  { "StopBatch", SOHOA_ACTION_SCAN, stop_batch },
  { "FeedBatch", SOHOA_ACTION_SCAN, feed_batch },
  { "FinishBatch", SOHOA_ACTION_SCAN, finish_batch },
  { "AcceptPages", SOHOA_ACTION_SCAN, accept_pages },
  { "ReleaseBatch", SOHOA_ACTION_ADMINISTER, release_batch },
  { "PurgeBatch", SOHOA_ACTION_ADMINISTER, purge_batch },
  { "Batches", NULL, list_batches },
  { "GetBatch", NULL, get_batch },
  { "GetPages", NULL, get_pages },
  { "GetChangesSince", NULL, get_changes_since },
  { NULL, NULL, NULL },
};
