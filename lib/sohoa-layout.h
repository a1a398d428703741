/* The text layer as a layout file for other programs: hOCR 1.2 (kba.github.io/hocr-spec/1.2) or ALTO 4.4
 * (www.loc.gov/standards/alto). Written page by page, so that a document of a thousand pages costs no memory.
 * Coordinates are pixels of the upright page (the frame of sohoa-text-layer.h). */
#pragma once

#include "sohoa-record.h"
#include "sohoa-text-layer.h"

G_BEGIN_DECLS

typedef enum { SOHOA_LAYOUT_HOCR, SOHOA_LAYOUT_ALTO } SohoaLayoutFormat;

typedef struct _SohoaLayoutWriter SohoaLayoutWriter;

/* Writes to @fd (stays the caller's) from its position. @title: of the document, shown in hOCR's head; @source: name
 * of the picture file (ALTO's sourceImageInformation). Head, pages, foot: in this order, one thread. */
SohoaLayoutWriter *sohoa_layout_writer_new (int fd, SohoaLayoutFormat format, const char *title, const char *source,
                                            GError **error);
/* @info: number, source, size and state of the page: a page that was not read says so in the file. @layer:
 * (nullable) its text. Errors: G_IO_ERROR. */
gboolean sohoa_layout_writer_add_page (SohoaLayoutWriter *self, const SohoaPageInfo *info, const SohoaTextLayer *layer,
                                       GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean sohoa_layout_writer_finish (SohoaLayoutWriter *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void     sohoa_layout_writer_free (SohoaLayoutWriter *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaLayoutWriter, sohoa_layout_writer_free)

G_END_DECLS
