#include "sohoa-worker.h"

#include "sohoa-sample-pdf.h"

#include "sohoa-cms-verify.h"
#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-pdf-source.h"
#include "sohoa-pdf.h"

#include <fontconfig/fontconfig.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define WARM_DPI 20
#define WARM_MAX_PIXELS (1000u * 1000)

static gboolean
warm_pdf (GError **error)
{
  SOHOA_AUTO_FD int fd = sohoa_sample_pdf_new (error);
  g_autoptr(SohoaPdfSource) source = fd >= 0 ? sohoa_pdf_source_new (fd, error) : NULL;
  PIX *pix = source != NULL ? sohoa_pdf_source_render (source, 1, WARM_DPI, WARM_MAX_PIXELS, NULL, error) : NULL;
  gboolean ok = pix != NULL;

  pixDestroy (&pix);
  return ok;
}

/* OpenSSL reads its configuration and makes its tables when first used. */
static void
warm_crypto (void)
{
  g_autoptr(GBytes) junk = g_bytes_new_static ("\x30\x00", 2);
  g_auto(SohoaCmsReport) report = { 0 };
  SohoaRange range = { 0, 0 };

  sohoa_cms_verify (junk, -1, &range, 1, NULL, 0, &report);
}

static gboolean
load_profiles (SohoaWorker *self, GError **error)
{
  g_auto(GStrv) names = sohoa_profile_names ();

  self->profiles = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) sohoa_profile_free);
  for (guint i = 0; names != NULL && names[i] != NULL; i++) {
    SohoaProfile *profile = sohoa_profile_load (names[i], error);

    if (profile == NULL)
      return FALSE;
    g_hash_table_insert (self->profiles, g_strdup (names[i]), profile);
  }
  if (g_hash_table_contains (self->profiles, SOHOA_PROFILE_DEFAULT))
    return TRUE;
  g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_CONFIG, "profiles: %s is not there: install the data files again",
               SOHOA_PROFILE_DEFAULT);
  return FALSE;
}

gboolean
sohoa_worker_init (SohoaWorker *self, GError **error)
{
  memset (self, 0, sizeof *self);
  (void) setMsgSeverity (L_SEVERITY_NONE);
  if (!FcInit ()) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_CONFIG, "fontconfig: cannot start: install fontconfig-config");
    return FALSE;
  }
  self->recogniser = sohoa_recogniser_new (error);
  if (self->recogniser == NULL || (self->lists = sohoa_lists_load (error)) == NULL || !load_profiles (self, error))
    return FALSE;
  warm_crypto ();
  return sohoa_pdf_init (error) && warm_pdf (error);
}

void
sohoa_worker_clear (SohoaWorker *self)
{
  g_clear_pointer (&self->recogniser, sohoa_recogniser_free);
  g_clear_pointer (&self->lists, sohoa_lists_free);
  g_clear_pointer (&self->profiles, g_hash_table_unref);
}

const SohoaProfile *
sohoa_worker_peek_profile (SohoaWorker *self, const char *name)
{
  if (name == NULL || name[0] == '\0')
    name = SOHOA_PROFILE_DEFAULT;
  return g_hash_table_lookup (self->profiles, name);
}

gboolean
sohoa_request_check (const SohoaRequest *request, guint n, GError **error)
{
  if (request->n_fds == n)
    return TRUE;
  g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "request has %u descriptors, not %u", request->n_fds, n);
  return FALSE;
}

guint
sohoa_request_uint (const SohoaRequest *request, const char *key, guint fallback)
{
  guint32 value;

  return g_variant_lookup (request->args, key, "u", &value) ? value : fallback;
}

gboolean
sohoa_request_bool (const SohoaRequest *request, const char *key, gboolean fallback)
{
  gboolean value;

  return g_variant_lookup (request->args, key, "b", &value) ? value : fallback;
}

gboolean
sohoa_request_rewind (int fd, GError **error)
{
  if (ftruncate (fd, 0) == 0 && lseek (fd, 0, SEEK_SET) == 0)
    return TRUE;
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "output: cannot be written: %s", g_strerror (errno));
  return FALSE;
}
