#include "sohoa-copy.h"

#include "sohoa-message.h"
#include "sohoa-time.h"

#include <string.h>

#define RULE_COPY "copy-form" /* SohoaField.rule of a form we chose */

static const char *const sources[] = { "Bản chính", "Bản gốc", "Bản sao y", "Bản sao lục", "Bản trích sao",
                                       "Bản phô tô", "Bản fax", NULL };
static const char *const forms[] = { "Sao y", "Sao lục", "Trích sao", SOHOA_COPY_NONE, NULL };

const char *const *
sohoa_source_copies (void)
{
  return sources;
}

const char *const *
sohoa_copy_forms (void)
{
  return forms;
}

/* Complete and within the capture rules. */
static gboolean
is_faithful (const SohoaRecord *record)
{
  return record->deviations->len == 0 && !record->original;
}

static gboolean
source_is (const SohoaRecord *record, const char *a, const char *b)
{
  const char *source = sohoa_record_value (record, "SourceCopy");

  return g_str_equal (source, a) || g_str_equal (source, b);
}

const char *
sohoa_copy_form_default (const SohoaRecord *record)
{
  if (!is_faithful (record))
    return SOHOA_COPY_NONE;
  if (source_is (record, "Bản chính", "Bản gốc"))
    return "Sao y";
  if (source_is (record, "Bản sao y", "Bản sao y"))
    return "Sao lục";
  return SOHOA_COPY_NONE;
}

static gboolean
refuse (char **reason_out, const char *reason)
{
  if (reason_out != NULL)
    *reason_out = g_strdup (reason);
  return FALSE;
}

/* M14 of the glossary, with the source named. */
static gboolean
refuse_source (char **reason_out, const SohoaRecord *record, const char *form)
{
  g_autofree char *source = g_utf8_strdown (sohoa_record_value (record, "SourceCopy"), -1);
  g_autofree char *text = NULL;

  if (source[0] == '\0')
    text = g_strdup_printf ("Chưa chọn Loại bản nhận nên không lập bản %s được. Chọn Loại bản nhận.", form);
  else
    text = sohoa_message_new (SOHOA_M14_COPY_FORM, "source", source, "form", form, NULL);
  return refuse (reason_out, text);
}

gboolean
sohoa_copy_form_is_lawful (const SohoaRecord *record, const char *form, char **reason_out)
{
  if (reason_out != NULL)
    *reason_out = NULL;
  if (g_str_equal (form, SOHOA_COPY_NONE))
    return TRUE;
  if (!g_strv_contains (forms, form))
    return refuse (reason_out, "Hình thức sao không có trong danh mục. Chọn Sao y, Sao lục, Trích sao hoặc "
                               SOHOA_COPY_NONE ".");
  if (!is_faithful (record))
    return refuse (reason_out, record->original
                     ? "Tệp là bản điện tử gốc, không phải bản giấy quét. Chọn " SOHOA_COPY_NONE "."
                     : "Ảnh quét chưa đúng quy định số hóa. Quét lại, hoặc chọn " SOHOA_COPY_NONE ".");
  if (g_str_equal (form, "Sao lục"))
    return source_is (record, "Bản sao y", "Bản sao y") || refuse_source (reason_out, record, form);
  return source_is (record, "Bản chính", "Bản gốc") || refuse_source (reason_out, record, form);
}

void
sohoa_copy_form_update (SohoaRecord *record)
{
  SohoaField *field = sohoa_record_peek_field (record, "CopyForm");

  if (field != NULL && field->value[0] != '\0' && !g_str_equal (field->rule, RULE_COPY))
    return;
  field = sohoa_record_set_field (record, "CopyForm", sohoa_copy_form_default (record), 1, "profile");
  g_free (field->rule);
  field->rule = g_strdup (RULE_COPY);
}

char **
sohoa_signature_block (const SohoaRecord *record, const SohoaProfile *profile, const char *agency,
                       gint64 time_us)
{
  static const char *const three[] = { "copy-form", "agency", "time", NULL };
  const char *const *lines = profile != NULL ? (const char *const *) profile->block_lines : three;
  const char *form = sohoa_record_value (record, "CopyForm");
  g_autoptr(GPtrArray) block = g_ptr_array_new_with_free_func (g_free);

  if (form[0] == '\0' || g_str_equal (form, SOHOA_COPY_NONE) || (profile != NULL && !profile->block))
    return g_new0 (char *, 1);
  for (guint i = 0; lines[i] != NULL; i++) {
    if (g_str_equal (lines[i], "copy-form"))
      g_ptr_array_add (block, g_strdup (form));
    else if (g_str_equal (lines[i], "agency") && agency != NULL && agency[0] != '\0')
      g_ptr_array_add (block, g_strdup (agency));
    else if (g_str_equal (lines[i], "time"))
      g_ptr_array_add (block, sohoa_time_to_iso (time_us));
  }
  g_ptr_array_add (block, NULL);
  g_ptr_array_set_free_func (block, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&block), FALSE);
}
