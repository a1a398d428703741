/* From a confirmed record to the receiver's answer. */
#include "sohoa-steps.h"

#include "sohoa-file.h"
#include "sohoa-log.h"
#include "sohoa-reception.h"
#include "sohoa-register.h"
#include "sohoa-renewer.h"
#include "sohoa-signer.h"
#include "sohoa-time.h"
#include "sohoa-unlocks.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PDF_FILE "document.pdf"
#define CLEARANCE_FILE "clearance"
#define CLEARANCE_MAX_BYTES 4096u

/* ---- số đến ---- */

void
sohoa_step_note_number (SohoaRecord *record, const char *number, const char *day, const char *book,
                        const char *source)
{
  SohoaField *paper = sohoa_record_peek_field (record, "ArrivalNumber");

  if (number != NULL && number[0] != '\0') {
    /* what the ĐẾN stamp says stays beside what is given: a person must choose when they differ (M25) */
    if (paper != NULL && paper->value[0] != '\0' && !g_str_equal (paper->source, source))
      sohoa_field_remember (paper, paper->value, paper->confidence, paper->source, paper->by, paper->at);
    sohoa_record_set_field (record, "ArrivalNumber", number, 1.0, source);
  }
  if (day != NULL && day[0] != '\0')
    sohoa_record_set_field (record, "ArrivalDate", day, 1.0, source);
  if (book != NULL && book[0] != '\0')
    sohoa_record_set_field (record, "ArrivalBook", book, 1.0, source);
}

int
sohoa_step_arrival_year (const SohoaRecord *record)
{
  const char *day = sohoa_record_value (record, "ArrivalDate");

  return sohoa_day_is_valid (day) ? (int) g_ascii_strtoll (day, NULL, 10) : sohoa_time_year (sohoa_time_now_us ());
}

gboolean
sohoa_step_number_of (SohoaDesk *desk, const SohoaStoreDocument *document, SohoaStoreNumber *number_out,
                      gboolean *wanted_out, GError **error)
{
  g_autoptr(SohoaRecord) record = sohoa_desk_load_record (document, error);
  const char *paper;

  if (record == NULL)
    return FALSE;
  *wanted_out = desk->conf->numbers != SOHOA_NUMBERS_QLVB;
  number_out->agency = desk->conf->agency_id;
  number_out->year = sohoa_step_arrival_year (record);
  number_out->book = sohoa_type_is_petition (sohoa_record_value (record, "TypeName")) ? SOHOA_REGISTER_PETITION_BOOK
                                                                                     : desk->conf->book;
  number_out->source = sohoa_numbers_to_string (desk->conf->numbers);
  number_out->number = 0;
  if (desk->conf->numbers != SOHOA_NUMBERS_PAPER)
    return TRUE;
  paper = sohoa_record_value (record, "ArrivalNumber");
  number_out->number = g_ascii_strtoull (paper, NULL, 10);
  if (number_out->number == 0) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_NEEDS_PERSON,
                 "ArrivalNumber: the number of the ĐẾN stamp is missing: enter it (sohoa set ID ArrivalNumber=…)");
    return FALSE;
  }
  return TRUE;
}

/* The receiver's number before signing, where its connector can (number_source qlvb). */
static gboolean
register_first (SohoaStep *step, SohoaConnector *connector, GError **error)
{
  SohoaStoreChange change = SOHOA_STORE_CHANGE_OF_CLAIM (step->claim);
  g_autoptr(SohoaRecord) record = sohoa_desk_load_record (step->document, error);
  g_autoptr(SohoaReceipt) receipt = NULL;
  g_autofree char *json = NULL;
  SohoaStoreNumber number = { .agency = step->desk->conf->agency_id, .book = step->desk->conf->book, .source = "qlvb" };

  if (record == NULL)
    return FALSE;
  receipt = sohoa_connector_number (connector, record, step->claim->id, step->cancellable, error);
  if (receipt == NULL || !sohoa_receipt_check (receipt, error))
    return FALSE;
  sohoa_step_note_number (record, receipt->arrival_number, receipt->arrival_date, receipt->arrival_book, "qlvb");
  number.year = sohoa_step_arrival_year (record);
  number.number = g_ascii_strtoull (receipt->arrival_number, NULL, 10);
  json = sohoa_record_to_json (record, FALSE);
  change.moves = TRUE;
  change.to = SOHOA_STATE_REGISTERED;
  change.actor = SOHOA_DESK_ACTOR;
  change.record_json = json;
  change.number = number.number > 0 && number.agency[0] != '\0' ? &number : NULL;
  return sohoa_store_change (step->desk->store, &change, NULL, error);
}

gboolean
sohoa_step_number (SohoaStep *step, GError **error)
{
  SohoaStoreChange change = SOHOA_STORE_CHANGE_OF_CLAIM (step->claim);
  SohoaStoreNumber number;
  gboolean wanted = FALSE;

  if (step->claim->state == SOHOA_STATE_CONFIRMED && step->desk->conf->numbers == SOHOA_NUMBERS_QLVB
      && step->desk->target != NULL) {
    SohoaConnector *connector = sohoa_desk_peek_connector (step->desk, NULL, error);

    if (connector == NULL)
      return FALSE;
    if (sohoa_connector_can_number (connector))
      return register_first (step, connector, error);
  }
  if (step->claim->state == SOHOA_STATE_CONFIRMED
      && !sohoa_step_number_of (step->desk, step->document, &number, &wanted, error))
    return FALSE;
  sohoa_step_pause (step);
  change.moves = TRUE;
  change.to = SOHOA_STATE_SIGNING;
  change.actor = SOHOA_DESK_ACTOR;
  change.number = wanted ? &number : NULL;
  return sohoa_store_change (step->desk->store, &change, NULL, error);
}

/* ---- the PDF ---- */

static SohoaClearance *
read_clearance (SohoaStep *step, GError **error)
{
  g_autofree char *path = sohoa_desk_dup_path (step->desk, step->claim->id, CLEARANCE_FILE);
  g_autoptr(GBytes) bytes = sohoa_file_read (path, CLEARANCE_MAX_BYTES, error);
  g_autofree char *text = bytes != NULL ? g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes)) : NULL;

  return text != NULL ? sohoa_clearance_from_text (text, error) : NULL;
}

/* A passphrase file of others is no secret. */
static int
open_passphrase (const char *path, GError **error)
{
  SOHOA_AUTO_FD int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  struct stat st;

  if (fd < 0 || fstat (fd, &st) < 0) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_CONFIG, "[signing] passphrase-file: %s: check the path", g_strerror (errno));
    return -1;
  }
  if (!S_ISREG (st.st_mode) || (st.st_mode & 077) != 0) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_CONFIG,
                 "[signing] passphrase-file: others may read it: set its mode to 0600");
    return -1;
  }
  return sohoa_fd_steal (&fd);
}

static SohoaSigner *
open_signer (SohoaDesk *desk, const SohoaStoreDocument *document, GError **error)
{
  SOHOA_AUTO_FD int pin = -1;

  if (desk->conf->token != NULL)
    return sohoa_unlocks_make_signer (desk->unlocks, document, error);
  if (desk->conf->p12 == NULL) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_CONFIG, "[signing] p12: not configured: add it and start again");
    return NULL;
  }
  if (!sohoa_signer_check_file_mode (desk->conf->p12, error))
    return NULL;
  if (desk->conf->passphrase_file != NULL && (pin = open_passphrase (desk->conf->passphrase_file, error)) < 0)
    return NULL;
  return sohoa_signer_new_p12 (desk->conf->p12, pin, error);
}

/* The number the store gave in the transaction that entered signing, written into the record. */
static gboolean
note_given_number (SohoaStep *step, SohoaRecord *record, GError **error)
{
  g_autoptr(GPtrArray) rows = NULL;

  if (step->desk->conf->agency_id[0] == '\0')
    return TRUE;
  rows = sohoa_store_list_register (step->desk->store, step->desk->conf->agency_id, 0, NULL, error);
  if (rows == NULL)
    return FALSE;
  for (guint i = 0; i < rows->len; i++) {
    const SohoaStoreRegisterRow *row = g_ptr_array_index (rows, i);
    g_autofree char *number = NULL;

    if (row->is_void || !g_str_equal (row->id, step->claim->id))
      continue;
    number = g_strdup_printf ("%" G_GUINT64_FORMAT, row->number);
    sohoa_step_note_number (record, number, NULL, row->book, g_str_equal (row->source, "qlvb") ? "qlvb" : "profile");
  }
  return TRUE;
}

static gboolean
commit_signed (SohoaStep *step, const SohoaRecord *record, const SohoaPdfResult *result, GError **error)
{
  SohoaStoreChange change = SOHOA_STORE_CHANGE_OF_CLAIM (step->claim);
  g_autoptr(GPtrArray) files = sohoa_store_files_new ();
  g_autofree char *relative = g_build_filename (step->claim->id, PDF_FILE, NULL);
  g_autofree char *key = sohoa_submission_key (result->sha256);
  g_autofree char *json = sohoa_record_to_json (record, FALSE);
  SohoaStoreParcel parcel = { .key = key, .target = step->desk->target, .payload_path = relative,
                              .payload_sha256 = result->sha256 };
  const SohoaStoreFile *old = sohoa_desk_peek_file (step->document, SOHOA_ROLE_ARCHIVE);

  if (old != NULL) /* of an earlier signature */
    g_ptr_array_add (files, sohoa_store_file_new (SOHOA_ROLE_ARCHIVE, old->name, NULL, "", 0));
  g_ptr_array_add (files, sohoa_store_file_new (SOHOA_ROLE_SIGNED, PDF_FILE, relative, result->sha256, result->size));
  change.moves = TRUE;
  change.to = SOHOA_STATE_SIGNED;
  change.actor = SOHOA_DESK_ACTOR;
  change.record_json = json;
  change.files = files;
  change.parcel = step->desk->target != NULL ? &parcel : NULL;
  change.reason = step->desk->conf->authority[0] != '\0' ? step->desk->conf->authority : NULL;
  return sohoa_store_change (step->desk->store, &change, NULL, error);
}

/* What the signature lacks is noted where the renewer finds it, before anything says that the document is signed: a row too
 * many is dropped by it. With [signing] degrade=no the document waits instead. */
static gboolean
settle_level (SohoaStep *step, const SohoaPdfResult *result, gboolean was_limited, GError **error)
{
  SohoaDesk *desk = step->desk;

  if (!result->is_signed || desk->conf->level == SOHOA_LEVEL_B)
    return TRUE;
  if (!was_limited)
    sohoa_authority_learned (desk->authority, result->level, result->why_less);
  if (result->level < desk->conf->level && !desk->conf->degrade) {
    g_set_error (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_TSA_UNREACHABLE,
                 "only %s can be had, and %s is wanted ([signing] degrade=no): %s", sohoa_level_to_profile (result->level),
                 sohoa_level_to_profile (desk->conf->level), result->why_less != NULL ? result->why_less : "tried again later");
    return FALSE;
  }
  return sohoa_renewer_note (desk, step->claim->id, result->level, result->archive_end_us, error);
}

static gboolean
make_and_commit (SohoaStep *step, SohoaRecord *record, const SohoaClearance *clearance, const SohoaDeskInputs *inputs,
                 SohoaPdfOptions *options, GError **error)
{
  g_autofree char *folder = sohoa_desk_dup_folder (step->desk, step->claim->id);
  g_autofree char *path = sohoa_desk_dup_path (step->desk, step->claim->id, PDF_FILE);
  SohoaTrustServices services;
  g_autofree char *limited = sohoa_authority_services (step->desk->authority, &services);
  SohoaPdfResult result = { 0 };
  gboolean ok;

  options->services = step->desk->conf->level > SOHOA_LEVEL_B ? &services : NULL;
  if (!sohoa_pipeline_make_pdf (step->desk->pool, inputs->plan, folder, record, clearance, options, path,
                                step->cancellable, &result, error))
    return FALSE;
  sohoa_record_drop_deviations (record, SOHOA_LEVELS_DEVIATION); /* of an earlier signature */
  for (guint i = 0; result.deviations != NULL && i < result.deviations->len; i++)
    sohoa_record_add_deviation (record, g_ptr_array_index (result.deviations, i));
  sohoa_step_pause (step);
  ok = settle_level (step, &result, services.limited, error) && commit_signed (step, record, &result, error);
  sohoa_pdf_result_clear (&result);
  return ok;
}

gboolean
sohoa_step_sign (SohoaStep *step, GError **error)
{
  g_autoptr(SohoaRecord) record = sohoa_desk_load_record (step->document, error);
  g_autoptr(SohoaClearance) clearance = record != NULL ? read_clearance (step, error) : NULL;
  g_autoptr(SohoaDeskInputs) inputs
    = clearance != NULL ? sohoa_desk_open_inputs (step->desk, step->document, step->cancellable, error) : NULL;
  g_autoptr(SohoaSigner) signer = inputs != NULL ? open_signer (step->desk, step->document, error) : NULL;
  SohoaPdfOptions options = { 0 };

  if (signer == NULL || !sohoa_signer_check_time (signer, sohoa_time_now_us (), error)
      || !note_given_number (step, record, error))
    return FALSE;
  options.time_us = sohoa_time_now_us ();
  /* an original is submitted byte for byte unless the agency asks for its own signature on it (TT01: what the
   * issuer signed need not be signed again; design.md 4) */
  if (!record->original || step->desk->conf->sign_originals)
    options.signer = signer;
  options.seal = step->desk->conf->seal;
  options.seal_mm = step->desk->conf->seal_mm;
  options.max_bytes = sohoa_desk_max_document_bytes (step->desk, step->desk->target);
  options.agency = step->desk->conf->agency_name[0] != '\0' ? step->desk->conf->agency_name : NULL;
  return make_and_commit (step, record, clearance, inputs, &options, error);
}

/* ---- the receiver ---- */

gboolean
sohoa_step_leave (SohoaStep *step, GError **error)
{
  SohoaStoreChange change = SOHOA_STORE_CHANGE_OF_CLAIM (step->claim);
  g_autoptr(GPtrArray) rows = sohoa_store_list_outbox (step->desk->store, step->claim->id, error);
  const SohoaStoreFile *file = sohoa_desk_peek_pdf (step->document);
  g_autofree char *key = NULL;
  SohoaStoreParcel parcel = { 0 };

  if (rows == NULL)
    return FALSE;
  /* signed while no target was configured: the row is written now */
  if (rows->len == 0 && file != NULL) {
    key = sohoa_submission_key (file->sha256);
    parcel = (SohoaStoreParcel){ .key = key, .target = step->desk->target, .payload_path = file->path,
                                 .payload_sha256 = file->sha256 };
    change.parcel = &parcel;
  }
  sohoa_step_pause (step);
  change.moves = TRUE;
  change.to = SOHOA_STATE_SUBMITTING;
  change.actor = SOHOA_DESK_ACTOR;
  return sohoa_store_change (step->desk->store, &change, NULL, error);
}

/* The answer as received becomes a file of the document, synced, before the state moves. */
static GPtrArray *
keep_answer (SohoaDesk *desk, const SohoaStoreDocument *document, const SohoaReceipt *receipt, GError **error)
{
  g_autoptr(GPtrArray) files = sohoa_store_files_new ();
  g_autofree char *name = NULL;
  g_autofree char *path = NULL;
  g_autofree char *relative = NULL;
  g_autofree char *sha256 = NULL;
  gsize size = 0;
  const void *data;

  if (receipt->answer == NULL)
    return g_steal_pointer (&files);
  data = g_bytes_get_data (receipt->answer, &size);
  name = g_strdup_printf ("answer-%u", document->revision);
  path = sohoa_desk_dup_path (desk, document->id, name);
  relative = g_build_filename (document->id, name, NULL);
  sha256 = sohoa_bytes_sha256 (data, size);
  if (!sohoa_file_write (path, data, (gssize) size, 0600, error))
    return NULL;
  g_ptr_array_add (files, sohoa_store_file_new (SOHOA_ROLE_ANSWER, name, relative, sha256, size));
  return g_steal_pointer (&files);
}

static void
fill_answer (SohoaStoreAnswer *answer, const char *key, const SohoaReceipt *receipt, const char *status)
{
  answer->key = key;
  answer->status = status;
  answer->server_id = receipt->document_id;
  answer->arrival_number = receipt->arrival_number;
  answer->message = receipt->reason;
}

gboolean
sohoa_step_take_receipt (SohoaDesk *desk, const SohoaStoreDocument *document, guint64 fence, const char *key,
                         const SohoaReceipt *receipt, GError **error)
{
  gboolean accepted = receipt->outcome == SOHOA_OUTCOME_ACCEPTED;
  const char *status = receipt->status[0] != '\0' ? receipt->status : accepted ? "01" : "02";
  g_autoptr(SohoaRecord) record = sohoa_desk_load_record (document, error);
  g_autoptr(GPtrArray) files = record != NULL ? keep_answer (desk, document, receipt, error) : NULL;
  g_autofree char *json = NULL;
  SohoaStoreNumber number = { .agency = desk->conf->agency_id, .book = receipt->arrival_book, .source = "qlvb" };
  SohoaStoreAnswer answer = { 0 };
  SohoaStoreChange change = { .id = document->id, .fence = fence, .actor = "qlvb", .moves = TRUE };

  if (files == NULL)
    return FALSE;
  fill_answer (&answer, key, receipt, status);
  if (fence == 0)
    change.expected_revision = document->revision;
  if (accepted && desk->conf->numbers == SOHOA_NUMBERS_QLVB) {
    sohoa_step_note_number (record, receipt->arrival_number, receipt->arrival_date, receipt->arrival_book, "qlvb");
    json = sohoa_record_to_json (record, FALSE);
    number.year = sohoa_step_arrival_year (record);
    number.number = g_ascii_strtoull (receipt->arrival_number, NULL, 10);
    change.number = number.number > 0 && number.agency[0] != '\0' ? &number : NULL;
    change.record_json = json;
  }
  /* the way of states is delivered (01) before accepted (03): the poller makes the second step */
  change.to = accepted ? SOHOA_STATE_DELIVERED : SOHOA_STATE_REFUSED;
  change.answer = &answer;
  change.files = files->len > 0 ? files : NULL;
  if (!accepted)
    change.reason = receipt->reason;
  if (!sohoa_store_change (desk->store, &change, NULL, error))
    return FALSE;
  sohoa_reception_registered (desk, document->id);
  return TRUE;
}

static gboolean
mark (SohoaStep *step, const char *key, SohoaStoreParcelState state, const GError *failure, GError **error)
{
  return sohoa_store_mark_outbox (step->desk->store, key, step->claim->fence, state, 0, failure, 0, error);
}

static SohoaReceipt *
send_or_ask (SohoaStep *step, SohoaConnector *connector, const SohoaStoreOutboxRow *row, SohoaSubmission *what,
             GError **error)
{
  g_autoptr(SohoaReceipt) receipt = NULL;
  g_autoptr(GError) local = NULL;

  if (row->state == SOHOA_STORE_PARCEL_SENT || row->state == SOHOA_STORE_PARCEL_UNKNOWN) {
    receipt = sohoa_connector_query (connector, what, step->cancellable, error);
    if (receipt == NULL || receipt->outcome != SOHOA_OUTCOME_ABSENT)
      return g_steal_pointer (&receipt);
    g_clear_pointer (&receipt, sohoa_receipt_free);
  }
  if (!mark (step, row->key, SOHOA_STORE_PARCEL_SENT, NULL, error))
    return NULL;
  sohoa_step_pause (step);
  receipt = sohoa_connector_submit (connector, what, step->cancellable, &local);
  if (receipt == NULL) { /* nothing was registered by this call */
    if (!mark (step, row->key, SOHOA_STORE_PARCEL_PENDING, local, error))
      return NULL;
    g_propagate_error (error, g_steal_pointer (&local));
    return NULL;
  }
  sohoa_step_pause (step);
  return g_steal_pointer (&receipt);
}

static const SohoaStoreOutboxRow *
newest_open_row (const GPtrArray *rows)
{
  for (guint i = rows->len; i > 0; i--) {
    const SohoaStoreOutboxRow *row = g_ptr_array_index (rows, i - 1);

    if (row->state != SOHOA_STORE_PARCEL_ANSWERED)
      return row;
  }
  return NULL;
}

gboolean
sohoa_step_submit (SohoaStep *step, GError **error)
{
  g_autoptr(GPtrArray) rows = sohoa_store_list_outbox (step->desk->store, step->claim->id, error);
  const SohoaStoreOutboxRow *row = rows != NULL ? newest_open_row (rows) : NULL;
  g_autoptr(SohoaRecord) record = rows != NULL ? sohoa_desk_load_record (step->document, error) : NULL;
  g_autofree char *path = NULL;
  g_autoptr(SohoaReceipt) receipt = NULL;
  SohoaConnector *connector;
  SohoaSubmission what = { 0 };
  SOHOA_AUTO_FD int fd = -1;

  if (record == NULL)
    return FALSE;
  if (row == NULL) {
    g_set_error (error, SOHOA_STORE_ERROR, SOHOA_STORE_ERROR_CORRUPT, "%s: nothing to send in the outbox: run sohoa audit verify", step->claim->id);
    return FALSE;
  }
  connector = sohoa_desk_peek_connector (step->desk, row->target, error);
  if (connector == NULL)
    return FALSE;
  path = g_build_filename (step->desk->spool_dir, row->payload_path, NULL);
  fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) {
    g_set_error (error, SOHOA_STORE_ERROR, SOHOA_STORE_ERROR_CORRUPT, "%s: %s: restore the spool", row->payload_path, g_strerror (errno));
    return FALSE;
  }
  what = (SohoaSubmission){ .record = record, .fd = fd, .sha256 = row->payload_sha256, .key = row->key,
                            .time_us = row->created_us };
  receipt = send_or_ask (step, connector, row, &what, error);
  if (receipt == NULL)
    return FALSE;
  if (receipt->outcome == SOHOA_OUTCOME_UNKNOWN || receipt->outcome == SOHOA_OUTCOME_ABSENT) {
    g_autoptr(GError) unknown = g_error_new (SOHOA_SUBMIT_ERROR, SOHOA_SUBMIT_ERROR_UNKNOWN_OUTCOME,
                                             "%s: sent without an answer: asking again later", row->target);

    if (mark (step, row->key, SOHOA_STORE_PARCEL_UNKNOWN, unknown, error))
      g_propagate_error (error, g_steal_pointer (&unknown));
    return FALSE;
  }
  return sohoa_step_take_receipt (step->desk, step->document, step->claim->fence, row->key, receipt, error);
}

/* ---- the table ---- */

void
sohoa_step_pause (SohoaStep *step)
{
  gint64 until = g_get_monotonic_time () + (gint64) step->desk->conf->pause_ms * 1000;

  while (g_get_monotonic_time () < until && !g_cancellable_is_cancelled (step->cancellable))
    g_usleep (10 * 1000);
}

gboolean
sohoa_step_run (SohoaStep *step, GError **error)
{
  static const struct {
    SohoaState state;
    gboolean (*run) (SohoaStep *step, GError **error);
  } table[] = {
    { SOHOA_STATE_CAPTURED, sohoa_step_gate },     { SOHOA_STATE_CLEARED, sohoa_step_start },
    { SOHOA_STATE_PROCESSING, sohoa_step_read },   { SOHOA_STATE_CONFIRMED, sohoa_step_number },
    { SOHOA_STATE_REGISTERED, sohoa_step_number }, { SOHOA_STATE_SIGNING, sohoa_step_sign },
    { SOHOA_STATE_SIGNED, sohoa_step_leave },      { SOHOA_STATE_SUBMITTING, sohoa_step_submit },
  };

  sohoa_step_pause (step);
  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    if (table[i].state == step->claim->state)
      return table[i].run (step, error);
  g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INTERNAL, "%s: no step for state %s: report this", step->claim->id,
               sohoa_state_to_string (step->claim->state));
  return FALSE;
}
