/* sohoa doctor: what on this machine would spoil the work, before it does. Exit 0 when nothing failed. */
#define _GNU_SOURCE
#include "sohoa-cli.h"

#include "sohoa-file.h"
#include "sohoa-pipeline.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/timex.h>

#define MIN_FREE_BYTES (G_GUINT64_CONSTANT (2) * 1024 * 1024 * 1024)

static guint n_failed;

static gboolean token_asked;
static const GOptionEntry entries[] = {
  { "token", 0, 0, G_OPTION_ARG_NONE, &token_asked, "also look for signature tokens; their PIN is not needed", NULL },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};

static void
tell (const char *check, const char *verdict, const char *text)
{
  printf ("%-8s %-14s %s\n", verdict, check, text);
  if (g_str_equal (verdict, "failed"))
    n_failed++;
}

static void
check_worker (void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(SohoaWorkerPool) pool = sohoa_worker_pool_new (1, &error);
  const char *sandbox = pool != NULL ? sohoa_worker_pool_check (pool, &error) : NULL;

  if (sandbox == NULL)
    tell ("worker", "failed", error != NULL ? error->message : "does not start");
  else if (g_str_equal (sandbox, "strict"))
    tell ("worker", "ok", "starts; sandbox strict (seccomp and Landlock); recogniser, fonts and colour profile loaded");
  else
    tell ("worker", "warning", "starts, but its sandbox is not strict: Landlock needs kernel 5.13 or later");
}

static void
check_space (void)
{
  const char *folder = g_get_user_data_dir ();
  struct statvfs fs;
  guint64 space;
  g_autofree char *text = NULL;

  if (statvfs (folder, &fs) < 0 && statvfs ("/", &fs) < 0)
    return;
  space = (guint64) fs.f_bavail * fs.f_frsize;
  text = g_strdup_printf ("%" G_GUINT64_FORMAT " MiB free", space / (1024 * 1024));
  tell ("disk", space < MIN_FREE_BYTES ? "warning" : "ok", text);
}

/* A secret page must not survive in swap (design.md 6): only zram and encrypted (dm-crypt) swap are fine. */
static void
check_swap (void)
{
  g_autofree char *swaps = NULL;
  g_auto(GStrv) lines = NULL;

  if (!g_file_get_contents ("/proc/swaps", &swaps, NULL, NULL))
    return;
  lines = g_strsplit (swaps, "\n", -1);
  for (guint i = 1; lines[i] != NULL && lines[i][0] != '\0'; i++)
    if (strstr (lines[i], "zram") == NULL && strstr (lines[i], "/dm-") == NULL) {
      tell ("swap", "warning", "unencrypted swap is on: pages could be written to it; use zram or an encrypted swap");
      return;
    }
  tell ("swap", "ok", "none, or not on a plain disk");
}

static void
check_core_dumps (void)
{
  struct rlimit limit;
  g_autofree char *pattern = NULL;

  (void) g_file_get_contents ("/proc/sys/kernel/core_pattern", &pattern, NULL, NULL);
  if (getrlimit (RLIMIT_CORE, &limit) == 0 && (limit.rlim_cur > 0 || (pattern != NULL && pattern[0] == '|')))
    tell ("core dumps", "warning", "are on: a crash could leave page contents on disk; set ulimit -c 0 and Storage=none for systemd-coredump");
  else
    tell ("core dumps", "ok", "off");
}

/* QĐ28 Art. 14(4): time is synchronised. */
static void
check_clock (void)
{
  struct timex t = { 0 };

  if (adjtimex (&t) == TIME_ERROR || (t.status & STA_UNSYNC) != 0)
    tell ("clock", "warning", "not synchronised: signing times may be wrong; turn on NTP");
  else
    tell ("clock", "ok", "synchronised");
}

static void
check_daemon (void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) answer
    = sohoa_cli_call (SOHOA_BUS_DAEMON, "Doctor", g_variant_new ("()"), "(a(sss))", NULL, NULL, &error);
  g_autoptr(GVariantIter) iter = NULL;
  const char *check, *verdict, *text;

  if (answer == NULL) {
    tell ("daemon", "warning", error->message);
    return;
  }
  tell ("daemon", "ok", "answers");
  g_variant_get (answer, "(a(sss))", &iter);
  while (g_variant_iter_next (iter, "(&s&s&s)", &check, &verdict, &text))
    tell (check, verdict, text);
}

int
sohoa_cli_doctor (int argc, char **argv, GError **error)
{
  if (!sohoa_cli_parse ("doctor", "— check this machine and the daemon", entries, &argc, &argv, error))
    return SOHOA_EXIT_USAGE;
  if (argc > (token_asked ? 2 : 1)) {
    sohoa_cli_usage_error (error, "doctor: takes no argument; --token takes one at most: pkcs11:URI");
    return SOHOA_EXIT_USAGE;
  }
  check_worker ();
  check_space ();
  check_swap ();
  check_core_dumps ();
  check_clock ();
  check_daemon ();
  if (token_asked)
    sohoa_cli_report_tokens (argc == 2 ? argv[1] : "pkcs11:", tell);
  return n_failed == 0 ? SOHOA_EXIT_OK : SOHOA_EXIT_INTERNAL;
}
