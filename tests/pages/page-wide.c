#include "page-wide.h"

#include <string.h>

#define FIRST_YEAR 2020
#define LAST_YEAR 2026
#define PARAGRAPHS_PER_PAGE 5

#define PICK(rand, list) ((list)[g_rand_int_range ((rand), 0, G_N_ELEMENTS (list))])

typedef struct {
  PageFamily  family;
  const char *superior, *agency, *code, *unit, *place, *seal_bottom;
  const char *authority, *title;
} Body;

static const Body bodies[] = {
  { PAGE_FAMILY_ND30, "", "ỦY BAN NHÂN DÂN TỈNH BÌNH HẢI", "UBND", "TH", "Bình Hải", "TỈNH BÌNH HẢI",
    "TM. ỦY BAN NHÂN DÂN\nKT. CHỦ TỊCH", "PHÓ CHỦ TỊCH" },
  { PAGE_FAMILY_ND30, "", "HỘI ĐỒNG NHÂN DÂN TỈNH BÌNH HẢI", "HĐND", "VP", "Bình Hải", "TỈNH BÌNH HẢI", "", "CHỦ TỊCH" },
  { PAGE_FAMILY_ND30, "UBND TỈNH BÌNH HẢI", "VĂN PHÒNG", "VP", "HCTC", "Bình Hải", "T. BÌNH HẢI",
    "KT. CHÁNH VĂN PHÒNG", "PHÓ CHÁNH VĂN PHÒNG" },
  { PAGE_FAMILY_ND30, "ỦY BAN NHÂN DÂN TỈNH BÌNH HẢI", "SỞ GIÁO DỤC VÀ ĐÀO TẠO", "SGDĐT", "GDTrH", "Bình Hải",
    "T. BÌNH HẢI", "KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC" },
  { PAGE_FAMILY_ND30, "ỦY BAN NHÂN DÂN TỈNH BÌNH HẢI", "SỞ VĂN HÓA, THỂ THAO VÀ DU LỊCH", "SVHTTDL", "QLDSVH", "Bình Hải",
    "T. BÌNH HẢI", "", "GIÁM ĐỐC" },
  { PAGE_FAMILY_ND30, "SỞ Y TẾ BÌNH HẢI", "TRUNG TÂM KIỂM SOÁT BỆNH TẬT", "TTKSBT", "KHNV", "Bình Hải", "T. BÌNH HẢI",
    "", "GIÁM ĐỐC" },
  { PAGE_FAMILY_ND30, "UBND TỈNH BÌNH HẢI", "BAN QUẢN LÝ DỰ ÁN ĐẦU TƯ XÂY DỰNG", "BQLDA", "KTTĐ", "Bình Hải",
    "T. BÌNH HẢI", "KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC" },
  { PAGE_FAMILY_ND30, "UBND PHƯỜNG TÂN LỘC HẠ", "TRƯỜNG TIỂU HỌC HOA PHƯỢNG", "THHP", "CM", "Tân Lộc Hạ",
    "P. TÂN LỘC HẠ", "", "HIỆU TRƯỞNG" },
  { PAGE_FAMILY_ND30, "ỦY BAN NHÂN DÂN PHƯỜNG TÂN LỘC HẠ", "PHÒNG KINH TẾ, HẠ TẦNG VÀ ĐÔ THỊ", "KTHTĐT", "QH",
    "Tân Lộc Hạ", "P. TÂN LỘC HẠ", "", "TRƯỞNG PHÒNG" },
  { PAGE_FAMILY_ND30, "BỘ TÀI CHÍNH", "CỤC QUẢN LÝ GIÁ TRỊ SỐ", "QLGTS", "NV2", "Hà Nội", "BỘ TÀI CHÍNH",
    "KT. CỤC TRƯỞNG", "PHÓ CỤC TRƯỞNG" },
  { PAGE_FAMILY_ND30, "", "BỘ XÂY DỰNG", "BXD", "KHCN", "Hà Nội", "BỘ XÂY DỰNG", "KT. BỘ TRƯỞNG", "THỨ TRƯỞNG" },
  { PAGE_FAMILY_ND30, "CÔNG AN TỈNH BÌNH HẢI", "PHÒNG CẢNH SÁT GIAO THÔNG", "PCSGT", "Đ3", "Bình Hải", "T. BÌNH HẢI",
    "KT. TRƯỞNG PHÒNG", "PHÓ TRƯỞNG PHÒNG" },
  { PAGE_FAMILY_ND30, "BỘ TÀI CHÍNH", "KHO BẠC NHÀ NƯỚC KHU VỰC XXI", "KBKV21", "NV1", "Bình Hải", "KHU VỰC XXI",
    "", "GIÁM ĐỐC" },
  { PAGE_FAMILY_PARTY, "ĐẢNG BỘ TỈNH BÌNH HẢI", "BAN TỔ CHỨC", "BTCTU", "PNV", "Bình Hải", "T. BÌNH HẢI",
    "K/T TRƯỞNG BAN", "PHÓ TRƯỞNG BAN" },
  { PAGE_FAMILY_PARTY, "", "TỈNH ỦY BÌNH HẢI", "TU", "VPTU", "Bình Hải", "TỈNH ỦY", "T/M BAN THƯỜNG VỤ", "PHÓ BÍ THƯ" },
  { PAGE_FAMILY_PARTY, "ĐẢNG BỘ TỈNH BÌNH HẢI", "ĐẢNG ỦY PHƯỜNG TÂN LỘC HẠ", "ĐU", "VPĐU", "Tân Lộc Hạ",
    "P. TÂN LỘC HẠ", "T/M BAN THƯỜNG VỤ", "BÍ THƯ" },
  { PAGE_FAMILY_PARTY, "ĐẢNG ỦY PHƯỜNG TÂN LỘC HẠ", "CHI BỘ TRƯỜNG TIỂU HỌC HOA PHƯỢNG", "CB", "CB", "Tân Lộc Hạ",
    "P. TÂN LỘC HẠ", "T/M CHI BỘ", "BÍ THƯ" },
  { PAGE_FAMILY_MASS, "ỦY BAN MTTQ VIỆT NAM TỈNH BÌNH HẢI", "BAN THƯỜNG TRỰC", "MTTQ-BTT", "PT", "Bình Hải",
    "T. BÌNH HẢI", "TM. BAN THƯỜNG TRỰC", "PHÓ CHỦ TỊCH" },
  { PAGE_FAMILY_MASS, "TỔNG LIÊN ĐOÀN LAO ĐỘNG VIỆT NAM", "LIÊN ĐOÀN LAO ĐỘNG TỈNH BÌNH HẢI", "LĐLĐ", "CSPL", "Bình Hải",
    "T. BÌNH HẢI", "TM. BAN THƯỜNG VỤ", "CHỦ TỊCH" },
  { PAGE_FAMILY_MASS, "HỘI LHPN TỈNH BÌNH HẢI", "BAN THƯỜNG VỤ", "BTV", "TG", "Bình Hải", "T. BÌNH HẢI",
    "TM. BAN THƯỜNG VỤ", "PHÓ CHỦ TỊCH" },
  { PAGE_FAMILY_MASS, "", "HỘI CHỮ THẬP ĐỎ TỈNH BÌNH HẢI", "CTĐ", "VP", "Bình Hải", "T. BÌNH HẢI",
    "TM. BAN CHẤP HÀNH", "CHỦ TỊCH" },
  { PAGE_FAMILY_YOUTH, "", "BAN CHẤP HÀNH TỈNH BÌNH HẢI", "TĐTN", "TG", "Bình Hải", "T. BÌNH HẢI", "TM. BAN THƯỜNG VỤ",
    "PHÓ BÍ THƯ" },
  { PAGE_FAMILY_FIRM, "", "CÔNG TY CỔ PHẦN MÔI TRƯỜNG ĐÔ THỊ BÌNH HẢI", "MTBH", "KD", "Bình Hải", "T. BÌNH HẢI",
    "", "GIÁM ĐỐC" },
  { PAGE_FAMILY_FIRM, "TẬP ĐOÀN NĂNG LƯỢNG PHƯƠNG ĐÔNG", "CÔNG TY ĐIỆN LỰC BÌNH HẢI", "PCBH", "KTAT", "Bình Hải",
    "T. BÌNH HẢI", "KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC" },
  { PAGE_FAMILY_FIRM, "", "CÔNG TY TNHH MỘT THÀNH VIÊN THỦY NÔNG SÔNG LAM HẠ", "TNSLH", "QLN", "Tân Lộc Hạ",
    "T. BÌNH HẢI", "", "CHỦ TỊCH HỘI ĐỒNG THÀNH VIÊN" },
  { PAGE_FAMILY_COURT, "", "TÒA ÁN NHÂN DÂN TỈNH BÌNH HẢI", "TA", "VP", "Bình Hải", "T. BÌNH HẢI", "KT. CHÁNH ÁN",
    "PHÓ CHÁNH ÁN" },
  { PAGE_FAMILY_COURT, "", "TÒA ÁN NHÂN DÂN KHU VỰC 5", "TAKV5", "VP", "Bình Hải", "T. BÌNH HẢI", "", "THẨM PHÁN" },
  { PAGE_FAMILY_COURT, "VIỆN KIỂM SÁT NHÂN DÂN TỐI CAO", "VIỆN KIỂM SÁT NHÂN DÂN TỈNH BÌNH HẢI", "VKS", "P9", "Bình Hải",
    "T. BÌNH HẢI", "KT. VIỆN TRƯỞNG", "PHÓ VIỆN TRƯỞNG" },
};

typedef struct {
  const char *abbreviation, *name, *proper, *subject;
  guint       families; /* bits of those who write such papers */
} Kind;

#define IN(f) (1u << PAGE_FAMILY_##f)
#define STATE (IN (ND30) | IN (COURT))
#define ALL (IN (ND30) | IN (PARTY) | IN (FIRM) | IN (MASS) | IN (YOUTH) | IN (COURT))

static const Kind kinds[] = {
  { "NQ", "NGHỊ QUYẾT", "Nghị quyết", "Về nhiệm vụ {matter}", IN (ND30) | IN (PARTY) | IN (MASS) },
  { "QĐ", "QUYẾT ĐỊNH", "Quyết định", "Về việc phê duyệt kế hoạch {matter}", ALL },
  { "QĐ", "QUYẾT ĐỊNH", "Quyết định", "Về việc điều động, bổ nhiệm cán bộ phụ trách {matter}", ALL },
  { "CT", "CHỈ THỊ", "Chỉ thị", "Về việc tăng cường {matter}", IN (ND30) | IN (PARTY) },
  { "QC", "QUY CHẾ", "Quy chế", "Phối hợp trong {matter}", ALL },
  { "QyĐ", "QUY ĐỊNH", "Quy định", "Trách nhiệm của các đơn vị trong {matter}", STATE },
  { "TC", "THÔNG CÁO", "Thông cáo", "Kết quả phiên họp về {matter}", IN (ND30) },
  { "TB", "THÔNG BÁO", "Thông báo", "Kết luận của đồng chí Chủ tịch tại cuộc họp về {matter}", ALL },
  { "TB", "THÔNG BÁO", "Thông báo", "Về việc tổ chức kiểm tra {matter} năm 2026", ALL },
  { "HD", "HƯỚNG DẪN", "Hướng dẫn", "Thực hiện một số nội dung về {matter}", ALL },
  { "CTr", "CHƯƠNG TRÌNH", "Chương trình", "Hành động {matter} giai đoạn 2026 - 2030", ALL },
  { "KH", "KẾ HOẠCH", "Kế hoạch", "Triển khai thực hiện {matter}", ALL },
  { "PA", "PHƯƠNG ÁN", "Phương án", "Bảo đảm an toàn trong {matter}", ALL },
  { "ĐA", "ĐỀ ÁN", "Đề án", "Đổi mới {matter}", ALL },
  { "DA", "DỰ ÁN", "Dự án", "Đầu tư trang thiết bị phục vụ {matter}", IN (ND30) | IN (FIRM) },
  { "BC", "BÁO CÁO", "Báo cáo", "Kết quả thực hiện {matter} 6 tháng đầu năm", ALL },
  { "TTr", "TỜ TRÌNH", "Tờ trình", "Về việc đề nghị hỗ trợ kinh phí {matter}", ALL },
  { "BB", "BIÊN BẢN", "Biên bản", "Làm việc về {matter}", ALL },
  { "HĐ", "HỢP ĐỒNG", "Hợp đồng", "Cung cấp dịch vụ {matter}", IN (ND30) | IN (FIRM) },
  { "CĐ", "CÔNG ĐIỆN", "Công điện", "Về việc tập trung {matter}", IN (ND30) },
  { "BGN", "BẢN GHI NHỚ", "Bản ghi nhớ", "Hợp tác về {matter}", IN (ND30) | IN (FIRM) },
  { "BTT", "BẢN THỎA THUẬN", "Bản thỏa thuận", "Phối hợp {matter}", IN (ND30) | IN (FIRM) },
  { "GUQ", "GIẤY ỦY QUYỀN", "Giấy ủy quyền", "", IN (ND30) | IN (FIRM) },
  { "GM", "GIẤY MỜI", "Giấy mời", "Dự hội nghị về {matter}", ALL },
  { "GGT", "GIẤY GIỚI THIỆU", "Giấy giới thiệu", "", ALL },
  { "GNP", "GIẤY NGHỈ PHÉP", "Giấy nghỉ phép", "", IN (ND30) },
  { "PG", "PHIẾU GỬI", "Phiếu gửi", "", IN (ND30) },
  { "PC", "PHIẾU CHUYỂN", "Phiếu chuyển", "Chuyển đơn kiến nghị về {matter}", STATE },
  { "PB", "PHIẾU BÁO", "Phiếu báo", "Tiếp nhận hồ sơ {matter}", STATE },
  { "KL", "KẾT LUẬN", "Kết luận", "Về tiếp tục lãnh đạo {matter}", IN (PARTY) },
  { "CV", "CÔNG VĂN", "Công văn", "góp ý dự thảo quy chế {matter}", ALL },
  { "CV", "CÔNG VĂN", "Công văn", "báo cáo tình hình {matter}", ALL },
  { "CV", "CÔNG VĂN", "Công văn", "triển khai {matter}", ALL },
  { "CV", "CÔNG VĂN", "Công văn", "trả lời kiến nghị về {matter}", ALL },
};

static const char *const matters[] = {
  "công tác phòng, chống thiên tai và tìm kiếm cứu nạn", "công tác cải cách hành chính",
  "chuyển đổi số trong quản lý hồ sơ, tài liệu", "bảo đảm an toàn thực phẩm tại các trường học",
  "công tác giải phóng mặt bằng khu dân cư phía Nam", "thu gom, xử lý rác thải sinh hoạt",
  "nâng cao chất lượng khám bệnh, chữa bệnh", "công tác dân vận khéo", "phong trào thi đua yêu nước",
  "tiết kiệm điện mùa nắng nóng", "quản lý trật tự xây dựng trên địa bàn", "phổ biến, giáo dục pháp luật",
  "khắc phục hậu quả mưa lũ", "công tác thống kê, kiểm kê tài sản", "đào tạo nghề cho lao động nông thôn",
};

static const char *const sentences[] = {
  "Các cơ quan, đơn vị căn cứ chức năng, nhiệm vụ được giao chủ động xây dựng kế hoạch chi tiết, phân công người phụ trách "
  "và bố trí kinh phí trong dự toán để tổ chức thực hiện {matter} theo đúng quy định.",
  "Theo Nghị định số 45/2021/NĐ-CP ngày 31 tháng 3 năm 2021 và Thông tư số 07/2022/TT-BNV ngày 15/8/2022, việc thực hiện phải "
  "bảo đảm công khai, minh bạch, đúng đối tượng và tiết kiệm.",
  "Trong quý vừa qua đã hoàn thành {n} hạng mục, đạt {n},5% kế hoạch; còn {n} hạng mục chậm tiến độ do thời tiết và do "
  "khâu chuẩn bị hồ sơ chưa kịp thời.",
  "Kinh phí thực hiện là {n}.500.000 đồng, lấy từ nguồn chi thường xuyên và các nguồn hợp pháp khác; việc quyết toán theo chế độ "
  "hiện hành.",
  "Giao bộ phận văn phòng chủ trì, phối hợp với các đơn vị liên quan theo dõi, kiểm tra, đôn đốc và tổng hợp kết quả; kịp thời "
  "tham mưu giải quyết khó khăn, vướng mắc.",
  "Tăng cường thông tin, tuyên truyền bằng nhiều hình thức để cán bộ, công chức, người lao động và nhân dân hiểu rõ mục đích, ý "
  "nghĩa của {matter}.",
  "Tổ giúp việc gồm {n} thành viên làm việc theo chế độ kiêm nhiệm, tự giải thể sau khi hoàn thành nhiệm vụ.",
  "Đối với nội dung vượt thẩm quyền, đơn vị chủ trì lấy ý kiến bằng văn bản của các cơ quan có liên quan, hoàn thiện hồ sơ và "
  "trình cấp có thẩm quyền xem xét, quyết định.",
  "Thủ trưởng các đơn vị chịu trách nhiệm về tính chính xác của số liệu; không để xảy ra tình trạng báo cáo hình thức, số liệu "
  "không thống nhất giữa các kỳ.",
  "Hồ sơ hình thành trong quá trình thực hiện được lập, bảo quản và nộp lưu theo quy định về công tác văn thư, lưu trữ.",
};

static const char *const surnames[] = { "Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Phan", "Vũ", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ",
                                        "Ngô", "Dương", "Lý", "Trịnh", "Đào", "Đinh", "Lâm", "Mai" };
static const char *const middles[] = { "Văn", "Thị", "Đức", "Minh", "Thu", "Quốc", "Hữu", "Ngọc", "Khánh", "Xuân", "Thanh" };
static const char *const givens[] = { "Sơn Ca", "Thủy Tiên", "Bình Nguyên", "Hải Yến", "Tường Vân", "Khôi", "Quỳnh", "Thạch",
                                      "Nghiêm", "Duyên", "Bảo", "Hạnh", "Phượng", "Lượng", "Kỳ", "Ẩn" };
static const char *const degrees[] = { "", "", "", "", "ThS. ", "TS. ", "BS. " };

static const char *const askers[] = { "ĐƠN ĐỀ NGHỊ", "ĐƠN KIẾN NGHỊ", "ĐƠN KHIẾU NẠI", "ĐƠN PHẢN ÁNH" };

static char *
fill (GRand *rand, const char *text, const char *matter)
{
  g_autoptr (GString) out = g_string_new (text);
  g_autofree char *n = g_strdup_printf ("%d", g_rand_int_range (rand, 3, 90));

  g_string_replace (out, "{matter}", matter, 0);
  g_string_replace (out, "{n}", n, 0);
  return g_string_free (g_steal_pointer (&out), FALSE);
}

static void
add (PageDocument *self, char *text, gboolean bold, gboolean centred)
{
  PageParagraph *paragraph = g_new0 (PageParagraph, 1);

  paragraph->text = text;
  paragraph->bold = bold;
  paragraph->centred = centred;
  g_ptr_array_add (self->paragraphs, paragraph);
}

static gboolean
one_in (GRand *rand, int n)
{
  return g_rand_int_range (rand, 0, n) == 0;
}

void
page_wide_wish (GRand *rand, PageWish *wish)
{
  static const char *const urgencies[] = { "KHẨN", "THƯỢNG KHẨN", "HỎA TỐC" };
  static const char *const circles[] = { "LƯU HÀNH NỘI BỘ", "XEM XONG TRẢ LẠI" };
  static const PageFamily families[] = { PAGE_FAMILY_ND30, PAGE_FAMILY_ND30, PAGE_FAMILY_ND30, PAGE_FAMILY_ND30,
                                         PAGE_FAMILY_PARTY, PAGE_FAMILY_PARTY, PAGE_FAMILY_MASS, PAGE_FAMILY_FIRM,
                                         PAGE_FAMILY_COURT, PAGE_FAMILY_YOUTH, PAGE_FAMILY_PERSON };

  wish->wide = TRUE;
  wish->family = PICK (rand, families);
  wish->seal = wish->family != PAGE_FAMILY_PERSON && !one_in (rand, 8);
  wish->stamp_den = one_in (rand, 2);
  wish->handwritten = wish->family != PAGE_FAMILY_PERSON && one_in (rand, 4);
  wish->urgency = one_in (rand, 5) ? PICK (rand, urgencies) : NULL;
  wish->circulation = one_in (rand, 12) ? PICK (rand, circles) : NULL;
  wish->direction = one_in (rand, 4);
  wish->signed_block = one_in (rand, 4);
  wish->annex = one_in (rand, 4);
  wish->annex_lost = !wish->annex && one_in (rand, 12);
  wish->enclosure = !wish->annex && one_in (rand, 6);
  wish->copied = one_in (rand, 12);
  if (wish->family == PAGE_FAMILY_PERSON)
    wish->annex = wish->annex_lost = wish->enclosure = wish->copied = FALSE;
}

static char *
day_text (GRand *rand, const PageDocument *self, int days_on, char **iso_out)
{
  g_autoptr (GDateTime) day = g_date_time_new_utc (self->year, self->month, self->day, 0, 0, 0);
  g_autoptr (GDateTime) then = g_date_time_add_days (day, days_on);
  int d = g_date_time_get_day_of_month (then), m = g_date_time_get_month (then), y = g_date_time_get_year (then);

  *iso_out = g_date_time_format (then, "%Y-%m-%d");
  return one_in (rand, 2) ? g_strdup_printf ("ngày %02d/%d/%d", d, m, y)
                          : g_strdup_printf (m < 3 ? "ngày %02d tháng %02d năm %d" : "ngày %02d tháng %d năm %d", d, m, y);
}

/* "QUYẾT ĐỊNH" and its kin: who decides, on what grounds. */
static void
open_decision (PageDocument *self, const Body *body, const char *matter)
{
  const char *name = body->family == PAGE_FAMILY_PARTY ? body->agency : body->title;

  add (self, g_strdup (strstr (name, "PHÓ") == name ? body->agency : name), TRUE, TRUE);
  add (self, g_strdup ("Căn cứ Luật Tổ chức chính quyền địa phương ngày 16 tháng 6 năm 2025;"), FALSE, FALSE);
  add (self, g_strdup ("Căn cứ Nghị định số 30/2020/NĐ-CP ngày 05 tháng 3 năm 2020 của Chính phủ về công tác văn thư;"), FALSE,
       FALSE);
  add (self, g_strdup_printf ("Theo đề nghị của bộ phận chuyên môn tại Tờ trình số 88/TTr-CM ngày 02/3/2025 về %s,", matter),
       FALSE, FALSE);
  add (self, g_strconcat (self->type, ":", NULL), TRUE, TRUE);
}

static void
write_special (PageDocument *self, GRand *rand)
{
  if (g_str_equal (self->type, "GIẤY MỜI")) {
    g_autofree char *day = day_text (rand, self, g_rand_int_range (rand, 2, 12), &self->meeting_day);
    int hour = g_rand_int_range (rand, 7, 16), minute = 15 * g_rand_int_range (rand, 0, 4);

    self->meeting_time = g_strdup_printf ("%sT%02d:%02d", self->meeting_day, hour, minute);
    self->meeting_place = g_strdup_printf ("Phòng họp số %d, trụ sở %s", g_rand_int_range (rand, 1, 6), self->place);
    add (self, g_strdup_printf ("1. Thời gian: %02d giờ %02d phút, %s.", hour, minute, day), FALSE, FALSE);
    add (self, g_strdup_printf ("2. Địa điểm: %s.", self->meeting_place), FALSE, FALSE);
  }
  if (self->letter && one_in (rand, 3)) {
    self->reply_to = g_strdup_printf ("%d/SNV-VTLT", g_rand_int_range (rand, 100, 3000));
    g_free (((PageParagraph *) self->paragraphs->pdata[0])->text);
    ((PageParagraph *) self->paragraphs->pdata[0])->text
      = g_strdup_printf ("Trả lời Công văn số %s ngày 12/%d/%d của Sở Nội vụ tỉnh Bình Hải về việc phối hợp công tác, cơ quan "
                         "chúng tôi có ý kiến như sau:", self->reply_to, MAX (self->month - 1, 1), self->year);
  }
  if (!g_str_equal (self->type, "GIẤY MỜI") && one_in (rand, 3)) {
    g_autofree char *day = day_text (rand, self, g_rand_int_range (rand, 5, 40), &self->due);

    add (self, g_strdup_printf ("Đề nghị các đơn vị gửi kết quả về bộ phận tổng hợp trước %s để báo cáo cấp trên.", day), FALSE,
         FALSE);
  }
}

static void
write_body (PageDocument *self, GRand *rand, const Body *body, const char *matter)
{
  guint pages = self->wish.pages != 0 ? self->wish.pages : (guint) g_rand_int_range (rand, 1, 4);
  guint wanted = pages == 1 ? 3 : PARAGRAPHS_PER_PAGE * pages - 3;
  guint start = (guint) g_rand_int_range (rand, 0, G_N_ELEMENTS (sentences));
  gboolean decision = g_str_equal (self->type, "QUYẾT ĐỊNH") || g_str_equal (self->type, "NGHỊ QUYẾT");

  if (decision)
    open_decision (self, body, matter);
  for (guint i = 0; i < wanted; i++) {
    g_autofree char *text = fill (rand, sentences[(start + i) % G_N_ELEMENTS (sentences)], matter);

    add (self, decision ? g_strdup_printf ("Điều %u. %s", i + 1, text)
         : i == 0 ? g_strdup (text) : g_strdup_printf ("%u. %s", i, text), FALSE, FALSE);
  }
  write_special (self, rand);
  if (self->wish.annex || self->wish.annex_lost)
    add (self, g_strdup ("(Chi tiết tại Phụ lục kèm theo)"), FALSE, FALSE);
  add (self, g_strdup ("Trong quá trình thực hiện, nếu có khó khăn, vướng mắc, đề nghị phản ánh kịp thời để xem xét, giải quyết."),
       FALSE, FALSE);
}

static void
write_asking (PageDocument *self, GRand *rand, const char *matter)
{
  add (self, g_strdup_printf ("Tôi tên là: %s, sinh ngày 12/4/1975, thường trú tại thôn 3, xã Phú Vinh Đông.", self->signer), FALSE,
       FALSE);
  add (self, g_strdup_printf ("Nay tôi làm đơn này kính mong cơ quan xem xét việc sau: %s tại nơi tôi ở còn nhiều bất cập, kéo dài từ "
                              "ngày 05/01/2024 đến nay chưa được giải quyết.", matter), FALSE, FALSE);
  for (int i = 0; i < 3; i++)
    add (self, fill (rand, sentences[4 + i], matter), FALSE, FALSE);
  add (self, g_strdup ("Tôi xin cam đoan những điều trình bày trên là đúng sự thật. Kính mong được quan tâm giải quyết."), FALSE, FALSE);
}

static char *
make_name (GRand *rand)
{
  const char *a = PICK (rand, surnames), *b = PICK (rand, middles), *c = PICK (rand, givens);

  return g_strjoin (" ", a, b, c, NULL);
}

static void
fill_person (PageDocument *self, GRand *rand)
{
  const char *matter = PICK (rand, matters);

  self->type = PICK (rand, askers);
  self->number = g_strdup ("");
  self->notation = g_strdup ("");
  self->subject = g_strconcat ("Về ", matter, NULL);
  self->signer = make_name (rand);
  self->degree = "";
  self->agency = self->superior = self->authority = self->seal_bottom = "";
  self->title = "NGƯỜI LÀM ĐƠN";
  self->file_mark = "";
  self->place = "Phú Vinh Đông";
  self->addressee = g_strdup ("Ủy ban nhân dân xã Phú Vinh Đông");
  write_asking (self, rand, matter);
}

static char *
make_notation (const PageDocument *self, GRand *rand, const Body *body, const Kind *kind)
{
  switch (self->wish.family) {
  case PAGE_FAMILY_PARTY:
  case PAGE_FAMILY_YOUTH:
    return g_strdup_printf ("%s/%s", kind->abbreviation, body->code);
  case PAGE_FAMILY_FIRM:
    return g_strdup_printf ("%s%s-%s", one_in (rand, 2) ? "2026/" : "", kind->abbreviation, body->code);
  case PAGE_FAMILY_ND30:
  case PAGE_FAMILY_MASS:
  case PAGE_FAMILY_COURT:
  case PAGE_FAMILY_PERSON:
    break;
  }
  return self->letter ? g_strdup_printf ("%s-%s", body->code, body->unit)
                      : g_strdup_printf ("%s-%s", kind->abbreviation, body->code);
}

void
page_wide_fill (PageDocument *self, GRand *rand)
{
  const char *matter = PICK (rand, matters);
  const Body *body;
  const Kind *kind;

  self->number = NULL;
  self->day = g_rand_int_range (rand, 1, 28);
  self->month = g_rand_int_range (rand, 1, 13);
  self->year = g_rand_int_range (rand, FIRST_YEAR, LAST_YEAR + 1);
  if (self->wish.family == PAGE_FAMILY_PERSON) {
    fill_person (self, rand);
    return;
  }
  do
    body = &bodies[g_rand_int_range (rand, 0, G_N_ELEMENTS (bodies))];
  while (body->family != self->wish.family);
  do
    kind = &kinds[g_rand_int_range (rand, 0, G_N_ELEMENTS (kinds))];
  while ((kind->families & (1u << body->family)) == 0
         || (self->wish.type != NULL && !g_str_equal (self->wish.type, kind->abbreviation)));
  self->number = g_strdup_printf ("%02d", g_rand_int_range (rand, 1, one_in (rand, 3) ? 100 : 3500));
  self->type = kind->name;
  self->letter = g_str_equal (kind->abbreviation, "CV");
  self->notation = make_notation (self, rand, body, kind);
  self->subject = fill (rand, kind->subject, matter);
  self->addressee = self->letter || g_str_equal (kind->abbreviation, "TTr") || g_str_equal (kind->abbreviation, "GM")
                      ? g_strdup ("Các cơ quan, đơn vị có liên quan") : NULL;
  self->signer = make_name (rand);
  self->degree = body->family == PAGE_FAMILY_ND30 ? PICK (rand, degrees) : "";
  self->title = body->title;
  self->authority = body->authority;
  self->agency = body->agency;
  self->superior = body->superior;
  self->place = body->place;
  self->seal_bottom = body->seal_bottom;
  self->file_mark = body->unit;
  write_body (self, rand, body, matter);
}

const char *
page_wide_type_name (const PageDocument *document)
{
  if (document->wish.family == PAGE_FAMILY_PERSON)
    return "Đơn";
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_str_equal (kinds[i].name, document->type))
      return kinds[i].proper;
  return document->type;
}
