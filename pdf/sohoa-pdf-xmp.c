#include "sohoa-pdf-xmp.h"

#include "sohoa-text.h"
#include "sohoa-time.h"

#include <string.h>

#define CREATOR "Sohoa"
#define PRODUCER "Sohoa (libharu 2.3)"
#define PACKET_PADDING_BYTES 1024
/* Law 20/2023/QH15 Art. 12(1): a mark of its own saying that the message was made from paper. */
#define CONVERSION_MARK "Số hóa từ văn bản giấy"

/* Our namespace: what is no field of the record, and what it means (for the pdfaExtension schema). */
static const struct {
  const char *name, *meaning;
} marks[] = {
  { "Profile", "compliance profile the file was made by" },
  { "ConversionMark", "mark of conversion from paper (Law 20/2023/QH15 Art. 12)" },
  { "ConvertedBy", "agency that converted the paper" },
  { "ConvertedAt", "time of the conversion, ISO 8601" },
  { "File", "which file of the document this is, as 1/3" },
};

#define LIST_FIELD "ToPlaces" /* one place per line: an ordered list */

char *
sohoa_pdf_text_string (const char *utf8)
{
  g_autofree char *clean = sohoa_text_nfc (utf8 != NULL ? utf8 : "");
  glong n = 0;
  g_autofree gunichar2 *units = g_utf8_to_utf16 (clean, -1, NULL, &n, NULL);
  GString *s = g_string_new ("<FEFF");

  for (glong i = 0; units != NULL && i < n; i++)
    g_string_append_printf (s, "%04X", units[i]);
  g_string_append_c (s, '>');
  return g_string_free (s, FALSE);
}

char *
sohoa_pdf_date_string (gint64 time_us)
{
  g_autofree char *date = sohoa_time_to_pdf (time_us);

  return g_strdup_printf ("(%s)", date);
}

char *
sohoa_pdf_title (const SohoaPdfJob *job)
{
  g_autoptr(GString) s = g_string_new (NULL);
  const char *type = sohoa_record_value (job->record, "TypeName");
  const char *number = sohoa_record_value (job->record, "CodeNumber");
  const char *notation = sohoa_record_value (job->record, "CodeNotation");
  const char *subject = sohoa_record_value (job->record, "Subject");

  g_string_append (s, type);
  if (*number != '\0')
    g_string_append_printf (s, "%s%s%s%s", s->len > 0 ? " " : "", number, *notation != '\0' ? "/" : "", notation);
  if (*subject != '\0')
    g_string_append_printf (s, "%s%s", s->len > 0 ? ": " : "", subject);
  if (s->len == 0)
    g_string_append (s, "Văn bản số hóa");
  if (job->n_parts > 1)
    g_string_append_printf (s, " (tệp %u/%u)", job->part, job->n_parts);
  return sohoa_text_squeeze (s->str);
}

char *
sohoa_pdf_info_inner (const SohoaPdfJob *job)
{
  g_autofree char *plain = sohoa_pdf_title (job), *title = sohoa_pdf_text_string (plain);
  g_autofree char *date = sohoa_pdf_date_string (job->time_us);

  return g_strdup_printf ("/Title %s /Creator (%s) /Producer (" PRODUCER ") /CreationDate %s /ModDate %s", title,
                          CREATOR, date, date);
}

/* Allowed in XML 1.0, escaped. */
static char *
escape (const char *text)
{
  g_autofree char *clean = sohoa_text_squeeze (text);
  g_autoptr(GString) kept = g_string_new (NULL);

  for (const char *p = clean; *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);

    if (c >= 0x20 && (c < 0x7F || c > 0x9F) && c != 0xFFFE && c != 0xFFFF)
      g_string_append_unichar (kept, c);
  }
  return g_markup_escape_text (kept->str, (gssize) kept->len);
}

/* The value of marks[@i]. g_free. */
static char *
mark_value (const SohoaPdfJob *job, guint i)
{
  switch (i) {
  case 0: return g_strdup (job->record->profile != NULL ? job->record->profile : "");
  case 1: return g_strdup (CONVERSION_MARK);
  case 2: return g_strdup (job->name != NULL ? job->name : "");
  case 3: return sohoa_time_to_iso (job->time_us);
  default: return job->n_parts > 1 ? g_strdup_printf ("%u/%u", job->part, job->n_parts) : g_strdup ("");
  }
}

static void
append_mark (GString *s, const char *name, const char *text)
{
  g_autofree char *value = escape (text);

  if (*value != '\0')
    g_string_append_printf (s, "<sohoa:%s>%s</sohoa:%s>", name, value, name);
}

static void
append_list (GString *s, const char *name, const char *text)
{
  g_auto(GStrv) lines = g_strsplit (text, "\n", -1);

  if (*text == '\0')
    return;
  g_string_append_printf (s, "<sohoa:%s><rdf:Seq>", name);
  for (guint i = 0; lines[i] != NULL; i++) {
    g_autofree char *value = escape (lines[i]);

    if (*value != '\0')
      g_string_append_printf (s, "<rdf:li>%s</rdf:li>", value);
  }
  g_string_append_printf (s, "</rdf:Seq></sohoa:%s>", name);
}

/* Every field of the record that has a value. */
static void
append_record (GString *s, const SohoaPdfJob *job)
{
  const char *const *keys = sohoa_field_keys ();

  g_string_append (s, "<rdf:Description rdf:about=\"\" xmlns:sohoa=\"https://sohoa.vn/ns/document/1/\">");
  for (guint i = 0; i < G_N_ELEMENTS (marks); i++) {
    g_autofree char *value = mark_value (job, i);

    append_mark (s, marks[i].name, value);
  }
  for (guint i = 0; keys[i] != NULL; i++)
    if (strcmp (keys[i], LIST_FIELD) == 0)
      append_list (s, keys[i], sohoa_record_value (job->record, keys[i]));
    else
      append_mark (s, keys[i], sohoa_record_value (job->record, keys[i]));
  g_string_append (s, "</rdf:Description>\n");
}

static void
append_property (GString *s, const char *name, const char *type, const char *meaning)
{
  g_string_append_printf (s,
                          "<rdf:li rdf:parseType=\"Resource\"><pdfaProperty:name>%s</pdfaProperty:name>"
                          "<pdfaProperty:valueType>%s</pdfaProperty:valueType><pdfaProperty:category>external"
                          "</pdfaProperty:category><pdfaProperty:description>%s</pdfaProperty:description>"
                          "</rdf:li>\n",
                          name, type, meaning);
}

static void
append_extension (GString *s, const SohoaPdfJob *job)
{
  const char *const *keys = sohoa_field_keys ();

  g_string_append (s,
                   "<rdf:Description rdf:about=\"\" xmlns:pdfaExtension=\"http://www.aiim.org/pdfa/ns/extension/\" "
                   "xmlns:pdfaSchema=\"http://www.aiim.org/pdfa/ns/schema#\" "
                   "xmlns:pdfaProperty=\"http://www.aiim.org/pdfa/ns/property#\">\n<pdfaExtension:schemas><rdf:Bag>"
                   "<rdf:li rdf:parseType=\"Resource\"><pdfaSchema:schema>Sohoa administrative document"
                   "</pdfaSchema:schema><pdfaSchema:namespaceURI>https://sohoa.vn/ns/document/1/"
                   "</pdfaSchema:namespaceURI><pdfaSchema:prefix>sohoa</pdfaSchema:prefix>"
                   "<pdfaSchema:property><rdf:Seq>\n");
  for (guint i = 0; i < G_N_ELEMENTS (marks); i++)
    append_property (s, marks[i].name, "Text", marks[i].meaning);
  for (guint i = 0; keys[i] != NULL; i++) /* only what is used must be described (ISO 19005-2, 6.6.2.3.3) */
    if (*sohoa_record_value (job->record, keys[i]) != '\0')
      append_property (s, keys[i], strcmp (keys[i], LIST_FIELD) == 0 ? "seq Text" : "Text",
                       "field of the document, as in Decree 30/2020/ND-CP Annex VI and edXML");
  g_string_append (s, "</rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas>"
                      "</rdf:Description>\n");
}

GBytes *
sohoa_pdf_xmp (const SohoaPdfJob *job)
{
  GString *s = g_string_new ("<?xpacket begin=\"\357\273\277\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n"
                             "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n"
                             "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n");
  g_autofree char *plain = sohoa_pdf_title (job), *title = escape (plain), *date = sohoa_time_to_iso (job->time_us);
  g_autofree char *padding = g_strnfill (PACKET_PADDING_BYTES, ' ');
  const char *conformance = job->conformance != NULL ? job->conformance : "2u";

  g_string_append_printf (s,
                          "<rdf:Description rdf:about=\"\" xmlns:pdfaid=\"http://www.aiim.org/pdfa/ns/id/\">"
                          "<pdfaid:part>%c</pdfaid:part><pdfaid:conformance>%c</pdfaid:conformance>"
                          "</rdf:Description>\n",
                          conformance[0], g_ascii_toupper (conformance[1]));
  g_string_append_printf (s,
                          "<rdf:Description rdf:about=\"\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\">"
                          "<dc:format>application/pdf</dc:format><dc:title><rdf:Alt><rdf:li xml:lang=\"x-default\">"
                          "%s</rdf:li></rdf:Alt></dc:title><dc:language><rdf:Bag><rdf:li>vi-VN</rdf:li></rdf:Bag>"
                          "</dc:language></rdf:Description>\n",
                          title);
  g_string_append_printf (s,
                          "<rdf:Description rdf:about=\"\" xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\" "
                          "xmlns:pdf=\"http://ns.adobe.com/pdf/1.3/\"><xmp:CreatorTool>%s</xmp:CreatorTool>"
                          "<xmp:CreateDate>%s</xmp:CreateDate><xmp:ModifyDate>%s</xmp:ModifyDate>"
                          "<pdf:Producer>" PRODUCER "</pdf:Producer></rdf:Description>\n",
                          CREATOR, date, date);
  append_record (s, job);
  append_extension (s, job);
  g_string_append_printf (s, "</rdf:RDF>\n</x:xmpmeta>\n%s\n<?xpacket end=\"w\"?>", padding);
  return g_string_free_to_bytes (s);
}
