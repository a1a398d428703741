/* Makes invented paper: Vietnamese administrative documents as a scanner would deliver them, with
 * their truth beside them. Same seed and options, same bytes. See --help. */
#include <locale.h>
#include <string.h>

#include "page-document.h"
#include "page-draw.h"
#include "page-output.h"
#include "page-wear.h"
#include "page-wide.h"
#include "sohoa-errors.h"
#include "sohoa-file.h"

#define MAX_DOCUMENTS 10000
#define MIN_DPI 72
#define MAX_DPI 600

typedef struct {
  int        seed, count, dpi, pages;
  char      *out, *kind, *family, *type, *secrecy, *urgency, *format; /* (owned) */
  gboolean   stamp_den, seal, handwritten, mix, wide;
} Options;

static const char *const urgencies[] = { "KHẨN", "THƯỢNG KHẨN", "HỎA TỐC" };

static gboolean
parse_options (Options *o, int *argc, char ***argv, GError **error)
{
  GOptionEntry entries[] = {
    { "seed", 0, 0, G_OPTION_ARG_INT, &o->seed, "first seed (default 1)", "N" },
    { "count", 0, 0, G_OPTION_ARG_INT, &o->count, "number of documents (default 1)", "N" },
    { "out", 0, 0, G_OPTION_ARG_FILENAME, &o->out, "folder for doc-000, doc-001 …", "DIR" },
    { "kind", 0, 0, G_OPTION_ARG_STRING, &o->kind, "clean|office|bleed|old|shadow|rot|fax (default: in turns)", "KIND" },
    { "family", 0, 0, G_OPTION_ARG_STRING, &o->family, "nd30|party|firm (default nd30); --wide chooses itself", "FAMILY" },
    { "type", 0, 0, G_OPTION_ARG_STRING, &o->type, "QĐ|CV|TB|GM|BC|KH|TTr|HD|CTr|PA (default: any)", "ABBR" },
    { "pages", 0, 0, G_OPTION_ARG_INT, &o->pages, "about so many pages (default: 1 to 3)", "N" },
    { "secrecy", 0, 0, G_OPTION_ARG_STRING, &o->secrecy, "MAT|TOI_MAT|TUYET_MAT", "MARK" },
    { "urgency", 0, 0, G_OPTION_ARG_STRING, &o->urgency, "KHAN|THUONG_KHAN|HOA_TOC", "MARK" },
    { "stamp-den", 0, 0, G_OPTION_ARG_NONE, &o->stamp_den, "with an arrival stamp", NULL },
    { "seal", 0, 0, G_OPTION_ARG_NONE, &o->seal, "with a red seal", NULL },
    { "handwritten", 0, 0, G_OPTION_ARG_NONE, &o->handwritten, "number and date written by hand", NULL },
    { "mix", 0, 0, G_OPTION_ARG_NONE, &o->mix, "choose family, stamps, seal and handwriting by the seed", NULL },
    { "wide", 0, 0, G_OPTION_ARG_NONE, &o->wide, "all families and types, annexes, copies, traps, by the seed", NULL },
    { "dpi", 0, 0, G_OPTION_ARG_INT, &o->dpi, "default 300", "N" },
    { "format", 0, 0, G_OPTION_ARG_STRING, &o->format, "jpg|pdf|tiff (default jpg)", "FORMAT" },
    { NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);

  g_option_context_add_main_entries (context, entries, NULL);
  return g_option_context_parse (context, argc, argv, error);
}

static gboolean
fail_option (GError **error, const char *what)
{
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "%s: see --help", what);
  return FALSE;
}

/* Turns a word of the command line into the mark that is printed; NULL for none. */
static gboolean
read_mark (const char *word, const char *const *table, const char **out, GError **error)
{
  *out = NULL;
  if (word == NULL)
    return TRUE;
  for (; table[0] != NULL; table += 2) {
    if (strcmp (word, table[0]) == 0) {
      *out = table[1];
      return TRUE;
    }
  }
  return fail_option (error, word);
}

static gboolean
read_wish (const Options *o, PageWish *wish, PageFormat *format, GError **error)
{
  static const char *const secrecy[] = { "MAT", "MẬT", "TOI_MAT", "TỐI MẬT", "TUYET_MAT", "TUYỆT MẬT", NULL };
  static const char *const urgency[] = { "KHAN", "KHẨN", "THUONG_KHAN", "THƯỢNG KHẨN", "HOA_TOC", "HỎA TỐC", NULL };
  static const char *const formats[] = { "jpg", "pdf", "tiff" };

  if (o->out == NULL || o->count < 1 || o->count > MAX_DOCUMENTS || o->dpi < MIN_DPI || o->dpi > MAX_DPI
      || o->pages < 0 || o->pages > PAGE_MAX_SHEETS)
    return fail_option (error, "--out is missing or a number is out of range");
  if (o->kind != NULL && !page_kind_from_string (o->kind, &wish->kind))
    return fail_option (error, o->kind);
  if (o->family != NULL && !page_family_from_string (o->family, &wish->family))
    return fail_option (error, o->family);
  wish->type = o->type;
  wish->pages = (guint) o->pages;
  wish->stamp_den = o->stamp_den;
  wish->seal = o->seal;
  wish->handwritten = o->handwritten;
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++) {
    if (strcmp (o->format != NULL ? o->format : "jpg", formats[i]) == 0) {
      *format = (PageFormat) i;
      return read_mark (o->secrecy, secrecy, &wish->secrecy, error)
             && read_mark (o->urgency, urgency, &wish->urgency, error);
    }
  }
  return fail_option (error, o->format);
}

/* What an office gets in a week: mostly state papers, most sealed, half stamped. */
static void
mix_wish (PageWish *wish, GRand *rand)
{
  int family = g_rand_int_range (rand, 0, 10);

  wish->family = family < 8 ? PAGE_FAMILY_ND30 : family == 8 ? PAGE_FAMILY_PARTY : PAGE_FAMILY_FIRM;
  wish->seal |= g_rand_int_range (rand, 0, 10) < 9;
  wish->stamp_den |= g_rand_boolean (rand);
  wish->handwritten |= g_rand_int_range (rand, 0, 10) < 3;
  if (wish->urgency == NULL && g_rand_int_range (rand, 0, 4) == 0)
    wish->urgency = urgencies[g_rand_int_range (rand, 0, G_N_ELEMENTS (urgencies))];
}

static gboolean
make_document (const PageWish *wish, GRand *rand, const char *folder, PageFormat format, double dpi, GError **error)
{
  g_autoptr (PageDocument) document = page_document_new (rand, wish);
  g_autoptr (GPtrArray) sheets = page_draw (document, rand, dpi);
  g_autoptr (GPtrArray) texts = g_ptr_array_new ();
  WornPage *pages = g_new0 (WornPage, sheets->len);
  gboolean written;

  for (guint i = 0; i < sheets->len; i++) {
    PageSheet *sheet = sheets->pdata[i];
    PageSheet *other = sheets->pdata[(i ^ 1) < sheets->len ? i ^ 1 : 0];

    g_ptr_array_add (texts, sheet->text);
    pages[i] = page_wear (sheet->surface, other->surface, wish->kind, rand, dpi);
  }
  written = sohoa_folder_make (folder, 0755, error)
            && page_output_write (folder, format, pages, sheets->len, wish->kind, dpi, error)
            && page_output_truth (folder, document, texts, pages, error);
  for (guint i = 0; i < sheets->len; i++)
    pixDestroy (&pages[i].pix);
  g_free (pages);
  return written;
}

static gboolean
make_all (const Options *o, GError **error)
{
  PageWish wish = { .kind = PAGE_KIND_CLEAN, .family = PAGE_FAMILY_ND30 };
  PageFormat format = PAGE_FORMAT_JPG;

  if (!read_wish (o, &wish, &format, error) || !page_draw_init (error))
    return FALSE;
  for (int i = 0; i < o->count; i++) {
    g_autoptr (GRand) rand = g_rand_new_with_seed ((guint32) (o->seed + i));
    g_autofree char *folder = g_strdup_printf ("%s/doc-%03d", o->out, i);
    PageWish own = wish;

    if (o->kind == NULL)
      own.kind = (PageKind) (i % PAGE_N_KINDS);
    if (o->mix)
      mix_wish (&own, rand);
    if (o->wide)
      page_wide_wish (rand, &own);
    if (!make_document (&own, rand, folder, format, o->dpi, error))
      return FALSE;
  }
  return TRUE;
}

int
main (int argc, char **argv)
{
  Options o = { .seed = 1, .count = 1, .dpi = 300 };
  g_autoptr (GError) error = NULL;
  gboolean usage = FALSE, done;

  setlocale (LC_ALL, "");
  done = parse_options (&o, &argc, &argv, &error) && make_all (&o, &error);
  if (!done) {
    usage = error->domain == G_OPTION_ERROR;
    g_printerr ("sohoa-make-pages: %s\n", error->message);
  }
  g_free (o.out);
  g_free (o.kind);
  g_free (o.family);
  g_free (o.type);
  g_free (o.secrecy);
  g_free (o.urgency);
  g_free (o.format);
  return done ? SOHOA_EXIT_OK : usage ? SOHOA_EXIT_USAGE : SOHOA_EXIT_INTERNAL;
}
