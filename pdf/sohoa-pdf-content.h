/* What a page shows: a tolerant reading of its content stream. */
#pragma once

#include "sohoa-pdf-file.h"

G_BEGIN_DECLS

typedef struct {
  double a, b, c, d, e, f;
} SohoaMatrix;

typedef struct {
  guint       images;     /* times an image was painted */
  qpdf_oh     image;      /* the last one */
  SohoaMatrix matrix;     /* from its unit square to the page */
  double      clip[4];    /* x0 y0 x1 y1 in force when it was painted */
  const char *before;     /* (nullable) static: first visible thing painted before the image */
  const char *after;      /* (nullable) static: first visible thing painted after it, or without one */
  const char *trouble;    /* (nullable) static: transparency, nesting, size: cannot be judged */
} SohoaPdfContent;

/* @box: the visible page box, where painting starts clipped. FALSE when the content cannot be read. */
gboolean sohoa_pdf_content_scan (const SohoaPdfFile *pdf, qpdf_oh page, const double *box, SohoaPdfContent *out);

G_END_DECLS
