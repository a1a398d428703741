/* What stands around the pages: bookmarks, page labels, associated files. Private to pdf/. */
#pragma once

#include "sohoa-pdf-font.h"
#include "sohoa-pdf.h"

G_BEGIN_DECLS

/* Catalog keys for the parts of the record: /Outlines when there is more than one, /PageLabels always.
 * @pages: (element-type guint) object numbers. */
void sohoa_pdf_frame_parts (SohoaPdfAdd add, gpointer sink, const SohoaPdfJob *job, const GArray *pages, GString *catalog);

/* Catalog keys for the job's attachments: /AF and /Names (ISO 19005-3, 6.8). */
void sohoa_pdf_frame_attachments (SohoaPdfAdd add, gpointer sink, const SohoaPdfJob *job, GString *catalog);

G_END_DECLS
