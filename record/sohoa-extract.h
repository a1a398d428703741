/* The administrative document read from its layout: zones of NĐ30 Annex I as priors, text and
 * geometry as evidence (domain.md 2.3, 4, 5.5).
 *
 * A confidence is the probability that the value is right (design.md 5). What is written by hand is
 * never claimed (>= SOHOA_CONFIDENCE_CLAIMED), however sure the recogniser is. */
#pragma once

#include "sohoa-list.h"
#include "sohoa-profile.h"
#include "sohoa-record.h"
#include "sohoa-text-layer.h"

G_BEGIN_DECLS

typedef struct {
  const SohoaLists   *lists;   /* (unowned) needed */
  const SohoaProfile *profile; /* (unowned) (nullable) mandatory fields and threshold; NULL = defaults */
  guint               urgency; /* what the gate saw on the first page: sohoa_urgency_of_marks(), 0 = none */
} SohoaExtractOptions;

/* Fills fields, parts, needs_person of @record from @layers, one element per page of the document,
 * NULL for a page that could not be read. Fields whose source is not "ocr" (a person, the batch, the
 * QLVB) are left alone; pages, deviations, secrecy are never touched. Cannot fail: what is not found is
 * not in fields and stands in needs_person when it is mandatory. */
void sohoa_extract_fields (GPtrArray *layers, SohoaRecord *record, const SohoaExtractOptions *options);

/* Only needs_person, again (after somebody set a field). @profile nullable. */
void sohoa_record_update_needs_person (SohoaRecord *record, const SohoaProfile *profile);

G_END_DECLS
