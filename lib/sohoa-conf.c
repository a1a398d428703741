#include "sohoa-conf.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"

#include <string.h>

struct _SohoaConf {
  char     *name;  /* (owned) file name for messages */
  char     *text;  /* (owned) as it was read, to tell line numbers */
  GKeyFile *file;  /* (owned) what is not yet taken */
  GError   *error; /* (owned) (nullable) the first one met */
};

/* ":3", the first line that is neither comment, [section] nor key=value; "" when there is none; g_free. */
static char *
bad_line (const char *text)
{
  g_auto(GStrv) lines = g_strsplit (text != NULL ? text : "", "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++) {
    const char *line = g_strstrip (lines[i]);
    gsize n = strlen (line);

    if (n > 0 && line[0] != '#' && !(line[0] == '[' && line[n - 1] == ']') && (line[0] == '[' || strchr (line, '=') == NULL))
      return g_strdup_printf (":%u", i + 1);
  }
  return g_strdup ("");
}

SohoaConf *
sohoa_conf_load (const char *path, gboolean optional, GError **error)
{
  g_autoptr(SohoaConf) self = g_new0 (SohoaConf, 1);
  g_autoptr(GBytes) bytes = NULL;
  g_autoptr(GError) local = NULL;

  self->name = g_path_get_basename (path);
  self->file = g_key_file_new ();
  if (optional && !g_file_test (path, G_FILE_TEST_EXISTS))
    return g_steal_pointer (&self);
  bytes = sohoa_file_read (path, SOHOA_CONF_MAX_BYTES, &local);
  if (bytes != NULL)
    self->text = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  if (bytes == NULL
      || (g_bytes_get_size (bytes) > 0
          && !g_key_file_load_from_bytes (self->file, bytes, G_KEY_FILE_NONE, &local))) {
    g_autofree char *line = bad_line (self->text);

    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_CONFIG, "%s%s: %s", self->name, line, local->message);
    return NULL;
  }
  return g_steal_pointer (&self);
}

void
sohoa_conf_free (SohoaConf *self)
{
  if (self == NULL)
    return;
  g_free (self->name);
  g_free (self->text);
  g_key_file_unref (self->file);
  g_clear_error (&self->error);
  g_free (self);
}

char **
sohoa_conf_get_sections (SohoaConf *self)
{
  return g_key_file_get_groups (self->file, NULL);
}

/* ":12" of the key in its section, of the section without it, "" when neither stands there; g_free. */
static char *
line_of (SohoaConf *self, const char *section, const char *key)
{
  g_auto(GStrv) lines = g_strsplit (self->text != NULL ? self->text : "", "\n", -1);
  g_autofree char *head = g_strdup_printf ("[%s]", section);
  guint found = 0;
  gboolean inside = FALSE;

  for (guint i = 0; lines[i] != NULL; i++) {
    char *line = g_strstrip (lines[i]);

    if (line[0] == '[') {
      inside = g_str_equal (line, head);
      found = inside ? i + 1 : found;
    } else if (inside && g_str_has_prefix (line, key)) {
      const char *rest = line + strlen (key);

      if (rest[strspn (rest, " \t")] == '=')
        return g_strdup_printf (":%u", i + 1);
    }
  }
  return found > 0 ? g_strdup_printf (":%u", found) : g_strdup ("");
}

static void G_GNUC_PRINTF (4, 5)
complain (SohoaConf *self, const char *section, const char *key, const char *format, ...)
{
  g_autofree char *reason = NULL, *line = NULL;
  va_list args;

  if (self->error != NULL)
    return;
  line = line_of (self, section, key);
  va_start (args, format);
  reason = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (&self->error, SOHOA_ERROR, SOHOA_ERROR_CONFIG, "%s%s: [%s] %s: %s", self->name, line,
               section, key, reason);
}

gboolean
sohoa_conf_has (SohoaConf *self, const char *section, const char *key)
{
  return g_key_file_has_key (self->file, section, key, NULL);
}

void
sohoa_conf_complain (SohoaConf *self, const char *section, const char *key, const char *reason)
{
  complain (self, section, key, "%s", reason);
}

static gboolean
is_there (SohoaConf *self, const char *section, const char *key)
{
  return self->error == NULL && g_key_file_has_key (self->file, section, key, NULL);
}

/* A taken key leaves the file; an empty section with it. */
static void
drop (SohoaConf *self, const char *section, const char *key)
{
  (void) g_key_file_remove_key (self->file, section, key, NULL);
}

char *
sohoa_conf_take_string (SohoaConf *self, const char *section, const char *key, const char *fallback)
{
  g_autoptr(GError) local = NULL;
  char *value;

  if (!is_there (self, section, key))
    return g_strdup (fallback);
  value = g_key_file_get_string (self->file, section, key, &local);
  drop (self, section, key);
  if (value == NULL) {
    complain (self, section, key, "%s", local->message);
    return g_strdup (fallback);
  }
  return value;
}

int
sohoa_conf_take_int (SohoaConf *self, const char *section, const char *key, int fallback, int min, int max)
{
  g_autoptr(GError) local = NULL;
  int value;

  if (!is_there (self, section, key))
    return fallback;
  value = g_key_file_get_integer (self->file, section, key, &local);
  drop (self, section, key);
  if (local != NULL || value < min || value > max) {
    complain (self, section, key, "must be a number from %d to %d", min, max);
    return fallback;
  }
  return value;
}

gboolean
sohoa_conf_take_bool (SohoaConf *self, const char *section, const char *key, gboolean fallback)
{
  static const char *const words[] = { "no", "yes", "false", "true", NULL };

  return sohoa_conf_take_word (self, section, key, words, fallback ? 1 : 0) % 2 == 1;
}

char **
sohoa_conf_take_list (SohoaConf *self, const char *section, const char *key)
{
  char **value = NULL;

  if (is_there (self, section, key)) {
    value = g_key_file_get_string_list (self->file, section, key, NULL, NULL);
    drop (self, section, key);
  }
  return value != NULL ? value : g_new0 (char *, 1);
}

int
sohoa_conf_take_word (SohoaConf *self, const char *section, const char *key, const char *const *words,
                      int fallback)
{
  g_autofree char *value = sohoa_conf_take_string (self, section, key, NULL);
  g_autofree char *all = NULL;

  if (value == NULL)
    return fallback;
  for (int i = 0; words[i] != NULL; i++)
    if (g_str_equal (words[i], value))
      return i;
  all = g_strjoinv (", ", (char **) words);
  complain (self, section, key, "\"%s\" is not one of: %s", value, all);
  return fallback;
}

void
sohoa_conf_refuse (SohoaConf *self, const char *section, const char *key, const char *reason)
{
  complain (self, section, key, "%s", reason);
}

gboolean
sohoa_conf_finish (SohoaConf *self, GError **error)
{
  g_auto(GStrv) groups = g_key_file_get_groups (self->file, NULL);

  for (guint i = 0; groups[i] != NULL; i++) {
    g_auto(GStrv) keys = g_key_file_get_keys (self->file, groups[i], NULL, NULL);

    if (keys != NULL && keys[0] != NULL)
      complain (self, groups[i], keys[0], "unknown key");
  }
  if (self->error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&self->error));
  return FALSE;
}
