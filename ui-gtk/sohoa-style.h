/* The desk's look beside libadwaita's: colours only through named colours, so that dark and high contrast follow. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

void sohoa_style_load (GdkDisplay *display);

G_END_DECLS
