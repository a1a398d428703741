#include "sohoa-pipeline-private.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define INDEX_VERSION 1u
#define INDEX_TYPE "(usbaa{sv})"
#define INDEX_MAX_BYTES (64u * 1024 * 1024)
#define TEXT_MAX_BYTES (64u * 1024 * 1024) /* of one page's serialised layer */

static void
spool_page_free (gpointer data)
{
  SohoaSpoolPage *page = data;

  sohoa_image_stream_free (page->stream);
  g_free (page);
}

void
sohoa_spool_index_free (SohoaSpoolIndex *self)
{
  if (self == NULL)
    return;
  g_free (self->digest);
  g_ptr_array_unref (self->pages);
  g_free (self);
}

SohoaSpoolIndex *
sohoa_spool_index_new (const char *digest, gboolean original, guint n_pages)
{
  SohoaSpoolIndex *self = g_new0 (SohoaSpoolIndex, 1);

  self->digest = g_strdup (digest);
  self->original = original;
  self->pages = g_ptr_array_new_with_free_func (spool_page_free);
  for (guint i = 0; i < n_pages; i++)
    g_ptr_array_add (self->pages, g_new0 (SohoaSpoolPage, 1));
  return self;
}

gboolean
sohoa_spool_index_save (const SohoaSpoolIndex *self, const char *spool_dir, GError **error)
{
  g_autofree char *path = g_build_filename (spool_dir, SOHOA_SPOOL_INDEX, NULL);
  g_autoptr(GVariant) all = NULL;
  GVariantBuilder pages;

  g_variant_builder_init (&pages, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < self->pages->len; i++) {
    const SohoaSpoolPage *page = g_ptr_array_index (self->pages, i);
    GVariantDict row;

    g_variant_dict_init (&row, NULL);
    if (page->stream != NULL)
      g_variant_dict_insert_value (&row, "image", sohoa_image_stream_to_variant (page->stream));
    g_variant_dict_insert (&row, "text-offset", "t", page->text_offset);
    g_variant_dict_insert (&row, "text-length", "t", page->text_length);
    g_variant_dict_insert (&row, "rotation", "u", page->rotation);
    g_variant_builder_add_value (&pages, g_variant_dict_end (&row));
  }
  all = g_variant_ref_sink (g_variant_new (INDEX_TYPE, INDEX_VERSION, self->digest, self->original, &pages));
  return sohoa_file_write (path, g_variant_get_data (all), g_variant_get_size (all), 0600, error);
}

static gboolean
load_page (SohoaSpoolIndex *self, GVariant *row, GError **error)
{
  SohoaSpoolPage *page = g_new0 (SohoaSpoolPage, 1);
  g_autoptr(GVariant) image = g_variant_lookup_value (row, "image", G_VARIANT_TYPE_VARDICT);

  g_ptr_array_add (self->pages, page);
  (void) g_variant_lookup (row, "text-offset", "t", &page->text_offset);
  (void) g_variant_lookup (row, "text-length", "t", &page->text_length);
  (void) g_variant_lookup (row, "rotation", "u", &page->rotation);
  if (image != NULL)
    page->stream = sohoa_image_stream_from_variant (image, error);
  return image == NULL || page->stream != NULL;
}

SohoaSpoolIndex *
sohoa_spool_index_load (const char *spool_dir, GError **error)
{
  g_autofree char *path = g_build_filename (spool_dir, SOHOA_SPOOL_INDEX, NULL);
  g_autoptr(GBytes) bytes = sohoa_file_read (path, INDEX_MAX_BYTES, error);
  g_autoptr(SohoaSpoolIndex) self = NULL;
  g_autoptr(GVariant) all = NULL;
  g_autoptr(GVariant) pages = NULL;
  const char *digest;
  gboolean original;
  guint32 version;

  if (bytes == NULL)
    return NULL;
  all = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE (INDEX_TYPE), bytes, FALSE));
  g_variant_get (all, "(u&sb@aa{sv})", &version, &digest, &original, &pages);
  if (!g_variant_is_normal_form (all) || version != INDEX_VERSION) {
    g_set_error (error, SOHOA_STORE_ERROR, SOHOA_STORE_ERROR_CORRUPT, "%s: cannot be read: process the document again", path);
    return NULL;
  }
  self = sohoa_spool_index_new (digest, original, 0);
  for (gsize i = 0; i < g_variant_n_children (pages); i++) {
    g_autoptr(GVariant) row = g_variant_get_child_value (pages, i);

    if (!load_page (self, row, error))
      return NULL;
  }
  return g_steal_pointer (&self);
}

GVariant *
sohoa_spool_index_texts (const SohoaSpoolIndex *self, guint first, guint n)
{
  GVariantBuilder b;

  g_variant_builder_init (&b, G_VARIANT_TYPE ("a(tt)"));
  for (guint i = first; i < self->pages->len && i - first < n; i++) {
    const SohoaSpoolPage *page = g_ptr_array_index (self->pages, i);

    g_variant_builder_add (&b, "(tt)", page->text_offset, page->text_length);
  }
  return g_variant_builder_end (&b);
}

GVariant *
sohoa_spool_index_images (const SohoaSpoolIndex *self, guint first, guint n)
{
  GVariantBuilder b;

  g_variant_builder_init (&b, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = first; i < self->pages->len && i - first < n; i++) {
    const SohoaSpoolPage *page = g_ptr_array_index (self->pages, i);

    if (page->stream != NULL)
      g_variant_builder_add_value (&b, sohoa_image_stream_to_variant (page->stream));
  }
  return g_variant_builder_end (&b);
}

int
sohoa_spool_open (const char *spool_dir, const char *name, GError **error)
{
  g_autofree char *path = g_build_filename (spool_dir, name, NULL);
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

  if (fd < 0)
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "%s: cannot open: %s", path, g_strerror (errno));
  return fd;
}

void
sohoa_spool_clear (const char *spool_dir)
{
  static const char *const names[] = { SOHOA_SPOOL_INDEX, SOHOA_SPOOL_IMAGES, SOHOA_SPOOL_TEXTS };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = g_build_filename (spool_dir, names[i], NULL);

    (void) unlink (path);
  }
  if (!sohoa_folder_sync (spool_dir, NULL))
    g_debug ("spool folder could not be synced");
}

gboolean
sohoa_pipeline_has_pages (const char *spool_dir)
{
  g_autofree char *path = g_build_filename (spool_dir, SOHOA_SPOOL_INDEX, NULL);

  return g_file_test (path, G_FILE_TEST_IS_REGULAR);
}

/* NULL without error: the page has no text. */
static SohoaTextLayer *
load_layer (int fd, const SohoaSpoolPage *page, GError **error)
{
  g_autofree guint8 *data = NULL;
  g_autoptr(GBytes) bytes = NULL;
  g_autoptr(GVariant) layer = NULL;

  if (page->text_length == 0)
    return NULL;
  if (page->text_length > TEXT_MAX_BYTES) {
    g_set_error (error, SOHOA_STORE_ERROR, SOHOA_STORE_ERROR_CORRUPT, "text spool: damaged: process the document again");
    return NULL;
  }
  data = g_malloc (page->text_length);
  if (!sohoa_fd_pread_all (fd, data, page->text_length, page->text_offset, error))
    return NULL;
  bytes = g_bytes_new_take (g_steal_pointer (&data), page->text_length);
  layer = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE (SOHOA_TEXT_LAYER_TYPE), bytes, FALSE));
  return sohoa_text_layer_from_variant (layer, error);
}

static void
layer_free (gpointer data)
{
  if (data != NULL)
    sohoa_text_layer_free (data);
}

GPtrArray *
sohoa_pipeline_load_layers (const char *spool_dir, GError **error)
{
  g_autoptr(SohoaSpoolIndex) index = sohoa_spool_index_load (spool_dir, error);
  g_autoptr(GPtrArray) layers = g_ptr_array_new_with_free_func (layer_free);
  SOHOA_AUTO_FD int fd = index != NULL ? sohoa_spool_open (spool_dir, SOHOA_SPOOL_TEXTS, error) : -1;

  if (fd < 0)
    return NULL;
  for (guint i = 0; i < index->pages->len; i++) {
    GError *local = NULL;

    g_ptr_array_add (layers, load_layer (fd, g_ptr_array_index (index->pages, i), &local));
    if (local != NULL) {
      g_propagate_error (error, local);
      return NULL;
    }
  }
  return g_steal_pointer (&layers);
}

char *
sohoa_pipeline_dup_text (const char *spool_dir, GError **error)
{
  g_autoptr(SohoaSpoolIndex) index = sohoa_spool_index_load (spool_dir, error);
  SOHOA_AUTO_FD int fd = index != NULL ? sohoa_spool_open (spool_dir, SOHOA_SPOOL_TEXTS, error) : -1;
  g_autoptr(GString) text = g_string_new (NULL);

  if (fd < 0)
    return NULL;
  for (guint i = 0; i < index->pages->len; i++) {
    g_autoptr(GError) local = NULL;
    g_autoptr(SohoaTextLayer) layer = load_layer (fd, g_ptr_array_index (index->pages, i), &local);
    g_autofree char *one = layer != NULL ? sohoa_text_layer_to_text (layer) : NULL;

    if (local != NULL) {
      g_propagate_error (error, g_steal_pointer (&local));
      return NULL;
    }
    if (i > 0)
      g_string_append_c (text, '\f');
    g_string_append (text, one != NULL ? one : "");
  }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

gboolean
sohoa_pipeline_write_layout (const char *spool_dir, const SohoaRecord *record, SohoaLayoutFormat format, int fd,
                             GError **error)
{
  g_autoptr(SohoaSpoolIndex) index = sohoa_spool_index_load (spool_dir, error);
  SOHOA_AUTO_FD int texts = index != NULL ? sohoa_spool_open (spool_dir, SOHOA_SPOOL_TEXTS, error) : -1;
  const char *source = record->pages->len > 0 ? sohoa_record_peek_page (record, 0)->source : "";
  g_autoptr(SohoaLayoutWriter) writer = texts >= 0 ? sohoa_layout_writer_new (fd, format, source, source, error) : NULL;

  if (writer == NULL)
    return FALSE;
  if (index->pages->len != record->pages->len) {
    g_set_error (error, SOHOA_STORE_ERROR, SOHOA_STORE_ERROR_CORRUPT, "text spool: of another document: process it again");
    return FALSE;
  }
  for (guint i = 0; i < index->pages->len; i++) {
    g_autoptr(GError) local = NULL;
    g_autoptr(SohoaTextLayer) layer = load_layer (texts, g_ptr_array_index (index->pages, i), &local);

    if (local != NULL) {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
    if (!sohoa_layout_writer_add_page (writer, sohoa_record_peek_page (record, i), layer, error))
      return FALSE;
  }
  return sohoa_layout_writer_finish (writer, error);
}
