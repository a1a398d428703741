#include "sohoa-scan-page.h"

#include "sohoa-scan-protocol.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"

#include <math.h>

#define MAX_DPI 9600.0
#define MAX_FLAGS 16u

const char *
sohoa_scan_side_to_string (SohoaScanSide side)
{
  switch (side) {
  case SOHOA_SCAN_FRONT: return "front";
  case SOHOA_SCAN_BACK: return "back";
  }
  return "front";
}

void
sohoa_scan_page_free (SohoaScanPage *page)
{
  if (page == NULL)
    return;
  sohoa_fd_clear (&page->fd);
  if (page->release != NULL)
    page->release (page->owner);
  g_free (page->format);
  g_strfreev (page->flags);
  g_free (page);
}

GVariant *
sohoa_scan_page_to_variant (const SohoaScanPage *page)
{
  static const char *const none[] = { NULL };
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "format", "s", page->format);
  g_variant_dict_insert (&dict, "size", "t", page->size_bytes);
  g_variant_dict_insert (&dict, "width", "u", page->width_px);
  g_variant_dict_insert (&dict, "height", "u", page->height_px);
  g_variant_dict_insert (&dict, "depth", "u", page->depth);
  g_variant_dict_insert (&dict, "channels", "u", page->channels);
  g_variant_dict_insert (&dict, "dpi-x", "d", page->dpi_x);
  g_variant_dict_insert (&dict, "dpi-y", "d", page->dpi_y);
  g_variant_dict_insert (&dict, "flags", "^as", page->flags != NULL ? page->flags : (char **) none);
  return g_variant_dict_end (&dict);
}

static gboolean
is_dpi (double dpi)
{
  return isfinite (dpi) && dpi >= 0 && dpi <= MAX_DPI;
}

static gboolean
is_plausible (const SohoaScanPage *page)
{
  static const char *const formats[] = { "jpeg", "tiff", NULL };

  return page->format != NULL && g_strv_contains (formats, page->format) && page->width_px > 0 && page->height_px > 0
         && page->width_px <= SOHOA_SCAN_MAX_SIDE_PX && page->height_px <= SOHOA_SCAN_MAX_SIDE_PX
         && (page->depth == 1 || page->depth == 8 || page->depth == 16) && (page->channels == 1 || page->channels == 3)
         && is_dpi (page->dpi_x) && is_dpi (page->dpi_y) && page->flags != NULL && g_strv_length (page->flags) <= MAX_FLAGS;
}

SohoaScanPage *
sohoa_scan_page_from_variant (GVariant *variant, GError **error)
{
  g_autoptr(SohoaScanPage) page = g_new0 (SohoaScanPage, 1);

  page->fd = -1;
  if (variant != NULL) {
    (void) g_variant_lookup (variant, "format", "s", &page->format);
    (void) g_variant_lookup (variant, "size", "t", &page->size_bytes);
    (void) g_variant_lookup (variant, "width", "u", &page->width_px);
    (void) g_variant_lookup (variant, "height", "u", &page->height_px);
    (void) g_variant_lookup (variant, "depth", "u", &page->depth);
    (void) g_variant_lookup (variant, "channels", "u", &page->channels);
    (void) g_variant_lookup (variant, "dpi-x", "d", &page->dpi_x);
    (void) g_variant_lookup (variant, "dpi-y", "d", &page->dpi_y);
    (void) g_variant_lookup (variant, "flags", "^as", &page->flags);
  }
  if (variant != NULL && is_plausible (page))
    return g_steal_pointer (&page);
  g_set_error (error, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_BAD_IMAGE,
               "page: the scan worker's description makes no sense: scan this sheet again");
  return NULL;
}
