/* Asks receivers what became of the delivered documents (statuses 02, 03, 15) and moves them. One thread;
 * asking again backs off from a second to ten minutes. */
#pragma once

#include "sohoa-desk.h"

G_BEGIN_DECLS

typedef struct _SohoaPoller SohoaPoller;

SohoaPoller *sohoa_poller_new (SohoaDesk *desk);
void         sohoa_poller_free (SohoaPoller *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaPoller, sohoa_poller_free)
void         sohoa_poller_wake (SohoaPoller *self); /* any thread */

/* A recall that waits for its answer is kept in the store's meta under this prefix + id. */
#define SOHOA_RECALL_META_PREFIX "recall:"

G_END_DECLS
