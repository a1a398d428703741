#include "sohoa-segment-stream.h"

#include "sohoa-file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define BASE64_INPUT_BYTES (48 * 1024) /* a multiple of 3: every block but the last is without padding */
#define READ_BLOCK_BYTES (64 * 1024)

typedef struct {
  GBytes  *text;   /* (owned) (nullable) else a file */
  int      fd;     /* (owned) -1 for text */
  gboolean base64;
  guint64  input;  /* bytes of the file */
  guint64  size;   /* bytes given out */
} Segment;

struct _SohoaSegmentStream {
  GInputStream parent;
  GPtrArray *segments; /* (owned) (shared by _again()) (element-type Segment) */
  guint   current;
  guint64 offset;      /* in the current segment: bytes of input taken */
  guint8 *block;       /* (owned) encoded base64 not yet given out */
  gsize   block_next, block_length;
};

G_DEFINE_FINAL_TYPE (SohoaSegmentStream, sohoa_segment_stream, G_TYPE_INPUT_STREAM)

static void
segment_free (gpointer data)
{
  Segment *segment = data;

  g_clear_pointer (&segment->text, g_bytes_unref);
  sohoa_fd_clear (&segment->fd);
  g_free (segment);
}

static gboolean
read_file (const Segment *segment, guint64 offset, void *out, gsize length, GError **error)
{
  return sohoa_fd_pread_all (segment->fd, out, length, (goffset) offset, error);
}

static gboolean
encode_block (SohoaSegmentStream *self, const Segment *segment, GError **error)
{
  guint8 raw[BASE64_INPUT_BYTES];
  gsize length = MIN (segment->input - self->offset, sizeof raw);
  g_autofree char *text = NULL;

  if (!read_file (segment, self->offset, raw, length, error))
    return FALSE;
  self->offset += length;
  text = g_base64_encode (raw, length);
  self->block_next = 0;
  self->block_length = strlen (text);
  g_free (self->block);
  self->block = (guint8 *) g_steal_pointer (&text);
  return TRUE;
}

static gssize
read_segment (SohoaSegmentStream *self, const Segment *segment, void *buffer, gsize count, GError **error)
{
  gsize length;

  if (!segment->base64) {
    length = MIN (segment->input - self->offset, count);
    if (segment->text != NULL)
      memcpy (buffer, (const guint8 *) g_bytes_get_data (segment->text, NULL) + self->offset, length);
    else if (!read_file (segment, self->offset, buffer, length, error))
      return -1;
    self->offset += length;
    return (gssize) length;
  }
  if (self->block_next == self->block_length && self->offset < segment->input
      && !encode_block (self, segment, error))
    return -1;
  length = MIN (self->block_length - self->block_next, count);
  if (length > 0)
    memcpy (buffer, self->block + self->block_next, length);
  self->block_next += length;
  return (gssize) length;
}

static gssize
segment_stream_read (GInputStream *stream, void *buffer, gsize count, GCancellable *cancellable, GError **error)
{
  SohoaSegmentStream *self = SOHOA_SEGMENT_STREAM (stream);

  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return -1;
  while (self->current < self->segments->len && count > 0) {
    const Segment *segment = g_ptr_array_index (self->segments, self->current);
    gssize n = read_segment (self, segment, buffer, count, error);

    if (n != 0)
      return n;
    self->current++;
    self->offset = 0;
    self->block_next = self->block_length = 0;
  }
  return 0;
}

static void
segment_stream_finalize (GObject *object)
{
  SohoaSegmentStream *self = SOHOA_SEGMENT_STREAM (object);

  g_ptr_array_unref (self->segments);
  g_free (self->block);
  G_OBJECT_CLASS (sohoa_segment_stream_parent_class)->finalize (object);
}

static void
sohoa_segment_stream_class_init (SohoaSegmentStreamClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = segment_stream_finalize;
  G_INPUT_STREAM_CLASS (klass)->read_fn = segment_stream_read;
}

static void
sohoa_segment_stream_init (SohoaSegmentStream *self)
{
  self->segments = g_ptr_array_new_with_free_func (segment_free);
}

SohoaSegmentStream *
sohoa_segment_stream_new (void)
{
  return g_object_new (SOHOA_TYPE_SEGMENT_STREAM, NULL);
}

SohoaSegmentStream *
sohoa_segment_stream_again (SohoaSegmentStream *self)
{
  SohoaSegmentStream *again = sohoa_segment_stream_new ();

  g_ptr_array_unref (again->segments);
  again->segments = g_ptr_array_ref (self->segments);
  return again;
}

void
sohoa_segment_stream_add_text (SohoaSegmentStream *self, const char *text)
{
  Segment *segment = g_new0 (Segment, 1);

  segment->fd = -1;
  segment->input = segment->size = strlen (text);
  segment->text = g_bytes_new (text, segment->input);
  g_ptr_array_add (self->segments, segment);
}

gboolean
sohoa_segment_stream_add_fd (SohoaSegmentStream *self, int fd, gboolean base64, GError **error)
{
  goffset size = sohoa_fd_size (fd);
  int own = fcntl (fd, F_DUPFD_CLOEXEC, 3);
  Segment *segment;

  if (own < 0 || size < 0) {
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "attachment: cannot read: %s",
                 g_strerror (errno));
    sohoa_fd_clear (&own);
    return FALSE;
  }
  segment = g_new0 (Segment, 1);
  segment->fd = own;
  segment->base64 = base64;
  segment->input = (guint64) size;
  segment->size = base64 ? (segment->input + 2) / 3 * 4 : segment->input;
  g_ptr_array_add (self->segments, segment);
  return TRUE;
}

guint64
sohoa_segment_stream_get_size (SohoaSegmentStream *self)
{
  guint64 size = 0;

  for (guint i = 0; i < self->segments->len; i++)
    size += ((const Segment *) g_ptr_array_index (self->segments, i))->size;
  return size;
}

char *
sohoa_segment_stream_sha256 (SohoaSegmentStream *self, GError **error)
{
  g_autoptr(SohoaSegmentStream) again = sohoa_segment_stream_again (self);
  g_autoptr(GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree guint8 *block = g_malloc (READ_BLOCK_BYTES);
  gssize n;

  while ((n = g_input_stream_read (G_INPUT_STREAM (again), block, READ_BLOCK_BYTES, NULL, error)) > 0)
    g_checksum_update (sum, block, n);
  return n < 0 ? NULL : g_strdup (g_checksum_get_string (sum));
}
