#include "sohoa-delivery.h"

#include "sohoa-file.h"

#define DELIVERY_TYPE "(sasasas)" /* profile, names, set, said */
#define DELIVERY_MAX_BYTES (4u * 1024 * 1024)

SohoaDelivery *
sohoa_delivery_new (void)
{
  SohoaDelivery *self = g_new0 (SohoaDelivery, 1);

  self->names = g_ptr_array_new_with_free_func (g_free);
  self->set = g_ptr_array_new_with_free_func (g_free);
  self->said = g_ptr_array_new_with_free_func (g_free);
  return self;
}

void
sohoa_delivery_free (SohoaDelivery *self)
{
  if (self == NULL)
    return;
  g_free (self->profile);
  g_ptr_array_unref (self->names);
  g_ptr_array_unref (self->set);
  g_ptr_array_unref (self->said);
  g_free (self);
}

static GVariant *
strings (const GPtrArray *array)
{
  return g_variant_new_strv ((const char *const *) array->pdata, array->len);
}

gboolean
sohoa_delivery_seal (const SohoaDelivery *self, SohoaVault *vault, const char *id, GError **error)
{
  g_autoptr(GVariant) value = g_variant_ref_sink (
    g_variant_new ("(s@as@as@as)", self->profile != NULL ? self->profile : "", strings (self->names), strings (self->set),
                   strings (self->said)));
  SOHOA_AUTO_FD int fd
    = sohoa_memfd_new_sealed ("delivery", g_variant_get_data (value), g_variant_get_size (value), error);

  return fd >= 0 && sohoa_vault_seal (vault, id, 0, fd, error);
}

SohoaDelivery *
sohoa_delivery_open (SohoaVault *vault, const char *id, GError **error)
{
  SOHOA_AUTO_FD int fd = sohoa_vault_open (vault, id, 0, error);
  g_autoptr(GBytes) bytes = fd >= 0 ? sohoa_fd_read_bytes (fd, DELIVERY_MAX_BYTES, error) : NULL;
  g_autoptr(SohoaDelivery) self = NULL;
  g_autoptr(GVariant) value = NULL;
  g_autoptr(GVariantIter) names = NULL;
  g_autoptr(GVariantIter) set = NULL;
  g_autoptr(GVariantIter) said = NULL;
  const char *profile, *text;

  if (bytes == NULL)
    return NULL;
  value = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE (DELIVERY_TYPE), bytes, FALSE));
  self = sohoa_delivery_new ();
  g_variant_get (value, "(&sasasas)", &profile, &names, &set, &said);
  self->profile = profile[0] != '\0' ? g_strdup (profile) : NULL;
  while (g_variant_iter_next (names, "&s", &text))
    g_ptr_array_add (self->names, g_strdup (text));
  while (g_variant_iter_next (set, "&s", &text))
    g_ptr_array_add (self->set, g_strdup (text));
  while (g_variant_iter_next (said, "&s", &text))
    g_ptr_array_add (self->said, g_strdup (text));
  return g_steal_pointer (&self);
}
