#include "sohoa-batch.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"

#include <string.h>

#define FILE_NAME "batch"
#define FILE_MAX_BYTES (16u * 1024 * 1024)

static const char *const state_words[] = { "scanning", "working", "waiting", "held", "done", "purged" };
static const char *const page_words[] = { "sealed", "kept", "blank", "separator", "rejected" };

const char *
sohoa_batch_state_to_string (SohoaBatchState state)
{
  return state_words[state];
}

const char *
sohoa_batch_page_state_to_string (SohoaBatchPageState state)
{
  return page_words[state];
}

static void
page_free (gpointer data)
{
  SohoaBatchPage *page = data;

  g_free (page->sha256);
  g_free (page->clearance);
  g_strfreev (page->flags);
  g_free (page);
}

static void
document_free (gpointer data)
{
  SohoaBatchDocument *document = data;

  g_free (document->id);
  g_free (document);
}

SohoaBatch *
sohoa_batch_new (void)
{
  SohoaBatch *self = g_new0 (SohoaBatch, 1);

  self->device = g_strdup ("");
  self->actor = g_strdup ("");
  self->token = g_strdup ("");
  self->error_name = g_strdup ("");
  self->message = g_strdup ("");
  self->released_by = g_strdup ("");
  self->options = g_new0 (char *, 1);
  self->sides = 1;
  self->fields = g_ptr_array_new_with_free_func (g_free);
  self->pages = g_ptr_array_new_with_free_func (page_free);
  self->documents = g_ptr_array_new_with_free_func (document_free);
  self->profile = sohoa_scan_profile_new ();
  return self;
}

void
sohoa_batch_free (SohoaBatch *self)
{
  if (self == NULL)
    return;
  g_free (self->id);
  g_free (self->device);
  g_free (self->actor);
  g_free (self->token);
  g_free (self->error_name);
  g_free (self->message);
  g_free (self->released_by);
  g_strfreev (self->options);
  g_ptr_array_unref (self->fields);
  g_ptr_array_unref (self->pages);
  g_ptr_array_unref (self->documents);
  sohoa_scan_profile_free (self->profile);
  g_free (self);
}

static SohoaBatchPage *
page_new (void)
{
  SohoaBatchPage *page = g_new0 (SohoaBatchPage, 1);

  page->sha256 = g_strdup ("");
  page->clearance = g_strdup ("");
  page->flags = g_new0 (char *, 1);
  return page;
}

SohoaBatchPage *
sohoa_batch_insert_page (SohoaBatch *self, guint index)
{
  SohoaBatchPage *page = page_new ();

  page->number = ++self->last_number;
  g_ptr_array_insert (self->pages, (gint) MIN (index, self->pages->len), page);
  return page;
}

guint
sohoa_batch_index_of (const SohoaBatch *self, guint number)
{
  guint i;

  for (i = 0; i < self->pages->len; i++)
    if (((SohoaBatchPage *) g_ptr_array_index (self->pages, i))->number == number)
      break;
  return i;
}

SohoaBatchPage *
sohoa_batch_find_page (SohoaBatch *self, guint number)
{
  guint i = sohoa_batch_index_of (self, number);

  return i < self->pages->len ? g_ptr_array_index (self->pages, i) : NULL;
}

void
sohoa_batch_page_add_flag (SohoaBatchPage *page, const char *flag)
{
  guint n = g_strv_length (page->flags);

  if (g_strv_contains ((const char *const *) page->flags, flag))
    return;
  page->flags = g_renew (char *, page->flags, n + 2);
  page->flags[n] = g_strdup (flag);
  page->flags[n + 1] = NULL;
}

char *
sohoa_batch_page_name (const SohoaBatchPage *page)
{
  return g_strdup_printf ("sheet-%04u-%s%s", page->sheet, page->back ? "back" : "front", page->single ? "-again" : "");
}

/* ---- storing ---- */

static GVariant *
page_to_variant (const SohoaBatchPage *page)
{
  GVariantDict d;

  g_variant_dict_init (&d, NULL);
  g_variant_dict_insert (&d, "number", "u", page->number);
  g_variant_dict_insert (&d, "sheet", "u", page->sheet);
  g_variant_dict_insert (&d, "replaces", "u", page->replaces);
  g_variant_dict_insert (&d, "state", "u", page->state);
  g_variant_dict_insert (&d, "document", "u", page->document);
  g_variant_dict_insert (&d, "bytes", "t", page->bytes);
  g_variant_dict_insert (&d, "back", "b", page->back);
  g_variant_dict_insert (&d, "single", "b", page->single);
  g_variant_dict_insert (&d, "raster", "b", page->raster);
  g_variant_dict_insert (&d, "blank", "b", page->blank);
  g_variant_dict_insert (&d, "break", "b", page->break_before);
  g_variant_dict_insert (&d, "accepted", "b", page->accepted);
  g_variant_dict_insert (&d, "sha256", "s", page->sha256);
  g_variant_dict_insert (&d, "clearance", "s", page->clearance);
  g_variant_dict_insert (&d, "flags", "^as", page->flags);
  return g_variant_dict_end (&d);
}

static void
page_from_variant (SohoaBatch *self, GVariant *v)
{
  SohoaBatchPage *page = page_new ();
  guint32 state = 0;
  char **flags = NULL;

  g_ptr_array_add (self->pages, page);
  (void) g_variant_lookup (v, "number", "u", &page->number);
  (void) g_variant_lookup (v, "sheet", "u", &page->sheet);
  (void) g_variant_lookup (v, "replaces", "u", &page->replaces);
  (void) g_variant_lookup (v, "state", "u", &state);
  (void) g_variant_lookup (v, "document", "u", &page->document);
  (void) g_variant_lookup (v, "bytes", "t", &page->bytes);
  (void) g_variant_lookup (v, "back", "b", &page->back);
  (void) g_variant_lookup (v, "single", "b", &page->single);
  (void) g_variant_lookup (v, "raster", "b", &page->raster);
  (void) g_variant_lookup (v, "blank", "b", &page->blank);
  (void) g_variant_lookup (v, "break", "b", &page->break_before);
  (void) g_variant_lookup (v, "accepted", "b", &page->accepted);
  page->state = (SohoaBatchPageState) MIN (state, SOHOA_BATCH_PAGE_REJECTED);
  g_free (page->sha256);
  g_free (page->clearance);
  page->sha256 = page->clearance = NULL;
  if (!g_variant_lookup (v, "sha256", "s", &page->sha256))
    page->sha256 = g_strdup ("");
  if (!g_variant_lookup (v, "clearance", "s", &page->clearance))
    page->clearance = g_strdup ("");
  if (g_variant_lookup (v, "flags", "^as", &flags)) {
    g_strfreev (page->flags);
    page->flags = flags;
  }
}

/* Of the profile: only what still matters when the stack is in. */
static void
profile_to_dict (const SohoaScanProfile *profile, GVariantDict *d)
{
  GVariantBuilder policies;

  g_variant_builder_init (&policies, G_VARIANT_TYPE ("au"));
  for (guint i = 0; i < SOHOA_SCAN_N_QUALITY; i++)
    g_variant_builder_add (&policies, "u", profile->quality[i]);
  g_variant_dict_insert (d, "profile", "s", profile->name != NULL ? profile->name : "");
  g_variant_dict_insert (d, "source", "u", profile->source);
  g_variant_dict_insert (d, "mode", "u", profile->mode);
  g_variant_dict_insert (d, "dpi", "u", profile->dpi);
  g_variant_dict_insert (d, "size", "(dd)", profile->width_mm, profile->height_mm);
  g_variant_dict_insert (d, "brightness", "i", profile->brightness);
  g_variant_dict_insert (d, "turn-backs", "b", profile->turn_backs);
  g_variant_dict_insert (d, "profile-options", "^as", profile->options);
  g_variant_dict_insert (d, "blank", "u", profile->blank);
  g_variant_dict_insert (d, "separators", "u", profile->separators);
  g_variant_dict_insert (d, "per-document", "u", profile->count);
  g_variant_dict_insert (d, "compliance", "s", profile->compliance);
  g_variant_dict_insert_value (d, "quality", g_variant_builder_end (&policies));
}

static void
take_word (GVariant *v, const char *key, char **out)
{
  char *text = NULL;

  if (g_variant_lookup (v, key, "s", &text)) {
    g_free (*out);
    *out = text;
  }
}

static void
profile_from_variant (SohoaScanProfile *profile, GVariant *v)
{
  guint32 source = profile->source, mode = profile->mode, blank = profile->blank, separators = profile->separators;
  g_autoptr(GVariantIter) policies = NULL;
  char **options = NULL;
  guint32 word;

  take_word (v, "profile", &profile->name);
  take_word (v, "compliance", &profile->compliance);
  (void) g_variant_lookup (v, "source", "u", &source);
  (void) g_variant_lookup (v, "mode", "u", &mode);
  (void) g_variant_lookup (v, "blank", "u", &blank);
  (void) g_variant_lookup (v, "separators", "u", &separators);
  (void) g_variant_lookup (v, "dpi", "u", &profile->dpi);
  (void) g_variant_lookup (v, "size", "(dd)", &profile->width_mm, &profile->height_mm);
  (void) g_variant_lookup (v, "brightness", "i", &profile->brightness);
  (void) g_variant_lookup (v, "turn-backs", "b", &profile->turn_backs);
  (void) g_variant_lookup (v, "per-document", "u", &profile->count);
  if (g_variant_lookup (v, "profile-options", "^as", &options)) {
    g_strfreev (profile->options);
    profile->options = options;
  }
  profile->source = (SohoaScanSource) MIN (source, SOHOA_SCAN_SOURCE_ADF_DUPLEX);
  profile->mode = (SohoaScanMode) MIN (mode, SOHOA_SCAN_MODE_LINEART);
  profile->blank = (SohoaScanBlank) MIN (blank, SOHOA_SCAN_BLANK_KEEP);
  profile->separators = (SohoaScanSeparators) MIN (separators, SOHOA_SCAN_SEPARATORS_COUNT);
  if (g_variant_lookup (v, "quality", "au", &policies))
    for (guint i = 0; i < SOHOA_SCAN_N_QUALITY && g_variant_iter_next (policies, "u", &word); i++)
      profile->quality[i] = (SohoaScanPolicy) MIN (word, SOHOA_SCAN_ASK);
}

static GVariant *
to_variant (const SohoaBatch *self)
{
  GVariantBuilder pages, documents;
  GVariantDict d;

  g_variant_builder_init (&pages, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < self->pages->len; i++)
    g_variant_builder_add_value (&pages, page_to_variant (g_ptr_array_index (self->pages, i)));
  g_variant_builder_init (&documents, G_VARIANT_TYPE ("a(su)"));
  for (guint i = 0; i < self->documents->len; i++) {
    const SohoaBatchDocument *document = g_ptr_array_index (self->documents, i);

    g_variant_builder_add (&documents, "(su)", document->id, document->pages);
  }
  g_variant_dict_init (&d, NULL);
  g_variant_dict_insert (&d, "id", "s", self->id);
  g_variant_dict_insert (&d, "device", "s", self->device);
  g_variant_dict_insert (&d, "actor", "s", self->actor);
  g_variant_dict_insert (&d, "token", "s", self->token);
  g_variant_dict_insert (&d, "options", "^as", self->options);
  g_variant_dict_insert_value (&d, "fields", g_variant_new_strv ((const char *const *) self->fields->pdata, self->fields->len));
  g_variant_dict_insert (&d, "created", "x", self->created_us);
  g_variant_dict_insert (&d, "state", "u", self->state);
  g_variant_dict_insert (&d, "error", "s", self->error_name);
  g_variant_dict_insert (&d, "message", "s", self->message);
  g_variant_dict_insert (&d, "released-by", "s", self->released_by);
  g_variant_dict_insert (&d, "expected", "u", self->expected);
  g_variant_dict_insert (&d, "open", "b", self->open);
  g_variant_dict_insert (&d, "feed-over", "b", self->feed_over);
  g_variant_dict_insert (&d, "count-accepted", "b", self->count_accepted);
  g_variant_dict_insert (&d, "sheets", "u", self->sheets);
  g_variant_dict_insert (&d, "sides", "u", self->sides);
  g_variant_dict_insert (&d, "singles", "u", self->singles);
  g_variant_dict_insert (&d, "put-back", "u", self->put_back);
  g_variant_dict_insert (&d, "last-number", "u", self->last_number);
  g_variant_dict_insert_value (&d, "pages", g_variant_builder_end (&pages));
  g_variant_dict_insert_value (&d, "documents", g_variant_builder_end (&documents));
  profile_to_dict (self->profile, &d);
  return g_variant_dict_end (&d);
}

gboolean
sohoa_batch_save (const SohoaBatch *self, const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, FILE_NAME, NULL);
  g_autoptr(GVariant) value = g_variant_ref_sink (to_variant (self));

  return sohoa_file_write (path, g_variant_get_data (value), (gssize) g_variant_get_size (value), 0600, error);
}

static void
take_numbers (SohoaBatch *self, GVariant *v)
{
  guint32 state = 0;

  (void) g_variant_lookup (v, "created", "x", &self->created_us);
  (void) g_variant_lookup (v, "state", "u", &state);
  (void) g_variant_lookup (v, "expected", "u", &self->expected);
  (void) g_variant_lookup (v, "open", "b", &self->open);
  (void) g_variant_lookup (v, "feed-over", "b", &self->feed_over);
  (void) g_variant_lookup (v, "count-accepted", "b", &self->count_accepted);
  (void) g_variant_lookup (v, "sheets", "u", &self->sheets);
  (void) g_variant_lookup (v, "sides", "u", &self->sides);
  (void) g_variant_lookup (v, "singles", "u", &self->singles);
  (void) g_variant_lookup (v, "put-back", "u", &self->put_back);
  (void) g_variant_lookup (v, "last-number", "u", &self->last_number);
  self->state = (SohoaBatchState) MIN (state, SOHOA_BATCH_PURGED);
}

static void
take_lists (SohoaBatch *self, GVariant *v)
{
  g_autoptr(GVariant) pages = g_variant_lookup_value (v, "pages", G_VARIANT_TYPE ("aa{sv}"));
  g_autoptr(GVariantIter) documents = NULL;
  g_autoptr(GVariantIter) fields = NULL;
  char **options = NULL;
  char *text;
  guint32 n;

  for (gsize i = 0; pages != NULL && i < g_variant_n_children (pages); i++) {
    g_autoptr(GVariant) page = g_variant_get_child_value (pages, i);

    page_from_variant (self, page);
  }
  if (g_variant_lookup (v, "documents", "a(su)", &documents))
    while (g_variant_iter_next (documents, "(su)", &text, &n)) {
      SohoaBatchDocument *document = g_new0 (SohoaBatchDocument, 1);

      document->id = text;
      document->pages = n;
      g_ptr_array_add (self->documents, document);
    }
  if (g_variant_lookup (v, "fields", "as", &fields))
    while (g_variant_iter_next (fields, "s", &text))
      g_ptr_array_add (self->fields, text);
  if (g_variant_lookup (v, "options", "^as", &options)) {
    g_strfreev (self->options);
    self->options = options;
  }
}

SohoaBatch *
sohoa_batch_load (const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, FILE_NAME, NULL);
  g_autoptr(GBytes) bytes = sohoa_file_read (path, FILE_MAX_BYTES, error);
  g_autoptr(SohoaBatch) self = NULL;
  g_autoptr(GVariant) v = NULL;

  if (bytes == NULL)
    return NULL;
  v = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE_VARDICT, bytes, FALSE));
  self = sohoa_batch_new ();
  take_word (v, "id", &self->id);
  if (!g_variant_is_normal_form (v) || self->id == NULL || !sohoa_id_is_valid (self->id)) {
    g_set_error (error, SOHOA_STORE_ERROR, SOHOA_STORE_ERROR_CORRUPT, "%s: cannot be read: restore a backup", path);
    return NULL;
  }
  take_word (v, "device", &self->device);
  take_word (v, "actor", &self->actor);
  take_word (v, "token", &self->token);
  take_word (v, "error", &self->error_name);
  take_word (v, "message", &self->message);
  take_word (v, "released-by", &self->released_by);
  take_numbers (self, v);
  take_lists (self, v);
  profile_from_variant (self->profile, v);
  return g_steal_pointer (&self);
}

/* ---- counting and cutting ---- */

void
sohoa_batch_count (const SohoaBatch *self, SohoaBatchCount *out)
{
  *out = (SohoaBatchCount) { .images = self->pages->len };
  for (guint i = 0; i < self->pages->len; i++) {
    const SohoaBatchPage *page = g_ptr_array_index (self->pages, i);

    switch (page->state) {
    case SOHOA_BATCH_PAGE_SEALED:
      out->sealed++;
      break;
    case SOHOA_BATCH_PAGE_KEPT:
      out->kept++;
      break;
    case SOHOA_BATCH_PAGE_BLANK:
      out->blank++;
      break;
    case SOHOA_BATCH_PAGE_SEPARATOR:
      out->separators++;
      break;
    case SOHOA_BATCH_PAGE_REJECTED:
      out->rejected++;
      break;
    }
  }
}

gboolean
sohoa_batch_check_count (const SohoaBatch *self, char **text_out)
{
  SohoaBatchCount c;
  guint fed;

  sohoa_batch_count (self, &c);
  fed = self->sheets * self->sides + self->singles;
  if (text_out != NULL)
    *text_out = g_strdup_printf ("%u sheets x %u sides + %u again = %u; kept %u + blank %u + separators %u + rejected %u = %u%s",
                                 self->sheets, self->sides, self->singles, fed, c.kept, c.blank, c.separators, c.rejected,
                                 c.kept + c.blank + c.separators + c.rejected,
                                 self->expected > 0 && self->expected != self->sheets ? "; the clerk counted other sheets" : "");
  return fed == c.kept + c.blank + c.separators + c.rejected && c.sealed == 0
         && (self->expected == 0 || self->expected == self->sheets);
}

gboolean
sohoa_batch_starts_document (const SohoaBatch *self, guint index)
{
  const SohoaBatchPage *page = g_ptr_array_index (self->pages, index);

  if (page->break_before)
    return TRUE;
  for (guint i = index; i-- > 0;) {
    const SohoaBatchPage *before = g_ptr_array_index (self->pages, i);

    if (before->state == SOHOA_BATCH_PAGE_SEPARATOR)
      return TRUE;
    if (before->state == SOHOA_BATCH_PAGE_KEPT)
      return FALSE;
    if (before->break_before) /* a blank page or a replaced one carries its boundary on */
      return TRUE;
  }
  return TRUE;
}

gboolean
sohoa_batch_next_document (const SohoaBatch *self, guint *first_out, guint *end_out, gboolean *complete_out)
{
  guint first = self->pages->len;

  *complete_out = FALSE;
  for (guint i = 0; i < self->pages->len; i++) {
    const SohoaBatchPage *page = g_ptr_array_index (self->pages, i);

    if (page->state == SOHOA_BATCH_PAGE_SEALED) {
      *first_out = first;
      *end_out = i;
      return first < i;
    }
    if (page->document != 0)
      continue;
    if (first < i && (page->state == SOHOA_BATCH_PAGE_SEPARATOR
                      || (page->state == SOHOA_BATCH_PAGE_KEPT && sohoa_batch_starts_document (self, i)))) {
      *first_out = first;
      *end_out = i;
      *complete_out = TRUE;
      return TRUE;
    }
    if (first == self->pages->len && page->state == SOHOA_BATCH_PAGE_KEPT)
      first = i;
  }
  *first_out = first;
  *end_out = self->pages->len;
  *complete_out = self->feed_over;
  return first < self->pages->len;
}

/* The scan profile's name of a finding. */
static int
quality_of_flag (const char *flag)
{
  static const struct { const char *flag; SohoaScanQuality quality; } rows[] = {
    { "dark", SOHOA_SCAN_QUALITY_TOO_DARK },       { "light", SOHOA_SCAN_QUALITY_TOO_LIGHT },
    { "clipped", SOHOA_SCAN_QUALITY_CLIPPED },     { "skewed", SOHOA_SCAN_QUALITY_SKEWED },
    { "low-resolution", SOHOA_SCAN_QUALITY_LOW_RESOLUTION }, { "folded-corner", SOHOA_SCAN_QUALITY_FOLDED },
    { "streak", SOHOA_SCAN_QUALITY_STREAK },       { "page-missing", SOHOA_SCAN_QUALITY_PAGE_MISSING },
    { "short-page", SOHOA_SCAN_QUALITY_SHORT_PAGE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (g_str_equal (rows[i].flag, flag))
      return (int) rows[i].quality;
  return -1;
}

gboolean
sohoa_batch_page_asks (const SohoaBatch *self, const SohoaBatchPage *page)
{
  if (page->accepted || page->state != SOHOA_BATCH_PAGE_KEPT)
    return FALSE;
  for (guint i = 0; page->flags[i] != NULL; i++) {
    int quality = quality_of_flag (page->flags[i]);

    if (quality >= 0 && self->profile->quality[quality] == SOHOA_SCAN_ASK)
      return TRUE;
  }
  return FALSE;
}
