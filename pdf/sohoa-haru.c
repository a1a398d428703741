#include "sohoa-haru.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"

#include <stddef.h>
#include <string.h>

#include <hpdf.h>
#include <hpdf_doc.h>
#include <hpdf_objects.h>
#include <hpdf_pages.h>
#include <hpdf_streams.h>
#include <hpdf_utils.h>

/* libharu's structs are used directly; these are the layouts of 2.3 that the code below relies on. */
#if HPDF_MAJOR_VERSION != 2 || HPDF_MINOR_VERSION != 3
#error "libharu 2.3.x is needed"
#endif
#if defined(__LP64__)
_Static_assert (sizeof (HPDF_Obj_Header) == 8, "HPDF_Obj_Header changed");
_Static_assert (offsetof (HPDF_Dict_Rec, mmgr) == 8, "HPDF_Dict_Rec changed");
_Static_assert (offsetof (HPDF_Dict_Rec, write_fn) == 40, "HPDF_Dict_Rec changed");
_Static_assert (offsetof (HPDF_Dict_Rec, stream) == 64, "HPDF_Dict_Rec changed");
_Static_assert (offsetof (HPDF_Dict_Rec, filter) == 72, "HPDF_Dict_Rec changed");
_Static_assert (offsetof (HPDF_Dict_Rec, attr) == 88, "HPDF_Dict_Rec changed");
_Static_assert (offsetof (HPDF_Stream_Rec, size) == 24, "HPDF_Stream_Rec changed");
_Static_assert (offsetof (HPDF_Stream_Rec, attr) == 80, "HPDF_Stream_Rec changed");
_Static_assert (sizeof (HPDF_Stream_Rec) == 88, "HPDF_Stream_Rec changed");
_Static_assert (offsetof (HPDF_PageAttr_Rec, contents) - offsetof (HPDF_PageAttr_Rec, gmode) <= 8,
                "HPDF_PageAttr_Rec changed");
_Static_assert (offsetof (HPDF_PageAttr_Rec, stream) == offsetof (HPDF_PageAttr_Rec, contents) + 8,
                "HPDF_PageAttr_Rec changed");
_Static_assert (offsetof (HPDF_Doc_Rec, trailer) == offsetof (HPDF_Doc_Rec, info) + 8, "HPDF_Doc_Rec changed");
#endif

#define PAGES_PER_NODE 100
#define OUT_BUFFER_BYTES (256u * 1024)
#define OBJECT_ID_MASK 0x00FFFFFFu
#define BYTE_RANGE_ROOM "[0 0000000000 0000000000 0000000000]"

typedef enum { SOURCE_NONE, SOURCE_BYTES, SOURCE_FILE, SOURCE_PAGE } SourceKind;

/* Beside every libharu dictionary of ours. */
typedef struct {
  SohoaHaru *haru;      /* (unowned) */
  char      *inner;     /* (owned) */
  SourceKind kind;
  GBytes    *bytes;     /* (owned) (nullable) BYTES; PAGE: only while it is being written */
  int        fd;        /* (unowned) FILE */
  guint64    offset, length, position;
  guint      page_index;
  guint      cms_room;  /* signature dictionary when > 0 */
} Entry;

struct _SohoaHaru {
  HPDF_Doc         doc;     /* (owned) */
  const char      *version; /* static */
  SohoaHaruContent content;
  gpointer         data;    /* (unowned) */
  GHashTable      *entries; /* (owned) HPDF_Dict → (owned) Entry */
  GPtrArray       *pages;   /* (owned) (element-type HPDF_Page, unowned) */
  GByteArray      *buffer;  /* (owned) of the file being written */
  int              out_fd;
  SohoaPdfPlaceholder placeholder;
  GError          *error;   /* (owned) (nullable) first failure of a callback */
  gboolean         failed;
};

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  g_free (entry->inner);
  g_clear_pointer (&entry->bytes, g_bytes_unref);
  g_free (entry);
}

static Entry *
entry_add (SohoaHaru *self, HPDF_Dict dict, const char *inner)
{
  Entry *entry = g_new0 (Entry, 1);

  entry->haru = self;
  entry->inner = g_strdup (inner);
  entry->fd = -1;
  g_hash_table_replace (self->entries, dict, entry);
  return entry;
}

/* libharu hands callbacks only the dictionary; one document is written at a time per thread. */
static _Thread_local SohoaHaru *writing;

static HPDF_STATUS
write_signature_room (SohoaHaru *self, const Entry *entry, HPDF_Stream stream)
{
  g_autofree char *zeros = g_strnfill ((gsize) entry->cms_room * 2, '0');

  HPDF_Stream_WriteStr (stream, "\n/ByteRange ");
  self->placeholder.byte_range_offset = stream->size;
  self->placeholder.byte_range_length = strlen (BYTE_RANGE_ROOM);
  HPDF_Stream_WriteStr (stream, BYTE_RANGE_ROOM "\n/Contents ");
  self->placeholder.contents_offset = stream->size;
  self->placeholder.contents_length = (guint64) entry->cms_room * 2 + 2;
  HPDF_Stream_WriteStr (stream, "<");
  HPDF_Stream_Write (stream, (const HPDF_BYTE *) zeros, entry->cms_room * 2);
  return HPDF_Stream_WriteStr (stream, ">\n");
}

static HPDF_STATUS
on_write (HPDF_Dict dict, HPDF_Stream stream)
{
  Entry *entry = g_hash_table_lookup (writing->entries, dict);
  HPDF_STATUS status = HPDF_Stream_WriteStr (stream, entry->inner);

  if (status == HPDF_OK)
    status = HPDF_Stream_WriteStr (stream, "\n");
  if (status == HPDF_OK && entry->cms_room > 0)
    status = write_signature_room (writing, entry, stream);
  return status;
}

static HPDF_STATUS
on_seek (HPDF_Stream stream, HPDF_INT position, HPDF_WhenceMode mode)
{
  Entry *entry = stream->attr;
  SohoaHaru *self = entry->haru;

  if (mode != HPDF_SEEK_SET)
    return HPDF_FILE_IO_ERROR;
  entry->position = (guint64) position;
  if (entry->kind == SOURCE_PAGE && entry->bytes == NULL) {
    entry->bytes = self->content (self->data, entry->page_index, &self->error);
    if (entry->bytes == NULL)
      return HPDF_FILE_IO_ERROR;
    entry->length = g_bytes_get_size (entry->bytes);
  }
  return HPDF_OK;
}

static HPDF_STATUS
on_read (HPDF_Stream stream, HPDF_BYTE *out, HPDF_UINT *size)
{
  Entry *entry = stream->attr;
  guint64 left = entry->length - MIN (entry->position, entry->length);
  HPDF_UINT n = (HPDF_UINT) MIN (left, *size);

  if (entry->kind == SOURCE_FILE) {
    if (n > 0
        && !sohoa_fd_pread_all (entry->fd, out, n, (goffset) (entry->offset + entry->position),
                                entry->haru->error == NULL ? &entry->haru->error : NULL))
      return HPDF_FILE_IO_ERROR;
  } else {
    if (entry->bytes == NULL)
      return HPDF_FILE_IO_ERROR;
    memcpy (out, (const guint8 *) g_bytes_get_data (entry->bytes, NULL) + entry->position, n);
  }
  *size = n;
  entry->position += n;
  if (entry->position < entry->length)
    return HPDF_OK;
  if (entry->kind == SOURCE_PAGE)
    g_clear_pointer (&entry->bytes, g_bytes_unref);
  return HPDF_STREAM_EOF;
}

static HPDF_INT32
on_tell (HPDF_Stream stream)
{
  return (HPDF_INT32) ((Entry *) stream->attr)->position;
}

static HPDF_UINT32
on_size (HPDF_Stream stream)
{
  const Entry *entry = stream->attr;

  return entry->kind == SOURCE_PAGE ? 1 : (HPDF_UINT32) entry->length;
}

/* libharu frees the reader's attr only through this; ours belongs to the table. */
static void
on_free_reader (HPDF_Stream stream)
{
}

static HPDF_Stream
new_reader (SohoaHaru *self, Entry *entry)
{
  HPDF_Stream reader = HPDF_CallbackReader_New (self->doc->mmgr, on_read, on_seek, on_tell, on_size, entry);

  if (reader != NULL)
    reader->free_fn = on_free_reader;
  else
    self->failed = TRUE;
  return reader;
}

SohoaHaru *
sohoa_haru_new (const char *version, SohoaHaruContent content, gpointer data, GError **error)
{
  g_autoptr(SohoaHaru) self = g_new0 (SohoaHaru, 1);

  self->version = version;
  self->content = content;
  self->data = data;
  self->entries = g_hash_table_new_full (NULL, NULL, NULL, entry_free);
  self->pages = g_ptr_array_new ();
  self->out_fd = -1;
  self->doc = HPDF_New (NULL, NULL);
  if (self->doc == NULL || HPDF_SetPagesConfiguration (self->doc, PAGES_PER_NODE) != HPDF_OK
      || HPDF_SetInfoAttr (self->doc, HPDF_INFO_PRODUCER, "-") != HPDF_OK) {
    g_set_error_literal (error, SOHOA_PDF_ERROR, SOHOA_PDF_ERROR_WRITE, "PDF: libharu gives no document: try again");
    return NULL;
  }
  HPDF_Dict_RemoveElement (self->doc->info, "Producer");
  return g_steal_pointer (&self);
}

void
sohoa_haru_free (SohoaHaru *self)
{
  if (self == NULL)
    return;
  if (self->doc != NULL)
    HPDF_Free (self->doc);
  g_hash_table_unref (self->entries);
  g_ptr_array_unref (self->pages);
  g_clear_pointer (&self->buffer, g_byte_array_unref);
  g_clear_error (&self->error);
  g_free (self);
}

static guint
object_id (HPDF_Dict dict)
{
  return dict->header.obj_id & OBJECT_ID_MASK;
}

guint
sohoa_haru_add_dict (SohoaHaru *self, const char *inner)
{
  HPDF_Dict dict = HPDF_Dict_New (self->doc->mmgr);

  if (dict == NULL || HPDF_Xref_Add (self->doc->xref, dict) != HPDF_OK) {
    self->failed = TRUE;
    return 0;
  }
  dict->write_fn = on_write;
  entry_add (self, dict, inner);
  return object_id (dict);
}

static guint
add_stream (SohoaHaru *self, const char *inner, Entry **entry_out)
{
  HPDF_Dict dict = HPDF_DictStream_New (self->doc->mmgr, self->doc->xref);

  if (dict == NULL) {
    self->failed = TRUE;
    return 0;
  }
  HPDF_Stream_Free (dict->stream);
  dict->stream = NULL;
  dict->write_fn = on_write;
  *entry_out = entry_add (self, dict, inner);
  dict->stream = new_reader (self, *entry_out);
  return object_id (dict);
}

guint
sohoa_haru_add_stream (SohoaHaru *self, const char *inner, GBytes *bytes)
{
  Entry *entry;
  guint id = add_stream (self, inner, &entry);

  if (id != 0) {
    entry->kind = SOURCE_BYTES;
    entry->bytes = g_bytes_ref (bytes);
    entry->length = g_bytes_get_size (bytes);
  }
  return id;
}

guint
sohoa_haru_add_file_stream (SohoaHaru *self, const char *inner, int fd, guint64 offset, guint64 length)
{
  Entry *entry;
  guint id = add_stream (self, inner, &entry);

  if (id != 0) {
    entry->kind = SOURCE_FILE;
    entry->fd = fd;
    entry->offset = offset;
    entry->length = length;
  }
  return id;
}

guint
sohoa_haru_add_page (SohoaHaru *self, const char *inner)
{
  HPDF_Page page = HPDF_AddPage (self->doc);
  HPDF_PageAttr attr;
  Entry *entry;

  if (page == NULL) {
    self->failed = TRUE;
    return 0;
  }
  attr = page->attr;
  HPDF_Dict_RemoveElement (page, "Resources");
  HPDF_Dict_RemoveElement (page, "MediaBox");
  page->write_fn = on_write;
  entry_add (self, page, inner);
  HPDF_Stream_Free (attr->contents->stream);
  attr->contents->stream = NULL;
  entry = entry_add (self, attr->contents, "");
  entry->kind = SOURCE_PAGE;
  entry->page_index = self->pages->len;
  attr->contents->stream = attr->stream = new_reader (self, entry);
  attr->contents->filter = HPDF_STREAM_FILTER_FLATE_DECODE;
  g_ptr_array_add (self->pages, page);
  return object_id (page);
}

void
sohoa_haru_set_page (SohoaHaru *self, guint page_index, const char *inner)
{
  Entry *entry = g_hash_table_lookup (self->entries, g_ptr_array_index (self->pages, page_index));

  g_free (entry->inner);
  entry->inner = g_strdup (inner);
}

guint
sohoa_haru_add_signature (SohoaHaru *self, const char *inner, guint cms_room)
{
  HPDF_Dict dict = HPDF_Dict_New (self->doc->mmgr);

  if (dict == NULL || HPDF_Xref_Add (self->doc->xref, dict) != HPDF_OK) {
    self->failed = TRUE;
    return 0;
  }
  dict->write_fn = on_write;
  entry_add (self, dict, inner)->cms_room = cms_room;
  return object_id (dict);
}

static void
set_dict (SohoaHaru *self, HPDF_Dict dict, const char *inner)
{
  dict->write_fn = on_write;
  entry_add (self, dict, inner);
}

void
sohoa_haru_set_catalog (SohoaHaru *self, const char *inner)
{
  set_dict (self, self->doc->catalog, inner);
}

void
sohoa_haru_set_info (SohoaHaru *self, const char *inner)
{
  set_dict (self, self->doc->info, inner);
}

void
sohoa_haru_set_trailer (SohoaHaru *self, const char *inner)
{
  set_dict (self, self->doc->trailer, inner);
}

static gboolean
flush_buffer (SohoaHaru *self)
{
  gboolean ok = sohoa_fd_write_all (self->out_fd, self->buffer->data, self->buffer->len,
                                    self->error == NULL ? &self->error : NULL);

  g_byte_array_set_size (self->buffer, 0);
  return ok;
}

static HPDF_STATUS
on_write_out (HPDF_Stream stream, const HPDF_BYTE *bytes, HPDF_UINT size)
{
  SohoaHaru *self = stream->attr;

  g_byte_array_append (self->buffer, bytes, size);
  if (self->buffer->len >= OUT_BUFFER_BYTES && !flush_buffer (self))
    return HPDF_FILE_IO_ERROR;
  return HPDF_OK;
}

static HPDF_STATUS
write_document (SohoaHaru *self, HPDF_Stream out)
{
  g_autofree char *header = g_strdup_printf ("%%PDF-%s\n%%\267\276\255\252\n", self->version);
  HPDF_STATUS status = HPDF_Stream_WriteStr (out, header);

  if (status == HPDF_OK)
    status = HPDF_Dict_Add (self->doc->trailer, "Root", self->doc->catalog);
  if (status == HPDF_OK)
    status = HPDF_Dict_Add (self->doc->trailer, "Info", self->doc->info);
  if (status == HPDF_OK)
    status = HPDF_Xref_WriteToStream (self->doc->xref, out, NULL);
  return status;
}

gboolean
sohoa_haru_save (SohoaHaru *self, int fd, SohoaPdfPlaceholder *placeholder_out, guint64 *size_out, GError **error)
{
  HPDF_Stream out;
  HPDF_STATUS status;
  HPDF_UINT size;

  self->out_fd = fd;
  self->buffer = g_byte_array_sized_new (OUT_BUFFER_BYTES + 8192);
  out = self->failed ? NULL : HPDF_CallbackWriter_New (self->doc->mmgr, on_write_out, self);
  if (out == NULL) {
    g_set_error_literal (error, SOHOA_PDF_ERROR, SOHOA_PDF_ERROR_WRITE, "PDF: libharu refused an object: try again");
    return FALSE;
  }
  writing = self;
  status = write_document (self, out);
  writing = NULL;
  size = out->size;
  HPDF_Stream_Free (out);
  if (status == HPDF_OK && flush_buffer (self)) {
    if (placeholder_out != NULL)
      *placeholder_out = self->placeholder;
    if (size_out != NULL)
      *size_out = size;
    return TRUE;
  }
  if (self->error != NULL)
    g_propagate_prefixed_error (error, g_steal_pointer (&self->error), "PDF: ");
  else
    g_set_error (error, SOHOA_PDF_ERROR, SOHOA_PDF_ERROR_WRITE, "PDF: libharu error %04lx: report this",
                 (gulong) status);
  return FALSE;
}
