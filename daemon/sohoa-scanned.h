/* The note beside a document's pages that came from a batch: they passed the gate one by one, so the gate's step only
 * takes over what lies here. Written before the store knows the document. */
#pragma once

#include "sohoa-desk.h"

G_BEGIN_DECLS

#define SOHOA_SCANNED_AHEAD "ahead-" /* spool/ID/ahead-N.image and .reply: read while paper moved */

typedef struct {
  char      *profile; /* (owned) compliance profile */
  char      *note;    /* (owned) the count of the batch, for the event */
  GPtrArray *names;   /* (owned) (element-type utf8) one per page, "sheet-0001-front" */
  GPtrArray *digests; /* (owned) (element-type utf8) SHA-256 of input-N */
  GPtrArray *set;     /* (owned) (element-type utf8) "Field=value" */
} SohoaScanned;

SohoaScanned *sohoa_scanned_new (void);
void          sohoa_scanned_free (SohoaScanned *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaScanned, sohoa_scanned_free)

/* Both into @folder, durable; the note last. */
gboolean      sohoa_scanned_write (const SohoaScanned *self, const SohoaClearance *clearance, const char *folder,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* NULL without error: the document came as files. */
SohoaScanned *sohoa_scanned_read (const char *folder, GError **error);

G_END_DECLS
