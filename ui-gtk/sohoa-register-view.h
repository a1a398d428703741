/* Sổ văn bản đến: ten columns, search, export, print. */
#pragma once

#include "sohoa-register-model.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define SOHOA_TYPE_REGISTER_VIEW (sohoa_register_view_get_type ())
G_DECLARE_FINAL_TYPE (SohoaRegisterView, sohoa_register_view, SOHOA, REGISTER_VIEW, GtkWidget)

/* Signals: "message" (text). */
GtkWidget *sohoa_register_view_new (SohoaDeskBus *bus);
void sohoa_register_view_refresh (SohoaRegisterView *self);
void sohoa_register_view_search (SohoaRegisterView *self); /* puts the cursor into the search */
void sohoa_register_view_print (SohoaRegisterView *self);

G_END_DECLS
