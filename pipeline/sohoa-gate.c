#include "sohoa-pipeline-private.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"

#include <string.h>

#define TEXT_PREFIX "sohoa-clearance-1"
#define DIGEST_LENGTH 64u

struct _SohoaClearance {
  char    *digest;   /* (owned) of the inputs it was given for */
  gboolean released; /* by a person, against the gate */
  guint    n_unsure;
  guint    urgency;  /* 0-4, of the mark seen on the first page */
};

void
sohoa_clearance_free (SohoaClearance *self)
{
  if (self == NULL)
    return;
  g_free (self->digest);
  g_free (self);
}

static SohoaClearance *
clearance_new (const SohoaPlan *plan, gboolean released, guint n_unsure, guint urgency, GError **error)
{
  const char *digest = sohoa_plan_peek_digest (plan, error);
  SohoaClearance *self;

  if (digest == NULL)
    return NULL;
  self = g_new0 (SohoaClearance, 1);
  self->digest = g_strdup (digest);
  self->released = released;
  self->n_unsure = n_unsure;
  self->urgency = urgency;
  return self;
}

guint
sohoa_clearance_count_unsure (const SohoaClearance *self)
{
  return self->n_unsure;
}

guint
sohoa_clearance_get_urgency (const SohoaClearance *self)
{
  return self->urgency;
}

gboolean
sohoa_clearance_is_released (const SohoaClearance *self)
{
  return self->released;
}

gboolean
sohoa_clearance_check (const SohoaClearance *self, const char *digest, GError **error)
{
  if (self != NULL && g_strcmp0 (self->digest, digest) == 0)
    return TRUE;
  g_set_error (error, SOHOA_GATE_ERROR, SOHOA_GATE_ERROR_NOT_CLEARED,
               "pages were not cleared by the secrecy gate: let them pass the gate first");
  return FALSE;
}

SohoaClearance *
sohoa_clearance_new_released (const SohoaPlan *plan, const char *who, const char *reason, GError **error)
{
  if (who == NULL || *who == '\0' || reason == NULL || *reason == '\0') {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "release: needs a person and a reason");
    return NULL;
  }
  return clearance_new (plan, TRUE, 0, 0, error);
}

char *
sohoa_clearance_to_text (const SohoaClearance *self)
{
  return g_strdup_printf ("%s %s %s %u %u", TEXT_PREFIX, self->released ? "released" : "clear", self->digest,
                          self->n_unsure, self->urgency);
}

SohoaClearance *
sohoa_clearance_from_text (const char *text, GError **error)
{
  g_auto(GStrv) words = g_strsplit (text, " ", 6);
  guint n_words = g_strv_length (words);
  guint64 n = 0, urgency = 0;
  SohoaClearance *self;

  if ((n_words != 4 && n_words != 5) /* four: written before urgency was kept */
      || !g_str_equal (words[0], TEXT_PREFIX)
      || (!g_str_equal (words[1], "released") && !g_str_equal (words[1], "clear"))
      || strlen (words[2]) != DIGEST_LENGTH || strspn (words[2], "0123456789abcdef") != DIGEST_LENGTH
      || !g_ascii_string_to_unsigned (words[3], 10, 0, SOHOA_INPUT_MAX_PAGES, &n, NULL)
      || (n_words == 5 && !g_ascii_string_to_unsigned (words[4], 10, 0, 4, &urgency, NULL))) {
    g_set_error (error, SOHOA_GATE_ERROR, SOHOA_GATE_ERROR_NOT_CLEARED, "stored clearance cannot be read: let the pages pass the gate again");
    return NULL;
  }
  self = g_new0 (SohoaClearance, 1);
  self->digest = g_strdup (words[2]);
  self->released = g_str_equal (words[1], "released");
  self->n_unsure = (guint) n;
  self->urgency = (guint) urgency;
  return self;
}

SohoaClearance *
sohoa_clearance_new_joined (const GPtrArray *parts, GError **error)
{
  g_autoptr(GString) all = g_string_new (NULL);
  SohoaClearance *self;

  for (guint i = 0; i < parts->len; i++) {
    const SohoaClearance *part = g_ptr_array_index (parts, i);

    if (!sohoa_clearance_check (part, part != NULL ? part->digest : "", error))
      return NULL;
    g_string_append (all, part->digest);
  }
  self = g_new0 (SohoaClearance, 1);
  for (guint i = 0; i < parts->len; i++) {
    const SohoaClearance *part = g_ptr_array_index (parts, i);

    self->n_unsure += part->n_unsure;
    self->urgency = MAX (self->urgency, part->urgency);
    self->released = self->released || part->released;
  }
  self->digest = parts->len == 1 ? g_strdup (all->str) : sohoa_bytes_sha256 (all->str, all->len);
  return self;
}

typedef struct {
  SohoaWorkerPool *pool;
  const SohoaPlan *plan;
  SohoaGatePolicy  policy;
  gint             n_unsure; /* atomic */
  SohoaPipelineProgress progress; /* (nullable) */
  gpointer         progress_data;
  GMutex           lock;     /* of n_done */
  guint            n_done;
  guint            urgency;  /* written by the first page's thread only */
} Gate;

static void
report (Gate *gate)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&gate->lock);

  gate->n_done++;
  if (gate->progress != NULL)
    gate->progress ("gate", gate->n_done, sohoa_plan_count_pages (gate->plan), gate->progress_data);
}

/* A detector that died or took too long has cleared nothing: that is a doubt, and a person looks at the page. */
static void
doubt (GError **error)
{
  if (error == NULL
      || !(g_error_matches (*error, SOHOA_OCR_ERROR, SOHOA_OCR_ERROR_WORKER_DIED)
           || g_error_matches (*error, SOHOA_OCR_ERROR, SOHOA_OCR_ERROR_TIMEOUT)))
    return;
  g_clear_error (error);
  g_set_error (error, SOHOA_GATE_ERROR, SOHOA_GATE_ERROR_UNSURE,
               "the search for a secrecy mark did not end: a person must look at the page first");
}

static gboolean
ask_gate (SohoaWorkerPool *pool, const char *name, int fd, guint page, gboolean first, gboolean original,
          GCancellable *cancellable, char **verdict_out, guint *urgency_out, GError **error)
{
  g_autoptr(GVariant) reply = NULL;
  GVariantDict args;

  g_variant_dict_init (&args, NULL);
  g_variant_dict_insert (&args, "name", "s", name);
  g_variant_dict_insert (&args, "page", "u", page);
  g_variant_dict_insert (&args, "first", "b", first);
  g_variant_dict_insert (&args, "original", "b", original);
  if (!sohoa_worker_pool_call (pool, SOHOA_OP_GATE, g_variant_dict_end (&args), &fd, 1, SOHOA_GATE_TIMEOUT_MS, cancellable,
                               &reply, error))
    return FALSE;
  if (!g_variant_lookup (reply, "verdict", "s", verdict_out))
    *verdict_out = g_strdup ("unsure");
  *urgency_out = 0;
  (void) g_variant_lookup (reply, "urgency", "u", urgency_out);
  return TRUE;
}

static gboolean
gate_page (guint i, gpointer data, GCancellable *cancellable, GError **error)
{
  Gate *gate = data;
  const SohoaPlanPage *page = sohoa_plan_peek_page (gate->plan, i);
  g_autofree char *verdict = NULL;
  guint urgency = 0;

  if (!ask_gate (gate->pool, sohoa_plan_get_name (gate->plan, page->input), sohoa_plan_get_fd (gate->plan, page->input),
                 page->source_page, i == 0, sohoa_plan_is_original (gate->plan), cancellable, &verdict, &urgency, error)) {
    if (gate->policy == SOHOA_GATE_PASS_UNSURE)
      sohoa_blame_input (error);
    else
      doubt (error);
    return FALSE;
  }
  if (i == 0)
    gate->urgency = urgency;
  report (gate);
  if (g_str_equal (verdict, "clear"))
    return TRUE;
  if (g_str_equal (verdict, "marked")) {
    g_set_error (error, SOHOA_GATE_ERROR, SOHOA_GATE_ERROR_SECRET,
                 "page %u: suspected secrecy mark: nothing was written, hand the paper to the person in charge", i + 1);
    return FALSE;
  }
  g_atomic_int_inc (&gate->n_unsure);
  if (gate->policy == SOHOA_GATE_PASS_UNSURE)
    return TRUE;
  g_set_error (error, SOHOA_GATE_ERROR, SOHOA_GATE_ERROR_UNSURE,
               "page %u: place of the secrecy mark cannot be read: a person must look at it first", i + 1);
  return FALSE;
}

gboolean
sohoa_pipeline_gate_with_progress (SohoaWorkerPool *pool, const SohoaPlan *plan, SohoaGatePolicy policy,
                                   SohoaPipelineProgress progress, gpointer progress_data, GCancellable *cancellable,
                                   SohoaClearance **clearance_out, GError **error)
{
  Gate gate = { .pool = pool, .plan = plan, .policy = policy, .progress = progress, .progress_data = progress_data };
  gboolean ok;

  *clearance_out = NULL;
  g_mutex_init (&gate.lock);
  ok = sohoa_run_each (pool, sohoa_plan_count_pages (plan), gate_page, &gate, cancellable, error);
  g_mutex_clear (&gate.lock);
  if (ok)
    *clearance_out = clearance_new (plan, FALSE, g_atomic_int_get (&gate.n_unsure), gate.urgency, error);
  return *clearance_out != NULL;
}

gboolean
sohoa_pipeline_gate (SohoaWorkerPool *pool, const SohoaPlan *plan, SohoaGatePolicy policy, GCancellable *cancellable,
                     SohoaClearance **clearance_out, GError **error)
{
  return sohoa_pipeline_gate_with_progress (pool, plan, policy, NULL, NULL, cancellable, clearance_out, error);
}

gboolean
sohoa_pipeline_gate_page (SohoaWorkerPool *pool, const char *name, int fd, gboolean first, GCancellable *cancellable,
                          SohoaClearance **clearance_out, GError **error)
{
  g_autofree char *digest = sohoa_fd_sha256 (fd, 0, G_MAXUINT64, error);
  g_autofree char *verdict = NULL;
  guint urgency = 0;

  *clearance_out = NULL;
  if (digest == NULL)
    return FALSE;
  if (!ask_gate (pool, name, fd, 1, first, FALSE, cancellable, &verdict, &urgency, error)) {
    doubt (error);
    return FALSE;
  }
  if (g_str_equal (verdict, "clear")) {
    *clearance_out = g_new0 (SohoaClearance, 1);
    (*clearance_out)->digest = g_steal_pointer (&digest);
    (*clearance_out)->urgency = urgency;
    return TRUE;
  }
  if (g_str_equal (verdict, "marked"))
    g_set_error (error, SOHOA_GATE_ERROR, SOHOA_GATE_ERROR_SECRET,
                 "suspected secrecy mark: nothing was written, hand the paper to the person in charge");
  else
    g_set_error (error, SOHOA_GATE_ERROR, SOHOA_GATE_ERROR_UNSURE,
                 "place of the secrecy mark cannot be read: a person must look at it first");
  return FALSE;
}
