/* Configuration: GKeyFile, each key taken once with default and range, what is left over refused
 * (style.md habit 19). Errors: SOHOA_ERROR_CONFIG, "file:line: [section] key: reason" (no line when the key is not in it). After the first
 * error every further take is a no-op that gives the default. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define SOHOA_CONF_MAX_BYTES (1024u * 1024)

typedef struct _SohoaConf SohoaConf;

/* @path missing: an empty configuration when @optional, else an error. */
SohoaConf *sohoa_conf_load (const char *path, gboolean optional, GError **error);
void       sohoa_conf_free (SohoaConf *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaConf, sohoa_conf_free)

char   **sohoa_conf_get_sections (SohoaConf *self); /* g_strfreev */

char    *sohoa_conf_take_string (SohoaConf *self, const char *section, const char *key, const char *fallback);
int      sohoa_conf_take_int (SohoaConf *self, const char *section, const char *key, int fallback, int min, int max);
gboolean sohoa_conf_take_bool (SohoaConf *self, const char *section, const char *key, gboolean fallback);
char   **sohoa_conf_take_list (SohoaConf *self, const char *section, const char *key); /* g_strfreev, never NULL */
/* @words NULL-terminated; gives the index of the value in it. */
int      sohoa_conf_take_word (SohoaConf *self, const char *section, const char *key, const char *const *words, int fallback);

/* For values that only the caller can judge: remembers @reason as the error, unless there is one already. */
void     sohoa_conf_refuse (SohoaConf *self, const char *section, const char *key, const char *reason);

/* Is the key there and not yet taken? */
gboolean sohoa_conf_has (SohoaConf *self, const char *section, const char *key);
/* A reason of the caller's own to refuse a key; the first error counts. */
void     sohoa_conf_complain (SohoaConf *self, const char *section, const char *key, const char *reason);

/* FALSE with the first error met, or when a section or key was not taken ("unknown key"). */
gboolean sohoa_conf_finish (SohoaConf *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
