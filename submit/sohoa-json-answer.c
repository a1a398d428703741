#include "sohoa-json-answer.h"

#include "sohoa-connector-private.h"
#include "sohoa-time.h"

#include <string.h>

JsonObject *
sohoa_json_object (GBytes *bytes)
{
  gsize length = 0;
  const char *data = bytes != NULL ? g_bytes_get_data (bytes, &length) : NULL;

  return sohoa_json_parse (data, (gssize) length);
}

JsonArray *
sohoa_json_array (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

JsonObject *
sohoa_json_element (JsonArray *array, guint i)
{
  static JsonObject *empty;
  static gsize ready;
  JsonNode *node = json_array_get_element (array, i);

  if (g_once_init_enter (&ready)) {
    empty = json_object_new ();
    g_once_init_leave (&ready, 1);
  }
  return JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : empty;
}

char *
sohoa_json_text (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  if (node != NULL && JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_INT64)
    return g_strdup_printf ("%" G_GINT64_FORMAT, json_node_get_int (node));
  return g_strdup (sohoa_json_string (object, name));
}

SohoaReceipt *
sohoa_json_receipt_object (JsonObject *object, GBytes *answer)
{
  g_autofree char *id = sohoa_json_text (object, "docCode");
  g_autofree char *number = sohoa_json_text (object, "arrivalNumber");
  g_autofree char *status = sohoa_json_text (object, "status");
  const char *date = sohoa_json_string (object, "arrivalDate");
  SohoaReceipt *receipt;

  if (id[0] == '\0') {
    g_free (id);
    id = sohoa_json_text (object, "documentId");
  }
  if (g_str_equal (status, "02")) {
    receipt = sohoa_receipt_new_failed (SOHOA_OUTCOME_REFUSED, SOHOA_SUBMIT_ERROR_REJECTED,
                                        sohoa_json_string (object, "reason"), answer);
  } else if (id[0] == '\0' || (date[0] != '\0' && !sohoa_day_is_valid (date))) {
    return NULL;
  } else {
    receipt = sohoa_receipt_new (SOHOA_OUTCOME_ACCEPTED, answer);
  }
  g_free (receipt->document_id);
  receipt->document_id = g_steal_pointer (&id);
  g_free (receipt->arrival_number);
  receipt->arrival_number = g_steal_pointer (&number);
  g_free (receipt->arrival_date);
  receipt->arrival_date = g_strdup (date);
  g_free (receipt->arrival_book);
  receipt->arrival_book = g_strdup (sohoa_json_string (object, "arrivalBook"));
  g_free (receipt->status);
  receipt->status = g_steal_pointer (&status);
  return receipt;
}

SohoaReceipt *
sohoa_json_receipt (GBytes *bytes)
{
  g_autoptr(JsonObject) object = sohoa_json_object (bytes);

  return object != NULL ? sohoa_json_receipt_object (object, bytes) : NULL;
}

char *
sohoa_json_reason (GBytes *bytes)
{
  static const char *const names[] = { "reason", "message", "ErrorDesc", "errorDesc", "error" };
  g_autoptr(JsonObject) object = sohoa_json_object (bytes);

  for (guint i = 0; object != NULL && i < G_N_ELEMENTS (names); i++) {
    const char *text = sohoa_json_string (object, names[i]);

    if (text[0] != '\0')
      return g_strndup (text, SOHOA_SUBMIT_REASON_MAX_BYTES);
  }
  return g_strdup ("");
}

GPtrArray *
sohoa_json_agencies (JsonArray *array)
{
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) sohoa_agency_free);

  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++) {
    JsonObject *object = sohoa_json_element (array, i);
    SohoaAgency *agency = g_new0 (SohoaAgency, 1);

    agency->code = sohoa_json_text (object, "code");
    agency->old_code = sohoa_json_text (object, json_object_has_member (object, "oldCode") ? "oldCode" : "code102");
    agency->name = sohoa_json_text (object, "name");
    g_ptr_array_add (list, agency);
  }
  return list;
}
