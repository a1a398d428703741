#include "sohoa-words.h"

#include "sohoa-errors.h"
#include "sohoa-text.h"
#include "sohoa-time.h"

#include <string.h>

typedef struct { const char *name, *text; } Word;

static const char *
find_word (const Word *words, gsize n, const char *name)
{
  for (gsize i = 0; i < n; i++)
    if (g_str_equal (words[i].name, name))
      return gettext (words[i].text);
  return NULL;
}

const char *
sohoa_words_reading (SohoaReading reading)
{
  switch (reading) {
  case SOHOA_READING_CLEAR: return _("Rõ");
  case SOHOA_READING_CHECK: return _("Cần kiểm tra");
  case SOHOA_READING_PERSON: return _("Đã nhập");
  case SOHOA_READING_NONE:
  default: return _("Chưa đọc được");
  }
}

const char *
sohoa_words_reading_class (SohoaReading reading)
{
  switch (reading) {
  case SOHOA_READING_CLEAR: return "reading-clear";
  case SOHOA_READING_CHECK: return "reading-check";
  case SOHOA_READING_PERSON: return "reading-person";
  case SOHOA_READING_NONE:
  default: return "reading-none";
  }
}

const char *
sohoa_words_field (const char *key)
{
  static const Word fields[] = {
    { "OrganSuperior", N_("Cơ quan chủ quản") }, { "OrganName", N_("Cơ quan ban hành") }, { "CodeNumber", N_("Số") },
    { "CodeNotation", N_("Ký hiệu") }, { "Place", N_("Địa danh") }, { "IssuedDate", N_("Ngày văn bản") },
    { "TypeName", N_("Tên loại") }, { "Subject", N_("Trích yếu") }, { "ToPlaces", N_("Nơi nhận") },
    { "Competence", N_("Quyền hạn ký") }, { "Position", N_("Chức vụ") }, { "FullName", N_("Người ký") },
    { "Priority", N_("Độ khẩn") }, { "SourceCopy", N_("Loại bản nhận") }, { "CopyForm", N_("Hình thức sao") },
    { "ArrivalBook", N_("Sổ văn bản") }, { "ArrivalNumber", N_("Số đến") }, { "ArrivalDate", N_("Ngày đến") },
    { "ArrivalTime", N_("Giờ đến") }, { "DueDate", N_("Hạn giải quyết") }, { "PageAmount", N_("Số trang") },
    { "ResponseFor", N_("Trả lời văn bản") }, { "MeetingTime", N_("Thời gian họp") }, { "MeetingPlace", N_("Địa điểm họp") },
    { "SphereOfPromulgation", N_("Phạm vi lưu hành") }, { "Description", N_("Ghi chú") }, { "OrganId", N_("Mã định danh") },
    { "Language", N_("Ngôn ngữ") },
  };
  const char *text = find_word (fields, G_N_ELEMENTS (fields), key);

  return text != NULL ? text : key;
}

const char *
sohoa_words_state (const char *state)
{
  static const Word states[] = {
    { "captured", N_("Đang kiểm tra độ mật") }, { "cleared", N_("Đang nhận dạng") }, { "processing", N_("Đang nhận dạng") },
    { "review", N_("Chờ kiểm tra") }, { "confirmed", N_("Chờ ký số") }, { "registered", N_("Chờ ký số") },
    { "signing", N_("Đang ký số") }, { "signed", N_("Chờ chuyển") }, { "submitting", N_("Đang chuyển") },
    { "delivered", N_("Đã đến") }, { "accepted", N_("Đã tiếp nhận") }, { "done", N_("Đã tiếp nhận") },
    { "refused", N_("Từ chối tiếp nhận") }, { "recalled", N_("Thu hồi") }, { "held", N_("Tạm dừng") },
    { "failed", N_("Có lỗi") }, { "cancelled", N_("Đã dừng xử lý") }, { "returned", N_("Trả lại nơi gửi") },
    { "superseded", N_("Đã có bản số hóa mới") },
  };
  const char *text = find_word (states, G_N_ELEMENTS (states), state);

  return text != NULL ? text : state;
}

const char *
sohoa_words_batch_state (const char *state)
{
  static const Word states[] = {
    { "scanning", N_("Đang quét") }, { "working", N_("Đang nhận dạng") }, { "waiting", N_("Đang chờ") }, { "held", N_("Tạm dừng") },
    { "done", N_("Đã quét xong") }, { "purged", N_("Đã hủy ảnh quét") },
  };
  const char *text = find_word (states, G_N_ELEMENTS (states), state);

  return text != NULL ? text : "";
}

static const char *const priorities[] = { N_("Thường"), N_("Khẩn"), N_("Thượng khẩn"), N_("Hỏa tốc"), N_("Hỏa tốc hẹn giờ") };

const char *
sohoa_words_priority (const char *value)
{
  guint64 which = g_ascii_strtoull (value, NULL, 10);

  return gettext (priorities[which < G_N_ELEMENTS (priorities) ? which : 0]);
}

/* ---- faults ---- */

static char *
paper_back (const char *what, guint sheet)
{
  if (sheet == 0)
    return g_strdup_printf (_("%s. Bấm Quét tiếp khi máy sẵn sàng."), what);
  return g_strdup_printf (_("%s ở tờ thứ %u. Đặt lại từ tờ thứ %u rồi bấm Quét tiếp."), what, sheet, sheet);
}

char *
sohoa_words_fault (const char *error_name, guint sheet)
{
  static const Word paper[] = {
    { "Scan.Jam", N_("Kẹt giấy") }, { "Scan.CoverOpen", N_("Nắp máy mở") }, { "Scan.DoubleFeed", N_("Máy kéo hai tờ cùng lúc") },
    { "Scan.Stopped", N_("Đã dừng quét") }, { "Scan.Interrupted", N_("Lần quét bị ngắt") },
    { "Scan.WorkerDied", N_("Chương trình điều khiển máy quét bị ngắt") }, { "Scan.Hang", N_("Máy quét không trả lời") },
    { "Scan.Vanished", N_("Mất kết nối với máy quét") }, { "Scan.Offline", N_("Máy quét đang tắt hoặc mất mạng") },
  };
  static const Word whole[] = {
    { "Scan.NoPaper", N_("Hết giấy trong khay nạp. Đặt giấy vào khay rồi bấm Quét tiếp.") },
    { "Scan.NoDevice", N_("Chưa thấy máy quét. Bật máy, kiểm tra dây nối rồi thử lại.") },
    { "Scan.DeviceBusy", N_("Máy quét đang bận. Chờ một lát rồi thử lại.") },
    { "Scan.AccessDenied", N_("Không được phép dùng máy quét này. Báo người quản trị.") },
    { "Scan.CountMismatch", N_("Số tờ quét được khác số tờ đã đếm. Đếm lại bản giấy rồi chọn cách xử lý.") },
    { "Scan.Quality", N_("Có trang chất lượng kém. Xem lại, quét lại hoặc nhận như hiện có.") },
    { "Gate.Secret", N_("Tạm dừng: có dấu hiệu mức độ mật. Lấy giấy ra khỏi máy và báo ngay người phụ trách. Ảnh đã quét "
                        "không được đưa vào QLVB.") },
    { "Gate.Unsure", N_("Không đọc được phần đầu trang nên chưa rõ có dấu mật không. Xem bản giấy rồi quyết định.") },
    { "Gate.NotCleared", N_("Trang này chưa qua kiểm tra độ mật nên chưa xem được.") },
    { "Sign.Pin", N_("Sai mã PIN. Chưa ký văn bản nào. Kiểm tra rồi nhập lại; nhập sai nhiều lần USB sẽ bị khóa.") },
    { "Sign.PinFinal", N_("Chỉ còn một lần nhập trước khi USB bị khóa. Kiểm tra thật kỹ mã PIN rồi nhập lại.") },
    { "Sign.PinLocked", N_("USB ký số đã bị khóa. Báo người quản trị mở khóa.") },
    { "Sign.TokenRemoved", N_("Chưa thấy USB ký số. Cắm USB ký số của cơ quan rồi thử lại.") },
    { "Sign.NoKey", N_("Chưa thấy khóa ký trên USB ký số. Cắm USB ký số của cơ quan rồi thử lại.") },
    { "Sign.Token", N_("USB ký số không trả lời. Rút ra, cắm lại rồi thử lại.") },
    { "Sign.CertExpired", N_("Chứng thư số đã hết hạn. Không ký được. Báo người quản trị.") },
    { "Sign.TsaUnreachable", N_("Dịch vụ dấu thời gian chưa trả lời. Văn bản vẫn đang chờ, có thể làm việc khác.") },
    { "Sign.Locked", N_("Văn bản đang chờ ký số. Bấm Ký số và nhập mã PIN.") },
    { "Submit.UnknownOutcome", N_("Đã gửi nhưng chưa rõ QLVB nhận được chưa. Đang hỏi lại, không gửi lần hai.") },
    { "Submit.Unreachable", N_("Chưa kết nối được QLVB. Văn bản vẫn đang chờ, sẽ tự chuyển lại.") },
    { "Conflict", N_("Văn bản vừa được sửa ở nơi khác. Đã mở lại bản mới, kiểm tra rồi làm lại.") },
    { "Unavailable", N_("Không gọi được dịch vụ số hóa. Việc đang làm vẫn được giữ nguyên. Chờ một lát.") },
    { "NotAuthorised", N_("Tài khoản này không được làm việc đó. Báo người quản trị.") },
    { "NeedsPerson", N_("Còn mục bắt buộc chưa được kiểm tra. Bấm F8 để đến từng mục.") },
    { "Store.NoSpace", N_("Ổ đĩa đã đầy. Báo người quản trị trước khi quét tiếp.") },
  };
  const char *what = find_word (paper, G_N_ELEMENTS (paper), error_name);

  if (what != NULL)
    return paper_back (what, sheet);
  return g_strdup (find_word (whole, G_N_ELEMENTS (whole), error_name));
}

char *
sohoa_words_error (const GError *error)
{
  const char *name = sohoa_error_name (error);
  g_autofree char *text = NULL;

  if (g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN)
      || g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY))
    name = "Unavailable";
  text = sohoa_words_fault (name, 0);
  return text != NULL ? g_strdup_printf ("%s [%s]", text, name) : g_strdup_printf (_("Không làm được: %s [%s]"), error->message, name);
}

gboolean
sohoa_words_match (const char *folded, const char *search)
{
  g_autofree char *wanted = sohoa_text_fold (search);
  g_auto(GStrv) words = g_strsplit (wanted, " ", -1);

  for (guint i = 0; words[i] != NULL; i++)
    if (words[i][0] != '\0' && strstr (folded, words[i]) == NULL)
      return FALSE;
  return TRUE;
}

/* ---- values ---- */

gboolean
sohoa_words_is_day (const char *key)
{
  return g_str_equal (key, "IssuedDate") || g_str_equal (key, "ArrivalDate") || g_str_equal (key, "DueDate");
}

/* Digits of @typed in three groups: by separators, or ddmmyyyy / ddmmyy. */
static gboolean
split_day (const char *typed, guint *day, guint *month, guint *year)
{
  g_auto(GStrv) parts = g_strsplit_set (typed, "/-. ", -1);
  guint64 all;

  if (g_strv_length (parts) == 3) {
    for (guint i = 0; i < 3; i++)
      if (parts[i][0] == '\0' || strspn (parts[i], "0123456789") != strlen (parts[i]) || strlen (parts[i]) > (i < 2 ? 2 : 4))
        return FALSE;
    *day = (guint) g_ascii_strtoull (parts[0], NULL, 10);
    *month = (guint) g_ascii_strtoull (parts[1], NULL, 10);
    *year = (guint) g_ascii_strtoull (parts[2], NULL, 10);
    return TRUE;
  }
  if (strspn (typed, "0123456789") != strlen (typed) || (strlen (typed) != 8 && strlen (typed) != 6))
    return FALSE;
  all = g_ascii_strtoull (typed, NULL, 10);
  *year = (guint) (all % (strlen (typed) == 8 ? 10000 : 100));
  all /= strlen (typed) == 8 ? 10000 : 100;
  *month = (guint) (all % 100);
  *day = (guint) (all / 100);
  return TRUE;
}

char *
sohoa_words_parse_day (const char *typed)
{
  g_autofree char *clean = g_strstrip (g_strdup (typed));
  g_autofree char *iso = NULL;
  guint day, month, year;

  if (sohoa_day_is_valid (clean))
    return g_steal_pointer (&clean);
  if (!split_day (clean, &day, &month, &year))
    return NULL;
  if (year < 100)
    year += 2000;
  iso = g_strdup_printf ("%04u-%02u-%02u", year, month, day);
  return sohoa_day_is_valid (iso) ? g_steal_pointer (&iso) : NULL;
}

const char *const *
sohoa_words_choices (const char *key)
{
  static const char *const levels[] = { "0", "1", "2", "3", "4", NULL };
  static const char *const copies[] = { "Bản chính", "Bản gốc", "Bản sao y", "Bản sao lục", "Bản trích sao", "Bản phô tô", "Bản fax", NULL };
  static const char *const forms[] = { "Sao y", "Sao lục", "Trích sao", "Không lập bản sao", NULL };

  return g_str_equal (key, "Priority") ? levels : g_str_equal (key, "SourceCopy") ? copies : g_str_equal (key, "CopyForm") ? forms : NULL;
}

static char *
join_places (const char *value)
{
  g_auto(GStrv) lines = g_strsplit (value, "\n", -1);

  return g_strjoinv ("; ", lines);
}

char *
sohoa_words_show (const char *key, const char *value)
{
  char *text = NULL;

  if (value[0] == '\0')
    return g_strdup ("");
  if (sohoa_words_is_day (key))
    text = sohoa_day_to_vietnamese (value);
  else if (g_str_equal (key, "Priority"))
    text = g_strdup (sohoa_words_priority (value));
  else if (g_str_equal (key, "ToPlaces"))
    text = join_places (value);
  return text != NULL ? text : g_strdup (value);
}

/* One place per line again. */
static char *
places_of (const char *shown)
{
  g_auto(GStrv) parts = g_strsplit (shown, ";", -1);
  g_autoptr(GString) text = g_string_new (NULL);

  for (guint i = 0; parts[i] != NULL; i++) {
    const char *part = g_strstrip (parts[i]);

    if (part[0] != '\0')
      g_string_append_printf (text, "%s%s", text->len > 0 ? "\n" : "", part);
  }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

char *
sohoa_words_read (const char *key, const char *shown)
{
  g_autofree char *clean = sohoa_text_squeeze (shown);

  if (clean[0] == '\0')
    return g_strdup ("");
  if (sohoa_words_is_day (key))
    return sohoa_words_parse_day (clean);
  if (g_str_equal (key, "ToPlaces"))
    return places_of (clean);
  if (g_str_equal (key, "Priority")) {
    for (guint i = 0; i < G_N_ELEMENTS (priorities); i++)
      if (g_str_equal (gettext (priorities[i]), clean))
        return g_strdup_printf ("%u", i);
    return NULL;
  }
  return g_steal_pointer (&clean);
}
