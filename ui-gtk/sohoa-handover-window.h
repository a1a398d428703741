/* Entering a document into the receiver's own web page ("assisted" targets): its values in the order of that page's form, the
 * next one copied with one key; then số đến typed back, or why it was refused. */
#pragma once

#include "sohoa-list-model.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* @row: delivered and assisted. The window is modal and ends itself. */
void sohoa_handover_window_show (GtkWindow *parent, SohoaDeskBus *bus, SohoaRowItem *row);

G_END_DECLS
