/* devices, scan, batches: paper, through the bus. A scan ends when its batch does; a batch that waits for a person can
 * be gone on with by `sohoa scan --batch ID`. */
#include "sohoa-cli.h"

#include "sohoa-file.h"
#include "sohoa-time.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SOHOA_BUS_SCANNER "vn.sohoa.Desk1.Scanner"
#define PAGES_AT_ONCE 200u
#define LOOK_INTERVAL_US (150 * 1000)
#define DEVICES_WAIT_US (60 * G_USEC_PER_SEC)
#define DEFAULT_PICK_US (5 * G_USEC_PER_SEC) /* how long a scanner is looked for when none was named */

static struct {
  char    *device, *profile, *source, *mode, *separators, *blank, *batch, *reason;
  char   **set, **raw;
  int      dpi, sheets, count;
  int      page_again, page_after;
  gboolean open, finish, stop, accept, release, purge, backs, json;
} opt;

static const GOptionEntry scan_entries[] = {
  { "device", 'd', 0, G_OPTION_ARG_STRING, &opt.device, "scanner, see `sohoa devices`; default: the profile's, or the only one", "NAME" },
  { "profile", 'p', 0, G_OPTION_ARG_STRING, &opt.profile, "scan profile", "NAME" },
  { "source", 's', 0, G_OPTION_ARG_STRING, &opt.source, "adf-duplex, adf, flatbed or auto", "WHERE" },
  { "mode", 0, 0, G_OPTION_ARG_STRING, &opt.mode, "color, gray or lineart", "MODE" },
  { "dpi", 0, 0, G_OPTION_ARG_INT, &opt.dpi, "dots per inch", "N" },
  { "sheets", 0, 0, G_OPTION_ARG_INT, &opt.sheets, "how many sheets you counted: checked at the end", "N" },
  { "separators", 0, 0, G_OPTION_ARG_STRING, &opt.separators, "none, patch-t, barcode, blank or count", "KIND" },
  { "count", 0, 0, G_OPTION_ARG_INT, &opt.count, "sheets of one document (with --separators count)", "N" },
  { "blank", 0, 0, G_OPTION_ARG_STRING, &opt.blank, "blank pages: mark, drop or keep", "WHAT" },
  { "set", 0, 0, G_OPTION_ARG_STRING_ARRAY, &opt.set, "a value you know, for every document", "Field=value" },
  { "option", 0, 0, G_OPTION_ARG_STRING_ARRAY, &opt.raw, "an option of the device itself", "NAME=VALUE" },
  { "open", 0, 0, G_OPTION_ARG_NONE, &opt.open, "keep the batch open for more sheets, until --finish", NULL },
  { "batch", 'b', 0, G_OPTION_ARG_STRING, &opt.batch, "go on with this batch: scan the rest, or one of the following", "ID" },
  { "again", 0, 0, G_OPTION_ARG_INT, &opt.page_again, "with --batch: scan page N again, in its place", "N" },
  { "insert-after", 0, 0, G_OPTION_ARG_INT, &opt.page_after, "with --batch: what is fed comes after page N", "N" },
  { "backs", 0, 0, G_OPTION_ARG_NONE, &opt.backs, "with --batch: the same stack turned over, last sheet first", NULL },
  { "finish", 0, 0, G_OPTION_ARG_NONE, &opt.finish, "with --batch: nothing more comes", NULL },
  { "stop", 0, 0, G_OPTION_ARG_NONE, &opt.stop, "with --batch: stop the feeder", NULL },
  { "accept", 0, 0, G_OPTION_ARG_NONE, &opt.accept, "with --batch: take the pages that are asked about as they are", NULL },
  { "release", 0, 0, G_OPTION_ARG_NONE, &opt.release, "with --batch: no secret, goes on (second person)", NULL },
  { "purge", 0, 0, G_OPTION_ARG_NONE, &opt.purge, "with --batch: a secret, everything of it is destroyed", NULL },
  { "reason", 0, 0, G_OPTION_ARG_STRING, &opt.reason, "with --finish (the count is right all the same) and --release", "TEXT" },
  { "json", 0, 0, G_OPTION_ARG_NONE, &opt.json, "the batch as one JSON object", NULL },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};

/* ---- devices ---- */

static GVariant *
ask_devices (gboolean again, gboolean *complete_out, GVariant **failed_out, GError **error)
{
  GVariantDict options;
  g_autoptr(GVariant) answer = NULL;
  GVariant *devices;

  g_variant_dict_init (&options, NULL);
  g_variant_dict_insert (&options, "again", "b", again);
  answer = sohoa_cli_call (SOHOA_BUS_SCANNER, "Devices", g_variant_new ("(@a{sv})", g_variant_dict_end (&options)),
                           "(aa{sv}a(ss)b)", NULL, NULL, error);
  if (answer == NULL)
    return NULL;
  g_variant_get (answer, "(@aa{sv}@a(ss)b)", &devices, failed_out, complete_out);
  return devices;
}

static const char *
text_of (GVariant *dict, const char *key)
{
  const char *text = "";

  (void) g_variant_lookup (dict, key, "&s", &text);
  return text;
}

static guint
number_of (GVariant *dict, const char *key)
{
  guint32 number = 0;

  (void) g_variant_lookup (dict, key, "u", &number);
  return number;
}

static void
print_device (GVariant *device)
{
  g_autofree char *maker = g_strstrip (g_strdup_printf ("%s %s", text_of (device, "vendor"), text_of (device, "model")));

  printf ("%-40s %s%s%s%s\n", text_of (device, "name"), maker, text_of (device, "type")[0] != '\0' ? " (" : "",
          text_of (device, "type"), text_of (device, "type")[0] != '\0' ? ")" : "");
  (void) fflush (stdout);
}

static void
print_devices_json (GVariant *devices)
{
  g_autoptr(JsonNode) node = json_gvariant_serialize (devices);
  g_autofree char *text = NULL;

  text = json_to_string (node, TRUE);
  printf ("%s\n", text);
}

int
sohoa_cli_devices (int argc, char **argv, GError **error)
{
  gboolean json = FALSE, complete = FALSE;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, "one JSON list", NULL }, { NULL, 0, 0, 0, NULL, NULL, NULL },
  };
  gint64 until = g_get_monotonic_time () + DEVICES_WAIT_US;
  g_autoptr(GVariant) devices = NULL;
  g_autoptr(GVariant) failed = NULL;
  gsize shown = 0;

  if (!sohoa_cli_parse ("devices", "", entries, &argc, &argv, error))
    return SOHOA_EXIT_USAGE;
  for (gboolean again = TRUE; !complete && g_get_monotonic_time () < until; again = FALSE) {
    g_clear_pointer (&devices, g_variant_unref);
    g_clear_pointer (&failed, g_variant_unref);
    devices = ask_devices (again, &complete, &failed, error);
    if (devices == NULL)
      return SOHOA_EXIT_INTERNAL;
    for (; !json && shown < g_variant_n_children (devices); shown++) {
      g_autoptr(GVariant) device = g_variant_get_child_value (devices, shown);

      print_device (device);
    }
    if (!complete)
      g_usleep (LOOK_INTERVAL_US);
  }
  for (gsize i = 0; failed != NULL && i < g_variant_n_children (failed); i++) {
    const char *backend, *why;
    g_autofree char *text = NULL;

    g_variant_get_child (failed, i, "(&s&s)", &backend, &why);
    text = g_strdup_printf ("%s: %s", backend, why);
    sohoa_cli_complain (text);
  }
  if (json)
    print_devices_json (devices);
  else if (shown == 0)
    fprintf (stderr, "no scanner found: switch it on, check the cable or the network address\n");
  return SOHOA_EXIT_OK;
}

/* ---- scan ---- */

/* The only scanner there is. g_free. */
static char *
pick_device (GError **error)
{
  gint64 until = g_get_monotonic_time () + DEFAULT_PICK_US;
  gboolean complete = FALSE;
  gsize n = 0;
  g_autoptr(GVariant) devices = NULL;

  while (!complete && g_get_monotonic_time () < until) {
    g_autoptr(GVariant) failed = NULL;

    g_clear_pointer (&devices, g_variant_unref);
    devices = ask_devices (FALSE, &complete, &failed, error);
    if (devices == NULL)
      return NULL;
    if (!complete)
      g_usleep (LOOK_INTERVAL_US);
  }
  n = devices != NULL ? g_variant_n_children (devices) : 0;
  if (n == 1) {
    g_autoptr(GVariant) device = g_variant_get_child_value (devices, 0);

    return g_strdup (text_of (device, "name"));
  }
  g_set_error (error, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_NO_DEVICE,
               n == 0 ? "scanner: none was found: switch it on, or name it with --device"
                      : "scanner: there is more than one: choose with --device, see sohoa devices");
  return NULL;
}

static void
put_string (GVariantBuilder *b, const char *key, const char *value)
{
  if (value != NULL)
    g_variant_builder_add (b, "{sv}", key, g_variant_new_string (value));
}

static void
put_number (GVariantBuilder *b, const char *key, int value)
{
  if (value > 0)
    g_variant_builder_add (b, "{sv}", key, g_variant_new_uint32 ((guint32) value));
}

/* What is changed of the profile, and how much there is. */
static void
put_profile_options (GVariantBuilder *b)
{
  put_string (b, "source", opt.source);
  put_string (b, "mode", opt.mode);
  put_string (b, "separators", opt.separators);
  put_string (b, "blank", opt.blank);
  put_number (b, "dpi", opt.dpi);
  put_number (b, "sheets", opt.sheets);
  put_number (b, "count", opt.count);
}

/* How large it will be, said before paper moves. An older daemon cannot tell: then nothing is said. */
static void
tell_size (void)
{
  g_autoptr(GVariant) answer = NULL;
  g_autoptr(GVariant) info = NULL;
  g_autofree char *size = NULL;
  g_autofree char *limit_text = NULL;
  GVariantBuilder b;
  guint64 bytes = 0, each = 0, limit = 0;
  guint32 images = 0, fit = 0, dpi = 0;
  const char *advice = "";

  g_variant_builder_init (&b, G_VARIANT_TYPE_VARDICT);
  put_profile_options (&b);
  answer = sohoa_cli_call (SOHOA_BUS_SCANNER, "Expect",
                           g_variant_new ("(s@a{sv})", opt.profile != NULL ? opt.profile : "", g_variant_builder_end (&b)), "(a{sv})",
                           NULL, NULL, NULL);
  if (answer == NULL)
    return;
  info = g_variant_get_child_value (answer, 0);
  (void) g_variant_lookup (info, "bytes", "t", &bytes);
  (void) g_variant_lookup (info, "bytes-per-image", "t", &each);
  (void) g_variant_lookup (info, "limit", "t", &limit);
  (void) g_variant_lookup (info, "images", "u", &images);
  (void) g_variant_lookup (info, "images-that-fit", "u", &fit);
  (void) g_variant_lookup (info, "offer-dpi", "u", &dpi);
  (void) g_variant_lookup (info, "advice", "&s", &advice);
  size = g_format_size (images > 0 ? bytes : each);
  limit_text = g_format_size (limit);
  if (images > 0)
    fprintf (stderr, "expected: at most about %s for %u images\n", size, images);
  else if (limit > 0)
    fprintf (stderr, "expected: at most about %s an image; the destination takes %s a document, about %u images\n", size, limit_text, fit);
  else
    fprintf (stderr, "expected: at most about %s an image\n", size);
  if (*advice != '\0')
    fprintf (stderr, "too large: %s\n", advice);
  if (dpi > 0)
    fprintf (stderr, "(stop it and say --dpi %u)\n", dpi);
}

static GVariant *
start_options (GError **error)
{
  GVariantBuilder b, fields;

  g_variant_builder_init (&b, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_init (&fields, G_VARIANT_TYPE ("a{ss}"));
  for (guint i = 0; opt.set != NULL && opt.set[i] != NULL; i++) {
    const char *equals = strchr (opt.set[i], '=');
    g_autofree char *key = equals != NULL ? g_strndup (opt.set[i], (gsize) (equals - opt.set[i])) : NULL;

    if (key == NULL) {
      g_variant_builder_clear (&fields);
      g_variant_builder_clear (&b);
      sohoa_cli_usage_error (error, "--set %s: not Field=value", opt.set[i]);
      return NULL;
    }
    g_variant_builder_add (&fields, "{ss}", key, equals + 1);
  }
  g_variant_builder_add (&b, "{sv}", "fields", g_variant_builder_end (&fields));
  put_profile_options (&b);
  if (opt.raw != NULL)
    g_variant_builder_add (&b, "{sv}", "raw", g_variant_new_strv ((const char *const *) opt.raw, -1));
  g_variant_builder_add (&b, "{sv}", "open", g_variant_new_boolean (opt.open));
  return g_variant_builder_end (&b);
}

/* g_free. */
static char *
start_batch (GError **error)
{
  g_autofree char *token = sohoa_id_new (sohoa_time_now_us ());
  g_autofree char *device = NULL;
  g_autoptr(GVariant) answer = NULL;
  GVariant *options;
  char *id = NULL;

  if (opt.device == NULL && opt.profile == NULL && (device = pick_device (error)) == NULL)
    return NULL;
  options = start_options (error);
  if (options == NULL)
    return NULL;
  if (!opt.json)
    tell_size ();
  answer = sohoa_cli_call (SOHOA_BUS_SCANNER, "StartBatch",
                           g_variant_new ("(sss@a{sv})", opt.device != NULL ? opt.device : device != NULL ? device : "",
                                          opt.profile != NULL ? opt.profile : "", token, options),
                           "(s)", NULL, NULL, error);
  if (answer != NULL)
    g_variant_get (answer, "(s)", &id);
  return id;
}

static gboolean
call_simple (const char *method, GVariant *args, GError **error)
{
  g_autoptr(GVariant) answer = sohoa_cli_call (SOHOA_BUS_SCANNER, method, args, "()", NULL, NULL, error);

  return answer != NULL;
}

/* Every page that the profile asks about. */
static gboolean
accept_asked (const char *id, GError **error)
{
  GVariantBuilder numbers;
  guint from = 0;
  gsize n;

  g_variant_builder_init (&numbers, G_VARIANT_TYPE ("au"));
  do {
    g_autoptr(GVariant) answer = sohoa_cli_call (SOHOA_BUS_SCANNER, "GetPages", g_variant_new ("(suu)", id, from, PAGES_AT_ONCE),
                                                 "(aa{sv})", NULL, NULL, error);
    g_autoptr(GVariant) pages = answer != NULL ? g_variant_get_child_value (answer, 0) : NULL;

    if (pages == NULL) {
      g_variant_builder_clear (&numbers);
      return FALSE;
    }
    n = g_variant_n_children (pages);
    for (gsize i = 0; i < n; i++) {
      g_autoptr(GVariant) page = g_variant_get_child_value (pages, i);
      gboolean ask = FALSE;

      if (g_variant_lookup (page, "ask", "b", &ask) && ask)
        g_variant_builder_add (&numbers, "u", number_of (page, "page"));
    }
    from += (guint) n;
  } while (n == PAGES_AT_ONCE);
  return call_simple ("AcceptPages", g_variant_new ("(s@au)", id, g_variant_builder_end (&numbers)), error);
}

/* What is to be done with a batch that waits: one of the options. */
static gboolean
go_on (const char *id, GError **error)
{
  const char *how = opt.page_again > 0 ? "again" : opt.page_after > 0 ? "insert" : opt.backs ? "backs" : "on";
  guint32 page = (guint32) MAX (opt.page_again, opt.page_after);
  GVariantBuilder options;

  if (opt.stop)
    return call_simple ("StopBatch", g_variant_new ("(s)", id), error);
  if (opt.accept)
    return accept_asked (id, error);
  if (opt.finish)
    return call_simple ("FinishBatch", g_variant_new ("(ss)", id, opt.reason != NULL ? opt.reason : ""), error);
  if (opt.release)
    return call_simple ("ReleaseBatch", g_variant_new ("(ss)", id, opt.reason != NULL ? opt.reason : ""), error);
  if (opt.purge)
    return call_simple ("PurgeBatch", g_variant_new ("(s)", id), error);
  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  put_string (&options, "device", opt.device);
  return call_simple ("FeedBatch", g_variant_new ("(ssu@a{sv})", id, how, page, g_variant_builder_end (&options)), error);
}

static GVariant *
get_batch (const char *id, GError **error)
{
  g_autoptr(GVariant) answer = sohoa_cli_call (SOHOA_BUS_SCANNER, "GetBatch", g_variant_new ("(s)", id), "(a{sv})", NULL, NULL, error);
  GVariant *info = NULL;

  if (answer != NULL)
    g_variant_get (answer, "(@a{sv})", &info);
  return info;
}

static void
show_progress (GVariant *info, char **last)
{
  g_autofree char *line = g_strdup_printf ("%s: %u sheets, %u images, %u not yet cleared", text_of (info, "state"),
                                           number_of (info, "sheets"), number_of (info, "images"), number_of (info, "sealed"));

  if (g_strcmp0 (line, *last) != 0 && !opt.json)
    fprintf (stderr, "%s\n", line);
  g_free (*last);
  *last = g_steal_pointer (&line);
}

static void
print_result (const char *id, GVariant *info)
{
  g_autoptr(GVariantIter) documents = NULL;
  const char *document;

  if (opt.json) {
    g_autoptr(JsonNode) node = json_gvariant_serialize (info);
    g_autofree char *text = NULL;

    json_object_set_string_member (json_node_get_object (node), "batch", id);
    text = json_to_string (node, TRUE);
    printf ("%s\n", text);
    return;
  }
  printf ("batch: %s\n", id);
  printf ("count: %u sheets x %u sides + %u again = kept %u + blank %u + separators %u + rejected %u\n", number_of (info, "sheets"),
          number_of (info, "sides"), number_of (info, "again"), number_of (info, "kept"), number_of (info, "blank"),
          number_of (info, "separators"), number_of (info, "rejected"));
  if (g_variant_lookup (info, "documents", "as", &documents))
    while (g_variant_iter_next (documents, "&s", &document))
      printf ("document: %s\n", document);
}

/* What the clerk is told, as the desk shows it. */
static void
tell_messages (GVariant *info)
{
  g_autoptr(GVariant) messages = g_variant_lookup_value (info, "messages", G_VARIANT_TYPE ("a(sss)"));
  GVariantIter iter;
  const char *code, *key, *text;

  if (messages == NULL)
    return; /* an older daemon */
  g_variant_iter_init (&iter, messages);
  while (g_variant_iter_next (&iter, "(&s&s&s)", &code, &key, &text))
    fprintf (stderr, "%s [%s]\n", text, code);
}

/* The exit status and message of a batch that came to rest. */
static int
settle (const char *id, GVariant *info, GError **error)
{
  const char *state = text_of (info, "state"), *name = text_of (info, "error"), *message = text_of (info, "message");

  print_result (id, info);
  if (!opt.json)
    tell_messages (info);
  if (g_str_equal (state, "done") || g_str_equal (state, "purged"))
    return SOHOA_EXIT_OK;
  if (g_str_equal (state, "held")) {
    g_set_error (error, SOHOA_GATE_ERROR, SOHOA_GATE_ERROR_SECRET, "batch %s: %s", id, message);
    return SOHOA_EXIT_SECRET;
  }
  if (name[0] == '\0') {
    fprintf (stderr, "%s\n", message);
    return SOHOA_EXIT_OK;
  }
  fprintf (stderr, "sohoa: %s: %s (sohoa scan --batch %s)\n", name, message, id);
  return SOHOA_EXIT_TRY_AGAIN; /* nothing is lost: a person acts, then it goes on */
}

static gboolean
is_at_rest (GVariant *info)
{
  const char *state = text_of (info, "state");
  gboolean feeding = FALSE;

  (void) g_variant_lookup (info, "feeding", "b", &feeding);
  return !feeding && number_of (info, "pending") == 0 && !g_str_equal (state, "scanning") && !g_str_equal (state, "working");
}

/* Interrupted: the feeder stops, what came is kept. */
static int
follow (const char *id, GError **error)
{
  g_autofree char *last = NULL;
  gboolean told = FALSE;

  for (;;) {
    g_autoptr(GVariant) info = NULL;

    if (g_cancellable_is_cancelled (sohoa_cli_cancellable ()) && !told) {
      g_cancellable_reset (sohoa_cli_cancellable ());
      told = TRUE;
      if (!call_simple ("StopBatch", g_variant_new ("(s)", id), error))
        return SOHOA_EXIT_INTERNAL;
    }
    info = get_batch (id, error);
    if (info == NULL)
      return SOHOA_EXIT_INTERNAL;
    show_progress (info, &last);
    if (is_at_rest (info))
      return settle (id, info, error);
    g_usleep (LOOK_INTERVAL_US);
  }
}

int
sohoa_cli_scan (int argc, char **argv, GError **error)
{
  g_autofree char *id = NULL;

  if (!sohoa_cli_parse ("scan", "", scan_entries, &argc, &argv, error))
    return SOHOA_EXIT_USAGE;
  if (argc > 1 || opt.dpi < 0 || opt.sheets < 0 || opt.count < 0 || opt.page_again < 0 || opt.page_after < 0
      || (opt.batch == NULL && (opt.page_again || opt.page_after || opt.backs || opt.finish || opt.stop || opt.accept || opt.release || opt.purge))
      || (opt.release && opt.reason == NULL)) {
    sohoa_cli_usage_error (error, "scan: see sohoa scan --help");
    return SOHOA_EXIT_USAGE;
  }
  if (opt.batch == NULL) {
    id = start_batch (error);
    if (id == NULL)
      return SOHOA_EXIT_INTERNAL;
  } else {
    id = g_strdup (opt.batch);
    if (!go_on (id, error))
      return SOHOA_EXIT_INTERNAL;
  }
  if (!opt.json)
    fprintf (stderr, "batch %s (sohoa scan --batch goes on with it)\n", id);
  return follow (id, error);
}
