/* The gate's campaign (issue 5, promise 6): every marked page must be held, at every quarter turn and under every
 * wear; unmarked pages with traps must pass. Calls the very functions the page worker calls.
 *
 *   gate-campaign [--from SEED] [--count N] [--unmarked N] [--turns N] [--wear W] [--save DIR] [--draw DIR]
 *                 [--headers FILE --rows N] [PICTURE…]
 *
 * Prints a line per failure and a table; exit 1 when a marked page was passed or more than FALSE_ALARMS of the
 * unmarked were held. Long rounds are made of several calls with another --from each. */
#include <json-glib/json-glib.h>
#include <locale.h>
#include <stdio.h>

#include "gate-page.h"
#include "sohoa-errors.h"
#include "sohoa-marks.h"
#include "sohoa-secrecy.h"

#define FALSE_ALARMS 0.002
#define DRAW_QUALITY 85

typedef struct {
  guint  checks, missed, unsure;
  gint64 us;
} Tally;

static SohoaRecogniser *recogniser;
static int n_turns = 4;
static char *save; /* (nullable) folder for the pages that failed */
static char *headers; /* (nullable) file of real headers */
static int n_rows = G_MAXINT16;
static char *draw; /* (nullable) folder for all marked pages; they are drawn and not judged */

static SohoaSecrecyVerdict
judge (PIX *pix, double dpi, gboolean first)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(SohoaMarks) marks = NULL;
  g_autoptr(GArray) texts = g_array_new (FALSE, FALSE, sizeof (SohoaMarkText));

  if (!sohoa_marks_find (recogniser, pix, dpi, first, &marks, &error))
    return (SohoaSecrecyVerdict) { SOHOA_SECRECY_UNSURE, "", "error" };
  for (guint i = 0; i < marks->items->len; i++) {
    SohoaMarkText text = sohoa_mark_text_of (g_ptr_array_index (marks->items, i));

    g_array_append_val (texts, text);
  }
  if (g_getenv ("GATE_SHOW") != NULL)
    for (guint i = 0; i < marks->items->len; i++) {
      const SohoaMark *m = g_ptr_array_index (marks->items, i);

      printf ("    \"%s\"%s%s%s turn %u conf %.2f shape %.3f at %.2f,%.2f\n", m->text, m->red ? " red" : "", m->framed ? " framed" : "",
              m->header ? " header" : "", m->turn, m->confidence, m->shape, m->x, m->y);
    }
  return sohoa_secrecy_verdict ((const SohoaMarkText *) texts->data, texts->len, marks->header_readable, first);
}

static void
report (const char *kind, guint seed, const char *wear, guint turn, const GatePage *page, PIX *pix,
        SohoaSecrecyVerdict verdict)
{
  printf ("%s: seed %u %s turn %u: %s [%s %s]\n", kind, seed, wear, turn, page->what, sohoa_secrecy_to_string (verdict.verdict),
          verdict.reason);
  if (save != NULL) {
    g_autofree char *path = g_strdup_printf ("%s/%s-%u-%s-%u.png", save, kind, seed, wear, turn);

    pixWrite (path, pix, IFF_PNG);
  }
}

static void
try_turns (GatePage *page, guint seed, const char *wear, gboolean marked, Tally *tallies)
{
  for (guint turn = 0; turn < (guint) n_turns; turn++) {
    PIX *pix = turn == 0 ? pixClone (page->pix) : pixRotateOrth (page->pix, turn);
    gint64 start = g_get_monotonic_time ();
    SohoaSecrecyVerdict verdict = judge (pix, page->dpi, page->first);
    Tally *t = &tallies[turn];

    t->us += g_get_monotonic_time () - start;
    t->checks++;
    t->unsure += verdict.verdict == SOHOA_SECRECY_UNSURE;
    if (marked == (verdict.verdict == SOHOA_SECRECY_CLEAR)) {
      t->missed++;
      report (marked ? "missed" : "alarm", seed, wear, turn * 90, page, pix, verdict);
    } else if (g_getenv ("GATE_SHOW") != NULL) {
      report ("right", seed, wear, turn * 90, page, pix, verdict);
    }
    pixDestroy (&pix);
    if (!marked && turn == seed % 4) /* one more turn than the upright is enough of what passes */
      break;
  }
}

/* Rows {"so_ky_hieu", "trich_yeu"}, one JSON object a line, each printed as an ordinary page: [first, first + count). */
static void
try_headers (const char *path, guint first, guint count, Tally *t)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *text = NULL;
  g_auto(GStrv) rows = NULL;

  if (!g_file_get_contents (path, &text, NULL, &error)) {
    g_printerr ("gate-campaign: %s\n", error->message);
    return;
  }
  rows = g_strsplit (text, "\n", -1);
  for (guint i = 0; rows[i] != NULL && i < first + count; i++) {
    g_autoptr(JsonNode) node = i >= first && rows[i][0] != '\0' ? json_from_string (rows[i], NULL) : NULL;
    JsonObject *row = node != NULL ? json_node_get_object (node) : NULL;
    Tally turns[4] = { 0 };
    GatePage page;

    if (row == NULL)
      continue;
    page = gate_page_ordinary (i, json_object_get_string_member_with_default (row, "so_ky_hieu", ""),
                               json_object_get_string_member_with_default (row, "trich_yeu", ""));
    n_turns = 1;
    try_turns (&page, i, "header", FALSE, turns);
    t->checks += turns[0].checks;
    t->missed += turns[0].missed;
    t->unsure += turns[0].unsure;
    t->us += turns[0].us;
    gate_page_clear (&page);
    fflush (stdout);
  }
}

/* For other judges: the daemon's. */
static void
draw_turns (const GatePage *page, guint seed, const char *wear)
{
  for (guint turn = 0; turn < (guint) n_turns; turn++) {
    g_autofree char *path = g_strdup_printf ("%s/%s-%u-%u.jpg", draw, wear, seed, turn * 90);
    PIX *colour = pixConvertTo32 (page->pix), *pix = turn == 0 ? pixClone (colour) : pixRotateOrth (colour, turn);

    pixSetResolution (pix, (l_int32) page->dpi, (l_int32) page->dpi);
    if (pixWriteJpeg (path, pix, DRAW_QUALITY, 0) != 0)
      g_printerr ("%s: cannot be written\n", path);
    pixDestroy (&pix);
    pixDestroy (&colour);
  }
}

/* Pictures of pages without a mark, e.g. of real scans: every one that is held is an alarm. */
static void
try_files (char **paths, int n, Tally *t)
{
  for (int i = 0; i < n; i++) {
    PIX *pix = pixRead (paths[i]);
    gint64 start = g_get_monotonic_time ();
    SohoaSecrecyVerdict verdict;

    if (pix == NULL) {
      printf ("%s: cannot be read\n", paths[i]);
      continue;
    }
    verdict = judge (pix, pixGetXRes (pix) > 0 ? pixGetXRes (pix) : 200, TRUE);
    t->us += g_get_monotonic_time () - start;
    t->checks++;
    if (verdict.verdict != SOHOA_SECRECY_CLEAR) {
      t->missed++;
      printf ("alarm: %s [%s %s]\n", paths[i], sohoa_secrecy_to_string (verdict.verdict), verdict.reason);
    }
    pixDestroy (&pix);
    fflush (stdout);
  }
}

static void
print_table (Tally tallies[GATE_N_WEARS + 1][4])
{
  printf ("%-12s %8s %8s %8s %8s   ms a page\n", "", "checks", "wrong", "unsure", "share");
  for (guint wear = 0; wear <= GATE_N_WEARS; wear++)
    for (guint turn = 0; turn < 4; turn++) {
      const Tally *t = &tallies[wear][turn];

      if (t->checks > 0)
        printf ("%-12s %3u° %4u %8u %8u %7.2f%% %8.0f\n", wear < GATE_N_WEARS ? gate_wear_to_string (wear) : "unmarked",
                turn * 90, t->checks, t->missed, t->unsure, 100.0 * t->missed / t->checks, t->us / 1000.0 / t->checks);
    }
}

static int
conclude (Tally tallies[GATE_N_WEARS + 1][4])
{
  guint marked = 0, missed = 0, unmarked = 0, alarms = 0;

  for (guint turn = 0; turn < 4; turn++) {
    for (guint wear = 0; wear < GATE_N_WEARS; wear++) {
      marked += tallies[wear][turn].checks;
      missed += tallies[wear][turn].missed;
    }
    unmarked += tallies[GATE_N_WEARS][turn].checks;
    alarms += tallies[GATE_N_WEARS][turn].missed;
  }
  printf ("gate: %u missed of %u marked, %u false alarms of %u unmarked\n", missed, marked, alarms, unmarked);
  return missed > 0 || alarms > FALSE_ALARMS * unmarked ? 1 : 0;
}

int
main (int argc, char **argv)
{
  int from = 1, count = 2, unmarked = 8, only = -1;
  const GOptionEntry entries[] = {
    { "from", 0, 0, G_OPTION_ARG_INT, &from, "first seed (1)", "SEED" },
    { "count", 0, 0, G_OPTION_ARG_INT, &count, "marked pages, each at 4 turns under 5 wears (2)", "N" },
    { "unmarked", 0, 0, G_OPTION_ARG_INT, &unmarked, "unmarked pages (8)", "N" },
    { "wear", 0, 0, G_OPTION_ARG_INT, &only, "only this wear, 0 to 4", "W" },
    { "turns", 0, 0, G_OPTION_ARG_INT, &n_turns, "quarter turns of each page, 1 to 4 (4)", "N" },
    { "headers", 0, 0, G_OPTION_ARG_FILENAME, &headers, "print rows of real numbers and subjects", "FILE" },
    { "rows", 0, 0, G_OPTION_ARG_INT, &n_rows, "so many of them, from the first seed on (all)", "N" },
    { "draw", 0, 0, G_OPTION_ARG_FILENAME, &draw, "write the marked pages as WEAR-SEED-TURN.jpg, judge none", "DIR" },
    { "save", 0, 0, G_OPTION_ARG_FILENAME, &save, "keep the pages that failed", "DIR" },
    { NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL },
  };
  g_autoptr(GOptionContext) context = g_option_context_new (NULL);
  g_autoptr(GError) error = NULL;
  Tally tallies[GATE_N_WEARS + 1][4] = { 0 };

  setlocale (LC_ALL, "");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || !gate_page_init (&error)
      || (recogniser = sohoa_recogniser_new (&error)) == NULL) {
    g_printerr ("gate-campaign: %s\n", error->message);
    return 2;
  }
  for (int i = 0; i < count; i++)
    for (guint wear = 0; wear < GATE_N_WEARS; wear++) {
      GatePage page;

      if (only >= 0 && (guint) only != wear)
        continue;
      page = gate_page_marked ((guint) (from + i), wear);
      if (draw != NULL)
        draw_turns (&page, (guint) (from + i), gate_wear_to_string (wear));
      else
        try_turns (&page, (guint) (from + i), gate_wear_to_string (wear), TRUE, tallies[wear]);
      gate_page_clear (&page);
      fflush (stdout);
    }
  for (int i = 0; i < unmarked; i++) {
    GatePage page = gate_page_unmarked ((guint) (from + i));

    try_turns (&page, (guint) (from + i), "unmarked", FALSE, tallies[GATE_N_WEARS]);
    gate_page_clear (&page);
    fflush (stdout);
  }
  if (headers != NULL)
    try_headers (headers, (guint) from, (guint) n_rows, &tallies[GATE_N_WEARS][0]);
  try_files (argv + 1, argc - 1, &tallies[GATE_N_WEARS][0]);
  sohoa_recogniser_free (recogniser);
  if (draw != NULL)
    return 0;
  print_table (tallies);
  return conclude (tallies);
}
