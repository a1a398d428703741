/* One page with the places its fields were read from: each place is a real button, so that keyboard and screen reader reach it. */
#pragma once

#include "sohoa-document-model.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define SOHOA_TYPE_PAGE_VIEW (sohoa_page_view_get_type ())
G_DECLARE_FINAL_TYPE (SohoaPageView, sohoa_page_view, SOHOA, PAGE_VIEW, GtkWidget)

/* Signal: "field-chosen" (key): a place on the page was pressed. */
GtkWidget *sohoa_page_view_new (SohoaDeskBus *bus, SohoaDocumentModel *model);
void  sohoa_page_view_show_page (SohoaPageView *self, guint page); /* from 1 */
guint sohoa_page_view_get_page (SohoaPageView *self);
/* Turns to the field's page, frames its place and brings it into sight. */
void  sohoa_page_view_show_field (SohoaPageView *self, SohoaFieldItem *item);
void  sohoa_page_view_zoom (SohoaPageView *self, double factor); /* 0 = fit the width */

G_END_DECLS
