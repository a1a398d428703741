/* The parent's half of the levels: it asks the authorities; the worker parses and writes the PDF. */
#include "sohoa-pipeline-private.h"

#include "sohoa-errors.h"
#include "sohoa-evidence.h"
#include "sohoa-file.h"
#include "sohoa-gather.h"
#include "sohoa-json.h"
#include "sohoa-levels-private.h"
#include "sohoa-placeholder.h"
#include "sohoa-time.h"
#include "sohoa-tsa.h"

#include <string.h>

#define TRUST_MAX_BYTES (4u * 1024 * 1024)
G_STATIC_ASSERT (SOHOA_LEVELS_TIMEOUT_MS == SOHOA_TSA_TIMEOUT_MS);
#define DAY_US (24 * 3600 * (gint64) G_USEC_PER_SEC)

static const struct {
  const char *name, *profile;
} levels[] = { { "b", "B-B" }, { "t", "B-T" }, { "lt", "B-LT" }, { "lta", "B-LTA" } };

gboolean
sohoa_level_from_string (const char *text, SohoaLevel *out)
{
  for (guint i = 0; i < G_N_ELEMENTS (levels); i++)
    if (g_strcmp0 (text, levels[i].name) == 0) {
      *out = (SohoaLevel) i;
      return TRUE;
    }
  return FALSE;
}

gboolean
sohoa_level_from_profile (const char *text, SohoaLevel *out)
{
  for (guint i = 0; i < G_N_ELEMENTS (levels); i++)
    if (g_strcmp0 (text, levels[i].profile) == 0) {
      *out = (SohoaLevel) i;
      return TRUE;
    }
  return FALSE;
}

const char *sohoa_level_to_string (SohoaLevel level) { return levels[level].name; }
const char *sohoa_level_to_profile (SohoaLevel level) { return levels[level].profile; }

void
sohoa_renewal_clear (SohoaRenewal *self)
{
  g_free (self->why_less);
  g_free (self->sha256);
  *self = (SohoaRenewal) { 0 };
}

/* ---- asking ---- */

GBytes *
sohoa_stamp_by_service (gpointer data, const guint8 *sha256, GError **error)
{
  const SohoaStamping *self = data;
  const SohoaTsa tsa = { .url = self->services->tsa, .policy = self->services->tsa_policy,
                         .proxy = self->services->proxy, .timeout_ms = self->services->timeout_ms,
                         .attempts = self->services->attempts, .trust_pem = self->services->trust_pem };

  return sohoa_tsa_stamp (&tsa, sha256, self->cancellable, NULL, error);
}

/* What the worker found, and the certificates it saw. */
typedef struct {
  char      *json;             /* (owned) */
  GPtrArray *leaves, *carried; /* (owned) (element-type GBytes) */
} Look;

static void
look_clear (Look *look)
{
  g_free (look->json);
  g_clear_pointer (&look->leaves, g_ptr_array_unref);
  g_clear_pointer (&look->carried, g_ptr_array_unref);
  *look = (Look) { 0 };
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Look, look_clear)

static GPtrArray *
take_list (GVariant *reply, const char *key)
{
  g_autoptr(GVariant) list = g_variant_lookup_value (reply, key, G_VARIANT_TYPE ("aay"));
  GPtrArray *items = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  gsize n = list != NULL ? g_variant_n_children (list) : 0;

  for (gsize i = 0; i < n; i++) {
    g_autoptr(GVariant) item = g_variant_get_child_value (list, i);
    g_autoptr(GBytes) der = g_variant_get_data_as_bytes (item);

    (void) sohoa_evidence_add (items, der);
  }
  return items;
}

static gboolean
look_at (SohoaWorkerPool *pool, int pdf_fd, int trust_fd, const SohoaEvidence *evidence, gboolean strict, gint64 time_us,
         GCancellable *cancellable, Look *out, GError **error)
{
  const int fds[] = { pdf_fd, trust_fd };
  g_autoptr(GVariant) reply = NULL;
  GVariantDict args;

  look_clear (out);
  g_variant_dict_init (&args, NULL);
  if (time_us != 0)
    g_variant_dict_insert (&args, "time", "x", time_us);
  if (evidence != NULL)
    g_variant_dict_insert_value (&args, "evidence", sohoa_evidence_to_variant (evidence));
  g_variant_dict_insert (&args, "need-revocation", "b", strict);
  if (!sohoa_worker_pool_call (pool, SOHOA_OP_VERIFY, g_variant_dict_end (&args), fds, 2, SOHOA_DOCUMENT_TIMEOUT_MS,
                               cancellable, &reply, error)) {
    sohoa_blame_input (error);
    return FALSE;
  }
  if (!g_variant_lookup (reply, "report", "s", &out->json))
    out->json = g_strdup ("{}");
  out->leaves = take_list (reply, "leaves");
  out->carried = take_list (reply, "carried");
  return TRUE;
}

/* @missing: (element-type utf8). TRUE when nothing is missing. */
static gboolean
gather (const SohoaTrustServices *services, gint64 time_us, const Look *look, SohoaEvidence *into, GPtrArray *missing,
        gboolean *revoked, GCancellable *cancellable)
{
  const SohoaGather how = { .proxy = services->proxy, .trust_pem = services->trust_pem,
                            .time_us = time_us != 0 ? time_us : sohoa_time_now_us () };

  return sohoa_gather_evidence (&how, look->leaves, look->carried, into, missing, revoked, cancellable);
}

/* What the file says of itself. A file that cannot be looked at in this way keeps its verdict: the reason stands in the
 * report. */
static gboolean
add_about (SohoaWorkerPool *pool, int pdf_fd, GCancellable *cancellable, char **json, GError **error)
{
  g_autoptr(GVariant) reply = NULL;
  g_autoptr(GError) local = NULL;
  g_autoptr(JsonObject) report = sohoa_json_parse (*json, -1);
  g_autoptr(JsonNode) root = json_node_new (JSON_NODE_OBJECT);
  JsonObject *about = NULL;
  const char *text = NULL;
  GVariantDict args;

  g_variant_dict_init (&args, NULL);
  if (sohoa_worker_pool_call (pool, SOHOA_OP_ABOUT, g_variant_dict_end (&args), &pdf_fd, 1, SOHOA_DOCUMENT_TIMEOUT_MS,
                              cancellable, &reply, &local)
      && g_variant_lookup (reply, "about", "&s", &text))
    about = sohoa_json_parse (text, -1);
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  if (about == NULL) {
    about = json_object_new ();
    json_object_set_string_member (about, "error", local != NULL ? local->message : "cannot be read");
  }
  if (report == NULL)
    report = json_object_new ();
  json_object_set_object_member (report, "file", about); /* takes it */
  json_node_set_object (root, report);
  g_free (*json);
  *json = json_to_string (root, FALSE);
  return TRUE;
}

gboolean
sohoa_pipeline_verify_with (SohoaWorkerPool *pool, int pdf_fd, const SohoaVerifyOptions *options,
                            GCancellable *cancellable, char **json_out, GError **error)
{
  SOHOA_AUTO_FD int empty = options->trust_fd < 0 ? sohoa_memfd_new_sealed ("trust", "", 0, error) : -1;
  int trust_fd = options->trust_fd < 0 ? empty : options->trust_fd;
  g_auto(Look) look = { 0 };

  *json_out = NULL;
  if (trust_fd < 0 || !look_at (pool, pdf_fd, trust_fd, NULL, FALSE, options->time_us, cancellable, &look, error))
    return FALSE;
  if (options->online && look.leaves->len > 0) {
    g_autoptr(SohoaEvidence) evidence = sohoa_evidence_new ();
    g_autoptr(GPtrArray) missing = g_ptr_array_new_with_free_func (g_free);
    g_autoptr(GBytes) trust = sohoa_fd_read_bytes (trust_fd, TRUST_MAX_BYTES, error);
    const SohoaTrustServices services = { .proxy = options->proxy, .trust_pem = trust };

    if (trust == NULL)
      return FALSE;
    (void) gather (&services, 0, &look, evidence, missing, NULL, cancellable);
    if (g_cancellable_set_error_if_cancelled (cancellable, error)
        || !look_at (pool, pdf_fd, trust_fd, evidence, TRUE, options->time_us, cancellable, &look, error))
      return FALSE;
  }
  if (options->about && !add_about (pool, pdf_fd, cancellable, &look.json, error))
    return FALSE;
  *json_out = g_steal_pointer (&look.json);
  return TRUE;
}

/* ---- adding evidence ---- */

typedef struct {
  SohoaWorkerPool          *pool;
  const SohoaTrustServices *services;
  GCancellable             *cancellable; /* (unowned) (nullable) */
  char                    **why_less;    /* (unowned) first reason why the level is not reached */
} Extending;

static void
note_less (const Extending *x, const char *why)
{
  if (*x->why_less == NULL)
    *x->why_less = g_strdup (why);
}

/* @in_fd with evidence and document time stamp behind it, in @out_fd. */
static gboolean
append (const Extending *x, int in_fd, int out_fd, const SohoaEvidence *evidence, gboolean stamp, GError **error)
{
  const int fds[] = { in_fd, out_fd };
  SohoaStamping stamping = { x->services, x->cancellable };
  g_autoptr(GVariant) reply = NULL;
  g_autoptr(GVariant) dict = NULL;
  SohoaPlaceholder place;
  GVariantDict args;

  g_variant_dict_init (&args, NULL);
  g_variant_dict_insert_value (&args, "evidence", sohoa_evidence_to_variant (evidence));
  g_variant_dict_insert (&args, "timestamp", "b", stamp);
  g_variant_dict_insert (&args, "time", "x", sohoa_time_now_us ());
  if (!sohoa_worker_pool_call (x->pool, SOHOA_OP_EVIDENCE, g_variant_dict_end (&args), fds, 2,
                               SOHOA_DOCUMENT_TIMEOUT_MS, x->cancellable, &reply, error))
    return FALSE;
  if (!stamp)
    return TRUE;
  dict = g_variant_lookup_value (reply, "placeholder", G_VARIANT_TYPE_VARDICT);
  return sohoa_placeholder_from_variant (dict, &place, error)
         && sohoa_sign_fill_timestamp (out_fd, &place, sohoa_stamp_by_service, &stamping, error);
}

/* A cancelled run and a failing disk are errors; an authority that is away or refuses is a lower level. */
static gboolean
is_service_failure (const GError *error)
{
  return g_error_matches (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_TSA_UNREACHABLE)
         || g_error_matches (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_TSA_REFUSED)
         || g_error_matches (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT);
}

/* Evidence as far as wanted and to be had; nothing is kept of an incomplete one: B-LT is all or nothing. */
static SohoaEvidence *
gather_all (const Extending *x, const Look *look, gboolean *complete)
{
  g_autoptr(SohoaEvidence) evidence = sohoa_evidence_new ();
  g_autoptr(GPtrArray) missing = g_ptr_array_new_with_free_func (g_free);

  *complete = gather (x->services, 0, look, evidence, missing, NULL, x->cancellable);
  if (*complete)
    return g_steal_pointer (&evidence);
  note_less (x, missing->len > 0 ? missing->pdata[0] : "evidence is missing");
  return sohoa_evidence_new ();
}

/* What is to be added. */
typedef struct {
  gboolean evidence, stamp;
  gboolean stamp_alone; /* a time stamp is worth something without evidence: the signature has none yet */
} Addition;

/* Writes into a new output what can be had; *@added is cut to that. NULL without @error when nothing can. */
static SohoaOutput *
extend (const Extending *x, int in_fd, const Look *look, Addition *added, const char *path, int mode, GError **error)
{
  g_autoptr(SohoaEvidence) evidence
    = added->evidence ? gather_all (x, look, &added->evidence) : sohoa_evidence_new ();

  added->stamp = added->stamp && (added->evidence || added->stamp_alone);
  if (g_cancellable_set_error_if_cancelled (x->cancellable, error))
    return NULL;
  while (added->stamp || added->evidence) {
    g_autoptr(SohoaOutput) output = sohoa_output_new (path, mode, error);
    g_autoptr(GError) local = NULL;

    if (output == NULL)
      return NULL;
    if (append (x, in_fd, sohoa_output_get_fd (output), evidence, added->stamp, &local))
      return g_steal_pointer (&output);
    if (!added->stamp || !is_service_failure (local)) {
      g_propagate_error (error, g_steal_pointer (&local));
      return NULL;
    }
    note_less (x, local->message);
    added->stamp = FALSE;
  }
  return NULL;
}

/* ---- at signing ---- */

gboolean
sohoa_levels_complete (SohoaWorkerPool *pool, const SohoaTrustServices *services, SohoaOutput **output, const char *path,
                       int mode, int trust_fd, SohoaLevel *level, char **why_less, GCancellable *cancellable,
                       GError **error)
{
  const Extending x = { pool, services, cancellable, why_less };
  Addition added = { .evidence = TRUE, .stamp = services->level == SOHOA_LEVEL_LTA };
  g_auto(Look) look = { 0 };
  g_autoptr(GError) local = NULL;
  SohoaOutput *more;

  if (!look_at (pool, sohoa_output_get_fd (*output), trust_fd, NULL, FALSE, 0, cancellable, &look, error))
    return FALSE;
  more = extend (&x, sohoa_output_get_fd (*output), &look, &added, path, mode, &local);
  if (more != NULL) {
    sohoa_output_free (*output);
    *output = more;
    *level = added.stamp ? SOHOA_LEVEL_LTA : SOHOA_LEVEL_LT;
    return TRUE;
  }
  if (local == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

/* ---- renewing ---- */

typedef struct {
  SohoaLevel level;
  gboolean   usable;    /* signed, and nothing in it is broken */
  gint64     archive_end_us; /* of the last document time stamp's certificate; 0 = none */
} Standing;

static Standing
read_standing (const char *json)
{
  g_autoptr(JsonObject) root = sohoa_json_parse (json, -1);
  Standing s = { SOHOA_LEVEL_B, FALSE, 0 };
  JsonArray *all;
  guint people = 0;

  if (root == NULL)
    return s;
  (void) sohoa_level_from_profile (json_object_get_string_member_with_default (root, "level", ""), &s.level);
  all = json_object_has_member (root, "signatures") ? json_object_get_array_member (root, "signatures") : NULL;
  s.usable = all != NULL;
  for (guint i = 0; all != NULL && i < json_array_get_length (all); i++) {
    JsonObject *one = json_array_get_object_element (all, i);
    const char *status = json_object_get_string_member_with_default (one, "status", "");

    /* who cannot be confirmed here may be confirmed elsewhere; what is broken stays broken */
    s.usable = s.usable && !g_str_equal (status, "INVALID")
               && json_object_get_boolean_member_with_default (one, "digest_ok", FALSE)
               && json_object_get_boolean_member_with_default (one, "signature_ok", FALSE);
    if (json_object_get_boolean_member_with_default (one, "document_timestamp", FALSE))
      (void) sohoa_time_from_iso (json_object_get_string_member_with_default (one, "not_after", ""), &s.archive_end_us);
    else
      people++;
  }
  s.usable = s.usable && people > 0;
  return s;
}

gint64
sohoa_levels_archive_end (const char *report)
{
  return read_standing (report).archive_end_us;
}

static Addition
plan_renewal (const SohoaRenewOptions *o, const Standing *s)
{
  gboolean ends_soon = s->archive_end_us != 0
                       && s->archive_end_us < sohoa_time_now_us () + (gint64) o->within_days * DAY_US;
  Addition plan = { .stamp_alone = s->level == SOHOA_LEVEL_B };

  plan.evidence = o->services.level >= SOHOA_LEVEL_LT && (s->level < SOHOA_LEVEL_LT || ends_soon || o->force);
  plan.stamp = (s->level == SOHOA_LEVEL_B && o->services.level >= SOHOA_LEVEL_T)
               || (o->services.level == SOHOA_LEVEL_LTA && (s->level < SOHOA_LEVEL_LTA || ends_soon || o->force));
  /* evidence goes under the new time stamp: what the last one has may have been gathered before it was needed */
  plan.evidence = plan.evidence || (plan.stamp && o->services.level == SOHOA_LEVEL_LTA);
  plan.stamp = plan.stamp && o->services.tsa != NULL;
  return plan;
}

static int
trust_memfd (GBytes *pem, GError **error)
{
  return sohoa_memfd_new_sealed ("trust", pem != NULL ? g_bytes_get_data (pem, NULL) : "",
                                 pem != NULL ? g_bytes_get_size (pem) : 0, error);
}

static gboolean
finish_renewal (const Extending *x, SohoaOutput *output, int trust_fd, SohoaRenewal *out, GError **error)
{
  int fd = sohoa_output_get_fd (output);
  g_auto(Look) after = { 0 };
  Standing standing;

  if (!look_at (x->pool, fd, trust_fd, NULL, FALSE, 0, x->cancellable, &after, error))
    return FALSE;
  standing = read_standing (after.json);
  if (!standing.usable || standing.level < out->before) {
    g_set_error (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_INVALID,
                 "renewed file: its signatures do not verify any more: nothing was written, report this");
    return FALSE;
  }
  out->after = standing.level;
  out->archive_end_us = standing.archive_end_us;
  out->size = MAX (sohoa_fd_size (fd), 0);
  out->sha256 = sohoa_fd_sha256 (fd, 0, G_MAXUINT64, error);
  out->written = out->sha256 != NULL && sohoa_output_commit (output, error);
  return out->written;
}

gboolean
sohoa_pipeline_renew (SohoaWorkerPool *pool, int pdf_fd, const SohoaRenewOptions *options, const char *out_path,
                      GCancellable *cancellable, SohoaRenewal *renewal_out, GError **error)
{
  SOHOA_AUTO_FD int trust_fd = trust_memfd (options->services.trust_pem, error);
  const Extending x = { pool, &options->services, cancellable, &renewal_out->why_less };
  g_autoptr(SohoaOutput) output = NULL;
  g_autoptr(GError) local = NULL;
  g_auto(Look) look = { 0 };
  Addition added;
  Standing standing;

  *renewal_out = (SohoaRenewal) { 0 };
  if (trust_fd < 0 || !look_at (pool, pdf_fd, trust_fd, NULL, FALSE, 0, cancellable, &look, error))
    return FALSE;
  standing = read_standing (look.json);
  if (!standing.usable) {
    g_set_error (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_INVALID,
                 "renew: the file is not signed, or a signature in it is broken: run sohoa verify on it");
    return FALSE;
  }
  renewal_out->before = renewal_out->after = standing.level;
  renewal_out->archive_end_us = standing.archive_end_us;
  added = plan_renewal (options, &standing);
  if (!added.evidence && !added.stamp)
    return TRUE;
  output = extend (&x, pdf_fd, &look, &added, out_path, options->mode != 0 ? options->mode : 0600, &local);
  if (local != NULL) {
    g_propagate_error (error, g_steal_pointer (&local));
    return FALSE;
  }
  return output == NULL || finish_renewal (&x, output, trust_fd, renewal_out, error);
}
