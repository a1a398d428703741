/* A scan profile: everything that one press of the button means. Files *.conf in a folder of profiles; the
 * administrator's copy of a name may lock single keys, then the user's copy of that name cannot change them.
 *
 *   [profile]    title, locked (list of "section.key", or "*"; only in the administrator's folder)
 *   [scan]       device (default: asked), source = adf-duplex|adf|flatbed|auto, mode = color|gray|lineart,
 *                dpi, size = A4|A3|A5|Letter|Legal|max|WxH (mm), brightness (−100…100), duplex-turn = none|backs,
 *                options (list of raw "name=value")
 *   [document]   blank = mark|drop|keep, separators = none|patch-t|barcode|blank|count, count,
 *                compliance (name of a compliance profile), destination (name of a target)
 *   [quality]    too-dark, too-light, clipped, skewed, low-resolution, folded, streak, page-missing,
 *                short-page = accept|warn|ask
 * The default obeys NĐ30 Annex I Part II: colour, 300 dpi (law: ≥ 200), 100 %. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define SOHOA_SCAN_PROFILE_DEFAULT "van-ban-den"

typedef enum { SOHOA_SCAN_SOURCE_AUTO, SOHOA_SCAN_SOURCE_FLATBED, SOHOA_SCAN_SOURCE_ADF, SOHOA_SCAN_SOURCE_ADF_DUPLEX } SohoaScanSource;
typedef enum { SOHOA_SCAN_MODE_COLOR, SOHOA_SCAN_MODE_GRAY, SOHOA_SCAN_MODE_LINEART } SohoaScanMode;
typedef enum { SOHOA_SCAN_BLANK_MARK, SOHOA_SCAN_BLANK_DROP, SOHOA_SCAN_BLANK_KEEP } SohoaScanBlank;
typedef enum {
  SOHOA_SCAN_SEPARATORS_NONE, SOHOA_SCAN_SEPARATORS_PATCH_T, SOHOA_SCAN_SEPARATORS_BARCODE,
  SOHOA_SCAN_SEPARATORS_BLANK, SOHOA_SCAN_SEPARATORS_COUNT
} SohoaScanSeparators;
typedef enum { SOHOA_SCAN_ACCEPT, SOHOA_SCAN_WARN, SOHOA_SCAN_ASK } SohoaScanPolicy;
typedef enum {
  SOHOA_SCAN_QUALITY_TOO_DARK, SOHOA_SCAN_QUALITY_TOO_LIGHT, SOHOA_SCAN_QUALITY_CLIPPED, SOHOA_SCAN_QUALITY_SKEWED,
  SOHOA_SCAN_QUALITY_LOW_RESOLUTION, SOHOA_SCAN_QUALITY_FOLDED, SOHOA_SCAN_QUALITY_STREAK,
  SOHOA_SCAN_QUALITY_PAGE_MISSING, SOHOA_SCAN_QUALITY_SHORT_PAGE, SOHOA_SCAN_N_QUALITY
} SohoaScanQuality;

const char *sohoa_scan_source_to_string (SohoaScanSource source);   /* "auto", "flatbed", "adf", "adf-duplex"; static */
const char *sohoa_scan_mode_to_string (SohoaScanMode mode);         /* "color", "gray", "lineart"; static */
const char *sohoa_scan_quality_to_string (SohoaScanQuality quality); /* "too-dark" …; static */
/* FALSE: not such a word. */
gboolean    sohoa_scan_source_from_string (const char *word, SohoaScanSource *out);
gboolean    sohoa_scan_mode_from_string (const char *word, SohoaScanMode *out);

typedef struct {
  char               *name, *title;      /* (owned) */
  char               *device;            /* (owned) "" = not fixed */
  SohoaScanSource     source;
  SohoaScanMode       mode;
  guint               dpi;
  double              width_mm, height_mm; /* 0 = as large as the device can */
  int                 brightness;        /* −100…100, 0 = the device's own */
  gboolean            turn_backs;        /* this feeder delivers backs upside down */
  char              **options;           /* (owned) never NULL; raw "name=value" */
  SohoaScanBlank      blank;
  SohoaScanSeparators separators;
  guint               count;             /* sheets per document, separators = count */
  char               *compliance;        /* (owned) "VN-ND30-2020" */
  char               *destination;       /* (owned) "" = the desk's default target */
  SohoaScanPolicy     quality[SOHOA_SCAN_N_QUALITY];
} SohoaScanProfile;

/* The built-in default. */
SohoaScanProfile *sohoa_scan_profile_new (void);
SohoaScanProfile *sohoa_scan_profile_copy (const SohoaScanProfile *self);
void              sohoa_scan_profile_free (SohoaScanProfile *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaScanProfile, sohoa_scan_profile_free)

/* @name from the administrator's folder, then the user's (nullable) file of the same name over it, key by key. The
 * default needs no file. A bad file is refused whole, with file, line and reason. Errors: SOHOA_ERROR_CONFIG,
 * SOHOA_ERROR_NOT_FOUND. */
SohoaScanProfile *sohoa_scan_profile_load (const char *admin_folder, const char *user_folder, const char *name, GError **error);
/* Names in either folder and the default, sorted. g_strfreev. */
char            **sohoa_scan_profile_list (const char *admin_folder, const char *user_folder);
/* A name is a file name without folders: letters, digits, '-', '_'. */
gboolean          sohoa_scan_profile_is_name (const char *name);

/* Bytes of @n_images as they will lie in the document: nine scans of ten are smaller (doc/scanning.md says how it was
 * measured). */
guint64 sohoa_scan_profile_expected_bytes (const SohoaScanProfile *self, guint n_images);
/* NULL when @n_images fit into @limit_bytes (0 = no limit); else what to tell the clerk before scanning, and in
 * *offer_dpi_out (nullable) the resolution that would fit and that the law allows, 0 = none. g_free. */
char   *sohoa_scan_profile_advise_size (const SohoaScanProfile *self, guint n_images, guint64 limit_bytes, guint *offer_dpi_out);

/* What the worker needs of it; a{sv}, floating. */
GVariant *sohoa_scan_profile_to_settings (const SohoaScanProfile *self);

G_END_DECLS
