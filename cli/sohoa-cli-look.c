/* Reading from the desk: list, show, watch, export, audit. */
#include "sohoa-cli.h"

#include "sohoa-file.h"
#include "sohoa-file-name.h"
#include "sohoa-record.h"
#include "sohoa-time.h"

#include <gio/gunixfdlist.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LIST_PAGE_ROWS 500u

static struct {
  char    *state, *since, *search;
  gboolean json;
} opt;

static const GOptionEntry list_entries[] = {
  { "state", 0, 0, G_OPTION_ARG_STRING, &opt.state, "only documents in this state", "STATE" },
  { "since", 0, 0, G_OPTION_ARG_STRING, &opt.since, "only documents since this day", "YYYY-MM-DD" },
  { "search", 0, 0, G_OPTION_ARG_STRING, &opt.search, "full text and fields, marks ignored", "TEXT" },
  { "json", 0, 0, G_OPTION_ARG_NONE, &opt.json, "one JSON array", NULL },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};
static const GOptionEntry show_entries[] = {
  { "json", 0, 0, G_OPTION_ARG_NONE, &opt.json, "the document record", NULL },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};
static const GOptionEntry no_entries[] = { { NULL, 0, 0, 0, NULL, NULL, NULL } };
static const char *
summary_text (GVariant *summary, const char *key)
{
  const char *text = "";

  (void) g_variant_lookup (summary, key, "&s", &text);
  return text;
}

static GVariant *
list_filter (void)
{
  GVariantBuilder b;

  g_variant_builder_init (&b, G_VARIANT_TYPE_VARDICT);
  if (opt.state != NULL)
    g_variant_builder_add (&b, "{sv}", "state", g_variant_new_string (opt.state));
  if (opt.since != NULL)
    g_variant_builder_add (&b, "{sv}", "since", g_variant_new_string (opt.since));
  if (opt.search != NULL)
    g_variant_builder_add (&b, "{sv}", "search", g_variant_new_string (opt.search));
  return g_variant_builder_end (&b);
}

static void
add_summary_members (JsonBuilder *b, GVariant *summary)
{
  GVariantIter iter;
  const char *key;
  GVariant *value;

  g_variant_iter_init (&iter, summary);
  while (g_variant_iter_next (&iter, "{&sv}", &key, &value)) {
    json_builder_set_member_name (b, key);
    json_builder_add_value (b, json_gvariant_serialize (value));
    g_variant_unref (value);
  }
}

static void
print_row (JsonBuilder *b, const char *id, guint revision, const char *state, GVariant *summary)
{
  if (b == NULL) {
    printf ("%s  %-10s  %-18s  %s\n", id, state, summary_text (summary, "number"), summary_text (summary, "subject"));
    if (*summary_text (summary, "reason") != '\0')
      printf ("%28s%s\n", "", summary_text (summary, "reason"));
    return;
  }
  json_builder_begin_object (b);
  json_builder_set_member_name (b, "id");
  json_builder_add_string_value (b, id);
  json_builder_set_member_name (b, "revision");
  json_builder_add_int_value (b, revision);
  json_builder_set_member_name (b, "state");
  json_builder_add_string_value (b, state);
  add_summary_members (b, summary);
  json_builder_end_object (b);
}

static gboolean
list_all (JsonBuilder *b, GError **error)
{
  g_autofree char *cursor = g_strdup ("");

  do {
    g_autoptr(GVariant) rows = NULL;
    g_autoptr(GVariant) answer
      = sohoa_cli_call (SOHOA_BUS_DOCUMENTS, "List", g_variant_new ("(@a{sv}su)", list_filter (), cursor, LIST_PAGE_ROWS),
                        "(a(susa{sv})s)", NULL, NULL, error);
    GVariantIter iter;
    const char *id, *state;
    guint revision;
    GVariant *summary;

    if (answer == NULL)
      return FALSE;
    g_free (cursor);
    g_variant_get (answer, "(@a(susa{sv})s)", &rows, &cursor);
    g_variant_iter_init (&iter, rows);
    while (g_variant_iter_next (&iter, "(&su&s@a{sv})", &id, &revision, &state, &summary)) {
      print_row (b, id, revision, state, summary);
      g_variant_unref (summary);
    }
  } while (cursor[0] != '\0');
  return TRUE;
}

int
sohoa_cli_list (int argc, char **argv, GError **error)
{
  g_autoptr(JsonBuilder) b = NULL;

  if (!sohoa_cli_parse ("list", "— documents of the desk, newest first", list_entries, &argc, &argv, error))
    return SOHOA_EXIT_USAGE;
  if (argc != 1) {
    sohoa_cli_usage_error (error, "list: unexpected argument: %s", argv[1]);
    return SOHOA_EXIT_USAGE;
  }
  if (opt.json) {
    b = json_builder_new ();
    json_builder_begin_array (b);
  }
  if (!list_all (b, error))
    return SOHOA_EXIT_INTERNAL;
  if (b != NULL) {
    g_autoptr(JsonNode) root = json_node_ref (json_builder_get_root (json_builder_end_array (b)));
    g_autofree char *text = json_to_string (root, TRUE);

    printf ("%s\n", text);
  }
  return SOHOA_EXIT_OK;
}

static void
print_record (const SohoaRecord *record)
{
  for (guint i = 0; i < record->fields->len; i++) {
    const SohoaField *f = g_ptr_array_index (record->fields, i);
    g_auto(GStrv) lines = g_strsplit (f->value, "\n", -1);
    g_autofree char *value = g_strjoinv ("; ", lines);

    printf ("  %-14s %s%s\n", f->key, value,
            g_ptr_array_find_with_equal_func (record->needs_person, f->key, g_str_equal, NULL) ? "   [check]" : "");
  }
  for (guint i = 0; i < record->deviations->len; i++)
    printf ("  deviation      %s\n", (char *) g_ptr_array_index (record->deviations, i));
}

/* What the signature has, when the desk wants more than B-B. */
static gboolean
print_level (const char *id, GError **error)
{
  g_autoptr(GVariant) answer
    = sohoa_cli_call ("vn.sohoa.Desk1.Signing", "GetEvidence", g_variant_new ("(s)", id), "(a{sv})", NULL, NULL, error);
  g_autoptr(GVariant) evidence = answer != NULL ? g_variant_get_child_value (answer, 0) : NULL;
  const char *level = "", *wanted = "";

  if (evidence == NULL)
    return FALSE;
  (void) g_variant_lookup (evidence, "level", "&s", &level);
  (void) g_variant_lookup (evidence, "wanted", "&s", &wanted);
  if (*level != '\0')
    printf ("  signature      %s%s%s\n", level, g_str_equal (level, wanted) ? "" : ", wanted: ",
            g_str_equal (level, wanted) ? "" : wanted);
  return TRUE;
}

/* What the clerk is told, as the desk shows it. */
static gboolean
print_messages (const char *id, GError **error)
{
  g_autoptr(GVariant) answer = sohoa_cli_call (SOHOA_BUS_DOCUMENTS, "GetMessages", g_variant_new ("(s)", id), "(a(sss))", NULL,
                                               NULL, error);
  g_autoptr(GVariantIter) rows = NULL;
  const char *code, *key, *text;

  if (answer == NULL)
    return FALSE;
  g_variant_get (answer, "(a(sss))", &rows);
  while (g_variant_iter_next (rows, "(&s&s&s)", &code, &key, &text))
    printf ("  * %s%s%s%s\n", text, code[0] != '\0' ? " [" : "", code, code[0] != '\0' ? "]" : "");
  return TRUE;
}

int
sohoa_cli_show (int argc, char **argv, GError **error)
{
  g_autofree char *json = NULL;
  g_autofree char *state = NULL;
  g_autoptr(GVariant) info = NULL;
  g_autoptr(SohoaRecord) record = NULL;
  guint revision;

  if (!sohoa_cli_parse ("show", "ID — one document", show_entries, &argc, &argv, error))
    return SOHOA_EXIT_USAGE;
  if (argc != 2) {
    sohoa_cli_usage_error (error, "show: give one document id: see sohoa list");
    return SOHOA_EXIT_USAGE;
  }
  if (!sohoa_cli_get (argv[1], &json, &state, &revision, &info, error))
    return SOHOA_EXIT_INTERNAL;
  if (json[0] != '\0' && (record = sohoa_record_from_json (json, -1, error)) == NULL)
    return SOHOA_EXIT_INTERNAL;
  if (record == NULL)
    record = sohoa_record_new ();
  g_free (record->id);
  g_free (record->state);
  record->id = g_strdup (argv[1]);
  record->state = g_strdup (state);
  record->revision = revision;
  if (opt.json) {
    g_autofree char *text = sohoa_record_to_json (record, TRUE);

    printf ("%s\n", text);
    return SOHOA_EXIT_OK;
  }
  printf ("%s  %s  revision %u%s\n", argv[1], state, revision, record->original ? "  original" : "");
  print_record (record);
  if (*summary_text (info, "arrival-number") != '\0')
    printf ("  số đến         %s\n", summary_text (info, "arrival-number"));
  if (*summary_text (info, "reason") != '\0')
    printf ("  reason         %s\n", summary_text (info, "reason"));
  return print_level (argv[1], error) && print_messages (argv[1], error) ? SOHOA_EXIT_OK : SOHOA_EXIT_INTERNAL;
}

static void
on_changed (GDBusConnection *bus, const char *sender, const char *path, const char *interface, const char *signal,
            GVariant *parameters, gpointer data)
{
  guint64 sequence;
  const char *id, *state;
  guint revision;

  g_variant_get (parameters, "(t&su&s)", &sequence, &id, &revision, &state);
  printf ("%" G_GUINT64_FORMAT " %s %u %s\n", sequence, id, revision, state);
  fflush (stdout);
}

static void
on_cancelled (GCancellable *cancellable, gpointer loop)
{
  g_main_loop_quit (loop);
}

int
sohoa_cli_watch (int argc, char **argv, GError **error)
{
  g_autoptr(GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  GDBusConnection *bus;

  if (!sohoa_cli_parse ("watch", "— sequence, id, revision, state of every change", no_entries, &argc, &argv, error))
    return SOHOA_EXIT_USAGE;
  bus = sohoa_cli_bus (error);
  if (bus == NULL)
    return SOHOA_EXIT_TRY_AGAIN;
  g_dbus_connection_signal_subscribe (bus, SOHOA_BUS_NAME, SOHOA_BUS_DOCUMENTS, "Changed", SOHOA_BUS_PATH, NULL,
                                      G_DBUS_SIGNAL_FLAGS_NONE, on_changed, NULL, NULL);
  g_cancellable_connect (sohoa_cli_cancellable (), G_CALLBACK (on_cancelled), loop, NULL);
  g_main_loop_run (loop);
  return SOHOA_EXIT_OK;
}

/* ---- export ---- */

static gboolean
export_text (const char *folder, const char *name, const char *text, GError **error)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  return sohoa_file_write (path, text, strlen (text), 0600, error);
}

static char *export_name; /* (nullable) template, sohoa-file-name.h; NULL = letter 7197 */

static const GOptionEntry export_entries[] = {
  { "name", 0, 0, G_OPTION_ARG_STRING, &export_name,
    "name of the PDF: a template such as {id} or {arrival}_{number}-{symbol} (7197: DocCode_YYYYMMDD)", "TEMPLATE" },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};

/* The receiver's code of the document, NULL before there is one. g_free. */
static char *
code_of (const char *id)
{
  g_autoptr(GVariant) answer = sohoa_cli_call (SOHOA_BUS_DOCUMENTS, "GetReceipt", g_variant_new ("(s)", id), "(s)", NULL, NULL, NULL);
  g_autoptr(JsonNode) node = NULL;
  const char *text = "", *code = NULL;

  if (answer != NULL)
    g_variant_get (answer, "(&s)", &text);
  node = text[0] != '\0' ? json_from_string (text, NULL) : NULL;
  if (node != NULL && JSON_NODE_HOLDS_OBJECT (node))
    code = json_object_get_string_member_with_default (json_node_get_object (node), "documentId", "");
  return code != NULL && code[0] != '\0' ? g_strdup (code) : NULL;
}

/* g_free. */
static char *
name_of_pdf (const char *id, const char *json, GVariant *info, GError **error)
{
  const char *template = export_name == NULL || g_str_equal (export_name, "7197") ? SOHOA_FILE_NAME_7197 : export_name;
  g_autoptr(SohoaRecord) record = sohoa_record_from_json (json, -1, error);
  g_autofree char *code = record != NULL ? code_of (id) : NULL;
  gint64 created = 0;

  if (record == NULL)
    return NULL;
  g_free (record->id);
  record->id = g_strdup (id);
  (void) g_variant_lookup (info, "created", "x", &created);
  return sohoa_file_name_new (template, record, code, created, error);
}

static gboolean
export_pdf (const char *id, const char *folder, const char *name, GError **error)
{
  g_autofree char *path = g_strdup_printf ("%s/%s.pdf", folder, name);
  g_autoptr(GUnixFDList) fds = NULL;
  g_autoptr(GVariant) answer = sohoa_cli_call (SOHOA_BUS_DOCUMENTS, "GetDocumentFile", g_variant_new ("(s)", id), "(hs)", NULL,
                                               &fds, error);
  g_autoptr(SohoaOutput) output = NULL;
  g_autofree char *seen = NULL;
  const char *sha256;
  gint32 handle;
  SOHOA_AUTO_FD int fd = -1;

  if (answer == NULL)
    return FALSE;
  g_variant_get (answer, "(h&s)", &handle, &sha256);
  fd = fds != NULL ? g_unix_fd_list_get (fds, handle, error) : -1;
  if (fd < 0 || (seen = sohoa_fd_sha256 (fd, 0, G_MAXUINT64, error)) == NULL)
    return FALSE;
  if (!g_str_equal (seen, sha256)) {
    g_set_error (error, SOHOA_STORE_ERROR, SOHOA_STORE_ERROR_CORRUPT,
                 "%s: the file is not the one that was signed: run sohoa audit verify", id);
    return FALSE;
  }
  output = sohoa_output_new (path, 0600, error);
  return output != NULL && sohoa_fd_copy (fd, 0, G_MAXUINT64, sohoa_output_get_fd (output), error)
         && sohoa_output_commit (output, error);
}

static gboolean
export_call (const char *id, const char *method, const char *type, const char *folder, const char *name, GError **error)
{
  g_autoptr(GVariant) answer = sohoa_cli_call (SOHOA_BUS_DOCUMENTS, method, g_variant_new ("(s)", id), type, NULL, NULL, error);
  const char *text;

  if (answer == NULL)
    return FALSE;
  g_variant_get_child (answer, 0, "&s", &text);
  return text[0] == '\0' || export_text (folder, name, text, error);
}

int
sohoa_cli_export (int argc, char **argv, GError **error)
{
  g_autofree char *record = NULL;
  g_autofree char *name = NULL;
  g_autoptr(GVariant) info = NULL;

  if (!sohoa_cli_parse ("export", "ID DIR — the PDF, record.json, text.txt, receipt.json, tt05.json", export_entries, &argc, &argv, error))
    return SOHOA_EXIT_USAGE;
  if (argc != 3) {
    sohoa_cli_usage_error (error, "export: give a document id and a folder");
    return SOHOA_EXIT_USAGE;
  }
  if (!sohoa_cli_get (argv[1], &record, NULL, NULL, &info, error)
      || (name = name_of_pdf (argv[1], record, info, error)) == NULL || !sohoa_folder_make (argv[2], 0700, error)
      || !export_pdf (argv[1], argv[2], name, error) || !export_text (argv[2], "record.json", record, error)
      || !export_call (argv[1], "GetText", "(s)", argv[2], "text.txt", error)
      || !export_call (argv[1], "GetReceipt", "(s)", argv[2], "receipt.json", error)
      || !export_call (argv[1], "GetArchiveRecord", "(sas)", argv[2], "tt05.json", error))
    return SOHOA_EXIT_INTERNAL;
  return SOHOA_EXIT_OK;
}

/* ---- audit ---- */

int
sohoa_cli_audit (int argc, char **argv, GError **error)
{
  g_autoptr(GVariant) answer = NULL;
  g_autofree const char **findings = NULL;

  if (!sohoa_cli_parse ("audit", "verify [ID] — replay the chain of events", no_entries, &argc, &argv, error))
    return SOHOA_EXIT_USAGE;
  if (argc < 2 || argc > 3 || !g_str_equal (argv[1], "verify")) {
    sohoa_cli_usage_error (error, "audit: only `audit verify [ID]` is part of this version");
    return SOHOA_EXIT_USAGE;
  }
  answer = sohoa_cli_call (SOHOA_BUS_DOCUMENTS, "VerifyAudit", g_variant_new ("(s)", argc == 3 ? argv[2] : ""), "(as)", NULL,
                           NULL, error);
  if (answer == NULL)
    return SOHOA_EXIT_INTERNAL;
  g_variant_get (answer, "(^a&s)", &findings);
  for (guint i = 0; findings[i] != NULL; i++)
    printf ("%s\n", findings[i]);
  if (findings[0] != NULL)
    return SOHOA_EXIT_SIGNATURE;
  printf ("the chain of events is whole\n");
  return SOHOA_EXIT_OK;
}

/* ---- agencies ---- */

#define AGENCIES_SHOWN 200u

static gboolean
import_agencies (const char *path, GError **error)
{
  g_autoptr(GUnixFDList) list = g_unix_fd_list_new ();
  g_autoptr(GVariant) answer = NULL;
  SOHOA_AUTO_FD int fd = sohoa_cli_open_input (path, error);
  int handle = fd < 0 ? -1 : g_unix_fd_list_append (list, fd, error);
  guint count;

  if (handle < 0)
    return FALSE;
  answer = sohoa_cli_call (SOHOA_BUS_DAEMON, "ImportAgencies", g_variant_new ("(h)", handle), "(u)", list, NULL, error);
  if (answer == NULL) {
    g_prefix_error (error, "%s: ", path);
    return FALSE;
  }
  g_variant_get (answer, "(u)", &count);
  printf ("%u agencies\n", count);
  return TRUE;
}

static gboolean
list_agencies (const char *search, GError **error)
{
  g_autoptr(GVariant) answer = sohoa_cli_call (SOHOA_BUS_DAEMON, "GetAgencies", g_variant_new ("(su)", search, AGENCIES_SHOWN),
                                               "(a(ssssss))", NULL, NULL, error);
  g_autoptr(GVariantIter) rows = NULL;
  const char *name, *id, *old_id, *aliases, *from, *to;

  if (answer == NULL)
    return FALSE;
  g_variant_get (answer, "(a(ssssss))", &rows);
  while (g_variant_iter_next (rows, "(&s&s&s&s&s&s)", &name, &id, &old_id, &aliases, &from, &to))
    printf ("%-14s %-14s %s%s%s%s  %s – %s\n", id, old_id, name, aliases[0] != '\0' ? " (" : "", aliases,
            aliases[0] != '\0' ? ")" : "", from, to);
  return TRUE;
}

int
sohoa_cli_agencies (int argc, char **argv, GError **error)
{
  static const GOptionEntry none[] = { { NULL, 0, 0, 0, NULL, NULL, NULL } };

  if (!sohoa_cli_parse ("agencies", "list [TEXT] | import FILE — FILE: CSV, or the axis' list as JSON", none, &argc, &argv, error))
    return SOHOA_EXIT_USAGE;
  if (argc == 3 && g_str_equal (argv[1], "import"))
    return import_agencies (argv[2], error) ? SOHOA_EXIT_OK : SOHOA_EXIT_INTERNAL;
  if ((argc == 2 || argc == 3) && g_str_equal (argv[1], "list"))
    return list_agencies (argc == 3 ? argv[2] : "", error) ? SOHOA_EXIT_OK : SOHOA_EXIT_INTERNAL;
  sohoa_cli_usage_error (error, "agencies: list [TEXT] or import FILE");
  return SOHOA_EXIT_USAGE;
}
