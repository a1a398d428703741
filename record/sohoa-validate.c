#include "sohoa-validate.h"

#include "sohoa-copy.h"
#include "sohoa-errors.h"
#include "sohoa-time.h"

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

static const char *
label_of (const char *key)
{
  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    if (g_str_equal (table[i].key, key))
      return table[i].label;
  return key;
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

static void G_GNUC_PRINTF (3, 4)
find (GPtrArray *findings, const char *key, const char *format, ...)
{
  SohoaFinding *finding = g_new0 (SohoaFinding, 1);
  va_list args;

  va_start (args, format);
  finding->key = g_strdup (key);
  finding->message = g_strdup_vprintf (format, args);
  va_end (args);
  g_ptr_array_add (findings, finding);
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
  const char *label = label_of (field->key);
  guint max = sohoa_field_max_length (field->key);

  if (max > 0 && g_utf8_strlen (field->value, -1) > (glong) max)
    find (findings, field->key, "%s dài quá %u ký tự. Rút gọn lại.", label, max);
  else if (wanted_form (field->key, field->value) == NULL)
    return;
  else if (g_str_has_suffix (field->key, "Date")) {
    g_autofree char *shown = shown_day (field->value);
    g_autofree char *lower = g_utf8_strdown (label, -1);

    find (findings, field->key, "Ngày %s không có. Nhập lại %s.", shown, lower);
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
      find (findings, mandatory[i],
            "Văn bản chưa ghi số. Nếu bản giấy cũng không có, nên trả lại nơi gửi."); /* M7 */
    else
      find (findings, mandatory[i], "Chưa có %s. Xem bản giấy và nhập.", label_of (mandatory[i]));
  }
}

static void
check_dates (const SohoaRecord *record, const char *today, GPtrArray *findings)
{
  const char *issued = sohoa_record_value (record, "IssuedDate");
  const char *arrived = sohoa_record_value (record, "ArrivalDate");
  const char *limit = sohoa_day_is_valid (arrived) ? arrived : today;

  if (limit != NULL && sohoa_day_is_valid (issued) && strcmp (issued, limit) > 0) { /* M10 */
    g_autofree char *a = shown_day (issued), *b = shown_day (limit);

    find (findings, "IssuedDate", "Ngày văn bản (%s) sau ngày đến (%s). Kiểm tra lại.", a, b);
  }
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
    find (findings, "CopyForm", "%s", reason);
  return findings;
}
