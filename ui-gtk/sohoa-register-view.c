#include "sohoa-register-view.h"

#include "sohoa-picture.h"
#include "sohoa-words.h"

#define YEAR_MIN 2000
#define YEAR_MAX 2099
#define PRINT_FONT "Sans 8"
#define PRINT_PAD 3.0 /* points round a cell's text */

struct _SohoaRegisterView {
  GtkWidget           parent;
  SohoaRegisterModel *model;  /* (owned) */
  GtkFilterListModel *shown;  /* (owned) */
  GtkWidget          *content, *table, *search, *year, *book, *found;
  gboolean            filling; /* the view chooses, not the clerk */
};

G_DEFINE_FINAL_TYPE (SohoaRegisterView, sohoa_register_view, GTK_TYPE_WIDGET)

static guint message_signal;

static void
sohoa_register_view_dispose (GObject *object)
{
  SohoaRegisterView *self = SOHOA_REGISTER_VIEW (object);

  if (self->model != NULL)
    g_signal_handlers_disconnect_by_data (self->model, self);
  g_clear_pointer (&self->content, gtk_widget_unparent);
  g_clear_object (&self->shown);
  g_clear_object (&self->model);
  G_OBJECT_CLASS (sohoa_register_view_parent_class)->dispose (object);
}

static void
sohoa_register_view_class_init (SohoaRegisterViewClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = sohoa_register_view_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
  message_signal = g_signal_new ("message", SOHOA_TYPE_REGISTER_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                 G_TYPE_STRING);
}

static void
sohoa_register_view_init (SohoaRegisterView *self)
{
}

static void
tell (SohoaRegisterView *self, const char *text)
{
  g_signal_emit (self, message_signal, 0, text);
}

/* ---- the table ---- */

static void
on_setup (GtkListItemFactory *factory, GtkListItem *item, gpointer data)
{
  GtkWidget *label = sohoa_label ("", NULL, 0);

  gtk_label_set_lines (GTK_LABEL (label), 3);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_widget_set_valign (label, GTK_ALIGN_START);
  gtk_list_item_set_child (item, label);
}

static void
on_bind (GtkListItemFactory *factory, GtkListItem *item, gpointer data)
{
  SohoaRegisterRow *row = gtk_list_item_get_item (item);
  guint column = GPOINTER_TO_UINT (data);
  const char *text = column < g_strv_length (row->texts) ? row->texts[column] : "";

  gtk_label_set_text (GTK_LABEL (gtk_list_item_get_child (item)), text);
  sohoa_name_widget (gtk_list_item_get_child (item), text);
}

static void
make_columns (SohoaRegisterView *self)
{
  const char *const *names = sohoa_register_model_peek_columns (self->model);
  GListModel *there = gtk_column_view_get_columns (GTK_COLUMN_VIEW (self->table));

  if (g_list_model_get_n_items (there) == g_strv_length ((char **) names))
    return;
  for (guint i = 0; names[i] != NULL; i++) {
    GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
    GtkColumnViewColumn *column = gtk_column_view_column_new (names[i], factory);

    g_signal_connect (factory, "setup", G_CALLBACK (on_setup), NULL);
    g_signal_connect (factory, "bind", G_CALLBACK (on_bind), GUINT_TO_POINTER (i));
    gtk_column_view_column_set_resizable (column, TRUE);
    gtk_column_view_column_set_expand (column, i == 5);
    gtk_column_view_append_column (GTK_COLUMN_VIEW (self->table), column);
    g_object_unref (column);
  }
}

static void
update_found (SohoaRegisterView *self)
{
  g_autofree char *text = g_strdup_printf (_("%u trong %u dòng"), g_list_model_get_n_items (G_LIST_MODEL (self->shown)),
                                           g_list_model_get_n_items (sohoa_register_model_peek_rows (self->model)));

  gtk_label_set_text (GTK_LABEL (self->found), text);
}

static void
on_changed (SohoaRegisterModel *model, SohoaRegisterView *self)
{
  make_columns (self);
  update_found (self);
}

static void
on_failed (SohoaRegisterModel *model, const char *text, SohoaRegisterView *self)
{
  tell (self, text);
}

static gboolean
is_wanted (gpointer item, gpointer data)
{
  SohoaRegisterView *self = data;

  return sohoa_register_row_matches (item, gtk_editable_get_text (GTK_EDITABLE (self->search)));
}

static void
on_search (GtkSearchEntry *entry, SohoaRegisterView *self)
{
  gtk_filter_changed (gtk_filter_list_model_get_filter (self->shown), GTK_FILTER_CHANGE_DIFFERENT);
  update_found (self);
}

static void
on_year (GtkSpinButton *spin, SohoaRegisterView *self)
{
  sohoa_register_view_refresh (self);
}

static void
on_book (GObject *down, GParamSpec *pspec, SohoaRegisterView *self)
{
  if (!self->filling)
    sohoa_register_view_refresh (self);
}

/* The books of the year; where the QLVB gives the numbers, its book is the one that is kept. */
static void
on_books_changed (SohoaRegisterModel *model, SohoaRegisterView *self)
{
  const char *const *books = sohoa_register_model_peek_books (model);
  g_autoptr(GtkStringList) names = gtk_string_list_new (NULL);
  guint n = g_strv_length ((char **) books);

  for (guint i = 0; i < n; i++)
    gtk_string_list_append (names, books[i][0] != '\0' ? books[i] : _("Sổ chung"));
  self->filling = TRUE;
  gtk_drop_down_set_model (GTK_DROP_DOWN (self->book), G_LIST_MODEL (names));
  if (n > 1 && g_list_model_get_n_items (sohoa_register_model_peek_rows (model)) == 0)
    gtk_drop_down_set_selected (GTK_DROP_DOWN (self->book), 1);
  self->filling = FALSE;
  sohoa_register_view_refresh (self);
}

/* ---- out of the desk ---- */

static void
on_save (GtkNativeDialog *dialog, int response, SohoaRegisterView *self)
{
  if (response == GTK_RESPONSE_ACCEPT) {
    g_autoptr(GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
    g_autofree char *csv = sohoa_register_model_dup_csv (self->model, G_LIST_MODEL (self->shown));
    g_autoptr(GError) error = NULL;

    if (g_file_replace_contents (file, csv, strlen (csv), NULL, FALSE, G_FILE_CREATE_REPLACE_DESTINATION, NULL, NULL, &error))
      tell (self, _("Đã xuất sổ văn bản đến."));
    else
      tell (self, error->message);
  }
  g_object_unref (dialog);
}

static void
on_export (GtkButton *button, SohoaRegisterView *self)
{
  GtkFileChooserNative *dialog = gtk_file_chooser_native_new (_("Xuất sổ văn bản đến"), GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))),
                                                              GTK_FILE_CHOOSER_ACTION_SAVE, _("Xuất"), _("Đóng"));
  g_autofree char *name = g_strdup_printf ("so-van-ban-den-%d.csv", sohoa_register_model_get_year (self->model));

  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (dialog), name);
  g_signal_connect (dialog, "response", G_CALLBACK (on_save), self);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

/* Widths of the ten columns in hundredths of the line. */
static double
column_width (guint column, guint n, double width)
{
  static const double parts[] = { 0.08, 0.06, 0.14, 0.09, 0.08, 0.25, 0.10, 0.08, 0.06, 0.06 };

  return n == G_N_ELEMENTS (parts) ? parts[column] * width : width / n;
}

/* Draws (or with @cr NULL only measures) one line; its height. */
static double
print_line (GtkPrintContext *context, cairo_t *cr, const char *const *texts, double width, double y)
{
  guint n = g_strv_length ((char **) texts);
  double x = 0, height = 0;

  for (guint pass = 0; pass < (cr != NULL ? 2u : 1u); pass++) {
    x = 0;
    for (guint i = 0; i < n; i++) {
      g_autoptr(PangoLayout) layout = gtk_print_context_create_pango_layout (context);
      g_autoptr(PangoFontDescription) font = pango_font_description_from_string (PRINT_FONT);
      double cell = column_width (i, n, width);
      int tall;

      pango_layout_set_font_description (layout, font);
      pango_layout_set_width (layout, (int) ((cell - 2 * PRINT_PAD) * PANGO_SCALE));
      pango_layout_set_wrap (layout, PANGO_WRAP_WORD_CHAR);
      pango_layout_set_text (layout, texts[i], -1);
      pango_layout_get_size (layout, NULL, &tall);
      height = MAX (height, (double) tall / PANGO_SCALE + 2 * PRINT_PAD);
      if (pass == 1) {
        cairo_move_to (cr, x + PRINT_PAD, y + PRINT_PAD);
        pango_cairo_show_layout (cr, layout);
        cairo_rectangle (cr, x, y, cell, height);
        cairo_stroke (cr);
      }
      x += cell;
    }
  }
  return height;
}

/* From @first: how many rows fit on one page; draws them when @cr is there. */
static guint
print_rows (SohoaRegisterView *self, GtkPrintContext *context, cairo_t *cr, guint first)
{
  GListModel *rows = G_LIST_MODEL (self->shown);
  double width = gtk_print_context_get_width (context), height = gtk_print_context_get_height (context);
  double y = print_line (context, cr, sohoa_register_model_peek_columns (self->model), width, 0);
  guint i = first;

  for (; i < g_list_model_get_n_items (rows); i++) {
    g_autoptr(SohoaRegisterRow) row = g_list_model_get_item (rows, i);
    double tall = print_line (context, NULL, (const char *const *) row->texts, width, y);

    if (y + tall > height && i > first)
      break;
    if (cr != NULL)
      (void) print_line (context, cr, (const char *const *) row->texts, width, y);
    y += tall;
  }
  return i - first;
}

static void
on_begin_print (GtkPrintOperation *print, GtkPrintContext *context, SohoaRegisterView *self)
{
  guint rows = g_list_model_get_n_items (G_LIST_MODEL (self->shown)), first = 0;
  GArray *starts = g_array_new (FALSE, FALSE, sizeof (guint));

  do {
    g_array_append_val (starts, first);
    first += print_rows (self, context, NULL, first);
  } while (first < rows);
  gtk_print_operation_set_n_pages (print, (int) starts->len);
  g_object_set_data_full (G_OBJECT (print), "starts", starts, (GDestroyNotify) g_array_unref);
}

static void
on_draw_page (GtkPrintOperation *print, GtkPrintContext *context, int page, SohoaRegisterView *self)
{
  GArray *starts = g_object_get_data (G_OBJECT (print), "starts");
  cairo_t *cr = gtk_print_context_get_cairo_context (context);

  cairo_set_line_width (cr, 0.5);
  (void) print_rows (self, context, cr, g_array_index (starts, guint, page));
}

void
sohoa_register_view_print (SohoaRegisterView *self)
{
  g_autoptr(GtkPrintOperation) print = gtk_print_operation_new ();
  g_autoptr(GtkPageSetup) setup = gtk_page_setup_new ();
  g_autoptr(GError) error = NULL;

  gtk_page_setup_set_orientation (setup, GTK_PAGE_ORIENTATION_LANDSCAPE);
  gtk_print_operation_set_default_page_setup (print, setup);
  gtk_print_operation_set_unit (print, GTK_UNIT_POINTS);
  gtk_print_operation_set_job_name (print, _("Sổ đăng ký văn bản đến"));
  g_signal_connect (print, "begin-print", G_CALLBACK (on_begin_print), self);
  g_signal_connect (print, "draw-page", G_CALLBACK (on_draw_page), self);
  if (gtk_print_operation_run (print, GTK_PRINT_OPERATION_ACTION_PRINT_DIALOG, GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), &error)
      == GTK_PRINT_OPERATION_RESULT_ERROR)
    tell (self, error->message);
}

static void
on_print (GtkButton *button, SohoaRegisterView *self)
{
  sohoa_register_view_print (self);
}

/* ---- building ---- */

static GtkWidget *
add_button (SohoaRegisterView *self, GtkWidget *bar, const char *text, GCallback callback)
{
  GtkWidget *button = gtk_button_new_with_label (text);

  g_signal_connect (button, "clicked", callback, self);
  gtk_box_append (GTK_BOX (bar), button);
  return button;
}

static GtkWidget *
make_bar (SohoaRegisterView *self)
{
  GtkWidget *bar = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  g_autoptr(GDateTime) now = g_date_time_new_now_local ();

  self->search = gtk_search_entry_new ();
  gtk_widget_set_hexpand (self->search, TRUE);
  g_object_set (self->search, "placeholder-text", _("Tìm số đến, số, ký hiệu, tác giả, trích yếu (không cần dấu)"), NULL);
  sohoa_name_widget (self->search, _("Tìm trong sổ"));
  g_signal_connect (self->search, "search-changed", G_CALLBACK (on_search), self);
  self->year = gtk_spin_button_new_with_range (YEAR_MIN, YEAR_MAX, 1);
  gtk_spin_button_set_value (GTK_SPIN_BUTTON (self->year), g_date_time_get_year (now));
  sohoa_name_widget (self->year, _("Năm"));
  g_signal_connect (self->year, "value-changed", G_CALLBACK (on_year), self);
  self->book = gtk_drop_down_new_from_strings ((const char *[]){ NULL });
  sohoa_name_widget (self->book, _("Sổ văn bản"));
  g_signal_connect (self->book, "notify::selected", G_CALLBACK (on_book), self);
  self->found = sohoa_label ("", "dim-label", 1);
  gtk_label_set_wrap (GTK_LABEL (self->found), FALSE);
  gtk_widget_add_css_class (bar, "tools");
  gtk_box_append (GTK_BOX (bar), self->search);
  gtk_box_append (GTK_BOX (bar), self->book);
  gtk_box_append (GTK_BOX (bar), self->year);
  (void) add_button (self, bar, _("Xuất"), G_CALLBACK (on_export));
  (void) add_button (self, bar, _("In"), G_CALLBACK (on_print));
  gtk_box_append (GTK_BOX (bar), self->found);
  return bar;
}

GtkWidget *
sohoa_register_view_new (SohoaDeskBus *bus)
{
  SohoaRegisterView *self = g_object_new (SOHOA_TYPE_REGISTER_VIEW, NULL);
  GtkWidget *scroller = gtk_scrolled_window_new ();
  GtkCustomFilter *filter = gtk_custom_filter_new (is_wanted, self, NULL);

  self->model = sohoa_register_model_new (bus);
  self->content = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  gtk_widget_set_parent (self->content, GTK_WIDGET (self));
  gtk_box_append (GTK_BOX (self->content), make_bar (self));
  self->shown = gtk_filter_list_model_new (g_object_ref (sohoa_register_model_peek_rows (self->model)), GTK_FILTER (filter));
  self->table = gtk_column_view_new (GTK_SELECTION_MODEL (gtk_single_selection_new (G_LIST_MODEL (g_object_ref (self->shown)))));
  gtk_column_view_set_show_row_separators (GTK_COLUMN_VIEW (self->table), TRUE);
  gtk_column_view_set_show_column_separators (GTK_COLUMN_VIEW (self->table), TRUE);
  sohoa_name_widget (self->table, _("Sổ văn bản đến"));
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), self->table);
  gtk_widget_set_vexpand (scroller, TRUE);
  gtk_box_append (GTK_BOX (self->content), scroller);
  g_signal_connect (self->model, "changed", G_CALLBACK (on_changed), self);
  g_signal_connect (self->model, "books-changed", G_CALLBACK (on_books_changed), self);
  g_signal_connect (self->model, "failed", G_CALLBACK (on_failed), self);
  return GTK_WIDGET (self);
}

void
sohoa_register_view_refresh (SohoaRegisterView *self)
{
  const char *const *books = sohoa_register_model_peek_books (self->model);
  guint which = gtk_drop_down_get_selected (GTK_DROP_DOWN (self->book));

  sohoa_register_model_open (self->model, gtk_spin_button_get_value_as_int (GTK_SPIN_BUTTON (self->year)),
                             which < g_strv_length ((char **) books) ? books[which] : "");
}

void
sohoa_register_view_search (SohoaRegisterView *self)
{
  (void) gtk_widget_grab_focus (self->search);
}
