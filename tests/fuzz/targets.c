#define _GNU_SOURCE
#include "targets.h"

#include "sohoa-cms-verify.h"
#include "sohoa-conf.h"
#include "sohoa-edxml.h"
#include "sohoa-escl-xml.h"
#include "sohoa-file.h"
#include "sohoa-image-source.h"
#include "sohoa-jpeg-check.h"
#include "sohoa-agent-request.h"
#include "sohoa-json.h"
#include "sohoa-pdf-image.h"
#include "sohoa-pdf.h"
#include "sohoa-qlvb-multipart.h"
#include "sohoa-record.h"
#include "sohoa-text-layer.h"
#include "sohoa-ticket.h"
#include "sohoa-wire.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_PICTURE_BYTES (256u * 1024) /* a fuzzed picture that says it is large is not worth its time */

static GPtrArray *
texts (const char *const *list)
{
  GPtrArray *seeds = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);

  for (; *list != NULL; list++)
    g_ptr_array_add (seeds, g_bytes_new_static (*list, strlen (*list)));
  return seeds;
}

static int
memory_file (const guint8 *data, gsize size)
{
  int fd = sohoa_memfd_new_sealed ("fuzz", data, size, NULL);

  g_assert_cmpint (fd, >=, 0);
  return fd;
}

/* ---- JSON of servers, tickets, records ---- */

static const char *const json_words[] = { "{", "}", "[", "]", "\"", "\\u0000", "\\ud800", "1e999", "-0", "null", "true", ":", ",", "/*", "'", NULL };

static void
run_json (const guint8 *data, gsize size)
{
  g_autoptr(JsonObject) object = sohoa_json_parse ((const char *) data, (gssize) size);
  g_autoptr(JsonNode) node = NULL;
  g_autofree char *text = NULL;

  if (object == NULL)
    return;
  node = json_node_init_object (json_node_alloc (), object);
  text = json_to_string (node, FALSE);
  g_assert_nonnull (text);
}

static GPtrArray *
seed_json (void)
{
  static const char *const list[] = {
    "{\"docCode\":\"000.H31.26\",\"arrivalNumber\":\"12\",\"arrivalDate\":\"2026-11-23\",\"status\":\"01\",\"list\":[1,-2.5e3,null,true]}",
    "{\"status\":\"FAIL\",\"ErrorCode\":\"99\",\"ErrorDesc\":\"l\\u1ed7i \\\"x\\\"\",\"data\":[{\"a\":{}},[[[]]]]}", NULL };

  return texts (list);
}

static void
run_record (const guint8 *data, gsize size)
{
  g_autoptr(SohoaRecord) record = sohoa_record_from_json ((const char *) data, (gssize) size, NULL);
  g_autofree char *once = record != NULL ? sohoa_record_to_json (record, FALSE) : NULL;
  g_autoptr(SohoaRecord) again = once != NULL ? sohoa_record_from_json (once, -1, NULL) : NULL;
  g_autofree char *twice = again != NULL ? sohoa_record_to_json (again, FALSE) : NULL;

  g_assert_cmpstr (once, ==, twice); /* what was taken can be given back and taken again */
}

static GPtrArray *
seed_record (void)
{
  GPtrArray *seeds = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr(SohoaRecord) record = sohoa_record_new ();
  char *json;

  sohoa_record_set_field (record, "Subject", "Về việc thử", 0.95, "ocr");
  sohoa_record_set_field (record, "ToPlaces", "Nơi một\nNơi hai", 0.5, "person");
  (void) sohoa_record_add_page (record);
  (void) sohoa_record_add_part (record, "main", 1, 1);
  sohoa_record_add_finding (record, "no-seal");
  json = sohoa_record_to_json (record, FALSE);
  g_ptr_array_add (seeds, g_bytes_new_take (json, strlen (json)));
  return seeds;
}

static void
run_ticket (const guint8 *data, gsize size)
{
  g_autoptr(GBytes) bytes = g_bytes_new_static (data, size);
  g_autoptr(SohoaTicket) json = sohoa_ticket_parse ("t.json", bytes, NULL);
  g_autoptr(SohoaTicket) xml = sohoa_ticket_parse ("t.xml", bytes, NULL);

  g_assert_true (json == NULL || xml == NULL);
}

static GPtrArray *
seed_ticket (void)
{
  static const char *const list[] = {
    "{\"profile\":\"VN-ND30-2020\",\"priority\":2,\"set\":{\"OrganName\":\"UBND\",\"CodeNumber\":\"12\"}}",
    "<?xml version=\"1.0\"?><ticket profile=\"VN-ND30-2020\" priority=\"1\"><set field=\"Subject\">x &amp; y</set></ticket>", NULL };

  return texts (list);
}

static const char *const xml_words[] = { "<!DOCTYPE", "<!ENTITY e \"&e;&e;\">", "<![CDATA[", "]]>", "&#0;", "&#x110000;", "<?xml", "/>", "</", "xmlns=\"", NULL };

/* ---- configuration ---- */

static void
run_conf (const guint8 *data, gsize size)
{
  int fd = memory_file (data, size);
  g_autofree char *path = g_strdup_printf ("/proc/self/fd/%d", fd);
  g_autoptr(SohoaConf) conf = sohoa_conf_load (path, FALSE, NULL);

  if (conf != NULL) {
    static const char *const words[] = { "one", "two", NULL };
    g_auto(GStrv) sections = sohoa_conf_get_sections (conf);
    g_autofree char *text = sohoa_conf_take_string (conf, "a", "text", NULL);
    g_auto(GStrv) list = sohoa_conf_take_list (conf, "a", "list");

    (void) sohoa_conf_take_int (conf, "a", "number", 1, 0, 10);
    (void) sohoa_conf_take_bool (conf, "a", "yes", FALSE);
    (void) sohoa_conf_take_word (conf, "a", "word", words, 0);
    if (sohoa_conf_finish (conf, NULL))
      g_assert_nonnull (list);
  }
  close (fd);
}

static GPtrArray *
seed_conf (void)
{
  static const char *const list[] = { "# note\n[a]\ntext=x y\nlist=1;2;3\nnumber=7\nyes=yes\nword=two\n[b c]\nk\\n=v\\s\n", NULL };

  return texts (list);
}

/* ---- the pipe between supervisor and worker ---- */

static void
run_wire (const guint8 *data, gsize size)
{
  int pair[2], fds[SOHOA_WIRE_MAX_FDS];
  guint n = 0;
  g_autofree char *name = NULL;
  g_autoptr(GVariant) args = NULL;

  size = MIN (size, 64 * 1024); /* what fits into the socket's buffer */
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
  g_assert_cmpint (send (pair[0], data, size, MSG_DONTWAIT), ==, size);
  close (pair[0]);
  if (sohoa_wire_receive (pair[1], &name, &args, fds, &n, 1000, NULL)) {
    g_autoptr(GError) error = sohoa_wire_error_from_args (args);
    g_autofree char *printed = g_variant_print (args, TRUE);

    g_assert_nonnull (printed);
    g_assert_nonnull (error);
  }
  close (pair[1]);
}

static GPtrArray *
seed_wire (void)
{
  GPtrArray *seeds = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  guint8 buffer[4096];
  int pair[2];
  gssize n;
  GVariantDict dict;

  g_assert_true (sohoa_wire_pair (pair, NULL));
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "name", "s", "Intake.Damaged");
  g_variant_dict_insert (&dict, "message", "s", "x.pdf: cut off");
  g_variant_dict_insert (&dict, "many", "^as", (const char *const[]){ "a", "b", NULL });
  g_assert_true (sohoa_wire_send (pair[0], "error", g_variant_dict_end (&dict), NULL, 0, 1000, NULL));
  n = recv (pair[1], buffer, sizeof buffer, MSG_DONTWAIT);
  g_assert_cmpint (n, >, 0);
  g_ptr_array_add (seeds, g_bytes_new (buffer, (gsize) n));
  close (pair[0]);
  close (pair[1]);
  return seeds;
}

/* ---- a page worker's answer: the text layer ---- */

static void
run_layer (const guint8 *data, gsize size)
{
  g_autoptr(SohoaTextLayer) shape = sohoa_text_layer_new (10, 10, 300);
  g_autoptr(GVariant) model = g_variant_ref_sink (sohoa_text_layer_to_variant (shape));
  g_autoptr(GBytes) bytes = g_bytes_new (data, size); /* aligned */
  g_autoptr(GVariant) variant = g_variant_ref_sink (g_variant_new_from_bytes (g_variant_get_type (model), bytes, FALSE));
  g_autoptr(SohoaTextLayer) layer = sohoa_text_layer_from_variant (variant, NULL);
  g_autofree char *text = layer != NULL ? sohoa_text_layer_to_text (layer) : NULL;

  if (text != NULL)
    g_assert_true (g_utf8_validate (text, -1, NULL));
}

static GPtrArray *
seed_layer (void)
{
  GPtrArray *seeds = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr(SohoaTextLayer) layer = sohoa_text_layer_new (2480, 3508, 300);
  SohoaLine *line = sohoa_text_layer_add_line (layer, 1, SOHOA_PLANE_BLACK);
  g_autoptr(GVariant) variant = NULL;

  sohoa_line_add_word (line, "Cộng", (SohoaBox) { 100, 100, 80, 30 }, 0.96f);
  sohoa_line_add_word (line, "hòa", (SohoaBox) { 190, 100, 60, 30 }, 0.9f);
  variant = g_variant_ref_sink (sohoa_text_layer_to_variant (layer));
  g_ptr_array_add (seeds, g_variant_get_data_as_bytes (variant));
  return seeds;
}

/* ---- edXML, forms, scanners ---- */

static void
run_edxml (const guint8 *data, gsize size)
{
  int fd = memory_file (data, size);
  g_autoptr(SohoaEdxml) message = sohoa_edxml_read (fd, NULL, NULL);
  g_autoptr(SohoaRecord) record = message != NULL ? sohoa_edxml_to_record (message) : NULL;

  if (message != NULL)
    g_assert_nonnull (record);
  close (fd);
}

static GPtrArray *
seed_edxml (void)
{
  static const char *const list[] = {
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?><edXML xmlns=\"http://www.e-doc.vn/Schema/\"><edXMLEnvelope><edXMLHeader><MessageHeader>"
    "<From><OrganId>000.00.01.H31</OrganId><OrganName>UBND</OrganName></From><To><OrganId>000.00.02.H31</OrganId></To>"
    "<Code><CodeNumber>12</CodeNumber><CodeNotation>UBND-VP</CodeNotation></Code><PromulgationInfo><Place>A</Place>"
    "<PromulgationDate>2026-11-20</PromulgationDate></PromulgationInfo><Subject>x</Subject></MessageHeader></edXMLHeader>"
    "<edXMLBody><edXMLManifest><Reference><ContentId>cid:a</ContentId></Reference></edXMLManifest></edXMLBody></edXMLEnvelope>"
    "<AttachmentEncoded><Attachment><ContentId>cid:a</ContentId><AttachmentName>a.pdf</AttachmentName>"
    "<Content>JVBERi0xLjcK</Content></Attachment></AttachmentEncoded></edXML>", NULL };

  return texts (list);
}

static void
run_multipart (const guint8 *data, gsize size)
{
  g_autoptr(GPtrArray) parts = sohoa_qlvb_multipart_parse ((const char *) data, size, "BB");

  for (guint i = 0; parts != NULL && i < parts->len; i++) {
    const SohoaQlvbPart *part = g_ptr_array_index (parts, i);

    g_assert_cmpuint (part->offset, <=, size);
    g_assert_cmpuint (part->length, <=, size - part->offset);
  }
}

static GPtrArray *
seed_multipart (void)
{
  static const char *const list[] = { "--BB\r\nContent-Disposition: form-data; name=\"metadata\"\r\n\r\n{}\r\n--BB\r\n"
                                      "Content-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n\r\n%PDF\r\n--BB--\r\n", NULL };

  return texts (list);
}

static const char *const multipart_words[] = { "--BB", "--BB--", "\r\n\r\n", "\r\n", "name=\"", "filename=", ";", NULL };

static void
run_escl (const guint8 *data, gsize size)
{
  SohoaEsclCaps caps = { 0 };
  SohoaEsclStatus status = { 0 };

  if (sohoa_escl_caps_parse ((const char *) data, size, &caps, NULL))
    g_assert_cmpuint (caps.adf.n_resolutions, <=, SOHOA_ESCL_MAX_RESOLUTIONS);
  sohoa_escl_caps_clear (&caps);
  (void) sohoa_escl_status_parse ((const char *) data, size, &status);
  sohoa_escl_status_clear (&status);
}

static GPtrArray *
seed_escl (void)
{
  static const char *const list[] = {
    "<scan:ScannerCapabilities xmlns:scan=\"http://schemas.hp.com/imaging/escl/2011/05/03\" xmlns:pwg=\"http://www.pwg.org/schemas/2010/12/sm\">"
    "<pwg:Version>2.63</pwg:Version><scan:Platen><scan:PlatenInputCaps><scan:MinWidth>16</scan:MinWidth><scan:MaxWidth>2550</scan:MaxWidth>"
    "<scan:MinHeight>16</scan:MinHeight><scan:MaxHeight>3508</scan:MaxHeight><scan:SettingProfiles><scan:SettingProfile><scan:ColorModes>"
    "<scan:ColorMode>RGB24</scan:ColorMode></scan:ColorModes><scan:SupportedResolutions><scan:DiscreteResolutions><scan:DiscreteResolution>"
    "<scan:XResolution>300</scan:XResolution><scan:YResolution>300</scan:YResolution></scan:DiscreteResolution></scan:DiscreteResolutions>"
    "</scan:SupportedResolutions></scan:SettingProfile></scan:SettingProfiles></scan:PlatenInputCaps></scan:Platen></scan:ScannerCapabilities>",
    "<scan:ScannerStatus xmlns:scan=\"s\" xmlns:pwg=\"p\"><pwg:State>Idle</pwg:State><scan:AdfState>ScannerAdfLoaded</scan:AdfState></scan:ScannerStatus>",
    NULL };

  return texts (list);
}

/* ---- pictures ---- */

static void
run_picture (const guint8 *data, gsize size)
{
  int fd;
  g_autoptr(SohoaImageSource) source = NULL;
  SohoaJpegInfo info;

  (void) sohoa_jpeg_check (data, size, &info, NULL);
  if (size > MAX_PICTURE_BYTES)
    return;
  fd = memory_file (data, size);
  source = sohoa_image_source_new (fd, NULL);
  for (guint i = 0; source != NULL && i < MIN (2, sohoa_image_source_count_pages (source)); i++) {
    SohoaImagePage page;
    guint notes = 0;

    if (sohoa_image_source_get_page (source, i, &page, NULL) && (guint64) page.width_px * page.height_px < 1000000) {
      PIX *pix = sohoa_image_source_decode (source, i, 1, &notes, NULL);

      pixDestroy (&pix);
    }
  }
  g_clear_pointer (&source, sohoa_image_source_free);
  close (fd);
}

static GPtrArray *
seed_picture (void)
{
  static const int formats[] = { IFF_JFIF_JPEG, IFF_PNG, IFF_TIFF_LZW, IFF_TIFF_G4, IFF_PNM };
  GPtrArray *seeds = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++) {
    PIX *pix = pixCreate (40, 30, formats[i] == IFF_TIFF_G4 ? 1 : 8);
    l_uint8 *bytes = NULL;
    size_t length = 0;

    pixSetResolution (pix, 300, 300);
    for (l_int32 k = 0; k < 30; k++)
      pixSetPixel (pix, k, k, 1);
    g_assert_cmpint (pixWriteMem (&bytes, &length, pix, formats[i]), ==, 0);
    g_ptr_array_add (seeds, g_bytes_new (bytes, length));
    lept_free (bytes);
    pixDestroy (&pix);
  }
  return seeds;
}

static const char *const picture_words[] = { "\xFF\xD8\xFF", "\xFF\xD9", "\xFF\xDA", "\xFF\xC4", "IHDR", "IDAT", "IEND", "II*", "MM", "P5", NULL };

static void
run_jbig2 (const guint8 *data, gsize size)
{
  g_autoptr(GBytes) bytes = g_bytes_new_static (data, size);
  PIX *pix = sohoa_jbig2_decode (bytes, NULL);

  pixDestroy (&pix);
}

static GPtrArray *
seed_jbig2 (void)
{
  GPtrArray *seeds = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  PIX *pix = pixCreate (67, 41, 1);

  for (l_int32 k = 0; k < 41; k++)
    pixSetPixel (pix, k * 7 % 67, k, 1);
  g_ptr_array_add (seeds, sohoa_jbig2_encode (pix));
  pixDestroy (&pix);
  return seeds;
}

/* ---- PDF and signatures ---- */

static void
run_pdf (const guint8 *data, gsize size)
{
  int fd = memory_file (data, size), out = memfd_create ("out", MFD_CLOEXEC);
  const SohoaPdfJob job = { .time_us = 1700000000000000, .name = "x" };
  SohoaPdfPlaceholder placeholder;
  g_autoptr(GPtrArray) signatures = NULL;
  guint64 length = 0;

  if (sohoa_pdf_append_signature (fd, out, &job, &placeholder, &length, NULL)) {
    g_autofree guint8 *kept = g_malloc (size);

    g_assert_cmpuint (length, >, size); /* and not one byte of the original is another */
    g_assert_true (sohoa_fd_pread_all (out, kept, size, 0, NULL));
    g_assert_cmpmem (kept, size, data, size);
  }
  signatures = sohoa_pdf_signatures (fd, NULL, NULL);
  for (guint i = 0; signatures != NULL && i < MIN (3, signatures->len); i++) {
    SohoaPdfChanges changes = { 0 };

    (void) sohoa_pdf_changes_after (fd, signatures, i, &changes);
    sohoa_pdf_changes_clear (&changes);
  }
  close (out);
  close (fd);
}

static GPtrArray *
seed_pdf (void)
{
  static const char *const list[] = {
    "%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 1>>\nendobj\n"
    "3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<<>>>>\nendobj\nxref\n0 4\n0000000000 65535 f \n"
    "0000000009 00000 n \n0000000054 00000 n \n0000000107 00000 n \ntrailer\n<</Size 4/Root 1 0 R>>\nstartxref\n184\n%%EOF\n",
    "%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R/AcroForm<</SigFlags 3/Fields[4 0 R]>>>>\nendobj\n2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 1>>\nendobj\n"
    "3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Annots[4 0 R]>>\nendobj\n4 0 obj\n<</Type/Annot/Subtype/Widget/FT/Sig/T(a)/Rect[0 0 0 0]"
    "/V<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/ByteRange[0 420 430 300]/Contents<30030201>>>>>\nendobj\n"
    "trailer\n<</Size 5/Root 1 0 R>>\nstartxref\n0\n%%EOF\n", NULL };

  return texts (list);
}

static const char *const pdf_words[] = { "obj", "endobj", "stream\n", "endstream", "xref\n", "trailer", "startxref", "/Prev 9", "/Kids", "/Parent 2 0 R", "<<", ">>", "[",
                                         "/ByteRange[0 1 2 3]", "/Contents<", "/Encrypt", "/Type/ObjStm", "%%EOF", "9999999999", "-1", NULL };

static void
run_cms (const guint8 *data, gsize size)
{
  static const char covered[] = "what is signed";
  int fd = memory_file ((const guint8 *) covered, sizeof covered);
  const SohoaRange range = { 0, sizeof covered };
  g_autoptr(GBytes) cms = g_bytes_new_static (data, size);
  g_auto(SohoaCmsReport) report = { 0 };

  sohoa_cms_verify (cms, fd, &range, 1, NULL, 1700000000000000, &report);
  close (fd);
}

static GPtrArray *
seed_cms (void)
{
  static const guint8 der[] = { 0x30, 0x80, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02, 0xa0, 0x80, 0x30, 0x80, 0x02, 0x01, 0x01,
                                0x31, 0x0f, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x30, 0x80, 0x06,
                                0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01, 0x00, 0x00, 0x31, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00 };
  GPtrArray *seeds = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);

  g_ptr_array_add (seeds, g_bytes_new_static (der, sizeof der));
  return seeds;
}

/* ---- what web pages ask of the agent ---- */

static const char *const request_words[] = { "\"FileName\":", "\"Files\":[", "\"MetaData\":[{", "https://", "\\r\\n", "\xef\xbb\xbf", "null", "%", "@", NULL };

static void
run_request (const guint8 *data, gsize size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autofree char *origin = sohoa_agent_origin_of (text, TRUE);

  for (SohoaAgentOp op = 0; op < SOHOA_AGENT_N_OPS; op++) {
    g_autoptr(SohoaAgentRequest) request = sohoa_agent_request_parse (op, (const char *) data, size, NULL);

    if (request != NULL) /* what goes into a header is one line */
      g_assert_null (strpbrk (request->session, "\r\n"));
  }
  if (origin != NULL) { /* an origin is its own */
    g_autofree char *again = sohoa_agent_origin_of (origin, TRUE);

    g_assert_cmpstr (again, ==, origin);
  }
}

static GPtrArray *
seed_request (void)
{
  static const char *const list[] = {
    "{\"FileName\":\"https://a.example/b?c=d\",\"FileUploadHandler\":\"https://a.example/u\",\"SessionId\":\"a=b\",\"JWTToken\":\"x.y\","
    "\"MetaData\":[{\"Key\":\"k\",\"Value\":\"v\"}],\"DocNumber\":12,\"Files\":[{\"FileID\":1,\"URL\":\"https://a.example/1\"}]}",
    "\"{\\\"FileName\\\":\\\"\\\"}\"", "https://qlvb.example:8443", "https://[::1]:8443", NULL };

  return texts (list);
}

/* ---- the table ---- */

static const SohoaFuzzTarget targets[] = {
  { "json", run_json, seed_json, json_words, 20000 },
  { "record", run_record, seed_record, json_words, 8000 },
  { "ticket", run_ticket, seed_ticket, xml_words, 20000 },
  { "conf", run_conf, seed_conf, NULL, 8000 },
  { "wire", run_wire, seed_wire, NULL, 20000 },
  { "layer", run_layer, seed_layer, NULL, 20000 },
  { "edxml", run_edxml, seed_edxml, xml_words, 8000 },
  { "multipart", run_multipart, seed_multipart, multipart_words, 20000 },
  { "escl", run_escl, seed_escl, xml_words, 8000 },
  { "picture", run_picture, seed_picture, picture_words, 4000 },
  { "jbig2", run_jbig2, seed_jbig2, NULL, 8000 },
  { "pdf", run_pdf, seed_pdf, pdf_words, 3000 },
  { "cms", run_cms, seed_cms, NULL, 8000 },
  { "request", run_request, seed_request, request_words, 20000 },
};

const SohoaFuzzTarget *
sohoa_fuzz_targets (guint *n_out)
{
  *n_out = G_N_ELEMENTS (targets);
  return targets;
}

const SohoaFuzzTarget *
sohoa_fuzz_find (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (targets); i++)
    if (g_str_equal (targets[i].name, name))
      return &targets[i];
  return NULL;
}

static void
be_quiet (const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
}

void
sohoa_fuzz_init (void)
{
  g_assert_true (sohoa_pdf_init (NULL));
  g_log_set_handler ("sohoa", G_LOG_LEVEL_WARNING | G_LOG_LEVEL_MESSAGE | G_LOG_LEVEL_INFO | G_LOG_LEVEL_DEBUG, be_quiet, NULL);
  setMsgSeverity (L_SEVERITY_NONE);
}
