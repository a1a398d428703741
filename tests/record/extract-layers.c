/* extract-layers [--urgency=N] FILE…: text layers of one document's pages (.gvariant as sohoa_text_layer_to_variant()
 * writes them, or tesseract's .tsv for trials; "-" = a page that failed) → record JSON on stdout. */
#include "sohoa-extract.h"

#include "sohoa-text-layer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static SohoaTextLayer *
layer_from_tsv (const char *text)
{
  g_auto(GStrv) lines = g_strsplit (text, "\n", -1);
  SohoaTextLayer *layer = NULL;
  SohoaLine *line = NULL;
  g_autofree char *last = g_strdup ("");

  for (guint i = 1; lines[i] != NULL; i++) {
    g_auto(GStrv) f = g_strsplit (lines[i], "\t", 12);
    g_autofree char *key = NULL;

    if (g_strv_length (f) < 11)
      continue;
    if (layer == NULL)
      layer = sohoa_text_layer_new (MAX (atoi (f[8]), 1), MAX (atoi (f[9]), 1), atoi (f[8]) * 25.4 / 210);
    if (strcmp (f[0], "5") != 0 || f[11] == NULL)
      continue;
    key = g_strjoin (".", f[1], f[2], f[3], f[4], NULL);
    if (line == NULL || strcmp (key, last) != 0)
      line = sohoa_text_layer_add_line (layer, atoi (f[2]), SOHOA_PLANE_BLACK);
    g_free (last);
    last = g_steal_pointer (&key);
    sohoa_line_add_word (line, f[11], (SohoaBox) { atoi (f[6]), atoi (f[7]), atoi (f[8]), atoi (f[9]) },
                         atof (f[10]) / 100);
  }
  return layer;
}

static SohoaTextLayer *
load (const char *path)
{
  g_autofree char *data = NULL;
  gsize length;
  g_autoptr(GError) error = NULL;

  if (strcmp (path, "-") == 0)
    return NULL;
  if (!g_file_get_contents (path, &data, &length, &error)) {
    g_printerr ("extract-layers: %s\n", error->message);
    exit (3);
  }
  if (g_str_has_suffix (path, ".tsv"))
    return layer_from_tsv (data);
  g_autoptr(GBytes) bytes = g_bytes_new (data, length);
  g_autoptr(GVariant) variant = g_variant_ref_sink (
    g_variant_new_from_bytes (G_VARIANT_TYPE (SOHOA_TEXT_LAYER_TYPE), bytes, FALSE));
  SohoaTextLayer *layer = sohoa_text_layer_from_variant (variant, &error);

  if (layer == NULL) {
    g_printerr ("extract-layers: %s: %s\n", path, error->message);
    exit (3);
  }
  return layer;
}

int
main (int argc, char **argv)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(SohoaLists) lists = sohoa_lists_load (&error);
  g_autoptr(SohoaProfile) profile = lists != NULL ? sohoa_profile_load (NULL, &error) : NULL;
  g_autoptr(GPtrArray) layers = g_ptr_array_new_with_free_func ((GDestroyNotify) sohoa_text_layer_free);
  g_autoptr(SohoaRecord) record = sohoa_record_new ();
  g_autofree char *json = NULL;
  guint urgency = 0;

  if (profile == NULL) {
    g_printerr ("extract-layers: %s\n", error->message);
    return 1;
  }
  for (int i = 1; i < argc; i++) {
    if (g_str_has_prefix (argv[i], "--urgency=")) {
      urgency = (guint) atoi (argv[i] + strlen ("--urgency="));
      continue;
    }
    g_ptr_array_add (layers, load (argv[i]));
    (void) sohoa_record_add_page (record);
  }
  sohoa_extract_fields (layers, record, &(SohoaExtractOptions) { .lists = lists, .profile = profile, .urgency = urgency });
  json = sohoa_record_to_json (record, TRUE);
  puts (json);
  return 0;
}
