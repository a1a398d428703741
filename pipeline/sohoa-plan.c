#include "sohoa-pipeline-private.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"

#include <fcntl.h>

void
sohoa_plan_free (SohoaPlan *self)
{
  if (self == NULL)
    return;
  for (guint i = 0; i < self->fds->len; i++)
    sohoa_fd_clear (&g_array_index (self->fds, int, i));
  g_array_unref (self->fds);
  g_ptr_array_unref (self->names);
  g_array_unref (self->pages);
  g_mutex_clear (&self->lock);
  g_free (self->reason);
  g_free (self->digest);
  g_free (self);
}

static SohoaPlan *
plan_new (void)
{
  SohoaPlan *self = g_new0 (SohoaPlan, 1);

  self->names = g_ptr_array_new_with_free_func (g_free);
  self->fds = g_array_new (FALSE, FALSE, sizeof (int));
  self->pages = g_array_new (FALSE, TRUE, sizeof (SohoaPlanPage));
  self->reason = g_strdup ("");
  g_mutex_init (&self->lock);
  return self;
}

void
sohoa_blame_input (GError **error)
{
  if (error == NULL || *error == NULL)
    return;
  if (g_error_matches (*error, SOHOA_OCR_ERROR, SOHOA_OCR_ERROR_WORKER_DIED)) {
    g_prefix_error (error, "cannot be processed: ");
    (*error)->domain = SOHOA_INTAKE_ERROR;
    (*error)->code = SOHOA_INTAKE_ERROR_DAMAGED;
  } else if (g_error_matches (*error, SOHOA_OCR_ERROR, SOHOA_OCR_ERROR_TIMEOUT)) {
    g_prefix_error (error, "cannot be processed: ");
    (*error)->domain = SOHOA_INTAKE_ERROR;
    (*error)->code = SOHOA_INTAKE_ERROR_TOO_LARGE;
  }
}

static gboolean
take_input (SohoaPlan *self, const SohoaInput *input, GError **error)
{
  int fd = fcntl (input->fd, F_DUPFD_CLOEXEC, 3);

  if (fd < 0) {
    g_set_error (error, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_UNREADABLE, "cannot be read: give a regular file");
    return FALSE;
  }
  g_array_append_val (self->fds, fd);
  g_ptr_array_add (self->names, g_strdup (input->name));
  if (sohoa_fd_size (fd) > (goffset) SOHOA_INPUT_MAX_BYTES) {
    g_set_error (error, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_TOO_LARGE, "larger than 2 GiB: split it");
    return FALSE;
  }
  if (sohoa_fd_size (fd) == 0) {
    g_set_error (error, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_EMPTY, "file is empty: scan or send it again");
    return FALSE;
  }
  return TRUE;
}

static gboolean
add_pages (SohoaPlan *self, guint input, GVariant *reply, GError **error)
{
  g_autoptr(GVariant) pages = g_variant_lookup_value (reply, "pages", G_VARIANT_TYPE ("aa{sv}"));
  gsize n = pages != NULL ? g_variant_n_children (pages) : 0;

  if (n == 0) {
    g_set_error (error, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_EMPTY, "has no pages: scan or send it again");
    return FALSE;
  }
  if (self->pages->len + n > SOHOA_INPUT_MAX_PAGES) {
    g_set_error (error, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_TOO_LARGE, "more than %u pages: split it",
                 SOHOA_INPUT_MAX_PAGES);
    return FALSE;
  }
  for (gsize i = 0; i < n; i++) {
    g_autoptr(GVariant) row = g_variant_get_child_value (pages, i);
    SohoaPlanPage page = { .input = input, .source_page = i + 1 };

    (void) g_variant_lookup (row, "width", "u", &page.width_px);
    (void) g_variant_lookup (row, "height", "u", &page.height_px);
    (void) g_variant_lookup (row, "dpi", "d", &page.dpi);
    g_array_append_val (self->pages, page);
  }
  return TRUE;
}

static gboolean
probe_one (SohoaWorkerPool *pool, SohoaPlan *self, guint i, GCancellable *cancellable, GError **error)
{
  int fd = g_array_index (self->fds, int, i);
  g_autoptr(GVariant) reply = NULL;
  const char *reason = "";
  gboolean original = FALSE;
  GVariantDict args;

  g_variant_dict_init (&args, NULL);
  g_variant_dict_insert (&args, "name", "s", sohoa_plan_get_name (self, i));
  if (!sohoa_worker_pool_call (pool, SOHOA_OP_PROBE, g_variant_dict_end (&args), &fd, 1, SOHOA_PROBE_TIMEOUT_MS,
                               cancellable, &reply, error)) {
    sohoa_blame_input (error);
    return FALSE;
  }
  (void) g_variant_lookup (reply, "original", "b", &original);
  (void) g_variant_lookup (reply, "reason", "&s", &reason);
  if (original) {
    self->original = TRUE;
    g_free (self->reason);
    self->reason = g_strdup (reason);
  }
  return add_pages (self, i, reply, error);
}

gboolean
sohoa_pipeline_probe (SohoaWorkerPool *pool, const SohoaInput *inputs, guint n_inputs, GCancellable *cancellable,
                      SohoaPlan **plan_out, GError **error)
{
  g_autoptr(SohoaPlan) self = plan_new ();

  *plan_out = NULL;
  if (n_inputs == 0) {
    g_set_error (error, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_EMPTY, "no input: give at least one file");
    return FALSE;
  }
  for (guint i = 0; i < n_inputs; i++)
    if (!take_input (self, &inputs[i], error) || !probe_one (pool, self, i, cancellable, error)) {
      g_prefix_error (error, "%s: ", inputs[i].name);
      return FALSE;
    }
  if (self->original && n_inputs > 1) {
    g_set_error (error, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_UNSUPPORTED,
                 "a signed or born-digital PDF is among several inputs (%s): process it alone, its bytes are kept",
                 self->reason);
    return FALSE;
  }
  *plan_out = g_steal_pointer (&self);
  return TRUE;
}

guint
sohoa_plan_count_pages (const SohoaPlan *self)
{
  return self->pages->len;
}

const SohoaPlanPage *
sohoa_plan_peek_page (const SohoaPlan *self, guint i)
{
  return &g_array_index (self->pages, SohoaPlanPage, i);
}

gboolean
sohoa_plan_is_original (const SohoaPlan *self)
{
  return self->original;
}

const char *
sohoa_plan_get_original_reason (const SohoaPlan *self)
{
  return self->reason;
}

int
sohoa_plan_get_fd (const SohoaPlan *self, guint input)
{
  return g_array_index (self->fds, int, input);
}

const char *
sohoa_plan_get_name (const SohoaPlan *self, guint input)
{
  return g_ptr_array_index (self->names, input);
}

static char *
make_digest (const SohoaPlan *self, GError **error)
{
  g_autoptr(GString) all = g_string_new (NULL);

  for (guint i = 0; i < self->fds->len; i++) {
    g_autofree char *one = sohoa_fd_sha256 (sohoa_plan_get_fd (self, i), 0, G_MAXUINT64, error);

    if (one == NULL)
      return NULL;
    g_string_append (all, one);
  }
  return self->fds->len == 1 ? g_string_free (g_steal_pointer (&all), FALSE) : sohoa_bytes_sha256 (all->str, all->len);
}

const char *
sohoa_plan_peek_digest (const SohoaPlan *self, GError **error)
{
  SohoaPlan *mutable = (SohoaPlan *) self; /* only the memory of a value that cannot change */
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&mutable->lock);

  if (mutable->digest == NULL)
    mutable->digest = make_digest (self, error);
  return mutable->digest;
}
