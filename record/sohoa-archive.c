#include "sohoa-archive.h"

#include "sohoa-errors.h"
#include "sohoa-json.h"
#include "sohoa-list.h"
#include "sohoa-text.h"

#define TYPE_OTHER "32"       /* Khác */
#define DIGITISED "02"        /* confidenceLevel: Số hóa */
#define ARCHIVE_SOURCE "archive"

typedef enum { PLAIN, TYPE, LANGUAGE, FIXED } Kind;

/* In TT05's order. */
static const struct {
  const char *name;
  Kind        kind;
  const char *key;   /* field of the record; of FIXED the value; NULL = the desk does not know it */
  guint       most;  /* characters */
  gboolean    mandatory;
} members[] = {
  { "maintenance", PLAIN, NULL, 2, TRUE },
  { "typeName", TYPE, "TypeName", 2, TRUE },
  { "codeNumber", PLAIN, "CodeNumber", 11, FALSE },
  { "codeNotation", PLAIN, "CodeNotation", 30, FALSE },
  { "issuedDate", PLAIN, "IssuedDate", 10, TRUE },
  { "organName", PLAIN, "OrganName", 200, TRUE },
  { "subject", PLAIN, "Subject", 500, TRUE },
  { "language", LANGUAGE, "Language", 2, TRUE },
  { "numberOfPage", PLAIN, "PageAmount", 4, TRUE },
  { "inforSign", PLAIN, NULL, 30, FALSE },
  { "keyword", PLAIN, NULL, 100, FALSE },
  { "mode", PLAIN, NULL, 2, TRUE },
  { "confidenceLevel", FIXED, DIGITISED, 2, FALSE },
  { "autograph", PLAIN, "TraceHeaderList", 2000, FALSE },
  { "format", PLAIN, NULL, 2, FALSE },
  { "riskRecovery", FIXED, "0", 1, TRUE },
  { "description", PLAIN, "Description", 500, FALSE },
};

static const char *
type_code (const SohoaLists *lists, const char *name)
{
  const SohoaDocumentType *type = name[0] != '\0' ? sohoa_lists_peek_by_name (lists, name) : NULL;

  if (name[0] == '\0')
    return "";
  return type != NULL && type->archive_code[0] != '\0' ? type->archive_code : TYPE_OTHER;
}

static char *
value_of (const SohoaRecord *record, const SohoaLists *lists, guint i)
{
  const char *value = members[i].kind == FIXED ? members[i].key
                      : members[i].key != NULL ? sohoa_record_value (record, members[i].key) : "";
  const char *code;

  if (members[i].kind == TYPE)
    return g_strdup (type_code (lists, value));
  if (members[i].kind == LANGUAGE && value[0] != '\0') {
    code = sohoa_lists_peek_code (lists, "language", value);
    return g_strdup (code != NULL ? code : "11");
  }
  return g_utf8_strlen (value, -1) > members[i].most ? g_utf8_substring (value, 0, members[i].most) : g_strdup (value);
}

static void
put (JsonBuilder *b, const char *name, const char *value)
{
  json_builder_set_member_name (b, name);
  json_builder_add_string_value (b, value);
}

char *
sohoa_archive_to_json (const SohoaRecord *record, const char *doc_code, char ***missing_out, GError **error)
{
  g_autoptr(SohoaLists) lists = sohoa_lists_load (error);
  g_autoptr(JsonBuilder) b = json_builder_new ();
  g_autoptr(GPtrArray) missing = g_ptr_array_new_with_free_func (g_free);
  g_autoptr(JsonNode) root = NULL;

  if (lists == NULL)
    return NULL;
  json_builder_begin_object (b);
  put (b, "docId", record->id != NULL ? record->id : "");
  put (b, "docCode", doc_code != NULL ? doc_code : "");
  if (doc_code == NULL || doc_code[0] == '\0')
    g_ptr_array_add (missing, g_strdup ("docCode"));
  for (guint i = 0; i < G_N_ELEMENTS (members); i++) {
    g_autofree char *value = value_of (record, lists, i);

    put (b, members[i].name, value);
    if (members[i].mandatory && value[0] == '\0')
      g_ptr_array_add (missing, g_strdup (members[i].name));
  }
  json_builder_end_object (b);
  root = json_builder_get_root (b);
  if (missing_out != NULL) {
    g_ptr_array_add (missing, NULL);
    *missing_out = (char **) g_ptr_array_free (g_steal_pointer (&missing), FALSE);
  }
  return json_to_string (root, TRUE);
}

static const char *
type_of_code (const SohoaLists *lists, const char *code)
{
  for (guint i = 0; i < lists->types->len; i++) {
    const SohoaDocumentType *type = g_ptr_array_index (lists->types, i);

    if (g_str_equal (type->archive_code, code) && !g_str_equal (code, TYPE_OTHER))
      return type->name;
  }
  return g_str_equal (code, TYPE_OTHER) ? "" : NULL;
}

SohoaRecord *
sohoa_archive_from_json (const char *text, GError **error)
{
  g_autoptr(SohoaLists) lists = sohoa_lists_load (error);
  g_autoptr(JsonObject) object = sohoa_json_parse (text, -1);
  g_autoptr(SohoaRecord) record = sohoa_record_new ();

  if (lists == NULL)
    return NULL;
  if (object == NULL) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "archive record: no JSON object");
    return NULL;
  }
  for (guint i = 0; i < G_N_ELEMENTS (members); i++) {
    const char *value = sohoa_json_string (object, members[i].name), *name = value;

    if (members[i].kind == FIXED || members[i].key == NULL || value[0] == '\0')
      continue;
    if (members[i].kind == TYPE)
      name = type_of_code (lists, value);
    else if (members[i].kind == LANGUAGE)
      name = sohoa_lists_peek_code_name (lists, "language", value);
    if (name == NULL) {
      g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "archive record: %s: no such code", members[i].name);
      return NULL;
    }
    if (name[0] != '\0')
      (void) sohoa_record_set_field (record, members[i].key, name, 1, ARCHIVE_SOURCE);
  }
  return g_steal_pointer (&record);
}
