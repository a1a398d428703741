/* The fields in the paper's order, with what each reading is worth; the four that decide stand large beside their picture. */
#pragma once

#include "sohoa-document-model.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define SOHOA_TYPE_FIELDS_VIEW (sohoa_fields_view_get_type ())
G_DECLARE_FINAL_TYPE (SohoaFieldsView, sohoa_fields_view, SOHOA, FIELDS_VIEW, GtkWidget)

/* Signals: "field-focused" (SohoaFieldItem), "message" (text). */
GtkWidget *sohoa_fields_view_new (SohoaDeskBus *bus, SohoaDocumentModel *model);
void sohoa_fields_view_focus (SohoaFieldsView *self, const char *key);
/* F8 and Shift+F8. FALSE: no doubt is left. */
gboolean sohoa_fields_view_next_doubt (SohoaFieldsView *self, gboolean back);
/* What is being typed counts: called before Xác nhận. FALSE: it is not a value. */
gboolean sohoa_fields_view_commit (SohoaFieldsView *self);

G_END_DECLS
