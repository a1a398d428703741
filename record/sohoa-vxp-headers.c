#include "sohoa-vxp-headers.h"

#include "sohoa-errors.h"
#include "sohoa-json.h"

#include <stdio.h>
#include <string.h>

#define VIETNAM_OFFSET_S (7 * 60 * 60)
#define MAX_NAMES 32

static void
header_free (gpointer data)
{
  SohoaVxpHeader *header = data;

  g_free (header->name);
  g_free (header->value);
  g_free (header);
}

GPtrArray *
sohoa_vxp_headers_new (void)
{
  return g_ptr_array_new_with_free_func (header_free);
}

void
sohoa_vxp_headers_add (GPtrArray *self, const char *name, const char *value)
{
  SohoaVxpHeader *header = g_new0 (SohoaVxpHeader, 1);

  header->name = g_strdup (name);
  header->value = g_strdup (value);
  g_ptr_array_add (self, header);
}

static void
append_json_string (GString *out, const char *text)
{
  g_string_append_c (out, '"');
  for (const char *p = text; *p != '\0'; p++) {
    if (*p == '"' || *p == '\\')
      g_string_append_c (out, '\\');
    if ((guchar) *p < 0x20)
      g_string_append_printf (out, "\\u%04x", (guint) (guchar) *p);
    else
      g_string_append_c (out, *p);
  }
  g_string_append_c (out, '"');
}

char *
sohoa_vxp_sign_text (const GPtrArray *headers, const char *prefix)
{
  GString *out = g_string_new ("{");

  for (guint i = 0; i < headers->len; i++) {
    const SohoaVxpHeader *header = g_ptr_array_index (headers, i);
    g_autofree char *name = g_strconcat (prefix, header->name, NULL);

    if (i > 0)
      g_string_append_c (out, ',');
    append_json_string (out, name);
    g_string_append_c (out, ':');
    append_json_string (out, header->value);
  }
  g_string_append_c (out, '}');
  return g_string_free (out, FALSE);
}

char *
sohoa_vxp_sign_names (const GPtrArray *headers)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < headers->len; i++) {
    if (i > 0)
      g_string_append_c (out, ';');
    g_string_append (out, ((const SohoaVxpHeader *) g_ptr_array_index (headers, i))->name);
  }
  return g_string_free (out, FALSE);
}

char *
sohoa_vxp_hmac (const char *secret, const char *text)
{
  return g_compute_hmac_for_data (G_CHECKSUM_SHA256, (const guchar *) secret, strlen (secret),
                                  (const guchar *) text, strlen (text));
}

char *
sohoa_vxp_timestamp (gint64 time_us)
{
  g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc (time_us / G_USEC_PER_SEC);
  g_autoptr(GDateTime) vietnam = g_date_time_add_seconds (utc, VIETNAM_OFFSET_S);
  g_autofree char *seconds = g_date_time_format (vietnam, "%d%m%YT%H%M%S");

  return g_strdup_printf ("%s+%04d", seconds, (int) (time_us / 1000 % 1000));
}

gboolean
sohoa_vxp_timestamp_parse (const char *text, gint64 *time_us_out)
{
  int day, month, year, hour, minute, second, ms, used = 0;
  g_autoptr(GDateTime) as_utc = NULL;

  *time_us_out = 0;
  if (sscanf (text, "%2d%2d%4dT%2d%2d%2d+%4d%n", &day, &month, &year, &hour, &minute, &second, &ms, &used) != 7
      || used != 20 || text[20] != '\0' || ms < 0 || ms > 999)
    return FALSE;
  as_utc = g_date_time_new_utc (year, month, day, hour, minute, second);
  if (as_utc == NULL)
    return FALSE;
  *time_us_out = (g_date_time_to_unix (as_utc) - VIETNAM_OFFSET_S) * G_USEC_PER_SEC + ms * 1000;
  return TRUE;
}

char *
sohoa_vxp_hash_quirk (const char *hex)
{
  GString *out = g_string_new (NULL);

  for (gsize i = 0; hex[i] != '\0' && hex[i + 1] != '\0'; i += 2) {
    if (hex[i] != '0')
      g_string_append_c (out, hex[i]);
    g_string_append_c (out, hex[i + 1]);
  }
  return g_string_free (out, FALSE);
}

gboolean
sohoa_vxp_hash_matches (const char *received, const char *hex)
{
  g_autofree char *quirk = sohoa_vxp_hash_quirk (hex);

  return received != NULL
         && (g_ascii_strcasecmp (received, hex) == 0 || g_ascii_strcasecmp (received, quirk) == 0);
}

/* ---- the receiver's side ---- */

static gboolean
refuse (GError **error, const char *why)
{
  g_set_error (error, SOHOA_SUBMIT_ERROR, SOHOA_SUBMIT_ERROR_AUTH, "request not authentic: %s", why);
  return FALSE;
}

/* No early end: the time must not tell how much was right. */
static gboolean
equal_hex (const char *a, const char *b)
{
  gsize length = strlen (b);
  guint different = 0;

  if (strlen (a) != length)
    return FALSE;
  for (gsize i = 0; i < length; i++)
    different |= (guint) (g_ascii_tolower (a[i]) ^ b[i]);
  return different == 0;
}

static const char *
look (SohoaVxpLookup lookup, gpointer data, const char *prefix, const char *name)
{
  g_autofree char *header = g_strconcat (prefix, name, NULL);
  const char *value = lookup (data, header);

  return value != NULL && strlen (value) <= SOHOA_VXP_HEADER_MAX_BYTES ? value : NULL;
}

/* Each named header says what the signed text says, and the text has nothing else. */
static gboolean
check_names (SohoaVxpLookup lookup, gpointer data, const char *prefix, char **names, const char *text,
             GError **error)
{
  g_autoptr(JsonObject) object = sohoa_json_parse (text, -1);
  guint n = g_strv_length (names);

  if (n > MAX_NAMES || object == NULL)
    return refuse (error, "sign-header is not a JSON object");
  if (json_object_get_size (object) != n)
    return refuse (error, "sign-header and sign-header-key differ");
  for (guint i = 0; i < n; i++) {
    g_autofree char *member = g_strconcat (prefix, names[i], NULL);
    JsonNode *node = json_object_get_member (object, member);
    const char *value = look (lookup, data, prefix, names[i]);

    if (node == NULL || !JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING)
      return refuse (error, "a named header is not in sign-header");
    if (g_strcmp0 (value, json_node_get_string (node)) != 0)
      return refuse (error, "a header was changed after signing");
  }
  return TRUE;
}

static gboolean
check_clock (const char *timestamp, gint64 now_us, GError **error)
{
  gint64 time_us;

  if (timestamp == NULL || !sohoa_vxp_timestamp_parse (timestamp, &time_us))
    return refuse (error, "timestamp is malformed");
  if (time_us < now_us - SOHOA_VXP_CLOCK_WINDOW_US || time_us > now_us + SOHOA_VXP_CLOCK_WINDOW_US)
    return refuse (error, "timestamp is more than 10 minutes off: synchronise the clock");
  return TRUE;
}

gboolean
sohoa_vxp_verify (SohoaVxpLookup lookup, gpointer data, const char *prefix, const char *secret,
                  const char *const *must_sign, gint64 now_us, GError **error)
{
  static const char *const always[] = { SOHOA_VXP_SYSTEM_ID, SOHOA_VXP_TIMESTAMP, NULL };
  const char *key = look (lookup, data, prefix, "sign-header-key");
  const char *text = look (lookup, data, prefix, "sign-header");
  const char *received = look (lookup, data, prefix, "hash-header");
  g_autofree char *expected = NULL;
  g_auto(GStrv) names = NULL;

  if (key == NULL || text == NULL || received == NULL)
    return refuse (error, "signature headers are missing");
  expected = sohoa_vxp_hmac (secret, text);
  if (!equal_hex (received, expected))
    return refuse (error, "wrong hash-header: check system id and secret");
  names = g_strsplit (key, ";", MAX_NAMES + 1);
  for (guint i = 0; always[i] != NULL; i++)
    if (!g_strv_contains ((const char *const *) names, always[i]))
      return refuse (error, "system id and timestamp must be signed");
  for (guint i = 0; must_sign != NULL && must_sign[i] != NULL; i++)
    if (!g_strv_contains ((const char *const *) names, must_sign[i]))
      return refuse (error, "a header this call needs is not signed");
  if (!check_names (lookup, data, prefix, names, text, error))
    return FALSE;
  return check_clock (look (lookup, data, prefix, SOHOA_VXP_TIMESTAMP), now_us, error);
}
