/* Misbehaving SANE backends for tests, all in one shared object that is linked under each of their names
 * (libsane-NAME.so.1): crashinit exitinit hanginit crashlist hanglist badlist good, and "faulty", whose device
 * names say what goes wrong: faulty:hang-open, faulty:crash-read … Never installed. */
#include <sane/sane.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WIDTH 100
#define LINES 120
#define PAGES 3

static SANE_Device device = { "one", "Sohoa", "Faulty", "test" };
static const SANE_Device *devices[] = { &device, NULL };
static char   fault[64];
static int    page, line, cancelled, in_page;
static SANE_Int count = 3;
static SANE_Int resolution = 300;
static char   source[32] = "Flatbed";
static SANE_String_Const sources[] = { "Flatbed", "ADF", NULL };

static int
is (const char *what)
{
  return strcmp (fault, what) == 0;
}

static void
misbehave (const char *call)
{
  char name[64];

  (void) snprintf (name, sizeof name, "hang-%s", call);
  while (is (name))
    (void) pause ();
  (void) snprintf (name, sizeof name, "crash-%s", call);
  if (is (name))
    abort ();
  (void) snprintf (name, sizeof name, "exit-%s", call);
  if (is (name))
    exit (0);
}

static SANE_Status
do_init (const char *name, SANE_Int *version)
{
  *version = SANE_VERSION_CODE (1, 0, 0);
  if (strcmp (name, "crashinit") == 0)
    abort ();
  if (strcmp (name, "exitinit") == 0)
    exit (3);
  while (strcmp (name, "hanginit") == 0)
    (void) pause ();
  return SANE_STATUS_GOOD;
}

static SANE_Status
do_get_devices (const char *name, const SANE_Device ***list)
{
  static const SANE_Device bad = { "\xff\xfe", NULL, NULL, NULL };
  static const SANE_Device *bad_list[] = { &bad, &device, NULL };

  while (strcmp (name, "hanglist") == 0)
    (void) pause ();
  if (strcmp (name, "crashlist") == 0)
    abort ();
  *list = strcmp (name, "badlist") == 0 ? bad_list : devices;
  return SANE_STATUS_GOOD;
}

static SANE_Status
do_open (SANE_String_Const name, SANE_Handle *handle)
{
  (void) snprintf (fault, sizeof fault, "%s", name);
  misbehave ("open");
  if (is ("denied-open"))
    return SANE_STATUS_ACCESS_DENIED;
  if (is ("busy-open"))
    return SANE_STATUS_DEVICE_BUSY;
  if (is ("gone-open"))
    return SANE_STATUS_INVAL;
  if (is ("io-open"))
    return SANE_STATUS_IO_ERROR;
  page = 0;
  cancelled = 0;
  *handle = fault;
  return SANE_STATUS_GOOD;
}

static const SANE_Option_Descriptor *
do_descriptor (SANE_Int n)
{
  static SANE_Option_Descriptor count_option, source_option, resolution_option, endless;

  count_option = (SANE_Option_Descriptor) { .name = "", .title = "n", .desc = "", .type = SANE_TYPE_INT, .size = sizeof (SANE_Word) };
  source_option = (SANE_Option_Descriptor) { .name = "source", .title = "Source", .desc = "", .type = SANE_TYPE_STRING,
    .size = sizeof source, .cap = SANE_CAP_SOFT_SELECT | SANE_CAP_SOFT_DETECT, .constraint_type = SANE_CONSTRAINT_STRING_LIST,
    .constraint.string_list = sources };
  resolution_option = (SANE_Option_Descriptor) { .name = "resolution", .title = "Resolution", .desc = "", .type = SANE_TYPE_INT,
    .unit = SANE_UNIT_DPI, .size = sizeof (SANE_Word), .cap = SANE_CAP_SOFT_SELECT | SANE_CAP_SOFT_DETECT };
  endless = resolution_option;
  endless.name = NULL;
  misbehave ("descriptor");
  if (is ("endless-options"))
    return n == 0 ? &count_option : &endless;
  return n == 0 ? &count_option : n == 1 ? &source_option : n == 2 ? &resolution_option : NULL;
}

static SANE_Status
do_control (SANE_Int n, SANE_Action action, void *value, SANE_Int *info)
{
  misbehave ("control");
  if (info != NULL)
    *info = 0;
  if (n == 1 && action == SANE_ACTION_SET_VALUE)
    (void) snprintf (source, sizeof source, "%s", (char *) value);
  else if (n == 1)
    strcpy (value, source);
  else if (n == 0 || n == 2)
    memcpy (action == SANE_ACTION_SET_VALUE ? (void *) &resolution : value, action == SANE_ACTION_SET_VALUE ? value : n == 0 ? &count : &resolution, sizeof (SANE_Int));
  return SANE_STATUS_GOOD;
}

static SANE_Status
do_parameters (SANE_Parameters *p)
{
  *p = (SANE_Parameters) { .format = SANE_FRAME_GRAY, .last_frame = SANE_TRUE, .bytes_per_line = WIDTH, .pixels_per_line = WIDTH,
                           .lines = LINES, .depth = 8 };
  if (in_page)
    misbehave ("parameters");
  if (is ("garbage-parameters"))
    *p = (SANE_Parameters) { .format = 77, .bytes_per_line = -5, .pixels_per_line = 2000000000, .lines = -9, .depth = 33 };
  if (is ("huge-parameters"))
    p->pixels_per_line = p->bytes_per_line = 64000, p->lines = 64000;
  if (is ("narrow-lines"))
    p->bytes_per_line = WIDTH / 2;
  if (is ("unknown-length") || is ("endless-page"))
    p->lines = -1;
  if (is ("crash-page-2") && page == 2)
    abort ();
  return SANE_STATUS_GOOD;
}

static SANE_Status
do_start (void)
{
  cancelled = 0;
  if (page > 0)
    misbehave ("start-2");
  misbehave ("start");
  if (is ("jam-1"))
    return SANE_STATUS_JAMMED;
  if (is ("cover-2") && page == 1)
    return SANE_STATUS_COVER_OPEN;
  if (page >= PAGES && !is ("same-page-for-ever"))
    return SANE_STATUS_NO_DOCS;
  page++;
  line = 0;
  in_page = 1;
  return SANE_STATUS_GOOD;
}

static SANE_Status
do_read (SANE_Byte *data, SANE_Int max, SANE_Int *length)
{
  int end = is ("short-page") ? LINES / 2 : is ("empty-page") ? 0 : LINES;

  *length = 0;
  if (cancelled)
    return SANE_STATUS_CANCELLED;
  if (line > 3)
    misbehave ("read");
  if (is ("spin-read"))
    return SANE_STATUS_GOOD;
  if (is ("lie-read")) {
    *length = max + 1000;
    return SANE_STATUS_GOOD;
  }
  if (is ("jam-read-2") && page == 2 && line > 10)
    return SANE_STATUS_JAMMED;
  if (is ("io-read-2") && page == 2 && line > 10)
    return SANE_STATUS_IO_ERROR;
  if (is ("slow-read") || is ("slow-hang-cancel"))
    (void) usleep (150 * 1000);
  if (!is ("endless-page") && line >= end) {
    in_page = 0;
    return SANE_STATUS_EOF;
  }
  if (is ("endless-page")) {
    *length = max - max % WIDTH;
    memset (data, 200, (size_t) *length);
    return SANE_STATUS_GOOD;
  }
  memset (data, line & 255, WIDTH);
  *length = is ("odd-bytes") && line == end - 1 ? WIDTH - 7 : WIDTH;
  line++;
  return SANE_STATUS_GOOD;
}

static void
do_cancel (void)
{
  misbehave ("cancel");
  while (is ("slow-hang-cancel"))
    (void) pause ();
  cancelled = 1;
  in_page = 0;
}

static void
do_close (void)
{
  misbehave ("close");
}

#define BACKEND(NAME)                                                                                                                  \
  SANE_Status sane_##NAME##_init (SANE_Int *v, SANE_Auth_Callback a) { (void) a; return do_init (#NAME, v); }                          \
  void sane_##NAME##_exit (void) {}                                                                                                    \
  SANE_Status sane_##NAME##_get_devices (const SANE_Device ***l, SANE_Bool b) { (void) b; return do_get_devices (#NAME, l); }          \
  SANE_Status sane_##NAME##_open (SANE_String_Const n, SANE_Handle *h) { return do_open (n, h); }                                      \
  void sane_##NAME##_close (SANE_Handle h) { (void) h; do_close (); }                                                                  \
  const SANE_Option_Descriptor *sane_##NAME##_get_option_descriptor (SANE_Handle h, SANE_Int n) { (void) h; return do_descriptor (n); } \
  SANE_Status sane_##NAME##_control_option (SANE_Handle h, SANE_Int n, SANE_Action a, void *v, SANE_Int *i)                            \
  { (void) h; return do_control (n, a, v, i); }                                                                                        \
  SANE_Status sane_##NAME##_get_parameters (SANE_Handle h, SANE_Parameters *p) { (void) h; return do_parameters (p); }                 \
  SANE_Status sane_##NAME##_start (SANE_Handle h) { (void) h; return do_start (); }                                                    \
  SANE_Status sane_##NAME##_read (SANE_Handle h, SANE_Byte *d, SANE_Int m, SANE_Int *l) { (void) h; return do_read (d, m, l); }        \
  void sane_##NAME##_cancel (SANE_Handle h) { (void) h; do_cancel (); }                                                                \
  SANE_Status sane_##NAME##_set_io_mode (SANE_Handle h, SANE_Bool n) { (void) h; (void) n; return SANE_STATUS_UNSUPPORTED; }           \
  SANE_Status sane_##NAME##_get_select_fd (SANE_Handle h, SANE_Int *f) { (void) h; (void) f; return SANE_STATUS_UNSUPPORTED; }

BACKEND (faulty)
BACKEND (good)
BACKEND (crashinit)
BACKEND (exitinit)
BACKEND (hanginit)
BACKEND (crashlist)
BACKEND (hanglist)
BACKEND (badlist)
