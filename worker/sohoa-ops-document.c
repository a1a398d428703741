/* fields, write-pdf, read-back, append: a whole document at once. */
#include "sohoa-worker.h"

#include "sohoa-copy.h"
#include "sohoa-errors.h"
#include "sohoa-evidence.h"
#include "sohoa-file.h"
#include "sohoa-pdf.h"
#include "sohoa-protocol.h"
#include "sohoa-time.h"
#include "sohoa-validate.h"

#include <string.h>

#define LAYER_MAX_BYTES (64u * 1024 * 1024)
#define PERSON "person"
#define SEAL_MAX_BYTES (8u * 1024 * 1024)

/* ---- arguments ---- */

static SohoaRecord *
take_record (const SohoaRequest *request, GError **error)
{
  const char *json = NULL;

  if (!g_variant_lookup (request->args, "record", "&s", &json)) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "request has no record");
    return NULL;
  }
  return sohoa_record_from_json (json, -1, error);
}

static GArray *
take_spans (const SohoaRequest *request)
{
  g_autoptr(GVariant) texts = g_variant_lookup_value (request->args, "texts", G_VARIANT_TYPE ("a(tt)"));
  GArray *spans = g_array_new (FALSE, FALSE, sizeof (SohoaPdfSpan));

  for (gsize i = 0; texts != NULL && i < g_variant_n_children (texts); i++) {
    SohoaPdfSpan span;

    g_variant_get_child (texts, i, "(tt)", &span.offset, &span.length);
    g_array_append_val (spans, span);
  }
  return spans;
}

static GPtrArray *
take_images (const SohoaRequest *request, GError **error)
{
  g_autoptr(GVariant) images = g_variant_lookup_value (request->args, "images", G_VARIANT_TYPE ("aa{sv}"));
  g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify) sohoa_image_stream_free);

  for (gsize i = 0; images != NULL && i < g_variant_n_children (images); i++) {
    g_autoptr(GVariant) row = g_variant_get_child_value (images, i);
    SohoaImageStream *stream = sohoa_image_stream_from_variant (row, error);

    if (stream == NULL)
      return NULL;
    g_ptr_array_add (list, stream);
  }
  return g_steal_pointer (&list);
}

static gint64
take_time (const SohoaRequest *request)
{
  gint64 time_us = 0;

  (void) g_variant_lookup (request->args, "time", "x", &time_us);
  return time_us;
}

/* Which of several files this is; see SohoaPdfJob. */
static void
take_part (const SohoaRequest *request, SohoaPdfJob *job)
{
  job->first_page = sohoa_request_uint (request, "first-page", 0);
  job->part = sohoa_request_uint (request, "part", 0);
  job->n_parts = sohoa_request_uint (request, "n-parts", 0);
}

/* Each of several files says which one it is. Takes @block. */
static char **
add_part_line (char **block, const SohoaPdfJob *job)
{
  guint n = g_strv_length (block);

  if (n == 0 || job->n_parts < 2)
    return block;
  block = g_renew (char *, block, n + 2);
  block[n] = g_strdup_printf ("Tệp %u/%u", job->part, job->n_parts);
  block[n + 1] = NULL;
  return block;
}

/* The lines given, else those the record's form of copy asks for, else none. g_strfreev. */
static char **
take_block (SohoaWorker *self, const SohoaRequest *request, const SohoaRecord *record)
{
  const char *agency = "";
  char **block = NULL;

  if (g_variant_lookup (request->args, "block", "^as", &block))
    return block;
  (void) g_variant_lookup (request->args, "agency", "&s", &agency);
  if (record == NULL || !sohoa_request_bool (request, "signature", FALSE))
    return g_new0 (char *, 1);
  return sohoa_signature_block (record, sohoa_worker_peek_profile (self, record->profile), agency, take_time (request));
}

/* ---- fields ---- */

static void
layer_free (gpointer data)
{
  if (data != NULL)
    sohoa_text_layer_free (data);
}

/* NULL for a page without text; a layer that cannot be read counts as none. */
static SohoaTextLayer *
load_layer (int fd, const SohoaPdfSpan *span)
{
  g_autofree guint8 *data = NULL;
  g_autoptr(GBytes) bytes = NULL;
  g_autoptr(GVariant) layer = NULL;

  if (span->length == 0 || span->length > LAYER_MAX_BYTES)
    return NULL;
  data = g_malloc (span->length);
  if (!sohoa_fd_pread_all (fd, data, span->length, span->offset, NULL))
    return NULL;
  bytes = g_bytes_new_take (g_steal_pointer (&data), span->length);
  layer = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE (SOHOA_TEXT_LAYER_TYPE), bytes, FALSE));
  return sohoa_text_layer_from_variant (layer, NULL);
}

static gboolean
set_fields (SohoaRecord *record, GVariant *options, GError **error)
{
  g_autofree const char **set = NULL;

  if (options == NULL || !g_variant_lookup (options, "set", "^a&s", &set))
    return TRUE;
  for (guint i = 0; set[i] != NULL; i++) {
    const char *equals = strchr (set[i], '=');
    g_autofree char *key = equals != NULL ? g_strndup (set[i], equals - set[i]) : NULL;

    if (key == NULL) {
      g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "%s: no value: write Field=value", set[i]);
      return FALSE;
    }
    if (!sohoa_field_check (key, equals + 1, error))
      return FALSE;
    (void) sohoa_record_set_field (record, key, equals + 1, 1.0, PERSON);
  }
  return TRUE;
}

/* What the profile says about the pages as they were delivered. An original's pages are not ours to judge. */
static void
check_pages (const SohoaProfile *profile, SohoaRecord *record)
{
  for (guint i = 0; !record->original && i < record->pages->len; i++)
    (void) sohoa_profile_check_page (profile, record, sohoa_record_peek_page (record, i));
}

GVariant *
sohoa_op_fields (SohoaWorker *self, const SohoaRequest *request, GError **error)
{
  g_autoptr(SohoaRecord) record = NULL;
  g_autoptr(GVariant) options = g_variant_lookup_value (request->args, "options", G_VARIANT_TYPE_VARDICT);
  g_autoptr(GArray) spans = take_spans (request);
  g_autoptr(GPtrArray) layers = g_ptr_array_new_with_free_func (layer_free);
  g_autofree char *json = NULL;
  SohoaExtractOptions extract = { .lists = self->lists };
  gboolean strict = FALSE;
  GVariantDict reply;

  if (!sohoa_request_check (request, 1, error) || (record = take_record (request, error)) == NULL
      || !set_fields (record, options, error))
    return NULL;
  extract.profile = sohoa_worker_peek_profile (self, record->profile);
  if (extract.profile == NULL) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "profile %s: not installed: see data/profiles for the names",
                 record->profile);
    return NULL;
  }
  for (guint i = 0; i < spans->len; i++)
    g_ptr_array_add (layers, load_layer (request->fds[0], &g_array_index (spans, SohoaPdfSpan, i)));
  check_pages (extract.profile, record);
  if (options != NULL)
    (void) g_variant_lookup (options, "strict", "b", &strict);
  if ((strict || extract.profile->strict_input) && record->deviations->len > 0) {
    g_set_error (error, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_AGAINST_PROFILE, "%s: against %s: scan it again",
                 (const char *) g_ptr_array_index (record->deviations, 0), extract.profile->name);
    return NULL;
  }
  extract.urgency = MIN (sohoa_request_uint (request, "urgency", 0), 4);
  sohoa_extract_fields (layers, record, &extract);
  sohoa_copy_form_update (record);
  sohoa_record_update_needs_person (record, extract.profile);
  json = sohoa_record_to_json (record, FALSE);
  g_variant_dict_init (&reply, NULL);
  g_variant_dict_insert (&reply, "record", "s", json);
  return g_variant_dict_end (&reply);
}

/* ---- PDF ---- */

static GVariant *
placeholder_variant (const SohoaPdfPlaceholder *p)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "byte-range-offset", "t", p->byte_range_offset);
  g_variant_dict_insert (&dict, "byte-range-length", "t", p->byte_range_length);
  g_variant_dict_insert (&dict, "contents-offset", "t", p->contents_offset);
  g_variant_dict_insert (&dict, "contents-length", "t", p->contents_length);
  return g_variant_dict_end (&dict);
}

static void
put_strings (GVariantDict *reply, const char *key, GPtrArray *strings)
{
  g_variant_dict_insert_value (reply, key,
                               g_variant_new_strv ((const char *const *) strings->pdata, (gssize) strings->len));
}

static void
take_signing (const SohoaRequest *request, SohoaPdfJob *job)
{
  job->time_us = take_time (request);
  job->signature = sohoa_request_bool (request, "signature", TRUE);
  (void) g_variant_lookup (request->args, "name", "&s", &job->name);
  (void) g_variant_lookup (request->args, "reason", "&s", &job->reason);
  (void) g_variant_lookup (request->args, "location", "&s", &job->location);
  if (job->reason != NULL && *job->reason == '\0')
    job->reason = NULL;
}

/* What the caller or the profile says; of the b levels the writer makes u, which is more. */
static const char *
take_conformance (SohoaWorker *self, const SohoaRequest *request, const SohoaRecord *record)
{
  const SohoaProfile *profile = sohoa_worker_peek_profile (self, record->profile);
  const char *name = profile != NULL ? profile->conformance : "2u";

  (void) g_variant_lookup (request->args, "conformance", "&s", &name);
  if (g_str_equal (name, "2b"))
    return "2u";
  return g_str_equal (name, "3b") ? "3u" : name;
}

/* PDF/A-3 carries the record itself. */
static GPtrArray *
take_attachments (const char *conformance, const SohoaRecord *record)
{
  g_autofree char *json = NULL;
  g_autoptr(GBytes) bytes = NULL;
  GPtrArray *list;

  if (conformance[0] != '3')
    return NULL;
  list = g_ptr_array_new_with_free_func ((GDestroyNotify) sohoa_pdf_attachment_free);
  json = sohoa_record_to_json (record, TRUE);
  bytes = g_bytes_new (json, strlen (json));
  g_ptr_array_add (list, sohoa_pdf_attachment_new ("record.json", "application/json", "Data",
                                                   "Hồ sơ dữ liệu của văn bản (sohoa.document/1)", bytes));
  return list;
}

/* The agency's seal, where the profile shows it and there is a block to show it with. FALSE only on error. */
static gboolean
take_seal (const SohoaRequest *request, const SohoaProfile *profile, SohoaPdfJob *job, GBytes **seal_out,
           GPtrArray *deviations, GError **error)
{
  if (profile == NULL || !profile->block_image || !job->signature || job->block == NULL || job->block[0] == NULL
      || g_variant_lookup (request->args, "block", "^a&s", &(const char **) { NULL }))
    return TRUE;
  if (request->n_fds < 4) {
    g_ptr_array_add (deviations, g_strdup_printf ("seal: %s asks for its picture, none is configured", profile->name));
    return TRUE;
  }
  (void) g_variant_lookup (request->args, "seal-mm", "d", &job->seal_mm);
  job->seal = *seal_out = sohoa_fd_read_bytes (request->fds[3], SEAL_MAX_BYTES, error);
  return job->seal != NULL;
}

/* The ĐẾN stamp, where the profile wants it and the number is not already on the paper. (nullable) g_strfreev. */
static char **
take_stamp (const SohoaRequest *request, const SohoaProfile *profile, const SohoaRecord *record, const SohoaPdfJob *job)
{
  const SohoaField *number = sohoa_record_peek_field ((SohoaRecord *) record, "ArrivalNumber");
  const char *day = sohoa_record_value (record, "ArrivalDate"), *agency = "";
  g_auto(GStrv) parts = g_strsplit (day, "-", -1);
  char **stamp;

  if (profile == NULL || !profile->arrival_stamp || job->first_page > 0 || number == NULL || number->value[0] == '\0'
      || (!g_str_equal (number->source, "profile") && !g_str_equal (number->source, "qlvb")))
    return NULL;
  (void) g_variant_lookup (request->args, "agency", "&s", &agency);
  stamp = g_new0 (char *, 4);
  stamp[0] = g_strdup (agency);
  stamp[1] = g_strdup (number->value);
  stamp[2] = g_strv_length (parts) == 3 ? g_strdup_printf ("%s/%s/%s", parts[2], parts[1], parts[0]) : g_strdup (day);
  return stamp;
}

GVariant *
sohoa_op_write_pdf (SohoaWorker *self, const SohoaRequest *request, GError **error)
{
  g_autoptr(SohoaRecord) record = NULL;
  g_autoptr(GPtrArray) images = NULL;
  g_autoptr(GArray) texts = take_spans (request);
  g_autoptr(GPtrArray) deviations = g_ptr_array_new_with_free_func (g_free);
  g_autoptr(GPtrArray) attachments = NULL;
  g_autoptr(GBytes) seal = NULL;
  g_auto(GStrv) block = NULL, stamp = NULL;
  const SohoaProfile *profile;
  SohoaPdfPlaceholder placeholder = { 0 };
  SohoaPdfJob job = { 0 };
  guint64 size = 0;
  GVariantDict reply;

  if (!sohoa_request_check (request, request->n_fds == 4 ? 4 : 3, error) || (record = take_record (request, error)) == NULL
      || (images = take_images (request, error)) == NULL || !sohoa_request_rewind (request->fds[2], error))
    return NULL;
  take_signing (request, &job);
  take_part (request, &job);
  block = add_part_line (take_block (self, request, record), &job);
  job.record = record;
  job.images = images;
  job.image_fd = request->fds[0];
  job.texts = texts;
  job.text_fd = request->fds[1];
  job.block = (const char *const *) block;
  job.conformance = take_conformance (self, request, record);
  profile = sohoa_worker_peek_profile (self, record->profile);
  stamp = take_stamp (request, profile, record, &job);
  job.stamp = (const char *const *) stamp;
  if (!take_seal (request, profile, &job, &seal, deviations, error))
    return NULL;
  attachments = take_attachments (job.conformance, record);
  job.attachments = attachments;
  if (!sohoa_pdf_write (request->fds[2], &job, &placeholder, &size, deviations, error))
    return NULL;
  g_variant_dict_init (&reply, NULL);
  if (job.signature)
    g_variant_dict_insert_value (&reply, "placeholder", placeholder_variant (&placeholder));
  g_variant_dict_insert (&reply, "size", "t", size);
  g_variant_dict_insert (&reply, "block", "^as", block);
  put_strings (&reply, "deviations", deviations);
  return g_variant_dict_end (&reply);
}

GVariant *
sohoa_op_read_back (SohoaWorker *self, const SohoaRequest *request, GError **error)
{
  g_autoptr(SohoaRecord) record = NULL;
  g_autoptr(GPtrArray) images = NULL;
  g_autoptr(GArray) texts = take_spans (request);
  g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func (g_free);
  g_auto(GStrv) block = NULL;
  SohoaPdfJob job = { 0 };
  GVariantDict reply;

  if (!sohoa_request_check (request, 3, error) || (record = take_record (request, error)) == NULL
      || (images = take_images (request, error)) == NULL)
    return NULL;
  block = take_block (self, request, NULL);
  take_part (request, &job);
  job.record = record;
  job.images = images;
  job.image_fd = request->fds[1];
  job.texts = texts;
  job.text_fd = request->fds[2];
  job.time_us = take_time (request);
  job.block = (const char *const *) block;
  if (!sohoa_pdf_read_back (request->fds[0], &job, findings, error))
    return NULL;
  g_variant_dict_init (&reply, NULL);
  g_variant_dict_insert (&reply, "ok", "b", findings->len == 0);
  put_strings (&reply, "findings", findings);
  return g_variant_dict_end (&reply);
}

GVariant *
sohoa_op_append (SohoaWorker *self, const SohoaRequest *request, GError **error)
{
  g_autoptr(SohoaRecord) record = NULL;
  g_auto(GStrv) block = NULL;
  SohoaPdfPlaceholder placeholder = { 0 };
  SohoaPdfJob job = { 0 };
  guint64 size = 0;
  GVariantDict reply;

  if (!sohoa_request_check (request, 2, error) || !sohoa_request_rewind (request->fds[1], error))
    return NULL;
  if (g_variant_lookup (request->args, "record", "&s", &(const char *) { NULL })
      && (record = take_record (request, error)) == NULL)
    return NULL;
  block = take_block (self, request, record);
  take_signing (request, &job);
  job.record = record;
  job.block = (const char *const *) block;
  if (!sohoa_pdf_append_signature (request->fds[0], request->fds[1], &job, &placeholder, &size, error))
    return NULL;
  g_variant_dict_init (&reply, NULL);
  g_variant_dict_insert_value (&reply, "placeholder", placeholder_variant (&placeholder));
  g_variant_dict_insert (&reply, "size", "t", size);
  g_variant_dict_insert (&reply, "block", "^as", block);
  return g_variant_dict_end (&reply);
}

/* Evidence and a document time stamp behind what is signed. */
GVariant *
sohoa_op_evidence (SohoaWorker *self, const SohoaRequest *request, GError **error)
{
  g_autoptr(GVariant) value = g_variant_lookup_value (request->args, "evidence", NULL);
  g_autoptr(SohoaEvidence) evidence = NULL;
  SohoaPdfPlaceholder placeholder = { 0 };
  SohoaPdfEvidence job = { .timestamp = sohoa_request_bool (request, "timestamp", FALSE), .time_us = take_time (request) };
  GVariantDict reply;
  guint64 size = 0;

  (void) self;
  if (!sohoa_request_check (request, 2, error) || !sohoa_request_rewind (request->fds[1], error))
    return NULL;
  evidence = value != NULL ? sohoa_evidence_from_variant (value, error) : sohoa_evidence_new ();
  if (evidence == NULL)
    return NULL;
  job.certs = evidence->certs;
  job.ocsps = evidence->ocsps;
  job.crls = evidence->crls;
  if (!sohoa_pdf_append_evidence (request->fds[0], request->fds[1], &job, &placeholder, &size, error))
    return NULL;
  g_variant_dict_init (&reply, NULL);
  if (job.timestamp)
    g_variant_dict_insert_value (&reply, "placeholder", placeholder_variant (&placeholder));
  g_variant_dict_insert (&reply, "size", "t", size);
  return g_variant_dict_end (&reply);
}
