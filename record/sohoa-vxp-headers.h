/* Signed request headers of the national axis (domain.md 10.1), both ends. The parameters of a call
 * travel as headers PREFIX-name; the list of signed names, a compact JSON object of exactly those
 * headers, and its HMAC-SHA256 go beside them. The rest connector uses the same scheme with its own
 * prefix. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define SOHOA_VXP_PREFIX "XroadVnpt-"
#define SOHOA_REST_PREFIX "X-Sohoa-"

#define SOHOA_VXP_SYSTEM_ID "systemid"
#define SOHOA_VXP_TIMESTAMP "timestamp"
#define SOHOA_VXP_HASH_FILE "hash-file"

#define SOHOA_VXP_CLOCK_WINDOW_US (10 * 60 * G_USEC_PER_SEC) /* inferred: the axis documents none */
#define SOHOA_VXP_HEADER_MAX_BYTES (16 * 1024)

/* A name and its value, "systemid" without the prefix. */
typedef struct {
  char *name, *value; /* (owned) */
} SohoaVxpHeader;

GPtrArray *sohoa_vxp_headers_new (void); /* (element-type SohoaVxpHeader) g_ptr_array_unref */
void       sohoa_vxp_headers_add (GPtrArray *self, const char *name, const char *value);

/* The text of PREFIX-sign-header. g_free. */
char *sohoa_vxp_sign_text (const GPtrArray *headers, const char *prefix);
/* "systemid;timestamp;…". g_free. */
char *sohoa_vxp_sign_names (const GPtrArray *headers);
/* Lower-case hex HMAC-SHA256 with the secret's UTF-8 bytes as key. g_free. */
char *sohoa_vxp_hmac (const char *secret, const char *text);

/* "22112026T132044+0375": Vietnam's clock and, after the plus, milliseconds. g_free. */
char    *sohoa_vxp_timestamp (gint64 time_us);
gboolean sohoa_vxp_timestamp_parse (const char *text, gint64 *time_us_out);

/* The SDK's hash-file: hex without zero padding of each byte ("08" → "8"). g_free. */
char    *sohoa_vxp_hash_quirk (const char *hex);
/* @received in either form. */
gboolean sohoa_vxp_hash_matches (const char *received, const char *hex);

/* Gives the value of a full header name, NULL when absent; borrowed. */
typedef const char *(*SohoaVxpLookup) (gpointer data, const char *header);

/* Checks HMAC over the received text, each named header against the text, that system id and time
 * stamp are signed, and the clock. Replays are the caller's (the HMAC is unique per request).
 * @must_sign: further names that must be signed (NULL-terminated, nullable). Headers that are not
 * named are ignored (the SDK sends stale ones). SOHOA_SUBMIT_ERROR_AUTH. */
gboolean sohoa_vxp_verify (SohoaVxpLookup lookup, gpointer data, const char *prefix, const char *secret,
                           const char *const *must_sign, gint64 now_us, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
