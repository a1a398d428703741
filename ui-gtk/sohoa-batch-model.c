#include "sohoa-batch-model.h"

#include "sohoa-words.h"

#define LOOK_DELAY_MS 60       /* changes that come together are read together */
#define DEVICES_AGAIN_MS 500
#define PAGES_AT_ONCE 200u

G_DEFINE_FINAL_TYPE (SohoaPageItem, sohoa_page_item, G_TYPE_OBJECT)

static void
sohoa_page_item_finalize (GObject *object)
{
  SohoaPageItem *self = SOHOA_PAGE_ITEM (object);

  g_free (self->side);
  g_free (self->state);
  g_free (self->flags);
  g_free (self->document);
  G_OBJECT_CLASS (sohoa_page_item_parent_class)->finalize (object);
}

static void
sohoa_page_item_class_init (SohoaPageItemClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = sohoa_page_item_finalize;
}

static void
sohoa_page_item_init (SohoaPageItem *self)
{
}

char *
sohoa_page_item_describe (SohoaPageItem *self)
{
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, _("Trang %u · tờ %u · %s"), self->page, self->sheet,
                          g_str_equal (self->side, "back") ? _("mặt sau") : _("mặt trước"));
  if (g_str_equal (self->state, "sealed"))
    g_string_append_printf (text, " · %s", _("đang kiểm tra độ mật"));
  else if (g_str_equal (self->state, "separator"))
    g_string_append_printf (text, " · %s", _("tờ phân cách"));
  else if (g_str_equal (self->state, "rejected"))
    g_string_append_printf (text, " · %s", _("đã quét lại"));
  else if (self->blank)
    g_string_append_printf (text, " · %s", _("trang trắng"));
  if (self->ask)
    g_string_append_printf (text, " · %s", _("cần xem lại chất lượng"));
  return g_string_free (text, FALSE);
}

struct _SohoaBatchModel {
  GObject       parent;
  SohoaDeskBus *bus;       /* (owned) (nullable) */
  GVariant     *devices, *profiles, *info; /* (owned) (nullable) */
  char         *id;        /* (owned) */
  GListStore   *pages;     /* (owned) */
  GVariantBuilder *read;   /* (owned) (nullable) pages read so far */
  guint         read_count, look_later, devices_later;
  gboolean      looking, again;
};

G_DEFINE_FINAL_TYPE (SohoaBatchModel, sohoa_batch_model, G_TYPE_OBJECT)

enum { CHANGED, PAGES_CHANGED, FAILED, DEVICES_CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

static void look (SohoaBatchModel *self);

static void
sohoa_batch_model_dispose (GObject *object)
{
  SohoaBatchModel *self = SOHOA_BATCH_MODEL (object);

  g_clear_handle_id (&self->look_later, g_source_remove);
  g_clear_handle_id (&self->devices_later, g_source_remove);
  if (self->bus != NULL)
    g_signal_handlers_disconnect_by_data (self->bus, self);
  g_clear_object (&self->bus);
  g_clear_pointer (&self->devices, g_variant_unref);
  g_clear_pointer (&self->profiles, g_variant_unref);
  g_clear_pointer (&self->info, g_variant_unref);
  g_clear_pointer (&self->read, g_variant_builder_unref);
  g_clear_pointer (&self->id, g_free);
  g_clear_object (&self->pages);
  G_OBJECT_CLASS (sohoa_batch_model_parent_class)->dispose (object);
}

static guint
add_signal (const char *name, guint n, GType type)
{
  return g_signal_new (name, SOHOA_TYPE_BATCH_MODEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, n, type);
}

static void
sohoa_batch_model_class_init (SohoaBatchModelClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = sohoa_batch_model_dispose;
  signals[CHANGED] = add_signal ("changed", 0, G_TYPE_NONE);
  signals[PAGES_CHANGED] = add_signal ("pages-changed", 0, G_TYPE_NONE);
  signals[FAILED] = add_signal ("failed", 1, G_TYPE_STRING);
  signals[DEVICES_CHANGED] = add_signal ("devices-changed", 0, G_TYPE_NONE);
}

static void
sohoa_batch_model_init (SohoaBatchModel *self)
{
  self->id = g_strdup ("");
  self->pages = g_list_store_new (SOHOA_TYPE_PAGE_ITEM);
}

static gboolean
on_look_later (gpointer data)
{
  SohoaBatchModel *self = data;

  self->look_later = 0;
  look (self);
  return G_SOURCE_REMOVE;
}

static void
on_batch_changed (SohoaDeskBus *bus, const char *batch, guint page, const char *state, SohoaBatchModel *self)
{
  gboolean idle = self->id[0] == '\0' || g_str_equal (sohoa_batch_model_peek_state (self), "done")
                  || g_str_equal (sohoa_batch_model_peek_state (self), "purged");

  if (!g_str_equal (batch, self->id)) {
    if (!idle || g_str_equal (state, "done") || g_str_equal (state, "purged"))
      return;
    g_free (self->id); /* another window, or the command line, began a batch: it is shown here too */
    self->id = g_strdup (batch);
  }
  if (self->look_later == 0)
    self->look_later = g_timeout_add (LOOK_DELAY_MS, on_look_later, self);
}

SohoaBatchModel *
sohoa_batch_model_new (SohoaDeskBus *bus)
{
  SohoaBatchModel *self = g_object_new (SOHOA_TYPE_BATCH_MODEL, NULL);

  if (bus != NULL) {
    self->bus = g_object_ref (bus);
    g_signal_connect (bus, "batch-changed", G_CALLBACK (on_batch_changed), self);
  }
  return self;
}

static void
tell_failed (SohoaBatchModel *self, const GError *error)
{
  g_autofree char *text = sohoa_words_error (error);

  g_signal_emit (self, signals[FAILED], 0, text);
}

/* ---- reading ---- */

void
sohoa_batch_model_take (SohoaBatchModel *self, const char *id, GVariant *info)
{
  g_autofree char *name = g_strdup (id);

  g_free (self->id);
  self->id = g_steal_pointer (&name);
  g_clear_pointer (&self->info, g_variant_unref);
  self->info = g_variant_ref_sink (info);
  g_signal_emit (self, signals[CHANGED], 0);
}

static SohoaPageItem *
make_item (GVariant *page, char **documents, GHashTable *counts)
{
  SohoaPageItem *item = g_object_new (SOHOA_TYPE_PAGE_ITEM, NULL);
  guint document = sohoa_variant_number (page, "document");
  g_autofree const char **flags = NULL;

  item->page = sohoa_variant_number (page, "page");
  item->sheet = sohoa_variant_number (page, "sheet");
  item->side = g_strdup (sohoa_variant_text (page, "side"));
  item->state = g_strdup (sohoa_variant_text (page, "state"));
  item->blank = sohoa_variant_flag (page, "blank");
  item->ask = sohoa_variant_flag (page, "ask");
  item->starts_document = sohoa_variant_flag (page, "starts-document");
  (void) g_variant_lookup (page, "flags", "^a&s", &flags);
  item->flags = flags != NULL ? g_strjoinv (", ", (char **) flags) : g_strdup ("");
  if (document > 0 && documents != NULL && document <= g_strv_length (documents) && g_str_equal (item->state, "kept")) {
    gpointer key = GUINT_TO_POINTER (document);

    item->document = g_strdup (documents[document - 1]);
    item->document_page = GPOINTER_TO_UINT (g_hash_table_lookup (counts, key)) + 1;
    g_hash_table_insert (counts, key, GUINT_TO_POINTER (item->document_page));
  } else {
    item->document = g_strdup ("");
  }
  return item;
}

static gboolean
is_same (SohoaPageItem *a, SohoaPageItem *b)
{
  return a->page == b->page && a->sheet == b->sheet && g_str_equal (a->state, b->state) && g_str_equal (a->document, b->document)
         && a->ask == b->ask && a->blank == b->blank && a->starts_document == b->starts_document;
}

void
sohoa_batch_model_take_pages (SohoaBatchModel *self, GVariant *pages)
{
  g_autoptr(GHashTable) counts = g_hash_table_new (NULL, NULL);
  g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func (g_object_unref);
  g_auto(GStrv) documents = NULL;
  guint same = 0, old = g_list_model_get_n_items (G_LIST_MODEL (self->pages));

  if (self->info != NULL)
    (void) g_variant_lookup (self->info, "documents", "^as", &documents);
  for (gsize i = 0; i < g_variant_n_children (pages); i++) {
    g_autoptr(GVariant) page = g_variant_get_child_value (pages, i);

    g_ptr_array_add (items, make_item (page, documents, counts));
  }
  /* what did not change keeps its widget, so that 1,000 pages do not blink with each new one */
  while (same < old && same < items->len) {
    g_autoptr(SohoaPageItem) shown = g_list_model_get_item (G_LIST_MODEL (self->pages), same);

    if (!is_same (shown, g_ptr_array_index (items, same)))
      break;
    same++;
  }
  if (same < old || same < items->len)
    g_list_store_splice (self->pages, same, old - same, items->pdata + same, items->len - same);
  g_signal_emit (self, signals[PAGES_CHANGED], 0);
}

static void read_pages (SohoaBatchModel *self);

static void
end_look (SohoaBatchModel *self)
{
  self->looking = FALSE;
  if (self->again)
    look (self);
}

static void
on_pages (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(SohoaBatchModel) self = SOHOA_BATCH_MODEL (data);
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) answer = sohoa_desk_bus_call_finish (result, NULL, &error);
  g_autoptr(GVariant) pages = answer != NULL ? g_variant_get_child_value (answer, 0) : NULL;
  gsize n = pages != NULL ? g_variant_n_children (pages) : 0;

  for (gsize i = 0; i < n; i++) {
    g_autoptr(GVariant) page = g_variant_get_child_value (pages, i);

    g_variant_builder_add_value (self->read, page);
  }
  self->read_count += (guint) n;
  if (n == PAGES_AT_ONCE) {
    read_pages (self);
    return;
  }
  if (pages != NULL) {
    g_autoptr(GVariant) all = g_variant_ref_sink (g_variant_builder_end (self->read));

    sohoa_batch_model_take_pages (self, all);
  }
  g_clear_pointer (&self->read, g_variant_builder_unref);
  end_look (self);
}

static void
read_pages (SohoaBatchModel *self)
{
  sohoa_desk_bus_call (self->bus, "Scanner.GetPages", g_variant_new ("(suu)", self->id, self->read_count, PAGES_AT_ONCE), "(aa{sv})",
                       NULL, NULL, on_pages, g_object_ref (self));
}

static void
on_batch (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(SohoaBatchModel) self = SOHOA_BATCH_MODEL (data);
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) answer = sohoa_desk_bus_call_finish (result, NULL, &error);
  g_autoptr(GVariant) info = answer != NULL ? g_variant_get_child_value (answer, 0) : NULL;

  if (info == NULL) {
    end_look (self);
    return;
  }
  sohoa_batch_model_take (self, self->id, info);
  g_clear_pointer (&self->read, g_variant_builder_unref);
  self->read = g_variant_builder_new (G_VARIANT_TYPE ("aa{sv}"));
  self->read_count = 0;
  read_pages (self);
}

static void
look (SohoaBatchModel *self)
{
  self->again = self->looking;
  if (self->looking || self->id[0] == '\0' || self->bus == NULL)
    return;
  self->looking = TRUE;
  sohoa_desk_bus_call (self->bus, "Scanner.GetBatch", g_variant_new ("(s)", self->id), "(a{sv})", NULL, NULL, on_batch,
                       g_object_ref (self));
}

static void look_for_devices (SohoaBatchModel *self, gboolean again);

static gboolean
on_devices_later (gpointer data)
{
  SohoaBatchModel *self = data;

  self->devices_later = 0;
  look_for_devices (self, FALSE);
  return G_SOURCE_REMOVE;
}

static void
on_devices (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(SohoaBatchModel) self = SOHOA_BATCH_MODEL (data);
  g_autoptr(GVariant) answer = sohoa_desk_bus_call_finish (result, NULL, NULL);
  gboolean complete;

  if (answer == NULL)
    return;
  g_clear_pointer (&self->devices, g_variant_unref);
  g_variant_get (answer, "(@aa{sv}@a(ss)b)", &self->devices, NULL, &complete);
  if (!complete && self->devices_later == 0)
    self->devices_later = g_timeout_add (DEVICES_AGAIN_MS, on_devices_later, self);
  g_signal_emit (self, signals[DEVICES_CHANGED], 0);
}

static void
look_for_devices (SohoaBatchModel *self, gboolean again)
{
  GVariantBuilder options;

  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&options, "{sv}", "again", g_variant_new_boolean (again));
  sohoa_desk_bus_call (self->bus, "Scanner.Devices", g_variant_new ("(a{sv})", &options), "(aa{sv}a(ss)b)", NULL, NULL, on_devices,
                       g_object_ref (self));
}

static void
on_profiles (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(SohoaBatchModel) self = SOHOA_BATCH_MODEL (data);
  g_autoptr(GVariant) answer = sohoa_desk_bus_call_finish (result, NULL, NULL);

  if (answer == NULL)
    return;
  g_clear_pointer (&self->profiles, g_variant_unref);
  self->profiles = g_variant_get_child_value (answer, 0);
  g_signal_emit (self, signals[DEVICES_CHANGED], 0);
}

static void
on_batches (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(SohoaBatchModel) self = SOHOA_BATCH_MODEL (data);
  g_autoptr(GVariant) answer = sohoa_desk_bus_call_finish (result, NULL, NULL);
  g_autoptr(GVariant) batches = answer != NULL ? g_variant_get_child_value (answer, 0) : NULL;

  for (gsize i = 0; batches != NULL && i < g_variant_n_children (batches); i++) {
    g_autoptr(GVariant) info = NULL;
    const char *id;

    g_variant_get_child (batches, i, "(&s@a{sv})", &id, &info);
    if (g_str_equal (sohoa_variant_text (info, "state"), "done") || g_str_equal (sohoa_variant_text (info, "state"), "purged"))
      continue;
    g_free (self->id); /* an unfinished batch goes on where it was */
    self->id = g_strdup (id);
    look (self);
    return;
  }
}

void
sohoa_batch_model_refresh (SohoaBatchModel *self)
{
  look_for_devices (self, TRUE);
  sohoa_desk_bus_call (self->bus, "Scanner.Profiles", NULL, "(aa{sv})", NULL, NULL, on_profiles, g_object_ref (self));
  if (self->id[0] != '\0')
    look (self);
  else
    sohoa_desk_bus_call (self->bus, "Scanner.Batches", g_variant_new ("(su)", "", 20u), "(a(sa{sv})s)", NULL, NULL, on_batches,
                         g_object_ref (self));
}

GVariant *
sohoa_batch_model_peek_devices (SohoaBatchModel *self)
{
  return self->devices;
}

GVariant *
sohoa_batch_model_peek_profiles (SohoaBatchModel *self)
{
  return self->profiles;
}

const char *
sohoa_batch_model_peek_id (SohoaBatchModel *self)
{
  return self->id;
}

const char *
sohoa_batch_model_peek_state (SohoaBatchModel *self)
{
  return self->info != NULL ? sohoa_variant_text (self->info, "state") : "";
}

const char *
sohoa_batch_model_peek_error (SohoaBatchModel *self)
{
  return self->info != NULL ? sohoa_variant_text (self->info, "error") : "";
}

gboolean
sohoa_batch_model_is_feeding (SohoaBatchModel *self)
{
  return self->info != NULL && (sohoa_variant_flag (self->info, "feeding") || g_str_equal (sohoa_batch_model_peek_state (self), "scanning"));
}

GVariant *
sohoa_batch_model_peek_info (SohoaBatchModel *self)
{
  return self->info;
}

GListModel *
sohoa_batch_model_peek_pages (SohoaBatchModel *self)
{
  return G_LIST_MODEL (self->pages);
}

/* Kept pages that are empty: marked, in the document, for a person to drop or keep. */
static guint
count_marked (SohoaBatchModel *self)
{
  guint marked = 0;

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->pages)); i++) {
    g_autoptr(SohoaPageItem) item = g_list_model_get_item (G_LIST_MODEL (self->pages), i);

    marked += item->blank && g_str_equal (item->state, "kept") ? 1 : 0;
  }
  return marked;
}

char *
sohoa_batch_model_dup_count (SohoaBatchModel *self)
{
  guint sheets, images, kept, blank, separators, rejected, sealed, marked = count_marked (self);

  if (self->info == NULL)
    return g_strdup (_("Chưa quét lô nào"));
  sheets = sohoa_variant_number (self->info, "sheets");
  images = sohoa_variant_number (self->info, "images");
  kept = sohoa_variant_number (self->info, "kept");
  blank = sohoa_variant_number (self->info, "blank");
  separators = sohoa_variant_number (self->info, "separators");
  rejected = sohoa_variant_number (self->info, "rejected");
  sealed = sohoa_variant_number (self->info, "sealed");
  if (sealed == 0 && images > 0 && images == kept + blank + separators + rejected && marked <= kept) {
    g_autoptr(GString) text = g_string_new (NULL);

    g_string_printf (text, _("Đủ giấy: %u tờ, %u mặt = %u trang giữ + %u trang trắng"), sheets, images, kept - marked, blank + marked);
    if (separators > 0)
      g_string_append_printf (text, _(" + %u tờ phân cách"), separators);
    if (rejected > 0)
      g_string_append_printf (text, _(" + %u mặt quét lại"), rejected);
    return g_string_free (g_steal_pointer (&text), FALSE);
  }
  return g_strdup_printf (_("Đã nạp %u tờ, %u mặt · đang kiểm tra độ mật %u"), sheets, images, sealed);
}

char *
sohoa_batch_model_dup_notice (SohoaBatchModel *self)
{
  const char *state = sohoa_batch_model_peek_state (self), *name = sohoa_batch_model_peek_error (self);
  char *text;

  if (g_str_equal (state, "held"))
    return sohoa_words_fault (g_str_has_suffix (name, "Unsure") ? "Gate.Unsure" : "Gate.Secret", 0);
  if (name[0] == '\0')
    return g_strdup ("");
  text = sohoa_words_fault (name, sohoa_variant_number (self->info, "put-back"));
  return text != NULL ? text : g_strdup_printf ("%s [%s]", sohoa_variant_text (self->info, "message"), name);
}

/* ---- doing ---- */

static void
on_done (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(SohoaBatchModel) self = SOHOA_BATCH_MODEL (data);
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) answer = sohoa_desk_bus_call_finish (result, NULL, &error);

  if (answer == NULL)
    tell_failed (self, error);
  look (self);
}

static void
on_started (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(SohoaBatchModel) self = SOHOA_BATCH_MODEL (data);
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) answer = sohoa_desk_bus_call_finish (result, NULL, &error);

  if (answer == NULL) {
    tell_failed (self, error);
    return;
  }
  g_free (self->id);
  g_variant_get (answer, "(s)", &self->id);
  look (self);
}

void
sohoa_batch_model_start (SohoaBatchModel *self, const char *device, const char *profile, guint sheets)
{
  g_autofree char *token = sohoa_desk_bus_token ();
  GVariantBuilder options;

  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  if (sheets > 0)
    g_variant_builder_add (&options, "{sv}", "sheets", g_variant_new_uint32 (sheets));
  sohoa_desk_bus_call (self->bus, "Scanner.StartBatch", g_variant_new ("(sssa{sv})", device, profile, token, &options), "(s)", NULL,
                       NULL, on_started, g_object_ref (self));
}

static void
simple (SohoaBatchModel *self, const char *method, GVariant *args)
{
  sohoa_desk_bus_call (self->bus, method, args, "()", NULL, NULL, on_done, g_object_ref (self));
}

void
sohoa_batch_model_stop (SohoaBatchModel *self)
{
  simple (self, "Scanner.StopBatch", g_variant_new ("(s)", self->id));
}

void
sohoa_batch_model_feed (SohoaBatchModel *self, const char *how, guint page)
{
  simple (self, "Scanner.FeedBatch", g_variant_new ("(ssua{sv})", self->id, how, page, NULL));
}

void
sohoa_batch_model_finish (SohoaBatchModel *self, const char *reason)
{
  simple (self, "Scanner.FinishBatch", g_variant_new ("(ss)", self->id, reason));
}

void
sohoa_batch_model_accept (SohoaBatchModel *self)
{
  GVariantBuilder pages;

  g_variant_builder_init (&pages, G_VARIANT_TYPE ("au"));
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->pages)); i++) {
    g_autoptr(SohoaPageItem) item = g_list_model_get_item (G_LIST_MODEL (self->pages), i);

    if (item->ask)
      g_variant_builder_add (&pages, "u", item->page);
  }
  simple (self, "Scanner.AcceptPages", g_variant_new ("(sau)", self->id, &pages));
}

void
sohoa_batch_model_release (SohoaBatchModel *self, const char *reason)
{
  simple (self, "Scanner.ReleaseBatch", g_variant_new ("(ss)", self->id, reason));
}

void
sohoa_batch_model_purge (SohoaBatchModel *self)
{
  simple (self, "Scanner.PurgeBatch", g_variant_new ("(s)", self->id));
}
