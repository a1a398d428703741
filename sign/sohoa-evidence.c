#include "sohoa-evidence.h"

#include "sohoa-errors.h"

SohoaEvidence *
sohoa_evidence_new (void)
{
  SohoaEvidence *self = g_new0 (SohoaEvidence, 1);

  self->certs = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  self->ocsps = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  self->crls = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  return self;
}

void
sohoa_evidence_free (SohoaEvidence *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->certs);
  g_ptr_array_unref (self->ocsps);
  g_ptr_array_unref (self->crls);
  g_free (self);
}

gboolean
sohoa_evidence_add (GPtrArray *kind, GBytes *der)
{
  if (der == NULL || g_bytes_get_size (der) == 0 || g_bytes_get_size (der) > SOHOA_EVIDENCE_MAX_ITEM_BYTES)
    return FALSE;
  for (guint i = 0; i < kind->len; i++)
    if (g_bytes_equal (kind->pdata[i], der))
      return TRUE;
  if (kind->len >= SOHOA_EVIDENCE_MAX_ITEMS)
    return FALSE;
  g_ptr_array_add (kind, g_bytes_ref (der));
  return TRUE;
}

static void
merge_kind (GPtrArray *into, const GPtrArray *from)
{
  for (guint i = 0; i < from->len; i++)
    (void) sohoa_evidence_add (into, from->pdata[i]);
}

void
sohoa_evidence_merge (SohoaEvidence *self, const SohoaEvidence *other)
{
  merge_kind (self->certs, other->certs);
  merge_kind (self->ocsps, other->ocsps);
  merge_kind (self->crls, other->crls);
}

gboolean
sohoa_evidence_is_empty (const SohoaEvidence *self)
{
  return self->certs->len == 0 && self->ocsps->len == 0 && self->crls->len == 0;
}

static GVariant *
kind_to_variant (const GPtrArray *kind)
{
  GVariantBuilder list;

  g_variant_builder_init (&list, G_VARIANT_TYPE ("aay"));
  for (guint i = 0; i < kind->len; i++)
    g_variant_builder_add_value (&list, g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, kind->pdata[i], TRUE));
  return g_variant_builder_end (&list);
}

GVariant *
sohoa_evidence_to_variant (const SohoaEvidence *self)
{
  return g_variant_new ("(@aay@aay@aay)", kind_to_variant (self->certs), kind_to_variant (self->ocsps),
                        kind_to_variant (self->crls));
}

static gboolean
take_kind (GPtrArray *kind, GVariant *value, guint index)
{
  g_autoptr (GVariant) list = g_variant_get_child_value (value, index);
  gsize n = g_variant_n_children (list);

  if (n > SOHOA_EVIDENCE_MAX_ITEMS)
    return FALSE;
  for (gsize i = 0; i < n; i++) {
    g_autoptr (GVariant) item = g_variant_get_child_value (list, i);
    g_autoptr (GBytes) der = g_variant_get_data_as_bytes (item);

    if (!sohoa_evidence_add (kind, der))
      return FALSE;
  }
  return TRUE;
}

SohoaEvidence *
sohoa_evidence_from_variant (GVariant *value, GError **error)
{
  g_autoptr (SohoaEvidence) self = sohoa_evidence_new ();

  if (value != NULL && g_variant_is_of_type (value, G_VARIANT_TYPE (SOHOA_EVIDENCE_TYPE))
      && g_variant_get_size (value) <= SOHOA_EVIDENCE_MAX_BYTES && take_kind (self->certs, value, 0)
      && take_kind (self->ocsps, value, 1) && take_kind (self->crls, value, 2))
    return g_steal_pointer (&self);
  g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT,
               "evidence: of another type or too large: the file's DSS is not usable");
  return NULL;
}
