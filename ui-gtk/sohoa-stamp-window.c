#include "sohoa-stamp-window.h"

#include "sohoa-picture.h"
#include "sohoa-words.h"

#include <string.h>

#define WINDOW_WIDTH 640

struct _SohoaStampWindow {
  GtkWindow  parent;
  GPtrArray *rows; /* (owned) (element-type SohoaRowItem) */
  guint      at;
  GtkWidget *place, *number, *document, *subject, *paper, *message, *next;
};

G_DEFINE_FINAL_TYPE (SohoaStampWindow, sohoa_stamp_window, GTK_TYPE_WINDOW)

static void
sohoa_stamp_window_dispose (GObject *object)
{
  SohoaStampWindow *self = SOHOA_STAMP_WINDOW (object);

  g_clear_pointer (&self->rows, g_ptr_array_unref);
  G_OBJECT_CLASS (sohoa_stamp_window_parent_class)->dispose (object);
}

static void
sohoa_stamp_window_class_init (SohoaStampWindowClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = sohoa_stamp_window_dispose;
}

static void
sohoa_stamp_window_init (SohoaStampWindow *self)
{
  self->rows = g_ptr_array_new_with_free_func (g_object_unref);
}

static void
show_row (SohoaStampWindow *self)
{
  SohoaRowItem *row = self->at < self->rows->len ? g_ptr_array_index (self->rows, self->at) : NULL;
  g_autofree char *place = g_strdup_printf (_("Bản giấy %u trong %u, theo thứ tự trong khay"), self->at + 1, self->rows->len);
  g_autofree char *document = row != NULL ? g_strjoin (" · ", row->number, row->issued, row->issuer, NULL) : NULL;
  g_autofree char *name = row != NULL ? g_strdup_printf (_("Số đến %s"), row->arrival) : NULL;

  if (row == NULL) {
    gtk_label_set_text (GTK_LABEL (self->place), self->rows->len > 0 ? _("Đã ghi hết số của xấp này.") : _("Chưa có văn bản nào được cấp số đến."));
    gtk_label_set_text (GTK_LABEL (self->number), "–");
    gtk_label_set_text (GTK_LABEL (self->document), "");
    gtk_label_set_text (GTK_LABEL (self->subject), "");
    (void) gtk_widget_grab_focus (self->next);
    gtk_widget_set_visible (self->paper, FALSE);
    gtk_button_set_label (GTK_BUTTON (self->next), _("Đóng"));
    sohoa_name_widget (self->next, _("Đóng"));
    gtk_label_set_text (GTK_LABEL (self->message), "");
    return;
  }
  gtk_label_set_text (GTK_LABEL (self->place), place);
  gtk_label_set_text (GTK_LABEL (self->number), row->arrival);
  sohoa_name_widget (self->number, name);
  gtk_label_set_text (GTK_LABEL (self->document), document);
  gtk_label_set_text (GTK_LABEL (self->subject), row->subject);
  gtk_label_set_text (GTK_LABEL (self->message), _("Ghi số này lên dấu ĐẾN rồi bấm Enter. Nếu bản giấy đã có số khác, nhập số đó."));
  gtk_widget_remove_css_class (self->message, "urgent");
  gtk_editable_set_text (GTK_EDITABLE (self->paper), "");
}

/* Enter: the next paper; a number on the paper that differs keeps this one here (M25). */
static void
on_next (GtkWidget *widget, SohoaStampWindow *self)
{
  SohoaRowItem *row = self->at < self->rows->len ? g_ptr_array_index (self->rows, self->at) : NULL;
  const char *typed = gtk_editable_get_text (GTK_EDITABLE (self->paper));

  if (row == NULL) {
    gtk_window_destroy (GTK_WINDOW (self));
    return;
  }
  if (typed[0] != '\0' && strtoull (typed, NULL, 10) != strtoull (row->arrival, NULL, 10)) {
    g_autofree char *text = g_strdup_printf (_("Dấu ĐẾN trên giấy ghi %s, số được cấp là %s. Chọn số đúng trước khi chuyển giao."), typed,
                                             row->arrival);

    gtk_label_set_text (GTK_LABEL (self->message), text);
    gtk_widget_add_css_class (self->message, "urgent");
    gtk_editable_select_region (GTK_EDITABLE (self->paper), 0, -1);
    return;
  }
  self->at++;
  show_row (self);
}

static gboolean
on_key (GtkEventControllerKey *controller, guint key, guint code, GdkModifierType modifiers, SohoaStampWindow *self)
{
  if (key != GDK_KEY_Escape)
    return FALSE;
  gtk_window_destroy (GTK_WINDOW (self));
  return TRUE;
}

static void
collect (SohoaStampWindow *self, SohoaListModel *list, const char *const *first)
{
  GListModel *rows = sohoa_list_model_peek_rows (list);

  for (guint i = 0; first != NULL && first[i] != NULL; i++) {
    SohoaRowItem *row = sohoa_list_model_find (list, first[i]);

    if (row != NULL && row->arrival[0] != '\0')
      g_ptr_array_add (self->rows, g_object_ref (row));
  }
  if (self->rows->len > 0)
    return;
  for (guint i = g_list_model_get_n_items (rows); i > 0; i--) { /* newest first there, oldest first here */
    g_autoptr(SohoaRowItem) row = g_list_model_get_item (rows, i - 1);

    if (row->arrival[0] != '\0')
      g_ptr_array_add (self->rows, g_object_ref (row));
  }
}

static void
build (SohoaStampWindow *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12), *stamp = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkEventController *keys = gtk_event_controller_key_new ();

  self->place = sohoa_label ("", "heading", 0.5f);
  self->number = sohoa_label ("", "stamp-number", 0.5f);
  self->document = sohoa_label ("", "document-number", 0.5f);
  self->subject = sohoa_label ("", NULL, 0.5f);
  gtk_label_set_lines (GTK_LABEL (self->subject), 3);
  gtk_label_set_ellipsize (GTK_LABEL (self->subject), PANGO_ELLIPSIZE_END);
  self->message = sohoa_label ("", "caption", 0.5f);
  self->paper = gtk_entry_new ();
  gtk_entry_set_input_purpose (GTK_ENTRY (self->paper), GTK_INPUT_PURPOSE_DIGITS);
  gtk_entry_set_placeholder_text (GTK_ENTRY (self->paper), _("Số đã ghi trên giấy, nếu khác"));
  sohoa_name_widget (self->paper, _("Số đã ghi trên giấy"));
  self->next = gtk_button_new_with_label (_("Tiếp  (Enter)"));
  sohoa_name_widget (self->next, _("Tiếp"));
  gtk_widget_add_css_class (self->next, "suggested-action");
  gtk_box_append (GTK_BOX (stamp), sohoa_label (_("ĐẾN · Số"), "heading", 0.5f));
  gtk_box_append (GTK_BOX (stamp), self->number);
  gtk_widget_add_css_class (stamp, "stamp-box");
  gtk_widget_set_halign (stamp, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (box, "dialog-box");
  gtk_box_append (GTK_BOX (box), self->place);
  gtk_box_append (GTK_BOX (box), stamp);
  gtk_box_append (GTK_BOX (box), self->document);
  gtk_box_append (GTK_BOX (box), self->subject);
  gtk_box_append (GTK_BOX (box), self->paper);
  gtk_box_append (GTK_BOX (box), self->message);
  gtk_box_append (GTK_BOX (box), self->next);
  gtk_window_set_child (GTK_WINDOW (self), box);
  g_signal_connect (self->paper, "activate", G_CALLBACK (on_next), self);
  g_signal_connect (self->next, "clicked", G_CALLBACK (on_next), self);
  g_signal_connect (keys, "key-pressed", G_CALLBACK (on_key), self);
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
}

void
sohoa_stamp_window_show (GtkWindow *parent, SohoaListModel *list, const char *const *first)
{
  SohoaStampWindow *self = g_object_new (SOHOA_TYPE_STAMP_WINDOW, "transient-for", parent, "modal", TRUE, "default-width", WINDOW_WIDTH,
                                         "title", _("Ghi số lên dấu ĐẾN"), NULL);

  collect (self, list, first);
  build (self);
  show_row (self);
  gtk_window_present (GTK_WINDOW (self));
  if (self->rows->len > 0)
    (void) gtk_widget_grab_focus (self->paper);
}
