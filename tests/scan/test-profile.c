/* Scan profiles: files, locks, refusals with their line, sizes. */
#include "sohoa-scan-profile.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"

#include <string.h>

typedef struct {
  char *admin, *user; /* (owned) folders */
} Place;

static void
place_init (Place *place)
{
  g_autofree char *folder = g_dir_make_tmp ("sohoa-test-XXXXXX", NULL);

  place->admin = g_build_filename (folder, "admin", NULL);
  place->user = g_build_filename (folder, "user", NULL);
  g_assert_true (sohoa_folder_make (place->admin, 0700, NULL) && sohoa_folder_make (place->user, 0700, NULL));
}

static void
place_clear (Place *place)
{
  g_autofree char *folder = g_path_get_dirname (place->admin);

  g_assert_true (sohoa_folder_remove (folder, NULL));
  g_free (place->admin);
  g_free (place->user);
}

static void
put (const char *folder, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
test_default (void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(SohoaScanProfile) p = sohoa_scan_profile_load ("/nonexistent", NULL, SOHOA_SCAN_PROFILE_DEFAULT, &error);

  g_assert_no_error (error);
  g_assert_cmpint (p->mode, ==, SOHOA_SCAN_MODE_COLOR); /* NĐ30 Annex I Part II: colour, ≥ 200 dpi, 100 % */
  g_assert_cmpuint (p->dpi, ==, 300);
  g_assert_cmpfloat (p->width_mm, ==, 210);
  g_assert_cmpint (p->blank, ==, SOHOA_SCAN_BLANK_MARK);
  g_assert_cmpstr (p->compliance, ==, "VN-ND30-2020");
}

static void
test_shipped (void)
{
  static const char *const names[] = { "van-ban-den", "mot-mat", "nhieu-van-ban" };
  g_autofree char *folder = sohoa_path_data ("scan/profiles");

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(SohoaScanProfile) p = sohoa_scan_profile_load (folder, NULL, names[i], &error);

    g_assert_no_error (error);
    g_assert_cmpstr (p->name, ==, names[i]);
    g_assert_cmpuint (p->dpi, >=, 200);
    g_assert_cmpint (p->mode, ==, SOHOA_SCAN_MODE_COLOR);
  }
}

static void
test_over (void)
{
  Place place;
  g_autoptr(GError) error = NULL;
  g_autoptr(SohoaScanProfile) p = NULL;
  g_auto(GStrv) names = NULL;

  place_init (&place);
  put (place.admin, "a.conf", "[profile]\ntitle=Một\nlocked=scan.dpi\n[scan]\ndpi=400\nsource=adf\nsize=120x80.5\noptions=lamp=on;ald=yes\n");
  put (place.user, "a.conf", "[scan]\nsource=adf-duplex\nbrightness=-20\nduplex-turn=backs\n[quality]\nfolded=ask\n");
  put (place.user, "b.conf", "[document]\nseparators=count\ncount=2\nblank=drop\n");
  p = sohoa_scan_profile_load (place.admin, place.user, "a", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (p->dpi, ==, 400);
  g_assert_cmpint (p->source, ==, SOHOA_SCAN_SOURCE_ADF_DUPLEX);
  g_assert_cmpfloat (p->width_mm, ==, 120);
  g_assert_cmpfloat (p->height_mm, ==, 80.5);
  g_assert_cmpint (p->brightness, ==, -20);
  g_assert_true (p->turn_backs);
  g_assert_cmpstr (p->options[1], ==, "ald=yes");
  g_assert_cmpint (p->quality[SOHOA_SCAN_QUALITY_FOLDED], ==, SOHOA_SCAN_ASK);
  names = sohoa_scan_profile_list (place.admin, place.user);
  g_assert_cmpuint (g_strv_length (names), ==, 3);
  g_assert_cmpstr (names[1], ==, "b");
  place_clear (&place);
}

static void
test_refusals (void)
{
  static const struct {
    const char *user, *part; /* what the message must contain */
    SohoaError  code;
  } rows[] = {
    { "[scan]\n# wrong\ndip=300\n", "a.conf:3: [scan] dip: unknown key", SOHOA_ERROR_CONFIG },
    { "[scan]\nmode=gray\ndpi=5\n", "a.conf:3: [scan] dpi: must be a number from 75 to 1200", SOHOA_ERROR_CONFIG },
    { "[scan]\nsource=both\n", "a.conf:2: [scan] source: \"both\" is not one of", SOHOA_ERROR_CONFIG },
    { "[scan]\nsize=huge\n", "a.conf:2: [scan] size: must be", SOHOA_ERROR_CONFIG },
    { "[scan]\nsize=0x0\n", "a.conf:2: [scan] size: must be", SOHOA_ERROR_CONFIG },
    { "[scan]\noptions=lamp\n", "a.conf:2: [scan] options: must be", SOHOA_ERROR_CONFIG },
    { "[document]\nseparators=count\n", "a.conf:2: [document] separators: count needs", SOHOA_ERROR_CONFIG },
    { "[scan]\n\nbrightness=0\n", "a.conf:3: [scan] brightness: is locked by the administrator", SOHOA_ERROR_CONFIG },
    { "[profile]\nlocked=*\n", "a.conf:2: [profile] locked: unknown key", SOHOA_ERROR_CONFIG },
    { "[scan]\nnonsense\n", "a.conf:2: ", SOHOA_ERROR_CONFIG },
  };
  Place place;

  place_init (&place);
  put (place.admin, "a.conf", "[profile]\nlocked=scan.brightness\n");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr(GError) error = NULL;

    put (place.user, "a.conf", rows[i].user);
    g_assert_null (sohoa_scan_profile_load (place.admin, place.user, "a", &error));
    g_assert_error (error, SOHOA_ERROR, (gint) rows[i].code);
    if (strstr (error->message, rows[i].part) == NULL)
      g_error ("row %u: %s", i, error->message);
  }
  place_clear (&place);
}

static void
test_names (void)
{
  static const char *const bad[] = { "", "../a", "a/b", "a.b", "nowhere" };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr(GError) error = NULL;

    g_assert_null (sohoa_scan_profile_load ("/nonexistent", NULL, bad[i], &error));
    g_assert_error (error, SOHOA_ERROR, SOHOA_ERROR_NOT_FOUND);
  }
}

/* A4 at 300 dpi has 8.70 million pixels; by hand: 8.70e6 × 0.95 / 8 + 15000 = 1.048e6 bytes a page. */
static void
test_size (void)
{
  g_autoptr(SohoaScanProfile) p = sohoa_scan_profile_new ();
  g_autofree char *fits = NULL, *offer = NULL, *parts = NULL;
  guint dpi = 1;

  g_assert_cmpuint (sohoa_scan_profile_expected_bytes (p, 10), >, 10400000);
  g_assert_cmpuint (sohoa_scan_profile_expected_bytes (p, 10), <, 10700000);
  fits = sohoa_scan_profile_advise_size (p, 10, 20000000, &dpi);
  g_assert_null (fits);
  g_assert_cmpuint (dpi, ==, 0);
  offer = sohoa_scan_profile_advise_size (p, 10, 6000000, &dpi);
  g_assert_nonnull (strstr (offer, "200 dpi would make"));
  g_assert_cmpuint (dpi, ==, 200);
  parts = sohoa_scan_profile_advise_size (p, 100, 6000000, &dpi);
  g_assert_nonnull (strstr (parts, "in parts"));
  g_assert_cmpuint (dpi, ==, 0); /* never below what the law asks for */
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/scan/profile/default", test_default);
  g_test_add_func ("/scan/profile/shipped", test_shipped);
  g_test_add_func ("/scan/profile/user-over-admin", test_over);
  g_test_add_func ("/scan/profile/refusals", test_refusals);
  g_test_add_func ("/scan/profile/names", test_names);
  g_test_add_func ("/scan/profile/size", test_size);
  return g_test_run ();
}
