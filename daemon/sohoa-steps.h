/* What the machine does for a document in each working state. Every step may be killed at any point and is
 * made again from the spool: its results lie in files that appear whole, and one transaction at its end says
 * that they count.
 *
 *   captured    gate → cleared, or held             (sohoa-step-in.c)
 *   cleared     → processing
 *   processing  pages, fields → review
 *   confirmed   number → signing                    (sohoa-step-out.c)
 *   registered  → signing
 *   signing     PDF, read-back, signature → signed, with the outbox row
 *   signed      → submitting
 *   submitting  connector → delivered, accepted or refused; answer first */
#pragma once

#include "sohoa-desk.h"

G_BEGIN_DECLS

typedef struct {
  SohoaDesk          *desk;        /* (unowned) */
  SohoaStoreClaim    *claim;       /* (unowned) */
  SohoaStoreDocument *document;    /* (unowned) as claimed */
  GCancellable       *cancellable; /* (unowned) fires when the lease is lost or the daemon stops */
} SohoaStep;

/* TRUE: the step has made its change and the claim is ended. FALSE: the error says what the queue does. */
gboolean sohoa_step_run (SohoaStep *step, GError **error);

gboolean sohoa_step_gate (SohoaStep *step, GError **error);
gboolean sohoa_step_start (SohoaStep *step, GError **error);
gboolean sohoa_step_read (SohoaStep *step, GError **error);
gboolean sohoa_step_number (SohoaStep *step, GError **error);
gboolean sohoa_step_sign (SohoaStep *step, GError **error);
gboolean sohoa_step_leave (SohoaStep *step, GError **error);
gboolean sohoa_step_submit (SohoaStep *step, GError **error);

/* Held → cleared after a person's decision: plain copies and a clearance in the person's name. */
gboolean sohoa_step_release (SohoaDesk *desk, const SohoaDeskCall *call, const SohoaStoreDocument *document,
                             SohoaStoreResult *result_out, GError **error);

/* "SOHOA_AGAIN_META_PREFIX ID" in the store's meta: the next reading of the document takes the text layers it has and
 * reads the fields only. */
#define SOHOA_AGAIN_META_PREFIX "fields-only:"

/* Waits [demo] pause-ms, if any, so that one can watch (and tests can kill). */
void sohoa_step_pause (SohoaStep *step);

/* Stores what a receiver answered and moves the document accordingly. @fence 0: not under a claim. */
gboolean sohoa_step_take_receipt (SohoaDesk *desk, const SohoaStoreDocument *document, guint64 fence,
                                  const char *key, const SohoaReceipt *receipt, GError **error);

/* The year of the register a document belongs to: that of the day of arrival (NĐ30 Art. 22). */
int sohoa_step_arrival_year (const SohoaRecord *record);
/* Fields of a number given, in the record: ArrivalNumber, ArrivalDate, ArrivalBook, with their source. */
void sohoa_step_note_number (SohoaRecord *record, const char *number, const char *day, const char *book,
                             const char *source);
/* What a move to signing must carry for this configuration. FALSE: the paper's number is missing. */
gboolean sohoa_step_number_of (SohoaDesk *desk, const SohoaStoreDocument *document, SohoaStoreNumber *number_out,
                               gboolean *wanted_out, GError **error);

G_END_DECLS
