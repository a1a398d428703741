#include "sohoa-scan-view.h"

#include "sohoa-picture.h"
#include "sohoa-words.h"

#include <adwaita.h>

#define THUMB_PX 300u
#define THUMB_WIDTH 150
#define SHEETS_MAX 2000
#define FIRST_PROFILE "van-ban-den" /* chosen until a person chooses: the daemon's default as well */

struct _SohoaScanView {
  GtkWidget        parent;
  SohoaDeskBus    *bus;   /* (owned) */
  SohoaBatchModel *batch; /* (owned) */
  SohoaListModel  *list;  /* (owned) knows each document's revision */
  GPtrArray       *bound; /* (owned) boxes on the screen, borrowed */
  GtkWidget       *content, *scan, *stop, *device, *profile, *sheets, *stack, *notice, *notice_text, *choices, *count, *held_text;
  char           **device_names, **profile_names; /* (owned) (nullable) */
  gboolean         chosen; /* the first profile was */
};

G_DEFINE_FINAL_TYPE (SohoaScanView, sohoa_scan_view, GTK_TYPE_WIDGET)

static guint message_signal;

static void
sohoa_scan_view_dispose (GObject *object)
{
  SohoaScanView *self = SOHOA_SCAN_VIEW (object);

  if (self->batch != NULL)
    g_signal_handlers_disconnect_by_data (self->batch, self);
  if (self->list != NULL)
    g_signal_handlers_disconnect_by_data (self->list, self);
  g_clear_pointer (&self->content, gtk_widget_unparent);
  g_clear_pointer (&self->bound, g_ptr_array_unref);
  g_clear_object (&self->list);
  g_clear_object (&self->batch);
  g_clear_object (&self->bus);
  g_clear_pointer (&self->device_names, g_strfreev);
  g_clear_pointer (&self->profile_names, g_strfreev);
  G_OBJECT_CLASS (sohoa_scan_view_parent_class)->dispose (object);
}

static void
sohoa_scan_view_class_init (SohoaScanViewClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = sohoa_scan_view_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
  message_signal = g_signal_new ("message", SOHOA_TYPE_SCAN_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
sohoa_scan_view_init (SohoaScanView *self)
{
  self->bound = g_ptr_array_new ();
}

/* ---- what a person may choose ---- */

static void
on_again (GtkButton *button, SohoaScanView *self)
{
  sohoa_batch_model_feed (self->batch, "on", 0);
}

static void
on_finish (GtkButton *button, SohoaScanView *self)
{
  sohoa_batch_model_finish (self->batch, _("Văn thư xác nhận số tờ đúng như đã quét"));
}

static void
on_accept (GtkButton *button, SohoaScanView *self)
{
  sohoa_batch_model_accept (self->batch);
}

static void
on_purge (GtkButton *button, SohoaScanView *self)
{
  sohoa_batch_model_purge (self->batch);
}

static void
on_released (AdwMessageDialog *dialog, const char *response, SohoaScanView *self)
{
  GtkWidget *entry = adw_message_dialog_get_extra_child (dialog);

  if (g_str_equal (response, "release"))
    sohoa_batch_model_release (self->batch, gtk_editable_get_text (GTK_EDITABLE (entry)));
}

static void
on_reason (GtkEditable *entry, AdwMessageDialog *dialog)
{
  adw_message_dialog_set_response_enabled (dialog, "release", gtk_editable_get_text (entry)[0] != '\0');
}

static void
on_release (GtkButton *button, SohoaScanView *self)
{
  GtkWidget *dialog = adw_message_dialog_new (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), _("Không phải tài liệu mật?"),
                                              _("Người thứ hai ghi họ tên và lý do. Lý do được giữ trong nhật ký."));
  GtkWidget *entry = gtk_entry_new ();

  sohoa_name_widget (entry, _("Họ tên và lý do"));
  adw_message_dialog_set_extra_child (ADW_MESSAGE_DIALOG (dialog), entry);
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "close", _("Đóng"), "release", _("Không mật, xử lý tiếp"), NULL);
  adw_message_dialog_set_response_enabled (ADW_MESSAGE_DIALOG (dialog), "release", FALSE);
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "close");
  g_signal_connect (entry, "changed", G_CALLBACK (on_reason), dialog);
  g_signal_connect (dialog, "response", G_CALLBACK (on_released), self);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
add_choice (SohoaScanView *self, GtkWidget *box, const char *text, GCallback callback)
{
  GtkWidget *button = gtk_button_new_with_label (text);

  g_signal_connect (button, "clicked", callback, self);
  gtk_box_append (GTK_BOX (box), button);
}

static void
show_choices (SohoaScanView *self)
{
  const char *name = sohoa_batch_model_peek_error (self->batch);
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (self->choices)) != NULL)
    gtk_box_remove (GTK_BOX (self->choices), child);
  if (g_str_equal (name, "Scan.Quality")) {
    add_choice (self, self->choices, _("Nhận như hiện có"), G_CALLBACK (on_accept));
  } else {
    add_choice (self, self->choices, _("Quét tiếp  (F5)"), G_CALLBACK (on_again));
    add_choice (self, self->choices, g_str_equal (name, "Scan.CountMismatch") ? _("Số tờ đúng như vậy") : _("Kết thúc lô quét"),
                G_CALLBACK (on_finish));
  }
}

/* ---- following ---- */

static void
on_batch_changed (SohoaBatchModel *batch, SohoaScanView *self)
{
  gboolean feeding = sohoa_batch_model_is_feeding (batch);
  const char *state = sohoa_batch_model_peek_state (batch);
  g_autofree char *notice = sohoa_batch_model_dup_notice (batch);
  g_autofree char *count = sohoa_batch_model_dup_count (batch);
  g_autofree char *line = g_strdup_printf ("%s · %s", sohoa_words_batch_state (state), count);
  gboolean held = g_str_equal (state, "held");

  gtk_widget_set_visible (self->scan, !feeding);
  gtk_widget_set_visible (self->stop, feeding);
  gtk_widget_set_sensitive (self->scan, !held);
  gtk_label_set_text (GTK_LABEL (self->count), state[0] != '\0' ? line : count);
  gtk_label_set_text (GTK_LABEL (self->notice_text), notice);
  gtk_label_set_text (GTK_LABEL (self->held_text), notice);
  gtk_revealer_set_reveal_child (GTK_REVEALER (self->notice), notice[0] != '\0' && !held && g_str_equal (state, "waiting"));
  show_choices (self);
  gtk_stack_set_visible_child_name (GTK_STACK (self->stack),
                                    held ? "held" : g_list_model_get_n_items (sohoa_batch_model_peek_pages (batch)) > 0 ? "pages" : "empty");
}

/* Fills a list of choices from aa{sv}; what was chosen stays chosen. */
static char **
fill_choices (GtkWidget *down, GVariant *list, gboolean devices)
{
  GtkStringList *texts = gtk_string_list_new (NULL);
  GPtrArray *names = g_ptr_array_new ();
  guint chosen = gtk_drop_down_get_selected (GTK_DROP_DOWN (down));

  for (gsize i = 0; list != NULL && i < g_variant_n_children (list); i++) {
    g_autoptr(GVariant) one = g_variant_get_child_value (list, i);
    g_autofree char *maker = NULL;
    const char *title = sohoa_variant_text (one, "title");

    if (sohoa_variant_text (one, "error")[0] != '\0')
      continue;
    maker = devices ? g_strstrip (g_strdup_printf ("%s %s", sohoa_variant_text (one, "vendor"), sohoa_variant_text (one, "model")))
                    : g_strdup (title[0] != '\0' ? title : sohoa_variant_text (one, "name"));
    gtk_string_list_append (texts, maker);
    g_ptr_array_add (names, g_strdup (sohoa_variant_text (one, "name")));
  }
  g_ptr_array_add (names, NULL);
  gtk_drop_down_set_model (GTK_DROP_DOWN (down), G_LIST_MODEL (texts));
  g_object_unref (texts);
  if (chosen != GTK_INVALID_LIST_POSITION && chosen + 1 < names->len)
    gtk_drop_down_set_selected (GTK_DROP_DOWN (down), chosen);
  return (char **) g_ptr_array_free (names, FALSE);
}

static void
on_devices_changed (SohoaBatchModel *batch, SohoaScanView *self)
{
  g_strfreev (self->device_names);
  self->device_names = fill_choices (self->device, sohoa_batch_model_peek_devices (batch), TRUE);
  g_strfreev (self->profile_names);
  self->profile_names = fill_choices (self->profile, sohoa_batch_model_peek_profiles (batch), FALSE);
  for (guint i = 0; !self->chosen && self->profile_names[i] != NULL; i++)
    if (g_str_equal (self->profile_names[i], FIRST_PROFILE)) {
      self->chosen = TRUE;
      gtk_drop_down_set_selected (GTK_DROP_DOWN (self->profile), i);
    }
}

/* ---- pages ---- */

static void
on_setup (GtkListItemFactory *factory, GtkListItem *item, SohoaScanView *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 4), *overlay = gtk_overlay_new (), *picture = gtk_picture_new ();
  GtkWidget *label = sohoa_label ("", "caption", 0.5f), *wait = sohoa_label ("", "page-wait", 0.5f);

  gtk_widget_set_size_request (picture, THUMB_WIDTH, THUMB_WIDTH * 14 / 10);
  gtk_widget_add_css_class (picture, "thumb");
  gtk_overlay_set_child (GTK_OVERLAY (overlay), picture);
  gtk_overlay_add_overlay (GTK_OVERLAY (overlay), wait);
  gtk_widget_set_valign (wait, GTK_ALIGN_CENTER);
  gtk_widget_set_halign (overlay, GTK_ALIGN_CENTER);
  gtk_label_set_max_width_chars (GTK_LABEL (label), 22);
  gtk_box_append (GTK_BOX (box), overlay);
  gtk_box_append (GTK_BOX (box), label);
  g_object_set_data (G_OBJECT (box), "picture", picture);
  g_object_set_data (G_OBJECT (box), "label", label);
  g_object_set_data (G_OBJECT (box), "wait", wait);
  gtk_list_item_set_child (item, box);
}

/* A page's picture, as soon as its document can be looked at. */
static void
show_picture (SohoaScanView *self, GtkWidget *box)
{
  SohoaPageItem *item = g_object_get_data (G_OBJECT (box), "item");
  GtkWidget *picture = g_object_get_data (G_OBJECT (box), "picture");
  SohoaRowItem *row = item->document[0] != '\0' ? sohoa_list_model_find (self->list, item->document) : NULL;

  if (row == NULL || gtk_picture_get_paintable (GTK_PICTURE (picture)) != NULL)
    return;
  if (g_str_equal (row->state, "captured") || g_str_equal (row->state, "cleared") || g_str_equal (row->state, "processing"))
    return;
  gtk_label_set_text (GTK_LABEL (g_object_get_data (G_OBJECT (box), "wait")), "");
  sohoa_picture_fill (GTK_PICTURE (picture), self->bus, row->id, row->revision, item->document_page, NULL, THUMB_PX);
}

static void
on_list_changed (SohoaListModel *list, SohoaScanView *self)
{
  for (guint i = 0; i < self->bound->len; i++)
    show_picture (self, g_ptr_array_index (self->bound, i));
}

static void
on_bind (GtkListItemFactory *factory, GtkListItem *list_item, SohoaScanView *self)
{
  SohoaPageItem *item = gtk_list_item_get_item (list_item);
  GtkWidget *box = gtk_list_item_get_child (list_item), *picture = g_object_get_data (G_OBJECT (box), "picture");
  GtkWidget *wait = g_object_get_data (G_OBJECT (box), "wait");
  g_autofree char *text = sohoa_page_item_describe (item);
  gboolean sealed = g_str_equal (item->state, "sealed");

  gtk_label_set_text (GTK_LABEL (g_object_get_data (G_OBJECT (box), "label")), text);
  sohoa_name_widget (box, text);
  sohoa_name_widget (picture, text);
  gtk_label_set_text (GTK_LABEL (wait), sealed ? _("Đang kiểm tra\nđộ mật") : item->blank ? _("Trang trắng") : _("Đang nhận dạng"));
  gtk_picture_set_paintable (GTK_PICTURE (picture), NULL);
  g_object_set_data_full (G_OBJECT (box), "item", g_object_ref (item), g_object_unref);
  g_ptr_array_add (self->bound, box);
  show_picture (self, box);
}

static void
on_unbind (GtkListItemFactory *factory, GtkListItem *list_item, SohoaScanView *self)
{
  GtkWidget *box = gtk_list_item_get_child (list_item);

  if (self->bound != NULL)
    (void) g_ptr_array_remove_fast (self->bound, box);
  gtk_picture_set_paintable (GTK_PICTURE (g_object_get_data (G_OBJECT (box), "picture")), NULL);
}

static GtkWidget *
make_grid (SohoaScanView *self)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  GtkSelectionModel *selection = GTK_SELECTION_MODEL (gtk_single_selection_new (g_object_ref (sohoa_batch_model_peek_pages (self->batch))));
  GtkWidget *grid = gtk_grid_view_new (selection, factory), *scroller = gtk_scrolled_window_new ();

  g_signal_connect (factory, "setup", G_CALLBACK (on_setup), self);
  g_signal_connect (factory, "bind", G_CALLBACK (on_bind), self);
  g_signal_connect (factory, "unbind", G_CALLBACK (on_unbind), self);
  gtk_widget_add_css_class (grid, "page-grid");
  gtk_grid_view_set_max_columns (GTK_GRID_VIEW (grid), 8);
  sohoa_name_widget (grid, _("Các trang của lô quét"));
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), grid);
  return scroller;
}

/* ---- building ---- */

static void
on_scan (GtkButton *button, SohoaScanView *self)
{
  sohoa_scan_view_scan (self);
}

static void
on_stop (GtkButton *button, SohoaScanView *self)
{
  sohoa_scan_view_stop (self);
}

static GtkWidget *
labelled (const char *text, GtkWidget *input)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2), *label = sohoa_label (text, "caption", 0);

  gtk_accessible_update_relation (GTK_ACCESSIBLE (input), GTK_ACCESSIBLE_RELATION_LABELLED_BY, label, NULL, -1);
  gtk_box_append (GTK_BOX (box), label);
  gtk_box_append (GTK_BOX (box), input);
  return box;
}

static GtkWidget *
make_bar (SohoaScanView *self)
{
  GtkWidget *bar = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12), *settings = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);

  self->scan = gtk_button_new_with_label (_("Quét  (F5)"));
  sohoa_name_widget (self->scan, _("Quét"));
  gtk_widget_add_css_class (self->scan, "suggested-action");
  gtk_widget_add_css_class (self->scan, "big-button");
  self->stop = gtk_button_new_with_label (_("Dừng  (Esc)"));
  sohoa_name_widget (self->stop, _("Dừng"));
  gtk_widget_add_css_class (self->stop, "destructive-action");
  gtk_widget_add_css_class (self->stop, "big-button");
  gtk_widget_set_visible (self->stop, FALSE);
  self->device = gtk_drop_down_new_from_strings ((const char *[]){ NULL });
  self->profile = gtk_drop_down_new_from_strings ((const char *[]){ NULL });
  self->sheets = gtk_spin_button_new_with_range (0, SHEETS_MAX, 1);
  g_signal_connect (self->scan, "clicked", G_CALLBACK (on_scan), self);
  g_signal_connect (self->stop, "clicked", G_CALLBACK (on_stop), self);
  gtk_box_append (GTK_BOX (bar), self->scan);
  gtk_box_append (GTK_BOX (bar), self->stop);
  gtk_box_append (GTK_BOX (settings), labelled (_("Kiểu quét"), self->profile));
  gtk_box_append (GTK_BOX (settings), labelled (_("Máy quét"), self->device));
  gtk_box_append (GTK_BOX (settings), labelled (_("Số tờ đã đếm (0: không đếm)"), self->sheets));
  gtk_box_append (GTK_BOX (bar), settings);
  gtk_widget_add_css_class (bar, "bar");
  return bar;
}

static GtkWidget *
make_notice (SohoaScanView *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);

  self->notice = gtk_revealer_new ();
  self->notice_text = sohoa_label ("", "notice-text", 0);
  gtk_widget_set_hexpand (self->notice_text, TRUE);
  self->choices = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  gtk_widget_set_valign (self->choices, GTK_ALIGN_CENTER);
  gtk_box_append (GTK_BOX (box), gtk_image_new_from_icon_name ("dialog-warning-symbolic"));
  gtk_box_append (GTK_BOX (box), self->notice_text);
  gtk_box_append (GTK_BOX (box), self->choices);
  gtk_widget_add_css_class (box, "notice");
  gtk_revealer_set_child (GTK_REVEALER (self->notice), box);
  return self->notice;
}

static GtkWidget *
make_held (SohoaScanView *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 18), *buttons = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *purge = gtk_button_new_with_label (_("Hủy ảnh đã quét"));

  self->held_text = sohoa_label ("", "held-text", 0.5f);
  gtk_label_set_justify (GTK_LABEL (self->held_text), GTK_JUSTIFY_CENTER);
  gtk_label_set_max_width_chars (GTK_LABEL (self->held_text), 60);
  gtk_box_append (GTK_BOX (box), sohoa_label (_("Tạm dừng: nghi tài liệu mật"), "title-1", 0.5f));
  gtk_box_append (GTK_BOX (box), self->held_text);
  gtk_widget_add_css_class (purge, "destructive-action");
  g_signal_connect (purge, "clicked", G_CALLBACK (on_purge), self);
  gtk_box_append (GTK_BOX (buttons), purge);
  add_choice (self, buttons, _("Không mật (người thứ hai)"), G_CALLBACK (on_release));
  gtk_widget_set_halign (buttons, GTK_ALIGN_CENTER);
  gtk_box_append (GTK_BOX (box), buttons);
  gtk_widget_set_valign (box, GTK_ALIGN_CENTER);
  return box;
}

GtkWidget *
sohoa_scan_view_new (SohoaDeskBus *bus, SohoaBatchModel *batch, SohoaListModel *list)
{
  SohoaScanView *self = g_object_new (SOHOA_TYPE_SCAN_VIEW, NULL);
  GtkWidget *empty = adw_status_page_new ();

  self->bus = g_object_ref (bus);
  self->batch = g_object_ref (batch);
  self->list = g_object_ref (list);
  self->content = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  gtk_widget_set_parent (self->content, GTK_WIDGET (self));
  adw_status_page_set_icon_name (ADW_STATUS_PAGE (empty), "scanner-symbolic");
  adw_status_page_set_title (ADW_STATUS_PAGE (empty), _("Đặt văn bản đến vào khay nạp"));
  adw_status_page_set_description (ADW_STATUS_PAGE (empty), _("Bấm F5 để quét. Bấm F5 cũng là xác nhận trong khay không có tài liệu mật.\n"
                                                              "Trang đã quét luôn được giữ, kể cả khi đóng cửa sổ này."));
  self->stack = gtk_stack_new ();
  gtk_widget_set_vexpand (self->stack, TRUE);
  gtk_stack_add_named (GTK_STACK (self->stack), empty, "empty");
  gtk_stack_add_named (GTK_STACK (self->stack), make_grid (self), "pages");
  gtk_stack_add_named (GTK_STACK (self->stack), make_held (self), "held");
  gtk_box_append (GTK_BOX (self->content), make_bar (self));
  gtk_box_append (GTK_BOX (self->content), make_notice (self));
  gtk_box_append (GTK_BOX (self->content), self->stack);
  self->count = sohoa_label ("", "count", 0);
  gtk_box_append (GTK_BOX (self->content), self->count);
  g_signal_connect (batch, "changed", G_CALLBACK (on_batch_changed), self);
  g_signal_connect (batch, "pages-changed", G_CALLBACK (on_batch_changed), self);
  g_signal_connect (list, "changed", G_CALLBACK (on_list_changed), self);
  g_signal_connect (batch, "devices-changed", G_CALLBACK (on_devices_changed), self);
  on_batch_changed (batch, self);
  return GTK_WIDGET (self);
}

const char *
sohoa_scan_view_peek_device (SohoaScanView *self)
{
  guint which = gtk_drop_down_get_selected (GTK_DROP_DOWN (self->device));

  return self->device_names != NULL && which < g_strv_length (self->device_names) ? self->device_names[which] : "";
}

void
sohoa_scan_view_scan (SohoaScanView *self)
{
  const char *state = sohoa_batch_model_peek_state (self->batch);
  guint which = gtk_drop_down_get_selected (GTK_DROP_DOWN (self->profile));
  const char *profile = self->profile_names != NULL && which < g_strv_length (self->profile_names) ? self->profile_names[which] : "";

  if (sohoa_batch_model_is_feeding (self->batch) || g_str_equal (state, "held"))
    return;
  if (g_str_equal (state, "waiting")) {
    sohoa_batch_model_feed (self->batch, "on", 0);
    return;
  }
  if (sohoa_scan_view_peek_device (self)[0] == '\0') {
    g_autofree char *text = sohoa_words_fault ("Scan.NoDevice", 0);

    sohoa_batch_model_refresh (self->batch);
    g_signal_emit (self, message_signal, 0, text);
    return;
  }
  sohoa_batch_model_start (self->batch, sohoa_scan_view_peek_device (self), profile,
                           (guint) gtk_spin_button_get_value_as_int (GTK_SPIN_BUTTON (self->sheets)));
}

void
sohoa_scan_view_stop (SohoaScanView *self)
{
  if (sohoa_batch_model_is_feeding (self->batch))
    sohoa_batch_model_stop (self->batch);
}

void
sohoa_scan_view_choose_profile (SohoaScanView *self, guint n)
{
  if (self->profile_names != NULL && n >= 1 && n <= g_strv_length (self->profile_names))
    gtk_drop_down_set_selected (GTK_DROP_DOWN (self->profile), n - 1);
}
