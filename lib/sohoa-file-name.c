#include "sohoa-file-name.h"

#include "sohoa-errors.h"
#include "sohoa-time.h"

#include <string.h>

typedef struct {
  const SohoaRecord *record;
  const char *code; /* (nullable) */
  gint64      digitised_us;
} Parts;

/* The text of blank @name; NULL when there is no such blank. g_free. */
static char *
value_of (const Parts *parts, const char *name)
{
  static const struct {
    const char *name, *key;
  } fields[] = { { "number", "CodeNumber" }, { "symbol", "CodeNotation" }, { "type", "TypeName" }, { "book", "ArrivalBook" },
                 { "subject", "Subject" } };
  const char *id = parts->record->id != NULL ? parts->record->id : "";

  if (g_str_equal (name, "code"))
    return g_strdup (parts->code != NULL ? parts->code : id);
  if (g_str_equal (name, "id"))
    return g_strdup (id);
  if (g_str_equal (name, "arrival"))
    return g_strdup_printf ("%06" G_GUINT64_FORMAT,
                            g_ascii_strtoull (sohoa_record_value (parts->record, "ArrivalNumber"), NULL, 10));
  if (g_str_equal (name, "day")) {
    g_autofree char *day = sohoa_time_to_day (parts->digitised_us);
    g_auto(GStrv) numbers = g_strsplit (day, "-", -1);

    return g_strjoinv ("", numbers);
  }
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    if (g_str_equal (name, fields[i].name))
      return g_strdup (sohoa_record_value (parts->record, fields[i].key));
  return NULL;
}

/* "QĐ-UBND" → "QD-UBND" */
static void
append_plain (GString *out, const char *text)
{
  g_autofree char *parted = g_utf8_normalize (text, -1, G_NORMALIZE_NFD);

  for (const char *p = parted != NULL ? parted : ""; *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);

    if (g_unichar_ismark (c))
      continue;
    if (c == 0x0110 || c == 0x00D0 || c == 0x0111 || c == 0x00F0)
      c = c == 0x0110 || c == 0x00D0 ? 'D' : 'd';
    g_string_append_c (out, c < 0x80 && (g_ascii_isalnum ((char) c) || strchr ("._-", (int) c) != NULL) ? (char) c : '_');
  }
}

static gboolean
fill (const char *template, const Parts *parts, GString *out, GError **error)
{
  while (*template != '\0') {
    const char *end = *template == '{' ? strchr (template, '}') : NULL;
    g_autofree char *name = end != NULL ? g_strndup (template + 1, (gsize) (end - template - 1)) : NULL;
    g_autofree char *value = name != NULL ? value_of (parts, name) : NULL;
    g_autofree char *letter = g_strndup (template, (gsize) (g_utf8_next_char (template) - template));

    if (strchr ("{}", *template) != NULL && value == NULL) {
      g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT,
                   "file name: \"%s\" is no blank: use {code} {day} {id} {number} {symbol} {type} {arrival} {book} {subject}",
                   name != NULL ? name : template);
      return FALSE;
    }
    append_plain (out, value != NULL ? value : letter);
    template = value != NULL ? end + 1 : template + strlen (letter);
  }
  return TRUE;
}

char *
sohoa_file_name_new (const char *template, const SohoaRecord *record, const char *code, gint64 digitised_us, GError **error)
{
  g_autoptr(GString) out = g_string_new (NULL);
  Parts parts = { record, code, digitised_us };

  if (!g_utf8_validate (template, -1, NULL)) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "file name: the template is not UTF-8");
    return NULL;
  }
  if (!fill (template, &parts, out, error))
    return NULL;
  while (out->len > 0 && out->str[0] == '.')
    g_string_erase (out, 0, 1);
  g_string_truncate (out, MIN (out->len, SOHOA_FILE_NAME_MAX_BYTES));
  if (out->len == 0) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "file name: \"%s\" gives no name: add {id}", template);
    return NULL;
  }
  return g_string_free (g_steal_pointer (&out), FALSE);
}
