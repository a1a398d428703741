/* sohoa sign: lets confirmed documents be signed. With a token the PIN unlocks exactly these documents, and the
 * unlock ends with this program: so it stays until each of them is signed or waits with a reason. */
#include "sohoa-cli.h"

#include "sohoa-file.h"
#include "sohoa-time.h"

#include <fcntl.h>
#include <gio/gunixfdlist.h>
#include <stdio.h>

#define BUS_SIGNING "vn.sohoa.Desk1.Signing"
#define LOOK_MS 200        /* how often the documents are looked at */
#define WAIT_S (15 * 60)   /* longest wait for the whole batch */

static struct {
  int      pin_fd;
  gboolean final_try;
} opt;

static const GOptionEntry entries[] = {
  { "pin-fd", 0, 0, G_OPTION_ARG_INT, &opt.pin_fd, "read the token's PIN from this descriptor", "N" },
  { "final-try", 0, 0, G_OPTION_ARG_NONE, &opt.final_try, "try the PIN although one more wrong one locks the token", NULL },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};

/* ---- with the daemon's key file ---- */

static int
sign_each (char **ids, GError **error)
{
  for (guint i = 0; ids[i] != NULL; i++) {
    g_autofree char *token = sohoa_id_new (sohoa_time_now_us ());
    g_autoptr(GVariant) answer = NULL;
    guint revision;

    if (!sohoa_cli_get (ids[i], NULL, NULL, &revision, NULL, error))
      return SOHOA_EXIT_INTERNAL;
    answer = sohoa_cli_call (SOHOA_BUS_DOCUMENTS, "Sign",
                             g_variant_new ("(sus@a{sv})", ids[i], revision, token,
                                            g_variant_new_array (G_VARIANT_TYPE ("{sv}"), NULL, 0)),
                             "(u)", NULL, NULL, error);
    if (answer == NULL) {
      g_prefix_error (error, "%s: ", ids[i]);
      return SOHOA_EXIT_INTERNAL;
    }
  }
  return SOHOA_EXIT_OK;
}

/* ---- with a token ---- */

/* (id, revision, digest of what is shown) of each. */
static GVariant *
list_shown (char **ids, GError **error)
{
  GVariantBuilder list;

  g_variant_builder_init (&list, G_VARIANT_TYPE ("a(sus)"));
  for (guint i = 0; ids[i] != NULL; i++) {
    g_autoptr(GVariant) info = NULL;
    const char *shown = "";
    guint revision;

    if (!sohoa_cli_get (ids[i], NULL, NULL, &revision, &info, error)) {
      g_variant_builder_clear (&list);
      return NULL;
    }
    (void) g_variant_lookup (info, "shown-sha256", "&s", &shown);
    g_variant_builder_add (&list, "(sus)", ids[i], revision, shown);
  }
  return g_variant_ref_sink (g_variant_builder_end (&list));
}

static gboolean
unlock (GVariant *shown, guint *n_left, GError **error)
{
  g_autoptr(GUnixFDList) fds = g_unix_fd_list_new ();
  g_autoptr(GVariant) answer = NULL;
  g_autoptr(GVariantIter) left = NULL;
  GVariantBuilder options;
  const char *id, *text;

  if (g_unix_fd_list_append (fds, opt.pin_fd, error) < 0)
    return FALSE;
  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  if (opt.final_try)
    g_variant_builder_add (&options, "{sv}", "final-try", g_variant_new_boolean (TRUE));
  answer = sohoa_cli_call (BUS_SIGNING, "Unlock", g_variant_new ("(@a(sus)ha{sv})", shown, 0, &options), "(sa(ss))", fds, NULL,
                           error);
  if (answer == NULL)
    return FALSE;
  g_variant_get (answer, "(sa(ss))", NULL, &left);
  while (g_variant_iter_next (left, "(&s&s)", &id, &text)) {
    fprintf (stderr, "sohoa: %s: not signed: %s\n", id, text);
    (*n_left)++;
  }
  return TRUE;
}

/* TRUE when nothing more will happen to it by this unlock; tells how it ended. */
static gboolean
look (const char *id, guint *n_left)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) info = NULL;
  g_autofree char *state = NULL;
  const char *reason = "";
  guint revision;

  if (!sohoa_cli_get (id, NULL, &state, &revision, &info, &error)) {
    sohoa_cli_complain (error->message);
    (*n_left)++;
    return TRUE;
  }
  (void) g_variant_lookup (info, "reason", "&s", &reason);
  if (g_str_equal (state, "signing") && reason[0] == '\0')
    return FALSE;
  if (g_str_equal (state, "signing") || g_str_equal (state, "failed") || g_str_equal (state, "confirmed")) {
    fprintf (stderr, "sohoa: %s: not signed: %s\n", id, reason[0] != '\0' ? reason : state);
    (*n_left)++;
  } else {
    printf ("%s: signed\n", id);
  }
  return TRUE;
}

static int
sign_batch (char **ids, GError **error)
{
  g_autoptr(GVariant) shown = list_shown (ids, error);
  gint64 until_us = g_get_monotonic_time () + (gint64) WAIT_S * G_USEC_PER_SEC;
  guint n_left = 0;

  if (shown == NULL || !unlock (shown, &n_left, error))
    return SOHOA_EXIT_INTERNAL;
  for (guint i = 0; ids[i] != NULL; i++) {
    while (!look (ids[i], &n_left)) {
      if (g_get_monotonic_time () > until_us) {
        g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_BUSY, "%s: still being signed: see sohoa list --state signing", ids[i]);
        return SOHOA_EXIT_TRY_AGAIN;
      }
      if (g_cancellable_set_error_if_cancelled (sohoa_cli_cancellable (), error))
        return SOHOA_EXIT_INTERNAL;
      g_usleep (LOOK_MS * 1000);
    }
  }
  return n_left == 0 ? SOHOA_EXIT_OK : SOHOA_EXIT_SIGNATURE;
}

int
sohoa_cli_sign (int argc, char **argv, GError **error)
{
  opt.pin_fd = -1;
  if (!sohoa_cli_parse ("sign", "ID…", entries, &argc, &argv, error))
    return SOHOA_EXIT_USAGE;
  if (argc < 2) {
    sohoa_cli_usage_error (error, "sign: needs at least one document id");
    return SOHOA_EXIT_USAGE;
  }
  return opt.pin_fd >= 0 ? sign_batch (argv + 1, error) : sign_each (argv + 1, error);
}
