/* Ghi số lên dấu ĐẾN: the papers in the stack's order, one big number at a time, Enter = next. */
#pragma once

#include "sohoa-list-model.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define SOHOA_TYPE_STAMP_WINDOW (sohoa_stamp_window_get_type ())
G_DECLARE_FINAL_TYPE (SohoaStampWindow, sohoa_stamp_window, SOHOA, STAMP_WINDOW, GtkWindow)

/* @first: (nullable) ids of the stack in work, in its order; else all of @list with a số đến, oldest first. */
void sohoa_stamp_window_show (GtkWindow *parent, SohoaListModel *list, const char *const *first);

G_END_DECLS
