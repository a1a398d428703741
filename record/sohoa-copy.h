/* What may be said about the copy we make (NĐ30 Art. 25; domain.md 2.2; design.md 4).
 *
 * Values of SourceCopy: Bản chính, Bản gốc, Bản sao y, Bản sao lục, Bản trích sao, Bản phô tô, Bản fax.
 * Values of CopyForm: Sao y, Sao lục, Trích sao, Không lập bản sao (glossary 29, 30). */
#pragma once

#include "sohoa-profile.h"
#include "sohoa-record.h"

G_BEGIN_DECLS

#define SOHOA_COPY_NONE "Không lập bản sao"

const char *const *sohoa_source_copies (void); /* NULL-terminated, static */
const char *const *sohoa_copy_forms (void);

/* The form that is lawful and usual for @record: Sao y from a complete bản gốc/bản chính without
 * deviation of capture, Sao lục from a bản sao y, otherwise SOHOA_COPY_NONE. Static. */
const char *sohoa_copy_form_default (const SohoaRecord *record);

/* TRUE when @form may be made of @record. FALSE: *reason_out is a Vietnamese sentence saying what to do
 * (glossary M14), g_free; may be NULL. */
gboolean sohoa_copy_form_is_lawful (const SohoaRecord *record, const char *form, char **reason_out);

/* Sets CopyForm by the rule when it is missing or came from the rule itself, and turns a person's unlawful
 * choice into SOHOA_COPY_NONE never: that is sohoa_record_validate()'s message. Call after SourceCopy,
 * deviations or pages changed. */
void sohoa_copy_form_update (SohoaRecord *record);

/* Lines of the text block in ô 14: form of copy, @agency, ISO time with +07:00 (order and presence from
 * @profile, NULL = the three). Empty when CopyForm is SOHOA_COPY_NONE or missing: then the document is
 * signed as delivered, without a Sao y mark. g_strfreev, never NULL. */
char **sohoa_signature_block (const SohoaRecord *record, const SohoaProfile *profile, const char *agency,
                              gint64 time_us);

G_END_DECLS
