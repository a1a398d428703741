/* verify and preview: looking at finished or delivered files. */
#include "sohoa-worker.h"

#include "sohoa-cms-verify.h"
#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-image-source.h"
#include "sohoa-pdf-image.h"
#include "sohoa-pdf-source.h"
#include "sohoa-pdf.h"
#include "sohoa-time.h"

#include <json-glib/json-glib.h>

#include <string.h>

#define PREVIEW_MAX_SIDE_PX 8000u
#define PREVIEW_MAX_PIXELS (20u * 1000 * 1000)
#define PREVIEW_DEFAULT_PX 1000u
#define RENDER_MAX_DPI 300.0
#define POINTS_PER_INCH 72.0

/* ---- verify ---- */

static void
put_text (JsonBuilder *b, const char *key, const char *value)
{
  json_builder_set_member_name (b, key);
  json_builder_add_string_value (b, value != NULL ? value : "");
}

static void
put_bool (JsonBuilder *b, const char *key, gboolean value)
{
  json_builder_set_member_name (b, key);
  json_builder_add_boolean_value (b, value);
}

static void
put_time (JsonBuilder *b, const char *key, gint64 time_us)
{
  g_autofree char *iso = time_us != 0 ? sohoa_time_to_iso (time_us) : NULL;

  put_text (b, key, iso);
}

/* In the words of the report: what one signature is worth. */
static const char *
status_of (const SohoaPdfSignature *s, const SohoaCmsReport *report, SohoaPdfChangeVerdict changed)
{
  if (!s->well_formed || changed == SOHOA_PDF_CHANGED_FORBIDDEN)
    return "INVALID";
  switch (report->status) {
  case SOHOA_CMS_VALID:
    return report->weak ? "UNKNOWN" : changed == SOHOA_PDF_CHANGED_ALLOWED ? "VALID-BUT-CHANGED" : "VALID";
  case SOHOA_CMS_UNTRUSTED_CHAIN:
    return "UNKNOWN";
  case SOHOA_CMS_INVALID:
  case SOHOA_CMS_MALFORMED:
    break;
  }
  return "INVALID";
}

static void
put_changes (JsonBuilder *b, const SohoaPdfChanges *changes)
{
  json_builder_set_member_name (b, "changed_after");
  json_builder_begin_array (b);
  for (guint i = 0; changes->texts != NULL && i < changes->texts->len; i++)
    json_builder_add_string_value (b, changes->texts->pdata[i]);
  json_builder_end_array (b);
}

static const char *
reason_of (const SohoaPdfSignature *s, const SohoaCmsReport *report, const SohoaPdfChanges *changes,
           SohoaPdfChangeVerdict changed)
{
  if (!s->well_formed)
    return s->fault;
  if (changed == SOHOA_PDF_CHANGED_FORBIDDEN
      && (report->status == SOHOA_CMS_VALID || report->status == SOHOA_CMS_UNTRUSTED_CHAIN))
    return changes->texts->len > 0 ? changes->texts->pdata[0] : "changed after signing";
  if (*report->reason == '\0' && changed == SOHOA_PDF_CHANGED_ALLOWED)
    return changes->texts->pdata[0];
  return report->reason;
}

static const char *
add_signature (JsonBuilder *b, int fd, GPtrArray *all, guint i, GBytes *trust)
{
  const SohoaPdfSignature *s = g_ptr_array_index (all, i);
  g_auto(SohoaPdfChanges) changes = { 0 };
  SohoaPdfChangeVerdict changed = sohoa_pdf_changes_after (fd, all, i, &changes);

  SohoaRange ranges[2] = { { s->byte_range[0], s->byte_range[1] }, { s->byte_range[2], s->byte_range[3] } };
  g_auto(SohoaCmsReport) report = { 0 };
  g_autoptr(GBytes) none = g_bytes_new_static ("", 0);
  const char *status;

  sohoa_cms_verify (s->contents != NULL ? s->contents : none, fd, ranges, s->well_formed ? 2 : 0, trust,
                    sohoa_time_now_us (), &report);
  status = status_of (s, &report, changed);
  json_builder_begin_object (b);
  put_text (b, "field", s->field);
  put_text (b, "status", status);
  put_text (b, "reason", reason_of (s, &report, &changes, changed));
  put_changes (b, &changes);
  put_text (b, "signer", report.signer_name);
  put_text (b, "issuer", report.issuer_name);
  put_text (b, "serial", report.serial);
  put_text (b, "sha256", report.cert_sha256);
  put_text (b, "subfilter", s->subfilter);
  put_text (b, "claimed_name", s->name);
  put_text (b, "claimed_reason", s->reason);
  put_text (b, "claimed_time", s->m);
  put_time (b, "timestamp", report.timestamp_time_us);
  put_time (b, "not_before", report.not_before_us);
  put_time (b, "not_after", report.not_after_us);
  put_bool (b, "document_timestamp", report.timestamp);
  put_bool (b, "covers_whole", s->covers_whole);
  put_bool (b, "digest_ok", report.digest_ok);
  put_bool (b, "signature_ok", report.signature_ok);
  put_bool (b, "chain_ok", report.chain_ok);
  put_bool (b, "cades_bound", report.cades_bound);
  put_bool (b, "weak", report.weak);
  json_builder_end_object (b);
  return status;
}

/* The worst of them speaks for the file. */
static const char *
overall (guint n, gboolean invalid, gboolean unknown, gboolean changed)
{
  if (n == 0)
    return "NONE";
  if (invalid)
    return "INVALID";
  if (unknown)
    return "UNKNOWN";
  return changed ? "VALID-BUT-CHANGED" : "VALID";
}

GVariant *
sohoa_op_verify (SohoaWorker *self, const SohoaRequest *request, GError **error)
{
  g_autoptr(GPtrArray) signatures = NULL;
  g_autoptr(GBytes) trust = NULL;
  g_autoptr(JsonBuilder) b = json_builder_new ();
  g_autoptr(JsonNode) root = NULL;
  g_autofree char *json = NULL;
  gboolean changed = FALSE, invalid = FALSE, unknown = FALSE;
  GVariantDict reply;

  if (!sohoa_request_check (request, 2, error)
      || (trust = sohoa_fd_read_bytes (request->fds[1], SOHOA_TRUST_MAX_BYTES, error)) == NULL
      || (signatures = sohoa_pdf_signatures (request->fds[0], NULL, error)) == NULL)
    return NULL;
  json_builder_begin_object (b);
  json_builder_set_member_name (b, "signatures");
  json_builder_begin_array (b);
  for (guint i = 0; i < signatures->len; i++) {
    const char *status = add_signature (b, request->fds[0], signatures, i, trust);

    invalid = invalid || g_str_equal (status, "INVALID");
    unknown = unknown || g_str_equal (status, "UNKNOWN");
    changed = changed || g_str_equal (status, "VALID-BUT-CHANGED");
  }
  json_builder_end_array (b);
  put_text (b, "status", overall (signatures->len, invalid, unknown, changed));
  json_builder_end_object (b);
  root = json_builder_get_root (b);
  json = json_to_string (root, FALSE);
  g_variant_dict_init (&reply, NULL);
  g_variant_dict_insert (&reply, "report", "s", json);
  return g_variant_dict_end (&reply);
}

/* ---- preview ---- */

typedef struct {
  guint  rotation; /* degrees clockwise */
  double x, y, w, h;
  guint  size_px;
} View;

static gboolean
take_view (const SohoaRequest *request, View *v, GError **error)
{
  *v = (View) { .w = 1, .h = 1 };
  v->rotation = sohoa_request_uint (request, "rotation", 0);
  v->size_px = CLAMP (sohoa_request_uint (request, "size", PREVIEW_DEFAULT_PX), 16, PREVIEW_MAX_SIDE_PX);
  (void) g_variant_lookup (request->args, "box", "(dddd)", &v->x, &v->y, &v->w, &v->h);
  if (v->rotation % 90 == 0 && v->rotation < 360 && v->x >= 0 && v->y >= 0 && v->w > 0 && v->h > 0 && v->x + v->w <= 1.0001
      && v->y + v->h <= 1.0001)
    return TRUE;
  g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "preview: the box lies outside the page");
  return FALSE;
}

static guint
reduction_for (guint width, guint height, const View *v)
{
  double want = v->size_px / MAX (v->w, v->h);
  double ratio = MAX (width, height) / want;

  return ratio >= 8 ? 8 : ratio >= 4 ? 4 : ratio >= 2 ? 2 : 1;
}

static PIX *
picture_of_file (const SohoaRequest *request, const View *v, GError **error)
{
  guint page = sohoa_request_uint (request, "page", 1);
  g_autoptr(SohoaPdfSource) pdf = NULL;
  const SohoaPdfPage *info;
  double want = v->size_px / MAX (v->w, v->h), side;

  pdf = sohoa_pdf_source_new (request->fds[0], error);
  if (pdf == NULL || (info = sohoa_pdf_source_peek_page (pdf, page, error)) == NULL)
    return NULL;
  side = MAX (MAX (info->width_pt, info->height_pt), 1);
  return sohoa_pdf_source_render (pdf, page, MIN (want * POINTS_PER_INCH / side, RENDER_MAX_DPI), PREVIEW_MAX_PIXELS,
                                  NULL, error);
}

static PIX *
picture (const SohoaRequest *request, const View *v, GError **error)
{
  g_autoptr(GVariant) image = g_variant_lookup_value (request->args, "image", G_VARIANT_TYPE_VARDICT);
  g_autoptr(SohoaImageStream) stream = NULL;

  if (image == NULL)
    return picture_of_file (request, v, error);
  stream = sohoa_image_stream_from_variant (image, error);
  if (stream == NULL)
    return NULL;
  return sohoa_image_stream_decode (stream, request->fds[0], reduction_for (stream->width_px, stream->height_px, v),
                                    error);
}

/* Turned, cut and scaled; consumes @pix. 32 bpp. */
static PIX *
arrange (PIX *pix, const View *v)
{
  g_autoptr(PIX) owned = pix;
  g_autoptr(PIX) turned = pixRotateOrth (pix, (l_int32) (v->rotation / 90));
  g_autoptr(PIX) cut = NULL;
  g_autoptr(PIX) grey = NULL;
  g_autoptr(PIX) scaled = NULL;
  g_autoptr(BOX) box = NULL;
  double w, h, scale;

  if (turned == NULL)
    return NULL;
  w = pixGetWidth (turned);
  h = pixGetHeight (turned);
  box = boxCreate ((l_int32) (v->x * w), (l_int32) (v->y * h), MAX ((l_int32) (v->w * w), 1), MAX ((l_int32) (v->h * h), 1));
  cut = pixClipRectangle (turned, box, NULL);
  if (cut == NULL)
    return NULL;
  scale = MIN (1.0, (double) v->size_px / MAX (pixGetWidth (cut), pixGetHeight (cut)));
  if (scale >= 1.0)
    return pixConvertTo32 (cut);
  grey = pixGetDepth (cut) == 1 ? pixConvert1To8 (NULL, cut, 255, 0) : pixClone (cut);
  scaled = grey != NULL ? pixScaleAreaMap (grey, (l_float32) scale, (l_float32) scale) : NULL;
  return scaled != NULL ? pixConvertTo32 (scaled) : NULL;
}

static gboolean
write_rows (PIX *pix, int fd, GError **error)
{
  guint w = pixGetWidth (pix), h = pixGetHeight (pix);
  g_autofree guint8 *row = g_malloc ((gsize) w * 3);

  for (guint y = 0; y < h; y++) {
    const l_uint32 *line = pixGetData (pix) + (gsize) y * pixGetWpl (pix);

    for (guint x = 0; x < w; x++) {
      row[3 * x] = line[x] >> 24;
      row[3 * x + 1] = line[x] >> 16 & 0xff;
      row[3 * x + 2] = line[x] >> 8 & 0xff;
    }
    if (!sohoa_fd_write_all (fd, row, (gsize) w * 3, error))
      return FALSE;
  }
  return TRUE;
}

GVariant *
sohoa_op_preview (SohoaWorker *self, const SohoaRequest *request, GError **error)
{
  g_autoptr(PIX) pix = NULL;
  GVariantDict reply;
  View view;

  if (!sohoa_request_check (request, 2, error) || !take_view (request, &view, error)
      || !sohoa_request_rewind (request->fds[1], error))
    return NULL;
  pix = picture (request, &view, error);
  if (pix == NULL)
    return NULL;
  pix = arrange (pix, &view);
  if (pix == NULL) {
    g_set_error (error, SOHOA_PDF_ERROR, SOHOA_PDF_ERROR_BAD_IMAGE, "preview: picture cannot be scaled");
    return NULL;
  }
  if (!write_rows (pix, request->fds[1], error))
    return NULL;
  g_variant_dict_init (&reply, NULL);
  g_variant_dict_insert (&reply, "width", "u", (guint32) pixGetWidth (pix));
  g_variant_dict_insert (&reply, "height", "u", (guint32) pixGetHeight (pix));
  g_variant_dict_insert (&reply, "stride", "u", (guint32) pixGetWidth (pix) * 3);
  return g_variant_dict_end (&reply);
}
