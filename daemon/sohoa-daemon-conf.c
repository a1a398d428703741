#include "sohoa-daemon-conf.h"

#include "sohoa-errors.h"

#include <string.h>
#include <unistd.h>

#define MAX_WORKERS 256
#define MAX_STABLE_SECONDS 3600
#define DEFAULT_STABLE_SECONDS 3
#define DEFAULT_GROUP_SECONDS 10
#define MAX_CALL_LIMIT_MS (10 * 60 * 1000)
#define MAX_PAUSE_MS (60 * 1000)
#define TOKEN_MINUTES 15
#define TOKEN_MAX_MINUTES (8 * 60)
#define TOKEN_MAX_CALL_SECONDS 600
#define TOKEN_PREFIX "pkcs11:"
#define TSA_MAX_SECONDS 600
#define SEAL_MAX_MM 60 /* of a seal on paper */
#define RENEW_MAX_DAYS 3650
#define FOLDER_SECTION_PREFIX "hotfolder "
#define SYSTEM_CONF "/etc/sohoa/sohoad.conf"
#define SYSTEM_STATE "/var/lib/sohoa"
#define SYSTEM_RUNTIME "/run/sohoa"

static const char *const watch_words[] = { "inotify", "poll", NULL };
static const char *const ticket_words[] = { "no", "optional", "required", NULL };
static const char *const level_words[] = { "B-B", "B-T", "B-LT", "B-LTA", NULL }; /* as SohoaLevel */
static const char *const number_words[] = { "desk", "qlvb", "paper", NULL };

const char *
sohoa_numbers_to_string (SohoaNumbers numbers)
{
  return number_words[numbers];
}

static void
folder_conf_free (gpointer data)
{
  SohoaFolderConf *self = data;

  g_free (self->name);
  g_free (self->path);
  g_free (self->profile);
  g_free (self->group);
  g_free (self);
}

void
sohoa_daemon_conf_free (SohoaDaemonConf *self)
{
  if (self == NULL)
    return;
  g_free (self->state_dir);
  g_free (self->runtime_dir);
  g_free (self->agency_id);
  g_free (self->petition_group);
  g_free (self->agency_name);
  g_free (self->seal);
  g_free (self->authority);
  g_free (self->profile);
  g_ptr_array_unref (self->folders);
  g_ptr_array_unref (self->targets);
  g_free (self->p12);
  g_free (self->token);
  g_free (self->passphrase_file);
  g_free (self->tsa);
  g_free (self->tsa_policy);
  g_free (self->proxy);
  g_free (self->trust);
  g_free (self->book);
  g_strfreev (self->scanners);
  g_free (self);
}

static char *
default_state_dir (const SohoaDaemonPlace *place)
{
  const char *given = g_getenv ("STATE_DIRECTORY");

  if (given != NULL && given[0] == '/' && strchr (given, ':') == NULL)
    return g_strdup (given);
  if (place->session)
    return g_build_filename (g_get_user_data_dir (), "sohoa", NULL);
  return g_strdup (SYSTEM_STATE);
}

/* Keys of uncleared pages must die with the power: a tmpfs. */
static char *
default_runtime_dir (const SohoaDaemonPlace *place)
{
  const char *given = g_getenv ("RUNTIME_DIRECTORY");
  const char *user = g_getenv ("XDG_RUNTIME_DIR");

  if (given != NULL && given[0] == '/' && strchr (given, ':') == NULL)
    return g_strdup (given);
  if (place->session && user != NULL && user[0] == '/')
    return g_build_filename (user, "sohoa", NULL);
  if (place->session)
    return g_strdup_printf ("/dev/shm/sohoa-%u", (guint) getuid ());
  return g_strdup (SYSTEM_RUNTIME);
}

static gboolean
check_absolute (const char *section, const char *key, const char *value, GError **error)
{
  if (value == NULL || value[0] == '/')
    return TRUE;
  g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_CONFIG,
               "[%s] %s: not an absolute path: write it from /", section, key);
  return FALSE;
}

static gboolean
take_folder (SohoaDaemonConf *self, SohoaConf *conf, const char *section, GError **error)
{
  SohoaFolderConf *folder = g_new0 (SohoaFolderConf, 1);

  g_ptr_array_add (self->folders, folder);
  folder->name = g_strstrip (g_strdup (section + strlen (FOLDER_SECTION_PREFIX)));
  folder->path = sohoa_conf_take_string (conf, section, "path", NULL);
  folder->profile = sohoa_conf_take_string (conf, section, "profile", NULL);
  folder->stable_seconds
    = (guint) sohoa_conf_take_int (conf, section, "stable-seconds", DEFAULT_STABLE_SECONDS, 0, MAX_STABLE_SECONDS);
  folder->polled = sohoa_conf_take_word (conf, section, "watch", watch_words, 0) == 1;
  folder->subfolders = sohoa_conf_take_bool (conf, section, "subfolders", FALSE);
  folder->group = sohoa_conf_take_string (conf, section, "group", NULL);
  folder->group_seconds
    = (guint) sohoa_conf_take_int (conf, section, "group-seconds", DEFAULT_GROUP_SECONDS, 1, MAX_STABLE_SECONDS);
  folder->tickets = (SohoaHotTickets) sohoa_conf_take_word (conf, section, "tickets", ticket_words, SOHOA_HOT_TICKETS_NO);
  if (folder->path == NULL) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_CONFIG, "[%s] path: missing: name the folder", section);
    return FALSE;
  }
  return check_absolute (section, "path", folder->path, error);
}

static gboolean
take_sections (SohoaDaemonConf *self, SohoaConf *conf, GError **error)
{
  g_auto(GStrv) sections = sohoa_conf_get_sections (conf);

  for (guint i = 0; sections[i] != NULL; i++) {
    if (g_str_has_prefix (sections[i], FOLDER_SECTION_PREFIX)) {
      if (!take_folder (self, conf, sections[i], error))
        return FALSE;
    } else if (g_str_has_prefix (sections[i], SOHOA_TARGET_SECTION_PREFIX)) {
      SohoaTarget *target = sohoa_target_take (conf, sections[i], error);

      if (target == NULL)
        return FALSE;
      g_ptr_array_add (self->targets, target);
    }
  }
  return TRUE;
}

static void
take_level (SohoaDaemonConf *self, SohoaConf *conf)
{
  self->tsa = sohoa_conf_take_string (conf, "signing", "tsa", NULL);
  self->tsa_policy = sohoa_conf_take_string (conf, "signing", "tsa-policy", NULL);
  self->proxy = sohoa_conf_take_string (conf, "signing", "proxy", NULL);
  self->trust = sohoa_conf_take_string (conf, "signing", "trust", NULL);
  self->level = (SohoaLevel) sohoa_conf_take_word (conf, "signing", "level", level_words,
                                                   self->tsa != NULL ? SOHOA_LEVEL_LTA : SOHOA_LEVEL_B);
  self->tsa_seconds
    = (guint) sohoa_conf_take_int (conf, "signing", "tsa-seconds", SOHOA_LEVELS_TIMEOUT_MS / 1000, 1, TSA_MAX_SECONDS);
  self->degrade = sohoa_conf_take_bool (conf, "signing", "degrade", TRUE);
  self->renew_days
    = (guint) sohoa_conf_take_int (conf, "signing", "renew-days", SOHOA_RENEW_WITHIN_DAYS, 1, RENEW_MAX_DAYS);
}

static void
take_plain_keys (SohoaDaemonConf *self, SohoaConf *conf, const SohoaDaemonPlace *place)
{
  g_autofree char *state = default_state_dir (place);
  g_autofree char *runtime = default_runtime_dir (place);

  self->state_dir = sohoa_conf_take_string (conf, "daemon", "state-dir", state);
  if (place->state_dir != NULL) {
    g_free (self->state_dir);
    self->state_dir = g_canonicalize_filename (place->state_dir, NULL);
  }
  self->runtime_dir = sohoa_conf_take_string (conf, "daemon", "runtime-dir", runtime);
  self->workers = (guint) sohoa_conf_take_int (conf, "daemon", "workers", 0, 0, MAX_WORKERS);
  self->agency_id = sohoa_conf_take_string (conf, "agency", "id", "");
  self->agency_name = sohoa_conf_take_string (conf, "agency", "name", "");
  self->authority = sohoa_conf_take_string (conf, "agency", "authority", "");
  self->profile = sohoa_conf_take_string (conf, "agency", "profile", "VN-ND30-2020");
  self->p12 = sohoa_conf_take_string (conf, "signing", "p12", NULL);
  self->passphrase_file = sohoa_conf_take_string (conf, "signing", "passphrase-file", NULL);
  self->token = sohoa_conf_take_string (conf, "signing", "token", NULL);
  self->token_minutes = (guint) sohoa_conf_take_int (conf, "signing", "token-minutes", TOKEN_MINUTES, 1, TOKEN_MAX_MINUTES);
  self->token_call_seconds = (guint) sohoa_conf_take_int (conf, "signing", "token-call-seconds", 0, 0, TOKEN_MAX_CALL_SECONDS);
  self->unattended = sohoa_conf_take_bool (conf, "signing", "unattended", FALSE);
  self->seal = sohoa_conf_take_string (conf, "signing", "seal", NULL);
  self->seal_mm = sohoa_conf_take_int (conf, "signing", "seal-mm", 0, 0, SEAL_MAX_MM);
  self->sign_originals = sohoa_conf_take_bool (conf, "signing", "originals", FALSE);
  take_level (self, conf);
  self->numbers = (SohoaNumbers) sohoa_conf_take_word (conf, "numbers", "source", number_words, SOHOA_NUMBERS_QLVB);
  self->book = sohoa_conf_take_string (conf, "numbers", "book", "");
  self->petition_group = sohoa_conf_take_string (conf, "petitions", "group", "");
  self->scanner_limit_ms = (guint) sohoa_conf_take_int (conf, "scanners", "call-limit-ms", 0, 0, MAX_CALL_LIMIT_MS);
  self->scanners = sohoa_conf_take_list (conf, "scanners", "addresses");
  self->demo = sohoa_conf_take_bool (conf, "demo", "enabled", FALSE);
  self->pause_ms = (guint) sohoa_conf_take_int (conf, "demo", "pause-ms", 0, 0, MAX_PAUSE_MS);
}

static gboolean
check_level (SohoaDaemonConf *self, GError **error)
{
  if (self->level > SOHOA_LEVEL_B && self->tsa == NULL) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_CONFIG, "[signing] level: %s needs a time stamp authority: add tsa=URL",
                 sohoa_level_to_profile (self->level));
    return FALSE;
  }
  if (self->tsa != NULL && !g_str_has_prefix (self->tsa, "http://") && !g_str_has_prefix (self->tsa, "https://")) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_CONFIG, "[signing] tsa: not an http address: write http://… or https://…");
    return FALSE;
  }
  if (!self->degrade && self->token != NULL) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_CONFIG,
                 "[signing] degrade: with a token every try would want its PIN again: leave it at yes");
    return FALSE;
  }
  return check_absolute ("signing", "trust", self->trust, error);
}

static gboolean
check_sense (SohoaDaemonConf *self, GError **error)
{
  if (!check_absolute ("daemon", "state-dir", self->state_dir, error)
      || !check_absolute ("daemon", "runtime-dir", self->runtime_dir, error)
      || !check_absolute ("signing", "p12", self->p12, error)
      || !check_absolute ("signing", "seal", self->seal, error)
      || !check_absolute ("signing", "passphrase-file", self->passphrase_file, error) || !check_level (self, error))
    return FALSE;
  if (self->token != NULL && (self->p12 != NULL || !g_str_has_prefix (self->token, TOKEN_PREFIX))) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_CONFIG,
                 "[signing] token: give pkcs11:token=NAME (RFC 7512), and no p12 beside it");
    return FALSE;
  }
  if (self->unattended && self->p12 == NULL) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_CONFIG,
                 "[signing] unattended: needs a PKCS#12 file: add p12=FILE");
    return FALSE;
  }
  if (self->pause_ms > 0 && !self->demo) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_CONFIG, "[demo] pause-ms: only with enabled=yes: remove it");
    return FALSE;
  }
  if (self->numbers != SOHOA_NUMBERS_QLVB && self->agency_id[0] == '\0') {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_CONFIG,
                 "[agency] id: needed to give numbers: add the agency's code");
    return FALSE;
  }
  for (guint i = 0; i < self->folders->len; i++) {
    const SohoaFolderConf *folder = g_ptr_array_index (self->folders, i);
    g_autofree char *inside = g_strconcat (folder->path, "/", NULL);

    if (g_str_has_prefix (self->state_dir, inside) || g_str_equal (self->state_dir, folder->path)) {
      g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_CONFIG,
                   "[hotfolder %s] path: the state folder lies inside it: choose another", folder->name);
      return FALSE;
    }
  }
  return TRUE;
}

SohoaDaemonConf *
sohoa_daemon_conf_load (const char *path, const SohoaDaemonPlace *place, GError **error)
{
  g_autoptr(SohoaDaemonConf) self = g_new0 (SohoaDaemonConf, 1);
  g_autoptr(SohoaConf) conf = NULL;
  g_autofree char *standard = place->session
                                ? g_build_filename (g_get_user_config_dir (), "sohoa", "sohoad.conf", NULL)
                                : g_strdup (SYSTEM_CONF);

  self->folders = g_ptr_array_new_with_free_func (folder_conf_free);
  self->targets = g_ptr_array_new_with_free_func ((GDestroyNotify) sohoa_target_free);
  conf = sohoa_conf_load (path != NULL ? path : standard, path == NULL, error);
  if (conf == NULL)
    return NULL;
  take_plain_keys (self, conf, place);
  if (!take_sections (self, conf, error) || !sohoa_conf_finish (conf, error) || !check_sense (self, error))
    return NULL;
  return g_steal_pointer (&self);
}
