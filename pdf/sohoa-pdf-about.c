#include "sohoa-pdf-about.h"

#include "sohoa-pdf-fields.h"
#include "sohoa-pdf-file.h"
#include "sohoa-pdf-poppler.h"
#include "sohoa-text.h"

#include <string.h>

#define XMP_MAX_BYTES (4u * 1024 * 1024)
#define VALUE_MAX_CHARACTERS 4000
#define MAX_FACTS 200u
#define MAX_SHOWN 50u
#define MAX_ATTACHED 200u
#define MAX_TEXT_PAGES 1000u /* pages whose text is counted */
#define MAX_DEPTH 64u        /* of elements */
#define NS_PDFA "http://www.aiim.org/pdfa/ns/id/"
#define NS_DC "http://purl.org/dc/elements/1.1/"
#define NS_OURS "https://sohoa.vn/ns/document/1/"

static void
fact_free (gpointer data)
{
  SohoaPdfFact *fact = data;

  g_free (fact->key);
  g_free (fact->value);
  g_free (fact);
}

static void
shown_free (gpointer data)
{
  SohoaPdfShown *shown = data;

  g_free (shown->field);
  g_free (shown->text);
  g_free (shown);
}

void
sohoa_pdf_about_free (SohoaPdfAbout *self)
{
  if (self == NULL)
    return;
  g_free (self->claim);
  g_free (self->title);
  g_ptr_array_unref (self->record);
  g_ptr_array_unref (self->shown);
  g_ptr_array_unref (self->attached);
  g_free (self);
}

static SohoaPdfAbout *
about_new (void)
{
  SohoaPdfAbout *self = g_new0 (SohoaPdfAbout, 1);

  self->claim = g_strdup ("");
  self->title = g_strdup ("");
  self->record = g_ptr_array_new_with_free_func (fact_free);
  self->shown = g_ptr_array_new_with_free_func (shown_free);
  self->attached = g_ptr_array_new_with_free_func (g_free);
  return self;
}

/* ---- XMP ---- */

typedef struct {
  SohoaPdfAbout *about;    /* (unowned) */
  GHashTable    *prefixes; /* (owned) prefix → namespace; a prefix bound twice keeps the first */
  GPtrArray     *path;     /* (owned) (element-type utf8) "NAMESPACE NAME" of the open elements */
  GString       *text;     /* (owned) of the property that is open */
  char           part, conformance; /* of pdfaid, 0 = none */
} Packet;

/* "prefix:name" as "NAMESPACE name"; g_free. */
static char *
full_name (Packet *p, const char *name)
{
  const char *colon = strchr (name, ':');
  g_autofree char *prefix = colon != NULL ? g_strndup (name, (gsize) (colon - name)) : NULL;
  const char *space = prefix != NULL ? g_hash_table_lookup (p->prefixes, prefix) : NULL;

  return g_strdup_printf ("%s %s", space != NULL ? space : "", colon != NULL ? colon + 1 : name);
}

static char *
clean_value (const char *text)
{
  g_autofree char *squeezed = sohoa_text_squeeze (text);

  return g_utf8_strlen (squeezed, -1) > VALUE_MAX_CHARACTERS ? g_utf8_substring (squeezed, 0, VALUE_MAX_CHARACTERS)
                                                              : g_steal_pointer (&squeezed);
}

/* A property in the form of an attribute or of an element. */
static void
take_property (Packet *p, const char *full, const char *text)
{
  g_autofree char *value = clean_value (text);

  if (*value == '\0')
    return;
  if (g_str_equal (full, NS_PDFA " part"))
    p->part = value[0];
  else if (g_str_equal (full, NS_PDFA " conformance"))
    p->conformance = value[0];
  else if (g_str_equal (full, NS_DC " title") && *p->about->title == '\0') {
    g_free (p->about->title);
    p->about->title = g_steal_pointer (&value);
  } else if (g_str_has_prefix (full, NS_OURS " ") && p->about->record->len < MAX_FACTS) {
    SohoaPdfFact *fact = g_new0 (SohoaPdfFact, 1);

    fact->key = g_strdup (full + strlen (NS_OURS " "));
    fact->value = g_steal_pointer (&value);
    g_ptr_array_add (p->about->record, fact);
  }
}

static gboolean
is_wanted (const char *full)
{
  return g_str_has_prefix (full, NS_PDFA " ") || g_str_equal (full, NS_DC " title") || g_str_has_prefix (full, NS_OURS " ");
}

static void
on_start (GMarkupParseContext *context, const char *name, const char **names, const char **values, gpointer data,
          GError **error)
{
  Packet *p = data;
  char *full;

  (void) context;
  if (p->path->len >= MAX_DEPTH) {
    g_set_error_literal (error, G_MARKUP_ERROR, G_MARKUP_ERROR_INVALID_CONTENT, "too deep");
    return;
  }
  for (guint i = 0; names[i] != NULL; i++)
    if (g_str_has_prefix (names[i], "xmlns:") && !g_hash_table_contains (p->prefixes, names[i] + 6))
      g_hash_table_insert (p->prefixes, g_strdup (names[i] + 6), g_strdup (values[i]));
  for (guint i = 0; names[i] != NULL; i++) {
    g_autofree char *attribute = full_name (p, names[i]);

    take_property (p, attribute, values[i]);
  }
  full = full_name (p, name);
  if (is_wanted (full))
    g_string_set_size (p->text, 0);
  g_ptr_array_add (p->path, full);
}

/* The items of a list are one value, apart by a semicolon. */
static void
on_end (GMarkupParseContext *context, const char *name, gpointer data, GError **error)
{
  Packet *p = data;
  const char *full = p->path->pdata[p->path->len - 1];

  (void) context;
  (void) name;
  (void) error;
  if (is_wanted (full)) {
    if (g_str_has_suffix (p->text->str, "; "))
      g_string_set_size (p->text, p->text->len - 2);
    take_property (p, full, p->text->str);
    g_string_set_size (p->text, 0);
  } else if (g_str_has_suffix (full, "#" " li") && p->text->len > 0) {
    g_string_append (p->text, "; ");
  }
  g_ptr_array_set_size (p->path, (int) p->path->len - 1);
}

static void
on_text (GMarkupParseContext *context, const char *text, gsize length, gpointer data, GError **error)
{
  Packet *p = data;
  g_autofree char *part = g_strndup (text, length);

  (void) context;
  (void) error;
  if (*g_strstrip (part) != '\0')
    g_string_append (p->text, part);
}

/* Claim, title and record; what is no XML gives nothing. */
static void
take_xmp (SohoaPdfAbout *self, const char *xmp, gsize length)
{
  static const GMarkupParser parser = { on_start, on_end, on_text, NULL, NULL };
  Packet p = { .about = self, .prefixes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free),
               .path = g_ptr_array_new_with_free_func (g_free), .text = g_string_new (NULL) };
  g_autoptr(GMarkupParseContext) context = g_markup_parse_context_new (&parser, G_MARKUP_TREAT_CDATA_AS_TEXT, &p, NULL);

  if (length >= 3 && memcmp (xmp, "\357\273\277", 3) == 0) {
    xmp += 3;
    length -= 3;
  }
  if (g_markup_parse_context_parse (context, xmp, (gssize) MIN (length, XMP_MAX_BYTES), NULL))
    (void) g_markup_parse_context_end_parse (context, NULL);
  if (g_ascii_isdigit (p.part)) {
    g_free (self->claim);
    self->claim = g_ascii_isalpha (p.conformance) ? g_strdup_printf ("%c%c", p.part, g_ascii_tolower (p.conformance))
                                                  : g_strdup_printf ("%c", p.part);
  }
  g_hash_table_unref (p.prefixes);
  g_ptr_array_unref (p.path);
  g_string_free (p.text, TRUE);
}

static void
read_xmp (SohoaPdfAbout *self, const SohoaPdfFile *file)
{
  qpdf_oh stream = qpdf_oh_get_key_if_dict (file->qpdf, qpdf_get_root (file->qpdf), "/Metadata");
  g_autoptr(GBytes) bytes = qpdf_oh_is_stream (file->qpdf, stream) ? sohoa_pdf_file_stream (file, stream, TRUE) : NULL;

  if (bytes != NULL && g_bytes_get_size (bytes) > 0)
    take_xmp (self, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
}

/* ---- what signatures show ---- */

typedef struct {
  SohoaPdfAbout *about; /* (unowned) */
  qpdf_data      pages; /* (owned) one page for each appearance */
} Shows;

/* The appearance as the only thing on a page of its own, so that a reader takes its text with its own fonts. */
static gboolean
add_appearance (Shows *shows, SohoaPdfFile *file, qpdf_oh look)
{
  static const char content[] = "/Fm Do";
  qpdf_data q = file->qpdf;
  double box[4] = { 0, 0, 600, 200 };
  char a[4][G_ASCII_DTOSTR_BUF_SIZE];
  g_autofree char *text = NULL;
  qpdf_oh page, stream, objects;

  (void) sohoa_pdf_file_numbers (file, sohoa_pdf_file_get (file, look, "/BBox"), 4, box);
  for (guint i = 0; i < 4; i++)
    g_ascii_formatd (a[i], sizeof a[i], "%.3f", CLAMP (box[i], -14400, 14400));
  text = g_strdup_printf ("<< /Type /Page /MediaBox [%s %s %s %s] >>", a[0], a[1], a[2], a[3]);
  page = qpdf_make_indirect_object (q, qpdf_oh_parse (q, text));
  stream = qpdf_oh_new_stream (q);
  qpdf_oh_replace_stream_data (q, stream, (const guint8 *) content, strlen (content), qpdf_oh_new_null (q), qpdf_oh_new_null (q));
  objects = qpdf_oh_new_dictionary (q);
  qpdf_oh_replace_key (q, objects, "/Fm", look);
  qpdf_oh_replace_key (q, page, "/Resources", qpdf_oh_new_dictionary (q));
  qpdf_oh_replace_key (q, qpdf_oh_get_key (q, page, "/Resources"), "/XObject", objects);
  qpdf_oh_replace_key (q, page, "/Contents", stream);
  return !(qpdf_add_page (shows->pages, q, page, QPDF_FALSE) & QPDF_ERRORS);
}

static gboolean
on_signature (SohoaPdfFile *file, qpdf_oh field, const char *type, const char *name, gpointer data)
{
  Shows *shows = data;
  qpdf_oh look;
  SohoaPdfShown *shown;

  if (!g_str_equal (type, "/Sig"))
    return TRUE;
  look = sohoa_pdf_file_get (file, sohoa_pdf_file_get (file, field, "/AP"), "/N");
  if (!qpdf_oh_is_stream (file->qpdf, look) || !add_appearance (shows, file, look))
    return TRUE;
  shown = g_new0 (SohoaPdfShown, 1);
  shown->field = g_strdup (name);
  shown->text = g_strdup ("");
  g_ptr_array_add (shows->about->shown, shown);
  return shows->about->shown->len < MAX_SHOWN;
}

static void
read_pages_of (SohoaPdfAbout *self, qpdf_data pages)
{
  g_autoptr(GBytes) bytes = NULL;
  g_autoptr(PopplerDocument) document = NULL;

  if (self->shown->len == 0 || (qpdf_init_write_memory (pages) & QPDF_ERRORS) || (qpdf_write (pages) & QPDF_ERRORS))
    return;
  bytes = g_bytes_new (qpdf_get_buffer (pages), qpdf_get_buffer_length (pages));
  document = poppler_document_new_from_bytes (bytes, NULL, NULL);
  for (guint i = 0; document != NULL && i < self->shown->len; i++) {
    SohoaPdfShown *shown = self->shown->pdata[i];
    g_autoptr(PopplerPage) page = poppler_document_get_page (document, (int) i);
    g_autofree char *text = page != NULL ? poppler_page_get_text (page) : NULL;
    g_autofree char *nfc = sohoa_text_nfc (text != NULL ? text : "");

    if (g_utf8_strlen (g_strstrip (nfc), -1) <= VALUE_MAX_CHARACTERS) {
      g_free (shown->text);
      shown->text = g_steal_pointer (&nfc);
    }
  }
}

static void
read_shown (SohoaPdfAbout *self, SohoaPdfFile *file)
{
  Shows shows = { .about = self, .pages = qpdf_init () };

  qpdf_silence_errors (shows.pages);
  qpdf_set_suppress_warnings (shows.pages, QPDF_TRUE);
  if (!(qpdf_empty_pdf (shows.pages) & QPDF_ERRORS)) {
    sohoa_pdf_fields_visit (file, on_signature, &shows);
    read_pages_of (self, shows.pages);
  }
  qpdf_cleanup (&shows.pages);
}

/* ---- files inside, and text ---- */

static void
read_attached (SohoaPdfAbout *self, PopplerDocument *document)
{
  GList *list = poppler_document_has_attachments (document) ? poppler_document_get_attachments (document) : NULL;

  for (GList *l = list; l != NULL; l = l->next) {
    const PopplerAttachment *a = l->data;

    if (self->attached->len < MAX_ATTACHED && a->name != NULL)
      g_ptr_array_add (self->attached, sohoa_text_squeeze (a->name));
  }
  g_list_free_full (list, g_object_unref);
}

static guint
count_words (const char *text)
{
  guint n = 0;
  gboolean inside = FALSE;

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p)) {
    gboolean space = g_unichar_isspace (g_utf8_get_char (p));

    n += !space && !inside;
    inside = !space;
  }
  return n;
}

static void
read_text (SohoaPdfAbout *self, PopplerDocument *document)
{
  self->n_pages = (guint) MAX (poppler_document_get_n_pages (document), 0);
  self->n_looked = MIN (self->n_pages, MAX_TEXT_PAGES);
  for (guint i = 0; i < self->n_looked; i++) {
    g_autoptr(PopplerPage) page = poppler_document_get_page (document, (int) i);
    g_autofree char *text = page != NULL ? poppler_page_get_text (page) : NULL;
    guint words = text != NULL ? count_words (text) : 0;

    self->n_words += words;
    self->n_with_text += words > 0;
  }
}

SohoaPdfAbout *
sohoa_pdf_about_new (int fd, GError **error)
{
  g_autoptr(SohoaPdfAbout) self = about_new ();
  g_auto(SohoaPdfFile) file = { 0 };
  g_autoptr(PopplerDocument) document = NULL;

  if (!sohoa_pdf_file_open (&file, fd, error))
    return NULL;
  read_xmp (self, &file);
  read_shown (self, &file);
  document = poppler_document_new_from_bytes (file.bytes, NULL, NULL);
  if (document != NULL) {
    read_attached (self, document);
    read_text (self, document);
  }
  return g_steal_pointer (&self);
}
