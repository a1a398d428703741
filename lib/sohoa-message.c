#include "sohoa-message.h"

#include <stdarg.h>
#include <string.h>

static const struct {
  const char *code, *text; /* "{name}" is a blank */
} messages[SOHOA_N_MESSAGES] = {
  [SOHOA_M1_KEPT] = { "M1", "Lô quét {batch} được giữ nguyên ({pages} trang). Mở lại bất cứ lúc nào." },
  [SOHOA_M2_JAM] = { "M2", "Kẹt giấy ở tờ thứ {sheet}. Lấy tờ kẹt ra, đặt lại {count} tờ cuối (từ tờ thứ {sheet}) rồi bấm "
                           "Quét tiếp." },
  [SOHOA_M2_JAM_FROM] = { "M2", "Kẹt giấy ở tờ thứ {sheet}. Lấy tờ kẹt ra, đặt lại từ tờ thứ {sheet} rồi bấm Quét tiếp." },
  [SOHOA_M3_DOUBLE_FEED] = { "M3", "Máy kéo hai tờ cùng lúc sau trang {page}. Đặt lại hai tờ này rồi bấm Quét lại, hoặc bấm "
                                   "Đúng là một tờ." },
  [SOHOA_M4_COUNT_MATCHES] = { "M4", "Đủ giấy: {sheets} tờ, {sides} mặt = {kept} trang giữ + {blank} trang trắng." },
  [SOHOA_M5_PAGE_MISSING] = { "M5", "Có thể thiếu trang: sau trang {before} là trang {after}. Kiểm tra bản giấy." },
  [SOHOA_M6_ANNEX_MISSING] = { "M6", "Văn bản ghi \"kèm theo Phụ lục\" nhưng chưa thấy phụ lục trong lô quét." },
  [SOHOA_M7_NO_NUMBER] = { "M7", "Văn bản chưa ghi số. Nếu bản giấy cũng không có, nên trả lại nơi gửi." },
  [SOHOA_M8_NO_SEAL] = { "M8", "Không thấy dấu của cơ quan ban hành ở trang cuối. Kiểm tra bản giấy." },
  [SOHOA_M9_IMPOSSIBLE_DATE] = { "M9", "Ngày {day} không có. Nhập lại {field}." },
  [SOHOA_M10_DATE_AFTER_ARRIVAL] = { "M10", "Ngày văn bản ({issued}) sau ngày đến ({arrived}). Kiểm tra lại." },
  [SOHOA_M11_LOOK_AT] = { "M11", "Còn {count} mục cần kiểm tra: {fields}. Bấm F8 để đến từng mục." },
  [SOHOA_M12_DUPLICATE] = { "M12", "Bản điện tử của văn bản này đã đến: số đến {number}, ngày {day}. Ghi nhận đã nhận bản "
                                   "giấy, hay đăng ký số mới?" },
  [SOHOA_M12_DUPLICATE_OPEN] = { "M12", "Nghi trùng: {why} với một văn bản khác chưa có số đến. Xử lý văn bản kia trước, "
                                        "hoặc đăng ký số mới." },
  [SOHOA_M13_OLD_BODY] = { "M13", "{body} đã kết thúc hoạt động từ {day}. Giữ nguyên tên trên văn bản." },
  [SOHOA_M14_COPY_FORM] = { "M14", "Bản nhận là {source} nên không lập bản {form} được. Chọn Không lập bản sao, hoặc đổi "
                                   "Loại bản nhận." },
  [SOHOA_M15_SECRET] = { "M15", "Tạm dừng: trang {page} có dấu hiệu mức độ mật. Lấy giấy ra khỏi máy và báo ngay người phụ "
                                "trách. Ảnh đã quét không được đưa vào QLVB." },
  [SOHOA_M15_SECRET_SOMEWHERE] = { "M15", "Tạm dừng: nghi tài liệu mật. Lấy giấy ra khỏi máy và báo ngay người phụ trách. "
                                          "Ảnh đã quét không được đưa vào QLVB." },
  [SOHOA_M16_SCANNER_MEMORY] = { "M16", "Máy quét này có thể còn lưu ảnh trong bộ nhớ. Báo người quản trị xóa bộ nhớ máy." },
  [SOHOA_M17_URGENT] = { "M17", "{urgency}: đăng ký và chuyển ngay. Giờ đến {time}." },
  [SOHOA_M18_SAME_DAY] = { "M18", "Còn {count} văn bản đến hôm nay chưa đăng ký. Hạn: hết ngày làm việc hôm nay." },
  [SOHOA_M19_TOKEN_MISSING] = { "M19", "Chưa thấy USB ký số. Cắm USB ký số của cơ quan rồi thử lại." },
  [SOHOA_M20_WRONG_PIN] = { "M20", "Sai mã PIN. Chưa ký văn bản nào. Kiểm tra rồi nhập lại; nhập sai nhiều lần USB sẽ bị "
                                   "khóa." },
  [SOHOA_M20_FINAL_TRY] = { "M20", "Chỉ còn một lần nhập trước khi USB bị khóa." },
  [SOHOA_M21_CERT_SOON] = { "M21", "Chứng thư số của cơ quan hết hạn ngày {day} (còn {left} ngày)." },
  [SOHOA_M21_CERT_EXPIRED] = { "M21", "Chứng thư số đã hết hạn. Không ký được." },
  [SOHOA_M22_TIME_STAMP_SLOW] = { "M22", "Dịch vụ dấu thời gian chưa trả lời. Văn bản vẫn đang chờ, có thể làm việc khác." },
  [SOHOA_M23_UNKNOWN_RESULT] = { "M23", "Đã gửi nhưng chưa rõ QLVB nhận được chưa. Đang hỏi lại, không gửi lần hai." },
  [SOHOA_M24_ACCEPTED] = { "M24", "QLVB đã tiếp nhận. Số đến {number}, ngày {day}. Ghi số này lên dấu ĐẾN." },
  [SOHOA_M25_NUMBER_DIFFERS] = { "M25", "Dấu ĐẾN trên giấy ghi {paper}, QLVB cấp {given}. Chọn số đúng trước khi chuyển "
                                        "giao." },
  [SOHOA_M26_REFUSED] = { "M26", "QLVB từ chối tiếp nhận: \"{reason}\". Bấm Sửa và chuyển lại." },
  [SOHOA_M27_RECALLED] = { "M27", "{body} thu hồi văn bản {document} (số đến {number}). Xác nhận để hủy bản đã nhận; số đến "
                                  "được giữ, ghi chú \"Đã thu hồi\"." },
  [SOHOA_M28_TOO_LARGE] = { "M28", "Tệp {size} MB, QLVB chỉ nhận {limit} MB. Tách thành {parts} phần, mỗi phần được ký số "
                                   "riêng?" },
  [SOHOA_M29_LOW_RESOLUTION] = { "M29", "Ảnh {dpi} dpi, thấp hơn mức {wanted} dpi phải có. Quét lại, hoặc chuyển nhưng không "
                                        "lập bản sao." },
  [SOHOA_M29_NOT_COLOUR] = { "M29", "Trang {page} không phải ảnh màu. Quét lại, hoặc chuyển nhưng không lập bản sao." },
  [SOHOA_M30_FILE_GROWING] = { "M30", "Tệp đang được ghi, chờ máy quét gửi xong (đã chờ {minutes} phút)." },
  [SOHOA_M31_NOT_READ] = { "M31", "Trang {page} chưa nhận dạng được chữ; ảnh vẫn được giữ đủ. Thử lại, hoặc chuyển với ghi "
                                  "chú." },
  [SOHOA_M32_SIGN] = { "M32", "Ký số cơ quan cho {count} văn bản, hình thức {form}?" },
  [SOHOA_M33_UNDO] = { "M33", "Đã bỏ trang {page}." },
  [SOHOA_M34_ALL_DONE] = { "M34", "Hôm nay: {registered} văn bản đã đăng ký, {accepted} đã tiếp nhận, {left} còn lại." },
};

const char *
sohoa_message_code (SohoaMessage message)
{
  g_return_val_if_fail ((guint) message < SOHOA_N_MESSAGES, "");
  return messages[message].code;
}

/* Fills one blank, wherever it stands. What was filled in is not looked at again: a value may hold braces. */
static void
append_filled (GString *out, const char *text, GPtrArray *pairs)
{
  while (*text != '\0') {
    const char *end = *text == '{' ? strchr (text, '}') : NULL;
    gsize n = end != NULL ? (gsize) (end - text - 1) : 0;
    guint i = 0;

    if (end == NULL) {
      g_string_append_c (out, *text++);
      continue;
    }
    while (i < pairs->len
           && !(strlen (g_ptr_array_index (pairs, i)) == n && strncmp (g_ptr_array_index (pairs, i), text + 1, n) == 0))
      i += 2;
    if (i < pairs->len)
      g_string_append (out, g_ptr_array_index (pairs, i + 1));
    else
      g_critical ("a message's blank %.*s has no value", (int) n, text + 1);
    text = end + 1;
  }
}

char *
sohoa_message_new (SohoaMessage message, ...)
{
  g_autoptr(GPtrArray) pairs = g_ptr_array_new ();
  GString *out = g_string_new (NULL);
  const char *word;
  va_list args;

  g_return_val_if_fail ((guint) message < SOHOA_N_MESSAGES, g_string_free (out, FALSE));
  va_start (args, message);
  while ((word = va_arg (args, const char *)) != NULL)
    g_ptr_array_add (pairs, (gpointer) word);
  va_end (args);
  if (pairs->len % 2 != 0)
    g_critical ("a message's blank %s has no value", (char *) g_ptr_array_index (pairs, pairs->len - 1));
  else
    append_filled (out, messages[message].text, pairs);
  return g_string_free (out, FALSE);
}
