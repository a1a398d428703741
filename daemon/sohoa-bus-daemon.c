/* vn.sohoa.Desk1.Daemon: what the service is and how it is. */
#include "sohoa-auth.h"
#include "sohoa-bus-private.h"
#include "sohoa-signer.h"
#include "sohoa-time.h"

#include <sys/statvfs.h>
#include <sys/timex.h>

#define LONG_WAIT_SECONDS 600 /* of a file in a hot folder */
#define MIN_FREE_BYTES (G_GUINT64_CONSTANT (1) * 1024 * 1024 * 1024)

static GVariant *
count_states (SohoaDesk *desk, GError **error)
{
  GVariantBuilder b;

  g_variant_builder_init (&b, G_VARIANT_TYPE ("a{su}"));
  for (guint s = 0; s < SOHOA_N_STATES; s++) {
    SohoaStoreQuery query = { .states = 1u << s };
    g_autofree char *cursor = NULL;
    guint n = 0;

    do {
      g_autofree char *next = NULL;
      g_autoptr(GPtrArray) rows = NULL;

      query.cursor = cursor;
      rows = sohoa_store_list (desk->store, &query, &next, error);
      if (rows == NULL) {
        g_variant_builder_clear (&b);
        return NULL;
      }
      n += rows->len;
      g_free (cursor);
      cursor = g_steal_pointer (&next);
    } while (cursor != NULL);
    if (n > 0)
      g_variant_builder_add (&b, "{su}", sohoa_state_to_string (s), n);
  }
  return g_variant_builder_end (&b);
}

/* Signatures that lack evidence or whose archive time stamp ends soon; the list's limit when there are more. */
static guint
count_due (SohoaDesk *desk)
{
  /* what failed before is due later: a day is the longest pause between two tries */
  gint64 until_us = sohoa_time_now_us () + 24 * 3600 * (gint64) G_USEC_PER_SEC;
  g_autoptr(GArray) rows = sohoa_store_list_evidence (desk->store, until_us, SOHOA_STORE_LIST_MAX, NULL);

  return rows != NULL ? rows->len : 0;
}

static GVariant *
get_status (SohoaBusCall *call, GError **error)
{
  SohoaDesk *desk = call->service->desk;
  g_autofree const char **targets = (const char **) g_hash_table_get_keys_as_array (desk->connectors, NULL);
  g_autofree char *away = sohoa_authority_dup_reason (desk->authority);
  GVariant *counts = count_states (desk, error);
  guint64 sequence = 0;
  GVariantBuilder b;

  if (counts == NULL)
    return NULL;
  (void) sohoa_store_get_sequence (desk->store, &sequence, NULL);
  g_variant_builder_init (&b, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&b, "{sv}", "agency", g_variant_new_string (desk->conf->agency_name));
  g_variant_builder_add (&b, "{sv}", "state-dir", g_variant_new_string (desk->conf->state_dir));
  g_variant_builder_add (&b, "{sv}", "workers", g_variant_new_uint32 (sohoa_worker_pool_get_size (desk->pool)));
  g_variant_builder_add (&b, "{sv}", "working", g_variant_new_uint32 (sohoa_queue_count_working (call->service->queue)));
  g_variant_builder_add (&b, "{sv}", "counts", counts);
  g_variant_builder_add (&b, "{sv}", "hot-folders", sohoa_reception_describe (call->service->reception));
  g_variant_builder_add (&b, "{sv}", "targets", g_variant_new_strv (targets, -1));
  g_variant_builder_add (&b, "{sv}", "signing", g_variant_new_string (sohoa_desk_signing (desk)));
  g_variant_builder_add (&b, "{sv}", "level", g_variant_new_string (sohoa_level_to_profile (desk->conf->level)));
  g_variant_builder_add (&b, "{sv}", "evidence-away", g_variant_new_string (away != NULL ? away : ""));
  g_variant_builder_add (&b, "{sv}", "evidence-due", g_variant_new_uint32 (count_due (desk)));
  g_variant_builder_add (&b, "{sv}", "demo", g_variant_new_boolean (desk->conf->demo));
  g_variant_builder_add (&b, "{sv}", "numbers", g_variant_new_string (sohoa_numbers_to_string (desk->conf->numbers)));
  g_variant_builder_add (&b, "{sv}", "sequence", g_variant_new_uint64 (sequence));
  return g_variant_new ("(a{sv})", &b);
}

static void
say (GVariantBuilder *b, const char *check, const char *verdict, const char *text)
{
  g_variant_builder_add (b, "(sss)", check, verdict, text);
}

static void
check_state_space (SohoaDesk *desk, GVariantBuilder *b)
{
  struct statvfs fs;
  guint64 bytes = statvfs (desk->conf->state_dir, &fs) == 0 ? (guint64) fs.f_bavail * fs.f_frsize : 0;
  g_autofree char *text = g_strdup_printf ("%" G_GUINT64_FORMAT " MiB free in %s", bytes / 1024 / 1024, desk->conf->state_dir);

  say (b, "state folder", bytes < MIN_FREE_BYTES ? "warning" : "ok", text);
}

/* A file that never becomes whole waits without end: somebody must be told. */
static void
check_folders (SohoaReception *reception, GVariantBuilder *b)
{
  g_autoptr(GVariant) folders = g_variant_ref_sink (sohoa_reception_describe (reception));
  GVariantIter iter;
  const char *name, *path, *state;
  guint waiting, oldest;

  g_variant_iter_init (&iter, folders);
  while (g_variant_iter_next (&iter, "(&s&s&suu)", &name, &path, &state, &waiting, &oldest)) {
    g_autofree char *check = g_strconcat ("hot folder ", name, NULL);
    g_autofree char *text = waiting == 0 ? g_strdup_printf ("%s, nothing waits in %s", state, path)
                                         : g_strdup_printf ("%s, %u files wait in %s, the oldest for %u s: %s", state, waiting, path, oldest,
                                                            "not whole, still open, or without its pages or ticket");

    say (b, check, g_str_equal (state, "missing") || oldest > LONG_WAIT_SECONDS ? "warning" : "ok", text);
  }
}

static void
check_signing (SohoaDesk *desk, GVariantBuilder *b)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *text = NULL;

  if (desk->conf->token != NULL)
    say (b, "signing", "ok", "a token, unlocked by a person for each batch; see sohoa doctor --token");
  else if (desk->conf->p12 == NULL)
    say (b, "signing", "warning", "not configured: documents wait in confirmed; add [signing] token or p12");
  else if (!sohoa_signer_check_file_mode (desk->conf->p12, &error))
    say (b, "signing", "failed", error->message);
  else {
    text = g_strdup_printf ("PKCS#12 file, %s", sohoa_desk_signing (desk));
    say (b, "signing", "ok", text);
  }
}

static void
check_evidence (SohoaDesk *desk, GVariantBuilder *b)
{
  g_autofree char *away = sohoa_authority_dup_reason (desk->authority), *text = NULL;
  const char *level = sohoa_level_to_profile (desk->conf->level);
  guint due = count_due (desk);
  struct timex clock = { 0 };

  if (desk->conf->level == SOHOA_LEVEL_B)
    text = g_strdup ("B-B: a signature is believed only as long as its certificate; add [signing] tsa");
  else if (away != NULL)
    text = g_strdup_printf ("%s cannot be had now, %u documents wait for it: %s", level, due, away);
  else
    text = g_strdup_printf ("%s, %u documents are due", level, due);
  say (b, "signature level", away != NULL || desk->conf->level == SOHOA_LEVEL_B ? "warning" : "ok", text);
  if (adjtimex (&clock) == TIME_ERROR || (clock.status & STA_UNSYNC) != 0)
    say (b, "clock", "warning", "not synchronised: the time on documents may be wrong (a time stamp's is not); start an NTP client");
  else
    say (b, "clock", "ok", "synchronised");
}

static GVariant *
doctor (SohoaBusCall *call, GError **error)
{
  SohoaDesk *desk = call->service->desk;
  g_autoptr(GError) local = NULL;
  const char *sandbox = sohoa_worker_pool_check (desk->pool, &local);
  g_autofree char *lost = g_strdup_printf ("%u lost since the start", sohoa_worker_pool_count_lost (desk->pool));
  GVariantBuilder b;

  g_variant_builder_init (&b, G_VARIANT_TYPE ("a(sss)"));
  say (&b, "daemon's page worker", sandbox == NULL ? "failed" : g_str_equal (sandbox, "strict") ? "ok" : "warning", sandbox != NULL ? sandbox : local->message);
  say (&b, "page workers", "ok", lost);
  check_state_space (desk, &b);
  check_folders (call->service->reception, &b);
  check_signing (desk, &b);
  check_evidence (desk, &b);
  say (&b, "targets", desk->target != NULL ? "ok" : "warning",
       desk->target != NULL ? desk->target : "none: signed documents are kept; add [target NAME]");
  say (&b, "demo", desk->conf->demo ? "warning" : "ok", desk->conf->demo ? "on: anybody may confirm as demo" : "off");
  return g_variant_new ("(a(sss))", &b);
}

const SohoaBusRow sohoa_bus_daemon[] = {
  { "GetStatus", NULL, get_status },
  { "Doctor", NULL, doctor },
  { "GetDay", NULL, sohoa_bus_get_day },
  { "GetAgencies", NULL, sohoa_bus_get_agencies },
  { "ImportAgencies", SOHOA_ACTION_ADMINISTER, sohoa_bus_import_agencies },
  { NULL, NULL, NULL },
};
