#include "sohoa-handover-window.h"

#include "sohoa-picture.h"
#include "sohoa-words.h"

#include <string.h>

#define WINDOW_WIDTH 620
#define LIST_HEIGHT 300 /* six fields; more scroll */
#define NEXT_KEY GDK_KEY_F6

struct _SohoaHandoverWindow {
  GtkWindow     parent;
  SohoaDeskBus *bus;  /* (owned) */
  SohoaRowItem *row;  /* (owned) */
  GtkWidget    *list, *file, *message, *number, *day, *reason, *accept, *refuse;
  guint         next; /* row that F6 copies */
};

#define SOHOA_TYPE_HANDOVER_WINDOW (sohoa_handover_window_get_type ())
G_DECLARE_FINAL_TYPE (SohoaHandoverWindow, sohoa_handover_window, SOHOA, HANDOVER_WINDOW, GtkWindow)
G_DEFINE_FINAL_TYPE (SohoaHandoverWindow, sohoa_handover_window, GTK_TYPE_WINDOW)

static void
sohoa_handover_window_dispose (GObject *object)
{
  SohoaHandoverWindow *self = SOHOA_HANDOVER_WINDOW (object);

  g_clear_object (&self->bus);
  g_clear_object (&self->row);
  G_OBJECT_CLASS (sohoa_handover_window_parent_class)->dispose (object);
}

static void
sohoa_handover_window_class_init (SohoaHandoverWindowClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = sohoa_handover_window_dispose;
}

static void
sohoa_handover_window_init (SohoaHandoverWindow *self)
{
}

static void
tell (SohoaHandoverWindow *self, const char *text, gboolean trouble)
{
  gtk_label_set_text (GTK_LABEL (self->message), text);
  if (trouble)
    gtk_widget_add_css_class (self->message, "error");
  else
    gtk_widget_remove_css_class (self->message, "error");
}

/* ---- copying ---- */

static void
copy_row (SohoaHandoverWindow *self, GtkListBoxRow *row)
{
  const char *label = g_object_get_data (G_OBJECT (row), "label"), *value = g_object_get_data (G_OBJECT (row), "value");
  g_autofree char *text = g_strdup_printf (_("Đã chép: %s"), label);

  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), value);
  gtk_list_box_select_row (GTK_LIST_BOX (self->list), row);
  self->next = (guint) gtk_list_box_row_get_index (row) + 1;
  tell (self, text, FALSE);
}

/* The next value that is not empty; after the last the first again. */
static void
copy_next (SohoaHandoverWindow *self)
{
  for (guint i = 0; i < 2; i++) {
    GtkListBoxRow *row;

    while ((row = gtk_list_box_get_row_at_index (GTK_LIST_BOX (self->list), (int) self->next)) != NULL) {
      if (((const char *) g_object_get_data (G_OBJECT (row), "value"))[0] != '\0') {
        copy_row (self, row);
        return;
      }
      self->next++;
    }
    self->next = 0;
  }
}

static void
on_activated (GtkListBox *list, GtkListBoxRow *row, SohoaHandoverWindow *self)
{
  copy_row (self, row);
}

static void
add_row (SohoaHandoverWindow *self, const char *key, const char *value)
{
  GtkWidget *row = gtk_list_box_row_new (), *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  g_autofree char *shown = sohoa_words_show (key, value);
  const char *label = sohoa_words_field (key);
  GtkWidget *name = sohoa_label (label, "dim-label", 0), *text = sohoa_label (shown[0] != '\0' ? shown : "–", NULL, 0);
  g_autofree char *spoken = g_strdup_printf ("%s: %s", label, shown);

  gtk_widget_set_size_request (name, 150, -1);
  gtk_label_set_lines (GTK_LABEL (text), 2);
  gtk_label_set_ellipsize (GTK_LABEL (text), PANGO_ELLIPSIZE_END);
  gtk_widget_set_hexpand (text, TRUE);
  gtk_box_append (GTK_BOX (box), name);
  gtk_box_append (GTK_BOX (box), text);
  gtk_widget_add_css_class (box, "sign-row");
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);
  sohoa_name_widget (row, spoken);
  g_object_set_data_full (G_OBJECT (row), "label", g_strdup (label), g_free);
  g_object_set_data_full (G_OBJECT (row), "value", g_steal_pointer (&shown), g_free);
  gtk_list_box_append (GTK_LIST_BOX (self->list), row);
}

static void
on_form (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(SohoaHandoverWindow) self = SOHOA_HANDOVER_WINDOW (data);
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) answer = sohoa_desk_bus_call_finish (result, NULL, &error);
  g_autoptr(GVariantIter) fields = NULL;
  g_autofree char *text = NULL;
  const char *key, *value, *file;

  if (answer == NULL) {
    text = sohoa_words_error (error);
    tell (self, text, TRUE);
    return;
  }
  g_variant_get (answer, "(a(ss)&s)", &fields, &file);
  while (g_variant_iter_next (fields, "(&s&s)", &key, &value))
    add_row (self, key, value);
  text = g_strdup_printf (_("Tệp đã ký: %s"), file);
  gtk_label_set_text (GTK_LABEL (self->file), file[0] != '\0' ? text : _("Tệp đã ký chưa sẵn sàng."));
}

/* ---- the answer ---- */

static void
on_entered (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(SohoaHandoverWindow) self = SOHOA_HANDOVER_WINDOW (data);
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) answer = sohoa_desk_bus_call_finish (result, NULL, &error);

  if (answer != NULL) {
    gtk_window_destroy (GTK_WINDOW (self));
  } else {
    g_autofree char *text = sohoa_words_error (error);

    tell (self, text, TRUE);
  }
}

static void
enter (SohoaHandoverWindow *self, GVariantBuilder *options)
{
  g_autofree char *token = sohoa_desk_bus_token ();

  sohoa_desk_bus_call (self->bus, "Documents.EnterAnswer", g_variant_new ("(susa{sv})", self->row->id, self->row->revision, token, options),
                       "(u)", NULL, NULL, on_entered, g_object_ref (self));
}

static void
on_accept (GtkWidget *widget, SohoaHandoverWindow *self)
{
  const char *number = gtk_editable_get_text (GTK_EDITABLE (self->number));
  g_autofree char *day = sohoa_words_parse_day (gtk_editable_get_text (GTK_EDITABLE (self->day)));
  GVariantBuilder options;

  if (number[0] == '\0' || strspn (number, "0123456789") != strlen (number) || day == NULL) {
    tell (self, _("Nhập số đến (chỉ chữ số) và ngày đến."), TRUE);
    return;
  }
  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&options, "{sv}", "arrival-number", g_variant_new_string (number));
  g_variant_builder_add (&options, "{sv}", "arrival-date", g_variant_new_string (day));
  enter (self, &options);
}

static void
on_refuse (GtkWidget *widget, SohoaHandoverWindow *self)
{
  const char *reason = gtk_editable_get_text (GTK_EDITABLE (self->reason));
  GVariantBuilder options;

  if (reason[0] == '\0') {
    tell (self, _("Ghi lý do QLVB không nhận."), TRUE);
    (void) gtk_widget_grab_focus (self->reason);
    return;
  }
  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&options, "{sv}", "status", g_variant_new_string ("02"));
  g_variant_builder_add (&options, "{sv}", "reason", g_variant_new_string (reason));
  enter (self, &options);
}

/* ---- the window ---- */

static gboolean
on_key (GtkEventControllerKey *controller, guint key, guint code, GdkModifierType modifiers, SohoaHandoverWindow *self)
{
  if (key == NEXT_KEY)
    copy_next (self);
  else if (key == GDK_KEY_Escape)
    gtk_window_destroy (GTK_WINDOW (self));
  else
    return FALSE;
  return TRUE;
}

static GtkWidget *
make_entry (const char *name, const char *text)
{
  GtkWidget *entry = gtk_entry_new ();

  gtk_editable_set_text (GTK_EDITABLE (entry), text);
  gtk_entry_set_placeholder_text (GTK_ENTRY (entry), name);
  sohoa_name_widget (entry, name);
  return entry;
}

static GtkWidget *
make_list (SohoaHandoverWindow *self)
{
  GtkWidget *scroller = gtk_scrolled_window_new ();

  self->list = gtk_list_box_new ();
  gtk_list_box_set_activate_on_single_click (GTK_LIST_BOX (self->list), TRUE);
  gtk_widget_add_css_class (self->list, "boxed-list");
  sohoa_name_widget (self->list, _("Các trường theo thứ tự của trang QLVB"));
  gtk_scrolled_window_set_min_content_height (GTK_SCROLLED_WINDOW (scroller), LIST_HEIGHT);
  gtk_widget_set_vexpand (scroller, TRUE);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), self->list);
  g_signal_connect (self->list, "row-activated", G_CALLBACK (on_activated), self);
  return scroller;
}

static GtkWidget *
make_line (GtkWidget *first, GtkWidget *second, GtkWidget *button)
{
  GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);

  gtk_widget_set_hexpand (first, TRUE);
  gtk_box_append (GTK_BOX (line), first);
  if (second != NULL)
    gtk_box_append (GTK_BOX (line), second);
  gtk_box_append (GTK_BOX (line), button);
  return line;
}

static void
build (SohoaHandoverWindow *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);
  GtkEventController *keys = gtk_event_controller_key_new ();
  g_autoptr(GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *today = g_date_time_format (now, "%d/%m/%Y");

  self->file = sohoa_label ("", "caption", 0);
  gtk_label_set_selectable (GTK_LABEL (self->file), TRUE);
  gtk_label_set_wrap (GTK_LABEL (self->file), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (self->file), PANGO_WRAP_CHAR);
  self->message = sohoa_label (_("F6: chép mục tiếp theo, rồi dán vào trang QLVB."), NULL, 0);
  self->number = make_entry (_("Số đến"), "");
  self->day = make_entry (_("Ngày đến"), today);
  self->reason = make_entry (_("Lý do không nhận"), "");
  self->accept = gtk_button_new_with_label (_("Ghi số đến"));
  self->refuse = gtk_button_new_with_label (_("QLVB không nhận"));
  gtk_widget_add_css_class (self->accept, "suggested-action");
  gtk_widget_add_css_class (box, "dialog-box");
  gtk_box_append (GTK_BOX (box), sohoa_label (_("Nhập văn bản vào trang QLVB"), "title-2", 0));
  gtk_box_append (GTK_BOX (box), make_list (self));
  gtk_box_append (GTK_BOX (box), self->file);
  gtk_box_append (GTK_BOX (box), self->message);
  gtk_box_append (GTK_BOX (box), make_line (self->number, self->day, self->accept));
  gtk_box_append (GTK_BOX (box), make_line (self->reason, NULL, self->refuse));
  gtk_window_set_child (GTK_WINDOW (self), box);
  g_signal_connect (self->accept, "clicked", G_CALLBACK (on_accept), self);
  g_signal_connect (self->refuse, "clicked", G_CALLBACK (on_refuse), self);
  g_signal_connect (self->number, "activate", G_CALLBACK (on_accept), self);
  g_signal_connect (self->day, "activate", G_CALLBACK (on_accept), self);
  g_signal_connect (self->reason, "activate", G_CALLBACK (on_refuse), self);
  g_signal_connect (keys, "key-pressed", G_CALLBACK (on_key), self);
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
}

void
sohoa_handover_window_show (GtkWindow *parent, SohoaDeskBus *bus, SohoaRowItem *row)
{
  SohoaHandoverWindow *self = g_object_new (SOHOA_TYPE_HANDOVER_WINDOW, "transient-for", parent, "modal", TRUE, "default-width",
                                            WINDOW_WIDTH, "title", _("Nhập văn bản vào trang QLVB"), NULL);

  self->bus = g_object_ref (bus);
  self->row = g_object_ref (row);
  build (self);
  sohoa_desk_bus_call (bus, "Documents.GetForm", g_variant_new ("(s)", row->id), "(a(ss)s)", NULL, NULL, on_form, g_object_ref (self));
  gtk_window_present (GTK_WINDOW (self));
  (void) gtk_widget_grab_focus (self->number);
}
