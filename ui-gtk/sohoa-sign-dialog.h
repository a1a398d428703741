/* Ký số: what is shown, the PIN once, progress, and what went wrong with what to do. */
#pragma once

#include "sohoa-list-model.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define SOHOA_TYPE_SIGN_DIALOG (sohoa_sign_dialog_get_type ())
G_DECLARE_FINAL_TYPE (SohoaSignDialog, sohoa_sign_dialog, SOHOA, SIGN_DIALOG, GtkWindow)

/* For everything in @list that waits for a signature. */
void sohoa_sign_dialog_show (GtkWindow *parent, SohoaDeskBus *bus, SohoaListModel *list);

G_END_DECLS
