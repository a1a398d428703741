/* Pictures of pages: from the daemon's sealed memory file to a texture, with a small store of what was shown lately. */
#pragma once

#include "sohoa-desk-bus.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* @box: (nullable) fractions of the upright page, NULL = all. @size: longest side, px. */
void sohoa_picture_load (SohoaDeskBus *bus, const char *id, guint revision, guint page, const double box[4], guint size,
                         GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
/* (transfer full) */
GdkTexture *sohoa_picture_load_finish (GAsyncResult *result, GError **error);

/* Loads into @picture and keeps out answers that come after the next call or the widget's end. */
void sohoa_picture_fill (GtkPicture *picture, SohoaDeskBus *bus, const char *id, guint revision, guint page, const double box[4],
                         guint size);

/* Name for screen readers; icon buttons get a tooltip as well. */
void sohoa_name_widget (GtkWidget *widget, const char *name);
GtkWidget *sohoa_icon_button (const char *icon, const char *name);
GtkWidget *sohoa_label (const char *text, const char *style, float xalign);

G_END_DECLS
