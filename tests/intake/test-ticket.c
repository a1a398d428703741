#include "sohoa-errors.h"
#include "sohoa-ticket.h"

#include <string.h>

#define SHA "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static SohoaTicket *
parse (const char *name, const char *text, GError **error)
{
  g_autoptr(GBytes) bytes = g_bytes_new (text, strlen (text));

  return sohoa_ticket_parse (name, bytes, error);
}

static void
check_good (const SohoaTicket *ticket)
{
  g_assert_nonnull (ticket);
  g_assert_cmpstr (ticket->profile, ==, "VN-ND30-2020");
  g_assert_cmpint (ticket->priority, ==, 2);
  g_assert_cmpstr (ticket->sha256, ==, SHA);
  g_assert_cmpuint (ticket->set->len, ==, 2);
  g_assert_cmpstr (g_ptr_array_index (ticket->set, 0), ==, "OrganName=UBND x\u00e3 V\u00ed D\u1ee5"); /* NFC */
  g_assert_cmpstr (g_ptr_array_index (ticket->set, 1), ==, "CodeNumber=12");
}

static void
test_both_forms (void)
{
  g_autoptr(SohoaTicket) json
    = parse ("a.json", "\xEF\xBB\xBF{\"profile\": \"VN-ND30-2020\", \"priority\": 2, \"sha256\": \"" SHA "\","
                       " \"set\": {\"OrganName\": \"UBND xa\u0303 Vi\u0301 Du\u0323\", \"CodeNumber\": 12}}", NULL);
  g_autoptr(SohoaTicket) xml
    = parse ("a.xml", "<?xml version=\"1.0\"?>\n<ticket profile=\"VN-ND30-2020\" priority=\"2\" sha256=\"" SHA "\">"
                      "<set field=\"OrganName\">UBND xa\u0303 Vi\u0301 Du\u0323</set><set field=\"CodeNumber\">12</set></ticket>", NULL);
  g_autoptr(SohoaTicket) empty = parse ("b.JSON", "{}", NULL);

  check_good (json);
  check_good (xml);
  g_assert_nonnull (empty);
  g_assert_cmpint (empty->priority, ==, -1);
}

static void
test_refused (void)
{
  static const struct { const char *name, *text; } rows[] = {
    { "a.json", "" }, { "a.json", "[]" }, { "a.json", "{\"run\": \"rm\"}" }, { "a.json", "{\"priority\": 9}" },
    { "a.json", "{\"priority\": -1}" }, { "a.json", "{\"sha256\": \"00\"}" }, { "a.json", "{\"set\": {\"Nonsense\": \"x\"}}" },
    { "a.json", "{\"set\": {\"Subject\": {\"a\": 1}}}" }, { "a.json", "{\"set\": {\"Subject\": \"\"}}" }, { "a.json", "{\"set\": \"Subject\"}" },
    { "a.json", "\xff{}" }, { "a.xml", "<ticket" }, { "a.xml", "<other/>" }, { "a.xml", "<ticket><set>x</set></ticket>" },
    { "a.xml", "<ticket><set field=\"Subject\"><b>x</b></set></ticket>" }, { "a.xml", "<ticket when=\"now\"/>" },
    { "a.xml", "<!DOCTYPE t [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><ticket><set field=\"Subject\">&e;</set></ticket>" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr(GError) error = NULL;

    g_test_message ("%s", rows[i].text);
    g_assert_null (parse (rows[i].name, rows[i].text, &error));
    g_assert_error (error, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_TICKET);
  }
}

/* Nothing that ends the daemon, whatever is dropped. */
static void
test_hostile (void)
{
  static const char *const openings[] = { "[", "{\"set\":", "<ticket>", "<set field=\"Subject\">", "&", "\"", "<![CDATA[" };

  for (guint i = 0; i < G_N_ELEMENTS (openings); i++)
    for (guint k = 0; k < 2; k++) {
      g_autoptr(GString) text = g_string_new (k == 0 ? "{\"set\":" : "<ticket>");
      g_autoptr(GError) error = NULL;

      while (text->len + 32 < SOHOA_TICKET_MAX_BYTES)
        g_string_append (text, openings[i]);
      g_assert_null (parse (k == 0 ? "a.json" : "a.xml", text->str, &error));
      g_assert_error (error, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_TICKET);
    }
}

static void
test_limits (void)
{
  g_autoptr(GString) many = g_string_new ("<ticket>");
  g_autoptr(GString) large = g_string_new ("{}");

  for (guint i = 0; i <= SOHOA_TICKET_MAX_VALUES; i++)
    g_string_append (many, "<set field=\"Subject\">x</set>");
  g_string_append (many, "</ticket>");
  g_assert_null (parse ("a.xml", many->str, NULL));
  while (large->len <= SOHOA_TICKET_MAX_BYTES)
    g_string_append_c (large, ' ');
  g_assert_null (parse ("a.json", large->str, NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ticket/both-forms", test_both_forms);
  g_test_add_func ("/ticket/refused", test_refused);
  g_test_add_func ("/ticket/hostile", test_hostile);
  g_test_add_func ("/ticket/limits", test_limits);
  return g_test_run ();
}
