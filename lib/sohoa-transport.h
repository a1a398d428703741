/* What every program of ours asks of TLS. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* From here on this process speaks TLS 1.2 and 1.3 only, as server and as client (RFC 8996: 1.0 and 1.1 must not be used).
 * Called at the start of main, before any thread and before the first use of TLS; what the environment says is overruled. */
void sohoa_transport_init (void);

G_END_DECLS
