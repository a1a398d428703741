#include "sohoa-agent-request.h"

#include "sohoa-errors.h"
#include "sohoa-json.h"

#include <string.h>

static const struct {
  const char *word, *text;
} ops[SOHOA_AGENT_N_OPS] = {
  [SOHOA_AGENT_GET_VERSION] = { "GetVersion", "hỏi phiên bản" },
  [SOHOA_AGENT_GET_CERT_INFO] = { "GetCertInfo", "đọc thông tin chứng thư số" },
  [SOHOA_AGENT_CONFIG] = { "Config", "mở cài đặt" },
  [SOHOA_AGENT_SIGN_INCOME] = { "SignIncome", "ký số văn bản đến" },
  [SOHOA_AGENT_SIGN_COPY] = { "SignCopy", "ký sao văn bản" },
  [SOHOA_AGENT_SIGN_ISSUED] = { "SignIssued", "ký số phát hành" },
  [SOHOA_AGENT_SIGN_APPROVED] = { "SignApproved", "ký số phê duyệt" },
  [SOHOA_AGENT_SIGN_APPENDIX] = { "SignAppendix", "ký số phụ lục" },
  [SOHOA_AGENT_SIGN_FILES] = { "SignFiles", "ký số nhiều tệp" },
  [SOHOA_AGENT_VERIFY] = { "VerifyMsg", "kiểm tra chữ ký số" },
};

const char *
sohoa_agent_op_word (SohoaAgentOp op)
{
  return ops[op].word;
}

const char *
sohoa_agent_op_text (SohoaAgentOp op)
{
  return ops[op].text;
}

SohoaAgentOp
sohoa_agent_op_of (const char *path)
{
  const char *word = path[0] == '/' ? path + 1 : path;

  for (guint i = 0; i < SOHOA_AGENT_N_OPS; i++)
    if (g_ascii_strcasecmp (ops[i].word, word) == 0)
      return i;
  return SOHOA_AGENT_N_OPS;
}

const char *const *
sohoa_agent_unserved (void)
{
  static const char *const words[] = { "SignMsg", "Comment", "SignXML", "VerifyXML", "SignJson", "VerifyJson", "SignLyLich", NULL };

  return words;
}

/* ---- addresses ---- */

static gboolean
has_strange_character (const char *address)
{
  for (const char *p = address; *p != '\0'; p++)
    if ((guchar) *p <= 0x20 || (guchar) *p >= 0x7f || *p == '\\')
      return TRUE;
  return FALSE;
}

/* An escape in the host's name: readers differ in what host that is. */
static gboolean
has_escaped_host (const char *address)
{
  const char *host = strstr (address, "://");
  const char *escape = strchr (address, '%');

  return host != NULL && escape != NULL && (gsize) (escape - address) < (gsize) (host - address) + 3 + strcspn (host + 3, "/?#");
}

char *
sohoa_agent_origin_of (const char *address, gboolean origin_only)
{
  g_autoptr(GUri) uri = NULL;
  g_autofree char *host = NULL;
  gboolean v6;

  if (strlen (address) > SOHOA_AGENT_MAX_TEXT_BYTES || has_strange_character (address) || has_escaped_host (address))
    return NULL;
  uri = g_uri_parse (address, G_URI_FLAGS_ENCODED, NULL);
  if (uri == NULL || !g_str_equal (g_uri_get_scheme (uri), "https") || g_uri_get_host (uri) == NULL
      || g_uri_get_host (uri)[0] == '\0' || g_uri_get_userinfo (uri) != NULL)
    return NULL;
  if (origin_only && (g_uri_get_path (uri)[0] != '\0' || g_uri_get_query (uri) != NULL || g_uri_get_fragment (uri) != NULL))
    return NULL;
  host = g_ascii_strdown (g_uri_get_host (uri), -1);
  v6 = strchr (host, ':') != NULL;
  if (g_uri_get_port (uri) == -1 || g_uri_get_port (uri) == 443)
    return g_strdup_printf (v6 ? "https://[%s]" : "https://%s", host);
  return g_strdup_printf (v6 ? "https://[%s]:%d" : "https://%s:%d", host, g_uri_get_port (uri));
}

/* ---- requests ---- */

static void
file_free (gpointer data)
{
  SohoaAgentFile *file = data;

  g_free (file->id);
  g_free (file->url);
  g_free (file->name);
  g_free (file);
}

static void
meta_free (gpointer data)
{
  SohoaAgentMeta *meta = data;

  g_free (meta->key);
  g_free (meta->value);
  g_free (meta);
}

void
sohoa_agent_request_free (SohoaAgentRequest *self)
{
  if (self == NULL)
    return;
  g_free (self->url);
  g_free (self->upload);
  g_free (self->session);
  g_free (self->token);
  g_free (self->doc_number);
  g_free (self->issued);
  g_ptr_array_unref (self->meta);
  g_ptr_array_unref (self->files);
  g_free (self);
}

static gboolean
refuse (GError **error, const char *what)
{
  g_set_error_literal (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, what);
  return FALSE;
}

/* The member whatever its case; NULL = none. */
static JsonNode *
find_member (JsonObject *object, const char *name)
{
  JsonObjectIter iter;
  const char *member;
  JsonNode *node;

  json_object_iter_init (&iter, object);
  while (json_object_iter_next (&iter, &member, &node))
    if (g_ascii_strcasecmp (member, name) == 0)
      return node;
  return NULL;
}

/* A member as text: numbers and truth values too; "" when there is none. g_free. */
static char *
dup_text (JsonObject *object, const char *name)
{
  JsonNode *node = find_member (object, name);
  GType type = node != NULL && JSON_NODE_HOLDS_VALUE (node) ? json_node_get_value_type (node) : G_TYPE_INVALID;

  if (type == G_TYPE_STRING)
    return g_strdup (json_node_get_string (node));
  if (type == G_TYPE_INT64)
    return g_strdup_printf ("%" G_GINT64_FORMAT, json_node_get_int (node));
  return g_strdup ("");
}

/* Into a header of HTTP: one line of printable ASCII. */
static gboolean
is_header_value (const char *text)
{
  for (const char *p = text; *p != '\0'; p++)
    if ((guchar) *p < 0x20 || (guchar) *p >= 0x7f)
      return FALSE;
  return TRUE;
}

static gboolean
check_texts (const SohoaAgentRequest *self, GError **error)
{
  const char *const texts[] = { self->url, self->upload, self->session, self->token, self->doc_number, self->issued };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    if (strlen (texts[i]) > SOHOA_AGENT_MAX_TEXT_BYTES)
      return refuse (error, "Yêu cầu ký số có một giá trị quá dài (hơn 8192 byte).");
  if (!is_header_value (self->session) || !is_header_value (self->token))
    return refuse (error, "SessionId hoặc JWTToken có ký tự không hợp lệ.");
  return TRUE;
}

static gboolean
read_meta (SohoaAgentRequest *self, JsonObject *root, GError **error)
{
  JsonNode *node = find_member (root, "MetaData");
  JsonArray *array = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  if (array != NULL && json_array_get_length (array) > SOHOA_AGENT_MAX_META)
    return refuse (error, "MetaData có quá nhiều mục (tối đa 100).");
  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++) {
    JsonNode *element = json_array_get_element (array, i);
    SohoaAgentMeta *meta;

    if (!JSON_NODE_HOLDS_OBJECT (element))
      continue;
    meta = g_new0 (SohoaAgentMeta, 1);
    meta->key = dup_text (json_node_get_object (element), "Key");
    meta->value = dup_text (json_node_get_object (element), "Value");
    g_ptr_array_add (self->meta, meta);
    if (strlen (meta->key) > SOHOA_AGENT_MAX_TEXT_BYTES || strlen (meta->value) > SOHOA_AGENT_MAX_TEXT_BYTES
        || !is_header_value (meta->key) || strpbrk (meta->key, "\"\\") != NULL)
      return refuse (error, "MetaData có khóa hoặc giá trị không hợp lệ.");
  }
  return TRUE;
}

static gboolean
read_files (SohoaAgentRequest *self, JsonObject *root, GError **error)
{
  JsonNode *node = find_member (root, "Files");
  JsonArray *array = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  if (array == NULL || json_array_get_length (array) == 0 || json_array_get_length (array) > SOHOA_AGENT_MAX_FILES)
    return refuse (error, "Files phải là danh sách từ 1 đến 50 tệp.");
  for (guint i = 0; i < json_array_get_length (array); i++) {
    JsonNode *element = json_array_get_element (array, i);
    SohoaAgentFile *file;

    if (!JSON_NODE_HOLDS_OBJECT (element))
      return refuse (error, "Files có một mục không phải là tệp.");
    file = g_new0 (SohoaAgentFile, 1);
    file->id = dup_text (json_node_get_object (element), "FileID");
    file->url = dup_text (json_node_get_object (element), "URL");
    file->name = dup_text (json_node_get_object (element), "FileName");
    g_ptr_array_add (self->files, file);
    if (file->url[0] == '\0' || strlen (file->url) > SOHOA_AGENT_MAX_TEXT_BYTES
        || strlen (file->id) > SOHOA_AGENT_MAX_TEXT_BYTES || strlen (file->name) > SOHOA_AGENT_MAX_TEXT_BYTES)
      return refuse (error, "Files có một tệp không có địa chỉ (URL), hoặc có giá trị quá dài.");
  }
  return TRUE;
}

/* Some pages make JSON of what is JSON already: one string with the object in it. */
static JsonObject *
parse_object (const char *text, gsize length)
{
  JsonObject *root = sohoa_json_parse (text, (gssize) length);
  g_autofree char *wrapped = NULL;
  g_autoptr(JsonObject) outer = NULL;
  const char *inner;

  if (root != NULL || length == 0 || text[0] != '"')
    return root;
  wrapped = g_strdup_printf ("{\"inner\":%.*s}", (int) length, text);
  outer = sohoa_json_parse (wrapped, -1);
  inner = outer != NULL ? sohoa_json_string (outer, "inner") : "";
  return inner[0] == '{' ? sohoa_json_parse (inner, -1) : NULL;
}

SohoaAgentRequest *
sohoa_agent_request_parse (SohoaAgentOp op, const char *text, gsize length, GError **error)
{
  g_autoptr(SohoaAgentRequest) self = g_new0 (SohoaAgentRequest, 1);
  g_autoptr(JsonObject) root = NULL;
  gboolean simple = op == SOHOA_AGENT_GET_VERSION || op == SOHOA_AGENT_GET_CERT_INFO || op == SOHOA_AGENT_CONFIG;

  self->op = op;
  self->meta = g_ptr_array_new_with_free_func (meta_free);
  self->files = g_ptr_array_new_with_free_func (file_free);
  if (length > SOHOA_AGENT_MAX_REQUEST_BYTES) {
    refuse (error, "Yêu cầu ký số dài quá 1 MiB.");
    return NULL;
  }
  if (length >= 3 && memcmp (text, "\xef\xbb\xbf", 3) == 0) {
    text += 3;
    length -= 3;
  }
  while (length > 0 && g_ascii_isspace (text[0])) {
    text++;
    length--;
  }
  root = simple ? json_object_new () : parse_object (text, length);
  if (root == NULL) {
    refuse (error, "Yêu cầu ký số không phải là JSON hợp lệ.");
    return NULL;
  }
  self->url = dup_text (root, "FileName");
  self->upload = dup_text (root, "FileUploadHandler");
  self->session = dup_text (root, "SessionId");
  self->token = dup_text (root, "JWTToken");
  self->doc_number = dup_text (root, "DocNumber");
  self->issued = dup_text (root, "IssuedDate");
  if (!check_texts (self, error) || !read_meta (self, root, error)
      || (op == SOHOA_AGENT_SIGN_FILES && !read_files (self, root, error)))
    return NULL;
  return g_steal_pointer (&self);
}

/* ---- answers ---- */

SohoaAgentReply *
sohoa_agent_reply_new (SohoaAgentStatus status, const char *message)
{
  SohoaAgentReply *self = g_new0 (SohoaAgentReply, 1);

  self->status = status;
  self->message = g_strdup (message);
  return self;
}

void
sohoa_agent_reply_free (SohoaAgentReply *self)
{
  if (self == NULL)
    return;
  g_free (self->message);
  g_free (self->file_name);
  g_free (self->file_server);
  g_free (self->number);
  g_free (self->day);
  g_free (self->certificate);
  g_free (self->id);
  g_clear_pointer (&self->files, g_ptr_array_unref);
  g_free (self);
}

static void
add (JsonBuilder *b, const char *name, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text != NULL ? text : "", -1);

  json_builder_set_member_name (b, name);
  json_builder_add_string_value (b, valid);
}

static void
add_reply (JsonBuilder *b, const SohoaAgentReply *self)
{
  json_builder_begin_object (b);
  if (self->id != NULL)
    add (b, "FileID", self->id);
  json_builder_set_member_name (b, "Status");
  json_builder_add_int_value (b, self->status);
  add (b, "Message", self->message);
  add (b, "FileName", self->file_name);
  add (b, "FileServer", self->file_server);
  if (self->id == NULL) {
    add (b, "DocumentNumber", self->number);
    add (b, "DocumentDate", self->day);
  }
  if (self->certificate != NULL)
    add (b, "CertBase64", self->certificate);
  if (self->files != NULL) {
    json_builder_set_member_name (b, "Files");
    json_builder_begin_array (b);
    for (guint i = 0; i < self->files->len; i++)
      add_reply (b, g_ptr_array_index (self->files, i));
    json_builder_end_array (b);
  }
  json_builder_end_object (b);
}

char *
sohoa_agent_reply_to_json (const SohoaAgentReply *self)
{
  g_autoptr(JsonBuilder) b = json_builder_new ();
  g_autoptr(JsonNode) root = NULL;

  add_reply (b, self);
  root = json_builder_get_root (b);
  return json_to_string (root, FALSE);
}
