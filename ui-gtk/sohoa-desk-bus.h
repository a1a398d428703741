/* The desk's one line to the daemon: calls and signals of vn.sohoa.Desk1, without a display. Everything the desk shows comes
 * through here; it keeps no document itself. */
#pragma once

#include <gio/gio.h>
#include <gio/gunixfdlist.h>

G_BEGIN_DECLS

#define SOHOA_TYPE_DESK_BUS (sohoa_desk_bus_get_type ())
G_DECLARE_FINAL_TYPE (SohoaDeskBus, sohoa_desk_bus, SOHOA, DESK_BUS, GObject)

/* Signals: "document-changed" (id, revision, state), "batch-changed" (batch, page, state), "online-changed". */
SohoaDeskBus *sohoa_desk_bus_new (GDBusConnection *connection);

/* The bus the daemon is on: the session's with SOHOA_BUS=session, else the system's. (transfer full), NULL on error. */
GDBusConnection *sohoa_desk_bus_connect (GError **error);

gboolean sohoa_desk_bus_is_online (SohoaDeskBus *self); /* the daemon owns its name */

/* @method: "Documents.List". @args is consumed when floating. @fds: (nullable). @callback may be NULL. */
void sohoa_desk_bus_call (SohoaDeskBus *self, const char *method, GVariant *args, const char *reply, GUnixFDList *fds,
                          GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
/* (transfer full) the answer; errors are the daemon's own (lib/sohoa-errors.h), their text without the bus' prefix. */
GVariant *sohoa_desk_bus_call_finish (GAsyncResult *result, GUnixFDList **fds_out, GError **error);

/* A new idempotency token. g_free. */
char *sohoa_desk_bus_token (void);

/* Members of a{sv}: borrowed text, "" when missing; numbers 0. */
const char *sohoa_variant_text (GVariant *dict, const char *key);
guint       sohoa_variant_number (GVariant *dict, const char *key);
gboolean    sohoa_variant_flag (GVariant *dict, const char *key);

G_END_DECLS
