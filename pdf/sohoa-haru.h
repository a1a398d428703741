/* All that touches libharu and its structs. Objects are written as PDF syntax ("inner" = what stands
 * between << and >>); libharu numbers them, builds the page tree, pulls stream data from callbacks
 * while the file is written and makes the cross-reference table. */
#pragma once

#include <gio/gio.h>

#include "sohoa-pdf.h"

G_BEGIN_DECLS

typedef struct _SohoaHaru SohoaHaru;

/* Called when the page's content is due; gives it uncompressed. */
typedef GBytes *(*SohoaHaruContent) (gpointer data, guint page_index, GError **error);

/* @version: "1.4" or "1.7". */
SohoaHaru *sohoa_haru_new (const char *version, SohoaHaruContent content, gpointer data, GError **error);
void       sohoa_haru_free (SohoaHaru *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaHaru, sohoa_haru_free)

/* Each gives the object's number, 0 after a failure (reported by sohoa_haru_save). @bytes are written as
 * they are; /Length is added. Takes its own reference or copy. */
guint sohoa_haru_add_dict (SohoaHaru *self, const char *inner);
guint sohoa_haru_add_stream (SohoaHaru *self, const char *inner, GBytes *bytes);
/* Bytes are read from @fd (which must stay open) at save time. */
guint sohoa_haru_add_file_stream (SohoaHaru *self, const char *inner, int fd, guint64 offset, guint64 length);
/* @inner: MediaBox, Resources, Annots … */
guint sohoa_haru_add_page (SohoaHaru *self, const char *inner);
/* Changes what a page was added with. */
void  sohoa_haru_set_page (SohoaHaru *self, guint page_index, const char *inner);
/* The signature dictionary with room for ByteRange and @cms_room bytes of Contents. */
guint sohoa_haru_add_signature (SohoaHaru *self, const char *inner, guint cms_room);

void sohoa_haru_set_catalog (SohoaHaru *self, const char *inner);
void sohoa_haru_set_info (SohoaHaru *self, const char *inner);
void sohoa_haru_set_trailer (SohoaHaru *self, const char *inner);

/* Writes the file at offset 0 of @fd. @placeholder_out is set when there is a signature. */
gboolean sohoa_haru_save (SohoaHaru *self, int fd, SohoaPdfPlaceholder *placeholder_out, guint64 *size_out,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
