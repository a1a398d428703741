/* From an arrived file to a number in the register, or to a refusal with its reason (QĐ28 Art. 9,
 * 7197 item 2.4b). */
#include "sohoa-qlvb-server.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-list.h"
#include "sohoa-pipeline.h"
#include "sohoa-text.h"
#include "sohoa-time.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#define PDF_MAGIC_WINDOW_BYTES 1024
#define DOC_CODE_MAX_CHARS 30
#define ARRIVAL_MAX_DAYS 31 /* so long may paper lie at the sender's desk before it is registered here */

#define VERDICT_NOT_CHECKED "NOT-CHECKED"

/* ---- metadata ---- */

typedef struct {
  const char *name;
  gsize       offset; /* of the char * */
  glong       max_chars;
} Rule;

#define AT(member) G_STRUCT_OFFSET (SohoaQlvbDocument, member)
/* Mandatory members of 7197 with their lengths; DocCode is made here when the sender has none. */
static const Rule rules[] = {
  { "TypeName", AT (type_name), 100 },  { "CodeNumber", AT (code_number), 11 },
  { "CodeNotation", AT (code_notation), 30 }, { "IssuedDate", AT (issued), 10 },
  { "OrganName", AT (organ_name), 200 }, { "Subject", AT (subject), 500 },
};

static char *
check_doc_code (const char *code)
{
  if (g_utf8_strlen (code, -1) > DOC_CODE_MAX_CHARS)
    return g_strdup_printf ("DocCode dài quá %d ký tự", DOC_CODE_MAX_CHARS);
  for (const char *p = code; *p != '\0'; p++)
    if (!g_ascii_isalnum (*p) && *p != '.' && *p != '_' && *p != '-')
      return g_strdup ("DocCode có ký tự không hợp lệ");
  return NULL;
}

/* The reason of a refusal, or NULL; what is only missing goes to warnings when that is allowed. */
static char *
check_metadata (const SohoaQlvb *self, SohoaQlvbDocument *d)
{
  g_autoptr(GPtrArray) missing = g_ptr_array_new ();
  g_autofree char *names = NULL;
  char *reason = check_doc_code (d->doc_code);

  for (guint i = 0; reason == NULL && i < G_N_ELEMENTS (rules); i++) {
    const char *value = G_STRUCT_MEMBER (char *, d, rules[i].offset);

    if (value[0] == '\0')
      g_ptr_array_add (missing, (gpointer) rules[i].name);
    else if (g_utf8_strlen (value, -1) > rules[i].max_chars)
      reason = g_strdup_printf ("%s dài quá %ld ký tự", rules[i].name, rules[i].max_chars);
  }
  if (reason == NULL && d->issued[0] != '\0' && !sohoa_day_is_valid (d->issued))
    reason = g_strdup ("IssuedDate không phải là ngày hợp lệ");
  if (reason != NULL || missing->len == 0)
    return reason;
  g_ptr_array_add (missing, NULL);
  names = g_strjoinv (", ", (char **) missing->pdata);
  if (!self->accept_incomplete)
    return g_strdup_printf ("Thiếu trường thông tin bắt buộc: %s", names);
  g_free (d->warnings);
  d->warnings = g_strdup_printf ("Thiếu trường thông tin bắt buộc: %s", names);
  return NULL;
}

static char *
check_rules (const SohoaQlvb *self, const SohoaQlvbDocument *d)
{
  g_autofree char *subject = sohoa_text_fold (d->subject);

  for (guint i = 0; self->refuse_subjects != NULL && self->refuse_subjects[i] != NULL; i++) {
    g_autofree char *word = sohoa_text_fold (self->refuse_subjects[i]);

    if (strstr (subject, word) != NULL)
      return g_strdup_printf ("Văn bản không thuộc phạm vi tiếp nhận (\"%s\")", self->refuse_subjects[i]);
  }
  return NULL;
}

/* "CV" for the DocCode; lists are read once. */
static void
find_type_code (SohoaQlvbDocument *d)
{
  static SohoaLists *lists;
  static gsize ready;
  const SohoaDocumentType *type;

  if (g_once_init_enter (&ready)) {
    g_autoptr(GError) local = NULL;

    lists = sohoa_lists_load (&local);
    if (lists == NULL)
      g_warning ("%s", local->message);
    g_once_init_leave (&ready, 1);
  }
  type = lists != NULL ? sohoa_lists_peek_by_name (lists, d->type_name) : NULL;
  if (type != NULL && type->file_code[0] != '\0')
    sohoa_qlvb_set (&d->type_code, type->file_code);
}

/* ---- the file ---- */

static char *
check_pdf (const SohoaQlvbArrival *arrival)
{
  char head[PDF_MAGIC_WINDOW_BYTES + 1] = "";
  gsize length = (gsize) MIN (arrival->size, PDF_MAGIC_WINDOW_BYTES);

  if (arrival->size > SOHOA_QLVB_FILE_MAX_BYTES)
    return g_strdup_printf ("Tệp lớn hơn giới hạn %u MB", SOHOA_QLVB_FILE_MAX_BYTES / 1024 / 1024);
  if (!sohoa_fd_pread_all (arrival->fd, head, length, (goffset) arrival->offset, NULL)
      || g_strstr_len (head, (gssize) length, "%PDF-") == NULL)
    return g_strdup ("Tệp không phải là PDF");
  return NULL;
}

static char *
make_path (const SohoaQlvb *self, const SohoaQlvbDocument *d)
{
  g_autofree char *name = g_strconcat (d->digest, ".pdf", NULL);

  return g_build_filename (self->data_dir, "files", name, NULL);
}

/* Whole on disk under its digest before the register speaks of it. */
static gboolean
store_file (const SohoaQlvb *self, const SohoaQlvbArrival *arrival, GError **error)
{
  g_autofree char *path = make_path (self, arrival->document);
  g_autoptr(SohoaOutput) output = sohoa_output_new (path, 0600, error);

  return output != NULL
         && sohoa_fd_copy (arrival->fd, (goffset) arrival->offset, arrival->size, sohoa_output_get_fd (output), error)
         && sohoa_output_commit (output, error);
}

/* Asks a worker on a descriptor of the PDF alone. */
static gboolean
verify_file (const SohoaQlvb *self, const SohoaQlvbArrival *arrival, char **report_out, GError **error)
{
  SOHOA_AUTO_FD int copy = -1;
  g_autofree char *path = g_build_filename (self->data_dir, "incoming", "pdf-XXXXXX", NULL);

  if (arrival->offset == 0)
    return self->verify (self->verify_data, arrival->fd, report_out, error);
  copy = g_mkstemp_full (path, O_RDWR | O_CLOEXEC, 0600); /* on disk: 50 MB are not for the memory */
  if (copy < 0) {
    g_set_error (error, SOHOA_STORE_ERROR, SOHOA_STORE_ERROR_IO, "incoming: %s", g_strerror (errno));
    return FALSE;
  }
  (void) g_unlink (path);
  return sohoa_fd_copy (arrival->fd, (goffset) arrival->offset, arrival->size, copy, error)
         && self->verify (self->verify_data, copy, report_out, error);
}

static gboolean
check_signature (const SohoaQlvb *self, const SohoaQlvbArrival *arrival, GError **error)
{
  SohoaQlvbDocument *d = arrival->document;
  g_autofree char *report = NULL;

  if (self->verify == NULL) {
    sohoa_qlvb_set (&d->verdict, VERDICT_NOT_CHECKED);
    return TRUE;
  }
  if (!verify_file (self, arrival, &report, error))
    return FALSE;
  sohoa_qlvb_set (&d->verdict, sohoa_verify_report_status (report));
  sohoa_qlvb_set (&d->report, report);
  return TRUE;
}

/* A scan must carry a good signature of the digitising agency (NĐ30 Art. 25); an original is kept as
 * its sender made it, with the verdict. */
static char *
judge_signature (const SohoaQlvb *self, const SohoaQlvbDocument *d)
{
  if (g_str_equal (d->verdict, VERDICT_NOT_CHECKED) || g_str_equal (d->verdict, "VALID") || d->original)
    return NULL;
  if (g_str_equal (d->verdict, "NONE"))
    return g_strdup ("Văn bản số hóa chưa được ký số");
  if (g_str_equal (d->verdict, "UNKNOWN"))
    return self->has_trust ? g_strdup ("Chứng thư số của chữ ký không được tin cậy") : NULL;
  if (g_str_equal (d->verdict, "VALID-BUT-CHANGED"))
    return g_strdup ("Tệp đã bị thay đổi sau khi ký số");
  return g_strdup ("Chữ ký số không hợp lệ");
}

/* ---- the answer ---- */

static char *
make_receipt (const SohoaQlvbDocument *d)
{
  g_autoptr(JsonBuilder) b = json_builder_new ();
  g_autoptr(JsonNode) root = NULL;
  g_autofree char *time = sohoa_time_to_iso (d->time_us);
  g_auto(GStrv) warnings = g_strsplit (d->warnings, "\n", -1);

  json_builder_begin_object (b);
  sohoa_qlvb_put (b, "docCode", d->doc_code);
  sohoa_qlvb_put (b, "documentId", d->doc_code);
  json_builder_set_member_name (b, "arrivalNumber");
  json_builder_add_int_value (b, d->number);
  sohoa_qlvb_put (b, "arrivalDate", d->arrival_day);
  sohoa_qlvb_put (b, "arrivalTime", time);
  sohoa_qlvb_put (b, "arrivalBook", d->book);
  sohoa_qlvb_put (b, "agency", d->agency);
  sohoa_qlvb_put (b, "status", d->status);
  sohoa_qlvb_put (b, "signature", d->verdict);
  sohoa_qlvb_put (b, "sha256", d->digest);
  sohoa_qlvb_put (b, "key", d->key);
  json_builder_set_member_name (b, "warnings");
  json_builder_begin_array (b);
  for (guint i = 0; warnings[i] != NULL; i++)
    if (warnings[i][0] != '\0')
      json_builder_add_string_value (b, warnings[i]);
  json_builder_end_array (b);
  json_builder_end_object (b);
  root = json_builder_get_root (b);
  return json_to_string (root, FALSE);
}

static SohoaQlvbFate
refuse (SohoaQlvb *self, SohoaQlvbDocument *d, char *reason, GError **error)
{
  g_free (d->reason);
  d->reason = reason;
  sohoa_qlvb_set (&d->status, "02");
  return sohoa_qlvb_store_refuse (self->store, d, error) ? SOHOA_QLVB_REFUSED : SOHOA_QLVB_TROUBLE;
}

/* The same number, symbol and issuer as another document: told, not refused (NĐ30 Annex VI III.1h). */
static void
warn_of_twin (SohoaQlvb *self, SohoaQlvbDocument *d)
{
  g_autoptr(GPtrArray) twins = NULL;
  const SohoaQlvbDocument *twin;
  char *both;

  if (d->code_number[0] == '\0')
    return;
  twins = sohoa_qlvb_store_search (self->store, d->code_number, d->code_notation, d->organ_name, "", NULL);
  twin = twins != NULL && twins->len > 0 ? g_ptr_array_index (twins, 0) : NULL;
  if (twin == NULL || twin->number == 0 || g_str_equal (twin->key, d->key))
    return;
  both = g_strdup_printf ("%s%sTrùng số, ký hiệu và cơ quan ban hành với văn bản %s", d->warnings,
                          d->warnings[0] != '\0' ? "\n" : "", twin->doc_code);
  g_free (d->warnings);
  d->warnings = both;
}

static SohoaQlvbFate
register_document (SohoaQlvb *self, SohoaQlvbArrival *arrival, GError **error)
{
  gint64 decide_us = self->manual ? G_MAXINT64
                     : arrival->document->time_us + (gint64) self->accept_after_ms * 1000;
  SohoaQlvbResult result = sohoa_qlvb_store_register (self->store, &arrival->document, decide_us, make_receipt, error);

  switch (result) {
  case SOHOA_QLVB_REGISTERED:
  case SOHOA_QLVB_KNOWN:
    return SOHOA_QLVB_TAKEN;
  case SOHOA_QLVB_KEY_CONFLICT:
    sohoa_qlvb_set (&arrival->document->reason, "Khóa đã dùng cho một tệp khác");
    return SOHOA_QLVB_CLASH;
  case SOHOA_QLVB_CODE_CONFLICT:
    sohoa_qlvb_set (&arrival->document->reason, "DocCode đã dùng cho một văn bản khác");
    return SOHOA_QLVB_CLASH;
  case SOHOA_QLVB_FAILED:
    break;
  }
  return SOHOA_QLVB_TROUBLE;
}

/* Registered before: no second look, no second file. */
static gboolean
is_known (SohoaQlvb *self, const SohoaQlvbDocument *d)
{
  g_autoptr(SohoaQlvbDocument) known = sohoa_qlvb_store_find (self->store, SOHOA_QLVB_BY_KEY, d->key, NULL, NULL);

  return known != NULL && known->number != 0;
}

char *
sohoa_qlvb_arrival_day (const char *claimed, gint64 now_us)
{
  char *today = sohoa_time_to_day (now_us);
  g_autofree char *earliest = sohoa_day_add (today, -ARRIVAL_MAX_DAYS);

  if (!sohoa_day_is_valid (claimed) || strcmp (claimed, earliest) < 0 || strcmp (claimed, today) > 0)
    return today;
  g_free (today);
  return g_strdup (claimed);
}

SohoaQlvbFate
sohoa_qlvb_receive (SohoaQlvb *self, SohoaQlvbArrival *arrival, GError **error)
{
  SohoaQlvbDocument *d = arrival->document;
  SohoaQlvbFate fate;
  g_autofree char *day = NULL;
  char *reason;

  sohoa_qlvb_set (&d->agency, self->agency);
  d->time_us = sohoa_time_now_us ();
  day = sohoa_qlvb_arrival_day (d->arrival_day, d->time_us);
  sohoa_qlvb_set (&d->arrival_day, day);
  if (is_known (self, d))
    return register_document (self, arrival, error);
  reason = check_pdf (arrival);
  if (reason == NULL)
    reason = check_metadata (self, d);
  if (reason == NULL)
    reason = check_rules (self, d);
  if (reason == NULL) {
    if (!check_signature (self, arrival, error))
      return SOHOA_QLVB_TROUBLE;
    reason = judge_signature (self, d);
  }
  if (reason != NULL)
    return refuse (self, d, reason, error);
  find_type_code (d);
  warn_of_twin (self, d);
  if (!store_file (self, arrival, error))
    return SOHOA_QLVB_TROUBLE;
  fate = register_document (self, arrival, error);
  if (fate == SOHOA_QLVB_TAKEN && self->hold_answer_ms > 0) {
    g_print ("stored: %s\n", arrival->document->key);
    (void) fflush (stdout);
    g_usleep ((gulong) self->hold_answer_ms * 1000);
  }
  return fate;
}

/* ---- recall ---- */

static gboolean
drop_file (const SohoaQlvb *self, const char *folder, const char *digest, const char *ending, GError **error)
{
  g_autofree char *name = g_strconcat (digest, ending, NULL);
  g_autofree char *parent = g_build_filename (self->data_dir, folder, NULL);
  g_autofree char *path = g_build_filename (parent, name, NULL);

  if (g_unlink (path) != 0 && errno != ENOENT) {
    g_set_error (error, SOHOA_STORE_ERROR, SOHOA_STORE_ERROR_IO, "%s: %s", folder, g_strerror (errno));
    return FALSE;
  }
  return sohoa_folder_sync (parent, error);
}

gboolean
sohoa_qlvb_purge (SohoaQlvb *self, const SohoaQlvbDocument *d, GError **error)
{
  gboolean free_file = FALSE;

  return (d->message[0] == '\0' || drop_file (self, "edxml", d->message, ".edxml", error))
         && sohoa_qlvb_store_forget (self->store, d->key, &free_file, error)
         && (!free_file || drop_file (self, "files", d->digest, ".pdf", error));
}

gboolean
sohoa_qlvb_recall (SohoaQlvb *self, const SohoaQlvbDocument *d, const char *reason, GError **error)
{
  gint64 now_us = sohoa_time_now_us ();

  if (g_str_equal (d->status, "15")) /* asked again: the answer is the same */
    return TRUE;
  if (!g_str_equal (d->status, "13")
      && !sohoa_qlvb_store_add_status (self->store, d->key, d->status, "13", reason, now_us, error))
    return FALSE;
  if (self->manual)
    return TRUE;
  return sohoa_qlvb_store_add_status (self->store, d->key, "13", "15", "Đồng ý lấy lại", now_us, error)
         && sohoa_qlvb_purge (self, d, error);
}
