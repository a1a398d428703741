#include "sohoa-ticket.h"

#include "sohoa-errors.h"
#include "sohoa-json.h"
#include "sohoa-record.h"
#include "sohoa-text.h"

#include <string.h>

#define MAX_VALUE_BYTES 4096u
#define SHA256_HEX 64u

/* One ticket on its way in. */
typedef struct {
  SohoaTicket *ticket;
  const char  *name;  /* of the file, for errors */
  char        *field; /* (owned) (nullable) XML: of the open <set> */
  GString     *text;  /* (owned) its value so far */
  guint        depth;
} Reader;

void
sohoa_ticket_free (SohoaTicket *self)
{
  if (self == NULL)
    return;
  g_free (self->profile);
  g_free (self->sha256);
  g_ptr_array_unref (self->set);
  g_free (self);
}

static gboolean G_GNUC_PRINTF (3, 4)
fail (const Reader *reader, GError **error, const char *format, ...)
{
  g_autofree char *what = NULL;
  va_list args;

  va_start (args, format);
  what = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_TICKET, "%s: %s: correct the ticket and drop both again", reader->name, what);
  return FALSE;
}

/* ---- what both forms say ---- */

static gboolean
take_value (Reader *reader, const char *field, const char *value, GError **error)
{
  g_autofree char *nfc = NULL;

  if (!sohoa_field_key_is_known (field))
    return fail (reader, error, "set: unknown field");
  if (reader->ticket->set->len >= SOHOA_TICKET_MAX_VALUES || strlen (value) > MAX_VALUE_BYTES)
    return fail (reader, error, "set: more than %u values, or one of more than %u bytes", SOHOA_TICKET_MAX_VALUES, MAX_VALUE_BYTES);
  nfc = sohoa_text_nfc (value);
  if (nfc == NULL || nfc[0] == '\0')
    return fail (reader, error, "set: %s: empty, or not UTF-8", field);
  g_ptr_array_add (reader->ticket->set, g_strdup_printf ("%s=%s", field, nfc));
  return TRUE;
}

static gboolean
take_priority (Reader *reader, const char *text, GError **error)
{
  guint64 value = 0;

  if (!g_ascii_string_to_unsigned (text, 10, 0, SOHOA_TICKET_MAX_PRIORITY, &value, NULL))
    return fail (reader, error, "priority: a number from 0 to %d", SOHOA_TICKET_MAX_PRIORITY);
  reader->ticket->priority = (int) value;
  return TRUE;
}

static gboolean
take_sha256 (Reader *reader, const char *text, GError **error)
{
  g_autofree char *lower = g_ascii_strdown (text, -1);

  if (strlen (lower) != SHA256_HEX || strspn (lower, "0123456789abcdef") != SHA256_HEX)
    return fail (reader, error, "sha256: 64 hexadecimal digits");
  g_free (reader->ticket->sha256);
  reader->ticket->sha256 = g_steal_pointer (&lower);
  return TRUE;
}

static gboolean
take_member (Reader *reader, const char *key, const char *text, GError **error)
{
  if (g_str_equal (key, "profile")) {
    g_free (reader->ticket->profile);
    reader->ticket->profile = g_strdup (text);
    return TRUE;
  }
  if (g_str_equal (key, "priority"))
    return take_priority (reader, text, error);
  if (g_str_equal (key, "sha256"))
    return take_sha256 (reader, text, error);
  return fail (reader, error, "unknown member, only profile, priority, sha256 and set are");
}

/* ---- JSON ---- */

/* A string, or a number where @text_out may be one. g_free. */
static char *
scalar (JsonNode *node)
{
  GType type = JSON_NODE_HOLDS_VALUE (node) ? json_node_get_value_type (node) : G_TYPE_INVALID;

  if (type == G_TYPE_STRING)
    return g_strdup (json_node_get_string (node));
  return type == G_TYPE_INT64 ? g_strdup_printf ("%" G_GINT64_FORMAT, json_node_get_int (node)) : NULL;
}

static gboolean
read_object (Reader *reader, JsonObject *object, gboolean fields, GError **error)
{
  g_autoptr(GList) keys = json_object_get_members (object);

  for (GList *at = keys; at != NULL; at = at->next) {
    JsonNode *node = json_object_get_member (object, at->data);
    g_autofree char *text = scalar (node);

    if (!fields && g_str_equal (at->data, "set") && JSON_NODE_HOLDS_OBJECT (node)) {
      if (!read_object (reader, json_node_get_object (node), TRUE, error))
        return FALSE;
    } else if (text == NULL) {
      return fail (reader, error, "a value that is no text");
    } else if (!(fields ? take_value (reader, at->data, text, error) : take_member (reader, at->data, text, error))) {
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean
read_json (Reader *reader, const char *text, gsize length, GError **error)
{
  g_autoptr(JsonObject) object = sohoa_json_parse (text, (gssize) length);

  return object != NULL ? read_object (reader, object, FALSE, error) : fail (reader, error, "no JSON object");
}

/* ---- XML (GMarkup: no entities of its own, no document type, nothing from outside) ---- */

static void
on_start (GMarkupParseContext *context, const char *element, const char **names, const char **values, gpointer data, GError **error)
{
  Reader *reader = data;
  guint depth = reader->depth++;

  if (depth == 0 && g_str_equal (element, "ticket")) {
    for (guint i = 0; names[i] != NULL; i++)
      if (!take_member (reader, names[i], values[i], error))
        return;
  } else if (depth == 1 && g_str_equal (element, "set") && names[0] != NULL && names[1] == NULL && g_str_equal (names[0], "field")) {
    g_free (reader->field);
    reader->field = g_strdup (values[0]);
    g_string_truncate (reader->text, 0);
  } else {
    (void) fail (reader, error, "<%.32s> does not belong here", element);
  }
}

static void
on_end (GMarkupParseContext *context, const char *element, gpointer data, GError **error)
{
  Reader *reader = data;

  if (--reader->depth == 1 && reader->field != NULL)
    (void) take_value (reader, reader->field, reader->text->str, error);
  g_clear_pointer (&reader->field, g_free);
}

static void
on_text (GMarkupParseContext *context, const char *text, gsize length, gpointer data, GError **error)
{
  Reader *reader = data;

  if (reader->field != NULL)
    g_string_append_len (reader->text, text, (gssize) length);
}

static gboolean
read_xml (Reader *reader, const char *text, gsize length, GError **error)
{
  static const GMarkupParser handlers = { on_start, on_end, on_text, NULL, NULL };
  g_autoptr(GMarkupParseContext) context = g_markup_parse_context_new (&handlers, G_MARKUP_TREAT_CDATA_AS_TEXT, reader, NULL);
  g_autoptr(GError) problem = NULL;

  if (g_markup_parse_context_parse (context, text, (gssize) length, &problem) && g_markup_parse_context_end_parse (context, &problem))
    return TRUE;
  if (problem->domain == SOHOA_INTAKE_ERROR) {
    g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
  }
  return fail (reader, error, "no well-formed XML");
}

SohoaTicket *
sohoa_ticket_parse (const char *name, GBytes *bytes, GError **error)
{
  g_autoptr(SohoaTicket) ticket = g_new0 (SohoaTicket, 1);
  Reader reader = { .ticket = ticket, .name = name, .text = g_string_new (NULL) };
  gsize length;
  const char *text = g_bytes_get_data (bytes, &length);
  gboolean ok;

  ticket->priority = -1;
  ticket->set = g_ptr_array_new_with_free_func (g_free);
  if (length >= 3 && memcmp (text, "\xEF\xBB\xBF", 3) == 0) {
    text += 3;
    length -= 3;
  }
  if (length == 0 || length > SOHOA_TICKET_MAX_BYTES || !g_utf8_validate (text, (gssize) length, NULL))
    ok = fail (&reader, error, "empty, longer than %u bytes, or not UTF-8", SOHOA_TICKET_MAX_BYTES);
  else
    ok = g_str_has_suffix (name, "json") || g_str_has_suffix (name, "JSON") ? read_json (&reader, text, length, error)
                                                                            : read_xml (&reader, text, length, error);
  g_string_free (reader.text, TRUE);
  g_free (reader.field);
  return ok ? g_steal_pointer (&ticket) : NULL;
}
