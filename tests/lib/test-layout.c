/* hOCR and ALTO as another program reads them: libxml2 parses the files, a RELAX NG grammar written after the ALTO 4.4
 * schema (the elements we use, their order, their needed attributes) judges one, the hOCR 1.2 specification's terms the
 * other. */
#include "sohoa-file.h"
#include "sohoa-layout.h"

#include <libxml/parser.h>
#include <libxml/relaxng.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>
#include <string.h>
#include <unistd.h>

#define ALTO_NS "http://www.loc.gov/standards/alto/ns-v4#"

static const char grammar[] =
  "<grammar xmlns='http://relaxng.org/ns/structure/1.0' ns='" ALTO_NS "' "
  "datatypeLibrary='http://www.w3.org/2001/XMLSchema-datatypes'><start><element name='alto'>"
  "<attribute name='SCHEMAVERSION'/><attribute name='schemaLocation' ns='http://www.w3.org/2001/XMLSchema-instance'/>"
  "<element name='Description'><element name='MeasurementUnit'><value>pixel</value></element>"
  "<element name='sourceImageInformation'><element name='fileName'><text/></element></element>"
  "<element name='Processing'><attribute name='ID'><data type='ID'/></attribute><element name='processingSoftware'>"
  "<element name='softwareName'><text/></element><element name='softwareVersion'><text/></element></element></element>"
  "</element><element name='Tags'><oneOrMore><element name='OtherTag'><attribute name='ID'><data type='ID'/></attribute>"
  "<attribute name='TYPE'/><attribute name='LABEL'/></element></oneOrMore></element>"
  "<element name='Layout'><oneOrMore><ref name='page'/></oneOrMore></element></element></start>"
  "<define name='box'><attribute name='HPOS'><data type='float'/></attribute><attribute name='VPOS'><data type='float'/>"
  "</attribute><attribute name='WIDTH'><data type='float'/></attribute><attribute name='HEIGHT'><data type='float'/></attribute></define>"
  "<define name='unit'><data type='float'><param name='minInclusive'>0</param><param name='maxInclusive'>1</param></data></define>"
  "<define name='page'><element name='Page'><attribute name='ID'><data type='ID'/></attribute>"
  "<attribute name='PHYSICAL_IMG_NR'><data type='nonNegativeInteger'/></attribute><attribute name='WIDTH'><data type='float'/></attribute>"
  "<attribute name='HEIGHT'><data type='float'/></attribute><attribute name='LANG'><data type='language'/></attribute>"
  "<attribute name='PC'><ref name='unit'/></attribute><optional><attribute name='PAGECLASS'/></optional>"
  "<optional><attribute name='QUALITY'><choice><value>OK</value><value>Missing</value><value>Missing in original</value>"
  "<value>Damaged</value><value>Retained</value><value>Target</value><value>As in original</value></choice></attribute></optional>"
  "<optional><attribute name='QUALITY_DETAIL'/></optional><element name='PrintSpace'><ref name='box'/>"
  "<zeroOrMore><ref name='block'/></zeroOrMore></element></element></define>"
  "<define name='block'><element name='TextBlock'><attribute name='ID'><data type='ID'/></attribute><ref name='box'/>"
  "<optional><attribute name='TAGREFS'><data type='IDREFS'/></attribute></optional><zeroOrMore><element name='TextLine'>"
  "<attribute name='ID'><data type='ID'/></attribute><ref name='box'/><attribute name='BASELINE'/>"
  "<oneOrMore><choice><element name='String'><attribute name='ID'><data type='ID'/></attribute><ref name='box'/>"
  "<attribute name='WC'><ref name='unit'/></attribute><attribute name='CONTENT'/></element><element name='SP'><optional>"
  "<attribute name='HPOS'><data type='float'/></attribute><attribute name='VPOS'><data type='float'/></attribute>"
  "<attribute name='WIDTH'><data type='float'/></attribute></optional></element></choice></oneOrMore></element></zeroOrMore>"
  "</element></define></grammar>";

static void
add_word (SohoaLine *line, const char *text, float x, float y, float w, float h, float confidence)
{
  sohoa_line_add_word (line, text, (SohoaBox) { x, y, w, h }, confidence);
}

static SohoaTextLayer *
some_layer (void)
{
  SohoaTextLayer *layer = sohoa_text_layer_new (600, 800, 100);
  SohoaLine *line = sohoa_text_layer_add_line (layer, 1, SOHOA_PLANE_BLACK);

  line->x0 = 10;
  line->x1 = 110;
  line->y0 = 40;
  line->y1 = 45; /* falls by 0.05 */
  line->height_px = 20;
  add_word (line, "Số:", 10, 20.4f, 30, 20, 0.913f);
  add_word (line, "<&\"'>\x01", 50, 20, 60, 30, 1.0f);
  line = sohoa_text_layer_add_line (layer, 1, SOHOA_PLANE_BLACK);
  add_word (line, "phải", 590, 780, 40, 40, 0.5f); /* hangs out of the page */
  line = sohoa_text_layer_add_line (layer, 2, SOHOA_PLANE_RED);
  add_word (line, "ĐẾN", 300, 300, 50, 20, 0.7f);
  return layer;
}

static xmlDoc *
write_and_parse (SohoaLayoutFormat format, char **text)
{
  SOHOA_AUTO_FD int fd = sohoa_memfd_new ("layout", NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(SohoaRecord) record = sohoa_record_new ();
  g_autoptr(SohoaTextLayer) layer = some_layer ();
  g_autoptr(SohoaLayoutWriter) writer = sohoa_layout_writer_new (fd, format, "a < b & \"c\"", "t\"ên;1.jpg", &error);
  static const char *const states[] = { "ok", "timeout", "ok" };
  g_autoptr(GBytes) bytes = NULL;

  g_assert_no_error (error);
  for (guint i = 0; i < 3; i++) {
    SohoaPageInfo *info = sohoa_record_add_page (record);

    g_free (info->ocr_status);
    info->ocr_status = g_strdup (states[i]);
    g_free (info->source);
    info->source = g_strdup ("t\"ên;1.jpg");
    info->width_px = 800;
    info->height_px = 600;
    info->rotation = 90;
    info->dpi = 100;
    info->blank = i == 2;
    g_assert_true (sohoa_layout_writer_add_page (writer, info, i == 0 ? layer : NULL, &error));
  }
  g_assert_true (sohoa_layout_writer_finish (writer, &error));
  bytes = sohoa_fd_read_bytes (fd, 1 << 20, &error);
  g_assert_no_error (error);
  *text = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  return xmlReadMemory (*text, (int) strlen (*text), "layout.xml", NULL, XML_PARSE_NONET);
}

static char *
query (xmlDoc *doc, const char *xpath)
{
  xmlXPathContext *context = xmlXPathNewContext (doc);
  xmlXPathObject *found;
  xmlChar *text;
  char *out;

  xmlXPathRegisterNs (context, BAD_CAST "a", BAD_CAST ALTO_NS);
  xmlXPathRegisterNs (context, BAD_CAST "h", BAD_CAST "http://www.w3.org/1999/xhtml");
  found = xmlXPathEval (BAD_CAST xpath, context);
  g_assert_nonnull (found);
  text = xmlXPathCastToString (found);
  out = g_strdup ((char *) text);
  xmlFree (text);
  xmlXPathFreeObject (found);
  xmlXPathFreeContext (context);
  return out;
}

static void
check (xmlDoc *doc, const char *xpath, const char *expected)
{
  g_autofree char *text = query (doc, xpath);

  g_assert_cmpstr (text, ==, expected);
}

static void
test_alto (void)
{
  xmlRelaxNGParserCtxt *parser = xmlRelaxNGNewMemParserCtxt (grammar, sizeof grammar - 1);
  xmlRelaxNG *schema = xmlRelaxNGParse (parser);
  xmlRelaxNGValidCtxt *validator = xmlRelaxNGNewValidCtxt (schema);
  g_autofree char *text = NULL;
  xmlDoc *doc = write_and_parse (SOHOA_LAYOUT_ALTO, &text);

  g_assert_nonnull (schema);
  g_assert_nonnull (doc);
  g_assert_cmpint (xmlRelaxNGValidateDoc (validator, doc), ==, 0);
  check (doc, "count(//a:String)", "4");
  check (doc, "string(//a:String[1]/@CONTENT)", "Số:");
  check (doc, "string(//a:String[2]/@CONTENT)", "<&\"'>");
  check (doc, "string(//a:String[1]/@WC)", "0.91");
  check (doc, "string(//a:Page[1]/@WIDTH)", "600"); /* turned by 90 degrees */
  check (doc, "string(//a:Page[2]/@WIDTH)", "600");
  check (doc, "string(//a:Page[2]/@QUALITY)", "Missing");
  check (doc, "string(//a:Page[2]/@QUALITY_DETAIL)", "text not read: timeout");
  check (doc, "count(//a:Page[1]/@QUALITY)", "0");
  check (doc, "string(//a:Page[3]/@PAGECLASS)", "blank");
  check (doc, "string(//a:TextBlock[2]/@TAGREFS)", "ink_red");
  check (doc, "string(//a:TextLine[2]/a:String/@WIDTH)", "10"); /* cut at the page's edge */
  check (doc, "string(//a:fileName)", "t\"ên;1.jpg");
  /* the grammar is not a rubber stamp */
  xmlSetProp (xmlDocGetRootElement (doc), BAD_CAST "BOGUS", BAD_CAST "1");
  g_assert_cmpint (xmlRelaxNGValidateDoc (validator, doc), !=, 0);
  xmlFreeDoc (doc);
  xmlRelaxNGFreeValidCtxt (validator);
  xmlRelaxNGFree (schema);
  xmlRelaxNGFreeParserCtxt (parser);
}

static void
test_hocr (void)
{
  g_autofree char *text = NULL;
  xmlDoc *doc = write_and_parse (SOHOA_LAYOUT_HOCR, &text);

  g_assert_nonnull (doc);
  check (doc, "string(//h:title)", "a < b & \"c\"");
  check (doc, "count(//h:div[@class='ocr_page'])", "3");
  check (doc, "count(//h:div[@class='ocr_page'][1]/h:div[@class='ocr_carea'])", "2");
  check (doc, "string(//h:span[@class='ocrx_word'][1])", "Số:");
  check (doc, "string(//h:span[@id='word_1_1_1_1']/@title)", "bbox 10 20 40 41; x_wconf 91");
  check (doc, "string(//h:span[@id='word_1_1_1_2'])", "<&\"'>");
  /* box 10 20 110 50; the baseline starts 10 px over its lower left corner and falls by 5 on 100 */
  check (doc, "string(//h:span[@id='line_1_1_1']/@title)",
         "bbox 10 20 110 50; baseline 0.0500 -10.0; x_size 20.0; x_ink black");
  check (doc, "string(//h:div[@id='page_2']/@title)",
         "image \"t_ên_1.jpg\"; bbox 0 0 600 800; ppageno 1; scan_res 100 100; x_rotation 90; x_ocr_status timeout");
  check (doc, "contains(//h:div[@id='page_3']/@title, 'x_ocr_status blank')", "true");
  check (doc, "count(//h:meta[@name='ocr-system'])", "1");
  xmlFreeDoc (doc);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/lib/layout/alto", test_alto);
  g_test_add_func ("/lib/layout/hocr", test_hocr);
  return g_test_run ();
}
