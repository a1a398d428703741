/* The words. Every agency, place, person and event here is invented. */
#include "page-document.h"

#include "page-wide.h"

#include <string.h>

#define PARAGRAPHS_PER_PAGE 6
#define FIRST_YEAR 2020
#define LAST_YEAR 2026

typedef struct {
  const char *authority, *title;
} Post;

typedef struct {
  PageFamily  family;
  const char *superior, *agency, *code, *unit, *place, *seal_bottom;
  Post        posts[2];
} Issuer;

static const Issuer issuers[] = {
  { PAGE_FAMILY_ND30, "", "ỦY BAN NHÂN DÂN TỈNH AN LẠC", "UBND", "KTTH", "An Lạc", "TỈNH AN LẠC",
    { { "TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH" }, { "TM. ỦY BAN NHÂN DÂN\nKT. CHỦ TỊCH", "PHÓ CHỦ TỊCH" } } },
  { PAGE_FAMILY_ND30, "ỦY BAN NHÂN DÂN TỈNH AN LẠC", "SỞ TÀI CHÍNH", "STC", "QLNS", "An Lạc", "T. AN LẠC",
    { { "", "GIÁM ĐỐC" }, { "KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC" } } },
  { PAGE_FAMILY_ND30, "ỦY BAN NHÂN DÂN TỈNH AN LẠC", "SỞ NỘI VỤ", "SNV", "VTLT", "An Lạc", "T. AN LẠC",
    { { "", "GIÁM ĐỐC" }, { "KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC" } } },
  { PAGE_FAMILY_ND30, "ỦY BAN NHÂN DÂN TỈNH AN LẠC", "SỞ NÔNG NGHIỆP VÀ MÔI TRƯỜNG", "SNNMT", "TL", "An Lạc",
    "T. AN LẠC", { { "", "GIÁM ĐỐC" }, { "KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC" } } },
  { PAGE_FAMILY_ND30, "ỦY BAN NHÂN DÂN TỈNH AN LẠC", "ỦY BAN NHÂN DÂN XÃ PHÚ VINH ĐÔNG", "UBND", "VP",
    "Phú Vinh Đông", "X. PHÚ VINH ĐÔNG",
    { { "TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH" }, { "TM. ỦY BAN NHÂN DÂN\nKT. CHỦ TỊCH", "PHÓ CHỦ TỊCH" } } },
  { PAGE_FAMILY_ND30, "SỞ GIÁO DỤC VÀ ĐÀO TẠO AN LẠC", "TRƯỜNG TRUNG HỌC PHỔ THÔNG HOA SEN", "THPTHS", "TCHC",
    "An Lạc", "T. AN LẠC", { { "", "HIỆU TRƯỞNG" }, { "KT. HIỆU TRƯỞNG", "PHÓ HIỆU TRƯỞNG" } } },
  { PAGE_FAMILY_ND30, "BỘ KHOA HỌC VÀ CÔNG NGHỆ", "VIỆN GIẤY TỜ SỐ", "VGTS", "HTQT", "Hà Nội", "BỘ KH VÀ CN",
    { { "", "VIỆN TRƯỞNG" }, { "KT. VIỆN TRƯỞNG", "PHÓ VIỆN TRƯỞNG" } } },
  { PAGE_FAMILY_PARTY, "TỈNH ỦY AN LẠC", "ĐẢNG ỦY XÃ PHÚ VINH ĐÔNG", "ĐU", "VPĐU", "Phú Vinh Đông", "TỈNH ỦY AN LẠC",
    { { "T/M BAN THƯỜNG VỤ", "BÍ THƯ" }, { "T/M BAN THƯỜNG VỤ", "PHÓ BÍ THƯ" } } },
  { PAGE_FAMILY_PARTY, "ĐẢNG BỘ TỈNH AN LẠC", "VĂN PHÒNG TỈNH ỦY", "VPTU", "PTH", "An Lạc", "T. AN LẠC",
    { { "", "CHÁNH VĂN PHÒNG" }, { "K/T CHÁNH VĂN PHÒNG", "PHÓ CHÁNH VĂN PHÒNG" } } },
  { PAGE_FAMILY_FIRM, "", "CÔNG TY TNHH XÂY DỰNG AN HẢI", "AH", "KD", "An Lạc", "T. AN LẠC",
    { { "", "GIÁM ĐỐC" }, { "KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC" } } },
  { PAGE_FAMILY_FIRM, "", "CÔNG TY CỔ PHẦN CẤP NƯỚC SÔNG LAM HẠ", "CNLH", "KT", "Phú Vinh Đông", "T. AN LẠC",
    { { "", "TỔNG GIÁM ĐỐC" }, { "KT. TỔNG GIÁM ĐỐC", "PHÓ TỔNG GIÁM ĐỐC" } } },
};

typedef struct {
  const char *abbreviation, *name, *subject; /* the subject's {matter} is filled in */
} Type;

static const Type types[] = {
  { "QĐ", "QUYẾT ĐỊNH", "Về việc ban hành kế hoạch thực hiện {matter}" },
  { "CV", "CÔNG VĂN", "tăng cường {matter}" },
  { "CV", "CÔNG VĂN", "báo cáo kết quả thực hiện {matter}" },
  { "CV", "CÔNG VĂN", "góp ý dự thảo kế hoạch {matter}" },
  { "TB", "THÔNG BÁO", "Về việc kiểm tra {matter}" },
  { "GM", "GIẤY MỜI", "Dự hội nghị triển khai {matter}" },
  { "BC", "BÁO CÁO", "Kết quả thực hiện {matter}" },
  { "KH", "KẾ HOẠCH", "Triển khai {matter}" },
  { "TTr", "TỜ TRÌNH", "Về việc phê duyệt kinh phí thực hiện {matter}" },
  { "HD", "HƯỚNG DẪN", "Thực hiện {matter}" },
  { "CTr", "CHƯƠNG TRÌNH", "Đẩy mạnh {matter}" },
  { "PA", "PHƯƠNG ÁN", "Bảo đảm {matter}" },
};

static const char *const matters[] = {
  "công tác phòng cháy, chữa cháy tại các chợ dân sinh",
  "số hóa hồ sơ, tài liệu lưu trữ giai đoạn 2",
  "công tác vệ sinh môi trường nông thôn quý III",
  "chương trình trồng cây phân tán ven các tuyến đường",
  "công tác tiếp công dân và giải quyết đơn thư",
  "tiêm phòng cho đàn gia súc, gia cầm đợt 2",
  "sửa chữa hệ thống kênh mương nội đồng trước mùa mưa",
  "công tác an toàn giao thông khu vực trường học",
  "xây dựng thư viện cộng đồng tại các thôn",
  "bồi dưỡng kỹ năng số cho cán bộ, công chức cấp xã",
  "công tác gửi, nhận văn bản điện tử trên địa bàn",
  "chăm sóc sức khỏe người cao tuổi",
  "cải tạo lưới chiếu sáng công cộng",
  "công tác quản lý tài sản công",
};

static const char *const sentences[] = {
  "Thực hiện chỉ đạo của cấp trên về {matter}, trong thời gian qua các cơ quan, đơn vị đã chủ động xây dựng kế hoạch, "
  "phân công nhiệm vụ cụ thể và bố trí nguồn lực để tổ chức thực hiện, bước đầu đạt được kết quả tích cực.",
  "Tuy nhiên, qua kiểm tra thực tế tại {n} đơn vị, việc triển khai ở một số nơi còn chậm, hồ sơ theo dõi chưa đầy đủ, "
  "công tác phối hợp giữa các bộ phận chưa chặt chẽ, chế độ thông tin, báo cáo chưa kịp thời.",
  "Các cơ quan, đơn vị rà soát toàn bộ nhiệm vụ được giao, lập danh mục việc còn tồn đọng, xác định rõ nguyên nhân, "
  "người chịu trách nhiệm và thời hạn hoàn thành, gửi về {agency} trước ngày {day} để tổng hợp.",
  "Bố trí kinh phí từ nguồn chi thường xuyên đã được giao trong năm với tổng số tiền không vượt quá {n}.000.000 đồng; "
  "việc quản lý, sử dụng và thanh quyết toán thực hiện theo quy định hiện hành.",
  "Giao bộ phận văn phòng làm đầu mối theo dõi, đôn đốc, tổng hợp kết quả hằng tháng; kịp thời báo cáo những khó khăn, "
  "vướng mắc phát sinh để xem xét, giải quyết theo thẩm quyền.",
  "Tăng cường tuyên truyền trên hệ thống truyền thanh cơ sở, trang thông tin điện tử và bảng tin công cộng để tổ chức, "
  "cá nhân biết và cùng tham gia thực hiện {matter}.",
  "Thủ trưởng các cơ quan, đơn vị chịu trách nhiệm trước pháp luật về tính chính xác của số liệu báo cáo; không để xảy "
  "ra tình trạng báo cáo hình thức, số liệu không thống nhất giữa các kỳ.",
  "Tổ công tác gồm {n} thành viên họp định kỳ vào tuần cuối của tháng, đánh giá tiến độ từng nội dung, thống nhất biện "
  "pháp tháo gỡ và ghi biên bản làm căn cứ thực hiện trong tháng tiếp theo.",
  "Việc kiểm tra được tiến hành trực tiếp tại cơ sở, kết hợp xem xét hồ sơ, sổ sách và trao đổi với người dân; kết quả "
  "kiểm tra được công khai tại nơi tiếp công dân trong thời hạn {n} ngày làm việc.",
  "Đối với các nội dung vượt thẩm quyền, đơn vị chủ trì lấy ý kiến bằng văn bản của các cơ quan có liên quan, hoàn thiện "
  "hồ sơ và trình cấp có thẩm quyền xem xét, quyết định trước ngày {day}.",
  "Hồ sơ, tài liệu hình thành trong quá trình thực hiện được lập, lưu trữ và số hóa theo quy định về công tác văn thư, "
  "bảo đảm tra cứu thuận tiện, an toàn và lâu dài.",
  "Đề nghị các đồng chí trưởng thôn, tổ trưởng tổ dân phố phối hợp vận động nhân dân hưởng ứng, đồng thời phản ánh kịp "
  "thời những kiến nghị từ cơ sở về {agency} qua đường dây liên hệ đã công bố.",
  "Trong các tháng đầu năm, khối lượng công việc hoàn thành đạt {n},5% kế hoạch; số hồ sơ giải quyết đúng hạn tăng so "
  "với cùng kỳ năm trước; không phát sinh khiếu nại kéo dài.",
  "Quá trình thực hiện nếu có khó khăn, vướng mắc, đề nghị phản ánh bằng văn bản về {agency} để được hướng dẫn, giải "
  "quyết kịp thời.",
};

static const char *const family_names[] = { "Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Đặng", "Bùi", "Đỗ", "Ngô", "Dương",
                                            "Lý", "Vũ", "Huỳnh", "Tạ" };
static const char *const middle_names[] = { "Văn", "Thị", "Đức", "Minh", "Thu", "Quốc", "Hữu", "Ngọc", "Khánh" };
static const char *const given_names[] = { "Sơn Ca", "Thủy Tiên", "Bình Nguyên", "Lâm Vũ", "Hải Yến", "Tường Vân",
                                           "Khôi", "Quỳnh", "Thạch", "Nghiêm", "Duyên", "Bảo", "Hạnh", "Phượng" };
static const char *const recipients[] = { "Như trên", "Như Điều 3", "Ban Giám đốc", "Các phòng chuyên môn",
                                          "Trạm Y tế xã", "Trung tâm Phục vụ hành chính công", "Đài Truyền thanh",
                                          "Phòng Kinh tế", "Các thôn, tổ dân phố", "Hội Người cao tuổi",
                                          "Trường Mầm non Hoa Mai", "Trang thông tin điện tử" };
static const char *const addressees[] = { "Các cơ quan, đơn vị trực thuộc", "Ủy ban nhân dân xã Phú Vinh Đông",
                                          "Trung tâm Phục vụ hành chính công tỉnh An Lạc", "Sở Nội vụ tỉnh An Lạc" };
static const char *const arrival_agencies[] = { "SỞ NỘI VỤ TỈNH AN LẠC", "UBND XÃ PHÚ VINH ĐÔNG",
                                                "TRUNG TÂM LƯU TRỮ SỐ" };

static const char *const kind_names[PAGE_N_KINDS] = { "clean", "office", "bleed", "old", "shadow", "rot", "fax" };
static const char *const family_texts[] = { "nd30", "party", "firm", "mass", "youth", "court", "person" };

static const char *
pick (GRand *rand, const char *const *list, guint n)
{
  return list[g_rand_int_range (rand, 0, (gint32) n)];
}
#define PICK(rand, list) pick ((rand), (list), G_N_ELEMENTS (list))

const char *
page_kind_to_string (PageKind kind)
{
  return kind_names[kind];
}

gboolean
page_kind_from_string (const char *text, PageKind *out)
{
  for (int i = 0; i < PAGE_N_KINDS; i++) {
    if (strcmp (text, kind_names[i]) == 0) {
      *out = (PageKind) i;
      return TRUE;
    }
  }
  return FALSE;
}

const char *
page_family_to_string (PageFamily family)
{
  return family_texts[family];
}

gboolean
page_family_from_string (const char *text, PageFamily *out)
{
  for (guint i = 0; i < G_N_ELEMENTS (family_texts); i++) {
    if (strcmp (text, family_texts[i]) == 0) {
      *out = (PageFamily) i;
      return TRUE;
    }
  }
  return FALSE;
}

static const Issuer *
choose_issuer (GRand *rand, PageFamily family)
{
  for (;;) {
    const Issuer *issuer = &issuers[g_rand_int_range (rand, 0, G_N_ELEMENTS (issuers))];

    if (issuer->family == family)
      return issuer;
  }
}

static const Type *
choose_type (GRand *rand, const char *wanted)
{
  for (guint tries = 0; tries < 1000; tries++) {
    const Type *type = &types[g_rand_int_range (rand, 0, G_N_ELEMENTS (types))];

    if (wanted == NULL || strcmp (type->abbreviation, wanted) == 0)
      return type;
  }
  return &types[0];
}

static void
paragraph_free (gpointer data)
{
  PageParagraph *paragraph = data;

  g_free (paragraph->text);
  g_free (paragraph);
}

static void
add_paragraph (PageDocument *self, char *text, gboolean bold, gboolean centred)
{
  PageParagraph *paragraph = g_new0 (PageParagraph, 1);

  paragraph->text = text;
  paragraph->bold = bold;
  paragraph->centred = centred;
  g_ptr_array_add (self->paragraphs, paragraph);
}

static char *
fill_sentence (GRand *rand, const char *sentence, const char *matter, const char *agency, int year)
{
  g_autoptr (GString) text = g_string_new (sentence);
  g_autofree char *n = g_strdup_printf ("%d", g_rand_int_range (rand, 3, 90));
  g_autofree char *day = g_strdup_printf ("%02d/%d/%d", g_rand_int_range (rand, 1, 29), g_rand_int_range (rand, 1, 13),
                                          year);

  g_string_replace (text, "{matter}", matter, 0);
  g_string_replace (text, "{agency}", agency, 0);
  g_string_replace (text, "{day}", day, 0);
  g_string_replace (text, "{n}", n, 0);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* "ỦY BAN NHÂN DÂN TỈNH AN LẠC" is written "Ủy ban nhân dân tỉnh An Lạc" in running text; a plain
 * "cơ quan chủ trì" is always right. */
static void
write_body (PageDocument *self, GRand *rand, const char *matter)
{
  static const char agency[] = "cơ quan chủ trì";
  guint pages = self->wish.pages != 0 ? self->wish.pages : (guint) g_rand_int_range (rand, 1, 4);
  guint wanted = pages == 1 ? 3 : PARAGRAPHS_PER_PAGE * pages - 4;
  gboolean decision = strcmp (self->type, "QUYẾT ĐỊNH") == 0;
  guint start = (guint) g_rand_int_range (rand, 0, G_N_ELEMENTS (sentences));

  if (decision) {
    add_paragraph (self, g_strdup ("Căn cứ Luật Tổ chức chính quyền địa phương;"), FALSE, FALSE);
    add_paragraph (self, g_strdup_printf ("Xét đề nghị của bộ phận chuyên môn về %s,", matter), FALSE, FALSE);
    add_paragraph (self, g_strdup ("QUYẾT ĐỊNH:"), TRUE, TRUE);
  }
  for (guint i = 0; i < wanted; i++) {
    const char *sentence = i == 0            ? sentences[0]
                           : i + 1 == wanted ? sentences[G_N_ELEMENTS (sentences) - 1]
                                             : sentences[1 + (start + i) % (G_N_ELEMENTS (sentences) - 2)];
    g_autofree char *text = fill_sentence (rand, sentence, matter, agency, self->year);

    if (decision)
      add_paragraph (self, g_strdup_printf ("Điều %u. %s", i + 1, text), FALSE, FALSE);
    else
      add_paragraph (self, i == 0 ? g_strdup (text) : g_strdup_printf ("%u. %s", i, text), FALSE, FALSE);
  }
}

static void
choose_arrival (PageDocument *self, GRand *rand)
{
  int day = MIN (self->day + g_rand_int_range (rand, 1, 5), 28);

  if (!self->wish.stamp_den)
    return;
  self->arrival_agency = PICK (rand, arrival_agencies);
  self->arrival_number = g_strdup_printf ("%d", g_rand_int_range (rand, 100, 4999));
  self->arrival_date = g_strdup_printf ("%d/%d/%d", day, self->month, self->year);
}

static void
choose_recipients (PageDocument *self, GRand *rand)
{
  guint wanted = (guint) g_rand_int_range (rand, 2, 5);

  self->recipients = g_ptr_array_new_with_free_func (g_free);
  while (self->recipients->len < wanted) {
    const char *name = PICK (rand, recipients);

    if (!g_ptr_array_find_with_equal_func (self->recipients, name, g_str_equal, NULL))
      g_ptr_array_add (self->recipients, g_strdup (name));
  }
}

static char *
make_notation (const PageDocument *self, const Issuer *issuer, const Type *type)
{
  if (issuer->family == PAGE_FAMILY_PARTY)
    return g_strdup_printf ("%s/%s", type->abbreviation, issuer->code);
  if (self->letter && issuer->family == PAGE_FAMILY_FIRM)
    return g_strdup_printf ("CV-%s", issuer->code);
  if (self->letter)
    return g_strdup_printf ("%s-%s", issuer->code, issuer->unit);
  return g_strdup_printf ("%s-%s", type->abbreviation, issuer->code);
}

static void
fill_usual (PageDocument *self, GRand *rand)
{
  const PageWish *wish = &self->wish;
  const Issuer *issuer = choose_issuer (rand, wish->family);
  const Type *type = choose_type (rand, wish->type);
  const char *matter = PICK (rand, matters);
  const Post *post = &issuer->posts[g_rand_int_range (rand, 0, 2)];

  self->number = g_strdup_printf ("%02d", g_rand_int_range (rand, 1, 2400));
  self->day = g_rand_int_range (rand, 1, 28);
  self->month = g_rand_int_range (rand, 1, 13);
  self->year = g_rand_int_range (rand, FIRST_YEAR, LAST_YEAR + 1);
  self->type = type->name;
  self->letter = strcmp (type->abbreviation, "CV") == 0;
  self->notation = make_notation (self, issuer, type);
  self->subject = fill_sentence (rand, type->subject, matter, "", self->year);
  self->addressee = self->letter || strcmp (type->abbreviation, "TTr") == 0 ? g_strdup (PICK (rand, addressees)) : NULL;
  self->signer = g_strjoin (" ", PICK (rand, family_names), PICK (rand, middle_names), PICK (rand, given_names), NULL);
  self->title = post->title;
  self->authority = post->authority;
  self->agency = issuer->agency;
  self->superior = issuer->superior;
  self->place = issuer->place;
  self->seal_bottom = issuer->seal_bottom;
  self->file_mark = issuer->unit;
  self->degree = "";
  choose_recipients (self, rand);
  choose_arrival (self, rand);
  write_body (self, rand, matter);
}

PageDocument *
page_document_new (GRand *rand, const PageWish *wish)
{
  PageDocument *self = g_new0 (PageDocument, 1);

  self->wish = *wish;
  self->paragraphs = g_ptr_array_new_with_free_func (paragraph_free);
  if (wish->wide) {
    page_wide_fill (self, rand);
    choose_recipients (self, rand);
    choose_arrival (self, rand);
  } else
    fill_usual (self, rand);
  return self;
}

void
page_document_free (PageDocument *self)
{
  g_free (self->number);
  g_free (self->notation);
  g_free (self->subject);
  g_free (self->addressee);
  g_free (self->signer);
  g_free (self->arrival_number);
  g_free (self->arrival_date);
  g_free (self->due);
  g_free (self->reply_to);
  g_free (self->meeting_day);
  g_free (self->meeting_time);
  g_free (self->meeting_place);
  g_ptr_array_unref (self->recipients);
  g_ptr_array_unref (self->paragraphs);
  g_free (self);
}

gboolean
page_document_is_party (const PageDocument *self)
{
  return self->wish.family == PAGE_FAMILY_PARTY || self->wish.family == PAGE_FAMILY_YOUTH;
}

char *
page_document_full_number (const PageDocument *self)
{
  const char *joint = page_document_is_party (self) ? "-" : "/";

  if (self->number[0] == '\0')
    return g_strdup ("");
  return g_strconcat (self->number, joint, self->notation, NULL);
}
