/* Quét: scanner, profile, the stack's pages as they arrive, what the machine wants of a person, and the hold of the gate. */
#pragma once

#include "sohoa-batch-model.h"
#include "sohoa-list-model.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define SOHOA_TYPE_SCAN_VIEW (sohoa_scan_view_get_type ())
G_DECLARE_FINAL_TYPE (SohoaScanView, sohoa_scan_view, SOHOA, SCAN_VIEW, GtkWidget)

/* Signal: "message" (text). */
GtkWidget *sohoa_scan_view_new (SohoaDeskBus *bus, SohoaBatchModel *batch, SohoaListModel *list);
/* F5: begins, or goes on with what waits. Says by itself that the stack holds no secret paper: the key is the answer. */
void sohoa_scan_view_scan (SohoaScanView *self);
void sohoa_scan_view_stop (SohoaScanView *self);
void sohoa_scan_view_choose_profile (SohoaScanView *self, guint n); /* from 1 */
/* The names of the two choices, for the status line; "" when there is none. Borrowed. */
const char *sohoa_scan_view_peek_device (SohoaScanView *self);

G_END_DECLS
