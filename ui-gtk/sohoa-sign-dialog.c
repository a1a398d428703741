#include "sohoa-sign-dialog.h"

#include "sohoa-picture.h"
#include "sohoa-signing-model.h"
#include "sohoa-words.h"

#define DIALOG_WIDTH 560
#define LIST_HEIGHT 220

struct _SohoaSignDialog {
  GtkWindow          parent;
  SohoaListModel    *list;  /* (owned) */
  SohoaSigningModel *model; /* (owned) */
  GtkWidget         *title, *token, *rows, *pin, *sign, *close, *message, *progress, *spinner;
  char             **ids;   /* (owned) shown */
  gboolean           unlocked, busy;
};

G_DEFINE_FINAL_TYPE (SohoaSignDialog, sohoa_sign_dialog, GTK_TYPE_WINDOW)

static void
sohoa_sign_dialog_dispose (GObject *object)
{
  SohoaSignDialog *self = SOHOA_SIGN_DIALOG (object);

  if (self->model != NULL) {
    g_signal_handlers_disconnect_by_data (self->model, self);
    g_signal_handlers_disconnect_by_data (self->list, self);
  }
  g_clear_object (&self->model);
  g_clear_object (&self->list);
  g_clear_pointer (&self->ids, g_strfreev);
  G_OBJECT_CLASS (sohoa_sign_dialog_parent_class)->dispose (object);
}

static void
sohoa_sign_dialog_class_init (SohoaSignDialogClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = sohoa_sign_dialog_dispose;
}

static void
sohoa_sign_dialog_init (SohoaSignDialog *self)
{
}

static guint
count_signed (SohoaSignDialog *self)
{
  guint finished = 0;

  for (guint i = 0; self->ids[i] != NULL; i++) {
    SohoaRowItem *row = sohoa_list_model_find (self->list, self->ids[i]);

    finished += row != NULL && !sohoa_row_item_is (row, SOHOA_LIST_SIGN) ? 1 : 0;
  }
  return finished;
}

static void
update (SohoaSignDialog *self)
{
  guint total = g_strv_length (self->ids), finished = count_signed (self);
  g_autofree char *title = g_strdup_printf (_("Ký số cơ quan cho %u văn bản?"), total);
  g_autofree char *text = g_strdup_printf (_("Đã ký %u trong %u văn bản"), finished, total);

  gtk_label_set_text (GTK_LABEL (self->title), title);
  gtk_label_set_text (GTK_LABEL (self->token), sohoa_signing_model_peek_token (self->model));
  gtk_widget_set_sensitive (self->sign, !self->busy && !self->unlocked && sohoa_signing_model_is_ready (self->model)
                                          && gtk_editable_get_text (GTK_EDITABLE (self->pin))[0] != '\0');
  gtk_editable_set_editable (GTK_EDITABLE (self->pin), !self->busy && !self->unlocked); /* keeps the keyboard's place */
  gtk_widget_set_visible (self->progress, self->unlocked);
  gtk_progress_bar_set_fraction (GTK_PROGRESS_BAR (self->progress), total > 0 ? (double) finished / total : 0);
  gtk_progress_bar_set_text (GTK_PROGRESS_BAR (self->progress), text);
  gtk_widget_set_visible (self->spinner, self->busy);
  gtk_button_set_label (GTK_BUTTON (self->close), self->unlocked ? _("Đóng") : _("Để sau"));
  for (guint i = 0; self->ids[i] != NULL; i++) {
    GtkListBoxRow *row = gtk_list_box_get_row_at_index (GTK_LIST_BOX (self->rows), (int) i);
    SohoaRowItem *item = sohoa_list_model_find (self->list, self->ids[i]);
    GtkWidget *state = row != NULL ? g_object_get_data (G_OBJECT (row), "state") : NULL;

    if (state != NULL && item != NULL)
      gtk_label_set_text (GTK_LABEL (state), sohoa_words_state (item->state));
  }
  if (self->unlocked && finished == total) {
    (void) gtk_widget_grab_focus (self->close);
    gtk_window_destroy (GTK_WINDOW (self));
  }
}

static void
on_changed (GObject *model, SohoaSignDialog *self)
{
  update (self);
}

static void
on_unlocked (SohoaSigningModel *model, SohoaSignDialog *self)
{
  self->busy = FALSE;
  self->unlocked = TRUE;
  gtk_label_set_text (GTK_LABEL (self->message), _("Đang ký. Có thể đóng cửa sổ này và làm việc khác."));
  update (self);
}

static void
on_failed (SohoaSigningModel *model, const char *text, const char *name, SohoaSignDialog *self)
{
  self->busy = FALSE;
  gtk_label_set_text (GTK_LABEL (self->message), text);
  gtk_widget_add_css_class (self->message, "error");
  update (self);
  sohoa_signing_model_prepare (self->model, (const char *const *) self->ids); /* the documents may have moved */
  (void) gtk_widget_grab_focus (self->pin);
}

static void
on_sign (GtkWidget *widget, SohoaSignDialog *self)
{
  if (!gtk_widget_get_sensitive (self->sign))
    return;
  self->busy = TRUE;
  gtk_widget_remove_css_class (self->message, "error");
  gtk_label_set_text (GTK_LABEL (self->message), _("Đang mở khóa USB ký số …"));
  sohoa_signing_model_sign (self->model, gtk_editable_get_text (GTK_EDITABLE (self->pin)));
  gtk_editable_set_text (GTK_EDITABLE (self->pin), "");
  update (self);
}

static void
on_typed (GtkEditable *editable, SohoaSignDialog *self)
{
  update (self);
}

static gboolean
on_key (GtkEventControllerKey *controller, guint key, guint code, GdkModifierType modifiers, SohoaSignDialog *self)
{
  if (key != GDK_KEY_Escape)
    return FALSE;
  gtk_window_destroy (GTK_WINDOW (self));
  return TRUE;
}

static GtkWidget *
make_row (SohoaRowItem *item)
{
  GtkWidget *row = gtk_list_box_row_new (), *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  g_autofree char *name = g_strdup_printf ("%s · %s", item->number, item->subject);
  GtkWidget *text = sohoa_label (name, NULL, 0), *state = sohoa_label (sohoa_words_state (item->state), "caption", 1);

  gtk_label_set_lines (GTK_LABEL (text), 1);
  gtk_label_set_ellipsize (GTK_LABEL (text), PANGO_ELLIPSIZE_END);
  gtk_widget_set_hexpand (text, TRUE);
  gtk_box_append (GTK_BOX (box), text);
  gtk_box_append (GTK_BOX (box), state);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);
  gtk_widget_add_css_class (row, "sign-row");
  sohoa_name_widget (row, name);
  g_object_set_data (G_OBJECT (row), "state", state);
  return row;
}

static void
collect (SohoaSignDialog *self)
{
  GListModel *rows = sohoa_list_model_peek_rows (self->list);
  GPtrArray *ids = g_ptr_array_new ();

  for (guint i = 0; i < g_list_model_get_n_items (rows); i++) {
    g_autoptr(SohoaRowItem) row = g_list_model_get_item (rows, i);

    if (!sohoa_row_item_is (row, SOHOA_LIST_SIGN))
      continue;
    g_ptr_array_add (ids, g_strdup (row->id));
    gtk_list_box_append (GTK_LIST_BOX (self->rows), make_row (row));
  }
  g_ptr_array_add (ids, NULL);
  self->ids = (char **) g_ptr_array_free (ids, FALSE);
}

static GtkWidget *
make_list (SohoaSignDialog *self)
{
  GtkWidget *scroller = gtk_scrolled_window_new ();

  self->rows = gtk_list_box_new ();
  gtk_list_box_set_selection_mode (GTK_LIST_BOX (self->rows), GTK_SELECTION_NONE);
  gtk_widget_add_css_class (self->rows, "boxed-list");
  sohoa_name_widget (self->rows, _("Văn bản sẽ được ký số"));
  gtk_scrolled_window_set_max_content_height (GTK_SCROLLED_WINDOW (scroller), LIST_HEIGHT);
  gtk_scrolled_window_set_propagate_natural_height (GTK_SCROLLED_WINDOW (scroller), TRUE);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), self->rows);
  return scroller;
}

static GtkWidget *
make_buttons (SohoaSignDialog *self)
{
  GtkWidget *buttons = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);

  self->close = gtk_button_new_with_label (_("Để sau"));
  self->sign = gtk_button_new_with_label (_("Ký số"));
  self->spinner = gtk_spinner_new ();
  gtk_spinner_start (GTK_SPINNER (self->spinner));
  gtk_widget_add_css_class (self->sign, "suggested-action");
  gtk_widget_set_halign (buttons, GTK_ALIGN_END);
  gtk_box_append (GTK_BOX (buttons), self->spinner);
  gtk_box_append (GTK_BOX (buttons), self->close);
  gtk_box_append (GTK_BOX (buttons), self->sign);
  g_signal_connect (self->sign, "clicked", G_CALLBACK (on_sign), self);
  g_signal_connect_swapped (self->close, "clicked", G_CALLBACK (gtk_window_destroy), self);
  return buttons;
}

static void
build (SohoaSignDialog *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);
  GtkEventController *keys = gtk_event_controller_key_new ();

  self->title = sohoa_label ("", "title-2", 0);
  self->token = sohoa_label ("", "dim-label", 0);
  self->pin = gtk_password_entry_new (); /* its text lies in memory that is neither swapped nor left behind */
  gtk_password_entry_set_show_peek_icon (GTK_PASSWORD_ENTRY (self->pin), FALSE);
  g_object_set (self->pin, "placeholder-text", _("Mã PIN"), NULL);
  sohoa_name_widget (self->pin, _("Mã PIN"));
  self->message = sohoa_label (_("Nhập mã PIN một lần cho cả danh sách này."), "caption", 0);
  self->progress = gtk_progress_bar_new ();
  gtk_progress_bar_set_show_text (GTK_PROGRESS_BAR (self->progress), TRUE);
  sohoa_name_widget (self->progress, _("Tiến độ ký số"));
  gtk_widget_add_css_class (box, "dialog-box");
  gtk_box_append (GTK_BOX (box), self->title);
  gtk_box_append (GTK_BOX (box), self->token);
  gtk_box_append (GTK_BOX (box), make_list (self));
  gtk_box_append (GTK_BOX (box), self->pin);
  gtk_box_append (GTK_BOX (box), self->message);
  gtk_box_append (GTK_BOX (box), self->progress);
  gtk_box_append (GTK_BOX (box), make_buttons (self));
  gtk_window_set_child (GTK_WINDOW (self), box);
  g_signal_connect (self->pin, "activate", G_CALLBACK (on_sign), self);
  g_signal_connect (self->pin, "changed", G_CALLBACK (on_typed), self);
  g_signal_connect (keys, "key-pressed", G_CALLBACK (on_key), self);
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
}

void
sohoa_sign_dialog_show (GtkWindow *parent, SohoaDeskBus *bus, SohoaListModel *list)
{
  SohoaSignDialog *self = g_object_new (SOHOA_TYPE_SIGN_DIALOG, "transient-for", parent, "modal", TRUE, "default-width", DIALOG_WIDTH,
                                        "title", _("Ký số"), NULL);

  self->list = g_object_ref (list);
  self->model = sohoa_signing_model_new (bus);
  build (self);
  collect (self);
  g_signal_connect (self->model, "changed", G_CALLBACK (on_changed), self);
  g_signal_connect (self->model, "unlocked", G_CALLBACK (on_unlocked), self);
  g_signal_connect (self->model, "failed", G_CALLBACK (on_failed), self);
  g_signal_connect (list, "changed", G_CALLBACK (on_changed), self);
  sohoa_signing_model_prepare (self->model, (const char *const *) self->ids);
  update (self);
  gtk_window_present (GTK_WINDOW (self));
  (void) gtk_widget_grab_focus (self->pin);
}
