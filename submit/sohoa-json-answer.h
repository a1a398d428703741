/* What receivers answer, read with nothing taken for granted. */
#pragma once

#include "sohoa-connector.h"
#include "sohoa-json.h"

G_BEGIN_DECLS

/* The object, or NULL when the bytes are no JSON object (lib/sohoa-json.h). json_object_unref(). */
JsonObject *sohoa_json_object (GBytes *bytes);
/* NULL when it is missing or of another type; borrowed. */
JsonArray  *sohoa_json_array (JsonObject *object, const char *name);
JsonObject *sohoa_json_element (JsonArray *array, guint i); /* an empty object for what is none */
/* String or integer as text. g_free. */
char       *sohoa_json_text (JsonObject *object, const char *name);

/* {docCode|documentId, arrivalNumber, arrivalDate, arrivalBook, status, reason}: ACCEPTED, or REFUSED
 * with status 02; NULL when it is no receipt. */
SohoaReceipt *sohoa_json_receipt (GBytes *bytes);
SohoaReceipt *sohoa_json_receipt_object (JsonObject *object, GBytes *answer);
/* The reason of a refusing answer: reason, message, ErrorDesc or error; "". g_free. */
char         *sohoa_json_reason (GBytes *bytes);
/* (element-type SohoaAgency); @array may be NULL. */
GPtrArray    *sohoa_json_agencies (JsonArray *array);

G_END_DECLS
