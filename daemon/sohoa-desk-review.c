/* What a person does while looking at a document: values, confirmation, return to the sender, and what to do with one
 * that came before. */
#include "sohoa-desk-private.h"

#include "sohoa-desk-words.h"
#include "sohoa-message.h"
#include "sohoa-reception.h"
#include "sohoa-time.h"
#include "sohoa-twins.h"
#include "sohoa-validate.h"

#include <string.h>

#define NOTE_KEY "Description"

/* ---- fields ---- */

static void
remove_need (SohoaRecord *record, const char *key)
{
  for (guint i = record->needs_person->len; i > 0; i--)
    if (g_str_equal (g_ptr_array_index (record->needs_person, i - 1), key))
      g_ptr_array_remove_index (record->needs_person, i - 1);
}

static gboolean
set_values (SohoaRecord *record, GHashTable *fields, const char *actor, GError **error)
{
  gint64 now_us = sohoa_time_now_us ();
  GHashTableIter iter;
  gpointer key, value;

  g_hash_table_iter_init (&iter, fields);
  while (g_hash_table_iter_next (&iter, &key, &value)) {
    if (!sohoa_field_key_is_known (key)) {
      g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "%s: unknown field: see sohoa show ID --json", (char *) key);
      return FALSE;
    }
    if (((char *) value)[0] != '\0' && !sohoa_field_check (key, value, error))
      return FALSE;
    sohoa_record_correct_field (record, key, value, actor, now_us);
    remove_need (record, key);
  }
  return TRUE;
}

gboolean
sohoa_desk_set_fields (SohoaDesk *self, const SohoaDeskCall *call, guint *revision_out, char ***doubts_out,
                       GError **error)
{
  g_autoptr(SohoaStoreDocument) document = NULL;
  g_autoptr(SohoaRecord) record = NULL;
  g_autofree char *json = NULL;
  SohoaStoreChange change = { .kind = "record" };

  if (!sohoa_desk_begin (self, call, "SetFields", SOHOA_DESK_STATE (REVIEW), "review", &document, revision_out, NULL, error))
    return FALSE;
  if (document == NULL)
    return TRUE;
  record = sohoa_desk_load_record (document, error);
  if (record == NULL || !set_values (record, call->fields, call->actor, error)
      || !sohoa_twins_note (self, document, record, error))
    return FALSE;
  json = sohoa_record_to_json (record, FALSE);
  change.record_json = json;
  return sohoa_desk_make_change (self, call, "SetFields", &change, NULL, revision_out, error);
}

/* ---- confirmation ---- */

/* The doubtful values stand on @actor's word from now on; what the machine made of them stays beside. */
static char **
take_doubts (SohoaRecord *record, const char *actor, gboolean demo)
{
  g_autoptr(GPtrArray) doubts = g_ptr_array_new ();
  gint64 now_us = sohoa_time_now_us ();

  for (guint i = 0; i < record->needs_person->len; i++) {
    const char *key = g_ptr_array_index (record->needs_person, i);
    SohoaField *field = sohoa_record_peek_field (record, key);

    g_ptr_array_add (doubts, g_strdup (key));
    if (field == NULL)
      continue;
    if (demo) {
      g_free (field->source);
      field->source = g_strdup ("demo");
    } else {
      g_autofree char *value = g_strdup (field->value);

      sohoa_record_correct_field (record, key, value, actor, now_us);
    }
  }
  g_ptr_array_add (doubts, NULL);
  g_ptr_array_set_size (record->needs_person, 0);
  return (char **) g_ptr_array_free (g_steal_pointer (&doubts), FALSE);
}

/* A mandatory value that is doubtful must have been looked at (gui.md: "not possible to accept unseen"). */
static gboolean
check_seen (const SohoaRecord *record, const char *const *seen, GError **error)
{
  g_autoptr(SohoaProfile) profile = sohoa_profile_load (record->profile, error);
  g_autoptr(GPtrArray) unseen = g_ptr_array_new ();
  g_autofree char *count = NULL, *labels = NULL, *text = NULL;

  if (profile == NULL)
    return FALSE;
  for (guint i = 0; i < record->needs_person->len; i++) {
    char *key = g_ptr_array_index (record->needs_person, i);

    if (g_strv_contains ((const char *const *) profile->mandatory, key) && (seen == NULL || !g_strv_contains (seen, key)))
      g_ptr_array_add (unseen, key);
  }
  if (unseen->len == 0)
    return TRUE;
  count = g_strdup_printf ("%u", unseen->len);
  g_ptr_array_add (unseen, NULL);
  labels = sohoa_field_labels ((const char *const *) unseen->pdata);
  text = sohoa_message_new (SOHOA_M11_LOOK_AT, "count", count, "fields", labels, NULL);
  g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_NEEDS_PERSON, "%s [%s]", text, sohoa_message_code (SOHOA_M11_LOOK_AT));
  return FALSE;
}

/* A person decides about a twin before the document gets a second số đến (NĐ30 Annex VI Part I, III.1h). */
static gboolean
check_no_twin (SohoaDesk *self, const SohoaStoreDocument *document, const SohoaRecord *record, GError **error)
{
  g_autoptr(GPtrArray) twins = sohoa_twins_find (self, document, record, error);
  g_autofree char *text = NULL;

  if (twins == NULL)
    return FALSE;
  if (twins->len == 0)
    return TRUE;
  text = sohoa_twin_message (g_ptr_array_index (twins, 0));
  g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_NEEDS_PERSON, "%s [%s]", text, sohoa_message_code (SOHOA_M12_DUPLICATE));
  return FALSE;
}

gboolean
sohoa_desk_confirm (SohoaDesk *self, const SohoaDeskCall *call, guint *revision_out, char ***doubts_out, GError **error)
{
  gboolean demo = g_str_equal (call->actor, "demo");
  g_autoptr(SohoaStoreDocument) document = NULL;
  g_autoptr(SohoaRecord) record = NULL;
  g_auto(GStrv) doubts = NULL;
  g_autofree char *joined = NULL;
  g_autofree char *reason = NULL;
  g_autofree char *json = NULL;
  SohoaStoreChange change = { .kind = "confirm", .moves = TRUE, .to = SOHOA_STATE_CONFIRMED };

  if (!sohoa_desk_begin (self, call, "Confirm", SOHOA_DESK_STATE (REVIEW), "review", &document, revision_out, doubts_out, error))
    return FALSE;
  if (document == NULL)
    return TRUE;
  record = sohoa_desk_load_record (document, error);
  if (record == NULL || !sohoa_twins_note (self, document, record, error)
      || (!demo && (!check_seen (record, call->words, error) || !check_no_twin (self, document, record, error))))
    return FALSE;
  doubts = take_doubts (record, call->actor, demo);
  joined = g_strjoinv (", ", doubts);
  reason = doubts[0] != NULL ? g_strdup_printf ("confirmed although doubtful: %s", joined) : NULL;
  json = sohoa_record_to_json (record, FALSE);
  change.record_json = json;
  change.reason = reason;
  if (!sohoa_desk_make_change (self, call, "Confirm", &change, doubts, revision_out, error))
    return FALSE;
  if (!demo)
    sohoa_desk_words_learn (self, record, call->id);
  *doubts_out = g_steal_pointer (&doubts);
  return TRUE;
}

gboolean
sohoa_desk_reject (SohoaDesk *self, const SohoaDeskCall *call, guint *revision_out, char ***doubts_out, GError **error)
{
  const guint32 states = SOHOA_DESK_STATE (REVIEW) | SOHOA_DESK_STATE (CONFIRMED) | SOHOA_DESK_STATE (HELD);
  SohoaStoreChange change = { .kind = "reject", .moves = TRUE, .to = SOHOA_STATE_RETURNED, .reason = call->reason };
  g_autoptr(SohoaStoreDocument) document = NULL;

  if (!sohoa_desk_need_reason (call, error)
      || !sohoa_desk_begin (self, call, "Reject", states, "review, confirmed or held", &document, revision_out, NULL, error)
      || (document != NULL && !sohoa_desk_make_change (self, call, "Reject", &change, NULL, revision_out, error)))
    return FALSE;
  sohoa_reception_refused (self, call->id, call->reason);
  return TRUE;
}

/* ---- one that came before ---- */

/* "Đã nhận bản giấy ngày …" into the remarks of the document that has the số đến: its row of the register says so. */
static gboolean
note_paper (SohoaDesk *self, const SohoaDeskCall *call, const SohoaTwin *twin, GError **error)
{
  g_autoptr(SohoaStoreDocument) other = sohoa_store_find (self->store, twin->id, error);
  g_autoptr(SohoaRecord) record = other != NULL ? sohoa_desk_load_record (other, error) : NULL;
  g_autofree char *today = sohoa_time_to_day (sohoa_time_now_us ());
  g_autofree char *day = sohoa_day_to_vietnamese (today);
  g_autofree char *remark = NULL, *note = NULL, *reason = NULL, *json = NULL, *token = NULL;
  SohoaStoreChange change = { .id = twin->id, .kind = "paper-received", .actor = call->actor };
  const char *old;

  if (record == NULL)
    return FALSE;
  if (other->fence != 0) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_BUSY, "%s: is being worked on: try again in a moment", twin->id);
    return FALSE;
  }
  remark = g_strdup_printf ("Đã nhận bản giấy ngày %s", day);
  old = sohoa_record_value (record, NOTE_KEY);
  if (strstr (old, remark) != NULL)
    return TRUE; /* done by this call before a crash */
  note = old[0] != '\0' ? g_strdup_printf ("%s. %s", old, remark) : g_strdup (remark);
  reason = g_strdup_printf ("bản giấy: %s", call->id);
  token = g_strconcat (call->token, ":paper", NULL);
  if (g_utf8_strlen (note, -1) <= (glong) sohoa_field_max_length (NOTE_KEY))
    sohoa_record_correct_field (record, NOTE_KEY, note, call->actor, sohoa_time_now_us ());
  json = sohoa_record_to_json (record, FALSE);
  change.expected_revision = other->revision;
  change.record_json = json;
  change.reason = reason;
  change.token = token;
  return sohoa_store_change (self->store, &change, NULL, error);
}

/* First outcome: the paper belongs to a số đến that is given already; it gets none of its own. */
static gboolean
take_paper (SohoaDesk *self, const SohoaDeskCall *call, const SohoaTwin *twin, guint *revision_out, GError **error)
{
  g_autofree char *reason = g_strdup_printf ("Đã nhận bản giấy của số đến %s (%s)", twin->number, twin->id);
  SohoaStoreChange change = { .kind = "paper-received", .moves = TRUE, .to = SOHOA_STATE_SUPERSEDED, .reason = reason };

  if (twin->closed) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_NOT_AUTHORISED,
                 "%s: is a letter of citizens: give this one its type first, then who handles letters decides", twin->id);
    return FALSE;
  }
  if (twin->number[0] == '\0') {
    g_set_error (error, SOHOA_STORE_ERROR, SOHOA_STORE_ERROR_ILLEGAL_MOVE,
                 "%s: has no số đến yet: finish it first, or register this one as a new document", twin->id);
    return FALSE;
  }
  if (!note_paper (self, call, twin, error)
      || !sohoa_desk_make_change (self, call, "ResolveDuplicate", &change, NULL, revision_out, error))
    return FALSE;
  sohoa_reception_refused (self, call->id, reason);
  return TRUE;
}

/* Second outcome: they are two documents. Confirm asks no more about these. */
static gboolean
register_new (SohoaDesk *self, const SohoaDeskCall *call, SohoaRecord *record, const GPtrArray *twins, guint *revision_out,
              GError **error)
{
  g_autofree char *json = NULL;
  SohoaStoreChange change = { .kind = "duplicate-new", .reason = call->reason };

  for (guint i = 0; i < twins->len; i++)
    sohoa_twins_settle (record, ((SohoaTwin *) g_ptr_array_index (twins, i))->id);
  json = sohoa_record_to_json (record, FALSE);
  change.record_json = json;
  return sohoa_desk_make_change (self, call, "ResolveDuplicate", &change, NULL, revision_out, error);
}

static gboolean
return_twin (SohoaDesk *self, const SohoaDeskCall *call, guint *revision_out, GError **error)
{
  SohoaStoreChange change = { .kind = "duplicate-returned", .moves = TRUE, .to = SOHOA_STATE_RETURNED, .reason = call->reason };

  if (!sohoa_desk_need_reason (call, error)
      || !sohoa_desk_make_change (self, call, "ResolveDuplicate", &change, NULL, revision_out, error))
    return FALSE;
  sohoa_reception_refused (self, call->id, call->reason);
  return TRUE;
}

static const SohoaTwin *
pick_twin (const GPtrArray *twins, const char *id)
{
  for (guint i = 0; i < twins->len; i++)
    if (id == NULL || g_str_equal (((SohoaTwin *) g_ptr_array_index (twins, i))->id, id))
      return g_ptr_array_index (twins, i);
  return NULL;
}

gboolean
sohoa_desk_resolve_duplicate (SohoaDesk *self, const SohoaDeskCall *call, guint *revision_out, char ***doubts_out,
                              GError **error)
{
  g_autoptr(SohoaStoreDocument) document = NULL;
  g_autoptr(SohoaRecord) record = NULL;
  g_autoptr(GPtrArray) twins = NULL;
  const char *outcome = call->extra != NULL ? call->extra : "";
  const SohoaTwin *twin;

  if (!sohoa_desk_begin (self, call, "ResolveDuplicate", SOHOA_DESK_STATE (REVIEW), "review", &document, revision_out, NULL, error))
    return FALSE;
  if (document == NULL)
    return TRUE;
  record = sohoa_desk_load_record (document, error);
  twins = record != NULL ? sohoa_twins_find (self, document, record, error) : NULL;
  if (twins == NULL)
    return FALSE;
  twin = pick_twin (twins, call->words != NULL ? call->words[0] : NULL);
  if (twin == NULL) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_NOT_FOUND, "%s: no such document came before: see sohoa duplicates ID", call->id);
    return FALSE;
  }
  if (g_str_equal (outcome, "paper-received"))
    return take_paper (self, call, twin, revision_out, error);
  if (g_str_equal (outcome, "register-new"))
    return register_new (self, call, record, twins, revision_out, error);
  if (g_str_equal (outcome, "return"))
    return return_twin (self, call, revision_out, error);
  g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "outcome \"%s\": paper-received, register-new or return", outcome);
  return FALSE;
}
