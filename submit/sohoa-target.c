#include "sohoa-target.h"

#include "sohoa-errors.h"
#include "sohoa-record.h"

#include <string.h>

#define AXIS_MAX_MB 50 /* one document (domain.md 8.5) */
#define MAX_MB_LIMIT 2047 /* the largest file we write */
#define TIMEOUT_DEFAULT_MS (60 * 1000)
#define TIMEOUT_MIN_MS 100
#define TIMEOUT_MAX_MS (30 * 60 * 1000)
#define DEFAULT_BOOK "Văn bản đến"

static const char *const connectors[] = { "rest", "vxp", "folder", "webdav", "sftp", "assisted", NULL };
static const char *const auths[] = { "hmac", "bearer", "basic", "none", NULL };

void
sohoa_target_free (SohoaTarget *self)
{
  if (self == NULL)
    return;
  g_free (self->name);
  g_free (self->connector);
  g_free (self->url);
  g_free (self->system_id);
  g_free (self->secret_file);
  g_free (self->ca_file);
  g_free (self->client_certificate_file);
  g_free (self->client_key_file);
  g_free (self->from);
  g_free (self->from_name);
  g_strfreev (self->to);
  g_strfreev (self->form);
  g_strfreev (self->pins);
  g_free (self->book);
  g_free (self->path);
  g_free (self->known_hosts_file);
  g_free (self);
}

static gboolean
is_this_machine (const char *host)
{
  g_autoptr(GInetAddress) address = NULL;

  if (host == NULL)
    return FALSE;
  if (g_str_equal (host, "localhost"))
    return TRUE;
  address = g_inet_address_new_from_string (host);
  return address != NULL && g_inet_address_get_is_loopback (address);
}

static gboolean
is (const SohoaTarget *self, const char *connector)
{
  return g_str_equal (self->connector, connector);
}

/* NULL: fine. Else what is wrong and what to write. */
static const char *
check_http_url (const SohoaTarget *self, GUri *uri)
{
  if (uri == NULL || g_uri_get_host (uri) == NULL || g_uri_get_userinfo (uri) != NULL || g_uri_get_query (uri) != NULL)
    return "url: not a plain http(s) address: write https://host[:port][/path]";
  if (!g_str_equal (g_uri_get_scheme (uri), "https") && !g_str_equal (g_uri_get_scheme (uri), "http"))
    return "url: neither https nor http";
  if (g_str_equal (g_uri_get_scheme (uri), "http") && !self->allow_plain && !is_this_machine (g_uri_get_host (uri)))
    return "url: http is not encrypted: use https, or allow-plain = yes on a protected network";
  return NULL;
}

/* Host and folder become words of a command. */
static const char *
check_sftp_url (const SohoaTarget *self, GUri *uri)
{
  const char *host = uri != NULL ? g_uri_get_host (uri) : NULL;

  if (host == NULL || host[0] == '-' || !g_str_equal (g_uri_get_scheme (uri), "sftp") || g_uri_get_path (uri)[0] != '/'
      || g_uri_get_password (uri) != NULL || g_uri_get_query (uri) != NULL)
    return "url: write sftp://user@host[:port]/folder, without a password";
  if (strpbrk (g_uri_get_path (uri), "\"'\\\n\r*?[]{}") != NULL || strpbrk (host, " \n\r") != NULL)
    return "url: the folder's name holds a character that is not allowed here";
  return NULL;
}

static gboolean
is_folder (const SohoaTarget *self)
{
  return is (self, "folder") || is (self, "assisted");
}

static const char *
check_place (const SohoaTarget *self)
{
  g_autoptr(GUri) uri = g_uri_parse (self->url, is (self, "sftp") ? G_URI_FLAGS_HAS_PASSWORD : G_URI_FLAGS_NONE, NULL);

  if (is_folder (self))
    return g_path_is_absolute (self->path) ? NULL : "path: give the folder's absolute path";
  return is (self, "sftp") ? check_sftp_url (self, uri) : check_http_url (self, uri);
}

/* As openssl prints them and as people copy them: colons go, letters become small. */
static void
tidy_pins (char **pins)
{
  for (guint i = 0; pins != NULL && pins[i] != NULL; i++) {
    char *to = pins[i];

    for (const char *from = pins[i]; *from != '\0'; from++)
      if (*from != ':')
        *to++ = g_ascii_tolower (*from);
    *to = '\0';
  }
}

static const char *
check_pins (const SohoaTarget *self)
{
  if (self->pins == NULL || self->pins[0] == NULL)
    return NULL;
  if (!g_str_has_prefix (self->url, "https:"))
    return "pin: only an https receiver has a certificate";
  for (guint i = 0; self->pins[i] != NULL; i++)
    if (strlen (self->pins[i]) != 64 || strspn (self->pins[i], "0123456789abcdef") != 64)
      return "pin: not a SHA-256: take what `openssl x509 -fingerprint -sha256` prints";
  return NULL;
}

static const char *
check_form (const SohoaTarget *self)
{
  for (guint i = 0; self->form != NULL && self->form[i] != NULL; i++)
    if (!sohoa_field_key_is_known (self->form[i]))
      return "form: only field keys, for instance CodeNumber;IssuedDate;Subject";
  return NULL;
}

static gboolean
check_target (const SohoaTarget *self, GError **error)
{
  const char *what = check_place (self);

  if (what == NULL)
    what = check_form (self);
  if (what == NULL)
    what = check_pins (self);
  if (what == NULL && self->auth != SOHOA_TARGET_AUTH_NONE && self->secret_file == NULL)
    what = "secret-file: missing";
  else if (what == NULL && (self->auth == SOHOA_TARGET_AUTH_HMAC || self->auth == SOHOA_TARGET_AUTH_BASIC)
           && self->system_id[0] == '\0')
    what = "system-id: missing";
  else if (what == NULL && is (self, "webdav") && self->auth == SOHOA_TARGET_AUTH_HMAC)
    what = "auth: webdav knows basic, bearer and none";
  else if (what == NULL && is (self, "rest") && self->auth == SOHOA_TARGET_AUTH_BASIC)
    what = "auth: rest knows hmac, bearer and none";
  else if (what == NULL && is (self, "vxp") && (self->from[0] == '\0' || self->to[0] == NULL))
    what = "from and to: agency codes are needed for vxp";
  else if (what == NULL && !is (self, "sftp") && (self->client_certificate_file == NULL) != (self->client_key_file == NULL))
    what = "client-certificate-file and client-key-file: give both";
  if (what == NULL)
    return TRUE;
  g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_CONFIG, "[target %s] %s", self->name, what);
  return FALSE;
}

/* hmac unless said otherwise; some connectors know one kind only. */
static SohoaTargetAuth
take_auth (const SohoaTarget *self, SohoaConf *conf, const char *section)
{
  SohoaTargetAuth otherwise = is (self, "webdav") ? SOHOA_TARGET_AUTH_BASIC : SOHOA_TARGET_AUTH_HMAC;
  SohoaTargetAuth auth = sohoa_conf_take_word (conf, section, "auth", auths, otherwise);

  if (is (self, "vxp"))
    return SOHOA_TARGET_AUTH_HMAC;
  return is_folder (self) || is (self, "sftp") ? SOHOA_TARGET_AUTH_NONE : auth;
}

SohoaTarget *
sohoa_target_take (SohoaConf *conf, const char *section, GError **error)
{
  g_autoptr(SohoaTarget) self = g_new0 (SohoaTarget, 1);
  gsize length;

  self->name = g_strdup (g_str_has_prefix (section, SOHOA_TARGET_SECTION_PREFIX)
                           ? section + strlen (SOHOA_TARGET_SECTION_PREFIX) : section);
  self->connector = g_strdup (connectors[sohoa_conf_take_word (conf, section, "connector", connectors, 0)]);
  self->auth = take_auth (self, conf, section);
  self->url = sohoa_conf_take_string (conf, section, "url", "");
  for (length = strlen (self->url); length > 0 && self->url[length - 1] == '/'; length--)
    self->url[length - 1] = '\0';
  self->system_id = sohoa_conf_take_string (conf, section, "system-id", "");
  self->secret_file = sohoa_conf_take_string (conf, section, "secret-file", NULL);
  self->ca_file = sohoa_conf_take_string (conf, section, "ca-file", NULL);
  self->client_certificate_file = sohoa_conf_take_string (conf, section, "client-certificate-file", NULL);
  self->client_key_file = sohoa_conf_take_string (conf, section, "client-key-file", NULL);
  self->from = sohoa_conf_take_string (conf, section, "from", "");
  self->from_name = sohoa_conf_take_string (conf, section, "from-name", "");
  self->to = sohoa_conf_take_list (conf, section, "to");
  self->form = sohoa_conf_take_list (conf, section, "form");
  self->pins = sohoa_conf_take_list (conf, section, "pin");
  tidy_pins (self->pins);
  self->book = sohoa_conf_take_string (conf, section, "book", DEFAULT_BOOK);
  self->timeout_ms = sohoa_conf_take_int (conf, section, "timeout-ms", TIMEOUT_DEFAULT_MS, TIMEOUT_MIN_MS,
                                          TIMEOUT_MAX_MS);
  self->max_bytes = 1024 * 1024 * (guint64) sohoa_conf_take_int (conf, section, "max-document-mb",
                                                                 is (self, "rest") || is (self, "vxp") ? AXIS_MAX_MB : 0, 0, MAX_MB_LIMIT);
  self->path = sohoa_conf_take_string (conf, section, "path", "");
  self->known_hosts_file = sohoa_conf_take_string (conf, section, "known-hosts-file", NULL);
  self->answers = sohoa_conf_take_bool (conf, section, "answers", FALSE);
  self->allow_plain = sohoa_conf_take_bool (conf, section, "allow-plain", FALSE);
  self->hash_quirk = sohoa_conf_take_bool (conf, section, "hash-quirk", TRUE);
  self->attach_record = sohoa_conf_take_bool (conf, section, "attach-record", FALSE);
  if (!check_target (self, error))
    return NULL;
  return g_steal_pointer (&self);
}
