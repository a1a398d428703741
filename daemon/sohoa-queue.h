/* The queue: step threads that claim documents from the store, and the heartbeat that keeps their leases.
 * What an error means is decided by its class alone: RETRY comes again with back-off, OPERATOR waits visibly
 * and comes again slowly, FINAL and BUG end in failed. */
#pragma once

#include "sohoa-desk.h"

G_BEGIN_DECLS

typedef struct _SohoaQueue SohoaQueue;

/* Starts @n_threads (0 = one per core). @desk outlives the queue. */
SohoaQueue *sohoa_queue_new (SohoaDesk *desk, guint n_threads);
/* Stops claiming, cancels what is under way, gives it back, joins the threads. */
void        sohoa_queue_free (SohoaQueue *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaQueue, sohoa_queue_free)

void  sohoa_queue_wake (gpointer self); /* any thread */
guint sohoa_queue_count_working (SohoaQueue *self);

G_END_DECLS
