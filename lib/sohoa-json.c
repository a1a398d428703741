#include "sohoa-json.h"

#include <string.h>

/* json-glib also takes comments and '…', which would hide brackets from the count: they are no JSON (RFC 8259, 2). */
static gboolean
may_stand_outside (char c)
{
  return g_ascii_isalnum (c) || (c != '\0' && strchr (" \t\r\n+-.,:", c) != NULL);
}

/* The code unit of an escape "\\uXXXX" at @text; -1: none. */
static int
escaped_unit (const char *text, gsize length)
{
  int unit = 0;

  if (length < 6 || text[0] != '\\' || text[1] != 'u')
    return -1;
  for (gsize i = 2; i < 6; i++) {
    int digit = g_ascii_xdigit_value (text[i]);

    if (digit < 0)
      return -1;
    unit = unit << 4 | digit;
  }
  return unit;
}

/* Length of the escape at @text; 0: it makes no Unicode text (half of a pair, which json-glib writes as it is), ends the
 * text (NUL), or is no escape. */
static gsize
escape_length (const char *text, gsize length)
{
  int unit = escaped_unit (text, length);

  if (length < 2)
    return 0;
  if (text[1] != 'u')
    return 2;
  if (unit <= 0 || (unit >= 0xdc00 && unit <= 0xdfff))
    return 0;
  if (unit >= 0xd800 && unit <= 0xdbff) {
    int low = escaped_unit (text + 6, length - 6);

    return low >= 0xdc00 && low <= 0xdfff ? 12 : 0;
  }
  return 6;
}

/* Bounded nesting, strings that are Unicode, and outside of strings only what JSON has there. */
static gboolean
is_sane (const char *text, gsize length)
{
  gsize depth = 0, step;
  gboolean in_string = FALSE;

  for (gsize i = 0; i < length; i += step) {
    char c = text[i];

    step = 1;
    if (in_string) {
      if (c == '\\' && (step = escape_length (text + i, length - i)) == 0)
        return FALSE;
      in_string = c != '"';
    } else if (c == '"') {
      in_string = TRUE;
    } else if (c == '[' || c == '{') {
      if (++depth > SOHOA_JSON_MAX_DEPTH)
        return FALSE;
    } else if (c == ']' || c == '}') {
      if (depth-- == 0)
        return FALSE;
    } else if (!may_stand_outside (c)) {
      return FALSE;
    }
  }
  return TRUE;
}

JsonObject *
sohoa_json_parse (const char *text, gssize length)
{
  g_autoptr(JsonParser) parser = json_parser_new_immutable ();
  gsize size = text == NULL ? 0 : length < 0 ? strlen (text) : (gsize) length;
  JsonNode *root;

  if (size == 0 || size > G_MAXSSIZE || !g_utf8_validate (text, (gssize) size, NULL) || !is_sane (text, size)
      || !json_parser_load_from_data (parser, text, (gssize) size, NULL))
    return NULL;
  root = json_parser_get_root (parser);
  return root != NULL && JSON_NODE_HOLDS_OBJECT (root) ? json_object_ref (json_node_get_object (root)) : NULL;
}

const char *
sohoa_json_string (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING)
    return "";
  return json_node_get_string (node);
}
