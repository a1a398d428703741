#include "sohoa-queue-view.h"

#include "sohoa-handover-window.h"
#include "sohoa-picture.h"
#include "sohoa-words.h"

#include <adwaita.h>

struct _SohoaQueueView {
  GtkWidget           parent;
  SohoaDeskBus       *bus;   /* (owned) */
  SohoaListModel     *list;  /* (owned) */
  GtkFilterListModel *shown; /* (owned) */
  GtkWidget          *content, *search, *kind, *table, *found;
};

G_DEFINE_FINAL_TYPE (SohoaQueueView, sohoa_queue_view, GTK_TYPE_WIDGET)

enum { MESSAGE, OPEN, N_SIGNALS };
static guint signals[N_SIGNALS];

static void
sohoa_queue_view_dispose (GObject *object)
{
  SohoaQueueView *self = SOHOA_QUEUE_VIEW (object);

  if (self->list != NULL)
    g_signal_handlers_disconnect_by_data (self->list, self);
  g_clear_pointer (&self->content, gtk_widget_unparent);
  g_clear_object (&self->shown);
  g_clear_object (&self->list);
  g_clear_object (&self->bus);
  G_OBJECT_CLASS (sohoa_queue_view_parent_class)->dispose (object);
}

static void
sohoa_queue_view_class_init (SohoaQueueViewClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = sohoa_queue_view_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
  signals[MESSAGE] = g_signal_new ("message", SOHOA_TYPE_QUEUE_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[OPEN] = g_signal_new ("open", SOHOA_TYPE_QUEUE_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
sohoa_queue_view_init (SohoaQueueView *self)
{
}

/* ---- acts on one row ---- */

static void
on_acted (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(SohoaQueueView) self = SOHOA_QUEUE_VIEW (data);
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) answer = sohoa_desk_bus_call_finish (result, NULL, &error);

  if (answer == NULL) {
    g_autofree char *text = sohoa_words_error (error);

    g_signal_emit (self, signals[MESSAGE], 0, text);
  }
  sohoa_list_model_refresh (self->list);
}

/* What may be done with a document in this state: the button's text and the method; NULL: nothing here. */
static const char *
find_act (const SohoaRowItem *row, const char **method_out)
{
  static const struct { const char *state, *text, *method; } acts[] = {
    { "refused", N_("Sửa và chuyển lại"), "Revise" },
    { "submitting", N_("Chuyển lại ngay"), "Submit" },
    { "failed", N_("Thử lại"), "Reprocess" },
  };

  if (row->assisted) {
    *method_out = "EnterAnswer";
    return _("Nhập vào QLVB");
  }
  for (guint i = 0; i < G_N_ELEMENTS (acts); i++)
    if (g_str_equal (acts[i].state, row->state)) {
      *method_out = acts[i].method;
      return gettext (acts[i].text);
    }
  return NULL;
}

static void
act_on (SohoaQueueView *self, SohoaRowItem *row)
{
  g_autofree char *token = sohoa_desk_bus_token ();
  g_autofree char *full = NULL;
  const char *method;

  if (find_act (row, &method) == NULL) {
    g_signal_emit (self, signals[OPEN], 0, row->id);
    return;
  }
  if (row->assisted) {
    sohoa_handover_window_show (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), self->bus, row);
    return;
  }
  full = g_strconcat ("Documents.", method, NULL);
  sohoa_desk_bus_call (self->bus, full, g_variant_new ("(susa{sv})", row->id, row->revision, token, NULL), "(u)", NULL, NULL, on_acted,
                       g_object_ref (self));
  if (g_str_equal (method, "Revise"))
    g_signal_emit (self, signals[OPEN], 0, row->id);
}

static void
on_act (GtkButton *button, SohoaQueueView *self)
{
  act_on (self, g_object_get_data (G_OBJECT (button), "row"));
}

static void
on_activate (GtkListBox *box, GtkListBoxRow *row, SohoaQueueView *self)
{
  act_on (self, g_object_get_data (G_OBJECT (row), "row"));
}

/* ---- rows ---- */

static GtkWidget *
make_title (const SohoaRowItem *row)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
  g_autofree char *head = g_strjoin (" · ", row->number[0] != '\0' ? row->number : _("Chưa có số"), row->issued[0] != '\0' ? row->issued : "–",
                                     row->issuer, NULL);
  GtkWidget *number = sohoa_label (head, "document-number", 0), *subject = sohoa_label (row->subject, NULL, 0);

  gtk_label_set_ellipsize (GTK_LABEL (number), PANGO_ELLIPSIZE_END);
  gtk_label_set_lines (GTK_LABEL (number), 1);
  gtk_label_set_lines (GTK_LABEL (subject), 2);
  gtk_label_set_ellipsize (GTK_LABEL (subject), PANGO_ELLIPSIZE_END);
  gtk_box_append (GTK_BOX (box), number);
  gtk_box_append (GTK_BOX (box), subject);
  if (row->reason[0] != '\0' && sohoa_row_item_is ((SohoaRowItem *) row, SOHOA_LIST_TROUBLE)) {
    GtkWidget *reason = sohoa_label (row->reason, "urgent", 0);

    gtk_box_append (GTK_BOX (box), reason);
  }
  gtk_widget_set_hexpand (box, TRUE);
  return box;
}

static GtkWidget *
make_state (SohoaRowItem *row)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
  g_autofree char *age = sohoa_row_item_dup_age (row, g_get_real_time ());
  g_autofree char *number = row->arrival[0] != '\0' ? g_strdup_printf (_("Số đến %s"), row->arrival) : g_strdup ("");

  if (number[0] != '\0')
    gtk_box_append (GTK_BOX (box), sohoa_label (number, "document-number", 1));
  gtk_box_append (GTK_BOX (box), sohoa_label (sohoa_words_state (row->state), "caption", 1));
  gtk_box_append (GTK_BOX (box), sohoa_label (age, "dim-label", 1));
  return box;
}

static GtkWidget *
make_row (gpointer item, gpointer data)
{
  SohoaQueueView *self = data;
  SohoaRowItem *row = item;
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12), *list_row = gtk_list_box_row_new ();
  g_autofree char *name = g_strdup_printf ("%s %s, %s", row->number, row->subject, sohoa_words_state (row->state));
  const char *method, *act = find_act (row, &method);

  gtk_widget_add_css_class (box, "sign-row");
  gtk_box_append (GTK_BOX (box), make_title (row));
  if (act != NULL) {
    GtkWidget *button = gtk_button_new_with_label (act);

    gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
    g_object_set_data_full (G_OBJECT (button), "row", g_object_ref (row), g_object_unref);
    g_signal_connect (button, "clicked", G_CALLBACK (on_act), self);
    gtk_box_append (GTK_BOX (box), button);
  }
  gtk_box_append (GTK_BOX (box), make_state (row));
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (list_row), box);
  g_object_set_data_full (G_OBJECT (list_row), "row", g_object_ref (row), g_object_unref);
  sohoa_name_widget (list_row, name);
  return list_row;
}

/* ---- filters ---- */

static gboolean
is_wanted (gpointer item, gpointer data)
{
  SohoaQueueView *self = data;

  return sohoa_row_item_is (item, (SohoaListKind) gtk_drop_down_get_selected (GTK_DROP_DOWN (self->kind)))
         && sohoa_row_item_matches (item, gtk_editable_get_text (GTK_EDITABLE (self->search)));
}

static void
refilter (SohoaQueueView *self)
{
  g_autofree char *text = NULL;

  gtk_filter_changed (gtk_filter_list_model_get_filter (self->shown), GTK_FILTER_CHANGE_DIFFERENT);
  text = g_strdup_printf (_("%u văn bản"), g_list_model_get_n_items (G_LIST_MODEL (self->shown)));
  gtk_label_set_text (GTK_LABEL (self->found), text);
}

static void
on_search (GtkSearchEntry *entry, SohoaQueueView *self)
{
  refilter (self);
}

static void
on_kind (GObject *down, GParamSpec *pspec, SohoaQueueView *self)
{
  refilter (self);
}

static void
on_list_changed (SohoaListModel *list, SohoaQueueView *self)
{
  refilter (self);
}

static GtkWidget *
make_bar (SohoaQueueView *self)
{
  GtkWidget *bar = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkStringList *kinds = gtk_string_list_new (NULL);

  for (guint i = 0; i < SOHOA_N_LISTS; i++)
    gtk_string_list_append (kinds, sohoa_list_kind_text ((SohoaListKind) i));
  self->search = gtk_search_entry_new ();
  gtk_widget_set_hexpand (self->search, TRUE);
  g_object_set (self->search, "placeholder-text", _("Tìm số, ký hiệu, cơ quan, trích yếu (không cần dấu)"), NULL);
  sohoa_name_widget (self->search, _("Tìm văn bản"));
  self->kind = gtk_drop_down_new (G_LIST_MODEL (kinds), NULL);
  sohoa_name_widget (self->kind, _("Trạng thái"));
  self->found = sohoa_label ("", "dim-label", 1);
  g_signal_connect (self->search, "search-changed", G_CALLBACK (on_search), self);
  g_signal_connect (self->kind, "notify::selected", G_CALLBACK (on_kind), self);
  gtk_widget_add_css_class (bar, "tools");
  gtk_box_append (GTK_BOX (bar), self->search);
  gtk_box_append (GTK_BOX (bar), self->kind);
  gtk_box_append (GTK_BOX (bar), self->found);
  return bar;
}

GtkWidget *
sohoa_queue_view_new (SohoaDeskBus *bus, SohoaListModel *list)
{
  SohoaQueueView *self = g_object_new (SOHOA_TYPE_QUEUE_VIEW, NULL);
  GtkWidget *scroller = gtk_scrolled_window_new ();

  self->bus = g_object_ref (bus);
  self->list = g_object_ref (list);
  self->content = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  gtk_widget_set_parent (self->content, GTK_WIDGET (self));
  gtk_box_append (GTK_BOX (self->content), make_bar (self));
  self->shown = gtk_filter_list_model_new (g_object_ref (sohoa_list_model_peek_rows (list)),
                                           GTK_FILTER (gtk_custom_filter_new (is_wanted, self, NULL)));
  self->table = gtk_list_box_new ();
  gtk_list_box_set_show_separators (GTK_LIST_BOX (self->table), TRUE);
  sohoa_name_widget (self->table, _("Văn bản đang xử lý"));
  gtk_list_box_set_placeholder (GTK_LIST_BOX (self->table), sohoa_label (_("Không có văn bản nào"), "dim-label", 0.5f));
  gtk_list_box_bind_model (GTK_LIST_BOX (self->table), G_LIST_MODEL (self->shown), make_row, self, NULL);
  g_signal_connect (self->table, "row-activated", G_CALLBACK (on_activate), self);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), self->table);
  gtk_widget_set_vexpand (scroller, TRUE);
  gtk_box_append (GTK_BOX (self->content), scroller);
  g_signal_connect (list, "changed", G_CALLBACK (on_list_changed), self);
  return GTK_WIDGET (self);
}

void
sohoa_queue_view_search (SohoaQueueView *self)
{
  (void) gtk_widget_grab_focus (self->search);
}
