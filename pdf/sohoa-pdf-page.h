/* One page of a written file: its geometry, text layer and content stream. */
#pragma once

#include "sohoa-pdf.h"
#include "sohoa-text-layer.h"

G_BEGIN_DECLS

/* Codes of the glyphless font: Unicode value of each code. BMP characters are their own code;
 * others get a code from the surrogate range, which no text can contain. */
typedef struct {
  guint32     unicode[65536];
  GHashTable *astral; /* (owned) character → code */
} SohoaPdfCodes;

SohoaPdfCodes *sohoa_pdf_codes_new (void);
void           sohoa_pdf_codes_free (SohoaPdfCodes *self);
/* Appends the hexadecimal codes of @text; gives the number of codes. */
guint          sohoa_pdf_codes_append (SohoaPdfCodes *self, GString *out, const char *text);

typedef struct {
  guint  rotation;            /* degrees clockwise */
  double dpi;                 /* as used; page size limits may change it */
  double width_pt, height_pt; /* of the page */
  gboolean resized;           /* dpi was changed by the limits */
} SohoaPdfGeometry;

/* @layer_out: NULL inside when the page has no text. */
gboolean sohoa_pdf_load_layer (const SohoaPdfJob *job, guint index, SohoaTextLayer **layer_out, GError **error);
void     sohoa_pdf_geometry (const SohoaPdfJob *job, guint index, const SohoaTextLayer *layer, SohoaPdfGeometry *out);
/* The content stream; also marks the codes it uses. */
GString *sohoa_pdf_page_content (const SohoaPdfGeometry *geometry, const SohoaTextLayer *layer, SohoaPdfCodes *codes);

G_END_DECLS
