#include "sohoa-check-view.h"

#include "sohoa-fields-view.h"
#include "sohoa-page-view.h"
#include "sohoa-picture.h"

#define THUMB_PX 220u
#define THUMB_WIDTH 110
#define STRIP_WIDTH 190
#define FIELDS_WIDTH 330

struct _SohoaCheckView {
  GtkWidget           parent;
  SohoaDeskBus       *bus;   /* (owned) */
  SohoaListModel     *list;  /* (owned) */
  SohoaDocumentModel *model; /* (owned) */
  GtkFilterListModel *waiting; /* (owned) rows in review */
  GtkWidget          *stack, *documents, *pages, *page_view, *fields, *confirm, *hint;
  char               *shown; /* (owned) "id revision" whose thumbnails stand in the strip */
};

G_DEFINE_FINAL_TYPE (SohoaCheckView, sohoa_check_view, GTK_TYPE_WIDGET)

static guint message_signal;

static void
sohoa_check_view_dispose (GObject *object)
{
  SohoaCheckView *self = SOHOA_CHECK_VIEW (object);

  if (self->model != NULL)
    g_signal_handlers_disconnect_by_data (self->model, self);
  if (self->list != NULL)
    g_signal_handlers_disconnect_by_data (self->list, self);
  g_clear_pointer (&self->stack, gtk_widget_unparent);
  g_clear_object (&self->waiting);
  g_clear_object (&self->model);
  g_clear_object (&self->list);
  g_clear_object (&self->bus);
  g_clear_pointer (&self->shown, g_free);
  G_OBJECT_CLASS (sohoa_check_view_parent_class)->dispose (object);
}

static void
sohoa_check_view_class_init (SohoaCheckViewClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = sohoa_check_view_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
  message_signal = g_signal_new ("message", SOHOA_TYPE_CHECK_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
sohoa_check_view_init (SohoaCheckView *self)
{
}

static void
tell (SohoaCheckView *self, const char *text)
{
  g_signal_emit (self, message_signal, 0, text);
}

/* ---- strip ---- */

static void
on_page_row (GtkListBox *box, GtkListBoxRow *row, SohoaCheckView *self)
{
  if (row != NULL)
    sohoa_page_view_show_page (SOHOA_PAGE_VIEW (self->page_view), (guint) gtk_list_box_row_get_index (row) + 1);
}

static GtkWidget *
make_thumb (SohoaCheckView *self, const SohoaPageInfo *page)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2), *picture = gtk_picture_new (), *row = gtk_list_box_row_new ();
  g_autofree char *name = page->blank ? g_strdup_printf (_("Trang %u · trang trắng"), page->index) : g_strdup_printf (_("Trang %u"), page->index);

  gtk_widget_set_size_request (picture, THUMB_WIDTH, THUMB_WIDTH * 14 / 10);
  gtk_widget_add_css_class (picture, "thumb");
  gtk_widget_set_halign (picture, GTK_ALIGN_CENTER);
  sohoa_name_widget (picture, name);
  sohoa_picture_fill (GTK_PICTURE (picture), self->bus, sohoa_document_model_peek_id (self->model),
                      sohoa_document_model_get_revision (self->model), page->index, NULL, THUMB_PX);
  gtk_box_append (GTK_BOX (box), picture);
  gtk_box_append (GTK_BOX (box), sohoa_label (name, "caption", 0.5f));
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);
  sohoa_name_widget (row, name);
  return row;
}

static void
fill_strip (SohoaCheckView *self)
{
  SohoaRecord *record = sohoa_document_model_peek_record (self->model);
  g_autofree char *now = g_strdup_printf ("%s %u", sohoa_document_model_peek_id (self->model), record != NULL ? record->pages->len : 0);
  GtkWidget *child;

  if (g_strcmp0 (now, self->shown) == 0)
    return;
  g_free (self->shown);
  self->shown = g_steal_pointer (&now);
  while ((child = gtk_widget_get_first_child (self->pages)) != NULL)
    gtk_list_box_remove (GTK_LIST_BOX (self->pages), child);
  for (guint i = 0; record != NULL && i < record->pages->len; i++)
    gtk_list_box_append (GTK_LIST_BOX (self->pages), make_thumb (self, sohoa_record_peek_page (record, i)));
}

static GtkWidget *
make_document_row (gpointer item, gpointer data)
{
  SohoaRowItem *row = SOHOA_ROW_ITEM (item);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2), *list_row = gtk_list_box_row_new ();
  GtkWidget *subject = sohoa_label (row->subject[0] != '\0' ? row->subject : _("Chưa đọc được trích yếu"), "caption", 0);
  GtkWidget *number = sohoa_label (row->number[0] != '\0' ? row->number : _("Chưa có số"), "document-number", 0);
  g_autofree char *name = g_strdup_printf ("%s %s", row->number, row->subject);

  gtk_label_set_lines (GTK_LABEL (subject), 2);
  gtk_label_set_ellipsize (GTK_LABEL (subject), PANGO_ELLIPSIZE_END);
  gtk_label_set_ellipsize (GTK_LABEL (number), PANGO_ELLIPSIZE_END);
  gtk_box_append (GTK_BOX (box), number);
  if (row->priority > 0)
    gtk_box_append (GTK_BOX (box), sohoa_label (sohoa_words_priority ((char[]){ (char) ('0' + MIN (row->priority, 4u)), '\0' }), "urgent", 0));
  gtk_box_append (GTK_BOX (box), subject);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (list_row), box);
  g_object_set_data_full (G_OBJECT (list_row), "id", g_strdup (row->id), g_free);
  sohoa_name_widget (list_row, name);
  return list_row;
}

static void
on_document_row (GtkListBox *box, GtkListBoxRow *row, SohoaCheckView *self)
{
  const char *id = row != NULL ? g_object_get_data (G_OBJECT (row), "id") : NULL;

  if (id != NULL && !g_str_equal (id, sohoa_document_model_peek_id (self->model)))
    sohoa_document_model_open (self->model, id);
}

static void
select_document (SohoaCheckView *self)
{
  const char *id = sohoa_document_model_peek_id (self->model);

  for (GtkWidget *row = gtk_widget_get_first_child (self->documents); row != NULL; row = gtk_widget_get_next_sibling (row))
    if (g_strcmp0 (g_object_get_data (G_OBJECT (row), "id"), id) == 0)
      gtk_list_box_select_row (GTK_LIST_BOX (self->documents), GTK_LIST_BOX_ROW (row));
}

/* ---- following ---- */

static void
update_confirm (SohoaDocumentModel *model, SohoaCheckView *self)
{
  g_autofree char *reason = NULL;
  gboolean may = sohoa_document_model_may_confirm (self->model, &reason);
  guint doubts = sohoa_document_model_count_doubts (self->model);
  g_autofree char *few = doubts > 0 ? g_strdup_printf (_("Còn %u mục nên xem lại (F8)."), doubts) : g_strdup (_("Đã xem hết các mục."));

  gtk_widget_set_sensitive (self->confirm, may);
  gtk_label_set_text (GTK_LABEL (self->hint), reason != NULL ? reason : may ? few : sohoa_words_state (sohoa_document_model_peek_state (self->model)));
}

static void
on_model_changed (SohoaDocumentModel *model, SohoaCheckView *self)
{
  fill_strip (self);
  update_confirm (model, self);
  select_document (self);
  gtk_stack_set_visible_child_name (GTK_STACK (self->stack), sohoa_document_model_peek_id (model)[0] != '\0' ? "work" : "empty");
}

static void
open_next (SohoaCheckView *self, const char *but)
{
  SohoaRowItem *next = sohoa_list_model_next_review (self->list, but);

  sohoa_document_model_open (self->model, next != NULL ? next->id : "");
  on_model_changed (self->model, self);
}

static void
on_list_changed (SohoaListModel *list, SohoaCheckView *self)
{
  const char *id = sohoa_document_model_peek_id (self->model);
  SohoaRowItem *row = id[0] != '\0' ? sohoa_list_model_find (list, id) : NULL;

  gtk_filter_changed (gtk_filter_list_model_get_filter (self->waiting), GTK_FILTER_CHANGE_DIFFERENT);
  if (id[0] == '\0' || (row != NULL && !sohoa_row_item_is (row, SOHOA_LIST_REVIEW) && !sohoa_row_item_is (row, SOHOA_LIST_TROUBLE)))
    open_next (self, id);
  select_document (self);
}

static void
on_confirmed (SohoaDocumentModel *model, const char *id, SohoaCheckView *self)
{
  g_autofree char *done = g_strdup (id);

  (void) gtk_widget_grab_focus (self->confirm); /* a field with the keyboard must not vanish under it */
  tell (self, _("Đã xác nhận. Bấm F7 để ký số khi đủ văn bản."));
  open_next (self, done);
}

static void
on_failed (SohoaDocumentModel *model, const char *text, SohoaCheckView *self)
{
  tell (self, text);
}

static void
on_fields_message (SohoaFieldsView *fields, const char *text, SohoaCheckView *self)
{
  tell (self, text);
}

static void
on_field_focused (SohoaFieldsView *fields, SohoaFieldItem *item, SohoaCheckView *self)
{
  sohoa_page_view_show_field (SOHOA_PAGE_VIEW (self->page_view), item);
}

static void
on_field_chosen (SohoaPageView *view, const char *key, SohoaCheckView *self)
{
  sohoa_fields_view_focus (SOHOA_FIELDS_VIEW (self->fields), key);
}

static void
on_confirm (GtkButton *button, SohoaCheckView *self)
{
  sohoa_check_view_confirm (self);
}

/* ---- building ---- */

static gboolean
is_waiting (gpointer item, gpointer data)
{
  return sohoa_row_item_is (SOHOA_ROW_ITEM (item), SOHOA_LIST_REVIEW);
}

static GtkWidget *
in_scroller (GtkWidget *child)
{
  GtkWidget *scroller = gtk_scrolled_window_new ();

  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), child);
  gtk_widget_set_vexpand (scroller, TRUE);
  return scroller;
}

static GtkWidget *
make_strip (SohoaCheckView *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  self->documents = gtk_list_box_new ();
  self->pages = gtk_list_box_new ();
  gtk_widget_add_css_class (self->documents, "navigation-sidebar");
  gtk_widget_add_css_class (self->pages, "navigation-sidebar");
  sohoa_name_widget (self->documents, _("Văn bản chờ kiểm tra"));
  sohoa_name_widget (self->pages, _("Các trang của văn bản"));
  gtk_list_box_bind_model (GTK_LIST_BOX (self->documents), G_LIST_MODEL (self->waiting), make_document_row, NULL, NULL);
  g_signal_connect (self->documents, "row-selected", G_CALLBACK (on_document_row), self);
  g_signal_connect (self->pages, "row-selected", G_CALLBACK (on_page_row), self);
  gtk_box_append (GTK_BOX (box), sohoa_label (_("Chờ kiểm tra"), "strip-title", 0));
  gtk_box_append (GTK_BOX (box), in_scroller (self->documents));
  gtk_box_append (GTK_BOX (box), sohoa_label (_("Trang"), "strip-title", 0));
  gtk_box_append (GTK_BOX (box), in_scroller (self->pages));
  gtk_widget_set_size_request (box, STRIP_WIDTH, -1);
  gtk_widget_add_css_class (box, "strip");
  return box;
}

static GtkWidget *
make_side (SohoaCheckView *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0), *foot = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);

  self->fields = sohoa_fields_view_new (self->bus, self->model);
  gtk_widget_set_vexpand (self->fields, TRUE);
  self->hint = sohoa_label ("", "caption", 0);
  self->confirm = gtk_button_new_with_label (_("Xác nhận  (Ctrl+Enter)"));
  sohoa_name_widget (self->confirm, _("Xác nhận"));
  gtk_widget_add_css_class (self->confirm, "suggested-action");
  gtk_widget_add_css_class (self->confirm, "pill-confirm");
  g_signal_connect (self->confirm, "clicked", G_CALLBACK (on_confirm), self);
  gtk_box_append (GTK_BOX (foot), self->hint);
  gtk_box_append (GTK_BOX (foot), self->confirm);
  gtk_widget_add_css_class (foot, "foot");
  gtk_box_append (GTK_BOX (box), self->fields);
  gtk_box_append (GTK_BOX (box), foot);
  gtk_widget_set_size_request (box, FIELDS_WIDTH, -1);
  gtk_widget_add_css_class (box, "side");
  return box;
}

static GtkWidget *
make_work (SohoaCheckView *self)
{
  GtkWidget *outer = gtk_paned_new (GTK_ORIENTATION_HORIZONTAL), *inner = gtk_paned_new (GTK_ORIENTATION_HORIZONTAL);

  self->page_view = sohoa_page_view_new (self->bus, self->model);
  gtk_widget_set_hexpand (self->page_view, TRUE);
  gtk_paned_set_start_child (GTK_PANED (outer), make_strip (self));
  gtk_paned_set_resize_start_child (GTK_PANED (outer), FALSE);
  gtk_paned_set_shrink_start_child (GTK_PANED (outer), FALSE);
  gtk_paned_set_end_child (GTK_PANED (outer), inner);
  gtk_paned_set_shrink_end_child (GTK_PANED (outer), FALSE);
  gtk_paned_set_start_child (GTK_PANED (inner), self->page_view);
  gtk_paned_set_end_child (GTK_PANED (inner), make_side (self));
  gtk_paned_set_resize_end_child (GTK_PANED (inner), FALSE);
  gtk_paned_set_shrink_end_child (GTK_PANED (inner), FALSE);
  g_signal_connect (self->fields, "field-focused", G_CALLBACK (on_field_focused), self);
  g_signal_connect (self->fields, "message", G_CALLBACK (on_fields_message), self);
  g_signal_connect (self->page_view, "field-chosen", G_CALLBACK (on_field_chosen), self);
  return outer;
}

GtkWidget *
sohoa_check_view_new (SohoaDeskBus *bus, SohoaListModel *list)
{
  SohoaCheckView *self = g_object_new (SOHOA_TYPE_CHECK_VIEW, NULL);
  GtkWidget *empty = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);

  self->bus = g_object_ref (bus);
  self->list = g_object_ref (list);
  self->model = sohoa_document_model_new (bus);
  self->waiting = gtk_filter_list_model_new (g_object_ref (sohoa_list_model_peek_rows (list)),
                                             GTK_FILTER (gtk_custom_filter_new (is_waiting, NULL, NULL)));
  self->stack = gtk_stack_new ();
  gtk_widget_set_parent (self->stack, GTK_WIDGET (self));
  gtk_widget_set_valign (empty, GTK_ALIGN_CENTER);
  gtk_box_append (GTK_BOX (empty), sohoa_label (_("Không còn văn bản nào chờ kiểm tra"), "title-2", 0.5f));
  gtk_box_append (GTK_BOX (empty), sohoa_label (_("Quét tiếp (F5), ký số (F7) hoặc xem sổ văn bản đến (Ctrl+4)."), "dim-label", 0.5f));
  gtk_stack_add_named (GTK_STACK (self->stack), empty, "empty");
  gtk_stack_add_named (GTK_STACK (self->stack), make_work (self), "work");
  g_signal_connect (self->model, "changed", G_CALLBACK (on_model_changed), self);
  g_signal_connect (self->model, "seen-changed", G_CALLBACK (update_confirm), self);
  g_signal_connect (self->model, "confirmed", G_CALLBACK (on_confirmed), self);
  g_signal_connect (self->model, "failed", G_CALLBACK (on_failed), self);
  g_signal_connect (list, "changed", G_CALLBACK (on_list_changed), self);
  return GTK_WIDGET (self);
}

void
sohoa_check_view_open (SohoaCheckView *self, const char *id)
{
  sohoa_document_model_open (self->model, id);
}

const char *
sohoa_check_view_peek_id (SohoaCheckView *self)
{
  return sohoa_document_model_peek_id (self->model);
}

SohoaDocumentModel *
sohoa_check_view_peek_model (SohoaCheckView *self)
{
  return self->model;
}

void
sohoa_check_view_confirm (SohoaCheckView *self)
{
  if (sohoa_fields_view_commit (SOHOA_FIELDS_VIEW (self->fields)))
    sohoa_document_model_confirm (self->model);
}

void
sohoa_check_view_next_doubt (SohoaCheckView *self, gboolean back)
{
  if (!sohoa_fields_view_next_doubt (SOHOA_FIELDS_VIEW (self->fields), back))
    tell (self, _("Không còn mục nào cần kiểm tra. Bấm Ctrl+Enter để xác nhận."));
}

void
sohoa_check_view_turn_page (SohoaCheckView *self, int by)
{
  int page = (int) sohoa_page_view_get_page (SOHOA_PAGE_VIEW (self->page_view)) + by;
  GtkListBoxRow *row = page > 0 ? gtk_list_box_get_row_at_index (GTK_LIST_BOX (self->pages), page - 1) : NULL;

  if (row != NULL)
    gtk_list_box_select_row (GTK_LIST_BOX (self->pages), row);
}

void
sohoa_check_view_turn_document (SohoaCheckView *self, int by)
{
  GtkListBoxRow *now = gtk_list_box_get_selected_row (GTK_LIST_BOX (self->documents));
  int index = now != NULL ? gtk_list_box_row_get_index (now) + by : 0;
  GtkListBoxRow *row = index >= 0 ? gtk_list_box_get_row_at_index (GTK_LIST_BOX (self->documents), index) : NULL;

  if (row != NULL)
    gtk_list_box_select_row (GTK_LIST_BOX (self->documents), row);
}

void
sohoa_check_view_zoom (SohoaCheckView *self, double factor)
{
  sohoa_page_view_zoom (SOHOA_PAGE_VIEW (self->page_view), factor);
}
