/* Đang xử lý: what is where, since when, and what a person can do about it. */
#pragma once

#include "sohoa-list-model.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define SOHOA_TYPE_QUEUE_VIEW (sohoa_queue_view_get_type ())
G_DECLARE_FINAL_TYPE (SohoaQueueView, sohoa_queue_view, SOHOA, QUEUE_VIEW, GtkWidget)

/* Signals: "message" (text), "open" (id): look at the document. */
GtkWidget *sohoa_queue_view_new (SohoaDeskBus *bus, SohoaListModel *list);
void sohoa_queue_view_search (SohoaQueueView *self); /* puts the cursor into the search */

G_END_DECLS
