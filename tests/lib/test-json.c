#include "sohoa-json.h"

#include <string.h>

static char *
repeat (const char *before, const char *what, guint n, const char *after)
{
  GString *text = g_string_new (before);

  for (guint i = 0; i < n; i++)
    g_string_append (text, what);
  g_string_append (text, after);
  return g_string_free (text, FALSE);
}

static void
test_objects (void)
{
  g_autoptr(JsonObject) object = sohoa_json_parse ("{\"a\": [1, -2.5e3, true, null, \"[[{{\\\"\"], \"b\": {}}\n", -1);

  g_autoptr(JsonObject) escaped = sohoa_json_parse ("{\"a\": \"\\u1ed7\\ud83d\\ude00\\n\\\\\"}", -1);

  g_assert_nonnull (escaped);
  g_assert_cmpstr (json_object_get_string_member (escaped, "a"), ==, "ỗ😀\n\\");
  g_assert_nonnull (object);
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (object, "a")), ==, 5);
}

static void
test_not_json (void)
{
  static const char *const texts[] = { "", "[]", "1", "{", "}", "{\"a\":1}}", "{'a': 1}", "{\"a\": 1 /* x */}", "{\"a\": '[['}",
                                       "{\"a\": \"\xff\"}", "{\"a\": \"", "{\"a\": \"\\",
                                       "{\"a\": \"\\ud800\"}", "{\"a\": \"\\udc00\\ud800\"}", "{\"a\": \"\\ud800\\n\"}", "{\"a\": \"x\\u0000\"}" };

  g_assert_null (sohoa_json_parse (NULL, 0));
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    g_assert_null (sohoa_json_parse (texts[i], -1));
  g_assert_null (sohoa_json_parse ("{\"a\":1}\0", 8));
}

/* Each of these ends json-glib 1.6 when it is given to it. */
static void
test_deep (void)
{
  static const char *const before[] = { "{\"a\":", "{\"a\":'\"'", "{\"a\":/*\"*/", "{\"a\":\"\\\\\"," };
  static const char *const what[] = { "[", "{\"a\":", "[{\"a\":" };

  for (guint i = 0; i < G_N_ELEMENTS (before); i++)
    for (guint k = 0; k < G_N_ELEMENTS (what); k++) {
      g_autofree char *text = repeat (before[i], what[k], 1000000, "");

      g_assert_null (sohoa_json_parse (text, -1));
    }
}

static void
test_limit (void)
{
  g_autofree char *opened = repeat ("{\"a\":", "[", SOHOA_JSON_MAX_DEPTH - 1, "");
  g_autofree char *most = repeat (opened, "]", SOHOA_JSON_MAX_DEPTH - 1, "}");
  g_autofree char *opened_more = repeat ("{\"a\":", "[", SOHOA_JSON_MAX_DEPTH, "");
  g_autofree char *more = repeat (opened_more, "]", SOHOA_JSON_MAX_DEPTH, "}");
  g_autoptr(JsonObject) object = sohoa_json_parse (most, -1);

  g_assert_nonnull (object);
  g_assert_null (sohoa_json_parse (more, -1));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json/objects", test_objects);
  g_test_add_func ("/json/not-json", test_not_json);
  g_test_add_func ("/json/deep", test_deep);
  g_test_add_func ("/json/limit", test_limit);
  return g_test_run ();
}
