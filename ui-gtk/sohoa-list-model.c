#include "sohoa-list-model.h"

#include "sohoa-text.h"
#include "sohoa-words.h"

#define ROWS_AT_ONCE 500u
#define ROWS_MAX 5000u
#define LOOK_DELAY_MS 120

G_DEFINE_FINAL_TYPE (SohoaRowItem, sohoa_row_item, G_TYPE_OBJECT)

static void
sohoa_row_item_finalize (GObject *object)
{
  SohoaRowItem *self = SOHOA_ROW_ITEM (object);

  g_free (self->id);
  g_free (self->state);
  g_free (self->number);
  g_free (self->subject);
  g_free (self->issuer);
  g_free (self->issued);
  g_free (self->arrival);
  g_free (self->reason);
  g_free (self->folded);
  G_OBJECT_CLASS (sohoa_row_item_parent_class)->finalize (object);
}

static void
sohoa_row_item_class_init (SohoaRowItemClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = sohoa_row_item_finalize;
}

static void
sohoa_row_item_init (SohoaRowItem *self)
{
}

static const char *const kinds[SOHOA_N_LISTS] = {
  N_("Tất cả"), N_("Chờ kiểm tra"), N_("Chờ ký số"), N_("Đang xử lý"), N_("Cần xử lý"), N_("Đã tiếp nhận"),
};

const char *
sohoa_list_kind_text (SohoaListKind kind)
{
  return gettext (kinds[kind]);
}

gboolean
sohoa_row_item_is (SohoaRowItem *self, SohoaListKind kind)
{
  static const char *const states[SOHOA_N_LISTS][8] = {
    { NULL },
    { "review", NULL },
    { "confirmed", "registered", "signing", NULL },
    { "captured", "cleared", "processing", "signed", "submitting", "delivered", NULL },
    { "held", "failed", "refused", NULL },
    { "accepted", "done", NULL },
  };

  return kind == SOHOA_LIST_ALL || g_strv_contains (states[kind], self->state);
}

gboolean
sohoa_row_item_matches (SohoaRowItem *self, const char *search)
{
  return sohoa_words_match (self->folded, search);
}

char *
sohoa_row_item_dup_age (SohoaRowItem *self, gint64 now_us)
{
  gint64 minutes = MAX (0, (now_us - self->updated_us) / G_USEC_PER_SEC / 60);

  if (minutes < 1)
    return g_strdup (_("vừa xong"));
  if (minutes < 60)
    return g_strdup_printf (_("%d phút"), (int) minutes);
  return minutes < 60 * 24 ? g_strdup_printf (_("%d giờ"), (int) (minutes / 60)) : g_strdup_printf (_("%d ngày"), (int) (minutes / 60 / 24));
}

/* ---- the list ---- */

struct _SohoaListModel {
  GObject       parent;
  SohoaDeskBus *bus;  /* (owned) (nullable) */
  GListStore   *rows; /* (owned) */
  GVariantBuilder *read; /* (owned) (nullable) */
  guint         read_count, look_later;
  gboolean      looking, again, filled;
};

G_DEFINE_FINAL_TYPE (SohoaListModel, sohoa_list_model, G_TYPE_OBJECT)

enum { CHANGED, SETTLED, N_SIGNALS };
static guint signals[N_SIGNALS];

static void
sohoa_list_model_dispose (GObject *object)
{
  SohoaListModel *self = SOHOA_LIST_MODEL (object);

  g_clear_handle_id (&self->look_later, g_source_remove);
  if (self->bus != NULL)
    g_signal_handlers_disconnect_by_data (self->bus, self);
  g_clear_object (&self->bus);
  g_clear_object (&self->rows);
  g_clear_pointer (&self->read, g_variant_builder_unref);
  G_OBJECT_CLASS (sohoa_list_model_parent_class)->dispose (object);
}

static void
sohoa_list_model_class_init (SohoaListModelClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = sohoa_list_model_dispose;
  signals[CHANGED] = g_signal_new ("changed", SOHOA_TYPE_LIST_MODEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SETTLED] = g_signal_new ("settled", SOHOA_TYPE_LIST_MODEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                   SOHOA_TYPE_ROW_ITEM);
}

static void
sohoa_list_model_init (SohoaListModel *self)
{
  self->rows = g_list_store_new (SOHOA_TYPE_ROW_ITEM);
}

static gboolean
on_look_later (gpointer data)
{
  SohoaListModel *self = data;

  self->look_later = 0;
  sohoa_list_model_refresh (self);
  return G_SOURCE_REMOVE;
}

static void
on_document_changed (SohoaDeskBus *bus, const char *id, guint revision, const char *state, SohoaListModel *self)
{
  if (self->look_later == 0)
    self->look_later = g_timeout_add (LOOK_DELAY_MS, on_look_later, self);
}

SohoaListModel *
sohoa_list_model_new (SohoaDeskBus *bus)
{
  SohoaListModel *self = g_object_new (SOHOA_TYPE_LIST_MODEL, NULL);

  if (bus != NULL) {
    self->bus = g_object_ref (bus);
    g_signal_connect (bus, "document-changed", G_CALLBACK (on_document_changed), self);
  }
  return self;
}

static SohoaRowItem *
make_row (GVariant *document)
{
  SohoaRowItem *row = g_object_new (SOHOA_TYPE_ROW_ITEM, NULL);
  g_autoptr(GVariant) summary = NULL;
  g_autofree char *all = NULL;

  g_variant_get (document, "(sus@a{sv})", &row->id, &row->revision, &row->state, &summary);
  row->number = g_strdup (sohoa_variant_text (summary, "number"));
  row->subject = g_strdup (sohoa_variant_text (summary, "subject"));
  row->issuer = g_strdup (sohoa_variant_text (summary, "issuer"));
  row->issued = sohoa_words_show ("IssuedDate", sohoa_variant_text (summary, "issued"));
  row->assisted = sohoa_variant_flag (summary, "assisted");
  row->arrival = g_strdup (sohoa_variant_text (summary, "arrival-number"));
  row->reason = g_strdup (sohoa_variant_text (summary, "reason"));
  row->priority = sohoa_variant_number (summary, "priority");
  row->pages = sohoa_variant_number (summary, "pages");
  (void) g_variant_lookup (summary, "updated", "x", &row->updated_us);
  all = g_strjoin (" ", row->number, row->subject, row->issuer, row->issued, row->arrival, row->id, NULL);
  row->folded = sohoa_text_fold (all);
  return row;
}

SohoaRowItem *
sohoa_list_model_find (SohoaListModel *self, const char *id)
{
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->rows)); i++) {
    g_autoptr(SohoaRowItem) row = g_list_model_get_item (G_LIST_MODEL (self->rows), i);

    if (g_str_equal (row->id, id))
      return row; /* the list keeps it */
  }
  return NULL;
}

static gboolean
is_settled (const char *state)
{
  return g_str_equal (state, "done") || g_str_equal (state, "accepted") || g_str_equal (state, "refused");
}

/* Keeps the rows that did not change, so that selection and scrolling stay where they are. */
static gboolean
keep_same (SohoaListModel *self, GPtrArray *rows)
{
  gboolean same = rows->len == g_list_model_get_n_items (G_LIST_MODEL (self->rows));

  for (guint i = 0; i < rows->len; i++) {
    SohoaRowItem *row = g_ptr_array_index (rows, i);
    g_autoptr(SohoaRowItem) there = g_list_model_get_item (G_LIST_MODEL (self->rows), i);
    SohoaRowItem *old = there != NULL && g_str_equal (there->id, row->id) ? there : sohoa_list_model_find (self, row->id);

    same = same && old == there;
    if (self->filled && old != NULL && is_settled (row->state) && !is_settled (old->state))
      g_signal_emit (self, signals[SETTLED], 0, row);
    if (old != NULL && old->revision == row->revision && g_str_equal (old->state, row->state) && g_str_equal (old->reason, row->reason)) {
      g_object_ref (old);
      g_object_unref (row);
      rows->pdata[i] = old;
    } else {
      same = FALSE;
    }
  }
  return same;
}

void
sohoa_list_model_take (SohoaListModel *self, GVariant *documents)
{
  g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func (g_object_unref);

  for (gsize i = 0; i < g_variant_n_children (documents); i++) {
    g_autoptr(GVariant) document = g_variant_get_child_value (documents, i);

    g_ptr_array_add (rows, make_row (document));
  }
  if (!keep_same (self, rows))
    g_list_store_splice (self->rows, 0, g_list_model_get_n_items (G_LIST_MODEL (self->rows)), rows->pdata, rows->len);
  self->filled = TRUE;
  g_signal_emit (self, signals[CHANGED], 0);
}

static void read_rows (SohoaListModel *self, const char *cursor);

static void
on_rows (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(SohoaListModel) self = SOHOA_LIST_MODEL (data);
  g_autoptr(GVariant) answer = sohoa_desk_bus_call_finish (result, NULL, NULL);
  g_autoptr(GVariant) rows = answer != NULL ? g_variant_get_child_value (answer, 0) : NULL;
  const char *next = "";

  for (gsize i = 0; rows != NULL && i < g_variant_n_children (rows); i++) {
    g_autoptr(GVariant) row = g_variant_get_child_value (rows, i);

    g_variant_builder_add_value (self->read, row);
    self->read_count++;
  }
  if (answer != NULL)
    g_variant_get_child (answer, 1, "&s", &next);
  if (next[0] != '\0' && self->read_count < ROWS_MAX) {
    read_rows (self, next);
    return;
  }
  self->looking = FALSE;
  if (answer != NULL) {
    g_autoptr(GVariant) all = g_variant_ref_sink (g_variant_builder_end (self->read));

    sohoa_list_model_take (self, all);
  }
  g_clear_pointer (&self->read, g_variant_builder_unref);
  if (self->again)
    sohoa_list_model_refresh (self);
}

static void
read_rows (SohoaListModel *self, const char *cursor)
{
  sohoa_desk_bus_call (self->bus, "Documents.List", g_variant_new ("(a{sv}su)", NULL, cursor, ROWS_AT_ONCE), "(a(susa{sv})s)", NULL,
                       NULL, on_rows, g_object_ref (self));
}

void
sohoa_list_model_refresh (SohoaListModel *self)
{
  self->again = self->looking;
  if (self->looking || self->bus == NULL)
    return;
  self->looking = TRUE;
  self->read = g_variant_builder_new (G_VARIANT_TYPE ("a(susa{sv})"));
  self->read_count = 0;
  read_rows (self, "");
}

GListModel *
sohoa_list_model_peek_rows (SohoaListModel *self)
{
  return G_LIST_MODEL (self->rows);
}

guint
sohoa_list_model_count (SohoaListModel *self, SohoaListKind kind)
{
  guint count = 0;

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->rows)); i++) {
    g_autoptr(SohoaRowItem) row = g_list_model_get_item (G_LIST_MODEL (self->rows), i);

    count += sohoa_row_item_is (row, kind) ? 1 : 0;
  }
  return count;
}

SohoaRowItem *
sohoa_list_model_next_review (SohoaListModel *self, const char *but)
{
  SohoaRowItem *best = NULL;

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->rows)); i++) {
    g_autoptr(SohoaRowItem) row = g_list_model_get_item (G_LIST_MODEL (self->rows), i);

    if (!sohoa_row_item_is (row, SOHOA_LIST_REVIEW) || g_str_equal (row->id, but))
      continue;
    if (best == NULL || row->priority >= best->priority) /* newest first: the last of the most urgent is the oldest */
      best = row;
  }
  return best;
}
