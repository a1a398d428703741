#define _GNU_SOURCE
#include "sohoa-pipeline-private.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-pile.h"
#include "sohoa-time.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <unistd.h>

#define DEFAULT_PROFILE "VN-ND30-2020"
#define MAX_FINDINGS 20u /* of the worker, about one page */

typedef struct {
  SohoaWorkerPool        *pool;
  const SohoaPlan        *plan;
  const SohoaClearance   *clearance;
  const SohoaReadOptions *options;
  const char             *spool_dir;
  GMutex                  lock;      /* of everything below */
  int                     images_fd; /* (unowned) appended to */
  int                     texts_fd;
  SohoaSpoolIndex        *index;     /* (unowned) */
  SohoaRecord            *record;    /* (unowned) */
  SohoaPile              *pile;      /* (unowned) */
  guint                   n_done;
} Reading;

static void
report (const SohoaReadOptions *options, const char *stage, guint done, guint total)
{
  if (options->progress != NULL)
    options->progress (stage, done, total, options->progress_data);
}

/* A nameless file in the spool: its bytes go when the last descriptor is closed. */
static int
open_scratch (const char *spool_dir, GError **error)
{
  int fd = open (spool_dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

  if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)) {
    if (fd < 0)
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "%s: cannot create file: %s", spool_dir, g_strerror (errno));
    return fd;
  }
  return sohoa_memfd_new ("page", error);
}

static gboolean
ask_page (SohoaWorkerPool *pool, const SohoaPlan *plan, guint i, gboolean recognise, int hint, int image_fd,
          GCancellable *cancellable, GVariant **reply, GError **error)
{
  const SohoaPlanPage *page = sohoa_plan_peek_page (plan, i);
  int fds[2] = { sohoa_plan_get_fd (plan, page->input), image_fd };
  GVariantDict args, options;

  g_variant_dict_init (&options, NULL);
  g_variant_dict_insert (&options, "recognise", "b", recognise);
  if (hint >= 0)
    g_variant_dict_insert (&options, "turn-hint", "u", (guint32) hint);
  g_variant_dict_init (&args, NULL);
  g_variant_dict_insert (&args, "name", "s", sohoa_plan_get_name (plan, page->input));
  g_variant_dict_insert (&args, "page", "u", page->source_page);
  g_variant_dict_insert (&args, "original", "b", sohoa_plan_is_original (plan));
  g_variant_dict_insert_value (&args, "options", g_variant_dict_end (&options));
  return sohoa_worker_pool_call (pool, SOHOA_OP_PAGE, g_variant_dict_end (&args), fds, 2, SOHOA_PAGE_TIMEOUT_MS,
                                 cancellable, reply, error);
}

gboolean
sohoa_ask_page_safely (SohoaWorkerPool *pool, const SohoaPlan *plan, guint i, int hint, int image_fd,
                       GCancellable *cancellable, GVariant **reply, const char **lost, GError **error)
{
  g_autoptr(GError) local = NULL;

  *lost = NULL;
  if (ask_page (pool, plan, i, TRUE, hint, image_fd, cancellable, reply, &local))
    return TRUE;
  if (g_error_matches (local, SOHOA_OCR_ERROR, SOHOA_OCR_ERROR_TIMEOUT))
    *lost = "timeout";
  else if (g_error_matches (local, SOHOA_OCR_ERROR, SOHOA_OCR_ERROR_WORKER_DIED))
    *lost = "failed";
  if (*lost == NULL) {
    g_propagate_error (error, g_steal_pointer (&local));
    return FALSE;
  }
  if (ask_page (pool, plan, i, FALSE, hint, image_fd, cancellable, reply, error))
    return TRUE;
  sohoa_blame_input (error);
  return FALSE;
}

/* What was read while paper still moved, if it was made from these very bytes. */
static gboolean
take_ahead (Reading *r, guint i, int image_fd, GVariant **reply)
{
  const SohoaPlanPage *page = sohoa_plan_peek_page (r->plan, i);
  g_autofree char *prefix = NULL;
  g_autofree char *sha256 = NULL;

  if (r->options->ahead == NULL || sohoa_plan_is_original (r->plan))
    return FALSE;
  prefix = g_strdup_printf ("%s%u", r->options->ahead, i + 1);
  sha256 = sohoa_fd_sha256 (sohoa_plan_get_fd (r->plan, page->input), 0, G_MAXUINT64, NULL);
  *reply = sha256 != NULL ? sohoa_ahead_take (prefix, sha256, image_fd) : NULL;
  return *reply != NULL;
}

static gboolean
take_image (Reading *r, SohoaSpoolPage *page, GVariant *reply, int image_fd, GError **error)
{
  g_autoptr(GVariant) image = g_variant_lookup_value (reply, "image", G_VARIANT_TYPE_VARDICT);
  g_autoptr(SohoaImageStream) stream = NULL;
  goffset end;

  if (sohoa_plan_is_original (r->plan))
    return TRUE;
  if (image == NULL) {
    g_set_error (error, SOHOA_OCR_ERROR, SOHOA_OCR_ERROR_ENGINE, "page worker gave no picture: try again");
    return FALSE;
  }
  stream = sohoa_image_stream_from_variant (image, error);
  if (stream == NULL)
    return FALSE;
  end = lseek (r->images_fd, 0, SEEK_END);
  if (end < 0 || !sohoa_fd_copy (image_fd, stream->offset, stream->length, r->images_fd, error))
    return FALSE;
  stream->offset = end;
  page->stream = g_steal_pointer (&stream);
  return TRUE;
}

static gboolean
take_text (Reading *r, SohoaSpoolPage *page, SohoaPageInfo *info, GVariant *reply, GError **error)
{
  g_autoptr(GVariant) text = g_variant_lookup_value (reply, "text", NULL);
  g_autoptr(GVariant) inner = NULL;
  g_autoptr(GVariant) clean = NULL;
  g_autoptr(SohoaTextLayer) layer = NULL;
  goffset end;

  if (text == NULL)
    return TRUE;
  inner = g_variant_is_of_type (text, G_VARIANT_TYPE_VARIANT) ? g_variant_get_variant (text) : g_variant_ref (text);
  layer = sohoa_text_layer_from_variant (inner, error);
  if (layer == NULL)
    return FALSE;
  info->ocr_words = sohoa_text_layer_count_words (layer);
  info->ocr_confidence = sohoa_text_layer_mean_confidence (layer);
  clean = g_variant_ref_sink (sohoa_text_layer_to_variant (layer));
  /* The reader maps a page's bytes as they are: a GVariant wants its alignment. */
  end = lseek (r->texts_fd, 0, SEEK_END);
  end = (end + 7) & ~(goffset) 7;
  if (end < 0 || ftruncate (r->texts_fd, end) < 0 || lseek (r->texts_fd, end, SEEK_SET) != end
      || !sohoa_fd_write_all (r->texts_fd, g_variant_get_data (clean), g_variant_get_size (clean), error)) {
    if (error != NULL && *error == NULL)
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "text spool: cannot write: %s", g_strerror (errno));
    return FALSE;
  }
  page->text_offset = end;
  page->text_length = g_variant_get_size (clean);
  sohoa_pile_set_text (r->pile, info->index - 1, layer);
  return TRUE;
}

static void
take_judgements (Reading *r, guint i, SohoaPageInfo *info, GVariant *reply)
{
  g_autoptr(GVariant) print = g_variant_lookup_value (reply, "print", G_VARIANT_TYPE_BYTESTRING);
  g_autoptr(GVariantIter) findings = NULL;
  const char *what, *reason;
  double confidence;

  if (g_variant_lookup (reply, "findings", "a(sds)", &findings))
    while (info->findings->len < MAX_FINDINGS && g_variant_iter_next (findings, "(&sd&s)", &what, &confidence, &reason))
      sohoa_page_info_add_finding (info, what, isfinite (confidence) ? confidence : 0, reason);
  sohoa_pile_set_print (r->pile, i, print);
}

static void
take_findings (Reading *r, guint i, SohoaPageInfo *info, GVariant *reply, const char *lost)
{
  const SohoaPlanPage *plan = sohoa_plan_peek_page (r->plan, i);
  SohoaSpoolPage *page = g_ptr_array_index (r->index->pages, i);
  const char *status = "none";
  g_autofree const char **flags = NULL;

  g_free (info->source);
  info->source = g_path_get_basename (sohoa_plan_get_name (r->plan, plan->input));
  info->source_page = plan->source_page;
  (void) g_variant_lookup (reply, "width", "u", &info->width_px);
  (void) g_variant_lookup (reply, "height", "u", &info->height_px);
  (void) g_variant_lookup (reply, "dpi", "d", &info->dpi);
  (void) g_variant_lookup (reply, "rotation", "u", &info->rotation);
  (void) g_variant_lookup (reply, "skew", "d", &info->skew_deg);
  (void) g_variant_lookup (reply, "blank", "b", &info->blank);
  (void) g_variant_lookup (reply, "ocr-status", "&s", &status);
  g_free (info->ocr_status);
  info->ocr_status = g_strdup (lost != NULL ? lost : status);
  g_free (info->sha256);
  info->sha256 = g_strdup (page->stream != NULL ? page->stream->sha256 : "");
  page->rotation = info->rotation;
  g_ptr_array_set_size (info->flags, 0);
  g_ptr_array_set_size (info->findings, 0);
  if (g_variant_lookup (reply, "flags", "^a&s", &flags))
    for (guint k = 0; flags[k] != NULL; k++)
      sohoa_page_info_add_flag (info, flags[k]);
  take_judgements (r, i, info, reply);
}

/* The page as it was read before, if it was; else now. */
static gboolean
get_page (Reading *r, guint i, int hint, int *image_fd, GCancellable *cancellable, GVariant **reply, const char **lost,
          GError **error)
{
  if (hint < 0 && (*reply = sohoa_read_early_take (r->options->early, r->plan, i, image_fd)) != NULL)
    return TRUE;
  *image_fd = open_scratch (r->spool_dir, error);
  if (*image_fd < 0)
    return FALSE;
  return (hint < 0 && take_ahead (r, i, *image_fd, reply))
         || sohoa_ask_page_safely (r->pool, r->plan, i, hint, *image_fd, cancellable, reply, lost, error);
}

static gboolean
read_page_with (Reading *r, guint i, int hint, GCancellable *cancellable, GError **error)
{
  SOHOA_AUTO_FD int image_fd = -1;
  g_autoptr(GVariant) reply = NULL;
  g_autoptr(GMutexLocker) locker = NULL;
  const char *secrecy = "", *lost = NULL;
  guint32 rotation = 0;
  SohoaPageInfo *info;

  if (!get_page (r, i, hint, &image_fd, cancellable, &reply, &lost, error))
    return FALSE;
  (void) g_variant_lookup (reply, "secrecy", "&s", &secrecy);
  if (*secrecy != '\0' && !sohoa_clearance_is_released (r->clearance)) {
    g_set_error (error, SOHOA_GATE_ERROR, SOHOA_GATE_ERROR_SECRET,
                 "page %u: suspected secrecy mark: nothing was kept, hand the paper to the person in charge", i + 1);
    return FALSE;
  }
  if (hint >= 0 && (lost != NULL || !g_variant_lookup (reply, "rotation", "u", &rotation) || rotation != (guint) hint))
    return TRUE; /* not confirmed: the first reading stands */
  locker = g_mutex_locker_new (&r->lock);
  info = sohoa_record_peek_page (r->record, i);
  /* read a second time, its picture is in the spool already */
  if ((hint < 0 && !take_image (r, g_ptr_array_index (r->index->pages, i), reply, image_fd, error))
      || !take_text (r, g_ptr_array_index (r->index->pages, i), info, reply, error))
    return FALSE;
  take_findings (r, i, info, reply, lost);
  return TRUE;
}

static gboolean
read_page (guint i, gpointer data, GCancellable *cancellable, GError **error)
{
  Reading *r = data;
  g_autoptr(GMutexLocker) locker = NULL;

  if (!read_page_with (r, i, -1, cancellable, error))
    return FALSE;
  locker = g_mutex_locker_new (&r->lock);
  report (r->options, "pages", ++r->n_done, sohoa_plan_count_pages (r->plan));
  return TRUE;
}

/* A page whose own evidence was not enough is looked at once more when the pile's other pages lie turned. */
static gboolean
read_page_again (guint i, gpointer data, GCancellable *cancellable, GError **error)
{
  Reading *r = data;
  int hint = sohoa_pile_turn_hint (r->pile, r->record, i);

  return hint <= 0 || read_page_with (r, i, hint, cancellable, error);
}

/* ---- fields ---- */

static GVariant *
fields_args (const SohoaSpoolIndex *index, const SohoaRecord *record, const SohoaReadOptions *options, guint urgency)
{
  g_autofree char *json = sohoa_record_to_json (record, FALSE);
  static const char *const none[] = { NULL };
  GVariantDict args, o;

  g_variant_dict_init (&o, NULL);
  g_variant_dict_insert (&o, "set", "^as", options->set != NULL ? options->set : none);
  g_variant_dict_insert (&o, "strict", "b", options->strict);
  g_variant_dict_init (&args, NULL);
  g_variant_dict_insert_value (&args, "texts", sohoa_spool_index_texts (index, 0, G_MAXUINT));
  g_variant_dict_insert (&args, "record", "s", json);
  g_variant_dict_insert (&args, "urgency", "u", urgency);
  g_variant_dict_insert_value (&args, "options", g_variant_dict_end (&o));
  return g_variant_dict_end (&args);
}

gboolean
sohoa_spool_fields (SohoaWorkerPool *pool, const SohoaSpoolIndex *index, int texts_fd, const SohoaRecord *record,
                    const SohoaReadOptions *options, guint urgency, GCancellable *cancellable,
                    SohoaRecord **record_out, GError **error)
{
  g_autoptr(GVariant) reply = NULL;
  const char *json = "";

  report (options, "fields", 0, 1);
  if (!sohoa_worker_pool_call (pool, SOHOA_OP_FIELDS, fields_args (index, record, options, urgency), &texts_fd, 1,
                               SOHOA_DOCUMENT_TIMEOUT_MS, cancellable, &reply, error))
    return FALSE;
  (void) g_variant_lookup (reply, "record", "&s", &json);
  *record_out = sohoa_record_from_json (json, -1, error);
  report (options, "fields", 1, 1);
  return *record_out != NULL;
}

/* ---- the whole ---- */

static SohoaRecord *
record_for (const SohoaPlan *plan, const SohoaReadOptions *options)
{
  SohoaRecord *record = sohoa_record_new ();

  g_free (record->id);
  record->id = options->id != NULL ? g_strdup (options->id) : sohoa_id_new (sohoa_time_now_us ());
  g_free (record->profile);
  record->profile = g_strdup (options->profile != NULL ? options->profile : DEFAULT_PROFILE);
  record->original = sohoa_plan_is_original (plan);
  for (guint i = 0; i < sohoa_plan_count_pages (plan); i++)
    (void) sohoa_record_add_page (record);
  return record;
}

static gboolean
read_all (Reading *r, GCancellable *cancellable, SohoaRecord **record_out, GError **error)
{
  g_autofree char *images_path = g_build_filename (r->spool_dir, SOHOA_SPOOL_IMAGES, NULL);
  g_autofree char *texts_path = g_build_filename (r->spool_dir, SOHOA_SPOOL_TEXTS, NULL);
  g_autoptr(SohoaOutput) images = sohoa_output_new (images_path, 0600, error);
  g_autoptr(SohoaOutput) texts = images != NULL ? sohoa_output_new (texts_path, 0600, error) : NULL;
  guint n = sohoa_plan_count_pages (r->plan);

  if (texts == NULL)
    return FALSE;
  r->images_fd = sohoa_output_get_fd (images);
  r->texts_fd = sohoa_output_get_fd (texts);
  report (r->options, "pages", 0, n);
  if (!sohoa_run_each (r->pool, n, read_page, r, cancellable, error)
      || !sohoa_run_each (r->pool, n, read_page_again, r, cancellable, error))
    return FALSE;
  sohoa_pile_flag_duplicates (r->pile, r->record);
  if (!sohoa_spool_fields (r->pool, r->index, r->texts_fd, r->record, r->options,
                           sohoa_clearance_get_urgency (r->clearance), cancellable, record_out, error))
    return FALSE;
  if (sohoa_output_commit (texts, error)
      && (r->index->original || sohoa_output_commit (images, error))
      && sohoa_spool_index_save (r->index, r->spool_dir, error))
    return TRUE;
  g_clear_pointer (record_out, sohoa_record_free);
  return FALSE;
}

gboolean
sohoa_pipeline_read_pages (SohoaWorkerPool *pool, const SohoaPlan *plan, const SohoaClearance *clearance,
                           const char *spool_dir, const SohoaReadOptions *options, GCancellable *cancellable,
                           SohoaRecord **record_out, GError **error)
{
  Reading r = { .pool = pool, .plan = plan, .clearance = clearance, .options = options, .spool_dir = spool_dir };
  const char *digest = sohoa_plan_peek_digest (plan, error);
  g_autoptr(SohoaSpoolIndex) index = NULL;
  g_autoptr(SohoaRecord) record = NULL;
  g_autoptr(SohoaPile) pile = sohoa_pile_new (sohoa_plan_count_pages (plan));
  gboolean ok;

  *record_out = NULL;
  r.pile = pile;
  if (digest == NULL || !sohoa_clearance_check (clearance, digest, error))
    return FALSE;
  sohoa_spool_clear (spool_dir);
  index = sohoa_spool_index_new (digest, sohoa_plan_is_original (plan), sohoa_plan_count_pages (plan));
  record = record_for (plan, options);
  r.index = index;
  r.record = record;
  g_mutex_init (&r.lock);
  ok = read_all (&r, cancellable, record_out, error);
  g_mutex_clear (&r.lock);
  if (!ok)
    sohoa_spool_clear (spool_dir);
  return ok;
}

/* @before without anything that reading the text gives. */
static SohoaRecord *
pages_only (const SohoaRecord *before, GError **error)
{
  g_autofree char *json = sohoa_record_to_json (before, FALSE);
  SohoaRecord *record = sohoa_record_from_json (json, -1, error);

  if (record == NULL)
    return NULL;
  g_ptr_array_set_size (record->fields, 0);
  g_ptr_array_set_size (record->parts, 0);
  g_ptr_array_set_size (record->findings, 0);
  g_ptr_array_set_size (record->deviations, 0);
  g_ptr_array_set_size (record->needs_person, 0);
  return record;
}

gboolean
sohoa_pipeline_read_fields (SohoaWorkerPool *pool, const SohoaPlan *plan, const SohoaClearance *clearance,
                            const char *spool_dir, const SohoaRecord *before, const SohoaReadOptions *options,
                            GCancellable *cancellable, SohoaRecord **record_out, GError **error)
{
  const char *digest = sohoa_plan_peek_digest (plan, error);
  g_autoptr(SohoaSpoolIndex) index = NULL;
  g_autoptr(SohoaRecord) record = NULL;
  SOHOA_AUTO_FD int texts = -1;

  *record_out = NULL;
  if (digest == NULL || !sohoa_clearance_check (clearance, digest, error)
      || (index = sohoa_spool_index_load (spool_dir, error)) == NULL
      || (texts = sohoa_spool_open (spool_dir, SOHOA_SPOOL_TEXTS, error)) < 0
      || (record = pages_only (before, error)) == NULL)
    return FALSE;
  if (index->pages->len != record->pages->len || !g_str_equal (index->digest, digest)) {
    g_set_error (error, SOHOA_GATE_ERROR, SOHOA_GATE_ERROR_NOT_CLEARED,
                 "text layers: were made from other files: reprocess from ocr");
    return FALSE;
  }
  return sohoa_spool_fields (pool, index, texts, record, options, sohoa_clearance_get_urgency (clearance), cancellable,
                             record_out, error);
}
