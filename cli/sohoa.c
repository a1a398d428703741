/* sohoa: the operator's command. Names and exit statuses are a contract (design.md 5). */
#include "config.h"

#include "sohoa-cli.h"

#include "sohoa-log.h"
#include "sohoa-transport.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>

const SohoaCommand sohoa_commands[] = {
  { "process", "INPUT… -o OUT.pdf", "scans or files to a searchable, signed PDF/A; no daemon needed", sohoa_cli_process },
  { "sign-file", "FILE -o OUT --sign p12:FILE", "append a signature to a PDF", sohoa_cli_sign_file },
  { "verify", "FILE", "check a PDF's signatures", sohoa_cli_verify },
  { "add", "FILE…", "hand files to the desk as new documents", sohoa_cli_add },
  { "list", "", "documents of the desk", sohoa_cli_list },
  { "show", "ID", "one document", sohoa_cli_show },
  { "watch", "", "print every change as it happens", sohoa_cli_watch },
  { "set", "ID Field=value…", "correct fields", sohoa_cli_set },
  { "duplicates", "ID [--received|--register-new|--return]", "documents that came before; what to do about one", sohoa_cli_duplicates },
  { "confirm", "ID…", "confirm the fields", sohoa_cli_change },
  { "reject", "ID… --reason TEXT", "return to the sender", sohoa_cli_change },
  { "cancel", "ID… [--reason TEXT]", "end a document before submission", sohoa_cli_change },
  { "sign", "ID…", "let confirmed documents be signed; with a token: enter its PIN by --pin-fd", sohoa_cli_sign },
  { "submit", "ID…", "submit now what waits for the receiver", sohoa_cli_change },
  { "answer", "ID --number N | --refused --reason TEXT", "type back what the receiver's web page answered", sohoa_cli_answer },
  { "recall", "ID… --reason TEXT", "ask the receiver to give a document back", sohoa_cli_change },
  { "revise", "ID…", "what the receiver refused comes back to be put right and sent again", sohoa_cli_change },
  { "release", "ID… --second-person NAME --reason TEXT", "a held document goes on", sohoa_cli_change },
  { "purge", "ID… [--reason TEXT]", "destroy a held document", sohoa_cli_change },
  { "reprocess", "ID… [--from STEP]", "run again from ocr, record, pdf, sign or submit", sohoa_cli_reprocess },
  { "export", "ID DIR", "signed PDF, record, text and receipt into a folder", sohoa_cli_export },
  { "agencies", "list [TEXT] | import FILE", "the directory of agencies and their identifiers", sohoa_cli_agencies },
  { "register", "[--year Y] [--book B]", "the register of incoming documents", sohoa_cli_register },
  { "audit", "verify [ID]", "replay the chain of events", sohoa_cli_audit },
  { "doctor", "", "check this machine and the daemon", sohoa_cli_doctor },
  { "scan", "[--device NAME] [--source WHERE]", "scan a stack of paper", sohoa_cli_scan },
  { "devices", "", "list scanners", sohoa_cli_devices },
  { "separators", "-o OUT.pdf", "print sheets that part the documents of a stack", sohoa_cli_separators },
  { "renew", "ID | FILE --tsa URL", "complete a signature's evidence, renew its archive time stamp", sohoa_cli_renew },
  { "backup", "", "back up the store", sohoa_cli_absent },
  { "restore", "", "restore the store", sohoa_cli_absent },
  { NULL, NULL, NULL, NULL },
};

static void
print_help (void)
{
  printf ("usage: sohoa [--session|--system] COMMAND …\n\n");
  for (const SohoaCommand *c = sohoa_commands; c->name != NULL; c++)
    if (c->run != sohoa_cli_absent)
      printf ("  %-10s %s\n", c->name, c->help);
  printf ("\n`sohoa COMMAND --help` tells a command's options.\n"
          "Exit: 0 done, 1 internal error, 2 usage, 3 input refused, 4 secrecy mark (nothing written),\n"
          "5 with --strict: a page has no text or a field needs a person, 6 temporary (try again),\n"
          "7 signature or verification failed, 8 not authorised.\n");
}

static const SohoaCommand *
find_command (const char *name)
{
  for (const SohoaCommand *c = sohoa_commands; c->name != NULL; c++)
    if (g_str_equal (c->name, name))
      return c;
  return NULL;
}

/* Options before the command. Gives the index of the command, 0 when the program is to end with *status. */
static int
global_options (int argc, char **argv, int *status)
{
  int i = 1;

  for (; i < argc && argv[i][0] == '-'; i++) {
    if (g_str_equal (argv[i], "--session") || g_str_equal (argv[i], "--system")) {
      sohoa_cli_choose_bus (argv[i] + 2);
    } else if (g_str_equal (argv[i], "--version")) {
      printf ("sohoa %s\n", PACKAGE_VERSION);
      *status = SOHOA_EXIT_OK;
      return 0;
    } else if (g_str_equal (argv[i], "--help") || g_str_equal (argv[i], "-h")) {
      print_help ();
      *status = SOHOA_EXIT_OK;
      return 0;
    } else {
      g_autofree char *text = g_strdup_printf ("%s: unknown option: see sohoa --help", argv[i]);

      sohoa_cli_complain (text);
      *status = SOHOA_EXIT_USAGE;
      return 0;
    }
  }
  if (i >= argc) {
    sohoa_cli_complain ("no command given: see sohoa --help");
    *status = SOHOA_EXIT_USAGE;
    return 0;
  }
  return i;
}

int
main (int argc, char **argv)
{
  const SohoaCommand *command;
  g_autoptr(GError) error = NULL;
  int status = SOHOA_EXIT_OK;
  int first;

  setlocale (LC_ALL, "");
  sohoa_transport_init ();
  sohoa_log_init ("sohoa", FALSE);
  sohoa_errors_register ();
  (void) sohoa_cli_cancellable ();
  first = global_options (argc, argv, &status);
  if (first == 0)
    return status;
  command = find_command (argv[first]);
  if (command == NULL) {
    g_autofree char *text = g_strdup_printf ("%s: unknown command: see sohoa --help", argv[first]);

    sohoa_cli_complain (text);
    return SOHOA_EXIT_USAGE;
  }
  status = command->run (argc - first, argv + first, &error);
  if (error != NULL) {
    sohoa_cli_complain (error->message);
    return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) ? SOHOA_EXIT_TRY_AGAIN
                                                                     : (int) sohoa_error_exit_status (error);
  }
  return status;
}
