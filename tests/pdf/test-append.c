/* Signing what is already there: bytes kept, earlier signatures kept, and every file that may not be touched
 * refused. Outside judges: qpdf --check and pdfsig. */
#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-pdf.h"
#include "sohoa-placeholder.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define TIME_US (G_GINT64_CONSTANT (1795000000) * G_USEC_PER_SEC)

static char *folder; /* of this run */
static SohoaSigner *signer;

static char *
path_of (const char *name)
{
  return g_build_filename (folder, name, NULL);
}

/* Runs a program; its standard output, and whether it ended with 0. */
static char *
run (gboolean *ok, const char *program, ...)
{
  g_autoptr(GPtrArray) argv = g_ptr_array_new ();
  g_autoptr(GError) error = NULL;
  char *out = NULL;
  int status = -1;
  va_list args;

  g_ptr_array_add (argv, (char *) program);
  va_start (args, program);
  for (char *word = va_arg (args, char *); word != NULL; word = va_arg (args, char *))
    g_ptr_array_add (argv, word);
  va_end (args);
  g_ptr_array_add (argv, NULL);
  g_assert_true (g_spawn_sync (NULL, (char **) argv->pdata, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL,
                               &out, NULL, &status, &error));
  g_assert_no_error (error);
  *ok = g_spawn_check_wait_status (status, NULL);
  return out;
}

/* A one-page PDF; the page's annotations and the form are objects of their own when @indirect. */
static char *
make_pdf (const char *name, gboolean indirect)
{
  g_autoptr(GString) pdf = g_string_new ("%PDF-1.7\n%\xE2\xE3\xCF\xD3\n");
  const char *bodies[] = {
    indirect ? "<</Type/Catalog/Pages 2 0 R/AcroForm 5 0 R>>" : "<</Type/Catalog/Pages 2 0 R>>",
    "<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 595 842]>>",
    indirect ? "<</Type/Page/Parent 2 0 R/Annots 4 0 R>>" : "<</Type/Page/Parent 2 0 R>>",
    "[]",
    "<</Fields[]>>",
  };
  gsize offsets[6] = { 0 }, start;
  char *path = path_of (name);

  for (guint i = 0; i < G_N_ELEMENTS (bodies); i++) {
    offsets[i + 1] = pdf->len;
    g_string_append_printf (pdf, "%u 0 obj\n%s\nendobj\n", i + 1, bodies[i]);
  }
  start = pdf->len;
  g_string_append (pdf, "xref\n0 6\n0000000000 65535 f \n");
  for (guint i = 1; i < 6; i++)
    g_string_append_printf (pdf, "%010" G_GSIZE_FORMAT " 00000 n \n", offsets[i]);
  g_string_append_printf (pdf, "trailer\n<</Size 6/Root 1 0 R/ID[<00112233445566778899aabbccddeeff><00112233445566778899aabbccddeeff>]>>\nstartxref\n%" G_GSIZE_FORMAT "\n%%%%EOF", start);
  g_assert_true (g_file_set_contents (path, pdf->str, pdf->len, NULL));
  return path;
}

/* Appends and signs @in to @out; FALSE with the reason. */
static gboolean
append (const char *in, const char *out, GError **error)
{
  SohoaPdfJob job = { .time_us = TIME_US, .name = "Văn thư", .reason = "Số hóa" };
  SohoaPdfPlaceholder p;
  SohoaPlaceholder room;
  guint64 size;
  SOHOA_AUTO_FD int in_fd = open (in, O_RDONLY | O_CLOEXEC);
  SOHOA_AUTO_FD int out_fd = open (out, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

  g_assert_cmpint (in_fd, >=, 0);
  if (!sohoa_pdf_append_signature (in_fd, out_fd, &job, &p, &size, error))
    return FALSE;
  g_assert_cmpuint (size, ==, sohoa_fd_size (out_fd));
  room = (SohoaPlaceholder){ p.byte_range_offset, p.byte_range_length, p.contents_offset, p.contents_length };
  return sohoa_sign_fill_placeholder (out_fd, &room, signer, error);
}

static GPtrArray *
signatures_of (const char *path)
{
  g_autoptr(GError) error = NULL;
  SOHOA_AUTO_FD int fd = open (path, O_RDONLY | O_CLOEXEC);
  GPtrArray *list = sohoa_pdf_signatures (fd, NULL, &error);

  g_assert_no_error (error);
  return list;
}

static guint
count (const char *text, const char *word)
{
  guint n = 0;

  for (const char *p = text; (p = strstr (p, word)) != NULL; p++)
    n++;
  return n;
}

/* Twice in a row, each time with the bytes before kept and every signature valid. */
static void
check_twice (const char *path)
{
  g_autofree char *current = g_strdup (path);

  for (guint round = 1; round <= 2; round++) {
    g_autoptr(GError) error = NULL;
    g_autofree char *next = g_strdup_printf ("%s.%u", path, round);
    g_autofree char *before = NULL;
    g_autofree char *after = NULL;
    g_autofree char *verdict = NULL;
    g_autoptr(GPtrArray) list = NULL;
    gsize n_before, n_after;
    gboolean ok;

    g_assert_true (append (current, next, &error));
    g_assert_no_error (error);
    g_assert_true (g_file_get_contents (current, &before, &n_before, NULL));
    g_assert_true (g_file_get_contents (next, &after, &n_after, NULL));
    g_assert_cmpuint (n_after, >, n_before);
    g_assert_cmpmem (before, n_before, after, n_before);
    g_free (run (&ok, "qpdf", "--check", next, NULL));
    g_assert_true (ok);
    verdict = run (&ok, "pdfsig", next, NULL);
    g_assert_cmpuint (count (verdict, "Signature is Valid"), ==, round);
    g_assert_cmpuint (count (verdict, "Total document signed"), ==, 1);
    list = signatures_of (next);
    g_assert_cmpuint (list->len, ==, round);
    for (guint i = 0; i < round; i++) {
      const SohoaPdfSignature *s = g_ptr_array_index (list, i);

      g_assert_true (s->well_formed);
      g_assert_cmpint (s->covers_whole, ==, i + 1 == round);
      g_assert_cmpstr (s->name, ==, "Văn thư");
      g_assert_cmpstr (s->subfilter, ==, "ETSI.CAdES.detached");
    }
    g_free (current);
    current = g_strdup (next);
  }
}

static void
test_classic (void)
{
  g_autofree char *direct = make_pdf ("direct.pdf", FALSE);
  g_autofree char *indirect = make_pdf ("indirect.pdf", TRUE);

  check_twice (direct);
  check_twice (indirect);
}

static void
test_xref_stream (void)
{
  g_autofree char *plain = make_pdf ("plain.pdf", TRUE);
  g_autofree char *packed = path_of ("packed.pdf");
  gboolean ok;

  g_free (run (&ok, "qpdf", "--object-streams=generate", plain, packed, NULL));
  g_assert_true (ok);
  check_twice (packed);
}

/* Bytes moved about after signing are noticed by the strict reader. */
static void
test_not_well_formed (void)
{
  g_autofree char *plain = make_pdf ("loose.pdf", FALSE);
  g_autofree char *out = path_of ("loose-signed.pdf");
  g_autofree char *bytes = NULL;
  g_autoptr(GPtrArray) list = NULL;
  char *range;
  gsize n;

  g_assert_true (append (plain, out, NULL));
  g_assert_true (g_file_get_contents (out, &bytes, &n, NULL));
  range = g_strstr_len (bytes + 400, n - 400, "/ByteRange [0 ");
  g_assert_nonnull (range);
  range[strlen ("/ByteRange [0 ")] ^= 1; /* another first length: the gap is no longer the string */
  g_assert_true (g_file_set_contents (out, bytes, n, NULL));
  list = signatures_of (out);
  g_assert_cmpuint (list->len, ==, 1);
  g_assert_false (((SohoaPdfSignature *) g_ptr_array_index (list, 0))->well_formed);
}

static void
assert_refused (const char *path, GQuark domain, int code)
{
  g_autofree char *out = path_of ("refused.pdf");
  g_autoptr(GError) error = NULL;

  g_assert_false (append (path, out, &error));
  g_assert_error (error, domain, code);
}

static void
test_refused (void)
{
  g_autofree char *plain = make_pdf ("r.pdf", FALSE);
  g_autofree char *owner = path_of ("owner.pdf");
  g_autofree char *user = path_of ("user.pdf");
  g_autofree char *cut = path_of ("cut.pdf");
  g_autofree char *text = path_of ("text.pdf");
  g_autofree char *bytes = NULL;
  char *at;
  gsize n;
  gboolean ok;

  g_free (run (&ok, "qpdf", "--encrypt", "", "secret", "256", "--", plain, owner, NULL));
  g_free (run (&ok, "qpdf", "--encrypt", "open", "secret", "256", "--", plain, user, NULL));
  assert_refused (owner, SOHOA_PDF_ERROR, SOHOA_PDF_ERROR_NOT_APPENDABLE);
  assert_refused (user, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_ENCRYPTED);
  g_assert_true (g_file_set_contents (text, "Hello", -1, NULL));
  assert_refused (text, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_UNSUPPORTED);
  /* without its end qpdf has to guess */
  g_assert_true (g_file_get_contents (plain, &bytes, &n, NULL));
  at = g_strstr_len (bytes, n, "xref\n0 6");
  g_assert_nonnull (at);
  g_assert_true (g_file_set_contents (cut, bytes, at - bytes, NULL));
  {
    g_autofree char *out = path_of ("refused.pdf");

    g_assert_false (append (cut, out, NULL));
  }
}

/* A certifying signature that allows no change. */
static void
test_docmdp (void)
{
  g_autofree char *path = path_of ("docmdp.pdf");
  g_autoptr(GString) pdf = g_string_new ("%PDF-1.7\n");
  static const char *const bodies[] = {
    "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[4 0 R]/SigFlags 3>>>>",
    "<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 595 842]>>",
    "<</Type/Page/Parent 2 0 R/Annots[4 0 R]>>",
    "<</Type/Annot/Subtype/Widget/FT/Sig/T(S)/Rect[0 0 0 0]/F 132/P 3 0 R/V 5 0 R>>",
    "<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/Contents<3000>/ByteRange[0 1 2 3]"
    "/Reference[<</Type/SigRef/TransformMethod/DocMDP/TransformParams<</P 1/V/1.2>>>>]>>",
  };
  gsize offsets[6] = { 0 }, start;

  for (guint i = 0; i < G_N_ELEMENTS (bodies); i++) {
    offsets[i + 1] = pdf->len;
    g_string_append_printf (pdf, "%u 0 obj\n%s\nendobj\n", i + 1, bodies[i]);
  }
  start = pdf->len;
  g_string_append (pdf, "xref\n0 6\n0000000000 65535 f \n");
  for (guint i = 1; i < 6; i++)
    g_string_append_printf (pdf, "%010" G_GSIZE_FORMAT " 00000 n \n", offsets[i]);
  g_string_append_printf (pdf, "trailer\n<</Size 6/Root 1 0 R>>\nstartxref\n%" G_GSIZE_FORMAT "\n%%%%EOF\n", start);
  g_assert_true (g_file_set_contents (path, pdf->str, pdf->len, NULL));
  assert_refused (path, SOHOA_PDF_ERROR, SOHOA_PDF_ERROR_NOT_APPENDABLE);
}

int
main (int argc, char **argv)
{
  g_autofree char *authority = NULL;
  g_autofree char *p12 = NULL;
  g_autoptr(GError) error = NULL;
  gboolean ok;
  int status;

  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("sohoa-append-XXXXXX", NULL);
  authority = g_build_filename (g_getenv ("SOHOA_TOP_BUILDDIR"), "sign", "sohoa-test-authority", NULL);
  g_free (run (&ok, authority, folder, NULL));
  g_assert_true (ok);
  p12 = path_of ("signer.p12");
  signer = sohoa_signer_new_p12 (p12, -1, &error);
  g_assert_no_error (error);
  g_test_add_func ("/append/classic", test_classic);
  g_test_add_func ("/append/xref-stream", test_xref_stream);
  g_test_add_func ("/append/not-well-formed", test_not_well_formed);
  g_test_add_func ("/append/refused", test_refused);
  g_test_add_func ("/append/docmdp", test_docmdp);
  status = g_test_run ();
  sohoa_signer_free (signer);
  sohoa_folder_remove (folder, NULL);
  g_free (folder);
  return status;
}
