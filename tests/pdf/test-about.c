/* What a PDF says of itself: packets as other programs write them (ISO 16684-1: attributes, any prefix), and hostile ones. */
#include "sohoa-file.h"
#include "sohoa-pdf-about.h"

#include <string.h>

#define HEAD "<?xpacket begin=\"\357\273\277\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">" \
             "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">"
#define TAIL "</rdf:RDF></x:xmpmeta><?xpacket end=\"w\"?>"
#define ID "http://www.aiim.org/pdfa/ns/id/"
#define DC "http://purl.org/dc/elements/1.1/"

/* A file of one empty page with this packet. */
static SohoaPdfAbout *
about_of (const char *xmp, gsize length)
{
  g_autoptr(GString) s = g_string_new ("%PDF-1.7\n");
  gsize at[5];
  g_autoptr(GError) error = NULL;
  SOHOA_AUTO_FD int fd = sohoa_memfd_new ("about", NULL);
  SohoaPdfAbout *about;
  gsize xref;

  at[1] = s->len;
  g_string_append (s, "1 0 obj\n<< /Type /Catalog /Pages 2 0 R /Metadata 4 0 R >>\nendobj\n");
  at[2] = s->len;
  g_string_append (s, "2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n");
  at[3] = s->len;
  g_string_append (s, "3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] >>\nendobj\n");
  at[4] = s->len;
  g_string_append_printf (s, "4 0 obj\n<< /Type /Metadata /Subtype /XML /Length %" G_GSIZE_FORMAT " >>\nstream\n", length);
  g_string_append_len (s, xmp, (gssize) length);
  g_string_append (s, "\nendstream\nendobj\n");
  xref = s->len;
  g_string_append (s, "xref\n0 5\n0000000000 65535 f \n");
  for (guint i = 1; i < 5; i++)
    g_string_append_printf (s, "%010" G_GSIZE_FORMAT " 00000 n \n", at[i]);
  g_string_append_printf (s, "trailer\n<< /Size 5 /Root 1 0 R >>\nstartxref\n%" G_GSIZE_FORMAT "\n%%%%EOF\n", xref);
  g_assert_true (sohoa_fd_write_all (fd, s->str, s->len, NULL));
  about = sohoa_pdf_about_new (fd, &error);
  g_assert_no_error (error);
  g_assert_nonnull (about);
  return about;
}

static void
test_claims (void)
{
  static const struct { const char *xmp, *claim, *title; } cases[] = {
    { HEAD "<rdf:Description rdf:about=\"\" xmlns:pdfaid=\"" ID "\"><pdfaid:part>2</pdfaid:part><pdfaid:conformance>U"
      "</pdfaid:conformance></rdf:Description>" TAIL, "2u", "" },
    { HEAD "<rdf:Description rdf:about='' xmlns:pdfaid='" ID "' pdfaid:part='1' pdfaid:conformance='B'/>" TAIL, "1b", "" },
    { HEAD "<rdf:Description xmlns:q=\"" ID "\" q:part=\"4\"/>" TAIL, "4", "" },
    { HEAD "<rdf:Description xmlns:pdfaid=\"http://elsewhere/\" pdfaid:part=\"2\"/>" TAIL, "", "" },
    { HEAD "<rdf:Description xmlns:d=\"" DC "\"><d:title><rdf:Alt><rdf:li xml:lang=\"x-default\">Quyết định &lt;1&gt;</rdf:li>"
      "</rdf:Alt></d:title></rdf:Description>" TAIL, "", "Quyết định <1>" },
    { HEAD "<rdf:Description xmlns:p=\"" ID "\" p:part=\"2\" p:conformance=\"B\"><open>" TAIL, "2b", "" }, /* broken behind it */
    { "no XML at all", "", "" },
    { "", "", "" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr(SohoaPdfAbout) about = about_of (cases[i].xmp, strlen (cases[i].xmp));

    g_test_message ("case %u", i);
    g_assert_cmpstr (about->claim, ==, cases[i].claim);
    g_assert_cmpstr (about->title, ==, cases[i].title);
    g_assert_cmpuint (about->n_pages, ==, 1);
    g_assert_cmpuint (about->n_with_text, ==, 0);
  }
}

static void
test_record (void)
{
  static const char xmp[] = HEAD "<rdf:Description xmlns:sohoa=\"https://sohoa.vn/ns/document/1/\"><sohoa:CodeNumber>152"
                                 "</sohoa:CodeNumber><sohoa:ToPlaces><rdf:Seq><rdf:li>Sở Nội vụ</rdf:li><rdf:li>Như trên</rdf:li>"
                                 "</rdf:Seq></sohoa:ToPlaces></rdf:Description>" TAIL;
  g_autoptr(SohoaPdfAbout) about = about_of (xmp, strlen (xmp));
  const SohoaPdfFact *fact;

  g_assert_cmpuint (about->record->len, ==, 2);
  fact = about->record->pdata[0];
  g_assert_cmpstr (fact->key, ==, "CodeNumber");
  g_assert_cmpstr (fact->value, ==, "152");
  fact = about->record->pdata[1];
  g_assert_cmpstr (fact->key, ==, "ToPlaces");
  g_assert_cmpstr (fact->value, ==, "Sở Nội vụ; Như trên");
}

/* Nothing that a stranger writes there ends the program or grows without bound. */
static void
test_hostile (void)
{
  g_autoptr(GString) deep = g_string_new (HEAD);
  g_autoptr(GString) many = g_string_new (HEAD "<rdf:Description xmlns:sohoa=\"https://sohoa.vn/ns/document/1/\">");
  g_autoptr(GRand) rand = g_rand_new_with_seed (7);
  static const char good[] = HEAD "<rdf:Description xmlns:p=\"" ID "\" p:part=\"2\" p:conformance=\"U\"/>" TAIL;

  for (guint i = 0; i < 10000; i++)
    g_string_append (deep, "<a>");
  g_string_append (deep, TAIL);
  for (guint i = 0; i < 5000; i++)
    g_string_append_printf (many, "<sohoa:F%u>x</sohoa:F%u>", i, i);
  g_string_append (many, "</rdf:Description>" TAIL);
  for (guint k = 0; k < 2; k++) {
    const GString *xmp = k == 0 ? deep : many;
    g_autoptr(SohoaPdfAbout) about = about_of (xmp->str, xmp->len);

    g_assert_cmpuint (about->record->len, <=, 200);
    g_assert_cmpstr (about->claim, ==, "");
  }
  for (guint k = 0; k < 300; k++) {
    g_autofree char *bytes = g_memdup2 (good, sizeof good);

    for (guint i = 0; i < 3; i++)
      bytes[g_rand_int_range (rand, 0, sizeof good - 1)] = (char) g_rand_int_range (rand, 0, 256);
    sohoa_pdf_about_free (about_of (bytes, sizeof good - 1));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/about/claims", test_claims);
  g_test_add_func ("/about/record", test_record);
  g_test_add_func ("/about/hostile", test_hostile);
  return g_test_run ();
}
