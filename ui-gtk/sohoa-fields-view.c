#include "sohoa-fields-view.h"

#include "sohoa-picture.h"

#include <adwaita.h>

#define SNIPPET_PX 560u       /* longest side that is asked for */
#define SNIPPET_HEIGHT 34     /* px on the screen */
#define COMPARE_HEIGHT 44
#define SNIPPET_PAD 0.012     /* of the page, round the place */

static const char *const decisive[] = { "CodeNumber", "IssuedDate", "OrganName", "Subject", NULL };

typedef struct {
  SohoaFieldsView *view;   /* borrowed */
  char            *key;    /* (owned) */
  GtkWidget       *box, *label, *badge, *input, *snippet, *jump; /* borrowed */
  gboolean         filling; /* the view writes, not the clerk */
} Row;

typedef struct { GtkWidget *row, *snippet, *value; } Compare;

struct _SohoaFieldsView {
  GtkWidget           parent;
  SohoaDeskBus       *bus;   /* (owned) */
  SohoaDocumentModel *model; /* (owned) */
  GtkWidget          *content, *list, *scroller;
  GPtrArray          *rows;  /* (owned) (element-type Row) */
  Compare             compare[G_N_ELEMENTS (decisive)];
  Row                *focused; /* borrowed */
};

G_DEFINE_FINAL_TYPE (SohoaFieldsView, sohoa_fields_view, GTK_TYPE_WIDGET)

enum { FIELD_FOCUSED, MESSAGE, N_SIGNALS };
static guint signals[N_SIGNALS];

static void
row_free (gpointer data)
{
  Row *row = data;

  g_free (row->key);
  g_free (row);
}

static void
sohoa_fields_view_dispose (GObject *object)
{
  SohoaFieldsView *self = SOHOA_FIELDS_VIEW (object);

  if (self->model != NULL)
    g_signal_handlers_disconnect_by_data (self->model, self);
  g_clear_object (&self->model);
  g_clear_object (&self->bus);
  self->focused = NULL;
  g_clear_pointer (&self->content, gtk_widget_unparent);
  g_clear_pointer (&self->rows, g_ptr_array_unref);
  G_OBJECT_CLASS (sohoa_fields_view_parent_class)->dispose (object);
}

static void
sohoa_fields_view_class_init (SohoaFieldsViewClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = sohoa_fields_view_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
  signals[FIELD_FOCUSED] = g_signal_new ("field-focused", SOHOA_TYPE_FIELDS_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                                         1, SOHOA_TYPE_FIELD_ITEM);
  signals[MESSAGE] = g_signal_new ("message", SOHOA_TYPE_FIELDS_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
sohoa_fields_view_init (SohoaFieldsView *self)
{
  self->rows = g_ptr_array_new_with_free_func (row_free);
}

/* ---- values ---- */

static void
set_badge (GtkWidget *badge, SohoaFieldItem *item)
{
  const char *word = sohoa_words_reading (item->reading);
  const char *const classes[] = { "badge", sohoa_words_reading_class (item->reading), NULL };

  gtk_label_set_text (GTK_LABEL (badge), word);
  gtk_widget_set_css_classes (badge, (const char **) classes);
}

static void
fill_snippet (SohoaFieldsView *self, GtkWidget *picture, SohoaFieldItem *item)
{
  double box[4] = { MAX (0, item->box[0] - SNIPPET_PAD), MAX (0, item->box[1] - SNIPPET_PAD / 2), 0, 0 };

  gtk_widget_set_visible (picture, item->page > 0 && item->box[2] > 0);
  if (!gtk_widget_get_visible (picture))
    return;
  box[2] = MIN (1 - box[0], item->box[2] + 2 * SNIPPET_PAD);
  box[3] = MIN (1 - box[1], item->box[3] + SNIPPET_PAD);
  sohoa_picture_fill (GTK_PICTURE (picture), self->bus, sohoa_document_model_peek_id (self->model),
                      sohoa_document_model_get_revision (self->model), item->page, box, SNIPPET_PX);
}

static void
set_input (Row *row, SohoaFieldItem *item)
{
  const char *const *choices = sohoa_words_choices (row->key);
  g_autofree char *shown = sohoa_words_show (row->key, item->value);

  row->filling = TRUE;
  if (choices == NULL) {
    if (g_strcmp0 (gtk_editable_get_text (GTK_EDITABLE (row->input)), shown) != 0)
      gtk_editable_set_text (GTK_EDITABLE (row->input), shown);
  } else {
    guint which = GTK_INVALID_LIST_POSITION;

    for (guint i = 0; choices[i] != NULL; i++)
      if (g_str_equal (choices[i], item->value))
        which = i;
    gtk_drop_down_set_selected (GTK_DROP_DOWN (row->input), which);
  }
  row->filling = FALSE;
}

static void
update_row (Row *row, SohoaFieldItem *item)
{
  SohoaFieldsView *self = row->view;
  gboolean review = g_str_equal (sohoa_document_model_peek_state (self->model), "review");

  if (row != self->focused)
    set_input (row, item);
  set_badge (row->badge, item);
  gtk_widget_set_visible (row->badge, item->value[0] != '\0' || item->needed);
  gtk_widget_set_sensitive (row->input, review);
  gtk_widget_set_sensitive (row->jump, item->page > 0);
  gtk_accessible_update_state (GTK_ACCESSIBLE (row->input), GTK_ACCESSIBLE_STATE_INVALID,
                               item->needed && !item->seen ? GTK_ACCESSIBLE_INVALID_TRUE : GTK_ACCESSIBLE_INVALID_FALSE, -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row->input), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, sohoa_words_reading (item->reading), -1);
  if (item->reading == SOHOA_READING_CHECK)
    fill_snippet (self, row->snippet, item);
  else
    gtk_widget_set_visible (row->snippet, FALSE);
  if (item->needed && !item->seen)
    gtk_widget_add_css_class (row->box, "unseen");
  else
    gtk_widget_remove_css_class (row->box, "unseen");
}

static void
update_compare (SohoaFieldsView *self)
{
  for (guint i = 0; decisive[i] != NULL; i++) {
    SohoaFieldItem *item = sohoa_document_model_find (self->model, decisive[i]);
    SohoaFieldItem *symbol = i == 0 ? sohoa_document_model_find (self->model, "CodeNotation") : NULL;
    g_autofree char *shown = item != NULL ? sohoa_words_show (decisive[i], item->value) : g_strdup ("");
    g_autofree char *both = symbol != NULL && symbol->value[0] != '\0' ? g_strdup_printf ("%s/%s", shown, symbol->value) : g_strdup (shown);

    gtk_label_set_text (GTK_LABEL (self->compare[i].value), both[0] != '\0' ? both : _("Chưa đọc được"));
    gtk_widget_set_css_classes (self->compare[i].value,
                                (const char *[]){ "compare-value", item != NULL ? sohoa_words_reading_class (item->reading) : "reading-none", NULL });
    if (item != NULL)
      fill_snippet (self, self->compare[i].snippet, item);
  }
}

static void
on_changed (SohoaDocumentModel *model, SohoaFieldsView *self)
{
  for (guint i = 0; i < self->rows->len; i++) {
    Row *row = g_ptr_array_index (self->rows, i);
    SohoaFieldItem *item = sohoa_document_model_find (model, row->key);

    gtk_widget_set_visible (row->box, item != NULL);
    if (item != NULL)
      update_row (row, item);
  }
  update_compare (self);
}

/* ---- typing ---- */

static gboolean
commit (Row *row)
{
  SohoaFieldsView *self = row->view;
  SohoaFieldItem *item = sohoa_document_model_find (self->model, row->key);
  g_autofree char *reason = NULL;

  if (item == NULL || sohoa_words_choices (row->key) != NULL)
    return TRUE;
  if (!sohoa_document_model_set (self->model, row->key, gtk_editable_get_text (GTK_EDITABLE (row->input)), &reason)) {
    gtk_widget_add_css_class (row->input, "error");
    g_signal_emit (self, signals[MESSAGE], 0, reason);
    return FALSE;
  }
  gtk_widget_remove_css_class (row->input, "error");
  set_input (row, item);
  set_badge (row->badge, item);
  update_compare (self);
  return TRUE;
}

static void
on_leave (GtkEventControllerFocus *focus, Row *row)
{
  SohoaFieldsView *self = row->view;

  if (self->focused == row)
    self->focused = NULL;
  (void) commit (row);
}

static void
on_enter (GtkEventControllerFocus *focus, Row *row)
{
  SohoaFieldItem *item = sohoa_document_model_find (row->view->model, row->key);

  row->view->focused = row;
  if (item == NULL)
    return;
  g_signal_emit (row->view, signals[FIELD_FOCUSED], 0, item);
  sohoa_document_model_see (row->view->model, item);
}

static void
on_activate (GtkEntry *entry, Row *row)
{
  if (commit (row))
    (void) gtk_widget_child_focus (row->view->content, GTK_DIR_TAB_FORWARD);
}

static void
on_selected (GObject *input, GParamSpec *pspec, Row *row)
{
  const char *const *choices = sohoa_words_choices (row->key);
  guint which = gtk_drop_down_get_selected (GTK_DROP_DOWN (input));
  g_autofree char *shown = NULL;
  g_autofree char *reason = NULL;

  if (row->filling || which == GTK_INVALID_LIST_POSITION)
    return;
  shown = sohoa_words_show (row->key, choices[which]);
  (void) sohoa_document_model_set (row->view->model, row->key, shown, &reason);
}

static void
on_jump (GtkButton *button, Row *row)
{
  SohoaFieldItem *item = sohoa_document_model_find (row->view->model, row->key);

  if (item != NULL)
    g_signal_emit (row->view, signals[FIELD_FOCUSED], 0, item);
}

/* ---- building ---- */

static GtkWidget *
make_input (Row *row)
{
  const char *const *choices = sohoa_words_choices (row->key);
  g_autoptr(GtkStringList) names = NULL;
  GtkWidget *input;

  if (choices == NULL) {
    input = gtk_entry_new ();
    g_signal_connect (input, "activate", G_CALLBACK (on_activate), row);
    return input;
  }
  names = gtk_string_list_new (NULL);
  for (guint i = 0; choices[i] != NULL; i++) {
    g_autofree char *shown = sohoa_words_show (row->key, choices[i]);

    gtk_string_list_append (names, shown);
  }
  input = gtk_drop_down_new (G_LIST_MODEL (g_steal_pointer (&names)), NULL);
  g_signal_connect (input, "notify::selected", G_CALLBACK (on_selected), row);
  return input;
}

static GtkWidget *
make_snippet (void)
{
  GtkWidget *snippet = gtk_picture_new ();

  gtk_picture_set_can_shrink (GTK_PICTURE (snippet), TRUE);
  gtk_widget_set_size_request (snippet, 120, SNIPPET_HEIGHT);
  gtk_widget_set_halign (snippet, GTK_ALIGN_START);
  gtk_widget_add_css_class (snippet, "snippet");
  sohoa_name_widget (snippet, _("Ảnh chỗ đã đọc trên trang"));
  return snippet;
}

static void
add_row (SohoaFieldsView *self, const char *key)
{
  Row *row = g_new0 (Row, 1);
  GtkWidget *head = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkEventController *focus = gtk_event_controller_focus_new ();
  g_autofree char *jump_name = g_strdup_printf (_("Xem trên trang: %s"), sohoa_words_field (key));

  row->view = self;
  row->key = g_strdup (key);
  row->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 3);
  gtk_widget_add_css_class (row->box, "field");
  row->label = sohoa_label (sohoa_words_field (key), "field-name", 0);
  gtk_widget_set_hexpand (row->label, TRUE);
  row->badge = sohoa_label ("", "badge", 0.5f);
  gtk_label_set_wrap (GTK_LABEL (row->badge), FALSE);
  gtk_widget_set_valign (row->badge, GTK_ALIGN_CENTER);
  row->jump = sohoa_icon_button ("find-location-symbolic", jump_name);
  gtk_widget_add_css_class (row->jump, "flat");
  gtk_widget_set_focusable (row->jump, FALSE); /* focusing the field itself already shows the place */
  g_signal_connect (row->jump, "clicked", G_CALLBACK (on_jump), row);
  gtk_box_append (GTK_BOX (head), row->label);
  gtk_box_append (GTK_BOX (head), row->badge);
  gtk_box_append (GTK_BOX (head), row->jump);
  row->input = make_input (row);
  gtk_accessible_update_relation (GTK_ACCESSIBLE (row->input), GTK_ACCESSIBLE_RELATION_LABELLED_BY, row->label, NULL, -1);
  g_signal_connect (focus, "enter", G_CALLBACK (on_enter), row);
  g_signal_connect (focus, "leave", G_CALLBACK (on_leave), row);
  gtk_widget_add_controller (row->input, focus);
  row->snippet = make_snippet ();
  gtk_box_append (GTK_BOX (row->box), head);
  gtk_box_append (GTK_BOX (row->box), row->snippet);
  gtk_box_append (GTK_BOX (row->box), row->input);
  gtk_box_append (GTK_BOX (self->list), row->box);
  g_ptr_array_add (self->rows, row);
}

/* Never higher than a line or two of the paper, however wide the place is. */
static GtkWidget *
clamp_snippet (GtkWidget *snippet)
{
  GtkWidget *clamp = adw_clamp_new ();

  gtk_orientable_set_orientation (GTK_ORIENTABLE (clamp), GTK_ORIENTATION_VERTICAL);
  adw_clamp_set_maximum_size (ADW_CLAMP (clamp), COMPARE_HEIGHT);
  adw_clamp_set_tightening_threshold (ADW_CLAMP (clamp), COMPARE_HEIGHT);
  adw_clamp_set_child (ADW_CLAMP (clamp), snippet);
  gtk_widget_set_halign (clamp, GTK_ALIGN_START);
  return clamp;
}

static GtkWidget *
make_compare (SohoaFieldsView *self)
{
  GtkWidget *card = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);

  gtk_widget_add_css_class (card, "compare");
  gtk_box_append (GTK_BOX (card), sohoa_label (_("Đối chiếu với bản giấy"), "heading", 0));
  for (guint i = 0; decisive[i] != NULL; i++) {
    Compare *compare = &self->compare[i];

    compare->row = gtk_box_new (GTK_ORIENTATION_VERTICAL, 1);
    compare->snippet = make_snippet ();
    compare->value = sohoa_label ("", "compare-value", 0);
    gtk_widget_set_hexpand (compare->value, TRUE);
    gtk_label_set_lines (GTK_LABEL (compare->value), 2);
    gtk_label_set_ellipsize (GTK_LABEL (compare->value), PANGO_ELLIPSIZE_END);
    gtk_box_append (GTK_BOX (compare->row), clamp_snippet (compare->snippet));
    gtk_box_append (GTK_BOX (compare->row), compare->value);
    gtk_box_append (GTK_BOX (card), compare->row);
  }
  return card;
}

GtkWidget *
sohoa_fields_view_new (SohoaDeskBus *bus, SohoaDocumentModel *model)
{
  static const char *const keys[] = {
    "OrganSuperior", "OrganName", "CodeNumber", "CodeNotation", "Place", "IssuedDate", "TypeName", "Subject", "ToPlaces", "Competence",
    "Position", "FullName", "Priority", "SourceCopy", "CopyForm", "ArrivalBook", "ArrivalNumber", "ArrivalDate", "DueDate", "PageAmount",
  };
  SohoaFieldsView *self = g_object_new (SOHOA_TYPE_FIELDS_VIEW, NULL);

  self->bus = g_object_ref (bus);
  self->model = g_object_ref (model);
  self->content = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  gtk_widget_set_parent (self->content, GTK_WIDGET (self));
  gtk_box_append (GTK_BOX (self->content), make_compare (self));
  self->list = gtk_box_new (GTK_ORIENTATION_VERTICAL, 4);
  gtk_widget_add_css_class (self->list, "fields");
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    add_row (self, keys[i]);
  self->scroller = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (self->scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (self->scroller), self->list);
  gtk_widget_set_vexpand (self->scroller, TRUE);
  gtk_box_append (GTK_BOX (self->content), self->scroller);
  g_signal_connect (model, "changed", G_CALLBACK (on_changed), self);
  g_signal_connect (model, "seen-changed", G_CALLBACK (on_changed), self);
  on_changed (model, self);
  return GTK_WIDGET (self);
}

void
sohoa_fields_view_focus (SohoaFieldsView *self, const char *key)
{
  for (guint i = 0; i < self->rows->len; i++) {
    Row *row = g_ptr_array_index (self->rows, i);

    if (g_str_equal (row->key, key))
      (void) gtk_widget_grab_focus (row->input);
  }
}

gboolean
sohoa_fields_view_next_doubt (SohoaFieldsView *self, gboolean back)
{
  SohoaFieldItem *from = self->focused != NULL ? sohoa_document_model_find (self->model, self->focused->key) : NULL;
  SohoaFieldItem *next;

  if (!sohoa_fields_view_commit (self))
    return TRUE;
  next = sohoa_document_model_next_doubt (self->model, from, back);
  if (next == NULL)
    return FALSE;
  sohoa_fields_view_focus (self, next->key);
  return TRUE;
}

gboolean
sohoa_fields_view_commit (SohoaFieldsView *self)
{
  return self->focused == NULL || commit (self->focused);
}
