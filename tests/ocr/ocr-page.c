#include "ocr-page.h"

#include <math.h>
#include <pango/pangocairo.h>

/* invented text */
const char *const ocr_page_paragraph[8] = {
  "Thực hiện kế hoạch công tác năm, phòng chuyên môn đã rà soát",
  "toàn bộ hồ sơ lưu trữ và đề nghị các bộ phận phối hợp hoàn thành",
  "việc sắp xếp tài liệu giấy trước khi chuyển vào kho bảo quản chung.",
  "Trong quá trình triển khai, nếu có khó khăn hoặc vướng mắc thì kịp",
  "thời phản ánh để được hướng dẫn giải quyết theo đúng quy định.",
  "Các đơn vị cử cán bộ phụ trách, gửi danh sách về bộ phận tổng hợp",
  "để theo dõi, đôn đốc và báo cáo kết quả vào buổi họp giao ban đầu",
  "tháng; những nội dung chưa rõ sẽ được trao đổi trực tiếp sau họp.",
};

void
ocr_page_init (OcrPage *page, double dpi)
{
  page->dpi = dpi;
  page->surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, lround (210 / 25.4 * dpi),
                                              lround (297 / 25.4 * dpi));
  page->cr = cairo_create (page->surface);
  cairo_scale (page->cr, dpi / 25.4, dpi / 25.4);
  cairo_set_source_rgb (page->cr, 1, 1, 1);
  cairo_paint (page->cr);
  ocr_page_black (page);
}

void
ocr_page_text (OcrPage *page, double x, double y, double pt, gboolean bold, const char *text)
{
  PangoLayout *layout = pango_cairo_create_layout (page->cr);
  PangoFontDescription *font = pango_font_description_from_string ("Liberation Serif");

  pango_font_description_set_weight (font, bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
  pango_font_description_set_absolute_size (font, pt * 25.4 / 72 * PANGO_SCALE);
  pango_layout_set_font_description (layout, font);
  pango_layout_set_text (layout, text, -1);
  cairo_move_to (page->cr, x, y - (double) pango_layout_get_baseline (layout) / PANGO_SCALE);
  pango_cairo_show_layout (page->cr, layout);
  pango_font_description_free (font);
  g_object_unref (layout);
}

void
ocr_page_red (OcrPage *page)
{
  cairo_set_source_rgb (page->cr, 0.85, 0.12, 0.15);
}

void
ocr_page_black (OcrPage *page)
{
  cairo_set_source_rgb (page->cr, 0.05, 0.05, 0.05);
}

void
ocr_page_grey (OcrPage *page, double level)
{
  cairo_set_source_rgb (page->cr, level, level, level);
}

void
ocr_page_frame (OcrPage *page, double x, double y, double w, double h)
{
  cairo_set_line_width (page->cr, 0.4);
  cairo_rectangle (page->cr, x, y, w, h);
  cairo_stroke (page->cr);
}

void
ocr_page_seal (OcrPage *page, double x, double y)
{
  cairo_save (page->cr);
  cairo_set_operator (page->cr, CAIRO_OPERATOR_MULTIPLY);
  ocr_page_red (page);
  cairo_set_line_width (page->cr, 0.8);
  cairo_arc (page->cr, x, y, 17.5, 0, 2 * G_PI);
  cairo_stroke (page->cr);
  cairo_arc (page->cr, x, y, 12, 0, 2 * G_PI);
  cairo_stroke (page->cr);
  for (guint i = 0; i < 5; i++) {
    double a = -G_PI / 2 + i * 4 * G_PI / 5;

    cairo_line_to (page->cr, x + 5 * cos (a), y + 5 * sin (a));
  }
  cairo_close_path (page->cr);
  cairo_fill (page->cr);
  cairo_restore (page->cr);
}

void
ocr_page_letter (OcrPage *page)
{
  ocr_page_text (page, 35, 24, 12, FALSE, "SỞ GIÁO DỤC MẪU");
  ocr_page_text (page, 32, 30, 12, TRUE, "TRƯỜNG THỬ NGHIỆM");
  ocr_page_text (page, 40, 38, 12, FALSE, "Số: 45/TTN-VP");
  ocr_page_text (page, 98, 24, 12, TRUE, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM");
  ocr_page_text (page, 117, 30, 13, TRUE, "Độc lập - Tự do - Hạnh phúc");
  for (guint i = 0; i < 8; i++)
    ocr_page_text (page, i % 5 == 0 ? 40 : 30, 95 + 8 * i, 14, FALSE, ocr_page_paragraph[i]);
}

PIX *
ocr_page_finish (OcrPage *page, guint turn, double skew_deg)
{
  int w = cairo_image_surface_get_width (page->surface), h = cairo_image_surface_get_height (page->surface);
  int stride = cairo_image_surface_get_stride (page->surface);
  const guchar *data;
  PIX *pix = pixCreate (w, h, 32), *out;

  cairo_surface_flush (page->surface);
  data = cairo_image_surface_get_data (page->surface);
  for (int y = 0; y < h; y++) {
    const guint32 *from = (const guint32 *) (data + (gsize) y * stride);

    for (int x = 0; x < w; x++)
      pixSetPixel (pix, x, y, from[x] << 8);
  }
  cairo_destroy (page->cr);
  cairo_surface_destroy (page->surface);
  if (skew_deg != 0) {
    out = pixRotate (pix, -skew_deg * G_PI / 180, L_ROTATE_AREA_MAP, L_BRING_IN_WHITE, 0, 0);
    pixDestroy (&pix);
    pix = out;
  }
  if (turn != 0) {
    out = pixRotateOrth (pix, turn / 90);
    pixDestroy (&pix);
    pix = out;
  }
  return pix;
}
