/* A SANE backend that plays recorded option trees: every NAME.tree in the folder of dll.conf is the device
 * replay:NAME. Tells on stderr what it is asked to do, and aborts when a frontend does what crashes real drivers
 * (sets an inactive or read-only option). For tests; never installed.
 *
 *   [device]    vendor, model, sheets, sides (pictures a sheet gives), lines (−1 = not announced), short (lines missing),
 *               passes (3), inverted (1-bit pictures)
 *   [NAME]      one section per option, in order: type = switch|int|fixed|text|button, unit = mm|px|dpi, value,
 *               list (a;b;c), range (min;max;step), active-when (option:value,value), read-only, refuse (values that
 *               give INVAL), lies (takes a value and keeps the old one), inval-single (a set of the only value is INVAL),
 *               hidden-inactive (says inactive but can be set) */
#include <glib.h>
#include <sane/sane.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_OPTIONS 64
#define TEXT_BYTES 96

typedef struct {
  SANE_Option_Descriptor d;
  char     name[64];
  char     text[TEXT_BYTES];
  SANE_Word word;
  SANE_Range range;
  char   **list;
  SANE_Word *words;
  char    *when, *refuse;
  gboolean lies, inval_single, hidden_inactive;
} Option;

static GKeyFile *tree;
static Option options[MAX_OPTIONS];
static int    n_options;
static int    image, plane;
static SANE_Parameters frame;
static int    line;
static gboolean cancelled;
static char   device_name[64];

static char *
folder (void)
{
  g_auto(GStrv) paths = g_strsplit (g_getenv ("SANE_CONFIG_DIR"), ":", -1);

  for (int i = 0; paths[i] != NULL; i++) {
    g_autofree char *mark = g_build_filename (paths[i], "replay.conf", NULL);

    if (g_file_test (mark, G_FILE_TEST_EXISTS))
      return g_strdup (paths[i]);
  }
  return g_strdup (".");
}

static SANE_Word
word_from (SANE_Value_Type type, const char *text)
{
  return type == SANE_TYPE_FIXED ? SANE_FIX (g_ascii_strtod (text, NULL)) : (SANE_Word) g_ascii_strtoll (text, NULL, 10);
}

static Option *
find (const char *name)
{
  for (int i = 0; i < n_options; i++)
    if (strcmp (options[i].name, name) == 0)
      return &options[i];
  return NULL;
}

static double
number_of (const char *name, double fallback)
{
  const Option *o = find (name);

  return o == NULL ? fallback : o->d.type == SANE_TYPE_FIXED ? SANE_UNFIX (o->word) : o->word;
}

static gboolean
is_active (const Option *o)
{
  g_auto(GStrv) pair = o->when != NULL ? g_strsplit (o->when, ":", 2) : NULL;
  g_auto(GStrv) values = pair != NULL ? g_strsplit (pair[1], ",", -1) : NULL;
  const Option *other = pair != NULL ? find (pair[0]) : NULL;

  return other == NULL || g_strv_contains ((const char *const *) values, other->text);
}

static void
load_constraint (Option *o, const char *section)
{
  g_auto(GStrv) range = g_key_file_get_string_list (tree, section, "range", NULL, NULL);
  gsize n = 0;

  if (range != NULL) {
    o->range = (SANE_Range) { word_from (o->d.type, range[0]), word_from (o->d.type, range[1]), word_from (o->d.type, range[2]) };
    o->d.constraint_type = SANE_CONSTRAINT_RANGE;
    o->d.constraint.range = &o->range;
    return;
  }
  o->list = g_key_file_get_string_list (tree, section, "list", &n, NULL);
  if (o->list == NULL)
    return;
  if (o->d.type == SANE_TYPE_STRING) {
    o->d.constraint_type = SANE_CONSTRAINT_STRING_LIST;
    o->d.constraint.string_list = (const SANE_String_Const *) o->list;
    return;
  }
  o->words = g_new0 (SANE_Word, n + 1);
  o->words[0] = (SANE_Word) n;
  for (gsize i = 0; i < n; i++)
    o->words[i + 1] = word_from (o->d.type, o->list[i]);
  o->d.constraint_type = SANE_CONSTRAINT_WORD_LIST;
  o->d.constraint.word_list = o->words;
}

static void
load_option (const char *section)
{
  static const char *const types[] = { "switch", "int", "fixed", "text", "button", NULL };
  static const struct { const char *word; SANE_Unit unit; } units[] = { { "mm", SANE_UNIT_MM }, { "px", SANE_UNIT_PIXEL }, { "dpi", SANE_UNIT_DPI } };
  Option *o = &options[n_options++];
  g_autofree char *type = g_key_file_get_string (tree, section, "type", NULL);
  g_autofree char *unit = g_key_file_get_string (tree, section, "unit", NULL);
  g_autofree char *value = g_key_file_get_string (tree, section, "value", NULL);

  memset (o, 0, sizeof *o);
  g_strlcpy (o->name, section, sizeof o->name);
  for (int i = 0; types[i] != NULL; i++)
    if (g_strcmp0 (types[i], type) == 0)
      o->d.type = (SANE_Value_Type) i;
  for (gsize i = 0; i < G_N_ELEMENTS (units); i++)
    if (g_strcmp0 (units[i].word, unit) == 0)
      o->d.unit = units[i].unit;
  o->d.name = o->d.title = o->name;
  o->d.desc = "";
  o->d.size = o->d.type == SANE_TYPE_STRING ? TEXT_BYTES : o->d.type == SANE_TYPE_BUTTON ? 0 : (SANE_Int) sizeof (SANE_Word);
  o->d.cap = SANE_CAP_SOFT_DETECT | (g_key_file_get_boolean (tree, section, "read-only", NULL) ? 0 : SANE_CAP_SOFT_SELECT);
  if (o->d.type == SANE_TYPE_STRING)
    g_strlcpy (o->text, value != NULL ? value : "", sizeof o->text);
  else if (o->d.type == SANE_TYPE_BOOL)
    o->word = g_strcmp0 (value, "yes") == 0;
  else if (value != NULL)
    o->word = word_from (o->d.type, value);
  o->when = g_key_file_get_string (tree, section, "active-when", NULL);
  o->refuse = g_key_file_get_string (tree, section, "refuse", NULL);
  o->lies = g_key_file_get_boolean (tree, section, "lies", NULL);
  o->inval_single = g_key_file_get_boolean (tree, section, "inval-single", NULL);
  o->hidden_inactive = g_key_file_get_boolean (tree, section, "hidden-inactive", NULL);
  load_constraint (o, section);
}

SANE_Status
sane_replay_init (SANE_Int *version, SANE_Auth_Callback authorize)
{
  (void) authorize;
  *version = SANE_VERSION_CODE (1, 0, 0);
  return SANE_STATUS_GOOD;
}

void
sane_replay_exit (void)
{
}

SANE_Status
sane_replay_get_devices (const SANE_Device ***list, SANE_Bool local)
{
  static const SANE_Device *none[] = { NULL };

  (void) local;
  *list = none;
  return SANE_STATUS_GOOD;
}

SANE_Status
sane_replay_open (SANE_String_Const name, SANE_Handle *handle)
{
  g_autofree char *where = folder ();
  g_autofree char *file = g_strconcat (name, ".tree", NULL);
  g_autofree char *path = g_build_filename (where, file, NULL);
  g_auto(GStrv) sections = NULL;

  tree = g_key_file_new ();
  if (!g_key_file_load_from_file (tree, path, G_KEY_FILE_NONE, NULL))
    return SANE_STATUS_INVAL;
  g_strlcpy (device_name, name, sizeof device_name);
  sections = g_key_file_get_groups (tree, NULL);
  for (int i = 0; sections[i] != NULL && n_options < MAX_OPTIONS; i++)
    if (strcmp (sections[i], "device") != 0)
      load_option (sections[i]);
  *handle = tree;
  return SANE_STATUS_GOOD;
}

void
sane_replay_close (SANE_Handle handle)
{
  (void) handle;
  fprintf (stderr, "replay: close\n");
}

const SANE_Option_Descriptor *
sane_replay_get_option_descriptor (SANE_Handle handle, SANE_Int n)
{
  static const SANE_Option_Descriptor count = { .name = "", .title = "", .desc = "", .type = SANE_TYPE_INT, .size = sizeof (SANE_Word) };
  Option *o;

  (void) handle;
  if (n == 0)
    return &count;
  if (n < 0 || n > n_options)
    return NULL;
  o = &options[n - 1];
  o->d.cap = (o->d.cap & ~SANE_CAP_INACTIVE) | (is_active (o) && !o->hidden_inactive ? 0 : SANE_CAP_INACTIVE);
  return &o->d;
}

static char *
print_value (const Option *o, const void *value)
{
  SANE_Word word = 0;

  if (o->d.type == SANE_TYPE_STRING)
    return g_strdup (value);
  memcpy (&word, value, sizeof word);
  return o->d.type == SANE_TYPE_FIXED ? g_strdup_printf ("%.2f", SANE_UNFIX (word))
         : o->d.type == SANE_TYPE_BOOL ? g_strdup (word ? "yes" : "no") : g_strdup_printf ("%d", word);
}

static gboolean
is_legal (const Option *o, const char *text, const void *value)
{
  SANE_Word word = 0;

  if (o->refuse != NULL && strcmp (o->refuse, text) == 0)
    return FALSE;
  if (o->d.type == SANE_TYPE_STRING)
    return o->list == NULL || g_strv_contains ((const char *const *) o->list, value);
  memcpy (&word, value, sizeof word);
  for (int i = 1; o->words != NULL && i <= o->words[0]; i++)
    if (o->words[i] == word)
      return TRUE;
  return o->words == NULL && (o->d.constraint_type != SANE_CONSTRAINT_RANGE || (word >= o->range.min && word <= o->range.max));
}

static SANE_Status
set (Option *o, const void *value, SANE_Int *info)
{
  g_autofree char *text = print_value (o, value);

  if ((!is_active (o)) || (o->d.cap & SANE_CAP_SOFT_SELECT) == 0) {
    fprintf (stderr, "replay: CRASH %s was set while it cannot be\n", o->name);
    abort ();
  }
  if ((o->inval_single && o->list != NULL && g_strv_length (o->list) == 1) || !is_legal (o, text, value))
    return SANE_STATUS_INVAL;
  fprintf (stderr, "replay: set %s=%s\n", o->name, text);
  if (!o->lies && o->d.type == SANE_TYPE_STRING)
    g_strlcpy (o->text, value, sizeof o->text);
  else if (!o->lies)
    memcpy (&o->word, value, sizeof o->word);
  if (info != NULL)
    *info = SANE_INFO_RELOAD_OPTIONS | SANE_INFO_RELOAD_PARAMS;
  return SANE_STATUS_GOOD;
}

SANE_Status
sane_replay_control_option (SANE_Handle handle, SANE_Int n, SANE_Action action, void *value, SANE_Int *info)
{
  static SANE_Word count;
  Option *o;

  (void) handle;
  if (info != NULL)
    *info = 0;
  count = n_options + 1;
  if (n == 0) {
    memcpy (value, &count, sizeof count);
    return SANE_STATUS_GOOD;
  }
  if (n < 0 || n > n_options)
    return SANE_STATUS_INVAL;
  o = &options[n - 1];
  if (action == SANE_ACTION_SET_VALUE)
    return set (o, value, info);
  if (o->d.type == SANE_TYPE_STRING)
    g_strlcpy (value, o->text, TEXT_BYTES);
  else
    memcpy (value, &o->word, sizeof o->word);
  return SANE_STATUS_GOOD;
}

/* ---- pictures ---- */

static int
pixels (const char *near_name, const char *far_name, double fallback_mm, gboolean vertical)
{
  double dpi = number_of (vertical && find ("y-resolution") ? "y-resolution" : find ("resolution") ? "resolution" : find ("scan-resolution") ? "scan-resolution" : "x-resolution", 300);
  double length = number_of (far_name, fallback_mm) - number_of (near_name, 0);
  const Option *far = find (far_name);

  return (int) lround (far != NULL && far->d.unit == SANE_UNIT_PIXEL ? length : length / 25.4 * dpi);
}

static const char *
mode_word (void)
{
  const Option *o = find ("mode") != NULL ? find ("mode") : find ("color-mode") != NULL ? find ("color-mode") : find ("scan-mode");

  return o != NULL ? o->text : "Gray";
}

SANE_Status
sane_replay_get_parameters (SANE_Handle handle, SANE_Parameters *p)
{
  const char *mode = mode_word ();
  gboolean color = strstr (mode, "olo") != NULL || strstr (mode, "arb") != NULL || strstr (mode, "Màu") != NULL;
  gboolean one_bit = strstr (mode, "ine") != NULL || strstr (mode, "lack") != NULL || strstr (mode, "inary") != NULL;
  int depth = one_bit ? 1 : (int) number_of ("depth", 8);
  int lines = g_key_file_get_integer (tree, "device", "lines", NULL);
  gboolean passes = color && g_key_file_get_integer (tree, "device", "passes", NULL) == 3;

  (void) handle;
  memset (p, 0, sizeof *p);
  p->depth = depth;
  p->pixels_per_line = pixels (find ("scan-tl-x") ? "scan-tl-x" : "tl-x", find ("scan-br-x") ? "scan-br-x" : "br-x", 100, FALSE);
  p->lines = lines != 0 ? lines : pixels (find ("scan-tl-y") ? "scan-tl-y" : "tl-y", find ("scan-br-y") ? "scan-br-y" : "br-y", 60, TRUE);
  p->format = passes ? SANE_FRAME_RED + plane : color ? SANE_FRAME_RGB : SANE_FRAME_GRAY;
  p->last_frame = !passes || plane == 2;
  p->bytes_per_line = (p->pixels_per_line * depth * (color && !passes ? 3 : 1) + 7) / 8;
  return SANE_STATUS_GOOD;
}

SANE_Status
sane_replay_start (SANE_Handle handle)
{
  const Option *source = find ("source") != NULL ? find ("source") : find ("doc-source");
  gboolean feeder = source == NULL || (strstr (source->text, "lat") == NULL && strstr (source->text, "glas") == NULL && strstr (source->text, "Table") == NULL);
  int sheets = g_key_file_get_integer (tree, "device", "sheets", NULL), sides = g_key_file_get_integer (tree, "device", "sides", NULL);
  gboolean first_pass;

  first_pass = plane == 0 || plane > 2;
  if (first_pass && feeder && image >= sheets * MAX (sides, 1)) {
    fprintf (stderr, "replay: empty\n");
    return SANE_STATUS_NO_DOCS;
  }
  if (first_pass) {
    image++;
    plane = 0;
  }
  (void) sane_replay_get_parameters (handle, &frame);
  fprintf (stderr, "replay: start %d: %s %s %dx%d\n", image, source != NULL ? source->text : "-", mode_word (), frame.pixels_per_line, frame.lines);
  line = 0;
  cancelled = FALSE;
  return SANE_STATUS_GOOD;
}

SANE_Status
sane_replay_read (SANE_Handle handle, SANE_Byte *data, SANE_Int max, SANE_Int *length)
{
  int end = frame.lines > 0 ? frame.lines - g_key_file_get_integer (tree, "device", "short", NULL)
                            : pixels (find ("scan-tl-y") ? "scan-tl-y" : "tl-y", find ("scan-br-y") ? "scan-br-y" : "br-y", 60, TRUE);
  gboolean inverted = frame.depth == 1 && g_key_file_get_boolean (tree, "device", "inverted", NULL);

  (void) handle;
  *length = 0;
  if (cancelled)
    return SANE_STATUS_CANCELLED;
  if (line >= end) {
    plane = frame.format >= SANE_FRAME_RED ? (plane + 1) % 3 : 0;
    return SANE_STATUS_EOF;
  }
  *length = MIN (max, frame.bytes_per_line);
  /* One-bit pictures are white with a black line every 16th; others have a number of page, line, plane and column. */
  for (int i = 0; i < *length; i++)
    data[i] = frame.depth == 1 ? (SANE_Byte) ((line % 16 == 0) != inverted ? 0xff : 0x00)
              : frame.format == SANE_FRAME_RGB ? (SANE_Byte) (image * 50 + line + i / 3 + i % 3 * 40)
              : (SANE_Byte) (image * 50 + line + i + (frame.format >= SANE_FRAME_RED ? (frame.format - SANE_FRAME_RED) * 40 : 0));
  line++;
  return SANE_STATUS_GOOD;
}

void
sane_replay_cancel (SANE_Handle handle)
{
  (void) handle;
  cancelled = TRUE;
  fprintf (stderr, "replay: cancel\n");
}

SANE_Status
sane_replay_set_io_mode (SANE_Handle handle, SANE_Bool non_blocking)
{
  (void) handle;
  (void) non_blocking;
  return SANE_STATUS_UNSUPPORTED;
}

SANE_Status
sane_replay_get_select_fd (SANE_Handle handle, SANE_Int *fd)
{
  (void) handle;
  (void) fd;
  return SANE_STATUS_UNSUPPORTED;
}
