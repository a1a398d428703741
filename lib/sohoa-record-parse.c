/* Reading the record's JSON back: it crosses process borders, so every member is checked. */
#include "sohoa-record.h"

#include "sohoa-errors.h"
#include "sohoa-json.h"

#include <math.h>
#include <string.h>

#define MAX_PAGES 10000
#define MAX_NUMBER 1e9

typedef struct {
  JsonObject *object; /* (unowned) */
  gboolean   *ok;     /* shared: FALSE once any member was wrong */
} Reader;

static JsonNode *
member (Reader *r, const char *name, JsonNodeType type)
{
  JsonNode *node = json_object_get_member (r->object, name);

  if (node == NULL)
    return NULL;
  if (JSON_NODE_TYPE (node) != type) {
    *r->ok = FALSE;
    return NULL;
  }
  return node;
}

static void
take_string (Reader *r, const char *name, char **out)
{
  JsonNode *node = member (r, name, JSON_NODE_VALUE);

  if (node == NULL)
    return;
  if (json_node_get_value_type (node) != G_TYPE_STRING) {
    *r->ok = FALSE;
    return;
  }
  g_free (*out);
  *out = g_strdup (json_node_get_string (node));
}

/* A value node that is a number of sane size; else the record is none. */
static double
number_of (Reader *r, JsonNode *node)
{
  double value = json_node_get_double (node);

  if (json_node_get_value_type (node) == G_TYPE_STRING || !isfinite (value) || fabs (value) > MAX_NUMBER) {
    *r->ok = FALSE;
    return 0;
  }
  return value;
}

static double
take_number (Reader *r, const char *name)
{
  JsonNode *node = member (r, name, JSON_NODE_VALUE);

  return node != NULL ? number_of (r, node) : 0;
}

static guint
take_uint (Reader *r, const char *name)
{
  double value = take_number (r, name);

  if (value < 0 || value != floor (value)) {
    *r->ok = FALSE;
    return 0;
  }
  return (guint) value;
}

static gboolean
take_bool (Reader *r, const char *name)
{
  JsonNode *node = member (r, name, JSON_NODE_VALUE);

  return node != NULL && json_node_get_boolean (node);
}

static void
take_strings (Reader *r, const char *name, GPtrArray *out)
{
  JsonNode *node = member (r, name, JSON_NODE_ARRAY);
  JsonArray *array = node != NULL ? json_node_get_array (node) : NULL;

  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++) {
    JsonNode *item = json_array_get_element (array, i);

    if (JSON_NODE_HOLDS_VALUE (item) && json_node_get_value_type (item) == G_TYPE_STRING)
      g_ptr_array_add (out, g_strdup (json_node_get_string (item)));
    else
      *r->ok = FALSE;
  }
}

static gboolean
open_object (JsonNode *node, Reader *parent, Reader *out)
{
  if (node == NULL || !JSON_NODE_HOLDS_OBJECT (node)) {
    *parent->ok = FALSE;
    return FALSE;
  }
  out->object = json_node_get_object (node);
  out->ok = parent->ok;
  return TRUE;
}

#define MAX_FINDINGS 100 /* of one page */

static void
read_findings (SohoaPageInfo *page, Reader *parent)
{
  JsonNode *node = member (parent, "findings", JSON_NODE_ARRAY);
  JsonArray *array = node != NULL ? json_node_get_array (node) : NULL;

  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++) {
    g_autofree char *what = NULL;
    g_autofree char *reason = NULL;
    Reader r;

    if (i >= MAX_FINDINGS || !open_object (json_array_get_element (array, i), parent, &r)) {
      *parent->ok = FALSE;
      return;
    }
    take_string (&r, "what", &what);
    take_string (&r, "reason", &reason);
    sohoa_page_info_add_finding (page, what != NULL ? what : "", take_number (&r, "confidence"), reason != NULL ? reason : "");
  }
}

static void
read_page (SohoaRecord *self, Reader *parent, JsonNode *node)
{
  SohoaPageInfo *p = sohoa_record_add_page (self);
  Reader r, ocr;
  JsonNode *ocr_node;

  if (!open_object (node, parent, &r))
    return;
  take_string (&r, "source", &p->source);
  p->source_page = take_uint (&r, "source_page");
  take_string (&r, "sha256", &p->sha256);
  p->width_px = take_uint (&r, "width_px");
  p->height_px = take_uint (&r, "height_px");
  p->dpi = take_number (&r, "dpi");
  p->rotation = take_uint (&r, "rotation");
  p->skew_deg = take_number (&r, "skew_deg");
  p->blank = take_bool (&r, "blank");
  take_strings (&r, "flags", p->flags);
  read_findings (p, &r);
  ocr_node = json_object_get_member (r.object, "ocr");
  if (ocr_node == NULL || !open_object (ocr_node, &r, &ocr))
    return;
  take_string (&ocr, "status", &p->ocr_status);
  p->ocr_words = take_uint (&ocr, "words");
  p->ocr_confidence = take_number (&ocr, "confidence");
}

static void
read_part (SohoaRecord *self, Reader *parent, JsonNode *node)
{
  SohoaPart *part = sohoa_record_add_part (self, "main", 1, 0);
  Reader r;

  if (!open_object (node, parent, &r))
    return;
  take_string (&r, "role", &part->role);
  part->first_page = take_uint (&r, "first_page");
  part->pages = take_uint (&r, "pages");
}

static char *
read_value (Reader *r)
{
  JsonNode *node = json_object_get_member (r->object, "value");

  if (node != NULL && JSON_NODE_HOLDS_ARRAY (node)) {
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func (g_free);

    take_strings (r, "value", list);
    g_ptr_array_add (list, NULL);
    return g_strjoinv ("\n", (char **) list->pdata);
  }
  if (node != NULL && JSON_NODE_HOLDS_VALUE (node)) {
    if (json_node_get_value_type (node) == G_TYPE_STRING)
      return g_strdup (json_node_get_string (node));
    return g_strdup_printf ("%" G_GINT64_FORMAT, json_node_get_int (node));
  }
  *r->ok = FALSE;
  return g_strdup ("");
}

static void
read_box (SohoaField *f, Reader *r)
{
  JsonNode *node = member (r, "box_mm", JSON_NODE_ARRAY);
  JsonArray *box = node != NULL ? json_node_get_array (node) : NULL;

  if (box == NULL)
    return;
  if (json_array_get_length (box) != 4) {
    *r->ok = FALSE;
    return;
  }
  for (guint i = 0; i < 4; i++) {
    JsonNode *item = json_array_get_element (box, i);

    if (JSON_NODE_HOLDS_VALUE (item))
      f->box_mm[i] = number_of (r, item);
    else
      *r->ok = FALSE;
  }
}

/* A person's traces are there only when a person was. */
static void
read_optional (Reader *r, const char *name, char **out)
{
  if (json_object_has_member (r->object, name))
    take_string (r, name, out);
}

static void
read_history (SohoaField *f, Reader *parent)
{
  JsonNode *node = json_object_has_member (parent->object, "history") ? member (parent, "history", JSON_NODE_ARRAY) : NULL;
  JsonArray *array = node != NULL ? json_node_get_array (node) : NULL;

  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++) {
    g_autofree char *value = NULL, *source = NULL, *by = NULL, *at = NULL;
    Reader r;

    if (i >= SOHOA_FIELD_HISTORY_MAX || !open_object (json_array_get_element (array, i), parent, &r)) {
      *parent->ok = FALSE;
      return;
    }
    take_string (&r, "value", &value);
    take_string (&r, "source", &source);
    read_optional (&r, "by", &by);
    read_optional (&r, "at", &at);
    sohoa_field_remember (f, value != NULL ? value : "", take_number (&r, "confidence"), source != NULL ? source : "", by, at);
  }
}

static void
read_field (SohoaRecord *self, Reader *parent, const char *key, JsonNode *node)
{
  Reader r;
  SohoaField *f;
  g_autofree char *value = NULL;

  if (!open_object (node, parent, &r))
    return;
  value = read_value (&r);
  f = sohoa_record_set_field (self, key, value, take_number (&r, "confidence"), "");
  take_string (&r, "source", &f->source);
  take_string (&r, "raw", &f->raw);
  take_string (&r, "rule", &f->rule);
  f->handwritten = take_bool (&r, "handwritten");
  f->page = take_uint (&r, "page");
  read_box (f, &r);
  read_optional (&r, "by", &f->by);
  read_optional (&r, "at", &f->at);
  read_history (f, &r);
}

static void
read_lists (SohoaRecord *self, Reader *r)
{
  JsonNode *pages = member (r, "pages", JSON_NODE_ARRAY);
  JsonNode *parts = member (r, "parts", JSON_NODE_ARRAY);
  JsonNode *fields = member (r, "fields", JSON_NODE_OBJECT);
  JsonArray *array = pages != NULL ? json_node_get_array (pages) : NULL;
  g_autoptr(GList) keys = NULL;

  if (array != NULL && json_array_get_length (array) > MAX_PAGES) {
    *r->ok = FALSE;
    return;
  }
  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    read_page (self, r, json_array_get_element (array, i));
  array = parts != NULL ? json_node_get_array (parts) : NULL;
  for (guint i = 0; array != NULL && i < json_array_get_length (array) && i < MAX_PAGES; i++)
    read_part (self, r, json_array_get_element (array, i));
  keys = fields != NULL ? json_object_get_members (json_node_get_object (fields)) : NULL;
  for (GList *k = keys; k != NULL; k = k->next)
    read_field (self, r, k->data, json_object_get_member (json_node_get_object (fields), k->data));
}

static void
read_record (SohoaRecord *self, Reader *r)
{
  g_autofree char *schema = NULL;

  take_string (r, "schema", &schema);
  if (g_strcmp0 (schema, SOHOA_RECORD_SCHEMA) != 0)
    *r->ok = FALSE;
  take_string (r, "id", &self->id);
  self->revision = take_uint (r, "revision");
  take_string (r, "state", &self->state);
  take_string (r, "profile", &self->profile);
  take_string (r, "secrecy", &self->secrecy);
  self->original = take_bool (r, "original");
  take_strings (r, "deviations", self->deviations);
  take_strings (r, "needs_person", self->needs_person);
  if (json_object_has_member (r->object, "findings")) /* records of before have none */
    take_strings (r, "findings", self->findings);
  read_lists (self, r);
}

SohoaRecord *
sohoa_record_from_json (const char *json, gssize length, GError **error)
{
  g_autoptr(JsonObject) object = NULL;
  g_autoptr(SohoaRecord) self = sohoa_record_new ();
  gboolean ok = TRUE;
  Reader r = { NULL, &ok };
  gsize size = length < 0 ? strlen (json) : (gsize) length;

  if (size <= SOHOA_RECORD_MAX_BYTES)
    object = sohoa_json_parse (json, (gssize) size);
  ok = object != NULL;
  if (ok) {
    r.object = object;
    read_record (self, &r);
  }
  if (!ok) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT,
                 "document record: not a valid %s", SOHOA_RECORD_SCHEMA);
    return NULL;
  }
  return g_steal_pointer (&self);
}
