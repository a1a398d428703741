/* From a delivered file to a record that waits for a person. */
#include "sohoa-steps.h"

#include "sohoa-delivery.h"
#include "sohoa-desk-words.h"
#include "sohoa-file.h"
#include "sohoa-log.h"
#include "sohoa-profile.h"
#include "sohoa-reception.h"
#include "sohoa-scanned.h"
#include "sohoa-time.h"
#include "sohoa-twins.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define TICKET "ticket" /* source of a value */
#define SAID_CONFIDENCE 0.5 /* of a ticket's value: a person looks */
#define CLEARANCE_FILE "clearance"
#define CLEARANCE_MAX_BYTES 4096u

/* ---- captured: the gate ---- */

/* Plain copies of the cleared inputs, with the rows the store gets for them. */
static GPtrArray *
write_plain (SohoaDesk *desk, const char *id, const SohoaDeskInputs *inputs, GError **error)
{
  g_autoptr(GPtrArray) files = sohoa_store_files_new ();

  for (guint i = 0; i < inputs->fds->len; i++) {
    int fd = g_array_index (inputs->fds, int, i);
    g_autofree char *short_name = g_strdup_printf ("input-%u", i + 1);
    g_autofree char *path = sohoa_desk_dup_path (desk, id, short_name);
    g_autofree char *relative = g_build_filename (id, short_name, NULL);
    g_autofree char *shown = g_strdup_printf ("%u %s", i + 1, (char *) g_ptr_array_index (inputs->names, i));
    g_autofree char *sha256 = sohoa_fd_sha256 (fd, 0, G_MAXUINT64, error);
    g_autoptr(SohoaOutput) output = sha256 != NULL ? sohoa_output_new (path, 0600, error) : NULL;

    if (output == NULL || !sohoa_fd_copy (fd, 0, G_MAXUINT64, sohoa_output_get_fd (output), error)
        || !sohoa_output_commit (output, error))
      return NULL;
    g_ptr_array_add (files, sohoa_store_file_new (SOHOA_ROLE_INPUT, shown, relative, sha256, (guint64) sohoa_fd_size (fd)));
  }
  return g_steal_pointer (&files);
}

static gboolean
write_clearance (SohoaDesk *desk, const char *id, const SohoaClearance *clearance, GError **error)
{
  g_autofree char *path = sohoa_desk_dup_path (desk, id, CLEARANCE_FILE);
  g_autofree char *text = sohoa_clearance_to_text (clearance);

  return sohoa_file_write (path, text, (gssize) strlen (text), 0600, error);
}

static SohoaClearance *
read_clearance (SohoaDesk *desk, const char *id, GError **error)
{
  g_autofree char *path = sohoa_desk_dup_path (desk, id, CLEARANCE_FILE);
  g_autoptr(GBytes) bytes = sohoa_file_read (path, CLEARANCE_MAX_BYTES, error);
  g_autofree char *text = bytes != NULL ? g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes)) : NULL;

  return text != NULL ? sohoa_clearance_from_text (text, error) : NULL;
}

static void
set_values (SohoaRecord *record, const GPtrArray *words, double confidence, const char *source)
{
  for (guint i = 0; words != NULL && i < words->len; i++) {
    const char *word = g_ptr_array_index (words, i);
    const char *equals = strchr (word, '=');
    g_autofree char *key = equals != NULL ? g_strndup (word, (gsize) (equals - word)) : NULL;

    if (key != NULL && sohoa_field_key_is_known (key))
      sohoa_record_set_field (record, key, equals + 1, confidence, source);
  }
}

/* What is known before recognition: the profile and what came with the pages. g_free. */
static char *
record_of (SohoaDesk *desk, const char *id, const char *profile, const GPtrArray *set, const GPtrArray *said)
{
  g_autoptr(SohoaRecord) record = sohoa_record_new ();

  g_free (record->id);
  record->id = g_strdup (id);
  g_free (record->profile);
  record->profile = g_strdup (profile != NULL && profile[0] != '\0' ? profile : desk->conf->profile);
  set_values (record, said, SAID_CONFIDENCE, TICKET);
  set_values (record, set, 1.0, "person");
  return sohoa_record_to_json (record, FALSE);
}

static char *
first_record (SohoaDesk *desk, const char *id, GError **error)
{
  g_autoptr(SohoaDelivery) delivery = sohoa_delivery_open (desk->vault, id, error);

  return delivery != NULL ? record_of (desk, id, delivery->profile, delivery->set, delivery->said) : NULL;
}

/* Pages of a batch passed the gate one by one while they were scanned; their plain files lie here already. */
static gboolean
take_scanned (SohoaStep *step, const SohoaScanned *scanned, GError **error)
{
  SohoaStoreChange change = SOHOA_STORE_CHANGE_OF_CLAIM (step->claim);
  const char *id = step->claim->id;
  g_autofree char *record = record_of (step->desk, id, scanned->profile, scanned->set, NULL);
  g_autoptr(GPtrArray) files = sohoa_store_files_new ();

  for (guint i = 0; i < scanned->names->len; i++) {
    g_autofree char *relative = g_strdup_printf ("%s/input-%u", id, i + 1);
    g_autofree char *path = g_build_filename (step->desk->spool_dir, relative, NULL);
    g_autofree char *shown = g_strdup_printf ("%u %s", i + 1, (char *) g_ptr_array_index (scanned->names, i));
    SOHOA_AUTO_FD int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

    if (fd < 0) {
      g_set_error (error, SOHOA_STORE_ERROR, SOHOA_STORE_ERROR_CORRUPT, "%s: is missing: restore the spool", relative);
      return FALSE;
    }
    g_ptr_array_add (files, sohoa_store_file_new (SOHOA_ROLE_INPUT, shown, relative,
                                                  g_ptr_array_index (scanned->digests, i), (guint64) sohoa_fd_size (fd)));
  }
  change.moves = TRUE;
  change.to = SOHOA_STATE_CLEARED;
  change.actor = SOHOA_DESK_ACTOR;
  change.kind = "gate-clear";
  change.reason = scanned->note;
  change.record_json = record;
  change.files = files;
  return sohoa_store_change (step->desk->store, &change, NULL, error);
}

/* The files first, then the transaction, then the sealed copies go. */
static gboolean
clear_document (SohoaDesk *desk, SohoaStoreChange *change, const SohoaDeskInputs *inputs,
                const SohoaClearance *clearance, SohoaStoreResult *result, GError **error)
{
  g_autofree char *record = first_record (desk, change->id, error);
  g_autoptr(GPtrArray) files = record != NULL ? write_plain (desk, change->id, inputs, error) : NULL;

  if (files == NULL || !write_clearance (desk, change->id, clearance, error))
    return FALSE;
  change->moves = TRUE;
  change->to = SOHOA_STATE_CLEARED;
  change->record_json = record;
  change->files = files;
  if (!sohoa_store_change (desk->store, change, result, error))
    return FALSE;
  sohoa_vault_destroy (desk->vault, change->id);
  return TRUE;
}

/* The event says that the gate stopped it and nothing else (design.md 6). */
static gboolean
hold (SohoaStep *step, const GError *why, GError **error)
{
  SohoaStoreChange change = SOHOA_STORE_CHANGE_OF_CLAIM (step->claim);

  change.moves = TRUE;
  change.to = SOHOA_STATE_HELD;
  change.actor = SOHOA_DESK_ACTOR;
  change.kind = g_error_matches (why, SOHOA_GATE_ERROR, SOHOA_GATE_ERROR_UNSURE) ? "gate-unsure" : "gate-secret";
  change.flags = SOHOA_STORE_CHANGE_SECRECY;
  g_message ("%s: held: suspected secrecy mark", step->claim->id);
  return sohoa_store_change (step->desk->store, &change, NULL, error);
}

static gboolean
is_gate_hit (const GError *error)
{
  return g_error_matches (error, SOHOA_GATE_ERROR, SOHOA_GATE_ERROR_SECRET)
         || g_error_matches (error, SOHOA_GATE_ERROR, SOHOA_GATE_ERROR_UNSURE);
}

gboolean
sohoa_step_gate (SohoaStep *step, GError **error)
{
  SohoaStoreChange change = SOHOA_STORE_CHANGE_OF_CLAIM (step->claim);
  g_autoptr(SohoaClearance) clearance = NULL;
  g_autoptr(GError) local = NULL;
  g_autofree char *folder = sohoa_desk_dup_folder (step->desk, step->claim->id);
  g_autoptr(SohoaScanned) scanned = sohoa_scanned_read (folder, &local);
  g_autoptr(SohoaDeskInputs) inputs = NULL;

  if (scanned != NULL)
    return take_scanned (step, scanned, error);
  if (local != NULL) {
    g_propagate_error (error, g_steal_pointer (&local));
    return FALSE;
  }
  inputs = sohoa_desk_open_inputs (step->desk, step->document, step->cancellable, error);
  if (inputs == NULL)
    return FALSE;
  if (!sohoa_pipeline_gate (step->desk->pool, inputs->plan, SOHOA_GATE_REFUSE_UNSURE, step->cancellable, &clearance,
                            &local)) {
    if (is_gate_hit (local))
      return hold (step, local, error);
    g_propagate_error (error, g_steal_pointer (&local));
    return FALSE;
  }
  sohoa_step_pause (step);
  change.actor = SOHOA_DESK_ACTOR;
  change.kind = "gate-clear";
  return clear_document (step->desk, &change, inputs, clearance, NULL, error);
}

gboolean
sohoa_step_release (SohoaDesk *desk, const SohoaDeskCall *call, const SohoaStoreDocument *document,
                    SohoaStoreResult *result_out, GError **error)
{
  g_autofree char *reason = g_strdup_printf ("released by %s: %s", call->extra, call->reason);
  SohoaStoreChange change = { .id = call->id, .expected_revision = call->expected_revision,
                              .actor = call->actor, .token = call->token, .kind = "release", .reason = reason };
  g_autoptr(SohoaClearance) clearance = NULL;
  g_autoptr(SohoaDeskInputs) inputs = sohoa_desk_open_inputs (desk, document, NULL, error);

  if (inputs == NULL)
    return FALSE;
  clearance = sohoa_clearance_new_released (inputs->plan, call->extra, call->reason, error);
  return clearance != NULL && clear_document (desk, &change, inputs, clearance, result_out, error);
}

/* ---- cleared → processing → review ---- */

gboolean
sohoa_step_start (SohoaStep *step, GError **error)
{
  return sohoa_store_complete (step->desk->store, step->claim, SOHOA_STATE_PROCESSING, NULL, SOHOA_DESK_ACTOR, NULL,
                               error);
}

/* The second net of the gate found a mark in the text: seal again what lies open, forget what was read, hold. */
static gboolean
seal_again_and_hold (SohoaStep *step, const SohoaDeskInputs *inputs, const GError *why, GError **error)
{
  g_autoptr(SohoaDelivery) delivery = sohoa_delivery_new ();
  g_autoptr(GPtrArray) gone = sohoa_store_files_new ();
  const char *id = step->claim->id;
  SohoaStoreChange change = SOHOA_STORE_CHANGE_OF_CLAIM (step->claim);

  g_autoptr(SohoaRecord) before = sohoa_desk_load_record (step->document, NULL);

  if (before != NULL
      && (!sohoa_twins_forget (step->desk, step->document, before, error)
          || !sohoa_desk_words_forget (step->desk, before, id, error)))
    return FALSE;
  for (guint i = 0; i < inputs->fds->len; i++) {
    g_ptr_array_add (delivery->names, g_strdup (g_ptr_array_index (inputs->names, i)));
    if (!sohoa_vault_seal (step->desk->vault, id, i + 1, g_array_index (inputs->fds, int, i), error))
      return FALSE;
  }
  if (!sohoa_delivery_seal (delivery, step->desk->vault, id, error))
    return FALSE;
  for (guint i = 0; i < step->document->files->len; i++) {
    const SohoaStoreFile *file = g_ptr_array_index (step->document->files, i);

    g_ptr_array_add (gone, sohoa_store_file_new (file->role, file->name, NULL, "", 0));
  }
  change.moves = TRUE;
  change.to = SOHOA_STATE_HELD;
  change.actor = SOHOA_DESK_ACTOR;
  change.kind = g_error_matches (why, SOHOA_GATE_ERROR, SOHOA_GATE_ERROR_UNSURE) ? "gate-unsure" : "gate-secret";
  change.flags = SOHOA_STORE_CHANGE_SECRECY;
  change.files = gone;
  if (!sohoa_store_change (step->desk->store, &change, NULL, error))
    return FALSE;
  sohoa_reception_wipe_open (step->desk, id);
  g_message ("%s: held: suspected secrecy mark", id);
  return TRUE;
}

/* "Field=value" of every value a person gave. */
static char **
values_of_person (const SohoaRecord *record)
{
  g_autoptr(GPtrArray) words = g_ptr_array_new ();

  for (guint i = 0; i < record->fields->len; i++) {
    const SohoaField *field = g_ptr_array_index (record->fields, i);

    if (g_strcmp0 (field->source, "person") == 0 && !g_str_equal (field->key, "ToPlaces"))
      g_ptr_array_add (words, g_strdup_printf ("%s=%s", field->key, field->value));
  }
  g_ptr_array_add (words, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&words), FALSE);
}

/* The identifier of the body that has this name on the document's date; the printed name stays. No surer than the name. */
static void
fill_organ (SohoaDesk *desk, SohoaRecord *record)
{
  const SohoaField *name = sohoa_record_peek_field (record, "OrganName");
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&desk->agencies_lock);
  const SohoaAgencyEntry *agency;
  SohoaField *field;

  if (name == NULL || name->value[0] == '\0' || *sohoa_record_value (record, "OrganId") != '\0')
    return;
  agency = sohoa_agencies_match (desk->agencies, name->value, sohoa_record_value (record, "IssuedDate"));
  if (agency == NULL || (agency->id[0] == '\0' && agency->old_id[0] == '\0'))
    return;
  field = sohoa_record_set_field (record, "OrganId", agency->id[0] != '\0' ? agency->id : agency->old_id, name->confidence,
                                  "profile");
  g_free (field->rule);
  field->rule = g_strdup ("directory");
}

/* A profile's deadline in working days, when the paper names none. A year without its days off gives none, and says so. */
static void
fill_deadline (SohoaDesk *desk, SohoaRecord *record)
{
  g_autoptr(SohoaProfile) profile = sohoa_profile_load (record->profile, NULL);
  g_autoptr(GError) error = NULL;
  g_autofree char *day = NULL;
  SohoaField *field;

  if (profile == NULL || profile->deadline_days == 0 || *sohoa_record_value (record, "DueDate") != '\0')
    return;
  day = sohoa_calendar_add (desk->calendar, sohoa_record_value (record, "ArrivalDate"), (guint) profile->deadline_days, &error);
  if (day == NULL) {
    sohoa_record_add_finding (record, "no-calendar: DueDate");
    return;
  }
  field = sohoa_record_set_field (record, "DueDate", day, SAID_CONFIDENCE, "profile");
  g_free (field->rule);
  field->rule = g_strdup ("working-days");
}

/* Read again, a person's value keeps its author, time and history. */
static void
keep_corrections (SohoaRecord *record, const SohoaRecord *before)
{
  for (guint i = 0; i < before->fields->len; i++) {
    const SohoaField *old = g_ptr_array_index (before->fields, i);
    SohoaField *field = g_strcmp0 (old->source, "person") == 0 ? sohoa_record_peek_field (record, old->key) : NULL;

    if (field != NULL && g_str_equal (field->value, old->value))
      sohoa_field_copy_history (field, old);
  }
}

/* What a ticket said and the paper does not show is a proposal; where the paper shows something else, that is said. */
static void
hear_ticket (SohoaRecord *record, const SohoaRecord *before)
{
  for (guint i = 0; i < before->fields->len; i++) {
    const SohoaField *said = g_ptr_array_index (before->fields, i);
    const char *read = sohoa_record_value (record, said->key);

    if (g_strcmp0 (said->source, TICKET) != 0 || g_str_equal (read, said->value))
      continue;
    if (*read == '\0') {
      sohoa_record_set_field (record, said->key, said->value, SAID_CONFIDENCE, TICKET);
    } else {
      g_autofree char *finding = g_strdup_printf ("ticket-differs: %s", said->key);

      sohoa_record_add_finding (record, finding);
    }
  }
}

/* ArrivalDate is a batch field: today, unless a person wrote another. */
static void
fill_arrival (SohoaRecord *record, gint64 created_us)
{
  g_autofree char *day = sohoa_time_to_day (created_us);

  if (*sohoa_record_value (record, "ArrivalDate") == '\0' && sohoa_field_key_is_known ("ArrivalDate"))
    sohoa_record_set_field (record, "ArrivalDate", day, 1.0, "profile");
}

/* What was read while paper moved lies in the spool's own files now. */
static void
drop_ahead (const char *folder)
{
  g_autoptr(GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = g_build_filename (folder, name, NULL);

    if (g_str_has_prefix (name, SOHOA_SCANNED_AHEAD))
      (void) unlink (path);
  }
}

/* Everything from the pictures, or, when a person asked for that and the text layers are there, the fields alone. */
static gboolean
read_or_reread (SohoaStep *step, const SohoaDeskInputs *inputs, const SohoaClearance *clearance, const char *folder,
                const SohoaRecord *before, const SohoaReadOptions *options, SohoaRecord **record_out, GError **error)
{
  g_autofree char *meta = g_strconcat (SOHOA_AGAIN_META_PREFIX, step->claim->id, NULL);
  g_autofree char *fields_only = sohoa_store_get_meta (step->desk->store, meta, NULL);

  if (fields_only != NULL && before->pages->len > 0 && sohoa_pipeline_has_pages (folder))
    return sohoa_pipeline_read_fields (step->desk->pool, inputs->plan, clearance, folder, before, options, step->cancellable,
                                       record_out, error);
  return sohoa_pipeline_read_pages (step->desk->pool, inputs->plan, clearance, folder, options, step->cancellable, record_out,
                                    error);
}

gboolean
sohoa_step_read (SohoaStep *step, GError **error)
{
  SohoaStoreChange change = SOHOA_STORE_CHANGE_OF_CLAIM (step->claim);
  g_autofree char *folder = sohoa_desk_dup_folder (step->desk, step->claim->id);
  g_autofree char *ahead = g_strconcat (folder, "/" SOHOA_SCANNED_AHEAD, NULL);
  g_autofree char *json = NULL;
  g_autofree char *text = NULL;
  g_autoptr(GError) local = NULL;
  g_autoptr(SohoaRecord) record = NULL;
  g_autoptr(SohoaRecord) before = sohoa_desk_load_record (step->document, error);
  g_autoptr(SohoaDeskInputs) inputs
    = before != NULL ? sohoa_desk_open_inputs (step->desk, step->document, step->cancellable, error) : NULL;
  g_autoptr(SohoaClearance) clearance = inputs != NULL ? read_clearance (step->desk, step->claim->id, error) : NULL;
  g_auto(GStrv) set = before != NULL ? values_of_person (before) : NULL;
  SohoaReadOptions options = { .id = step->claim->id, .set = (const char *const *) set, .ahead = ahead };

  if (clearance == NULL)
    return FALSE;
  options.profile = before->profile != NULL && before->profile[0] != '\0' ? before->profile : step->desk->conf->profile;
  if (!read_or_reread (step, inputs, clearance, folder, before, &options, &record, &local)) {
    if (is_gate_hit (local))
      return seal_again_and_hold (step, inputs, local, error);
    g_propagate_error (error, g_steal_pointer (&local));
    return FALSE;
  }
  hear_ticket (record, before);
  sohoa_desk_words_propose (step->desk, record);
  fill_arrival (record, step->document->created_us);
  fill_organ (step->desk, record);
  fill_deadline (step->desk, record);
  keep_corrections (record, before);
  sohoa_twins_keep_settled (record, before);
  if (!sohoa_twins_note (step->desk, step->document, record, error))
    return FALSE;
  json = sohoa_record_to_json (record, FALSE);
  text = sohoa_pipeline_dup_text (folder, error);
  if (text == NULL)
    return FALSE;
  sohoa_step_pause (step);
  change.moves = TRUE;
  change.to = SOHOA_STATE_REVIEW;
  change.actor = SOHOA_DESK_ACTOR;
  change.record_json = json;
  change.text = text;
  if (!sohoa_store_change (step->desk->store, &change, NULL, error))
    return FALSE;
  drop_ahead (folder);
  return TRUE;
}
