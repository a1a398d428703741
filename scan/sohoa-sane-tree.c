#include "sohoa-sane-tree.h"

#include "sohoa-sane-quirks.h"
#include "sohoa-scan-protocol.h"

#include "sohoa-errors.h"
#include "sohoa-log.h"

#include <math.h>
#include <string.h>

#define MAX_STRINGS 512u
#define MAX_WORDS 4096
#define MAX_VALUE_BYTES (64 * 1024)
#define SAME 0.01 /* two numbers of an option are one, fixed point has 16 bits behind the point */

static char *
to_text (const char *raw)
{
  return raw != NULL ? g_utf8_make_valid (raw, -1) : g_strdup ("");
}

static void
option_free (gpointer data)
{
  SohoaSaneOption *option = data;

  g_free (option->name);
  g_free (option->title);
  g_strfreev (option->strings);
  if (option->words != NULL)
    g_array_unref (option->words);
  g_free (option);
}

static void
copy_constraint (SohoaSaneOption *option, const SANE_Option_Descriptor *d)
{
  g_autoptr(GStrvBuilder) strings = g_strv_builder_new ();

  switch (d->constraint_type) {
  case SANE_CONSTRAINT_RANGE:
    if (d->constraint.range == NULL)
      return;
    option->range = *d->constraint.range;
    break;
  case SANE_CONSTRAINT_WORD_LIST:
    if (d->constraint.word_list == NULL || d->constraint.word_list[0] < 0 || d->constraint.word_list[0] > MAX_WORDS)
      return;
    option->words = g_array_new (FALSE, FALSE, sizeof (SANE_Word));
    g_array_append_vals (option->words, d->constraint.word_list + 1, (guint) d->constraint.word_list[0]);
    break;
  case SANE_CONSTRAINT_STRING_LIST:
    for (guint i = 0; d->constraint.string_list != NULL && d->constraint.string_list[i] != NULL && i < MAX_STRINGS; i++)
      g_strv_builder_add (strings, d->constraint.string_list[i]);
    option->strings = g_strv_builder_end (strings);
    break;
  case SANE_CONSTRAINT_NONE:
  default:
    return;
  }
  option->constraint = d->constraint_type;
}

static gboolean
load (SohoaSaneTree *self, GError **error)
{
  SohoaSaneDevice *device = self->device;
  const SANE_Option_Descriptor *d = NULL;

  g_ptr_array_set_size (self->options, 0);
  for (SANE_Int i = 1; i < (SANE_Int) SOHOA_SCAN_MAX_OPTIONS; i++) {
    SohoaSaneOption *option;

    SOHOA_SCAN_CALL (device->watch, SOHOA_SCAN_OPTION_TIMEOUT_MS, "sane_get_option_descriptor",
                     d = sane_get_option_descriptor (device->handle, i));
    if (d == NULL)
      return TRUE;
    option = g_new0 (SohoaSaneOption, 1);
    option->index = i;
    option->name = to_text (d->name);
    option->title = to_text (d->title);
    option->type = d->type;
    option->unit = d->unit;
    option->size = d->size;
    option->cap = d->cap;
    if (self->source_lies && g_strv_contains (sohoa_sane_names_of_role ("source"), option->name))
      option->cap &= ~SANE_CAP_INACTIVE;
    copy_constraint (option, d);
    g_ptr_array_add (self->options, option);
  }
  g_set_error (error, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_UNSUPPORTED, "%s: its driver lists options without end", device->device);
  return FALSE;
}

SohoaSaneTree *
sohoa_sane_tree_new (SohoaSaneDevice *device, gboolean source_lies, GError **error)
{
  g_autoptr(SohoaSaneTree) self = g_new0 (SohoaSaneTree, 1);

  self->device = device;
  self->source_lies = source_lies;
  self->options = g_ptr_array_new_with_free_func (option_free);
  return load (self, error) ? g_steal_pointer (&self) : NULL;
}

void
sohoa_sane_tree_free (SohoaSaneTree *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->options);
  g_free (self);
}

const SohoaSaneOption *
sohoa_sane_tree_find (const SohoaSaneTree *self, const char *name)
{
  for (guint i = 0; i < self->options->len; i++) {
    const SohoaSaneOption *option = self->options->pdata[i];

    if (option->type != SANE_TYPE_GROUP && g_str_equal (option->name, name))
      return option;
  }
  return NULL;
}

/* Of several that play a role, an active one. */
const SohoaSaneOption *
sohoa_sane_tree_find_role (const SohoaSaneTree *self, const char *role)
{
  const char *const *names = sohoa_sane_names_of_role (role);
  const SohoaSaneOption *inactive = NULL;

  for (guint i = 0; names[i] != NULL; i++) {
    const SohoaSaneOption *option = sohoa_sane_tree_find (self, names[i]);

    if (option != NULL && sohoa_sane_option_is_active (option))
      return option;
    if (inactive == NULL)
      inactive = option;
  }
  return inactive;
}

gboolean
sohoa_sane_option_is_number (const SohoaSaneOption *o)
{
  return (o->type == SANE_TYPE_INT || o->type == SANE_TYPE_FIXED) && o->size == (SANE_Int) sizeof (SANE_Word);
}

gboolean
sohoa_sane_option_is_active (const SohoaSaneOption *o)
{
  return SANE_OPTION_IS_ACTIVE (o->cap);
}

gboolean
sohoa_sane_option_is_settable (const SohoaSaneOption *o)
{
  return sohoa_sane_option_is_active (o) && SANE_OPTION_IS_SETTABLE (o->cap) && o->type != SANE_TYPE_GROUP
         && (o->type == SANE_TYPE_STRING || o->type == SANE_TYPE_BUTTON || o->size == (SANE_Int) sizeof (SANE_Word));
}

static double
to_double (const SohoaSaneOption *o, SANE_Word word)
{
  return o->type == SANE_TYPE_FIXED ? SANE_UNFIX (word) : word;
}

static SANE_Word
to_word (const SohoaSaneOption *o, double value)
{
  if (o->type == SANE_TYPE_FIXED)
    return (SANE_Word) lround (CLAMP (value, -32768, 32767) * (1 << SANE_FIXED_SCALE_SHIFT));
  return (SANE_Word) lround (CLAMP (value, G_MININT32, G_MAXINT32));
}

static double
bound (const SohoaSaneOption *o, gboolean upper)
{
  double found = NAN;

  if (o->constraint == SANE_CONSTRAINT_RANGE)
    return to_double (o, upper ? o->range.max : o->range.min);
  for (guint i = 0; o->words != NULL && i < o->words->len; i++) {
    double value = to_double (o, g_array_index (o->words, SANE_Word, i));

    if (isnan (found) || (upper ? value > found : value < found))
      found = value;
  }
  return found;
}

double
sohoa_sane_option_min (const SohoaSaneOption *option)
{
  return bound (option, FALSE);
}

double
sohoa_sane_option_max (const SohoaSaneOption *option)
{
  return bound (option, TRUE);
}

/* ---- reading ---- */

/* The value's bytes, with room for a terminator behind them. */
static char *
get_value (SohoaSaneTree *self, const SohoaSaneOption *o, GError **error)
{
  SohoaSaneDevice *device = self->device;
  g_autofree char *value = NULL;
  SANE_Status status;

  if (!sohoa_sane_option_is_active (o) || o->size <= 0 || o->size > MAX_VALUE_BYTES || o->type == SANE_TYPE_BUTTON
      || o->type == SANE_TYPE_GROUP) {
    g_set_error (error, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_OPTION, "option %s: has no value now", o->name);
    return NULL;
  }
  value = g_malloc0 ((gsize) o->size + sizeof (SANE_Word));
  SOHOA_SCAN_CALL (device->watch, SOHOA_SCAN_OPTION_TIMEOUT_MS, "sane_control_option",
                   status = sane_control_option (device->handle, o->index, SANE_ACTION_GET_VALUE, value, NULL));
  if (status != SANE_STATUS_GOOD) {
    (void) sohoa_sane_fail (status, "sane_control_option", device->device, error);
    return NULL;
  }
  return g_steal_pointer (&value);
}

gboolean
sohoa_sane_get_number (SohoaSaneTree *self, const SohoaSaneOption *o, double *out, GError **error)
{
  g_autofree char *value = NULL;
  SANE_Word word;

  *out = 0;
  if (!sohoa_sane_option_is_number (o)) {
    g_set_error (error, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_OPTION, "option %s: is not one number", o->name);
    return FALSE;
  }
  value = get_value (self, o, error);
  if (value == NULL)
    return FALSE;
  memcpy (&word, value, sizeof word);
  *out = to_double (o, word);
  return TRUE;
}

char *
sohoa_sane_get_string (SohoaSaneTree *self, const SohoaSaneOption *o, GError **error)
{
  g_autofree char *value = o->type == SANE_TYPE_STRING ? get_value (self, o, error) : NULL;

  if (o->type != SANE_TYPE_STRING)
    g_set_error (error, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_OPTION, "option %s: is not a text", o->name);
  return value != NULL ? g_strdup (value) : NULL; /* raw: compared with the driver's own list */
}

gboolean
sohoa_sane_get_bool (SohoaSaneTree *self, const SohoaSaneOption *o, gboolean *out, GError **error)
{
  g_autofree char *value = o->type == SANE_TYPE_BOOL ? get_value (self, o, error) : NULL;
  SANE_Word word;

  *out = FALSE;
  if (o->type != SANE_TYPE_BOOL)
    g_set_error (error, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_OPTION, "option %s: is not a switch", o->name);
  if (value == NULL)
    return FALSE;
  memcpy (&word, value, sizeof word);
  *out = word != SANE_FALSE;
  return TRUE;
}

/* ---- setting ---- */

/* @value: at least the option's size. Afterwards @o may be stale; its index is not. */
static gboolean
set_value (SohoaSaneTree *self, const SohoaSaneOption *o, void *value, GError **error)
{
  SohoaSaneDevice *device = self->device;
  g_autofree char *name = g_strdup (o->name);
  SANE_Status status;
  SANE_Int info = 0;

  if (!sohoa_sane_option_is_settable (o)) { /* some drivers crash when it is tried */
    g_set_error (error, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_OPTION, "option %s: cannot be set %s", name,
                 sohoa_sane_option_is_active (o) ? "by software" : "with this source and mode");
    return FALSE;
  }
  SOHOA_SCAN_CALL (device->watch, SOHOA_SCAN_OPTION_TIMEOUT_MS, "sane_control_option",
                   status = sane_control_option (device->handle, o->index, SANE_ACTION_SET_VALUE, value, &info));
  sohoa_debug (SOHOA_DEBUG_SCAN, "set %s: %s%s", name, sane_strstatus (status), info & SANE_INFO_RELOAD_OPTIONS ? ", reload" : "");
  if (status == SANE_STATUS_INVAL || status == SANE_STATUS_UNSUPPORTED) {
    g_set_error (error, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_OPTION, "option %s: the driver refuses this value", name);
    return FALSE;
  }
  if (status != SANE_STATUS_GOOD)
    return sohoa_sane_fail (status, "sane_control_option", device->device, error);
  return (info & SANE_INFO_RELOAD_OPTIONS) == 0 || load (self, error);
}

/* The option again after a set, at its place; the tree may be another one now. */
static const SohoaSaneOption *
again (SohoaSaneTree *self, SANE_Int index)
{
  return index >= 1 && (guint) index <= self->options->len ? self->options->pdata[index - 1] : NULL;
}

static double
quantised (const SohoaSaneOption *o, double value)
{
  double best = NAN;

  if (o->constraint == SANE_CONSTRAINT_RANGE) {
    double min = to_double (o, o->range.min), max = to_double (o, o->range.max), step = to_double (o, o->range.quant);

    value = CLAMP (value, MIN (min, max), MAX (min, max));
    return step > 0 ? MIN (min + round ((value - min) / step) * step, max) : value;
  }
  for (guint i = 0; o->words != NULL && i < o->words->len; i++) {
    double word = to_double (o, g_array_index (o->words, SANE_Word, i));

    if (isnan (best) || fabs (word - value) < fabs (best - value))
      best = word;
  }
  return isnan (best) ? value : best;
}

gboolean
sohoa_sane_set_number (SohoaSaneTree *self, const SohoaSaneOption *o, double value, double *got_out, GError **error)
{
  SANE_Int index = o->index;
  SANE_Word word = to_word (o, quantised (o, value));
  gboolean single = (o->words != NULL && o->words->len == 1) || (o->constraint == SANE_CONSTRAINT_RANGE && o->range.min == o->range.max);
  double got = 0;

  if (!sohoa_sane_option_is_number (o)) {
    g_set_error (error, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_OPTION, "option %s: is not one number", o->name);
    return FALSE;
  }
  if (!single && !set_value (self, o, &word, error))
    return FALSE;
  o = again (self, index);
  if (o == NULL || !sohoa_sane_get_number (self, o, &got, error)) {
    if (error != NULL && *error == NULL)
      g_set_error (error, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_OPTION, "an option is gone after it was set");
    return FALSE;
  }
  if (got_out != NULL)
    *got_out = got;
  return TRUE;
}

static gboolean
refuse_read_back (const char *name, GError **error)
{
  g_set_error (error, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_OPTION, "option %s: the driver took the value and has another one now", name);
  return FALSE;
}

gboolean
sohoa_sane_set_string (SohoaSaneTree *self, const SohoaSaneOption *o, const char *value, GError **error)
{
  SANE_Int index = o->index;
  g_autofree char *name = g_strdup (o->name);
  g_autofree char *wish = g_strdup (value); /* it may lie in the list that is read anew */
  g_autofree char *room = NULL;
  g_autofree char *got = NULL;
  gboolean single = o->strings != NULL && g_strv_length (o->strings) == 1 && g_str_equal (o->strings[0], wish);

  if (o->type != SANE_TYPE_STRING || o->size <= 0 || o->size > MAX_VALUE_BYTES || strlen (wish) >= (gsize) o->size) {
    g_set_error (error, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_OPTION, "option %s: does not take such a text", name);
    return FALSE;
  }
  room = g_malloc0 ((gsize) o->size + 1);
  memcpy (room, wish, strlen (wish));
  if (!single && !set_value (self, o, room, error))
    return FALSE;
  o = again (self, index);
  got = o != NULL ? sohoa_sane_get_string (self, o, NULL) : NULL;
  return got != NULL && g_str_equal (got, wish) ? TRUE : refuse_read_back (name, error);
}

gboolean
sohoa_sane_set_bool (SohoaSaneTree *self, const SohoaSaneOption *o, gboolean value, GError **error)
{
  SANE_Int index = o->index;
  g_autofree char *name = g_strdup (o->name);
  SANE_Word word = value ? SANE_TRUE : SANE_FALSE;
  gboolean got = !value;

  if (o->type != SANE_TYPE_BOOL) {
    g_set_error (error, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_OPTION, "option %s: is not a switch", name);
    return FALSE;
  }
  if (!set_value (self, o, &word, error))
    return FALSE;
  o = again (self, index);
  if (o == NULL || !sohoa_sane_get_bool (self, o, &got, error))
    return FALSE;
  return got == value ? TRUE : refuse_read_back (name, error);
}

static gboolean
set_written (SohoaSaneTree *self, const SohoaSaneOption *o, const char *text, GError **error)
{
  g_autofree char *end_text = NULL;
  char *end = NULL;
  double number, got;
  SANE_Word press = SANE_TRUE;

  switch (o->type) {
  case SANE_TYPE_BOOL:
    if (g_str_equal (text, "yes") || g_str_equal (text, "no"))
      return sohoa_sane_set_bool (self, o, text[0] == 'y', error);
    g_set_error (error, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_OPTION, "option %s: write yes or no", o->name);
    return FALSE;
  case SANE_TYPE_INT:
  case SANE_TYPE_FIXED:
    number = g_ascii_strtod (text, &end);
    if (end == text || *end != '\0' || !isfinite (number) || fabs (quantised (o, number) - number) > SAME) {
      g_set_error (error, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_OPTION, "option %s: %s is not one of its numbers", o->name, text);
      return FALSE;
    }
    end_text = g_strdup (o->name);
    if (!sohoa_sane_set_number (self, o, number, &got, error))
      return FALSE;
    return fabs (got - number) <= SAME ? TRUE : refuse_read_back (end_text, error);
  case SANE_TYPE_STRING:
    if (o->strings != NULL && !g_strv_contains ((const char *const *) o->strings, text)) {
      g_set_error (error, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_OPTION, "option %s: %s is not one of its values", o->name, text);
      return FALSE;
    }
    return sohoa_sane_set_string (self, o, text, error);
  case SANE_TYPE_BUTTON:
    return set_value (self, o, &press, error);
  case SANE_TYPE_GROUP:
    break;
  }
  g_set_error (error, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_OPTION, "option %s: cannot be set", o->name);
  return FALSE;
}

gboolean
sohoa_sane_set_raw (SohoaSaneTree *self, const char *text, GError **error)
{
  g_auto(GStrv) pair = g_strsplit (text, "=", 2);
  const SohoaSaneOption *o = pair[0] != NULL && pair[1] != NULL ? sohoa_sane_tree_find (self, pair[0]) : NULL;

  if (o != NULL && o->name[0] != '\0')
    return set_written (self, o, pair[1], error);
  g_set_error (error, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_OPTION,
               "option %s: this scanner has no such option: see `sohoa devices --options`", text);
  return FALSE;
}
