/* A scan through the real libsane: its own "test" backend. */
#include "sohoa-scan-session.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"

#define TEST_DEADLINE_MS (20 * 1000)

typedef struct {
  GMainLoop *loop;
  GPtrArray *pages;   /* (owned) (element-type SohoaScanPage) */
  GVariant  *settings;
  char     **notes;
  SohoaScanOutcome outcome;
  GError    *error;
  guint      n_progress;
  guint      hold;    /* stop the session when so many pages are held and no further one comes; 0 = no */
} Desk;

static void
on_page (SohoaScanSession *session, SohoaScanPage *page, gpointer data)
{
  g_ptr_array_add (((Desk *) data)->pages, page);
}

static void
on_progress (SohoaScanSession *session, guint sheet, SohoaScanSide side, guint64 bytes, guint64 expected, gpointer data)
{
  ((Desk *) data)->n_progress++;
}

static void
on_ready (SohoaScanSession *session, GVariant *settings, const char *const *notes, gpointer data)
{
  ((Desk *) data)->settings = g_variant_ref (settings);
}

static void
on_end (SohoaScanSession *session, const SohoaScanOutcome *outcome, gpointer data)
{
  Desk *desk = data;

  desk->outcome = *outcome;
  desk->error = outcome->error != NULL ? g_error_copy (outcome->error) : NULL;
  g_main_loop_quit (desk->loop);
}

static const SohoaScanHandler handler = { .page = on_page, .progress = on_progress, .ready = on_ready, .end = on_end };

static gboolean
on_deadline (gpointer data)
{
  g_error ("the scan did not end");
  return G_SOURCE_REMOVE;
}

static void
run_scan (Desk *desk, const SohoaScanRequest *request)
{
  guint deadline = g_timeout_add (TEST_DEADLINE_MS, on_deadline, NULL);
  SohoaScanSession *session;

  desk->loop = g_main_loop_new (NULL, FALSE);
  desk->pages = g_ptr_array_new_with_free_func ((GDestroyNotify) sohoa_scan_page_free);
  session = sohoa_scan_session_start (request, &handler, desk);
  g_main_loop_run (desk->loop);
  sohoa_scan_session_free (session);
  g_source_remove (deadline);
}

static void
desk_clear (Desk *desk)
{
  g_ptr_array_unref (desk->pages);
  g_clear_pointer (&desk->settings, g_variant_unref);
  g_clear_error (&desk->error);
  g_main_loop_unref (desk->loop);
}

static void
test_glass (void)
{
  g_autoptr(SohoaScanProfile) profile = sohoa_scan_profile_new ();
  SohoaScanRequest request = { .device = "test:0", .profile = profile };
  Desk desk = { 0 };
  SohoaScanPage *page;

  profile->source = SOHOA_SCAN_SOURCE_FLATBED;
  run_scan (&desk, &request);
  g_assert_no_error (desk.error);
  g_assert_cmpint (desk.outcome.end, ==, SOHOA_SCAN_END_COMPLETE);
  g_assert_cmpuint (desk.pages->len, ==, 1);
  page = desk.pages->pdata[0];
  g_assert_cmpstr (page->format, ==, "tiff");
  g_assert_cmpuint (page->sheet, ==, 1);
  g_assert_cmpint (sohoa_fd_size (page->fd), ==, (goffset) page->size_bytes);
  desk_clear (&desk);
}

/* Pages that nobody has freed keep further sheets out of the feeder: of the ten there only four are drawn. */
static gboolean
on_patience (gpointer session)
{
  sohoa_scan_session_stop (session);
  return G_SOURCE_REMOVE;
}

static void
on_held_page (SohoaScanSession *session, SohoaScanPage *page, gpointer data)
{
  Desk *desk = data;

  on_page (session, page, data);
  if (desk->pages->len == desk->hold)
    g_timeout_add (500, on_patience, session);
}

static void
test_back_pressure (void)
{
  static const SohoaScanHandler held = { .page = on_held_page, .end = on_end };
  g_autoptr(SohoaScanProfile) profile = sohoa_scan_profile_new ();
  SohoaScanRequest request = { .device = "test:0", .profile = profile };
  Desk desk = { .hold = 4 };
  SohoaScanSession *session;
  guint deadline = g_timeout_add (TEST_DEADLINE_MS, on_deadline, NULL);

  profile->source = SOHOA_SCAN_SOURCE_ADF;
  desk.loop = g_main_loop_new (NULL, FALSE);
  desk.pages = g_ptr_array_new_with_free_func ((GDestroyNotify) sohoa_scan_page_free);
  session = sohoa_scan_session_start (&request, &held, &desk);
  g_main_loop_run (desk.loop);
  g_assert_cmpint (desk.outcome.end, ==, SOHOA_SCAN_END_STOPPED);
  g_assert_cmpuint (desk.pages->len, ==, 4);
  g_assert_cmpuint (desk.outcome.n_images, ==, 4);
  g_assert_cmpuint (desk.outcome.put_back, ==, 0); /* none was under way */
  sohoa_scan_session_free (session);
  g_source_remove (deadline);
  desk_clear (&desk);
}

/* The same device twice: the second one is told, at once. */
static void
test_in_use (void)
{
  g_autoptr(SohoaScanProfile) profile = sohoa_scan_profile_new ();
  SohoaScanRequest request = { .device = "test:0", .profile = profile };
  Desk first = { .hold = 1 }, second = { 0 };
  static const SohoaScanHandler held = { .page = on_held_page, .end = on_end };
  SohoaScanSession *session;

  profile->source = SOHOA_SCAN_SOURCE_ADF;
  first.loop = g_main_loop_new (NULL, FALSE);
  first.pages = g_ptr_array_new_with_free_func ((GDestroyNotify) sohoa_scan_page_free);
  session = sohoa_scan_session_start (&request, &held, &first);
  while (first.pages->len == 0)
    g_main_context_iteration (NULL, TRUE);
  run_scan (&second, &request);
  g_assert_error (second.error, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_DEVICE_BUSY);
  if (first.outcome.n_images == 0)
    g_main_loop_run (first.loop);
  g_assert_cmpint (first.outcome.end, ==, SOHOA_SCAN_END_STOPPED);
  sohoa_scan_session_free (session);
  desk_clear (&first);
  desk_clear (&second);
  while (sohoa_scan_session_count_running () > 0)
    g_usleep (10 * 1000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/scan/session/glass", test_glass);
  g_test_add_func ("/scan/session/back-pressure", test_back_pressure);
  g_test_add_func ("/scan/session/in-use", test_in_use);
  return g_test_run ();
}
