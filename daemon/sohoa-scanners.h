/* The scanners of this desk: looked for behind the calls, every backend in a process of its own. Any thread. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _SohoaScanners SohoaScanners;

/* @context: whose thread the answers come on; @addresses: (nullable) scanners known by address; @state_file: remembers
 * slow backends. */
SohoaScanners *sohoa_scanners_new (GMainContext *context, const char *state_file, const char *const *addresses);
/* The thread of the context has ended. */
void           sohoa_scanners_free (SohoaScanners *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaScanners, sohoa_scanners_free)

/* Begins a search when there was none, or when @again and none is under way. (aa{sv}a(ss)b), floating: dbus/. */
GVariant      *sohoa_scanners_look (SohoaScanners *self, gboolean again);
/* On the context's thread: no search goes on. */
void           sohoa_scanners_stop (SohoaScanners *self);

G_END_DECLS
