#include "sohoa-json.h"

#include <string.h>

/* json-glib also takes comments and '…', which would hide brackets from the count: they are no JSON (RFC 8259, 2). */
static gboolean
may_stand_outside (char c)
{
  return g_ascii_isalnum (c) || (c != '\0' && strchr (" \t\r\n+-.,:", c) != NULL);
}

/* Bounded nesting, and outside of strings only what JSON has there. */
static gboolean
is_shallow (const char *text, gsize length)
{
  gsize depth = 0;
  gboolean in_string = FALSE;

  for (gsize i = 0; i < length; i++) {
    char c = text[i];

    if (in_string) {
      if (c == '\\')
        i++;
      else if (c == '"')
        in_string = FALSE;
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

  if (size == 0 || size > G_MAXSSIZE || !g_utf8_validate (text, (gssize) size, NULL) || !is_shallow (text, size)
      || !json_parser_load_from_data (parser, text, (gssize) size, NULL))
    return NULL;
  root = json_parser_get_root (parser);
  return root != NULL && JSON_NODE_HOLDS_OBJECT (root) ? json_object_ref (json_node_get_object (root)) : NULL;
}
