/* The raw option tree as values for people and programs. */
#include "sohoa-sane-tree.h"

#include <math.h>
#include <string.h>

static const char *
type_word (SANE_Value_Type type)
{
  static const char *const words[] = { "switch", "int", "fixed", "text", "button", "group" };

  return (guint) type < G_N_ELEMENTS (words) ? words[type] : "unknown";
}

static const char *
unit_word (SANE_Unit unit)
{
  static const char *const words[] = { "", "px", "bit", "mm", "dpi", "%", "us" };

  return (guint) unit < G_N_ELEMENTS (words) ? words[unit] : "";
}

static char *
number_text (double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  return g_strdup (g_ascii_formatd (text, sizeof text, "%.6g", value));
}

static char *
value_text (SohoaSaneTree *self, const SohoaSaneOption *o)
{
  double number;
  gboolean on;

  if (sohoa_sane_option_is_number (o))
    return sohoa_sane_get_number (self, o, &number, NULL) ? number_text (number) : g_strdup ("");
  if (o->type == SANE_TYPE_BOOL)
    return g_strdup (!sohoa_sane_get_bool (self, o, &on, NULL) ? "" : on ? "yes" : "no");
  if (o->type == SANE_TYPE_STRING) {
    g_autofree char *raw = sohoa_sane_get_string (self, o, NULL);

    return raw != NULL ? g_utf8_make_valid (raw, -1) : g_strdup ("");
  }
  return g_strdup ("");
}

static char **
choices (const SohoaSaneOption *o)
{
  g_autoptr(GStrvBuilder) all = g_strv_builder_new ();

  for (guint i = 0; o->strings != NULL && o->strings[i] != NULL; i++) {
    g_autofree char *text = g_utf8_make_valid (o->strings[i], -1);

    g_strv_builder_add (all, text);
  }
  for (guint i = 0; o->words != NULL && i < o->words->len; i++) {
    SANE_Word word = g_array_index (o->words, SANE_Word, i);
    g_autofree char *text = number_text (o->type == SANE_TYPE_FIXED ? SANE_UNFIX (word) : word);

    g_strv_builder_add (all, text);
  }
  return g_strv_builder_end (all);
}

static GVariant *
describe (SohoaSaneTree *self, const SohoaSaneOption *o)
{
  g_auto(GStrv) words = choices (o);
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "name", "s", o->name);
  g_variant_dict_insert (&dict, "title", "s", o->title);
  g_variant_dict_insert (&dict, "type", "s", type_word (o->type));
  g_variant_dict_insert (&dict, "unit", "s", unit_word (o->unit));
  g_variant_dict_insert_value (&dict, "value", g_variant_new_take_string (value_text (self, o)));
  g_variant_dict_insert (&dict, "active", "b", sohoa_sane_option_is_active (o));
  g_variant_dict_insert (&dict, "settable", "b", sohoa_sane_option_is_settable (o));
  g_variant_dict_insert (&dict, "choices", "^as", words);
  if (o->constraint == SANE_CONSTRAINT_RANGE)
    g_variant_dict_insert (&dict, "range", "(ddd)", sohoa_sane_option_min (o), sohoa_sane_option_max (o),
                           o->type == SANE_TYPE_FIXED ? SANE_UNFIX (o->range.quant) : (double) o->range.quant);
  return g_variant_dict_end (&dict);
}

GVariant *
sohoa_sane_tree_to_variant (SohoaSaneTree *self)
{
  GVariantBuilder list;

  g_variant_builder_init (&list, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < self->options->len; i++) {
    const SohoaSaneOption *o = self->options->pdata[i];

    if (o->type != SANE_TYPE_GROUP && o->name[0] != '\0')
      g_variant_builder_add_value (&list, describe (self, o));
  }
  return g_variant_builder_end (&list);
}
