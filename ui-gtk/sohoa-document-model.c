#include "sohoa-document-model.h"

#include "sohoa-errors.h"

#include <string.h>

#define MM_PER_INCH 25.4

static const char *const paper_order[] = {
  "OrganSuperior", "OrganName", "CodeNumber", "CodeNotation", "Place", "IssuedDate", "TypeName", "Subject", "ToPlaces", "Competence",
  "Position", "FullName", "Priority", "SourceCopy", "CopyForm", "ArrivalBook", "ArrivalNumber", "ArrivalDate", "DueDate", "PageAmount",
};

/* ---- one field ---- */

G_DEFINE_FINAL_TYPE (SohoaFieldItem, sohoa_field_item, G_TYPE_OBJECT)

static void
sohoa_field_item_finalize (GObject *object)
{
  SohoaFieldItem *self = SOHOA_FIELD_ITEM (object);

  g_free (self->key);
  g_free (self->value);
  g_free (self->raw);
  g_free (self->source);
  G_OBJECT_CLASS (sohoa_field_item_parent_class)->finalize (object);
}

static void
sohoa_field_item_class_init (SohoaFieldItemClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = sohoa_field_item_finalize;
}

static void
sohoa_field_item_init (SohoaFieldItem *self)
{
}

gboolean
sohoa_field_item_is_doubt (SohoaFieldItem *self)
{
  return !self->seen && (self->needed || self->reading == SOHOA_READING_CHECK);
}

/* ---- the document ---- */

struct _SohoaDocumentModel {
  GObject       parent;
  SohoaDeskBus *bus;     /* (owned) (nullable) */
  GCancellable *loading; /* (owned) (nullable) */
  char         *id, *state, *reason; /* (owned) */
  char         *next_id; /* (owned) (nullable) to be opened when what is under way has arrived */
  guint         revision;
  SohoaRecord  *record;  /* (owned) (nullable) */
  GListStore   *fields;  /* (owned) */
  GHashTable   *seen;    /* (owned) keys a person has been at in this document */
  GQueue       *unsent;  /* (owned) (element-type utf8) key, value, key, value … */
  gboolean      sending, confirm_after;
};

G_DEFINE_FINAL_TYPE (SohoaDocumentModel, sohoa_document_model, G_TYPE_OBJECT)

enum { CHANGED, SEEN_CHANGED, FAILED, CONFIRMED, N_SIGNALS };
static guint signals[N_SIGNALS];

static void send_next (SohoaDocumentModel *self);

static void
sohoa_document_model_dispose (GObject *object)
{
  SohoaDocumentModel *self = SOHOA_DOCUMENT_MODEL (object);

  if (self->loading != NULL)
    g_cancellable_cancel (self->loading);
  g_clear_object (&self->loading);
  if (self->bus != NULL)
    g_signal_handlers_disconnect_by_data (self->bus, self);
  g_clear_object (&self->bus);
  g_clear_object (&self->fields);
  g_clear_pointer (&self->seen, g_hash_table_unref);
  g_clear_pointer (&self->record, sohoa_record_free);
  if (self->unsent != NULL)
    g_queue_free_full (g_steal_pointer (&self->unsent), g_free);
  g_clear_pointer (&self->next_id, g_free);
  g_clear_pointer (&self->id, g_free);
  g_clear_pointer (&self->state, g_free);
  g_clear_pointer (&self->reason, g_free);
  G_OBJECT_CLASS (sohoa_document_model_parent_class)->dispose (object);
}

static guint
add_signal (const char *name, guint n, GType type)
{
  return g_signal_new (name, SOHOA_TYPE_DOCUMENT_MODEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, n, type);
}

static void
sohoa_document_model_class_init (SohoaDocumentModelClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = sohoa_document_model_dispose;
  signals[CHANGED] = add_signal ("changed", 0, G_TYPE_NONE);
  signals[SEEN_CHANGED] = add_signal ("seen-changed", 0, G_TYPE_NONE);
  signals[FAILED] = add_signal ("failed", 1, G_TYPE_STRING);
  signals[CONFIRMED] = add_signal ("confirmed", 1, G_TYPE_STRING);
}

static void
sohoa_document_model_init (SohoaDocumentModel *self)
{
  self->id = g_strdup ("");
  self->state = g_strdup ("");
  self->reason = g_strdup ("");
  self->fields = g_list_store_new (SOHOA_TYPE_FIELD_ITEM);
  self->seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->unsent = g_queue_new ();
}

static void reload (SohoaDocumentModel *self);

static void
on_document_changed (SohoaDeskBus *bus, const char *id, guint revision, const char *state, SohoaDocumentModel *self)
{
  if (g_str_equal (id, self->id) && !self->sending && (revision != self->revision || !g_str_equal (state, self->state)))
    reload (self);
}

SohoaDocumentModel *
sohoa_document_model_new (SohoaDeskBus *bus)
{
  SohoaDocumentModel *self = g_object_new (SOHOA_TYPE_DOCUMENT_MODEL, NULL);

  if (bus != NULL) {
    self->bus = g_object_ref (bus);
    g_signal_connect (bus, "document-changed", G_CALLBACK (on_document_changed), self);
  }
  return self;
}

static void
tell_failed (SohoaDocumentModel *self, const GError *error)
{
  g_autofree char *text = sohoa_words_error (error);

  g_signal_emit (self, signals[FAILED], 0, text);
}

/* ---- what the daemon told ---- */

/* Fractions of the upright page. */
static void
place_box (const SohoaRecord *record, const SohoaField *field, double box[4])
{
  const SohoaPageInfo *page;
  double width, height;

  if (field->page == 0 || field->page > record->pages->len)
    return;
  page = sohoa_record_peek_page (record, field->page - 1);
  if (page->dpi <= 0 || page->width_px == 0 || page->height_px == 0 || field->box_mm[2] <= 0)
    return;
  width = page->width_px / page->dpi * MM_PER_INCH;
  height = page->height_px / page->dpi * MM_PER_INCH;
  if (page->rotation % 180 != 0) {
    double swap = width;

    width = height;
    height = swap;
  }
  box[0] = CLAMP (field->box_mm[0] / width, 0, 1);
  box[1] = CLAMP (field->box_mm[1] / height, 0, 1);
  box[2] = CLAMP (field->box_mm[2] / width, 0, 1 - box[0]);
  box[3] = CLAMP (field->box_mm[3] / height, 0, 1 - box[1]);
}

static gboolean
needs_person (const SohoaRecord *record, const char *key)
{
  for (guint i = 0; i < record->needs_person->len; i++)
    if (g_str_equal (g_ptr_array_index (record->needs_person, i), key))
      return TRUE;
  return FALSE;
}

static SohoaReading
judge (const SohoaField *field, gboolean needed)
{
  if (field == NULL || field->value[0] == '\0')
    return SOHOA_READING_NONE;
  if (g_str_equal (field->source, "person"))
    return SOHOA_READING_PERSON;
  return !needed && (field->confidence >= SOHOA_CONFIDENCE_CLAIMED || !g_str_equal (field->source, "ocr")) ? SOHOA_READING_CLEAR
                                                                                                           : SOHOA_READING_CHECK;
}

static void
add_field (SohoaDocumentModel *self, const char *key)
{
  g_autoptr(SohoaFieldItem) item = g_object_new (SOHOA_TYPE_FIELD_ITEM, NULL);
  const SohoaField *field = sohoa_record_peek_field (self->record, key);

  item->key = g_strdup (key);
  item->value = g_strdup (field != NULL ? field->value : "");
  item->raw = g_strdup (field != NULL && field->raw != NULL ? field->raw : "");
  item->source = g_strdup (field != NULL ? field->source : "");
  item->needed = needs_person (self->record, key);
  item->reading = judge (field, item->needed);
  item->seen = g_hash_table_contains (self->seen, key);
  if (field != NULL) {
    item->page = field->page;
    place_box (self->record, field, item->box);
  }
  g_list_store_append (self->fields, item);
}

gboolean
sohoa_document_model_take (SohoaDocumentModel *self, const char *id, const char *record_json, const char *state, guint revision,
                           GVariant *info, GError **error)
{
  g_autoptr(SohoaRecord) record = NULL;
  gboolean other = !g_str_equal (id, self->id);

  if (record_json[0] != '\0' && (record = sohoa_record_from_json (record_json, -1, error)) == NULL)
    return FALSE;
  if (other)
    g_hash_table_remove_all (self->seen);
  g_free (self->id);
  self->id = g_strdup (id);
  g_free (self->state);
  self->state = g_strdup (state);
  g_free (self->reason);
  self->reason = g_strdup (info != NULL ? sohoa_variant_text (info, "reason") : "");
  self->revision = revision;
  g_clear_pointer (&self->record, sohoa_record_free);
  self->record = g_steal_pointer (&record);
  g_list_store_remove_all (self->fields);
  for (guint i = 0; self->record != NULL && i < G_N_ELEMENTS (paper_order); i++)
    add_field (self, paper_order[i]);
  g_signal_emit (self, signals[CHANGED], 0);
  return TRUE;
}

static void
on_got (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(SohoaDocumentModel) self = SOHOA_DOCUMENT_MODEL (data);
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) answer = sohoa_desk_bus_call_finish (result, NULL, &error);
  g_autoptr(GVariant) info = NULL;
  g_autofree char *id = NULL;
  const char *record, *state;
  guint32 revision;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (answer != NULL) {
    g_variant_get (answer, "(&s&su@a{sv})", &record, &state, &revision, &info);
    id = g_strdup (self->id);
    if (sohoa_document_model_take (self, id, record, state, revision, info, &error))
      return;
  }
  tell_failed (self, error);
}

static void
reload (SohoaDocumentModel *self)
{
  if (self->loading != NULL)
    g_cancellable_cancel (self->loading);
  g_clear_object (&self->loading);
  if (self->id[0] == '\0' || self->bus == NULL)
    return;
  self->loading = g_cancellable_new ();
  sohoa_desk_bus_call (self->bus, "Documents.Get", g_variant_new ("(s)", self->id), "(ssua{sv})", NULL, self->loading, on_got,
                       g_object_ref (self));
}

void
sohoa_document_model_open (SohoaDocumentModel *self, const char *id)
{
  if (self->sending && !g_str_equal (id, self->id)) {
    g_free (self->next_id);
    self->next_id = g_strdup (id);
    return;
  }
  g_clear_pointer (&self->next_id, g_free);
  if (!g_str_equal (id, self->id)) {
    (void) sohoa_document_model_take (self, id, "", "", 0, NULL, NULL);
  }
  reload (self);
}

const char *
sohoa_document_model_peek_id (SohoaDocumentModel *self)
{
  return self->id;
}

const char *
sohoa_document_model_peek_state (SohoaDocumentModel *self)
{
  return self->state;
}

const char *
sohoa_document_model_peek_reason (SohoaDocumentModel *self)
{
  return self->reason;
}

guint
sohoa_document_model_get_revision (SohoaDocumentModel *self)
{
  return self->revision;
}

SohoaRecord *
sohoa_document_model_peek_record (SohoaDocumentModel *self)
{
  return self->record;
}

GListModel *
sohoa_document_model_peek_fields (SohoaDocumentModel *self)
{
  return G_LIST_MODEL (self->fields);
}

static SohoaFieldItem *
peek_item (SohoaDocumentModel *self, guint i)
{
  g_autoptr(SohoaFieldItem) item = g_list_model_get_item (G_LIST_MODEL (self->fields), i);

  return item; /* the list keeps it */
}

SohoaFieldItem *
sohoa_document_model_find (SohoaDocumentModel *self, const char *key)
{
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->fields)); i++)
    if (g_str_equal (peek_item (self, i)->key, key))
      return peek_item (self, i);
  return NULL;
}

/* ---- doubts ---- */

void
sohoa_document_model_see (SohoaDocumentModel *self, SohoaFieldItem *item)
{
  if (item->seen)
    return;
  item->seen = TRUE;
  (void) g_hash_table_add (self->seen, g_strdup (item->key));
  g_signal_emit (self, signals[SEEN_CHANGED], 0);
}

SohoaFieldItem *
sohoa_document_model_next_doubt (SohoaDocumentModel *self, SohoaFieldItem *from, gboolean back)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->fields)), start = back ? 0 : n - 1;

  for (guint i = 0; from != NULL && i < n; i++)
    if (peek_item (self, i) == from)
      start = i;
  for (guint step = 1; step <= n; step++) {
    SohoaFieldItem *item = peek_item (self, back ? (start + n - step) % n : (start + step) % n);

    if (sohoa_field_item_is_doubt (item))
      return item;
  }
  return NULL;
}

guint
sohoa_document_model_count_doubts (SohoaDocumentModel *self)
{
  guint doubts = 0;

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->fields)); i++)
    doubts += sohoa_field_item_is_doubt (peek_item (self, i)) ? 1 : 0;
  return doubts;
}

gboolean
sohoa_document_model_may_confirm (SohoaDocumentModel *self, char **reason_out)
{
  g_autoptr(GString) names = g_string_new (NULL);
  guint missing = 0;

  if (self->record == NULL || !g_str_equal (self->state, "review"))
    return FALSE;
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->fields)); i++) {
    SohoaFieldItem *item = peek_item (self, i);

    if (item->needed && !item->seen) {
      missing++;
      g_string_append_printf (names, "%s%s", names->len > 0 ? ", " : "", sohoa_words_field (item->key));
    }
  }
  if (missing > 0 && reason_out != NULL)
    *reason_out = g_strdup_printf (_("Còn %u mục cần kiểm tra: %s. Bấm F8 để đến từng mục."), missing, names->str);
  return missing == 0;
}

/* ---- what a person does ---- */

/* What was asked for while a change was under way. FALSE: nothing was. */
static gboolean
open_next (SohoaDocumentModel *self)
{
  g_autofree char *id = g_steal_pointer (&self->next_id);

  if (id == NULL)
    return FALSE;
  sohoa_document_model_open (self, id);
  return TRUE;
}

static void
finish_change (SohoaDocumentModel *self, GAsyncResult *result)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) answer = sohoa_desk_bus_call_finish (result, NULL, &error);

  self->sending = FALSE;
  if (answer == NULL) {
    self->confirm_after = FALSE;
    g_queue_clear_full (self->unsent, g_free);
    tell_failed (self, error);
    if (!open_next (self))
      reload (self); /* two windows on one document agree: what the daemon has is what is shown */
    return;
  }
  g_variant_get_child (answer, 0, "u", &self->revision);
  if (!g_queue_is_empty (self->unsent))
    send_next (self);
  else if (self->confirm_after)
    sohoa_document_model_confirm (self);
  else if (!open_next (self))
    reload (self);
}

static void
on_set (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(SohoaDocumentModel) self = SOHOA_DOCUMENT_MODEL (data);

  finish_change (self, result);
}

/* One change at a time, each on the revision the one before made. */
static void
send_next (SohoaDocumentModel *self)
{
  g_autofree char *token = sohoa_desk_bus_token ();
  GVariantBuilder values;

  self->sending = TRUE;
  g_variant_builder_init (&values, G_VARIANT_TYPE ("a{ss}"));
  while (!g_queue_is_empty (self->unsent)) {
    g_autofree char *key = g_queue_pop_head (self->unsent);
    g_autofree char *value = g_queue_pop_head (self->unsent);

    g_variant_builder_add (&values, "{ss}", key, value);
  }
  sohoa_desk_bus_call (self->bus, "Documents.SetFields", g_variant_new ("(susa{ss})", self->id, self->revision, token, &values),
                       "(u)", NULL, NULL, on_set, g_object_ref (self));
}

gboolean
sohoa_document_model_set (SohoaDocumentModel *self, const char *key, const char *shown, char **reason_out)
{
  SohoaFieldItem *item = sohoa_document_model_find (self, key);
  g_autofree char *value = sohoa_words_read (key, shown);

  if (item == NULL || !g_str_equal (self->state, "review"))
    return TRUE;
  if (value == NULL) {
    *reason_out = sohoa_words_is_day (key) ? g_strdup_printf (_("Ngày %s không có. Nhập lại %s."), shown, sohoa_words_field (key))
                                           : g_strdup_printf (_("%s không có giá trị “%s”. Chọn lại."), sohoa_words_field (key), shown);
    return FALSE;
  }
  if (g_str_equal (value, item->value))
    return TRUE;
  g_free (item->value);
  item->value = g_strdup (value);
  item->reading = value[0] != '\0' ? SOHOA_READING_PERSON : SOHOA_READING_NONE;
  sohoa_document_model_see (self, item);
  g_queue_push_tail (self->unsent, g_strdup (key));
  g_queue_push_tail (self->unsent, g_steal_pointer (&value));
  if (!self->sending && self->bus != NULL)
    send_next (self);
  return TRUE;
}

static void
on_confirmed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(SohoaDocumentModel) self = SOHOA_DOCUMENT_MODEL (data);
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) answer = sohoa_desk_bus_call_finish (result, NULL, &error);

  self->sending = FALSE;
  if (answer == NULL)
    tell_failed (self, error);
  else
    g_signal_emit (self, signals[CONFIRMED], 0, self->id);
  if (!open_next (self))
    reload (self);
}

/* What a person has been at, as Confirm wants it told; floating. */
static GVariant *
seen_keys (SohoaDocumentModel *self)
{
  GVariantBuilder keys;

  g_variant_builder_init (&keys, G_VARIANT_TYPE_STRING_ARRAY);
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->fields)); i++)
    if (peek_item (self, i)->seen)
      g_variant_builder_add (&keys, "s", peek_item (self, i)->key);
  return g_variant_builder_end (&keys);
}

void
sohoa_document_model_confirm (SohoaDocumentModel *self)
{
  g_autofree char *token = sohoa_desk_bus_token ();
  g_autofree char *reason = NULL;
  GVariantBuilder options;

  if (self->sending) {
    self->confirm_after = TRUE; /* a value is on its way: confirmed with it */
    return;
  }
  self->confirm_after = FALSE;
  if (!sohoa_document_model_may_confirm (self, &reason)) {
    if (reason != NULL)
      g_signal_emit (self, signals[FAILED], 0, reason);
    return;
  }
  self->sending = TRUE;
  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&options, "{sv}", "seen", seen_keys (self));
  sohoa_desk_bus_call (self->bus, "Documents.Confirm",
                       g_variant_new ("(susa{sv})", self->id, self->revision, token, &options), "(uas)", NULL, NULL, on_confirmed,
                       g_object_ref (self));
}

void
sohoa_document_model_act (SohoaDocumentModel *self, const char *method, const char *reason, const char *person)
{
  g_autofree char *token = sohoa_desk_bus_token ();
  g_autofree char *full = g_strconcat ("Documents.", method, NULL);
  GVariantBuilder options;

  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  if (reason[0] != '\0')
    g_variant_builder_add (&options, "{sv}", "reason", g_variant_new_string (reason));
  if (person != NULL)
    g_variant_builder_add (&options, "{sv}", "second-person", g_variant_new_string (person));
  self->sending = TRUE;
  sohoa_desk_bus_call (self->bus, full, g_variant_new ("(susa{sv})", self->id, self->revision, token, &options), "(u)", NULL, NULL,
                       on_set, g_object_ref (self));
}
