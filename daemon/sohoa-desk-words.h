/* The agency's lexicon (record/sohoa-lexicon.h) in the store's meta. Row names are keyed digests, as for twins. */
#pragma once

#include "sohoa-desk.h"

G_BEGIN_DECLS

/* Any thread. The lexicon is a help: what cannot be kept is logged, and nothing fails for it. */
void sohoa_desk_words_learn (SohoaDesk *desk, const SohoaRecord *record, const char *id);
void sohoa_desk_words_propose (SohoaDesk *desk, SohoaRecord *record);
/* A state secret takes along what it taught. Errors: SOHOA_STORE_ERROR. */
gboolean sohoa_desk_words_forget (SohoaDesk *desk, const SohoaRecord *record, const char *id, GError **error);

G_END_DECLS
