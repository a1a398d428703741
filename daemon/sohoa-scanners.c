#include "sohoa-scanners.h"

#include "sohoa-errors.h"
#include "sohoa-scan-devices.h"

struct _SohoaScanners {
  GMainContext    *context;    /* (unowned) */
  char            *state_file; /* (owned) */
  char           **addresses;  /* (owned) (nullable) */
  SohoaScanLookup *lookup;     /* (owned) (nullable) context's thread only */
  GMutex           lock;       /* of what follows */
  GPtrArray       *devices;    /* (owned) (element-type SohoaScanDevice) */
  GPtrArray       *troubles;   /* (owned) (element-type utf8) backend, why, backend, why … */
  gboolean         looking, looked;
};

SohoaScanners *
sohoa_scanners_new (GMainContext *context, const char *state_file, const char *const *addresses)
{
  SohoaScanners *self = g_new0 (SohoaScanners, 1);

  self->context = context;
  self->state_file = g_strdup (state_file);
  self->addresses = g_strdupv ((char **) addresses);
  self->devices = g_ptr_array_new_with_free_func ((GDestroyNotify) sohoa_scan_device_free);
  self->troubles = g_ptr_array_new_with_free_func (g_free);
  g_mutex_init (&self->lock);
  return self;
}

void
sohoa_scanners_free (SohoaScanners *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->devices);
  g_ptr_array_unref (self->troubles);
  g_mutex_clear (&self->lock);
  g_strfreev (self->addresses);
  g_free (self->state_file);
  g_free (self);
}

static void
on_found (SohoaScanLookup *lookup, SohoaScanDevice *device, gpointer data)
{
  SohoaScanners *self = data;

  g_mutex_lock (&self->lock);
  g_ptr_array_add (self->devices, device);
  g_mutex_unlock (&self->lock);
}

static void
on_trouble (SohoaScanLookup *lookup, const char *backend, const GError *error, gpointer data)
{
  SohoaScanners *self = data;

  g_mutex_lock (&self->lock);
  g_ptr_array_add (self->troubles, g_strdup (backend));
  g_ptr_array_add (self->troubles, g_strdup (error->message));
  g_mutex_unlock (&self->lock);
}

static void
on_done (SohoaScanLookup *lookup, gpointer data)
{
  SohoaScanners *self = data;

  g_mutex_lock (&self->lock);
  self->looking = FALSE;
  self->looked = TRUE;
  g_mutex_unlock (&self->lock);
}

static gboolean
start (gpointer data)
{
  static const SohoaScanLookupHandler handler = { .found = on_found, .trouble = on_trouble, .done = on_done };
  SohoaScanners *self = data;
  SohoaScanLookupRequest request = { .state_file = self->state_file, .addresses = (const char *const *) self->addresses };

  g_clear_pointer (&self->lookup, sohoa_scan_lookup_free); /* of the search before */
  self->lookup = sohoa_scan_lookup_start (&request, &handler, self);
  return G_SOURCE_REMOVE;
}

void
sohoa_scanners_stop (SohoaScanners *self)
{
  g_clear_pointer (&self->lookup, sohoa_scan_lookup_free);
}

GVariant *
sohoa_scanners_look (SohoaScanners *self, gboolean again)
{
  GVariantBuilder devices, troubles;
  gboolean begin;
  GVariant *answer;

  g_mutex_lock (&self->lock);
  begin = !self->looking && (again || !self->looked);
  if (begin) {
    g_ptr_array_set_size (self->devices, 0);
    g_ptr_array_set_size (self->troubles, 0);
    self->looking = TRUE;
  }
  g_variant_builder_init (&devices, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < self->devices->len; i++) {
    const SohoaScanDevice *device = g_ptr_array_index (self->devices, i);
    GVariantDict d;

    g_variant_dict_init (&d, NULL);
    g_variant_dict_insert (&d, "name", "s", device->name);
    g_variant_dict_insert (&d, "vendor", "s", device->vendor);
    g_variant_dict_insert (&d, "model", "s", device->model);
    g_variant_dict_insert (&d, "type", "s", device->type);
    g_variant_builder_add_value (&devices, g_variant_dict_end (&d));
  }
  g_variant_builder_init (&troubles, G_VARIANT_TYPE ("a(ss)"));
  for (guint i = 0; i + 1 < self->troubles->len; i += 2)
    g_variant_builder_add (&troubles, "(ss)", g_ptr_array_index (self->troubles, i), g_ptr_array_index (self->troubles, i + 1));
  answer = g_variant_new ("(aa{sv}a(ss)b)", &devices, &troubles, !self->looking);
  g_mutex_unlock (&self->lock);
  if (begin)
    g_main_context_invoke (self->context, start, self);
  return answer;
}
