/* JSON from outside. json-glib reads by recursion, without a bound: some hundred thousand brackets, which fit into any
 * answer of a server, end the process. So nothing is given to it that was not looked at here. */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

#define SOHOA_JSON_MAX_DEPTH 64u /* objects and arrays inside one another; ours have six */

/* @length in bytes, -1 = up to NUL. Gives the object, or NULL when the text is no JSON object in UTF-8, or nested
 * deeper than SOHOA_JSON_MAX_DEPTH. json_object_unref(). */
JsonObject *sohoa_json_parse (const char *text, gssize length);

G_END_DECLS
