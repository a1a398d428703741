#include "sohoa-scan-backends.h"

#include "sohoa-scan-devices.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"

#include <stdlib.h>
#include <string.h>

#define DEFAULT_CONFIG_DIR "/etc/sane.d"
#define CONF_MAX_BYTES (256 * 1024)
#define MAX_BACKENDS 300u
#define UNKNOWN_MS 1000u /* a backend never asked is taken to be neither quick nor slow */
#define USEC_PER_S G_GINT64_CONSTANT (1000000)

struct _SohoaBackends {
  GMutex    lock;
  char     *path;   /* (owned) (nullable) */
  GKeyFile *memory; /* (owned) [backend] took-ms, broke (Unix seconds), problem */
};

SohoaBackends *
sohoa_backends_new (const char *state_file)
{
  SohoaBackends *self = g_new0 (SohoaBackends, 1);

  g_mutex_init (&self->lock);
  self->path = g_strdup (state_file);
  self->memory = g_key_file_new ();
  if (state_file != NULL)
    (void) g_key_file_load_from_file (self->memory, state_file, G_KEY_FILE_NONE, NULL);
  return self;
}

void
sohoa_backends_free (SohoaBackends *self)
{
  if (self == NULL)
    return;
  g_key_file_unref (self->memory);
  g_mutex_clear (&self->lock);
  g_free (self->path);
  g_free (self);
}

/* Lock held. */
static gboolean
broke_lately (SohoaBackends *self, const char *name)
{
  gint64 broke = g_key_file_get_int64 (self->memory, name, "broke", NULL);
  gint64 now = g_get_real_time () / USEC_PER_S;

  return broke > 0 && broke <= now && now - broke < SOHOA_SCAN_OFFENDER_REST_S;
}

gboolean
sohoa_backends_is_offender (SohoaBackends *self, const char *name)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return broke_lately (self, name);
}

void
sohoa_backends_remember (SohoaBackends *self, const char *name, guint took_ms, const GError *problem)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  gboolean broke = g_error_matches (problem, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_WORKER_DIED)
                   || g_error_matches (problem, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_HANG);

  g_key_file_set_integer (self->memory, name, "took-ms", (gint) took_ms);
  if (broke) {
    g_key_file_set_int64 (self->memory, name, "broke", g_get_real_time () / USEC_PER_S);
    g_key_file_set_string (self->memory, name, "problem", sohoa_error_name (problem));
  } else {
    (void) g_key_file_remove_key (self->memory, name, "broke", NULL);
    (void) g_key_file_remove_key (self->memory, name, "problem", NULL);
  }
}

void
sohoa_backends_save (SohoaBackends *self)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  g_autoptr(GError) error = NULL;
  g_autofree char *text = NULL;
  gsize length;

  if (self->path == NULL)
    return;
  text = g_key_file_to_data (self->memory, &length, NULL);
  if (!sohoa_file_write (self->path, text, length, 0600, &error))
    g_warning ("memory of scanner drivers: %s", error->message);
}

/* Lock held. */
static guint
rank (SohoaBackends *self, const char *name)
{
  if (broke_lately (self, name))
    return G_MAXUINT;
  if (!g_key_file_has_key (self->memory, name, "took-ms", NULL))
    return UNKNOWN_MS;
  return (guint) MAX (g_key_file_get_integer (self->memory, name, "took-ms", NULL), 0);
}

void
sohoa_backends_sort (SohoaBackends *self, char **names)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  /* Insertion keeps the configuration's order among equals; there are a hundred at most. */
  for (guint i = 1; names[0] != NULL && names[i] != NULL; i++)
    for (guint j = i; j > 0 && rank (self, names[j]) < rank (self, names[j - 1]); j--) {
      char *other = names[j];

      names[j] = names[j - 1];
      names[j - 1] = other;
    }
}

/* ---- SANE's configuration (sane-dll(5)) ---- */

static void
read_list (const char *path, GHashTable *seen, GPtrArray *out)
{
  g_autoptr(GBytes) bytes = sohoa_file_read (path, CONF_MAX_BYTES, NULL);
  g_autofree char *text = bytes != NULL ? g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes)) : g_strdup ("");
  g_auto(GStrv) lines = g_strsplit (text, "\n", -1);

  for (guint i = 0; lines[i] != NULL && out->len < MAX_BACKENDS; i++) {
    char *name = g_strstrip (lines[i]);

    name[strcspn (name, " \t#")] = '\0';
    if (name[0] != '\0' && g_hash_table_add (seen, g_strdup (name)))
      g_ptr_array_add (out, g_strdup (name));
  }
}

static void
read_folder (const char *folder, GHashTable *seen, GPtrArray *out)
{
  g_autofree char *path = g_build_filename (folder, "dll.d", NULL);
  g_autoptr(GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *file = g_build_filename (path, name, NULL);

    if (name[0] != '.' && !g_str_has_suffix (name, "~"))
      read_list (file, seen, out);
  }
}

char **
sohoa_scan_list_backends (void)
{
  const char *path = g_getenv ("SANE_CONFIG_DIR");
  g_auto(GStrv) folders = g_strsplit (path != NULL && path[0] != '\0' ? path : DEFAULT_CONFIG_DIR, ":", -1);
  g_autoptr(GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GPtrArray *out = g_ptr_array_new ();

  for (guint i = 0; folders[i] != NULL; i++) {
    g_autofree char *conf = g_build_filename (folders[i], "dll.conf", NULL);

    read_folder (folders[i], seen, out);
    read_list (conf, seen, out);
  }
  g_ptr_array_add (out, NULL);
  return (char **) g_ptr_array_free (out, FALSE);
}
