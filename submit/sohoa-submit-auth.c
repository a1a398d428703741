#include "sohoa-submit-auth.h"

#include "sohoa-file.h"
#include "sohoa-time.h"
#include "sohoa-vxp-headers.h"

#include <string.h>

/* Two requests of one process never carry the same millisecond, so that their signatures differ and
 * none looks like a replay. */
static gint64
next_time_us (void)
{
  static GMutex lock;
  static gint64 last_ms;
  gint64 now_ms = sohoa_time_now_us () / 1000;

  g_mutex_lock (&lock);
  last_ms = MAX (now_ms, last_ms + 1);
  now_ms = last_ms;
  g_mutex_unlock (&lock);
  return now_ms * 1000;
}

static void
add_all (GPtrArray *out, const GPtrArray *from, const char *prefix)
{
  for (guint i = 0; i < from->len; i++) {
    const SohoaVxpHeader *header = g_ptr_array_index (from, i);
    g_autofree char *name = g_strconcat (prefix, header->name, NULL);

    sohoa_vxp_headers_add (out, name, header->value);
  }
}

static void
add_signature (SohoaConnector *self, const char *prefix, const GPtrArray *signed_headers, GPtrArray *out)
{
  g_autofree char *names = sohoa_vxp_sign_names (signed_headers);
  g_autofree char *text = sohoa_vxp_sign_text (signed_headers, prefix);
  g_autofree char *hmac = sohoa_vxp_hmac (self->secret, text);
  g_autoptr(GPtrArray) proof = sohoa_vxp_headers_new ();

  sohoa_vxp_headers_add (proof, "sign-header-key", names);
  sohoa_vxp_headers_add (proof, "sign-header", text);
  sohoa_vxp_headers_add (proof, "hash-header", hmac);
  add_all (out, signed_headers, prefix);
  add_all (out, proof, prefix);
}

GPtrArray *
sohoa_submit_auth_headers (SohoaConnector *self, const char *prefix, GPtrArray *extra)
{
  gboolean is_vxp = g_str_equal (prefix, SOHOA_VXP_PREFIX);
  g_autoptr(GPtrArray) headers = sohoa_vxp_headers_new ();
  GPtrArray *out = sohoa_vxp_headers_new ();
  gint64 time_us = next_time_us ();
  g_autofree char *timestamp = sohoa_vxp_timestamp (time_us);
  g_autofree char *nonce = sohoa_id_new (time_us);

  sohoa_vxp_headers_add (headers, SOHOA_VXP_SYSTEM_ID, self->target->system_id);
  if (extra != NULL)
    add_all (headers, extra, "");
  if (self->target->auth != SOHOA_TARGET_AUTH_HMAC) {
    add_all (out, headers, prefix);
    if (self->target->auth == SOHOA_TARGET_AUTH_BEARER) {
      g_autofree char *token = g_strconcat ("Bearer ", self->secret, NULL);

      sohoa_vxp_headers_add (out, "Authorization", token);
    }
    return out;
  }
  if (!is_vxp)
    sohoa_vxp_headers_add (headers, "nonce", nonce);
  sohoa_vxp_headers_add (headers, SOHOA_VXP_TIMESTAMP, timestamp);
  if (is_vxp) {
    gboolean is_send = FALSE;

    for (guint i = 0; extra != NULL && i < extra->len; i++)
      is_send |= g_str_equal (((SohoaVxpHeader *) g_ptr_array_index (extra, i))->name, SOHOA_VXP_HASH_FILE);
    sohoa_vxp_headers_add (headers, "Content-Type", is_send ? "application/octet-stream" : "application/json");
    sohoa_vxp_headers_add (out, SOHOA_VXP_PREFIX "version", "3.0.201608");
  }
  add_signature (self, prefix, headers, out);
  return out;
}
