/* What the clerk is told of a document and of the day. */
#include "sohoa-bus-private.h"
#include "sohoa-message.h"
#include "sohoa-text.h"
#include "sohoa-time.h"
#include "sohoa-twins.h"
#include "sohoa-validate.h"

#include <string.h>

#define GROWING_TOLD_S 60u /* a file that is longer on its way is told of */

static void
say (GVariantBuilder *b, const char *key, SohoaMessage message, char *text)
{
  g_variant_builder_add (b, "(sss)", sohoa_message_code (message), key, text);
  g_free (text);
}

/* A name that is printed on the paper stays; that its body is no more is told. */
static void
say_old_body (SohoaDesk *desk, const SohoaRecord *record, const char *today, GVariantBuilder *b)
{
  const char *name = sohoa_record_value (record, "OrganName");
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&desk->agencies_lock);
  const SohoaAgencyEntry *agency = sohoa_agencies_match_ended (desk->agencies, name, today);
  g_autofree char *day = agency != NULL ? sohoa_agency_ended_from (agency) : NULL;

  if (day != NULL)
    say (b, "OrganName", SOHOA_M13_OLD_BODY, sohoa_message_new (SOHOA_M13_OLD_BODY, "body", name, "day", day, NULL));
}

static gboolean
say_review (SohoaDesk *desk, const SohoaStoreDocument *document, const SohoaRecord *record, GVariantBuilder *b, GError **error)
{
  g_autoptr(SohoaProfile) profile = sohoa_profile_load (record->profile, error);
  g_autofree char *today = sohoa_time_to_day (sohoa_time_now_us ());
  g_autoptr(GPtrArray) findings = profile != NULL ? sohoa_record_validate (record, profile, today) : NULL;
  g_autoptr(GPtrArray) twins = findings != NULL ? sohoa_twins_find (desk, document, record, error) : NULL;

  if (twins == NULL)
    return FALSE;
  for (guint i = 0; i < twins->len; i++)
    say (b, "", SOHOA_M12_DUPLICATE, sohoa_twin_message (g_ptr_array_index (twins, i)));
  for (guint i = 0; i < findings->len; i++) {
    const SohoaFinding *finding = g_ptr_array_index (findings, i);

    g_variant_builder_add (b, "(sss)", finding->code, finding->key, finding->message);
  }
  say_old_body (desk, record, today, b);
  return TRUE;
}

/* Sent, and the answer is not here. */
static gboolean
say_sending (SohoaDesk *desk, const char *id, GVariantBuilder *b, GError **error)
{
  g_autoptr(GPtrArray) rows = sohoa_store_list_outbox (desk->store, id, error);

  for (guint i = 0; rows != NULL && i < rows->len; i++) {
    const SohoaStoreOutboxRow *row = g_ptr_array_index (rows, i);

    if (row->state == SOHOA_STORE_PARCEL_UNKNOWN) {
      say (b, "", SOHOA_M23_UNKNOWN_RESULT, sohoa_message_new (SOHOA_M23_UNKNOWN_RESULT, NULL));
      break;
    }
  }
  return rows != NULL;
}

static void
say_accepted (const SohoaRecord *record, GVariantBuilder *b)
{
  const char *number = sohoa_record_value (record, "ArrivalNumber");
  g_autofree char *day = sohoa_day_to_vietnamese (sohoa_record_value (record, "ArrivalDate"));

  if (number[0] != '\0' && day != NULL)
    say (b, "ArrivalNumber", SOHOA_M24_ACCEPTED, sohoa_message_new (SOHOA_M24_ACCEPTED, "number", number, "day", day, NULL));
}

/* The ĐẾN stamp shows another number than the one that was given. */
static void
say_number_differs (const SohoaRecord *record, GVariantBuilder *b)
{
  const SohoaField *given = sohoa_record_peek_field (record, "ArrivalNumber");
  const SohoaFieldChange *paper = NULL;

  for (guint i = 0; given != NULL && given->history != NULL && i < given->history->len; i++) {
    const SohoaFieldChange *change = g_ptr_array_index (given->history, i);

    if (g_str_equal (change->source, "ocr") || g_str_equal (change->source, "person"))
      paper = change;
  }
  if (paper != NULL && g_ascii_strtoull (paper->value, NULL, 10) != 0 && !g_str_equal (given->source, "person")
      && g_ascii_strtoull (paper->value, NULL, 10) != g_ascii_strtoull (given->value, NULL, 10))
    say (b, "ArrivalNumber", SOHOA_M25_NUMBER_DIFFERS,
         sohoa_message_new (SOHOA_M25_NUMBER_DIFFERS, "paper", paper->value, "given", given->value, NULL));
}

/* What keeps it from being signed. */
static void
say_signing (const SohoaStoreDocument *document, GVariantBuilder *b)
{
  static const struct {
    const char  *error;
    SohoaMessage message;
  } rows[] = {
    { "Sign.TokenRemoved", SOHOA_M19_TOKEN_MISSING }, { "Sign.NoKey", SOHOA_M19_TOKEN_MISSING },
    { "Sign.Pin", SOHOA_M20_WRONG_PIN },              { "Sign.PinFinal", SOHOA_M20_FINAL_TRY },
    { "Sign.CertExpired", SOHOA_M21_CERT_EXPIRED },   { "Sign.TsaUnreachable", SOHOA_M22_TIME_STAMP_SLOW },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (g_str_equal (document->error_name, rows[i].error))
      say (b, "", rows[i].message, sohoa_message_new (rows[i].message, NULL));
}

/* "152/STC-NS" */
static void
say_recalled (const SohoaRecord *record, GVariantBuilder *b)
{
  g_autofree char *name = g_strdup_printf ("%s/%s", sohoa_record_value (record, "CodeNumber"),
                                           sohoa_record_value (record, "CodeNotation"));

  say (b, "", SOHOA_M27_RECALLED,
       sohoa_message_new (SOHOA_M27_RECALLED, "body", sohoa_record_value (record, "OrganName"), "document", name, "number",
                          sohoa_record_value (record, "ArrivalNumber"), NULL));
}

static gboolean
say_state (SohoaDesk *desk, const SohoaStoreDocument *document, const SohoaRecord *record, GVariantBuilder *b, GError **error)
{
  switch (document->state) {
  case SOHOA_STATE_REVIEW:
    return say_review (desk, document, record, b, error);
  case SOHOA_STATE_CONFIRMED:
  case SOHOA_STATE_REGISTERED:
  case SOHOA_STATE_SIGNING:
  case SOHOA_STATE_FAILED:
    say_signing (document, b);
    return TRUE;
  case SOHOA_STATE_RECALLED:
    say_recalled (record, b);
    return TRUE;
  case SOHOA_STATE_SUBMITTING:
    return say_sending (desk, document->id, b, error);
  case SOHOA_STATE_REFUSED:
    say (b, "", SOHOA_M26_REFUSED, sohoa_message_new (SOHOA_M26_REFUSED, "reason", document->error_message, NULL));
    return TRUE;
  case SOHOA_STATE_ACCEPTED:
  case SOHOA_STATE_DONE:
    say_accepted (record, b);
    say_number_differs (record, b);
    return TRUE;
  default:
    return TRUE;
  }
}

GVariant *
sohoa_bus_get_messages (SohoaBusCall *call, GError **error)
{
  g_autoptr(SohoaStoreDocument) document = sohoa_bus_find (call, error);
  g_autoptr(SohoaRecord) record = NULL;
  GVariantBuilder b;

  if (document == NULL)
    return NULL;
  g_variant_builder_init (&b, G_VARIANT_TYPE ("a(sss)"));
  if (!sohoa_bus_is_open (document)) { /* nothing of it is looked at here, so nothing of it is told */
    if (document->state == SOHOA_STATE_HELD)
      say (&b, "", SOHOA_M15_SECRET_SOMEWHERE, sohoa_message_new (SOHOA_M15_SECRET_SOMEWHERE, NULL));
    return g_variant_new ("(a(sss))", &b);
  }
  record = sohoa_desk_load_record (document, error);
  if (record != NULL && say_state (call->service->desk, document, record, &b, error))
    return g_variant_new ("(a(sss))", &b);
  g_variant_builder_clear (&b);
  return NULL;
}

GVariant *
sohoa_bus_get_duplicates (SohoaBusCall *call, GError **error)
{
  g_autoptr(SohoaStoreDocument) document = sohoa_bus_find (call, error);
  g_autoptr(SohoaRecord) record = NULL;
  g_autoptr(GPtrArray) twins = NULL;
  GVariantBuilder b;

  if (document == NULL)
    return NULL;
  if (!sohoa_bus_is_open (document)) {
    g_set_error (error, SOHOA_GATE_ERROR, SOHOA_GATE_ERROR_NOT_CLEARED, "%s: not cleared: nothing of it can be shown", document->id);
    return NULL;
  }
  record = sohoa_desk_load_record (document, error);
  twins = record != NULL ? sohoa_twins_find (call->service->desk, document, record, error) : NULL;
  if (twins == NULL)
    return NULL;
  g_variant_builder_init (&b, G_VARIANT_TYPE ("a(sssss)"));
  for (guint i = 0; i < twins->len; i++) {
    const SohoaTwin *twin = g_ptr_array_index (twins, i);

    g_variant_builder_add (&b, "(sssss)", twin->id, sohoa_twin_why_to_string (twin->why), twin->number, twin->day,
                           sohoa_state_to_string (twin->state));
  }
  return g_variant_new ("(a(sssss))", &b);
}

/* ---- the day ---- */

typedef struct {
  guint registered, accepted, left;
} Day;

static void
count_one (Day *day, SohoaState state)
{
  switch (state) {
  case SOHOA_STATE_ACCEPTED:
  case SOHOA_STATE_DONE:
    day->accepted++;
    day->registered++;
    return;
  case SOHOA_STATE_SIGNING:
  case SOHOA_STATE_SIGNED:
  case SOHOA_STATE_SUBMITTING:
  case SOHOA_STATE_DELIVERED:
  case SOHOA_STATE_REFUSED:
  case SOHOA_STATE_REGISTERED:
    day->registered++;
    return;
  case SOHOA_STATE_CANCELLED:
  case SOHOA_STATE_RETURNED:
  case SOHOA_STATE_SUPERSEDED:
  case SOHOA_STATE_RECALLED:
    return;
  default:
    day->left++;
  }
}

/* Everything that came since midnight in Vietnam. */
static gboolean
count_day (SohoaDesk *desk, Day *day, GError **error)
{
  g_autofree char *today = sohoa_time_to_day (sohoa_time_now_us ());
  g_autofree char *midnight = g_strconcat (today, "T00:00:00+07:00", NULL);
  g_autofree char *cursor = NULL;
  SohoaStoreQuery query = { 0 };

  (void) sohoa_time_from_iso (midnight, &query.since_us);
  do {
    g_autofree char *next = NULL;
    g_autoptr(GPtrArray) rows = NULL;

    query.cursor = cursor;
    rows = sohoa_store_list (desk->store, &query, &next, error);
    if (rows == NULL)
      return FALSE;
    for (guint i = 0; i < rows->len; i++)
      count_one (day, ((SohoaStoreDocument *) g_ptr_array_index (rows, i))->state);
    g_free (cursor);
    cursor = g_steal_pointer (&next);
  } while (cursor != NULL);
  return TRUE;
}

/* A file of a hot folder that does not become whole. */
static void
say_growing_files (SohoaReception *reception, GVariantBuilder *b)
{
  g_autoptr(GVariant) folders = g_variant_ref_sink (sohoa_reception_describe (reception));
  GVariantIter iter;
  guint waiting, oldest, longest = 0;

  g_variant_iter_init (&iter, folders);
  while (g_variant_iter_next (&iter, "(&s&s&suu)", NULL, NULL, NULL, &waiting, &oldest))
    longest = MAX (longest, waiting > 0 ? oldest : 0);
  if (longest >= GROWING_TOLD_S) {
    g_autofree char *minutes = g_strdup_printf ("%u", longest / 60);
    g_autofree char *text = sohoa_message_new (SOHOA_M30_FILE_GROWING, "minutes", minutes, NULL);

    g_variant_builder_add (b, "(ss)", sohoa_message_code (SOHOA_M30_FILE_GROWING), text);
  }
}

GVariant *
sohoa_bus_get_day (SohoaBusCall *call, GError **error)
{
  Day day = { 0 };
  g_autofree char *registered = NULL, *accepted = NULL, *left = NULL, *text = NULL;
  SohoaMessage message;
  GVariantBuilder b;

  if (!count_day (call->service->desk, &day, error))
    return NULL;
  registered = g_strdup_printf ("%u", day.registered);
  accepted = g_strdup_printf ("%u", day.accepted);
  left = g_strdup_printf ("%u", day.left);
  message = day.left > 0 ? SOHOA_M18_SAME_DAY : SOHOA_M34_ALL_DONE;
  text = day.left > 0 ? sohoa_message_new (message, "count", left, NULL)
                      : sohoa_message_new (message, "registered", registered, "accepted", accepted, "left", left, NULL);
  g_variant_builder_init (&b, G_VARIANT_TYPE ("a(ss)"));
  g_variant_builder_add (&b, "(ss)", sohoa_message_code (message), text);
  say_growing_files (call->service->reception, &b);
  return g_variant_new ("(a(ss))", &b);
}

/* ---- agencies ---- */

GVariant *
sohoa_bus_import_agencies (SohoaBusCall *call, GError **error)
{
  gint32 handle;
  gint n = 0;
  const int *fds = call->fds != NULL ? g_unix_fd_list_peek_fds (call->fds, &n) : NULL;
  guint count = 0;

  g_variant_get (call->parameters, "(h)", &handle);
  if (handle < 0 || handle >= n) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "file: the descriptor did not come along");
    return NULL;
  }
  if (!sohoa_desk_import_agencies (call->service->desk, fds[handle], &count, error))
    return NULL;
  return g_variant_new ("(u)", count);
}

GVariant *
sohoa_bus_get_agencies (SohoaBusCall *call, GError **error)
{
  SohoaDesk *desk = call->service->desk;
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&desk->agencies_lock);
  g_autofree char *folded = NULL;
  const char *search;
  guint n = 0, limit;
  GVariantBuilder b;

  g_variant_get (call->parameters, "(&su)", &search, &limit);
  folded = sohoa_text_fold (search);
  g_variant_builder_init (&b, G_VARIANT_TYPE ("a(ssssss)"));
  for (guint i = 0; i < sohoa_agencies_count (desk->agencies) && n < limit; i++) {
    const SohoaAgencyEntry *a = sohoa_agencies_peek (desk->agencies, i);
    g_autofree char *aliases = g_strjoinv ("; ", a->aliases);
    g_autofree char *all = g_strjoin (" ", a->name, aliases, a->id, a->old_id, NULL);
    g_autofree char *text = sohoa_text_fold (all);

    if (strstr (text, folded) == NULL)
      continue;
    g_variant_builder_add (&b, "(ssssss)", a->name, a->id, a->old_id, aliases, a->valid_from, a->valid_to);
    n++;
  }
  return g_variant_new ("(a(ssssss))", &b);
}
