/* Names under a seal: whole ones stay as they are, torn ones become a proposal, what is no name is none. Names are made up. */
#include "sohoa-extract-private.h"

static SohoaLists *
lists_new (void)
{
  g_autoptr(GError) error = NULL;
  SohoaLists *lists = sohoa_lists_load (&error);

  g_assert_no_error (error);
  return lists;
}

static void
reads (const SohoaLists *lists, const char *text, const char *want, gboolean changed)
{
  SohoaName name;

  g_test_message ("%s", text);
  g_assert_true (sohoa_name_read (lists, text, &name));
  g_assert_cmpstr (name.text, ==, want);
  g_assert_cmpint (name.changed, ==, changed);
  g_free (name.text);
}

static void
test_whole (void)
{
  g_autoptr(SohoaLists) lists = lists_new ();

  reads (lists, "Nguyễn Văn Mẫu", "Nguyễn Văn Mẫu", FALSE);
  reads (lists, "ThS. BS. Trần Thị Thử,", "Trần Thị Thử", FALSE);
  reads (lists, "NGUYỄN VĂN MẪU", "NGUYỄN VĂN MẪU", FALSE);
  reads (lists, "Phan Thu Tường Vân", "Phan Thu Tường Vân", FALSE); /* "thủ tướng" without marks */
  reads (lists, "Nguyên Văn Mẫu", "Nguyễn Văn Mẫu", FALSE); /* one surname has these letters */
}

static void
test_torn (void)
{
  g_autoptr(SohoaLists) lists = lists_new ();

  reads (lists, "yến Văn Mẫu", "Nguyễn Văn Mẫu", TRUE);     /* its beginning under the seal */
  reads (lists, "N:orn yến Văn Bình", "Nguyễn Văn Bình", TRUE);
  reads (lists, "Trịn Khánh Lượng", "Trịnh Khánh Lượng", TRUE);
  reads (lists, "Lê Xgọc Bình", "Lê Ngọc Bình", TRUE);      /* a letter that no syllable begins with */
  reads (lists, "Mai hanh Bình", "Mai Thanh Bình", TRUE);   /* the capital alone was cut off */
  reads (lists, "Đỗ Q»:ốc Bình", "Đỗ Quốc Bình", TRUE);     /* signs of the ring in a word */
  reads (lists, "Đặng Y ăn Bình", "Đặng Văn Bình", TRUE);   /* one word in two pieces */
  reads (lists, "LêHoàngBình", "Lê Hoàng Bình", FALSE);     /* no spaces */
}

static void
test_none (void)
{
  static const char *const texts[] = { "", "Quân", "PHÓ CHỦ TỊCH", "Thủ tướng Chính phủ", "Công văn", "BÌNH Hài", "Nơi nhận: các",
                                       "222 022 g", "chịu trách nhiệm thi hành", "Quyết định này có hiệu lực kể từ ngày" };
  g_autoptr(SohoaLists) lists = lists_new ();

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    SohoaName name;

    g_test_message ("%s", texts[i]);
    g_assert_false (sohoa_name_read (lists, texts[i], &name));
    g_assert_null (name.text);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/name/whole", test_whole);
  g_test_add_func ("/name/torn", test_torn);
  g_test_add_func ("/name/none", test_none);
  return g_test_run ();
}
