#include "sohoa-agent-conf.h"

#include "sohoa-agent-request.h"
#include "sohoa-errors.h"
#include "sohoa-file.h"

#include <string.h>

#define CONF_FILE "agent.conf"
#define LEARNED_FILE "agent-origins.conf"
#define SECTION_PREFIX "origin "
#define PORT 8987 /* domain.md 9.3 */
#define MAX_FILE_MB_DEFAULT 100
#define MAX_FILE_MB 2047
#define MAX_ORIGINS 200u

static void
origin_free (gpointer data)
{
  SohoaAgentOrigin *origin = data;

  g_free (origin->origin);
  g_strfreev (origin->hosts);
  g_free (origin->ca_file);
  g_free (origin);
}

void
sohoa_agent_conf_free (SohoaAgentConf *self)
{
  if (self == NULL)
    return;
  g_free (self->sign);
  g_free (self->level);
  g_free (self->tsa);
  g_free (self->trust);
  g_free (self->ask);
  g_free (self->ca_file);
  g_free (self->folder);
  g_ptr_array_unref (self->origins);
  g_hash_table_unref (self->denied);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/* ---- reading ---- */

/* Each becomes an origin in place. */
static gboolean
tidy_hosts (char **hosts)
{
  for (guint i = 0; hosts[i] != NULL; i++) {
    char *tidy = sohoa_agent_origin_of (hosts[i], TRUE);

    if (tidy == NULL)
      return FALSE;
    g_free (hosts[i]);
    hosts[i] = tidy;
  }
  return TRUE;
}

static void
take_origin (SohoaAgentConf *self, SohoaConf *conf, const char *section, gboolean learned)
{
  SohoaAgentOrigin *origin = g_new0 (SohoaAgentOrigin, 1);

  origin->learned = learned;
  origin->origin = sohoa_agent_origin_of (section + strlen (SECTION_PREFIX), TRUE);
  origin->hosts = sohoa_conf_take_list (conf, section, "hosts");
  origin->ca_file = sohoa_conf_take_string (conf, section, "ca-file", NULL);
  if (origin->origin == NULL)
    sohoa_conf_complain (conf, section, "hosts", "the section's name is no origin: write [origin https://host] or with a port");
  else if (!tidy_hosts (origin->hosts))
    sohoa_conf_complain (conf, section, "hosts", "not https://host or https://host:port");
  if (origin->origin != NULL && self->origins->len < MAX_ORIGINS)
    g_ptr_array_add (self->origins, origin);
  else
    origin_free (origin);
}

static gboolean
take_origins (SohoaAgentConf *self, SohoaConf *conf, gboolean learned, GError **error)
{
  g_auto(GStrv) sections = sohoa_conf_get_sections (conf);

  for (guint i = 0; sections[i] != NULL; i++)
    if (g_str_has_prefix (sections[i], SECTION_PREFIX))
      take_origin (self, conf, sections[i], learned);
  return sohoa_conf_finish (conf, error);
}

static void
take_agent (SohoaAgentConf *self, SohoaConf *conf)
{
  static const char *const levels[] = { "b", "t", "lt", "lta", NULL };
  const char *section = "agent";

  self->port = (guint) sohoa_conf_take_int (conf, section, "port", PORT, 0, 65535);
  self->sign = sohoa_conf_take_string (conf, section, "sign", NULL);
  self->level = g_strdup (levels[sohoa_conf_take_word (conf, section, "level", levels, 0)]);
  self->tsa = sohoa_conf_take_string (conf, section, "tsa", NULL);
  self->trust = sohoa_conf_take_string (conf, section, "trust", NULL);
  self->ca_file = sohoa_conf_take_string (conf, section, "ca-file", NULL);
  self->ask = sohoa_conf_take_string (conf, section, "ask", NULL);
  self->ask_new = sohoa_conf_take_bool (conf, section, "ask-new", TRUE);
  self->max_file_bytes
    = 1024 * 1024 * (guint64) sohoa_conf_take_int (conf, section, "max-file-mb", MAX_FILE_MB_DEFAULT, 1, MAX_FILE_MB);
  if (self->sign != NULL && strstr (self->sign, "pin-value") != NULL)
    sohoa_conf_complain (conf, section, "sign", "a PIN must not stand in a file: leave pin-value out, it is asked for");
}

SohoaAgentConf *
sohoa_agent_conf_load (const char *folder, GError **error)
{
  g_autoptr(SohoaAgentConf) self = g_new0 (SohoaAgentConf, 1);
  g_autofree char *path = g_build_filename (folder, CONF_FILE, NULL);
  g_autofree char *learned_path = g_build_filename (folder, LEARNED_FILE, NULL);
  g_autoptr(SohoaConf) conf = NULL;
  g_autoptr(SohoaConf) learned = NULL;

  g_mutex_init (&self->lock);
  self->folder = g_strdup (folder);
  self->origins = g_ptr_array_new_with_free_func (origin_free);
  self->denied = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  conf = sohoa_conf_load (path, TRUE, error);
  learned = conf != NULL ? sohoa_conf_load (learned_path, TRUE, error) : NULL;
  if (learned == NULL)
    return NULL;
  take_agent (self, conf);
  if (!take_origins (self, conf, FALSE, error) || !take_origins (self, learned, TRUE, error))
    return NULL;
  return g_steal_pointer (&self);
}

/* ---- asking ---- */

static SohoaAgentOrigin *
find (SohoaAgentConf *self, const char *origin)
{
  for (guint i = 0; i < self->origins->len; i++) {
    SohoaAgentOrigin *each = g_ptr_array_index (self->origins, i);

    if (g_str_equal (each->origin, origin))
      return each;
  }
  return NULL;
}

SohoaAgentVerdict
sohoa_agent_conf_judge (SohoaAgentConf *self, const char *origin)
{
  SohoaAgentVerdict verdict = SOHOA_AGENT_UNKNOWN;

  g_mutex_lock (&self->lock);
  if (find (self, origin) != NULL)
    verdict = SOHOA_AGENT_ALLOWED;
  else if (!self->ask_new || g_hash_table_contains (self->denied, origin))
    verdict = SOHOA_AGENT_DENIED;
  g_mutex_unlock (&self->lock);
  return verdict;
}

gboolean
sohoa_agent_conf_may_visit (SohoaAgentConf *self, const char *origin, const char *host)
{
  const SohoaAgentOrigin *entry;
  gboolean may;

  g_mutex_lock (&self->lock);
  entry = find (self, origin);
  may = entry != NULL && (g_str_equal (origin, host) || g_strv_contains ((const char *const *) entry->hosts, host));
  g_mutex_unlock (&self->lock);
  return may;
}

char *
sohoa_agent_conf_dup_ca_file (SohoaAgentConf *self, const char *origin)
{
  const SohoaAgentOrigin *entry;
  char *path;

  g_mutex_lock (&self->lock);
  entry = find (self, origin);
  path = g_strdup (entry != NULL && entry->ca_file != NULL ? entry->ca_file : self->ca_file);
  g_mutex_unlock (&self->lock);
  return path;
}

/* ---- what a person says ---- */

/* Under lock. */
static gboolean
save_learned (SohoaAgentConf *self, GError **error)
{
  g_autoptr(GKeyFile) file = g_key_file_new ();
  g_autofree char *path = g_build_filename (self->folder, LEARNED_FILE, NULL);
  g_autofree char *text = NULL;
  gsize length;

  for (guint i = 0; i < self->origins->len; i++) {
    const SohoaAgentOrigin *each = g_ptr_array_index (self->origins, i);
    g_autofree char *section = g_strconcat (SECTION_PREFIX, each->origin, NULL);

    if (each->learned)
      g_key_file_set_string_list (file, section, "hosts", (const char *const *) each->hosts, g_strv_length (each->hosts));
  }
  text = g_key_file_to_data (file, &length, NULL);
  return sohoa_folder_make (self->folder, 0700, error) && sohoa_file_write (path, text, length, 0600, error);
}

/* Under lock: those of @hosts that are not there yet. */
static void
add_hosts (SohoaAgentOrigin *entry, const char *const *hosts)
{
  g_autoptr(GPtrArray) all = g_ptr_array_new ();

  for (guint i = 0; entry->hosts[i] != NULL; i++)
    g_ptr_array_add (all, entry->hosts[i]);
  for (guint i = 0; hosts != NULL && hosts[i] != NULL; i++)
    if (!g_str_equal (hosts[i], entry->origin) && !g_strv_contains ((const char *const *) entry->hosts, hosts[i]))
      g_ptr_array_add (all, g_strdup (hosts[i]));
  g_ptr_array_add (all, NULL);
  g_free (entry->hosts);
  entry->hosts = (char **) g_ptr_array_free (g_steal_pointer (&all), FALSE);
}

gboolean
sohoa_agent_conf_allow (SohoaAgentConf *self, const char *origin, const char *const *hosts, GError **error)
{
  SohoaAgentOrigin *entry;
  gboolean ok;

  g_mutex_lock (&self->lock);
  entry = find (self, origin);
  if (entry != NULL && !entry->learned) {
    g_mutex_unlock (&self->lock);
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_NOT_AUTHORISED, "[origin %s]: add the host to its hosts in agent.conf", origin);
    return FALSE;
  }
  if (entry == NULL) {
    entry = g_new0 (SohoaAgentOrigin, 1);
    entry->learned = TRUE;
    entry->origin = g_strdup (origin);
    entry->hosts = g_new0 (char *, 1);
    g_ptr_array_add (self->origins, entry);
  }
  add_hosts (entry, hosts);
  ok = save_learned (self, error);
  if (!ok)
    g_ptr_array_remove (self->origins, entry);
  g_mutex_unlock (&self->lock);
  return ok;
}

void
sohoa_agent_conf_deny (SohoaAgentConf *self, const char *origin)
{
  g_mutex_lock (&self->lock);
  g_hash_table_add (self->denied, g_strdup (origin));
  g_mutex_unlock (&self->lock);
}

gboolean
sohoa_agent_conf_forget (SohoaAgentConf *self, const char *origin, GError **error)
{
  SohoaAgentOrigin *entry;
  gboolean ok = TRUE;

  g_mutex_lock (&self->lock);
  entry = find (self, origin);
  if (entry != NULL && entry->learned) {
    g_ptr_array_remove (self->origins, entry);
    ok = save_learned (self, error);
  }
  g_mutex_unlock (&self->lock);
  return ok;
}

char **
sohoa_agent_conf_list_learned (SohoaAgentConf *self)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new ();

  g_mutex_lock (&self->lock);
  for (guint i = 0; i < self->origins->len; i++) {
    const SohoaAgentOrigin *each = g_ptr_array_index (self->origins, i);

    if (each->learned)
      g_ptr_array_add (names, g_strdup (each->origin));
  }
  g_mutex_unlock (&self->lock);
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&names), FALSE);
}
