/* For friends inside intake/ only: the readers behind sohoa-image-source.c. */
#pragma once

#include "sohoa-image-source.h"

static inline void
sohoa_pix_unref (PIX *pix)
{
  pixDestroy (&pix);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PIX, sohoa_pix_unref)

/* One kind of file. @data: the whole file, mapped; NULL for TIFF, which reads by itself. */
typedef struct {
  const guint8 *data;   /* (unowned) (nullable) */
  gsize         length;
  int           fd;     /* (unowned) */
} SohoaImageBytes;

#define SOHOA_DPI_MIN 50.0
#define SOHOA_DPI_MAX 2500.0

/* Checks sides and pixels against the limits. */
gboolean sohoa_image_check_size (guint64 width, guint64 height, GError **error);
/* Fills dpi and the note from what the file says (0 = nothing). */
void     sohoa_image_settle_dpi (SohoaImagePage *page, double said_dpi);
/* Orientation tag 1…8 → rotation and mirror note. */
void     sohoa_image_settle_orientation (SohoaImagePage *page, guint tag);
/* NULL with the note set when @data is no profile PDF/A takes for @components. */
GBytes  *sohoa_image_usable_icc (const guint8 *data, gsize length, guint components, guint *notes);
/* Undoes a mirror, drops palette and alpha, takes the smallest depth without loss. Consumes @pix. */
PIX     *sohoa_image_normalise (PIX *pix, guint tag, guint *notes, GError **error);
gboolean sohoa_image_damaged (GError **error, const char *kind);

/* ---- JPEG (sohoa-image-jpeg.c) ---- */
typedef struct {
  guint    width, height, components;
  gboolean pass;        /* PDF readers decode it as we do */
  gboolean adobe;       /* Adobe marker: CMYK is stored inverted */
  int      adobe_transform; /* -1 none */
  guint    orientation; /* 1…8 */
  double   dpi;         /* 0 = not said */
  GBytes  *icc;         /* (owned) (nullable) */
} SohoaJpegInfo;
gboolean sohoa_jpeg_look (const SohoaImageBytes *bytes, SohoaJpegInfo *info, GError **error);
void     sohoa_jpeg_info_clear (SohoaJpegInfo *info);
PIX     *sohoa_jpeg_decode (const SohoaImageBytes *bytes, guint reduction, GError **error);
gboolean sohoa_jpeg_describe (const SohoaJpegInfo *info, SohoaImageStream *stream, guint *notes);

/* ---- PNG (sohoa-image-png.c) ---- */
typedef struct {
  guint    width, height, bits, components; /* components of the colour space, alpha not counted */
  gboolean palette, interlaced, alpha;
  double   dpi;
} SohoaPngInfo;
gboolean sohoa_png_look (const SohoaImageBytes *bytes, SohoaPngInfo *info, GError **error);
/* The IDAT chunks' data, one after another. */
gboolean sohoa_png_extract (const SohoaImageBytes *bytes, const SohoaPngInfo *info, int out_fd,
                            SohoaImageStream **stream_out, GError **error);

/* ---- TIFF (sohoa-image-tiff.c) ---- */
typedef struct _SohoaTiff SohoaTiff;
SohoaTiff *sohoa_tiff_new (int fd, GError **error);
void       sohoa_tiff_free (SohoaTiff *self);
guint      sohoa_tiff_count_pages (SohoaTiff *self);
gboolean   sohoa_tiff_get_page (SohoaTiff *self, guint page, SohoaImagePage *out, guint *tag_out, GError **error);
PIX       *sohoa_tiff_decode (SohoaTiff *self, guint page, guint *notes, GError **error);
gboolean   sohoa_tiff_extract (SohoaTiff *self, guint page, int out_fd, SohoaImageStream **stream_out, GError **error);
