#include "sohoa-register.h"

#include "sohoa-record.h"

#include <string.h>

#define N_ARRIVALS 10
#define N_FOLLOW_UP 7

static const char *const arrival_columns[N_ARRIVALS + 1] = {
  "Ngày đến", "Số đến", "Tác giả", "Số, ký hiệu văn bản", "Ngày tháng văn bản", "Tên loại và trích yếu nội dung",
  "Đơn vị hoặc người nhận", "Ngày chuyển", "Ký nhận", "Ghi chú", NULL,
};
static const char *const follow_up_columns[N_FOLLOW_UP + 1] = {
  "Số đến", "Tên loại, số, ký hiệu, ngày tháng và cơ quan ban hành", "Đơn vị hoặc người nhận", "Thời hạn giải quyết",
  "Tiến độ giải quyết", "Số, ký hiệu văn bản trả lời", "Ghi chú", NULL,
};

gboolean
sohoa_register_kind_from_string (const char *text, SohoaRegisterKind *kind_out)
{
  *kind_out = g_str_equal (text, "follow-up") ? SOHOA_REGISTER_FOLLOW_UP : SOHOA_REGISTER_ARRIVALS;
  return *kind_out == SOHOA_REGISTER_FOLLOW_UP || g_str_equal (text, "arrivals");
}

const char *const *
sohoa_register_columns (SohoaRegisterKind kind)
{
  return kind == SOHOA_REGISTER_FOLLOW_UP ? follow_up_columns : arrival_columns;
}

static const char *
value (JsonObject *fields, const char *key)
{
  return fields != NULL ? json_object_get_string_member_with_default (fields, key, "") : "";
}

/* 20/11/2026 from 2026-11-20; what is no day stays. g_free. */
static char *
shown_day (const char *day)
{
  if (strlen (day) == 10 && day[4] == '-' && day[7] == '-')
    return g_strdup_printf ("%.2s/%.2s/%.4s", day + 8, day + 5, day);
  return g_strdup (day);
}

/* Non-empty parts joined. g_free. */
static char *
join (const char *gap, const char *a, const char *b)
{
  return g_strconcat (a, a[0] != '\0' && b[0] != '\0' ? gap : "", b, NULL);
}

static char *
note_of (const SohoaRegisterEntry *entry, JsonObject *fields)
{
  g_autofree char *gone = entry->is_void ? g_strconcat ("Hủy số", entry->reason != NULL && entry->reason[0] != '\0' ? ": " : "",
                                                        entry->reason != NULL ? entry->reason : "", NULL)
                                         : g_strdup ("");

  return join (". ", gone, value (fields, "Description"));
}

static char *
number_of (JsonObject *fields)
{
  return join ("/", value (fields, "CodeNumber"), value (fields, "CodeNotation"));
}

static char **
arrival_cells (const SohoaRegisterEntry *entry, JsonObject *fields)
{
  char **cells = g_new0 (char *, N_ARRIVALS + 1);
  const char *arrived = value (fields, "ArrivalDate");

  cells[0] = shown_day (arrived[0] != '\0' ? arrived : entry->day != NULL ? entry->day : "");
  cells[1] = g_strdup_printf ("%" G_GUINT64_FORMAT, entry->number);
  cells[2] = g_strdup (value (fields, "OrganName"));
  cells[3] = number_of (fields);
  cells[4] = shown_day (value (fields, "IssuedDate"));
  cells[5] = join (". ", value (fields, "TypeName"), value (fields, "Subject"));
  for (guint i = 6; i < 9; i++)
    cells[i] = g_strdup ("");
  cells[9] = note_of (entry, fields);
  return cells;
}

static char **
follow_up_cells (const SohoaRegisterEntry *entry, JsonObject *fields)
{
  char **cells = g_new0 (char *, N_FOLLOW_UP + 1);
  g_autofree char *number = number_of (fields);
  g_autofree char *day = shown_day (value (fields, "IssuedDate"));
  g_autofree char *what = join (" ", value (fields, "TypeName"), number);
  g_autofree char *when = join (" ngày ", what, day);

  cells[0] = g_strdup_printf ("%" G_GUINT64_FORMAT, entry->number);
  cells[1] = join (", ", when, value (fields, "OrganName"));
  cells[2] = g_strdup ("");
  cells[3] = shown_day (value (fields, "DueDate"));
  cells[4] = g_strdup (entry->progress != NULL ? entry->progress : "");
  cells[5] = g_strdup ("");
  cells[6] = note_of (entry, fields);
  return cells;
}

char **
sohoa_register_cells (SohoaRegisterKind kind, const SohoaRegisterEntry *entry)
{
  g_autoptr(JsonNode) root = json_from_string (entry->fields_json != NULL ? entry->fields_json : "{}", NULL);
  JsonObject *fields = root != NULL && JSON_NODE_HOLDS_OBJECT (root) ? json_node_get_object (root) : NULL;

  return kind == SOHOA_REGISTER_FOLLOW_UP ? follow_up_cells (entry, fields) : arrival_cells (entry, fields);
}

char **
sohoa_register_gap_cells (SohoaRegisterKind kind, guint64 first, guint64 last)
{
  guint n = kind == SOHOA_REGISTER_FOLLOW_UP ? N_FOLLOW_UP : N_ARRIVALS;
  char **cells = g_new0 (char *, n + 1);

  for (guint i = 0; i < n; i++)
    cells[i] = g_strdup ("");
  g_free (cells[kind == SOHOA_REGISTER_FOLLOW_UP ? 0 : 1]);
  cells[kind == SOHOA_REGISTER_FOLLOW_UP ? 0 : 1]
    = first == last ? g_strdup_printf ("%" G_GUINT64_FORMAT, first)
                    : g_strdup_printf ("%" G_GUINT64_FORMAT "–%" G_GUINT64_FORMAT, first, last);
  g_free (cells[n - 1]);
  cells[n - 1] = g_strdup ("Không đăng ký tại bàn số hóa. Xem QLVB hoặc sổ giấy.");
  return cells;
}
