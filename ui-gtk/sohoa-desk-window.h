/* The desk's one window: Quét · Kiểm tra · Đang xử lý · Sổ văn bản đến, and the line that says how things stand. */
#pragma once

#include "sohoa-desk-bus.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define SOHOA_TYPE_DESK_WINDOW (sohoa_desk_window_get_type ())
G_DECLARE_FINAL_TYPE (SohoaDeskWindow, sohoa_desk_window, SOHOA, DESK_WINDOW, AdwApplicationWindow)

GtkWidget *sohoa_desk_window_new (GtkApplication *app, SohoaDeskBus *bus);

G_END_DECLS
