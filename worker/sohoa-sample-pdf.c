#include "sohoa-sample-pdf.h"

#include "sohoa-file.h"

#include <string.h>

static const char *const sample_objects[] = {
  "<< /Type /Catalog /Pages 2 0 R >>",
  "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
  "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 100] /Contents 4 0 R "
  "/Resources << /Font << /F1 5 0 R /F2 6 0 R >> >> >>",
  NULL, /* contents */
  "<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman /Encoding /WinAnsiEncoding >>",
  "<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [7 0 R] >>",
  "<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light "
  "/CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> /FontDescriptor 8 0 R >>",
  "<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] /ItalicAngle 0 "
  "/Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>",
};

static const char sample_contents[] = "BT /F1 24 Tf 10 60 Td (Sohoa) Tj /F2 24 Tf 0 -40 Td <4E2D6587> Tj ET\n";

int
sohoa_sample_pdf_new (GError **error)
{
  g_autoptr(GString) pdf = g_string_new ("%PDF-1.4\n");
  gsize offsets[G_N_ELEMENTS (sample_objects)];
  gsize xref;

  for (guint i = 0; i < G_N_ELEMENTS (sample_objects); i++) {
    offsets[i] = pdf->len;
    g_string_append_printf (pdf, "%u 0 obj\n", i + 1);
    if (sample_objects[i] != NULL)
      g_string_append (pdf, sample_objects[i]);
    else
      g_string_append_printf (pdf, "<< /Length %" G_GSIZE_FORMAT " >>\nstream\n%sendstream",
                              strlen (sample_contents), sample_contents);
    g_string_append (pdf, "\nendobj\n");
  }
  xref = pdf->len;
  g_string_append_printf (pdf, "xref\n0 %u\n0000000000 65535 f \n", (guint) G_N_ELEMENTS (sample_objects) + 1);
  for (guint i = 0; i < G_N_ELEMENTS (sample_objects); i++)
    g_string_append_printf (pdf, "%010" G_GSIZE_FORMAT " 00000 n \n", offsets[i]);
  g_string_append_printf (pdf, "trailer\n<< /Size %u /Root 1 0 R >>\nstartxref\n%" G_GSIZE_FORMAT "\n%%%%EOF\n",
                          (guint) G_N_ELEMENTS (sample_objects) + 1, xref);
  return sohoa_memfd_new_sealed ("sample", pdf->str, pdf->len, error);
}

