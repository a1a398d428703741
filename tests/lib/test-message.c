/* Every message of the desk's word list, letter for letter as the list has it. */
#include "sohoa-message.h"

#include <string.h>

#define SAYS(message, code, text, ...)                                   \
  do {                                                                   \
    g_autofree char *said = sohoa_message_new (message, __VA_ARGS__);    \
                                                                         \
    g_assert_cmpstr (said, ==, text);                                    \
    g_assert_cmpstr (sohoa_message_code (message), ==, code);            \
  } while (0)

static void
test_paper (void)
{
  SAYS (SOHOA_M1_KEPT, "M1", "Lô quét 07 được giữ nguyên (14 trang). Mở lại bất cứ lúc nào.", "batch", "07", "pages", "14", NULL);
  SAYS (SOHOA_M2_JAM, "M2",
        "Kẹt giấy ở tờ thứ 4. Lấy tờ kẹt ra, đặt lại 7 tờ cuối (từ tờ thứ 4) rồi bấm Quét tiếp.", "sheet", "4", "count", "7",
        NULL);
  SAYS (SOHOA_M2_JAM_FROM, "M2", "Kẹt giấy ở tờ thứ 4. Lấy tờ kẹt ra, đặt lại từ tờ thứ 4 rồi bấm Quét tiếp.", "sheet", "4", NULL);
  SAYS (SOHOA_M3_DOUBLE_FEED, "M3",
        "Máy kéo hai tờ cùng lúc sau trang 8. Đặt lại hai tờ này rồi bấm Quét lại, hoặc bấm Đúng là một tờ.", "page", "8", NULL);
  SAYS (SOHOA_M4_COUNT_MATCHES, "M4", "Đủ giấy: 10 tờ, 20 mặt = 17 trang giữ + 3 trang trắng.", "sheets", "10", "sides", "20",
        "kept", "17", "blank", "3", NULL);
  SAYS (SOHOA_M5_PAGE_MISSING, "M5", "Có thể thiếu trang: sau trang 3 là trang 5. Kiểm tra bản giấy.", "before", "3", "after",
        "5", NULL);
  SAYS (SOHOA_M6_ANNEX_MISSING, "M6", "Văn bản ghi \"kèm theo Phụ lục\" nhưng chưa thấy phụ lục trong lô quét.", NULL);
  SAYS (SOHOA_M7_NO_NUMBER, "M7", "Văn bản chưa ghi số. Nếu bản giấy cũng không có, nên trả lại nơi gửi.", NULL);
  SAYS (SOHOA_M8_NO_SEAL, "M8", "Không thấy dấu của cơ quan ban hành ở trang cuối. Kiểm tra bản giấy.", NULL);
  SAYS (SOHOA_M15_SECRET, "M15",
        "Tạm dừng: trang 1 có dấu hiệu mức độ mật. Lấy giấy ra khỏi máy và báo ngay người phụ trách. Ảnh đã quét không được "
        "đưa vào QLVB.", "page", "1", NULL);
  SAYS (SOHOA_M16_SCANNER_MEMORY, "M16",
        "Máy quét này có thể còn lưu ảnh trong bộ nhớ. Báo người quản trị xóa bộ nhớ máy.", NULL);
  SAYS (SOHOA_M29_LOW_RESOLUTION, "M29",
        "Ảnh 150 dpi, thấp hơn mức 200 dpi phải có. Quét lại, hoặc chuyển nhưng không lập bản sao.", "dpi", "150", "wanted",
        "200", NULL);
  SAYS (SOHOA_M30_FILE_GROWING, "M30", "Tệp đang được ghi, chờ máy quét gửi xong (đã chờ 2 phút).", "minutes", "2", NULL);
  SAYS (SOHOA_M31_NOT_READ, "M31",
        "Trang 6 chưa nhận dạng được chữ; ảnh vẫn được giữ đủ. Thử lại, hoặc chuyển với ghi chú.", "page", "6", NULL);
  SAYS (SOHOA_M33_UNDO, "M33", "Đã bỏ trang 3.", "page", "3", NULL);
}

static void
test_record (void)
{
  SAYS (SOHOA_M9_IMPOSSIBLE_DATE, "M9", "Ngày 31/02/2026 không có. Nhập lại ngày văn bản.", "day", "31/02/2026", "field",
        "ngày văn bản", NULL);
  SAYS (SOHOA_M10_DATE_AFTER_ARRIVAL, "M10", "Ngày văn bản (25/11/2026) sau ngày đến (22/11/2026). Kiểm tra lại.", "issued",
        "25/11/2026", "arrived", "22/11/2026", NULL);
  SAYS (SOHOA_M11_LOOK_AT, "M11", "Còn 2 mục cần kiểm tra: Số, Ngày văn bản. Bấm F8 để đến từng mục.", "count", "2", "fields",
        "Số, Ngày văn bản", NULL);
  SAYS (SOHOA_M12_DUPLICATE, "M12",
        "Bản điện tử của văn bản này đã đến: số đến 1523, ngày 20/11/2026. Ghi nhận đã nhận bản giấy, hay đăng ký số mới?",
        "number", "1523", "day", "20/11/2026", NULL);
  SAYS (SOHOA_M13_OLD_BODY, "M13",
        "Ủy ban nhân dân huyện Khoái Châu đã kết thúc hoạt động từ 01/7/2025. Giữ nguyên tên trên văn bản.", "body",
        "Ủy ban nhân dân huyện Khoái Châu", "day", "01/7/2025", NULL);
  SAYS (SOHOA_M14_COPY_FORM, "M14",
        "Bản nhận là bản phô tô nên không lập bản Sao y được. Chọn Không lập bản sao, hoặc đổi Loại bản nhận.", "source",
        "bản phô tô", "form", "Sao y", NULL);
  SAYS (SOHOA_M17_URGENT, "M17", "Hỏa tốc: đăng ký và chuyển ngay. Giờ đến 09:15.", "urgency", "Hỏa tốc", "time", "09:15", NULL);
  SAYS (SOHOA_M18_SAME_DAY, "M18", "Còn 5 văn bản đến hôm nay chưa đăng ký. Hạn: hết ngày làm việc hôm nay.", "count", "5", NULL);
  SAYS (SOHOA_M34_ALL_DONE, "M34", "Hôm nay: 46 văn bản đã đăng ký, 46 đã tiếp nhận, 0 còn lại.", "registered", "46",
        "accepted", "46", "left", "0", NULL);
}

static void
test_signing (void)
{
  SAYS (SOHOA_M19_TOKEN_MISSING, "M19", "Chưa thấy USB ký số. Cắm USB ký số của cơ quan rồi thử lại.", NULL);
  SAYS (SOHOA_M20_WRONG_PIN, "M20",
        "Sai mã PIN. Chưa ký văn bản nào. Kiểm tra rồi nhập lại; nhập sai nhiều lần USB sẽ bị khóa.", NULL);
  SAYS (SOHOA_M20_FINAL_TRY, "M20", "Chỉ còn một lần nhập trước khi USB bị khóa.", NULL);
  SAYS (SOHOA_M21_CERT_SOON, "M21", "Chứng thư số của cơ quan hết hạn ngày 05/12/2026 (còn 13 ngày).", "day", "05/12/2026",
        "left", "13", NULL);
  SAYS (SOHOA_M21_CERT_EXPIRED, "M21", "Chứng thư số đã hết hạn. Không ký được.", NULL);
  SAYS (SOHOA_M22_TIME_STAMP_SLOW, "M22",
        "Dịch vụ dấu thời gian chưa trả lời. Văn bản vẫn đang chờ, có thể làm việc khác.", NULL);
  SAYS (SOHOA_M32_SIGN, "M32", "Ký số cơ quan cho 12 văn bản, hình thức Sao y?", "count", "12", "form", "Sao y", NULL);
}

static void
test_sending (void)
{
  SAYS (SOHOA_M23_UNKNOWN_RESULT, "M23", "Đã gửi nhưng chưa rõ QLVB nhận được chưa. Đang hỏi lại, không gửi lần hai.", NULL);
  SAYS (SOHOA_M24_ACCEPTED, "M24", "QLVB đã tiếp nhận. Số đến 1524, ngày 22/11/2026. Ghi số này lên dấu ĐẾN.", "number", "1524",
        "day", "22/11/2026", NULL);
  SAYS (SOHOA_M25_NUMBER_DIFFERS, "M25",
        "Dấu ĐẾN trên giấy ghi 1542, QLVB cấp 1524. Chọn số đúng trước khi chuyển giao.", "paper", "1542", "given", "1524", NULL);
  SAYS (SOHOA_M26_REFUSED, "M26", "QLVB từ chối tiếp nhận: \"{lý do}\". Bấm Sửa và chuyển lại.", "reason", "{lý do}", NULL);
  SAYS (SOHOA_M27_RECALLED, "M27",
        "Sở Tài chính thu hồi văn bản 152/STC-NS (số đến 1490). Xác nhận để hủy bản đã nhận; số đến được giữ, ghi chú \"Đã thu "
        "hồi\".", "body", "Sở Tài chính", "document", "152/STC-NS", "number", "1490", NULL);
  SAYS (SOHOA_M28_TOO_LARGE, "M28", "Tệp 62 MB, QLVB chỉ nhận 50 MB. Tách thành 2 phần, mỗi phần được ký số riêng?", "size",
        "62", "limit", "50", "parts", "2", NULL);
}

/* The list has M1 to M34, each at least once; none beyond. */
static void
test_all (void)
{
  gboolean seen[35] = { FALSE };

  for (guint i = 0; i < SOHOA_N_MESSAGES; i++) {
    const char *code = sohoa_message_code (i);
    guint64 n = 0;

    g_assert_true (code[0] == 'M' && g_ascii_string_to_unsigned (code + 1, 10, 1, 34, &n, NULL));
    seen[n] = TRUE;
  }
  for (guint n = 1; n <= 34; n++)
    g_assert_true (seen[n]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/message/paper", test_paper);
  g_test_add_func ("/message/record", test_record);
  g_test_add_func ("/message/signing", test_signing);
  g_test_add_func ("/message/sending", test_sending);
  g_test_add_func ("/message/all", test_all);
  return g_test_run ();
}
