#include "sohoa-scan-watch.h"

void
sohoa_scan_watch_init (SohoaScanWatch *self)
{
  g_mutex_init (&self->lock);
  self->call = NULL;
  self->cap_ms = 0;
  self->stop_us = 0;
  self->stop = g_cancellable_new ();
}

void
sohoa_scan_watch_begin (SohoaScanWatch *self, const char *call, guint limit_ms)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  self->call = call;
  self->since_us = g_get_monotonic_time ();
  self->limit_ms = self->cap_ms > 0 ? MIN (limit_ms, self->cap_ms) : limit_ms;
}

void
sohoa_scan_watch_end (SohoaScanWatch *self)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  self->call = NULL;
}

void
sohoa_scan_watch_stop (SohoaScanWatch *self)
{
  g_mutex_lock (&self->lock);
  if (self->stop_us == 0)
    self->stop_us = g_get_monotonic_time ();
  g_mutex_unlock (&self->lock);
  g_cancellable_cancel (self->stop);
}

gboolean
sohoa_scan_watch_is_stopping (SohoaScanWatch *self)
{
  return g_cancellable_is_cancelled (self->stop);
}

const char *
sohoa_scan_watch_find_late (SohoaScanWatch *self, int *left_ms_out)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  gint64 left_ms;

  *left_ms_out = -1;
  if (self->call == NULL)
    return NULL;
  left_ms = self->limit_ms - (g_get_monotonic_time () - self->since_us) / 1000;
  *left_ms_out = (int) CLAMP (left_ms, 0, G_MAXINT);
  return left_ms <= 0 ? self->call : NULL;
}
