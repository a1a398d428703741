/* sohoa doctor --token: what the signature tokens of this machine show without their PIN. */
#include "sohoa-cli.h"

#include "sohoa-pipeline.h"
#include "sohoa-time.h"

#include <stdio.h>

#define DAY_US (24 * (gint64) 3600 * G_USEC_PER_SEC)
#define WARN_DAYS 30 /* a certificate that ends sooner is told */
#define SLOW_MS 3000u

static const char *
text_of (GVariant *dict, const char *key)
{
  const char *text = "";

  (void) g_variant_lookup (dict, key, "&s", &text);
  return text;
}

static gboolean
flag_of (GVariant *dict, const char *key)
{
  gboolean flag = FALSE;

  return g_variant_lookup (dict, key, "b", &flag) && flag;
}

static void
tell_certificate (GVariant *certificate, SohoaTell tell)
{
  gint64 now = sohoa_time_now_us (), from = 0, to = 0;
  const char *name = text_of (certificate, "name");
  g_autofree char *day = NULL;
  g_autofree char *line = NULL;

  if (!g_variant_lookup (certificate, "from", "x", &from) || !g_variant_lookup (certificate, "to", "x", &to)) {
    tell ("certificate", "warning", "one of them cannot be read: ask the issuer");
    return;
  }
  day = sohoa_time_to_day (to);
  line = g_strdup_printf ("%s (label \"%s\", id %s, %s), issued by %s, until %s%s%s", name, text_of (certificate, "label"),
                          text_of (certificate, "id"), text_of (certificate, "key"), text_of (certificate, "issuer"), day,
                          flag_of (certificate, "may-sign") ? "" : "; not for signing",
                          now < from ? "; NOT YET VALID" : now > to ? "; EXPIRED" : to - now < WARN_DAYS * DAY_US ? "; ends soon" : "");
  tell ("certificate", now < from || to - now < WARN_DAYS * DAY_US ? "warning" : "ok", line);
}

static void
tell_token (GVariant *token, SohoaTell tell)
{
  g_autoptr(GVariant) mechanisms = g_variant_lookup_value (token, "mechanisms", G_VARIANT_TYPE_STRING_ARRAY);
  g_autoptr(GVariant) certificates = g_variant_lookup_value (token, "certificates", G_VARIANT_TYPE ("aa{sv}"));
  g_autofree const char **names = mechanisms != NULL ? g_variant_get_strv (mechanisms, NULL) : NULL;
  g_autofree char *joined = names != NULL ? g_strjoinv (", ", (char **) names) : g_strdup ("");
  g_autofree char *line = g_strdup_printf ("\"%s\", %s %s, serial %s; signs by %s", text_of (token, "label"),
                                           text_of (token, "manufacturer"), text_of (token, "model"),
                                           text_of (token, "serial"), joined[0] != '\0' ? joined : "nothing we know");

  tell ("token", joined[0] != '\0' ? "ok" : "failed", line);
  if (flag_of (token, "pin-locked"))
    tell ("token", "failed", "it is locked: unlock it with its own program");
  else if (flag_of (token, "pin-final"))
    tell ("token", "warning", "one more wrong PIN locks it");
  else if (flag_of (token, "pin-low"))
    tell ("token", "warning", "a wrong PIN was entered lately: few tries are left");
  if (certificates == NULL || g_variant_n_children (certificates) == 0)
    tell ("certificate", "warning", "none shows without the PIN");
  for (gsize i = 0; certificates != NULL && i < g_variant_n_children (certificates); i++) {
    g_autoptr(GVariant) certificate = g_variant_get_child_value (certificates, i);

    tell_certificate (certificate, tell);
  }
}

void
sohoa_cli_report_tokens (const char *uri, SohoaTell tell)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) report = sohoa_pipeline_token_report (uri, &error);
  g_autoptr(GVariant) tokens = report != NULL ? g_variant_lookup_value (report, "tokens", G_VARIANT_TYPE ("aa{sv}")) : NULL;
  g_autofree char *module = NULL;
  guint slowest_ms = 0;

  if (tokens == NULL) {
    tell ("token", "failed", error != NULL ? error->message : "the module's report cannot be read");
    return;
  }
  (void) g_variant_lookup (report, "slowest-ms", "u", &slowest_ms);
  module = g_strdup_printf ("%s %s; slowest call %s, %u ms", text_of (report, "library"), text_of (report, "library-version"),
                            text_of (report, "slowest-call"), slowest_ms);
  tell ("module", slowest_ms > SLOW_MS ? "warning" : "ok", module);
  if (g_variant_n_children (tokens) == 0)
    tell ("token", "warning", "none that fits is there: put it in");
  for (gsize i = 0; i < g_variant_n_children (tokens); i++) {
    g_autoptr(GVariant) token = g_variant_get_child_value (tokens, i);

    tell_token (token, tell);
  }
}
