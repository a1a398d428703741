/* Changing the desk's documents: add, set, confirm, reject, cancel, submit, recall, release, purge,
 * reprocess. Each call carries the revision it was made for and a token, so that nothing is done twice. */
#include "sohoa-cli.h"

#include "sohoa-file.h"
#include "sohoa-record.h"
#include "sohoa-time.h"

#include <gio/gunixfdlist.h>
#include <stdio.h>
#include <string.h>

static struct {
  char    *reason, *second_person, *as, *from, *profile;
  char   **set;
  char    *seen, *of;
  char    *number, *date, *book;
  gboolean refused, together, received, register_new, give_back;
} opt;

static const GOptionEntry change_entries[] = {
  { "reason", 0, 0, G_OPTION_ARG_STRING, &opt.reason, "why", "TEXT" },
  { "second-person", 0, 0, G_OPTION_ARG_STRING, &opt.second_person, "who decided (release)", "NAME" },
  { "seen", 0, 0, G_OPTION_ARG_STRING, &opt.seen, "doubtful fields you have looked at (confirm)", "Field,Field…" },
  { "as", 0, 0, G_OPTION_ARG_STRING, &opt.as, "actor; only a demonstration daemon accepts \"demo\"", "demo" },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};
static const GOptionEntry reprocess_entries[] = {
  { "from", 0, 0, G_OPTION_ARG_STRING, &opt.from, "ocr (default), record, pdf, sign, submit", "STEP" },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};
static const GOptionEntry duplicate_entries[] = {
  { "received", 0, 0, G_OPTION_ARG_NONE, &opt.received, "this is the paper of the other one: no second số đến", NULL },
  { "register-new", 0, 0, G_OPTION_ARG_NONE, &opt.register_new, "they are two documents: this one gets its own số đến", NULL },
  { "return", 0, 0, G_OPTION_ARG_NONE, &opt.give_back, "give it back to the sender (needs --reason)", NULL },
  { "of", 0, 0, G_OPTION_ARG_STRING, &opt.of, "the other document (default: the first listed)", "ID" },
  { "reason", 0, 0, G_OPTION_ARG_STRING, &opt.reason, "why", "TEXT" },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};
static const GOptionEntry add_entries[] = {
  { "together", 0, 0, G_OPTION_ARG_NONE, &opt.together, "all files are the pages of one document", NULL },
  { "profile", 0, 0, G_OPTION_ARG_STRING, &opt.profile, "compliance profile", "NAME" },
  { "set", 0, 0, G_OPTION_ARG_STRING_ARRAY, &opt.set, "a value you know", "Field=value" },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};
static const GOptionEntry answer_entries[] = {
  { "number", 0, 0, G_OPTION_ARG_STRING, &opt.number, "the số đến that the web page showed", "N" },
  { "date", 0, 0, G_OPTION_ARG_STRING, &opt.date, "its day", "2026-11-23" },
  { "book", 0, 0, G_OPTION_ARG_STRING, &opt.book, "its book", "NAME" },
  { "refused", 0, 0, G_OPTION_ARG_NONE, &opt.refused, "the receiver refused it (needs --reason)", NULL },
  { "reason", 0, 0, G_OPTION_ARG_STRING, &opt.reason, "why", "TEXT" },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};
static const GOptionEntry no_entries[] = { { NULL, 0, 0, 0, NULL, NULL, NULL } };

/* command → method of vn.sohoa.Desk1.Documents */
static const struct {
  const char *command, *method;
  gboolean    needs_reason;
} changes[] = {
  { "confirm", "Confirm", FALSE }, { "reject", "Reject", TRUE }, { "cancel", "Cancel", FALSE },
  { "submit", "Submit", FALSE },   { "recall", "Recall", TRUE },
  { "revise", "Revise", FALSE },
  { "release", "Release", TRUE },  { "purge", "Purge", FALSE },
};

static GVariant *
change_options (void)
{
  GVariantBuilder b;

  g_variant_builder_init (&b, G_VARIANT_TYPE_VARDICT);
  if (opt.reason != NULL)
    g_variant_builder_add (&b, "{sv}", "reason", g_variant_new_string (opt.reason));
  if (opt.second_person != NULL)
    g_variant_builder_add (&b, "{sv}", "second-person", g_variant_new_string (opt.second_person));
  if (opt.as != NULL)
    g_variant_builder_add (&b, "{sv}", "actor", g_variant_new_string (opt.as));
  if (opt.seen != NULL) {
    g_auto(GStrv) keys = g_strsplit (opt.seen, ",", -1);

    g_variant_builder_add (&b, "{sv}", "seen", g_variant_new_strv ((const char *const *) keys, -1));
  }
  if (opt.of != NULL)
    g_variant_builder_add (&b, "{sv}", "of", g_variant_new_string (opt.of));
  if (opt.received || opt.register_new || opt.give_back)
    g_variant_builder_add (&b, "{sv}", "outcome", g_variant_new_string (opt.received       ? "paper-received"
                                                                        : opt.register_new ? "register-new"
                                                                                           : "return"));
  if (opt.from != NULL)
    g_variant_builder_add (&b, "{sv}", "from", g_variant_new_string (opt.from));
  if (opt.number != NULL)
    g_variant_builder_add (&b, "{sv}", "arrival-number", g_variant_new_string (opt.number));
  if (opt.date != NULL)
    g_variant_builder_add (&b, "{sv}", "arrival-date", g_variant_new_string (opt.date));
  if (opt.book != NULL)
    g_variant_builder_add (&b, "{sv}", "arrival-book", g_variant_new_string (opt.book));
  if (opt.refused)
    g_variant_builder_add (&b, "{sv}", "status", g_variant_new_string ("02"));
  return g_variant_builder_end (&b);
}

static gboolean
change_one (const char *id, const char *method, GError **error)
{
  g_autofree char *token = sohoa_id_new (sohoa_time_now_us ());
  g_autoptr(GVariant) answer = NULL;
  g_autoptr(GVariantIter) doubts = NULL;
  gboolean confirm = g_str_equal (method, "Confirm");
  const char *doubt;
  guint revision;

  if (!sohoa_cli_get (id, NULL, NULL, &revision, NULL, error))
    return FALSE;
  answer = sohoa_cli_call (SOHOA_BUS_DOCUMENTS, method, g_variant_new ("(sus@a{sv})", id, revision, token, change_options ()),
                           confirm ? "(uas)" : "(u)", NULL, NULL, error);
  if (answer == NULL) {
    g_prefix_error (error, "%s: ", id);
    return FALSE;
  }
  if (!confirm)
    return TRUE;
  g_variant_get (answer, "(uas)", &revision, &doubts);
  while (g_variant_iter_next (doubts, "&s", &doubt))
    printf ("%s: confirmed although doubtful: %s\n", id, doubt);
  return TRUE;
}

int
sohoa_cli_change (int argc, char **argv, GError **error)
{
  const char *command = argv[0];
  guint which = 0;

  while (!g_str_equal (changes[which].command, command))
    which++;
  if (!sohoa_cli_parse (command, "ID…", change_entries, &argc, &argv, error))
    return SOHOA_EXIT_USAGE;
  if (argc < 2 || (changes[which].needs_reason && opt.reason == NULL)) {
    sohoa_cli_usage_error (error, "%s: needs at least one document id%s", command,
                           changes[which].needs_reason ? " and --reason TEXT" : "");
    return SOHOA_EXIT_USAGE;
  }
  for (int i = 1; i < argc; i++)
    if (!change_one (argv[i], changes[which].method, error))
      return SOHOA_EXIT_INTERNAL;
  return SOHOA_EXIT_OK;
}

int
sohoa_cli_answer (int argc, char **argv, GError **error)
{
  if (!sohoa_cli_parse ("answer", "ID — what the document system's web page answered (target \"assisted\")", answer_entries, &argc,
                        &argv, error))
    return SOHOA_EXIT_USAGE;
  if (argc != 2 || (opt.number == NULL && !opt.refused)) {
    sohoa_cli_usage_error (error, "answer: needs one document id, and --number N or --refused --reason TEXT");
    return SOHOA_EXIT_USAGE;
  }
  return change_one (argv[1], "EnterAnswer", error) ? SOHOA_EXIT_OK : SOHOA_EXIT_INTERNAL;
}

int
sohoa_cli_reprocess (int argc, char **argv, GError **error)
{
  if (!sohoa_cli_parse ("reprocess", "ID…", reprocess_entries, &argc, &argv, error))
    return SOHOA_EXIT_USAGE;
  if (argc < 2) {
    sohoa_cli_usage_error (error, "reprocess: needs at least one document id");
    return SOHOA_EXIT_USAGE;
  }
  for (int i = 1; i < argc; i++)
    if (!change_one (argv[i], "Reprocess", error))
      return SOHOA_EXIT_INTERNAL;
  return SOHOA_EXIT_OK;
}

static gboolean
print_duplicates (const char *id, GError **error)
{
  g_autoptr(GVariant) answer = sohoa_cli_call (SOHOA_BUS_DOCUMENTS, "GetDuplicates", g_variant_new ("(s)", id), "(a(sssss))", NULL,
                                               NULL, error);
  g_autoptr(GVariantIter) rows = NULL;
  const char *other, *why, *number, *day, *state;

  if (answer == NULL)
    return FALSE;
  g_variant_get (answer, "(a(sssss))", &rows);
  while (g_variant_iter_next (rows, "(&s&s&s&s&s)", &other, &why, &number, &day, &state))
    printf ("%s  same %s  %s  số đến %s  ngày %s\n", other, why, state, number[0] != '\0' ? number : "–", day);
  return TRUE;
}

int
sohoa_cli_duplicates (int argc, char **argv, GError **error)
{
  if (!sohoa_cli_parse ("duplicates", "ID — documents that came before and may be the same; or what to do about one",
                        duplicate_entries, &argc, &argv, error))
    return SOHOA_EXIT_USAGE;
  if (argc != 2 || opt.received + opt.register_new + opt.give_back > 1 || (opt.give_back && opt.reason == NULL)) {
    sohoa_cli_usage_error (error, "duplicates: give one document id, and at most one of --received, --register-new and --return "
                                  "--reason TEXT");
    return SOHOA_EXIT_USAGE;
  }
  if (opt.received || opt.register_new || opt.give_back)
    return change_one (argv[1], "ResolveDuplicate", error) ? SOHOA_EXIT_OK : SOHOA_EXIT_INTERNAL;
  return print_duplicates (argv[1], error) ? SOHOA_EXIT_OK : SOHOA_EXIT_INTERNAL;
}

/* "Field=value" words to a{ss}; NULL with a usage error. */
static GVariant *
fields_from_words (char **words, GError **error)
{
  GVariantBuilder b;

  g_variant_builder_init (&b, G_VARIANT_TYPE ("a{ss}"));
  for (guint i = 0; words != NULL && words[i] != NULL; i++) {
    const char *equals = strchr (words[i], '=');
    g_autofree char *key = equals != NULL ? g_strndup (words[i], equals - words[i]) : g_strdup ("");

    if (!sohoa_field_key_is_known (key)) {
      g_variant_builder_clear (&b);
      sohoa_cli_usage_error (error, "%s: not Field=value of a known field: see sohoa show ID --json", words[i]);
      return NULL;
    }
    g_variant_builder_add (&b, "{ss}", key, equals + 1);
  }
  return g_variant_ref_sink (g_variant_builder_end (&b));
}

int
sohoa_cli_set (int argc, char **argv, GError **error)
{
  g_autofree char *token = sohoa_id_new (sohoa_time_now_us ());
  g_autoptr(GVariant) fields = NULL;
  g_autoptr(GVariant) answer = NULL;
  guint revision;

  if (!sohoa_cli_parse ("set", "ID Field=value…", no_entries, &argc, &argv, error))
    return SOHOA_EXIT_USAGE;
  if (argc < 3) {
    sohoa_cli_usage_error (error, "set: needs a document id and at least one Field=value");
    return SOHOA_EXIT_USAGE;
  }
  fields = fields_from_words (argv + 2, error);
  if (fields == NULL)
    return SOHOA_EXIT_USAGE;
  if (!sohoa_cli_get (argv[1], NULL, NULL, &revision, NULL, error))
    return SOHOA_EXIT_INTERNAL;
  answer = sohoa_cli_call (SOHOA_BUS_DOCUMENTS, "SetFields", g_variant_new ("(sus@a{ss})", argv[1], revision, token, fields),
                           "(u)", NULL, NULL, error);
  return answer != NULL ? SOHOA_EXIT_OK : SOHOA_EXIT_INTERNAL;
}

static GVariant *
add_options (GError **error)
{
  g_autoptr(GVariant) fields = fields_from_words (opt.set, error);
  GVariantBuilder b;

  if (fields == NULL)
    return NULL;
  g_variant_builder_init (&b, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&b, "{sv}", "together", g_variant_new_boolean (opt.together));
  if (opt.profile != NULL)
    g_variant_builder_add (&b, "{sv}", "profile", g_variant_new_string (opt.profile));
  if (opt.set != NULL)
    g_variant_builder_add (&b, "{sv}", "fields", fields);
  return g_variant_builder_end (&b);
}

int
sohoa_cli_add (int argc, char **argv, GError **error)
{
  g_autofree char *token = sohoa_id_new (sohoa_time_now_us ());
  g_autoptr(GUnixFDList) list = g_unix_fd_list_new ();
  g_autoptr(GVariant) answer = NULL;
  g_autoptr(GVariantIter) ids = NULL;
  GVariantBuilder handles, names;
  GVariant *options;
  const char *id;

  if (!sohoa_cli_parse ("add", "FILE… — new documents of the desk; prints their ids", add_entries, &argc, &argv, error))
    return SOHOA_EXIT_USAGE;
  if (argc < 2 || (options = add_options (error)) == NULL) {
    if (error == NULL || *error == NULL)
      sohoa_cli_usage_error (error, "add: needs at least one file");
    return SOHOA_EXIT_USAGE;
  }
  g_variant_ref_sink (options);
  g_variant_builder_init (&handles, G_VARIANT_TYPE ("ah"));
  g_variant_builder_init (&names, G_VARIANT_TYPE ("as"));
  for (int i = 1; i < argc; i++) {
    SOHOA_AUTO_FD int fd = sohoa_cli_open_input (argv[i], error);
    g_autofree char *name = g_path_get_basename (argv[i]);
    int handle = fd < 0 ? -1 : g_unix_fd_list_append (list, fd, error);

    if (handle < 0)
      return SOHOA_EXIT_REFUSED;
    g_variant_builder_add (&handles, "h", handle);
    g_variant_builder_add (&names, "s", name);
  }
  answer = sohoa_cli_call (SOHOA_BUS_DOCUMENTS, "AddFiles", g_variant_new ("(ahass@a{sv})", &handles, &names, token, options),
                           "(as)", list, NULL, error);
  g_variant_unref (options);
  if (answer == NULL)
    return SOHOA_EXIT_INTERNAL;
  g_variant_get (answer, "(as)", &ids);
  while (g_variant_iter_next (ids, "&s", &id))
    printf ("%s\n", id);
  return SOHOA_EXIT_OK;
}
