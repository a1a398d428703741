#include "sohoa-scan-devices.h"

#include "sohoa-scan-backends.h"
#include "sohoa-scan-link.h"
#include "sohoa-scan-protocol.h"

#include "sohoa-errors.h"
#include "sohoa-log.h"

#include <string.h>

#define OFFENDER_LIMIT_MS (2 * 1000)
#define RETRY_WAIT_US (1000 * 1000)

struct _SohoaScanLookup {
  gatomicrefcount refs;
  const SohoaScanLookupHandler *handler; /* (unowned) static */
  gpointer      data;
  GMainContext *context;    /* (owned) of the caller */
  SohoaBackends *memory;    /* (owned) locked by itself */
  GThreadPool  *pool;       /* (owned) freed by its last task */
  guint         call_limit_ms;
  gint          left;       /* atomic: tasks not yet through */
  gint          detached;   /* atomic: nobody listens */
};

typedef struct {
  SohoaScanLookup *lookup;  /* (owned) */
  char            *target;  /* (owned) backend, or an address */
  gboolean         is_address;
} Task;

typedef struct {
  SohoaScanLookup *lookup;  /* (owned) */
  SohoaScanDevice *device;  /* (owned) (nullable) */
  char            *backend; /* (owned) (nullable) */
  GError          *error;   /* (owned) (nullable) */
} News;

void
sohoa_scan_device_free (SohoaScanDevice *device)
{
  if (device == NULL)
    return;
  g_free (device->name);
  g_free (device->vendor);
  g_free (device->model);
  g_free (device->type);
  g_free (device->backend);
  g_free (device);
}

static void
lookup_unref (SohoaScanLookup *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_main_context_unref (self->context);
  sohoa_backends_free (self->memory);
  g_free (self);
}

static SohoaScanLookup *
lookup_ref (SohoaScanLookup *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

/* ---- telling ---- */

static void
news_free (gpointer data)
{
  News *news = data;

  sohoa_scan_device_free (news->device);
  g_free (news->backend);
  g_clear_error (&news->error);
  lookup_unref (news->lookup);
  g_free (news);
}

static gboolean
on_news (gpointer data)
{
  News *news = data;
  SohoaScanLookup *self = news->lookup;

  if (g_atomic_int_get (&self->detached))
    return G_SOURCE_REMOVE;
  if (news->device != NULL)
    self->handler->found (self, g_steal_pointer (&news->device), self->data);
  else if (news->error == NULL)
    self->handler->done (self, self->data);
  else if (self->handler->trouble != NULL)
    self->handler->trouble (self, news->backend, news->error, self->data);
  return G_SOURCE_REMOVE;
}

static void
tell (SohoaScanLookup *self, SohoaScanDevice *device, const char *backend, GError *problem)
{
  News *news = g_new0 (News, 1);
  g_autoptr(GSource) source = g_idle_source_new ();

  news->lookup = lookup_ref (self);
  news->device = device;
  news->backend = g_strdup (backend);
  news->error = problem;
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, on_news, news, news_free);
  g_source_attach (source, self->context);
}

/* ---- one backend, in a thread of the pool ---- */

static char *
take_text (GVariant *dict, const char *key)
{
  char *text = NULL;

  return g_variant_lookup (dict, key, "s", &text) ? text : g_strdup ("");
}

static GVariant *
one_text (const char *key, const char *value)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, key, "s", value);
  return g_variant_dict_end (&dict);
}

static guint
limit_for (const SohoaScanLookup *self, const char *backend)
{
  guint limit = self->call_limit_ms > 0 ? self->call_limit_ms : SOHOA_SCAN_DEVICES_TIMEOUT_MS;

  return sohoa_backends_is_offender (self->memory, backend) ? MIN (limit, OFFENDER_LIMIT_MS) : limit;
}

static gboolean
ask_backend (SohoaScanLookup *self, const char *backend, GError **error)
{
  g_autoptr(SohoaScanLink) link = sohoa_scan_link_new (-1, 0, error);
  g_autoptr(GVariant) reply = NULL;
  g_autoptr(GVariant) list = NULL;

  if (link == NULL
      || !sohoa_scan_link_ask (link, SOHOA_SCAN_OP_DEVICES, one_text ("backend", backend), -1, (int) limit_for (self, backend),
                               &reply, error))
    return FALSE;
  list = g_variant_lookup_value (reply, "devices", G_VARIANT_TYPE ("aa{sv}"));
  for (gsize i = 0; list != NULL && i < MIN (g_variant_n_children (list), SOHOA_SCAN_MAX_DEVICES); i++) {
    g_autoptr(GVariant) dict = g_variant_get_child_value (list, i);
    SohoaScanDevice *device = g_new0 (SohoaScanDevice, 1);

    device->name = take_text (dict, "name");
    device->vendor = take_text (dict, "vendor");
    device->model = take_text (dict, "model");
    device->type = take_text (dict, "type");
    device->backend = g_strdup (backend);
    tell (self, device, NULL, NULL);
  }
  return TRUE;
}

static GVariant *
open_and_ask (const char *device, const char *op, guint call_limit_ms, GError **error)
{
  g_autoptr(SohoaScanLink) link = sohoa_scan_link_new (-1, 0, error);
  g_autoptr(GError) local = NULL;
  GVariantDict args;
  GVariant *reply = NULL;

  if (link == NULL)
    return NULL;
  g_variant_dict_init (&args, NULL);
  g_variant_dict_insert (&args, "device", "s", device);
  g_variant_dict_insert (&args, "limit", "u", call_limit_ms);
  if (!sohoa_scan_link_ask (link, SOHOA_SCAN_OP_OPEN, g_variant_dict_end (&args), -1,
                            SOHOA_SCAN_INIT_TIMEOUT_MS + SOHOA_SCAN_OPEN_TIMEOUT_MS + SOHOA_SCAN_MARGIN_MS, NULL, error)
      || !sohoa_scan_link_ask (link, op, NULL, -1, SOHOA_SCAN_APPLY_TIMEOUT_MS + SOHOA_SCAN_MARGIN_MS, &reply, error))
    return NULL;
  if (!sohoa_scan_link_ask (link, SOHOA_SCAN_OP_CLOSE, NULL, -1, SOHOA_SCAN_DRAIN_MS, NULL, &local))
    g_info ("%s: did not close: %s", device, local->message);
  return reply;
}

static gboolean
ask_address (SohoaScanLookup *self, const char *address, GError **error)
{
  g_autoptr(GVariant) reply = open_and_ask (address, SOHOA_SCAN_OP_CAPS, self->call_limit_ms, error);
  g_autoptr(GVariant) caps = reply != NULL ? g_variant_lookup_value (reply, "caps", G_VARIANT_TYPE_VARDICT) : NULL;
  SohoaScanDevice *device;

  if (caps == NULL)
    return FALSE;
  device = g_new0 (SohoaScanDevice, 1);
  device->name = g_strdup (address);
  device->vendor = g_strdup ("");
  device->model = take_text (caps, "model");
  device->type = g_strdup ("network scanner");
  device->backend = take_text (caps, "driver");
  tell (self, device, NULL, NULL);
  return TRUE;
}

static void
run_task (gpointer data, gpointer user_data)
{
  Task *task = data;
  SohoaScanLookup *self = task->lookup;
  gint64 begin_us = g_get_monotonic_time ();
  GError *problem = NULL;
  gboolean ok = g_atomic_int_get (&self->detached);

  if (!ok) {
    ok = task->is_address ? ask_address (self, task->target, &problem) : ask_backend (self, task->target, &problem);
    if (!task->is_address)
      sohoa_backends_remember (self->memory, task->target, (guint) ((g_get_monotonic_time () - begin_us) / 1000), problem);
  }
  if (problem != NULL)
    tell (self, NULL, task->target, problem);
  if (g_atomic_int_dec_and_test (&self->left)) {
    sohoa_backends_save (self->memory);
    tell (self, NULL, NULL, NULL);
    g_thread_pool_free (self->pool, FALSE, FALSE);
  }
  lookup_unref (self);
  g_free (task->target);
  g_free (task);
}

static void
push (SohoaScanLookup *self, GPtrArray *tasks, const char *target, gboolean is_address)
{
  Task *task = g_new0 (Task, 1);

  task->lookup = lookup_ref (self);
  task->target = g_strdup (target);
  task->is_address = is_address;
  g_ptr_array_add (tasks, task);
}

SohoaScanLookup *
sohoa_scan_lookup_start (const SohoaScanLookupRequest *request, const SohoaScanLookupHandler *handler, gpointer data)
{
  SohoaScanLookup *self = g_new0 (SohoaScanLookup, 1);
  g_auto(GStrv) backends = request->backends != NULL ? g_strdupv ((char **) request->backends) : sohoa_scan_list_backends ();
  g_autoptr(GPtrArray) tasks = g_ptr_array_new ();

  g_atomic_ref_count_init (&self->refs);
  self->handler = handler;
  self->data = data;
  self->context = g_main_context_ref_thread_default ();
  self->call_limit_ms = request->call_limit_ms;
  self->memory = sohoa_backends_new (request->state_file);
  sohoa_backends_sort (self->memory, backends);
  for (guint i = 0; request->addresses != NULL && request->addresses[i] != NULL; i++)
    push (self, tasks, request->addresses[i], TRUE);
  for (guint i = 0; backends[i] != NULL; i++)
    push (self, tasks, backends[i], FALSE);
  self->left = (gint) tasks->len;
  if (tasks->len == 0)
    tell (self, NULL, NULL, NULL);
  else
    self->pool = g_thread_pool_new (run_task, NULL, (gint) SOHOA_SCAN_LOOKUPS, FALSE, NULL);
  for (guint i = 0; i < tasks->len; i++)
    (void) g_thread_pool_push (self->pool, tasks->pdata[i], NULL);
  return self;
}

void
sohoa_scan_lookup_free (SohoaScanLookup *self)
{
  if (self == NULL)
    return;
  g_atomic_int_set (&self->detached, TRUE);
  lookup_unref (self);
}

/* ---- one device ---- */

typedef struct {
  char       *device; /* (owned) */
  const char *op, *key; /* (unowned) static */
  const char *type;   /* (unowned) static */
  guint       call_limit_ms;
} Enquiry;

static void
enquiry_free (gpointer data)
{
  g_free (((Enquiry *) data)->device);
  g_free (data);
}

static gboolean
is_breakdown (const GError *error)
{
  return g_error_matches (error, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_WORKER_DIED)
         || g_error_matches (error, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_HANG);
}

static void
run_enquiry (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Enquiry *enquiry = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) reply = open_and_ask (enquiry->device, enquiry->op, enquiry->call_limit_ms, &error);
  GVariant *value;

  if (reply == NULL && is_breakdown (error) && !g_cancellable_is_cancelled (cancellable)) {
    g_usleep (RETRY_WAIT_US);
    g_clear_error (&error);
    reply = open_and_ask (enquiry->device, enquiry->op, enquiry->call_limit_ms, &error);
  }
  value = reply != NULL ? g_variant_lookup_value (reply, enquiry->key, G_VARIANT_TYPE (enquiry->type)) : NULL;
  if (value != NULL)
    g_task_return_pointer (task, value, (GDestroyNotify) g_variant_unref);
  else if (error != NULL)
    g_task_return_error (task, g_steal_pointer (&error));
  else
    g_task_return_new_error (task, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_WORKER_DIED, "%s: the scan worker speaks nonsense", enquiry->device);
}

static void
start_enquiry (const char *device, const char *op, const char *key, const char *type, guint call_limit_ms,
               GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr(GTask) task = g_task_new (NULL, cancellable, callback, data);
  Enquiry *enquiry = g_new0 (Enquiry, 1);

  enquiry->device = g_strdup (device);
  enquiry->op = op;
  enquiry->key = key;
  enquiry->type = type;
  enquiry->call_limit_ms = call_limit_ms;
  g_task_set_task_data (task, enquiry, enquiry_free);
  g_task_set_return_on_cancel (task, TRUE);
  g_task_run_in_thread (task, run_enquiry);
}

void
sohoa_scan_get_caps_async (const char *device, guint call_limit_ms, GCancellable *cancellable, GAsyncReadyCallback callback,
                           gpointer data)
{
  start_enquiry (device, SOHOA_SCAN_OP_CAPS, "caps", "a{sv}", call_limit_ms, cancellable, callback, data);
}

GVariant *
sohoa_scan_get_caps_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
sohoa_scan_get_options_async (const char *device, guint call_limit_ms, GCancellable *cancellable, GAsyncReadyCallback callback,
                              gpointer data)
{
  start_enquiry (device, SOHOA_SCAN_OP_OPTIONS, "options", "aa{sv}", call_limit_ms, cancellable, callback, data);
}

GVariant *
sohoa_scan_get_options_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
