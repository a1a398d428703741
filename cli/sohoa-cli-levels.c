/* Options of levels and authorities, and sohoa renew. */
#include "sohoa-cli.h"

#include "sohoa-file.h"
#include "sohoa-pipeline.h"
#include "sohoa-time.h"

#include <stdio.h>
#include <string.h>

#define BUS_SIGNING "vn.sohoa.Desk1.Signing"
#define LOOK_MS 200    /* how often the daemon is asked how far it is */
#define WAIT_S (5 * 60)
#define TRUST_MAX_BYTES (4u * 1024 * 1024)
#define TSA_TIMEOUT_MAX_S 3600

/* All @paths in one PEM; NULL without an error when there are none. */
GBytes *
sohoa_cli_read_trust (char **paths, GError **error)
{
  g_autoptr(GByteArray) all = NULL;

  for (guint i = 0; paths != NULL && paths[i] != NULL; i++) {
    g_autoptr(GBytes) pem = sohoa_file_read (paths[i], TRUST_MAX_BYTES, error);

    if (pem == NULL)
      return NULL;
    if (all == NULL)
      all = g_byte_array_new ();
    g_byte_array_append (all, g_bytes_get_data (pem, NULL), (guint) g_bytes_get_size (pem));
    g_byte_array_append (all, (const guint8 *) "\n", 1);
  }
  return all != NULL ? g_byte_array_free_to_bytes (g_steal_pointer (&all)) : NULL;
}

gboolean
sohoa_cli_take_services (const SohoaCliLevel *o, SohoaTrustServices *out, GError **error)
{
  g_autoptr(GError) local = NULL;

  *out = (SohoaTrustServices) { .level = o->level == NULL && o->tsa != NULL ? SOHOA_LEVEL_LTA : SOHOA_LEVEL_B,
                                .tsa = o->tsa, .tsa_policy = o->policy, .proxy = o->proxy,
                                .timeout_ms = (guint) o->timeout_s * 1000, .attempts = o->timeout_s > 0 ? 1 : 0 };
  if (o->level != NULL && !sohoa_level_from_string (o->level, &out->level))
    return sohoa_cli_usage_error (error, "--level %s: no such level: b, t, lt or lta", o->level);
  if (out->level > SOHOA_LEVEL_B && o->tsa == NULL)
    return sohoa_cli_usage_error (error, "--level %s: needs a time stamp authority: add --tsa URL", o->level);
  if (o->tsa != NULL && !g_str_has_prefix (o->tsa, "http://") && !g_str_has_prefix (o->tsa, "https://"))
    return sohoa_cli_usage_error (error, "--tsa %s: not an http address", o->tsa);
  if (o->timeout_s < 0 || o->timeout_s > TSA_TIMEOUT_MAX_S)
    return sohoa_cli_usage_error (error, "--tsa-timeout: must be a number of seconds up to %d", TSA_TIMEOUT_MAX_S);
  out->trust_pem = sohoa_cli_read_trust (o->trust, &local);
  if (local == NULL)
    return TRUE;
  return sohoa_cli_usage_error (error, "--trust: %s", local->message);
}

/* ---- sohoa renew ---- */

static struct {
  SohoaCliLevel level;
  char         *output;
  int           within;
  gboolean      force;
} opt;

static const GOptionEntry entries[] = {
  { "output", 'o', 0, G_OPTION_ARG_FILENAME, &opt.output, "where to write; without it the file itself is replaced", "OUT" },
  { "within", 0, 0, G_OPTION_ARG_INT, &opt.within, "renew an archive time stamp that ends within so many days (180)", "DAYS" },
  { "force", 0, 0, G_OPTION_ARG_NONE, &opt.force, "add an archive time stamp in any case", NULL },
  SOHOA_CLI_LEVEL_ENTRIES (opt.level),
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};

static void
tell (const char *path, const SohoaRenewal *r, SohoaLevel wanted)
{
  if (r->written)
    printf ("%s: level %s, was %s\n", path, sohoa_level_to_profile (r->after), sohoa_level_to_profile (r->before));
  else if (r->why_less == NULL)
    printf ("%s: level %s: nothing to do\n", path, sohoa_level_to_profile (r->before));
  if (r->why_less != NULL) {
    g_autofree char *text = g_strdup_printf ("%s: level %s instead of %s: %s", path, sohoa_level_to_profile (r->after),
                                             sohoa_level_to_profile (wanted), r->why_less);

    sohoa_cli_complain (text);
  }
}

static int
renew_file (const char *path, GError **error)
{
  SohoaRenewOptions options = { .within_days = (guint) opt.within, .force = opt.force, .mode = 0644 };
  SOHOA_AUTO_FD int fd = sohoa_cli_open_input (path, error);
  g_autoptr(SohoaWorkerPool) pool = NULL;
  g_auto(SohoaRenewal) renewal = { 0 };
  gboolean done;

  if (fd < 0)
    return SOHOA_EXIT_REFUSED;
  if (!sohoa_cli_take_services (&opt.level, &options.services, error))
    return SOHOA_EXIT_USAGE;
  pool = sohoa_worker_pool_new (1, error);
  done = pool != NULL
         && sohoa_pipeline_renew (pool, fd, &options, opt.output != NULL ? opt.output : path, sohoa_cli_cancellable (),
                                  &renewal, error);
  g_clear_pointer (&options.services.trust_pem, g_bytes_unref);
  if (!done)
    return SOHOA_EXIT_INTERNAL;
  tell (path, &renewal, options.services.level);
  return renewal.after >= options.services.level ? SOHOA_EXIT_OK : SOHOA_EXIT_TRY_AGAIN;
}

static gboolean
get_evidence (const char *id, const char **level, const char **wanted, gint64 *due_us, guint *tries, GVariant **keep,
              GError **error)
{
  g_autoptr(GVariant) answer
    = sohoa_cli_call (BUS_SIGNING, "GetEvidence", g_variant_new ("(s)", id), "(a{sv})", NULL, NULL, error);

  if (answer == NULL)
    return FALSE;
  *keep = g_variant_get_child_value (answer, 0);
  (void) g_variant_lookup (*keep, "level", "&s", level);
  (void) g_variant_lookup (*keep, "wanted", "&s", wanted);
  (void) g_variant_lookup (*keep, "due", "x", due_us);
  (void) g_variant_lookup (*keep, "tries", "u", tries);
  return TRUE;
}

/* The daemon does it; this waits for how it ends. */
static int
renew_document (const char *id, GError **error)
{
  g_autoptr(GVariant) answer = sohoa_cli_call (BUS_SIGNING, "Renew", g_variant_new ("(s)", id), "()", NULL, NULL, error);
  gint64 until_us = g_get_monotonic_time () + (gint64) WAIT_S * G_USEC_PER_SEC;

  if (answer == NULL)
    return SOHOA_EXIT_INTERNAL;
  while (g_get_monotonic_time () < until_us) {
    g_autoptr(GVariant) evidence = NULL;
    const char *level = "", *wanted = "", *reason = "";
    gint64 due_us = 0;
    guint tries = 0;

    if (!get_evidence (id, &level, &wanted, &due_us, &tries, &evidence, error))
      return SOHOA_EXIT_INTERNAL;
    if (tries == 0 && g_str_equal (level, wanted) && (due_us == 0 || due_us > sohoa_time_now_us ())) {
      printf ("%s: level %s\n", id, level);
      return SOHOA_EXIT_OK;
    }
    if (tries > 0) {
      (void) g_variant_lookup (evidence, "reason", "&s", &reason);
      g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_BUSY, "%s: level %s instead of %s: %s", id, level, wanted,
                   *reason != '\0' ? reason : "see sohoa show");
      return SOHOA_EXIT_TRY_AGAIN;
    }
    if (g_cancellable_set_error_if_cancelled (sohoa_cli_cancellable (), error))
      return SOHOA_EXIT_INTERNAL;
    g_usleep (LOOK_MS * 1000);
  }
  g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_BUSY, "%s: the authority has not answered yet: the desk goes on", id);
  return SOHOA_EXIT_TRY_AGAIN;
}

int
sohoa_cli_renew (int argc, char **argv, GError **error)
{
  opt.within = (int) SOHOA_RENEW_WITHIN_DAYS;
  if (!sohoa_cli_parse ("renew", "ID | FILE --tsa URL — complete a signed PDF's evidence, or renew its archive time stamp", entries,
                        &argc, &argv, error))
    return SOHOA_EXIT_USAGE;
  if (argc == 2 && opt.level.tsa == NULL && sohoa_id_is_valid (argv[1]) && !g_file_test (argv[1], G_FILE_TEST_EXISTS))
    return renew_document (argv[1], error);
  if (argc != 2 || opt.level.tsa == NULL || opt.within < 0) {
    sohoa_cli_usage_error (error, "renew: give a document's id, or one signed PDF and --tsa URL");
    return SOHOA_EXIT_USAGE;
  }
  return renew_file (argv[1], error);
}
