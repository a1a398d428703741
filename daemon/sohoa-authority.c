#include "sohoa-authority.h"

#include "sohoa-file.h"

#define TRUST_MAX_BYTES (4u * 1024 * 1024)
#define REST_FIRST_MS 5000u
#define REST_MAX_MS (10u * 60 * 1000)
#define ATTEMPTS 3u /* within tsa-seconds */

struct _SohoaAuthority {
  const SohoaDaemonConf *conf;  /* (unowned) */
  GBytes    *trust;             /* (owned) (nullable) */
  GMutex     lock;              /* guards what follows */
  guint      failures;          /* since the last success */
  gint64     limited_until_us;  /* monotonic */
  SohoaLevel at_most;           /* until then */
  char      *reason;            /* (owned) (nullable) of the last failure */
};

SohoaAuthority *
sohoa_authority_new (const SohoaDaemonConf *conf, GError **error)
{
  g_autoptr(SohoaAuthority) self = g_new0 (SohoaAuthority, 1);

  self->conf = conf;
  g_mutex_init (&self->lock);
  if (conf->trust != NULL && (self->trust = sohoa_file_read (conf->trust, TRUST_MAX_BYTES, error)) == NULL) {
    g_prefix_error (error, "[signing] trust: ");
    return NULL;
  }
  return g_steal_pointer (&self);
}

void
sohoa_authority_free (SohoaAuthority *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->trust, g_bytes_unref);
  g_mutex_clear (&self->lock);
  g_free (self->reason);
  g_free (self);
}

char *
sohoa_authority_services (SohoaAuthority *self, SohoaTrustServices *out)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  const SohoaDaemonConf *conf = self->conf;
  char *reason = NULL;

  (void) locker;
  *out = (SohoaTrustServices) { .level = conf->level, .tsa = conf->tsa, .tsa_policy = conf->tsa_policy, .proxy = conf->proxy,
                                .timeout_ms = conf->tsa_seconds * 1000, .attempts = ATTEMPTS, .trust_pem = self->trust };
  if (g_get_monotonic_time () >= self->limited_until_us)
    return NULL;
  reason = g_strdup (self->reason);
  out->limited = TRUE;
  out->at_most = self->at_most;
  out->why_limited = reason;
  return reason;
}

void
sohoa_authority_learned (SohoaAuthority *self, SohoaLevel reached, const char *why_less)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  gint64 now = g_get_monotonic_time ();
  guint rest_ms;

  (void) locker;
  if (reached >= self->conf->level) {
    if (self->failures > 0)
      g_message ("signatures: %s can be had again", sohoa_level_to_profile (self->conf->level));
    self->failures = 0;
    self->limited_until_us = 0;
    g_clear_pointer (&self->reason, g_free);
    return;
  }
  if (now < self->limited_until_us) /* several were under way when it went: one failure */
    return;
  rest_ms = MIN (REST_MAX_MS, REST_FIRST_MS << MIN (self->failures, 10));
  if (self->failures++ == 0)
    g_warning ("signatures: level %s instead of %s: %s: completed by itself later", sohoa_level_to_profile (reached),
               sohoa_level_to_profile (self->conf->level), why_less != NULL ? why_less : "no answer");
  self->limited_until_us = now + (gint64) rest_ms * 1000;
  self->at_most = reached;
  g_free (self->reason);
  self->reason = g_strdup (why_less != NULL ? why_less : "no answer");
}

gint64
sohoa_authority_limited_until (SohoaAuthority *self)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  (void) locker;
  return g_get_monotonic_time () < self->limited_until_us ? self->limited_until_us : 0;
}

void
sohoa_authority_reopen (SohoaAuthority *self)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  (void) locker;
  self->limited_until_us = 0;
}

char *
sohoa_authority_dup_reason (SohoaAuthority *self)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  (void) locker;
  return g_strdup (self->reason);
}
