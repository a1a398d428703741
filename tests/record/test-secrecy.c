#include "sohoa-secrecy.h"

static const struct {
  const char *text;
  gboolean framed, red;
  double y, confidence;
  SohoaSecrecy want;
  const char *mark;
} marks[] = {
  /* true marks, also damaged ones */
  { "MẬT", TRUE, TRUE, 0.2, 0.9, SOHOA_SECRECY_MARKED, "MẬT" },
  { "MAT", TRUE, FALSE, 0.2, 0.6, SOHOA_SECRECY_MARKED, "MẬT" },
  { "|MẬT|", FALSE, TRUE, 0.2, 0.6, SOHOA_SECRECY_MARKED, "MẬT" },
  { "MẬT", FALSE, FALSE, 0.2, 0.9, SOHOA_SECRECY_MARKED, "MẬT" },
  { "M4T", TRUE, TRUE, 0.9, 0.5, SOHOA_SECRECY_MARKED, "MẬT" },
  { "TỐI MẬT", TRUE, TRUE, 0.2, 0.9, SOHOA_SECRECY_MARKED, "TỐI MẬT" },
  { "TÓI MẬT", TRUE, FALSE, 0.2, 0.6, SOHOA_SECRECY_MARKED, "TỐI MẬT" },
  { "TUYỆT MẬT", FALSE, TRUE, 0.2, 0.9, SOHOA_SECRECY_MARKED, "TUYỆT MẬT" },
  { "T UYET MAT", TRUE, FALSE, 0.2, 0.5, SOHOA_SECRECY_MARKED, "TUYỆT MẬT" },
  { "[TUYET MẠT]", TRUE, FALSE, 0.2, 0.5, SOHOA_SECRECY_MARKED, "TUYỆT MẬT" },
  /* a person must look */
  { "TUYỆT", TRUE, TRUE, 0.2, 0.7, SOHOA_SECRECY_UNSURE, "" },
  { "", TRUE, TRUE, 0.2, 0.0, SOHOA_SECRECY_UNSURE, "" },
  { "MẬT", FALSE, FALSE, 0.8, 0.9, SOHOA_SECRECY_UNSURE, "" },
  { "MẬT", FALSE, FALSE, 0.8, 0.6, SOHOA_SECRECY_UNSURE, "" },
  { "MẶT", FALSE, FALSE, 0.2, 0.9, SOHOA_SECRECY_MARKED, "MẬT" }, /* a slip where a mark stands */
  { "MẶT", FALSE, TRUE, 0.8, 0.9, SOHOA_SECRECY_MARKED, "MẬT" },
  { "T0YE M#T", TRUE, TRUE, 0.2, 0.2, SOHOA_SECRECY_UNSURE, "" },
  { "TUYỆT MẬTZ", FALSE, TRUE, 0.2, 0.7, SOHOA_SECRECY_MARKED, "TUYỆT MẬT" },
  /* no marks */
  { "CÔ*G VĂx 2Š", TRUE, TRUE, 0.2, 0.2, SOHOA_SECRECY_CLEAR, "" }, /* another stamp, badly read */
  { "S4 lý hu HS", TRUE, TRUE, 0.2, 0.3, SOHOA_SECRECY_CLEAR, "" },
  { "MẶT", FALSE, FALSE, 0.8, 0.9, SOHOA_SECRECY_CLEAR, "" }, /* a column of a table: răng hàm mặt */
  { "bảo mật", FALSE, FALSE, 0.2, 0.9, SOHOA_SECRECY_CLEAR, "" },
  { "BẢO MẬT", TRUE, FALSE, 0.2, 0.9, SOHOA_SECRECY_CLEAR, "" },
  { "mật khẩu", FALSE, FALSE, 0.2, 0.9, SOHOA_SECRECY_CLEAR, "" },
  { "MẬT KHẨU", FALSE, TRUE, 0.2, 0.9, SOHOA_SECRECY_CLEAR, "" },
  { "mật", FALSE, FALSE, 0.2, 0.9, SOHOA_SECRECY_CLEAR, "" },
  { "LƯU HÀNH NỘI BỘ", TRUE, TRUE, 0.05, 0.9, SOHOA_SECRECY_CLEAR, "" },
  { "HỎA TỐC", TRUE, TRUE, 0.25, 0.9, SOHOA_SECRECY_CLEAR, "" },
  { "THƯỢNG KHẨN", TRUE, TRUE, 0.25, 0.9, SOHOA_SECRECY_CLEAR, "" },
  { "KHẨN", TRUE, TRUE, 0.25, 0.9, SOHOA_SECRECY_CLEAR, "" },
  { "GIẢI MẬT", TRUE, TRUE, 0.25, 0.9, SOHOA_SECRECY_CLEAR, "" },
  { "MẶT TRẬN TỔ QUỐC", FALSE, TRUE, 0.1, 0.9, SOHOA_SECRECY_CLEAR, "" },
  { "ĐẾN", TRUE, TRUE, 0.25, 0.9, SOHOA_SECRECY_CLEAR, "" },
  { "QUYẾT ĐỊNH", TRUE, FALSE, 0.25, 0.9, SOHOA_SECRECY_CLEAR, "" },
};

static void
test_marks (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (marks); i++) {
    SohoaMarkText m = { marks[i].text, marks[i].framed, marks[i].red, 0, marks[i].confidence, 0.1, marks[i].y,
                        0.1, 0.03, 0 };
    SohoaSecrecyVerdict verdict = sohoa_secrecy_verdict (&m, 1, TRUE, TRUE);

    g_test_message ("row %u", i);
    g_assert_cmpstr (sohoa_secrecy_to_string (verdict.verdict), ==, sohoa_secrecy_to_string (marks[i].want));
    g_assert_cmpstr (verdict.mark, ==, marks[i].mark);
  }
}

/* What a person wrote into a cell of the arrival stamp is no mark; the same frame by itself needs a person. */
static void
test_arrival_stamp (void)
{
  SohoaMarkText m[] = { { "vn hát", TRUE, TRUE, 0, 0.16, 0.05, 0.28, 0.2, 0.03, 0 },
                        { "ĐẾN", FALSE, TRUE, 0, 0.9, 0.04, 0.18, 0.25, 0.14, 0 } };

  g_assert_cmpstr (sohoa_secrecy_verdict (m, 1, TRUE, TRUE).reason, ==, "unreadable-frame");
  g_assert_cmpstr (sohoa_secrecy_verdict (m, 2, TRUE, TRUE).reason, ==, "");
  m[1].turn = 180;
  g_assert_cmpstr (sohoa_secrecy_verdict (m, 2, TRUE, TRUE).reason, ==, "unreadable-frame");
}

/* A mark in a seal's own red: half of its letters and the shape of its ink. */
static void
test_drowned (void)
{
  SohoaMarkText m = { "TUWẾ](M¿_", FALSE, TRUE, 0, 0.0, 0.17, 0.22, 0.1, 0.03, 0.879 };

  g_assert_cmpstr (sohoa_secrecy_verdict (&m, 1, TRUE, TRUE).reason, ==, "unreadable-mark");
  m.text = "LêHe*=zArh"; /* letters of a seal */
  g_assert_cmpstr (sohoa_secrecy_verdict (&m, 1, TRUE, TRUE).reason, ==, "");
}

/* What cannot be read and has the shape of MẬT needs a person; read as another word it never comes here. */
static void
test_shape (void)
{
  SohoaMarkText m = { "", FALSE, FALSE, 0, 0, 0.1, 0.8, 0.1, 0.03, 0.93 };

  g_assert_cmpstr (sohoa_secrecy_mark_of ("TUYỆT! MẬT"), ==, "TUYỆT MẬT"); /* a pen across it */
  g_assert_cmpint (sohoa_secrecy_verdict (&m, 1, TRUE, TRUE).verdict, ==, SOHOA_SECRECY_UNSURE);
  m.text = "KHẨN";
  g_assert_cmpint (sohoa_secrecy_verdict (&m, 1, TRUE, TRUE).verdict, ==, SOHOA_SECRECY_CLEAR);
  m.text = "TOI MAT";
  g_assert_cmpint (sohoa_secrecy_verdict (&m, 1, TRUE, TRUE).verdict, ==, SOHOA_SECRECY_MARKED);
  m.text = "";
  m.shape = 0.5;
  g_assert_cmpint (sohoa_secrecy_verdict (&m, 1, TRUE, TRUE).verdict, ==, SOHOA_SECRECY_CLEAR);
  m.shape = 0.88; /* less than sure */
  m.red = TRUE;
  g_assert_cmpint (sohoa_secrecy_verdict (&m, 1, TRUE, TRUE).verdict, ==, SOHOA_SECRECY_CLEAR);
}

static void
test_header (void)
{
  SohoaSecrecyVerdict verdict = sohoa_secrecy_verdict (NULL, 0, FALSE, TRUE);
  SohoaMarkText both[] = { { "", TRUE, TRUE, 0, 0, 0.1, 0.2, 0.1, 0.03, 0 },
                           { "TỐI MẬT", TRUE, TRUE, 90, 0.9, 0.1, 0.2, 0.1, 0.03, 0 } };

  g_assert_cmpint (verdict.verdict, ==, SOHOA_SECRECY_UNSURE);
  g_assert_cmpstr (verdict.reason, ==, "unreadable-header");
  verdict = sohoa_secrecy_verdict (NULL, 0, FALSE, FALSE);
  g_assert_cmpint (verdict.verdict, ==, SOHOA_SECRECY_CLEAR);
  verdict = sohoa_secrecy_verdict (NULL, 0, TRUE, TRUE);
  g_assert_cmpint (verdict.verdict, ==, SOHOA_SECRECY_CLEAR);
  verdict = sohoa_secrecy_verdict (both, 2, FALSE, TRUE); /* the worst wins */
  g_assert_cmpint (verdict.verdict, ==, SOHOA_SECRECY_MARKED);
}

static SohoaSecrecy
layer_verdict (const char *text, double y, double gap)
{
  g_autoptr(SohoaTextLayer) layer = sohoa_text_layer_new (2480, 3508, 300);
  SohoaLine *line = sohoa_text_layer_add_line (layer, 0, SOHOA_PLANE_BLACK);
  g_auto(GStrv) words = g_strsplit (text, " ", -1);
  double x = 300;

  for (guint i = 0; words[i] != NULL; i++) {
    sohoa_line_add_word (line, words[i], (SohoaBox) { x, y * 3508, 120, 50 }, 0.9);
    x += 120 + (i == 0 ? gap : 20);
  }
  return sohoa_secrecy_from_layer (layer).verdict;
}

static void
test_layer (void)
{
  g_assert_cmpint (layer_verdict ("TỐI MẬT", 0.2, 20), ==, SOHOA_SECRECY_MARKED);
  g_assert_cmpint (layer_verdict ("MẬT QUYẾT ĐỊNH", 0.2, 400), ==, SOHOA_SECRECY_MARKED); /* two columns */
  g_assert_cmpint (layer_verdict ("MẬT VỤ", 0.2, 20), ==, SOHOA_SECRECY_CLEAR);
  g_assert_cmpint (layer_verdict ("MẬT", 0.8, 20), ==, SOHOA_SECRECY_CLEAR);
  g_assert_cmpint (layer_verdict ("độ mật của văn bản", 0.2, 20), ==, SOHOA_SECRECY_CLEAR);
  g_assert_cmpint (layer_verdict ("BẢO MẬT", 0.2, 20), ==, SOHOA_SECRECY_CLEAR);
  g_assert_cmpint (sohoa_secrecy_from_layer (NULL).verdict, ==, SOHOA_SECRECY_CLEAR);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/secrecy/marks", test_marks);
  g_test_add_func ("/secrecy/arrival-stamp", test_arrival_stamp);
  g_test_add_func ("/secrecy/drowned", test_drowned);
  g_test_add_func ("/secrecy/shape", test_shape);
  g_test_add_func ("/secrecy/header", test_header);
  g_test_add_func ("/secrecy/layer", test_layer);
  return g_test_run ();
}
