/* A WebDAV collection (RFC 4918): PUT, HEAD, MOVE without overwriting, MKCOL, GET. */
#include "sohoa-box.h"
#include "sohoa-http.h"
#include "sohoa-vxp-headers.h"

#include <string.h>

static void
add_authorisation (SohoaConnector *self, GPtrArray *headers)
{
  g_autofree char *value = NULL;

  if (self->target->auth == SOHOA_TARGET_AUTH_BEARER) {
    value = g_strconcat ("Bearer ", self->secret, NULL);
  } else if (self->target->auth == SOHOA_TARGET_AUTH_BASIC) {
    g_autofree char *pair = g_strconcat (self->target->system_id, ":", self->secret, NULL);
    g_autofree char *coded = g_base64_encode ((const guchar *) pair, strlen (pair));

    value = g_strconcat ("Basic ", coded, NULL);
    explicit_bzero (pair, strlen (pair));
  }
  if (value != NULL)
    sohoa_vxp_headers_add (headers, "Authorization", value);
}

static void
exchange (SohoaConnector *self, const char *method, const char *name, const char *destination, SohoaSegmentStream *body,
          gsize max_bytes, GCancellable *cancellable, SohoaHttpAnswer *answer)
{
  g_autoptr(GPtrArray) headers = sohoa_vxp_headers_new ();
  g_autofree char *path = g_strconcat ("/", name, NULL);
  SohoaHttpRequest request = { .method = method, .path = path, .content_type = "application/octet-stream", .body = body,
                               .headers = headers, .max_bytes = max_bytes };

  add_authorisation (self, headers);
  if (destination != NULL) {
    g_autofree char *url = g_strconcat (self->target->url, "/", destination, NULL);

    sohoa_vxp_headers_add (headers, "Destination", url);
    sohoa_vxp_headers_add (headers, "Overwrite", "F");
  }
  sohoa_http_send (self->target, &request, cancellable, answer);
}

static gboolean
is_done (const SohoaHttpAnswer *answer)
{
  return answer->error == NULL && (answer->status == 200 || answer->status == 201 || answer->status == 204);
}

static gboolean
webdav_prepare (SohoaConnector *self, GCancellable *cancellable, GError **error)
{
  g_auto(SohoaHttpAnswer) answer = { 0 };

  exchange (self, "MKCOL", SOHOA_BOX_CONTROL "/", NULL, NULL, 0, cancellable, &answer);
  if (is_done (&answer) || (answer.error == NULL && answer.status == 405)) /* RFC 4918, 9.3.1: is there already */
    return TRUE;
  if (answer.error == NULL && answer.status == 409) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_CONFIG, "[target %s] url: the collection is not there: make it", self->target->name);
    return FALSE;
  }
  return sohoa_http_fail (self->target, &answer, NULL, error);
}

static gboolean
webdav_put (SohoaConnector *self, const char *name, SohoaSegmentStream *content, GCancellable *cancellable, GError **error)
{
  g_auto(SohoaHttpAnswer) answer = { 0 };

  exchange (self, "PUT", name, NULL, content, 0, cancellable, &answer);
  if (is_done (&answer))
    return TRUE;
  if (answer.error == NULL && answer.status == 507) {
    g_set_error (error, SOHOA_STORE_ERROR, SOHOA_STORE_ERROR_NO_SPACE, "%s: the server is full: make room", self->target->name);
    return FALSE;
  }
  return sohoa_http_fail (self->target, &answer, NULL, error);
}

static gboolean
webdav_exists (SohoaConnector *self, const char *name, gboolean *there, GCancellable *cancellable, GError **error)
{
  g_auto(SohoaHttpAnswer) answer = { 0 };

  exchange (self, "HEAD", name, NULL, NULL, 0, cancellable, &answer);
  *there = is_done (&answer);
  if (*there || (answer.error == NULL && answer.status == 404))
    return TRUE;
  return sohoa_http_fail (self->target, &answer, NULL, error);
}

static gboolean
webdav_move (SohoaConnector *self, const char *from, const char *to, gboolean *maybe_out, GCancellable *cancellable,
             GError **error)
{
  g_auto(SohoaHttpAnswer) answer = { 0 };

  exchange (self, "MOVE", from, to, NULL, 0, cancellable, &answer);
  *maybe_out = FALSE;
  if (is_done (&answer))
    return TRUE;
  if (answer.error == NULL && answer.status == 412) { /* RFC 4918, 9.9.4: Overwrite F and something is there */
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS, "%s: a file of this name is there", self->target->name);
    return FALSE;
  }
  *maybe_out = answer.error != NULL || answer.status == 408 || answer.status >= 500;
  return sohoa_http_fail (self->target, &answer, NULL, error);
}

static GBytes *
webdav_get (SohoaConnector *self, const char *name, GCancellable *cancellable, GError **error)
{
  g_auto(SohoaHttpAnswer) answer = { 0 };

  exchange (self, "GET", name, NULL, NULL, SOHOA_BOX_ANSWER_MAX_BYTES, cancellable, &answer);
  if (answer.error == NULL && answer.status == 200)
    return g_bytes_ref (answer.body);
  if (answer.error != NULL || answer.status != 404)
    sohoa_http_fail (self->target, &answer, NULL, error);
  return NULL;
}

const SohoaBox sohoa_box_webdav = {
  .name = "webdav",
  .prepare = webdav_prepare,
  .put = webdav_put,
  .exists = webdav_exists,
  .move = webdav_move,
  .get = webdav_get,
};
