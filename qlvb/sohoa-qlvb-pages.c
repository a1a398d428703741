#include "sohoa-qlvb-pages.h"

#include "sohoa-json.h"
#include "sohoa-time.h"

#include <stdlib.h>
#include <string.h>

#define SHOWN_PAGES_MAX 300u

/* the word in the reader's language; @v: the view */
#define W(v, vietnamese, in_english) ((v)->english ? (in_english) : (vietnamese))

/* Appends HTML: every %s is escaped, for texts and for attributes in double quotes. */
static void put (GString *out, const char *format, ...) G_GNUC_PRINTF (2, 3);
static void
put (GString *out, const char *format, ...)
{
  va_list args;
  g_autofree char *text = NULL;

  va_start (args, format);
  text = g_markup_vprintf_escaped (format, args);
  va_end (args);
  g_string_append (out, text);
}

const char *
sohoa_qlvb_status_word (const char *code, gboolean english)
{
  static const struct { const char *code, *vi, *en; } words[] = {
    { "01", "Đã đến", "Arrived" },          { "02", "Từ chối tiếp nhận", "Refused" },
    { "03", "Đã tiếp nhận", "Accepted" },   { "04", "Phân công", "Assigned" },
    { "05", "Đang xử lý", "In progress" },  { "06", "Hoàn thành", "Completed" },
    { "13", "Yêu cầu thu hồi", "Recall requested" }, { "15", "Đồng ý thu hồi", "Recalled" },
    { "16", "Từ chối thu hồi", "Recall declined" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_str_equal (words[i].code, code))
      return english ? words[i].en : words[i].vi;
  return code;
}

/* What the reader should think of a signature: word and CSS class. */
static const char *
verdict_word (const SohoaQlvbView *v, const char *verdict, const char **class_out)
{
  static const struct { const char *verdict, *class, *vi, *en; } rows[] = {
    { "VALID", "good", "Hợp lệ", "Valid" },
    { "VALID-BUT-CHANGED", "bad", "Bị thay đổi sau khi ký", "Changed after signing" },
    { "INVALID", "bad", "Không hợp lệ", "Invalid" },
    { "UNKNOWN", "doubt", "Chưa xác định được người ký", "Signer not trusted here" },
    { "NONE", "doubt", "Không có chữ ký số", "Not signed" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (g_str_equal (rows[i].verdict, verdict)) {
      *class_out = rows[i].class;
      return v->english ? rows[i].en : rows[i].vi;
    }
  *class_out = "doubt";
  return W (v, "Chưa kiểm tra", "Not checked");
}

static char *
show_day (const char *iso)
{
  return sohoa_day_is_valid (iso) ? sohoa_day_to_vietnamese (iso) : g_strdup (iso);
}

/* "2026-11-23T17:20:09+07:00" as people read it. */
static char *
show_time (gint64 time_us)
{
  g_autofree char *iso = sohoa_time_to_iso (time_us);
  g_autofree char *day_iso = g_strndup (iso, 10);
  g_autofree char *day = show_day (day_iso);

  return g_strdup_printf ("%.5s %s", strlen (iso) > 16 ? iso + 11 : "", day);
}

static char *
show_number (const SohoaQlvbDocument *d)
{
  if (d->code_number[0] == '\0' && d->code_notation[0] == '\0')
    return g_strdup ("");
  return g_strdup_printf ("%s/%s", d->code_number, d->code_notation);
}

/* ---- the frame ---- */

static void
put_tab (GString *out, const char *href, const char *word, gboolean here)
{
  put (out, here ? "<a href=\"%s\" aria-current=\"page\">%s</a>" : "<a href=\"%s\">%s</a>", href, word);
}

static GString *
begin_page (const SohoaQlvbView *v, const char *title, const char *tab)
{
  GString *out = g_string_new ("<!doctype html>\n");

  put (out, "<html lang=\"%s\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,"
       " initial-scale=1\"><title>%s · %s</title><link rel=\"stylesheet\" href=\"/web/static/style.css\">"
       "<link rel=\"icon\" href=\"/web/static/icon.svg\"><script src=\"/web/static/keys.js\" defer></script></head><body>",
       v->english ? "en" : "vi", title, v->agency_name);
  put (out, "<a class=\"skip\" href=\"#main\">%s</a><header><div class=\"brand\"><span class=\"mark\">Sohoa</span>"
       "<span class=\"agency\">%s</span></div>", W (v, "Tới nội dung", "Skip to content"), v->agency_name);
  if (v->user != NULL) {
    put (out, "<nav aria-label=\"%s\">", W (v, "Chính", "Main"));
    put_tab (out, "/web/inbox", W (v, "Văn bản đến", "Inbox"), g_str_equal (tab, "inbox"));
    put_tab (out, "/web/register", W (v, "Sổ đăng ký", "Register"), g_str_equal (tab, "register"));
    g_string_append (out, "</nav>");
  }
  put (out, "<div class=\"tools\"><form method=\"post\" action=\"/web/language\"><input type=\"hidden\" name=\"back\" value=\"%s\">"
       "<button class=\"plain\" name=\"to\" value=\"%s\" lang=\"%s\">%s</button></form>", v->path,
       v->english ? "vi" : "en", v->english ? "vi" : "en", v->english ? "Tiếng Việt" : "English");
  if (v->user != NULL)
    put (out, "<span class=\"who\">%s</span><form method=\"post\" action=\"/web/logout\"><input type=\"hidden\""
         " name=\"token\" value=\"%s\"><button class=\"plain\">%s</button></form>", v->user, v->token,
         W (v, "Đăng xuất", "Log out"));
  put (out, "</div></header><main id=\"main\" tabindex=\"-1\">");
  if (v->said != NULL && v->said[0] != '\0')
    put (out, "<p class=\"said\" role=\"status\">%s</p>", v->said);
  return out;
}

static GBytes *
end_page (const SohoaQlvbView *v, GString *out)
{
  put (out, "</main><footer>%s</footer></body></html>\n",
       W (v, "Phím tắt: / tìm · J K chọn dòng · Enter mở · A tiếp nhận · R từ chối · G về danh sách",
          "Keys: / search · J K choose a row · Enter open · A accept · R refuse · G back to the list"));
  return g_string_free_to_bytes (out);
}

GBytes *
sohoa_qlvb_page_message (const SohoaQlvbView *v, const char *title, const char *text)
{
  GString *out = begin_page (v, title, "");

  put (out, "<section class=\"card narrow\"><h1>%s</h1><p>%s</p><p><a href=\"/web/inbox\">%s</a></p></section>", title, text,
       W (v, "Về danh sách văn bản đến", "Back to the inbox"));
  return end_page (v, out);
}

GBytes *
sohoa_qlvb_page_login (const SohoaQlvbView *v, const char *name, const char *trouble)
{
  GString *out = begin_page (v, W (v, "Đăng nhập", "Log in"), "");

  put (out, "<section class=\"card narrow\"><h1>%s</h1>", W (v, "Đăng nhập", "Log in"));
  if (trouble != NULL)
    put (out, "<p class=\"trouble\" role=\"alert\">%s</p>", trouble);
  put (out, "<form method=\"post\" action=\"/web/login\"><label>%s<input name=\"name\" value=\"%s\" autocomplete=\"username\""
       " required autofocus></label><label>%s<input name=\"password\" type=\"password\" autocomplete=\"current-password\""
       " required></label><button class=\"main\">%s</button></form></section>", W (v, "Tên đăng nhập", "User name"), name,
       W (v, "Mật khẩu", "Password"), W (v, "Đăng nhập", "Log in"));
  return end_page (v, out);
}

/* ---- lists ---- */

static void
put_chip (GString *out, const SohoaQlvbView *v, const char *status)
{
  put (out, "<span class=\"chip s%s\">%s</span>", status, sohoa_qlvb_status_word (status, v->english));
}

static void
put_verdict (GString *out, const SohoaQlvbView *v, const char *verdict)
{
  const char *class, *word = verdict_word (v, verdict, &class);

  put (out, "<span class=\"verdict %s\">%s</span>", class, word);
}

static char *
link_to (const char *path, const char *key)
{
  g_autofree char *escaped = g_uri_escape_string (key, NULL, FALSE);

  return g_strconcat (path, "?key=", escaped, NULL);
}

static void
put_pager (GString *out, const SohoaQlvbView *v, const char *base, guint offset, guint shown, guint total)
{
  put (out, "<nav class=\"pager\" aria-label=\"%s\"><span>%u–%u / %u</span>", W (v, "Trang", "Pages"),
       total == 0 ? 0 : offset + 1, offset + shown, total);
  if (offset > 0)
    put (out, "<a rel=\"prev\" href=\"%s&amp;from=%u\">← %s</a>", base,
         offset > SOHOA_QLVB_PAGE_ROWS ? offset - SOHOA_QLVB_PAGE_ROWS : 0, W (v, "Trước", "Previous"));
  if (offset + shown < total)
    put (out, "<a rel=\"next\" href=\"%s&amp;from=%u\">%s →</a>", base, offset + shown, W (v, "Sau", "Next"));
  g_string_append (out, "</nav>");
}

static void
put_search (GString *out, const SohoaQlvbView *v, const char *text, const char *hint)
{
  put (out, "<label class=\"find\"><span class=\"hidden\">%s</span><input type=\"search\" name=\"q\" value=\"%s\" placeholder=\"%s\">"
       "</label><button>%s</button>", hint, text, hint, W (v, "Tìm", "Search"));
}

static void
put_inbox_row (GString *out, const SohoaQlvbView *v, const SohoaQlvbDocument *d)
{
  g_autofree char *href = link_to ("/web/document", d->key);
  g_autofree char *number = show_number (d), *day = show_day (d->arrival_day), *issued = show_day (d->issued);

  g_string_append (out, "<tr>");
  if (d->number != 0)
    put (out, "<td class=\"number\">%u", d->number);
  else
    put (out, "<td class=\"number\">–");
  put (out, "<td>%s<td><a class=\"open\" href=\"%s\">%s: %s</a><span class=\"sub\">%s · %s · %s</span><td>", day, href,
       d->type_name[0] != '\0' ? d->type_name : W (v, "Văn bản", "Document"),
       d->subject[0] != '\0' ? d->subject : W (v, "(không có trích yếu)", "(no abstract)"), d->organ_name, number, issued);
  put_verdict (out, v, d->verdict);
  g_string_append (out, "<td>");
  put_chip (out, v, d->status);
  g_string_append (out, "</tr>");
}

static void
put_filters (GString *out, const SohoaQlvbView *v, const char *which)
{
  const struct { const char *which, *word; } tabs[] = {
    { "new", W (v, "Chờ xử lý", "To decide") }, { "open", W (v, "Đang giải quyết", "In hand") },
    { "done", W (v, "Đã xong", "Closed") }, { "all", W (v, "Tất cả", "All") },
  };

  put (out, "<div class=\"tabs\" role=\"navigation\" aria-label=\"%s\">", W (v, "Lọc", "Filter"));
  for (guint i = 0; i < G_N_ELEMENTS (tabs); i++) {
    g_autofree char *href = g_strconcat ("/web/inbox?show=", tabs[i].which, NULL);

    put_tab (out, href, tabs[i].word, g_str_equal (tabs[i].which, which));
  }
  g_string_append (out, "</div>");
}

GBytes *
sohoa_qlvb_page_inbox (const SohoaQlvbView *v, const GPtrArray *list, guint offset, guint total, const char *which,
                       const char *text)
{
  GString *out = begin_page (v, W (v, "Văn bản đến", "Inbox"), "inbox");
  g_autofree char *escaped = g_uri_escape_string (text, NULL, FALSE);
  g_autofree char *base = g_strdup_printf ("/web/inbox?show=%s&q=%s", which, escaped);

  put (out, "<div class=\"bar\"><h1>%s</h1><form class=\"search\" action=\"/web/inbox\"><input type=\"hidden\" name=\"show\""
       " value=\"all\">", W (v, "Văn bản đến", "Inbox"));
  put_search (out, v, text, W (v, "Trích yếu, số, cơ quan…", "Abstract, number, issuer…"));
  g_string_append (out, "</form></div>");
  put_filters (out, v, which);
  put (out, "<div class=\"card\"><table class=\"list\"><thead><tr><th>%s<th>%s<th>%s<th>%s<th>%s</tr></thead><tbody>",
       W (v, "Số đến", "No."), W (v, "Ngày đến", "Arrived"), W (v, "Văn bản", "Document"),
       W (v, "Chữ ký số", "Signature"), W (v, "Trạng thái", "Status"));
  for (guint i = 0; i < list->len; i++)
    put_inbox_row (out, v, g_ptr_array_index (list, i));
  g_string_append (out, "</tbody></table>");
  if (list->len == 0)
    put (out, "<p class=\"empty\">%s</p>", W (v, "Không có văn bản nào ở đây.", "Nothing here."));
  g_string_append (out, "</div>");
  put_pager (out, v, base, offset, list->len, total);
  return end_page (v, out);
}

/* ---- the register ---- */

static char *
show_note (const SohoaQlvbView *v, const SohoaQlvbDocument *d)
{
  if (g_str_equal (d->status, "02") || g_str_equal (d->status, "13") || g_str_equal (d->status, "15"))
    return g_strdup_printf ("%s%s%s", sohoa_qlvb_status_word (d->status, v->english), d->reason[0] != '\0' ? ": " : "",
                            d->reason);
  return g_strdup (d->warnings);
}

static void
put_register_row (GString *out, const SohoaQlvbView *v, const SohoaQlvbDocument *d)
{
  g_autofree char *href = link_to ("/web/document", d->key);
  g_autofree char *number = show_number (d), *arrived = show_day (d->arrival_day), *issued = show_day (d->issued);
  g_autofree char *forwarded = show_day (d->forwarded), *note = show_note (v, d);

  put (out, "<tr><td>%s<td class=\"number\">%u<td>%s<td>%s<td>%s<td><a class=\"open\" href=\"%s\">%s: %s</a><td>%s<td>%s<td><td>%s</tr>",
       arrived, d->number, d->organ_name, number, issued, href, d->type_name, d->subject, d->recipient, forwarded, note);
}

GBytes *
sohoa_qlvb_page_register (const SohoaQlvbView *v, const GPtrArray *list, const GPtrArray *books, guint offset,
                          guint total, const char *text, int year, const char *book)
{
  GString *out = begin_page (v, W (v, "Sổ đăng ký văn bản đến", "Register of incoming documents"), "register");
  g_autofree char *escaped = g_uri_escape_string (text, NULL, FALSE), *escaped_book = g_uri_escape_string (book, NULL, FALSE);
  g_autofree char *base = g_strdup_printf ("/web/register?book=%d%%20%s&q=%s", year, escaped_book, escaped);

  put (out, "<div class=\"bar\"><h1>%s</h1><form class=\"search\" action=\"/web/register\"><label>%s <select name=\"book\">",
       W (v, "Sổ đăng ký văn bản đến", "Register of incoming documents"), W (v, "Sổ", "Book"));
  for (guint i = 0; i < books->len; i++) {
    const char *one = g_ptr_array_index (books, i);
    gboolean chosen = atoi (one) == year && g_str_equal (strchr (one, ' ') + 1, book);

    put (out, chosen ? "<option selected value=\"%s\">%s</option>" : "<option value=\"%s\">%s</option>", one, one);
  }
  g_string_append (out, "</select></label>");
  put_search (out, v, text, W (v, "Tìm trong sổ", "Search the register"));
  put (out, "<a class=\"button\" href=\"%s&amp;as=csv\">CSV</a></form></div>", base);
  put (out, "<div class=\"card wide\"><table class=\"list register\"><thead><tr><th>%s<th>%s<th>%s<th>%s<th>%s<th>%s<th>%s<th>%s"
       "<th>%s<th>%s</tr></thead><tbody>", W (v, "Ngày đến", "Arrived"), W (v, "Số đến", "No."), W (v, "Tác giả", "Issuer"),
       W (v, "Số, ký hiệu văn bản", "Number, symbol"), W (v, "Ngày tháng văn bản", "Dated"),
       W (v, "Tên loại và trích yếu nội dung", "Type and abstract"), W (v, "Đơn vị hoặc người nhận", "Unit or person"),
       W (v, "Ngày chuyển", "Handed on"), W (v, "Ký nhận", "Received by"), W (v, "Ghi chú", "Note"));
  for (guint i = 0; i < list->len; i++)
    put_register_row (out, v, g_ptr_array_index (list, i));
  g_string_append (out, "</tbody></table>");
  if (list->len == 0)
    put (out, "<p class=\"empty\">%s</p>", W (v, "Sổ này chưa có văn bản nào.", "This book is empty."));
  g_string_append (out, "</div>");
  put_pager (out, v, base, offset, list->len, total);
  return end_page (v, out);
}

/* ---- one document ---- */

static void
put_field (GString *out, const char *name, const char *value)
{
  if (value != NULL && value[0] != '\0')
    put (out, "<div><dt>%s</dt><dd>%s</dd></div>", name, value);
}

/* Members of 7197 the register has no column for. */
static void
put_metadata (GString *out, const SohoaQlvbView *v, const SohoaQlvbDocument *d)
{
  const struct { const char *member, *word; gboolean day; } more[] = {
    { "FullName", W (v, "Người ký", "Signed by"), FALSE }, { "Position", W (v, "Chức vụ người ký", "Position"), FALSE },
    { "Priority", W (v, "Mức độ khẩn", "Urgency"), FALSE }, { "PageAmount", W (v, "Số trang", "Pages"), FALSE },
    { "Language", W (v, "Ngôn ngữ", "Language"), FALSE }, { "DueDate", W (v, "Thời hạn giải quyết", "Due"), TRUE },
    { "ToPlaces", W (v, "Nơi nhận", "Recipients"), FALSE }, { "Description", W (v, "Ghi chú", "Note"), FALSE },
  };
  g_autoptr(JsonObject) object = d->metadata[0] != '\0' ? sohoa_json_parse (d->metadata, -1) : NULL;

  for (guint i = 0; object != NULL && i < G_N_ELEMENTS (more); i++) {
    JsonNode *node = json_object_get_member (object, more[i].member);
    g_autofree char *text = NULL;

    if (node == NULL || !JSON_NODE_HOLDS_VALUE (node))
      continue;
    if (json_node_get_value_type (node) == G_TYPE_STRING)
      text = more[i].day ? show_day (json_node_get_string (node)) : g_strdup (json_node_get_string (node));
    else if (json_node_get_value_type (node) == G_TYPE_INT64)
      text = g_strdup_printf ("%" G_GINT64_FORMAT, json_node_get_int (node));
    put_field (out, more[i].word, text);
  }
}

static void
put_fields (GString *out, const SohoaQlvbView *v, const SohoaQlvbDocument *d)
{
  g_autofree char *number = show_number (d), *issued = show_day (d->issued), *arrived = show_day (d->arrival_day);
  g_autofree char *arrival = d->number != 0 ? g_strdup_printf ("%u", d->number) : g_strdup ("");
  g_autofree char *forwarded = show_day (d->forwarded);

  put (out, "<section class=\"card\"><h2>%s</h2><dl>", W (v, "Thông tin văn bản", "Fields"));
  put_field (out, W (v, "Số đến", "Arrival number"), arrival);
  put_field (out, W (v, "Ngày đến", "Arrived"), arrived);
  put_field (out, W (v, "Cơ quan ban hành", "Issuer"), d->organ_name);
  put_field (out, W (v, "Số, ký hiệu", "Number, symbol"), number);
  put_field (out, W (v, "Ngày văn bản", "Dated"), issued);
  put_field (out, W (v, "Tên loại", "Type"), d->type_name);
  put_field (out, W (v, "Trích yếu", "Abstract"), d->subject);
  put_metadata (out, v, d);
  put_field (out, W (v, "Sổ", "Book"), d->book);
  put_field (out, W (v, "Mã văn bản", "Document code"), d->doc_code);
  put_field (out, W (v, "Hệ thống gửi", "Sent by system"), d->system_id);
  put_field (out, W (v, "Đơn vị hoặc người nhận", "Unit or person"), d->recipient);
  put_field (out, W (v, "Ngày chuyển", "Handed on"), forwarded);
  put_field (out, W (v, "Cảnh báo", "Warnings"), d->warnings);
  put_field (out, "SHA-256", d->digest);
  g_string_append (out, "</dl></section>");
}

static void
put_signature (GString *out, const SohoaQlvbView *v, const SohoaQlvbDocument *d)
{
  g_autoptr(JsonObject) report = d->report[0] != '\0' ? sohoa_json_parse (d->report, -1) : NULL;
  JsonNode *node = report != NULL ? json_object_get_member (report, "signatures") : NULL;
  JsonArray *list = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  put (out, "<section class=\"card\"><h2>%s ", W (v, "Chữ ký số", "Signature"));
  put_verdict (out, v, d->verdict);
  g_string_append (out, "</h2>");
  if (d->original)
    put (out, "<p class=\"sub\">%s</p>", W (v, "Bản gốc điện tử, giữ nguyên như nơi gửi đã làm.",
                                            "Electronic original, kept as its sender made it."));
  for (guint i = 0; list != NULL && i < json_array_get_length (list); i++) {
    JsonNode *item = json_array_get_element (list, i);
    JsonObject *one = JSON_NODE_HOLDS_OBJECT (item) ? json_node_get_object (item) : NULL;

    if (one == NULL)
      continue;
    g_string_append (out, "<dl>");
    put_field (out, W (v, "Người ký", "Signer"), sohoa_json_string (one, "signer"));
    put_field (out, W (v, "Nơi cấp chứng thư", "Issued by"), sohoa_json_string (one, "issuer"));
    put_field (out, W (v, "Thời điểm ký", "Claimed time"), sohoa_json_string (one, "claimed_time"));
    put_field (out, W (v, "Dấu thời gian", "Time stamp"), sohoa_json_string (one, "timestamp"));
    put_field (out, W (v, "Mức", "Level"), sohoa_json_string (one, "level"));
    put_field (out, W (v, "Lý do", "Reason"), sohoa_json_string (one, "reason"));
    g_string_append (out, "</dl>");
  }
  g_string_append (out, "</section>");
}

/* A form of one decision. @label: NULL = no text asked for; @required: the text must be given. */
static void
put_decision (GString *out, const SohoaQlvbView *v, const SohoaQlvbDocument *d, const char *act, const char *button,
              const char *class, const char *label, gboolean required)
{
  put (out, "<form method=\"post\" action=\"/web/decide\" class=\"decision\"><input type=\"hidden\" name=\"token\" value=\"%s\">"
       "<input type=\"hidden\" name=\"key\" value=\"%s\"><input type=\"hidden\" name=\"status\" value=\"%s\">", v->token, d->key,
       d->status);
  if (label != NULL)
    put (out, required ? "<label>%s<input name=\"text\" id=\"text%s\" maxlength=\"500\" required></label>"
                       : "<label>%s<input name=\"text\" id=\"text%s\" maxlength=\"500\"></label>", label, act);
  put (out, "<button class=\"%s\" name=\"act\" value=\"%s\" id=\"act%s\">%s</button></form>", class, act, act, button);
}

static void
put_decisions (GString *out, const SohoaQlvbView *v, const SohoaQlvbDocument *d)
{
  const char *unit = W (v, "Chuyển cho đơn vị hoặc người", "Hand on to unit or person");

  put (out, "<section class=\"card decide\"><h2>%s ", W (v, "Xử lý", "Decide"));
  put_chip (out, v, d->status);
  g_string_append (out, "</h2>");
  if (d->reason[0] != '\0')
    put (out, "<p class=\"sub\">%s</p>", d->reason);
  if (d->number != 0 && g_str_equal (d->status, "01")) {
    put_decision (out, v, d, "03", W (v, "Tiếp nhận (A)", "Accept (A)"), "main", NULL, FALSE);
    put_decision (out, v, d, "02", W (v, "Từ chối (R)", "Refuse (R)"), "danger",
                  W (v, "Lý do từ chối, người gửi sẽ thấy", "Reason, the sender will see it"), TRUE);
  } else if (g_str_equal (d->status, "03") || g_str_equal (d->status, "16")) {
    put_decision (out, v, d, "04", W (v, "Phân công", "Assign"), "main", unit, TRUE);
  } else if (g_str_equal (d->status, "04")) {
    put_decision (out, v, d, "05", W (v, "Đang xử lý", "In progress"), "main", NULL, FALSE);
    put_decision (out, v, d, "06", W (v, "Hoàn thành", "Completed"), "", NULL, FALSE);
  } else if (g_str_equal (d->status, "05")) {
    put_decision (out, v, d, "06", W (v, "Hoàn thành", "Completed"), "main", NULL, FALSE);
  } else if (g_str_equal (d->status, "13")) {
    put (out, "<p>%s</p>", W (v, "Đồng ý thì tệp và nội dung bị xóa tại đây; số đến, dòng sổ và mã băm được giữ. Nhớ gửi lại"
                                 " bản giấy nếu có.",
                              "Agreeing deletes file and content here; number, row and digest stay. Send the paper back if"
                              " there is any."));
    put_decision (out, v, d, "15", W (v, "Đồng ý thu hồi", "Agree to the recall"), "danger", NULL, FALSE);
    put_decision (out, v, d, "16", W (v, "Từ chối thu hồi", "Decline"), "", W (v, "Lý do", "Reason"), TRUE);
  } else {
    put (out, "<p class=\"sub\">%s</p>", W (v, "Không còn bước nào.", "Nothing left to decide."));
  }
  g_string_append (out, "</section>");
}

static void
put_history (GString *out, const SohoaQlvbView *v, const GPtrArray *statuses)
{
  put (out, "<section class=\"card\"><h2>%s</h2><ol class=\"history\">", W (v, "Lịch sử", "History"));
  for (guint i = 0; i < statuses->len; i++) {
    const SohoaQlvbStatus *status = g_ptr_array_index (statuses, i);
    g_autofree char *time = show_time (status->time_us);

    put (out, "<li><time>%s</time> ", time);
    put_chip (out, v, status->code);
    put (out, " %s <span class=\"sub\">%s</span></li>", status->description, status->by_whom);
  }
  g_string_append (out, "</ol></section>");
}

static void
put_pages (GString *out, const SohoaQlvbView *v, const SohoaQlvbDocument *d, guint n_pages)
{
  g_autofree char *picture = link_to ("/web/page", d->key), *file = link_to ("/web/file", d->key);

  put (out, "<section class=\"pages\" tabindex=\"0\" aria-label=\"%s\">", W (v, "Các trang của văn bản", "Pages of the document"));
  if (g_str_equal (d->status, "15"))
    put (out, "<p class=\"empty\">%s</p>", W (v, "Văn bản đã được thu hồi; tệp đã xóa.", "Recalled; the file is deleted."));
  else if (d->number == 0)
    put (out, "<p class=\"empty\">%s</p>", W (v, "Tệp bị từ chối không được lưu.", "A refused file is not kept."));
  else {
    put (out, "<p><a class=\"button\" href=\"%s\">%s</a></p>", file, W (v, "Tải tệp PDF", "Download the PDF"));
    if (n_pages == 0)
      put (out, "<p class=\"empty\">%s</p>", W (v, "Không hiển thị được các trang; hãy tải tệp.",
                                               "Its pages cannot be shown; download the file."));
  }
  for (guint i = 1; i <= MIN (n_pages, SHOWN_PAGES_MAX); i++)
    put (out, "<img loading=\"lazy\" width=\"1000\" height=\"1414\" src=\"%s&amp;page=%u\" alt=\"%s %u\">", picture, i,
         W (v, "Trang", "Page"), i);
  if (n_pages > SHOWN_PAGES_MAX)
    put (out, "<p class=\"empty\">%s</p>", W (v, "Các trang sau xem trong tệp tải về.", "Further pages are in the download."));
  g_string_append (out, "</section>");
}

GBytes *
sohoa_qlvb_page_document (const SohoaQlvbView *v, const SohoaQlvbDocument *d, const GPtrArray *statuses, guint n_pages)
{
  g_autofree char *number = show_number (d);
  GString *out = begin_page (v, d->subject[0] != '\0' ? d->subject : number, "inbox");

  put (out, "<p class=\"trail\"><a href=\"/web/inbox\" id=\"back\">← %s</a></p><h1 class=\"subject\">%s %s</h1><div class=\"two\">",
       W (v, "Văn bản đến", "Inbox"), d->type_name, number);
  put_pages (out, v, d, n_pages);
  g_string_append (out, "<div class=\"side\">");
  put_decisions (out, v, d);
  put_fields (out, v, d);
  put_signature (out, v, d);
  put_history (out, v, statuses);
  g_string_append (out, "</div></div>");
  return end_page (v, out);
}
