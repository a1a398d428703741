/* JSON from outside. json-glib reads by recursion, without a bound: some hundred thousand brackets, which fit into any
 * answer of a server, end the process; and it makes strings that are not UTF-8 from halves of surrogate pairs, which end a
 * connection of the bus. So nothing is given to it that was not looked at here. */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

#define SOHOA_JSON_MAX_DEPTH 64u /* objects and arrays inside one another; ours have six */

/* @length in bytes, -1 = up to NUL. Gives the object, or NULL when the text is no JSON object in UTF-8, nested
 * deeper than SOHOA_JSON_MAX_DEPTH, or has an escape that is no character (RFC 8259, 7 and 8.2). json_object_unref(). */
JsonObject *sohoa_json_parse (const char *text, gssize length);

/* "" when it is missing or of another type; borrowed. Numbers are not strings here. */
const char *sohoa_json_string (JsonObject *object, const char *name);

G_END_DECLS
