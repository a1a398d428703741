#include "sohoa-validate.h"

#include "sohoa-copy.h"
#include "sohoa-errors.h"
#include "sohoa-message.h"
#include "sohoa-time.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* NĐ30 Annex VI Part II.II and 7197: characters. */
static const struct {
  const char *key;
  guint       max;
  const char *label; /* glossary */
} table[] = {
  { "OrganSuperior", 200, "Cơ quan chủ quản" },
  { "OrganName", 200, "Cơ quan ban hành" },
  { "OrganId", 35, "Mã định danh" },
  { "CodeNumber", 11, "Số" },
  { "CodeNotation", 30, "Ký hiệu" },
  { "Place", 100, "Địa danh" },
  { "IssuedDate", 10, "Ngày văn bản" },
  { "TypeName", 100, "Tên loại" },
  { "Subject", 500, "Trích yếu" },
  { "Priority", 1, "Độ khẩn" },
  { "Competence", 100, "Quyền hạn ký" },
  { "Position", 100, "Chức vụ" },
  { "FullName", 50, "Người ký" },
  { "ToPlaces", 1000, "Nơi nhận" },
  { "Language", 30, "Ngôn ngữ" },
  { "PageAmount", 3, "Số trang" },
  { "SourceCopy", 30, "Loại bản nhận" },
  { "CopyForm", 30, "Hình thức sao" },
  { "ArrivalBook", 100, "Sổ văn bản" },
  { "ArrivalNumber", 10, "Số đến" },
  { "ArrivalDate", 10, "Ngày đến" },
  { "ArrivalTime", 5, "Giờ đến" },
  { "DueDate", 10, "Hạn giải quyết" },
  { "Description", 500, "Ghi chú" },
  { "FileCode", 100, "Mã hồ sơ" },
  { "FileCatalog", 4, "Năm hình thành hồ sơ" },
  { "FileNotation", 20, "Số và ký hiệu hồ sơ" },
  { "DocOrdinal", 3, "Số thứ tự trong hồ sơ" },
};

guint
sohoa_field_max_length (const char *key)
{
  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    if (g_str_equal (table[i].key, key))
      return table[i].max;
  return 0;
}

const char *
sohoa_field_label (const char *key)
{
  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    if (g_str_equal (table[i].key, key))
      return table[i].label;
  return key;
}

char *
sohoa_field_labels (const char *const *keys)
{
  g_autoptr(GString) text = g_string_new (NULL);

  for (guint i = 0; keys[i] != NULL; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", sohoa_field_label (keys[i]));
  return g_string_free (g_steal_pointer (&text), FALSE);
}

void
sohoa_finding_free (SohoaFinding *self)
{
  if (self == NULL)
    return;
  g_free (self->key);
  g_free (self->message);
  g_free (self);
}

static gboolean
is_digits (const char *text, gsize min, gsize max)
{
  gsize n = strlen (text);

  return n >= min && n <= max && strspn (text, "0123456789") == n;
}

/* "05", "152a", "01đ": digits and at most one letter (domain.md 4.1). */
static gboolean
is_number (const char *text)
{
  gsize n = strspn (text, "0123456789");

  if (n == 0 || n > 6)
    return FALSE;
  if (text[n] == '\0')
    return TRUE;
  return g_unichar_isalpha (g_utf8_get_char (text + n)) && *g_utf8_next_char (text + n) == '\0';
}

static gboolean
is_notation (const char *text)
{
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);

    if (!g_unichar_isalnum (c) && strchr ("-/.&()_ ", (int) (c < 128 ? c : 'x')) == NULL)
      return FALSE;
  }
  return TRUE;
}

static gboolean
is_time (const char *text)
{
  return strlen (text) == 5 && g_ascii_isdigit (text[0]) && g_ascii_isdigit (text[1]) && text[2] == ':'
         && is_digits (text + 3, 2, 2) && atoi (text) < 24 && atoi (text + 3) < 60;
}

/* NULL when right; else what is wanted, in English for the command line. Borrowed. */
static const char *
wanted_form (const char *key, const char *value)
{
  if (value[0] == '\0')
    return NULL;
  if (g_str_has_suffix (key, "Date"))
    return sohoa_day_is_valid (value) ? NULL : "a day of the calendar like 2026-11-20";
  if (g_str_equal (key, "CodeNumber"))
    return is_number (value) ? NULL : "digits, at most one letter after them";
  if (g_str_equal (key, "CodeNotation"))
    return is_notation (value) ? NULL : "letters, digits, - / . &";
  if (g_str_equal (key, "Priority"))
    return is_digits (value, 1, 1) && value[0] <= '4' ? NULL : "0 to 4";
  if (g_str_equal (key, "ArrivalTime"))
    return is_time (value) ? NULL : "hours and minutes like 09:15";
  if (g_str_equal (key, "PageAmount") || g_str_equal (key, "ArrivalNumber") || g_str_equal (key, "DocOrdinal")
      || g_str_equal (key, "FileCatalog"))
    return is_digits (value, 1, 10) ? NULL : "a number";
  if (g_str_equal (key, "SourceCopy"))
    return g_strv_contains (sohoa_source_copies (), value) ? NULL : "Bản chính, Bản gốc, Bản sao y, Bản sao lục, "
                                                                    "Bản trích sao, Bản phô tô or Bản fax";
  if (g_str_equal (key, "CopyForm"))
    return g_strv_contains (sohoa_copy_forms (), value) ? NULL
                                                        : "Sao y, Sao lục, Trích sao or " SOHOA_COPY_NONE;
  return NULL;
}

gboolean
sohoa_field_check (const char *key, const char *value, GError **error)
{
  guint max = sohoa_field_max_length (key);
  const char *wanted;

  if (!sohoa_field_key_is_known (key)) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT,
                 "%s: there is no such field: see sohoa(1) for their names", key);
    return FALSE;
  }
  if (!g_utf8_validate (value, -1, NULL)) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "%s: not UTF-8 text: type it again", key);
    return FALSE;
  }
  wanted = wanted_form (key, value);
  if (wanted != NULL) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "%s: not allowed: give %s", key, wanted);
    return FALSE;
  }
  if (max > 0 && g_utf8_strlen (value, -1) > (glong) max) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT,
                 "%s: longer than %u characters: shorten it", key, max);
    return FALSE;
  }
  return TRUE;
}

/* Takes @text. */
static void
find_text (GPtrArray *findings, const char *key, const char *code, char *text)
{
  SohoaFinding *finding = g_new0 (SohoaFinding, 1);

  finding->key = g_strdup (key);
  finding->code = code;
  finding->message = text;
  g_ptr_array_add (findings, finding);
}

#define FIND(findings, key, message, ...)                                                         \
  find_text (findings, key, sohoa_message_code (message), sohoa_message_new (message, __VA_ARGS__))

/* What the word list has no number for. */
static void G_GNUC_PRINTF (3, 4)
find (GPtrArray *findings, const char *key, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  find_text (findings, key, "", g_strdup_vprintf (format, args));
  va_end (args);
}

/* Dates are shown as on paper, also the impossible ones (M9). */
static char *
shown_day (const char *value)
{
  if (strlen (value) == 10 && value[4] == '-' && value[7] == '-')
    return g_strdup_printf ("%.2s/%.2s/%.4s", value + 8, value + 5, value);
  return g_strdup (value);
}

static void
check_field (const SohoaField *field, GPtrArray *findings)
{
  const char *label = sohoa_field_label (field->key);
  guint max = sohoa_field_max_length (field->key);

  if (max > 0 && g_utf8_strlen (field->value, -1) > (glong) max)
    find (findings, field->key, "%s dài quá %u ký tự. Rút gọn lại.", label, max);
  else if (wanted_form (field->key, field->value) == NULL)
    return;
  else if (g_str_has_suffix (field->key, "Date")) {
    g_autofree char *shown = shown_day (field->value);
    g_autofree char *lower = g_utf8_strdown (label, -1);

    FIND (findings, field->key, SOHOA_M9_IMPOSSIBLE_DATE, "day", shown, "field", lower, NULL);
  } else if (!g_str_equal (field->key, "CopyForm")) /* its own rule says more */
    find (findings, field->key, "%s ghi chưa đúng. Xem lại bản giấy và nhập lại.", label);
}

static void
check_mandatory (const SohoaRecord *record, const char *const *mandatory, GPtrArray *findings)
{
  for (guint i = 0; mandatory[i] != NULL; i++) {
    if (sohoa_record_value (record, mandatory[i])[0] != '\0')
      continue;
    if (g_str_equal (mandatory[i], "CodeNumber"))
      FIND (findings, mandatory[i], SOHOA_M7_NO_NUMBER, NULL);
    else
      find (findings, mandatory[i], "Chưa có %s. Xem bản giấy và nhập.", sohoa_field_label (mandatory[i]));
  }
}

static void
check_dates (const SohoaRecord *record, const char *today, GPtrArray *findings)
{
  const char *issued = sohoa_record_value (record, "IssuedDate");
  const char *arrived = sohoa_record_value (record, "ArrivalDate");
  const char *limit = sohoa_day_is_valid (arrived) ? arrived : today;

  if (limit != NULL && sohoa_day_is_valid (issued) && strcmp (issued, limit) > 0) {
    g_autofree char *a = shown_day (issued), *b = shown_day (limit);

    FIND (findings, "IssuedDate", SOHOA_M10_DATE_AFTER_ARRIVAL, "issued", a, "arrived", b, NULL);
  }
}

/* What extraction found missing on the paper (record/sohoa-extract-gap.c). */
static void
check_paper (const SohoaRecord *record, GPtrArray *findings)
{
  for (guint i = 0; i < record->findings->len; i++) {
    const char *what = g_ptr_array_index (record->findings, i);
    guint before, after;

    if (g_str_has_prefix (what, "annex-missing"))
      FIND (findings, "", SOHOA_M6_ANNEX_MISSING, NULL);
    else if (g_str_has_prefix (what, "no-seal"))
      FIND (findings, "", SOHOA_M8_NO_SEAL, NULL);
    else if (sscanf (what, "page-gap: %u, %u", &before, &after) == 2) {
      g_autofree char *a = g_strdup_printf ("%u", before), *b = g_strdup_printf ("%u", after);

      FIND (findings, "", SOHOA_M5_PAGE_MISSING, "before", a, "after", b, NULL);
    }
  }
}

static void
check_pages (const SohoaRecord *record, const SohoaProfile *profile, GPtrArray *findings)
{
  for (guint i = 0; i < record->pages->len; i++) {
    const SohoaPageInfo *page = sohoa_record_peek_page (record, i);
    g_autofree char *index = g_strdup_printf ("%u", page->index);
    g_autofree char *dpi = g_strdup_printf ("%.0f", page->dpi);
    g_autofree char *wanted = g_strdup_printf ("%d", profile != NULL ? profile->min_dpi : 0);

    if (g_str_equal (page->ocr_status, "failed") || g_str_equal (page->ocr_status, "timeout"))
      FIND (findings, "", SOHOA_M31_NOT_READ, "page", index, NULL);
    if (profile != NULL && !record->original && page->dpi > 0 && page->dpi + 0.5 < profile->min_dpi)
      FIND (findings, "", SOHOA_M29_LOW_RESOLUTION, "dpi", dpi, "wanted", wanted, NULL);
    else if (profile != NULL && !record->original && profile->colour && !page->blank
             && (g_ptr_array_find_with_equal_func (page->flags, "gray", g_str_equal, NULL)
                 || g_ptr_array_find_with_equal_func (page->flags, "bitonal", g_str_equal, NULL)))
      FIND (findings, "", SOHOA_M29_NOT_COLOUR, "page", index, NULL);
  }
}

/* NĐ30 Art. 4(2c), 23: urgent papers are registered and handed over at once. */
static void
check_urgency (const SohoaRecord *record, GPtrArray *findings)
{
  static const char *const names[] = { NULL, "Khẩn", "Thượng khẩn", "Hỏa tốc", "Hỏa tốc hẹn giờ" };
  const char *priority = sohoa_record_value (record, "Priority");
  const char *time = sohoa_record_value (record, "ArrivalTime");

  if (priority[0] < '1' || priority[0] > '4' || priority[1] != '\0')
    return;
  FIND (findings, "Priority", SOHOA_M17_URGENT, "urgency", names[priority[0] - '0'], "time",
        time[0] != '\0' ? time : "chưa ghi", NULL);
}

static void
check_doubts (const SohoaRecord *record, GPtrArray *findings)
{
  g_autoptr(GPtrArray) keys = g_ptr_array_new ();
  g_autofree char *count = NULL;
  g_autofree char *labels = NULL;

  if (record->needs_person->len == 0)
    return;
  for (guint i = 0; i < record->needs_person->len; i++)
    g_ptr_array_add (keys, g_ptr_array_index (record->needs_person, i));
  g_ptr_array_add (keys, NULL);
  count = g_strdup_printf ("%u", record->needs_person->len);
  labels = sohoa_field_labels ((const char *const *) keys->pdata);
  FIND (findings, "", SOHOA_M11_LOOK_AT, "count", count, "fields", labels, NULL);
}

GPtrArray *
sohoa_record_validate (const SohoaRecord *record, const SohoaProfile *profile, const char *today)
{
  static const char *const usual[] = { "TypeName", "CodeNumber", "CodeNotation", "IssuedDate", "OrganName",
                                       "Subject", "FullName", NULL };
  GPtrArray *findings = g_ptr_array_new_with_free_func ((GDestroyNotify) sohoa_finding_free);
  const char *form = sohoa_record_value (record, "CopyForm");
  g_autofree char *reason = NULL;

  check_mandatory (record, profile != NULL ? (const char *const *) profile->mandatory : usual, findings);
  for (guint i = 0; i < record->fields->len; i++)
    check_field (g_ptr_array_index (record->fields, i), findings);
  check_dates (record, today, findings);
  if (form[0] != '\0' && !sohoa_copy_form_is_lawful (record, form, &reason))
    find_text (findings, "CopyForm", sohoa_message_code (SOHOA_M14_COPY_FORM), g_steal_pointer (&reason));
  check_paper (record, findings);
  check_pages (record, profile, findings);
  check_urgency (record, findings);
  check_doubts (record, findings);
  return findings;
}
