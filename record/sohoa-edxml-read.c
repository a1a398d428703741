/* Reading edXML as it comes (domain.md 8.1): a SAX reader over local names. Nothing of the tree is
 * kept but the known texts; attachments go straight to files. */
#define _GNU_SOURCE
#include "sohoa-edxml.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-text.h"
#include "sohoa-zip-entry.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <libxml/parser.h>
#include <string.h>
#include <unistd.h>

#define READ_BLOCK_BYTES (64 * 1024)
#define JUNK_MAX_BYTES 4096 /* before the first '<' (seen: stray digits) */
#define DECODE_BLOCK_BYTES (48 * 1024)

typedef struct {
  xmlParserCtxtPtr ctxt;  /* (unowned) */
  SohoaEdxml *message;    /* (owned) */
  const char *folder;     /* (unowned) (nullable) */
  GPtrArray  *path;       /* (owned) (element-type utf8) local names from the root */
  GString    *text;       /* (owned) of the innermost element */
  guint       n_elements;
  gboolean    saw_envelope;
  int         file;       /* (owned) the attachment being decoded, -1 */
  guint64     file_bytes, all_bytes;
  int         b64_state;
  guint       b64_save, b64_chars;
  GError     *error;      /* (owned) (nullable) the first one */
} Reader;

static void G_GNUC_PRINTF (3, 4)
stop (Reader *r, SohoaIntakeError code, const char *format, ...)
{
  va_list args;

  if (r->error == NULL) {
    g_autofree char *why = NULL;

    va_start (args, format);
    why = g_strdup_vprintf (format, args);
    va_end (args);
    g_set_error (&r->error, SOHOA_INTAKE_ERROR, code, "edXML: %s", why);
  }
  if (r->ctxt != NULL)
    xmlStopParser (r->ctxt);
}

static int
open_nameless (const char *folder, GError **error)
{
  g_autofree char *path = NULL;
  int fd;

  if (folder == NULL)
    return sohoa_memfd_new ("edxml-attachment", error);
  fd = open (folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (fd >= 0)
    return fd;
  path = g_build_filename (folder, ".edxml-XXXXXX", NULL);
  fd = g_mkstemp_full (path, O_RDWR | O_CLOEXEC, 0600);
  if (fd < 0)
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "%s: cannot create a file: %s", folder,
                 g_strerror (errno));
  else
    (void) g_unlink (path);
  return fd;
}

/* ---- where we are ---- */

static const char *
ancestor (const Reader *r, guint up)
{
  return up < r->path->len ? g_ptr_array_index (r->path, r->path->len - 1 - up) : "";
}

static gboolean
is_inside (const Reader *r, const char *name)
{
  for (guint i = 0; i < r->path->len; i++)
    if (g_str_equal (g_ptr_array_index (r->path, i), name))
      return TRUE;
  return FALSE;
}

static gpointer
last (GPtrArray *list)
{
  return list->len > 0 ? g_ptr_array_index (list, list->len - 1) : NULL;
}

/* ---- texts ---- */

typedef struct {
  const char *parent, *name;
  gsize       offset; /* of the char * in its struct */
  gboolean    is_day;
} Row;

#define AT(member) G_STRUCT_OFFSET (SohoaEdxml, member)
static const Row header_rows[] = {
  { "MessageHeader", "DocumentId", AT (document_id), FALSE },
  { "Code", "CodeNumber", AT (code_number), FALSE },
  { "Code", "CodeNotation", AT (code_notation), FALSE },
  { "PromulgationInfo", "Place", AT (place), FALSE },
  { "PromulgationInfo", "PromulgationDate", AT (issued), TRUE },
  { "DocumentType", "Type", AT (type), FALSE },
  { "DocumentType", "TypeDetail", AT (type_detail), FALSE },
  { "DocumentType", "TypeName", AT (type_name), FALSE },
  { "MessageHeader", "Subject", AT (subject), FALSE },
  { "MessageHeader", "Content", AT (content), FALSE },
  { "SignerInfo", "Competence", AT (competence), FALSE },
  { "SignerInfo", "Position", AT (position), FALSE },
  { "SignerInfo", "FullName", AT (full_name), FALSE },
  { "MessageHeader", "DueDate", AT (due_date), TRUE },
  { "OtherInfo", "Priority", AT (priority), FALSE },
  { "OtherInfo", "SphereOfPromulgation", AT (sphere), FALSE },
  { "OtherInfo", "TyperNotation", AT (typer), FALSE },
  { "OtherInfo", "PromulgationAmount", AT (amount), FALSE },
  { "OtherInfo", "PageAmount", AT (page_amount), FALSE },
  { "OtherInfo", "Direction", AT (direction), FALSE },
  { "MessageHeader", "SteeringType", AT (steering_type), FALSE },
  { "MessageHeader", "StatusCode", AT (status_code), FALSE },
  { "MessageHeader", "Description", AT (status_description), FALSE },
  { "StaffInfo", "Department", AT (department), FALSE },
  { "StaffInfo", "Staff", AT (staff), FALSE },
  { "StaffInfo", "Email", AT (staff_email), FALSE },
  { "StaffInfo", "Mobile", AT (staff_mobile), FALSE },
  { "Bussiness", "DocumentId", AT (business_document_id), FALSE },
  { "BussinessDocumentInfo", "DocumentInfo", AT (info_changed), FALSE },
  { "BussinessDocumentInfo", "DocumentReceiver", AT (receivers_changed), FALSE },
  { "Bussiness", "BussinessDocType", AT (business_type), FALSE },
  { "Bussiness", "BussinessDocReason", AT (business_reason), FALSE },
  { "Bussiness", "Paper", AT (paper), FALSE },
};

#define IN_ORGAN(member) G_STRUCT_OFFSET (SohoaEdxmlOrgan, member)
static const Row organ_rows[] = {
  { "", "OrganId", IN_ORGAN (organ_id), FALSE },
  { "", "OrganizationInCharge", IN_ORGAN (in_charge), FALSE },
  { "", "OrganName", IN_ORGAN (name), FALSE },
  { "", "OrganAdd", IN_ORGAN (address), FALSE },
  { "", "Email", IN_ORGAN (email), FALSE },
  { "", "Telephone", IN_ORGAN (telephone), FALSE },
  { "", "Fax", IN_ORGAN (fax), FALSE },
  { "", "Website", IN_ORGAN (website), FALSE },
};

#define IN_REFERENCE(member) G_STRUCT_OFFSET (SohoaEdxmlReference, member)
static const Row reference_rows[] = {
  { "ResponseFor", "OrganId", IN_REFERENCE (organ_id), FALSE },
  { "ResponseFor", "Code", IN_REFERENCE (code), FALSE },
  { "ResponseFor", "DocumentId", IN_REFERENCE (document_id), FALSE },
  { "ResponseFor", "PromulgationDate", IN_REFERENCE (date), TRUE },
};

#define IN_ATTACHMENT(member) G_STRUCT_OFFSET (SohoaEdxmlAttachment, member)
static const Row attachment_rows[] = {
  { "Attachment", "ContentId", IN_ATTACHMENT (content_id), FALSE },
  { "Attachment", "AttachmentName", IN_ATTACHMENT (name), FALSE },
  { "Attachment", "Description", IN_ATTACHMENT (description), FALSE },
  { "Attachment", "ContentType", IN_ATTACHMENT (content_type), FALSE },
};

static gboolean
store_text (const Row *rows, gsize n, gpointer target, const char *parent, const char *name, const char *text)
{
  for (gsize i = 0; target != NULL && i < n; i++)
    if (g_str_equal (rows[i].name, name) && (rows[i].parent[0] == '\0' || g_str_equal (rows[i].parent, parent))) {
      g_autofree char *day = rows[i].is_day ? sohoa_edxml_day_to_iso (text) : NULL;

      sohoa_edxml_set (G_STRUCT_MEMBER_P (target, rows[i].offset), day != NULL ? day : text);
      return TRUE;
    }
  return FALSE;
}

static void
end_header_text (Reader *r, const char *name, const char *parent, const char *text)
{
  SohoaEdxml *m = r->message;

  if (g_str_equal (parent, "From"))
    store_text (organ_rows, G_N_ELEMENTS (organ_rows), &m->from, parent, name, text);
  else if (g_str_equal (parent, "To"))
    store_text (organ_rows, G_N_ELEMENTS (organ_rows), last (m->to), parent, name, text);
  else if (g_str_equal (parent, "ResponseFor"))
    store_text (reference_rows, G_N_ELEMENTS (reference_rows), last (m->response_for), parent, name, text);
  else if (g_str_equal (parent, "ToPlaces") && g_str_equal (name, "Place") && text[0] != '\0')
    g_ptr_array_add (m->to_places, g_strdup (text));
  else if (g_str_equal (parent, "Appendixes") && text[0] != '\0')
    g_ptr_array_add (m->appendixes, g_strdup (text));
  else if (g_str_equal (parent, "MessageHeader") && g_str_equal (name, "Timestamp"))
    (void) sohoa_edxml_time_parse (text, &m->status_time_us);
  else
    store_text (header_rows, G_N_ELEMENTS (header_rows), m, parent, name, text);
}

static void
add_line (char **member, const char *line)
{
  g_autofree char *both = (*member)[0] != '\0' ? g_strconcat (*member, "\n", line, NULL) : g_strdup (line);

  sohoa_edxml_set (member, both);
}

/* TRUE: it was part of an update's or a replacement's list. */
static gboolean
end_pair_text (Reader *r, const char *name, const char *parent, const char *text)
{
  SohoaEdxmlPair *receiver = last (r->message->receivers), *replaced = last (r->message->replaced);

  if (g_str_equal (parent, "Receiver") && receiver != NULL && g_str_equal (name, "OrganId"))
    sohoa_edxml_set (&receiver->id, text);
  else if (g_str_equal (parent, "Receiver") && receiver != NULL && g_str_equal (name, "ReceiverType"))
    sohoa_edxml_set (&receiver->value, text);
  else if (g_str_equal (parent, "ReplacementInfo") && replaced != NULL && g_str_equal (name, "DocumentId"))
    sohoa_edxml_set (&replaced->id, text);
  else if (g_str_equal (parent, "OrganIdList") && replaced != NULL && g_str_equal (name, "OrganId")) {
    if (strlen (replaced->value) + strlen (text) < SOHOA_EDXML_TEXT_MAX_BYTES)
      add_line (&replaced->value, text);
    else
      stop (r, SOHOA_INTAKE_ERROR_TOO_LARGE, "receivers of a replacement above %u bytes", SOHOA_EDXML_TEXT_MAX_BYTES);
  } else
    return FALSE;
  return TRUE;
}

static void
end_trace_text (Reader *r, const char *name, const char *parent, const char *text)
{
  SohoaEdxmlTrace *trace = last (r->message->traces);

  if (g_str_equal (parent, "TraceHeader") && trace != NULL && g_str_equal (name, "OrganId"))
    sohoa_edxml_set (&trace->organ_id, text);
  else if (g_str_equal (parent, "TraceHeader") && trace != NULL && g_str_equal (name, "Timestamp"))
    (void) sohoa_edxml_time_parse (text, &trace->time_us);
  else if (!end_pair_text (r, name, parent, text))
    store_text (header_rows, G_N_ELEMENTS (header_rows), r->message, parent, name, text);
}

static void
end_attachment_text (Reader *r, const char *name, const char *parent, const char *text)
{
  SohoaEdxmlAttachment *attachment = last (r->message->attachments);

  if (g_str_equal (name, "ContentId") && g_str_has_prefix (text, "cid:"))
    text += strlen ("cid:");
  store_text (attachment_rows, G_N_ELEMENTS (attachment_rows), attachment, parent, name, text);
}

/* ---- attachments ---- */

static void
begin_file (Reader *r)
{
  SohoaEdxmlAttachment *attachment = last (r->message->attachments);

  if (attachment == NULL || attachment->fd >= 0) {
    stop (r, SOHOA_INTAKE_ERROR_DAMAGED, "file data outside of an attachment");
    return;
  }
  r->b64_state = 0;
  r->b64_save = r->b64_chars = 0;
  r->file_bytes = 0;
  r->file = open_nameless (r->folder, r->error == NULL ? &r->error : NULL);
  if (r->file < 0)
    xmlStopParser (r->ctxt);
}

static void
add_file_text (Reader *r, const char *text, gsize length)
{
  guchar out[DECODE_BLOCK_BYTES / 4 * 3 + 4];

  while (length > 0 && r->error == NULL) {
    gsize take = MIN (length, DECODE_BLOCK_BYTES), n;

    for (gsize i = 0; i < take; i++) {
      gboolean is_base64 = g_ascii_isalnum (text[i]) || text[i] == '+' || text[i] == '/' || text[i] == '=';

      if (!is_base64 && !g_ascii_isspace (text[i])) {
        stop (r, SOHOA_INTAKE_ERROR_DAMAGED, "attachment %u: not base64", r->message->attachments->len);
        return;
      }
      r->b64_chars += is_base64;
    }
    n = g_base64_decode_step (text, take, out, &r->b64_state, &r->b64_save);
    r->file_bytes += n;
    if (r->file_bytes > SOHOA_EDXML_FILE_MAX_BYTES || r->all_bytes + r->file_bytes > SOHOA_EDXML_FILES_MAX_BYTES) {
      stop (r, SOHOA_INTAKE_ERROR_TOO_LARGE, "attachment %u: larger than the limit of %u bytes",
            r->message->attachments->len, SOHOA_EDXML_FILE_MAX_BYTES);
      return;
    }
    if (!sohoa_fd_write_all (r->file, out, n, &r->error))
      xmlStopParser (r->ctxt);
    text += take;
    length -= take;
  }
}

/* The zip form: the file inside replaces the zip. */
static gboolean
unzip_file (Reader *r)
{
  SOHOA_AUTO_FD int inner = open_nameless (r->folder, &r->error);

  if (inner < 0 || !sohoa_zip_extract (r->file, inner, SOHOA_EDXML_FILE_MAX_BYTES, &r->error)) {
    g_prefix_error (&r->error, "edXML: attachment %u: ", r->message->attachments->len);
    xmlStopParser (r->ctxt);
    return FALSE;
  }
  sohoa_fd_clear (&r->file);
  r->file = sohoa_fd_steal (&inner);
  r->file_bytes = (guint64) MAX (sohoa_fd_size (r->file), 0);
  return TRUE;
}

static void
end_file (Reader *r)
{
  SohoaEdxmlAttachment *attachment = last (r->message->attachments);

  if (r->error != NULL || r->file < 0)
    return;
  if (r->b64_chars % 4 != 0) {
    stop (r, SOHOA_INTAKE_ERROR_DAMAGED, "attachment %u: base64 ends too early", r->message->attachments->len);
    return;
  }
  if (sohoa_zip_is (r->file) && !unzip_file (r))
    return;
  r->all_bytes += r->file_bytes;
  if (r->all_bytes > SOHOA_EDXML_FILES_MAX_BYTES) {
    stop (r, SOHOA_INTAKE_ERROR_TOO_LARGE, "attachments: larger than the limit of %u bytes",
          SOHOA_EDXML_FILES_MAX_BYTES);
    return;
  }
  attachment->size = r->file_bytes;
  attachment->fd = sohoa_fd_steal (&r->file);
}

/* ---- SAX ---- */

static void
on_start (void *data, const xmlChar *local, const xmlChar *prefix, const xmlChar *uri, int n_namespaces,
          const xmlChar **namespaces, int n_attributes, int n_defaulted, const xmlChar **attributes)
{
  Reader *r = data;
  const char *name = (const char *) local;
  const char *parent = ancestor (r, 0);

  if (r->error != NULL)
    return;
  if (++r->n_elements > SOHOA_EDXML_MAX_ELEMENTS) {
    stop (r, SOHOA_INTAKE_ERROR_TOO_LARGE, "more than %u elements", SOHOA_EDXML_MAX_ELEMENTS);
    return;
  }
  g_string_truncate (r->text, 0);
  if (g_str_equal (name, "MessageHeader"))
    r->saw_envelope = TRUE;
  else if (g_str_equal (name, "To") && g_str_equal (parent, "MessageHeader"))
    sohoa_edxml_add_to (r->message);
  else if (g_str_equal (name, "ResponseFor") && g_str_equal (parent, "MessageHeader"))
    sohoa_edxml_add_reference (r->message);
  else if (g_str_equal (name, "Receiver") && g_str_equal (parent, "ReceiverList"))
    sohoa_edxml_add_pair (r->message->receivers, "", "");
  else if (g_str_equal (name, "ReplacementInfo") && g_str_equal (parent, "ReplacementInfoList"))
    sohoa_edxml_add_pair (r->message->replaced, "", "");
  else if (g_str_equal (name, "TraceHeader"))
    sohoa_edxml_add_trace (r->message, "", 0);
  else if (g_str_equal (name, "Attachment") && g_str_equal (parent, "AttachmentEncoded")) {
    if (r->message->attachments->len >= SOHOA_EDXML_MAX_ATTACHMENTS)
      stop (r, SOHOA_INTAKE_ERROR_TOO_LARGE, "more than %u attachments", SOHOA_EDXML_MAX_ATTACHMENTS);
    else
      sohoa_edxml_add_attachment (r->message, "", "", "", -1);
  } else if (g_str_equal (name, "ContentTransferEncoded") && g_str_equal (parent, "Attachment"))
    begin_file (r);
  g_ptr_array_add (r->path, g_strdup (name));
}

static void
on_end (void *data, const xmlChar *local, const xmlChar *prefix, const xmlChar *uri)
{
  Reader *r = data;
  g_autofree char *name = g_strdup (ancestor (r, 0));
  g_autofree char *text = NULL;

  if (r->error != NULL || r->path->len == 0)
    return;
  g_ptr_array_set_size (r->path, (int) r->path->len - 1);
  if (r->file >= 0 && g_str_equal (name, "ContentTransferEncoded"))
    end_file (r);
  text = sohoa_text_squeeze (r->text->str);
  g_string_truncate (r->text, 0);
  if (is_inside (r, "MessageHeader"))
    end_header_text (r, name, ancestor (r, 0), text);
  else if (is_inside (r, "TraceHeaderList"))
    end_trace_text (r, name, ancestor (r, 0), text);
  else if (is_inside (r, "AttachmentEncoded"))
    end_attachment_text (r, name, ancestor (r, 0), text);
}

static void
on_text (void *data, const xmlChar *text, int length)
{
  Reader *r = data;

  if (r->error != NULL)
    return;
  if (r->file >= 0) {
    add_file_text (r, (const char *) text, (gsize) length);
    return;
  }
  if (r->text->len + (gsize) length > SOHOA_EDXML_TEXT_MAX_BYTES) {
    stop (r, SOHOA_INTAKE_ERROR_TOO_LARGE, "a text is longer than %u bytes", SOHOA_EDXML_TEXT_MAX_BYTES);
    return;
  }
  g_string_append_len (r->text, (const char *) text, length);
}

/* No honest edXML has a DTD; without one there are no entities to expand and nothing to fetch. */
static void
on_dtd (void *data, const xmlChar *name, const xmlChar *public_id, const xmlChar *system_id)
{
  stop (data, SOHOA_INTAKE_ERROR_UNSUPPORTED, "has a DTD: not accepted");
}

static void
on_error (void *data, xmlErrorPtr error)
{
  /* undeclared prefixes are tolerated (xlink: in an official sample); what is fatal is asked after */
}

/* ---- the whole ---- */

/* Where the XML begins: after junk, capped. */
static goffset
find_start (int fd, goffset size)
{
  char head[JUNK_MAX_BYTES + 1];
  gsize length = (gsize) MIN (size, JUNK_MAX_BYTES);
  const char *found;

  if (!sohoa_fd_pread_all (fd, head, length, 0, NULL))
    return -1;
  found = memmem (head, length, "<?xml", 5);
  if (found == NULL)
    found = memchr (head, '<', length);
  return found != NULL ? found - head : -1;
}

static gboolean
feed (Reader *r, int fd, goffset at, goffset size)
{
  g_autofree char *block = g_malloc (READ_BLOCK_BYTES);

  while (at < size && r->error == NULL) {
    gsize length = (gsize) MIN (size - at, READ_BLOCK_BYTES);

    if (!sohoa_fd_pread_all (fd, block, length, at, &r->error))
      return FALSE;
    at += (goffset) length;
    if (xmlParseChunk (r->ctxt, block, (int) length, 0) != 0 && !r->ctxt->wellFormed)
      break;
  }
  if (r->error == NULL)
    (void) xmlParseChunk (r->ctxt, NULL, 0, 1);
  if (r->error == NULL && !r->ctxt->wellFormed)
    stop (r, SOHOA_INTAKE_ERROR_DAMAGED, "not well-formed or truncated");
  if (r->error == NULL && !r->saw_envelope)
    stop (r, SOHOA_INTAKE_ERROR_UNSUPPORTED, "no MessageHeader: not an edXML message");
  return r->error == NULL;
}

/* Descriptions and names that only the manifest has are not needed: AttachmentEncoded repeats them. */
SohoaEdxml *
sohoa_edxml_read (int fd, const char *folder, GError **error)
{
  xmlSAXHandler sax = { .initialized = XML_SAX2_MAGIC, .startElementNs = on_start, .endElementNs = on_end,
                        .characters = on_text, .cdataBlock = on_text, .internalSubset = on_dtd,
                        .serror = on_error };
  Reader r = { .message = sohoa_edxml_new (), .folder = folder, .file = -1 };
  g_autoptr(SohoaEdxml) message = r.message;
  goffset size = sohoa_fd_size (fd);
  goffset start = find_start (fd, MAX (size, 0));
  gboolean ok = FALSE;

  r.path = g_ptr_array_new_with_free_func (g_free);
  r.text = g_string_new (NULL);
  if (start < 0) {
    stop (&r, SOHOA_INTAKE_ERROR_UNSUPPORTED, "no XML");
  } else {
    r.ctxt = xmlCreatePushParserCtxt (&sax, &r, NULL, 0, NULL);
    (void) xmlCtxtUseOptions (r.ctxt, XML_PARSE_NONET);
    ok = feed (&r, fd, start, size);
    xmlFreeParserCtxt (r.ctxt);
  }
  sohoa_fd_clear (&r.file);
  g_ptr_array_unref (r.path);
  g_string_free (r.text, TRUE);
  if (!ok) {
    g_propagate_error (error, r.error);
    return NULL;
  }
  return g_steal_pointer (&message);
}
