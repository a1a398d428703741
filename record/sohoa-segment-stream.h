/* A message body made of texts and files, read once or often, never whole in memory: multipart
 * imports and edXML with its base64 attachments. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define SOHOA_TYPE_SEGMENT_STREAM (sohoa_segment_stream_get_type ())
G_DECLARE_FINAL_TYPE (SohoaSegmentStream, sohoa_segment_stream, SOHOA, SEGMENT_STREAM, GInputStream)

SohoaSegmentStream *sohoa_segment_stream_new (void);

/* Copies @text. */
void sohoa_segment_stream_add_text (SohoaSegmentStream *self, const char *text);
/* The whole of @fd from offset 0, raw or as base64 without line ends. @fd is duplicated, its position
 * is not used. A file that is shorter when read: G_IO_ERROR_PARTIAL_INPUT. */
gboolean sohoa_segment_stream_add_fd (SohoaSegmentStream *self, int fd, gboolean base64, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

guint64 sohoa_segment_stream_get_size (SohoaSegmentStream *self); /* bytes that will be read */
/* A new stream over the same segments from the start; independent of the position of @self. */
SohoaSegmentStream *sohoa_segment_stream_again (SohoaSegmentStream *self);
/* Lower-case hex SHA-256 of all bytes; does not move @self. g_free. */
char *sohoa_segment_stream_sha256 (SohoaSegmentStream *self, GError **error);

G_END_DECLS
