/* sohoa register: the books of the desk on screen, as CSV and as pages to be signed for and bound. */
#include "sohoa-cli.h"
#include "sohoa-cli-register.h"

#include "sohoa-time.h"

#include <stdio.h>
#include <string.h>

static struct {
  char    *book, *csv, *pdf;
  gboolean follow_up, all;
  int      year;
  gint64   from;
} opt;

static const GOptionEntry entries[] = {
  { "year", 0, 0, G_OPTION_ARG_INT, &opt.year, "year (this one)", "Y" },
  { "book", 0, 0, G_OPTION_ARG_STRING, &opt.book, "book (the default one)", "B" },
  { "csv", 0, 0, G_OPTION_ARG_FILENAME, &opt.csv, "write as CSV", "FILE" },
  { "pdf", 0, 0, G_OPTION_ARG_FILENAME, &opt.pdf, "write the rows not printed yet as pages; they are frozen by it", "FILE" },
  { "from", 0, 0, G_OPTION_ARG_INT64, &opt.from, "with --pdf: from this number on, printed before or not", "N" },
  { "all", 0, 0, G_OPTION_ARG_NONE, &opt.all, "with --pdf: the whole book", NULL },
  { "follow-up", 0, 0, G_OPTION_ARG_NONE, &opt.follow_up, "the register of handling (seven columns)", NULL },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};

/* A cell that a spreadsheet would take for a formula gets an apostrophe before it. */
static void
append_csv (GString *out, const char *text)
{
  g_string_append_c (out, '"');
  if (text[0] != '\0' && strchr ("=+-@\t\r", text[0]) != NULL)
    g_string_append_c (out, '\'');
  for (const char *p = text; *p != '\0'; p++) {
    if (*p == '"')
      g_string_append_c (out, '"');
    g_string_append_c (out, *p);
  }
  g_string_append_c (out, '"');
}

static void
append_csv_line (GString *out, char **cells)
{
  for (guint i = 0; cells[i] != NULL; i++) {
    if (i > 0)
      g_string_append_c (out, ',');
    append_csv (out, cells[i]);
  }
  g_string_append (out, "\r\n");
}

static void
append_line (GString *out, const SohoaBookRow *row)
{
  g_string_append_printf (out, "%6" G_GUINT64_FORMAT "  %s", row->number, row->id);
  for (guint i = 0; row->cells[i] != NULL; i++)
    if (row->cells[i][0] != '\0')
      g_string_append_printf (out, "  %s", row->cells[i]);
  g_string_append (out, row->is_void ? "  [void]\n" : "\n");
}

/* The byte order mark lets spreadsheets read Vietnamese. */
static gboolean
write_text (const SohoaBook *book, GError **error)
{
  g_autoptr(GString) out = g_string_new (opt.csv != NULL ? "\xef\xbb\xbf" : "");

  if (opt.csv != NULL)
    append_csv_line (out, book->columns);
  for (guint i = 0; i < book->rows->len; i++) {
    const SohoaBookRow *row = g_ptr_array_index (book->rows, i);

    if (opt.csv != NULL)
      append_csv_line (out, row->cells);
    else
      append_line (out, row);
  }
  return sohoa_cli_write_text (opt.csv != NULL ? opt.csv : "-", out->str, error);
}

static void
row_free (gpointer data)
{
  SohoaBookRow *row = data;

  g_free (row->id);
  g_strfreev (row->cells);
  g_free (row);
}

static void
book_clear (SohoaBook *book)
{
  g_clear_pointer (&book->columns, g_strfreev);
  g_clear_pointer (&book->rows, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SohoaBook, book_clear)

static gboolean
fetch (SohoaBook *book, GError **error)
{
  g_autoptr(GVariant) answer
    = sohoa_cli_call (SOHOA_BUS_DOCUMENTS, "GetRegisterRows",
                      g_variant_new ("(iss)", opt.year, opt.book != NULL ? opt.book : "", opt.follow_up ? "follow-up" : "arrivals"),
                      "(asa(tsbbbas))", NULL, NULL, error);
  g_autoptr(GVariantIter) rows = NULL;
  SohoaBookRow row;

  if (answer == NULL)
    return FALSE;
  book->rows = g_ptr_array_new_with_free_func (row_free);
  g_variant_get (answer, "(^asa(tsbbbas))", &book->columns, &rows);
  while (g_variant_iter_next (rows, "(tsbbb^as)", &row.number, &row.id, &row.is_void, &row.printed, &row.changed, &row.cells))
    g_ptr_array_add (book->rows, g_memdup2 (&row, sizeof row));
  return TRUE;
}

/* Freezes what is new, so that the pages and the frozen rows are the same. @from_out: first number to print, 0 = nothing. */
static gboolean
choose_rows (guint64 *from_out, GError **error)
{
  g_autoptr(GVariant) answer = NULL;
  guint64 last = 0;

  *from_out = opt.all ? 1 : (guint64) MAX (0, opt.from);
  if (opt.follow_up) { /* kept on screen, printed whole */
    *from_out = MAX (*from_out, 1);
    return TRUE;
  }
  answer = sohoa_cli_call (SOHOA_BUS_DOCUMENTS, "FreezeRegister",
                           g_variant_new ("(is)", opt.year, opt.book != NULL ? opt.book : ""), "(tt)", NULL, NULL, error);
  if (answer == NULL)
    return FALSE;
  if (*from_out == 0)
    g_variant_get (answer, "(tt)", from_out, &last);
  return TRUE;
}

static int
print_pages (GError **error)
{
  g_auto(SohoaBook) book = { 0 };
  guint64 from = 0;

  if (!sohoa_cli_can_print (error) || !choose_rows (&from, error) || !fetch (&book, error))
    return SOHOA_EXIT_INTERNAL;
  for (guint i = 0; i < book.rows->len; i++) {
    const SohoaBookRow *row = g_ptr_array_index (book.rows, i);

    if (row->changed)
      fprintf (stderr, "sohoa: register: số đến %" G_GUINT64_FORMAT " was changed after it was printed: write the change into "
                       "the printed book by hand\n", row->number);
  }
  while (book.rows->len > 0 && ((SohoaBookRow *) g_ptr_array_index (book.rows, 0))->number < from)
    g_ptr_array_remove_index (book.rows, 0);
  if (from == 0 || book.rows->len == 0) {
    printf ("nothing new since the last printing: --all or --from N print again\n");
    return SOHOA_EXIT_OK;
  }
  book.year = opt.year;
  book.name = opt.book != NULL ? opt.book : "";
  book.follow_up = opt.follow_up;
  if (!sohoa_cli_print_book (&book, opt.pdf, error)) {
    g_prefix_error (error, "register: rows from %" G_GUINT64_FORMAT " are frozen, print them with --from: ", from);
    return SOHOA_EXIT_INTERNAL;
  }
  return SOHOA_EXIT_OK;
}

int
sohoa_cli_register (int argc, char **argv, GError **error)
{
  g_auto(SohoaBook) book = { 0 };

  opt.year = sohoa_time_year (sohoa_time_now_us ());
  if (!sohoa_cli_parse ("register", "— the registers of incoming documents", entries, &argc, &argv, error))
    return SOHOA_EXIT_USAGE;
  if (argc != 1 || (opt.csv != NULL && opt.pdf != NULL) || (opt.pdf == NULL && (opt.all || opt.from != 0)) || opt.from < 0) {
    sohoa_cli_usage_error (error, "register: takes --year, --book, --follow-up and one of --csv and --pdf [--all | --from N]");
    return SOHOA_EXIT_USAGE;
  }
  if (opt.pdf != NULL)
    return print_pages (error);
  return fetch (&book, error) && write_text (&book, error) ? SOHOA_EXIT_OK : SOHOA_EXIT_INTERNAL;
}
