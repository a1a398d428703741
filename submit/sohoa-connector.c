#include "sohoa-connector-private.h"

#include "sohoa-text.h"

#include <string.h>

const char *
sohoa_outcome_to_string (SohoaOutcome outcome)
{
  switch (outcome) {
  case SOHOA_OUTCOME_ACCEPTED: return "accepted";
  case SOHOA_OUTCOME_REFUSED: return "refused";
  case SOHOA_OUTCOME_UNKNOWN: return "unknown";
  case SOHOA_OUTCOME_ABSENT: return "absent";
  }
  return "unknown";
}

char *
sohoa_submission_key (const char *sha256)
{
  return g_ascii_strdown (sha256, -1);
}

/* ---- values ---- */

SohoaReceipt *
sohoa_receipt_new (SohoaOutcome outcome, GBytes *answer)
{
  SohoaReceipt *self = g_new0 (SohoaReceipt, 1);

  self->outcome = outcome;
  self->document_id = g_strdup ("");
  self->arrival_number = g_strdup ("");
  self->arrival_date = g_strdup ("");
  self->arrival_book = g_strdup ("");
  self->status = g_strdup ("");
  self->reason = g_strdup ("");
  self->answer = answer != NULL ? g_bytes_ref (answer) : g_bytes_new (NULL, 0);
  return self;
}

SohoaReceipt *
sohoa_receipt_new_failed (SohoaOutcome outcome, SohoaSubmitError code, const char *reason, GBytes *answer)
{
  SohoaReceipt *self = sohoa_receipt_new (outcome, answer);
  g_autofree char *capped = g_strndup (reason, SOHOA_SUBMIT_REASON_MAX_BYTES);
  g_autofree char *valid = g_utf8_make_valid (capped, -1);

  g_free (self->reason);
  self->reason = sohoa_text_squeeze (valid);
  self->error_code = code;
  return self;
}

void
sohoa_receipt_free (SohoaReceipt *self)
{
  if (self == NULL)
    return;
  g_free (self->document_id);
  g_free (self->arrival_number);
  g_free (self->arrival_date);
  g_free (self->arrival_book);
  g_free (self->status);
  g_free (self->reason);
  g_bytes_unref (self->answer);
  g_free (self);
}

gboolean
sohoa_receipt_check (const SohoaReceipt *self, GError **error)
{
  switch (self->outcome) {
  case SOHOA_OUTCOME_ACCEPTED:
    return TRUE;
  case SOHOA_OUTCOME_REFUSED:
    g_set_error (error, SOHOA_SUBMIT_ERROR, SOHOA_SUBMIT_ERROR_REJECTED, "refused by the receiver: %s",
                 self->reason);
    return FALSE;
  case SOHOA_OUTCOME_ABSENT:
    g_set_error (error, SOHOA_SUBMIT_ERROR, SOHOA_SUBMIT_ERROR_UNREACHABLE,
                 "not registered: the receiver does not know this document: send it");
    return FALSE;
  case SOHOA_OUTCOME_UNKNOWN:
    break;
  }
  g_set_error (error, SOHOA_SUBMIT_ERROR, self->error_code, "outcome unknown: %s: ask before sending again",
               self->reason);
  return FALSE;
}

SohoaStatus *
sohoa_status_new (const char *code, const char *description, gint64 time_us, const char *message_id)
{
  SohoaStatus *self = g_new0 (SohoaStatus, 1);

  self->code = g_strdup (code);
  self->description = g_strdup (description != NULL ? description : "");
  self->time_us = time_us;
  self->message_id = g_strdup (message_id != NULL ? message_id : "");
  return self;
}

void
sohoa_status_free (SohoaStatus *self)
{
  if (self == NULL)
    return;
  g_free (self->code);
  g_free (self->description);
  g_free (self->message_id);
  g_free (self);
}

static int
compare_statuses (gconstpointer a, gconstpointer b)
{
  const SohoaStatus *left = *(SohoaStatus *const *) a, *right = *(SohoaStatus *const *) b;

  if (left->time_us != right->time_us)
    return left->time_us < right->time_us ? -1 : 1;
  return strcmp (left->code, right->code);
}

void
sohoa_statuses_sort (GPtrArray *statuses)
{
  g_ptr_array_sort (statuses, compare_statuses);
}

void
sohoa_agency_free (SohoaAgency *self)
{
  if (self == NULL)
    return;
  g_free (self->code);
  g_free (self->old_code);
  g_free (self->name);
  g_free (self);
}

/* ---- the connector ---- */

static const SohoaConnectorVtable *const vtables[] = { &sohoa_rest_connector, &sohoa_vxp_connector, &sohoa_folder_connector, &sohoa_assisted_connector,
                                                      &sohoa_webdav_connector, &sohoa_sftp_connector };

SohoaConnector *
sohoa_connector_new (SohoaTarget *target, GError **error)
{
  g_autoptr(SohoaConnector) self = g_new0 (SohoaConnector, 1);

  self->target = target;
  for (guint i = 0; i < G_N_ELEMENTS (vtables); i++)
    if (g_str_equal (vtables[i]->name, target->connector))
      self->vtable = vtables[i];
  if (self->vtable == NULL) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_CONFIG, "[target %s] connector: \"%s\" is not known: use rest, vxp, folder, webdav or sftp",
                 target->name, target->connector);
    return NULL;
  }
  if (target->auth != SOHOA_TARGET_AUTH_NONE) {
    self->secret = sohoa_secret_read (target->secret_file, error);
    if (self->secret == NULL) {
      g_prefix_error (error, "[target %s] ", target->name);
      return NULL;
    }
  }
  return g_steal_pointer (&self);
}

void
sohoa_connector_free (SohoaConnector *self)
{
  if (self == NULL)
    return;
  if (self->vtable != NULL && self->vtable->clear != NULL)
    self->vtable->clear (self);
  if (self->secret != NULL)
    explicit_bzero (self->secret, strlen (self->secret));
  g_free (self->secret);
  sohoa_target_free (self->target);
  g_free (self);
}

const SohoaTarget *
sohoa_connector_get_target (SohoaConnector *self)
{
  return self->target;
}

SohoaReceipt *
sohoa_connector_submit (SohoaConnector *self, const SohoaSubmission *what, GCancellable *cancellable,
                        GError **error)
{
  return self->vtable->submit (self, what, cancellable, error);
}

SohoaReceipt *
sohoa_connector_query (SohoaConnector *self, const SohoaSubmission *what, GCancellable *cancellable,
                       GError **error)
{
  return self->vtable->query (self, what, cancellable, error);
}

GPtrArray *
sohoa_connector_statuses (SohoaConnector *self, const SohoaSubmission *what, const char *document_id,
                          GCancellable *cancellable, GError **error)
{
  return self->vtable->statuses (self, what, document_id, cancellable, error);
}

gboolean
sohoa_connector_recall (SohoaConnector *self, const SohoaSubmission *what, const char *document_id,
                        const char *reason, GCancellable *cancellable, GError **error)
{
  return self->vtable->recall (self, what, document_id, reason, cancellable, error);
}

gboolean
sohoa_connector_acknowledge (SohoaConnector *self, const char *message_id, GCancellable *cancellable,
                             GError **error)
{
  if (self->vtable->acknowledge == NULL || message_id[0] == '\0')
    return TRUE;
  return self->vtable->acknowledge (self, message_id, cancellable, error);
}

static gboolean
is_offered (SohoaConnector *self, gboolean offered, const char *what, GError **error)
{
  if (!offered)
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_NOT_FOUND, "%s: the %s connector does not offer it", what,
                 self->vtable->name);
  return offered;
}

gboolean
sohoa_connector_can_number (SohoaConnector *self)
{
  return self->vtable->number != NULL;
}

SohoaReceipt *
sohoa_connector_number (SohoaConnector *self, const SohoaRecord *record, const char *key,
                        GCancellable *cancellable, GError **error)
{
  if (!is_offered (self, self->vtable->number != NULL, "number before signing", error))
    return NULL;
  return self->vtable->number (self, record, key, cancellable, error);
}

GPtrArray *
sohoa_connector_find (SohoaConnector *self, const char *number, const char *symbol, const char *issuer,
                      const char *iso_day, GCancellable *cancellable, GError **error)
{
  if (!is_offered (self, self->vtable->find != NULL, "search", error))
    return NULL;
  return self->vtable->find (self, number, symbol, issuer, iso_day, cancellable, error);
}

GPtrArray *
sohoa_connector_agencies (SohoaConnector *self, GCancellable *cancellable, GError **error)
{
  if (!is_offered (self, self->vtable->agencies != NULL, "list of agencies", error))
    return NULL;
  return self->vtable->agencies (self, cancellable, error);
}
