/* Files that were tampered with after (or while) signing, made here, and the verdict each must get. The
 * verdict is asked from the very operation the page worker runs. Attack classes: Mladenov et al. 2019
 * (USF, ISA, SWA), 2021 (shadow attacks, evil annotation). */
#define _GNU_SOURCE
#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-image-stream.h"
#include "sohoa-pdf-image.h"
#include "sohoa-pdf.h"
#include "sohoa-placeholder.h"
#include "sohoa-signer.h"
#include "sohoa-worker.h"

#include <fcntl.h>
#include <json-glib/json-glib.h>
#include <openssl/cms.h>
#include <openssl/pkcs12.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TIME_US G_GINT64_CONSTANT (1700000000000000)
#define ROOM 8192
#define N_OBJECTS 13
#define SIGNATURE_OBJECT 12
#define STRIDE 97u /* of the every-byte test outside Contents; EVERY_BYTE=1 takes all, EVERY_BYTE=K/N the K-th of N parts of all */
#define HEX_STRIDE 47u /* of a file made elsewhere inside Contents: it has two of them */
#define EVERY_BYTE_MAX_BYTES 65536 /* bounds the time only: a B-LTA file has 59 to 62 KB, by the seconds its OCSP answers came in */

static char *folder;
static SohoaSigner *signer, *stranger;
static GBytes *trust;

/* ---- making ---- */

typedef struct {
  GString *bytes;
  gsize    offsets[N_OBJECTS + 1];
  gsize    stale; /* where a second, unused "4 0 obj" stands */
  gsize    range, contents; /* of [ and < */
} Doc;

static void
doc_clear (Doc *d)
{
  if (d->bytes != NULL)
    g_string_free (d->bytes, TRUE);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Doc, doc_clear)

static char *
stream (const char *inner, const char *data)
{
  return g_strdup_printf ("<<%s/Length %" G_GSIZE_FORMAT ">>\nstream\n%s\nendstream", inner, strlen (data), data);
}

static void
add_signature_object (Doc *d, const char *extra)
{
  g_autofree char *zeros = g_strnfill (2 * ROOM, '0');

  g_string_append_printf (d->bytes, "<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached%s/ByteRange ", extra);
  d->range = d->bytes->len;
  g_string_append (d->bytes, "[0                                      ]/Contents ");
  d->contents = d->bytes->len;
  g_string_append_printf (d->bytes, "<%s>>>", zeros);
}

/* One page that shows a text and a form XObject, a text field, and everything an attacker prepares. @extra: of
 * the signature dictionary; @lock: of the signature's field. */
static void
make_doc (Doc *d, const char *extra, const char *lock)
{
  g_autofree char *content = stream ("", "BT /F1 12 Tf 50 700 Td (Pay 100) Tj ET /X1 Do");
  g_autofree char *hidden = stream ("", "BT /F1 12 Tf 50 700 Td (Pay 999) Tj ET");
  g_autofree char *overlay = stream ("/Type/XObject/Subtype/Form/BBox[0 0 99 99]", "1 g 0 0 99 99 re f");
  g_autofree char *map = stream ("", "1 beginbfchar <31> <0031> endbfchar");
  g_autofree char *field = g_strdup_printf ("<</Type/Annot/Subtype/Widget/FT/Sig/T(S)/Rect[0 0 0 0]/F 132/P 3 0 R/V 12 0 R%s>>",
                                            lock);
  const char *const bodies[N_OBJECTS] = {
    "<</Type/Catalog/Pages 2 0 R/AcroForm 8 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 595 842]>>",
    "<</Type/Page/Parent 2 0 R/Contents 4 0 R/Annots[9 0 R 13 0 R]/Resources<</Font<</F1 5 0 R>>/XObject<</X1 6 0 R>>>>>>",
    content, "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/ToUnicode 7 0 R>>", overlay, map,
    "<</Fields[9 0 R 13 0 R]/SigFlags 3/DR<</Font<</F1 5 0 R>>>>>>",
    "<</Type/Annot/Subtype/Widget/FT/Tx/T(Amount)/V(100)/Rect[50 50 150 70]/F 4/P 3 0 R>>",
    "<</Type/Page/Parent 2 0 R/Contents 11 0 R/Resources<</Font<</F1 5 0 R>>>>>>", hidden, NULL, field,
  };
  gsize start;

  d->bytes = g_string_new ("%PDF-1.7\n");
  d->stale = d->bytes->len;
  g_string_append_printf (d->bytes, "4 0 obj\n%s\nendobj\n", hidden);
  for (guint i = 0; i < N_OBJECTS; i++) {
    d->offsets[i + 1] = d->bytes->len;
    g_string_append_printf (d->bytes, "%u 0 obj\n", i + 1);
    if (bodies[i] != NULL)
      g_string_append (d->bytes, bodies[i]);
    else
      add_signature_object (d, extra);
    g_string_append (d->bytes, "\nendobj\n");
  }
  start = d->bytes->len;
  g_string_append_printf (d->bytes, "xref\n0 %u\n0000000000 65535 f \n", N_OBJECTS + 1);
  for (guint i = 1; i <= N_OBJECTS; i++)
    g_string_append_printf (d->bytes, "%010" G_GSIZE_FORMAT " 00000 n \n", d->offsets[i]);
  g_string_append_printf (d->bytes, "trailer\n<</Size %u/Root 1 0 R>>\nstartxref\n%" G_GSIZE_FORMAT "\n%%%%EOF\n", N_OBJECTS + 1, start);
}

static void
write_hex (Doc *d, GBytes *cms)
{
  gsize n;
  const guint8 *der = g_bytes_get_data (cms, &n);

  g_assert_cmpuint (n, <=, ROOM);
  for (gsize i = 0; i < n; i++) {
    char hex[3];

    g_snprintf (hex, sizeof hex, "%02x", der[i]);
    memcpy (d->bytes->str + d->contents + 1 + 2 * i, hex, 2);
  }
}

/* Signs exactly @ranges, says @text in ByteRange. */
static void
sign_ranges (Doc *d, SohoaSigner *by, const SohoaRange *ranges, guint n, const char *text)
{
  SOHOA_AUTO_FD int fd = sohoa_memfd_new ("sign", NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) cms = NULL;

  memcpy (d->bytes->str + d->range, text, strlen (text));
  if (text[strlen (text) - 1] == ']')
    for (gsize i = strlen (text); i < 40; i++)
      d->bytes->str[d->range + i] = ' ';
  g_assert_true (sohoa_fd_write_all (fd, d->bytes->str, d->bytes->len, NULL));
  cms = sohoa_signer_sign (by, fd, ranges, n, &error);
  g_assert_no_error (error);
  write_hex (d, cms);
}

static void
sign_doc (Doc *d, SohoaSigner *by)
{
  gsize behind = d->contents + 2 + 2 * ROOM;
  SohoaRange ranges[2] = { { 0, d->contents }, { behind, d->bytes->len - behind } };
  g_autofree char *text = g_strdup_printf ("[0 %" G_GSIZE_FORMAT " %" G_GSIZE_FORMAT " %" G_GSIZE_FORMAT "]", d->contents, behind,
                                           d->bytes->len - behind);

  sign_ranges (d, by, ranges, 2, text);
}

/* An incremental update: pairs of object number and body; a body "@n" points the table at offset n. */
static void
update (Doc *d, ...)
{
  va_list list;
  gsize start, previous = 0;
  g_autoptr(GString) rows = g_string_new (NULL);
  guint id;

  for (const char *p = d->bytes->str, *end = p + d->bytes->len; (p = memmem (p, (gsize) (end - p), "startxref", 9)) != NULL; p++)
    previous = strtoul (p + 9, NULL, 10);
  va_start (list, d);
  while ((id = va_arg (list, guint)) != 0) {
    const char *body = va_arg (list, const char *);

    g_string_append_printf (rows, "%u 1\n%010" G_GSIZE_FORMAT " 00000 n \n", id,
                            body[0] == '@' ? strtoul (body + 1, NULL, 10) : d->bytes->len);
    if (body[0] != '@')
      g_string_append_printf (d->bytes, "%u 0 obj\n%s\nendobj\n", id, body);
  }
  va_end (list);
  start = d->bytes->len;
  g_string_append_printf (d->bytes, "xref\n%strailer\n<</Size 40/Root 1 0 R/Prev %" G_GSIZE_FORMAT ">>\nstartxref\n%" G_GSIZE_FORMAT "\n%%%%EOF\n", rows->str, previous,
                          start);
}

/* ---- judging ---- */

static char *
verdict_of_fd (int fd, char **report_out)
{
  SOHOA_AUTO_FD int anchors = sohoa_memfd_new ("trust", NULL);
  int fds[2] = { fd, anchors };
  g_autoptr(GVariant) none = g_variant_ref_sink (g_variant_new ("a{sv}", NULL));
  SohoaRequest request = { none, fds, 2 };
  g_autoptr(GVariant) reply = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(JsonParser) parser = json_parser_new ();
  const char *json;

  g_assert_true (sohoa_fd_write_all (anchors, g_bytes_get_data (trust, NULL), g_bytes_get_size (trust), NULL));
  reply = sohoa_op_verify (NULL, &request, &error);
  if (reply == NULL)
    return g_strdup ("ERROR");
  g_variant_ref_sink (reply);
  g_assert_true (g_variant_lookup (reply, "report", "&s", &json));
  g_assert_true (json_parser_load_from_data (parser, json, -1, NULL));
  if (report_out != NULL)
    *report_out = g_strdup (json);
  return g_strdup (json_object_get_string_member (json_node_get_object (json_parser_get_root (parser)), "status"));
}

static void
assert_verdict (const Doc *d, const char *name, const char *expected, const char *said)
{
  SOHOA_AUTO_FD int fd = sohoa_memfd_new ("judged", NULL);
  g_autofree char *report = NULL;
  g_autofree char *got = NULL;

  g_assert_true (sohoa_fd_write_all (fd, d->bytes->str, d->bytes->len, NULL));
  got = verdict_of_fd (fd, &report);
  g_test_message ("%s: %s %s", name, got, report != NULL ? report : "");
  g_assert_cmpstr (got, ==, expected);
  if (said != NULL)
    g_assert_nonnull (strstr (report, said));
}

/* ---- after signing ---- */

#define FRESH(extra, lock) g_auto(Doc) d = { 0 }; make_doc (&d, extra, lock); sign_doc (&d, signer)
#define FILLED "<</Type/Annot/Subtype/Widget/FT/Tx/T(Amount)/V(999)/Rect[50 50 150 70]/F 4/P 3 0 R>>"
#define ANNOTATED "<</Type/Page/Parent 2 0 R/Contents 4 0 R/Annots[9 0 R 13 0 R 20 0 R]/Resources<</Font<</F1 5 0 R>>/XObject<</X1 6 0 R>>>>>>"
#define FREE_TEXT "<</Type/Annot/Subtype/FreeText/Rect[40 690 200 720]/Contents(Pay 999)/DA(/F1 12 Tf)/F 4>>"
#define DOCMDP(p) "/Reference[<</Type/SigRef/TransformMethod/DocMDP/TransformParams<</P " #p "/V/1.2>>>>]"

static void
test_sound (void)
{
  FRESH ("", "");
  assert_verdict (&d, "untouched", "VALID", NULL);
  update (&d, 1u, "<</Type/Catalog/Pages 2 0 R/AcroForm 8 0 R/DSS<</Certs[]>>>>", 0u);
  assert_verdict (&d, "validation data", "VALID", "validation data was added");
}

static void
test_harmless_noise (void)
{
  FRESH ("", "");
  g_string_append (d.bytes, "% a remark\n");
  assert_verdict (&d, "a remark behind the end", "VALID-BUT-CHANGED", "change nothing");
}

static void
test_form_fill (void)
{
  FRESH ("", "");
  update (&d, 9u, FILLED, 0u);
  assert_verdict (&d, "form fill", "VALID-BUT-CHANGED", "form field");
}

static void
test_annotation (void)
{
  FRESH ("", "");
  update (&d, 3u, ANNOTATED, 20u, FREE_TEXT, 0u);
  assert_verdict (&d, "annotation overlay", "VALID-BUT-CHANGED", "page 1: an annotation");
}

typedef struct {
  const char *name, *extra, *lock, *verdict;
  gboolean annotation;
} Permission;

static void
test_permissions (void)
{
  static const Permission rows[] = {
    { "P=1, form", DOCMDP (1), "", "INVALID", FALSE },
    { "P=2, form", DOCMDP (2), "", "VALID-BUT-CHANGED", FALSE },
    { "P=2, annotation", DOCMDP (2), "", "INVALID", TRUE },
    { "P=3, annotation", DOCMDP (3), "", "VALID-BUT-CHANGED", TRUE },
    { "all fields locked", "", "/Lock<</Type/SigFieldLock/Action/All>>", "INVALID", FALSE },
    { "the field locked", "", "/Lock<</Type/SigFieldLock/Action/Include/Fields[(Amount)]>>", "INVALID", FALSE },
    { "another field locked", "", "/Lock<</Type/SigFieldLock/Action/Include/Fields[(Else)]>>", "VALID-BUT-CHANGED", FALSE },
    { "all but the field locked", "", "/Lock<</Type/SigFieldLock/Action/Exclude/Fields[(Amount)]>>", "VALID-BUT-CHANGED", FALSE },
    { "FieldMDP", "/Reference[<</TransformMethod/FieldMDP/TransformParams<</Action/All>>>>]", "", "INVALID", FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    FRESH (rows[i].extra, rows[i].lock);
    assert_verdict (&d, rows[i].name, "VALID", NULL);
    if (rows[i].annotation)
      update (&d, 3u, ANNOTATED, 20u, FREE_TEXT, 0u);
    else
      update (&d, 9u, FILLED, 0u);
    assert_verdict (&d, rows[i].name, rows[i].verdict, NULL);
  }
}

/* Each replaces one object of the signed document. */
static void
test_shadow (void)
{
  g_autofree char *evil = stream ("", "BT /F1 12 Tf 50 700 Td (Pay 999) Tj ET");
  g_autofree char *nothing = stream ("/Type/XObject/Subtype/Form/BBox[0 0 99 99]", "");
  g_autofree char *map = stream ("", "1 beginbfchar <31> <0039> endbfchar");
  const struct { const char *name; guint id; const char *body, *said; } rows[] = {
    { "hide: the overlay vanishes", 6, nothing, "content" },
    { "replace: another content stream", 4, evil, "content" },
    { "replace: another font", 5, "<</Type/Font/Subtype/Type1/BaseFont/Symbol/ToUnicode 7 0 R>>", "font" },
    { "replace: another ToUnicode", 7, map, "font" },
    { "added page", 2, "<</Type/Pages/Kids[3 0 R 10 0 R]/Count 2/MediaBox[0 0 595 842]>>", "pages" },
    { "swapped page", 2, "<</Type/Pages/Kids[10 0 R]/Count 1/MediaBox[0 0 595 842]>>", "content" },
    { "another page size", 2, "<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 600 595 842]>>", "content" },
    { "a script", 1, "<</Type/Catalog/Pages 2 0 R/AcroForm 8 0 R/OpenAction<</S/JavaScript/JS(app)>>>>", "actions" },
    { "layers", 1, "<</Type/Catalog/Pages 2 0 R/AcroForm 8 0 R/OCProperties<</OCGs[]/D<<>>>>>>", "content" },
    { "the form's font", 8, "<</Fields[9 0 R 13 0 R]/SigFlags 3/DR<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Symbol>>>>>>>>", "font" },
    { "the signature's own picture", 13, "<</Type/Annot/Subtype/Widget/FT/Sig/T(S)/Rect[0 0 300 300]/F 132/P 3 0 R/V 12 0 R/AP<</N 6 0 R>>>>", "content" },
    { "the signature's field removed from the page", 8, "<</Fields[9 0 R]/SigFlags 3>>", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    FRESH ("", "");
    update (&d, rows[i].id, rows[i].body, 0u);
    assert_verdict (&d, rows[i].name, rows[i].said != NULL ? "INVALID" : "NONE", rows[i].said);
  }
}

/* What is shown instead was in the signed bytes all the time; only the table changes. */
static void
test_hide_and_replace (void)
{
  g_autofree char *at = NULL;
  FRESH ("", "");

  at = g_strdup_printf ("@%" G_GSIZE_FORMAT, d.stale);
  update (&d, 4u, at, 0u);
  assert_verdict (&d, "hide and replace", "INVALID", "content");
}

static void
test_second_table (void)
{
  FRESH ("", "");
  g_string_append (d.bytes, "xref\n0 1\n0000000000 65535 f \ntrailer\n<</Size 40/Root 77 0 R>>\nstartxref\n7\n%%EOF\n");
  assert_verdict (&d, "a second table that leads nowhere", "INVALID", NULL);
}

/* ---- while signing: a trusted signer, a wrong shape ---- */

static void
test_ranges (void)
{
  static const char *const names[] = { "gap too wide", "gap too narrow", "overlap", "one range", "not from the start", "ends early",
                                       "three ranges", "negative" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_auto(Doc) d = { 0 };
    gsize a, b, c;
    SohoaRange ranges[2];
    guint n = 2;
    g_autofree char *text = NULL;

    make_doc (&d, "", "");
    a = d.contents;
    b = d.contents + 2 + 2 * ROOM;
    c = d.bytes->len - b;
    if (i == 0)
      b += 4, c -= 4;
    if (i == 1)
      a += 1;
    if (i == 5)
      c -= 20;
    ranges[0] = (SohoaRange) { i == 4 ? 10 : 0, i == 4 ? a - 10 : a };
    ranges[1] = (SohoaRange) { b, c };
    if (i == 3 || i == 2)
      n = 1;
    text = i == 3 ? g_strdup_printf ("[0 %" G_GSIZE_FORMAT "]", a)
           : i == 6 ? g_strdup_printf ("[0 9 9 %" G_GSIZE_FORMAT " %" G_GSIZE_FORMAT " %" G_GSIZE_FORMAT "]", a - 9, b, c)
           : i == 7 ? g_strdup_printf ("[0 %" G_GSIZE_FORMAT " %" G_GSIZE_FORMAT " -%" G_GSIZE_FORMAT "]", a, b, c)
           : i == 2 ? g_strdup_printf ("[0 %" G_GSIZE_FORMAT " %" G_GSIZE_FORMAT " %" G_GSIZE_FORMAT "]", a, a - 50, b + c - a + 50)
                    : g_strdup_printf ("[%d %d %d %d]", (int) ranges[0].offset, (int) ranges[0].length, (int) ranges[1].offset,
                                       (int) ranges[1].length);
    sign_ranges (&d, signer, ranges, n, text);
    assert_verdict (&d, names[i], "INVALID", NULL);
  }
}

/* The first part, the signature, then the attacker's document, then the second part moved back; a table of
 * the attacker's stands where the moved startxref points. */
static void
test_wrapping (void)
{
  gsize behind, start = 0, shift;
  g_autofree char *tail = NULL, *field = NULL;
  g_autoptr(GString) evil = g_string_new ("\n");
  gsize copy;
  FRESH ("", "");

  behind = d.contents + 2 + 2 * ROOM;
  tail = g_strdup (d.bytes->str + behind);
  start = strtoul (strstr (tail, "startxref") + 9, NULL, 10);
  field = g_strndup (d.bytes->str + d.contents, 2 + 2 * ROOM);
  copy = behind + evil->len;
  shift = start - behind + 400 + 3 * ROOM;
  g_string_append_printf (evil, "4 0 obj\n<</Length 2>>\nstream\nq \nendstream\nendobj\n");
  while (behind + evil->len < start)
    g_string_append_c (evil, ' ');
  g_string_append_printf (evil, "xref\n0 4\n0000000000 65535 f \n%010" G_GSIZE_FORMAT " 00000 n \n%010" G_GSIZE_FORMAT " 00000 n \n%010" G_GSIZE_FORMAT " 00000 n \n4 1\n%010" G_GSIZE_FORMAT " 00000 n \n5 9\n", d.offsets[1], d.offsets[2],
                          d.offsets[3], copy);
  for (guint i = 5; i <= 13; i++)
    g_string_append_printf (evil, "%010" G_GSIZE_FORMAT " 00000 n \n", i == 12 ? start + 800 : d.offsets[i]);
  g_string_append (evil, "trailer\n<</Size 14/Root 1 0 R>>\n");
  while (behind + evil->len < start + 800)
    g_string_append_c (evil, ' ');
  g_string_append_printf (evil, "12 0 obj\n<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/ByteRange [0 %" G_GSIZE_FORMAT " %" G_GSIZE_FORMAT " %" G_GSIZE_FORMAT "]/Contents %s>>\nendobj\n", d.contents,
                          behind + shift, strlen (tail), field);
  g_assert_cmpuint (evil->len, <=, shift);
  while (evil->len < shift)
    g_string_append_c (evil, '\n');
  g_string_truncate (d.bytes, behind);
  g_string_append_len (d.bytes, evil->str, (gssize) evil->len);
  g_string_append (d.bytes, tail);
  assert_verdict (&d, "wrapping", "INVALID", "leaves out something else");
}

static void
test_cms (void)
{
  g_auto(Doc) other = { 0 };
  g_auto(Doc) empty = { 0 };
  {
    FRESH ("/Reason(first)", "");
    make_doc (&other, "/Reason(other)", "");
    sign_doc (&other, signer);
    g_assert_cmpuint (d.contents, ==, other.contents);
    memcpy (d.bytes->str + d.contents, other.bytes->str + other.contents, 2 + 2 * ROOM);
    assert_verdict (&d, "the signature of another document", "INVALID", NULL);
  }
  {
    FRESH ("", "");
    memset (d.bytes->str + d.contents + 1 + 400, '0', 2 * ROOM - 400);
    assert_verdict (&d, "cut CMS", "INVALID", NULL);
  }
  {
    FRESH ("", "");
    d.bytes->str[d.contents + 2 * ROOM] = '1';
    assert_verdict (&d, "padding that is not zero", "INVALID", "zeros");
  }
  make_doc (&empty, "", "");
  assert_verdict (&empty, "never signed", "INVALID", NULL);
}

/* What our signer refuses to make: by OpenSSL's own hand. */
static void
sign_by_hand (Doc *d, const char *p12, const EVP_MD *md)
{
  g_autofree char *path = g_build_filename (folder, "ours", p12, NULL);
  gsize behind = d->contents + 2 + 2 * ROOM;
  g_autofree char *text = g_strdup_printf ("[0 %" G_GSIZE_FORMAT " %" G_GSIZE_FORMAT " %" G_GSIZE_FORMAT "]", d->contents, behind,
                                           d->bytes->len - behind);
  BIO *file = BIO_new_file (path, "rb"), *data = BIO_new (BIO_s_mem ());
  PKCS12 *bag = d2i_PKCS12_bio (file, NULL);
  EVP_PKEY *key = NULL;
  X509 *cert = NULL;
  CMS_ContentInfo *cms;
  guint8 *der = NULL;
  int n;
  const guint flags = CMS_DETACHED | CMS_BINARY | CMS_NOSMIMECAP | CMS_PARTIAL | CMS_CADES;
  g_autoptr(GBytes) bytes = NULL;

  memcpy (d->bytes->str + d->range, text, strlen (text));
  BIO_write (data, d->bytes->str, (int) d->contents);
  BIO_write (data, d->bytes->str + behind, (int) (d->bytes->len - behind));
  g_assert_cmpint (PKCS12_parse (bag, "", &key, &cert, NULL), ==, 1);
  cms = CMS_sign (NULL, NULL, NULL, NULL, flags);
  g_assert_nonnull (CMS_add1_signer (cms, cert, key, md, flags));
  g_assert_cmpint (CMS_final (cms, data, NULL, flags), ==, 1);
  n = i2d_CMS_ContentInfo (cms, &der);
  bytes = g_bytes_new (der, (gsize) n);
  write_hex (d, bytes);
  OPENSSL_free (der);
  CMS_ContentInfo_free (cms);
  X509_free (cert);
  EVP_PKEY_free (key);
  PKCS12_free (bag);
  BIO_free (file);
  BIO_free (data);
}

static void
test_people (void)
{
  g_auto(Doc) foreign = { 0 };
  g_auto(Doc) late = { 0 };
  g_auto(Doc) weak = { 0 };
  g_auto(Doc) sound = { 0 };

  make_doc (&foreign, "", "");
  sign_doc (&foreign, stranger);
  assert_verdict (&foreign, "a signer nobody vouches for", "UNKNOWN", NULL);
  make_doc (&late, "", "");
  sign_by_hand (&late, "expired.p12", EVP_sha256 ());
  assert_verdict (&late, "an expired certificate", "UNKNOWN", "not valid at this time");
  make_doc (&sound, "", "");
  sign_by_hand (&sound, "signer.p12", EVP_sha256 ());
  assert_verdict (&sound, "another program's signature", "VALID", NULL);
  make_doc (&weak, "", "");
  sign_by_hand (&weak, "signer.p12", EVP_sha1 ());
  assert_verdict (&weak, "SHA-1", "UNKNOWN", "\"weak\":true");
}

/* ---- every byte ---- */

static int
write_small_scan (void)
{
  PIX *pix = pixCreate (400, 560, 1);
  int images = sohoa_memfd_new ("images", NULL), out = sohoa_memfd_new ("out", NULL);
  g_autoptr(SohoaRecord) record = sohoa_record_new ();
  g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify) sohoa_image_stream_free);
  static const char *const block[] = { "Sao y", "UBND xã Ví Dụ", "2026-11-20T09:15:30+07:00", NULL };
  SohoaPdfJob job = { .record = record, .images = list, .image_fd = images, .text_fd = -1, .time_us = TIME_US, .block = block,
                      .signature = TRUE, .name = "UBND xã Ví Dụ" };
  SohoaPdfPlaceholder p;
  SohoaPlaceholder room;
  SohoaImageStream *image = NULL;
  g_autoptr(GError) error = NULL;

  pixSetAllArbitrary (pix, 0);
  g_assert_true (sohoa_image_stream_from_pix (pix, images, &image, &error));
  pixDestroy (&pix);
  g_ptr_array_add (list, image);
  g_assert_true (sohoa_pdf_write (out, &job, &p, NULL, NULL, &error));
  room = (SohoaPlaceholder) { p.byte_range_offset, p.byte_range_length, p.contents_offset, p.contents_length };
  g_assert_true (sohoa_sign_fill_placeholder (out, &room, signer, &error));
  close (images);
  return out;
}

static void
change_every_byte (int fd, const char *part, gsize hex_stride)
{
  guint k = 0, n = 1;
  goffset size = sohoa_fd_size (fd);
  guint8 *bytes = g_malloc ((gsize) size);
  static const guint8 flips[] = { 0x01, 0x20 };
  guint tried = 0, inside = 0, missed = 0;

  g_assert_true (sohoa_fd_pread_all (fd, bytes, (gsize) size, 0, NULL));
  if (part != NULL && sscanf (part, "%u/%u", &k, &n) == 2)
    g_assert_true (k < n);
  for (gsize i = 0; i < (gsize) size; i++) {
    /* in hex digits every byte is tried, elsewhere those of the stride */
    gboolean hex = g_ascii_isxdigit (bytes[i]) && i > 0 && g_ascii_isxdigit (bytes[i - 1]) && bytes[i] != '0';

    inside += hex;
    if (part != NULL ? i % n != k : i % (hex ? hex_stride : STRIDE) != 0)
      continue;
    for (guint f = 0; f < G_N_ELEMENTS (flips); f++) {
      guint8 changed = bytes[i] ^ flips[f];
      g_autofree char *verdict = NULL;

      g_assert_cmpint (pwrite (fd, &changed, 1, (off_t) i), ==, 1);
      verdict = verdict_of_fd (fd, NULL);
      if (g_str_equal (verdict, "VALID")) {
        g_test_message ("byte %" G_GSIZE_FORMAT " '%c' -> '%c' is not noticed", i, bytes[i], changed);
        missed++;
      }
      tried++;
    }
    g_assert_cmpint (pwrite (fd, &bytes[i], 1, (off_t) i), ==, 1);
  }
  g_test_message ("%u changes in %" G_GOFFSET_FORMAT " bytes, %u VALID (%u hex digits)", tried, size, missed, inside);
  g_assert_cmpuint (missed, ==, 0);
  g_free (bytes);
}

static void
test_every_byte (void)
{
  SOHOA_AUTO_FD int fd = g_getenv ("SOHOA_EVERY_BYTE_OF") != NULL ? -1 : write_small_scan ();
  g_autofree char *before = NULL;

  if (fd < 0) { /* a file made elsewhere (B-LTA), trusted through SOHOA_TRUST */
    g_autofree char *bytes = NULL;
    gsize n;

    g_assert_true (g_file_get_contents (g_getenv ("SOHOA_EVERY_BYTE_OF"), &bytes, &n, NULL));
    fd = sohoa_memfd_new ("file", NULL);
    g_assert_true (sohoa_fd_write_all (fd, bytes, n, NULL));
  }
  before = verdict_of_fd (fd, NULL);
  g_assert_cmpstr (before, ==, "VALID");
  g_assert_cmpint (sohoa_fd_size (fd), <=, EVERY_BYTE_MAX_BYTES);
  change_every_byte (fd, g_getenv ("EVERY_BYTE"), g_getenv ("SOHOA_EVERY_BYTE_OF") != NULL ? HEX_STRIDE : 1);
}

static SohoaSigner *
load (const char *where, const char *name)
{
  g_autofree char *path = g_build_filename (folder, where, name, NULL);
  g_autoptr(GError) error = NULL;
  SohoaSigner *loaded = sohoa_signer_new_p12 (path, -1, &error);

  g_assert_no_error (error);
  return loaded;
}

static void
make_authority (const char *name)
{
  g_autofree char *tool = g_build_filename (g_getenv ("SOHOA_TOP_BUILDDIR"), "sign", "sohoa-test-authority", NULL);
  g_autofree char *path = g_build_filename (folder, name, NULL);
  char *argv[] = { tool, path, NULL };
  int status = -1;

  g_assert_true (g_spawn_sync (NULL, argv, NULL, 0, NULL, NULL, NULL, NULL, &status, NULL));
  g_assert_cmpint (status, ==, 0);
}

int
main (int argc, char **argv)
{
  g_autofree char *ca = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  setMsgSeverity (L_SEVERITY_NONE);
  g_assert_true (sohoa_pdf_init (NULL));
  folder = g_dir_make_tmp ("sohoa-attacks-XXXXXX", NULL);
  make_authority ("ours");
  make_authority ("theirs");
  signer = load ("ours", "signer.p12");
  stranger = load ("theirs", "signer.p12");
  ca = g_getenv ("SOHOA_TRUST") != NULL ? g_strdup (g_getenv ("SOHOA_TRUST"))
                                        : g_build_filename (folder, "ours", "test-ca.pem", NULL);
  trust = sohoa_file_read (ca, 1 << 20, NULL);
  g_test_add_func ("/attacks/sound", test_sound);
  g_test_add_func ("/attacks/noise", test_harmless_noise);
  g_test_add_func ("/attacks/form-fill", test_form_fill);
  g_test_add_func ("/attacks/annotation", test_annotation);
  g_test_add_func ("/attacks/permissions", test_permissions);
  g_test_add_func ("/attacks/shadow", test_shadow);
  g_test_add_func ("/attacks/hide-and-replace", test_hide_and_replace);
  g_test_add_func ("/attacks/second-table", test_second_table);
  g_test_add_func ("/attacks/ranges", test_ranges);
  g_test_add_func ("/attacks/wrapping", test_wrapping);
  g_test_add_func ("/attacks/cms", test_cms);
  g_test_add_func ("/attacks/people", test_people);
  g_test_add_func ("/attacks/every-byte", test_every_byte);
  status = g_test_run ();
  sohoa_signer_free (signer);
  sohoa_signer_free (stranger);
  sohoa_folder_remove (folder, NULL);
  return status;
}
