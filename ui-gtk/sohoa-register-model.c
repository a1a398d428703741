#include "sohoa-register-model.h"

#include "sohoa-text.h"
#include "sohoa-words.h"

#include <string.h>

#define LOOK_DELAY_MS 400
#define BOM "\xef\xbb\xbf"

G_DEFINE_FINAL_TYPE (SohoaRegisterRow, sohoa_register_row, G_TYPE_OBJECT)

static void
sohoa_register_row_finalize (GObject *object)
{
  SohoaRegisterRow *self = SOHOA_REGISTER_ROW (object);

  g_free (self->id);
  g_strfreev (self->texts);
  g_free (self->folded);
  G_OBJECT_CLASS (sohoa_register_row_parent_class)->finalize (object);
}

static void
sohoa_register_row_class_init (SohoaRegisterRowClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = sohoa_register_row_finalize;
}

static void
sohoa_register_row_init (SohoaRegisterRow *self)
{
}

gboolean
sohoa_register_row_matches (SohoaRegisterRow *self, const char *search)
{
  return sohoa_words_match (self->folded, search);
}

struct _SohoaRegisterModel {
  GObject       parent;
  SohoaDeskBus *bus;     /* (owned) (nullable) */
  GListStore   *rows;    /* (owned) */
  char        **columns; /* (owned) */
  char        **books;   /* (owned) */
  char         *book;    /* (owned) "" = the default one */
  int           year;
  guint         look_later;
};

G_DEFINE_FINAL_TYPE (SohoaRegisterModel, sohoa_register_model, G_TYPE_OBJECT)

enum { CHANGED, BOOKS_CHANGED, FAILED, N_SIGNALS };
static guint signals[N_SIGNALS];

static void
sohoa_register_model_dispose (GObject *object)
{
  SohoaRegisterModel *self = SOHOA_REGISTER_MODEL (object);

  g_clear_handle_id (&self->look_later, g_source_remove);
  if (self->bus != NULL)
    g_signal_handlers_disconnect_by_data (self->bus, self);
  g_clear_object (&self->bus);
  g_clear_object (&self->rows);
  g_clear_pointer (&self->columns, g_strfreev);
  g_clear_pointer (&self->books, g_strfreev);
  g_clear_pointer (&self->book, g_free);
  G_OBJECT_CLASS (sohoa_register_model_parent_class)->dispose (object);
}

static void
sohoa_register_model_class_init (SohoaRegisterModelClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = sohoa_register_model_dispose;
  signals[CHANGED] = g_signal_new ("changed", SOHOA_TYPE_REGISTER_MODEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[BOOKS_CHANGED] = g_signal_new ("books-changed", SOHOA_TYPE_REGISTER_MODEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                         G_TYPE_NONE, 0);
  signals[FAILED] = g_signal_new ("failed", SOHOA_TYPE_REGISTER_MODEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                  G_TYPE_STRING);
}

static void
sohoa_register_model_init (SohoaRegisterModel *self)
{
  self->rows = g_list_store_new (SOHOA_TYPE_REGISTER_ROW);
  self->columns = g_new0 (char *, 1);
  self->books = g_new0 (char *, 1);
  self->book = g_strdup ("");
}

static gboolean
on_look_later (gpointer data)
{
  SohoaRegisterModel *self = data;
  g_autofree char *book = g_strdup (self->book);

  self->look_later = 0;
  sohoa_register_model_open (self, self->year, book);
  return G_SOURCE_REMOVE;
}

static void
on_document_changed (SohoaDeskBus *bus, const char *id, guint revision, const char *state, SohoaRegisterModel *self)
{
  if (self->year != 0 && self->look_later == 0)
    self->look_later = g_timeout_add (LOOK_DELAY_MS, on_look_later, self);
}

SohoaRegisterModel *
sohoa_register_model_new (SohoaDeskBus *bus)
{
  SohoaRegisterModel *self = g_object_new (SOHOA_TYPE_REGISTER_MODEL, NULL);

  if (bus != NULL) {
    self->bus = g_object_ref (bus);
    g_signal_connect (bus, "document-changed", G_CALLBACK (on_document_changed), self);
  }
  return self;
}

static SohoaRegisterRow *
make_row (GVariant *row)
{
  SohoaRegisterRow *item = g_object_new (SOHOA_TYPE_REGISTER_ROW, NULL);
  g_autofree char *all = NULL;

  g_variant_get (row, "(tsbbb^as)", &item->number, &item->id, &item->void_row, NULL, NULL, &item->texts);
  all = g_strjoinv (" ", item->texts);
  item->folded = sohoa_text_fold (all);
  return item;
}

void
sohoa_register_model_take (SohoaRegisterModel *self, GVariant *columns, GVariant *rows)
{
  g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func (g_object_unref);

  g_strfreev (self->columns);
  self->columns = g_variant_dup_strv (columns, NULL);
  for (gsize i = 0; i < g_variant_n_children (rows); i++) {
    g_autoptr(GVariant) row = g_variant_get_child_value (rows, i);

    g_ptr_array_add (items, make_row (row));
  }
  g_list_store_splice (self->rows, 0, g_list_model_get_n_items (G_LIST_MODEL (self->rows)), items->pdata, items->len);
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
on_rows (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(SohoaRegisterModel) self = SOHOA_REGISTER_MODEL (data);
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) answer = sohoa_desk_bus_call_finish (result, NULL, &error);

  if (answer == NULL) {
    g_autofree char *text = sohoa_words_error (error);

    g_signal_emit (self, signals[FAILED], 0, text);
  } else {
    g_autoptr(GVariant) columns = g_variant_get_child_value (answer, 0);
    g_autoptr(GVariant) rows = g_variant_get_child_value (answer, 1);

    sohoa_register_model_take (self, columns, rows);
  }
}

static void
on_books (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(SohoaRegisterModel) self = SOHOA_REGISTER_MODEL (data);
  g_autoptr(GVariant) answer = sohoa_desk_bus_call_finish (result, NULL, NULL);
  g_auto(GStrv) books = NULL;

  if (answer == NULL)
    return;
  g_variant_get (answer, "(^as)", &books);
  if (g_strv_equal ((const char *const *) books, (const char *const *) self->books))
    return;
  g_strfreev (self->books);
  self->books = g_steal_pointer (&books);
  g_signal_emit (self, signals[BOOKS_CHANGED], 0);
}

void
sohoa_register_model_open (SohoaRegisterModel *self, int year, const char *book)
{
  g_autofree char *name = g_strdup (book);

  self->year = year;
  g_free (self->book);
  self->book = g_steal_pointer (&name);
  if (self->bus == NULL)
    return;
  sohoa_desk_bus_call (self->bus, "Documents.ListBooks", g_variant_new ("(i)", year), "(as)", NULL, NULL, on_books, g_object_ref (self));
  sohoa_desk_bus_call (self->bus, "Documents.GetRegisterRows", g_variant_new ("(iss)", year, self->book, "arrivals"),
                       "(asa(tsbbbas))", NULL, NULL, on_rows, g_object_ref (self));
}

const char *const *
sohoa_register_model_peek_books (SohoaRegisterModel *self)
{
  return (const char *const *) self->books;
}

int
sohoa_register_model_get_year (SohoaRegisterModel *self)
{
  return self->year;
}

const char *const *
sohoa_register_model_peek_columns (SohoaRegisterModel *self)
{
  return (const char *const *) self->columns;
}

GListModel *
sohoa_register_model_peek_rows (SohoaRegisterModel *self)
{
  return G_LIST_MODEL (self->rows);
}

/* Quoted, with a leading apostrophe where a spreadsheet would take the text for a formula. */
static void
append_csv (GString *csv, const char *const *texts)
{
  for (guint i = 0; texts[i] != NULL; i++) {
    g_string_append (csv, i > 0 ? ",\"" : "\"");
    if (texts[i][0] != '\0' && strchr ("=+-@\t", texts[i][0]) != NULL)
      g_string_append_c (csv, '\'');
    for (const char *p = texts[i]; *p != '\0'; p++) {
      if (*p == '"')
        g_string_append_c (csv, '"');
      g_string_append_c (csv, *p);
    }
    g_string_append_c (csv, '"');
  }
  g_string_append (csv, "\r\n");
}

char *
sohoa_register_model_dup_csv (SohoaRegisterModel *self, GListModel *rows)
{
  GString *csv = g_string_new (BOM);

  append_csv (csv, (const char *const *) self->columns);
  for (guint i = 0; i < g_list_model_get_n_items (rows); i++) {
    g_autoptr(SohoaRegisterRow) row = g_list_model_get_item (rows, i);

    append_csv (csv, (const char *const *) row->texts);
  }
  return g_string_free (csv, FALSE);
}
