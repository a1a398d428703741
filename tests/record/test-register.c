/* Register rows: columns by hand from NĐ30 Annex IV (domain.md 5.4). */
#include "sohoa-register.h"

#include <string.h>

static void
test_cells (void)
{
  SohoaRegisterEntry entry = { .number = 7, .fields_json = "{\"OrganName\":\"Sở Nội vụ\",\"CodeNumber\":\"152\","
                                                           "\"CodeNotation\":\"SNV-VP\",\"IssuedDate\":\"2026-11-18\","
                                                           "\"TypeName\":\"Công văn\",\"Subject\":\"Họp\"}",
                               .day = "2026-11-20", .progress = "Đã đến" };
  g_auto(GStrv) cells = sohoa_register_cells (SOHOA_REGISTER_ARRIVALS, &entry);
  const char *const want[] = { "20/11/2026", "7", "Sở Nội vụ", "152/SNV-VP", "18/11/2026", "Công văn. Họp", "", "", "", "", NULL };
  g_auto(GStrv) follow = sohoa_register_cells (SOHOA_REGISTER_FOLLOW_UP, &entry);
  const char *const want_follow[] = { "7", "Công văn 152/SNV-VP ngày 18/11/2026, Sở Nội vụ", "", "", "Đã đến", "", "", NULL };

  g_assert_cmpstrv (cells, want);
  g_assert_cmpstrv (follow, want_follow);
  g_assert_cmpuint (g_strv_length ((char **) sohoa_register_columns (SOHOA_REGISTER_ARRIVALS)), ==, 10);
  g_assert_cmpuint (g_strv_length ((char **) sohoa_register_columns (SOHOA_REGISTER_FOLLOW_UP)), ==, 7);
}

static void
test_void (void)
{
  SohoaRegisterEntry entry = { .number = 8, .is_void = TRUE, .reason = "trùng", .fields_json = "{\"Description\":\"bản giấy\"}",
                               .day = "2026-11-20" };
  g_auto(GStrv) cells = sohoa_register_cells (SOHOA_REGISTER_ARRIVALS, &entry);
  SohoaRegisterEntry broken = { .number = 9, .fields_json = "[1" };
  g_auto(GStrv) empty = sohoa_register_cells (SOHOA_REGISTER_FOLLOW_UP, &broken);

  g_assert_cmpstr (cells[9], ==, "Hủy số: trùng. bản giấy");
  g_assert_cmpstr (cells[3], ==, "");
  g_assert_cmpuint (g_strv_length (empty), ==, 7);
  g_assert_cmpstr (empty[0], ==, "9");
}

static void
test_gap (void)
{
  g_auto(GStrv) one = sohoa_register_gap_cells (SOHOA_REGISTER_ARRIVALS, 5, 5);
  g_auto(GStrv) many = sohoa_register_gap_cells (SOHOA_REGISTER_FOLLOW_UP, 5, 8);

  g_assert_cmpstr (one[1], ==, "5");
  g_assert_cmpuint (g_strv_length (one), ==, 10);
  g_assert_cmpstr (many[0], ==, "5–8");
  g_assert_cmpuint (strlen (many[6]), >, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/register/cells", test_cells);
  g_test_add_func ("/register/void", test_void);
  g_test_add_func ("/register/gap", test_gap);
  return g_test_run ();
}
