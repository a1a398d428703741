#include "sohoa-token-guard.h"

#include <unistd.h>

#include "sohoa-errors.h"
#include "sohoa-protocol.h"
#include "sohoa-wire.h"

#define SEND_TIMEOUT_MS 2000
#define EXIT_HUNG 3

static struct {
  GMutex      lock;
  GCond       changed;
  int         socket;
  guint       cap_ms;
  const char *call;        /* (static) (nullable) under way */
  gint64      begun_us, until_us;
  const char *slowest;     /* (static) (nullable) */
  gint64      slowest_us;
} guard;

/* The other thread hangs inside the module: nobody else writes to the socket. */
G_NORETURN static void
give_up (const char *call, gint64 took_us)
{
  g_autoptr (GError) error
    = g_error_new (SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_TOKEN,
                   "token: its module did not answer within %.1f s (%s): take the token out, put it in again and retry",
                   (double) took_us / G_USEC_PER_SEC, call);
  gboolean told = sohoa_wire_send (guard.socket, SOHOA_ANSWER_ERROR, sohoa_wire_error_args (error), NULL, 0,
                                   SEND_TIMEOUT_MS, NULL);

  _exit (told ? EXIT_HUNG : EXIT_HUNG + 1);
}

static gpointer
watch (gpointer data)
{
  g_mutex_lock (&guard.lock);
  for (;;) {
    if (guard.call == NULL)
      g_cond_wait (&guard.changed, &guard.lock);
    else if (!g_cond_wait_until (&guard.changed, &guard.lock, guard.until_us) && guard.call != NULL
             && g_get_monotonic_time () >= guard.until_us)
      give_up (guard.call, g_get_monotonic_time () - guard.begun_us);
  }
  return NULL;
}

void
sohoa_token_guard_init (int socket, guint cap_ms)
{
  static gsize once = 0;

  if (!g_once_init_enter (&once))
    return;
  guard.socket = socket;
  guard.cap_ms = cap_ms;
  g_mutex_init (&guard.lock);
  g_cond_init (&guard.changed);
  g_thread_unref (g_thread_new ("token-guard", watch, NULL));
  g_once_init_leave (&once, 1);
}

void
sohoa_token_guard_begin (const char *call, guint deadline_ms)
{
  guint ms = guard.cap_ms > 0 ? MIN (guard.cap_ms, deadline_ms) : deadline_ms;

  g_mutex_lock (&guard.lock);
  guard.call = call;
  guard.begun_us = g_get_monotonic_time ();
  guard.until_us = guard.begun_us + (gint64) ms * 1000;
  g_cond_signal (&guard.changed);
  g_mutex_unlock (&guard.lock);
}

void
sohoa_token_guard_end (void)
{
  gint64 took_us;

  g_mutex_lock (&guard.lock);
  took_us = g_get_monotonic_time () - guard.begun_us;
  if (took_us > guard.slowest_us) {
    guard.slowest_us = took_us;
    guard.slowest = guard.call;
  }
  guard.call = NULL;
  g_cond_signal (&guard.changed);
  g_mutex_unlock (&guard.lock);
}

const char *
sohoa_token_guard_slowest (guint *ms_out)
{
  const char *name;

  g_mutex_lock (&guard.lock);
  name = guard.slowest != NULL ? guard.slowest : "";
  *ms_out = (guint) (guard.slowest_us / 1000);
  g_mutex_unlock (&guard.lock);
  return name;
}
