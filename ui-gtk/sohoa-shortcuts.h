/* Every key of the desk in one table: the accelerators and the window that lists them come from it. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

void sohoa_shortcuts_install (GtkApplication *app);
void sohoa_shortcuts_show (GtkWindow *parent);

G_END_DECLS
