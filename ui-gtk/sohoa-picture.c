#include "sohoa-picture.h"

#include "sohoa-errors.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEPT_MAX 256u          /* textures */
#define PICTURE_MAX_PX 4096u
#define FILL_KEY "sohoa-fill"  /* GCancellable of a picture's loading */

static GHashTable *kept; /* key → GdkTexture; main thread only */

static char *
make_key (const char *id, guint revision, guint page, const double box[4], guint size)
{
  return box == NULL ? g_strdup_printf ("%s %u %u %u", id, revision, page, size)
                     : g_strdup_printf ("%s %u %u %u %.4f %.4f %.4f %.4f", id, revision, page, size, box[0], box[1], box[2], box[3]);
}

static void
keep (const char *key, GdkTexture *texture)
{
  if (kept == NULL)
    kept = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  if (g_hash_table_size (kept) >= KEPT_MAX)
    g_hash_table_remove_all (kept);
  g_hash_table_insert (kept, g_strdup (key), g_object_ref (texture));
}

typedef struct { void *start; gsize length; } Mapping;

static void
unmap (gpointer data)
{
  Mapping *mapping = data;

  (void) munmap (mapping->start, mapping->length);
  g_free (mapping);
}

/* (transfer full); NULL: the answer is not what it says. */
static GdkTexture *
make_texture (int fd, guint width, guint height, guint stride)
{
  gsize length = (gsize) stride * height;
  g_autoptr(GBytes) bytes = NULL;
  struct stat st;
  Mapping *mapping;
  void *start;

  if (width == 0 || height == 0 || width > PICTURE_MAX_PX || height > PICTURE_MAX_PX || stride < width * 3 || fstat (fd, &st) != 0
      || st.st_size < (off_t) length)
    return NULL;
  start = mmap (NULL, length, PROT_READ, MAP_SHARED, fd, 0);
  if (start == MAP_FAILED)
    return NULL;
  mapping = g_new (Mapping, 1);
  mapping->start = start;
  mapping->length = length;
  bytes = g_bytes_new_with_free_func (start, length, unmap, mapping);
  return gdk_memory_texture_new ((int) width, (int) height, GDK_MEMORY_R8G8B8, bytes, stride);
}

static void
on_image (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(GTask) task = G_TASK (data);
  g_autoptr(GUnixFDList) fds = NULL;
  g_autoptr(GdkTexture) texture = NULL;
  GError *error = NULL;
  g_autoptr(GVariant) answer = sohoa_desk_bus_call_finish (result, &fds, &error);
  guint32 width, height, stride;
  gint32 handle;
  int fd;

  if (answer == NULL) {
    g_task_return_error (task, error);
    return;
  }
  g_variant_get (answer, "(huuu)", &handle, &width, &height, &stride);
  fd = fds != NULL ? g_unix_fd_list_get (fds, handle, NULL) : -1;
  if (fd >= 0) {
    texture = make_texture (fd, width, height, stride);
    (void) close (fd);
  }
  if (texture == NULL) {
    g_task_return_new_error (task, SOHOA_ERROR, SOHOA_ERROR_INTERNAL, "page: the picture cannot be shown: open it again");
    return;
  }
  keep (g_task_get_task_data (task), texture);
  g_task_return_pointer (task, g_steal_pointer (&texture), g_object_unref);
}

void
sohoa_picture_load (SohoaDeskBus *bus, const char *id, guint revision, guint page, const double box[4], guint size,
                    GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  GTask *task = g_task_new (bus, cancellable, callback, data);
  char *key = make_key (id, revision, page, box, size);
  GdkTexture *there = kept != NULL ? g_hash_table_lookup (kept, key) : NULL;
  static const double whole[4] = { 0 };

  g_task_set_task_data (task, key, g_free);
  if (there != NULL) {
    g_task_return_pointer (task, g_object_ref (there), g_object_unref);
    g_object_unref (task);
    return;
  }
  if (box == NULL)
    box = whole;
  sohoa_desk_bus_call (bus, "Documents.GetPageImage",
                       g_variant_new ("(suu(dddd)u)", id, revision, page, box[0], box[1], box[2], box[3], size), "(huuu)", NULL,
                       cancellable, on_image, task);
}

GdkTexture *
sohoa_picture_load_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
on_fill (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(GtkPicture) picture = GTK_PICTURE (data);
  g_autoptr(GError) error = NULL;
  g_autoptr(GdkTexture) texture = sohoa_picture_load_finish (result, &error);

  if (texture != NULL && !g_cancellable_is_cancelled (g_task_get_cancellable (G_TASK (result))))
    gtk_picture_set_paintable (picture, GDK_PAINTABLE (texture));
}

static void
end_fill (gpointer cancellable)
{
  g_cancellable_cancel (cancellable);
  g_object_unref (cancellable);
}

void
sohoa_picture_fill (GtkPicture *picture, SohoaDeskBus *bus, const char *id, guint revision, guint page, const double box[4], guint size)
{
  GCancellable *cancellable = g_cancellable_new ();

  g_object_set_data_full (G_OBJECT (picture), FILL_KEY, cancellable, end_fill);
  sohoa_picture_load (bus, id, revision, page, box, size, cancellable, on_fill, g_object_ref (picture));
}

void
sohoa_name_widget (GtkWidget *widget, const char *name)
{
  gtk_accessible_update_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

GtkWidget *
sohoa_icon_button (const char *icon, const char *name)
{
  GtkWidget *button = gtk_button_new_from_icon_name (icon);

  gtk_widget_set_tooltip_text (button, name);
  sohoa_name_widget (button, name);
  return button;
}

GtkWidget *
sohoa_label (const char *text, const char *style, float xalign)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), xalign);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  if (style != NULL)
    gtk_widget_add_css_class (label, style);
  return label;
}
