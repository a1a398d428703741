/* Pages one by one: looked at, cleared and read while the rest of the stack is still in the feeder. */
#include "sohoa-pipeline-private.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"

#include <fcntl.h>

#define REPLY_MAX_BYTES (64u * 1024 * 1024)
#define KEY_INPUT "ahead-input" /* added to a kept reply: SHA-256 of the file it was made from */

void
sohoa_capture_clear (SohoaCapture *self)
{
  g_clear_pointer (&self->quality, g_strfreev);
  g_clear_pointer (&self->codes, g_strfreev);
}

gboolean
sohoa_pipeline_capture (SohoaWorkerPool *pool, int fd, gboolean raster, guint quality, int out_fd,
                        GCancellable *cancellable, SohoaCapture *out, GError **error)
{
  const int fds[] = { fd, out_fd };
  g_autoptr(GVariant) reply = NULL;
  GVariantDict args;

  *out = (SohoaCapture) { 0 };
  g_variant_dict_init (&args, NULL);
  g_variant_dict_insert (&args, "raster", "b", raster);
  g_variant_dict_insert (&args, "quality", "u", quality);
  if (!sohoa_worker_pool_call (pool, SOHOA_OP_CAPTURE, g_variant_dict_end (&args), fds, G_N_ELEMENTS (fds),
                               SOHOA_GATE_TIMEOUT_MS, cancellable, &reply, error)) {
    sohoa_blame_input (error);
    return FALSE;
  }
  (void) g_variant_lookup (reply, "encoded", "b", &out->encoded);
  (void) g_variant_lookup (reply, "width", "u", &out->width_px);
  (void) g_variant_lookup (reply, "height", "u", &out->height_px);
  (void) g_variant_lookup (reply, "dpi", "d", &out->dpi);
  (void) g_variant_lookup (reply, "skew", "d", &out->skew_deg);
  (void) g_variant_lookup (reply, "blank", "b", &out->blank);
  (void) g_variant_lookup (reply, "patch-t", "b", &out->patch_t);
  (void) g_variant_lookup (reply, "quality", "^as", &out->quality);
  (void) g_variant_lookup (reply, "codes", "^as", &out->codes);
  if (out->encoded == raster)
    return TRUE;
  sohoa_capture_clear (out);
  g_set_error (error, SOHOA_OCR_ERROR, SOHOA_OCR_ERROR_ENGINE, "page worker gave no picture: try again");
  return FALSE;
}

/* ---- reading ahead ---- */

static gboolean
keep (const char *prefix, GVariant *reply, const char *sha256, SohoaOutput *image, GError **error)
{
  g_autofree char *path = g_strconcat (prefix, SOHOA_AHEAD_REPLY, NULL);
  g_autoptr(GVariant) kept = NULL;
  GVariantDict dict;

  g_variant_dict_init (&dict, reply);
  g_variant_dict_insert (&dict, KEY_INPUT, "s", sha256);
  kept = g_variant_ref_sink (g_variant_dict_end (&dict));
  return sohoa_output_commit (image, error)
         && sohoa_file_write (path, g_variant_get_data (kept), (gssize) g_variant_get_size (kept), 0600, error);
}

gboolean
sohoa_pipeline_read_ahead (SohoaWorkerPool *pool, const char *name, int fd, const SohoaClearance *clearance,
                           guint turn, const char *prefix, GCancellable *cancellable, GError **error)
{
  g_autofree char *sha256 = sohoa_fd_sha256 (fd, 0, G_MAXUINT64, error);
  g_autofree char *path = g_strconcat (prefix, SOHOA_AHEAD_IMAGE, NULL);
  g_autoptr(SohoaOutput) image = NULL;
  g_autoptr(GVariant) reply = NULL;
  const char *secrecy = "";
  GVariantDict args, options;
  int fds[2];

  if (sha256 == NULL || !sohoa_clearance_check (clearance, sha256, error)
      || (image = sohoa_output_new (path, 0600, error)) == NULL)
    return FALSE;
  g_variant_dict_init (&options, NULL);
  g_variant_dict_insert (&options, "recognise", "b", TRUE);
  g_variant_dict_insert (&options, "turn", "u", turn);
  g_variant_dict_init (&args, NULL);
  g_variant_dict_insert (&args, "name", "s", name);
  g_variant_dict_insert (&args, "page", "u", 1);
  g_variant_dict_insert (&args, "original", "b", FALSE);
  g_variant_dict_insert_value (&args, "options", g_variant_dict_end (&options));
  fds[0] = fd;
  fds[1] = sohoa_output_get_fd (image);
  if (!sohoa_worker_pool_call (pool, SOHOA_OP_PAGE, g_variant_dict_end (&args), fds, 2, SOHOA_PAGE_TIMEOUT_MS,
                               cancellable, &reply, error))
    return FALSE;
  (void) g_variant_lookup (reply, "secrecy", "&s", &secrecy);
  if (*secrecy != '\0' && !sohoa_clearance_is_released (clearance)) {
    g_set_error (error, SOHOA_GATE_ERROR, SOHOA_GATE_ERROR_SECRET,
                 "suspected secrecy mark: nothing was kept, hand the paper to the person in charge");
    return FALSE;
  }
  return keep (prefix, reply, sha256, image, error);
}

GVariant *
sohoa_ahead_take (const char *prefix, const char *sha256, int image_fd)
{
  g_autofree char *image_path = g_strconcat (prefix, SOHOA_AHEAD_IMAGE, NULL);
  g_autofree char *reply_path = g_strconcat (prefix, SOHOA_AHEAD_REPLY, NULL);
  g_autoptr(GBytes) bytes = sohoa_file_read (reply_path, REPLY_MAX_BYTES, NULL);
  SOHOA_AUTO_FD int fd = bytes != NULL ? open (image_path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
  g_autoptr(GVariant) reply = NULL;
  const char *made_from = "";

  if (fd < 0)
    return NULL;
  reply = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE_VARDICT, bytes, FALSE));
  if (!g_variant_is_normal_form (reply) || !g_variant_lookup (reply, KEY_INPUT, "&s", &made_from)
      || !g_str_equal (made_from, sha256) || !sohoa_fd_copy (fd, 0, G_MAXUINT64, image_fd, NULL))
    return NULL;
  return g_steal_pointer (&reply);
}
