/* The bus objects of the daemon. A call goes: read arguments, authorise, hand over; each in its own thread of a pool,
 * so that a slow one stops nobody. Changes of the store become the signal Changed, in order. */
#pragma once

#include "sohoa-batches.h"
#include "sohoa-queue.h"
#include "sohoa-reception.h"

G_BEGIN_DECLS

#define SOHOA_BUS_NAME "vn.sohoa.Desk1"
#define SOHOA_BUS_PATH "/vn/sohoa/Desk1"

typedef struct _SohoaBusService SohoaBusService;

/* Everything is borrowed and outlives the service. */
SohoaBusService *sohoa_bus_service_new (GDBusConnection *connection, SohoaDesk *desk, SohoaQueue *queue,
                                        SohoaReception *reception, SohoaBatches *batches, GError **error);
/* Waits for calls under way. */
void             sohoa_bus_service_free (SohoaBusService *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaBusService, sohoa_bus_service_free)
void             sohoa_bus_service_changed (SohoaBusService *self); /* main thread: something changed */

G_END_DECLS
