#include "sohoa-page-view.h"

#include "sohoa-picture.h"

#define PAGE_PX 2000u          /* longest side that is asked for */
#define DEFAULT_ASPECT 1.4142  /* height / width before the picture is there: A4 */
#define BASE_WIDTH 360         /* px at zoom 1 */
#define ZOOM_MAX 6.0
#define BOX_MARGIN 0.006       /* of the page: a place is framed with some paper round it */

/* ---- the sheet: picture and places ---- */

#define SOHOA_TYPE_SHEET (sohoa_sheet_widget_get_type ())
G_DECLARE_FINAL_TYPE (SohoaSheetWidget, sohoa_sheet_widget, SOHOA, SHEET_WIDGET, GtkWidget)

struct _SohoaSheetWidget {
  GtkWidget     parent;
  GdkPaintable *picture; /* (owned) (nullable) */
  GPtrArray    *places;  /* (owned) (element-type GtkWidget) borrowed children with their box */
  double        zoom;
};

G_DEFINE_FINAL_TYPE (SohoaSheetWidget, sohoa_sheet_widget, GTK_TYPE_WIDGET)

typedef struct { GtkWidget *button; double box[4]; char *key; } Place;

static void
place_free (gpointer data)
{
  Place *place = data;

  gtk_widget_unparent (place->button);
  g_free (place->key);
  g_free (place);
}

static double
aspect (SohoaSheetWidget *self)
{
  double ratio = self->picture != NULL ? gdk_paintable_get_intrinsic_aspect_ratio (self->picture) : 0;

  return ratio > 0 ? 1 / ratio : DEFAULT_ASPECT;
}

static GtkSizeRequestMode
sheet_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
sheet_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural, int *mb, int *nb)
{
  SohoaSheetWidget *self = SOHOA_SHEET_WIDGET (widget);
  int width = (int) (BASE_WIDTH * self->zoom);

  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    *minimum = *natural = width;
  else
    *minimum = *natural = (int) (MAX (for_size, width) * aspect (self));
  for (guint i = 0; i < self->places->len; i++) /* GTK wants children measured before they are placed */
    gtk_widget_measure (((Place *) g_ptr_array_index (self->places, i))->button, orientation, -1, NULL, NULL, NULL, NULL);
}

static void
sheet_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  SohoaSheetWidget *self = SOHOA_SHEET_WIDGET (widget);

  for (guint i = 0; i < self->places->len; i++) {
    const Place *place = g_ptr_array_index (self->places, i);
    int least_w, least_h;
    GtkAllocation where;

    gtk_widget_measure (place->button, GTK_ORIENTATION_HORIZONTAL, -1, &least_w, NULL, NULL, NULL);
    gtk_widget_measure (place->button, GTK_ORIENTATION_VERTICAL, -1, &least_h, NULL, NULL, NULL);
    where.x = (int) ((place->box[0] - BOX_MARGIN) * width);
    where.y = (int) ((place->box[1] - BOX_MARGIN) * height);
    where.width = MAX (least_w, (int) ((place->box[2] + 2 * BOX_MARGIN) * width));
    where.height = MAX (least_h, (int) ((place->box[3] + 2 * BOX_MARGIN) * height));
    gtk_widget_size_allocate (place->button, &where, -1);
  }
}

static void
sheet_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  SohoaSheetWidget *self = SOHOA_SHEET_WIDGET (widget);
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);

  gtk_snapshot_append_color (snapshot, &(GdkRGBA){ 1, 1, 1, 1 }, &GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height));
  if (self->picture != NULL)
    gdk_paintable_snapshot (self->picture, snapshot, width, height);
  GTK_WIDGET_CLASS (sohoa_sheet_widget_parent_class)->snapshot (widget, snapshot);
}

static void
sohoa_sheet_widget_dispose (GObject *object)
{
  SohoaSheetWidget *self = SOHOA_SHEET_WIDGET (object);

  g_clear_object (&self->picture);
  g_clear_pointer (&self->places, g_ptr_array_unref);
  G_OBJECT_CLASS (sohoa_sheet_widget_parent_class)->dispose (object);
}

static void
sohoa_sheet_widget_class_init (SohoaSheetWidgetClass *klass)
{
  GtkWidgetClass *widget = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = sohoa_sheet_widget_dispose;
  widget->get_request_mode = sheet_request_mode;
  widget->measure = sheet_measure;
  widget->size_allocate = sheet_allocate;
  widget->snapshot = sheet_snapshot;
  gtk_widget_class_set_accessible_role (widget, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
sohoa_sheet_widget_init (SohoaSheetWidget *self)
{
  self->zoom = 1;
  self->places = g_ptr_array_new_with_free_func (place_free);
  gtk_widget_add_css_class (GTK_WIDGET (self), "sheet");
}

/* ---- the view ---- */

struct _SohoaPageView {
  GtkWidget           parent;
  SohoaDeskBus       *bus;     /* (owned) */
  SohoaDocumentModel *model;   /* (owned) */
  GtkWidget          *scroller;
  SohoaSheetWidget   *sheet;
  GCancellable       *loading; /* (owned) (nullable) */
  char               *id, *key; /* (owned) document shown, field framed */
  guint               page, revision, scroll_later;
};

G_DEFINE_FINAL_TYPE (SohoaPageView, sohoa_page_view, GTK_TYPE_WIDGET)

static guint field_chosen;

static void
sohoa_page_view_dispose (GObject *object)
{
  SohoaPageView *self = SOHOA_PAGE_VIEW (object);

  g_clear_handle_id (&self->scroll_later, g_source_remove);
  if (self->loading != NULL)
    g_cancellable_cancel (self->loading);
  g_clear_object (&self->loading);
  if (self->model != NULL)
    g_signal_handlers_disconnect_by_data (self->model, self);
  g_clear_object (&self->model);
  g_clear_object (&self->bus);
  g_clear_pointer (&self->scroller, gtk_widget_unparent);
  g_clear_pointer (&self->id, g_free);
  g_clear_pointer (&self->key, g_free);
  G_OBJECT_CLASS (sohoa_page_view_parent_class)->dispose (object);
}

static void
sohoa_page_view_class_init (SohoaPageViewClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = sohoa_page_view_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
  field_chosen = g_signal_new ("field-chosen", SOHOA_TYPE_PAGE_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
sohoa_page_view_init (SohoaPageView *self)
{
  self->page = 1;
  self->id = g_strdup ("");
  self->sheet = g_object_new (SOHOA_TYPE_SHEET, "valign", GTK_ALIGN_START, NULL);
  self->scroller = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (self->scroller), GTK_WIDGET (self->sheet));
  gtk_widget_add_css_class (self->scroller, "page-desk");
  gtk_widget_set_parent (self->scroller, GTK_WIDGET (self));
}

static void
on_place (GtkButton *button, SohoaPageView *self)
{
  g_signal_emit (self, field_chosen, 0, g_object_get_data (G_OBJECT (button), "key"));
}

static void
add_place (SohoaPageView *self, SohoaFieldItem *item)
{
  g_autofree char *name = g_strdup_printf ("%s: %s", sohoa_words_field (item->key), sohoa_words_reading (item->reading));
  Place *place = g_new0 (Place, 1);

  place->button = gtk_button_new ();
  place->key = g_strdup (item->key);
  for (guint i = 0; i < 4; i++)
    place->box[i] = item->box[i];
  gtk_widget_add_css_class (place->button, "place");
  gtk_widget_add_css_class (place->button, sohoa_words_reading_class (item->reading));
  if (g_strcmp0 (self->key, item->key) == 0)
    gtk_widget_add_css_class (place->button, "chosen");
  gtk_widget_set_focus_on_click (place->button, FALSE);
  gtk_widget_set_focusable (place->button, FALSE); /* F8 and the fields are the keyboard's way; the places mirror them */
  gtk_widget_set_tooltip_text (place->button, name);
  sohoa_name_widget (place->button, name);
  g_object_set_data_full (G_OBJECT (place->button), "key", g_strdup (item->key), g_free);
  g_signal_connect (place->button, "clicked", G_CALLBACK (on_place), self);
  gtk_widget_set_parent (place->button, GTK_WIDGET (self->sheet));
  g_ptr_array_add (self->sheet->places, place);
}

static void
show_places (SohoaPageView *self)
{
  GListModel *fields = sohoa_document_model_peek_fields (self->model);

  g_ptr_array_set_size (self->sheet->places, 0);
  for (guint i = 0; i < g_list_model_get_n_items (fields); i++) {
    g_autoptr(SohoaFieldItem) item = g_list_model_get_item (fields, i);

    if (item->page == self->page && item->box[2] > 0 && item->value[0] != '\0')
      add_place (self, item);
  }
  gtk_widget_queue_resize (GTK_WIDGET (self->sheet));
}

static void
on_picture (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(SohoaPageView) self = SOHOA_PAGE_VIEW (data);
  g_autoptr(GdkTexture) texture = sohoa_picture_load_finish (result, NULL);

  if (texture == NULL || g_cancellable_is_cancelled (g_task_get_cancellable (G_TASK (result))) || self->sheet == NULL)
    return;
  g_set_object (&self->sheet->picture, GDK_PAINTABLE (texture));
  gtk_widget_queue_resize (GTK_WIDGET (self->sheet));
}

static void
load (SohoaPageView *self)
{
  SohoaRecord *record = sohoa_document_model_peek_record (self->model);
  g_autofree char *name = g_strdup_printf (_("Trang %u"), self->page);

  if (self->loading != NULL)
    g_cancellable_cancel (self->loading);
  g_clear_object (&self->loading);
  sohoa_name_widget (GTK_WIDGET (self->sheet), name);
  if (record == NULL || self->page == 0 || self->page > record->pages->len) {
    g_clear_object (&self->sheet->picture);
    gtk_widget_queue_resize (GTK_WIDGET (self->sheet));
    return;
  }
  self->loading = g_cancellable_new ();
  sohoa_picture_load (self->bus, sohoa_document_model_peek_id (self->model), sohoa_document_model_get_revision (self->model), self->page,
                      NULL, PAGE_PX, self->loading, on_picture, g_object_ref (self));
}

static void
on_changed (SohoaDocumentModel *model, SohoaPageView *self)
{
  const char *id = sohoa_document_model_peek_id (model);
  guint revision = sohoa_document_model_get_revision (model);

  if (!g_str_equal (id, self->id)) {
    g_free (self->id);
    self->id = g_strdup (id);
    g_clear_pointer (&self->key, g_free);
    self->page = 1;
    g_clear_object (&self->sheet->picture);
  }
  if (revision != self->revision || self->sheet->picture == NULL)
    load (self);
  self->revision = revision;
  show_places (self);
}

GtkWidget *
sohoa_page_view_new (SohoaDeskBus *bus, SohoaDocumentModel *model)
{
  SohoaPageView *self = g_object_new (SOHOA_TYPE_PAGE_VIEW, NULL);

  self->bus = g_object_ref (bus);
  self->model = g_object_ref (model);
  g_signal_connect (model, "changed", G_CALLBACK (on_changed), self);
  return GTK_WIDGET (self);
}

void
sohoa_page_view_show_page (SohoaPageView *self, guint page)
{
  SohoaRecord *record = sohoa_document_model_peek_record (self->model);

  if (record == NULL || page < 1 || page > record->pages->len || page == self->page)
    return;
  self->page = page;
  load (self);
  show_places (self);
}

guint
sohoa_page_view_get_page (SohoaPageView *self)
{
  return self->page;
}

static gboolean
on_scroll_later (gpointer data)
{
  SohoaPageView *self = data;
  GtkAdjustment *down = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (self->scroller));
  double height = gtk_widget_get_height (GTK_WIDGET (self->sheet)), shown = gtk_adjustment_get_page_size (down);

  self->scroll_later = 0;
  for (guint i = 0; i < self->sheet->places->len; i++) {
    const Place *place = g_ptr_array_index (self->sheet->places, i);

    if (g_strcmp0 (place->key, self->key) == 0)
      gtk_adjustment_set_value (down, (place->box[1] + place->box[3] / 2) * height - shown / 3);
  }
  return G_SOURCE_REMOVE;
}

void
sohoa_page_view_show_field (SohoaPageView *self, SohoaFieldItem *item)
{
  g_free (self->key);
  self->key = g_strdup (item->key);
  if (item->page > 0)
    sohoa_page_view_show_page (self, item->page);
  show_places (self);
  if (self->scroll_later == 0)
    self->scroll_later = g_idle_add (on_scroll_later, self);
}

void
sohoa_page_view_zoom (SohoaPageView *self, double factor)
{
  self->sheet->zoom = factor > 0 ? CLAMP (self->sheet->zoom * factor, 1, ZOOM_MAX) : 1;
  gtk_widget_queue_resize (GTK_WIDGET (self->sheet));
}
