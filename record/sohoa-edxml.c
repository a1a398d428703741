#include "sohoa-edxml.h"

#include "sohoa-file.h"
#include "sohoa-text.h"
#include "sohoa-time.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define VIETNAM_OFFSET_S (7 * 60 * 60)
#define SAFE_NAME_MAX_BYTES 120

/* DocumentType of SĐ1:2022 group B (domain.md 4.2); receivers go by TypeName. */
static const struct {
  const char *name;
  int         type;
} types[] = {
  { "Nghị quyết", 1 }, { "Quyết định", 2 }, { "Chỉ thị", 3 }, { "Quy chế", 4 }, { "Quy định", 5 },
  { "Thông cáo", 6 }, { "Thông báo", 7 }, { "Hướng dẫn", 8 }, { "Chương trình", 9 }, { "Kế hoạch", 10 },
  { "Phương án", 11 }, { "Đề án", 12 }, { "Dự án", 13 }, { "Báo cáo", 14 }, { "Biên bản", 15 },
  { "Tờ trình", 16 }, { "Hợp đồng", 17 }, { "Công văn", 18 }, { "Công điện", 19 }, { "Bản ghi nhớ", 20 },
  { "Bản thỏa thuận", 22 }, { "Giấy ủy quyền", 24 }, { "Giấy mời", 25 }, { "Giấy giới thiệu", 26 },
  { "Giấy nghỉ phép", 27 }, { "Phiếu gửi", 30 }, { "Phiếu chuyển", 31 }, { "Thư công", 32 },
};
#define TYPE_OTHER 18

/* ---- memory ---- */

static void
organ_init (SohoaEdxmlOrgan *organ)
{
  char **const members[] = { &organ->organ_id, &organ->in_charge, &organ->name, &organ->address,
                             &organ->email, &organ->telephone, &organ->fax, &organ->website };

  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    *members[i] = g_strdup ("");
}

static void
organ_clear (SohoaEdxmlOrgan *organ)
{
  char *const members[] = { organ->organ_id, organ->in_charge, organ->name, organ->address,
                            organ->email, organ->telephone, organ->fax, organ->website };

  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    g_free (members[i]);
}

static void
organ_free (gpointer data)
{
  organ_clear (data);
  g_free (data);
}

static void
reference_free (gpointer data)
{
  SohoaEdxmlReference *reference = data;

  g_free (reference->organ_id);
  g_free (reference->code);
  g_free (reference->document_id);
  g_free (reference->date);
  g_free (reference);
}

static void
trace_free (gpointer data)
{
  g_free (((SohoaEdxmlTrace *) data)->organ_id);
  g_free (data);
}

static void
attachment_free (gpointer data)
{
  SohoaEdxmlAttachment *attachment = data;

  g_free (attachment->content_id);
  g_free (attachment->name);
  g_free (attachment->description);
  g_free (attachment->content_type);
  sohoa_fd_clear (&attachment->fd);
  g_free (attachment);
}

#define N_STRINGS 30
/* All plain strings of the message. */
static void
list_strings (SohoaEdxml *m, char **members[N_STRINGS])
{
  char **const all[N_STRINGS] = {
    &m->document_id, &m->code_number, &m->code_notation, &m->place, &m->issued, &m->type, &m->type_detail,
    &m->type_name, &m->subject, &m->content, &m->competence, &m->position, &m->full_name, &m->due_date,
    &m->priority, &m->sphere, &m->typer, &m->amount, &m->page_amount, &m->direction, &m->steering_type,
    &m->business_document_id, &m->info_changed, &m->receivers_changed, &m->business_type, &m->business_reason,
    &m->paper, &m->status_code, &m->status_description,
    &m->department,
  };

  memcpy (members, all, sizeof all);
}

static void
pair_free (gpointer data)
{
  SohoaEdxmlPair *pair = data;

  g_free (pair->id);
  g_free (pair->value);
  g_free (pair);
}

SohoaEdxmlPair *
sohoa_edxml_add_pair (GPtrArray *list, const char *id, const char *value)
{
  SohoaEdxmlPair *pair = g_new0 (SohoaEdxmlPair, 1);

  pair->id = g_strdup (id);
  pair->value = g_strdup (value);
  g_ptr_array_add (list, pair);
  return pair;
}

SohoaEdxml *
sohoa_edxml_new (void)
{
  SohoaEdxml *self = g_new0 (SohoaEdxml, 1);
  char **members[N_STRINGS];

  list_strings (self, members);
  for (guint i = 0; i < N_STRINGS; i++)
    *members[i] = g_strdup ("");
  self->staff = g_strdup ("");
  self->staff_mobile = g_strdup ("");
  self->staff_email = g_strdup ("");
  organ_init (&self->from);
  self->to = g_ptr_array_new_with_free_func (organ_free);
  self->to_places = g_ptr_array_new_with_free_func (g_free);
  self->appendixes = g_ptr_array_new_with_free_func (g_free);
  self->receivers = g_ptr_array_new_with_free_func (pair_free);
  self->replaced = g_ptr_array_new_with_free_func (pair_free);
  self->response_for = g_ptr_array_new_with_free_func (reference_free);
  self->traces = g_ptr_array_new_with_free_func (trace_free);
  self->attachments = g_ptr_array_new_with_free_func (attachment_free);
  return self;
}

void
sohoa_edxml_free (SohoaEdxml *self)
{
  char **members[N_STRINGS];

  if (self == NULL)
    return;
  list_strings (self, members);
  for (guint i = 0; i < N_STRINGS; i++)
    g_free (*members[i]);
  g_free (self->staff);
  g_free (self->staff_mobile);
  g_free (self->staff_email);
  organ_clear (&self->from);
  g_ptr_array_unref (self->to);
  g_ptr_array_unref (self->to_places);
  g_ptr_array_unref (self->appendixes);
  g_ptr_array_unref (self->receivers);
  g_ptr_array_unref (self->replaced);
  g_ptr_array_unref (self->response_for);
  g_ptr_array_unref (self->traces);
  g_ptr_array_unref (self->attachments);
  g_free (self);
}

void
sohoa_edxml_set (char **member, const char *value)
{
  char *copy = g_strdup (value != NULL ? value : "");

  g_free (*member);
  *member = copy;
}

SohoaEdxmlOrgan *
sohoa_edxml_add_to (SohoaEdxml *self)
{
  SohoaEdxmlOrgan *organ = g_new0 (SohoaEdxmlOrgan, 1);

  organ_init (organ);
  g_ptr_array_add (self->to, organ);
  return organ;
}

SohoaEdxmlReference *
sohoa_edxml_add_reference (SohoaEdxml *self)
{
  SohoaEdxmlReference *reference = g_new0 (SohoaEdxmlReference, 1);

  reference->organ_id = g_strdup ("");
  reference->code = g_strdup ("");
  reference->document_id = g_strdup ("");
  reference->date = g_strdup ("");
  g_ptr_array_add (self->response_for, reference);
  return reference;
}

SohoaEdxmlTrace *
sohoa_edxml_add_trace (SohoaEdxml *self, const char *organ_id, gint64 time_us)
{
  SohoaEdxmlTrace *trace = g_new0 (SohoaEdxmlTrace, 1);

  trace->organ_id = g_strdup (organ_id);
  trace->time_us = time_us;
  g_ptr_array_add (self->traces, trace);
  return trace;
}

SohoaEdxmlAttachment *
sohoa_edxml_add_attachment (SohoaEdxml *self, const char *content_id, const char *name,
                            const char *content_type, int fd)
{
  SohoaEdxmlAttachment *attachment = g_new0 (SohoaEdxmlAttachment, 1);

  attachment->content_id = g_strdup (content_id);
  attachment->name = g_strdup (name);
  attachment->description = g_strdup ("");
  attachment->content_type = g_strdup (content_type);
  attachment->fd = fd >= 0 ? fcntl (fd, F_DUPFD_CLOEXEC, 3) : -1;
  attachment->size = attachment->fd >= 0 ? (guint64) MAX (sohoa_fd_size (attachment->fd), 0) : 0;
  g_ptr_array_add (self->attachments, attachment);
  return attachment;
}

/* ---- small forms ---- */

char *
sohoa_edxml_safe_name (const char *name)
{
  g_autofree char *valid = g_utf8_make_valid (name, -1);
  GString *out = g_string_new (NULL);

  for (const char *p = valid; *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);
    gboolean bad = c < 0x20 || c == 0x7f || strchr ("/\\:*?\"<>|", (int) (c < 0x80 ? c : 'x')) != NULL;

    if ((out->len == 0 && (c == '.' || c == ' ')) || g_unichar_iscntrl (c))
      continue;
    if (out->len + 6 > SAFE_NAME_MAX_BYTES)
      break;
    g_string_append_unichar (out, bad ? '_' : c);
  }
  if (out->len == 0)
    g_string_append (out, "document");
  return g_string_free (out, FALSE);
}

char *
sohoa_edxml_day_to_iso (const char *text)
{
  int year = 0, month = 0, day = 0;
  g_autofree char *iso = NULL;

  if (strlen (text) < 8
      || (g_ascii_isdigit (text[2]) ? sscanf (text, "%4d%*1[/-]%2d%*1[/-]%2d", &year, &month, &day)
                                    : sscanf (text, "%2d%*1[/-]%2d%*1[/-]%4d", &day, &month, &year)) != 3)
    return g_strdup ("");
  iso = g_strdup_printf ("%04d-%02d-%02d", CLAMP (year, 0, 9999), CLAMP (month, 0, 99), CLAMP (day, 0, 99));
  return sohoa_day_is_valid (iso) ? g_steal_pointer (&iso) : g_strdup ("");
}

char *
sohoa_edxml_time (gint64 time_us)
{
  g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc (time_us / G_USEC_PER_SEC);
  g_autoptr(GDateTime) vietnam = g_date_time_add_seconds (utc, VIETNAM_OFFSET_S);

  return g_date_time_format (vietnam, "%Y/%m/%d %H:%M:%S");
}

gboolean
sohoa_edxml_time_parse (const char *text, gint64 *time_us_out)
{
  int year, month, day, hour, minute, second;
  g_autoptr(GDateTime) as_utc = NULL;

  *time_us_out = 0;
  if (sscanf (text, "%4d/%2d/%2d %2d:%2d:%2d", &year, &month, &day, &hour, &minute, &second) != 6
      && sscanf (text, "%4d-%2d-%2dT%2d:%2d:%2d", &year, &month, &day, &hour, &minute, &second) != 6)
    return FALSE;
  as_utc = g_date_time_new_utc (year, month, day, hour, minute, second);
  if (as_utc == NULL)
    return FALSE;
  *time_us_out = (g_date_time_to_unix (as_utc) - VIETNAM_OFFSET_S) * G_USEC_PER_SEC;
  return TRUE;
}

/* ---- from and to the record ---- */

static int
type_number (const char *name)
{
  g_autofree char *folded = sohoa_text_fold (name);

  for (guint i = 0; i < G_N_ELEMENTS (types); i++) {
    g_autofree char *candidate = sohoa_text_fold (types[i].name);

    if (g_str_equal (folded, candidate))
      return types[i].type;
  }
  return TYPE_OTHER;
}

static char *
slashed (const char *iso_day)
{
  return g_strdelimit (g_strdup (iso_day), "-", '/');
}

static void
add_lines (GPtrArray *list, const char *lines)
{
  g_auto(GStrv) parts = g_strsplit (lines, "\n", -1);

  for (guint i = 0; parts[i] != NULL; i++)
    if (*g_strstrip (parts[i]) != '\0')
      g_ptr_array_add (list, g_strdup (parts[i]));
}

static void
fill_texts (SohoaEdxml *self, const SohoaRecord *record)
{
  const struct {
    char      **member;
    const char *key;
  } rows[] = {
    { &self->from.name, "OrganName" }, { &self->from.in_charge, "OrganSuperior" },
    { &self->code_number, "CodeNumber" }, { &self->code_notation, "CodeNotation" },
    { &self->place, "Place" }, { &self->issued, "IssuedDate" }, { &self->type_name, "TypeName" },
    { &self->subject, "Subject" }, { &self->content, "Subject" }, { &self->competence, "Competence" },
    { &self->position, "Position" }, { &self->full_name, "FullName" }, { &self->due_date, "DueDate" },
    { &self->priority, "Priority" }, { &self->page_amount, "PageAmount" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    sohoa_edxml_set (rows[i].member, sohoa_record_value (record, rows[i].key));
  add_lines (self->to_places, sohoa_record_value (record, "ToPlaces"));
}

SohoaEdxml *
sohoa_edxml_new_from_record (const SohoaRecord *record, const char *organ_id, const char *const *to,
                             gint64 time_us)
{
  SohoaEdxml *self = sohoa_edxml_new ();
  g_autofree char *day = NULL;

  fill_texts (self, record);
  sohoa_edxml_set (&self->from.organ_id, sohoa_record_value (record, "OrganId"));
  if (self->from.organ_id[0] == '\0')
    sohoa_edxml_set (&self->from.organ_id, organ_id);
  for (guint i = 0; to[i] != NULL; i++)
    sohoa_edxml_set (&sohoa_edxml_add_to (self)->organ_id, to[i]);
  day = slashed (self->issued);
  g_free (self->document_id);
  self->document_id = g_strdup_printf ("%s,%s,%s/%s", self->from.organ_id, day, self->code_number,
                                       self->code_notation);
  g_free (self->type);
  self->type = g_strdup_printf ("%d", type_number (self->type_name));
  sohoa_edxml_set (&self->type_detail, "0");
  if (self->page_amount[0] == '\0') {
    g_free (self->page_amount);
    self->page_amount = g_strdup_printf ("%u", record->pages->len);
  }
  sohoa_edxml_set (&self->business_type, "0");
  sohoa_edxml_set (&self->business_reason, "Văn bản điện tử mới");
  sohoa_edxml_set (&self->paper, "0");
  sohoa_edxml_set (&self->steering_type, "0");
  sohoa_edxml_set (&self->direction, "false");
  sohoa_edxml_add_trace (self, organ_id, time_us);
  return self;
}

SohoaRecord *
sohoa_edxml_to_record (const SohoaEdxml *self)
{
  SohoaRecord *record = sohoa_record_new ();
  g_autofree char *places = NULL;
  const struct {
    const char *key, *value;
  } rows[] = {
    { "OrganName", self->from.name }, { "OrganSuperior", self->from.in_charge },
    { "OrganId", self->from.organ_id }, { "CodeNumber", self->code_number },
    { "CodeNotation", self->code_notation }, { "Place", self->place }, { "IssuedDate", self->issued },
    { "TypeName", self->type_name }, { "Subject", self->subject }, { "Competence", self->competence },
    { "Position", self->position }, { "FullName", self->full_name }, { "DueDate", self->due_date },
    { "Priority", self->priority }, { "PageAmount", self->page_amount },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (rows[i].value[0] != '\0')
      sohoa_record_set_field (record, rows[i].key, rows[i].value, 1, "file");
  g_ptr_array_add (self->to_places, NULL);
  places = g_strjoinv ("\n", (char **) self->to_places->pdata);
  g_ptr_array_remove_index (self->to_places, self->to_places->len - 1);
  if (places[0] != '\0')
    sohoa_record_set_field (record, "ToPlaces", places, 1, "file");
  return record;
}
