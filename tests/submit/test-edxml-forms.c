/* Every kind of edXML message: what is written validates against our schema by xmllint, and is read back equal. */
#include "sohoa-edxml.h"
#include "sohoa-file.h"

#include <string.h>

#define PDF "%PDF-1.7\nan attachment\n%%EOF\n"

static SohoaEdxml *
begin (void)
{
  SohoaEdxml *m = sohoa_edxml_new ();

  sohoa_edxml_set (&m->from.organ_id, "H31.98.01");
  sohoa_edxml_set (&m->from.name, "UBND xã Ví Dụ & <mẫu>");
  sohoa_edxml_set (&sohoa_edxml_add_to (m)->organ_id, "H31.99");
  sohoa_edxml_set (&m->code_number, "7");
  sohoa_edxml_set (&m->code_notation, "UBND-VP");
  sohoa_edxml_set (&m->issued, "2026-11-20");
  sohoa_edxml_set (&m->type_name, "Công văn");
  sohoa_edxml_set (&m->subject, "Về việc \"thử\"");
  sohoa_edxml_add_trace (m, "H31.98.01", 1795328444LL * 1000000);
  return m;
}

static void
attach (SohoaEdxml *m)
{
  SOHOA_AUTO_FD int fd = sohoa_memfd_new_sealed ("pdf", PDF, strlen (PDF), NULL);

  sohoa_edxml_add_attachment (m, "1", "7.pdf", "application/pdf", fd);
}

static void
refer (SohoaEdxml *m)
{
  SohoaEdxmlReference *r = sohoa_edxml_add_reference (m);

  sohoa_edxml_set (&r->organ_id, "H31.99");
  sohoa_edxml_set (&r->code, "152/UBND-VP");
  sohoa_edxml_set (&r->document_id, "H31.99,2026/11/20,152/UBND-VP");
  sohoa_edxml_set (&r->date, "2026-11-20");
}

/* Writes @m, has xmllint judge it, and reads it again. */
static SohoaEdxml *
there_and_back (const SohoaEdxml *m)
{
  const char *top = g_getenv ("SOHOA_TOP_SRCDIR");
  g_autofree char *schema = g_build_filename (top != NULL ? top : ".", "tests", "submit", "edxml.rng", NULL);
  g_autofree char *dir = g_dir_make_tmp ("sohoa-edxml-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (dir, "message.edxml", NULL);
  const char *const argv[] = { "xmllint", "--noout", "--relaxng", schema, path, NULL };
  g_autoptr(GError) error = NULL;
  g_autoptr(SohoaSegmentStream) stream = sohoa_edxml_open (m, &error);
  g_autoptr(GOutputStream) out = g_memory_output_stream_new_resizable ();
  g_autoptr(GBytes) bytes = NULL;
  g_autoptr(GSubprocess) judge = NULL;
  SOHOA_AUTO_FD int fd = -1;
  SohoaEdxml *back;

  g_assert_no_error (error);
  g_output_stream_splice (out, G_INPUT_STREAM (stream), G_OUTPUT_STREAM_SPLICE_CLOSE_TARGET, NULL, &error);
  g_assert_no_error (error);
  bytes = g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (out));
  g_assert_true (sohoa_file_write (path, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), 0600, NULL));
  judge = g_subprocess_newv (argv, G_SUBPROCESS_FLAGS_NONE, &error);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_wait_check (judge, NULL, &error));
  fd = sohoa_memfd_new_sealed ("message", g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), NULL);
  back = sohoa_edxml_read (fd, NULL, &error);
  g_assert_no_error (error);
  (void) sohoa_folder_remove (dir, NULL);
  g_assert_cmpstr (back->from.name, ==, m->from.name);
  g_assert_cmpstr (back->business_type, ==, m->business_type[0] != '\0' ? m->business_type : "0");
  g_assert_cmpstr (back->business_document_id, ==, m->business_document_id);
  g_assert_cmpuint (back->attachments->len, ==, m->attachments->len);
  g_assert_cmpuint (back->response_for->len, ==, m->response_for->len);
  return back;
}

static void
same_pairs (const GPtrArray *a, const GPtrArray *b)
{
  g_assert_cmpuint (a->len, ==, b->len);
  for (guint i = 0; i < a->len; i++) {
    const SohoaEdxmlPair *one = a->pdata[i], *other = b->pdata[i];

    g_assert_cmpstr (one->id, ==, other->id);
    g_assert_cmpstr (one->value, ==, other->value);
  }
}

static void
test_new_and_recall (void)
{
  g_autoptr(SohoaEdxml) fresh = begin ();
  g_autoptr(SohoaEdxml) recall = begin ();
  g_autoptr(SohoaEdxml) back = NULL;
  g_autoptr(SohoaEdxml) back_recall = NULL;

  attach (fresh);
  back = there_and_back (fresh);
  g_assert_cmpstr (back->subject, ==, "Về việc \"thử\"");
  sohoa_edxml_set (&recall->business_type, "1");
  sohoa_edxml_set (&recall->business_reason, "gửi nhầm");
  refer (recall);
  back_recall = there_and_back (recall);
  g_assert_cmpstr (back_recall->business_reason, ==, "gửi nhầm");
}

static void
test_update (void)
{
  g_autoptr(SohoaEdxml) m = begin ();
  g_autoptr(SohoaEdxml) back = NULL;

  attach (m);
  sohoa_edxml_set (&m->business_type, "2");
  sohoa_edxml_set (&m->business_document_id, "H31.98.01,2026/11/20,7/UBND-VP");
  sohoa_edxml_set (&m->info_changed, "1");
  sohoa_edxml_set (&m->receivers_changed, "1");
  sohoa_edxml_add_pair (m->receivers, "H31.97", "1");
  sohoa_edxml_add_pair (m->receivers, "H31.96", "0");
  back = there_and_back (m);
  g_assert_cmpstr (back->info_changed, ==, "1");
  same_pairs (m->receivers, back->receivers);
}

static void
test_replace (void)
{
  g_autoptr(SohoaEdxml) m = begin ();
  g_autoptr(SohoaEdxml) back = NULL;

  attach (m);
  sohoa_edxml_set (&m->business_type, "3");
  sohoa_edxml_add_pair (m->replaced, "H31.98.01,2026/11/19,5/UBND-VP", "H31.99\nH31.97");
  sohoa_edxml_add_pair (m->replaced, "H31.98.01,2026/11/19,6/UBND-VP", "H31.99");
  back = there_and_back (m);
  same_pairs (m->replaced, back->replaced);
}

static void
test_statuses (void)
{
  static const char *const codes[] = { "01", "02", "03", "04", "05", "06", "13", "15", "16" };

  for (guint i = 0; i < G_N_ELEMENTS (codes); i++) {
    g_autoptr(SohoaEdxml) m = begin ();
    g_autoptr(SohoaEdxml) back = NULL;

    refer (m);
    sohoa_edxml_set (&m->status_code, codes[i]);
    sohoa_edxml_set (&m->status_description, "Lý do <&>");
    m->status_time_us = 1795328444LL * 1000000;
    back = there_and_back (m);
    g_assert_cmpstr (back->status_code, ==, codes[i]);
    g_assert_cmpstr (back->status_description, ==, "Lý do <&>");
    g_assert_cmpint (back->status_time_us, ==, m->status_time_us);
  }
}

int
main (int argc, char **argv)
{
  g_autofree char *judge = g_find_program_in_path ("xmllint");

  g_test_init (&argc, &argv, NULL);
  if (judge == NULL) {
    g_print ("1..0 # SKIP xmllint is not there\n");
    return g_strcmp0 (g_getenv ("CI"), "true") == 0;
  }
  g_test_add_func ("/edxml-forms/new-and-recall", test_new_and_recall);
  g_test_add_func ("/edxml-forms/update", test_update);
  g_test_add_func ("/edxml-forms/replace", test_replace);
  g_test_add_func ("/edxml-forms/statuses", test_statuses);
  return g_test_run ();
}
