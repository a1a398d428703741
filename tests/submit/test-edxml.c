/* edXML: what is written is read again; foreign and hostile messages. */
#include "sohoa-edxml.h"
#include "sohoa-errors.h"
#include "sohoa-file.h"

#include <gio/gio.h>
#include <string.h>
#include <unistd.h>

#define PDF "%PDF-1.7\nan attachment of our own\n%%EOF\n"

static int
fd_of (const void *data, gsize length)
{
  int fd = sohoa_memfd_new_sealed ("test", data, length, NULL);

  g_assert_cmpint (fd, >=, 0);
  return fd;
}

static SohoaRecord *
make_record (void)
{
  SohoaRecord *r = sohoa_record_new ();

  sohoa_record_set_field (r, "OrganName", "Sở Thử Nghiệm & Mẫu <1>", 1, "person");
  sohoa_record_set_field (r, "OrganSuperior", "UBND tỉnh Ví Dụ", 1, "person");
  sohoa_record_set_field (r, "CodeNumber", "07", 1, "person");
  sohoa_record_set_field (r, "CodeNotation", "STN-VP", 1, "person");
  sohoa_record_set_field (r, "Place", "Ví Dụ", 1, "person");
  sohoa_record_set_field (r, "IssuedDate", "2026-03-09", 1, "person");
  sohoa_record_set_field (r, "TypeName", "Tờ trình", 1, "person");
  sohoa_record_set_field (r, "Subject", "Về việc \"thử\" đường truyền", 1, "person");
  sohoa_record_set_field (r, "FullName", "Lê Văn Mẫu", 1, "person");
  sohoa_record_set_field (r, "Priority", "2", 1, "person");
  sohoa_record_set_field (r, "ToPlaces", "Như trên\nLưu: VT", 1, "person");
  return r;
}

static char *
write_all (const SohoaEdxml *m, gsize *length)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(SohoaSegmentStream) stream = sohoa_edxml_open (m, &error);
  g_autoptr(GOutputStream) out = g_memory_output_stream_new_resizable ();
  gssize n;

  g_assert_no_error (error);
  n = g_output_stream_splice (out, G_INPUT_STREAM (stream), G_OUTPUT_STREAM_SPLICE_CLOSE_TARGET, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint ((guint64) n, ==, sohoa_segment_stream_get_size (stream));
  *length = (gsize) n;
  return g_memory_output_stream_steal_data (G_MEMORY_OUTPUT_STREAM (out));
}

static void
test_round_trip (void)
{
  static const char *const to[] = { "H31.99", "H31.98", NULL };
  g_autoptr(SohoaRecord) record = make_record ();
  g_autoptr(SohoaEdxml) m = sohoa_edxml_new_from_record (record, "H31.98.01", to, 1795328444LL * 1000000);
  SOHOA_AUTO_FD int pdf = fd_of (PDF, strlen (PDF));
  SOHOA_AUTO_FD int file = -1;
  g_autofree char *text = NULL;
  gsize length;
  g_autoptr(GError) error = NULL;
  g_autoptr(SohoaEdxml) back = NULL;
  g_autoptr(SohoaRecord) fields = NULL;
  const SohoaEdxmlAttachment *a;
  g_autoptr(GBytes) bytes = NULL;

  sohoa_edxml_add_attachment (m, "abc", "07-STN-VP.pdf", "application/pdf", pdf);
  text = write_all (m, &length);
  file = fd_of (text, length);
  back = sohoa_edxml_read (file, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (back->document_id, ==, "H31.98.01,2026/03/09,07/STN-VP");
  g_assert_cmpstr (back->type, ==, "16"); /* Tờ trình, domain.md 4.2 */
  g_assert_cmpstr (back->business_type, ==, "0");
  g_assert_cmpuint (back->to->len, ==, 2);
  g_assert_cmpint (((SohoaEdxmlTrace *) back->traces->pdata[0])->time_us, ==, 1795328444LL * 1000000);
  fields = sohoa_edxml_to_record (back);
  for (guint i = 0; i < record->fields->len; i++) {
    const SohoaField *f = g_ptr_array_index (record->fields, i);

    g_assert_cmpstr (sohoa_record_value (fields, f->key), ==, f->value);
  }
  g_assert_cmpuint (back->attachments->len, ==, 1);
  a = back->attachments->pdata[0];
  g_assert_cmpstr (a->content_id, ==, "abc");
  g_assert_cmpstr (a->name, ==, "07-STN-VP.pdf");
  bytes = sohoa_fd_read_bytes (a->fd, 1000, NULL);
  g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), PDF, strlen (PDF));
}

/* The order and the prefixes that foreign receivers insist on. */
static void
test_form (void)
{
  static const char *const to[] = { "H31.99", NULL };
  static const char *const order[] = { "<edXML xmlns=\"http://www.mic.gov.vn/TBT/QCVN_102_2016\">", "<edXML:From>",
                                       "<edXML:To>", "<edXML:DocumentId>", "<edXML:Code>",
                                       "<edXML:PromulgationInfo>", "<edXML:PromulgationDate>2026/03/09<",
                                       "<edXML:DocumentType>", "<edXML:Subject>", "<edXML:Content>",
                                       "<edXML:SignerInfo>", "<edXML:ToPlaces>", "<edXML:OtherInfo>",
                                       "<edXML:SteeringType>", "<edXML:TraceHeaderList>", "<edXML:Bussiness>",
                                       "<edXML:edXMLManifest version=\"1.0\">", "<AttachmentEncoded>",
                                       "<edXML:ContentTransferEncoded", "</edXML>" };
  g_autoptr(SohoaRecord) record = make_record ();
  g_autoptr(SohoaEdxml) m = sohoa_edxml_new_from_record (record, "H31.98.01", to, 0);
  SOHOA_AUTO_FD int pdf = fd_of (PDF, strlen (PDF));
  g_autofree char *text = NULL;
  gsize length;
  const char *at;

  sohoa_edxml_add_attachment (m, "abc", "x.pdf", "application/pdf", pdf);
  text = write_all (m, &length);
  at = text;
  for (guint i = 0; i < G_N_ELEMENTS (order); i++) {
    const char *next = g_strstr_len (at, (gssize) (length - (gsize) (at - text)), order[i]);

    if (next == NULL)
      g_test_message ("missing or out of order: %s", order[i]);
    g_assert_nonnull (next);
    at = next;
  }
}

#define HEAD "<edXML xmlns='urn:x'><Envelope><edXMLHeader><MessageHeader><Subject>Một &amp; hai</Subject>" \
  "<Code><CodeNotation>A-B</CodeNotation><CodeNumber>5</CodeNumber></Code><Unknown><Deep/></Unknown>" \
  "<From><OrganName>X</OrganName><OrganId>H31</OrganId></From></MessageHeader></edXMLHeader>"
#define FILES(content) "<AttachmentEncoded><Attachment><ContentId>cid:1</ContentId>" \
  "<AttachmentName>../../etc/passwd</AttachmentName><ContentTransferEncoded>" content \
  "</ContentTransferEncoded></Attachment></AttachmentEncoded>"
#define TAIL "</Envelope></edXML>"

static SohoaEdxml *
read_text (const char *text, GError **error)
{
  SOHOA_AUTO_FD int fd = fd_of (text, strlen (text));

  return sohoa_edxml_read (fd, NULL, error);
}

static void
test_tolerance (void)
{
  static const char *const rows[] = {
    HEAD TAIL,
    "1234 junk <?xml version='1.0' encoding='UTF-8'?>" HEAD TAIL "\r\n",
    "\xef\xbb\xbf<?xml version='1.0'?>" HEAD "<Reference xlink:href='cid:1'/>" TAIL,
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(SohoaEdxml) m = read_text (rows[i], &error);

    g_assert_no_error (error);
    g_assert_cmpstr (m->subject, ==, "Một & hai");
    g_assert_cmpstr (m->code_number, ==, "5");
    g_assert_cmpstr (m->from.organ_id, ==, "H31");
  }
}

static void
test_status (void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(SohoaEdxml) m = read_text (
    "<a:edXML xmlns:a='urn:a'><a:MessageHeader><a:From><a:OrganId>H31.99</a:OrganId></a:From><a:ResponseFor>"
    "<a:DocumentId>H31.98.01,2026/11/20,152/UBND-VP</a:DocumentId><a:PromulgationDate>20/11/2026</a:PromulgationDate>"
    "</a:ResponseFor><a:StatusCode>03</a:StatusCode><a:Description>Đã tiếp nhận</a:Description>"
    "<a:Timestamp>2026/11/22 13:20:44</a:Timestamp></a:MessageHeader></a:edXML>", &error);
  const SohoaEdxmlReference *r;

  g_assert_no_error (error);
  g_assert_cmpstr (m->status_code, ==, "03");
  g_assert_cmpstr (m->status_description, ==, "Đã tiếp nhận");
  g_assert_cmpint (m->status_time_us, ==, 1795328444LL * 1000000);
  r = m->response_for->pdata[0];
  g_assert_cmpstr (r->document_id, ==, "H31.98.01,2026/11/20,152/UBND-VP");
  g_assert_cmpstr (r->date, ==, "2026-11-20");
}

/* ---- zips of our own making ---- */

static void
put16 (GByteArray *out, guint v)
{
  guint8 b[2] = { (guint8) v, (guint8) (v >> 8) };

  g_byte_array_append (out, b, 2);
}

static void
put32 (GByteArray *out, guint32 v)
{
  put16 (out, v & 0xffff);
  put16 (out, v >> 16);
}

/* One deflated (or stored) file of any name; @crc is the caller's, so that a wrong one can be told. */
static GByteArray *
make_zip (const char *name, gboolean deflated, const GByteArray *data, guint32 crc, guint32 size)
{
  GByteArray *zip = g_byte_array_new ();
  guint32 directory;

  for (int central = 0; central < 2; central++) {
    if (central == 1)
      directory = zip->len;
    g_byte_array_append (zip, (const guint8 *) (central ? "PK\1\2" : "PK\3\4"), 4);
    if (central)
      put16 (zip, 20);
    put16 (zip, 20);
    put16 (zip, 0);
    put16 (zip, deflated ? 8 : 0);
    put32 (zip, 0);
    put32 (zip, crc);
    put32 (zip, data->len);
    put32 (zip, size);
    put16 (zip, (guint) strlen (name));
    put16 (zip, 0);
    if (central) {
      put16 (zip, 0);
      put16 (zip, 0);
      put16 (zip, 0);
      put32 (zip, 0);
      put32 (zip, 0);
    }
    g_byte_array_append (zip, (const guint8 *) name, (guint) strlen (name));
    if (!central)
      g_byte_array_append (zip, data->data, data->len);
  }
  g_byte_array_append (zip, (const guint8 *) "PK\5\6\0\0\0\0\1\0\1\0", 12);
  put32 (zip, zip->len - 12 - directory);
  put32 (zip, directory);
  put16 (zip, 0);
  return zip;
}

static SohoaEdxml *
read_with_file (const guint8 *data, gsize length, GError **error)
{
  g_autofree char *base64 = g_base64_encode (data, length);
  g_autofree char *text = g_strdup_printf (HEAD FILES ("%s") TAIL, base64);

  return read_text (text, error);
}

static void
test_zip (void)
{
  g_autoptr(GByteArray) data = g_byte_array_new ();
  g_autoptr(GByteArray) zip = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(SohoaEdxml) m = NULL;
  const SohoaEdxmlAttachment *a;
  g_autofree char *name = NULL;

  g_byte_array_append (data, (const guint8 *) "123456789", 9);
  zip = make_zip ("../../x", FALSE, data, 0xcbf43926, 9); /* the well-known check value of CRC-32 */
  m = read_with_file (zip->data, zip->len, &error);
  g_assert_no_error (error);
  a = m->attachments->pdata[0];
  g_assert_cmpuint (a->size, ==, 9);
  name = sohoa_edxml_safe_name (a->name);
  g_assert_null (strchr (name, '/'));
  g_assert_cmpint (name[0], !=, '.');
}

static void
test_zip_hostile (void)
{
  g_autoptr(GByteArray) data = g_byte_array_new ();
  g_autoptr(GByteArray) wrong_crc = NULL, cut = NULL, bomb = NULL;
  g_autoptr(GConverter) deflater = G_CONVERTER (g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_RAW, 9));
  g_autofree guint8 *zeros = g_malloc0 (60 * 1024 * 1024), *packed = g_malloc (1024 * 1024);
  gsize taken, made;
  g_autoptr(GError) error = NULL;
  g_autoptr(GByteArray) packed_array = g_byte_array_new ();

  g_byte_array_append (data, (const guint8 *) "123456789", 9);
  wrong_crc = make_zip ("x", FALSE, data, 0xcbf43927, 9);
  g_assert_null (read_with_file (wrong_crc->data, wrong_crc->len, &error));
  g_assert_error (error, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_DAMAGED);
  g_clear_error (&error);
  cut = make_zip ("x", FALSE, data, 0xcbf43926, 9);
  g_assert_null (read_with_file (cut->data, cut->len - 9, &error));
  g_assert_error (error, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_DAMAGED);
  g_clear_error (&error);
  /* 60 MiB of zeros that claims to be 9 bytes */
  g_assert_cmpint (g_converter_convert (deflater, zeros, 60 * 1024 * 1024, packed, 1024 * 1024,
                                        G_CONVERTER_INPUT_AT_END, &taken, &made, NULL), ==, G_CONVERTER_FINISHED);
  g_byte_array_append (packed_array, packed, (guint) made);
  bomb = make_zip ("x", TRUE, packed_array, 0xcbf43926, 9);
  g_assert_null (read_with_file (bomb->data, bomb->len, &error));
  g_assert_error (error, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_TOO_LARGE);
}

static void
test_hostile (void)
{
  g_autofree char *deep = g_strnfill (70000, 'a');
  g_autofree char *long_text = g_strdup_printf ("<edXML><MessageHeader><Subject>%s</Subject></MessageHeader></edXML>", deep);
  GString *many = g_string_new ("<edXML><MessageHeader>");
  g_autofree char *many_text = NULL;

  for (int i = 0; i < 20001; i++)
    g_string_append (many, "<a/>");
  g_string_append (many, "</MessageHeader></edXML>");
  many_text = g_string_free (many, FALSE);
  {
    const struct {
      const char *text;
      int         code;
    } rows[] = {
      { "", SOHOA_INTAKE_ERROR_UNSUPPORTED },
      { "no xml at all", SOHOA_INTAKE_ERROR_UNSUPPORTED },
      { "<html></html>", SOHOA_INTAKE_ERROR_UNSUPPORTED },
      { "<!DOCTYPE a [<!ENTITY b 'bb'><!ENTITY c '&b;&b;&b;&b;'><!ENTITY d '&c;&c;&c;'>]><edXML>&d;</edXML>",
        SOHOA_INTAKE_ERROR_UNSUPPORTED },
      { "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><edXML><MessageHeader><Subject>&x;</Subject>"
        "</MessageHeader></edXML>", SOHOA_INTAKE_ERROR_UNSUPPORTED },
      { HEAD, SOHOA_INTAKE_ERROR_DAMAGED },
      { HEAD FILES ("JVBE") "</Envelope>", SOHOA_INTAKE_ERROR_DAMAGED },
      { HEAD FILES ("JVB") TAIL, SOHOA_INTAKE_ERROR_DAMAGED },
      { HEAD FILES ("JV*E") TAIL, SOHOA_INTAKE_ERROR_DAMAGED },
      { "<edXML><MessageHeader><Subject>&unknown;</Subject></MessageHeader></edXML>", SOHOA_INTAKE_ERROR_DAMAGED },
      { long_text, SOHOA_INTAKE_ERROR_TOO_LARGE },
      { many_text, SOHOA_INTAKE_ERROR_TOO_LARGE },
    };

    for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
      g_autoptr(GError) error = NULL;
      g_autoptr(SohoaEdxml) m = read_text (rows[i].text, &error);

      if (m != NULL || !g_error_matches (error, SOHOA_INTAKE_ERROR, rows[i].code))
        g_test_message ("row %u: %s", i, error != NULL ? error->message : "accepted");
      g_assert_null (m);
      g_assert_error (error, SOHOA_INTAKE_ERROR, rows[i].code);
    }
  }
}

/* An attachment larger than libxml2's own limit on one text (10 MB), and one above ours. */
static void
test_large (void)
{
  static const char *const to[] = { "H31.99", NULL };
  static const gsize sizes[] = { 20 * 1024 * 1024, SOHOA_EDXML_FILE_MAX_BYTES + 1 };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    g_autoptr(SohoaRecord) record = make_record ();
    g_autoptr(SohoaEdxml) m = sohoa_edxml_new_from_record (record, "H31.98.01", to, 0);
    SOHOA_AUTO_FD int big = sohoa_memfd_new ("big", NULL);
    SOHOA_AUTO_FD int file = -1;
    g_autofree char *text = NULL;
    gsize length;
    g_autoptr(GError) error = NULL;
    g_autoptr(SohoaEdxml) back = NULL;

    g_assert_cmpint (ftruncate (big, (off_t) sizes[i]), ==, 0);
    sohoa_edxml_add_attachment (m, "big", "big.pdf", "application/pdf", big);
    text = write_all (m, &length);
    file = fd_of (text, length);
    back = sohoa_edxml_read (file, NULL, &error);
    if (i == 0) {
      g_assert_no_error (error);
      g_assert_cmpuint (((SohoaEdxmlAttachment *) back->attachments->pdata[0])->size, ==, sizes[0]);
    } else {
      g_assert_error (error, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_TOO_LARGE);
    }
  }
}

static void
test_incomplete (void)
{
  static const char *const to[] = { "H31.99", NULL };
  g_autoptr(SohoaRecord) record = make_record ();
  g_autoptr(SohoaEdxml) m = sohoa_edxml_new_from_record (record, "H31.98.01", to, 0);
  g_autoptr(GError) error = NULL;

  g_assert_null (sohoa_edxml_open (m, &error)); /* no attachment */
  g_assert_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/edxml/round-trip", test_round_trip);
  g_test_add_func ("/edxml/form", test_form);
  g_test_add_func ("/edxml/tolerance", test_tolerance);
  g_test_add_func ("/edxml/status", test_status);
  g_test_add_func ("/edxml/zip", test_zip);
  g_test_add_func ("/edxml/zip-hostile", test_zip_hostile);
  g_test_add_func ("/edxml/hostile", test_hostile);
  g_test_add_func ("/edxml/large", test_large);
  g_test_add_func ("/edxml/incomplete", test_incomplete);
  return g_test_run ();
}
