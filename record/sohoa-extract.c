#include "sohoa-extract.h"

#include <string.h>

void
sohoa_record_update_needs_person (SohoaRecord *record, const SohoaProfile *profile)
{
  static const char *const usual[] = { "TypeName", "CodeNumber", "CodeNotation", "IssuedDate", "OrganName",
                                       "Subject", "FullName", NULL };
  const char *const *keys = profile != NULL ? (const char *const *) profile->mandatory : usual;
  double claim = profile != NULL ? profile->claim : SOHOA_CONFIDENCE_CLAIMED;

  g_ptr_array_set_size (record->needs_person, 0);
  for (guint i = 0; keys[i] != NULL; i++) {
    const SohoaField *field = sohoa_record_peek_field (record, keys[i]);

    if (field == NULL || field->value[0] == '\0' || field->confidence < claim)
      g_ptr_array_add (record->needs_person, g_strdup (keys[i]));
  }
}

void
sohoa_extract_fields (GPtrArray *layers, SohoaRecord *record, const SohoaExtractOptions *options)
{
  sohoa_record_update_needs_person (record, options->profile);
}
