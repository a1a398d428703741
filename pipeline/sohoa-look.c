#include "sohoa-pipeline-private.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-json.h"

#define PREVIEW_TIMEOUT_MS SOHOA_GATE_TIMEOUT_MS
#define PREVIEW_MAX_SIDE_PX 8000u

gboolean
sohoa_pipeline_verify (SohoaWorkerPool *pool, int pdf_fd, int trust_fd, GCancellable *cancellable, char **json_out,
                       GError **error)
{
  const SohoaVerifyOptions options = { .trust_fd = trust_fd };

  return sohoa_pipeline_verify_with (pool, pdf_fd, &options, cancellable, json_out, error);
}

const char *
sohoa_verify_report_status (const char *json)
{
  static const char *const known[] = { "VALID", "VALID-BUT-CHANGED", "INVALID", "NONE" };
  g_autoptr(JsonObject) report = sohoa_json_parse (json, -1);
  const char *status;

  if (report == NULL)
    return "UNKNOWN";
  status = json_object_get_string_member_with_default (report, "status", "");
  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    if (g_strcmp0 (status, known[i]) == 0)
      return known[i];
  return "UNKNOWN";
}

void
sohoa_preview_clear (SohoaPreview *preview)
{
  sohoa_fd_clear (&preview->fd);
}

static gboolean
take_preview (GVariant *reply, SohoaPreview *p, GError **error)
{
  (void) g_variant_lookup (reply, "width", "u", &p->width);
  (void) g_variant_lookup (reply, "height", "u", &p->height);
  (void) g_variant_lookup (reply, "stride", "u", &p->stride);
  if (p->width == 0 || p->height == 0 || p->width > PREVIEW_MAX_SIDE_PX || p->height > PREVIEW_MAX_SIDE_PX
      || p->stride < p->width * 3 || (guint64) sohoa_fd_size (p->fd) < (guint64) p->stride * p->height) {
    g_set_error (error, SOHOA_OCR_ERROR, SOHOA_OCR_ERROR_ENGINE, "page worker gave no picture: try again");
    return FALSE;
  }
  return sohoa_memfd_seal (p->fd, error);
}

gboolean
sohoa_pipeline_preview (SohoaWorkerPool *pool, const SohoaPlan *plan, const char *spool_dir, guint page, guint rotation,
                        const double box[4], guint size_px, GCancellable *cancellable, SohoaPreview *preview_out,
                        GError **error)
{
  g_autoptr(SohoaSpoolIndex) index = sohoa_spool_index_load (spool_dir, error);
  g_autoptr(GVariant) reply = NULL;
  SOHOA_AUTO_FD int images = -1;
  SOHOA_AUTO_FD int pixels = -1;
  const SohoaSpoolPage *spool;
  GVariantDict args;
  int fds[2];

  *preview_out = (SohoaPreview) { .fd = -1 };
  if (index == NULL)
    return FALSE;
  if (page < 1 || page > index->pages->len || (index->original && plan == NULL)) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_NOT_FOUND, "page %u: there is no picture of it", page);
    return FALSE;
  }
  spool = g_ptr_array_index (index->pages, page - 1);
  pixels = sohoa_memfd_new ("preview", error);
  if (pixels < 0 || (!index->original && (images = sohoa_spool_open (spool_dir, SOHOA_SPOOL_IMAGES, error)) < 0))
    return FALSE;
  g_variant_dict_init (&args, NULL);
  if (index->original)
    g_variant_dict_insert (&args, "page", "u", page);
  else
    g_variant_dict_insert_value (&args, "image", sohoa_image_stream_to_variant (spool->stream));
  g_variant_dict_insert (&args, "rotation", "u", (spool->rotation + rotation) % 360);
  if (box != NULL)
    g_variant_dict_insert (&args, "box", "(dddd)", box[0], box[1], box[2], box[3]);
  g_variant_dict_insert (&args, "size", "u", CLAMP (size_px, 16, PREVIEW_MAX_SIDE_PX));
  fds[0] = index->original ? sohoa_plan_get_fd (plan, 0) : images;
  fds[1] = pixels;
  if (!sohoa_worker_pool_call (pool, SOHOA_OP_PREVIEW, g_variant_dict_end (&args), fds, 2, PREVIEW_TIMEOUT_MS,
                               cancellable, &reply, error))
    return FALSE;
  preview_out->fd = sohoa_fd_steal (&pixels);
  if (take_preview (reply, preview_out, error))
    return TRUE;
  sohoa_preview_clear (preview_out);
  return FALSE;
}
