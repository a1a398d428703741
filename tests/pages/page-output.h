/* Files of one document: doc-NNN/page-NN.jpg, doc.pdf or doc.tiff, and truth.json. */
#pragma once

#include <gio/gio.h>

#include "page-document.h"
#include "page-wear.h"

typedef enum { PAGE_FORMAT_JPG, PAGE_FORMAT_PDF, PAGE_FORMAT_TIFF } PageFormat;

/* @pages: n worn pages. The PDF carries the very JPEG bytes. */
gboolean page_output_write (const char *folder, PageFormat format, const WornPage *pages, guint n_pages, PageKind kind,
                            double dpi, GError **error);
/* @texts: (element-type utf8) one per page. Keys as design and tests read them. */
gboolean page_output_truth (const char *folder, const PageDocument *document, GPtrArray *texts, const WornPage *pages,
                            GError **error);
