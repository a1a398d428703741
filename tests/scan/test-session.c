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
  SohoaScanRequest request = { .device = "test:0" };
  Desk desk = { 0 };
  SohoaScanPage *page;

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

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/scan/session/glass", test_glass);
  return g_test_run ();
}
