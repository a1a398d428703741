/* Kiểm tra: what waits · the page · its fields · Xác nhận. */
#pragma once

#include "sohoa-document-model.h"
#include "sohoa-list-model.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define SOHOA_TYPE_CHECK_VIEW (sohoa_check_view_get_type ())
G_DECLARE_FINAL_TYPE (SohoaCheckView, sohoa_check_view, SOHOA, CHECK_VIEW, GtkWidget)

/* Signal: "message" (text). */
GtkWidget *sohoa_check_view_new (SohoaDeskBus *bus, SohoaListModel *list);
void sohoa_check_view_open (SohoaCheckView *self, const char *id);
const char *sohoa_check_view_peek_id (SohoaCheckView *self);
SohoaDocumentModel *sohoa_check_view_peek_model (SohoaCheckView *self); /* borrowed */
/* Keys of the window. */
void sohoa_check_view_confirm (SohoaCheckView *self);
void sohoa_check_view_next_doubt (SohoaCheckView *self, gboolean back);
void sohoa_check_view_turn_page (SohoaCheckView *self, int by);
void sohoa_check_view_turn_document (SohoaCheckView *self, int by);
void sohoa_check_view_zoom (SohoaCheckView *self, double factor);

G_END_DECLS
