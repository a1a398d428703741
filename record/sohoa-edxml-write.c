/* Writing edXML in the order and with the prefixes of the official SDK (domain.md 8.1, 8.2). */
#include "sohoa-edxml.h"

#include "sohoa-errors.h"
#include "sohoa-text.h"

#include <string.h>

#define P "edXML:"

typedef struct {
  GString *out;
} Writer;

static void
open_tag (Writer *w, const char *name)
{
  g_string_append_printf (w->out, "<" P "%s>", name);
}

static void
close_tag (Writer *w, const char *name)
{
  g_string_append_printf (w->out, "</" P "%s>", name);
}

static void
append_escaped (Writer *w, const char *value)
{
  g_autofree char *nfc = sohoa_text_nfc (value);
  g_autofree char *escaped = g_markup_escape_text (nfc, -1);

  g_string_append (w->out, escaped);
}

static void
element (Writer *w, const char *name, const char *value)
{
  open_tag (w, name);
  append_escaped (w, value);
  close_tag (w, name);
}

static void
optional (Writer *w, const char *name, const char *value)
{
  if (value[0] != '\0')
    element (w, name, value);
}

static void
day (Writer *w, const char *name, const char *iso)
{
  g_autofree char *text = g_strdelimit (g_strdup (iso), "-", '/');

  element (w, name, text);
}

static void
time_of (Writer *w, const char *name, gint64 time_us)
{
  g_autofree char *text = sohoa_edxml_time (time_us);

  element (w, name, text);
}

static void
organ (Writer *w, const char *name, const SohoaEdxmlOrgan *o)
{
  open_tag (w, name);
  element (w, "OrganId", o->organ_id);
  element (w, "OrganizationInCharge", o->in_charge);
  element (w, "OrganName", o->name);
  element (w, "OrganAdd", o->address);
  element (w, "Email", o->email);
  element (w, "Telephone", o->telephone);
  element (w, "Fax", o->fax);
  element (w, "Website", o->website);
  close_tag (w, name);
}

static void
list (Writer *w, const char *outer, const char *inner, const GPtrArray *values)
{
  if (values->len == 0)
    return;
  open_tag (w, outer);
  for (guint i = 0; i < values->len; i++)
    element (w, inner, g_ptr_array_index (values, i));
  close_tag (w, outer);
}

static void
references (Writer *w, const SohoaEdxml *m)
{
  for (guint i = 0; i < m->response_for->len; i++) {
    const SohoaEdxmlReference *r = g_ptr_array_index (m->response_for, i);

    open_tag (w, "ResponseFor");
    element (w, "OrganId", r->organ_id);
    element (w, "Code", r->code);
    element (w, "DocumentId", r->document_id);
    day (w, "PromulgationDate", r->date);
    close_tag (w, "ResponseFor");
  }
}

static void
document_body (Writer *w, const SohoaEdxml *m)
{
  optional (w, "DocumentId", m->document_id);
  open_tag (w, "Code");
  element (w, "CodeNumber", m->code_number);
  element (w, "CodeNotation", m->code_notation);
  close_tag (w, "Code");
  open_tag (w, "PromulgationInfo");
  element (w, "Place", m->place);
  day (w, "PromulgationDate", m->issued);
  close_tag (w, "PromulgationInfo");
  open_tag (w, "DocumentType");
  element (w, "Type", m->type);
  element (w, "TypeDetail", m->type_detail);
  element (w, "TypeName", m->type_name);
  close_tag (w, "DocumentType");
  element (w, "Subject", m->subject);
  element (w, "Content", m->content);
  open_tag (w, "SignerInfo");
  element (w, "Competence", m->competence);
  element (w, "Position", m->position);
  element (w, "FullName", m->full_name);
  close_tag (w, "SignerInfo");
  if (m->due_date[0] != '\0')
    day (w, "DueDate", m->due_date);
  list (w, "ToPlaces", "Place", m->to_places);
}

static void
other_info (Writer *w, const SohoaEdxml *m)
{
  open_tag (w, "OtherInfo");
  element (w, "Priority", m->priority[0] != '\0' ? m->priority : "0");
  element (w, "SphereOfPromulgation", m->sphere);
  element (w, "TyperNotation", m->typer);
  element (w, "PromulgationAmount", m->amount[0] != '\0' ? m->amount : "1");
  element (w, "PageAmount", m->page_amount[0] != '\0' ? m->page_amount : "1");
  element (w, "Direction", m->direction[0] != '\0' ? m->direction : "false");
  list (w, "Appendixes", "Appendix", m->appendixes);
  close_tag (w, "OtherInfo");
}

static void
status_body (Writer *w, const SohoaEdxml *m)
{
  references (w, m);
  open_tag (w, "StaffInfo");
  element (w, "Department", m->department);
  element (w, "Staff", m->staff);
  element (w, "Mobile", m->staff_mobile);
  element (w, "Email", m->staff_email);
  close_tag (w, "StaffInfo");
  element (w, "StatusCode", m->status_code);
  element (w, "Description", m->status_description);
  time_of (w, "Timestamp", m->status_time_us);
}

/* What an update changes and what a replacement replaces (domain.md 8.3). */
static void
business_details (Writer *w, const SohoaEdxml *m)
{
  if (g_str_equal (m->business_type, "2")) {
    open_tag (w, "BussinessDocumentInfo");
    element (w, "DocumentInfo", m->info_changed[0] != '\0' ? m->info_changed : "0");
    element (w, "DocumentReceiver", m->receivers_changed[0] != '\0' ? m->receivers_changed : "0");
    if (m->receivers->len > 0)
      open_tag (w, "ReceiverList");
    for (guint i = 0; i < m->receivers->len; i++) {
      const SohoaEdxmlPair *pair = g_ptr_array_index (m->receivers, i);

      open_tag (w, "Receiver");
      element (w, "OrganId", pair->id);
      element (w, "ReceiverType", pair->value);
      close_tag (w, "Receiver");
    }
    if (m->receivers->len > 0)
      close_tag (w, "ReceiverList");
    close_tag (w, "BussinessDocumentInfo");
  }
  if (!g_str_equal (m->business_type, "3"))
    return;
  open_tag (w, "ReplacementInfoList");
  for (guint i = 0; i < m->replaced->len; i++) {
    const SohoaEdxmlPair *pair = g_ptr_array_index (m->replaced, i);
    g_auto(GStrv) organs = g_strsplit (pair->value, "\n", -1);

    open_tag (w, "ReplacementInfo");
    element (w, "DocumentId", pair->id);
    open_tag (w, "OrganIdList");
    for (guint j = 0; organs[j] != NULL; j++)
      element (w, "OrganId", organs[j]);
    close_tag (w, "OrganIdList");
    close_tag (w, "ReplacementInfo");
  }
  close_tag (w, "ReplacementInfoList");
}

static void
traces (Writer *w, const SohoaEdxml *m)
{
  if (m->traces->len == 0)
    return;
  open_tag (w, "TraceHeaderList");
  for (guint i = 0; i < m->traces->len; i++) {
    const SohoaEdxmlTrace *t = g_ptr_array_index (m->traces, i);

    open_tag (w, "TraceHeader");
    element (w, "OrganId", t->organ_id);
    time_of (w, "Timestamp", t->time_us);
    close_tag (w, "TraceHeader");
  }
  open_tag (w, "Bussiness"); /* sic: the standard's spelling */
  optional (w, "DocumentId", m->business_document_id);
  element (w, "BussinessDocType", m->business_type[0] != '\0' ? m->business_type : "0");
  element (w, "BussinessDocReason", m->business_reason);
  element (w, "Paper", m->paper[0] != '\0' ? m->paper : "0");
  business_details (w, m);
  if (m->staff[0] != '\0' || m->department[0] != '\0') {
    open_tag (w, "StaffInfo");
    element (w, "Department", m->department);
    element (w, "Staff", m->staff);
    element (w, "Email", m->staff_email);
    element (w, "Mobile", m->staff_mobile);
    close_tag (w, "StaffInfo");
  }
  close_tag (w, "Bussiness");
  close_tag (w, "TraceHeaderList");
}

static void
manifest (Writer *w, const SohoaEdxml *m)
{
  open_tag (w, "edXMLBody");
  g_string_append (w->out, "<" P "edXMLManifest version=\"1.0\">");
  for (guint i = 0; i < m->attachments->len; i++) {
    const SohoaEdxmlAttachment *a = g_ptr_array_index (m->attachments, i);
    g_autofree char *cid = g_strconcat ("cid:", a->content_id, NULL);

    open_tag (w, "Reference");
    element (w, "ContentId", cid);
    element (w, "ContentType", a->content_type);
    element (w, "Description", a->description);
    element (w, "AttachmentName", a->name);
    close_tag (w, "Reference");
  }
  close_tag (w, "edXMLManifest");
  close_tag (w, "edXMLBody");
}

/* What stands before the attachments. */
static char *
write_head (const SohoaEdxml *m)
{
  Writer w = { g_string_new ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                             "<edXML xmlns=\"" SOHOA_EDXML_NAMESPACE "\">"
                             "<" P "edXMLEnvelope xmlns:edXML=\"" SOHOA_EDXML_NAMESPACE "\">") };
  gboolean status = m->status_code[0] != '\0';

  open_tag (&w, "edXMLHeader");
  open_tag (&w, "MessageHeader");
  organ (&w, "From", &m->from);
  for (guint i = 0; i < m->to->len; i++)
    organ (&w, "To", g_ptr_array_index (m->to, i));
  if (status) {
    status_body (&w, m);
  } else {
    document_body (&w, m);
    other_info (&w, m);
    references (&w, m);
    element (&w, "SteeringType", m->steering_type[0] != '\0' ? m->steering_type : "0");
  }
  close_tag (&w, "MessageHeader");
  traces (&w, m);
  close_tag (&w, "edXMLHeader");
  if (!status)
    manifest (&w, m);
  close_tag (&w, "edXMLEnvelope");
  return g_string_free (w.out, FALSE);
}

static void
add_attachment_head (SohoaSegmentStream *stream, const SohoaEdxmlAttachment *a)
{
  g_autofree char *text = g_markup_printf_escaped (
    "<Attachment><ContentId>cid:%s</ContentId><AttachmentName>%s</AttachmentName><Description>%s</Description>"
    "<ContentType>%s</ContentType><" P "ContentTransferEncoded xmlns:edXML=\"" SOHOA_EDXML_NAMESPACE "\">",
    a->content_id, a->name, a->description, a->content_type);

  sohoa_segment_stream_add_text (stream, text);
}

static gboolean
check_complete (const SohoaEdxml *m, GError **error)
{
  gboolean status = m->status_code[0] != '\0';
  gboolean recall = g_str_equal (m->business_type, "1");
  const char *missing = m->from.organ_id[0] == '\0' ? "From/OrganId"
                        : !status && m->to->len == 0 ? "To/OrganId"
                        : !status && !recall && m->issued[0] == '\0' ? "PromulgationDate"
                        : !status && m->subject[0] == '\0' ? "Subject"
                        : !status && !recall && m->type_name[0] == '\0' ? "DocumentType"
                        : !status && !recall && m->attachments->len == 0 ? "an attachment"
                        : !status && g_str_equal (m->business_type, "2") && m->business_document_id[0] == '\0' ? "Bussiness/DocumentId"
                        : !status && g_str_equal (m->business_type, "3") && m->replaced->len == 0 ? "ReplacementInfo"
                        : (status || recall) && m->response_for->len == 0 ? "ResponseFor" : NULL;

  if (missing != NULL)
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "edXML message: %s is missing", missing);
  return missing == NULL;
}

SohoaSegmentStream *
sohoa_edxml_open (const SohoaEdxml *self, GError **error)
{
  g_autoptr(SohoaSegmentStream) stream = sohoa_segment_stream_new ();
  g_autofree char *head = NULL;

  if (!check_complete (self, error))
    return NULL;
  head = write_head (self);
  sohoa_segment_stream_add_text (stream, head);
  if (self->attachments->len > 0)
    sohoa_segment_stream_add_text (stream, "<AttachmentEncoded>");
  for (guint i = 0; i < self->attachments->len; i++) {
    const SohoaEdxmlAttachment *a = g_ptr_array_index (self->attachments, i);

    add_attachment_head (stream, a);
    if (!sohoa_segment_stream_add_fd (stream, a->fd, TRUE, error))
      return NULL;
    sohoa_segment_stream_add_text (stream, "</" P "ContentTransferEncoded></Attachment>");
  }
  if (self->attachments->len > 0)
    sohoa_segment_stream_add_text (stream, "</AttachmentEncoded>");
  sohoa_segment_stream_add_text (stream, "</edXML>");
  return g_steal_pointer (&stream);
}
