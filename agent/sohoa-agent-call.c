#include "config.h"

#include "sohoa-agent-call.h"

#include "sohoa-agent-ask.h"
#include "sohoa-agent-desk.h"
#include "sohoa-agent-file.h"
#include "sohoa-agent-web.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-json.h"
#include "sohoa-secret.h"
#include "sohoa-time.h"

#include <string.h>

#define MAX_ROUNDS 5        /* questions for one signature: a wrong PIN, a document scanned meanwhile */
#define SHOWN_ANSWER_CHARS 500

/* What the call has come to. */
typedef struct {
  const SohoaAgentCaller  *caller;
  const SohoaAgentRequest *request;
  SohoaAgentVisit          visit;
} Call;

/* ---- errors as answers ---- */

static SohoaAgentStatus
status_of (const GError *error)
{
  static const struct { GQuark (*quark) (void); int code; SohoaAgentStatus status; } rows[] = {
    { sohoa_error_quark, SOHOA_ERROR_NOT_AUTHORISED, SOHOA_AGENT_NOT_ALLOWED },
    { sohoa_error_quark, SOHOA_ERROR_INVALID_ARGUMENT, SOHOA_AGENT_BAD_REQUEST },
    { sohoa_error_quark, SOHOA_ERROR_BUSY, SOHOA_AGENT_BUSY },
    { sohoa_error_quark, SOHOA_ERROR_UNAVAILABLE, SOHOA_AGENT_FAILED },
    { g_io_error_quark, G_IO_ERROR_CANCELLED, SOHOA_AGENT_CANCELLED },
    { g_io_error_quark, G_IO_ERROR_CLOSED, SOHOA_AGENT_NO_DESK },
    { g_dbus_error_quark, G_DBUS_ERROR_SERVICE_UNKNOWN, SOHOA_AGENT_NO_DESK },
    { g_dbus_error_quark, G_DBUS_ERROR_NO_REPLY, SOHOA_AGENT_NO_DESK },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (g_error_matches (error, rows[i].quark (), rows[i].code))
      return rows[i].status;
  return error->domain == SOHOA_SIGN_ERROR ? SOHOA_AGENT_NO_SIGNATURE : SOHOA_AGENT_FAILED;
}

/* @status: SOHOA_AGENT_OK = by the error itself. */
static SohoaAgentReply *
reply_error (const GError *error, SohoaAgentStatus status)
{
  SohoaAgentStatus own = status_of (error);

  if (own == SOHOA_AGENT_NO_DESK)
    return sohoa_agent_reply_new (own, "Bàn số hóa không trả lời: khởi động lại dịch vụ sohoad rồi thử lại.");
  if (own == SOHOA_AGENT_CANCELLED)
    return sohoa_agent_reply_new (own, "Đã hủy.");
  return sohoa_agent_reply_new (own == SOHOA_AGENT_FAILED && status != SOHOA_AGENT_OK ? status : own, error->message);
}

/* ---- whether this page may ask ---- */

/* The hosts a request names, besides the page's own. (element-type utf8) g_ptr_array_unref; NULL: an address is none. */
static GPtrArray *
list_hosts (const SohoaAgentRequest *request, const char *origin)
{
  g_autoptr(GPtrArray) hosts = g_ptr_array_new_with_free_func (g_free);
  g_autoptr(GPtrArray) urls = g_ptr_array_new ();

  g_ptr_array_add (urls, request->url);
  g_ptr_array_add (urls, request->upload);
  for (guint i = 0; i < request->files->len; i++)
    g_ptr_array_add (urls, ((SohoaAgentFile *) g_ptr_array_index (request->files, i))->url);
  for (guint i = 0; i < urls->len; i++) {
    const char *url = g_ptr_array_index (urls, i);
    g_autofree char *host = url[0] != '\0' ? sohoa_agent_origin_of (url, FALSE) : g_strdup (origin);

    if (host == NULL)
      return NULL;
    if (!g_str_equal (host, origin) && !g_ptr_array_find_with_equal_func (hosts, host, g_str_equal, NULL))
      g_ptr_array_add (hosts, g_steal_pointer (&host));
  }
  return g_steal_pointer (&hosts);
}

static gboolean
ask_to_allow (const SohoaAgentCaller *caller, SohoaAgentOp op, GPtrArray *hosts, GError **error)
{
  JsonBuilder *b = json_builder_new ();
  g_autoptr(JsonObject) answer = NULL;

  json_builder_begin_object (b);
  sohoa_agent_put (b, "kind", "allow");
  sohoa_agent_put (b, "origin", caller->origin);
  sohoa_agent_put (b, "op", sohoa_agent_op_text (op));
  json_builder_set_member_name (b, "hosts");
  json_builder_begin_array (b);
  for (guint i = 0; i < hosts->len; i++)
    json_builder_add_string_value (b, g_ptr_array_index (hosts, i));
  json_builder_end_array (b);
  json_builder_end_object (b);
  answer = sohoa_agent_ask (caller->conf, b, caller->cancellable, error);
  if (answer == NULL)
    return FALSE;
  if (!json_object_get_boolean_member_with_default (answer, "allow", FALSE)) {
    sohoa_agent_conf_deny (caller->conf, caller->origin);
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_NOT_AUTHORISED, "Trang %s chưa được phép dùng ký số trên máy này.", caller->origin);
    return FALSE;
  }
  g_ptr_array_add (hosts, NULL);
  return sohoa_agent_conf_allow (caller->conf, caller->origin, (const char *const *) hosts->pdata, error);
}

static gboolean
check_allowed (const SohoaAgentCaller *caller, const SohoaAgentRequest *request, GError **error)
{
  g_autoptr(GPtrArray) hosts = list_hosts (request, caller->origin);
  gboolean all = TRUE;

  if (hosts == NULL) {
    g_set_error_literal (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "Địa chỉ tệp không hợp lệ: chỉ nhận https://máy-chủ/…");
    return FALSE;
  }
  if (sohoa_agent_conf_judge (caller->conf, caller->origin) == SOHOA_AGENT_DENIED) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_NOT_AUTHORISED, "Trang %s không được phép dùng ký số trên máy này.", caller->origin);
    return FALSE;
  }
  for (guint i = 0; i < hosts->len; i++)
    all = all && sohoa_agent_conf_may_visit (caller->conf, caller->origin, g_ptr_array_index (hosts, i));
  if (all && sohoa_agent_conf_judge (caller->conf, caller->origin) == SOHOA_AGENT_ALLOWED)
    return TRUE;
  return ask_to_allow (caller, request->op, hosts, error);
}

/* ---- the question for a signature ---- */

/* What the person chose; a PIN that is wiped. */
typedef struct {
  char    *id, *path; /* (owned) (nullable) */
  char    *pin;       /* (owned) (nullable) */
  gboolean scan;
} Choice;

static void
choice_clear (Choice *choice)
{
  if (choice->pin != NULL)
    explicit_bzero (choice->pin, strlen (choice->pin));
  g_clear_pointer (&choice->pin, g_free);
  g_clear_pointer (&choice->id, g_free);
  g_clear_pointer (&choice->path, g_free);
  choice->scan = FALSE;
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Choice, choice_clear)

/* FALSE with G_IO_ERROR_CANCELLED when the person does not want to. */
static gboolean
read_choice (JsonObject *answer, Choice *choice, GError **error)
{
  const char *pin = sohoa_json_string (answer, "pin");
  const char *id = sohoa_json_string (answer, "id");
  const char *path = sohoa_json_string (answer, "path");

  choice_clear (choice);
  choice->scan = json_object_get_boolean_member_with_default (answer, "scan", FALSE);
  if (!choice->scan && !json_object_get_boolean_member_with_default (answer, "ok", FALSE)) {
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "Đã hủy.");
    return FALSE;
  }
  choice->pin = g_strdup (pin);
  explicit_bzero ((char *) pin, strlen (pin)); /* the object's own copy */
  choice->id = id[0] != '\0' ? g_strdup (id) : NULL;
  choice->path = path[0] != '\0' ? g_strdup (path) : NULL;
  return TRUE;
}

static JsonBuilder *
begin_question (const Call *call, const char *title, const char *message, gboolean final_try)
{
  JsonBuilder *b = json_builder_new ();

  json_builder_begin_object (b);
  sohoa_agent_put (b, "kind", "sign");
  sohoa_agent_put (b, "origin", call->caller->origin);
  sohoa_agent_put (b, "op", sohoa_agent_op_text (call->request->op));
  sohoa_agent_put (b, "title", title);
  sohoa_agent_put (b, "message", message);
  json_builder_set_member_name (b, "final");
  json_builder_add_boolean_value (b, final_try);
  return b;
}

static gboolean
ask_choice (const Call *call, JsonBuilder *b, Choice *choice, GError **error)
{
  g_autoptr(JsonObject) answer = NULL;

  json_builder_end_object (b);
  answer = sohoa_agent_ask (call->caller->conf, b, call->caller->cancellable, error);
  return answer != NULL && read_choice (answer, choice, error);
}

/* After a failure that a new PIN may mend: what is told beside the field; NULL = give up. */
static const char *
may_try_again (const GError *error, gboolean *final_out)
{
  *final_out = g_error_matches (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_PIN_FINAL);
  if (*final_out)
    return "Chỉ còn một lần nhập: nhập sai nữa thì USB ký số bị khóa.";
  if (g_error_matches (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_PIN))
    return "Mã PIN không đúng. Nhập lại.";
  return NULL;
}

/* ---- a file of the page, or of the person's own ---- */

static gboolean
needs_pin (const SohoaAgentConf *conf)
{
  return conf->sign != NULL && g_str_has_prefix (conf->sign, "pkcs11:");
}

static void
put_file (JsonBuilder *b, const char *name, GBytes *pdf)
{
  g_autofree char *sha256 = sohoa_bytes_sha256 (g_bytes_get_data (pdf, NULL), g_bytes_get_size (pdf));

  json_builder_set_member_name (b, "file");
  json_builder_begin_object (b);
  sohoa_agent_put (b, "name", name);
  json_builder_set_member_name (b, "bytes");
  json_builder_add_int_value (b, (gint64) g_bytes_get_size (pdf));
  sohoa_agent_put (b, "sha256", sha256);
  json_builder_end_object (b);
}

/* Asks for @pdf (named @name) or, NULL, for a file of the person's own, and signs it. */
static GBytes *
sign_file (const Call *call, GBytes *pdf, const char *name, GError **error)
{
  SohoaAgentConf *conf = call->caller->conf;
  const char *message = "";
  gboolean final_try = FALSE;

  for (int round = 0; round < MAX_ROUNDS; round++) {
    g_auto(Choice) choice = { 0 };
    g_autoptr(GError) local = NULL;
    g_autoptr(GBytes) chosen = NULL;
    JsonBuilder *b = begin_question (call, "Ký số tệp của trang web?", message, final_try);
    GBytes *signed_pdf;

    if (pdf != NULL)
      put_file (b, name, pdf);
    json_builder_set_member_name (b, "choose-file");
    json_builder_add_boolean_value (b, pdf == NULL);
    json_builder_set_member_name (b, "needs-pin");
    json_builder_add_boolean_value (b, needs_pin (conf));
    if (!ask_choice (call, b, &choice, error))
      return NULL;
    chosen = pdf != NULL ? g_bytes_ref (pdf)
                         : sohoa_file_read (choice.path != NULL ? choice.path : "", conf->max_file_bytes, error);
    if (chosen == NULL)
      return NULL;
    signed_pdf = sohoa_agent_file_sign (conf, chosen, needs_pin (conf) ? choice.pin : NULL, final_try, call->caller->cancellable, &local);
    if (signed_pdf != NULL)
      return signed_pdf;
    message = may_try_again (local, &final_try);
    if (message == NULL || round == MAX_ROUNDS - 1) {
      g_propagate_error (error, g_steal_pointer (&local));
      return NULL;
    }
  }
  return NULL;
}

/* Uploads what was signed; the page's answer either way. */
static SohoaAgentReply *
deliver (const Call *call, const char *name, GBytes *signed_pdf, GError **error)
{
  g_autofree char *said = NULL;
  SohoaAgentReply *reply;

  if (call->request->upload[0] == '\0') {
    g_set_error_literal (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "Yêu cầu ký số không có FileUploadHandler: không biết gửi tệp đã ký đi đâu.");
    return NULL;
  }
  said = sohoa_agent_web_upload (&call->visit, call->request->upload, name, signed_pdf, call->request->meta,
                                 call->caller->cancellable, error);
  if (said == NULL)
    return NULL;
  reply = sohoa_agent_reply_new (SOHOA_AGENT_OK, "Ký số thành công");
  reply->file_name = g_strdup (name);
  reply->file_server = g_steal_pointer (&said);
  reply->number = g_strdup (call->request->doc_number);
  reply->day = g_strdup (call->request->issued);
  return reply;
}

static SohoaAgentReply *
sign_one_file (const Call *call, const char *url, const char *name_of_page)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) pdf = NULL;
  g_autoptr(GBytes) signed_pdf = NULL;
  g_autofree char *name = sohoa_agent_web_dup_name (url, name_of_page[0] != '\0' ? name_of_page : "van-ban.pdf");
  SohoaAgentReply *reply;

  if (url[0] != '\0' && (pdf = sohoa_agent_web_download (&call->visit, url, call->caller->cancellable, &error)) == NULL)
    return reply_error (error, SOHOA_AGENT_NO_DOWNLOAD);
  signed_pdf = sign_file (call, pdf, name, &error);
  if (signed_pdf == NULL)
    return reply_error (error, SOHOA_AGENT_NO_SIGNATURE);
  reply = deliver (call, name, signed_pdf, &error);
  return reply != NULL ? reply : reply_error (error, SOHOA_AGENT_NO_UPLOAD);
}

static void
file_reply_free (gpointer reply)
{
  sohoa_agent_reply_free (reply);
}

/* Each file is shown, signed and uploaded by itself; the first that fails does not stop the others. */
static SohoaAgentReply *
sign_files (const Call *call)
{
  SohoaAgentReply *all = sohoa_agent_reply_new (SOHOA_AGENT_OK, NULL);
  guint failed = 0;

  all->files = g_ptr_array_new_with_free_func (file_reply_free);
  for (guint i = 0; i < call->request->files->len; i++) {
    const SohoaAgentFile *file = g_ptr_array_index (call->request->files, i);
    SohoaAgentReply *one = sign_one_file (call, file->url, file->name);

    one->id = g_strdup (file->id);
    failed += one->status != SOHOA_AGENT_OK ? 1 : 0;
    g_ptr_array_add (all->files, one);
  }
  all->status = failed == 0 ? SOHOA_AGENT_OK : SOHOA_AGENT_FAILED;
  all->message = failed == 0 ? g_strdup ("Ký số thành công")
                             : g_strdup_printf ("%u trong %u tệp không ký hoặc không gửi được.", failed, call->request->files->len);
  return all;
}

/* ---- a document of the desk ---- */

static void
put_papers (JsonBuilder *b, const GPtrArray *papers, gboolean token)
{
  json_builder_set_member_name (b, "documents");
  json_builder_begin_array (b);
  for (guint i = 0; i < papers->len; i++) {
    const SohoaAgentPaper *paper = g_ptr_array_index (papers, i);

    json_builder_begin_object (b);
    sohoa_agent_put (b, "id", paper->id);
    sohoa_agent_put (b, "title", paper->title);
    sohoa_agent_put (b, "detail", paper->detail);
    json_builder_set_member_name (b, "needs-pin");
    json_builder_add_boolean_value (b, paper->needs_signature && token);
    json_builder_end_object (b);
  }
  json_builder_end_array (b);
}

static const SohoaAgentPaper *
find_paper (const GPtrArray *papers, const char *id)
{
  for (guint i = 0; i < papers->len; i++) {
    const SohoaAgentPaper *paper = g_ptr_array_index (papers, i);

    if (id != NULL && g_str_equal (paper->id, id))
      return paper;
  }
  return NULL;
}

/* Signs the chosen document unless it is signed already. */
static gboolean
sign_paper (SohoaAgentDesk *desk, const SohoaAgentPaper *paper, const char *pin, gboolean token, gboolean final_try, GError **error)
{
  SOHOA_AUTO_FD int fd = -1;

  if (!paper->needs_signature)
    return TRUE;
  if (token && (fd = sohoa_secret_open_pipe (pin, error)) < 0)
    return FALSE;
  return sohoa_agent_desk_sign (desk, paper->id, token ? fd : -1, final_try, error);
}

/* One question and what comes of it. @id_out is set when a document is signed; "again" otherwise without an error. */
static gboolean
choose_paper (const Call *call, SohoaAgentDesk *desk, const char **message, gboolean *final_try, char **id_out, GError **error)
{
  g_auto(Choice) choice = { 0 };
  g_autoptr(GError) local = NULL;
  g_autoptr(GPtrArray) papers = sohoa_agent_desk_list (desk, error);
  g_autofree char *token = papers != NULL ? sohoa_agent_desk_dup_token (desk, NULL, &local) : NULL;
  const SohoaAgentPaper *paper;
  JsonBuilder *b;

  if (papers == NULL)
    return FALSE;
  if (local != NULL) {
    g_propagate_error (error, g_steal_pointer (&local));
    return FALSE;
  }
  b = begin_question (call, "Chọn văn bản để ký số và chuyển lên QLVB", *message, *final_try);
  put_papers (b, papers, token != NULL);
  sohoa_agent_put (b, "token", token);
  if (!ask_choice (call, b, &choice, error))
    return FALSE;
  *message = "";
  if (choice.scan)
    return sohoa_agent_open_desk (error);
  paper = find_paper (papers, choice.id);
  if (paper == NULL) {
    g_set_error_literal (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "Chưa chọn văn bản.");
    return FALSE;
  }
  if (sign_paper (desk, paper, choice.pin, token != NULL, *final_try, &local)) {
    *id_out = g_strdup (paper->id);
    return TRUE;
  }
  *message = may_try_again (local, final_try);
  if (*message != NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

/* The page shows a số đến; the clerk types it back, now or later at the desk. */
static void
ask_number (const Call *call, SohoaAgentDesk *desk, const char *id, const char *name, SohoaAgentReply *reply)
{
  g_autofree char *shown = g_utf8_substring (reply->file_server, 0, MIN (g_utf8_strlen (reply->file_server, -1), SHOWN_ANSWER_CHARS));
  g_autofree char *today = sohoa_time_to_day (sohoa_time_now_us ());
  g_autoptr(GError) error = NULL;
  g_autoptr(JsonObject) answer = NULL;
  JsonBuilder *b = json_builder_new ();

  json_builder_begin_object (b);
  sohoa_agent_put (b, "kind", "number");
  sohoa_agent_put (b, "title", name);
  sohoa_agent_put (b, "origin", call->caller->origin);
  sohoa_agent_put (b, "answer", shown);
  sohoa_agent_put (b, "day", today);
  json_builder_end_object (b);
  answer = sohoa_agent_ask (call->caller->conf, b, NULL, &error);
  if (answer != NULL && sohoa_json_string (answer, "number")[0] != '\0'
      && !sohoa_agent_desk_enter (desk, id, sohoa_json_string (answer, "number"), sohoa_json_string (answer, "day"),
                                  call->caller->origin, &error))
    g_clear_pointer (&answer, json_object_unref);
  if (answer == NULL)
    g_warning ("%s: the number was not entered: %s", id, error->message);
}

/* The number is asked for after the page has its answer: only then it can show one. */
typedef struct {
  SohoaAgentConf *conf;   /* (unowned) lives as long as the program */
  char *origin, *id, *name;
  SohoaAgentReply *reply; /* (owned) a copy of what counts */
} Afterwards;

static gpointer
run_afterwards (gpointer data)
{
  Afterwards *self = data;
  SohoaAgentCaller caller = { .conf = self->conf, .origin = self->origin };
  Call call = { .caller = &caller };
  g_autoptr(GError) error = NULL;
  g_autoptr(SohoaAgentDesk) desk = sohoa_agent_desk_new (NULL, &error);

  if (desk != NULL)
    ask_number (&call, desk, self->id, self->name, self->reply);
  else
    g_warning ("%s: the number was not entered: %s", self->id, error->message);
  sohoa_agent_reply_free (self->reply);
  g_free (self->origin);
  g_free (self->id);
  g_free (self->name);
  g_free (self);
  return NULL;
}

static void
ask_afterwards (const Call *call, const char *id, const char *name, const SohoaAgentReply *reply)
{
  Afterwards *self = g_new0 (Afterwards, 1);

  self->conf = call->caller->conf;
  self->origin = g_strdup (call->caller->origin);
  self->id = g_strdup (id);
  self->name = g_strdup (name);
  self->reply = sohoa_agent_reply_new (SOHOA_AGENT_OK, NULL);
  self->reply->file_server = g_strdup (reply->file_server);
  g_thread_unref (g_thread_new ("số đến", run_afterwards, self));
}

static SohoaAgentReply *
hand_over (const Call *call, SohoaAgentDesk *desk, const char *id)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *name = NULL;
  g_autoptr(GBytes) pdf = sohoa_agent_desk_get_file (desk, id, call->caller->conf->max_file_bytes, &name, &error);
  SohoaAgentReply *reply = pdf != NULL ? deliver (call, name, pdf, &error) : NULL;

  if (reply == NULL)
    return reply_error (error, SOHOA_AGENT_NO_UPLOAD);
  g_clear_pointer (&reply->number, g_free);
  g_clear_pointer (&reply->day, g_free);
  (void) sohoa_agent_desk_get_number (desk, id, &reply->number, &reply->day, NULL);
  ask_afterwards (call, id, name, reply);
  return reply;
}

static SohoaAgentReply *
sign_paper_of_desk (const Call *call)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(SohoaAgentDesk) desk = sohoa_agent_desk_new (call->caller->cancellable, &error);
  g_autofree char *id = NULL;
  const char *message = "";
  gboolean final_try = FALSE;

  for (int round = 0; desk != NULL && id == NULL && round < MAX_ROUNDS; round++)
    if (!choose_paper (call, desk, &message, &final_try, &id, &error))
      break;
  if (error != NULL)
    return reply_error (error, SOHOA_AGENT_NO_SIGNATURE);
  if (id == NULL)
    return sohoa_agent_reply_new (SOHOA_AGENT_CANCELLED, "Chưa ký: đã hỏi nhiều lần.");
  return hand_over (call, desk, id);
}

/* ---- the rest ---- */

static SohoaAgentReply *
get_certificate (const Call *call)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(SohoaAgentDesk) desk = sohoa_agent_desk_new (call->caller->cancellable, &error);
  g_autofree char *certificate = NULL;
  g_autofree char *token = desk != NULL ? sohoa_agent_desk_dup_token (desk, &certificate, &error) : NULL;
  SohoaAgentReply *reply;

  if (error != NULL)
    return reply_error (error, SOHOA_AGENT_NO_SIGNATURE);
  if (certificate == NULL)
    return sohoa_agent_reply_new (SOHOA_AGENT_NO_SIGNATURE, token == NULL ? "Bàn không dùng USB ký số." : "Chưa cắm USB ký số.");
  reply = sohoa_agent_reply_new (SOHOA_AGENT_OK, token);
  reply->certificate = g_steal_pointer (&certificate);
  return reply;
}

static SohoaAgentReply *
open_settings (const Call *call)
{
  const SohoaAgentCaller *caller = call->caller;
  g_auto(GStrv) learned = sohoa_agent_conf_list_learned (caller->conf);
  g_autoptr(GError) error = NULL;
  g_autoptr(JsonObject) answer = NULL;
  JsonBuilder *b = json_builder_new ();
  JsonArray *forget = NULL;

  json_builder_begin_object (b);
  sohoa_agent_put (b, "kind", "settings");
  sohoa_agent_put (b, "until", caller->until);
  json_builder_set_member_name (b, "port");
  json_builder_add_int_value (b, caller->port);
  json_builder_set_member_name (b, "origins");
  json_builder_begin_array (b);
  for (guint i = 0; learned[i] != NULL; i++)
    json_builder_add_string_value (b, learned[i]);
  json_builder_end_array (b);
  json_builder_end_object (b);
  answer = sohoa_agent_ask (caller->conf, b, caller->cancellable, &error);
  if (answer == NULL)
    return reply_error (error, SOHOA_AGENT_FAILED);
  if (json_object_has_member (answer, "forget") && JSON_NODE_HOLDS_ARRAY (json_object_get_member (answer, "forget")))
    forget = json_object_get_array_member (answer, "forget");
  for (guint i = 0; forget != NULL && i < json_array_get_length (forget); i++) {
    JsonNode *node = json_array_get_element (forget, i);

    if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING
        && !sohoa_agent_conf_forget (caller->conf, json_node_get_string (node), &error))
      return reply_error (error, SOHOA_AGENT_FAILED);
  }
  return sohoa_agent_reply_new (SOHOA_AGENT_OK, NULL);
}

static SohoaAgentReply *
verify (const Call *call)
{
  static const struct { const char *verdict, *text; } rows[] = {
    { "VALID", "Chữ ký số hợp lệ" },
    { "VALID-BUT-CHANGED", "Chữ ký số hợp lệ nhưng tệp đã thay đổi sau khi ký" },
    { "INVALID", "Chữ ký số không hợp lệ" },
    { "NONE", "Tệp không có chữ ký số" },
  };
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) pdf = sohoa_agent_web_download (&call->visit, call->request->url, call->caller->cancellable, &error);
  g_autofree char *verdict = NULL;

  if (pdf == NULL)
    return reply_error (error, SOHOA_AGENT_NO_DOWNLOAD);
  verdict = sohoa_agent_file_verify (call->caller->conf, pdf, call->caller->cancellable, &error);
  if (verdict == NULL)
    return reply_error (error, SOHOA_AGENT_FAILED);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (g_str_equal (rows[i].verdict, verdict))
      return sohoa_agent_reply_new (i == 0 ? SOHOA_AGENT_OK : SOHOA_AGENT_NO_SIGNATURE, rows[i].text);
  return sohoa_agent_reply_new (SOHOA_AGENT_NO_SIGNATURE, "Chưa xác định được chữ ký số: thiếu chứng thư gốc tin cậy");
}

static SohoaAgentReply *
run_op (const Call *call)
{
  switch (call->request->op) {
  case SOHOA_AGENT_GET_VERSION:
    return sohoa_agent_reply_new (SOHOA_AGENT_OK, "Sohoa " PACKAGE_VERSION);
  case SOHOA_AGENT_GET_CERT_INFO:
    return get_certificate (call);
  case SOHOA_AGENT_CONFIG:
    return open_settings (call);
  case SOHOA_AGENT_SIGN_INCOME:
  case SOHOA_AGENT_SIGN_COPY:
    return call->request->url[0] == '\0' ? sign_paper_of_desk (call) : sign_one_file (call, call->request->url, "");
  case SOHOA_AGENT_SIGN_FILES:
    return sign_files (call);
  case SOHOA_AGENT_VERIFY:
    return verify (call);
  default:
    return sign_one_file (call, call->request->url, "");
  }
}

SohoaAgentReply *
sohoa_agent_call (const SohoaAgentCaller *caller, SohoaAgentOp op, const char *text, gsize length)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(SohoaAgentRequest) request = sohoa_agent_request_parse (op, text, length, &error);
  Call call = { .caller = caller, .request = request };

  if (request == NULL || !check_allowed (caller, request, &error))
    return reply_error (error, SOHOA_AGENT_FAILED);
  call.visit = (SohoaAgentVisit){ .conf = caller->conf, .origin = caller->origin, .session = request->session, .token = request->token };
  return run_op (&call);
}
