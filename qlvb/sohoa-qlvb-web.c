#include "sohoa-qlvb-web.h"

#include "sohoa-file.h"
#include "sohoa-pipeline.h"
#include "sohoa-qlvb-pages.h"
#include "sohoa-qlvb-picture.h"
#include "sohoa-qlvb-users.h"
#include "sohoa-text.h"
#include "sohoa-time.h"

#include <string.h>

#define WEB_THREADS 2 /* passwords (32 MiB each) and pictures of pages */
#define STATIC_MAX_BYTES (256u * 1024)
#define TEXT_MAX_CHARS 500
#define QUERY_MAX_CHARS 200
#define OFFSET_MAX 10000000
#define DAY_SECONDS (24 * 60 * 60)
#define YEAR_SECONDS (365 * DAY_SECONDS)
#define CSV_ROWS 500u

/* Nothing but our own files: no script in a page, no frame around it. */
#define POLICY "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self';" \
               " base-uri 'none'; frame-ancestors 'none'"

struct _SohoaQlvbWeb {
  SohoaQlvb         *qlvb;     /* (unowned) */
  SohoaQlvbUsers    *users;    /* (owned) (nullable) */
  SohoaQlvbSessions *sessions; /* (owned) main thread */
  GThreadPool       *threads;  /* (owned) */
  gboolean           encrypted;
};

/* One request; what a thread needs is copied. */
typedef struct {
  SohoaQlvbWeb      *web;     /* (unowned) */
  SoupServerMessage *message; /* (owned) main thread only */
  GHashTable        *form;    /* (owned) (nullable) */
  GHashTable        *query;   /* (owned) (nullable) */
  char              *path, *here, *user, *token, *secret, *said; /* (owned) secret: of the session's cookie */
  gboolean           english, gone;
  SohoaQlvbDocument *document; /* (owned) (nullable) */
  /* the answer */
  guint   status;
  char   *type, *location, *file_name; /* (owned) */
  GBytes *body;                        /* (owned) */
  gboolean right, opens, closes;       /* log-in: the password is right; a session opens or closes */
} Visit;

static SohoaQlvbView
view_of (const Visit *v)
{
  return (SohoaQlvbView) { .agency_name = v->web->qlvb->agency_name, .user = v->user, .token = v->token, .path = v->here,
                           .said = v->said, .english = v->english };
}

static const char *
peek (GHashTable *values, const char *name)
{
  const char *value = values != NULL ? g_hash_table_lookup (values, name) : NULL;

  return value != NULL && g_utf8_validate (value, -1, NULL) ? value : "";
}

static void
answer_html (Visit *v, guint status, GBytes *body)
{
  v->status = status;
  v->type = g_strdup ("text/html; charset=utf-8");
  v->body = body;
}

static void
answer_message (Visit *v, guint status, const char *vietnamese, const char *english)
{
  SohoaQlvbView view = view_of (v);

  answer_html (v, status, sohoa_qlvb_page_message (&view, v->english ? "Not possible" : "Không thực hiện được",
                                                   v->english ? english : vietnamese));
}

static void
redirect (Visit *v, const char *location)
{
  v->status = 303;
  v->location = g_strdup (location);
  v->type = g_strdup ("text/plain");
  v->body = g_bytes_new_static ("", 0);
}

/* ---- cookies and headers ---- */

static const char *
cookie_name (const SohoaQlvbWeb *self)
{
  return self->encrypted ? "__Host-sohoa" : "sohoa";
}

/* The value of @name in the request's Cookie header; g_free. */
static char *
take_cookie (SoupServerMessage *message, const char *name)
{
  const char *header = soup_message_headers_get_list (soup_server_message_get_request_headers (message), "Cookie");
  g_auto(GStrv) parts = g_strsplit (header != NULL ? header : "", ";", 64);
  g_autofree char *prefix = g_strconcat (name, "=", NULL);

  for (guint i = 0; parts[i] != NULL; i++)
    if (g_str_has_prefix (g_strstrip (parts[i]), prefix))
      return g_strdup (parts[i] + strlen (prefix));
  return g_strdup ("");
}

static void
put_cookie (const Visit *v, const char *name, const char *value, int seconds, gboolean hidden)
{
  g_autofree char *text = g_strdup_printf ("%s=%s; Path=/; SameSite=Strict%s%s; Max-Age=%d", name, value,
                                           hidden ? "; HttpOnly" : "", v->web->encrypted ? "; Secure" : "", seconds);

  soup_message_headers_append (soup_server_message_get_response_headers (v->message), "Set-Cookie", text);
}

static void
put_headers (const Visit *v)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (v->message);
  gboolean keeps = g_str_has_prefix (v->path, "/web/static/");

  soup_message_headers_replace (headers, "Content-Security-Policy", POLICY);
  soup_message_headers_replace (headers, "X-Content-Type-Options", "nosniff");
  soup_message_headers_replace (headers, "X-Frame-Options", "DENY");
  soup_message_headers_replace (headers, "Referrer-Policy", "same-origin");
  soup_message_headers_replace (headers, "Cross-Origin-Opener-Policy", "same-origin");
  soup_message_headers_replace (headers, "Cross-Origin-Resource-Policy", "same-origin");
  soup_message_headers_replace (headers, "Cache-Control", keeps ? "private, max-age=3600" : "no-store");
  if (v->web->encrypted)
    soup_message_headers_replace (headers, "Strict-Transport-Security", "max-age=31536000");
  if (v->location != NULL)
    soup_message_headers_replace (headers, "Location", v->location);
  if (v->file_name != NULL) {
    g_autofree char *text = g_strdup_printf ("attachment; filename=\"%s\"", v->file_name);

    soup_message_headers_replace (headers, "Content-Disposition", text);
  }
}

static void
visit_free (Visit *v)
{
  g_clear_pointer (&v->form, g_hash_table_unref);
  g_clear_pointer (&v->query, g_hash_table_unref);
  g_clear_pointer (&v->document, sohoa_qlvb_document_free);
  g_clear_pointer (&v->body, g_bytes_unref);
  g_clear_object (&v->message);
  g_free (v->path);
  g_free (v->here);
  g_free (v->user);
  g_free (v->token);
  g_free (v->secret);
  g_free (v->said);
  g_free (v->type);
  g_free (v->location);
  g_free (v->file_name);
  g_free (v);
}

static void
finish (Visit *v)
{
  SoupMessageBody *body = soup_server_message_get_response_body (v->message);

  if (v->opens) {
    g_autofree char *secret = sohoa_qlvb_sessions_open (v->web->sessions, peek (v->form, "name"), sohoa_time_now_us ());

    put_cookie (v, cookie_name (v->web), secret, DAY_SECONDS / 2, TRUE);
  }
  if (v->closes)
    put_cookie (v, cookie_name (v->web), "", 0, TRUE);
  put_headers (v);
  soup_server_message_set_status (v->message, v->status, NULL);
  soup_message_headers_set_content_type (soup_server_message_get_response_headers (v->message), v->type, NULL);
  if (g_bytes_get_size (v->body) > 0)
    soup_message_body_append_bytes (body, v->body); /* a mapped file stays on disk */
  soup_message_body_complete (body);
  visit_free (v);
}

/* ---- pictures and files ---- */

static char *
path_of_file (const Visit *v)
{
  g_autofree char *name = g_strconcat (v->document->digest, ".pdf", NULL);

  return g_build_filename (v->web->qlvb->data_dir, "files", name, NULL);
}

static gboolean
has_file (const Visit *v)
{
  return v->document->number != 0 && !g_str_equal (v->document->status, "15");
}

/* The file of a document, mapped: 50 MB of it are never in our memory at once. */
static void
answer_file (Visit *v)
{
  g_autofree char *path = path_of_file (v);
  g_autoptr(GMappedFile) file = has_file (v) ? g_mapped_file_new (path, FALSE, NULL) : NULL;

  if (file == NULL) {
    answer_message (v, 404, "Không có tệp này.", "There is no such file.");
    return;
  }
  v->status = 200;
  v->type = g_strdup ("application/pdf");
  v->body = g_mapped_file_get_bytes (file);
  v->file_name = g_strconcat (v->document->doc_code, ".pdf", NULL); /* its letters were checked on arrival */
  g_strcanon (v->file_name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-", '_');
}

/* In a thread. */
static void
look_at_page (Visit *v)
{
  g_autofree char *path = path_of_file (v);
  g_autoptr(GError) local = NULL;

  v->body = has_file (v) ? sohoa_qlvb_picture (v->web->qlvb->pool, path, (guint) atoi (peek (v->query, "page")), &local) : NULL;
  if (v->body == NULL) {
    g_info ("page of %s: %s", v->document->key, local != NULL ? local->message : "no file");
    answer_message (v, 404, "Không hiển thị được trang này.", "This page cannot be shown.");
    return;
  }
  v->status = 200;
  v->type = g_strdup ("image/png");
}

/* In a thread: opening a file takes a worker. */
static void
look_at_document (Visit *v)
{
  g_autofree char *path = path_of_file (v);
  g_autoptr(GPtrArray) statuses = sohoa_qlvb_store_statuses (v->web->qlvb->store, v->document->key, NULL, NULL);
  guint n_pages = has_file (v) ? sohoa_qlvb_count_pages (v->web->qlvb->pool, path, NULL) : 0;
  SohoaQlvbView view = view_of (v);

  if (statuses == NULL)
    statuses = g_ptr_array_new ();
  answer_html (v, 200, sohoa_qlvb_page_document (&view, v->document, statuses, n_pages));
}

/* ---- threads ---- */

static gboolean
on_visited (gpointer data)
{
  Visit *v = data;
  SohoaQlvbWeb *self = v->web;

  g_signal_handlers_disconnect_by_data (v->message, v);
  if (v->right) {
    g_autofree char *address = g_inet_address_to_string (
      g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (soup_server_message_get_remote_address (v->message))));

    sohoa_qlvb_sessions_right (self->sessions, peek (v->form, "name"), address);
    v->opens = TRUE;
  }
  if (v->gone) {
    visit_free (v);
  } else {
    SoupServerMessage *message = v->message;

    soup_server_message_unpause (message);
    finish (v);
  }
  return G_SOURCE_REMOVE;
}

/* In a thread: scrypt takes its time. */
static void
check_password (Visit *v)
{
  SohoaQlvbView view = view_of (v);

  v->right = sohoa_qlvb_users_check (v->web->users, peek (v->form, "name"), peek (v->form, "password"));
  if (v->right)
    redirect (v, "/web/inbox");
  else
    answer_html (v, 403, sohoa_qlvb_page_login (&view, peek (v->form, "name"),
                                                v->english ? "User name or password is wrong."
                                                           : "Tên đăng nhập hoặc mật khẩu không đúng."));
}

static void
run_visit (gpointer data, gpointer user_data)
{
  Visit *v = data;

  if (g_str_equal (v->path, "/web/login"))
    check_password (v);
  else if (g_str_equal (v->path, "/web/page"))
    look_at_page (v);
  else
    look_at_document (v);
  g_main_context_invoke (NULL, on_visited, v);
}

static void
on_gone (SoupServerMessage *message, gpointer data)
{
  ((Visit *) data)->gone = TRUE;
}

static void
to_thread (Visit *v)
{
  g_signal_connect (v->message, "disconnected", G_CALLBACK (on_gone), v);
  g_signal_connect (v->message, "finished", G_CALLBACK (on_gone), v);
  soup_server_message_pause (v->message);
  (void) g_thread_pool_push (v->web->threads, v, NULL);
}

/* ---- pages ---- */

static guint
take_offset (const Visit *v)
{
  guint64 value = g_ascii_strtoull (peek (v->query, "from"), NULL, 10);

  return (guint) MIN (value, OFFSET_MAX);
}

static char *
take_text (GHashTable *values, const char *name, glong max_chars)
{
  g_autofree char *squeezed = sohoa_text_squeeze (peek (values, name));

  return g_utf8_substring (squeezed, 0, MIN (g_utf8_strlen (squeezed, -1), max_chars));
}

static void
answer_inbox (Visit *v)
{
  static const struct { const char *which, *statuses; } rows[] = {
    { "new", "01 13" }, { "open", "03 04 05 16" }, { "done", "02 06 15" }, { "all", "" },
  };
  g_autofree char *text = take_text (v->query, "q", QUERY_MAX_CHARS);
  SohoaQlvbFilter filter = { .text = text, .limit = SOHOA_QLVB_PAGE_ROWS, .offset = take_offset (v) };
  SohoaQlvbView view = view_of (v);
  g_autoptr(GPtrArray) list = NULL;
  guint chosen = 0, total = 0;

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (g_str_equal (rows[i].which, peek (v->query, "show")))
      chosen = i;
  filter.statuses = rows[chosen].statuses;
  list = sohoa_qlvb_store_browse (v->web->qlvb->store, &filter, &total, NULL);
  if (list == NULL)
    answer_message (v, 503, "Không đọc được sổ, thử lại sau.", "The register cannot be read, try again later.");
  else
    answer_html (v, 200, sohoa_qlvb_page_inbox (&view, list, filter.offset, total, rows[chosen].which, text));
}

static void
answer_register (Visit *v)
{
  g_autoptr(GPtrArray) books = sohoa_qlvb_store_books (v->web->qlvb->store, NULL);
  g_autofree char *text = take_text (v->query, "q", QUERY_MAX_CHARS);
  g_autofree char *wanted = take_text (v->query, "book", QUERY_MAX_CHARS);
  const char *chosen = strchr (wanted, ' ') != NULL ? wanted
                       : books != NULL && books->len > 0 ? g_ptr_array_index (books, 0) : "0 ";
  gboolean csv = g_str_equal (peek (v->query, "as"), "csv");
  SohoaQlvbFilter filter = { .text = text, .in_register = TRUE, .year = atoi (chosen), .book = strchr (chosen, ' ') + 1,
                             .limit = csv ? CSV_ROWS : SOHOA_QLVB_PAGE_ROWS, .offset = csv ? 0 : take_offset (v) };
  SohoaQlvbView view = view_of (v);
  guint total = 0;
  g_autoptr(GPtrArray) list = books != NULL ? sohoa_qlvb_store_browse (v->web->qlvb->store, &filter, &total, NULL) : NULL;

  if (list == NULL) {
    answer_message (v, 503, "Không đọc được sổ, thử lại sau.", "The register cannot be read, try again later.");
  } else if (csv) {
    v->body = sohoa_qlvb_register_csv (v->web->qlvb->store, &filter);
    v->status = v->body != NULL ? 200 : 503;
    v->type = g_strdup ("text/csv; charset=utf-8");
    v->file_name = g_strdup_printf ("so-van-ban-den-%d.csv", filter.year);
    if (v->body == NULL)
      v->body = g_bytes_new_static ("", 0);
  } else {
    answer_html (v, 200, sohoa_qlvb_page_register (&view, list, books, filter.offset, total, text, filter.year, filter.book));
  }
}

/* FALSE: there is none, and that is answered. */
static gboolean
find_document (Visit *v, GHashTable *values)
{
  v->document = sohoa_qlvb_store_find (v->web->qlvb->store, SOHOA_QLVB_BY_KEY, peek (values, "key"), NULL, NULL);
  if (v->document == NULL)
    answer_message (v, 404, "Không có văn bản này.", "There is no such document.");
  return v->document != NULL;
}

/* ---- decisions ---- */

/* Which step leads where; @text: it must be said (a reason, a unit). */
static const struct { const char *from, *to; gboolean text; } moves[] = {
  { "01", "03", FALSE }, { "01", "02", TRUE },  { "03", "04", TRUE },  { "16", "04", TRUE },  { "04", "05", FALSE },
  { "04", "06", FALSE }, { "05", "06", FALSE }, { "13", "15", FALSE }, { "13", "16", TRUE },
};

static gboolean
is_allowed (const char *from, const char *to, const char *text)
{
  for (guint i = 0; i < G_N_ELEMENTS (moves); i++)
    if (g_str_equal (moves[i].from, from) && g_str_equal (moves[i].to, to))
      return !moves[i].text || text[0] != '\0';
  return FALSE;
}

static char *
describe (const SohoaQlvbDocument *d, const char *act, const char *text)
{
  g_autofree char *day = sohoa_day_to_vietnamese (d->arrival_day);

  if (g_str_equal (act, "03"))
    return g_strdup_printf ("Đã tiếp nhận, số đến %u ngày %s", d->number, day);
  if (g_str_equal (act, "04"))
    return g_strdup_printf ("Chuyển %s", text);
  if (text[0] != '\0')
    return g_strdup (text);
  return g_strdup (sohoa_qlvb_status_word (act, FALSE));
}

static void
decide (Visit *v)
{
  const char *act = peek (v->form, "act"), *from = peek (v->form, "status");
  g_autofree char *text = take_text (v->form, "text", TEXT_MAX_CHARS);
  g_autofree char *description = NULL, *back = NULL, *escaped = NULL, *today = NULL;
  gint64 now_us = sohoa_time_now_us ();
  g_autoptr(GError) local = NULL;
  SohoaQlvbMove move = { .if_status = from, .code = act, .who = v->user, .time_us = now_us };

  if (!find_document (v, v->form))
    return;
  if (v->document->number == 0 || !is_allowed (from, act, text)) {
    answer_message (v, 409, "Bước này không thực hiện được hoặc còn thiếu lý do.", "This step is not possible, or its reason is missing.");
    return;
  }
  description = describe (v->document, act, text);
  today = sohoa_time_to_day (now_us);
  move.description = description;
  if (g_str_equal (act, "04")) {
    move.recipient = text;
    move.forwarded = today;
  }
  if (!sohoa_qlvb_store_move (v->web->qlvb->store, v->document->key, &move, &local)) {
    if (local != NULL)
      g_warning ("%s", local->message);
    answer_message (v, 409, "Văn bản vừa được người khác xử lý. Mở lại để xem.", "Somebody else was faster. Open it again.");
    return;
  }
  if (g_str_equal (act, "15") && !sohoa_qlvb_purge (v->web->qlvb, v->document, &local))
    g_warning ("recalled %s: its file stays: %s", v->document->key, local->message);
  escaped = g_uri_escape_string (v->document->key, NULL, FALSE);
  back = g_strdup_printf ("/web/document?key=%s&said=%s", escaped, act);
  redirect (v, back);
}

/* ---- who asks ---- */

/* A form of our own page: browsers say where it comes from. */
static gboolean
is_own_form (SoupServerMessage *message)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  const char *site = soup_message_headers_get_one (headers, "Sec-Fetch-Site");
  const char *origin = soup_message_headers_get_one (headers, "Origin");
  const char *host = soup_message_headers_get_one (headers, "Host");
  const char *at = origin != NULL ? strstr (origin, "://") : NULL;

  if (site != NULL && !g_str_equal (site, "same-origin") && !g_str_equal (site, "none"))
    return FALSE;
  return origin == NULL || (at != NULL && host != NULL && g_str_equal (at + 3, host));
}

static void
log_in (Visit *v)
{
  GSocketAddress *remote = soup_server_message_get_remote_address (v->message);
  g_autofree char *address = g_inet_address_to_string (g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (remote)));
  SohoaQlvbView view = view_of (v);

  if (sohoa_qlvb_sessions_try (v->web->sessions, peek (v->form, "name"), address, sohoa_time_now_us ())) {
    to_thread (v);
    return;
  }
  answer_html (v, 429, sohoa_qlvb_page_login (&view, peek (v->form, "name"),
                                              v->english ? "Too many tries. Wait 15 minutes."
                                                         : "Thử quá nhiều lần. Hãy đợi 15 phút."));
  finish (v);
}

/* Back to a page of ours; anything else leads to the inbox. */
static void
change_language (Visit *v)
{
  const char *back = peek (v->form, "back");
  gboolean own = g_str_has_prefix (back, "/web/") && strpbrk (back, "\r\n\\") == NULL;

  put_cookie (v, "sohoa-language", g_str_equal (peek (v->form, "to"), "en") ? "en" : "vi", YEAR_SECONDS, TRUE);
  redirect (v, own ? back : "/web/inbox");
}

static void
answer_static (Visit *v)
{
  static const struct { const char *name, *type; } files[] = {
    { "style.css", "text/css; charset=utf-8" }, { "keys.js", "text/javascript; charset=utf-8" },
    { "icon.svg", "image/svg+xml" },
  };
  const char *name = v->path + strlen ("/web/static/");

  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    if (g_str_equal (files[i].name, name)) {
      g_autofree char *relative = g_build_filename ("web", name, NULL);
      g_autofree char *path = sohoa_path_data (relative);

      v->body = sohoa_file_read (path, STATIC_MAX_BYTES, NULL);
      v->type = g_strdup (files[i].type);
      v->status = 200;
    }
  if (v->body == NULL) {
    g_clear_pointer (&v->type, g_free);
    answer_message (v, 404, "Không có địa chỉ này.", "There is no such page.");
  }
}

/* Forms of a session; @v is finished or on its way to a thread. */
static void
post (Visit *v)
{
  gboolean known = v->user != NULL && sohoa_qlvb_same_secret (peek (v->form, "token"), v->token);

  if (!is_own_form (v->message)) {
    answer_message (v, 403, "Yêu cầu không đến từ trang này.", "This request does not come from this site.");
  } else if (g_str_equal (v->path, "/web/login")) {
    log_in (v);
    return;
  } else if (g_str_equal (v->path, "/web/language")) {
    change_language (v);
  } else if (!known) {
    answer_message (v, 403, "Phiên làm việc đã hết, hãy đăng nhập lại.", "The session is over, log in again.");
  } else if (g_str_equal (v->path, "/web/logout")) {
    sohoa_qlvb_sessions_close (v->web->sessions, v->secret);
    v->closes = TRUE;
    redirect (v, "/web/login");
  } else if (g_str_equal (v->path, "/web/decide")) {
    decide (v);
  } else {
    answer_message (v, 404, "Không có địa chỉ này.", "There is no such page.");
  }
  finish (v);
}

static void
get (Visit *v)
{
  SohoaQlvbView view = view_of (v);
  gboolean picture = g_str_equal (v->path, "/web/page");

  if (g_str_has_prefix (v->path, "/web/static/"))
    answer_static (v);
  else if (v->user == NULL && g_str_equal (v->path, "/web/login"))
    answer_html (v, 200, sohoa_qlvb_page_login (&view, "", NULL));
  else if (v->user == NULL)
    redirect (v, "/web/login");
  else if (g_str_equal (v->path, "/") || g_str_equal (v->path, "/web/login"))
    redirect (v, "/web/inbox");
  else if (g_str_equal (v->path, "/web/inbox"))
    answer_inbox (v);
  else if (g_str_equal (v->path, "/web/register"))
    answer_register (v);
  else if ((picture || g_str_equal (v->path, "/web/document")) && find_document (v, v->query)) {
    const char *said = peek (v->query, "said");

    if (said[0] != '\0' && g_str_equal (said, v->document->status))
      v->said = g_strdup_printf ("%s: %s", v->english ? "Done" : "Đã ghi", sohoa_qlvb_status_word (said, v->english));
    to_thread (v);
    return;
  } else if (g_str_equal (v->path, "/web/file") && find_document (v, v->query))
    answer_file (v);
  else if (v->body == NULL)
    answer_message (v, 404, "Không có địa chỉ này.", "There is no such page.");
  finish (v);
}

static Visit *
visit_new (SohoaQlvbWeb *self, SoupServerMessage *message, const char *path, GHashTable *query)
{
  Visit *v = g_new0 (Visit, 1);
  GUri *uri = soup_server_message_get_uri (message);
  g_autofree char *language = take_cookie (message, "sohoa-language");
  const SohoaQlvbSession *session;

  v->web = self;
  v->message = g_object_ref (message);
  v->path = g_strdup (path);
  v->here = g_uri_get_query (uri) != NULL ? g_strconcat (path, "?", g_uri_get_query (uri), NULL) : g_strdup (path);
  v->query = query != NULL ? g_hash_table_ref (query) : NULL;
  v->english = g_str_equal (language, "en");
  v->secret = take_cookie (message, cookie_name (self));
  session = v->secret[0] != '\0' ? sohoa_qlvb_sessions_peek (self->sessions, v->secret, sohoa_time_now_us ()) : NULL;
  if (session != NULL) {
    v->user = g_strdup (session->user);
    v->token = g_strdup (session->token);
  }
  return v;
}

void
sohoa_qlvb_web_handle (SohoaQlvbWeb *self, SoupServerMessage *message, const char *path, GHashTable *query)
{
  const char *method = soup_server_message_get_method (message);
  Visit *v = visit_new (self, message, path, query);

  if (self->users == NULL && !g_str_has_prefix (path, "/web/static/")) {
    answer_message (v, 200, "Trang web chưa được bật: khởi động với --users.", "The pages are off: start with --users.");
    finish (v);
  } else if (g_str_equal (method, "POST")) {
    g_autoptr(GBytes) body = soup_message_body_flatten (soup_server_message_get_request_body (message));
    g_autofree char *text = g_strndup (g_bytes_get_data (body, NULL) != NULL ? g_bytes_get_data (body, NULL) : "",
                                       MIN (g_bytes_get_size (body), SOHOA_QLVB_FORM_MAX_BYTES));

    v->form = soup_form_decode (text);
    post (v);
  } else if (g_str_equal (method, "GET") || g_str_equal (method, "HEAD")) {
    get (v);
  } else {
    answer_message (v, 405, "Không có địa chỉ này.", "There is no such page.");
    finish (v);
  }
}

gboolean
sohoa_qlvb_web_owns (const char *path)
{
  return g_str_equal (path, "/") || g_str_has_prefix (path, "/web/");
}

/* A body is only read when it says how long it is. */
gboolean
sohoa_qlvb_web_admit (SohoaQlvbWeb *self, SoupServerMessage *message)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  SoupEncoding encoding = soup_message_headers_get_encoding (headers);

  if ((encoding == SOUP_ENCODING_CONTENT_LENGTH && soup_message_headers_get_content_length (headers) <= SOHOA_QLVB_FORM_MAX_BYTES)
      || (encoding == SOUP_ENCODING_NONE || encoding == SOUP_ENCODING_EOF)) {
    soup_message_body_set_accumulate (soup_server_message_get_request_body (message),
                                      encoding == SOUP_ENCODING_CONTENT_LENGTH);
    return TRUE;
  }
  soup_server_message_set_status (message, 413, NULL);
  return FALSE;
}

SohoaQlvbWeb *
sohoa_qlvb_web_new (SohoaQlvb *qlvb, const char *users_path, gboolean encrypted, GError **error)
{
  SohoaQlvbWeb *self = g_new0 (SohoaQlvbWeb, 1);

  self->qlvb = qlvb;
  self->encrypted = encrypted;
  self->users = users_path != NULL ? sohoa_qlvb_users_load (users_path, error) : NULL;
  if (users_path != NULL && self->users == NULL) {
    g_free (self);
    return NULL;
  }
  self->sessions = sohoa_qlvb_sessions_new ();
  self->threads = g_thread_pool_new (run_visit, self, WEB_THREADS, FALSE, NULL);
  return self;
}

void
sohoa_qlvb_web_free (SohoaQlvbWeb *self)
{
  if (self == NULL)
    return;
  g_thread_pool_free (self->threads, FALSE, TRUE);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  sohoa_qlvb_sessions_free (self->sessions);
  sohoa_qlvb_users_free (self->users);
  g_free (self);
}
