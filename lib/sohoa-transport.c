#include "sohoa-transport.h"

/* glib-networking would still speak TLS 1.0 and 1.1 and has no other switch than this variable, read once */
#define TLS_PRIORITY "NORMAL:%COMPAT:-VERS-TLS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

void
sohoa_transport_init (void)
{
  (void) g_setenv ("G_TLS_GNUTLS_PRIORITY", TLS_PRIORITY, TRUE);
}
