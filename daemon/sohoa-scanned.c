#include "sohoa-scanned.h"

#include "sohoa-file.h"

#include <string.h>

#define NOTE_FILE "scanned"
#define CLEARANCE_FILE "clearance" /* as the gate's step writes it */
#define NOTE_TYPE "(ssasasas)"
#define NOTE_MAX_BYTES (4u * 1024 * 1024)

SohoaScanned *
sohoa_scanned_new (void)
{
  SohoaScanned *self = g_new0 (SohoaScanned, 1);

  self->names = g_ptr_array_new_with_free_func (g_free);
  self->digests = g_ptr_array_new_with_free_func (g_free);
  self->set = g_ptr_array_new_with_free_func (g_free);
  return self;
}

void
sohoa_scanned_free (SohoaScanned *self)
{
  if (self == NULL)
    return;
  g_free (self->profile);
  g_free (self->note);
  g_ptr_array_unref (self->names);
  g_ptr_array_unref (self->digests);
  g_ptr_array_unref (self->set);
  g_free (self);
}

static GVariant *
strings (const GPtrArray *array)
{
  return g_variant_new_strv ((const char *const *) array->pdata, array->len);
}

gboolean
sohoa_scanned_write (const SohoaScanned *self, const SohoaClearance *clearance, const char *folder, GError **error)
{
  g_autofree char *note_path = g_build_filename (folder, NOTE_FILE, NULL);
  g_autofree char *clearance_path = g_build_filename (folder, CLEARANCE_FILE, NULL);
  g_autofree char *text = sohoa_clearance_to_text (clearance);
  g_autoptr(GVariant) note = g_variant_ref_sink (
    g_variant_new ("(ss@as@as@as)", self->profile, self->note, strings (self->names), strings (self->digests), strings (self->set)));

  return sohoa_file_write (clearance_path, text, (gssize) strlen (text), 0600, error)
         && sohoa_file_write (note_path, g_variant_get_data (note), (gssize) g_variant_get_size (note), 0600, error);
}

static void
take_strings (GVariantIter *iter, GPtrArray *out)
{
  char *text;

  while (g_variant_iter_next (iter, "s", &text))
    g_ptr_array_add (out, text);
}

SohoaScanned *
sohoa_scanned_read (const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, NOTE_FILE, NULL);
  g_autoptr(SohoaScanned) self = NULL;
  g_autoptr(GVariant) note = NULL;
  g_autoptr(GVariantIter) names = NULL;
  g_autoptr(GVariantIter) digests = NULL;
  g_autoptr(GVariantIter) set = NULL;
  g_autoptr(GBytes) bytes = NULL;

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return NULL;
  bytes = sohoa_file_read (path, NOTE_MAX_BYTES, error);
  if (bytes == NULL)
    return NULL;
  note = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE (NOTE_TYPE), bytes, FALSE));
  self = sohoa_scanned_new ();
  g_variant_get (note, NOTE_TYPE, &self->profile, &self->note, &names, &digests, &set);
  take_strings (names, self->names);
  take_strings (digests, self->digests);
  take_strings (set, self->set);
  if (g_variant_is_normal_form (note) && self->names->len > 0 && self->names->len == self->digests->len)
    return g_steal_pointer (&self);
  g_set_error (error, SOHOA_STORE_ERROR, SOHOA_STORE_ERROR_CORRUPT, "%s: cannot be read: restore the spool", path);
  return NULL;
}
